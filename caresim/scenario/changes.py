"""`PATH: CHANGE`, the one small language of changes, on the tree a scenario is written in.

A plain value replaces; `plus`, `minus`, `times` change a number. Events use it too: which
of their changes hold at an instant, and how far a ramp has come, is in `edits.py`.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

from caresim.durations import DURATION, format_number, same_unit, split_quantity
from caresim.scenario.near_paths import hint
from caresim.scenario.nodes import Node, node_at, paths, put, split_path
from caresim.scenario.reader import SHARES_TOLERANCE, Faults, kind_of
from caresim.scenario.shape import PLAIN, Items, Leaf, Named, shape_at

_OPERATION = re.compile(r"(plus|minus|times)(?:\s+(.*))?", re.DOTALL)
_ALMOST = re.compile(r"(plus|minus|times|add|subtract|multiply|divide|increase|reduce)\D{0,5}\d.*", re.DOTALL)
"""What somebody writes who means an operation."""
_DATED_KEY = re.compile(r"\d{4}-\d{2}-\d{2}|\d+(\.\d+)?\s+(" + "|".join(DURATION.units) + ")")
_FREE = ("sources", "change", "delayed", "each_day")
"""Where a name that is not there yet may be given a plain value."""


def apply_changes(
    root: Node, changes: list[tuple[str, Node]], faults: Faults, *, floor: bool = False
) -> Node:
    """The tree with all changes made, in their order; shares of one table set at once go together.

    Args:
        floor: `minus` takes away no more than there is.
    """
    done: set[int] = set()
    gone: list[str] = []
    for i, (path, change) in enumerate(changes):
        if i in done:
            continue
        above = next((other for other in gone if path.startswith(f"{other}.")), None)
        if above is not None:
            words = "is taken away before this: set it whole, or leave one of the two out."
            faults.add(change, f"{above} {words}")
            continue
        gone = [other for other in gone if other != path] + [path] * (change.value is None)
        keys = locate(root, path, change, faults)
        if keys is None:
            continue
        if is_share(root, keys):
            together = [
                (j, other_keys, other)
                for j, (other_path, other) in enumerate(changes[i:], i)
                if (other_keys := split_path(root, other_path)[0])[:-1] == keys[:-1]
                and not split_path(root, other_path)[1]
            ]
            done.update(j for j, _, _ in together)
            root = _change_shares(root, [(k, c) for _, k, c in together], faults, floor)
        else:
            root = _change_value(root, keys, change, faults, floor)
    return root


def locate(root: Node, path: str, change: Node, faults: Faults) -> list[str] | None:
    """The keys of a path that may be set, or None and a fault naming the nearest path."""
    keys, rest = split_path(root, path)
    if not rest:
        if not path:
            faults.add(change, "needs a path, for example services.ward.places.")
            return None
        return keys
    missing = [rest] if keys and keys[-1] in _FREE else rest.split(".")
    full = keys + missing
    found = shape_at(full)
    if found is not None and _may_be_made(root, keys, missing, change):
        return full
    parent = node_at(root, keys)
    if parent is not None and is_dated(parent) and _DATED_KEY.fullmatch(rest):
        dates = ", ".join(f"{key}: {kind_of(entry)}" for key, entry in parent.entries.items())
        faults.add(change, f"has no entry {rest}: set all of them at once, in place of {{{dates}}}.")
        return None
    faults.add(change, f'there is nothing at "{path}".{hint(root, path)}')
    return None


def _may_be_made(root: Node, keys: list[str], missing: list[str], change: Node) -> bool:
    """Known keys may be written for the first time; names must be there, or come with all they need."""
    parent = node_at(root, keys)
    for i in range(len(missing)):
        above = shape_at(keys + missing[:i])
        if above is None:
            return False
        shape, _ = above
        last = i == len(missing) - 1
        if isinstance(shape, Items):
            return False
        if isinstance(shape, Named):
            named = isinstance(change.value, dict) or (keys and keys[-1] in _FREE)
            if not (last and named) and keys + missing != ["people", "mortality"]:
                return False
        elif isinstance(shape, Leaf):
            # A new entry of a table that is there; a share of a table is never made alone.
            table = last and i == 0 and parent is not None and isinstance(parent.value, dict)
            return table and not is_share_table(parent)
    return True


# One value


def _change_value(root: Node, keys: list[str], change: Node, faults: Faults, floor: bool = False) -> Node:
    if change.value is None:
        return put(root, keys, None)
    leaf = leaf_at(keys) or PLAIN
    operation = None if leaf.is_change else operation_of(change)
    old = node_at(root, keys)
    if operation is None:
        almost = isinstance(change.value, str) and _ALMOST.fullmatch(change.value)
        if almost and not leaf.is_change and _is_one_number(old):
            faults.add(
                change,
                f'a change is plus, minus or times and a number, as in "plus 3"; got "{change.value}".',
            )
            return root
        return put(root, keys, change)
    if keys[0] == "events" and keys[2:3] == ["change"] and (old is None or operation_of(old)):
        is_now = "nothing" if old is None else f'"{old.value}"'
        faults.add(
            change,
            f"here is {is_now}, which {operation[0]} cannot change: write all that the event changes, "
            f"events.{keys[1]}.change: {{{'.'.join(keys[3:])}: {change.value}, ...}}.",
        )
        return root
    if old is None:
        words = f"nothing is written there that {operation[0]} could change: write a plain value."
        faults.add(change, with_providers(root, keys) or words)
        return root
    new = changed(old, operation, change, leaf, faults, floor)
    return root if new is None else put(root, keys, new)


def with_providers(root: Node, keys: list[str]) -> str:
    """Where to change a capacity that a service's providers have; "" where the service has it itself."""
    if len(keys) != 3 or keys[0] != "services" or keys[2] not in ("places", "hours"):
        return ""
    providers = node_at(root, [*keys[:2], "providers"])
    if providers is None or not providers.entries:
        return ""
    name = next(iter(providers.entries))
    path = f"services.{keys[1]}.providers.{name}.{keys[2]}"
    return f"its providers have the {keys[2]}: change those, as in {path}."


def operation_of(change: Node) -> tuple[str, str] | None:
    """`plus 2 per day` -> ("plus", "2 per day"); None where a plain value replaces."""
    match = _OPERATION.fullmatch(change.value.strip()) if isinstance(change.value, str) else None
    return None if match is None else (match[1], match[2] or "")


def leaf_at(keys: list[str]) -> Leaf | None:
    """The value that is replaced whole in which these keys end, if they do."""
    found = shape_at(keys)
    return found[0] if found is not None and isinstance(found[0], Leaf) else None


def changed(
    old: Node,
    operation: tuple[str, str],
    change: Node,
    leaf: Leaf,
    faults: Faults,
    floor: bool = False,
) -> Node | None:
    """A number after plus, minus or times; of dated values, every one."""
    if is_dated(old) or (leaf.each and old.entries):
        values = {
            key: changed(entry, operation, change, leaf, faults, floor) for key, entry in old.entries.items()
        }
        if None in values.values():
            return None
        return replace(moved(old, change), value=values)
    try:
        number, unit = number_of(old)
    except ValueError:
        hint = " Write the whole change anew." if operation_of(old) else _inside(old)
        faults.add(change, f"{operation[0]} changes one number; here is {kind_of(old)}.{hint}")
        return None
    try:
        result = _operate(operation, number, unit, leaf)
    except ValueError as error:
        faults.add(change, str(error))
        return None
    if floor and operation[0] == "minus":
        result = max(result, min(number, 0.0))
    return replace(moved(old, change), value=written(old, result, unit, leaf))


def _operate(operation: tuple[str, str], number: float, unit: str, leaf: Leaf) -> float:
    word, text = operation
    by, by_unit = split_quantity(text)
    if by_unit == "%" and word != "times" and not unit.startswith("%") and (leaf.whole or unit or number > 1):
        # Of a share it is a step in the share itself; of anything else it would be one of 0.1.
        scale = format_number(1 + by / 100 if word == "plus" else 1 - by / 100)
        raise ValueError(f'cannot add or take away per cent: write "times {scale}"; got "{word} {text}".')
    if word == "times":
        if by_unit:
            raise ValueError(f'times takes a number without a unit, for example "times 1.1"; got "{text}".')
        result = number * by
    else:
        step = by * factor(f"{word} {text}", by_unit, unit, leaf)
        result = number + step if word == "plus" else number - step
    if not math.isfinite(result):
        raise ValueError(f'is too large a change; got "{word} {text}".')
    return result


def factor(text: str, other_unit: str, unit: str, leaf: Leaf) -> float:
    """What turns a number in `other_unit` into one in `unit`."""
    if leaf.hours and other_unit:
        unit, other_unit = (
            u if u.startswith(("hour", "minute")) else f"hours {u}" for u in (unit, other_unit)
        )
    return same_unit(text, other_unit, unit)


def number_of(node: Node) -> tuple[float, str]:
    """The number and unit of a value.

    Raises:
        ValueError: it is not one number.
    """
    if isinstance(node.value, bool) or not isinstance(node.value, int | float | str):
        raise ValueError("not one number")
    if isinstance(node.value, str):
        return split_quantity(node.value)
    return float(node.value), ""


def written(old: Node, number: float, unit: str, leaf: Leaf) -> Any:
    """A number as the old value was written: with its unit, or bare."""
    if leaf.whole:
        # Halves up; what differs from a half by less than a rounding error is one.
        number = math.floor(round(number, 9) + 0.5)
    if isinstance(old.value, str):
        space = "" if unit.startswith("%") else " "
        return f"{format_number(number)}{space}{unit}".rstrip()
    number = float(format_number(number))
    return int(number) if number == int(number) and isinstance(old.value, int) else number


def moved(old: Node, change: Node) -> Node:
    """A value said to be written where the change to it is."""
    return replace(old, file=change.file, line=change.line, column=change.column, path=change.path)


def is_dated(node: Node) -> bool:
    return bool(node.entries) and all(_DATED_KEY.fullmatch(key) for key in node.entries)


def _is_one_number(node: Node | None) -> bool:
    try:
        return node is not None and (is_dated(node) or number_of(node) is not None)
    except ValueError:
        return False


def _inside(old: Node) -> str:
    """A hint at a number inside."""
    for path in paths(old):
        keys, _ = split_path(old, path)
        below = node_at(old, keys)
        if below is not None and below.is_scalar and not isinstance(below.value, bool):
            try:
                number_of(below)
            except ValueError:
                continue
            return f" Name one in it, for example {path}."
    return ""


# Shares


def is_share_table(node: Node | None) -> bool:
    """A table of names and numbers, not a by-table."""
    if node is None or not node.entries or "by" in node.entries:
        return False
    return all(entry.is_scalar and _is_number(entry) for entry in node.entries.values())


def _is_number(node: Node) -> bool:
    try:
        return not isinstance(node.value, bool) and number_of(node)[1] in ("", "%")
    except ValueError:
        return False


def is_share(root: Node, keys: list[str]) -> bool:
    """Whether these keys lead to one share of a table that sums to 1."""
    if not keys or node_at(root, keys) is None:
        return False
    if len(keys) > 2 and keys[-1] == "share":
        return isinstance(getattr(node_at(root, keys[:-2]), "value", None), list)
    leaf = leaf_at(keys[:-1])
    return leaf is not None and leaf.shares and is_share_table(node_at(root, keys[:-1]))


def _change_shares(root: Node, changes: list[tuple[list[str], Node]], faults: Faults, floor: bool) -> Node:
    """One share set: the others keep their proportions. Several: together with the rest they sum to 1."""
    keys = changes[0][0]
    of_parts = keys[-1] == "share"
    table_keys = keys[:-2] if of_parts else keys[:-1]
    table = node_at(root, table_keys)
    assert table is not None
    before = len(faults)
    for path, change in changes:
        if operation_of(change) is None and not _is_number(change):
            faults.add(change, f"needs a share, 0 to 1; got {kind_of(change)}.")
            continue
        root = _change_value(root, path, change, faults, floor)
    if len(faults) > before:
        return root
    if of_parts:
        where = {str(i): [*table_keys, str(i), "share"] for i in range(len(table.items))}
    else:
        where = {name: [*table_keys, name] for name in table.entries}
    names = {path[len(table_keys)] for path, _ in changes}
    shares = {name: _share(node_at(root, path)) for name, path in where.items()}
    total = sum(shares.values())
    if len(names) > 1:
        if abs(total - 1) > SHARES_TOLERANCE:
            faults.add(
                changes[0][1],
                f"several shares of {'.'.join(table_keys)} are set at once, and all of them then add up to "
                f"{format_number(round(total, 9))}, not 1.",
            )
        return root
    return _rescale(root, where, shares, names, changes[0][1], faults)


def _rescale(
    root: Node,
    where: dict[str, list[str]],
    shares: dict[str, float],
    kept: set[str],
    change: Node,
    faults: Faults,
) -> Node:
    """The shares not in `kept` take up what is left, in proportion."""
    left = 1.0 - sum(shares[name] for name in kept)
    others = sum(share for name, share in shares.items() if name not in kept)
    if left < -SHARES_TOLERANCE or left > 1 + SHARES_TOLERANCE:
        faults.add(change, f"needs a share, 0 to 1; this gives {format_number(1 - left)}.")
        return root
    if abs(left) < 1e-12:
        left = 0.0
    if others == 0:
        if left > SHARES_TOLERANCE:
            faults.add(change, "the other shares are 0, so nothing says how the rest is to be shared out.")
        return root
    for name, path in where.items():
        old = node_at(root, path)
        if name not in kept and old is not None:
            # Exact to the last digit: the shares must go on summing to 1.
            root = put(root, path, replace(moved(old, change), value=shares[name] * left / others))
    return root


def _share(node: Node | None) -> float:
    if node is None:
        return 0.0
    number, unit = number_of(node)
    return number / 100 if unit == "%" else number
