"""How far a run is: a bar on a terminal, a plain line now and then elsewhere, on standard error."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress

    from caresim.experiment.work import Progress as SweepProgress

EVERY = 10.0
"""Seconds between plain lines."""


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A function to call with (replications over, of how many)."""
    if is_terminal():
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
            say(f"{done} of {total} replications done")

    return on_done


def is_terminal() -> bool:
    # Python has no standard error where the caller closed it.
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


def say(line: str) -> None:
    """A line on standard error; where that is closed or full, nobody hears it and the work goes on."""
    with suppress(OSError, ValueError, AttributeError):
        print(line, file=sys.stderr, flush=True)


class Shown(Protocol):
    """What a sweep tells while it goes on."""

    def on_progress(self, progress: SweepProgress) -> None: ...

    def on_checked(self, done: int, total: int) -> None: ...


@contextmanager
def sweep_progress() -> Iterator[Shown]:
    """Where a sweep tells how far it is, with the time left."""
    if not is_terminal():
        yield SweepLines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    left = TextColumn("{task.fields[left]}")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), left)
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        yield SweepBar(bars)


class SweepBar:
    """A bar on a terminal."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task = bars.add_task("variants checked", total=None, left="")

    def on_progress(self, progress: SweepProgress) -> None:
        self._bars.update(
            self._task,
            description="replications",
            completed=progress.done,
            total=progress.total,
            left=left_in_words(progress),
        )

    def on_checked(self, done: int, total: int) -> None:
        self._bars.update(self._task, completed=done, total=total)


class SweepLines:
    """A plain line now and then."""

    def __init__(self) -> None:
        # The first one soon: it tells how long the others will take.
        self._last = -math.inf
        self._checking = time.monotonic()

    def on_progress(self, progress: SweepProgress) -> None:
        if time.monotonic() - self._last >= EVERY or progress.done == progress.total:
            self._last = time.monotonic()
            line = f"{progress.done} of {progress.total} replications done{left_in_words(progress, ', ')}"
            say(line)

    def on_checked(self, done: int, total: int) -> None:
        if time.monotonic() - self._checking >= EVERY:
            self._checking = time.monotonic()
            say(f"{done} of {total} variants checked")


def left_in_words(progress: SweepProgress, before: str = "") -> str:
    if progress.seconds_left is None or progress.done >= progress.total:
        return ""
    return f"{before}about {duration(progress.seconds_left)} left"


def duration(seconds: float) -> str:
    """40 s, 12 min, 3 h 20 min: as precise as an estimate is."""
    if seconds < 99.5:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(round(minutes, -1), 60)
    return f"{hours} h" if hours >= 20 or not minutes else f"{hours} h {minutes} min"
