"""Who has a feature while it is rolled out, and how its dates move. Pure: the time is passed in.

A stage that has begun gives the feature to a share of the accounts on its platforms. Stages add up: none
takes away what an earlier one gave. While a programme is paused its clock stands still, so no stage begins.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.errors import Conflict, Invalid, NotFound
from webapp.languages import gettext as _
from webapp.languages import marked, number
from webapp.rollout.platforms import Platform

BUCKETS = 10_000
ALL = 1000
"""Everybody, in tenths of a percent."""
EVERYWHERE = frozenset(Platform)
FURTHEST = timedelta(days=365)


def bucket(feature: str, account: int) -> int:
    """Returns where an account stands, 0 to 9,999, in the order in which a feature reaches people."""
    digest = hashlib.sha256(f"{feature}:{account}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS


def percent(permille: int) -> str:
    """Writes tenths of a percent: ``2.5 %``."""
    return _("%(share)s %%", share=number(permille / 10))


@dataclass(frozen=True)
class Stage:
    """From ``starts_at`` on, ``permille`` of the accounts have the feature on these platforms.

    ``number`` counts from 1.
    """

    number: int
    label: str
    starts_at: datetime
    permille: int
    platforms: frozenset[Platform]

    @property
    def percent(self) -> str:
        return percent(self.permille)


@dataclass(frozen=True)
class Verdict:
    """Whether somebody has a feature, why, and otherwise when they will; None when that cannot be said."""

    has: bool
    why: str
    expected_at: datetime | None = None


@dataclass(frozen=True)
class Programme:
    """The stages of a feature, by date, and the accounts on its list, which have it from the first stage on.

    Without stages everybody has the feature.
    """

    feature: str
    stages: tuple[Stage, ...] = ()
    listed: frozenset[int] = frozenset()
    paused_at: datetime | None = None

    def clock(self, now: datetime) -> datetime:
        """Returns the instant at which the programme stands."""
        return now if self.paused_at is None else min(now, self.paused_at)

    def begun(self, now: datetime) -> tuple[Stage, ...]:
        """Returns the stages that have begun."""
        at = self.clock(now)
        return tuple(stage for stage in self.stages if stage.starts_at <= at)

    def coming(self, now: datetime) -> tuple[Stage, ...]:
        """Returns the stages that have not."""
        return self.stages[len(self.begun(now)) :]

    def stage(self, number: int) -> Stage:
        """Returns a stage. NotFound."""
        for stage in self.stages:
            if stage.number == number:
                return stage
        raise NotFound(_("The programme has no stage %(number)s.", number=number))

    def permille(self, platform: Platform, now: datetime) -> int:
        """Returns the share of the accounts that has the feature on a platform, without the list."""
        if not self.stages:
            return ALL
        return max((stage.permille for stage in self.begun(now) if platform in stage.platforms), default=0)

    def everybody_has_it(self, now: datetime) -> bool:
        """Tells whether nobody is left out on any platform."""
        return all(self.permille(platform, now) == ALL for platform in Platform)

    def has(self, account: int, platform: Platform, now: datetime) -> bool:
        """Tells whether an account has the feature on a platform."""
        if account in self.listed and self.begun(now):
            return True
        return self._within(account, self.permille(platform, now))

    def verdict(self, account: int, platform: Platform, now: datetime) -> Verdict:
        """Tells whether an account has the feature on a platform, and says why."""
        if self.everybody_has_it(now):
            return Verdict(True, _("Everybody has it"))
        permille, where = self.permille(platform, now), platform.label
        share = percent(permille)
        if permille == ALL:
            return Verdict(True, _("Everybody has it on %(platform)s", platform=where))
        if account in self.listed and self.begun(now):
            return Verdict(True, _("On the list"))
        if self._within(account, permille):
            return Verdict(
                True, _("In the %(share)s that have it on %(platform)s", share=share, platform=where)
            )
        why = _("Not on %(platform)s yet", platform=where)
        if permille:
            why = _("Not in the %(share)s that have it on %(platform)s", share=share, platform=where)
        return Verdict(False, why, self._expected_at(account, platform, now))

    def brings(self, number: int, account: int) -> frozenset[Platform]:
        """Returns the platforms on which it is this stage that brings an account the feature."""
        return self._given(account, self.stages[:number]) - self._given(account, self.stages[: number - 1])

    def paused(self, now: datetime) -> "Programme":
        """Stops the clock. Conflict."""
        if self.paused_at is not None:
            raise Conflict(_("This programme is paused already."))
        if not self.coming(now):
            raise Conflict(_("No stage is still to come, so there is nothing to pause."))
        return replace(self, paused_at=now)

    def resumed(self, now: datetime) -> "Programme":
        """Lets the clock go on: what had not begun moves by the length of the pause. Conflict."""
        if self.paused_at is None:
            raise Conflict(_("This programme is not paused."))
        moved = _moved(self.coming(now), now - self.paused_at)
        return replace(self, stages=self.begun(now) + moved, paused_at=None)

    def jumped(self, number: int, now: datetime) -> "Programme":
        """Has the stages up to this one begin now; later ones keep their distance. NotFound, Conflict.

        A programme that is paused stays so, from now on, unless nothing is to come any more.
        """
        going = self if self.paused_at is None else self.resumed(now)
        target, begun = going.stage(number), going.begun(now)
        if target in begun:
            raise Conflict(_("That stage has begun already."))
        now_too = tuple(replace(stage, starts_at=now) for stage in going.stages[len(begun) : number])
        later = _moved(going.stages[number:], now - target.starts_at)
        still_paused = self.paused_at is not None and bool(later)
        return replace(going, stages=begun + now_too + later, paused_at=now if still_paused else None)

    def opened(self, now: datetime) -> "Programme":
        """Gives the feature to everybody now, in place of what was still to come. Conflict."""
        if self.everybody_has_it(now):
            raise Conflict(_("Everybody has it already."))
        begun = self.begun(now)
        last = Stage(len(begun) + 1, marked("Everybody"), now, ALL, EVERYWHERE)
        return replace(self, stages=(*begun, last), paused_at=None)

    def changed(self, new: Stage, now: datetime) -> "Programme":
        """Puts a stage in the place of the one with its number; a date that has passed means now.

        NotFound, Invalid.
        """
        old = self.stage(new.number)
        if not 0 <= new.permille <= ALL:
            raise Invalid(_("A share is between 0 and 100 percent."))
        if not new.platforms:
            raise Invalid(_("Choose at least one platform."))
        new = replace(new, starts_at=self._date(old, new.starts_at, now))
        return replace(self, stages=(*self.stages[: new.number - 1], new, *self.stages[new.number :]))

    def _date(self, stage: Stage, wanted: datetime, now: datetime) -> datetime:
        if wanted == stage.starts_at or (stage in self.begun(now) and wanted <= now):
            return stage.starts_at
        if self.paused_at is not None:
            raise Invalid(_("The programme is paused, and its dates stand still. Resume it first."))
        if wanted - now > FURTHEST:
            raise Invalid(_("A stage begins within a year from now."))
        wanted = max(wanted, now)
        for other in self.stages:
            order = {"number": stage.number, "other": other.number}
            if other.number < stage.number and wanted < other.starts_at:
                raise Invalid(_("Stage %(number)s cannot begin before stage %(other)s.", **order))
            if other.number > stage.number and wanted > other.starts_at:
                raise Invalid(_("Stage %(number)s cannot begin after stage %(other)s.", **order))
        return wanted

    def _within(self, account: int, permille: int) -> bool:
        return bucket(self.feature, account) < permille * BUCKETS // ALL

    def _given(self, account: int, stages: Iterable[Stage]) -> frozenset[Platform]:
        """Returns where these stages together give an account the feature."""
        if account in self.listed:
            return EVERYWHERE if tuple(stages) else frozenset()
        covering = (stage.platforms for stage in stages if self._within(account, stage.permille))
        return frozenset[Platform]().union(*covering)

    def _expected_at(self, account: int, platform: Platform, now: datetime) -> datetime | None:
        if self.paused_at is not None:
            return None
        for stage in self.coming(now):
            if platform in self._given(account, [stage]):
                return stage.starts_at
        return None


def announced(feature: str, listed: frozenset[int], now: datetime) -> Programme:
    """Returns the programme of the announcement, dated from now: a few first, everybody within four weeks."""
    ios, android = frozenset({Platform.IOS}), frozenset({Platform.IOS, Platform.ANDROID})
    steps = (
        (marked("A few on iOS"), 0, 30, ios),
        (marked("More on iOS"), 7, 250, ios),
        (marked("Android as well"), 14, 500, android),
        (marked("The web as well"), 21, 750, EVERYWHERE),
        (marked("Everybody"), 28, ALL, EVERYWHERE),
    )
    stages = tuple(
        Stage(number, label, now + timedelta(days=days), permille, platforms)
        for number, (label, days, permille, platforms) in enumerate(steps, start=1)
    )
    return Programme(feature, stages, listed)


def _moved(stages: Iterable[Stage], by: timedelta) -> tuple[Stage, ...]:
    return tuple(replace(stage, starts_at=stage.starts_at + by) for stage in stages)
