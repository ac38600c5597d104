"""Paired differences: of two results of the same seed, and of the variants of a sweep.

Replication by replication: the same one of both met the same people. Which of many variants may
be the best is in `best.py`.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from caresim.errors import ResultsError, nearest, nearest_or_some
from caresim.measures.catalogue import MEASURES
from caresim.measures.columns import figures_of, parse_column
from caresim.measures.estimates import mean_with_interval
from caresim.measures.measure import Measure
from caresim.measures.mechanisms import MECHANISMS
from caresim.measures.summary import QUANTITIES, service_figures, unit_of
from caresim.records.results import Results
from caresim.records.store import read_results
from caresim.records.sweep_folder import is_store

if TYPE_CHECKING:
    from caresim.measures.sweeps import Sweep

LEVEL = 0.95
MOST = 10_000
"""More replications than this are not counted: they would not settle it in practice."""
HARDLY = 1e-4
"""Part of a figure that nobody acts on: a hundredth of a per cent."""
NOISE = 1e-12
"""Of two figures, the part of the larger that they may differ by and be the same."""
MUST_AGREE = {
    "seed": "seed ({1}, not {0})",
    "first_day": "first day ({1}, not {0})",
    "measured_days": "number of days measured ({1}, not {0})",
    "warm_up_days": "days of warm-up ({1}, not {0})",
}
"""What two results must have the same to be paired: key of the manifest -> how to say so."""
COLUMNS = (
    "variant",
    "measure",
    "unit",
    "n",
    "baseline",
    "value",
    "difference",
    "low",
    "high",
    "verdict",
    "more",
)
"""Of the table that `compare` gives."""


def compare(
    first: Results | Sweep | str | os.PathLike[str],
    *others: Results | str | os.PathLike[str],
    measures: str | Collection[str] = (),
    baseline: str | None = None,
    adjust: bool = False,
    level: float = LEVEL,
    experiment: str | None = None,
) -> pd.DataFrame:
    """Paired differences: of results from the first of them, or of a sweep's variants from its baseline.

    Args:
        first: results or their folder, the baseline of `others`; or, alone, a sweep as
            `caresim.load` gives it, or its store.
        others: results or their folders, each of the seed and window of the first; what only one of
            two has of replications is left unused.
        measures: only this, or only these, written as in `keep:` ("dtoc_people",
            "cost_total[payer=nhs]", "reablement.queue"); if empty, all that the sweep kept, or of
            results every headline measure, cost by payer and quantity of a service, and what is
            told of staff, reviews and so on that both have.
        baseline: of a sweep, the variant to compare with; the experiment's own if None.
        adjust: widen the intervals so that those of one measure hold all together at `level`,
            however many are compared (Bonferroni).
        level: coverage, strictly between 0 and 1.
        experiment: ID of the experiment in a store; the newest if None.

    Returns:
        one row for each variant (for results: their place) and measure, in order of variant, then
        measure. Columns: variant, measure, unit; n, pairs of replications that both have a figure
        of; baseline and value, the means over these pairs, difference (value less baseline) and
        its interval low, high, all in `unit`; verdict ("clearly more", "clearly less", "hardly
        any", "the same", "cannot tell yet", "one replication cannot tell", "no figure"); more, how
        many more replications would settle what cannot be told yet (inf beyond 10,000), else nan.

    Raises:
        ResultsError: what is given cannot be read or paired, or has no such variant or measure.
    """
    baseline_side = _read(first, experiment)
    if not isinstance(baseline_side, Results):
        if others:
            raise ResultsError(
                f"{baseline_side.place}: is a sweep; its variants are compared with one another. To "
                "compare what several stores hold, put them into one with caresim combine."
            )
        return variant_differences(baseline_side, measures, baseline=baseline, adjust=adjust, level=level)
    if not others:
        raise ResultsError(
            f"{baseline_side.place}: is one run, and there is nothing to compare it with. Name a second."
        )
    joint = joint_level(level, len(others), adjust)
    parts = [_from_baseline(baseline_side, _read(other), measures, joint) for other in others]
    return pd.concat(parts, ignore_index=True)


def variant_differences(
    sweep: Sweep,
    measures: str | Collection[str] = (),
    *,
    baseline: str | None = None,
    adjust: bool = False,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Each variant of a sweep less its baseline, over the replications both have.

    Arguments, columns and errors as in `compare`; the baseline has no row of its own.
    """
    base = baseline_of(sweep, baseline)
    rest = [name for name in variant_names(sweep) if name != base]
    joint = joint_level(level, len(rest), adjust)
    parts = []
    for measure in chosen_measures(sweep, measures):
        figures = figures_by_variant(sweep, measure)
        part = paired(figures[[base]], figures[rest], joint)
        parts.append(part.assign(variant=rest, measure=measure, unit=sweep.units.get(measure, "")))
    rows = _judged(pd.concat(parts), joint)
    # A stable sort by the place in the design leaves a variant's measures in their order.
    return rows.sort_index(kind="stable").reset_index(drop=True)


def variant_names(sweep: Sweep) -> list[str]:
    """In design order."""
    return [str(name) for name in sweep.variants["variant"]]


def figures_by_variant(sweep: Sweep, measure: str) -> pd.DataFrame:
    """A measure's figures: a row a replication, rising, a column a variant, in design order.

    nan where a variant has not that replication, or the replication has no figure.
    """
    names, rows = variant_names(sweep), sweep.measures
    if not len(rows):
        raise ResultsError(f"{sweep.place}: no replication is there yet. Start `caresim sweep` again.")
    columns = pd.Index(names).get_indexer(pd.Index(rows["variant"].astype(str)))
    numbers, places = np.unique(rows["replication"].to_numpy(), return_inverse=True)
    figures = np.full((len(numbers), len(names)), np.nan)
    figures[places, columns] = rows[measure].to_numpy(dtype=float)
    return pd.DataFrame(figures, index=pd.Index(numbers, name="replication"), columns=names)


def baseline_of(sweep: Sweep, name: str | None = None) -> str:
    """The variant the others are compared with: the one named, else the experiment's, else the first."""
    names = variant_names(sweep)
    if name is None:
        name = str(sweep.experiment.get("baseline") or names[0])
    if name not in names:
        raise ResultsError(f'{sweep.place}: there is no variant "{name}".{nearest_or_some(name, names)}')
    return name


def chosen_measures(sweep: Sweep, wanted: str | Collection[str] = ()) -> list[str]:
    """Columns of the measures wanted; all that were kept if none is named."""
    wanted = names_in(wanted)
    kept = [str(name) for name in sweep.experiment["keep"]["measures"]]
    if not kept:
        raise ResultsError(f"{sweep.place}: no measure was kept, so there is nothing to compare.")
    for name in wanted:
        if name not in kept:
            raise ResultsError(
                f'{sweep.place}: "{name}" was not kept.{nearest(name, kept)} Kept: {", ".join(kept)}.'
            )
    return wanted or kept


def names_in(names: str | Collection[str]) -> list[str]:
    """Each name once, in order; a string is one name, not its letters."""
    return [names] if isinstance(names, str) else list(dict.fromkeys(names))


def joint_level(level: float, comparisons: int, adjust: bool = True) -> float:
    """Level of each interval, so that all of `comparisons` hold together at `level`.

    Source: Bonferroni's inequality; Law (2015), Simulation Modeling and Analysis, section 10.3.
    """
    return 1.0 - (1.0 - level) / max(comparisons, 1) if adjust else level


def more_replications(
    mean: ArrayLike, half: ArrayLike, n: ArrayLike, level: float = LEVEL
) -> NDArray[np.float64]:
    """How many more replications would bring the interval of a difference clear of zero.

    If mean and spread stay what they are: the smallest number whose half-width, with Student's t
    for it, is less than the size of the mean. A guide and no promise: both will move.

    Args:
        mean, half: of the differences now, and half the width of their interval at `level`;
            any one shape.
        n: replications they rest on.

    Returns:
        of that shape; inf beyond 10,000 more, as where the mean is 0; nan where it is settled
        already, or nothing can be said (fewer than two replications).
    """
    size, widths, there = np.broadcast_arrays(
        np.abs(np.asarray(mean, dtype=float)), np.asarray(half, dtype=float), np.asarray(n, dtype=int)
    )
    more = np.full(size.shape, np.nan)
    undecided = (widths >= size) & (widths > 0) & (there > 1)
    if undecided.any():
        own = there[undecided]
        numbers = np.arange(2, int(own.max()) + MOST + 1)
        # Half-widths of differences of spread 1: they fall as the number grows, so a look-up answers.
        narrow = stdtrit(numbers - 1.0, (1 + level) / 2) / np.sqrt(numbers)
        spread = widths[undecided] / narrow[own - 2]
        place = np.searchsorted(-narrow, -size[undecided] / spread, side="right")
        wanted = np.append(numbers, np.iinfo(int).max)[place] - own
        more[undecided] = np.where(wanted > MOST, np.inf, np.maximum(wanted, 1))
    return more


def verdict(mean: float | None, low: float | None, high: float | None, larger: float = 0.0) -> str:
    """Whether the interval of a difference leaves out zero.

    "hardly any": it does, and is so near to zero that nobody would act on it, whole within HARDLY of
    the `larger` of the two figures.
    """
    if mean is None or not math.isfinite(mean):
        return "no figure"
    if low is None or high is None or not math.isfinite(low):
        return "the same" if mean == 0 else "one replication cannot tell"
    if low > 0 or high < 0:
        if max(abs(low), abs(high)) <= HARDLY * larger:
            return "hardly any"
        return "clearly more" if low > 0 else "clearly less"
    return "the same" if low == high else "cannot tell yet"


def paired(before: ArrayLike, after: ArrayLike, level: float = LEVEL) -> pd.DataFrame:
    """Means of both sides and of the differences, over the pairs in which both have a figure.

    Args:
        before, after: shape (replications, differences), one of which may have one column that
            stands for all; any unit; nan where there is no figure.

    Returns:
        a row for each difference: first, second (means), mean, low, high, n (pairs). A pair that
        differs by rounding alone differs by 0.
    """
    one, other = np.broadcast_arrays(np.asarray(before, dtype=float), np.asarray(after, dtype=float))
    apart = other - one
    # Sums in another order may differ in their last digits: that is no difference.
    largest = np.maximum(np.abs(one), np.abs(other))
    apart = np.where(np.isfinite(largest) & (np.abs(apart) <= NOISE * largest), 0.0, apart)
    there = ~np.isnan(apart)
    first, second = (
        mean_with_interval(np.where(there, figures, np.nan), level).mean for figures in (one, other)
    )
    estimate = mean_with_interval(apart, level)
    return pd.DataFrame(
        {
            "first": first,
            "second": second,
            "mean": estimate.mean,
            "low": estimate.low,
            "high": estimate.high,
            "n": there.sum(axis=0),
        }
    )


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
        the keys of `by`, first, second (means), mean, low, high of the differences, all over the
        replications in which both have a figure (where there is none, first and second are each
        side's own); nan for low and high with one replication. Of a combination of keys only one
        has, the other had nothing: 0, or no figure where it had nothing to divide by either.

    Raises:
        ResultsError: the two cannot be paired.
    """
    rows = _difference(*paired_results(first, second), measure, by, where, level)
    return rows.drop(columns="n")


def differences(first: Results, second: Results, level: float = 0.95) -> pd.DataFrame:
    """Every headline measure, cost by payer, quantity of every service, and mechanism that both have.

    Returns:
        what ("measure", "cost", "service", or the name of a mechanism: "standard", "provider",
        "staff", "review", "event", "away", "changed_need"), name (measure, payer, service, group of
        staff or event; of one provider SERVICE.PROVIDER), quantity (the service's; of a mechanism
        the measure; else ""), unit, first, second, mean, low, high; n, the pairs of
        replications in which both have a figure, over which all of these are taken.
    """
    first, second = paired_results(first, second)
    parts = [
        _difference(first, second, measure, level=level).assign(
            what="measure", name=name, quantity="", unit=measure.unit
        )
        for name, measure in MEASURES.items()
        if measure.headline
    ]
    costs = _difference(first, second, MEASURES["cost_total"], by=("payer",), level=level)
    parts.append(costs.rename(columns={"payer": "name"}).assign(what="cost", quantity="", unit="pounds"))
    parts += _service_differences(first, second, level)
    parts += _mechanism_differences(first, second, level)
    columns = ["what", "name", "quantity", "unit", "first", "second", "mean", "low", "high", "n"]
    return pd.concat([part[columns] for part in parts if len(part)], ignore_index=True)


def payer_differences(first: Results, second: Results, level: float = LEVEL) -> pd.DataFrame:
    """What each payer pays more or less, and for which services and interventions.

    Returns:
        payer, service ("" for all of them together), then as in `difference`; those of a payer
        together, all of them first, then the largest changes first.
    """
    first, second = paired_results(first, second)
    total = MEASURES["cost_total"]
    whole = _difference(first, second, total, by=("payer",), level=level).assign(service="")
    parts = _difference(first, second, total, by=("payer", "service"), level=level)
    rows = pd.concat([whole, parts[parts["mean"] != 0].astype({"service": str})], ignore_index=True)
    rows = rows.assign(part=rows["service"] != "", size=-rows["mean"].abs())
    rows = rows.sort_values(["payer", "part", "size", "service"], kind="stable", ignore_index=True)
    return rows[["payer", "service", "first", "second", "mean", "low", "high", "n"]]


def paired_results(first: Results, second: Results) -> tuple[Results, Results]:
    """Both with the replications that both have: in these they met the same people.

    Raises:
        ResultsError: they have not the same seed, warm-up and window, or, of unequal replications,
            fewer than two together.
    """
    apart = [
        word.format(_plainly(first.manifest.get(key)), _plainly(second.manifest.get(key)))
        for key, word in MUST_AGREE.items()
        if first.manifest.get(key) != second.manifest.get(key)
    ]
    if apart:
        raise ResultsError(
            f"{second.place}: cannot be paired with {first.place}, because they have not the same "
            f"{'; nor the same '.join(apart)}. Run one of them again as the other was."
        )
    both = set(first.replications) & set(second.replications)
    if first.replications != second.replications and len(both) < 2:
        raise ResultsError(
            f"{second.place}: has replications {_listed(second.replications)}, but {first.place} has "
            f"{_listed(first.replications)}: they cannot be paired, for that two or more must be in both. "
            "Run both with the same number."
        )
    return first.of_replications(both), second.of_replications(both)


def _plainly(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _difference(
    first: Results,
    second: Results,
    measure: Measure,
    by: Sequence[str] = (),
    where: Mapping[str, str] | None = None,
    level: float = LEVEL,
) -> pd.DataFrame:
    """As `difference`, of paired results; and n, the pairs."""
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
    columns = [*by, "first", "second", "mean", "low", "high", "n"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _mechanism_differences(first: Results, second: Results, level: float) -> list[pd.DataFrame]:
    """What came of standards, staff, reviews and so on, where both have them."""
    parts = []
    for mechanism in MECHANISMS:
        if not (mechanism.there(first) and mechanism.there(second)):
            continue
        for name in mechanism.measures:
            measure = MEASURES[name]
            for by in mechanism.by:
                rows = _difference(first, second, measure, by=by, level=level)
                names = [".".join(map(str, keys)) for keys in rows[list(by)].itertuples(index=False)]
                rows = rows.assign(what=mechanism.name, name=names, quantity=name, unit=measure.unit)
                parts.append(rows)
    return parts


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
    """One row, as `paired`; where no pair has a figure, what each side has by itself."""
    sides = [figures[[f"value_{side}"]].to_numpy(dtype=float) for side in ("first", "second")]
    row = paired(sides[0], sides[1], level)
    if row["n"].iloc[0]:
        return row
    first, second = (mean_with_interval(side, level).mean for side in sides)
    return row.assign(first=first, second=second)


def _from_baseline(
    first: Results, second: Results | Sweep, measures: str | Collection[str], level: float
) -> pd.DataFrame:
    """The rows of `compare` for two results."""
    if not isinstance(second, Results):
        raise ResultsError(f"{second.place}: is a sweep; results are compared with results alone.")
    first, second = paired_results(first, second)
    names = names_in(measures) or _all_columns(first, second)
    _check_services(first, second, names)
    rows = paired(figures_of(first, names), figures_of(second, names), level)
    units = [parse_column(name).unit for name in names]
    return _judged(rows.assign(variant=second.place, measure=names, unit=units), level)


def _check_services(first: Results, second: Results, names: Sequence[str]) -> None:
    known = [str(row["service"]) for results in (first, second) for row in results.small("services")]
    for name in names:
        service = parse_column(name).service
        if service and service not in known:
            raise ResultsError(
                f'{second.place}: "{name}": there is no service "{service}".{nearest_or_some(service, known)}'
            )


def _all_columns(first: Results, second: Results) -> list[str]:
    """What `differences` tells of two results, as columns of a sweep are named."""
    both = differences(first, second)
    written = {
        "measure": "{name}",
        "cost": "cost_total[payer={name}]",
        "service": "{name}.{quantity}",
        **{mechanism.name: f"{{quantity}}[{mechanism.by[0][0]}={{name}}]" for mechanism in MECHANISMS},
    }
    found = []
    for what, name, quantity in zip(both["what"], both["name"], both["quantity"], strict=True):
        service, dot, provider = name.partition(".")
        if what == "provider" and dot:
            found.append(f"{quantity}[provider={provider},service={service}]")
        else:
            found.append(written[what].format(name=name, quantity=quantity))
    return [name for name in found if _is_column(name)]


def _is_column(name: str) -> bool:
    """Whether a figure can be asked for by this name: an event may be called "flu [A], late"."""
    try:
        return parse_column(name).name == name
    except ResultsError:
        return False


def _judged(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """COLUMNS, with verdicts and what would settle them."""
    judged = rows.rename(columns={"first": "baseline", "second": "value", "mean": "difference"})
    larger = np.fmax(np.abs(judged["baseline"]), np.abs(judged["value"]))
    figures = zip(judged["difference"], judged["low"], judged["high"], larger, strict=True)
    half = judged["high"] - judged["difference"]
    more = more_replications(judged["difference"], half, judged["n"], level)
    return judged.assign(verdict=[verdict(*row) for row in figures], more=more)[list(COLUMNS)]


def _read(given: Results | Sweep | str | os.PathLike[str], experiment: str | None = None) -> Results | Sweep:
    """What lies in a folder; results and sweeps as they are."""
    if not isinstance(given, (str, os.PathLike)):
        return given
    if not is_store(given):
        return read_results(given)
    from caresim.measures.sweeps import load

    return load(given, experiment)


def _listed(numbers: Sequence[int]) -> str:
    if not numbers:
        return "none"
    if len(numbers) > 1 and list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(str(number) for number in numbers)
