"""Writing, answering, quoting, liking, reposting and deleting: by oneself, by others, and across a block."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.conftest import FrozenClock
from tests.posts.conftest import SITE, Write
from tests.spaces.conftest import Room
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db, public_id
from webapp.errors import Invalid, NotFound
from webapp.notifications.models import Notification
from webapp.posts import services
from webapp.posts.models import Like, Post, Repost, Topic
from webapp.posts.rights import kept_of
from webapp.spaces import services as spaces

SignIn = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
DEEDS = ("like", "unlike", "repost", "unrepost", "delete")


def post(browser: FlaskClient, text: str = "Hello.", **form: str) -> int:
    return browser.post("/posts", data={"text": text, "once": public_id()} | form).status_code


def do(browser: FlaskClient, about: Post, deed: str) -> int:
    return browser.post(f"{about.url}/{deed}").status_code


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def told(user: User) -> list[tuple[str, str]]:
    asked = select(Notification.kind, Notification.sentence).where(Notification.user_id == user.id)
    return [(kind, sentence) for kind, sentence in db.session.execute(asked.order_by(Notification.id))]


# Writing


def test_author_writes_and_everybody_reads(
    alice: User, client: FlaskClient, sign_in: SignIn, bob: User
) -> None:
    answer = sign_in(alice).post("/posts", data={"text": "Tea *now*, <b>all</b>", "once": public_id()})
    assert answer.status_code == 303
    for browser in (client, sign_in(bob), sign_in(alice)):
        page = browser.get(answer.location)
        assert page.status_code == 200
        assert "Tea <em>now</em>, &lt;b&gt;all&lt;/b&gt;" in page.text
        assert answer.location in browser.get("/posts").text
        assert answer.location in browser.get("/@alice").text
        assert answer.location in browser.get("/@alice/posts").text


def test_guest_writes_nothing_and_is_sent_to_sign_in(client: FlaskClient, alice: User, write: Write) -> None:
    assert post(client) == 403
    assert client.get("/posts/new").location.startswith("/sign-in?next=")
    hello = write(alice)
    assert {do(client, hello, deed) for deed in DEEDS} == {403}
    assert [count(table) for table in (Post, Like, Repost)] == [1, 0, 0]
    assert "Sign in to reply" in client.get(hello.url).text


def test_form_of_another_site_does_nothing(app: Flask, alice: User, sign_in: SignIn, write: Write) -> None:
    hello = write(alice)
    app.config["WTF_CSRF_ENABLED"] = True
    assert post(sign_in(alice)) == 400
    assert {do(sign_in(alice), hello, deed) for deed in DEEDS} == {400}
    assert count(Post) == 1


def test_what_is_too_long_is_given_back_with_the_reason(alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    answer = browser.post("/posts", data={"text": "ab " * 3_334, "once": public_id(), "box": "home"})
    assert answer.status_code == 422
    assert "at most 500 characters" in answer.text
    assert "ab ab ab" in answer.text
    fragment = browser.post("/posts", data={"text": "x" * 10_000, "box": "home"}, headers=HTMX)
    assert (fragment.status_code, fragment.headers["HX-Retarget"]) == (422, "#compose-home-problem")
    forged = browser.post("/posts", data={"text": "", "box": "x'><script>"}, headers=HTMX)
    assert forged.headers["HX-Retarget"] == "#compose-new-problem"
    assert count(Post) == 0


def test_a_form_that_is_sent_twice_makes_one_post(
    alice: User, bob: User, sign_in: SignIn, clock: FrozenClock
) -> None:
    once = public_id()
    places = {
        sign_in(alice).post("/posts", data={"text": f"@bob {i}", "once": once}).location for i in range(3)
    }
    assert len(places) == 1
    assert [kind for kind, _ in told(bob)] == ["mention"]
    assert services.write_post(bob, "His own.", clock.now(), once=once).author_id == bob.id
    assert count(Post) == 2
    assert post(sign_in(alice), once="not-one-of-ours") == 422


def test_the_same_form_twice_at_once_makes_one_post(
    alice: User, bob: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = public_id()
    first = services.write_post(alice, "@bob", clock.now(), once=once)
    monkeypatch.setattr(services, "_sent_before", lambda *_: None)  # asked a moment before
    assert services.write_post(alice, "@bob", clock.now(), once=once) is first
    assert count(Post) == 1
    assert len(told(bob)) == 1


def test_who_writes_a_great_deal_has_to_wait(alice: User, bob: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    assert [post(browser, f"{i}") for i in range(21)] == [303] * 20 + [429]
    assert post(sign_in(bob)) == 303
    assert count(Post) == 21


def test_a_page_of_htmx_is_given_the_post_and_an_empty_box(alice: User, sign_in: SignIn) -> None:
    once = public_id()
    form = {"text": "Hello there.", "box": "home", "once": once}
    answer = sign_in(alice).post("/posts", data=form, headers=HTMX)
    assert answer.status_code == 200
    assert 'hx-swap-oob="afterbegin:#timeline"' in answer.text
    assert "Hello there." in answer.text
    assert once not in answer.text
    shared = sign_in(alice).post("/posts", data=form | {"box": "share", "once": public_id()}, headers=HTMX)
    assert "#timeline" not in shared.text
    assert "Your post is published." in shared.text


def test_a_name_that_turns_text_around_turns_nothing_around(
    person: Callable[[str], User], alice: User, client: FlaskClient, write: Write
) -> None:
    accounts.rename(alice, "Ali\u202ece\u200b")
    page = client.get(write(alice, "\u202eHello.\u202c").url).text
    assert not any(mark in page for mark in "\u202e\u202c\u200b")
    assert "<bdi>Ali ce</bdi>" in page
    assert 'class="post-text" dir="auto"' in page


# Topics


def test_topics_gather_what_is_about_them(alice: User, client: FlaskClient, write: Write) -> None:
    tea = write(alice, "All about #Tea and #Straße.")
    cake = write(alice, "Only #cake.")
    assert tea.url in client.get("/topics/TEA").text
    assert tea.url in client.get("/topics/STRASSE").text
    assert cake.url not in client.get("/topics/tea").text
    assert "Nobody has written about this yet." in client.get("/topics/%3Cb%3E").text
    services.delete_post(tea, alice)
    assert count(Topic) == 1


# Being told


def test_people_are_told_once_for_the_strongest_reason(
    alice: User, bob: User, charlie: User, write: Write
) -> None:
    first = write(alice, "@bob @BOB @alice @nobody")
    assert told(bob) == [("mention", "Alice mentioned you in a post.")]
    assert told(alice) == []
    write(bob, "@alice @charlie yes", reply_to=first.public_id)
    assert told(alice) == [("reply", "Bob replied to your post.")]
    assert told(charlie) == [("mention", "Bob mentioned you in a post.")]
    write(bob, "Look, @alice", quote_of=first.public_id)
    assert told(alice)[1:] == [("mention", "Bob quoted your post.")]
    write(alice, "And so on", reply_to=first.public_id)
    assert len(told(alice)) == 2


def test_one_post_tells_ten_people_at_most(person: Callable[[str], User], alice: User, write: Write) -> None:
    people = [person(f"Pal{i}") for i in range(14)]
    write(alice, " ".join(f"@{each.handle}" for each in people))
    assert [len(told(each)) for each in people] == [1] * 10 + [0] * 4


def test_nobody_is_told_across_a_block(
    alice: User, bob: User, charlie: User, write: Write, clock: FrozenClock
) -> None:
    relations.block(bob, alice, clock.now())
    relations.block(alice, charlie, clock.now())
    write(alice, "@bob @charlie")
    write(bob, "@alice")
    write(charlie, "@alice")
    assert (told(alice), told(bob), told(charlie)) == ([], [], [])


# Answering and quoting


def test_replies_stand_below_and_in_no_timeline(
    alice: User, fan: User, charlie: User, client: FlaskClient, sign_in: SignIn, write: Write
) -> None:
    first = write(alice, "A question?")
    answer = sign_in(charlie).post("/posts", data={"text": "An answer.", "reply_to": first.public_id})
    page = client.get(first.url).text
    assert page.index("A question?") < page.index("An answer.")
    assert "A question?" in client.get(answer.location).text
    assert "In reply to" in client.get(answer.location).text
    for browser, path in ((client, "/posts"), (sign_in(fan), "/"), (client, "/@charlie/posts")):
        assert "An answer." not in browser.get(path).text
    services.delete_post(first, alice)
    alone = client.get(answer.location).text
    assert "In reply to a post that is not here any more" in alone
    assert "A question?" not in alone
    assert "An answer." not in client.get("/posts").text


def test_replies_come_in_pages(alice: User, client: FlaskClient, write: Write) -> None:
    first = write(alice)
    for i in range(31):
        write(alice, f"Answer {i}.", reply_to=first.public_id)
    page = client.get(first.url).text
    assert "Answer 29." in page
    assert "Answer 30." not in page
    more = page.partition("?after=")[2].partition('"')[0]
    assert "Answer 30." in client.get(f"{first.url}?after={more}", headers=HTMX).text
    assert "Answer 29." not in client.get(f"/posts/{more}", headers=HTMX).text


def test_a_quote_carries_the_post_until_that_goes(
    alice: User, bob: User, client: FlaskClient, write: Write
) -> None:
    first = write(alice, "The original.")
    quote = write(bob, "How true!", quote_of=first.public_id)
    assert "The original." in client.get(quote.url).text
    services.delete_post(first, alice)
    page = client.get(quote.url).text
    assert "The original." not in page
    assert "The quoted post is not here any more." in page


def test_who_is_kept_away_neither_reads_answers_nor_quotes(
    alice: User, bob: User, charlie: User, sign_in: SignIn, write: Write, clock: FrozenClock
) -> None:
    hers, his = write(alice, "Hers."), write(bob, "His.")
    quote = write(charlie, "Look:", quote_of=hers.public_id)
    answer = write(charlie, "So:", reply_to=hers.public_id)
    below = write(alice, "Below.", reply_to=his.public_id)
    relations.block(alice, bob, clock.now())
    for user, theirs in ((bob, hers), (alice, his)):
        browser = sign_in(user)
        assert browser.get(theirs.url).status_code == 404
        assert {do(browser, theirs, deed) for deed in DEEDS} == {404}
        assert post(browser, reply_to=theirs.public_id) == 404
        assert post(browser, quote_of=theirs.public_id) == 404
        assert browser.get(f"/posts/new?reply={theirs.public_id}").status_code == 404
        assert theirs.url not in browser.get("/posts").text
    assert sign_in(bob).get("/@alice/posts").status_code == 404
    assert "Hers." not in sign_in(bob).get(quote.url).text
    assert "Hers." not in sign_in(bob).get(answer.url).text
    assert "Below." not in sign_in(bob).get(his.url).text
    assert below.url in sign_in(charlie).get(his.url).text
    assert count(Post) == 5


def test_forged_ids_are_not_found(alice: User, sign_in: SignIn) -> None:
    browser = sign_in(alice)
    for name in ("nothing", "%00", "a" * 300, "~", "1"):
        assert browser.get(f"/posts/{name}").status_code == 404
        for deed in DEEDS:
            assert browser.post(f"/posts/{name}/{deed}").status_code == 404
        assert post(browser, reply_to=name) == 404
        assert post(browser, quote_of=name) == 404
        assert browser.get(f"/posts/new?space={name}").status_code == 404
    for path in ("/?before=x", "/?before=1e9-a", "/posts?before=99999999999999999999-a", "/news?since="):
        assert browser.get(path).status_code == 404
    assert count(Post) == 0


def test_a_post_answers_or_quotes(alice: User, write: Write) -> None:
    first = write(alice)
    with pytest.raises(Invalid, match="not both"):
        write(alice, reply_to=first.public_id, quote_of=first.public_id)


# Liking and reposting


def test_somebody_likes_and_takes_it_back(alice: User, bob: User, sign_in: SignIn, write: Write) -> None:
    hello = write(alice)
    for _ in range(2):
        assert do(sign_in(bob), hello, "like") == 303
    assert count(Like) == 1
    answer = sign_in(bob).post(f"{hello.url}/unlike", headers=HTMX)
    assert 'action="/posts/' in answer.text
    assert "Like, 0" in answer.text
    assert do(sign_in(bob), hello, "unlike") == 303
    assert count(Like) == 0
    assert told(alice) == []


def test_somebody_reposts_to_their_followers_and_takes_it_back(
    alice: User, fan: User, charlie: User, sign_in: SignIn, write: Write
) -> None:
    theirs = write(charlie, "Far away.")
    assert theirs.url not in sign_in(fan).get("/").text
    for _ in range(2):
        assert do(sign_in(alice), theirs, "repost") == 303
    page = sign_in(fan).get("/").text
    assert "Alice reposted" in page
    assert page.count(f'id="post-{theirs.public_id}"') == 1
    assert "Alice reposted" in sign_in(fan).get("/@alice/posts").text
    assert do(sign_in(alice), theirs, "unrepost") == 303
    assert theirs.url not in sign_in(fan).get("/").text


def test_nobody_reposts_themself(alice: User, sign_in: SignIn, write: Write) -> None:
    assert do(sign_in(alice), write(alice), "repost") == 422
    assert count(Repost) == 0


# Deleting


def test_author_deletes_it_for_everybody(
    alice: User, bob: User, client: FlaskClient, sign_in: SignIn, write: Write, clock: FrozenClock
) -> None:
    hello = write(alice, "#tea")
    services.like(hello, bob, clock.now())
    services.repost(hello, bob, clock.now())
    url, here = hello.url, {"HX-Current-URL": f"{SITE}/", **HTMX}
    answer = sign_in(alice).post(f"{url}/delete", headers=here)
    assert (answer.status_code, answer.text) == (200, "")
    assert [count(table) for table in (Post, Like, Repost, Topic)] == [0, 0, 0, 0]
    assert client.get(url).status_code == 404
    assert sign_in(alice).post(f"{url}/delete").status_code == 404


def test_from_its_own_page_one_is_taken_elsewhere(alice: User, sign_in: SignIn, write: Write) -> None:
    first, second = write(alice), write(alice)
    here = {"HX-Current-URL": SITE + first.url, **HTMX}
    assert sign_in(alice).post(f"{first.url}/delete", headers=here).headers["HX-Redirect"] == "/"
    assert sign_in(alice).post(f"{second.url}/delete").location == "/"


def test_others_do_not_delete_it_and_who_runs_the_site_does(
    operator: User, alice: User, bob: User, sign_in: SignIn, write: Write
) -> None:
    hello = write(alice)
    assert do(sign_in(bob), hello, "delete") == 403
    assert count(Post) == 1
    assert do(sign_in(operator), hello, "delete") == 303
    assert count(Post) == 0


def test_who_has_gone_is_not_shown(alice: User, bob: User, client: FlaskClient, write: Write) -> None:
    hello = write(alice)
    alice.active = False
    db.session.commit()
    assert client.get(hello.url).status_code == 404
    assert hello.url not in client.get("/posts").text


# Rights


def test_account_that_goes_takes_its_posts_along(
    alice: User, bob: User, client: FlaskClient, write: Write, clock: FrozenClock
) -> None:
    hers, his = write(alice, "Hers."), write(bob, "His.")
    write(bob, "An answer.", reply_to=hers.public_id)
    services.like(his, alice, clock.now())
    services.repost(hers, bob, clock.now())
    accounts.delete_account(alice, clock.now())
    assert sorted(db.session.scalars(select(Post.text))) == ["An answer.", "His."]
    assert [count(table) for table in (Like, Repost)] == [0, 0]
    assert "Hers." not in client.get("/posts").text


def test_person_is_given_what_they_wrote_and_did(
    room: Room, alice: User, bob: User, write: Write, clock: FrozenClock
) -> None:
    space = spaces.create_space(alice, "Tea", "", False, clock.now())
    mine = write(alice, f"Come: {SITE}{space.url}?t=7")
    his = write(bob, "His.")
    services.like(his, alice, clock.now())
    kept = kept_of(alice, clock.now())
    assert kept["written"] == [
        {
            "address": mine.url,
            "text": mine.text,
            "created_at": mine.created_at,
            "is_reply": False,
            "is_quote": False,
            "space": space.url,
            "start_ms": 7_000,
        }
    ]
    assert kept["liked"] == [{"address": his.url, "at": clock.now()}]
    assert kept["reposted"] == []


def test_outsider_who_asks_services_directly_finds_nothing(
    alice: User, bob: User, write: Write, clock: FrozenClock
) -> None:
    hers = write(alice)
    relations.block(bob, alice, clock.now())
    with pytest.raises(NotFound):
        write(bob, reply_to=hers.public_id)
