"""Reviews of care under way: when one is due, the team that does it, and what comes of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from caresim.engine.person import NAN, Person
from caresim.engine.queues import Standing
from caresim.engine.resource import Resource, Reviewing, chosen
from caresim.engine.timers import CARE_END, LAST_SUB, PATIENCE, Timer
from caresim.network.network import AmountChange
from caresim.records.recorder import (
    DIED,
    LEFT,
    MOST_MINUTES,
    NOBODY,
    REVIEW_AWAY,
    REVIEW_DIED,
    REVIEW_OPEN,
    REVIEW_OVER,
    UNFINISHED,
)

if TYPE_CHECKING:
    from caresim.engine.simulation import Simulation


class Review:
    """Somebody's next review: the moment it is due (inf: there is none), the team, its end."""

    __slots__ = ("begun_at", "due_at", "is_due", "standing", "timer")

    def __init__(self, due_at: float) -> None:
        self.due_at = due_at
        self.is_due = False
        """The moment has come, and it is not done."""
        self.timer: Timer | None = None
        """Of its becoming due or, under way, of its end."""
        self.standing: Standing | None = None
        """With the team; once the review is under way, the standing that it was admitted from."""
        self.begun_at = NAN


class Reviews:
    """Who is reviewed when, and what becomes of their care."""

    def __init__(self, simulation: Simulation) -> None:
        self._world = simulation

    # ---------------------------------------------------------------- when

    def care_begins(self, person: Person, rules: Reviewing) -> None:
        """In care: the first review is to come, or of who goes on with their care the next one."""
        if person.review is None:
            person.review = Review(self._world.now + rules.first[person.class_].of(person))
        self._expect(person, person.review)

    def in_care_at_start(self, person: Person, rules: Reviewing) -> None:
        """Every review so far was done the moment it was due."""
        now = self._world.now
        due = person.admitted_at + rules.first[person.class_].of(person)
        while due < now:
            due += math.inf if rules.every is None else rules.every[person.class_].of(person)
        person.review = Review(due)
        self._expect(person, person.review)

    def _expect(self, person: Person, review: Review) -> None:
        world = self._world
        at = max(world.now, review.due_at)
        if at < world.network.end:
            review.timer = world.timers.set(at, PATIENCE, person.rank, self._on_due, person)

    def _next(self, person: Person, rules: Reviewing) -> None:
        """The next one is due some time after this one was done."""
        after = math.inf if rules.every is None else rules.every[person.class_].of(person)
        person.review = Review(self._world.now + after)
        self._expect(person, person.review)

    # ---------------------------------------------------------------- by whom

    def _on_due(self, timer: Timer) -> None:
        """Done at once where it takes nobody's time; else they stand in the team's queue."""
        world = self._world
        world.now = now = timer.at
        person: Person = timer.subject  # type: ignore[assignment]
        place, review = person.place, person.review
        assert place is not None
        assert place.reviews is not None
        assert review is not None
        rules = place.reviews
        review.timer, review.due_at = None, now
        if person.amount < rules.at_least:
            self._next(person, rules)
            return
        review.is_due = True
        if rules.by is None:
            self._done(person, place, rules, review)
        else:
            team = world.services[rules.by]
            amount = 1 if rules.amount is None else rules.amount_of(person)
            review.standing = Standing(person, team, team.priority.of(person), now, amount, None)
            review.standing.of_review = True
            if not team.could_admit(review.standing):
                world.rows.count("never_fits", team, now)
            team.queue.join(review.standing)
            world.touched.append(team)
        world.settle()

    def begin(self, standing: Standing) -> None:
        """The team has time: the review is under way."""
        world, person = self._world, standing.person
        place, review, team = person.place, person.review, standing.service
        assert place is not None
        assert place.reviews is not None
        assert place.reviews.care_time is not None
        assert review is not None
        team.queue.leave(standing)
        world.rows.standing(standing, world.now)
        team.take(person, standing.amount)
        review.begun_at = world.now
        end = world.now + place.reviews.care_time[person.class_].of(person)
        # After the end of their care, should both be due at once.
        review.timer = world.timers.set(end, CARE_END, person.rank, self._on_done, person, LAST_SUB)

    def _on_done(self, timer: Timer) -> None:
        world = self._world
        world.now = timer.at
        person: Person = timer.subject  # type: ignore[assignment]
        place, review = person.place, person.review
        assert place is not None
        assert place.reviews is not None
        assert review is not None
        review.timer = None
        self._free_team(person, review, LEFT, place.number, done=True)
        self._done(person, place, place.reviews, review)
        world.settle()

    def _free_team(self, person: Person, review: Review, outcome: int, went_to: int, done: bool) -> None:
        world, standing = self._world, review.standing
        assert standing is not None
        standing.service.give_back(person, standing.amount)
        world.touched.append(standing.service)
        world.rows.review_under_way(standing, review.begun_at, outcome, went_to, world.now, done)
        review.standing, review.begun_at = None, NAN

    # ---------------------------------------------------------------- what comes of it

    def _done(self, person: Person, place: Resource, rules: Reviewing, review: Review) -> None:
        """Another amount, or the end of care, or neither."""
        world = self._world
        outcome = chosen(rules.outcomes, person)
        effect = rules.effects[outcome]
        before = after = person.amount
        if effect.amount is not None:
            after = changed(effect.amount[person.class_], before)
        world.rows.review(person, place, review.due_at, world.now, outcome, 0 if effect.ends else after)
        review.is_due = False
        if not effect.ends:
            if after != before:
                world.new_amount(person, after)
            self._next(person, rules)
            return
        person.sent_on = effect.next
        world.end_care_now(person)
        person.sent_on = None

    # ---------------------------------------------------------------- what ends it before

    def leave_care(
        self, person: Person, review: Review, went_to: int = NOBODY, *, died: bool = False
    ) -> None:
        """Their care is over, or they are dead: nobody is reviewed any more."""
        self._break_off(person, review, REVIEW_DIED if died else REVIEW_OVER, DIED if died else LEFT, went_to)
        person.review = None

    def leave_for_hospital(self, person: Person, review: Review) -> Review:
        """Nobody reviews who is away, but time goes on; what was or falls due is due at their return."""
        self._break_off(person, review, REVIEW_AWAY, LEFT, NOBODY)
        person.review = None
        return review

    def _break_off(self, person: Person, review: Review, why: int, outcome: int, went_to: int) -> None:
        world = self._world
        if review.timer is not None:
            review.timer.cancel()
            review.timer = None
        if not review.is_due:
            return
        assert person.place is not None
        world.rows.review(person, person.place, review.due_at, world.now, why, person.amount)
        review.is_due = False
        standing = review.standing
        if standing is None:
            return
        if standing.in_queue:
            world.leave_queue(standing, outcome, went_to)
            review.standing = None
        else:
            self._free_team(person, review, outcome, went_to, done=False)

    def close(self, person: Person, review: Review) -> None:
        """The end of the run."""
        world = self._world
        assert person.place is not None
        if review.is_due:
            world.rows.review(person, person.place, review.due_at, NAN, REVIEW_OPEN, person.amount)
            standing = review.standing
            assert standing is not None
            if standing.in_queue:
                world.rows.unadmitted(standing, UNFINISHED, NOBODY, world.now)
            else:
                world.rows.review_under_way(standing, review.begun_at, UNFINISHED, NOBODY, world.now, False)


def changed(change: AmountChange, amount: int) -> int:
    """Minutes per week after a review: halves up, and within what an amount may be."""
    return max(0, min(MOST_MINUTES, math.floor(amount * change.factor + change.plus + 0.5)))
