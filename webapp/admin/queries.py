"""What an operator is shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.job_runs import JobRun, all_runs
from webapp.scheduler import Scheduler


@dataclass(frozen=True)
class JobView:
    """A sweep as its page shows it; ``run`` is its last, ``ago_ms`` how long ago that began."""

    name: str
    every_ms: int
    run: JobRun | None
    ago_ms: int


def jobs(scheduler: Scheduler, now: datetime) -> list[JobView]:
    """Returns every sweep of this site with its last run, by name."""
    runs = all_runs()
    sweeps = sorted(scheduler.sweeps.values(), key=lambda sweep: sweep.name)
    return [
        JobView(sweep.name, 1000 * sweep.seconds, runs.get(sweep.name), _ago_ms(runs.get(sweep.name), now))
        for sweep in sweeps
    ]


def _ago_ms(run: JobRun | None, now: datetime) -> int:
    return 0 if run is None else max(0, (now - run.last_started_at) // timedelta(milliseconds=1))
