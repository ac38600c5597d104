"""The loop of a sweep: chunks to a pool, answers to the disk, and then the news.

What is missing is known to `plan.py`, who does it to `pool.py`; what is there already is found in the
store, here.
"""

from __future__ import annotations

import pickle
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from caresim.errors import SweepError
from caresim.experiment.chunks import Answer, Chunk, Record
from caresim.experiment.keys import MODEL, code_fingerprint, replication_key
from caresim.experiment.manifest import provenance, utc_now
from caresim.experiment.plan import Plan, Shard
from caresim.experiment.runner import Failure

if TYPE_CHECKING:
    from caresim.experiment.pool import Pool
    from caresim.experiment.resolve import Resolved
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


class Stock:
    """What a store has of an experiment, told to a plan."""

    def __init__(self, store: SweepStore, resolved: Resolved, plan: Plan) -> None:
        self._store, self._plan = store, plan
        self._seed = resolved.experiment.seed
        self.columns = tuple(column.name for column in resolved.experiment.columns)
        self.tables = resolved.experiment.tables

    def key(self, scenario: str, replication: int) -> str:
        return replication_key(scenario, self._seed, replication)

    def take(self) -> None:
        """Tell the plan of all that earlier sweeps have left."""
        before = -1
        # Where intervals decide, what is there may ask for more that is there.
        while self._plan.done != before:
            before = self._plan.done
            for scenario, number in self._plan.missing():
                self.see(scenario, number)

    def see(self, scenario: str, number: int) -> bool:
        """Whether a replication is in the store, with all that is to be kept; if so, the plan is told."""
        key = self.key(scenario, number)
        if not self._store.has(key, self.columns, self.tables):
            return False
        self._plan.there(scenario, number, self._store.measures_of(key))
        return True


class Work:
    """The loop: chunks to the pool, answers to the disk, and then the news."""

    def __init__(
        self,
        store: SweepStore,
        resolved: Resolved,
        plan: Plan,
        stock: Stock,
        on_progress: OnProgress,
    ) -> None:
        self._store, self._resolved, self._plan, self._stock = store, resolved, plan, stock
        self._on_progress = on_progress
        self._seed = resolved.experiment.seed
        self.ran = 0
        """Replications done here."""
        self.failures: list[Failure] = []
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
                "experiment": self._resolved.record["experiment"],
                "started_at": utc_now(exactly=True),
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
                "done": self.ran,
                "failed": len(self.failures),
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

    def _look_round(self) -> None:
        """See what others have done by now, and whether they are still at the rest."""
        self._looked = time.monotonic()
        self._store.refresh()
        claimed = self._store.claimed_by_others()
        for key, (scenario, number) in list(self._elsewhere.items()):
            if self._stock.see(scenario, number):
                del self._elsewhere[key]
            elif key not in claimed:
                del self._elsewhere[key]
                self._plan.back(scenario, [number])

    def _chunks(self, pool: Pool) -> list[Chunk]:
        """What the pool has room for, claimed."""
        chunks: list[Chunk] = []
        claimed = self._store.claimed_by_others()
        guess = self._seconds / self.ran if self.ran else 0.0
        while len(chunks) < pool.room and (taken := self._plan.take(CHUNK_SECONDS, pool.workers, guess)):
            scenario, numbers = taken
            own = []
            for number in numbers:
                key = self._stock.key(scenario, number)
                if self._stock.see(scenario, number):
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
            columns=self._stock.columns,
            tables=self._stock.tables,
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
                self.failures.append(self._failure(record))
                self._plan.failed(chunk.scenario_hash, record["replication"])
            else:
                self.ran += 1
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
        plan, ran = self._plan, self.ran
        left = None
        if ran and self._seconds:
            # By the clock of the work, not ours: ours also holds the start of the workers.
            left = (plan.total - plan.done) * self._seconds / ran / max(pool.workers, 1)
            elapsed = time.monotonic() - self._began
            left = max(left, (plan.total - plan.done) * elapsed / ran if elapsed > 10 else 0.0)
        self._on_progress(Progress(plan.done, plan.total, left))
