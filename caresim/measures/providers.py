"""Providers: what each has, holds and admits. Parts of measures, from the table `providers`."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from caresim.measures.measure import Part
from caresim.records.results import Results

COLUMNS = ("capacity", "held", "used", "full", "closed_days", "admissions")


def provider_days(column: str) -> Part:
    """A mean of each month times its days."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = _rows(results)
        return rows.assign(value=rows[column] * rows["days"])

    return part


def provider_total(column: str) -> Part:
    """What was counted in each month."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = _rows(results)
        return rows.assign(value=rows[column].astype(float))

    return part


def each_day(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """The days of each month, once for each provider."""
    rows = _rows(results)
    return rows.assign(value=rows["days"])


def _rows(results: Results) -> pd.DataFrame:
    """The table `providers`; without rows where the scenario has none."""
    if results.has_table("providers"):
        return results.table("providers")
    columns = ("replication", "month", "days", "service", "provider", *COLUMNS)
    return pd.DataFrame({column: pd.Series(dtype=float) for column in columns}).astype(
        {"replication": "int32", "month": str, "service": str, "provider": str}
    )
