"""Paired differences: two results of the same seed, replication by replication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from caresim.errors import ResultsError
from caresim.measures.catalogue import MEASURES
from caresim.measures.estimates import mean_with_interval
from caresim.measures.measure import Measure
from caresim.measures.summary import QUANTITIES, service_figures, unit_of
from caresim.records.results import Results


def difference(
    first: Results,
    second: Results,
    measure: Measure,
    by: Sequence[str] = (),
    where: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Second less first, paired: the same replication of both met the same people.

    Returns:
        the keys of `by`, first, second (means), mean, low, high of the differences; nan for low
        and high with one replication. Of a combination of keys only one has, the other had
        nothing: 0, or no figure where it had nothing to divide by either.

    Raises:
        ResultsError: the two cannot be paired.
    """
    check_paired(first, second)
    after = measure.figures(second, by, where)
    before = measure.figures(first, by, where, also=after)
    after = measure.figures(second, by, where, also=before)
    figures = before.merge(after, on=["replication", *by], suffixes=("_first", "_second"))
    if not by:
        return _paired(figures, level)
    parts = [
        rows[list(by)].head(1).reset_index(drop=True).join(_paired(rows, level))
        for _, rows in figures.groupby(list(by), observed=True, sort=True)
    ]
    columns = [*by, "first", "second", "mean", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def differences(first: Results, second: Results, level: float = 0.95) -> pd.DataFrame:
    """Every headline measure, cost by payer, and every quantity of every service of both.

    Returns:
        what ("measure", "cost", "service"), name (measure, payer or service), quantity (the
        service's, else ""), unit, first, second, mean, low, high.
    """
    check_paired(first, second)
    parts = [
        difference(first, second, measure, level=level).assign(
            what="measure", name=name, quantity="", unit=measure.unit
        )
        for name, measure in MEASURES.items()
        if measure.headline
    ]
    costs = difference(first, second, MEASURES["cost_total"], by=("payer",), level=level)
    parts.append(costs.rename(columns={"payer": "name"}).assign(what="cost", quantity="", unit="pounds"))
    parts += _service_differences(first, second, level)
    columns = ["what", "name", "quantity", "unit", "first", "second", "mean", "low", "high"]
    return pd.concat([part[columns] for part in parts if len(part)], ignore_index=True)


def check_paired(first: Results, second: Results) -> None:
    """Raises ResultsError unless both have the seed, replications, warm-up and window of the other."""
    same = {
        "seed": "seed",
        "first_day": "time.from",
        "measured_days": "measured days",
        "warm_up_days": "days of warm-up",
    }
    for key, word in same.items():
        one, other = first.manifest.get(key), second.manifest.get(key)
        if one != other:
            raise ResultsError(
                f"{second.place}: run with {word} {other}, but {first.place} with {one}: they cannot be "
                f"paired. Run both with the same {word}."
            )
    if first.replications != second.replications:
        raise ResultsError(
            f"{second.place}: has replications {_listed(second.replications)}, but {first.place} has "
            f"{_listed(first.replications)}: they cannot be paired. Run both with the same number."
        )


def _service_differences(first: Results, second: Results, level: float) -> list[pd.DataFrame]:
    both = service_figures(first).merge(
        service_figures(second), on=["replication", "service"], suffixes=("_first", "_second")
    )
    parts = []
    for service, rows in both.groupby("service", observed=True, sort=True):
        for quantity in QUANTITIES:
            pair = rows.rename(
                columns={f"{quantity}_first": "value_first", f"{quantity}_second": "value_second"}
            )
            unit = unit_of(quantity)
            parts.append(
                _paired(pair, level).assign(what="service", name=str(service), quantity=quantity, unit=unit)
            )
    return parts


def _paired(figures: pd.DataFrame, level: float) -> pd.DataFrame:
    before = figures["value_first"].to_numpy(dtype=float)
    after = figures["value_second"].to_numpy(dtype=float)
    estimate = mean_with_interval(after - before, level)
    means = [float(mean_with_interval(values, level).mean) for values in (before, after)]
    return pd.DataFrame(
        {
            "first": means[:1],
            "second": means[1:],
            "mean": np.atleast_1d(estimate.mean),
            "low": np.atleast_1d(estimate.low),
            "high": np.atleast_1d(estimate.high),
        }
    )


def _listed(numbers: Sequence[int]) -> str:
    if not numbers:
        return "none"
    whole = list(numbers) == list(range(numbers[0], numbers[-1] + 1))
    return f"{numbers[0]} to {numbers[-1]}" if whole else ", ".join(str(number) for number in numbers)
