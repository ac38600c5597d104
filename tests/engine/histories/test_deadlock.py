"""Rule 12: people who hold each other's places move at once, and only they."""

from __future__ import annotations

from engine.histories.tiny import EASTER_WEEK, run, world

TWO = """
  ash: {places: 1, care_time: {by: who, ada: 2 days, else: 4 days}, next: {by: who, ada: birch, else: home}}
  birch: {places: 1, care_time: {by: who, bo: 3 days, else: 4 days}, next: {by: who, bo: ash, else: home}}
"""


def test_two_people_in_each_others_way_change_places() -> None:
    """Ada in the ash wants the birch, Bo in the birch the ash: when Bo is ready too, both move."""
    story = run(world(TWO, {"ada": (0, "ash"), "bo": (0, "birch")}))
    assert story.history == [
        (0, "ada", "admitted", "ash"),
        (0, "bo", "admitted", "birch"),
        (2, "ada", "ready", "ash"),
        (2, "ada", "waits", "birch"),
        (3, "ada", "leaves for birch", "ash"),
        (3, "ada", "admitted", "birch"),
        (3, "bo", "ready", "birch"),
        (3, "bo", "leaves for ash", "birch"),
        (3, "bo", "admitted", "ash"),
        (7, "ada", "ready", "birch"),
        (7, "ada", "leaves for home", "birch"),
        (7, "bo", "ready", "ash"),
        (7, "bo", "leaves for home", "ash"),
    ]
    assert story.counts == {
        ("deadlock_cycles", "ash"): 1,
        ("deadlock_moves", "ash"): 1,
        ("deadlock_moves", "birch"): 1,
    }


def test_a_move_in_a_circle_passes_those_who_wait_outside() -> None:
    """Cy waits for the ash from 1, outside: he is before Bo, but holds nothing that would free a place."""
    story = run(world(TWO, {"ada": (0, "ash"), "bo": (0, "birch"), "cy": (1, "ash")}))
    assert story.admissions("ash") == [(0, "ada"), (3, "bo"), (7, "cy")]


def test_three_people_in_a_circle_move_at_once() -> None:
    """Ash to birch to cedar to ash; the last of them is ready at 4."""
    story = run(
        world(
            """
  ash: {places: 1, care_time: {by: who, ada: 2 days, else: 9 days}, next: {by: who, ada: birch, else: home}}
  birch: {places: 1, care_time: {by: who, bo: 3 days, else: 9 days}, next: {by: who, bo: cedar, else: home}}
  cedar: {places: 1, care_time: {by: who, cy: 4 days, else: 9 days}, next: {by: who, cy: ash, else: home}}
""",
            {"ada": (0, "ash"), "bo": (0, "birch"), "cy": (0, "cedar")},
            days=5,
        )
    )
    assert story.since(2) == [
        (2, "ada", "ready", "ash"),
        (2, "ada", "waits", "birch"),
        (3, "bo", "ready", "birch"),
        (3, "bo", "waits", "cedar"),
        (4, "ada", "leaves for birch", "ash"),
        (4, "ada", "admitted", "birch"),
        (4, "bo", "leaves for cedar", "birch"),
        (4, "bo", "admitted", "cedar"),
        (4, "cy", "ready", "cedar"),
        (4, "cy", "leaves for ash", "cedar"),
        (4, "cy", "admitted", "ash"),
    ]
    assert story.counts == {
        ("deadlock_cycles", "ash"): 1,
        ("deadlock_moves", "ash"): 1,
        ("deadlock_moves", "birch"): 1,
        ("deadlock_moves", "cedar"): 1,
    }


def test_a_person_who_waits_for_the_service_they_hold_is_a_circle_of_one() -> None:
    """Ada needs the ward's only bed again and again; Bo, outside, goes on waiting."""
    story = run(
        world(
            "  ward: {places: 1, care_time: 1 day, next: {by: who, ada: ward, else: home}}",
            {"ada": (0, "ward"), "bo": (0.5, "ward")},
            days=3,
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (0.5, "bo", "waits", "ward"),
        (1, "ada", "ready", "ward"),
        (1, "ada", "leaves for ward", "ward"),
        (1, "ada", "admitted", "ward"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "leaves for ward", "ward"),
        (2, "ada", "admitted", "ward"),
    ]
    assert story.counts == {("deadlock_cycles", "ward"): 2, ("deadlock_moves", "ward"): 2}


def test_a_deadlock_that_closes_when_a_step_ends_is_undone_then() -> None:
    """Bo, ready at 1, is assessed until 4 and holds the birch meanwhile: nothing moves before 4."""
    story = run(
        world(
            """
  ash: {places: 1, care_time: {by: who, ada: 2 days, else: 9 days}, next: {by: who, ada: birch, else: home}}
  birch: {places: 1, care_time: {by: who, bo: 1 day, else: 9 days}, next: {by: who, bo: assess, else: home}}
  assess: {in_place: true, places: 1, care_time: 3 days, next: ash}
""",
            {"ada": (0, "ash"), "bo": (0, "birch")},
            days=6,
        )
    )
    assert story.since(1) == [
        (1, "bo", "ready", "birch"),
        (1, "bo", "begins", "assess"),
        (2, "ada", "ready", "ash"),
        (2, "ada", "waits", "birch"),
        (4, "ada", "leaves for birch", "ash"),
        (4, "ada", "admitted", "birch"),
        (4, "bo", "ends", "assess"),
        (4, "bo", "leaves for ash", "birch"),
        (4, "bo", "admitted", "ash"),
    ]
    assert story.counts[("deadlock_cycles", "ash")] == 1


def test_a_circle_whose_amounts_do_not_fit_is_counted_once_and_left() -> None:
    """Bo needs 8 hours of the ash; when Ada's 4 are gone there are 6, for Cy has 4 and waits as well.

    Dee, elsewhere, gives the engine occasions to look again.
    """
    story = run(
        world(
            """
  ash:
    hours: 10 per week
    amount: {by: who, bo: 8 hours per week, else: 4 hours per week}
    care_time: 2 days
    next: birch
  birch: {hours: 10 per week, amount: 10 hours per week, care_time: 2 days, next: ash}
  cedar: {places: 1, care_time: 1 day, next: home}
""",
            {"ada": (0, "ash"), "cy": (0, "ash"), "bo": (0, "birch"), "dee": (5, "cedar")},
        )
    )
    assert story.of("ada", "bo", "cy") == [
        (0, "ada", "admitted", "ash"),
        (0, "bo", "admitted", "birch"),
        (0, "cy", "admitted", "ash"),
        (2, "ada", "ready", "ash"),
        (2, "ada", "waits", "birch"),
        (2, "bo", "ready", "birch"),
        (2, "bo", "waits", "ash"),
        (2, "cy", "ready", "ash"),
        (2, "cy", "waits", "birch"),
    ]
    assert story.counts == {("deadlock_cycles_left", "ash"): 1}


def test_a_circle_of_hours_moves_where_the_amounts_fit() -> None:
    """The same with 6 hours for Bo: beside Cy's 4 they fit once Ada's are gone. Cy goes on waiting."""
    story = run(
        world(
            """
  ash:
    hours: 10 per week
    amount: {by: who, bo: 6 hours per week, else: 4 hours per week}
    care_time: {by: who, bo: 9 days, else: 2 days}
    next: birch
  birch:
    hours: 10 per week
    amount: 10 hours per week
    care_time: {by: who, bo: 2 days, else: 9 days}
    next: {by: who, bo: ash, else: home}
""",
            {"ada": (0, "ash"), "cy": (0, "ash"), "bo": (0, "birch")},
            days=5,
        )
    )
    assert story.since(2) == [
        (2, "ada", "ready", "ash"),
        (2, "ada", "leaves for birch", "ash"),
        (2, "ada", "admitted", "birch"),
        (2, "bo", "ready", "birch"),
        (2, "bo", "leaves for ash", "birch"),
        (2, "bo", "admitted", "ash"),
        (2, "cy", "ready", "ash"),
        (2, "cy", "waits", "birch"),
    ]
    assert story.counts[("deadlock_cycles", "ash")] == 1


def test_it_is_no_deadlock_while_somebody_in_it_is_in_care() -> None:
    """Cy has the other place of the ash until 8 and then goes home: Bo gets it, and Ada the birch."""
    story = run(
        world(
            """
  ash: {places: 2, care_time: {by: who, cy: 8 days, ada: 2 days, else: 9 days}, next: {by: who, ada: birch, else: home}}
  birch: {places: 1, care_time: {by: who, bo: 3 days, else: 9 days}, next: {by: who, bo: ash, else: home}}
""",
            {"ada": (0, "ash"), "bo": (0, "birch"), "cy": (0, "ash")},
            days=9,
        )
    )
    assert story.since(2) == [
        (2, "ada", "ready", "ash"),
        (2, "ada", "waits", "birch"),
        (3, "bo", "ready", "birch"),
        (3, "bo", "waits", "ash"),
        (8, "ada", "leaves for birch", "ash"),
        (8, "ada", "admitted", "birch"),
        (8, "bo", "leaves for ash", "birch"),
        (8, "bo", "admitted", "ash"),
        (8, "cy", "ready", "ash"),
        (8, "cy", "leaves for home", "ash"),
    ]
    assert story.counts == {}


def test_it_is_no_deadlock_while_somebody_in_it_waits_for_something_else() -> None:
    """Cy, in the ash, waits for the cedar, which Dee leaves at 8: only then do Bo and Ada move."""
    story = run(
        world(
            """
  ash:
    places: 2
    care_time: {by: who, cy: 1 day, ada: 2 days, else: 9 days}
    next: {by: who, ada: birch, cy: cedar, else: home}
  birch: {places: 1, care_time: {by: who, bo: 3 days, else: 9 days}, next: {by: who, bo: ash, else: home}}
  cedar: {places: 1, care_time: 8 days, next: home}
""",
            {"ada": (0, "ash"), "bo": (0, "birch"), "cy": (0, "ash"), "dee": (0, "cedar")},
            days=9,
        )
    )
    assert story.since(3) == [
        (3, "bo", "ready", "birch"),
        (3, "bo", "waits", "ash"),
        (8, "ada", "leaves for birch", "ash"),
        (8, "ada", "admitted", "birch"),
        (8, "bo", "leaves for ash", "birch"),
        (8, "bo", "admitted", "ash"),
        (8, "cy", "leaves for cedar", "ash"),
        (8, "cy", "admitted", "cedar"),
        (8, "dee", "ready", "cedar"),
        (8, "dee", "leaves for home", "cedar"),
    ]
    assert story.counts == {}


def test_it_is_no_deadlock_while_a_stand_in_outside_the_circle_may_still_come() -> None:
    """Ada waits for the birch and stands for the cedar as well, which Dee leaves at 8: it takes her."""
    story = run(
        world(
            """
  ash: {places: 1, care_time: {by: who, ada: 2 days, else: 9 days}, next: {by: who, ada: birch, else: home}}
  birch:
    places: 1
    care_time: {by: who, bo: 3 days, else: 9 days}
    next: {by: who, bo: ash, else: home}
    instead: [{after: 0 days, to: cedar, keeps_turn: false}]
  cedar: {places: 1, care_time: 8 days, next: home}
""",
            {"ada": (0, "ash"), "bo": (0, "birch"), "dee": (0, "cedar")},
            days=9,
        )
    )
    assert story.since(3) == [
        (3, "bo", "ready", "birch"),
        (3, "bo", "waits", "ash"),
        (8, "ada", "stands in at cedar", "ash"),
        (8, "ada", "stops waiting for cedar", "birch"),
        (8, "ada", "admitted", "cedar"),
        (8, "bo", "leaves for ash", "birch"),
        (8, "bo", "admitted", "ash"),
        (8, "dee", "ready", "cedar"),
        (8, "dee", "leaves for home", "cedar"),
    ]
    assert story.counts == {}


BRIDGING = """
  ash:
    places: 1
    care_time: {{by: who, bo: 5 days, else: 9 days}}
    next: {{by: who, bo: birch, else: home}}
    instead: [{{after: 1 day, to: birch, keeps_turn: true}}]
  birch: {{places: 1, care_time: {{by: who, ada: {care} days, else: 9 days}}, next: {{by: who, ada: ash, else: home}}}}
"""


def test_a_bridging_person_whose_care_is_over_is_part_of_a_deadlock() -> None:
    """Ada stands in at the birch from 1, is done there at 2 and waits for the ash, where Bo is until 5."""
    story = run(world(BRIDGING.format(care=1), {"ada": (0, "ash"), "bo": (-1, "ash")}, warm_up=2, days=7))
    assert story.since(0) == [
        (0, "ada", "waits", "ash"),
        (1, "ada", "admitted", "birch"),
        (2, "ada", "ready", "birch"),
        (4, "ada", "leaves for ash", "birch"),
        (4, "ada", "admitted", "ash"),
        (4, "bo", "ready", "ash"),
        (4, "bo", "leaves for birch", "ash"),
        (4, "bo", "admitted", "birch"),
    ]
    assert story.counts[("deadlock_cycles", "ash")] == 1


def test_a_bridging_person_still_in_care_is_not() -> None:
    """With six days of care in the birch it closes at 7: Bo, ready at 4, is delayed until then."""
    story = run(world(BRIDGING.format(care=6), {"ada": (0, "ash"), "bo": (-1, "ash")}, warm_up=2, days=9))
    assert story.since(1) == [
        (1, "ada", "admitted", "birch"),
        (4, "bo", "ready", "ash"),
        (4, "bo", "waits", "birch"),
        (7, "ada", "ready", "birch"),
        (7, "ada", "leaves for ash", "birch"),
        (7, "ada", "admitted", "ash"),
        (7, "bo", "leaves for birch", "ash"),
        (7, "bo", "admitted", "birch"),
    ]


def test_a_closed_service_is_in_no_deadlock_before_it_opens() -> None:
    """The birch is closed over Easter: the two who are ready on Saturday move on Tuesday."""
    services = TWO.replace(
        "birch: {places: 1,", "birch: {opens: {days: mon-fri, bank_holidays: closed}, places: 1,"
    )
    story = run(world(services, {"ada": (2, "ash"), "bo": (2, "birch")}, start=EASTER_WEEK, days=9))
    assert story.since(4) == [
        (4, "ada", "ready", "ash"),
        (4, "ada", "waits", "birch"),
        (5, "bo", "ready", "birch"),
        (5, "bo", "waits", "ash"),
        (8, "ada", "leaves for birch", "ash"),
        (8, "ada", "admitted", "birch"),
        (8, "bo", "leaves for ash", "birch"),
        (8, "bo", "admitted", "ash"),
    ]
    assert story.counts[("deadlock_cycles", "ash")] == 1
    assert ("deadlock_cycles_left", "ash") not in story.counts


def test_a_service_whose_intake_is_used_up_is_in_no_deadlock_before_midnight() -> None:
    """The birch starts one person a day, on Monday Bo himself: he and Ada, ready at 0.75, move on Tuesday."""
    story = run(
        world(
            """
  ash: {places: 1, care_time: {by: who, ada: 12 hours, else: 9 days}, next: {by: who, ada: birch, else: home}}
  birch:
    places: 1
    care_time: {by: who, bo: 18 hours, else: 9 days}
    next: {by: who, bo: ash, else: home}
    intake: 1 per day
""",
            {"ada": (0, "ash"), "bo": (0, "birch")},
            days=2,
        )
    )
    assert story.since(0.5) == [
        (0.5, "ada", "ready", "ash"),
        (0.5, "ada", "waits", "birch"),
        (0.75, "bo", "ready", "birch"),
        (0.75, "bo", "waits", "ash"),
        (1, "ada", "leaves for birch", "ash"),
        (1, "ada", "admitted", "birch"),
        (1, "bo", "leaves for ash", "birch"),
        (1, "bo", "admitted", "ash"),
    ]


def test_the_circle_is_sought_from_the_first_service_by_name_along_the_first_in_each_queue() -> None:
    """Bo and Dee both want the ash, where Ada and Cy want their places.

    Dee asked first, so at 5, when the last of them is ready, she and Cy change places; Bo and Ada stay.
    """
    story = run(
        world(
            """
  ash:
    places: 2
    care_time: {by: who, ada: 4 days, cy: 5 days, else: 9 days}
    next: {by: who, ada: birch, cy: cedar, else: home}
  birch: {places: 1, care_time: {by: who, bo: 3 days, else: 9 days}, next: {by: who, bo: ash, else: home}}
  cedar: {places: 1, care_time: {by: who, dee: 2 days, else: 9 days}, next: {by: who, dee: ash, else: home}}
""",
            {"ada": (0, "ash"), "bo": (0, "birch"), "cy": (0, "ash"), "dee": (0, "cedar")},
            days=8,
        )
    )
    assert story.since(5) == [
        (5, "cy", "ready", "ash"),
        (5, "cy", "leaves for cedar", "ash"),
        (5, "cy", "admitted", "cedar"),
        (5, "dee", "leaves for ash", "cedar"),
        (5, "dee", "admitted", "ash"),
    ]
    assert story.counts == {
        ("deadlock_cycles", "ash"): 1,
        ("deadlock_moves", "ash"): 1,
        ("deadlock_moves", "cedar"): 1,
    }


def test_somebody_who_only_waits_for_the_circle_does_not_hide_it() -> None:
    """Cy, in the cedar, is first in the queue of the ash, but nobody wants the cedar: Ada and Bo change places.

    The ash and the birch are a set of rule 12 by themselves; Cy goes on waiting until the ash is free at 12.
    """
    story = run(
        world(
            TWO.replace("else: 4 days", "else: 9 days")
            + "  cedar: {places: 1, care_time: 1 day, next: ash}\n",
            {"ada": (0, "ash"), "bo": (0, "birch"), "cy": (0, "cedar")},
            days=13,
        )
    )
    assert story.since(1) == [
        (1, "cy", "ready", "cedar"),
        (1, "cy", "waits", "ash"),
        (2, "ada", "ready", "ash"),
        (2, "ada", "waits", "birch"),
        (3, "ada", "leaves for birch", "ash"),
        (3, "ada", "admitted", "birch"),
        (3, "bo", "ready", "birch"),
        (3, "bo", "leaves for ash", "birch"),
        (3, "bo", "admitted", "ash"),
        (12, "ada", "ready", "birch"),
        (12, "ada", "leaves for home", "birch"),
        (12, "bo", "ready", "ash"),
        (12, "bo", "leaves for home", "ash"),
        (12, "cy", "leaves for ash", "cedar"),
        (12, "cy", "admitted", "ash"),
    ]


def test_a_place_that_falls_free_is_taken_before_any_circle_is_looked_for() -> None:
    """With a second place in the ash Bo simply goes there, and Ada follows into his: no circle is counted."""
    services = TWO.replace("ash: {places: 1", "ash: {places: 2")
    story = run(world(services, {"ada": (0, "ash"), "bo": (0, "birch")}, days=4))
    assert story.since(2) == [
        (2, "ada", "ready", "ash"),
        (2, "ada", "waits", "birch"),
        (3, "ada", "leaves for birch", "ash"),
        (3, "ada", "admitted", "birch"),
        (3, "bo", "ready", "birch"),
        (3, "bo", "leaves for ash", "birch"),
        (3, "bo", "admitted", "ash"),
    ]
    assert story.counts == {}
