"""Child processes that say when they are ready."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Concatenate, NamedTuple, ParamSpec

FORK = multiprocessing.get_context("fork")
Args = ParamSpec("Args")


class Child(NamedTuple):
    """A process, and the number it said when it was ready: the port it listens on, if it does."""

    pid: int
    said: int


@contextmanager
def running(
    work: Callable[Concatenate[Connection, Args], None], *args: Args.args, **kwargs: Args.kwargs
) -> Iterator[Child]:
    """Does work elsewhere until the block ends; its first argument takes what it has to say."""
    ours, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=work, args=(theirs, *args), kwargs=kwargs, daemon=True)
    process.start()
    try:
        yield Child(process.pid or 0, ours.recv())
    finally:
        process.kill()
        process.join()
