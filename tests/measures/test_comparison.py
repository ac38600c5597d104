"""Results side by side, and the variants of a sweep, replication by replication."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from caresim.errors import ResultsError
from caresim.measures.catalogue import MEASURES
from caresim.measures.comparison import (
    COLUMNS,
    compare,
    difference,
    differences,
    joint_level,
    more_replications,
    paired_results,
    payer_differences,
)
from caresim.measures.measure import Measure
from caresim.records.recorder import DELAYED, Recorder
from measures.results_by_hand import price, results_of
from measures.sweep_by_hand import sweep_of
from records.rows_by_hand import CARE, INFO, REABLE, WARD


def delayed(nights: int, awaited: int = CARE) -> Recorder:
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.array([0])
    recorder.held((0, WARD, DELAYED, awaited, 1, 0, 0.5, 0.5 + nights))
    return recorder


def test_differences_are_taken_in_each_replication():
    """1, 2, 3 against 2, 3, 4: one more each time, so the interval has no width, as each alone has."""
    first = results_of(INFO, [delayed(0), delayed(1), delayed(2)])
    second = results_of(INFO, [delayed(1), delayed(2), delayed(3)])
    row = difference(first, second, MEASURES["dtoc_nights"]).iloc[0]
    assert row.tolist() == [1, 2, 1, 1, 1]


def test_figures_of_results_are_taken_over_the_pairs_their_difference_is_taken_over():
    """Nights over stays: one replication of each has no stay, so only the third has a figure in both."""
    nights, stays = ([7, 0, 3], [0, 9, 2]), ([1, 0, 1], [0, 1, 1])
    runs = [results_of(INFO, [delayed(1)] * 3) for _ in range(2)]

    def part(of):
        def rows(results, _keys):
            return pd.DataFrame({"replication": range(3), "value": of[runs.index(results)]})

        return rows

    measure = Measure(name="m", unit="nights", definition="", source="", top=part(nights), bottom=part(stays))
    assert difference(*runs, measure).iloc[0][["first", "second", "mean"]].tolist() == [3, 2, -1]
    nights, stays = ([7, 4, 3], [0, 9, 2]), ([1, 1, 0], [0, 0, 1])
    measure = dataclasses.replace(measure, top=part(nights), bottom=part(stays))
    row = difference(*runs, measure).iloc[0]
    assert row[["first", "second"]].tolist() == [5.5, 2]
    assert np.isnan(row["mean"])


def test_what_only_one_has_counts_as_nothing_in_the_other():
    first, second = results_of(INFO, [delayed(1, CARE)]), results_of(INFO, [delayed(3, REABLE)])
    expected = {
        "dtoc_nights": [["care", 1, 0, -1], ["reable", 0, 3, 3]],
        "dtoc_rate": [["care", 100, 0, -100], ["reable", 0, 100, 100]],
        "dtoc_people": [["care", 0.25, 0, -0.25], ["reable", 0, 0.75, 0.75]],
    }
    for name, rows in expected.items():
        found = difference(first, second, MEASURES[name], by=("awaited",))
        assert found[["awaited", "first", "second", "mean"]].to_numpy().tolist() == rows


def test_the_table_of_differences_has_measures_costs_and_services():
    prices = [price("ward", "per_day", 100)]
    first = results_of(INFO, [delayed(1), delayed(1)], prices=prices)
    second = results_of(INFO, [delayed(2), delayed(3)], prices=prices)
    table = differences(first, second).set_index(["what", "name", "quantity"])
    assert table.loc[("measure", "dtoc_nights", ""), "mean"] == 1.5
    assert table.loc[("cost", "nhs", ""), "mean"] == 150
    assert table.loc[("service", "ward", "delayed"), "mean"] == 1.5 / 4
    assert table.loc[("service", "ward", "wait_days"), "unit"] == "days"
    assert np.isnan(table.loc[("service", "ward", "wait_days"), "mean"])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            {"seed": 2},
            r"^by hand: cannot be paired with by hand, because they have not the same seed \(2, not 1\)\. Run",
        ),
        ({"n": 1}, "has replications 0, but by hand has 0 to 1: they cannot be paired, for that two"),
        ({"end": 3.0}, r"not the same number of days measured \(3, not 4\)\. "),
        ({"first": "2021-04-29"}, r"not the same first day \(2021-04-29, not 2019-04-29\)\. "),
        ({"warm_up": 7.0}, r"not the same days of warm-up \(7, not 0\)\. "),
        ({"seed": 2, "end": 3.0}, r"seed \(2, not 1\); nor the same number of days measured \(3, not 4\)\. "),
    ],
)
def test_what_cannot_be_paired_is_refused(other, message):
    first = results_of(INFO, [delayed(1)] * 2)
    info = dataclasses.replace(INFO, end=other.get("end", 4.0), first_day=other.get("first", INFO.first_day))
    second = results_of(info, [delayed(1)] * other.get("n", 2), seed=other.get("seed", 1))
    first.manifest["warm_up_days"] = 0.0
    second.manifest["warm_up_days"] = other.get("warm_up", 0.0)
    with pytest.raises(ResultsError, match=message):
        differences(first, second)


def test_unequal_results_are_compared_as_if_only_the_common_replications_had_been_run():
    """Replications 1, 2, 3 with 1, 2, 3 nights, and 0, 1, 2 with 0, 3, 2: 1 and 2 are in both."""
    prices = [price("ward", "per_day", 100)]
    first = results_of(INFO, [delayed(n) for n in (3, 1, 2, 3)], prices=prices).of_replications([1, 2, 3])
    second = results_of(INFO, [delayed(n) for n in (0, 3, 2)], prices=prices)
    row = difference(first, second, MEASURES["dtoc_nights"]).iloc[0]
    assert row[["first", "second", "mean"]].tolist() == [1.5, 2.5, 1]
    assert not np.isnan(row["low"])
    alone = [results.of_replications([1, 2]) for results in (first, second)]
    pd.testing.assert_frame_equal(differences(first, second), differences(*alone))
    pd.testing.assert_frame_equal(payer_differences(first, second), payer_differences(*alone))
    pd.testing.assert_frame_equal(compare(first, second), compare(*alone))
    assert set(differences(first, second)["n"]) <= {0, 2}


def test_one_replication_of_each_is_compared_if_it_is_the_same_one():
    first, second = results_of(INFO, [delayed(1)]), results_of(INFO, [delayed(3)])
    assert difference(first, second, MEASURES["dtoc_nights"])["mean"].tolist() == [2]
    two = results_of(INFO, [delayed(1)] * 2)
    with pytest.raises(ResultsError, match="two or more must be in both"):
        paired_results(two.of_replications([0]), two.of_replications([1]))


# -------------------------------------------------------------- variants of a sweep

FOUR = {"dtoc_people": {"base": [1, 2, 3, 4], "more": [0, 1, 2, 3], "odd": [3, 1, 3, 4]}}


def test_variants_are_compared_with_the_baseline_replication_by_replication():
    """`more` is one less each time: no width. `odd` is 2, -1, 0, 0 more: mean 0.25, s^2 19/12."""
    table = compare(sweep_of(FOUR))
    assert table.columns.tolist() == list(COLUMNS)
    more, odd = table.to_dict("records")
    assert [more[key] for key in ("variant", "n", "baseline", "value", "difference", "low", "high")] == [
        "more", 4, 2.5, 1.5, -1.0, -1.0, -1.0,
    ]  # fmt: skip
    assert more["verdict"] == "clearly less"
    assert np.isnan(more["more"])
    half = 3.182446305 * (19 / 12 / 4) ** 0.5
    assert [odd["difference"], odd["low"], odd["high"]] == pytest.approx([0.25, 0.25 - half, 0.25 + half])
    assert odd["verdict"] == "cannot tell yet"


def test_unequal_numbers_of_replications_are_paired_over_those_both_have():
    """Replications 0, 1, 2, 3 against 2, 3, 4: over 2 and 3 alone, 10 and 30 less 3 and 4."""
    figures = {"dtoc_people": {"base": [1, 2, 3, 4], "late": [10, 30, 99]}}
    row = compare(sweep_of(figures, replications={"late": [2, 3, 4]})).iloc[0]
    assert row[["n", "baseline", "value", "difference"]].tolist() == [2, 3.5, 20, 16.5]


def test_a_figure_that_is_missing_takes_its_pair_out():
    figures = {"mean_delay_of_delayed": {"base": [1, np.nan, 3, 4], "b": [2, 2, np.nan, 6]}}
    row = compare(sweep_of(figures)).iloc[0]
    assert row[["n", "baseline", "value", "difference"]].tolist() == [2, 2.5, 4, 1.5]


def test_nothing_in_common_gives_no_figure_and_one_pair_no_interval():
    figures = {"dtoc_people": {"base": [1, 2], "none": [np.nan, np.nan], "one": [5, np.nan]}}
    table = compare(sweep_of(figures)).set_index("variant")
    assert table["n"].to_dict() == {"none": 0, "one": 1}
    assert table["verdict"].to_dict() == {"none": "no figure", "one": "one replication cannot tell"}
    assert table["more"].isna().all()


def test_another_variant_may_be_the_baseline_and_has_no_row():
    table = compare(sweep_of(FOUR), baseline="more")
    assert table["variant"].tolist() == ["base", "odd"]
    assert table["difference"].tolist() == [1.0, 1.25]


def test_the_first_variant_is_the_baseline_where_the_experiment_names_none():
    assert compare(sweep_of(FOUR, baseline=""))["variant"].tolist() == ["more", "odd"]


def test_rows_are_in_order_of_variant_then_of_the_measures_kept_or_asked_for():
    both = {"queue": FOUR["dtoc_people"], **FOUR}
    table = compare(sweep_of(both, units={"queue": "people", "dtoc_people": "people a day"}))
    assert list(zip(table["variant"], table["measure"], table["unit"], strict=True)) == [
        ("more", "queue", "people"),
        ("more", "dtoc_people", "people a day"),
        ("odd", "queue", "people"),
        ("odd", "dtoc_people", "people a day"),
    ]
    assert compare(sweep_of(both), measures=["dtoc_people"])["measure"].unique().tolist() == ["dtoc_people"]


def test_adjusted_intervals_are_those_of_a_level_that_leaves_each_its_part():
    """Two comparisons: each at 97.5 %, with 3 degrees of freedom t = 4.1765 for 3.1824."""
    plain = compare(sweep_of(FOUR)).set_index("variant").loc["odd"]
    adjusted = compare(sweep_of(FOUR), adjust=True).set_index("variant").loc["odd"]
    ratio = (adjusted["high"] - adjusted["low"]) / (plain["high"] - plain["low"])
    assert ratio == pytest.approx(4.176535 / 3.182446, rel=1e-5)
    assert adjusted["difference"] == plain["difference"]
    assert joint_level(0.95, 5) == pytest.approx(0.99)
    assert joint_level(0.95, 5, adjust=False) == joint_level(0.95, 1) == pytest.approx(0.95)


def test_a_sweep_of_one_variant_has_nothing_to_compare():
    assert compare(sweep_of({"dtoc_people": {"base": [1, 2]}})).empty


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"baseline": "mroe"}, 'there is no variant "mroe". Did you mean "more"?'),
        ({"measures": ["dtoc_peple"]}, '"dtoc_peple" was not kept. Did you mean "dtoc_people"?'),
    ],
)
def test_what_a_sweep_has_not_is_met_with_the_nearest_it_has(asked, words):
    with pytest.raises(ResultsError, match=re.escape(words)):
        compare(sweep_of(FOUR), **asked)


def test_a_measure_given_as_a_string_is_one_name():
    sweep = sweep_of(FOUR)
    assert compare(sweep, measures="dtoc_people").equals(compare(sweep, measures=["dtoc_people"]))
    first, second = results_of(INFO, [delayed(1)]), results_of(INFO, [delayed(2)])
    assert compare(first, second, measures="dtoc_nights")["difference"].tolist() == [1]
    with pytest.raises(ResultsError, match=r'"dtoc_peple" was not kept\. Did you mean "dtoc_people"'):
        compare(sweep, measures="dtoc_peple")


def test_a_sweep_without_a_replication_says_so():
    with pytest.raises(ResultsError, match="no replication is there yet"):
        compare(sweep_of({"queue": {"a": [], "b": []}}))


def test_a_sweep_is_not_compared_with_anything_else():
    with pytest.raises(ResultsError, match="caresim combine"):
        compare(sweep_of(FOUR), sweep_of(FOUR))
    results = results_of(INFO, [delayed(1)])
    with pytest.raises(ResultsError, match="with results alone"):
        compare(results, sweep_of(FOUR))
    with pytest.raises(ResultsError, match="nothing to compare it with"):
        compare(results)


# -------------------------------------------------------------- results, as columns of a sweep


def test_results_are_compared_in_the_columns_of_a_sweep(tmp_path):
    prices = [price("ward", "per_day", 100)]
    first = results_of(INFO, [delayed(1), delayed(1)], prices=prices)
    second = results_of(INFO, [delayed(2), delayed(3)], prices=prices)
    table = compare(first, second)
    assert table.columns.tolist() == list(COLUMNS)
    rows = table.set_index("measure")
    assert rows.loc["dtoc_nights", ["n", "baseline", "value", "difference"]].tolist() == [2, 1, 2.5, 1.5]
    assert rows.loc["cost_total[payer=nhs]", "difference"] == 150
    assert rows.loc["ward.delayed", "difference"] == 1.5 / 4
    assert rows.loc["ward.wait_days", "verdict"] == "no figure"
    one = compare(first, second, second, measures=["ward.delayed"], adjust=True)
    assert one["variant"].tolist() == ["by hand"] * 2
    assert one["high"].iloc[0] > rows.loc["ward.delayed", "high"]


def test_results_can_be_compared_by_any_measure_but_no_unknown_one():
    first, second = results_of(INFO, [delayed(1)] * 2), results_of(INFO, [delayed(2)] * 2)
    table = compare(first, second, measures=["dtoc_nights[responsible=nhs]", "ward.held"])
    assert table["measure"].tolist() == ["dtoc_nights[responsible=nhs]", "ward.held"]
    with pytest.raises(ResultsError, match=r'no service "wadr"\. Did you mean "ward"\?'):
        compare(first, second, measures=["wadr.held"])
    with pytest.raises(ResultsError, match="is no measure"):
        compare(first, second, measures=["nonsense"])


# -------------------------------------------------------------- how many more


def test_more_replications_are_the_fewest_that_bring_the_interval_clear_of_zero():
    """Spread 2, mean 1 after 9: half-width t(0.975, 8) x 2 / 3 = 1.54; by hand it needs 18 in all.

    t x 2 / sqrt(n) is 1.029 at 17 (t = 2.120) and 0.995 at 18 (t = 2.110).
    """
    half = 2.306004 * 2 / 3
    assert more_replications(1.0, half, 9) == 9
    assert more_replications(-1.0, half, 9) == 9


def test_more_replications_are_what_counting_up_finds():
    rng = np.random.default_rng(7)
    for _ in range(200):
        n, mean, spread = int(rng.integers(2, 40)), rng.normal(0, 0.5), rng.uniform(0.5, 3)
        level = float(rng.choice([0.9, 0.95, 0.999]))

        def half(number, spread=spread, level=level):
            return stats.t.ppf((1 + level) / 2, number - 1) * spread / number**0.5

        found = float(more_replications(mean, half(n), n, level))
        if half(n) < abs(mean):
            assert np.isnan(found)
        elif np.isinf(found):
            assert half(n + 10_000) >= abs(mean)
        else:
            assert half(n + found) < abs(mean)
            assert found == 1 or half(n + found - 1) >= abs(mean)


def test_what_would_take_more_than_ten_thousand_is_not_counted():
    """t is 1.9602 by then: spread 1 needs (1.9602 / mean)^2, which 0.0197 brings to 9,901 and 0.0195 to 10,105."""
    half = 12.706204736 / 2**0.5
    assert more_replications(0.0197, half, 2) == pytest.approx(9_901, abs=3)
    assert more_replications(0.0195, half, 2) == np.inf
    assert more_replications(0.0, half, 2) == np.inf


def test_what_is_settled_or_rests_on_one_replication_asks_for_no_more():
    found = more_replications([1.0, 1.0, 0.0, np.nan], [0.5, np.nan, 0.0, np.nan], [5, 1, 5, 0])
    assert np.isnan(found).all()
