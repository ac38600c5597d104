"""Who stands where, and who is next: by priority class, then since when, then rank."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterator
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caresim.engine.person import Person
    from caresim.engine.pools import Takers
    from caresim.engine.resource import Resource
    from caresim.network.network import StandIn

_order = attrgetter("since", "rank")


class Standing:
    """One person's standing in the queue of one service."""

    __slots__ = (
        "amount",
        "in_queue",
        "moves",
        "of_review",
        "outside",
        "person",
        "priority",
        "rank",
        "service",
        "since",
        "spell_from",
        "stand_in",
        "takers",
    )

    def __init__(
        self,
        person: Person,
        service: Resource,
        priority: int,
        since: float,
        amount: int,
        stand_in: StandIn | None,
    ) -> None:
        self.person = person
        self.service = service
        self.priority = priority
        self.since = since
        """When the wait began: it may be before the start of the run."""
        self.rank = person.rank
        self.amount = amount
        """Places (1) or minutes per week it takes to be admitted."""
        self.stand_in = stand_in
        """The rule by which the service stands in for another; None: the person's own wait."""
        self.moves = False
        """The person looks for the same care with another provider: the one they are with closes."""
        self.of_review = False
        """Stands here for a review, in care all the while."""
        self.in_queue = True
        self.outside = person.place is None
        self.takers: Takers | None = None
        """Who takes the person, of a service with providers: fixed as they begin to stand."""
        self.spell_from = since
        """Since when the person stands here holding what they hold now."""


class Queue:
    """Standings in order. Nothing is ever sorted: waits begin in order of time.

    One lane for each priority class. Whoever leaves is only marked, and dropped when a
    lane's head passes them, so joining, leaving and the next cost the same in any queue.
    """

    def __init__(self) -> None:
        self._lanes: list[tuple[int, _Lane]] = []
        self._of_class: dict[int, _Lane] = {}
        self.length = 0
        self.n_outside = 0
        """Of these, people who hold no place anywhere."""
        self.least = math.inf
        """No amount standing here is less: a look at everybody is spared where less than this is free."""

    def join(self, standing: Standing) -> None:
        lane = self._of_class.get(standing.priority)
        if lane is None:
            lane = self._of_class[standing.priority] = _Lane()
            insort(self._lanes, (standing.priority, lane), key=lambda entry: entry[0])
        self.length += 1
        self.n_outside += standing.outside
        if standing.amount < self.least:
            self.least = standing.amount
        lane.join(standing)

    def leave(self, standing: Standing) -> None:
        standing.in_queue = False
        self.length -= 1
        self.n_outside -= standing.outside
        if not self.length:
            self.least = math.inf
        self._of_class[standing.priority].n_gone += 1

    def first(self) -> Standing | None:
        """The next in order; None: nobody stands here."""
        for _, lane in self._lanes:
            standing = lane.first()
            if standing is not None:
                return standing
        return None

    def __iter__(self) -> Iterator[Standing]:
        for _, lane in self._lanes:
            yield from lane


class _Lane:
    """Standings of one priority class, in order of (since, rank)."""

    __slots__ = ("head", "n_gone", "standings")

    def __init__(self) -> None:
        self.standings: list[Standing] = []
        self.head = 0
        self.n_gone = 0
        """People who left and are still in the list."""

    def join(self, standing: Standing) -> None:
        standings = self.standings
        if standings:
            last = standings[-1]
            if last.since > standing.since or (last.since == standing.since and last.rank > standing.rank):
                insort(standings, standing, lo=self.head, key=_order)
                return
        standings.append(standing)

    def first(self) -> Standing | None:
        standings = self.standings
        while self.head < len(standings):
            standing = standings[self.head]
            if standing.in_queue:
                if self.n_gone > 32 and self.n_gone * 2 > len(standings):
                    self._tidy()
                return standing
            self.head += 1
        standings.clear()
        self.head = self.n_gone = 0
        return None

    def __iter__(self) -> Iterator[Standing]:
        if self.n_gone > 32 and self.n_gone * 2 > len(self.standings):
            self._tidy()
        for place in range(self.head, len(self.standings)):
            standing = self.standings[place]
            if standing.in_queue:
                yield standing

    def _tidy(self) -> None:
        self.standings = [standing for standing in self.standings if standing.in_queue]
        self.head = self.n_gone = 0
