"""Cheshire East, and Cheshire in three localities, shortened: what must hold whatever the figures are."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from caresim.experiment.runner import RunOutcome, run_scenario
from caresim.measures.catalogue import MEASURES
from caresim.measures.published import published_lines
from caresim.network.compile import compile_network
from caresim.network.loads import loads
from caresim.network.waits import may_deadlock
from caresim.records.results import Results
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario

CONFIGS = Path(__file__).parents[2] / "configs"
SYSTEMS = {"cheshire_east": "2017-12-11", "cheshire": "2018-12-10"}
"""Each with a Monday two weeks before Christmas."""
LOCAL = ("beds_west", "beds_mid", "beds_east", "reablement_west", "intermediate_care_east")
POOLED = ("pooled_beds", "pooled_reablement", "pooled_intermediate_care")


def finished(name: str, *changes: tuple[str, str], weeks: int = 4) -> Results:
    time = f"{{from: {SYSTEMS[name]}, measure: {weeks} weeks, warm_up: 2 weeks}}"
    scenario = load_scenario(CONFIGS / f"{name}.yaml", [("time", time), *changes])
    outcome: RunOutcome = run_scenario(scenario, replications=1, jobs=1)
    assert outcome.failures == []
    return Results(manifest=outcome.manifest, small=outcome.small, tables=outcome.tables)


@pytest.fixture(scope="module", params=SYSTEMS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def scenario(name: str) -> Scenario:
    return load_scenario(CONFIGS / f"{name}.yaml", [])


@pytest.fixture(scope="module")
def christmas(name: str) -> Results:
    return finished(name)


def figure(results: Results, measure: str, **where: str) -> float:
    return float(MEASURES[measure].figures(results, where=where)["value"].mean())


def test_every_source_is_a_fact_a_note_or_an_assumption(scenario: Scenario) -> None:
    texts = [*scenario.sources.values(), *(line.source for line in scenario.published)]
    assert [text for text in texts if not re.search(r"assumption|domain\.md \d|\b[CESP]\d\d\b", text)] == []


def test_what_was_tuned_is_said_and_has_bounds(scenario: Scenario, name: str) -> None:
    """People delayed and eight reasons for each council."""
    uses = Counter(line.used for line in scenario.published)
    assert uses["tuned"] == {"cheshire_east": 9, "cheshire": 18}[name]
    assert all(line.within is not None for line in scenario.published if line.used == "tuned")


def test_no_two_services_can_wait_for_one_another(scenario: Scenario) -> None:
    assert not may_deadlock(compile_network(scenario))


def test_every_published_figure_has_a_modelled_one(christmas: Results) -> None:
    """But for outcomes after thirty and ninety-one days, which lie outside a run of four weeks."""
    missing = {line.measure for line in published_lines(christmas) if line.modelled is None}
    assert missing <= {"readmitted_30", "home_91"}


def test_delayed_people_are_the_same_by_area_and_by_reason(christmas: Results) -> None:
    whole = figure(christmas, "dtoc_people")
    assert whole > 0
    for key in ("area", "reason", "service"):
        parts = MEASURES["dtoc_people"].figures(christmas, by=[key])
        assert parts["value"].sum() == pytest.approx(whole)


def test_every_delay_of_a_resident_has_a_reason_of_its_own(christmas: Results) -> None:
    """O, "other", is where delays go that nobody gave a reason."""
    for area in ("cheshire_east", "cheshire_west_and_chester"):
        if area in {row["area"] for row in groups_of(christmas)}:
            assert figure(christmas, "dtoc_people", area=area, reason="O") == 0


def groups_of(results: Results) -> list[dict[str, str]]:
    return [line.where for line in published_lines(results) if "area" in line.where]


def test_people_of_other_councils_use_no_local_care(christmas: Results) -> None:
    """Whoever lives elsewhere takes a hospital bed, and nothing that Cheshire provides."""
    held = MEASURES["people"].figures(christmas, by=["service"], where={"area": "elsewhere"})
    theirs = set(held.loc[held["value"] > 0, "service"].astype(str))
    assert theirs <= {"leighton", "macclesfield", "countess", "other_hospitals", "at_home"}


def test_a_tenth_less_home_care_is_a_hard_winter(name: str, christmas: Results) -> None:
    """More wait and give up; the queue stays smaller than a month's new packages."""
    services = {"cheshire_east": ("home_care",), "cheshire": ("home_care_east", "home_care_west")}[name]
    cuts = [(f"services.{service}.providers.agency.hours", "times 0.9") for service in services]
    less = finished(name, *cuts)
    for service in services:
        queue = figure(less, "queue", service=service)
        assert figure(christmas, "queue", service=service) < queue < 120


def test_all_nursing_beds_of_cheshire_east_are_there() -> None:
    """E07: 2,596."""
    services = load_scenario(CONFIGS / "cheshire_east.yaml", []).services
    beds = {name: services[name].places for name in ("nursing", "nursing_dementia")}
    assert sum(int(str(places)) for places in beds.values()) == 2596


def test_one_switch_pools_short_term_care() -> None:
    """Those who are in a locality's care at the start stay there; nobody else comes."""
    pooled = finished("cheshire", ("events.pooling.active", "true"))
    flows = pooled.table("daily").groupby("service", observed=True)["admissions"].sum()
    assert all(flows[service] > 0 for service in POOLED)
    assert all(flows[service] == 0 for service in LOCAL)


def test_the_pool_has_as_many_places_as_the_localities_and_no_place_stands_ready_twice() -> None:
    def places(pooled: str) -> dict[str, float]:
        scenario = load_scenario(CONFIGS / "cheshire.yaml", [("events.pooling.active", pooled)])
        return {load.service: load.mean.capacity or 0 for load in loads(scenario, compile_network(scenario))}

    local, pool = places("false"), places("true")
    for kind in ("beds", "reablement", "intermediate_care"):
        of_localities = [f"{kind}_{locality}" for locality in ("west", "mid", "east")]
        assert pool[f"pooled_{kind}"] == sum(local[service] for service in of_localities) > 0
        assert local[f"pooled_{kind}"] == sum(pool[service] for service in of_localities) == 0
