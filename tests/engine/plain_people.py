"""Who the plain engine moves: a person, the place or step they are in, the queues they stand in."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from caresim.network.network import StandIn, Taper

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
    """After admission; its steps are events like any other, kind 2."""

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

    @property
    def amount_asked(self) -> int:
        return self.amount.first if isinstance(self.amount, Taper) else self.amount

    @property
    def turn(self) -> tuple[int, float, int]:
        """Rule 3: class, then when the wait began, then rank."""
        return (self.priority, self.since, self.person.rank)


@dataclass(eq=False)
class Person:
    rank: int
    codes: list[int]
    origin: int
    """`from`: the last service that gave a place, else the arrival stream, else the start."""
    place: Stay | None = None
    step: Stay | None = None
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
    steps_now: tuple[float, int] = (NEVER, 0)

    @property
    def standings(self) -> list[Standing]:
        return ([self.main] if self.main else []) + self.extra

    @property
    def is_outside(self) -> bool:
        return self.place is None
