"""Clocks as breakpoints: bank holidays, opening hours and daily intake over a whole run.

The `holidays` library is kept up to date with the days England really had; beyond the years
it knows there are none. Dates are numpy's, which do not end with the year 9999.
"""

from __future__ import annotations

import math
from datetime import date
from functools import lru_cache
from typing import TypeVar

import holidays
import numpy as np
from numpy.typing import NDArray

from caresim.grid import on_grid
from caresim.network.network import Calendar, Rounds
from caresim.scenario.services import WEEKDAYS, Intake, Opening
from caresim.scenario.services import Rounds as DeclaredRounds

Held = TypeVar("Held")
Toggles = tuple[tuple[float, bool], ...]
Starts = tuple[tuple[float, int | None, bool], ...]


# The variants of a sweep share it: building England's holidays anew was half of compiling a small system.
@lru_cache(maxsize=32)
def make_calendar(first: date, start: float, end: float) -> Calendar:
    """The calendar of a run from `start` to `end` [days from `first`]."""
    day_zero = np.datetime64(first, "D")
    years = (day_zero + np.array([math.floor(start), math.ceil(end)])).astype("datetime64[Y]").astype(
        int
    ) + 1970
    known = holidays.country_holidays("GB", subdiv="ENG")
    wanted = range(max(int(years[0]), known.start_year), min(int(years[1]), known.end_year) + 1)
    found = holidays.country_holidays("GB", subdiv="ENG", years=wanted) if len(wanted) else {}
    days = {(day - first).days for day in found}
    return Calendar(
        start=first.isoformat(),
        weekday=first.weekday(),
        bank_holidays=frozenset(day for day in days if start - 1 < day < end),
    )


def months_of(calendar: Calendar, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Months since January 1970 of each day: `% 12` is the month, January 0."""
    return (np.datetime64(calendar.start, "D") + days).astype("datetime64[M]").astype(np.int64)


def opening_breakpoints(
    pieces: list[tuple[float, Opening | None]], end: float, calendar: Calendar
) -> Toggles:
    """When a service opens and closes: (instant, open from then on); () if it never closes.

    Args:
        pieces: (instant, what holds from then on), the first at the start of the run.
    """
    toggles: list[tuple[float, bool]] = []
    for (since, opening), until in _with_ends(pieces, end):
        for instant, is_open in _open_times(opening, since, until, calendar):
            if not toggles or toggles[-1][1] != is_open:
                toggles.append((instant, is_open))
    return () if [is_open for _, is_open in toggles] == [True] else tuple(toggles)


def _open_times(
    opening: Opening | None, since: float, until: float, calendar: Calendar
) -> list[tuple[float, bool]]:
    if opening is None:
        return [(since, True)]
    first, last = (on_grid(hour) for hour in opening.hours)
    times: list[tuple[float, bool]] = [(since, False)]
    for day in range(math.floor(since), math.ceil(until)):
        closed = day in calendar.bank_holidays and not opening.bank_holidays
        if closed or WEEKDAYS[calendar.weekday_of(day)] not in opening.days:
            continue
        opens, closes = max(day + first, since), min(day + last, until)
        if opens < closes:
            if times[-1][0] == opens:  # of two at one instant the later wins
                times.pop()
            times.append((opens, True))
            if closes < until:
                times.append((closes, False))
    return times


def intake_breakpoints(pieces: list[tuple[float, Intake | None]], end: float, calendar: Calendar) -> Starts:
    """How many may start from each instant on: (instant, starts a day or None, a new day begins)."""
    if all(intake is None for _, intake in pieces):
        return ()
    starts: list[tuple[float, int | None, bool]] = []
    for (since, intake), until in _with_ends(pieces, end):
        first = math.floor(since)
        for day in range(first, math.ceil(until)):
            new_day = day >= since or not starts
            starts.append((max(float(day), since), starts_on(intake, day, calendar), new_day))
    return tuple(starts)


def starts_on(intake: Intake | None, day: int, calendar: Calendar) -> int | None:
    """How many may start on a day; None: no limit."""
    if intake is None:
        return None
    if intake.has_bank_holiday and day in calendar.bank_holidays:
        return intake.bank_holiday
    return intake.days.get(WEEKDAYS[calendar.weekday_of(day)])


def _with_ends(pieces: list[tuple[float, Held]], end: float) -> list[tuple[tuple[float, Held], float]]:
    ends = [since for since, _ in pieces[1:]] + [end]
    return list(zip(pieces, ends, strict=True))


def make_rounds(rounds: DeclaredRounds | None) -> Rounds | None:
    if rounds is None:
        return None
    first, last = (on_grid(hour) for hour in rounds.hours)
    return Rounds(start=first, end=last, seen=tuple(rounds.seen.get(day, 1.0) for day in WEEKDAYS))
