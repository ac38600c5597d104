"""The table `staff`, of rows few enough to work out in the head."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from caresim.records.build import build_tables
from caresim.records.recorder import NOBODY, Recorder
from records.rows_by_hand import INFO

CARERS, NURSES = 0, 1
STAFFED = dataclasses.replace(INFO, staff=("carers", "nurses"))
"""A window of two days in April and two in May, after one of warm-up."""


def comings_and_goings() -> Recorder:
    """Carers: 4 posts, 2 in post; one joins on day -0.5 (productive at 1) and one leaves on day 3 for the nurses.

    Nurses: 2 in 1 post; on day 0.5 there are 3 posts.
    """
    recorder = Recorder()
    recorder.staff((CARERS, -1.0, 4, 2, 2, 0, 0, NOBODY, NURSES, -1.0, 1, 2, 2, 0, 0, NOBODY))
    recorder.staff((CARERS, -0.5, 4, 3, 2, 1, 0, NOBODY))
    recorder.staff((NURSES, 0.5, 3, 2, 2, 0, 0, NOBODY))
    recorder.staff((CARERS, 1.0, 4, 3, 3, 0, 0, NOBODY))
    recorder.staff((CARERS, 3.0, 4, 2, 2, 0, 1, NURSES))
    recorder.staff((NURSES, 3.0, 3, 3, 2, 1, 0, CARERS))
    return recorder


@pytest.mark.parametrize(
    ("column", "carers", "nurses"),
    [
        ("posts", [4, 4], [2.5, 3]),
        ("vacant", [1, 1.5], [0.75, 0.5]),
        ("in_post", [3, 2.5], [2, 2.5]),
        ("productive", [2.5, 2.5], [2, 2]),
        ("joiners", [0, 0], [0, 1]),
        ("joiners_from_groups", [0, 0], [0, 1]),
        ("leavers", [0, 1], [0, 0]),
        ("leavers_to_groups", [0, 1], [0, 0]),
    ],
)
def test_months_have_means_and_counts(column: str, carers: list[float], nurses: list[float]) -> None:
    table = build_tables(STAFFED, comings_and_goings(), 7)["staff"]
    assert (table["replication"] == 7).all()
    assert table["month"].tolist() == ["2019-04"] * 2 + ["2019-05"] * 2
    assert table["staff"].tolist() == ["carers", "nurses"] * 2
    assert table[column].tolist() == [carers[0], nurses[0], carers[1], nurses[1]]


def test_several_rows_of_one_instant_leave_the_last() -> None:
    recorder = Recorder()
    recorder.staff((CARERS, -1.0, 4, 2, 2, 0, 0, NOBODY, NURSES, -1.0, 1, 0, 0, 0, 0, NOBODY))
    recorder.staff((CARERS, 0.0, 4, 3, 2, 1, 0, NOBODY, CARERS, 0.0, 4, 4, 2, 1, 0, NOBODY))
    table = build_tables(STAFFED, recorder, 0)["staff"]
    assert table["in_post"].tolist() == [4, 0, 4, 0]
    assert table["joiners"].tolist() == [2, 0, 0, 0]


def test_without_groups_there_is_no_table_and_rows_tell_the_same() -> None:
    """A run without staff keeps the fingerprint it had before there were any."""
    assert "staff" not in build_tables(INFO, Recorder(), 0)
    empty, told = Recorder(), Recorder()
    told.staff((CARERS, -1.0, 4, 2, 2, 0, 0, NOBODY))
    assert np.shape(empty.rows("staff")) == (0, 8)
    assert empty.fingerprint() == "cae66941d9efbd404e4d88758ea67670"
    assert told.fingerprint() != empty.fingerprint()
