"""A podcast's feed: RSS 2.0 with Apple's tags and those of Podcasting 2.0 (https://podcasting2.org).

What a feed says is made once, and sent until it says something else.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from babel.lists import format_list
from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from feedgen.util import xml_elem
from lxml.etree import _Element as Element

from webapp.languages import gettext as _
from webapp.languages import locale, speaking
from webapp.podcast.queries import Content, Item, Live
from webapp.spaces.shown import Person
from webapp.templating import duration

NAMESPACE = "https://podcastindex.org/namespace/1.0"
AUDIO = "audio/mp4"
STREAM = "audio/ogg"
CATEGORY = "Society & Culture"
KEPT = 256


@dataclass(frozen=True)
class Addresses:
    """Where this site is, where the feed, and where its cover."""

    site: str
    feed: str
    cover: str

    def audio(self, item: Item) -> str:
        return f"{self.site}/podcast/{item.rid}.m4a"

    def profile(self, person: Person) -> str:
        return f"{self.site}/@{person.handle}"


@dataclass(frozen=True)
class Feed:
    """A feed as it is sent, the name of what it says, and since when it says so."""

    xml: bytes
    version: str
    changed_at: datetime


class Feeds:
    """The feeds that were asked for of late."""

    def __init__(self) -> None:
        self._feeds: OrderedDict[str, Feed] = OrderedDict()
        self._lock = Lock()

    def get(self, address: str, version: str, now: datetime, make: Callable[[datetime], bytes]) -> Feed:
        """Returns a feed that says what has this version, made anew when the last one said something else.

        The time goes in whole seconds, as HTTP tells it: of two changes, the second is later by one at least.
        """
        with self._lock:
            feed = self._feeds.get(address)
            if feed is None or feed.version != version:
                second = now.replace(microsecond=0)
                changed_at = max(second, feed.changed_at + timedelta(seconds=1)) if feed else second
                feed = Feed(make(changed_at), version, changed_at)
            self._feeds[address] = feed
            self._feeds.move_to_end(address)
            while len(self._feeds) > KEPT:
                self._feeds.popitem(last=False)
            return feed


def written(content: Content, at: Addresses, changed_at: datetime) -> bytes:
    """Returns a feed as it is sent, in the language of the host."""
    with speaking(content.language):
        return _written(content, at, changed_at)


def _written(content: Content, at: Addresses, changed_at: datetime) -> bytes:
    host, feed = content.host, FeedGenerator()
    feed.load_extension("podcast", atom=False)
    feed.register_extension("namespace", _Channel, _Entry, atom=False)
    feed.title(host.name)
    feed.link(href=at.feed, rel="self", type="application/rss+xml")
    feed.link(href=at.profile(host), rel="alternate")
    feed.description(content.about)
    feed.language(content.language)
    feed.generator("Parley")
    feed.lastBuildDate(changed_at)
    feed.image(url=at.cover, title=host.name, link=at.profile(host))
    feed.podcast.itunes_author(host.name)
    feed.podcast.itunes_category(CATEGORY)
    feed.podcast.itunes_explicit("no")
    feed.podcast.itunes_image(at.cover)
    feed.podcast.itunes_type("episodic")
    feed.namespace.says(content, at)
    for item in content.items:
        _add(feed.add_entry(order="append"), item, at)
    xml: bytes = feed.rss_str()
    return xml


def _add(entry: FeedEntry, item: Item, at: Addresses) -> None:
    link = f"{at.site}{item.url}"
    entry.title(item.title)
    entry.link(href=link)
    entry.description(
        _(
            "%(people)s, recorded live, %(length)s. %(link)s",
            people=_who(item.people),
            length=duration(item.duration_ms),
            link=link,
        )
    )
    entry.guid(item.rid, permalink=False)
    entry.published(item.started_at)
    entry.enclosure(at.audio(item), str(item.size_bytes), AUDIO)
    for topic in item.topics:
        entry.category(term=topic)
    entry.podcast.itunes_author(item.people[0].name)
    entry.podcast.itunes_duration(item.duration_ms // 1000)
    entry.podcast.itunes_explicit("no")
    entry.podcast.itunes_episode_type("full")
    entry.namespace.says(item, at)


def _who(people: tuple[Person, ...]) -> str:
    return format_list([person.name for person in people], locale=locale())


class _Channel(BaseExtension):  # type: ignore[misc]
    """What Podcasting 2.0 has a feed say, with what is live or about to be."""

    def says(self, content: Content, at: Addresses) -> None:
        self._content, self._at = content, at

    def extend_ns(self) -> dict[str, str]:
        return {"podcast": NAMESPACE}

    def extend_rss(self, feed: Element) -> Element:
        channel, content = feed[0], self._content
        _tag(channel, "guid", content.guid)
        _tag(channel, "locked", "yes")
        _tag(channel, "medium", "podcast")
        _person(channel, content.host, self._at, "host")
        for live in content.live:
            _live(channel, live, self._at)
        return feed


class _Entry(BaseEntryExtension):  # type: ignore[misc]
    """What it has an episode say."""

    def says(self, item: Item, at: Addresses) -> None:
        self._item, self._at = item, at

    def extend_rss(self, entry: Element) -> Element:
        _people(entry, self._item.people, self._at)
        return entry


def _live(channel: Element, live: Live, at: Addresses) -> None:
    link = f"{at.site}{live.url}"
    status = "live" if live.is_live else "pending"
    tag = _tag(channel, "liveItem", status=status, start=live.starts_at.isoformat(timespec="seconds"))
    for name, text in (("title", live.title), ("link", link)):
        xml_elem(name, tag).text = text
    guid = xml_elem("guid", tag, isPermaLink="false")
    guid.text = live.public_id
    _people(tag, live.people, at)
    sound = {"type": STREAM, "length": "0"}
    _tag(_tag(tag, "alternateEnclosure", **sound), "source", uri=f"{link}/live.opus")
    xml_elem("enclosure", tag, url=f"{link}/live.opus", **sound)
    _tag(tag, "contentLink", _("Listen on Parley"), href=link)


def _people(within: Element, people: tuple[Person, ...], at: Addresses) -> None:
    for number, person in enumerate(people):
        _person(within, person, at, "guest" if number else "host")


def _person(within: Element, person: Person, at: Addresses, role: str) -> None:
    profile: dict[str, Any] = {"href": at.profile(person)} if person.has_profile else {}
    _tag(within, "person", person.name, role=role, **profile)


def _tag(within: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    tag = xml_elem(f"{{{NAMESPACE}}}{name}", within, **attributes)
    tag.text = text
    return tag
