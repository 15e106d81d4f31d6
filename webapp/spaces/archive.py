"""What a space asks of whoever keeps recordings. Spaces know none: ``create_app`` brings the two together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

from flask import current_app
from werkzeug.local import LocalProxy

from webapp.accounts.models import User
from webapp.spaces.models import Space
from webapp.spaces.shown import Outcome, ReplayView
from webapp.spaces.visitor import Visitor


@dataclass(frozen=True)
class Run:
    """How a recording goes: when its host stopped it, and whether what is said now is being lost to it."""

    stopped_at: datetime | None
    interrupted: bool


class Archive(Protocol):
    """Keeps recordings. Its changes are part of the caller's transaction."""

    def begin(self, space: Space, now: datetime) -> None:
        """A recorded space starts."""

    def end(self, space: Space) -> None:
        """A recorded space has ended: from now on clocks run."""

    def stop(self, space: Space, now: datetime) -> None:
        """The host stops the recording of a live space, for good. Conflict when it does not run."""

    def stopped_at(self, space: Space) -> datetime | None:
        """Tells when the host stopped the recording; None where they did not."""

    def directory(self, space: Space) -> Path:
        """Returns the directory that the recorder writes into; it exists."""

    def runs_of(self, space_ids: Iterable[int]) -> dict[int, Run]:
        """Tells of live spaces how their recordings go, with one query. Whose has none is left out."""

    def outcome(self, space: Space, visitor: Visitor, now: datetime) -> Outcome:
        """Returns what is left of an ended space, for the visitor."""

    def replay(self, space: Space, visitor: Visitor, now: datetime) -> ReplayView | None:
        """Returns the recording of a space, if the visitor can hear it now."""

    def newest(
        self, visitor: Visitor, limit: int, now: datetime, host: User | None = None
    ) -> list[tuple[Space, ReplayView]]:
        """Returns what the visitor is shown and can hear now, of one host or of all, the latest first."""


archive = cast(Archive, LocalProxy(lambda: current_app.extensions["archive"]))
