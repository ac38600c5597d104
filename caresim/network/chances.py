"""What happens at random, expected before anything is drawn: how often, how many days, what it takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from caresim.network.network import Calendar, Chance, Network
from caresim.network.rates import rate_at

MOST_STEPS = 4000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ExpectedChance:
    """One chance over a run, in equal steps of about a day.

    The number in force is Poisson: exactly so without `at_most`, for the number of customers of an
    M/G/infinity queue that began empty is. With `at_most: 1` it is 0 or 1; between these, nearly Poisson.
    """

    chance: Chance
    start: float
    end: float
    calendar: Calendar

    @cached_property
    def _edges(self) -> Floats:
        steps = min(MOST_STEPS, max(1, math.ceil(self.end - self.start)))
        return np.linspace(self.start, self.end, steps + 1)

    @cached_property
    def _begin(self) -> Floats:
        """Episodes that begin in each step."""
        edges = self._edges
        middles, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
        points = rate_at(self.chance.rate, middles, self.calendar) * width
        if self.chance.at_most is None:
            return points
        # A point is an episode as long as fewer than `at_most` came before it.
        before = np.cumsum(points) - points / 2
        return points * _fewer(before, self.chance.at_most)

    @cached_property
    def _in_force(self) -> Floats:
        """Mean number in force at each edge."""
        age = self._edges - self._edges[0]
        lasts = self.chance.lasts
        upto = age if lasts is None else lasts.limited_mean(age)
        # Of an episode that begins anywhere in a step, what is left of it so many steps later.
        left = np.diff(upto) / (age[1] - age[0])
        return np.concatenate([[0.0], np.convolve(self._begin, left)[: len(left)]])

    def _mean(self, values: Floats) -> float:
        """Over the window, of values at the edges."""
        edges = self._edges
        inside = np.clip(edges, 0.0, None)
        widths = np.diff(inside)
        return float((values[1:] + values[:-1]) @ widths / 2 / widths.sum())

    @property
    def episodes(self) -> float:
        """Expected to begin in the window."""
        edges = self._edges
        share = np.diff(np.clip(edges, 0.0, None)) / np.diff(edges)
        return float(self._begin @ share)

    @property
    def episodes_of_run(self) -> float:
        """Expected in the whole run."""
        return float(self._begin.sum())

    @property
    def mean_in_force(self) -> float:
        """Episodes that hold at once, mean over the window."""
        return self._mean(self._in_force)

    @property
    def most_at_once(self) -> int:
        """More episodes than this hold at once less than once in a million million instants."""
        mean = float(self._in_force.max())
        return math.ceil(mean + 8.0 * math.sqrt(mean) + 8.0)

    @property
    def share_in_force(self) -> float:
        """Of the window, with at least one episode."""
        return self._mean(1.0 - self._none(self._in_force))

    def _none(self, mean: Floats) -> Floats:
        return 1.0 - np.minimum(mean, 1.0) if self.chance.at_most == 1 else np.exp(-mean)

    def mean_of(self, values: Floats) -> float:
        """Mean over the window of what has values[k] while k episodes hold (and its last while more do)."""
        mean = self._in_force
        share = self._none(mean)
        if self.chance.at_most == 1:
            return self._mean(share * values[0] + (1.0 - share) * values[min(1, len(values) - 1)])
        found, left = np.zeros(len(mean)), np.ones(len(mean))
        for k, value in enumerate(values[:-1]):
            found += share * value
            left -= share
            share = share * mean / (k + 1)
        return self._mean(found + left * values[-1])


def _fewer(mean: Floats, than: int) -> Floats:
    """The chance that a Poisson number is below `than`."""
    term = np.exp(-mean)
    found = term.copy()
    for k in range(1, than):
        term = term * mean / k
        found += term
    return found


def expected_chances(network: Network) -> Iterator[ExpectedChance]:
    """Of each chance, in their order."""
    for chance in network.chances:
        yield ExpectedChance(chance, network.start, network.end, network.calendar)
