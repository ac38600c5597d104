"""Who the plain engine moves: a person, the place or step they are in, the queues they stand in."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from caresim.network.network import Choice, StandIn, Table, Taper

if TYPE_CHECKING:
    from engine.plain_decline import Need
    from engine.plain_reviews import Course

NEVER = math.nan


@dataclass(eq=False)
class Stay:
    """A place held, or an in-place step under way."""

    service: int
    amount: int | Taper
    requested_at: float
    admitted_at: float
    came_from: int
    care_time: float
    """As drawn, before rounds."""
    ready_at: float = NEVER
    week: int = 0
    """Of care; its steps are events like any other, kind 2."""
    cared_since: float = NEVER
    """Admission, later by all time away: instants of weeks and of the end of care count from it."""
    given: float = 0.0
    """Of the care time, what they had had when they last left it for hospital."""
    review: Course | None = None
    """The next one, when they last left it for hospital."""
    stretch: int = 0
    """Which part of care, between times away: what was planned in another one is no more."""
    provider: int | None = None
    """Whose place it is, by their number in the service; None: the service's own."""

    @property
    def amount_now(self) -> int:
        """Rule 4: first + (last - first) x min(1, 7k / care time) in week k, and last from ready on."""
        if not isinstance(self.amount, Taper):
            return self.amount
        first, last = self.amount.first, self.amount.last
        if self.is_ready:
            return last
        if self.week == 0 or self.care_time == 0:
            return first
        return math.floor(first + (last - first) * min(1.0, 7 * self.week / self.care_time) + 0.5)

    @property
    def is_ready(self) -> bool:
        return not math.isnan(self.ready_at)


@dataclass(eq=False)
class Standing:
    """Somebody in a queue."""

    person: Person
    service: int
    since: float
    priority: int
    amount: int | Taper
    why: int
    """What began this wait; WHY_STOOD_IN for a stand-in's standing."""
    stand_in: StandIn | None = None
    drawn: int | Taper | None = None
    """The amount before it grew by delay; None: it does not grow."""
    of_review: bool = False
    taking: list[int] = field(default_factory=list)
    """Providers of the service that take them."""
    is_for_providers: bool = False
    moves: bool = False
    """In care, with another provider."""
    offered: int | None = None
    """The provider that admits them."""
    goes_on: Stay | None = None
    """The care they left for hospital and go on with once they are admitted."""

    @property
    def amount_asked(self) -> int:
        if self.goes_on:
            return self.goes_on.amount_now
        return self.amount.first if isinstance(self.amount, Taper) else self.amount

    @property
    def turn(self) -> tuple[int, float, int]:
        """Rule 3: class, then when the wait began, then rank."""
        return (self.priority, self.since, self.person.rank)


@dataclass(eq=False)
class Away:
    """A place left for hospital."""

    stay: Stay
    hospital: int
    paid_until: float
    is_kept: bool = True
    put_out_to: Table[Choice] | None = None
    """Where those go whose place was closed meanwhile."""


@dataclass(eq=False)
class Person:
    rank: int
    codes: list[int]
    origin: int
    """`from`: the last service that gave a place, else the arrival stream, else the start."""
    place: Stay | None = None
    step: Stay | None = None
    mover: Standing | None = None
    """In care with a provider that closes: where they stand for another."""
    main: Standing | None = None
    """In the queue of what they wait for."""
    extra: list[Standing] = field(default_factory=list)
    """In queues of stand-ins."""
    stand_in: StandIn | None = None
    """What they are bridging in, else None."""
    is_here: bool = False
    hazard: float = 0.0
    hazard_since: float = 0.0
    left_to_live: float = math.inf
    """What is left of the unit exponential."""
    away: Away | None = None
    """Until they are ready in hospital."""
    review: Course | None = None
    """The next one of their care."""
    goes_on: Stay | None = None
    """On the way back to it: the care they left for hospital."""
    left_to_bear: float = math.inf
    """Of the unit exponential for hospital admission."""
    exposed: tuple[Stay | None, float, float] = (None, 0.0, 0.0)
    """In which care, at which rate, since when."""
    steps_now: tuple[float, int] = (NEVER, 0)
    delayed_days: int = 0
    """Whole days of delay that count."""
    delayed: float = 0.0
    """Days of all such delays that are over."""
    delay: tuple[Stay, float] | None = None
    """Of the present one, the place held and since when."""
    need: Need | None = None

    @property
    def standings(self) -> list[Standing]:
        return ([self.main] if self.main else []) + self.extra

    @property
    def is_outside(self) -> bool:
        return self.place is None
