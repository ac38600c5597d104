"""The table `happened`: how often what may happen at random did, and how long it lasted, month by month."""

from __future__ import annotations

import numpy as np
import pandas as pd

from caresim.records.bins import Bins, Floats, Ints, instant_counts, spell_sums
from caresim.records.frames import names
from caresim.records.recorder import ROWS
from caresim.records.tables import RunInfo

COLUMN = {name: place for place, name in enumerate(ROWS["happened"])}


def happened_table(info: RunInfo, rows: Floats, replication: int, months: Bins) -> pd.DataFrame:
    """A row for each month and event (and path of its `each`), whether it happened or not.

    Args:
        rows: of the recorder, kind `happened`, in order of their start.
    """
    n = len(info.chances)
    chance = rows[:, COLUMN["chance"]].astype(np.int64)
    start, end = rows[:, COLUMN["start"]], rows[:, COLUMN["end"]]
    month = np.repeat(np.arange(months.n), n)
    here = np.tile(np.arange(n), months.n)
    columns = {
        "episodes": instant_counts(months, chance, n, start).astype(np.int32),
        "days_in_force": spell_sums(months, chance, n, _not_told_yet(chance, start, end), end),
        "episode_days": spell_sums(months, chance, n, start, end),
    }
    return pd.DataFrame(
        {
            "replication": np.full(len(month), replication, dtype=np.int32),
            "month": names(months.labels, month),
            "days": months.widths[month],
            "event": _named([event for event, _ in info.chances], here),
            "each": _named([each for _, each in info.chances], here),
            **{name: np.ascontiguousarray(values).reshape(-1) for name, values in columns.items()},
        },
        copy=False,
    )


def _named(of_each: list[str], chance: Ints) -> pd.Categorical:
    known = sorted(set(of_each))
    return names(known, np.array([known.index(name) for name in of_each])[chance])


def _not_told_yet(chance: Ints, start: Floats, end: Floats) -> Floats:
    """From when on each episode holds while none of the same that began before it does."""
    begins = start.copy()
    until: dict[int, float] = {}
    for place, number in enumerate(chance.tolist()):
        covered = until.get(number, -np.inf)
        # What lies wholly within others is left with nothing, not with less.
        begins[place] = min(max(start[place], covered), end[place])
        until[number] = max(covered, end[place])
    return begins
