"""What an operator can have done."""

import logging

from webapp.errors import NotFound
from webapp.scheduler import Scheduler
from webapp.templating import plural

log = logging.getLogger(__name__)


def run_job(scheduler: Scheduler, name: str) -> str:
    """Runs a sweep now, and says in a sentence what came of it. NotFound."""
    if name not in scheduler.sweeps:
        raise NotFound("There is no job of that name.")
    try:
        rows = scheduler.run(name)
    except Exception:
        log.exception("The sweep %s failed", name)
        return f"The job {name} failed. Its error is in the list."
    if rows is None:
        return f"The job {name} is running already. Load this page again in a moment."
    return f"The job {name} dealt with {plural(rows, 'row')}."
