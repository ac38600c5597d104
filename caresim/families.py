"""The mathematics of each family of distributions: shares, inverses and partial means.

A family knows nothing of `min`, `max` and `at_most`: `distributions.py` puts those on top.
scipy.special is the library for inverses: vectorised, and accurate in the tails.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]


class Family(Protocol):
    """A distribution of values from 0 up; methods take numbers or arrays, element by element."""

    def quantiles(self, u: Array) -> Array:
        """The value at each uniform."""

    def between(self, u: Array, low: float, high: float) -> Array:
        """The value at each uniform, given that it lies in [low, high]."""

    def mass(self, low: ArrayLike, high: ArrayLike) -> Array:
        """The share of values in [low, high]."""

    def mass_above(self, low: ArrayLike, high: ArrayLike) -> Array:
        """The share of values in (low, high]."""

    def part(self, low: float, high: ArrayLike) -> Array:
        """E[X; low <= X <= high], the mean's part from there."""

    def remainder(self, u: Array, elapsed: Array, high: float) -> Array:
        """X - elapsed given elapsed < X <= high, at each uniform; 0 where that cannot be."""


class Continuous:
    """Shared by the families without atoms: each gives its share below, above and inverses."""

    def cdf(self, x: ArrayLike) -> Array:
        raise NotImplementedError

    def survival(self, x: ArrayLike) -> Array:
        raise NotImplementedError

    def quantiles(self, u: Array) -> Array:
        raise NotImplementedError

    def at_survival(self, s: Array) -> Array:
        """The value above which a share s lies: accurate where `quantiles(1 - s)` is not."""
        raise NotImplementedError

    def part_below(self, x: ArrayLike) -> Array:
        """E[X; X <= x]."""
        raise NotImplementedError

    def part_above(self, x: ArrayLike) -> Array:
        """E[X; X > x]."""
        raise NotImplementedError

    def mass(self, low: ArrayLike, high: ArrayLike) -> Array:
        # Subtract the smaller pair: two numbers near 1 would leave nothing but rounding.
        below = self.cdf(low)
        share = np.where(below <= 0.5, self.cdf(high) - below, self.survival(low) - self.survival(high))
        return np.maximum(share, 0.0)

    mass_above = mass

    def part(self, low: float, high: ArrayLike) -> Array:
        if self.cdf(low) <= 0.5:
            return np.maximum(self.part_below(high) - self.part_below(low), 0.0)
        return np.maximum(self.part_above(low) - self.part_above(high), 0.0)

    def between(self, u: Array, low: float, high: float) -> Array:
        below = self.cdf(low)
        if below <= 0.5:
            values = self.quantiles(below + u * (self.cdf(high) - below))
        else:
            above = self.survival(low)
            values = self.at_survival(above - u * (above - self.survival(high)))
        return np.clip(values, low, high)

    def remainder(self, u: Array, elapsed: Array, high: float) -> Array:
        below = self.cdf(elapsed)
        above = self.survival(elapsed)
        p = below + u * (self.cdf(high) - below)
        s = above - u * (above - self.survival(high))
        values = np.where(p < 0.5, self.quantiles(np.minimum(p, 0.5)), self.at_survival(np.minimum(s, 0.5)))
        return np.maximum(np.minimum(values, high) - elapsed, 0.0)


class Exponential(Continuous):
    def __init__(self, mean: float) -> None:
        self.mean = mean

    def cdf(self, x: ArrayLike) -> Array:
        return -np.expm1(-np.asarray(x) / self.mean)

    def survival(self, x: ArrayLike) -> Array:
        return np.exp(-np.asarray(x) / self.mean)

    def quantiles(self, u: Array) -> Array:
        return -self.mean * np.log1p(-u)

    def at_survival(self, s: Array) -> Array:
        return -self.mean * np.log(s)

    def part_below(self, x: ArrayLike) -> Array:
        return self.mean * special.gammainc(2.0, np.asarray(x) / self.mean)

    def part_above(self, x: ArrayLike) -> Array:
        return self.mean * special.gammaincc(2.0, np.asarray(x) / self.mean)

    def remainder(self, u: Array, elapsed: Array, high: float) -> Array:
        left = np.minimum((elapsed - high) / self.mean, 0.0)
        return -self.mean * np.log1p(u * np.expm1(left))


class Uniform(Continuous):
    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def cdf(self, x: ArrayLike) -> Array:
        return np.clip((np.asarray(x) - self.low) / (self.high - self.low), 0.0, 1.0)

    def survival(self, x: ArrayLike) -> Array:
        return np.clip((self.high - np.asarray(x)) / (self.high - self.low), 0.0, 1.0)

    def quantiles(self, u: Array) -> Array:
        return self.low + u * (self.high - self.low)

    def at_survival(self, s: Array) -> Array:
        return self.high - s * (self.high - self.low)

    def part_below(self, x: ArrayLike) -> Array:
        x = np.clip(x, self.low, self.high)
        return (x - self.low) * (x + self.low) / (2.0 * (self.high - self.low))

    def part_above(self, x: ArrayLike) -> Array:
        x = np.clip(x, self.low, self.high)
        return (self.high - x) * (self.high + x) / (2.0 * (self.high - self.low))

    def remainder(self, u: Array, elapsed: Array, high: float) -> Array:
        start = np.maximum(elapsed, self.low)
        left = np.maximum(min(high, self.high) - start, 0.0)
        return np.where(elapsed < min(high, self.high), start - elapsed + u * left, 0.0)


class Lognormal(Continuous):
    def __init__(self, mu: float, sigma: float) -> None:
        self.mu, self.sigma = mu, sigma
        self.mean = math.exp(mu + sigma * sigma / 2.0)

    def z(self, x: ArrayLike) -> Array:
        with np.errstate(divide="ignore"):
            return (np.log(x) - self.mu) / self.sigma

    def cdf(self, x: ArrayLike) -> Array:
        return special.ndtr(self.z(x))

    def survival(self, x: ArrayLike) -> Array:
        return special.ndtr(-self.z(x))

    def quantiles(self, u: Array) -> Array:
        return np.exp(self.mu + self.sigma * special.ndtri(u))

    def at_survival(self, s: Array) -> Array:
        return np.exp(self.mu - self.sigma * special.ndtri(s))

    def part_below(self, x: ArrayLike) -> Array:
        return self.mean * special.ndtr(self.z(x) - self.sigma)

    def part_above(self, x: ArrayLike) -> Array:
        return self.mean * special.ndtr(self.sigma - self.z(x))

    def remainder(self, u: Array, elapsed: Array, high: float) -> Array:
        z = self.z(elapsed)
        # In logarithms nothing underflows, however long someone has been here already.
        log_above = special.log_ndtr(-z)
        share = -np.expm1(special.log_ndtr(-self.z(high)) - log_above)
        later = -special.ndtri_exp(log_above + np.log1p(-u * share))
        # Below the median the share above is near 1 and says little; count from below there.
        below = special.ndtr(z)
        p = below + u * (special.ndtr(self.z(high)) - below)
        later = np.where(p < 0.5, special.ndtri(np.minimum(p, 0.5)), later)
        with np.errstate(invalid="ignore"):
            grown = np.where(
                elapsed > 0.0,
                elapsed * np.expm1(self.sigma * (later - z)),
                np.exp(self.mu + self.sigma * later),
            )
        return np.where(elapsed < high, np.clip(grown, 0.0, np.maximum(high - elapsed, 0.0)), 0.0)


class Gamma(Continuous):
    def __init__(self, shape: float, scale: float) -> None:
        self.shape, self.scale = shape, scale
        self.mean = shape * scale

    def cdf(self, x: ArrayLike) -> Array:
        return special.gammainc(self.shape, np.asarray(x) / self.scale)

    def survival(self, x: ArrayLike) -> Array:
        return special.gammaincc(self.shape, np.asarray(x) / self.scale)

    def quantiles(self, u: Array) -> Array:
        return self.scale * special.gammaincinv(self.shape, u)

    def at_survival(self, s: Array) -> Array:
        return self.scale * special.gammainccinv(self.shape, s)

    def part_below(self, x: ArrayLike) -> Array:
        return self.mean * special.gammainc(self.shape + 1.0, np.asarray(x) / self.scale)

    def part_above(self, x: ArrayLike) -> Array:
        return self.mean * special.gammaincc(self.shape + 1.0, np.asarray(x) / self.scale)

    def remainder(self, u: Array, elapsed: Array, high: float) -> Array:
        usual = super().remainder(u, elapsed, high)
        # So far out (share above < 1e-290) a gamma goes on as an exponential of its scale.
        far = Exponential(self.scale).remainder(u, elapsed, high)
        return np.where(self.survival(elapsed) > 1e-290, usual, far)


class Weibull(Continuous):
    def __init__(self, shape: float, scale: float) -> None:
        self.shape, self.scale = shape, scale
        self.mean = scale * math.gamma(1.0 + 1.0 / shape)

    def power(self, x: ArrayLike) -> Array:
        return (np.asarray(x) / self.scale) ** self.shape

    def cdf(self, x: ArrayLike) -> Array:
        return -np.expm1(-self.power(x))

    def survival(self, x: ArrayLike) -> Array:
        return np.exp(-self.power(x))

    def quantiles(self, u: Array) -> Array:
        return self.scale * (-np.log1p(-u)) ** (1.0 / self.shape)

    def at_survival(self, s: Array) -> Array:
        return self.scale * (-np.log(s)) ** (1.0 / self.shape)

    def part_below(self, x: ArrayLike) -> Array:
        return self.mean * special.gammainc(1.0 + 1.0 / self.shape, self.power(x))

    def part_above(self, x: ArrayLike) -> Array:
        return self.mean * special.gammaincc(1.0 + 1.0 / self.shape, self.power(x))

    def remainder(self, u: Array, elapsed: Array, high: float) -> Array:
        gone = self.power(elapsed)
        more = -np.log1p(u * np.expm1(np.minimum(gone - self.power(high), 0.0)))
        with np.errstate(divide="ignore", invalid="ignore"):
            grown = np.where(
                gone > 0.0,
                elapsed * np.expm1(np.log1p(more / gone) / self.shape),
                self.scale * more ** (1.0 / self.shape),
            )
        return np.where(elapsed < high, np.clip(grown, 0.0, np.maximum(high - elapsed, 0.0)), 0.0)


class Discrete:
    """Some values with weights; `fixed` is one value of weight 1."""

    def __init__(self, values: ArrayLike, weights: ArrayLike) -> None:
        order = np.argsort(values, kind="stable")
        self.values = np.asarray(values, dtype=np.float64)[order]
        weights = np.asarray(weights, dtype=np.float64)[order]
        self.shares = weights / weights.sum()
        self.edges = np.concatenate([[0.0], np.cumsum(self.shares)])
        self.edges /= self.edges[-1]
        self.parts = np.concatenate([[0.0], np.cumsum(self.shares * self.values)])

    def quantiles(self, u: Array) -> Array:
        return self.values[np.minimum(np.searchsorted(self.edges[1:], u, side="right"), len(self.values) - 1)]

    def between(self, u: Array, low: float, high: float) -> Array:
        inside = (self.values >= low) & (self.values <= high)
        if not inside.any():
            return np.clip(self.quantiles(u), low, high)
        return Discrete(self.values[inside], self.shares[inside]).quantiles(u)

    def mass(self, low: ArrayLike, high: ArrayLike) -> Array:
        return self._edge(high, "right") - self._edge(low, "left")

    def mass_above(self, low: ArrayLike, high: ArrayLike) -> Array:
        return np.maximum(self._edge(high, "right") - self._edge(low, "right"), 0.0)

    def _edge(self, x: ArrayLike, side: Any) -> Array:
        return self.edges[np.searchsorted(self.values, x, side=side)]

    def part(self, low: float, high: ArrayLike) -> Array:
        upto = self.parts[np.searchsorted(self.values, high, side="right")]
        return np.maximum(upto - self.parts[np.searchsorted(self.values, low, side="left")], 0.0)

    def remainder(self, u: Array, elapsed: Array, high: float) -> Array:
        first = np.searchsorted(self.values, elapsed, side="right")
        last = int(np.searchsorted(self.values, high, side="right"))
        start = self.edges[np.minimum(first, last)]
        picked = np.searchsorted(self.edges[1:], start + u * (self.edges[last] - start), side="right")
        picked = np.maximum(np.minimum(picked, max(last - 1, 0)), np.minimum(first, len(self.values) - 1))
        return np.where(first < last, np.maximum(self.values[picked] - elapsed, 0.0), 0.0)
