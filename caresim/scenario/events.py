"""What changes a system for a time: on dates, every year, or at random."""

from __future__ import annotations

from dataclasses import dataclass

from caresim.distributions import Distribution


@dataclass(frozen=True, kw_only=True, slots=True)
class AtRandom:
    """How often an event happens, and for how long."""

    rate: float
    """Episodes a day, of each path of `each`, while it may happen."""
    lasts: Distribution | None = None
    """Days that an episode lasts; None: for good."""
    at_most: int | None = None
    """Episodes of a run, warm-up included, of each path of `each`; None: no limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Changes that hold for a time, or several, or for good."""

    name: str
    label: str
    active: bool
    times: tuple[tuple[float, float | None], ...]
    """(first instant, first instant after it [days from time.from]; None: for good), in order.

    When it holds, or, of what happens at random, when it may begin to happen; every year, those that
    touch the run.
    """
    every_year: bool = False
    at_random: AtRandom | None = None
    """None: it holds whenever it is time."""
    ramp: float
    """Days over which it grows and, before its end, shrinks, in equal daily steps."""
    each: tuple[str, ...] = ("",)
    """Paths that the paths of `changes` begin at, in order; "": they are whole."""
    changes: tuple[tuple[str, str | int | float | bool | dict | list | None], ...]
    """(PATH, CHANGE) pairs."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A time for which an event holds; of one that happens at random, an episode."""

    event: str
    each: str
    """The path that its changes begin at, of those in `Event.each`."""
    start: float
    end: float | None
    """None: for good."""
