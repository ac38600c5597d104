"""From a distribution as it is declared (mean, sd, cv, median) to its canonical parameters.

The distributions themselves (inverse, mean) are in `caresim/distributions.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

FAMILIES = ("exponential", "fixed", "uniform", "lognormal", "gamma", "weibull", "empirical", "mixture")
SPREADS = ("sd", "cv", "median", "shape")
CV_RANGE = (0.001, 50.0)
"""Spread over mean: less is a fixed value, more is not a distribution anybody measured."""


def from_moments(
    family: str,
    mean: float,
    *,
    sd: float | None = None,
    cv: float | None = None,
    median: float | None = None,
    shape: float | None = None,
) -> tuple[float, float]:
    """Canonical parameters of a lognormal, gamma or weibull with this mean and one other figure.

    Args:
        mean: above 0.
        sd, cv, median, shape: exactly one; shape for gamma and weibull only.

    Returns:
        lognormal: (mu, sigma) of the logarithm; gamma, weibull: (shape, scale).

    Raises:
        ValueError: no distribution of the family has these.
    """
    if sd is not None:
        cv = sd / mean
    if cv is not None and not CV_RANGE[0] <= cv <= CV_RANGE[1]:
        raise ValueError(f"sd / mean needs to be {CV_RANGE[0]} to {CV_RANGE[1]:g}; got {cv:.6g}.")
    if median is not None and not 0 < median < mean:
        raise ValueError("the median needs to be above 0 and below the mean.")
    if family == "lognormal":
        variance = math.log1p(cv * cv) if cv is not None else 2 * math.log(mean / _given(median))
        return math.log(mean) - variance / 2, math.sqrt(variance)
    if shape is None:
        finder = {"gamma": _gamma_shape, "weibull": _weibull_shape}[family]
        shape = finder(cv, None if median is None else median / mean)
    if not 0.02 <= shape <= 1e6:
        raise ValueError(f"the shape needs to be 0.02 to 1000000; got {shape:.6g}.")
    if family == "gamma":
        return shape, mean / shape
    return shape, mean / math.gamma(1 + 1 / shape)


def _given(value: float | None) -> float:
    if value is None:
        raise ValueError("needs one of sd, cv, median, shape besides the mean.")
    return value


def _gamma_shape(cv: float | None, median_over_mean: float | None) -> float:
    if cv is not None:
        return 1 / (cv * cv)
    from scipy.special import gammaincinv

    target = _given(median_over_mean)
    return _root(lambda k: float(gammaincinv(k, 0.5)) / k - target, 0.02, 1e6)


def _weibull_shape(cv: float | None, median_over_mean: float | None) -> float:
    if cv is not None:
        spread = math.log1p(cv * cv)
        # log(E[X^2] / E[X]^2) falls as the shape grows; log-gamma does not overflow at small shapes.
        return _root(lambda k: spread - (math.lgamma(1 + 2 / k) - 2 * math.lgamma(1 + 1 / k)), 0.02, 5e4)
    target = math.log(_given(median_over_mean))
    # The median passes the mean at a shape of 3.4395 and comes back to it: only the first branch counts.
    return _root(lambda k: math.log(math.log(2)) / k - math.lgamma(1 + 1 / k) - target, 0.02, 3.4395)


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function of a shape is 0."""
    from scipy.optimize import brentq

    if rising(low) > 0 or rising(high) < 0:
        raise ValueError("no distribution of this family has such a mean and spread.")
    found: float = brentq(lambda x: rising(math.exp(x)), math.log(low), math.log(high), xtol=1e-14)
    return math.exp(found)
