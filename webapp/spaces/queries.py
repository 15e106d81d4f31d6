"""What there is to see, and by whom."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from webapp.accounts.models import User
from webapp.accounts.relations import Standing, apart_from, follower_ids, standing_of
from webapp.db import db
from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.rollout import queries as rollout
from webapp.rollout import words
from webapp.rollout.features import RECORDING
from webapp.rollout.platforms import Platform
from webapp.spaces.archive import Run, archive
from webapp.spaces.extras import added
from webapp.spaces.gates import NOWHERE, admit
from webapp.spaces.leading import notice
from webapp.spaces.models import Consent, Guest, Invitation, Membership, Space, SpeakRequest
from webapp.spaces.presence import GUEST
from webapp.spaces.shown import (
    FACE,
    Asked,
    Invited,
    Person,
    ReplayView,
    RoomNotice,
    Seat,
    SpaceCard,
    SpaceView,
    Viewer,
)
from webapp.spaces.states import PLANNED_MAX, OpenTo, Role, State, rights
from webapp.spaces.times import PATIENCE
from webapp.spaces.visitor import Visitor

FACES = 40
EVERYBODY = 500
CARDS = 24
_REMEMBERED = 1024

Present = Callable[[int], list[int]]
"""Tells who is connected to a space, in the order they came."""


class _Seated(NamedTuple):
    """Somebody on a stage."""

    user_id: int
    seat: int | None
    role: Role
    muted: bool
    person: Person


def space_for(visitor: Visitor, public_id: str) -> Space:
    """Returns a space that the visitor may enter. NotFound; Refused, by the gates."""
    space = db.session.scalar(select(Space).where(Space.public_id == public_id))
    if space is None:
        raise NotFound(_(NOWHERE))
    return admit(space, visitor)


def listed_for(visitor: Visitor) -> ColumnElement[bool]:
    """Selects of spaces those that stand in a visitor's lists, and are found and counted for them.

    What its host keeps off them does not, nor what somebody hosts whose account is not in use, or whom a
    block, whoever made it, keeps apart from the visitor.
    """
    return _listed(visitor.user.id if visitor.user else None)


@lru_cache(_REMEMBERED)
def _listed(number: int | None) -> ColumnElement[bool]:
    """To put it together takes longer than to ask some databases, and a page asks for it again and again."""
    in_use = Space.host.has(User.active)
    for_anyone = Space.open_to == OpenTo.ANYONE
    if number is None:
        return and_(for_anyone, in_use)
    for_them = or_(Space.host_id == number, Space.host_id.in_(follower_ids(number)))
    followed = and_(Space.open_to == OpenTo.FOLLOWED, for_them)
    return and_(or_(for_anyone, followed), in_use, Space.host_id.not_in(apart_from(number)))


def why_no_recording(host: User, platform: Platform, now: datetime) -> str:
    """Tells a host to whom recording has not come yet when to expect it; nothing to one who may record."""
    verdict = rollout.verdict(RECORDING, host, platform, now)
    return "" if verdict.has else words.waiting(RECORDING, verdict, now)


def planned_by(host_id: int) -> int:
    """Counts the spaces for which somebody has said a time, and which are still to start."""
    planned = Space.host_id == host_id, Space.state == State.SCHEDULED, Space.scheduled_for.is_not(None)
    return db.session.scalar(select(func.count()).select_from(Space).where(*planned)) or 0


def many_planned() -> str:
    """Says that somebody has as many spaces planned as one may."""
    return _("You have %(count)s spaces planned. Start or cancel one of them first.", count=PLANNED_MAX)


def why_no_plan(host: User) -> str:
    """Tells a host who has as many spaces planned as one may; nothing to one who may plan another."""
    return many_planned() if planned_by(host.id) >= PLANNED_MAX else ""


def membership(space: Space, user: User) -> Membership | None:
    """Returns what an account is in a space; None when it never came."""
    return db.session.get(Membership, (space.id, user.id))


def viewer_of(space: Space, visitor: Visitor) -> Viewer:
    """Returns what the visitor is in a space and may do there."""
    if visitor.user is None:
        person = Person.of_guest(visitor.guest) if visitor.guest else None
        return Viewer(person, signed_in=False, role="guest", can=frozenset())
    person = Person.of(visitor.user)
    member = membership(space, visitor.user)
    if member is None:
        return Viewer(person, signed_in=True, role=Role.LISTENER, can=frozenset())
    return Viewer(
        person,
        signed_in=True,
        role=member.role,
        can=rights(member.role, space.state, space.leader_id == visitor.user.id),
        muted=member.muted,
        consent=member.consent,
        needs_consent=needs_consent(space, member),
        may_change_consent=may_change_consent(space, member),
    )


def needs_consent(space: Space, member: Membership) -> bool:
    """Tells whether somebody is still to be asked about the recording of their voice."""
    return member.on_stage and member.consent is None and is_recorded(space)


def may_change_consent(space: Space, member: Membership) -> bool:
    """Tells whether somebody may take back what they answered, or give it again."""
    return member.on_stage and member.consent is not None and space.state == State.LIVE and is_recorded(space)


def ever_agreed(space_id: int) -> list[User]:
    """Returns those whose voices may be in a recording: what was said before a withdrawal stays."""
    return [user for _, user in ever_agreed_in([space_id])]


def ever_agreed_in(space_ids: Iterable[int]) -> list[tuple[int, User]]:
    """Returns the same of several spaces, each with its space."""
    yes = Consent.space_id.in_(space_ids), Consent.answer == "yes"
    once = select(Consent.space_id, Consent.user_id).where(*yes).distinct().subquery()
    agreed = select(once.c.space_id, User).join(User, User.id == once.c.user_id).order_by(User.id)
    return [(space_id, user) for space_id, user in db.session.execute(agreed)]


def is_recorded(space: Space) -> bool:
    """Tells whether a space is for recording: its host chose so, and has not stopped it since."""
    return space.record and archive.stopped_at(space) is None


def space_view(
    space: Space, present: list[int], faces: int = FACES, now: datetime | None = None
) -> SpaceView:
    """Returns a space as its page shows it; ``present`` are those connected, in the order they came.

    With ``now``, it says of a live space who leads it while its host does not.
    """
    stage = [
        _Seated(member.user_id, member.seat, member.role, member.muted, Person.of(member.user))
        for member in space.stage
    ]
    live = space.state == State.LIVE
    return _view(
        space,
        stage,
        present,
        _runs_of([space]).get(space.id),
        faces,
        notice=_room_notice(space, present, now) if live and now else None,
        asked=_asked(space, present) if live else [],
        invited=_invited(space) if live else [],
    )


def space_views(spaces: Sequence[Space], present: Present) -> list[SpaceView]:
    """Returns spaces as lists show them, without their audiences, with as many queries as for one."""
    if not spaces:
        return []
    runs, stages = _runs_of(spaces), _stages_of([space.id for space in spaces])
    return [_view(space, stages[space.id], present(space.id), runs.get(space.id)) for space in spaces]


def _runs_of(spaces: Iterable[Space]) -> dict[int, Run]:
    recorded = [space.id for space in spaces if space.record and space.state == State.LIVE]
    return archive.runs_of(recorded) if recorded else {}


def _stages_of(space_ids: Collection[int]) -> dict[int, list[_Seated]]:
    stages: dict[int, list[_Seated]] = defaultdict(list)
    seat = Membership.space_id, Membership.user_id, Membership.seat, Membership.role, Membership.muted
    seated = select(*seat, *FACE).join(User, User.id == Membership.user_id)
    seated = seated.where(Membership.seat.is_not(None), Membership.space_id.in_(space_ids))
    for row in db.session.execute(seated.order_by(Membership.seat)):
        stages[row[0]].append(_Seated(*row[1:5], Person.called(*row[5:])))
    return stages


def _view(
    space: Space,
    stage: Sequence[_Seated],
    present: list[int],
    run: Run | None,
    faces: int = 0,
    **more: Any,
) -> SpaceView:
    seated = {each.user_id for each in stage}
    crowd = [number for number in present if number not in seated]
    live = space.state == State.LIVE
    return SpaceView(
        public_id=space.public_id,
        url=space.url,
        title=space.title,
        topics=space.topics,
        state=space.state,
        record=space.record,
        recording_now=live and run is not None and not run.stopped_at and not run.interrupted,
        recording_stopped_at=run.stopped_at if run else None,
        host=Person.of(space.host),
        seats=[_seat(each, present, space.leader_id) for each in stage],
        audience=_people(sorted(crowd, key=lambda number: number >= GUEST)[:faces]),
        listeners=len(crowd),
        on_stage=len(seated),
        started_at=space.started_at,
        ended_at=space.ended_at,
        door=space.door,
        scheduled_for=space.scheduled_for,
        sequence=space.sequence,
        ended_reason=space.ended_reason,
        requests_open=space.requests_open,
        **more,
    )


def _asked(space: Space, present: list[int]) -> list[Asked]:
    """Returns the queue of requests: who has spoken least comes first, then who asked first."""
    theirs = Membership.space_id == SpeakRequest.space_id, Membership.user_id == SpeakRequest.user_id
    queue = (
        select(SpeakRequest, Membership.spoken_ms)
        .join(Membership, and_(*theirs))
        .where(SpeakRequest.space_id == space.id)
        .order_by(Membership.spoken_ms, SpeakRequest.asked_at, SpeakRequest.user_id)
    )
    return [
        Asked(Person.of(request.user), request.question, spoken_ms, request.user_id in present)
        for request, spoken_ms in db.session.execute(queue)
    ]


def _invited(space: Space) -> list[Invited]:
    offers = select(Invitation).where(Invitation.space_id == space.id).order_by(Invitation.created_at)
    return [
        Invited(Person.of(offer.user), offer.invited_by.display_name) for offer in db.session.scalars(offers)
    ]


def whole_view(
    space: Space, visitor: Visitor, present: list[int], now: datetime, faces: int = FACES
) -> SpaceView:
    """Returns the same with what other features add to the page."""
    return replace(space_view(space, present, faces, now), added=added(space, visitor, now))


def _seat(each: _Seated, present: list[int], leader: int | None) -> Seat:
    here, leads = each.user_id in present, each.user_id == leader
    return Seat(cast(int, each.seat), each.person, each.role, each.muted, here, leads)


def _room_notice(space: Space, present: list[int], now: datetime) -> RoomNotice | None:
    told = notice(space.standing, space.company(present), now)
    if told is None:
        return None
    stage = {member.user_id: Person.of(member.user) for member in space.stage}
    left = max(told.until - now, timedelta()) if told.until else timedelta()
    return RoomNotice(
        kind=told.kind,
        leader=stage.get(told.leader, Person.of(space.host)),
        heir=stage.get(told.heir) if told.heir else None,
        until=told.until,
        left_ms=left // timedelta(milliseconds=1),
    )


def _people(numbers: list[int]) -> list[Person]:
    ids = [number for number in numbers if number < GUEST]
    faces = db.session.execute(select(*FACE).where(User.id.in_(ids))) if ids else ()
    people = {face[0]: Person.called(*face) for face in faces}
    people.update((number, Person.of_guest(number)) for number in numbers if number >= GUEST)
    return [people[number] for number in numbers if number in people]


def came_to(space_ids: Collection[int]) -> dict[int, int]:
    """Counts who was in spaces, on the stage or off it, but for the host. Where nobody came is left out."""
    members = select(Membership.space_id, func.count()).join(Space).group_by(Membership.space_id)
    came = Membership.joined_at.is_not(None), Membership.user_id != Space.host_id
    guests = select(Guest.space_id, func.count()).group_by(Guest.space_id)
    counts: Counter[int] = Counter()
    if not space_ids:
        return counts
    for counted in (
        members.where(Membership.space_id.in_(space_ids), *came),
        guests.where(Guest.space_id.in_(space_ids)),
    ):
        counts.update(dict(db.session.execute(counted).all()))
    return counts


def person_in(space: SpaceView, handle: str) -> tuple[Person, Role]:
    """Returns somebody who is in a space now, and as what. NotFound."""
    everyone = [(seat.person, seat.role) for seat in space.seats]
    everyone += [(person, Role.LISTENER) for person in space.audience]
    for person, role in everyone:
        if person.handle == handle:
            return person, role
    raise NotFound(_("That person is not here any more."))


def standing_towards(visitor: Visitor, somebody: Person) -> Standing:
    """Returns what a visitor is to somebody in a space. Nobody is anything to a guest."""
    other = None if somebody.guest else db.session.get(User, int(somebody.person))
    return standing_of(visitor.user, other) if other else Standing()


def live_cards(
    visitor: Visitor, present: Present, host: User | None = None, most: int = CARDS
) -> list[SpaceCard]:
    """Returns the live spaces that a visitor is shown, or those of one host, those with most people first."""
    latest = live_for(visitor, host).order_by(Space.started_at.desc()).limit(CARDS)
    numbers = db.session.scalars(latest.with_only_columns(Space.id)).all()
    fullest = sorted(numbers, key=lambda number: -len(present(number)))[:most]
    shown = select(Space).where(Space.id.in_(fullest)).order_by(Space.started_at.desc())
    cards = cards_of(db.session.scalars(shown).all(), present)
    return sorted(cards, key=lambda card: -card.space.listeners)


def cards_of(spaces: Sequence[Space], present: Present) -> list[SpaceCard]:
    """Returns spaces that are live or still to start as cards, in their order."""
    return [SpaceCard(view) for view in space_views(spaces, present)]


def replay_cards(replays: Sequence[tuple[Space, ReplayView]]) -> list[SpaceCard]:
    """Returns recordings with their spaces as cards, in their order."""
    views = space_views([space for space, _ in replays], lambda _: [])
    return [SpaceCard(view, replay) for view, (_, replay) in zip(views, replays, strict=True)]


def live_for(visitor: Visitor, host: User | None = None) -> Select[Space]:
    """Selects the live spaces that a visitor is shown, or those of one host."""
    return select(Space).where(Space.state == State.LIVE, shown_to(visitor, host))


def upcoming_for(visitor: Visitor, now: datetime, host: User | None = None) -> Select[Space]:
    """Selects the planned spaces that a visitor is shown, or those of one host.

    Whose time has come is waited for a while.
    """
    planned = select(Space).where(Space.state == State.SCHEDULED, Space.scheduled_for > now - PATIENCE)
    return planned.where(shown_to(visitor, host))


def upcoming_cards(visitor: Visitor, now: datetime, host: User | None = None) -> list[SpaceCard]:
    """Returns the planned spaces that a visitor is shown, or those of one host, the next first."""
    soonest = upcoming_for(visitor, now, host).order_by(Space.scheduled_for, Space.id).limit(CARDS)
    return cards_of(db.session.scalars(soonest).all(), lambda _: [])


def shown_to(visitor: Visitor, host: User | None = None) -> ColumnElement[bool]:
    """Selects the spaces in a visitor's lists; of one host alone, and for that host with the unlisted."""
    if host is None:
        return listed_for(visitor)
    hosted = Space.host_id == host.id
    own = visitor.user is not None and visitor.user.id == host.id
    return hosted if own else and_(hosted, listed_for(visitor))


def recorded_cards(visitor: Visitor, now: datetime, host: User | None = None) -> list[SpaceCard]:
    """Returns the spaces whose recordings the visitor can hear, or those of one host, the latest first."""
    return replay_cards(archive.newest(visitor, CARDS, now, host))
