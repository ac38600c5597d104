"""The table `reviews`: what came of reviews of care under way, how late they were, what they freed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from caresim.records.bins import Bins, Floats
from caresim.records.frames import Groups, names
from caresim.records.recorder import REVIEW_AWAY, REVIEW_DIED, REVIEW_OPEN, REVIEW_OVER, ROWS
from caresim.records.tables import RunInfo

COLUMN = {name: place for place, name in enumerate(ROWS["reviews"])}
ENDED = {REVIEW_OVER: "care_over", REVIEW_AWAY: "away", REVIEW_DIED: "died", REVIEW_OPEN: "open"}
"""How a review ended that was not done."""
DONE = "done"
NO_OUTCOME = ""
MINUTES_AN_HOUR = 60


def reviews_table(
    info: RunInfo, rows: Floats, replication: int, months: Bins, groups: Groups
) -> pd.DataFrame:
    """A row for each month, service, end, outcome, group and number of weeks it was late that occurs.

    Args:
        rows: of the recorder, kind `reviews`.
    """
    service, outcome = (rows[:, COLUMN[name]].astype(np.int64) for name in ("service", "outcome"))
    ended_at = np.where(outcome == REVIEW_OPEN, info.end, rows[:, COLUMN["ended_at"]])
    late = ended_at - rows[:, COLUMN["due_at"]]
    inside = ended_at >= 0
    ends = (DONE, *ENDED.values())
    how = np.where(outcome >= 0, 0, 1)
    for place, code in enumerate(ENDED, 1):
        how[outcome == code] = place
    known = tuple(sorted({name for each in info.reviews for name in each} | {NO_OUTCOME}))
    # The number of each service's outcomes among all of them; of a review not done, the empty one.
    width = max(map(len, info.reviews), default=0)
    lists = [[known.index(name) for name in each] + [0] * (width - len(each)) for each in info.reviews]
    named = np.array(lists, dtype=np.int64).reshape(len(info.reviews), width)
    name = np.where(outcome >= 0, named[service, np.maximum(outcome, 0)], known.index(NO_OUTCOME))
    keys = np.column_stack(
        [
            np.minimum(months.of(np.maximum(ended_at, 0.0)), months.n - 1),
            service,
            how,
            name,
            groups.of_class[rows[:, COLUMN["class_"]].astype(np.int64)],
            np.floor(late / 7).astype(np.int64),
        ]
    )[inside]
    found, which = np.unique(keys, axis=0, return_inverse=True)
    which = which.reshape(-1)
    in_hours = np.array(info.in_hours)[service]
    hours = {
        f"hours_{column}": np.where(in_hours, rows[:, COLUMN[column]] / MINUTES_AN_HOUR, 0.0)
        for column in ("before", "after")
    }

    def total(values: Floats) -> Floats:
        return np.bincount(which, values[inside], len(found)).astype(np.float64, copy=False)

    return pd.DataFrame(
        {
            "replication": np.full(len(found), replication, dtype=np.int32),
            "month": names(months.labels, found[:, 0]),
            "service": names(info.services, found[:, 1]),
            "ended": names(ends, found[:, 2]),
            "outcome": names(known, found[:, 3]),
            **groups.columns(info, found[:, 4]),
            "weeks_late": found[:, 5].astype(np.int32),
            "reviews": np.bincount(which, minlength=len(found)).astype(np.int32),
            "days_late": total(late),
            **{column: total(values) for column, values in hours.items()},
        }
    )
