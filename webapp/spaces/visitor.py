"""Whoever makes a request."""

from dataclasses import dataclass

from webapp.accounts.models import User
from webapp.spaces.shown import guest_handle


@dataclass(frozen=True)
class Visitor:
    """An account, a guest (the number in their session), or neither yet."""

    user: User | None = None
    guest: int | None = None

    @property
    def signed_in(self) -> bool:
        return self.user is not None

    @property
    def number(self) -> int | None:
        """Their number in the media core."""
        return self.user.id if self.user else self.guest

    @property
    def listener(self) -> str | None:
        """The name under which it is kept what they have listened to."""
        if self.user:
            return str(self.user.id)
        return guest_handle(self.guest) if self.guest else None
