"""The Spaces tab, its lists, and the search."""

import hashlib
from collections.abc import Collection
from typing import Any, cast

from flask import Blueprint, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

from webapp.clock import now
from webapp.discovery import queries
from webapp.discovery.shown import Kind, Tab, Wish
from webapp.discovery.watching import State, Watch
from webapp.discovery.words import QUERY_MAX
from webapp.htmx import is_htmx
from webapp.languages import language
from webapp.scheduling.views import reminded
from webapp.spaces.live import live
from webapp.spaces.states import TOPIC_MAX
from webapp.spaces.views import visitor

bp = Blueprint("discovery", __name__)
_DIGEST_BYTES = 12


def index() -> ResponseReturnValue:
    """The tab: what is live, what is coming and what can be heard again."""
    tab, waited_for = _tab(), reminded()
    seen = _digest(tab, waited_for)
    return render_template("discovery/index.html", tab=tab, seen=seen, wish=_wish(), reminded=waited_for)


@bp.get("/spaces/changes")
def changes() -> ResponseReturnValue:
    """The same for a tab that is open, if it is not what that shows already."""
    watch, audience, moment = _watch(), _audience(), now()

    def feel() -> int:
        return queries.pulse(live.presence.people, moment)

    pulse = watch.pulse(feel, moment)
    state = watch.state(audience, pulse, moment)
    shown = request.args.get("seen")
    if state is not None and (state.html or state.seen == shown):
        return ("", 204) if state.seen == shown else state.html
    # What came a moment ago may be gone before the next beat: under an older pulse nobody would notice.
    pulse = watch.pulse(feel, moment, anew=True)
    tab, waited_for = _tab(), reminded()
    seen = _digest(tab, waited_for)
    if seen == shown:
        watch.keep(audience, State(seen, pulse, moment))
        return "", 204
    html = render_template("discovery/_tab.html", tab=tab, seen=seen, wish=_wish(), reminded=waited_for)
    watch.keep(audience, State(seen, pulse, moment, "" if visitor().signed_in else html))
    return html


@bp.get("/spaces/live", defaults={"kind": Kind.LIVE})
@bp.get("/spaces/upcoming", defaults={"kind": Kind.UPCOMING})
@bp.get("/spaces/recorded", defaults={"kind": Kind.RECORDED})
def section(kind: Kind) -> ResponseReturnValue:
    """All of a kind, a page at a time."""
    after = request.args.get("after", "")
    found = queries.section_for(
        kind, visitor(), _wish(), live.presence.people, language(), now(), after=after
    )
    shown = {"section": found, "wish": _wish(), "after": after}
    if is_htmx():
        return _as_fragment(render_template("discovery/_more.html", **shown))
    return render_template("discovery/section.html", **shown)


@bp.get("/search")
def search() -> ResponseReturnValue:
    """Spaces and people, by words."""
    text = request.args.get("q", "")[:QUERY_MAX].replace("\0", " ").strip()
    found = queries.found_for(text, visitor(), live.presence.people, now())
    if is_htmx():
        return _as_fragment(render_template("discovery/_found.html", found=found, text=text))
    return render_template("discovery/search.html", found=found, text=text)


def _watch() -> Watch:
    return cast(Watch, current_app.extensions["watch"])


def _wish() -> Wish:
    topic = request.args.get("topic", "").replace("\0", " ").strip()
    return Wish(topic[:TOPIC_MAX], request.args.get("who") == "followed" and visitor().signed_in)


def _tab() -> Tab:
    return queries.tab_for(visitor(), _wish(), live.presence.people, language(), now())


def _audience() -> Any:
    user = visitor().user
    return user.id if user else None, language(), _wish()


def _digest(tab: Tab, waited_for: Collection[str]) -> str:
    """Names what a tab shows, and no more than that: it stands on the page."""
    shown = {card.space.public_id for section in tab.sections for card in section.cards}
    what = repr((tab, sorted(shown.intersection(waited_for))))
    return hashlib.blake2b(what.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _as_fragment(html: str) -> Response:
    """Answers htmx at an address that is a page as well: whoever goes back must not see the part as all."""
    response = make_response(html)
    response.headers["Vary"] = "HX-Request"
    return response
