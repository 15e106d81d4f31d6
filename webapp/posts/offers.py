"""What somebody might write of a space, as a compose box about it begins. Pure."""

from webapp.languages import gettext as _
from webapp.languages import marked
from webapp.posts.cards import Kind
from webapp.templating import quoted

_HOST = {
    Kind.SCHEDULED: marked("Join me for %(title)s:"),
    Kind.LIVE: marked("We’re live: %(title)s"),
    Kind.REPLAY: marked("Here’s the recording of %(title)s:"),
    Kind.PREPARING: marked("Here’s the recording of %(title)s:"),
}
_OTHERS = {
    Kind.SCHEDULED: marked("I’ll be at %(title)s:"),
    Kind.LIVE: marked("Listening to %(title)s:"),
    Kind.REPLAY: marked("Worth hearing: %(title)s"),
}


def words(kind: Kind, title: str, link: str, is_host: bool) -> str:
    """Returns a post about a space, with its link at the end."""
    sentence = (_HOST if is_host else _OTHERS).get(kind, marked("%(title)s:"))
    return f"{_(sentence, title=quoted(title))} {link}"
