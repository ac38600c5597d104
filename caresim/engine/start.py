"""The start census: people put where they are, admitting nobody and turning nobody away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caresim.engine.people import Start
from caresim.engine.person import Person
from caresim.engine.resource import Resource
from caresim.records.recorder import DELAYED

if TYPE_CHECKING:
    from caresim.engine.simulation import Simulation


def place_everybody(simulation: Simulation) -> None:
    """Everybody of the start, in order of rank; timers already due are set for the start."""
    people = simulation.people
    for rank, start in enumerate(people.start):
        person = simulation.enter(
            rank,
            simulation.n_origins - 1,
            int(people.class_[rank]),
            int(people.block[rank]),
            int(people.word[rank]),
        )
        _place(simulation, person, start)
    # A census may exceed the room, and whatever is free is offered at the start anyway.
    simulation.newcomers.clear()
    for service in simulation.services:
        service.started = 0
        for provider in service.providers:
            provider.started = 0


def _place(simulation: Simulation, person: Person, start: Start) -> None:
    now = simulation.now
    service = simulation.services[start.service]
    in_care = start.state == "in_care"
    person.process = simulation.journey(person, admitted=in_care)
    next(person.process)
    if start.state != "waiting":
        if service.in_place:
            person.step, person.step_amount = service, service.draw_amount(person)
            person.step_requested_at = person.step_admitted_at = now - start.elapsed
            service.take_at_start(person, person.step_amount)
        else:
            _give_place(simulation, person, service, start)
    if simulation.is_mortal:
        simulation.mortality.update(person, now)
    if in_care:
        if service.away is not None:
            simulation.absences.care_begins(person)
        if service.reviews is not None:
            simulation.reviews.in_care_at_start(person, service.reviews)
        simulation.time_care(person, service, now + start.remainder)
        if person.place is not None and service.taper(person) is not None:
            simulation.new_amount(person, service.tapered(person, now))
            simulation.plan_taper(person)
    else:
        waited_for = simulation.services[start.waiting_for]
        person.wait = simulation.stand(person, waited_for, None, now - start.waited)
        simulation.set_patience(person, person.wait)


def _give_place(simulation: Simulation, person: Person, service: Resource, start: Start) -> None:
    now = simulation.now
    person.place, person.amount = service, service.draw_amount(person)
    person.origin = service.number
    person.state_since = now
    person.care_time = start.elapsed + start.remainder
    person.requested_at = person.admitted_at = now - start.waited - start.elapsed
    person.cared_since = person.admitted_at
    service.take_at_start(person, person.amount)
    if start.state == "delayed":
        person.ready_at = now - start.waited
        person.state, person.awaited = DELAYED, start.waiting_for
        person.care_is_over = True
        service.n_care_over += 1
        if service.counts_delay:
            simulation.declines.begins(person)
        taper = service.taper(person)
        if taper is not None:
            simulation.new_amount(person, taper.last)
