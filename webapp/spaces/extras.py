"""What features above spaces add to their pages. Spaces know none: each registers in its ``init_app``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app

from webapp.spaces.models import Space
from webapp.spaces.states import State
from webapp.spaces.visitor import Visitor


@dataclass(frozen=True)
class Extra:
    """Templates, none where a feature adds nothing, and what they find in ``space.added[name]``.

    ``title`` goes beneath the title of a live space: its root has an id, it is the same for everybody of a
    role, and it is sent to every page again when what ``live`` returns has changed. ``dock`` is an item of
    the dock, ``sheets`` what a live page has once and nobody replaces, ``beside`` what stands beside a
    recording, ``share`` what stands under a space's link. ``style`` is a stylesheet.
    """

    name: str
    live: Callable[[Space], object]
    replay: Callable[[Space, Visitor, datetime], object]
    title: str = ""
    dock: str = ""
    sheets: str = ""
    beside: str = ""
    share: str = ""
    style: str = ""


def init_app(app: Flask) -> None:
    """Lets features add to the pages, and templates find what they added."""
    app.extensions["extras"] = []
    app.jinja_env.globals.update(extras=extras)


def add(app: Flask, extra: Extra) -> None:
    """Adds a feature's part; parts stand in the order in which they were added."""
    app.extensions["extras"].append(extra)


def extras() -> list[Extra]:
    """Returns what was added."""
    return cast(list[Extra], current_app.extensions["extras"])


def added(space: Space, visitor: Visitor, now: datetime) -> dict[str, object]:
    """Returns what the added templates show of a space in its present state, by name."""
    if space.state == State.LIVE:
        return {extra.name: extra.live(space) for extra in extras()}
    if space.state == State.ENDED:
        return {extra.name: extra.replay(space, visitor, now) for extra in extras()}
    return {}
