"""When events hold that come every year, and what is read of those that happen at random."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest

from caresim.scenario.edits import scenario_at
from caresim.scenario.events import Event
from caresim.scenario.files import dump_document, load_scenario
from caresim.scenario.scenario import Scenario

TWO_YEARS = "from: 2019-04-01, to: 2021-03-31"


def scenario_of(words: str, time: str = TWO_YEARS, change: str = "services.ward.places: plus 1") -> Scenario:
    text = f"""
caresim: 1
name: Events
time: {{{time}}}
seed: 1
arrivals: {{gp: {{to: ward, rate: 2 per day}}}}
services:
  ward: {{places: 30, care_time: 5 days, next: home}}
  team: {{places: 30, care_time: 5 days, next: home}}
exits: {{home: {{}}}}
events: {{it: {{{words}, change: {{{change}}}}}}}
"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.yaml"
        file.write_text(text, encoding="utf-8")
        scenario = load_scenario(file)
        again = Path(folder) / "again.yaml"
        again.write_text(dump_document(scenario.document), encoding="utf-8")
        assert load_scenario(again).events == scenario.events
    return scenario


def event(words: str, time: str = TWO_YEARS, change: str = "services.ward.places: plus 1") -> Event:
    return scenario_of(words, time, change).events["it"]


def days(found: Event, start: date = date(2019, 4, 1)) -> list[tuple[str, str]]:
    """First and last day of each time it holds."""
    return [
        (str(start + timedelta(days=since)), str(start + timedelta(days=until - 1)))
        for since, until in found.times
        if until is not None
    ]


def test_every_year_that_touches_the_run_has_its_own() -> None:
    assert days(event("every: year, from: 07-20, to: 08-31")) == [
        ("2019-07-20", "2019-08-31"),
        ("2020-07-20", "2020-08-31"),
    ]


def test_what_ends_before_it_begins_goes_on_into_the_next_year() -> None:
    """The first winter began before the run and holds no more in it."""
    assert days(event("every: year, from: 10-01, to: 01-31")) == [
        ("2019-10-01", "2020-01-31"),
        ("2020-10-01", "2021-01-31"),
    ]


def test_the_warm_up_has_its_winter_too_even_one_that_began_before_it() -> None:
    found = event("every: year, from: 10-01, to: 01-31", "from: 2019-04-01, to: 2019-09-30, warm_up: 70 days")
    assert days(found) == [("2018-10-01", "2019-01-31")]


def test_one_day_a_year() -> None:
    assert days(event("every: year, from: 12-25, to: 12-25")) == [
        ("2019-12-25", "2019-12-25"),
        ("2020-12-25", "2020-12-25"),
    ]


def test_29_february_is_the_end_of_february() -> None:
    assert days(event("every: year, from: 12-01, to: 02-29")) == [
        ("2019-12-01", "2020-02-29"),
        ("2020-12-01", "2021-02-28"),
    ]
    assert days(event("every: year, from: 02-29, to: 03-02")) == [
        ("2020-02-29", "2020-03-02"),
        ("2021-03-01", "2021-03-02"),
    ]
    assert days(event("every: year, from: 02-29, to: 02-29")) == [("2020-02-29", "2020-02-29")]
    assert days(event("every: year, from: 02-01, to: 02-28"))[0] == ("2020-02-01", "2020-02-28")


def test_a_whole_year_has_no_gap() -> None:
    found = event("every: year, from: 04-01, to: 03-31")
    assert next(until for _, until in found.times) == found.times[1][0] == 366.0


def test_at_random_it_may_happen_all_the_time_unless_there_is_a_season() -> None:
    found = event("happens: 2 per year, lasts: 9 days", "from: 2019-04-01, to: 2019-09-30, warm_up: 70 days")
    assert found.times == ((-70.0, None),)
    assert found.at_random is not None
    assert found.at_random.rate == pytest.approx(2 / 365.25)
    assert found.at_random.at_most is None
    season = event(
        "happens: 2 per year, every: year, from: 11-01, to: 03-31, at_most: 4, lasts: {exponential: 3 days}"
    )
    assert days(season) == [("2019-11-01", "2020-03-31"), ("2020-11-01", "2021-03-31")]
    assert event("happens: 2 per year, to: 2019-04-30, lasts: 9 days").times == ((0.0, 30.0),)


def test_each_is_a_list_of_paths_or_all_names_below_one() -> None:
    one = event("happens: 2 per year, each: [services.ward, services.team]", change="places: times 0")
    every = event("happens: 2 per year, each: services.*", change="places: times 0")
    assert one.each == every.each == ("services.team", "services.ward")
    assert event("from: 2019-05-01").each == ("",)


def test_on_dates_each_is_changed_at_once() -> None:
    scenario = scenario_of("every: year, from: 12-01, to: 12-31, each: services.*", change="places: times 2")
    places = [
        [scenario_at(scenario, at).services[name].places for name in ("ward", "team")]
        for at in (243.0, 244.0)
    ]
    assert places == [[30, 30], [60, 60]]
