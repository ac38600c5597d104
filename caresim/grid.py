"""The grid all instants and durations lie on: whole numbers of 2^-26 days (1.3 milliseconds)."""

from __future__ import annotations

import math
from typing import overload

import numpy as np
from numpy.typing import NDArray

STEPS_A_DAY = 2**26
MINUTES_AN_HOUR = 60


@overload
def on_grid(days: float) -> float: ...
@overload
def on_grid(days: NDArray[np.float64]) -> NDArray[np.float64]: ...
def on_grid(days: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    """The nearest instant of the grid, halves up; a float gives a float, an array an array.

    Rounded once, where a duration first arises, sums of durations are exact in any order.
    """
    if isinstance(days, np.ndarray):
        return np.asarray(np.floor(days * STEPS_A_DAY + 0.5) / STEPS_A_DAY)
    if math.isinf(days):
        return days
    return math.floor(days * STEPS_A_DAY + 0.5) / STEPS_A_DAY


@overload
def whole_minutes(hours: float) -> int: ...
@overload
def whole_minutes(hours: NDArray[np.float64]) -> NDArray[np.int64]: ...
def whole_minutes(hours: float | NDArray[np.float64]) -> int | NDArray[np.int64]:
    """Hours per week as whole minutes per week, halves up."""
    if isinstance(hours, np.ndarray):
        return np.floor(hours * MINUTES_AN_HOUR + 0.5).astype(np.int64)
    return math.floor(hours * MINUTES_AN_HOUR + 0.5)
