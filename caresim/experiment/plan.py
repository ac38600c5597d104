"""What a sweep has still to run: which replications of which scenario, handed out chunk by chunk.

Nothing here runs anything or knows of files: told what is there, it says what is missing. How many
replications a scenario needs depends on its figures alone (`measures/stopping.py`), never on who
ran what first.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from caresim.measures.stopping import stopping_n

GROWTH = 1.5
"""Replications are added in steps of at most half of what is there: few in vain, few rounds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """How many replications: a fixed number (`least` = `most`), or until intervals are narrow enough."""

    least: int
    most: int
    targets: Mapping[str, tuple[float, bool]] = field(default_factory=dict)
    """Column -> (half-width, whether relative to the mean)."""
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of a sweep that share nothing."""

    number: int
    of: int

    def has(self, place: int) -> bool:
        return place % self.of == self.number - 1


ALL = Shard(1, 1)


@dataclass(slots=True)
class _Case:
    """One scenario: which replications it is to have, and how far it is."""

    place: int
    scenario: str
    asked: int
    """Replications 1 to this are to be there."""
    own: list[int]
    """Of these, those of this shard still to be handed out, falling; some may be there already."""
    under_way: set[int] = field(default_factory=set)
    figures: dict[int, tuple[float, ...]] = field(default_factory=dict)
    """Replication -> figures of the targets; nan for one that failed."""
    seconds: float = 0.0
    """A replication takes, as far as is known; 0: not known."""
    settled: bool = False
    due: int = 0
    """Replications to be there, of this shard."""

    def next(self) -> int | None:
        """The lowest replication to hand out; None where there is none."""
        while self.own and self.own[-1] in self.figures:
            self.own.pop()
        return self.own[-1] if self.own else None


class Plan:
    """Hands out what is missing; the same replication once."""

    def __init__(self, scenarios: Iterable[str], rule: Rule, shard: Shard = ALL) -> None:
        """
        Args:
            scenarios: hashes, in order; one that occurs twice is run once.
            shard: of a fixed number each replication belongs to one shard; otherwise each scenario does.
        """
        self._rule = rule
        self._cases: dict[str, _Case] = {}
        for place, scenario in enumerate(dict.fromkeys(scenarios)):
            if rule.targets and not shard.has(place):
                continue
            own = [
                number
                for number in range(rule.least, 0, -1)
                if rule.targets or shard.has(place * rule.least + number - 1)
            ]
            self._cases[scenario] = _Case(place, scenario, rule.least, own, due=len(own))
        self.total = sum(len(case.own) for case in self._cases.values())
        """Replications to be there at the end, as far as is known by now."""
        self.done = 0
        """Of these, those that are there; failed ones too."""
        self._ready: list[tuple[int, int, str]] = []
        """Heap of (next replication, place, scenario) of those with something to hand out."""
        for case in self._cases.values():
            self._offer(case)

    @property
    def over(self) -> bool:
        """Nothing is missing and nothing under way."""
        return self.done >= self.total

    def missing(self) -> list[tuple[str, int]]:
        """(scenario, replication) of all that is to be handed out now."""
        return [
            (case.scenario, number)
            for case in self._cases.values()
            for number in reversed(case.own)
            if number not in case.figures
        ]

    def asked(self) -> dict[str, int]:
        """Scenario -> replications it is to have, of this shard, as far as is known by now."""
        return {case.scenario: case.due for case in self._cases.values() if case.due}

    def there(self, scenario: str, replication: int, figures: Mapping[str, float]) -> None:
        """A replication is done, now or by an earlier sweep; `figures` by column, nan where none."""
        case = self._cases[scenario]
        if replication in case.figures:
            return
        case.under_way.discard(replication)
        case.figures[replication] = tuple(figures.get(name, math.nan) for name in self._rule.targets)
        if replication <= case.asked:
            self.done += 1
        self._grow(case)

    def failed(self, scenario: str, replication: int) -> None:
        """It will not be there: the others go on, and intervals do without it."""
        self.there(scenario, replication, {})

    def back(self, scenario: str, replications: Iterable[int]) -> None:
        """What was handed out and got lost is handed out again."""
        case = self._cases[scenario]
        again = [number for number in replications if number in case.under_way]
        case.under_way.difference_update(again)
        case.own = sorted({*case.own, *again}, reverse=True)
        self._offer(case)

    def took(self, scenario: str, seconds: float) -> None:
        """How long a replication of a scenario takes, for the size of the next chunks."""
        self._cases[scenario].seconds = seconds

    def take(self, seconds: float, workers: int = 1, guess: float = 0.0) -> tuple[str, list[int]] | None:
        """The next chunk: a scenario and replications of it worth about `seconds`; None: nothing now.

        Low numbers first, over all scenarios: a sweep that is stopped early has a little of each.

        Args:
            workers: who share what is left; no chunk is so large that others stand idle.
            guess: what a replication takes where that is not known yet; 0: unknown, so one alone.
        """
        while self._ready:
            number, _, scenario = heapq.heappop(self._ready)
            case = self._cases[scenario]
            if case.next() != number:
                self._offer(case)
                continue
            each = case.seconds or guess
            size = max(1, int(seconds / each)) if each > 0 else 1
            size = min(size, max(1, math.ceil((self.total - self.done) / (2 * workers))))
            taken: list[int] = []
            while len(taken) < size and (lowest := case.next()) is not None:
                taken.append(lowest)
                case.own.pop()
            case.under_way.update(taken)
            self._offer(case)
            return scenario, taken
        return None

    def _offer(self, case: _Case) -> None:
        number = case.next()
        if number is not None:
            heapq.heappush(self._ready, (number, case.place, case.scenario))

    def _grow(self, case: _Case) -> None:
        """Ask for more replications once all asked for are there and do not suffice."""
        rule = self._rule
        while rule.targets and not (case.settled or case.under_way or case.next() is not None):
            figures = np.array([case.figures[number] for number in range(1, case.asked + 1)])
            if stopping_n(figures, list(rule.targets.values()), rule.least, rule.most, rule.level):
                case.settled = True
                return
            more = min(rule.most, max(case.asked + 1, int(case.asked * GROWTH)))
            new = range(case.asked + 1, more + 1)
            case.asked = more
            self.total += len(new)
            case.due += len(new)
            self.done += sum(number in case.figures for number in new)
            case.own = [number for number in reversed(new) if number not in case.figures]
            self._offer(case)
