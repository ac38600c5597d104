"""Distributions of care times, amounts and patience: their parameters, mean and inverse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """A distribution as a family and its canonical parameters; plain data, no callables."""

    family: str
    """exponential (mean,) | fixed (value,) | uniform (low, high) | lognormal (mu, sigma)
    | gamma (shape, scale) | weibull (shape, scale) | empirical (values..., weights...) | mixture (weights...)"""
    parameters: tuple[float, ...]
    parts: tuple[Distribution, ...] = ()
    """Of a mixture, in list order."""
    low: float | None = None
    """`min`: condition on at least this."""
    high: float | None = None
    """`max`: condition on at most this."""
    cap: float | None = None
    """`at_most`: longer values become this."""

    def quantiles(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """The value below which a share `u` of the distribution lies, element by element."""
        raise NotImplementedError
