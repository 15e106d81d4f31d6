"""Pinned links: by whom, which, where everybody sees them, and what stays of them."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mediacore import Audience
from tests.conftest import FrozenClock
from tests.spaces.conftest import Room, bring
from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.moments import services
from webapp.moments.models import Pin
from webapp.moments.queries import pinned_now
from webapp.spaces import services as spaces
from webapp.spaces.models import Space
from webapp.spaces.stage import services as stage

ADDRESS = "https://example.com/tea"
HTMX = {"HX-Request": "true"}
SignIn = Callable[[User], FlaskClient]


def make_cohost(space: Space, host: User, user: User) -> None:
    bring(space, host, user.handle)
    stage.make_cohost(space, host, user.handle)


def titles(space: Space) -> list[str]:
    return [link.title for link in pinned_now(space.id)]


def test_host_pins_a_link_and_everybody_sees_it_at_once(
    space: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    services.pin_link(space, alice, ADDRESS, " All about\ntea ", clock.now())
    room.turn()
    announced, *told = room.core.texts
    assert "A link was pinned: All about tea." in announced[1]
    by_audience = {audience: html for _, html, audience, _ in told}
    assert set(by_audience) == {Audience.HOSTS, Audience.SPEAKERS, Audience.LISTENERS}
    for html in by_audience.values():
        assert 'id="links"' in html
        assert 'id="seats"' not in html
        assert f'href="{ADDRESS}" target="_blank" rel="noopener nofollow ugc"' in html
        assert "All about tea" in html
        assert "example.com</span>" in html
    assert ["unpin" in html for html in by_audience.values()] == [True, False, False]


def test_cohost_pins_and_unpins(space: Space, room: Room, alice: User, bob: User, clock: FrozenClock) -> None:
    make_cohost(space, alice, bob)
    pin = services.pin_link(space, bob, ADDRESS, "Tea", clock.now())
    services.unpin(space, bob, pin.id)
    services.unpin(space, bob, pin.id)
    assert titles(space) == []
    room.turn()
    assert 'id="links"' in room.take_texts()[-1]


def test_who_becomes_a_cohost_is_given_their_controls_at_once(
    space: Space, room: Room, alice: User, bob: User
) -> None:
    bring(space, alice, "bob")
    room.turn()
    room.take_texts()
    make_cohost(space, alice, bob)
    room.turn()
    told = [html for _, html, _, person in room.core.texts if person == bob.id]
    assert any('id="pin-link"' in html for html in told)


def test_speakers_listeners_guests_and_outsiders_pin_nothing(
    space: Space,
    alice: User,
    bob: User,
    charlie: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
) -> None:
    pin = services.pin_link(space, alice, ADDRESS, "Tea", clock.now())
    for browser in (client, sign_in(bob), sign_in(charlie)):
        assert browser.post(f"{space.url}/links", data={"address": "https://example.org"}).status_code == 403
        for act in ("unpin", "delete"):
            assert browser.post(f"{space.url}/links/{pin.id}/{act}").status_code == 403
        assert 'id="pin-link"' not in browser.get(space.url).text
    bring(space, alice, "bob")
    with pytest.raises(Forbidden, match="Only the host and the co-hosts"):
        services.pin_link(space, bob, "https://example.org", "", clock.now())
    assert titles(space) == ["Tea"]
    assert client.post("/spaces/nowhere/links", data={"address": ADDRESS}).status_code == 404


def test_host_does_it_on_the_page(space: Space, alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert 'id="pin-link"' in browser.get(space.url).text
    assert browser.post(f"{space.url}/links", data={"address": ADDRESS}).location == space.url
    page = browser.get(space.url).text
    assert "<strong>example.com</strong></a>" in page
    [link] = pinned_now(space.id)
    assert browser.post(f"{space.url}/links/{link.number}/unpin", headers=HTMX).status_code == 204
    assert ADDRESS not in browser.get(space.url).text


def test_five_are_pinned_at_a_time_and_a_sixth_is_refused_beside_the_form(
    space: Space, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    for number in range(5):
        services.pin_link(space, alice, f"{ADDRESS}/{number}", f"{number}", clock.tick(seconds=1))
    refused = sign_in(alice).post(f"{space.url}/links", data={"address": ADDRESS}, headers=HTMX)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (409, "#pin-problem")
    assert "Unpin one of them first" in refused.text
    assert 'id="pin-link"' not in sign_in(alice).get(space.url).text
    services.unpin(space, alice, pinned_now(space.id)[2].number)
    services.pin_link(space, alice, ADDRESS, "Tea", clock.tick(seconds=1))
    assert titles(space) == ["0", "1", "3", "4", "Tea"]


def test_the_same_link_is_pinned_once(space: Space, room: Room, alice: User, clock: FrozenClock) -> None:
    first = services.pin_link(space, alice, ADDRESS, "Tea", clock.now())
    room.turn()
    room.take_texts()
    assert services.pin_link(space, alice, f" {ADDRESS} ", "Tea again", clock.now()) is first
    room.turn()
    assert (titles(space), room.take_texts()) == (["Tea"], [])


def test_of_two_who_pin_at_once_one_does(space: Space, alice: User, clock: FrozenClock) -> None:
    pin = Pin(space_id=space.id, address="https://x.org", title="X", pinned_at=clock.now())
    places = {0: 0}

    def second(*_args: object) -> None:
        if places.pop(0, None) is not None:
            with db.engine.begin() as other:
                other.execute(
                    Pin.__table__.insert().values(
                        space_id=space.id,
                        kind="link",
                        address=pin.address,
                        title="X",
                        place=0,
                        pinned_at=clock.now(),
                    )
                )

    monkey = pytest.MonkeyPatch()
    monkey.setattr(services, "_commit_alone", lambda act=services._commit_alone: (second(), act()))
    with pytest.raises(Conflict, match="same moment"):
        services.pin_link(space, alice, ADDRESS, "", clock.now())
    monkey.undo()
    assert titles(space) == ["X"]


def test_a_space_takes_so_many_links_and_no_more(
    space: Space, alice: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "PINS_MAX", 3)
    for number in range(3):
        pin = services.pin_link(space, alice, f"{ADDRESS}/{number}", "", clock.now())
        services.unpin(space, alice, pin.id)
    with pytest.raises(Conflict, match="all it takes"):
        services.pin_link(space, alice, ADDRESS, "", clock.now())


@pytest.mark.parametrize(
    "address",
    [
        "",
        "tea",
        "//example.com",
        "javascript:alert(1)",
        "data:text/html,hello",
        "ftp://example.com",
        "file:///etc/passwd",
        "https://",
        "https:///tea",
        "https://bank.example@evil.example/",
        "https://example.com:port/",
        "https://[::1/",
        "https://exa mple.com",
        "https://example.com/\u202etea",
        "https://example.com\\@evil.example",
        "https://example.com/" + "a" * 2_000,
        f"https://{'a' * 64}.com/",
        "https://a..b/",
    ],
)
def test_what_is_no_link_is_refused(space: Space, alice: User, clock: FrozenClock, address: str) -> None:
    with pytest.raises(Invalid):
        services.pin_link(space, alice, address, "Tea", clock.now())
    assert titles(space) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("HTTPS://Example.COM/Tea?a=1#b", "https://example.com/Tea?a=1#b"),
        ("http://example.com:8080", "http://example.com:8080"),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example/"),
        ("https://\u0440aypal.com/", "https://xn--aypal-uye.com/"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]:80/"),
    ],
)
def test_a_host_is_shown_as_what_it_is(
    space: Space, alice: User, clock: FrozenClock, given: str, kept: str
) -> None:
    assert services.pin_link(space, alice, given, "", clock.now()).address == kept


def test_a_title_is_short_and_escaped(
    space: Space, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    with pytest.raises(Invalid, match="at most 70"):
        services.pin_link(space, alice, ADDRESS, "a" * 71, clock.now())
    services.pin_link(space, alice, 'https://example.com/"><b>', "<b>Tea</b>", clock.now())
    page = client.get(space.url).text
    assert "<b>" not in page
    assert "&lt;b&gt;Tea&lt;/b&gt;" in page


def test_nothing_is_pinned_before_the_start_or_after_the_end(
    space: Space, alice: User, clock: FrozenClock
) -> None:
    pin = services.pin_link(space, alice, ADDRESS, "", clock.now())
    scheduled = spaces.create_space(alice, "Soon", "", False, clock.now())
    with pytest.raises(Conflict, match="not started"):
        services.pin_link(scheduled, alice, ADDRESS, "", clock.now())
    with pytest.raises(NotFound):
        services.delete_pin(scheduled, alice, pin.id)
    spaces.end_space(space, alice, clock.now())
    with pytest.raises(Conflict, match="has ended"):
        services.pin_link(space, alice, ADDRESS, "", clock.now())
    with pytest.raises(Conflict, match="has ended"):
        services.unpin(space, alice, pin.id)


def test_a_forged_number_is_not_found(space: Space, alice: User, sign_in: SignIn) -> None:
    for number in ("0", "77", "9" * 30):
        assert sign_in(alice).post(f"{space.url}/links/{number}/unpin").status_code == 404


def test_links_stand_beside_the_recording_at_their_second(
    app: Flask,
    recorded: Space,
    room: Room,
    alice: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
    end: Callable[[Space], None],
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    pin = services.pin_link(recorded, alice, ADDRESS, "Tea", clock.tick(seconds=12.5))
    services.unpin(recorded, alice, pin.id)
    services.pin_link(recorded, alice, "https://example.org", "Cake", clock.tick(seconds=10))
    room.turn()
    room.take_texts()
    end(recorded)
    for page in (client.get(recorded.url).text, *room.take_texts()[-3:]):
        assert 'data-seek-ms="12500"' in page
        assert 'data-seek-ms="22500"' in page
        assert page.index("Tea") < page.index("Cake")
        assert 'name="csrf_token"' not in page
    assert f"/links/{pin.id}/delete" not in client.get(recorded.url).text
    assert f"/links/{pin.id}/delete" in sign_in(alice).get(recorded.url).text


def test_host_takes_a_link_from_beside_the_recording(
    recorded: Space,
    alice: User,
    bob: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
    end: Callable[[Space], None],
) -> None:
    pin = services.pin_link(recorded, alice, ADDRESS, "Tea", clock.now())
    number = pin.id
    end(recorded)
    for browser in (client, sign_in(bob)):
        assert browser.post(f"{recorded.url}/links/{number}/delete").status_code == 403
    assert sign_in(alice).post(f"{recorded.url}/links/{number}/delete").location == recorded.url
    assert ADDRESS not in client.get(recorded.url).text
    assert sign_in(alice).post(f"{recorded.url}/links/{number}/delete").status_code == 404


def test_a_link_without_a_recording_has_no_second(
    recorded: Space, room: Room, alice: User, clock: FrozenClock
) -> None:
    spaces.stop_recording(recorded, alice, clock.tick(seconds=5))
    services.pin_link(recorded, alice, ADDRESS, "", clock.now())
    assert db.session.scalars(select(Pin.at_ms)).all() == [None]
