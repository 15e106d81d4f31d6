"""What a feed says, read by a parser that is not ours, and to whom."""

from collections.abc import Callable
from email.utils import format_datetime
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import etree

from tests.conftest import FrozenClock
from tests.podcast.conftest import FEED
from tests.recordings.test_library import counted_queries, made
from tests.sharing.conftest import FOLLOWED, LINK, MEMBERS, Spaces
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.podcast import services, views
from webapp.podcast.services import guid_of
from webapp.recordings import services as recordings
from webapp.recordings.keeping import seal_waiting
from webapp.recordings.models import Recording
from webapp.spaces import services as live
from webapp.spaces.states import Door, OpenTo

SignIn = Callable[[User], FlaskClient]
Sweep = Callable[[], int]
NS = {
    "podcast": "https://podcastindex.org/namespace/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
}
PATH = "/@alice/podcast.xml"


def parsed(client: FlaskClient) -> Any:
    answer = client.get(PATH)
    assert answer.status_code == 200
    found = feedparser.parse(answer.data)
    assert not found.bozo
    return found


def tree(client: FlaskClient) -> Any:
    return etree.fromstring(client.get(PATH).data)


def test_feed_says_whose_it_is_and_what_there_is(
    episode: Recording, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    accounts.describe(alice, "Tea & cake.")
    found = parsed(client)
    feed, [entry] = found.feed, found.entries
    assert found.version == "rss20"
    assert (feed.title, feed.link, feed.subtitle) == ("Alice", "http://localhost/@alice", "Tea & cake.")
    assert feed.image.href.startswith("http://localhost/@alice/podcast-")
    assert client.get(feed.image.href).content_type == "image/png"
    assert (entry.title, entry.link, entry.id) == (
        "Tea",
        f"http://localhost{episode.space.url}",
        episode.public_id,
    )
    [audio] = entry.enclosures
    assert (audio.href, audio.type) == (f"http://localhost/podcast/{episode.public_id}.m4a", "audio/mp4")
    assert int(audio.length) == len(client.get(audio.href).data)
    assert entry.itunes_duration == "1"


def test_feed_says_what_podcasting_2_asks_for(episode: Recording, client: FlaskClient) -> None:
    channel = tree(client)[0]
    assert channel.findtext("podcast:guid", namespaces=NS) == guid_of(FEED)
    assert channel.findtext("podcast:locked", namespaces=NS) == "yes"
    [person] = channel.findall("item/podcast:person", NS)
    assert (person.text, dict(person.attrib)) == (
        "Alice",
        {"role": "host", "href": "http://localhost/@alice"},
    )
    assert channel.find("itunes:category", NS).get("text") == "Society & Culture"
    assert channel.findtext("itunes:explicit", namespaces=NS) == "no"
    assert channel.find("itunes:image", NS).get("href").endswith(".png")


def test_guid_is_what_the_specification_says() -> None:
    assert guid_of("https://mp3s.nashownotes.com/pc20rss.xml/") == "917393e3-1b1e-5cef-ace4-edaa54e1f810"


def test_what_is_live_or_soon_and_open_to_anybody_is_said(
    podcast: None, spaces: Spaces, client: FlaskClient, clock: FrozenClock
) -> None:
    spaces.planned()
    for door in (FOLLOWED, LINK, MEMBERS):
        spaces.planned(door)
        spaces.live(door)
    assert tree(client).findall("channel/podcast:liveItem", NS) == []
    space = spaces.live()
    clock.tick(days=3)
    pending, now_live = sorted(
        tree(client).findall("channel/podcast:liveItem", NS), key=lambda it: it.get("status")
    )[::-1]
    assert (pending.get("status"), pending.get("start")) == ("pending", "2026-01-09T18:00:00+00:00")
    assert (now_live.get("status"), now_live.findtext("guid")) == ("live", space.public_id)
    assert now_live.find("podcast:contentLink", NS).get("href") == f"http://localhost{space.url}"
    assert now_live.find("enclosure").get("url") == f"http://localhost{space.url}/live.opus"
    live.end_space(space, spaces.alice, clock.now())
    assert len(tree(client).findall("channel/podcast:liveItem", NS)) == 1


def test_there_is_none_unless_the_host_offers_one(
    quick: None, spaces: Spaces, alice: User, client: FlaskClient, sweep: Sweep, clock: FrozenClock
) -> None:
    spaces.recorded()
    assert sweep() == 0
    for path in (PATH, "/@bob/podcast.xml", "/@nobody/podcast.xml", "/@alice/podcast-x.png"):
        assert client.get(path).status_code == 404
    assert "podcast.xml" not in client.get("/@alice").text
    services.offer(alice, FEED, clock.now())
    assert sweep() == 1
    assert len(parsed(client).entries) == 1
    assert f'type="application/rss+xml" href="{PATH}"' in client.get("/@alice").text


Change = Callable[[Recording, FrozenClock], object]


def _set_door(recording: Recording, to: OpenTo) -> None:
    recording.space.open_to = to
    db.session.commit()


CHANGES: dict[str, Change] = {
    "deleted": lambda it, clock: recordings.delete_recording(it, clock.now()),
    "expired": lambda _, clock: clock.tick(days=30),
    "for members": lambda it, _: recordings.allow_guests(it, False),
    "for followed": lambda it, _: _set_door(it, OpenTo.FOLLOWED),
    "by link": lambda it, _: _set_door(it, OpenTo.LINK),
    "ended": lambda it, _: services.withdraw(it.space.host),
    "account gone": lambda it, clock: accounts.delete_account(it.space.host, clock.now()),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_may_not_be_heard_leaves_feed_and_file_at_once(
    change: str, episode: Recording, client: FlaskClient, clock: FrozenClock
) -> None:
    public_id = episode.public_id
    audio = f"/podcast/{public_id}.m4a"
    before = client.get(PATH)
    assert public_id in before.text
    assert client.get(audio).status_code == 200
    CHANGES[change](episode, clock)
    asked = {"If-None-Match": before.headers["ETag"], "If-Modified-Since": before.headers["Last-Modified"]}
    for headers in ({}, asked, {"If-Modified-Since": before.headers["Last-Modified"]}):
        after = client.get(PATH, headers=headers)
        assert after.status_code == (404 if change in ("ended", "account gone") else 200)
        assert public_id not in after.text
        assert "Tea" not in after.text
    assert client.get(audio).status_code == 404
    assert client.get(audio, headers={"Range": "bytes=0-9"}).status_code == 404


def test_feed_is_the_same_whoever_asks_and_takes_no_cookie(
    episode: Recording, alice: User, bob: User, client: FlaskClient, sign_in: SignIn, clock: FrozenClock
) -> None:
    relations.block(alice, bob, clock.now())
    answers = [browser.get(PATH) for browser in (client, sign_in(alice), sign_in(bob))]
    assert len({answer.data for answer in answers}) == 1
    for answer in answers:
        assert answer.content_type == "application/rss+xml; charset=utf-8"
        assert "Set-Cookie" not in answer.headers
        assert answer.headers.get("Vary") in (None, "Accept-Encoding")


def test_feed_that_says_the_same_is_not_sent_again(
    episode: Recording, alice: User, client: FlaskClient, clock: FrozenClock
) -> None:
    first = client.get(PATH)
    clock.tick(hours=1)
    assert client.get(PATH).data == first.data
    assert client.get(PATH, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert client.get(PATH, headers=since).status_code == 304
    recordings.rename_recording(episode, "Cake")
    changed = client.get(PATH, headers=since)
    assert "Cake" in changed.text
    assert changed.headers["Last-Modified"] == format_datetime(clock.now(), usegmt=True)


def test_a_feed_that_is_asked_for_again_and_again_is_written_once(
    episode: Recording, client: FlaskClient, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    monkeypatch.setattr(views, "written", lambda *said: written.append(said) or b"<rss/>")
    tag = client.get(PATH).headers["ETag"]
    for _time in range(100):
        clock.tick(milliseconds=60)
        assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
    assert len(written) == 1


def test_two_changes_within_a_second_are_told_apart(
    episode: Recording, client: FlaskClient, clock: FrozenClock
) -> None:
    first = client.get(PATH)
    recordings.rename_recording(episode, "Cake")
    second = client.get(PATH, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert second.status_code == 200
    recordings.rename_recording(episode, "Bread")
    assert "Bread" in client.get(PATH, headers={"If-Modified-Since": second.headers["Last-Modified"]}).text


def test_a_feed_asks_as_much_for_few_as_for_many(
    episode: Recording, alice: User, client: FlaskClient, sweep: Sweep, clock: FrozenClock
) -> None:
    def asked() -> int:
        with counted_queries() as queries:
            assert client.get(PATH).status_code == 200
        return len(queries)

    few = asked()
    for number in range(5):
        made(alice, f"Another {number}", clock)
    assert sweep() == 5
    assert asked() == few == 5
    assert len(parsed(client).entries) == 6


def test_titles_of_every_kind_are_written(
    podcast: None, quick: None, room: Any, alice: User, client: FlaskClient, sweep: Sweep, clock: FrozenClock
) -> None:
    titles = ["<b>&amp;", "]]>", "声 🎙️", '"quoted"']
    for title in titles:
        made(alice, title, clock)
    sweep()
    assert [entry.title for entry in parsed(client).entries] == titles[::-1]
    assert Door() == Door(OpenTo.ANYONE)


# Deciding


def test_host_offers_and_ends_a_podcast(alice: User, sign_in: SignIn, client: FlaskClient) -> None:
    browser = sign_in(alice)
    assert "Offer my public recordings as a podcast" in browser.get("/recordings").text
    for _ in range(2):
        assert browser.post("/podcast", data={"offered": "1"}).location == "/recordings#podcast"
    assert f'value="{FEED}"' in browser.get("/recordings").text
    assert client.get(PATH).status_code == 200
    for _ in range(2):
        assert browser.post("/podcast", data={"offered": "0"}).status_code == 303
    assert client.get(PATH).status_code == 404


def test_guest_decides_nothing(podcast: None, client: FlaskClient) -> None:
    assert client.post("/podcast", data={"offered": "0"}).status_code == 403
    assert client.get(PATH).status_code == 200


def test_nobody_decides_for_another(podcast: None, bob: User, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(bob).post("/podcast", data={"offered": "0"})
    assert client.get(PATH).status_code == 200
    assert client.get("/@bob/podcast.xml").status_code == 404


def test_host_is_told_of_how_many_it_waits(
    podcast: None, quick: None, spaces: Spaces, alice: User, sign_in: SignIn, sweep: Sweep, clock: FrozenClock
) -> None:
    spaces.recorded()
    seal_waiting(clock.now())
    assert "1 recording will join it" in sign_in(alice).get("/recordings").text
    sweep()
    assert "will join it" not in sign_in(alice).get("/recordings").text
