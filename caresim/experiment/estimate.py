"""What a sweep would run, and how long that would take, before anything is written."""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from caresim.errors import SweepError
from caresim.experiment.chunks import Chunk
from caresim.experiment.keys import replication_key
from caresim.experiment.plan import ALL, Shard
from caresim.experiment.read_experiment import read_experiment
from caresim.experiment.resolve import Resolved, resolve
from caresim.experiment.runner import cores
from caresim.experiment.sweep import default_folder, plan_of
from caresim.records.sweep_records import read_store


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One variant of an experiment."""

    variant: str
    replications: str
    """A number, or from how many to how many."""
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
    seconds_each: float
    seconds: float
    """On the clock, for what is left."""
    jobs: int

    @property
    def runs_in_words(self) -> str:
        number = f"{self.runs:,}" if self.runs == self.most else f"{self.runs:,} to {self.most:,}"
        return f"{number} replications in all"


def estimate_sweep(
    file: str | Path, *, out: str | Path | None = None, jobs: int | None = None, shard: Shard = ALL
) -> SweepEstimate:
    """The runs of an experiment, and an estimate of time from one replication of its first variant.

    Writes nothing. Variants that take longer than the first are not known to: it is an estimate.

    Raises:
        ScenarioError: the experiment or a scenario of it is at fault.
        ResultsError: there is a store that cannot be read.
    """
    experiment = read_experiment(file)
    resolved, _ = resolve(experiment)
    folder = Path(out) if out is not None else default_folder(experiment.name, shard)
    there = keys_there(folder)
    rule = experiment.replications
    plan = plan_of(resolved, shard)
    missing = plan.missing()
    asked = Counter(scenario for scenario, _ in missing)
    kept = Counter(
        scenario for scenario, n in missing if replication_key(scenario, experiment.seed, n) in there
    )
    left = sum(asked.values()) - sum(kept.values())
    each = seconds_of_one(resolved) if left else 0.0
    jobs = jobs or cores()
    least = sum(asked.values())
    spread = {s: f"{n}" if not rule.until else f"{n} to {rule.at_most}" for s, n in asked.items()}
    return SweepEstimate(
        name=experiment.name,
        lines=[
            PlanLine(variant.name, spread[scenario], kept[scenario])
            for variant, scenario in zip(resolved.variants, resolved.hashes, strict=True)
            if scenario in spread
        ],
        runs=least,
        most=least if not rule.until else len(asked) * rule.at_most,
        left=left,
        seconds_each=each,
        seconds=each * -(-left // jobs),
        jobs=jobs,
    )


def keys_there(folder: Path) -> set[str]:
    """Keys of the replications in a store; none where there is no store."""
    if not folder.exists():
        return set()
    return set(read_store(folder).replications["key"])


def seconds_of_one(resolved: Resolved) -> float:
    """How long one replication of the first variant takes here, on the clock."""
    first, experiment = resolved.hashes[0], resolved.experiment
    chunk = Chunk(
        number=0,
        scenario=pickle.dumps(resolved.scenario(first)),
        scenario_hash=first,
        seed=experiment.seed,
        replications=(1,),
        columns=tuple(column.name for column in experiment.columns),
        tables=experiment.tables,
        run="",
    )
    record = chunk.work().records[0]
    if record["kind"] == "failure":
        raise SweepError(f"the first replication of the first variant fails: {record['message']}")
    return float(record["engine_seconds"])
