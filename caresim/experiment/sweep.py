"""A sweep: every run of an experiment, on whoever is there, into a store that loses nothing.

A replication counts as done once its record is on disk (`records/sweep_store.py`), and only then is
it told. So a sweep may end at any moment, in any way; the same command goes on where it was.
"""

from __future__ import annotations

import pickle
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from caresim.errors import SweepError
from caresim.experiment.chunks import Answer, Chunk, Record
from caresim.experiment.interrupts import StopOnInterrupt
from caresim.experiment.keys import MODEL, code_fingerprint, replication_key
from caresim.experiment.manifest import provenance, utc_now
from caresim.experiment.plan import ALL, Plan, Rule, Shard
from caresim.experiment.pool import LocalPool, Pool
from caresim.experiment.read_experiment import read_experiment
from caresim.experiment.resolve import Resolved, resolve
from caresim.experiment.runner import Failure, cores
from caresim.measures.sweeps import Sweep, load
from caresim.records.sweep_store import SweepStore

CHUNK_SECONDS = 0.5
"""Work in a chunk: long beside the way to a worker and a flush to disk, short beside a life's patience."""
LOOK_ROUND = 0.3
"""Seconds between looks at what other processes have added to the store."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep is."""

    done: int
    """Replications there, those of earlier sweeps too."""
    total: int
    """Replications to be there at the end; grows where intervals are to become narrow."""
    seconds_left: float | None
    """None: nothing to tell it by yet."""


OnProgress = Callable[[Progress], None]
OnChecked = Callable[[int, int], None]


@dataclass(kw_only=True, slots=True)
class SweepOutcome:
    """What a sweep leaves: a store, and what it is to be known by."""

    folder: Path
    experiment: str
    """Its ID in the store."""
    ran: int = 0
    """Replications done by this sweep."""
    there: int = 0
    """Replications of the experiment (of this shard) that are in the store."""
    total: int = 0
    failures: list[Failure] = field(default_factory=list)
    stopped: bool = False
    """Ctrl-C came before all of it was there."""
    notes: list[str] = field(default_factory=list)
    """What was found in the store: what an earlier end left."""


def run_sweep(
    file: str | Path,
    *,
    out: str | Path | None = None,
    jobs: int | None = None,
    dask: str | None = None,
    shard: Shard = ALL,
    mend: bool = False,
    on_progress: OnProgress = lambda _: None,
    on_checked: OnChecked = lambda _done, _total: None,
) -> SweepOutcome:
    """Run what is missing of an experiment.

    Args:
        file: the experiment's file.
        out: folder of the store; None: `default_folder`.
        jobs: processes; None: as many as there are cores.
        dask: address of a Dask scheduler, in place of processes here.
        shard: only this part of the runs.
        mend: set damaged records of the store aside and compute them again.

    Raises:
        ScenarioError: the experiment or a scenario of it is at fault.
        ResultsError: the store cannot be read or written; what was told as done is kept.
        SweepError: the cluster is not there or went away; likewise.
    """
    experiment = read_experiment(file)
    folder = Path(out) if out is not None else default_folder(experiment.name, shard)
    with SweepStore.open(folder, mend=mend) as store:
        # What was set aside may have been a scenario: then all of them are told again.
        resolved, news = resolve(experiment, store.experiment if not mend else lambda _: None, on_checked)
        outcome = SweepOutcome(folder=folder, experiment=resolved.record["experiment"], notes=store.notes)
        for record in news:
            store.append(record)
        store.sync()
        plan = plan_of(resolved, shard)
        work = _Work(store, resolved, plan, outcome, on_progress)
        work.take_stock()
        if not plan.over:
            # Ctrl-C is only noted: whatever is being written is written whole.
            with StopOnInterrupt(hold=True) as interrupt, _pool(jobs, dask, plan) as pool:
                work.begin(jobs=None if dask else jobs or cores(), dask=dask is not None, shard=shard)
                work.run(pool, lambda: interrupt.came)
                outcome.stopped = interrupt.came and not plan.over
                work.end()
        outcome.there, outcome.total = plan.done - len(outcome.failures), plan.total
        if plan.over:
            store.compact()
    return outcome


def default_folder(name: str, shard: Shard = ALL) -> Path:
    """results/NAME; each shard beside it in a folder of its own."""
    part = f"-shard-{shard.number}-of-{shard.of}" if shard.of > 1 else ""
    return Path("results") / f"{name}{part}"


def plan_of(resolved: Resolved, shard: Shard = ALL) -> Plan:
    """All runs of an experiment, as if none were there."""
    declared = resolved.experiment.replications
    targets = {name: (goal.half_width, goal.relative) for name, goal in declared.until.items()}
    rule = Rule(least=declared.at_least, most=declared.at_most, targets=targets, level=declared.level)
    return Plan(resolved.hashes, rule, shard)


class _Work:
    """The loop: chunks to the pool, answers to the disk, and then the news."""

    def __init__(
        self,
        store: SweepStore,
        resolved: Resolved,
        plan: Plan,
        outcome: SweepOutcome,
        on_progress: OnProgress,
    ) -> None:
        self._store, self._resolved, self._plan = store, resolved, plan
        self._outcome, self._on_progress = outcome, on_progress
        self._seed = resolved.experiment.seed
        self._columns = tuple(column.name for column in resolved.experiment.columns)
        self._tables = resolved.experiment.tables
        self._run = uuid.uuid4().hex[:12]
        self._under_way: dict[int, Chunk] = {}
        self._elsewhere: dict[str, tuple[str, int]] = {}
        """Key -> scenario and replication that another process is at."""
        self._pickled: tuple[str, bytes] = ("", b"")
        self._numbers = 0
        self._began = self._looked = time.monotonic()
        self._seconds = 0.0
        """Of all replications run here, by the clock of whoever ran them."""
        self._cpu_seconds = 0.0

    def begin(self, *, jobs: int | None, dask: bool, shard: Shard) -> None:
        """Write into the store that a sweep has begun, by whom and how."""
        self._store.append(
            {
                "kind": "run",
                "run": self._run,
                "experiment": self._outcome.experiment,
                "started_at": utc_now(),
                **provenance(),
                "model": MODEL,
                "fingerprint": code_fingerprint(),
                "jobs": jobs,
                "dask": dask,
                "shard": f"{shard.number}/{shard.of}",
            }
        )
        self._store.sync()

    def end(self) -> None:
        """Write that it came to its end: a sweep that was killed has no such record."""
        self._store.append(
            {
                "kind": "run_end",
                "run": self._run,
                "ended_at": utc_now(),
                "cpu_seconds": round(self._cpu_seconds, 3),
                "wall_seconds": round(time.monotonic() - self._began, 3),
                "done": self._outcome.ran,
                "failed": len(self._outcome.failures),
            }
        )
        self._store.sync()

    def run(self, pool: Pool, stop: Callable[[], bool] = lambda: False) -> None:
        """Until nothing is missing, or `stop` says so."""
        while not (self._plan.over or stop()):
            answers = pool.answers(0.2) if self._under_way else []
            for answer in answers:
                self._take_in(answer)
            if time.monotonic() - self._looked > LOOK_ROUND:
                self._look_round()
            chunks = self._chunks(pool)
            if answers or chunks:
                # One flush for all answers; claims need none, but cost nothing beside it.
                self._store.sync()
            for chunk in chunks:
                pool.submit(chunk)
            if answers:
                self._tell(pool)
            elif not chunks and not self._under_way:
                # All that is left is with another process.
                time.sleep(0.2)

    def take_stock(self) -> None:
        """Tell the plan of all that earlier sweeps have left."""
        before = -1
        # Where intervals decide, what is there may ask for more that is there.
        while self._plan.done != before:
            before = self._plan.done
            for scenario, number in self._plan.missing():
                self._see(scenario, number)

    def _look_round(self) -> None:
        """See what others have done by now, and whether they are still at the rest."""
        self._looked = time.monotonic()
        self._store.refresh()
        claimed = self._store.claimed_by_others()
        for key, (scenario, number) in list(self._elsewhere.items()):
            if not self._see(scenario, number) and key not in claimed:
                del self._elsewhere[key]
                self._plan.back(scenario, [number])

    def _see(self, scenario: str, number: int) -> bool:
        """Whether a replication is in the store; if so, the plan is told."""
        key = replication_key(scenario, self._seed, number)
        if not self._store.has(key, self._columns, self._tables):
            return False
        self._elsewhere.pop(key, None)
        self._plan.there(scenario, number, self._store.measures_of(key))
        return True

    def _chunks(self, pool: Pool) -> list[Chunk]:
        """What the pool has room for, claimed."""
        chunks: list[Chunk] = []
        claimed = self._store.claimed_by_others()
        guess = self._seconds / self._outcome.ran if self._outcome.ran else 0.0
        while len(chunks) < pool.room and (taken := self._plan.take(CHUNK_SECONDS, pool.workers, guess)):
            scenario, numbers = taken
            own = []
            for number in numbers:
                key = replication_key(scenario, self._seed, number)
                if self._see(scenario, number):
                    continue
                if key in claimed:
                    self._elsewhere[key] = (scenario, number)
                else:
                    own.append(number)
            if not own:
                continue
            chunk = self._chunk(scenario, own)
            self._under_way[chunk.number] = chunk
            self._store.append({"kind": "claim", "keys": [chunk.key(number) for number in own]})
            chunks.append(chunk)
        return chunks

    def _chunk(self, scenario: str, numbers: list[int]) -> Chunk:
        if self._pickled[0] != scenario:
            declared = self._resolved.scenario(scenario)
            self._pickled = (scenario, pickle.dumps(declared, protocol=pickle.HIGHEST_PROTOCOL))
        self._numbers += 1
        return Chunk(
            number=self._numbers,
            scenario=self._pickled[1],
            scenario_hash=scenario,
            seed=self._seed,
            replications=tuple(numbers),
            columns=self._columns,
            tables=self._tables,
            run=self._run,
        )

    def _take_in(self, answer: Answer) -> None:
        chunk = self._under_way.pop(answer.number, None)
        if chunk is None:
            return
        if answer.refused:
            raise SweepError(f"a worker {answer.refused}: was caresim changed while it ran? Start again.")
        seconds = [record["engine_seconds"] for record in answer.records if record["kind"] == "replication"]
        if seconds:
            self._plan.took(chunk.scenario_hash, sum(seconds) / len(seconds))
            self._seconds += sum(seconds)
        for record in answer.records:
            self._store.append(record)
            if record["kind"] == "failure":
                self._outcome.failures.append(self._failure(record))
                self._plan.failed(chunk.scenario_hash, record["replication"])
            else:
                self._outcome.ran += 1
                self._cpu_seconds += record["cpu_seconds"]
                figures = {n: float("nan") if v is None else v for n, v in record["measures"].items()}
                self._plan.there(chunk.scenario_hash, record["replication"], figures)

    def _failure(self, record: Record) -> Failure:
        return Failure(
            self._resolved.variant_of(record["scenario"]),
            record["replication"],
            record["seed"],
            record["message"],
            record["traceback"],
        )

    def _tell(self, pool: Pool) -> None:
        plan, ran = self._plan, self._outcome.ran
        left = None
        if ran and self._seconds:
            # By the clock of the work, not ours: ours also holds the start of the workers.
            left = (plan.total - plan.done) * self._seconds / ran / max(pool.workers, 1)
            elapsed = time.monotonic() - self._began
            left = max(left, (plan.total - plan.done) * elapsed / ran if elapsed > 10 else 0.0)
        self._on_progress(Progress(plan.done, plan.total, left))


@contextmanager
def _pool(jobs: int | None, dask: str | None, plan: Plan) -> Iterator[Pool]:
    if dask is None:
        pool: Pool = LocalPool(max(1, min(jobs or cores(), plan.total - plan.done)))
    else:
        from caresim.experiment.cluster import Cluster

        pool = Cluster(dask)
    try:
        yield pool
    finally:
        pool.close()


def sweep(
    file: str | Path,
    *,
    out: str | Path | None = None,
    jobs: int | None = None,
    dask: str | None = None,
) -> Sweep:
    """Run what is missing of an experiment, and give all of it: `caresim sweep` from Python.

    Args:
        file: the experiment's file.
        out: folder of the store; None: results/NAME.
        jobs: processes; None: as many as there are cores.
        dask: address of a Dask scheduler, in place of processes here.

    Returns:
        what `caresim.load(folder)` gives: `.measures` has a row for each variant and replication,
        `.estimates()` means and intervals; replications that failed are in `.failures`.

    Raises:
        ScenarioError, ResultsError, SweepError: as `run_sweep`.
        KeyboardInterrupt: stopped; what is done is kept.
    """
    outcome = run_sweep(file, out=out, jobs=jobs, dask=dask)
    if outcome.stopped:
        raise KeyboardInterrupt
    return load(outcome.folder, outcome.experiment)
