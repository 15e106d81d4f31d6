"""Spaces in every state, as somebody without an account comes upon them on another site."""

from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.recordings.test_library import made
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.db import db
from webapp.recordings import services as recordings
from webapp.scheduling.services import cancel_space
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.states import Door, OpenTo
from webapp.spaces.times import Plan

SITE = "http://localhost"


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


class Head(HTMLParser):
    """What the head of a page says to those who do not look at the rest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.links: dict[tuple[str, str], str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "meta" and (name := about.get("property") or about.get("name")):
            assert name not in self.metas or name == "theme-color", name  # one a scheme
            self.metas[name] = about["content"]
        elif tag == "link" and about.get("rel") in ("canonical", "alternate"):
            self.links[about["rel"], about.get("type", "")] = about["href"]


def head_of(browser: FlaskClient, url: str) -> Head:
    return Head(browser.get(url).text)


@dataclass
class Spaces:
    """Makes spaces of Alice's in whatever state."""

    room: Room
    alice: User
    clock: FrozenClock

    def announced(self, door: Door = Door(), plan: Plan | None = None) -> Space:  # noqa: B008 -- it is frozen
        return services.create_space(self.alice, "Tea", "", False, self.clock.now(), plan=plan, door=door)

    def planned(self, door: Door = Door()) -> Space:  # noqa: B008
        return self.announced(door, Plan.read("2026-01-09T19:00", "Europe/Berlin", self.clock.now()))

    def cancelled(self) -> Space:
        space = self.planned()
        cancel_space(space, self.alice, self.clock.now())
        return space

    def live(self, door: Door = Door(), record: bool = False) -> Space:  # noqa: B008
        space = services.create_space(self.alice, "Tea", "", record, self.clock.now(), door=door)
        services.start_space(space, self.alice, self.clock.now())
        self.room.enter(space, self.alice)
        return space

    def unrecorded(self) -> Space:
        space = self.live()
        services.end_space(space, self.alice, self.clock.tick(minutes=5))
        return space

    def recorded(self, open_to: OpenTo = OpenTo.ANYONE) -> Space:
        recording = made(self.alice, "Tea", self.clock)
        recording.space.open_to = open_to
        db.session.commit()
        return recording.space

    def for_members(self) -> Space:
        recording = made(self.alice, "Tea", self.clock)
        recordings.allow_guests(recording, False)
        return recording.space

    def deleted(self) -> Space:
        recording = made(self.alice, "Tea", self.clock)
        recordings.delete_recording(recording, self.clock.now())
        return recording.space

    def expired(self) -> Space:
        recording = made(self.alice, "Tea", self.clock)
        self.clock.tick(days=30)
        return recording.space


@pytest.fixture
def spaces(room: Room, alice: User, clock: FrozenClock) -> Spaces:
    return Spaces(room, alice, clock)


Make = Callable[[Spaces], Space]
FOLLOWED = Door(OpenTo.FOLLOWED)
LINK = Door(OpenTo.LINK)
MEMBERS = Door(guests=False)

STATES: dict[str, Make] = {
    "announced": Spaces.announced,
    "planned": Spaces.planned,
    "live": Spaces.live,
    "recorded": Spaces.recorded,
    "unrecorded": Spaces.unrecorded,
    "cancelled": Spaces.cancelled,
    "for members": Spaces.for_members,
    "deleted": Spaces.deleted,
    "expired": Spaces.expired,
    "live for followed": lambda spaces: spaces.live(FOLLOWED),
    "planned for followed": lambda spaces: spaces.planned(FOLLOWED),
    "recorded for followed": lambda spaces: spaces.recorded(OpenTo.FOLLOWED),
    "live for members": lambda spaces: spaces.live(MEMBERS),
}
PLAYABLE = {"announced", "planned", "live", "recorded"}
KNOWN = PLAYABLE | {"unrecorded", "cancelled", "for members"}
"""What a link may be shown of, if without a player."""
