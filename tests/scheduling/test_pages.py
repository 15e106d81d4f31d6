"""The pages of planned spaces, and the forms on them, as a browser meets them."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from tests.conftest import FrozenClock
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.export import make
from webapp.accounts.models import User
from webapp.db import db
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.scheduling import queries, rights, services
from webapp.scheduling.models import Reminder
from webapp.spaces.models import Space
from webapp.spaces.services import create_space, set_door, start_space
from webapp.spaces.states import Door, OpenTo

HTMX = {"HX-Request": "true"}
LATER = {"title": "Tea", "when": "later", "starts_at": "2026-01-06T19:00", "zone": "Europe/Berlin"}
SignIn = Callable[[User], FlaskClient]


def test_a_host_plans_a_space_in_their_own_zone(
    alice: User, sign_in: SignIn, client: FlaskClient, clock: FrozenClock
) -> None:
    browser = sign_in(alice)
    form = browser.get("/spaces/new").text
    assert 'type="datetime-local"' in form
    assert '<select id="zone" name="zone" data-own-zone>' in form
    answer = browser.post("/spaces", data=LATER)
    space = db.session.scalars(select(Space)).one()
    assert (answer.status_code, answer.location) == (303, space.url)
    assert space.scheduled_for == clock.now() + timedelta(days=1)
    page = client.get(space.url).text
    assert (
        '<time datetime="2026-01-06T18:00:00Z" data-local="planned">Tuesday, 6 January 2026, 18:00 UTC'
        in page
    )
    assert 'data-countdown="2026-01-06T18:00:00+00:00"' in page


def test_who_starts_now_gives_no_time(alice: User, sign_in: SignIn) -> None:
    for unplanned in ({"title": "Tea"}, LATER | {"when": "now"}, LATER | {"when": "nonsense"}):
        sign_in(alice).post("/spaces", data=unplanned)
    assert [space.plan for space in db.session.scalars(select(Space))] == [None] * 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"starts_at": "2026-01-05T18:59"}, "That time is over"),
        ({"starts_at": "2026-02-05T19:01"}, "up to 30 days ahead"),
        ({"starts_at": ""}, "Say when the space starts"),
        ({"starts_at": "soon"}, "such as 2026-01-05T18:00"),
        ({"zone": "Mars/Phobos"}, "Choose the zone"),
        ({"zone": ""}, "Choose the zone"),
        ({"zone": '"><script>'}, "Choose the zone"),
    ],
)
def test_a_time_that_cannot_be_is_refused_beside_it(
    alice: User, sign_in: SignIn, wrong: dict[str, str], said: str
) -> None:
    answer = sign_in(alice).post("/spaces", data=LATER | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="later" checked' in answer.text
    assert "<script>" not in answer.text.replace("<script src", "").split("</head>")[1]
    assert db.session.scalar(select(Space)) is None


def test_a_time_that_the_clocks_skip_is_refused_with_a_sentence(
    alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    clock.tick(days=70)
    answer = sign_in(alice).post("/spaces", data=LATER | {"starts_at": "2026-03-29T02:30"})
    assert answer.status_code == 422
    assert "02:30 does not exist on that day" in answer.text


def test_a_zone_under_another_name_is_kept_in_the_form(alice: User, sign_in: SignIn) -> None:
    answer = sign_in(alice).post("/spaces", data=LATER | {"zone": "Japan", "title": ""})
    assert answer.status_code == 422
    assert "<option selected>Japan</option>" in answer.text
    assert "data-own-zone" not in answer.text


def test_the_form_says_that_ten_are_planned(alice: User, plan: Callable[..., Space], sign_in: SignIn) -> None:
    spaces = [plan() for _ in range(10)]
    browser = sign_in(alice)
    form = browser.get("/spaces/new").text
    assert "You have 10 spaces planned." in form
    assert "datetime-local" not in form
    answer = browser.post("/spaces", data=LATER)
    assert answer.status_code == 422
    assert answer.text.count("You have 10 spaces planned.") == 1
    assert browser.post("/spaces", data={"title": "At once"}).status_code == 303
    assert "datetime-local" in browser.get(f"{spaces[0].url}/edit").text


# Changing and calling off


def test_the_host_changes_it_and_others_cannot(
    space: Space, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    changed = LATER | {
        "title": "Cake",
        "topics": "cake",
        "starts_at": "2026-01-07T09:00",
        "zone": "Asia/Tokyo",
    }
    for browser in (client, sign_in(bob)):
        assert browser.get(f"{space.url}/edit").status_code == 403
        assert browser.post(f"{space.url}/edit", data=changed).status_code == 403
        assert browser.post(f"{space.url}/cancel").status_code == 403
        assert f"{space.url}/edit" not in browser.get(space.url).text
    assert (space.title, space.state) == ("Tea", "scheduled")
    browser = sign_in(alice)
    assert f"{space.url}/edit" in browser.get(space.url).text
    form = browser.get(f"{space.url}/edit").text
    assert 'value="2026-01-06T19:00"' in form
    assert '<option value="Europe/Berlin" selected>' in form
    assert browser.post(f"{space.url}/edit", data=changed).location == space.url
    assert (space.title, space.topics, f"{space.scheduled_for:%d %H:%M}") == ("Cake", ["cake"], "07 00:00")
    assert "The space is changed." in browser.get(space.url).text


def test_a_form_sent_back_as_it_was_changes_nothing_even_when_its_time_has_come(
    space: Space, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    clock.tick(days=1, minutes=5)
    answer = sign_in(alice).post(f"{space.url}/edit", data=LATER)
    assert (answer.status_code, space.sequence) == (303, 0)
    late = sign_in(alice).post(f"{space.url}/edit", data=LATER | {"starts_at": "2026-01-06T19:01"})
    assert (late.status_code, "That time is over" in late.text) == (422, True)


def test_a_planned_space_does_not_lose_its_time(space: Space, alice: User, sign_in: SignIn) -> None:
    before = space.plan
    answer = sign_in(alice).post(f"{space.url}/edit", data={"title": "Cake", "when": "now"})
    assert (answer.status_code, space.plan, space.title) == (303, before, "Cake")


def test_a_space_without_a_time_gets_one(alice: User, sign_in: SignIn, clock: FrozenClock) -> None:
    space = create_space(alice, "Someday", "", False, clock.now())
    browser = sign_in(alice)
    assert 'value="now" checked' in browser.get(f"{space.url}/edit").text
    browser.post(f"{space.url}/edit", data=LATER)
    assert (space.title, space.plan.local) == ("Tea", "2026-01-06T19:00")


def test_recording_is_switched_on_only_by_whom_it_has_reached(
    space: Space, alice: User, plan: Callable[..., Space], sign_in: SignIn, clock: FrozenClock
) -> None:
    recorded = plan("Kept", record=True)
    rollout.start(RECORDING, clock.now())
    rollout.pause(RECORDING, clock.now())
    browser = sign_in(alice)
    answer = browser.post(f"{space.url}/edit", data=LATER | {"record": "y"})
    assert (answer.status_code, "You cannot record yet" in answer.text, space.record) == (422, True, False)
    assert browser.post(f"{recorded.url}/edit", data=LATER | {"record": "y"}).status_code == 303
    assert (recorded.title, recorded.record) == ("Tea", True)


def test_the_host_cancels_it_once_and_the_page_says_so(
    space: Space, alice: User, client: FlaskClient, sign_in: SignIn
) -> None:
    browser = sign_in(alice)
    assert browser.post(f"{space.url}/cancel").location == space.url
    assert (space.state, space.ended_reason) == ("cancelled", "host")
    page = client.get(space.url).text
    assert "This space was cancelled." in page
    assert "Alice called it off before it began." in page
    assert 'data-state="cancelled"' in page
    for path in ("cancel", "edit", "start"):
        assert browser.post(f"{space.url}/{path}", data=LATER).status_code == 409
    assert browser.get(f"{space.url}/edit").status_code == 409
    assert space.url not in client.get("/spaces").text


def test_the_page_of_a_no_show_says_why(space: Space, client: FlaskClient, clock: FrozenClock) -> None:
    assert services.close_no_show(space.id, clock.tick(days=1, minutes=30))
    db.session.commit()
    assert "It had not started half an hour after its time." in client.get(space.url).text


def test_what_has_started_is_not_changed(
    space: Space, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    start_space(space, alice, clock.now())
    browser = sign_in(alice)
    assert browser.get(f"{space.url}/edit").status_code == 409
    for path in ("edit", "cancel"):
        assert browser.post(f"{space.url}/{path}", data=LATER | {"title": "Cake"}).status_code == 409
    assert (space.title, space.state) == ("Tea", "live")


@pytest.mark.parametrize("path", ["edit", "cancel", "reminder"])
def test_forged_addresses_are_not_found(alice: User, client: FlaskClient, sign_in: SignIn, path: str) -> None:
    for browser in (client, sign_in(alice)):
        assert browser.post(f"/spaces/nowhere/{path}").status_code == 404


def test_a_form_of_another_site_changes_nothing(
    app: Flask, space: Space, alice: User, bob: User, sign_in: SignIn
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert sign_in(alice).post(f"{space.url}/cancel").status_code == 400
    assert sign_in(alice).post(f"{space.url}/edit", data=LATER | {"title": "Cake"}).status_code == 400
    assert sign_in(bob).post(f"{space.url}/reminder").status_code == 400
    assert (space.state, space.title, queries.is_reminded(bob, space)) == ("scheduled", "Tea", False)


# Waiting


def test_who_is_signed_in_is_reminded_and_takes_it_back(space: Space, bob: User, sign_in: SignIn) -> None:
    browser = sign_in(bob)
    assert "Remind me" in browser.get(space.url).text
    assert browser.post(f"{space.url}/reminder").location == space.url
    assert queries.is_reminded(bob, space)
    assert "Reminder set" in browser.get(space.url).text
    fragment = browser.post(f"{space.url}/reminder", data={"wanted": "0"}, headers=HTMX)
    assert (fragment.status_code, "Remind me" in fragment.text, "<main" in fragment.text) == (
        200,
        True,
        False,
    )
    assert not queries.is_reminded(bob, space)
    again = browser.post(f"{space.url}/reminder", data={"wanted": "1"}, headers=HTMX)
    assert "Reminder set" in again.text


def test_a_guest_is_asked_to_sign_in(space: Space, client: FlaskClient) -> None:
    assert client.post(f"{space.url}/reminder").status_code == 403
    for path in (space.url, "/spaces"):
        assert f'href="/sign-in?next={space.url}"' in client.get(path).text
    assert db.session.scalars(select(Reminder)).all() == []


def test_a_host_is_not_offered_a_reminder(space: Space, alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert browser.post(f"{space.url}/reminder").status_code == 409
    for path in (space.url, "/spaces"):
        assert f"{space.url}/reminder" not in browser.get(path).text


def test_a_waiting_page_is_sent_again_when_something_has_changed(
    space: Space, alice: User, client: FlaskClient, clock: FrozenClock, move: Callable[..., None]
) -> None:
    def poll() -> str:
        page = client.get(space.url).text
        found = re.search(r'hx-get="([^"]+)"', page)
        assert found
        return found[1]

    seen = poll()
    assert seen == f"{space.url}?seen=scheduled-0"
    assert client.get(seen, headers=HTMX).status_code == 204
    assert client.get(seen).status_code == 200
    move(space, title="Cake")
    assert "Cake" in client.get(seen, headers=HTMX).text
    seen = poll()
    assert client.get(seen, headers=HTMX).status_code == 204
    start_space(space, alice, clock.now())
    assert 'data-state="live"' in client.get(seen, headers=HTMX).text


# Lists


def test_upcoming_spaces_are_listed(
    space: Space, bob: User, charlie: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    services.remind(space, bob, True, clock.now())
    assert 'id="upcoming-title"' in client.get("/spaces").text
    assert "Reminder set" in sign_in(bob).get("/spaces").text
    assert "Reminder set" not in sign_in(charlie).get("/spaces").text


def test_what_is_planned_for_some_is_listed_for_them_alone(
    space: Space, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    assert "Coming up" in client.get("/@alice").text
    assert space.url in sign_in(bob).get("/@alice").text
    set_door(space, alice, Door(OpenTo.FOLLOWED))
    for path in ("/spaces", "/@alice"):
        assert space.url not in sign_in(bob).get(path).text
        assert space.url in sign_in(alice).get(path).text
    assert sign_in(bob).get(f"{space.url}/calendar.ics").status_code == 403
    relations.follow(alice, bob, clock.now())
    assert space.url in sign_in(bob).get("/spaces").text


def test_nothing_upcoming_is_nothing_shown(alice: User, client: FlaskClient, clock: FrozenClock) -> None:
    create_space(alice, "Someday", "", False, clock.now())
    assert "upcoming-title" not in client.get("/spaces").text


def test_many_upcoming_spaces_cost_as_many_queries_as_one(
    plan: Callable[..., Space], bob: User, person: Callable[[str], User], sign_in: SignIn, clock: FrozenClock
) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def cost() -> int:
        statements.clear()
        sign_in(bob).get("/spaces")
        return len(statements)

    services.remind(plan(), bob, True, clock.now())
    one = cost()
    for name in ("Dora", "Emil", "Fay"):
        services.remind(plan(name, person(name)), bob, True, clock.now())
    assert cost() == one


# Rights


def test_what_somebody_waits_for_is_theirs_to_take_and_forgotten_with_them(
    waiting: Space, bob: User, charlie: User, clock: FrozenClock, app: Flask
) -> None:
    assert rights.kept_of(bob, clock.now()) == [
        {"address": waiting.url, "title": "Tea", "asked_at": clock.now()}
    ]
    assert rights.kept_of(charlie, clock.now()) == []
    make(bob, clock.now(), app.extensions["settings"].data_dir).close()
    accounts.delete_account(bob, clock.now())
    assert db.session.scalars(select(Reminder)).all() == []
