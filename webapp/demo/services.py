"""What the demo keeps: two accounts, their tokens, and one space that has ended."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from flask_security import hash_password
from sqlalchemy import select

from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.demo import rehearsal
from webapp.demo.conversation import Track
from webapp.demo.script import CAST, EARLIER_TITLE, OTTO, TOPICS, WREN, Part
from webapp.recordings import services as recordings
from webapp.recordings.models import Recording
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.spaces import services as spaces
from webapp.spaces.archive import archive
from webapp.spaces.models import Space
from webapp.spaces.stage import services as stage
from webapp.spaces.states import State

AGO = timedelta(hours=1)


def bots(now: datetime) -> dict[Part, User]:
    """The accounts of the cast, made on the first call."""
    return {part: _find(part) or _make(part, now) for part in CAST}


def _find(part: Part) -> User | None:
    return db.session.scalar(select(User).where(User.handle == part.handle))


def _make(part: Part, now: datetime) -> User:
    password = hash_password(secrets.token_urlsafe(32))
    bot = accounts.add_account(f"{part.handle}@bots.invalid", password, part.handle, part.name, now)
    rollout.put_on_list(RECORDING, bot.handle, now)  # the demo records, however far a roll-out is
    return bot


def token_of(user: User, directory: Path, now: datetime) -> str:
    """A bot's token, kept in a file that only this system's user can read."""
    path = directory / f"{user.handle}.token"
    if path.exists() and accounts.account_by_token(path.read_text(), now) == user:
        return path.read_text()
    token = accounts.create_token(user, "demo", now)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token)
    return token


def live_space(host: User) -> Space | None:
    """The space in which the bots talk now."""
    return db.session.scalar(select(Space).where(Space.host_id == host.id, Space.state == State.LIVE))


def finished_space(cast: dict[Part, User], tracks: Sequence[Track], now: datetime) -> Space:
    """A space of the bots that has ended and can be heard, recorded on the first call."""
    host = cast[WREN]
    ended = select(Space).where(Space.host_id == host.id, Space.title == EARLIER_TITLE)
    if found := db.session.scalar(ended):
        return found
    with tempfile.TemporaryDirectory() as directory:
        people = [
            (cast[part].id, f"track-{cast[part].id}.opus", track)
            for part, track in zip(CAST, tracks, strict=True)
        ]
        length_ms = rehearsal.record(Path(directory), people)
        return _pretend(cast, Path(directory), length_ms, now - AGO)


def _pretend(cast: dict[Part, User], recorded: Path, length_ms: int, began: datetime) -> Space:
    """Lets a space begin and end in the past, and leave behind what was recorded."""
    host, guest = cast[WREN], cast[OTTO]
    space = spaces.create_space(host, EARLIER_TITLE, TOPICS, True, began)
    spaces.start_space(space, host, began)
    spaces.note_arrival(space.id, guest.id, began)
    stage.invite(space, host, guest.handle, began)
    stage.answer_invitation(space, guest, stage.ACCEPT)
    spaces.answer_consent(space, guest, "yes", began)
    shutil.copytree(recorded, archive.directory(space), dirs_exist_ok=True)
    spaces.end_space(space, host, began + timedelta(milliseconds=length_ms))
    recording = db.session.scalars(select(Recording).where(Recording.space_id == space.id)).one()
    recordings.publish(recording, length_ms)
    return space
