"""What the engine tells the recorder, at the moment a thing is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from caresim.engine.person import NAN, Person
from caresim.engine.queues import Standing
from caresim.engine.resource import Resource
from caresim.records.recorder import (
    AWAY,
    AWAY_UNPAID,
    COUNTERS,
    IN_CARE,
    LEFT,
    NOBODY,
    UNFINISHED,
    Recorder,
)

if TYPE_CHECKING:
    from caresim.engine.absence import Kept


class Rows:
    """Rows of one run; `Recorder` says what each holds."""

    def __init__(self, recorder: Recorder, start: float, n_services: int) -> None:
        self._held, self._queued = recorder.held, recorder.queued
        self._stay, self._flow = recorder.stay, recorder.flow
        self._counter, self._review = recorder.counter, recorder.review
        self._taken, self._place = recorder.taken, recorder.place
        self._start = start
        self._n_services = n_services

    def state(self, person: Person, now: float) -> None:
        """How the place has been held since `state_since`; what holds now begins."""
        since = person.state_since
        if now > since:
            place = person.place
            assert place is not None
            self._held(
                (
                    person.rank,
                    place.number,
                    person.state,
                    person.awaited,
                    person.amount,
                    person.class_,
                    since,
                    now,
                )
            )
            person.state_since = now

    def standing(self, standing: Standing, now: float) -> None:
        """Where somebody has stood since `spell_from`, holding what they hold."""
        begun = max(standing.spell_from, self._start)
        if now > begun:
            person = standing.person
            where = person.place.number if person.place is not None else NOBODY
            self._queued((person.rank, standing.service.number, where, person.class_, begun, now))
            standing.spell_from = now

    def unadmitted(self, standing: Standing, outcome: int, went_to: int, now: float) -> None:
        """The end of a standing that led nowhere (or of the run)."""
        self.standing(standing, now)
        person = standing.person
        left_at = NAN if outcome == UNFINISHED else now
        came_from = person.origin if person.origin < self._n_services else NOBODY
        self._stay(
            (
                person.rank,
                standing.service.number,
                standing.since,
                NAN,
                NAN,
                left_at,
                standing.amount,
                came_from,
                went_to,
                outcome,
                person.class_,
            )
        )

    def stay(self, person: Person, outcome: int, went_to: int, now: float) -> None:
        """The end of a stay in a place (or of the run)."""
        place = person.place
        assert place is not None
        self.state(person, now)
        self._stay(
            (
                person.rank,
                place.number,
                person.requested_at,
                person.admitted_at,
                person.ready_at,
                NAN if outcome == UNFINISHED else now,
                person.amount,
                person.came_from,
                went_to,
                outcome,
                person.class_,
            )
        )

    def kept(self, person: Person, kept: Kept, now: float) -> None:
        """How long somebody away has had their place kept: as long as it was paid, and after."""
        place, paid_until = kept.home.number, kept.paid_until
        for state, since, end in (
            (AWAY, kept.since, min(now, paid_until)),
            (AWAY_UNPAID, max(kept.since, paid_until), now),
        ):
            if end > since:
                self._held((person.rank, place, state, NOBODY, kept.amount, person.class_, since, end))
        kept.since = now

    def kept_stay(self, person: Person, kept: Kept, outcome: int, went_to: int, now: float) -> None:
        """The end of a stay in a place that was kept (or of the run)."""
        self.kept(person, kept, now)
        left_at = NAN if outcome == UNFINISHED else now
        times = (kept.requested_at, kept.admitted_at, NAN, left_at)
        after = (kept.amount, kept.came_from, went_to, outcome, person.class_)
        self._stay((person.rank, kept.home.number, *times, *after))

    def under_way(self, person: Person, now: float) -> None:
        """The time a step took."""
        step = person.step
        assert step is not None
        begun = max(person.step_admitted_at, self._start)
        if now > begun:
            self._held(
                (person.rank, step.number, IN_CARE, NOBODY, person.step_amount, person.class_, begun, now)
            )

    def step(self, person: Person, outcome: int, went_to: int, now: float) -> None:
        """The end of a step (or of the run)."""
        step = person.step
        assert step is not None
        ready_at = now if outcome == LEFT else NAN
        left_at = NAN if outcome == UNFINISHED else now
        came_from = person.origin if person.origin < self._n_services else NOBODY
        self._stay(
            (
                person.rank,
                step.number,
                person.step_requested_at,
                person.step_admitted_at,
                ready_at,
                left_at,
                person.step_amount,
                came_from,
                went_to,
                outcome,
                person.class_,
            )
        )

    def review_under_way(
        self, standing: Standing, begun_at: float, outcome: int, went_to: int, now: float, done: bool
    ) -> None:
        """The end of a review (or of the run), as a step of the team that does it."""
        person, team = standing.person, standing.service.number
        if now > begun_at:
            self._held((person.rank, team, IN_CARE, NOBODY, standing.amount, person.class_, begun_at, now))
        assert person.place is not None
        times = (standing.since, begun_at, now if done else NAN, NAN if outcome == UNFINISHED else now)
        after = (standing.amount, person.place.number, went_to, outcome, person.class_)
        self._stay((person.rank, team, *times, *after))

    def review(
        self, person: Person, place: Resource, due_at: float, ended_at: float, outcome: int, amount: int
    ) -> None:
        """A review is done, or will not be."""
        self._review(
            (person.rank, place.number, due_at, ended_at, outcome, person.amount, amount, person.class_)
        )

    def flow(self, person: Person, to: int, why: int, now: float) -> None:
        self._flow((now, person.origin, to, why, person.class_, person.rank))

    def taken(self, provider: int, person: Person, now: float) -> None:
        self._taken((provider, now, person.rank))

    def place(self, provider: int, rank: int, amount: int, since: float, now: float) -> None:
        """How long somebody has held a place of a provider with one amount."""
        if now > since:
            self._place((provider, rank, amount, since, now))

    def count(self, what: str, service: Resource, now: float) -> None:
        self._counter((now, service.number, COUNTERS.index(what)))
