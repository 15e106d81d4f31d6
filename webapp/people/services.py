"""What people do about each other, and what others are told of it."""

from datetime import datetime

from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.languages import gettext as _
from webapp.languages import speaking
from webapp.notifications.services import tell
from webapp.spaces.services import shut_out


def follow(actor: User, other: User, now: datetime) -> None:
    """Begins to follow, and tells the other, once for all. Invalid, Conflict, NotFound."""
    if relations.follow(actor, other, now):
        with speaking(other.language):
            sentence = _("%(name)s follows you.", name=actor.display_name)
        tell(
            other.id,
            kind="follow",
            sentence=sentence,
            url=f"/@{actor.handle}",
            key=f"follow:{actor.id}",
            by=actor.id,
            now=now,
        )


def block(actor: User, other: User, now: datetime) -> None:
    """Keeps somebody away, and out of what the actor has live. The other is not told. Invalid."""
    relations.block(actor, other, now)
    shut_out(actor, other, now)
