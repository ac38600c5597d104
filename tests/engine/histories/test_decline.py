"""Rule 10: whole days of delay shift what a person needs, how much, for how long, and how they die.

Ada is ready in the ward after a day; Cy has the only package of care until she leaves. Where a
choice falls is drawn for Ada, so the day on which delay changes it is known beforehand.
"""

from __future__ import annotations

import math

import pytest

from caresim.engine.streams import Layer, Streams
from caresim.grid import on_grid
from engine.histories.tiny import Story, lifetime, run, world


def uniform(*purpose: str, who: str = "ada", n: int = 0) -> float:
    return float(Streams(1, 0).uniforms(purpose, Layer(who, "0"), 0, 1, n)[0])


U = uniform("ward", "next")
"""Where Ada's choice falls after the ward."""


def adas_story(
    each_day: str,
    *,
    cy: float = 9,
    ward: str = "next: care",
    care: str = "places: 1",
    more: str = "",
    comes: dict[str, tuple[float, str]] | None = None,
    block: str = "delayed_in: ward, at_most: 30 days",
    mortality: str = "",
) -> Story:
    services = f"""
  ward: {{places: 3, care_time: 1 day, {ward}}}
  care: {{{care}, care_time: {{by: who, cy: {cy} days, else: 2 days}}, next: home}}
  nursing: {{places: 1, care_time: 3 days, next: hospice}}
{more}
"""
    text = world(
        services,
        comes or {"ada": (0.0, "ward"), "cy": (0.0, "care")},
        mortality=mortality,
        more=f"deconditioning: {{{block}, each_day: {{{each_day}}}}}",
    )
    return run(text)


def on_the(day: int) -> str:
    """A gain a day by which Ada is one of those who change on this day of delay."""
    return f"{U / (day - 0.5):.9f}"


def test_what_somebody_needs_changes_as_the_day_ends_that_reaches_them() -> None:
    story = adas_story(f"services.ward.next.nursing: {on_the(3)}")
    assert story.of("ada") == [
        (0, "ada", "admitted", "ward"),
        (1, "ada", "ready", "ward"),
        (1, "ada", "waits", "care"),
        (4, "ada", "leaves for nursing", "ward"),
        (4, "ada", "stops waiting for nursing", "care"),
        (4, "ada", "admitted", "nursing"),
        (7, "ada", "ready", "nursing"),
        (7, "ada", "leaves for hospice", "nursing"),
    ]
    assert story.held_up == [(1, 4, "ada", "delayed for care", "ward")]
    assert (4, "ada", "nursing", "changed_need") in story.flows


def test_the_new_wait_is_a_delay_of_its_own_and_keeps_the_place() -> None:
    """Bo has the only place in nursing until day 6."""
    comes = {"ada": (0.0, "ward"), "bo": (3.0, "nursing"), "cy": (0.0, "care")}
    story = adas_story(f"services.ward.next.nursing: {on_the(3)}", comes=comes)
    assert story.held_up == [
        (1, 4, "ada", "delayed for care", "ward"),
        (4, 6, "ada", "delayed for nursing", "ward"),
    ]
    assert (4, 6, "ada", "nursing", "ward") in story.waiting


def test_who_is_admitted_before_has_what_they_needed() -> None:
    assert adas_story(f"services.ward.next.nursing: {on_the(3)}", cy=3.5).admissions("care")[1] == (
        3.5,
        "ada",
    )


def test_a_place_that_falls_free_at_the_very_instant_is_still_theirs() -> None:
    story = adas_story(f"services.ward.next.nursing: {on_the(3)}", cy=4)
    assert story.admissions("care") == [(0, "cy"), (4, "ada")]
    assert story.admissions("nursing") == []


def test_a_change_of_need_comes_before_giving_up_at_the_same_instant() -> None:
    story = adas_story(
        f"services.ward.next.nursing: {on_the(3)}", care="places: 1, give_up: {after: 3 days, to: home}"
    )
    assert story.admissions("nursing") == [(4, "ada")]


def test_who_needed_what_gains_needs_nothing_else() -> None:
    """Ada falls in nursing, which Bo has until day 3; both gain, and she is none of those who give."""
    gains = "services.ward.next.care: 50%, services.ward.next.nursing: 50%"
    comes = {"ada": (0.0, "ward"), "bo": (0.0, "nursing"), "cy": (0.0, "care")}
    ward = f"next: {{care: {U / 2:.9f}, nursing: {1 - U / 2:.9f}}}"
    assert adas_story(gains, ward=ward, comes=comes).admissions("nursing") == [(0, "bo"), (3, "ada")]


def test_the_others_give_in_proportion_from_the_beginning_of_their_own_stretch() -> None:
    """A tenth already goes to nursing: of the rest each gives the same part for what nursing gains."""
    # In order of names Ada is in care, which has 0.9: her place in it is U / 0.9, and of all that can
    # be given (0.9) that is U: as if care were all there is.
    assert U < 0.9
    gain = f"services.ward.next.nursing: {U / 1.95:.9f}"
    story = adas_story(gain, ward="next: {care: 0.9, nursing: 0.1}")
    assert story.admissions("nursing") == [(3, "ada")]


def test_of_two_that_gain_each_has_its_part_of_every_day() -> None:
    """Half way into the third day's gains: the first by name has 0.4 of them."""
    gain = U / 2.5
    both = f"services.ward.next.home: {0.4 * gain:.9f}, services.ward.next.nursing: {0.6 * gain:.9f}"
    assert adas_story(both).admissions("nursing") == [(4, "ada")]
    both = f"services.ward.next.home: {0.6 * gain:.9f}, services.ward.next.nursing: {0.4 * gain:.9f}"
    story = adas_story(both)
    assert (4, "ada", "home", "changed_need") in story.flows
    assert (4, "ada", "leaves for home", "ward") in story.history


def test_no_more_than_at_most_so_many_days_count() -> None:
    block = "delayed_in: ward, at_most: 2 days"
    story = adas_story(f"services.ward.next.nursing: {on_the(3)}", block=block)
    assert story.admissions("care") == [(0, "cy"), (9, "ada")]
    story = adas_story(f"services.ward.next.nursing: {on_the(2)}", block=block)
    assert story.admissions("nursing") == [(3, "ada")]


def test_a_second_delay_goes_on_where_the_first_stopped() -> None:
    """Delayed in the ward from 1 to 3.5, in care from 5.5 on: with half a day more, three days are over at 6."""
    services = """
  ward: {places: 1, care_time: 1 day, next: care}
  care: {places: 1, care_time: {by: who, cy: 3.5 days, else: 2 days}, next: spa}
  spa: {places: 1, care_time: 90 days, next: home}
  nursing: {places: 1, care_time: 3 days, next: hospice}
"""
    gain = uniform("care", "next") / 2.5
    comes = {"ada": (0.0, "ward"), "cy": (0.0, "care")}
    rule = "deconditioning: {delayed_in: %s, at_most: 9 days, each_day: {services.care.next.nursing: %.9f}}"
    assert run(world(services, comes, more=rule % ("[ward, care]", gain))).of("ada")[6:9] == [
        (5.5, "ada", "waits", "spa"),
        (6, "ada", "leaves for nursing", "care"),
        (6, "ada", "stops waiting for nursing", "spa"),
    ]
    # Counted in the ward alone, two days are all there are: the draw at 5.5 has them, and none follow.
    assert run(world(services, comes, more=rule % ("ward", gain))).admissions("nursing") == []
    gain = uniform("care", "next") / 1.5
    assert run(world(services, comes, more=rule % ("ward", gain))).admissions("nursing") == [(5.5, "ada")]


def test_what_is_asked_for_grows_with_each_day_and_may_no_longer_fit() -> None:
    """Of 20 hours Cy has 15 until 9.5: the 10 that Ada asks for do not fit, and after eight days have grown."""
    care = "hours: 20 per week, amount: {by: who, cy: 15 hours per week, else: 10 hours per week}"
    story = adas_story("services.care.amount: 5%", care=care, cy=9.5)
    assert (9.5, 11.5, "ada", "care", math.floor(600 * 1.05**8 + 0.5) / 60) in story.amounts
    assert 600 * 1.1**8 > 1200
    story = adas_story("services.care.amount: 10%", care=care, cy=9.5)
    assert story.admissions("care") == [(0, "cy")]


def test_who_asks_for_more_than_there_is_is_stepped_over_as_they_come_to() -> None:
    """At 4 Ada's 10 hours have become more than the 12 there are: Bo, behind her, begins that instant."""
    care = "hours: 12 per week, amount: {by: who, cy: 6 hours per week, bo: 5 hours per week, else: 10 hours per week}"
    comes = {"ada": (0.0, "ward"), "cy": (0.0, "care"), "bo": (1.5, "care")}
    story = adas_story("services.care.amount: 7%", care=care, comes=comes)
    assert 600 * 1.07**2 < 720 < 600 * 1.07**3
    assert story.admissions("care") == [(0, "cy"), (4, "bo")]


def test_care_takes_longer_by_each_day_of_delay_before_it() -> None:
    story = adas_story("services.care.care_time: 20%", cy=3.5)
    assert (3.5 + on_grid(2 * 1.2**2), "ada", "ready", "care") in story.history


def test_a_day_that_is_over_as_the_place_admits_counts_for_the_care_in_it() -> None:
    assert (4 + on_grid(2 * 1.2**3), "ada", "ready", "care") in adas_story(
        "services.care.care_time: 20%", cy=4
    ).history


@pytest.mark.parametrize("of", ["people", "services.ward"])
def test_the_hazard_of_death_is_more_after_each_day(of: str) -> None:
    """0.01 a day, and 0.03 more after each day of delay; Ada's own lifetime is used up by it."""
    left, at, hazard = lifetime("ada") - 0.01, 1.0, 0.01
    while left > hazard:
        left, at, hazard = left - hazard, at + 1, hazard + 0.03
    died = at + left / hazard
    assert died > 2
    where = {"people": "next: care", "services.ward": "next: care, mortality: 1% per day"}[of]
    everywhere = "1% per day" if of == "people" else ""
    story = adas_story(f"{of}.mortality: 3% per day", cy=55, ward=where, mortality=everywhere)
    found = [time for time, who, what, _ in story.history if who == "ada" and what == "dies"]
    assert found == [pytest.approx(died, abs=1e-6)]


def test_a_hazard_may_grow_too() -> None:
    left, at, hazard = lifetime("ada") - 0.05, 1.0, 0.05
    while left > hazard:
        left, at, hazard = left - hazard, at + 1, hazard * 1.1
    story = adas_story(
        "people.mortality: 10%", cy=59, mortality="{by: who, ada: 5% per day, else: 0% per day}"
    )
    found = [time for time, who, what, _ in story.history if who == "ada" and what == "dies"]
    assert found == [pytest.approx(at + left / hazard, abs=1e-6)]


def test_what_was_set_is_looked_at_again_and_what_is_next_goes_by_it() -> None:
    """Pathway P1 becomes P3 with the second day: the same uniform for `next`, now by P3."""
    gain = uniform("ward", "sets", "pathway") / 1.5
    story = adas_story(
        f"services.ward.sets.pathway.P3: {gain:.9f}",
        ward="sets: {pathway: {P1: 1, P3: 0}}, next: {by: pathway, P1: care, P3: nursing}",
    )
    assert story.admissions("nursing") == [(3, "ada")]


def test_who_has_turned_elsewhere_does_not_come_back_to_it() -> None:
    """Ada gives up at 2.5, for a spa that is full: what she needed by the ward is closed."""
    story = adas_story(
        f"services.ward.next.nursing: {on_the(3)}",
        care="places: 1, give_up: {after: 36 hours, to: spa}",
        more="  spa: {places: 0, care_time: 1 day, next: home}",
    )
    assert story.admissions("nursing") == []
    assert (2.5, 60, "ada", "spa", "ward") in story.waiting


def test_a_need_that_has_changed_may_change_again() -> None:
    """The second day makes it nursing, which Bo has for weeks, and the fourth, by the same table, home."""
    gain = uniform("ward", "sets", "pathway") / 1.5
    services = """
  ward: {places: 3, care_time: 1 day, sets: {pathway: {P1: 1, P3: 0}}, next: {by: pathway, P1: care, P3: nursing}}
  care: {places: 1, care_time: 50 days, next: home}
  nursing: {places: 1, care_time: 50 days, next: hospice}
"""
    each_day = f"services.ward.sets.pathway.P3: {gain:.9f}, services.ward.next.home: {on_the(4)}"
    comes = {"ada": (0.0, "ward"), "bo": (0.0, "nursing"), "cy": (0.0, "care")}
    rule = f"deconditioning: {{delayed_in: ward, at_most: 9 days, each_day: {{{each_day}}}}}"
    story = run(world(services, comes, more=rule))
    assert story.held_up == [
        (1, 3, "ada", "delayed for care", "ward"),
        (3, 5, "ada", "delayed for nursing", "ward"),
    ]
    assert (5, "ada", "home", "changed_need") in story.flows


def test_while_a_step_is_under_way_nothing_is_looked_at_and_its_end_finds_the_days_there_were() -> None:
    """Assessed from 1 to 4.5: three days of delay by then, and the third is the one that reaches Ada."""
    story = adas_story(
        f"services.ward.next.home: 100%, services.assessment.next.nursing: {uniform('assessment', 'next') / 2.5:.9f}",
        ward="next: assessment",
        more="  assessment: {in_place: true, places: 1, care_time: 84 hours, next: care}",
    )
    assert story.admissions("nursing") == [(4.5, "ada")]
    assert (4.5, "ada", "nursing", "next") in story.flows


def test_days_in_a_stand_in_are_no_delay() -> None:
    """Bridging from 1.5 on, half a day of delay is all Ada has; Cy leaves at 9."""
    story = adas_story(
        "services.ward.next.nursing: 100%, services.care.care_time: 20%",
        care="places: 1, instead: [{after: 12 hours, to: reab, keeps_turn: true, bridge: only}]",
        more="  reab: {places: 1, care_time: 4 days, next: home}",
        block="delayed_in: [ward, reab], at_most: 30 days",
    )
    assert story.admissions("care") == [(0, "cy"), (9, "ada")]
    assert (11, "ada", "ready", "care") in story.history


def test_where_delay_is_not_counted_it_changes_nothing() -> None:
    story = adas_story(
        "services.ward.next.nursing: 100%, services.care.care_time: 20%",
        block="delayed_in: nursing, at_most: 30 days",
    )
    assert story.admissions("care") == [(0, "cy"), (9, "ada")]
    assert (11, "ada", "ready", "care") in story.history


def test_switched_off_it_changes_nothing() -> None:
    block = "active: false, delayed_in: ward, at_most: 30 days"
    story = adas_story("services.ward.next.nursing: 100%", block=block)
    assert story.admissions("care") == [(0, "cy"), (9, "ada")]
