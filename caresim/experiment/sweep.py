"""A sweep: every run of an experiment, on whoever is there, into a store that loses nothing.

A replication counts as done once its record is on disk (`records/sweep_store.py`), and only then is
it told. So a sweep may end at any moment, in any way; the same command goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from caresim.experiment.interrupts import StopOnInterrupt
from caresim.experiment.plan import ALL, Plan, Rule, Shard
from caresim.experiment.pool import LocalPool, Pool
from caresim.experiment.read_experiment import read_experiment
from caresim.experiment.resolve import Resolved, resolve
from caresim.experiment.runner import Failure, check_numbers, cores
from caresim.experiment.work import OnProgress, Stock, Work
from caresim.measures.sweeps import Sweep, load
from caresim.records.sweep_store import SweepStore

OnChecked = Callable[[int, int], None]


@dataclass(kw_only=True, slots=True)
class SweepOutcome:
    """What a sweep leaves: a store, and what it is to be known by."""

    folder: Path
    experiment: str
    """Its ID in the store."""
    ran: int
    """Replications done by this sweep."""
    there: int
    """Replications of the experiment (of this shard) that are in the store."""
    total: int
    failures: list[Failure]
    stopped: bool
    """Ctrl-C came before all of it was there."""
    notes: list[str]
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
    check_numbers(jobs=jobs)
    experiment = read_experiment(file)
    folder = Path(out) if out is not None else default_folder(experiment.name, shard)
    with SweepStore.open(folder, mend=mend) as store, _pool(jobs, dask) as pool:

        def checking(done: int, total: int) -> None:
            pool.start()
            on_checked(done, total)

        resolved, news = resolve(experiment, store, checking)
        for record in news:
            store.append(record)
        store.sync()
        plan = plan_of(resolved, shard)
        stock = Stock(store, resolved, plan)
        stock.take()
        work = Work(store, resolved, plan, stock, on_progress)
        stopped = False
        if not plan.over:
            # Ctrl-C is only noted: whatever is being written is written whole.
            with StopOnInterrupt(hold=True) as interrupt:
                work.begin(jobs=None if dask else jobs or cores(), dask=dask is not None, shard=shard)
                work.run(pool, lambda: interrupt.came)
                work.end()
                stopped = interrupt.came and not plan.over
        if plan.over:
            store.compact()
        outcome = SweepOutcome(
            folder=folder,
            experiment=resolved.record["experiment"],
            ran=work.ran,
            there=plan.done - len(work.failures),
            total=plan.total,
            failures=work.failures,
            stopped=stopped,
            notes=store.notes,
        )
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


@contextmanager
def _pool(jobs: int | None, dask: str | None) -> Iterator[Pool]:
    if dask is None:
        pool: Pool = LocalPool(jobs or cores())
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
