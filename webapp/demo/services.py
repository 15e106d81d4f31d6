"""What the demo keeps: two accounts, tokens, and spaces that have ended."""

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
from webapp.demo.script import CAST, EARLIER_TITLE, TOPICS, WREN, Part
from webapp.recordings import services as recordings
from webapp.recordings.models import Recording
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.spaces import services as spaces
from webapp.spaces.archive import archive
from webapp.spaces.models import Space, track_file
from webapp.spaces.services import ANYONE
from webapp.spaces.stage import services as stage
from webapp.spaces.states import Door, State

AGO = timedelta(hours=1)
BOTS = "@bots.invalid"
"""Ends their e-mail addresses."""


def bots(now: datetime) -> dict[Part, User]:
    """The accounts of the cast, made on the first call."""
    return {part: _find(part) or _make(part, now) for part in CAST}


def _find(part: Part) -> User | None:
    return db.session.scalar(select(User).where(User.handle == part.handle))


def _make(part: Part, now: datetime) -> User:
    password = hash_password(secrets.token_urlsafe(32))
    bot = accounts.add_account(part.handle + BOTS, password, part.handle, part.name, now)
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


def finished_space(cast: dict[Part, User], tracks: Sequence[Track], now: datetime) -> Space:
    """A space of the bots that has ended and can be heard, recorded on the first call."""
    found = latest_space(cast[WREN].id, EARLIER_TITLE)
    return found or recorded([cast[part] for part in CAST], EARLIER_TITLE, TOPICS, tracks, now - AGO)


def latest_space(host_id: int, title: str, *states: State) -> Space | None:
    """The latest space of a host that has a title, in one of some states or in any."""
    same = select(Space).where(Space.host_id == host_id, Space.title == title)
    such = same.where(Space.state.in_(states)) if states else same
    return db.session.scalar(such.order_by(Space.id.desc()).limit(1))


def recorded(
    speakers: Sequence[User],
    title: str,
    topics: str,
    tracks: Sequence[Track],
    began: datetime,
    door: Door = ANYONE,
) -> Space:
    """Lets a space of a host and others begin and end in the past, and leave behind what they said."""
    with tempfile.TemporaryDirectory() as directory:
        people = [(user.id, track_file(user.id), track) for user, track in zip(speakers, tracks, strict=True)]
        length_ms = rehearsal.record(Path(directory), people)
        space = spaces.create_space(speakers[0], title, topics, True, began, door=door)
        talk(space, speakers, began)
        for guest in speakers[1:]:
            spaces.answer_consent(space, guest, "yes", began)
        shutil.copytree(directory, archive.directory(space), dirs_exist_ok=True)
    spaces.end_space(space, speakers[0], began + timedelta(milliseconds=length_ms))
    recording = db.session.scalars(select(Recording).where(Recording.space_id == space.id)).one()
    recordings.publish(recording, length_ms)
    return space


def talk(space: Space, speakers: Sequence[User], began: datetime) -> None:
    """Has the host begin, and the others come to the stage."""
    host, *guests = speakers
    spaces.start_space(space, host, began)
    for guest in guests:
        spaces.note_arrival(space.id, guest.id, began)
        stage.invite(space, host, guest.handle, began)
        stage.answer_invitation(space, guest, stage.ACCEPT)
