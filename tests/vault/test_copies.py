"""A copy's life: sealed, opened by who may, held, destroyed in its time and never before."""

import contextlib
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.vault.conftest import REF, VOICE
from webapp.accounts.models import User
from webapp.config import Settings
from webapp.db import db
from webapp.errors import Conflict, Invalid, NotFound, Unavailable
from webapp.storage import storage
from webapp.sweeping import RowsFailed
from webapp.vault import queries, services
from webapp.vault.keys import keyring
from webapp.vault.models import Copy, Hold, Receipt
from webapp.vault.sealing import BrokenSeal, unseal

WHY = "Report 7 speaks of a threat."


def everything(copy: Copy) -> bytes:
    return b"".join(services.read(copy, "mix.opus", 0, len(VOICE)))


def receipt() -> Receipt:
    return db.session.scalars(select(Receipt)).one()


def test_what_was_sealed_can_be_read_in_parts(copy: Copy) -> None:
    assert everything(copy) == VOICE
    assert b"".join(services.read(copy, "mix.opus", 70_000, 70_010)) == VOICE[70_000:70_010]
    assert {file.name: file.size_bytes for file in copy.files} == {"empty": 0, "mix.opus": len(VOICE)}


def test_nothing_on_the_disk_holds_it_in_the_clear(copy: Copy, settings: Settings) -> None:
    files = [path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file()]
    assert len(files) >= 3
    assert all(VOICE[:40] not in data for data in files)


def test_what_was_never_sealed_cannot_be_read(expected: Copy) -> None:
    with pytest.raises(FileNotFoundError):
        services.read(expected, "mix.opus", 0, 1)


def test_sealing_twice_changes_nothing(copy: Copy, clock: FrozenClock) -> None:
    sealed_at = copy.sealed_at
    services.seal_copy(copy, {"mix.opus": lambda: [VOICE]}, clock.tick(hours=1))
    assert (copy.sealed_at, len(copy.files)) == (sealed_at, 2)


def test_what_does_not_open_again_is_not_sealed(
    expected: Copy, clock: FrozenClock, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = storage().vault.put

    def spoil(key: str, pieces: Iterator[bytes]) -> None:
        put(key, pieces)
        path = settings.vault_dir / key
        path.write_bytes(path.read_bytes()[:-1] + b"\0")

    monkeypatch.setattr(storage().vault, "put", spoil)
    with pytest.raises(BrokenSeal):
        services.seal_copy(expected, {"mix.opus": lambda: [VOICE]}, clock.now())
    assert expected.sealed_at is None


def test_a_corrupt_copy_says_so(copy: Copy, settings: Settings) -> None:
    path = settings.vault_dir / copy.key("mix.opus")
    path.write_bytes(path.read_bytes()[:100] + b"x" + path.read_bytes()[101:])
    with pytest.raises(BrokenSeal):
        everything(copy)


def test_reviewer_opens_a_copy_for_an_hour_and_it_is_written_down(
    copy: Copy, rita: User, bob: User, clock: FrozenClock
) -> None:
    access = services.open_copy(copy, rita, f"  {WHY}\n", clock.now())
    assert [(found.reviewer, found.reason) for found in queries.accesses_of(copy)] == [(rita, WHY)]
    clock.tick(minutes=60, microseconds=-1)
    assert queries.access_open(rita, access.public_id, clock.now()) is access
    with pytest.raises(NotFound):
        queries.access_open(bob, access.public_id, clock.now())
    with pytest.raises(NotFound):
        queries.access_open(rita, access.public_id, clock.tick(microseconds=1))


@pytest.mark.parametrize("reason", ["", "too short", " " * 40, "x" * 501])
def test_reviewer_has_to_say_why(copy: Copy, rita: User, clock: FrozenClock, reason: str) -> None:
    with pytest.raises(Invalid):
        services.open_copy(copy, rita, reason, clock.now())
    with pytest.raises(Invalid):
        services.place_hold(copy, rita, reason, clock.now() + timedelta(130), clock.now())
    assert queries.accesses_of(copy) == []


def test_it_is_destroyed_at_120_days_and_a_receipt_stays(
    copy: Copy, alice: User, clock: FrozenClock, settings: Settings
) -> None:
    sealed = (settings.vault_dir / copy.key("mix.opus")).read_bytes()
    assert services.purge_due(clock.tick(days=120, microseconds=-1)) == 0
    assert everything(copy) == VOICE
    assert services.purge_due(clock.tick(microseconds=1)) == 1
    assert keyring().find(REF) is None
    assert storage().vault.keys_in(REF) == []
    assert queries.receipts_of(alice) == [receipt()]
    digests = {file["name"]: file["sha256"] for file in receipt().files}
    assert digests["mix.opus"] == hashlib.sha256(VOICE).hexdigest()
    assert (receipt().title, receipt().destroyed_at) == ("Tea", clock.now())
    assert not opens_with_anything_left(sealed, settings.data_dir)


def opens_with_anything_left(sealed: bytes, directory: Path) -> bool:
    """Tries every 32 bytes of every file that is left as the key of a copy somebody kept.

    But not what repeats itself as no random key does: of 32 random bytes some 30 differ.
    """
    for path in directory.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        for at in range(max(0, len(data) - 31)):
            key = data[at : at + 32]
            if len(set(key)) < 20:
                continue
            try:
                list(unseal(key, "mix.opus", len(VOICE), lambda a, b: sealed[a:b], 0, 1))
            except BrokenSeal:
                continue
            return True
    return False


def test_a_key_that_is_left_would_have_been_found(copy: Copy, settings: Settings) -> None:
    sealed = (settings.vault_dir / copy.key("mix.opus")).read_bytes()
    assert opens_with_anything_left(sealed, settings.keys_dir)


def test_destroying_twice_leaves_one_receipt(copy: Copy, clock: FrozenClock) -> None:
    clock.tick(days=121)
    assert [services.purge_due(clock.now()), services.purge_due(clock.now())] == [1, 0]
    assert receipt().ref == REF


def test_what_was_never_sealed_is_destroyed_as_well(expected: Copy, clock: FrozenClock) -> None:
    assert services.purge_due(clock.tick(days=121)) == 1
    assert receipt().files == []


def test_reviewer_holds_it_and_the_hold_ends(copy: Copy, rita: User, clock: FrozenClock) -> None:
    until = copy.until + timedelta(days=10)
    services.place_hold(copy, rita, WHY, until, clock.tick(days=119))
    assert (copy.kept_until, queries.active_hold(copy, clock.now())) == (until, copy.holds[0])
    assert services.purge_due(clock.tick(days=10, hours=23)) == 0
    assert everything(copy) == VOICE
    assert services.purge_due(clock.tick(hours=1)) == 1
    assert [hold["reason"] for hold in receipt().holds] == [WHY]


def test_reviewer_releases_a_hold_and_its_time_has_come(copy: Copy, rita: User, clock: FrozenClock) -> None:
    hold = services.place_hold(copy, rita, WHY, copy.until + timedelta(days=50), clock.now())
    clock.tick(days=130)
    services.release_hold(hold, clock.now())
    with pytest.raises(Conflict):
        services.release_hold(hold, clock.now())
    assert services.purge_due(clock.now()) == 1


def test_of_two_holds_the_longer_counts(copy: Copy, rita: User, bob: User, clock: FrozenClock) -> None:
    long = services.place_hold(copy, rita, WHY, copy.until + timedelta(days=50), clock.now())
    services.place_hold(copy, bob, WHY, copy.until + timedelta(days=5), clock.now())
    assert copy.kept_until == long.until
    services.release_hold(long, clock.now())
    assert copy.kept_until == copy.until + timedelta(days=5)


def test_reviewers_change_holds_one_after_the_other(
    copy: Copy, rita: User, clock: FrozenClock, queries_of_postgresql: list[str]
) -> None:
    """Else two at once might each count their own alone, and the shorter would be written last."""
    hold = services.place_hold(copy, rita, WHY, copy.until + timedelta(days=5), clock.now())
    services.release_hold(hold, clock.now())
    assert sum(asked.endswith("FOR UPDATE") for asked in queries_of_postgresql) == 2


def test_a_hold_is_no_shorter_than_the_rule_nor_longer_than_a_year(
    copy: Copy, rita: User, clock: FrozenClock
) -> None:
    for until in (copy.until, clock.now() + timedelta(days=366)):
        with pytest.raises(Invalid):
            services.place_hold(copy, rita, WHY, until, clock.now())
    assert db.session.scalars(select(Hold)).all() == []


def test_nothing_is_held_or_opened_once_its_time_has_come(copy: Copy, rita: User, clock: FrozenClock) -> None:
    access = services.open_copy(copy, rita, WHY, clock.tick(days=120, minutes=-5))
    with pytest.raises(NotFound):
        queries.access_open(rita, access.public_id, clock.tick(minutes=5))
    with pytest.raises(NotFound):
        queries.copy_kept(REF, clock.now())
    with pytest.raises(NotFound):
        services.place_hold(copy, rita, WHY, clock.now() + timedelta(days=3), clock.now())
    assert queries.copies_kept(clock.now()) == []


def test_a_store_that_is_lost_stops_nobody_else(
    copy: Copy, alice: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    services.expect("other", alice, "Cake", ended_at=now, heard_until=now, until=now + timedelta(120))
    db.session.commit()
    keys_in = storage().vault.keys_in

    def lost(prefix: str = "") -> list[str]:
        if prefix == REF:
            raise Unavailable("The store does not answer.")
        return keys_in(prefix)

    monkeypatch.setattr(storage().vault, "keys_in", lost)
    with pytest.raises(RowsFailed, match="1 done, 1 failed"):
        services.purge_due(clock.tick(days=121))
    assert receipt().ref == "other"
    monkeypatch.undo()
    assert services.purge_due(clock.now()) == 1


@pytest.mark.parametrize("lost", [False, True])
def test_what_is_sealed_while_its_time_comes_is_destroyed_as_well(
    expected: Copy, clock: FrozenClock, lost: bool
) -> None:
    """As when two processes come to it at once, a long time late."""

    def too_late() -> list[bytes]:
        assert services.purge_due(clock.now()) == 1
        return [VOICE]

    def last() -> list[bytes]:
        if lost:
            raise Unavailable("The store does not answer at the moment.")
        return [VOICE]

    clock.tick(days=120)
    with contextlib.suppress(Unavailable):
        services.seal_copy(expected, {"a": lambda: [VOICE], "b": too_late, "c": last}, clock.now())
    assert (expected.purged_at, expected.sealed_at) == (clock.now(), None)
    assert keyring().refs() == storage().vault.keys_in(REF) == []
