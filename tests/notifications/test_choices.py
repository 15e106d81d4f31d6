"""What people choose to be told, and how. Alice chooses, Bob is an outsider."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.conftest import FrozenClock
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.config import Settings
from webapp.db import db
from webapp.mail import Mail
from webapp.notifications import queries, services
from webapp.notifications.kinds import KINDS, Way
from webapp.notifications.models import Choice, Notification

SignIn = Callable[[User], FlaskClient]
PATH = "/settings/notifications"


def chosen(user: User) -> list[tuple[str, str, bool]]:
    db.session.expire_all()
    rows = db.session.scalars(
        select(Choice).where(Choice.user_id == user.id).order_by(Choice.kind, Choice.way)
    )
    return [(row.kind, row.way, row.wanted) for row in rows]


def by_default(*without: str) -> dict[str, str]:
    """What the form sends when nothing was touched, but for some boxes."""
    boxes = [f"{kind.name}-{way}" for kind in KINDS.values() for way in kind.on & kind.open]
    return dict.fromkeys(set(boxes) - set(without), "1")


def tell(user: User, kind: str, clock: FrozenClock, **more: object) -> Notification | None:
    about = {"sentence": "Tea is ready.", "url": "/spaces", "key": f"{kind}:{clock.now()}"}
    return services.tell(user.id, kind=kind, now=clock.now(), **about | more)


def with_mail(app: Flask) -> None:
    given = app.extensions["settings"].model_dump()
    mail = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "Parley <parley@example.org>"}
    app.extensions["settings"] = Settings(_env_file=None, **given | mail)


def test_only_what_departs_from_the_defaults_is_kept(alice: User, bob: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert 'name="live-page" value="1" checked' in browser.get(PATH).text
    answer = browser.post(PATH, data=by_default("live-page"))
    assert (answer.status_code, answer.location) == (303, PATH)
    assert chosen(alice) == [("live", "page", False)]
    assert 'name="live-page" value="1">' in browser.get(PATH).text
    browser.post(PATH, data=by_default())
    assert (chosen(alice), chosen(bob)) == ([], [])


def test_what_is_not_offered_cannot_be_chosen_and_stays_as_it_was(
    app: Flask, alice: User, sign_in: SignIn
) -> None:
    services.choose(alice, [("live", Way.MAIL)], [Way.MAIL])
    before = [("live", "mail", True), ("reminder", "mail", False)]
    assert chosen(alice) == before
    forged = {
        "live-mail": "1",
        "live-push": "1",
        "invitation-page": "",
        "nonsense-page": "1",
        "live-fax": "1",
    }
    sign_in(alice).post(PATH, data=by_default() | forged)
    assert chosen(alice) == before


def test_what_is_always_told_cannot_be_turned_off(alice: User, sign_in: SignIn, clock: FrozenClock) -> None:
    browser = sign_in(alice)
    assert browser.get(PATH).text.count("Page, always") == 6
    browser.post(PATH, data={})
    for kind in KINDS:
        tell(alice, kind, clock)
    shown = select(Notification.kind).where(Notification.user_id == alice.id)
    always = {"invitation", "request", "reminder", "recording", "rollout", "moderation"}
    assert set(db.session.scalars(shown)) == always
    assert queries.unread_count(alice.id) == len(always)


def test_a_guest_and_a_token_choose_nothing(client: FlaskClient, alice: User, clock: FrozenClock) -> None:
    assert client.get(PATH).location == f"/sign-in?next={PATH}"
    assert client.post(PATH).status_code == 403
    token = {"Authorization": f"Bearer {accounts.create_token(alice, 'bot', clock.now())}"}
    assert client.get(PATH, headers=token).status_code == 403
    assert client.post(PATH, headers=token).status_code == 403
    assert chosen(alice) == []


def test_another_site_chooses_nothing(app: Flask, alice: User, sign_in: SignIn) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert sign_in(alice).post(PATH, data={}).status_code == 400
    assert chosen(alice) == []


def test_a_mail_says_where_it_leads_and_how_to_have_no_more(
    app: Flask, alice: User, bob: User, clock: FrozenClock
) -> None:
    with_mail(app)
    services.choose(alice, [("live", Way.MAIL)], list(Way))
    tell(alice, "live", clock)
    tell(bob, "live", clock)
    [mail] = db.session.scalars(select(Mail))
    assert (mail.address, mail.subject) == ("alice@example.com", "Tea is ready.")
    assert mail.text == (
        "Tea is ready.\n\nhttp://localhost:8000/spaces\n\n"
        "-- \nNo more such mails, please: http://localhost:8000/settings/notifications\n"
    )
    assert queries.unread_count(alice.id) == 0


def test_who_wants_no_mail_at_all_is_not_sent_what_waits(
    app: Flask, alice: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    with_mail(app)
    tell(alice, "reminder", clock)
    assert len(db.session.scalars(select(Mail)).all()) == 1
    assert "E-mail" in sign_in(alice).get(PATH).text
    sign_in(alice).post(PATH, data=by_default("reminder-mail"))
    tell(alice, "reminder", clock, key="another")
    assert db.session.scalars(select(Mail)).all() == []


@pytest.mark.parametrize("who_blocks", ["teller", "told"])
def test_nobody_is_told_across_a_block(alice: User, bob: User, clock: FrozenClock, who_blocks: str) -> None:
    pair = (bob, alice) if who_blocks == "teller" else (alice, bob)
    relations.block(*pair, clock.now())
    assert tell(alice, "invitation", clock, by=bob.id) is None
    assert queries.unread_count(alice.id) == 0
    relations.unblock(*pair)
    assert tell(alice, "invitation", clock, by=bob.id) is not None


def test_nobody_is_told_of_their_own_doing(alice: User, clock: FrozenClock) -> None:
    assert tell(alice, "live", clock, by=alice.id) is None


def test_what_the_caller_changed_is_kept_though_nobody_is_told(alice: User, clock: FrozenClock) -> None:
    alice.bio = "Tea."
    assert tell(alice, "live", clock, by=alice.id) is None
    db.session.rollback()
    assert alice.bio == "Tea."


def test_what_is_told_under_a_name_that_is_not_listed_is_a_mistake(alice: User, clock: FrozenClock) -> None:
    with pytest.raises(KeyError, match="tea"):
        tell(alice, "tea", clock)


def test_choices_go_with_their_account_and_are_taken_away(alice: User, bob: User, clock: FrozenClock) -> None:
    for user in (alice, bob):
        services.choose(user, [], [Way.PUSH])
    assert services.export(alice)["choices"]["live"] == {"push": False}
    accounts.delete_account(alice, clock.now())
    assert chosen(alice) == []
    assert ("live", "push", False) in chosen(bob)
