"""Measures of staff, on the rows of `tests/records/test_staff.py`."""

from __future__ import annotations

import pytest

from caresim.measures.catalogue import MEASURES
from caresim.records.results import Results
from measures.results_by_hand import results_of
from records.rows_by_hand import INFO, three_people
from records.test_staff import STAFFED, comings_and_goings


@pytest.fixture(scope="module")
def results() -> Results:
    return results_of(STAFFED, [comings_and_goings()])


@pytest.mark.parametrize(
    ("measure", "all_staff", "carers", "in_may"),
    [
        ("staff_in_post", 5.0, 2.75, 2.5),
        ("staff_productive", 4.5, 2.5, 2.5),
        ("staff_vacancies", 1.875, 1.25, 1.5),
        ("staff_vacancy_rate", 100 * 3.75 / 13.5, 100 * 1.25 / 4, 100 * 1.5 / 4),
        ("staff_turnover", 100 / (20 / 365.25), 100 / (11 / 365.25), 100 / (5 / 365.25)),
        ("staff_joiners", 1, 0, 0),
        ("staff_leavers", 1, 1, 1),
        ("staff_leavers_to_groups", 1, 1, 1),
    ],
)
def test_staff_are_told_as_a_whole_by_group_and_by_month(
    results: Results, measure: str, all_staff: float, carers: float, in_may: float
) -> None:
    found = MEASURES[measure]
    assert found.figures(results)["value"].tolist() == pytest.approx([all_staff])
    by_group = found.figures(results, by=("staff",)).set_index("staff")["value"]
    assert by_group["carers"] == pytest.approx(carers)
    by_month = found.figures(results, by=("month",), where={"staff": "carers"}).set_index("month")["value"]
    assert by_month["2019-05"] == pytest.approx(in_may)


def test_without_staff_there_is_nothing_to_tell() -> None:
    results = results_of(INFO, [three_people()])
    assert MEASURES["staff_in_post"].figures(results)["value"].tolist() == [0.0]
    assert MEASURES["staff_vacancy_rate"].figures(results)["value"].isna().all()
    assert MEASURES["staff_joiners"].figures(results, by=("staff",)).empty
