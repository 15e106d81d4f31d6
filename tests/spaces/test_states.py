"""What a space may become, and what titles and topics look like."""

from itertools import product

import pytest

from webapp.errors import Conflict, Forbidden, Invalid
from webapp.spaces.states import (
    Role,
    State,
    check_may,
    check_place,
    check_transition,
    clean_question,
    clean_title,
    clean_topics,
    has_place,
    lowest_free_seat,
    outranks,
    rights,
)

ALLOWED = {("scheduled", "live"), ("scheduled", "cancelled"), ("live", "ended")}


@pytest.mark.parametrize(("current", "to"), list(product(State, State)))
def test_only_the_three_transitions_are_allowed(current: State, to: State) -> None:
    if (current, to) in ALLOWED:
        check_transition(current, to)
    else:
        with pytest.raises(Conflict):
            check_transition(current, to)


def test_rights_go_with_role_and_state() -> None:
    assert rights(Role.HOST, State.LIVE) == {"end", "speak", "manage_stage", "appoint", "record"}
    assert "start" in rights(Role.HOST, State.SCHEDULED)
    assert rights(Role.COHOST, State.LIVE) == {"speak", "manage_stage"}
    assert rights(Role.SPEAKER, State.LIVE) == {"speak"}
    assert rights(Role.SPEAKER, State.ENDED) == set()
    assert rights(Role.LISTENER, State.LIVE) == set()


def test_a_refusal_says_who_may() -> None:
    with pytest.raises(Forbidden, match="Only the host can end"):
        check_may(Role.COHOST, "end")


@pytest.mark.parametrize(
    ("role", "taken", "has"),
    [
        (Role.SPEAKER, [Role.HOST], True),
        (Role.SPEAKER, [Role.HOST, Role.COHOST, Role.COHOST] + 9 * [Role.SPEAKER], True),
        (Role.SPEAKER, [Role.HOST] + 10 * [Role.SPEAKER], False),
        (Role.COHOST, [Role.HOST, Role.COHOST] + 10 * [Role.SPEAKER], True),
        (Role.COHOST, [Role.HOST, Role.COHOST, Role.COHOST], False),
    ],
)
def test_a_stage_has_two_cohosts_and_ten_speakers(role: Role, taken: list[Role], has: bool) -> None:
    assert has_place(role, taken) == has
    if not has:
        with pytest.raises(Conflict):
            check_place(role, taken)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", ""), ("  Why \n tea? ", "Why tea?"), ("a\u202eb", "a b"), ("x" * 140, "x" * 140)],
)
def test_a_question_is_one_line(given: str, kept: str) -> None:
    assert clean_question(given) == kept


def test_a_question_of_141_characters_is_too_long() -> None:
    with pytest.raises(Invalid, match="at most 140"):
        clean_question("x" * 141)


def test_a_cohost_moves_speakers_and_listeners_only() -> None:
    assert [role for role in Role if outranks(Role.COHOST, role)] == ["speaker", "listener"]
    assert not any(outranks(Role.SPEAKER, role) for role in Role)


def test_the_lowest_seat_is_given_first() -> None:
    assert lowest_free_seat([]) == 0
    assert lowest_free_seat([0, 1, 3]) == 2
    with pytest.raises(Conflict, match="The stage is full"):
        lowest_free_seat(range(13))


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("Tea", "Tea"),
        ("  Tea \n and\tcake ", "Tea and cake"),
        ("x" * 70, "x" * 70),
        ("Tea\u202e\u0000", "Tea"),
        ("👩\u200d💻 at tea", "👩\u200d💻 at tea"),
        ("<b>Tea</b>", "<b>Tea</b>"),
    ],
)
def test_a_title_is_one_line(given: str, cleaned: str) -> None:
    assert clean_title(given) == cleaned


@pytest.mark.parametrize("given", ["", " \n ", "\u200b", "\u200d \u200d", "x" * 71])
def test_a_title_has_1_to_70_characters(given: str) -> None:
    with pytest.raises(Invalid):
        clean_title(given)


@pytest.mark.parametrize(
    ("given", "topics"),
    [("", []), (" , ,", []), ("tea, Cake ,#milk", ["tea", "Cake", "milk"]), ("tea,TEA,tea", ["tea"])],
)
def test_topics_come_once_each(given: str, topics: list[str]) -> None:
    assert clean_topics(given) == topics


@pytest.mark.parametrize("given", ["a,b,c,d", "x" * 25])
def test_topics_are_few_and_short(given: str) -> None:
    with pytest.raises(Invalid):
        clean_topics(given)
