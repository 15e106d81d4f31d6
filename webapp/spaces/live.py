"""What the pages of a live space are told: fragments, rendered once an audience, sent by the media core."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from flask import current_app, render_template
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.local import LocalProxy

from webapp.accounts.models import User
from webapp.accounts.services import language_of
from webapp.clock import now
from webapp.config import Settings
from webapp.db import db
from webapp.languages import language, ngettext, speaking, zone_spoken
from webapp.media import AUDIENCES, ENDED, MediaCoreError, media
from webapp.spaces import queries
from webapp.spaces.archive import archive
from webapp.spaces.coalescer import Coalescer
from webapp.spaces.extras import extras
from webapp.spaces.models import Space
from webapp.spaces.presence import Presence
from webapp.spaces.shown import SpaceView, Viewer
from webapp.spaces.states import Role, State, rights
from webapp.spaces.talkers import Talkers
from webapp.spaces.visitor import Visitor

log = logging.getLogger(__name__)

_SHOWS: dict[str, Callable[[SpaceView], object]] = {
    "title_bar": lambda view: (view.recording_now, view.recording_stopped_at),
    "room_notice": lambda view: view.notice,
    "join_words": lambda view: (view.recording_now, view.recording_stopped_at),
    "seats": lambda view: view.seats,
    "audience": lambda view: view.audience,
    "listener_count": lambda view: view.listeners,
    "asking": lambda view: view.requests_open,
    "queue": lambda view: (view.asked, view.requests_open, view.has_place(Role.SPEAKER)),
    "queue_count": lambda view: len(view.asked),
}
"""The fragments of a live page, each with what it shows: one is sent again when that has changed."""

_LEADS = (Role.HOST, Role.COHOST)
_FOR = {"asking": (Role.LISTENER,), "queue": _LEADS, "queue_count": _LEADS}
"""Who has a fragment that not everybody has."""


class Live:
    """The live spaces of this process: who is connected, and what everybody's page shows already."""

    def __init__(self) -> None:
        self.presence = Presence()
        self.talkers = Talkers()
        self._changes = Coalescer()
        self._rooms: dict[int, datetime] = {}
        self._told: dict[int, SpaceView] = {}

    def opened(self, space_id: int, first_tick_at: datetime) -> None:
        """Notes that a space has a room, to be closed when it has ended, and when its clock began."""
        self._rooms[space_id] = first_tick_at

    def position_ms(self, space: Space, now: datetime) -> int:
        """Returns where in its recording a live space is. Time in which the process was down is not in it."""
        began = self._rooms.get(space.id) or space.started_at or now
        return max(0, (now - began) // timedelta(milliseconds=1))

    def changed(self, space_id: int, *arrived: int) -> None:
        """Has a space looked at soon; those who arrived are told all of it. Any thread."""
        self._changes.mark(space_id, *arrived)

    def announce(self, space_id: int, sentence: str) -> None:
        """Has every page of a space say a sentence to those who cannot see it. Any thread."""
        with speaking(_language_of(space_id)):
            media.core.send_text(space_id, _render("announce", sentence=sentence))

    def notify(self, space_id: int, person: int, sentence: str) -> None:
        """Has the pages of one person show a sentence that is for them alone. Any thread."""
        with speaking(language_of(person)):
            media.core.send_text(space_id, _render("notice", sentence=sentence), person=person)

    def tell(self, now_s: float) -> None:
        """Tells every space that is due what changed there. The media thread alone calls this."""
        for space_id, arrived in self._changes.due(now_s).items():
            try:
                with speaking(_language_of(space_id)):
                    self._tell(db.session.get_one(Space, space_id), arrived)
            except MediaCoreError:
                log.exception("The pages of space %d could not be told", space_id)
            except SQLAlchemyError:
                log.exception("The pages of space %d will be told later", space_id)
                self._changes.mark(space_id, *arrived)

    def forget(self, space_id: int) -> None:
        """Drops a space whose room is gone."""
        self.presence.forget(space_id)
        self.talkers.forget(space_id)
        self._told.pop(space_id, None)

    def _tell(self, space: Space, arrived: set[int]) -> None:
        if space.state == State.LIVE:
            self._tell_changes(space, arrived)
        elif space.id in self._rooms and archive.outcome(space, Visitor(), now()) != "preparing":
            self._tell_end(space)
            del self._rooms[space.id]

    def _tell_changes(self, space: Space, arrived: set[int]) -> None:
        view = queries.whole_view(space, Visitor(), self.presence.people(space.id), now())
        told = self._told.get(space.id, view)
        self._told[space.id] = view
        changed = [part for part, shows in _shows().items() if shows(told) != shows(view)]
        for role, whom in _audiences(view):
            if html := _parts(view, role, _of(role, changed)) + _asks_now(role, told, view):
                media.core.send_text(space.id, html, **whom)
        self._tell_people(space.id, told, view, arrived)

    def _tell_people(self, space_id: int, told: SpaceView, view: SpaceView, arrived: set[int]) -> None:
        """Tells people what concerns them alone, and everything to those who arrived.

        Their pages were loaded before their sockets came, lost them for a while, or were a listener's.
        """
        before, after = told.cards(), view.cards()
        changed = {person for person in {*before, *after} if before.get(person) != after.get(person)}
        people = list(changed | arrived)
        cards = _render_each("stage_card", [{"space": view, "card": after.get(person)} for person in people])
        seated = {int(seat.person.person): seat.role for seat in view.seats}
        roles = {person: seated.get(person, Role.LISTENER) for person in arrived}
        whole = {role: _parts(view, role, _whole(role)) for role in set(roles.values())}
        for person, card in zip(people, cards, strict=True):
            everything = whole[roles[person]] if person in arrived else ""
            media.core.send_text(space_id, everything + card, person=person)

    def _tell_end(self, space: Space) -> None:
        """Shows everybody what the space has become for anyone, then ends their sockets."""
        view = queries.whole_view(space, Visitor(), [], now())
        anyone = Visitor() if space.guests_allowed else Visitor(space.host)
        left = {
            "replay": archive.replay(space, anyone, now()),
            "outcome": archive.outcome(space, anyone, now()),
        }
        for role, to in _audiences(view):
            html = _render("space", space=view, viewer=_viewer(role, space.state), **left)
            media.core.send_text(space.id, html, **to)
        media.core.close_room(space.id, code=ENDED)


def _language_of(space_id: int) -> str | None:
    """Returns what a space's pages are told in: one language for all, and so its host's."""
    return db.session.scalar(
        select(User.language).join(Space, Space.host_id == User.id).where(Space.id == space_id)
    )


def _audiences(view: SpaceView) -> Iterator[tuple[Role, dict[str, Any]]]:
    """Yields every role with those who have it. For the core hosts and co-hosts are the same."""
    leads = [seat for seat in view.seats if seat.role in _LEADS]
    if len(leads) == 1:
        yield leads[0].role, {"audience": AUDIENCES["host"]}
    else:
        yield from ((seat.role, {"person": int(seat.person.person)}) for seat in leads)
    for role in (Role.SPEAKER, Role.LISTENER):
        yield role, {"audience": AUDIENCES[role]}


def _of(role: Role, parts: Iterable[str]) -> list[str]:
    return [part for part in parts if role in _FOR.get(part, (role,))]


def _whole(role: Role) -> list[str]:
    """Every fragment of somebody's page. The queue too, which is empty for those who lead no more."""
    return [part for part in _shows() if part == "queue" or role in _FOR.get(part, (role,))]


def _asks_now(role: Role, told: SpaceView, view: SpaceView) -> str:
    """Says to those who lead who has asked to speak since the last time."""
    known = {asked.person.person for asked in told.asked}
    new = [asked.person.name for asked in view.asked if asked.person.person not in known]
    if not new or role not in _LEADS:
        return ""
    asks = ngettext("%(name)s asks to speak.", "%(num)s people ask to speak.", len(new), name=new[0])
    return _render("announce", sentence=asks)


def _shows() -> dict[str, Callable[[SpaceView], object]]:
    """Returns the same with the fragments that features above spaces added."""

    def shows(name: str) -> Callable[[SpaceView], object]:
        return lambda view: view.added.get(name)

    return _SHOWS | {extra.title: shows(extra.name) for extra in extras() if extra.title}


def _parts(view: SpaceView, role: Role, parts: list[str]) -> str:
    viewer = _viewer(role, view.state)
    return "".join(_render(part, space=view, viewer=viewer) for part in parts)


def _viewer(role: Role, state: State) -> Viewer:
    """Stands for everybody of a role. What is personal is in the dock, which each page asks for itself."""
    return Viewer(None, signed_in=role != Role.LISTENER, role=role, can=rights(role, state))


def _render(fragment: str, **context: Any) -> str:
    return _render_each(fragment, [context])[0]


def _render_each(fragment: str, contexts: list[dict[str, Any]]) -> list[str]:
    """Renders a fragment of spaces, or a template that another feature added under its whole name."""
    return render_each(fragment if "/" in fragment else f"spaces/_{fragment}.html", contexts)


def render(template: str, **context: Any) -> str:
    """Renders for nobody in particular: in a request of its own, so with no session and no token in it."""
    return render_each(template, [context])[0]


def render_each(template: str, contexts: list[dict[str, Any]]) -> list[str]:
    """Does the same several times."""
    settings: Settings = current_app.extensions["settings"]
    spoken, zone = language(), zone_spoken()
    request = current_app.test_request_context(base_url=settings.address)
    with current_app.app_context(), request, speaking(spoken, zone):
        return [render_template(template, oob=True, **context) for context in contexts]


live = cast(Live, LocalProxy(lambda: current_app.extensions["live"]))
