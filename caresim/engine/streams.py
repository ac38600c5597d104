"""Random numbers by what they are for: nobody's numbers move when somebody else's do.

The uniform for a purpose, drawn by one person for the n-th time, is a word of a Philox
generator whose key is a hash of (seed, replication, purpose, n, arrival stream, layer,
place in the batch). The person's index in their layer says which word: blocks of 1,024
words become values for 1,024 people at once, by the inverse distribution function.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from caresim.distributions import Distribution
from caresim.grid import on_grid, whole_minutes
from caresim.network.network import Choice

BLOCK = 1024
"""People whose values are drawn together."""

Purpose = tuple[str, ...]
"""What a number is for, by name: ("reablement", "care time")."""

Leaf = TypeVar("Leaf")


@dataclass(frozen=True, slots=True)
class Layer:
    """People who share a generator: one layer of an arrival stream, one place in the batch."""

    stream: str
    layer: str
    """Of a rate 0, 1 ...; of `times` and `every` 0; of `counts` the date; of the start "service/state"."""
    place: int = 0


class HasNumbers(Protocol):
    """Whoever draws: where their words lie, and how often they drew for a purpose."""

    block: int
    word: int
    draws: dict[Purpose, int]


class Streams:
    """The random numbers of one replication."""

    def __init__(self, seed: int, replication: int) -> None:
        self.seed = seed
        self.replication = replication

    def uniforms(
        self, purpose: Purpose, layer: Layer, first: int, count: int, n: int = 0
    ) -> NDArray[np.float64]:
        """Uniforms of people `first` to `first + count` of a layer, in the open interval (0, 1).

        `first` is a multiple of BLOCK. A part equals the same part of a longer draw.
        """
        name = json.dumps(
            [self.seed, self.replication, list(purpose), n, layer.stream, layer.layer, layer.place]
        )
        key = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=16).digest(), dtype=np.uint64)
        words = np.random.Philox(key=key, counter=first // 4).random_raw(count)
        # 52 bits and a half: never 0 or 1, where the inverse of a distribution may be infinite.
        return ((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def pick(choice: Choice, u: NDArray[np.float64]) -> NDArray[np.int64]:
    """The code each uniform picks."""
    index = np.searchsorted(np.asarray(choice.cumulative), u, side="right")
    return np.asarray(choice.codes, dtype=np.int64)[np.minimum(index, len(choice.codes) - 1)]


def durations(distribution: Distribution, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Days, each rounded once to the grid of instants."""
    return on_grid(distribution.quantiles(u))


def minutes(distribution: Distribution, u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole minutes per week of amounts in hours per week."""
    return whole_minutes(distribution.quantiles(u))


def _as_they_are(_: None, u: NDArray[np.float64]) -> NDArray[np.float64]:
    return u


def _unit_exponentials(_: None, u: NDArray[np.float64]) -> NDArray[np.float64]:
    return -np.log1p(-u)


class Values(Generic[Leaf]):
    """The values of one purpose under one distribution or choice, block by block when first touched."""

    __slots__ = ("_blocks", "_draws", "_leaf", "_more", "_purpose", "_repeats", "_transform", "_typecode")

    def __init__(
        self,
        draws: Draws,
        purpose: Purpose,
        leaf: Leaf,
        transform: Callable[[Leaf, NDArray[np.float64]], NDArray[np.generic]],
        repeats: bool,
    ) -> None:
        self._draws = draws
        self._purpose = purpose
        self._leaf = leaf
        self._transform = transform
        self._repeats = repeats
        self._typecode = "q" if transform in (pick, minutes) else "d"
        self._blocks: list[array[float] | None] = [None] * len(draws.blocks)
        self._more: dict[tuple[int, int], array[float]] = {}

    def of(self, person: HasNumbers) -> float:
        """The person's next value for this purpose."""
        if self._repeats:
            n = person.draws.get(self._purpose, 0)
            person.draws[self._purpose] = n + 1
            if n:
                return self._later(person, n)
        block = self._blocks[person.block]
        if block is None:
            block = self._blocks[person.block] = self._fill(person.block, 0)
        return block[person.word]

    def _later(self, person: HasNumbers, n: int) -> float:
        block = self._more.get((person.block, n))
        if block is None:
            block = self._more[person.block, n] = self._fill(person.block, n)
        return block[person.word]

    def _fill(self, block: int, n: int) -> array[float]:
        layer, number, count = self._draws.blocks[block]
        u = self._draws.streams.uniforms(self._purpose, layer, number * BLOCK, count, n)
        # A compact array, not a list: a quarter of the memory, and as quick to read one from.
        return array(self._typecode, self._transform(self._leaf, u).tobytes())


class Certain:
    """A choice of one: the draw is counted, the number not looked at."""

    __slots__ = ("_code", "_purpose")

    def __init__(self, purpose: Purpose, code: int) -> None:
        self._purpose = purpose
        self._code = code

    def of(self, person: HasNumbers) -> int:
        person.draws[self._purpose] = person.draws.get(self._purpose, 0) + 1
        return self._code


class Draws:
    """All values drawn during a run, for the people of one replication."""

    def __init__(self, streams: Streams, blocks: tuple[tuple[Layer, int, int], ...]) -> None:
        self.streams = streams
        self.blocks = blocks
        """(layer, number of the block in it, people in the block): what a person's `block` counts."""

    def durations(self, purpose: Purpose, leaf: Distribution, repeats: bool) -> Values[Distribution]:
        return Values(self, purpose, leaf, durations, repeats)

    def amounts(self, purpose: Purpose, leaf: Distribution, repeats: bool) -> Values[Distribution]:
        return Values(self, purpose, leaf, minutes, repeats)

    def choices(self, purpose: Purpose, leaf: Choice, repeats: bool) -> Values[Choice]:
        return Values(self, purpose, leaf, pick, repeats)

    def uniforms(self, purpose: Purpose) -> Values[None]:
        return Values(self, purpose, None, _as_they_are, True)

    def lifetimes(self, purpose: Purpose, repeats: bool = False) -> Values[None]:
        """Unit exponentials: how much hazard a person bears."""
        return Values(self, purpose, None, _unit_exponentials, repeats)
