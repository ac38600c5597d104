"""Moments to come, in order of (time, kind, rank): the one door to SimPy."""

from __future__ import annotations

from collections.abc import Callable

import simpy

# Kinds of events at one instant, in this order (DESIGN.md rule 13). Leaving for hospital (6) comes with
# the levers; observation and the window's edge (8) need no event: the recorder's rows tell.
CHANGE, TAPER, DEATH, CARE_END, PATIENCE, AWAY, ARRIVAL, OBSERVATION = range(1, 9)

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


class Timers:
    """SimPy's clock and event list."""

    def __init__(self, start: float) -> None:
        self._env = simpy.Environment(initial_time=start)

    def set(
        self, at: float, kind: int, rank: int, handler: Callable[[Timer], None], subject: object, sub: int = 0
    ) -> Timer:
        """Have `handler` called with a timer for `subject` at the instant `at`, not before now."""
        timer = Timer(at, handler, subject)
        # Instants are whole numbers of 2^-26 days, so SimPy's now + (at - now) is exactly `at`.
        env = self._env
        env.schedule(timer, (kind << 40 | rank) << 10 | sub, at - env._now)  # type: ignore[arg-type]
        return timer

    def run(self, end: float) -> None:
        """Let time pass; the run ends before whatever is due at its last instant."""
        self._env.run(until=end)
