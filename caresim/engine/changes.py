"""What changes by the calendar (kind 1): dated values, openings and closings, a new day's intake."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from caresim.engine.pools import Pool, Provider
from caresim.engine.resource import Resource
from caresim.engine.staff import has_staffed_providers
from caresim.engine.timers import CHANGE, Timer
from caresim.network.network import Change, Network, Service
from caresim.network.network import Provider as Declared

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
            self._tell(service, network.start)
        self._to_come: Iterator[tuple[float, list[Action]]] = iter(sorted(due.items()))
        self._expect()

    def _all(self, network: Network) -> dict[float, list[Action]]:
        due: dict[float, list[Action]] = {}
        for service, declared in zip(self._simulation.services, network.services, strict=True):
            clocks: list[tuple[Resource | Provider, Service | Declared]] = [(service, declared)]
            clocks += zip(service.providers, declared.providers, strict=True)
            for whose, clock in clocks:
                for at, is_open in clock.opens:
                    due.setdefault(max(at, network.start), []).append(_opening(service, whose, is_open))
                for at, limit, new_day in clock.intake:
                    due.setdefault(max(at, network.start), []).append(_intake(service, whose, limit, new_day))
        of_staff = {number for number, each in enumerate(network.services) if has_staffed_providers(each)}
        others = (
            change
            for change in network.changes
            if change.service not in of_staff or change.field not in ("capacity", "capacities")
        )
        # What there is comes before a closure: who is put out is held against it.
        for change in (*self._simulation.people.capacity, *others):
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
            if isinstance(service, Pool) and change.field == "closures":
                simulation.closures.set(service, change.value)
            else:
                service.set(change.field, change.value)
            if change.field == "mortality":
                self._everybody_anew()
            elif change.field == "away":
                simulation.absences.everybody_anew(service)
            if change.field not in ("capacity", "capacities", "closures"):
                return None
            if change.at > simulation.network.start:
                if change.field == "capacity":
                    simulation.recorder.capacity((service.number, simulation.now, service.capacity))
                else:
                    self._tell(service, simulation.now)
            return service

        return act

    def _tell(self, service: Resource, now: float) -> None:
        """What each provider of a service has from now on."""
        for provider in service.providers:
            row = provider.number, now, provider.capacity, provider.is_closed
            self._simulation.recorder.provider(row)

    def _everybody_anew(self) -> None:
        for person in self._simulation.inside.values():
            self._simulation.mortality.update(person, self._simulation.now)


def _opening(service: Resource, whose: Resource | Provider, is_open: bool) -> Action:
    """Of the service itself, or of one of its providers."""

    def act() -> Resource:
        whose.within_hours = is_open
        return service

    return act


def _intake(service: Resource, whose: Resource | Provider, limit: int | None, new_day: bool) -> Action:
    def act() -> Resource:
        whose.intake = math.inf if limit is None else limit
        if new_day:
            whose.started = 0
        return service

    return act
