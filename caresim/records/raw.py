"""A recorder's rows as columns: whole numbers where they are numbers of things."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from caresim.records.recorder import ROWS, Recorder

INSTANTS = frozenset(
    {"start", "end", "time", "requested_at", "admitted_at", "ready_at", "left_at", "amount", "capacity"}
)


class Raw:
    """The columns of a recorder, by kind of row: `raw.held.start`, `raw.stays.left_at` ..."""

    def __init__(self, recorder: Recorder) -> None:
        self.held = _columns(recorder, "held")
        self.queued = _columns(recorder, "queued")
        self.stays = _columns(recorder, "stays")
        self.flows = _columns(recorder, "flows")
        self.counters = _columns(recorder, "counters")
        self.capacity: NDArray[np.float64] = recorder.rows("capacity")
        self.classes = np.asarray(recorder.classes, dtype=np.int64)
        self.streams = np.asarray(recorder.streams, dtype=np.int64)

    def used_classes(self) -> NDArray[np.int64]:
        """Classes that somebody was in."""
        seen = np.zeros(len(self.classes), dtype=bool)
        for rows in (self.held, self.queued, self.stays, self.flows):
            seen[rows.class_] = True
        return np.flatnonzero(seen)

    def holds_at(
        self, among: NDArray[np.bool_], person: NDArray[np.int64], then: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """Whether each person is in one of the stays of `among` at their own instant `then`."""
        stays = self.stays
        held = among & ~np.isnan(stays.admitted_at)
        end = np.where(np.isnan(stays.left_at), np.inf, stays.left_at)[held]
        # Of one person: admissions up to then less leavings up to then. Those of the people before
        # cancel in a running count, and times become ranks so that (person, time) is one number.
        times, rank = np.unique(np.concatenate([stays.admitted_at[held], end, then]), return_inverse=True)
        admitted, left, asked = np.split(rank, [len(end), 2 * len(end)])
        stride = len(times)
        admissions = np.sort(stays.person[held] * stride + admitted)
        leavings = np.sort(stays.person[held] * stride + left)
        at = person * stride + asked
        there = np.searchsorted(admissions, at, "right") - np.searchsorted(leavings, at, "right")
        return np.asarray(there > 0)


def _columns(recorder: Recorder, kind: str) -> SimpleNamespace:
    rows = recorder.rows(kind)
    # Each column copied by itself: a view would keep all the rows in memory a second time.
    return SimpleNamespace(
        **{
            name: rows[:, i].copy() if name in INSTANTS else rows[:, i].astype(np.int64)
            for i, name in enumerate(ROWS[kind])
        }
    )
