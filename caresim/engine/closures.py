"""A provider closes: it admits nobody any more, and who is there moves to another or is put out.

A service that may close and has no providers is one of itself.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from caresim.engine.absence import Kept
from caresim.engine.person import NAN, Person
from caresim.engine.pools import Pool
from caresim.engine.queues import Standing
from caresim.engine.resource import Choices, chosen
from caresim.network.network import EMPTY, MOVING
from caresim.records.recorder import IN_CARE, LEFT, NOBODY, WHY_CLOSED

if TYPE_CHECKING:
    from caresim.engine.simulation import Simulation

FIRST = 0
"""The priority class of who must move: before every class of a scenario."""


class Closures:
    """Who must move, and where they stand for a place with another provider."""

    def __init__(self, simulation: Simulation) -> None:
        self._world = simulation
        self.moving: dict[int, Standing] = {}
        """Rank -> the standing of somebody in care, who goes on with it where they are until admitted."""
        self.put_out: deque[tuple[Standing, Choices]] = deque()
        """Who was put out in this event, and where they go if nobody admits them in it."""

    def begin(self) -> None:
        """Who is in a closing provider at the start of the run."""
        for pool in self._world.services:
            if isinstance(pool, Pool):
                for provider in pool.providers:
                    self._act(pool, provider.number, provider.closure, provider.closure)

    def set(self, pool: Pool, states: tuple[int, ...]) -> None:
        """From now on each provider is open, closed, moving out or empty."""
        for provider, state in zip(pool.providers, states, strict=True):
            before, provider.closure = provider.closure, state
            if before != state:
                self._act(pool, provider.number, before, state)

    def _act(self, pool: Pool, number: int, before: int, state: int) -> None:
        """What a closure does to those who are there, in order of rank."""
        if pool.in_place:
            return
        provider = pool.providers[number - pool.providers[0].number]
        holders = provider.holders or {}
        for person in [holders[rank] for rank in sorted(holders)]:
            if state == MOVING:
                self._must_move(person, pool)
            elif state == EMPTY:
                self._put_out(person, pool, provider.put_out_to)
            elif before == MOVING:
                self.stays(person)

    # ---------------------------------------------------------------- who must move

    def _must_move(self, person: Person, pool: Pool) -> None:
        """In care, they stand for a place with another provider, before everybody else."""
        if person.place is pool and person.state == IN_CARE:
            self.moving[person.rank] = self._stand(person, pool)

    def _stand(self, person: Person, pool: Pool) -> Standing:
        world = self._world
        standing = Standing(person, pool, FIRST, world.now, person.amount, None)
        standing.moves = True
        if not pool.could_admit(standing):
            world.rows.count("never_fits", pool, world.now)
        pool.queue.join(standing)
        world.touched.append(pool)
        return standing

    def move(self, standing: Standing) -> None:
        """Another provider has a place: care goes on there as it is."""
        world, person, pool, now = self._world, standing.person, standing.service, self._world.now
        del self.moving[person.rank]
        pool.queue.leave(standing)
        world.rows.standing(standing, now)
        world.rows.flow(person, pool.number, WHY_CLOSED, now)
        world.rows.stay(person, LEFT, pool.number, now)
        pool.give_back(person, person.amount)
        world.touched.append(pool)
        person.requested_at, person.admitted_at = standing.since, now
        person.came_from = pool.number
        pool.take(person, person.amount)

    def grow(self, person: Person, more: int) -> None:
        """What they take of their place, and so what they need elsewhere, is another."""
        standing = self.moving.get(person.rank)
        if standing is not None:
            standing.amount += more
            queue = standing.service.queue
            queue.least = min(queue.least, standing.amount)
            self._world.touched.append(standing.service)

    def stays(self, person: Person) -> None:
        """They need no other place any more: care is over, or goes on elsewhere, or the closure is off."""
        standing = self.moving.pop(person.rank, None)
        if standing is not None:
            self._world.leave_queue(standing, LEFT, NOBODY)

    def is_back(self, person: Person) -> None:
        """From hospital, in a place that was kept with a provider that closes."""
        pool = person.place
        if isinstance(pool, Pool) and pool.provider_of(person).closure == MOVING:
            self._must_move(person, pool)

    # ---------------------------------------------------------------- who is put out

    def _put_out(self, person: Person, pool: Pool, to: Choices | None) -> None:
        """The place is gone: outside they wait for what they waited for, or for such a place again.

        Who finds none in this event goes `to`, if that is said.
        """
        world, kept = self._world, person.kept
        if kept is not None and kept.is_held and kept.home is pool:
            world.absences.give_up(person, kept, LEFT)
            kept.put_out_to = to
        elif person.state == IN_CARE and kept is not None and not kept.waits_again:
            # In hospital, from care elsewhere.
            self.stays(person)
            if person.review is not None:
                world.reviews.leave_care(person, person.review)
            world.give_up_place(person, kept.home.number, LEFT)
            world.absences.go_back(person, kept)
        elif person.state == IN_CARE:
            self._wait_outside(person, pool)
            if to is not None:
                assert person.wait is not None
                self.put_out.append((person.wait, to))
        else:
            awaited = person.wait.service if person.wait is not None else person.step
            assert awaited is not None
            if person.wait is not None:
                for standing in (person.wait, *person.stand_ins):
                    self._outside(standing)
            world.give_up_place(person, awaited.number, LEFT)
        world.rows.count("put_out", pool, world.now)
        if world.is_mortal and person.rank in world.inside:
            world.mortality.update(person, world.now)

    def _wait_outside(self, person: Person, pool: Pool) -> None:
        """In care: it stops, and goes on with the provider that admits them."""
        world, now = self._world, self._world.now
        standing = self.moving.pop(person.rank, None) or self._stand(person, pool)
        self._outside(standing)
        standing.moves = False
        kept = Kept(person, pool, now)
        kept.is_held, kept.waits_again = False, True
        if person.review is not None:
            kept.review = world.reviews.leave_for_hospital(person, person.review)
        if person.decline is not None:
            person.decline.asked.pop(pool.number, None)
        world.give_up_place(person, pool.number, LEFT)
        person.kept, person.wait, person.why = kept, standing, WHY_CLOSED
        person.ready_at = NAN
        if person.exposure is not None:
            world.absences.update(person, person.exposure)
        if pool.tries_patience:
            world.set_patience(person, standing)

    def send_on(self) -> bool:
        """The first who was put out and still stands goes where the closure says; whether there was one."""
        world = self._world
        while self.put_out:
            standing, to = self.put_out.popleft()
            if not standing.in_queue:
                continue
            person = standing.person
            target = chosen(to, person)
            world.stop_waiting(person, LEFT, target)
            if target >= world.n_services:
                world.leave(person, target, WHY_CLOSED, LEFT)
            else:
                world.begin_wait(person, world.services[target], WHY_CLOSED)
            return True
        return False

    def _outside(self, standing: Standing) -> None:
        """They go on standing there, and hold no place from now on."""
        self._world.rows.standing(standing, self._world.now)
        standing.outside = True
        standing.service.queue.n_outside += 1
