"""What happens to requests to speak. They change with the stage, and so hold it."""

from datetime import datetime

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import Conflict
from webapp.languages import gettext as _
from webapp.languages import later
from webapp.spaces.live import live
from webapp.spaces.members import (
    check_here,
    check_leads,
    holding_stage,
    member_called,
    own_membership,
    withdraw,
    withdraw_requests,
)
from webapp.spaces.models import Invitation, Membership, Space, SpeakRequest
from webapp.spaces.stage.services import ACCEPT, check_answer, take_up
from webapp.spaces.states import clean_question

DECLINED = later("Your request to speak was not taken up this time. You may ask again.")


def ask(space: Space, actor: User, question: str, now: datetime) -> None:
    """Asks to speak, with a question in one line or with none. Asking again changes the question alone.

    Forbidden for who is not in the space; Invalid; Conflict on the stage, when invited, or while nobody can
    ask.
    """
    question = clean_question(question)
    with holding_stage(space):
        member = own_membership(space, actor)
        _check_may_ask(space, member)
        asked = _request(member)
        if asked is None:
            asked = SpeakRequest(space_id=space.id, user_id=actor.id, asked_at=now)
            db.session.add(asked)
        asked.question = question
        db.session.commit()
        live.changed(space.id)


def _check_may_ask(space: Space, member: Membership) -> None:
    if member.on_stage:
        raise Conflict(_("You are on the stage already."))
    if db.session.get(Invitation, (space.id, member.user_id)) is not None:
        raise Conflict(_("You are invited: come to the stage, and you can speak."))
    if not space.requests_open:
        raise Conflict(_("Nobody can ask at the moment."))


def take_back(space: Space, actor: User) -> None:
    """Asks no more. Forbidden for who is not in the space."""
    with holding_stage(space):
        member = own_membership(space, actor)
        if _request(member) is not None:
            _drop(member)


def answer(space: Space, actor: User, handle: str, answer: str, now: datetime) -> None:
    """Has somebody speak who asked to, or not. Forbidden, NotFound, Invalid.

    Conflict when they ask no more, have left, or ten others speak already.
    """
    check_answer(answer)
    with holding_stage(space):
        check_leads(space, actor)
        member = member_called(space, handle)
        if member.on_stage and answer == ACCEPT:
            return
        if _request(member) is None:
            raise Conflict(_("%(name)s does not ask to speak any more.", name=member.user.display_name))
        if answer == ACCEPT:
            check_here(member)
            take_up(space, member, now)
        else:
            _drop(member)
            live.notify(space.id, member.user_id, DECLINED)


def decline_all(space: Space, actor: User) -> None:
    """Takes nobody up who has asked so far. Forbidden."""
    with holding_stage(space):
        check_leads(space, actor)
        asked = select(SpeakRequest.user_id).where(SpeakRequest.space_id == space.id)
        people = db.session.scalars(asked).all()
        withdraw_requests(space.id)
        db.session.commit()
        live.changed(space.id)
        for person in people:
            live.notify(space.id, person, DECLINED)


def set_open(space: Space, actor: User, is_open: bool) -> None:
    """Lets listeners ask, or not; who has asked stays in the queue. Forbidden."""
    with holding_stage(space):
        check_leads(space, actor)
        space.requests_open = is_open
        db.session.commit()
        live.changed(space.id)


def _request(member: Membership) -> SpeakRequest | None:
    return db.session.get(SpeakRequest, (member.space_id, member.user_id))


def _drop(member: Membership) -> None:
    withdraw(member.space_id, member.user_id)
    db.session.commit()
    live.changed(member.space_id)
