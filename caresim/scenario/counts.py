"""So many of the same kind, written once: `agency: {count: 53, ...}` becomes agency_1 to agency_53."""

from __future__ import annotations

import re
from dataclasses import replace

from caresim.scenario.nodes import Node

MOST = 10_000
"""Providers of one entry."""
Called = dict[str, tuple[str, ...]]
"""Name, or path, as written -> what takes its place."""


def with_counts(root: Node) -> Node:
    """The tree with every provider that has a `count` written out, in `fill` and in events too.

    After all changes but those of events: these may name single ones (`agency_7`) or all (`agency`).
    A count that cannot be written out stays where it is, and is told as a fault when it is read.
    """
    services = root.get("services")
    called: Called = {}
    found = {}
    for name, service in services.entries.items() if services is not None else ():
        own = _called(service)
        found[name] = _written_out(service, own) if own else service
        called |= {_path(name, one): tuple(_path(name, each) for each in all_) for one, all_ in own.items()}
    if not called:
        return root
    assert services is not None
    entries = {**root.entries, "services": services.with_entries(found)}
    events = root.get("events")
    if events is not None:
        of_all = {name: _event(event, called) for name, event in events.entries.items()}
        entries["events"] = events.with_entries(of_all)
    return root.with_entries(entries)


def _path(service: str, provider: str) -> str:
    return f"services.{service}.providers.{provider}"


def names_of(name: str, entry: Node) -> tuple[str, ...]:
    """What a provider is called once written out: NAME, or NAME_1, NAME_2 ... where it has a count."""
    count = entry.get("count")
    number = None if count is None else count.value
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST:
        return (name,)
    return tuple(f"{name}_{k}" for k in range(1, number + 1))


def in_numbers(name: str) -> list[tuple[int, str]]:
    """A name to sort by, in which 2 comes before 10."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), part) if part.isdecimal() else (0, part) for part in parts]


def _called(service: Node) -> Called:
    """Of each provider that can be written out, what they are called then."""
    providers = service.get("providers")
    entries = {} if providers is None else providers.entries
    found = {name: names_of(name, entry) for name, entry in entries.items()}
    return {
        name: names
        for name, names in found.items()
        if names != (name,) and not any(each in entries for each in names)
    }


def _written_out(service: Node, called: Called) -> Node:
    providers, fill = service.entries["providers"], service.get("fill")
    found: dict[str, Node] = {}
    for name, entry in providers.entries.items():
        if name not in called:
            found[name] = entry
            continue
        own = {
            key: _equal_part(value, len(called[name])) if key in ("places", "hours") else value
            for key, value in entry.entries.items()
            if key != "count"
        }
        for number, each in enumerate(called[name], 1):
            found[each] = entry.with_entries({**own, "label": _label(name, entry, number)})
    entries = {**service.entries, "providers": providers.with_entries(found)}
    if fill is not None:
        entries["fill"] = _names(fill, called)
    return service.with_entries(entries)


def _equal_part(capacity: Node, number: int) -> Node:
    """What staff do for all of a count is shared equally, unless it is said what each has."""
    if "staff" not in capacity.entries or "share" in capacity.entries:
        return capacity
    # Said to be written where the capacity is: nobody wrote this number.
    share = replace(capacity, value=1.0 / number)
    return capacity.with_entries({**capacity.entries, "share": share})


def _label(name: str, entry: Node, number: int) -> Node:
    label = entry.get("label")
    if label is not None and not label.is_scalar:
        return label
    words = name.replace("_", " ")
    text = words[:1].upper() + words[1:] if label is None else label.value
    return replace(label or entry, value=f"{text} {number}")


def _names(node: Node, called: Called) -> Node:
    """A list of names with each of those that are called otherwise now; anything else as it is."""
    if not any(isinstance(item.value, str) and item.value in called for item in node.items):
        return node
    items = []
    for item in node.items:
        for each in called.get(item.value, (item.value,)) if isinstance(item.value, str) else (item.value,):
            items.append(replace(item, value=each))
    return replace(node, value=items)


def _event(event: Node, called: Called) -> Node:
    """An event that names all of a count by one name."""
    change, each = event.get("change"), event.get("each")
    entries = dict(event.entries)
    if change is not None and isinstance(change.value, dict):
        found: dict[str, Node] = {}
        # What is said of a single one holds for that one.
        for path, node in sorted(
            change.entries.items(), key=lambda entry: _paths(entry[0], called) == (entry[0],)
        ):
            found |= dict.fromkeys(_paths(path, called), node)
        entries["change"] = change.with_entries(found)
    if each is not None and isinstance(each.value, str) and each.value in called:
        entries["each"] = replace(each, value=[replace(each, value=one) for one in called[each.value]])
    elif each is not None:
        entries["each"] = _names(each, called)
    return event.with_entries(entries)


def _paths(path: str, called: Called) -> tuple[str, ...]:
    keys = path.split(".")
    above, below = ".".join(keys[:4]), keys[4:]
    return tuple(".".join([one, *below]) for one in called.get(above, (above,)))
