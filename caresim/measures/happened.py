"""What happened at random: parts of measures, from the table `happened`."""

from __future__ import annotations

import pandas as pd

from caresim.measures.measure import Part, column_of, table_or_empty
from caresim.records.results import Results

COLUMNS = ("episodes", "days_in_force", "episode_days")


def happened(column: str) -> Part:
    """Episodes, or days, of each month."""
    return column_of(happened_rows, column)


def happened_rows(results: Results) -> pd.DataFrame:
    """The table `happened`; without rows where nothing happens at random."""
    return table_or_empty(results, "happened", ("month", "event", "each"), ("days", *COLUMNS))
