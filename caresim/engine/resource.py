"""A service while it runs: what it holds, whether it is open, who is next, what people draw there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from caresim.distributions import Distribution
from caresim.engine.decline import Draw, GrownAmount, GrownTime, Needs
from caresim.engine.person import Person
from caresim.engine.queues import Queue, Standing
from caresim.engine.streams import Certain, Draws, Purpose, Values
from caresim.errors import RunError
from caresim.network.network import (
    FROM,
    AmountChange,
    Away,
    Calendar,
    Choice,
    DayEffect,
    Reviews,
    Service,
    StandIn,
    Table,
    Taper,
)

if TYPE_CHECKING:
    from caresim.engine.pools import Provider

Found = TypeVar("Found")

WEEK = 7.0
MOST_ROUNDS = 1000
"""Rounds a person may be missed on before something must be wrong."""


class Classes:
    """Every combination of attributes that turns up, numbered; drawing an attribute leads to another."""

    def __init__(self, rows: list[tuple[int, ...]], attributes: tuple[str, ...]) -> None:
        self.rows = rows
        self.attributes = attributes
        self._number = {row: number for number, row in enumerate(rows)}
        self._after: dict[tuple[int, int, int], int] = {}

    def after(self, class_: int, attribute: int, code: int) -> int:
        """The class of somebody of `class_` once an attribute has this code."""
        key = (class_, attribute, code)
        number = self._after.get(key)
        if number is None:
            row = list(self.rows[class_])
            row[attribute] = code
            number = self._number.setdefault(tuple(row), len(self.rows))
            if number == len(self.rows):
                self.rows.append(tuple(row))
            self._after[key] = number
        return number


class Lookup(dict[Any, Found], Generic[Found]):
    """A table of the network, looked up once for each class (or class and origin) that turns up."""

    def __init__(
        self, table: Table, classes: Classes, origins: int, make: Callable[[Any], Found], what: str
    ) -> None:
        super().__init__()
        self._table = table
        self._classes = classes
        self._make = make
        self._what = what
        self._made: dict[int, Found] = {}
        self.by_origin = FROM in table.axes
        self._origins = origins

    def __missing__(self, key: int) -> Found:
        class_, origin = divmod(key, self._origins) if self.by_origin else (key, 0)
        row = self._classes.rows[class_]
        leaf = 0
        for axis, length in zip(self._table.axes, self._table.shape, strict=True):
            leaf = leaf * length + (origin if axis == FROM else row[axis])
        if leaf not in self._made:
            value = self._table.leaves[leaf]
            if value is None:
                raise RunError(
                    f"{self._what}: somebody came before an attribute it goes by was set. Add `else:`."
                )
            self._made[leaf] = self._make(value)
        found = self[key] = self._made[leaf]
        return found

    def of(self, person: Person) -> Found:
        return self[person.class_ * self._origins + person.origin if self.by_origin else person.class_]


@dataclass(frozen=True, slots=True)
class Leaving:
    """How people in care here go to hospital: `away` of the network, looked up by class."""

    rate: Lookup[float]
    to: Lookup[int]
    keep: float
    pay: float
    next: Lookup[int | Values[Choice] | Certain]
    find_again: Lookup[int | Values[Choice] | Certain] | None


Choices = Lookup[int | Values[Choice] | Certain]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a review comes to: `Effect` of the network, looked up by class."""

    ends: bool
    amount: Lookup[AmountChange] | None
    next: Choices | None


@dataclass(frozen=True, slots=True)
class Reviewing:
    """How people in care here are reviewed: `Reviews` of the network, looked up by class."""

    first: Lookup[Values[Distribution]]
    every: Lookup[Values[Distribution]] | None
    by: int | None
    care_time: Lookup[Values[Distribution]] | None
    amount: Lookup[Taper | Values[Distribution]] | None
    at_least: int
    outcomes: Choices
    effects: tuple[Outcome, ...]

    def amount_of(self, person: Person) -> int:
        """Minutes per week one takes of the team's."""
        assert self.amount is not None
        found = self.amount[person.class_]
        return found.first if isinstance(found, Taper) else int(found.of(person))


class Resource:
    """One service at run time: the places held of those there are, and the queue for them."""

    def __init__(
        self, number: int, service: Service, draws: Draws, classes: Classes, origins: int, repeats: bool
    ) -> None:
        self.number = number
        self.name = service.name
        self.in_place = service.in_place
        self.in_hours = service.in_hours
        self.hold_until_ready = service.hold_until_ready
        self.skip_until = service.skip_until
        self.rounds = service.rounds
        self.queue = Queue()
        self.capacity: float = math.inf if service.capacity is None else service.capacity
        """Places, or minutes per week."""
        self.held = 0
        """Of the same unit."""
        self.n_people = 0
        """Who hold a place here (of a step: are under way)."""
        self.n_care_over = 0
        """Of these, people whose care here has ended."""
        self.holders: dict[int, Person] | None = None
        """These people by rank, where a deadlock is possible; None elsewhere: nobody asks."""
        self.within_hours = True
        self.intake: float = math.inf
        """Starts allowed today."""
        self.started = 0
        """Starts made today, counted where intake is limited."""
        self.counts_starts = bool(service.intake)
        self.is_listed = False
        """Stands on the settle list."""

        self.tries_patience = False
        """Whoever waits here may turn elsewhere or give up, now or before a change."""
        self.waits_first = False
        """Even who is admitted at once has begun to wait: for patience is drawn, or a provider looked for."""
        self.providers: list[Provider] = []
        """Whose the places are; []: its own."""

        self._draws = draws
        self._classes = classes
        self._origins = origins
        self._repeats = repeats
        self._round_draws = draws.uniforms((self.name, "round"))
        self.counts_delay = False
        """Days of delay here have consequences."""
        self._shifts = service.shifts
        """What delay before it shifts here."""
        self.needs: Needs | None = None
        """What people need next, where delay shifts it; else `sets` and `next` say it."""
        self._found_by: dict[str, Any] = {}
        """`sets` and `next`, where delay shifts them."""
        self.worse: Lookup[DayEffect] | None = None
        """What each day of delay does to the hazard of death here."""
        if service.shifts is not None and service.shifts.mortality is not None:
            self.worse = self._lookup(service.shifts.mortality, _as_it_is, "mortality")
        for field in (
            "care_time",
            "sets",
            "next",
            "amount",
            "mortality",
            "instead",
            "give_up",
            "turned_away_to",
            "away",
            "reviews",
        ):
            self.set(field, getattr(service, field))
        self.priority = self._lookup(service.priority, int, "priority")
        self.room = self._lookup(service.room, float, "room")
        self.has_room = any(leaf is None or leaf < math.inf for leaf in service.room.leaves)

    # ---------------------------------------------------------------- what holds from now on

    def set(self, field: str, value: Any) -> None:
        """From now on `field` of the service is `value`: a dated change, or the first setting."""
        setter = getattr(self, f"_set_{field}", None)
        self.tries_patience |= field in ("instead", "give_up") and bool(value)
        self.waits_first |= self.tries_patience
        if setter is None:
            setattr(self, field, value)
        else:
            setter(value)

    def _set_capacity(self, value: int | None) -> None:
        self.capacity = math.inf if value is None else value

    def _set_care_time(self, table: Table[Distribution]) -> None:
        self.care_time = self._lookup(table, self._care_time, "care time")

    def _care_time(self, leaf: Distribution) -> Values[Distribution] | GrownTime:
        values = self._draws.durations((self.name, "care time"), leaf, self._repeats)
        if self._shifts is None or self._shifts.care_time is None:
            return values
        return GrownTime(values, self._lookup(self._shifts.care_time, _as_it_is, "care_time"))

    def _set_next(self, table: Table[Choice]) -> None:
        self.next = self._choices(table, "next")
        self._find_needs("next", table)

    def _set_sets(self, sets: tuple[tuple[int, Table[Choice]], ...]) -> None:
        names = self._classes.attributes
        self.sets = [(attribute, self._choices(table, "sets", names[attribute])) for attribute, table in sets]
        self._find_needs("sets", sets)

    def _find_needs(self, field: str, value: Any) -> None:
        shifts = self._shifts
        if shifts is None or not (shifts.next or shifts.sets):
            return
        self._found_by[field] = value
        if len(self._found_by) == 2:
            names, gains = self._classes.attributes, dict(shifts.sets)
            self.needs = Needs(
                tuple(
                    (attribute, self._shifted(table, gains.get(attribute, ()), "sets", names[attribute]))
                    for attribute, table in self._found_by["sets"]
                ),
                self._shifted(self._found_by["next"], shifts.next, "next"),
            )

    def _shifted(
        self, table: Table[Choice], gains: tuple[tuple[int, Table[DayEffect]], ...], *what: str
    ) -> Draw:
        """A choice that delay shifts, by the uniforms that it has without."""
        return Draw(
            self._lookup(table, _as_it_is, what[0]),
            tuple((code, self._lookup(effects, _as_it_is, what[0])) for code, effects in gains),
            self._draws.uniforms((self.name, *what)),
        )

    def _set_amount(self, table: Table[Distribution | Taper] | None) -> None:
        self.amount = None if table is None else self._lookup(table, self._amount, "amount")

    def _amount(self, leaf: Distribution | Taper) -> Taper | Values[Distribution] | GrownAmount:
        if isinstance(leaf, Taper):
            return leaf
        values = self._draws.amounts((self.name, "amount"), leaf, self._repeats)
        if self._shifts is None or self._shifts.amount is None:
            return values
        effects = self._lookup(self._shifts.amount, _as_it_is, "amount")
        return GrownAmount(values, effects, self.number)

    def _set_mortality(self, table: Table[float]) -> None:
        self.mortality = self._lookup(table, float, "mortality")
        self.is_mortal = any(table.leaves)

    def _set_instead(self, rules: tuple[StandIn, ...]) -> None:
        self.instead = [(rule, self._durations(rule.after, "instead", rule.purpose)) for rule in rules]

    def _set_give_up(self, rule: Any) -> None:
        self.give_up = None
        if rule is not None:
            self.give_up = (self._durations(rule.after, "give up"), self._choices(rule.to, "give up to"))

    def _set_turned_away_to(self, table: Table[Choice] | None) -> None:
        self.turned_away_to = None if table is None else self._choices(table, "turned away to")

    def _set_away(self, rule: Away | None) -> None:
        self.away = None
        if rule is not None:
            self.away = Leaving(
                self._lookup(rule.rate, float, "away.rate"),
                self._lookup(rule.to, int, "away.to"),
                rule.keep,
                rule.pay,
                self._choices(rule.next, "away next"),
                None if rule.find_again is None else self._choices(rule.find_again, "away find again"),
            )

    def _set_reviews(self, rules: Reviews | None) -> None:
        self.reviews = None
        if rules is None:
            return

        def times(table: Table[Distribution] | None, what: str) -> Lookup[Values[Distribution]] | None:
            make = partial(self._of_review, (self.name, f"review {what}"))
            return None if table is None else self._lookup(table, make, "reviews")

        def choices(table: Table[Choice], *what: str) -> Choices:
            make = partial(self._draws.choices, (self.name, *what), repeats=True)
            return self._lookup(table, make, "reviews")

        def amount(leaf: Distribution | Taper) -> Taper | Values[Distribution]:
            if isinstance(leaf, Taper):
                return leaf
            return self._draws.amounts((self.name, "review amount"), leaf, True)

        first = times(rules.first, "first")
        assert first is not None
        self.reviews = Reviewing(
            first=first,
            every=times(rules.every, "every"),
            by=rules.by,
            care_time=times(rules.care_time, "care time"),
            amount=None if rules.amount is None else self._lookup(rules.amount, amount, "reviews.amount"),
            at_least=rules.at_least,
            outcomes=choices(rules.outcomes, "review outcome"),
            effects=tuple(
                Outcome(
                    effect.ends,
                    None
                    if effect.amount is None
                    else self._lookup(effect.amount, _as_it_is, "reviews.effects"),
                    None if effect.next is None else choices(effect.next, "review next", effect.name),
                )
                for effect in rules.effects
            ),
        )

    def _of_review(self, purpose: Purpose, leaf: Distribution) -> Values[Distribution]:
        return self._draws.durations(purpose, leaf, True)

    def _lookup(self, table: Table, make: Callable[[Any], Found], what: str) -> Lookup[Found]:
        return Lookup(table, self._classes, self._origins, make, f"services.{self.name}.{what}")

    def _durations(self, table: Table[Distribution], *what: str) -> Lookup[Values[Distribution]]:
        purpose: Purpose = (self.name, *what)
        return self._lookup(table, lambda leaf: self._draws.durations(purpose, leaf, self._repeats), what[0])

    def _choices(self, table: Table[Choice], *what: str) -> Lookup[int | Values[Choice] | Certain]:
        purpose: Purpose = (self.name, *what)

        def make(leaf: Choice) -> int | Values[Choice] | Certain:
            if len(leaf.codes) > 1:
                return self._draws.choices(purpose, leaf, self._repeats)
            # Nothing to choose; but who may come back has drawn once, as under any other shares.
            return Certain(purpose, leaf.codes[0]) if self._repeats else leaf.codes[0]

        return self._lookup(table, make, what[0])

    # ---------------------------------------------------------------- who is admitted

    @property
    def is_open(self) -> bool:
        """Within opening hours, and with intake left."""
        return self.within_hours and self.started < self.intake

    def could_admit(self, standing: Standing) -> bool:
        """Whether there is enough in all, as things are, for somebody who begins to stand here."""
        return standing.amount <= self.capacity or not self.in_hours

    def next_due(self, now: float) -> Standing | None:
        """Who is to be admitted now; None: nobody can be."""
        queue = self.queue
        if not queue.length or not self.within_hours or self.started >= self.intake:
            return None
        free = self.capacity - self.held
        if not self.in_hours:
            return queue.first() if free >= 1 else None
        return self._next_that_fits(free, now) if free >= max(0, queue.least) else None

    def _next_that_fits(self, free: float, now: float) -> Standing | None:
        """The first in order whose amount fits, if nobody must be waited for."""
        least = math.inf
        for standing in self.queue:
            if standing.amount <= free:
                return standing
            least = min(least, standing.amount)
            if standing.amount > self.capacity:
                continue  # Can never fit as things are: nobody waits behind it.
            if self.skip_until is None or now - standing.since >= self.skip_until:
                return None
        self.queue.least = least
        return None

    def take(self, person: Person, amount: int) -> None:
        self.held += amount
        self.n_people += 1
        if self.holders is not None:
            self.holders[person.rank] = person
        if self.counts_starts:
            self.started += 1

    def take_at_start(self, person: Person, amount: int) -> None:
        """Of the start census, which nobody admitted."""
        self.take(person, amount)

    def grow(self, person: Person, more: int) -> None:
        """Somebody takes so much more (or less) of the place they hold."""
        self.held += more

    def give_back(self, person: Person, amount: int) -> None:
        self.held -= amount
        self.n_people -= 1
        if self.holders is not None:
            del self.holders[person.rank]

    def close(self) -> None:
        """The end of the run."""

    # ---------------------------------------------------------------- what people draw here

    def draw_amount(self, person: Person) -> int:
        """Places (1) or minutes per week a person asks for."""
        if self.amount is None:
            return 1
        found = self.amount[person.class_]
        return found.first if isinstance(found, Taper) else int(found.of(person))

    def taper(self, person: Person) -> Taper | None:
        found = self.amount[person.class_] if self.amount is not None else None
        return found if isinstance(found, Taper) else None

    def tapered(self, person: Person, now: float) -> int:
        """Minutes per week in the present week of care, halves up."""
        taper = self.taper(person)
        assert taper is not None
        if person.care_time <= 0:
            return taper.last
        week = (now - person.cared_since) // WEEK
        part = min(1.0, WEEK * week / person.care_time)
        return math.floor(taper.first + (taper.last - taper.first) * part + 0.5)

    def seen_at(self, person: Person, end: float, calendar: Calendar) -> float:
        """When somebody on a round finds that care which ended at `end` is over."""
        rounds = self.rounds
        assert rounds is not None
        for _ in range(MOST_ROUNDS):
            day = math.floor(end)
            if end - day >= rounds.end:
                day += 1
            end = max(end, day + rounds.start)
            weekday = 6 if day in calendar.bank_holidays else calendar.weekday_of(day)
            if self._round_draws.of(person) < rounds.seen[weekday]:
                return end
            end = day + 1 + rounds.start
        raise RunError(f"services.{self.name}.rounds: somebody was not seen on {MOST_ROUNDS} rounds running.")


def _as_it_is(leaf: Found) -> Found:
    return leaf


def chosen(lookup: Lookup[int | Values[Choice] | Certain], person: Person) -> int:
    """The code a person draws, or the only one there is."""
    found = lookup[person.class_]
    return found if isinstance(found, int) else int(found.of(person))
