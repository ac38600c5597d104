"""How far a run is: a bar on a terminal, a plain line now and then elsewhere, on standard error."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 10.0
"""Seconds between plain lines."""


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A function to call with (replications over, of how many)."""
    if sys.stderr.isatty():
        with bar() as on_done:
            yield on_done
    else:
        yield plain_lines()


@contextmanager
def bar() -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("replications"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("replications", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def plain_lines() -> Callable[[int, int], None]:
    last = -math.inf

    def on_done(done: int, total: int) -> None:
        nonlocal last
        # The first one soon: it tells how long the others will take.
        if total > 1 and (time.monotonic() - last >= EVERY or done == total):
            last = time.monotonic()
            print(f"{done} of {total} replications done", file=sys.stderr, flush=True)

    return on_done
