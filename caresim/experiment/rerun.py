"""One replication of a store or a results folder again, from what lies there, held against what it was."""

from __future__ import annotations

import math
import pickle
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from caresim.errors import ResultsError, RunError
from caresim.experiment.chunks import Chunk, table_of_text
from caresim.experiment.keys import MODEL, code_fingerprint, scenario_hash
from caresim.experiment.replication import run_info, run_replication
from caresim.network.compile import compile_network
from caresim.records.results import MANIFEST
from caresim.records.store import read_results
from caresim.records.sweep_records import read_store
from caresim.records.tables import ON_REQUEST
from caresim.scenario.files import load_scenario

if TYPE_CHECKING:
    from caresim.scenario.scenario import Scenario


@dataclass(frozen=True, kw_only=True, slots=True)
class Rerun:
    """What came of running a replication again."""

    what: str
    """Which one: scenario, replication, seed."""
    differences: tuple[str, ...]
    """What is not the same; () where all is, to the last digit."""
    compared: str
    """What was held against what was kept."""
    same_code: bool | None
    """Whether this very caresim made the first one; None: nothing there tells."""


def rerun(folder: str | Path, key: str) -> Rerun:
    """Run one replication again and say whether it is the same.

    Args:
        folder: a sweep's store, or a results folder.
        key: the replication's key in the store (enough of its first digits), or its number in the results.

    Raises:
        ResultsError: there is no such replication, or what lies there cannot be run by this caresim.
    """
    place = Path(folder)
    return rerun_of_results(place, key) if (place / MANIFEST).is_file() else rerun_of_store(place, key)


def rerun_of_store(folder: Path, key: str) -> Rerun:
    """Of a replication in a sweep's store: all it told, its figures, its kept tables."""
    store = read_store(folder)
    place = place_of_key(store.replications["key"], key, folder)
    row = {str(name): value for name, value in store.replications.iloc[place].items()}
    if row["model"] != MODEL:
        raise ResultsError(
            f"{folder}: {row['key']} was made by model number {row['model']}; this caresim computes by "
            f"{MODEL}, which gives other figures. Use the caresim that made it."
        )
    said = store.scenario(row["scenario"])
    scenario, hash_now = scenario_again(said["document"], said["files"])
    if hash_now != row["scenario"]:
        raise ResultsError(
            f"{folder}: this caresim reads the scenario of {row['key']} otherwise than the one that kept it. "
            "Use the caresim that made it."
        )
    columns = tuple(name for name in store.columns if store.holds([name])[place])
    tables = tuple(name for name in store.tables if store.holds([], [name])[place])
    chunk = Chunk(
        scenario=pickle.dumps(scenario),
        scenario_hash=str(row["scenario"]),
        seed=int(row["seed"]),
        replications=(int(row["replication"]),),
        columns=columns,
        tables=tables,
    )
    again = chunk.work().records[0]
    if again["kind"] == "failure":
        raise RunError(f"{row['key']}: {again['message']}")
    differences = [] if again["rows"] == row["rows"] else ["what the engine told"]
    for name in columns:
        now, then = again["measures"][name], float(row[name])
        if not same_number(math.nan if now is None else now, then):
            differences.append(f"{name}: {then!r} then, {now!r} now")
    for name in tables:
        then_table = store.table(name, [row["key"]]).drop(columns=["scenario", "seed"])
        if not same_table(then_table, table_of_text(again["tables"][name])):
            differences.append(f"table {name}")
    codes = dict(zip(store.runs["run"], store.runs["fingerprint"], strict=True))
    return Rerun(
        what=f'{row["key"]}: "{scenario.name}", replication {row["replication"]}, seed {row["seed"]}',
        differences=tuple(differences),
        compared=f"all that the engine told, {len(columns)} figures, {len(tables)} tables",
        same_code=codes[row["run"]] == code_fingerprint() if row["run"] in codes else None,
    )


def rerun_of_results(folder: Path, number: str) -> Rerun:
    """Of a replication of a results folder: every table."""
    results = read_results(folder)
    if not number.isdigit() or int(number) not in results.replications:
        raise ResultsError(
            f'{folder}: has no replication "{number}"; it has {results.replications[0]} to '
            f"{results.replications[-1]}."
        )
    files = {name: results.text(name) for name in results.manifest["texts"] if not name.endswith(".yaml")}
    network = compile_network(scenario_again(results.text("resolved.yaml"), files)[0])
    seed = int(results.manifest["seed"])
    wanted = tuple(name for name in results.table_names if name in (*ON_REQUEST, "daily"))
    again = run_replication(network, run_info(network), seed, int(number), wanted)
    differences = []
    for name in results.table_names:
        kept = results.table(name)
        column = "replication" if "replication" in kept.columns else "run_number"
        if not same_table(kept[kept[column] == int(number)], again[name]):
            differences.append(f"table {name}")
    return Rerun(
        what=f'scenario "{results.manifest["scenario"]}", replication {number}, seed {seed}',
        differences=tuple(differences),
        compared=f"{len(results.table_names)} tables",
        same_code=results.manifest.get("fingerprint") == code_fingerprint(),
    )


def place_of_key(keys: pd.Series, key: str, folder: Path) -> int:
    """Row of the one replication whose key begins so."""
    found = np.flatnonzero(keys.str.startswith(key) & (key != ""))
    if len(found) == 0:
        raise ResultsError(
            f'{folder}: holds no replication with key "{key}". These tell the keys: caresim results '
            f'{folder} --sql "select variant, replication, key from measures"'
        )
    if len(found) > 1:
        raise ResultsError(f'{folder}: {len(found)} keys begin with "{key}". Write more of it.')
    return int(found[0])


def scenario_again(document: str, files: Mapping[str, str]) -> tuple[Scenario, str]:
    """A scenario from its resolved text and those of the data files it names; and its hash."""
    with tempfile.TemporaryDirectory(prefix="caresim") as folder:
        for name, text in files.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_text(text, encoding="utf-8")
        file = Path(folder) / "resolved.yaml"
        file.write_text(document, encoding="utf-8")
        scenario = load_scenario(file)
        return scenario, scenario_hash(scenario)


def same_number(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def same_table(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Equal rows in equal order, to the last digit; how a column is stored is nothing."""
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return False
    return all(same_column(one[name], other[name]) for name in one.columns)


def same_column(one: pd.Series, other: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(one.dtype) and pd.api.types.is_numeric_dtype(other.dtype):
        return np.array_equal(one.to_numpy(dtype=float), other.to_numpy(dtype=float), equal_nan=True)
    return [None if pd.isna(v) else str(v) for v in one] == [None if pd.isna(v) else str(v) for v in other]
