"""Which numbers of a scenario have a source: `sources:` names a path and covers all beneath it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from caresim.scenario.nodes import Node, from_plain
from caresim.scenario.scenario import Scenario

SETTINGS = frozenset(
    [
        "caresim",
        "name",
        "extends",
        "time",
        "replications",
        "seed",
        "groups",
        "exits",
        "templates",
        "sources",
        "published",
    ]
)
"""Top-level keys whose numbers are choices of the modeller, or carry sources of their own."""

CHOICES = (("prices", "year"), ("prices", "to"))
"""Years, which are no figures."""

_NUMBER = re.compile(r"(times|plus|minus)?\s*[-+]?\.?\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number somebody wrote (or a list of them), and where it comes from."""

    path: str
    value: str
    """As written."""
    source: str | None
    """None: it has none."""
    covered_by: str
    """The path in `sources:` that covers it; "" where none does."""
    file: str
    line: int


def numbers(scenario: Scenario) -> list[Number]:
    """Every number of the resolved scenario, in the file's order, each with its nearest source.

    What is the same for a `count` of providers stands once, under the name that was written.
    """
    found: dict[str, Number] = {}
    for key, node in root_of(scenario).entries.items():
        if key not in SETTINGS:
            for path, leaf in leaves(node, (key,)):
                if path[:2] in CHOICES or not _holds_number(leaf) or _is_equal_part(path, leaf):
                    continue
                written = tuple(leaf.path.split(".")) if leaf.path else path
                covered_by = _nearest(scenario.sources, path, written)
                name = _as_counted(".".join(path), leaf.path)
                found.setdefault(
                    name,
                    Number(
                        path=name,
                        value=shown(leaf),
                        source=scenario.sources.get(covered_by),
                        covered_by=covered_by,
                        file=leaf.file,
                        line=leaf.line,
                    ),
                )
    return list(found.values())


def _as_counted(path: str, written: str) -> str:
    """The path that was written, where this is one of the paths a `count` of providers makes of it."""
    keys, above = path.split("."), written.split(".")
    if len(keys) == len(above) and all(
        key == name or re.fullmatch(f"{re.escape(name)}_[0-9]+", key)
        for key, name in zip(keys, above, strict=True)
    ):
        return written
    return path


def root_of(scenario: Scenario) -> Node:
    """The resolved scenario as a tree."""
    if scenario.written is not None:
        return scenario.written.root
    return from_plain(scenario.document, file=scenario.file, path="")


def unsourced_numbers(scenario: Scenario) -> list[str]:
    """A line for each number without a source: where it is and what it says."""
    return [
        f"{_place(number)}{number.path}: {number.value}" for number in numbers(scenario) if not number.source
    ]


def _is_equal_part(path: tuple[str, ...], leaf: Node) -> bool:
    """What each of a `count` has of the staff of all: worked out, and not a number somebody wrote."""
    return path[2:3] == ("providers",) and path[-1] == "share" and leaf.path.endswith((".places", ".hours"))


def _place(number: Number) -> str:
    return f"{number.file}:{number.line}, " if number.line else ""


def leaves(node: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every value beneath a node, with its path; a list of scalars is one value."""
    if node.entries:
        for key, entry in node.entries.items():
            yield from leaves(entry, (*path, key))
    elif node.items and not all(item.is_scalar for item in node.items):
        for place, item in enumerate(node.items):
            yield from leaves(item, (*path, str(place)))
    else:
        yield path, node


def _holds_number(leaf: Node) -> bool:
    return any(_is_number(item.value) for item in leaf.items or [leaf])


def _is_number(value: Any) -> bool:
    """Numbers, quantities with a unit, changes such as "times 1.1", and files of numbers."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    if not isinstance(value, str) or _DATE.match(value):
        return False
    return bool(_NUMBER.match(value)) or value.endswith(".csv")


def shown(leaf: Node) -> str:
    """A value as one would write it."""
    if leaf.items:
        return "[" + ", ".join(shown(item) for item in leaf.items) + "]"
    if leaf.value is None or isinstance(leaf.value, bool):
        return {None: "null", True: "true", False: "false"}[leaf.value]
    return str(leaf.value)


def _nearest(sources: dict[str, str], path: tuple[str, ...], written: tuple[str, ...]) -> str:
    """The longest path above a number that has a source; what a template gave may have one there."""
    for left_out in range(len(path)):
        for candidate in (path, written):
            key = ".".join(candidate[: len(candidate) - left_out])
            if key and key in sources:
                return key
    return ""
