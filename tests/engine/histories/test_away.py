"""Rule 9: people in care go to hospital, and their place is kept for a time.

How much hazard Ada bears is drawn for her, so the instant she leaves is known beforehand.
"""

from __future__ import annotations

from caresim.grid import on_grid
from engine.histories.tiny import Story, bears, lifetime, run, tables, world

OFF = on_grid(bears("ada"))
"""When Ada leaves for hospital, under a hazard of 1 a day."""
ONLY_ADA = "{by: who, ada: 1 per day, else: 0 per day}"
TWO = {"ada": (0.0, "care"), "bo": (0.125, "care")}


def services(away: str, ward: str = "places: 2, care_time: 2 days", care: str = "") -> str:
    """One place in care for 15 hours of Ada and 5 days of everybody else, and a ward that sends to the hospice."""
    return f"""
  care: {{places: 1, care_time: {{by: who, ada: 15 hours, else: 5 days}}, next: home, away: {{rate: {ONLY_ADA},
    to: ward, {away}}}{care}}}
  ward: {{{ward}, next: hospice}}
"""


def adas_story(away: str, comes: dict[str, tuple[float, str]] = TWO, **more: str) -> Story:
    return run(world(services(away, **more), comes))


def test_ada_leaves_once_in_these_stories() -> None:
    assert 0.25 < OFF < 0.625 < OFF + bears("ada", 1)


def test_whoever_is_back_in_time_has_their_place_again_without_a_wait() -> None:
    """Paid for a day of the two; care goes on for what was left; Bo waits for the place all the while."""
    story = adas_story("keep: 3 days, pay: 1 day")
    assert story.of("ada") == [
        (0, "ada", "admitted", "care"),
        (OFF, "ada", "admitted", "ward"),
        (OFF + 2, "ada", "ready", "ward"),
        (OFF + 2, "ada", "leaves for care", "ward"),
        (2.625, "ada", "ready", "care"),
        (2.625, "ada", "leaves for home", "care"),
    ]
    assert story.away == [(OFF, OFF + 1, "ada", "paid", "care"), (OFF + 1, OFF + 2, "ada", "unpaid", "care")]
    assert [flow for flow in story.flows if flow[1] == "ada"] == [
        (0, "ada", "care", "next"),
        (OFF, "ada", "ward", "away"),
        (OFF + 2, "ada", "care", "restarted"),
        (2.625, "ada", "home", "next"),
    ]
    assert story.admissions("care") == [(0, "ada"), (2.625, "bo")]


def test_a_place_is_paid_as_long_as_it_is_kept_unless_told_otherwise() -> None:
    assert adas_story("keep: 3 days").away == [(OFF, OFF + 2, "ada", "paid", "care")]
    assert adas_story("keep: 1 day, pay: 3 days").away == [(OFF, OFF + 1, "ada", "paid", "care")]
    assert adas_story("keep: 3 days, pay: 0 days").away == [(OFF, OFF + 2, "ada", "unpaid", "care")]


def test_whoever_is_back_too_late_waits_for_a_new_place_delayed_in_hospital() -> None:
    """Bo has the place after a day and for five; then Ada has the care time she had left."""
    story = adas_story("keep: 1 day")
    assert story.of("ada") == [
        (0, "ada", "admitted", "care"),
        (OFF, "ada", "admitted", "ward"),
        (OFF + 1, "ada", "leaves for ward", "care"),
        (OFF + 2, "ada", "ready", "ward"),
        (OFF + 2, "ada", "waits", "care"),
        (OFF + 6, "ada", "leaves for care", "ward"),
        (OFF + 6, "ada", "admitted", "care"),
        (6.625, "ada", "ready", "care"),
        (6.625, "ada", "leaves for home", "care"),
    ]
    assert story.held_up == [(OFF + 2, OFF + 6, "ada", "delayed for care", "ward")]
    assert (OFF + 6, "ada", "care", "resourced") in story.flows


def test_a_place_that_is_not_kept_is_given_up_at_once() -> None:
    story = adas_story("keep: 0 days")
    assert story.admissions("care") == [(0, "ada"), (OFF, "bo"), (OFF + 5, "ada")]
    assert story.away == []


def test_the_place_is_gone_if_its_time_is_up_at_the_very_instant_of_coming_back() -> None:
    story = adas_story("keep: 2 days")
    assert story.admissions("care") == [(0, "ada"), (OFF + 2, "bo"), (OFF + 7, "ada")]


def test_the_time_of_keeping_runs_while_they_wait_for_a_bed() -> None:
    """Cy has the only bed for two days: Ada waits for it outside, as her place falls free after one."""
    story = adas_story(
        "keep: 1 day",
        {**TWO, "cy": (0, "ward")},
        ward="places: 1, care_time: 2 days",
    )
    assert story.admissions("care") == [(0, "ada"), (OFF + 1, "bo"), (OFF + 6, "ada")]
    assert (OFF, 2, "ada", "ward", "outside") in story.waiting
    assert (2, "ada", "ward", "away") in story.flows


def test_whoever_finds_no_room_to_wait_for_a_bed_goes_on_with_their_care() -> None:
    story = adas_story(
        "keep: 1 day",
        {**TWO, "cy": (0, "ward")},
        ward="places: 1, care_time: 2 days, queue: {room: 0, else: home}",
    )
    assert story.of("ada") == [
        (0, "ada", "admitted", "care"),
        (OFF, "ada", "turned away to care", "ward"),
        (0.625, "ada", "ready", "care"),
        (0.625, "ada", "leaves for home", "care"),
    ]
    assert story.away == []


def test_whoever_finds_no_room_and_kept_no_place_waits_for_a_new_one() -> None:
    story = adas_story(
        "keep: 0 days",
        {**TWO, "cy": (0, "ward")},
        ward="places: 1, care_time: 2 days, queue: {room: 0, else: home}",
    )
    assert story.admissions("care") == [(0, "ada"), (OFF, "bo"), (OFF + 5, "ada")]
    assert (OFF, OFF + 5, "ada", "care", "outside") in story.waiting


def test_nobody_loses_patience_with_a_bed_they_wait_for_from_care() -> None:
    """The ward's own rules for those who wait are for others: Dee gives up, Ada does not."""
    story = adas_story(
        "keep: 1 day",
        {"ada": (0, "care"), "cy": (0, "ward"), "dee": (0.25, "ward")},
        ward="places: 1, care_time: 2 days, give_up: {after: 1 day, to: home}",
    )
    assert story.admissions("ward") == [(0, "cy"), (2, "ada")]
    assert (1.25, "dee", "gives up for home", "ward") in story.history


def test_whoever_goes_elsewhere_from_hospital_frees_the_place_as_they_are_ready() -> None:
    story = adas_story("keep: 9 days, next: hospice")
    assert story.admissions("care") == [(0, "ada"), (OFF + 2, "bo")]
    assert (OFF + 2, "ada", "hospice", "next") in story.flows


def test_whoever_dies_in_hospital_dies_there_and_the_place_is_free() -> None:
    """Half of the hazard is the ward's own: until she is in it Ada bears none."""
    dead = OFF + on_grid(2 * lifetime("ada"))
    story = adas_story(
        "keep: 9 days",
        ward=f"places: 2, care_time: 9 days, mortality: {ONLY_ADA.replace('1 per', '0.5 per')}",
    )
    assert dead < OFF + 9
    assert (dead, "ada", "dies", "ward") in story.history
    assert (dead, "ada", "leaves for ward", "care") in story.history
    assert story.admissions("care") == [(0, "ada"), (dead, "bo")]


def test_whoever_dies_waiting_for_a_bed_dies_in_the_place_kept_and_bears_its_hazard() -> None:
    """Cy has the only bed for nine days."""
    mortality = f", mortality: {ONLY_ADA.replace('1 per', '0.25 per')}"
    dead = on_grid(4 * lifetime("ada"))
    story = adas_story(
        "keep: 9 days",
        {**TWO, "cy": (0, "ward")},
        ward="places: 1, care_time: 9 days",
        care=mortality,
    )
    assert OFF < dead < 9
    assert (dead, "ada", "dies", "care") in story.history
    assert (dead, "ada", "dies waiting", "ward") in story.history
    assert story.admissions("care") == [(0, "ada"), (dead, "bo")]


def test_weeks_of_an_amount_that_tapers_stand_still() -> None:
    """Off from 20 x OFF to six days later, over the end of the second week; fourteen days of care end on day 20."""
    off = on_grid(20 * bears("ada"))
    story = run(
        world(
            """
  care: {hours: 30 per week, amount: {first: 28 hours per week, last: 7 hours per week}, care_time: 14 days,
    next: home, away: {rate: 0.05 per day, to: ward, keep: 9 days}}
  ward: {places: 1, care_time: 6 days, next: hospice}
""",
            {"ada": (0, "care")},
        )
    )
    assert 7 < off < 14 < off + 6
    assert off + 20 * bears("ada", 1) > 14
    assert story.amounts == [(0, 7, "ada", "care", 28), (7, 20, "ada", "care", 17.5)]


def test_the_amount_and_its_week_go_on_in_a_new_place() -> None:
    """The hours fall free on the ninth day of care; she asks for as many again, and ends after 14 days of care."""
    off = on_grid(20 * bears("ada"))
    story = run(
        world(
            """
  care: {hours: 30 per week, amount: {first: 28 hours per week, last: 7 hours per week}, care_time: 14 days,
    next: home, away: {rate: 0.05 per day, to: ward, keep: 1 day}}
  ward: {places: 1, care_time: 6 days, next: hospice}
""",
            {"ada": (0, "care")},
        )
    )
    assert story.amounts == [
        (0, 7, "ada", "care", 28),
        (7, off + 1, "ada", "care", 17.5),
        (off + 6, 20, "ada", "care", 17.5),
    ]


def test_care_that_is_over_and_not_yet_seen_is_left_for_the_next_round() -> None:
    """Her care ends early on the first day, nobody has seen it when she leaves; so she is ready at the first round."""
    story = run(
        world(
            f"""
  care: {{places: 1, care_time: 3 hours, next: home, rounds: {{hours: 15:00-16:00}},
    away: {{rate: {ONLY_ADA}, to: ward, keep: 3 days}}}}
  ward: {{places: 1, care_time: 2 days, next: hospice}}
""",
            {"ada": (0, "care")},
        )
    )
    assert 0.125 < OFF < 0.625 < OFF + bears("ada", 1)
    assert (2.625, "ada", "ready", "care") in story.history


def test_a_kept_place_is_in_no_deadlock() -> None:
    """Bo has the only bed and waits for care, Ada the only place in care and waits for a bed: until it is over."""
    story = run(
        world(
            services("keep: 2 days", ward="places: 1, care_time: 6 hours").replace(
                "next: hospice", "next: {by: who, bo: care, else: hospice}"
            ),
            {"ada": (0, "care"), "bo": (0.125, "ward")},
        )
    )
    assert story.counts == {}
    assert story.admissions("care")[:2] == [(0, "ada"), (OFF + 2, "bo")]
    assert story.admissions("ward") == [(0.125, "bo"), (OFF + 2, "ada")]


def test_a_new_place_and_a_bed_that_wait_for_each_other_are_exchanged() -> None:
    """Ada, ready, has the only bed and wants a place; Bo, ready, has the only place and wants a bed."""
    story = run(
        world(
            f"""
  care: {{places: 1, care_time: {{by: who, ada: 15 hours, else: 3 days}}, next: {{by: who, bo: ward, else: home}},
    away: {{rate: {ONLY_ADA}, to: ward, keep: 1 day}}}}
  ward: {{places: 1, care_time: 2 days, next: hospice}}
""",
            TWO,
        )
    )
    assert story.counts == {
        ("deadlock_cycles", "care"): 1,
        ("deadlock_moves", "care"): 1,
        ("deadlock_moves", "ward"): 1,
    }
    assert story.admissions("ward") == [(OFF, "ada"), (OFF + 4, "bo")]


def test_a_wait_for_a_new_place_may_be_given_up_as_any_other() -> None:
    story = adas_story("keep: 1 day", care=", give_up: {after: 2 days, to: home}")
    assert (OFF + 4, "ada", "gives up for home", "ward") in story.history


def test_a_stand_in_for_a_new_place_keeps_their_turn_and_the_care_time_left() -> None:
    """Bo has the place from a day after; Ada is in reablement meanwhile, and then has what was left of her care."""
    story = run(
        world(
            services(
                "keep: 1 day", care=", instead: [{after: 1 day, to: reab, keeps_turn: true, only_from: ward}]"
            )
            + "  reab: {places: 1, care_time: 30 days, next: home}",
            TWO,
        )
    )
    assert (OFF + 3, OFF + 6, "ada", "bridging for care", "reab") in story.held_up
    assert (6.625, "ada", "ready", "care") in story.history


def test_a_rate_that_changes_is_borne_from_then_on() -> None:
    """A quarter a day, and from day 1 on four times as much."""
    off = 1 + on_grid(bears("ada") - 0.25)
    story = run(
        world(
            """
  care: {places: 1, care_time: 9 days, next: home, away: {rate: 0.25 per day, to: ward, keep: 3 days}}
  ward: {places: 1, care_time: 90 days, next: hospice}
""",
            {"ada": (0, "care")},
            more="events: {more: {from: 2019-06-04, change: {services.care.away.rate: times 4}}}",
        )
    )
    assert 1 < off < 9
    assert story.away == [(off, off + 3, "ada", "paid", "care")]


def test_people_of_the_start_may_be_away_too() -> None:
    story = run(
        world(
            """
  care: {places: 4, care_time: 90 days, next: home, away: {rate: 0.5 per day, to: ward, keep: 3 days},
    start_with: {in_care: 4}}
  ward: {places: unlimited, care_time: 1 day, next: hospice}
""",
            {"ada": (0, "care")},
        )
    )
    assert {who for _, _, who, _, _ in story.away} >= {"ada 1", "ada 2", "ada 3", "ada 4"}


def test_everybody_goes_to_the_hospital_of_who_they_are_when_they_leave() -> None:
    """Ada and Bo by name; Cy by the site that triage gave him, Dee by `else`, for she has none; nobody comes back."""
    story = run(
        world(
            """
  triage: {places: 9, care_time: 6 hours, sets: {site: {by: who, cy: west, else: east}}, next: care}
  care: {places: 9, care_time: 9 days, next: home, away: {rate: 1 per day, keep: 2 days,
    to: {by: who, ada: ward, bo: cottage, else: {by: site, east: ward, west: cottage, else: infirmary}}}}
  ward: {places: 9, care_time: 90 days, next: hospice}
  cottage: {places: 9, care_time: 90 days, next: hospice}
  infirmary: {places: 9, care_time: 90 days, next: hospice}
""",
            {"ada": (0, "care"), "bo": (0.125, "care"), "cy": (0, "triage"), "dee": (0.5, "care")},
        )
    )
    off = {
        who: since + on_grid(bears(who))
        for who, since in (("ada", 0), ("bo", 0.125), ("cy", 0.25), ("dee", 0.5))
    }
    assert [flow for flow in story.flows if flow[3] == "away"] == [
        (off["ada"], "ada", "ward", "away"),
        (off["bo"], "bo", "cottage", "away"),
        (off["cy"], "cy", "cottage", "away"),
        (off["dee"], "dee", "infirmary", "away"),
    ]
    # Each leaves the place, once it is not kept any more, for the hospital they are in.
    assert [line for line in story.history if line[3] == "care" and line[2].startswith("leaves")] == [
        (off["ada"] + 2, "ada", "leaves for ward", "care"),
        (off["bo"] + 2, "bo", "leaves for cottage", "care"),
        (off["cy"] + 2, "cy", "leaves for cottage", "care"),
        (off["dee"] + 2, "dee", "leaves for infirmary", "care"),
    ]


def test_two_people_come_back_each_from_their_own_hospital() -> None:
    """A day in the ward, two in the cottage hospital; its only bed is Cy's for the first three days."""
    story = run(
        world(
            """
  care: {places: 2, care_time: 9 days, next: home,
    away: {rate: {by: who, cy: 0 per day, else: 1 per day}, to: {by: who, ada: ward, else: cottage}, keep: 9 days}}
  ward: {places: 1, care_time: 1 day, next: hospice}
  cottage: {places: 1, care_time: {by: who, cy: 3 days, else: 2 days}, next: home}
""",
            {**TWO, "cy": (0, "cottage")},
        )
    )
    bo = 0.125 + on_grid(bears("bo"))
    assert story.admissions("ward")[0] == (OFF, "ada")
    assert story.admissions("cottage")[:2] == [(0, "cy"), (3, "bo")]
    assert (bo, 3, "bo", "cottage", "outside") in story.waiting
    assert (OFF + 1, "ada", "care", "restarted") in story.flows
    assert (5, "bo", "care", "restarted") in story.flows


def test_one_stay_goes_on_while_the_place_is_kept_and_is_left_for_the_hospital_when_it_ends() -> None:
    kept, gone = (
        tables(world(services(f"keep: {days} days"), TWO))["stays"].query(
            "who == 'ada' and service == 'care'"
        )
        for days in (3, 1)
    )
    assert kept[["admitted_at", "left_at", "went_to"]].values.tolist() == [[0, 2.625, "home"]]
    assert gone[["admitted_at", "left_at", "went_to", "outcome"]].values.tolist() == [
        [0, OFF + 1, "ward", "left"],
        [OFF + 6, 6.625, "home", "left"],
    ]
    assert gone["came_from"].tolist()[1] == "ward"
