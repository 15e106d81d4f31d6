"""With an S3-compatible store: what is whole is taken there, and leaves the disk once it was verified."""

from collections.abc import Iterator

import boto3
import pytest
from flask.testing import FlaskClient
from moto.server import ThreadedMotoServer
from sqlalchemy import select

from tests.conftest import FrozenClock
from tests.recordings.conftest import MIX
from webapp.config import Settings
from webapp.db import db
from webapp.recordings import files
from webapp.recordings.models import Finding, Recording
from webapp.scheduler import scheduler
from webapp.storage import open_storage, storage
from webapp.sweeping import RowsFailed
from webapp.vault import services as vault
from webapp.vault.queries import copy_of

BUCKET = "parley"
SECRET = "not much of a secret"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str) -> object:
    """What is really there, as somebody else's client sees it."""
    s3 = boto3.resource(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="parley",
        aws_secret_access_key=SECRET,
    )
    bucket = s3.create_bucket(Bucket=BUCKET)
    yield bucket
    bucket.objects.delete()
    bucket.delete()


@pytest.fixture
def settings(settings: Settings, endpoint: str, bucket: object) -> Settings:
    return settings.model_copy(update={"s3_bucket": BUCKET, "s3_endpoint": endpoint} | credentials())


def credentials() -> dict[str, object]:
    made = Settings(_env_file=None, s3_access_key_id="parley", s3_secret_access_key=SECRET)
    return {name: getattr(made, name) for name in ("s3_access_key_id", "s3_secret_access_key")}


def sweep(*names: str) -> None:
    for name in names:
        scheduler().run(name)
    db.session.expire_all()


def names_in(bucket: object, prefix: str) -> list[str]:
    return sorted(found.key.rpartition("/")[2] for found in bucket.objects.filter(Prefix=prefix))


def audio(client: FlaskClient, recording: Recording, **headers: str) -> bytes:
    answer = client.get(f"/recordings/{recording.public_id}/audio", headers=headers)
    assert answer.status_code in (200, 206)
    return bytes(answer.data)


def test_before_it_is_taken_there_it_is_heard_from_the_disk(
    recording: Recording, client: FlaskClient, bucket: object
) -> None:
    assert audio(client, recording) == MIX
    assert names_in(bucket, "recordings/") == []


def test_it_is_taken_there_and_heard_from_there(
    recording: Recording, client: FlaskClient, bucket: object, settings: Settings, clock: FrozenClock
) -> None:
    tag = client.get(f"/recordings/{recording.public_id}/audio").headers["ETag"]
    sweep("seal", "shelve")
    assert "mix.opus" in names_in(bucket, "recordings/")
    assert "mix.opus.sealed" in names_in(bucket, "vault/")
    assert not any(path.is_file() for path in settings.recordings_dir.rglob("*"))
    assert audio(client, recording, Range="bytes=100-199", **{"If-Range": tag}) == MIX[100:200]
    assert client.get(f"/recordings/{recording.public_id}/waveform.json").json["bars"]
    copy = copy_of(recording.public_id)
    assert b"".join(vault.read(copy, "mix.opus", 10, 20)) == MIX[10:20]
    clock.tick(days=31)
    sweep("expire")
    assert names_in(bucket, "recordings/") == []
    clock.tick(days=90)
    sweep("purge", "reconcile")
    assert names_in(bucket, "vault/") == []
    assert db.session.scalars(select(Finding)).all() == []


def test_what_the_store_changed_stays_on_the_disk(
    recording: Recording, bucket: object, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = storage().shelf.put

    def spoil(key: str, pieces: Iterator[bytes]) -> None:
        put(key, [b"".join(pieces)[:-1] + b"?"])

    monkeypatch.setattr(storage().shelf, "put", spoil)
    with pytest.raises(RowsFailed, match="something else"):
        sweep("shelve")
    assert (settings.recordings_dir / recording.public_id / "mix.opus").read_bytes() == MIX
    assert recording.shelved_at is None


def test_whoever_listens_while_it_is_taken_there_hears_on(recording: Recording, bucket: object) -> None:
    pieces = files.stream(recording, "mix.opus", 0, len(MIX))
    sweep("shelve")
    assert b"".join(pieces) == MIX


def test_a_store_that_is_lost_is_said_to_be(
    recording: Recording, client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep("seal", "shelve")
    gone = settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    monkeypatch.setitem(client.application.extensions, "storage", open_storage(gone))
    answer = client.get(f"/recordings/{recording.public_id}/waveform.json")
    assert answer.status_code == 503
    assert "The store does not answer" in answer.text
