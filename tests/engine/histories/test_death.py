"""Rule 11: each person bears so much hazard, wherever they are; what they held falls free.

What a person bears is the unit exponential drawn for them, so the instant is known beforehand.
"""

from __future__ import annotations

from caresim.grid import on_grid
from engine.histories.tiny import lifetime, run, world

ONLY_ADA = "{by: who, ada: 1 per day, else: 0 per day}"
ADA = on_grid(lifetime("ada"))
"""How many days Ada lives under a hazard of 1 a day."""


def test_ada_lives_long_enough_for_these_stories() -> None:
    """They ask for a life of some hours, and not of weeks."""
    assert 0.25 < ADA < 4


def test_somebody_outside_dies_waiting() -> None:
    """Cy has the only bed: Ada dies at home. She had a turn before Bo, who is next when Cy leaves."""
    story = run(
        world(
            "  ward: {places: 1, care_time: {by: who, cy: 9 days, else: 1 day}, next: home}",
            {"cy": (0, "ward"), "ada": (1, "ward"), "bo": (1, "ward")},
            mortality=ONLY_ADA,
        )
    )
    assert story.of("ada") == [(1, "ada", "waits", "ward"), (1 + ADA, "ada", "dies waiting", "ward")]
    assert (1 + ADA, "ada", "died", "died") in story.flows
    assert story.admissions("ward") == [(0, "cy"), (9, "bo")]


def test_the_room_of_somebody_who_dies_waiting_is_free_for_others() -> None:
    """There is room for one to wait: Ada. Dee, before her death, is turned away; Bo, after it, is not."""
    story = run(
        world(
            "  ward: {places: 1, care_time: 9 days, next: home, queue: {room: 1}}",
            {"cy": (0, "ward"), "ada": (1, "ward"), "dee": (1.125, "ward"), "bo": (6, "ward")},
            mortality=ONLY_ADA,
        )
    )
    assert [who for _, who, to, _ in story.flows if to == "nowhere"] == ["dee"]
    assert story.admissions("ward") == [(0, "cy"), (9, "bo")]


def test_the_place_of_somebody_who_dies_in_care_is_offered_at_once() -> None:
    """Ada dies in the ward, not ready; Bo has her bed that instant."""
    story = run(
        world(
            "  ward: {places: 1, care_time: 9 days, next: home}",
            {"ada": (0, "ward"), "bo": (0.125, "ward")},
            mortality=ONLY_ADA,
            days=8,
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (0.125, "bo", "waits", "ward"),
        (ADA, "ada", "dies", "ward"),
        (ADA, "bo", "admitted", "ward"),
    ]


def test_hazards_add_up_also_while_delayed() -> None:
    """Half of it everywhere and half in the ward: Ada dies there, delayed for the slot that Cy has."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 3 hours, next: slot, mortality: {by: who, ada: 0.5 per day, else: 0 per day}}
  slot: {places: 1, care_time: 9 days, next: home}
""",
            {"ada": (0, "ward"), "bo": (0.5, "ward"), "cy": (0, "slot")},
            mortality="{by: who, ada: 0.5 per day, else: 0 per day}",
            days=4,
        )
    )
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (0.125, "ada", "ready", "ward"),
        (0.125, "ada", "waits", "slot"),
        (ADA, "ada", "dies waiting", "slot"),
        (ADA, "ada", "dies", "ward"),
    ]
    assert story.held_up[0] == (0.125, ADA, "ada", "delayed for slot", "ward")
    assert (ADA, "bo") in story.admissions("ward")


def test_a_change_of_hazard_uses_up_what_is_left() -> None:
    """Half a day at home under an eighth a day, then the ward with seven eighths on top."""
    story = run(
        world(
            """
  ward:
    places: 1
    care_time: {by: who, cy: 1 day, else: 9 days}
    next: home
    mortality: {by: who, ada: 0.875 per day, else: 0 per day}
""",
            {"cy": (0, "ward"), "ada": (0.5, "ward")},
            mortality="{by: who, ada: 0.125 per day, else: 0 per day}",
        )
    )
    assert story.of("ada") == [
        (0.5, "ada", "waits", "ward"),
        (1, "ada", "admitted", "ward"),
        (1 + on_grid(lifetime("ada") - 0.0625), "ada", "dies", "ward"),
    ]


def test_a_dated_hazard_changes_for_those_inside() -> None:
    """Half a day's hazard doubles at 1, a quarter of a day after Ada came: the eighth she bore by then counts."""
    event = "events: {winter: {from: 2019-06-04, change: {people.mortality: times 2}}}"
    story = run(
        world(
            "  ward: {places: 1, care_time: 30 days, next: home}",
            {"ada": (0.75, "ward")},
            mortality="0.5 per day",
            more=event,
        )
    )
    assert story.of("ada")[1:] == [(1 + on_grid(lifetime("ada") - 0.125), "ada", "dies", "ward")]


def test_who_dies_in_a_step_frees_the_step_and_the_place() -> None:
    """Ada is being assessed when she dies: Bo's assessment begins then, and Dee has her bed."""
    story = run(
        world(
            """
  ward: {places: 2, care_time: 3 hours, next: assess}
  assess: {in_place: true, places: 1, care_time: 9 days, next: home}
""",
            {"ada": (0, "ward"), "bo": (0, "ward"), "dee": (0.0625, "ward")},
            mortality=ONLY_ADA,
            days=4,
        )
    )
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (0.125, "ada", "ready", "ward"),
        (0.125, "ada", "begins", "assess"),
        (ADA, "ada", "dies", "assess"),
        (ADA, "ada", "dies", "ward"),
    ]
    assert story.admissions("assess") == [(0.125, "ada"), (ADA, "bo")]
    assert story.admissions("ward") == [(0, "ada"), (0, "bo"), (ADA, "dee")]


BRIDGING = """
  ward: {places: 1, care_time: 3 hours, next: care}
  care: {places: 1, care_time: 9 days, next: home, instead: [{after: 0 days, to: reab, keeps_turn: true}]}
  reab: {places: 1, care_time: 5 days, next: care, mortality: MORTALITY}
"""


def test_who_dies_bridging_frees_the_stand_in_and_leaves_the_first_queue() -> None:
    """Only reablement is dangerous, from 0.125 on: Ada dies there, Bo gets her place as a stand-in, Cy none."""
    dies_at = 0.125 + ADA
    story = run(
        world(
            BRIDGING.replace("MORTALITY", ONLY_ADA),
            {"ada": (0, "ward"), "bo": (0.25, "care"), "cy": (-1, "care")},
            warm_up=2,
            days=8,
        )
    )
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (0.125, "ada", "ready", "ward"),
        (0.125, "ada", "stands in at reab", "ward"),
        (0.125, "ada", "waits", "care"),
        (0.125, "ada", "admitted", "reab"),
        (dies_at, "ada", "dies waiting", "care"),
        (dies_at, "ada", "dies", "reab"),
    ]
    assert story.held_up[0] == (0.125, dies_at, "ada", "bridging for care", "reab")
    assert story.admissions("reab") == [(0.125, "ada"), (dies_at, "bo")]


def test_the_hazard_of_a_stand_in_is_over_when_it_is_left() -> None:
    """Care has a place after 3 hours of bridging: Ada bears no more, and lives."""
    services = BRIDGING.replace("MORTALITY", ONLY_ADA).replace(
        "care: {places: 1, care_time: 9 days",
        "care: {places: 1, care_time: {by: who, cy: 6 hours, else: 9 days}",
    )
    story = run(world(services, {"ada": (0, "ward"), "cy": (0, "care")}))
    assert story.of("ada")[4:] == [
        (0.125, "ada", "admitted", "reab"),
        (0.25, "ada", "leaves for care", "reab"),
        (0.25, "ada", "admitted", "care"),
        (9.25, "ada", "ready", "care"),
        (9.25, "ada", "leaves for home", "care"),
    ]


def test_who_stands_in_two_queues_leaves_both_by_dying() -> None:
    """Ada waits for care and stands for reablement, outside: neither queue keeps her, nobody is moved."""
    story = run(
        world(
            BRIDGING.replace("MORTALITY", "0 per day"),
            {"ada": (0.5, "care"), "cy": (0, "care"), "dee": (0, "reab"), "bo": (1, "ward")},
            mortality=ONLY_ADA,
            days=20,
        )
    )
    dies_at = 0.5 + ADA
    assert story.of("ada") == [
        (0.5, "ada", "waits", "care"),
        (0.5, "ada", "waits", "reab"),
        (dies_at, "ada", "dies waiting", "care"),
        (dies_at, "ada", "dies waiting", "reab"),
    ]


def test_the_dead_do_not_give_up() -> None:
    """Patience ends after 6 days: Cy goes to the hospice then, Ada has died before, and once."""
    story = run(
        world(
            "  ward: {places: 1, care_time: 30 days, next: home, give_up: {after: 6 days, to: hospice}}",
            {"bo": (0, "ward"), "ada": (0.25, "ward"), "cy": (0.25, "ward")},
            mortality=ONLY_ADA,
        )
    )
    assert [flow for flow in story.flows if flow[1] != "bo"] == [
        (0.25 + ADA, "ada", "died", "died"),
        (6.25, "cy", "hospice", "gave_up"),
    ]
