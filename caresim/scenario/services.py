"""A declared service: its capacity, care, routes, queue, clocks, start and cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: F401  (named in docstrings)

from caresim.distributions import Distribution
from caresim.scenario.reviews import Reviews
from caresim.scenario.staff import FromStaff
from caresim.scenario.values import Dated, Personal, Shares

KINDS = (
    "acute",
    "community_hospital",
    "intermediate_care",
    "reablement",
    "domiciliary",
    "residential",
    "nursing",
    "extra_care",
    "live_in",
    "assessment",
    "brokerage",
    "equipment",
    "panel",
    "choice",
    "home",
    "other",
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REASONS = ("A", "B", "C", "Di", "Dii", "E", "F", "G", "H", "I", "O")


@dataclass(frozen=True, kw_only=True, slots=True)
class Taper:
    """An amount that falls (or grows) in weekly steps over the care time."""

    first: float
    """In the first week [hours per week]."""
    last: float
    """From the end of the care time on [hours per week]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """When people are admitted; care once begun runs on."""

    days: frozenset[str] = frozenset(WEEKDAYS)
    hours: tuple[float, float] = (0.0, 1.0)
    """Half open, as shares of a day: 08:00-18:00 is (1/3, 0.75)."""
    bank_holidays: bool = True
    """Open on bank holidays."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """How many may start on a day; a day not named has no limit (None)."""

    days: dict[str, int | None]
    """All seven weekdays -> starts a day."""
    bank_holiday: int | None = None
    """Beats the weekday where `has_bank_holiday`."""
    has_bank_holiday: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds:
    """When somebody decides that a person is ready."""

    hours: tuple[float, float] = (0.0, 1.0)
    seen: dict[str, float] = field(default_factory=dict)
    """Weekday -> share of people seen that day; 1 where not named; bank holidays as Sunday."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Skip:
    """Read the queue in order and admit each who fits, until someone has waited too long."""

    until_waited: float


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueRules:
    """Who comes first, who may be passed, and how many may wait holding no place."""

    skip: Skip | None = None
    priority: Personal[int] = 1
    """Class, 1 first; may be `by: from` or an attribute."""
    room: Personal[int | None] = None
    """How many may wait outside; None: unlimited; may be `by: from`."""
    otherwise: Personal[Shares] | None = None
    """`else`: where those turned away go; None: they are lost and counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StandIn:
    """Another service that may take those who wait too long."""

    after: Personal[Distribution]
    to: str
    keeps_turn: bool
    only_from: frozenset[str] | None = None
    """Names of services or streams; None: everyone."""
    bridge_only: bool = False
    """`bridge: only`: on bridging whatever the stand-in's `next` says."""


STANDARDS = ("wait", "wait_and_care", "delay", "all")
"""What a standard may be of: until admitted, until ready, from ready until leaving, until leaving."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standard:
    """How soon people are to be served: what is counted of it changes nothing in a run."""

    within: float
    """That is still in time [days]."""
    of: str
    """One of STANDARDS."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GiveUp:
    """How long people wait at most, and where they go then."""

    after: Personal[Distribution]
    to: Personal[Shares]


@dataclass(frozen=True, kw_only=True, slots=True)
class Away:
    """People in care here may be admitted to hospital; their place is kept for a time."""

    rate: Personal[float]
    """Hazard of being admitted while in care here [per day]."""
    to: Personal[str]
    """The service that is asked for."""
    keep: float
    """How long the place is kept from leaving for hospital [days]."""
    pay: float | None
    """How long of that it is paid for; None: as long as it is kept."""
    next: Personal[Shares]
    """Where they go when ready there; BACK: where they came from."""
    find_again: Personal[Shares] | None = None
    """The services that those ask for first who come back and whose place is gone; None: this one."""


BACK = "back"
"""In `away.next`: the kept place if it still is, else a new wait for the same service."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartWith:
    """Who is here at the start of the run, before any warm-up."""

    in_care: int = 0
    delayed: dict[str, int] = field(default_factory=dict)
    """Service waited for -> people who hold a place here."""
    waiting: int = 0
    """People outside, for this service."""
    elapsed: str | Distribution = "equilibrium"
    """"equilibrium", "fresh" or a distribution [days]."""
    waited: Personal[Distribution] | None = None
    """How long the delayed and waiting have waited; None: not at all."""
    who: dict[str, Personal[Shares]] | None = None
    """Attribute -> shares; None: arrival shares weighted by mean care time here."""
    file: tuple[CensusRow, ...] = ()
    """Rows of a census file, in place of the counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CensusRow:
    """One person of a census file."""

    state: str
    """in_care, delayed or waiting."""
    waiting_for: str | None
    elapsed: float
    waited: float
    attributes: dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Places paid for whether used or not."""

    places: float
    per_week: float
    payer: Personal[str | Shares] | None = None
    """None: the payer of the ordinary price."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prices:
    """Prices in pounds, each per the unit in its name, and who pays."""

    payer: Personal[str | Shares]
    """A name, or fixed shares of several."""
    per_day: Personal[float] | None = None
    per_week: Personal[float] | None = None
    per_hour: Personal[float] | None = None
    per_stay: Personal[float] | None = None
    per_place_day: Personal[float] | None = None
    per_waiting_day: Personal[float] | None = None
    per_delayed_day: Personal[float] | None = None
    per_turned_away: Personal[float] | None = None
    per_year: Personal[float] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost(Prices):
    """The ordinary prices of a service, and what is paid besides."""

    block: Block | None = None
    also: dict[str, Prices] = field(default_factory=dict)
    """Further lines by name, each with a payer of its own: a contribution, an intervention's cost."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DelayClass:
    """What waiting for this service counts as in delayed transfers of care."""

    reason: str
    """One of REASONS."""
    responsible: Shares
    """nhs, social_care, both -> fixed fractional split."""


RATINGS = ("outstanding", "good", "requires_improvement", "inadequate")
"""Best first."""
MOST_FREE, BEST_RATED = "most_free", "best_rated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """Somebody who gives a part of what a service has, to those people they take."""

    name: str
    label: str
    places: int | Dated[int] | FromStaff | None = None
    """None where `hours` is given."""
    hours: float | Dated[float] | FromStaff | None = None
    """Per week."""
    takes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Attribute -> values, all of which must be met; of an attribute left out any will do."""
    opens: Opening | None = None
    intake: Intake | None = None
    rating: str | None = None
    """One of RATINGS."""
    closed: float | None = None
    """Admits nobody; and has nobody any more so many days after it closed (inf: who is there stays)."""
    put_out_to: Personal[Shares] | None = None
    """Where those go who are in care there on that day; None: they wait for such a place again."""
    is_service: bool = False
    """The service itself, which may close and has no other providers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A kind of care with a number of places, or a step that needs staff time.

    A person holds one place from admission until the next service admits them,
    so a full service downstream keeps places occupied here: that is a delay.
    """

    name: str
    label: str
    kind: str
    """One of KINDS."""
    in_place: bool = False
    """Staff time, not somewhere to be: people keep the place they hold."""
    places: int | Dated[int] | FromStaff | None = None
    """How many it can hold; None where `hours` or `providers` are given or it is `unlimited`."""
    hours: float | Dated[float] | FromStaff | None = None
    """Hours per week that people's amounts add up to."""
    unlimited: bool = False
    providers: tuple[Provider, ...] = ()
    """Who has the places or hours, in order of names (2 before 10); (): they are the service's own."""
    fill: str | tuple[str, ...] = MOST_FREE
    """Who is filled first: MOST_FREE, BEST_RATED, or names in order; of equals the one with most free."""
    amount: Personal[Distribution | Taper] | None = None
    """What one person takes [hours per week]."""
    care_time: Personal[Distribution]
    """Admission until ready [days]."""
    sets: dict[str, Personal[Shares]] = field(default_factory=dict)
    """Attributes drawn at ready, before `next`, in this order."""
    next: Personal[Shares]
    hold_until_ready: bool = False
    """The place is given up at ready, not when the next service admits."""
    queue: QueueRules = QueueRules()
    instead: tuple[StandIn, ...] = ()
    give_up: GiveUp | None = None
    away: Away | None = None
    reviews: Reviews | None = None
    opens: Opening | None = None
    intake: Intake | None = None
    rounds: Rounds | None = None
    standard: Standard | None = None
    mortality: Personal[float] = 0.0
    """Hazard while a place here is held [per day], on top of `people.mortality`."""
    start_with: StartWith = StartWith()
    dtoc: DelayClass | None = None
    cost: Cost | None = None

    @property
    def in_hours(self) -> bool:
        """Its capacity is hours per week, its own or its providers'."""
        return self.hours is not None or any(provider.hours is not None for provider in self.providers)

    @property
    def in_places(self) -> bool:
        """Its capacity is a number of places."""
        return not self.unlimited and not self.in_hours


@dataclass(frozen=True, kw_only=True, slots=True)
class Exit:
    """A way out of the system."""

    name: str
    label: str
