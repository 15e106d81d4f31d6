"""What a visitor finds, and in which order.

All of it is selected by ``live_for``, ``upcoming_for`` and the recordings' ``listed_for``: what these leave
out is in no list, no count, no topic and no answer of a search.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_, union_all

from webapp.accounts.models import Follow, User
from webapp.accounts.relations import apart_from, followed_ids
from webapp.db import UtcDateTime, db
from webapp.discovery import places, ranking
from webapp.discovery.models import SpaceTopic
from webapp.discovery.ranking import Facts
from webapp.discovery.search import engine
from webapp.discovery.shown import Found, Kind, Section, Tab, Topic, Wish
from webapp.discovery.words import words_of
from webapp.recordings.models import Recording
from webapp.recordings.queries import hearable, replays_of, with_spaces
from webapp.recordings.queries import listed_for as recordings_for
from webapp.spaces.models import Guest, Membership, Space
from webapp.spaces.queries import Present, cards_of, live_for, replay_cards, upcoming_for
from webapp.spaces.shown import Person, SpaceCard
from webapp.spaces.states import Role, State
from webapp.spaces.times import PATIENCE
from webapp.spaces.visitor import Visitor

PAGE = 24
ON_TAB = {Kind.LIVE: 12, Kind.UPCOMING: 6, Kind.RECORDED: 6}
TOPICS = 12
FOUND = 12
"""How many spaces of a kind, and how many people, a search shows."""
ANYTHING = Wish()


def tab_for(visitor: Visitor, wish: Wish, present: Present, language: str, now: datetime) -> Tab:
    """Returns the Spaces tab, in the language that the visitor reads."""
    sections = [section_for(kind, visitor, wish, present, language, now, ON_TAB[kind]) for kind in Kind]
    return Tab(sections, topics_for(visitor, wish, now))


def section_for(
    kind: Kind,
    visitor: Visitor,
    wish: Wish,
    present: Present,
    language: str,
    now: datetime,
    size: int = PAGE,
    after: str = "",
) -> Section:
    """Returns so many spaces of a kind, from a place on: the first where there is no such place."""
    if kind == Kind.LIVE:
        return _live(visitor, wish, present, language, now, size, after)
    return (_upcoming if kind == Kind.UPCOMING else _recorded)(visitor, wish, now, size, after)


def topics_for(visitor: Visitor, wish: Wish, now: datetime) -> list[Topic]:
    """Returns the topics of what the visitor may see, those of most spaces first, each with how many."""
    fits = _fits(replace(wish, topic=""), visitor)
    on_show = live_for(visitor), upcoming_for(visitor, now), recordings_for(visitor, now)
    shown = union_all(*(_numbers(selected.where(*fits)) for selected in on_show))
    count = func.count()
    used = select(SpaceTopic.topic, func.min(SpaceTopic.label), count).where(SpaceTopic.space_id.in_(shown))
    most = used.group_by(SpaceTopic.topic).order_by(count.desc(), SpaceTopic.topic).limit(TOPICS)
    return [Topic(key, label, number) for key, label, number in db.session.execute(most)]


def found_for(text: str, visitor: Visitor, present: Present, now: datetime) -> Found:
    """Returns what a visitor finds by words: nothing, where there are none."""
    words = words_of(text)
    if not words:
        return Found([], [])
    fits = Space.id.in_(engine().spaces(words))
    first = case((Space.id.in_(engine().titles(words)), 0), else_=1)
    live = live_for(visitor).where(fits).order_by(first, Space.started_at.desc(), Space.id)
    upcoming = upcoming_for(visitor, now).where(fits).order_by(first, Space.scheduled_for, Space.id)
    heard = recordings_for(visitor, now).where(fits)
    recorded = heard.order_by(first, Recording.host_until.desc(), Recording.id)
    coming = [*db.session.scalars(live.limit(FOUND)), *db.session.scalars(upcoming.limit(FOUND))]
    spaces = [*cards_of(coming, present), *_replays(with_spaces(recorded.limit(FOUND)), now)]
    return Found(spaces, _people(words, visitor))


def pulse(present: Present, now: datetime) -> int:
    """Returns a number that is another when something on somebody's tab may have changed. Not for showing."""
    live = select(Space.id, Space.open_to).where(Space.state == State.LIVE).order_by(Space.id)
    lived = db.session.execute(live).all()
    stage = select(Membership.space_id, Membership.user_id, Membership.muted).where(
        Membership.seat.is_not(None), Membership.space_id.in_(live.with_only_columns(Space.id).order_by(None))
    )
    planned = select(func.count(), func.sum(Space.id), func.sum(Space.sequence)).where(
        Space.state == State.SCHEDULED, Space.scheduled_for > now - PATIENCE
    )
    heard = hearable(now).with_only_columns(func.count(), func.sum(Recording.id))
    return hash(
        (
            tuple((*space, _roughly(len(present(space.id)))) for space in lived),
            frozenset(db.session.execute(stage)),
            *db.session.execute(planned).one(),
            *db.session.execute(heard).one(),
        )
    )


def _roughly(count: int) -> int:
    """Returns a count of two digits: what is beyond them is no news."""
    return round(count, min(2 - len(str(count)), 0))


def _numbers(selected: Select[Any]) -> Select[int]:
    return selected.with_only_columns(Space.id, maintain_column_froms=True)


def _fits(wish: Wish, visitor: Visitor) -> list[ColumnElement[bool]]:
    """Selects of spaces those that somebody wants to see. A guest follows nobody."""
    fits: list[ColumnElement[bool]] = []
    if wish.topic:
        about = select(SpaceTopic.space_id).where(SpaceTopic.topic == func.lower(wish.topic))
        fits.append(Space.id.in_(about))
    if wish.followed:
        followed = followed_ids(visitor.user.id if visitor.user else 0)
        on_stage = select(Membership.space_id).where(
            Membership.user_id.in_(followed), Membership.seat.is_not(None)
        )
        fits.append(or_(Space.host_id.in_(followed), Space.id.in_(on_stage)))
    return fits


def _live(
    visitor: Visitor, wish: Wish, present: Present, language: str, now: datetime, size: int, after: str
) -> Section:
    facts = _facts(live_for(visitor).where(*_fits(wish, visitor)), visitor, present, language, now)
    ranked = sorted((ranking.place(each, now), number) for number, each in facts.items())
    begin = places.read_place(after)
    rest = [(place, number) for place, number in ranked if begin is None or place > begin]
    numbers = [number for _, number in rest[:size]]
    asked = select(Space).where(Space.id.in_(numbers))
    found = {space.id: space for space in db.session.scalars(asked)}
    spaces = [found[number] for number in numbers if number in found]
    cards = [
        replace(card, why=ranking.reason(facts[space.id], now))
        for card, space in zip(cards_of(spaces, present), spaces, strict=True)
    ]
    last = rest[size - 1][0] if len(rest) > size else None
    return Section(
        Kind.LIVE, cards, places.write(last.minus_score, last.minus_started, last.public_id) if last else ""
    )


def _facts(
    selected: Select[Space], visitor: Visitor, present: Present, language: str, now: datetime
) -> dict[int, Facts]:
    """Gathers what ranks live spaces, by number, with as many queries as for one."""
    columns = Space.id, Space.public_id, Space.host_id, Space.started_at, User.language
    rows = db.session.execute(selected.join(User, User.id == Space.host_id).with_only_columns(*columns)).all()
    joined, followed = _joined(now), _followed_on_stage(visitor)
    return {
        number: Facts(
            public_id=public_id,
            started_at=cast(datetime, started_at),
            own=visitor.user is not None and visitor.user.id == host_id,
            host=followed[number].get(host_id, ""),
            speakers=tuple(name for user_id, name in followed[number].items() if user_id != host_id),
            here=len(present(number)),
            joined=joined[number],
            same_language=spoken is not None and spoken == language,
        )
        for number, public_id, host_id, started_at, spoken in rows
    }


def _joined(now: datetime) -> Counter[int]:
    """Counts who came to each space lately and is not gone, but for hosts."""
    since = now - ranking.LATELY
    members = select(Membership.space_id).where(
        Membership.joined_at > since, Membership.left_at.is_(None), Membership.role != Role.HOST
    )
    guests = select(Guest.space_id).where(Guest.came_at > since, Guest.removed_at.is_(None))
    counts: Counter[int] = Counter()
    for came in (members, guests):  # counted here: to group them, SQLite would go through all who ever came
        counts.update(db.session.scalars(came))
    return counts


def _followed_on_stage(visitor: Visitor) -> defaultdict[int, dict[int, str]]:
    """Returns the names of those on live stages whom a visitor follows, by space and number."""
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    if visitor.user is None:
        return found
    on_stage = (
        select(Membership.space_id, Membership.user_id, User.display_name)
        .join(Space, and_(Space.id == Membership.space_id, Space.state == State.LIVE))
        .join(Follow, and_(Follow.followed_id == Membership.user_id, Follow.follower_id == visitor.user.id))
        .join(User, User.id == Membership.user_id)
        .where(Membership.seat.is_not(None), User.active)
        .order_by(Membership.space_id, Membership.seat)
    )
    for space_id, user_id, name in db.session.execute(on_stage):
        found[space_id][user_id] = name
    return found


def _upcoming(visitor: Visitor, wish: Wish, now: datetime, size: int, after: str) -> Section:
    selected = upcoming_for(visitor, now).where(*_fits(wish, visitor))
    key = tuple_(Space.scheduled_for, Space.public_id)
    begin = places.read_moment(after)
    if begin is not None:
        selected = selected.where(key > _moment(begin))
    soonest = selected.order_by(Space.scheduled_for, Space.public_id).limit(size + 1)
    found = db.session.scalars(soonest).all()
    cards, last = cards_of(found[:size], lambda _: []), found[size - 1] if len(found) > size else None
    return Section(Kind.UPCOMING, cards, places.write(last.scheduled_for, last.public_id) if last else "")


def _recorded(visitor: Visitor, wish: Wish, now: datetime, size: int, after: str) -> Section:
    """Who leaves last ended last: so one index both selects what can be heard and has it in order."""
    selected = recordings_for(visitor, now).where(*_fits(wish, visitor))
    begin = places.read_moment(after)
    if begin is not None:
        selected = selected.where(tuple_(Recording.host_until, Recording.public_id) < _moment(begin))
    latest = selected.order_by(Recording.host_until.desc(), Recording.public_id.desc())
    found = with_spaces(latest.limit(size + 1))
    last = found[size - 1] if len(found) > size else None
    after = places.write(last.host_until, last.public_id) if last else ""
    return Section(Kind.RECORDED, _replays(found[:size], now), after)


def _moment(place: tuple[datetime, str]) -> ColumnElement[tuple[datetime, str]]:
    return tuple_(literal(place[0], UtcDateTime), literal(place[1]))


def _replays(found: Sequence[Recording], now: datetime) -> list[SpaceCard]:
    return replay_cards(replays_of(found, now))


def _people(words: Sequence[str], visitor: Visitor) -> list[Person]:
    """Returns people by words, those first whom the visitor follows."""
    named = select(User).where(User.active, User.id.in_(engine().people(words)))
    if visitor.user is not None:
        followed = case((User.id.in_(followed_ids(visitor.user.id)), 0), else_=1)
        named = named.where(User.id.not_in(apart_from(visitor.user.id))).order_by(followed)
    found = named.order_by(func.lower(User.display_name), User.id).limit(FOUND)
    return [Person.of(user) for user in db.session.scalars(found)]
