"""Two results side by side, replication by replication."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from caresim.errors import ResultsError
from caresim.measures.catalogue import MEASURES
from caresim.measures.comparison import difference, differences
from caresim.records.recorder import DELAYED, Recorder
from measures.results_by_hand import price, results_of
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
        ({"seed": 2}, "run with seed 2, but by hand with 1: they cannot be paired"),
        ({"n": 3}, "has replications 0 to 2, but by hand has 0 to 1: they cannot be paired"),
        ({"end": 3.0}, r"run with measured days 3\.0, but by hand with 4\.0: they cannot be paired"),
        ({"first": "2021-04-29"}, "run with time.from 2021-04-29, but by hand with 2019-04-29: they cannot"),
        ({"warm_up": 7.0}, r"run with days of warm-up 7\.0, but by hand with 0\.0: they cannot be paired"),
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
