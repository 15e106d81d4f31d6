"""What `flask demo seed` makes of an empty site, and where it refuses."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from tests.conftest import FrozenClock
from webapp.accounts.models import Follow, User
from webapp.accounts.services import account_by_handle
from webapp.bot import audio
from webapp.db import Model, db
from webapp.demo import cli, seed, town
from webapp.posts.models import Like, Post, Repost, Topic
from webapp.recordings.models import Recording
from webapp.scheduling.models import Reminder
from webapp.spaces.models import Space
from webapp.spaces.states import OpenTo, State

TICKS_S = 5
"""A tenth of what is true: what is recorded goes through the real core."""


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    tone = audio.array("h", ([7000] * 60 + [-7000] * 60) * 16 * 25)
    packets = list(audio.encode(tone))
    silence = [None] * len(packets)
    monkeypatch.setattr(seed, "TICKS_S", TICKS_S)
    monkeypatch.setattr(
        cli, "tracks", lambda _directory: [packets * 4 + silence * 4, silence * 4 + packets * 4]
    )


def run(app: Flask, *options: str) -> str:
    result = app.test_cli_runner().invoke(args=["demo", "seed", *options])
    db.session.expire_all()
    assert result.exit_code == 0, result.output
    return result.output


def rows() -> dict[str, int]:
    tables = {mapper.local_table for mapper in Model.registry.mappers}
    return {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in tables}


def count(table: type[Model]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_site_is_filled_once(app: Flask, settings, clock: FrozenClock, client: FlaskClient) -> None:
    printed = run(app)
    assert count(User) == len(town.PEOPLE) == 30
    assert count(Post) == len(town.POSTS) >= 60
    assert min(count(Follow), count(Like)) > 200
    assert count(Repost) > 30
    assert count(Topic) > 30
    assert count(Reminder) == 20
    states = Counter(db.session.scalars(select(Space.state)))
    assert states == {State.ENDED: 13, State.SCHEDULED: 6, State.CANCELLED: 1}
    doors = Counter(db.session.scalars(select(Space.open_to)))
    assert (doors[OpenTo.LINK], doors[OpenTo.FOLLOWED]) == (1, 1)
    assert db.session.query(Space).filter(~Space.guests_allowed).count() == 1
    recordings = db.session.scalars(select(Recording)).all()
    assert len(recordings) == 8
    assert all(recording.duration_ms > 0 and recording.size_bytes for recording in recordings)
    assert len({recording.duration_ms for recording in recordings}) > 5
    assert [bool(each.deleted_at) for each in recordings].count(True) == 1
    assert [each.host_until < clock.now() for each in recordings].count(True) == 1
    quoting = db.session.query(Post).filter(Post.quote_of_id.is_not(None)).count()
    answering = db.session.query(Post).filter(Post.reply_to_id.is_not(None)).count()
    linking = db.session.query(Post).filter(Post.space_id.is_not(None)).count()
    assert min(quoting, linking) > 4
    assert answering > 15
    assert not db.session.query(User).filter(User.roles.any()).count()
    _signs_in(settings.data_dir, printed, client)
    before = rows()
    clock.tick(days=2)
    assert run(app) == printed
    assert rows() == before


def _signs_in(data: Path, printed: str, client: FlaskClient) -> None:
    password = (data / "demo" / "password").read_text()
    assert password in printed
    answer = client.post(
        "/sign-in", data={"email": f"{town.PEOPLE[0].handle}{seed.AT}", "password": password}
    )
    assert answer.status_code == 302, answer.text
    assert town.PEOPLE[0].name in client.get("/").text


def test_site_of_others_is_left_alone(app: Flask, alice: User) -> None:
    result = app.test_cli_runner().invoke(args=["demo", "seed"])
    assert result.exit_code == 1
    assert "1 account of this site" in result.output
    assert count(User) == 1


def test_somebodys_handle_stays_theirs(app: Flask, person: Callable[[str], User]) -> None:
    rosa = person("Rosa")
    result = app.test_cli_runner().invoke(args=["demo", "seed", "--yes"])
    assert result.exit_code == 1
    assert "@rosa" in result.output
    assert account_by_handle("rosa") == rosa
    assert count(User) == 1


@pytest.mark.parametrize("command", ["seed", "prepare"])
@pytest.mark.parametrize("lacking", ["DROP TABLE posts", "ALTER TABLE spaces DROP COLUMN sequence"])
def test_database_that_was_not_migrated_is_said_in_a_sentence(app: Flask, command: str, lacking: str) -> None:
    db.session.execute(text(lacking))
    db.session.commit()
    result = app.test_cli_runner().invoke(args=["demo", command])
    assert result.exit_code == 1
    assert result.output == (
        "Error: The database is not set up, or an older version's: run `flask db upgrade`, then try again.\n"
    )
    assert count(User) == 0


def test_bots_are_no_real_accounts(app: Flask, clock: FrozenClock) -> None:
    cli.services.bots(clock.now())
    assert seed.real_accounts() == 0
