"""Accounts without a browser, for tests that speak to the server themselves."""

import re

from e2e.people import PASSWORD
from e2e.server import Server
from webapp.bot.client import Visitor


def token_of(server: Server, name: str) -> str:
    """Signs somebody up through the form, and makes them a token."""
    visitor = Visitor(server.address)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/sign-up").html)
    assert found
    email = f"{name.lower()}@example.com"
    form = {"display_name": name, "handle": name.lower(), "email": email, "password": PASSWORD}
    visitor.post("/sign-up", csrf_token=found[1], **form)
    return server.run("token", "create", email).split()[-1]


def live_space(server: Server, token: str, title: str, *, record: bool = False) -> str:
    """The address of a new space of theirs, started."""
    choice = {"record": "y"} if record else {}
    space = Visitor(server.address, token).post("/spaces", title=title, topics="", **choice).address
    Visitor(space, token).post("start")
    return space
