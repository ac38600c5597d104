"""Compiling what was read from a file: key order, events on clocks and routes, very long runs."""

from pathlib import Path

import pytest

from caresim.errors import ScenarioError
from caresim.network.compile import compile_network
from caresim.network.loads import loads
from caresim.scenario.files import dump_document, load_scenario

COUNTY = Path(__file__).parents[1] / "cases" / "valid" / "county_example.yaml"

CLOCKS = """\
caresim: 1
name: Clocks
time: {from: 2019-04-01, to: 2019-04-14}
replications: 1
seed: 5
people: {age: {old: 0.25, young: 0.75}}
arrivals:
  door: {to: team, rate: 4 per day, people: {age: {old: 0.5, young: 0.5}}}
services:
  team:
    kind: reablement
    places: 9
    opens: {days: mon-fri, hours: 08:00-16:00}
    intake: {mon-fri: 3 per day, sat: 0 per day, sun: 0 per day}
    rounds: {hours: 09:00-12:00}
    care_time: {exponential: 2 days}
    mortality: 10% per year
    next: home
exits: {home: {}, died: {}}
events:
  push:
    active: true
    from: 2019-04-06
    to: 2019-04-08
    change:
      services.team.opens: {days: mon-sun, hours: 08:00-16:00}
      services.team.intake.sat: 2 per day
      services.team.rounds.hours: 09:00-18:00
      services.team.mortality: times 2
      arrivals.door.rate: times 1.5
      arrivals.door.people.age.old: 0.6
"""


def compiled(tmp_path, text):
    file = tmp_path / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    return compile_network(load_scenario(file))


def turned(value):
    if isinstance(value, dict):
        return {key: turned(entry) for key, entry in reversed(value.items())}
    return [turned(item) for item in value] if isinstance(value, list) else value


def test_a_file_with_every_mapping_turned_round_compiles_to_the_same_network(tmp_path):
    county = load_scenario(COUNTY)
    text = dump_document(turned(county.document))
    assert text.index("exits:") < text.index("services:")
    assert compiled(tmp_path, text) == compile_network(county)


def test_an_event_on_clocks_changes_breakpoints_for_its_days_only(tmp_path):
    network = compiled(tmp_path, CLOCKS)
    (team,) = network.services
    days_open = [int(instant) for instant, is_open in team.opens if is_open]
    assert days_open == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    starts = {int(instant): number for instant, number, _ in team.intake}
    assert [starts[day] for day in range(14)] == [3, 3, 3, 3, 3, 2, 0, 3, 3, 3, 3, 3, 0, 0]
    assert all(new_day for _, _, new_day in team.intake)
    assert network.streams[0].rate.base == ((0.0, 4.0), (5.0, 6.0), (8.0, 4.0))
    ((_, ages),) = network.streams[0].people
    assert [(since, table.leaves[0].cumulative) for since, table in ages] == [
        (0.0, (0.5, 1.0)),
        (5.0, (0.6, 1.0)),
        (8.0, (0.5, 1.0)),
    ]
    told = [(change.at, change.field) for change in network.changes]
    assert told == [(5.0, "rounds"), (5.0, "mortality"), (8.0, "rounds"), (8.0, "mortality")]
    assert network.changes[1].value.leaves[0] == pytest.approx(0.2 / 365.25)
    assert network.changes[3].value == team.mortality


def test_an_event_that_began_before_the_run_holds_at_its_start(tmp_path):
    text = CLOCKS.replace("from: 2019-04-06", "from: 2019-03-01").replace(
        "from: 2019-04-01", "from: 2019-04-03"
    )
    network = compiled(tmp_path, text)
    assert network.streams[0].rate.base == ((0.0, 6.0), (6.0, 4.0))


def test_a_fault_of_the_whole_names_its_line(tmp_path):
    care_time = "care_time: {by: pathway, P0: {exponential: 2 days}}"
    text = CLOCKS.replace("next: home", "sets: {pathway: {P0: 1.0}}\n    next: home")
    text = text.replace("care_time: {exponential: 2 days}", care_time)
    with pytest.raises(ScenarioError) as refused:
        compiled(tmp_path, text)
    (fault,) = refused.value.faults
    assert (fault.line, fault.path) == (16, "services.team.care_time")


def test_a_run_of_a_hundred_years_compiles_and_is_described(tmp_path):
    text = CLOCKS.replace("to: 2019-04-14}", "measure: 36525 days}")
    network = compiled(tmp_path, text)
    (team,) = network.services
    assert len(team.intake) == 36525
    assert team.intake[-1][0] == 36524.0
    (found,) = loads(load_scenario(tmp_path / "scenario.yaml"), network)
    assert len(found.months) == 1201
    assert found.mean.admissions_allowed == pytest.approx(15 / 7, rel=1e-3)
