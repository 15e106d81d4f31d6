"""Word that is pushed to browsers, through a push service on this machine. Alice is told, Bob is not."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import PASSWORD, FrozenClock
from tests.notifications.push_service import Browser, PushService, claims_of, encoded
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.config import Settings
from webapp.db import db
from webapp.errors import Invalid
from webapp.notifications import services
from webapp.notifications.kinds import Way
from webapp.notifications.models import Notification
from webapp.notifications.push import courier
from webapp.notifications.push import services as push
from webapp.notifications.push.courier import Courier
from webapp.notifications.push.delivery import PushFailed, deliver
from webapp.notifications.push.keys import make_key
from webapp.notifications.push.models import Push, Subscription

SignIn = Callable[[User], FlaskClient]
Say = Callable[..., Notification | None]
SUBSCRIBE = "/settings/notifications/push"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    keys = {"push_key": make_key(), "push_contact": "mailto:olga@example.org"}
    return Settings(_env_file=None, data_dir=tmp_path / "data", demo=False, **keys)


@pytest.fixture
def service(app: Flask, tmp_path: Path) -> Iterator[PushService]:
    service = PushService(tmp_path)
    app.extensions["push_courier"] = Courier(allowed=lambda _address: True, tls=service.trust, port=None)
    yield service
    service.stop()


@pytest.fixture
def say(app: Flask, clock: FrozenClock) -> Say:
    numbers = count(1)

    def tell(user: User, sentence: str = "Tea is live.", url: str = "/spaces/tea", **more: object) -> object:
        key = f"live:{next(numbers)}"
        about = {"kind": "live", "key": key, "now": clock.now(), **more}
        return services.tell(user.id, sentence=sentence, url=url, **about)

    return tell


@pytest.fixture
def at(service: PushService, alice: User, clock: FrozenClock) -> Browser:
    """A browser of Alice's that is told."""
    browser = service.browser()
    push.subscribe(alice, *browser.form.values(), clock.now())
    return browser


def subscriptions() -> list[tuple[int, str]]:
    db.session.expire_all()
    rows = db.session.scalars(select(Subscription).order_by(Subscription.id))
    return [(row.user_id, row.endpoint) for row in rows]


def waiting() -> list[Push]:
    db.session.expire_all()
    return list(db.session.scalars(select(Push).order_by(Push.id)))


# From a page to a browser


def test_what_a_person_is_told_reaches_their_browser_encrypted_and_signed(
    app: Flask, service: PushService, alice: User, bob: User, sign_in: SignIn, say: Say, clock: FrozenClock
) -> None:
    mine, his = service.browser("/send/mine"), service.browser("/send/his")
    assert sign_in(alice).post(SUBSCRIBE, data=mine.form).status_code == 204
    sign_in(bob).post(SUBSCRIBE, data=his.form)
    told = say(alice, "“Tea” & <b>cake</b>.", until=clock.now() + timedelta(minutes=5))
    assert [deliver(clock.now()) for _ in range(2)] == [1, 0]
    [(path, headers, body)] = service.got
    assert path == "/send/mine"
    assert mine.reads(body) == {
        "title": "Parley",
        "body": "“Tea” & <b>cake</b>.",
        "url": "/spaces/tea",
        "tag": told.public_id,
    }
    assert b"cake" not in body
    assert (headers["TTL"], headers["Topic"]) == ("300", told.public_id)
    assert headers["Content-Encoding"] == "aes128gcm"
    claims, key = claims_of(headers["Authorization"])
    assert (claims["aud"], claims["sub"]) == (service.origin, "mailto:olga@example.org")
    assert claims["exp"] == int((clock.now() + timedelta(hours=12)).timestamp())
    assert key == app.extensions["settings"].push_keys.public
    assert f'data-key="{key}"' in sign_in(alice).get("/settings/notifications").text


def test_every_browser_of_a_person_is_told_and_each_once(
    service: PushService, alice: User, say: Say, clock: FrozenClock
) -> None:
    browsers = [service.browser(f"/send/{number}") for number in range(3)]
    for browser in browsers:
        push.subscribe(alice, *browser.form.values(), clock.now())
    say(alice, "One.")
    say(alice, "Two.")
    assert deliver(clock.now()) == 6
    for browser in browsers:
        assert sorted(said["body"] for said in service.took(browser)) == ["One.", "Two."]


def test_many_are_told_and_pushed_to_as_well(
    service: PushService, at: Browser, alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    theirs = service.browser("/send/theirs")
    push.subscribe(charlie, *theirs.form.values(), clock.now())
    services.choose(bob, [("live", Way.PAGE)], list(Way))
    everybody = [alice.id, bob.id, charlie.id]
    about = {"kind": "live", "sentence": "Tea is live.", "url": "/spaces/tea", "key": "live:tea"}
    assert services.leave_word(everybody, **about, now=clock.now()) == everybody
    assert services.leave_word(everybody, **about, now=clock.tick(seconds=1)) == []
    db.session.commit()
    assert deliver(clock.now()) == 2
    assert [len(service.took(browser)) for browser in (at, theirs)] == [1, 1]


def test_what_was_not_committed_is_not_sent(at: Browser, alice: User, clock: FrozenClock) -> None:
    services.leave_word([alice.id], kind="live", sentence="Tea.", url=None, key="tea", now=clock.now())
    db.session.rollback()
    assert deliver(clock.now()) == 0


def test_what_was_read_meanwhile_is_not_sent(
    service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock
) -> None:
    services.mark_read(alice, say(alice).public_id, clock.now())
    assert deliver(clock.now()) == 0
    assert (service.got, waiting()) == ([], [])


def test_a_person_who_wants_the_push_alone_gets_that_once_and_nothing_on_the_page(
    service: PushService, at: Browser, alice: User, sign_in: SignIn, say: Say, clock: FrozenClock
) -> None:
    services.choose(alice, [("live", Way.PUSH)], list(Way))
    told = say(alice, key="live:tea")
    assert say(alice, key="live:tea") is None
    assert deliver(clock.now()) == 1
    page = sign_in(alice).get("/notifications").text
    assert "Tea is live." not in page
    assert "unread" not in page
    assert sign_in(alice).get(f"/notifications/{told.public_id}").location == "/spaces/tea"


def test_a_person_who_wants_no_push_of_a_kind_gets_none_not_even_what_waits(
    service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock
) -> None:
    say(alice)
    assert len(waiting()) == 1
    services.choose(alice, [("live", Way.PAGE)], list(Way))
    assert waiting() == []
    say(alice)
    assert (deliver(clock.now()), service.got) == (0, [])


# Who may


def test_a_guest_subscribes_nothing(service: PushService, client: FlaskClient) -> None:
    for path in ("", "/stop", "/stop-all"):
        assert client.post(SUBSCRIBE + path, data=service.browser().form).status_code == 403
    assert subscriptions() == []


def test_a_token_subscribes_nothing(
    service: PushService, client: FlaskClient, alice: User, clock: FrozenClock
) -> None:
    token = {"Authorization": f"Bearer {accounts.create_token(alice, 'bot', clock.now())}"}
    for path in ("", "/stop", "/stop-all"):
        form = service.browser().form
        assert client.post(SUBSCRIBE + path, data=form, headers=token).status_code == 403
    assert subscriptions() == []


def test_another_site_subscribes_nothing(
    app: Flask, service: PushService, alice: User, sign_in: SignIn
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert sign_in(alice).post(SUBSCRIBE, data=service.browser().form).status_code == 400
    assert subscriptions() == []


def test_an_outsider_stops_nobody_elses(
    service: PushService, at: Browser, alice: User, bob: User, sign_in: SignIn
) -> None:
    browser = sign_in(bob)
    browser.set_cookie("parley_push", db.session.scalar(select(Subscription.public_id)))
    for path in ("/stop", "/stop-all"):
        assert browser.post(SUBSCRIBE + path).status_code == 303
    browser.post("/sign-out")
    assert subscriptions() == [(alice.id, at.endpoint)]


def test_a_person_stops_this_browser_or_all_and_again(
    service: PushService, alice: User, sign_in: SignIn
) -> None:
    one, other = sign_in(alice), sign_in(alice)
    forms = [service.browser(f"/send/{name}").form for name in "ab"]
    one.post(SUBSCRIBE, data=forms[0])
    other.post(SUBSCRIBE, data=forms[1])
    page = one.get("/settings/notifications").text
    assert 'data-on="yes"' in page
    assert "You are told in 2 browsers." in page
    for _ in range(2):
        assert one.post(f"{SUBSCRIBE}/stop").location == "/settings/notifications"
    assert 'data-on="no"' in one.get("/settings/notifications").text
    assert subscriptions() == [(alice.id, forms[1]["endpoint"])]
    for _ in range(2):
        assert one.post(f"{SUBSCRIBE}/stop-all").status_code == 303
    assert subscriptions() == []
    assert 'data-on="no"' in other.get("/settings/notifications").text


def test_who_subscribes_again_has_one_and_the_next_who_uses_a_browser_has_it_alone(
    service: PushService, alice: User, bob: User, sign_in: SignIn, say: Say, clock: FrozenClock
) -> None:
    browser = service.browser()
    for _ in range(2):
        assert sign_in(alice).post(SUBSCRIBE, data=browser.form).status_code == 204
    assert subscriptions() == [(alice.id, browser.endpoint)]
    say(alice)
    sign_in(bob).post(SUBSCRIBE, data=browser.form)
    assert subscriptions() == [(bob.id, browser.endpoint)]
    assert (deliver(clock.now()), service.got) == (0, [])


def test_an_eleventh_browser_takes_the_place_of_the_oldest(
    service: PushService, alice: User, bob: User, clock: FrozenClock
) -> None:
    push.subscribe(bob, *service.browser("/send/bobs").form.values(), clock.now())
    for number in range(12):
        push.subscribe(alice, *service.browser(f"/send/{number}").form.values(), clock.now())
    expected = [(bob.id, f"{service.origin}/send/bobs")]
    expected += [(alice.id, f"{service.origin}/send/{number}") for number in range(2, 12)]
    assert subscriptions() == expected


def test_without_a_key_nothing_is_offered_taken_or_kept_waiting(
    app: Flask, service: PushService, at: Browser, alice: User, sign_in: SignIn, say: Say, clock: FrozenClock
) -> None:
    given = app.extensions["settings"].model_dump() | {"push_key": None}
    app.extensions["settings"] = Settings(_env_file=None, **given)
    browser = sign_in(alice)
    page = browser.get("/settings/notifications").text
    assert "In this browser" not in page
    assert "live-push" not in page
    assert browser.post(SUBSCRIBE, data=service.browser("/send/b").form).status_code == 409
    say(alice)
    assert (deliver(clock.now()), waiting()) == (0, [])


# Until when


def test_signing_out_ends_this_browsers_alone(
    service: PushService, alice: User, sign_in: SignIn, say: Say, clock: FrozenClock
) -> None:
    one, other = sign_in(alice), sign_in(alice)
    one.post(SUBSCRIBE, data=service.browser("/send/a").form)
    other.post(SUBSCRIBE, data=service.browser("/send/b").form)
    say(alice)
    answer = one.post("/sign-out")
    assert any("parley_push=;" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    assert subscriptions() == [(alice.id, f"{service.origin}/send/b")]
    assert deliver(clock.now()) == 1
    assert [path for path, _, _ in service.got] == ["/send/b"]


def test_who_signs_out_everywhere_is_told_in_no_browser(
    service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock
) -> None:
    say(alice)
    accounts.sign_out_everywhere(alice)
    say(alice)
    assert (deliver(clock.now()), service.got, waiting()) == (0, [], [])
    services.prune(clock.now())
    assert subscriptions() == []


def test_a_new_password_ends_all_but_the_browser_it_was_chosen_in(
    service: PushService, alice: User, sign_in: SignIn, say: Say, clock: FrozenClock
) -> None:
    here, elsewhere = sign_in(alice), sign_in(alice)
    here.post(SUBSCRIBE, data=service.browser("/send/here").form)
    elsewhere.post(SUBSCRIBE, data=service.browser("/send/elsewhere").form)
    new = "eight quiet rooms"
    form = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    assert here.post("/settings/password", data=form).status_code == 302
    say(alice)
    assert deliver(clock.now()) == 1
    assert [path for path, _, _ in service.got] == ["/send/here"]


def test_an_account_that_goes_or_is_suspended_is_pushed_nothing(
    service: PushService, at: Browser, alice: User, bob: User, say: Say, clock: FrozenClock
) -> None:
    push.subscribe(bob, *service.browser("/send/bobs").form.values(), clock.now())
    say(alice)
    say(bob)
    accounts.delete_account(alice, clock.now())
    bob.active = False
    db.session.commit()
    assert (deliver(clock.now()), service.got) == (0, [])
    assert subscriptions() == [(bob.id, f"{service.origin}/send/bobs")]


def test_browsers_subscribed_with_another_key_of_ours_are_sent_nothing(
    app: Flask, service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock
) -> None:
    say(alice)
    given = app.extensions["settings"].model_dump() | {"push_key": make_key()}
    app.extensions["settings"] = Settings(_env_file=None, **given)
    assert (deliver(clock.now()), service.got) == (0, [])


# What a push service answers


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock, status: int
) -> None:
    service.says["/send/a"].append((status, {}))
    say(alice, "One.")
    say(alice, "Two.")
    deliver(clock.now())
    assert (subscriptions(), waiting()) == ([], [])


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 413])
def test_what_is_refused_for_good_is_dropped_and_no_redirect_is_followed(
    app: Flask, service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock, status: int
) -> None:
    service.says["/send/a"].append((status, {"Location": f"{service.origin}/elsewhere"}))
    say(alice)
    assert deliver(clock.now()) == 0
    assert [path for path, _, _ in service.got] == ["/send/a"]
    assert (waiting(), len(subscriptions())) == ([], 1)
    counted = app.extensions["metrics"].get_sample_value("parley_pushes_total", {"outcome": "dropped"})
    assert counted == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_fails_is_tried_again_later_each_time_and_given_up_after_a_day(
    service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock, status: int
) -> None:
    service.says["/send/a"].extend([(status, {})] * 100)
    say(alice, until=clock.now() + timedelta(days=3))
    minutes = []
    while waiting():
        try:
            assert deliver(clock.now()) == 0
        except PushFailed:
            [row] = waiting()
            minutes.append((row.due_at - clock.now()) // timedelta(minutes=1))
            before = len(service.got)
            clock.tick(minutes=minutes[-1] - 0.5)
            assert deliver(clock.now()) == 0
            assert len(service.got) == before
            clock.tick(minutes=0.5)
    assert minutes[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert sum(minutes) >= 24 * 60
    assert len(subscriptions()) == 1


def test_a_service_says_when_to_come_back(
    service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock
) -> None:
    at_eight = format_datetime(clock.now() + timedelta(hours=2), usegmt=True)
    service.says["/send/a"].extend([(429, {"Retry-After": "600"}), (503, {"Retry-After": at_eight})])
    say(alice, "One.")
    with pytest.raises(PushFailed, match="0 sent, 1 are tried again"):
        deliver(clock.now())
    say(alice, "Two.")
    assert [row.due_at - clock.now() for row in waiting()] == [timedelta(minutes=10), timedelta()]
    with pytest.raises(PushFailed):
        deliver(clock.now())  # the second is told to wait longer, and all of that browser's wait with it
    assert [row.due_at - clock.now() for row in waiting()] == [timedelta(hours=2)] * 2
    assert deliver(clock.tick(hours=1.9)) == 0
    assert deliver(clock.tick(hours=0.1)) == 2
    assert sorted(said["body"] for said in service.took(at)[2:]) == ["One.", "Two."]


@pytest.mark.parametrize("nonsense", ["soon", "-5", "", "9" * 400, "Mon, 99 Jan 2026 18:00:00 GMT"])
def test_nonsense_about_when_to_come_back_is_bounded(
    service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock, nonsense: str
) -> None:
    service.says["/send/a"].append((503, {"Retry-After": nonsense}))
    say(alice)
    with pytest.raises(PushFailed):
        deliver(clock.now())
    [row] = waiting()
    assert timedelta(minutes=1) <= row.due_at - clock.now() <= timedelta(days=1)


def test_one_browser_that_fails_does_not_keep_the_others_waiting(
    service: PushService, at: Browser, alice: User, bob: User, say: Say, clock: FrozenClock
) -> None:
    fine = service.browser("/send/fine")
    push.subscribe(bob, *fine.form.values(), clock.now())
    service.says["/send/a"].append((500, {}))
    say(alice)
    say(bob)
    with pytest.raises(PushFailed, match="1 sent, 1 are tried again"):
        deliver(clock.now())
    assert len(service.took(fine)) == 1
    assert [row.subscription.endpoint for row in waiting()] == [at.endpoint]


def test_a_service_that_is_away_is_tried_again(
    service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock
) -> None:
    service.stop()
    say(alice)
    with pytest.raises(PushFailed):
        deliver(clock.now())
    assert [row.tries for row in waiting()] == [1]


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 ok\r\n\r\n", b"HTTP/1.1 " + b"2" * 20_000]
)
def test_what_does_not_answer_as_a_push_service_does_is_tried_again(
    app: Flask, alice: User, say: Say, clock: FrozenClock, tmp_path: Path, answer: bytes
) -> None:
    service = PushService(tmp_path)
    service.stop()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        endpoint = f"https://localhost:{listening.getsockname()[1]}/send"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "push.pem")

        def serve() -> None:
            connection, _ = listening.accept()
            with context.wrap_socket(connection, server_side=True) as sock:
                sock.recv(8192)
                sock.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        app.extensions["push_courier"] = Courier(lambda _address: True, service.trust, port=None)
        push.subscribe(alice, *Browser(endpoint).form.values(), clock.now())
        say(alice)
        with pytest.raises(PushFailed):
            deliver(clock.now())
        thread.join()


def test_a_service_that_says_nothing_is_left_soon(
    app: Flask, alice: User, say: Say, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "DEADLINE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app.extensions["push_courier"] = Courier(lambda _address: True, port=None)
        browser = Browser(f"https://localhost:{silent.getsockname()[1]}/send")
        push.subscribe(alice, *browser.form.values(), clock.now())
        say(alice)
        with pytest.raises(PushFailed):
            deliver(clock.now())


def test_a_certificate_that_nobody_signed_is_not_trusted(
    app: Flask, service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock
) -> None:
    app.extensions["push_courier"] = Courier(lambda _address: True, port=None)
    say(alice)
    with pytest.raises(PushFailed):
        deliver(clock.now())
    assert service.got == []


# Endpoints are not trusted


def test_a_name_that_points_inward_is_sent_nothing_and_forgotten(
    app: Flask, service: PushService, at: Browser, alice: User, say: Say, clock: FrozenClock
) -> None:
    app.extensions["push_courier"] = Courier(tls=service.trust, port=None)
    say(alice)
    assert deliver(clock.now()) == 0
    assert (service.got, subscriptions(), waiting()) == ([], [], [])
    counted = app.extensions["metrics"].get_sample_value("parley_pushes_total", {"outcome": "refused"})
    assert counted == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "http://push.example/a",
        "ftp://push.example/a",
        "//push.example/a",
        "https:///a",
        "https://push.example:8443/a",
        "https://push.example:99999/a",
        "https://user:word@push.example/a",
        "https://push.example/a#b",
        "https://push.example/a b",
        "https://push.example/a\r\nHost: inward",
        "https://püsh.example/a",
        "https://127.0.0.1/a",
        "https://10.0.0.1/a",
        "https://[::1]/a",
        "https://[::ffff:192.168.0.1]/a",
        "https://169.254.169.254/latest",
        "https://push.example/" + "a" * 1000,
    ],
)
def test_a_strange_endpoint_is_not_taken(alice: User, sign_in: SignIn, endpoint: str) -> None:
    form = Browser(endpoint).form
    assert sign_in(alice).post(SUBSCRIBE, data=form).status_code == 422
    assert subscriptions() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"p256dh": ""},
        {"p256dh": encoded(b"\4" + b"\1" * 64)},
        {"p256dh": encoded(b"\4" * 64)},
        {"p256dh": "ä"},
        {"auth": ""},
        {"auth": encoded(b"short")},
        {"auth": "!" * 22},
    ],
)
def test_strange_keys_are_not_taken(
    service: PushService, alice: User, clock: FrozenClock, wrong: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        push.subscribe(alice, **service.browser().form | wrong, now=clock.now())
    assert subscriptions() == []


# For whoever runs the site, and for whoever leaves it


def test_an_operator_makes_a_key(app: Flask) -> None:
    first, second = (app.test_cli_runner().invoke(args=["notifications", "keys"]).output for _ in range(2))
    assert first != second
    given = dict(line.split("=", 1) for line in first.splitlines())
    made = Settings(
        _env_file=None, push_key=given["PARLEY_PUSH_KEY"], push_contact=given["PARLEY_PUSH_CONTACT"]
    )
    assert len(made.push_keys.public) == 87


@pytest.mark.parametrize("wrong", [{"push_key": "short"}, {"push_contact": None}, {"push_contact": "olga"}])
def test_a_wrong_key_or_contact_is_said_at_the_start(wrong: dict[str, str | None]) -> None:
    given = {"push_key": make_key(), "push_contact": "mailto:a@example.org"} | wrong
    with pytest.raises(ValueError, match="PARLEY_PUSH_"):
        Settings(_env_file=None, **given)


def test_a_person_takes_away_where_they_are_told_without_what_is_secret(
    service: PushService, at: Browser, alice: User, clock: FrozenClock
) -> None:
    browsers = services.export(alice)["browsers"]
    assert browsers == [{"push_service": "localhost", "since": clock.now()}]


def test_the_service_worker_shows_what_is_pushed(client: FlaskClient) -> None:
    assert "/js/push_received.js" in client.get("/sw.js").text
