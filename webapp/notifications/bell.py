"""Who is told that somebody's unread notifications have changed. Those who show them, above, register."""

from collections.abc import Callable
from typing import cast

from flask import current_app
from werkzeug.local import LocalProxy

Watcher = Callable[[int, str], object]


class Bell:
    """Calls every watcher with a person's number and what they were just told, or nothing if they read."""

    def __init__(self) -> None:
        self._watchers: list[Watcher] = []

    def on_change(self, watcher: Watcher) -> None:
        """Registers a watcher. It is called in any thread, after the change was committed."""
        self._watchers.append(watcher)

    def ring(self, user_id: int, sentence: str = "") -> None:
        """Calls them."""
        for watcher in self._watchers:
            watcher(user_id, sentence)


bell = cast(Bell, LocalProxy(lambda: current_app.extensions["notifications"]))
