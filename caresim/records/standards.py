"""The table `standards`: who was served in time, month by month, where a service has a standard.

Counted person by person when it ends, not read off a histogram. What ends it, and who is counted that it
never came to, is in `docs/method.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.records.bins import Bins, Floats, Ints, instant_counts
from caresim.records.frames import Groups, dense_rows, names
from caresim.records.raw import Raw
from caresim.records.recorder import DIED, GAVE_UP, TURNED_AWAY, UNFINISHED
from caresim.records.tables import RunInfo

WAIT, WAIT_AND_CARE, DELAY, ALL = "wait", "wait_and_care", "delay", "all"


@dataclass(frozen=True)
class _Clock:
    """When what a standard is about began and ended, of some stays rows; nan: never, or not yet."""

    rows: NDArray[np.intp]
    began: Floats
    ended: Floats
    """Whether it came to what was asked for or not."""
    within: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    """Of those that ended."""


def standards_table(info: RunInfo, raw: Raw, replication: int, months: Bins, groups: Groups) -> pd.DataFrame:
    """A row for each month, service with a standard, and group.

    ended: people with whom it ended in the month; within: of these, in time. open: people with whom it
    has begun and not ended when the month ends; overdue: of these, those whose time was up by then.
    """
    size = len(info.standards) * groups.n
    counts: dict[str, Ints] = {
        name: np.zeros((months.n, size), dtype=np.int64) for name in ("ended", "within", "open", "overdue")
    }
    at_end = months.edges[1:-1]
    for place, (service, of, within) in enumerate(info.standards):
        clock = _clock(info, raw, service, of, within)
        keys = place * groups.n + groups.of_class[raw.stays.class_[clock.rows]]
        for name, told in (("ended", clock.counted), ("within", clock.counted & clock.within)):
            counts[name] += instant_counts(months, keys[told], size, clock.ended[told])
        until = np.where(np.isnan(clock.ended), np.inf, clock.ended)
        for month, end in enumerate(at_end):
            there = (clock.began < end) & (until >= end)
            counts["open"][month] += np.bincount(keys[there], minlength=size)
            late = there & (clock.began + within < end)
            counts["overdue"][month] += np.bincount(keys[late], minlength=size)
    month_of_row, place_of_row, group, number = dense_rows(replication, months, groups, len(info.standards))
    service_of = np.array([service for service, _, _ in info.standards], dtype=np.int64)
    return pd.DataFrame(
        {
            "replication": number,
            "month": names(months.labels, month_of_row),
            "service": names(info.services, service_of[place_of_row]),
            **groups.columns(info, group),
            **{name: each.reshape(-1).astype(np.int32) for name, each in counts.items()},
        },
        copy=False,
    )


def _clock(info: RunInfo, raw: Raw, service: int, of: str, within: float) -> _Clock:
    stays = raw.stays
    own = stays.service == service
    if of != DELAY:
        # When those who were in the place at the start had asked for it is not known.
        own &= ~raw.census_stays(info)
    rows = np.flatnonzero(own)
    asked, admitted, ready, left = (
        getattr(stays, name)[rows] for name in ("requested_at", "admitted_at", "ready_at", "left_at")
    )
    outcome = stays.outcome[rows]
    gone = outcome != UNFINISHED
    if of in (WAIT, WAIT_AND_CARE):
        reached = admitted if of == WAIT else ready
        came = ~np.isnan(reached)
        ended = np.where(came, reached, np.where(gone, left, np.nan))
        in_time = came & (ended - asked <= within)
        # Nobody served them; who died, or was taken elsewhere, had to be late for it to count.
        refused = np.isnan(admitted) & ((outcome == GAVE_UP) | (outcome == TURNED_AWAY))
        counted = came | (gone & (refused | (ended - asked > within)))
        return _Clock(rows, asked, ended, in_time, counted)
    if of == DELAY:
        bridged = raw.bridged_on()[0][rows]
        in_time = left - ready - bridged <= within
        counted = gone & ~np.isnan(ready) & ((outcome != DIED) | ~in_time)
        return _Clock(rows, ready + bridged, np.where(gone, left, np.nan), in_time, counted)
    return _Clock(rows, asked, np.where(gone, left, np.nan), left - asked <= within, gone)
