"""How many admissions a day a service's clocks allow: its intake and its opening hours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from caresim.network.network import Service

Array = NDArray[np.float64]


class Clocks:
    """A service's clocks over a run, ready to be asked about any part of it."""

    def __init__(self, service: Service, end: float) -> None:
        opens = service.opens or ((-np.inf, True),)
        self.since: Array = np.array([instant for instant, _ in opens])
        self.until: Array = np.append(self.since[1:], end)
        self.is_open = np.array([is_open for _, is_open in opens])
        self.always_open = not service.opens
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

    def allowed(self, start: float, end: float, places: float | None, care_time: float) -> float | None:
        """Admissions a day in [start, end) that intake and opening hours allow; None: no limit.

        A place that falls free while it is closed stays empty until it opens: with care ending
        at any time alike, a place then takes 1 / (care time + mean wait until open) people a day.
        Without `places` opening hours set no limit here.
        """
        limits = [self._intake(start, end)]
        if not self.always_open and places is not None:
            cycle = care_time + self.mean_until_open(start, end)
            limits.append(places / cycle if cycle > 0 else np.inf)
        least = min(limits)
        return float(least) if np.isfinite(least) else None

    def _intake(self, start: float, end: float) -> float:
        if not len(self.days):
            return np.inf
        first, last = np.searchsorted(self.days, [start, end], side="left")
        return float(self.starts[first:last].sum()) / (end - start)

    def mean_until_open(self, start: float, end: float) -> float:
        """How long it is, from an instant of [start, end) taken at random, until it is open."""
        first = max(int(np.searchsorted(self.until, start, side="right")), 0)
        last = int(np.searchsorted(self.since, end, side="left"))
        since, until = np.maximum(self.since[first:last], start), np.minimum(self.until[first:last], end)
        waits = (until - since) * (self.until[first:last] - (since + until) / 2)
        return float(waits[~self.is_open[first:last]].sum()) / (end - start)
