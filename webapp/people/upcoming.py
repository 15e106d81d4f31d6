"""Who knows which spaces of a host are coming. People know none of them: ``create_app`` adds them."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask, current_app

from webapp.accounts.models import User
from webapp.spaces.shown import SpaceCard
from webapp.spaces.visitor import Visitor

Source = Callable[[User, Visitor, datetime], list[SpaceCard]]
"""Returns the cards of what a host has planned and the visitor is shown, the soonest first."""


def init_app(app: Flask) -> None:
    """Begins with nobody who knows."""
    app.extensions["upcoming"] = []


def on_profiles(app: Flask, source: Source) -> None:
    """Has profiles show what is coming."""
    app.extensions["upcoming"].append(source)


def upcoming_of(host: User, visitor: Visitor, now: datetime) -> list[SpaceCard]:
    """Returns what every source knows."""
    return [card for source in current_app.extensions["upcoming"] for card in source(host, visitor, now)]
