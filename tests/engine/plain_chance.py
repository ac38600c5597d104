"""The rule of what happens at random as plainly as it can be written: one point after another.

An oracle for `caresim.engine.chance`: it shares nothing with it but the network and the uniforms.
"""

from __future__ import annotations

import math

import numpy as np

from caresim.engine.streams import Layer, Streams
from caresim.grid import on_grid
from caresim.network.network import Chance, Network


def plain_episodes(network: Network, seed: int, replication: int) -> list[tuple[int, float, float]]:
    """(chance, start, end) of each episode, inf where it is for good, in order of start, then chance."""
    found = []
    for number, chance in enumerate(network.chances):
        own = sorted(points(network, chance, Streams(seed, replication)))
        found += [(number, start, end) for start, end in own[: chance.at_most]]
    return sorted(found, key=lambda episode: (episode[1], episode[0]))


def points(network: Network, chance: Chance, streams: Streams) -> list[tuple[float, float]]:
    """(start, end) of every point of the field below the rate."""
    found = []
    fastest = max(rate for _, rate in chance.rate.base)
    low, high, order = 0.0, 1.0, 0
    while low < fastest:

        def u(what: str, number: int, order: int = order) -> float:
            layer, purpose = Layer(chance.event, str(order)), ("event", chance.event, chance.each, what)
            first = number // 1024 * 1024
            return float(streams.uniforms(purpose, layer, first, number - first + 1)[-1])

        number, since = 0, 0.0
        while True:
            since += -math.log1p(-u("gap", number)) / (high - low)
            start = on_grid(network.start + since)
            if start >= network.end:
                break
            if network.start < start and low + (high - low) * u("height", number) < rate_at(chance, start):
                lasts = math.inf
                if chance.lasts is not None:
                    lasts = float(on_grid(chance.lasts.quantiles(np.array([u("lasts", number)])))[0])
                found.append((start, start + lasts))
            number += 1
        low, high, order = high, 2.0 * high, order + 1
    return found


def rate_at(chance: Chance, instant: float) -> float:
    """What holds since the last instant at which it changed."""
    return [rate for since, rate in chance.rate.base if since <= instant][-1]
