"""The members of a space: found, checked, moved, and told to the media core. Nothing here commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

from sqlalchemy import delete, select, update

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, Forbidden, NotFound
from webapp.languages import gettext as _
from webapp.media import ROLES, media
from webapp.spaces.live import live
from webapp.spaces.models import Invitation, Membership, Space, SpeakRequest
from webapp.spaces.queries import is_recorded, membership
from webapp.spaces.states import Role, check_live, check_may, outranks

_in_order = RLock()


@contextmanager
def holding_stage(space: Space) -> Iterator[None]:
    """Has nobody else change who is on a stage, or wants to be, until the caller has placed whom they moved.

    What is read inside is as it is now. What is not committed inside is undone.
    """
    with _in_order:  # and, for other processes, the lock of the row
        untouched = update(Space).where(Space.id == space.id).values(requests_open=Space.requests_open)
        db.session.execute(untouched, execution_options={"synchronize_session": False})
        db.session.expire_all()
        try:
            yield
        finally:
            db.session.rollback()


def place(member: Membership) -> None:
    """Tells the core what the database says. One at a time: what is committed last is told last."""
    with _in_order:
        db.session.refresh(member)
        recorded = is_recorded(db.session.get_one(Space, member.space_id))
        media.core.set_member(
            member.space_id,
            member.user_id,
            role=ROLES[member.role],
            seat=member.seat or 0,
            muted=member.muted,
            track=member.track if recorded else "",
        )
    live.changed(member.space_id)


def move(member: Membership) -> None:
    """Does the same for somebody who is something else now: their page is told all of it."""
    place(member)
    live.changed(member.space_id, member.user_id)


def unseat(member: Membership) -> None:
    """Makes somebody a listener, who no longer asks for anything and is offered nothing."""
    member.role, member.seat, member.muted = Role.LISTENER, None, True
    withdraw(member.space_id, member.user_id)


def withdraw(space_id: int, user_id: int) -> None:
    """Drops what somebody asked in a space, and what they were offered."""
    for table in (SpeakRequest, Invitation):
        theirs = table.space_id == space_id, table.user_id == user_id
        db.session.execute(delete(table).where(*theirs))


def withdraw_requests(space_id: int) -> None:
    """Drops what everybody asked in a space."""
    db.session.execute(delete(SpeakRequest).where(SpeakRequest.space_id == space_id))


def withdraw_everything(space_id: int) -> None:
    """Drops what everybody asked and was offered in a space: it has ended."""
    withdraw_requests(space_id)
    db.session.execute(delete(Invitation).where(Invitation.space_id == space_id))


def role_of(space: Space, user: User) -> Role:
    """Returns what an account is in a space; a listener, if it never came."""
    member = membership(space, user)
    return Role.LISTENER if member is None else member.role


def leads(space: Space, user: User) -> bool:
    """Tells whether an account leads a space at the moment: its host, or a co-host while the host is away."""
    return space.leader_id == user.id


def check_leads(space: Space, actor: User) -> None:
    """Forbidden unless the actor decides who is on the stage; Conflict unless the space is live."""
    check_may(role_of(space, actor), "manage_stage", leads(space, actor))
    check_live(space.state)


def check_outranks(space: Space, actor: User, member: Membership) -> None:
    """Forbidden unless the actor may mute, move and remove this member."""
    if not outranks(role_of(space, actor), member.role, leads(space, actor)):
        raise Forbidden(_("You cannot mute, move or remove %(name)s.", name=member.user.display_name))


def own_membership(space: Space, actor: User) -> Membership:
    """Returns what the actor is in a live space. Conflict, Forbidden."""
    check_live(space.state)
    member = membership(space, actor)
    if member is None or member.removed_at is not None:
        raise Forbidden(_("You are not in this space."))
    return member


def own_seat(space: Space, actor: User) -> Membership:
    """Returns the same of somebody on the stage. Conflict, Forbidden."""
    check_live(space.state)
    member = membership(space, actor)
    if member is None or not member.on_stage:
        raise Forbidden(_("You are not on the stage."))
    return member


def member_called(space: Space, handle: str) -> Membership:
    """Returns the member with this handle, unless they were removed. NotFound."""
    called = select(Membership).join(User).where(User.handle == handle)
    member = db.session.scalar(called.where(Membership.space_id == space.id, Membership.removed_at.is_(None)))
    if member is None:
        raise NotFound(_("Nobody called @%(handle)s is in this space.", handle=handle))
    return member


def check_here(member: Membership) -> None:
    """Conflict unless the member is connected."""
    if member.joined_at is None or member.left_at is not None:
        raise Conflict(_("%(name)s has left.", name=member.user.display_name))
