"""Reviews of care under way, for the plain engine: section "Reviews" of docs/method.md, sentence by sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caresim.network.network import Reviews, Table, Taper
from caresim.records.recorder import (
    DIED,
    LEFT,
    NOBODY,
    REVIEW_AWAY,
    REVIEW_DIED,
    REVIEW_OPEN,
    REVIEW_OVER,
    UNFINISHED,
    WHY_NEXT,
)
from engine.plain_draws import leaf_of
from engine.plain_people import NEVER, Person, Standing, Stay

if TYPE_CHECKING:
    from engine.plain_engine import PlainEngine

MOST_MINUTES_A_WEEK = 1000 * 60


@dataclass(eq=False)
class Course:
    """The next review of one person's care."""

    care: Stay
    due_at: float
    plans: int = 0
    """How often its being due was planned: a return from hospital plans it anew."""
    is_due: bool = False
    standing: Standing | None = None
    """In the team's queue."""
    under_way: Stay | None = None
    """Of the team's time."""


class PlainReviews:
    """Reviews in the world of an engine."""

    def __init__(self, engine: PlainEngine) -> None:
        self.engine = engine

    def rules_of(self, person: Person) -> Reviews:
        assert person.place is not None
        rules = self.engine.services[person.place.service].reviews
        assert rules is not None
        return rules

    def time(self, person: Person, what: str, table: Table) -> float:  # type: ignore[type-arg]
        assert person.place is not None
        engine = self.engine
        name = engine.services[person.place.service].name
        return engine.draws.duration(person.rank, (name, f"review {what}"), table, person.codes, 0)

    # --- when ------------------------------------------------------------------------------------

    def care_begins(self, person: Person, at_start: bool = False) -> None:
        """Somebody is in care, for the first time or again."""
        stay = person.place
        assert stay is not None
        if self.engine.services[stay.service].reviews is None or person.stand_in:
            return
        rules = self.rules_of(person)
        if person.review is None:
            due = stay.cared_since + self.time(person, "first", rules.first)
            while at_start and due < self.engine.now:
                due += self.until_next(person)
            person.review = Course(stay, due)
        person.review.care = stay
        self.expect(person)

    def until_next(self, person: Person) -> float:
        every = self.rules_of(person).every
        return math.inf if every is None else self.time(person, "every", every)

    def expect(self, person: Person) -> None:
        engine, course = self.engine, person.review
        assert course is not None
        course.plans += 1
        at = max(engine.now, course.due_at)
        if at < engine.network.end:
            engine.plan(at, 5, person.rank, 0, ("review due", person, course, course.plans))

    def after_this(self, person: Person) -> None:
        assert person.place is not None
        person.review = Course(person.place, self.engine.now + self.until_next(person))
        self.expect(person)

    # --- being due, under way, done ----------------------------------------------------------------

    def due(self, person: Person, course: Course, plan: int) -> bool:
        engine = self.engine
        if not person.is_here or person.review is not course or course.plans != plan:
            return False
        assert person.place is course.care
        rules = self.rules_of(person)
        course.due_at = engine.now
        if person.place.amount_now < rules.at_least:
            self.after_this(person)
            return True
        course.is_due = True
        if rules.by is None:
            engine.concern(self.outcome(person, course))
            return True
        team = engine.services[rules.by]
        amount = 1
        if rules.amount is not None:
            leaf = leaf_of(rules.amount, person.codes, 0)
            if isinstance(leaf, Taper):
                amount = leaf.first
            else:
                name = engine.services[person.place.service].name
                purpose = (name, "review amount")
                amount = engine.draws.minutes(person.rank, purpose, rules.amount, person.codes)
        standing = Standing(
            person=person,
            service=rules.by,
            since=engine.now,
            priority=leaf_of(team.priority, person.codes, person.origin),
            amount=amount,
            why=WHY_NEXT,
            of_review=True,
        )
        course.standing = standing
        engine.count_if_never(standing)
        engine.concern([rules.by])
        return True

    def begin(self, standing: Standing) -> set[int]:
        engine, person = self.engine, standing.person
        course = person.review
        assert course is not None
        rules = self.rules_of(person)
        assert rules.care_time is not None
        engine.admitted_today[standing.service] += 1
        course.standing = None
        course.under_way = Stay(
            service=standing.service,
            amount=standing.amount,
            requested_at=standing.since,
            admitted_at=engine.now,
            came_from=course.care.service,
            care_time=self.time(person, "care time", rules.care_time),
            provider=standing.offered,
        )
        engine.begin_with_provider(standing)
        end = engine.now + course.under_way.care_time
        engine.plan(end, 4, person.rank, 1, ("review done", person, course, course.under_way))
        return set()

    def done(self, person: Person, course: Course, under_way: Stay) -> bool:
        if not person.is_here or person.review is not course or course.under_way is not under_way:
            return False
        under_way.ready_at = self.engine.now
        freed = self.team_is_free(person, course, LEFT, course.care.service)
        self.engine.concern(freed | self.outcome(person, course, freed))
        return True

    def team_is_free(self, person: Person, course: Course, outcome: int, went_to: int) -> set[int]:
        assert course.under_way is not None
        self.engine.rows.stay(person, course.under_way, self.engine.now, went_to, outcome)
        team, course.under_way = course.under_way.service, None
        return {team}

    def outcome(
        self, person: Person, course: Course, concerned: frozenset[int] | set[int] = frozenset()
    ) -> set[int]:
        """What comes of it; the services where something fell free."""
        engine, care = self.engine, course.care
        rules = self.rules_of(person)
        name = engine.services[care.service].name
        found = engine.draws.choice(person.rank, (name, "review outcome"), rules.outcomes, person.codes)
        effect = rules.effects[found]
        before = after = care.amount_now
        if effect.amount is not None:
            change = leaf_of(effect.amount, person.codes, 0)
            after = math.floor(before * change.factor + change.plus + 0.5)
            after = min(max(after, 0), MOST_MINUTES_A_WEEK)
        course.is_due = False
        self.tell(person, course, engine.now, found, before, 0 if effect.ends else after)
        if effect.ends:
            person.review = None
            route = None
            if effect.next is not None:
                route = ((name, "review next", effect.name), effect.next)
            engine.become_ready(person, care, set(concerned), route)
            return set()
        if after != before:
            care.amount = after
        self.after_this(person)
        return {care.service} if after < before else set()

    def tell(
        self, person: Person, course: Course, ended_at: float, outcome: int, before: int, after: int
    ) -> None:
        rows = self.engine.rows
        class_ = rows.class_of(person)
        row = (person.rank, course.care.service, course.due_at, ended_at, outcome, before, after, class_)
        rows.recorder.review(row)

    # --- what ends it before ---------------------------------------------------------------------------

    def care_is_over(self, person: Person, *, died: bool = False) -> set[int]:
        if person.review is None:
            return set()
        went_to = self.engine.n_services + self.engine.network.exits.index("died") if died else NOBODY
        concerned = self.break_off(
            person, person.review, REVIEW_DIED if died else REVIEW_OVER, DIED if died else LEFT, went_to
        )
        person.review = None
        return concerned

    def goes_to_hospital(self, person: Person) -> set[int]:
        """The clock goes on: at their return they find the review as it is here, or overdue."""
        if person.review is None:
            return set()
        return self.break_off(person, person.review, REVIEW_AWAY, LEFT, NOBODY)

    def break_off(self, person: Person, course: Course, why: int, outcome: int, went_to: int) -> set[int]:
        if not course.is_due:
            return set()
        course.is_due = False
        self.tell(person, course, self.engine.now, why, course.care.amount_now, course.care.amount_now)
        if course.standing is not None:
            team = course.standing.service
            self.engine.rows.standing(course.standing, self.engine.now, went_to, outcome)
            course.standing = None
            return {team}
        return self.team_is_free(person, course, outcome, went_to)

    def close(self, person: Person) -> None:
        course = person.review
        if course is None or not course.is_due:
            return
        now = course.care.amount_now
        self.tell(person, course, NEVER, REVIEW_OPEN, now, now)
        if course.standing is not None:
            self.engine.rows.standing(course.standing, NEVER, NOBODY, UNFINISHED)
        if course.under_way is not None:
            self.engine.rows.stay(person, course.under_way, NEVER, NOBODY, UNFINISHED)
