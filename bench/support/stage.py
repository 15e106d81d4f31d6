"""Two people, the spaces that they host and talk in, and what is recorded of them, without a server."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from support import recordings
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.clock import now
from webapp.demo import services as demo
from webapp.demo.script import OTTO, TOPICS, WREN
from webapp.recordings.files import MIX
from webapp.recordings.queries import recording_of
from webapp.recordings.services import publish
from webapp.spaces import services as spaces
from webapp.spaces.archive import archive
from webapp.spaces.models import Space
from webapp.spaces.stage import services as stage


class Recorded(NamedTuple):
    """A space and its recording, by their addresses."""

    path: str
    audio: str
    mix_bytes: int


class Stage:
    """Brings a database and a disk to where a server takes them up."""

    def __init__(self, directory: Path) -> None:
        self._now = now()
        cast = demo.bots(self._now)
        self._host, self._guest = cast[WREN], cast[OTTO]
        self._recorded = directory / "recorded"
        self._recorded.mkdir()
        people = [(user.id, f"track-{user.id}.opus") for user in self._people]
        self._length_ms = recordings.record(self._recorded, people)

    @property
    def _people(self) -> tuple[User, User]:
        return self._host, self._guest

    def tokens(self) -> list[str]:
        """A token for each of the two, the host's first."""
        return [accounts.create_token(user, "bench", self._now) for user in self._people]

    def live(self) -> str:
        """The path of a space that is live, not recorded, with its host's microphone on."""
        space = spaces.create_space(self._host, "How it is", TOPICS, False, self._now)
        spaces.start_space(space, self._host, self._now)
        stage.set_muted(space, self._host, False)
        return space.url

    def broken_off(self, length_ms: int) -> Recorded:
        """A space that is live, and was recorded for so long when the server died."""
        return self._lay(self._talked(length_ms), length_ms)

    def ended(self, length_ms: int) -> Recorded:
        """A space of such a length that can be heard again."""
        space = self._talked(length_ms)
        laid, recording = self._lay(space, length_ms), recording_of(space.id)
        spaces.end_space(space, self._host, self._now)
        assert recording
        publish(recording, length_ms)
        return laid

    def _talked(self, length_ms: int) -> Space:
        began = self._now - timedelta(milliseconds=length_ms)
        space = spaces.create_space(self._host, "How it was", TOPICS, True, began)
        spaces.start_space(space, self._host, began)
        spaces.note_arrival(space.id, self._guest.id, began)
        stage.invite(space, self._host, self._guest.handle, now())
        stage.answer_invitation(space, self._guest, stage.ACCEPT)
        spaces.answer_consent(space, self._guest, "yes", began)
        for person in self._people:
            stage.set_muted(space, person, False)
        return space

    def _lay(self, space: Space, length_ms: int) -> Recorded:
        directory, recording = archive.directory(space), recording_of(space.id)
        assert recording
        times = max(1, round(length_ms / self._length_ms))
        recordings.lay(self._recorded, self._length_ms, times, directory)
        audio = f"/recordings/{recording.public_id}/audio"
        return Recorded(space.url, audio, (directory / MIX).stat().st_size)
