"""What spaces keep of a person."""

from datetime import datetime

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.accounts.rights import Keeper
from webapp.db import db
from webapp.spaces import services
from webapp.spaces.models import Consent, Membership, Space


def kept_of(user: User, _now: datetime) -> dict[str, object]:
    """Returns the spaces a person hosted, those they were in, and what they said about their voice."""
    hosted = select(Space).where(Space.host_id == user.id).order_by(Space.id)
    joined = (
        select(Membership, Space)
        .join(Space, Space.id == Membership.space_id)
        .where(Membership.user_id == user.id)
        .order_by(Space.id)
    )
    answered = (
        select(Consent, Space)
        .join(Space, Space.id == Consent.space_id)
        .where(Consent.user_id == user.id)
        .order_by(Consent.id)
    )
    return {
        "hosted": [_space(space) for space in db.session.scalars(hosted)],
        "memberships": [_membership(member, space) for member, space in db.session.execute(joined)],
        "consents": [_consent(consent, space) for consent, space in db.session.execute(answered)],
    }


def _space(space: Space) -> dict[str, object]:
    return {
        "address": space.url,
        "title": space.title,
        "topics": space.topics,
        "recorded": space.record,
        "state": space.state,
        "created_at": space.created_at,
        "scheduled_for": space.scheduled_for,
        "zone": space.zone,
        "cancelled_at": space.cancelled_at,
        "started_at": space.started_at,
        "ended_at": space.ended_at,
    }


def _membership(member: Membership, space: Space) -> dict[str, object]:
    return {
        "address": space.url,
        "title": space.title,
        "role": member.role,
        "joined_at": member.joined_at,
        "left_at": member.left_at,
        "removed_at": member.removed_at,
        "consent": member.consent,
    }


def _consent(consent: Consent, space: Space) -> dict[str, object]:
    return {
        "address": space.url,
        "answer": consent.answer,
        "at": consent.at,
        "wording": consent.wording,
    }


KEEPER = Keeper(
    "spaces",
    export=kept_of,
    forget=services.forget_person,
    kept=(
        "The spaces you hosted and those you were in: as what, when you came and left, and what you answered"
        " when you were asked about the recording of your voice."
    ),
    consequence=(
        "A space of yours that is live ends for everybody, those you have planned are cancelled, and you"
        " leave every other one."
    ),
)
