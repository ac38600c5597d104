"""The variants of an experiment: which combinations of its levels there are, and what each is called."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from caresim.errors import Fault, ScenarioError
from caresim.experiment.declared import Experiment, Factor, Level, Variant
from caresim.experiment.levels import level_at
from caresim.experiment.trial import blamed
from caresim.measures.paths import short_paths
from caresim.measures.sensitivity import morris_points, sobol_points
from caresim.scenario.scenario import Scenario

ALONE = "baseline"
"""Name of the scenario as it is, where no variants are named."""
MOST_TRIED = 200
LONGEST_LEVEL = 40
"""Signs of a level in a variant's name, if the name still says which it is."""


def n_variants(experiment: Experiment) -> int:
    """How many variants there are, without making them."""
    design, factors = experiment.design, experiment.factors
    groups = max(len(experiment.groups), 1)
    if design.kind == "table":
        return len(design.rows)
    if design.kind == "one_at_a_time":
        return groups * (1 + sum(len(factor.levels) for factor in factors))
    if design.kind == "grid":
        n = groups
        for factor in factors:
            n *= len(factor.levels)
        return n
    points = {"latin_hypercube": 1, "morris": len(factors) + 1, "sobol": len(factors) + 2}[design.kind]
    return groups * points * (design.n or 0)


def variants_of(experiment: Experiment) -> list[Variant]:
    """Every variant, in the order of the design; the same whenever asked.

    The order is that of `variants`, then of the design: in a grid the last path of `vary` varies
    fastest; one at a time begins with nothing varied. Every group meets the same points.

    Raises:
        ResultsError: a library that draws the points is missing.
    """
    if experiment.design.kind == "table":
        return [
            _variant(
                experiment, row.name, row.group, (), [(path, level) for path, level in row.levels.items()]
            )
            for row in experiment.design.rows
        ]
    ways = list(_ways(experiment))
    found = []
    for group in experiment.groups or (None,):
        for way in ways:
            name = ", ".join(word for word in (group.name if group else "", way[0]) if word) or ALONE
            changes = group.changes if group else ()
            variant = _variant(experiment, name, group.name if group else None, changes, way[1], way[2])
            found.append(variant)
    return found


def scenario_of(experiment: Experiment, variant: Variant) -> Scenario:
    """The scenario of a variant.

    Raises:
        ScenarioError: its changes do not go, or not together; every fault names the variant.
    """
    try:
        return experiment.base.scenario(variant.changes)
    except ScenarioError as error:
        faults = [fault for fault, _ in blamed(experiment.base, variant.changes, error)]
        raise in_variant(ScenarioError(faults), variant) from None


def in_variant(error: ScenarioError, variant: Variant) -> ScenarioError:
    """The same faults, each naming the variant."""
    return ScenarioError([fault_in_variant(fault, variant) for fault in error.faults])


def fault_in_variant(fault: Fault, variant: Variant) -> Fault:
    """The same fault, naming the variant."""
    return Fault(fault.file, fault.line, fault.path, f'{fault.message} (In the variant "{variant.name}".)')


def typical(variants: Iterable[Variant]) -> list[Variant]:
    """Few variants that together have every group, every level and the ends of every range; at most
    MOST_TRIED for groups and levels, which a long table may have more of."""
    seen: set[tuple[str, ...]] = set()
    lowest: dict[str, Variant] = {}
    highest: dict[str, Variant] = {}
    # By what they are, not by name: a table at fault may have one name twice.
    found: dict[int, Variant] = {}
    for variant in variants:
        news = {("group", variant.group or "")}
        for path, text in variant.levels.items():
            if path not in variant.point:
                news.add((path, text))
            else:
                number = variant.point[path]
                if path not in lowest or number < lowest[path].point[path]:
                    lowest[path] = variant
                if path not in highest or number > highest[path].point[path]:
                    highest[path] = variant
        if not news <= seen and len(found) < MOST_TRIED:
            seen |= news
            found[id(variant)] = variant
    for variant in (*lowest.values(), *highest.values()):
        found[id(variant)] = variant
    return list(found.values())


# The ways of varying: a name, the levels, the points


Way = tuple[str, list[tuple[str, Level]], dict[str, float]]


def _ways(experiment: Experiment) -> Iterator[Way]:
    factors, design = experiment.factors, experiment.design
    name = _names(factors)
    if design.kind == "grid":
        for levels in product(*(factor.levels for factor in factors)):
            chosen = [(factor.path, level) for factor, level in zip(factors, levels, strict=True)]
            yield ", ".join(name(path, level) for path, level in chosen), chosen, {}
    elif design.kind == "one_at_a_time":
        yield "", [], {}
        for factor in factors:
            for level in factor.levels:
                yield name(factor.path, level), [(factor.path, level)], {}
    else:
        for number, row in enumerate(_points(experiment), 1):
            point = {factor.path: float(u) for factor, u in zip(factors, row, strict=True)}
            yield f"point {number}", [(f.path, level_at(f, point[f.path])) for f in factors], point


def _points(experiment: Experiment) -> NDArray[np.float64]:
    """Places in the unit cube: a row a point, a column a factor."""
    design, factors = experiment.design, experiment.factors
    n, seed = design.n or 0, design.seed or 0
    if design.kind == "morris":
        return morris_points(len(factors), n, seed)
    if design.kind == "sobol":
        return sobol_points(len(factors), n, seed)
    return np.column_stack([_strata(n, seed, factor.path) for factor in factors])


def _strata(n: int, seed: int, path: str) -> NDArray[np.float64]:
    """One place in each of n equal parts of the unit interval, in random order.

    A latin hypercube draws its factors independently, so each has a stream of its own: what a
    factor gets depends neither on the others nor on their order. Not scipy's, whose draws change
    with its versions: an experiment begun before would be another one after.
    """
    key = hashlib.sha256(f"latin_hypercube {seed} {path}".encode()).digest()[:16]
    stream = np.random.Generator(np.random.Philox(key=int.from_bytes(key, "big")))
    return np.asarray((stream.permutation(n) + stream.random(n)) / n, dtype=np.float64)


def _variant(
    experiment: Experiment,
    name: str,
    group: str | None,
    changes: Iterable[tuple[str, object]],
    levels: list[tuple[str, Level]],
    point: dict[str, float] | None = None,
) -> Variant:
    varied = tuple((path, level.change) for path, level in levels)
    return Variant(
        name=name,
        group=group,
        changes=(*experiment.changes, *changes, *varied),  # type: ignore[arg-type]
        levels={path: level.text for path, level in levels},
        numbers={path: level.number for path, level in levels if level.number is not None},
        point=point or {},
    )


# Names


def _names(factors: Iterable[Factor]) -> Callable[[str, Level], str]:
    """What says in a variant's name that a factor has a level."""
    factors = list(factors)
    paths = short_paths([factor.path for factor in factors])
    levels: dict[tuple[str, str], str] = {}
    for factor in factors:
        cut = [_cut(level.text) for level in factor.levels]
        for level, short in zip(factor.levels, cut, strict=True):
            levels[factor.path, level.text] = short if cut.count(short) == 1 else level.text
    return lambda path, level: f"{paths[path]} {levels[path, level.text]}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LEVEL else f"{text[: LONGEST_LEVEL - 4]} ..."
