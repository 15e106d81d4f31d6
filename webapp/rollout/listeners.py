"""Whoever wants to know that a stage has begun. Roll-outs know none of them: ``create_app`` adds them."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from flask import Flask, current_app
from werkzeug.local import LocalProxy

from webapp.rollout.programme import Stage

Listener = Callable[[str, Stage, datetime], None]
"""Is told the feature, the stage and the time, once a stage.

Its changes are part of the caller's transaction: it does not commit."""


def on_stage_began(app: Flask, listener: Listener) -> None:
    """Has a listener told of every stage that begins; to whom it is news says ``queries.reached_by``."""
    app.extensions["rollout_listeners"].append(listener)


listeners = cast(list[Listener], LocalProxy(lambda: current_app.extensions["rollout_listeners"]))
