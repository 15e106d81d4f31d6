"""The vault: sealed copies that wait for review, until their time has come.

It knows nothing of recordings: a copy is of something with a ``ref``, belongs to an account, and has files.
"""

from flask import Flask

from webapp.config import Settings
from webapp.vault import services
from webapp.vault.keys import KeyRing


def init_app(app: Flask, settings: Settings) -> None:
    """Opens the key ring, and has destroyed what is due."""
    app.extensions["keyring"] = KeyRing(settings.keys_dir)
    app.extensions["scheduler"].add("purge", services.purge_due, seconds=300)
