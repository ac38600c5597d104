"""People held, waiting and moving, of the same three people, and stays made to measure."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from caresim.measures.catalogue import MEASURES
from caresim.records.recorder import COUNTERS, LEFT, NOBODY, WHY_NEXT, Recorder
from caresim.records.results import Results
from measures.results_by_hand import results_of
from measures.test_delays import told
from records.rows_by_hand import HOME, INFO, REABLE, WARD, three_people


@pytest.fixture(scope="module")
def results() -> Results:
    return results_of(INFO, [three_people(), three_people()])


def test_people_are_not_counted_again_in_a_step(results):
    """Ada four days, 3.25 in the ward and 0.75 in home care, and Bo half a day; her step adds nothing."""
    assert told(results, "people") == {None: 4.5 / 4}
    assert told(results, "people", "service") == {"care": 0.1875, "reable": 0, "ward": 0.9375}


def test_distinct_people_of_a_month(results):
    assert told(results, "people_in_month", "month", where={"service": "ward"}) == {
        "2019-04": 2,
        "2019-05": 1,
    }


def test_the_queue_and_where_it_sits(results):
    assert told(results, "queue", "service") == {
        "assess": 0.0625,
        "care": 0.3125,
        "reable": 0,
        "ward": 0.0625,
    }
    assert told(results, "queue_where", "service", "where") == {
        ("assess", "ward"): 0.0625,
        ("care", "ward"): 0.3125,
        ("ward", "outside"): 0.0625,
    }


def test_boarding_is_waiting_outside_for_an_acute_bed(results):
    assert told(results, "boarding") == {None: 0.0625}


def test_waits_are_means_over_those_admitted(results):
    found = told(results, "mean_wait", "service")
    assert (found["assess"], found["care"], found["ward"]) == (0.25, 1.25, 0.25)
    assert np.isnan(found["reable"])


def test_waits_and_stays_of_steps_are_told_by_service_only(results):
    """Of the wards and home care: waits of a quarter and of 1.25 days; stays of 3.75 days and of half a day."""
    assert told(results, "mean_wait") == {None: 0.75}
    assert told(results, "mean_stay") == {None: 2.125}
    assert told(results, "mean_wait", where={"service": "assess"}) == {None: 0.25}


def test_occupancy_at_midnight_is_over_the_places_there_were(results):
    """One of two beds for two nights, then one of one for two: four of six."""
    assert told(results, "occupancy_at_midnight", "service") == {"ward": pytest.approx(100 * 4 / 6)}
    assert told(results, "days_above_92", "service") == {"ward": 50}


def test_days_above_92_is_no_figure_without_days():
    long = dataclasses.replace(INFO, end=11 * 365.25)
    results = results_of(long, [three_people()])
    assert np.isnan(told(results, "days_above_92")[None])


def test_those_turned_away_on_arrival_are_told_by_stream(results):
    assert told(results, "turned_away", "service") == {"assess": 0, "care": 0, "reable": 0, "ward": 1}
    assert told(results, "cancelled", "stream") == {"emergency": 1}
    assert told(results, "cancelled", "month") == {"2019-04": 0, "2019-05": 1}


def test_deadlocks_are_told_by_the_service_they_were_found_in():
    recorder = three_people()
    recorder.counter((1.0, WARD, COUNTERS.index("deadlock_moves")))
    results = results_of(INFO, [recorder, three_people()])
    assert told(results, "deadlock_moves", "service") == {"ward": 0.5}
    assert told(results, "never_fits") == {None: 0}


def ward_stays(*lengths: float) -> Results:
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.zeros(len(lengths), dtype=np.int64)
    for person, length in enumerate(lengths):
        recorder.stay((person, WARD, 1 - length, 1 - length, 1, 1, 1, NOBODY, HOME, LEFT, 0))
    return results_of(INFO, [recorder])


def test_long_stays_are_of_so_many_days_or_more():
    results = ward_stays(6.9375, 7.0, 13.5, 14.0, 21.0)
    assert told(results, "stays_7_days") == {None: 80}
    assert told(results, "stays_14_days") == {None: 40}
    assert told(results, "stays_21_days") == {None: 20}
    assert told(results, "mean_stay", where={"service": "ward"}) == {None: 62.4375 / 5}


def test_the_mix_of_pathways_is_of_those_who_left_hospital_alive():
    info = dataclasses.replace(
        INFO, attributes=(("age", ("old", "young")), ("pathway", ("P0", "P1"))), price_attributes=()
    )
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0], [0, 1]]), np.zeros(5, dtype=np.int64)
    for person, pathway in enumerate([0, 0, 0, 1]):
        recorder.flow((1.0, WARD, HOME, WHY_NEXT, pathway, person))
    recorder.flow((1.0, WARD, HOME + 1, WHY_NEXT, 1, 4))  # Died.
    assert told(results_of(info, [recorder]), "pathway_mix", "pathway") == {"P0": 75, "P1": 25}


def test_permanent_admissions_are_of_65_and_over_a_year():
    """Two of three are 65 or over, in four days, of 10,000: 2 / (4 / 365.25) / 0.1."""
    info = dataclasses.replace(
        INFO,
        kinds=("assessment", "domiciliary", "residential", "acute"),
        attributes=(("age", ("18-64", "65-84", "85+")), ("funding", ("council", "self"))),
    )
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0], [1, 0], [2, 0]]), np.zeros(3, dtype=np.int64)
    for person in range(3):
        recorder.flow((1.0, WARD, REABLE, WHY_NEXT, person, person))
    results = results_of(info, [recorder])
    expected = pytest.approx(2 * 365.25 / 4 * 10)
    assert told(results, "permanent_admissions_65") == {None: expected}
    assert told(results, "permanent_admissions_65", "service") == {"reable": expected}


def test_without_ages_permanent_admissions_are_no_figure():
    results = results_of(dataclasses.replace(INFO, groups=()), [three_people()])
    assert np.isnan(told(results, "permanent_admissions_65")[None])


def test_every_measure_gives_a_figure_or_nan_by_each_of_its_keys(results):
    """Over all keys of a sum, the parts add up to the whole."""
    for name, measure in MEASURES.items():
        whole = told(results, name)[None]
        for key in measure.keys_in(results):
            if key == "pathway":
                continue
            parts = told(results, name, key)
            if measure.bottom is None and parts:
                assert sum(parts.values()) == pytest.approx(whole), (name, key)
