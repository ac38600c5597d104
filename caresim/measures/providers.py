"""Providers: what each has, holds and admits. Parts of measures, from the table `providers`."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from caresim.measures.measure import Part, column_of, table_or_empty, times_days
from caresim.records.results import Results

COLUMNS = ("capacity", "held", "used", "full", "closed_days", "admissions")


def provider_days(column: str) -> Part:
    """A mean of each month times its days."""
    return times_days(_rows, column)


def provider_total(column: str) -> Part:
    """What was counted in each month."""
    return column_of(_rows, column)


def each_day(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """The days of each month, once for each provider."""
    rows = _rows(results)
    return rows.assign(value=rows["days"])


def _rows(results: Results) -> pd.DataFrame:
    """The table `providers`; without rows where the scenario has none."""
    return table_or_empty(results, "providers", ("month", "service", "provider"), ("days", *COLUMNS))
