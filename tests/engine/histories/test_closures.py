"""Closures: a provider admits nobody any more, and who is there moves to another, or is put out on the day."""

from __future__ import annotations

from engine.histories.tiny import Story, run, world

SIXTH = "2019-06-07"
"""Day 4."""


def story_of(
    providers: str,
    comes: dict[str, tuple[float, str]],
    *,
    closed: str = "{notice: 3 days}",
    care_time: str = "10 days",
    more: str = "",
    services: str = "",
    to: str = "",
    also: tuple[str, ...] = (),
    after: str = "home",
) -> Story:
    """What happened where west closes on day 4, with three days' notice."""
    care = (
        f"  care: {{providers: {{{providers}}}, care_time: {care_time}, next: {after}, fill: [west]{more}}}"
    )
    event = f"{{from: {SIXTH}{to}, change: {{services.care.providers.west.closed: {closed}}}}}"
    return run(world(f"{services}\n{care}", comes, also=also, more=f"events: {{closure: {event}}}"))


# ------------------------------------------------------------------ moving


def test_who_is_there_moves_before_everybody_who_waits_and_goes_on_with_their_care() -> None:
    """Ada, six days to go, takes the place that falls free at 5, though Bo has waited for it since 2."""
    story = story_of(
        "west: {places: 1}, east: {places: 1}",
        {"ada": (0, "care"), "cy": (0, "care"), "bo": (2, "care")},
        care_time="{by: who, cy: 5 days, else: 10 days}",
    )
    assert story.with_provider == [
        (0, 5, "ada", "west"),
        (5, 10, "ada", "east"),
        (10, 20, "bo", "east"),
        (0, 5, "cy", "east"),
    ]
    assert (5, "ada", "care", "closed") in story.flows
    assert story.of("ada") == [
        (0, "ada", "admitted", "care"),
        (4, "ada", "waits", "care"),
        (5, "ada", "leaves for care", "care"),
        (5, "ada", "admitted", "care"),
        (10, "ada", "ready", "care"),
        (10, "ada", "leaves for home", "care"),
    ]
    assert story.held_up == []
    assert story.counts == {}


def test_one_moves_and_one_is_put_out_on_the_day_and_waits_outside_before_everybody() -> None:
    """At 5 Ada takes Eve's place. Dee has lost hers at 7, waits outside, and has 3 of her 10 days left at 10."""
    story = story_of(
        "west: {places: 2}, east: {places: 1}",
        {"ada": (0, "care"), "dee": (0, "care"), "eve": (0, "care"), "bo": (2, "care")},
        care_time="{by: who, eve: 5 days, else: 10 days}",
    )
    assert [line for line in story.with_provider if line[2] in ("ada", "dee")] == [
        (0, 5, "ada", "west"),
        (5, 10, "ada", "east"),
        (0, 7, "dee", "west"),
        (10, 13, "dee", "east"),
    ]
    assert (13, 23, "bo", "east") in story.with_provider
    assert [line for line in story.waiting if line[2] == "dee"] == [
        (4, 7, "dee", "care", "care"),
        (7, 10, "dee", "care", "outside"),
    ]
    assert story.counts == {("put_out", "care"): 1}


def test_care_that_ends_before_a_place_is_found_ends_where_it_is() -> None:
    """Ada has care until 6, a day before the last."""
    story = story_of("west: {places: 1}, east: {places: 0}", {"ada": (0, "care")}, care_time="6 days")
    assert story.since(4) == [
        (4, "ada", "waits", "care"),
        (6, "ada", "ready", "care"),
        (6, "ada", "leaves for home", "care"),
        (6, "ada", "stops waiting for nowhere", "care"),
    ]
    assert story.counts == {}


def test_closed_to_admissions_only_who_is_there_stays_and_it_opens_again() -> None:
    """Bo, who comes at 5, waits until the day after the last of the closure, 8; Ada notices nothing."""
    story = story_of(
        "west: {places: 2}", {"ada": (0, "care"), "bo": (5, "care")}, closed="true", to=", to: 2019-06-10"
    )
    assert story.with_provider == [(0, 10, "ada", "west"), (8, 18, "bo", "west")]


def test_a_closure_called_off_leaves_everybody_where_they_are() -> None:
    """The last day of the closure is day 5: nobody has moved, for east was full, and nobody has to."""
    story = story_of(
        "west: {places: 1}, east: {places: 1}",
        {"ada": (0, "care"), "bo": (0, "care"), "cy": (5, "care")},
        to=", to: 2019-06-08",
    )
    assert story.with_provider == [(0, 10, "ada", "west"), (0, 10, "bo", "east"), (10, 20, "cy", "west")]
    assert (6, "ada", "stops waiting for nowhere", "care") in story.history


def test_without_notice_everybody_is_out_at_once() -> None:
    story = story_of("west: {places: 1}, east: {places: 1}", {"ada": (0, "care")}, closed="{notice: 0 days}")
    assert story.with_provider == [(0, 4, "ada", "west"), (4, 10, "ada", "east")]
    assert story.counts == {("put_out", "care"): 1}


def test_who_was_put_out_is_not_turned_away_but_takes_room_as_long_as_they_wait_outside() -> None:
    """There is room for one outside, and Ada is there from 4 to 20: Cy is turned away at 5, Dee waits at 21."""
    story = story_of(
        "west: {places: 1}, east: {places: 1}",
        {"ada": (0, "care"), "bo": (0, "care"), "cy": (5, "care"), "dee": (21, "care")},
        closed="{notice: 0 days}",
        care_time="{by: who, bo: 20 days, else: 10 days}",
        more=", queue: {room: 1}",
    )
    assert story.of("cy") == [(5, "cy", "turned away to nowhere", "care")]
    assert story.admissions("care") == [(0, "ada"), (0, "bo"), (20, "ada"), (26, "dee")]


def test_nobody_moves_to_a_provider_that_does_not_take_them() -> None:
    story = story_of(
        "west: {places: 1}, east: {places: 1, takes: {who: bo}}, north: {places: 1, takes: {who: ada}, opens: {days: sun}}",
        {"ada": (0, "care")},
        also=("bo",),
    )
    assert story.with_provider == [(0, 6, "ada", "west"), (6, 10, "ada", "north")]


def test_an_empty_provider_has_no_capacity_until_it_opens_again() -> None:
    """Three places of which west has two; from day 7 to the last day of the closure, day 9, one."""
    story = story_of("west: {places: 2}, east: {places: 1}", {"ada": (20, "care")}, to=", to: 2019-06-12")
    assert story.capacity == [(0, "care", 3), (7, "care", 1), (10, "care", 3)]


# ------------------------------------------------------------------ who is ready, bridging or away


def test_who_is_ready_already_goes_on_waiting_for_what_they_wait_for_and_then_outside() -> None:
    """Ada, ready since 2, waits for the nursing home that Cy leaves at 9: delayed until 7, outside after."""
    story = story_of(
        "west: {places: 1}, east: {places: 1}",
        {"cy": (0, "nursing"), "ada": (0, "care")},
        care_time="2 days",
        services="  nursing: {places: 1, care_time: 9 days, next: home}",
        after="nursing",
    )
    assert story.held_up == [(2, 7, "ada", "delayed for nursing", "care")]
    assert [line for line in story.waiting if line[2] == "ada"] == [
        (2, 7, "ada", "nursing", "care"),
        (7, 9, "ada", "nursing", "outside"),
    ]
    assert story.admissions("nursing") == [(0, "cy"), (9, "ada")]
    assert story.counts == {("put_out", "care"): 1}


def test_a_place_kept_for_who_is_in_hospital_is_gone_on_the_day() -> None:
    """Ada is in hospital over day 7: she comes back to another provider, which has a place."""
    services = "  ward: {kind: acute, places: 1, care_time: 30 days, next: home}"
    story = story_of(
        "west: {places: 1}, east: {places: 1}",
        {"ada": (0, "care")},
        care_time="100 days",
        services=services,
        more=", away: {rate: 1 per day, to: ward, keep: 40 days}",
    )
    (start, end, who, state, service), *_ = story.away
    assert (who, state, service) == ("ada", "paid", "care")
    assert start < 7
    assert end == 7
    back = start + 30
    assert [(line[0], line[3]) for line in story.with_provider[:2]] == [(0, "west"), (back, "east")]
    assert (back, "ada", "care", "resourced") in story.flows
