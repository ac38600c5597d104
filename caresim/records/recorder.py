"""What an engine may tell: rows of a few kinds, kept as compact arrays until the run ends.

Every table of a replication is made from these rows (`records/build.py`), so an engine
keeps no statistics of its own. An engine calls a method the moment a thing is over.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np
from numpy.typing import NDArray

IN_CARE, DELAYED, BRIDGING, AWAY = range(4)
STATES = ("in_care", "delayed", "bridging", "away")
AWAY_UNPAID = 4
"""Told by an engine for AWAY once the place is kept but not paid for any more."""

LEFT, TURNED_AWAY, GAVE_UP, STOOD_IN, DIED, UNFINISHED = range(6)
OUTCOMES = ("left", "turned_away", "gave_up", "stood_in", "died", "unfinished")

WHY_NEXT, WHY_TURNED_AWAY, WHY_GAVE_UP, WHY_STOOD_IN, WHY_DIED = range(5)
WHY_AWAY, WHY_RESTARTED, WHY_RESOURCED = range(5, 8)
WHY_CHANGED = 8
WHY_CLOSED = 9
WHYS = (
    "next",
    "turned_away",
    "gave_up",
    "stood_in",
    "died",
    "away",
    "restarted",
    "resourced",
    "changed_need",
    "closed",
)
"""The last five: from care to hospital; back to the kept place, which is no admission; back to a new
one; what they need was changed by delay; to another provider, theirs closing."""

COUNTERS = ("deadlock_moves", "deadlock_cycles", "deadlock_cycles_left", "never_fits", "put_out")

REVIEW_OPEN, REVIEW_DIED, REVIEW_AWAY, REVIEW_OVER = range(-4, 0)
"""In place of the outcome of a review that is not done: the run ends first, they die, they leave for hospital
(which puts it off), their care is over."""
MOST_MINUTES = 60_000
"""A week: more than that an amount never comes to, however often reviews add to it."""

NOBODY = -1
"""No service, no place: where a number of a service may be missing."""

ROWS = {
    "held": ("person", "service", "state", "awaited", "amount", "class_", "start", "end"),
    "queued": ("person", "service", "where", "class_", "start", "end"),
    "stays": (
        "person",
        "service",
        "requested_at",
        "admitted_at",
        "ready_at",
        "left_at",
        "amount",
        "came_from",
        "went_to",
        "outcome",
        "class_",
    ),
    "flows": ("time", "from_", "to", "why", "class_", "person"),
    "capacity": ("service", "time", "capacity"),
    "counters": ("time", "service", "what"),
    "reviews": ("person", "service", "due_at", "ended_at", "outcome", "before", "after", "class_"),
    "staff": ("group", "time", "posts", "in_post", "productive", "joined", "left", "other"),
    "providers": ("provider", "time", "capacity", "is_closed"),
    "taken": ("provider", "time", "person"),
    "places": ("provider", "person", "amount", "start", "end"),
    "happened": ("chance", "start", "end"),
}
"""Kind of row -> its columns, all numbers; nan where there is no instant."""


class Recorder:
    """Takes an engine's rows; `rows(kind)` gives them back as an array.

    held: a time in which a person held a place of a service in one state (of STATES, or
        AWAY_UNPAID) with one amount (`awaited`: the service or step a delay or bridging counts
        under, else NOBODY). For an in-place step, the time it was under way, in state IN_CARE.
        Zero-length times are left out.
    queued: a time in which a person stood in a service's queue in one place (`where`: the
        service whose place they held, or NOBODY: outside). Zero-length times are left out.
    stays: the end of a standing or a stay, columns as in the `stays` table. `amount` is places
        (1) or minutes per week.
    flows: a person passed from an origin to a target (services, exits, or lost), at `time`.
    capacity: places or minutes per week from `time` on (inf: unlimited); one at the start.
    counters: one thing of COUNTERS happened.
    reviews: a review of care in a service that was due is over, or put off. `outcome` is a place in the
        service's list of them, or a REVIEW_...; `ended_at` is nan at the end of the run. `before` and
        `after`: places (1) or minutes per week; 0 after care that it ended.
    staff: what is so of a group of staff from `time` on; one at the start. `joined` or `left` is 1
        where it is because somebody did, from or to `other`: a group, or NOBODY: elsewhere.
    providers: places or minutes per week of a provider from `time` on, and whether a closure keeps it
        from admitting anybody (1 or 0); one at the start.
    taken: a provider admitted a person (of an in-place step: began it), at `time`.
    places: a time in which a person held a place of a provider with one amount, whatever their state.
        Zero-length times are left out.
    happened: an episode of what happens at random; inf: for good.

    `class_` is the person's row in `classes` at that moment.
    """

    def __init__(self) -> None:
        self._rows = {kind: bytearray() for kind in ROWS}
        self._new: dict[str, list[float]] = {kind: [] for kind in ROWS}
        self.classes: NDArray[np.int64] = np.zeros((0, 0), dtype=np.int64)
        """Shape (classes, attributes): the attribute codes of each class, set by the engine at the end."""
        self.streams: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        """Shape (people,): the stream's number of each person, n_streams for people of the start."""
        # Bound methods of plain lists: an engine calls these millions of times.
        self.held = self._new["held"].extend
        self.queued = self._new["queued"].extend
        self.stay = self._new["stays"].extend
        self.flow = self._new["flows"].extend
        self.capacity = self._new["capacity"].extend
        self.counter = self._new["counters"].extend
        self.review = self._new["reviews"].extend
        self.staff = self._new["staff"].extend
        self.provider = self._new["providers"].extend
        self.taken = self._new["taken"].extend
        self.place = self._new["places"].extend
        self.happened = self._new["happened"].extend

    def compact(self) -> None:
        """Pack what has been told so far: an engine calls this now and then, to keep memory small."""
        for kind, new in self._new.items():
            # The quickest way there is from a list of numbers to doubles.
            self._rows[kind] += struct.pack(f"{len(new)}d", *new)
            new.clear()

    def rows(self, kind: str) -> NDArray[np.float64]:
        """All rows of a kind: shape (rows, columns of ROWS[kind])."""
        self.compact()
        return np.frombuffer(self._rows[kind], dtype=np.float64).reshape(-1, len(ROWS[kind]))

    def fingerprint(self) -> str:
        """32 hex digits that two recorders share only if they were told the very same, in the same order."""
        digest = hashlib.blake2b(digest_size=16)
        for kind in sorted(ROWS):
            digest.update(self.rows(kind).data)
        digest.update(np.ascontiguousarray(self.classes, dtype=np.int64).data)
        digest.update(np.ascontiguousarray(self.streams, dtype=np.int64).data)
        return digest.hexdigest()
