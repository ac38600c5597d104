"""What `explain` shows of one path: the rows that stand for what lies there, and what was declared."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from caresim.errors import ScenarioError
from caresim.network.compile import compile_network
from caresim.network.describe import describe
from caresim.network.describe_part import describe_part, is_under, known_path
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def county() -> Scenario:
    return load_scenario(ROOT / "configs" / "county.yaml")


@pytest.fixture(scope="module")
def everything() -> Scenario:
    return load_scenario(ROOT / "tests" / "cases" / "valid" / "everything.yaml")


def part(scenario: Scenario, path: str) -> str:
    return describe_part(scenario, compile_network(scenario), path)


def titles(text: str) -> list[str]:
    lines = text.splitlines()
    return [title for title, rule in pairwise(lines) if rule and not rule.strip("-")]


def test_of_a_service_only_its_own_rows_are_shown(county):
    text = part(county, "services.home_care")
    assert titles(text) == [
        "What is asked of each service",
        "Care times [days]",
        "Amounts [hours per week]",
        "Routes",
        "Clocks",
        "At the start of the run",
        "As declared",
    ]
    tables = text.partition("As declared")[0]
    assert "home_care" in tables
    owners = {line.split(" ")[0] for line in tables.splitlines()}
    assert not owners & {"ward", "care_home", "package", "reablement", "emergency"}
    assert "! home_care: is asked for 101 %" in text
    assert "! care_home" not in text


def test_every_row_shown_of_a_part_is_a_row_of_the_whole(county):
    whole = {" ".join(line.split()) for line in describe(county, compile_network(county)).splitlines()}
    for service in county.services:
        tables = part(county, f"services.{service}").partition("As declared")[0].splitlines()[3:]
        assert {" ".join(line.split()) for line in tables} <= whole, service


def test_all_parts_together_leave_no_table_out(everything):
    network = compile_network(everything)
    told = titles(describe(everything, network))
    sections = ("services", "arrivals", "people", "staff", "interventions", "budgets")
    parts = {title for name in sections for title in titles(describe_part(everything, network, name))}
    assert set(told) - parts == {"Sources"}


def test_a_standard_is_shown_of_its_own_service_only(county):
    standard = ("services.ward.standard", "{within: 4 days, of: wait}")
    scenario = load_scenario(ROOT / "configs" / "county.yaml", [standard])
    assert "4 days" in part(scenario, "services.ward.standard").partition("As declared")[0]
    assert "Clocks" not in titles(part(scenario, "services.reablement.places"))


def test_of_one_key_only_what_it_says_is_shown(county):
    text = part(county, "services.ward.care_time")
    assert titles(text) == ["Care times [days]", "As declared"]
    assert "ward     age 18-64   lognormal           5.00" in text
    assert titles(part(county, "services.home_care.give_up")) == ["Routes", "As declared"]
    assert titles(part(county, "services.ward.rounds")) == ["Clocks", "As declared"]
    assert titles(part(county, "services.reablement.places")) == ["What changes over the run", "As declared"]
    assert titles(part(county, "arrivals.emergency.rate")) == ["What changes over the run", "As declared"]


def test_what_is_declared_is_told_with_its_source_and_numbers_without_one_say_so(county, everything):
    lines = [line.split() for line in part(county, "services.home_care.cost").splitlines()]
    assert ["per_hour", "16.37", "C48"] in lines
    assert ["payer.by", "funding"] in lines
    assert "no source" in part(everything, "services")


def test_what_no_table_tells_is_told_as_declared(county):
    text = part(county, "time")
    assert titles(text) == ["As declared"]
    assert "warm_up  26 weeks" in text
    assert "winter.active                             true" in part(county, "events")


def test_a_group_of_staff_is_shown_without_the_others(everything):
    names = list(everything.staff)
    text = part(everything, f"staff.{names[0]}")
    assert "Staff" in titles(text)
    rows = {line.split(" ")[0] for line in text.partition("As declared")[0].splitlines()}
    assert names[0] in rows
    assert not rows & set(names[1:])


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("services.home_car", 'Did you mean "services.home_care"?'),
        ("services.ward.care_times", 'Did you mean "services.ward.care_time"?'),
        ("home_care", 'Did you mean "services.home_care"?'),
        ("service", 'Did you mean "services"?'),
        ("services.ward.xyzzy", "Under services.ward are kind, care_time, sets, "),
        ("services.home_car.care_time", 'Did you mean "services.home_care.care_time"?'),
        ("services.home_car.xyzzy", 'Did you mean "services.home_care"?'),
        ("published.first", "Under published are 0 to "),
        ("services.home_care.kind.what", "services.home_care.kind has nothing below it."),
        ("", "There are caresim, name, time, "),
    ],
)
def test_a_path_at_which_nothing_lies_is_refused_with_the_nearest(county, path, hint):
    with pytest.raises(ScenarioError) as refused:
        known_path(county, path)
    assert f'there is nothing at "{path}". {hint}' in str(refused.value)


def test_a_path_is_taken_whole_not_by_its_first_letters():
    assert is_under("services.ward", "services.ward")
    assert is_under("services.ward.places", "services.ward")
    assert not is_under("services.ward_two", "services.ward")
    assert not is_under("services", "services.ward")
