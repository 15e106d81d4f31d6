"""Posts: what people write, and the cards of the spaces they link to."""

from flask import Flask

from webapp.accounts.current import current_account
from webapp.accounts.rights import register
from webapp.people import sections
from webapp.posts import previews, rights, views
from webapp.posts.text import CHARACTERS_MAX
from webapp.security import answers, limit_posts
from webapp.sharing import pages
from webapp.spaces import extras

STYLES = ("css/spaces.css", "css/sharing.css", "css/posts.css")
EXTRA = extras.Extra(
    "posts",
    live=lambda _space: None,
    replay=lambda _space, _visitor, _now: None,
    beside="posts/_beside.html",
    share="posts/_offer.html",
    style="css/posts.css",
)


def init_app(app: Flask) -> None:
    """Adds the front page, the pages of posts, their part in profiles and in the pages of spaces."""
    app.register_blueprint(views.bp)
    app.jinja_env.filters.update(ago=views.ago)
    app.jinja_env.globals.update(characters_max=CHARACTERS_MAX)
    sections.add(app, sections.Section("posts/_on_profile.html", STYLES, views.latest_of))
    extras.add(app, EXTRA)
    pages.register(app, "posts.show", previews.preview_of)
    register(app, rights.KEEPER)
    limit_posts(app, "posts.create", "20/10 minutes;200/day", answers, by=_account)
    limit_posts(app, "posts.act", "120/10 minutes", answers, by=_account)


def _account() -> str:
    user = current_account()
    return str(user.id) if user else ""
