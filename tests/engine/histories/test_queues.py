"""Rule 3: who comes first, and who finds no room to wait."""

from __future__ import annotations

from engine.histories.tiny import run, world

# ------------------------------------------------------------------ who comes first


def test_class_1_is_admitted_before_others_who_have_waited_longer() -> None:
    """Bo asks last and is first; Dee and Eve, of one class, follow by the time they asked."""
    story = run(
        world(
            """
  ward:
    places: 1
    care_time: {by: who, cy: 5 days, else: 1 day}
    next: home
    queue: {priority: {by: who, bo: 1, else: 2}}
""",
            {"cy": (0, "ward"), "eve": (1, "ward"), "dee": (2, "ward"), "bo": (3, "ward")},
        )
    )
    assert story.admissions("ward") == [(0, "cy"), (5, "bo"), (6, "eve"), (7, "dee")]


def test_priority_by_from_goes_by_the_last_service_that_gave_a_place() -> None:
    """Ada comes from the ward by way of a step, which gives no place; Bo comes in his own stream, asking earlier."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 2 days, next: assess}
  assess: {in_place: true, places: 1, care_time: 1 day, next: slot}
  slot:
    places: 1
    care_time: {by: who, cy: 5 days, else: 2 days}
    next: home
    queue: {priority: {by: from, ward: 1, bo: 2, dee: 3, else: 4}}
""",
            {
                "ada": (0, "ward"),
                "bo": (2, "slot"),
                "cy": (0, "slot"),
                "dee": (1, "slot"),
                "eve": (0.5, "assess"),
            },
        )
    )
    assert story.admissions("slot") == [(0, "cy"), (5, "ada"), (7, "bo"), (9, "dee"), (11, "eve")]


def test_within_a_class_the_longest_wait_is_first_whoever_came_into_the_system_first() -> None:
    """Ada came first but is ready last."""
    story = run(
        world(
            """
  ward: {places: 2, care_time: {by: who, ada: 3 days, else: 2 days}, next: slot}
  slot: {places: 1, care_time: {by: who, cy: 5 days, else: 1 day}, next: home}
""",
            {"ada": (0, "ward"), "bo": (0, "ward"), "cy": (0, "slot")},
        )
    )
    assert story.admissions("slot") == [(0, "cy"), (5, "bo"), (6, "ada")]


def test_of_two_waits_that_began_together_the_lower_rank_is_first() -> None:
    """Zoe came into the system before Bo, and Ann with Bo: all are ready at 3, all wait for the slot."""
    story = run(
        world(
            """
  ward: {places: 3, care_time: {by: who, zoe: 3 days, else: 2 days}, next: slot}
  slot: {places: 1, care_time: {by: who, cy: 5 days, else: 1 day}, next: home}
""",
            {"zoe": (0, "ward"), "bo": (1, "ward"), "ann": (1, "ward"), "cy": (0, "slot")},
        )
    )
    assert story.admissions("slot") == [(0, "cy"), (5, "zoe"), (6, "ann"), (7, "bo")]


def test_rank_decides_between_two_waits_of_one_instant_whichever_event_came_first() -> None:
    """At 3 Bo is ready and asks for the slot; then Ada, who came before him, gives up care for it."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 3 days, next: slot}
  care: {places: 0, care_time: 1 day, next: home, give_up: {after: 3 days, to: slot}}
  slot: {places: 1, care_time: {by: who, cy: 5 days, else: 1 day}, next: home}
""",
            {"ada": (0, "care"), "bo": (0, "ward"), "cy": (0, "slot")},
        )
    )
    assert story.admissions("slot") == [(0, "cy"), (5, "ada"), (6, "bo")]


def test_those_who_hold_a_place_and_those_who_do_not_stand_in_one_queue() -> None:
    """Bo, at home, asked at 1; Ada, in a ward bed, at 2; Dee, at home, at 3."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 2 days, next: slot}
  slot: {places: 1, care_time: {by: who, cy: 5 days, else: 1 day}, next: home}
""",
            {"ada": (0, "ward"), "bo": (1, "slot"), "cy": (0, "slot"), "dee": (3, "slot")},
        )
    )
    assert story.admissions("slot") == [(0, "cy"), (5, "bo"), (6, "ada"), (7, "dee")]


def test_the_class_is_fixed_when_the_wait_begins() -> None:
    """Reablement finds Ada urgent at 3, but she asked for care when she was not: Bo is still before her.

    Dee is found urgent before she asks, and is first of all.
    """
    story = run(
        world(
            """
  ward: {places: 2, care_time: 1 day, next: care}
  care:
    places: 1
    care_time: {by: who, cy: 6 days, else: 1 day}
    next: home
    queue: {priority: {by: urgency, high: 1, else: 2}}
    instead: [{after: 1 day, to: reab, keeps_turn: true, only_from: [ward]}]
  reab: {places: 2, care_time: 1 day, sets: {urgency: {high: 1, low: 0}}, next: care}
""",
            {"ada": (0, "ward"), "bo": (0.5, "care"), "cy": (0, "care"), "dee": (4, "reab")},
        )
    )
    assert (3, "ada", "ready", "reab") in story.history
    assert story.admissions("care") == [(0, "cy"), (6, "dee"), (7, "bo"), (8, "ada")]


# ------------------------------------------------------------------ room

ROOM_FOR_ONE = """
  ward: {places: 1, care_time: {by: who, cy: 5 days, else: 1 day}, next: home, queue: {room: 1}}
"""


def test_one_too_many_outside_is_turned_away_and_lost() -> None:
    """Ada finds room to wait, Bo does not."""
    story = run(world(ROOM_FOR_ONE, {"ada": (1, "ward"), "bo": (2, "ward"), "cy": (0, "ward")}))
    assert story.history == [
        (0, "cy", "admitted", "ward"),
        (1, "ada", "waits", "ward"),
        (2, "bo", "turned away to nowhere", "ward"),
        (5, "ada", "admitted", "ward"),
        (5, "cy", "ready", "ward"),
        (5, "cy", "leaves for home", "ward"),
        (6, "ada", "ready", "ward"),
        (6, "ada", "leaves for home", "ward"),
    ]
    assert (2, "bo", "nowhere", "turned_away") in story.flows


def test_who_holds_a_place_elsewhere_takes_no_room_and_needs_none() -> None:
    """Ada and Dee wait in beds, so there is still room for Bo outside; only Eve is turned away."""
    story = run(
        world(
            """
  ward: {places: 2, care_time: {by: who, ada: 1 day, else: 3 days}, next: slot}
  slot: {places: 1, care_time: {by: who, cy: 5 days, else: 1 day}, next: home, queue: {room: 1}}
""",
            {
                "ada": (0, "ward"),
                "bo": (2, "slot"),
                "cy": (0, "slot"),
                "dee": (0, "ward"),
                "eve": (4, "slot"),
            },
        )
    )
    assert story.admissions("slot") == [(0, "cy"), (5, "ada"), (6, "bo"), (7, "dee")]
    assert story.of("eve") == [(4, "eve", "turned away to nowhere", "slot")]


def test_without_room_to_wait_a_free_place_is_still_given() -> None:
    """Admission is tried first: Ada is admitted, Bo is turned away, Cy comes when the bed is free again."""
    story = run(
        world(
            "  ward: {places: 1, care_time: 2 days, next: home, queue: {room: 0}}",
            {"ada": (0, "ward"), "bo": (1, "ward"), "cy": (2, "ward")},
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (1, "bo", "turned away to nowhere", "ward"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "leaves for home", "ward"),
        (2, "cy", "admitted", "ward"),
        (4, "cy", "ready", "ward"),
        (4, "cy", "leaves for home", "ward"),
    ]


def test_room_is_looked_at_only_when_settle_is_over() -> None:
    """Ada leaves the ward at 3 and finds the slot full; but Bo, in it, gets her bed, and so she gets his slot."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 3 days, next: {by: who, ada: slot, else: home}, hold_until: ready}
  slot: {places: 1, care_time: 1 day, next: {by: who, bo: ward, else: home}, queue: {room: 0}}
""",
            {"ada": (0, "ward"), "bo": (0, "slot")},
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (0, "bo", "admitted", "slot"),
        (1, "bo", "ready", "slot"),
        (1, "bo", "waits", "ward"),
        (3, "ada", "ready", "ward"),
        (3, "ada", "leaves for slot", "ward"),
        (3, "ada", "admitted", "slot"),
        (3, "bo", "leaves for ward", "slot"),
        (3, "bo", "admitted", "ward"),
        (4, "ada", "ready", "slot"),
        (4, "ada", "leaves for home", "slot"),
        (6, "bo", "ready", "ward"),
        (6, "bo", "leaves for home", "ward"),
    ]


def test_room_by_from_is_compared_with_all_others_outside() -> None:
    """Elective people may wait only where nobody else does; others always may. Ada's wait leaves none for Bo."""
    story = run(
        world(
            """
  ward:
    places: 1
    care_time: {by: who, cy: 5 days, else: 1 day}
    next: home
    queue: {room: {by: from, bo: 1, eve: 1, dee: 0, else: unlimited}}
""",
            {
                "ada": (2, "ward"),
                "bo": (3, "ward"),
                "cy": (0, "ward"),
                "dee": (1, "ward"),
                "eve": (7, "ward"),
                "fay": (6.5, "ward"),
                "gus": (3.5, "ward"),
            },
        )
    )
    turned_away = [(time, who) for time, who, to, why in story.flows if why == "turned_away"]
    assert turned_away == [(1, "dee"), (3, "bo")]
    # At 7 Gus leaves and Fay is admitted, so Eve finds nobody waiting.
    assert story.admissions("ward") == [(0, "cy"), (5, "ada"), (6, "gus"), (7, "fay"), (8, "eve")]


def test_who_is_turned_away_meets_the_room_of_the_service_they_are_sent_to() -> None:
    """The first and second are full and have no room, so Bo is sent on twice and gets the third."""
    services = """
  first: {places: 1, care_time: 9 days, next: home, queue: {room: 0, else: second}}
  second: {places: 1, care_time: 9 days, next: home, queue: {room: 0, else: third}}
  third: {places: 1, care_time: 9 days, next: home, queue: {room: 0, else: hospice}}
"""
    people = {"ada": (0.0, "first"), "cy": (0.0, "second"), "bo": (1.0, "first")}
    story = run(world(services, people, days=5))
    assert story.of("bo") == [
        (1, "bo", "turned away to second", "first"),
        (1, "bo", "turned away to third", "second"),
        (1, "bo", "admitted", "third"),
    ]
    assert [flow for flow in story.flows if flow[1] == "bo"] == [(1, "bo", "third", "turned_away")]


def test_who_is_turned_away_everywhere_leaves_by_the_exit_named_last() -> None:
    """As before, with Dee in the third: Bo goes to the hospice."""
    services = """
  first: {places: 1, care_time: 9 days, next: home, queue: {room: 0, else: second}}
  second: {places: 1, care_time: 9 days, next: home, queue: {room: 0, else: third}}
  third: {places: 1, care_time: 9 days, next: home, queue: {room: 0, else: hospice}}
"""
    people = {"ada": (0.0, "first"), "cy": (0.0, "second"), "dee": (0.0, "third"), "bo": (1.0, "first")}
    story = run(world(services, people, days=5))
    assert story.of("bo") == [
        (1, "bo", "turned away to second", "first"),
        (1, "bo", "turned away to third", "second"),
        (1, "bo", "turned away to hospice", "third"),
    ]
    assert [flow for flow in story.flows if flow[1] == "bo"] == [(1, "bo", "hospice", "turned_away")]


def test_who_is_turned_away_may_wait_where_they_are_sent_to() -> None:
    """The second has room: Bo waits there, and his wait begins when he is sent."""
    services = """
  first: {places: 1, care_time: 9 days, next: home, queue: {room: 0, else: second}}
  second: {places: 1, care_time: 3 days, next: home, queue: {room: 1}}
"""
    people = {"ada": (0.0, "first"), "cy": (0.0, "second"), "bo": (1.0, "first")}
    story = run(world(services, people, days=5))
    assert story.of("bo") == [
        (1, "bo", "turned away to second", "first"),
        (1, "bo", "waits", "second"),
        (3, "bo", "admitted", "second"),
    ]
