"""Levels of one factor: from a list of CHANGEs, from a range, at a point of the unit interval."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from caresim.durations import format_number, split_quantity
from caresim.experiment.declared import Factor, Level
from caresim.scenario.changes import operation_of
from caresim.scenario.nodes import Node, plain

MOST = 1_000_000
"""Levels of one factor, and variants of one experiment."""
DIGITS = 6
"""Of the width of a range, in numbers that come out of a division."""

_UNIT = re.compile(r"[%A-Za-z].*")
_COUNTED = re.compile(r"^(minute|hour|day|week)s?\b")

Measured = tuple[str, float, str]
"""Operation (plus, times or ""), number, unit: what `minus 3 days` is (plus, -3, days)."""


def measured(change: Node) -> Measured | None:
    """A CHANGE of one number; None where it is something else (a date, a name, a table)."""
    value = change.value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        return "", float(value), ""
    operation, text = operation_of(change) or ("", value)
    try:
        number, unit = split_quantity(text)
    except ValueError:
        return None
    if unit and not _UNIT.fullmatch(unit):
        return None
    # Days and day are one unit.
    unit = _COUNTED.sub(lambda match: f"{match[1]}s", unit, count=1) if unit[:1] != "%" else unit
    # 0.0 added, so that there is no minus 0.
    return ("plus", 0.0 - number, unit) if operation == "minus" else (operation, number + 0.0, unit)


def in_words(operation: str, number: float, unit: str) -> str:
    """A CHANGE as people write it: (plus, -3, days) -> "minus 3 days"."""
    if operation == "plus" and number < 0:
        operation, number = "minus", -number
    if abs(number) == 1:
        unit = _COUNTED.sub(lambda match: match[1], unit, count=1)
    space = "" if not unit or unit.startswith("%") else " "
    return f"{operation} {format_number(number)}{space}{unit}".strip()


def level_of(what: Measured, place: Node) -> Level:
    """The level a number gives, said to be written at `place`."""
    operation, number, unit = what
    text = in_words(operation, number, unit)
    value: Any = text if operation or unit else int(number) if number == int(number) else number
    return Level(text=text, number=number, change=replace(place, value=value))


def levels_of(changes: Sequence[Node]) -> tuple[str, str, tuple[Level, ...]]:
    """Operation, unit and levels of written CHANGEs; numbers only where all share operation and unit."""
    found = [measured(change) for change in changes]
    shared = {(what[0], what[2]) for what in found if what is not None}
    numbers = None not in found and len(shared) == 1
    levels = tuple(
        Level(text=text_of(change), number=what[1] if numbers and what else None, change=change)
        for change, what in zip(changes, found, strict=True)
    )
    operation, unit = shared.pop() if numbers else ("", "")
    return operation, unit, levels


def text_of(change: Node) -> str:
    """A CHANGE as one would write it, in one line."""
    value = change.value
    if isinstance(value, str):
        return " ".join(value.split()) if value.split() else '""'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {text_of(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(text_of(item) for item in value) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return format_number(value)


def same_key(change: Node) -> str:
    """Equal for two CHANGEs that say the same: plus 20 and plus 20.0, minus 0 and plus 0."""
    what = measured(change)
    if what is not None:
        return json.dumps(what)
    return json.dumps(plain(change), sort_keys=True)


# Ranges


def stepped(low: float, high: float, step: float) -> list[float] | None:
    """Numbers from one end to the other, both included; None where the steps do not lead there.

    Counted in decimals, so that 0.9 in steps of 0.05 is 0.95 and not 0.9500000000000001.
    """
    first, last, by = (Decimal(repr(float(number))) for number in (low, high, step))
    if by == 0 or (last - first) % by != 0 or (last - first) / by < 0:
        return None
    return [float(first + by * i) for i in range(int((last - first) / by) + 1)]


def spread(low: float, high: float, n: int) -> list[float]:
    """So many numbers, evenly from one end to the other, both included."""
    return [low, *(at(low, high, i / (n - 1)) for i in range(1, n - 1)), high]


def at(low: float, high: float, share: float) -> float:
    """The number that far from low to high, with no more digits than the range has use for."""
    if share in (0.0, 1.0) or low == high:
        return high if share == 1.0 else low
    number = low + share * (high - low)
    digits = DIGITS - math.floor(math.log10(abs(high - low)))
    return round(number, digits) + 0.0


def whole(number: float) -> float:
    """Halves up, as changes of counted things are rounded everywhere."""
    return float(math.floor(round(number, 9) + 0.5))


def level_at(factor: Factor, share: float) -> Level:
    """The level of a factor at a place in the unit interval; of a list, in equal parts."""
    if factor.levels:
        return factor.levels[min(int(share * len(factor.levels)), len(factor.levels) - 1)]
    assert factor.low is not None
    assert factor.high is not None
    number = at(factor.low, factor.high, share)
    what = factor.operation, whole(number) if factor.whole else number, factor.unit
    return level_of(what, factor.place)
