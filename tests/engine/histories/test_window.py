"""Section 2.3: what of a history counts in the window, and which nights do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine.histories.tiny import tables, world

WARD_THEN_SLOT = """
  ward: {{places: 2, care_time: {care} days, next: slot}}
  slot: {{places: 1, care_time: {{by: who, cy: {cy} days, else: 4 days}}, next: home}}
"""


def delay(ready: float, left: float, *, days: float = 20) -> dict[str, pd.DataFrame]:
    """Tables of a run in which Ada is delayed for the slot between these instants, after 5 days in the ward."""
    services = WARD_THEN_SLOT.format(care=5, cy=left + 9)
    return tables(world(services, {"cy": (-9, "slot"), "ada": (ready - 5, "ward")}, warm_up=10, days=days))


def total(table: pd.DataFrame, column: str, **where: Any) -> float:
    """Sum of a column over the rows where other columns have these values."""
    for name, value in where.items():
        table = table[table[name] == value]
    return float(table[column].sum())


def durations(found: dict[str, pd.DataFrame], service: str, which: str) -> tuple[float, float]:
    """(people, days) of `durations`."""
    table = found["durations"]
    return (
        total(table, "count", service=service, which=which),
        total(table, "sum", service=service, which=which),
    )


def test_a_delay_across_the_end_of_warm_up_counts_time_inside_and_a_person_whole() -> None:
    """Delayed from -3 to 2: two days and two nights of the window; one delay, wait or stay of its whole length."""
    found = delay(-3, 2)
    assert total(found["delays"], "delayed_days", service="ward", awaited="slot") == 2
    assert total(found["delays"], "delayed_nights", service="ward", awaited="slot") == 2
    assert total(found["daily"], "delayed", service="ward") == 2
    assert durations(found, "ward", "delay") == (1, 5)
    assert durations(found, "ward", "delay_nights") == (1, 5)
    assert durations(found, "ward", "stay") == (1, 10)
    assert durations(found, "slot", "wait") == (1, 5)


def test_a_delay_that_ends_before_the_window_is_not_counted() -> None:
    """From -4 to -1; and one that ends just at 0 belongs to the window, with no time in it."""
    before, at_its_edge = delay(-4, -1), delay(-4, 0)
    assert durations(before, "ward", "delay") == (0, 0)
    assert durations(at_its_edge, "ward", "delay") == (1, 4)
    for found in (before, at_its_edge):
        assert total(found["delays"], "delayed_days") == total(found["delays"], "delayed_nights") == 0


def test_an_unfinished_delay_counts_its_time_and_is_nobodys_figure_yet() -> None:
    """From 17 to beyond the end at 20."""
    found = delay(17, 30)
    assert total(found["delays"], "delayed_days", service="ward", awaited="slot") == 3
    assert total(found["delays"], "delayed_nights", service="ward", awaited="slot") == 3
    assert durations(found, "ward", "delay") == (0, 0)


@pytest.mark.parametrize(
    ("ready", "left", "nights"),
    [
        (2, 5, 3),  # beginning at midnight counts that night, ending at midnight does not
        (2, 2.5, 1),
        (2.5, 3, 0),
        (2.25, 2.75, 0),
        (2.5, 4.5, 2),
        (2.5, 5, 2),
        (2, 3, 1),
    ],
)
def test_a_night_is_a_midnight_at_or_after_ready_and_before_leaving(
    ready: float, left: float, nights: int
) -> None:
    found = delay(ready, left)
    assert total(found["delays"], "delayed_nights", service="ward", awaited="slot") == nights
    assert durations(found, "ward", "delay_nights") == (1, nights)
    assert total(found["daily"], "delayed_at_midnight", service="ward") == nights
    assert total(found["delays"], "delayed_days", service="ward", awaited="slot") == left - ready


def test_an_occupied_night_is_a_midnight_at_or_after_admission_and_before_leaving() -> None:
    """In the ward from 1 to 4.5: the nights of 1, 2, 3 and 4. In the slot from 4.5 on: those of 5 to 8."""
    services = WARD_THEN_SLOT.format(care=3.5, cy=1)
    found = tables(world(services, {"ada": (1, "ward"), "cy": (0, "slot")}, days=20))
    daily = found["daily"]
    nights = {
        service: np.flatnonzero(daily[daily["service"] == service]["held_at_midnight"]).tolist()
        for service in ("ward", "slot")
    }
    # Cy is in the slot from 0 to 1: the night of day 0.
    assert nights == {"ward": [1, 2, 3, 4], "slot": [0, 5, 6, 7, 8]}


def test_every_stay_is_told_with_its_instants_and_what_became_of_it() -> None:
    """Warm-up rows are kept, with negative times; what is unfinished keeps nulls."""
    services = WARD_THEN_SLOT.format(care=5, cy=11)
    found = tables(
        world(services, {"cy": (-9, "slot"), "ada": (-8, "ward"), "bo": (0, "slot")}, warm_up=10, days=3)
    )
    columns = ["who", "arrival", "service", "requested_at", "admitted_at", "ready_at", "left_at"]
    columns += ["amount", "came_from", "went_to", "outcome"]
    stays = found["stays"][columns].astype(object)
    rows = [tuple(row) for row in stays.where(stays.notna(), None).itertuples(index=False)]
    assert rows == [
        ("cy", "cy", "slot", -9, -9, 2, 2, 1, None, "home", "left"),
        ("ada", "ada", "ward", -8, -8, -3, 2, 1, None, "slot", "left"),
        ("ada", "ada", "slot", -3, 2, None, None, 1, "ward", None, "unfinished"),
        ("bo", "bo", "slot", 0, None, None, None, 1, None, None, "unfinished"),
    ]
