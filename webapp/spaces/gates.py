"""Who may enter a space: gates in one order, each of which may refuse.

Its page, its socket, its dock, who is in it and its replay ask them all. Features above register more. Each
is asked of many spaces at once, so that a page full of them asks the database no more than a page of one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from flask import Flask, current_app
from sqlalchemy import ColumnElement, and_, literal, or_, select, true

from webapp.accounts.models import Block, Follow, User
from webapp.accounts.relations import blockers_among, followers_among
from webapp.db import db
from webapp.errors import Forbidden, NotFound
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.spaces.models import Guest, Membership, Space
from webapp.spaces.shown import guest_handle
from webapp.spaces.states import OpenTo, State
from webapp.spaces.visitor import Visitor

NOWHERE = marked("There is no space at this address.")


@dataclass(frozen=True)
class Refusal:
    """Why somebody may not enter, and the template that says so and what they can do about it.

    Without a template the space, as far as they know, does not exist.
    """

    sentence: str
    template: str | None


class Refused(Forbidden):
    """Somebody may not enter a space that they may know of."""

    def __init__(self, space: Space, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.space = space
        self.refusal = refusal


class Gate(Protocol):
    """Lets somebody pass, or refuses them. The host is never asked."""

    even_on_stage: bool
    """Whether those who have a seat are asked as well."""

    def refuses(self, spaces: Sequence[Space], visitor: Visitor) -> dict[int, Refusal]:
        """Returns why the visitor may not enter, by the number of each space that they may not."""

    def lets_in(self, space: Space) -> ColumnElement[bool]:
        """Selects the accounts that ``refuses`` would let pass, of many at once."""


class Blocked:
    """Whom the host blocked does not find the host's spaces."""

    even_on_stage = True

    def refuses(self, spaces: Sequence[Space], visitor: Visitor) -> dict[int, Refusal]:
        if visitor.user is None:
            return {}
        blockers = blockers_among({space.host_id for space in spaces}, visitor.user.id)
        return _all(Refusal(_(NOWHERE), None), (space for space in spaces if space.host_id in blockers))

    def lets_in(self, space: Space) -> ColumnElement[bool]:
        return User.id.not_in(select(Block.blocked_id).where(Block.blocker_id == space.host_id))


class Removed:
    """Who was removed stays out while it is live."""

    even_on_stage = False

    def refuses(self, spaces: Sequence[Space], visitor: Visitor) -> dict[int, Refusal]:
        removed = _removed_from([space.id for space in spaces if space.state == State.LIVE], visitor)
        refusal = Refusal(_("You were removed from this space."), "spaces/_removed.html")
        return _all(refusal, (space for space in spaces if space.id in removed))

    def lets_in(self, space: Space) -> ColumnElement[bool]:
        removed = Membership.space_id == space.id, Membership.removed_at.is_not(None)
        over = literal(space.state != State.LIVE)
        return or_(over, User.id.not_in(select(Membership.user_id).where(*removed)))


class Members:
    """Some spaces are for people with an account. Once it has ended, its recording has a rule of its own."""

    even_on_stage = False

    def refuses(self, spaces: Sequence[Space], visitor: Visitor) -> dict[int, Refusal]:
        if visitor.signed_in:
            return {}
        refusal = Refusal(
            _("Sign in first: this space is for people with an account."), "spaces/_members.html"
        )
        closed = (space for space in spaces if not space.guests_allowed and space.state != State.ENDED)
        return _all(refusal, closed)

    def lets_in(self, space: Space) -> ColumnElement[bool]:
        return true()


class Followed:
    """Some are for those whom the host follows."""

    even_on_stage = False

    def refuses(self, spaces: Sequence[Space], visitor: Visitor) -> dict[int, Refusal]:
        closed = [space for space in spaces if space.open_to == OpenTo.FOLLOWED]
        hosts = {space.host_id for space in closed}
        following = followers_among(hosts, visitor.user.id) if visitor.user and hosts else set()
        return {
            space.id: Refusal(
                _("This space is for people whom %(name)s follows.", name=space.host.display_name),
                "spaces/_followed.html",
            )
            for space in closed
            if space.host_id not in following
        }

    def lets_in(self, space: Space) -> ColumnElement[bool]:
        if space.open_to != OpenTo.FOLLOWED:
            return true()
        return User.id.in_(select(Follow.followed_id).where(Follow.follower_id == space.host_id))


def _all(refusal: Refusal, spaces: Iterable[Space]) -> dict[int, Refusal]:
    return {space.id: refusal for space in spaces}


def _removed_from(space_ids: list[int], visitor: Visitor) -> set[int]:
    if not space_ids:
        return set()
    if visitor.user is not None:
        theirs = select(Membership.space_id).where(Membership.user_id == visitor.user.id)
        removed = theirs.where(Membership.removed_at.is_not(None), Membership.space_id.in_(space_ids))
    elif visitor.guest is not None:
        theirs = select(Guest.space_id).where(Guest.guest == guest_handle(visitor.guest))
        removed = theirs.where(Guest.removed_at.is_not(None), Guest.space_id.in_(space_ids))
    else:
        return set()
    return set(db.session.scalars(removed))


def init_app(app: Flask) -> None:
    """Puts up the gates that spaces have of themselves."""
    app.extensions["gates"] = [Blocked(), Removed(), Members(), Followed()]


def register(app: Flask, gate: Gate) -> None:
    """Adds a gate behind those there are."""
    app.extensions["gates"].append(gate)


def refusal(space: Space, visitor: Visitor) -> Refusal | None:
    """Returns why the visitor may not enter a space, by the first gate that refuses; None when they may."""
    return refusals([space], visitor).get(space.id)


def refusals(spaces: Iterable[Space], visitor: Visitor) -> dict[int, Refusal]:
    """Returns the same of many, by number; those that the visitor may enter are left out."""
    asked = [space for space in spaces if visitor.user is None or visitor.user.id != space.host_id]
    if not asked:
        return {}
    seated = _seated_in([space.id for space in asked], visitor)
    refused: dict[int, Refusal] = {}
    for gate in cast(list[Gate], current_app.extensions["gates"]):
        pending = [space for space in asked if gate.even_on_stage or space.id not in seated]
        refused = gate.refuses(pending, visitor) | refused
    return refused


def may_enter(space: Space) -> ColumnElement[bool]:
    """Selects the accounts that no gate would refuse: what ``refusal`` says of one, asked of many at once."""
    seats = Membership.space_id == space.id, Membership.seat.is_not(None)
    seated = User.id.in_(select(Membership.user_id).where(*seats))
    gates = cast(list[Gate], current_app.extensions["gates"])
    passed = [
        gate.lets_in(space) if gate.even_on_stage else or_(seated, gate.lets_in(space)) for gate in gates
    ]
    return or_(User.id == space.host_id, and_(*passed))


def admit(space: Space, visitor: Visitor) -> Space:
    """Returns the space if the visitor may enter it. Refused, and NotFound where they may not know of it."""
    refused = refusal(space, visitor)
    if refused is None:
        return space
    if refused.template is None:
        raise NotFound(refused.sentence)
    raise Refused(space, refused)


def _seated_in(space_ids: list[int], visitor: Visitor) -> set[int]:
    if visitor.user is None:
        return set()
    theirs = select(Membership.space_id).where(Membership.user_id == visitor.user.id)
    seated = theirs.where(Membership.seat.is_not(None), Membership.space_id.in_(space_ids))
    return set(db.session.scalars(seated))
