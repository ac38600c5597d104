"""Providers as they are written: counts written out, and what is made of the rest."""

from __future__ import annotations

import math
from pathlib import Path

from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import Provider

BASE = Path(__file__).parents[1] / "cases" / "base.yaml"


def scenario_of(tmp_path: Path, team: str, *changes: tuple[str, object], more: str = "") -> Scenario:
    (tmp_path / "base.yaml").write_text(BASE.read_text(encoding="utf-8"), encoding="utf-8")
    file = tmp_path / "own.yaml"
    file.write_text(
        f"extends: base.yaml\nservices:\n  team: {{places: null, {team}}}\n{more}", encoding="utf-8"
    )
    return load_scenario(file, changes)


def providers_of(scenario: Scenario) -> dict[str, Provider]:
    return {provider.name: provider for provider in scenario.services["team"].providers}


def test_a_count_is_written_out_with_labels_of_their_own_and_in_fill(tmp_path: Path) -> None:
    team = "fill: [agency, spot], providers: {spot: {places: 5}, agency: {count: 3, label: Agency no., places: 8}}"
    scenario = scenario_of(tmp_path, team)
    found = providers_of(scenario)
    assert list(found) == ["agency_1", "agency_2", "agency_3", "spot"]
    assert [provider.label for provider in found.values()] == [
        "Agency no. 1",
        "Agency no. 2",
        "Agency no. 3",
        "Spot",
    ]
    assert scenario.services["team"].fill == ("agency_1", "agency_2", "agency_3", "spot")
    assert [provider.places for provider in found.values()] == [8, 8, 8, 5]


def test_changes_come_before_a_count_is_written_out(tmp_path: Path) -> None:
    changes = (
        ("services.team.providers.agency.count", 2),
        ("services.team.providers.agency.places", "times 0.5"),
    )
    found = providers_of(scenario_of(tmp_path, "providers: {agency: {count: 3, places: 8}}", *changes))
    assert [(name, provider.places) for name, provider in found.items()] == [("agency_1", 4), ("agency_2", 4)]


def test_what_an_event_says_of_one_of_a_count_holds_for_that_one(tmp_path: Path) -> None:
    """Whichever of the two is written first."""
    of_all, of_one = "services.team.providers.agency.places: 1", "services.team.providers.agency_2.places: 7"
    for change in (f"{of_all}, {of_one}", f"{of_one}, {of_all}"):
        events = f"events: {{e: {{from: 2020-03-01, change: {{{change}}}}}}}"
        scenario = scenario_of(tmp_path, "providers: {agency: {count: 2, places: 8}}", more=events)
        assert dict(scenario.events["e"].changes) == {
            "services.team.providers.agency_1.places": 1,
            "services.team.providers.agency_2.places": 7,
        }


def test_each_names_all_of_a_count(tmp_path: Path) -> None:
    events = (
        "events: {e: {happens: 1 per year, each: [services.team.providers.agency], change: {closed: true}}}"
    )
    scenario = scenario_of(tmp_path, "providers: {agency: {count: 2, places: 8}}", more=events)
    assert scenario.events["e"].each == (
        "services.team.providers.agency_1",
        "services.team.providers.agency_2",
    )


def test_closed_is_open_for_good_or_until_everybody_is_out(tmp_path: Path) -> None:
    team = "providers: {a: {places: 1, closed: false}, b: {places: 1, closed: true}, c: {places: 1, closed: {notice: 4 weeks}}}"
    found = providers_of(scenario_of(tmp_path, team))
    assert [provider.closed for provider in found.values()] == [None, math.inf, 28.0]


def test_takes_is_one_value_or_several_and_all_attributes_must_be_met(tmp_path: Path) -> None:
    team = "providers: {a: {places: 1}, b: {places: 1, takes: {area: north, age: [young, old]}}}"
    found = providers_of(scenario_of(tmp_path, team))
    assert found["a"].takes == {}
    assert found["b"].takes == {"age": ("old", "young"), "area": ("north",)}
