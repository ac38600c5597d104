"""People who do not wait for ever: they lose patience, or die.

Times are days. Every test's bound is that of `tools`: it fails by chance once in 10,000.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import quad

from theory.chains import birth_death
from theory.tools import Run, assert_theory, replicate, system


@pytest.mark.slow
def test_people_who_lose_patience_leave_as_erlang_a_says() -> None:
    """M/M/c+M: deaths min(n, c) mu + max(n - c, 0) theta; given up theta L / lambda.

    Palm (1957); Garnett, Mandelbaum and Reiman (2002), Manufacturing & Service Operations Management 4.
    """
    text = system(
        """
arrivals: {gp: {to: ward, rate: 9 per day}}
services:
  ward:
    kind: acute
    places: 4
    care_time: {exponential: 0.5 days}
    next: home
    give_up: {after: {exponential: 1 day}, to: home}
""",
        measure="2000 days",
        warm_up="20 days",
    )

    def theory(patience: float) -> list[float]:
        p = birth_death(lambda n: 9.0, lambda n: min(n, 4) / 0.5 + max(n - 4, 0) / patience, 80)
        n = np.arange(81)
        queue = float(p @ np.maximum(n - 4, 0))
        return [queue / patience / 9.0, queue, float(p @ np.minimum(n, 4))]

    def figures(run: Run) -> list[float]:
        gave_up = run.ended("ward", "gave_up") / run.requests("ward")
        return [gave_up, run.queue("ward"), run.held("ward")]

    assert_theory(replicate(text, figures), theory(1.0), slip=theory(1.1))


def patient(
    rate: float, care: float, places: int, stays_on: Callable[[float], float], ends: float
) -> list[float]:
    """M/M/c+G: share given up, mean queue, mean wait of the admitted; `stays_on(x)`: P(patience > x)."""
    mu = 1.0 / care
    # Step by step, on the scale of f(0) = lambda p(c-1) = 1.
    steps = 20_000
    x = np.linspace(0.0, ends, steps + 1)
    middle = (x[:-1] + x[1:]) / 2
    width = ends / steps
    on = np.array([stays_on(v) for v in middle])
    offered = np.concatenate([[0.0], np.cumsum(on) * width])
    f = np.exp(-places * mu * middle + rate * (offered[:-1] + on * width / 2))
    # Beyond `ends` nobody waits: f falls with places * mu.
    end = math.exp(-places * mu * ends + rate * offered[-1])
    tail = end / (places * mu)
    # p(c-1) = 1 / lambda on that scale; the rest by balance below c.
    below = [1.0 / rate]
    for n in range(places - 1, 0, -1):
        below.append(below[-1] * n * mu / rate)
    total = f.sum() * width + tail + sum(below)
    gave_up = ((f * (1.0 - on)).sum() * width + tail) / total
    spent = offered[:-1] + on * width / 2  # E[min(x, patience)]
    queue = rate * ((f * spent).sum() * width + offered[-1] * tail) / total
    wait = (f * middle * on).sum() * width / total / (1.0 - gave_up)
    return [gave_up, queue, wait]


@pytest.mark.parametrize(
    ("places", "patience", "stays_on", "ends"),
    [
        (1, "0.75 days", lambda x: 1.0 if x < 0.75 else 0.0, 0.75),
        (3, "0.3 days", lambda x: 1.0 if x < 0.3 else 0.0, 0.3),
        (2, "{uniform: {low: 0 days, high: 1.5 days}}", lambda x: max(0.0, 1.0 - x / 1.5), 1.5),
    ],
)
@pytest.mark.slow
def test_any_patience_gives_what_the_offered_wait_says(
    places: int, patience: str, stays_on: Callable[[float], float], ends: float
) -> None:
    """M/M/c+G: the wait v that would be needed has the density
    f(x) = lambda p(c-1) exp(-c mu x + lambda int_0^x P(patience > y) dy), the rest of the time fewer
    than c are held; given up: P(patience <= v). Baccelli and Hebuterne (1981), On queues with
    impatient customers. For M/M/1+D, patience T, the integral can be done in the head:
    f(x) = lambda p(0) exp(-(mu - lambda) x) below T and f(T) exp(-mu (x - T)) above.
    """
    text = system(
        f"""
arrivals: {{gp: {{to: ward, rate: {2 * places} per day}}}}
services:
  ward:
    kind: acute
    places: {places}
    care_time: {{exponential: 0.5 days}}
    next: home
    give_up: {{after: {patience}, to: home}}
""",
        measure=f"{8000 // places} days",
        warm_up="20 days",
    )

    def figures(run: Run) -> list[float]:
        gave_up = run.ended("ward", "gave_up") / run.requests("ward")
        return [gave_up, run.queue("ward"), run.waits("ward").mean()]

    exact = patient(2 * places, 0.5, places, stays_on, ends)
    # The slip: patience as long on average, but exponential.
    mean = quad(stays_on, 0.0, ends)[0]
    slip = patient(2 * places, 0.5, places, lambda x: math.exp(-x / mean), 60 * mean)
    assert_theory(replicate(text, figures), exact, slip)


def test_the_formula_for_any_patience_is_that_of_one_place_and_fixed_patience() -> None:
    """An oracle of ours against M/M/1+D done by hand, mu = lambda = 2, T = 0.75.

    Then f = 2 p(0) below T: p(0) (1 + 1.5 + 1) = 1, given up f(T) / mu = p(0) = 2/7.
    """
    gave_up, queue, wait = patient(2, 0.5, 1, lambda x: 1.0 if x < 0.75 else 0.0, 0.75)
    assert gave_up == pytest.approx(2 / 7, rel=1e-6)
    assert wait == pytest.approx((2 * 2 / 7) * 0.75**2 / 2 / (5 / 7), rel=1e-6)
    assert queue == pytest.approx(2 * ((2 * 2 / 7) * 0.75**2 / 2 + 0.75 * 2 / 7), rel=1e-6)


@pytest.mark.slow
def test_people_die_waiting_as_well_as_in_care() -> None:
    """M/M/c and a hazard h everywhere: deaths min(n, c) mu + n h, so it is Erlang A with patience 1 / h
    and care cut short. Of those who leave, h L / lambda die, and h times the mean queue a day while waiting.
    """
    text = system(
        """
people: {mortality: 109.575 per year}
arrivals: {gp: {to: ward, rate: 9 per day}}
services:
  ward: {kind: acute, places: 4, care_time: {exponential: 0.5 days}, next: home}
""",
        measure="1500 days",
        warm_up="20 days",
    )

    def theory(waiting: float, held: float) -> list[float]:
        def death(n: int) -> float:
            return min(n, 4) * (2.0 + held) + max(n - 4, 0) * waiting

        p = birth_death(lambda n: 9.0, death, 120)
        n = np.arange(121)
        queue, care = float(p @ np.maximum(n - 4, 0)), float(p @ np.minimum(n, 4))
        return [queue, care, (waiting * queue + held * care) / 9.0]

    def figures(run: Run) -> list[float]:
        died = run.went_to("died") / run.requests("ward")
        return [run.queue("ward"), run.held("ward"), died]

    # The slip: the hazard counts twice in care.
    assert_theory(replicate(text, figures), theory(0.3, 0.3), slip=theory(0.3, 0.6))
