"""Events that come every year, and events that happen at random: when they hold, in what order, for how long."""

from __future__ import annotations

import math

import pytest

from caresim.engine.streams import Layer, Streams
from caresim.grid import on_grid
from engine.histories.tiny import Story, run, world

ONE_WARD = "  ward: {places: 2, care_time: {by: who, ada: 2 days, else: 6 days}, next: home}"
COMES = {"ada": (0.0, "ward"), "bo": (0.0, "ward"), "cy": (1.0, "ward")}


def happens_at(event: str, count: int, each: str = "", start: float = 0.0) -> list[float]:
    """The first instants of an event that happens once a day: every point of its lowest layer."""
    u = Streams(1, 0).uniforms(("event", event, each, "gap"), Layer(event, "0"), 0, count)
    since, found = start, []
    for one in u.tolist():
        since += -math.log1p(-one)
        found.append(on_grid(since))
    return found


def told(event: str, services: str = ONE_WARD, days: float = 20, **more: float) -> Story:
    return run(world(services, COMES, more=f"events: {{{event}}}", days=days, **more))  # type: ignore[arg-type]


def test_an_episode_puts_nobody_out_and_its_end_admits_at_once() -> None:
    """One place fewer from 1.42 for three days: Ada's closes as she leaves at 2, and Cy waits for the end."""
    (begins,) = happens_at("failure", 1)
    assert 1 < begins < 2
    story = told(
        "failure: {happens: 1 per day, at_most: 1, lasts: 3 days, change: {services.ward.places: minus 1}}"
    )
    assert story.capacity == [(0, "ward", 2), (begins, "ward", 1), (begins + 3, "ward", 2)]
    assert story.admissions("ward") == [(0, "ada"), (0, "bo"), (begins + 3, "cy")]


def test_without_an_end_it_is_for_good() -> None:
    """A contract handed back: Cy waits until Bo leaves."""
    (begins,) = happens_at("failure", 1)
    story = told("failure: {happens: 1 per day, at_most: 1, change: {services.ward.places: minus 1}}")
    assert story.capacity == [(0, "ward", 2), (begins, "ward", 1)]
    assert story.admissions("ward") == [(0, "ada"), (0, "bo"), (6, "cy")]


def test_two_episodes_at_once_both_change_it_and_take_no_more_than_there_is() -> None:
    """Of two places three storms at once leave none, not one less than none."""
    first, second, third, fourth = happens_at("storm", 4)
    assert first < second < third < first + 2 < second + 2 < fourth < third + 2
    story = told(
        "storm: {happens: 1 per day, at_most: 4, lasts: 2 days, change: {services.ward.places: minus 1}}"
    )
    assert story.capacity == [
        (0, "ward", 2),
        (first, "ward", 1),
        (second, "ward", 0),
        (second + 2, "ward", 1),
        (fourth, "ward", 0),
        (third + 2, "ward", 1),
        (fourth + 2, "ward", 2),
    ]


@pytest.mark.parametrize(
    ("day", "places"),
    [("2019-06-04", 5), ("2019-06-05", 4)],
)
def test_what_began_first_is_made_first_whether_dated_or_not(day: str, places: int) -> None:
    """Of three places: twice as many and then one fewer, or one fewer and then twice as many."""
    story = run(
        world(
            "  ward: {places: 3, care_time: 1 day, next: home}",
            {"ada": (0, "ward")},
            more=f"""
events:
  failure: {{happens: 1 per day, at_most: 1, change: {{services.ward.places: minus 1}}}}
  double: {{from: {day}, change: {{services.ward.places: times 2}}}}
""",
        )
    )
    assert story.capacity[-1][1:] == ("ward", places)


def test_each_has_episodes_of_its_own() -> None:
    services = """
  ward: {places: 2, care_time: 1 day, next: home}
  north: {places: 5, care_time: 1 day, next: home}
"""
    story = told(
        "failure: {happens: 1 per day, at_most: 1, each: [services.*], change: {places: times 0}}", services
    )
    (north,), (ward,) = happens_at("failure", 1, "services.north"), happens_at("failure", 1, "services.ward")
    assert story.capacity == [
        (0, "north", 5),
        (0, "ward", 2),
        *sorted([(north, "north", 0), (ward, "ward", 0)]),
    ]


def test_it_begins_in_its_season_only_and_may_last_beyond_it() -> None:
    """From day 3 to day 4: of the points at 1.44, 2.90, 4.13 and 5.58 one is in the season."""
    instants = happens_at("flu", 4)
    assert [3 <= at < 5 for at in instants] == [False, False, True, False]
    begins = instants[2]
    story = told(
        "flu: {happens: 1 per day, from: 2019-06-06, to: 2019-06-07, lasts: 9 days, "
        "change: {services.ward.places: minus 2}}"
    )
    assert story.capacity == [(0, "ward", 2), (begins, "ward", 0), (begins + 9, "ward", 2)]


def test_it_happens_from_the_start_of_the_warm_up() -> None:
    (begins,) = happens_at("failure", 1, start=-10.0)
    story = told(
        "failure: {happens: 1 per day, at_most: 1, lasts: 1 day, change: {services.ward.places: minus 1}}",
        warm_up=10,
    )
    assert begins < 0
    assert story.capacity == [(-10, "ward", 2), (begins, "ward", 1), (begins + 1, "ward", 2)]


def test_a_ramp_takes_its_steps_from_the_beginning_of_the_episode() -> None:
    """Half of it in the first day and in the last, all of it between."""
    (begins,) = happens_at("failure", 1)
    story = told(
        "failure: {happens: 1 per day, at_most: 1, lasts: 3 days, ramp: 2 days, change: {services.ward.places: minus 2}}"
    )
    assert story.capacity == [
        (0, "ward", 2),
        (begins, "ward", 1),
        (begins + 1, "ward", 0),
        (begins + 2, "ward", 1),
        (begins + 3, "ward", 2),
    ]


def test_a_closed_door_opens_again() -> None:
    """No admissions while there is an outbreak: Ada and Bo are cared for, Cy is admitted as it ends."""
    (begins,) = happens_at("surge", 1)
    assert begins < 1
    story = told(
        "surge: {happens: 1 per day, at_most: 1, lasts: 3 days, change: {services.ward.intake: {mon-sun: 0 per day}}}",
        "  ward: {places: 3, care_time: 6 days, next: home}",
    )
    assert story.admissions("ward") == [(0, "ada"), (0, "bo"), (begins + 3, "cy")]


def test_an_event_of_every_year_holds_in_the_warm_up_too() -> None:
    """From 20 to 30 April each year; the run is from 4 April 2019 to 30 May 2020."""
    story = run(
        world(
            ONE_WARD,
            COMES,
            warm_up=60,
            days=363,
            more="events: {fair: {every: year, from: 04-20, to: 04-30, change: {services.ward.places: plus 1}}}",
        )
    )
    assert story.capacity == [
        (-60, "ward", 2),
        (-44, "ward", 3),
        (-33, "ward", 2),
        (322, "ward", 3),
        (333, "ward", 2),
    ]


def test_an_event_of_every_year_goes_on_over_new_year_and_may_have_begun_before_the_run() -> None:
    """Winter, with a ramp: on 1 January 2019 it is long at its full strength; its last day is 31 January."""
    story = run(
        world(
            ONE_WARD,
            COMES,
            start="2019-01-01",
            days=365,
            more="events: {winter: {every: year, from: 10-01, to: 01-31, ramp: 2 days, "
            "change: {services.ward.places: plus 2}}}",
        )
    )
    assert story.capacity == [
        (0, "ward", 4),
        (30, "ward", 3),
        (31, "ward", 2),
        (273, "ward", 3),
        (274, "ward", 4),
    ]


def test_each_provider_of_a_count_closes_by_itself() -> None:
    """Ada leaves the first and Bo the second of two homes when it is closed: Cy waits for the first to open."""
    path = "services.ward.providers.court_{}"
    (first,), (second,) = (happens_at("failure", 1, path.format(number)) for number in (1, 2))
    assert 0 < first < second < 2
    story = told(
        "failure: {happens: 1 per day, at_most: 1, lasts: 9 days, each: services.ward.providers.court, "
        "change: {closed: true}}",
        "  ward: {providers: {court: {count: 2, places: 1}}, care_time: {by: who, ada: 2 days, else: 6 days}, "
        "next: home}",
    )
    assert story.admissions("ward") == [(0, "ada"), (0, "bo"), (first + 9, "cy")]
