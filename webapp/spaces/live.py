"""What the pages of a live space are told: fragments, rendered once an audience, sent by the media core."""

import logging
from collections.abc import Callable
from typing import Any, cast

from flask import current_app, render_template
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from webapp.clock import now
from webapp.config import Settings
from webapp.db import db
from webapp.media import AUDIENCES, ENDED, MediaCoreError, media
from webapp.spaces import queries
from webapp.spaces.archive import archive
from webapp.spaces.coalescer import Coalescer
from webapp.spaces.models import Space
from webapp.spaces.presence import Presence
from webapp.spaces.shown import SpaceView, Viewer
from webapp.spaces.states import Role, State, rights
from webapp.spaces.visitor import Visitor

log = logging.getLogger(__name__)

_SHOWS: dict[str, Callable[[SpaceView], object]] = {
    "title_bar": lambda view: (view.recording_now, view.recording_stopped_at),
    "join_words": lambda view: (view.recording_now, view.recording_stopped_at),
    "seats": lambda view: view.seats,
    "audience": lambda view: view.audience,
    "listener_count": lambda view: view.listeners,
}
"""The fragments of a live page, each with what it shows: one is sent again when that has changed."""


class Live:
    """The live spaces of this process: who is connected, and what everybody's page shows already."""

    def __init__(self) -> None:
        self.presence = Presence()
        self._changes = Coalescer()
        self._rooms: set[int] = set()
        self._told: dict[int, SpaceView] = {}

    def opened(self, space_id: int) -> None:
        """Notes that a space has a room, to be closed when it has ended."""
        self._rooms.add(space_id)

    def changed(self, space_id: int, *arrived: int) -> None:
        """Has a space looked at soon; those who arrived are told all of it. Any thread."""
        self._changes.mark(space_id, *arrived)

    def announce(self, space_id: int, sentence: str) -> None:
        """Has every page of a space say a sentence to those who cannot see it. Any thread."""
        media.core.send_text(space_id, _render("announce", sentence=sentence))

    def tell(self, now_s: float) -> None:
        """Tells every space that is due what changed there. The media thread alone calls this."""
        for space_id, arrived in self._changes.due(now_s).items():
            try:
                self._tell(db.session.get_one(Space, space_id), arrived)
            except MediaCoreError:
                log.exception("The pages of space %d could not be told", space_id)
            except SQLAlchemyError:
                log.exception("The pages of space %d will be told later", space_id)
                self._changes.mark(space_id, *arrived)

    def forget(self, space_id: int) -> None:
        """Drops a space whose room is gone."""
        self.presence.forget(space_id)
        self._told.pop(space_id, None)

    def _tell(self, space: Space, arrived: set[int]) -> None:
        if space.state == State.LIVE:
            self._tell_changes(space, arrived)
        elif space.id in self._rooms and archive.outcome(space, Visitor(), now()) != "preparing":
            self._tell_end(space)
            self._rooms.remove(space.id)

    def _tell_changes(self, space: Space, arrived: set[int]) -> None:
        view = queries.space_view(space, self.presence.people(space.id))
        told = self._told.get(space.id, view)
        self._told[space.id] = view
        changed = [part for part, shows in _SHOWS.items() if shows(told) != shows(view)]
        if changed:
            for role, audience in AUDIENCES.items():
                media.core.send_text(space.id, _parts(view, Role(role), changed), audience=audience)
        self._tell_all(space.id, view, arrived)

    def _tell_all(self, space_id: int, view: SpaceView, arrived: set[int]) -> None:
        """Brings pages up to date that were loaded before their sockets came, or lost them for a while."""
        seated = {int(seat.person.person): seat.role for seat in view.seats}
        roles = {person: seated.get(person, Role.LISTENER) for person in arrived}
        whole = {role: _parts(view, role, list(_SHOWS)) for role in set(roles.values())}
        for person, role in roles.items():
            media.core.send_text(space_id, whole[role], person=person)

    def _tell_end(self, space: Space) -> None:
        """Shows everybody what the space has become for anyone, then ends their sockets."""
        view = queries.space_view(space, [])
        anyone = Visitor() if space.guests_allowed else Visitor(space.host)
        left = {
            "replay": archive.replay(space, anyone, now()),
            "outcome": archive.outcome(space, anyone, now()),
        }
        for role, audience in AUDIENCES.items():
            html = _render("space", space=view, viewer=_viewer(Role(role), space.state), **left)
            media.core.send_text(space.id, html, audience=audience)
        media.core.close_room(space.id, code=ENDED)


def _parts(view: SpaceView, role: Role, parts: list[str]) -> str:
    viewer = _viewer(role, view.state)
    return "".join(_render(part, space=view, viewer=viewer) for part in parts)


def _viewer(role: Role, state: State) -> Viewer:
    """Stands for everybody of a role. What is personal is in the dock, which each page asks for itself."""
    return Viewer(None, signed_in=role != Role.LISTENER, role=role, can=rights(role, state))


def _render(fragment: str, **context: Any) -> str:
    return render(f"spaces/_{fragment}.html", **context)


def render(template: str, **context: Any) -> str:
    """Renders for nobody in particular: in a request of its own, so with no session and no token in it."""
    settings: Settings = current_app.extensions["settings"]
    with current_app.app_context(), current_app.test_request_context(base_url=settings.address):
        return render_template(template, oob=True, **context)


live = cast(Live, LocalProxy(lambda: current_app.extensions["live"]))
