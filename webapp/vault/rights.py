"""What the vault keeps of a person."""

from datetime import datetime

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.accounts.rights import Keeper
from webapp.db import db
from webapp.languages import marked
from webapp.vault.models import Access, Copy, Hold
from webapp.vault.queries import receipts_of


def kept_of(user: User, _now: datetime) -> dict[str, object]:
    """Returns the sealed copies of what a person hosted, their receipts, and what they did as a reviewer."""
    copies = db.session.scalars(select(Copy).where(Copy.owner_id == user.id).order_by(Copy.id))
    holds = db.session.scalars(select(Hold).where(Hold.reviewer_id == user.id).order_by(Hold.id))
    accesses = db.session.scalars(select(Access).where(Access.reviewer_id == user.id).order_by(Access.id))
    return {
        "copies": [
            {"title": copy.title, "ended_at": copy.ended_at, "kept_until": copy.kept_until}
            for copy in copies
            if copy.purged_at is None
        ],
        "receipts": [
            {
                "title": receipt.title,
                "ended_at": receipt.ended_at,
                "heard_until": receipt.heard_until,
                "destroyed_at": receipt.destroyed_at,
                "files": receipt.files,
            }
            for receipt in receipts_of(user)
        ],
        "holds": [{"reason": hold.reason, "placed_at": hold.placed_at} for hold in holds],
        "accesses": [{"reason": access.reason, "opened_at": access.opened_at} for access in accesses],
    }


KEEPER = Keeper(
    "vault",
    export=kept_of,
    kept=marked(
        "When a sealed copy of what you hosted will be destroyed, and a receipt for each that was. What"
        " reviewers did in the vault is written down with their names."
    ),
    consequence=marked("Receipts, and what you did in the vault as a reviewer, stay without your name."),
)
