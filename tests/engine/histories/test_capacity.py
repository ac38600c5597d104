"""Rules 1 and 6: what there is, and what becomes of it over time."""

from __future__ import annotations

from engine.histories.tiny import run, world


def test_a_cut_puts_nobody_out() -> None:
    """From day 3 there is one place instead of two: Ada's closes as she leaves, Bo's goes to Cy."""
    story = run(
        world(
            "  ward: {places: {0 days: 2, 3 days: 1}, care_time: {by: who, ada: 5 days, else: 6 days}, next: home}",
            {"ada": (0, "ward"), "bo": (0, "ward"), "cy": (1, "ward")},
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (0, "bo", "admitted", "ward"),
        (1, "cy", "waits", "ward"),
        (5, "ada", "ready", "ward"),
        (5, "ada", "leaves for home", "ward"),
        (6, "bo", "ready", "ward"),
        (6, "bo", "leaves for home", "ward"),
        (6, "cy", "admitted", "ward"),
        (12, "cy", "ready", "ward"),
        (12, "cy", "leaves for home", "ward"),
    ]
    assert story.capacity == [(0, "ward", 2), (3, "ward", 1)]


def test_a_rise_admits_at_once() -> None:
    """Bo and Cy wait for one more place each; at 3 there are two more."""
    story = run(
        world(
            "  ward: {places: {0 days: 1, 3 days: 3}, care_time: 9 days, next: home}",
            {"ada": (0, "ward"), "bo": (1, "ward"), "cy": (2, "ward"), "dee": (2, "ward")},
        )
    )
    assert story.admissions("ward") == [(0, "ada"), (3, "bo"), (3, "cy"), (9, "dee")]


def test_a_rise_starts_a_chain() -> None:
    """A new slot at 3 takes Ada out of the ward, and so Bo in."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 1 day, next: slot}
  slot: {places: {0 days: 0, 3 days: 1}, care_time: 9 days, next: home}
""",
            {"ada": (0, "ward"), "bo": (1, "ward")},
            days=4,
        )
    )
    assert story.since(3) == [
        (3, "ada", "leaves for slot", "ward"),
        (3, "ada", "admitted", "slot"),
        (3, "bo", "admitted", "ward"),
    ]


def test_a_service_without_places_is_closed() -> None:
    """Nobody is ever admitted; Ada waits to the end."""
    story = run(world("  ward: {places: 0, care_time: 1 day, next: home}", {"ada": (1, "ward")}))
    assert story.history == [(1, "ada", "waits", "ward")]
    assert story.waiting == [(1, 60, "ada", "ward", "outside")]


def test_a_dated_value_holds_before_its_first_date_too() -> None:
    """Two places from day 5 on are two places before it, warm-up included."""
    story = run(
        world(
            "  ward: {places: {5 days: 2, 7 days: 3}, care_time: 30 days, next: home}",
            {"ada": (-2, "ward"), "bo": (0, "ward"), "cy": (1, "ward")},
            warm_up=3,
        )
    )
    assert story.admissions("ward") == [(-2, "ada"), (0, "bo"), (7, "cy")]


def test_a_rise_while_closed_admits_when_it_opens() -> None:
    """The second place is there from Saturday, day 5, but the ward opens on Monday."""
    story = run(
        world(
            "  ward: {places: {0 days: 1, 5 days: 2}, care_time: 30 days, next: home, opens: {days: mon-fri}}",
            {"ada": (0, "ward"), "bo": (1, "ward")},
        )
    )
    assert story.admissions("ward") == [(0, "ada"), (7, "bo")]


def test_a_cut_in_hours_closes_them_as_they_fall_free() -> None:
    """20 hours, 12 from day 3 on: Ada's 8 free nothing at 5, Bo's 8 at 6 make room for Cy's 4."""
    story = run(
        world(
            """
  care:
    hours: {0 days: 20 per week, 3 days: 10 per week}
    amount: {by: who, cy: 4 hours per week, else: 8 hours per week}
    care_time: {by: who, ada: 5 days, bo: 6 days, else: 9 days}
    next: home
""",
            {"ada": (0, "care"), "bo": (0, "care"), "cy": (4, "care")},
        )
    )
    assert story.admissions("care") == [(0, "ada"), (0, "bo"), (6, "cy")]


def test_an_event_with_a_ramp_grows_and_shrinks_in_equal_daily_steps() -> None:
    """From 5 June (day 2) to 10 June (its last day is day 7), four more, over two days up and two days down."""
    event = "events: {surge: {from: 2019-06-05, to: 2019-06-10, ramp: 2 days, change: {services.ward.places: plus 4}}}"
    story = run(
        world(
            "  ward: {places: 1, care_time: {by: who, ada: 1 day, else: 30 days}, next: home}",
            {
                "ada": (0, "ward"),
                "bo": (0.5, "ward"),
                "cy": (1, "ward"),
                "dee": (1, "ward"),
                "eve": (1, "ward"),
            },
            more=event,
            days=12,
        )
    )
    assert story.capacity == [
        (0, "ward", 1),
        (2, "ward", 3),
        (3, "ward", 5),
        (7, "ward", 3),
        (8, "ward", 1),
    ]
    assert story.admissions("ward") == [(0, "ada"), (1, "bo"), (2, "cy"), (2, "dee"), (3, "eve")]


def test_an_event_for_good_stays() -> None:
    """Without `to` the two places of day 3 are there to stay."""
    event = "events: {more: {from: 2019-06-06, change: {services.ward.places: plus 2}}}"
    story = run(
        world("  ward: {places: 0, care_time: 1 day, next: home}", {"ada": (0, "ward")}, more=event, days=12)
    )
    assert story.capacity == [(0, "ward", 0), (3, "ward", 2)]
    assert story.admissions("ward") == [(3, "ada")]


def test_two_events_at_once_are_applied_in_order_of_start() -> None:
    """Doubled from day 1 and one more from day 2: 2, then 4, then 5; from day 4 the doubling is over: 3."""
    event = """
events:
  b_one_more: {from: 2019-06-05, change: {services.ward.places: plus 1}}
  a_double: {from: 2019-06-04, to: 2019-06-06, change: {services.ward.places: times 2}}
"""
    story = run(
        world("  ward: {places: 2, care_time: 1 day, next: home}", {"ada": (0, "ward")}, more=event, days=12)
    )
    assert story.capacity == [(0, "ward", 2), (1, "ward", 4), (2, "ward", 5), (4, "ward", 3)]


def test_an_event_may_change_what_is_drawn_from_then_on() -> None:
    """Care takes twice as long from day 2 on, for those admitted after that."""
    event = "events: {slow: {from: 2019-06-05, change: {services.ward.care_time: 4 days}}}"
    story = run(
        world(
            "  ward: {places: 9, care_time: 2 days, next: home}",
            {"ada": (1, "ward"), "bo": (2, "ward")},
            more=event,
        )
    )
    assert [line for line in story.history if line[2] == "ready"] == [
        (3, "ada", "ready", "ward"),
        (6, "bo", "ready", "ward"),
    ]
