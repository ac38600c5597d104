"""A declared stream of arrivals: how many, when, who and where to."""

from __future__ import annotations

from dataclasses import dataclass, field

from caresim.scenario.values import Dated, Personal, Shares


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """A pattern of its own length, from time.from on."""

    length: float
    factors: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """Factors on a rate; each list averages 1."""

    month: tuple[float, ...] | None = None
    """January first."""
    weekday: tuple[float, ...] | None = None
    """Monday first."""
    hour: tuple[float, ...] | None = None
    cycle: Cycle | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One stream of people; exactly one of rate, times, every, counts, rates is given."""

    name: str
    label: str
    to: Personal[Shares]
    rate: float | Dated[float] | None = None
    """A day."""
    times: tuple[float, ...] | None = None
    """Instants [days from time.from]."""
    every: float | None = None
    """Days between arrivals, the first at the start of the run."""
    counts: tuple[tuple[float, int], ...] | None = None
    """(day, exactly how many that day)."""
    rates: tuple[tuple[float, float], ...] | None = None
    """(day, expected that day)."""
    pattern: Pattern = Pattern()
    growth: Personal[float] = 0.0
    """A year, compound; of each band of people its own where it goes by an attribute."""
    batch: dict[int, float] | None = None
    """Size -> share; a rate or time is then a batch's."""
    people: dict[str, Personal[Shares]] = field(default_factory=dict)
    """Replaces attributes of `people:`."""
