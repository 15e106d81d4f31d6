"""What a profile shows, and to whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.accounts.relations import Standing
from webapp.db import db
from webapp.spaces.models import Space
from webapp.spaces.queries import live_cards, recorded_cards, shown_to
from webapp.spaces.shown import Person, SpaceCard
from webapp.spaces.states import State
from webapp.spaces.visitor import Visitor


@dataclass(frozen=True)
class Profile:
    """Somebody, as a visitor sees them. ``hosted`` counts their spaces that have begun."""

    person: Person
    bio: str
    standing: Standing
    followers: int
    following: int
    hosted: int
    live: list[SpaceCard]
    recorded: list[SpaceCard]


def profile_of(user: User, visitor: Visitor, present: Callable[[int], list[int]], now: datetime) -> Profile:
    """Returns somebody's profile; ``present`` tells who is connected to a space."""
    standing = relations.standing_of(visitor.user, user)
    followers, following = relations.counts_of(user)
    return Profile(
        person=Person.of(user),
        bio=user.bio,
        standing=standing,
        followers=followers,
        following=following,
        hosted=0 if standing.blocks else _hosted(user, visitor),
        live=[] if standing.blocks else live_cards(visitor, present, user),
        recorded=[] if standing.blocks else recorded_cards(visitor, now, user),
    )


def _hosted(user: User, visitor: Visitor) -> int:
    begun = select(func.count()).select_from(Space).where(Space.state.in_([State.LIVE, State.ENDED]))
    return db.session.scalar(begun.where(shown_to(visitor, user))) or 0
