"""What the events of a scenario do to it: at which instants, and the scenario that holds then."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from caresim.scenario.changes import (
    apply_changes,
    factor,
    is_dated,
    leaf_at,
    moved,
    number_of,
    written,
)
from caresim.scenario.nodes import Node, Written, node_at, put, split_path
from caresim.scenario.read_arrivals import read_arrival, read_people
from caresim.scenario.read_scenario import check_bridging, check_shape
from caresim.scenario.read_services import read_mortality, read_service
from caresim.scenario.read_staff import check_staffed, is_from_staff, read_staff_group
from caresim.scenario.reader import Faults, Reader
from caresim.scenario.scenario import Event, Scenario
from caresim.scenario.shape import PLAIN, SERVICE, STAFF, STREAM, Fields, Leaf, Shape, shape_at

__all__ = ["apply_changes", "breakpoints", "check_events", "scenario_at"]

_MAY_BE_MISSING = ("mortality", "intake", "opens", "rounds")
"""What an event may bring to a service that has none."""
_SHAPES: dict[str, Shape] = {"services": SERVICE, "arrivals": STREAM, "staff": STAFF}


def breakpoints(scenario: Scenario) -> tuple[float, ...]:
    """Instants inside the run at which an active event starts, takes a step of its ramp, or ends.

    From the start of the run (included) to its end (not); an event that began before has its
    share in `scenario_at` of the run's first instant.
    """
    first, last = -scenario.time.warm_up, scenario.time.measured_days
    found: set[float] = set()
    for event in scenario.events.values():
        if event.active:
            found.update(_steps(event))
    return tuple(sorted(at for at in found if first <= at < last))


def _steps(event: Event) -> set[float]:
    """Its start and end, and the days on which its ramp takes a step."""
    days = range(int(event.ramp) or 1)
    if event.end is None:
        return {event.start + day for day in days}
    steps = {event.start + day for day in days} | {event.end - day for day in days}
    # With a ramp longer than the event, steps up and down overlap and some lie outside it.
    return {at for at in steps if event.start <= at <= event.end}


def strength(event: Event, instant: float) -> float:
    """How much of an event holds at an instant: 0 outside it, 1 at full strength.

    A ramp of n days holds 1/n on the first day, 2/n on the second, ..., and as much of it
    backwards before the end: 1/n on the last day.
    """
    if instant < event.start or (event.end is not None and instant >= event.end):
        return 0.0
    if event.ramp == 0:
        return 1.0
    grown = (math.floor(instant - event.start) + 1) / event.ramp
    left = 1.0 if event.end is None else math.ceil(event.end - instant) / event.ramp
    return min(1.0, grown, left)


def scenario_at(scenario: Scenario, instant: float) -> Scenario:
    """The scenario with the changes of the events that are active at an instant.

    Services, streams and attributes that no change touches are the same objects. Events go in
    order of their start, then name.
    """
    active = sorted(
        (event.start, event.name, share)
        for event in scenario.events.values()
        if event.active and (share := strength(event, instant)) > 0
    )
    if not active:
        return scenario
    faults = Faults()
    changed = _with_events(scenario, [(name, share) for _, name, share in active], faults)
    faults.raise_if_any()
    return changed


def check_events(scenario: Scenario, faults: Faults) -> None:
    """Every change of every event may be made by an event and gives a scenario that can run."""
    faulty: list[set[str]] = []
    for name in scenario.events:
        found = Faults()
        _check_changes(scenario, name, found)
        faults.include(found)
        if len(found):
            faulty.append({name})
    ramps = [name for name, event in scenario.events.items() if event.ramp]
    trials: list[tuple[tuple[str, ...], float]] = [((name,), 1.0) for name in scenario.events]
    trials += [((name,), 0.5) for name in ramps]
    trials += [(names, 1.0) for names in _together(scenario.events.values())]
    for names, share in trials:
        # What is wrong with some of them is told already.
        if not any(some <= set(names) for some in faulty):
            found = Faults()
            _with_events(scenario, [(name, share) for name in names], found)
            faults.include(found)
            if len(found):
                faulty.append(set(names))


def _together(events: Iterable[Event]) -> list[tuple[str, ...]]:
    """The sets of active events that hold at once, in order of start, then name; the small ones first."""
    active = sorted((e for e in events if e.active), key=lambda e: (e.start, e.name))
    found = {
        names
        for at in active
        if len(names := tuple(e.name for e in active if strength(replace(e, ramp=0.0), at.start) > 0)) > 1
    }
    return sorted(found, key=lambda names: (len(names), names))


def _written(scenario: Scenario) -> Written:
    if scenario.written is None:
        raise ValueError("this scenario was not read by load_scenario, so its events cannot be applied")
    return scenario.written


# Applying


def _with_events(scenario: Scenario, events: list[tuple[str, float]], faults: Faults) -> Scenario:
    """The scenario with these events, each at a strength, one after the other."""
    base = _written(scenario)
    root = base.root
    touched: dict[tuple[str, str], Node] = {}
    for name, share in events:
        changes = sorted(_changes(base.root, name).items())
        after = apply_changes(root, changes, faults)
        for path, change in changes:
            keys = _keys(root, after, path)
            touched[keys[0], keys[1]] = change
        if share < 1:
            after = _part_way(root, after, changes, share, faults)
        root = after
    return _reread(scenario, root, list(touched), faults) if not len(faults) else scenario


def _changes(root: Node, event: str) -> dict[str, Node]:
    change = root.entries["events"].entries[event].get("change")
    return {} if change is None else change.entries


def _keys(before: Node, after: Node, path: str) -> list[str]:
    keys, rest = split_path(after, path)
    return keys if not rest else split_path(before, path)[0]


def _reread(scenario: Scenario, root: Node, touched: list[tuple[str, str]], faults: Faults) -> Scenario:
    """The scenario with only the touched services, streams, staff and people read anew."""
    reader = Reader(_written(scenario).names, faults)
    reader.in_event = True
    services, arrivals, staff = dict(scenario.services), dict(scenario.arrivals), dict(scenario.staff)
    people, mortality = scenario.people, scenario.mortality
    for section, name in touched:
        node = root.entries[section].entries.get(name)
        if node is not None and section in _SHAPES:
            check_shape(node, _SHAPES[section], faults)
        if section == "services" and node is not None:
            services[name] = read_service(reader, name, node)
        elif section == "arrivals" and node is not None:
            arrivals[name] = read_arrival(reader, name, node)
        elif section == "staff" and node is not None:
            staff[name] = read_staff_group(reader, name, node)
        elif name == "mortality":
            mortality = 0.0 if node is None else read_mortality(reader, node)
        else:
            fresh = read_people(reader, root.entries["people"])
            people = {n: scenario.people[n] if scenario.people[n] == v else v for n, v in fresh.items()}
    if not len(faults):
        check_bridging(reader, services, root)
        check_staffed(reader, services, staff, root)
    return replace(
        scenario, services=services, arrivals=arrivals, staff=staff, people=people, mortality=mortality
    )


# Ramps


def _part_way(
    before: Node, after: Node, changes: list[tuple[str, Node]], share: float, faults: Faults
) -> Node:
    """The tree part of the way from `before` to `after`, in the values that changed."""
    for path, change in changes:
        keys = _keys(before, after, path)
        leaf_keys = _leaf_keys(keys)
        old, new = node_at(before, leaf_keys), node_at(after, leaf_keys)
        leaf = leaf_at(leaf_keys) or PLAIN
        try:
            if old is None or new is None:
                raise ValueError("not numbers")
            after = put(after, leaf_keys, _blend(old, new, share, leaf))
        except ValueError:
            faults.add(change, "a ramp needs numbers, the same ones before and after.")
    return after


def _leaf_keys(keys: list[str]) -> list[str]:
    """The keys up to the value that is replaced whole: a ramp moves all its numbers together."""
    for length in range(1, len(keys) + 1):
        if leaf_at(keys[:length]) is not None:
            return keys[:length]
    return keys


def _blend(old: Node, new: Node, share: float, leaf: Leaf) -> Node:
    """`old` + share x (`new` - `old`), number by number.

    Raises:
        ValueError: they are not numbers, or not the same ones.
    """
    entries = None
    if is_dated(old) and new.is_scalar:
        entries = {key: (entry, new) for key, entry in old.entries.items()}
    elif is_dated(new) and old.is_scalar:
        entries = {key: (old, entry) for key, entry in new.entries.items()}
    elif isinstance(old.value, dict) and isinstance(new.value, dict):
        if set(old.entries) != set(new.entries):
            raise ValueError("other entries")
        entries = {key: (entry, new.entries[key]) for key, entry in old.entries.items()}
    if entries is not None:
        return replace(
            new,
            value={key: _blend(a, b, share, leaf.parts.get(key, leaf)) for key, (a, b) in entries.items()},
        )
    if isinstance(old.value, list) and isinstance(new.value, list):
        # A list of another length raises ValueError too.
        pairs = zip(old.items, new.items, strict=True)
        return replace(new, value=[_blend(a, b, share, leaf) for a, b in pairs])
    if old.value == new.value:
        return new
    number, unit = number_of(old)
    target, target_unit = number_of(new)
    target *= factor(str(new.value), target_unit, unit, leaf)
    value: Any = written(old, number + share * (target - number), unit, leaf)
    return replace(moved(old, new), value=value)


# What an event may change


def _check_changes(scenario: Scenario, event: str, faults: Faults) -> None:
    root = _written(scenario).root
    changes = _changes(root, event)
    for path, change in changes.items():
        found = Faults()
        # With the others of its table: shares are set at once.
        table = path.rpartition(".")[0]
        together = [(p, c) for p, c in changes.items() if p.rpartition(".")[0] == table]
        after = apply_changes(root, together, found)
        faults.include(found)
        if len(found):
            continue
        keys = _keys(root, after, path)
        message = _why_not(root, after, keys, change)
        if message:
            faults.add(change, message)
        for other in changes:
            if path.startswith(other + "."):
                faults.add(change, f"is changed by {other} already: write the two as one change.")


def _why_not(root: Node, after: Node, keys: list[str], change: Node) -> str:
    """Why an event may not make this change; "" where it may."""
    found = shape_at(keys)
    shape = found[0] if found else None
    whole_clock = isinstance(shape, Fields) and keys[-1] in ("opens", "rounds")
    allowed = whole_clock or (isinstance(shape, Leaf) and shape.event)
    if not allowed or keys[0] == "templates":
        return (
            "an event may change rates, places, hours, intake, opens, rounds, shares, amounts, "
            "numbers of distributions, staff, away and mortality, not this."
        )
    leaf_keys = _leaf_keys(keys)
    old, new = node_at(root, leaf_keys), node_at(after, leaf_keys)
    if old is None:
        if not set(_MAY_BE_MISSING) & set(keys):
            return "has nothing written there that an event could change."
        return ""
    if (new is None or change.value is None) and not set(_MAY_BE_MISSING) & set(keys):
        return "an event cannot take this away."
    if new is None:
        return ""
    if "unlimited" in (old.value, new.value) and keys[-1] == "places" and old.value != new.value:
        return "an event cannot change between counted and unlimited places."
    if keys[-1] in ("places", "hours") and (is_from_staff(old) or is_from_staff(new)):
        return "an event cannot change whose work a capacity is: change the numbers of the staff."
    if isinstance(shape, Leaf) and shape.numbers_only and not _same_form(old, new):
        return "an event may change the numbers of a distribution, not its form: name a number in it."
    return ""


def _same_form(old: Node, new: Node) -> bool:
    if old.is_scalar and new.is_scalar:
        try:
            return old.value == new.value or (number_of(old), number_of(new)) is not None
        except ValueError:
            return False
    if isinstance(old.value, dict) and isinstance(new.value, dict):
        return set(old.entries) == set(new.entries) and all(
            _same_form(entry, new.entries[key]) for key, entry in old.entries.items()
        )
    if isinstance(old.value, list) and isinstance(new.value, list):
        return len(old.items) == len(new.items) and all(map(_same_form, old.items, new.items))
    return False
