"""Staff: posts, who is in them and who comes and goes. Parts of measures, from the table `staff`."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from caresim.measures.measure import Part, column_of, table_or_empty, times_days
from caresim.records.results import Results

COUNTED = ("joiners", "joiners_from_groups", "leavers", "leavers_to_groups")


def staff_days(column: str) -> Part:
    """Posts, or workers, times the days of each month."""
    return times_days(_rows, column)


def staff_years(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Years of 365.25 days that workers were in post."""
    rows = staff_days("in_post")(results, keys)
    return rows.assign(value=rows["value"] / 365.25)


def staff_counted(column: str) -> Part:
    """How many joined, or left, in each month."""
    return column_of(_rows, column)


def _rows(results: Results) -> pd.DataFrame:
    """The table `staff`; without rows where the scenario has none."""
    numbers = ("days", "posts", "vacant", "in_post", "productive", *COUNTED)
    return table_or_empty(results, "staff", ("month", "staff"), numbers)
