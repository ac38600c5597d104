"""Reviews of care under way: how many, how late, what came of them. Parts of measures."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from caresim.measures.measure import Part, group_columns, table_or_empty
from caresim.records.results import Results

DONE, OPEN = "done", "open"
MISSED = ("care_over", "away", "died")


def reviews(*ended: str) -> Part:
    """How many ended so."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = _rows(results)
        rows = rows[rows["ended"].isin(ended)]
        return rows.assign(value=rows["reviews"].astype(float))

    return part


def of_any_outcome(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Reviews done, for a share: not told by outcome."""
    return reviews(DONE)(results, keys).drop(columns="outcome")


def done_within(weeks: int) -> Part:
    """Reviews done in less than so many weeks from being due."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = reviews(DONE)(results, keys)
        return rows[rows["weeks_late"] < weeks]

    return part


def done_or_overdue(weeks: int) -> Part:
    """Reviews done, and those still open that are so late already."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = reviews(DONE, OPEN)(results, keys)
        return rows[(rows["ended"] == DONE) | (rows["weeks_late"] >= weeks)]

    return part


def days_late(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Days from being due until done."""
    rows = reviews(DONE)(results, keys)
    return rows.assign(value=rows["days_late"])


def hours_freed(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Hours a week of packages before reviews, less those after."""
    rows = reviews(DONE)(results, keys)
    return rows.assign(value=rows["hours_before"] - rows["hours_after"])


def _rows(results: Results) -> pd.DataFrame:
    """The table `reviews`; without rows where the scenario has none."""
    texts = ("month", "service", "ended", "outcome", *group_columns(results))
    numbers = ("weeks_late", "reviews", "days_late", "hours_before", "hours_after")
    return table_or_empty(results, "reviews", texts, numbers)
