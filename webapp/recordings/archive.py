"""The recordings, as spaces ask for them (``webapp.spaces.archive``)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from webapp.accounts.models import User
from webapp.db import db
from webapp.recordings import library, queries, services
from webapp.recordings.disk import directory
from webapp.recordings.models import Recording
from webapp.spaces.archive import Run
from webapp.spaces.models import Space
from webapp.spaces.shown import Outcome, ReplayView
from webapp.spaces.visitor import Visitor


class Recordings:
    """Implements ``Archive``."""

    def begin(self, space: Space, now: datetime) -> None:
        services.begin(space, now)

    def end(self, space: Space) -> None:
        recording = queries.recording_of(space.id)
        if recording is not None and space.ended_at is not None:
            services.end(recording, space.ended_at)

    def stop(self, space: Space, now: datetime) -> None:
        services.stop(space, now)

    def stopped_at(self, space: Space) -> datetime | None:
        return queries.stopped_at(space.id)

    def directory(self, space: Space) -> Path:
        recording = queries.recording_of(space.id)
        if recording is None:
            raise FileNotFoundError(f"Space {space.id} has no recording.")
        return directory(recording)

    def runs_of(self, space_ids: Iterable[int]) -> dict[int, Run]:
        return queries.runs_of(space_ids)

    def outcome(self, space: Space, visitor: Visitor, now: datetime) -> Outcome:
        return queries.outcome_of(queries.recording_of(space.id), visitor.signed_in, now)

    def replay(self, space: Space, visitor: Visitor, now: datetime) -> ReplayView | None:
        heard = queries.hearable_by(visitor.signed_in, now)
        recording = db.session.scalar(heard.where(Recording.space_id == space.id))
        if recording is None:
            return None
        resume_ms = library.resume_ms(recording, visitor)
        return replace(queries.replay_view(recording, now), resume_ms=resume_ms)

    def newest(
        self, visitor: Visitor, limit: int, now: datetime, host: User | None = None
    ) -> list[tuple[Space, ReplayView]]:
        return queries.newest(visitor, limit, now, host)
