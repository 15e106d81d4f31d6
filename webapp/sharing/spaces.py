"""What may be told of a space, in each of its states, to whoever is not signed in."""

from datetime import datetime, timedelta
from typing import Any

from babel.lists import format_list

from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.languages import locale, marked, ngettext, speaking
from webapp.recordings import queries as recordings
from webapp.recordings.models import Recording
from webapp.sharing.preview import Offer, Preview, Scene
from webapp.spaces.archive import archive
from webapp.spaces.gates import Refusal, Refused
from webapp.spaces.models import Space
from webapp.spaces.queries import ever_agreed, space_for
from webapp.spaces.shown import Person
from webapp.spaces.states import OpenTo, State
from webapp.spaces.visitor import Visitor
from webapp.templating import clock_there, duration, there, weekday

ANYBODY = Visitor()
RECORDED_S = 3600
"""How long others may keep what they were told of a recording, unless it ends sooner."""


def preview_of(now: datetime, public_id: str) -> Preview | None:
    """Returns what anybody may know of a space; None where they may not know that there is one."""
    try:
        space = space_for(ANYBODY, public_id)
    except NotFound:
        return None
    except Refused as refused:
        with speaking(refused.space.host.language):
            return _refused(refused.space, refused.refusal)
    with speaking(space.host.language):
        return _PREVIEWS[space.state](space, now)


def _preview(space: Space, sentence: str, label: str, scene: Scene, **more: Any) -> Preview:
    about: dict[str, Any] = {"people": (Person.of(space.host),), "listed": space.open_to == OpenTo.ANYONE}
    return Preview(space.url, space.title, sentence, label, scene, **about | more)


def _refused(space: Space, refusal: Refusal) -> Preview:
    return _preview(
        space, refusal.sentence, _("Not for everybody"), Scene.OVER, listed=False, offer=Offer.NOTHING
    )


def _scheduled(space: Space, now: datetime) -> Preview:
    host, when = space.host.display_name, _host_time(space)
    sentence = _("%(name)s is about to start this space.", name=host)
    if when:
        sentence = _("Live on %(time)s, with %(name)s.", time=when, name=host)
    label = _("Planned") if when else _("About to start")
    return _preview(
        space, sentence, label, Scene.PLANNED, details=when, starts_at=space.scheduled_for, **_player(space)
    )


def _live(space: Space, now: datetime) -> Preview:
    people = _host_first(space, [Person.of(member.user) for member in space.stage])
    run = archive.runs_of([space.id]).get(space.id) if space.record else None
    rec = run is not None and not run.stopped_at and not run.interrupted
    sentence = _("Live now with %(people)s.", people=_names(people))
    if rec:
        sentence = _("Live now with %(people)s. It is being recorded.", people=_names(people))
    stream = f"{space.url}/live.opus"
    about = _player(space) | {"people": people, "rec": rec, "stream": stream}
    return _preview(space, sentence, _("Live"), Scene.LIVE, **about)


def _ended(space: Space, now: datetime) -> Preview:
    recording = recordings.recording_of(space.id)
    outcome = recordings.outcome_of(recording, ANYBODY.signed_in, now)
    if recording is not None and outcome == "ready":
        return _replay(space, recording, now)
    sentence, label = map(_, _OUTCOMES[outcome])
    if outcome == "gone":
        return _preview(space, sentence, label, Scene.OVER, listed=False, offer=Offer.NOTHING)
    soon = _player(space) | {"look_again_s": 3} if outcome == "preparing" else {}
    return _preview(space, sentence, label, Scene.OVER, **soon)


def _replay(space: Space, recording: Recording, now: datetime) -> Preview:
    people = _host_first(space, [Person.of(user) for user in ever_agreed(space.id)])
    length = duration(recording.duration_ms)
    left = (recording.host_until or now) - now
    return _preview(
        space,
        _("A recording of %(length)s with %(people)s.", length=length, people=_names(people)),
        _("Recorded"),
        Scene.RECORDED,
        people=people,
        details=length,
        audio=f"/recordings/{recording.public_id}/audio",
        duration_ms=recording.duration_ms,
        **_player(space) | {"keep_s": min(RECORDED_S, left // timedelta(seconds=1)), "look_again_s": 60},
    )


def _cancelled(space: Space, now: datetime) -> Preview:
    return _preview(space, _("This space was cancelled."), _("Cancelled"), Scene.OVER, listed=False)


def _player(space: Space) -> dict[str, Any]:
    return {"offer": Offer.PLAYER, "embed": f"{space.url}/embed", "look_again_s": 15}


_PREVIEWS = {
    State.SCHEDULED: _scheduled,
    State.LIVE: _live,
    State.ENDED: _ended,
    State.CANCELLED: _cancelled,
}
_OUTCOMES = {
    "preparing": (marked("This space has ended. Its recording will be here in a moment."), marked("Ended")),
    "members": (marked("Sign in to listen to this recording."), marked("Recorded")),
    "gone": (marked("This recording is no longer available."), marked("No longer available")),
    "unrecorded": (marked("This space has ended. It was not recorded."), marked("Ended")),
}


def _host_time(space: Space) -> str:
    """Says when a space is planned for where its host is."""
    plan = space.plan
    if plan is None:
        return ""
    return f"{weekday(there(plan.at, plan.zone))}, {clock_there(plan.at, plan.zone)}"


def _host_first(space: Space, people: list[Person]) -> tuple[Person, ...]:
    host = Person.of(space.host)
    return host, *(person for person in people if person.person != host.person)


def _names(people: tuple[Person, ...]) -> str:
    """Names whom one hears: at most three."""
    names = [person.name for person in people[:3]]
    if len(people) > 3:
        names[2:] = [ngettext("%(num)s other", "%(num)s others", len(people) - 2)]
    return format_list(names, locale=locale())
