"""Events: when they hold, how a ramp grows and shrinks, what they may change, what stays the same object."""

from __future__ import annotations

from pathlib import Path

import pytest

from caresim.errors import ScenarioError
from caresim.scenario.edits import breakpoints, scenario_at
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import Opening
from caresim.scenario.values import Dated

CASES = Path(__file__).parents[1] / "cases"
WORLD = """\
caresim: 1
time: {from: 2020-01-01, measure: 100 days, warm_up: 10 days}
people: {age: {young: 0.5, old: 0.5}}
arrivals: {door: {to: ward, rate: 10 per day}, gate: {to: ward, rate: 1 per day}}
services:
  ward: {places: 40, care_time: {exponential: 3 days}, next: {out: 0.5, team: 0.3, died: 0.2}}
  team: {places: {2020-01-01: 20, 2020-03-01: 30}, care_time: 5 days, next: out, mortality: 10% per year}
exits: {out: {}, died: {}}
events:
"""


@pytest.fixture
def world(tmp_path: Path):  # type: ignore[no-untyped-def]
    def with_events(events: str) -> Scenario:
        path = tmp_path / "world.yaml"
        path.write_text(WORLD + "".join(f"  {line}\n" for line in events.strip().splitlines()))
        return load_scenario(path)

    return with_events


def places(scenario: Scenario, days: range, service: str = "ward") -> list[object]:
    return [scenario_at(scenario, float(day)).services[service].places for day in days]


def test_an_event_holds_from_its_first_day_to_the_end_of_its_last(world) -> None:  # type: ignore[no-untyped-def]
    """2020-01-11 is day 10; `to` is the last day, so the change holds on day 12 and not on day 13."""
    scenario = world("cut: {from: 2020-01-11, to: 2020-01-13, change: {services.ward.places: minus 4}}")
    assert breakpoints(scenario) == (10.0, 13.0)
    assert places(scenario, range(9, 14)) == [40, 36, 36, 36, 40]
    assert scenario_at(scenario, 12.999).services["ward"].places == 36


def test_an_event_without_an_end_is_for_good(world) -> None:  # type: ignore[no-untyped-def]
    scenario = world("cut: {from: 2020-01-11, change: {services.ward.places: 0}}")
    assert breakpoints(scenario) == (10.0,)
    assert places(scenario, range(98, 100)) == [0, 0]


def test_an_inactive_event_changes_nothing(world) -> None:  # type: ignore[no-untyped-def]
    scenario = world("cut: {active: false, from: 2020-01-11, change: {services.ward.places: 0}}")
    assert breakpoints(scenario) == ()
    assert scenario_at(scenario, 20.0) is scenario


def test_a_ramp_grows_in_equal_daily_steps_and_shrinks_over_the_last_days(world) -> None:  # type: ignore[no-untyped-def]
    """Eight places over four days: 2, 4, 6, 8, and 8, 6, 4, 2 on the last four."""
    scenario = world(
        "more: {from: 2020-01-11, to: 2020-01-20, ramp: 4 days, change: {services.ward.places: plus 8}}"
    )
    assert places(scenario, range(9, 21)) == [40, 42, 44, 46, 48, 48, 48, 48, 46, 44, 42, 40]
    assert breakpoints(scenario) == (10.0, 11.0, 12.0, 13.0, 17.0, 18.0, 19.0, 20.0)


def test_the_steps_of_a_ramp_are_exactly_the_breakpoints(world) -> None:  # type: ignore[no-untyped-def]
    """Whatever changes, changes at a breakpoint: compile looks at no other instant."""
    scenario = world(
        "one: {from: 2020-01-11, to: 2020-01-15, ramp: 4 days, change: {arrivals.door.rate: times 2}}\n"
        "two: {from: 2020-01-13, ramp: 7 days, change: {services.ward.places: minus 21}}"
    )
    instants = [quarter / 4 for quarter in range(120)]
    seen = [scenario_at(scenario, at) for at in instants]
    steps = [at for before, at, now in zip(seen, instants[1:], seen[1:], strict=False) if now != before]
    assert tuple(steps) == breakpoints(scenario)


def test_a_ramp_longer_than_half_its_event_turns_round_before_full_strength(world) -> None:  # type: ignore[no-untyped-def]
    scenario = world(
        "more: {from: 2020-01-11, to: 2020-01-14, ramp: 4 days, change: {services.ward.places: plus 8}}"
    )
    assert places(scenario, range(9, 15)) == [40, 42, 44, 44, 42, 40]


def test_a_ramp_moves_rates_dated_values_and_shares(world) -> None:  # type: ignore[no-untyped-def]
    scenario = world(
        "winter: {from: 2020-01-11, ramp: 2 days, change: {arrivals.door.rate: plus 21 per week, "
        "services.team.places: times 0.5, services.ward.next.died: 0.4}}"
    )
    half = scenario_at(scenario, 10.0)
    assert half.arrivals["door"].rate == 11.5
    assert half.services["team"].places == Dated(values=((0.0, 15), (60.0, 23)))
    assert half.services["ward"].next == pytest.approx({"out": 0.4375, "team": 0.2625, "died": 0.3})
    full = scenario_at(scenario, 11.0)
    assert full.arrivals["door"].rate == 13.0
    assert full.services["ward"].next == pytest.approx({"out": 0.375, "team": 0.225, "died": 0.4})


def test_overlapping_events_go_in_order_of_their_start_then_name(world) -> None:  # type: ignore[no-untyped-def]
    """40 x 1.5 + 10, not (40 + 10) x 1.5; on one day `add` comes before `grow`."""
    scenario = world(
        "add: {from: 2020-01-12, change: {services.ward.places: plus 10}}\n"
        "grow: {from: 2020-01-11, change: {services.ward.places: times 1.5}}"
    )
    assert places(scenario, range(10, 12)) == [60, 70]
    same_day = world(
        "grow: {from: 2020-01-11, change: {services.ward.places: times 1.5}}\n"
        "add: {from: 2020-01-11, change: {services.ward.places: plus 10}}"
    )
    assert places(same_day, range(10, 11)) == [75]


def test_what_no_event_touches_stays_the_same_object(world) -> None:  # type: ignore[no-untyped-def]
    scenario = world("cut: {from: 2020-01-11, change: {services.ward.places: minus 4}}")
    during = scenario_at(scenario, 10.0)
    assert during.services["team"] is scenario.services["team"]
    assert during.services["ward"] is not scenario.services["ward"]
    assert during.arrivals["door"] is scenario.arrivals["door"]
    assert during.people["age"] is scenario.people["age"]
    assert scenario_at(scenario, 9.0) is scenario


def test_an_event_may_touch_people_mortality_and_clocks(world) -> None:  # type: ignore[no-untyped-def]
    scenario = world(
        "cold: {from: 2020-01-11, change: {people.age.old: 0.75, people.mortality: 36.525% per year, "
        "services.team.opens.hours: 08:00-20:00, services.team.mortality: times 2, "
        "services.ward.intake: {sun: 0 per day}}}"
    )
    during = scenario_at(scenario, 10.0)
    assert during.people["age"] == {"young": 0.25, "old": 0.75}
    assert during.mortality == pytest.approx(0.001)
    assert during.services["team"].opens == Opening(hours=(8 / 24, 20 / 24))
    assert during.services["team"].mortality == pytest.approx(0.2 / 365.25)
    assert during.services["ward"].intake is not None
    assert during.services["ward"].intake.days["sun"] == 0


def test_breakpoints_lie_inside_the_run(world) -> None:  # type: ignore[no-untyped-def]
    """The run is from day -10 to day 100: its first instant counts, its last does not."""
    scenario = world(
        "before: {from: 2019-12-01, to: 2019-12-24, change: {services.ward.places: 1}}\n"
        "first: {from: 2019-12-22, to: 2019-12-23, change: {services.ward.places: 1}}\n"
        "last: {from: 2020-04-09, to: 2020-04-10, change: {services.ward.places: 1}}\n"
        "after: {from: 2020-04-11, change: {services.ward.places: 1}}"
    )
    assert breakpoints(scenario) == (-10.0, -8.0, -7.0, 99.0)


def test_numbers_of_a_distribution_may_change_and_its_family_may_not(world) -> None:  # type: ignore[no-untyped-def]
    scenario = world("slow: {from: 2020-01-11, change: {services.ward.care_time.exponential: times 2}}")
    assert scenario_at(scenario, 10.0).services["ward"].care_time.parameters == (6.0,)  # type: ignore[union-attr]
    with pytest.raises(ScenarioError, match="not its form"):
        world("slow: {from: 2020-01-11, change: {services.ward.care_time: {fixed: 2 days}}}")


@pytest.mark.parametrize(
    "path", ["seed", "services.ward.kind", "services.ward.queue", "groups", "templates", "events.cut.from"]
)
def test_nothing_else_may_be_changed_by_an_event(world, path: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ScenarioError) as caught:
        world(f"cut: {{from: 2020-01-11, change: {{{path}: 3}}}}")
    assert [fault.path for fault in caught.value.faults] == [f"events.cut.change.{path}"]


def test_an_inactive_event_is_checked_too(world) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ScenarioError, match="got -10"):
        world("cut: {active: false, from: 2020-01-11, change: {services.ward.places: minus 50}}")


def test_the_example_of_the_design_takes_its_winter_day_by_day() -> None:
    scenario = load_scenario(CASES / "valid" / "county_example.yaml")
    assert len(breakpoints(scenario)) == 14
    full = scenario_at(scenario, 270.0)
    assert full.arrivals["emergency"].rate == 44.0
    assert full.services["reablement"].places == Dated(values=((0.0, 162), (183.0, 189)))
    assert scenario_at(scenario, 306.0) is scenario


def faults_of(world, events: str) -> list[str]:  # type: ignore[no-untyped-def]
    with pytest.raises(ScenarioError) as caught:
        world(events)
    return [f"{fault.path}: {fault.message}" for fault in caught.value.faults]


def test_the_faults_of_all_events_are_told_at_once(world) -> None:  # type: ignore[no-untyped-def]
    """One event may not do what it does, two go below 0 places, one of them has a sound change too."""
    told = faults_of(
        world,
        "a: {from: 2020-01-11, change: {services.ward.places: minus 41, arrivals.door.rate: times 2}}\n"
        "b: {from: 2020-01-11, change: {services.ward.next: home}}\n"
        "c: {from: 2020-02-11, change: {services.team.places: minus 21}}",
    )
    assert told == [
        "events.a.change.services.ward.places: needs a whole number, 0 or more; got -1.",
        'events.b.change.services.ward.next: there is no service or exit "home". There are ward, team, out, died.',
        "events.c.change.services.team.places: needs a whole number, 0 or more; got -1.",
    ]


def test_the_faults_of_events_that_overlap_are_told_in_the_order_of_the_file(world) -> None:  # type: ignore[no-untyped-def]
    """Two pairs go below 0 together; the set of all four, faulty for that reason, says nothing more."""
    told = faults_of(
        world,
        "a: {from: 2020-01-11, to: 2020-01-20, change: {services.ward.places: minus 30}}\n"
        "b: {from: 2020-01-11, to: 2020-01-15, change: {services.ward.places: minus 30}}\n"
        "c: {from: 2020-01-15, to: 2020-01-30, change: {arrivals.door.rate: minus 6 per day}}\n"
        "d: {from: 2020-01-18, to: 2020-01-30, change: {arrivals.door.rate: minus 6 per day}}",
    )
    assert told == [
        "events.b.change.services.ward.places: needs a whole number, 0 or more; got -20.",
        "events.d.change.arrivals.door.rate: needs a rate with its unit, 0 or more; got -2 per day.",
    ]


def test_a_fault_of_a_stream_that_an_event_changes_is_told_once(world) -> None:  # type: ignore[no-untyped-def]
    told = faults_of(
        world,
        "a: {from: 2020-01-11, ramp: 2 days, change: {arrivals.door.to: {by: age, young: team}}}\n"
        "b: {from: 2020-01-12, change: {arrivals.door.rate: times 2}}",
    )
    assert told == [
        "events.a.change.arrivals.door.to: by age says nothing for old. Add old: ... or else: ..."
    ]
