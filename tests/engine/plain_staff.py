"""The rule of staff as plainly as it can be written: looks at everybody again before every event.

An oracle for `caresim.engine.staff`: it shares nothing with it but the network and the uniforms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from caresim.engine.streams import BLOCK, Layer, Streams
from caresim.grid import on_grid
from caresim.network.network import Network, Service

ELSEWHERE = -1
IS_PRODUCTIVE = -math.inf
"""In place of the instant at which an induction ends: it is over."""
Row = tuple[int, float, int, int, int, int, int, int]


@dataclass
class Worker:
    """Somebody who is in post, or may be found."""

    home: int
    layer: str
    index: int
    found_at: float
    group: int | None = None
    productive_at: float = math.inf
    occasion_at: float = math.inf
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def turn(self) -> tuple[int, int, int]:
        """Among several at one instant: group they were found for, those of the start first, number."""
        return self.home, -1 if self.layer == "start" else int(self.layer), self.index


class PlainStaff:
    """All groups of a replication; `run` is its only use."""

    def __init__(self, network: Network, seed: int, replication: int) -> None:
        self.network = network
        self.streams = Streams(seed, replication)
        self.rows: list[Row] = []
        self.workers = [
            Worker(number, "start", index, network.start, number, IS_PRODUCTIVE)
            for number, group in enumerate(network.staff)
            for index in range(group.in_post)
        ]
        for worker in self.workers:
            self.plan_occasion(worker, network.start)
        self.to_come = [one for number in range(len(network.staff)) for one in self.candidates(number)]

    def run(self) -> list[Row]:
        now, start = self.network.start, True
        while now < self.network.end:
            for number, group in enumerate(self.network.staff):
                if start or now in [at for at, _ in group.posts]:
                    self.row(number, now)
            start = False
            while worker := self.first(now, "productive_at"):
                assert worker.group is not None
                worker.productive_at = IS_PRODUCTIVE
                self.row(worker.group, now)
            while worker := self.first(now, "occasion_at"):
                self.occasion(worker, now)
            for candidate in sorted((c for c in self.to_come if c.found_at == now), key=lambda c: c.turn):
                if self.has_vacancy(candidate.home, now):
                    self.workers.append(candidate)
                    self.join(candidate, candidate.home, now, ELSEWHERE)
            now = self.next_instant(now)
        return self.rows

    def next_instant(self, now: float) -> float:
        instants = [at for group in self.network.staff for at, _ in group.posts]
        instants += [candidate.found_at for candidate in self.to_come]
        for worker in self.workers:
            instants += [worker.productive_at, worker.occasion_at]
        return min([at for at in instants if at > now], default=math.inf)

    def first(self, now: float, what: str) -> Worker | None:
        """Of those in post to whom this happens now, the first by group, then by who they are."""
        due = [worker for worker in self.workers if worker.group is not None and getattr(worker, what) == now]
        return min(due, key=lambda worker: (worker.group, worker.turn), default=None)

    def in_post(self, number: int) -> int:
        return sum(worker.group == number for worker in self.workers)

    def productive(self, number: int) -> int:
        return sum(
            worker.group == number and worker.productive_at == IS_PRODUCTIVE for worker in self.workers
        )

    def has_vacancy(self, number: int, now: float) -> bool:
        return self.in_post(number) < at_instant(self.network.staff[number].posts, now)

    def row(self, number: int, now: float, joined: int = 0, left: int = 0, other: int = ELSEWHERE) -> None:
        posts = at_instant(self.network.staff[number].posts, now)
        self.rows.append(
            (number, now, posts, self.in_post(number), self.productive(number), joined, left, other)
        )

    def join(self, worker: Worker, number: int, now: float, other: int) -> None:
        worker.group = number
        days = at_instant(self.network.staff[number].induction, now)
        worker.productive_at = now + days if days > 0 else IS_PRODUCTIVE
        self.row(number, now, joined=1, other=other)
        self.plan_occasion(worker, now)

    def occasion(self, worker: Worker, now: float) -> None:
        number = worker.group
        assert number is not None
        group = self.network.staff[number]
        u = self.uniforms(worker, "leave to", group.name)[worker.index % BLOCK]
        choice = at_instant(group.leave_to, now)
        to = next(code for code, upto in zip(choice.codes, choice.cumulative, strict=True) if upto > u)
        if to == ELSEWHERE or self.has_vacancy(to, now):
            worker.group, worker.occasion_at, worker.productive_at = None, math.inf, math.inf
            self.row(number, now, left=1, other=to)
            if to != ELSEWHERE:
                self.join(worker, to, now, number)
        else:
            self.plan_occasion(worker, now)

    def plan_occasion(self, worker: Worker, now: float) -> None:
        """A unit exponential is used up at the hazard of each stretch in turn."""
        assert worker.group is not None
        group = self.network.staff[worker.group]
        life = float((-np.log1p(-self.uniforms(worker, "leave", group.name)))[worker.index % BLOCK])
        worker.occasion_at = math.inf
        edges = [at for at, _ in group.leavers if at > now] + [self.network.end]
        at = now
        for edge in edges:
            hazard = at_instant(group.leavers, at)
            if hazard * (edge - at) > life:
                worker.occasion_at = on_grid(at + life / hazard)
                return
            life -= hazard * (edge - at)
            at = edge

    def uniforms(self, worker: Worker, what: str, group: str) -> Any:
        """A block of uniforms for somebody's next draw for a purpose."""
        n = worker.counts.get((group, what), 0)
        worker.counts[group, what] = n + 1
        layer = Layer(self.network.staff[worker.home].name, worker.layer)
        first = worker.index // BLOCK * BLOCK
        return self.streams.uniforms(("staff", group, what), layer, first, BLOCK, n)

    def candidates(self, number: int) -> list[Worker]:
        """The points below the rate of a field whose layers lie between 0, 1, 2, 4, 8 ... a day."""
        group = self.network.staff[number]
        length = self.network.end - self.network.start
        highest = max(rate for _, rate in group.joiners.base)
        found: list[Worker] = []
        low, high, order = 0.0, 1.0, 0
        while low < highest:
            layer = Layer(group.name, str(order))
            count = int(length * (high - low) * 2 + 100)
            gaps = -np.log1p(-self.streams.uniforms(("staff", group.name, "gap"), layer, 0, count)) / (
                high - low
            )
            heights = self.streams.uniforms(("staff", group.name, "height"), layer, 0, count)
            times = on_grid(self.network.start + np.cumsum(gaps))
            assert times[-1] > self.network.end
            for index, (at, height) in enumerate(zip(times.tolist(), heights.tolist(), strict=True)):
                rate = at_instant(group.joiners.base, at)
                if at < self.network.end and low + (high - low) * height < rate:
                    found.append(Worker(number, layer.layer, index, at))
            low, high, order = high, high * 2, order + 1
        return found


def at_instant(pieces: Sequence[tuple[float, Any]], now: float) -> Any:
    """What holds at an instant; the first piece also before it."""
    return [value for at, value in pieces if at <= now or at == pieces[0][0]][-1]


def plain_capacities(network: Network, rows: list[Row]) -> list[tuple[float, int, str, Any]]:
    """(instant, service, field, value from then on) wherever a capacity becomes another, after the start."""
    found: list[tuple[float, int, str, Any]] = []
    for number, service in enumerate(network.services):
        if service.staffed is None:
            continue
        own = [row for row in rows if row[0] == service.staffed.group]
        instants = {row[1] for row in own} | {at for at, _ in service.staffed.worth}
        before = service.capacity
        for at in sorted(instants - {network.start}):
            productive = [row[4] for row in own if row[1] <= at][-1]
            capacity = what_they_do(service, productive * at_instant(service.staffed.worth, at))
            if capacity != before:
                found.append((at, number, "capacity", capacity))
            before = capacity
    return found + plain_capacities_of_providers(network, rows)


def plain_capacities_of_providers(network: Network, rows: list[Row]) -> list[tuple[float, int, str, Any]]:
    """Of services some of whose providers' capacity is what staff do: looked at whenever anything happens."""
    found: list[tuple[float, int, str, Any]] = []
    for number, service in enumerate(network.services):
        staffed = [provider.staffed for provider in service.providers]
        if not any(staffed):
            continue
        declared = [
            (change.at, change.value)
            for change in network.changes
            if (change.service, change.field) == (number, "capacities")
        ]
        instants = {at for at, _ in declared} | {row[1] for row in rows}
        instants |= {at for each in staffed if each is not None for at, _ in each.worth}
        before = service.capacities
        for at in sorted(instants - {network.start}):
            after = list(at_instant([(network.start, service.capacities), *declared], at))
            for k, each in enumerate(staffed):
                if each is not None:
                    able = [row[4] for row in rows if row[0] == each.group and row[1] <= at][-1]
                    after[k] = what_they_do(service, able * at_instant(each.worth, at))
            if sum(after) != sum(before):
                found.append((at, number, "capacity", sum(after)))
            if tuple(after) != before:
                found.append((at, number, "capacities", tuple(after)))
            before = tuple(after)
    return found


def what_they_do(service: Service, amount: float) -> int:
    """Whole minutes, halves up, or places rounded down; a billionth does not count."""
    amount = round(amount, 9)
    return math.floor(amount + 0.5) if service.in_hours else math.floor(amount)
