"""Who follows and blocks whom, whatever they do in whatever order."""

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from tests.conftest import FrozenClock
from webapp.accounts import relations, rights, services
from webapp.accounts.models import Block, Follow, User
from webapp.db import db
from webapp.errors import Conflict, DomainError, Invalid, NotFound

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["follow", "unfollow", "block", "unblock"]), st.integers(0, 3), st.integers(0, 3)
    ),
    max_size=25,
)


def names(page: tuple[list[User], bool]) -> list[str]:
    return [user.handle for user in page[0]]


def test_following_twice_is_following_once(alice: User, bob: User, clock: FrozenClock) -> None:
    assert relations.follow(alice, bob, clock.now())
    assert not relations.follow(alice, bob, clock.now())
    assert (relations.counts_of(alice), relations.counts_of(bob)) == ((0, 1), (1, 0))
    relations.unfollow(alice, bob)
    relations.unfollow(alice, bob)
    assert relations.counts_of(bob) == (0, 0)


def test_nobody_follows_or_blocks_themself(alice: User, clock: FrozenClock) -> None:
    for act in (relations.follow, relations.block):
        with pytest.raises(Invalid):
            act(alice, alice, clock.now())


def test_blocking_ends_following_in_both_directions_and_twice_is_once(
    alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    relations.follow(alice, bob, clock.now())
    relations.follow(bob, alice, clock.now())
    relations.follow(bob, charlie, clock.now())
    assert relations.block(alice, bob, clock.now())
    assert not relations.block(alice, bob, clock.now())
    assert (relations.counts_of(alice), relations.counts_of(bob)) == ((0, 0), (0, 1))
    assert names(relations.blocked_by(alice)) == ["bob"]


def test_blocked_does_not_find_who_blocked_them_and_who_did_is_told_to_undo_it(
    alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    relations.block(alice, bob, clock.now())
    with pytest.raises(NotFound):
        relations.follow(bob, alice, clock.now())
    with pytest.raises(NotFound):
        relations.account_for(bob, "alice")
    with pytest.raises(Conflict, match="Unblock them first"):
        relations.follow(alice, bob, clock.now())
    for viewer in (None, charlie, alice):
        assert relations.account_for(viewer, "Alice") is alice
    relations.unblock(alice, bob)
    assert relations.follow(bob, alice, clock.now())


def test_who_is_blocked_while_they_follow_does_not(
    app: Flask, alice: User, bob: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    relations.block(bob, alice, clock.now())
    monkeypatch.setattr(relations, "is_blocked", lambda *_, **__: False)  # asked a moment before
    assert not relations.follow(alice, bob, clock.now())
    assert relations.counts_of(bob) == (0, 0)


def test_an_account_that_is_gone_is_nobody(alice: User, bob: User, clock: FrozenClock) -> None:
    relations.follow(alice, bob, clock.now())
    relations.follow(bob, alice, clock.now())
    services.delete_account(bob, clock.now())
    assert relations.counts_of(alice) == (0, 0)
    with pytest.raises(NotFound):
        relations.account_for(alice, bob.handle)


def test_lists_are_the_latest_first_in_pages_and_without_who_blocks_the_viewer(
    person: Callable[[str], User], alice: User, bob: User, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relations, "PAGE", 2)
    others = [person(f"Person_{number}") for number in range(3)]
    for other in others:
        relations.follow(other, alice, clock.tick(minutes=1))
        relations.follow(alice, other, clock.now())
    relations.block(others[2], bob, clock.now())
    assert names(relations.followers_of(alice, None)) == ["person_2", "person_1"]
    assert relations.followers_of(alice, None)[1]
    assert names(relations.followers_of(alice, None, 2)) == ["person_0"]
    assert names(relations.followers_of(alice, bob)) == ["person_1", "person_0"]
    assert names(relations.followed_by(alice, bob)) == ["person_1", "person_0"]


def test_a_person_takes_away_whom_they_know_and_not_who_blocked_them(
    alice: User, bob: User, charlie: User, clock: FrozenClock
) -> None:
    relations.follow(bob, alice, clock.now())
    relations.block(alice, charlie, clock.now())
    keeper = next(keeper for keeper in rights.keepers() if keeper.name == "relations")
    at = clock.now()
    assert keeper.export(alice, at) == {
        "follows": [],
        "followed_by": [{"handle": "bob", "since": at}],
        "blocks": [{"handle": "charlie", "since": at}],
    }
    assert keeper.export(charlie, at) == {"follows": [], "followed_by": [], "blocks": []}


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(actions=ACTIONS)
def test_no_follow_crosses_a_block(
    person: Callable[[str], User], clock: FrozenClock, actions: list[tuple[str, int, int]]
) -> None:
    people = list(db.session.scalars(select(User).order_by(User.id))) or [
        person(f"Person_{number}") for number in range(4)
    ]
    for table in (Follow, Block):
        db.session.execute(delete(table))
    follows, blocks = set(), set()
    for action, one, other in actions:
        pair = (one, other)
        apart = one == other or pair in blocks or (other, one) in blocks
        try:
            if action in ("follow", "block"):
                getattr(relations, action)(people[one], people[other], clock.now())
            else:
                getattr(relations, action)(people[one], people[other])
        except DomainError:
            assert apart
            continue
        if action == "follow":
            assert not apart
            follows.add(pair)
        elif action == "block":
            blocks.add(pair)
            follows -= {pair, pair[::-1]}
        else:
            (follows if action == "unfollow" else blocks).discard(pair)
    kept = db.session.execute(select(Follow.follower_id, Follow.followed_id)).all()
    numbers = [user.id for user in people]
    assert {tuple(row) for row in kept} == {(numbers[one], numbers[other]) for one, other in follows}
    for index, user in enumerate(people):
        followers = sum(followed == index for _, followed in follows)
        following = sum(follower == index for follower, _ in follows)
        assert relations.counts_of(user) == (followers, following)
    assert db.session.scalar(select(func.count()).select_from(Block)) == len(blocks)
