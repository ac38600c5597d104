"""The figures of `run --json`."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from caresim.measures.catalogue import ALWAYS, MEASURES, headlines, reference_markdown
from caresim.measures.summary import OF_STAFF, QUANTITIES, summary
from caresim.records.recorder import WHY_AWAY, WHY_CHANGED, Recorder
from caresim.records.results import Results
from caresim.records.store import read_results, write_results
from measures.results_by_hand import price, results_of
from measures.test_away import two_people
from records.rows_by_hand import CARE, INFO, WARD, three_people
from records.test_staff import STAFFED, comings_and_goings

PRICES = [price("ward", "per_day", 100), price("care", "per_hour", 7, "council")]


def test_the_whole_is_plain_json_with_the_agreed_keys():
    results = results_of(INFO, [three_people()] * 3, prices=PRICES)
    found = json.loads(json.dumps(summary(results), allow_nan=False))
    assert list(found) == [
        "scenario",
        "replications",
        "measured_days",
        "level",
        "measures",
        "costs",
        "services",
    ]
    assert (found["scenario"], found["replications"], found["measured_days"], found["level"]) == (
        "by hand",
        3,
        4,
        0.95,
    )
    assert list(found["measures"]) == headlines()
    assert found["measures"]["dtoc_rate"] == {
        "unit": "% of occupied nights",
        "mean": 50,
        "low": 50,
        "high": 50,
    }
    assert found["costs"]["nhs"] == {"unit": "pounds", "mean": 375, "low": 375, "high": 375}
    assert set(found["costs"]) == {"nhs", "council"}
    assert list(found["services"]) == ["assess", "care", "reable", "ward"]
    assert list(found["services"]["ward"]) == list(QUANTITIES)


def test_headlines_begin_with_what_is_always_shown_and_name_each_once():
    names = headlines()
    assert names[: len(ALWAYS)] == list(ALWAYS)
    assert len(names) == len(set(names))
    assert set(names) == {*ALWAYS, *(name for name, measure in MEASURES.items() if measure.headline)}


@pytest.mark.parametrize(
    ("service", "quantity", "expected"),
    [
        ("ward", "held", 3.75 / 4),
        ("ward", "in_care", 2 / 4),
        ("ward", "delayed", 1.75 / 4),
        ("ward", "queue", 0.0625),
        ("ward", "waiting", 0.0625),
        ("ward", "wait_days", 0.25),
        ("ward", "waited_share", 1),
        ("ward", "admissions_per_day", 0.25),
        ("ward", "turned_away_per_day", 0.25),
        ("ward", "given_up_per_day", 0),
        ("ward", "full_share", 1.75 / 4),
        ("ward", "utilisation", 3.75 / 6),
        ("care", "queue", 1.25 / 4),
        ("care", "waiting", 0),
        ("care", "held", 0.75 / 4),
        ("care", "full_share", 0.75 / 4),
        ("care", "utilisation", (10 * 0.75) / (15 * 4)),
        ("assess", "held", 0.0625),
        ("reable", "utilisation", None),
        ("reable", "wait_days", None),
        ("reable", "waited_share", None),
        ("reable", "full_share", 0),
    ],
)
def test_what_each_service_was_like(service, quantity, expected):
    found = summary(results_of(INFO, [three_people()] * 2))["services"][service][quantity]
    assert found["mean"] == (pytest.approx(expected, rel=1e-12) if expected is not None else None)


def test_staff_are_there_by_group() -> None:
    found = summary(results_of(STAFFED, [comings_and_goings()]))["staff"]
    assert list(found) == ["carers", "nurses"]
    assert list(found["carers"]) == [f"staff_{name}" for name in OF_STAFF]
    assert found["carers"]["staff_in_post"] == {"unit": "workers", "mean": 2.75, "low": None, "high": None}


def test_what_happened_is_there_by_event_with_each_replication() -> None:
    info = dataclasses.replace(INFO, chances=(("flu", ""), ("failure", "services.ward")))
    often, once = Recorder(), Recorder()
    often.happened((0, 0.5, 1.0, 0, 2.0, 3.0, 1, 1.0, 2.0))
    once.happened((0, 0.5, 2.0))
    found = summary(results_of(info, [often, once]))["happened"]
    assert found["flu"]["episodes"]["mean"] == 1.5
    assert found["flu"]["episodes"]["by_replication"] == [2, 1]
    assert found["failure"]["episodes"]["by_replication"] == [1, 0]
    assert found["flu"]["days_in_force"]["mean"] == 1.5


def test_who_was_away_is_there_by_the_service_that_kept_the_place() -> None:
    found = summary(results_of(INFO, [two_people()] * 2, prices=[price("care", "per_hour", 7)]))["away"]
    assert {name: own["mean"] for name, own in found["care"].items()} == {
        "away_people": 0.75,
        "admitted_from_care": 2,
        "restarts": 1,
        "resourced": 1,
        "cost_of_keeping": pytest.approx(10),
    }
    assert list(found) == ["care"]


def test_of_who_was_away_what_there_is_none_of_is_zero_with_its_interval() -> None:
    """Nobody comes back and nothing has a price."""
    recorder = Recorder()
    recorder.flow((0.0, CARE, WARD, WHY_AWAY, 0, 0))
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.array([0])
    found = summary(results_of(INFO, [recorder] * 2))["away"]["care"]
    assert found["admitted_from_care"] == {"unit": "people", "mean": 1, "low": 1, "high": 1}
    assert found["resourced"] == {"unit": "people", "mean": 0, "low": 0, "high": 0}
    assert found["cost_of_keeping"] == {"unit": "pounds", "mean": 0, "low": 0, "high": 0}


def test_what_a_scenario_has_and_nobody_met_is_there_and_empty() -> None:
    plain = results_of(INFO, [three_people()])
    reviews = pd.DataFrame(
        {
            name: pd.Series(dtype=kind)
            for name, kind in (
                ("replication", "int32"),
                *((text, "str") for text in ("month", "service", "ended", "outcome", "age")),
                *((number, "float") for number in ("weeks_late", "reviews", "days_late")),
                *((number, "float") for number in ("hours_before", "hours_after")),
            )
        }
    )
    tables = {name: plain.table(name) for name in plain.table_names} | {"reviews": reviews}
    small = {name: plain.small(name) for name in ("services", "prices", "population")}
    found = summary(Results(manifest=plain.manifest, small=small, tables=tables))
    assert found["reviews"] == {}
    assert "staff" not in found


def test_whose_need_changed_is_there_by_service() -> None:
    recorder = three_people()
    recorder.flow((1.0, WARD, CARE, WHY_CHANGED, 0, 0))
    found = summary(results_of(INFO, [recorder]))["changed_need"]
    assert found == {"ward": {"unit": "people", "mean": 1, "low": None, "high": None}}


@pytest.mark.parametrize("recorder", [three_people, Recorder])
def test_a_folder_gives_the_figures_that_were_in_memory(tmp_path, recorder):
    """Also of a run in which nothing happened, whose tables come back without categories."""
    results = results_of(INFO, [recorder(), recorder()], prices=PRICES)
    folder = write_results(
        tmp_path / "results",
        manifest=results.manifest,
        texts={},
        small={name: results.small(name) for name in ("services", "prices", "population")},
        tables={name: results.table(name) for name in results.table_names},
    )
    assert summary(read_results(folder)) == summary(results)
    for measure in MEASURES.values():
        for key in measure.keys_in(results):
            if key != "pathway":
                measure.estimate(read_results(folder), by=(key,))


def test_with_one_replication_low_and_high_are_null():
    found = summary(results_of(INFO, [three_people()], prices=PRICES))
    assert found["measures"]["dtoc_rate"] == {
        "unit": "% of occupied nights",
        "mean": 50,
        "low": None,
        "high": None,
    }
    assert found["services"]["ward"]["held"] == {"mean": 0.9375, "low": None, "high": None}


def test_every_measure_says_what_it_is():
    page = reference_markdown()
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.unit
        assert len(measure.definition) > 20
        assert measure.source
        assert measure.label
        assert f"## {name}\n\n{measure.label}. " in page
        assert measure.definition in page
    assert len({measure.label for measure in MEASURES.values()}) == len(MEASURES)
