"""What was pinned, how people reacted, and what each remembers."""

from sqlalchemy import Select, distinct, func, select

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.moments.kinds import Kind, domain
from webapp.moments.models import Mark, Pin, Reaction
from webapp.moments.shown import Link, Moments, Remembered
from webapp.spaces.models import Space
from webapp.spaces.visitor import Visitor

MARKS_SHOWN = 500
SLICE_MS = 10_000


def pinned_now(space_id: int) -> list[Link]:
    """Returns what everybody in a space sees pinned, what was pinned first comes first."""
    return [_link(pin) for pin in db.session.scalars(_pins(space_id).where(Pin.place.is_not(None)))]


def moments_of(space: Space, visitor: Visitor) -> Moments:
    """Returns what stands beside a recording: the marks are the visitor's own."""
    return Moments(
        links=[_link(pin) for pin in db.session.scalars(_pins(space.id))],
        reactions=reactions_in(space.id),
        marks=marks_by(visitor.user, space.id) if visitor.user else [],
    )


def _pins(space_id: int) -> Select[Pin]:
    return select(Pin).where(Pin.space_id == space_id).order_by(Pin.pinned_at, Pin.id)


def _link(pin: Pin) -> Link:
    return Link(pin.id, pin.address, pin.title, domain(pin.address), pin.at_ms)


def pin_in(space: Space, number: int) -> Pin:
    """Returns what is or was pinned in a space under a number. NotFound."""
    pin = db.session.scalar(select(Pin).where(Pin.space_id == space.id, Pin.id == number))
    if pin is None:
        raise NotFound(_("That link is not here any more."))
    return pin


def reactions_in(space_id: int) -> list[tuple[Kind, int]]:
    """Returns how often people reacted in each way, in the order of the kinds."""
    counted = db.session.scalars(select(Reaction).where(Reaction.space_id == space_id))
    counts = {reaction.kind: reaction.count for reaction in counted}
    return [(kind, counts[kind]) for kind in Kind if kind in counts]


def marks_by(user: User, space_id: int) -> list[Remembered]:
    """Returns the moments of a space that somebody remembers, in their order."""
    own = select(Mark).where(Mark.space_id == space_id, Mark.user_id == user.id)
    marks = db.session.scalars(own.order_by(Mark.at_ms, Mark.id).limit(MARKS_SHOWN))
    return [Remembered(mark.id, mark.at_ms, mark.note) for mark in marks]


def mark_of(user: User, space: Space, number: int) -> Mark:
    """Returns one of somebody's own marks. NotFound."""
    own = select(Mark).where(Mark.space_id == space.id, Mark.user_id == user.id)
    mark = db.session.scalar(own.where(Mark.id == number))
    if mark is None:
        raise NotFound(_("That mark is not here any more."))
    return mark


def remembered_in(space_id: int) -> dict[int, int]:
    """Counts who remembers something of each ten seconds, by the millisecond at which they begin."""
    start_ms = Mark.at_ms - Mark.at_ms % SLICE_MS
    people = select(start_ms, func.count(distinct(Mark.user_id))).where(Mark.space_id == space_id)
    return dict(db.session.execute(people.group_by(start_ms).order_by(start_ms)).all())
