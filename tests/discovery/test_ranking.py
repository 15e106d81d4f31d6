"""The order of live spaces and its reasons, by hand and by thousands."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from webapp.discovery.ranking import Facts, place, reason, score

NOW = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)


def facts(name: str = "x", minutes: float = 120, **known: object) -> Facts:
    return Facts(name, NOW - timedelta(minutes=minutes), **known)  # type: ignore[arg-type]


def order(*spaces: Facts) -> list[str]:
    return [each.public_id for each in sorted(spaces, key=lambda each: place(each, NOW))]


def test_somebody_one_follows_comes_before_a_crowd() -> None:
    crowd = facts("crowd", here=100)
    speaker = facts("speaker", here=2, speakers=("Ben",))
    host = facts("host", here=1, host="Ada")
    own = facts("own", own=True)
    nobody = facts("nobody")
    assert order(nobody, crowd, speaker, host, own) == ["own", "host", "speaker", "crowd", "nobody"]


def test_host_weighs_more_than_two_who_speak() -> None:
    assert order(facts("two", speakers=("A", "B")), facts("host", host="C")) == ["host", "two"]


def test_among_alike_the_growing_the_new_and_those_in_ones_language_come_first() -> None:
    plain, spoken = facts("plain", here=10), facts("spoken", here=10, same_language=True)
    new, growing = facts("new", 3, here=10), facts("growing", here=10, joined=10)
    assert order(plain, spoken, new, growing) == ["growing", "new", "spoken", "plain"]


def test_of_equals_the_latest_comes_first_and_then_the_address_decides() -> None:
    assert order(facts("a", 300), facts("b", 200), facts("c", 200)) == ["b", "c", "a"]


def test_reasons_are_said_in_words() -> None:
    def why(**known: object) -> str:
        return reason(facts(**known), NOW)  # type: ignore[arg-type]

    assert why() == "Live at the moment"
    assert why(own=True, host="Ada") == "Your own space"
    assert why(host="Ada", speakers=("Ben",), here=900) == "Ada, whom you follow, is hosting"
    assert why(speakers=("Ben",)) == "Ben, whom you follow, is speaking"
    assert why(speakers=("Ben", "Cleo")) == "Ben and Cleo, whom you follow, are speaking"
    assert why(speakers=("Ben", "Cleo", "Dan")) == "Ben and 2 others, whom you follow, are speaking"
    assert why(joined=1200, here=20) == "Growing: 1,200 joined in the last five minutes"
    assert why(joined=40, here=40) == "Many are listening"
    assert why(minutes=14, here=19, joined=4) == "New"
    assert why(minutes=16, here=19, joined=4) == "Live at the moment"
    assert why(same_language=True) == "In your language"


def test_five_who_came_are_growth_and_four_are_not() -> None:
    assert reason(facts(joined=5), NOW) == "Growing: 5 joined in the last five minutes"
    assert reason(facts(joined=4), NOW) == "Live at the moment"


names = st.text("abc", max_size=3)
any_facts = st.builds(
    Facts,
    public_id=st.text("ab", min_size=1, max_size=3),
    started_at=st.datetimes(datetime(2026, 1, 5), datetime(2026, 1, 6)).map(
        lambda at: at.replace(tzinfo=UTC)
    ),
    own=st.booleans(),
    host=names,
    speakers=st.lists(names, max_size=12).map(tuple),
    here=st.integers(0, 100_000),
    joined=st.integers(0, 100_000),
    same_language=st.booleans(),
)


@given(any_facts, st.integers(1, 1000))
def test_nothing_that_is_more_ever_ranks_lower(space: Facts, more: int) -> None:
    better = [
        replace(space, own=True),
        replace(space, host=space.host or "Ada"),
        replace(space, speakers=(*space.speakers, "Ben")),
        replace(space, here=space.here + more),
        replace(space, joined=space.joined + more),
        replace(space, same_language=True),
    ]
    assert all(place(each, NOW) <= place(space, NOW) for each in better)


@given(any_facts, st.integers(1, 10_000))
def test_what_is_older_never_ranks_higher(space: Facts, seconds: int) -> None:
    older = replace(space, started_at=space.started_at - timedelta(seconds=seconds))
    assert place(older, NOW) > place(space, NOW)


@given(st.lists(any_facts, max_size=12, unique_by=lambda each: each.public_id), st.randoms())
def test_order_is_total_and_the_same_however_they_come(spaces: list[Facts], random: object) -> None:
    places = [place(each, NOW) for each in spaces]
    assert len(set(places)) == len(spaces)
    shuffled = list(spaces)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert order(*shuffled) == order(*spaces)


@given(any_facts)
def test_there_is_always_a_reason_and_a_whole_score(space: Facts) -> None:
    assert reason(space, NOW)
    assert isinstance(score(space, NOW), int)
