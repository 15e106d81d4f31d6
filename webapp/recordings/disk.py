"""Where the recorder writes: straight into what the store serves."""

from pathlib import Path

from flask import current_app

from webapp.config import Settings
from webapp.recordings.models import Recording


def directory(recording: Recording) -> Path:
    """Returns the directory of a recording; it exists."""
    settings: Settings = current_app.extensions["settings"]
    path = settings.recordings_dir / recording.public_id
    path.mkdir(parents=True, exist_ok=True)
    return path
