"""A chunk: some replications of one scenario, done together wherever it is sent.

Short replications are sent many at a time, so that neither the way to a worker nor the flush to
disk behind each answer takes longer than the work. What comes back are records as the store keeps
them; nothing here writes files.
"""

from __future__ import annotations

import base64
import math
import pickle
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from caresim.experiment.keys import MODEL, code_fingerprint, replication_key
from caresim.experiment.replication import (
    Attempt,
    Task,
    run_info,
    try_replication,
    under_each_other,
    what_failed,
)
from caresim.measures.columns import figures_of
from caresim.network.compile import compile_network
from caresim.network.small_tables import small_tables
from caresim.records.parquet import table_from_bytes, table_to_bytes
from caresim.records.results import Results
from caresim.records.tables import ON_REQUEST

if TYPE_CHECKING:
    import pandas as pd

    from caresim.experiment.replication import Tables
    from caresim.scenario.scenario import Scenario

Record = dict[str, Any]
Small = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """Replications of one scenario, and what is to be kept of them."""

    number: int = 0
    """Its own in a sweep, where an answer is taken once."""
    scenario: bytes
    """The scenario, pickled."""
    scenario_hash: str
    seed: int
    replications: tuple[int, ...]
    columns: tuple[str, ...]
    """Names of figures kept: `measures.columns`."""
    tables: tuple[str, ...]
    """Names of tables kept."""
    run: str = ""
    """Of the sweep that asked for it."""
    fingerprint: str = field(default_factory=code_fingerprint)
    """Of the code that asks: other code does not answer."""

    def work(self) -> Answer:
        if self.fingerprint != code_fingerprint():
            return Answer(self.number, (), refused="runs another caresim than the sweep")
        try:
            return Answer(self.number, tuple(self._records()))
        except Exception as error:
            return self.failures(*what_failed(error))

    def key(self, replication: int) -> str:
        return replication_key(self.scenario_hash, self.seed, replication)

    def failures(self, message: str, traceback: str = "") -> Answer:
        """The answer where nothing could be done, or no worker gave any."""
        records = [self._failure(Attempt(number, None, message, traceback)) for number in self.replications]
        return Answer(self.number, tuple(records))

    def _records(self) -> list[Record]:
        task, small, manifest = _prepared(self.scenario, self.seed, self.tables)
        records: dict[int, Record] = {}
        found: dict[int, Tables] = {}
        for number in self.replications:
            attempt = try_replication(task, number, fingerprint=True)
            if attempt.tables is None:
                records[number] = self._failure(attempt)
                continue
            found[number] = attempt.tables
            records[number] = {
                "kind": "replication",
                **self._name(attempt),
                "tables": {name: in_text(attempt.tables[name]) for name in self.tables},
                "rows": attempt.rows,
                "cpu_seconds": round(attempt.cpu_seconds, 6),
                "engine_seconds": round(attempt.seconds, 6),
            }
        if found:
            for number, figures in self._figures(found, small, manifest).items():
                if isinstance(figures, Attempt):
                    records[number] = self._failure(figures)
                else:
                    records[number]["measures"] = figures
        return list(records.values())

    def _figures(
        self, found: dict[int, Tables], small: Small, manifest: Record
    ) -> dict[int, dict[str, float | None] | Attempt]:
        """The figures of each replication; a failed attempt where they could not be worked out."""
        results = Results(
            manifest=manifest,
            small=small,
            table_names=tuple(next(iter(found.values()))),
            # Few measures need more than a few tables.
            load=lambda name: under_each_other([found[number][name] for number in sorted(found)]),
        )
        try:
            # Of all at once: working out a measure costs as much for one replication as for many.
            kept = figures_of(results, self.columns)
        except Exception as error:
            if len(found) == 1:
                return {number: Attempt(number, None, *what_failed(error)) for number in found}
            # One by one: whether a replication fails must not depend on those beside it.
            alone = [self._figures({number: tables}, small, manifest) for number, tables in found.items()]
            return {number: figures for one in alone for number, figures in one.items()}
        return {
            int(number): {
                name: float(value) if math.isfinite(value) else None
                for name, value in zip(self.columns, figures, strict=True)
            }
            for number, figures in zip(kept.index, kept.to_numpy(), strict=True)
        }

    def _failure(self, attempt: Attempt) -> Record:
        return {
            "kind": "failure",
            **self._name(attempt),
            "message": attempt.message,
            "traceback": attempt.traceback,
        }

    def _name(self, attempt: Attempt) -> Record:
        return {
            "key": self.key(attempt.replication),
            "scenario": self.scenario_hash,
            "seed": self.seed,
            "replication": attempt.replication,
            "model": MODEL,
            "run": self.run,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a chunk: a record for each replication, or why it was refused."""

    number: int
    records: tuple[Record, ...]
    refused: str = ""
    worker: str = ""
    """Address of who gave it, where there is one."""


@lru_cache(maxsize=2)
def _prepared(scenario: bytes, seed: int, tables: tuple[str, ...]) -> tuple[Task, Small, Record]:
    """What all replications of a scenario share, made once in each worker."""
    declared: Scenario = pickle.loads(scenario)
    network = compile_network(declared)
    wanted = tuple(name for name in tables if name in (*ON_REQUEST, "daily"))
    task = Task(network=network, info=run_info(network), seed=seed, wanted=wanted)
    manifest = {"scenario": declared.name, "measured_days": network.end}
    return task, small_tables(declared, network), manifest


def in_text(table: pd.DataFrame) -> str:
    """A table as a record holds it: Parquet, in base64."""
    return base64.b64encode(table_to_bytes(table)).decode("ascii")


def table_of_text(text: str) -> pd.DataFrame:
    """A table from what `in_text` made of it."""
    return table_from_bytes(base64.b64decode(text))
