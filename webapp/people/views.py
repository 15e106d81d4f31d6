"""Profiles, and following and blocking from there or from a person's card in a space."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts import relations
from webapp.accounts.current import current_account, require_account
from webapp.accounts.models import User
from webapp.clock import now
from webapp.htmx import go_to, is_htmx
from webapp.languages import gettext as _
from webapp.people import queries, services
from webapp.people.sections import sections_of
from webapp.people.upcoming import upcoming_of
from webapp.spaces.live import live
from webapp.spaces.shown import Person
from webapp.spaces.views import visitor

bp = Blueprint("people", __name__)
LAST_PAGE = 1_000_000


@bp.get("/@<handle>")
def show(handle: str) -> ResponseReturnValue:
    """Somebody's profile."""
    user = _somebody(handle)
    profile = queries.profile_of(user, visitor(), live.presence.people, now())
    apart = profile.standing.blocks
    coming = [] if apart else upcoming_of(user, visitor(), now())
    sections = [] if apart else sections_of(user, visitor(), now())
    return render_template("people/profile.html", profile=profile, upcoming=coming, sections=sections)


@bp.get("/@<handle>/followers")
def followers(handle: str) -> ResponseReturnValue:
    """Who follows somebody."""
    return _list(_somebody(handle), "followers", relations.followers_of)


@bp.get("/@<handle>/following")
def following(handle: str) -> ResponseReturnValue:
    """Whom somebody follows."""
    return _list(_somebody(handle), "following", relations.followed_by)


@bp.get("/settings/blocked")
def blocked() -> ResponseReturnValue:
    """Whom one blocked."""
    user = current_account()
    if user is None:
        return redirect("/sign-in?next=/settings/blocked")
    return _list(user, "blocked", lambda user, _viewer, page: relations.blocked_by(user, page))


@bp.post("/@<handle>/follow")
def follow(handle: str) -> ResponseReturnValue:
    """To hear of somebody from now on."""
    actor, other = require_account(), _somebody(handle)
    services.follow(actor, other, now())
    return _follow_again(actor, other)


@bp.post("/@<handle>/unfollow")
def unfollow(handle: str) -> ResponseReturnValue:
    """To hear of them no more."""
    actor, other = require_account(), _somebody(handle)
    relations.unfollow(actor, other)
    return _follow_again(actor, other)


@bp.post("/@<handle>/block")
def block(handle: str) -> ResponseReturnValue:
    """To keep somebody away."""
    actor, other = require_account(), _somebody(handle)
    services.block(actor, other, now())
    sentence = _("%(name)s is blocked.", name=other.display_name)
    if is_htmx():
        return render_template("people/_blocked.html", person=Person.of(other), sentence=sentence)
    flash(sentence)
    return go_to(_profile(other))


@bp.post("/@<handle>/unblock")
def unblock(handle: str) -> ResponseReturnValue:
    """To keep them away no more."""
    actor, other = require_account(), _somebody(handle)
    relations.unblock(actor, other)
    flash(_("%(name)s is blocked no more.", name=other.display_name))
    return go_to(_profile(other))


def _somebody(handle: str) -> User:
    return relations.account_for(current_account(), handle)


def _profile(user: User) -> str:
    return url_for("people.show", handle=user.handle)


def _follow_again(actor: User, other: User) -> ResponseReturnValue:
    if not is_htmx():
        return go_to(_profile(other))
    shown: dict[str, Any] = {"person": Person.of(other), "standing": relations.standing_of(actor, other)}
    counts = dict(zip(("followers", "following"), relations.counts_of(other), strict=True))
    return render_template("people/_follow.html", oob=True, **shown, **counts)


def _list(
    user: User, which: str, of: Callable[[User, User | None, int], tuple[list[User], bool]]
) -> ResponseReturnValue:
    number = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    found, more = of(user, current_account(), number)
    return render_template(
        "people/list.html",
        which=which,
        owner=Person.of(user),
        people=[Person.of(each) for each in found],
        number=number,
        more=more,
    )
