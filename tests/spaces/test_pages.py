"""The pages of a space, and the forms on them, as a browser meets them."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.recordings.test_library import counted_queries
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.clock import now
from webapp.db import db
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.presence import GUEST
from webapp.spaces.queries import membership
from webapp.spaces.requests import services as requests
from webapp.spaces.stage import services as stage

HTMX = {"HX-Request": "true"}
SignIn = Callable[[User], FlaskClient]


def test_a_signed_in_person_opens_a_space(alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert browser.get("/spaces/new").status_code == 200
    answer = browser.post("/spaces", data={"title": "Tea", "topics": "tea, cake", "record": "y"})
    space = db.session.scalar(select(Space))
    assert (answer.status_code, answer.location) == (303, space.url)
    assert (space.title, space.topics, space.record, space.host_id) == (
        "Tea",
        ["tea", "cake"],
        True,
        alice.id,
    )
    assert b"Start the space" in browser.get(space.url).data


def test_a_form_filled_in_wrongly_says_what_is_wrong(alice: User, sign_in: SignIn) -> None:
    answer = sign_in(alice).post("/spaces", data={"title": "x" * 71, "topics": "a,b,c,d"})
    assert answer.status_code == 422
    assert b"at most 70 characters" in answer.data
    assert b"at most 3 topics" in answer.data
    assert db.session.scalar(select(Space)) is None


def test_a_guest_is_sent_to_sign_in(client: FlaskClient) -> None:
    assert client.get("/spaces/new").location == "/sign-in?next=/spaces/new"
    assert client.post("/spaces", data={"title": "Tea"}).status_code == 403


def test_the_host_starts_and_ends_and_others_cannot(
    room: Room, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    for action, state in (("start", "live"), ("end", "ended")):
        assert client.post(f"{space.url}/{action}").status_code == 403
        assert sign_in(bob).post(f"{space.url}/{action}").status_code == 403
        assert space.state != state
        assert sign_in(alice).post(f"{space.url}/{action}").location == space.url
        assert space.state == state
        assert sign_in(alice).post(f"{space.url}/{action}").status_code == 409


def test_the_page_is_the_same_in_every_state(
    room: Room, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    space = services.create_space(alice, "Tea", "", False, clock.now())
    assert b'data-state="scheduled"' in client.get(space.url).data
    services.start_space(space, alice, clock.now())
    assert b'data-state="live"' in client.get(space.url).data
    services.end_space(space, alice, clock.now())
    page = client.get(space.url).data
    assert b'data-state="ended"' in page
    assert b"It was not recorded" in page


def test_a_recorded_space_says_so_in_words(recorded: Space, client: FlaskClient) -> None:
    page = client.get(recorded.url).data
    assert b'id="rec-mark"' in page
    assert b"This space is being recorded." in page


def test_a_guest_keeps_their_number(space: Space, client: FlaskClient) -> None:
    client.get(space.url)
    with client.session_transaction() as session:
        number = session["guest"]
    assert number >= GUEST
    assert f'data-person="{number}"'.encode() in client.get(space.url).data


def test_a_space_that_does_not_exist_is_not_found(client: FlaskClient) -> None:
    for path in ("", "/dock", "/people", "/person/alice"):
        assert client.get(f"/spaces/nowhere{path}").status_code == 404


def test_a_title_of_markup_is_inert(room: Room, alice: User, client: FlaskClient, clock: FrozenClock) -> None:
    markup = '"><img src=x onerror=alert(1)>'
    space = services.create_space(alice, markup, "<b>", False, clock.now())
    services.start_space(space, alice, clock.now())
    for path in (space.url, "/", "/spaces"):
        page = client.get(path)
        assert b"<img src=x" not in page.data
        assert b"&gt;&lt;img src=x" in page.data
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_each_viewer_has_a_dock_of_their_own(
    recorded: Space, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    bring(recorded, alice, "bob")
    docks = {
        who: browser.get(f"{recorded.url}/dock").text
        for who, browser in {"host": sign_in(alice), "speaker": sign_in(bob), "guest": client}.items()
    }
    assert {who for who, dock in docks.items() if 'data-action="mic"' in dock} == {"host"}
    assert {who for who, dock in docks.items() if 'id="consent"' in dock} == {"speaker"}
    assert {who for who, dock in docks.items() if 'data-action="end"' in dock} == {"host"}
    assert {who for who, dock in docks.items() if 'data-action="leave"' in dock} == {"speaker", "guest"}


def test_a_speaker_answers_and_unmutes(recorded: Space, alice: User, bob: User, sign_in: SignIn) -> None:
    bring(recorded, alice, "bob")
    browser = sign_in(bob)
    early = browser.post(f"{recorded.url}/mute", data={"muted": "0"}, headers=HTMX)
    assert (early.status_code, early.headers["HX-Retarget"]) == (409, "#flash")
    dock = browser.post(f"{recorded.url}/consent", data={"answer": "yes"}, headers=HTMX)
    assert 'data-action="mic"' in dock.text
    assert browser.post(f"{recorded.url}/mute", data={"muted": "0"}, headers=HTMX).status_code == 204
    assert not membership(recorded, bob).muted
    assert browser.post(f"{recorded.url}/mute").location == recorded.url
    assert membership(recorded, bob).muted


def test_a_speaker_takes_their_yes_back_after_reading_what_it_means(
    recorded: Space, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    bring(recorded, alice, "bob")
    browser = sign_in(bob)
    assert 'id="dock-voice"' not in browser.get(f"{recorded.url}/dock").text
    dock = browser.post(f"{recorded.url}/consent", data={"answer": "yes"}, headers=HTMX).text
    assert "Your voice is recorded" in dock
    assert services.WITHDRAWAL_WORDING in dock
    assert 'name="answer" value="no"' in dock
    dock = browser.post(f"{recorded.url}/consent", data={"answer": "no"}, headers=HTMX).text
    assert "Your voice is not recorded" in dock
    assert services.RETURN_WORDING in dock
    assert 'name="answer" value="yes"' in dock
    assert browser.post(f"{recorded.url}/consent", data={"answer": "yes"}).location == recorded.url
    assert client.post(f"{recorded.url}/consent", data={"answer": "yes"}).status_code == 403
    assert 'id="dock-voice"' not in client.get(f"{recorded.url}/dock").text
    assert 'id="dock-voice"' in sign_in(alice).get(f"{recorded.url}/dock").text


def test_the_dock_says_nothing_of_voices_where_nothing_is_recorded(
    space: Space, recorded: Space, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    services.stop_recording(recorded, alice, clock.now())
    for quiet in (space, recorded):
        assert "voice" not in sign_in(alice).get(f"{quiet.url}/dock").text


def test_the_host_moves_people_and_others_cannot(
    space: Space, alice: User, bob: User, charlie: User, client: FlaskClient, sign_in: SignIn
) -> None:
    browsers = {"guest": client, "outsider": sign_in(charlie), "bob": sign_in(bob), "host": sign_in(alice)}

    def post(who: str, path: str, **form: str) -> int:
        return browsers[who].post(f"{space.url}/{path}", data=form, headers=HTMX).status_code

    def others(path: str, **form: str) -> list[int]:
        return [post(who, path, **form) for who in ("guest", "outsider", "bob")]

    bobs = {"handle": "bob"}
    assert others("invitations", **bobs) == [403] * 3
    assert post("host", "invitations", **bobs) == 204
    assert post("outsider", "invitation", answer="accept") == 403
    assert post("bob", "invitation", answer="accept") == 200
    assert others("cohosts", **bobs) == [403] * 3
    assert post("host", "cohosts", **bobs) == 204
    assert membership(space, bob).role == "cohost"
    assert others("cohosts/bob/remove") == [403] * 3
    assert post("host", "cohosts/bob/remove") == 204
    assert post("bob", "mute", muted="0") == 204
    assert others("stage/alice/mute") == [403] * 3
    assert post("host", "stage/bob/mute") == 204
    assert membership(space, bob).muted
    assert others("stage/mute") == [403] * 3
    assert post("host", "stage/mute") == 204
    assert [post(who, "stage/bob/remove") for who in ("guest", "outsider")] == [403] * 2
    assert post("host", "stage/bob/remove") == 204
    assert membership(space, bob).role == "listener"
    assert others("people/bob/remove") == [403] * 3
    assert post("host", "people/bob/remove") == 204
    assert membership(space, bob).removed_at is not None
    assert sign_in(bob).get(space.url).status_code == 403


def test_a_listener_asks_and_sees_their_place(
    space: Space,
    room: Room,
    alice: User,
    bob: User,
    charlie: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
) -> None:
    room.enter(space, charlie)
    first, second, host = sign_in(charlie), sign_in(bob), sign_in(alice)
    assert client.post(f"{space.url}/requests", data={"question": "Why?"}).status_code == 403
    assert "speaking does" in client.get(f"{space.url}/dock").text
    assert "You are 1st in line" in first.post(f"{space.url}/requests", headers=HTMX).text
    clock.tick(seconds=1)
    dock = second.post(f"{space.url}/requests", data={"question": "Why <i>?"}, headers=HTMX).text
    assert "You are 2nd in line" in dock
    assert "Why &lt;i&gt;?" in dock
    page = host.get(space.url).text
    assert page.index("requests/charlie/answer") < page.index("requests/bob/answer")
    assert "Why &lt;i&gt;?" in page
    assert "Why &lt;i&gt;?" in host.get(f"{space.url}/person/bob").text
    assert "Why" not in first.get(space.url).text
    too_long = first.post(f"{space.url}/requests", data={"question": "x" * 141}, headers=HTMX)
    assert (too_long.status_code, too_long.headers["HX-Retarget"]) == (422, "#flash")
    assert "in line" not in second.post(f"{space.url}/requests/withdraw", headers=HTMX).text
    assert host.post(f"{space.url}/requests/charlie/answer", data={"answer": "accept"}).location == space.url
    assert membership(space, charlie).on_stage
    assert host.post(f"{space.url}/requests/open", data={"open": "0"}, headers=HTMX).status_code == 204
    assert "Nobody can ask at the moment." in second.get(f"{space.url}/dock").text
    assert second.post(f"{space.url}/requests", headers=HTMX).status_code == 409


def test_a_face_offers_what_can_be_done_by_whoever_taps_it(
    space: Space, room: Room, alice: User, bob: User, charlie: User, sign_in: SignIn
) -> None:
    room.enter(space, charlie)
    bring(space, alice, "bob")
    stage.set_muted(space, bob, False)

    def offers(viewer: User, handle: str) -> set[str]:
        card = sign_in(viewer).get(f"{space.url}/person/{handle}").text
        return set(re.findall(rf'action="{space.url}/([^"]+)"', card))

    assert offers(alice, "bob") == {"stage/bob/mute", "cohosts", "stage/bob/remove", "people/bob/remove"}
    assert offers(alice, "charlie") == {"invitations", "people/charlie/remove"}
    assert offers(alice, "alice") == set()
    assert offers(bob, "bob") == {"stage/leave"}
    assert offers(bob, "charlie") == offers(charlie, "bob") == offers(charlie, "charlie") == set()
    stage.make_cohost(space, alice, "bob")
    assert offers(alice, "bob") == {
        "stage/bob/mute",
        "cohosts/bob/remove",
        "stage/bob/remove",
        "people/bob/remove",
    }
    assert offers(bob, "charlie") == {"invitations", "people/charlie/remove"}
    assert offers(bob, "alice") == set()
    stage.invite(space, bob, "charlie", now())
    assert offers(alice, "charlie") == {"invitations/charlie/withdraw", "people/charlie/remove"}
    stage.answer_invitation(space, charlie, "accept")
    assert offers(bob, "charlie") == {"stage/charlie/remove", "people/charlie/remove"}


def test_leaving_the_stage_is_not_leaving_the_space(
    space: Space, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    bring(space, alice, "bob")
    browser = sign_in(bob)
    assert 'id="leave-stage"' in browser.get(f"{space.url}/dock").text
    assert client.post(f"{space.url}/stage/leave").status_code == 403
    assert browser.post(f"{space.url}/stage/leave").location == space.url
    assert not membership(space, bob).on_stage
    assert browser.post(f"{space.url}/stage/leave").status_code == 403
    assert 'id="leave-stage"' not in browser.get(f"{space.url}/dock").text


def test_the_host_sees_what_can_be_done_about_somebody_and_a_guest_does_not(
    space: Space, room: Room, alice: User, client: FlaskClient, sign_in: SignIn
) -> None:
    room.enter(space, GUEST | 0xBEEF)
    for path in ("person/bob", "people"):
        assert "/people/bob/remove" in sign_in(alice).get(f"{space.url}/{path}").text
        assert "/people/bob/remove" not in client.get(f"{space.url}/{path}").text
    assert "/people/guest-beef/remove" in sign_in(alice).get(f"{space.url}/people").text
    assert "Bob" in client.get(f"{space.url}/person/bob").text
    assert client.get(f"{space.url}/person/charlie").status_code == 404


def test_leaving_gives_up_the_seat(
    space: Space, alice: User, bob: User, client: FlaskClient, sign_in: SignIn
) -> None:
    bring(space, alice, "bob")
    assert sign_in(bob).post(f"{space.url}/leave").location == "/spaces"
    assert not membership(space, bob).on_stage
    assert client.post(f"{space.url}/leave").location == "/spaces"


def test_the_lists_show_what_is_live_fullest_first(
    open_space: Callable[..., Space], room: Room, client: FlaskClient
) -> None:
    open_space()
    fuller = open_space(record=True)
    room.enter(fuller, GUEST | 1)
    for path in ("/", "/spaces"):
        page = client.get(path).text
        assert page.count(f'href="{fuller.url}"') == 1
        assert "2 listeners" in page
        assert page.index("2 listeners") < re.search(r"\b1 listener\b", page).start()


@pytest.mark.parametrize(
    "action",
    [
        "start",
        "end",
        "leave",
        "recording/stop",
        "mute",
        "consent",
        "invitations",
        "invitations/bob/withdraw",
        "invitation",
        "cohosts",
        "cohosts/bob/remove",
        "stage/mute",
        "stage/leave",
        "stage/bob/mute",
        "stage/bob/remove",
        "requests",
        "requests/withdraw",
        "requests/decline",
        "requests/open",
        "requests/bob/answer",
        "people/bob/remove",
    ],
)
def test_nothing_is_done_without_a_token(
    app: Flask, space: Space, alice: User, sign_in: SignIn, action: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert sign_in(alice).post(f"{space.url}/{action}").status_code == 400


def test_twenty_live_spaces_are_listed_with_as_many_queries_as_one(
    room: Room, person: Callable[[str], User], charlie: User, sign_in: SignIn
) -> None:
    hosts = [person(f"Host_{number}") for number in range(20)]
    browser = sign_in(charlie)

    def listed(hosted: list[User]) -> int:
        for host in hosted:
            space = services.create_space(host, f"With {host.handle}", "", True, now())
            services.start_space(space, host, now())
            for somebody in (host, charlie):
                room.enter(space, somebody)
            bring(space, host, charlie.handle)
        with counted_queries() as asked:
            page = browser.get("/spaces/live").text
        assert all(f"With {host.handle}" in page for host in hosted)
        return len(asked)

    for_one = listed(hosts[:1])
    assert listed(hosts[1:]) == for_one


HIDDEN = '<p id="report" hidden>'


def test_leader_is_not_offered_to_report_their_own_space_and_others_are(
    space: Space, client: FlaskClient, sign_in: SignIn, alice: User, bob: User, charlie: User
) -> None:
    bring(space, alice, "bob")
    browsers = {"host": sign_in(alice), "bob": sign_in(bob), "charlie": sign_in(charlie), "guest": client}
    offered = lambda: {who for who, each in browsers.items() if HIDDEN not in each.get(space.url).text}  # noqa: E731
    assert offered() == {"bob", "charlie", "guest"}
    stage.make_cohost(space, alice, "bob")
    assert offered() == {"charlie", "guest"}
    stage.unmake_cohost(space, alice, "bob")
    assert offered() == {"bob", "charlie", "guest"}
    stage.make_cohost(space, alice, "bob")
    services.end_space(space, alice, now())
    link = f'href="{space.url}/report"'
    pages = {who: each.get(space.url).text for who, each in browsers.items()}
    assert all("This space has ended." in page for page in pages.values())
    assert {who for who, page in pages.items() if link in page} == {"charlie", "guest"}


def test_what_a_role_is_told_has_one_place_in_every_dock_and_is_read_by_that_role_alone(
    space: Space, room: Room, client: FlaskClient, sign_in: SignIn, alice: User, bob: User, charlie: User
) -> None:
    room.enter(space, charlie)
    requests.ask(space, charlie, "Why?", now())
    bring(space, alice, "bob")
    docks = lambda: [each.get(f"{space.url}/dock", headers=HTMX).text for each in browsers]  # noqa: E731
    browsers = [sign_in(alice), sign_in(bob), sign_in(charlie), client]
    for leads in (False, True):
        for place in ("queue-count", "asking"):
            assert [dock.count(f'id="{place}"') for dock in docks()] == [1, 1, 1, 1]
        assert ["1 waiting" in dock for dock in docks()] == [True, leads, False, False]
        assert ["spoken least" in dock for dock in docks()] == [False, False, True, True]
        stage.make_cohost(space, alice, "bob")
