"""``python -m webapp`` serves Parley."""

from webapp.config import Settings
from webapp.server import serve

if __name__ == "__main__":
    serve(Settings())
