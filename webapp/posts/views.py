"""The front page, the pages of posts, and what people do there."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.current import current_account, require_account
from webapp.accounts.models import User
from webapp.accounts.relations import account_for
from webapp.clock import now
from webapp.errors import DomainError, Invalid, NotFound
from webapp.htmx import go_to, is_htmx
from webapp.languages import gettext as _
from webapp.posts import queries, services, timelines
from webapp.posts.cards import Ref, cards_of, spaces_called
from webapp.posts.models import Post
from webapp.posts.offers import words
from webapp.posts.places import Place
from webapp.posts.previews import words_of
from webapp.posts.shown import Draft, PostView
from webapp.posts.text import topic_key
from webapp.posts.timelines import EVERYONE, Timeline
from webapp.security import site_address
from webapp.spaces.live import live
from webapp.spaces.queries import live_cards, space_for
from webapp.spaces.shown import Person
from webapp.spaces.views import visitor
from webapp.spaces.visitor import Visitor
from webapp.templating import calendar_day

bp = Blueprint("posts", __name__)
BOXES = ("home", "reply", "sheet", "share", "new")
"""The compose boxes there are. What is written in the last two appears elsewhere, which is said."""
CARDS_AT_ONCE = 60
ON_PROFILES = 3
LIVE_BAR = 8
HOUR_S, DAY_S = 3600, 86_400


# Timelines


@bp.get("/")
def home() -> ResponseReturnValue:
    """What those write whom one follows; for a guest, what anybody does. And what is live."""
    return _timeline(_front(), "posts/home.html", of="home", live=_live(), draft=Draft("home"))


@bp.get("/posts")
def everyone() -> ResponseReturnValue:
    """What anybody writes."""
    return _timeline(EVERYONE, "posts/everyone.html", of="everyone", live=_live(), draft=Draft("home"))


@bp.get("/@<handle>/posts")
def of_person(handle: str) -> ResponseReturnValue:
    """What somebody writes and reposts."""
    user = account_for(current_account(), handle)
    return _timeline(timelines.by(user), "posts/person.html", person=Person.of(user))


@bp.get("/topics/<topic>")
def of_topic(topic: str) -> ResponseReturnValue:
    """What is about a topic."""
    return _timeline(timelines.about(topic), "posts/topic.html", topic=topic_key(topic))


@bp.get("/news")
def news() -> ResponseReturnValue:
    """How much has come to a timeline since a page was loaded, unless that page knows."""
    of = request.args.get("of", "")
    since = Place.read(request.args.get("since", ""))
    count = timelines.how_many_new(_front() if of == "home" else EVERYONE, visitor(), since)
    if request.args.get("count", 0, type=int) == count:
        return "", 204
    path = url_for(".home" if of == "home" else ".everyone")
    return render_template("posts/_news.html", of=of, since=str(since), count=count, path=path)


@bp.get("/live-bar")
def live_bar() -> ResponseReturnValue:
    """What is live now, unless the page knows."""
    cards = _live()
    if request.args.get("seen") == _version(cards):
        return "", 204
    return render_template("posts/_live_bar.html", live=cards, seen=_version(cards))


def _front() -> Timeline:
    user = current_account()
    return timelines.home_of(user) if user else EVERYONE


def _live() -> list[Any]:
    return live_cards(visitor(), live.presence.people, most=LIVE_BAR)


def _version(cards: list[Any]) -> str:
    shown = ((card.space.public_id, card.space.listeners, card.space.recording_now) for card in cards)
    return " ".join(f"{name}:{listeners}:{recorded:d}" for name, listeners, recorded in shown)


def _timeline(timeline: Timeline, template: str, **context: Any) -> ResponseReturnValue:
    """A page of a timeline; for htmx, only what is older or newer than what is there."""
    before, since = request.args.get("before"), request.args.get("since")
    if is_htmx() and since:
        return _newer(timeline, Place.read(since), context["of"])
    page = timelines.page_of(timeline, visitor(), now(), Place.read(before) if before else None)
    if is_htmx() and before:
        return render_template("posts/_entries.html", page=page, path=request.path, goes_on=True)
    seen = _version(context.get("live", []))
    return render_template(template, page=page, path=request.path, before=before, seen=seen, **context)


def _newer(timeline: Timeline, since: Place, of: str) -> ResponseReturnValue:
    page = timelines.news_of(timeline, visitor(), now(), since)
    if page.older:  # more than a page: then it is a new one
        return go_to(request.path)
    return render_template("posts/_newer.html", page=page, path=request.path, of=of)


def latest_of(user: User, who: Visitor, moment: datetime) -> list[PostView]:
    """Returns the latest of somebody's posts, for their profile."""
    return timelines.page_of(timelines.by(user), who, moment, limit=ON_PROFILES).posts


# Posts


@bp.get("/posts/<public_id>")
def show(public_id: str) -> ResponseReturnValue:
    """A post, what it answers, and its replies."""
    post, who, after = _post(public_id), visitor(), request.args.get("after")
    replies = queries.replies_to(post, who, now(), Place.read(after) if after else None)
    if is_htmx() and after:
        return render_template("posts/_replies.html", page=replies, path=request.path)
    return render_template(
        "posts/post.html",
        post=queries.post_view(post, who, now()),
        parent=queries.parent_of(post, who, now()),
        page=replies,
        path=request.path,
        draft=Draft("reply", reply_to=public_id),
    )


@bp.get("/posts/<public_id>/share")
def share(public_id: str) -> ResponseReturnValue:
    """Every way to pass a post on, for whoever may see it."""
    post = _post(public_id)
    template = "posts/_share.html" if is_htmx() else "posts/share.html"
    return render_template(template, post=post, words=words_of(post), is_sheet=is_htmx())


@bp.get("/posts/new")
def new() -> ResponseReturnValue:
    """A compose box: empty, with a space's link, or for a reply or a quote."""
    if current_account() is None:
        return go_to(url_for("accounts.login", next=request.full_path.rstrip("?")))
    draft = _draft(request.args)
    if not is_htmx():
        return render_template("posts/new.html", draft=draft)
    return render_template(
        "posts/_sheet.html" if draft.box == "sheet" else "posts/_compose.html", draft=draft
    )


@bp.post("/posts")
def create() -> ResponseReturnValue:
    """Somebody publishes a post."""
    author, form = require_account(), request.form
    try:
        post = services.write_post(
            author,
            form.get("text", ""),
            now(),
            once=form.get("once", ""),
            reply_to=form.get("reply_to", ""),
            quote_of=form.get("quote_of", ""),
            hosts=_hosts(),
        )
    except (Invalid, NotFound) as error:
        return _not_published(error)
    if not is_htmx():
        flash(_("Your post is published."))
        return go_to(post.url)
    view = queries.post_view(post, visitor(), now())
    return render_template("posts/_published.html", post=view, draft=_fresh())


@bp.post("/posts/<public_id>/<any(like, unlike, repost, unrepost):deed>")
def act(public_id: str, deed: str) -> ResponseReturnValue:
    """Somebody likes a post or shows it to others, or takes that back."""
    actor, post = require_account(), _post(public_id)
    if deed == "like":
        services.like(post, actor, now())
    elif deed == "unlike":
        services.unlike(post, actor)
    elif deed == "repost":
        services.repost(post, actor, now())
    else:
        services.unrepost(post, actor)
    if not is_htmx():
        return go_to(post.url)
    return render_template("posts/_actions.html", post=queries.post_view(post, visitor(), now()))


@bp.post("/posts/<public_id>/delete")
def delete(public_id: str) -> ResponseReturnValue:
    """A post goes, with all that was done with it but the replies."""
    actor, post = require_account(), _post(public_id)
    on_its_page = urlsplit(request.headers.get("HX-Current-URL", post.url)).path == post.url
    services.delete_post(post, actor)
    if is_htmx() and not on_its_page:
        return ""
    flash(_("The post is deleted."))
    return go_to("/")


@bp.get("/cards")
def cards() -> ResponseReturnValue:
    """The cards of a page that have changed: it says which it has, as ``c=<space>.<second>~<version>``."""
    asked = dict(_asked(item) for item in request.args.getlist("c")[:CARDS_AT_ONCE] if "~" in item)
    spaces = spaces_called(public_id for public_id, _second in asked)
    refs = [Ref(spaces[name], second * 1000) for name, second in asked if name in spaces]
    known = cards_of(refs, visitor(), now())
    changed = [card for ref, card in known.items() if asked[_name(ref)] != card.version]
    return render_template("posts/_cards.html", cards=changed) if changed else ("", 204)


def _asked(item: str) -> tuple[tuple[str, int], str]:
    key, _, version = item.partition("~")
    public_id, _, second = key.partition(".")
    return (public_id, int(second) if second.isdecimal() and len(second) < 7 else 0), version


def _name(ref: Ref) -> tuple[str, int]:
    return ref.space.public_id, ref.start_ms // 1000


def _post(public_id: str) -> Post:
    return queries.post_for(visitor(), public_id)


def _hosts() -> frozenset[str]:
    """The names this site goes by: the one it was told, and the one it was asked under."""
    addresses = (site_address(), current_app.extensions["settings"].address, request.host_url)
    return frozenset(urlsplit(address).netloc.lower() for address in addresses)


def _draft(asked: Any) -> Draft:
    if space_id := asked.get("space"):
        return Draft("share" if is_htmx() else "new", text=_words_about(space_id))
    reply_to, quote_of = asked.get("reply", ""), asked.get("quote", "")
    about = _post(reply_to or quote_of) if reply_to or quote_of else None
    view = queries.post_view(about, visitor(), now()) if about else None
    return Draft("sheet" if is_htmx() else "new", reply_to=reply_to, quote_of=quote_of, about=view)


def _words_about(space_id: str) -> str:
    who, second = visitor(), request.args.get("t", 0, type=int)
    space = space_for(who, space_id)
    ref = Ref(space, 0)
    card = cards_of([ref], who, now())[ref]
    link = f"{site_address()}{space.url}" + (f"?t={second}" if second > 0 else "")
    return words(card.kind, space.title, link, card.is_host)


def _box() -> str:
    box = request.form.get("box", "")
    return box if box in BOXES else "new"


def _fresh() -> Draft:
    """The box once more, for the next post."""
    return Draft(_box(), reply_to=request.form.get("reply_to", "") if _box() == "reply" else "")


def _not_published(error: DomainError) -> ResponseReturnValue:
    if is_htmx():
        place = {"HX-Retarget": f"#compose-{_box()}-problem", "HX-Reswap": "innerHTML"}
        return render_template("_error.html", sentence=error.sentence), error.status, place
    form = request.form
    draft = Draft(
        "new",
        text=form.get("text", ""),
        reply_to=form.get("reply_to", ""),
        quote_of=form.get("quote_of", ""),
        error=error.sentence,
    )
    return render_template("posts/new.html", draft=draft), error.status


def ago(moment: datetime) -> str:
    """How long ago a post was written, as timelines say it: ``now``, ``5 min``, ``3 h``, else the day."""
    seconds = (now() - moment).total_seconds()
    if seconds < 60:
        return _("now")
    if seconds < HOUR_S:
        return _("%(minutes)s min", minutes=int(seconds // 60))
    if seconds < DAY_S:
        return _("%(hours)s h", hours=int(seconds // HOUR_S))
    return calendar_day(moment)
