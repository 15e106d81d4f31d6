"""What moderation keeps of a person."""

from datetime import datetime

from sqlalchemy import select, update

from webapp.accounts.models import User
from webapp.accounts.rights import Keeper
from webapp.db import db
from webapp.languages import marked
from webapp.moderation.models import Report


def kept_of(user: User, _now: datetime) -> list[dict[str, object]]:
    """Returns what a person reported. What others reported of them is theirs."""
    theirs = select(Report).where(Report.reporter_id == user.id).order_by(Report.id)
    return [
        {
            "address": report.space.url,
            "at_ms": report.at_ms,
            "what": report.what,
            "words": report.words,
            "created_at": report.created_at,
        }
        for report in db.session.scalars(theirs)
    ]


def forget(user: User, _now: datetime) -> None:
    """Takes a person's name off what they reported. Part of the caller's transaction."""
    theirs = update(Report).where(Report.reporter_id == user.id)
    db.session.execute(theirs.values(reporter_id=None))


KEEPER = Keeper(
    "reports",
    export=kept_of,
    forget=forget,
    kept=marked("What you reported. Nobody but reviewers reads it."),
    consequence=marked("What you reported stays, without your name."),
)
