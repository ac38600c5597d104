"""What a measure is, and how its figures are worked out: a sum, or a sum over a sum.

A measure is declared by the tables it adds up (`catalogue.py` has them all). Its figure for a
replication is scale x (sum of `top`) / (sum of `bottom`), over whatever rows are asked for: so
every measure can be told by month, service, group and so on, and restricted likewise, in one
and the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.errors import ResultsError, nearest
from caresim.measures.estimates import mean_with_interval, prediction_interval
from caresim.records.results import Results

Part = Callable[[Results, Collection[str]], pd.DataFrame]
"""(results, keys asked for) -> rows with `replication`, `value`, the keys they can be told by."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A defined figure: one for each replication, or one for each replication and key."""

    name: str
    unit: str
    definition: str
    """For the reader of a report: what is counted, over what, and its edges."""
    source: str
    """Whose definition it is."""
    top: Part
    bottom: Part | None = None
    """Divides; None: the sum of `top` itself is the figure."""
    scale: float = 1.0
    keys: tuple[str, ...] = ()
    """What it can be told by, or restricted to; `groups` stands for every group attribute."""
    headline: bool = False
    """Means something for a whole system, so `run --json` prints it."""
    label: str = ""
    """What people see in its place, with its unit where the words need one."""

    def keys_in(self, results: Results) -> tuple[str, ...]:
        """What it can be told by in these results."""
        named = [key for key in self.keys if key != "groups"]
        return (*named, *(group_columns(results) if "groups" in self.keys else ()))

    def figures(
        self,
        results: Results,
        by: Sequence[str] = (),
        where: Mapping[str, str] | None = None,
        months: Collection[str] | None = None,
        also: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """One figure per replication and combination of `by`.

        Args:
            by: keys of this measure.
            where: key -> value: only what has this value; a key the denominator does not know
                (the reason of a delay, of occupied nights) restricts the numerator alone.
            months: only these ("2019-04"); None: the whole window.
            also: combinations of `by` to give a row to, beside those that occur.

        Returns:
            replication, the keys of `by`, value; in that order. 0 where there was nothing to
            count, nan where there was nothing to divide by.

        Raises:
            ResultsError: a key this measure cannot be told by.
        """
        where = dict(where or {})
        self._check_keys(results, [*by, *where])
        keys = {*by, *where}
        rows = self.top(results, keys)
        for key in sorted(keys - set(rows.columns)):
            raise ResultsError(f'{results.place}: nothing there tells "{key}", so {self.name} cannot.')
        top = _summed(rows, by, where, months)
        bottom = None if self.bottom is None else _summed(self.bottom(results, keys), by, where, months)
        figures = _rows(results, by, where, months, (top, bottom, also))
        values = _values_for(figures, top)
        values = np.where(np.isnan(values), 0.0, values) * self.scale
        if bottom is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = values / _values_for(figures, bottom)
        figures["value"] = np.where(np.isfinite(values), values, np.nan)
        return figures.sort_values(["replication", *by], kind="stable", ignore_index=True)

    def estimate(
        self,
        results: Results,
        by: Sequence[str] = (),
        where: Mapping[str, str] | None = None,
        months: Collection[str] | None = None,
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Mean over replications for each combination of `by`, with its intervals.

        Returns:
            the keys of `by`, mean, low, high, predicted_low, predicted_high (where one more
            replication would fall); one row where `by` is empty.
        """
        return estimates_of(self.figures(results, by, where, months), by, level)

    def _check_keys(self, results: Results, asked: Sequence[str]) -> None:
        known = self.keys_in(results)
        for key in asked:
            if key not in known:
                raise ResultsError(
                    f'{results.place}: {self.name} cannot be told by "{key}", only by '
                    f"{', '.join(known) or 'nothing'}.{nearest(key, known)}"
                )


def estimates_of(figures: pd.DataFrame, by: Sequence[str], level: float = 0.95) -> pd.DataFrame:
    """Means and intervals over replications of figures as `Measure.figures` gives them."""
    n = max(figures["replication"].nunique(), 1)
    values = figures["value"].to_numpy(dtype=float).reshape(n, -1)
    keys = figures.iloc[: values.shape[1]][list(by)].reset_index(drop=True)
    mean, spread = mean_with_interval(values, level), prediction_interval(values, level)
    return keys.assign(
        mean=mean.mean, low=mean.low, high=mean.high, predicted_low=spread.low, predicted_high=spread.high
    )


def group_columns(results: Results) -> tuple[str, ...]:
    """Attributes that are columns of the tables: those between `service` and `capacity` in `monthly`."""
    columns = list(results.table("monthly").columns)
    return tuple(columns[columns.index("service") + 1 : columns.index("capacity")])


def table_or_empty(
    results: Results, name: str, texts: Collection[str], numbers: Collection[str]
) -> pd.DataFrame:
    """A table that not every run has; without rows, but with these columns, where it is not there."""
    if results.has_table(name):
        return results.table(name)
    kinds = {"replication": "int32"} | dict.fromkeys(texts, "str") | dict.fromkeys(numbers, "float")
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in kinds.items()})


def column_of(rows: Callable[[Results], pd.DataFrame], column: str) -> Part:
    """A column of a table as it stands."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        found = rows(results)
        return found.assign(value=found[column].astype(float))

    return part


def times_days(rows: Callable[[Results], pd.DataFrame], column: str) -> Part:
    """A column that is the mean of each month, times the days of that month."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        found = rows(results)
        return found.assign(value=found[column] * found["days"])

    return part


def service_rows(results: Results) -> dict[str, dict[str, object]]:
    """Service -> its row of the small table `services`."""
    return {str(row["service"]): row for row in results.small("services")}


def services_of_kind(results: Results, *kinds: str) -> set[str]:
    return {name for name, row in service_rows(results).items() if row["kind"] in kinds}


def days(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Days measured in each month and replication: what a mean over time is divided by."""
    return _calendar(results).rename(columns={"days": "value"})


def months(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """One for each month and replication."""
    return _calendar(results).drop(columns="days").assign(value=1.0)


def month_spans(results: Results) -> pd.DataFrame:
    """month, start, end: the part of each month inside the window [days]."""
    calendar = _calendar(results)
    one = calendar[calendar["replication"] == calendar["replication"].iloc[0]]
    ends = one["days"].cumsum()
    return pd.DataFrame({"month": one["month"].astype(str), "start": ends - one["days"], "end": ends})


def _calendar(results: Results) -> pd.DataFrame:
    """replication, month, days: one row for each month of each replication."""
    return results.derived("calendar", _months_of_tallies)


def _months_of_tallies(results: Results) -> pd.DataFrame:
    # Months and their days are the window's, so every replication has those of the first.
    tallies = results.table("tallies")
    n = len(results.replications)
    first = tallies[tallies["replication"].to_numpy() == results.replications[0]] if n else tallies
    months = first[["month", "days"]].drop_duplicates("month")
    frame = months.iloc[np.tile(np.arange(len(months)), n)].reset_index(drop=True)
    numbers = np.repeat(np.array(results.replications, dtype=np.int32), len(months))
    frame.insert(0, "replication", numbers)
    return frame


def _summed(
    rows: pd.DataFrame, by: Sequence[str], where: Mapping[str, str], months: Collection[str] | None
) -> pd.DataFrame:
    for key, value in where.items():
        if key in rows.columns:
            rows = rows[rows[key].astype(str) == value]
    if months is not None and "month" in rows.columns:
        rows = rows[rows["month"].astype(str).isin(set(months))]
    keys = ["replication", *(key for key in by if key in rows.columns)]
    sums = rows[[*keys, "value"]].groupby(keys, observed=True, sort=False)["value"].sum()
    return pd.DataFrame(sums.reset_index())


def _values_for(figures: pd.DataFrame, sums: pd.DataFrame) -> NDArray[np.float64]:
    """The sum that belongs to each row of `figures`, by the keys the sums have; nan where there is none."""
    keys = [key for key in sums.columns if key != "value"]
    if keys == ["replication"]:
        # A fifth of the time of a merge, which short sweeps make thousands of.
        return sums.set_index("replication")["value"].reindex(figures["replication"]).to_numpy(dtype=float)
    return figures[keys].merge(sums, on=keys, how="left")["value"].to_numpy(dtype=float)


def _rows(
    results: Results,
    by: Sequence[str],
    where: Mapping[str, str],
    months: Collection[str] | None,
    frames: Sequence[pd.DataFrame | None],
) -> pd.DataFrame:
    """A row for each replication, month and combination of the other keys that any frame has."""
    others = [key for key in by if key != "month"]
    rows = pd.DataFrame({"replication": np.array(results.replications, dtype=np.int32)})
    if others:
        told = [frame[others] for frame in frames if frame is not None and set(others) <= set(frame.columns)]
        rows = rows.merge(pd.concat(told).drop_duplicates(), how="cross")
    if "month" in by:
        calendar = _calendar(results)["month"].drop_duplicates()
        wanted = set(months) if months is not None else set(calendar)
        wanted &= {where.get("month", month) for month in wanted}
        rows = rows.merge(calendar[calendar.isin(wanted)].to_frame(), how="cross")
    return rows[["replication", *by]]
