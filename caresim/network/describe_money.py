"""What is paid and by whom, as it will really be charged: the part of `caresim explain` about money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

from caresim.network.layout import Under, everything, once, percent, section
from caresim.scenario.money import BLOCK_ITEM, OF_STAFF, Item, first_of, items_of, line_names, lines_of
from caresim.scenario.scenario import Scenario
from caresim.scenario.values import By, Personal, Shares

Value = TypeVar("Value")


def describe_money(scenario: Scenario, under: Under = everything) -> list[str]:
    """Prices, interventions, staff and budgets, where there is more to say than the file itself says."""
    parts = (_prices, _interventions, _staff, _budgets)
    return [part for part in (each(scenario, under) for each in parts) if part]


def _prices(scenario: Scenario, under: Under) -> str:
    """Every price as it is applied: carried to its year, with each payer's part; only where that is news."""
    costs = {name: service.cost for name, service in sorted(scenario.services.items()) if service.cost}
    if scenario.prices is None and not any(cost.also for cost in costs.values()):
        return ""
    rows = [
        [name, item.name, *row]
        for name, cost in costs.items()
        if under(f"services.{name}.cost")
        for item in items_of(cost)
        for row in _paid(scenario, name, item)
    ]
    header = ["service", "", "for", ">price", ">written" if scenario.prices else "", "paid by"]
    return section(f"Prices [{_unit(scenario)}]", header, once(rows))


def _unit(scenario: Scenario) -> str:
    return "pounds" + (f" of {scenario.prices.in_words(scenario.prices.to)}" if scenario.prices else "")


def _paid(scenario: Scenario, owner: str, item: Item) -> Iterator[list[str]]:
    for when, price in _cases(item.price):
        payers: Iterator[tuple[str, str | Shares]] = _cases(item.payer)
        for whom, payer in payers:
            for name, share in sorted(({payer: 1.0} if isinstance(payer, str) else payer).items()):
                factor = 1.0 if scenario.prices is None else scenario.prices.factor(owner, item.name, name)
                written = (
                    f"{_pounds(price)} in {_year(scenario, owner, item.name, name)}" if factor != 1.0 else ""
                )
                who = name if share == 1.0 else f"{name}, {percent(share)}"
                yield [", ".join(filter(None, (when, whom))), _pounds(price * factor), written, who]


def _year(scenario: Scenario, owner: str, item: str, payer: str) -> str:
    """Of which year a price is as it is written."""
    assert scenario.prices is not None
    return scenario.prices.in_words(first_of(scenario.prices.year, line_names(owner, item, payer)))


def years_written(scenario: Scenario) -> dict[str, str]:
    """Path of each price carried to another year -> "prices of 2022/23"; two years, if payers have two."""
    prices = scenario.prices
    years: dict[str, set[str]] = {}
    carried = set()
    lines = lines_of(scenario.services, scenario.interventions, scenario.staff)
    for owner, item, payer in lines if prices else ():
        path = _path(scenario, owner, item)
        years.setdefault(path, set()).add(_year(scenario, owner, item, payer))
        if prices is not None and prices.factor(owner, item, payer) != 1.0:
            carried.add(path)
    return {path: f"prices of {' and '.join(sorted(years[path]))}" for path in sorted(carried)}


def _path(scenario: Scenario, owner: str, item: str) -> str:
    """Where a price is written."""
    if owner in scenario.interventions:
        return f"interventions.{owner}.cost.{item}"
    if owner in scenario.staff:
        return f"staff.{owner}.cost.{item}"
    below = "block.per_week" if item == BLOCK_ITEM else f"also.{item}" if "." in item else item
    return f"services.{owner}.cost.{below}"


def _cases(value: Personal[Value]) -> Iterator[tuple[str, Value]]:
    """("age old", value) of each entry of a by-table."""
    if not isinstance(value, By):
        yield "", value
        return
    entries = [*value.table.items(), *([] if value.otherwise is None else [("else", value.otherwise)])]
    for name, entry in entries:
        for below, leaf in _cases(entry):
            yield ", ".join(filter(None, (f"{value.attribute} {name}", below))), leaf


def _interventions(scenario: Scenario, under: Under) -> str:
    rows = []
    for name, intervention in sorted(scenario.interventions.items()):
        if not under(f"interventions.{name}"):
            continue
        since = _date(scenario, intervention.start)
        until = "" if intervention.end is None else f" to {_date(scenario, intervention.end - 1)}"
        when = f"from {since}{until}" if intervention.active else "left out (active: false)"
        for item, words in (("per_year", "a year"), ("once", "once")):
            price = getattr(intervention, item)
            for payer, share in sorted(intervention.payer.items()) if price is not None else ():
                factor = 1.0 if scenario.prices is None else scenario.prices.factor(name, item, payer)
                who = payer if share == 1.0 else f"{payer}, {percent(share)}"
                rows.append([name, f"{_pounds(price * factor)} {words}", who, when])
    return section(f"Interventions [{_unit(scenario)}]", ["", ">cost", "paid by", ""], once(rows))


def _staff(scenario: Scenario, under: Under) -> str:
    rows = []
    for name, group in sorted(scenario.staff.items()):
        if group.cost is None or not under(f"staff.{name}.cost"):
            continue
        for payer, share in sorted(group.cost.payer.items()):
            factor = 1.0 if scenario.prices is None else scenario.prices.factor(name, OF_STAFF, payer)
            who = payer if share == 1.0 else f"{payer}, {percent(share)}"
            rows.append([name, _pounds(group.cost.per_post_year * factor), who])
    return section(f"What staff cost [{_unit(scenario)}]", ["", ">in post, a year", "paid by"], once(rows))


def _budgets(scenario: Scenario, under: Under) -> str:
    rows = []
    for name, budget in sorted(scenario.budgets.items()):
        if not under(f"budgets.{name}"):
            continue
        length = budget.end - budget.start
        here = budget.amount / length * scenario.time.measured_days
        what = ", ".join(budget.of) or "everything"
        what += "".join(f", {group} {value}" for group, value in sorted(budget.where.items()))
        who = ", ".join(budget.payers) or "all payers"
        span = f"{_date(scenario, budget.start)} to {_date(scenario, budget.end - 1)}"
        rows.append([name, _pounds(budget.amount), span, _pounds(here), f"{what}; {who}"])
    return section("Budgets [pounds]", ["", ">amount", "for", ">in the window", "of"], rows)


def _pounds(value: float) -> str:
    return f"{value:,.2f}" if value < 1000 else f"{value:,.0f}"


def _date(scenario: Scenario, instant: float) -> str:
    return (scenario.time.start + timedelta(days=int(instant))).isoformat()
