"""Delay has consequences (rule 10): whole days of it, counted for each person, shift what comes after."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caresim.engine.streams import Values
from caresim.engine.timers import LAST_SUB, PATIENCE, Timer
from caresim.grid import on_grid
from caresim.network.network import Choice, DayEffect
from caresim.records.recorder import LEFT, WHY_CHANGED

if TYPE_CHECKING:
    from caresim.distributions import Distribution
    from caresim.engine.person import Person
    from caresim.engine.queues import Standing
    from caresim.engine.resource import Lookup
    from caresim.engine.simulation import Simulation

DAY_SUB = LAST_SUB - 1
"""Of one person's timers at an instant: after stand-ins, before giving up."""


class Decline:
    """What delay has done to one person so far."""

    __slots__ = ("asked", "days", "delayed", "need", "since", "timer")

    def __init__(self) -> None:
        self.days = 0
        """Whole days of delay that count."""
        self.delayed = 0.0
        """Days of all delays that are over."""
        self.since = 0.0
        """When the present delay began."""
        self.timer: Timer | None = None
        """The end of the next whole day of the present delay."""
        self.asked: dict[int, int] = {}
        """Service -> amount drawn for it, before it grew: as long as they may wait for it."""
        self.need: Need | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """A choice that delay shifts: by which shares, to whose gain, and with which uniforms."""

    choices: Lookup[Choice]
    gains: tuple[tuple[int, Lookup[DayEffect]], ...]
    """(code, what it gains each day), in order of codes."""
    uniforms: Values[None]

    def code(self, class_: int, u: float, days: int) -> int:
        """What `u` picks after so many days: as without, but for the part that delay has taken."""
        choice = self.choices[class_]
        place = min(bisect_right(choice.cumulative, u), len(choice.codes) - 1)
        code = choice.codes[place]
        if not days or not self.gains:
            return code
        gains = [(gainer, effects[class_].adds) for gainer, effects in self.gains]
        total = sum(gain for _, gain in gains)
        if total == 0.0 or any(gainer == code for gainer, _ in gains):
            return code
        starts = (0.0, *choice.cumulative)
        named = {gainer for gainer, _ in gains}
        others = sum(
            upto - since
            for other, since, upto in zip(choice.codes, starts, choice.cumulative, strict=False)
            if other not in named
        )
        # Each of the others loses the same part, from the beginning of its own stretch of (0, 1).
        taken = (u - starts[place]) / (starts[place + 1] - starts[place]) * others
        if taken >= total * days:
            return code
        # The day on which they change decides nothing: the part of that day's gains they fall in does.
        left = taken % total
        for gainer, gain in gains:
            if left < gain:
                return gainer
            left -= gain
        return gains[-1][0]


@dataclass(frozen=True, slots=True)
class Needs:
    """What people are found to need at the end of care in a service."""

    sets: tuple[tuple[int, Draw], ...]
    next: Draw


class Need:
    """What somebody was found to need: open until the place (or step) they wait for is theirs."""

    __slots__ = ("_class", "_needs", "_uniforms", "standing", "target")

    def __init__(self, person: Person, needs: Needs) -> None:
        self._needs = needs
        self._class = person.class_
        self._uniforms = [draw.uniforms.of(person) for draw in (*(d for _, d in needs.sets), needs.next)]
        self.target = -1
        self.standing: Standing | None = None
        """Their wait for it; None: they do not wait for it."""

    def after(self, days: int, simulation: Simulation) -> tuple[int, int]:
        """Their class and target after so many days of delay."""
        class_, needs = self._class, self._needs
        for (attribute, draw), u in zip(needs.sets, self._uniforms, strict=False):
            class_ = simulation.classes.after(class_, attribute, draw.code(class_, u, days))
        return class_, needs.next.code(class_, self._uniforms[-1], days)


@dataclass(frozen=True, slots=True)
class GrownTime:
    """Care times, longer by each day of delay before them."""

    values: Values[Distribution]
    effects: Lookup[DayEffect]

    def of(self, person: Person) -> float:
        drawn = self.values.of(person)
        if person.decline is None:
            return drawn
        return on_grid(drawn * (1.0 + self.effects[person.class_].grows) ** person.decline.days)


@dataclass(frozen=True, slots=True)
class GrownAmount:
    """Amounts in minutes per week, more by each day of delay before admission."""

    values: Values[Distribution]
    effects: Lookup[DayEffect]
    service: int

    def of(self, person: Person) -> float:
        drawn = int(self.values.of(person))
        if person.decline is None:
            return drawn
        person.decline.asked[self.service] = drawn
        return self.grown(person, drawn)

    def grown(self, person: Person, drawn: int) -> int:
        assert person.decline is not None
        return math.floor(drawn * (1.0 + self.effects[person.class_].grows) ** person.decline.days + 0.5)


def worsened(hazard: float, effects: Lookup[DayEffect] | None, class_: int, days: int) -> float:
    """A hazard of death [per day] after so many days of delay."""
    if effects is None or not days:
        return hazard
    effect = effects[class_]
    return hazard * (1.0 + effect.grows) ** days + effect.adds * days


class Declines:
    """Counts whole days of delay, and has each of them do what it does."""

    def __init__(self, simulation: Simulation) -> None:
        self._world = simulation
        self._at_most = 0
        rule = simulation.network.deconditioning
        if rule is not None:
            self._at_most = rule.at_most
            for number in rule.delayed_in:
                simulation.services[number].counts_delay = True

    # ---------------------------------------------------------------- counting days

    def begins(self, person: Person) -> None:
        """A delay, in a service where it counts."""
        decline = person.decline = person.decline or Decline()
        decline.since = self._world.now
        self._expect(person, decline)

    def ends(self, person: Person) -> None:
        decline = person.decline
        assert decline is not None
        decline.delayed += self._world.now - decline.since
        decline.days = min(self._at_most, math.floor(decline.delayed))
        if decline.timer is not None:
            decline.timer.cancel()
            decline.timer = None

    def _expect(self, person: Person, decline: Decline) -> None:
        decline.timer = None
        if decline.days < self._at_most:
            world, due = self._world, decline.since + (decline.days + 1 - decline.delayed)
            if due < world.network.end:
                decline.timer = world.timers.set(due, PATIENCE, person.rank, self._on_day, person, DAY_SUB)

    def _on_day(self, timer: Timer) -> None:
        """One more whole day: amounts asked for grow, and what they need is looked at again."""
        world = self._world
        world.now = timer.at
        person: Person = timer.subject  # type: ignore[assignment]
        decline = person.decline
        assert decline is not None
        decline.days += 1
        self._expect(person, decline)
        for standing in (person.wait, *person.stand_ins):
            if standing is not None:
                self._ask_more(person, decline, standing)
        need = decline.need
        if need is not None and need.standing is not None and need.standing is person.wait:
            self._look_again(person, decline, need)
        if world.is_mortal and person.rank in world.inside:
            world.mortality.update(person, world.now)
        world.settle()

    def _ask_more(self, person: Person, decline: Decline, standing: Standing) -> None:
        service = standing.service
        drawn = decline.asked.get(service.number)
        if drawn is None or service.amount is None:
            return
        found = service.amount[person.class_]
        amount = found.grown(person, drawn) if isinstance(found, GrownAmount) else standing.amount
        if amount != standing.amount:
            standing.amount = amount
            # Who comes to ask for more than there is, is stepped over.
            self._world.touched.append(service)
            self._world.suspect_deadlock()

    # ---------------------------------------------------------------- what is needed next

    def find_need(self, person: Person, needs: Needs) -> int:
        """What they need next, under the delay there has been; attributes are set on the way."""
        world = self._world
        decline = person.decline = person.decline or Decline()
        if needs.sets:
            world.tell_so_far(person)
        need = decline.need = Need(person, needs)
        person.class_, need.target = need.after(decline.days, world)
        return need.target

    @staticmethod
    def forget_need(person: Person) -> None:
        """What they were found to need before is nothing to what they are found to need now."""
        if person.decline is not None:
            person.decline.need = None

    @staticmethod
    def waits(person: Person) -> None:
        """They wait for what they need: until it is there, delay may change it."""
        if person.decline is not None and person.decline.need is not None:
            person.decline.need.standing = person.wait

    def _look_again(self, person: Person, decline: Decline, need: Need) -> None:
        """The same uniforms after one more day; whoever comes to need something else asks for that."""
        world = self._world
        class_, target = need.after(decline.days, world)
        if class_ != person.class_:
            world.tell_so_far(person)
            for standing in person.stand_ins:
                world.rows.standing(standing, world.now)
            person.class_ = class_
        if target == need.target:
            return
        need.target = target
        world.stop_waiting(person, LEFT, target)
        if target >= world.n_services:
            world.leave(person, target, WHY_CHANGED, LEFT)
        else:
            world.begin_wait(person, world.services[target], WHY_CHANGED)
            need.standing = person.wait
