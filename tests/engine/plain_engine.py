"""A second engine: the rules of `DESIGN.md` section 2.1 as plainly as they can be written, and slow.

It is an oracle for the real engine and shares nothing with it but the network, the draws and
the recorder. One list of events in the order of rule 13; queues are sorted whenever they are
read; what is held is added up whenever it is asked; deadlock is examined after every settle.
Staff are drawn in `plain_staff.py`, what happens at random in `plain_chance.py`; rule 10 is in
`plain_decline.py`, reviews and providers in files of their own.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import replace
from typing import Any

from caresim.engine.people import People
from caresim.errors import RunError
from caresim.grid import on_grid
from caresim.network.network import GiveUp, Network, Rounds, Service, StandIn, Table, Taper
from caresim.records.recorder import (
    DIED,
    GAVE_UP,
    LEFT,
    NOBODY,
    STOOD_IN,
    TURNED_AWAY,
    UNFINISHED,
    WHY_AWAY,
    WHY_DIED,
    WHY_GAVE_UP,
    WHY_NEXT,
    WHY_RESOURCED,
    WHY_RESTARTED,
    WHY_STOOD_IN,
    WHY_TURNED_AWAY,
    Recorder,
)
from engine.plain_chance import plain_episodes
from engine.plain_closures import PlainClosures
from engine.plain_deadlock import Deadlock
from engine.plain_decline import PlainDecline
from engine.plain_draws import AtStart, Draws, leaf_of
from engine.plain_people import NEVER, Away, Person, Standing, Stay
from engine.plain_providers import Providers
from engine.plain_reviews import PlainReviews
from engine.plain_rows import Rows
from engine.plain_staff import PlainStaff, plain_capacities

CHANGE, TAPER_STEP, DEATH, END_OF_CARE, TIMER, LEAVING, ARRIVAL, OBSERVATION = range(1, 9)
"""Kinds of rule 13; 2 is the end of a kept place, too."""
LAST = 1023
"""Of one person's timers at an instant: giving up."""
MAX_STEPS = 1000
SUNDAY = 6


class PlainEngine:
    """One run; `run` is its only use."""

    def __init__(self, network: Network, people: People, recorder: Recorder) -> None:
        self.network = network
        self.rows = Rows(network, recorder)
        self.staff = PlainStaff(network, people.seed, people.replication).run() if network.staff else []
        self.episodes = plain_episodes(network, people.seed, people.replication)
        self.draws = Draws(network, people)
        self.now = network.start
        self.services: list[Service] = list(network.services)
        self.n_services = len(self.services)
        self.lost = self.n_services + len(network.exits)
        self.mortality: Table[float] = network.mortality
        self.is_open = [True] * self.n_services
        self.intake: list[int | None] = [None] * self.n_services
        self.admitted_today = [0] * self.n_services
        self.events: list[tuple[float, int, int, int, int, tuple[Any, ...]]] = []
        self.n_events = 0
        self.settle_list: list[int] = []
        self.newcomers: list[Standing] = []
        self.providers = Providers(self)
        self.deadlock = Deadlock(self, self.providers)
        self.reviews = PlainReviews(self)
        self.decline = PlainDecline(self)
        self.closures = PlainClosures(self)
        self.stuck_cycles: set[tuple[int, ...]] = set()
        self.people = [
            Person(rank=one.rank, codes=list(one.codes), origin=one.origin) for one in self.draws.everybody()
        ]

    # --- the run -------------------------------------------------------------------------------

    def run(self) -> None:
        for number, service in enumerate(self.services):
            self.rows.capacity(self.now, number, service.capacity)
            self.rows.providers(self.now, number, service)
        for row in self.staff:
            self.rows.recorder.staff(row)
        for episode in self.episodes:
            self.rows.recorder.happened(episode)
        self.plan_changes()
        for one in self.draws.everybody():
            if one.census is not None:
                self.place_at_start(self.people[one.rank], one.census)
            else:
                self.plan(one.arrives_at, ARRIVAL, one.rank, 0, ("arrival", one.rank, one.target))
        self.closures.at_start()
        self.newcomers = []  # a census may exceed its room
        self.settle_list = list(range(self.n_services))
        self.finish_event()
        while self.events and self.events[0][0] < self.network.end:
            time, _, _, _, _, what = heapq.heappop(self.events)
            if time < self.now:
                raise RunError(f"time went back from {self.now} to {time}")
            self.now = time
            self.newcomers = []
            if self.take(what):
                self.finish_event()
        self.close()

    def plan(self, time: float, kind: int, rank: int, order: int, what: tuple[Any, ...]) -> None:
        self.n_events += 1
        heapq.heappush(self.events, (time, kind, rank, order, self.n_events, what))

    def plan_changes(self) -> None:
        """Opening hours, intake and dated changes: the first of a clock holds at the start."""
        instants: dict[float, list[tuple[str, int, Any]]] = {}
        for number, service in enumerate(self.services):
            for place, (at, is_open) in enumerate(service.opens):
                if place == 0:
                    self.is_open[number] = is_open
                else:
                    instants.setdefault(at, []).append(("opens", number, is_open))
            for place, (at, limit, new_day) in enumerate(service.intake):
                if place == 0:
                    self.intake[number] = limit
                else:
                    instants.setdefault(at, []).append(("intake", number, (limit, new_day)))
        for at, what, number, value in self.providers.clock_changes():
            instants.setdefault(at, []).append((what, number, value))
        for at, number, field, value in plain_capacities(self.network, self.staff):
            instants.setdefault(at, []).append((field, number, value))
        for change in self.network.changes:
            by_staff = change.service >= 0 and any(
                provider.staffed for provider in self.network.services[change.service].providers
            )
            if not (by_staff and change.field in ("capacity", "capacities")):
                instants.setdefault(change.at, []).append((change.field, change.service, change.value))
        for at, changes in instants.items():
            self.plan(max(at, self.network.start), CHANGE, -1, 0, ("changes", changes))

    def take(self, what: tuple[Any, ...]) -> bool:
        """Do one event; False if it is about something that is no more."""
        name = what[0]
        if name == "changes":
            self.change(what[1])
            return True
        if name == "arrival":
            person = self.people[what[1]]
            self.enter(person)
            self.go_on(person, what[2], WHY_NEXT, set())
            return True
        if name == "death":
            return self.death(*what[1:])
        if name == "end of care":
            return self.end_of_care(*what[1:])
        if name == "end of step":
            return self.end_of_step(*what[1:])
        if name == "taper":
            return self.taper_step(*what[1:])
        if name == "to hospital":
            return self.to_hospital(*what[1:])
        if name == "end of keeping":
            return self.end_of_keeping(*what[1:])
        if name == "end of pay":
            return True
        if name == "review due":
            return self.reviews.due(*what[1:])
        if name == "review done":
            return self.reviews.done(*what[1:])
        if name == "delayed day":
            return self.decline.day(*what[1:])
        if name == "stand-in":
            return self.stand_in_timer(*what[1:])
        assert name == "give up"
        return self.give_up_timer(*what[1:])

    def finish_event(self) -> None:
        """Settle, turn away who is beyond their room, dissolve deadlocks; then see what has changed."""
        self.settle_everybody()
        while self.move_one_cycle():
            self.settle_everybody()
        for person in self.here():
            self.update_hazard(person)
            self.update_exposure(person)
            self.decline.update(person)
        self.rows.observe(self.now, self.here())

    def settle_everybody(self) -> None:
        """All who can are admitted, who finds no room is turned away, who was put out by a closure goes on."""
        self.settle()
        self.turn_away_newcomers()
        self.newcomers = []  # Who had room is not turned away for somebody who comes after them.
        while self.closures.send_on():
            self.settle()
            self.turn_away_newcomers()
            self.newcomers = []

    def close(self) -> None:
        """At the end of the run: write what is unfinished."""
        self.now = self.network.end
        for person in self.here():
            self.reviews.close(person)
            for stay in (person.place, person.step):
                if stay:
                    self.rows.stay(person, stay, NEVER, NOBODY, UNFINISHED)
            if person.away and person.away.is_kept:
                self.rows.stay(person, person.away.stay, NEVER, NOBODY, UNFINISHED)
            for standing in [*person.standings, *([person.mover] if person.mover else [])]:
                self.rows.standing(standing, NEVER, NOBODY, UNFINISHED)
        self.rows.finish(self.now, [one.stream for one in self.draws.everybody()])

    # --- who is here, what is held ---------------------------------------------------------------

    def here(self) -> list[Person]:
        return [person for person in self.people if person.is_here]

    def enter(self, person: Person) -> None:
        person.is_here = True
        person.left_to_live = self.draws.unit_life(person.rank)
        person.hazard_since = self.now
        person.left_to_bear = self.draws.unit_hospital(person.rank)

    def place_at_start(self, person: Person, census: AtStart) -> None:
        """Somebody of the census: in care, delayed, or waiting outside."""
        self.enter(person)
        start = self.network.start
        if census.state != "waiting":
            person.origin = census.service
            stay = Stay(
                service=census.service,
                amount=self.draw_amount(person, census.service),
                requested_at=census.admitted_at,
                admitted_at=census.admitted_at,
                came_from=NOBODY,
                care_time=census.care_time,
                cared_since=census.admitted_at,
            )
            if self.services[census.service].providers:
                stay.provider = self.providers.at_start(census.service, person, stay.amount_now)
            person.place = stay
            if census.state == "delayed":
                stay.ready_at = census.ready_at
            else:
                self.plan_end(person, stay)
                stay.week = math.floor((self.now - stay.cared_since) / 7)
                self.plan_taper(person, stay)
                self.reviews.care_begins(person, at_start=True)
        if census.state != "in_care":
            self.begin_wait(person, census.waiting_for, WHY_NEXT, since=start - census.waited)

    def holders(self, service: int) -> list[Person]:
        """Who holds a place of a service, or has its step under way."""
        return [person for person in self.here() if stay_in(person, service)]

    def stays(self, service: int) -> list[Stay]:
        """Places held of a service, or steps under way."""
        return [stay for person in self.holders(service) if (stay := stay_in(person, service))]

    def held(self, service: int) -> int:
        return sum(stay.amount_now for stay in self.stays(service))

    def queue(self, service: int) -> list[Standing]:
        everybody = [standing for person in self.here() for standing in person.standings]
        reviews = [person.review.standing for person in self.here() if person.review]
        everybody += [standing for standing in reviews if standing]
        everybody += [person.mover for person in self.here() if person.mover]
        return sorted((one for one in everybody if one.service == service), key=lambda one: one.turn)

    def has_intake_left(self, service: int) -> bool:
        limit = self.intake[service]
        return limit is None or self.admitted_today[service] < limit

    def admits(self, service: int) -> bool:
        """Open: within hours and with intake left."""
        return self.is_open[service] and self.has_intake_left(service)

    # --- rule 13: settle ---------------------------------------------------------------------------

    def concern(self, services: Any) -> None:
        """Put services on the settle list, by name; one that stands on it keeps its turn."""
        for service in sorted(set(services)):
            if service not in self.settle_list:
                self.settle_list.append(service)

    def settle(self) -> None:
        while self.settle_list:
            service = self.settle_list.pop(0)
            while standing := self.next_due(service):
                self.concern(self.admit(standing))

    def next_due(self, service: int) -> Standing | None:
        """Rules 1, 3, 4 and 7: who is admitted next, if anybody."""
        if not self.admits(service):
            return None
        if self.services[service].providers:
            return self.providers.next_due(service)
        capacity = self.services[service].capacity
        skip_until = self.services[service].skip_until
        for standing in self.queue(service):
            if capacity is None or self.held(service) + standing.amount_asked <= capacity:
                return standing
            if self.never_fits(standing):
                continue
            if skip_until is None or self.now - standing.since >= skip_until:
                return None
        return None

    def never_fits(self, standing: Standing) -> bool:
        """Rule 4: more than all there is now; stepped over as long as that holds."""
        if self.services[standing.service].providers:
            return self.providers.never_fits(standing)
        capacity = self.services[standing.service].capacity
        return capacity is not None and standing.amount_asked > capacity

    # --- admission -----------------------------------------------------------------------------------

    def admit(self, standing: Standing) -> set[int]:
        """Give a place or begin a step; returns the services where something fell free or a queue was left."""
        person, service = standing.person, standing.service
        self.step_counted(person)
        if standing.of_review:
            return self.reviews.begin(standing)
        if standing.moves:
            return self.closures.move(standing)
        if not self.services[service].in_place:
            self.decline.end(person)
        self.admitted_today[service] += 1
        keeps_turn = standing.stand_in is not None and standing.stand_in.keeps_turn
        concerned = self.leave_queues(person, service, LEFT, admitted=standing, keep_main=keeps_turn)
        stay = Stay(
            service=service,
            amount=standing.amount,
            requested_at=standing.since,
            admitted_at=self.now,
            came_from=self.rows.last_service(person),
            care_time=0.0,
            cared_since=self.now,
            provider=standing.offered,
        )
        self.begin_with_provider(standing)
        if before := standing.goes_on:
            person.goes_on = None
            stay.amount, stay.care_time, stay.week = before.amount, before.care_time, before.week
            stay.cared_since = self.now - before.given
            person.review = before.review
        else:
            care_times = self.services[service].care_time
            drawn = self.draws.care_time(person.rank, service, care_times, person.codes)
            stay.care_time = self.decline.care_time(person, service, drawn)
        if self.services[service].in_place:
            person.step = stay
            self.plan_end(person, stay)
            self.plan_taper(person, stay)
            return concerned
        concerned |= self.give_up_place(person, service, STOOD_IN if standing.stand_in else LEFT)
        self.rows.flow(self.now, person, service, standing.why)
        person.place = stay
        person.origin = service
        person.stand_in = standing.stand_in if keeps_turn else None
        self.plan_end(person, stay)
        self.plan_taper(person, stay)
        self.reviews.care_begins(person)
        return concerned

    def begin_with_provider(self, standing: Standing) -> None:
        if standing.offered is not None:
            self.providers.count_start(standing.service, standing.offered)
            self.rows.taken(self.now, standing.service, standing.offered, standing.person)

    def leave_queues(
        self,
        person: Person,
        went_to: int,
        outcome: int,
        *,
        admitted: Standing | None = None,
        keep_main: bool = False,
    ) -> set[int]:
        """Take a person out of their queues; returns those they left unadmitted."""
        left = set()
        for standing in person.standings:
            if standing is person.main and keep_main:
                continue
            if standing is not admitted:
                # What a person gives up is the first wait; of a stand-in's queue they are only let go.
                let_go = outcome == GAVE_UP and standing.stand_in is not None
                self.rows.standing(standing, self.now, went_to, LEFT if let_go else outcome)
                left.add(standing.service)
        if not keep_main:
            person.main = None
            if admitted is None or admitted.stand_in is not None:
                person.goes_on = None  # The wait ends in another way.
        person.extra = []
        return left

    def give_up_place(self, person: Person, went_to: int, outcome: int) -> set[int]:
        place = person.place
        if place is None:
            return set()
        self.rows.stay(person, place, self.now, went_to, outcome)
        self.decline.end(person)
        person.place = None
        person.stand_in = None
        return {place.service}

    def draw_amount(self, person: Person, service: int) -> int | Taper:
        amount = self.services[service].amount
        if amount is None:
            return 1
        leaf = lookup(amount, person)
        if isinstance(leaf, Taper):
            return leaf
        return self.draws.amount(person.rank, service, amount, person.codes)

    def plan_taper(self, person: Person, stay: Stay) -> None:
        if isinstance(stay.amount, Taper):
            at = stay.cared_since + 7 * (stay.week + 1)
            self.plan(at, TAPER_STEP, person.rank, 0, ("taper", person, stay, stay.stretch))

    def taper_step(self, person: Person, stay: Stay, stretch: int) -> bool:
        if stay not in (person.place, person.step) or stay.is_ready or stay.stretch != stretch:
            return False
        stay.week += 1
        self.concern([stay.service])
        self.plan_taper(person, stay)
        return True

    # --- waits -----------------------------------------------------------------------------------------

    def go_on(self, person: Person, target: int, why: int, concerned: set[int]) -> None:
        """To an exit, or into the queue of the next service, still holding what they hold."""
        before = person.goes_on
        if before and before.service == target:
            # A new wait for the same service, with the amount and the care time left.
            self.begin_wait(person, target, WHY_RESOURCED, self.now, before)
            concerned.add(target)
        elif target >= self.n_services:
            concerned |= self.leave(person, target, why)
        else:
            self.begin_wait(person, target, why, since=self.now)
            concerned.add(target)
        self.concern(concerned)

    def begin_wait(
        self, person: Person, service: int, why: int, since: float, goes_on: Stay | None = None
    ) -> None:
        """Rules 3 and 5: class and timers are fixed when the wait begins."""
        self.step_counted(person)
        standing = self.stand(person, service, why, since, None, goes_on)
        person.main = standing
        self.plan_patience(person, standing)

    def plan_patience(self, person: Person, standing: Standing) -> None:
        """Timers of a wait, from when it began."""
        service, since = standing.service, standing.since
        rules = self.services[service]
        for number, stand_in in enumerate(rules.instead):
            if stand_in.only_from is None or person.origin in stand_in.only_from:
                after = self.draws.stand_in_after(person.rank, service, stand_in, person.codes, person.origin)
                due = max(self.now, since + after)
                self.plan(due, TIMER, person.rank, number, ("stand-in", standing, stand_in))
        if rules.give_up is not None:
            after = self.draws.give_up_after(person.rank, service, rules.give_up, person.codes, person.origin)
            due = max(self.now, since + after)
            self.plan(due, TIMER, person.rank, LAST, ("give up", standing, rules.give_up))

    def stand(
        self,
        person: Person,
        service: int,
        why: int,
        since: float,
        stand_in: StandIn | None,
        goes_on: Stay | None = None,
    ) -> Standing:
        drawn = 0 if goes_on else self.draw_amount(person, service)
        standing = Standing(
            person=person,
            service=service,
            since=since,
            priority=lookup(self.services[service].priority, person),
            amount=goes_on.amount if goes_on else self.decline.amount(person, service, drawn),
            drawn=None if goes_on else drawn,
            why=why,
            stand_in=stand_in,
            goes_on=goes_on,
        )
        self.newcomers.append(standing)
        self.count_if_never(standing)
        return standing

    def count_if_never(self, standing: Standing) -> None:
        """Fix who takes them, and count whoever cannot be admitted as things are."""
        service = self.services[standing.service]
        self.providers.fix(standing)
        if (service.in_hours or service.providers) and self.never_fits(standing):
            self.rows.count(standing.since, "never_fits", standing.service)

    def leave(self, person: Person, target: int, why: int) -> set[int]:
        """Out of the system by an exit."""
        concerned = self.give_up_place(person, target, GAVE_UP if why == WHY_GAVE_UP else LEFT)
        self.rows.flow(self.now, person, target, why)
        person.is_here = False
        return concerned

    def turn_away_newcomers(self) -> None:
        """Rule 3: who has begun to wait in this event, holds no place and stands beyond their room."""
        while beyond := [one for one in self.newcomers if self.stands_beyond_room(one)]:
            self.turn_away(beyond[0])
            self.settle()

    def stands_beyond_room(self, standing: Standing) -> bool:
        person = standing.person
        if not person.is_here or standing not in person.standings or not person.is_outside:
            return False
        others = [
            one for one in self.queue(standing.service) if one.person.is_outside and one is not standing
        ]
        return len(others) >= lookup(self.services[standing.service].room, person)

    def turn_away(self, standing: Standing) -> None:
        person, service = standing.person, standing.service
        if standing.stand_in is not None:
            self.rows.standing(standing, self.now, NOBODY, TURNED_AWAY)
            person.extra.remove(standing)
            self.concern([service])
            return
        if away := person.away:
            concerned = self.leave_queues(person, away.stay.service, TURNED_AWAY)
            self.go_back(person, away, concerned)
            return
        otherwise = self.services[service].turned_away_to
        target = self.lost
        if otherwise is not None:
            target = self.draws.turned_away_to(person.rank, service, otherwise, person.codes, person.origin)
        concerned = self.leave_queues(person, target, TURNED_AWAY)
        self.go_on(person, target, WHY_TURNED_AWAY, concerned)

    # --- rule 5: timers --------------------------------------------------------------------------------

    def stand_in_timer(self, standing: Standing, stand_in: StandIn) -> bool:
        person = standing.person
        if not person.is_here or person.main is not standing or person.stand_in is not None:
            return False
        person.extra.append(self.stand(person, stand_in.to, WHY_STOOD_IN, self.now, stand_in))
        self.concern([stand_in.to])
        return True

    def give_up_timer(self, standing: Standing, give_up: GiveUp) -> bool:
        person = standing.person
        if not person.is_here or person.main is not standing:
            return False
        target = self.draws.give_up_to(person.rank, standing.service, give_up.to, person.codes, person.origin)
        concerned = self.leave_queues(person, target, GAVE_UP)
        self.go_on(person, target, WHY_GAVE_UP, concerned)
        return True

    # --- rules 2, 7, 8: ends of care -------------------------------------------------------------------

    def plan_end(self, person: Person, stay: Stay) -> None:
        """When care (or a step) really ends; what a round does is drawn when care begins, or goes on."""
        at = max(self.now, stay.cared_since + stay.care_time)
        rounds = self.services[stay.service].rounds
        what = "end of step" if self.services[stay.service].in_place else "end of care"
        if rounds is not None:
            at = start_of_round(at, rounds)
            while not self.is_seen(person, stay.service, rounds, math.floor(at)):
                at = math.floor(at) + 1 + rounds.start
        self.plan(at, END_OF_CARE, person.rank, 0, (what, person, stay, stay.stretch))

    def is_seen(self, person: Person, service: int, rounds: Rounds, day: int) -> bool:
        """Rule 7: one draw for each round; bank holidays as Sunday."""
        calendar = self.network.calendar
        weekday = SUNDAY if day in calendar.bank_holidays else calendar.weekday_of(day)
        return self.draws.round(person.rank, service) < rounds.seen[weekday]

    def draw_what_follows(self, person: Person, service: int) -> int:
        """`sets` in their order, then `next`."""
        found = self.decline.draw(person, service)
        if found is not None:
            return found
        for attribute, choice in self.services[service].sets:
            person.codes[attribute] = self.draws.sets(person.rank, service, attribute, choice, person.codes)
        return self.draws.next(person.rank, service, self.services[service].next, person.codes)

    def end_of_care(self, person: Person, stay: Stay, stretch: int) -> bool:
        if not person.is_here or person.place is not stay or stay.stretch != stretch or stay.is_ready:
            return False
        self.become_ready(person, stay, self.reviews.care_is_over(person), None)
        return True

    def become_ready(
        self, person: Person, stay: Stay, concerned: set[int], route: tuple[Any, Table[Any]] | None
    ) -> None:
        """Care is over; `route`: where a review sends them, in place of what the service says."""
        concerned |= self.closures.stays(person)  # Before an amount that tapers is the last one.
        stay.ready_at = self.now
        person.need = None
        if isinstance(stay.amount, Taper):
            concerned.add(stay.service)
        if person.away:
            self.ready_in_hospital(person, person.away, concerned)
            return
        if route is None:
            target = self.draw_what_follows(person, stay.service)
        else:
            target = self.draws.choice(person.rank, route[0], route[1], person.codes)
        if person.stand_in is not None:
            assert person.main is not None  # a step cannot be waited for in a stand-in
            if person.stand_in.bridge_only or target == person.main.service:
                self.concern(concerned)
                return
            concerned |= self.leave_queues(person, target, GAVE_UP)
            person.stand_in = None
        elif self.services[stay.service].hold_until_ready and target < self.n_services:
            concerned |= self.give_up_place(person, target, LEFT)
        self.go_on(person, target, WHY_NEXT, concerned)
        self.wait_for_need(person)

    def wait_for_need(self, person: Person) -> None:
        """Delay may change what they need, as long as they wait for it."""
        if person.need:
            person.need.standing = person.main

    def end_of_step(self, person: Person, stay: Stay, _: int) -> bool:
        if not person.is_here or person.step is not stay:
            return False
        stay.ready_at = self.now
        person.need = None
        target = self.draw_what_follows(person, stay.service)
        self.rows.stay(person, stay, self.now, target, LEFT)
        person.step = None
        self.go_on(person, target, WHY_NEXT, {stay.service})
        self.wait_for_need(person)
        return True

    # --- rule 9: away ----------------------------------------------------------------------------------

    def update_exposure(self, person: Person) -> None:
        """Use up the unit exponential of hospital admission while in care, and set its timer anew."""
        stay = person.place
        if stay is None or stay.is_ready or person.stand_in or self.services[stay.service].away is None:
            stay = None
        rule = self.services[stay.service].away if stay else None
        rate: float = lookup(rule.rate, person) if rule else 0.0
        before, rate_before, since = person.exposed
        if (stay, rate) == (before, rate_before):
            return
        person.left_to_bear -= rate_before * (self.now - since)
        person.exposed = (stay, rate, self.now)
        if stay and rate > 0:
            at = on_grid(self.now + max(person.left_to_bear, 0.0) / rate)
            if at < self.network.end:
                self.plan(at, LEAVING, person.rank, 0, ("to hospital", person, person.exposed))

    def to_hospital(self, person: Person, timer: tuple[Stay, float, float]) -> bool:
        if not person.is_here or person.exposed is not timer:
            return False
        stay = timer[0]
        rule = self.services[stay.service].away
        assert rule is not None
        person.exposed = (None, 0.0, self.now)
        person.left_to_bear = self.draws.unit_hospital(person.rank)
        stay.stretch += 1
        off = self.reviews.goes_to_hospital(person) | self.closures.stays(person)
        person.place = None
        stay.given = self.now - stay.cared_since
        hospital: int = lookup(rule.to, person)
        away = person.away = Away(stay, hospital, paid_until=self.now + rule.pay)
        stay.review, person.review = person.review, None
        concerned = self.keep_no_longer(person, away, LEFT) if rule.keep == 0 else set()
        concerned |= off
        if rule.keep > 0:
            self.plan(self.now + rule.keep, TAPER_STEP, person.rank, 0, ("end of keeping", person, away))
            self.plan(away.paid_until, OBSERVATION, person.rank, 0, ("end of pay",))
        self.step_counted(person)
        person.goes_on = None
        person.main = self.stand(person, hospital, WHY_AWAY, self.now, None)
        self.concern({*concerned, hospital})
        return True

    def end_of_keeping(self, person: Person, away: Away) -> bool:
        if not person.is_here or person.away is not away:
            return False
        self.concern(self.keep_no_longer(person, away, LEFT))
        return True

    def keep_no_longer(self, person: Person, away: Away, outcome: int) -> set[int]:
        """The kept place falls free, if it has not yet."""
        if not away.is_kept:
            return set()
        died = self.n_services + self.network.exits.index("died") if outcome == DIED else 0
        self.rows.stay(person, away.stay, self.now, died if outcome == DIED else away.hospital, outcome)
        away.is_kept = False
        return {away.stay.service}

    def seek(self, person: Person, away: Away) -> int:
        """What those ask for who are to go on with their care and whose place is gone."""
        if away.put_out_to is not None:
            return self.draws.closed_else(person.rank, away.stay.service, away.put_out_to, person.codes)
        person.goes_on = away.stay
        rule = self.services[away.stay.service].away
        if rule is None or rule.find_again is None:
            return away.stay.service
        return self.draws.find_again(person.rank, away.stay.service, rule.find_again, person.codes)

    def ready_in_hospital(self, person: Person, away: Away, concerned: set[int]) -> None:
        hospital = person.place
        rule = self.services[away.stay.service].away
        assert hospital is not None
        assert rule is not None
        target = self.draws.away_next(person.rank, away.stay.service, rule.next, person.codes)
        back = target == away.stay.service
        if back and away.is_kept:
            self.rows.flow(self.now, person, target, WHY_RESTARTED)
            self.concern(concerned | self.give_up_place(person, target, LEFT))
            self.come_back(person, away)
            return
        concerned |= self.keep_no_longer(person, away, LEFT)
        person.away = None
        target = self.seek(person, away) if back else target
        if self.services[hospital.service].hold_until_ready and target < self.n_services:
            concerned |= self.give_up_place(person, target, LEFT)
        self.go_on(person, target, WHY_NEXT, concerned)

    def go_back(self, person: Person, away: Away, concerned: set[int]) -> None:
        """Not in hospital after all: to the kept place, or to look for a new one."""
        if away.is_kept:
            self.come_back(person, away)
            self.concern(concerned)
        else:
            person.away = None
            self.go_on(person, self.seek(person, away), WHY_NEXT, concerned)

    def come_back(self, person: Person, away: Away) -> None:
        """Care goes on in the kept place."""
        person.away = None
        person.place = away.stay
        person.origin = away.stay.service
        away.stay.cared_since = self.now - away.stay.given
        self.plan_end(person, away.stay)
        self.plan_taper(person, away.stay)
        person.review = away.stay.review
        self.reviews.care_begins(person)
        self.closures.must_move(person)

    # --- rule 11: death --------------------------------------------------------------------------------

    def hazard_of(self, person: Person) -> float:
        hazard = self.decline.hazard(person, None, lookup(self.mortality, person))
        held = [stay.service for stay in (person.place, person.step) if stay]
        held += [person.away.stay.service] if person.away and person.away.is_kept else []
        for service in held:
            hazard += self.decline.hazard(person, service, lookup(self.services[service].mortality, person))
        return hazard

    def update_hazard(self, person: Person) -> None:
        """Use up the unit exponential at the old rate and set the timer anew at the new one."""
        hazard = self.hazard_of(person)
        if hazard == person.hazard:
            return
        person.left_to_live -= person.hazard * (self.now - person.hazard_since)
        person.hazard, person.hazard_since = hazard, self.now
        if hazard > 0:
            at = on_grid(self.now + max(person.left_to_live, 0.0) / hazard)
            if at < self.network.end:
                self.plan(at, DEATH, person.rank, 0, ("death", person, (hazard, self.now)))

    def death(self, person: Person, timer: tuple[float, float]) -> bool:
        if not person.is_here or (person.hazard, person.hazard_since) != timer:
            return False
        died = self.n_services + self.network.exits.index("died")
        concerned = self.leave_queues(person, died, DIED)
        concerned |= self.reviews.care_is_over(person, died=True) | self.closures.stays(person)
        if person.step:
            self.rows.stay(person, person.step, self.now, died, DIED)
            concerned.add(person.step.service)
            person.step = None
        if person.away:
            concerned |= self.keep_no_longer(person, person.away, LEFT if person.place else DIED)
        concerned |= self.give_up_place(person, died, DIED)
        self.rows.flow(self.now, person, died, WHY_DIED)
        person.is_here = False
        self.concern(concerned)
        return True

    # --- rule 6 and 7: changes -------------------------------------------------------------------------

    def change(self, changes: list[tuple[str, int, Any]]) -> None:
        concerned = set()
        for what, service, value in changes:
            if what == "opens":
                self.is_open[service] = value
                concerned.add(service)
            elif what == "intake":
                self.intake[service], new_day = value
                if new_day:
                    self.admitted_today[service] = 0
                concerned.add(service)
            elif what.startswith("provider "):
                self.providers.set_clock(what, service, value)
                concerned.add(service)
            elif service < 0:
                assert what == "mortality"
                self.mortality = value
            else:
                before = self.services[service]
                self.services[service] = replace(before, **{what: value})
                if what == "capacity":
                    self.rows.capacity(self.now, service, value)
                    concerned.add(service)
                elif what == "closures":
                    self.closures.act(service, before.closures, value)
                    self.rows.providers(self.now, service, self.services[service])
                    concerned.add(service)
                elif what == "capacities":
                    self.rows.providers(self.now, service, self.services[service])
                    concerned.add(service)
        self.concern(concerned)
        self.settle_list.sort()  # One event, whatever it does to whom.

    # --- rule 12: deadlock -----------------------------------------------------------------------------

    def move_one_cycle(self) -> bool:
        """Examine rule 12 once; True if people moved."""
        self.deadlock.left = []
        cycle = self.deadlock.cycle_to_move()
        for stuck in self.deadlock.left:
            who = tuple(sorted(one.person.rank for one in stuck))
            if who not in self.stuck_cycles:  # counted once, however often it is found
                self.stuck_cycles.add(who)
                self.rows.count(self.now, "deadlock_cycles_left", stuck[0].service)
        if cycle:
            self.move(cycle)
        return bool(cycle)

    def move(self, cycle: list[Standing]) -> None:
        """All of a cycle at once."""
        self.rows.count(self.now, "deadlock_cycles", cycle[0].service)
        concerned = set()
        for one in cycle:
            self.rows.count(self.now, "deadlock_moves", one.service)
            concerned |= self.admit(one)
        self.concern(concerned)

    def step_counted(self, person: Person) -> None:
        """Rule 13: more than 1,000 steps without time passing is an error."""
        at, steps = person.steps_now
        person.steps_now = (self.now, steps + 1 if at == self.now else 1)
        if person.steps_now[1] > MAX_STEPS:
            raise RunError(f"day {self.now}: person {person.rank} makes no end of steps without time passing")


def lookup(table: Table[Any], person: Person) -> Any:
    """What holds for a person."""
    return leaf_of(table, person.codes, person.origin)


def stay_in(person: Person, service: int) -> Stay | None:
    """The place or step of a service that somebody has, away included."""
    kept = person.away.stay if person.away and person.away.is_kept else None
    review = person.review.under_way if person.review else None
    stays = (person.place, person.step, kept, review)
    return next((stay for stay in stays if stay and stay.service == service), None)


def start_of_round(at: float, rounds: Rounds) -> float:
    """The instant itself inside a round, else when the next round starts."""
    day = math.floor(at)
    if at - day < rounds.start:
        return day + rounds.start
    return day + 1 + rounds.start if at - day >= rounds.end else at


def run(network: Network, people: People, recorder: Recorder) -> None:
    """Run one replication; the recorder holds its rows afterwards."""
    PlainEngine(network, people, recorder).run()
