"""What is asked of each service against what it has: by month, before anything is simulated.

Each month is taken as if it went on for ever with its own arrivals, routes and capacity (a
quasi-static view): services with long care times really answer more slowly. The flows come
from `flows.py`, which says what they leave out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from caresim.distributions import Distribution
from caresim.errors import ScenarioError
from caresim.network.admissions import Clocks
from caresim.network.calendars import months_of
from caresim.network.checks import always_closed
from caresim.network.classes import TooManyClassesError
from caresim.network.flows import NOBODY, State, System, arrivals_of, relevant_attributes, rounds_add, spans
from caresim.network.network import Network, Service
from caresim.network.rates import expected_people
from caresim.network.staffing import Expected, expected_capacities, expected_staff
from caresim.scenario import where
from caresim.scenario.scenario import Scenario

Array = NDArray[np.float64]
SHORTEST_MONTH = 7.0
"""Part of a month [days] that can be a worst month: a day or two at an edge says little."""
ENDLESS = 1e9
"""Times the arrivals: so large a flow means that some people never leave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What is asked of a service over some time, and what it has."""

    month: str
    """ISO year and month; "" for the whole window."""
    people_a_day: float
    offered: float
    """Places or hours per week that would be held if nobody waited; for unlimited ones people."""
    capacity: float | None
    """Places or hours per week; None: unlimited."""
    admissions_allowed: float | None
    """A day, by intake and by opening hours; None: neither limits them."""

    @property
    def utilisation(self) -> float | None:
        """Offered load over capacity; None where unlimited."""
        return None if self.capacity is None else _ratio(self.offered, self.capacity)

    @property
    def admissions_used(self) -> float | None:
        """People a day over admissions allowed; None where nothing limits them."""
        return None if self.admissions_allowed is None else _ratio(self.people_a_day, self.admissions_allowed)

    @property
    def pressure(self) -> float:
        """The larger of the two: above 1 the service cannot keep up."""
        return max(self.utilisation or 0.0, self.admissions_used or 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceLoad:
    """A service's load in the window as a whole, in its worst month and in every month."""

    service: str
    unit: str
    """places, hours per week or unlimited."""
    in_place: bool
    care_time: float
    """Mean over those who come: really drawn, rounds and deaths included [days]."""
    drawn_care_time: float
    """Before rounds and deaths."""
    declared_care_time: float
    """Before `min`, `max` and `at_most`."""
    rounds_add: float
    """Of care time, the days from its end to the round that finds the person ready."""
    capped: float
    """Share of care times that `at_most` ends."""
    removed: float
    """Share of the declared distribution that `min` and `max` exclude."""
    mean: Load
    worst: Load
    """The month with the highest pressure; of an unlimited service, with most people."""
    months: tuple[Load, ...]
    reviews_a_week: float = 0.0
    """Of people in care here, that become due."""
    freed_a_week: float = 0.0
    """Hours per week by which these make packages smaller each week; of care they end all of it."""
    asked_by_reviews: float = 0.0
    """Of `mean.offered`, what is for reviews of care elsewhere."""


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else (math.inf if part > 0 else 0.0)


def loads(scenario: Scenario, network: Network) -> list[ServiceLoad]:
    """Offered load against capacity for each service, in order of names."""
    try:
        return _loads(network)
    except TooManyClassesError as error:
        raise ScenarioError(where.fault_at(scenario, "people", str(error))) from None


@dataclass(slots=True)
class Piece:
    """A time without changes, inside one month."""

    start: float
    end: float
    month: int
    span: int

    @property
    def days(self) -> float:
        return self.end - self.start


def _loads(network: Network) -> list[ServiceLoad]:
    held = spans(network)
    pieces = pieces_of(network, [at for at, _, _ in held])
    flows = np.zeros((len(network.services), len(pieces)))
    offered = np.zeros_like(flows)
    staff = expected_staff(network)
    cares = np.zeros((len(network.services), 5))
    reviews = np.zeros((len(network.services), 3))
    drawn: list[dict[Distribution, float]] = [{} for _ in network.services]
    for span, (_, services, mortality) in enumerate(held):
        columns = [number for number, piece in enumerate(pieces) if piece.span == span]
        if columns:
            system = System(services, mortality, relevant_attributes(network))
            rates = system.solve([arrivals_in(network, pieces[c], system.relevant) for c in columns])
            days = [pieces[c].days for c in columns]
            _add_up(system, rates, columns, days, flows, offered, cares, reviews, drawn)
    found = [
        _service_load(network, number, pieces, held, flows, offered, cares, _mixed(drawn[number]), staff)
        for number in range(len(flows))
    ]
    total = sum(piece.days for piece in pieces)
    return [
        replace(load, reviews_a_week=due, freed_a_week=freed, asked_by_reviews=asked / 7)
        for load, (due, freed, asked) in zip(found, (reviews * 7 / total).tolist(), strict=True)
    ]


def pieces_of(network: Network, changes: Sequence[float]) -> list[Piece]:
    """The window cut at every change and every beginning of a month."""
    days = np.arange(0, math.ceil(network.end))
    months = months_of(network.calendar, days)
    firsts = days[np.flatnonzero(np.diff(months, prepend=months[:1] - 1))]
    cuts = sorted({0.0, network.end, *map(float, firsts), *(at for at in changes if 0.0 < at < network.end)})
    pieces = []
    for start, end in itertools.pairwise(cuts):
        span = int(np.searchsorted(changes, start, side="right")) - 1
        pieces.append(Piece(start, end, int(months[int(start)]), span))
    return pieces


def arrivals_in(network: Network, piece: Piece, relevant: frozenset[int]) -> dict[State, float]:
    """People a day coming to each service, by class, over a piece."""
    coming: dict[State, float] = {}
    for stream in network.streams:
        a_day = expected_people(stream, piece.start, piece.end, network.calendar) / piece.days
        if a_day > 0:
            for state, share in arrivals_of(network, stream, (piece.start + piece.end) / 2, relevant).items():
                coming[state] = coming.get(state, 0.0) + a_day * share
    return coming


def _add_up(
    system: System,
    rates: Array,
    columns: list[int],
    days: list[float],
    flows: Array,
    offered: Array,
    cares: Array,
    reviews: Array,
    drawn: list[dict[Distribution, float]],
) -> None:
    """Add classes into services: flows and offered loads by piece, care times weighted by people."""
    for state, row in system.states.items():
        service = state[0]
        held = system.held[state]
        through = rates[row]
        flows[service, columns] += through
        # In hours the amount is held over the care time; in places one each.
        offered[service, columns] += through * (held.care.mean + held.kept) * held.amount
        people = float(through @ np.array(days))
        care = held.care
        cares[service] += people * np.array([care.mean, care.drawn, care.declared, care.capped, care.removed])
        reviews[service] += people * np.array([held.reviews, held.hours_freed, 0.0])
        if state[2] < NOBODY:
            reviews[service, 2] += people * care.mean * held.amount
        distribution = system.care_time_of(state)
        if distribution is not None and people > 0:
            drawn[service][distribution] = drawn[service].get(distribution, 0.0) + people


def _mixed(people: dict[Distribution, float]) -> Distribution | None:
    """The care time of somebody who comes; None where nobody does."""
    if len(people) < 2:
        return next(iter(people), None)
    return Distribution(family="mixture", parameters=tuple(people.values()), parts=tuple(people))


def _service_load(
    network: Network,
    number: int,
    pieces: list[Piece],
    held: list,  # type: ignore[type-arg]
    flows: Array,
    offered: Array,
    cares: Array,
    drawn: Distribution | None,
    staff: list[Expected],
) -> ServiceLoad:
    service = network.services[number]
    days = np.array([piece.days for piece in pieces])
    months: dict[int, list[int]] = {}
    for column, piece in enumerate(pieces):
        months.setdefault(piece.month, []).append(column)
    closed = always_closed(network, number)
    then = [(held[piece.span][1][number], piece) for piece in pieces]
    capacities: list[float | None] = [_capacity_of(each, closed) for each, _ in then]
    if service.works:
        # Not of the long run: what staff are expected to make of it at that time.
        owned = [expected_capacities(each, staff, piece.start, piece.end) for each, piece in then]
        capacities = [sum(has for k, has in enumerate(own) if k not in closed) for own in owned]
    people = float(flows[number] @ days)
    clocks = Clocks(service, network.end)
    means = cares[number] / people if people > 0 else np.zeros(5)

    def load(columns: list[int], month: str) -> Load:
        weights, some = days[columns], [capacities[c] for c in columns]
        capacity = None if None in some else float(weights @ np.array(some, dtype=float) / weights.sum())
        if capacity is not None and service.in_hours:
            capacity /= 60.0
        flow = _finite(float(flows[number, columns] @ weights / weights.sum()))
        first, last = pieces[columns[0]].start, pieces[columns[-1]].end
        places = capacity if not service.in_hours else None
        return Load(
            month=month,
            people_a_day=flow,
            offered=_finite(float(offered[number, columns] @ weights / weights.sum())),
            capacity=capacity,
            admissions_allowed=clocks.allowed(first, last, places, drawn, float(means[0])),
        )

    by_month = [load(columns, str(np.datetime64(month, "M"))) for month, columns in months.items()]
    long = [
        each
        for each, columns in zip(by_month, months.values(), strict=True)
        if days[columns].sum() >= SHORTEST_MONTH
    ]
    return ServiceLoad(
        service=service.name,
        unit="unlimited" if service.capacity is None else "hours per week" if service.in_hours else "places",
        in_place=service.in_place,
        care_time=float(means[0]),
        drawn_care_time=float(means[1]),
        declared_care_time=float(means[2]),
        rounds_add=rounds_add(service.rounds),
        capped=float(means[3]),
        removed=float(means[4]),
        mean=load(list(range(len(pieces))), ""),
        worst=max(long or by_month, key=lambda each: (each.pressure, each.people_a_day)),
        months=tuple(by_month),
    )


def _capacity_of(service: Service, closed: frozenset[int]) -> int | None:
    """Without the providers that never admit anybody."""
    if service.capacity is None or not closed:
        return service.capacity
    return service.capacity - sum(service.capacities[k] for k in closed)


def _finite(value: float) -> float:
    return math.inf if value > ENDLESS else value
