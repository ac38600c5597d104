"""A sweep as it is read: the variants of one experiment and their figures, in pandas tables.

What a store keeps is read by `records/sweep_records.py`; here it is put in order of the experiment.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from caresim.errors import ResultsError
from caresim.measures.stopping import stopping_n
from caresim.records.results import Results
from caresim.records.sweep_records import StoreRecords, read_store

Ints = NDArray[np.int64]

KEEP_IT = "Write it under keep: tables: in the experiment and sweep again."


def load(folder: str | os.PathLike[str], experiment: str | None = None) -> Sweep:
    """What a sweep has found so far; others may go on writing to it.

    Args:
        folder: the store, as `caresim sweep --out` named it.
        experiment: ID, or enough of its first digits; None: the one written last.

    Raises:
        ResultsError: no store there, another format, damaged records, or no such experiment.
    """
    records = read_store(folder)
    return Sweep(records, _chosen(records, experiment))


def _chosen(records: StoreRecords, experiment: str | None) -> dict[str, Any]:
    there = records.experiments
    if not there:
        raise ResultsError(f"{records.place}: holds no experiment yet. Start `caresim sweep` with it.")
    if experiment is None:
        return there[-1]
    found = [record for record in there if str(record["experiment"]).startswith(experiment)]
    if len(found) == 1:
        return found[0]
    said = "\n".join(f"    {record['experiment']}  {record.get('name', '')}" for record in there)
    what = "several experiments begin" if found else "no experiment begins"
    raise ResultsError(f'{records.place}: {what} with "{experiment}". It holds:\n{said}')


class Sweep:
    """An experiment and what is there of it.

    A replication is there if all that the experiment keeps was kept of it; whichever experiment of
    the store it was run for.
    """

    def __init__(self, records: StoreRecords, experiment: Mapping[str, Any]) -> None:
        self._records = records
        self.place = records.place
        """Folder of the store."""
        self.experiment = dict(experiment)
        """Its record: name, texts, factors, variants, what is kept, baseline, targets."""
        self.experiments = _experiments(records)
        """All experiments of the store, the newest last: experiment, name, written_at, file, variants."""
        self.notes = records.notes
        """What a reader should know about the store."""
        keep = self.experiment["keep"]
        self._kept: list[str] = list(keep["measures"])
        self._tables: list[str] = list(keep.get("tables", ()))
        self.units: dict[str, str] = {name: keep.get("units", {}).get(name, "") for name in self._kept}
        """Kept measure -> unit."""

    @cached_property
    def _found(self) -> _Found:
        return _Found(self._records, self.experiment)

    @property
    def missing(self) -> int:
        """Replications the experiment asks for that are not there, failed ones among them; where
        intervals decide, those known to be needed by now."""
        return self._found.missing

    @property
    def beyond(self) -> int:
        """Replications that are there and do not count: run past the one with which the intervals
        were narrow enough."""
        return self._found.beyond

    @cached_property
    def variants(self) -> pd.DataFrame:
        """variant, group ("" in none), scenario (hash), n (replications counted), then a column for each
        factor: numbers (nan: not set) if all its levels are, else text ("": not set). In order of the
        design."""
        declared = self.experiment["variants"]
        frame = pd.DataFrame(
            {
                "variant": pd.Series([v["name"] for v in declared], dtype="str"),
                "group": pd.Series([v.get("group") or "" for v in declared], dtype="str"),
                "scenario": pd.Series([v["scenario"] for v in declared], dtype="str"),
                "n": self._found.counts,
            }
        )
        for path in self._paths:
            frame[path] = _levels(declared, path)
        return frame

    @cached_property
    def measures(self) -> pd.DataFrame:
        """variant, variant_group (`group` of `variants`, by a name that SQL takes without quotes), the
        same columns of factors, replication, key, cpu_seconds, then a column for each kept measure;
        nan: no figure. In order of variant, then replication. Where intervals decide how many there
        are, what lies beyond is left out."""
        found = self._found
        of_variant = {"variant": "variant", "variant_group": "group", **{path: path for path in self._paths}}
        columns: dict[str, Any] = {
            name: self.variants[there].to_numpy()[found.variants] for name, there in of_variant.items()
        }
        for name in ("replication", "key", "cpu_seconds"):
            columns[name] = found.frame[name].to_numpy()[found.rows]
        for name in self._kept:
            columns[name] = found.figures(name)[found.rows]
        return pd.DataFrame(columns)

    @property
    def failures(self) -> pd.DataFrame:
        """Replications that failed and are not there: variant, replication, seed, message, traceback,
        key, run."""
        return self._found.failures

    @cached_property
    def runs(self) -> pd.DataFrame:
        """A row for each `caresim sweep` of it: when, where, by which code, how long. ended_at is null
        where it was killed; all is null of a run that replications name and of which no record is
        there (any more)."""
        every = self._records.runs
        ours = every[every["experiment"] == self.experiment["experiment"]].reset_index(drop=True)
        named = self._found.frame["run"].dropna().unique()
        lost = sorted(set(named) - set(every["run"]) - {""})
        if not lost:
            return ours
        rows = [*ours.to_dict("records"), *({"run": name} for name in lost)]
        return pd.DataFrame(rows, columns=list(every.columns))

    @property
    def _paths(self) -> list[str]:
        return [str(factor["path"]) for factor in self.experiment.get("factors", ())]

    def table(self, name: str) -> pd.DataFrame:
        """A kept table: variant, then its own columns; in order of variant, replication, own rows.

        Raises:
            ResultsError: it was not kept.
        """
        return self._table(name, frozenset(self.measures["key"]))

    def first_of_table(self, name: str) -> pd.DataFrame:
        """The same of the first replication alone: enough to see its columns; the whole may be large."""
        return self._table(name, frozenset(self.measures["key"].head(1)))

    def _table(self, name: str, keys: Collection[str]) -> pd.DataFrame:
        self._check_kept(name)
        frame = self._records.table(name, keys)
        scenario = "store.scenario" if "store.scenario" in frame.columns else "scenario"
        codes = self._found.codes_of(frame[scenario])
        variants, rows = self._found.by_variant(codes)
        own = frame.drop(columns=[scenario, "store.seed" if "store.seed" in frame.columns else "seed"])
        found = own.iloc[rows].reset_index(drop=True)
        names = self.variants["variant"].to_numpy()[variants]
        found.insert(0, "variant" if "variant" not in found.columns else "store.variant", names)
        return found

    def _check_kept(self, name: str) -> None:
        if name not in self._tables:
            have = f"It kept: {', '.join(self._tables)}." if self._tables else "It kept no tables."
            raise ResultsError(f'{self.place}: kept no table "{name}". {have} {KEEP_IT}')

    def estimates(self, level: float = 0.95) -> pd.DataFrame:
        """Mean over replications of each kept measure, with its Student-t interval.

        Returns:
            variant, n (replications with a figure), measure, unit, mean, low, high; in order of
            variant, then measure as kept. low and high are nan with fewer than two, mean with none.

        Raises:
            ValueError: level outside (0, 1).
        """
        if not 0 < level < 1:
            raise ValueError(f"level must lie between 0 and 1, got {level}")
        counts = self.variants["n"].to_numpy()
        shape = len(counts), len(self._kept)
        figures = self.measures[self._kept].to_numpy(dtype=np.float64)
        # Rows of a variant stand together: one sum for each from where it begins.
        some = np.flatnonzero(counts)
        begins = (np.cumsum(counts) - counts)[some]

        def summed(values: NDArray[np.float64]) -> NDArray[np.float64]:
            sums = np.zeros(shape)
            if len(some) and shape[1]:
                sums[some] = np.add.reduceat(values, begins, axis=0)
            return sums

        there = ~np.isnan(figures)
        n = summed(there.astype(np.float64))
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(n > 0, summed(np.where(there, figures, 0.0)) / n, np.nan)
            apart = np.where(there, figures - np.repeat(mean, counts, axis=0), 0.0)
            half = stdtrit(n - 1.0, (1 + level) / 2) * np.sqrt(summed(apart**2) / (n - 1) / n)
        half = np.where(n > 1, half, np.nan)
        return pd.DataFrame(
            {
                "variant": np.repeat(self.variants["variant"].to_numpy(), shape[1]),
                "n": n.ravel().astype(np.int64),
                "measure": np.tile(np.array(self._kept, dtype=object), shape[0]),
                "unit": np.tile(np.array(list(self.units.values()), dtype=object), shape[0]),
                "mean": mean.ravel(),
                "low": (mean - half).ravel(),
                "high": (mean + half).ravel(),
            }
        )

    def results(self, variant: str) -> Results:
        """The kept tables of a variant, as if it had been run alone: any measure can be taken of them.

        Raises:
            ResultsError: no such variant, or no tables were kept.
        """
        rows = self.variants[self.variants["variant"] == variant]
        if not len(rows):
            raise ResultsError(f'{self.place}: has no variant "{variant}".')
        if not self._tables:
            raise ResultsError(
                f"{self.place}: kept no tables, so nothing new can be measured. "
                "Write them under keep: tables: and sweep again."
            )
        own = self.measures[self.measures["variant"] == variant]
        if not len(own):
            raise ResultsError(f'{self.place}: has no replication of "{variant}" yet.')
        said = self._records.scenario(str(rows["scenario"].iloc[0]))
        keys = frozenset(own["key"])

        def load_table(name: str) -> pd.DataFrame:
            frame = self._records.table(name, keys)
            taken = {"store.scenario", "store.seed"} & set(frame.columns)
            mine = [name.removeprefix("store.") for name in ("store.scenario", "store.seed")]
            return frame.drop(columns=[*taken, *(m for m in mine if f"store.{m}" not in taken)])

        manifest = {
            "scenario": f"{said.get('name', '')}: {variant}",
            "seed": int(self.experiment["seed"]),
            "replications": len(own),
            "replications_done": own["replication"].tolist(),
            "first_day": said["first_day"],
            "measured_days": said["measured_days"],
            "warm_up_days": said.get("warm_up_days", 0.0),
        }
        return Results(
            manifest=manifest,
            small=said.get("small", {}),
            texts={"resolved.yaml": said.get("document", "")},
            table_names=tuple(self._tables),
            load=load_table,
            place=f"{self.place}, {variant}",
            remedy=KEEP_IT,
        )


class _Found:
    """Which rows of a store are an experiment's, in its order."""

    def __init__(self, records: StoreRecords, experiment: Mapping[str, Any]) -> None:
        keep, rule = experiment["keep"], experiment["replications"]
        self._targets: dict[str, Any] = dict(rule.get("until", {}))
        self._rule = rule
        self._declared = experiment["variants"]
        self._scenarios = pd.Index(
            dict.fromkeys(str(variant["scenario"]) for variant in self._declared), dtype="str"
        )
        """Each scenario once: two variants may be the same."""
        self._of_variant = self.codes_of([variant["scenario"] for variant in self._declared])
        seed, model = int(experiment["seed"]), int(experiment["model"])
        most = int(rule["at_most"] if self._targets else rule["n"])

        every = records.replications
        ours = (every["seed"] == seed) & (every["model"] == model) & (every["replication"] <= most)
        ours &= records.holds(keep["measures"], keep.get("tables", ()))
        frame = every[ours]
        codes = self.codes_of(frame["scenario"])
        order = np.lexsort([frame["replication"].to_numpy(), codes])[np.count_nonzero(codes < 0) :]
        self.frame, self._codes = frame.iloc[order], codes[order]
        self._failed = self._failures(records.failures, seed, model, most)
        needed, stops = self._needed()
        counted = self.frame["replication"].to_numpy() <= stops[self._codes]
        self.beyond = int(np.count_nonzero(~counted))
        self.frame, self._codes = self.frame[counted], self._codes[counted]
        there = np.bincount(self._codes, minlength=len(self._scenarios))
        self.missing = int(np.sum(needed - there))
        self.counts = there[self._of_variant]
        """Replications of each variant."""
        self.variants, self.rows = self.by_variant(self._codes)
        """Variant and row of `frame` of each row told."""
        self.failures = self._failures_by_variant(stops)

    def codes_of(self, scenarios: Any) -> Ints:
        """Number of each scenario; -1: not of this experiment."""
        index = pd.Index(scenarios, dtype="str")
        return np.asarray(self._scenarios.get_indexer(index), dtype=np.int64)

    def by_variant(self, codes: Ints) -> tuple[Ints, Ints]:
        """Variant and row of each row told, in order of variant: a scenario's rows for each that is it."""
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
        begins = np.searchsorted(codes, self._of_variant)
        counts = np.searchsorted(codes, self._of_variant, side="right") - begins
        variants = np.repeat(np.arange(len(counts)), counts)
        before = np.repeat(np.cumsum(counts) - counts, counts)
        rows = order[np.arange(len(variants)) - before + np.repeat(begins, counts)]
        return variants, rows

    def figures(self, name: str) -> NDArray[np.float64]:
        if name not in self.frame.columns:
            return np.full(len(self.frame), np.nan)
        return self.frame[name].to_numpy(dtype=np.float64)

    def _failures(self, failures: pd.DataFrame, seed: int, model: int, most: int) -> pd.DataFrame:
        ours = (failures["seed"] == seed) & (failures["model"] == model) & (failures["replication"] <= most)
        found = failures[ours]
        codes = self.codes_of(found["scenario"])
        return found[codes >= 0].assign(code=codes[codes >= 0])

    def _needed(self) -> tuple[Ints, Ints]:
        """For each scenario: replications needed, as far as is known; and the last that is counted."""
        n = len(self._scenarios)
        if not self._targets:
            number = int(self._rule["n"])
            return np.full(n, number), np.full(n, number)
        targets = [(float(goal["half_width"]), bool(goal["relative"])) for goal in self._targets.values()]
        least, most = int(self._rule["at_least"]), int(self._rule["at_most"])
        level = float(self._rule.get("level", 0.95))
        numbers = self.frame["replication"].to_numpy()
        figures = np.stack([self.figures(name) for name in self._targets], axis=1)
        ends = np.searchsorted(self._codes, np.arange(n + 1))
        needed, stops = np.zeros(n, np.int64), np.full(n, most)
        failed: dict[int, list[int]] = {}
        for code, number in zip(self._failed["code"], self._failed["replication"], strict=True):
            failed.setdefault(int(code), []).append(int(number))
        for code in range(n):
            own = slice(ends[code], ends[code + 1])
            row, going = _without_gaps(numbers[own], figures[own], failed.get(code, []))
            stop = stopping_n(going, targets, least, most, level) if row else None
            stops[code] = stop or most
            bound = max(least, row + 1)
            lacking = bound - np.count_nonzero(numbers[own] <= bound)
            needed[code] = stop or len(numbers[own]) + lacking
        return needed, stops

    def _failures_by_variant(self, stops: Ints) -> pd.DataFrame:
        found = self._failed
        found = found[found["replication"].to_numpy() <= stops[found["code"].to_numpy(dtype=np.int64)]]
        variants, rows = self.by_variant(found["code"].to_numpy(dtype=np.int64))
        names = np.array([str(variant["name"]) for variant in self._declared], dtype=object)
        told = ["replication", "seed", "message", "traceback", "key", "run"]
        frame = found[told].iloc[rows].reset_index(drop=True)
        frame.insert(0, "variant", pd.Series(names[variants], dtype="str"))
        return frame


def _without_gaps(
    numbers: NDArray[Any], figures: NDArray[np.float64], failed: list[int]
) -> tuple[int, NDArray[np.float64]]:
    """How many replications there are from 1 on, and their figures; nan for one that failed."""
    size = int(max([0, *numbers[-1:], *failed]))
    there = np.zeros(size + 1, dtype=bool)
    there[numbers] = True
    there[failed] = True
    gaps = np.flatnonzero(~there[1:])
    n = int(gaps[0]) if len(gaps) else size
    going = np.full((size, figures.shape[1]), np.nan)
    going[numbers - 1] = figures
    return n, going[:n]


def _levels(variants: list[dict[str, Any]], path: str) -> pd.Series:
    """A factor's level in each variant: numbers if all of them are, else text."""
    setting = [variant for variant in variants if path in variant.get("levels", {})]
    if setting and all(variant.get("numbers", {}).get(path) is not None for variant in setting):
        return pd.Series([v.get("numbers", {}).get(path, np.nan) for v in variants], dtype="float64")
    return pd.Series([str(v.get("levels", {}).get(path, "")) for v in variants], dtype="str")


def _experiments(records: StoreRecords) -> pd.DataFrame:
    rows = [
        {
            "experiment": record["experiment"],
            "name": record.get("name", ""),
            "written_at": record["written_at"],
            "file": record.get("file", ""),
            "variants": len(record["variants"]),
        }
        for record in records.experiments
    ]
    return pd.DataFrame(rows)
