"""What the plain engine draws: value number n of one person for one purpose, looked up one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caresim.distributions import Distribution
from caresim.engine.people import People
from caresim.engine.streams import BLOCK, Streams
from caresim.grid import on_grid, whole_minutes
from caresim.network.network import FROM, Choice, GiveUp, Network, StandIn, Table

Purpose = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AtStart:
    """Where somebody is at the start of the run, and since when."""

    service: int
    state: str
    waiting_for: int
    waited: float
    admitted_at: float
    ready_at: float
    care_time: float


@dataclass(frozen=True, kw_only=True)
class One:
    """A person as drawn before the run."""

    rank: int
    codes: tuple[int, ...]
    stream: int
    origin: int
    arrives_at: float
    target: int
    census: AtStart | None


class Draws:
    """Values of a replication by person and purpose; how often each was drawn is counted here."""

    def __init__(self, network: Network, people: People) -> None:
        self.network = network
        self.people = people
        self.names = [service.name for service in network.services]
        self.counts: dict[tuple[int, Purpose], int] = {}
        self.uniforms = cache(self._uniforms)

    def everybody(self) -> Iterator[One]:
        people, network = self.people, self.network
        for rank in range(len(people.arrives_at)):
            stream = int(people.stream[rank])
            yield One(
                rank=rank,
                codes=tuple(int(code) for code in people.classes[people.class_[rank]]),
                stream=stream,
                origin=len(network.services) + stream,
                arrives_at=float(people.arrives_at[rank]),
                target=int(people.target[rank]),
                census=self._at_start(rank) if rank < len(people.start) else None,
            )

    def _at_start(self, rank: int) -> AtStart:
        one = self.people.start[rank]
        start = self.network.start
        ready_at = start + one.remainder if one.state == "in_care" else start - one.waited
        care_time = one.elapsed + one.remainder
        return AtStart(
            service=one.service,
            state=one.state,
            waiting_for=one.waiting_for,
            waited=one.waited,
            admitted_at=ready_at - care_time,
            ready_at=ready_at,
            care_time=care_time,
        )

    def _uniforms(self, purpose: Purpose, block: int, n: int) -> NDArray[np.float64]:
        layer, number, _ = self.people.blocks[block]
        streams = Streams(self.people.seed, self.people.replication)
        return streams.uniforms(purpose, layer, number * BLOCK, BLOCK, n)

    def draw(self, rank: int, purpose: Purpose) -> tuple[NDArray[np.float64], int]:
        """The uniforms of the person's block for their next draw, and which is theirs."""
        n = self.counts.get((rank, purpose), 0)
        self.counts[rank, purpose] = n + 1
        return self.uniforms(purpose, int(self.people.block[rank]), n), int(self.people.word[rank])

    def duration(
        self, rank: int, purpose: Purpose, table: Table[Distribution], codes: list[int], origin: int
    ) -> float:
        u, mine = self.draw(rank, purpose)
        # A whole block at a time: numpy's last digit may differ between one value and many.
        return float(on_grid(leaf_of(table, codes, origin).quantiles(u))[mine])

    def choice(
        self, rank: int, purpose: Purpose, table: Table[Choice], codes: list[int], origin: int = 0
    ) -> int:
        u, mine = self.draw(rank, purpose)
        choice: Choice = leaf_of(table, codes, origin)
        for code, cumulative in zip(choice.codes, choice.cumulative, strict=True):
            if cumulative > u[mine]:
                return code
        raise AssertionError("shares do not reach 1")

    # Purposes: names, never positions.

    def care_time(self, rank: int, service: int, table: Table[Distribution], codes: list[int]) -> float:
        return self.duration(rank, (self.names[service], "care time"), table, codes, 0)

    def amount(self, rank: int, service: int, table: Table[Any], codes: list[int]) -> int:
        u, mine = self.draw(rank, (self.names[service], "amount"))
        return int(whole_minutes(leaf_of(table, codes, 0).quantiles(u))[mine])

    def minutes(self, rank: int, purpose: Purpose, table: Table[Any], codes: list[int]) -> int:
        u, mine = self.draw(rank, purpose)
        return int(whole_minutes(leaf_of(table, codes, 0).quantiles(u))[mine])

    def next(self, rank: int, service: int, table: Table[Choice], codes: list[int]) -> int:
        return self.choice(rank, (self.names[service], "next"), table, codes)

    def sets(self, rank: int, service: int, attribute: int, table: Table[Choice], codes: list[int]) -> int:
        name = self.network.attributes[attribute].name
        return self.choice(rank, (self.names[service], "sets", name), table, codes)

    def stand_in_after(
        self, rank: int, service: int, stand_in: StandIn, codes: list[int], origin: int
    ) -> float:
        return self.duration(
            rank, (self.names[service], "instead", stand_in.purpose), stand_in.after, codes, origin
        )

    def give_up_after(self, rank: int, service: int, give_up: GiveUp, codes: list[int], origin: int) -> float:
        return self.duration(rank, (self.names[service], "give up"), give_up.after, codes, origin)

    def give_up_to(self, rank: int, service: int, table: Table[Choice], codes: list[int], origin: int) -> int:
        return self.choice(rank, (self.names[service], "give up to"), table, codes, origin)

    def turned_away_to(
        self, rank: int, service: int, table: Table[Choice], codes: list[int], origin: int
    ) -> int:
        return self.choice(rank, (self.names[service], "turned away to"), table, codes, origin)

    def round(self, rank: int, service: int) -> float:
        u, mine = self.draw(rank, (self.names[service], "round"))
        return float(u[mine])

    def unit_life(self, rank: int) -> float:
        u, mine = self.draw(rank, ("death",))
        return float(-np.log1p(-u)[mine])

    def unit_hospital(self, rank: int) -> float:
        u, mine = self.draw(rank, ("hospital admission",))
        return float(-np.log1p(-u)[mine])

    def away_next(self, rank: int, service: int, table: Table[Choice], codes: list[int]) -> int:
        return self.choice(rank, (self.names[service], "away next"), table, codes)

    def find_again(self, rank: int, service: int, table: Table[Choice], codes: list[int]) -> int:
        return self.choice(rank, (self.names[service], "away find again"), table, codes)

    def closed_else(self, rank: int, service: int, table: Table[Choice], codes: list[int]) -> int:
        return self.choice(rank, (self.names[service], "closed else"), table, codes)


def leaf_of(table: Table[Any], codes: list[int], origin: int) -> Any:
    """What holds for a person with these attribute codes and this `from`."""
    index = 0
    for axis, size in zip(table.axes, table.shape, strict=True):
        index = index * size + (origin if axis == FROM else codes[axis])
    return table.leaves[index]
