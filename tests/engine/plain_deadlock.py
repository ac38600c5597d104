"""Rule 12 for the plain engine: which services are in deadlock, and which circle of people moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeAlias

from caresim.network.network import Service
from engine.plain_people import Person, Standing, Stay
from engine.plain_providers import Providers, capacity_of

Place: TypeAlias = tuple[int, int]
"""What can be held: (service, provider) or, of a service with a capacity of its own, (service, OWN)."""
OWN = -1


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

    def __init__(self, system: System, providers: Providers) -> None:
        self.system = system
        self.providers = providers
        self.left: list[list[Standing]] = []
        """Circles found that cannot move."""

    def cycle_to_move(self) -> list[Standing]:
        """The circle that moves next, [] if there is none.

        A walk may end at a place for which nobody stands who holds one in the set. Where no walk
        finds a circle that can move, those places are left out and the search begins again.
        """
        walked = self.deadlocked_set()
        while walked:
            ends = set()
            for first in sorted(walked):
                cycle, places, end = self.walk(first, walked)
                if not cycle:
                    ends.add(end)
                elif self.can_move(cycle, places):
                    for one, (_, provider) in zip(cycle, places, strict=True):
                        one.offered = None if provider == OWN else provider
                    return cycle
                else:
                    self.left.append(cycle)
            if not ends:
                return []
            walked -= ends
        return []

    def every_place(self) -> Iterator[Place]:
        for number, service in enumerate(self.system.services):
            if service.capacity is not None and not service.in_place:
                yield from ((number, k) for k in range(len(service.providers)) or (OWN,))

    def deadlocked_set(self) -> set[Place]:
        """The largest set of rule 12: begin with all that could be in it, take out what cannot."""
        found = {
            place for place in self.every_place() if self.is_open(place) and not self.has_free_place(place)
        }
        while True:
            stuck = {
                place for place in found if all(self.is_stuck(one, found) for one in self.holders(place))
            }
            if stuck == found:
                return found
            found = stuck

    def is_stuck(self, person: Person, deadlocked: set[Place]) -> bool:
        """Delayed (or bridging after the care there has ended), and every awaited place in the set."""
        if person.place is None or not person.place.is_ready or not person.standings:
            return False
        return all(place in deadlocked for standing in person.standings for place in self.awaited(standing))

    def awaited(self, standing: Standing) -> list[Place]:
        """The places somebody in a queue waits for: nobody waits for a provider that is closed."""
        if not standing.is_for_providers:
            return [(standing.service, OWN)]
        service = standing.service
        return [(service, k) for k in standing.taking if not self.providers.is_closed(service, k)]

    def is_open(self, place: Place) -> bool:
        service, k = place
        return self.system.admits(service) and (k == OWN or self.providers.admits(service, k))

    def holders(self, place: Place) -> list[Person]:
        """Who holds one, away included."""
        return [
            person
            for person in self.system.holders(place[0])
            if place in (place_of(person.place), place_of(person.away.stay if person.away else None))
        ]

    def held(self, place: Place) -> int:
        service, k = place
        return self.system.held(service) if k == OWN else self.providers.held(service, k)

    def capacity(self, place: Place) -> float:
        service, k = place
        return capacity_of(self.system.services[service], None if k == OWN else k)

    def has_free_place(self, place: Place) -> bool:
        """Of one in hours: somebody in its queue could be admitted."""
        if self.system.services[place[0]].in_hours:
            return self.system.next_due(place[0]) is not None
        return self.held(place) < self.capacity(place)

    def walk(self, first: Place, among: set[Place]) -> tuple[list[Standing], list[Place], Place]:
        """From a place to the first who stands for it and holds one in the set, to that place, and so on.

        Returns:
            The circle that was closed, from the place that recurred, with the place each moves to, or
            nobody and the place at which the walk ended.
        """
        places: list[Place] = [first]
        standings: list[Standing] = []
        while True:
            service, k = places[-1]
            for_it = [one for one in self.system.queue(service) if k == OWN or k in one.taking]
            holders = [one for one in for_it if place_of(one.person.place) in among]
            if not holders:
                return [], [], places[-1]
            standings.append(holders[0])
            place = place_of(holders[0].person.place)
            assert place is not None
            if place in places:
                since = places.index(place)
                return standings[since:], places[since:], place
            places.append(place)

    def can_move(self, cycle: list[Standing], places: list[Place]) -> bool:
        """Whether all amounts fit once everybody of the circle has given up their place."""
        leaving = {place_of(one.person.place): one.person.place for one in cycle}
        for one, place in zip(cycle, places, strict=True):
            given_up = leaving[place]
            assert given_up is not None
            if self.held(place) - given_up.amount_now + one.amount_asked > self.capacity(place):
                return False
            if not self.system.has_intake_left(one.service) or not self.is_open(place):
                return False
        return True


def place_of(stay: Stay | None) -> Place | None:
    """What somebody holds."""
    if stay is None:
        return None
    return stay.service, OWN if stay.provider is None else stay.provider
