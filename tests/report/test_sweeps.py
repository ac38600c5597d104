"""A sweep in words and in figures."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.text import Text

from caresim.errors import ResultsError
from caresim.measures.best import best_variants
from caresim.measures.comparison import baseline_of, variant_differences
from caresim.report.figures.canvas import Picture
from caresim.report.figures.sweeps import Axis, HeatMap, Target, apart, draw_contour, draw_heat_maps, in_lines
from caresim.report.sweep_pictures import level_in_words, sweep_pictures, write_comparison
from caresim.report.sweeps import (
    best_as_plain,
    best_table,
    column_in_words,
    difference_tables,
    label_of,
    sweep_as_plain,
    sweep_heading,
)
from caresim.report.words import text_of
from measures.sweep_by_hand import HandMade, sweep_of
from report.test_figures import faults_of

PLACES, HOURS = "services.reablement.places", "services.home_care.hours"
WEEKENDS = "services.community_hospital_north.intake_at_weekends"
OPERATIONS = {PLACES: "plus", HOURS: "times"}


def grid(
    factors: dict[str, list[float]],
    figure: Callable[..., float] = lambda *levels: 10.0 - sum(levels) / 10,
    *,
    n: int = 5,
    groups: tuple[str, ...] = ("",),
    spread: float = 0.5,
    without: tuple[int, ...] = (),
    unit: str = "people",
    measure: str = "dtoc_people",
    targets: dict[str, float] | None = None,
) -> HandMade:
    """A sweep over all combinations; `without` are numbers of variants that have no figure."""
    rng = np.random.default_rng(1)
    combinations = [[]]
    for levels in factors.values():
        combinations = [[*known, level] for known in combinations for level in levels]
    people = rng.normal(0, 1, n)
    figures, in_group = {}, {}
    levels_of: dict[str, dict[str, float]] = {path: {} for path in factors}
    for group in groups:
        for levels in combinations:
            parts = [
                f"{path.removeprefix('services.')} {OPERATIONS.get(path, '')} {level}"
                for path, level in zip(factors, levels, strict=True)
            ]
            name = ", ".join([*([group] if group else []), *parts])
            lacking = len(figures) in without
            figures[name] = (
                np.full(n, np.nan) if lacking else figure(*levels) + spread * (people + rng.normal(0, 0.3, n))
            )
            in_group[name] = group
            for path, level in zip(factors, levels, strict=True):
                levels_of[path][name] = level
    return sweep_of(
        {measure: figures},
        factors=levels_of,
        groups=in_group,
        operations=OPERATIONS,
        units={measure: unit},
        targets=targets,
    )


def drawn(sweep: HandMade, *, adjust: bool = False) -> dict[str, Picture]:
    rows = variant_differences(sweep, adjust=adjust)
    measures = sweep.experiment["keep"]["measures"]
    found = sweep_pictures(
        sweep,
        rows,
        baseline=baseline_of(sweep),
        measures=measures,
        adjust=adjust,
        targets=sweep.experiment["targets"],
    )
    return {picture.name: picture for picture in found}


def words_in(picture: Picture) -> list[str]:
    return [text.get_text() for axes in picture.figure.axes for text in axes.texts]


def latin() -> HandMade:
    rng = np.random.default_rng(3)
    names = [f"point {number}" for number in range(1, 41)]
    at = {name: rng.random(2) for name in names}
    return sweep_of(
        {"cost_total": {name: 1e8 + 1e7 * at[name][0] + rng.normal(0, 1e6, 4) for name in names}},
        factors={
            PLACES: {name: 40 * at[name][0] for name in names},
            HOURS: {name: 1 + at[name][1] / 10 for name in names},
        },
        operations=OPERATIONS,
        units={"cost_total": "pounds"},
        targets={"cost_total": 1.04e8},
        kind="latin_hypercube",
    )


def one_at_a_time() -> HandMade:
    """As `Sweep` gives it: nan where a path is left as it is."""
    levels = {
        "base": {},
        "plus 20": {PLACES: 20.0},
        "plus 40": {PLACES: 40.0},
        "times 0.9": {HOURS: 0.9},
    }
    return sweep_of(
        {"dtoc_people": {name: [10.0 + place, 11.0, 12.0] for place, name in enumerate(levels)}},
        factors={
            path: {name: own.get(path, np.nan) for name, own in levels.items()} for path in (PLACES, HOURS)
        },
        operations=OPERATIONS,
        kind="one_at_a_time",
    )


LONG = "a group with a name that goes on and on, for no reason that anybody could give, and costs $5 or $6"
CASES: dict[str, Callable[[], HandMade]] = {
    "a grid with a target": lambda: grid(
        {PLACES: [0, 20, 40], HOURS: [1.0, 1.05]}, targets={"dtoc_people": 8.0}
    ),
    "groups": lambda: grid({PLACES: [0, 20], HOURS: [1.0, 1.05]}, groups=("winter", "calm")),
    "long names": lambda: grid(
        {PLACES: [0, 20], WEEKENDS: [2, 4, 6]}, groups=(LONG, "b"), targets={"dtoc_people": 9.0}
    ),
    "sixty variants, some without a figure": lambda: grid(
        {PLACES: [0, 10, 20, 30, 40], HOURS: [1.0, 1.02, 1.05, 1.1], WEEKENDS: [2, 4, 6]},
        without=(7, 33),
        targets={"dtoc_people": 7.5},
    ),
    "one replication": lambda: grid({PLACES: [0, 20, 40], HOURS: [1.0, 1.05]}, n=1),
    "all alike": lambda: grid(
        {PLACES: [0, 20, 40], HOURS: [1.0, 1.05]},
        lambda *_: 5.0,
        spread=0.0,
        targets={"dtoc_people": 5.0},
    ),
    "all nothing": lambda: grid({PLACES: [0, 20, 40], HOURS: [1.0, 1.05]}, lambda *_: 0.0, spread=0.0),
    "no figure at all": lambda: grid({PLACES: [0, 20], HOURS: [1.0, 1.05]}, without=(0, 1, 2, 3)),
    "below zero": lambda: grid(
        {PLACES: [0, 20, 40]}, lambda places: places - 100, targets={"dtoc_people": -80}
    ),
    "millions": lambda: grid(
        {PLACES: [0, 20, 40], HOURS: [1.0, 1.05]},
        lambda places, hours: 1.5e8 - 1e6 * places,
        unit="pounds",
        measure="cost_total[payer=nhs]",
        spread=1e6,
        targets={"cost_total[payer=nhs]": 1.3e8},
    ),
    "many lines": lambda: grid(
        {PLACES: [0, 20, 40], HOURS: [0.9, 0.95, 1.0, 1.02, 1.05, 1.1]}, targets={"dtoc_people": 8.0}
    ),
    "many cells": lambda: grid(
        {PLACES: list(range(0, 150, 10)), WEEKENDS: list(range(12))}, targets={"dtoc_people": 2.0}
    ),
    "more cells than figures fit": lambda: grid({PLACES: list(range(30)), WEEKENDS: [1, 2]}, n=2),
    "a latin hypercube": latin,
    "one at a time": one_at_a_time,
    "names alone": lambda: sweep_of(
        {"dtoc_people": {"as it is": [1.0, 2.0], LONG: [1.5, 2.7], "plan B": [1.0, 2.0]}}
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_no_words_overlap_or_leave_the_figure(case):
    pictures = drawn(CASES[case]())
    for picture in pictures.values():
        assert faults_of(picture) == [], picture.name


@pytest.mark.parametrize(
    ("case", "names"),
    [
        (
            "a grid with a target",
            [
                "dtoc_people_differences",
                "dtoc_people_by_reablement_places",
                "dtoc_people_by_home_care_hours",
                "dtoc_people_by_reablement_places_and_home_care_hours",
            ],
        ),
        ("names alone", ["dtoc_people_differences"]),
        (
            "a latin hypercube",
            [
                "cost_total_differences",
                "cost_total_differences_2",
                "cost_total_by_reablement_places",
                "cost_total_by_home_care_hours",
            ],
        ),
        (
            "one at a time",
            [
                "dtoc_people_differences",
                "dtoc_people_by_reablement_places",
                "dtoc_people_by_home_care_hours",
            ],
        ),
        ("no figure at all", ["dtoc_people_differences"]),
    ],
)
def test_a_design_gets_the_figures_that_it_can_fill(case, names):
    assert list(drawn(CASES[case]())) == names


def test_a_curve_has_a_line_for_each_level_of_the_other_path_through_its_means():
    sweep = grid({PLACES: [0, 20, 40], HOURS: [1.0, 1.05]})
    axes = drawn(sweep)["dtoc_people_by_reablement_places"].figure.axes[0]
    means = sweep.measures.groupby([HOURS, PLACES])["dtoc_people"].mean()
    lines = [line for line in axes.lines if len(line.get_xdata()) == 3]
    assert [line.get_xdata().tolist() for line in lines] == [[0, 20, 40]] * 2
    for line, hours in zip(lines, (1.0, 1.05), strict=True):
        assert line.get_ydata() == pytest.approx(means[hours].to_numpy())
    assert {"home care hours ×1", "home care hours ×1.05"} <= set(words_in_one_line(axes))


def table_of_groups(groups: dict[str, tuple[float, float]]) -> HandMade:
    """A design table: two rows of each group, which differ in places; hours and rate are the group's."""
    names = {f"{group} {places}": (group, places) for group in groups for places in (0.0, 20.0)}
    return sweep_of(
        {"dtoc_people": {name: [places, places + 1] for name, (_, places) in names.items()}},
        factors={
            PLACES: {name: places for name, (_, places) in names.items()},
            HOURS: {name: groups[group][0] for name, (group, _) in names.items()},
            "arrivals.gp.rate": {name: groups[group][1] for name, (group, _) in names.items()},
        },
        groups={name: group.strip() for name, (group, _) in names.items()},
        operations={**OPERATIONS, "arrivals.gp.rate": "times"},
        kind="table",
    )


def test_what_is_the_same_in_all_of_a_group_is_not_named_beside_it():
    sweep = table_of_groups({"calm": (1.0, 1.0), "winter": (0.9, 1.2), "relief": (1.1, 1.2)})
    axes = drawn(sweep)["dtoc_people_by_reablement_places"].figure.axes
    assert len(axes) == 1
    assert {"calm", "winter", "relief"} <= set(words_in_one_line(axes[0]))
    assert not any("hours" in words or "rate" in words for words in words_in_one_line(axes[0]))


def test_what_tells_two_lines_of_a_group_apart_is_named():
    """Twice winter, with other hours; the rate is winter's."""
    sweep = table_of_groups({"calm": (1.0, 1.0), "winter": (0.9, 1.2), "winter ": (1.1, 1.2)})
    calm, winter = drawn(sweep)["dtoc_people_by_reablement_places"].figure.axes
    assert [calm.get_title(loc="left"), winter.get_title(loc="left")] == ["calm", "winter"]
    words = {text.get_text().replace("\n", " ") for text in winter.figure.findobj(Text)}
    assert {"home care hours ×0.9", "home care hours ×1.1"} <= words
    assert not any("gp rate" in text for text in words)


def test_what_a_line_without_a_group_has_is_named():
    sweep = table_of_groups({"winter": (0.9, 1.2), " ": (1.1, 1.0)})
    figure = drawn(sweep)["dtoc_people_by_reablement_places"].figure
    words = [text.get_text().replace("\n", " ") for text in figure.findobj(Text)]
    assert any("home care hours ×1.1" in text for text in words)


def words_in_one_line(axes) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in axes.texts]


def test_a_band_is_the_interval_of_the_mean():
    sweep = sweep_of(
        {"queue": {"a": [2.0, 4.0, 6.0], "b": [1.0, 1.0, 1.0]}}, factors={PLACES: {"a": 0.0, "b": 5.0}}
    )
    axes = drawn(sweep)["queue_by_reablement_places"].figure.axes[0]
    corners = axes.collections[0].get_paths()[0].vertices
    half = 4.302652730 * 2 / 3**0.5
    at_a = corners[corners[:, 0] == 0][:, 1]
    assert [at_a.min(), at_a.max()] == pytest.approx([4 - half, 4 + half])


def test_what_has_no_figure_leaves_a_gap_in_its_line():
    sweep = grid({PLACES: [0, 20, 40]}, without=(1,))
    picture = drawn(sweep)["dtoc_people_by_reablement_places"]
    line = next(line for line in picture.figure.axes[0].lines if len(line.get_xdata()) == 3)
    assert np.isnan(line.get_ydata()).tolist() == [False, True, False]
    assert "(1 without a figure)" in picture.caption


def test_one_at_a_time_the_baseline_stands_where_nothing_is_changed():
    axes = drawn(one_at_a_time())["dtoc_people_by_home_care_hours"].figure.axes[0]
    line = next(line for line in axes.lines if len(line.get_xdata()) > 1)
    assert line.get_xdata().tolist() == [0.9, 1.0]
    assert line.get_ydata().tolist() == [12.0, 11.0]


def test_one_scenario_under_two_names_is_drawn_once():
    """Nothing varied, and a path varied by "plus 0"."""
    sweep = sweep_of(
        {"queue": {"base": [5.0, 6], "plus 0": [5.0, 6], "plus 20": [3.0, 4]}},
        factors={PLACES: {"base": np.nan, "plus 0": 0.0, "plus 20": 20.0}},
        operations=OPERATIONS,
        kind="one_at_a_time",
        same={"plus 0": "base"},
    )
    axes = drawn(sweep)["queue_by_reablement_places"].figure.axes[0]
    line = next(line for line in axes.lines if len(line.get_xdata()) > 1)
    assert line.get_xdata().tolist() == [0, 20]
    assert line.get_linestyle() == "-"


def test_the_target_is_named_where_it_lies():
    picture = drawn(CASES["below zero"]())["dtoc_people_by_reablement_places"]
    axes = picture.figure.axes[0]
    assert any(np.all(np.asarray(line.get_ydata()) == -80) for line in axes.lines)
    assert "target: -80.0" in words_in(picture)


def test_cells_of_a_heat_map_tell_mean_and_half_width():
    sweep = sweep_of(
        {"queue": {"a": [2.0, 4.0, 6.0], "b": [1.0] * 3, "c": [3.0] * 3, "d": [np.nan] * 3}},
        factors={
            PLACES: {"a": 0.0, "b": 5.0, "c": 0.0, "d": 5.0},
            HOURS: {"a": 1.0, "b": 1.0, "c": 2.0, "d": 2.0},
        },
    )
    picture = drawn(sweep)["queue_by_reablement_places_and_home_care_hours"]
    axes = picture.figure.axes[0]
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert cells == {(0, 0): "4.0 ±5.0", (1, 0): "1.0 ±0.0", (0, 1): "3.0 ±0.0", (1, 1): "none"}


def test_the_contour_runs_where_the_target_is_met():
    """0, 10, 20 across: 5 lies half way between the first two, at every height."""
    from caresim.report.figures.canvas import new_figure

    axes = new_figure(4).add_subplot()
    assert draw_contour(axes, np.array([[0.0, 10, 20], [0, 10, 20]]), 5.0)
    corners = axes.collections[0].get_paths()[0].vertices
    assert corners[:, 0] == pytest.approx(0.5)
    assert [corners[:, 1].min(), corners[:, 1].max()] == [-0.5, 1.5]
    assert not draw_contour(axes, np.array([[0.0, 10], [0, 10]]), 30.0)
    assert not draw_contour(axes, np.full((2, 2), np.nan), 1.0)


def test_a_contour_is_named_and_where_there_is_none_the_caption_says_so():
    low = drawn(CASES["a grid with a target"]())["dtoc_people_by_reablement_places_and_home_care_hours"]
    assert [text.get_text() for text in low.figure.legends[0].get_texts()] == ["target: 8.0"]
    never = grid({PLACES: [0, 20], HOURS: [1.0, 1.05]}, targets={"dtoc_people": 50.0})
    picture = drawn(never)["dtoc_people_by_reablement_places_and_home_care_hours"]
    assert not picture.figure.legends
    assert "No cell lies above the target of 50.0." in picture.caption


def test_a_map_of_many_cells_has_shades_and_a_scale_in_place_of_figures():
    picture = drawn(CASES["more cells than figures fit"]())
    axes = picture[
        "dtoc_people_by_reablement_places_and_community_hospital_north_intake_at_weekends"
    ].figure.axes
    assert len(axes) == 2
    assert not axes[0].texts


def test_differences_are_blue_only_where_zero_is_left_out():
    picture = drawn(
        sweep_of(
            {"queue": {"base": [1.0, 2, 3], "sure": [2.0, 3, 4], "unsure": [1.0, 3, 3], "same": [1.0, 2, 3]}}
        )
    )["queue_differences"]
    points = [line for line in picture.figure.axes[0].lines if line.get_marker() == "o"]
    assert [line.get_markerfacecolor() for line in points] == ["#0072b2", "white", "white"]
    assert words_in(picture)[2] == "the same"
    assert picture.title == "Queue: 1 of 3 variants clearly differs from the baseline"


def test_captions_say_what_bars_hold():
    one = drawn(grid({PLACES: [0, 20, 40]}))["dtoc_people_differences"]
    assert "Bars: 95 % interval." in one.caption
    both = drawn(grid({PLACES: [0, 20, 40]}), adjust=True)["dtoc_people_differences"]
    assert "Bars: 97.5 % interval: the 2 of a measure hold all together with 95 %." in both.caption
    alone = drawn(CASES["one replication"]())["dtoc_people_by_reablement_places"]
    assert "1 replication of each of 6 variants, which says nothing of chance." in alone.caption


def test_the_same_sweep_gives_the_same_svg():
    one, other = (drawn(CASES["a grid with a target"]()) for _ in range(2))
    assert [picture.svg() for picture in one.values()] == [picture.svg() for picture in other.values()]


def test_words_at_line_ends_move_apart_and_no_further():
    assert apart([0, 100], [10, 10]) == [0, 100]
    assert apart([50, 52, 54], [10, 10, 10]) == [42, 52, 62]
    assert apart([0, 0], [10, 10], floor=-5) == [0, 10]
    assert apart([0, 0, 12], [10, 10, 10], floor=0) == [5, 15, 25]


def test_names_break_after_commas():
    assert in_lines("winter, reablement places +20, home care hours ×1.05", 30) == (
        "winter, reablement places +20,\nhome care hours ×1.05"
    )


def test_maps_without_a_single_figure_can_be_drawn():
    axis = Axis("places", (0.0, 1.0), ("0", "1"))
    empty = HeatMap("", np.full((2, 2), np.nan), (("none", ""), ("", "none")))
    picture = draw_heat_maps(
        "m", "Title", "Caption", [empty], across=axis, up=axis, target=Target(1.0, "target")
    )
    assert picture.png().startswith(b"\x89PNG")


# -------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("column", "unit", "words"),
    [
        ("dtoc_people", "people", "Delayed in hospital, people a day"),
        ("cost_total[payer=nhs]", "pounds", "Cost of care (NHS), pounds"),
        ("cost_total", "pounds", "Cost of care, pounds"),
        ("dtoc_nights[area=county,reason=E]", "nights", "Delayed nights (area county, reason E)"),
        ("mean_wait[service=team]", "days", "Mean wait (service team), days"),
        ("home_care.queue", "people", "Home care: queue, people"),
        ("team.utilisation", "share", "Team: % used"),
        ("no_longer_known", "people", "no_longer_known, people"),
    ],
)
def test_columns_are_put_into_words(column, unit, words):
    assert label_of(column, unit) == words


def test_what_is_counted_and_its_unit_are_told_apart():
    assert column_in_words("dtoc_people", "people") == ("Delayed in hospital", "people a day")


FOUR = {"dtoc_people": {"base": [1, 2, 3, 4], "more": [0, 1, 2, 3], "odd": [3, 1, 3, 4]}}


def test_the_table_has_the_baseline_on_top_and_says_what_would_settle_the_rest():
    """`odd` differs by 0.25 with spread 1.26: t 1.26 / sqrt(n) is below 0.25 from 100 on, 96 more than 4."""
    sweep = sweep_of(FOUR, targets={"dtoc_people": 2.0})
    [table] = difference_tables(sweep, variant_differences(sweep), "base", sweep.experiment["targets"])
    assert [tuple(cell.strip() for cell in row) for row in table.rows] == [
        ("base", "4", "2.5", "", "", "baseline"),
        ("more", "4", "1.5", "-1.0 (-1.0 to -1.0)", "", "clearly less"),
        ("odd", "4", "2.8", "0.25 (-1.75 to 2.25)", "about 96", "cannot tell yet"),
    ]
    assert "At or below the target of 2.0, by their means: 1 of 3 variants." in table.note
    assert "how many more replications of each would settle it" in table.note


def test_of_other_replications_each_line_has_the_baseline_of_its_own_pairs():
    """Baseline 10, 20, 30, 40: over all 25. `few` has 0 and 1 alone: 15 there, 16 of its own."""
    figures = {"dtoc_people": {"base": [10, 20, 30, 40], "few": [11, 21], "all": [10, 21, 30, 41]}}
    sweep = sweep_of(figures)
    [table] = difference_tables(sweep, variant_differences(sweep), "base")
    lines = [tuple(cell.strip() for cell in row) for row in table.rows]
    assert [line[:4] for line in lines] == [("few", "2", "15.0", "16.0"), ("all", "4", "25.0", "25.5")]
    assert table.heads[2] == "baseline"
    assert 'baseline: "base". Not all have a figure in the same replications' in table.note
    assert "more: about how many more such pairs" in table.note
    caption = drawn(sweep)["dtoc_people_differences"].caption
    assert "2 to 4 replications, those that both have" in caption
    [table] = difference_tables(sweep_of(FOUR), variant_differences(sweep_of(FOUR)), "base")
    assert "same replications" not in table.note


def test_steps_up_and_down_have_one_sign_each():
    changes = sweep_of(
        {"dtoc_people": {"base": [1, 2], "a": [1, 2], "b": [1, 3]}},
        factors={PLACES: {"base": 0.0, "a": -2.0, "b": 5.0}, HOURS: {"base": -1.5, "a": 2.0, "b": -3.0}},
        operations={PLACES: "plus", HOURS: "minus"},
    )
    assert [level_in_words(changes, PLACES, level) for level in (-2.0, 0.0, 5.0)] == ["−2", "+0", "+5"]
    assert [level_in_words(changes, HOURS, level) for level in (-3.0, 2.0)] == ["+3", "−2"]
    plain = sweep_of(
        {"dtoc_people": {"base": [1, 2], "a": [1, 2]}}, factors={PLACES: {"base": -4.0, "a": 1000.0}}
    )
    assert [level_in_words(plain, PLACES, level) for level in (-4.0, 1000.0)] == ["−4", "1,000"]


@pytest.mark.parametrize("adjust", [False, True])
def test_no_line_of_a_long_comparison_is_wider_than_a_page(adjust):
    sweep = CASES["sixty variants, some without a figure"]()
    rows = variant_differences(sweep, adjust=adjust)
    text = "\n".join(
        [
            sweep_heading(sweep, baseline_of(sweep), adjust=adjust),
            *map(text_of, difference_tables(sweep, rows, baseline_of(sweep))),
            text_of(best_table(sweep, "dtoc_people", best_variants(sweep, "dtoc_people"))),
        ]
    )
    assert max(map(len, text.splitlines())) <= 100


def test_the_heading_says_what_the_intervals_hold_together():
    sweep = sweep_of(FOUR)
    assert "with --adjust all of a measure hold together" in sweep_heading(sweep, "base")
    adjusted = sweep_heading(sweep, "base", adjust=True).replace("\n", " ")
    assert "97.5 % interval: the 2 of a measure hold all together with 95 %" in adjusted
    assert "--adjust" not in adjusted


def test_the_heading_says_what_is_not_there_and_how_replications_were_chosen():
    sweep = sweep_of(FOUR, missing=3, until={"dtoc_people": {"half_width": 1, "relative": False}})
    heading = sweep_heading(sweep, "base").replace("\n", " ")
    assert "4 replications of each (3 not there yet)" in heading
    assert "hold a little less often" in heading


def test_the_best_table_names_those_that_are_ruled_out():
    sweep = sweep_of({"queue": {"a": [5, 5, 6], "b": [1, 2, 3.5], "c": [1, 3, 3]}})
    table = best_table(sweep, "queue", best_variants(sweep, "queue"))
    assert table.title == "Which may be the best: lowest Queue, people"
    assert [(row[0], row[-1].strip()) for row in table.rows] == [
        ("b", "may be the best"),
        ("c", "may be the best"),
        ("a", "ruled out"),
    ]
    assert "at least 95 % the best of all 3 is one of the 2 that are not ruled out" in table.note
    assert "Student's t at 97.5 %" in table.note


def test_of_many_variants_those_ruled_out_are_counted():
    sweep = CASES["sixty variants, some without a figure"]()
    found = best_variants(sweep, "dtoc_people")
    table = best_table(sweep, "dtoc_people", found)
    assert len(table.rows) == found["may_be_best"].sum()
    assert table.note.startswith(f"{58 - len(table.rows)} others ruled out.")


def test_a_comparison_is_plain_json():
    sweep = sweep_of({**FOUR, "queue": {"base": [1] * 4, "more": [np.nan] * 4, "odd": [1] * 4}})
    found = sweep_as_plain(
        sweep,
        variant_differences(sweep),
        best=best_as_plain("queue", best_variants(sweep, "queue"), 0.95, False),
    )
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    rows = {(row["variant"], row["measure"]): row for row in found["differences"]}
    assert rows["odd", "dtoc_people"]["more"] == 96
    assert rows["more", "dtoc_people"]["more"] is None
    assert rows["more", "queue"]["difference"] is None
    assert rows["more", "queue"]["verdict"] == "no figure"
    assert [row["may_be_best"] for row in found["best"]["variants"]] == [True, True, False]


def test_everything_is_written_into_one_folder(tmp_path):
    sweep = CASES["a grid with a target"]()
    rows = variant_differences(sweep)
    best = {"dtoc_people": best_variants(sweep, "dtoc_people")}
    written = write_comparison(
        sweep, rows, tmp_path / "new" / "folder", baseline=baseline_of(sweep), best=best
    )
    names = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert {path.name for path in written} == names
    assert {
        "differences.csv",
        "estimates.csv",
        "variants.csv",
        "best_dtoc_people.csv",
        "dtoc_people_differences.png",
        "dtoc_people_by_reablement_places_and_home_care_hours.svg",
    } <= names


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    sweep = sweep_of(FOUR)
    with pytest.raises(ResultsError, match="cannot be written"):
        write_comparison(sweep, variant_differences(sweep), tmp_path / "file", baseline="base")
