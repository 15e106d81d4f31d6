"""What can be done with a roll-out. Who has a feature depends on its dates; no job has to run for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.accounts.services import account_by_handle
from webapp.db import db
from webapp.errors import Conflict, DomainError, NotFound
from webapp.languages import gettext as _
from webapp.rollout import queries
from webapp.rollout.features import LABELS
from webapp.rollout.listeners import listeners
from webapp.rollout.models import EventKind, Feature, Listed, RolloutEvent, RolloutStage
from webapp.rollout.programme import Programme, Stage, announced


def note_begun(now: datetime) -> int:
    """Writes down which stages have begun since last time, and tells who listens. How many there were."""
    return sum(_note_if_any(feature, now) for feature in LABELS)


def start(feature: str, now: datetime, by: User | None = None) -> None:
    """Starts the announcement's programme, dated from now, for what everybody has. NotFound, Conflict."""
    with _changing(feature, now) as programme:
        if not programme.everybody_has_it(now):
            raise Conflict(
                _("A programme is under way. Offer the feature to everybody before you start another.")
            )
        _store(announced(feature, programme.listed, now))
        _log(feature, EventKind.STARTED, now, by)


def pause(feature: str, now: datetime, by: User | None = None) -> None:
    """Stops a programme's clock. Nobody loses what they have. NotFound, Conflict."""
    with _changing(feature, now) as programme:
        _store(programme.paused(now))
        _log(feature, EventKind.PAUSED, now, by)


def resume(feature: str, now: datetime, by: User | None = None) -> None:
    """Lets a programme go on, later by the length of the pause. NotFound, Conflict."""
    with _changing(feature, now) as programme:
        _store(programme.resumed(now))
        _log(feature, EventKind.RESUMED, now, by)


def jump(feature: str, number: int, now: datetime, by: User | None = None) -> None:
    """Has a stage, and all before it, begin now. NotFound, Conflict."""
    with _changing(feature, now) as programme:
        _store(programme.jumped(number, now))
        _log(feature, EventKind.JUMPED, now, by, programme.stage(number))


def open_to_everybody(feature: str, now: datetime, by: User | None = None) -> None:
    """Gives a feature to everybody now. NotFound, Conflict."""
    with _changing(feature, now) as programme:
        _store(programme.opened(now))
        _log(feature, EventKind.OPENED, now, by)


def change_stage(feature: str, stage: Stage, now: datetime, by: User | None = None) -> None:
    """Gives a stage another date, share or platforms. NotFound, Invalid."""
    with _changing(feature, now) as programme:
        changed = programme.changed(stage, now)
        if changed != programme:
            _store(changed)
            _log(feature, EventKind.CHANGED, now, by, stage)


def put_on_list(feature: str, handle: str, now: datetime, by: User | None = None) -> None:
    """Lets an account have a feature from the first stage on. Doing it again changes nothing. NotFound."""
    user = account_by_handle(handle)
    with _changing(feature, now) as programme:
        if user.id not in programme.listed:
            db.session.add(Listed(feature=feature, user_id=user.id, added_at=now))
            _log(feature, EventKind.LISTED, now, by, subject=f"@{user.handle}")


def take_off_list(feature: str, handle: str, now: datetime, by: User | None = None) -> None:
    """Takes an account off the list. NotFound."""
    user = account_by_handle(handle)
    with _changing(feature, now) as programme:
        if user.id not in programme.listed:
            raise NotFound(_("@%(handle)s is not on the list.", handle=user.handle))
        db.session.execute(delete(Listed).where(Listed.feature == feature, Listed.user_id == user.id))
        _log(feature, EventKind.UNLISTED, now, by, subject=f"@{user.handle}")


@contextmanager
def _changing(feature: str, now: datetime) -> Iterator[Programme]:
    """Gives a programme to be changed, and commits. Of two at once, one waits and sees what the other did.

    What had begun before is written down first, and what begins by the change with it.
    """
    try:
        queries.programme(feature)
        _take(feature, now)
        _note(feature, now)
        yield queries.programme(feature)
        _note(feature, now)
        db.session.commit()
    except DomainError:
        db.session.rollback()
        raise


def _take(feature: str, now: datetime) -> None:
    """Writes to the feature's row, which nobody else can until this transaction ends."""
    touch = update(Feature).where(Feature.name == feature).values(changed_at=now)
    if db.session.scalar(touch.returning(Feature.name)) is not None:
        return
    try:
        db.session.add(Feature(name=feature, changed_at=now))
        db.session.flush()
    except IntegrityError as error:
        raise Conflict(_("Somebody else has changed this at the same moment. Try again.")) from error


def _store(programme: Programme) -> None:
    feature = programme.feature
    db.session.execute(update(Feature).where(Feature.name == feature).values(paused_at=programme.paused_at))
    db.session.execute(delete(RolloutStage).where(RolloutStage.feature == feature))
    db.session.add_all(RolloutStage.of(feature, stage) for stage in programme.stages)
    db.session.flush()


def _note_if_any(feature: str, now: datetime) -> int:
    if not _unnoted(feature, now):
        return 0
    _take(feature, now)
    noted = _note(feature, now)
    db.session.commit()
    return noted


def _note(feature: str, now: datetime) -> int:
    begun = _unnoted(feature, now)
    for stage in begun:
        _log(feature, EventKind.BEGAN, now, None, stage, at=stage.starts_at)
        db.session.flush()
        for listener in listeners:
            listener(feature, stage, now)
    return len(begun)


def _unnoted(feature: str, now: datetime) -> list[Stage]:
    began = RolloutEvent.feature == feature, RolloutEvent.kind == EventKind.BEGAN
    noted = {
        (row.stage, row.at)
        for row in db.session.execute(select(RolloutEvent.stage, RolloutEvent.at).where(*began))
    }
    begun = queries.programme(feature).begun(now)
    return [stage for stage in begun if (stage.number, stage.starts_at) not in noted]


def _log(
    feature: str,
    kind: EventKind,
    now: datetime,
    by: User | None,
    stage: Stage | None = None,
    *,
    at: datetime | None = None,
    subject: str = "",
) -> None:
    event = RolloutEvent(
        feature=feature,
        kind=kind,
        stage=stage and stage.number,
        subject=stage.label if stage else subject,
        at=at or now,
        noted_at=now,
        by_id=by and by.id,
    )
    db.session.add(event)
