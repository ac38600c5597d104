from __future__ import annotations

import random
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from caresim.errors import ResultsError
from caresim.measures.sensitivity import (
    Indices,
    SobolFactor,
    Tornado,
    morris_indices,
    morris_points,
    sensitivity,
    sobol_indices,
    sobol_points,
)

# -------------------------------------------------------------- points


def test_a_trajectory_moves_one_factor_at_a_time_by_two_thirds():
    points = morris_points(5, 7, seed=3).reshape(7, 6, 5)
    steps = np.abs(np.diff(points, axis=1))
    assert ((steps > 0).sum(axis=2) == 1).all()
    assert steps[steps > 0] == pytest.approx(np.full(35, 2 / 3))
    # Every factor moves once in each trajectory.
    assert ((steps > 0).sum(axis=1) == 1).all()
    assert set(np.round(points * 3).astype(int).ravel()) <= {0, 1, 2, 3}
    assert points.min() >= 0
    assert points.max() <= 1


def test_sobol_points_swap_one_factor_at_a_time():
    points = sobol_points(3, 16, seed=3).reshape(16, 5, 3)
    first, last = points[:, 0], points[:, 4]
    for factor in range(3):
        swapped = first.copy()
        swapped[:, factor] = last[:, factor]
        assert (points[:, factor + 1] == swapped).all()


@pytest.mark.parametrize("make", [morris_points, sobol_points])
def test_points_go_by_their_seed_alone(make):
    np.random.seed(1)
    random.seed(1)
    numpys, pythons = np.random.get_state()[1].copy(), random.getstate()  # type: ignore[index]
    one = make(3, 8, 5)
    np.random.seed(2)
    assert (make(3, 8, 5) == one).all()
    assert (make(3, 8, 6) != one).any()
    assert (make(3, 8, 0) == make(3, 8, 0)).all()
    np.random.seed(1)
    make(3, 8, 5)
    assert (np.random.get_state()[1] == numpys).all()  # type: ignore[index]
    assert random.getstate() == pythons


def test_without_salib_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.sample", None)
    with pytest.raises(ResultsError, match=r"needs? SALib: pip install 'caresim\[analysis\]'"):
        sobol_points(2, 8, 1)


# -------------------------------------------------------------- indices of known functions


def ishigami(points: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    x = np.pi * (2 * points - 1)
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_exactly(a: float = 7.0, b: float = 0.1) -> dict[str, tuple[float, float]]:
    """First-order and total indices in closed form.

    Source: Ishigami & Homma (1990), Proceedings of ISUMA '90; Saltelli et al. (2008), Global
    Sensitivity Analysis: The Primer, section 4.
    """
    first = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    second = a**2 / 8
    both = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    total = first + second + both
    return {
        "x1": (first / total, (first + both) / total),
        "x2": (second / total, second / total),
        "x3": (0.0, both / total),
    }


def test_the_closed_form_is_the_one_in_the_books():
    found = [round(index, 4) for pair in ishigami_exactly().values() for index in pair]
    assert found == [0.3139, 0.5576, 0.4424, 0.4424, 0.0, 0.2437]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sobol_indices_of_ishigami_from_design_to_index(seed):
    """4,096 base points: of 200 seeds none was off by more than 0.026 in any index."""
    found = sobol_indices(["x1", "x2", "x3"], ishigami(sobol_points(3, 4096, seed)), seed)
    exact = ishigami_exactly()
    for factor in found:
        first, total = exact[factor.factor]
        assert factor.first.value == pytest.approx(first, abs=0.04)
        assert factor.total.value == pytest.approx(total, abs=0.04)
        assert 0 < factor.total.half < 0.1
    assert [factor.factor for factor in found] == ["x1", "x2", "x3"]


def test_indices_of_another_function_are_other_indices():
    """The check above can fail: with b = 0 nothing interacts, and x3 explains nothing."""
    values = ishigami(sobol_points(3, 1024, 1), b=0.0)
    total = {factor.factor: factor.total.value for factor in sobol_indices(["x1", "x2", "x3"], values)}
    assert total["x3"] == pytest.approx(0.0, abs=1e-12)
    assert total["x1"] == pytest.approx(0.5 / (0.5 + 49 / 8), abs=0.03)


def test_morris_is_exact_on_a_linear_function():
    points = morris_points(3, 6, seed=9)
    found = {
        factor.factor: factor
        for factor in morris_indices(["a", "b", "c"], points, 5 + points @ [2.0, -30.0, 0.0])
    }
    assert [found[name].mu for name in "abc"] == pytest.approx([2.0, -30.0, 0.0])
    assert [found[name].mu_star.value for name in "abc"] == pytest.approx([2.0, 30.0, 0.0])
    assert [found[name].sigma for name in "abc"] == pytest.approx([0.0] * 3, abs=1e-12)
    assert [found[name].mu_star.half for name in "abc"] == pytest.approx([0.0] * 3, abs=1e-12)
    assert list(found) == ["b", "a", "c"]


def test_morris_tells_what_is_not_linear():
    points = morris_points(2, 30, seed=9)
    found = {f.factor: f for f in morris_indices(["a", "b"], points, points[:, 0] * points[:, 1])}
    assert found["a"].sigma > 0.1
    assert found["a"].mu_star.low < found["a"].mu_star.value < found["a"].mu_star.high


# -------------------------------------------------------------- from a sweep


def made_sweep(
    kind: str,
    variants: list[dict[str, Any]],
    figures: dict[str, list[float]],
    factors: list[dict[str, Any]] | None = None,
    missing: int = 0,
) -> Any:
    """A sweep that kept one measure, x, in people."""
    rows = [
        {"variant": name, "replication": number, "x": value}
        for name, values in figures.items()
        for number, value in enumerate(values, 1)
    ]
    paths = list(dict.fromkeys(path for variant in variants for path in variant["levels"]))
    return SimpleNamespace(
        place="study",
        experiment={
            "design": {"kind": kind, "n": None, "seed": 1},
            "factors": factors
            or [
                {"path": path, "operation": "plus", "unit": "", "levels": [], "low": -4.0, "high": 4.0}
                for path in paths
            ],
            "variants": variants,
            "baseline": "baseline",
            "keep": {"measures": ["x"]},
        },
        measures=pd.DataFrame(rows),
        units={"x": "people"},
        failures=pd.DataFrame({"key": ["k"] * min(missing, 1)}),
        missing=missing,
    )


def variant(
    name: str, levels: dict[str, str], numbers: dict[str, float] | None = None, group: str | None = None
):
    return {"name": name, "group": group, "levels": levels, "numbers": numbers or {}, "point": {}}


ALONE = [
    variant("baseline", {}),
    variant("beds less", {"beds": "minus 5"}, {"beds": -5.0}),
    variant("beds more", {"beds": "plus 5"}, {"beds": 5.0}),
    variant("beds many", {"beds": "plus 10"}, {"beds": 10.0}),
    variant("staff more", {"staff": "plus 20"}, {"staff": 20.0}),
]
FIGURES = {
    "baseline": [10.0, 12.0],
    "beds less": [12.0, 14.0],
    "beds more": [9.0, 11.5],
    "beds many": [8.0, 9.0],
    "staff more": [3.0, 6.0],
}


def test_a_tornado_is_made_of_paired_differences():
    """staff: -7 and -6, mean -6.5, half-width t(1) x 0.5; beds from +2 at minus 5 to -2.5 at plus 10."""
    (found,) = sensitivity(made_sweep("one_at_a_time", ALONE, FIGURES))
    assert isinstance(found, Tornado)
    assert (found.measure, found.unit, found.group, found.baseline, found.base) == (
        "x",
        "people",
        "",
        "baseline",
        11.0,
    )
    staff, beds = found.bars
    assert (staff.factor, staff.low, staff.swing) == ("staff", None, 6.5)
    assert staff.high is not None
    assert (staff.high.level, staff.high.mean) == ("plus 20", -6.5)
    assert staff.high.high - staff.high.mean == pytest.approx(12.7062 * 0.5, abs=1e-3)
    assert beds.low is not None
    assert beds.high is not None
    assert (beds.low.level, beds.low.mean, beds.high.level, beds.high.mean) == (
        "minus 5",
        2.0,
        "plus 10",
        -2.5,
    )
    assert beds.swing == 4.5


def test_each_group_has_a_tornado_of_its_own_against_its_own_baseline():
    variants = [
        {**one, "name": f"{group}, {one['name']}", "group": group}
        for group in ("calm", "winter")
        for one in ALONE
    ]
    figures = {
        f"{group}, {name}": [value * (1 + (group == "winter")) for value in values]
        for group in ("calm", "winter")
        for name, values in FIGURES.items()
    }
    calm, winter = sensitivity(made_sweep("one_at_a_time", variants, figures))
    assert isinstance(calm, Tornado)
    assert isinstance(winter, Tornado)
    assert (calm.group, calm.base) == ("calm", 11.0)
    assert (winter.group, winter.base) == ("winter", 22.0)
    assert [bar.swing for bar in winter.bars] == [13.0, 9.0]


def test_ends_that_are_no_numbers_are_those_of_the_figure():
    variants = [
        variant("baseline", {}),
        *(variant(word, {"rule": word}) for word in ("first come", "by age", "by need")),
    ]
    figures = {"baseline": [5.0, 5.0], "first come": [6.0, 6.0], "by age": [4.0, 4.0], "by need": [5.5, 5.5]}
    (found,) = sensitivity(made_sweep("one_at_a_time", variants, figures))
    assert isinstance(found, Tornado)
    (bar,) = found.bars
    assert bar.low is not None
    assert bar.high is not None
    assert (bar.low.level, bar.high.level) == ("by age", "first come")


def test_with_factors_that_multiply_the_baseline_stands_at_one():
    variants = [
        variant("baseline", {}),
        variant("a", {"rate": "times 1.1"}, {"rate": 1.1}),
        variant("b", {"rate": "times 1.2"}, {"rate": 1.2}),
    ]
    factors = [{"path": "rate", "operation": "times", "unit": "", "levels": []}]
    figures = {"baseline": [5.0, 5.0], "a": [6.0, 6.0], "b": [4.0, 4.0]}
    (found,) = sensitivity(made_sweep("one_at_a_time", variants, figures, factors))
    assert isinstance(found, Tornado)
    assert found.bars[0].low is None
    assert found.bars[0].high is not None
    assert found.bars[0].high.level == "times 1.2"


def sampled(kind: str, points: np.ndarray, values: np.ndarray, noise: tuple[float, ...] = (0.0,)) -> Any:
    names = [f"x{number + 1}" for number in range(points.shape[1])]
    variants = [
        {
            "name": f"point {row}",
            "group": None,
            "levels": {name: str(u) for name, u in zip(names, point, strict=True)},
            "numbers": {},
            "point": dict(zip(names, point.tolist(), strict=True)),
        }
        for row, point in enumerate(points)
    ]
    figures = {f"point {row}": [value + more for more in noise] for row, value in enumerate(values)}
    # As a store may give them: in an order of its own.
    sweep = made_sweep(kind, variants, figures)
    sweep.measures = sweep.measures.sample(frac=1, random_state=1)
    return sweep


def test_sobol_indices_are_read_from_a_sweep_in_design_order():
    points = sobol_points(3, 256, 1)
    (found,) = sensitivity(sampled("sobol", points, ishigami(points), noise=(-1.0, 1.0)))
    assert isinstance(found, Indices)
    assert (found.kind, found.n) == ("sobol", 256)
    assert found.ranges["x1"] == "minus 4 to plus 4"
    for one, other in zip(found.factors, sobol_indices(["x1", "x2", "x3"], ishigami(points), 1), strict=True):
        assert one.factor == other.factor
        assert isinstance(one, SobolFactor)
        assert (one.first.value, one.total.low) == pytest.approx((other.first.value, other.total.low))


def test_morris_indices_are_read_from_a_sweep_in_design_order():
    points = morris_points(3, 5, 1)
    (found,) = sensitivity(sampled("morris", points, points @ [3.0, 2.0, -10.0]))
    assert isinstance(found, Indices)
    assert [factor.factor for factor in found.factors] == ["x3", "x1", "x2"]
    assert [factor.mu for factor in found.factors] == pytest.approx([-10.0, 3.0, 2.0])  # type: ignore[union-attr]


def test_a_figure_that_nothing_moves_has_no_indices():
    points = sobol_points(2, 8, 1)
    (found,) = sensitivity(sampled("sobol", points, np.full(len(points), 3.0)))
    assert isinstance(found, Indices)
    assert found.factors == ()


def test_noise_is_told_with_and_without_what_all_variants_share():
    """Two variants, three replications: means 1 and 11 apart, both moved by -1, 0, 1 in common.

    Variance of a mean: 1 / 3; between the means: 50; nothing is left once the common part is off.
    """
    figures = {"baseline": [0.0, 1.0, 2.0], "more": [10.0, 11.0, 12.0]}
    variants = [variant("baseline", {}), variant("more", {"beds": "plus 1"}, {"beds": 1.0})]
    (found,) = sensitivity(made_sweep("one_at_a_time", variants, figures))
    assert found.noise.n == 3
    assert found.noise.share == pytest.approx(1 / 3 / 50)
    assert found.noise.unshared == pytest.approx(0.0, abs=1e-15)


def test_unshared_noise_by_hand():
    """0, 1, 2 and 12, 11, 10: residuals of -1, 0, 1 and 1, 0, -1; their squares 4, over 2 degrees of
    freedom and 3 replications 2 / 3; between the means 50."""
    figures = {"baseline": [0.0, 1.0, 2.0], "more": [12.0, 11.0, 10.0]}
    variants = [variant("baseline", {}), variant("more", {"beds": "plus 1"}, {"beds": 1.0})]
    (found,) = sensitivity(made_sweep("one_at_a_time", variants, figures))
    assert found.noise.share == pytest.approx(1 / 3 / 50)
    assert found.noise.unshared == pytest.approx(2 / 3 / 50)


def test_one_replication_tells_no_noise():
    points = sobol_points(2, 8, 1)
    (found,) = sensitivity(sampled("sobol", points, points[:, 0]))
    assert found.noise.n == 1
    assert np.isnan(found.noise.share)


# -------------------------------------------------------------- refusals


def test_another_design_is_refused_with_those_that_would_do():
    with pytest.raises(ResultsError) as error:
        sensitivity(made_sweep("grid", ALONE, FIGURES))
    assert str(error.value) == (
        "study: has the design grid; sensitivity needs another: one_at_a_time for a tornado, morris for "
        "Morris's indices, sobol for Sobol's indices."
    )


def test_half_a_design_is_refused_and_what_is_missing_counted():
    with pytest.raises(
        ResultsError, match=r"study: 12 runs are missing, 1 of them failed: .* Start the sweep"
    ):
        sensitivity(made_sweep("one_at_a_time", ALONE, FIGURES, missing=12))
    with pytest.raises(ResultsError, match="1 run is missing"):
        sensitivity(made_sweep("one_at_a_time", ALONE, FIGURES, missing=1))


def test_a_measure_that_was_not_kept_is_refused():
    with pytest.raises(ResultsError, match=r'"y" was not kept\. Kept: x\.'):
        sensitivity(made_sweep("one_at_a_time", ALONE, FIGURES), ["y"])


def test_a_variant_without_a_figure_is_named():
    with pytest.raises(ResultsError, match='x has no figure in variant "beds more"'):
        sensitivity(made_sweep("one_at_a_time", ALONE, {**FIGURES, "beds more": [np.nan, np.nan]}))


def test_points_that_are_no_whole_design_are_refused():
    points = sobol_points(2, 8, 1)[:-1]
    with pytest.raises(ResultsError, match="comes in blocks of 4 variants; here are 31"):
        sensitivity(sampled("sobol", points, points[:, 0]))


def test_a_tornado_needs_its_baseline():
    with pytest.raises(ResultsError, match="no variant in which nothing is varied"):
        sensitivity(made_sweep("one_at_a_time", ALONE[1:], FIGURES))
