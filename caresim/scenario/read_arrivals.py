"""People and the streams they arrive in, as they are written, into the declared objects."""

from __future__ import annotations

import re

from caresim.durations import RATE, split_quantity
from caresim.scenario.arrivals import Arrival, Cycle, Pattern
from caresim.scenario.data_files import read_by_day
from caresim.scenario.nodes import Node
from caresim.scenario.read_services import (
    attributes_used,
    in_order_of_need,
    read_label,
    read_values,
)
from caresim.scenario.reader import Reader
from caresim.scenario.services import WEEKDAYS
from caresim.scenario.values import Personal, Shares

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LARGEST_RATE = 100_000.0
_SIZE = re.compile(r"[1-9][0-9]{0,2}")
_SUITS = {
    "pattern": ("rate", "rates", "counts"),
    "growth": ("rate", "rates"),
    "batch": ("rate", "rates", "times", "every"),
}
"""What a key says something for."""


def read_people(reader: Reader, node: Node) -> dict[str, Personal[Shares]]:
    """Attributes drawn on arrival, each after those it is `by:`."""
    entries = {name: entry for name, entry in node.entries.items() if name != "mortality"}
    for entry in entries.values():
        for used in sorted(attributes_used(entry) & set(reader.names.attributes)):
            if used not in reader.names.on_arrival:
                reader.fault(entry, f"goes by {used}, which a service sets later.")
    tables = {name: read_values(reader, entry) for name, entry in entries.items()}
    return {name: tables[name] for name in in_order_of_need(reader, entries)}


def read_arrival(reader: Reader, name: str, node: Node) -> Arrival:
    """One stream of people."""
    get = node.get
    to = get("to")
    if to is None:
        reader.fault(node, "needs to: where people go when they arrive.")
    kinds = [key for key in ("rate", "times", "every", "counts", "rates") if get(key) is not None]
    if len(kinds) != 1:
        got = " and ".join(kinds) or "none of them"
        reader.fault(node, f"needs exactly one of rate, times, every, counts, rates; got {got}.")
    rate, times, every, counts, rates = (get(key) for key in ("rate", "times", "every", "counts", "rates"))
    pattern, growth, batch = get("pattern"), get("growth"), get("batch")
    for key, suits in _SUITS.items():
        extra = get(key)
        if extra is not None and len(kinds) == 1 and kinds[0] not in suits:
            reader.fault(extra, f"says nothing for a stream of {kinds[0]}.")
    return Arrival(
        name=name,
        label=read_label(reader, get("label"), name),
        to={} if to is None else reader.personal(to, reader.route),
        rate=None if rate is None else reader.dated(rate, lambda n: _rate(reader, n)),
        times=None if times is None else _times(reader, times),
        every=None if every is None else reader.duration(every, positive=True),
        counts=None if counts is None else _counts(reader, counts),
        rates=None if rates is None else tuple(read_by_day(reader, rates, "rate")),
        pattern=Pattern() if pattern is None else _pattern(reader, pattern),
        growth=0.0 if growth is None else _growth(reader, growth),
        batch=None if batch is None else _batch(reader, batch),
        people=_stream_people(reader, get("people") or node.with_entries({})),
    )


def _rate(reader: Reader, node: Node) -> float | None:
    return reader.quantity(node, RATE, 0.0, LARGEST_RATE)


def _growth(reader: Reader, node: Node) -> Personal[float]:
    for used in sorted(attributes_used(node) & set(reader.names.attributes) - reader.names.on_arrival):
        reader.fault(node, f"goes by {used}, which a service sets later.")
    return reader.personal(node, lambda n: reader.growth(n, -0.9, 1.0) or 0.0)


def _counts(reader: Reader, node: Node) -> tuple[tuple[float, int], ...]:
    return tuple((day, int(count)) for day, count in read_by_day(reader, node, "count"))


def _times(reader: Reader, node: Node) -> tuple[float, ...]:
    found = []
    for item in reader.list_of(node, "times from the start, for example [0 days, 0.5 days]"):
        try:
            before_start = isinstance(item.value, str) and split_quantity(item.value)[0] < 0
        except ValueError:
            before_start = False
        if before_start:
            positive = Node(str(item.value).strip()[1:], item.file, item.line, item.column, item.path)
            found.append(-(reader.duration(positive) or 0.0))
        else:
            found.append(reader.duration(item) or 0.0)
    return tuple(sorted(found))


def _stream_people(reader: Reader, node: Node) -> dict[str, Personal[Shares]]:
    for attribute, entry in node.entries.items():
        reader.known(entry, attribute, sorted(reader.names.on_arrival), "attribute of people")
    return read_people(reader, node)


def _batch(reader: Reader, node: Node) -> dict[int, float]:
    shares = reader.shares(node, None, "size")
    for size, entry in node.entries.items():
        if not _SIZE.fullmatch(size):
            reader.fault(entry, f'needs a size, 1 to 999, as its key; got "{size}".')
    return {int(size): share for size, share in shares.items() if _SIZE.fullmatch(size)}


def _pattern(reader: Reader, node: Node) -> Pattern:
    month, weekday, hour, cycle = (node.get(key) for key in ("month", "weekday", "hour", "cycle"))
    return Pattern(
        month=None if month is None else _named_factors(reader, month, MONTHS, "months"),
        weekday=None if weekday is None else _named_factors(reader, weekday, WEEKDAYS, "weekdays"),
        hour=None if hour is None else _factors(reader, hour, 24),
        cycle=None if cycle is None else _cycle(reader, cycle),
    )


def _named_factors(reader: Reader, node: Node, names: tuple[str, ...], what: str) -> tuple[float, ...]:
    """A factor for each name, 1 where it is not named; or all of them as a list."""
    if not isinstance(node.value, dict):
        return _factors(reader, node, len(names))
    before = len(reader.faults)
    if names is WEEKDAYS:
        given = reader.by_weekday(node, lambda n: reader.number(n, 0.0, 1000.0))
    else:
        given = {}
        for name, entry in reader.mapping(node, what).items():
            reader.known(entry, name, names, what[:-1])
            given[name] = reader.number(entry, 0.0, 1000.0)
    if len(reader.faults) > before:
        return ()
    factors = [given.get(name, 1.0) for name in names]
    return _averaging_one(reader, node, tuple(1.0 if factor is None else factor for factor in factors))


def _factors(reader: Reader, node: Node, length: int | None) -> tuple[float, ...]:
    items = reader.list_of(node, f"{length or 'some'} numbers")
    if isinstance(node.value, list) and (len(items) != length if length else not items):
        reader.fault(node, f"needs {length or 'some'} numbers; got {len(items)}.")
        return ()
    return _averaging_one(reader, node, tuple(reader.number(item, 0.0, 1000.0) or 0.0 for item in items))


def _averaging_one(reader: Reader, node: Node, factors: tuple[float, ...]) -> tuple[float, ...]:
    mean = sum(factors) / len(factors) if factors else 1.0
    if abs(mean - 1) > 0.01 + 1e-12:
        if mean == 0:
            reader.fault(node, "needs a factor above 0.")
        else:
            reader.fault(node, f"factors average {mean:.5g}, not 1. Multiply each by {1 / mean:.6g}.")
    return factors


def _cycle(reader: Reader, node: Node) -> Cycle | None:
    entries = reader.mapping(node, "length and factors")
    for key, entry in entries.items():
        reader.known(entry, key, ("length", "factors"), "key")
    length, factors = entries.get("length"), entries.get("factors")
    if length is None or factors is None:
        reader.fault(node, "needs length and factors, for example {length: 7 days, factors: [1.5, 0.5]}.")
        return None
    days = reader.duration(length, positive=True) or 1.0
    return Cycle(length=days, factors=_factors(reader, factors, None))
