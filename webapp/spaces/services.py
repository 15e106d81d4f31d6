"""What can be done in a space. The database decides; the media core and the pages are told afterwards."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select, update

from webapp.accounts.models import User
from webapp.accounts.relations import is_blocked
from webapp.db import db
from webapp.errors import Busy, Conflict, Forbidden, Invalid
from webapp.languages import gettext as _
from webapp.languages import later, marked
from webapp.media import REMOVED, TICK_MS, MediaCoreError, media, recover
from webapp.rollout.platforms import Platform
from webapp.scheduler import scheduler
from webapp.spaces.archive import archive
from webapp.spaces.leading import EndReason
from webapp.spaces.live import live
from webapp.spaces.members import (
    check_leads,
    check_outranks,
    holding_stage,
    leads,
    member_called,
    move,
    own_seat,
    place,
    role_of,
    unseat,
    withdraw_everything,
)
from webapp.spaces.models import Consent, Guest, Membership, Space
from webapp.spaces.queries import (
    is_recorded,
    many_planned,
    membership,
    planned_by,
    why_no_recording,
)
from webapp.spaces.shown import guest_handle, guest_number
from webapp.spaces.states import (
    PLANNED_MAX,
    Door,
    Role,
    State,
    check_live,
    check_may,
    check_not_started,
    check_transition,
    clean_title,
    clean_topics,
)
from webapp.spaces.times import NUDGE_BEFORE, Plan

CONSENT_WORDING = marked(
    "If you say yes, your voice is part of the recording: anyone can listen to it for 30 days, and a copy is"
    " kept for review until 120 days after the end. If you say no, you are heard live and your voice is never"
    " written."
)
HOST_WORDING = marked("I record this space, and my voice in it.")
WITHDRAWAL_WORDING = marked(
    "From now on you are heard live and your voice is not written. What you said while it was"
    " recorded stays in the recording."
)
RETURN_WORDING = marked(
    "From now on your voice is part of the recording: anyone can listen to it for 30 days, and a copy is"
    " kept for review until 120 days after the end. What you said while it was not recorded stays unwritten."
)
ANYONE = Door()

log = logging.getLogger(__name__)


def create_space(
    host: User,
    title: str,
    topics: str,
    record: bool,
    now: datetime,
    platform: Platform = Platform.WEB,
    plan: Plan | None = None,
    door: Door = ANYONE,
) -> Space:
    """Opens a space that nobody hears yet. A host who records agrees to be recorded. Invalid.

    With a plan it says when it starts; Conflict when the host has ten that do. Without one it is for now:
    Busy while no room can be opened.

    Forbidden to record before that has come to this host on this platform. It is asked once, here: a space
    that was opened to be recorded stays so, even if the roll-out is paused or taken back before it starts.
    """
    space = Space(
        host_id=host.id,
        title=clean_title(title),
        topics=clean_topics(topics),
        record=False,
        open_to=door.open_to,
        guests_allowed=door.guests,
        created_at=now,
    )
    _check_recording(host, record, now, platform)
    if plan:
        plan.check(now)
    else:
        _check_there_is_time()
    db.session.add(space)
    db.session.flush()
    db.session.add(Membership(space_id=space.id, user_id=host.id, role=Role.HOST, seat=0))
    db.session.flush()
    if record:
        _record(space, host, now)
    if plan:
        set_plan(space, plan, now)
    db.session.commit()
    return space


def set_recording(space: Space, host: User, record: bool, now: datetime, platform: Platform) -> None:
    """Decides, before a space starts, whether it is recorded; in the caller's transaction. Forbidden."""
    if record and not space.record:
        _check_recording(host, record, now, platform)
        _record(space, host, now)
    space.record = record


def set_plan(space: Space, plan: Plan, now: datetime) -> None:
    """Says when a space starts, in the caller's transaction. Invalid; Conflict when the host has ten."""
    plan.check(now)
    if plan.at != space.scheduled_for:
        space.nudges = int(plan.at - now <= NUDGE_BEFORE)  # who sets a time this near knows that it is
    space.scheduled_for, space.zone = plan.at, plan.zone
    db.session.flush()
    db.session.execute(select(User.id).where(User.id == space.host_id).with_for_update())
    if planned_by(space.host_id) > PLANNED_MAX:
        db.session.rollback()
        raise Conflict(many_planned())


def _check_recording(host: User, record: bool, now: datetime, platform: Platform) -> None:
    if record and (sentence := why_no_recording(host, platform, now)):
        raise Forbidden(sentence)


def _record(space: Space, host: User, now: datetime) -> None:
    """The one way to record: with the host's own voice in it."""
    space.record = True
    member = db.session.get_one(Membership, (space.id, host.id))
    _note_consent(member, "yes", _(HOST_WORDING), now)


def check_may_set_door(space: Space, actor: User) -> None:
    """Forbidden unless it is the actor's own space, Conflict once it has started."""
    check_may(role_of(space, actor), "set_door")
    check_not_started(space.state)


def set_door(space: Space, actor: User, door: Door) -> None:
    """Says anew who may enter, as long as the space has not started. Forbidden, Conflict."""
    check_may_set_door(space, actor)
    waiting = update(Space).where(Space.id == space.id, Space.state == State.SCHEDULED)
    who = {Space.open_to: door.open_to, Space.guests_allowed: door.guests}
    changed = waiting.values({**who, Space.sequence: Space.sequence + 1}).returning(Space.id)
    if db.session.scalar(changed) is None:
        db.session.rollback()
        check_not_started(space.state)
    db.session.commit()


def start_space(space: Space, actor: User, now: datetime) -> None:
    """Goes live, and on record from the first word if the host chose so. Forbidden, Conflict, Busy."""
    check_may(role_of(space, actor), "start")
    check_not_started(space.state)
    _check_there_is_time()
    _advance(space, State.LIVE, started_at=now, leader_id=space.host_id)
    if space.record:
        archive.begin(space, now)
    db.session.commit()
    _open(space, now)
    scheduler().soon("followers")


def _check_there_is_time() -> None:
    """Refuses a room that would cost those who are live their sound. Busy."""
    if not media.has_time():
        raise Busy(_("Too much is live right now for another space to sound well. Try again in a minute."))


def end_space(space: Space, actor: User, now: datetime) -> None:
    """Ends a space for everybody. Forbidden, Conflict."""
    role = role_of(space, actor)
    check_may(role, "end", leads(space, actor))
    finish_space(space, "host" if role == Role.HOST else "cohost", now)


def finish_space(space: Space, reason: EndReason, now: datetime) -> None:
    """Ends a space, whoever or whatever it is that ends it. Conflict."""
    ended_at = max(now, space.started_at or now)  # a clock may have been set back meanwhile
    _advance(space, State.ENDED, ended_at=ended_at, ended_reason=reason)
    if space.record:
        archive.end(space)
    db.session.commit()
    if is_recorded(space):
        _tell_core(media.core.stop_recording, space.id)
    live.changed(space.id)


def stop_recording(space: Space, actor: User, now: datetime) -> None:
    """Keeps what was said until now and records nothing more, for good. Forbidden, Conflict."""
    check_may(role_of(space, actor), "record")
    check_live(space.state)
    archive.stop(space, now)
    db.session.commit()
    media.core.stop_recording(space.id)
    for member in space.stage:
        place(member)
    live.changed(space.id)
    live.announce(space.id, later("The recording was stopped. What is said now is not recorded."))


def note_arrival(space_id: int, user_id: int, now: datetime) -> None:
    """An account opened its first socket: it is a member from now on, as whatever it was before."""
    member = db.session.get(Membership, (space_id, user_id))
    if member is None:
        member = Membership(space_id=space_id, user_id=user_id, role=Role.LISTENER)
        db.session.add(member)
    member.joined_at = member.joined_at or now
    member.left_at = None
    host_id = db.session.get_one(Space, space_id).host_id
    refused = is_blocked(user_id, by=host_id)  # while the socket was on its way
    if refused:
        _take_out(member, now)
    db.session.commit()
    if refused:
        media.core.kick(space_id, user_id, code=REMOVED)


def note_guest(space_id: int, number: int, now: datetime) -> None:
    """Somebody without an account opened their first socket."""
    _guest(space_id, guest_handle(number), now)
    db.session.commit()


def note_departure(space_id: int, user_id: int, now: datetime) -> None:
    """An account's last socket closed. It keeps its role and its seat, to come back to."""
    members = update(Membership).where(Membership.space_id == space_id, Membership.user_id == user_id)
    db.session.execute(members.values(left_at=now))
    db.session.commit()


def leave(space: Space, actor: User) -> None:
    """Gives up one's seat, and what one asked or was offered. The host keeps theirs, to come back to."""
    with holding_stage(space):
        member = membership(space, actor)
        if space.state != State.LIVE or member is None or member.role == Role.HOST:
            return
        was_on_stage = member.on_stage
        unseat(member)
        db.session.commit()
        live.changed(space.id)
        if was_on_stage:
            move(member)


def answer_consent(space: Space, actor: User, answer: str, now: datetime) -> None:
    """Says yes or no: may my voice be written from now on? The same answer again changes nothing.

    Forbidden off the stage, Conflict where nothing is recorded.
    """
    member = own_seat(space, actor)
    if answer not in ("yes", "no"):
        raise Invalid(_("Answer yes or no."))
    if not is_recorded(space):
        raise Conflict(_("There is nothing to answer here any more."))
    _note_consent(member, answer, consent_wording(member.consent), now)
    db.session.commit()
    place(member)


def consent_wording(current: str | None) -> str:
    """Returns what is said to somebody before they answer, or answer otherwise than they did."""
    return _({None: CONSENT_WORDING, "yes": WITHDRAWAL_WORDING, "no": RETURN_WORDING}[current])


def remove_person(space: Space, actor: User, handle: str, now: datetime) -> None:
    """Ends somebody's sockets; they cannot come back to this space. Forbidden, NotFound."""
    with holding_stage(space):
        check_leads(space, actor)
        guest = guest_number(handle)
        if guest is None:
            person = _remove_member(space, actor, member_called(space, handle), now)
        else:
            person = guest
            _guest(space.id, guest_handle(guest), now).removed_at = now
        db.session.commit()
        media.core.kick(space.id, person, code=REMOVED)
        live.changed(space.id)


def _guest(space_id: int, handle: str, now: datetime) -> Guest:
    guest = db.session.get(Guest, (space_id, handle))
    if guest is None:
        guest = Guest(space_id=space_id, guest=handle, came_at=now)
        db.session.add(guest)
    return guest


def _remove_member(space: Space, actor: User, member: Membership, now: datetime) -> int:
    check_outranks(space, actor, member)
    _take_out(member, now)
    return member.user_id


def _take_out(member: Membership, now: datetime) -> None:
    unseat(member)
    member.removed_at = member.left_at = now


def shut_out(host: User, other: User, now: datetime) -> None:
    """Removes somebody whom the host has just blocked from all that the host has live."""
    hosted = select(Space).join(Membership, Membership.space_id == Space.id)
    theirs = hosted.where(Membership.user_id == other.id, Membership.removed_at.is_(None))
    live_now = theirs.where(Space.host_id == host.id, Space.state == State.LIVE)
    for space in db.session.scalars(live_now).all():
        with holding_stage(space):
            _take_out(db.session.get_one(Membership, (space.id, other.id)), now)
            db.session.commit()
            _tell_core(media.core.kick, space.id, other.id, code=REMOVED)
            live.changed(space.id)


def forget_person(user: User, now: datetime) -> Callable[[], None]:
    """Ends and cancels what somebody hosts who leaves for good, and takes their seats elsewhere.

    It is part of the caller's transaction. What it returns is to be called once that is committed.
    """
    hosted = update(Space).where(Space.host_id == user.id)
    db.session.execute(hosted.where(Space.state == State.SCHEDULED).values(cancelled("host", now)))
    ending = hosted.where(Space.state == State.LIVE).returning(Space.id)
    ended_at = case((Space.started_at > now, Space.started_at), else_=now)  # as in end_space
    ended = db.session.scalars(ending.values(state=State.ENDED, ended_at=ended_at, ended_reason="host")).all()
    recorded = []
    for space_id in ended:
        withdraw_everything(space_id)
        space = db.session.get_one(Space, space_id, populate_existing=True)
        if space.record:
            archive.end(space)
            recorded.append(space_id)
    left = _leave_others(user, now)
    return lambda: _tell_of_leaving(user.id, ended, recorded, left)


def _leave_others(user: User, now: datetime) -> list[int]:
    """Takes somebody's seats in spaces that others host; returns those that are live."""
    joined = select(Membership, Space).join(Space, Space.id == Membership.space_id)
    elsewhere = joined.where(Membership.user_id == user.id, Space.host_id != user.id)
    left = []
    for member, space in db.session.execute(
        elsewhere.where(Space.state.in_([State.SCHEDULED, State.LIVE]))
    ).all():
        unseat(member)
        if space.state == State.LIVE:
            member.left_at = member.left_at or now
            left.append(space.id)
    return left


def _tell_of_leaving(person: int, ended: Sequence[int], recorded: Sequence[int], left: Sequence[int]) -> None:
    for space_id in recorded:
        _tell_core(media.core.stop_recording, space_id)
    for space_id in left:
        _tell_core(media.core.kick, space_id, person, code=REMOVED)
    for space_id in (*ended, *left):
        live.changed(space_id)


def _tell_core(command: Callable[..., object], space_id: int, *args: object, **kwargs: object) -> None:
    """Goes on to the next space when this one has no room."""
    try:
        command(space_id, *args, **kwargs)
    except MediaCoreError:
        log.exception("The media core was not told of space %d", space_id)


def cancelled(reason: str, now: datetime) -> dict[Any, Any]:
    """Returns what a space becomes that is cancelled: values for an update of those still to start."""
    return {
        Space.state: State.CANCELLED,
        Space.cancelled_at: now,
        Space.ended_reason: reason,
        Space.sequence: Space.sequence + 1,
    }


def resume_live_spaces(now: datetime) -> None:
    """Opens what was live when the process died: seats, mutes, recordings, and nobody connected."""
    here = update(Membership).where(Membership.joined_at.is_not(None), Membership.left_at.is_(None))
    db.session.execute(here.values(left_at=now))
    # That nobody was connected while no server ran is nobody's absence: those clocks start anew.
    running = update(Space).where(Space.state == State.LIVE)
    db.session.execute(running.values(lost_at=None, leaderless_since=None, empty_since=None))
    db.session.commit()
    for space in db.session.scalars(select(Space).where(Space.state == State.LIVE)).all():
        try:
            _open(space, now, recover(archive.directory(space)) if is_recorded(space) else 0)
        except (OSError, MediaCoreError):
            log.exception("Space %d could not be opened again", space.id)


def _open(space: Space, now: datetime, first_tick: int = 0) -> None:
    media.core.open_room(space.id, first_tick=first_tick)
    live.opened(space.id, now - timedelta(milliseconds=first_tick * TICK_MS))
    if is_recorded(space):
        media.core.record(space.id, archive.directory(space))
    for member in space.stage:
        place(member)
    for person in _removed(space):
        media.core.kick(space.id, person, code=REMOVED)


def _removed(space: Space) -> list[int]:
    members = select(Membership.user_id).where(
        Membership.space_id == space.id, Membership.removed_at.is_not(None)
    )
    guests = db.session.scalars(
        select(Guest.guest).where(Guest.space_id == space.id, Guest.removed_at.is_not(None))
    )
    return [*db.session.scalars(members), *filter(None, map(guest_number, guests))]


def _advance(space: Space, to: State, **fields: object) -> None:
    """Moves a space on; of two who try at once, one does."""
    check_transition(space.state, to)
    move = update(Space).where(Space.id == space.id, Space.state == space.state).values(state=to, **fields)
    if db.session.scalar(move.returning(Space.id)) is None:
        db.session.rollback()
        check_transition(space.state, to)
    if to == State.ENDED:
        withdraw_everything(space.id)


def _note_consent(member: Membership, answer: str, wording: str, now: datetime) -> None:
    """Keeps an answer that differs from the one before; of two who give it at once, one is kept."""
    key = Membership.space_id == member.space_id, Membership.user_id == member.user_id
    changed = (
        update(Membership).where(*key, Membership.consent.is_distinct_from(answer)).values(consent=answer)
    )
    if db.session.scalar(changed.returning(Membership.user_id)) is not None:
        db.session.add(
            Consent(space_id=member.space_id, user_id=member.user_id, answer=answer, at=now, wording=wording)
        )
