"""Recording, while it is rolled out: what a host is told, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.spaces.conftest import Room
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Forbidden
from webapp.recordings.models import Recording
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.rollout.platforms import Platform
from webapp.rollout.programme import Verdict
from webapp.rollout.words import waiting
from webapp.spaces import services
from webapp.spaces.models import Space

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
TO_COME = "Recording is being rolled out step by step. It reaches you on 2 February."
SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


def test_host_whom_it_has_not_reached_is_told_when_it_will(
    started: None, last: User, clock: FrozenClock
) -> None:
    with pytest.raises(Forbidden) as refusal:
        services.create_space(last, "Tea", "", True, clock.now())
    assert refusal.value.sentence == TO_COME
    assert db.session.scalar(select(Space)) is None
    assert not services.create_space(last, "Tea", "", False, clock.now()).record


def test_host_records_from_the_instant_it_reaches_them(started: None, last: User, clock: FrozenClock) -> None:
    arrives = clock.now() + timedelta(days=28)
    with pytest.raises(Forbidden):
        services.create_space(last, "Tea", "", True, arrives - timedelta(microseconds=1))
    assert services.create_space(last, "Tea", "", True, arrives).record


def test_host_records_on_the_platform_that_it_has_reached(
    started: None, first: User, clock: FrozenClock
) -> None:
    with pytest.raises(Forbidden):
        services.create_space(first, "Tea", "", True, clock.now(), Platform.WEB)
    assert services.create_space(first, "Tea", "", True, clock.now(), platform=Platform.IOS).record


def test_host_on_the_list_records_anywhere(started: None, last: User, clock: FrozenClock) -> None:
    rollout.put_on_list(RECORDING, last.handle, clock.now())
    for platform in Platform:
        assert services.create_space(last, "Tea", "", True, clock.now(), platform).record


def test_without_a_programme_every_host_records(alice: User, clock: FrozenClock) -> None:
    assert services.create_space(alice, "Tea", "", True, clock.now()).record


def test_what_was_opened_to_be_recorded_is_recorded_whatever_happens_to_the_roll_out(
    room: Room, last: User, clock: FrozenClock
) -> None:
    space = services.create_space(last, "Tea", "", True, clock.now())
    rollout.start(RECORDING, clock.now())
    rollout.pause(RECORDING, clock.now())
    services.start_space(space, last, clock.now())
    assert db.session.scalars(select(Recording.space_id)).all() == [space.id]


def test_the_form_shows_a_switch_or_the_date(started: None, last: User, first: User, sign_in: SignIn) -> None:
    waiting = sign_in(last).get("/spaces/new").text
    assert TO_COME in waiting
    assert 'name="record"' not in waiting
    assert 'name="record"' not in sign_in(first).get("/spaces/new").text
    has_it = sign_in(first).get("/spaces/new", headers={"User-Agent": IPHONE}).text
    assert 'name="record"' in has_it
    assert "step by step" not in has_it


def test_the_form_does_not_promise_a_date_while_the_programme_is_paused(
    started: None, last: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    rollout.pause(RECORDING, clock.now())
    assert "We cannot say yet when it reaches you." in sign_in(last).get("/spaces/new").text


def test_a_forged_switch_is_refused_in_its_place(started: None, last: User, sign_in: SignIn) -> None:
    browser, form = sign_in(last), {"title": "Tea & cake", "topics": "tea", "record": "y"}
    answer = browser.post("/spaces", data=form)
    assert answer.status_code == 422
    assert "You cannot record yet." in answer.text
    assert TO_COME in answer.text
    assert 'value="Tea &amp; cake"' in answer.text
    assert 'name="record"' not in answer.text
    assert db.session.scalar(select(Space)) is None
    del form["record"]
    assert browser.post("/spaces", data=form).status_code == 303
    assert db.session.scalars(select(Space.record)).all() == [False]


def test_host_on_an_iphone_records_by_the_form(started: None, first: User, sign_in: SignIn) -> None:
    form, phone = {"title": "Tea", "record": "y"}, {"User-Agent": IPHONE}
    assert sign_in(first).post("/spaces", data=form).status_code == 422
    assert sign_in(first).post("/spaces", data=form, headers=phone).status_code == 303
    hint = {"Sec-CH-UA-Platform": '"Android"'}
    assert sign_in(first).post("/spaces", data=form, headers=hint).status_code == 422
    assert db.session.scalars(select(Space.record)).all() == [True]


def test_a_date_in_another_year_names_it() -> None:
    december, january = datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 3, tzinfo=UTC)
    assert waiting(RECORDING, Verdict(False, "", january), december).endswith("on 3 January 2027.")
    assert waiting(RECORDING, Verdict(False, "", december), december).endswith("on 20 December.")
