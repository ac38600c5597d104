"""Rule 12: a circle of full services whose people all wait for each other, and how it is undone."""

from __future__ import annotations

from collections.abc import Iterator

from caresim.engine.queues import Standing
from caresim.engine.resource import Resource


class Deadlocks:
    """Looks for deadlocks among the services whose routes allow one."""

    def __init__(self, services: list[Resource]) -> None:
        """`services` in order of name: those that can be in a deadlock."""
        self._services = services
        self._left: set[tuple[int, ...]] = set()
        """Circles (people by rank) that could not move, counted already."""
        self.suspected = True
        """Something happened since the last look that can close a circle: who stands in fewer queues or in
        a new one, a service that filled, one that is still full though somebody left, one that opened."""
        for service in services:
            service.holders = {}

    def find(self) -> tuple[list[Standing], list[list[Standing]]]:
        """The standings of the circle to move, [] if none; and those newly met that cannot move.

        The set is the largest there is. Where the search ends at services nobody in the set
        waits for, these can be in no circle and are passed over in a second search.
        """
        self.suspected = False
        deadlocked = self._largest_set()
        left: list[list[Standing]] = []
        while deadlocked:
            dead_ends: set[Resource] = set()
            for first in deadlocked:
                circle, dead_end = _circle(first, deadlocked)
                if dead_end is not None:
                    dead_ends.add(dead_end)
                elif _can_move(circle):
                    return circle, left
                else:
                    people = tuple(sorted(standing.rank for standing in circle))
                    if people not in self._left:
                        self._left.add(people)
                        left.append(circle)
            if not dead_ends:
                break
            deadlocked = [service for service in deadlocked if service not in dead_ends]
        return [], left

    def _largest_set(self) -> list[Resource]:
        """Open services without a free place, all held by people who wait only for each other."""
        full = [
            service
            for service in self._services
            if service.n_care_over == service.n_people
            # Nobody in the queue of a service in hours can be admitted: settle has just tried.
            and (service.in_hours or service.held >= service.capacity)
            and service.is_open
        ]
        chosen = set(full)
        held_up_by: dict[Resource, list[Resource]] = {}
        not_stuck = []
        for service in full:
            for awaited in _awaited_by_all(service):
                if awaited not in chosen:
                    not_stuck.append(service)
                    break
                held_up_by.setdefault(awaited, []).append(service)
        while not_stuck:
            free = not_stuck.pop()
            if free in chosen:
                chosen.remove(free)
                not_stuck += held_up_by.get(free, [])
        return [service for service in full if service in chosen]


def _awaited_by_all(service: Resource) -> Iterator[Resource | None]:
    """What each of those who hold a place waits for; None of somebody who waits for nothing."""
    assert service.holders is not None
    for person in service.holders.values():
        yield person.wait.service if person.wait is not None else None
        for standing in person.stand_ins:
            yield standing.service


def _circle(first: Resource, deadlocked: list[Resource]) -> tuple[list[Standing], Resource | None]:
    """From a service to the one held by the first who waits for it, until one recurs; or where that ends."""
    among = set(deadlocked)
    path: list[Resource] = []
    standings: list[Standing] = []
    service = first
    while service not in path:
        path.append(service)
        standing = next((s for s in service.queue if s.person.place in among), None)
        if standing is None:
            return [], service
        standings.append(standing)
        assert standing.person.place is not None
        service = standing.person.place
    return standings[path.index(service) :], None


def _can_move(circle: list[Standing]) -> bool:
    """All of them at once: each amount fits in what the circle leaves free."""
    freed = {standing.person.place: standing.person.amount for standing in circle}
    return all(
        standing.service.held - freed[standing.service] + standing.amount <= standing.service.capacity
        and standing.service.is_open
        for standing in circle
    )
