"""Who may do what: every request that docs/routes.md names is made, and answered as it says there."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from tests.conftest import PASSWORD, Browser, FrozenClock
from tests.routes.world import IN_PLANNED, ROLES, WHY, World
from webapp import assets
from webapp.accounts import relations
from webapp.accounts.models import User
from webapp.app import create_app
from webapp.config import Settings
from webapp.db import db
from webapp.notifications import services as notifications
from webapp.rollout import services as rollout
from webapp.rollout.features import RECORDING

TABLE = Path(__file__).parents[2] / "docs" / "routes.md"
ROW = re.compile(r"^\| (GET|POST) +\| `([^`]+)` +\|(.+)\|$", re.MULTILINE)
PLACE = re.compile(r"<(?:[^:>]+:)?(\w+)>")
SIGN_IN = "sign in"
"""How it is answered to somebody who is sent to sign in first."""


@dataclass(frozen=True)
class Row:
    """A line of the table: how each role is answered."""

    method: str
    rule: str
    answers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


ROWS = [
    Row(method, rule, tuple(cell.strip() for cell in cells.split("|")))
    for method, rule, cells in ROW.findall(TABLE.read_text())
]

FORMS = {
    "POST /admin/reviewers": {"handle": "talker"},
    "POST /admin/rollout/<feature>/list": {"handle": "lisa"},
    "POST /admin/rollout/<feature>/stages/<int:number>": {
        "starts_at": "2026-01-09T10:00",
        "percent": "12.5",
        "platforms": "web",
    },
    "POST /recordings/<public_id>/guests": {"allowed": "0"},
    "POST /recordings/<public_id>/position": {"position_ms": "90000"},
    "POST /recordings/<public_id>/rename": {"title": "Biscuits"},
    "POST /review/copies/<ref>/holds": {"reason": WHY, "until": "2026-08-20"},
    "POST /review/copies/<ref>/open": {"reason": WHY},
    "POST /podcast": {"offered": "1"},
    "POST /posts": {"text": "Cake, too."},
    "POST /posts/<public_id>/report": {"kind": "scam", "words": WHY},
    "POST /review/posts/<public_id>/remove": {"kind": "scam", "words": WHY},
    "POST /settings/bio": {"bio": "I like tea."},
    "POST /settings/language": {"language": "en"},
    "POST /settings/name": {"display_name": "Somebody Else"},
    "POST /settings/password": {
        "password": PASSWORD,
        "new_password": "eight quiet rooms",
        "new_password_confirm": "eight quiet rooms",
    },
    "POST /settings/time-zone": {"time_zone": "Europe/Berlin"},
    "POST /settings/tokens": {"name": "another bot"},
    "POST /sign-in": {"email": "charlie@example.com", "password": PASSWORD},
    "POST /sign-in/again": {"password": PASSWORD},
    "POST /sign-up": {
        "email": "new@example.com",
        "password": PASSWORD,
        "handle": "newcomer",
        "display_name": "New",
    },
    "POST /settings/notifications": {"live-page": "1"},
    "POST /spaces": {"title": "Another", "when": "now"},
    "POST /spaces/<public_id>/cohosts": {"handle": "sam"},
    "POST /spaces/<public_id>/consent": {"answer": "no"},
    "POST /spaces/<public_id>/door": {"open_to": "link"},
    "POST /spaces/<public_id>/edit": {"title": "Later", "when": "now"},
    "POST /spaces/<public_id>/hand-over": {"handle": "bob"},
    "POST /spaces/<public_id>/invitation": {"answer": "accept"},
    "POST /spaces/<public_id>/invitations": {"handle": "present"},
    "POST /spaces/<public_id>/links": {"address": "https://scones.example", "title": "Scones"},
    "POST /spaces/<public_id>/mute": {"muted": "0"},
    "POST /spaces/<public_id>/reactions": {"kind": "clap"},
    "POST /spaces/<public_id>/report": {"kind": "scam", "words": WHY, "at": "0:10"},
    "POST /spaces/<public_id>/requests/<handle>/answer": {"answer": "accept"},
    "POST /spaces/<public_id>/requests/open": {"open": "0"},
}
"""What is sent, where something has to be."""

INSTEAD = {
    "POST /spaces/<public_id>/invitation": {"listener": "invited"},
    "POST /spaces/<public_id>/requests/withdraw": {"listener": "asker"},
}
"""Who plays a role where what is asked for is for one of many: the listener who is invited, or who asks."""

HANDLES = {
    "/@<handle>/podcast": "alice",
    "/@": "elsewhere",
    "/admin/reviewers/": "rita",
    "/admin/rollout/": "talker",
    "/spaces/<public_id>/cohosts/": "bob",
    "/spaces/<public_id>/invitations/": "invited",
    "/spaces/<public_id>/people/": "present",
    "/spaces/<public_id>/person/": "talker",
    "/spaces/<public_id>/requests/": "asker",
    "/spaces/<public_id>/stage/": "talker",
}
"""Whom it is about, by how the address begins."""

PREPARED: dict[str, Callable[[World], None]] = {
    "POST /@<handle>/unblock": lambda world: world.everybody(relations.block, "elsewhere"),
    "POST /@<handle>/unfollow": lambda world: world.everybody(relations.follow, "elsewhere"),
    "POST /admin/rollout/<feature>/resume": lambda world: rollout.pause(RECORDING, world.clock.now()),
    "POST /admin/rollout/<feature>/start": lambda world: world.drop("rollout_stages"),
    "POST /review/copies/<ref>/open": lambda world: world.drop("vault_accesses"),
    "POST /notifications/read": lambda world: world.everybody(_told, "elsewhere"),
}
"""What has to be so before, where it is otherwise in the world."""


def _told(user: User, _other: User, now: datetime) -> None:
    notifications.tell(user.id, kind="live", sentence="Tea is live.", url="/spaces", key="tea", now=now)


NO_ROWS = {
    "POST /settings/data/export",
    "POST /settings/notifications/push/stop",
    "POST /settings/notifications/push/stop-all",
    "POST /settings/two-factor",
    "POST /settings/two-factor/<token>",
    "POST /settings/two-factor/code",
    "POST /sign-in",
    "POST /sign-in/again",
    "POST /sign-in/code",
    "POST /sign-in/recovery-code",
    "POST /sign-in/select",
    "POST /sign-out",
    "POST /spaces/<public_id>/reactions",
}
"""What changes no row even for those who may: a session's, a code's, or gone a moment later."""
READS = {"GET /notifications/<public_id>"}
"""What is asked for and changes rows: what is followed is read."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data_dir = tmp_path_factory.mktemp("routes") / "data"
    clock = FrozenClock()
    app = create_app(Settings(_env_file=None, data_dir=data_dir, demo=False), clock)
    app.test_client_class = Browser
    app.testing = True
    app.view_functions["sockets.socket"] = lambda public_id: ("", 101)  # no socket is here to hand over
    app.view_functions["plain.stream"] = lambda public_id: ("", 200)
    with app.app_context():
        db.create_all()
        yield World(app, clock, data_dir)
        db.session.remove()
        db.engine.dispose()


def requests_of(app: Flask) -> list[str]:
    """Returns everything that can be asked for, such as ``GET /spaces``."""
    return [
        f"{method} {rule.rule}"
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def address(world: World, rule: str, **forged: str) -> str:
    """Puts into an address what there is in the world, or what a forger would."""
    values = {
        "handle": next((who for start, who in HANDLES.items() if rule.startswith(start)), ""),
        "filename": "css/base.css",
        "token": "made-up",
        "feature": RECORDING,
        "number": "2",
        "version": assets.version(),
        "topic": "tea",
    }
    for start, value in world.ids.items():
        if rule.startswith(start):
            values |= value
    found = PLACE.sub(lambda place: quote((values | forged)[place[1]]), rule)
    if rule == "/recordings/<public_id>/files/<name>" and not forged:
        found = world.download
    asked = {
        "/review/copies": f"?after={values.get('ref')}",
        "/oembed": f"?url=http://localhost/spaces/{world.space_ids['ended']}",
    }
    return found + asked.get(rule, "")


def answer(world: World, row: Row, role: str) -> str:
    """Makes a request of the table; returns how it was answered."""
    form = FORMS.get(str(row), {})
    if row.rule == "/settings/data/delete" and role != "guest":
        form = {"password": PASSWORD, "confirmation": world.handles[role]}
    who = INSTEAD.get(str(row), {}).get(role, role)
    response = world.ask(who, row.method, address(world, row.rule), **form)
    to_sign_in = response.status_code == 302 and (response.location or "").startswith("/sign-in?")
    return SIGN_IN if to_sign_in else str(response.status_code)


def prepare(world: World, row: Row) -> dict[str, list[Any]]:
    """Has the world be as a request needs it; returns its rows."""
    if str(row) not in PREPARED:
        return world.before
    PREPARED[str(row)](world)
    db.session.commit()
    return world.rows()


def is_refusal(answered: str) -> bool:
    return answered == SIGN_IN or answered.startswith(("4", "5"))


def test_table_has_every_route_and_no_other(world: World) -> None:
    there, listed = requests_of(world.app), [str(row) for row in ROWS]
    assert sorted(listed) == sorted(set(listed)), "docs/routes.md has a row twice"
    assert not set(listed) - set(there), (
        f"Take these rows out of docs/routes.md, their routes are gone: {set(listed) - set(there)}"
    )
    missing = [request for request in there if request not in listed]
    assert not missing, (
        "docs/routes.md does not say who may do this. Once you have checked that everybody is answered as"
        " they should be, add:\n" + "\n".join(suggested(world, missing))
    )


def suggested(world: World, missing: list[str]) -> Iterator[str]:
    for request in missing:
        row, cells = Row(*request.split(" ", 1)), []
        for role in ROLES:
            prepare(world, row)
            cells.append(answer(world, row, role))
            world.put_back()
        yield f"| {row.method} | `{row.rule}` | {' | '.join(cells)} |"


def test_table_names_the_roles_in_their_order() -> None:
    headers = [line for line in TABLE.read_text().splitlines() if line.startswith("| |")]
    for header in headers:
        assert [cell.strip() for cell in header.split("|")[3:-1]] == list(ROLES)
    assert headers


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_everybody_is_answered_as_the_table_says(world: World, row: Row) -> None:
    """Who is refused has changed nothing, and what is only looked at is as it was."""
    changed = []
    for role, expected in zip(ROLES, row.answers, strict=True):
        before = prepare(world, row)
        assert answer(world, row, role) == expected, role
        after = world.rows()
        if after != before:
            changed.append(role)
        if after != world.before:
            world.put_back()
        if is_refusal(expected) or (row.method == "GET" and str(row) not in READS):
            assert role not in changed, f"{role} has changed {differing(before, after)}"
        world.forget()
    if row.method == "POST" and not all(map(is_refusal, row.answers)) and str(row) not in NO_ROWS:
        assert changed, "nobody has changed anything: is this asked for as it should be?"


def differing(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> list[str]:
    return [table for table in before if before[table] != after[table]]


def test_who_has_closed_their_account_is_a_guest(world: World) -> None:
    """Whatever is still signed in somewhere."""
    for row in ROWS:
        before = prepare(world, row)
        assert answer(world, row, "closed") == row.answers[0], str(row)
        if before is not world.before or world.rows() != before:
            world.put_back()


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "POST"], ids=str)
def test_what_changes_something_wants_a_page_of_ours(world: World, row: Row) -> None:
    """A link cannot do it, nor can a page of another site."""
    role = most_able(row)
    if f"GET {row.rule}" not in map(str, ROWS):
        assert world.ask(role, "GET", address(world, row.rule)).status_code in (404, 405)
    form = FORMS.get(str(row), {})
    assert world.ask(role, "POST", address(world, row.rule), csrf=False, **form).status_code == 400
    assert world.rows() == world.before


UNLESS = {
    "POST /settings/two-factor/<token>": (302, 404),
    "GET /static/v-<version>/<path:filename>": (200, 404),
    "GET /static/v-<version>/vendor/<path:name>": (200, 404),
    "GET /@<handle>/podcast-<version>.png": (200, 404),
    "GET /pictures/<path:page>/<version>.png": (200, 404),
    "GET /topics/<topic>": (200, 404),
}
"""A made-up step of two-factor leads back to the first; of any version there is what is there now; a topic
that nobody has written about is an empty page."""
AT_ANY_TIME = {"leave", "report", "links/<int(max=2147483647):number>/delete"}
IN_TIME = {
    "planned": AT_ANY_TIME | set(IN_PLANNED),
    "ended": AT_ANY_TIME | {"marks/<int(max=2147483647):number>/delete"},
}
"""What can be done in a space that is not live. Whoever leaves one, leaves nothing."""


@pytest.mark.parametrize("state", IN_TIME)
@pytest.mark.parametrize("role", ROLES)
def test_space_that_is_not_live_takes_nothing(world: World, role: str, state: str) -> None:
    """Too late, or too early: everybody is refused, and nothing has changed."""
    for row in ROWS:
        start, _, rest = row.rule.partition("/spaces/<public_id>/")
        if row.method != "POST" or start or not rest or rest in IN_TIME[state]:
            continue
        path = address(world, row.rule, public_id=world.space_ids[state])
        for htmx in (False, True):
            response = world.ask(role, "POST", path, htmx=htmx, **FORMS.get(str(row), {}))
            assert response.status_code in (403, 404, 409), str(row)
            assert world.rows() == world.before, str(row)


FORGED = {
    "random": "QUJDREVGR0hJSktMTU5PUA",
    "long": "a" * 5000,
    "zero byte": "a\0b",
    "unicode": "☃\u202eé",
    "dots": "..",
    "quotes": "' OR '1'='1",
    "number": "99999999999999999999999",
    "negative": "-1",
}


@pytest.mark.parametrize("row", [row for row in ROWS if PLACE.search(row.rule)], ids=str)
def test_forged_address_leads_nowhere(world: World, row: Row) -> None:
    role = most_able(row)
    for place in PLACE.findall(row.rule):
        for kind, value in FORGED.items():
            path = address(world, row.rule, **{place: value})
            response = world.ask(role, row.method, path, **FORMS.get(str(row), {}))
            assert response.status_code in UNLESS.get(str(row), (404,)), f"{place}: {kind}"
    assert world.rows() == world.before


def most_able(row: Row) -> str:
    """Returns who may do what a row is about, if anybody may."""
    return next((role for role, told in zip(ROLES, row.answers, strict=True) if not is_refusal(told)), "host")
