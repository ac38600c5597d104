"""Ada is away from home care for three of four days: paid for one, back on the last; Bo found his place gone.

Home care costs what it holds, ten hours a week each; people away are held by two services.
"""

from __future__ import annotations

import numpy as np
import pytest

from caresim.records.recorder import (
    AWAY,
    AWAY_UNPAID,
    IN_CARE,
    LEFT,
    NOBODY,
    WHY_AWAY,
    WHY_RESOURCED,
    WHY_RESTARTED,
    Recorder,
)
from caresim.records.results import Results
from measures.results_by_hand import price, results_of
from measures.test_delays import told
from records.rows_by_hand import CARE, INFO, WARD

ADA, BO = range(2)
NAN = float("nan")


def two_people() -> Recorder:
    recorder = Recorder()
    recorder.capacity((CARE, -1.0, 1200.0, WARD, -1.0, 2.0))
    recorder.held((ADA, CARE, IN_CARE, NOBODY, 600, 0, -1.0, 0.0))
    recorder.held((ADA, CARE, AWAY, NOBODY, 600, 0, 0.0, 1.0))
    recorder.held((ADA, CARE, AWAY_UNPAID, NOBODY, 600, 0, 1.0, 3.0))
    recorder.held((ADA, WARD, IN_CARE, NOBODY, 1, 0, 0.0, 3.0))
    recorder.held((ADA, CARE, IN_CARE, NOBODY, 600, 0, 3.0, 4.0))
    recorder.held((BO, WARD, IN_CARE, NOBODY, 1, 1, 0.0, 3.5))
    recorder.held((BO, CARE, IN_CARE, NOBODY, 600, 1, 3.5, 4.0))
    recorder.flow((0.0, CARE, WARD, WHY_AWAY, 0, ADA))
    recorder.flow((0.0, CARE, WARD, WHY_AWAY, 1, BO))
    recorder.flow((3.0, WARD, CARE, WHY_RESTARTED, 0, ADA))
    recorder.flow((3.5, WARD, CARE, WHY_RESOURCED, 1, BO))
    recorder.stay((ADA, WARD, 0.0, 0.0, 3.0, 3.0, 1, CARE, CARE, LEFT, 0))
    recorder.classes = np.array([[0, 0], [1, 1]])
    recorder.streams = np.array([0, 0])
    return recorder


def costed(*prices: dict[str, object]) -> Results:
    return results_of(INFO, [two_people()], prices=prices)


def test_who_is_away_is_told_by_the_service_that_keeps_the_place() -> None:
    results = costed()
    assert told(results, "away_people", "service")["care"] == 3 / 4
    assert told(results, "people", "service") == {"care": 4.5 / 4, "reable": 0, "ward": 6.5 / 4}


def test_ways_to_hospital_and_back_are_told_apart() -> None:
    results = costed()
    assert told(results, "admitted_from_care") == {None: 2}
    assert told(results, "admitted_from_care", "service") == {"care": 2}
    assert told(results, "restarts", "age") == {"old": 1}
    assert told(results, "resourced", "age") == {"young": 1}


def test_coming_back_to_a_kept_place_is_no_admission() -> None:
    tallies = costed().table("tallies")
    assert tallies[tallies["service"] == "care"]["admissions"].sum() == 1  # Bo's
    assert told(costed(price("care", "per_stay", 100)), "cost_total") == {None: 100}


@pytest.mark.parametrize(
    ("item", "units", "kept"),
    [("per_day", 2.5, 1), ("per_week", 2.5 / 7, 1 / 7), ("per_hour", 2.5 * 10 / 7, 10 / 7)],
)
def test_a_kept_place_is_charged_as_long_as_it_is_paid_for(item: str, units: float, kept: float) -> None:
    """Of the four and a half days held two are unpaid; one of the three away is paid."""
    results = costed(price("care", item, 100))
    assert told(results, "cost_total")[None] == pytest.approx(100 * units)
    assert told(results, "cost_of_keeping")[None] == pytest.approx(100 * kept)


def test_what_is_not_paid_is_told_of_what_is_away() -> None:
    tallies = costed().table("tallies")
    care = tallies[tallies["service"] == "care"][
        ["away_days", "unpaid_days", "hours_away", "unpaid_hours"]
    ].sum()
    assert care.tolist() == pytest.approx([3, 2, 30 / 7, 20 / 7])
