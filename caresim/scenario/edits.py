"""What the events of a scenario do to it: at which instants, and the scenario that holds then."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from caresim.errors import Fault
from caresim.scenario.changes import (
    apply_changes,
    factor,
    is_dated,
    leaf_at,
    moved,
    number_of,
    with_providers,
    written,
)
from caresim.scenario.events import Event, Spell
from caresim.scenario.nodes import Node, Written, node_at, put, split_path
from caresim.scenario.read_arrivals import read_arrival, read_people
from caresim.scenario.read_scenario import check_bridging, check_shape
from caresim.scenario.read_services import read_mortality, read_service
from caresim.scenario.read_staff import check_staffed, is_from_staff, read_staff_group
from caresim.scenario.reader import Faults, Reader
from caresim.scenario.scenario import Scenario
from caresim.scenario.shape import PLAIN, SERVICE, STAFF, STREAM, Fields, Leaf, Shape, shape_at

__all__ = ["apply_changes", "breakpoints", "check_events", "scenario_at"]

_MAY_BE_MISSING = ("mortality", "intake", "opens", "rounds", "closed")
"""What an event may bring to a service that has none."""
_SHAPES: dict[str, Shape] = {"services": SERVICE, "arrivals": STREAM, "staff": STAFF}


Active = tuple[str, str, float]
"""An event that holds, the path its changes begin at, and how much of it holds."""


def spells(scenario: Scenario) -> Iterator[Spell]:
    """The times for which events on dates hold, each year's of those that come every year."""
    for event in scenario.events.values():
        if event.active and event.at_random is None:
            for start, end in event.times:
                yield from (Spell(event.name, each, start, end) for each in event.each)


def breakpoints(scenario: Scenario, episodes: Sequence[Spell] = ()) -> tuple[float, ...]:
    """Instants inside the run at which an active event starts, takes a step of its ramp, or ends.

    From the start of the run (included) to its end (not); an event that began before has its
    share in `scenario_at` of the run's first instant.

    Args:
        episodes: of what happens at random.
    """
    first, last = -scenario.time.warm_up, scenario.time.measured_days
    found: set[float] = set()
    for spell in (*spells(scenario), *episodes):
        found.update(_steps(spell, scenario.events[spell.event].ramp))
    return tuple(sorted(at for at in found if first <= at < last))


def _steps(spell: Spell, ramp: float) -> set[float]:
    """Its start and end, and the days on which its ramp takes a step."""
    days = range(int(ramp) or 1)
    if spell.end is None:
        return {spell.start + day for day in days}
    steps = {spell.start + day for day in days} | {spell.end - day for day in days}
    # With a ramp longer than the event, steps up and down overlap and some lie outside it.
    return {at for at in steps if spell.start <= at <= spell.end}


def strength(spell: Spell, ramp: float, instant: float) -> float:
    """How much of an event holds at an instant: 0 outside it, 1 at full strength.

    A ramp of n days holds 1/n on the first day, 2/n on the second, ..., and as much of it
    backwards before the end: 1/n on the last day.
    """
    if instant < spell.start or (spell.end is not None and instant >= spell.end):
        return 0.0
    if ramp == 0:
        return 1.0
    grown = (math.floor(instant - spell.start) + 1) / ramp
    left = 1.0 if spell.end is None else math.ceil(spell.end - instant) / ramp
    return min(1.0, grown, left)


def scenario_at(scenario: Scenario, instant: float, episodes: Sequence[Spell] = ()) -> Scenario:
    """The scenario with the changes of the events that are active at an instant.

    Services, streams and attributes that no change touches are the same objects. Events go in
    order of their start, then name, then path of `each`.

    Args:
        episodes: of what happens at random.
    """
    return with_active(scenario, active_at(scenario, instant, episodes))


def active_at(scenario: Scenario, instant: float, episodes: Sequence[Spell] = ()) -> tuple[Active, ...]:
    """The events that hold at an instant, in the order in which they are made."""
    found = (
        (spell.start, spell.event, spell.each, share)
        for spell in (*spells(scenario), *episodes)
        if (share := strength(spell, scenario.events[spell.event].ramp, instant)) > 0
    )
    return tuple((event, each, share) for _, event, each, share in sorted(found))


def with_active(scenario: Scenario, active: Sequence[Active]) -> Scenario:
    """The scenario with the changes of some events, one after the other.

    Where one of them happened at random, `minus` takes no more than there is, and an event that
    cannot be made on top of those before it changes nothing: nobody could have tried them all.
    """
    if not active:
        return scenario
    at_random = any(scenario.events[event].at_random is not None for event, _, _ in active)
    faults = Faults()
    changed = _with_events(scenario, active, faults, floor=at_random)
    if at_random and len(faults):
        possible: list[Active] = []
        for each in active:
            alone = Faults()
            _with_events(scenario, [*possible, each], alone, floor=True)
            possible += [] if len(alone) else [each]
        return _with_events(scenario, possible, Faults(), floor=True)
    faults.raise_if_any()
    return changed


def check_events(scenario: Scenario, faults: Faults) -> None:
    """Every change of every event may be made by an event and gives a scenario that can run."""
    faulty: list[set[str]] = []
    for event in scenario.events.values():
        told: set[Fault] = set()
        for each in event.each:
            found = Faults()
            _check_changes(scenario, event.name, each, found)
            faults.include(found, each, told)
            if len(found):
                faulty.append({event.name})
    trials = [trial for event in scenario.events.values() for trial in _alone(event)]
    trials += _together(scenario)
    for trial in trials:
        # What is wrong with some of them is told already.
        names = {event for event, _, _ in trial}
        if not any(some <= names for some in faulty):
            found = Faults()
            _with_events(scenario, trial, found)
            faults.include(found, trial[0][1] if len(trial) == 1 else "")
            if len(found):
                faulty.append(names)


def _alone(event: Event) -> Iterator[list[Active]]:
    """An event without the others, at full strength and half way: at random each of its paths by itself."""
    own: list[list[Active]] = [[(event.name, each, 1.0) for each in event.each]]
    if event.at_random is not None:
        own = [[active] for active in own[0]]
    yield from own
    if event.ramp:
        yield [(name, each, 0.5) for name, each, _ in own[0]]


def _together(scenario: Scenario) -> list[list[Active]]:
    """The sets of active events on dates that hold at once, in order of start, then name; small first."""
    found: dict[tuple[str, ...], list[Active]] = {}
    there = sorted(spells(scenario), key=lambda spell: (spell.start, spell.event, spell.each))
    for at in there:
        active = [(s.event, s.each, 1.0) for s in there if strength(s, 0.0, at.start) > 0]
        names = tuple(dict.fromkeys(event for event, _, _ in active))
        if len(names) > 1:
            found[names] = active
    return [found[names] for names in sorted(found, key=lambda names: (len(names), names))]


def _written(scenario: Scenario) -> Written:
    if scenario.written is None:
        raise ValueError("this scenario was not read by load_scenario, so its events cannot be applied")
    return scenario.written


# Applying


def _with_events(
    scenario: Scenario, events: Sequence[Active], faults: Faults, *, floor: bool = False
) -> Scenario:
    """The scenario with these events, each at a strength, one after the other."""
    base = _written(scenario)
    root = base.root
    touched: dict[tuple[str, str], Node] = {}
    for name, each, share in events:
        changes = sorted(_changes(base.root, name, each).items())
        after = apply_changes(root, changes, faults, floor=floor)
        for path, change in changes:
            keys = _keys(root, after, path)
            touched[keys[0], keys[1]] = change
        if share < 1:
            after = _part_way(root, after, changes, share, faults)
        root = after
    return _reread(scenario, root, list(touched), faults) if not len(faults) else scenario


def _changes(root: Node, event: str, each: str) -> dict[str, Node]:
    """Path -> change, the paths below `each`."""
    change = root.entries["events"].entries[event].get("change")
    entries = {} if change is None else change.entries
    return {f"{each}.{path}": node for path, node in entries.items()} if each else entries


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


def _check_changes(scenario: Scenario, event: str, each: str, faults: Faults) -> None:
    root = _written(scenario).root
    changes = _changes(root, event, each)
    faulty: list[Node] = []
    for path, change in changes.items():
        if any(change is each for each in faulty):
            continue  # a change of all of a count, told of the first of them
        found = Faults()
        # With the others of its table: shares are set at once.
        table = path.rpartition(".")[0]
        together = [(p, c) for p, c in changes.items() if p.rpartition(".")[0] == table]
        after = apply_changes(root, together, found)
        faults.include(found)
        if len(found):
            faulty.append(change)
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
            "numbers of distributions, staff, away, reviews, mortality and what is closed, "
            "not this."
        )
    leaf_keys = _leaf_keys(keys)
    old, new = node_at(root, leaf_keys), node_at(after, leaf_keys)
    if old is None:
        if not set(_MAY_BE_MISSING) & set(keys):
            return with_providers(root, keys) or _nothing_there(root, leaf_keys)
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


def _nothing_there(root: Node, keys: list[str]) -> str:
    """What to tell somebody whose event changes what is not there, or was taken away."""
    missing = next(k for k in range(1, len(keys) + 1) if node_at(root, keys[:k]) is None)
    if missing == len(keys):
        return "has nothing written there that an event could change."
    path = ".".join(keys[:missing])
    return f"there is no {path} that an event could change: write one, or take this change away too (null)."


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
