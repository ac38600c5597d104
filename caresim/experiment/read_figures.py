"""Reads what an experiment measures: which figures and tables are kept, targets, and how often it runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from caresim.durations import split_quantity
from caresim.errors import ResultsError, nearest
from caresim.experiment.declared import Replications, Until
from caresim.experiment.levels import MOST
from caresim.measures.catalogue import MEASURES, headlines
from caresim.measures.columns import Column, parse_column
from caresim.measures.summary import QUANTITIES
from caresim.records.tables import OUTSIDE, TABLES
from caresim.scenario.money import BLOCK_ITEM, lines_of
from caresim.scenario.nodes import Node
from caresim.scenario.read_costs import RESPONSIBLE
from caresim.scenario.reader import Reader, kind_of
from caresim.scenario.reviews import SAME
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import REASONS
from caresim.scenario.shape import PRICES

AT_LEAST = 8
"""Replications before anything stops, unless the file says."""

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class FigureReader:
    """Names of figures, checked against the measures there are and the scenario they are taken of."""

    def __init__(self, reader: Reader, scenario: Scenario | None) -> None:
        self._reader, self._faults = reader, reader.faults
        self._scenario = scenario
        """None: it could not be read, so names in it are not checked."""

    # Replications and targets

    def replications(self, node: Node | None) -> Replications:
        if node is None:
            n = 1 if self._scenario is None else self._scenario.replications
            return Replications(at_least=n, at_most=n)
        if not isinstance(node.value, dict):
            if isinstance(node.value, str | list) or node.value is None:
                example = "{until: {dtoc_rate: 0.2 points}, at_most: 200}"
                self._faults.add(node, f"needs a whole number, or {example}; got {kind_of(node)}.")
                return Replications(at_least=1, at_most=1)
            n = self._reader.whole(node, 1, MOST) or 1
            return Replications(at_least=n, at_most=n)
        known_keys(self._reader, node, ("until", "at_least", "at_most"))
        until, least, most = (node.get(key) for key in ("until", "at_least", "at_most"))
        if until is None:
            self._faults.add(node, "needs until: how narrow an interval, as {dtoc_rate: 0.2 points}.")
        if most is None:
            self._faults.add(node, "needs at_most: how many there are if the interval stays wider.")
        at_least = AT_LEAST if least is None else self._reader.whole(least, 2, MOST)
        at_most = None if most is None else self._reader.whole(most, 2, MOST)
        if most is not None and at_least is not None and at_most is not None and at_most < at_least:
            why = "which at_least is unless written" if least is None else "as at_least says"
            self._faults.add(most, f"needs {at_least} or more, {why}; got {at_most}.")
        goals = {} if until is None else self._goals(until)
        return Replications(
            at_least=at_least or AT_LEAST,
            at_most=at_most or AT_LEAST,
            until={name: goals[name] for name in sorted(goals)},
        )

    def _goals(self, node: Node) -> dict[str, Until]:
        goals: dict[str, Until] = {}
        what = "measures and half-widths, for example {dtoc_rate: 0.2 points}"
        for name, entry in self._reader.mapping(node, what).items():
            column = self._column(entry, name)
            goal = None if column is None else self._goal(entry, column)
            if column is not None and goal is not None:
                self._once(entry, column, goals)
                goals[column.name] = goal
        return goals

    def _goal(self, node: Node, column: Column) -> Until | None:
        """A half-width: `0.2 points` of a measure in %, `1 %` of the mean, or a number in its own unit."""
        in_percent = column.unit.startswith("%")
        number, unit = _quantity_of(node)
        own = unit == "points" if in_percent else unit in ("", column.unit)
        if number is not None and unit == "points" and not in_percent:
            self._faults.add(node, f"points are of measures in %; {column.name} is in {column.unit}.")
        elif number is None or not (own or unit == "%"):
            absolute = '"0.2 points"' if in_percent else f'"20 {column.unit}"'
            self._faults.add(
                node,
                f'needs a half-width, for example {absolute}, or "1 %" of the mean; got {kind_of(node)}.',
            )
        elif number <= 0:
            self._faults.add(node, f"needs a half-width above 0; got {kind_of(node)}.")
        else:
            return Until(half_width=number / 100 if unit == "%" else number, relative=unit == "%")
        return None

    def targets(self, node: Node | None) -> dict[str, float]:
        """Column -> figure, in order of name."""
        if node is None:
            return {}
        found: dict[str, float] = {}
        example = "measures and figures, for example {dtoc_rate: 3.5}"
        for name, entry in self._reader.mapping(node, example).items():
            column = self._column(entry, name)
            what = "a number" if column is None else f"a number, in {column.unit}"
            value = self._reader.number(entry, -1e12, 1e12, what)
            if column is None:
                continue
            self._once(entry, column, found)
            found[column.name] = 0.0 if value is None else value
        return {name: found[name] for name in sorted(found)}

    # What is kept

    def keep(self, node: Node | None, needed: Iterable[str]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
        """Columns and tables; columns that are `needed` besides follow those asked for."""
        entries: dict[str, Node] = {}
        if node is not None:
            entries = self._reader.mapping(node, "measures or tables, as {measures: [dtoc_people]}")
            known_keys(self._reader, node, ("measures", "tables"))
        measures, tables = entries.get("measures"), entries.get("tables")
        columns = _headlines() if measures is None else self._columns(measures)
        for name in sorted(set(needed) - set(columns)):
            columns[name] = parse_column(name)
        return tuple(columns.values()), () if tables is None else self._tables(tables)

    def _tables(self, node: Node) -> tuple[str, ...]:
        kept: list[str] = []
        for item in self._some(node, "tables"):
            name = self._reader.known(item, item.value, TABLES, "table")
            if name in kept:
                self._faults.add(item, f"{name} is here twice.")
            kept += [name] if name else []
        return tuple(name for name in TABLES if name in kept)

    def _columns(self, node: Node) -> dict[str, Column]:
        found: dict[str, Column] = {}
        for item in self._some(node, "measures"):
            if isinstance(item.value, dict):
                column = self._restricted(item)
            elif isinstance(item.value, str):
                column = self._column(item, item.value)
            else:
                self._faults.add(item, f"needs the name of a measure; got {kind_of(item)}.")
                continue
            if column is not None:
                self._once(item, column, found)
                found[column.name] = column
        return found

    def _some(self, node: Node, what: str) -> list[Node]:
        if node.value == []:
            self._faults.add(node, "is empty: leave it out.")
        return self._reader.list_of(node, what)

    def _once(self, node: Node, column: Column, found: Mapping[str, object]) -> None:
        if column.name in found:
            self._faults.add(node, f"{column.name} is here twice.")

    # One figure

    def _column(self, node: Node, name: str) -> Column | None:
        """What a name of a figure stands for: `dtoc_people`, `cost_total[payer=nhs]`, `ward.queue`."""
        bare, bracket, _ = name.partition("[")
        if not bracket and "." in bare:
            return self._quantity(node, name)
        if not self._is_measure(node, bare):
            return None
        try:
            column = parse_column(name)
        except ResultsError as error:
            self._faults.add(node, str(error))
            return None
        return self._of(column, {key: (node, value) for key, value in column.where.items()})

    def _restricted(self, node: Node) -> Column | None:
        """`{measure: cost_total, where: {payer: nhs}}`."""
        before = len(self._faults)
        known_keys(self._reader, node, ("measure", "where"))
        measure, where = node.get("measure"), node.get("where")
        if measure is None:
            self._faults.add(node, "needs measure.")
            return None
        name = self._reader.text(measure)
        entries = {} if where is None else self._reader.mapping(where, "keys and values, as {payer: nhs}")
        known = bool(name) and self._is_measure(measure, name)
        if len(self._faults) > before or not known:
            return None
        return self._of(Column(measure=name), {key: (entry, entry.value) for key, entry in entries.items()})

    def _is_measure(self, node: Node, name: str) -> bool:
        if name in MEASURES:
            return True
        services = () if self._scenario is None else self._scenario.services
        known = [*MEASURES, *(f"{service}.{quantity}" for service in services for quantity in QUANTITIES)]
        near = nearest(name, known)
        if not near and (alike := [measure for measure in MEASURES if name and name in measure]):
            near = f" There are {', '.join(alike)}."
        self._faults.add(node, f'there is no measure "{name}".{near}')
        return False

    def _quantity(self, node: Node, name: str) -> Column | None:
        service, _, quantity = name.rpartition(".")
        if quantity not in QUANTITIES:
            hint = nearest(quantity, QUANTITIES) or f" There are {', '.join(QUANTITIES)}."
            self._faults.add(node, f'there is no quantity "{quantity}" of a service.{hint}')
            return None
        services = None if self._scenario is None else self._scenario.services
        if services is not None and self._reader.known(node, service, services, "service") is None:
            return None
        return Column(service=service, quantity=quantity)

    def _of(self, column: Column, where: Mapping[str, tuple[Node, object]]) -> Column | None:
        """A measure restricted to values it can be told by, each with where it was written."""
        before = len(self._faults)
        for key, (node, value) in where.items():
            self._check_where(node, column.measure, key, value)
        if len(self._faults) > before:
            return None
        restricted = replace(column, where={key: str(value) for key, (_, value) in where.items()})
        for node, value in where.values():
            if set(str(value)) & set(",[]") or str(value) != str(value).strip():
                self._faults.add(node, f'"{value}" cannot be kept apart: names of columns use , [ and ].')
                return None
        return restricted

    def _check_where(self, node: Node, name: str, key: str, value: object) -> None:
        if self._scenario is None:
            return
        measure = MEASURES[name]
        keys = [known for known in measure.keys if known != "groups"]
        keys += self._scenario.groups if "groups" in measure.keys else ()
        if key not in keys:
            hint = nearest(key, keys) or f" It can be by {', '.join(keys) or 'nothing'}."
            self._faults.add(node, f'{name} cannot be told by "{key}".{hint}')
        elif key == "month":
            if not _MONTH.fullmatch(str(value)):
                self._faults.add(node, f'needs a month, for example 2019-04; got "{value}".')
        else:
            self._reader.known(node, value, _values(self._scenario, key), key)


def known_keys(reader: Reader, node: Node, known: tuple[str, ...]) -> None:
    """A fault for every other key."""
    for key, entry in node.entries.items():
        if key not in known:
            hint = nearest(key, known) or f" Known here: {', '.join(known)}."
            reader.fault(entry, f'there is no key "{key}" here.{hint}')


def _quantity_of(node: Node) -> tuple[float | None, str]:
    """Number and unit; None where it is no number."""
    if isinstance(node.value, bool) or not isinstance(node.value, int | float | str):
        return None, ""
    try:
        return split_quantity(str(node.value))
    except ValueError:
        return None, ""


def _headlines() -> dict[str, Column]:
    """What `run` prints of a whole system."""
    return {name: Column(measure=name) for name in headlines()}


def _values(scenario: Scenario, key: str) -> Iterable[str]:
    """What a measure can be restricted to."""
    paid = lines_of(scenario.services, scenario.interventions, scenario.staff)
    known: dict[str, Iterable[str]] = {
        "service": dict.fromkeys([*scenario.services, *scenario.interventions, *(name for name, *_ in paid)]),
        "awaited": scenario.services,
        "where": [*scenario.services, OUTSIDE],
        "stream": scenario.arrivals,
        "reason": REASONS,
        "responsible": RESPONSIBLE,
        "payer": dict.fromkeys(payer for _, _, payer in paid),
        "item": dict.fromkeys([*PRICES, BLOCK_ITEM, *(item for _, item, _ in paid)]),
        "budget": scenario.budgets,
        "staff": scenario.staff,
        "provider": dict.fromkeys(
            provider.name for service in scenario.services.values() for provider in service.providers
        ),
        "outcome": dict.fromkeys(
            name
            for service in scenario.services.values()
            if service.reviews is not None
            for name in (SAME, *service.reviews.effects)
        ),
        "event": [name for name, event in scenario.events.items() if event.at_random is not None],
        "each": dict.fromkeys(each for event in scenario.events.values() for each in event.each),
    }
    if key in known:
        return known[key]
    assert scenario.written is not None
    return scenario.written.names.attributes[key]
