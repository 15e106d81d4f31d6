"""What is kept of a person's moments."""

from datetime import datetime

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.accounts.rights import Keeper
from webapp.db import db
from webapp.languages import marked
from webapp.moments import services
from webapp.moments.models import Mark, Pin


def kept_of(user: User, _now: datetime) -> dict[str, object]:
    """Returns what a person pinned, and the moments they remember."""
    pins = select(Pin).where(Pin.user_id == user.id).order_by(Pin.id)
    marks = select(Mark).where(Mark.user_id == user.id).order_by(Mark.id)
    return {
        "pinned": [_pin(pin) for pin in db.session.scalars(pins)],
        "remembered": [_mark(mark) for mark in db.session.scalars(marks)],
    }


def _pin(pin: Pin) -> dict[str, object]:
    return {
        "space": pin.space.url,
        "kind": pin.kind,
        "address": pin.address,
        "title": pin.title,
        "at_ms": pin.at_ms,
        "pinned_at": pin.pinned_at,
    }


def _mark(mark: Mark) -> dict[str, object]:
    return {
        "space": mark.space.url,
        "at_ms": mark.at_ms,
        "note": mark.note,
        "created_at": mark.created_at,
    }


KEEPER = Keeper(
    "moments",
    export=kept_of,
    forget=services.forget_person,
    kept=marked(
        "The moments you remember, with your notes, which only you see, and the links you pinned. How you"
        " reacted is not kept: only how often anybody did."
    ),
    consequence=marked("The moments you remember are gone. Links you pinned stay, without your name."),
)
