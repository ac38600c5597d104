"""Closures for the plain engine: who must move, who does, and who is put out on the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caresim.network.network import EMPTY, MOVING, Choice, Table
from caresim.records.recorder import LEFT, NOBODY, WHY_CLOSED
from engine.plain_people import Person, Standing, Stay

if TYPE_CHECKING:
    from engine.plain_engine import PlainEngine

FIRST = 0
"""A class before all others."""


class PlainClosures:
    """What the closures of providers do to people."""

    def __init__(self, engine: PlainEngine) -> None:
        self.engine = engine
        self.now_out: list[tuple[Standing, Table[Choice]]] = []
        """Who was put out in this event, and where they are to go if nobody has them in it."""

    def at_start(self) -> None:
        for number, service in enumerate(self.engine.services):
            self.act(number, service.closures, service.closures)

    def act(self, service: int, before: tuple[int, ...], states: tuple[int, ...]) -> None:
        """Everybody with a provider whose closure is another now, or was there at the start."""
        engine = self.engine
        for k, (was, state) in enumerate(zip(before, states, strict=True)):
            there = [] if engine.services[service].in_place else engine.holders(service)
            for person in there:
                stay = next(stay for stay in self.held_by(person) if stay.service == service)
                if stay.provider != k:
                    continue
                if state == MOVING and (was != state or engine.now == engine.network.start):
                    self.must_move(person)
                elif state == EMPTY and (was != state or engine.now == engine.network.start):
                    engine.concern(self.put_out(person, stay))
                elif was == MOVING and state != MOVING:
                    engine.concern(self.stays(person))

    @staticmethod
    def held_by(person: Person) -> list[Stay]:
        kept = person.away.stay if person.away and person.away.is_kept else None
        return [stay for stay in (person.place, kept) if stay]

    def must_move(self, person: Person) -> None:
        """Whoever is in care stands before everybody else, and is cared for meanwhile."""
        place = person.place
        if place is None or place.is_ready or person.stand_in:
            return
        states = self.engine.services[place.service].closures
        if place.provider is not None and states[place.provider] == MOVING:
            person.mover = self.stand(person, place)
            self.engine.concern([place.service])

    def stand(self, person: Person, stay: Stay) -> Standing:
        standing = Standing(
            person=person,
            service=stay.service,
            since=self.engine.now,
            priority=FIRST,
            amount=stay.amount,
            why=WHY_CLOSED,
            goes_on=stay,
            moves=True,
        )
        self.engine.count_if_never(standing)
        return standing

    def move(self, standing: Standing) -> set[int]:
        """With another provider care goes on as it is: it is the same stay to its planned events."""
        engine, person = self.engine, standing.person
        stay = person.place
        assert stay is not None
        engine.rows.flow(engine.now, person, standing.service, WHY_CLOSED)
        engine.rows.stay(person, stay, engine.now, standing.service, LEFT)
        person.mover = None
        stay.requested_at, stay.admitted_at, stay.came_from = standing.since, engine.now, standing.service
        stay.provider = standing.offered
        engine.admitted_today[standing.service] += 1
        engine.begin_with_provider(standing)
        return {standing.service}

    def stays(self, person: Person) -> set[int]:
        """They need no other place any more."""
        standing, person.mover = person.mover, None
        if standing is None:
            return set()
        self.engine.rows.standing(standing, self.engine.now, NOBODY, LEFT)
        return {standing.service}

    def put_out(self, person: Person, stay: Stay) -> set[int]:
        """In care they go on waiting for such a place; ready, for what they wait for; away, for nothing."""
        engine = self.engine
        engine.rows.count(engine.now, "put_out", stay.service)
        assert stay.provider is not None
        to = engine.services[stay.service].put_out_to[stay.provider]
        if person.away and person.away.stay is stay:
            person.away.put_out_to = to
            return engine.keep_no_longer(person, person.away, LEFT)
        if person.away and not stay.is_ready:
            # In hospital, from care elsewhere: they go back to it.
            away = person.away
            concerned = self.stays(person) | engine.reviews.care_is_over(person)
            concerned |= engine.give_up_place(person, away.stay.service, LEFT)
            engine.go_back(person, away, concerned)
            return concerned
        if stay.is_ready or person.stand_in:
            awaited = person.main.service if person.main else person.step.service if person.step else NOBODY
            return engine.give_up_place(person, awaited, LEFT)
        standing, person.mover = person.mover or self.stand(person, stay), None
        off = engine.reviews.goes_to_hospital(person)
        stay.stretch += 1
        stay.given = engine.now - stay.cared_since
        stay.review, person.review = person.review, None
        freed = engine.give_up_place(person, stay.service, LEFT)
        standing.moves = False
        person.main, person.goes_on = standing, None
        engine.plan_patience(person, standing)
        if to is not None:
            self.now_out.append((standing, to))
        return {*off, *freed, stay.service}

    def send_on(self) -> bool:
        """After settle: the first of those who still stand; False if there is nobody."""
        still = [(one, to) for one, to in self.now_out if one.person.is_here and one.person.main is one]
        self.now_out = still[1:]
        for standing, to in still[:1]:
            engine, person = self.engine, standing.person
            target = engine.draws.closed_else(person.rank, standing.service, to, person.codes)
            concerned = engine.leave_queues(person, target, LEFT)
            engine.go_on(person, target, WHY_CLOSED, concerned)
        return bool(still)
