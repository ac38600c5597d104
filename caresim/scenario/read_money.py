"""Interventions, budgets and price years as they are written, into the declared objects."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

from caresim.scenario.money import (
    ELSE,
    OF_INTERVENTIONS,
    Budget,
    Intervention,
    PriceYears,
    Rises,
    first_of,
    line_names,
)
from caresim.scenario.nodes import Node
from caresim.scenario.read_services import read_label
from caresim.scenario.reader import YEARS, Reader, kind_of

Value = TypeVar("Value")
Lines = list[tuple[str, str, str]]
"""(service, intervention or group of staff, item, payer) of everything that is paid."""

MOST_BUDGET = 1e12
OWNER = "service or intervention"
_FINANCIAL = re.compile(r"(\d{4})/(\d{2})")
_CALENDAR = re.compile(r"\d{4}")


def read_intervention(reader: Reader, name: str, node: Node) -> Intervention:
    active, start, to, cost = (node.get(key) for key in ("active", "from", "to", "cost"))
    prices = {key: entry for key in OF_INTERVENTIONS if cost is not None and (entry := cost.get(key))}
    payer = None if cost is None else cost.get("payer")
    if not prices or payer is None:
        reader.fault(
            cost or node, "needs a cost and a payer, for example cost: {per_year: 60000, payer: nhs}."
        )
    first, end = _span(reader, start, to)
    return Intervention(
        name=name,
        label=read_label(reader, node.get("label"), name),
        active=active is None or reader.true_or_false(active),
        start=0.0 if first is None else first,
        end=end,
        payer={} if payer is None else reader.shares(payer, None, "payer"),
        **{key: None if key not in prices else reader.pounds(prices[key]) for key in OF_INTERVENTIONS},
    )


def read_budget(reader: Reader, name: str, node: Node, groups: tuple[str, ...], lines: Lines) -> Budget:
    amount, payer, of, where = (node.get(key) for key in ("amount", "payer", "of", "where"))
    start, to = node.get("from"), node.get("to")
    if amount is None:
        reader.fault(node, "needs an amount, for example amount: 29.1 million.")
    if (start is None) != (to is None):
        reader.fault(node, "needs both from and to, or neither: then it is for a year from time.from on.")
    first, end = _span(reader, start, to)
    if start is None or to is None:
        first, end = 0.0, float(_days_of_a_year(reader.names.start))
    payers = list(dict.fromkeys(line[2] for line in lines))
    owners = list(dict.fromkeys([*reader.names.services, *(line[0] for line in lines)]))
    owner = "service, intervention or group of staff with a cost" if reader.names.staff else OWNER
    return Budget(
        name=name,
        label=read_label(reader, node.get("label"), name),
        amount=0.0 if amount is None else reader.pounds(amount, MOST_BUDGET) or 0.0,
        start=first or 0.0,
        end=1.0 if end is None else end,
        payers=() if payer is None else tuple(reader.names_in(payer, payers, "payer")),
        of=() if of is None else tuple(reader.names_in(of, owners, owner)),
        where={} if where is None else _where(reader, where, groups),
    )


def _span(reader: Reader, start: Node | None, to: Node | None) -> tuple[float | None, float | None]:
    """First instant, and the first after the last day."""
    first = None if start is None else reader.day(start)
    end = None if to is None else reader.last_day(to)
    if to is not None and end is not None and end <= (first or 0):
        reader.fault(to, f"needs a day that is not before the first; got {to.value}.")
    return (None if first is None else float(first)), (None if end is None else float(end))


def _days_of_a_year(first: date) -> int:
    """Days until the same day of the next year; of 29 February until 1 March."""
    leap_day = (first.month, first.day) == (2, 29)
    again = date(first.year + 1, 3, 1) if leap_day else first.replace(year=first.year + 1)
    return (again - first) // timedelta(days=1)


def _where(reader: Reader, node: Node, groups: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for key, entry in reader.mapping(node, "groups and their values, for example {area: county}").items():
        if reader.known(entry, key, groups, "group") and key in reader.names.attributes:
            reader.known(entry, entry.value, reader.names.attributes[key], key)
        found[key] = str(entry.value)
    return found


# Price years


def read_price_years(reader: Reader, node: Node, lines: Lines) -> PriceYears | None:
    """Years and rises of every line there is; a fault for each line that has none."""
    year, to, inflation = (node.get(key) for key in ("year", "to", "inflation"))
    if year is None or to is None:
        reader.fault(node, "needs year and to: of which year prices are, and of which they shall be.")
        return None
    before = len(reader.faults)
    known = _known_names(lines)
    years = _by_line(reader, year, known, lambda n: _year(reader, n))
    last = _year(reader, to)
    written = [to, *(year.entries.values() if year.entries else [year])]
    if len(reader.faults) > before:
        return None
    if len({_is_financial(each) for each in written}) > 1:
        reader.fault(to, "needs years of one kind: all as 2018/19, or all as 2018.")
        return None
    rises: dict[str, Rises] = {}
    if inflation is not None:
        rises = _by_line(reader, inflation, known, lambda n: _rises(reader, n), whole=_is_by_year)
    if len(reader.faults) > before:
        return None
    prices = PriceYears(to=last, financial=_is_financial(to), year=years, inflation=rises)
    _check_covered(reader, node, prices, lines)
    return prices


def _known_names(lines: Lines) -> list[str]:
    return list(dict.fromkeys([ELSE, *(name for line in lines for name in line_names(*line))]))


def _by_line(
    reader: Reader,
    node: Node,
    known: list[str],
    read: Callable[[Node], Value],
    whole: Callable[[Node], bool] = lambda node: False,
) -> dict[str, Value]:
    """One value for every line, or a table by line, service, intervention or payer."""
    if not isinstance(node.value, dict) or whole(node):
        return {ELSE: read(node)}
    found = {}
    for key, entry in reader.mapping(node, "lines of cost and what holds for each").items():
        reader.known(entry, key, known, "line of cost, service or payer")
        found[key] = read(entry)
    return found


def _year(reader: Reader, node: Node) -> int:
    text = str(node.value)
    match = _FINANCIAL.fullmatch(text)
    if match is None and not _CALENDAR.fullmatch(text):
        reader.fault(node, f"needs a year, written as 2018/19 or 2018; got {kind_of(node)}.")
        return 0
    year = int(text[:4])
    if match is not None and int(match[2]) != (year + 1) % 100:
        reader.fault(node, f"{text} is not one year: {year}/{(year + 1) % 100:02d} is.")
    elif not YEARS[0] <= year <= YEARS[1]:
        reader.fault(node, f"needs a year from {YEARS[0]} to {YEARS[1]}; got {text}.")
    return year


def _is_financial(node: Node) -> bool:
    return "/" in str(node.value)


def _is_by_year(node: Node) -> bool:
    return bool(node.entries) and all(
        _FINANCIAL.fullmatch(key) or _CALENDAR.fullmatch(key) for key in node.entries
    )


def _rises(reader: Reader, node: Node) -> Rises:
    if not isinstance(node.value, dict):
        return reader.growth(node, -0.5, 1.0) or 0.0
    found = {}
    for key, entry in reader.mapping(
        node, "years and their rises, for example {2019/20: 2% per year}"
    ).items():
        year = _year(reader, Node(key, entry.file, entry.line, entry.column, entry.path))
        found[year] = reader.growth(entry, -0.5, 1.0) or 0.0
    return found


def _check_covered(reader: Reader, node: Node, prices: PriceYears, lines: Lines) -> None:
    told: set[str] = set()
    for owner, item, payer in lines:
        names = line_names(owner, item, payer)
        line = f"{owner}.{item}, paid by {payer}"
        if not any(name in prices.year for name in names):
            reader.fault(node.entries["year"], f"says nothing for {line}. Add {owner}: ... or else: ...")
            return
        since = first_of(prices.year, names)
        if since == prices.to:
            continue
        inflation = node.get("inflation")
        if inflation is None or not any(name in prices.inflation for name in names):
            where = node if inflation is None else inflation
            what = "needs inflation, for example inflation: 2% per year: it" if inflation is None else ""
            reader.fault(where, f"{what} says nothing for {line}.".strip())
            return
        name = next(name for name in names if name in prices.inflation)
        rises = prices.inflation[name]
        first, last = sorted((since, prices.to))
        for year in range(first + 1, last + 1):
            if isinstance(rises, dict) and year not in rises and name not in told:
                told.add(name)
                at = inflation if _is_by_year(inflation) else inflation.entries[name]
                reader.fault(at, f"says nothing for {prices.in_words(year)}.")
