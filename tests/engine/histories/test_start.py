"""Section 2.3: who is there at the start, since when, and what falls due at once."""

from __future__ import annotations

from engine.histories.tiny import Story, run, world

HERE = "start_with: {elapsed: {file: census.csv}}"


def started(services: str, census: list[str], comes: dict[str, tuple[float, str]], **rest: float) -> Story:
    """A run from a census; its lines are service, state, waiting_for, elapsed, waited, who."""
    present = [line.rpartition(",")[2] for line in census]
    header = "service,state,waiting_for,elapsed_days,waited_days,who\n"
    text = world(services, comes, also=present, **rest)  # type: ignore[arg-type]
    return run(text, files={"census.csv": header + "\n".join(census) + "\n"})


def test_a_census_puts_people_where_they_are_since_when_they_came() -> None:
    """Ada is in care for 2 of 5 days, Bo has waited 3 days in his bed, Cy has the slot till 3, Dee is at home."""
    story = started(
        f"""
  ward: {{places: 2, care_time: 5 days, next: slot, {HERE}}}
  slot: {{places: 1, care_time: 4 days, next: home, {HERE}}}
""",
        ["ward,in_care,,2,,ada", "ward,delayed,slot,6,3,bo", "slot,in_care,,1,,cy", "ward,waiting,,,4,dee"],
        {"eve": (1, "ward")},
        days=8,
    )
    assert story.history == [
        (-9, "bo", "admitted", "ward"),
        (-4, "dee", "waits", "ward"),
        (-3, "bo", "ready", "ward"),
        (-3, "bo", "waits", "slot"),
        (-2, "ada", "admitted", "ward"),
        (-1, "cy", "admitted", "slot"),
        (1, "eve", "waits", "ward"),
        (3, "ada", "ready", "ward"),
        (3, "ada", "waits", "slot"),
        (3, "bo", "leaves for slot", "ward"),
        (3, "bo", "admitted", "slot"),
        (3, "cy", "ready", "slot"),
        (3, "cy", "leaves for home", "slot"),
        (3, "dee", "admitted", "ward"),
        (7, "ada", "leaves for slot", "ward"),
        (7, "ada", "admitted", "slot"),
        (7, "bo", "ready", "slot"),
        (7, "bo", "leaves for home", "slot"),
        (7, "eve", "admitted", "ward"),
    ]
    assert story.held_up == [
        (3, 7, "ada", "delayed for slot", "ward"),
        (0, 3, "bo", "delayed for slot", "ward"),
    ]


def test_the_census_holds_before_the_warm_up() -> None:
    """The run starts at -10, so Ada, 2 days in care by then, came at -12 and is ready at -7."""
    story = started(
        f"  ward: {{places: 2, care_time: 5 days, next: home, {HERE}}}",
        ["ward,in_care,,2,,ada"],
        {"eve": (1, "ward")},
        warm_up=10,
    )
    assert story.of("ada") == [
        (-12, "ada", "admitted", "ward"),
        (-7, "ada", "ready", "ward"),
        (-7, "ada", "leaves for home", "ward"),
    ]


def test_people_may_be_there_by_number() -> None:
    """Two in care for 2 of 5 days, one delayed for a day, one waiting for a day: four people called Ada."""
    story = run(
        world(
            """
  ward:
    places: 3
    care_time: 5 days
    next: slot
    start_with:
      in_care: 2
      delayed: {slot: 1}
      waiting: 1
      elapsed: {fixed: 2 days}
      waited: {fixed: 1 day}
      who: {who: {ada: 1, eve: 0}}
  slot: {places: 1, care_time: 4 days, next: home, start_with: {in_care: 1, elapsed: fresh, who: {who: {bo: 1}}}}
""",
            {"eve": (9, "slot")},
            also=["ada", "bo"],
            days=4,
        )
    )
    assert story.history == [
        (-3, "ada 3", "admitted", "ward"),
        (-2, "ada 1", "admitted", "ward"),
        (-2, "ada 2", "admitted", "ward"),
        (-1, "ada 3", "ready", "ward"),
        (-1, "ada 3", "waits", "slot"),
        (-1, "ada 4", "waits", "ward"),
        (0, "bo", "admitted", "slot"),
        (3, "ada 1", "ready", "ward"),
        (3, "ada 1", "waits", "slot"),
        (3, "ada 2", "ready", "ward"),
        (3, "ada 2", "waits", "slot"),
    ]


def test_free_places_are_given_at_the_start() -> None:
    """The slot takes Bo out of the ward at 0, and Dee, who waits outside, has his bed."""
    story = started(
        f"""
  ward: {{places: 1, care_time: 5 days, next: slot, {HERE}}}
  slot: {{places: 1, care_time: 4 days, next: home}}
""",
        ["ward,delayed,slot,6,3,bo", "ward,waiting,,,4,dee"],
        {"eve": (1, "ward")},
        days=2,
    )
    assert story.since(0) == [
        (0, "bo", "leaves for slot", "ward"),
        (0, "bo", "admitted", "slot"),
        (0, "dee", "admitted", "ward"),
        (1, "eve", "waits", "ward"),
    ]


def test_from_is_the_service_of_those_who_hold_a_place_and_start_for_the_rest() -> None:
    """Bo, in the ward, has class 1; Eve comes in her stream in class 2; Dee, outside since -9, is among the others."""
    story = started(
        f"""
  ward: {{places: 1, care_time: 5 days, next: slot, {HERE}}}
  slot:
    places: 1
    care_time: 4 days
    next: home
    queue: {{priority: {{by: from, ward: 1, eve: 2, else: 3}}}}
    {HERE}
""",
        ["ward,delayed,slot,6,1,bo", "slot,waiting,,,9,dee", "slot,in_care,,2,,cy"],
        {"eve": (1, "slot")},
    )
    assert story.admissions("slot") == [(-2, "cy"), (2, "bo"), (6, "eve"), (10, "dee")]


def test_timers_already_due_fire_at_the_start() -> None:
    """Patience is 3 days: Dee, who has waited 4, gives up at 0, and Fay, who has waited 1, at 2."""
    story = started(
        f"  ward: {{places: 1, care_time: 9 days, next: home, give_up: {{after: 3 days, to: hospice}}, {HERE}}}",
        ["ward,in_care,,0,,cy", "ward,waiting,,,4,dee", "ward,waiting,,,1,fay"],
        {"eve": (8, "ward")},
        days=8,
    )
    assert story.of("dee", "fay") == [
        (-4, "dee", "waits", "ward"),
        (-1, "fay", "waits", "ward"),
        (0, "dee", "gives up for hospice", "ward"),
        (2, "fay", "gives up for hospice", "ward"),
    ]


def test_a_stand_in_already_due_is_taken_at_the_start_before_giving_up() -> None:
    """Both of Dee's timers are over: she stands in for no time and leaves by the exit. Fay's are due at 1 and 2."""
    story = started(
        f"""
  ward:
    places: 1
    care_time: 9 days
    next: home
    instead: [{{after: 2 days, to: step_down, keeps_turn: true}}]
    give_up: {{after: 3 days, to: hospice}}
    {HERE}
  step_down: {{places: 1, care_time: 9 days, next: ward}}
""",
        ["ward,in_care,,0,,cy", "ward,waiting,,,4,dee", "ward,waiting,,,1,fay"],
        {"eve": (8, "ward")},
        days=8,
    )
    assert story.of("dee", "fay")[2:] == [
        (0, "dee", "gives up for hospice", "step_down"),
        (0, "dee", "gives up for hospice", "ward"),
        (0, "dee", "admitted", "step_down"),
        (1, "fay", "admitted", "step_down"),
        (2, "fay", "gives up for hospice", "step_down"),
        (2, "fay", "gives up for hospice", "ward"),
    ]


def test_a_census_above_capacity_admits_nobody_until_it_fits() -> None:
    """Three in one bed, who are ready at 1, 2 and 3: Dee is admitted when the last of them leaves."""
    story = started(
        f"  ward: {{places: 1, care_time: 4 days, next: home, {HERE}}}",
        ["ward,in_care,,3,,ada", "ward,in_care,,2,,bo", "ward,in_care,,1,,cy", "ward,waiting,,,9,dee"],
        {"eve": (20, "ward")},
        days=8,
    )
    assert story.since(1) == [
        (1, "ada", "ready", "ward"),
        (1, "ada", "leaves for home", "ward"),
        (2, "bo", "ready", "ward"),
        (2, "bo", "leaves for home", "ward"),
        (3, "cy", "ready", "ward"),
        (3, "cy", "leaves for home", "ward"),
        (3, "dee", "admitted", "ward"),
        (7, "dee", "ready", "ward"),
        (7, "dee", "leaves for home", "ward"),
    ]


def test_a_census_may_exceed_its_room_and_newcomers_may_not() -> None:
    """Three wait where there is room for one: they stay. Eve is turned away while even one of them is there."""
    story = started(
        f"""
  ward: {{places: 1, care_time: {{by: who, ada: 9 days, else: 1 day}}, next: home, queue: {{room: 1}}, {HERE}}}
""",
        ["ward,in_care,,8,,ada", "ward,waiting,,,3,bo", "ward,waiting,,,2,cy", "ward,waiting,,,1,dee"],
        {"eve": (2.5, "ward"), "fay": (3.5, "ward")},
    )
    assert story.admissions("ward") == [(-8, "ada"), (1, "bo"), (2, "cy"), (3, "dee"), (4, "fay")]
    assert (2.5, "eve", "nowhere", "turned_away") in story.flows


def test_people_of_the_start_come_before_those_who_arrive_at_that_instant() -> None:
    """Dee's wait begins at 0 as Ada's does; she was there."""
    story = started(
        f"  ward: {{places: {{0 days: 0, 1 days: 1}}, care_time: 1 day, next: home, {HERE}}}",
        ["ward,waiting,,,0,dee"],
        {"ada": (0, "ward")},
    )
    assert story.admissions("ward") == [(1, "dee"), (2, "ada")]


def test_a_taper_goes_on_from_the_admission_before_the_start() -> None:
    """Ten of 28 days are over: 22.75 hours in this second week, 17.5 from 4 on, 12.25 from 11 to the end at 18.

    Bo, delayed, has the last amount.
    """
    story = started(
        f"""
  care:
    hours: 60 per week
    amount: {{first: 28 hours per week, last: 7 hours per week}}
    care_time: 28 days
    next: slot
    {HERE}
  slot: {{places: 0, care_time: 1 day, next: home}}
""",
        ["care,in_care,,10,,ada", "care,delayed,slot,28,3,bo"],
        {"eve": (20, "slot")},
        days=20,
    )
    assert story.amounts == [
        (0, 4, "ada", "care", 22.75),
        (4, 11, "ada", "care", 17.5),
        (11, 18, "ada", "care", 12.25),
        (18, 20, "ada", "care", 7),
        (0, 20, "bo", "care", 7),
    ]


def test_those_who_wait_at_the_start_are_in_order_of_how_long() -> None:
    """Cy has waited longest, then Dee, then Bo, and Ann as long as he: of these two the first in the file."""
    story = started(
        f"  ward: {{places: 1, care_time: 1 day, next: home, {HERE}}}",
        ["ward,waiting,,,1,bo", "ward,waiting,,,3,cy", "ward,waiting,,,2,dee", "ward,waiting,,,1,ann"],
        {"eve": (8, "ward")},
    )
    assert story.admissions("ward") == [(0, "cy"), (1, "dee"), (2, "bo"), (3, "ann"), (8, "eve")]


def test_who_is_delayed_for_a_step_at_the_start_has_it_at_once() -> None:
    """Bo waits for an assessor, of whom there is one, and Ada has waited longer."""
    story = started(
        f"""
  ward: {{places: 2, care_time: 5 days, next: assess, {HERE}}}
  assess: {{in_place: true, places: 1, care_time: 1 day, next: home}}
""",
        ["ward,delayed,assess,6,1,bo", "ward,delayed,assess,6,2,ada"],
        {"eve": (8, "ward")},
        days=4,
    )
    assert story.since(0) == [
        (0, "ada", "begins", "assess"),
        (1, "ada", "ends", "assess"),
        (1, "ada", "leaves for home", "ward"),
        (1, "bo", "begins", "assess"),
        (2, "bo", "ends", "assess"),
        (2, "bo", "leaves for home", "ward"),
    ]
    assert story.held_up == [
        (0, 1, "ada", "delayed for assess", "ward"),
        (0, 2, "bo", "delayed for assess", "ward"),
    ]


def test_a_deadlock_of_the_start_is_undone_at_once() -> None:
    """Ada and Bo hold what the other waits for: they change places at 0."""
    story = started(
        f"""
  ash: {{places: 1, care_time: 5 days, next: birch, {HERE}}}
  birch: {{places: 1, care_time: 5 days, next: ash, {HERE}}}
""",
        ["ash,delayed,birch,5,1,ada", "birch,delayed,ash,5,2,bo"],
        {"eve": (3, "ash")},
        days=2,
    )
    assert story.since(0) == [
        (0, "ada", "leaves for birch", "ash"),
        (0, "ada", "admitted", "birch"),
        (0, "bo", "leaves for ash", "birch"),
        (0, "bo", "admitted", "ash"),
    ]
