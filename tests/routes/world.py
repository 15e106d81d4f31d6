"""Everybody and everything that a request may concern, and a way back to how it all was."""

import shutil
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_security import hash_password
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.accounts.conftest import AuthenticatorApp
from tests.conftest import PASSWORD, FrozenClock, hash_quickly
from tests.media.fake import FakeCore
from tests.recordings.conftest import MIX, recording_of
from tests.spaces.conftest import Room, bring
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.models import ApiToken, User
from webapp.db import db
from webapp.media import SUBPROTOCOL, EventKind
from webapp.moderation import services as moderation
from webapp.moments import services as moments
from webapp.moments.pulse import Pulse
from webapp.notifications.models import Notification
from webapp.podcast import services as podcast
from webapp.podcast.models import Episode
from webapp.posts import services as posts
from webapp.recordings import downloads, keeping
from webapp.recordings.disk import directory
from webapp.recordings.library import download_of
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.spaces.requests import services as requests
from webapp.spaces.stage import services as stage
from webapp.spaces.times import Plan
from webapp.spaces.visitor import Visitor
from webapp.vault.queries import copy_kept

ROLES = "guest stranger listener speaker cohost host blocked removed reviewer operator".split()
_NAMES = {
    "stranger": "Charlie",
    "listener": "Lisa",
    "speaker": "Sam",
    "cohost": "Bob",
    "host": "Alice",
    "blocked": "Mallory",
    "removed": "Rex",
    "reviewer": "Rita",
    "operator": "Olga",
    "closed": "Clara",
}
_OTHERS = "Asker Invited Talker Present Elsewhere".split()
"""Whom things are done to: who asks to speak, who is invited, speaks, listens, and who is in no space."""
IN_PLANNED = "start cancel edit door reminder calendar.ics".split()
"""What is for spaces that have not started; the rest is for those that are live."""
WHY = "A listener reported what was said."


class World:
    """A live, a planned and an ended space of Alice's, and somebody of every role.

    What a request has changed is put back before the next: rows, files, and what the process knows.
    """

    def __init__(self, app: Flask, clock: FrozenClock, data_dir: Path) -> None:
        self.app, self.clock, self._data_dir = app, clock, data_dir
        self._database, self._kept = data_dir / "parley.sqlite3", data_dir.parent / "kept"
        self.room = Room(app)
        hash_quickly(app)
        self.people = self._people()
        self.live, self.ended = self._evening("Tea"), self._evening("Cake")
        self.pin = moments.pin_link(self.live, self.people["host"], "https://tea.example", "Tea", clock.now())
        self.old_pin = moments.pin_link(
            self.ended, self.people["host"], "https://cake.example", "Cake", clock.now()
        )
        self.mark = moments.remember(self.ended, self.people["listener"], "Listen", clock.now())
        self._close(self.ended)
        at = Plan(clock.now() + timedelta(days=1), "UTC")
        self.planned = services.create_space(self.people["host"], "Soon", "", False, clock.now(), plan=at)
        self.recording = recording_of(self.ended)
        self._around()
        self.ids = self._ids()
        self.space_ids = {"planned": self.planned.public_id, "ended": self.ended.public_id}
        self.handles = {who: user.handle for who, user in self.people.items()}
        with app.test_request_context():
            self.download = downloads.link(self.recording, download_of(self.recording, "mix"))
        self.cookies = {who: self._signed_in(who) for who in ("guest", *self.people)}
        self.people["closed"].active = False
        db.session.commit()
        self._keep()

    def _people(self) -> dict[str, User]:
        now = self.clock.now()
        names = [*_NAMES.values(), *_OTHERS]
        password = hash_password(PASSWORD)
        made = {
            name: accounts.add_account(f"{name}@example.com", password, name.lower(), name, now)
            for name in names
        }
        people = {role: made[name] for role, name in _NAMES.items()} | {
            name.lower(): made[name] for name in _OTHERS
        }
        accounts.make_operator(people["operator"])
        accounts.make_reviewer(people["reviewer"])
        AuthenticatorApp(self.app, self.clock).turn_on(people["reviewer"])
        return people

    def _evening(self, title: str) -> Space:
        """A recorded space with somebody of every role, and people who ask, are invited and talk."""
        people, now = self.people, self.clock.now()
        host = people["host"]
        space = services.create_space(host, title, "", True, now)
        services.start_space(space, host, now)
        for role in ("host", "cohost", "speaker", "listener", "removed", *map(str.lower, _OTHERS[:4])):
            self.room.enter(space, people[role])
        for role in ("cohost", "speaker", "talker"):
            bring(space, host, people[role].handle)
        stage.make_cohost(space, host, people["cohost"].handle)
        for role in ("cohost", "speaker", "talker"):
            services.answer_consent(space, people[role], "yes", now)
        stage.set_muted(space, people["talker"], False)
        services.remove_person(space, host, people["removed"].handle, now)
        self.room.go(space, people["removed"])
        requests.ask(space, people["asker"], "May I?", now)
        stage.invite(space, host, people["invited"].handle, now)
        return space

    def _close(self, space: Space) -> None:
        for name in ("mix.opus", podcast.NAME):
            (directory(recording_of(space)) / name).write_bytes(MIX)
        services.end_space(space, self.people["host"], self.clock.tick(minutes=40))
        self.room.core.say(EventKind.RECORD_CLOSED, space.id, value=2_400_000)
        self.room.turn()
        self.room.core.say(EventKind.ROOM_CLOSED, space.id)
        self.room.turn()

    def _around(self) -> None:
        """What there is beside spaces: a block, a token, a notification, a sealed copy, a roll-out."""
        people, now = self.people, self.clock.now()
        relations.block(people["host"], people["blocked"], now)
        accounts.create_token(people["listener"], "bot", now)
        self.token = db.session.scalars(select(ApiToken)).one()
        keeping.seal_waiting(now)
        copy = copy_kept(self.recording.public_id, now)
        self.access = moderation.open_copy(copy, people["reviewer"], WHY, now)
        self.hold = moderation.place_hold(
            copy, people["reviewer"], WHY, f"{self.clock.tick(days=200):%F}", now
        )
        self.clock.tick(days=-200)
        rollout.start(RECORDING, now)
        rollout.put_on_list(RECORDING, people["talker"].handle, now)
        told = select(Notification).where(Notification.user_id == people["invited"].id)
        self.notification = db.session.scalars(told).first()
        assert self.notification is not None
        self.notification.user_id = people["listener"].id
        self.post = posts.write_post(people["listener"], "Tea is on.", now)
        moderation.report_post(self.post, Visitor(people["talker"]), moderation.Draft("other", WHY), now)
        podcast.offer(people["host"], "http://localhost/@alice/podcast.xml", now)
        whole = {"size_bytes": len(MIX), "sha256": "0" * 64, "claimed_at": now, "made_at": now, "attempts": 1}
        db.session.add(Episode(recording_id=self.recording.id, **whole))
        db.session.commit()

    def _ids(self) -> dict[str, dict[str, str]]:
        """Returns what stands in addresses, by how they begin; the later ones count."""
        space, number = "/spaces/<public_id>", "<int(max=2147483647):number>"
        planned, ended = ({"public_id": each.public_id} for each in (self.planned, self.ended))
        sealed = {"ref": self.recording.public_id}
        return {
            "/recordings/": {"public_id": self.recording.public_id},
            "/recordings/<public_id>/download/": {"name": "mix"},
            "/recordings/<public_id>/files/": {"name": "mix"},
            "/notifications/": {"public_id": self.notification.public_id},
            "/review/accesses/": {"public_id": self.access.public_id, "name": "mix.opus"},
            "/review/copies": sealed,
            "/review/copies/<ref>/holds/": {"number": str(self.hold.id)},
            "/podcast/": {"public_id": self.recording.public_id},
            "/posts/": {"public_id": self.post.public_id, "deed": "like"},
            "/review/posts/": {"public_id": self.post.public_id},
            "/pictures/": {"page": self.live.url[1:]},
            "/settings/tokens/": {"token_id": str(self.token.id)},
            space: {"public_id": self.live.public_id},
            **{f"{space}/{rest}": planned for rest in IN_PLANNED},
            f"{space}/marks/": ended | {"number": str(self.mark.id)},
            f"{space}/links/": {"number": str(self.pin.id)},
            f"{space}/links/{number}/delete": ended | {"number": str(self.old_pin.id)},
            "/admin/jobs/": {"name": "reminders"},
            "/words/": {"tag": "en"},
            "/static/vendor/": {"name": "htmx.min.js"},
            "/static/v-<version>/vendor/": {"name": "htmx.min.js"},
        }

    # Requests

    def ask(
        self, who: str, method: str, path: str, *, csrf: bool = True, htmx: bool = False, **form: str
    ) -> TestResponse:
        """Makes a request as somebody's browser would, with the token of a page that it has open."""
        browser = self.app.test_client()
        cookie, token = self.cookies[who]
        browser.set_cookie("parley", cookie)
        headers = {"Accept": "text/html", "Origin": "http://localhost"}
        if path.endswith("/socket"):
            headers |= {
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Protocol": SUBPROTOCOL,
            }
        if htmx:
            headers["HX-Request"] = "true"
        if method == "POST" and csrf:
            headers["X-CSRFToken"] = token
        return browser.open(path, method=method, headers=headers, data=form or None)

    def _signed_in(self, who: str) -> tuple[str, str]:
        browser = self.app.test_client()
        if who != "guest":
            user = self.people[who]
            self.app.config["WTF_CSRF_ENABLED"] = False
            browser.post("/sign-in", data={"email": user.email, "password": PASSWORD})
            if user.has_two_factor:
                phone = AuthenticatorApp(self.app, self.clock)
                browser.post("/sign-in/code", data={"code": phone.code(user.tf_totp_secret)})
            self.app.config["WTF_CSRF_ENABLED"] = True
        page = browser.get("/no/such/page", headers={"Accept": "text/html"}).text
        token = page.split('"X-CSRFToken": "')[1].split('"')[0]
        cookie = browser.get_cookie("parley")
        assert cookie is not None
        return cookie.value, token

    # What else may be so

    def everybody(self, does: Callable[[User, User, datetime], object], to: str) -> None:
        """Has everybody do something to one of them."""
        for role in ROLES[1:]:
            does(self.people[role], self.people[to], self.clock.now())

    def drop(self, table: str) -> None:
        db.session.execute(db.metadata.tables[table].delete())

    # How it all was

    def rows(self) -> dict[str, list[Any]]:
        """Returns every row there is, by table."""
        with sqlite3.connect(self._database) as connection:
            return {
                table: connection.execute(f"SELECT * FROM {table}").fetchall()  # its own tables' names
                for table in db.metadata.tables
            }

    def _keep(self) -> None:
        db.session.rollback()
        with sqlite3.connect(self._database) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(self._data_dir, self._kept)
        self.before = self.rows()
        self._present = self.app.extensions["live"].presence.people(self.live.id)
        self.put_back()

    def put_back(self) -> None:
        """Has everything be as it was."""
        db.session.rollback()
        for name in ("recordings", "vault", "keys"):
            shutil.copytree(self._kept / name, self._data_dir / name, dirs_exist_ok=True)
        with (
            sqlite3.connect(self._kept / self._database.name) as kept_rows,
            sqlite3.connect(self._database) as connection,
        ):
            kept_rows.backup(connection)
        core = FakeCore()
        core.open_room(self.live.id)
        core.record(self.live.id, self._data_dir)
        self.app.extensions["media"].core = core
        self.forget()
        presence = self.app.extensions["live"].presence
        presence.forget(self.live.id)
        for number in self._present:
            presence.opened(self.live.id, number, number)
        db.session.expire_all()

    def forget(self) -> None:
        """Has nobody have tried anything yet."""
        self.app.extensions["limits"].reset()
        self.app.extensions["pulse"] = Pulse()
