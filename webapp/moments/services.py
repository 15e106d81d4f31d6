"""What people do in a live space besides talking: react, pin a link, remember a moment."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, TooOften
from webapp.languages import gettext as _
from webapp.languages import later
from webapp.moments.kinds import Kind, clean_address, clean_kind, clean_link_title, clean_note
from webapp.moments.models import PINS_AT_ONCE, Mark, Pin, Reaction
from webapp.moments.pulse import pulse
from webapp.moments.queries import mark_of, pin_in
from webapp.spaces.archive import archive
from webapp.spaces.live import live
from webapp.spaces.models import Space
from webapp.spaces.queries import is_recorded, membership
from webapp.spaces.states import Role, check_live
from webapp.spaces.visitor import Visitor

PINS_MAX = 100
"""That a space ever has, with those that were taken down."""


def react(space: Space, visitor: Visitor, kind: str, now: datetime) -> None:
    """Shows everybody in a space how somebody feels, soon. Conflict, Forbidden, Invalid, TooOften."""
    number = _present(space, visitor)
    chosen = clean_kind(kind)
    if not pulse.reacting.take((space.id, number), now):
        raise TooOften(_("You have reacted a lot just now. Wait a few seconds."))
    pulse.tally.add(space.id, chosen)


def count_reactions(space_id: int, counts: Mapping[Kind, int]) -> None:
    """Adds to the totals of a space. One thread alone does."""
    for kind, count in counts.items():
        total = db.session.get(Reaction, (space_id, kind))
        if total is None:
            db.session.add(Reaction(space_id=space_id, kind=kind, count=count))
        else:
            total.count += count
    db.session.commit()


def pin_link(space: Space, actor: User, address: str, title: str, now: datetime) -> Pin:
    """Shows a link to everybody in a space. One that is pinned already stays as it is.

    Forbidden, Invalid; Conflict when five are pinned.
    """
    _check_leads(space, actor)
    check_live(space.state)
    address = clean_address(address)
    title = clean_link_title(title, address)
    pinned = db.session.scalars(select(Pin).where(Pin.space_id == space.id, Pin.place.is_not(None))).all()
    for pin in pinned:
        if pin.address == address:
            return pin
    pin = Pin(space_id=space.id, user_id=actor.id, address=address, title=title, pinned_at=now)
    pin.place = _free_place(space, {other.place for other in pinned})
    pin.at_ms = live.position_ms(space, now) if is_recorded(space) else None
    db.session.add(pin)
    _commit_alone()
    live.changed(space.id)
    live.announce(space.id, later("A link was pinned: %(title)s.", title=pin.title))
    return pin


def _free_place(space: Space, taken: set[int | None]) -> int:
    free = set(range(PINS_AT_ONCE)) - taken
    if not free:
        raise Conflict(_("%(count)s links are pinned. Unpin one of them first.", count=PINS_AT_ONCE))
    ever = db.session.scalar(select(func.count()).where(Pin.space_id == space.id)) or 0
    if ever >= PINS_MAX:
        raise Conflict(
            _("%(count)s links have been pinned in this space: that is all it takes.", count=PINS_MAX)
        )
    return min(free)


def _commit_alone() -> None:
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict(_("Somebody else pinned a link at the same moment. Try again.")) from error


def unpin(space: Space, actor: User, number: int) -> None:
    """Takes a link down; the recording keeps it. Doing it again changes nothing. Forbidden, NotFound."""
    _check_leads(space, actor)
    check_live(space.state)
    pin_in(space, number).place = None
    db.session.commit()
    live.changed(space.id)


def delete_pin(space: Space, actor: User, number: int) -> None:
    """Takes a link from everybody, also from beside the recording. Forbidden, NotFound."""
    _check_leads(space, actor)
    db.session.delete(pin_in(space, number))
    db.session.commit()
    live.changed(space.id)


def remember(space: Space, actor: User, note: str, now: datetime) -> Mark:
    """Keeps this moment for somebody who is there. Conflict, Forbidden, Invalid, TooOften."""
    _present(space, Visitor(user=actor))
    _check_recording(space)
    note = clean_note(note)
    if not pulse.marking.take((space.id, actor.id), now):
        raise TooOften(_("You remembered a moment just now. Wait a few seconds."))
    at_ms = live.position_ms(space, now)
    mark = Mark(space_id=space.id, user_id=actor.id, at_ms=at_ms, note=note, created_at=now)
    db.session.add(mark)
    db.session.commit()
    return mark


def _check_recording(space: Space) -> None:
    if not space.record:
        raise Conflict(_("This space is not recorded: there will be no moment to come back to."))
    if not is_recorded(space):
        raise Conflict(_("The recording was stopped: what is said now cannot be heard again."))
    if archive.runs_of([space.id])[space.id].interrupted:
        raise Conflict(
            _("The recording has stopped for now: what is said at the moment cannot be heard again.")
        )


def forget_mark(space: Space, actor: User, number: int) -> None:
    """Takes one of somebody's own marks away. NotFound."""
    db.session.delete(mark_of(actor, space, number))
    db.session.commit()


def forget_person(user: User, _now: datetime) -> None:
    """Forgets what somebody remembers, and who pinned what they pinned. Part of the caller's transaction."""
    db.session.execute(delete(Mark).where(Mark.user_id == user.id))
    db.session.execute(update(Pin).where(Pin.user_id == user.id).values(user_id=None))


def _present(space: Space, visitor: Visitor) -> int:
    """Returns the number of somebody who is connected to a live space. Conflict, Forbidden."""
    check_live(space.state)
    number = visitor.number
    if number is None or not live.presence.holds(space.id, number):
        raise Forbidden(_("This is for people who are in the space. Wait until this page is connected."))
    return number


def _check_leads(space: Space, actor: User) -> None:
    member = membership(space, actor)
    if member is None or member.role not in (Role.HOST, Role.COHOST):
        raise Forbidden(_("Only the host and the co-hosts pin links."))
