"""What reminders keep of a person."""

from datetime import datetime

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.accounts.rights import Keeper
from webapp.db import db
from webapp.languages import marked
from webapp.scheduling import services
from webapp.scheduling.models import Reminder


def kept_of(user: User, _now: datetime) -> list[dict[str, object]]:
    """Returns what somebody asked to be reminded of."""
    asked = select(Reminder).where(Reminder.user_id == user.id).order_by(Reminder.asked_at)
    return [
        {"address": each.space.url, "title": each.space.title, "asked_at": each.asked_at}
        for each in db.session.scalars(asked)
    ]


KEEPER = Keeper(
    "reminders",
    export=kept_of,
    forget=lambda user, _now: services.forget(user),
    kept=marked("The planned spaces that you asked to be reminded of, until they start or are cancelled."),
    consequence=marked("You are reminded of nothing more."),
)
