"""What moderation keeps of a person."""

from datetime import datetime

from sqlalchemy import select, update

from webapp.accounts.models import User
from webapp.accounts.rights import Keeper
from webapp.db import db
from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.moderation.kinds import KINDS
from webapp.moderation.models import Removal, Report


def kept_of(user: User, _now: datetime) -> dict[str, object]:
    """Returns what a person reported, and which posts of theirs were removed.

    What others reported of them is theirs.
    """
    theirs = select(Report).where(Report.reporter_id == user.id).order_by(Report.id)
    removed = select(Removal).where(Removal.author_id == user.id).order_by(Removal.id)
    return {
        "reported": [_reported(report) for report in db.session.scalars(theirs)],
        "removed": [_removed(removal) for removal in db.session.scalars(removed)],
    }


def _reported(report: Report) -> dict[str, object]:
    return {
        "address": report.address,
        "at_ms": report.at_ms,
        "what": report.what,
        "words": report.words,
        "created_at": report.created_at,
    }


def _removed(removal: Removal) -> dict[str, object]:
    return {
        "text": removal.text,
        "what": _(KINDS[removal.kind]),
        "words": removal.words,
        "at": removal.at,
    }


def forget(user: User, _now: datetime) -> None:
    """Takes a person's name off what they reported, and forgets what was removed of theirs.

    Part of the caller's transaction.
    """
    theirs = update(Report).where(Report.reporter_id == user.id)
    db.session.execute(theirs.values(reporter_id=None))
    removed = update(Removal).where(Removal.author_id == user.id)
    db.session.execute(removed.values(author_id=None, text=""))


KEEPER = Keeper(
    "reports",
    export=kept_of,
    forget=forget,
    kept=marked("What you reported, and posts of yours that were removed. Nobody but reviewers reads it."),
    consequence=marked("What you reported stays, without your name. Posts that were removed are forgotten."),
)
