"""Durations, flows, stays and the event log, of rows one can follow by eye."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest

from caresim.records.build import build_tables
from caresim.records.recorder import (
    AWAY,
    AWAY_UNPAID,
    BRIDGING,
    COUNTERS,
    DELAYED,
    GAVE_UP,
    LEFT,
    NOBODY,
    UNFINISHED,
    WHY_NEXT,
    Recorder,
)
from records.rows_by_hand import ASSESS, CARE, EMERGENCY, HOME, INFO, REABLE, START, WARD, three_people

NAN = float("nan")


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return build_tables(INFO, three_people(), 3, ("stays", "events"))


def test_a_delay_is_counted_whole_in_days_and_nights(tables):
    """Ada was ready at 1.5 and left at 3.25: midnights 2 and 3."""
    durations = tables["durations"]
    ward = durations[
        (durations["service"] == "ward") & (durations["age"] == "old") & (durations["count"] > 0)
    ]
    assert ward[["which", "at_least", "below", "count", "sum"]].to_numpy().tolist() == [
        ["delay", 1, 2, 1, 1.75],
        ["stay", 3, 4, 1, 3.75],
        ["delay_nights", 2, 3, 1, 2.0],
        ["stay_nights", 4, 5, 1, 4.0],
    ]


def test_a_wait_of_no_time_counts_in_the_first_bin():
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.array([0])
    recorder.stay((0, WARD, 1.0, 1.0, 2.0, 2.0, 1, NOBODY, HOME, LEFT, 0))
    durations = build_tables(INFO, recorder, 0)["durations"]
    waits = durations[(durations["which"] == "wait") & (durations["service"] == "ward")]
    assert waits[["at_least", "count", "sum"]].to_numpy().tolist() == [[0, 1, 0.0]]


@pytest.mark.parametrize(
    ("stay", "bin_of"), [(60.5, (60, 61)), (61.0, (61, 68)), (67.9375, (61, 68)), (68.0, (68, 75))]
)
def test_bins_are_days_to_sixty_then_weeks(stay, bin_of):
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.array([0])
    recorder.stay((0, WARD, 1.0 - stay, 1.0 - stay, 1.0, 1.0, 1, NOBODY, HOME, LEFT, 0))
    durations = build_tables(INFO, recorder, 0)["durations"]
    row = durations[(durations["which"] == "stay") & (durations["count"] > 0)]
    assert row[["at_least", "below", "count", "sum"]].to_numpy().tolist() == [[*bin_of, 1, stay]]


def test_only_what_ended_in_the_window_counts(tables):
    """Ada's admission to the ward (before time 0) is no wait of the window; Bo's is."""
    durations = tables["durations"]
    waits = durations[(durations["which"] == "wait") & (durations["service"] == "ward")]
    assert waits[["age", "count"]].to_numpy().tolist() == [["old", 0], ["young", 1]]


def waits_of_the_start(*flows: float) -> list[list[float]]:
    """at_least, count, sum of waits for the ward of one of the start, there from 0; admitted by flows."""
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.array([len(INFO.streams)])
    recorder.stay((0, WARD, 0, 0, 1.0, 1.0, 1, NOBODY, HOME, LEFT, 0))
    for time in flows:
        recorder.flow((time, START, WARD, WHY_NEXT, 0, 0))
    durations = build_tables(dataclasses.replace(INFO, start=0.0), recorder, 0)["durations"]
    waits = durations[(durations["which"] == "wait") & (durations["service"] == "ward")]
    return waits[["at_least", "count", "sum"]].to_numpy().tolist()


def test_who_is_in_a_place_at_the_start_has_not_waited_for_it():
    assert waits_of_the_start() == [[0, 0, 0.0]]


def test_who_waits_outside_at_the_start_and_is_admitted_at_once_has_waited_no_time():
    assert waits_of_the_start(0.0) == [[0, 1, 0.0]]


def test_bridging_on_after_care_has_ended_is_no_delay():
    """Ready at 1 and bridging on to 2.5, then given up and delayed to 3.25; another stay before it.

    Of midnights 1, 2 and 3 only the last is a night of delay. Bo bridges but is not ready.
    """
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.zeros(2, dtype=np.int64)
    for start, end in ((0.5, 1.0), (1.0, 1.75), (1.75, 2.5)):
        recorder.held((0, REABLE, BRIDGING, CARE, 1, 0, start, end))
    recorder.held((0, REABLE, DELAYED, ASSESS, 1, 0, 2.5, 3.25))
    recorder.held((1, REABLE, BRIDGING, CARE, 1, 0, 0.5, 3.0))
    recorder.stay((0, REABLE, 0.0, 0.0, 0.25, 0.5, 1, NOBODY, REABLE, LEFT, 0))
    recorder.stay((0, REABLE, 0.5, 0.5, 1.0, 3.25, 1, NOBODY, HOME, LEFT, 0))
    recorder.stay((1, REABLE, 0.5, 0.5, NAN, 3.0, 1, NOBODY, HOME, LEFT, 0))
    durations = build_tables(INFO, recorder, 0)["durations"]
    found = durations[(durations["service"] == "reable") & (durations["count"] > 0)]
    delays = found[found["which"].isin(["delay", "delay_nights"])]
    assert delays[["which", "at_least", "count", "sum"]].to_numpy().tolist() == [
        ["delay", 0, 2, 1.0],
        ["delay_nights", 0, 1, 0.0],
        ["delay_nights", 1, 1, 1.0],
    ]


def test_flows_name_both_ends_and_why(tables):
    assert tables["flows"][["month", "from", "to", "why", "age", "people"]].to_numpy().tolist() == [
        ["2019-04", "ward", "home", "next", "young", 1],
        ["2019-04", "emergency", "ward", "next", "young", 1],
        ["2019-05", "ward", "care", "next", "old", 1],
        ["2019-05", "emergency", "lost", "turned_away", "old", 1],
    ]


def test_what_is_counted_is_counted_by_month_and_service():
    recorder = three_people()
    for time in (-0.5, 1.0, 1.5, 2.0, 4.0):
        recorder.counter((time, WARD, COUNTERS.index("deadlock_moves")))
    recorder.counter((1.0, WARD, COUNTERS.index("never_fits")))
    counters = build_tables(INFO, recorder, 0)["counters"]
    assert counters[["month", "service", "what", "number"]].to_numpy().tolist() == [
        ["2019-04", "ward", "deadlock_moves", 2],
        ["2019-04", "ward", "never_fits", 1],
        ["2019-05", "ward", "deadlock_moves", 1],
    ]


def test_stays_are_in_order_of_person_and_request_with_names_and_hours(tables):
    stays = tables["stays"]
    columns = [
        "person",
        "arrival",
        "service",
        "requested_at",
        "admitted_at",
        "amount",
        "came_from",
        "went_to",
    ]
    rows = stays[[*columns, "outcome", "funding"]].astype(object)
    assert rows.where(rows.notna(), None).to_numpy().tolist() == [
        [0, "emergency", "ward", -0.5, -0.5, 1.0, None, "care", "left", "council"],
        [0, "emergency", "assess", 1.5, 1.75, 1.0, "ward", "care", "left", "council"],
        [0, "emergency", "care", 2.0, 3.25, 10.0, "ward", None, "unfinished", "council"],
        [1, "emergency", "ward", 0.25, 0.5, 1.0, None, "home", "left", "self"],
        [2, "emergency", "ward", 2.5, None, 1.0, None, None, "turned_away", "self"],
    ]


def test_a_delayed_persons_bed_use_stays_open_until_they_leave(tables):
    events = tables["events"]
    ada = events[events["entity_id"] == 0]
    assert ada[["time", "event_type", "event"]].to_numpy().tolist() == [
        [-0.5, "arrival_departure", "arrival"],
        [-0.5, "resource_use", "ward"],
        [3.25, "resource_use_end", "ward_end"],
        [3.25, "resource_use", "care"],
    ]


def test_the_lowest_free_place_is_given():
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.zeros(4, dtype=np.int64)
    for person, (start, end) in enumerate([(0.0, 1.0), (0.0, 3.0), (1.0, 2.0), (1.5, 3.0)]):
        recorder.stay((person, WARD, start, start, end, end, 1, NOBODY, HOME, LEFT, 0))
    events = build_tables(INFO, recorder, 0, ("events",))["events"]
    used = events[events["event_type"] == "resource_use"]
    assert used[["entity_id", "resource_id"]].to_numpy().tolist() == [[0, 1], [1, 2], [2, 1], [3, 3]]


def test_whoever_waits_in_a_bed_is_shown_in_the_bed(tables):
    """vidigi puts a person at their latest event: a queue event would take Ada out of the ward."""
    events = tables["events"]
    assert events[events["event_type"] == "queue"]["event"].tolist() == ["wait_for_ward"]
    assert events[events["event_type"] == "queue"]["entity_id"].tolist() == [1]


def test_a_step_is_shown_of_whoever_holds_no_place():
    """One is assessed before they have a place, one after giving theirs up, one in the ward."""
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.zeros(3, dtype=np.int64)
    for person, came_from in enumerate([NOBODY, WARD, WARD]):
        recorder.stay((person, ASSESS, 1.0, 1.0, 2.0, 2.0, 1, came_from, HOME, LEFT, 0))
    for person, left in ((1, 1.0), (2, 2.0)):
        recorder.stay((person, WARD, 0.0, 0.0, 1.0, left, 1, NOBODY, HOME, LEFT, 0))
    events = build_tables(INFO, recorder, 0, ("events",))["events"]
    assert events[events["event"] == "assess"]["entity_id"].tolist() == [0, 1]


def long_log() -> pd.DataFrame:
    """Two beds, twelve people, in quarter days: some wait, some give up."""
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.zeros(12, dtype=np.int64)
    recorder.capacity((WARD, -1.0, 2.0))
    for person in range(12):
        arrived = person * 0.25
        recorder.flow((arrived, 4, WARD, WHY_NEXT, 0, person))
        recorder.queued((person, WARD, NOBODY, 0, arrived, arrived + 0.25))
        if person % 3:
            recorder.stay(
                (person, WARD, arrived, arrived + 0.25, arrived + 1, arrived + 1, 1, NOBODY, HOME, LEFT, 0)
            )
            recorder.flow((arrived + 1, WARD, HOME, WHY_NEXT, 0, person))
        else:
            gone = arrived + 0.25
            recorder.stay((person, WARD, arrived, NAN, NAN, gone, 1, NOBODY, HOME, GAVE_UP, 0))
            recorder.flow((gone, WARD, HOME, 2, 0, person))
    return build_tables(INFO, recorder, 1, ("events",))["events"]


def test_vidigi_reads_the_log_as_it_is():
    """The real package takes the log, places everyone, and finds the uses of beds we recorded."""
    prep = pytest.importorskip("vidigi.prep")
    analysis = pytest.importorskip("vidigi.analysis")
    log = long_log()
    in_hours = log.assign(time=log["time"] * 24)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frames = prep.reshape_for_animations(in_hours, every_x_time_units=3, limit_duration=96)
        names = ["arrival", "wait_for_ward", "ward", "ward_end", "depart"]
        places = pd.DataFrame(
            [{"event": name, "x": 50 * k, "y": 50, "label": name} for k, name in enumerate(names)]
        )
        drawn = prep.generate_animation_df(frames, places)
        uses = analysis.resource_use_intervals(log)
    frames = frames[frames["event"] != "depart"]
    at_nine = frames[frames["snapshot_time"] == 9]
    assert dict(zip(at_nine["entity_id"], at_nine["event"], strict=True)) == {1: "wait_for_ward"}
    at_21 = frames[frames["snapshot_time"] == 21]
    assert dict(zip(at_21["entity_id"], at_21["event"], strict=True)) == {
        1: "ward",
        2: "ward",
        3: "wait_for_ward",
    }
    people = drawn[drawn["entity_id"].notna()]
    assert people["x_final"].notna().all()
    assert len(uses) == 8
    assert (uses["end"] - uses["start"]).tolist() == [0.75] * 8


def test_who_is_away_is_shown_in_hospital_and_then_in_the_same_place_again():
    """Ada is away from care from 1 to 2, in two rows; Bo from 1 until his place is kept no longer; Cy at the end."""
    recorder = Recorder()
    recorder.classes, recorder.streams = np.array([[0, 0]]), np.zeros(3, dtype=np.int64)
    recorder.capacity((CARE, -1.0, 1800.0))
    ends = {0: (3.0, HOME, LEFT), 1: (1.5, WARD, LEFT), 2: (NAN, NOBODY, UNFINISHED)}
    spells = {0: [(1.0, 1.5, AWAY), (1.5, 2.0, AWAY_UNPAID)], 1: [(1.0, 1.5, AWAY)], 2: [(3.0, 4.0, AWAY)]}
    for person, (left, went_to, outcome) in ends.items():
        recorder.flow((0.0, EMERGENCY, CARE, WHY_NEXT, 0, person))
        recorder.stay((person, CARE, 0.0, 0.0, NAN, left, 600, NOBODY, went_to, outcome, 0))
        for start, end, state in spells[person]:
            recorder.held((person, CARE, state, NOBODY, 600, 0, start, end))
    events = build_tables(INFO, recorder, 0, ("events",))["events"]
    told = events[events["event"].isin(["care", "care_end"])].sort_values(["entity_id", "time"], kind="stable")
    assert told[["entity_id", "event", "time", "resource_id"]].values.tolist() == [
        [0, "care", 0, 1],
        [0, "care_end", 1, 1],
        [0, "care", 2, 1],
        [0, "care_end", 3, 1],
        [1, "care", 0, 2],
        [1, "care_end", 1, 2],
        [2, "care", 0, 3],
        [2, "care_end", 3, 3],
    ]
