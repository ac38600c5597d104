"""People in care who go to hospital and come back, where neither service is ever full.

With arrivals at rate a, care times S, a hazard h of hospital admission, hospital stays T and a share
b of returns, care is lost early at the rate h (1 - b) alone, for care time stands still: in care are
a E[int_0^S exp(-h (1 - b) t) dt], in hospital h E[T] of these (Little's law), and a place is kept
for min(T, keep).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from caresim.network.compile import compile_network
from caresim.network.loads import loads
from caresim.records.recorder import AWAY_UNPAID, WHY_RESOURCED, WHY_RESTARTED
from caresim.scenario.files import load_scenario
from theory.tools import Run, assert_theory, replicate, system

A_DAY, CARE, CV, HAZARD, STAY, KEEP, PAY, BACK = 4.0, 40.0, 0.5, 0.05, 4.0, 5.0, 2.0, 0.9
TEXT = system(
    f"""
arrivals: {{gp: {{to: care, rate: {A_DAY:g} per day}}}}
services:
  care:
    places: unlimited
    care_time: {{gamma: {{mean: {CARE:g} days, cv: {CV}}}}}
    next: home
    away: {{rate: {HAZARD} per day, to: ward, keep: {KEEP:g} days, pay: {PAY:g} days, next: {{back: {BACK}, home: 0.1}}}}
  ward: {{places: unlimited, care_time: {{exponential: {STAY:g} days}}, next: died}}
""",
    measure="1500 days",
    warm_up="200 days",
)


def transform(x: float) -> float:
    """E[exp(-x S)] of the gamma care time."""
    return (1 + CARE * CV**2 * x) ** (-1 / CV**2)


def mean_figures(in_care: float) -> list[float]:
    """In care, paid and unpaid away, in hospital, and the share of returns to the kept place."""
    leaving = HAZARD * in_care
    paid = STAY * (1 - math.exp(-PAY / STAY))
    kept = STAY * (1 - math.exp(-KEEP / STAY))
    return [in_care, leaving * paid, leaving * (kept - paid), leaving * STAY, 1 - math.exp(-KEEP / STAY)]


IN_CARE = A_DAY * (1 - transform(HAZARD * (1 - BACK))) / (HAZARD * (1 - BACK))


def figures(run: Run) -> list[float]:
    held, flows = run.columns("held"), run.columns("flows")
    unpaid = (held.state == AWAY_UNPAID) & (held.service == run.number("care"))
    inside = np.minimum(held.end[unpaid], run.network.end) - np.maximum(held.start[unpaid], 0.0)
    restarted, resourced = (
        ((flows.why == why) & (flows.time >= 0)).sum() for why in (WHY_RESTARTED, WHY_RESOURCED)
    )
    return [
        run.held("care", "in_care"),
        run.held("care", "away"),
        float(inside[inside > 0].sum()) / run.network.end,
        run.held("ward"),
        restarted / (restarted + resourced),
    ]


def test_care_stands_still_while_people_are_in_hospital_and_places_are_kept_for_a_time() -> None:
    # The slip: care drawn anew at each return. M = E[min(S, leaving)] + P(leaves) b M.
    once = (1 - transform(HAZARD)) / HAZARD
    anew = A_DAY * once / (1 - BACK * HAZARD * once)
    assert_theory(replicate(TEXT, figures), mean_figures(IN_CARE), mean_figures(anew), fine=0.05)


def test_explain_shares_admissions_out_between_hospitals(tmp_path: Path) -> None:
    """A quarter to a cottage hospital with stays of its own: nobody waits, so only keeping is another."""
    file = tmp_path / "system.yaml"
    cottage = "  cottage: {places: unlimited, care_time: {exponential: 8 days}, next: died}\n  ward:"
    file.write_text(
        TEXT.replace("to: ward", "to: {by: site, east: ward, west: cottage}").replace("  ward:", cottage)
        + "people: {site: {east: 0.75, west: 0.25}}\n",
        encoding="utf-8",
    )
    scenario = load_scenario(file)
    found = {load.service: load.mean for load in loads(scenario, compile_network(scenario))}
    leaving = HAZARD * IN_CARE
    kept = {stay: stay * (1 - math.exp(-KEEP / stay)) for stay in (STAY, 8.0)}
    assert found["ward"].people_a_day == pytest.approx(0.75 * leaving, rel=1e-3)
    assert found["cottage"].people_a_day == pytest.approx(0.25 * leaving, rel=1e-3)
    assert (found["ward"].offered, found["cottage"].offered) == pytest.approx(
        (0.75 * leaving * STAY, 0.25 * leaving * 8.0), rel=1e-3
    )
    assert found["care"].offered == pytest.approx(
        IN_CARE + leaving * (0.75 * kept[STAY] + 0.25 * kept[8.0]), rel=1e-3
    )


def test_explain_says_the_same(tmp_path: Path) -> None:
    """Care asks for those in care and the places kept, the ward for those admitted from care."""
    file = tmp_path / "system.yaml"
    file.write_text(TEXT, encoding="utf-8")
    scenario = load_scenario(file)
    care, ward = loads(scenario, compile_network(scenario))
    in_care, paid, unpaid, in_ward, _ = mean_figures(IN_CARE)
    assert care.mean.offered == pytest.approx(in_care + paid + unpaid, rel=1e-3)
    assert (care.mean.people_a_day, ward.mean.people_a_day) == pytest.approx(
        (A_DAY, HAZARD * in_care), rel=1e-3
    )
    assert ward.mean.offered == pytest.approx(in_ward, rel=1e-3)
