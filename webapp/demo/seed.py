"""Fills a site with the people of a small town, so that there is something to look at.

Each step finds what it made before: filling a site again changes nothing, and one that broke off goes on.
"""

import os
import random
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from flask_security import hash_password
from sqlalchemy import func, select

from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.demo import services as demo
from webapp.demo import town
from webapp.demo.conversation import Track
from webapp.demo.services import BOTS
from webapp.demo.town import Past, Planned, Talk, Written
from webapp.errors import Conflict
from webapp.people import services as people
from webapp.posts import services as posts
from webapp.posts.models import Post
from webapp.recordings import services as recordings
from webapp.recordings.queries import recording_of
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.scheduling import services as scheduling
from webapp.spaces import services as spaces
from webapp.spaces.models import Space
from webapp.spaces.states import State
from webapp.spaces.times import Plan

AT = "@demo.example.com"
"""Ends the e-mail address of everybody here: nothing that is sent there arrives."""
TICKS_S = 50
LONG_AGO = timedelta(days=60)


def real_accounts() -> int:
    """Counts the accounts that neither this nor the bots made."""
    made = User.email.endswith(AT) | User.email.endswith(BOTS)
    return db.session.scalar(select(func.count()).select_from(User).where(User.active, ~made)) or 0


def password(directory: Path) -> str:
    """What everybody here signs in with, kept in a file that only this system's user can read."""
    path = directory / "password"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(12))
    return path.read_text()


def fill(tracks: Sequence[Track], secret: str, site: str, now: datetime) -> None:
    """Makes everybody, everything they talk about, and everything they write; ``site`` is its address."""
    here = settle(secret, now)
    befriend(here, now)
    links = {past.talk.key: _past(past, here, tracks, now).url for past in town.PAST}
    links |= {planned.talk.key: _planned(planned, here, now).url for planned in town.PLANNED}
    opened = now - timedelta(hours=2)
    links |= {live.talk.key: _opened(live.talk, here, opened).url for live in town.LIVE}
    _write(here, {key: site + url for key, url in links.items()}, site, now)


# Who is here


def inhabitants() -> dict[str, User]:
    """Returns those who are here already, by their handle."""
    called = select(User).where(User.email.in_([person.handle + AT for person in town.PEOPLE]))
    return {user.handle: user for user in db.session.scalars(called)}


def settle(secret: str, now: datetime) -> dict[str, User]:
    """Returns everybody, by their handle; who is not here yet comes. Conflict where one is another's."""
    here = inhabitants()
    missing = [person for person in town.PEOPLE if person.handle not in here]
    if taken := [person.handle for person in missing if accounts.is_taken(person.handle)]:
        raise Conflict(f"Somebody else is called @{taken[0]} here. Nothing was changed.")
    hashed = hash_password(secret) if missing else ""
    for days, person in enumerate(missing):
        came = now - LONG_AGO + timedelta(days=days)
        user = accounts.add_account(person.handle + AT, hashed, person.handle, person.name, came)
        accounts.describe(user, person.bio)
        accounts.set_time_zone(user, person.zone)
        here[person.handle] = user
    return here


def befriend(here: dict[str, User], now: datetime) -> None:
    """Has everybody follow some of the others, and the same ones each time."""
    for user in here.values():
        others = _some(user.handle, here, 5 + user.hue % 12)
        for day, other in enumerate(others, start=1):
            people.follow(user, other, now - timedelta(days=day))
    for talk in town.talks():
        if talk.guest:
            people.follow(here[talk.host], here[talk.guest], now - timedelta(days=1))


def _some(chosen_by: str, here: dict[str, User], n: int) -> list[User]:
    """Returns some people: always the same for the same word, and never who is called that."""
    others = [person.handle for person in town.PEOPLE if person.handle != chosen_by]
    return [here[handle] for handle in random.Random(chosen_by).sample(others, n)]  # noqa: S311


# What they talk about


def _opened(talk: Talk, here: dict[str, User], at: datetime, plan: Plan | None = None) -> Space:
    """A space that has not started, unless it has by now."""
    host = here[talk.host]
    found = demo.latest_space(host.id, talk.title)
    return found or spaces.create_space(host, talk.title, talk.topics, False, at, plan=plan, door=talk.door)


def _planned(planned: Planned, here: dict[str, User], now: datetime) -> Space:
    host = here[planned.talk.host]
    at = now + timedelta(hours=planned.hours)
    quarter = at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
    space = _opened(planned.talk, here, now, Plan(quarter, planned.zone))
    if space.state == State.SCHEDULED:
        for user in _some(host.handle, here, planned.reminders):
            scheduling.remind(space, user, True, now)
        if planned.cancelled:
            scheduling.cancel_space(space, host, now)
    return space


def _past(past: Past, here: dict[str, User], tracks: Sequence[Track], now: datetime) -> Space:
    talk, host = past.talk, here[past.talk.host]
    speakers = [host, *([here[talk.guest]] if talk.guest else [])]
    began = now - timedelta(hours=past.hours)
    space = demo.latest_space(host.id, talk.title)
    if space is None and past.seconds:
        rollout.put_on_list(RECORDING, host.handle, began)
        said = [track[: past.seconds * TICKS_S] for track in tracks]
        space = demo.recorded(speakers, talk.title, talk.topics, said, began, talk.door)
    elif space is None:
        space = _opened(talk, here, began)
        demo.talk(space, speakers, began)
        spaces.end_space(space, host, began + timedelta(minutes=past.minutes))
    recording = recording_of(space.id)
    if past.deleted and recording and recording.deleted_at is None:
        recordings.delete_recording(recording, began + timedelta(hours=1))
    return space


# What they write


def _write(here: dict[str, User], links: dict[str, str], site: str, now: datetime) -> None:
    hosts = frozenset({site.partition("://")[2].lower()})
    written: dict[str, str] = {}
    for number, each in enumerate(town.POSTS):
        at = now - timedelta(hours=each.hours)
        post = posts.write_post(
            here[each.author],
            each.text.format_map(links),
            at,
            once=f"seed-{number:017}",
            reply_to=written.get(each.reply_to, ""),
            quote_of=written.get(each.quote_of, ""),
            hosts=hosts,
        )
        if each.key:
            written[each.key] = post.public_id
        _applaud(post, each, here, at)


def _applaud(post: Post, written: Written, here: dict[str, User], at: datetime) -> None:
    for user in _some(written.author, here, written.likes):
        posts.like(post, user, at + timedelta(minutes=5))
    for handle in written.reposts:
        posts.repost(post, here[handle], at + timedelta(minutes=5))
