"""A person's rights to what is kept of them: to be told, to be given it, to have it forgotten.

Accounts know no other feature. Each that keeps something of people registers a keeper in its ``init_app``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app

from webapp.accounts.models import User

File = tuple[str, int, Iterator[bytes]]
"""A file's name with the folder it goes to, its size in bytes, and its bytes."""
Afterwards = Callable[[], object]


def _no_files(_user: User, _now: datetime) -> Iterable[File]:
    return ()


def _nothing_to_forget(_user: User, _now: datetime) -> None:
    return None


@dataclass(frozen=True)
class Keeper:
    """What one feature keeps of people.

    ``export`` returns all of it, as JSON has it; datetimes may stay. ``files`` yields what is not text.
    ``forget`` is part of the caller's transaction and commits nothing. What it returns, if anything, is
    called once that is committed: there the media core is told. ``kept`` says in a sentence what there is,
    and ``consequence`` what deleting the account does to it.
    """

    name: str
    export: Callable[[User, datetime], object]
    files: Callable[[User, datetime], Iterable[File]] = _no_files
    forget: Callable[[User, datetime], Afterwards | None] = _nothing_to_forget
    consequence: str | None = None
    kept: str | None = None


def register(app: Flask, keeper: Keeper) -> None:
    """Adds a keeper; its name is that of a file in the export."""
    registered: dict[str, Keeper] = app.extensions.setdefault("keepers", {})
    if keeper.name in registered:
        raise ValueError(f"There is a keeper called {keeper.name} already.")
    registered[keeper.name] = keeper


def keepers() -> list[Keeper]:
    """Returns every keeper, those of the lowest features first."""
    return list(cast(dict[str, Keeper], current_app.extensions["keepers"]).values())
