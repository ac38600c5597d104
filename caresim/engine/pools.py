"""A service whose places belong to providers: who takes whom, who is filled first, whose place it is.

A `Pool` is a `Resource` to the rest of the engine. What differs is here.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from caresim.engine.queues import Queue, Standing
from caresim.engine.resource import Choices, Classes, Resource
from caresim.engine.streams import Draws
from caresim.network.network import OPEN, Choice, Service, Table
from caresim.network.network import Provider as Declared

if TYPE_CHECKING:
    from caresim.engine.person import Person
    from caresim.engine.simulation import Simulation

_turn = attrgetter("priority", "since", "rank")
_free = attrgetter("free")


class Provider:
    """One provider while it runs: what it holds of what it has. To rule 12 it is a service of its own."""

    def __init__(self, number: int, pool: Pool, declared: Declared, capacity: int) -> None:
        self.number = number
        """Of all providers of the network."""
        self.pool = pool
        self.has = declared.has
        self.capacity = capacity
        """Places, or minutes per week."""
        self.held = 0
        """Of the same unit."""
        self.within_hours = True
        self.intake: float = math.inf
        self.started = 0
        """Starts made today, counted where intake is limited."""
        self.counts_starts = bool(declared.intake)
        self.rank = 0
        """The lower, the earlier it is filled; of equals the one with most free."""
        self.closure = OPEN
        self.put_out_to: Choices | None = None
        """Where those go who are in care here on the last day of a notice."""
        self.holders: dict[int, Person] | None = {}
        """Who holds a place here, by rank."""
        self.in_hours = pool.in_hours

    @property
    def is_closed(self) -> bool:
        """By a closure: it admits nobody, and nobody waits for it."""
        return self.closure != OPEN

    @property
    def admits(self) -> bool:
        """Within its own hours, with intake left, and not closed."""
        return self.within_hours and self.started < self.intake and self.closure == OPEN

    @property
    def free(self) -> int:
        return self.capacity - self.held

    # What rule 12 asks of a service.

    @property
    def is_open(self) -> bool:
        return self.admits and self.pool.is_open

    @property
    def n_people(self) -> int:
        return len(self.holders or ())

    @property
    def n_care_over(self) -> int:
        # Whoever is away has a place elsewhere too, in which their care may be over.
        return sum(one.care_is_over and one.place is self.pool for one in (self.holders or {}).values())

    @property
    def queue(self) -> Iterator[Standing]:
        """Who stands for a place here, in order."""
        return (one for one in self.pool.queue if one.takers is not None and self in one.takers.providers)


class Takers:
    """The providers that take people of some kind, and where these people stand."""

    def __init__(self, providers: tuple[Provider, ...]) -> None:
        self.providers = providers
        """By number."""
        self.queue = Queue()

    @property
    def most(self) -> int:
        """What the largest of them has in all; -1: there is none."""
        return max((provider.capacity for provider in self.providers), default=-1)

    def awaited(self) -> Iterator[Provider]:
        """Those that somebody who stands here waits for."""
        return (provider for provider in self.providers if not provider.is_closed)


class PooledQueue(Queue):
    """The queue of a service with providers: one order, though kept apart by who takes whom."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Takers] = []

    def join(self, standing: Standing) -> None:
        self.length += 1
        self.n_outside += standing.outside
        self.least = min(self.least, standing.amount)
        assert standing.takers is not None
        standing.takers.queue.join(standing)

    def leave(self, standing: Standing) -> None:
        self.length -= 1
        self.n_outside -= standing.outside
        if not self.length:
            self.least = math.inf
        assert standing.takers is not None
        standing.takers.queue.leave(standing)

    def first(self) -> Standing | None:
        return next(iter(self), None)

    def __iter__(self) -> Iterator[Standing]:
        parts = [part.queue for part in self.parts if part.queue.length]
        return iter(parts[0]) if len(parts) == 1 else heapq.merge(*parts, key=_turn)


class Pool(Resource):
    """A service at run time whose places belong to providers."""

    def __init__(
        self,
        number: int,
        service: Service,
        draws: Draws,
        classes: Classes,
        origins: int,
        repeats: bool,
        world: Simulation,
        first: int,
    ) -> None:
        """`first`: the number of its first provider."""
        super().__init__(number, service, draws, classes, origins, repeats)
        self.waits_first = True
        self.queue: PooledQueue = PooledQueue()
        self._world = world
        each = enumerate(zip(service.providers, service.capacities, strict=True), first)
        self.providers = [Provider(k, self, declared, capacity) for k, (declared, capacity) in each]
        for provider, rank in zip(self.providers, service.fill, strict=True):
            provider.rank = rank
        for provider, closure in zip(self.providers, service.closures, strict=True):
            provider.closure = closure
        self.set("put_out_to", service.put_out_to)
        self._takers: dict[tuple[Provider, ...], Takers] = {}
        self._takers_of_class: dict[int, Takers] = {}
        self._holds: dict[int, tuple[Provider, int, float]] = {}
        """Rank -> the provider whose place somebody holds, the amount, and since when with that amount."""
        self.offered: Provider | None = None
        """The provider that admits whoever is admitted next."""

    def _set_capacities(self, values: tuple[int, ...]) -> None:
        for provider, value in zip(self.providers, values, strict=True):
            provider.capacity = value

    def _set_put_out_to(self, tables: tuple[Table[Choice] | None, ...]) -> None:
        draw = partial(self._draws.choices, (self.name, "closed else"), repeats=True)
        for provider, table in zip(self.providers, tables, strict=True):
            provider.put_out_to = None if table is None else self._lookup(table, draw, "closed.else")

    # ---------------------------------------------------------------- who takes whom

    def takers_of(self, person: Person) -> Takers:
        """Who takes somebody as they are now."""
        found = self._takers_of_class.get(person.class_)
        if found is None:
            codes = self._classes.rows[person.class_]
            taking = tuple(provider for provider in self.providers if provider.has(codes))
            if taking not in self._takers:
                self._takers[taking] = Takers(taking)
                self.queue.parts.append(self._takers[taking])
            found = self._takers_of_class[person.class_] = self._takers[taking]
        return found

    def could_admit(self, standing: Standing) -> bool:
        """Whether somebody takes them who is large enough, as things are; who takes them is fixed now."""
        standing.takers = self.takers_of(standing.person)
        return standing.takers.most >= (standing.amount if self.in_hours else 0)

    @staticmethod
    def _best(providers: Sequence[Provider]) -> Provider:
        """Of those that could have somebody, the one that does."""
        return min(providers, key=_filling)

    # ---------------------------------------------------------------- who is admitted

    def next_due(self, now: float) -> Standing | None:
        if not self.queue.length or not self.within_hours or self.started >= self.intake:
            return None
        free = {provider: provider.free for provider in self.providers if provider.admits}
        if max(free.values(), default=-1) < max(0, self.queue.least):
            return None
        return self._next_fitting(free, now) if self.in_hours else self._next_for_a_place(free)

    def _next_for_a_place(self, free: dict[Provider, int]) -> Standing | None:
        """The first in order whom a provider takes that has one."""
        due: Standing | None = None
        for part in self.queue.parts:
            if part.queue.length and any(free.get(provider, 0) >= 1 for provider in part.providers):
                first = part.queue.first()
                assert first is not None
                due = first if due is None else min(due, first, key=_turn)
        if due is not None:
            assert due.takers is not None
            self.offered = self._best([one for one in due.takers.providers if free.get(one, 0) >= 1])
        return due

    def _next_fitting(self, free: dict[Provider, int], now: float) -> Standing | None:
        """The first in order whose amount fits, at a provider not kept for somebody before them."""
        most, least = self._most_free(free), math.inf
        keeping = False
        for standing in self.queue:
            takers, amount = standing.takers, standing.amount
            assert takers is not None
            if amount <= most[takers]:
                self.offered = self._best([one for one in takers.providers if amount <= free.get(one, -1)])
                return standing
            least = min(least, amount)
            if self.skip_until is None or now - standing.since >= self.skip_until:
                keeping = True
                for provider in takers.providers:
                    if amount <= provider.capacity:
                        free.pop(provider, None)
                if max(free.values(), default=-1) < max(0, self.queue.least):
                    return None
                most = self._most_free(free)
        if not keeping:
            self.queue.least = least
        return None

    def _most_free(self, free: dict[Provider, int]) -> dict[Takers, int]:
        """For each kind of people the most that a provider has for one of them."""
        return {
            part: max((free.get(provider, -1) for provider in part.providers), default=-1)
            for part in self.queue.parts
        }

    # ---------------------------------------------------------------- whose place it is

    def provider_of(self, person: Person) -> Provider:
        """Whose place here somebody holds."""
        return self._holds[person.rank][0]

    def take(self, person: Person, amount: int) -> None:
        assert self.offered is not None
        self._hold(person, amount, self.offered)
        self._world.rows.taken(self.offered.number, person, self._world.now)

    def take_at_start(self, person: Person, amount: int) -> None:
        """As if admitted, clocks and others left aside; where it fits nowhere, where least is missing."""
        taking = self.takers_of(person).providers or self.providers
        taking = [provider for provider in taking if not provider.is_closed] or taking
        fits = [provider for provider in taking if provider.free >= amount]
        self._hold(person, amount, self._best(fits) if fits else max(taking, key=_free))

    def _hold(self, person: Person, amount: int, provider: Provider) -> None:
        super().take(person, amount)
        provider.held += amount
        assert provider.holders is not None
        provider.holders[person.rank] = person
        if provider.counts_starts:
            provider.started += 1
        self._holds[person.rank] = provider, amount, self._world.now
        self._world.suspect_deadlock()

    def give_back(self, person: Person, amount: int) -> None:
        super().give_back(person, amount)
        provider = self._tell(person)
        assert provider.holders is not None
        del self._holds[person.rank], provider.holders[person.rank]
        provider.held -= amount
        self._world.suspect_deadlock()

    def grow(self, person: Person, more: int) -> None:
        super().grow(person, more)
        provider, amount = self._tell(person), self._holds[person.rank][1]
        provider.held += more
        self._holds[person.rank] = provider, amount + more, self._world.now
        self._world.closures.grow(person, more)

    def _tell(self, person: Person) -> Provider:
        """How somebody has held their place here until now."""
        provider, amount, since = self._holds[person.rank]
        self._world.rows.place(provider.number, person.rank, amount, since, self._world.now)
        return provider

    def close(self) -> None:
        for rank in sorted(self._holds):
            provider, amount, since = self._holds[rank]
            self._world.rows.place(provider.number, rank, amount, since, self._world.now)


def _filling(provider: Provider) -> tuple[int, int]:
    return provider.rank, -provider.free
