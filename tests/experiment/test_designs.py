"""Designs: which variants there are, in which order, what they are called and what they change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caresim.experiment.declared import Experiment, Variant
from caresim.experiment.designs import n_variants, scenario_of, typical, variants_of
from caresim.experiment.levels import at, in_words, measured, spread, stepped
from caresim.experiment.read_experiment import read_experiment
from caresim.measures.sensitivity import morris_points, sobol_points
from caresim.scenario.nodes import Node, plain

CASES = Path(__file__).parents[1] / "cases" / "experiments"
SYSTEM = CASES / "system.yaml"
WARD, TEAM, HOURS = "services.ward.places", "services.team.places", "services.visits.hours"

Read = Callable[[str], Experiment]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """An experiment about the system of the cases."""

    def one(text: str) -> Experiment:
        path = tmp_path / "study.yaml"
        path.write_text(f"scenario: {SYSTEM}\n{text}", encoding="utf-8")
        return read_experiment(path)

    return one


def changes_of(variant: Variant) -> list[tuple[str, object]]:
    return [(path, plain(change)) for path, change in variant.changes]


def levels_of(experiment: Experiment, path: str = WARD) -> list[str]:
    return [level.text for factor in experiment.factors if factor.path == path for level in factor.levels]


# Grids


def test_a_grid_is_variants_times_what_varies_and_the_last_path_varies_fastest(read: Read) -> None:
    experiment = read(
        "variants: {winter: {events.winter.active: true}, calm: {}}\n"
        f"vary: {{{WARD}: [30, plus 5], {TEAM}: [20, 25, 30]}}\n"
    )
    variants = variants_of(experiment)
    assert [variant.name for variant in variants] == [
        f"{group}, ward.places {ward}, team.places {team}"
        for group in ("winter", "calm")
        for ward in ("30", "plus 5")
        for team in (20, 25, 30)
    ]
    assert [variant.group for variant in variants] == ["winter"] * 6 + ["calm"] * 6
    assert changes_of(variants[4]) == [("events.winter.active", True), (WARD, "plus 5"), (TEAM, 25)]
    assert changes_of(variants[10]) == [(WARD, "plus 5"), (TEAM, 25)]
    assert variants[4].levels == {WARD: "plus 5", TEAM: "25"}
    assert variants[4].numbers == {TEAM: 25.0}
    assert variants[4].point == {}


def test_variants_alone_are_a_grid_of_nothing_else(read: Read) -> None:
    variants = variants_of(read("variants: {a: {}, b: {services.ward.places: 3}}\n"))
    assert [(variant.name, variant.group) for variant in variants] == [("a", "a"), ("b", "b")]


def test_changes_come_in_the_order_for_all_then_of_the_variant_then_what_varies(read: Read) -> None:
    experiment = read(
        f"vary: {{{WARD}: [times 2]}}\nvariants: {{more: {{{WARD}: plus 5}}}}\nset: {{{WARD}: 20}}\n"
    )
    (variant,) = variants_of(experiment)
    assert changes_of(variant) == [(WARD, 20), (WARD, "plus 5"), (WARD, "times 2")]
    assert scenario_of(experiment, variant).services["ward"].places == 50


# One at a time


def test_one_at_a_time_begins_with_nothing_varied_and_then_varies_each_path_alone(read: Read) -> None:
    experiment = read(
        f"vary: {{{WARD}: {{from: minus 5, to: plus 5}}, {HOURS}: [times 0.9, times 1.1]}}\n"
        "design: one_at_a_time\n"
    )
    variants = variants_of(experiment)
    assert [(variant.name, changes_of(variant)) for variant in variants] == [
        ("baseline", []),
        ("ward.places minus 5", [(WARD, "minus 5")]),
        ("ward.places plus 5", [(WARD, "plus 5")]),
        ("visits.hours times 0.9", [(HOURS, "times 0.9")]),
        ("visits.hours times 1.1", [(HOURS, "times 1.1")]),
    ]
    assert [variant.levels for variant in variants[:2]] == [{}, {WARD: "minus 5"}]
    assert variants[1].numbers == {WARD: -5.0}
    assert experiment.baseline == "baseline"


def test_one_at_a_time_has_a_baseline_in_every_variant(read: Read) -> None:
    experiment = read(
        "variants: {calm: {}, winter: {events.winter.active: true}}\n"
        f"vary: {{{WARD}: [29, 31]}}\ndesign: one_at_a_time\nbaseline: winter\n"
    )
    assert [(variant.name, variant.group) for variant in variants_of(experiment)] == [
        ("calm", "calm"),
        ("calm, ward.places 29", "calm"),
        ("calm, ward.places 31", "calm"),
        ("winter", "winter"),
        ("winter, ward.places 29", "winter"),
        ("winter, ward.places 31", "winter"),
    ]
    assert experiment.baseline == "winter"


# Latin hypercubes

HYPERCUBE = """\
vary:
  services.ward.places: {from: 0, to: 1000}
  services.visits.hours: {from: times 0.9, to: times 1.1}
  events.winter.active: [true, false]
"""


@pytest.mark.parametrize("n", [2, 7, 50, 400])
def test_each_factor_of_a_latin_hypercube_has_exactly_one_point_in_each_of_n_parts(
    read: Read, n: int
) -> None:
    variants = variants_of(read(f"{HYPERCUBE}design: latin_hypercube {n}\n"))
    assert [variant.name for variant in variants] == [f"point {i}" for i in range(1, n + 1)]
    for path in (WARD, HOURS, "events.winter.active"):
        parts = [int(variant.point[path] * n) for variant in variants]
        assert sorted(parts) == list(range(n))


def test_a_point_is_a_place_between_the_ends_of_each_range(read: Read) -> None:
    for variant in variants_of(read(f"{HYPERCUBE}design: latin_hypercube 40\n")):
        places, hours = variant.point[WARD], variant.point[HOURS]
        assert variant.numbers[WARD] == pytest.approx(1000 * places, abs=0.5)
        assert variant.numbers[WARD] == int(variant.numbers[WARD])
        assert variant.numbers[HOURS] == pytest.approx(0.9 + 0.2 * hours, abs=1e-7)
        assert variant.levels[HOURS] == f"times {variant.numbers[HOURS]:.12g}"
        assert dict(changes_of(variant))[WARD] == variant.numbers[WARD]


def test_a_list_in_a_latin_hypercube_has_equal_parts(read: Read) -> None:
    variants = variants_of(
        read(f"vary: {{{WARD}: [30, 31, 32, 33], {TEAM}: [20, 30]}}\ndesign: latin_hypercube 20\n")
    )
    assert Counter(variant.levels[WARD] for variant in variants) == dict.fromkeys(["30", "31", "32", "33"], 5)
    assert Counter(variant.levels[TEAM] for variant in variants) == {"20": 10, "30": 10}


def test_every_variant_meets_the_same_points(read: Read) -> None:
    variants = variants_of(
        read("variants: {a: {}, b: {services.team.places: 20}}\n" + HYPERCUBE + "design: latin_hypercube 9\n")
    )
    assert [variant.name for variant in variants[8:10]] == ["a, point 9", "b, point 1"]
    assert [variant.point for variant in variants[:9]] == [variant.point for variant in variants[9:]]


def test_points_depend_on_the_seed_and_on_nothing_drawn_before(read: Read) -> None:
    def points(text: str) -> list[dict[str, float]]:
        np.random.random()
        return [variant.point for variant in variants_of(read(text))]

    text = f"{HYPERCUBE}design: latin_hypercube 10\n"
    assert points(text) == points(text) == points(text + "seed: 7\n")
    assert points(text) != points(text + "seed: 8\n")


def test_a_factor_keeps_its_points_when_others_come_and_go(read: Read) -> None:
    def column(vary: str) -> list[float]:
        return [v.point[WARD] for v in variants_of(read(f"vary: {{{vary}}}\ndesign: latin_hypercube 10\n"))]

    ward, team = f"{WARD}: {{from: 30, to: 40}}", f"{TEAM}: {{from: 20, to: 30}}"
    assert column(ward) == column(f"{team}, {ward}") == column(f"{ward}, {team}")


def test_places_within_the_parts_are_uniform_and_factors_independent(read: Read) -> None:
    """2,000 points, one seed. The mean place within a part is 0.5 with standard error 0.0065, its
    square's 1/3 with 0.0067, and the correlation of two factors has 0.022: bounds of five of these fail
    by chance once in a million, and the seed is fixed besides.
    """
    variants = variants_of(read(f"{HYPERCUBE}design: latin_hypercube 2000\n"))
    first, second = (np.array([v.point[path] for v in variants]) for path in (WARD, HOURS))
    within = first * 2000 % 1.0
    assert abs(within.mean() - 0.5) < 5 * np.sqrt(1 / 12 / 2000)
    assert abs((within**2).mean() - 1 / 3) < 5 * np.sqrt(4 / 45 / 2000)
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(2000)
    assert abs(np.corrcoef(np.arange(2000), first)[0, 1]) < 5 / np.sqrt(2000)


# Morris and Sobol

RANGES = f"""\
vary:
  {HOURS}: {{from: times 1.1, to: times 0.9}}
  services.assessment.care_time: {{from: 12 hours, to: 36 hours}}
"""


def test_a_morris_design_walks_along_its_ranges_one_factor_at_a_time(read: Read) -> None:
    variants = variants_of(read(f"{RANGES}design: morris 5\n"))
    expected = morris_points(2, 5, 7)
    assert np.array_equal([list(variant.point.values()) for variant in variants], expected)
    for variant in variants:
        # From the smaller end, whichever was written first.
        assert variant.numbers[HOURS] == pytest.approx(0.9 + 0.2 * variant.point[HOURS], abs=1e-7)
    for first in range(0, 15, 3):
        ways = [variants[first + i] for i in range(3)]
        moved = [{p for p in a.levels if a.levels[p] != b.levels[p]} for a, b in pairwise(ways)]
        assert sorted(len(paths) for paths in moved) == [1, 1]
        assert moved[0] != moved[1]


def test_a_sobol_design_has_n_times_two_more_than_the_factors(read: Read) -> None:
    experiment = read(f"seed: 3\n{RANGES}design: sobol 8\n")
    variants = variants_of(experiment)
    assert len(variants) == 8 * (2 + 2)
    assert np.array_equal([list(v.point.values()) for v in variants], sobol_points(2, 8, 3))
    assert experiment.design.seed == 3


# Levels


@pytest.mark.parametrize(
    ("written", "levels"),
    [
        ("{from: times 0.9, to: times 1.1, step: 0.05}", ["times 0.9", "times 0.95", "times 1", "times 1.05", "times 1.1"]),
        ("{from: 0.1, to: 0.3, step: 0.1}", ["0.1", "0.2", "0.3"]),
        ("{from: minus 10, to: plus 10, step: 10}", ["minus 10", "plus 0", "plus 10"]),
        ("{from: plus 10, to: plus 0, step: -5}", ["plus 10", "plus 5", "plus 0"]),
        ("{from: minus 4, to: minus 2, n: 3}", ["minus 4", "minus 3", "minus 2"]),
        ("{from: times 1, to: times 2, n: 4}", ["times 1", "times 1.333333", "times 1.666667", "times 2"]),
        ("{from: 1e6, to: 4e6, n: 4}", ["1000000", "2000000", "3000000", "4000000"]),
    ],
)  # fmt: skip
def test_numbers_of_a_range_are_written_as_people_would(read: Read, written: str, levels: list[str]) -> None:
    path = "services.ward.cost.per_day"
    experiment = read(f"vary: {{{path}: {written}}}\n")
    assert levels_of(experiment, path) == levels


def test_units_follow_their_number(read: Read) -> None:
    path = "services.assessment.care_time"
    experiment = read(f"vary: {{{path}: {{from: 1 day, to: 3 days, step: 1}}}}\n")
    assert levels_of(experiment, path) == ["1 day", "2 days", "3 days"]
    assert (experiment.factors[0].operation, experiment.factors[0].unit) == ("", "days")
    per_week = read(f"vary: {{{HOURS}: {{from: plus 0 per week, to: plus 10 per week, step: 5 per week}}}}\n")
    assert levels_of(per_week, HOURS) == ["plus 0 per week", "plus 5 per week", "plus 10 per week"]
    shares = read("vary: {services.ward.next.home: {from: 70%, to: 80%, n: 3}}\n")
    assert levels_of(shares, "services.ward.next.home") == ["70%", "75%", "80%"]


def test_numbers_of_what_counts_things_are_rounded_and_factors_are_not(read: Read) -> None:
    assert levels_of(read(f"vary: {{{WARD}: {{from: 10, to: 20, n: 4}}}}\n")) == ["10", "13", "17", "20"]
    added = read(f"vary: {{{WARD}: {{from: plus 0, to: plus 5, n: 3}}}}\n")
    assert levels_of(added) == ["plus 0", "plus 3", "plus 5"]
    times = read(f"vary: {{{WARD}: {{from: times 0.9, to: times 1.1, n: 3}}}}\n")
    assert levels_of(times) == ["times 0.9", "times 1", "times 1.1"]
    template = read(
        "vary: {templates.bed.places: {from: 10, to: 11, n: 2}}\nset: {templates.bed.places: 5}\n"
    )
    assert template.factors[0].whole


@pytest.mark.parametrize(
    ("levels", "operation", "unit", "numbers"),
    [
        ("[minus 5, plus 0, plus 5]", "plus", "", [-5.0, 0.0, 5.0]),
        ("[30, 35]", "", "", [30.0, 35.0]),
        ("[30, plus 5]", "", "", [None, None]),
        ("[30, unlimited]", "", "", [None, None]),
        ("[times 1, times 1.1]", "times", "", [1.0, 1.1]),
        ("[{2020-01-06: 30, 2020-03-01: 20}, 30]", "", "", [None, None]),
    ],
)
def test_levels_have_numbers_where_all_share_one_operation_and_unit(
    read: Read, levels: str, operation: str, unit: str, numbers: list[float | None]
) -> None:
    (factor,) = read(f"vary: {{{WARD}: {levels}}}\n").factors
    assert (factor.operation, factor.unit) == (operation, unit)
    assert [level.number for level in factor.levels] == numbers
    known = [number for number in numbers if number is not None]
    assert (factor.low, factor.high) == (min(known, default=None), max(known, default=None))


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 50))
def test_evenly_spread_numbers_keep_their_ends_and_their_order(low: float, width: float, n: int) -> None:
    numbers = spread(low, low + width, n)
    assert (numbers[0], numbers[-1], len(numbers)) == (low, low + width, n)
    if low + width > low:
        assert all(a <= b for a, b in pairwise(numbers))
        off = max(abs(number - (low + width * i / (n - 1))) for i, number in enumerate(numbers))
        assert off <= width * 1e-5 + abs(low) * 1e-15


@given(st.integers(-1000, 1000), st.integers(1, 200), st.integers(1, 60), st.sampled_from([1, 10, 1000]))
def test_steps_lead_from_end_to_end_in_decimals(first: int, step: int, n: int, scale: int) -> None:
    expected = [(first + i * step) / scale for i in range(n + 1)]
    assert stepped(expected[0], expected[-1], step / scale) == expected
    assert stepped(expected[0], expected[-1] + 0.3 * step / scale, step / scale) is None


def test_a_place_in_a_range_is_told_in_digits_the_range_has_use_for() -> None:
    assert at(0.9, 1.1, 1 / 3) == 0.9666667
    assert at(0, 1_000_000, 1 / 3) == 333333.0
    assert at(-1, 1, 0.5) == 0.0


def test_nothing_has_no_sign() -> None:
    zero = measured(Node("minus 0 days", "", 1, 0, ""))
    assert zero is not None
    assert in_words(*zero) == "plus 0 days"


# Names


def test_long_levels_are_cut_in_names_as_long_as_they_can_be_told_apart(read: Read) -> None:
    longs = [f"{{lognormal: {{mean: {mean} days, sd: 3 days, max: 40 days}}}}" for mean in (5, 6)]
    path = "services.assessment.care_time"
    cut = variants_of(read(f"vary: {{{path}: [{', '.join(longs)}]}}\n"))
    assert [variant.name for variant in cut] == [
        "assessment.care_time {lognormal: {mean: 5 days, sd: 3 day ...",
        "assessment.care_time {lognormal: {mean: 6 days, sd: 3 day ...",
    ]
    assert [variant.levels[path] for variant in cut] == longs
    alike = [long.replace("40", "50") for long in longs[:1]] + longs[:1]
    whole = variants_of(read(f"vary: {{{path}: [{', '.join(alike)}]}}\n"))
    assert [variant.name for variant in whole] == [f"assessment.care_time {text}" for text in alike]


# All designs


@pytest.mark.parametrize("case", sorted((CASES / "valid").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_design_has_as_many_variants_as_were_counted_each_with_its_own_name(case: Path) -> None:
    experiment = read_experiment(case)
    variants = variants_of(experiment)
    assert len(variants) == n_variants(experiment) == len({variant.name for variant in variants})
    assert variants_of(experiment) == variants


@pytest.mark.parametrize("case", sorted((CASES / "valid").glob("*.yaml")), ids=lambda path: path.stem)
def test_few_variants_have_every_group_and_level_between_them(case: Path) -> None:
    variants = variants_of(read_experiment(case))
    few = typical(variants)
    assert {variant.group for variant in few} == {variant.group for variant in variants}
    if not variants[0].point:
        levels = {pair for variant in variants for pair in variant.levels.items()}
        assert {pair for variant in few for pair in variant.levels.items()} == levels
    for path in variants[0].point:
        places = [variant.point[path] for variant in variants]
        found = [variant.point[path] for variant in few]
        assert (min(found), max(found)) == (min(places), max(places))


def test_few_variants_are_few_in_a_large_grid(read: Read) -> None:
    paths = (WARD, TEAM, "services.assessment.places")
    vary = ", ".join(f"{path}: {{from: 10, to: 29, step: 1}}" for path in paths)
    variants = variants_of(read(f"vary: {{{vary}}}\n"))
    assert len(variants) == 8000
    assert len(typical(variants)) == 20 + 19 + 19
