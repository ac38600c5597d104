"""What a report needs to know of a scenario, as small tables of plain rows.

They are written beside the results, so that prices, responsible bodies and published figures
can be applied years later without reading a scenario or importing SimPy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from caresim.network.compile import price_attributes
from caresim.network.network import Network
from caresim.scenario.money import OF_INTERVENTIONS, OF_STAFF, first_of, items_of, line_names, lines_of
from caresim.scenario.read_staff import groups_of
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import DelayClass, Service
from caresim.scenario.values import By, Personal, Shares

Row = dict[str, Any]
Conditions = dict[str, str]
"""Attribute -> value; an attribute not named may have any value."""

BODIES = ("nhs", "social_care", "both")
NO_CLASS = DelayClass(reason="O", responsible={"nhs": 1.0})
"""What a wait counts as for a service without `dtoc`: rule 8."""


def small_tables(scenario: Scenario, network: Network) -> dict[str, list[Row]]:
    """The tables services, prices, population, published, names and groups, rows in order of names.

    And inflation, interventions, prices of staff and budgets where the scenario has such.
    """
    return {
        **_of_money(scenario),
        **_of_providers(scenario),
        "services": [_service_row(scenario.services[service.name]) for service in network.services],
        "prices": _prices(scenario, network),
        "population": [
            {"population": name, "area": "" if area == "all" else area, "people": float(people)}
            for name, areas in sorted(scenario.population.items())
            for area, people in sorted(areas.items())
        ],
        **_standards(scenario),
        "published": [
            {
                "measure": line.measure,
                "where": json.dumps(line.where, sort_keys=True),
                "value": line.value,
                "within": line.within,
                "within_unit": line.within_unit,
                "start": line.start,
                "end": line.end,
                "source": line.source,
                "used": line.used,
            }
            for line in scenario.published
        ],
        "names": _names(scenario, network),
        "groups": [
            {"attribute": network.attributes[number].name, "value": value}
            for number in network.groups
            for value in network.attributes[number].values
        ],
    }


def _standards(scenario: Scenario) -> dict[str, list[Row]]:
    """Standards by service, if any has one."""
    rows = [
        {"service": name, "of": service.standard.of, "within": service.standard.within}
        for name, service in sorted(scenario.services.items())
        if service.standard is not None
    ]
    return {"standards": rows} if rows else {}


def _of_providers(scenario: Scenario) -> dict[str, list[Row]]:
    """Each provider of a service; no table where there are none."""
    rows = [
        {
            "service": name,
            "provider": provider.name,
            "label": provider.label,
            "rating": provider.rating,
            "takes": json.dumps(provider.takes, sort_keys=True),
        }
        for name, service in sorted(scenario.services.items())
        for provider in service.providers
    ]
    return {"providers": rows} if rows else {}


def _service_row(service: Service) -> Row:
    counts_as = service.dtoc or NO_CLASS
    return {
        "service": service.name,
        "label": service.label,
        "kind": service.kind,
        "in_place": service.in_place,
        "unit": "hours" if service.in_hours else "places" if service.in_places else "unlimited",
        "reason": counts_as.reason,
        **{body: float(counts_as.responsible.get(body, 0.0)) for body in BODIES},
        "has_dtoc": service.dtoc is not None,
    }


def _names(scenario: Scenario, network: Network) -> list[Row]:
    services = [("service", name, scenario.services[name].label) for name in sorted(scenario.services)]
    labels = {name: exit_.label for name, exit_ in scenario.exits.items()}
    exits = [("exit", name, labels.get(name, name)) for name in network.exits]
    streams = [("stream", name, scenario.arrivals[name].label) for name in sorted(scenario.arrivals)]
    paid = [
        ("intervention", name, scenario.interventions[name].label) for name in sorted(scenario.interventions)
    ]
    staff = [("staff", name, scenario.staff[name].label) for name in sorted(scenario.staff)]
    # First, and so overruled: an event may share its name with a service.
    events = [
        ("event", event, scenario.events[event].label)
        for event in sorted({chance.event for chance in network.chances})
    ]
    named = events + services + exits + streams + paid + staff
    return [{"what": what, "name": name, "label": label} for what, name, label in named]


# ---------------------------------------------------------------- prices


def _prices(scenario: Scenario, network: Network) -> list[Row]:
    """A row for each price and payer, with the attribute values it is for; null: any."""
    columns = sorted(price_attributes(scenario))
    values = {attribute.name: attribute.values for attribute in network.attributes}
    rows = []
    for name in sorted(scenario.services):
        cost = scenario.services[name].cost
        for item in [] if cost is None else items_of(cost):
            for conditions, amount, payer, share in _expanded(item.price, item.payer, values):
                carried = _factor(scenario, name, item.name, payer)
                row = {"service": name, "item": item.name, "price": float(amount) * carried}
                row |= {"payer": payer, "share": share, "block_places": item.block_places}
                rows.append(row | {column: conditions.get(column) for column in columns})
    return rows


def _factor(scenario: Scenario, owner: str, item: str, payer: str) -> float:
    """What a price written is multiplied by to be of the year the scenario asks for."""
    return 1.0 if scenario.prices is None else scenario.prices.factor(owner, item, payer)


def _of_money(scenario: Scenario) -> dict[str, list[Row]]:
    """Price years, interventions and staff that are paid for, budgets; empty tables are left out."""
    tables = {
        "inflation": _inflation(scenario),
        "interventions": [
            {
                "intervention": name,
                "label": intervention.label,
                "item": item,
                "price": price * _factor(scenario, name, item, payer),
                "payer": payer,
                "share": float(share),
                "start": intervention.start,
                "end": intervention.end,
            }
            for name, intervention in sorted(scenario.interventions.items())
            if intervention.active
            for item in OF_INTERVENTIONS
            if (price := getattr(intervention, item)) is not None
            for payer, share in sorted(intervention.payer.items())
            if share > 0
        ],
        "staff_prices": [
            {
                "staff": name,
                "item": OF_STAFF,
                "price": group.cost.per_post_year * _factor(scenario, name, OF_STAFF, payer),
                "payer": payer,
                "share": float(share),
                "services": _work_of(scenario, name),
            }
            for name, group in sorted(scenario.staff.items())
            if group.cost is not None
            for payer, share in sorted(group.cost.payer.items())
            if share > 0
        ],
        "budgets": [
            {
                "budget": name,
                "label": budget.label,
                "amount": budget.amount,
                "start": budget.start,
                "end": budget.end,
                "payers": list(budget.payers),
                "of": list(budget.of),
                "where": dict(sorted(budget.where.items())),
            }
            for name, budget in sorted(scenario.budgets.items())
        ],
    }
    return {name: rows for name, rows in tables.items() if rows}


def _work_of(scenario: Scenario, group: str) -> list[str]:
    """Services whose capacity is the work of a group."""
    return [name for name, service in sorted(scenario.services.items()) if group in groups_of(service)]


def _inflation(scenario: Scenario) -> list[Row]:
    """What each line was multiplied by, and why: the table `prices` holds prices already carried."""
    prices = scenario.prices
    if prices is None:
        return []
    return [
        {
            "service": owner,
            "item": item,
            "payer": payer,
            "year": prices.in_words(first_of(prices.year, line_names(owner, item, payer))),
            "to": prices.in_words(prices.to),
            "factor": prices.factor(owner, item, payer),
        }
        for owner, item, payer in sorted(lines_of(scenario.services, scenario.interventions, scenario.staff))
    ]


def _expanded(
    price: Personal[float], payers: Personal[str | Shares], values: dict[str, tuple[str, ...]]
) -> Iterator[tuple[Conditions, float, str, float]]:
    """Every price with every payer's share, under the conditions of both."""
    for conditions, amount in cases(price, values, {}):
        for narrower, payer in cases(payers, values, conditions):
            shares = {payer: 1.0} if isinstance(payer, str) else payer
            for name, share in sorted(shares.items()):
                if share > 0:
                    yield narrower, amount, name, float(share)


def cases(
    value: Personal[Any], values: dict[str, tuple[str, ...]], given: Conditions
) -> Iterator[tuple[Conditions, Any]]:
    """What a personal value is under which conditions: no two cases overlap; `else` is spelt out."""
    if not isinstance(value, By):
        yield given, value
        return
    name = value.attribute
    # Who has no value yet is the empty text in the tables of a run; an `else` is for them too.
    options = (*values.get(name, ()), *(("",) if value.otherwise is not None else ()))
    for option in [given[name]] if name in given else options:
        entry = value.table.get(option, value.otherwise)
        if entry is not None:
            yield from cases(entry, values, given | {name: option})
