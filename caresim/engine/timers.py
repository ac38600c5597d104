"""Moments to come, in order of (time, kind, rank): the one door to SimPy."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

import simpy

# Kinds of events at one instant, in this order (DESIGN.md rule 13). Observation and the window's edge (8)
# need no event: the recorder's rows tell.
CHANGE, TAPER, DEATH, CARE_END, PATIENCE, AWAY, ARRIVAL, OBSERVATION = range(1, 9)
KEPT = TAPER  # The end of a kept place: nobody has both at once.

LAST_SUB = 1023
"""Orders several moments of one person, kind and instant; this one comes last."""


class Timer(simpy.Event):
    """A moment to come; cancelled, it passes without effect."""

    _ok = True
    _value = None

    def __init__(self, at: float, handler: Callable[[Timer], None], subject: object) -> None:
        # SimPy's own initialiser sets up what only an event somebody waits for needs.
        self.callbacks = [handler]
        self.at = at
        self.subject = subject
        """Whom it concerns, for the handler."""

    def cancel(self) -> None:
        self.callbacks = []
        self.subject = None  # It stays in the list until its time; whom it concerned need not.


class Timers(simpy.Environment):
    """SimPy's clock and event list, for events that have a kind and a rank and never fail.

    `set` and `run` do what `Environment.schedule`, `step` and `run` do, less what such events have no
    use for: a tenth of a run. An instant goes into the list as it is, not as a delay from now.
    """

    def set(
        self, at: float, kind: int, rank: int, handler: Callable[[Timer], None], subject: object, sub: int = 0
    ) -> Timer:
        """Have `handler` called with a timer for `subject` at the instant `at`, not before now."""
        timer = Timer(at, handler, subject)
        heappush(self._queue, (at, (kind << 40 | rank) << 10 | sub, next(self._eid), timer))  # type: ignore[misc]
        return timer

    def run_until(self, end: float) -> None:
        """Let time pass; the run ends before whatever is due at its last instant."""
        queue = self._queue
        while queue and queue[0][0] < end:
            self._now, _, _, timer = heappop(queue)
            callbacks, timer.callbacks = timer.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(timer)
        self._now = end
