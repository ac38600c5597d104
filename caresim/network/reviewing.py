"""What reviews make of care in the long run, before anything is simulated and with nobody waiting.

Care times are followed one by one over the quantiles of the distribution; times between reviews
that are drawn are paired with them at random, always in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from caresim.distributions import Distribution
from caresim.network.network import Reviews, Taper
from caresim.network.tables import leaf_at, shares_of

Array = NDArray[np.float64]
GRID: Array = (np.arange(4096) + 0.5) / 4096
SHARED_OUT = 20260101
"""Seeds the pairing of quantiles."""
MOST_REVIEWS = 5000
NOBODY_LEFT = 1e-9


@dataclass(frozen=True, slots=True)
class Times:
    """When care under review begins, is looked at, and would end."""

    care: Distribution
    first: Distribution
    every: Distribution | None
    takes: float
    """How long a review takes, on average [days]."""
    hazard: float
    """Of death, and of leaving for good, in care [per day]."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What one review comes to, on average."""

    ends: tuple[tuple[int, float], ...]
    """(effect, share)."""
    factor: float
    """Of care that goes on: so many times the amount ..."""
    plus: float
    """... and so many hours per week more."""

    @property
    def share_ended(self) -> float:
        return sum(share for _, share in self.ends)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Of one admission, on average."""

    care: float
    """Days until ready, dead or gone."""
    hours: float
    """Hours per week x days held."""
    asked: float
    """Reviews that become due."""
    done: float
    runs_out: float
    """Share who are ready at the end of their own care time."""
    freed: float
    """Hours per week by which reviews make the package smaller; of those ended all of it."""

    def ended(self, outcomes: Outcomes) -> list[tuple[int, float]]:
        """(effect, share of admissions whose care it ends)."""
        return [(effect, self.done * share) for effect, share in outcomes.ends]


def outcomes_of(reviews: Reviews, class_: tuple[int, ...]) -> Outcomes | None:
    """What a review comes to for one class of people; None where nobody of it can be reviewed."""
    choice = leaf_at(reviews.outcomes, class_)
    if choice is None:
        return None
    ends, factor, plus, goes_on = [], 0.0, 0.0, 0.0
    for code, share in shares_of(choice):
        effect = reviews.effects[code]
        if effect.ends:
            ends.append((code, share))
            continue
        goes_on += share
        change = leaf_at(effect.amount, class_) if effect.amount is not None else None
        factor += share * (1.0 if change is None else change.factor)
        plus += share * (0.0 if change is None else change.plus / 60.0)
    if goes_on <= 0:
        return Outcomes(tuple(ends), 1.0, 0.0)
    return Outcomes(tuple(ends), factor / goes_on, plus / goes_on)


@lru_cache(maxsize=4096)  # Asked for once a class and month.
def reviewed(times: Times, outcomes: Outcomes, hours: float) -> Reviewed:
    """Care of so many `hours` a week at first, under review."""
    draws = np.random.default_rng(SHARED_OUT)
    care = times.care.quantiles(GRID)
    lost, hazard = outcomes.share_ended, times.hazard
    since = np.zeros(len(care))
    due = _paired(times.first, draws, len(care))
    there, now = 1.0, hours
    total = dict.fromkeys(("care", "hours", "asked", "done", "runs_out", "freed"), 0.0)
    for _ in range(MOST_REVIEWS):
        done_at = due + times.takes
        end = np.minimum(done_at, care)
        spent = there * float(_survived(since, end, hazard).sum())
        is_done = done_at < care
        number = there * float(np.exp(-hazard * done_at[is_done]).sum())
        total["care"] += spent
        total["hours"] += spent * now
        total["asked"] += there * float(np.exp(-hazard * due[due < care]).sum())
        total["done"] += number
        total["runs_out"] += there * float(np.exp(-hazard * care[~is_done]).sum())
        after = outcomes.factor * now + outcomes.plus
        total["freed"] += number * (now - (1.0 - lost) * after)
        there, now = there * (1.0 - lost), after
        care, since = care[is_done], done_at[is_done]
        if not len(care) or there * len(care) < NOBODY_LEFT * len(GRID):
            break
        due = np.full(len(care), np.inf)
        if times.every is not None:
            due = since + _paired(times.every, draws, len(care))
    return Reviewed(**{name: value / len(GRID) for name, value in total.items()})


def _paired(distribution: Distribution, draws: np.random.Generator, size: int) -> Array:
    """Quantiles of a time, in an order that has nothing to do with that of care times."""
    grid = (np.arange(size) + 0.5) / size
    return draws.permutation(distribution.quantiles(grid))


def _survived(start: Array, end: Array, hazard: float) -> Array:
    """Days lived from start to end under a hazard borne since 0."""
    if hazard <= 0:
        return end - start
    return np.asarray((np.exp(-hazard * start) - np.exp(-hazard * end)) / hazard)


def of_at_least(amount: Distribution | Taper | None, least: int) -> tuple[float, float, float]:
    """The share of people who take so many minutes a week, and the mean hours of these and of the others."""
    if amount is None or isinstance(amount, Taper):
        mean = 1.0 if amount is None else amount.first / 60.0
        return 1.0, mean, 0.0
    if least <= 0:
        return 1.0, amount.mean(), 0.0
    values = amount.quantiles(GRID)
    enough = np.floor(values * 60.0 + 0.5) >= least
    share = float(enough.mean())
    return (
        share,
        float(values[enough].mean()) if share > 0 else 0.0,
        float(values[~enough].mean()) if share < 1 else 0.0,
    )
