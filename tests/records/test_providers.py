"""The table `providers`, of rows few enough to work out in the head."""

from __future__ import annotations

import dataclasses

import pytest

from caresim.records.build import build_tables
from caresim.records.recorder import Recorder
from records.rows_by_hand import INFO

ASH, ELM = 0, 1
WITH_PROVIDERS = dataclasses.replace(INFO, providers=((0, "ash"), (0, "elm")))
"""A window of two days in April and two in May, after one of warm-up; both are of the first service."""


def two_homes() -> Recorder:
    """Ash has 2 places, from day 3 on 1; Elm has 1, and closes from day 1 to day 2.5.

    Ada is with Ash until 1 (since the warm-up) and then with Elm until 2; Bo with Ash from 0.5 to 3.
    """
    recorder = Recorder()
    recorder.provider((ASH, -1.0, 2, 0, ELM, -1.0, 1, 0))
    recorder.taken((ASH, -0.5, 0))
    recorder.taken((ASH, 0.5, 1))
    recorder.place((ASH, 0, 1, -0.5, 1.0))
    recorder.taken((ELM, 1.0, 0))
    recorder.provider((ELM, 1.0, 1, 1))
    recorder.place((ELM, 0, 1, 1.0, 2.0))
    recorder.provider((ELM, 2.5, 1, 0))
    recorder.provider((ASH, 3.0, 1, 0))
    recorder.place((ASH, 1, 1, 0.5, 3.0))
    return recorder


@pytest.mark.parametrize(
    ("column", "ash", "elm"),
    [
        ("capacity", [2, 1.5], [1, 1]),
        ("held", [1.25, 0.5], [0.5, 0]),
        ("used", [1.25, 0.5], [0.5, 0]),
        ("full", [0.25, 0], [0.5, 0]),
        ("closed_days", [0, 0], [1, 0.5]),
        ("admissions", [1, 0], [1, 0]),
    ],
)
def test_months_have_means_and_counts(column: str, ash: list[float], elm: list[float]) -> None:
    table = build_tables(WITH_PROVIDERS, two_homes(), 7)["providers"]
    assert (table["replication"] == 7).all()
    assert table["month"].tolist() == ["2019-04"] * 2 + ["2019-05"] * 2
    assert table["provider"].tolist() == ["ash", "elm"] * 2
    assert table["service"].unique().tolist() == [INFO.services[0]]
    assert table[column].tolist() == [ash[0], elm[0], ash[1], elm[1]]


def test_where_nobody_has_been_there_are_rows_all_the_same() -> None:
    recorder = Recorder()
    recorder.provider((ASH, -1.0, 2, 0, ELM, -1.0, 0, 0))
    table = build_tables(WITH_PROVIDERS, recorder, 0)["providers"]
    assert table["held"].tolist() == [0] * 4
    assert table["full"].tolist() == [0, 1] * 2
