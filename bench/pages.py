"""How long the pages take on which people find spaces, on a site where much has happened.

The application answers in this process, over a database of 5,000 spaces and 100,000 memberships, as somebody
who follows fifty people. Then 1,000 open tabs look for changes: while nothing changes, and while the site
changes again and again. Times are of the processor, as on a machine with nothing else to do. Nothing else is
measured here: no socket, no media core.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from support import machine, report

from webapp.accounts.models import Follow, User
from webapp.app import create_app
from webapp.config import Settings
from webapp.db import db
from webapp.recordings.disk import directory
from webapp.recordings.models import Recording
from webapp.recordings.models import State as Recorded
from webapp.spaces.models import Membership, Space
from webapp.spaces.states import Role, State

MARK_MS = 50
PEOPLE, SPACES, MEMBERSHIPS, FOLLOWED, TABS = 1_000, 5_000, 100_000, 50, 1_000
LIVE, UPCOMING, KEPT = 250, 250, 3_000
ACCOUNTS = 100  # of the tabs: each costs the same
PICTURED = 60
PAGES = (
    "/spaces",
    "/spaces?who=followed",
    "/spaces/recorded",
    "/search?q=tea",
    "/search?q=s",
    "/search?q=person",
)
WORDS = "tea cake jazz night city garden river song talk open letters sound winter market chess bread".split()
EXPLAINED = ("/spaces", "/spaces/live", "/spaces/upcoming", "/spaces/recorded")


def fill(app: Flask, now: datetime, chance: random.Random) -> None:
    """Makes a site on which much has happened."""
    people = [
        {"id": n, "email": f"{n}@x.y", "password": "", "fs_uniquifier": str(n), "handle": f"person{n}",
         "display_name": f"Person {n}", "hue": n % 360, "created_at": now, "active": True, "mails": False}
        for n in range(1, PEOPLE + 1)
    ]  # fmt: skip
    db.session.execute(insert(User), people)
    spaces = [_space(n, now, chance) for n in range(1, SPACES + 1)]
    db.session.execute(insert(Space), spaces)
    db.session.execute(insert(Membership), list(_memberships(spaces, now, chance)))
    follows = [{"follower_id": 1, "followed_id": 2 + n * 7, "since": now} for n in range(FOLLOWED)]
    db.session.execute(insert(Follow), follows)
    kept = spaces[LIVE + UPCOMING : LIVE + UPCOMING + KEPT]
    db.session.execute(insert(Recording), [_recording(space) for space in kept])
    db.session.commit()
    for recording in db.session.query(Recording).order_by(Recording.ended_at.desc()).limit(PICTURED):
        (directory(recording) / "peaks.u8").write_bytes(chance.randbytes(600))
    presence = app.extensions["live"].presence
    for number in range(1, LIVE + 1):
        for person in chance.sample(range(1, PEOPLE), chance.randrange(2, 60)):
            presence.opened(number, person, person)


def _space(number: int, now: datetime, chance: random.Random) -> dict[str, object]:
    state, at = State.CANCELLED, now - timedelta(minutes=chance.randrange(60 * 24 * 25))
    if number <= LIVE:
        state, at = State.LIVE, now - timedelta(minutes=chance.randrange(90))
    elif number <= LIVE + UPCOMING:
        state, at = State.SCHEDULED, now + timedelta(minutes=chance.randrange(1, 60 * 24 * 29))
    elif number <= SPACES - 500:
        state = State.ENDED
    begun = state in (State.LIVE, State.ENDED)
    return {
        "id": number, "public_id": f"{number:022}", "host_id": chance.randrange(1, PEOPLE), "record": False,
        "title": " ".join(chance.sample(WORDS, 4)), "topics": chance.sample(WORDS, 2), "state": state,
        "created_at": at, "scheduled_for": at if state == State.SCHEDULED else None,
        "started_at": at if begun else None, "ended_at": at if state == State.ENDED else None,
    }  # fmt: skip


def _memberships(spaces: list[dict[str, object]], now: datetime, chance: random.Random):
    each = MEMBERSHIPS // SPACES
    for space in spaces:
        host = space["host_id"]
        people = [host, *(n for n in chance.sample(range(1, PEOPLE), each) if n != host)][:each]
        for seat, person in enumerate(people):
            role = Role.HOST if seat == 0 else Role.SPEAKER if seat < 5 else Role.LISTENER
            joined = now - timedelta(seconds=chance.randrange(86_400))
            yield {
                "space_id": space["id"], "user_id": person, "role": role, "seat": seat if seat < 5 else None,
                "joined_at": joined if space["started_at"] else None, "muted": True,
            }  # fmt: skip


def _recording(space: dict[str, object]) -> dict[str, object]:
    ended = space["ended_at"]
    assert isinstance(ended, datetime)
    return {
        "public_id": f"r{space['public_id'][1:]}", "space_id": space["id"], "state": Recorded.READY,
        "started_at": ended, "ended_at": ended, "duration_ms": 60_000, "size_bytes": 1,
        "host_until": ended + timedelta(days=30),
    }  # fmt: skip


def took_ms(ask: Callable[[], object]) -> float:
    begin = time.thread_time()
    ask()
    return (time.thread_time() - begin) * 1000


def browser(app: Flask, user: User | None) -> FlaskClient:
    client = app.test_client()
    if user is not None:
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = user.fs_uniquifier, True
    return client


def timed(client: FlaskClient, path: str, n: int) -> tuple[float, float]:
    """p50 and p99 of a page in ms, the median of three runs."""
    runs = [[took_ms(lambda: client.get(path)) for _ in range(n)] for _ in range(3)]
    return median(median(run) for run in runs), median(quantiles(run, n=100)[98] for run in runs)


def looks(app: Flask, users: list[User | None], n: int, changing: bool) -> tuple[float, int]:
    """Requests a second, and how many were answered with something new."""
    tabs = [browser(app, user) for user in users]
    seen = ["x"] * len(tabs)
    presence, new = app.extensions["live"].presence, 0
    for index in range(len(tabs)):
        seen[index] = _look(tabs[index], seen[index])
    begin = time.thread_time()
    for index in range(n):
        if changing and index % 20 == 0:
            presence.opened(1 + index % LIVE, PEOPLE + index, PEOPLE + index)
            app.extensions["watch"]._pulse = None
        tab = index % len(tabs)
        found = _look(tabs[tab], seen[tab])
        new += found != seen[tab]
        seen[tab] = found
    return n / (time.thread_time() - begin), new


def _look(client: FlaskClient, seen: str) -> str:
    answer = client.get(f"/spaces/changes?seen={seen}", headers={"HX-Request": "true"})
    return seen if answer.status_code == 204 else answer.text.split("changes?seen=")[1].split('"')[0]


def scans(app: Flask, client: FlaskClient, paths: tuple[str, ...]) -> list[str]:
    """What of the tables of spaces and recordings is read from one end to the other."""
    from sqlalchemy import event  # noqa: PLC0415

    asked: list[tuple[str, object]] = []
    event.listen(
        db.engine, "before_cursor_execute", lambda _c, _u, sql, values, *_: asked.append((sql, values))
    )
    for path in paths:
        client.get(path)
    found = []
    with db.engine.connect() as connection:
        for sql, values in list(asked):
            if sql.lstrip().upper().startswith("SELECT"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
                steps = [str(row[3]) for row in plan]
                found += [
                    f"{s}: {sql}"
                    for s in steps
                    if s in ("SCAN spaces", "SCAN recordings", "SCAN memberships")
                ]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    n = 12 if parser.parse_args().quick else 150
    print(f"Pages that find spaces, of {SPACES:,} with {MEMBERSHIPS:,} memberships; {machine.describe()}")
    with tempfile.TemporaryDirectory() as place:
        app = create_app(Settings(_env_file=None, data_dir=Path(place) / "data", demo=False))
        with app.app_context():
            db.create_all()
            fill(app, datetime.now(UTC), random.Random(1))
            viewer = db.session.get(User, 1)
            users = db.session.query(User).limit(ACCOUNTS).all()
            db.session.expunge_all()
        client = browser(app, viewer)
        rows = {path: timed(client, path, n) for path in PAGES}
        report.table(
            ("", "p50 ms", "p99 ms"), *((path, f"{a:.1f}", f"{b:.1f}") for path, (a, b) in rows.items())
        )
        print(
            f"  {TABS:,} open tabs, each of which looks every ten seconds: {TABS / 10:.0f} requests a second"
        )
        for who, people in (("guests", [None] * 20), ("accounts", users)):
            for what, changing in (("nothing changes", False), ("all changes every 20th time", True)):
                rate, new = looks(app, people, 20 * n, changing)
                print(f"  {who}, {what}: {rate:,.0f} a second, {new} of {20 * n} new")
        with app.app_context():
            print(f"  full scans: {scans(app, client, EXPLAINED) or 'none'}")
    for path in ("/spaces", "/search?q=tea"):
        report.mark(f"p99 of {path} in ms", rows[path][1], MARK_MS)


if __name__ == "__main__":
    main()
