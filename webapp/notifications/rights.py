"""What notifications keep of a person."""

from webapp.accounts.rights import Keeper
from webapp.languages import marked
from webapp.notifications import services

KEEPER = Keeper(
    "notifications",
    export=lambda user, _now: services.export(user),
    forget=lambda user, _now: services.forget(user),
    kept=marked(
        "What you were told, until 90 days after you read it; of what you want to be told otherwise than by"
        " default; and the browsers that you are told in."
    ),
    consequence=marked("What you were told is destroyed, and no browser is told anything any more."),
)
