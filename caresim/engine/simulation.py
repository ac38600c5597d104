"""The SimPy engine: one process for a person, one resource for a service. The one door to simpy.

The order of events is (time, kind, rank), kinds as below; after each event `settle` admits
whoever can be admitted, in a chain of moves that takes no time. A person's process sleeps
between the moments that concern them: being admitted, and the end of care. It is resumed
directly by the move that admits them, only to set its next timer, so a move costs no event.

This module is the specification of any second engine: DESIGN.md section 2 in code.
"""

from __future__ import annotations

import gc
import math
from collections import deque
from collections.abc import Callable, Generator

import numpy as np
import simpy

from caresim.engine.deadlock import Deadlocks
from caresim.engine.people import People, Start
from caresim.engine.person import NAN, Person
from caresim.engine.queues import Standing
from caresim.engine.resource import Classes, Lookup, Resource, chosen
from caresim.engine.routes import may_visit_twice, may_wait_in_a_circle
from caresim.errors import RunError
from caresim.grid import on_grid
from caresim.network.network import Change, Network, StandIn
from caresim.records.recorder import (
    BRIDGING,
    COUNTERS,
    DELAYED,
    DIED,
    GAVE_UP,
    IN_CARE,
    LEFT,
    NOBODY,
    STOOD_IN,
    TURNED_AWAY,
    UNFINISHED,
    WHY_DIED,
    WHY_GAVE_UP,
    WHY_NEXT,
    WHY_STOOD_IN,
    WHY_TURNED_AWAY,
    Recorder,
)

# Kinds of events at one instant, in this order (rule 13). Leaving for hospital (6) comes with the
# levers; observation and the window's edge (8) need no event: the recorder's rows tell.
CHANGE, TAPER, DEATH, CARE_END, PATIENCE, AWAY, ARRIVAL, OBSERVATION = range(1, 9)

# What a process is resumed with.
ADMITTED, CARE_ENDED = range(2)

MOST_STEPS = 1000
"""A person may take this many steps without time passing."""

WEEK = 7.0

COMPACT_EVERY = 4096
"""Arrivals after which the recorder's rows are packed."""


class Timer(simpy.Event):
    """A moment to come; cancelled, it passes without effect."""

    _ok = True
    _value = None

    def __init__(self, handler: Callable[[Timer], None], subject: object) -> None:
        # SimPy's own initialiser sets up what only an event somebody waits for needs.
        self.callbacks = [handler]
        self.subject = subject

    def cancel(self) -> None:
        self.callbacks = []


def run(network: Network, people: People, recorder: Recorder) -> None:
    """Simulate one replication from `network.start` to `network.end`, telling the recorder.

    Raises:
        RunError: a rule of the world was broken, or a person went round without time passing.
    """
    collecting = gc.isenabled()
    # Persons and their processes refer to each other; the links are cut as people leave, so there is
    # nothing to collect, and looking for it would cost a third of the run.
    gc.disable()
    try:
        Simulation(network, people, recorder).run()
    finally:
        if collecting:
            gc.enable()


class Simulation:
    """The world during one replication."""

    def __init__(self, network: Network, people: People, recorder: Recorder) -> None:
        self.network = network
        self.people = people
        self.recorder = recorder
        self._held, self._queued = recorder.held, recorder.queued
        self._stay, self._flow = recorder.stay, recorder.flow
        self.env = simpy.Environment(initial_time=network.start)
        self.now = network.start
        self._schedule: Callable[[Timer, int, float], None] = self.env.schedule  # type: ignore[assignment]
        self.n_services = len(network.services)
        self.lost = self.n_services + len(network.exits)
        self.died = self.n_services + network.exits.index("died") if "died" in network.exits else self.lost
        self.origins = self.n_services + len(network.streams) + 1
        self.draws = people.draws()
        self.classes = Classes(
            [tuple(row) for row in people.classes.tolist()],
            tuple(attribute.name for attribute in network.attributes),
        )
        twice = may_visit_twice(network)
        self.services = [
            Resource(number, service, self.draws, self.classes, self.origins, number in twice)
            for number, service in enumerate(network.services)
        ]
        self.touched: list[Resource] = []
        """Services this event or admission concerns, not yet on the settle list."""
        self.listed: deque[Resource] = deque()
        """The settle list."""
        self.newcomers: list[Standing] = []
        """Who began to stand without a place in this event, where room is limited."""
        self.inside: dict[int, Person] = {}
        """Everybody in the system, by rank."""
        in_circles = [self.services[number] for number in may_wait_in_a_circle(network)]
        self.deadlocks = Deadlocks(in_circles) if in_circles else None
        self._set_mortality(network.mortality)
        self.is_mortal = (
            any(network.mortality.leaves)
            or any(service.is_mortal for service in self.services)
            or any(change.field == "mortality" for change in network.changes)
        )
        self.lifetimes = self.draws.lifetimes(("death",))

    # ---------------------------------------------------------------- the run

    def run(self) -> None:
        self._start_clocks()
        for rank, start in enumerate(self.people.start):
            self._place(rank, start)
        self._start_arrivals()
        self.touched = list(self.services)
        self.settle()
        # `until` comes before whatever is due at the last instant.
        self.env.run(until=self.network.end)
        self._close()

    def timer(
        self, at: float, kind: int, handler: Callable[[Timer], None], person: Person, sub: int = 0
    ) -> Timer:
        """A moment of a person, `sub` ordering several of one kind and instant."""
        timer = Timer(handler, person)
        # Instants are whole numbers of 2^-26 days, so now + (at - now) is exactly `at`.
        self._schedule(timer, (kind << 40 | person.rank) << 10 | sub, at - self.now)
        return timer

    # ---------------------------------------------------------------- settle

    def settle(self) -> None:
        """After each event: admit, turn away, undo deadlocks, until nothing more can move."""
        if self.touched:
            self._offer_places()
        while (self.newcomers and self._turn_away()) or (
            self.deadlocks is not None and self._undo_deadlock()
        ):
            self._offer_places()

    def _offer_places(self) -> None:
        """Take the services concerned first in, first out, and admit from their queues."""
        now = self.now
        listed = self.listed
        self._list_touched()
        while listed:
            service = listed.popleft()
            service.is_listed = False
            # Most services looked at have nobody waiting.
            while service.queue.length and (standing := service.next_due(now)) is not None:
                self.admit(standing)
                self._list_touched()

    def _list_touched(self) -> None:
        touched = self.touched
        if len(touched) > 1:
            touched.sort(key=_by_name)
        for service in touched:
            if not service.is_listed:
                service.is_listed = True
                self.listed.append(service)
        touched.clear()

    def _turn_away(self) -> bool:
        """Whoever came in this event and stands outside beyond their room; whether there was anybody."""
        newcomers, self.newcomers = self.newcomers, []
        any_left = False
        for standing in newcomers:
            if not standing.in_queue or not standing.outside:
                continue
            service = standing.service
            if service.queue.n_outside - 1 >= service.room.of(standing.person):
                any_left = True
                if standing.stand_in is not None:
                    standing.person.stand_ins.remove(standing)
                    self.leave_queue(standing, TURNED_AWAY, NOBODY)
                else:
                    self._turn_one_away(standing)
        return any_left

    def _turn_one_away(self, standing: Standing) -> None:
        person, service = standing.person, standing.service
        if service.turned_away_to is None:
            target = self.lost
        else:
            target = chosen(service.turned_away_to, person)
        self.stop_waiting(person, TURNED_AWAY, target)
        if target >= self.n_services:
            self.leave(person, target, WHY_TURNED_AWAY, TURNED_AWAY)
        else:
            self.begin_wait(person, self.services[target], WHY_TURNED_AWAY)

    def _undo_deadlock(self) -> bool:
        """Move the people of one circle of rule 12 at once; whether there was one."""
        assert self.deadlocks is not None
        circle, left = self.deadlocks.find()
        for standings in left:
            self.count("deadlock_cycles_left", standings[0].service)
        if not circle:
            return False
        self.count("deadlock_cycles", circle[0].service)
        for standing in circle:
            self.count("deadlock_moves", standing.service)
            # For an instant a service holds one too many, until the circle is closed.
            self.admit(standing)
        return True

    # ---------------------------------------------------------------- the process of a person

    def journey(self, person: Person, admitted: bool) -> Generator[None, int, None]:
        """One person's way: wait for a place or a step, be cared for, go on; each yield is a sleep."""
        while True:
            if not admitted:
                yield  # Until a service admits them.
                self.begin_care(person)
            while (yield) == ADMITTED:  # Bridging, the service waited for may admit before care ends.
                self.begin_care(person)
            admitted = self.end_care(person)

    def begin_care(self, person: Person) -> None:
        """Draw how long, and set the timer for its end."""
        service = person.step or person.place
        assert service is not None
        care_time = service.care_time[person.class_].of(person)
        if person.step is None:
            person.care_time = care_time
            if service.amount is not None:
                self._plan_taper(person)
        self.time_care(person, service, self.now + care_time)

    def time_care(self, person: Person, service: Resource, end: float) -> None:
        if service.rounds is not None:
            end = self._seen_at(person, service, end)
        person.care_timer = self.timer(end, CARE_END, self._on_care_end, person)

    def _on_care_end(self, timer: Timer) -> None:
        self.now = self.env.now
        person: Person = timer.subject  # type: ignore[assignment]
        assert person.process is not None
        person.process.send(CARE_ENDED)
        self.settle()

    def end_care(self, person: Person) -> bool:
        """The end of a step, or ready: what they need next is drawn and asked for; whether it is had at once."""
        person.care_timer = None
        service = person.step
        if service is not None:
            self._end_step(person)
        else:
            service = person.place
            assert service is not None
            self._become_ready(person)
        for attribute, choices in service.sets:
            person.class_ = self.classes.after(person.class_, attribute, chosen(choices, person))
        target = chosen(service.next, person)
        if person.step is not None:
            self._leave_step(person, target)
        if self.is_mortal:
            self.update_hazard(person)
        if person.wait is not None:  # Bridging.
            if person.bridge_only or target == person.wait.service.number:
                return False
            self.stop_waiting(person, GAVE_UP, target)
            self._new_state(person, DELAYED, NOBODY)
        if target >= self.n_services:
            self.leave(person, target, WHY_NEXT, LEFT)
            return False
        if person.place is service and service.hold_until_ready:
            self.give_up_place(person, target, LEFT)
            if self.is_mortal:
                self.update_hazard(person)
        admitted = self.ask(person, self.services[target])
        if admitted:
            self.begin_care(person)
        return admitted

    def _become_ready(self, person: Person) -> None:
        """The end of care in a place: it is held on to."""
        place = person.place
        assert place is not None
        now = self.now
        person.ready_at = now
        person.care_is_over = True
        place.n_care_over += 1
        self._record_state(person, now)
        if person.state == IN_CARE:
            person.state = DELAYED
        if place.amount is not None:
            taper = place.taper(person)
            if taper is not None:
                if person.taper_timer is not None:
                    person.taper_timer.cancel()
                    person.taper_timer = None
                self.new_amount(person, taper.last)

    # ---------------------------------------------------------------- waiting

    def ask(self, person: Person, service: Resource) -> bool:
        """Ask for what is needed next: be admitted at once, or begin to wait; whether admitted.

        Nobody waiting, a place free and nothing else to settle, `settle` could do nothing but admit.
        """
        if not service.queue.length and not self.touched and service.is_open:
            amount = 1 if service.amount is None else service.draw_amount(person)
            if service.held + amount <= service.capacity:
                if person.instant == self.now:
                    self._count_step(person, service)
                person.instant = self.now
                person.why = WHY_NEXT
                self.take_place(person, service, amount, self.now, None)
                return True
            self.begin_wait(person, service, WHY_NEXT, amount)
        else:
            self.begin_wait(person, service, WHY_NEXT)
        return False

    def begin_wait(self, person: Person, service: Resource, why: int, amount: int | None = None) -> None:
        """Stand in the queue of a service, with whatever place is held."""
        now = self.now
        if person.instant == now:
            self._count_step(person, service)
        person.instant = now
        standing = self.stand(person, service, None, now, amount)
        person.wait = standing
        person.why = why
        if person.place is not None:
            self._new_state(person, BRIDGING if person.state == BRIDGING else DELAYED, service.number)
        if service.instead or service.give_up is not None:
            self.set_patience(person, standing, now)

    def stand(
        self,
        person: Person,
        service: Resource,
        stand_in: StandIn | None,
        since: float,
        amount: int | None = None,
    ) -> Standing:
        """Join a queue; the class is fixed now, and the amount unless it has been drawn."""
        if amount is None:
            amount = service.draw_amount(person)
        if amount > service.capacity and service.in_hours:
            self.count("never_fits", service)
        standing = Standing(person, service, service.priority.of(person), since, amount, stand_in)
        service.queue.join(standing)
        self.touched.append(service)
        if service.has_room and standing.outside:
            self.newcomers.append(standing)
        return standing

    def set_patience(self, person: Person, standing: Standing, now: float) -> None:
        """Timers of a wait: stand-ins in list order, then giving up; those already due fire at once."""
        service = standing.service
        if service.instead and person.state != BRIDGING:
            for sub, (rule, after) in enumerate(service.instead):
                if rule.only_from is None or person.origin in rule.only_from:
                    due = max(now, standing.since + after[person.class_].of(person))
                    timer = self.timer(due, PATIENCE, self._on_stand_in, person, sub)
                    timer.subject = (person, rule)
                    person.stand_in_timers.append(timer)
        if service.give_up is not None:
            due = max(now, standing.since + service.give_up[0][person.class_].of(person))
            person.give_up_timer = self.timer(due, PATIENCE, self._on_give_up, person, 1023)

    def _on_stand_in(self, timer: Timer) -> None:
        """Stand also in the queue of the service that may stand in."""
        self.now = self.env.now
        person, rule = timer.subject  # type: ignore[misc]
        person.stand_ins.append(self.stand(person, self.services[rule.to], rule, self.now))
        self.settle()

    def _on_give_up(self, timer: Timer) -> None:
        """Stop waiting; leave by an exit, or begin a new wait still holding what is held."""
        self.now = self.env.now
        person: Person = timer.subject  # type: ignore[assignment]
        assert person.wait is not None
        rule = person.wait.service.give_up
        assert rule is not None
        target = chosen(rule[1], person)
        self.stop_waiting(person, GAVE_UP, target)
        if target >= self.n_services:
            self.leave(person, target, WHY_GAVE_UP, GAVE_UP)
        else:
            self.begin_wait(person, self.services[target], WHY_GAVE_UP)
        self.settle()

    def stop_waiting(self, person: Person, outcome: int, went_to: int) -> None:
        """Leave the queue waited in and those of stand-ins, unadmitted, and drop the timers."""
        assert person.wait is not None
        self.leave_queue(person.wait, outcome, went_to)
        person.wait = None
        self._leave_stand_ins(person, DIED if outcome == DIED else LEFT, went_to)
        self._lose_patience_no_more(person)

    def leave_queue(self, standing: Standing, outcome: int, went_to: int) -> None:
        """Stop standing somewhere without having been admitted."""
        person, service, now = standing.person, standing.service, self.now
        service.queue.leave(standing)
        self.touched.append(service)
        self.record_queue(standing, now)
        self._stay(
            (person.rank, service.number, standing.since, NAN, NAN, now, standing.amount)
            + (self._came_from(person), went_to, outcome, person.class_)
        )

    def _leave_stand_ins(self, person: Person, outcome: int, went_to: int) -> None:
        for standing in person.stand_ins:
            self.leave_queue(standing, outcome, went_to)
        person.stand_ins.clear()

    def _lose_patience_no_more(self, person: Person) -> None:
        """The wait is over: its timers go."""
        self._drop_stand_in_timers(person)
        if person.give_up_timer is not None:
            person.give_up_timer.cancel()
            person.give_up_timer = None

    def _drop_stand_in_timers(self, person: Person) -> None:
        if person.stand_in_timers:
            for timer in person.stand_in_timers:
                timer.cancel()
            person.stand_in_timers.clear()

    # ---------------------------------------------------------------- admission

    def admit(self, standing: Standing) -> None:
        """Give somebody what they are next for."""
        self.leave_admitted(standing)
        person = standing.person
        self.take_place(person, standing.service, standing.amount, standing.since, standing.stand_in)
        assert person.process is not None
        person.process.send(ADMITTED)

    def take_place(
        self, person: Person, service: Resource, amount: int, requested_at: float, stand_in: StandIn | None
    ) -> None:
        """Hold a place, or have a step begin; the place held before falls free at this instant."""
        now = self.now
        if service.in_place:
            person.step = service
            person.step_amount = amount
            person.step_requested_at = requested_at
            person.step_admitted_at = now
        else:
            why = person.why if stand_in is None else WHY_STOOD_IN
            origin = person.origin
            self._flow((now, origin, service.number, why, person.class_, person.rank))
            if person.place is not None:
                self.give_up_place(person, service.number, LEFT if stand_in is None else STOOD_IN)
            person.came_from = origin if origin < self.n_services else NOBODY
            person.origin = service.number
            person.place = service
            person.amount = amount
            person.requested_at = requested_at
            person.admitted_at = person.state_since = now
            person.ready_at = NAN
            person.care_is_over = False
            if stand_in is not None and stand_in.keeps_turn:
                assert person.wait is not None
                person.state, person.awaited = BRIDGING, person.wait.service.number
                person.bridge_only = stand_in.bridge_only
            else:
                person.state, person.awaited = IN_CARE, NOBODY
        service.take(person, amount)
        if self.is_mortal:
            self.update_hazard(person)

    def leave_admitted(self, standing: Standing) -> None:
        """Leave the queue that admits, and whichever others the admission ends."""
        person, service, now = standing.person, standing.service, self.now
        service.queue.leave(standing)
        if now > standing.spell_from:
            self.record_queue(standing, now)
        if standing.stand_in is None:
            person.wait = None
            if person.stand_ins:
                self._leave_stand_ins(person, LEFT, service.number)
            if person.stand_in_timers or person.give_up_timer is not None:
                self._lose_patience_no_more(person)
            return
        person.stand_ins.remove(standing)
        self._leave_stand_ins(person, LEFT, service.number)
        first = person.wait
        assert first is not None
        if standing.stand_in.keeps_turn:
            # In a stand-in no other stand-in's timer runs, the give-up timer does.
            self._drop_stand_in_timers(person)
            self.record_queue(first, now)
            first.spell_from = now
            if first.outside:
                first.outside = False
                first.service.queue.n_outside -= 1
        else:
            self.leave_queue(first, LEFT, service.number)
            person.wait = None
            self._lose_patience_no_more(person)

    # ---------------------------------------------------------------- in-place steps

    def _end_step(self, person: Person) -> None:
        """The step's staff are free, whether or not the next place is there."""
        step = person.step
        assert step is not None
        step.give_back(person, person.step_amount)
        self.touched.append(step)
        self._record_step(person)

    def _record_step(self, person: Person) -> None:
        now = self.now
        assert person.step is not None
        if now > person.step_admitted_at:
            begun = max(person.step_admitted_at, self.network.start)
            self._held(
                (
                    person.rank,
                    person.step.number,
                    IN_CARE,
                    NOBODY,
                    person.step_amount,
                    person.class_,
                    begun,
                    now,
                )
            )

    def _leave_step(self, person: Person, went_to: int, outcome: int = LEFT) -> None:
        step, now = person.step, self.now
        assert step is not None
        self._stay(
            (person.rank, step.number, person.step_requested_at, person.step_admitted_at)
            + (now if outcome == LEFT else NAN, NAN if outcome == UNFINISHED else now, person.step_amount)
            + (self._came_from(person), went_to, outcome, person.class_)
        )
        person.step = None

    # ---------------------------------------------------------------- leaving

    def give_up_place(self, person: Person, went_to: int, outcome: int) -> None:
        """Let go of the place held; it falls free at this instant."""
        place, now = person.place, self.now
        assert place is not None
        self._record_state(person, now)
        self._stay(
            (
                person.rank,
                place.number,
                person.requested_at,
                person.admitted_at,
                person.ready_at,
                now,
                person.amount,
            )
            + (person.came_from, went_to, outcome, person.class_)
        )
        place.give_back(person, person.amount)
        if person.care_is_over:
            place.n_care_over -= 1
        self.touched.append(place)
        person.place = None
        person.state = IN_CARE
        person.care_is_over = False
        if person.step is None and person.care_timer is not None:
            person.care_timer.cancel()
            person.care_timer = None
        if person.taper_timer is not None:
            person.taper_timer.cancel()
            person.taper_timer = None

    def leave(self, person: Person, exit_: int, why: int, outcome: int) -> None:
        """Leave the system by an exit (or lost), holding nothing any more."""
        self._flow((self.now, person.origin, exit_, why, person.class_, person.rank))
        if person.place is not None:
            self.give_up_place(person, exit_, outcome)
        if person.death_timer is not None:
            person.death_timer.cancel()
            person.death_timer = None
        del self.inside[person.rank]
        person.process = None  # Cuts the circle of person and process.

    def _on_death(self, timer: Timer) -> None:
        self.now = self.env.now
        person: Person = timer.subject  # type: ignore[assignment]
        if person.wait is not None:
            self.stop_waiting(person, DIED, self.died)
        if person.step is not None:
            self._end_step(person)
            self._leave_step(person, self.died, DIED)
        if person.care_timer is not None:
            person.care_timer.cancel()
            person.care_timer = None
        self.leave(person, self.died, WHY_DIED, DIED)
        self.settle()

    def update_hazard(self, person: Person) -> None:
        """Use up what has been borne, and set the timer by the present sum of hazards."""
        now = self.now
        hazard = self.mortality[person.class_]
        if person.place is not None:
            hazard += person.place.mortality[person.class_]
        if person.step is not None:
            hazard += person.step.mortality[person.class_]
        if hazard == person.hazard:
            return
        person.life -= person.hazard * (now - person.hazard_since)
        person.hazard, person.hazard_since = hazard, now
        if person.death_timer is not None:
            person.death_timer.cancel()
            person.death_timer = None
        if hazard > 0.0:
            due = now + on_grid(max(person.life, 0.0) / hazard)
            if due < self.network.end:
                person.death_timer = self.timer(due, DEATH, self._on_death, person)

    def _set_mortality(self, table: object) -> None:
        self.mortality: Lookup[float] = Lookup(table, self.classes, self.origins, float, "people.mortality")  # type: ignore[arg-type]

    # ---------------------------------------------------------------- states and amounts

    def _new_state(self, person: Person, state: int, awaited: int) -> None:
        self._record_state(person, self.now)
        person.state, person.awaited = state, awaited

    def _record_state(self, person: Person, now: float) -> None:
        """What has been since `state_since`, and what is begins now."""
        if now > person.state_since:
            assert person.place is not None
            self._held(
                (person.rank, person.place.number, person.state, person.awaited, person.amount, person.class_)
                + (person.state_since, now)
            )
            person.state_since = now

    def record_queue(self, standing: Standing, now: float) -> None:
        begun = max(standing.spell_from, self.network.start)
        if now > begun:
            person = standing.person
            where = person.place.number if person.place is not None else NOBODY
            self._queued((person.rank, standing.service.number, where, person.class_, begun, now))

    def new_amount(self, person: Person, amount: int) -> None:
        """Take more or less of the place held; what it frees is offered at once."""
        place = person.place
        assert place is not None
        if amount != person.amount:
            self._record_state(person, self.now)
            place.held += amount - person.amount
            person.amount = amount
            self.touched.append(place)

    def _plan_taper(self, person: Person) -> None:
        """The next weekly step of an amount that changes, while in care."""
        place = person.place
        assert place is not None
        taper = place.taper(person)
        if taper is None or person.care_time <= 0:
            return
        week = int((self.now - person.admitted_at) // WEEK) + 1
        if WEEK * (week - 1) < person.care_time:
            person.taper_timer = self.timer(person.admitted_at + WEEK * week, TAPER, self._on_taper, person)

    def _on_taper(self, timer: Timer) -> None:
        self.now = self.env.now
        person: Person = timer.subject  # type: ignore[assignment]
        self.new_amount(person, self._tapered(person))
        self._plan_taper(person)
        self.settle()

    def _tapered(self, person: Person) -> int:
        place = person.place
        assert place is not None
        taper = place.taper(person)
        assert taper is not None
        if person.care_time <= 0:
            return taper.last
        week = (self.now - person.admitted_at) // WEEK
        part = min(1.0, WEEK * week / person.care_time)
        return int((taper.first + (taper.last - taper.first) * part + 0.5) // 1)

    def _seen_at(self, person: Person, service: Resource, end: float) -> float:
        """When somebody on a round finds that care which ended at `end` is over."""
        rounds, calendar = service.rounds, self.network.calendar
        assert rounds is not None
        for _ in range(MOST_STEPS):
            day = int(end // 1)
            if end - day >= rounds.end:
                day += 1
                end = day + rounds.start
            else:
                end = max(end, day + rounds.start)
            weekday = 6 if day in calendar.bank_holidays else calendar.weekday_of(day)
            if service.draw_round(person) < rounds.seen[weekday]:
                return end
            end = day + 1 + rounds.start
        raise RunError(
            f"services.{service.name}.rounds: somebody was not seen on {MOST_STEPS} rounds running."
        )

    def _count_step(self, person: Person, service: Resource) -> None:
        """One more step at an instant at which they took one."""
        if person.last_counted != self.now:
            person.last_counted, person.at_this_instant = self.now, 1
        person.at_this_instant += 1
        if person.at_this_instant > MOST_STEPS:
            raise RunError(
                f"day {self.now:g}: a person made more than {MOST_STEPS:,} steps without time passing, the last to"
                f' "{service.name}". Give a service on that way a care time above 0.'
            )

    def count(self, what: str, service: Resource) -> None:
        self.recorder.counter((self.now, service.number, COUNTERS.index(what)))

    def _came_from(self, person: Person) -> int:
        return person.origin if person.origin < self.n_services else NOBODY

    # ---------------------------------------------------------------- arrivals and the start

    def _start_arrivals(self) -> None:
        """One timer at a time, for the next to arrive: everybody is drawn already."""
        people = self.people
        first = len(people.start)
        # Lists of plain numbers, made once: reading one from an array costs several times as much.
        self._arriving = zip(
            range(first, len(people.arrives_at)),
            people.arrives_at[first:].tolist(),
            (self.n_services + people.stream[first:]).tolist(),
            people.class_[first:].tolist(),
            people.block[first:].tolist(),
            people.word[first:].tolist(),
            people.target[first:].tolist(),
            strict=True,
        )
        self._expect_next()

    def _expect_next(self) -> None:
        row = next(self._arriving, None)
        if row is not None:
            timer = Timer(self._on_arrival, row)
            if row[0] % COMPACT_EVERY == 0:
                self.recorder.compact()
            self.env.schedule(
                timer,
                priority=(ARRIVAL << 40 | row[0]) << 10,
                delay=row[1] - self.now,  # type: ignore[arg-type]
            )

    def _on_arrival(self, timer: Timer) -> None:
        self.now = self.env.now
        rank, _, origin, class_, block, word, target = timer.subject  # type: ignore[misc]
        person = self.enter(rank, origin, class_, block, word)
        if target >= self.n_services:
            self.leave(person, target, WHY_NEXT, LEFT)
        else:
            admitted = self.ask(person, self.services[target])
            if admitted:
                self.begin_care(person)
            person.process = self.journey(person, admitted)
            next(person.process)
            self.settle()
        self._expect_next()

    def enter(self, rank: int, origin: int, class_: int, block: int, word: int) -> Person:
        person = self.inside[rank] = Person(rank, origin, class_, block, word)
        if self.is_mortal:
            person.life = self.lifetimes.of(person)
            person.hazard_since = self.now
            self.update_hazard(person)
        return person

    def _place(self, rank: int, start: Start) -> None:
        """Put somebody of the start census where they are, admitting nobody."""
        people, now = self.people, self.network.start
        person = self.enter(
            rank, self.origins - 1, int(people.class_[rank]), int(people.block[rank]), int(people.word[rank])
        )
        in_care = start.state == "in_care"
        person.process = self.journey(person, admitted=in_care)
        next(person.process)
        service = self.services[start.service]
        if start.state != "waiting":
            if service.in_place:
                self._place_in_step(person, service, now - start.elapsed)
            else:
                self._place_in_service(person, service, start)
            if self.is_mortal:
                self.update_hazard(person)
        if in_care:
            self.time_care(person, service, now + start.remainder)
            if person.place is not None and service.amount is not None and service.taper(person) is not None:
                self.new_amount(person, self._tapered(person))
                self._plan_taper(person)
        else:
            self._place_in_queue(person, self.services[start.waiting_for], now - start.waited)

    def _place_in_step(self, person: Person, step: Resource, since: float) -> None:
        person.step, person.step_amount = step, step.draw_amount(person)
        person.step_requested_at = person.step_admitted_at = since
        step.take(person, person.step_amount)

    def _place_in_service(self, person: Person, service: Resource, start: Start) -> None:
        now = self.network.start
        person.place, person.amount = service, service.draw_amount(person)
        person.origin = service.number
        person.state_since = now
        person.care_time = start.elapsed + start.remainder
        person.requested_at = person.admitted_at = now - start.waited - start.elapsed
        service.take(person, person.amount)
        if start.state == "delayed":
            person.ready_at = now - start.waited
            person.state, person.awaited = DELAYED, start.waiting_for
            person.care_is_over = True
            service.n_care_over += 1
            taper = service.taper(person)
            if taper is not None:
                self.new_amount(person, taper.last)

    def _place_in_queue(self, person: Person, service: Resource, since: float) -> None:
        person.wait = self.stand(person, service, None, since)
        self.set_patience(person, person.wait, self.network.start)
        # A census may exceed the room.
        self.newcomers.clear()

    # ---------------------------------------------------------------- clocks and dated changes

    def _start_clocks(self) -> None:
        """Everything of kind 1, one timer at a time; what holds at the start is set now."""
        network = self.network
        due: dict[float, list[Callable[[], Resource | None]]] = {}
        for number, spec in enumerate(network.services):
            service = self.services[number]
            for at, is_open in spec.opens:
                due.setdefault(max(at, network.start), []).append(_opening(service, is_open))
            for at, limit, new_day in spec.intake:
                due.setdefault(max(at, network.start), []).append(_intake(service, limit, new_day))
        for change in network.changes:
            due.setdefault(max(change.at, network.start), []).append(self._change(change))
        for action in due.pop(network.start, []):
            action()
        for service in self.services:
            service.started = 0
            self.recorder.capacity((service.number, network.start, service.capacity))
        self._clock = iter(sorted(due.items()))
        self._expect_change()

    def _expect_change(self) -> None:
        entry = next(self._clock, None)
        if entry is not None:
            timer = Timer(self._on_change, entry[1])
            self._schedule(timer, CHANGE << 50, entry[0] - self.now)

    def _on_change(self, timer: Timer) -> None:
        self.now = self.env.now
        actions: list[Callable[[], Resource | None]] = timer.subject  # type: ignore[assignment]
        for action in actions:
            service = action()
            if service is not None and service not in self.touched:
                self.touched.append(service)
        self.settle()
        self._expect_change()

    def _change(self, change: Change) -> Callable[[], Resource | None]:
        def act() -> Resource | None:
            if change.service < 0:
                self._set_mortality(change.value)
            else:
                service = self.services[change.service]
                service.set(change.field, change.value)
                if change.field == "capacity":
                    self.recorder.capacity((service.number, self.now, service.capacity))
                    return service
            if change.field == "mortality":
                for person in self.inside.values():
                    self.update_hazard(person)
            return None

        return act

    # ---------------------------------------------------------------- the end

    def _close(self) -> None:
        """Close the rows of everybody still inside."""
        end = self.network.end
        for rank in sorted(self.inside):
            person = self.inside[rank]
            for standing in [person.wait, *person.stand_ins]:
                if standing is not None:
                    self.record_queue(standing, end)
                    self._stay(
                        (rank, standing.service.number, standing.since, NAN, NAN, NAN, standing.amount)
                        + (self._came_from(person), NOBODY, UNFINISHED, person.class_)
                    )
            if person.step is not None:
                self._record_step(person)
                self._leave_step(person, NOBODY, UNFINISHED)
            if person.place is not None:
                self._record_state(person, end)
                self._stay(
                    (rank, person.place.number, person.requested_at, person.admitted_at, person.ready_at, NAN)
                    + (person.amount, person.came_from, NOBODY, UNFINISHED, person.class_)
                )
            person.process = None
        self.recorder.classes = np.array(self.classes.rows, dtype=np.int64).reshape(
            len(self.classes.rows), -1
        )
        self.recorder.streams = self.people.stream


def _by_name(service: Resource) -> int:
    return service.number


def _opening(service: Resource, is_open: bool) -> Callable[[], Resource]:
    def act() -> Resource:
        service.within_hours = is_open
        return service

    return act


def _intake(service: Resource, limit: int | None, new_day: bool) -> Callable[[], Resource]:
    def act() -> Resource:
        service.intake = math.inf if limit is None else limit
        if new_day:
            service.started = 0
        return service

    return act
