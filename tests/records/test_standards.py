"""The table `standards`, of rows few enough to work out in the head, and the measures made of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest

from caresim.measures.catalogue import MEASURES
from caresim.measures.summary import summary
from caresim.records.build import build_tables
from caresim.records.recorder import (
    BRIDGING,
    DIED,
    GAVE_UP,
    LEFT,
    NOBODY,
    TURNED_AWAY,
    UNFINISHED,
    WHY_NEXT,
    Recorder,
)
from caresim.records.results import Results
from measures.results_by_hand import results_of
from records.rows_by_hand import CARE, EMERGENCY, HOME, INFO, NAN, WARD, three_people

WITHIN = 1.0
CAME, CENSUS = 0, 1
Stay = tuple[float, float, float, float, int]
"""requested_at, admitted_at, ready_at, left_at, outcome."""


def recorded(*stays: Stay, from_start: int = 0) -> Recorder:
    """Old people of the council, one a stay; the last `from_start` of them were in the ward at the start."""
    recorder = Recorder()
    recorder.capacity((WARD, -1.0, 9.0))
    for person, (asked, admitted, ready, left, outcome) in enumerate(stays):
        recorder.stay((person, WARD, asked, admitted, ready, left, 1, NOBODY, HOME, outcome, 0))
        if person < len(stays) - from_start and not np.isnan(admitted):
            recorder.flow((admitted, EMERGENCY, WARD, WHY_NEXT, 0, person))
    recorder.classes = np.array([[0, 0]])
    recorder.streams = np.array([CAME] * (len(stays) - from_start) + [CENSUS] * from_start)
    return recorder


def table(recorder: Recorder, of: str) -> pd.DataFrame:
    """Two days in April, two in May."""
    info = dataclasses.replace(INFO, standards=((WARD, of, WITHIN),))
    return build_tables(info, recorder, 3)["standards"]


def counts(recorder: Recorder, of: str) -> dict[str, list[int]]:
    found = table(recorder, of)
    assert found["month"].tolist() == ["2019-04", "2019-05"]
    assert found["service"].tolist() == ["ward"] * 2
    return {name: found[name].tolist() for name in ("ended", "within", "open", "overdue")}


WAITS = (
    (0, 0.5, NAN, NAN, UNFINISHED),
    (0, 1.0, NAN, NAN, UNFINISHED),  # To the instant: in time.
    (0.5, 2.5, NAN, NAN, UNFINISHED),  # Late, in May.
    (1.5, NAN, NAN, 2.0, GAVE_UP),  # Of the first instant of May.
    (1, NAN, NAN, 1.5, DIED),  # Before their time was up: nobody's fault.
    (0, NAN, NAN, 3.0, DIED),  # After it.
    (3.5, NAN, NAN, NAN, UNFINISHED),
    (2.5, NAN, NAN, 2.5, TURNED_AWAY),
    (0.25, NAN, NAN, 0.5, LEFT),  # A stand-in had them before.
    (-2, -0.5, NAN, NAN, UNFINISHED),  # Before the window.
)


def test_waits_end_with_admission_giving_up_and_turning_away() -> None:
    assert counts(recorded(*WAITS), "wait") == {
        "ended": [2, 4],
        "within": [2, 0],
        "open": [3, 1],
        "overdue": [2, 0],
    }


def test_care_counts_until_it_is_over_and_who_was_there_at_the_start_does_not() -> None:
    stays = (
        (0, 0.25, 1.0, 1.5, LEFT),
        (0, 0.25, 1.25, 1.5, LEFT),
        (0, 0.5, NAN, NAN, UNFINISHED),
        (0, 0.5, NAN, 0.75, DIED),
        (0, 0.5, NAN, 1.75, DIED),
        (-1.0, -1.0, 0.5, 1.5, LEFT),
    )
    assert counts(recorded(*stays, from_start=1), "wait_and_care") == {
        "ended": [3, 0],
        "within": [1, 0],
        "open": [1, 1],
        "overdue": [1, 1],
    }


def test_delays_run_from_ready_and_bridging_on_is_none() -> None:
    stays = (
        (0, 0, 0.5, 1.5, LEFT),
        (0, 0, 0.5, 1.75, LEFT),
        (0, 0, 0.5, 0.5, LEFT),
        (0, 0, NAN, 1.5, DIED),
        (0, 0, 0.5, 1.0, DIED),
        (0, 0, 0.5, 1.75, DIED),
        (0, 0, 3.5, NAN, UNFINISHED),
        (-1, -1, -0.5, NAN, UNFINISHED),  # There at the start, and delayed ever since.
        (0, 0, 0.5, 3.0, LEFT),
    )
    recorder = recorded(*stays)
    assert counts(recorder, "delay") == {"ended": [4, 1], "within": [2, 0], "open": [2, 2], "overdue": [2, 1]}
    recorder = recorded(*stays)
    recorder.held((8, WARD, BRIDGING, CARE, 1, 0, 0.5, 2.5))
    assert counts(recorder, "delay")["within"] == [2, 1]


def test_everything_ends_with_leaving_whatever_for() -> None:
    stays = (
        (0, 0.5, 0.75, 1.0, LEFT),
        (0, 0.5, 0.75, 1.25, LEFT),
        (0, NAN, NAN, 0.5, GAVE_UP),
        (0, 0.5, NAN, 3, DIED),
    )
    found = counts(recorded(*stays), "all")
    assert found == {"ended": [3, 1], "within": [2, 0], "open": [1, 0], "overdue": [1, 0]}


def test_groups_are_told_apart_and_other_services_are_not_there() -> None:
    recorder = three_people()
    found = table(recorder, "wait")
    assert found["age"].tolist() == ["old", "young"] * 2
    assert found["ended"].tolist() == [0, 1, 1, 0]
    assert found["within"].tolist() == [0, 1, 0, 0]
    assert "standards" not in build_tables(INFO, three_people(), 0)


def results() -> Results:
    info = dataclasses.replace(INFO, standards=((WARD, "wait", WITHIN),))
    small: dict[str, list[dict[str, Any]]] = {
        "standards": [{"service": "ward", "of": "wait", "within": WITHIN}]
    }
    return results_of(info, [recorded(*WAITS)], small=small)


@pytest.mark.parametrize(
    ("measure", "value", "in_may"),
    [("within_standard", 100 * 2 / 6, 0.0), ("over_standard", 4, 4), ("overdue", 1, 0)],
)
def test_measures(measure: str, value: float, in_may: float) -> None:
    found = MEASURES[measure]
    assert found.figures(results())["value"].tolist() == [pytest.approx(value)]
    months = found.figures(results(), by=("month",), where={"service": "ward"}).set_index("month")["value"]
    assert months["2019-05"] == in_may


def test_the_summary_tells_each_standard() -> None:
    told = summary(results())["standards"]["ward"]
    assert (told["of"], told["within_days"]) == ("wait", WITHIN)
    assert told["within_standard"]["mean"] == pytest.approx(100 / 3)
    assert told["overdue"]["mean"] == 1


def test_without_standards_there_is_nothing_to_tell() -> None:
    without = results_of(INFO, [three_people()])
    assert MEASURES["within_standard"].figures(without)["value"].isna().all()
    assert MEASURES["over_standard"].figures(without, by=("service",)).empty
    assert "standards" not in summary(without)
