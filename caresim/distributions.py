"""Distributions of care times, amounts and patience: their parameters, mean and inverse.

Here are the rules of the declared form (`min`, `max`, `at_most`, mixtures); the mathematics
of each family is in `families.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from caresim import families

Array = NDArray[np.float64]


class Changed(NamedTuple):
    """What `min`, `max` and `at_most` do to a distribution."""

    capped: float
    """Share of the values drawn that `at_most` shortens."""
    removed: float
    """Share of the declared distribution that `min` and `max` exclude."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """A distribution as a family and its canonical parameters; plain data, no callables."""

    family: str
    """exponential (mean,) | fixed (value,) | uniform (low, high) | lognormal (mu, sigma)
    | gamma (shape, scale) | weibull (shape, scale) | empirical (values, then weights)
    | mixture (weights)"""
    parameters: tuple[float, ...]
    parts: tuple[Distribution, ...] = ()
    """Of a mixture, in list order."""
    low: float | None = None
    """`min`: condition on at least this."""
    high: float | None = None
    """`max`: condition on at most this."""
    cap: float | None = None
    """`at_most`: longer values become this."""

    @property
    def _low(self) -> float:
        return 0.0 if self.low is None else self.low

    @property
    def _high(self) -> float:
        return np.inf if self.high is None else self.high

    @property
    def _cap(self) -> float:
        return np.inf if self.cap is None else self.cap

    @property
    def end(self) -> float:
        """No value drawn is above this; may be inf."""
        return min(self._high, self._cap)

    def quantiles(self, u: Array) -> Array:
        """The value at each uniform in [0, 1): one uniform a value.

        Without a mixture this is the inverse distribution function, so it rises with u. In
        a mixture u picks the part, and what is left of it, rescaled, is the part's uniform.
        """
        family = _family(self)
        if self.low is None and self.high is None:
            values = family.quantiles(u)
        else:
            values = family.between(u, self._low, self._high)
        return values if self.cap is None else np.minimum(values, self.cap)

    def survival(self, x: ArrayLike) -> Array:
        """The share of values drawn that are above x."""
        x = np.asarray(x, dtype=np.float64)
        family = _family(self)
        inside = family.mass_above(np.clip(x, self._low, self._high), self._high)
        share = np.where(x < self._low, 1.0, inside / self._kept())
        return np.where(x >= self._cap, 0.0, np.clip(share, 0.0, 1.0))

    def cdf(self, x: ArrayLike) -> Array:
        """The share of values drawn that are at most x."""
        x = np.asarray(x, dtype=np.float64)
        inside = _family(self).mass(self._low, np.minimum(x, self._high)) / self._kept()
        share = np.where(x < self._low, 0.0, np.clip(inside, 0.0, 1.0))
        return np.where(x >= self.end, 1.0, share)

    def _kept(self) -> float:
        return float(_family(self).mass(self._low, self._high)) or 1.0

    def mean(self) -> float:
        """The mean really drawn: after `min`, `max` and `at_most`."""
        return float(self.limited_mean(np.inf))

    def declared_mean(self) -> float:
        """The mean of the distribution before `min`, `max` and `at_most`."""
        return replace(self, low=None, high=None, cap=None).mean()

    def limited_mean(self, x: ArrayLike) -> Array:
        """E[min(X, x)], the mean time in care within the first x days."""
        family, low, high = _family(self), self._low, self._high
        most = np.minimum(np.asarray(x, dtype=np.float64), self._cap)
        upto = np.clip(most, low, high)
        finite = np.where(np.isfinite(upto), upto, 0.0)
        later = np.where(upto < high, finite * family.mass_above(upto, high), 0.0)
        return np.where(most < low, most, (family.part(low, upto) + later) / self._kept())

    def share_changed(self) -> Changed:
        """What `explain` prints about `min`, `max` and `at_most`."""
        removed = 1.0 - float(_family(self).mass(self._low, self._high))
        uncapped = replace(self, cap=None)
        capped = 0.0 if self.cap is None else float(uncapped.survival(self.cap))
        return Changed(capped=capped, removed=max(removed, 0.0))

    def elapsed_quantiles(self, u: Array) -> Array:
        """Elapsed time of someone met at a random instant, at each uniform.

        The inverse of E[min(X, e)] / E[X], whose density is P(X > e) / E[X].
        """
        mean = self.mean()
        if mean <= 0.0:
            return np.zeros_like(u)
        return _solve_elapsed(self, u, mean)

    def remainder_quantiles(self, u: Array, elapsed: Array) -> Array:
        """What is still to come, X - e given X > e, at each uniform; 0 where none can be.

        Counted from the share above e, so it stays accurate for someone here very long.
        """
        elapsed = np.broadcast_to(np.asarray(elapsed, dtype=np.float64), np.shape(u))
        start = np.maximum(elapsed, self._low)
        left = _family(self).remainder(u, start, self._high)
        # Someone in care for less than `min` has at least the rest of that to come.
        early = elapsed < self._low
        if early.any():
            left = np.where(early, self.quantiles(u) - elapsed, left)
        return np.clip(np.minimum(left, self._cap - elapsed), 0.0, None)

    def within(self, low: float, high: float) -> Distribution:
        """The same, conditioned on a value drawn (after `at_most`) in [low, high]."""
        kept_high = self._high if self._cap <= high else min(self._high, high)
        return replace(self, low=max(self._low, low), high=None if np.isinf(kept_high) else kept_high)


def _solve_elapsed(distribution: Distribution, u: Array, mean: float) -> Array:
    """Newton's steps kept inside a shrinking bracket; the function is concave and rising."""
    goal = u * mean
    low = np.array(goal)  # E[min(X, e)] <= e: the root is not below
    high = np.full_like(low, distribution.end)
    if np.isinf(distribution.end):
        high = np.maximum(2.0 * low, mean)
        while (short := (distribution.limited_mean(high) < goal) & (high < 1e12 * mean)).any():
            high = np.where(short, 2.0 * high, high)
    elapsed = np.array(low)
    for _ in range(200):
        missing = goal - distribution.limited_mean(elapsed)
        low = np.where(missing >= 0.0, elapsed, low)
        high = np.where(missing <= 0.0, elapsed, high)
        slope = distribution.survival(elapsed)
        step = np.divide(missing, slope, out=np.full_like(missing, np.inf), where=slope > 0.0)
        newton = elapsed + step
        following = np.where((newton >= low) & (newton <= high), newton, 0.5 * (low + high))
        moved = np.abs(following - elapsed)
        elapsed = following
        if (moved <= 1e-13 * elapsed).all():
            break
    return np.clip(elapsed, 0.0, distribution.end)


class Mixture:
    """Parts with weights; each part is a distribution with limits of its own."""

    def __init__(self, weights: tuple[float, ...], parts: tuple[Distribution, ...]) -> None:
        self.weights = np.asarray(weights, dtype=np.float64) / sum(weights)
        self.parts = parts

    def quantiles(self, u: Array) -> Array:
        return _from_parts(u, self.weights, [part.quantiles for part in self.parts])

    def between(self, u: Array, low: float, high: float) -> Array:
        weights = self.weights * [float(_mass(part, low, high)) for part in self.parts]
        if not weights.sum() > 0.0:
            return np.clip(self.quantiles(u), low, high)
        return _from_parts(u, weights, [part.within(low, high).quantiles for part in self.parts])

    def mass(self, low: ArrayLike, high: ArrayLike) -> Array:
        return np.asarray(
            sum(w * _mass(part, low, high) for w, part in zip(self.weights, self.parts, strict=True))
        )

    def mass_above(self, low: ArrayLike, high: ArrayLike) -> Array:
        share = sum(
            w * (part.survival(low) - part.survival(high))
            for w, part in zip(self.weights, self.parts, strict=True)
        )
        return np.maximum(share, 0.0)

    def part(self, low: float, high: ArrayLike) -> Array:
        total = np.zeros(np.shape(high))
        for weight, part in zip(self.weights, self.parts, strict=True):
            total = total + weight * _mean_part(part, low, high)
        return total

    def remainder(self, u: Array, elapsed: Array, high: float) -> Array:
        # How likely each part is by now, element by element.
        weights = [
            w * (part.survival(elapsed) - part.survival(high))
            for w, part in zip(self.weights, self.parts, strict=True)
        ]
        edges = np.cumsum(weights, axis=0)
        total = edges[-1]
        point = u * total
        left = np.zeros_like(u)
        for k, part in enumerate(self.parts):
            before = edges[k - 1] if k else np.zeros_like(u)
            mine = (point >= before) & (point < edges[k]) & (edges[k] > before)
            if mine.any():
                own = _rest((point[mine] - before[mine]) / (edges[k][mine] - before[mine]))
                left[mine] = part.within(0.0, high).remainder_quantiles(own, elapsed[mine])
        return left


def _mass(part: Distribution, low: ArrayLike, high: ArrayLike) -> Array:
    """Share of a part's values in [low, high], both included."""
    just_below = np.nextafter(np.asarray(low, dtype=np.float64), -1.0)
    return np.maximum(part.survival(just_below) - part.survival(high), 0.0)


def _mean_part(part: Distribution, low: float, high: ArrayLike) -> Array:
    """E[X; low <= X <= high] from limited means: E[min(X, x)] - x P(X > x) is E[X; X <= x]."""
    high = np.minimum(np.asarray(high, dtype=np.float64), part.end)
    finite = np.where(np.isfinite(high), high, 0.0)
    upto = part.limited_mean(high) - finite * part.survival(high)
    if low <= 0.0:
        return upto
    below = float(np.nextafter(low, -1.0))
    return np.maximum(upto - (part.limited_mean(below) - below * part.survival(below)), 0.0)


def _from_parts(u: Array, weights: Array, draws: list) -> Array:  # type: ignore[type-arg]
    edges = np.cumsum(weights) / np.sum(weights)
    picked = np.minimum(np.searchsorted(edges, u, side="right"), len(draws) - 1)
    values = np.empty_like(u)
    for k, draw in enumerate(draws):
        mine = picked == k
        if mine.any():
            before = edges[k - 1] if k else 0.0
            values[mine] = draw(_rest((u[mine] - before) / (edges[k] - before)))
    return values


def _rest(u: Array) -> Array:
    """A rescaled uniform, kept inside [0, 1) whatever rounding did."""
    return np.clip(u, 0.0, 1.0 - 2.0**-53)


@lru_cache(maxsize=4096)
def _family(distribution: Distribution) -> families.Family:
    p = distribution.parameters
    match distribution.family:
        case "exponential":
            return families.Exponential(p[0]) if p[0] > 0 else families.Discrete([0.0], [1.0])
        case "fixed":
            return families.Discrete([p[0]], [1.0])
        case "uniform":
            return families.Uniform(*p) if p[1] > p[0] else families.Discrete([p[0]], [1.0])
        case "lognormal":
            return families.Lognormal(*p) if p[1] > 0 else families.Discrete([np.exp(p[0])], [1.0])
        case "gamma":
            return families.Gamma(*p)
        case "weibull":
            return families.Weibull(*p)
        case "empirical":
            half = len(p) // 2
            return families.Discrete(p[:half], p[half:])
        case "mixture":
            return Mixture(p, distribution.parts)
    raise ValueError(f"there is no family of distributions {distribution.family!r}")
