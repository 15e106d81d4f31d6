"""Reactions that nobody has been told of yet, and how often each person may do something."""

from datetime import timedelta
from typing import cast

from flask import current_app
from werkzeug.local import LocalProxy

from webapp.moments.pace import Pace
from webapp.moments.tally import Tally

REACTIONS = 5
REACTIONS_WITHIN = timedelta(seconds=10)
MARKS_WITHIN = timedelta(seconds=5)


class Pulse:
    """What is not worth a row: it is gone a few seconds later."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.reacting = Pace(REACTIONS, REACTIONS_WITHIN)
        self.marking = Pace(1, MARKS_WITHIN)


pulse = cast(Pulse, LocalProxy(lambda: current_app.extensions["pulse"]))
