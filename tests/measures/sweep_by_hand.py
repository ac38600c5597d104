"""Sweeps made of a few figures, with what `measures/comparison.py` and the reports read of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats


@dataclass
class HandMade:
    """What a `Sweep` has, as far as it is needed here."""

    place: str
    experiment: dict[str, Any]
    variants: pd.DataFrame
    measures: pd.DataFrame
    units: dict[str, str]
    missing: int = 0
    failures: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: list[str] = field(default_factory=list)

    def estimates(self, level: float = 0.95) -> pd.DataFrame:
        """One variant and measure after the other."""
        rows = []
        for variant in self.variants["variant"]:
            own = self.measures[self.measures["variant"] == variant]
            for measure in self.experiment["keep"]["measures"]:
                figures = own[measure].dropna().to_numpy()
                n = len(figures)
                mean = figures.mean() if n else np.nan
                half = stats.t.ppf((1 + level) / 2, n - 1) * stats.sem(figures) if n > 1 else np.nan
                rows.append((variant, n, measure, self.units[measure], mean, mean - half, mean + half))
        return pd.DataFrame(rows, columns=["variant", "n", "measure", "unit", "mean", "low", "high"])


def sweep_of(
    figures: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    units: Mapping[str, str] | None = None,
    factors: Mapping[str, Mapping[str, Any]] | None = None,
    groups: Mapping[str, str] | None = None,
    operations: Mapping[str, str] | None = None,
    targets: Mapping[str, float] | None = None,
    baseline: str | None = None,
    replications: Mapping[str, Sequence[int]] | None = None,
    until: Mapping[str, Any] | None = None,
    kind: str = "grid",
    missing: int = 0,
    same: Mapping[str, str] | None = None,
) -> HandMade:
    """A sweep of figures: measure -> variant -> a figure for each of its replications.

    Args:
        factors: PATH -> variant -> its level; numbers make a numeric column.
        groups: variant -> group.
        operations: PATH -> "plus", "times", ...
        replications: variant -> numbers of its replications; 0, 1, 2, ... where it is not given.
        same: variant -> an earlier one whose scenario is its own too.
    """
    names = list(next(iter(figures.values())))
    factors, groups = factors or {}, groups or {}
    variants = pd.DataFrame(
        {
            "variant": names,
            "group": [groups.get(name, "") for name in names],
            "scenario": [f"{names.index((same or {}).get(name, name)):032x}" for name in names],
            "n": [len(next(iter(figures.values()))[name]) for name in names],
            **{path: [levels.get(name) for name in names] for path, levels in factors.items()},
        }
    )
    parts = []
    for name in names:
        numbers = (replications or {}).get(name, range(len(next(iter(figures.values()))[name])))
        part = pd.DataFrame({"variant": name, "replication": np.array(list(numbers), dtype=int)})
        for path, levels in factors.items():
            part[path] = levels.get(name)
        for measure, by_variant in figures.items():
            part[measure] = np.array(by_variant[name], dtype=float)
        parts.append(part)
    experiment = {
        "experiment": "e1",
        "name": "by hand",
        "written_at": "2026-01-01T00:00:00Z",
        "seed": 1,
        "design": {"kind": kind, "n": None, "seed": None},
        "replications": {"until": dict(until)} if until else {"n": 4},
        "keep": {"measures": list(figures), "units": dict(units or {}), "tables": []},
        "factors": [
            {"path": path, "operation": (operations or {}).get(path, ""), "unit": "", "levels": []}
            for path in factors
        ],
        "targets": dict(targets or {}),
        "baseline": names[0] if baseline is None else baseline,
        "variants": [{"name": name, "group": groups.get(name)} for name in names],
    }
    return HandMade(
        "by hand",
        experiment,
        variants,
        pd.concat(parts, ignore_index=True),
        dict(units or dict.fromkeys(figures, "people")),
        missing,
    )
