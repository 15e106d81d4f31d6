"""What happens to notifications."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from webapp import languages, mail
from webapp.accounts.models import User
from webapp.accounts.relations import are_apart
from webapp.accounts.services import spoken_to
from webapp.db import db
from webapp.languages import gettext as _
from webapp.languages import speaking
from webapp.notifications.bell import bell
from webapp.notifications.kinds import KINDS, Kind, Way, kind_called
from webapp.notifications.models import Choice, Notification, check_url
from webapp.notifications.push import services as push
from webapp.notifications.push.keys import push_keys
from webapp.notifications.queries import choices_of, notification_of, takes
from webapp.templating import site_link

KEPT_ONCE_READ = timedelta(days=90)
USEFUL = timedelta(days=1)
"""How long a push or a mail is of use, where whoever tells does not say."""


def tell(
    user_id: int,
    *,
    kind: str,
    sentence: str,
    url: str | None,
    key: str,
    now: datetime,
    by: int | None = None,
    until: datetime | None = None,
) -> Notification | None:
    """Tells somebody a sentence in plain text, every way they want, and shows it where they are. Commits.

    ``url`` is a path of this site that says more; ``by`` is the number of whoever did what is told, and
    ``until`` when it is of no use any more to push or to mail it. Returns None, with nobody told, when
    something of this key was told them before, be it by another process at this moment; when they want to
    hear of this kind no way; when it was their own doing, or that of somebody whom they keep away or who
    keeps them away; or when the account is gone. A key is remembered as long as the notification: at least
    90 days.
    """
    db.session.flush()  # what the caller did wrong is not to be taken for being told twice
    with speaking(*spoken_to(user_id)):
        sentence = str(sentence)
        told = (
            None if by is not None and _apart(user_id, by) else _tell(user_id, kind, sentence, url, key, now)
        )
        if told is not None:
            _pass_on(kind_called(kind), (Notification.id == told.id,), sentence, url, now, until)
    db.session.commit()
    push.send_soon()
    if told is not None and told.shown:
        bell.ring(user_id, sentence)
    return told


def offered() -> list[Way]:
    """Returns the ways that this site has."""
    there = {Way.PAGE: True, Way.PUSH: push_keys() is not None, Way.MAIL: mail.sends_mails()}
    return [way for way in Way if there[way]]


def _apart(user_id: int, by: int) -> bool:
    return user_id == by or are_apart(user_id, by)


def _tell(
    user_id: int, kind: str, sentence: str, url: str | None, key: str, now: datetime
) -> Notification | None:
    ways = kind_called(kind).ways(_chosen_for(kind, user_id).get(user_id, {})).intersection(offered())
    row = _row(user_id, ways, kind, sentence, url, key, now)
    notification = Notification(**row)
    return notification if ways and _add(notification) else None


def leave_word(
    user_ids: Iterable[int],
    *,
    kind: str,
    sentence: str,
    url: str | None,
    key: str,
    now: datetime,
    until: datetime | None = None,
) -> list[int]:
    """Tells many the same, in the caller's transaction; they see it on the next page that they open.

    Whoever was told something of this key before is not told again. Returns those whose page shows it now,
    for the caller to ring once that is committed. However many they are, it takes a few statements for each
    way of saying it: a sentence that is said ``later`` is said in the language of whoever is told, with times
    of their zone.
    """
    check_url(url)
    shown: list[int] = []
    for (tag, said), group in _by_what_is_said(sentence, user_ids).items():
        with speaking(tag):
            shown += _leave_word(group, kind, said, url, key, now, until)
    return shown


def _by_what_is_said(sentence: str, user_ids: Iterable[int]) -> dict[tuple[str | None, str], list[int]]:
    """Groups people by their language and what is said in it: zones matter where a time is said alone."""
    someone_chose = or_(User.language.is_not(None), User.time_zone.is_not(None))
    choices = select(User.id, User.language, User.time_zone).where(someone_chose)
    there = languages.offered()
    chosen = {
        number: (tag if tag in there else None, zone) for number, tag, zone in db.session.execute(choices)
    }
    by_choice: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for user_id in user_ids:
        by_choice[chosen.get(user_id, (None, None))].append(user_id)
    groups: dict[tuple[str | None, str], list[int]] = defaultdict(list)
    for (tag, zone), group in by_choice.items():
        with speaking(tag, zone):
            groups[tag, str(sentence)] += group
    return groups


def _leave_word(
    user_ids: list[int],
    kind: str,
    sentence: str,
    url: str | None,
    key: str,
    now: datetime,
    until: datetime | None,
) -> list[int]:
    told, chosen = set(db.session.scalars(select(Notification.user_id).where(Notification.key == key))), {}
    news = [user_id for user_id in user_ids if user_id not in told]
    if news:
        chosen = _chosen_for(kind)
    there = offered()
    ways = {number: kind_called(kind).ways(chosen.get(number, {})).intersection(there) for number in news}
    rows = [_row(number, each, kind, sentence, url, key, now) for number, each in ways.items() if each]
    if rows:  # many rows, so without an object for each
        latest = db.session.scalar(select(func.max(Notification.id))) or 0
        db.session.execute(insert(Notification), rows)
        just_told = Notification.key == key, Notification.id > latest
        _pass_on(kind_called(kind), just_told, sentence, url, now, until)
    return [number for number, each in ways.items() if Way.PAGE in each]


def _chosen_for(kind: str, user_id: int | None = None) -> dict[int, dict[str, bool]]:
    """Returns what people want of a kind other than by default: of one account, or of all that do."""
    chosen: dict[int, dict[str, bool]] = {}
    such = [Choice.kind == kind, *([] if user_id is None else [Choice.user_id == user_id])]
    for number, way, wanted in db.session.execute(
        select(Choice.user_id, Choice.way, Choice.wanted).where(*such)
    ):
        chosen.setdefault(number, {})[way] = wanted
    return chosen


def _row(
    user_id: int,
    ways: Collection[Way],
    kind: str,
    sentence: str,
    url: str | None,
    key: str,
    now: datetime,
) -> dict[str, object]:
    shown = Way.PAGE in ways
    about = {"kind": kind, "sentence": sentence, "url": url, "key": key}
    when = {"created_at": now, "read_at": None if shown else now}
    return {"user_id": user_id, "shown": shown, **about, **when}


def _pass_on(
    kind: Kind,
    just_told: Collection[ColumnElement[bool]],
    sentence: str,
    url: str | None,
    now: datetime,
    until: datetime | None,
) -> None:
    """Has those who were just told this told the other ways as well, in the caller's transaction."""
    until = until or now + USEFUL
    push.post(kind, just_told, now, until)
    if mail.sends_mails():
        wanting = User.active, takes(kind, Way.MAIL, Notification.user_id.expression)
        addresses = select(User.email).join(Notification, Notification.user_id == User.id)
        for address in db.session.scalars(addresses.where(*just_told, *wanting)).all():
            mail.post(address, sentence, _letter(sentence, url), now=now, until=until)


def _letter(sentence: str, url: str | None) -> str:
    lines = [site_link(url)] if url else []
    return "\n".join(
        [
            sentence,
            "",
            *lines,
            "",
            "-- ",
            _("No more such mails, please: %(address)s", address=site_link("/settings/notifications")),
            "",
        ]
    )


def _add(notification: Notification) -> bool:
    """Leaves it to the unique key who was first; whatever else is in the transaction stays in it."""
    try:
        with db.session.begin_nested():
            db.session.add(notification)
    except IntegrityError:
        return False
    return True


def mark_read(user: User, public_id: str, now: datetime) -> Notification:
    """Notes that somebody read one of their own notifications, and returns it. NotFound."""
    notification = notification_of(user, public_id)
    if notification.read_at is None:
        notification.read_at = now
        db.session.commit()
        bell.ring(user.id)
    return notification


def mark_all_read(user: User, now: datetime) -> None:
    """Notes that somebody read everything there is."""
    unread = Notification.user_id == user.id, Notification.read_at.is_(None)
    db.session.execute(update(Notification).where(*unread).values(read_at=now))
    db.session.commit()
    bell.ring(user.id)


def choose(user: User, wanted: Collection[tuple[str, Way]], ways: Collection[Way]) -> None:
    """Notes which kinds somebody wants which of these ways; the others stay as they are.

    What is as it is by default is not kept. What waits to be sent and is not wanted any more is not sent.
    """
    db.session.execute(delete(Choice).where(Choice.user_id == user.id, Choice.way.in_(ways)))
    for kind in KINDS.values():
        for way in kind.open.intersection(ways):
            if ((kind.name, way) in wanted) != (way in kind.on):
                here = (kind.name, way) in wanted
                db.session.add(Choice(user_id=user.id, kind=kind.name, way=way, wanted=here))
    db.session.flush()
    chosen = choices_of(user)
    taken = {name: kind.ways(chosen.get(name, {})) for name, kind in KINDS.items()}
    push.drop(user, [name for name, each in taken.items() if Way.PUSH not in each])
    if not any(Way.MAIL in each for each in taken.values()):
        mail.forget(user.email)
    db.session.commit()


def prune(now: datetime) -> int:
    """Destroys what was read 90 days ago, and forgets browsers whose owners are signed out there."""
    push.prune()
    old = delete(Notification).where(Notification.read_at < now - KEPT_ONCE_READ)
    pruned = len(db.session.scalars(old.returning(Notification.id)).all())
    db.session.commit()
    return pruned


def forget(user: User) -> None:
    """Destroys all that is kept of somebody here, in the caller's transaction: their account goes."""
    push.forget(user)
    for kept in (Notification, Choice):
        db.session.execute(delete(kept).where(kept.user_id == user.id))


def export(user: User) -> dict[str, object]:
    """Returns all that somebody was told, the oldest first, and what they chose, for them to take away."""
    own = select(Notification).where(Notification.user_id == user.id, Notification.shown)
    told = [
        {
            "kind": each.kind,
            "sentence": each.sentence,
            "url": each.url,
            "created_at": each.created_at,
            "read_at": each.read_at,
        }
        for each in db.session.scalars(own.order_by(Notification.created_at, Notification.id))
    ]
    return {"told": told, "choices": choices_of(user), "browsers": push.export(user)}
