"""What the tables of a run hold: columns, units, and what is needed to make them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class RunInfo:
    """Names behind the numbers in a recorder's rows, and the window they are counted in."""

    services: tuple[str, ...]
    kinds: tuple[str, ...]
    in_place: tuple[bool, ...]
    in_hours: tuple[bool, ...]
    """Capacity and amounts in the rows are minutes per week; else places."""
    mean_amount: tuple[float, ...]
    """What one person takes on average (minutes per week, or 1): without that much free, it is full."""
    streams: tuple[str, ...]
    exits: tuple[str, ...]
    attributes: tuple[tuple[str, tuple[str, ...]], ...]
    """(name, values); in a class code len(values) means not set yet."""
    groups: tuple[int, ...]
    """Attributes that become columns."""
    price_attributes: tuple[int, ...]
    """Attributes a price or payer goes by."""
    start: float
    """First instant of the run [days from time.from]; the window is [0, end)."""
    end: float
    first_day: str
    """ISO date of day 0."""
