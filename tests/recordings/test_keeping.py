"""The calendar of a recording: day 0, 30, 119, 120, whatever the clock, the disk and the host do."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.recordings.conftest import MIX, copy_for, recording_of
from webapp.accounts.models import User
from webapp.clock import SystemClock
from webapp.config import Settings
from webapp.db import db
from webapp.recordings import keeping
from webapp.recordings.models import Finding, Recording
from webapp.recordings.queries import clocks_of
from webapp.recordings.retention import Clock
from webapp.scheduler import scheduler
from webapp.spaces import services
from webapp.spaces.models import Space
from webapp.sweeping import RowsFailed
from webapp.vault import services as vault
from webapp.vault.queries import receipts_of

SWEEPS = ("publish", "seal", "shelve", "expire", "purge", "reconcile")


def sweep() -> None:
    for name in SWEEPS:
        scheduler().run(name)
    db.session.expire_all()


def findings() -> list[tuple[str, str]]:
    scheduler().run("reconcile")
    return [(finding.what, finding.key) for finding in db.session.scalars(select(Finding))]


def heard(client: FlaskClient, recording: Recording) -> bool:
    answer = client.get(f"/recordings/{recording.public_id}/audio")
    assert answer.status_code in (200, 404)
    return bool(answer.status_code == 200)


def clock_now(recording: Recording, now: datetime) -> Clock:
    return clocks_of([recording], now)[0]


def clear_bytes(settings: Settings, recording: Recording) -> list[str]:
    return sorted(path.name for path in (settings.recordings_dir / recording.public_id).glob("*"))


def sealed_mix(recording: Recording) -> bytes:
    return b"".join(vault.read(copy_for(recording), "mix.opus", 0, len(MIX)))


def test_a_copy_is_sealed_with_every_file_and_what_it_is(recording: Recording, alice: User) -> None:
    sweep()
    copy = copy_for(recording)
    names = ["about.json", "mix.opus", "peaks.u8", f"track-{alice.id}.opus", "turns.ndjson"]
    assert [file.name for file in copy.files] == names
    assert sealed_mix(recording) == MIX
    about = json.loads(b"".join(vault.read(copy, "about.json", 0, copy.files[0].size_bytes)))
    assert (about["title"], about["host"]["handle"]) == ("Tea", "alice")
    assert list(about["tracks"]) == [f"track-{alice.id}.opus"]


def test_from_day_to_day(
    recording: Recording, client: FlaskClient, clock: FrozenClock, settings: Settings, alice: User
) -> None:
    sweep()
    clock.tick(days=30, microseconds=-1)
    sweep()
    assert heard(client, recording)
    assert "mix.opus" in clear_bytes(settings, recording)
    clock.tick(microseconds=1)
    assert not heard(client, recording)
    assert "mix.opus" in clear_bytes(settings, recording)
    sweep()
    assert clear_bytes(settings, recording) == []
    assert sealed_mix(recording) == MIX
    clock.tick(days=90, microseconds=-1)
    sweep()
    assert sealed_mix(recording) == MIX
    clock.tick(microseconds=1)
    sweep()
    assert copy_for(recording).purged_at == clock.now()
    assert [receipt.title for receipt in receipts_of(alice)] == ["Tea"]
    assert findings() == []


def test_what_is_deleted_leaves_the_disk_once_it_is_sealed(
    recording: Recording, client: FlaskClient, clock: FrozenClock, settings: Settings
) -> None:
    recording.deleted_at = clock.tick(days=3)
    db.session.commit()
    keeping.erase_gone(clock.now())
    assert "mix.opus" in clear_bytes(settings, recording)
    sweep()
    assert clear_bytes(settings, recording) == []
    assert sealed_mix(recording) == MIX
    assert copy_for(recording).until == recording.ended_at + timedelta(days=120)


def test_a_server_that_slept_a_week_or_half_a_year(
    recording: Recording, client: FlaskClient, clock: FrozenClock, settings: Settings, alice: User
) -> None:
    clock.tick(days=7)
    sweep()
    assert heard(client, recording)
    clock.tick(days=180)
    assert not heard(client, recording)
    sweep()
    assert clear_bytes(settings, recording) == []
    assert len(receipts_of(alice)) == 1
    assert findings() == []


def test_a_clock_that_is_set_back_destroys_nothing_early_and_brings_nothing_back(
    recording: Recording, client: FlaskClient, clock: FrozenClock
) -> None:
    sweep()
    clock.tick(days=30, hours=1)
    sweep()
    clock.tick(days=-1)
    sweep()
    assert not heard(client, recording)
    clock.tick(days=91, minutes=-61)
    sweep()
    assert sealed_mix(recording) == MIX
    clock.tick(days=-1)
    sweep()
    assert sealed_mix(recording) == MIX


def test_a_clock_that_is_set_back_during_the_space_counts_from_its_start(
    live: Space, files: Path, alice: User, clock: FrozenClock
) -> None:
    started_at = clock.now()
    services.end_space(live, alice, clock.tick(days=-1))
    assert live.ended_at == started_at
    assert recording_of(live).host_until == started_at + timedelta(days=30)


@pytest.mark.parametrize(
    "ended_at",
    [
        datetime(2028, 2, 29, 12, tzinfo=UTC),
        datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_thirty_days_are_thirty_days_on_the_machines_own_clock(
    publish: Callable[[], Recording],
    app: object,
    client: FlaskClient,
    ended_at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over a leap day, both changes of summer time and a new year, in a zone that has them."""
    recording = publish()
    monkeypatch.setitem(client.application.extensions, "clock", SystemClock())
    shift = ended_at - recording.ended_at
    copy = copy_for(recording)
    recording.ended_at, recording.host_until = ended_at, recording.host_until + shift
    copy.until += shift
    db.session.commit()
    with time_machine.travel(ended_at, tick=False) as machine:
        sweep()
        for days, second, hears, kept in (
            (0, 0, True, True),
            (30, -1, True, True),
            (30, 0, False, True),
            (30, 1, False, True),
            (119, 0, False, True),
            (120, -1, False, True),
            (120, 0, False, False),
        ):
            machine.move_to(ended_at + timedelta(days=days, seconds=second))
            sweep()
            assert heard(client, recording) is hears
            assert (copy_for(recording).purged_at is None) is kept


def test_a_hold_keeps_it_and_every_clock_says_so(
    recording: Recording, person: Callable[[str], User], clock: FrozenClock
) -> None:
    sweep()
    clock.tick(days=40)
    sweep()
    assert clock_now(recording, clock.now()).stage == "sealed"
    until = copy_for(recording).until + timedelta(days=20)
    vault.place_hold(copy_for(recording), person("Rita"), "An appeal is open.", until, clock.now())
    held = clock_now(recording, clock.now())
    assert (held.stage, held.until) == ("held", until)
    clock.tick(days=90)
    sweep()
    assert sealed_mix(recording) == MIX
    assert clock_now(recording, clock.tick(days=10)).stage != "held"
    sweep()
    assert clock_now(recording, clock.now()).stage == "destroyed"


def test_a_full_disk_is_reported_and_nothing_is_lost(
    recording: Recording, clock: FrozenClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.storage.obstore.open_writer", _no_space)
    recording.deleted_at = clock.now()
    db.session.commit()
    with pytest.raises(RowsFailed, match="store does not answer"):
        keeping.seal_waiting(clock.now())
    keeping.erase_gone(clock.now())
    assert "mix.opus" in clear_bytes(settings, recording)
    monkeypatch.undo()
    sweep()
    assert sealed_mix(recording) == MIX
    assert clear_bytes(settings, recording) == []


def _no_space(*_args: object, **_kwargs: object) -> None:
    raise OSError(28, "No space left on device")


def test_files_and_rows_that_miss_each_other_are_found_and_told_to_the_operator(
    recording: Recording,
    settings: Settings,
    operator: User,
    alice: User,
    client: FlaskClient,
    sign_in: Callable[[User], FlaskClient],
) -> None:
    sweep()
    assert findings() == []
    stray = settings.recordings_dir / "nobody"
    stray.mkdir()
    (stray / "mix.opus").write_bytes(b"?")
    (settings.vault_dir / "nobody").mkdir()
    (settings.vault_dir / "nobody" / "mix.opus.sealed").write_bytes(b"?")
    (settings.keys_dir / "nobody.key").write_bytes(bytes(32))
    (settings.recordings_dir / recording.public_id / "mix.opus").unlink()
    (settings.vault_dir / recording.public_id / "mix.opus.sealed").unlink()
    (settings.vault_dir / recording.public_id / "peaks.u8.sealed").write_bytes(b"cut")
    assert len(findings()) == len(findings()) == 6
    assert dict(findings()) == {
        "On the disk, of no recording": "nobody/mix.opus",
        "In the vault, of no copy": "nobody/mix.opus.sealed",
        "A key of no copy": "nobody",
        "A recording without its file": f"{recording.public_id}/mix.opus",
        "A copy without its file": f"{recording.public_id}/mix.opus.sealed",
        "A copy whose file has another length": f"{recording.public_id}/peaks.u8.sealed",
    }
    page = sign_in(operator).get("/admin/files").text
    assert "A key of no copy" in page
    assert f"{recording.public_id}/peaks.u8.sealed" in page
    for outsider in (sign_in(alice), client):
        assert outsider.get("/admin/files").status_code == 404


def test_an_empty_disk_is_not_taken_for_a_recording_without_files(
    recording: Recording, files: Path, clock: FrozenClock
) -> None:
    away = files.rename(files.with_name("away"))
    recording.deleted_at = clock.now()
    db.session.commit()
    with pytest.raises(RowsFailed, match=r"is not sealed without mix\.opus, track-"):
        keeping.seal_waiting(clock.now())
    keeping.erase_gone(clock.now())
    assert (copy_for(recording).sealed_at, recording.erased_at) == (None, None)
    away.rename(files)
    sweep()
    assert sealed_mix(recording) == MIX
