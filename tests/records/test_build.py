"""The tables of a run, of rows few enough to work them out in the head."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caresim.records.build import COUNTS, build_tables, join_tables
from caresim.records.recorder import LEFT, NOBODY, STATES, WHY_NEXT, Recorder
from caresim.records.tables import COLUMNS, TABLES, RunInfo, tables_markdown
from records.rows_by_hand import ASSESS, EMERGENCY, HOME, INFO, START, WARD, three_people

NAN = float("nan")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return build_tables(INFO, three_people(), 3)


def column_of(table: pd.DataFrame, column: str, **where: str) -> list[float]:
    for key, value in where.items():
        table = table[table[key] == value]
    return table[column].tolist()


def test_only_tables_asked_for_are_made(tables):
    usual = [
        "daily",
        "monthly",
        "delays",
        "queues",
        "durations",
        "flows",
        "tallies",
        "occupancy",
        "outcomes",
        "counters",
    ]
    assert list(tables) == usual
    assert list(build_tables(INFO, three_people(), 0, ("events", "stays"))) == [*usual, "stays", "events"]


def test_a_long_run_has_days_only_on_request():
    long = dataclasses.replace(INFO, end=20 * 365.25)
    assert "daily" not in build_tables(long, three_people(), 0)
    assert len(build_tables(long, three_people(), 0, ("daily",))["daily"]) == 7305 * 4 * 2


def test_an_unknown_table_is_refused():
    with pytest.raises(ValueError, match="no such table: stay"):
        build_tables(INFO, three_people(), 0, ("stay",))


def test_every_day_service_and_group_has_a_row_in_order(tables):
    daily = tables["daily"]
    assert len(daily) == 4 * 4 * 2
    assert (daily["replication"] == 3).all()
    keys = list(zip(daily["day"], daily["service"], daily["age"], strict=True))
    assert keys == sorted(keys)
    assert column_of(daily, "date", service="ward", age="old") == [
        "2019-04-29",
        "2019-04-30",
        "2019-05-01",
        "2019-05-02",
    ]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("capacity", [2, 2, 1, 1]),
        ("held", [1, 1, 1, 0.25]),
        ("in_care", [1, 0.5, 0, 0]),
        ("delayed", [0, 0.5, 1, 0.25]),
        ("held_at_midnight", [1, 1, 1, 1]),
        ("delayed_at_midnight", [0, 0, 1, 1]),
        ("full", [0.5, 0, 1, 0.25]),  # Both beds while Bo is there; one bed is left from day 2 on.
        ("leavers", [0, 0, 0, 1]),
        ("turned_away", [0, 0, 1, 0]),
        ("hours_held", [0, 0, 0, 0]),
    ],
)
def test_the_ward_day_by_day(tables, column, expected):
    assert column_of(tables["daily"], column, service="ward", age="old") == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("held", [0.5, 0, 0, 0]),
        ("held_at_midnight", [0, 0, 0, 0]),
        ("queue", [0.25, 0, 0, 0]),
        ("waiting", [0.25, 0, 0, 0]),
        ("requests", [1, 0, 0, 0]),
        ("admissions", [1, 0, 0, 0]),
        ("waited", [1, 0, 0, 0]),
        ("leavers", [0, 1, 0, 0]),  # At 1.0: the instant belongs to the day it begins.
        ("full", [0.5, 0, 1, 0.25]),  # The service's own, repeated.
    ],
)
def test_the_ward_as_the_young_met_it(tables, column, expected):
    assert column_of(tables["daily"], column, service="ward", age="young") == expected


def test_home_care_counts_hours_and_is_full_with_less_than_a_mean_package_free(tables):
    monthly = tables["monthly"]
    assert column_of(monthly, "capacity", service="care", age="old") == [15, 15]
    assert column_of(monthly, "hours_held", service="care", age="old") == [0, 3.75]
    assert column_of(monthly, "full", service="care", age="old") == [0, 0.375]
    assert column_of(monthly, "people", service="care", age="old") == [0, 1]
    assert column_of(monthly, "queue", service="care", age="old") == [0, 0.625]
    assert column_of(monthly, "waiting", service="care", age="old") == [0, 0]


def counted(info: RunInfo, recorder: Recorder) -> dict[tuple[str, str], list[int]]:
    """(service, age) -> requests, admissions, waited; where there were any."""
    monthly = build_tables(info, recorder, 0)["monthly"]
    sums = monthly.groupby(["service", "age"], observed=True)[["requests", "admissions", "waited"]].sum()
    return {key: row.tolist() for key, row in sums.iterrows() if row.any()}


def test_an_attribute_set_when_ready_does_not_move_the_admission():
    """Young until ready at 1, old after: admitted young, at once; the leaving is the old one's."""
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0], [1, 0]]), np.array([0])
    recorder.flow((0.5, EMERGENCY, WARD, WHY_NEXT, 1, 0))
    recorder.stay((0, WARD, 0.5, 0.5, 1.0, 2.0, 1, NOBODY, HOME, LEFT, 0))
    assert counted(INFO, recorder) == {("ward", "old"): [1, 0, 0], ("ward", "young"): [0, 1, 0]}
    monthly = build_tables(INFO, recorder, 0)["monthly"]
    assert sum(column_of(monthly, "leavers", service="ward", age="old")) == 1


def test_who_is_there_at_the_start_is_neither_asked_for_nor_admitted():
    """In a bed and in a step from 0, and one who leaves the queue of the start for a bed at 1."""
    info = dataclasses.replace(INFO, start=0.0)
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.full(3, len(INFO.streams))
    recorder.stay((0, WARD, 0, 0, 1.0, 1.0, 1, NOBODY, HOME, LEFT, 0))
    recorder.stay((1, ASSESS, 0, 0, 1.0, 1.0, 1, NOBODY, HOME, LEFT, 0))
    assert counted(info, recorder) == {}
    recorder.flow((1.0, START, WARD, WHY_NEXT, 0, 2))
    recorder.stay((2, WARD, 0, 1.0, 2.0, 2.0, 1, NOBODY, HOME, LEFT, 0))
    assert counted(info, recorder) == {("ward", "old"): [0, 1, 1]}


def test_a_step_of_somebody_of_the_start_that_begins_within_the_run_is_an_admission():
    """Delayed in the ward at the start, for a step that is free: it begins at that instant."""
    info = dataclasses.replace(INFO, start=0.0)
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.full(2, len(INFO.streams))
    recorder.stay((0, ASSESS, 0, 0, 1.0, 1.0, 1, WARD, HOME, LEFT, 0))
    recorder.stay((1, ASSESS, 0.5, 1.0, 2.0, 2.0, 1, WARD, HOME, LEFT, 0))
    assert counted(info, recorder) == {("assess", "old"): [1, 2, 1]}


def test_an_unlimited_service_is_never_full(tables):
    monthly = tables["monthly"]
    assert column_of(monthly, "capacity", service="reable", age="old") == [np.inf, np.inf]
    assert column_of(monthly, "full", service="reable", age="old") == [0, 0]


def test_a_delay_counts_under_what_was_first_waited_for(tables):
    delays = tables["delays"][tables["delays"]["age"] == "old"]
    columns = ["month", "service", "awaited", "people", "delayed_nights", "delayed_days"]
    assert delays[columns].to_numpy().tolist() == [
        ["2019-04", "ward", "assess", 1, 0, 0.5],
        ["2019-04", "ward", "care", 0, 0, 0.0],
        ["2019-05", "ward", "assess", 0, 0, 0.0],
        ["2019-05", "ward", "care", 1, 2, 1.25],
    ]


def test_queues_say_where_people_wait(tables):
    queues = tables["queues"]
    there = queues[queues["queue_days"] > 0]
    assert there[["month", "service", "where", "age", "queue_days"]].to_numpy().tolist() == [
        ["2019-04", "assess", "ward", "old", 0.25],
        ["2019-04", "ward", "outside", "young", 0.25],
        ["2019-05", "care", "ward", "old", 1.25],
    ]


def test_tallies_tell_the_price_attributes_apart(tables):
    tallies = tables["tallies"]
    ward = tallies[(tallies["service"] == "ward") & (tallies["month"] == "2019-04")]
    columns = ["age", "funding", "available_days", "held_days", "held_nights", "waiting_days", "admissions"]
    assert ward[columns].to_numpy().tolist() == [
        ["old", "council", 4.0, 2.0, 2, 0.0, 0],
        ["old", "self", 4.0, 0.0, 0, 0.0, 0],
        ["young", "self", 4.0, 0.5, 0, 0.25, 1],
    ]


def test_hours_in_tallies_are_those_really_supplied(tables):
    """Ten hours a week over three quarters of a day, of fifteen a week over two days."""
    tallies = tables["tallies"]
    assert column_of(tallies, "hours_held", service="care", funding="council") == [0, 10 * 0.75 / 7]
    assert column_of(tallies, "available_hours", service="care", funding="council") == [15 * 2 / 7] * 2
    assert column_of(tallies, "available_days", service="care", funding="council") == [0, 0]


def test_occupancy_is_the_share_of_the_window_with_so_many_held(tables):
    occupancy = tables["occupancy"]
    ward = occupancy[occupancy["service"] == "ward"]
    assert ward[["month", "held", "share"]].to_numpy().tolist() == [
        ["2019-04", 1, 0.375],
        ["2019-04", 2, 0.125],
        ["2019-05", 0, 0.1875],
        ["2019-05", 1, 0.3125],
    ]


def test_a_run_of_nobody_still_has_its_rows():
    recorder = Recorder()
    recorder.classes = np.zeros((0, 2), dtype=np.int64)
    tables = build_tables(INFO, recorder, 0, ("stays", "events"))
    assert len(tables["daily"]) == 4 * 4
    assert tables["daily"]["held"].sum() == 0
    assert tables["daily"]["age"].unique().tolist() == [""]
    assert tables["occupancy"]["share"].tolist() == [0.5] * 8
    assert len(tables["stays"]) == len(tables["events"]) == len(tables["delays"]) == 0


def test_types_do_not_depend_on_what_happened():
    empty, some = (build_tables(INFO, recorder, 0) for recorder in (Recorder(), three_people()))
    for name, table in some.items():
        assert table.dtypes.tolist() == empty[name].dtypes.tolist(), name


def test_every_table_has_the_columns_it_is_said_to_have():
    stars = {
        "*groups": ["age"],
        "*prices": ["age", "funding"],
        "*attributes": ["age", "funding"],
    }
    info = dataclasses.replace(
        INFO,
        staff=("carers",),
        providers=((0, "north"),),
        chances=(("flu", ""),),
        reviews=tuple(("same",) for _ in INFO.services),
        standards=((0, "wait", 28.0),),
    )
    tables = build_tables(info, three_people(), 0, ("stays", "events"))
    assert list(COLUMNS) == list(TABLES) == list(tables)
    for name, table in tables.items():
        said = [column for star in COLUMNS[name] for column in stars.get(star, [star])]
        assert list(table.columns) == said, name
        assert f"## {name}\n" in tables_markdown()


def test_ten_thousand_years_are_a_run_like_any_other(tmp_path):
    """One person held for two days around the end of the year 9999, and one at the end of the run."""
    days_to_10000 = 2914708.0
    recorder = Recorder()
    recorder.classes, recorder.streams = np.zeros((1, 0), dtype=np.int64), np.zeros(2, dtype=np.int64)
    info = dataclasses.replace(
        INFO,
        services=("ward",),
        kinds=("acute",),
        in_place=(False,),
        in_hours=(False,),
        mean_amount=(1.0,),
        attributes=(),
        groups=(),
        price_attributes=(),
        end=3652425.0,
        first_day="2019-10-20",
    )
    recorder.held((0, 0, 0, NOBODY, 1, 0, days_to_10000 - 1, days_to_10000 + 1))
    recorder.held((1, 0, 0, NOBODY, 1, 0, info.end - 1, info.end))
    tables = build_tables(info, recorder, 0)
    assert "daily" not in tables
    there = tables["tallies"][tables["tallies"]["held_days"] > 0]
    assert there[["month", "held_days", "held_nights"]].to_numpy().tolist() == [
        ["9999-12", 1, 1],
        ["10000-01", 1, 1],
        ["12019-10", 1, 1],
    ]


def test_joined_tables_keep_the_order_of_replications():
    parts = [build_tables(INFO, three_people(), number) for number in (1, 2)]
    joined = join_tables(parts)
    assert joined["monthly"]["replication"].tolist() == [1] * 16 + [2] * 16
    assert isinstance(joined["monthly"]["service"].dtype, pd.CategoricalDtype)


Instants = st.integers(-32, 16 * 70).map(lambda sixteenths: sixteenths / 16)


@st.composite
def recorders(draw: st.DrawFn) -> Recorder:
    """Any rows an engine could tell, possible or not: sums do not care."""
    recorder = Recorder()
    recorder.classes = np.array([[0, 0], [0, 1], [1, 0], [2, 1]])
    recorder.streams = np.zeros(4, dtype=np.int64)
    for service in range(4):
        recorder.capacity((service, -2.0, draw(st.sampled_from([0.0, 1.0, 700.0, np.inf]))))
    for _ in range(draw(st.integers(0, 10))):
        start, end = sorted((draw(Instants), draw(Instants)))
        person, service, class_ = (draw(st.integers(0, 3)) for _ in range(3))
        state = draw(st.integers(0, len(STATES) - 1))
        awaited = draw(st.integers(0, 3)) if state in (1, 2) else NOBODY
        amount = draw(st.integers(1, 900))
        recorder.held((person, service, state, awaited, amount, class_, start, end))
        recorder.queued((person, service, draw(st.integers(-1, 3)), class_, start, end))
        admitted = draw(st.sampled_from([NAN, start]))
        outcome = LEFT if admitted == admitted else draw(st.integers(1, 4))
        recorder.stay((person, service, start, admitted, start, end, amount, NOBODY, 4, outcome, class_))
        recorder.flow((end, draw(st.integers(0, 5)), draw(st.integers(-1, 5)), 0, class_, person))
    return recorder


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(recorders())
def test_days_months_and_tallies_add_up_to_the_same(recorder):
    info = dataclasses.replace(INFO, end=64.0)
    tables = build_tables(info, recorder, 0)
    daily, monthly, tallies = tables["daily"], tables["monthly"], tables["tallies"]
    daily = daily.assign(month=daily["date"].astype(str).str[:7])
    keys = ["month", "service", "age"]
    by_day = daily.groupby(keys, observed=True).sum(numeric_only=True)
    by_month = monthly.set_index(keys).sort_index()
    by_tally = tallies.groupby(keys, observed=True).sum(numeric_only=True)
    for state in ("held", *STATES):
        assert np.allclose(by_month[state] * by_month["days"], by_day[state], rtol=1e-14, atol=0)
        # Sums of sixteenths: equal to the last bit.
        assert (by_tally[f"{state}_days"] == by_day[state]).all()
        assert np.allclose(by_tally[f"hours_{state}"] * 7, by_day[f"hours_{state}"], rtol=1e-12, atol=0)
    assert (by_tally["held_nights"] == by_day["held_at_midnight"]).all()
    assert (by_tally["delayed_nights"] == by_day["delayed_at_midnight"]).all()
    assert (by_tally["queue_days"] == by_day["queue"]).all()
    assert (by_tally["waiting_days"] == by_day["waiting"]).all()
    for count in COUNTS:
        assert (by_tally[count] == by_day[count]).all()
        assert (by_month[count] == by_day[count]).all()
    delays = tables["delays"].groupby(keys, observed=True).sum(numeric_only=True)
    delays = delays.reindex(by_tally.index, fill_value=0)
    for column in ("delayed_nights", "delayed_days", "bridging_days"):
        assert (delays[column] == by_tally[column]).all()
    queues = tables["queues"].groupby(keys, observed=True)["queue_days"].sum()
    assert (queues.reindex(by_tally.index, fill_value=0) == by_tally["queue_days"]).all()


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(recorders())
def test_occupancy_is_a_distribution_with_the_mean_held(recorder):
    info = dataclasses.replace(INFO, end=64.0)
    tables = build_tables(info, recorder, 0)
    occupancy, tallies = tables["occupancy"], tables["tallies"]
    assert np.allclose(occupancy.groupby("service", observed=True)["share"].sum(), 1)
    keys = ["month", "service"]
    mean = occupancy.assign(mean=occupancy["held"] * occupancy["share"]).groupby(keys, observed=True)["mean"]
    held = tallies.groupby(keys, observed=True)["held_days"].sum() / info.end
    assert np.allclose(mean.sum(), held)
    lengths = tallies.groupby(keys, observed=True)["days"].first() / info.end
    assert np.allclose(occupancy.groupby(keys, observed=True)["share"].sum(), lengths)
