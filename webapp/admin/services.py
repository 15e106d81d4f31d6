"""What an operator can have done."""

import logging

from webapp.errors import NotFound
from webapp.languages import gettext as _
from webapp.languages import ngettext
from webapp.scheduler import Scheduler

log = logging.getLogger(__name__)


def run_job(scheduler: Scheduler, name: str) -> str:
    """Runs a sweep now, and says in a sentence what came of it. NotFound."""
    if name not in scheduler.sweeps:
        raise NotFound(_("There is no job of that name."))
    try:
        rows = scheduler.run(name)
    except Exception:
        log.exception("The sweep %s failed", name)
        return _("The job %(name)s failed. Its error is in the list.", name=name)
    if rows is None:
        return _("The job %(name)s is running already. Load this page again in a moment.", name=name)
    return ngettext(
        "The job %(name)s dealt with %(num)s row.",
        "The job %(name)s dealt with %(num)s rows.",
        rows,
        name=name,
    )
