"""Rule 10 as plainly as it can be written: whole days of delay, and what each of them shifts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caresim.grid import on_grid
from caresim.network.network import Choice, DayEffect, Service, Table, Taper
from caresim.records.recorder import LEFT, WHY_CHANGED
from engine.plain_draws import leaf_of

if TYPE_CHECKING:
    from engine.plain_engine import PlainEngine
    from engine.plain_people import Person, Standing, Stay

BEFORE_GIVING_UP = 1022
"""Where the end of a day stands among one person's timers of an instant."""


@dataclass(eq=False)
class Need:
    """What somebody was found to need, by uniforms that stay what they are."""

    codes: list[int]
    """Before anything was set."""
    rules: Service
    """As they were then."""
    uniforms: list[float]
    """Of what is set, in order, and of what is next."""
    target: int
    standing: Standing | None = None


class PlainDecline:
    """Counts each person's days of delay, and looks again at what they need as each is over."""

    def __init__(self, engine: PlainEngine) -> None:
        self.engine = engine
        self.rule = engine.network.deconditioning

    # --- days

    def update(self, person: Person) -> None:
        """Whether they are delayed now where it counts; if that is new, the next day is planned."""
        stay = person.place
        if self.rule is None or person.delay or stay is None or not stay.is_ready or person.stand_in:
            return
        if stay.service in self.rule.delayed_in:
            person.delay = (stay, self.engine.now)
            self.plan_day(person)

    def plan_day(self, person: Person) -> None:
        assert self.rule is not None
        assert person.delay is not None
        if person.delayed_days < self.rule.at_most:
            at = person.delay[1] + person.delayed_days + 1 - person.delayed
            self.engine.plan(at, 5, person.rank, BEFORE_GIVING_UP, ("delayed day", person, person.delay))

    def end(self, person: Person) -> None:
        """The place is given up, and with it the delay."""
        if self.rule is None or person.delay is None:
            return
        person.delayed += self.engine.now - person.delay[1]
        person.delayed_days = min(math.floor(person.delayed), self.rule.at_most)
        person.delay = None

    def day(self, person: Person, delay: tuple[Stay, float]) -> bool:
        if not person.is_here or person.delay is not delay:
            return False
        engine = self.engine
        person.delayed_days += 1
        self.plan_day(person)
        concerned = set()
        for standing in person.standings:
            if standing.drawn is not None:
                standing.amount = self.amount(person, standing.service, standing.drawn)
                concerned.add(standing.service)
        need = person.need
        if need and need.standing and need.standing is person.main:
            before, need.target = need.target, self.find(person, need)
            if need.target != before:
                concerned |= engine.leave_queues(person, need.target, LEFT)
                engine.go_on(person, need.target, WHY_CHANGED, concerned)
                need.standing = person.main
                return True
        engine.concern(concerned)
        return True

    # --- what they need

    def draw(self, person: Person, service: int) -> int | None:
        """What they need next, where delay shifts it; None: the service says it as ever."""
        rules = self.engine.services[service]
        if rules.shifts is None or not (rules.shifts.next or rules.shifts.sets):
            return None
        name, attributes = rules.name, self.engine.network.attributes
        purposes = [(name, "sets", attributes[attribute].name) for attribute, _ in rules.sets]
        uniforms = [self.uniform(person, purpose) for purpose in [*purposes, (name, "next")]]
        person.need = need = Need(list(person.codes), rules, uniforms, -1)
        need.target = self.find(person, need)
        return need.target

    def uniform(self, person: Person, purpose: tuple[str, ...]) -> float:
        u, mine = self.engine.draws.draw(person.rank, purpose)
        return float(u[mine])

    def find(self, person: Person, need: Need) -> int:
        """Their attributes and target after the days there have been."""
        shifts, codes = need.rules.shifts, list(need.codes)
        assert shifts is not None
        *of_sets, of_next = need.uniforms
        for (attribute, table), u in zip(need.rules.sets, of_sets, strict=True):
            gains = dict(shifts.sets).get(attribute, ())
            codes[attribute] = shifted(leaf_of(table, codes, 0), gains, codes, u, person.delayed_days)
        person.codes[:] = codes
        return shifted(leaf_of(need.rules.next, codes, 0), shifts.next, codes, of_next, person.delayed_days)

    # --- what they take, how long, and how they die

    def amount(self, person: Person, service: int, drawn: int | Taper) -> int | Taper:
        shifts = self.engine.services[service].shifts
        if shifts is None or shifts.amount is None or isinstance(drawn, Taper):
            return drawn
        return math.floor(drawn * self.factor(person, shifts.amount) + 0.5)

    def care_time(self, person: Person, service: int, drawn: float) -> float:
        shifts = self.engine.services[service].shifts
        if shifts is None or shifts.care_time is None:
            return drawn
        return on_grid(drawn * self.factor(person, shifts.care_time))

    def factor(self, person: Person, effects: Table[DayEffect]) -> float:
        return float((1.0 + effect_of(effects, person).grows) ** person.delayed_days)

    def hazard(self, person: Person, service: int | None, hazard: float) -> float:
        """Of a service, or everywhere (None)."""
        if self.rule is None:
            return hazard
        shifts = None if service is None else self.engine.services[service].shifts
        effects = self.rule.mortality if service is None else shifts.mortality if shifts else None
        if effects is None:
            return hazard
        return hazard * self.factor(person, effects) + effect_of(effects, person).adds * person.delayed_days


def effect_of(effects: Table[DayEffect], person: Person) -> DayEffect:
    found: DayEffect = leaf_of(effects, person.codes, 0)
    return found


def shifted(choice: Choice, gains: Any, codes: list[int], u: float, days: int) -> int:
    """Who gains has its share and `days` times its gain; the others give it, each the same part of theirs.

    (0, 1) is cut as ever, in order of codes. Of each stretch that gives, the beginning is given: as
    much of it by each day, and within that in order of who gains.
    """
    cuts = [0.0, *choice.cumulative]
    mine = next(place for place, upto in enumerate(choice.cumulative) if upto > u)
    gaining = {code: leaf_of(effects, codes, 0).adds for code, effects in gains}
    a_day = sum(gaining.values())
    if choice.codes[mine] in gaining or a_day == 0:
        return choice.codes[mine]
    to_give = sum(cuts[n + 1] - cuts[n] for n, code in enumerate(choice.codes) if code not in gaining)
    at = (u - cuts[mine]) / (cuts[mine + 1] - cuts[mine]) * to_give
    if at >= a_day * days:
        return choice.codes[mine]
    of_its_day = at % a_day
    for code, gain in sorted(gaining.items()):
        if of_its_day < gain:
            return code
        of_its_day -= gain
    return max(gaining)
