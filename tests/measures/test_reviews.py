"""Measures of reviews, on the rows of `tests/records/test_reviews.py`."""

from __future__ import annotations

import pytest

from caresim.measures.catalogue import MEASURES
from caresim.measures.summary import OF_REVIEWS, summary
from caresim.records.recorder import REVIEW_OPEN
from caresim.records.results import Results
from caresim.report.tables import reviews_table
from measures.results_by_hand import results_of
from records.rows_by_hand import CARE, INFO, NAN, three_people
from records.test_reviews import OLD_SELF, REVIEWED, reviews


@pytest.fixture(scope="module")
def results() -> Results:
    return results_of(REVIEWED, [reviews()])


@pytest.mark.parametrize(
    ("measure", "everywhere", "care", "care_in_april"),
    [
        ("reviews_done", 4, 3, 2),
        ("reviews_within_2_weeks", 100 * 3 / 5, 100 * 2 / 4, 50),
        ("reviews_within_4_weeks", 100 * 4 / 5, 100 * 3 / 4, 100),
        ("reviews_within_12_weeks", 100, 100, 100),
        ("review_days_late", 22.5 / 4, 21.5 / 3, 10.5),
        ("reviews_missed", 1, 1, 0),
        ("review_hours_freed", 10, 10, 2),
    ],
)
def test_reviews_are_told_as_a_whole_by_service_and_by_month(
    results: Results, measure: str, everywhere: float, care: float, care_in_april: float
) -> None:
    found = MEASURES[measure]
    assert found.figures(results)["value"].tolist() == pytest.approx([everywhere])
    by_service = found.figures(results, by=("service",)).set_index("service")["value"]
    assert by_service["care"] == pytest.approx(care)
    by_month = found.figures(results, by=("month",), where={"service": "care"}).set_index("month")["value"]
    assert by_month["2019-04"] == pytest.approx(care_in_april)


def test_what_is_open_at_the_end_is_overdue(results: Results) -> None:
    assert MEASURES["reviews_overdue"].figures(results, by=("age",))["value"].tolist() == [1]


def test_outcomes_are_shares_of_what_was_done(results: Results) -> None:
    shares = MEASURES["review_outcome_share"].figures(results, by=("outcome",), where={"service": "care"})
    found = shares.set_index("outcome")["value"]
    assert (found["ends"], found["less"], found["same"]) == pytest.approx((100 / 3,) * 3)
    less = MEASURES["review_outcome_share"].figures(results, where={"outcome": "less"})
    assert less["value"].tolist() == [25]


def test_without_reviews_there_is_nothing_to_tell() -> None:
    results = results_of(INFO, [three_people()])
    assert MEASURES["reviews_done"].figures(results)["value"].tolist() == [0.0]
    assert MEASURES["review_days_late"].figures(results)["value"].isna().all()
    assert MEASURES["reviews_done"].figures(results, by=("service", "outcome")).empty
    assert reviews_table(results).rows == ()


def test_run_shows_how_many_how_late_and_what_was_freed(results: Results) -> None:
    table = reviews_table(results)
    assert table.heads == ("", "done", "% in 4 weeks", "overdue at the end", "hours a week freed")
    _, done, in_time, overdue, freed = table.rows[0]
    assert (done, in_time, overdue, freed) == ("3.0", "75.0", "1.0", "10.0")
    assert table.rows[1][0].strip() == "ends 33.3 %, less 33.3 %, same 33.3 %"


def test_the_summary_has_the_shares_of_outcomes_that_run_shows(results: Results) -> None:
    found = summary(results)["reviews"]
    assert list(found["care"]) == [*OF_REVIEWS, "outcomes"]
    shares = {name: own["mean"] for name, own in found["care"]["outcomes"].items()}
    assert shares == pytest.approx(dict.fromkeys(("ends", "less", "same"), 100 / 3))
    one = {"unit": "% of reviews done", "mean": 100, "low": None, "high": None}
    assert found["ward"]["outcomes"] == {"ends": one}


def test_where_no_review_was_done_the_summary_has_no_outcomes() -> None:
    recorder = three_people()
    recorder.review((2, CARE, -31.0, NAN, REVIEW_OPEN, 600, 600, OLD_SELF))
    found = summary(results_of(REVIEWED, [recorder]))["reviews"]["care"]
    assert found["reviews_overdue"]["mean"] == 1
    assert found["outcomes"] == {}
