"""What can be done with a space before it starts."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict, DomainError
from webapp.languages import gettext as _
from webapp.rollout.platforms import Platform
from webapp.scheduling.models import Reminder
from webapp.spaces.models import Space
from webapp.spaces.queries import membership
from webapp.spaces.services import cancelled, set_plan, set_recording
from webapp.spaces.states import Role, State, check_may, check_not_started, clean_title, clean_topics
from webapp.spaces.times import PATIENCE, Plan

NEAR = timedelta(minutes=10)
"""How long before a space whoever waits for it is reminded."""


def edit_space(
    space: Space,
    actor: User,
    title: str,
    topics: str,
    record: bool,
    plan: Plan | None,
    now: datetime,
    platform: Platform = Platform.WEB,
) -> None:
    """Changes what a space will be, and when. One that has a time keeps one. Forbidden, Conflict, Invalid.

    Nothing happens when all is as it was, so that a request sent twice counts once.
    """
    check_may_edit(space, actor)
    title, cleaned = clean_title(title), clean_topics(topics)
    plan = plan or space.plan
    as_it_was = space.title, space.topics, space.record, space.plan
    if as_it_was == (title, cleaned, record, plan):
        return
    _claim(space, {Space.sequence: Space.sequence + 1, Space.edited_at: now})
    try:
        space.title, space.topics = title, cleaned
        set_recording(space, actor, record, now, platform)
        if plan is not None and plan != space.plan:
            set_plan(space, plan, now)
    except DomainError:
        db.session.rollback()
        raise
    db.session.commit()


def check_may_edit(space: Space, actor: User) -> None:
    """Forbidden to anybody but the host; Conflict once it has started or was cancelled."""
    member = membership(space, actor)
    check_may(Role.LISTENER if member is None else member.role, "edit")
    check_not_started(space.state)


def cancel_space(space: Space, actor: User, now: datetime) -> None:
    """Calls a space off, for good. Forbidden, Conflict. Whoever waits for it is told by the next sweep."""
    check_may_edit(space, actor)
    _claim(space, cancelled("host", now))
    db.session.commit()


def close_no_show(space_id: int, now: datetime) -> bool:
    """Cancels a space half an hour after its time, in the caller's transaction; False if it has started."""
    over = Space.id == space_id, Space.state == State.SCHEDULED, Space.scheduled_for <= now - PATIENCE
    closed = update(Space).where(*over).values(cancelled("no_show", now))
    return db.session.scalar(closed.returning(Space.id)) is not None


def remind(space: Space, user: User, wanted: bool, now: datetime) -> None:
    """Has somebody reminded of a space, or not any more. The same again changes nothing. Conflict."""
    if not wanted:
        db.session.execute(delete(Reminder).where(Reminder.space_id == space.id, Reminder.user_id == user.id))
        db.session.commit()
        return
    check_not_started(space.state)
    if space.host_id == user.id:
        raise Conflict(_("This is your own space: you are reminded of it in any case."))
    _add(Reminder(space_id=space.id, user_id=user.id, asked_at=now, **_known(space, now)))


def forget(user: User) -> None:
    """Drops what somebody waits for, in the caller's transaction: their account goes."""
    db.session.execute(delete(Reminder).where(Reminder.user_id == user.id))


def _known(space: Space, now: datetime) -> dict[str, datetime | None]:
    """Tells what somebody knows who looks at a space now."""
    at = space.scheduled_for
    return {"known_for": at, "near_for": at if at and at - now <= NEAR else None}


def _add(reminder: Reminder) -> None:
    try:
        db.session.add(reminder)
        db.session.commit()
    except IntegrityError:  # they have asked before
        db.session.rollback()


def _claim(space: Space, values: dict[object, object]) -> None:
    """Changes a space in the caller's transaction, unless it has started or was cancelled meanwhile."""
    waiting = update(Space).where(Space.id == space.id, Space.state == State.SCHEDULED)
    if db.session.scalar(waiting.values(values).returning(Space.id)) is None:
        db.session.rollback()
        db.session.refresh(space)
        check_not_started(space.state)
    db.session.refresh(space)
