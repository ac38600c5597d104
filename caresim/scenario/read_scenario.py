"""A whole tree into the declared `Scenario`: its names first, then every value."""

from __future__ import annotations

import os
import re
from datetime import date

from caresim.durations import GROWTH, RATE, split_quantity
from caresim.scenario.arrivals import Arrival, Cycle, Pattern
from caresim.scenario.data_files import read_by_day
from caresim.scenario.nodes import Names, Node, Written, paths, plain, split_path
from caresim.scenario.read_services import (
    RESPONSIBLE,
    attributes_used,
    in_order_of_need,
    read_label,
    read_mortality,
    read_service,
    read_values,
)
from caresim.scenario.reader import Faults, Reader, kind_of
from caresim.scenario.scenario import Event, Published, Scenario, Time
from caresim.scenario.services import REASONS, WEEKDAYS, Exit, Service
from caresim.scenario.shape import RESERVED, ROOT, Fields, Items, Leaf, Named, Shape, nearest, shape_at
from caresim.scenario.values import Personal, Shares

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LANGUAGE_VERSION = 1
LARGEST_RATE = 100_000.0
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_VALUE = re.compile(r"[^.\s][^.]*")


def read_scenario(root: Node, faults: Faults, text: str, file: str) -> Scenario | None:
    """The declared scenario of a resolved tree; None where `faults` had to be added to."""
    check_shape(root, ROOT, faults)
    for key in ("time", "arrivals", "services", "exits"):
        section = root.get(key)
        if section is None:
            faults.add(root, f"needs {key}: there is none.")
        elif section.value == {}:
            faults.add(section, "is empty.")
    if len(faults):
        return None
    names = gather_names(root, faults, file)
    reader = Reader(names, faults)
    _check_names(reader, root)
    get = root.get
    groups, people = get("groups"), get("people") or _empty(root)
    replications, seed = get("replications"), get("seed")
    name = get("name")
    _check_version(reader, root)
    scenario = Scenario(
        name=str(root.file) if name is None else reader.text(name),
        time=read_time(reader, root.entries["time"]),
        replications=10 if replications is None else reader.whole(replications, 1, 1_000_000) or 1,
        seed=1 if seed is None else reader.whole(seed, 0, 2**63 - 1) or 0,
        population=_population(reader, get("population") or _empty(root)),
        groups=()
        if groups is None
        else tuple(reader.names_in(groups, names.attributes, "attribute")),
        people=read_people(reader, people),
        mortality=0.0 if (dying := people.get("mortality")) is None else read_mortality(reader, dying),
        arrivals={n: read_arrival(reader, n, entry) for n, entry in root.entries["arrivals"].entries.items()},
        services={n: read_service(reader, n, entry) for n, entry in root.entries["services"].entries.items()},
        exits={
            n: Exit(name=n, label=read_label(reader, entry.get("label"), n))
            for n, entry in root.entries["exits"].entries.items()
        },
        events={n: _event(reader, n, e) for n, e in (get("events") or _empty(root)).entries.items()},
        sources=_sources(reader, root),
        published=_published(reader, get("published"), groups),
        document=plain(root),
        text=text,
        file=file,
        written=Written(root, names),
    )
    if not len(faults):
        check_bridging(reader, scenario.services, root)
    return None if len(faults) else scenario


def check_shape(node: Node, shape: Shape, faults: Faults) -> None:
    """Every key is known, and mappings and lists stand where they should."""
    if isinstance(shape, Leaf):
        return
    if isinstance(shape, Items):
        if not isinstance(node.value, list):
            faults.add(node, f"needs a list; got {kind_of(node)}.")
        for item in node.items:
            check_shape(item, shape.each, faults)
        return
    if not isinstance(node.value, dict):
        what = f"keys such as {', '.join(list(shape.keys)[:3])}" if isinstance(shape, Fields) else "names"
        faults.add(node, f"needs a mapping with {what}; got {kind_of(node)}.")
        return
    for key, entry in node.entries.items():
        below = shape.keys.get(key) if isinstance(shape, Fields) else shape.each
        if below is None and isinstance(shape, Fields):
            known = list(shape.keys)
            hint = nearest(key, known) or f" Known here: {', '.join(known)}."
            faults.add(entry, f'there is no key "{key}" here.{hint}')
        elif below is not None:
            check_shape(entry, below, faults)


def _empty(root: Node) -> Node:
    return root.with_entries({})


# Names


def gather_names(root: Node, faults: Faults, file: str) -> Names:
    """What values may refer to; `time.from` is here because dates are told from it."""
    services = (root.get("services") or _empty(root)).entries
    people = {k: n for k, n in (root.get("people") or _empty(root)).entries.items() if k != "mortality"}
    streams = (root.get("arrivals") or _empty(root)).entries
    values: dict[str, dict[str, None]] = {}
    tables = [*people.items()]
    for owner, key in [(s, "people") for s in streams.values()] + [(s, "sets") for s in services.values()]:
        tables += (owner.get(key) or _empty(root)).entries.items()
    for attribute, table in tables:
        values.setdefault(attribute, {}).update(dict.fromkeys(_values(table)))
    return Names(
        folder=os.path.dirname(file),
        start=_start(root, faults),
        services=tuple(services),
        in_place=frozenset(n for n, s in services.items() if (p := s.get("in_place")) and p.value is True),
        streams=tuple(streams),
        exits=tuple((root.get("exits") or _empty(root)).entries),
        attributes={attribute: tuple(found) for attribute, found in values.items()},
        on_arrival=frozenset(people),
    )


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
    nobody = Names(
        folder="",
        start=date(2000, 1, 1),
        services=(),
        in_place=frozenset(),
        streams=(),
        exits=(),
        attributes={},
        on_arrival=frozenset(),
    )
    return Reader(nobody, faults).date(start) or date(2000, 1, 1)


def _check_names(reader: Reader, root: Node) -> None:
    """Names are words, not reserved, and mean one thing."""
    taken: dict[str, str] = {}
    for kind, what in (("services", "service"), ("exits", "exit"), ("arrivals", "stream")):
        for name, entry in root.entries[kind].entries.items():
            if name in RESERVED and not (kind == "exits" and name == "died"):
                reader.fault(entry, f'"{name}" is a reserved name: choose another.')
            elif not _NAME.fullmatch(name):
                reader.fault(entry, f'a name is letters, digits, _ and -, and begins with a letter; got "{name}".')
            elif name in taken:
                reader.fault(entry, f'"{name}" is the name of {taken[name]} too: choose another.')
            taken[name] = f"{'an' if what == 'exit' else 'a'} {what}"
    owners = [root.get("people")]
    owners += [s.get("sets") for s in root.entries["services"].entries.values()]
    for owner in owners:
        for name, entry in (owner or _empty(root)).entries.items():
            if name in RESERVED and not (name == "mortality" and owner is owners[0]):
                reader.fault(entry, f'"{name}" is a reserved name: choose another.')
            elif not _NAME.fullmatch(name):
                reader.fault(entry, f'a name is letters, digits, _ and -, and begins with a letter; got "{name}".')
            for value in [] if name == "mortality" else _values(entry):
                if value in ("by", "else") or not _VALUE.fullmatch(value):
                    reader.fault(entry, f'"{value}" cannot be a value: it is reserved, or holds a dot.')


def _check_version(reader: Reader, root: Node) -> None:
    version = root.get("caresim")
    if version is None:
        reader.fault(root, "needs caresim: 1, the version of the language it is written in.")
    elif version.value != LANGUAGE_VERSION or isinstance(version.value, bool):
        reader.fault(version, f"this caresim reads version {LANGUAGE_VERSION} of the language; got {version.value}.")


# Time, population, people


def read_time(reader: Reader, node: Node) -> Time:
    """The window; `to` is its last day."""
    to, measure, warm_up = (node.get(key) for key in ("to", "measure", "warm_up"))
    measured = 0.0
    if (to is None) == (measure is None):
        reader.fault(node, f"needs exactly one of to and measure; got {'neither' if to is None else 'both'}.")
    elif to is not None:
        end = reader.last_day(to)
        measured = float(end or 0)
        if end is not None and end <= 0:
            reader.fault(to, f"needs a day on or after {reader.names.start}; got {to.value}.")
    elif measure is not None:
        measured = reader.duration(measure, positive=True) or 0.0
    return Time(
        start=reader.names.start,
        measured_days=measured,
        warm_up=0.0 if warm_up is None else reader.duration(warm_up) or 0.0,
    )


def _population(reader: Reader, node: Node) -> dict[str, dict[str, float]]:
    """adults, 65+ -> {"all": people, area: people ...}."""
    found: dict[str, dict[str, float]] = {}
    areas = reader.names.attributes.get("area", ())
    for group, entry in node.entries.items():
        if not isinstance(entry.value, dict):
            found[group] = {"all": float(reader.whole(entry, 1, 10**10) or 0)}
            continue
        by_area = {}
        for area, people in entry.entries.items():
            if area == "by":
                reader.one_of(people, ("area",))
                continue
            if area != "all":
                reader.known(people, area, areas, "value of area:")
            by_area[area] = float(reader.whole(people, 1, 10**10) or 0)
        found[group] = {"all": sum(by_area.values())} | by_area
    return found


def read_people(reader: Reader, node: Node) -> dict[str, Personal[Shares]]:
    """Attributes drawn on arrival, each after those it is `by:`."""
    entries = {name: entry for name, entry in node.entries.items() if name != "mortality"}
    for entry in entries.values():
        for used in sorted(attributes_used(entry) & set(reader.names.attributes)):
            if used not in reader.names.on_arrival:
                reader.fault(entry, f"goes by {used}, which a service sets later.")
    tables = {name: read_values(reader, entry) for name, entry in entries.items()}
    return {name: tables[name] for name in in_order_of_need(reader, entries)}


# Arrivals


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
    for extra, allowed in ((pattern, ("rate", "rates", "counts")), (growth, ("rate", "rates")), (batch, ("rate", "times", "every", "rates"))):
        if extra is not None and len(kinds) == 1 and kinds[0] not in allowed:
            reader.fault(extra, f"says nothing for a stream of {kinds[0]}.")
    return Arrival(
        name=name,
        label=read_label(reader, get("label"), name),
        to={} if to is None else reader.personal(to, reader.route),
        rate=None if rate is None else reader.dated(rate, lambda n: reader.quantity(n, RATE, 0.0, LARGEST_RATE)),
        times=None if times is None else _times(reader, times),
        every=None if every is None else reader.duration(every, positive=True),
        counts=None if counts is None else tuple((d, int(n)) for d, n in read_by_day(reader, counts, "count")),
        rates=None if rates is None else tuple(read_by_day(reader, rates, "rate")),
        pattern=Pattern() if pattern is None else _pattern(reader, pattern),
        growth=0.0 if growth is None else reader.quantity(growth, GROWTH, -0.9, 1.0) or 0.0,
        batch=None if batch is None else _batch(reader, batch),
        people=_stream_people(reader, get("people") or _empty(node)),
    )


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
        reader.known(entry, attribute, sorted(reader.names.on_arrival), "attribute of people:")
    return read_people(reader, node)


def _batch(reader: Reader, node: Node) -> dict[int, float]:
    shares = reader.shares(node, None, "size")
    for size, entry in node.entries.items():
        if not size.isdigit() or not 1 <= int(size) <= 1000:
            reader.fault(entry, f'needs a size, 1 to 1000, as its key; got "{size}".')
    return {int(size): share for size, share in shares.items() if size.isdigit()}


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
    if names is WEEKDAYS:
        given = reader.by_weekday(node, lambda n: reader.number(n, 0.0, 1000.0))
    else:
        given = {}
        for name, entry in reader.mapping(node, what).items():
            reader.known(entry, name, names, what[:-1])
            given[name] = reader.number(entry, 0.0, 1000.0)
    return _averaging_one(reader, node, tuple(1.0 if (f := given.get(n, 1.0)) is None else f for n in names))


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
    return Cycle(length=reader.duration(length, positive=True) or 1.0, factors=_factors(reader, factors, None))


# Events, sources, published figures


def _event(reader: Reader, name: str, node: Node) -> Event:
    """When an event holds; what it changes is checked by trying it (`edits.check_events`)."""
    active, start, to, ramp, change = (node.get(key) for key in ("active", "from", "to", "ramp", "change"))
    if start is None:
        reader.fault(node, "needs from: its first day.")
    if change is None or not change.entries:
        reader.fault(node, "needs change: what it changes, for example {services.ward.places: plus 30}.")
    first = None if start is None else reader.day(start)
    end = None if to is None else reader.last_day(to)
    if first is not None and end is not None and to is not None and end <= first:
        reader.fault(to, f"needs a day on or after the first, {start.value if start else ''}; got {to.value}.")
    days = 0.0 if ramp is None else reader.duration(ramp) or 0.0
    if ramp is not None and days != int(days):
        reader.fault(ramp, f"needs whole days; got {ramp.value}.")
    changes = () if change is None else tuple(sorted((p, plain(n)) for p, n in change.entries.items()))
    return Event(
        name=name,
        label=read_label(reader, node.get("label"), name),
        active=active is None or reader.true_or_false(active),
        start=float(first or 0),
        end=None if end is None else float(end),
        ramp=days,
        changes=changes,
    )


def _sources(reader: Reader, root: Node) -> dict[str, str]:
    found = {}
    known: list[str] | None = None
    for path, entry in (root.get("sources") or _empty(root)).entries.items():
        found[path] = reader.text(entry)
        keys, rest = split_path(root, path)
        if rest and shape_at([*keys, *rest.split(".")]) is None or rest and not keys:
            known = known or list(paths(root))
            reader.fault(entry, f'there is nothing at "{path}".{nearest(path, known)}')
    return found


def _published(reader: Reader, node: Node | None, groups: Node | None) -> tuple[Published, ...]:
    if node is None:
        return ()
    return tuple(_published_line(reader, item, groups) for item in reader.list_of(node, "published figures"))


def _published_line(reader: Reader, node: Node, groups: Node | None) -> Published:
    get = node.get
    for key in ("measure", "value", "source"):
        if get(key) is None:
            reader.fault(node, f"needs {key}.")
    within, where, when, used = get("within"), get("where"), get("when"), get("used")
    size, unit = (None, None) if within is None else _within(reader, within)
    start, end = (None, None) if when is None else _when(reader, when)
    value, measure, source = get("value"), get("measure"), get("source")
    return Published(
        measure="" if measure is None else reader.text(measure),
        where={} if where is None else _where(reader, where, groups),
        value=0.0 if value is None else reader.number(value, -1e12, 1e12) or 0.0,
        within=size,
        within_unit=unit,
        start=start,
        end=end,
        source="" if source is None else reader.text(source),
        used="shown" if used is None else reader.one_of(used, ("shown", "tuned")),
    )


def _where(reader: Reader, node: Node, groups: Node | None) -> dict[str, str]:
    found = {}
    names = reader.names
    attributes = {name: names.attributes[name] for name in _group_names(groups) if name in names.attributes}
    known = attributes | {
        "service": names.services,
        "reason": REASONS,
        "responsible": RESPONSIBLE,
        "payer": None,
        **({"area": names.attributes["area"]} if "area" in names.attributes else {}),
    }
    for key, entry in reader.mapping(node, "columns and their values").items():
        if reader.known(entry, key, known, "column"):
            values = known[key]
            if values is not None:
                reader.known(entry, entry.value, values, "value of " + key + ":")
        found[key] = str(entry.value)
    return found


def _group_names(groups: Node | None) -> list[str]:
    if groups is None:
        return []
    return [str(item.value) for item in (groups.items or [groups])]


def _within(reader: Reader, node: Node) -> tuple[float | None, str | None]:
    try:
        number, unit = split_quantity(str(node.value))
    except ValueError:
        number, unit = -1.0, ""
    if number < 0 or unit not in ("%", "points"):
        reader.fault(node, f'needs how near it should be, for example "2 points" or "10%"; got {kind_of(node)}.')
        return None, None
    return number, unit


def _when(reader: Reader, node: Node) -> tuple[float | None, float | None]:
    entries = reader.mapping(node, "from and to, for example {from: 2020-01-01, to: 2020-03-31}")
    for key, entry in entries.items():
        reader.known(entry, key, ("from", "to"), "key")
    start, to = entries.get("from"), entries.get("to")
    first = None if start is None else reader.day(start)
    end = None if to is None else reader.last_day(to)
    if first is not None and end is not None and end <= first:
        reader.fault(node, "needs a last day on or after the first.")
    return None if first is None else float(first), None if end is None else float(end)


def check_bridging(reader: Reader, services: dict[str, Service], root: Node) -> None:
    """A place given up at ready cannot be bridged in: rule 5."""
    for name, service in services.items():
        for i, stand_in in enumerate(service.instead):
            if stand_in.keeps_turn and services[stand_in.to].hold_until_ready:
                node = root.entries["services"].entries[name].entries["instead"].items[i]
                reader.fault(
                    node.entries["to"],
                    f"{stand_in.to} gives places up at ready (hold_until: ready), so nobody can bridge there.",
                )
