"""What a host takes home: links that need no cookie for five minutes, names, and tags."""

import logging
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import cast
from urllib.parse import quote

from flask import current_app, url_for
from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from webapp.clock import now
from webapp.errors import NotFound
from webapp.ogg import OggError
from webapp.recordings import files
from webapp.recordings.models import Recording
from webapp.recordings.queries import GONE
from webapp.recordings.serving import File
from webapp.recordings.shown import Download
from webapp.recordings.tagging import FRONT_BYTES, UNCHANGED, Tagged, tagged
from webapp.security import site_address
from webapp.templating import calendar_day

KEY_SECONDS = 300
_NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]+')

log = logging.getLogger(__name__)


class _ByOurClock(TimestampSigner):
    def get_timestamp(self) -> int:
        return int(now().timestamp())


def link(recording: Recording, download: Download) -> str:
    """Returns an address of a file that is good for five minutes, for whoever has it."""
    key = _serializer().dumps([recording.public_id, download.name, recording.space.host_id])
    return url_for("recordings.file", public_id=recording.public_id, name=download.name, key=key)


def host_in(key: str, public_id: str, name: str) -> int:
    """Returns who asked for a link, by number. NotFound when it is not, or no longer, a link to this file."""
    try:
        signed = _serializer().loads(key, max_age=KEY_SECONDS)
    except BadData as error:
        raise NotFound(GONE) from error
    if signed[:2] != [public_id, name]:
        raise NotFound(GONE)
    return cast(int, signed[2])


def _serializer() -> URLSafeTimedSerializer:
    secret = cast(str, current_app.secret_key)
    return URLSafeTimedSerializer(secret, salt="recording-download", signer=_ByOurClock)


def tagged_file(recording: Recording, download: Download, may_go_on: Callable[[], bool]) -> File:
    """Returns a file as it is downloaded: with tags, or as it is where no tags can be put."""
    stat = files.stat(recording, download.filename)
    front = _front(recording, download)
    version = sha256(front.head).hexdigest()[:16]

    def stream(start: int, end: int) -> Iterator[bytes]:
        head, first, last = front.parts(start, end)
        rest = files.stream(recording, download.filename, first, last, may_go_on)
        return _one_after_the_other(head, rest)

    return File(front.size_bytes(stat.size_bytes), f'{stat.etag[:-1]}-{version}"', stream)


def _one_after_the_other(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _front(recording: Recording, download: Download) -> Tagged:
    front = files.front(recording, download.filename, FRONT_BYTES)
    try:
        return tagged(front, _tags(recording, download))
    except OggError:
        log.exception("%s is downloaded without tags", files.key(recording, download.filename))
        return UNCHANGED


def _tags(recording: Recording, download: Download) -> dict[str, str]:
    """Returns comments by the names of https://www.xiph.org/vorbis/doc/v-comment.html."""
    space, speaker = recording.space, download.speaker
    return {
        "TITLE": f"{space.title} – {speaker.name}" if speaker else space.title,
        "ARTIST": speaker.name if speaker else space.host.display_name,
        "DATE": f"{recording.started_at:%Y-%m-%d}",
        "ALBUM": "Parley",
        "ORGANIZATION": site_address().partition("://")[2],
        "DESCRIPTION": f"{site_address()}{space.url}",
    }


def disposition(recording: Recording, download: Download) -> str:
    """Returns the value of ``Content-Disposition`` (RFC 6266)."""
    part = download.speaker.name if download.speaker else "mix"
    name = _as_file_name(f"{recording.space.title}, {calendar_day(recording.started_at)} – {part}") + ".opus"
    return f"attachment; filename=\"recording.opus\"; filename*=UTF-8''{quote(name, safe='')}"


def _as_file_name(text: str) -> str:
    """Leaves out what some system does not allow in a name, or that would hide the file."""
    return _NOT_IN_NAMES.sub("-", text).lstrip(". ")
