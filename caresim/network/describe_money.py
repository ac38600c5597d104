"""What is paid and by whom, as it will really be charged: the part of `caresim explain` about money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

from caresim.network.layout import Under, everything, once, percent, section
from caresim.scenario.money import Item, items_of
from caresim.scenario.scenario import Scenario
from caresim.scenario.values import By, Personal, Shares

Value = TypeVar("Value")


def describe_money(scenario: Scenario, under: Under = everything) -> list[str]:
    """Prices, interventions and budgets, where there is more to say than the file itself says."""
    parts = (_prices(scenario, under), _interventions(scenario, under), _budgets(scenario, under))
    return [part for part in parts if part]


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
    return section(
        f"Prices [{_unit(scenario)}]", ["service", "", "for", ">price", ">written", "paid by"], once(rows)
    )


def _unit(scenario: Scenario) -> str:
    return "pounds" + (f" of {scenario.prices.in_words(scenario.prices.to)}" if scenario.prices else "")


def _paid(scenario: Scenario, owner: str, item: Item) -> Iterator[list[str]]:
    for when, price in _cases(item.price):
        payers: Iterator[tuple[str, str | Shares]] = _cases(item.payer)
        for whom, payer in payers:
            for name, share in sorted(({payer: 1.0} if isinstance(payer, str) else payer).items()):
                factor = 1.0 if scenario.prices is None else scenario.prices.factor(owner, item.name, name)
                written = _pounds(price) if factor != 1.0 else ""
                who = name if share == 1.0 else f"{name}, {percent(share)}"
                yield [", ".join(filter(None, (when, whom))), _pounds(price * factor), written, who]


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
