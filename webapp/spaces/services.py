"""What can be done in a space. The database decides; the media core and the pages are told afterwards."""

import logging
from datetime import datetime
from threading import Lock

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.media import REMOVED, ROLES, MediaCoreError, media, recover
from webapp.spaces.archive import archive
from webapp.spaces.live import live
from webapp.spaces.models import Guest, Membership, Space
from webapp.spaces.queries import membership, needs_consent
from webapp.spaces.shown import guest_handle, guest_number
from webapp.spaces.states import (
    Role,
    State,
    check_live,
    check_may,
    check_transition,
    clean_title,
    clean_topics,
    lowest_free_seat,
    outranks,
)

CONSENT_WORDING = (
    "If you say yes, your voice is part of the recording: anyone can listen to it for 30 days, and a copy is"
    " kept for review until 120 days after the end. If you say no, you are heard live and your voice is never"
    " written."
)
HOST_WORDING = "I record this space, and my voice in it."

log = logging.getLogger(__name__)
_in_order = Lock()


def create_space(host: User, title: str, topics: str, record: bool, now: datetime) -> Space:
    """Opens a space that nobody hears yet. A host who records agrees to be recorded. Invalid."""
    space = Space(
        host_id=host.id, title=clean_title(title), topics=clean_topics(topics), record=record, created_at=now
    )
    db.session.add(space)
    db.session.flush()
    member = Membership(space_id=space.id, user_id=host.id, role=Role.HOST, seat=0)
    if record:
        _note_consent(member, "yes", HOST_WORDING, now)
    db.session.add(member)
    db.session.commit()
    return space


def start_space(space: Space, actor: User, now: datetime) -> None:
    """Goes live, and on record from the first word if the host chose so. Forbidden, Conflict."""
    check_may(_role(space, actor), "start")
    _advance(space, State.LIVE, started_at=now)
    if space.record:
        archive.begin(space, now)
    db.session.commit()
    _open(space)


def end_space(space: Space, actor: User, now: datetime) -> None:
    """Ends a space for everybody. Forbidden, Conflict."""
    check_may(_role(space, actor), "end")
    _advance(space, State.ENDED, ended_at=now, ended_reason="host")
    if space.record:
        archive.end(space)
    db.session.commit()
    if space.record:
        media.core.stop_recording(space.id)
    live.changed(space.id)


def note_arrival(space_id: int, user_id: int, now: datetime) -> None:
    """An account opened its first socket: it is a member from now on, as whatever it was before."""
    member = db.session.get(Membership, (space_id, user_id))
    if member is None:
        member = Membership(space_id=space_id, user_id=user_id, role=Role.LISTENER)
        db.session.add(member)
    member.joined_at = member.joined_at or now
    member.left_at = None
    db.session.commit()


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
    """Gives up a speaker's seat, of one's own accord. The host keeps theirs, to come back to."""
    member = membership(space, actor)
    if space.state == State.LIVE and member is not None and member.role != Role.HOST:
        _seat_in_audience(space, member)


def bring_to_stage(space: Space, actor: User, handle: str) -> None:
    """Gives a listener a seat, muted. Forbidden, NotFound; Conflict when the stage is full."""
    _check_leads(space, actor)
    member = _present_member(space, handle)
    if member.on_stage:
        return
    member.seat = lowest_free_seat(other.seat for other in space.stage if other.seat is not None)
    member.role, member.muted = Role.SPEAKER, True
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("Somebody else was brought to the stage at the same moment. Try again.") from error
    _place(member)
    live.announce(space.id, f"{member.user.display_name} is on the stage.")


def move_to_audience(space: Space, actor: User, handle: str) -> None:
    """Takes somebody's seat. Whoever leads may, and a speaker for themself. Forbidden, NotFound."""
    check_live(space.state)
    member = _member(space, handle)
    if member.role == Role.HOST:
        raise Forbidden("The host stays on the stage.")
    if member.user_id != actor.id:
        _check_outranks(space, actor, member)
    _seat_in_audience(space, member)


def set_muted(space: Space, actor: User, muted: bool) -> None:
    """Turns one's own microphone off or on. Forbidden off the stage; Conflict while consent is open."""
    member = _speaker(space, actor)
    if needs_consent(space, member) and not muted:
        raise Conflict("Say first whether your voice may be recorded.")
    member.muted = muted
    db.session.commit()
    _place(member)


def answer_consent(space: Space, actor: User, answer: str, now: datetime) -> None:
    """Says, once, yes or no: may my voice be written? Forbidden off the stage, Conflict the second time."""
    member = _speaker(space, actor)
    if answer not in ("yes", "no"):
        raise Invalid("Answer yes or no.")
    if not needs_consent(space, member):
        raise Conflict("There is nothing to answer here any more.")
    _note_consent(member, answer, CONSENT_WORDING, now)
    db.session.commit()
    _place(member)


def remove_person(space: Space, actor: User, handle: str, now: datetime) -> None:
    """Ends somebody's sockets; they cannot come back to this space. Forbidden, NotFound."""
    _check_leads(space, actor)
    guest = guest_number(handle)
    if guest is None:
        person = _remove_member(space, actor, _member(space, handle), now)
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
    _check_outranks(space, actor, member)
    member.role, member.seat, member.muted = Role.LISTENER, None, True
    member.removed_at = member.left_at = now
    return member.user_id


def resume_live_spaces(now: datetime) -> None:
    """Opens what was live when the process died: seats, mutes, recordings, and nobody connected."""
    here = update(Membership).where(Membership.joined_at.is_not(None), Membership.left_at.is_(None))
    db.session.execute(here.values(left_at=now))
    db.session.commit()
    for space in db.session.scalars(select(Space).where(Space.state == State.LIVE)).all():
        try:
            _open(space, recover(archive.directory(space)) if space.record else 0)
        except (OSError, MediaCoreError):
            log.exception("Space %d could not be opened again", space.id)


def _open(space: Space, first_tick: int = 0) -> None:
    media.core.open_room(space.id, first_tick=first_tick)
    live.opened(space.id)
    if space.record:
        media.core.record(space.id, archive.directory(space))
    for member in space.stage:
        _place(member)
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


def _place(member: Membership) -> None:
    """Tells the core what the database says. One at a time: what is committed last is told last."""
    with _in_order:
        db.session.refresh(member)
        media.core.set_member(
            member.space_id,
            member.user_id,
            role=ROLES[member.role],
            seat=member.seat or 0,
            muted=member.muted,
            track=member.track,
        )
    live.changed(member.space_id)


def _advance(space: Space, to: State, **fields: object) -> None:
    """Moves a space on; of two who try at once, one does."""
    check_transition(space.state, to)
    move = update(Space).where(Space.id == space.id, Space.state == space.state).values(state=to, **fields)
    if db.session.scalar(move.returning(Space.id)) is None:
        db.session.rollback()
        check_transition(space.state, to)


def _seat_in_audience(space: Space, member: Membership) -> None:
    member.role, member.seat, member.muted = Role.LISTENER, None, True
    db.session.commit()
    _place(member)


def _note_consent(member: Membership, answer: str, wording: str, now: datetime) -> None:
    member.consent, member.consent_at, member.consent_wording = answer, now, wording


def _role(space: Space, user: User) -> Role:
    member = membership(space, user)
    return Role.LISTENER if member is None else member.role


def _check_leads(space: Space, actor: User) -> None:
    check_may(_role(space, actor), "manage_stage")
    check_live(space.state)


def _check_outranks(space: Space, actor: User, member: Membership) -> None:
    if not outranks(_role(space, actor), member.role):
        raise Forbidden(f"You cannot move {member.user.display_name}.")


def _speaker(space: Space, actor: User) -> Membership:
    check_live(space.state)
    member = membership(space, actor)
    if member is None or not member.on_stage:
        raise Forbidden("You are not on the stage.")
    return member


def _member(space: Space, handle: str) -> Membership:
    called = select(Membership).join(User).where(User.handle == handle)
    member = db.session.scalar(called.where(Membership.space_id == space.id, Membership.removed_at.is_(None)))
    if member is None:
        raise NotFound(f"Nobody called @{handle} is in this space.")
    return member


def _present_member(space: Space, handle: str) -> Membership:
    member = _member(space, handle)
    if member.joined_at is None or member.left_at is not None:
        raise Conflict(f"{member.user.display_name} has left.")
    return member
