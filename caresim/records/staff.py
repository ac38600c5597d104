"""The table `staff`: how many posts were filled, who could work, who came and went, month by month."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.records.bins import Bins, Floats, instant_counts, spell_sums
from caresim.records.frames import names
from caresim.records.recorder import NOBODY, ROWS
from caresim.records.tables import RunInfo

COLUMN = {name: place for place, name in enumerate(ROWS["staff"])}


def staff_table(info: RunInfo, rows: Floats, replication: int, months: Bins) -> pd.DataFrame:
    """A row for each month and group: means over time, and counts of who joined and left.

    Args:
        rows: of the recorder, kind `staff`, in the order they were told.
    """
    n = len(info.staff)
    posts, in_post, productive = (rows[:, COLUMN[name]] for name in ("posts", "in_post", "productive"))
    group = rows[:, COLUMN["group"]].astype(np.int64)
    time = rows[:, COLUMN["time"]]
    until = _until(group, time, info.end)
    width = months.widths[:, None]

    def mean(value: Floats) -> Floats:
        return spell_sums(months, group, n, time, until, value) / width

    def number(told: NDArray[np.bool_]) -> NDArray[np.int64]:
        return instant_counts(months, group[told], n, time[told])

    joined, left = rows[:, COLUMN["joined"]] > 0, rows[:, COLUMN["left"]] > 0
    elsewhere = rows[:, COLUMN["other"]] == NOBODY
    columns = {
        "posts": mean(posts),
        "vacant": mean(np.maximum(posts - in_post, 0.0)),
        "in_post": mean(in_post),
        "productive": mean(productive),
        "joiners": number(joined),
        "joiners_from_groups": number(joined & ~elsewhere),
        "leavers": number(left),
        "leavers_to_groups": number(left & ~elsewhere),
    }
    month = np.repeat(np.arange(months.n), n)
    table: dict[str, object] = {
        "replication": np.full(len(month), replication, dtype=np.int32),
        "month": names(months.labels, month),
        "days": months.widths[month],
        "staff": names(info.staff, np.tile(np.arange(n), months.n)),
    }
    for name, values in columns.items():
        flat = np.ascontiguousarray(values).reshape(-1)
        table[name] = flat if name in ("posts", "vacant", "in_post", "productive") else flat.astype(np.int32)
    return pd.DataFrame(table, copy=False)


def _until(group: NDArray[np.int64], time: Floats, end: float) -> Floats:
    """When what a row says of its group is over: at the group's next row, or the end of the run."""
    until = np.full(len(time), end)
    for each in np.unique(group):
        own = np.flatnonzero(group == each)
        until[own[:-1]] = time[own[1:]]
    return until
