"""The rule alone: who leads, given who is connected and since when who is not."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.spaces.leading import Company, Notice, Standing, notice, over, settled

HOST, BOB, CLEO, SPEAKER = 1, 2, 3, 4
T = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def company(*connected: int, cohosts: tuple[int, ...] = (BOB, CLEO)) -> Company:
    return Company(HOST, cohosts, set(connected))


LED_BY_HOST = Standing(leader=HOST)
LED_BY_BOB = Standing(leader=BOB)


def test_host_who_is_there_leads_and_nothing_is_counted() -> None:
    assert settled(Standing(), company(HOST, BOB), T) == LED_BY_HOST
    assert settled(LED_BY_HOST, company(HOST), T) == LED_BY_HOST


@pytest.mark.parametrize(("seconds", "leader"), [(0, HOST), (59, HOST), (60, BOB), (61, BOB)])
def test_cohost_leads_once_the_host_was_away_for_a_minute(seconds: float, leader: int) -> None:
    lost = settled(LED_BY_HOST, company(BOB, CLEO), T)
    assert (lost.leader, lost.lost_at, lost.leaderless_since) == (HOST, T, None)
    then = settled(lost, company(BOB, CLEO), after(seconds))
    assert then == Standing(leader, None if leader == BOB else T)


@pytest.mark.parametrize("seconds", [1, 59, 61, 600])
def test_host_who_returns_leads_at_once(seconds: float) -> None:
    lost = settled(settled(LED_BY_HOST, company(BOB), T), company(BOB), after(seconds))
    assert settled(lost, company(BOB, HOST), after(seconds)) == LED_BY_HOST


def test_the_first_cohost_to_have_joined_leads_of_those_who_are_there() -> None:
    lost = Standing(leader=HOST, lost_at=T)
    assert settled(lost, company(BOB, CLEO), after(60)).leader == BOB
    assert settled(lost, company(CLEO), after(60)).leader == CLEO
    assert settled(lost, company(BOB, CLEO, cohosts=(CLEO, BOB)), after(60)).leader == CLEO


def test_cohost_who_leads_goes_on_leading_when_an_earlier_one_comes_back() -> None:
    assert settled(Standing(leader=CLEO), company(BOB, CLEO), T) == Standing(leader=CLEO)


def test_cohost_who_leads_has_a_minute_to_come_back_too() -> None:
    lost = settled(LED_BY_BOB, company(CLEO), T)
    assert lost == Standing(leader=BOB, lost_at=T)
    assert settled(lost, company(BOB, CLEO), after(59)) == LED_BY_BOB
    assert settled(lost, company(CLEO), after(60)) == Standing(leader=CLEO)


def test_leader_who_is_no_cohost_any_more_is_followed_at_once() -> None:
    assert settled(LED_BY_BOB, company(BOB, CLEO, cohosts=(CLEO,)), T) == Standing(leader=CLEO)


def test_with_nobody_to_lead_the_room_waits_for_who_led_last() -> None:
    assert settled(LED_BY_HOST, company(SPEAKER), T) == Standing(HOST, T, leaderless_since=T)
    assert settled(LED_BY_HOST, company(), T) == Standing(HOST, T, T, T)
    assert settled(LED_BY_BOB, company(), T) == Standing(BOB, T, T, T)
    assert settled(LED_BY_BOB, company(SPEAKER, cohosts=()), T) == Standing(HOST, T, leaderless_since=T)


def test_cohost_who_comes_late_waits_for_the_rest_of_the_minute_only() -> None:
    alone = settled(LED_BY_HOST, company(), T)
    assert settled(alone, company(BOB), after(30)) == Standing(HOST, T)
    assert settled(alone, company(BOB), after(90)) == LED_BY_BOB


def test_an_absence_is_counted_from_its_beginning_and_each_anew() -> None:
    alone = settled(LED_BY_HOST, company(), T)
    assert settled(alone, company(), after(40)) == alone
    back = settled(alone, company(HOST), after(50))
    assert settled(back, company(), after(55)) == Standing(HOST, *[after(55)] * 3)


@pytest.mark.parametrize(("seconds", "reason"), [(299, None), (300, "no_leader"), (301, "no_leader")])
def test_nobody_leads_for_five_minutes_and_it_is_over(seconds: float, reason: str | None) -> None:
    standing = settled(LED_BY_HOST, company(SPEAKER), T)
    assert over(settled(standing, company(SPEAKER), after(seconds)), after(seconds)) == reason


@pytest.mark.parametrize(("seconds", "reason"), [(299, None), (300, "abandoned"), (301, "abandoned")])
def test_nobody_on_the_stage_for_five_minutes_and_it_is_over(seconds: float, reason: str | None) -> None:
    standing = settled(LED_BY_HOST, company(), T)
    assert over(settled(standing, company(), after(seconds)), after(seconds)) == reason


def test_five_minutes_of_nobody_to_lead_run_from_the_last_who_could() -> None:
    standing = settled(LED_BY_HOST, company(BOB, SPEAKER), T)
    standing = settled(standing, company(SPEAKER), after(200))
    assert standing == Standing(HOST, T, leaderless_since=after(200))
    assert over(standing, after(499)) is None
    assert over(standing, after(500)) == "no_leader"


def test_a_clock_that_was_set_back_ends_nothing() -> None:
    standing = settled(LED_BY_HOST, company(BOB), T)
    assert settled(standing, company(BOB), after(-3600)) == standing
    assert over(settled(standing, company(), T), after(-3600)) is None


def test_nobody_is_told_of_a_blink() -> None:
    lost = Standing(HOST, lost_at=T)
    assert notice(LED_BY_HOST, company(HOST), T) is None
    assert notice(lost, company(BOB), after(2.9)) is None
    assert notice(lost, company(BOB), after(3)) == Notice("waiting", HOST, BOB, after(60))
    led_by_bob_who_blinks = Standing(BOB, lost_at=T)
    assert notice(led_by_bob_who_blinks, company(CLEO), after(1)) == Notice("led", BOB)


def test_what_is_told_is_who_leads_or_what_is_waited_for_until_when() -> None:
    assert notice(LED_BY_BOB, company(BOB), T) == Notice("led", BOB)
    assert notice(Standing(HOST, T, T, T), company(), after(10)) == Notice("ending", HOST, until=after(300))
    assert notice(Standing(BOB, T), company(CLEO), after(10)) == Notice("waiting", BOB, CLEO, after(60))
