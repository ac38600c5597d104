"""Rule 5: another service that takes those who wait too long, and all the ways that can end."""

from __future__ import annotations

import pytest

from engine.histories.tiny import CY_AND_ADA, run, waiting_for_care, world


def test_the_first_service_admits_during_care_in_the_stand_in() -> None:
    """Ada bridges in reablement from 3 and leaves it unfinished at 5, when Cy's package falls free."""
    story = run(world(waiting_for_care(cy=5), CY_AND_ADA))
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (0, "cy", "admitted", "care"),
        (1, "ada", "ready", "ward"),
        (1, "ada", "waits", "care"),
        (3, "ada", "stands in at reab", "ward"),
        (3, "ada", "admitted", "reab"),
        (5, "ada", "leaves for care", "reab"),
        (5, "ada", "admitted", "care"),
        (5, "cy", "ready", "care"),
        (5, "cy", "leaves for home", "care"),
        (7, "ada", "ready", "care"),
        (7, "ada", "leaves for home", "care"),
    ]
    assert story.held_up == [
        (1, 3, "ada", "delayed for care", "ward"),
        (3, 5, "ada", "bridging for care", "reab"),
    ]
    assert story.flows == [
        (0, "ada", "ward", "next"),
        (0, "cy", "care", "next"),
        (3, "ada", "reab", "stood_in"),
        (5, "cy", "home", "next"),
        (5, "ada", "care", "next"),
        (7, "ada", "home", "next"),
    ]
    assert story.waiting == [(1, 3, "ada", "care", "ward"), (3, 5, "ada", "care", "reab")]


def test_bridging_goes_on_after_the_care_in_the_stand_in_if_its_next_is_the_first_service() -> None:
    """Reablement is done at 4; Ada keeps its place, still bridging, until the package is there at 6."""
    story = run(world(waiting_for_care(cy=6, reab="places: 1, care_time: 1 day, next: care"), CY_AND_ADA))
    assert story.of("ada")[3:] == [
        (3, "ada", "stands in at reab", "ward"),
        (3, "ada", "admitted", "reab"),
        (4, "ada", "ready", "reab"),
        (6, "ada", "leaves for care", "reab"),
        (6, "ada", "admitted", "care"),
        (8, "ada", "ready", "care"),
        (8, "ada", "leaves for home", "care"),
    ]
    assert story.held_up == [
        (1, 3, "ada", "delayed for care", "ward"),
        (3, 6, "ada", "bridging for care", "reab"),
    ]


def test_whoever_goes_elsewhere_from_the_stand_in_gives_up_the_first_queue() -> None:
    """Reablement ends at 4 and sends Ada home: she gives up the package, and Bo has it at 6."""
    services = waiting_for_care(cy=6, reab="places: 1, care_time: 1 day, next: home")
    story = run(world(services, {**CY_AND_ADA, "bo": (3.5, "ward")}))
    assert story.of("ada", "bo")[3:] == [
        (3, "ada", "stands in at reab", "ward"),
        (3, "ada", "admitted", "reab"),
        (3.5, "bo", "admitted", "ward"),
        (4, "ada", "ready", "reab"),
        (4, "ada", "leaves for home", "reab"),
        (4, "ada", "gives up for home", "care"),
        (4.5, "bo", "ready", "ward"),
        (4.5, "bo", "waits", "care"),
        (6, "bo", "leaves for care", "ward"),
        (6, "bo", "admitted", "care"),
        (8, "bo", "ready", "care"),
        (8, "bo", "leaves for home", "care"),
    ]
    assert (4, "ada", "home", "next") in story.flows


def test_whoever_waits_for_another_service_after_the_stand_in_is_delayed_there() -> None:
    """Reablement sends Ada to a care home that is full until 7: from 4 she is delayed, no longer bridging."""
    services = waiting_for_care(
        cy=20,
        reab="places: 1, care_time: 1 day, next: home_place",
        more="  home_place: {places: 1, care_time: {by: who, dee: 7 days, else: 3 days}, next: home}",
    )
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "home_place")}))
    assert story.of("ada")[3:] == [
        (3, "ada", "stands in at reab", "ward"),
        (3, "ada", "admitted", "reab"),
        (4, "ada", "ready", "reab"),
        (4, "ada", "gives up for home_place", "care"),
        (4, "ada", "waits", "home_place"),
        (7, "ada", "leaves for home_place", "reab"),
        (7, "ada", "admitted", "home_place"),
        (10, "ada", "ready", "home_place"),
        (10, "ada", "leaves for home", "home_place"),
    ]
    assert story.held_up == [
        (1, 3, "ada", "delayed for care", "ward"),
        (3, 4, "ada", "bridging for care", "reab"),
        (4, 7, "ada", "delayed for home_place", "reab"),
    ]


def test_whoever_needs_a_step_after_the_stand_in_gives_up_the_first_queue() -> None:
    """Reablement ends at 4 with an assessment until 6: Ada is delayed for it, and then goes home."""
    services = waiting_for_care(
        cy=5,
        reab="places: 1, care_time: 1 day, next: assess",
        more="  assess: {in_place: true, places: 1, care_time: 2 days, next: home}",
    )
    story = run(world(services, CY_AND_ADA))
    assert story.of("ada")[5:] == [
        (4, "ada", "ready", "reab"),
        (4, "ada", "gives up for assess", "care"),
        (4, "ada", "begins", "assess"),
        (6, "ada", "ends", "assess"),
        (6, "ada", "leaves for home", "reab"),
    ]
    assert story.held_up[1:] == [
        (3, 4, "ada", "bridging for care", "reab"),
        (4, 6, "ada", "delayed for assess", "reab"),
    ]


def test_bridge_only_keeps_the_turn_whatever_the_stand_in_sends_people_to() -> None:
    """Reablement would send Ada home at 4; with `bridge: only` she goes on bridging until 6."""
    rule = "{after: 2 days, to: reab, keeps_turn: true, bridge: only}"
    story = run(
        world(waiting_for_care(cy=6, rule=rule, reab="places: 1, care_time: 1 day, next: home"), CY_AND_ADA)
    )
    assert story.of("ada")[4:] == [
        (3, "ada", "admitted", "reab"),
        (4, "ada", "ready", "reab"),
        (6, "ada", "leaves for care", "reab"),
        (6, "ada", "admitted", "care"),
        (8, "ada", "ready", "care"),
        (8, "ada", "leaves for home", "care"),
    ]
    assert story.held_up[1:] == [(3, 6, "ada", "bridging for care", "reab")]


def test_without_keeps_turn_the_stand_in_ends_the_first_wait() -> None:
    """Ada is simply in reablement from 3; the package that falls free at 5 goes to nobody."""
    rule = "{after: 2 days, to: reab, keeps_turn: false}"
    story = run(
        world(waiting_for_care(cy=5, rule=rule, reab="places: 1, care_time: 4 days, next: home"), CY_AND_ADA)
    )
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (1, "ada", "ready", "ward"),
        (1, "ada", "waits", "care"),
        (3, "ada", "stands in at reab", "ward"),
        (3, "ada", "stops waiting for reab", "care"),
        (3, "ada", "admitted", "reab"),
        (7, "ada", "ready", "reab"),
        (7, "ada", "leaves for home", "reab"),
    ]
    assert story.held_up == [(1, 3, "ada", "delayed for care", "ward")]
    assert (3, "ada", "reab", "stood_in") in story.flows


def test_turned_away_by_the_room_of_a_stand_in_only_that_standing_ends() -> None:
    """No room before reablement, which Dee fills: Ada, outside, waits on for care, and `else` is not hers."""
    services = waiting_for_care(
        cy=5, reab="places: 1, care_time: 9 days, next: home, queue: {room: 0, else: hospice}"
    )
    story = run(world(services, {"ada": (0, "care"), "cy": (0, "care"), "dee": (0, "reab")}))
    # Ada comes first and has the package; Cy is the one who waits.
    assert story.of("cy") == [
        (0, "cy", "waits", "care"),
        (2, "cy", "admitted", "care"),
        (7, "cy", "ready", "care"),
        (7, "cy", "leaves for home", "care"),
    ]
    story = run(world(services, {"ada": (1, "care"), "cy": (0, "care"), "dee": (0, "reab")}))
    assert story.of("ada") == [
        (1, "ada", "waits", "care"),
        (3, "ada", "turned away to nowhere", "reab"),
        (5, "ada", "admitted", "care"),
        (7, "ada", "ready", "care"),
        (7, "ada", "leaves for home", "care"),
    ]
    assert ("ada", "hospice") not in [(who, to) for _, who, to, _ in story.flows]


def test_whoever_holds_a_place_needs_no_room_in_the_queue_of_a_stand_in() -> None:
    """The same full house, but Ada waits in a ward bed: she stands for reablement and has it at 4."""
    services = waiting_for_care(
        cy=9, reab="places: 1, care_time: 4 days, next: home, queue: {room: 0, else: hospice}"
    )
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "reab")}, days=5))
    assert story.of("ada")[2:] == [
        (1, "ada", "waits", "care"),
        (3, "ada", "waits", "reab"),
        (4, "ada", "stands in at reab", "ward"),
        (4, "ada", "admitted", "reab"),
    ]


def test_whichever_of_several_stand_ins_admits_first_is_taken() -> None:
    """Reablement is full; the step-down bed, asked for two days later, takes Ada at once."""
    services = waiting_for_care(
        cy=9,
        rule="{after: 2 days, to: reab, keeps_turn: true}, {after: 4 days, to: step_down, keeps_turn: true}",
        more="  step_down: {places: 1, care_time: 30 days, next: home}",
    )
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "reab"), "eve": (2, "reab")}, days=11))
    # Dee and then Eve have reablement until 8 (each waits for care as well when done).
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (1, "ada", "ready", "ward"),
        (1, "ada", "waits", "care"),
        (3, "ada", "waits", "reab"),
        (5, "ada", "stands in at step_down", "ward"),
        (5, "ada", "stops waiting for step_down", "reab"),
        (5, "ada", "admitted", "step_down"),
        (9, "ada", "leaves for care", "step_down"),
        (9, "ada", "admitted", "care"),
    ]
    assert story.held_up[:2] == [
        (1, 5, "ada", "delayed for care", "ward"),
        (5, 9, "ada", "bridging for care", "step_down"),
    ]


def test_in_a_stand_in_no_other_stand_in_timer_runs() -> None:
    """Ada is in reablement at 3, so the step-down bed, free all the time, is never asked for at 5."""
    services = waiting_for_care(
        cy=9,
        rule="{after: 2 days, to: reab, keeps_turn: true}, {after: 4 days, to: step_down, keeps_turn: true}",
        reab="places: 1, care_time: 1 day, next: care",
        more="  step_down: {places: 1, care_time: 1 day, next: home}",
    )
    story = run(world(services, CY_AND_ADA, days=10))
    assert story.of("ada")[3:] == [
        (3, "ada", "stands in at reab", "ward"),
        (3, "ada", "admitted", "reab"),
        (4, "ada", "ready", "reab"),
        (9, "ada", "leaves for care", "reab"),
        (9, "ada", "admitted", "care"),
    ]


def test_only_from_keeps_a_stand_in_for_those_who_come_from_there() -> None:
    """Ada comes from the ward and stands in; Bo comes from his own front door and waits on."""
    rule = "{after: 2 days, to: reab, keeps_turn: true, only_from: ward}"
    services = waiting_for_care(cy=20, rule=rule, reab="places: 2, care_time: 4 days, next: care")
    story = run(world(services, {**CY_AND_ADA, "bo": (0.5, "care")}, days=10))
    assert story.admissions("reab") == [(3, "ada")]
    by_name = world(
        services.replace("only_from: ward", "only_from: [bo, dee]"),
        {**CY_AND_ADA, "bo": (0.5, "care"), "dee": (9, "ward")},
    )
    assert run(by_name).admissions("reab") == [(2.5, "bo")]


def test_a_stand_in_after_no_time_is_taken_in_the_same_instant() -> None:
    """`after` is 0 days where it is not given: Ada is ready, finds no care, and is in reablement at once."""
    rule = "{to: reab, keeps_turn: true}"
    story = run(world(waiting_for_care(cy=3, rule=rule), CY_AND_ADA))
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (1, "ada", "ready", "ward"),
        (1, "ada", "stands in at reab", "ward"),
        (1, "ada", "waits", "care"),
        (1, "ada", "admitted", "reab"),
        (3, "ada", "leaves for care", "reab"),
        (3, "ada", "admitted", "care"),
        (5, "ada", "ready", "care"),
        (5, "ada", "leaves for home", "care"),
    ]


def test_a_stand_in_after_no_time_is_not_taken_if_a_place_falls_free_in_that_instant() -> None:
    """Cy is ready in the same instant as Ada, after her; ends of care come before timers."""
    rule = "{after: 0 days, to: reab, keeps_turn: true}"
    story = run(world(waiting_for_care(cy=1, rule=rule), CY_AND_ADA))
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (0, "cy", "admitted", "care"),
        (1, "ada", "ready", "ward"),
        (1, "ada", "leaves for care", "ward"),
        (1, "ada", "admitted", "care"),
        (1, "cy", "ready", "care"),
        (1, "cy", "leaves for home", "care"),
        (3, "ada", "ready", "care"),
        (3, "ada", "leaves for home", "care"),
    ]


def test_a_person_outside_takes_a_stand_in_and_bridges_there() -> None:
    """Bo waits for care at home; from 2.5 he holds a place of reablement, until care has one at 5."""
    story = run(world(waiting_for_care(cy=5), {"bo": (0.5, "care"), "cy": (0, "care")}))
    assert story.of("bo") == [
        (0.5, "bo", "waits", "care"),
        (2.5, "bo", "admitted", "reab"),
        (5, "bo", "leaves for care", "reab"),
        (5, "bo", "admitted", "care"),
        (7, "bo", "ready", "care"),
        (7, "bo", "leaves for home", "care"),
    ]
    assert story.held_up == [(2.5, 5, "bo", "bridging for care", "reab")]
    assert story.waiting == [(0.5, 2.5, "bo", "care", "outside"), (2.5, 5, "bo", "care", "reab")]


def test_a_person_bridging_keeps_their_turn_and_class() -> None:
    """Ada asked at 1 in class 2, for she came from the ward; that she is in reablement later changes neither."""
    services = waiting_for_care(cy=6, care=", queue: {priority: {by: from, reab: 3, else: 2}}")
    story = run(world(services, {**CY_AND_ADA, "bo": (2, "care")}))
    assert story.admissions("care") == [(0, "cy"), (6, "ada"), (8, "bo")]


def test_a_standing_for_a_stand_in_is_dated_from_the_moment_it_begins() -> None:
    """Ada waits for care from 1 but joins for reablement at 3, behind Bo who came there at 2."""
    services = waiting_for_care(
        cy=20, reab="places: 1, care_time: {by: who, dee: 5 days, else: 4 days}, next: home"
    )
    story = run(world(services, {**CY_AND_ADA, "bo": (2, "reab"), "dee": (0, "reab")}))
    assert story.admissions("reab") == [(0, "dee"), (5, "bo"), (9, "ada")]


def test_who_stands_as_a_stand_in_is_not_subject_to_that_services_own_patience() -> None:
    """Whoever waits for reablement itself gives it up after a day; Ada, for whom it stands in, does not."""
    services = waiting_for_care(
        cy=20,
        reab="places: 1, care_time: 5 days, next: home, give_up: {after: 1 day, to: hospice},"
        " instead: [{after: 0 days, to: step_down, keeps_turn: false}]",
        more="  step_down: {places: {0 days: 0}, care_time: 1 day, next: home}",
    )
    story = run(world(services, {**CY_AND_ADA, "bo": (3, "reab"), "dee": (0, "reab")}))
    assert story.admissions("reab") == [(0, "dee"), (5, "ada")]
    assert (4, "bo", "gives up for hospice", "reab") in story.history
    assert [line for line in story.of("ada") if line[3] == "step_down"] == []


@pytest.mark.parametrize("keeps_turn", ["true", "false"])
def test_the_first_queue_admits_somebody_who_only_stands_for_the_stand_in(keeps_turn: str) -> None:
    """Reablement is full until 9, care has a place at 5: Ada's standing for reablement ends unadmitted."""
    rule = f"{{after: 2 days, to: reab, keeps_turn: {keeps_turn}}}"
    services = waiting_for_care(cy=5, rule=rule, reab="places: 1, care_time: 9 days, next: home")
    story = run(world(services, {**CY_AND_ADA, "dee": (0, "reab")}))
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (1, "ada", "ready", "ward"),
        (1, "ada", "waits", "care"),
        (3, "ada", "waits", "reab"),
        (5, "ada", "leaves for care", "ward"),
        (5, "ada", "stops waiting for care", "reab"),
        (5, "ada", "admitted", "care"),
        (7, "ada", "ready", "care"),
        (7, "ada", "leaves for home", "care"),
    ]


def test_whoever_bridges_no_longer_takes_room_in_the_first_queue() -> None:
    """There is room for one to wait for care: Bo's until he stands in at 2.5, then Eve's until 7.

    Dee and Fay find it taken.
    """
    services = waiting_for_care(
        cy=5, care=", queue: {room: 1}", rule="{after: 2 days, to: reab, keeps_turn: true, only_from: bo}"
    )
    people = {
        "bo": (0.5, "care"),
        "cy": (0, "care"),
        "dee": (2, "care"),
        "eve": (2.75, "care"),
        "fay": (6, "care"),
    }
    story = run(world(services, people))
    assert [who for _, who, to, _ in story.flows if to == "nowhere"] == ["dee", "fay"]
    assert story.admissions("care") == [(0, "cy"), (5, "bo"), (7, "eve")]
