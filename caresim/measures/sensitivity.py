"""Which factor moves a figure: the points of Morris and Sobol designs, and what came back from them.

SALib because its estimators are those of the literature and used by everybody who would check
ours; this module is its one door. Points are in the unit cube: what a place in it means for a
scenario is said in `experiment/`, and results are read in `sweeps.py`.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from caresim.errors import ResultsError
from caresim.measures.comparison import chosen_measures
from caresim.measures.estimates import mean_with_interval

if TYPE_CHECKING:
    from caresim.measures.sweeps import Sweep

Floats = NDArray[np.float64]
DESIGNS = {"one_at_a_time": "a tornado", "morris": "Morris's indices", "sobol": "Sobol's indices"}
"""Kind of design -> what can be said from it."""
RESAMPLES = 1000
"""Of trajectories or base points, for the intervals of indices."""
MORRIS_LEVELS = 4
"""Places a factor takes in a Morris design: 0, 1/3, 2/3, 1; a step is two of them."""


def morris_points(factors: int, trajectories: int, seed: int) -> Floats:
    """Morris's design: ways through the cube that move one factor at a time.

    Args:
        factors: how many, 1 or more.
        trajectories: how many ways, 2 or more.
        seed: the same seed gives the same points, whatever was drawn before.

    Returns:
        shape (trajectories x (factors + 1), factors), in [0, 1]; a trajectory's points follow
        one another, and each differs from the one before in one factor, by 2/3.

    Source: Morris (1991), Technometrics 33, 161-174.
    """
    sample = _salib().sample_morris
    with _global_generator_kept():
        points = sample.sample(_problem(factors), trajectories, num_levels=MORRIS_LEVELS, seed=_seed(seed))
    return _within(points)


def sobol_points(factors: int, n: int, seed: int) -> Floats:
    """Saltelli's design for first-order and total Sobol indices, from a scrambled Sobol sequence.

    Args:
        factors: how many, 1 or more.
        n: base points; a power of two spreads best, others are taken too.
        seed: the same seed gives the same points, whatever was drawn before.

    Returns:
        shape (n x (factors + 2), factors), in [0, 1]: for each base point A, then A with one
        factor after the other taken from B, then B.

    Source: Saltelli et al. (2010), Computer Physics Communications 181, 259-270.
    """
    sample = _salib().sample_sobol
    with _global_generator_kept(), warnings.catch_warnings():
        # scipy: balance needs a power of two. The design's reader is told by whoever checks it.
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        points = sample.sample(_problem(factors), n, calc_second_order=False, seed=_seed(seed))
    return _within(points)


# ---------------------------------------------------------------- what came back


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How much of what differs between variants may be chance."""

    n: int
    """Replications of each variant: the fewest."""
    share: float
    """Mean variance of a variant's mean over the variance between variants' means; nan with one
    replication."""
    unshared: float
    """The same without what all variants have in common, as they meet the same people: that moves
    all alike and no index. nan where variants have other replications."""


@dataclass(frozen=True, kw_only=True)
class End:
    """One level of a factor, and what it does to the figure: mean and interval of the difference."""

    level: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class TornadoBar:
    """A factor at its two ends; None: the baseline itself stands there."""

    factor: str
    low: End | None
    high: End | None

    @property
    def swing(self) -> float:
        """How far the figure moves from end to end, or from the baseline."""
        means = [0.0, *(end.mean for end in (self.low, self.high) if end is not None)]
        return max(means) - min(means)


@dataclass(frozen=True, kw_only=True)
class Tornado:
    """Each factor changed alone, the one that moves the figure most first."""

    measure: str
    unit: str
    group: str
    """Named set of changes it was done under; "" where there are none."""
    baseline: str
    """Name of the variant nothing was changed in."""
    base: float
    """Its mean."""
    bars: tuple[TornadoBar, ...]
    noise: Noise


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index and half the width of its interval."""

    value: float
    half: float

    @property
    def low(self) -> float:
        return self.value - self.half

    @property
    def high(self) -> float:
        return self.value + self.half


@dataclass(frozen=True, kw_only=True)
class MorrisFactor:
    """What a factor does over its whole range, in the unit of the measure."""

    factor: str
    mu: float
    """Mean change of the figure as the factor goes from its low to its high end."""
    mu_star: Index
    """The same without sign: nothing cancels."""
    sigma: float
    """How unlike the changes are at different places: the factor is not linear, or not alone."""


@dataclass(frozen=True, kw_only=True)
class SobolFactor:
    """Shares of the variance of the figure, 0 to 1 but for the error of estimation."""

    factor: str
    first: Index
    """What the factor explains by itself."""
    total: Index
    """What it has a part in: by itself and together with others."""


@dataclass(frozen=True, kw_only=True)
class Indices:
    """Factors by a global design, the one that matters most first."""

    measure: str
    unit: str
    group: str
    kind: str
    """morris or sobol."""
    n: int
    """Trajectories or base points."""
    ranges: Mapping[str, str]
    """Factor -> what it was varied over: "minus 4 to plus 4"."""
    factors: tuple[MorrisFactor, ...] | tuple[SobolFactor, ...]
    """() where the figure is the same in every variant."""
    noise: Noise


def sensitivity(sweep: Sweep, measures: str | Collection[str] = ()) -> list[Tornado | Indices]:
    """What each factor does to each measure, by what the sweep's design allows, for each group.

    Args:
        sweep: whole: no replication missing.
        measures: one or more columns of `sweep.measures`; none: all that are kept.

    Raises:
        ResultsError: another design, runs missing, a measure that was not kept or has no figure
            in some variant.
    """
    kind = str(sweep.experiment["design"]["kind"])
    if kind not in DESIGNS:
        known = ", ".join(f"{design} for {what}" for design, what in DESIGNS.items())
        raise ResultsError(f"{sweep.place}: has the design {kind}; sensitivity needs another: {known}.")
    _check_whole(sweep)
    names = chosen_measures(sweep, measures)
    by_group: dict[str, list[Mapping[str, Any]]] = {}
    for variant in sweep.experiment["variants"]:
        by_group.setdefault(variant["group"] or "", []).append(variant)
    return [
        (tornado if kind == "one_at_a_time" else indices)(sweep, name, group, variants)
        for name in names
        for group, variants in by_group.items()
    ]


def tornado(sweep: Sweep, measure: str, group: str, variants: Sequence[Mapping[str, Any]]) -> Tornado:
    """Each level of each factor against the baseline of its group, paired by replication."""
    baseline = _baseline(sweep.place, variants)
    figures = _figures(sweep, measure, [str(variant["name"]) for variant in variants])
    base = figures[str(baseline["name"])]
    bars = []
    for factor in sweep.experiment["factors"]:
        path, ends, numbers = str(factor["path"]), [], {}
        for variant in variants:
            if path in variant["levels"]:
                level = str(variant["levels"][path])
                ends.append(_end(level, figures[str(variant["name"])] - base))
                if path in variant["numbers"]:
                    numbers[level] = float(variant["numbers"][path])
        bars.append(_bar(path, str(factor["operation"]), ends, numbers))
    return Tornado(
        measure=measure,
        unit=sweep.units[measure],
        group=group,
        baseline=str(baseline["name"]),
        base=float(base.mean()),
        bars=tuple(sorted(bars, key=lambda bar: -bar.swing)),
        noise=_noise(figures),
    )


def _end(level: str, differences: pd.Series) -> End:
    """Paired: only replications both have."""
    there = differences.dropna().to_numpy(dtype=np.float64)
    if not len(there):
        return End(level=level, mean=np.nan, low=np.nan, high=np.nan)
    found = mean_with_interval(there)
    return End(level=level, mean=float(found.mean), low=float(found.low), high=float(found.high))


def indices(sweep: Sweep, measure: str, group: str, variants: Sequence[Mapping[str, Any]]) -> Indices:
    """Morris's or Sobol's indices of the means over replications."""
    design = sweep.experiment["design"]
    paths = [str(factor["path"]) for factor in sweep.experiment["factors"]]
    figures = _figures(sweep, measure, [str(variant["name"]) for variant in variants])
    values = figures.mean(axis=0).to_numpy(dtype=np.float64)
    kind, seed = str(design["kind"]), int(design.get("seed") or 0)
    block = len(paths) + (1 if kind == "morris" else 2)
    if len(variants) % block:
        raise ResultsError(
            f"{sweep.place}: a {kind} design of {len(paths)} factors comes in blocks of {block} variants; "
            f"here are {len(variants)}. Give every factor of the design, and all of its variants."
        )
    found: tuple[MorrisFactor, ...] | tuple[SobolFactor, ...] = ()
    if np.ptp(values) > 0 and kind == "morris":
        points = np.array([[variant["point"][path] for path in paths] for variant in variants], dtype=float)
        found = morris_indices(paths, points, values, seed)
    elif np.ptp(values) > 0:
        found = sobol_indices(paths, values, seed)
    return Indices(
        measure=measure,
        unit=sweep.units[measure],
        group=group,
        kind=kind,
        n=len(variants) // block,
        ranges={str(factor["path"]): _range(factor) for factor in sweep.experiment["factors"]},
        factors=found,
        noise=_noise(figures),
    )


def morris_indices(
    names: Sequence[str], points: ArrayLike, values: ArrayLike, seed: int = 0, level: float = 0.95
) -> tuple[MorrisFactor, ...]:
    """Elementary effects at the points of `morris_points`, the largest first.

    Args:
        names: of the factors, in the order of the columns of `points`.
        points: as `morris_points` gave them.
        values: the figure at each point, any unit.
        seed: of the resampling of trajectories behind the interval of mu_star.
        level: of that interval.

    Source: Campolongo, Cariboni & Saltelli (2007), Environmental Modelling & Software 22.
    """
    analyze = _salib().analyze_morris
    with _global_generator_kept():
        found = analyze.analyze(
            _problem(len(names)),
            np.asarray(points, dtype=np.float64),
            np.asarray(values, dtype=np.float64),
            num_levels=MORRIS_LEVELS,
            num_resamples=RESAMPLES,
            conf_level=level,
            seed=_seed(seed),
        )
    factors = [
        MorrisFactor(
            factor=name,
            mu=float(found["mu"][place]),
            mu_star=Index(value=float(found["mu_star"][place]), half=float(found["mu_star_conf"][place])),
            sigma=float(found["sigma"][place]),
        )
        for place, name in enumerate(names)
    ]
    return tuple(sorted(factors, key=lambda factor: -factor.mu_star.value))


def sobol_indices(
    names: Sequence[str], values: ArrayLike, seed: int = 0, level: float = 0.95
) -> tuple[SobolFactor, ...]:
    """First-order and total indices of figures at the points of `sobol_points`, the largest total first.

    Args:
        names: of the factors, in the order of the columns of the points.
        values: the figure at each point, in their order; not all the same.
        seed: of the resampling of base points behind the intervals.
        level: of the intervals.

    Source: Saltelli et al. (2010), Computer Physics Communications 181, 259-270.
    """
    analyze = _salib().analyze_sobol
    with _global_generator_kept(), warnings.catch_warnings():
        # Base points drawn again may all be alike where there are few of them.
        warnings.simplefilter("ignore")
        found = analyze.analyze(
            _problem(len(names)),
            np.asarray(values, dtype=np.float64),
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=level,
            seed=_seed(seed),
        )
    factors = [
        SobolFactor(
            factor=name,
            first=Index(value=float(found["S1"][place]), half=float(found["S1_conf"][place])),
            total=Index(value=float(found["ST"][place]), half=float(found["ST_conf"][place])),
        )
        for place, name in enumerate(names)
    ]
    return tuple(sorted(factors, key=lambda factor: -factor.total.value))


def _range(factor: Mapping[str, Any]) -> str:
    """What a factor was varied over, as people write it."""
    if factor["levels"]:
        return f"{factor['levels'][0]} to {factor['levels'][-1]}"
    ends = []
    for number in (factor["low"], factor["high"]):
        operation = str(factor["operation"])
        if operation == "plus" and number < 0:
            operation, number = "minus", -number
        ends.append(f"{operation} {number:.10g} {factor['unit']}".strip())
    return " to ".join(ends)


def _check_whole(sweep: Sweep) -> None:
    if not sweep.missing:
        return
    failed = len(sweep.failures)
    runs = "run is" if sweep.missing == 1 else "runs are"
    also = f", {failed} of them failed" if failed else ""
    raise ResultsError(
        f"{sweep.place}: {sweep.missing} {runs} missing{also}: an index of half a design would mislead. "
        "Start the sweep again; it runs only what is missing."
    )


def _figures(sweep: Sweep, measure: str, names: Sequence[str]) -> pd.DataFrame:
    """Index replication, a column a variant, in order of `names`."""
    rows = sweep.measures[sweep.measures["variant"].isin(list(names))]
    figures = rows.pivot(index="replication", columns="variant", values=measure)
    figures = figures.reindex(columns=list(names)).astype(np.float64)
    empty = figures.columns[figures.isna().all(axis=0)]
    if len(empty):
        more = f" and {len(empty) - 1} others" if len(empty) > 1 else ""
        raise ResultsError(
            f'{sweep.place}: {measure} has no figure in variant "{empty[0]}"{more}: there was nothing to '
            "divide by. Choose another measure with --measure."
        )
    return figures


def _noise(figures: pd.DataFrame) -> Noise:
    n = int(figures.notna().sum(axis=0).min())
    counts = figures.notna().sum(axis=0)
    between = float(figures.mean(axis=0).var(ddof=1)) if figures.shape[1] > 1 else np.nan
    if n < 2 or not between > 0:
        return Noise(n=n, share=np.nan, unshared=np.nan)
    within = float((figures.var(axis=0, ddof=1) / counts).mean())
    unshared = np.nan
    if not figures.isna().any().any():
        values = figures.to_numpy(dtype=np.float64)
        rest = values - values.mean(axis=0) - values.mean(axis=1, keepdims=True) + values.mean()
        freedom = (values.shape[0] - 1) * (values.shape[1] - 1)
        unshared = float((rest**2).sum() / freedom / values.shape[0] / between)
    return Noise(n=n, share=within / between, unshared=unshared)


def _baseline(place: str, variants: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    for variant in variants:
        if not variant["levels"]:
            return variant
    raise ResultsError(
        f"{place}: has no variant in which nothing is varied; a tornado needs it in each group."
    )


def _bar(path: str, operation: str, ends: Sequence[End], numbers: Mapping[str, float]) -> TornadoBar:
    """The two ends of a factor, the baseline perhaps one of them.

    The least and greatest number; of levels that are no numbers, those with the least and
    greatest figure.
    """
    if len(numbers) < len({end.level for end in ends}):
        in_order = sorted(ends, key=lambda end: end.mean)
        return TornadoBar(factor=path, low=in_order[0] if len(ends) > 1 else None, high=in_order[-1])
    in_order = sorted(ends, key=lambda end: numbers[end.level])
    low, high = in_order[0], in_order[-1]
    own = {"plus": 0.0, "times": 1.0}.get(operation)
    if own is None:
        # Plain values replace, and what they replace is not told.
        return TornadoBar(factor=path, low=low if len(ends) > 1 else None, high=high)
    return TornadoBar(
        factor=path,
        low=low if numbers[low.level] < own else None,
        high=high if numbers[high.level] > own else None,
    )


@dataclass(frozen=True)
class _Salib:
    """The modules of SALib in use; it ships no types."""

    sample_morris: Any
    sample_sobol: Any
    analyze_morris: Any
    analyze_sobol: Any


def _salib() -> _Salib:
    try:
        from SALib.analyze import morris as analyze_morris
        from SALib.analyze import sobol as analyze_sobol
        from SALib.sample import morris as sample_morris
        from SALib.sample import sobol as sample_sobol
    except ImportError as error:
        raise ResultsError(
            "Morris and Sobol designs and their indices need SALib: pip install 'caresim[analysis]'."
        ) from error
    return _Salib(sample_morris, sample_sobol, analyze_morris, analyze_sobol)


def _problem(factors: int) -> dict[str, Any]:
    return {
        "num_vars": factors,
        "names": [f"x{number}" for number in range(factors)],
        "bounds": [[0.0, 1.0]] * factors,
    }


def _seed(seed: int) -> int:
    """A seed that SALib takes for one: 0 it may take for none given."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0]) or 1


def _within(points: Any) -> Floats:
    """Thirds added up may miss 1 by a rounding."""
    return np.clip(np.asarray(points, dtype=np.float64), 0.0, 1.0)


@contextmanager
def _global_generator_kept() -> Iterator[None]:
    """Some versions of SALib seed the generators everybody shares; nobody else may notice."""
    numpys, pythons = np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        np.random.set_state(numpys)
        random.setstate(pythons)
