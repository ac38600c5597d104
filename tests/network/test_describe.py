"""What `caresim explain` says, on a file with everything in it."""

from pathlib import Path

import pytest

from caresim.network.compile import compile_network
from caresim.network.describe import describe, unsourced_numbers
from caresim.network.layout import WIDTH, in_runs, section
from caresim.network.loads import loads
from caresim.network.sources import numbers
from caresim.network.waits import may_deadlock
from caresim.scenario.files import load_scenario
from network.worlds import arrival, scenario, service

COUNTY = Path(__file__).parents[1] / "cases" / "valid" / "county_example.yaml"

TINY = """\
caresim: 1
name: Tiny
time: {from: 2019-04-01, measure: 28 days}
replications: 2
seed: 5
people:
  age: {old: 0.25, young: 0.75}
arrivals:
  door: {to: ward, rate: 4 per day}
templates:
  general:
    kind: acute
    care_time:
      by: age
      old: {exponential: 4 days}
      young: {lognormal: {mean: 2 days, cv: 0.5, at_most: 3 days}}
services:
  ward: {like: general, places: 9, next: {home: 0.9, at_home: 0.1}}
  at_home: {kind: home, places: unlimited, care_time: {fixed: 30 days}, next: {ward: 0.5, home: 0.5}}
exits: {home: {}}
events:
  strike:
    active: true
    from: 2019-04-11
    to: 2019-04-12
    change: {services.ward.places: minus 4, services.ward.next.at_home: 20%}
  quiet: {active: false, from: 2019-04-15, change: {services.ward.places: 1}}
sources:
  services.ward: S1
  services.ward.next: S2
  templates.general.care_time.old: S3
  people: S4
"""


@pytest.fixture
def tiny(tmp_path):
    file = tmp_path / "tiny.yaml"
    file.write_text(TINY, encoding="utf-8")
    return load_scenario(file)


def test_the_county_example_asks_for_what_its_routes_say():
    """The window's traffic by hand, from the arrivals that the rate, its patterns and growth bring."""
    county = load_scenario(COUNTY)
    found = {load.service: load for load in loads(county, compile_network(county))}
    arrivals = found["ward"].mean.people_a_day
    p1 = 0.40 * 0.04 + 0.38 * 0.16 + 0.22 * 0.30
    p3 = 0.40 * 0.002 + 0.38 * 0.015 + 0.22 * 0.040
    assert found["assessment"].mean.people_a_day == pytest.approx(arrivals * p1)
    assert found["reablement"].mean.people_a_day == pytest.approx(arrivals * p1 * 0.9)
    home_care = arrivals * p1 * (0.1 + 0.9 * 0.25)
    assert found["home_care"].mean.people_a_day == pytest.approx(home_care)
    care_home = arrivals * (p3 + p1 * 0.9 * 0.05) + home_care * 0.25
    assert found["care_home"].mean.people_a_day == pytest.approx(care_home)
    assert found["care_home"].mean.offered == pytest.approx(care_home * 801)
    ward_days = 0.40 * 5 + 0.38 * 8 + 0.22 * 11
    assert found["ward"].drawn_care_time == pytest.approx(ward_days)
    assert found["ward"].mean.offered == pytest.approx(arrivals * (ward_days + found["ward"].rounds_add))
    # About 40 a day, a percent or two more by growth and winter.
    assert arrivals == pytest.approx(40.9, abs=0.2)
    assert found["reablement"].mean.capacity == pytest.approx(
        (183 * 180 + 183 * 210 - 21 * 44 + 21 * 7) / 366, abs=2
    )
    assert found["ward"].worst.month == "2020-01"


def test_the_county_example_is_described_within_a_page_width():
    county = load_scenario(COUNTY)
    text = describe(county, compile_network(county))
    assert "2019-10-01  reablement  180 places -> 210 places" in text
    assert "instead       after 5 days (mean): reablement, keeping their turn for those from ward" in text
    assert "16.4 % end at 6 weeks" in text
    assert "mon-fri 3, sat 1, sun 0, bank holiday 0" in text
    assert max(map(len, text.splitlines())) <= WIDTH + 2
    assert may_deadlock(compile_network(county)) == ()


def test_an_event_is_a_change_there_and_back(tiny):
    network = compile_network(tiny)
    told = [(change.at, change.field) for change in network.changes]
    assert told == [(10.0, "capacity"), (10.0, "next"), (12.0, "capacity"), (12.0, "next")]
    ward = network.services[1]
    assert [change.value for change in network.changes if change.field == "capacity"] == [5, 9]
    assert network.changes[3].value == ward.next
    # at_home takes 0.1 more from home: cumulated by name, at_home first.
    assert network.changes[1].value.leaves[0].cumulative == pytest.approx((0.2, 1.0))


def test_loads_follow_the_loop_and_the_event(tiny):
    found = {load.service: load for load in loads(tiny, compile_network(tiny))}
    plain, strike = 4 / (1 - 0.1 * 0.5), 4 / (1 - 0.2 * 0.5)
    assert found["ward"].mean.people_a_day == pytest.approx((26 * plain + 2 * strike) / 28)
    assert found["ward"].mean.capacity == pytest.approx((26 * 9 + 2 * 5) / 28)


def test_the_nearest_source_wins_and_a_template_may_have_one(tiny):
    told = {number.path: number.source for number in numbers(tiny)}
    assert told["services.ward.places"] == "S1"
    assert told["services.ward.next.home"] == "S2"
    assert told["people.age.old"] == "S4"
    assert told["services.ward.care_time.old.exponential"] == "S3"
    assert told["services.at_home.care_time.fixed"] is None
    assert told["events.strike.change.services.ward.places"] is None
    assert "events.strike.from" not in told
    assert not [path for path in told if path.startswith(("time", "templates", "seed"))]


def test_what_has_no_source_is_listed_with_its_line(tiny):
    lines = unsourced_numbers(tiny)
    assert len(lines) == sum(number.source is None for number in numbers(tiny))
    assert f"{tiny.file}:9, arrivals.door.rate: 4 per day" in lines


def test_a_description_warns_of_what_cannot_keep_up():
    declared = scenario([service("ward", places=2, care=3)], [arrival("a", to="ward", rate=1.0)])
    text = describe(declared, compile_network(declared))
    assert "! ward: is asked for 150 % of what there is over the whole window: it cannot keep up." in text
    fine = scenario([service("ward", places=4, care=3)], [arrival("a", to="ward", rate=1.0)])
    assert "!" not in describe(fine, compile_network(fine))


def test_a_long_last_cell_goes_on_below_itself():
    text = section("Title", ["a", "b"], [["x", "word " * 40]])
    lines = text.splitlines()
    assert lines[:2] == ["Title", "-----"]
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[4].startswith("   word")


def test_names_numbered_on_and_on_are_a_run():
    names = [*(f"care.agency_{k}" for k in (10, 1, 2, 3, 9, 11)), "care.oak", "care.elm_2", "care.elm_1"]
    assert in_runs(names) == [
        "care.agency_1 to agency_3",
        "care.agency_9 to agency_11",
        "care.elm_1",
        "care.elm_2",
        "care.oak",
    ]


def test_it_says_who_goes_to_hospital_and_how_many_are_back_in_time(tmp_path):
    """Half of exponential stays end before their median, 10 days x ln 2."""
    file = tmp_path / "away.yaml"
    file.write_text(
        """\
caresim: 1
name: Away
time: {from: 2019-04-01, measure: 28 days}
replications: 2
seed: 5
arrivals: {door: {to: care, rate: 1 per day}}
services:
  ward: {places: 9, care_time: {exponential: 10 days}, next: home}
  care:
    places: unlimited
    care_time: {exponential: 100 days}
    next: home
    away: {rate: 2 per year, to: ward, keep: 6.931471 days, pay: 2 days, next: {back: 0.9, home: 0.1}}
exits: {home: {}}
""",
        encoding="utf-8",
    )
    scenario_ = load_scenario(file)
    text = describe(scenario_, compile_network(scenario_))
    words = " ".join(text.partition("Hospital, the place kept")[2].split())
    assert "care admitted 2.00 a year of care" in words
    assert "paid for 2 days" in words
    assert "ready in time 50 %" in words
    assert "next back 90 %, home 10 %" in words


def test_it_says_what_an_event_makes_of_away_and_of_a_closed_provider(tmp_path):
    """On a date from what to what, at random the change as it is written. Paid is no longer than kept."""
    file = tmp_path / "changes.yaml"
    file.write_text(
        """\
caresim: 1
name: Changes
time: {from: 2019-04-01, measure: 300 days}
replications: 2
seed: 5
arrivals: {door: {to: care, rate: 1 per day}}
services:
  ward: {places: 9, care_time: {exponential: 10 days}, next: home}
  care:
    providers: {elm: {places: 40}, oak: {places: 90}}
    care_time: {exponential: 100 days}
    next: home
    away: {rate: 2 per year, to: ward, keep: 14 days, pay: 7 days, next: {back: 0.9, home: 0.1}}
exits: {home: {}}
events:
  given_up: {from: 2019-06-01, to: 2019-06-30, change: {services.care.away.keep: 0 days, services.care.away.next.back: 0.5}}
  shut: {happens: 5 per year, lasts: 9 days, each: services.care.providers.*, change: {closed: true}}
  fails: {happens: 1 per year, at_most: 1, change: {services.care.providers.elm.closed: {notice: 28 days}}}
""",
        encoding="utf-8",
    )
    scenario_ = load_scenario(file)
    text = describe(scenario_, compile_network(scenario_))
    dated = [" ".join(line.split()) for line in text.partition("What changes over the run")[2].splitlines()]
    assert dated[3:9] == [
        "2019-06-01 care away: keep 2 weeks -> 0 days",
        "care away: next back 90 %, home 10 % -> back 50 %, home 50 %",
        "care away: pay 1 week -> 0 days",
        "2019-07-01 care away: keep 0 days -> 2 weeks",
        "care away: next back 50 %, home 50 % -> back 90 %, home 10 %",
        "care away: pay 0 days -> 1 week",
    ]
    changes = [" ".join(line.split()) for line in text.splitlines() if line.split()[:1] == ["changes"]]
    assert changes == [
        "changes services.care.providers.elm.closed: {notice: 28 days}",
        "changes closed: true",
    ]


def test_it_says_who_goes_to_which_hospital_and_how_many_are_back_in_time_from_each(tmp_path):
    """Half of exponential stays end before their median, 10 days x ln 2, and three in four of half as long ones."""
    file = tmp_path / "away.yaml"
    file.write_text(
        """\
caresim: 1
name: Away
time: {from: 2019-04-01, measure: 28 days}
replications: 2
seed: 5
people: {site: {east: 0.5, north: 0.3, west: 0.2}}
arrivals: {door: {to: care, rate: 1 per day}}
services:
  ward: {places: 9, care_time: {exponential: 10 days}, next: home}
  cottage: {places: 9, care_time: {exponential: 5 days}, next: home}
  care:
    places: unlimited
    care_time: {exponential: 100 days}
    next: home
    away: {rate: 2 per year, to: {by: site, west: cottage, else: ward}, keep: 6.931471 days}
exits: {home: {}}
""",
        encoding="utf-8",
    )
    scenario_ = load_scenario(file)
    text = describe(scenario_, compile_network(scenario_))
    words = " ".join(text.partition("Hospital, the place kept")[2].split())
    assert "to site east/north: ward; the place is kept" in words
    assert "site west: cottage; the place is kept" in words
    assert "ready in time cottage: 75 %" in words
    assert "ward: 50 %" in words


def test_it_says_of_each_group_which_hospital_where_no_single_condition_does():
    """The ward is for the young, and for the old of the north."""
    scenario_ = load_scenario(Path(__file__).parents[1] / "cases" / "valid" / "away.yaml")
    words = " ".join(describe(scenario_, compile_network(scenario_)).split())
    kept = "the place is kept 2 weeks, paid for 1 week"
    assert f"age old, area north: ward; {kept}" in words
    assert f"age young: ward; {kept}" in words
    assert f"age old, area south: cottage; {kept}" in words


def test_it_says_what_is_found_again_and_where_those_go_whom_a_closure_puts_out(tmp_path):
    """Of one admission in a hundred days of care half are too late: the broker has 1 a day and 0.5 more."""
    file = tmp_path / "again.yaml"
    file.write_text(
        """\
caresim: 1
name: Again
time: {from: 2019-04-01, measure: 280 days}
replications: 2
seed: 5
arrivals: {door: {to: broker, rate: 1 per day}}
services:
  broker: {in_place: true, places: 9, care_time: 2 days, next: care}
  ward: {places: unlimited, care_time: {exponential: 10 days}, next: home}
  care:
    places: 150
    care_time: {fixed: 100 days}
    next: home
    away: {rate: 1% per day, to: ward, keep: 6.931471 days, find_again: broker}
exits: {home: {}}
events:
  shut: {from: 2019-12-30, change: {services.care.closed: {notice: 4 days, else: {ward: 0.5, home: 0.5}}}}
""",
        encoding="utf-8",
    )
    scenario_ = load_scenario(file)
    network = compile_network(scenario_)
    text = " ".join(describe(scenario_, network).split())
    assert "back too late broker first" in text
    assert "2019-12-30 care closes, and people must move; who has found no place goes to home 50 %, ward 50 %" in text
    assert "2020-01-03 care 150 places -> 0 places care is empty" in text
    assert "provider" not in text
    found = {load.service: load.mean.people_a_day for load in loads(scenario_, network)}
    assert found["broker"] == pytest.approx(1.5, rel=1e-3)
    assert found["care"] == pytest.approx(1.0, rel=1e-3)
