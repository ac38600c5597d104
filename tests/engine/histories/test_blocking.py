"""Rule 2: a place is kept until the next service that gives a place admits."""

from __future__ import annotations

import pytest

from engine.histories.tiny import run, world

BED_THEN_SLOT = """
  ward: {places: 1, care_time: 2 days, next: slot}
  slot: {places: 1, care_time: {by: who, cy: 5 days, else: 3 days}, next: home}
"""


def test_a_ready_person_keeps_the_bed_until_the_next_service_admits() -> None:
    """Blocking after service: Cy fills the slot, so Ada is delayed in the bed Bo waits for."""
    story = run(world(BED_THEN_SLOT, {"ada": (0, "ward"), "bo": (1, "ward"), "cy": (0, "slot")}))
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (0, "cy", "admitted", "slot"),
        (1, "bo", "waits", "ward"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "waits", "slot"),
        (5, "ada", "leaves for slot", "ward"),
        (5, "ada", "admitted", "slot"),
        (5, "bo", "admitted", "ward"),
        (5, "cy", "ready", "slot"),
        (5, "cy", "leaves for home", "slot"),
        (7, "bo", "ready", "ward"),
        (7, "bo", "waits", "slot"),
        (8, "ada", "ready", "slot"),
        (8, "ada", "leaves for home", "slot"),
        (8, "bo", "leaves for slot", "ward"),
        (8, "bo", "admitted", "slot"),
        (11, "bo", "ready", "slot"),
        (11, "bo", "leaves for home", "slot"),
    ]
    assert story.held_up == [
        (2, 5, "ada", "delayed for slot", "ward"),
        (7, 8, "bo", "delayed for slot", "ward"),
    ]


@pytest.mark.parametrize("names", [("alpha", "beta", "gamma"), ("gamma", "beta", "alpha")])
def test_a_place_falling_free_moves_a_whole_chain_at_one_instant(names: tuple[str, str, str]) -> None:
    """Ada leaves the last of three full services: Bo, Cy and Dee each move up at once, whatever the names."""
    first, second, third = names
    story = run(
        world(
            f"""
  {first}: {{places: 1, care_time: {{by: who, cy: 3 days, else: 1 day}}, next: {second}}}
  {second}: {{places: 1, care_time: {{by: who, bo: 4 days, else: 1 day}}, next: {third}}}
  {third}: {{places: 1, care_time: {{by: who, ada: 6 days, else: 1 day}}, next: home}}
""",
            {"ada": (0, third), "bo": (0, second), "cy": (0, first), "dee": (1, first)},
        )
    )
    assert story.history == [
        (0, "ada", "admitted", third),
        (0, "bo", "admitted", second),
        (0, "cy", "admitted", first),
        (1, "dee", "waits", first),
        (3, "cy", "ready", first),
        (3, "cy", "waits", second),
        (4, "bo", "ready", second),
        (4, "bo", "waits", third),
        (6, "ada", "ready", third),
        (6, "ada", "leaves for home", third),
        (6, "bo", f"leaves for {third}", second),
        (6, "bo", "admitted", third),
        (6, "cy", f"leaves for {second}", first),
        (6, "cy", "admitted", second),
        (6, "dee", "admitted", first),
        (7, "bo", "ready", third),
        (7, "bo", "leaves for home", third),
        (7, "cy", "ready", second),
        (7, "cy", f"leaves for {third}", second),
        (7, "cy", "admitted", third),
        (7, "dee", "ready", first),
        (7, "dee", f"leaves for {second}", first),
        (7, "dee", "admitted", second),
        (8, "cy", "ready", third),
        (8, "cy", "leaves for home", third),
        (8, "dee", "ready", second),
        (8, "dee", f"leaves for {third}", second),
        (8, "dee", "admitted", third),
        (9, "dee", "ready", third),
        (9, "dee", "leaves for home", third),
    ]
    assert story.held_up == [
        (4, 6, "bo", f"delayed for {third}", second),
        (3, 6, "cy", f"delayed for {second}", first),
    ]


def test_a_place_held_until_ready_is_given_up_then_and_the_person_waits_outside() -> None:
    """The same story with `hold_until: ready`: Bo gets the bed at 2, and nobody is ever delayed."""
    text = BED_THEN_SLOT.replace("next: slot", "next: slot, hold_until: ready")
    story = run(world(text, {"ada": (0, "ward"), "bo": (1, "ward"), "cy": (0, "slot")}))
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (0, "cy", "admitted", "slot"),
        (1, "bo", "waits", "ward"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "leaves for slot", "ward"),
        (2, "ada", "waits", "slot"),
        (2, "bo", "admitted", "ward"),
        (4, "bo", "ready", "ward"),
        (4, "bo", "leaves for slot", "ward"),
        (4, "bo", "waits", "slot"),
        (5, "ada", "admitted", "slot"),
        (5, "cy", "ready", "slot"),
        (5, "cy", "leaves for home", "slot"),
        (8, "ada", "ready", "slot"),
        (8, "ada", "leaves for home", "slot"),
        (8, "bo", "admitted", "slot"),
        (11, "bo", "ready", "slot"),
        (11, "bo", "leaves for home", "slot"),
    ]
    assert story.held_up == []
    assert story.waiting == [
        (2, 5, "ada", "slot", "outside"),
        (1, 2, "bo", "ward", "outside"),
        (4, 8, "bo", "slot", "outside"),
    ]


def test_nobody_is_delayed_on_the_way_to_an_unlimited_service() -> None:
    """Places without end: Ada and Bo pass on in the instant they are ready."""
    story = run(
        world(
            """
  ward: {places: 2, care_time: 2 days, next: at_home}
  at_home: {places: unlimited, care_time: 3 days, next: home}
""",
            {"ada": (0, "ward"), "bo": (0, "ward")},
        )
    )
    assert story.of("bo") == [
        (0, "bo", "admitted", "ward"),
        (2, "bo", "ready", "ward"),
        (2, "bo", "leaves for at_home", "ward"),
        (2, "bo", "admitted", "at_home"),
        (5, "bo", "ready", "at_home"),
        (5, "bo", "leaves for home", "at_home"),
    ]
    assert (story.held_up, story.waiting) == ([], [])
    assert story.flows == [
        (0, "ada", "ward", "next"),
        (0, "bo", "ward", "next"),
        (2, "ada", "at_home", "next"),
        (2, "bo", "at_home", "next"),
        (5, "ada", "home", "next"),
        (5, "bo", "home", "next"),
    ]
