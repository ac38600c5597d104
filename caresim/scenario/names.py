"""The names of a scenario, gathered before any value is read, because values refer to them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date

from caresim.scenario.nodes import Names, Node
from caresim.scenario.reader import Faults, Reader, with_article
from caresim.scenario.shape import RESERVED

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_WORDS = "a name is letters, digits, _ and -, and begins with a letter"
_VALUE = re.compile(r"[^.\s][^.]*")
_NAMED = {
    "services": "service",
    "exits": "exit",
    "arrivals": "stream",
    "staff": "group of staff",
    "interventions": "intervention",
}
"""Sections whose names are one's own, and what each names: no two of them share a name."""

NO_NAMES = Names(
    folder="",
    start=date(2000, 1, 1),
    services=(),
    in_place=frozenset(),
    streams=(),
    exits=(),
    attributes={},
    on_arrival=frozenset(),
)
"""For values that may refer to nothing: those of an experiment file, or read before all names are known."""


def is_name(text: str) -> bool:
    """Whether something may be called so."""
    return _NAME.fullmatch(text) is not None


def gather_names(root: Node, faults: Faults, file: str) -> Names:
    """What values may refer to; `time.from` is here because dates are told from it."""
    services = (root.get("services") or root.with_entries({})).entries
    people = {
        k: n for k, n in (root.get("people") or root.with_entries({})).entries.items() if k != "mortality"
    }
    streams = (root.get("arrivals") or root.with_entries({})).entries
    values: dict[str, dict[str, None]] = {}
    tables = [*people.items()]
    for owner, key in [(s, "people") for s in streams.values()] + [(s, "sets") for s in services.values()]:
        tables += (owner.get(key) or root.with_entries({})).entries.items()
    for attribute, table in tables:
        values.setdefault(attribute, {}).update(dict.fromkeys(_values(table)))
    return Names(
        folder=os.path.dirname(file),
        start=_start(root, faults),
        services=tuple(services),
        in_place=frozenset(n for n, s in services.items() if (p := s.get("in_place")) and p.value is True),
        closing=frozenset(_closing(root, services)),
        streams=tuple(streams),
        staff=tuple((root.get("staff") or root.with_entries({})).entries),
        exits=tuple((root.get("exits") or root.with_entries({})).entries),
        attributes={attribute: tuple(found) for attribute, found in values.items()},
        on_arrival=frozenset(people),
    )


def _closing(root: Node, services: dict[str, Node]) -> Iterator[str]:
    """Services that are closed, or that an event closes: switched on or off, they are told alike."""
    yield from (name for name, service in services.items() if "closed" in service.entries)
    for event in (root.get("events") or root.with_entries({})).entries.values():
        each, change = event.get("each"), event.get("change")
        starts = [] if each is None else [str(one.value) for one in (each.items or [each])]
        for path in {} if change is None else change.entries:
            for whole in [f"{start}.{path}" for start in starts] if starts else [path]:
                match whole.split("."):
                    case ["services", "*", "closed"]:
                        yield from services
                    case ["services", name, "closed"]:
                        yield name


def _values(table: Node) -> list[str]:
    """Every value a by-table of shares can give."""
    if isinstance(table.value, str):
        return [table.value]
    if "by" in table.entries:
        return [v for key, entry in table.entries.items() if key != "by" for v in _values(entry)]
    return list(table.entries)


def _start(root: Node, faults: Faults) -> date:
    time = root.get("time")
    start = None if time is None else time.get("from")
    if start is None:
        faults.add(time or root, "needs from: the first day that is measured, for example 2019-04-01.")
        return date(2000, 1, 1)
    return Reader(NO_NAMES, faults).date(start) or date(2000, 1, 1)


def check_names(reader: Reader, root: Node) -> None:
    """Names are words, not reserved, and mean one thing."""
    taken: dict[str, str] = {}
    for kind, what in _NAMED.items():
        for name, entry in (root.get(kind) or root.with_entries({})).entries.items():
            if name in RESERVED and not (kind == "exits" and name == "died"):
                reader.fault(entry, f'"{name}" is a reserved name: choose another.')
            elif not _NAME.fullmatch(name):
                reader.fault(entry, f'{_WORDS}; got "{name}".')
            elif name in taken:
                reader.fault(entry, f'"{name}" is the name of {taken[name]} too: choose another.')
            taken[name] = with_article(what)
    owners = [root.get("people")]
    owners += [s.get("sets") for s in root.entries["services"].entries.values()]
    for owner in owners:
        for name, entry in (owner or root.with_entries({})).entries.items():
            if name in RESERVED and not (name == "mortality" and owner is owners[0]):
                reader.fault(entry, f'"{name}" is a reserved name: choose another.')
            elif not _NAME.fullmatch(name):
                reader.fault(entry, f'{_WORDS}; got "{name}".')
            for value in [] if name == "mortality" else _values(entry):
                if value in ("by", "else") or not _VALUE.fullmatch(value):
                    reader.fault(entry, f'"{value}" cannot be a value: it is reserved, or holds a dot.')
