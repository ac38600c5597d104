"""Declared: what each whole day of delay changes for the person who is delayed."""

from __future__ import annotations

from dataclasses import dataclass

from caresim.scenario.values import Personal

NEXT, SETS, AMOUNT, CARE_TIME, MORTALITY = "next", "sets", "amount", "care_time", "mortality"


@dataclass(frozen=True, kw_only=True, slots=True)
class DayEffect:
    """What one whole day of delay does to a value."""

    adds: float = 0.0
    """To a share, or to a hazard [per day]."""
    grows: float = 0.0
    """Of an amount, a care time or a hazard: the share it is more, compound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """One value that delay moves."""

    path: str
    """As written, for the lines of faults."""
    service: str | None
    """None: the mortality of everybody, everywhere."""
    what: str
    """One of NEXT, SETS, AMOUNT, CARE_TIME, MORTALITY."""
    attribute: str | None = None
    """Of SETS."""
    to: str | None = None
    """Of NEXT the service or exit, of SETS the value, that gains."""
    effect: Personal[DayEffect]


@dataclass(frozen=True, kw_only=True, slots=True)
class Deconditioning:
    """Delay has consequences: whole days of it, counted for each person, shift what comes after."""

    active: bool
    delayed_in: tuple[str, ...]
    """Services in which delay counts."""
    at_most: int
    """Whole days; longer delay does no more."""
    shifts: tuple[Shift, ...]
    """In order of their paths."""
