"""Rule 8: staff time that is no place to be, and the segments of a delay."""

from __future__ import annotations

from engine.histories.tiny import run, world


def test_a_step_is_free_for_the_next_though_the_place_after_it_is_not_there() -> None:
    """One assessor: Ada is assessed, then waits for Cy's slot; Bo is assessed meanwhile."""
    story = run(
        world(
            """
  ward: {places: 2, care_time: 2 days, next: assess}
  assess: {in_place: true, places: 1, care_time: 1 day, next: slot}
  slot: {places: 1, care_time: {by: who, cy: 5 days, else: 3 days}, next: home}
""",
            {"ada": (0, "ward"), "bo": (0, "ward"), "cy": (0, "slot")},
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (0, "bo", "admitted", "ward"),
        (0, "cy", "admitted", "slot"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "begins", "assess"),
        (2, "bo", "ready", "ward"),
        (2, "bo", "waits", "assess"),
        (3, "ada", "ends", "assess"),
        (3, "ada", "waits", "slot"),
        (3, "bo", "begins", "assess"),
        (4, "bo", "ends", "assess"),
        (4, "bo", "waits", "slot"),
        (5, "ada", "leaves for slot", "ward"),
        (5, "ada", "admitted", "slot"),
        (5, "cy", "ready", "slot"),
        (5, "cy", "leaves for home", "slot"),
        (8, "ada", "ready", "slot"),
        (8, "ada", "leaves for home", "slot"),
        (8, "bo", "leaves for slot", "ward"),
        (8, "bo", "admitted", "slot"),
        (11, "bo", "ready", "slot"),
        (11, "bo", "leaves for home", "slot"),
    ]
    assert story.held_up == [
        (2, 3, "ada", "delayed for assess", "ward"),
        (3, 5, "ada", "delayed for slot", "ward"),
        (2, 4, "bo", "delayed for assess", "ward"),
        (4, 8, "bo", "delayed for slot", "ward"),
    ]


def test_two_steps_in_a_row_are_two_segments_of_one_delay() -> None:
    """Assessed from 2 to 3, waiting for the panel until 4, with it until 6, then for the slot until 7."""
    story = run(
        world(
            """
  ward: {places: 2, care_time: 2 days, next: assess}
  assess: {in_place: true, places: 1, care_time: 1 day, next: panel}
  panel:
    in_place: true
    places: 1
    care_time: {by: who, dee: 4 days, else: 2 days}
    next: {by: who, dee: home, else: slot}
  slot: {places: 1, care_time: {by: who, cy: 7 days, else: 3 days}, next: home}
""",
            {"ada": (0, "ward"), "cy": (0, "slot"), "dee": (0, "panel")},
        )
    )
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "begins", "assess"),
        (3, "ada", "ends", "assess"),
        (3, "ada", "waits", "panel"),
        (4, "ada", "begins", "panel"),
        (6, "ada", "ends", "panel"),
        (6, "ada", "waits", "slot"),
        (7, "ada", "leaves for slot", "ward"),
        (7, "ada", "admitted", "slot"),
        (10, "ada", "ready", "slot"),
        (10, "ada", "leaves for home", "slot"),
    ]
    assert story.held_up == [
        (2, 3, "ada", "delayed for assess", "ward"),
        (3, 6, "ada", "delayed for panel", "ward"),
        (6, 7, "ada", "delayed for slot", "ward"),
    ]


def test_somebody_outside_goes_through_a_step_holding_nothing() -> None:
    """Ada and Bo come to the assessor from home; neither holds a place before the slot admits them."""
    story = run(
        world(
            """
  assess: {in_place: true, places: 1, care_time: 1 day, next: slot}
  slot: {places: 1, care_time: {by: who, cy: 5 days, else: 3 days}, next: home}
""",
            {"ada": (0, "assess"), "bo": (0, "assess"), "cy": (0, "slot")},
        )
    )
    assert story.of("ada", "bo") == [
        (0, "ada", "begins", "assess"),
        (0, "bo", "waits", "assess"),
        (1, "ada", "ends", "assess"),
        (1, "ada", "waits", "slot"),
        (1, "bo", "begins", "assess"),
        (2, "bo", "ends", "assess"),
        (2, "bo", "waits", "slot"),
        (5, "ada", "admitted", "slot"),
        (8, "ada", "ready", "slot"),
        (8, "ada", "leaves for home", "slot"),
        (8, "bo", "admitted", "slot"),
        (11, "bo", "ready", "slot"),
        (11, "bo", "leaves for home", "slot"),
    ]
    assert story.held_up == []
    assert story.waiting == [
        (1, 5, "ada", "slot", "outside"),
        (0, 1, "bo", "assess", "outside"),
        (2, 8, "bo", "slot", "outside"),
    ]


def test_a_place_is_left_for_an_exit_when_the_step_before_it_ends() -> None:
    """Ada's place is kept during the step and falls free to Bo at its end; she left it for home."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 2 days, next: assess}
  assess: {in_place: true, places: 1, care_time: 1 day, next: home}
""",
            {"ada": (0, "ward"), "bo": (1, "ward")},
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (1, "bo", "waits", "ward"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "begins", "assess"),
        (3, "ada", "ends", "assess"),
        (3, "ada", "leaves for home", "ward"),
        (3, "bo", "admitted", "ward"),
        (5, "bo", "ready", "ward"),
        (5, "bo", "begins", "assess"),
        (6, "bo", "ends", "assess"),
        (6, "bo", "leaves for home", "ward"),
    ]
    assert story.flows == [
        (0, "ada", "ward", "next"),
        (3, "ada", "home", "next"),
        (3, "bo", "ward", "next"),
        (6, "bo", "home", "next"),
    ]


def test_a_place_held_until_ready_is_not_kept_during_a_step() -> None:
    """With `hold_until: ready` Bo has the bed at 2, while Ada is assessed outside."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 2 days, next: assess, hold_until: ready}
  assess: {in_place: true, places: 1, care_time: 1 day, next: home}
""",
            {"ada": (0, "ward"), "bo": (1, "ward")},
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (1, "bo", "waits", "ward"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "leaves for assess", "ward"),
        (2, "ada", "begins", "assess"),
        (2, "bo", "admitted", "ward"),
        (3, "ada", "ends", "assess"),
        (4, "bo", "ready", "ward"),
        (4, "bo", "leaves for assess", "ward"),
        (4, "bo", "begins", "assess"),
        (5, "bo", "ends", "assess"),
    ]
    assert story.held_up == []
    assert story.flows[-1] == (5, "bo", "home", "next")


def test_a_stand_in_for_a_step_ends_the_wait_for_it() -> None:
    """Cy keeps the assessor busy, so after a day Ada goes to a step-down bed and is not assessed."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 2 days, next: assess}
  assess:
    in_place: true
    places: 1
    care_time: {by: who, cy: 9 days, else: 1 day}
    next: home
    instead: [{after: 1 day, to: step_down, keeps_turn: false}]
  step_down: {places: 1, care_time: 2 days, next: home}
""",
            {"ada": (0, "ward"), "cy": (0, "assess")},
        )
    )
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "waits", "assess"),
        (3, "ada", "stands in at step_down", "ward"),
        (3, "ada", "stops waiting for step_down", "assess"),
        (3, "ada", "admitted", "step_down"),
        (5, "ada", "ready", "step_down"),
        (5, "ada", "leaves for home", "step_down"),
    ]
    assert story.held_up == [(2, 3, "ada", "delayed for assess", "ward")]


def test_a_step_counted_in_hours_is_taken_by_whoever_fits() -> None:
    """Ten hours of brokers: Ada takes 6 and Bo 6, so Bo begins when Ada ends."""
    story = run(
        world(
            """
  ward: {places: 2, care_time: 1 day, next: broker}
  broker: {in_place: true, hours: 10 per week, amount: 6 hours per week, care_time: 2 days, next: home}
""",
            {"ada": (0, "ward"), "bo": (0, "ward")},
        )
    )
    assert story.admissions("broker") == [(1, "ada"), (3, "bo")]
    assert story.held_up == [
        (1, 3, "ada", "delayed for broker", "ward"),
        (1, 5, "bo", "delayed for broker", "ward"),
    ]
