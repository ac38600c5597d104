"""A results folder as it is read: manifest, texts, small tables and big ones, loaded when asked for.

No file format is known here (`store.py` is the door to Parquet), so measures can use it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pandas as pd

from caresim.errors import ResultsError

MANIFEST = "manifest.json"
"""The file by which a results folder is known."""


class Results:
    """What a run wrote, whether it lies in a folder or still in memory."""

    def __init__(
        self,
        *,
        manifest: Mapping[str, Any],
        small: Mapping[str, list[dict[str, Any]]],
        texts: Mapping[str, str] | None = None,
        tables: Mapping[str, pd.DataFrame] | None = None,
        table_names: tuple[str, ...] | None = None,
        load: Callable[[str], pd.DataFrame] | None = None,
        place: str = "",
        remedy: str = "Run again with --records {table} if it is written on request.",
    ) -> None:
        self.manifest = dict(manifest)
        self.place = place or str(manifest.get("scenario", "results"))
        """Path of the folder, or the scenario's name: says in an error which results are meant."""
        self._remedy = remedy
        """What would do where a `{table}` is not there."""
        self._small = dict(small)
        self._texts = dict(texts or {})
        self._tables = dict(tables or {})
        self._load = load
        self.table_names = tuple(table_names if table_names is not None else self._tables)
        """Names of the tables that are there."""
        self._replications: tuple[int, ...] | None = None
        self._derived: dict[str, pd.DataFrame] = {}

    def has_table(self, name: str) -> bool:
        return name in self.table_names

    def table(self, name: str) -> pd.DataFrame:
        """A table of the run, as `build_tables` made it; not to be changed by the caller."""
        if name not in self._tables:
            if name not in self.table_names or self._load is None:
                raise ResultsError(
                    f'{self.place}: has no table "{name}". It has: {", ".join(self.table_names)}. '
                    + self._remedy.format(table=name)
                )
            self._tables[name] = self._load(name)
        return self._tables[name]

    def derived(self, name: str, make: Callable[[Results], pd.DataFrame]) -> pd.DataFrame:
        """A table worked out from these results by `make`, once; not to be changed by the caller."""
        if name not in self._derived:
            self._derived[name] = make(self)
        return self._derived[name]

    def of_replications(self, numbers: Collection[int]) -> Results:
        """The same results as if only these replications had been run; these themselves if that is all."""
        kept = sorted(set(numbers) & set(self.replications))
        if len(kept) == len(self.replications):
            return self

        def load(name: str) -> pd.DataFrame:
            table = self.table(name)
            # The table of events, which others read too, calls it otherwise.
            column = "replication" if "replication" in table.columns else "run_number"
            return table[table[column].isin(kept)].reset_index(drop=True)

        return Results(
            manifest={**self.manifest, "replications_done": kept},
            small=self._small,
            texts=self._texts,
            table_names=self.table_names,
            load=load,
            place=self.place,
            remedy=self._remedy,
        )

    def small(self, name: str) -> list[dict[str, Any]]:
        """Rows of a small table (services, prices, population, ...); [] if it was not written."""
        return self._small.get(name, [])

    def text(self, name: str) -> str:
        """A text kept with the results, such as the scenario as written."""
        if name not in self._texts:
            raise ResultsError(f'{self.place}: has no text "{name}". It has: {", ".join(self._texts)}.')
        return self._texts[name]

    @property
    def replications(self) -> tuple[int, ...]:
        """Numbers of the replications that are there, rising."""
        if self._replications is None:
            # Hand-made results may not say; then the table that every replication has rows in tells.
            numbers = self.manifest.get("replications_done")
            if numbers is None:
                numbers = self.table("tallies")["replication"].unique()
            self._replications = tuple(sorted(int(number) for number in numbers))
        return self._replications

    @property
    def measured_days(self) -> float:
        """Length of the window [days]."""
        return float(self.manifest["measured_days"])

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the attributes that are columns of every table, in the scenario's order."""
        return tuple(dict.fromkeys(str(row["attribute"]) for row in self.small("groups")))
