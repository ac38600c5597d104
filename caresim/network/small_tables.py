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
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import Block, Cost, DelayClass, Service
from caresim.scenario.values import By, Personal, Shares

Row = dict[str, Any]
Conditions = dict[str, str]
"""Attribute -> value; an attribute not named may have any value."""

ITEMS = (
    "per_day",
    "per_week",
    "per_hour",
    "per_stay",
    "per_place_day",
    "per_waiting_day",
    "per_delayed_day",
    "per_turned_away",
    "per_year",
)
BODIES = ("nhs", "social_care", "both")
NO_CLASS = DelayClass(reason="O", responsible={"nhs": 1.0})
"""What a wait counts as for a service without `dtoc`: rule 8."""


def small_tables(scenario: Scenario, network: Network) -> dict[str, list[Row]]:
    """The tables services, prices, population, published, names and groups, rows in order of names."""
    return {
        "services": [_service_row(scenario.services[service.name]) for service in network.services],
        "prices": _prices(scenario, network),
        "population": [
            {"population": name, "area": "" if area == "all" else area, "people": float(people)}
            for name, areas in sorted(scenario.population.items())
            for area, people in sorted(areas.items())
        ],
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


def _service_row(service: Service) -> Row:
    counts_as = service.dtoc or NO_CLASS
    return {
        "service": service.name,
        "label": service.label,
        "kind": service.kind,
        "in_place": service.in_place,
        "unit": "hours"
        if service.hours is not None
        else "places"
        if service.places is not None
        else "unlimited",
        "reason": counts_as.reason,
        **{body: float(counts_as.responsible.get(body, 0.0)) for body in BODIES},
        "has_dtoc": service.dtoc is not None,
    }


def _names(scenario: Scenario, network: Network) -> list[Row]:
    services = [("service", name, scenario.services[name].label) for name in sorted(scenario.services)]
    labels = {name: exit_.label for name, exit_ in scenario.exits.items()}
    exits = [("exit", name, labels.get(name, name)) for name in network.exits]
    streams = [("stream", name, scenario.arrivals[name].label) for name in sorted(scenario.arrivals)]
    return [{"what": what, "name": name, "label": label} for what, name, label in services + exits + streams]


# ---------------------------------------------------------------- prices


def _prices(scenario: Scenario, network: Network) -> list[Row]:
    """A row for each price and payer, with the attribute values it is for; null: any."""
    columns = sorted(price_attributes(scenario))
    values = {attribute.name: attribute.values for attribute in network.attributes}
    rows = []
    for name in sorted(scenario.services):
        cost = scenario.services[name].cost
        for item, price, payers, places in [] if cost is None else _items(cost):
            for conditions, amount, payer, share in _expanded(price, payers, values):
                row = {"service": name, "item": item, "price": float(amount), "payer": payer, "share": share}
                row |= {"block_places": places} | {column: conditions.get(column) for column in columns}
                rows.append(row)
    return rows


def _items(cost: Cost) -> Iterator[tuple[str, Personal[float], Personal[str | Shares], float | None]]:
    for item in ITEMS:
        price = getattr(cost, item)
        if price is not None:
            yield item, price, cost.payer, None
    if isinstance(cost.block, Block):
        payer = cost.payer if cost.block.payer is None else cost.block.payer
        yield "block_per_week", cost.block.per_week, payer, float(cost.block.places)


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
