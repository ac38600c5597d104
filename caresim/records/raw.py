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
        self.capacity: NDArray[np.float64] = recorder.rows("capacity")
        self.classes = np.asarray(recorder.classes, dtype=np.int64)
        self.streams = np.asarray(recorder.streams, dtype=np.int64)

    def used_classes(self) -> NDArray[np.int64]:
        """Classes that somebody was in."""
        seen = np.zeros(len(self.classes), dtype=bool)
        for rows in (self.held, self.queued, self.stays, self.flows):
            seen[rows.class_] = True
        return np.flatnonzero(seen)


def _columns(recorder: Recorder, kind: str) -> SimpleNamespace:
    columns = np.ascontiguousarray(recorder.rows(kind).T)
    return SimpleNamespace(
        **{
            name: column if name in INSTANTS else column.astype(np.int64)
            for name, column in zip(ROWS[kind], columns, strict=True)
        }
    )
