"""How many people a stream is expected to bring, before anything is drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from caresim.network.calendars import months_of
from caresim.network.network import Calendar, Rate, Stream
from caresim.network.tables import shares_of

DAYS_PER_YEAR = 365.25
MOST_SAMPLES = 500_000


Floats = NDArray[np.float64]


def rate_at(rate: Rate, times: Floats, calendar: Calendar) -> Floats:
    """Expected arrivals (or batches) a day at each instant."""
    value = before_growth(rate, times, calendar)
    if rate.growth_by is not None:
        return value * _mean_growth(rate, times)
    return value * grown(rate.growth, times) if rate.growth else value


def grown(growth: float | Floats, times: Floats) -> Floats:
    """The factor that a yearly growth has come to at each instant."""
    return np.asarray((1.0 + growth) ** (times / DAYS_PER_YEAR), dtype=np.float64)


def growths(rate: Rate) -> list[float]:
    """Every yearly growth that anybody of a stream has."""
    if rate.growth_by is None:
        return [rate.growth]
    return sorted({leaf for leaf in rate.growth_by.leaves if leaf is not None})


def _mean_growth(rate: Rate, times: Floats) -> Floats:
    """Growth of all bands together: the mix of those who come shifts to the fast ones."""
    since = np.array([at for at, _ in rate.bands])
    piece = np.maximum(np.searchsorted(since, times, side="right") - 1, 0)
    found = np.zeros(len(times))
    for number, (_, shares) in enumerate(rate.bands):
        mine = piece == number
        for growth, share in shares:
            found[mine] += share * grown(growth, times[mine])
    return found


def before_growth(rate: Rate, times: Floats, calendar: Calendar) -> Floats:
    """The rate a day at each instant without its growth."""
    since = np.array([instant for instant, _ in rate.base])
    levels = np.array([level for _, level in rate.base])
    value = levels[np.maximum(np.searchsorted(since, times, side="right") - 1, 0)]
    day = np.floor(times).astype(np.int64)
    if rate.month is not None:
        value = value * np.array(rate.month)[months_of(calendar, day) % 12]
    if rate.weekday is not None:
        value = value * np.array(rate.weekday)[(day + calendar.weekday) % 7]
    if rate.hour is not None:
        value = value * np.array(rate.hour)[np.minimum(((times - day) * 24).astype(np.int64), 23)]
    if rate.cycle is not None:
        length, factors = rate.cycle
        place = (np.mod(times, length) / length * len(factors)).astype(np.int64)
        value = value * np.array(factors)[np.minimum(place, len(factors) - 1)]
    return value


def expected_people(stream: Stream, start: float, end: float, calendar: Calendar) -> float:
    """People a stream is expected to bring in [start, end); those drawn from a rate by midpoints of hours."""
    if end <= start:
        return 0.0
    size = sum(code * share for code, share in shares_of(stream.batch)) if stream.batch else 1.0
    if stream.rate is not None:
        step = max(1 / 24, (end - start) / MOST_SAMPLES)
        samples = max(1, round((end - start) / step))
        times = start + (np.arange(samples, dtype=np.float64) + 0.5) * ((end - start) / samples)
        return size * float(rate_at(stream.rate, times, calendar).mean()) * (end - start)
    if stream.every is not None:
        return size * (end - start) / stream.every
    if stream.counts is not None:
        return size * float(sum(count for day, count in stream.counts if start <= day < end))
    return size * float(sum(start <= instant < end for instant in stream.times or ()))
