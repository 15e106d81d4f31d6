"""The sweep that sends what waits to push services.

A row is removed once it was sent, so what waits survives a restart. It may go twice, if the process dies at
the wrong moment; a browser shows the second in place of the first, for both have the same tag.
"""

import json
import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import cast

import prometheus_client
from flask import current_app
from sqlalchemy import and_, delete, or_, select, update

from webapp.config import PushKeys
from webapp.db import db
from webapp.errors import Invalid
from webapp.notifications.models import Notification
from webapp.notifications.push.address import Inward
from webapp.notifications.push.courier import Answer, Courier, Message, Unreachable
from webapp.notifications.push.keys import courier, push_keys
from webapp.notifications.push.models import Push, Subscription, in_use
from webapp.notifications.push.services import send_soon

BATCH = 200
POSTMEN = 8
PASS_S = 20
"""So long one pass begins to send at most: other sweeps wait for it."""
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)
GONE = (404, 410)
BUSY = (408, 425, 429)

log = logging.getLogger(__name__)


class PushFailed(Exception):
    """Some pushes did not go. They are tried again."""


def counter(registry: prometheus_client.CollectorRegistry) -> prometheus_client.Counter:
    """Returns what counts how sending went, for whoever runs the site."""
    return prometheus_client.Counter(
        "parley_pushes",
        "Pushes by outcome: sent, gone, refused, dropped, delayed",
        ["outcome"],
        registry=registry,
    )


def deliver(now: datetime) -> int:
    """Sends what waits; returns how many pushes went. PushFailed, at the end, if some stay."""
    keys = push_keys()
    _drop_useless(now, keys)
    if keys is None:
        return 0
    due = _due(now)
    outcomes = _send(due, keys, now)
    if len(due) == BATCH:
        send_soon()
    if outcomes["delayed"]:
        raise PushFailed(f"{outcomes['sent']} sent, {outcomes['delayed']} are tried again")
    return outcomes["sent"]


def _drop_useless(now: datetime, keys: PushKeys | None) -> None:
    """Drops what is too late, what was read elsewhere, and what nobody is signed in to see any more."""
    read = select(Notification.id).where(Notification.shown, Notification.read_at.is_not(None))
    useless = [Push.until <= now, Push.notification_id.in_(read)]
    if keys is not None:
        signed_in = select(Subscription.id).where(in_use(keys.public))
        useless.append(Push.subscription_id.not_in(signed_in))
    db.session.execute(delete(Push).where(or_(*useless)))
    db.session.commit()


def _due(now: datetime) -> dict[int, tuple[int, Message]]:
    """Returns what is to be sent, by number, each with the number of its subscription."""
    waiting = select(Push).where(Push.due_at <= now).order_by(Push.due_at, Push.id).limit(BATCH)
    due = {push.id: (push.subscription_id, _message(push, now)) for push in db.session.scalars(waiting)}
    db.session.commit()  # nothing is held while it is sent
    return due


def _message(push: Push, now: datetime) -> Message:
    to, about = push.subscription, push.notification
    said = {"title": "Parley", "body": about.sentence, "url": about.url or "/notifications"}
    text = json.dumps({**said, "tag": about.public_id}, ensure_ascii=False).encode()
    ttl_s = max(0, int((push.until - now).total_seconds()))
    return Message(to.endpoint, to.p256dh, to.auth, text, about.public_id, ttl_s)


def _send(due: dict[int, tuple[int, Message]], keys: PushKeys, now: datetime) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    carrier, ends = courier(), time.monotonic() + PASS_S
    with ThreadPoolExecutor(POSTMEN, "push") as pool:
        jobs = {
            pool.submit(_carry, carrier, message, keys, now, ends): number
            for number, (_, message) in due.items()
        }
        for job in as_completed(jobs):
            number = jobs[job]
            outcome = _settle(number, due[number][0], job.result(), now)
            outcomes[outcome] += 1
            if outcome:
                counted = cast(prometheus_client.Counter, current_app.extensions["push_outcomes"])
                counted.labels(outcome).inc()
    return outcomes


def _carry(
    carrier: Courier, message: Message, keys: PushKeys, now: datetime, ends: float
) -> Answer | Exception | None:
    """Sends one message, in a thread of its own; None when time was up before it began."""
    if time.monotonic() >= ends:
        return None
    try:
        return carrier.send(message, keys, now)
    except (Unreachable, Inward, Invalid) as error:
        return error
    except Exception as error:  # a thread's top: one browser's fault is not the others'
        log.exception("A push could not be made")
        return error


def _settle(push_id: int, subscription_id: int, said: Answer | Exception | None, now: datetime) -> str:
    """Notes what became of a push, and returns it in a word; nothing when it was not tried. Commits."""
    if said is None:
        return ""
    outcome = _outcome(said)
    if outcome == "delayed":
        _postpone(push_id, subscription_id, said, now)
    elif outcome in ("gone", "refused"):
        db.session.execute(delete(Subscription).where(Subscription.id == subscription_id))
    else:
        db.session.execute(delete(Push).where(Push.id == push_id))
    db.session.commit()
    if outcome not in ("sent", "gone"):
        log.warning("A push to subscription %d was %s: %s", subscription_id, outcome, _named(said))
    return outcome


def _outcome(said: Answer | Exception) -> str:
    if isinstance(said, Inward | Invalid):
        return "refused"
    if isinstance(said, Unreachable):
        return "delayed"
    if isinstance(said, Exception):
        return "dropped"
    if 200 <= said.status < 300:
        return "sent"
    if said.status in GONE:
        return "gone"
    return "delayed" if said.status >= 500 or said.status in BUSY else "dropped"


def _postpone(push_id: int, subscription_id: int, said: Answer | Exception, now: datetime) -> None:
    """Tries again later, each time more so; all that waits for the same browser waits with it."""
    push = db.session.get(Push, push_id)
    if push is None:
        return
    wait = min(FIRST_RETRY * 2**push.tries, LAST_RETRY)
    if isinstance(said, Answer) and said.retry_after:
        wait = max(wait, _asked_for(said.retry_after, now))
    push.tries = min(push.tries + 1, 30)
    later = and_(Push.subscription_id == subscription_id, Push.due_at < now + wait)
    db.session.execute(update(Push).where(or_(Push.id == push_id, later)).values(due_at=now + wait))


def _asked_for(retry_after: str, now: datetime) -> timedelta:
    """Reads a Retry-After, RFC 9110 §10.2.3: seconds or a date; at most a day."""
    try:
        if retry_after.isascii() and retry_after.isdigit():
            wait = timedelta(seconds=min(int(retry_after[:9]), 86_400))
        else:
            wait = parsedate_to_datetime(retry_after) - now
    except (ValueError, TypeError):
        return timedelta()
    return min(wait, timedelta(days=1))


def _named(said: Answer | Exception) -> str:
    """Names what went wrong by what is nobody's address."""
    return str(said.status) if isinstance(said, Answer) else type(said).__name__
