"""Staff: posts, who is in them and who comes and goes. Parts of measures, from the table `staff`."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from caresim.measures.measure import Part
from caresim.records.results import Results

COUNTED = ("joiners", "joiners_from_groups", "leavers", "leavers_to_groups")


def staff_days(column: str) -> Part:
    """Posts, or workers, times the days of each month."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = _rows(results)
        return rows.assign(value=rows[column] * rows["days"])

    return part


def staff_years(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Years of 365.25 days that workers were in post."""
    rows = staff_days("in_post")(results, keys)
    return rows.assign(value=rows["value"] / 365.25)


def staff_counted(column: str) -> Part:
    """How many joined, or left, in each month."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = _rows(results)
        return rows.assign(value=rows[column].astype(float))

    return part


def _rows(results: Results) -> pd.DataFrame:
    """The table `staff`; without rows where the scenario has none."""
    if results.has_table("staff"):
        return results.table("staff")
    columns = ("replication", "month", "days", "staff", "posts", "vacant", "in_post", "productive", *COUNTED)
    return pd.DataFrame({column: pd.Series(dtype=float) for column in columns}).astype(
        {"replication": "int32", "month": str, "staff": str}
    )
