"""What reviews make of care in the long run: cases that can be worked out in the head, and what `explain` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from caresim.distributions import Distribution
from caresim.network.compile import compile_network
from caresim.network.describe import describe
from caresim.network.loads import ServiceLoad, loads
from caresim.network.reviewing import Outcomes, Times, of_at_least, reviewed
from caresim.scenario.files import load_scenario

CASES = Path(__file__).parents[1] / "cases"


def days(number: float) -> Distribution:
    return Distribution(family="fixed", parameters=(number,))


def test_care_is_followed_from_review_to_review() -> None:
    """Of 100 days, reviews of 5 days from day 30 and day 65 on; half the care ends by each, the rest halves."""
    found = reviewed(
        Times(care=days(100), first=days(30), every=days(30), takes=5, hazard=0),
        Outcomes(ends=((0, 0.5),), factor=0.5, plus=0),
        hours=8,
    )
    assert found.asked == pytest.approx(1 + 0.5)
    assert found.done == pytest.approx(1 + 0.5)
    assert found.runs_out == pytest.approx(0.25)
    assert found.care == pytest.approx(35 + 0.5 * 35 + 0.25 * 30)
    assert found.hours == pytest.approx(35 * 8 + 0.5 * 35 * 4 + 0.25 * 30 * 2)
    assert found.freed == pytest.approx((8 - 0.5 * 4) + 0.5 * (4 - 0.5 * 2))


def test_without_another_one_there_is_one_review() -> None:
    times = Times(care=days(100), first=days(30), every=None, takes=0, hazard=0)
    assert reviewed(times, Outcomes(ends=(), factor=1, plus=2), hours=8).hours == pytest.approx(240 + 700)


def test_a_review_that_would_be_due_later_never_is() -> None:
    times = Times(care=days(30), first=days(30), every=days(1), takes=0, hazard=0)
    found = reviewed(times, Outcomes(ends=((0, 1.0),), factor=1, plus=0), hours=8)
    assert (found.asked, found.care, found.runs_out) == pytest.approx((0, 30, 1))


def test_of_amounts_those_that_are_large_enough_are_told_apart() -> None:
    uniform = Distribution(family="uniform", parameters=(0.0, 20.0))
    assert of_at_least(uniform, 15 * 60) == pytest.approx((0.25, 17.5, 7.5), abs=0.02)
    assert of_at_least(uniform, 0) == (1.0, 10.0, 0.0)


def load_of(folder: Path, text: str) -> tuple[str, dict[str, ServiceLoad]]:
    file = folder / "reviews.yaml"
    (folder / "base.yaml").write_text((CASES / "base.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    file.write_text(f"extends: base.yaml\n{text}", encoding="utf-8")
    scenario = load_scenario(file)
    network = compile_network(scenario)
    return describe(scenario, network), {load.service: load for load in loads(scenario, network)}


REVIEWED = """
services:
  visits:
    care_time: 100 days
    amount: 8 hours per week
    reviews:
      first: 30 days
      every: 30 days
      by: assessment
      care_time: 5 days
      outcomes: {less: 0.5, moves: 0.5}
      effects: {less: {amount: times 0.5}, moves: {next: team}}
"""


def test_a_team_is_asked_for_reviews_and_those_moved_go_where_they_are_sent(tmp_path: Path) -> None:
    """Half of one in five who leave a ward of 5 a day have visits; three quarters are moved to the team."""
    text, found = load_of(tmp_path, REVIEWED)
    coming = 0.5 * 0.2 * 5
    assert found["visits"].reviews_a_week == pytest.approx(7 * 1.5 * coming)
    assert found["visits"].care_time == pytest.approx(60)
    assert found["visits"].mean.offered == pytest.approx(coming * (280 + 70 + 15))
    assert found["assessment"].asked_by_reviews == pytest.approx(5 * 1.5 * coming)
    assert found["assessment"].mean.offered == pytest.approx(1 + 5 * 1.5 * coming)
    assert found["team"].mean.people_a_day == pytest.approx(coming + 0.75 * coming)
    assert "moves        care ends; next team" in text
    assert "assessment: reviews ask for 3.75 places of the 4 there are, others for 1.00." in text


def test_without_reviews_nothing_is_said_of_them(tmp_path: Path) -> None:
    text, found = load_of(tmp_path, "name: no reviews\n")
    assert "Reviews" not in text
    assert found["visits"].reviews_a_week == 0
