"""A system as an engine reads it: indices, tuples and numbers, nothing to look up or default.

No Python callable lives here, so a compiled engine can read the same network. Everything
that changes at an instant is a `Change` or a breakpoint; a run never changes the network.

Codes. Services, streams, exits, attributes and the values of an attribute are numbered in
order of their names, so "by name" is "by number". A *target* is a service's number, or
`n_services + k` for exit k. An *origin* (`from`) is a service's number, `n_services + j`
for stream j, or `n_services + n_streams` for people present at the start.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from caresim.distributions import Distribution

Leaf = TypeVar("Leaf")

FROM = -1
"""The axis of a `Table` that is an origin, not an attribute."""
OPEN, CLOSED, MOVING, EMPTY = range(4)
"""Of a provider: it admits; it admits nobody; nor does it keep who is there; nobody is there any more."""
NOT_IN_POST = -1
"""In place of the number of a group of staff: elsewhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table(Generic[Leaf]):
    """A value for every combination of the codes it depends on."""

    axes: tuple[int, ...] = ()
    """Attribute numbers, or FROM; () where the value is the same for everybody."""
    shape: tuple[int, ...] = ()
    """Entries along each axis: for an attribute its values and, last, "not set yet"."""
    leaves: tuple[Leaf | None, ...]
    """Row-major; None where nothing holds (an attribute not set yet, and no `else`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Categories in order of their names; one uniform picks the first with cumulative > u."""

    codes: tuple[int, ...]
    cumulative: tuple[float, ...]
    """Rising; the last is exactly 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taper:
    """Minutes per week in the first week, and from ready on."""

    first: int
    last: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StandIn:
    to: int
    after: Table[Distribution]
    keeps_turn: bool
    only_from: frozenset[int] | None
    """Origins; None: everyone."""
    bridge_only: bool
    purpose: str
    """Names its draw: "<to>" or, for a second one to the same service, "<to> 2"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GiveUp:
    after: Table[Distribution]
    to: Table[Choice]
    """Of targets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Away:
    """Hospital, the place here kept."""

    rate: Table[float]
    """Hazard of being admitted while in care here [per day]."""
    to: Table[int]
    """The service asked for, by who they are when they leave."""
    keep: float
    pay: float
    """Of `keep`, and no longer."""
    next: Table[Choice]
    """Of targets; the service's own number: back."""
    find_again: Table[Choice] | None = None
    """Of services: what those ask for first who are to come back and whose place is gone; None: this one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AmountChange:
    """So many times an amount, and so many minutes per week more."""

    factor: float
    plus: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What an outcome of a review does; with neither, it changes nothing or ends the care."""

    name: str
    ends: bool
    amount: Table[AmountChange] | None
    next: Table[Choice] | None
    """Of targets, in place of the service's `sets` and `next`; None: by these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviews:
    """Reviews of people in care here."""

    first: Table[Distribution]
    every: Table[Distribution] | None
    by: int | None
    """The service whose capacity one takes; None: nobody's."""
    care_time: Table[Distribution] | None
    """Of one, with `by`."""
    amount: Table[Distribution | Taper] | None
    """Of that service's hours, if it has hours."""
    at_least: int
    """Minutes per week (or 0) below which nobody is reviewed."""
    outcomes: Table[Choice]
    """Codes are places in `effects`."""
    effects: tuple[Effect, ...]
    """In order of names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DayEffect:
    """What one whole day of delay does to a value."""

    adds: float
    """To a share, or to a hazard [per day]."""
    grows: float
    """Of an amount, a care time or a hazard: the share it is more, compound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shifts:
    """What a person's days of delay shift in a service."""

    next: tuple[tuple[int, Table[DayEffect]], ...]
    """(target that gains, by how much a day), by target."""
    sets: tuple[tuple[int, tuple[tuple[int, Table[DayEffect]], ...]], ...]
    """(attribute, (code that gains, by how much a day)), by attribute and code."""
    amount: Table[DayEffect] | None
    care_time: Table[DayEffect] | None
    mortality: Table[DayEffect] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Deconditioning:
    """Delay has consequences."""

    delayed_in: frozenset[int]
    """Services in which delay counts."""
    at_most: int
    """Whole days."""
    mortality: Table[DayEffect] | None
    """Everywhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rounds:
    """Half open [start, end), as shares of a day."""

    start: float
    end: float
    seen: tuple[float, ...]
    """Monday first, shares of people seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CensusPerson:
    """A row of a census file."""

    state: str
    waiting_for: int
    """A service's number; -1 where the state is in_care."""
    elapsed: float
    waited: float
    codes: tuple[int, ...]
    """Attribute codes; -1: drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Census:
    """Who is here at the start of the run."""

    in_care: int = 0
    delayed: tuple[tuple[int, int], ...] = ()
    """(service waited for, people), by service."""
    waiting: int = 0
    elapsed: Distribution | None = None
    """None: equilibrium."""
    waited: Table[Distribution] | None = None
    classes: tuple[tuple[int, ...], ...] = ()
    """Attribute codes of each class that can be here."""
    cumulative: tuple[float, ...] = ()
    """Cumulated shares of `classes`, in order of the values' names; the last is exactly 1."""
    rows: tuple[CensusPerson, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Staffed:
    """A capacity that is what a group of staff can do, in each replication another."""

    group: int
    worth: tuple[tuple[float, float], ...]
    """(instant, minutes per week or places of each productive worker from then on), first at the start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """Who has a part of a service's capacity, and for whom; what changes over time is in `Service`."""

    name: str
    takes: tuple[tuple[int, frozenset[int]], ...]
    """(attribute, codes), all of which must be met; (): everybody."""
    opens: tuple[tuple[float, bool], ...]
    intake: tuple[tuple[float, int | None, bool], ...]
    """Both as those of a `Service`, and on top of them."""
    staffed: Staffed | None = None
    """Whose work its capacity is, worth nothing once it is EMPTY; None: it is its own."""
    is_service: bool = False
    """The service itself, which may close and has no other providers."""

    def has(self, codes: tuple[int, ...]) -> bool:
        """Whether it takes people with these attribute codes."""
        return all(codes[attribute] in taken for attribute, taken in self.takes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A service at the start of the run; `Network.changes` say what becomes of it."""

    name: str
    in_place: bool
    in_hours: bool
    """Capacity and amounts are minutes per week; else places, one a person."""
    capacity: int | None
    """Places, or minutes per week; None: unlimited. Where staff make it, what they make at the start."""
    mean_amount: float
    """What one person takes on average: minutes per week, or 1 place."""
    amount: Table[Distribution | Taper] | None
    """Hours per week of a distribution (rounded to minutes when drawn), or a Taper."""
    care_time: Table[Distribution]
    sets: tuple[tuple[int, Table[Choice]], ...]
    """(attribute, choice of its values), drawn in this order at ready."""
    next: Table[Choice]
    """Of targets."""
    hold_until_ready: bool
    skip_until: float | None
    """`queue.skip.until_waited`; None: strictly in order."""
    priority: Table[int]
    """May have a FROM axis."""
    room: Table[int | float]
    """May have a FROM axis; math.inf: unlimited."""
    turned_away_to: Table[Choice] | None
    instead: tuple[StandIn, ...]
    give_up: GiveUp | None
    away: Away | None
    reviews: Reviews | None = None
    opens: tuple[tuple[float, bool], ...]
    """(instant, open from then on), the first at the start of the run; () : always open."""
    intake: tuple[tuple[float, int | None, bool], ...]
    """(instant, starts a day or None, a new day begins), first at the start of the run; () : no limit."""
    rounds: Rounds | None
    mortality: Table[float]
    """Hazard [per day] while a place here is held."""
    census: Census
    delay_counts: bool
    """Has a `dtoc`; else a wait for it counts as O, NHS."""
    staffed: Staffed | None = None
    """Whose work its capacity is; None: it is its own."""
    providers: tuple[Provider, ...] = ()
    """Who has the capacity, by name; (): the service itself."""
    capacities: tuple[int, ...] = ()
    """Of each provider, places or minutes per week; `capacity` is their sum.

    Where staff make some, what they make at the start, here and in every `Change`: an engine takes what
    all of such a service have over time from the `People` of its replication."""
    closures: tuple[int, ...] = ()
    """Of each provider OPEN, CLOSED, MOVING or EMPTY; an empty one has no capacity."""
    put_out_to: tuple[Table[Choice] | None, ...] = ()
    """Of each provider, the targets of those who are put out; None: they wait for such a place again."""
    fill: tuple[int, ...] = ()
    """The rank of each provider: the lowest is filled first; of equals the one with most free; by number."""
    standard: tuple[str, float] | None = None
    """What it is of, and how long [days] is in time: for tables only."""
    shifts: Shifts | None = None
    """What delay before it shifts here; None: nothing."""

    @property
    def works(self) -> tuple[tuple[int, Staffed], ...]:
        """(provider, whose work its capacity is) of those it has; the service itself is 0."""
        each = [provider.staffed for provider in self.providers] if self.providers else [self.staffed]
        return tuple((k, staffed) for k, staffed in enumerate(each) if staffed is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """Expected arrivals (or batches) a day: base x patterns x growth."""

    base: tuple[tuple[float, float], ...]
    """(instant, per day from then on); the first holds before its instant."""
    month: tuple[float, ...] | None
    weekday: tuple[float, ...] | None
    hour: tuple[float, ...] | None
    cycle: tuple[float, tuple[float, ...]] | None
    """(length [days], factors), from time.from."""
    growth: float
    """A year of 365.25 days, compound, 1 at time.from."""
    growth_by: Table[float] | None = None
    """The same for each class of those who arrive, in place of `growth`."""
    bands: tuple[tuple[float, tuple[tuple[float, float], ...]], ...] = ()
    """With `growth_by`: (from this instant, (growth, share of people who draw it)); the first also before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffGroup:
    """Workers who come and go; of what is dated (instant, value from then on), first at the start."""

    name: str
    in_post: int
    """At the start of the run, all productive."""
    posts: tuple[tuple[float, int], ...]
    joiners: Rate
    """People found a day; who is found while no post is vacant does not join."""
    leavers: tuple[tuple[float, float], ...]
    """Hazard [per day] of each worker to have an occasion to leave."""
    leave_to: tuple[tuple[float, Choice], ...]
    """Where such an occasion leads: codes of groups, or NOT_IN_POST."""
    induction: tuple[tuple[float, float], ...]
    """Joining until productive [days], of those who join from then on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    name: str
    rate: Rate | None
    times: tuple[float, ...] | None
    every: float | None
    counts: tuple[tuple[int, int], ...] | None
    """(day, exactly how many)."""
    hour: tuple[float, ...] | None
    """Shape of a day, for `counts`."""
    batch: Choice | None
    """Codes are sizes."""
    to: tuple[tuple[float, Table[Choice]], ...]
    """(from this instant, targets); the first also before it."""
    people: tuple[tuple[int, tuple[tuple[float, Table[Choice]], ...]], ...]
    """(attribute, [(from this instant, choice of its values)]), each after those it depends on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribute:
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """From `at` on, `field` of a service is `value`: a rule of the world, kind 1."""

    at: float
    service: int
    """-1: of the whole system (field "mortality")."""
    field: str
    """capacity, capacities, put_out_to, closures, amount, care_time, sets, next, rounds, mortality, instead,
    give_up, turned_away_to, away, reviews."""
    value: Any
    """As the field of `Service` of that name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chance:
    """An event that happens at random, to one of the paths it may happen to."""

    event: str
    each: str
    """The path its changes begin at; "": they are whole."""
    rate: Rate
    """Episodes a day: 0 outside the season in which they may begin."""
    lasts: Distribution | None
    """None: for good."""
    at_most: int | None
    """Episodes of a run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """One time that an event happened, in one replication."""

    chance: int
    start: float
    end: float | None
    """First instant after it, perhaps after the run; None: for good."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """Which day is what; day 0 is time.from."""

    start: str
    """ISO date of day 0."""
    weekday: int
    """Of day 0, Monday is 0."""
    bank_holidays: frozenset[int]
    """Days from time.from, England."""

    def weekday_of(self, day: int) -> int:
        return (self.weekday + day) % 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    start: float
    """First instant of the run: minus the warm-up."""
    end: float
    """Last instant; the run ends before its events. The window is [0, end)."""
    seed: int
    replications: int
    calendar: Calendar
    attributes: tuple[Attribute, ...]
    groups: tuple[int, ...]
    """Attributes that become columns, in the order of `groups:`."""
    price_attributes: tuple[int, ...]
    """Attributes a price or payer goes by."""
    streams: tuple[Stream, ...]
    services: tuple[Service, ...]
    exits: tuple[str, ...]
    mortality: Table[float]
    """Everywhere [per day]."""
    changes: tuple[Change, ...]
    """In order of (at, service)."""
    kinds: tuple[str, ...]
    """The kind of each service."""
    staff: tuple[StaffGroup, ...] = ()
    """In order of names."""
    deconditioning: Deconditioning | None = None
    """None: delay has no consequences."""
    chances: tuple[Chance, ...] = ()
    """What may happen at random, in order of names of events, then paths."""
    episodes: tuple[Episode, ...] | None = None
    """Where there are chances: what did happen, in order of (start, chance), in the one replication that
    this network is then of; None: not drawn yet, and such a network cannot be run."""
    declared: Any = field(default=None, compare=False, repr=False)
    """Where there are chances: what `compile.with_episodes` works from, and nobody else."""

    def first_providers(self) -> tuple[int, ...]:
        """The number of each service's first provider: they are numbered through, by service and name."""
        counts = (len(service.providers) for service in self.services)
        return tuple(itertools.accumulate(counts, initial=0))[:-1]
