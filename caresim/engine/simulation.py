"""The SimPy engine: one process for a person, one resource for a service.

Events come in order of (time, kind, rank), see `timers.py`; after each, `settle` admits
whoever can be admitted, in a chain of moves that takes no time. A person's process sleeps
between the moments that concern them: being admitted, and the end of care. It is resumed
directly by the move that admits them, only to set its next timer, so a move costs no event.

This module is the specification of any second engine: DESIGN.md section 2 in code.
"""

from __future__ import annotations

import gc
import math
from collections import deque
from collections.abc import Generator, Iterator

import numpy as np

from caresim.engine.absence import Absences
from caresim.engine.changes import Changes
from caresim.engine.closures import Closures
from caresim.engine.deadlock import Deadlocks
from caresim.engine.decline import Declines
from caresim.engine.mortality import Mortality, is_mortal
from caresim.engine.people import People
from caresim.engine.person import NAN, Person
from caresim.engine.pools import Pool, Provider
from caresim.engine.queues import Standing
from caresim.engine.resource import WEEK, Classes, Resource, chosen
from caresim.engine.reviews import Reviews
from caresim.engine.routes import may_be_deadlocked, may_visit_twice
from caresim.engine.rows import Rows
from caresim.engine.start import place_everybody
from caresim.engine.timers import ARRIVAL, CARE_END, LAST_SUB, PATIENCE, TAPER, Timer, Timers
from caresim.errors import RunError
from caresim.network.network import Network, StandIn
from caresim.records.recorder import (
    BRIDGING,
    DELAYED,
    DIED,
    GAVE_UP,
    IN_CARE,
    LEFT,
    NOBODY,
    STOOD_IN,
    TURNED_AWAY,
    UNFINISHED,
    WHY_AWAY,
    WHY_DIED,
    WHY_GAVE_UP,
    WHY_NEXT,
    WHY_STOOD_IN,
    WHY_TURNED_AWAY,
    Recorder,
)

# What a process is resumed with.
ADMITTED, CARE_ENDED = range(2)

MOST_STEPS = 1000
"""A person may take this many steps without time passing."""

ARRIVALS_AT_ONCE = 4096
"""So many are read from the arrays together; then the recorder's rows are packed too."""


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
        self.rows = Rows(recorder, network.start, len(network.services))
        self.timers = Timers(network.start)
        self.now = network.start
        self.n_services = len(network.services)
        self.lost = self.n_services + len(network.exits)
        self.died = self.n_services + network.exits.index("died") if "died" in network.exits else self.lost
        self.n_origins = self.n_services + len(network.streams) + 1
        self.draws = people.draws()
        self.classes = Classes(
            [tuple(row) for row in people.classes.tolist()],
            tuple(attribute.name for attribute in network.attributes),
        )
        twice = may_visit_twice(network)
        self.services = [self._resource(number, number in twice) for number in range(self.n_services)]
        self.touched: list[Resource] = []
        """Services this event or admission concerns, not yet on the settle list."""
        self.listed: deque[Resource] = deque()
        """The settle list."""
        self.newcomers: list[Standing] = []
        """Who began to stand without a place in this event, where room is limited."""
        self.inside: dict[int, Person] = {}
        """Everybody in the system, by rank."""
        in_circles = [self.services[number] for number in may_be_deadlocked(network)]
        self.deadlocks = Deadlocks(in_circles) if in_circles else None
        self.mortality = Mortality(network, self.classes, self.draws, self.timers, self._on_death)
        self.is_mortal = is_mortal(network, self.services)
        self.absences = Absences(self)
        self.closures = Closures(self)
        self.declines = Declines(self)
        self.reviews = Reviews(self)

    def _resource(self, number: int, repeats: bool) -> Resource:
        service = self.network.services[number]
        how = self.draws, self.classes, self.n_origins, repeats
        if service.providers:
            return Pool(number, service, *how, world=self, first=self.network.first_providers()[number])
        return Resource(number, service, *how)

    # ---------------------------------------------------------------- the run

    def run(self) -> None:
        for row in self.people.staff:
            self.recorder.staff(row)
        for episode in self.network.episodes or ():
            end = math.inf if episode.end is None else episode.end
            self.recorder.happened((episode.chance, episode.start, end))
        self.changes = Changes(self, self.network)
        place_everybody(self)
        self.closures.begin()
        self._start_arrivals()
        self.touched = list(self.services)
        self.settle()
        self.timers.run_until(self.network.end)
        self._close()

    # ---------------------------------------------------------------- settle

    def settle(self) -> None:
        """After each event: admit, turn away, send on, undo deadlocks, until nothing more can move."""
        touched = self.touched
        if len(touched) == 1 and not touched[0].queue.length:
            touched.clear()  # Most often: a place fell free, and nobody waits for it.
        elif touched:
            self._offer_places()
        deadlocks = self.deadlocks
        while (
            (self.newcomers and self._turn_away())
            or (self.closures.put_out and self.closures.send_on())
            or (deadlocks is not None and deadlocks.suspected and self._undo_deadlock())
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
        if person.kept is not None and not person.kept.waits_again:
            self.absences.turned_away(person, person.kept)
            return
        if service.turned_away_to is None:
            target = self.lost
        else:
            target = chosen(service.turned_away_to, person)
        self.stop_waiting(person, TURNED_AWAY, target)
        if target >= self.n_services:
            self.leave(person, target, WHY_TURNED_AWAY, TURNED_AWAY)
        else:
            self.begin_wait(person, self.services[target], WHY_TURNED_AWAY)

    def suspect_deadlock(self) -> None:
        """This may have closed a circle of rule 12."""
        if self.deadlocks is not None:
            self.deadlocks.suspected = True

    def _undo_deadlock(self) -> bool:
        """Move the people of one circle of rule 12 at once; whether there was one."""
        assert self.deadlocks is not None
        circle, left = self.deadlocks.find()
        for moves in left:
            self.rows.count("deadlock_cycles_left", moves[0][0].service, self.now)
        if not circle:
            return False
        self.rows.count("deadlock_cycles", circle[0][0].service, self.now)
        for standing, place in circle:
            self.rows.count("deadlock_moves", standing.service, self.now)
            if isinstance(place, Provider):
                place.pool.offered = place
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
        if service.away is not None or person.kept is not None:
            left = self.absences.care_begins(person)
            if left is not None:
                self.care_for(person, service, left)
                return
        care_time = service.care_time[person.class_].of(person)
        if person.step is None:
            person.care_time = care_time
        self.care_for(person, service, care_time)

    def care_for(self, person: Person, service: Resource, care_time: float) -> None:
        """Care, or a step, of so long from now."""
        if service.amount is not None and person.step is None:
            self.plan_taper(person)
        self.time_care(person, service, self.now + care_time)
        if service.reviews is not None and person.state == IN_CARE:
            self.reviews.care_begins(person, service.reviews)

    def time_care(self, person: Person, service: Resource, end: float) -> None:
        if service.rounds is not None:
            end = service.seen_at(person, end, self.network.calendar)
        person.care_timer = self.timers.set(end, CARE_END, person.rank, self._on_care_end, person)

    def _on_care_end(self, timer: Timer) -> None:
        self.now = timer.at
        person: Person = timer.subject  # type: ignore[assignment]
        assert person.process is not None
        person.process.send(CARE_ENDED)
        self.settle()

    def end_care_now(self, person: Person) -> None:
        """Somebody has found that they need no more care here."""
        assert person.care_timer is not None
        assert person.process is not None
        person.care_timer.cancel()
        person.process.send(CARE_ENDED)

    def end_care(self, person: Person) -> bool:
        """The end of a step, or ready: what they need next is drawn, and asked for; whether it is had."""
        person.care_timer = None
        service = person.step
        if service is not None:
            self._end_step(person)
        else:
            service = person.place
            assert service is not None
            self._become_ready(person)
        if service.needs is not None:
            self.declines.forget_need(person)
        kept = person.kept
        if kept is not None and not kept.waits_again:
            there = self.absences.leave_hospital(person, kept)
            if there is None:
                return True
            target = there
        elif person.sent_on is not None:
            target = chosen(person.sent_on, person)
        else:
            if service.needs is not None:
                target = self.declines.find_need(person, service.needs)
            else:
                if service.sets:
                    self.tell_so_far(person)
                for attribute, choices in service.sets:
                    person.class_ = self.classes.after(person.class_, attribute, chosen(choices, person))
                target = chosen(service.next, person)
            if person.step is not None:
                self._leave_step(person, target)
        if self.is_mortal:
            self.mortality.update(person, self.now)
        if person.wait is not None:  # Bridging.
            if person.bridge_only or target == person.wait.service.number:
                self.suspect_deadlock()
                return False
            self.stop_waiting(person, GAVE_UP, target)
            self._new_state(person, DELAYED, NOBODY)
            if person.place is not None and person.place.counts_delay:
                self.declines.begins(person)
        if target >= self.n_services:
            self.leave(person, target, WHY_NEXT, LEFT)
            return False
        if person.place is service and service.hold_until_ready:
            self.give_up_place(person, target, LEFT)
            if self.is_mortal:
                self.mortality.update(person, self.now)
        if person.kept is not None and target == person.kept.home.number:
            self.absences.wait_again(person, person.kept)
            if service.needs is not None:
                self.declines.waits(person)
            return False
        admitted = self.ask(person, self.services[target])
        if admitted:
            self.begin_care(person)
        elif service.needs is not None:
            self.declines.waits(person)
        return admitted

    def tell_so_far(self, person: Person) -> None:
        """What follows is told under new attributes."""
        if person.wait is not None:
            self.rows.standing(person.wait, self.now)
        if person.place is not None:
            self.rows.state(person, self.now)

    def _become_ready(self, person: Person) -> None:
        """The end of care in a place: it is held on to."""
        place = person.place
        assert place is not None
        now = self.now
        person.ready_at = now
        person.care_is_over = True
        place.n_care_over += 1
        self.rows.state(person, now)
        if person.state == IN_CARE:
            person.state = DELAYED
            if place.counts_delay:
                self.declines.begins(person)
        if person.exposure is not None:
            self.absences.update(person, person.exposure)
        if person.review is not None:
            self.reviews.leave_care(person, person.review)
        if self.closures.moving:
            self.closures.stays(person)
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
        if (
            not service.queue.length
            and not self.touched
            and service.within_hours
            and service.started < service.intake
            and not service.waits_first
        ):
            amount = 1 if service.amount is None else service.draw_amount(person)
            if service.held + amount <= service.capacity:
                if person.instant == self.now:
                    self._count_step(person, service)
                person.instant = self.now
                person.why = WHY_NEXT
                if service.in_place and person.place is not None:
                    self._new_state(person, DELAYED, service.number)
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
            self.suspect_deadlock()
        if service.tries_patience and why != WHY_AWAY:
            self.set_patience(person, standing)

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
        standing = Standing(person, service, service.priority.of(person), since, amount, stand_in)
        if not service.could_admit(standing):
            self.rows.count("never_fits", service, since)
        service.queue.join(standing)
        self.touched.append(service)
        if service.has_room and standing.outside:
            self.newcomers.append(standing)
        return standing

    def set_patience(self, person: Person, standing: Standing) -> None:
        """Timers of a wait: stand-ins in list order, then giving up; those already due fire at once."""
        service = standing.service
        for sub, (rule, after) in enumerate(service.instead):
            if rule.only_from is None or person.origin in rule.only_from:
                # Drawn for every wait, so that the next draws the same whether or not a stand-in had room.
                due = max(self.now, standing.since + after[person.class_].of(person))
                if person.state != BRIDGING:
                    timer = self.timers.set(
                        due, PATIENCE, person.rank, self._on_stand_in, (person, rule), sub
                    )
                    person.stand_in_timers.append(timer)
        if service.give_up is not None:
            due = max(self.now, standing.since + service.give_up[0][person.class_].of(person))
            person.give_up_timer = self.timers.set(
                due, PATIENCE, person.rank, self._on_give_up, person, LAST_SUB
            )

    def _on_stand_in(self, timer: Timer) -> None:
        """Stand also in the queue of the service that may stand in."""
        self.now = timer.at
        person: Person
        rule: StandIn
        person, rule = timer.subject  # type: ignore[misc]
        person.stand_ins.append(self.stand(person, self.services[rule.to], rule, self.now))
        self.suspect_deadlock()
        self.settle()

    def _on_give_up(self, timer: Timer) -> None:
        """Stop waiting; leave by an exit, or begin a new wait still holding what is held."""
        self.now = timer.at
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
        if person.kept is not None and person.kept.waits_again:
            person.kept = None
        self._leave_stand_ins(person, DIED if outcome == DIED else LEFT, went_to)
        self._lose_patience_no_more(person)

    def leave_queue(self, standing: Standing, outcome: int, went_to: int) -> None:
        """Stop standing somewhere without having been admitted."""
        service = standing.service
        service.queue.leave(standing)
        self.touched.append(service)
        self.suspect_deadlock()
        self.rows.unadmitted(standing, outcome, went_to, self.now)

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
        if standing.of_review:
            self.reviews.begin(standing)
            return
        if standing.moves:
            self.closures.move(standing)
            return
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
            self.rows.flow(person, service.number, why, now)
            if person.place is not None:
                self.give_up_place(person, service.number, LEFT if stand_in is None else STOOD_IN)
            person.came_from = origin if origin < self.n_services else NOBODY
            person.origin = service.number
            person.place = service
            person.amount = amount
            person.requested_at = requested_at
            person.admitted_at = person.cared_since = person.state_since = now
            person.ready_at = NAN
            person.care_is_over = False
            if stand_in is not None and stand_in.keeps_turn:
                assert person.wait is not None
                person.state, person.awaited = BRIDGING, person.wait.service.number
                person.bridge_only = stand_in.bridge_only
            else:
                person.state, person.awaited = IN_CARE, NOBODY
        service.take(person, amount)
        if service.held >= service.capacity:
            self.suspect_deadlock()
        if self.is_mortal:
            self.mortality.update(person, self.now)

    def leave_admitted(self, standing: Standing) -> None:
        """Leave the queue that admits, and whichever others the admission ends."""
        person, service, now = standing.person, standing.service, self.now
        service.queue.leave(standing)
        if now > standing.spell_from:
            self.rows.standing(standing, now)
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
            self.rows.standing(first, now)
            if first.outside:
                first.outside = False
                first.service.queue.n_outside -= 1
        else:
            self.leave_queue(first, LEFT, service.number)
            person.wait = person.kept = None
            self._lose_patience_no_more(person)

    # ---------------------------------------------------------------- in-place steps

    def _end_step(self, person: Person) -> None:
        """The step's staff are free, whether or not the next place is there."""
        step = person.step
        assert step is not None
        step.give_back(person, person.step_amount)
        self.touched.append(step)
        self.rows.under_way(person, self.now)

    def _leave_step(self, person: Person, went_to: int, outcome: int = LEFT) -> None:
        self.rows.step(person, outcome, went_to, self.now)
        person.step = None

    # ---------------------------------------------------------------- leaving

    def give_up_place(self, person: Person, went_to: int, outcome: int) -> None:
        """Let go of the place held; it falls free at this instant."""
        place, now = person.place, self.now
        assert place is not None
        self.rows.stay(person, outcome, went_to, now)
        place.give_back(person, person.amount)
        if place.in_hours or place.held >= place.capacity:
            self.suspect_deadlock()
        if person.care_is_over:
            place.n_care_over -= 1
        if place.counts_delay and person.state == DELAYED:
            self.declines.ends(person)
        self.touched.append(place)
        person.place = None
        person.state = IN_CARE
        person.care_is_over = False
        if person.step is None:
            self.stop_care(person)
        elif person.taper_timer is not None:
            person.taper_timer.cancel()
            person.taper_timer = None

    @staticmethod
    def stop_care(person: Person) -> None:
        """Care in the place does not go on, for now or for good."""
        if person.care_timer is not None:
            person.care_timer.cancel()
            person.care_timer = None
        if person.taper_timer is not None:
            person.taper_timer.cancel()
            person.taper_timer = None

    def leave(self, person: Person, exit_: int, why: int, outcome: int) -> None:
        """Leave the system by an exit (or lost), holding nothing any more."""
        self.rows.flow(person, exit_, why, self.now)
        if person.place is not None:
            self.give_up_place(person, exit_, outcome)
        if person.death_timer is not None:
            person.death_timer.cancel()
            person.death_timer = None
        del self.inside[person.rank]
        person.process = None  # Cuts the circle of person and process.

    def _on_death(self, timer: Timer) -> None:
        self.now = timer.at
        person: Person = timer.subject  # type: ignore[assignment]
        if person.wait is not None:
            self.stop_waiting(person, DIED, self.died)
        if person.step is not None:
            self._end_step(person)
            self._leave_step(person, self.died, DIED)
        if person.care_timer is not None:
            person.care_timer.cancel()
            person.care_timer = None
        if person.review is not None:
            self.reviews.leave_care(person, person.review, self.died, died=True)
        self.absences.died(person)
        self.closures.stays(person)
        self.leave(person, self.died, WHY_DIED, DIED)
        self.settle()

    # ---------------------------------------------------------------- states and amounts

    def _new_state(self, person: Person, state: int, awaited: int) -> None:
        self.rows.state(person, self.now)
        person.state, person.awaited = state, awaited

    def new_amount(self, person: Person, amount: int) -> None:
        """Take more or less of the place held; what it frees is offered at once."""
        place = person.place
        assert place is not None
        if amount != person.amount:
            self.rows.state(person, self.now)
            if amount < person.amount:
                self.touched.append(place)
            self.suspect_deadlock()
            place.grow(person, amount - person.amount)
            person.amount = amount

    def plan_taper(self, person: Person) -> None:
        """The next weekly step of an amount that changes, while in care."""
        place = person.place
        assert place is not None
        taper = place.taper(person)
        if taper is None or person.care_time <= 0:
            return
        week = int((self.now - person.cared_since) // WEEK) + 1
        if WEEK * (week - 1) < person.care_time:
            person.taper_timer = self.timers.set(
                person.cared_since + WEEK * week, TAPER, person.rank, self._on_taper, person
            )

    def _on_taper(self, timer: Timer) -> None:
        self.now = timer.at
        person: Person = timer.subject  # type: ignore[assignment]
        assert person.place is not None
        self.new_amount(person, person.place.tapered(person, timer.at))
        self.plan_taper(person)
        self.settle()

    def _count_step(self, person: Person, service: Resource) -> None:
        """One more step at an instant at which they took one."""
        if person.last_counted != self.now:
            person.last_counted, person.at_this_instant = self.now, 1
        person.at_this_instant += 1
        if person.at_this_instant > MOST_STEPS:
            raise RunError(
                f"day {self.now:g}: a person made more than {MOST_STEPS:,} steps without time passing,"
                f' the last to "{service.name}". Give a service on that way a care time above 0.'
            )

    # ---------------------------------------------------------------- arrivals and the start

    def _start_arrivals(self) -> None:
        """One timer at a time, for the next to arrive: everybody is drawn already."""
        self._to_arrive = self._arrivals()
        self._expect_next()

    def _arrivals(self) -> Iterator[tuple[int, float, int, int, int, int, int]]:
        """Rank, instant, origin, class, block, word and target of each, some thousands at a time.

        Lists of plain numbers: reading one from an array costs several times as much.
        """
        people = self.people
        columns = (people.arrives_at, people.stream, people.class_, people.block, people.word, people.target)
        for first in range(len(people.start), len(people.arrives_at), ARRIVALS_AT_ONCE):
            self.recorder.compact()
            some = range(first, min(first + ARRIVALS_AT_ONCE, len(people.arrives_at)))
            yield from zip(
                some, *(column[some.start : some.stop].tolist() for column in columns), strict=True
            )

    def _expect_next(self) -> None:
        row = next(self._to_arrive, None)
        if row is not None:
            self.timers.set(row[1], ARRIVAL, row[0], self._on_arrival, row)

    def _on_arrival(self, timer: Timer) -> None:
        self.now = timer.at
        row: tuple[int, float, int, int, int, int, int] = timer.subject  # type: ignore[assignment]
        rank, _, stream, class_, block, word, target = row
        person = self.enter(rank, self.n_services + stream, class_, block, word)
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
            self.mortality.enter(person, self.now)
        return person

    # ---------------------------------------------------------------- the end

    def _close(self) -> None:
        """Close the rows of everybody still inside."""
        self.now = self.network.end
        for rank in sorted(self.inside):
            person = self.inside[rank]
            for standing in [person.wait, *person.stand_ins, self.closures.moving.get(rank)]:
                if standing is not None:
                    self.rows.unadmitted(standing, UNFINISHED, NOBODY, self.now)
            if person.step is not None:
                self.rows.under_way(person, self.now)
                self._leave_step(person, NOBODY, UNFINISHED)
            if person.review is not None:
                self.reviews.close(person, person.review)
            if person.place is not None:
                self.rows.stay(person, UNFINISHED, NOBODY, self.now)
            self.absences.close(person)
            person.process = None
        for service in self.services:
            service.close()
        self.recorder.classes = np.array(self.classes.rows, dtype=np.int64).reshape(
            len(self.classes.rows), len(self.network.attributes)
        )
        self.recorder.streams = self.people.stream


def _by_name(service: Resource) -> int:
    return service.number
