"""Rule 7: opening hours, intake and rounds. Day 0 is a Monday."""

from __future__ import annotations

import pytest

from engine.histories.tiny import EASTER_WEEK, MONDAY, run, world


def admitted(
    service: str, comes: dict[str, float], *, start: str = MONDAY, days: float = 20
) -> list[tuple[float, str]]:
    """Who is admitted when to a ward with such a line in it, who come at these times."""
    text = f"  ward: {{places: 9, care_time: 1 hour, next: home, {service}}}"
    people = {who: (at, "ward") for who, at in comes.items()}
    story = run(world(text, people, start=start))
    return story.admissions("ward")


# ------------------------------------------------------------------ opening hours


def test_hours_are_half_open() -> None:
    """06:00 to 18:00: at 06:00 it is open, at 18:00 it is closed."""
    comes = {"ada": 0.125, "bo": 0.25, "cy": 0.5, "dee": 0.75, "eve": 1.0}
    assert admitted("opens: {hours: 06:00-18:00}", comes) == [
        (0.25, "ada"),
        (0.25, "bo"),
        (0.5, "cy"),
        (1.25, "dee"),
        (1.25, "eve"),
    ]


def test_a_service_open_on_weekdays_admits_nobody_at_the_weekend() -> None:
    """Ada comes at the last moment of Friday, Bo on Saturday: he waits for Monday."""
    comes = {"ada": 4.75 - 2**-26, "bo": 5.5, "cy": 8}
    assert admitted("opens: {days: mon-fri, hours: 06:00-18:00}", comes) == [
        (4.75 - 2**-26, "ada"),
        (7.25, "bo"),
        (8.25, "cy"),
    ]


@pytest.mark.parametrize(
    ("holidays", "expected"),
    [
        (", bank_holidays: closed", [(3.5, "ada"), (8.25, "bo"), (8.25, "cy")]),
        (", bank_holidays: open", [(3.5, "ada"), (4.5, "bo"), (7.25, "cy")]),
        ("", [(3.5, "ada"), (4.5, "bo"), (7.25, "cy")]),
    ],
)
def test_bank_holidays_are_working_days_unless_it_is_said_otherwise(
    holidays: str, expected: list[tuple[float, str]]
) -> None:
    """Bo comes on Good Friday, Cy on Easter Sunday; Monday is a bank holiday too."""
    comes = {"ada": 3.5, "bo": 4.5, "cy": 6.5}
    service = f"opens: {{days: mon-fri, hours: 06:00-18:00{holidays}}}"
    assert admitted(service, comes, start=EASTER_WEEK) == expected


def test_care_runs_on_when_the_service_is_closed() -> None:
    """Ada's two days end at 2.5 on a Wednesday, Bo's on a Sunday: opening is for admission only."""
    story = run(
        world(
            "  ward: {places: 1, care_time: 2 days, next: home, opens: {days: mon-fri, hours: 06:00-18:00}}",
            {"ada": (0.5, "ward"), "bo": (4.5, "ward"), "cy": (5, "ward")},
        )
    )
    assert [line for line in story.history if line[2] == "ready"] == [
        (2.5, "ada", "ready", "ward"),
        (6.5, "bo", "ready", "ward"),
        (9.25, "cy", "ready", "ward"),
    ]


def test_a_place_that_falls_free_while_closed_is_given_when_the_service_opens() -> None:
    """Cy leaves on Saturday; Ada, delayed in the ward, moves on Monday morning, and Bo gets her bed then."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 1 day, next: slot}
  slot: {places: 1, care_time: {by: who, cy: 5 days, else: 1 day}, next: home, opens: {days: mon-fri, hours: 06:00-18:00}}
""",
            {"ada": (1, "ward"), "bo": (2, "ward"), "cy": (0.5, "slot")},
            days=8,
        )
    )
    assert story.since(2) == [
        (2, "ada", "ready", "ward"),
        (2, "ada", "waits", "slot"),
        (2, "bo", "waits", "ward"),
        (5.5, "cy", "ready", "slot"),
        (5.5, "cy", "leaves for home", "slot"),
        (7.25, "ada", "leaves for slot", "ward"),
        (7.25, "ada", "admitted", "slot"),
        (7.25, "bo", "admitted", "ward"),
    ]


def test_waiting_for_a_step_to_open_is_delay_under_that_step() -> None:
    """Ready on Friday evening, Ada is assessed on Monday from 06:00, and that runs past 18:00."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 1 day, next: assess}
  assess: {in_place: true, places: 1, care_time: 1 day, next: home, opens: {days: mon-fri, hours: 06:00-18:00}}
""",
            {"ada": (3.75, "ward")},
        )
    )
    assert story.history == [
        (3.75, "ada", "admitted", "ward"),
        (4.75, "ada", "ready", "ward"),
        (4.75, "ada", "waits", "assess"),
        (7.25, "ada", "begins", "assess"),
        (8.25, "ada", "ends", "assess"),
        (8.25, "ada", "leaves for home", "ward"),
    ]
    assert story.held_up == [(4.75, 8.25, "ada", "delayed for assess", "ward")]


# ------------------------------------------------------------------ intake


def test_intake_is_used_up_by_the_day_and_begins_anew_at_midnight() -> None:
    """Two a day: of five who come on Monday two are admitted each day."""
    comes = {"ada": 0.5, "bo": 0.5, "cy": 0.75, "dee": 0.75, "eve": 0.875}
    assert admitted("intake: 2 per day", comes) == [
        (0.5, "ada"),
        (0.5, "bo"),
        (1, "cy"),
        (1, "dee"),
        (2, "eve"),
    ]


def test_a_day_that_intake_does_not_name_has_no_limit() -> None:
    """One on Monday, none on Tuesday, as many as come on Wednesday."""
    comes = {"ada": 0.5, "bo": 0.5, "cy": 1.5, "dee": 2.5}
    assert admitted("intake: {mon: 1 per day, tue: 0 per day}", comes) == [
        (0.5, "ada"),
        (2, "bo"),
        (2, "cy"),
        (2.5, "dee"),
    ]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (", bank_holiday: 0 per day", [(5, "ada"), (6, "bo")]),
        (", bank_holiday: 2 per day", [(4.5, "ada"), (4.5, "bo")]),
        ("", [(4.5, "ada"), (5, "bo")]),
    ],
)
def test_an_entry_for_bank_holidays_beats_the_weekday(entry: str, expected: list[tuple[float, str]]) -> None:
    """Ada and Bo come on Good Friday, where one starts on any other day."""
    comes = {"ada": 4.5, "bo": 4.5}
    assert admitted(f"intake: {{mon-sun: 1 per day{entry}}}", comes, start=EASTER_WEEK) == expected


def test_intake_counts_everybody_who_is_admitted_wherever_they_come_from() -> None:
    """One start a day: Ada, out of the ward, has Monday's; Bo, from home, has to wait for Tuesday."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 12 hours, next: slot}
  slot: {places: 9, care_time: 5 days, next: home, intake: 1 per day}
""",
            {"ada": (0, "ward"), "bo": (0.75, "slot")},
        )
    )
    assert story.admissions("slot") == [(0.5, "ada"), (1, "bo")]


# ------------------------------------------------------------------ rounds


def ready(rounds: str, care: dict[str, str], *, start: str = MONDAY) -> dict[str, float]:
    """When each is ready who comes at 0 with such a care time, to a ward with such rounds."""
    times = ", ".join(f"{who}: {time}" for who, time in care.items())
    text = f"  ward: {{places: 9, care_time: {{by: who, {times}}}, next: home, rounds: {rounds}}}"
    people = dict.fromkeys(care, (0.0, "ward"))
    story = run(world(text, people, start=start))
    return {who: time for time, who, what, _ in story.history if what == "ready"}


def test_care_that_ends_outside_the_hours_of_the_round_ends_with_the_next_round() -> None:
    """Rounds from 06:00 to 18:00: before them, from their first moment, in them, at their end, after them."""
    care = {"ada": "27 hours", "bo": "30 hours", "cy": "36 hours", "dee": "42 hours", "eve": "45 hours"}
    assert ready("{hours: 06:00-18:00}", care) == {
        "ada": 1.25,
        "bo": 1.25,
        "cy": 1.5,
        "dee": 2.25,
        "eve": 2.25,
    }


def test_who_is_not_seen_waits_for_the_next_days_round() -> None:
    """Nobody is seen at the weekend: care over on Friday evening, on Saturday or on Sunday ends on Monday."""
    care = {"ada": "4.5 days", "bo": "4.75 days", "cy": "5.5 days", "dee": "6 days", "eve": "7.5 days"}
    assert ready("{hours: 06:00-18:00, seen: {sat: 0, sun: 0}}", care) == {
        "ada": 4.5,
        "bo": 7.25,
        "cy": 7.25,
        "dee": 7.25,
        "eve": 7.5,
    }


def test_bank_holidays_have_the_rounds_of_a_sunday() -> None:
    """Nobody is seen on Sundays, so not on Good Friday nor on Easter Monday either."""
    care = {"ada": "4.5 days", "bo": "6.5 days", "cy": "7.5 days"}
    rounds = "{hours: 06:00-18:00, seen: {sun: 0}}"
    assert ready(rounds, care, start=EASTER_WEEK) == {"ada": 5.25, "bo": 8.25, "cy": 8.25}
    assert ready(rounds, care) == {"ada": 4.5, "bo": 7.25, "cy": 7.5}


def test_rounds_all_day_begin_at_midnight() -> None:
    """Without hours only the day counts: what ends on Saturday is looked at on Monday at 00:00."""
    assert ready("{seen: {sat: 0, sun: 0}}", {"ada": "4.5 days", "bo": "5.5 days"}) == {"ada": 4.5, "bo": 7}


def test_the_rounds_decide_when_the_place_falls_free() -> None:
    """Ada's care is over at 1.75, but until the round at 2.25 she is in care, not delayed, and Bo waits."""
    story = run(
        world(
            "  ward: {places: 1, care_time: 42 hours, next: home, rounds: {hours: 06:00-18:00}}",
            {"ada": (0, "ward"), "bo": (1, "ward")},
            days=4,
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (1, "bo", "waits", "ward"),
        (2.25, "ada", "ready", "ward"),
        (2.25, "ada", "leaves for home", "ward"),
        (2.25, "bo", "admitted", "ward"),
    ]
    assert story.held_up == []
