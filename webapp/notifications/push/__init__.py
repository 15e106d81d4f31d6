"""Web Push: word that reaches a browser whose owner has no page of ours open.

Messages go by RFC 8030, encrypted by RFC 8291, signed by RFC 8292; none where the operator set no key.
"""

from flask import Flask
from flask_login.signals import user_logged_out
from flask_security.signals import password_changed

from webapp.installable import add_worker_script
from webapp.notifications.push import delivery, views
from webapp.notifications.push.courier import Courier


def init_app(app: Flask) -> None:
    """Adds the addresses that browsers subscribe at, and the sweep that sends."""
    app.extensions["push_courier"] = Courier()
    app.extensions["push_outcomes"] = delivery.counter(app.extensions["metrics"])
    app.register_blueprint(views.bp)
    add_worker_script(app, "js/push_received.js")
    app.extensions["scheduler"].add("push", delivery.deliver, seconds=30)
    user_logged_out.connect(views.on_sign_out, app)
    password_changed.connect(views.on_new_password, app)
