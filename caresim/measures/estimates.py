"""Means over replications, and how far they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean over replications and an interval; each of the shape of one replication's figures."""

    mean: Floats
    low: Floats
    high: Floats


def mean_with_interval(values: ArrayLike, level: float = 0.95) -> Estimate:
    """Mean over replications with a Student-t interval.

    Args:
        values: shape (replications, ...), one figure per replication, any unit. A nan is left
            out: that replication had nothing to take the figure of.
        level: coverage, strictly between 0 and 1.

    Returns:
        mean, low, high: each of shape (...), in the unit of `values`. With one replication low
        and high are nan: one run says nothing about spread.

    Raises:
        ValueError: no values, or level outside (0, 1).

    Source: Law (2015), Simulation Modeling and Analysis, ch. 9.
    """
    return _interval(values, level, 0.0)


def prediction_interval(values: ArrayLike, level: float = 0.95) -> Estimate:
    """Where one more replication would fall, with a chance of `level`: wider than that of the mean.

    Arguments, nan and errors as in `mean_with_interval`; supposes figures near a normal
    distribution.

    Source: Hahn & Meeker (1991), Statistical Intervals, ch. 4.
    """
    return _interval(values, level, 1.0)


def _interval(values: ArrayLike, level: float, own_variance: float) -> Estimate:
    """mean -+ t x sd x sqrt(own_variance + 1 / n)."""
    figures = np.asarray(values, dtype=np.float64)
    if figures.ndim == 0 or len(figures) == 0:
        raise ValueError("an estimate needs a figure from at least one replication")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    there = ~np.isnan(figures)
    n = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(n > 0, np.where(there, figures, 0.0).sum(axis=0) / n, np.nan)
        squares = np.where(there, (figures - mean) ** 2, 0.0).sum(axis=0)
        deviation = np.sqrt(squares / (n - 1))
        half = stdtrit(n - 1.0, (1 + level) / 2) * deviation * np.sqrt(own_variance + 1 / n)
    half = np.where(n > 1, half, np.nan)
    return Estimate(mean, mean - half, mean + half)
