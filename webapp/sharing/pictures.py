"""Pictures, kept on disk by what is drawn in them, and drawn one at a time."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from threading import Lock

from flask import current_app

from webapp.config import Settings
from webapp.sharing import drawing
from webapp.sharing.preview import Preview
from webapp.spaces.shown import Person

KEPT = 500
"""How many pictures are kept, about 60 MB; whichever was drawn first goes first."""
_drawing = Lock()


def version_of(preview: Preview) -> str:
    """Returns a name that changes with what a page's picture shows."""
    people = [_face(person) for person in preview.people[: drawing.FACES]]
    shown = (
        preview.shown_as,
        preview.label,
        preview.scene,
        preview.details,
        preview.rec,
        len(preview.people),
    )
    return _version(*shown, people)


def picture_of(preview: Preview) -> bytes:
    """Returns a page's picture as PNG."""
    return _kept(version_of(preview), lambda: drawing.drawn(preview))


def cover_version(person: Person, words: str) -> str:
    """Returns a name that changes with what somebody's cover shows."""
    return _version("cover", _face(person), words)


def cover_of(person: Person, words: str) -> bytes:
    """Returns the cover of what somebody hosts as PNG."""
    return _kept(cover_version(person, words), lambda: drawing.cover(person, words))


def _face(person: Person) -> dict[str, object]:
    """Returns what is drawn of somebody."""
    return {key: value for key, value in asdict(person).items() if key != "person"}


def _version(*shown: object) -> str:
    return hashlib.sha256(json.dumps([drawing.DESIGN, *shown]).encode()).hexdigest()[:16]


def _kept(name: str, draw: Callable[[], bytes]) -> bytes:
    path = _directory() / f"{name}.png"
    if path.exists():
        return path.read_bytes()
    with _drawing:
        return path.read_bytes() if path.exists() else _keep(path, draw())


def _keep(path: Path, picture: bytes) -> bytes:
    """Writes a picture whole or not at all, and removes what there is too much of."""
    written = path.with_suffix(".new")
    written.write_bytes(picture)
    written.replace(path)
    by_age = sorted(path.parent.glob("*.png"), key=lambda kept: kept.stat().st_mtime_ns)
    for old in by_age[:-KEPT]:
        old.unlink()
    return picture


def _directory() -> Path:
    settings: Settings = current_app.extensions["settings"]
    path = settings.data_dir.resolve() / "cache" / "pictures"
    path.mkdir(parents=True, exist_ok=True)
    return path
