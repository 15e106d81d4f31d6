"""What templates are given: plain values, with nothing left to look up."""

from dataclasses import dataclass, field
from datetime import datetime

from markupsafe import Markup

from webapp.db import public_id
from webapp.posts.cards import Card
from webapp.spaces.shown import Person


@dataclass(frozen=True)
class PostView:
    """A post as a visitor sees it.

    ``answers`` is whose post it replies to, None where that is gone or not theirs to see; so is ``quoted``.
    ``by`` is who reposted it, where that is why it is shown.
    """

    public_id: str
    url: str
    author: Person
    html: Markup
    created_at: datetime
    is_reply: bool
    answers: Person | None
    is_quote: bool
    quoted: "PostView | None"
    card: Card | None
    likes: int = 0
    reposts: int = 0
    replies: int = 0
    liked: bool = False
    reposted: bool = False
    own: bool = False
    by: Person | None = None


@dataclass(frozen=True)
class Page:
    """Some posts; ``newest`` and ``older`` are the places after which newer, and before which older ones are.

    ``older`` is empty where there are none.
    """

    posts: list[PostView]
    newest: str
    older: str = ""


@dataclass(frozen=True)
class Draft:
    """What a compose box begins with: ``box`` is its name, ``about`` the post that it answers or quotes."""

    box: str
    text: str = ""
    reply_to: str = ""
    quote_of: str = ""
    about: PostView | None = None
    error: str = ""
    once: str = field(default_factory=public_id)
