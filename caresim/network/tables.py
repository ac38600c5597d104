"""From names to numbers: who has which code, and declared values as tables over those codes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from caresim.errors import ScenarioError
from caresim.network.network import FROM, Choice, Table
from caresim.scenario import where
from caresim.scenario.scenario import Scenario
from caresim.scenario.values import By, Dated, Personal, Shares

Leaf = TypeVar("Leaf")
Value = TypeVar("Value")

START = "start"
"""Where people present at the start of the run come `from`."""
MOST_LEAVES = 200_000


@dataclass(frozen=True, slots=True)
class Codes:
    """The number of every name, in order of names."""

    services: dict[str, int]
    streams: dict[str, int]
    targets: dict[str, int]
    """Services, then exits."""
    origins: dict[str, int]
    """Services, then streams, then START."""
    attributes: dict[str, int]
    values: tuple[dict[str, int], ...]
    """Of each attribute, by its number."""
    scenario: Scenario
    """For the lines of faults."""

    def fault(self, path: str, message: str) -> ScenarioError:
        return ScenarioError(where.fault_at(self.scenario, path, message))

    def length(self, axis: int) -> int:
        """Entries along an axis: an attribute's values and "not set yet", or all origins."""
        return len(self.origins) if axis == FROM else len(self.values[axis]) + 1

    def entries(self, axis: int) -> list[str | None]:
        """The name of each entry along an axis; None: not set yet."""
        if axis == FROM:
            return list(self.origins)
        return [*self.values[axis], None]


def numbered(names: Iterable[str], first: int = 0) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(names), first)}


def codes_of(scenario: Scenario, epochs: Iterable[Scenario]) -> Codes:
    """Numbers for every name that occurs now or after any event."""
    services = numbered(scenario.services)
    streams = numbered(scenario.arrivals)
    # Everyone can die, whether an exit for it was declared or not.
    exits = numbered({*scenario.exits, "died"}, len(services))
    values: dict[str, set[str]] = {}
    for epoch in epochs:
        for name, value in drawn_attributes(epoch):
            values.setdefault(name, set()).update(shares_names(value))
        for service in epoch.services.values():
            for row in service.start_with.file:
                for name, text in row.attributes.items():
                    values.setdefault(name, set()).add(text)
    attributes = numbered(values)
    return Codes(
        services=services,
        streams=streams,
        targets=services | exits,
        origins=services
        | {name: len(services) + number for name, number in streams.items()}
        | {START: len(services) + len(streams)},
        attributes=attributes,
        values=tuple(numbered(values[name]) for name in attributes),
        scenario=scenario,
    )


def drawn_attributes(scenario: Scenario) -> Iterator[tuple[str, Personal[Shares]]]:
    """Every place that gives people an attribute, and the shares there."""
    yield from scenario.people.items()
    for arrival in scenario.arrivals.values():
        yield from arrival.people.items()
    for service in scenario.services.values():
        yield from service.sets.items()
        yield from (service.start_with.who or {}).items()


def shares_names(value: Personal[Shares]) -> set[str]:
    return {name for shares in values_in(value) for name in shares}


def values_in(value: Personal[Value]) -> Iterator[Value]:
    """Every value a personal value can take, `else:` included."""
    if not isinstance(value, By):
        yield value
        return
    for entry in value.table.values():
        yield from values_in(entry)
    if value.otherwise is not None:
        yield from values_in(value.otherwise)


def attributes_in(value: Personal[Value]) -> set[str]:
    """The attributes (or "from") a personal value goes by."""
    if not isinstance(value, By):
        return set()
    inner = [*value.table.values()] + ([value.otherwise] if value.otherwise is not None else [])
    return {value.attribute}.union(*(attributes_in(entry) for entry in inner))


def value_at(value: Value | Dated[Value], instant: float) -> Value:
    """A dated value at an instant; its first also holds before its own instant."""
    if not isinstance(value, Dated):
        return value
    held = value.values[0][1]
    for since, later in value.values:
        if since <= instant:
            held = later
    return held


def make_table(
    codes: Codes, value: Personal[Value], leaf: Callable[[Value], Leaf], path: str, absent: Leaf | None = None
) -> Table[Leaf]:
    """A personal value as a table; `absent` stands where it gives nothing and no `else`."""
    axes = []
    for name in attributes_in(value):
        if name == "from":
            axes.append(FROM)
        elif name in codes.attributes:
            axes.append(codes.attributes[name])
        else:
            raise codes.fault(path, f'there is no attribute "{name}". Known: {", ".join(codes.attributes)}.')
    axes.sort()
    shape = tuple(codes.length(axis) for axis in axes)
    if math.prod(shape) > MOST_LEAVES:
        raise codes.fault(
            path,
            f"goes by attributes with {math.prod(shape)} combinations; {MOST_LEAVES} is the most.",
        )
    made: dict[int, Leaf] = {}  # equal leaves are one object, so an engine can tell them by identity
    leaves: list[Leaf | None] = []
    for entries in itertools.product(*(codes.entries(axis) for axis in axes)):
        found = _look_up(value, dict(zip(axes, entries, strict=True)), codes)
        if found is _NOTHING:
            leaves.append(absent)
        else:
            if id(found) not in made:
                made[id(found)] = leaf(found)
            leaves.append(made[id(found)])
    return Table(axes=tuple(axes), shape=shape, leaves=tuple(leaves))


_NOTHING: Any = object()


def _look_up(value: Any, entries: dict[int, str | None], codes: Codes) -> Any:
    while isinstance(value, By):
        name = entries[FROM if value.attribute == "from" else codes.attributes[value.attribute]]
        if name in value.table:
            value = value.table[name]
        elif value.otherwise is not None:
            value = value.otherwise
        else:
            return _NOTHING
    return value


def make_choice(shares: Shares, numbers: dict[str, int], codes: Codes, path: str) -> Choice:
    """Shares as a choice, cumulated in order of names; what has no share is left out."""
    named = [(name, share) for name, share in sorted(shares.items()) if share > 0]
    if not named:
        raise codes.fault(path, "needs at least one share above 0.")
    for name, _ in named:
        if name not in numbers:
            raise codes.fault(path, f'there is no "{name}" here. Known: {", ".join(numbers)}.')
    return choice_of([(numbers[name], share) for name, share in named])


def make_shares(codes: Codes, attribute: int, shares: Personal[Shares], path: str) -> Table[Choice]:
    """Shares of an attribute's values as a table of choices."""
    return make_table(
        codes, shares, lambda leaf: make_choice(leaf, codes.values[attribute], codes, path), path
    )


def choice_of(weights: list[tuple[int, float]]) -> Choice:
    total = math.fsum(weight for _, weight in weights)
    sums = [value / total for value in itertools.accumulate(weight for _, weight in weights)]
    return Choice(codes=tuple(code for code, _ in weights), cumulative=(*sums[:-1], 1.0))


def shares_of(choice: Choice) -> list[tuple[int, float]]:
    """(code, share) of a choice: what it was made from."""
    before = (0.0, *choice.cumulative[:-1])
    steps = zip(choice.codes, choice.cumulative, before, strict=True)
    return [(code, upto - since) for code, upto, since in steps]


def leaf_at(table: Table[Leaf], codes: tuple[int, ...]) -> Leaf | None:
    """What holds for one combination of attribute codes; a FROM axis is read at its first entry."""
    number = 0
    for axis, length in zip(table.axes, table.shape, strict=True):
        number = number * length + (0 if axis == FROM else codes[axis])
    return table.leaves[number]
