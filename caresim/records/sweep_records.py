"""A sweep's store as it is read: records as pandas tables, scenarios and kept tables when asked for.

Nothing here writes. How the records are found is in `sweep_contents.py`.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.errors import ResultsError
from caresim.records.journal import Record, read_line
from caresim.records.parquet import KEY, SCENARIO, SEED, joined, kept_rows, matching_text, rows_of_keys
from caresim.records.sweep_contents import (
    FIXED,
    KEPT,
    OTHER,
    TRIES,
    Contents,
    damage_in_words,
    damage_of,
    file_sum,
)
from caresim.records.sweep_folder import check_store

RUN = ("run", "experiment", "started_at", "caresim", "fingerprint", "git", "versions", "platform")
RUN_END = ("ended_at", "cpu_seconds", "wall_seconds", "done", "failed")
FAILURE = ("key", "scenario", "seed", "replication", "model", "message", "traceback", "run")


class StoreRecords:
    """A store as it is read, at one moment; kept tables and scenarios are loaded when asked for."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        whole = contents.replications()
        self._kept: NDArray[np.int64] = whole[KEPT].to_numpy(dtype=np.int64)
        self.replications = whole.drop(columns=[KEPT, OTHER])
        """key, scenario, seed, replication, model, run, rows, cpu_seconds, engine_seconds, then a column
        for each figure any of them keeps; one row a key."""
        self.columns = tuple(name for name in self.replications.columns if name not in FIXED)
        """Names of figures any of them keeps."""
        self.tables = tuple(sorted({name for n in set(self._kept) for name in contents.kept[n].tables}))
        """Names of tables any of them keeps."""
        self.experiments = contents.experiments()
        """Records of experiments, the newest last."""
        self.runs = _runs(contents)
        """A row for each run of `caresim sweep`, by when it began; ended_at is null where it was killed."""
        self.failures = _failures(contents, self.replications["key"])
        """Replications that failed and are not there: key, scenario, seed, replication, model, message,
        traceback, run."""
        self.notes = list(contents.notes)

    @property
    def place(self) -> str:
        return str(self._contents.folder)

    def holds(self, measures: Collection[str], tables: Collection[str] = ()) -> NDArray[np.bool_]:
        """Of each row of `replications`, whether all of these were kept."""
        enough = [
            set(measures) <= set(kept.measures) and set(tables) <= set(kept.tables)
            for kept in self._contents.kept
        ]
        return np.asarray(enough, dtype=bool)[self._kept] if len(self._kept) else np.zeros(0, bool)

    def scenario(self, scenario: str) -> Record:
        """The record of a scenario, by its hash.

        Raises:
            ResultsError: there is none.
        """
        return self._again_if_moved(lambda: self._scenario(scenario))

    def _scenario(self, scenario: str) -> Record:
        where = self._contents.scenarios.get(scenario)
        if where is None:
            raise ResultsError(f"{self.place}: holds no scenario {scenario}.")
        if where.length:
            record = read_line(where.file, where.offset, where.length)
            if record is None:
                raise FileNotFoundError
            return record
        text = matching_text(where.file, "scenario", scenario, "json")
        if text is None:
            raise ResultsError(f"{where.file}: holds no scenario {scenario} any more.")
        record = json.loads(text)
        assert isinstance(record, dict)
        return record

    def table(self, name: str, keys: Collection[str] | None = None) -> pd.DataFrame:
        """A kept table of all replications, or of some: scenario, seed, then its own columns.

        In order of `replications`, the rows of each as they were.

        Raises:
            ResultsError: no replication keeps it, or its file is damaged.
        """
        kept = self.replications["key"][self.holds((), [name])].tolist()
        wanted = kept if keys is None else [key for key in kept if key in frozenset(keys)]
        if not kept:
            have = f"It keeps: {', '.join(self.tables)}." if self.tables else "It keeps no tables."
            raise ResultsError(f'{self.place}: keeps no table "{name}". {have}')
        return self._again_if_moved(lambda: self._table(name, wanted))

    def _table(self, name: str, keys: list[str]) -> pd.DataFrame:
        missing, found = set(keys), []
        empty = None
        for part in self._contents.parts.values():
            if name in part.lost:
                continue
            there: set[str] = set()
            for file in part.tables(name):
                if file_sum(file) != part.files[file.name][1]:
                    raise ResultsError(damage_in_words([damage_of(file)]))
                rows = rows_of_keys(file, missing)
                empty = rows.slice(0, 0)
                if len(rows):
                    found.append(rows)
                    there |= set(rows[KEY].unique().to_pylist())
            missing -= there
        for key, where in self._contents.tables:
            if key in missing:
                record = read_line(where.file, where.offset, where.length)
                if record is None or record.get("key") != key:
                    raise FileNotFoundError
                if name in record["tables"]:
                    content = base64.b64decode(record["tables"][name])
                    rows = kept_rows(content, key, record["scenario"], record["seed"])
                    missing.discard(key)
                    if len(rows):
                        found.append(rows)
                    elif empty is None:
                        empty = rows
        if not found and empty is None:
            raise FileNotFoundError
        rank = {key: place for place, key in enumerate(keys)}
        # So that the order of columns does not depend on who was over first either.
        found.sort(key=lambda rows: min(rank[key] for key in rows[KEY].unique().to_pylist()))
        frame = joined(found or [empty])
        ranks = np.array([rank[key] for key in frame[KEY].cat.categories], dtype=np.int64)
        order = np.argsort(ranks[frame[KEY].cat.codes.to_numpy()], kind="stable")
        frame = frame.iloc[order].reset_index(drop=True).drop(columns=[KEY])
        free = {SCENARIO: "scenario", SEED: "seed"}
        return frame.rename(columns={old: new for old, new in free.items() if new not in frame.columns})

    def _again_if_moved(self, ask: Callable[[], Any]) -> Any:
        """Where a journal was folded since it was read, look where its records are now."""
        for _ in range(TRIES):
            try:
                return ask()
            except FileNotFoundError:
                contents = read_contents(self._contents.folder)
                # What there is was settled when this was read; only where it stands is new.
                self._contents.parts, self._contents.tables = contents.parts, contents.tables
                self._contents.scenarios = contents.scenarios
        raise ResultsError(f"{self.place}: changed all the while it was read. Try again.")


def read_contents(folder: Path, *, thorough: bool = False) -> Contents:
    """Everything of a store, for reading.

    Raises:
        ResultsError: it is none, of another format, or damaged.
    """
    check_store(folder)
    contents = Contents(folder, thorough=thorough)
    try:
        contents.update()
    except OSError as error:
        place = error.filename or folder
        raise ResultsError(f"{place}: cannot be read: {error.strerror or error}.") from error
    if contents.damaged:
        raise ResultsError(damage_in_words(contents.damaged))
    return contents


def read_store(folder: str | os.PathLike[str]) -> StoreRecords:
    """A sweep's store; nothing is written, and others may write to it meanwhile.

    Raises:
        ResultsError: no store there, another format, or records damaged: file, line and key are named.
    """
    return StoreRecords(read_contents(Path(folder)))


def _runs(contents: Contents) -> pd.DataFrame:
    ends = {name: record for (kind, name), record in contents.others.items() if kind == "run_end"}
    found = []
    for (kind, name), record in contents.others.items():
        if kind == "run":
            end = {field_: ends.get(name, {}).get(field_) for field_ in RUN_END}
            found.append({**{k: v for k, v in record.items() if k != "kind"}, **end})
    columns = [*RUN, *RUN_END]
    frame = pd.DataFrame(found, columns=[*columns, *(sorted({k for r in found for k in r} - set(columns)))])
    return frame.sort_values(["started_at", "run"], ignore_index=True)


def _failures(contents: Contents, there: pd.Series) -> pd.DataFrame:
    done = set(there.tolist()) if any(kind == "failure" for kind, _ in contents.others) else set()
    found = [
        [record.get(name) for name in FAILURE]
        for (kind, key), record in contents.others.items()
        if kind == "failure" and key not in done
    ]
    frame = pd.DataFrame(found, columns=list(FAILURE))
    return frame.sort_values(["scenario", "seed", "replication"], ignore_index=True)
