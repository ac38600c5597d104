"""Rule 12: a circle of full services whose people all wait for each other, and how it is undone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from caresim.engine.person import Person
from caresim.engine.pools import Pool, Provider
from caresim.engine.queues import Standing
from caresim.engine.resource import Resource

Place: TypeAlias = Resource | Provider
"""Whose places are held: a service, or each of its providers by itself."""
Move: TypeAlias = tuple[Standing, Place]
"""Somebody, and where they are admitted."""


class Deadlocks:
    """Looks for deadlocks among the services whose routes allow one."""

    def __init__(self, services: list[Resource]) -> None:
        """`services` in order of name: those that can be in a deadlock."""
        self._places: list[Place] = [place for each in services for place in _places_of(each)]
        self._left: set[tuple[int, ...]] = set()
        """Circles (people by rank) that could not move, counted already."""
        self.suspected = True
        """Something happened since the last look that can close a circle: who stands in fewer queues or in
        a new one, a service that filled, one that is still full though somebody left, one that opened."""
        for place in self._places:
            place.holders = {}

    def find(self) -> tuple[list[Move], list[list[Move]]]:
        """The moves of the circle to undo, [] if none; and circles newly met that cannot move.

        The set is the largest there is. Where the search ends at services nobody in the set
        waits for, these can be in no circle and are passed over in a second search.
        """
        self.suspected = False
        deadlocked = self._largest_set()
        left: list[list[Move]] = []
        while deadlocked:
            dead_ends: set[Place] = set()
            for first in deadlocked:
                circle, dead_end = _circle(first, deadlocked)
                if dead_end is not None:
                    dead_ends.add(dead_end)
                elif _can_move(circle):
                    return circle, left
                else:
                    people = tuple(sorted(standing.rank for standing, _ in circle))
                    if people not in self._left:
                        self._left.add(people)
                        left.append(circle)
            if not dead_ends:
                break
            deadlocked = [place for place in deadlocked if place not in dead_ends]
        return [], left

    def _largest_set(self) -> list[Place]:
        """Open places (services or providers), none free, held by people who wait only for each other."""
        full = [
            place
            for place in self._places
            if place.n_care_over == place.n_people
            # Nobody in the queue of a service in hours can be admitted: settle has just tried.
            and (place.in_hours or place.held >= place.capacity)
            and place.is_open
        ]
        chosen = set(full)
        held_up_by: dict[Place, list[Place]] = {}
        not_stuck = []
        for place in full:
            for awaited in _awaited_by_all(place):
                if awaited not in chosen:
                    not_stuck.append(place)
                    break
                held_up_by.setdefault(awaited, []).append(place)
        while not_stuck:
            free = not_stuck.pop()
            if free in chosen:
                chosen.remove(free)
                not_stuck += held_up_by.get(free, [])
        return [place for place in full if place in chosen]


def _places_of(service: Resource) -> Sequence[Place]:
    return service.providers or [service]


def _awaited_by_all(place: Place) -> Iterator[Place | None]:
    """What each of those who hold a place waits for; None of somebody who waits for nothing."""
    assert place.holders is not None
    for person in place.holders.values():
        if person.wait is None:
            yield None
            continue
        for standing in (person.wait, *person.stand_ins):
            if standing.takers is None:
                yield standing.service
            else:
                yield from standing.takers.awaited()


def _held_by(person: Person) -> Place | None:
    service = person.place
    return service.provider_of(person) if isinstance(service, Pool) else service


def _circle(first: Place, deadlocked: list[Place]) -> tuple[list[Move], Place | None]:
    """From a place to the one held by the first who waits for it, until one recurs; or where that ends."""
    among = set(deadlocked)
    path: list[Place] = []
    moves: list[Move] = []
    place = first
    while place not in path:
        path.append(place)
        standing = next((s for s in place.queue if _held_by(s.person) in among), None)
        if standing is None:
            return [], place
        moves.append((standing, place))
        held = _held_by(standing.person)
        assert held is not None
        place = held
    return moves[path.index(place) :], None


def _can_move(circle: list[Move]) -> bool:
    """All of them at once: each amount fits in what the circle leaves free."""
    freed = {_held_by(standing.person): standing.person.amount for standing, _ in circle}
    return all(
        place.held - freed[place] + standing.amount <= place.capacity and place.is_open
        for standing, place in circle
    )
