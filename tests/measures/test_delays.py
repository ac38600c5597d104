"""Delayed transfers, of three people whose nights one can count on fingers (`records/rows_by_hand.py`).

Ada is delayed in the ward from 1.5 to 3.25: midnights 2 and 3, both waiting for home care (reason
E; nhs 1/4, social care 1/2, both 1/4). The ward has four occupied nights, all hers.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from caresim.errors import ResultsError
from caresim.measures.catalogue import MEASURES
from caresim.records.recorder import BRIDGING, DELAYED, LEFT, NOBODY, Recorder
from caresim.records.results import Results
from measures.results_by_hand import results_of
from records.rows_by_hand import CARE, HOME, INFO, REABLE, WARD, three_people


@pytest.fixture(scope="module")
def results() -> Results:
    return results_of(INFO, [three_people(), three_people()])


def told(results: Results, name: str, *by: str, **options: object) -> dict[object, float]:
    """Key (or None) -> mean over replications."""
    found = MEASURES[name].estimate(results, by=by, **options)  # type: ignore[arg-type]
    if not by:
        return {None: float(found["mean"].iloc[0])}
    keys = found[list(by)].astype(str).itertuples(index=False, name=None)
    return {key if len(by) > 1 else key[0]: mean for key, mean in zip(keys, found["mean"], strict=True)}


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("dtoc_nights", 2),
        ("dtoc_people", 0.5),  # Two nights in four days.
        ("dtoc_rate", 50),  # Two of four occupied nights.
        ("dtoc_rate_available", 100 * 2 / 6),  # Two beds for two days, then one for two.
        ("dtoc_per_100k", 1),  # Half a person among 50,000 adults.
        ("ready_remaining", 0.5),
        ("discharged_after_ready", 50),  # Ada, not Bo.
        ("mean_delay_of_delayed", 2),
    ],
)
def test_figures_of_the_whole_system(results, measure, expected):
    assert told(results, measure) == {None: expected}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("month", {"2019-04": 0, "2019-05": 2}),
        ("service", {"ward": 2}),
        ("awaited", {"assess": 0, "care": 2}),
        ("reason", {"A": 0, "E": 2}),
        ("responsible", {"both": 0.5, "nhs": 0.5, "social_care": 1}),
        ("age", {"old": 2, "young": 0}),
    ],
)
def test_nights_are_told_by_every_key(results, key, expected):
    assert told(results, "dtoc_nights", key) == expected


def test_a_rate_by_reason_is_over_all_occupied_nights(results):
    assert told(results, "dtoc_rate", "reason") == {"A": 0, "E": 50}


def test_a_rate_by_month_is_over_that_months_nights(results):
    assert told(results, "dtoc_rate", "month") == {"2019-04": 0, "2019-05": 100}
    assert told(results, "dtoc_people", "month") == {"2019-04": 0, "2019-05": 1}


def test_a_rate_of_a_group_with_no_occupied_nights_is_no_figure(results):
    by_age = told(results, "dtoc_rate", "age")
    assert by_age["old"] == 50
    assert np.isnan(by_age["young"])


def test_shares_of_reasons_add_up_to_all(results):
    assert told(results, "dtoc_share", "reason") == {"A": 0, "E": 100}
    assert told(results, "dtoc_share", "responsible") == {"both": 25, "nhs": 25, "social_care": 50}


def test_figures_can_be_restricted(results):
    assert told(results, "dtoc_rate", where={"reason": "E"}) == {None: 50}
    assert told(results, "dtoc_rate", where={"reason": "A"}) == {None: 0}
    assert told(results, "dtoc_nights", where={"age": "old", "responsible": "nhs"}) == {None: 0.5}
    assert told(results, "dtoc_people", months=["2019-05"]) == {None: 1}
    assert told(results, "dtoc_people", where={"month": "2019-05"}) == {None: 1}


def test_bands_are_shares_of_those_who_left(results):
    assert told(results, "delay_bands", "band") == {"0": 50, "2-3": 50}


def test_an_unknown_key_is_refused_with_the_nearest(results):
    with pytest.raises(ResultsError, match=r'cannot be told by "reasons".*Did you mean "reason"'):
        MEASURES["dtoc_nights"].figures(results, by=("reasons",))


def one_delay(held: int, awaited: int, state: int = DELAYED, nights: int = 3) -> Recorder:
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.array([0])
    recorder.held((0, held, state, awaited, 1, 0, 0.5, 0.5 + nights))
    recorder.stay((0, held, 0.5, 0.5, 0.5, 0.5 + nights, 1, NOBODY, HOME, LEFT, 0))
    return recorder


@pytest.mark.parametrize(
    ("kinds", "counts"),
    [
        (("assessment", "domiciliary", "reablement", "acute"), True),
        (("assessment", "domiciliary", "reablement", "community_hospital"), True),
        (("assessment", "domiciliary", "reablement", "residential"), False),
        (("assessment", "acute", "reablement", "acute"), False),
        (("assessment", "community_hospital", "reablement", "acute"), True),
    ],
)
def test_a_delay_counts_in_hospital_and_not_for_acute_care(kinds, counts):
    info = dataclasses.replace(INFO, kinds=kinds)
    results = results_of(info, [one_delay(WARD, CARE)])
    for row, kind in zip(results.small("services"), kinds, strict=True):
        row["kind"] = kind
    assert told(results, "dtoc_nights") == {None: 3 if counts else 0}


def test_waiting_for_a_service_without_dtoc_counts_as_other_and_the_nhss():
    results = results_of(INFO, [one_delay(WARD, REABLE)])
    assert told(results, "dtoc_nights", "reason") == {"O": 3}
    assert told(results, "dtoc_nights", "responsible") == {"both": 0, "nhs": 3, "social_care": 0}


@pytest.mark.parametrize("state", [DELAYED, BRIDGING])
def test_bridging_is_ready_or_standing_in_for_want_of_home_care(state):
    results = results_of(INFO, [one_delay(REABLE, CARE, state)])
    assert told(results, "bridging_days") == {None: 3}
    assert told(results, "bridging_people") == {None: 0.75}
    # Half a day of April and one and a half days of May: there in both months.
    assert told(results, "bridged_in_month", "month") == {"2019-04": 1, "2019-05": 1}
    assert told(results, "dtoc_nights") == {None: 0}


def test_a_hospital_bed_held_for_want_of_home_care_is_no_bridging():
    results = results_of(INFO, [one_delay(WARD, CARE)])
    for measure in ("bridging_days", "bridging_people", "bridged_in_month"):
        assert told(results, measure) == {None: 0}


def test_a_rate_per_100k_by_area_takes_the_areas_adults():
    areas = (("area", ("east", "west")), ("funding", ("council", "self")))
    info = dataclasses.replace(INFO, attributes=areas)
    population = [
        {"population": "adults", "area": "", "people": 100_000.0},
        {"population": "adults", "area": "east", "people": 10_000.0},
        {"population": "adults", "area": "west", "people": 90_000.0},
    ]
    results = results_of(info, [one_delay(WARD, CARE)], small={"population": population})
    assert told(results, "dtoc_per_100k") == {None: 0.75}
    assert told(results, "dtoc_per_100k", where={"area": "east"}) == {None: 7.5}


def test_without_a_population_a_rate_is_no_figure():
    results = results_of(INFO, [one_delay(WARD, CARE)], small={"population": []})
    assert np.isnan(told(results, "dtoc_per_100k")[None])
