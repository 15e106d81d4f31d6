"""What every sweep over rows has in common: one row's fault is not the others'."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from webapp.db import db

Row = TypeVar("Row")

log = logging.getLogger(__name__)


class RowsFailed(Exception):
    """Some rows could not be dealt with; each has been logged, and is tried again by the next run."""


def each(rows: Iterable[Row], act: Callable[[Row], bool | None]) -> int:
    """Deals with row after row, and returns for how many ``act`` did something (did not return False).

    Give it ids: an error rolls the session back. RowsFailed, at the end, if there was one.
    """
    done, errors = 0, []
    for row in rows:
        try:
            done += act(row) is not False
        except Exception as error:  # a top, as a thread has one
            db.session.rollback()
            log.exception("A sweep failed at %s", row)
            errors.append(f"{row}: {error}")
    if errors:
        raise RowsFailed(f"{done} done, {len(errors)} failed; the first, {errors[0]}")
    return done


def each_of(*steps: tuple[Callable[[], Iterable[Any]], Callable[[Any], bool | None]]) -> int:
    """Does the same for several kinds of rows, each asked for in turn; one kind's faults stop no other."""
    done, failures = 0, []
    for rows, act in steps:
        try:
            done += each(rows(), act)
        except RowsFailed as failure:
            failures.append(str(failure))
    if failures:
        raise RowsFailed("; ".join(failures))
    return done
