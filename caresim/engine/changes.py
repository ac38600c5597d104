"""What changes by the calendar (kind 1): dated values, openings and closings, a new day's intake."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from caresim.engine.resource import Resource
from caresim.engine.timers import CHANGE, Timer
from caresim.network.network import Change, Network

if TYPE_CHECKING:
    from caresim.engine.simulation import Simulation

Action = Callable[[], Resource | None]
"""Makes one change; gives the service that settle must look at, if any."""


class Changes:
    """All changes of an instant are one event; what holds at the start is set before anybody is there."""

    def __init__(self, simulation: Simulation, network: Network) -> None:
        self._simulation = simulation
        due = self._all(network)
        for action in due.pop(network.start, []):
            action()
        for service in simulation.services:
            simulation.recorder.capacity((service.number, network.start, service.capacity))
        self._to_come: Iterator[tuple[float, list[Action]]] = iter(sorted(due.items()))
        self._expect()

    def _all(self, network: Network) -> dict[float, list[Action]]:
        due: dict[float, list[Action]] = {}
        for service, declared in zip(self._simulation.services, network.services, strict=True):
            for at, is_open in declared.opens:
                due.setdefault(max(at, network.start), []).append(_opening(service, is_open))
            for at, limit, new_day in declared.intake:
                due.setdefault(max(at, network.start), []).append(_intake(service, limit, new_day))
        for change in (*network.changes, *self._simulation.people.capacity):
            due.setdefault(max(change.at, network.start), []).append(self._dated(change))
        return due

    def _expect(self) -> None:
        entry = next(self._to_come, None)
        if entry is not None:
            self._simulation.timers.set(entry[0], CHANGE, 0, self._on_change, entry[1])

    def _on_change(self, timer: Timer) -> None:
        simulation = self._simulation
        simulation.now = timer.at
        actions: list[Action] = timer.subject  # type: ignore[assignment]
        for action in actions:
            service = action()
            if service is not None:
                simulation.touched.append(service)
        simulation.suspect_deadlock()
        simulation.settle()
        self._expect()

    def _dated(self, change: Change) -> Action:
        simulation = self._simulation

        def act() -> Resource | None:
            if change.service < 0:
                simulation.mortality.set(change.value)
                self._everybody_anew()
                return None
            service = simulation.services[change.service]
            service.set(change.field, change.value)
            if change.field == "mortality":
                self._everybody_anew()
            elif change.field == "away":
                simulation.absences.everybody_anew(service)
            if change.field != "capacity":
                return None
            if change.at > simulation.network.start:
                simulation.recorder.capacity((service.number, simulation.now, service.capacity))
            return service

        return act

    def _everybody_anew(self) -> None:
        for person in self._simulation.inside.values():
            self._simulation.mortality.update(person, self._simulation.now)


def _opening(service: Resource, is_open: bool) -> Action:
    def act() -> Resource:
        service.within_hours = is_open
        return service

    return act


def _intake(service: Resource, limit: int | None, new_day: bool) -> Action:
    def act() -> Resource:
        service.intake = math.inf if limit is None else limit
        if new_day:
            service.started = 0
        return service

    return act
