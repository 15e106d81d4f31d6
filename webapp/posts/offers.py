"""What somebody might write of a space, as a compose box about it begins. Pure."""

from webapp.posts.cards import Kind
from webapp.templating import quoted

_HOST = {
    Kind.SCHEDULED: "Join me for {title}:",
    Kind.LIVE: "We’re live: {title}",
    Kind.REPLAY: "Here’s the recording of {title}:",
    Kind.PREPARING: "Here’s the recording of {title}:",
}
_OTHERS = {
    Kind.SCHEDULED: "I’ll be at {title}:",
    Kind.LIVE: "Listening to {title}:",
    Kind.REPLAY: "Worth hearing: {title}",
}


def words(kind: Kind, title: str, link: str, is_host: bool) -> str:
    """Returns a post about a space, with its link at the end."""
    sentence = (_HOST if is_host else _OTHERS).get(kind, "{title}:")
    return f"{sentence.format(title=quoted(title))} {link}"
