from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError

from webapp.accounts.models import ApiToken, User
from webapp.db import db, public_id


def test_instants_come_back_aware_and_in_utc(alice: User) -> None:
    alice.created_at = datetime(2026, 7, 1, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    db.session.commit()
    db.session.expire_all()
    assert alice.created_at == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert alice.created_at.tzinfo is UTC


def test_instants_without_a_zone_are_refused(alice: User) -> None:
    alice.created_at = datetime(2026, 7, 1)
    with pytest.raises(StatementError, match="no time zone"):
        db.session.commit()


def test_foreign_keys_are_kept(app: Flask) -> None:
    stray = ApiToken(user_id=404, sha256="0" * 64, name="stray", created_at=datetime.now(UTC))
    db.session.add(stray)
    with pytest.raises(IntegrityError):
        db.session.commit()


def test_readers_do_not_wait_for_a_writer(app: Flask) -> None:
    assert db.session.scalar(text("PRAGMA journal_mode")) == "wal"


def test_public_ids_are_random_and_fit_an_address() -> None:
    ids = {public_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(id) == 22 for id in ids)
