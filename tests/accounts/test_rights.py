"""What is kept of a person: told, given, and forgotten. Alice hosts, Bob is elsewhere, Charlie never came."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zipfile import ZIP_STORED, ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import current_user, verify_password
from sqlalchemy import select, text

from mediacore import EventKind
from tests.conftest import PASSWORD, FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts import rights, services
from webapp.accounts.export import PIECE_BYTES
from webapp.accounts.models import ApiToken, Role, User
from webapp.accounts.rights import Keeper, register
from webapp.db import db
from webapp.errors import Conflict, Invalid
from webapp.media import MediaCoreError
from webapp.recordings.disk import directory
from webapp.recordings.library import own_recording
from webapp.recordings.models import Play, Recording
from webapp.spaces import services as spaces
from webapp.spaces.models import Consent, Space
from webapp.spaces.queries import membership
from webapp.vault.models import Copy

SignIn = Callable[[User], FlaskClient]
Record = Callable[..., Recording]


@pytest.fixture(autouse=True)
def me(app: Flask) -> None:
    """Adds an address that says who one is."""
    app.add_url_rule("/me", "me", lambda: current_user.handle if current_user.is_authenticated else "nobody")


@pytest.fixture
def room(app: Flask) -> Room:
    return Room(app)


@pytest.fixture
def record(room: Room, clock: FrozenClock) -> Record:
    """Has somebody host a space in which they and others speak, and what it leaves behind published."""

    def make(host: User, *others: User, title: str = "Tea") -> Recording:
        space = spaces.create_space(host, title, "", True, clock.now())
        spaces.start_space(space, host, clock.now())
        room.enter(space, host)
        for other in others:
            room.enter(space, other)
            bring(space, host, other.handle)
            spaces.answer_consent(space, other, "yes", clock.now())
        recording = recording_of(space)
        (directory(recording) / "mix.opus").write_bytes(b"everybody")
        turns = []
        for person in (host, *others):
            (directory(recording) / f"track-{person.id}.opus").write_bytes(voice_of(person, title))
            turns.append(f'{{"person":{person.id},"start_ms":{person.id},"end_ms":900}}\n')
        (directory(recording) / "turns.ndjson").write_text("".join(turns))
        spaces.end_space(space, host, clock.tick(minutes=30))
        room.core.say(EventKind.RECORD_CLOSED, space.id, value=1_000)
        room.turn()
        return recording_of(space)

    return make


def recording_of(space: Space) -> Recording:
    return db.session.scalars(select(Recording).where(Recording.space_id == space.id)).one()


def voice_of(person: User, title: str) -> bytes:
    return f"{person.handle} in {title}".encode() * 50_000


def live_space(host: User, clock: FrozenClock, *, recorded: bool = False) -> Space:
    space = spaces.create_space(host, "Tea", "", recorded, clock.now())
    spaces.start_space(space, host, clock.now())
    return space


def download(browser: FlaskClient) -> ZipFile:
    answer = browser.post("/settings/data/export")
    assert answer.status_code == 200
    assert answer.content_length == len(answer.data)
    return ZipFile(io.BytesIO(answer.data))


def delete(browser: FlaskClient, **typed: str) -> tuple[int, str]:
    answer = browser.post("/settings/data/delete", data={"password": PASSWORD} | typed)
    return answer.status_code, answer.text


# Being told


def test_person_is_told_what_is_kept_and_what_deleting_does(alice: User, sign_in: SignIn) -> None:
    page = sign_in(alice).get("/settings/data").text
    for said in ("when you signed up", "spaces you hosted", "a track of your own voice"):
        assert said in page
    before_the_button = page.partition("/settings/data/delete#delete")[0]
    for said in (
        "recordings you hosted are gone for everybody",
        "stays in the vault until 120 days",
        "recordings stays until those end",
        "live ends for everybody",
        "you have planned are cancelled",
        "your tokens end",
        "handle is free for somebody else",
        "a row without a name",
    ):
        assert said in before_the_button


def test_every_keeper_has_its_say(app: Flask, alice: User, sign_in: SignIn) -> None:
    register(app, Keeper("clips", lambda _user, _now: [], kept="Clips <you> made.", consequence="They go."))
    page = sign_in(alice).get("/settings/data").text
    assert "Clips &lt;you&gt; made." in page
    assert "They go." in page


def test_a_keeper_is_registered_once(app: Flask) -> None:
    with pytest.raises(ValueError, match="already"):
        register(app, Keeper("spaces", lambda _user, _now: []))


def test_guest_is_told_on_the_privacy_page_and_has_no_page(client: FlaskClient) -> None:
    assert client.get("/settings/data").location == "/sign-in?next=/settings/data"
    page = client.get("/about/privacy").text
    assert "Once signed in you can see what is kept of you" in page
    assert "/settings/data" not in page


def test_person_finds_the_way_from_the_privacy_page_and_the_settings(alice: User, sign_in: SignIn) -> None:
    for path in ("/about/privacy", "/settings"):
        assert 'href="/settings/data"' in sign_in(alice).get(path).text


# Being given it


def test_person_is_given_what_every_feature_keeps(
    alice: User, bob: User, sign_in: SignIn, record: Record, clock: FrozenClock
) -> None:
    recording = record(alice, bob)
    services.create_token(alice, "radio", clock.now())
    archive = download(sign_in(alice))
    assert archive.testzip() is None
    names = [
        "about",
        "relations",
        "vault",
        "notifications",
        "spaces",
        "recordings",
        "moments",
        "reminders",
        "posts",
        "podcast",
        "reports",
    ]
    assert archive.namelist() == [*(f"{name}.json" for name in names), "voice/Tea.opus"]
    assert archive.read("voice/Tea.opus") == voice_of(alice, "Tea")
    assert archive.getinfo("voice/Tea.opus").compress_type == ZIP_STORED
    about, known, in_vault, told, in_spaces, recorded, moments, reminded, posts, podcast, reported = (
        json.loads(archive.read(f"{name}.json")) for name in names
    )
    assert about["account"]["email"] == "alice@example.com"
    assert about["account"]["created_at"] == alice.created_at.isoformat()
    assert [token["name"] for token in about["tokens"]] == ["radio"]
    assert [space["title"] for space in in_spaces["hosted"]] == ["Tea"]
    (member,) = in_spaces["memberships"]
    assert (member["role"], member["consent"]) == ("host", "yes")
    assert [given["wording"] for given in in_spaces["consents"]] == [spaces.HOST_WORDING]
    (kept,) = recorded["hosted"]
    assert kept["address"] == recording.space.url
    assert kept["in_the_vault_until"] == (recording.ended_at + timedelta(days=120)).isoformat()
    assert [copy["title"] for copy in in_vault["copies"]] == ["Tea"]
    assert told == {"told": [], "choices": {}, "browsers": []}
    assert reminded == []
    assert reported == {"reported": [], "removed": []}
    assert podcast == {}
    assert not any(posts.values())
    assert moments == {"pinned": [], "remembered": []}
    assert known == {"follows": [], "followed_by": [], "blocks": []}
    assert kept["can_be_heard"] is True


def test_speaker_is_given_their_own_voice_and_nobody_elses(
    alice: User, bob: User, sign_in: SignIn, record: Record, clock: FrozenClock
) -> None:
    record(alice, bob, title="Tea")
    record(alice, title="Without Bob")
    archive = download(sign_in(bob))
    assert [name for name in archive.namelist() if name.startswith("voice/")] == ["voice/Tea.opus"]
    assert archive.read("voice/Tea.opus") == voice_of(bob, "Tea")
    recorded = json.loads(archive.read("recordings.json"))
    assert recorded["hosted"] == []
    assert [kept["title"] for kept in recorded["voice"]] == ["Tea"]
    in_spaces = json.loads(archive.read("spaces.json"))
    (member,), (given,) = in_spaces["memberships"], in_spaces["consents"]
    assert (member["consent"], given["answer"]) == ("yes", "yes")
    assert (
        given["at"]
        == db.session.scalars(select(Consent.at).where(Consent.user_id == bob.id)).one().isoformat()
    )
    assert "alice@example.com" not in everything_in(archive)


def everything_in(archive: ZipFile) -> str:
    return "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def test_outsider_is_given_nothing_of_others(
    alice: User, charlie: User, sign_in: SignIn, record: Record
) -> None:
    record(alice)
    archive = download(sign_in(charlie))
    assert "alice" not in everything_in(archive).lower()
    assert json.loads(archive.read("recordings.json")) == {"hosted": [], "voice": [], "plays": []}


def test_guest_is_given_nothing(client: FlaskClient) -> None:
    assert client.post("/settings/data/export").status_code == 403


def test_program_is_given_nothing(client: FlaskClient, alice: User, clock: FrozenClock) -> None:
    header = {"Authorization": f"Bearer {services.create_token(alice, 'bot', clock.now())}"}
    assert client.post("/settings/data/export", headers=header).status_code == 403
    assert client.post("/settings/data/delete", headers=header).status_code == 403


def test_no_secret_is_in_it(alice: User, sign_in: SignIn, record: Record, clock: FrozenClock) -> None:
    record(alice)
    token = services.create_token(alice, "radio", clock.now())
    (kept,) = services.tokens_of(alice)
    given = everything_in(download(sign_in(alice)))
    for secret in (alice.password, alice.fs_uniquifier, token, kept.sha256, "argon2"):
        assert secret not in given


def test_voice_that_cannot_be_heard_any_more_is_not_given(
    alice: User, bob: User, sign_in: SignIn, record: Record, clock: FrozenClock
) -> None:
    deleted, missing = record(alice, bob, title="Deleted"), record(alice, bob, title="Missing")
    deleted.deleted_at = clock.now()
    db.session.commit()
    (directory(missing) / f"track-{bob.id}.opus").unlink()
    record(alice, bob, title="Here")
    browser = sign_in(bob)
    assert voices(download(browser)) == ["voice/Here.opus"]
    clock.tick(days=30)
    assert voices(download(browser)) == []


def voices(archive: ZipFile) -> list[str]:
    return [name for name in archive.namelist() if name.startswith("voice/")]


def test_titles_become_names_of_files_that_stay_apart_and_in_their_folder(
    alice: User, sign_in: SignIn, record: Record
) -> None:
    record(alice, title="../../etc/passwd")
    record(alice, title="Tea")
    second, emoji = record(alice, title="TEA"), record(alice, title="☕")
    assert voices(download(sign_in(alice))) == [
        "voice/etc passwd.opus",
        "voice/Tea.opus",
        f"voice/TEA {second.public_id}.opus",
        f"voice/{emoji.public_id}.opus",
    ]


def test_export_is_sent_in_pieces_and_leaves_nothing_on_the_disk(
    app: Flask, alice: User, sign_in: SignIn
) -> None:
    size = 3 * PIECE_BYTES

    def files(_user: User, _now: datetime) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        yield "big.bin", size, iter([bytes(PIECE_BYTES)] * 3)

    register(app, Keeper("big", lambda _user, _now: {}, files=files))
    before = set(app.extensions["settings"].data_dir.iterdir())
    archive = download(sign_in(alice))
    assert archive.getinfo("big.bin").file_size == size
    assert set(app.extensions["settings"].data_dir.iterdir()) == before


def test_person_waits_for_one_download_before_the_next(
    app: Flask, alice: User, bob: User, sign_in: SignIn
) -> None:
    exports = app.extensions["exports"]
    exports.begin(alice)
    refused = sign_in(alice).post("/settings/data/export")
    assert refused.status_code == 409
    assert "on its way already" in refused.text
    assert download(sign_in(bob)).testzip() is None
    exports.end(alice.id)
    assert download(sign_in(alice)).testzip() is None
    assert download(sign_in(alice)).testzip() is None


def test_export_that_fails_can_be_asked_for_again(app: Flask, alice: User, sign_in: SignIn) -> None:
    outcomes = iter([object(), {}])
    register(app, Keeper("odd", lambda _user, _now: next(outcomes)))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    browser = sign_in(alice)
    assert browser.post("/settings/data/export").status_code == 500
    assert "odd.json" in download(browser).namelist()


def test_exports_are_limited_for_each_person(alice: User, bob: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    for _ in range(5):
        assert download(browser).testzip() is None
    assert browser.post("/settings/data/export").status_code == 429
    assert sign_in(alice).post("/settings/data/export").status_code == 429
    assert download(sign_in(bob)).testzip() is None


# Being forgotten


def test_person_deletes_their_account_and_a_nameless_row_stays(
    alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    services.create_token(alice, "radio", clock.now())
    number, hue, session = alice.id, alice.hue, alice.fs_uniquifier
    browser = sign_in(alice)
    assert delete(browser, confirmation=" @Alice ")[0] == 303
    assert "Your account is deleted." in browser.get("/").text
    gone = db.session.get_one(User, number)
    assert (gone.display_name, gone.handle) == ("Someone who left", f"gone_{number}")
    assert gone.email == f"gone-{number}@deleted.invalid"
    assert not gone.active
    assert gone.roles == []
    assert gone.hue != hue
    assert gone.fs_uniquifier != session
    assert not verify_password(PASSWORD, gone.password)
    assert db.session.scalars(select(ApiToken)).all() == []
    assert "alice" not in json.dumps(
        [list(map(str, row)) for row in db.session.execute(text("SELECT * FROM users"))]
    )
    assert (bob.display_name, bob.active) == ("Bob", True)


def test_every_session_and_token_ends(
    client: FlaskClient, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    header = {"Authorization": f"Bearer {services.create_token(alice, 'bot', clock.now())}"}
    browser, elsewhere = sign_in(alice), sign_in(alice)
    assert elsewhere.get("/me").text == "alice"
    delete(browser, confirmation="alice")
    assert browser.get("/me").text == elsewhere.get("/me").text == "nobody"
    assert client.get("/me", headers=header).status_code == 401
    for email in ("alice@example.com", f"gone-{alice.id}@deleted.invalid"):
        assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 200
    assert elsewhere.post("/settings/data/delete").status_code == 403


def test_handle_and_address_are_free_again_for_another_number(
    client: FlaskClient, alice: User, sign_in: SignIn, person: Callable[[str], User]
) -> None:
    number = alice.id
    delete(sign_in(alice), confirmation="alice")
    assert person("Alice").id != number


@pytest.mark.parametrize("handle", ["gone_1", "GONE_ever", "gone_"])
def test_nobody_signs_up_as_someone_who_left(handle: str, app: Flask, clock: FrozenClock) -> None:
    with pytest.raises(Invalid, match="kept for the site"):
        services.sign_up("dora@example.com", "hash", handle, "Dora", clock.now())


@pytest.mark.parametrize(
    ("password", "confirmation", "said"),
    [
        ("guess", "alice", "That is not your password."),
        ("", "alice", "That is not your password."),
        (PASSWORD, "alicia", "Type your handle: alice"),
        (PASSWORD, "", "Type your handle: alice"),
        (PASSWORD, "bob", "Type your handle: alice"),
    ],
)
def test_account_is_not_deleted_by_a_guess_or_a_slip(
    alice: User, bob: User, sign_in: SignIn, password: str, confirmation: str, said: str
) -> None:
    status, page = delete(sign_in(alice), password=password, confirmation=confirmation)
    assert (status, page.count(said)) == (422, 1)
    assert alice.active
    assert bob.active


def test_guesses_are_limited_for_each_person(alice: User, bob: User, sign_in: SignIn) -> None:
    for _ in range(5):
        assert delete(sign_in(alice), password="guess", confirmation="alice")[0] == 422
    assert delete(sign_in(alice), confirmation="alice")[0] == 429
    assert alice.active
    assert delete(sign_in(bob), confirmation="bob")[0] == 303


def test_outsider_and_guest_delete_nobody_else(
    client: FlaskClient, alice: User, bob: User, sign_in: SignIn
) -> None:
    assert delete(client, confirmation="alice")[0] == 403
    assert delete(sign_in(bob), confirmation="alice")[0] == 422
    assert alice.active
    assert bob.active


def test_form_of_another_site_deletes_nobody(app: Flask, alice: User, sign_in: SignIn) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert delete(sign_in(alice), confirmation="alice")[0] == 400
    assert alice.active


def test_of_two_who_delete_it_at_once_one_does(alice: User, clock: FrozenClock) -> None:
    assert alice.active
    with db.engine.begin() as other:
        other.execute(text("UPDATE users SET active = 0"))
    with pytest.raises(Conflict, match="deleted already"):
        services.delete_account(alice, clock.now())
    assert alice.display_name == "Alice"


def test_a_keeper_that_fails_leaves_everything_as_it_was(
    app: Flask, room: Room, alice: User, clock: FrozenClock
) -> None:
    def fail(_user: User, _now: datetime) -> None:
        raise RuntimeError("no disk")

    register(app, Keeper("odd", lambda _user, _now: {}, forget=fail))
    space = live_space(alice, clock)
    room.core.told.clear()
    with pytest.raises(RuntimeError):
        services.delete_account(alice, clock.now())
    assert (alice.active, alice.handle, space.state) == (True, "alice", "live")
    assert room.core.told == []


def test_what_is_told_afterwards_comes_after_the_commit_and_may_fail(
    app: Flask, alice: User, clock: FrozenClock, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    def look() -> None:
        with db.engine.connect() as other:
            seen.append(other.scalar(text("SELECT handle FROM users")))

    register(app, Keeper("first", lambda _user, _now: {}, forget=lambda _user, _now: look))
    register(app, Keeper("last", lambda _user, _now: {}, forget=lambda _user, _now: lambda: 1 / 0))
    services.delete_account(alice, clock.now())
    assert seen == [f"gone_{alice.id}"]
    assert "ZeroDivisionError" in caplog.text


def test_higher_features_forget_before_those_they_build_on(app: Flask) -> None:
    names = [keeper.name for keeper in rights.keepers()]
    assert names[0] == "about"
    assert names.index("spaces") < names.index("recordings")
    assert sorted(names) == [
        "about",
        "moments",
        "notifications",
        "podcast",
        "posts",
        "recordings",
        "relations",
        "reminders",
        "reports",
        "spaces",
        "vault",
    ]


# Operators


def test_only_operator_cannot_leave(
    operator: User, alice: User, sign_in: SignIn, room: Room, clock: FrozenClock
) -> None:
    space = live_space(operator, clock)
    status, page = delete(sign_in(operator), confirmation="olga")
    assert status == 409
    assert "Make somebody else operator first" in page
    assert (operator.active, operator.is_operator, space.state) == (True, True, "live")


def test_operator_leaves_once_there_is_another(
    app: Flask, operator: User, alice: User, sign_in: SignIn
) -> None:
    made = app.test_cli_runner().invoke(args=["accounts", "operator", "ALICE@example.com"])
    assert (made.exit_code, made.output) == (0, "@alice runs this site.\n")
    db.session.expire_all()
    assert alice.is_operator
    assert delete(sign_in(operator), confirmation="olga")[0] == 303
    assert not operator.is_operator
    assert delete(sign_in(alice), confirmation="alice")[0] == 409
    assert alice.active


def test_suspended_operator_is_no_other_operator(operator: User, alice: User, clock: FrozenClock) -> None:
    services.make_operator(alice)
    services.make_operator(alice)
    alice.active = False
    db.session.commit()
    with pytest.raises(Conflict, match="You alone"):
        services.delete_account(operator, clock.now())


def test_operator_can_be_made_before_anybody_is_one(app: Flask, alice: User) -> None:
    services.make_operator(alice)
    assert alice.is_operator
    assert len(db.session.scalars(select(Role)).all()) == 1


@pytest.mark.parametrize("email", ["who@example.com", "bob@example.com"])
def test_nobody_and_the_suspended_are_not_made_operator(app: Flask, bob: User, email: str) -> None:
    bob.active = False
    db.session.commit()
    made = app.test_cli_runner().invoke(args=["accounts", "operator", email])
    assert made.exit_code != 0
    assert "Error: " in made.output
    db.session.expire_all()
    assert not bob.is_operator


# Spaces and recordings


def test_live_space_of_who_leaves_ends_for_everybody(
    room: Room, alice: User, bob: User, sign_in: SignIn, client: FlaskClient, clock: FrozenClock
) -> None:
    space = live_space(alice, clock, recorded=True)
    room.enter(space, alice)
    room.enter(space, bob)
    room.core.told.clear()
    room.take_texts()
    clock.tick(minutes=5)
    delete(sign_in(alice), confirmation="alice")
    room.turn()
    assert (space.state, space.ended_at) == ("ended", clock.now())
    recording = recording_of(space)
    assert (recording.ended_at, recording.deleted_at) == (clock.now(), clock.now())
    copy = db.session.scalars(select(Copy).where(Copy.ref == recording.public_id)).one()
    assert (copy.heard_until, copy.until - recording.ended_at) == (clock.now(), timedelta(days=120))
    assert room.core.told == [("stop_recording", space.id), ("close_room", space.id, 1000)]
    assert all("no longer available" in html for html in room.take_texts())
    room.core.say(EventKind.RECORD_CLOSED, space.id, value=1_000)
    room.turn()
    assert recording_of(space).state == "ready"
    page = client.get(space.url).text
    assert "no longer available" in page
    assert "Alice" not in page
    assert "Someone who left" in page


def test_recording_of_who_leaves_is_kept_for_120_days_where_the_clock_was_set_back(
    room: Room, alice: User, clock: FrozenClock
) -> None:
    space = live_space(alice, clock, recorded=True)
    started_at = clock.now()
    services.delete_account(alice, clock.tick(days=-1))
    assert (space.ended_at, recording_of(space).ended_at) == (started_at, started_at)
    assert db.session.scalars(select(Copy.until)).one() == started_at + timedelta(days=120)


def test_planned_spaces_are_cancelled_and_those_that_ended_stay(
    room: Room, alice: User, bob: User, clock: FrozenClock, client: FlaskClient
) -> None:
    ended = live_space(alice, clock)
    spaces.end_space(ended, alice, clock.now())
    ended_at = ended.ended_at
    planned = spaces.create_space(alice, "Later", "", False, clock.now())
    bobs = spaces.create_space(bob, "Bob's", "", False, clock.now())
    clock.tick(hours=1)
    services.delete_account(alice, clock.now())
    assert (planned.state, bobs.state, ended.ended_at) == ("cancelled", "scheduled", ended_at)
    assert "was cancelled" in client.get(planned.url).text


def test_who_leaves_loses_seat_and_sockets_in_other_peoples_spaces(
    room: Room, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    on_stage, listening, elsewhere = (live_space(alice, clock) for _ in range(3))
    for space in (on_stage, listening):
        room.enter(space, bob)
    bring(on_stage, alice, "bob")
    room.enter(elsewhere, charlie)
    room.core.told.clear()
    room.take_texts()
    services.delete_account(bob, clock.tick(minutes=1))
    assert room.core.told == [("kick", on_stage.id, bob.id, 4001), ("kick", listening.id, bob.id, 4001)]
    member = membership(on_stage, bob)
    assert (member.role, member.seat, member.left_at) == ("listener", None, clock.now())
    assert [seat.user.handle for seat in on_stage.stage] == ["alice"]
    assert {on_stage.state, listening.state} == {"live"}
    room.turn()
    assert not any("Bob" in html for html in room.take_texts())


def test_a_room_that_is_not_there_does_not_keep_the_others_from_being_told(
    room: Room,
    alice: User,
    bob: User,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = live_space(alice, clock), live_space(alice, clock)
    for space in (first, second):
        room.enter(space, bob)
    kicked: list[int] = []

    def kick(space_id: int, _person: int, *, code: int) -> None:
        if space_id == first.id:
            raise MediaCoreError(-2)
        kicked.append(space_id)

    monkeypatch.setattr(room.core, "kick", kick)
    services.delete_account(bob, clock.now())
    assert kicked == [second.id]
    assert f"not told of space {first.id}" in caplog.text


def test_hosted_recordings_are_gone_for_everybody_at_once(
    client: FlaskClient, alice: User, bob: User, sign_in: SignIn, record: Record
) -> None:
    recording = record(alice, bob)
    copy = db.session.scalars(select(Copy).where(Copy.ref == recording.public_id)).one()
    vault_until, audio = copy.until, f"/recordings/{recording.public_id}/audio"
    assert client.get(audio).status_code == 200
    delete(sign_in(alice), confirmation="alice")
    assert client.get(audio).status_code == 404
    assert recording.space.url not in client.get("/spaces").text
    assert copy.until == vault_until
    assert (directory(recording) / "mix.opus").exists()


def test_voice_in_other_peoples_recordings_stays_without_a_name(
    client: FlaskClient, alice: User, bob: User, sign_in: SignIn, record: Record
) -> None:
    recording = record(alice, bob)
    delete(sign_in(bob), confirmation="bob")
    assert client.get(f"/recordings/{recording.public_id}/audio").status_code == 200
    turns = client.get(f"/recordings/{recording.public_id}/waveform.json").json["turns"]
    assert [turn["name"] for turn in turns] == ["Alice", "Someone who left"]
    assert membership(recording.space, bob).consent == "yes"
    assert "Bob" not in client.get(recording.space.url).text


def test_a_recording_deleted_before_keeps_its_date(alice: User, record: Record, clock: FrozenClock) -> None:
    recording = record(alice)
    recording.deleted_at = before = clock.now()
    db.session.commit()
    services.delete_account(alice, clock.tick(days=1))
    assert recording.deleted_at == before


def test_what_somebody_listened_to_is_given_and_then_stays_without_their_name(
    alice: User, bob: User, sign_in: SignIn, record: Record, clock: FrozenClock
) -> None:
    recording, browser = record(alice), sign_in(bob)
    heard_at = clock.tick(hours=1)
    browser.post(f"/recordings/{recording.public_id}/position", data={"position_ms": 700})
    (play,) = json.loads(download(browser).read("recordings.json"))["plays"]
    assert play["address"] == recording.space.url
    assert (play["first_at"], play["position_ms"]) == (heard_at.isoformat(), 700)
    services.delete_account(bob, clock.now())
    (left,) = db.session.scalars(select(Play))
    assert (left.user_id, left.position_ms) == (None, 0)
    assert left.listener not in (str(bob.id), bob.handle)
    assert own_recording(recording, clock.now()).plays == 1
