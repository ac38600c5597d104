"""Rule 5: waiting no longer, by an exit or for another service."""

from __future__ import annotations

from engine.histories.tiny import CY_AND_ADA, run, waiting_for_care, world


def ward_then_care(patience: str, *, cy: int = 20, more: str = "") -> str:
    """Services in which Cy has the only care package for so many days."""
    return f"""
  ward: {{places: 2, care_time: 1 day, next: care}}
  care: {{places: 1, care_time: {{by: who, cy: {cy} days, else: 2 days}}, next: home, {patience}}}
{more}
"""


CARE_HOME = "  care_home: {places: 1, care_time: {by: who, dee: 8 days, else: 3 days}, next: home"


def test_giving_up_by_an_exit_frees_the_place_held() -> None:
    """After three days Ada goes home from the ward without care."""
    story = run(world(ward_then_care("give_up: {after: 3 days, to: home}"), CY_AND_ADA))
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (1, "ada", "ready", "ward"),
        (1, "ada", "waits", "care"),
        (4, "ada", "gives up for home", "care"),
        (4, "ada", "gives up for home", "ward"),
    ]
    assert story.held_up == [(1, 4, "ada", "delayed for care", "ward")]
    assert (4, "ada", "home", "gave_up") in story.flows


def test_the_place_of_somebody_who_gives_up_is_offered_at_once() -> None:
    """The ward's two places are Ada's and Bo's; Dee has Ada's the instant she gives up."""
    people = {**CY_AND_ADA, "bo": (0.5, "ward"), "dee": (1, "ward")}
    story = run(world(ward_then_care("give_up: {after: 3 days, to: home}"), people))
    assert story.admissions("ward") == [(0, "ada"), (0.5, "bo"), (4, "dee")]


def test_somebody_outside_gives_up_by_an_exit() -> None:
    """Bo waits at home and holds nothing."""
    story = run(
        world(
            ward_then_care("give_up: {after: 3 days, to: hospice}"), {"bo": (0.5, "care"), "cy": (0, "care")}
        )
    )
    assert story.of("bo") == [(0.5, "bo", "waits", "care"), (3.5, "bo", "gives up for hospice", "care")]
    assert (3.5, "bo", "hospice", "gave_up") in story.flows


def test_giving_up_for_another_service_keeps_the_place_held() -> None:
    """At 4 Ada asks for a care home instead, still in the ward, and moves there at 8."""
    services = ward_then_care("give_up: {after: 3 days, to: care_home}", more=CARE_HOME + "}")
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "care_home")}))
    assert story.of("ada")[2:] == [
        (1, "ada", "waits", "care"),
        (4, "ada", "gives up for care_home", "care"),
        (4, "ada", "waits", "care_home"),
        (8, "ada", "leaves for care_home", "ward"),
        (8, "ada", "admitted", "care_home"),
        (11, "ada", "ready", "care_home"),
        (11, "ada", "leaves for home", "care_home"),
    ]
    assert story.held_up == [
        (1, 4, "ada", "delayed for care", "ward"),
        (4, 8, "ada", "delayed for care_home", "ward"),
    ]
    assert (8, "ada", "care_home", "gave_up") in story.flows


def test_giving_up_for_a_service_with_a_free_place_moves_at_once() -> None:
    """Nobody is in the care home: Ada is there the instant she gives care up."""
    services = ward_then_care("give_up: {after: 3 days, to: care_home}", more=CARE_HOME + "}")
    story = run(world(services, CY_AND_ADA, also=["dee"], days=6))
    assert story.of("ada")[2:] == [
        (1, "ada", "waits", "care"),
        (4, "ada", "leaves for care_home", "ward"),
        (4, "ada", "gives up for care_home", "care"),
        (4, "ada", "admitted", "care_home"),
    ]


def test_the_new_wait_after_giving_up_has_a_patience_of_its_own() -> None:
    """Ada waits three days for care, then two for the care home, then goes to a hospice."""
    services = ward_then_care(
        "give_up: {after: 3 days, to: care_home}",
        more=CARE_HOME + ", give_up: {after: 2 days, to: hospice}}",
    )
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "care_home")}))
    assert story.of("ada")[2:] == [
        (1, "ada", "waits", "care"),
        (4, "ada", "gives up for care_home", "care"),
        (4, "ada", "waits", "care_home"),
        (6, "ada", "gives up for hospice", "care_home"),
        (6, "ada", "gives up for hospice", "ward"),
    ]


def test_nobody_gives_up_who_has_been_admitted() -> None:
    """Care has a place at 3, a day before Ada's patience would end."""
    story = run(world(ward_then_care("give_up: {after: 3 days, to: hospice}", cy=3), CY_AND_ADA))
    assert story.of("ada")[3:] == [
        (3, "ada", "leaves for care", "ward"),
        (3, "ada", "admitted", "care"),
        (5, "ada", "ready", "care"),
        (5, "ada", "leaves for home", "care"),
    ]


def test_patience_may_be_each_persons_own() -> None:
    """Ada, who is ready first, waits longer than Bo."""
    services = ward_then_care(
        "give_up: {after: {by: who, ada: 5 days, else: 2 days}, to: {by: who, bo: hospice, else: home}}"
    )
    story = run(world(services, {**CY_AND_ADA, "bo": (0.5, "ward")}))
    assert [line for line in story.flows if line[3] == "gave_up"] == [
        (3.5, "bo", "hospice", "gave_up"),
        (6, "ada", "home", "gave_up"),
    ]


def test_a_stand_in_comes_before_giving_up_at_the_same_instant() -> None:
    """Both are due at 3: Ada is in the stand-in for no time, and leaves it by the exit."""
    services = ward_then_care(
        "give_up: {after: 2 days, to: home}, instead: [{after: 2 days, to: reab, keeps_turn: true}]",
        more="  reab: {places: 1, care_time: 4 days, next: care}",
    )
    story = run(world(services, CY_AND_ADA))
    assert story.of("ada")[3:] == [
        (3, "ada", "stands in at reab", "ward"),
        (3, "ada", "gives up for home", "care"),
        (3, "ada", "gives up for home", "reab"),
        (3, "ada", "admitted", "reab"),
    ]


def test_a_stand_in_that_does_not_keep_the_turn_forestalls_giving_up_at_the_same_instant() -> None:
    """Both are due at 3: reablement ends the wait for care, so there is nothing left to give up."""
    services = ward_then_care(
        "give_up: {after: 2 days, to: hospice}, instead: [{after: 2 days, to: reab, keeps_turn: false}]",
        more="  reab: {places: 1, care_time: 4 days, next: home}",
    )
    story = run(world(services, CY_AND_ADA))
    assert story.of("ada")[3:] == [
        (3, "ada", "stands in at reab", "ward"),
        (3, "ada", "stops waiting for reab", "care"),
        (3, "ada", "admitted", "reab"),
        (7, "ada", "ready", "reab"),
        (7, "ada", "leaves for home", "reab"),
    ]


# ------------------------------------------------------------------ in a stand-in


def test_giving_up_by_an_exit_leaves_the_stand_in_too() -> None:
    """Ada's patience of 4 days runs from 1, also while she bridges: she goes home from reablement at 5."""
    services = waiting_for_care(
        cy=20, care=", give_up: {after: 4 days, to: home}", reab="places: 1, care_time: 6 days, next: care"
    )
    story = run(world(services, CY_AND_ADA))
    assert story.of("ada")[4:] == [
        (3, "ada", "admitted", "reab"),
        (5, "ada", "gives up for home", "care"),
        (5, "ada", "gives up for home", "reab"),
    ]
    assert (5, "ada", "home", "gave_up") in story.flows


def test_giving_up_for_another_service_bridges_on_for_that() -> None:
    """From 5 Ada bridges for a care home, which has a place at 8, a day before reablement ends."""
    services = waiting_for_care(
        cy=20,
        care=", give_up: {after: 4 days, to: home_place}",
        reab="places: 1, care_time: 6 days, next: care",
        more="  home_place: {places: 1, care_time: {by: who, dee: 8 days, else: 3 days}, next: home}",
    )
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "home_place")}))
    assert story.of("ada")[4:] == [
        (3, "ada", "admitted", "reab"),
        (5, "ada", "gives up for home_place", "care"),
        (5, "ada", "waits", "home_place"),
        (8, "ada", "leaves for home_place", "reab"),
        (8, "ada", "admitted", "home_place"),
        (11, "ada", "ready", "home_place"),
        (11, "ada", "leaves for home", "home_place"),
    ]
    assert story.held_up == [
        (1, 3, "ada", "delayed for care", "ward"),
        (3, 5, "ada", "bridging for care", "reab"),
        (5, 8, "ada", "bridging for home_place", "reab"),
    ]
    assert (8, "ada", "home_place", "gave_up") in story.flows


def test_whoever_bridges_for_a_new_service_gives_that_up_when_the_stand_in_sends_them_elsewhere() -> None:
    """After giving up at 5 the care home is what Ada bridges for; reablement's next at 9 is care again."""
    services = waiting_for_care(
        cy=20,
        care=", give_up: {after: 4 days, to: home_place}",
        reab="places: 1, care_time: 6 days, next: care",
        more="  home_place: {places: 1, care_time: {by: who, dee: 12 days, else: 3 days}, next: home}",
    )
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "home_place")}, days=11))
    assert story.of("ada")[5:] == [
        (5, "ada", "gives up for home_place", "care"),
        (5, "ada", "waits", "home_place"),
        (9, "ada", "ready", "reab"),
        (9, "ada", "gives up for care", "home_place"),
        (9, "ada", "waits", "care"),
    ]
    assert story.held_up[2:] == [
        (5, 9, "ada", "bridging for home_place", "reab"),
        (9, 11, "ada", "delayed for care", "reab"),
    ]


def test_giving_up_ends_the_standing_for_a_stand_in_as_well() -> None:
    """Ada's patience ends at 4 while she stands for full reablement: she leaves both queues and the ward."""
    services = waiting_for_care(
        cy=20, care=", give_up: {after: 3 days, to: home}", reab="places: 1, care_time: 9 days, next: home"
    )
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "reab")}))
    assert story.of("ada")[3:] == [
        (3, "ada", "waits", "reab"),
        (4, "ada", "gives up for home", "care"),
        (4, "ada", "gives up for home", "ward"),
        (4, "ada", "stops waiting for home", "reab"),
    ]
    assert story.admissions("reab") == [(0, "dee")]


def test_while_bridging_for_a_new_service_its_stand_ins_are_not_asked_for() -> None:
    """From 5 Ada bridges for a care home; the step-down bed that stands in for it, free all along, is not hers."""
    services = waiting_for_care(
        cy=20,
        care=", give_up: {after: 4 days, to: home_place}",
        reab="places: 1, care_time: 6 days, next: care",
        more="""
  home_place:
    places: 1
    care_time: {by: who, dee: 8 days, else: 3 days}
    next: home
    instead: [{after: 1 day, to: step_down, keeps_turn: true}]
  step_down: {places: 1, care_time: 1 day, next: home}
""",
    )
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "home_place")}, days=9))
    assert story.of("ada")[4:] == [
        (3, "ada", "admitted", "reab"),
        (5, "ada", "gives up for home_place", "care"),
        (5, "ada", "waits", "home_place"),
        (8, "ada", "leaves for home_place", "reab"),
        (8, "ada", "admitted", "home_place"),
    ]
