"""What spaces keep of a person."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.accounts.rights import Keeper
from webapp.db import db
from webapp.languages import marked
from webapp.spaces import services
from webapp.spaces.models import Consent, Invitation, Membership, Space, SpeakRequest

T = TypeVar("T", Membership, Consent, SpeakRequest, Invitation)


def kept_of(user: User, _now: datetime) -> dict[str, object]:
    """Returns the spaces a person hosted, those they were in, and what they said and asked there."""
    hosted = select(Space).where(Space.host_id == user.id).order_by(Space.id)
    return {
        "hosted": [_space(space) for space in db.session.scalars(hosted)],
        "memberships": [_membership(member, space) for member, space in _theirs(Membership, user)],
        "consents": [_consent(consent, space) for consent, space in _theirs(Consent, user)],
        "requests": [_request(request, space) for request, space in _theirs(SpeakRequest, user)],
        "invitations": [_invitation(offer, space) for offer, space in _theirs(Invitation, user)],
    }


def _theirs(table: type[T], user: User) -> Iterable[tuple[T, Space]]:
    """Yields a person's rows, each with its space, in the order of their making."""
    rows = select(table, Space).join(Space, Space.id == table.space_id).where(table.user_id == user.id)
    ordered = rows.order_by(Consent.id if table is Consent else Space.id)
    return ((row, space) for row, space in db.session.execute(ordered))


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
        "spoken_ms": member.spoken_ms,
        "consent": member.consent,
    }


def _consent(consent: Consent, space: Space) -> dict[str, object]:
    return {
        "address": space.url,
        "answer": consent.answer,
        "at": consent.at,
        "wording": consent.wording,
    }


def _request(request: SpeakRequest, space: Space) -> dict[str, object]:
    return {"address": space.url, "question": request.question, "asked_at": request.asked_at}


def _invitation(offer: Invitation, space: Space) -> dict[str, object]:
    return {"address": space.url, "created_at": offer.created_at}


KEEPER = Keeper(
    "spaces",
    export=kept_of,
    forget=services.forget_person,
    kept=marked(
        "The spaces you hosted and those you were in: as what, when you came and left, how long you spoke,"
        " and what you answered when you were asked about the recording of your voice. While a space is live,"
        " also that you ask to speak there, or are invited to."
    ),
    consequence=marked(
        "A space of yours that is live ends for everybody, those you have planned are cancelled, and you"
        " leave every other one."
    ),
)
