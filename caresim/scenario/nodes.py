"""A text as a tree that remembers where each value was written, before it is known to make sense.

Nodes are never changed: an edit makes new ones along its path and shares the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """A value, with the file, line and path it was written at."""

    value: Any
    """None, bool, int, float, str, a dict of str -> Node, or a list of Node."""
    file: str
    line: int
    """Of the key, or the list item; 0 where there is no file."""
    column: int
    path: str
    """Dotted, as written: what a template gives keeps the template's path."""

    @property
    def entries(self) -> dict[str, Node]:
        """Of a mapping; {} of anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """Of a list; [] of anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def is_scalar(self) -> bool:
        return not isinstance(self.value, dict | list)

    def get(self, key: str) -> Node | None:
        return self.entries.get(key)

    def with_entries(self, entries: dict[str, Node]) -> Node:
        return replace(self, value=entries)


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """What the values of a scenario may refer to."""

    folder: str
    """Of the scenario file: where `--set` looks for data files."""
    start: date
    """`time.from`."""
    services: tuple[str, ...]
    in_place: frozenset[str]
    closing: frozenset[str] = frozenset()
    """Services that are closed, or that an event closes."""
    streams: tuple[str, ...]
    staff: tuple[str, ...] = ()
    exits: tuple[str, ...]
    attributes: dict[str, tuple[str, ...]]
    """Attribute -> every value that people, a stream or a service gives it."""
    on_arrival: frozenset[str]
    """Attributes everybody has from arrival on."""

    @property
    def targets(self) -> tuple[str, ...]:
        return self.services + self.exits

    @property
    def origins(self) -> tuple[str, ...]:
        """What `from` can be: services that give a place, streams, `start`."""
        return tuple(s for s in self.services if s not in self.in_place) + self.streams + ("start",)


@dataclass(frozen=True, slots=True)
class Written:
    """What a scenario was made from: its resolved tree and what its names are."""

    root: Node
    names: Names


def plain(node: Node) -> Any:
    """The tree as dicts, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: plain(entry) for key, entry in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return node.value


def from_plain(value: Any, *, file: str, path: str, line: int = 0, column: int = 0) -> Node:
    """A tree of plain values (numbers of numpy and dates too), all said to be written at one place."""
    if hasattr(value, "item"):
        value = value.item()
    elif isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, dict):
        value = {
            str(key): from_plain(entry, file=file, path=f"{path}.{key}", line=line, column=column)
            for key, entry in value.items()
        }
    elif isinstance(value, list | tuple):
        value = [
            from_plain(item, file=file, path=f"{path}.{i}", line=line, column=column)
            for i, item in enumerate(value)
        ]
    return Node(value, file, line, column, path)


def paths(node: Node, prefix: str = "") -> Iterator[str]:
    """Every path below a node, as one would write it for this tree."""
    children = node.entries.items() if node.entries else ((str(i), item) for i, item in enumerate(node.items))
    for key, child in children:
        path = f"{prefix}.{key}" if prefix else key
        yield path
        yield from paths(child, path)


def split_path(node: Node, path: str) -> tuple[list[str], str]:
    """The keys that lead as far along `path` as the tree goes, and the rest of the path.

    Keys may hold dots themselves (`0.5 days`, a path in `sources`): the longest that fits is taken.
    """
    keys: list[str] = []
    while path:
        if node.items:
            head, _, rest = path.partition(".")
            item = _item(node, head)
            if item is None:
                break
            node, path = item, rest
            keys.append(head)
            continue
        known = [key for key in node.entries if path == key or path.startswith(key + ".")]
        if not known:
            break
        key = max(known, key=len)
        node, path = node.entries[key], path[len(key) + 1 :]
        keys.append(key)
    return keys, path


def _item(node: Node, key: str) -> Node | None:
    """An item of a list, numbered from 0."""
    numbered = len(key) < 7 and key.isdecimal() and int(key) < len(node.items)
    return node.items[int(key)] if numbered else None


def node_at(node: Node, keys: list[str]) -> Node | None:
    """The node these keys lead to, or None."""
    for key in keys:
        child = node.get(key)
        if child is None:
            child = _item(node, key)
        if child is None:
            return None
        node = child
    return node


def put(node: Node, keys: list[str], new: Node | None) -> Node:
    """The tree with `new` where these keys lead, or with nothing there; missing mappings are made."""
    if not keys:
        assert new is not None
        return new
    key, rest = keys[0], keys[1:]
    if node.items:
        items = list(node.items)
        if new is None and not rest:
            del items[int(key)]
        else:
            items[int(key)] = put(items[int(key)], rest, new)
        return replace(node, value=items)
    entries = dict(node.entries)
    if new is None and not rest:
        entries.pop(key, None)
    else:
        made = new if new is not None else node
        below = entries.get(key, Node({}, made.file, made.line, made.column, made.path))
        entries[key] = put(below, rest, new)
    return node.with_entries(entries)
