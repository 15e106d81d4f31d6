"""The keys that pushes are signed with, and who carries them."""

from base64 import urlsafe_b64encode
from typing import cast

from cryptography.hazmat.primitives.asymmetric import ec
from flask import current_app

from webapp.config import PushKeys, Settings
from webapp.notifications.push.courier import Courier


def push_keys() -> PushKeys | None:
    """Returns the keys that the operator set; None where nothing is pushed."""
    settings: Settings = current_app.extensions["settings"]
    return settings.push_keys


def courier() -> Courier:
    """Returns who carries messages to push services."""
    return cast(Courier, current_app.extensions["push_courier"])


def make_key() -> str:
    """Returns a new private key, as the settings have it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()
