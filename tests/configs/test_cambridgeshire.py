"""Cambridgeshire and Peterborough, shortened: what must hold whatever the figures are."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

import pytest

from caresim.experiment.runner import RunOutcome, run_scenario
from caresim.measures.catalogue import MEASURES
from caresim.measures.published import published_lines
from caresim.network.compile import compile_network
from caresim.network.sources import unsourced_numbers
from caresim.network.waits import may_deadlock
from caresim.records.results import Results
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario

FILE = Path(__file__).parents[2] / "configs" / "cambridgeshire.yaml"
BASELINE = Path(__file__).parents[2] / "experiments" / "cambridgeshire_baseline"
SHORT = ("time", "{from: 2018-12-10, to: 2019-01-06, warm_up: 2 weeks}")
"""Christmas: bank holidays, escalation beds, and the census still near."""
HOSPITALS = ("addenbrookes", "hinchingbrooke", "peterborough_city", "other_hospitals", "community_beds")


def finished(changes: list[tuple[str, str]]) -> Results:
    outcome: RunOutcome = run_scenario(load_scenario(FILE, [SHORT, *changes]), replications=1, jobs=1)
    assert outcome.failures == []
    return Results(manifest=outcome.manifest, small=outcome.small, tables=outcome.tables)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(FILE, [])


@pytest.fixture(scope="module")
def christmas() -> Results:
    return finished([])


def figure(results: Results, measure: str, **where: str) -> float:
    return float(MEASURES[measure].figures(results, where=where)["value"].mean())


def test_every_number_says_where_it_comes_from(scenario: Scenario) -> None:
    assert unsourced_numbers(scenario) == []


def test_every_source_is_a_fact_a_note_or_an_assumption(scenario: Scenario) -> None:
    texts = [*scenario.sources.values(), *(line.source for line in scenario.published)]
    known = ("assumption", "domain.md", *(f"C{number:02d}" for number in range(1, 73)))
    assert [text for text in texts if not any(word in text for word in known)] == []


def test_the_tuned_numbers_are_those_that_are_shipped(scenario: Scenario) -> None:
    """As `calibrate.py` says them; at most half as many as there are figures tuned to."""
    tuned = runpy.run_path(str(BASELINE / "calibrate.py"), run_name="calibrate")["TUNED"]
    for each in tuned:
        same, other = (load_scenario(FILE, each.changes(value)) for value in (each.shipped, each.first))
        assert same.services == scenario.services, each.name
        assert same.people == scenario.people, each.name
        assert same.arrivals == scenario.arrivals, each.name
        assert other.document != scenario.document, each.name
    targets = [line for line in scenario.published if line.used == "tuned"]
    assert len(tuned) <= len(targets) / 2


def test_the_hospitals_are_one_template(scenario: Scenario) -> None:
    """Routes, pathways and rounds are written once: a change to one would be a change to all."""
    acute = [scenario.services[name] for name in HOSPITALS[:4]]
    assert all(each.sets == acute[0].sets and each.care_time == acute[0].care_time for each in acute)
    assert all(each.next == acute[0].next and each.rounds == acute[0].rounds for each in acute)


def test_what_was_tuned_is_said_and_has_bounds(scenario: Scenario) -> None:
    uses = Counter(line.used for line in scenario.published)
    assert uses["tuned"] == 19
    assert all(line.within is not None for line in scenario.published if line.used == "tuned")


def test_no_route_can_lock_up_but_through_readmission(scenario: Scenario) -> None:
    """Whoever bridges or comes back may hold what another needs; nothing else goes round in a circle."""
    assert all(
        set(names) <= {"discharge_cars", "interim_beds", "home_care"}
        for names in may_deadlock(compile_network(scenario))
    )


def test_every_published_figure_has_a_modelled_one(christmas: Results) -> None:
    """Outcomes of thirty days and the last quarter lie outside a run of four weeks; all else is there."""
    lines = [line for line in published_lines(christmas) if line.modelled is None]
    assert {line.measure for line in lines} <= {"readmitted_30", "people"}


def test_delayed_people_add_up(christmas: Results) -> None:
    """By hospital, by reason and by area they are the same people."""
    whole = figure(christmas, "dtoc_people")
    assert whole > 0
    assert sum(figure(christmas, "dtoc_people", service=name) for name in HOSPITALS) == pytest.approx(whole)
    areas = ("cambridgeshire", "peterborough", "elsewhere")
    assert sum(figure(christmas, "dtoc_people", area=area) for area in areas) == pytest.approx(whole)
    by_reason = MEASURES["dtoc_people"].figures(christmas, by=["reason"])
    assert by_reason["value"].sum() == pytest.approx(whole)


def test_people_of_other_councils_use_no_local_care(christmas: Results) -> None:
    for service in ("reablement", "intermediate_care", "home_care", "residential", "nursing"):
        assert figure(christmas, "people", service=service, area="elsewhere") == 0
        assert figure(christmas, "people", service=service, area="peterborough") > 0


def test_direct_payments_are_paid_by_the_council(christmas: Results) -> None:
    assert figure(christmas, "people", service="direct_payments", funding="self") == 0


def test_only_planned_admissions_are_cancelled(christmas: Results) -> None:
    cancelled = MEASURES["cancelled"].figures(christmas, by=["stream"])
    assert set(cancelled.loc[cancelled["value"] > 0, "stream"]) <= {"elective"}


def test_nobody_starts_reablement_on_a_bank_holiday(christmas: Results) -> None:
    daily = christmas.table("daily")
    # Day 0 is 10 December 2018: Christmas Day and Boxing Day are days 15 and 16.
    closed = daily[(daily["service"] == "reablement") & daily["day"].isin([15, 16])]
    around = daily[(daily["service"] == "reablement") & daily["day"].isin([14, 17])]
    assert closed["admissions"].sum() == 0
    assert around["admissions"].sum() > 0


def test_forty_more_reablement_places_are_taken_and_shorten_the_queue(christmas: Results) -> None:
    """From 120 to 160: those are enough in four quiet weeks at Christmas, and more would not be noticed."""
    fewer = finished([("services.reablement.places", "minus 40")])
    assert figure(christmas, "people", service="reablement") > figure(fewer, "people", service="reablement")
    assert figure(christmas, "queue", service="reablement") < figure(fewer, "queue", service="reablement")
