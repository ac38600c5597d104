"""A recorder's rows as columns: whole numbers where they are numbers of things."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from caresim.records.recorder import BRIDGING, NOBODY, ROWS, Recorder
from caresim.records.tables import RunInfo

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

    def asked_by_start(self, info: RunInfo) -> NDArray[np.bool_]:
        """Stays rows that were requested no later than the start, by people who were there then."""
        there = self.stays.requested_at <= info.start
        # Few rows are so old: only these are looked up.
        there[there] = self.streams[self.stays.person[there]] == len(info.streams)
        return np.asarray(there)

    def census_stays(self, info: RunInfo) -> NDArray[np.bool_]:
        """Stays rows of those who were in the place or step at the start: the run did not admit them."""
        stays, flows = self.stays, self.flows
        there = self.asked_by_start(info)
        there &= (stays.admitted_at == stays.requested_at) & (stays.came_from == NOBODY)
        # Who waited outside and is admitted at the first instant looks alike, but for the way they came.
        at_once = flows.time <= info.start
        stride = len(info.services) + len(info.exits) + 1
        came = flows.person[at_once] * stride + flows.to[at_once] % stride
        there[there] = ~np.isin(stays.person[there] * stride + stays.service[there], came)
        return np.asarray(there)

    def bridged_on(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each stays row the days and the midnights of bridging on after care in it had ended."""
        held, stays = self.held, self.stays
        rows = np.flatnonzero(held.state == BRIDGING)
        own = np.flatnonzero(~np.isnan(stays.ready_at) & np.isin(stays.person, held.person[rows]))
        if not len(own):
            return np.zeros(len(stays.person)), np.zeros(len(stays.person))
        # The stay is the last one of the person there with ready_at <= start: see `holds_at` for ranks.
        times, rank = np.unique(np.concatenate([stays.ready_at[own], held.start[rows]]), return_inverse=True)
        n_services = int(max(held.service.max(), stays.service.max())) + 1
        whose = np.concatenate(
            [
                stays.person[own] * n_services + stays.service[own],
                held.person[rows] * n_services + held.service[rows],
            ]
        )
        ready, asked = np.split(whose * len(times) + rank, [len(own)])
        order = np.argsort(ready, kind="stable")
        last = order[np.maximum(np.searchsorted(ready[order], asked, "right") - 1, 0)]
        stay = own[last]
        after = (whose[last] == whose[len(own) :]) & (held.start[rows] >= stays.ready_at[stay])
        # Bridging there again, not ready yet: the stay before is over.
        after &= ~(held.start[rows] >= stays.left_at[stay])
        start, end, stay = held.start[rows][after], held.end[rows][after], stay[after]
        days, nights = (
            np.bincount(stay, length, len(stays.person)).astype(np.float64, copy=False)
            for length in (end - start, np.ceil(end) - np.ceil(start))
        )
        return days, nights

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
