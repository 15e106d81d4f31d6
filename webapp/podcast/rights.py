"""What podcasts keep of a person."""

from datetime import datetime

from webapp.accounts.models import User
from webapp.accounts.rights import Keeper
from webapp.languages import marked
from webapp.podcast import services
from webapp.podcast.queries import podcast_of


def kept_of(user: User, _now: datetime) -> dict[str, object]:
    """Returns since when somebody offers their recordings as a podcast, if they do."""
    podcast = podcast_of(user.id)
    return {"since": podcast.since, "guid": podcast.guid} if podcast else {}


def forget(user: User, _now: datetime) -> None:
    """Part of the caller's transaction."""
    services.forget(user)


KEEPER = Keeper(
    "podcast",
    export=kept_of,
    forget=forget,
    kept=marked("Whether you offer your public recordings as a podcast, and since when."),
    consequence=marked("Your podcast ends."),
)
