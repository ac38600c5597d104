"""Runs looked at from their very first day, warm-up included: for judging whether it is long enough.

The history is that of an ordinary run, to the last event: the same compiled network is run, and
only the counting begins earlier. (Declaring a shorter warm-up in its place would be another
history: growth, cycles and times of arrival count from `time.from`.)
"""

from __future__ import annotations

import queue
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from caresim.errors import CaresimError
from caresim.experiment.replication import run_info, simulate
from caresim.experiment.workers import Worker, WorkerLost
from caresim.network.compile import compile_network
from caresim.records.bins import day_bins, spell_sums
from caresim.records.raw import Raw
from caresim.records.recorder import DELAYED

if TYPE_CHECKING:
    from caresim.network.network import Network
    from caresim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
KINDS = ("people", "queue", "delayed")
"""What is told of each service and day: mean people who hold a place (of a step, under way), who
wait for it, and who are ready and still hold a place."""
WHOLE = ""
"""In place of a service's name: the whole system."""


@dataclass(frozen=True, kw_only=True)
class WholeRuns:
    """Daily means of several replications of one scenario, from the start of the run."""

    replications: tuple[int, ...]
    """Numbers of those that finished, rising."""
    services: tuple[str, ...]
    figures: dict[str, Floats]
    """KINDS -> shape (replications, days, services) [people]."""
    steps: frozenset[str]
    """Services that are in-place steps: who is in one holds a place elsewhere."""
    failures: list[str] = field(default_factory=list)

    @property
    def days(self) -> int:
        return next(iter(self.figures.values())).shape[1]

    def series(self, kind: str, service: str = WHOLE) -> Floats:
        """Shape (replications, days) [people]; the whole system counts nobody in a step twice."""
        figures = self.figures[kind]
        if service != WHOLE:
            return figures[:, :, self.services.index(service)]
        counted = [kind != "people" or name not in self.steps for name in self.services]
        return np.asarray(figures[:, :, counted].sum(axis=2))


@dataclass(frozen=True, slots=True)
class WholeRun:
    """One replication, to be done wherever this is sent."""

    network: Network
    seed: int
    replication: int

    def work(self) -> tuple[int, Floats | None, str]:
        """Its number, daily means of shape (KINDS, days, services), and what went wrong in words."""
        try:
            return self.replication, daily_means(self.network, self.seed, self.replication), ""
        except CaresimError as error:
            return self.replication, None, str(error)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            return (
                self.replication,
                None,
                f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno}).\n"
                "    This is our fault, not your scenario's. Please report it with the seed.",
            )


def daily_means(network: Network, seed: int, replication: int) -> Floats:
    """Mean people of each day of the whole run: shape (KINDS, days, services).

    Day 0 begins with the run; the last one is left out where it is not whole.
    """
    raw = Raw(simulate(network, seed, replication))
    info = run_info(network)
    bins = day_bins(float(np.floor(network.end - network.start)), info.first_day)
    n = len(info.services)
    ready = raw.held.state == DELAYED

    def sums(rows: NDArray[np.bool_] | slice, spells: object) -> Floats:
        service, start, end = (getattr(spells, name)[rows] for name in ("service", "start", "end"))
        return spell_sums(bins, service, n, start - network.start, end - network.start)

    whole = slice(None)
    return np.stack([sums(whole, raw.held), sums(whole, raw.queued), sums(ready, raw.held)])


def run_whole(
    scenario: Scenario,
    *,
    replications: int,
    jobs: int,
    on_done: Callable[[int, int], None] | None = None,
) -> WholeRuns:
    """Run replications 1 to N of a scenario and count from their first day.

    A replication that fails is named in `failures`; the others go on.

    Raises:
        ScenarioError: the scenario cannot be compiled.
    """
    network = compile_network(scenario)
    work = [WholeRun(network, scenario.seed, number) for number in range(1, replications + 1)]
    found: dict[int, Floats] = {}
    failures: dict[int, str] = {}
    for number, figures, message in answers(work, jobs):
        if figures is not None:
            found[number] = figures
        else:
            failures[number] = message
        if on_done is not None:
            on_done(len(found) + len(failures), replications)
    done = sorted(found)
    names = tuple(service.name for service in network.services)
    shape = (0, int(network.end - network.start), len(names))
    return WholeRuns(
        replications=tuple(done),
        services=names,
        figures={
            kind: np.stack([found[number][place] for number in done]) if done else np.zeros(shape)
            for place, kind in enumerate(KINDS)
        },
        steps=frozenset(service.name for service in network.services if service.in_place),
        failures=[
            f'scenario "{scenario.name}", replication {number}, seed {scenario.seed}: {failures[number]}'
            for number in sorted(failures)
        ],
    )


def answers(work: Sequence[WholeRun], jobs: int) -> Iterator[tuple[int, Floats | None, str]]:
    """What each piece of work gives, whichever is over first; one process does it all in its own."""
    if jobs == 1 or len(work) == 1:
        yield from (piece.work() for piece in work)
        return
    workers = [Worker() for _ in range(min(jobs, len(work)))]
    free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    for worker in workers:
        free.put(worker)

    def ask(piece: WholeRun) -> tuple[int, Floats | None, str]:
        worker = free.get()
        try:
            answer: tuple[int, Floats | None, str] = worker.ask(piece)
            return answer
        except WorkerLost as lost:
            return piece.replication, None, str(lost)
        finally:
            free.put(worker)

    pool = ThreadPoolExecutor(len(workers))
    try:
        asked: Iterable[Future[tuple[int, Floats | None, str]]] = [pool.submit(ask, piece) for piece in work]
        for future in as_completed(asked):
            yield future.result()
    finally:
        # What nobody waits for any more is not begun, and what is at work ends at once.
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.end()
