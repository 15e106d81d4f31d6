"""How long the pages take on which people find spaces and read posts, on a site where much has happened.

The application answers in this process, over a database of 5,000 spaces, 100,000 memberships and 100,000
posts, as somebody who follows fifty people, and as a guest. Then 1,000 open tabs look for changes: while
nothing changes, and while the site changes again and again. Times are of the processor, as on a machine with
nothing else to do. At last the pages are asked for by the clock, while the core carries a room to 1,000
listeners, whom the installed server sends larger messages: where both have the whole machine, as an operator
has it, and where both have to share one core. Pages give way to sound, as in the process that serves.
"""

import argparse
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert
from support import machine, native, parley, report, speech

from webapp.accounts.models import Follow, User
from webapp.app import create_app
from webapp.config import Settings
from webapp.db import db
from webapp.posts.models import Like, Post, Repost, Topic
from webapp.posts.places import Place
from webapp.recordings.disk import directory
from webapp.recordings.models import Recording
from webapp.recordings.models import State as Recorded
from webapp.server import NICE, keep_what_is_loaded
from webapp.spaces.models import Membership, Space
from webapp.spaces.states import Role, State

MARK_MS = 50
PEOPLE, SPACES, MEMBERSHIPS, FOLLOWED, TABS = 1_000, 5_000, 100_000, 50, 1_000
LIVE, UPCOMING, KEPT = 250, 250, 3_000
ACCOUNTS = 100  # of the tabs: each costs the same
PICTURED = 60
POSTS, LIKES, REPOSTS, DAYS = 100_000, 200_000, 30_000, 60
LISTENERS, SETTLE_S, LONG_S = 1_000, 4, 3_600
PAGES = (
    "/spaces",
    "/spaces?who=followed",
    "/spaces/recorded",
    "/search?q=tea",
    "/search?q=s",
    "/search?q=person",
)
WORDS = "tea cake jazz night city garden river song talk open letters sound winter market chess bread".split()
TIMELINES = ("/", "/posts", "/@person9", "/@person9/posts", "/topics/tea")
EXPLAINED = ("/spaces", "/spaces/live", "/spaces/upcoming", "/spaces/recorded", *TIMELINES)
SCANNED = {f"SCAN {table}" for table in ("spaces", "recordings", "posts")}
NEVER_SCANNED = tuple(f"SCAN {table}" for table in ("memberships", "likes", "reposts", "post_topics"))
"""Not even along an index, as those above are while they are in the order that is shown."""


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
    _write(now, chance)
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


def _write(now: datetime, chance: random.Random) -> None:
    db.session.execute(insert(Post), [_post(n, now, chance) for n in range(1, POSTS + 1)])
    topics = [{"topic": chance.choice(WORDS), "post_id": n} for n in range(1, POSTS + 1, 3)]
    db.session.execute(insert(Topic), topics)
    for table, n in ((Like, LIKES), (Repost, REPOSTS)):
        pairs = {(chance.randrange(1, POSTS), chance.randrange(1, PEOPLE)) for _ in range(n)}
        rows = [{"post_id": post, "user_id": who, "at": _written(post, now)} for post, who in sorted(pairs)]
        db.session.execute(insert(table), rows)


def _post(number: int, now: datetime, chance: random.Random) -> dict[str, object]:
    below = chance.randrange(1, number) if number > 1 and chance.random() < 0.4 else None
    is_reply = below is not None and chance.random() < 0.75
    return {
        "id": number, "public_id": f"{number:022}", "author_id": chance.randrange(1, PEOPLE),
        "once": f"{number:022}", "text": " ".join(chance.choices(WORDS, k=25)),
        "created_at": _written(number, now), "is_reply": is_reply, "reply_to_id": below if is_reply else None,
        "is_quote": bool(below) and not is_reply, "quote_of_id": None if is_reply else below,
        "space_id": chance.randrange(1, SPACES) if chance.random() < 0.2 else None,
    }  # fmt: skip


def _written(number: int, now: datetime) -> datetime:
    return now - timedelta(days=DAYS) * ((POSTS - number) / POSTS)


def _recording(space: dict[str, object]) -> dict[str, object]:
    ended = space["ended_at"]
    assert isinstance(ended, datetime)
    return {
        "public_id": f"r{space['public_id'][1:]}", "space_id": space["id"], "state": Recorded.READY,
        "started_at": ended, "ended_at": ended, "duration_ms": 60_000, "size_bytes": 1,
        "host_until": ended + timedelta(days=30),
    }  # fmt: skip


def took_ms(ask: Callable[[], object], clock: Callable[[], float]) -> float:
    begin = clock()
    ask()
    return (clock() - begin) * 1000


def browser(app: Flask, user: User | None) -> FlaskClient:
    client = app.test_client()
    if user is not None:
        with client.session_transaction() as session:
            session["_user_id"], session["_fresh"] = user.fs_uniquifier, True
    return client


def timed(
    client: FlaskClient, path: str, n: int, clock: Callable[[], float] = time.thread_time
) -> tuple[float, float]:
    """p50 and p99 of a page in ms, the median of three runs."""
    assert client.get(path).status_code == 200, path
    runs = [[took_ms(lambda: client.get(path), clock) for _ in range(n)] for _ in range(3)]
    return median(median(run) for run in runs), median(
        quantiles(run, n=100, method="inclusive")[98] for run in runs
    )


@contextmanager
def listening(cores: set[int]) -> Iterator[None]:
    """Carries a talker to 1,000 listeners, on some cores, which this process has as well from here on.

    Listeners have the last of the machine's cores, and of that what nobody else wants: theirs are other
    machines.
    """
    server_core, client_core = machine.cores()
    hearers = native.program("hearers", "wire.c")
    with (
        parley.serving(server_core, large_room=Settings.model_fields["large_room"].default) as server,
        parley.talking(server.said, client_core, speech.voice("Front_*.wav")),
    ):
        machine.spread(server.pid, cores)
        what = ("nice", "-n", 19, hearers, server.said, LISTENERS, SETTLE_S, LONG_S, server.pid)
        ears = subprocess.Popen(machine.pinned(client_core, *what), stdout=subprocess.DEVNULL)
        machine.spread(os.getpid(), cores)
        try:
            time.sleep(SETTLE_S)
            assert ears.poll() is None
            yield
        finally:
            ears.kill()
            ears.wait()


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
                found += [f"{s}: {sql}" for s in steps if s in SCANNED or s.startswith(NEVER_SCANNED)]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer")
    n = 12 if parser.parse_args().quick else 150
    print(f"Pages of {SPACES:,} spaces, {MEMBERSHIPS:,} memberships, {POSTS:,} posts; {machine.describe()}")
    machine.open_many_files()
    with tempfile.TemporaryDirectory() as place:
        app = create_app(Settings(_env_file=None, data_dir=Path(place) / "data", demo=False))
        with app.app_context():
            db.create_all()
            fill(app, datetime.now(UTC), random.Random(1))
            viewer = db.session.get(User, 1)
            users = db.session.query(User).limit(ACCOUNTS).all()
            db.session.expunge_all()
        client, guest = browser(app, viewer), browser(app, None)
        deep = f"/posts?before={Place(_written(POSTS // 2, datetime.now(UTC)), '')}"
        asked = [(client, path) for path in (*PAGES, *TIMELINES, deep)] + [(guest, "/"), (guest, "/posts")]
        for who, path in asked:
            who.get(path)
        keep_what_is_loaded()
        rows = {_name(path, who is guest): timed(who, path, n) for who, path in asked}
        show(rows)
        print(
            f"  {TABS:,} open tabs, each of which looks every ten seconds: {TABS / 10:.0f} requests a second"
        )
        for who, people in (("guests", [None] * 20), ("accounts", users)):
            for what, changing in (("nothing changes", False), ("all changes every 20th time", True)):
                rate, new = looks(app, people, 20 * n, changing)
                print(f"  {who}, {what}: {rate:,.0f} a second, {new} of {20 * n} new")
        with app.app_context():
            print(f"  full scans: {scans(app, client, EXPLAINED) or 'none'}")
        first, last = machine.cores()
        meanwhile = {}
        os.nice(NICE)
        for where, cores in (("on the machine", {first, last}), ("on one core", {first})):
            with listening(cores):
                print(f"  by the clock, while {LISTENERS:,} listen to a room {where}")
                meanwhile[where] = {
                    _name(path, who is guest): timed(who, path, n, time.perf_counter) for who, path in asked
                }
                show(meanwhile[where])
    for name in ("/spaces", "/search?q=tea", "/", "/posts", "/ (guest)"):
        report.mark(f"p99 of {name} in ms", rows[name][1], MARK_MS)
        for where, found in meanwhile.items():
            report.mark(f"  while {LISTENERS:,} listen {where}", found[name][1], MARK_MS)


def _name(path: str, is_guest: bool) -> str:
    short = path.partition("=")[0] + "=…" if "before=" in path else path
    return f"{short} (guest)" if is_guest else short


def show(rows: dict[str, tuple[float, float]]) -> None:
    report.table(("", "p50 ms", "p99 ms"), *((name, f"{a:.1f}", f"{b:.1f}") for name, (a, b) in rows.items()))


if __name__ == "__main__":
    main()
