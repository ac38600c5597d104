"""A service that closes has no providers but itself; and people who are put out may be sent somewhere."""

from __future__ import annotations

import pytest

from caresim.grid import on_grid
from engine.histories.tiny import Story, bears, run, world

SIXTH = "2019-06-07"
"""Day 4."""
TWO = {"ada": (0, "care"), "bo": (5, "care")}


def story_of(
    comes: dict[str, tuple[float, str]],
    closed: str,
    *,
    care: str = "places: 2",
    care_time: str = "10 days",
    more: str = "",
    services: str = "",
    to: str = "",
    path: str = "services.care",
    mortality: str = "",
) -> Story:
    """What happened where care, or a provider of it, closes on day 4."""
    event = f"{{from: {SIXTH}{to}, change: {{{path}.closed: {closed}}}}}"
    lines = f"{services}\n  care: {{{care}, care_time: {care_time}, next: home{more}}}"
    return run(world(lines, comes, more=f"events: {{closure: {event}}}", mortality=mortality))


# ------------------------------------------------------------------ a service without providers


def test_closed_to_admissions_it_keeps_who_is_there_and_admits_again_when_it_opens() -> None:
    """Bo comes at 5 and waits until 8, the day after the last of the closure."""
    story = story_of(TWO, "true", to=", to: 2019-06-10")
    assert story.admissions("care") == [(0, "ada"), (8, "bo")]
    assert (10, "ada", "ready", "care") in story.history
    assert story.counts == {}


def test_on_the_last_day_of_a_notice_everybody_is_out_and_waits_for_it_to_open() -> None:
    """Ada is out at 7, before Bo in the queue; it opens at 10, with 3 of her 10 days left."""
    story = story_of(TWO, "{notice: 3 days}", care="places: 1", to=", to: 2019-06-12")
    assert story.of("ada") == [
        (0, "ada", "admitted", "care"),
        (4, "ada", "waits", "care"),
        (7, "ada", "leaves for care", "care"),
        (10, "ada", "admitted", "care"),
        (13, "ada", "ready", "care"),
        (13, "ada", "leaves for home", "care"),
    ]
    assert story.admissions("care") == [(0, "ada"), (10, "ada"), (13, "bo")]
    assert story.capacity == [(0, "care", 1), (7, "care", 0), (10, "care", 1)]
    assert story.counts == {("put_out", "care"): 1}


@pytest.mark.parametrize("closed", ["true", "{notice: 3 days}", "{notice: 2 days, else: hospice}"])
@pytest.mark.parametrize(
    "has", ["places: 2", "hours: 22 per week, queue: {skip: {until_waited: 1 day}}, amount: 10 hours per week"]
)
def test_it_closes_as_its_only_provider_would(closed: str, has: str) -> None:
    comes = {"ada": (0, "care"), "bo": (1, "care"), "cy": (2, "care"), "dee": (5, "care")}
    unit, rest = has.split(",", 1) if "," in has else (has, "")
    own = story_of(comes, closed, care=has, to=", to: 2019-06-11")
    whole = f"providers: {{care: {{{unit}}}}}" + (f",{rest}" if rest else "")
    only = story_of(comes, closed, care=whole, to=", to: 2019-06-11", path="services.care.providers.care")
    assert own == only
    assert own.with_provider


def test_what_staff_make_closes_with_the_service_and_is_there_again_when_it_opens() -> None:
    """Two workers make two places; nobody is left at 7, and Ada goes on when it opens at 10."""
    staff = "staff: {carers: {posts: 2, in_post: 2, joiners: 0 per day, leavers: 0% per year}}"
    event = f"events: {{c: {{from: {SIXTH}, to: 2019-06-12, change: {{services.care.closed: {{notice: 3 days}}}}}}}}"
    care = "  care: {places: {staff: carers, per_worker: 1}, care_time: 10 days, next: home}"
    story = run(world(care, TWO, more=f"{staff}\n{event}"))
    assert story.admissions("care") == [(0, "ada"), (10, "ada"), (10, "bo")]
    assert story.capacity == [(0, "care", 2), (7, "care", 0), (10, "care", 2)]


def test_an_event_that_is_off_closes_nothing() -> None:
    text = world("  care: {places: 1, care_time: 3 days, next: home}", {"ada": (0, "care"), "bo": (5, "care")})
    event = f"events: {{closure: {{from: {SIXTH}, active: false, change: {{services.care.closed: true}}}}}}"
    story, without = run(text + event), run(text)
    assert story.history == without.history
    assert story.with_provider == [(0, 3, "ada", "care"), (5, 8, "bo", "care")]


def test_a_step_that_closes_finishes_what_is_under_way_and_begins_nothing() -> None:
    services = "  ward: {places: 3, care_time: 3 days, next: team}"
    lines = f"""{services}
  team: {{in_place: true, places: 1, care_time: 2 days, next: home}}"""
    event = f"events: {{closure: {{from: {SIXTH}, change: {{services.team.closed: true}}}}}}"
    story = run(world(lines, {"ada": (0, "ward"), "bo": (2, "ward")}, more=event))
    assert story.admissions("team") == [(3, "ada")]
    assert (5, "ada", "ends", "team") in story.history
    assert story.held_up[-1][:4] == (5, 60, "bo", "delayed for team")


def test_closing_a_service_closes_all_its_providers_and_the_earlier_day_holds() -> None:
    """East closes at 4 with two days' notice, the service at 5 with five: Ada has until 6, Bo until 10."""
    events = """events:
  first: {from: 2019-06-07, change: {services.care.providers.east.closed: {notice: 2 days}}}
  all: {from: 2019-06-08, change: {services.care.closed: {notice: 5 days, else: hospice}}}
"""
    care = "  care: {providers: {east: {places: 1}, west: {places: 1}}, fill: [east], care_time: 20 days, next: home}"
    story = run(world(care, {"ada": (0, "care"), "bo": (1, "care")}, more=events))
    assert story.with_provider == [(0, 6, "ada", "east"), (1, 10, "bo", "west")]
    assert (10, "bo", "hospice", "closed") in story.flows
    assert not [flow for flow in story.flows if flow[1] == "ada" and flow[3] == "closed"]


# ------------------------------------------------------------------ where people go who are put out


def test_who_has_found_no_place_by_the_day_leaves_by_the_exit_that_is_said() -> None:
    story = story_of(TWO, "{notice: 3 days, else: hospice}")
    assert story.of("ada") == [
        (0, "ada", "admitted", "care"),
        (4, "ada", "waits", "care"),
        (7, "ada", "leaves for care", "care"),
        (7, "ada", "stops waiting for hospice", "care"),
    ]
    assert (7, "ada", "hospice", "closed") in story.flows
    assert story.admissions("care") == [(0, "ada")]
    assert story.counts == {("put_out", "care"): 1}


def test_who_finds_a_place_in_time_moves_and_nobody_sends_them_on() -> None:
    """Of the two in west Ada takes Eve's place at 5; only Dee is put out."""
    story = story_of(
        {"ada": (0, "care"), "dee": (0, "care"), "eve": (0, "care")},
        "{notice: 3 days, else: hospice}",
        care="providers: {west: {places: 2}, east: {places: 1}}, fill: [west]",
        care_time="{by: who, eve: 5 days, else: 10 days}",
        path="services.care.providers.west",
    )
    assert (5, 10, "ada", "east") in story.with_provider
    assert (7, "dee", "hospice", "closed") in story.flows
    assert not [flow for flow in story.flows if flow[1:] == ("ada", "hospice", "closed")]


def test_without_notice_whom_another_provider_has_room_for_at_that_instant_is_not_sent_on() -> None:
    """East has one place free at 4, and Ada comes before Bo."""
    story = story_of(
        {"ada": (0, "care"), "bo": (0, "care")},
        "{notice: 0 days, else: hospice}",
        care="providers: {west: {places: 2}, east: {places: 1}}, fill: [west]",
        path="services.care.providers.west",
    )
    assert story.with_provider == [(0, 4, "ada", "west"), (4, 10, "ada", "east"), (0, 4, "bo", "west")]
    assert (4, "bo", "hospice", "closed") in story.flows


def test_another_service_is_asked_for_anew_and_its_room_holds() -> None:
    """By who they are: Ada goes to the home, Bo, who comes second, finds no room to wait for it."""
    story = story_of(
        {"ada": (0, "care"), "bo": (0, "care"), "cy": (0, "care"), "dee": (0, "nursing")},
        "{notice: 1 day, else: {by: who, cy: hospice, else: nursing}}",
        care="places: 3",
        services="  nursing: {places: 1, care_time: 6 days, next: home, queue: {room: 1, else: hospice}}",
    )
    assert story.admissions("nursing") == [(0, "dee"), (6, "ada")]
    assert (5, 6, "ada", "nursing", "outside") in story.waiting
    assert (6, "ada", "nursing", "closed") in story.flows
    assert (5, "bo", "turned away to hospice", "nursing") in story.history
    assert (5, "cy", "hospice", "closed") in story.flows
    assert (12, "ada", "ready", "nursing") in story.history


def test_who_is_ready_goes_on_waiting_outside_for_what_they_wait_for() -> None:
    services = "  nursing: {places: 1, care_time: 9 days, next: home}"
    comes = {"cy": (0, "nursing"), "ada": (0, "care")}
    lines = f"{services}\n  care: {{places: 2, care_time: 2 days, next: nursing}}"
    event = f"events: {{c: {{from: {SIXTH}, change: {{services.care.closed: {{notice: 1 day, else: hospice}}}}}}}}"
    story = run(world(lines, comes, more=event))
    assert story.admissions("nursing") == [(0, "cy"), (9, "ada")]
    assert (5, 9, "ada", "nursing", "outside") in story.waiting


# ------------------------------------------------------------------ in hospital meanwhile

OFF = on_grid(bears("ada"))
"""When Ada leaves for hospital, under a hazard of 1 a day."""
ONLY_ADA = "{by: who, ada: 1 per day, else: 0 per day}"


def test_whose_place_closed_while_they_were_in_hospital_goes_where_it_says_as_they_are_ready() -> None:
    story = story_of(
        {"ada": (0, "care")},
        "{notice: 1 day, else: hospice}",
        services="  ward: {places: 1, care_time: 9 days, next: home}",
        more=f", away: {{rate: {ONLY_ADA}, to: ward, keep: 30 days}}",
    )
    assert story.away == [(OFF, 5, "ada", "paid", "care")]
    assert (OFF + 9, "ada", "hospice", "next") in story.flows
    assert story.counts == {("put_out", "care"): 1}


def test_who_is_put_out_of_a_hospital_goes_back_to_the_place_that_is_kept() -> None:
    """Ada, in the ward from OFF, is out at 2: her place is kept, and the rest of her care is to come."""
    event = "events: {c: {from: 2019-06-05, change: {services.ward.closed: {notice: 0 days, else: hospice}}}}"
    services = away("broker", keep="9 days").replace("care_time: 2 days", "care_time: 9 days")
    story = run(world(services, {"ada": (0, "care"), "bo": (1, "ward")}, more=event))
    assert story.away == [(OFF, 2, "ada", "paid", "care")]
    assert (2 + 0.625 - OFF, "ada", "ready", "care") in story.history
    assert (2, "bo", "hospice", "closed") in story.flows
    given_up = run(world(services.replace("keep: 9 days", "keep: 1 day"), {"ada": (0, "care")}, more=event))
    assert given_up.admissions("broker") == [(2, "ada")]
    assert given_up.admissions("care") == [(0, "ada"), (5, "ada")]


def away(find_again: str, *, keep: str = "1 day", more: str = "", others: str = "", comes: str = "") -> str:
    return f"""
  care: {{hours: 12 per week, amount: 10 hours per week, care_time: {{by: who, ada: 15 hours, else: 5 days}},
    next: home, away: {{rate: {ONLY_ADA}, to: ward, keep: {keep}, find_again: {find_again}}}{comes}}}
  ward: {{places: 2, care_time: 2 days, next: hospice{more}}}
  broker: {{in_place: true, places: 1, care_time: 3 days, next: care}}
{others}"""


def test_whose_package_is_gone_goes_through_brokerage_and_then_on_with_their_care() -> None:
    """Three days of a broker in the bed, then care that Bo, there for five days, has left by then."""
    story = run(world(away("broker"), {"ada": (0, "care"), "bo": (0.125, "care")}))
    assert story.of("ada") == [
        (0, "ada", "admitted", "care"),
        (OFF, "ada", "admitted", "ward"),
        (OFF + 1, "ada", "leaves for ward", "care"),
        (OFF + 2, "ada", "ready", "ward"),
        (OFF + 2, "ada", "begins", "broker"),
        (OFF + 5, "ada", "ends", "broker"),
        (OFF + 5, "ada", "waits", "care"),
        (OFF + 6, "ada", "leaves for care", "ward"),
        (OFF + 6, "ada", "admitted", "care"),
        (6.625, "ada", "ready", "care"),
        (6.625, "ada", "leaves for home", "care"),
    ]
    assert story.held_up == [
        (OFF + 2, OFF + 5, "ada", "delayed for broker", "ward"),
        (OFF + 5, OFF + 6, "ada", "delayed for care", "ward"),
    ]
    assert (OFF + 6, "ada", "care", "resourced") in story.flows


def test_whoever_is_back_in_time_needs_no_broker() -> None:
    story = run(world(away("broker", keep="3 days"), {"ada": (0, "care")}))
    assert story.admissions("broker") == []
    assert (2.625, "ada", "ready", "care") in story.history


def test_a_place_on_the_way_keeps_what_is_left_of_the_care() -> None:
    """Four days in an interim home, then the rest of 15 hours of care with the amount she had."""
    others = "  interim: {places: 1, care_time: 4 days, next: broker}"
    story = run(world(away("interim", keep="0 days", others=others), {"ada": (0, "care")}))
    back = OFF + 2 + 4 + 3
    assert story.admissions("care") == [(0, "ada"), (back, "ada")]
    assert (back + (0.625 - OFF), "ada", "ready", "care") in story.history
    assert [row[4] for row in story.amounts if row[3] == "care"] == [10, 10]


def test_a_wait_on_the_way_that_ends_otherwise_forgets_the_care_there_was() -> None:
    """Cy has the broker until 9; Ada gives up for care itself, and has 15 hours of it anew."""
    services = away("broker", keep="0 days").replace(
        "care_time: 3 days, next: care", "care_time: 9 days, next: care, give_up: {after: 1 day, to: care}"
    )
    story = run(world(services, {"cy": (0, "broker"), "ada": (0, "care")}))
    assert (OFF + 3, "ada", "gives up for care", "broker") in story.history
    assert (OFF + 3, "ada", "care", "gave_up") in story.flows
    again = bears("ada", 1)
    assert 0.625 - OFF < again < 0.625, "what was left is over before she leaves for hospital again"
    assert (on_grid(OFF + 3 + again), "ada", "leaves for ward", "care") in story.history


def test_who_finds_no_room_to_wait_for_a_bed_begins_with_the_broker_too() -> None:
    """Cy has the only bed, and nobody may wait for it."""
    services = away("broker", keep="0 days", more=", queue: {room: 0}").replace("places: 2,", "places: 1,")
    story = run(world(services, {"cy": (0, "ward"), "ada": (0, "care")}))
    assert story.admissions("broker") == [(OFF, "ada")]
    assert (OFF + 3, "ada", "care", "resourced") in story.flows
    assert (3.625, "ada", "ready", "care") in story.history
