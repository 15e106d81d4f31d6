"""Who may enter a space: gates in one order, each of which may refuse.

Its page, its socket, its dock, who is in it and its replay ask them all. Features above register more.
"""

from dataclasses import dataclass
from typing import Protocol, cast

from flask import Flask, current_app

from webapp.accounts.relations import is_blocked, is_followed
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

    def check(self, space: Space, visitor: Visitor) -> Refusal | None:
        """Returns why the visitor may not enter; None when they may."""


class Blocked:
    """Whom the host blocked does not find the host's spaces."""

    even_on_stage = True

    def check(self, space: Space, visitor: Visitor) -> Refusal | None:
        if visitor.user is not None and is_blocked(visitor.user.id, by=space.host_id):
            return Refusal(_(NOWHERE), None)
        return None


class Removed:
    """Who was removed stays out while it is live."""

    even_on_stage = False

    def check(self, space: Space, visitor: Visitor) -> Refusal | None:
        if space.state == State.LIVE and _was_removed(space, visitor):
            return Refusal(_("You were removed from this space."), "spaces/_removed.html")
        return None


class Members:
    """Some spaces are for people with an account. Once it has ended, its recording has a rule of its own."""

    even_on_stage = False

    def check(self, space: Space, visitor: Visitor) -> Refusal | None:
        if space.guests_allowed or visitor.signed_in or space.state == State.ENDED:
            return None
        return Refusal(_("Sign in first: this space is for people with an account."), "spaces/_members.html")


class Followed:
    """Some are for those whom the host follows."""

    even_on_stage = False

    def check(self, space: Space, visitor: Visitor) -> Refusal | None:
        if space.open_to != OpenTo.FOLLOWED:
            return None
        if visitor.user is not None and is_followed(visitor.user.id, by=space.host_id):
            return None
        sentence = _("This space is for people whom %(name)s follows.", name=space.host.display_name)
        return Refusal(sentence, "spaces/_followed.html")


def _was_removed(space: Space, visitor: Visitor) -> bool:
    if visitor.user is not None:
        member = db.session.get(Membership, (space.id, visitor.user.id))
        return member is not None and member.removed_at is not None
    if visitor.guest is not None:
        guest = db.session.get(Guest, (space.id, guest_handle(visitor.guest)))
        return guest is not None and guest.removed_at is not None
    return False


def init_app(app: Flask) -> None:
    """Puts up the gates that spaces have of themselves."""
    app.extensions["gates"] = [Blocked(), Removed(), Members(), Followed()]


def register(app: Flask, gate: Gate) -> None:
    """Adds a gate behind those there are."""
    app.extensions["gates"].append(gate)


def refusal(space: Space, visitor: Visitor) -> Refusal | None:
    """Returns why the visitor may not enter a space, by the first gate that refuses; None when they may."""
    if visitor.user is not None and visitor.user.id == space.host_id:
        return None
    seated = _has_seat(space, visitor)
    for gate in cast(list[Gate], current_app.extensions["gates"]):
        if gate.even_on_stage or not seated:
            refused = gate.check(space, visitor)
            if refused is not None:
                return refused
    return None


def admit(space: Space, visitor: Visitor) -> Space:
    """Returns the space if the visitor may enter it. Refused, and NotFound where they may not know of it."""
    refused = refusal(space, visitor)
    if refused is None:
        return space
    if refused.template is None:
        raise NotFound(refused.sentence)
    raise Refused(space, refused)


def _has_seat(space: Space, visitor: Visitor) -> bool:
    if visitor.user is None:
        return False
    member = db.session.get(Membership, (space.id, visitor.user.id))
    return member is not None and member.on_stage
