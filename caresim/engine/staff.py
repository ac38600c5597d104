"""Staff of a replication, drawn before it runs: who joins and leaves which group, and what they can do.

Every worker has random numbers of their own, like a person, so that a changed number of posts
or rate of joiners moves nobody else. Nothing here depends on what happens to people.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np

from caresim.engine.field import points_below
from caresim.engine.streams import BLOCK, Layer, Purpose, Streams
from caresim.grid import on_grid
from caresim.network.network import NOT_IN_POST, Change, Network, Service
from caresim.network.staff import held_at, staffed_capacity

StaffRow: TypeAlias = tuple[int, float, int, int, int, int, int, int]
"""group, time, posts, in_post, productive, joined, left, other: a row of the recorder."""

CHANGE, PRODUCTIVE, OCCASION, CANDIDATE = range(4)
"""What may happen to a group, in the order of one instant."""
AT_START = -1
"""In place of a layer of the field: in post at the start of the run."""


class _Worker:
    """Somebody who is, was or may be in post, and where their random words lie."""

    __slots__ = ("draws", "group", "index", "is_productive", "layer", "origin", "spell")

    def __init__(self, home: int, name: str, order: int, index: int) -> None:
        self.origin = (home, order, index)
        """Ranks them among others."""
        self.layer = Layer(name, "start" if order == AT_START else str(order))
        self.index = index
        self.group = home
        self.is_productive = False
        self.spell = 0
        """Which group after another they are in: what was planned in an earlier one is void."""
        self.draws: dict[Purpose, int] = {}


class _Staff:
    """All groups of a replication, moving from one event to the next."""

    def __init__(self, network: Network, streams: Streams) -> None:
        self.network = network
        self.streams = streams
        self.groups = network.staff
        self.posts = [group.posts[0][1] for group in self.groups]
        self.in_post = [0] * len(self.groups)
        self.productive = [0] * len(self.groups)
        self.rows: list[StaffRow] = []
        self.events: list[tuple[float, int, int, tuple[int, int, int], int, _Worker | None]] = []
        """time, kind, group, who, spell, worker: in order of the first four."""
        self._blocks: dict[tuple[Purpose, Layer, int, int], list[float]] = {}

    def run(self) -> tuple[StaffRow, ...]:
        for number, group in enumerate(self.groups):
            for at, _ in group.posts[1:]:
                self.plan(at, CHANGE, number, None)
            for index in range(group.in_post):
                worker = _Worker(number, group.name, AT_START, index)
                self.in_post[number] += 1
                self.productive[number] += 1
                worker.is_productive = True
                self.plan_occasion(worker, self.network.start)
            rate, purpose = group.joiners, ("staff", group.name)
            for order, indices, times in points_below(self.network, self.streams, rate, group.name, purpose):
                for index, at in zip(indices.tolist(), times.tolist(), strict=True):
                    self.plan(at, CANDIDATE, number, _Worker(number, group.name, order, index))
        for number in range(len(self.groups)):
            self.tell(number, self.network.start)
        while self.events:
            at, kind, number, _, spell, who = heapq.heappop(self.events)
            if who is None:
                self.change_posts(number, at)
            elif kind == CANDIDATE:
                if self.has_vacancy(number):
                    self.join(who, number, at, NOT_IN_POST)
            elif who.spell == spell:
                if kind == PRODUCTIVE:
                    who.is_productive = True
                    self.productive[number] += 1
                    self.tell(number, at)
                else:
                    self.take_occasion(who, at)
        return tuple(self.rows)

    def plan(self, at: float, kind: int, number: int, worker: _Worker | None) -> None:
        if at < self.network.end:
            who, spell = ((0, 0, 0), 0) if worker is None else (worker.origin, worker.spell)
            heapq.heappush(self.events, (at, kind, number, who, spell, worker))

    def tell(self, number: int, at: float, joined: int = 0, left: int = 0, other: int = NOT_IN_POST) -> None:
        now = (self.posts[number], self.in_post[number], self.productive[number])
        self.rows.append((number, at, *now, joined, left, other))

    def has_vacancy(self, number: int) -> bool:
        return self.in_post[number] < self.posts[number]

    def change_posts(self, number: int, at: float) -> None:
        self.posts[number] = held_at(self.groups[number].posts, at)
        self.tell(number, at)

    def join(self, worker: _Worker, number: int, at: float, other: int) -> None:
        worker.group = number
        worker.spell += 1
        self.in_post[number] += 1
        induction = held_at(self.groups[number].induction, at)
        worker.is_productive = induction == 0
        self.productive[number] += worker.is_productive
        self.tell(number, at, joined=1, other=other)
        if not worker.is_productive:
            self.plan(at + induction, PRODUCTIVE, number, worker)
        self.plan_occasion(worker, at)

    def take_occasion(self, worker: _Worker, at: float) -> None:
        """Leave for elsewhere, or for a group with a vacant post; without one, stay."""
        number = worker.group
        choice = held_at(self.groups[number].leave_to, at)
        u = self.draw(worker, ("staff", self.groups[number].name, "leave to"))
        to = choice.codes[min(bisect_right(choice.cumulative, u), len(choice.codes) - 1)]
        if to != NOT_IN_POST and not self.has_vacancy(to):
            self.plan_occasion(worker, at)
            return
        self.in_post[number] -= 1
        self.productive[number] -= worker.is_productive
        worker.spell += 1
        self.tell(number, at, left=1, other=to)
        if to != NOT_IN_POST:
            self.join(worker, to, at, number)

    def plan_occasion(self, worker: _Worker, since: float) -> None:
        """The next instant at which the hazard from `since` on has used up a unit exponential."""
        group = self.groups[worker.group]
        left = self.draw(worker, ("staff", group.name, "leave"), exponential=True)
        starts = [at for at, _ in group.leavers]
        piece = max(bisect_right(starts, since) - 1, 0)
        for (_, hazard), until in zip(
            group.leavers[piece:], [*starts[piece + 1 :], self.network.end], strict=True
        ):
            if hazard * (until - since) > left:
                self.plan(on_grid(since + left / hazard), OCCASION, worker.group, worker)
                return
            left -= hazard * (until - since)
            since = until

    def draw(self, worker: _Worker, purpose: Purpose, exponential: bool = False) -> float:
        """A worker's next uniform, or unit exponential, for a purpose."""
        n = worker.draws.get(purpose, 0)
        worker.draws[purpose] = n + 1
        number, word = divmod(worker.index, BLOCK)
        key = (purpose, worker.layer, number, n)
        block = self._blocks.get(key)
        if block is None:
            u = self.streams.uniforms(purpose, worker.layer, number * BLOCK, BLOCK, n)
            block = self._blocks[key] = (-np.log1p(-u) if exponential else u).tolist()
        return block[word]


def draw_staff(network: Network, streams: Streams) -> tuple[StaffRow, ...]:
    """What becomes of every group of staff, row by row in order of time, the start first."""
    return _Staff(network, streams).run()


def capacities(network: Network, rows: Sequence[StaffRow]) -> tuple[Change, ...]:
    """The changes of capacity that staff make, in order of (instant, service), after the start of the run.

    Of a service with providers all of its changes are here, those of providers with a capacity of their own,
    too: they take the place of what the network has of `capacity` and `capacities`.
    """
    productive: list[list[tuple[float, int]]] = [[] for _ in network.staff]
    for group, at, _, _, able, *_ in rows:
        # Of several at one instant the last is what is looked up.
        productive[group].append((at, able))
    changes: list[Change] = []
    for number, service in enumerate(network.services):
        if has_staffed_providers(service):
            changes += _of_providers(network, number, productive)
        if service.staffed is None:
            continue
        workers, worth = productive[service.staffed.group], service.staffed.worth
        now = service.capacity
        instants = {at for at, _ in (*workers, *worth) if at > network.start}
        for at in sorted(instants):
            value = staffed_capacity(service.in_hours, held_at(workers, at), held_at(worth, at))
            if value != now:
                changes.append(Change(at=at, service=number, field="capacity", value=value))
                now = value
    return tuple(sorted(changes, key=lambda change: (change.at, change.service)))


def has_staffed_providers(service: Service) -> bool:
    """Whether all changes of a service's capacity are those of `capacities`."""
    return bool(service.providers and service.works)


def _of_providers(
    network: Network, number: int, productive: Sequence[Sequence[tuple[float, int]]]
) -> Iterator[Change]:
    """What the providers of a service have, and what that is in all, wherever it becomes another."""
    service = network.services[number]
    works = dict(service.works)
    own = [(network.start, service.capacities)]
    own += [
        (change.at, change.value)
        for change in network.changes
        if change.service == number and change.field == "capacities"
    ]
    instants = {at for at, _ in own}
    for staffed in works.values():
        instants |= {at for at, _ in (*productive[staffed.group], *staffed.worth)}
    now = service.capacities
    for at in sorted(instant for instant in instants if instant > network.start):
        has = list(held_at(own, at))
        for k, staffed in works.items():
            workers, worth = held_at(productive[staffed.group], at), held_at(staffed.worth, at)
            has[k] = staffed_capacity(service.in_hours, workers, worth)
        following = tuple(has)
        if sum(following) != sum(now):
            yield Change(at=at, service=number, field="capacity", value=sum(following))
        if following != now:
            yield Change(at=at, service=number, field="capacities", value=following)
        now = following
