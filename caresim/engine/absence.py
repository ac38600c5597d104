"""Away (rule 9): people in care are admitted to hospital, and their place is kept for a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caresim.engine.person import NAN, Person
from caresim.engine.resource import Choices, Resource, chosen
from caresim.engine.timers import AWAY, KEPT, Timer
from caresim.grid import on_grid
from caresim.records.recorder import (
    DIED,
    IN_CARE,
    LEFT,
    NOBODY,
    TURNED_AWAY,
    UNFINISHED,
    WHY_AWAY,
    WHY_NEXT,
    WHY_RESOURCED,
    WHY_RESTARTED,
)

if TYPE_CHECKING:
    from caresim.engine.reviews import Review
    from caresim.engine.simulation import Simulation


class Exposure:
    """How much hazard of a hospital admission somebody still bears: a unit exponential, used up."""

    __slots__ = ("left", "rate", "since", "timer")

    def __init__(self, left: float) -> None:
        self.left = left
        self.rate = 0.0
        self.since = 0.0
        self.timer: Timer | None = None


class Kept:
    """The care somebody left for hospital, which they are to go on with, and the place kept for it."""

    __slots__ = (
        "admitted_at",
        "amount",
        "came_from",
        "care_time",
        "given",
        "home",
        "hospital",
        "is_held",
        "paid_until",
        "put_out_to",
        "requested_at",
        "review",
        "since",
        "timer",
        "waits_again",
    )

    def __init__(self, person: Person, home: Resource, now: float) -> None:
        self.home = home
        self.hospital = NOBODY if home.away is None else home.away.to[person.class_]
        self.requested_at, self.admitted_at = person.requested_at, person.admitted_at
        self.came_from = person.came_from
        self.amount = person.amount
        self.care_time = person.care_time
        self.given = now - person.cared_since
        """Of the care time, what they have had."""
        self.since = now
        """The place has been kept since then, or since the last row told of it."""
        self.paid_until = now if home.away is None else now + home.away.pay
        self.is_held = True
        """The place; else it fell free, and only the care time left is kept."""
        self.review: Review | None = None
        """The next one of the care they left."""
        self.timer: Timer | None = None
        """The end of the kept place."""
        self.waits_again = False
        """Ready in hospital (or turned away by it), they wait for a new place, or are on the way to one."""
        self.put_out_to: Choices | None = None
        """Where those go whose place was closed meanwhile; None: they look for a new one."""

    @property
    def care_left(self) -> float:
        """None is left of care that is over and that no round has ended yet."""
        return max(0.0, self.care_time - self.given)


class Absences:
    """Who goes to hospital when, and what becomes of the place they leave."""

    def __init__(self, simulation: Simulation) -> None:
        self._world = simulation
        self._unit_exponentials = simulation.draws.lifetimes(("hospital admission",), repeats=True)

    # ---------------------------------------------------------------- the hazard

    def care_begins(self, person: Person) -> float | None:
        """In care where people may go to hospital, or going on with theirs: then the care time left."""
        kept, left, place = person.kept, None, person.place
        if kept is not None and kept.waits_again and kept.home is place and person.step is None:
            # On the way back they may be bridging where they were: that is other care.
            left = self._goes_on(person, kept) if person.state == IN_CARE else None
        if place is not None and place.away is not None and person.exposure is None:
            person.exposure = Exposure(self._unit_exponentials.of(person))
        if person.exposure is not None:
            self.update(person, person.exposure)
        return left

    def update(self, person: Person, exposure: Exposure) -> None:
        """Use up what has been borne, and set the timer by the present rate."""
        world, place, rate = self._world, person.place, 0.0
        if place is not None and place.away is not None and person.state == IN_CARE:
            rate = place.away.rate[person.class_]
        if rate == exposure.rate:
            return
        exposure.left -= exposure.rate * (world.now - exposure.since)
        exposure.rate, exposure.since = rate, world.now
        if exposure.timer is not None:
            exposure.timer.cancel()
            exposure.timer = None
        if rate > 0.0:
            due = world.now + on_grid(max(exposure.left, 0.0) / rate)
            if due < world.network.end:
                exposure.timer = world.timers.set(due, AWAY, person.rank, self._on_leaving, person)

    def everybody_anew(self, home: Resource) -> None:
        """The rates of a service are others from now on."""
        for person in self._world.inside.values():
            if person.place is home and person.exposure is not None:
                self.update(person, person.exposure)

    # ---------------------------------------------------------------- leaving for hospital

    def _on_leaving(self, timer: Timer) -> None:
        """The place is kept, and the bed asked for: until it is there they hold no other place."""
        world = self._world
        world.now = now = timer.at
        person: Person = timer.subject  # type: ignore[assignment]
        home, exposure = person.place, person.exposure
        assert home is not None
        assert home.away is not None
        assert exposure is not None
        world.rows.state(person, now)
        exposure.left, exposure.rate, exposure.timer = self._unit_exponentials.of(person), 0.0, None
        kept = person.kept = Kept(person, home, now)
        if person.review is not None:
            kept.review = world.reviews.leave_for_hospital(person, person.review)
        world.stop_care(person)
        world.closures.stays(person)
        person.place = None
        if home.away.keep > 0:
            kept.timer = world.timers.set(
                now + home.away.keep, KEPT, person.rank, self._on_end_of_keeping, person
            )
        else:
            self.give_up(person, kept, LEFT)
        world.begin_wait(person, world.services[kept.hospital], WHY_AWAY)
        world.settle()
        if world.is_mortal and person.rank in world.inside:
            world.mortality.update(person, now)

    def _on_end_of_keeping(self, timer: Timer) -> None:
        self._world.now = timer.at
        person: Person = timer.subject  # type: ignore[assignment]
        assert person.kept is not None
        self.give_up(person, person.kept, LEFT)
        if self._world.is_mortal:
            self._world.mortality.update(person, timer.at)
        self._world.settle()

    def give_up(self, person: Person, kept: Kept, outcome: int) -> None:
        """The kept place falls free."""
        world, home = self._world, kept.home
        went_to = world.died if outcome == DIED else kept.hospital
        world.rows.kept_stay(person, kept, outcome, went_to, world.now)
        home.give_back(person, kept.amount)
        if home.in_hours or home.held >= home.capacity:
            world.suspect_deadlock()
        world.touched.append(home)
        kept.is_held = False
        self._keep_no_longer(kept)

    @staticmethod
    def _keep_no_longer(kept: Kept) -> None:
        if kept.timer is not None:
            kept.timer.cancel()
            kept.timer = None

    # ---------------------------------------------------------------- coming back, or not

    def leave_hospital(self, person: Person, kept: Kept) -> int | None:
        """Ready in hospital: back in care in the kept place (None), or where they go next."""
        assert kept.home.away is not None
        target = chosen(kept.home.away.next, person)
        if target != kept.home.number:
            if kept.is_held:
                self.give_up(person, kept, LEFT)
            person.kept = None
        elif kept.is_held:
            world = self._world
            world.rows.flow(person, target, WHY_RESTARTED, world.now)
            world.give_up_place(person, target, LEFT)
            self._return(person, kept)
            return None
        else:
            return self._look_for_a_place(person, kept)
        return target

    @staticmethod
    def _look_for_a_place(person: Person, kept: Kept) -> int:
        """What those ask for who are to go on with their care, the place gone."""
        if kept.put_out_to is not None:
            person.kept = None
            return chosen(kept.put_out_to, person)
        kept.waits_again = True
        rule = kept.home.away
        if rule is None or rule.find_again is None:
            return kept.home.number
        return chosen(rule.find_again, person)

    def _return(self, person: Person, kept: Kept) -> None:
        """In care again in the kept place, at once."""
        world, now = self._world, self._world.now
        self._keep_no_longer(kept)
        world.rows.kept(person, kept, now)
        person.place, person.amount = kept.home, kept.amount
        person.requested_at, person.admitted_at, person.ready_at = kept.requested_at, kept.admitted_at, NAN
        person.origin, person.came_from = kept.home.number, kept.came_from
        person.state, person.awaited, person.state_since = IN_CARE, NOBODY, now
        world.care_for(person, kept.home, self._goes_on(person, kept))
        assert person.exposure is not None
        self.update(person, person.exposure)
        if world.is_mortal:
            world.mortality.update(person, now)
        world.closures.is_back(person)

    def _goes_on(self, person: Person, kept: Kept) -> float:
        """They go on with the care they left: the care time left."""
        person.care_time = kept.care_time
        person.cared_since = self._world.now - kept.given
        person.review = kept.review
        person.kept = None
        return kept.care_left

    def wait_again(self, person: Person, kept: Kept) -> None:
        """Ask for a new place of the same service, with the same amount."""
        if person.decline is not None:
            person.decline.asked.pop(kept.home.number, None)
        self._world.begin_wait(person, kept.home, WHY_RESOURCED, kept.amount)

    def turned_away(self, person: Person, kept: Kept) -> None:
        """No room to wait for the bed: they come back at once."""
        self._world.stop_waiting(person, TURNED_AWAY, kept.home.number)
        self.go_back(person, kept)

    def go_back(self, person: Person, kept: Kept) -> None:
        """Not in hospital after all, and holding no bed: to the kept place, or to look for a new one."""
        if kept.is_held:
            self._return(person, kept)
            return
        world, target = self._world, self._look_for_a_place(person, kept)
        if target >= world.n_services:
            world.leave(person, target, WHY_NEXT, LEFT)
        elif target == kept.home.number:
            self.wait_again(person, kept)
        else:
            world.begin_wait(person, world.services[target], WHY_NEXT)

    # ---------------------------------------------------------------- the end

    def died(self, person: Person) -> None:
        """Who holds a bed in hospital dies there; who waits for one dies in the place kept."""
        if person.exposure is not None and person.exposure.timer is not None:
            person.exposure.timer.cancel()
        if person.kept is not None and person.kept.is_held:
            self.give_up(person, person.kept, DIED if person.place is None else LEFT)
        person.kept = None

    def close(self, person: Person) -> None:
        """The end of the run."""
        if person.kept is not None and person.kept.is_held:
            self._world.rows.kept_stay(person, person.kept, UNFINISHED, NOBODY, self._world.now)
