"""What a sweep would run, and how long that would take, before anything is written."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from caresim.errors import SweepError
from caresim.experiment.chunks import Chunk
from caresim.experiment.plan import ALL, Shard
from caresim.experiment.read_experiment import read_experiment
from caresim.experiment.resolve import Resolved, resolve
from caresim.experiment.runner import cores
from caresim.experiment.sweep import default_folder, plan_of
from caresim.experiment.work import Stock
from caresim.records.sweep_records import read_store
from caresim.records.sweep_store import SweepStore


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One variant of an experiment."""

    variant: str
    replications: int
    """Asked for; at least, where intervals decide."""
    there: int
    """Of these, those in the store."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepEstimate:
    """All runs of an experiment, and what is left of them."""

    name: str
    lines: list[PlanLine]
    runs: int
    """At least, where intervals decide."""
    most: int
    """At most: equal to `runs` with a fixed number."""
    left: int
    """To run, of `runs`."""
    seconds: float | None
    """On the clock, for what is left; None where nobody knows."""
    seconds_each: float
    """A replication takes; 0 where nobody knows."""
    timed: int
    """Replications of the store that this is known from; 0: one was run for it, if it is known."""
    jobs: int

    @property
    def at_least(self) -> bool:
        """Whether intervals may ask for more."""
        return self.most > self.runs


def estimate_sweep(
    file: str | Path,
    *,
    out: str | Path | None = None,
    jobs: int | None = None,
    shard: Shard = ALL,
    time: bool = False,
) -> SweepEstimate:
    """The runs of an experiment, and how long they will take as far as that is known.

    Writes nothing and runs nothing, except with `time` one replication of the first variant, of
    which nothing is kept. Without it, time is known from what the store has: a variant takes what
    it took, and one that was never run what the others took in the mean.

    Raises:
        ScenarioError: the experiment or a scenario of it is at fault.
        ResultsError: there is a store that cannot be read.
        SweepError: with `time`, that replication fails.
    """
    experiment = read_experiment(file)
    folder = Path(out) if out is not None else default_folder(experiment.name, shard)
    # Of what is not there, nothing is made.
    with SweepStore.open(folder) if folder.exists() else nullcontext() as store:
        resolved, _ = resolve(experiment, store)
        plan = plan_of(resolved, shard)
        if store is not None:
            Stock(store, resolved, plan).take()
    missing = Counter(scenario for scenario, _ in plan.missing())
    asked = plan.asked()
    left = plan.total - plan.done
    took = pd.Series(dtype=float)
    if left and time:
        took = pd.Series([seconds_of_one(resolved)])
    elif left and store is not None:
        took = seconds_in_store(folder)
    jobs = jobs or cores()
    most = experiment.replications.at_most
    return SweepEstimate(
        name=experiment.name,
        lines=[
            PlanLine(variant.name, asked[scenario], asked[scenario] - missing[scenario])
            for variant, scenario in zip(resolved.variants, resolved.hashes, strict=True)
            if scenario in asked
        ],
        runs=plan.total,
        most=max(plan.total, len(asked) * most) if experiment.replications.until else plan.total,
        left=left,
        seconds=seconds_for(missing, took) / min(jobs, left) if len(took) else None,
        seconds_each=float(took.mean()) if len(took) else 0.0,
        timed=0 if time else len(took),
        jobs=jobs,
    )


def seconds_in_store(folder: Path) -> pd.Series:
    """How long each replication that a store has took where it was run; index its scenario's hash."""
    found = read_store(folder).replications
    return found.set_index("scenario")["engine_seconds"].astype(float).dropna()


def seconds_for(missing: Mapping[str, int], took: pd.Series) -> float:
    """One after another, what is missing of each scenario, by what it took, else by the mean of all."""
    own, all_of_them = took.groupby(level=0).mean(), took.mean()
    return float(sum(n * own.get(scenario, all_of_them) for scenario, n in missing.items()))


def seconds_of_one(resolved: Resolved) -> float:
    """How long one replication of the first variant takes here, on the clock."""
    first, experiment = resolved.hashes[0], resolved.experiment
    chunk = Chunk(
        scenario=pickle.dumps(resolved.scenario(first)),
        scenario_hash=first,
        seed=experiment.seed,
        replications=(1,),
        columns=tuple(column.name for column in experiment.columns),
        tables=experiment.tables,
    )
    record = chunk.work().records[0]
    if record["kind"] == "failure":
        raise SweepError(f"the first replication of the first variant fails: {record['message']}")
    return float(record["engine_seconds"])
