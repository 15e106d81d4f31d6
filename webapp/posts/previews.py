"""What may be told of a post on other sites: what somebody without an account may know of it."""

from dataclasses import replace
from datetime import datetime

from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.languages import speaking
from webapp.posts.markup import rendered
from webapp.posts.models import Post
from webapp.posts.queries import post_for
from webapp.posts.text import LINK
from webapp.sharing import spaces
from webapp.sharing.preview import Offer, Preview, Scene
from webapp.sharing.spaces import ANYBODY
from webapp.sharing.ways import from_second
from webapp.spaces.shown import Person

WORDS_MAX = 200
"""How much of a post others are told."""


def preview_of(now: datetime, public_id: str) -> Preview | None:
    """Returns what anybody may know of a post; None where they may not know it, or not its space."""
    try:
        post = post_for(ANYBODY, public_id)
    except NotFound:
        return None
    with speaking(post.author.language):
        return _of_space(post, now) if post.space else _of_words(post)


def _of_words(post: Post) -> Preview:
    writer, words = Person.of(post.author), words_of(post)
    return Preview(
        post.url, _title(writer), words, _("Post"), Scene.WRITTEN, (writer,), headline=words, writer=writer
    )


def _of_space(post: Post, now: datetime) -> Preview | None:
    """What is told of its space, under the post's address and in its writer's words."""
    space = spaces.preview_of(now, post.space.public_id) if post.space else None
    if space is None or space.offer == Offer.NOTHING:
        return None
    writer = Person.of(post.author)
    second = (post.start_ms or 0) // 1000 if space.scene == Scene.RECORDED else 0
    return replace(
        space,
        path=post.url,
        title=_title(writer),
        sentence=_first(LINK.sub("", post.text)) or space.sentence,
        headline=space.title,
        writer=writer,
        embed=from_second(space.embed, second),
    )


def words_of(post: Post) -> str:
    """Returns the beginning of what a post says, on one line, without links if there is anything else."""
    return _first(LINK.sub("", post.text)) or _first(post.text)


def _first(text: str) -> str:
    """Returns the beginning of a text without its markup, cut between two words."""
    words = str(rendered(text).striptags())
    if len(words) <= WORDS_MAX:
        return words
    return f"{words[: WORDS_MAX - 1].rpartition(' ')[0] or words[: WORDS_MAX - 1]}…"


def _title(writer: Person) -> str:
    return _("%(name)s (@%(handle)s) on Parley", name=writer.name, handle=writer.handle)
