"""The table `reviews`, of rows few enough to work out in the head."""

from __future__ import annotations

import dataclasses

from caresim.records.build import build_tables
from caresim.records.recorder import REVIEW_OPEN, REVIEW_OVER, Recorder
from records.rows_by_hand import CARE, INFO, NAN, WARD, three_people

REVIEWED = dataclasses.replace(INFO, reviews=((), ("ends", "less", "same"), (), ("ends", "same")))
"""A window of two days in April and two in May, after one of warm-up."""
OLD_COUNCIL, YOUNG_SELF, OLD_SELF = range(3)


def reviews() -> Recorder:
    """Of home care: in April 10 hours become 8, nearly three weeks late, and 10 stay 10; in May care of 8 hours ends.

    One comes too late in May, one is open after five weeks, one was done in warm-up. In May the ward sends one home.
    """
    recorder = three_people()
    recorder.review((0, CARE, -20.0, 0.5, 1, 600, 480, OLD_COUNCIL))
    recorder.review((1, CARE, 1.0, 1.5, 2, 600, 600, YOUNG_SELF))
    recorder.review((0, CARE, 2.5, 3.0, 0, 480, 0, OLD_COUNCIL))
    recorder.review((2, CARE, 0.0, 3.5, REVIEW_OVER, 600, 600, OLD_SELF))
    recorder.review((2, CARE, -31.0, NAN, REVIEW_OPEN, 600, 600, OLD_SELF))
    recorder.review((2, CARE, -1.0, -0.5, 1, 600, 480, OLD_SELF))
    recorder.review((1, WARD, 1.0, 2.0, 0, 1, 0, YOUNG_SELF))
    return recorder


def test_each_review_is_told_in_the_month_it_ended_with_how_late_it_was() -> None:
    table = build_tables(REVIEWED, reviews(), 3)["reviews"]
    columns = [
        "month",
        "service",
        "ended",
        "outcome",
        "age",
        "weeks_late",
        "reviews",
        "days_late",
        "hours_before",
        "hours_after",
    ]
    assert list(table.columns) == ["replication", *columns]
    assert table["replication"].tolist() == [3] * 6
    assert [tuple(row) for row in table[columns].astype(object).itertuples(index=False)] == [
        ("2019-04", "care", "done", "less", "old", 2, 1, 20.5, 10, 8),
        ("2019-04", "care", "done", "same", "young", 0, 1, 0.5, 10, 10),
        ("2019-05", "care", "done", "ends", "old", 0, 1, 0.5, 8, 0),
        ("2019-05", "care", "care_over", "", "old", 0, 1, 3.5, 10, 10),
        ("2019-05", "care", "open", "", "old", 5, 1, 35.0, 10, 10),
        ("2019-05", "ward", "done", "ends", "young", 0, 1, 1.0, 0, 0),
    ]


def test_a_system_without_reviews_has_no_such_table() -> None:
    assert "reviews" not in build_tables(INFO, three_people(), 0)


def test_reviews_that_nobody_has_had_yet_make_an_empty_table() -> None:
    table = build_tables(REVIEWED, three_people(), 0)["reviews"]
    assert table.empty
    assert "hours_after" in table.columns
