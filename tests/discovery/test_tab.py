"""The Spaces tab and its lists: what stands there, in which order, for which reason, and at what cost."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import FrozenClock
from tests.discovery.conftest import Site
from tests.recordings.test_library import counted_queries
from tests.spaces.conftest import bring
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.discovery.queries import PAGE
from webapp.spaces import services
from webapp.spaces.presence import GUEST
from webapp.spaces.states import Door, OpenTo

SignIn = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}


def cards(page: str) -> list[str]:
    return re.findall(r'id="card-link-[^"]+" href="[^"]+">([^<]+)<', page)


def chips(page: str) -> dict[str, int]:
    found = re.findall(
        r'class="chip"[^>]*><span>([^<]+)</span> <span class="count" aria-hidden="true">(\d+)<', page
    )
    return {label: int(count) for label, count in found}


def seen(page: str) -> str:
    found = re.search(r"/spaces/changes\?seen=(\w+)", page)
    assert found
    return found[1]


def test_everybody_sees_what_is_live_coming_and_recorded(
    site: Site, alice: User, client: FlaskClient
) -> None:
    site.leaves_recording(alice, "Of old", "Tea")
    site.plans(alice, "To come", "tea, Cake")
    site.goes_live(alice, "Now", "Tea")
    page = client.get("/spaces").text
    assert cards(page) == ["Now", "To come", "Of old"]
    assert chips(page) == {"Tea": 3, "Cake": 1}
    assert "Sign in to be reminded" in page


def test_empty_tab_says_so(client: FlaskClient, alice: User, sign_in: SignIn) -> None:
    page = client.get("/spaces").text
    assert "It is quiet at the moment." in page
    assert "Sign up to open a space" in page
    assert "No recordings yet." in page
    assert "Open a space" in sign_in(alice).get("/spaces").text
    for kind in ("live", "upcoming", "recorded"):
        assert 'class="empty"' in client.get(f"/spaces/{kind}").text


def test_what_is_live_stands_where_it_does_for_a_reason(
    site: Site,
    alice: User,
    bob: User,
    charlie: User,
    person: Callable[[str], User],
    sign_in: SignIn,
    clock: FrozenClock,
) -> None:
    dora, erin = person("Dora"), person("Erin")
    full = site.goes_live(dora, "Full")
    site.goes_live(erin, "Quiet")
    for number in range(30):
        site.room.enter(full, GUEST | (number + 1))
    clock.tick(minutes=20)
    speaks = site.goes_live(alice, "Bob speaks")
    site.room.enter(speaks, bob)
    bring(speaks, alice, "bob")
    clock.tick(minutes=20)
    relations.follow(charlie, bob, clock.now())
    page = sign_in(charlie).get("/spaces").text
    assert cards(page) == ["Bob speaks", "Full", "Quiet"]
    whys = re.findall(r'<p class="why">([^<]+)<', page)
    assert whys == ["Bob, whom you follow, is speaking", "Many are listening", "Live at the moment"]
    relations.follow(charlie, erin, clock.now())
    page = sign_in(charlie).get("/spaces").text
    assert cards(page) == ["Quiet", "Bob speaks", "Full"]
    assert "Erin, whom you follow, is hosting" in page
    assert "Your own space" in sign_in(dora).get("/spaces").text


def test_growth_counts_who_came_in_the_last_five_minutes(
    site: Site, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    space = site.goes_live(alice, "Tea")
    clock.tick(minutes=30)
    for number in range(6):
        site.room.enter(space, GUEST | (number + 1))
    assert "Growing: 6 joined in the last five minutes" in client.get("/spaces").text
    clock.tick(minutes=6)
    assert "Growing" not in client.get("/spaces").text


def test_language_of_the_host_is_compared_with_the_visitors(
    site: Site, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    site.goes_live(alice, "Tea")
    clock.tick(minutes=30)
    assert "Live at the moment" in client.get("/spaces").text
    accounts.set_language(alice, "en")
    assert "In your language" in client.get("/spaces").text


def test_topics_narrow_what_is_shown(site: Site, alice: User, client: FlaskClient) -> None:
    site.goes_live(alice, "Leaves", "Tea")
    site.goes_live(alice, "Crumbs", "Cake")
    site.leaves_recording(alice, "Scones", "cake, Tea")
    page = client.get("/spaces?topic=tea").text
    assert cards(page) == ["Leaves", "Scones"]
    assert chips(page)["Tea"] == 2
    assert re.search(r'href="/spaces" aria-current="true"><span>Tea<', page)
    assert cards(client.get("/spaces?topic=CAKE").text) == ["Crumbs", "Scones"]
    assert cards(client.get("/spaces/recorded?topic=cake").text) == ["Scones"]
    nothing = client.get("/spaces", query_string={"topic": "<b>'\" nothing"}).text
    assert cards(nothing) == []
    assert "Nothing of this is live" in nothing
    assert "<b>'" not in nothing


def test_people_one_follows_narrow_what_is_shown(
    site: Site,
    alice: User,
    bob: User,
    charlie: User,
    client: FlaskClient,
    sign_in: SignIn,
    clock: FrozenClock,
) -> None:
    site.goes_live(alice, "Of somebody else", "Tea")
    spoken = site.goes_live(alice, "Bob is on its stage", "Tea")
    site.room.enter(spoken, bob)
    bring(spoken, alice, "bob")
    site.plans(bob, "Hosted by Bob")
    relations.follow(charlie, bob, clock.now())
    page = sign_in(charlie).get("/spaces?who=followed").text
    assert cards(page) == ["Bob is on its stage", "Hosted by Bob"]
    assert chips(page) == {"Tea": 1}
    assert len(cards(client.get("/spaces?who=followed").text)) == 3
    assert "People I follow" not in client.get("/spaces").text


@pytest.mark.parametrize("kind", ["live", "upcoming", "recorded"])
def test_all_of_a_kind_come_a_page_at_a_time_each_once(
    site: Site, alice: User, bob: User, client: FlaskClient, clock: FrozenClock, kind: str
) -> None:
    hosts = [
        alice,
        bob,
        *(accounts.add_account(f"{n}@x.y", "x", f"host{n}", f"Host {n}", clock.now()) for n in "123456"),
    ]
    titles = []
    for number in range(PAGE * 2 + 3):
        titles.append(f"Space {number}")
        if kind == "upcoming":
            site.plans(hosts[number // 10], titles[-1], hours=1 + number // 2)
        elif kind == "live":
            site.goes_live(hosts[number % 8], titles[-1])
        else:
            site.leaves_recording(alice, titles[-1])
        if number % 2 and kind != "upcoming":
            clock.tick(minutes=1)
    assert (
        cards(client.get("/spaces").text)
        == cards(client.get(f"/spaces/{kind}").text)[: {"live": 12}.get(kind, 6)]
    )
    assert f'href="/spaces/{kind}"' in client.get("/spaces").text
    for headers in ({}, HTMX):
        path, found = f"/spaces/{kind}", []
        while path:
            answer = client.get(path, headers=headers)
            assert ("<html" in answer.text) == (headers == {})
            assert ("HX-Request" in answer.headers.get("Vary", "")) == (headers == HTMX)
            found.append(cards(answer.text))
            more = re.search(r'href="([^"]*after=[^"]*)"', answer.text)
            path = more[1].replace("&amp;", "&") if more else ""
        assert [len(page) for page in found] == [PAGE, PAGE, 3]
        flat = [title for page in found for title in page]
        assert sorted(flat) == sorted(titles)
        number = [int(title.split()[1]) // 2 for title in flat]
        assert number == sorted(number, reverse=kind != "upcoming")


@pytest.mark.parametrize(
    "after", ["x", "~", "1~2", "20260105T180000.0~", "9" * 400 + "~1~x", "1~nan~x", "\0", "~~~"]
)
def test_place_that_is_none_begins_at_the_beginning_or_nowhere(
    site: Site, alice: User, client: FlaskClient, after: str
) -> None:
    site.leaves_recording(alice, "Of old")
    site.plans(alice, "To come")
    site.goes_live(alice, "Now")
    for kind in ("live", "upcoming", "recorded"):
        assert client.get(f"/spaces/{kind}", query_string={"after": after}).status_code == 200


def test_page_after_the_last_says_so(site: Site, alice: User, client: FlaskClient) -> None:
    site.leaves_recording(alice, "Of old")
    assert "There is nothing more." in client.get("/spaces/recorded?after=20200101T000000.000000~x").text


# An open tab


def test_open_tab_is_told_nothing_until_something_changed(
    site: Site, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    at_first = seen(client.get("/spaces").text)
    look = f"/spaces/changes?seen={at_first}"
    assert client.get(look, headers=HTMX).status_code == 204
    space = site.goes_live(alice, "Now")
    assert client.get(look, headers=HTMX).status_code == 204  # the pulse was felt a moment ago
    clock.tick(seconds=3)
    answer = client.get(look, headers=HTMX)
    assert answer.status_code == 200
    assert cards(answer.text) == ["Now"]
    assert "<html" not in answer.text
    assert client.get(f"/spaces/changes?seen={seen(answer.text)}", headers=HTMX).status_code == 204
    site.ends(space)
    clock.tick(seconds=3)
    assert cards(client.get(f"/spaces/changes?seen={seen(answer.text)}", headers=HTMX).text) == []


def test_what_comes_and_goes_between_two_beats_does_not_stay_on_an_open_tab(
    site: Site, alice: User, bob: User, sign_in: SignIn, client: FlaskClient, clock: FrozenClock
) -> None:
    assert client.get("/spaces/changes?seen=nothing", headers=HTMX).status_code == 200  # feels the pulse
    space = site.goes_live(alice, "For a moment")
    browser = sign_in(bob)
    look = f"/spaces/changes?seen={seen(browser.get('/spaces').text)}"
    assert browser.get(look, headers=HTMX).status_code == 204
    site.ends(space)
    clock.tick(seconds=3)
    assert cards(browser.get(look, headers=HTMX).text) == []


def test_asking_in_vain_costs_no_query_of_spaces(
    site: Site, alice: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    site.goes_live(alice, "Now")
    for browser in (client, sign_in(alice)):
        look = f"/spaces/changes?seen={seen(browser.get('/spaces').text)}"
        assert browser.get(look, headers=HTMX).status_code == 204
        with counted_queries() as asked:
            assert browser.get(look, headers=HTMX).status_code == 204
        assert not [statement for statement in asked if "spaces" in statement]


def test_one_guest_is_sent_what_was_made_for_another(
    site: Site, app: Flask, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    site.goes_live(alice, "Now")
    first = client.get("/spaces/changes?seen=nothing", headers=HTMX)
    with counted_queries() as asked:
        second = app.test_client().get("/spaces/changes?seen=else", headers=HTMX)
    assert second.text == first.text
    assert asked == []
    assert "csrf_token" not in first.text


def test_whom_somebody_blocks_is_gone_from_their_open_tab_within_half_a_minute(
    site: Site, alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    site.goes_live(alice, "Now")
    browser = sign_in(bob)
    look = f"/spaces/changes?seen={seen(browser.get('/spaces').text)}"
    assert browser.get(look, headers=HTMX).status_code == 204
    relations.block(alice, bob, clock.now())
    clock.tick(seconds=31)
    assert cards(browser.get(look, headers=HTMX).text) == []


def test_each_account_has_a_state_of_its_own_and_so_has_each_wish(
    site: Site, alice: User, bob: User, sign_in: SignIn, client: FlaskClient, clock: FrozenClock
) -> None:
    relations.follow(alice, bob, clock.now())
    site.goes_live(alice, "For Bob", "Tea", door=Door(OpenTo.FOLLOWED))
    for browser, there in ((sign_in(bob), ["For Bob"]), (client, [])):
        assert cards(browser.get("/spaces/changes?seen=x", headers=HTMX).text) == there if there else True
        assert cards(browser.get("/spaces/changes?seen=x&topic=cake", headers=HTMX).text) == []


# What it costs


@pytest.mark.parametrize(
    "path", ["/spaces", "/spaces/live", "/spaces/upcoming", "/spaces/recorded", "/search?q=space"]
)
def test_page_of_thirty_asks_as_much_as_a_page_of_one(
    site: Site,
    alice: User,
    bob: User,
    person: Callable[[str], User],
    sign_in: SignIn,
    clock: FrozenClock,
    path: str,
) -> None:
    relations.follow(bob, alice, clock.now())
    more = [alice, person("Dora"), person("Erin"), person("Fred")]
    browser = sign_in(bob)

    def asked(count: int) -> int:
        for number in range(count):
            host = more[number % 4]
            live = site.goes_live(host, f"Space {number}", f"topic {number}")
            site.room.enter(live, bob)
            site.plans(host, f"Space planned {number}", "Tea", hours=number + 1)
            site.leaves_recording(host, f"Space kept {number}", "Tea")
            clock.tick(minutes=1)
        browser.get(path)
        with counted_queries() as queries:
            assert browser.get(path).status_code == 200
        return len(queries)

    assert asked(1) == asked(29)


def test_going_live_without_an_audience_is_shown_once_the_host_is_alone(
    site: Site, alice: User, client: FlaskClient
) -> None:
    space = site.goes_live(alice, "Now")
    assert "0 listeners" in client.get("/spaces").text
    services.end_space(space, alice, site.clock.now() + timedelta(minutes=1))
    assert cards(client.get("/spaces").text) == []
    db.session.rollback()
