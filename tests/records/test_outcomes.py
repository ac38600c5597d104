"""What became of people who left: readmitted, at home, in a care home."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from caresim.records.build import build_tables
from caresim.records.recorder import DIED as DIED_THERE
from caresim.records.recorder import (
    LEFT,
    NOBODY,
    UNFINISHED,
    WHY_DIED,
    WHY_NEXT,
    WHY_RESOURCED,
    WHY_RESTARTED,
    Recorder,
)
from records.rows_by_hand import INFO

HOMES, REABLE, WARD, WARD_2 = range(4)
DIED, HOME = 4, 5
NAN = float("nan")

WORLD = dataclasses.replace(
    INFO,
    services=("homes", "reable", "ward", "ward_2"),
    kinds=("residential", "reablement", "acute", "acute"),
    in_place=(False,) * 4,
    in_hours=(False,) * 4,
    mean_amount=(1.0,) * 4,
    exits=("died", "home"),
    groups=(),
    price_attributes=(),
    end=200.0,
)

Stay = tuple[int, int, float, float, int]


def outcomes(*stays: Stay, deaths: dict[int, float] | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    """(service, which) -> (people, of); a stay is person, service, admitted, left (nan: not), went to."""
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.zeros(9, dtype=np.int64)
    for person, service, admitted, left, to in stays:
        outcome = UNFINISHED if left != left else LEFT
        recorder.stay((person, service, admitted, admitted, left, left, 1, NOBODY, to, outcome, 0))
    for person, time in (deaths or {}).items():
        recorder.flow((time, REABLE, DIED, WHY_DIED, 0, person))
    recorder.flow((0.0, 4, WARD, WHY_NEXT, 0, 0))
    table = build_tables(WORLD, recorder, 0)["outcomes"]
    sums = table.groupby(["service", "which"], observed=True)[["people", "of"]].sum()
    return {(str(a), str(b)): (int(row["people"]), int(row["of"])) for (a, b), row in sums.iterrows()}


@pytest.mark.parametrize(
    ("back", "within_30", "within_91"),
    [(39.75, 1, 1), (40.0, 0, 1), (100.75, 0, 1), (101.0, 0, 0)],
)
def test_readmission_is_less_than_so_many_days_after_leaving(back, within_30, within_91):
    found = outcomes((0, WARD, 1.0, 10.0, HOME), (0, WARD_2, back, 190.0, HOME))
    assert found["ward", "readmitted_30"] == (within_30, 1)
    assert found["ward", "readmitted_91"] == (within_91, 1)


def test_going_on_to_another_acute_service_is_no_discharge():
    found = outcomes((0, WARD, 1.0, 10.0, WARD_2), (0, WARD_2, 10.0, 20.0, HOME))
    assert found["ward", "readmitted_30"] == (0, 0)
    assert found["ward_2", "readmitted_30"] == (0, 1)


def test_only_those_whose_days_end_within_the_run_count():
    found = outcomes((0, WARD, 1.0, 170.0, HOME), (1, WARD, 1.0, 170.25, HOME), (2, WARD, 1.0, 110.0, HOME))
    assert found["ward", "readmitted_30"] == (0, 2)
    assert found["ward", "readmitted_91"] == (0, 0)


def test_who_leaves_by_dying_is_not_discharged():
    assert outcomes((0, WARD, 1.0, 10.0, DIED))["ward", "readmitted_30"] == (0, 0)


def test_home_91_looks_at_the_91st_day():
    """Home: 0; in a ward just then: 1; back out by then: 2; dead: 3; admitted only at 91: 4 (not home)."""
    left = [(person, REABLE, 1.0, 10.0, HOME) for person in range(5)]
    later = [
        (1, WARD, 90.0, 120.0, HOME),
        (2, WARD, 90.0, 101.0, HOME),
        (4, HOMES, 101.0, NAN, NOBODY),
    ]
    assert outcomes(*left, *later, deaths={3: 50.0})["reable", "home_91"] == (2, 5)


def test_a_death_after_the_91st_day_does_not_count_against_home():
    assert outcomes((0, REABLE, 1.0, 10.0, HOME), deaths={0: 150.0})["reable", "home_91"] == (1, 1)


def test_whoever_is_new_to_care_homes_is_a_permanent_admission():
    """From a ward, a stream, outside at the start; not from the other home, nor who leaves for none or
    comes back from hospital, their place kept or not."""
    world = dataclasses.replace(WORLD, kinds=("residential", "reablement", "acute", "nursing"))
    nursing, stream, start = 3, 4, 5
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.zeros(9, dtype=np.int64)
    ways = [(WARD, HOMES), (stream, HOMES), (start, HOMES), (nursing, HOMES), (HOMES, nursing), (WARD, HOME)]
    for person, (origin, to) in enumerate(ways):
        recorder.flow((10.0, origin, to, WHY_NEXT, 0, person))
        recorder.stay((person, WARD, 1.0, 1.0, 10.0, 10.0, 1, NOBODY, to, LEFT, 0))
    recorder.flow((-1.0, WARD, HOMES, WHY_NEXT, 0, 6))
    recorder.flow((10.0, WARD, HOMES, WHY_RESTARTED, 0, 7))
    recorder.flow((10.0, WARD, HOMES, WHY_RESOURCED, 0, 8))
    table = build_tables(world, recorder, 0)["outcomes"]
    table = table[table["which"] == "permanent_admission"]
    sums = table.groupby("service", observed=True)[["people", "of"]].sum()
    assert sums.T.to_dict("list") == {"homes": [3, 4], "ward_2": [0, 1]}


def test_death_in_a_place_counts_for_the_service():
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.zeros(3, dtype=np.int64)
    recorder.stay((0, WARD, 1.0, 1.0, NAN, 5.0, 1, NOBODY, DIED, DIED_THERE, 0))
    recorder.stay((1, HOMES, 1.0, 1.0, 6.0, 6.0, 1, NOBODY, DIED, LEFT, 0))
    recorder.stay((2, HOMES, 1.0, NAN, NAN, 7.0, 1, NOBODY, DIED, DIED_THERE, 0))
    monthly = build_tables(WORLD, recorder, 0)["monthly"]
    sums = monthly.groupby("service", observed=True)[["deaths", "deaths_waiting"]].sum()
    assert sums.loc["ward"].tolist() == [1, 0]
    assert sums.loc["homes"].tolist() == [1, 1]
