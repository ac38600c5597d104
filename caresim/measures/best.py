"""Which of many variants may be the best: those that no other is surely better than."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from caresim.measures.comparison import chosen_measures, figures_by_variant, variant_names
from caresim.measures.estimates import mean_with_interval

if TYPE_CHECKING:
    from caresim.measures.sweeps import Sweep

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Screening:
    """What was decided of each variant, in the order in which they were given."""

    may_be_best: NDArray[np.bool_]
    beaten_by: NDArray[np.int64]
    """Place of a variant that is surely better, the best by its mean of those; -1 where none is."""


def screen(values: ArrayLike, confidence: float = CONFIDENCE, *, higher: bool = False) -> Screening:
    """Keep whoever may be the best: the best is among them with at least `confidence`.

    A variant is dropped if some other is better by more than t x s / sqrt(n): n the replications
    both have, s the spread of the differences between the two, t Student's quantile at
    1 - (1 - confidence) / (k - 1) with n - 1 degrees of freedom, k the number of variants. The
    best is then dropped by any one of the k - 1 others with a chance of at most
    (1 - confidence) / (k - 1), so by some of them with at most 1 - confidence, however the
    replications of different variants hang together (common random numbers make s small). It
    supposes differences near a normal distribution.

    Args:
        values: shape (replications, k), one measure, any unit; a row is the same replication of
            all. nan where a variant has no figure; it is then compared over the replications both
            have, and with fewer than two of these neither drops the other.
        confidence: strictly between 0 and 1.
        higher: the best is the highest, not the lowest.

    Returns:
        a Screening; a variant without any figure is never among those that may be the best, drops
        none, and does not count for k.

    Raises:
        ValueError: another shape, or confidence outside (0, 1).

    Source: the screening of Nelson, Swann, Goldsman & Song (2001), Simple procedures for selecting
        the best simulated system when the number of alternatives is large, Operations Research
        49, 950-963, and of Boesel, Nelson & Kim (2003), Using ranking and selection to "clean up"
        after simulation optimization, Operations Research 51, 814-825. There variants are run
        independently; spreads of paired differences and Bonferroni's inequality take their place.
    """
    figures = np.asarray(values, dtype=np.float64)
    if figures.ndim != 2:
        raise ValueError(f"needs a row a replication and a column a variant, got shape {figures.shape}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    cost = -figures if higher else figures
    has_any = np.asarray((~np.isnan(cost)).any(axis=0), dtype=np.bool_)
    kept = has_any.copy()
    beaten_by = np.full(cost.shape[1], -1, dtype=np.int64)
    others = int(has_any.sum()) - 1
    if others < 1:
        return Screening(kept, beaten_by)
    quantile = 1.0 - (1.0 - confidence) / others
    means = mean_with_interval(cost).mean
    # Best first: most are dropped by the first few, so that those left to look at are soon few.
    for rival in np.argsort(means, kind="stable")[: others + 1]:
        left = np.flatnonzero(kept)
        worse = _surely_worse(cost[:, left], cost[:, rival], quantile)
        beaten_by[left[worse]] = rival
        kept[left[worse]] = False
    # Where pairs rest on different replications each may be beaten by another, all round. To keep
    # more than needed is never wrong.
    return Screening(kept if kept.any() else has_any, beaten_by)


def _surely_worse(
    figures: NDArray[np.float64], rival: NDArray[np.float64], quantile: float
) -> NDArray[np.bool_]:
    """Which columns lie above the rival's by more than chance."""
    apart = figures - rival[:, None]
    there = ~np.isnan(apart)
    n = there.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(there, apart, 0.0).sum(axis=0) / n
        squares = np.where(there, (apart - mean) ** 2, 0.0).sum(axis=0)
        allowed = stdtrit(n - 1.0, quantile) * np.sqrt(squares / (n - 1) / n)
        # nan, where there are fewer than two pairs, is no bound that anything exceeds.
        return np.asarray(mean > allowed, dtype=np.bool_)


def best_variants(
    sweep: Sweep, measure: str, confidence: float = CONFIDENCE, *, higher: bool = False, level: float = 0.95
) -> pd.DataFrame:
    """Which variants of a sweep may be the best for a measure, as `screen` decides.

    Returns:
        one row for each variant, the best mean first, those without a figure last: variant, n
        (replications with a figure), mean, low, high (its own interval at `level`, in the unit of
        the measure), may_be_best, beaten_by (a variant surely better, "" where none is).

    Raises:
        ResultsError: the measure was not kept.
    """
    chosen_measures(sweep, [measure])
    figures = figures_by_variant(sweep, measure).to_numpy(dtype=float)
    names = np.array(variant_names(sweep), dtype=object)
    found = screen(figures, confidence, higher=higher)
    estimate = mean_with_interval(figures, level)
    table = pd.DataFrame(
        {
            "variant": names,
            "n": (~np.isnan(figures)).sum(axis=0),
            "mean": estimate.mean,
            "low": estimate.low,
            "high": estimate.high,
            "may_be_best": found.may_be_best,
            "beaten_by": np.where(found.beaten_by >= 0, names[found.beaten_by], ""),
        }
    )
    return table.sort_values("mean", ascending=not higher, kind="stable", ignore_index=True)
