"""When a run has forgotten how it began: MSER-5, Welch's moving average, and what a later start would move.

Series in, answers out: where the series come from is `experiment/whole_runs.py`, how the
answers read `report/warm_up.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from caresim.measures.estimates import Estimate, mean_with_interval

Floats = NDArray[np.float64]
Verdict = Literal["in time", "slight", "within chance", "late", "too short"]

BATCH = 5
"""Observations in a batch: the 5 of MSER-5."""
FEWEST = 4 * BATCH
"""Observations without which nothing is said: four batches."""
SLIGHT = 0.01
"""Share of a level that nobody plans by."""
WIDEST = 10
"""Days on either side that Welch's average takes in at most: three weeks in all."""


@dataclass(frozen=True)
class Truncation:
    """How much of the beginning of a series is better left out."""

    point: int
    """Observations to leave out: the first to be kept has this number, counted from 0."""
    level: float
    """Mean of what is kept."""
    at_end: bool
    """The least lies at the end of the search: more might be better still, the series is too short."""
    statistic: Floats
    """What was made least, by batches left out: 0, 1, ..., half of them."""


def mser(series: ArrayLike, batch: int = BATCH) -> Truncation:
    """Where to cut a series so that the mean of the rest has the least marginal standard error.

    Of the k batch means Z_1 ... Z_k the d first are left out that make

        (sum over j > d of (Z_j - mean of Z_(d+1) ... Z_k)^2) / (k - d)^2

    least, the smallest such d; d goes up to half of k, for close to the end few batches look
    alike by chance. Observations after the last whole batch take no part in the choice.

    Args:
        series: shape (observations,), at least FEWEST of them at batch 5 (in general four
            batches), none nan.
        batch: observations in a batch.

    Raises:
        ValueError: too few observations, or one that is nan.

    Source: White (1997), Simulation 69, 323-334; batches of 5: White, Cobb & Spratt (2000),
    Proceedings of the 2000 Winter Simulation Conference, 755-765.
    """
    values = np.asarray(series, dtype=np.float64)
    k = len(values) // batch
    if k < 4:
        raise ValueError(f"needs {4 * batch} observations or more, got {len(values)}")
    if np.isnan(values).any():
        raise ValueError("an observation is nan")
    means = values[: k * batch].reshape(k, batch).mean(axis=1)
    statistic = _marginal_errors(means)[: k // 2 + 1]
    d = int(np.argmin(statistic))
    return Truncation(d * batch, float(values[d * batch :].mean()), d == k // 2, statistic)


def _marginal_errors(means: Floats) -> Floats:
    """The statistic of `mser` for every d, from the last batch to the first."""
    found = np.zeros(len(means))
    mean, squares = 0.0, 0.0
    for kept, value in enumerate(means[::-1], start=1):
        # Grown by one batch at a time: nothing is taken from a large sum, so nothing cancels.
        squares += (value - mean) ** 2 * (kept - 1) / kept
        mean += (value - mean) / kept
        found[-kept] = squares / kept**2
    return found


def moving_average(series: ArrayLike, reach: int) -> Floats:
    """Welch's moving average: each observation with `reach` neighbours on either side.

    Near the start with as many as there are before it, so that the slope of the beginning is
    not smeared; nan for the last `reach` observations, which have too few after them.

    Args:
        series: shape (observations,): a mean over replications.
        reach: 0 or more, at most a quarter of the observations.

    Source: Welch (1983), in Lavenberg, Computer Performance Modeling Handbook, 268-328.
    """
    values = np.asarray(series, dtype=np.float64)
    n = len(values)
    if not 0 <= reach <= n // 4:
        raise ValueError(f"reach must lie between 0 and a quarter of {n}, got {reach}")
    sums = np.concatenate([[0.0], np.cumsum(values)])
    place = np.arange(n - reach)
    half = np.minimum(place, reach)
    average = np.full(n, np.nan)
    average[: n - reach] = (sums[place + half + 1] - sums[place - half]) / (2 * half + 1)
    return average


def reach_for(days: int) -> int:
    """Neighbours that suit a series of so many days: whole weeks in all, at most three."""
    weeks = [reach for reach in (3, WIDEST) if reach <= days // 4]
    return weeks[-1] if weeks else days // 4


@dataclass(frozen=True, kw_only=True)
class Settling:
    """How one series begins, and whether the declared warm-up covers it."""

    days: int
    mean: Floats
    """Over replications: shape (days,)."""
    average: Floats
    """Welch's, of `mean`."""
    reach: int
    truncation: Truncation
    declared: float
    """The warm-up of the scenario [days]."""
    moved: Estimate
    """Mean from the declared warm-up on less mean from the truncation point on: what measuring
    too early (where the point is later) puts into the figure; nan where nothing would be left."""

    @property
    def verdict(self) -> Verdict:
        """Whether the declared warm-up is enough for this series.

        in time: the truncation point is not after it, so nothing stands out after it; nothing
        need not be there, for in a noisy series even a long start may not stand out. too short:
        the point lies at the end of the search, so the series had not settled. Where the point is
        later, it is the interval of what the days between move the mean by that tells: slight,
        all of it within SLIGHT of the level; within chance, zero is in it; else late. With one
        replication, late.
        """
        if self.truncation.at_end:
            return "too short"
        if self.truncation.point <= self.declared:
            return "in time"
        low, high = float(self.moved.low), float(self.moved.high)
        if max(abs(low), abs(high)) <= SLIGHT * abs(self.truncation.level):
            return "slight"
        return "within chance" if low <= 0 <= high else "late"


def settling(figures: ArrayLike, declared: float, level: float = 0.95) -> Settling:
    """How a series of days settles.

    Args:
        figures: shape (replications, days), from the very start of the run; of at least FEWEST
            days.
        declared: days of warm-up the scenario asks for.
        level: coverage of the interval of `moved`.

    Raises:
        ValueError: too few days.
    """
    values = np.asarray(figures, dtype=np.float64)
    mean = values.mean(axis=0)
    days = len(mean)
    truncation = mser(mean)
    reach = reach_for(days)
    first = int(np.ceil(declared))
    if first < days:
        moved = values[:, first:].mean(axis=1) - values[:, truncation.point :].mean(axis=1)
    else:
        moved = np.full(len(values), np.nan)
    return Settling(
        days=days,
        mean=mean,
        average=moving_average(mean, reach),
        reach=reach,
        truncation=truncation,
        declared=declared,
        moved=mean_with_interval(moved, level),
    )


def unpaired_difference(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Estimate:
    """Mean of `second` less mean of `first`, of runs that have nothing in common.

    Args:
        first, second: shapes (n,) and (m,): a figure for each replication, none nan.
        level: coverage of the interval.

    Returns:
        single numbers; low and high are nan with one replication of either.

    Source: Welch (1947), Biometrika 34, 28-35.
    """
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    mean = np.asarray(other.mean() - one.mean())
    if min(len(one), len(other)) < 2:
        return Estimate(mean, mean * np.nan, mean * np.nan)
    parts = np.array([values.var(ddof=1) / len(values) for values in (one, other)])
    if not parts.any():
        return Estimate(mean, mean, mean)
    freedom = parts.sum() ** 2 / (parts**2 / [len(one) - 1, len(other) - 1]).sum()
    half = stdtrit(freedom, (1 + level) / 2) * np.sqrt(parts.sum())
    return Estimate(mean, mean - half, mean + half)
