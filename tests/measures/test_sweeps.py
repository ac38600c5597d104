"""A sweep as it is read: in order of its experiment, and nothing of any other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from caresim.errors import ResultsError
from caresim.measures.estimates import mean_with_interval
from caresim.measures.sweeps import Sweep, load
from caresim.records.sweep_store import SweepStore
from records.sweep_by_hand import (
    FIRST,
    SECOND,
    delays,
    experiment,
    failure,
    key_of,
    people_of,
    replication,
    run,
    scenario,
    variant,
)

PLACES = "services.ward.places"


def filled(folder, *records):
    with SweepStore.open(folder) as store:
        for record in records:
            store.append(record)
    return folder


def whole(n=3, tables=()):
    """Every replication of both variants, the last first."""
    return [replication(s, k, tables=tables) for s in (SECOND, FIRST) for k in range(n, 0, -1)]


def test_rows_are_in_order_of_the_design_then_of_replication(tmp_path):
    """Also where a scenario's hash comes before another's that is declared later."""
    backwards = [variant("many", SECOND, 20), variant("few", FIRST, 0)]
    sweep = load(filled(tmp_path, experiment(variants=backwards), *whole()))
    assert sweep.variants.to_dict("list") == {
        "variant": ["many", "few"],
        "group": ["", ""],
        "scenario": [SECOND, FIRST],
        "n": [3, 3],
        PLACES: [20.0, 0.0],
    }
    expected = [["many", 20.0, k, people_of(SECOND, k)] for k in (1, 2, 3)]
    expected += [["few", 0.0, k, people_of(FIRST, k)] for k in (1, 2, 3)]
    assert sweep.measures[["variant", PLACES, "replication", "people"]].to_numpy().tolist() == expected
    columns = ["variant", "variant_group", PLACES, "replication", "key", "cpu_seconds", "people", "share"]
    assert list(sweep.measures.columns) == columns
    assert sweep.units == {"people": "people", "share": ""}
    assert sweep.missing == 0


def test_each_figure_tells_the_group_of_its_variant(tmp_path):
    """Or every question by winter and calm would need a join."""
    grouped = [variant("few", FIRST, 0) | {"group": "winter"}, variant("many", SECOND, 20)]
    sweep = load(filled(tmp_path, experiment(variants=grouped), *whole(2)))
    assert sweep.measures["variant_group"].tolist() == ["winter", "winter", "", ""]
    assert sweep.variants["group"].tolist() == ["winter", ""]


def test_other_seeds_models_and_scenarios_are_left_out(tmp_path):
    """So is what keeps less than this experiment does, and what lies beyond its replications."""
    strangers = [
        replication(seed=8, key="0" * 32),
        replication(model=2, key="1" * 32),
        replication("c" * 32),
        replication(FIRST, 4),
        replication(SECOND, 1, measures={"people": 1.0}),
    ]
    sweep = load(filled(tmp_path, experiment(), *strangers, replication(FIRST, 2)))
    assert sweep.measures["key"].tolist() == [key_of(FIRST, 2)]
    assert sweep.variants["n"].tolist() == [1, 0]
    assert sweep.missing == 5


def test_two_variants_that_are_the_same_scenario_both_have_its_rows(tmp_path):
    same = [variant("few", FIRST, 0), variant("none changed", FIRST, 0), variant("many", SECOND, 20)]
    sweep = load(filled(tmp_path, experiment(variants=same), *whole()))
    assert sweep.variants["n"].tolist() == [3, 3, 3]
    assert sweep.measures["variant"].tolist() == ["few"] * 3 + ["none changed"] * 3 + ["many"] * 3
    assert sweep.measures["people"].tolist()[:3] == sweep.measures["people"].tolist()[3:6]
    filled(tmp_path, failure(FIRST, 4), experiment(variants=same, replications={"n": 4}, written_at="2027"))
    sweep = load(tmp_path)
    assert sweep.failures["variant"].tolist() == ["few", "none changed"]
    assert sweep.missing == 2, "a scenario that two variants share is run once"


def test_levels_that_are_not_all_numbers_are_told_as_text(tmp_path):
    path = "services.ward.care_time"
    words = {"fixed": "fixed: 2 days", "exponential": "exponential: 2 days"}
    variants = [
        {"name": name, "group": "g", "levels": {path: text}, "numbers": {}, "scenario": s}
        for (name, text), s in zip(words.items(), (FIRST, SECOND), strict=True)
    ]
    baseline = {"name": "baseline", "group": "g", "levels": {}, "numbers": {}, "scenario": "c" * 32}
    factors = [{"path": path}, {"path": PLACES}]
    variants[0]["levels"][PLACES], variants[0]["numbers"][PLACES] = "plus 5", 5.0
    sweep = load(filled(tmp_path, experiment(variants=[baseline, *variants], factors=factors)))
    assert sweep.variants[path].tolist() == ["", *words.values()]
    assert sweep.variants[PLACES].fillna(-1).tolist() == [-1, 5.0, -1]
    assert sweep.variants["group"].tolist() == ["g"] * 3


def test_estimates_are_those_of_each_variant_alone(tmp_path):
    """Against `mean_with_interval`; a figure that is none is left out of n."""
    sweep = load(filled(tmp_path, experiment(), *whole()))
    found = sweep.estimates(0.9)
    assert found["variant"].tolist() == ["few", "few", "many", "many"]
    assert found["measure"].tolist() == ["people", "share"] * 2
    assert found["unit"].tolist() == ["people", ""] * 2
    assert found["n"].tolist() == [3, 2, 3, 2]
    for row in found.to_dict("records"):
        own = sweep.measures.loc[sweep.measures["variant"] == row["variant"], row["measure"]]
        expected = mean_with_interval(own.to_numpy(), 0.9)
        told = [row["mean"], row["low"], row["high"]]
        np.testing.assert_allclose(told, [expected.mean, expected.low, expected.high], rtol=1e-12)
    assert found["mean"].tolist()[0] == 12.0


def test_one_replication_has_no_interval_and_none_has_no_mean(tmp_path):
    found = load(filled(tmp_path, experiment(), replication(FIRST, 1))).estimates()
    assert found["n"].tolist() == [1, 1, 0, 0]
    assert found["mean"].isna().tolist() == [False, False, True, True]
    assert found[["low", "high"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="level"):
        load(tmp_path).estimates(95)


def test_nothing_there_yet_is_an_empty_sweep(tmp_path):
    sweep = load(filled(tmp_path, experiment()))
    assert len(sweep.measures) == len(sweep.failures) == len(sweep.runs) == 0
    assert sweep.variants["n"].tolist() == [0, 0]
    assert sweep.missing == 6
    assert len(sweep.estimates()) == 4


# --- until -----------------------------------------------------------------------------------

UNTIL = {"until": {"x": {"half_width": 1.0, "relative": False}}, "at_least": 3, "at_most": 6, "level": 0.95}
KEEP = {"measures": ["x"], "units": {}, "tables": []}


def until(folder, first, second, failed=()):
    """A sweep of two variants; figures by replication, None: not there."""
    records = [experiment(replications=UNTIL, keep=KEEP)]
    for name, figures in ((FIRST, first), (SECOND, second)):
        for number, figure in enumerate(figures, 1):
            if figure is not None:
                records.append(replication(name, number, measures={"x": figure}))
    return load(filled(folder, *records, *(failure(s, n) for s, n in failed)))


def test_what_lies_beyond_the_replication_that_settled_it_is_left_out(tmp_path):
    """Three equal figures are narrow enough; a fourth that another experiment asked for does not count."""
    sweep = until(tmp_path, [5.0, 5.0, 5.0, 100.0], [1.0, 50.0, 1.0, 50.0, 1.0, 50.0])
    assert sweep.variants["n"].tolist() == [3, 6]
    assert sweep.estimates()["mean"].tolist() == [5.0, 25.5]
    assert sweep.missing == 0


def test_how_many_ran_past_the_point_that_settled_it_is_told_each_once(tmp_path):
    """Where two variants are one scenario, its replications were run once."""
    twice = [variant("few", FIRST, 0), variant("also few", FIRST, 0), variant("many", SECOND, 20)]
    numbers = [(FIRST, n) for n in (1, 2, 3, 4, 5)] + [(SECOND, n) for n in (1, 2, 3, 4, 7)]
    there = [replication(s, n, measures={"x": 5.0}) for s, n in numbers]
    sweep = load(filled(tmp_path, experiment(keep=KEEP, variants=twice, replications=UNTIL), *there))
    assert sweep.variants["n"].tolist() == [3, 3, 3]
    assert sweep.beyond == 2 + 1, "7 is more than at_most: it was run for another experiment"


def test_without_a_stopping_rule_none_ran_past_it(tmp_path):
    assert load(filled(tmp_path, experiment(), *whole(5))).beyond == 0


def test_more_are_missing_while_the_interval_is_wide(tmp_path):
    sweep = until(tmp_path, [1.0, 50.0, 1.0, 50.0], [5.0])
    assert sweep.variants["n"].tolist() == [4, 1]
    assert sweep.missing == 1 + 2


def test_a_gap_is_waited_for(tmp_path):
    """Replications 1, 2 and 4 settle nothing, however alike they are."""
    sweep = until(tmp_path, [5.0, 5.0, None, 5.0], [5.0] * 3)
    assert sweep.variants["n"].tolist() == [3, 3]
    assert sweep.missing == 1


def test_one_that_failed_is_done_without(tmp_path):
    """Replication 2 failed: 1, 3 and 4 decide; with 1 and 3 alone the interval is settled too."""
    sweep = until(tmp_path, [5.0, None, 5.0, 5.0], [5.0] * 3, failed=[(FIRST, 2), (SECOND, 5)])
    assert sweep.variants["n"].tolist() == [2, 3]
    assert sweep.failures[["variant", "replication"]].to_numpy().tolist() == [["few", 2]]
    assert sweep.missing == 1


# --- tables, runs, failures --------------------------------------------------------------------


def keeping(**other) -> dict:
    keep = {"measures": ["people"], "units": {}, "tables": ["delays"]}
    return experiment(keep=keep, **other)


def test_a_kept_table_is_in_order_of_variants_with_the_variant_first(tmp_path):
    both = [variant("many", SECOND, 20), variant("few", FIRST, 0), variant("same", FIRST, 0)]
    sweep = load(filled(tmp_path, keeping(variants=both), *whole(4, tables=("delays",))))
    table = sweep.table("delays")
    assert table["variant"].tolist() == ["many"] * 3 + ["few"] * 3 + ["same"] * 3
    rows = [pd.concat([delays(s, n) for n in (1, 2, 3)]) for s in (SECOND, FIRST, FIRST)]
    expected = pd.concat(rows, ignore_index=True)
    pd.testing.assert_frame_equal(table.drop(columns="variant"), expected)
    with pytest.raises(ResultsError, match=r'kept no table "flows"\. It kept: delays'):
        sweep.table("flows")


def test_what_was_run_without_the_table_does_not_count(tmp_path):
    sweep = load(
        filled(tmp_path, keeping(), replication(FIRST, 1), replication(FIRST, 2, tables=("delays",)))
    )
    assert sweep.measures["replication"].tolist() == [2]
    assert sweep.missing == 5


def test_the_results_of_a_variant_hold_its_tables_as_they_were(tmp_path):
    sweep = load(filled(tmp_path, keeping(), scenario(SECOND), *whole(tables=("delays",))))
    results = sweep.results("many")
    expected = pd.concat([delays(SECOND, n) for n in (1, 2, 3)], ignore_index=True)
    pd.testing.assert_frame_equal(results.table("delays"), expected)
    assert results.measured_days == 28.0
    assert results.small("services") == [{"service": "ward"}]
    assert results.manifest["replications_done"] == [1, 2, 3]
    with pytest.raises(ResultsError, match='no variant "none"'):
        sweep.results("none")


def test_a_table_that_was_not_kept_is_to_be_kept_not_to_be_recorded(tmp_path):
    """`--records` is of `caresim run`: a sweep knows no such word."""
    sweep = load(filled(tmp_path, keeping(), scenario(SECOND), *whole(tables=("delays",))))
    with pytest.raises(ResultsError) as caught:
        sweep.results("many").table("monthly")
    assert "It has: delays. Write it under keep: tables: in the experiment and sweep again." in str(
        caught.value
    )
    assert "--records" not in str(caught.value)


def test_a_store_without_tables_says_what_would_do(tmp_path):
    sweep = load(filled(tmp_path, experiment(), *whole()))
    with pytest.raises(ResultsError, match="Write them under keep: tables: and sweep again"):
        sweep.results("many")


def test_failures_are_named_by_variant_until_they_are_run_again(tmp_path):
    sweep = load(filled(tmp_path, experiment(), failure(SECOND, 2), failure("c" * 32, 1), *whole(1)))
    (row,) = sweep.failures.to_dict("records")
    assert (row["variant"], row["replication"], row["seed"], row["message"]) == ("many", 2, 7, "it broke")
    assert sweep.missing == 4
    filled(tmp_path, replication(SECOND, 2))
    assert len(load(tmp_path).failures) == 0


def test_runs_are_those_of_the_experiment(tmp_path):
    sweep = load(filled(tmp_path, experiment(), run("one"), run("two", of="e2")))
    assert sweep.runs["run"].tolist() == ["one"]


def test_a_run_of_which_the_record_was_lost_is_told_with_nothing_known_of_it(tmp_path):
    """Its replications count; to leave it out would say that nobody ran them."""
    there = [replication(FIRST, 1, run="lost"), replication(SECOND, 1, run="one")]
    others = [replication("c" * 32, 1, run="not ours"), run("not begun", of="e2")]
    sweep = load(filled(tmp_path, experiment(), run("one"), *there, *others))
    assert sweep.runs["run"].tolist() == ["one", "lost"]
    assert sweep.runs["fingerprint"].isna().tolist() == [True, True]
    lost = sweep.runs.iloc[1].drop("run")
    assert lost.isna().all()
    assert list(sweep.runs.columns) == list(
        load(filled(tmp_path / "b", experiment(), run("one"))).runs.columns
    )


# --- which experiment ------------------------------------------------------------------------


def test_the_newest_experiment_is_loaded_unless_another_is_asked_for(tmp_path):
    filled(tmp_path, experiment("aa1", written_at="2026-01-02"), experiment("ab2", written_at="2026-01-01"))
    assert load(tmp_path).experiment["experiment"] == "aa1"
    assert load(tmp_path, "ab").experiment["experiment"] == "ab2"
    with pytest.raises(
        ResultsError, match=r'several experiments begin with "a"\. It holds:\n    ab2  beds\n    aa1'
    ):
        load(tmp_path, "a")
    with pytest.raises(ResultsError, match='no experiment begins with "x"'):
        load(tmp_path, "x")
    assert load(tmp_path).experiments["experiment"].tolist() == ["ab2", "aa1"]


def test_a_store_without_an_experiment_is_told(tmp_path):
    with pytest.raises(ResultsError, match="holds no experiment yet"):
        load(filled(tmp_path))


def test_a_sweep_is_the_same_after_compaction(tmp_path):
    filled(tmp_path, keeping(), run(), failure(FIRST, 3), *whole(2, tables=("delays",)))
    before = load(tmp_path)
    with SweepStore.open(tmp_path) as store:
        store.compact()
    after = load(tmp_path)
    assert isinstance(after, Sweep)
    for name in ("variants", "measures", "failures", "runs"):
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name))
    pd.testing.assert_frame_equal(before.table("delays"), after.table("delays"))
    assert before.missing == after.missing == 2
