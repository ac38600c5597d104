"""What the plain engine tells the recorder: rows of time by looking again after every event, the rest at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from caresim.network.network import OPEN, Network, Service
from caresim.records.recorder import AWAY, AWAY_UNPAID, BRIDGING, COUNTERS, DELAYED, IN_CARE, NOBODY, Recorder
from engine.plain_people import NEVER, Person, Standing, Stay

Row = tuple[int, ...]
"""A `held` or `queued` row but for its start and end."""


class Rows:
    """The rows of one run."""

    def __init__(self, network: Network, recorder: Recorder) -> None:
        self.network = network
        self.recorder = recorder
        self.held: dict[Stay, tuple[Row, float]] = {}
        """Rows that are not over, each with its start."""
        self.queued: dict[Standing, tuple[Row, float]] = {}
        self.places: dict[Stay, tuple[Row, float]] = {}
        """Likewise, of places of providers."""
        self.first = network.first_providers()
        self.classes: dict[tuple[int, ...], int] = {}

    def observe(self, now: float, people: Iterable[Person]) -> None:
        """Close the rows that no longer hold and open those that do."""
        held: dict[Stay, Row] = {}
        queued: dict[Standing, Row] = {}
        for person in people:
            class_ = self.class_of(person)
            if person.place:
                state, awaited = state_of(person)
                amount = person.place.amount_now
                held[person.place] = (person.rank, person.place.service, state, awaited, amount, class_)
            if person.step:
                amount = person.step.amount_now
                held[person.step] = (person.rank, person.step.service, IN_CARE, NOBODY, amount, class_)
            if person.away and person.away.is_kept:
                stay = person.away.stay
                state = AWAY if now < person.away.paid_until else AWAY_UNPAID
                held[stay] = (person.rank, stay.service, state, NOBODY, stay.amount_now, class_)
            where = person.place.service if person.place else NOBODY
            review = person.review
            if review and review.under_way:
                stay = review.under_way
                held[stay] = (person.rank, stay.service, IN_CARE, NOBODY, stay.amount_now, class_)
            others = [review.standing if review else None, person.mover]
            for standing in [*person.standings, *(one for one in others if one)]:
                queued[standing] = (person.rank, standing.service, where, class_)
        places = {
            stay: (self.first[stay.service] + stay.provider, person.rank, stay.amount_now)
            for person in people
            for stay in (
                person.place,
                person.step,
                person.away.stay if person.away else None,
                person.review.under_way if person.review else None,
            )
            if stay in held and stay.provider is not None
        }
        compare(now, self.places, places, self.recorder.place)
        compare(now, self.held, held, self.recorder.held)
        compare(now, self.queued, queued, self.recorder.queued)

    def finish(self, now: float, streams: list[int]) -> None:
        """Close all rows, and say which class and stream is which."""
        self.observe(now, [])
        shape = (len(self.classes), len(self.network.attributes))
        self.recorder.classes = np.array(list(self.classes), dtype=np.int64).reshape(shape)
        self.recorder.streams = np.array(streams, dtype=np.int64)

    def stay(self, person: Person, stay: Stay, left_at: float, went_to: int, outcome: int) -> None:
        """Somebody left a place, or a step is over."""
        times = (stay.requested_at, stay.admitted_at, stay.ready_at, left_at)
        after = (stay.amount_now, stay.came_from, went_to, outcome, self.class_of(person))
        self.recorder.stay((person.rank, stay.service, *times, *after))

    def standing(self, standing: Standing, left_at: float, went_to: int, outcome: int) -> None:
        """Somebody left a queue unadmitted."""
        person = standing.person
        times = (standing.since, NEVER, NEVER, left_at)
        after = (standing.amount_asked, self.last_service(person), went_to, outcome, self.class_of(person))
        self.recorder.stay((person.rank, standing.service, *times, *after))

    def flow(self, now: float, person: Person, target: int, why: int) -> None:
        self.recorder.flow((now, person.origin, target, why, self.class_of(person), person.rank))

    def capacity(self, now: float, service: int, capacity: int | None) -> None:
        self.recorder.capacity((service, now, math.inf if capacity is None else capacity))

    def providers(self, now: float, number: int, service: Service) -> None:
        """What each provider of a service has from now on."""
        for k, capacity in enumerate(service.capacities):
            self.recorder.provider((self.first[number] + k, now, capacity, service.closures[k] != OPEN))

    def taken(self, now: float, service: int, provider: int, person: Person) -> None:
        self.recorder.taken((self.first[service] + provider, now, person.rank))

    def count(self, now: float, what: str, service: int) -> None:
        self.recorder.counter((now, service, COUNTERS.index(what)))

    def class_of(self, person: Person) -> int:
        return self.classes.setdefault(tuple(person.codes), len(self.classes))

    def last_service(self, person: Person) -> int:
        """The last service that gave a place, else NOBODY."""
        return person.origin if person.origin < len(self.network.services) else NOBODY


def compare(
    now: float, rows: dict[Any, tuple[Row, float]], current: dict[Any, Row], record: Callable[[Any], None]
) -> None:
    """Bring open rows up to what holds now; one that took no time is not recorded."""
    for thing, (row, start) in list(rows.items()):
        if current.get(thing) != row:
            del rows[thing]
            if now > start:
                record((*row, start, now))
    for thing, row in current.items():
        rows.setdefault(thing, (row, now))


def state_of(person: Person) -> tuple[int, int]:
    """State of whoever holds a place, and what a delay or bridging counts under."""
    assert person.place is not None
    awaited = person.step or person.main
    if person.stand_in is None and not person.place.is_ready:
        return IN_CARE, NOBODY
    assert awaited is not None
    return (DELAYED if person.stand_in is None else BRIDGING), awaited.service
