"""The shapes a declared value can take: one value, `by:` an attribute, or dated.

Inside, time is days, rates and hazards are per day, amounts are hours per week,
money is pounds, shares sum to one. No value here knows how it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

Value = TypeVar("Value")

Shares: TypeAlias = dict[str, float]
"""Name -> share; the shares sum to 1. A single name is written {name: 1.0}."""


@dataclass(frozen=True, kw_only=True, slots=True)
class By(Generic[Value]):
    """A value that depends on one attribute of the person; entries may be `By` again."""

    attribute: str
    """An attribute of `people:`, one that some service `sets:`, or `from`."""
    table: dict[str, Value | By[Value]]
    """Attribute value -> what holds for it."""
    otherwise: Value | By[Value] | None = None
    """What holds for every value not in `table` (`else:`); None: every value is in `table`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dated(Generic[Value]):
    """A value that changes at instants; the first also holds before its own instant."""

    values: tuple[tuple[float, Value], ...]
    """(instant [days from time.from], value from then on), in order of time, at least one."""


Personal: TypeAlias = Value | By[Value]
"""A value that may depend on the person."""


def leaves(value: Personal[Value]) -> list[Value]:
    """Every value of a by-table, at any depth."""
    if not isinstance(value, By):
        return [value]
    below = [leaf for entry in value.table.values() for leaf in leaves(entry)]
    return below if value.otherwise is None else below + leaves(value.otherwise)
