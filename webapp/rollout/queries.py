"""Who has a feature now, and what the operator sees of its programme."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from webapp.accounts.models import User
from webapp.db import db
from webapp.rollout.features import label_of
from webapp.rollout.models import Feature, Listed, RolloutEvent, RolloutStage
from webapp.rollout.platforms import Platform
from webapp.rollout.programme import Programme, Verdict

EVENTS = 50


def verdict(feature: str, account: User, platform: Platform, now: datetime) -> Verdict:
    """Tells whether an account has a feature on a platform at this instant, why, or when it will."""
    on_list = db.session.get(Listed, (feature, account.id)) is not None
    listed = frozenset({account.id} if on_list else ())
    return _programme(feature, listed).verdict(account.id, platform, now)


def programme(feature: str) -> Programme:
    """Returns a feature's programme with everybody on its list. NotFound for a feature that there is not."""
    label_of(feature)
    return _programme(
        feature, frozenset(db.session.scalars(select(Listed.user_id).where(Listed.feature == feature)))
    )


def _programme(feature: str, listed: frozenset[int]) -> Programme:
    """Reads it anew, whatever the session has seen before."""
    paused_at = db.session.scalar(select(Feature.paused_at).where(Feature.name == feature))
    stages = select(RolloutStage).where(RolloutStage.feature == feature).order_by(RolloutStage.number)
    rows = db.session.scalars(stages.execution_options(populate_existing=True))
    return Programme(feature, tuple(row.plain() for row in rows), listed, paused_at)


def accounts() -> Sequence[int]:
    """Returns the number of every account that can sign in."""
    return db.session.scalars(select(User.id).where(User.active).order_by(User.id)).all()


def counts(programme: Programme, now: datetime) -> dict[Platform, int]:
    """Counts the accounts that have a feature now, by the rule that decides it for each of them."""
    everyone = accounts()
    return {
        platform: sum(programme.has(account, platform, now) for account in everyone) for platform in Platform
    }


def reached_by(feature: str, number: int) -> list[int]:
    """Returns the accounts to which a stage brings the feature, on one platform at least."""
    rolled_out = programme(feature)
    return [account for account in accounts() if rolled_out.brings(number, account)]


def listed(feature: str) -> Sequence[Listed]:
    """Returns who is on a feature's list, by handle."""
    on_list = select(Listed).join(User).where(Listed.feature == feature)
    return db.session.scalars(on_list.order_by(User.handle)).all()


def events(feature: str) -> Sequence[RolloutEvent]:
    """Returns what happened to a programme, the latest first."""
    happened = select(RolloutEvent).where(RolloutEvent.feature == feature)
    return db.session.scalars(happened.order_by(RolloutEvent.id.desc()).limit(EVENTS)).all()
