"""The rule that decides who has a feature, and how its dates move."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.errors import Conflict, Invalid, NotFound
from webapp.rollout.platforms import Platform
from webapp.rollout.programme import EVERYWHERE, Programme, Stage, announced, bucket

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
START = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)
IOS, ANDROID, WEB = Platform.IOS, Platform.ANDROID, Platform.WEB

EARLY = next(n for n in range(10_000) if bucket("recording", n) < 100)
"""An account that one percent reaches."""
MIDDLE = next(n for n in range(10_000) if 3000 <= bucket("recording", n) < 4000)
"""One that forty percent reach."""
LATE = next(n for n in range(10_000) if bucket("recording", n) >= 9900)
"""One that only everybody reaches."""

numbers = st.integers(1, 2**40)
permilles = st.integers(0, 1000)
platform_sets = st.frozensets(st.sampled_from(Platform), min_size=1)


def stage(number: int, days: float, permille: int, *platforms: Platform) -> Stage:
    return Stage(number, f"S{number}", START + days * DAY, permille, frozenset(platforms) or EVERYWHERE)


def programme(*stages: Stage, listed: frozenset[int] = frozenset()) -> Programme:
    return Programme("recording", stages, listed)


def dates(programme: Programme) -> list[float]:
    """The stages' dates in days from the start."""
    return [(stage.starts_at - START) / DAY for stage in programme.stages]


THREE = programme(stage(1, 0, 50, IOS), stage(2, 7, 400, IOS), stage(3, 14, 1000))


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    days = sorted(draw(st.lists(st.integers(0, 60), min_size=1, max_size=5)))
    stages = [
        Stage(number, "", START + day * DAY, draw(permilles), draw(platform_sets))
        for number, day in enumerate(days, start=1)
    ]
    return Programme("recording", tuple(stages), draw(st.frozensets(numbers, max_size=2)))


@given(st.text(max_size=40), numbers)
def test_an_account_always_stands_at_the_same_place(feature: str, account: int) -> None:
    assert 0 <= bucket(feature, account) < 10_000
    assert bucket(feature, account) == bucket(feature, account)


def test_the_order_is_the_one_that_is_written_down() -> None:
    """Were the hash another one, people would lose what they have."""
    assert [bucket("recording", account) for account in (1, 2, 3)] == [852, 2754, 2721]
    assert bucket("recording", 1) != bucket("clips", 1)


@pytest.mark.parametrize("permille", [0, 1, 25, 50, 250, 999, 1000])
def test_about_as_many_have_it_as_the_stage_says(permille: int) -> None:
    now = programme(stage(1, 0, permille))
    have = sum(now.has(account, WEB, START) for account in range(20_000))
    assert abs(have - 20 * permille) < 300
    assert have in (0, 20_000) or 0 < permille < 1000


@given(numbers, permilles, permilles, st.sampled_from(Platform))
def test_who_is_within_a_share_is_within_every_larger_one(
    account: int, one: int, other: int, platform: Platform
) -> None:
    small, large = sorted((one, other))
    within_small = programme(stage(1, 0, small)).has(account, platform, START)
    within_large = programme(stage(1, 0, large)).has(account, platform, START)
    assert within_large or not within_small


@given(programmes(), numbers, st.sampled_from(Platform), st.integers(0, 70), st.integers(0, 70))
def test_nobody_loses_what_they_have_as_time_goes_by(
    rolled_out: Programme, account: int, platform: Platform, day: int, later: int
) -> None:
    before, after = (START + d * DAY for d in sorted((day, later)))
    assert rolled_out.has(account, platform, after) or not rolled_out.has(account, platform, before)


@given(programmes(), numbers, st.sampled_from(Platform), st.integers(-1, 70))
def test_a_promised_date_is_kept_to_the_microsecond(
    rolled_out: Programme, account: int, platform: Platform, day: int
) -> None:
    verdict = rolled_out.verdict(account, platform, START + day * DAY)
    assert verdict.has == rolled_out.has(account, platform, START + day * DAY)
    if verdict.has:
        assert verdict.expected_at is None
    elif verdict.expected_at is not None:
        assert not rolled_out.has(account, platform, verdict.expected_at - TICK)
        assert rolled_out.has(account, platform, verdict.expected_at)
    else:
        assert not rolled_out.has(account, platform, START + 1000 * DAY)


def test_a_stage_begins_on_the_instant() -> None:
    week = START + 7 * DAY
    assert not THREE.has(MIDDLE, IOS, week - TICK)
    assert THREE.has(MIDDLE, IOS, week)
    assert [s.number for s in THREE.begun(week - TICK)] == [1]
    assert [s.number for s in THREE.begun(week)] == [1, 2]


def test_without_a_programme_everybody_has_it() -> None:
    for platform in Platform:
        verdict = Programme("recording").verdict(LATE, platform, START)
        assert (verdict.has, verdict.why) == (True, "Everybody has it")


@pytest.mark.parametrize(
    ("account", "platform", "day", "has", "why", "expected"),
    [
        (EARLY, IOS, -1, False, "Not on iOS yet", 0),
        (EARLY, IOS, 0, True, "In the 5 % that have it on iOS", None),
        (EARLY, WEB, 0, False, "Not on the web yet", 14),
        (MIDDLE, IOS, 0, False, "Not in the 5 % that have it on iOS", 7),
        (MIDDLE, ANDROID, 0, False, "Not on Android yet", 14),
        (MIDDLE, IOS, 7, True, "In the 40 % that have it on iOS", None),
        (LATE, IOS, 7, False, "Not in the 40 % that have it on iOS", 14),
        (LATE, WEB, 14, True, "Everybody has it", None),
    ],
)
def test_the_verdict_says_why_and_when(
    account: int, platform: Platform, day: int, has: bool, why: str, expected: int | None
) -> None:
    verdict = THREE.verdict(account, platform, START + day * DAY)
    assert (verdict.has, verdict.why) == (has, why)
    assert verdict.expected_at == (None if expected is None else START + expected * DAY)


def test_a_share_of_less_than_a_percent_is_named_to_the_tenth() -> None:
    verdict = programme(stage(1, 0, 5)).verdict(LATE, WEB, START)
    assert verdict.why == "Not in the 0.5 % that have it on the web"


def test_a_platform_can_be_whole_before_the_others() -> None:
    rolled_out = programme(stage(1, 0, 1000, IOS))
    assert rolled_out.verdict(LATE, IOS, START).why == "Everybody has it on iOS"
    never = rolled_out.verdict(LATE, WEB, START)
    assert (never.has, never.expected_at) == (False, None)


def test_who_is_listed_has_it_everywhere_from_the_first_stage_on() -> None:
    rolled_out = replace(THREE, listed=frozenset({LATE}))
    for platform in Platform:
        early = rolled_out.verdict(LATE, platform, START - TICK)
        assert (early.has, early.expected_at) == (False, START)
        assert rolled_out.verdict(LATE, platform, START).why == "On the list"
    assert not rolled_out.has(MIDDLE, IOS, START)


def test_while_it_is_paused_nothing_begins_and_nobody_loses_anything() -> None:
    paused = THREE.paused(START + 3 * DAY)
    much_later = START + 100 * DAY
    assert paused.has(EARLY, IOS, much_later)
    verdict = paused.verdict(MIDDLE, IOS, much_later)
    assert (verdict.has, verdict.expected_at) == (False, None)


def test_resuming_moves_what_was_to_come_by_the_length_of_the_pause() -> None:
    resumed = THREE.paused(START + 3 * DAY).resumed(START + 13 * DAY)
    assert dates(resumed) == [0, 17, 24]
    assert resumed.paused_at is None
    assert not resumed.has(MIDDLE, IOS, START + 17 * DAY - TICK)
    assert resumed.has(MIDDLE, IOS, START + 17 * DAY)


@pytest.mark.parametrize(("pause", "moved"), [(7 * DAY - TICK, 17.0), (7 * DAY, 7.0)])
def test_a_pause_catches_what_had_not_begun_to_the_microsecond(pause: timedelta, moved: float) -> None:
    resumed = THREE.paused(START + pause).resumed(START + pause + 10 * DAY)
    assert dates(resumed)[1] == moved


@given(programmes(), st.integers(0, 50), st.integers(0, 50), st.sampled_from(Platform), numbers)
def test_a_pause_changes_nothing_at_the_instant_it_ends(
    rolled_out: Programme, day: int, length: int, platform: Platform, account: int
) -> None:
    begin, end = START + day * DAY, START + (day + length) * DAY
    if not rolled_out.coming(begin):
        return
    paused = rolled_out.paused(begin)
    assert paused.has(account, platform, end) == rolled_out.has(account, platform, begin)
    assert paused.resumed(end).has(account, platform, end) == rolled_out.has(account, platform, begin)


def test_what_is_paused_cannot_be_paused_nor_what_runs_resumed() -> None:
    with pytest.raises(Conflict, match="paused already"):
        THREE.paused(START).paused(START)
    with pytest.raises(Conflict, match="not paused"):
        THREE.resumed(START)
    with pytest.raises(Conflict, match="nothing to pause"):
        THREE.paused(START + 14 * DAY)
    with pytest.raises(Conflict, match="nothing to pause"):
        Programme("recording").paused(START)


def test_jumping_takes_earlier_stages_along_and_later_ones_keep_their_distance() -> None:
    four = replace(THREE, stages=(*THREE.stages, stage(4, 21, 1000)))
    assert dates(four.jumped(3, START + 2 * DAY)) == [0, 2, 2, 9]
    assert dates(four.jumped(2, START + 2 * DAY)) == [0, 2, 9, 16]
    assert dates(four.jumped(1, START - DAY)) == [-1, 6, 13, 20]


def test_one_cannot_jump_to_what_has_begun_or_is_not_there() -> None:
    with pytest.raises(Conflict, match="begun already"):
        THREE.jumped(1, START)
    for number in (0, 4, -1):
        with pytest.raises(NotFound):
            THREE.jumped(number, START)


def test_a_jump_in_a_pause_begins_now_and_the_pause_goes_on() -> None:
    jumped = THREE.paused(START + 1 * DAY).jumped(2, START + 5 * DAY)
    assert dates(jumped) == [0, 5, 12]
    assert jumped.paused_at == START + 5 * DAY
    assert jumped.has(MIDDLE, IOS, START + 5 * DAY)
    assert not jumped.has(LATE, IOS, START + 100 * DAY)
    assert dates(jumped.resumed(START + 15 * DAY)) == [0, 5, 22]


def test_a_jump_to_the_last_stage_ends_the_pause() -> None:
    jumped = THREE.paused(START + 1 * DAY).jumped(3, START + 5 * DAY)
    assert (dates(jumped), jumped.paused_at) == ([0, 5, 5], None)


@pytest.mark.parametrize("paused", [False, True])
def test_opened_it_is_everybodys_and_what_was_to_come_is_gone(paused: bool) -> None:
    now = START + 3 * DAY
    opened = (THREE.paused(START + DAY) if paused else THREE).opened(now)
    assert dates(opened) == [0, 3]
    assert opened.paused_at is None
    assert opened.verdict(LATE, WEB, now).why == "Everybody has it"
    assert not opened.has(LATE, WEB, now - TICK)
    with pytest.raises(Conflict, match="Everybody has it already"):
        opened.opened(now)
    with pytest.raises(Conflict, match="Everybody has it already"):
        Programme("recording").opened(now)


def test_a_stage_is_changed_between_its_neighbours() -> None:
    middle, now = THREE.stages[1], START + DAY
    later = replace(middle, starts_at=START + 9 * DAY, permille=123, platforms=frozenset({WEB}))
    assert THREE.changed(later, now).stages == (THREE.stages[0], later, THREE.stages[2])
    with pytest.raises(Invalid, match="after stage 3"):
        THREE.changed(replace(middle, starts_at=START + 14 * DAY + TICK), now)
    with pytest.raises(Invalid, match="before stage 2"):
        THREE.changed(replace(THREE.stages[2], starts_at=START + 7 * DAY - TICK), now)
    with pytest.raises(Invalid, match="within a year"):
        THREE.changed(replace(THREE.stages[2], starts_at=datetime.max.replace(tzinfo=UTC)), now)


def test_a_date_that_has_passed_means_now_and_what_has_begun_keeps_its_own() -> None:
    now = START + 2 * DAY
    long_ago = datetime.min.replace(tzinfo=UTC)
    assert dates(THREE.changed(replace(THREE.stages[1], starts_at=long_ago), now)) == [0, 2, 14]
    assert dates(THREE.changed(replace(THREE.stages[0], starts_at=long_ago), now)) == [0, 7, 14]


def test_the_current_stage_can_be_taken_back() -> None:
    now = START + 8 * DAY
    taken_back = THREE.changed(replace(THREE.stages[1], starts_at=START + 10 * DAY), now)
    assert THREE.has(MIDDLE, IOS, now)
    assert taken_back.verdict(MIDDLE, IOS, now).expected_at == START + 10 * DAY


def test_in_a_pause_a_share_can_be_changed_and_a_date_cannot() -> None:
    paused = THREE.paused(START + DAY)
    middle, now = THREE.stages[1], START + 20 * DAY
    assert paused.changed(replace(middle, permille=7), now).stages[1].permille == 7
    with pytest.raises(Invalid, match="Resume it first"):
        paused.changed(replace(middle, starts_at=START + 30 * DAY), now)


@pytest.mark.parametrize("wrong", [{"permille": -1}, {"permille": 1001}, {"platforms": frozenset()}])
def test_a_stage_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        THREE.changed(replace(THREE.stages[1], **wrong), START)


def test_the_announced_programme_goes_from_a_few_on_ios_to_everybody_in_four_weeks() -> None:
    plan = announced("recording", frozenset({LATE}), START)
    assert [s.number for s in plan.stages] == [1, 2, 3, 4, 5]
    assert plan.stages[0].starts_at == START
    assert plan.stages[0].permille < 100
    assert plan.stages[-1].starts_at <= START + timedelta(weeks=4)
    assert plan.everybody_has_it(plan.stages[-1].starts_at)
    firsts = [min(s.number for s in plan.stages if p in s.platforms) for p in (IOS, ANDROID, WEB)]
    assert firsts == sorted(set(firsts))
    assert firsts[0] == 1
    assert [s.permille for s in plan.stages] == sorted(s.permille for s in plan.stages)
    assert plan.has(LATE, WEB, START)
    assert not plan.has(EARLY, WEB, START)
    assert plan.has(EARLY, IOS, START)


def test_a_stage_is_news_to_those_alone_whom_no_earlier_one_reached() -> None:
    rolled_out = replace(THREE, listed=frozenset({LATE}))
    assert rolled_out.brings(1, EARLY) == {IOS}
    assert rolled_out.brings(1, MIDDLE) == set()
    assert rolled_out.brings(2, MIDDLE) == {IOS}
    assert rolled_out.brings(2, EARLY) == set()
    assert rolled_out.brings(3, EARLY) == {ANDROID, WEB}
    assert rolled_out.brings(1, LATE) == EVERYWHERE
    assert rolled_out.brings(3, LATE) == set()
