"""What changes on a stage. Whoever changes it holds it: of two who want the last seat, one gets it."""

from datetime import datetime, timedelta

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, Invalid
from webapp.languages import gettext as _
from webapp.languages import later, speaking
from webapp.notifications.services import tell
from webapp.spaces.live import live
from webapp.spaces.members import (
    check_here,
    check_leads,
    check_outranks,
    holding_stage,
    member_called,
    move,
    own_membership,
    own_seat,
    place,
    role_of,
    unseat,
    withdraw,
)
from webapp.spaces.models import Invitation, Membership, Space, SpeakRequest
from webapp.spaces.queries import needs_consent
from webapp.spaces.states import Role, check_live, check_may, check_place, lowest_free_seat
from webapp.templating import quoted

INVITED_FOR = timedelta(minutes=15)
"""How long a push is of use that asks somebody to come."""
ACCEPT, DECLINE = ANSWERS = ("accept", "decline")


def check_answer(answer: str) -> None:
    """Invalid unless this accepts or declines something."""
    if answer not in ANSWERS:
        raise Invalid(_("Accept or decline."))


def invite(space: Space, actor: User, handle: str, now: datetime) -> None:
    """Offers a listener a seat; who has asked to speak gets it. Forbidden, NotFound.

    Conflict when they have left or ten people speak. Whoever is invited or on the stage already stays so.
    """
    with holding_stage(space):
        check_leads(space, actor)
        member = member_called(space, handle)
        if member.on_stage or _invitation(member) is not None:
            return
        check_here(member)
        check_place(Role.SPEAKER, _taken(space))
        if db.session.get(SpeakRequest, (space.id, member.user_id)) is not None:
            take_up(space, member, now)
        else:
            _offer(space, actor, member, now)


def _offer(space: Space, actor: User, member: Membership, now: datetime) -> None:
    offer = Invitation(space_id=space.id, user_id=member.user_id, invited_by_id=actor.id, created_at=now)
    db.session.add(offer)
    db.session.commit()
    live.changed(space.id)
    with speaking(member.user.language):
        sentence = _(
            "%(name)s invites you to speak in %(title)s.", name=actor.display_name, title=quoted(space.title)
        )
    key = f"invitation-{space.public_id}"
    about = {"kind": "invitation", "sentence": sentence, "url": space.url, "key": key}
    tell(member.user_id, **about, by=actor.id, now=now, until=now + INVITED_FOR)


def take_up(space: Space, member: Membership, now: datetime) -> None:
    """Seats somebody who has asked to speak. The caller holds the stage. Commits. Conflict."""
    asked = db.session.get_one(SpeakRequest, (space.id, member.user_id))
    key = f"request-{space.public_id}-{asked.asked_at:%Y%m%d%H%M%S}"
    _seat(space, member)
    with speaking(member.user.language):
        sentence = _("You are on the stage of %(title)s, as you asked.", title=quoted(space.title))
    about = {"kind": "request", "sentence": sentence, "url": space.url, "key": key}
    tell(member.user_id, **about, by=space.host_id, now=now, until=now + INVITED_FOR)


def _seat(space: Space, member: Membership) -> None:
    check_place(Role.SPEAKER, _taken(space))
    member.seat = lowest_free_seat(other.seat for other in space.stage if other.seat is not None)
    member.role, member.muted = Role.SPEAKER, True
    withdraw(space.id, member.user_id)
    db.session.commit()
    move(member)
    live.announce(space.id, later("%(name)s is on the stage.", name=member.user.display_name))


def _taken(space: Space) -> list[Role]:
    return [member.role for member in space.stage]


def _invitation(member: Membership) -> Invitation | None:
    return db.session.get(Invitation, (member.space_id, member.user_id))


def answer_invitation(space: Space, actor: User, answer: str) -> None:
    """Takes the seat that one was offered, or not. Forbidden, Invalid.

    Conflict when ten others speak by now, which leaves the invitation open, or when it was taken back.
    """
    check_answer(answer)
    with holding_stage(space):
        member = own_membership(space, actor)
        invitation = _invitation(member)
        if member.on_stage or (invitation is None and answer == DECLINE):
            return
        if invitation is None:
            raise Conflict(_("This invitation was taken back. You may ask to speak."))
        if answer == ACCEPT:
            _seat(space, member)
        else:
            _turn_down(invitation)


def _turn_down(invitation: Invitation) -> None:
    space_id, host, name = invitation.space_id, invitation.invited_by_id, invitation.user.display_name
    withdraw(space_id, invitation.user_id)
    db.session.commit()
    live.changed(space_id)
    live.notify(space_id, host, later("%(name)s would rather listen.", name=name))


def take_invitation_back(space: Space, actor: User, handle: str) -> None:
    """Offers somebody nothing any more. Forbidden, NotFound."""
    with holding_stage(space):
        check_leads(space, actor)
        invitation = _invitation(member_called(space, handle))
        if invitation is not None:
            db.session.delete(invitation)
            db.session.commit()
            live.changed(space.id)


def make_cohost(space: Space, actor: User, handle: str) -> None:
    """Has a speaker lead as well. The host alone may. Forbidden, NotFound; Conflict with two already."""
    with holding_stage(space):
        member = _appointee(space, actor, handle)
        if member.role == Role.COHOST:
            return
        if not member.on_stage:
            raise Conflict(
                _("%(name)s is not on the stage. Invite them first.", name=member.user.display_name)
            )
        check_place(Role.COHOST, _taken(space))
        _become(member, Role.COHOST)
        live.announce(space.id, later("%(name)s is a co-host.", name=member.user.display_name))
        live.notify(
            space.id, member.user_id, later("You are a co-host now. You can invite, mute and move people.")
        )


def unmake_cohost(space: Space, actor: User, handle: str) -> None:
    """Has a co-host speak only. The host alone may. Forbidden, NotFound; Conflict with ten speakers."""
    with holding_stage(space):
        member = _appointee(space, actor, handle)
        if member.role != Role.COHOST:
            return
        check_place(Role.SPEAKER, _taken(space))
        _become(member, Role.SPEAKER)
        live.notify(space.id, member.user_id, later("You are a speaker now, and no longer a co-host."))


def _appointee(space: Space, actor: User, handle: str) -> Membership:
    check_may(role_of(space, actor), "appoint")
    check_live(space.state)
    member = member_called(space, handle)
    if member.role == Role.HOST:
        raise Forbidden(_("You are the host."))
    return member


def _become(member: Membership, role: Role) -> None:
    member.role = role
    db.session.commit()
    move(member)


def move_to_audience(space: Space, actor: User, handle: str) -> None:
    """Takes somebody's seat. Whoever leads may, and anybody but the host their own. Forbidden, NotFound."""
    with holding_stage(space):
        check_live(space.state)
        member = member_called(space, handle)
        if member.role == Role.HOST:
            raise Forbidden(_("The host stays on the stage."))
        if member.user_id != actor.id:
            check_outranks(space, actor, member)
        _step_down(member)
        if member.user_id != actor.id:
            live.notify(
                space.id,
                member.user_id,
                later("%(name)s moved you to the audience.", name=actor.display_name),
            )


def leave_stage(space: Space, actor: User) -> None:
    """Gives one's own seat up and goes on listening. Forbidden for the host, and off the stage."""
    with holding_stage(space):
        member = own_seat(space, actor)
        if member.role == Role.HOST:
            raise Forbidden(_("The host stays on the stage."))
        _step_down(member)


def _step_down(member: Membership) -> None:
    if member.on_stage:
        unseat(member)
        db.session.commit()
        move(member)


def set_muted(space: Space, actor: User, muted: bool) -> None:
    """Turns one's own microphone off or on. Forbidden off the stage; Conflict while consent is open."""
    with holding_stage(space):
        member = own_seat(space, actor)
        if needs_consent(space, member) and not muted:
            raise Conflict(_("Say first whether your voice may be recorded."))
        _set_muted(member, muted)


def _set_muted(member: Membership, muted: bool) -> None:
    member.muted = muted
    db.session.commit()
    place(member)


def mute_person(space: Space, actor: User, handle: str) -> None:
    """Turns somebody's microphone off; they alone can turn it on again. Forbidden, NotFound, Conflict."""
    with holding_stage(space):
        check_leads(space, actor)
        member = member_called(space, handle)
        if member.user_id != actor.id:
            check_outranks(space, actor, member)
        if not member.on_stage:
            raise Conflict(_("%(name)s is not on the stage.", name=member.user.display_name))
        if not member.muted:
            _hush(actor, member)


def mute_everybody(space: Space, actor: User) -> None:
    """Turns every speaker's microphone off; host and co-hosts keep theirs. Forbidden."""
    with holding_stage(space):
        check_leads(space, actor)
        for member in [other for other in space.stage if other.role == Role.SPEAKER and not other.muted]:
            _hush(actor, member)


def _hush(actor: User, member: Membership) -> None:
    _set_muted(member, True)
    if member.user_id != actor.id:
        sentence = later(
            "%(name)s muted you. Only you can turn your microphone on again.", name=actor.display_name
        )
        live.notify(member.space_id, member.user_id, sentence)


def note_spoken(space_id: int, user_id: int, spoken_ms: int) -> None:
    """Adds to how long somebody has spoken in a space."""
    member = db.session.get(Membership, (space_id, user_id))
    if member is not None:
        member.spoken_ms = Membership.spoken_ms + spoken_ms
        db.session.commit()
