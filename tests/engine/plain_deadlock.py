"""Rule 12 for the plain engine: which services are in deadlock, and which circle of people moves."""

from __future__ import annotations

from typing import Protocol

from caresim.network.network import Service
from engine.plain_people import Person, Standing


class System(Protocol):
    """What the rule looks at."""

    services: list[Service]

    def admits(self, service: int) -> bool: ...
    def has_intake_left(self, service: int) -> bool: ...
    def next_due(self, service: int) -> Standing | None: ...
    def held(self, service: int) -> int: ...
    def holders(self, service: int) -> list[Person]: ...
    def queue(self, service: int) -> list[Standing]: ...


class Deadlock:
    """The search of rule 12 over a system as it stands."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.left: list[list[Standing]] = []
        """Circles found that cannot move."""

    def cycle_to_move(self) -> list[Standing]:
        """The circle that moves next, [] if there is none.

        A walk may end at a service in whose queue nobody holds a place in the set. Where no walk
        finds a circle that can move, those services are left out and the search begins again.
        """
        walked = self.deadlocked_set()
        while walked:
            ends = set()
            for first in sorted(walked):
                cycle, end = self.walk(first, walked)
                if not cycle:
                    ends.add(end)
                elif self.can_move(cycle):
                    return cycle
                else:
                    self.left.append(cycle)
            if not ends:
                return []
            walked -= ends
        return []

    def deadlocked_set(self) -> set[int]:
        """The largest set of rule 12: begin with all that could be in it, take out what cannot."""
        found = {
            number
            for number, service in enumerate(self.system.services)
            if service.capacity is not None
            and not service.in_place
            and self.system.admits(number)
            and not self.has_free_place(number)
        }
        while True:
            stuck = {
                one for one in found if all(is_stuck(person, found) for person in self.system.holders(one))
            }
            if stuck == found:
                return found
            found = stuck

    def has_free_place(self, service: int) -> bool:
        """Of one in hours: somebody in its queue could be admitted."""
        if self.system.services[service].in_hours:
            return self.system.next_due(service) is not None
        capacity = self.system.services[service].capacity
        return capacity is None or self.system.held(service) < capacity

    def walk(self, first: int, among: set[int]) -> tuple[list[Standing], int]:
        """From a service to the first in its queue who holds a place in the set, to that place, and so on.

        Returns:
            The circle that was closed, from the service that recurred, or [] and the service at which the walk ended.
        """
        services: list[int] = [first]
        standings: list[Standing] = []
        while True:
            holders = [one for one in self.system.queue(services[-1]) if place_of(one) in among]
            if not holders:
                return [], services[-1]
            standings.append(holders[0])
            service = place_of(holders[0])
            assert service is not None
            if service in services:
                return standings[services.index(service) :], service
            services.append(service)

    def can_move(self, cycle: list[Standing]) -> bool:
        """Whether all amounts fit once everybody of the circle has given up their place."""
        leaving = {one.person.place.service: one.person.place for one in cycle if one.person.place}
        for one in cycle:
            capacity = self.system.services[one.service].capacity
            given_up = leaving[one.service].amount_now
            if (
                capacity is not None
                and self.system.held(one.service) - given_up + one.amount_asked > capacity
            ):
                return False
            if not self.system.has_intake_left(one.service):
                return False
        return True


def is_stuck(person: Person, deadlocked: set[int]) -> bool:
    """Delayed (or bridging after the care there has ended), and every awaited service in the set."""
    if person.place is None or not person.place.is_ready or not person.standings:
        return False
    return all(standing.service in deadlocked for standing in person.standings)


def place_of(standing: Standing) -> int | None:
    """The service whose place somebody in a queue holds."""
    return None if standing.person.place is None else standing.person.place.service
