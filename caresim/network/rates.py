"""How many people a stream is expected to bring, before anything is drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from caresim.network.calendars import months_of
from caresim.network.network import Calendar, Rate, Stream
from caresim.network.tables import shares_of

DAYS_PER_YEAR = 365.25
MOST_SAMPLES = 500_000


def rate_at(rate: Rate, times: NDArray[np.float64], calendar: Calendar) -> NDArray[np.float64]:
    """Expected arrivals (or batches) a day at each instant."""
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
    if rate.growth:
        value = value * (1.0 + rate.growth) ** (times / DAYS_PER_YEAR)
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
