"""What happens at random in a replication: drawn before anything else, and put into the network.

Nothing that happens to people changes it, and it moves nobody's random numbers.
"""

from __future__ import annotations

import math

import numpy as np

from caresim.engine.field import points_below
from caresim.engine.streams import Layer, Streams, durations
from caresim.network.compile import with_episodes
from caresim.network.network import Chance, Episode, Network


def network_of_replication(network: Network, seed: int, replication: int) -> Network:
    """The network with what happens at random in one replication: what people are drawn for, and run in.

    Where nothing happens at random, the network itself.
    """
    if not network.chances:
        return network
    return with_episodes(network, draw_episodes(network, seed, replication))


def draw_episodes(network: Network, seed: int, replication: int) -> tuple[Episode, ...]:
    """When what happens at random does, and for how long, in order of (start, chance)."""
    streams = Streams(seed, replication)
    found = [
        episode
        for number, chance in enumerate(network.chances)
        for episode in _episodes_of(network, streams, number, chance)
    ]
    return tuple(sorted(found, key=lambda episode: (episode.start, episode.chance)))


def _episodes_of(network: Network, streams: Streams, number: int, chance: Chance) -> list[Episode]:
    """Points of a field of its own that lie below its rate; each has its length from the first on."""
    purpose = ("event", chance.event, chance.each)
    found: list[tuple[float, float]] = []
    for order, points, times in points_below(network, streams, chance.rate, chance.event, purpose):
        lasts = np.full(len(points), math.inf)
        if chance.lasts is not None and len(points):
            layer = Layer(chance.event, str(order))
            u = streams.uniforms((*purpose, "lasts"), layer, 0, int(points.max()) + 1)
            lasts = durations(chance.lasts, u)[points]
        found += zip(times.tolist(), lasts.tolist(), strict=True)
    # At the first instant the system is as it was declared.
    inside = sorted((start, lasts) for start, lasts in found if start > network.start)
    return [
        Episode(chance=number, start=start, end=None if math.isinf(lasts) else start + lasts)
        for start, lasts in inside[: chance.at_most]
    ]
