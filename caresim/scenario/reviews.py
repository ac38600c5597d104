"""Reviews of care under way, as declared: when, by whom, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from caresim.distributions import Distribution
from caresim.scenario.values import Personal, Shares

SAME = "same"
"""The outcome that changes nothing."""
ENDS = "ends"
"""The outcome that ends the care."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AmountChange:
    """What becomes of an amount: so many times it, and so much more."""

    factor: float
    plus: float
    """[hours per week]"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """What an outcome of a review does: another amount, or the end of the care."""

    amount: Personal[AmountChange] | None = None
    next: Personal[Shares] | None = None
    """Where people go then, in place of the service's own `sets` and `next`; None: by these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviews:
    """When people in care are reviewed, whose time it takes, and what comes of it."""

    first: Personal[Distribution]
    """From admission until the first review is due [days]."""
    every: Personal[Distribution] | None
    """From when a review is done until the next is due [days]; None: there is no next."""
    by: str | None
    """The in-place service that does them; None: they take nobody's time."""
    care_time: Personal[Distribution] | None
    """How long one takes [days]; None: the care time of that service."""
    amount: Personal[Distribution] | None
    """What one takes of that service's hours [hours per week]; None: its amount."""
    at_least: float
    """Who takes less at the time is not reviewed then [hours per week]."""
    outcomes: Personal[Shares]
    """Shares of SAME, ENDS and the names of `effects`."""
    effects: dict[str, Effect] = field(default_factory=dict)
    """In order of names; ENDS is always there."""
