"""Rule 13: what comes first when several things fall on one instant."""

from __future__ import annotations

import pytest

from caresim.engine.people import draw_people
from caresim.engine.simulation import run as simulate
from caresim.errors import RunError
from caresim.grid import on_grid
from caresim.records.recorder import Recorder
from engine.histories.tiny import Story, lifetime, network_of, run, world
from engine.plain_engine import run as simulate_plainly

ONLY_ADA = "{by: who, ada: 1 per day, else: 0 per day}"
DEATH = on_grid(lifetime("ada"))
"""The instant at which Ada dies if she comes at 0."""

# ------------------------------------------------------------------ kinds of events


def test_a_change_comes_before_the_end_of_care() -> None:
    """At 3 the only place closes and Ada is ready: it is closed already when she leaves, so Bo gets nothing."""
    story = run(
        world(
            "  ward: {places: {0 days: 1, 3 days: 0}, care_time: 3 days, next: home}",
            {"ada": (0, "ward"), "bo": (1, "ward")},
        )
    )
    assert story.history == [
        (0, "ada", "admitted", "ward"),
        (1, "bo", "waits", "ward"),
        (3, "ada", "ready", "ward"),
        (3, "ada", "leaves for home", "ward"),
    ]


def test_a_change_comes_before_an_arrival() -> None:
    """Places close at 3, the instant Ada comes."""
    story = run(
        world("  ward: {places: {0 days: 1, 3 days: 0}, care_time: 1 day, next: home}", {"ada": (3, "ward")})
    )
    assert story.history == [(3, "ada", "waits", "ward")]


def test_a_change_comes_before_a_death() -> None:
    """A second place opens the instant Ada would die waiting: she is admitted, and dies there."""
    story = run(
        world(
            f"  ward: {{places: {{0 days: 1, {DEATH!r} days: 2}}, care_time: 9 days, next: home}}",
            {"cy": (-1, "ward"), "ada": (0, "ward"), "bo": (0.5, "ward")},
            warm_up=2,
            mortality=ONLY_ADA,
            days=5,
        )
    )
    assert story.of("ada", "bo") == [
        (0, "ada", "waits", "ward"),
        (0.5, "bo", "waits", "ward"),
        (DEATH, "ada", "dies", "ward"),
        (DEATH, "ada", "admitted", "ward"),
        (DEATH, "bo", "admitted", "ward"),
    ]


def test_a_change_comes_before_a_taper_step() -> None:
    """At 7 Ada's 20 hours fall to 15 and all there is from 20 to 15: Bo's 5 would have fitted, now they do not."""
    story = run(
        world(
            """
  care:
    hours: {0 days: 20 per week, 7 days: 15 per week}
    amount: {by: who, ada: {first: 20 hours per week, last: 10 hours per week}, else: 5 hours per week}
    care_time: {by: who, ada: 14 days, else: 1 day}
    next: home
""",
            {"ada": (0, "care"), "bo": (1, "care")},
        )
    )
    assert story.admissions("care") == [(0, "ada"), (14, "bo")]


def test_a_taper_step_comes_before_the_end_of_care() -> None:
    """At 7 Dee's hours fall and Cy, who goes before all others, becomes ready: Bo, there already, takes them."""
    story = run(
        world(
            """
  ward: {places: 1, care_time: 7 days, next: care}
  care:
    hours: 20 per week
    amount: {by: who, dee: {first: 20 hours per week, last: 10 hours per week}, else: 5 hours per week}
    care_time: {by: who, dee: 14 days, else: 1 day}
    next: home
    queue: {priority: {by: who, cy: 1, else: 2}}
""",
            {"cy": (0, "ward"), "dee": (0, "care"), "bo": (1, "care")},
        )
    )
    assert story.admissions("care") == [(0, "dee"), (7, "bo"), (8, "cy")]


def test_a_taper_step_comes_before_a_death() -> None:
    """Dee's hours fall the instant Ada would die waiting for them: she begins her package, and dies."""
    story = run(
        world(
            """
  care:
    hours: 20 per week
    amount: {by: who, dee: {first: 20 hours per week, last: 10 hours per week}, else: 5 hours per week}
    care_time: {by: who, dee: 14 days, else: 1 day}
    next: home
""",
            {"dee": (DEATH - 7, "care"), "ada": (0, "care")},
            warm_up=8,
            mortality=ONLY_ADA,
            days=5,
        )
    )
    assert story.of("ada") == [
        (0, "ada", "waits", "care"),
        (DEATH, "ada", "dies", "care"),
        (DEATH, "ada", "admitted", "care"),
    ]


def test_a_death_comes_before_the_end_of_care() -> None:
    """Ada's care would be over the instant she dies: she was never ready."""
    story = run(
        world(
            f"  ward: {{places: 1, care_time: {DEATH!r} days, next: home}}",
            {"ada": (0, "ward")},
            mortality=ONLY_ADA,
        )
    )
    assert story.history == [(0, "ada", "admitted", "ward"), (DEATH, "ada", "dies", "ward")]


def test_the_end_of_care_comes_before_giving_up() -> None:
    """At 5 Cy leaves and Bo's patience ends: he is admitted."""
    story = run(
        world(
            "  ward: {places: 1, care_time: 5 days, next: home, give_up: {after: 4 days, to: hospice}}",
            {"cy": (0, "ward"), "bo": (1, "ward")},
        )
    )
    assert story.admissions("ward") == [(0, "cy"), (5, "bo")]


def test_giving_up_comes_before_an_arrival() -> None:
    """At 5 Bo's patience ends and Dee comes: there is room for her to wait."""
    story = run(
        world(
            """
  ward:
    places: 1
    care_time: 9 days
    next: home
    queue: {room: 1}
    give_up: {after: 4 days, to: hospice}
""",
            {"cy": (0, "ward"), "bo": (1, "ward"), "dee": (5, "ward")},
        )
    )
    assert story.of("bo", "dee") == [
        (1, "bo", "waits", "ward"),
        (5, "bo", "gives up for hospice", "ward"),
        (5, "dee", "waits", "ward"),
        (9, "dee", "admitted", "ward"),
        (18, "dee", "ready", "ward"),
        (18, "dee", "leaves for home", "ward"),
    ]


def test_the_end_of_care_comes_before_an_arrival() -> None:
    """At 5 Cy leaves and Dee comes: she is admitted, though there is no room to wait."""
    story = run(
        world(
            "  ward: {places: 1, care_time: 5 days, next: home, queue: {room: 0}}",
            {"cy": (0, "ward"), "dee": (5, "ward")},
        )
    )
    assert story.admissions("ward") == [(0, "cy"), (5, "dee")]


def test_a_run_ends_before_events_at_its_last_instant() -> None:
    """Ada would be ready at 3 and Bo come: the run is over."""
    story = run(
        world(
            "  ward: {places: 2, care_time: 3 days, next: home}",
            {"ada": (0, "ward"), "bo": (3, "ward")},
            days=3,
        )
    )
    assert story.history == [(0, "ada", "admitted", "ward")]


# ------------------------------------------------------------------ rank


def test_of_two_who_come_at_once_the_stream_first_by_name_is_first() -> None:
    """However they are written down."""
    for people in (["zoe", "ada"], ["ada", "zoe"]):
        story = run(
            world("  ward: {places: 1, care_time: 1 day, next: home}", dict.fromkeys(people, (0, "ward")))
        )
        assert story.admissions("ward") == [(0, "ada"), (1, "zoe")]


def test_who_came_into_the_system_first_is_dealt_with_first() -> None:
    """Zoe came first. She and Ada are ready at 3; her event is settled before Ada, who has class 1, even asks."""
    story = run(
        world(
            """
  ward: {places: 2, care_time: {by: who, zoe: 3 days, else: 2 days}, next: slot}
  slot: {places: 1, care_time: 1 day, next: home, queue: {priority: {by: who, ada: 1, else: 2}}}
""",
            {"zoe": (0, "ward"), "ada": (1, "ward")},
        )
    )
    assert story.admissions("slot") == [(3, "zoe"), (4, "ada")]


def test_of_one_persons_timers_stand_ins_come_in_the_order_of_their_list() -> None:
    """Both are due at 1 and both have a place: the elm is named first."""
    for first, second in (("elm", "fir"), ("fir", "elm")):
        story = run(
            world(
                f"""
  ward:
    places: 1
    care_time: 9 days
    next: home
    instead: [{{after: 1 day, to: {first}, keeps_turn: false}}, {{after: 1 day, to: {second}, keeps_turn: false}}]
  elm: {{places: 1, care_time: 2 days, next: home}}
  fir: {{places: 1, care_time: 2 days, next: home}}
""",
                {"cy": (-1, "ward"), "ada": (0, "ward")},
                warm_up=2,
            )
        )
        assert story.of("ada")[2] == (1, "ada", "admitted", first)


# ------------------------------------------------------------------ settle


def who_gets_what(names: tuple[str, str]) -> Story:
    """Ada waits for the first service and stands for the second as well; both open at 3."""
    awaited, stand_in = names
    return run(
        world(
            f"""
  {awaited}:
    places: {{0 days: 0, 3 days: 1}}
    care_time: 1 day
    next: home
    instead: [{{after: 0 days, to: {stand_in}, keeps_turn: false}}]
  {stand_in}: {{places: {{0 days: 0, 3 days: 1}}, care_time: 1 day, next: home}}
""",
            {"ada": (0, awaited)},
        )
    )


def test_services_that_one_event_concerns_are_settled_by_name() -> None:
    """The elm comes before the fir, whichever stands in for the other."""
    assert who_gets_what(("elm", "fir")).admissions("elm") == [(3, "ada")]
    assert who_gets_what(("fir", "elm")).admissions("elm") == [(3, "ada")]


def test_the_settle_list_is_worked_off_first_in_first_out() -> None:
    """At 3 the ash and the fir get a place each. Ada goes to the ash and leaves the elm; but the fir was on the
    list before the elm, so it takes Bo, who waits for the elm and stands for the fir."""
    story = run(
        world(
            """
  ash: {places: {0 days: 0, 3 days: 1}, care_time: 9 days, next: home}
  elm:
    places: 1
    care_time: {by: who, ada: 1 day, else: 9 days}
    next: ash
    instead: [{after: 0 days, to: fir, keeps_turn: false}]
  fir: {places: {0 days: 0, 3 days: 1}, care_time: 9 days, next: home}
""",
            {"ada": (0, "elm"), "bo": (1, "elm")},
            days=5,
        )
    )
    assert story.since(3) == [
        (3, "ada", "leaves for ash", "elm"),
        (3, "ada", "admitted", "ash"),
        (3, "bo", "stops waiting for fir", "elm"),
        (3, "bo", "admitted", "fir"),
    ]


def test_all_changes_of_an_instant_happen_before_anybody_is_admitted() -> None:
    """At 3 the ash gets a place and the elm loses its only one: Ada moves, and her place is not Bo's."""
    story = run(
        world(
            """
  ash: {places: {0 days: 0, 3 days: 1}, care_time: 9 days, next: home}
  elm: {places: {0 days: 1, 3 days: 0}, care_time: 1 day, next: ash}
""",
            {"ada": (0, "elm"), "bo": (1, "elm")},
            days=5,
        )
    )
    assert story.since(3) == [(3, "ada", "leaves for ash", "elm"), (3, "ada", "admitted", "ash")]


# ------------------------------------------------------------------ going round


@pytest.mark.parametrize("engine", [simulate, simulate_plainly])
@pytest.mark.parametrize("places", ["1", "unlimited"])
def test_going_round_without_end_while_no_time_passes_is_an_error(engine, places: str) -> None:  # type: ignore[no-untyped-def]
    """A ward that sends Ada to itself after no time at all."""
    network = network_of(
        world(f"  ward: {{places: {places}, care_time: 0 days, next: ward}}", {"ada": (1, "ward")})
    )
    with pytest.raises(RunError, match=r"day 1\b.*without time passing"):
        engine(network, draw_people(network, 1, 0), Recorder())


def test_a_hundred_steps_without_time_passing_are_allowed() -> None:
    """Ada goes through 101 services in no time between two nights, and nothing is wrong with that."""
    story = run(
        world(
            "\n".join(
                f"  s{number}: {{places: 1, care_time: 0 days, next: {f's{number + 1}' if number < 100 else 'night'}}}"
                for number in range(101)
            )
            + "\n  night: {places: 1, care_time: 1 day, next: s0}",
            {"ada": (0, "s0")},
            days=5,
        )
    )
    assert story.admissions("night") == [(day, "ada") for day in range(5)]
