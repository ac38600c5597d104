"""A whole tree into the declared `Scenario`: its names first, then every value."""

from __future__ import annotations

import re
from dataclasses import replace

from caresim.durations import split_quantity
from caresim.errors import nearest, nearest_word
from caresim.scenario.money import lines_of
from caresim.scenario.names import check_names, gather_names
from caresim.scenario.near_paths import hint
from caresim.scenario.nodes import Node, Written, node_at, plain, split_path
from caresim.scenario.read_arrivals import read_arrival, read_people
from caresim.scenario.read_costs import RESPONSIBLE
from caresim.scenario.read_deconditioning import read_deconditioning
from caresim.scenario.read_events import read_event
from caresim.scenario.read_money import read_budget, read_intervention, read_price_years
from caresim.scenario.read_services import leaf_nodes, read_label, read_mortality, read_service
from caresim.scenario.read_staff import check_staffed, read_staff_group
from caresim.scenario.reader import Faults, Reader, kind_of
from caresim.scenario.scenario import Published, Scenario, Time
from caresim.scenario.services import REASONS, Exit, Service
from caresim.scenario.shape import ROOT, Fields, Items, Leaf, Named, Shape, shape_at

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LANGUAGE_VERSION = 1
LARGEST_RATE = 100_000.0
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_VALUE = re.compile(r"[^.\s][^.]*")


def read_scenario(root: Node, faults: Faults, text: str, file: str) -> Scenario | None:
    """The declared scenario of a resolved tree; None where `faults` had to be added to."""
    if is_experiment(root):
        faults.add(
            root.entries["scenario"],
            "this file is an experiment. `caresim check` reads it, and `caresim sweep` runs it.",
        )
        return None
    known = check_shape(root, ROOT, faults)
    root = root if known is None else known
    whole = known is not None
    for key in ("time", "arrivals", "services", "exits"):
        section = root.get(key)
        if section is None:
            faults.add(root, f"needs {key}: there is none.")
        elif section.value == {}:
            faults.add(section, "is empty.")
        whole = whole and section is not None and section.value != {}
    if not whole:
        return None
    # Misspelt keys are faults by now; what stands there may have faults of its own, to be told at once.
    names = gather_names(root, faults, file)
    reader = Reader(names, faults)
    check_names(reader, root)
    get = root.get
    groups, people = get("groups"), get("people") or _empty(root)
    replications, seed = get("replications"), get("seed")
    name = get("name")
    _check_version(reader, root)
    services = {n: read_service(reader, n, entry) for n, entry in root.entries["services"].entries.items()}
    interventions = {
        n: read_intervention(reader, n, e) for n, e in (get("interventions") or _empty(root)).entries.items()
    }
    staff = {n: read_staff_group(reader, n, e) for n, e in (get("staff") or _empty(root)).entries.items()}
    paid, own = lines_of(services, interventions, staff), tuple(_group_names(groups))
    budgets = {
        n: read_budget(reader, n, e, own, paid) for n, e in (get("budgets") or _empty(root)).entries.items()
    }
    prices, decline = get("prices"), get("deconditioning")
    time = read_time(reader, root.entries["time"])
    run = (-time.warm_up, time.measured_days)
    scenario = Scenario(
        name=str(root.file) if name is None else reader.text(name),
        time=time,
        replications=10 if replications is None else reader.whole(replications, 1, 1_000_000) or 1,
        seed=1 if seed is None else reader.whole(seed, 0, 2**63 - 1) or 0,
        population=_population(reader, get("population") or _empty(root)),
        groups=() if groups is None else tuple(reader.names_in(groups, names.attributes, "attribute")),
        people=read_people(reader, people),
        mortality=0.0 if (dying := people.get("mortality")) is None else read_mortality(reader, dying),
        arrivals={n: read_arrival(reader, n, entry) for n, entry in root.entries["arrivals"].entries.items()},
        services=services,
        exits={
            n: Exit(name=n, label=read_label(reader, entry.get("label"), n))
            for n, entry in root.entries["exits"].entries.items()
        },
        staff=staff,
        events={
            n: read_event(reader, n, e, root, run) for n, e in (get("events") or _empty(root)).entries.items()
        },
        deconditioning=None if decline is None else read_deconditioning(reader, decline, services),
        prices=None if prices is None else read_price_years(reader, prices, paid),
        interventions=interventions,
        budgets=budgets,
        sources=_sources(reader, root),
        published=_published(reader, get("published"), groups),
        document=plain(root),
        text=text,
        file=file,
        # Last: by now every value has been read.
        data_files=tuple(sorted(reader.data_files)),
        written=Written(root, names),
    )
    if not len(faults):
        check_bridging(reader, scenario.services, root)
        check_staffed(reader, scenario.services, scenario.staff, root)
        _check_away(reader, scenario.services, root)
        _check_reviews(reader, scenario.services, root)
    return None if len(faults) else scenario


def is_experiment(root: Node) -> bool:
    """Whether a file is of the kind that `caresim sweep` runs."""
    return root.get("scenario") is not None and root.get("services") is None


def check_shape(node: Node, shape: Shape, faults: Faults) -> Node | None:
    """Every key is known, and mappings and lists stand where they should.

    Returns:
        the tree, what is misspelt under the key that is nearest to it; None where there is a key that
        is like no other, or something in place of a mapping or a list: what was meant is not known.
    """
    if isinstance(shape, Leaf):
        return node
    if isinstance(shape, Items):
        if not isinstance(node.value, list):
            faults.add(node, f"needs a list; got {kind_of(node)}.")
            return None
        items = [check_shape(item, shape.each, faults) for item in node.items]
        return None if None in items else replace(node, value=items)
    if not isinstance(node.value, dict):
        what = f"keys such as {', '.join(list(shape.keys)[:3])}" if isinstance(shape, Fields) else "names"
        faults.add(node, f"needs a mapping with {what}; got {kind_of(node)}.")
        return None
    entries: dict[str, Node | None] = {}
    for key, entry in node.entries.items():
        meant = key
        if isinstance(shape, Fields) and key not in shape.keys:
            near = nearest_word(key, shape.keys)
            help_ = f'Did you mean "{near}"?' if near else f"Known here: {', '.join(shape.keys)}."
            faults.add(entry, f'there is no key "{key}" here. {help_}')
            meant = near or key
        if meant != key and meant in node.entries:
            continue
        below = shape.each if isinstance(shape, Named) else shape.keys.get(meant)
        entries[meant] = None if below is None else check_shape(entry, below, faults)
    return None if None in entries.values() else replace(node, value=entries)


def _empty(root: Node) -> Node:
    return root.with_entries({})


def _check_version(reader: Reader, root: Node) -> None:
    version = root.get("caresim")
    if version is None:
        reader.fault(root, "needs caresim: 1, the version of the language it is written in.")
    elif version.value != LANGUAGE_VERSION or isinstance(version.value, bool):
        reader.fault(version, f"this caresim reads language version {LANGUAGE_VERSION}; got {version.value}.")


# Time and population


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
        if measured % 1.0:
            # Nights are counted at midnights: part of a day would have a whole night, or none.
            reader.fault(measure, f"needs whole days; got {measure.value}.")
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
                reader.known(people, area, areas, "area")
            by_area[area] = float(reader.whole(people, 1, 10**10) or 0)
        found[group] = {"all": sum(by_area.values())} | by_area
    return found


# Sources, published figures


def _sources(reader: Reader, root: Node) -> dict[str, str]:
    found = {}
    for path, entry in (root.get("sources") or _empty(root)).entries.items():
        found[path] = reader.text(entry)
        keys, rest = split_path(root, path)
        if rest and (not keys or shape_at([*keys, *rest.split(".")]) is None):
            reader.fault(entry, f'there is nothing at "{path}".{hint(root, path)}')
        elif rest and keys and isinstance((shape_at(keys) or (None,))[0], Named):
            # A known key may have its source before its value; a name that is nearly one of ours is a slip.
            name, named = rest.split(".")[0], node.entries if (node := node_at(root, keys)) else {}
            near = nearest(name, named)
            # Of a count its source may be named once for all.
            if near and f"{name}_1" not in named:
                reader.fault(entry, f'there is no "{rest.split(".")[0]}" in {".".join(keys)}.{near}')
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
        **({"staff": names.staff} if names.staff else {}),
    }
    for key, entry in reader.mapping(node, "columns and their values").items():
        if reader.known(entry, key, known, "column"):
            values = known[key]
            if values is not None:
                reader.known(entry, entry.value, values, key)
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
        example = 'for example "2 points" or "10%"'
        reader.fault(node, f"needs how near it should be, {example}; got {kind_of(node)}.")
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
                    f"{stand_in.to} gives places up at ready (hold_until: ready): nobody can bridge there.",
                )


def _check_away(reader: Reader, services: dict[str, Service], root: Node) -> None:
    """Nobody is away from two places at once: rule 9."""
    for name, service in services.items():
        if service.away is None:
            continue
        for node in leaf_nodes(root.entries["services"].entries[name].entries["away"].entries["to"]):
            if services[to := str(node.value)].away is not None:
                reader.fault(node, f"{to} has `away` itself: nobody can be away from two places at once.")


def _check_reviews(reader: Reader, services: dict[str, Service], root: Node) -> None:
    """Of the hours of a team reviews can take a part only where it counts in hours."""
    for name, service in services.items():
        reviews = service.reviews
        if reviews is not None and reviews.amount is not None and services[reviews.by or ""].in_places:
            node = root.entries["services"].entries[name].entries["reviews"].entries["amount"]
            reader.fault(node, f"{reviews.by} is counted in places, and a review takes one of them.")
