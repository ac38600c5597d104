"""How many admissions a day a service's clocks allow: its intake and its opening hours."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from caresim.distributions import Distribution
from caresim.network.network import Service

Array = NDArray[np.float64]
QUARTERS = 96
"""Of an hour, in a day: the grid on which opening hours and ends of care are laid."""
WEEK = 7 * QUARTERS
LONGEST = 26 * WEEK
"""Care that lasts longer ends at any time of the week alike."""


class Clocks:
    """A service's clocks over a run, ready to be asked about any part of it."""

    def __init__(self, service: Service, end: float) -> None:
        opens = service.opens or ((-np.inf, True),)
        self.since: Array = np.array([instant for instant, _ in opens])
        self.until: Array = np.append(self.since[1:], end)
        self.is_open = np.array([is_open for _, is_open in opens])
        self.always_open = not service.opens
        self.quarters = np.ones((0, QUARTERS), dtype=bool) if self.always_open else self._by_quarter()
        days = [(instant, starts) for instant, starts, new_day in service.intake if new_day]
        self.days: Array = np.array([instant for instant, _ in days])
        # A day without a limit counts as infinitely many; intake on a closed day as none.
        starts = np.array([np.inf if number is None else float(number) for _, number in days])
        self.starts = np.where(self._opens_on(self.days), starts, 0.0)

    def _opens_on(self, days: Array) -> NDArray[np.bool_]:
        """Whether it is open at some time of the day that begins (or goes on) at each instant."""
        if self.always_open:
            return np.ones(len(days), dtype=bool)
        midnights = np.floor(days) + 1.0
        first = np.searchsorted(self.since, days, side="right") - 1
        last = np.searchsorted(self.since, midnights, side="left")  # exclusive
        so_far = np.concatenate([[0], np.cumsum(self.is_open)])
        return np.asarray(so_far[last] - so_far[np.maximum(first, 0)] > 0)

    def allowed(
        self,
        start: float,
        end: float,
        places: float | None,
        care: Distribution | None,
        care_time: float,
    ) -> float | None:
        """Admissions a day in [start, end) that intake and opening hours allow; None: no limit.

        Opening hours: what `places` can begin when somebody always waits, see `starts_a_day`. Each
        day counts as one of the week around it, as if that week came again and again.

        Args:
            places: None sets no limit by opening hours; nor does a service nobody comes to.
            care: as drawn, over those who come; None: nobody comes.
            care_time: its mean with rounds and deaths, to which `care` is stretched [days].
        """
        limits = [self._intake(start, end)]
        if not self.always_open and places is not None and care is not None:
            weeks = self._weeks(start, end)
            a_day = [starts_a_day(week, care, care_time) for week in weeks]
            # A place that does not exist begins nothing, however short the care.
            limits.append(places * float(np.average(a_day, weights=list(weeks.values()))) if places else 0.0)
        least = min(limits)
        return float(least) if np.isfinite(least) else None

    def _weeks(self, start: float, end: float) -> Counter[bytes]:
        """The weeks around the days of [start, end), open or not by quarter: how many days have each."""
        lowest = int(np.floor(self.since[0]))
        highest = lowest + len(self.quarters)
        days = np.arange(int(np.floor(start)), int(np.ceil(end)))
        firsts = np.clip(days - 3, lowest, max(lowest, highest - 7))
        around = firsts[:, None] + np.arange(7)
        # The same days of the week in the same order, so that like weeks are found alike.
        around = np.take_along_axis(around, np.argsort(around % 7, axis=1), axis=1)
        return Counter(week.tobytes() for week in self.quarters[np.minimum(around, highest - 1) - lowest])

    def _by_quarter(self) -> NDArray[np.bool_]:
        """Whether it is open, for each day and quarter of an hour of the run."""
        days = np.arange(np.floor(self.since[0]), np.ceil(self.until[-1]))
        # A little later: an instant of opening is rounded to the grid of a run.
        instants = days[:, None] + np.arange(QUARTERS) / QUARTERS + 1e-6
        piece = np.searchsorted(self.since, instants, side="right") - 1
        return np.asarray(self.is_open[np.maximum(piece, 0)])

    def _intake(self, start: float, end: float) -> float:
        if not len(self.days):
            return np.inf
        first, last = np.searchsorted(self.days, [start, end], side="left")
        return float(self.starts[first:last].sum()) / (end - start)


@lru_cache(maxsize=4096)
def starts_a_day(week: bytes, care: Distribution, care_time: float) -> float:
    """Admissions a day to one place for which somebody always waits, in a week that repeats.

    A place that falls free in opening hours is taken at once, one that falls free later stays
    empty until the next opening. So the time of week of an admission decides, with the care
    time, that of the next: a Markov chain on quarters of an hour. In its long run a place
    begins 1 / (mean care time + mean time empty) a day. Care much shorter than the time closed
    gives ceil(H / S) an opening of length H where it is fixed, 1 + H / S where it is
    exponential; care of many weeks ends at any time alike, and the time empty is the mean time
    from any instant to the next opening.

    Delays that keep a place beyond its care time are left out.

    Args:
        week: open (1) or closed (0) by quarter of an hour, Monday or any other day first.
        care: its form; stretched to the mean `care_time` [days].
    """
    is_open = np.frombuffer(week, dtype=np.bool_)
    opened = np.flatnonzero(is_open)
    if not len(opened) or np.isinf(care_time):
        return 0.0
    if care_time <= 0.0:
        return np.inf
    taken = is_open.astype(np.float64)
    if not _in_steps(care):
        # What is laid on the instant of closing ended just before it as often as just after it.
        taken[np.roll(is_open, 1) & ~is_open] = 0.5
    admitting = np.flatnonzero(taken)
    # From the first quarter after the last one that is open, so that each opening ends a stretch.
    quarters = (opened[-1] + 1 + np.arange(WEEK)) % WEEK
    stretches = (np.roll(opened, 1) - opened[-1]) % WEEK
    ends = _ends(care, care_time)[(quarters - admitting[:, None]) % WEEK]
    later = ends * (1.0 - taken[quarters])
    empty = (opened[np.searchsorted(opened, quarters) % len(opened)] - quarters) % WEEK
    chain = np.zeros((len(admitting), WEEK))
    chain[:, quarters] = ends * taken[quarters]
    chain[:, opened] += np.add.reduceat(later, stretches, axis=1)
    # Where the week falls into parts (care of whole days), the long run from any open time alike.
    stops = 1e-6
    kept = sparse.csc_matrix((stops - 1.0) * chain[:, admitting].T)
    at_random = np.full(len(admitting), stops / len(admitting))
    admitted_at = splu(sparse.identity(len(admitting), format="csc") + kept).solve(at_random)
    return float(1.0 / (care_time + admitted_at @ (later @ empty) / QUARTERS))


def _in_steps(care: Distribution) -> bool:
    """Whether single values have all the weight."""
    return care.family in ("fixed", "empirical") or (
        care.family == "mixture" and all(_in_steps(part) for part in care.parts)
    )


@lru_cache(maxsize=256)
def _ends(care: Distribution, care_time: float) -> Array:
    """Shares of people whose care ends 0, 1, ... quarters of an hour after it began, in weeks rolled up.

    Care between two quarters is shared between them so that its mean is kept: the share at a
    quarter is a second difference of E[min(S, x)].
    """
    if care.mean() <= 0.0:
        # Care of no time at all that ends at the next round.
        care = Distribution(family="fixed", parameters=(care_time,))
    stretch = care_time / care.mean()
    instants = np.arange(LONGEST + 1) / QUARTERS
    longer = np.diff(stretch * care.limited_mean(instants / stretch)) * QUARTERS
    shares = -np.diff(longer, prepend=1.0)
    return np.asarray(shares.reshape(-1, WEEK).sum(axis=0) + longer[-1] / WEEK)
