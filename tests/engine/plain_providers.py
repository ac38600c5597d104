"""Providers for the plain engine: who takes whom, what each has left, and who is next for whose place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Protocol

from caresim.network.network import OPEN, Service
from engine.plain_people import Person, Standing, Stay


class System(Protocol):
    """What the rules look at."""

    now: float
    services: list[Service]

    def queue(self, service: int) -> list[Standing]: ...
    def stays(self, service: int) -> list[Stay]: ...


class Providers:
    """All providers of a system, each known by its service and its number there."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.clocks: dict[tuple[int, int, str], Any] = {}
        """("opens" or "intake" of a provider) -> whether it is open; how many may start today (None: any)."""
        self.started: dict[tuple[int, int], int] = {}
        """Starts today."""

    def clock_changes(self) -> Iterator[tuple[float, str, int, Any]]:
        """(instant, what, service, (provider, what holds from then on)); the first of a clock holds at once."""
        for number, service in enumerate(self.system.services):
            for k, provider in enumerate(service.providers):
                changes = [(at, "provider opens", (k, is_open)) for at, is_open in provider.opens]
                for rows in (changes, [(at, "provider intake", (k, *row)) for at, *row in provider.intake]):
                    for place, (at, what, value) in enumerate(rows):
                        if place == 0:
                            self.set_clock(what, number, value)
                        else:
                            yield at, what, number, value

    def set_clock(self, what: str, service: int, value: Any) -> None:
        if what == "provider opens":
            k, is_open = value
            self.clocks[service, k, "opens"] = is_open
        else:
            k, limit, new_day = value
            self.clocks[service, k, "intake"] = limit
            if new_day:
                self.started[service, k] = 0

    def fix(self, standing: Standing) -> None:
        """Who takes somebody who begins to stand, as they are now."""
        standing.is_for_providers = bool(self.system.services[standing.service].providers)
        standing.taking = self.taking(standing.service, standing.person.codes)

    def count_start(self, service: int, k: int) -> None:
        self.started[service, k] = self.started.get((service, k), 0) + 1

    def taking(self, service: int, codes: list[int]) -> list[int]:
        """Those that take somebody."""
        return [
            k
            for k, provider in enumerate(self.system.services[service].providers)
            if all(codes[attribute] in values for attribute, values in provider.takes)
        ]

    def held(self, service: int, k: int) -> int:
        return sum(stay.amount_now for stay in self.system.stays(service) if stay.provider == k)

    def free(self, service: int, k: int) -> int:
        return self.system.services[service].capacities[k] - self.held(service, k)

    def admits(self, service: int, k: int) -> bool:
        """Within its own hours, and with starts of its own left today."""
        limit = self.clocks.get((service, k, "intake"))
        return (
            not self.is_closed(service, k)
            and self.clocks.get((service, k, "opens"), True)
            and (limit is None or self.started.get((service, k), 0) < limit)
        )

    def is_closed(self, service: int, k: int) -> bool:
        return self.system.services[service].closures[k] != OPEN

    def best(self, service: int, could: list[int]) -> int:
        """Of those that could have somebody, the first by rank, then by what is free, then by number."""
        ranks = self.system.services[service].fill
        return min(could, key=lambda k: (ranks[k], -self.free(service, k), k))

    def next_due(self, service: int) -> Standing | None:
        """The first whose amount fits with a provider that is not kept for somebody before them."""
        rules = self.system.services[service]
        kept: set[int] = set()
        for standing in self.system.queue(service):
            asked = standing.amount_asked
            left = [k for k in standing.taking if k not in kept]
            fits = [k for k in left if self.admits(service, k) and self.free(service, k) >= asked]
            if fits:
                standing.offered = self.best(service, fits)
                return standing
            if rules.skip_until is None or self.system.now - standing.since >= rules.skip_until:
                kept |= {k for k in left if rules.capacities[k] >= asked}
        return None

    def never_fits(self, standing: Standing) -> bool:
        """Nobody takes them who is large enough, as things are."""
        rules = self.system.services[standing.service]
        least = standing.amount_asked if rules.in_hours else 0
        return all(rules.capacities[k] < least for k in standing.taking)

    def at_start(self, service: int, person: Person, amount: int) -> int:
        """Whose place somebody of the census holds."""
        everybody = list(range(len(self.system.services[service].providers)))
        taking = self.taking(service, person.codes) or everybody
        taking = [k for k in taking if not self.is_closed(service, k)] or taking
        fits = [k for k in taking if self.free(service, k) >= amount]
        if fits:
            return self.best(service, fits)
        return max(taking, key=lambda k: (self.free(service, k), -k))


def capacity_of(service: Service, k: int | None) -> float:
    """Of a service, or of one of its providers."""
    capacity = service.capacity if k is None else service.capacities[k]
    return math.inf if capacity is None else capacity
