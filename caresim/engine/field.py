"""Points of a fixed Poisson field: who comes at a rate is a point below it; another rate moves no point."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from caresim.engine.streams import Layer, Purpose, Streams
from caresim.grid import on_grid
from caresim.network.network import Calendar, Network, Rate
from caresim.network.rates import DAYS_PER_YEAR, before_growth, grown, growths, rate_at

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def points_below(
    network: Network, streams: Streams, rate: Rate, stream: str, purpose: Purpose
) -> Iterator[tuple[int, Ints, Floats]]:
    """(layer, number of each point in it, its instant) of the points below a rate, layer by layer.

    Layers are those between rates of 0-1, 1-2, 2-4, 4-8 ... a day.

    Args:
        stream: in the name of the layers.
        purpose: what the purposes of gaps and heights begin with.
    """
    highest = _highest(network, rate)
    low, high, order = 0.0, 1.0, 0
    while low < highest:
        layer = Layer(stream, str(order))
        times = _points(network, streams, layer, (*purpose, "gap"), high - low)
        heights = low + (high - low) * streams.uniforms((*purpose, "height"), layer, 0, len(times))
        below = np.flatnonzero(heights < _ceiling(rate, times, network.calendar))
        yield order, below, times[below]
        low, high, order = high, high * 2.0, order + 1


def heights_of(streams: Streams, stream: str, purpose: Purpose, order: int, points: Ints) -> Floats:
    """How high some points of a layer lie [a day]."""
    if not len(points):
        return np.zeros(0)
    low, high = (0.0, 1.0) if order == 0 else (2.0 ** (order - 1), 2.0**order)
    u = streams.uniforms((*purpose, "height"), Layer(stream, str(order)), 0, int(points.max()) + 1)
    return np.asarray(low + (high - low) * u[points])


def _ceiling(rate: Rate, times: Floats, calendar: Calendar) -> Floats:
    """Below which a point may be somebody: where growth goes by what people are, that of the fastest."""
    if rate.growth_by is None:
        return rate_at(rate, times, calendar)
    fastest = np.max([grown(growth, times) for growth in growths(rate)], axis=0)
    return before_growth(rate, times, calendar) * fastest


def _points(network: Network, streams: Streams, layer: Layer, purpose: Purpose, per_day: float) -> Floats:
    """Instants of a Poisson process from the start of the run to its end, on the grid."""
    length = network.end - network.start
    count = int(length * per_day + 6.0 * math.sqrt(length * per_day) + 16.0)
    while True:
        gaps = -np.log1p(-streams.uniforms(purpose, layer, 0, count)) / per_day
        times = on_grid(network.start + np.cumsum(gaps))
        if times[-1] >= network.end:
            return times[times < network.end]
        count *= 2


def _highest(network: Network, rate: Rate) -> float:
    """No less than the rate ever is in the run."""
    factor = 1.0
    for pattern in (rate.month, rate.weekday, rate.hour, rate.cycle[1] if rate.cycle else None):
        factor *= max(pattern) if pattern else 1.0
    ends = (network.start, network.end)
    growth = max((1.0 + each) ** (instant / DAYS_PER_YEAR) for each in growths(rate) for instant in ends)
    return max(base for _, base in rate.base) * factor * growth
