"""What features above people add to profiles. People know none: each registers in its ``init_app``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app

from webapp.accounts.models import User
from webapp.spaces.visitor import Visitor


@dataclass(frozen=True)
class Section:
    """A template with its stylesheets, and what it finds as ``shown``: of whom the profile is, for a visitor.

    Where that is nothing, there is no section.
    """

    template: str
    styles: tuple[str, ...]
    of: Callable[[User, Visitor, datetime], object]


def init_app(app: Flask) -> None:
    """Begins with none."""
    app.extensions["profile_sections"] = []


def add(app: Flask, section: Section) -> None:
    """Adds a section; they stand in the order in which they were added."""
    app.extensions["profile_sections"].append(section)


def sections_of(user: User, visitor: Visitor, now: datetime) -> list[tuple[Section, object]]:
    """Returns the sections that have something, each with that."""
    sections = cast(list[Section], current_app.extensions["profile_sections"])
    shown = [(section, section.of(user, visitor, now)) for section in sections]
    return [(section, what) for section, what in shown if what]
