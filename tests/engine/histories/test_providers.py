"""Providers behind one service: who takes whom, who is filled first, and who passes whom."""

from __future__ import annotations

from engine.histories.tiny import run, world


def care(providers: str, *, care_time: str = "5 days", more: str = "") -> str:
    """A service `care` with these providers."""
    return f"  care: {{providers: {{{providers}}}, care_time: {care_time}, next: home{more}}}"


def who_is_where(services: str, comes: dict[str, float], **rest: str) -> dict[str, tuple[str, float]]:
    """Who was with which provider, since when."""
    story = run(world(services, {who: (day, "care") for who, day in comes.items()}, **rest))  # type: ignore[arg-type]
    return {who: (provider, start) for start, _, who, provider in story.with_provider}


# ------------------------------------------------------------------ who is filled first


def test_the_provider_with_most_free_is_first_and_of_equals_the_first_by_name() -> None:
    services = care("elm: {places: 2}, ash: {places: 1}, oak: {places: 2}")
    found = who_is_where(services, {"ada": 0, "bo": 1, "cy": 2, "dee": 3, "eve": 4})
    assert found == {
        "ada": ("elm", 0),
        "bo": ("oak", 1),
        "cy": ("ash", 2),
        "dee": ("elm", 3),
        "eve": ("oak", 4),
    }


def test_a_list_is_filled_in_its_order_and_who_is_not_in_it_comes_after_by_what_is_free() -> None:
    """A block bought before is used first, and again once Ada has left it."""
    services = care("ash: {places: 1}, elm: {places: 2}, block: {places: 1}", more=", fill: [block]")
    found = who_is_where(services, {"ada": 0, "bo": 1, "cy": 2, "dee": 5})
    assert found == {"ada": ("block", 0), "bo": ("elm", 1), "cy": ("ash", 2), "dee": ("block", 5)}


def test_the_best_rated_is_filled_first_and_who_has_no_rating_last() -> None:
    services = care(
        "ash: {places: 1}, elm: {places: 1, rating: inadequate}, oak: {places: 1, rating: good}",
        more=", fill: best_rated",
    )
    assert who_is_where(services, {"ada": 0, "bo": 1, "cy": 2}) == {
        "ada": ("oak", 0),
        "bo": ("elm", 1),
        "cy": ("ash", 2),
    }


def test_so_many_of_the_same_are_numbered() -> None:
    services = care("agency: {count: 2, places: 1}")
    assert who_is_where(services, {"ada": 0, "bo": 1}) == {"ada": ("agency_1", 0), "bo": ("agency_2", 1)}


# ------------------------------------------------------------------ who passes whom


def test_somebody_whom_only_a_full_provider_takes_is_passed_by_those_who_can_go_elsewhere() -> None:
    """West is full of Cy. Ada may only go there; Bo, who comes later, is taken by east at once."""
    services = care("west: {places: 1, takes: {who: [ada, cy]}}, east: {places: 1, takes: {who: bo}}")
    found = who_is_where(services, {"cy": 0, "ada": 1, "bo": 2})
    assert found == {"cy": ("west", 0), "ada": ("west", 5), "bo": ("east", 2)}


def test_of_two_whom_one_provider_takes_the_first_in_the_queue_is_first() -> None:
    """North takes both and is free at 5; Ada has waited longer, though east would take Bo alone."""
    services = care(
        "north: {places: 1}, east: {places: 1, takes: {who: [bo, dee]}}",
        care_time="{by: who, dee: 9 days, else: 5 days}",
        more=", fill: [north]",
    )
    found = who_is_where(services, {"cy": 0, "dee": 0, "ada": 1, "bo": 2})
    assert found == {"cy": ("north", 0), "dee": ("east", 0), "ada": ("north", 5), "bo": ("east", 9)}


def test_the_first_in_the_queue_is_first_also_if_others_take_them_too() -> None:
    """As before, but it is Ada whom east would take as well."""
    services = care(
        "north: {places: 1}, east: {places: 1, takes: {who: [ada, dee]}}",
        care_time="{by: who, dee: 9 days, else: 5 days}",
        more=", fill: [north]",
    )
    found = who_is_where(services, {"cy": 0, "dee": 0, "ada": 1, "bo": 2})
    assert found == {"cy": ("north", 0), "dee": ("east", 0), "ada": ("north", 5), "bo": ("north", 10)}


def test_hours_that_somebody_waits_for_are_kept_for_them_at_each_provider_that_takes_them() -> None:
    """West has 4 of 10 hours left: Ada's 6 do not fit, so Bo's 2 may not pass her there; Eve, whom east takes, does."""
    amounts = "{by: who, ada: 6 hours per week, cy: 6 hours per week, else: 2 hours per week}"
    services = care(
        "west: {hours: 10 per week, takes: {who: [ada, bo, cy]}}, east: {hours: 10 per week, takes: {who: eve}}",
        more=f", amount: {amounts}",
    )
    found = who_is_where(services, {"cy": 0, "ada": 1, "bo": 2, "eve": 3})
    assert found == {"cy": ("west", 0), "ada": ("west", 5), "bo": ("west", 5), "eve": ("east", 3)}


def test_with_skip_hours_are_kept_only_for_who_has_waited_that_long() -> None:
    """Bo passes Ada at 2; from 4 on her hours are kept, so Dee, at 4.5, waits until she has them."""
    amounts = "{by: who, ada: 6 hours per week, cy: 6 hours per week, else: 2 hours per week}"
    services = care(
        "west: {hours: 10 per week}",
        more=f", amount: {amounts}, queue: {{skip: {{until_waited: 3 days}}}}",
    )
    found = who_is_where(services, {"cy": 0, "ada": 1, "bo": 2, "dee": 4.5})
    assert found == {"cy": ("west", 0), "ada": ("west", 5), "bo": ("west", 2), "dee": ("west", 5)}


def test_somebody_too_large_for_a_provider_does_not_keep_its_hours_from_others() -> None:
    """Small has 5 hours and never 8: Ada waits for large, and Bo passes her to small."""
    amounts = "{by: who, ada: 8 hours per week, cy: 8 hours per week, else: 2 hours per week}"
    services = care(
        "small: {hours: 5 per week}, large: {hours: 9 per week}", more=f", fill: [large], amount: {amounts}"
    )
    story = run(world(services, {"cy": (0, "care"), "ada": (1, "care"), "bo": (2, "care")}))
    assert story.with_provider == [(5, 10, "ada", "large"), (2, 7, "bo", "small"), (0, 5, "cy", "large")]
    assert story.counts == {}


def test_whom_nobody_takes_waits_holds_nobody_up_and_is_counted() -> None:
    """`check` would refuse somebody who arrives so: Ada was there, waiting, at the start."""
    rest = "give_up: {after: 20 days, to: hospice}, start_with: {waiting: 1, who: {who: {ada: 1}}}"
    services = care("west: {places: 1, takes: {who: [bo, cy]}}", more=f", {rest}")
    story = run(world(services, {"bo": (1, "care")}, also=("ada", "cy")))
    assert story.of("ada") == [(0, "ada", "waits", "care"), (20, "ada", "gives up for hospice", "care")]
    assert story.admissions("care") == [(1, "bo")]
    assert story.counts == {("never_fits", "care"): 1}


# ------------------------------------------------------------------ clocks, changes, start


def test_a_provider_has_hours_and_intake_of_its_own() -> None:
    """A Monday. East opens on Tuesdays only, west starts one a day: Bo and Cy wait for different reasons."""
    services = care(
        "west: {places: 3, intake: 1 per day}, east: {places: 3, opens: {days: tue}}", more=", fill: [west]"
    )
    found = who_is_where(services, {"ada": 0, "bo": 0.25, "cy": 0.5, "dee": 1.5})
    assert found == {"ada": ("west", 0), "bo": ("west", 1), "cy": ("east", 1), "dee": ("east", 1.5)}


def test_a_cut_at_one_provider_puts_nobody_out_and_another_rise_admits_at_once() -> None:
    services = care("west: {places: {0 days: 1, 2 days: 0}}, east: {places: {0 days: 0, 3 days: 1}}")
    found = who_is_where(services, {"ada": 0, "bo": 1})
    assert found == {"ada": ("west", 0), "bo": ("east", 3)}


def test_the_start_census_is_spread_as_if_admitted_and_then_over_who_has_least_too_many() -> None:
    """Two fit, in the order of filling; of the others each goes where least is missing."""
    services = care(
        "west: {places: 1}, east: {places: 1}",
        care_time="9 days",
        more=", fill: [west], start_with: {in_care: 5, elapsed: fresh, who: {who: {ada: 1}}}",
    )
    story = run(
        world(services, {}, also=("ada",), arrivals="  gp: {to: care, times: [50 days], people: {who: ada}}")
    )
    spread = [provider for _, _, _, provider in story.with_provider[:5]]
    assert spread == ["west", "east", "east", "west", "east"]


def test_whose_place_it_is_stays_so_while_somebody_is_in_hospital() -> None:
    """Ada is away from west from the day she has borne her hazard; Bo, who comes then, is taken by east."""
    services = """
  ward: {kind: acute, places: 2, care_time: 2 days, next: home}
  care: {providers: {west: {places: 1}, east: {places: 1}}, fill: [west], care_time: 40 days, next: home,
         away: {rate: {by: who, ada: 20% per day, else: 0% per day}, to: ward, keep: 10 days}}
"""
    story = run(world(services, {"ada": (0, "care"), "bo": (1, "care")}))
    leaves = story.admissions("ward")[0][0]
    assert leaves > 0
    assert {provider for _, _, who, provider in story.with_provider if who == "bo"} == {"east"}
    assert {provider for _, _, who, provider in story.with_provider if who == "ada"} == {"west"}
    assert story.away[0][:4] == (leaves, leaves + 2, "ada", "paid")


# ------------------------------------------------------------------ rule 12


def test_people_of_two_providers_who_wait_for_one_another_change_places() -> None:
    """Ada in west needs the ward and Bo in the ward is taken by west only: east, which is free, does not help."""
    services = """
  ward: {places: 1, care_time: 1 day, next: {by: who, ada: home, else: care}}
  care: {providers: {west: {places: 1, takes: {who: [ada, bo]}}, east: {places: 1, takes: {who: cy}}},
         care_time: 1 day, next: {by: who, ada: ward, else: home}}
"""
    story = run(world(services, {"ada": (0, "care"), "bo": (0, "ward")}, also=("cy",)))
    assert story.counts[("deadlock_cycles", "care")] == 1
    assert story.since(1) == [
        (1, "ada", "ready", "care"),
        (1, "ada", "leaves for ward", "care"),
        (1, "ada", "admitted", "ward"),
        (1, "bo", "ready", "ward"),
        (1, "bo", "leaves for care", "ward"),
        (1, "bo", "admitted", "care"),
        (2, "ada", "ready", "ward"),
        (2, "ada", "leaves for home", "ward"),
        (2, "bo", "ready", "care"),
        (2, "bo", "leaves for home", "care"),
    ]


def test_nobody_is_moved_while_a_provider_that_takes_somebody_of_the_circle_may_still_fall_free() -> None:
    """As before, but east takes Bo too, and Cy has its place until day 9."""
    services = """
  ward: {places: 1, care_time: 1 day, next: {by: who, ada: home, else: care}}
  care: {providers: {ash: {places: 1, takes: {who: [ada, bo]}}, east: {places: 1, takes: {who: [bo, cy]}}},
         care_time: {by: who, cy: 9 days, else: 1 day}, next: {by: who, ada: ward, else: home}}
"""
    story = run(world(services, {"ada": (0, "care"), "bo": (0, "ward"), "cy": (0, "care")}))
    assert story.counts == {}
    assert story.admissions("care")[-1] == (9, "bo")
    assert (9, 10, "bo", "east") in story.with_provider
