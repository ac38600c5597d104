"""What happened at random: parts of measures, from the table `happened`."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from caresim.measures.measure import Part
from caresim.records.results import Results

COLUMNS = ("episodes", "days_in_force", "episode_days")


def happened(column: str) -> Part:
    """Episodes, or days, of each month."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = happened_rows(results)
        return rows.assign(value=rows[column].astype(float))

    return part


def happened_rows(results: Results) -> pd.DataFrame:
    """The table `happened`; without rows where nothing happens at random."""
    if results.has_table("happened"):
        return results.table("happened")
    columns = ("replication", "month", "days", "event", "each", *COLUMNS)
    return pd.DataFrame({column: pd.Series(dtype=float) for column in columns}).astype(
        {"replication": "int32", "month": str, "event": str, "each": str}
    )
