"""Rule 4: places counted in hours a week, and who must wait until theirs fit."""

from __future__ import annotations

from engine.histories.tiny import run, world


def package(people: str, *, hours: str = "10 per week", care: str = "5 days", more: str = "") -> str:
    """Home care of so many hours, of which each of `people` takes an amount."""
    return f"""
  care: {{hours: {hours}, amount: {{by: who, {people}}}, care_time: {care}, next: home{more}}}
"""


# ------------------------------------------------------------------ who fits


def test_the_head_of_the_queue_waits_until_it_fits_and_nobody_passes() -> None:
    """Cy takes 6 of 10 hours. Ada's 6 do not fit; Bo's 4 would, but he is behind her."""
    amounts = "ada: 6 hours per week, bo: 4 hours per week, cy: 6 hours per week"
    story = run(world(package(amounts), {"cy": (0, "care"), "ada": (1, "care"), "bo": (2, "care")}))
    assert story.admissions("care") == [(0, "cy"), (5, "ada"), (5, "bo")]


def test_with_skip_each_who_fits_is_admitted_until_somebody_before_them_has_waited_too_long() -> None:
    """Cy has 6 of 14 hours, so Ada's 10 do not fit. Bo and Eve, of 2, pass her; Dee, three days later, may not.

    At 6 Cy's hours are free: Ada takes 10 beside Bo and Eve; Dee fits when Bo has left.
    """
    amounts = "ada: 10 hours per week, cy: 6 hours per week, else: 2 hours per week"
    services = package(
        amounts,
        hours="14 per week",
        care="{by: who, cy: 6 days, else: 5 days}",
        more=", queue: {skip: {until_waited: 3 days}}",
    )
    people = {
        "cy": (0, "care"),
        "ada": (1, "care"),
        "bo": (2, "care"),
        "eve": (3.5, "care"),
        "dee": (4, "care"),
    }
    story = run(world(services, people))
    assert story.admissions("care") == [(0, "cy"), (2, "bo"), (3.5, "eve"), (6, "ada"), (7, "dee")]
    strictly = run(world(services.replace(", queue: {skip: {until_waited: 3 days}}", ""), people))
    assert strictly.admissions("care") == [(0, "cy"), (6, "ada"), (6, "bo"), (6, "eve"), (11, "dee")]


def test_an_amount_that_can_never_fit_is_stepped_over_and_counted_once() -> None:
    """From day 1 there are 10 hours: Ada's 12 can never fit, so Bo and Dee are served, though nobody may skip."""
    amounts = "ada: 12 hours per week, else: 4 hours per week"
    services = package(amounts, hours="{0 days: 14 per week, 1 days: 10 per week}", care="2 days")
    story = run(world(services, {"ada": (2, "care"), "bo": (3, "care"), "dee": (4, "care")}, days=20))
    assert story.admissions("care") == [(3, "bo"), (4, "dee")]
    assert story.of("ada") == [(2, "ada", "waits", "care")]
    assert story.counts == {("never_fits", "care"): 1}


def test_who_was_stepped_over_is_at_the_head_again_once_there_are_hours_enough() -> None:
    """From day 6 there are 14 hours: beside Dee's 4 Ada's 12 do not fit yet, and Eve may not pass her."""
    amounts = "ada: 12 hours per week, else: 4 hours per week"
    services = package(
        amounts,
        hours="{0 days: 14 per week, 1 days: 10 per week, 6 days: 14 per week}",
        care="{by: who, dee: 10 days, else: 2 days}",
    )
    people = {"ada": (2, "care"), "bo": (3, "care"), "dee": (4, "care"), "eve": (7, "care")}
    assert run(world(services, people)).admissions("care") == [
        (3, "bo"),
        (4, "dee"),
        (14, "ada"),
        (16, "eve"),
    ]


def test_while_more_is_held_than_there_is_not_even_the_smallest_is_admitted() -> None:
    """After the cut Cy holds 8 hours of 5: Ada, who needs none at all, waits until he has left."""
    amounts = "ada: 0 hours per week, cy: 8 hours per week"
    services = package(amounts, hours="{0 days: 10 per week, 1 days: 5 per week}")
    assert run(world(services, {"cy": (0, "care"), "ada": (2, "care")})).admissions("care") == [
        (0, "cy"),
        (5, "ada"),
    ]


# ------------------------------------------------------------------ tapers


def test_an_amount_tapers_week_by_week_and_is_last_from_ready_on() -> None:
    """28 hours fall to 7 over 28 days by a quarter of 21 each week; delayed until 33, Ada keeps 7."""
    story = run(
        world(
            """
  care:
    hours: 30 per week
    amount: {first: 28 hours per week, last: 7 hours per week}
    care_time: 28 days
    next: slot
  slot: {places: 1, care_time: 33 days, next: home}
""",
            {"ada": (0, "care"), "cy": (0, "slot")},
        )
    )
    assert story.amounts == [
        (0, 7, "ada", "care", 28),
        (7, 14, "ada", "care", 22.75),
        (14, 21, "ada", "care", 17.5),
        (21, 28, "ada", "care", 12.25),
        (28, 33, "ada", "care", 7),
    ]


def test_whoever_is_ready_before_their_first_week_is_over_goes_straight_to_the_last_amount() -> None:
    """Ready at 5, Ada gives 21 hours back at once: Bo's package begins then."""
    story = run(
        world(
            """
  care:
    hours: 30 per week
    amount: {by: who, ada: {first: 28 hours per week, last: 7 hours per week}, else: 20 hours per week}
    care_time: {by: who, ada: 5 days, else: 2 days}
    next: {by: who, ada: slot, else: home}
  slot: {places: 1, care_time: 9 days, next: home}
""",
            {"ada": (0, "care"), "bo": (1, "care"), "cy": (0, "slot")},
        )
    )
    assert story.amounts == [
        (0, 5, "ada", "care", 28),
        (5, 9, "ada", "care", 7),
        (5, 7, "bo", "care", 20),
    ]


def test_what_a_taper_frees_is_offered_at_once() -> None:
    """At 7 Ada needs 15 instead of 20 of 20 hours: Bo's 5 fit in that instant."""
    amounts = "ada: {first: 20 hours per week, last: 10 hours per week}, else: 5 hours per week"
    services = package(amounts, hours="20 per week", care="{by: who, ada: 14 days, else: 1 day}")
    story = run(world(services, {"ada": (0, "care"), "bo": (1, "care")}))
    assert story.admissions("care") == [(0, "ada"), (7, "bo")]


def test_half_a_minute_of_a_taper_is_rounded_up() -> None:
    """Half-way between 600 and 601 minutes is 601, on the way up and on the way down."""
    services = package(
        "ada: {first: 600 minutes per week, last: 601 minutes per week},"
        " bo: {first: 601 minutes per week, last: 600 minutes per week}",
        hours="100 per week",
        care="14 days",
    )
    story = run(world(services, {"ada": (0, "care"), "bo": (0, "care")}))
    assert story.amounts == [
        (0, 7, "ada", "care", 10),
        (7, 14, "ada", "care", 601 / 60),
        (0, 14, "bo", "care", 601 / 60),
    ]


def test_a_taper_goes_by_the_care_time_drawn_and_not_by_when_the_round_comes() -> None:
    """Care of 8 days ends on a Tuesday but the only round is on Sundays: 7/8 of the way at 7, not 7/13."""
    services = package(
        "ada: {first: 28 hours per week, last: 12 hours per week}",
        hours="30 per week",
        care="8 days",
        more=", rounds: {seen: {mon-sat: 0, sun: 1}}",
    )
    story = run(world(services, {"ada": (0, "care")}))
    assert story.amounts == [(0, 7, "ada", "care", 28), (7, 13, "ada", "care", 14)]
    assert story.history[1] == (13, "ada", "ready", "care")


def test_after_the_care_time_drawn_a_taper_has_reached_its_last_amount() -> None:
    """Nobody sees Ada before Sunday, day 20, though her care of 10 days is over: from 14 on she has 12 hours."""
    services = package(
        "ada: {first: 28 hours per week, last: 12 hours per week}",
        hours="30 per week",
        care="10 days",
        more=", rounds: {seen: {mon-sat: 0, sun: 1}}",
    )
    story = run(world(services, {"ada": (4, "care")}))
    # Admitted on day 4: week 1 begins on 11 with 28 - 16 x 7/10 = 16.8, week 2 on 18 with 12.
    assert story.amounts == [
        (4, 11, "ada", "care", 28),
        (11, 18, "ada", "care", 16.8),
        (18, 20, "ada", "care", 12),
    ]


def test_an_amount_that_grows_beyond_what_there_is_keeps_others_out() -> None:
    """Ada's 10 hours grow to 19 at 7 and 28 at 14: Bo, asking for 10 of 30 at 8, waits until she leaves at 21.

    Cy's 15 hours beside hers are more than there is from 7 on; nobody is put out.
    """
    services = package(
        "ada: {first: 10 hours per week, last: 37 hours per week}, cy: 15 hours per week, bo: 10 hours per week",
        hours="30 per week",
        care="{by: who, ada: 21 days, cy: 16 days, else: 1 day}",
    )
    story = run(world(services, {"ada": (0, "care"), "cy": (0, "care"), "bo": (8, "care")}))
    assert story.amounts == [
        (0, 7, "ada", "care", 10),
        (7, 14, "ada", "care", 19),
        (14, 21, "ada", "care", 28),
        (21, 22, "bo", "care", 10),
        (0, 16, "cy", "care", 15),
    ]
