"""Search in both databases: what is found, in which order, by whom; and an index that agrees."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from tests.conftest import FrozenClock
from tests.discovery.conftest import Site
from webapp.accounts import relations
from webapp.accounts import services as accounts
from webapp.accounts.models import User
from webapp.db import db
from webapp.discovery import services
from webapp.discovery.queries import found_for
from webapp.discovery.shown import Found
from webapp.recordings import services as recordings
from webapp.scheduling.services import cancel_space, edit_space
from webapp.spaces.models import Space
from webapp.spaces.visitor import Visitor

Person = Callable[[str], User]

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


@pytest.fixture
def find(app: Flask, clock: FrozenClock) -> Callable[..., Found]:
    return lambda words, user=None: found_for(words, Visitor(user), lambda _: [], clock.now())


@pytest.fixture
def titles(find: Callable[..., Found]) -> Callable[..., list[str]]:
    return lambda words, user=None: [card.space.title for card in find(words, user).spaces]


@pytest.fixture
def handles(find: Callable[..., Found]) -> Callable[..., list[str]]:
    return lambda words, user=None: [person.handle for person in find(words, user).people]


Words = Callable[..., list[str]]


def test_spaces_are_found_by_title_topic_and_host(site: Site, alice: User, titles: Words) -> None:
    site.goes_live(alice, "Crème brûlée at night", "Baking, late shows")
    for words in ("creme", "CRÈME BRULEE", "baking", "late", "alice", "night alice shows", "brû", "@alice"):
        assert titles(words) == ["Crème brûlée at night"], words
    for words in ("rulee", "creme tea", "brul night", "title", "NOT creme", "creme OR tea"):
        assert titles(words) == [], words


def test_only_the_last_word_may_be_the_beginning_of_one(site: Site, alice: User, titles: Words) -> None:
    site.goes_live(alice, "Jazz before breakfast")
    assert titles("jazz break") == ["Jazz before breakfast"]
    assert titles("ja breakfast") == []


def test_live_comes_first_then_upcoming_then_recorded(site: Site, alice: User, titles: Words) -> None:
    site.leaves_recording(alice, "Tea of old")
    site.plans(alice, "Tea to come")
    site.goes_live(alice, "Tea now")
    assert titles("tea") == ["Tea now", "Tea to come", "Tea of old"]


def test_words_in_the_title_come_before_the_same_elsewhere(site: Site, alice: User, titles: Words) -> None:
    site.plans(alice, "Tea", hours=3)
    site.plans(alice, "Cake", "tea", hours=1)
    site.plans(alice, "More tea", hours=2)
    assert titles("tea") == ["More tea", "Tea", "Cake"]
    assert titles("te") == ["More tea", "Tea", "Cake"]
    assert titles("more te") == ["More tea"]


def test_people_are_found_by_name_and_handle(alice: User, bob: User, person: Person, handles: Words) -> None:
    accounts.rename(bob, "Bób Wörld")
    person("Bobby")
    assert handles("bob") == ["bobby", "bob"]
    assert handles("world") == ["bob"]
    assert handles("@bobb") == ["bobby"]
    assert handles("ob") == []


def test_people_one_follows_come_first(
    alice: User, bob: User, person: Person, handles: Words, clock: FrozenClock
) -> None:
    person("Boban")
    relations.follow(alice, bob, clock.now())
    assert handles("bob", alice) == ["bob", "boban"]


def test_people_are_not_found_across_a_block_nor_once_they_are_gone(
    alice: User, bob: User, charlie: User, person: Person, handles: Words, clock: FrozenClock
) -> None:
    relations.block(bob, alice, clock.now())
    assert handles("bob", alice) == handles("alice", bob) == []
    assert handles("bob", charlie) == handles("bob") == ["bob"]
    accounts.delete_account(bob, clock.now())
    assert handles("bob") == handles("gone") == handles("someone") == []
    charlie.active = False
    db.session.commit()
    assert handles("charlie") == []


HOSTILE = [
    '"', "'", '""', "'; DROP TABLE spaces; --", '" OR "', "tea AND", "NOT tea", "NEAR(tea cake)",
    "title: tea", "tea*", "*", "^tea", "(", ")", "-tea", "tea:*", "tea & | !", "{title} : tea", "\\", "%",
    "_", "$$", ":query", "\0", "tea\0", "x" * 10_000, "x " * 5_000, '"' * 10_000, "\U0001f600", "\u202etea",
    "שלום", "مرحبا", "ﷺ", "\ud800", "ß", "１２", "a\u0301" * 500, "\u0301", "हिन्दी", "東京", "\U0001d518",
    "\ufffd", "ǅ",
]  # fmt: skip


def test_hostile_words_find_what_they_say_or_nothing(client: FlaskClient, site: Site, alice: User) -> None:
    site.goes_live(alice, "Cake")
    for number, words in enumerate(HOSTILE):
        query = {"q": words.encode("utf-8", "surrogatepass").decode("utf-8", "replace")}
        answer = client.get(
            "/search", query_string=query, headers={"HX-Request": "true"} if number % 2 else {}
        )
        assert answer.status_code == 200, words
        assert ">Cake</a>" not in answer.text, words


def test_titles_in_any_script_are_found_by_their_words(site: Site, alice: User, titles: Words) -> None:
    for title in ("שלום עולם", "مرحبا بالعالم", "東京の夜", "हिन्दी में", "Москва ночью", "İstanbul", "Ænima"):
        site.plans(alice, title)
        for word in title.split():
            assert titles(word) == [title], word


@given(st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_no_words_are_an_error(find: Callable[..., Found], words: str) -> None:
    find(words)


# The index agrees with the tables


def entries() -> dict[str, list[tuple[object, ...]]]:
    """Returns all that is kept for searching, whatever keeps it."""
    key = ("rowid", "rowid") if db.engine.dialect.name == "sqlite" else ("space_id", "user_id")
    asked = (
        f"SELECT {key[0]} AS number, * FROM search_spaces ORDER BY 1",
        f"SELECT {key[1]} AS number, * FROM search_people ORDER BY 1",
        "SELECT * FROM space_topics ORDER BY 1, 2",
    )
    return {statement: [tuple(row) for row in db.session.execute(text(statement))] for statement in asked}


def assert_agrees() -> None:
    kept = entries()
    services.reindex()
    assert entries() == kept


def test_index_agrees_with_the_tables_whatever_happens(
    site: Site, alice: User, bob: User, clock: FrozenClock, titles: Words
) -> None:
    now = clock.now
    assert_agrees()
    planned = site.plans(alice, "Early birds", "Birds, dawn")
    recording = site.leaves_recording(alice, "Owls", "birds, Night")
    site.plans(bob, "Bats", "Night")
    assert_agrees()
    edit_space(planned, alice, "Larks", "Birds, song", False, None, now())
    assert_agrees()
    assert titles("larks") == ["Larks"]
    assert titles("early") == titles("dawn") == []
    accounts.rename(alice, "Alicia Kestrel")
    assert_agrees()
    assert titles("kestrel") == ["Larks", "Owls"]
    cancel_space(planned, alice, now())
    recordings.delete_recording(recording, now())
    assert_agrees()
    assert titles("kestrel") == []
    accounts.delete_account(bob, now())
    assert_agrees()
    assert titles("bats") == []
    db.session.execute(update(Space).values(title="All the same", topics=["one", "One more"]))
    db.session.execute(update(User).values(display_name="Sam"))
    db.session.commit()
    assert_agrees()
    db.session.execute(text("DELETE FROM memberships"))
    db.session.execute(text("DELETE FROM spaces WHERE id NOT IN (SELECT space_id FROM recordings)"))
    db.session.commit()
    assert_agrees()


def test_what_is_rolled_back_is_not_found(site: Site, alice: User, titles: Words) -> None:
    space = site.goes_live(alice, "Before")
    space.title = "After"
    db.session.flush()
    assert titles("after") == ["After"]
    db.session.rollback()
    assert titles("after") == []
    assert titles("before") == ["Before"]


def test_reindex_mends_whatever_is_wrong(app: Flask, site: Site, alice: User, titles: Words) -> None:
    site.goes_live(alice, "Tea", "leaves")
    right = entries()
    for table in ("search_spaces", "search_people", "space_topics"):
        db.session.execute(text(f"DELETE FROM {table}"))
    trigger = "search_space_added" if db.engine.dialect.name == "sqlite" else "search_space ON spaces"
    db.session.execute(text(f"DROP TRIGGER {trigger}"))
    db.session.commit()
    assert titles("tea") == []
    said = app.test_cli_runner().invoke(args=["discovery", "reindex"])
    assert said.exit_code == 0, said.output
    assert entries() == right
    site.goes_live(alice, "Coffee")
    assert titles("coffee") == ["Coffee"]


SONGS = ["Nachtlied", "Lied, ohne Worte", "", "Ärger mit Öl", "C++ und 3.14", "a/b/c http://x.y/z?q=1"]
steps = st.lists(
    st.tuples(st.sampled_from(["open", "open", "edit", "name", "host", "sql", "delete"]), st.integers(0, 5)),
    max_size=12,
)


@given(steps)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
def test_index_agrees_after_any_sequence_of_changes(
    site: Site, alice: User, bob: User, steps: list[tuple[str, int]]
) -> None:
    for step, number in steps:
        spaces = db.session.query(Space).order_by(Space.id).all()
        said, person = SONGS[number] or "Nothing", (alice, bob)[number % 2]
        if step == "open":
            about, now = [said[:20], "Tea"], site.clock.now()
            db.session.add(Space(host_id=person.id, title=said, topics=about, record=False, created_at=now))
        elif step == "name":
            person.display_name = said
        elif step == "sql":
            db.session.execute(
                update(Space).where(Space.id % 2 == number % 2).values(topics=[f"t{number}", "É"])
            )
        elif spaces and step == "edit":
            spaces[number % len(spaces)].title = said
        elif spaces and step == "host":
            spaces[number % len(spaces)].host_id = bob.id
        elif spaces and step == "delete":
            gone = spaces[number % len(spaces)].id
            db.session.execute(text("DELETE FROM spaces WHERE id = :gone"), {"gone": gone})
            db.session.expire_all()
        db.session.commit()
    assert_agrees()
