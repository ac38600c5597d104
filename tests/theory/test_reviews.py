"""Reviews of care under way where nobody waits for care: how many there are, whom they end, what they leave.

With arrivals at rate a, care that ends at rate m, reviews at rate r of which a share p ends the care and
a share q leaves f times the hours, care ends at rate m + r p: a / (m + r p) people are in care. Of the
hours at admission A exp(-r q (1 - f) t) are left on average after t of care that goes on, so
a A / (m + r p + r q (1 - f)) hours a week are held. Reviews are done at r times the people in care.

One team that is always too small is the repairman who looks after N machines: with one place, times
between reviews of rate r and reviews of rate s, the team is idle for a share 1 / sum_k N! / (N - k)!
(r / s)^k of the time, and does s times the rest (Cox and Smith, Queues, 1961).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from caresim.network.compile import compile_network
from caresim.network.loads import loads
from caresim.scenario.files import load_scenario
from theory.tools import Run, assert_theory, replicate, system

A_DAY, CARE, BETWEEN, HOURS = 4.0, 40.0, 20.0, 20.0
ENDS, LESS, FACTOR = 0.2, 0.4, 0.5
TEXT = system(
    f"""
arrivals: {{gp: {{to: care, rate: {A_DAY:g} per day}}}}
services:
  care:
    hours: 1000000 per week
    amount: {HOURS:g} hours per week
    care_time: {{exponential: {CARE:g} days}}
    next: home
    reviews:
      every: {{exponential: {BETWEEN:g} days}}
      outcomes: {{same: {1 - ENDS - LESS:g}, less: {LESS:g}, ends: {ENDS:g}}}
      effects: {{less: {{amount: times {FACTOR:g}}}}}
""",
    measure="1500 days",
    warm_up="300 days",
)


def mean_figures(ends: float = ENDS, less: float = LESS) -> list[float]:
    """In care, hours per week held, reviews a day, hours per week by which they make packages smaller each day."""
    leaving, shrinking = 1 / CARE + ends / BETWEEN, less * (1 - FACTOR) / BETWEEN
    in_care, hours = A_DAY / leaving, A_DAY * HOURS / (leaving + shrinking)
    return [in_care, hours, in_care / BETWEEN, hours * (ends / BETWEEN + shrinking)]


def figures(run: Run) -> list[float]:
    held, reviews = run.columns("held"), run.columns("reviews")
    inside = np.maximum(np.minimum(held.end, run.network.end) - np.maximum(held.start, 0.0), 0.0)
    done = (reviews.outcome >= 0) & (reviews.ended_at >= 0.0)
    freed = (reviews.before - reviews.after)[done].sum() / 60
    days = run.network.end
    return [
        run.held("care"),
        float((inside * held.amount).sum()) / 60 / days,
        done.sum() / days,
        freed / days,
    ]


def test_reviews_end_care_and_make_packages_smaller_at_their_rate() -> None:
    # The slip: the two shares exchanged.
    assert_theory(replicate(TEXT, figures), mean_figures(), mean_figures(LESS, ENDS), fine=0.05)


def test_explain_says_the_same(tmp_path: Path) -> None:
    file = tmp_path / "system.yaml"
    file.write_text(TEXT, encoding="utf-8")
    scenario = load_scenario(file)
    (care,) = loads(scenario, compile_network(scenario))
    in_care, hours, a_day, freed = mean_figures()
    assert care.mean.offered == pytest.approx(hours, rel=0.01)
    assert care.care_time == pytest.approx(in_care / A_DAY, rel=0.01)
    assert care.reviews_a_week == pytest.approx(7 * a_day, rel=0.01)
    assert care.freed_a_week == pytest.approx(7 * freed, rel=0.01)


PEOPLE, TAKES = 6, 4.0
REPAIRMAN = system(
    f"""
arrivals: {{gp: {{to: care, times: [19999 days]}}}}
services:
  care:
    places: unlimited
    care_time: 36525 days
    next: home
    start_with: {{in_care: {PEOPLE}, elapsed: fresh}}
    reviews: {{every: {{exponential: {BETWEEN:g} days}}, by: team, outcomes: same}}
  team: {{in_place: true, places: 1, care_time: {{exponential: {TAKES:g} days}}, next: home}}
""",
    measure="20000 days",
    warm_up="300 days",
)


def repairman(people: int) -> list[float]:
    """Reviews a day, and people who wait for the team."""
    weights = [
        math.factorial(people) / math.factorial(people - k) * (TAKES / BETWEEN) ** k
        for k in range(people + 1)
    ]
    shares = [weight / sum(weights) for weight in weights]
    return [(1 - shares[0]) / TAKES, sum((k - 1) * share for k, share in enumerate(shares) if k)]


def team_figures(run: Run) -> list[float]:
    reviews = run.columns("reviews")
    done = (reviews.outcome >= 0) & (reviews.ended_at >= 0.0)
    return [done.sum() / run.network.end, run.queue("team")]


def test_a_team_that_is_too_small_does_what_a_repairman_does() -> None:
    assert_theory(replicate(REPAIRMAN, team_figures), repairman(PEOPLE), repairman(PEOPLE + 1), fine=0.05)
