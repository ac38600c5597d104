"""Providers of a service, from names to numbers, and who of the people it can have is taken by whom."""

from __future__ import annotations

from typing import Any

from caresim.grid import whole_minutes
from caresim.network import calendars
from caresim.network.network import Calendar, Provider
from caresim.network.tables import Codes, value_at
from caresim.scenario.services import BEST_RATED, MOST_FREE, RATINGS, Service
from caresim.scenario.services import Provider as Declared
from caresim.scenario.values import Dated


def has_dated_capacity(service: Service) -> bool:
    """Whether a capacity of the service, or of a provider, changes on dates."""
    owners: list[Service | Declared] = [service, *service.providers]
    return any(isinstance(owner.places, Dated) or isinstance(owner.hours, Dated) for owner in owners)


def capacities_at(service: Service, instant: float) -> tuple[int, ...]:
    """Places, or whole minutes per week, of each provider at an instant."""
    found: list[int] = []
    for provider in service.providers:
        if provider.hours is not None:
            each = whole_minutes(value_at(provider.hours, instant))
        else:
            assert provider.places is not None
            each = value_at(provider.places, instant)
        found += [each] * len(provider.names)
    return tuple(found)


def make_providers(
    codes: Codes, declared: list[tuple[float, Service]], calendar: Calendar, end: float
) -> tuple[Provider, ...]:
    """Each provider, those of a count one by one, with their clocks over the whole run.

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
        found += [Provider(name=name, takes=takes, opens=opens, intake=intake) for name in provider.names]
    return tuple(found)


def make_fill(service: Service) -> tuple[int, ...]:
    """Numbers of the service's providers in the order in which they are filled; (): by most free."""
    if not service.providers or service.fill == MOST_FREE:
        return ()
    numbered = [(provider, name) for provider in service.providers for name in provider.names]

    def turn(number: int) -> Any:
        provider = numbered[number][0]
        if service.fill == BEST_RATED:
            best = RATINGS.index(provider.rating) if provider.rating is not None else len(RATINGS)
        else:
            best = service.fill.index(provider.name) if provider.name in service.fill else len(service.fill)
        return best, number

    return tuple(sorted(range(len(numbered)), key=turn))
