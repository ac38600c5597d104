"""Records of a sweep that can be checked in the head: figures are made of the replication's number."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pandas as pd

from caresim.records.parquet import table_to_bytes

SEED, MODEL = 7, 1
FIRST, SECOND = "a" * 32, "b" * 32
"""Hashes of two scenarios."""


def key_of(scenario: str, replication: int, seed: int = SEED) -> str:
    return hashlib.sha256(f"{scenario} {seed} {replication}".encode()).hexdigest()[:32]


def people_of(scenario: str, replication: int) -> float:
    """The figure `people`: 10 in the first scenario, 20 in the second, plus the replication's number."""
    return (10.0 if scenario == FIRST else 20.0) + replication


def delays(scenario: str, replication: int) -> pd.DataFrame:
    """As many rows as the number of the replication says, up to three: none, one, two."""
    n = replication % 3
    return pd.DataFrame(
        {
            "replication": pd.Series([replication] * n, dtype="int32"),
            "service": pd.Categorical(["ward", "home"][:n], categories=["ward", "home", "never"]),
            "people": pd.Series(
                [people_of(scenario, replication) + row for row in range(n)], dtype="float64"
            ),
        }
    )


def replication(
    scenario: str = FIRST,
    number: int = 1,
    *,
    measures: dict[str, Any] | None = None,
    tables: tuple[str, ...] = (),
    **other: Any,
) -> dict[str, Any]:
    figures = {"people": people_of(scenario, number), "share": float("nan") if number == 2 else 0.1 * number}
    content = base64.b64encode(table_to_bytes(delays(scenario, number))).decode()
    return {
        "kind": "replication",
        "key": key_of(scenario, number),
        "scenario": scenario,
        "seed": SEED,
        "replication": number,
        "model": MODEL,
        "measures": figures if measures is None else measures,
        "tables": dict.fromkeys(tables, content),
        "rows": "0123",
        "cpu_seconds": 0.5,
        "engine_seconds": 0.25,
        "run": "run-1",
        **other,
    }


def failure(scenario: str = FIRST, number: int = 1, message: str = "it broke") -> dict[str, Any]:
    return {
        "kind": "failure",
        "key": key_of(scenario, number),
        "scenario": scenario,
        "seed": SEED,
        "replication": number,
        "model": MODEL,
        "message": message,
        "traceback": "Traceback ...",
        "run": "run-1",
    }


def scenario(name: str = FIRST, **other: Any) -> dict[str, Any]:
    return {
        "kind": "scenario",
        "scenario": name,
        "name": "By hand",
        "document": "caresim: 1\n" + "# a long text\n" * 500,
        "files": {},
        "small": {"services": [{"service": "ward"}]},
        "first_day": "2019-04-01",
        "measured_days": 28.0,
        "warm_up_days": 0.0,
        **other,
    }


def experiment(name: str = "e1", **other: Any) -> dict[str, Any]:
    """Two variants, `few` of the first scenario and `many` of the second; three replications each."""
    return {
        "kind": "experiment",
        "experiment": name,
        "name": "beds",
        "written_at": "2026-01-01T10:00:00+00:00",
        "file": "beds.yaml",
        "seed": SEED,
        "model": MODEL,
        "design": {"kind": "grid", "n": None, "seed": None},
        "factors": [
            {
                "path": "services.ward.places",
                "operation": "plus",
                "unit": "",
                "levels": ["plus 0", "plus 20"],
                "low": None,
                "high": None,
            }
        ],
        "replications": {"n": 3},
        "keep": {"measures": ["people", "share"], "units": {"people": "people"}, "tables": []},
        "targets": {},
        "baseline": "few",
        "variants": [variant("few", FIRST, 0), variant("many", SECOND, 20)],
        **other,
    }


def variant(name: str, scenario: str, more: int) -> dict[str, Any]:
    path = "services.ward.places"
    return {
        "name": name,
        "group": None,
        "levels": {path: f"plus {more}"},
        "numbers": {path: float(more)},
        "scenario": scenario,
    }


def run(name: str = "run-1", of: str = "e1") -> dict[str, Any]:
    return {
        "kind": "run",
        "run": name,
        "experiment": of,
        "started_at": "2026-01-01T10:00:01+00:00",
        "versions": {"python": "3.11"},
    }


def run_end(name: str = "run-1") -> dict[str, Any]:
    return {"kind": "run_end", "run": name, "ended_at": "2026-01-01T10:00:02+00:00", "done": 6, "failed": 0}
