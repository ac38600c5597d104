"""Providers of a service, from names to numbers, and who of the people it can have is taken by whom."""

from __future__ import annotations

import math

from caresim.grid import on_grid, whole_minutes
from caresim.network import calendars
from caresim.network.network import CLOSED, EMPTY, MOVING, OPEN, Calendar, Provider
from caresim.network.tables import Codes, value_at
from caresim.scenario import read_staff
from caresim.scenario.services import BEST_RATED, MOST_FREE, RATINGS, Service
from caresim.scenario.services import Provider as Declared
from caresim.scenario.staff import FromStaff
from caresim.scenario.values import Dated, Personal, Shares


def has_dated_capacity(service: Service) -> bool:
    """Whether a capacity of the service, or of a provider, changes on dates."""
    owners: list[Service | Declared] = [service, *service.providers]
    return any(isinstance(owner.places, Dated) or isinstance(owner.hours, Dated) for owner in owners)


def capacities_at(service: Service, instant: float) -> tuple[int, ...]:
    """Places, or whole minutes per week, of each provider at an instant; 0 where staff make them."""
    found: list[int] = []
    for provider in service.providers:
        if read_staff.from_staff(provider) is not None:
            each = 0  # Theirs to say: each replication has another.
        elif provider.hours is not None:
            assert not isinstance(provider.hours, FromStaff)
            each = whole_minutes(value_at(provider.hours, instant))
        else:
            assert provider.places is not None
            assert not isinstance(provider.places, FromStaff)
            each = value_at(provider.places, instant)
        found.append(each)
    return tuple(found)


Routes = tuple[Personal[Shares] | None, ...]
Held = tuple[float, tuple[int, ...], tuple[int, ...], Routes]
"""(instant, capacities, closures, where who is put out goes), each of every provider."""


def held_over_time(
    declared: list[tuple[float, float, Service]], end: float, of_staff: dict[int, int]
) -> list[Held]:
    """What a service's providers have, from each instant on at which it is something else.

    Args:
        declared: (instant, as declared, the service from then on), the first at the start of the run.
        of_staff: provider -> what its staff make at the start of the run, if it is not empty.
    """
    n = len(declared[0][2].providers)
    notices: list[float | None] = [None] * n
    empty_at = [math.inf] * n
    found: list[Held] = []
    ends = [since for since, _, _ in declared[1:]] + [end]
    for (since, instant, service), until in zip(declared, ends, strict=True):
        for k, provider in enumerate(service.providers):
            before, notices[k] = notices[k], provider.closed
            if provider.closed is None or math.isinf(provider.closed):
                empty_at[k] = math.inf
            elif before != provider.closed:
                # A second notice does not put off the day of the first.
                empty_at[k] = min(empty_at[k], since + on_grid(provider.closed))
        capacities = tuple(of_staff.get(k, has) for k, has in enumerate(capacities_at(service, instant)))
        put_out_to = tuple(provider.put_out_to for provider in service.providers)
        for at in sorted({since, *(due for due in empty_at if since < due < until)}):
            states = tuple(_state(notice, due <= at) for notice, due in zip(notices, empty_at, strict=True))
            left = tuple(0 if state == EMPTY else has for has, state in zip(capacities, states, strict=True))
            if not found or found[-1][1:] != (left, states, put_out_to):
                found.append((at, left, states, put_out_to))
    return found


def _state(closed: float | None, is_due: bool) -> int:
    if closed is None:
        return OPEN
    if math.isinf(closed):
        return CLOSED
    return EMPTY if is_due else MOVING


def make_providers(
    codes: Codes, declared: list[tuple[float, Service]], calendar: Calendar, end: float
) -> tuple[Provider, ...]:
    """Each provider with its clocks over the whole run.

    Args:
        declared: (instant, the service from then on), the first at the start of the run.
    """
    found: list[Provider] = []
    for place, provider in enumerate(declared[0][1].providers):
        over_time = [(since, service.providers[place]) for since, service in declared]
        opens = calendars.opening_breakpoints([(at, each.opens) for at, each in over_time], end, calendar)
        intake = calendars.intake_breakpoints([(at, each.intake) for at, each in over_time], end, calendar)
        takes = tuple(
            (number, frozenset(codes.values[number][value] for value in values))
            for name, values in provider.takes.items()
            for number in [codes.attributes[name]]
        )
        found.append(
            Provider(
                name=provider.name, takes=takes, opens=opens, intake=intake, is_service=provider.is_service
            )
        )
    return tuple(found)


def make_fill(service: Service) -> tuple[int, ...]:
    """The rank of each provider: the lower, the earlier it is filled; of equals the one with most free."""
    if service.fill == MOST_FREE:
        return (0,) * len(service.providers)
    order: tuple[str | None, ...] = tuple(service.fill)
    keys: list[str | None] = [provider.name for provider in service.providers]
    if service.fill == BEST_RATED:
        order, keys = RATINGS, [provider.rating for provider in service.providers]
    return tuple(order.index(key) if key in order else len(order) for key in keys)
