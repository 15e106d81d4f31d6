"""Podcasts for those who play them, and what their hosts decide."""

from dataclasses import dataclass
from functools import partial

from flask import Blueprint, Response, current_app, flash, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.current import current_account, require_account
from webapp.accounts.models import User
from webapp.accounts.relations import account_for
from webapp.clock import now
from webapp.errors import NotFound
from webapp.htmx import go_to
from webapp.languages import gettext as _
from webapp.podcast import queries, services
from webapp.podcast.feed import AUDIO, Addresses, Feeds, written
from webapp.recordings import files
from webapp.recordings.queries import GONE
from webapp.recordings.serving import File, asked_anew, send
from webapp.security import cookieless, site_address
from webapp.sharing import pictures
from webapp.sharing.views import ASK_AGAIN, send_picture
from webapp.spaces.shown import Person

bp = Blueprint("podcast", __name__)
RSS = "application/rss+xml; charset=utf-8"
COVER = "Conversations, recorded"


@dataclass(frozen=True)
class OwnPodcast:
    """What a host sees of their own podcast: its address, and of how many recordings it waits."""

    feed: str
    offered: bool
    waiting: int


@bp.get("/@<handle>/podcast.xml")
@cookieless
def feed(handle: str) -> ResponseReturnValue:
    """Somebody's podcast, for whoever comes without an account."""
    user = account_for(None, handle)
    content = queries.content_of(user, now())
    at = Addresses(site_address(), _feed_address(user), _cover_address(content.host))
    feeds: Feeds = current_app.extensions["feeds"]
    made = feeds.get(at.feed, f"{content.version}-{at.cover[-20:-4]}", now(), partial(written, content, at))
    response = Response(made.xml, content_type=RSS)
    response.headers["Cache-Control"] = ASK_AGAIN
    response.last_modified = made.changed_at
    response.set_etag(made.version)
    return response.make_conditional(request)


@bp.get("/@<handle>/podcast-<version>.png")
@cookieless
def cover(handle: str, version: str) -> ResponseReturnValue:
    """A podcast's cover."""
    host = queries.content_of(account_for(None, handle), now()).host
    return send_picture(pictures.cover_of(host, COVER), pictures.cover_version(host, COVER), version)


@bp.get("/podcast/<public_id>.m4a")
@cookieless
def episode(public_id: str) -> ResponseReturnValue:
    """An episode, whole or in ranges, as long as anybody may hear it."""
    made = queries.episode_at(public_id, now())
    try:
        files.stat(made.recording, services.NAME)
    except FileNotFoundError as error:
        services.make_again(made)
        raise NotFound(GONE) from error
    go_on = asked_anew(lambda: queries.may_be_loaded(public_id, now()))
    stream = partial(files.stream, made.recording, services.NAME, may_go_on=go_on)
    response = send(File(made.size_bytes, f'"{made.sha256[:32]}"', stream, AUDIO), None)
    response.headers["Cache-Control"] = ASK_AGAIN
    return response


@bp.post("/podcast")
def decide() -> ResponseReturnValue:
    """A host offers their public recordings as a podcast, or no more."""
    user = require_account()
    if request.form.get("offered") == "1":
        services.offer(user, _feed_address(user), now())
        flash(_("Your public recordings are a podcast now."))
    else:
        services.withdraw(user)
        flash(_("Your podcast has ended."))
    return go_to(url_for("recordings.library", _anchor="podcast"))


def own_podcast() -> OwnPodcast | None:
    """Returns what the account that asks sees of its own podcast."""
    user = current_account()
    if user is None:
        return None
    offered = queries.podcast_of(user.id) is not None
    return OwnPodcast(_feed_address(user), offered, queries.waiting_of(user, now()) if offered else 0)


def podcast_of(person: Person) -> str:
    """Returns the address of somebody's podcast; nothing if they offer none."""
    offers = not person.guest and queries.podcast_of(int(person.person)) is not None
    return f"/@{person.handle}/podcast.xml" if offers else ""


def _feed_address(user: User) -> str:
    return f"{site_address()}/@{user.handle}/podcast.xml"


def _cover_address(host: Person) -> str:
    return f"{site_address()}/@{host.handle}/podcast-{pictures.cover_version(host, COVER)}.png"
