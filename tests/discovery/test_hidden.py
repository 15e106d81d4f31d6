"""What somebody may not see is not there for them: not by name, not by number, not by a single byte."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.conftest import FrozenClock
from tests.discovery.conftest import Site
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.db import db
from webapp.discovery.watching import Watch
from webapp.recordings import services as recordings
from webapp.scheduling.services import cancel_space
from webapp.spaces import services
from webapp.spaces.services import ANYONE
from webapp.spaces.states import Door, OpenTo
from webapp.spaces.times import PATIENCE

FOLLOWED, LINK = Door(OpenTo.FOLLOWED), Door(OpenTo.LINK)
PATHS = (
    "/spaces",
    "/spaces?topic=secret",
    "/spaces?topic=tea",
    "/spaces?who=followed",
    "/spaces/live",
    "/spaces/upcoming",
    "/spaces/recorded",
    "/spaces/recorded?topic=tea",
    "/spaces/changes?seen=x",
    "/search?q=hush",
    "/search?q=secret",
    "/search?q=tea",
    "/search?q=t",
    "/search?q=alice",
    "/search?q=bea",
    "/search?q=sus",
)
Make = Callable[[User, Door], object]


@pytest.fixture
def hosts(person: Callable[[str], User], clock: FrozenClock) -> dict[str, User]:
    """Bea blocks the one who is blocked, who blocked Cyd; Sus is suspended; all others know only Alice."""
    return {name: person(name) for name in ("Bea", "Cyd", "Sus", "Blocked", "Stranger", "Follower", "Friend")}


@pytest.fixture
def everything(site: Site, alice: User) -> list[Make]:
    """Makes a space of every kind that can be in a list, each with a topic, and with words to be found by."""
    return [
        lambda host, door: site.goes_live(host, "Hush now", "Secret, Tea", door),
        lambda host, door: site.goes_live(host, "Hush now, recorded", "Secret, Tea", door, record=True),
        lambda host, door: site.plans(host, "Hush to come", "Secret, Tea", door),
        lambda host, door: site.leaves_recording(host, "Hush of old", "Secret, Tea", door),
    ]


@pytest.fixture
def viewers(
    app: Flask,
    hosts: dict[str, User],
    alice: User,
    site: Site,
    clock: FrozenClock,
    sign_in: Callable[[User], FlaskClient],
) -> dict[str, FlaskClient]:
    """A site on which there is something for everybody, and those who look at it."""
    now = clock.now()
    relations.follow(hosts["Follower"], alice, now)
    relations.follow(hosts["Friend"], alice, now)
    relations.follow(alice, hosts["Friend"], now)
    relations.block(hosts["Bea"], hosts["Blocked"], now)
    relations.block(hosts["Blocked"], hosts["Cyd"], now)
    db.session.execute(update(User).where(User.handle == "sus").values(active=False))
    db.session.commit()
    site.goes_live(alice, "Tea", "Tea")
    site.plans(alice, "Tea later", "tea, Cake")
    site.leaves_recording(alice, "Tea before", "Tea")
    return {
        "guest": app.test_client(),
        **{name: sign_in(hosts[name.capitalize()]) for name in ("stranger", "follower", "friend", "blocked")},
    }


def pages(browser: FlaskClient) -> dict[str, str]:
    browser.application.extensions["watch"] = Watch()
    found = {
        path: browser.get(path, headers={"HX-Request": "true"} if "changes" in path else {}) for path in PATHS
    }
    assert {answer.status_code for answer in found.values()} == {200}
    return {path: _without_tokens(answer.text) for path, answer in found.items()}


def _without_tokens(html: str) -> str:
    """Drops what differs from request to request, and what somebody was told while they might know of it."""
    return re.sub(
        r'(name="csrf_token" value=|"X-CSRFToken": )"[^"]+"|<a class="bell".*?</a>', "", html, flags=re.S
    )


def assert_hidden_from(viewers: dict[str, FlaskClient], names: str, hide: Callable[[], object]) -> None:
    before = {name: pages(viewers[name]) for name in names.split()}
    hide()
    db.session.commit()
    for name, were in before.items():
        for path, page in pages(viewers[name]).items():
            assert page == were[path], f"{name} at {path}"


EVERYBODY_ELSE = "guest stranger follower blocked"


def test_space_for_people_its_host_follows_is_hidden_from_all_others(
    viewers: dict[str, FlaskClient], everything: list[Make], alice: User
) -> None:
    assert_hidden_from(viewers, EVERYBODY_ELSE, lambda: [make(alice, FOLLOWED) for make in everything])
    assert "Hush now" in pages(viewers["friend"])["/spaces"]


def test_space_for_those_with_the_link_is_hidden_from_everybody(
    viewers: dict[str, FlaskClient],
    everything: list[Make],
    alice: User,
    sign_in: Callable[[User], FlaskClient],
) -> None:
    viewers["host"] = sign_in(alice)
    assert_hidden_from(
        viewers, f"{EVERYBODY_ELSE} friend host", lambda: [make(alice, LINK) for make in everything]
    )


def test_spaces_of_whoever_blocks_or_is_blocked_are_hidden(
    viewers: dict[str, FlaskClient], everything: list[Make], hosts: dict[str, User]
) -> None:
    for host in ("Bea", "Cyd"):
        assert_hidden_from(
            viewers, "blocked", lambda host=host: [make(hosts[host], ANYONE) for make in everything]
        )
    assert pages(viewers["guest"])["/spaces"].count("Hush now") >= 2


def test_spaces_of_somebody_suspended_are_hidden_from_everybody(
    viewers: dict[str, FlaskClient], everything: list[Make], hosts: dict[str, User]
) -> None:
    assert_hidden_from(
        viewers, f"{EVERYBODY_ELSE} friend", lambda: [make(hosts["Sus"], ANYONE) for make in everything]
    )


def test_what_is_deleted_expired_cancelled_or_over_is_hidden_from_everybody(
    viewers: dict[str, FlaskClient], site: Site, alice: User, clock: FrozenClock
) -> None:
    now = clock.now

    def hide() -> None:
        recordings.delete_recording(site.leaves_recording(alice, "Hush, deleted", "Secret"), now())
        site.leaves_recording(alice, "Hush, expired", "Secret").host_until = now()
        site.leaves_recording(alice, "Hush, empty", "Secret").size_bytes = 0
        site.leaves_recording(alice, "Hush, withdrawn", "Secret").withdrawn_at = now()
        cancel_space(site.plans(alice, "Hush, cancelled", "Secret"), alice, now())
        services.create_space(alice, "Hush, without a time", "Secret", False, now())
        site.ends(site.goes_live(alice, "Hush, ended and not recorded", "Secret"))
        site.ends(site.goes_live(alice, "Hush, being prepared", "Secret", record=True))
        site.plans(alice, "Hush, never started", "Secret").scheduled_for = now() - PATIENCE

    assert_hidden_from(viewers, f"{EVERYBODY_ELSE} friend", hide)


def test_recording_for_people_with_an_account_is_hidden_from_guests(
    viewers: dict[str, FlaskClient], site: Site, alice: User
) -> None:
    def hide() -> None:
        site.leaves_recording(alice, "Hush", "Secret").guests_allowed = False

    assert_hidden_from(viewers, "guest", hide)
    assert "Hush" in pages(viewers["stranger"])["/spaces"]


def test_what_becomes_private_leaves_everything_at_once(
    viewers: dict[str, FlaskClient], site: Site, alice: User, clock: FrozenClock
) -> None:
    before = pages(viewers["stranger"])
    planned, recording = site.plans(alice, "Hush", "Secret"), site.leaves_recording(alice, "Hush", "Secret")
    assert pages(viewers["stranger"]) != before
    services.set_door(planned, alice, LINK)
    recordings.delete_recording(recording, clock.now())
    assert pages(viewers["stranger"]) == before


def test_host_who_is_blocked_by_the_one_who_looks_leaves_everything_at_once(
    viewers: dict[str, FlaskClient], everything: list[Make], hosts: dict[str, User], clock: FrozenClock
) -> None:
    before = pages(viewers["stranger"])
    for make in everything:
        make(hosts["Friend"], ANYONE)
    relations.block(hosts["Stranger"], hosts["Friend"], clock.now())
    assert pages(viewers["stranger"]) == before
