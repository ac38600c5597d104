"""One service with limited places, against the formulas of queueing theory.

Times are days. Every test's bound is that of `tools`: it fails by chance once in 10,000.
Sources: Cooper (1981), Introduction to Queueing Theory, 2nd ed.; Gross, Shortle, Thompson and
Harris (2008), Fundamentals of Queueing Theory, 4th ed.; others are named where used.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from caresim.engine.people import draw_people
from caresim.engine.simulation import run as simulate
from caresim.experiment.replication import run_info
from caresim.records.build import build_tables
from caresim.records.recorder import Recorder
from theory.chains import birth_death
from theory.tools import Run, assert_theory, network_of, replicate, system


def erlang_b(load: float, places: int) -> float:
    """Share lost: B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)). Cooper, section 3.3."""
    lost = 1.0
    for n in range(1, places + 1):
        lost = load * lost / (n + load * lost)
    return lost


def erlang_c(load: float, places: int) -> float:
    """Share who wait: C = c B / (c - a (1 - B)). Cooper, section 3.4."""
    lost = erlang_b(load, places)
    return places * lost / (places - load * (1.0 - lost))


def m_m_c(rate: float, care: float, places: int) -> list[float]:
    """Mean wait, share who wait, share who wait over a quarter of a day, queue, held, share of time full."""
    load = rate * care
    spare = places / care - rate
    waiting = erlang_c(load, places)
    wait = waiting / spare
    return [wait, waiting, waiting * math.exp(-0.25 * spare), rate * wait, load, waiting]


@pytest.mark.slow
def test_exponential_care_and_enough_room_give_erlang_c() -> None:
    """M/M/c: W = C / (c mu - lambda), P(wait > t) = C exp(-(c mu - lambda) t), queue lambda W, held a.

    The share of time full is C again (arrivals see time averages). Cooper, section 3.4.
    """
    text = system(
        """
arrivals: {gp: {to: ward, rate: 8 per day}}
services:
  ward: {kind: acute, places: 6, care_time: {exponential: 0.5 days}, next: home}
""",
        measure="3000 days",
        warm_up="20 days",
    )

    def figures(run: Run) -> list[float]:
        waits = run.waits("ward")
        return [
            waits.mean(),
            (waits > 0.0).mean(),
            (waits > 0.25).mean(),
            run.queue("ward"),
            run.held("ward"),
            run.share_of_time("ward", 6)[6],
        ]

    assert_theory(replicate(text, figures), m_m_c(8, 0.5, 6), slip=m_m_c(8, 0.48, 6))


@pytest.mark.slow
def test_limited_room_turns_away_as_a_birth_and_death_process_says() -> None:
    """M/M/c/K: births lambda while n < K, deaths min(n, c) mu; lost p(K). Gross et al., section 2.5.

    Three places and room for four: at most seven inside.
    """
    text = system(
        """
arrivals: {gp: {to: ward, rate: 8 per day}}
services:
  ward: {kind: acute, places: 3, care_time: {exponential: 0.5 days}, next: home, queue: {room: 4}}
""",
        measure="1000 days",
        warm_up="20 days",
    )

    def theory(room: int) -> list[float]:
        p = birth_death(lambda n: 8.0, lambda n: min(n, 3) / 0.5, 3 + room)
        n = np.arange(4 + room)
        queue = float(p @ np.maximum(n - 3, 0))
        admitted = 8.0 * (1.0 - p[-1])
        return [p[-1], queue, float(p @ np.minimum(n, 3)), queue / admitted]

    def figures(run: Run) -> list[float]:
        lost = run.ended("ward", "turned_away") / run.requests("ward")
        return [lost, run.queue("ward"), run.held("ward"), run.waits("ward").mean()]

    assert_theory(replicate(text, figures), theory(4), slip=theory(5))


@pytest.mark.parametrize(
    "care",
    [
        "{exponential: 2 days}",
        "{lognormal: {mean: 2 days, sd: 4 days}}",
        "2 days",
    ],
)
@pytest.mark.slow
def test_a_loss_does_not_depend_on_the_spread_of_care_times(care: str) -> None:
    """M/G/c/c: lost B(a, c), held a (1 - B), n held a^n / n! / sum, whatever the care times. Cooper, 3.3."""
    text = system(
        f"""
arrivals: {{gp: {{to: ward, rate: 4 per day}}}}
services:
  ward: {{kind: acute, places: 7, care_time: {care}, next: home, queue: {{room: 0}}}}
""",
        measure="2000 days",
        warm_up="60 days",
    )

    def theory(load: float) -> list[float]:
        p = birth_death(lambda n: load, lambda n: n, 7)
        return [erlang_b(load, 7), load * (1.0 - erlang_b(load, 7)), p[4], p[7]]

    def figures(run: Run) -> list[float]:
        shares = run.share_of_time("ward", 7)
        lost = run.ended("ward", "turned_away") / run.requests("ward")
        return [lost, run.held("ward"), shares[4], shares[7]]

    assert_theory(replicate(text, figures), theory(8.0), slip=theory(8.4))


LOGNORMAL = (
    "{lognormal: {mean: 0.5 days, sd: 0.5 days}}",
    0.5**2 + 0.5**2,
)
MIXTURE = (
    "{mixture: [{share: 0.8, exponential: 0.25 days}, {share: 0.2, exponential: 1.5 days}]}",
    0.8 * 2 * 0.25**2 + 0.2 * 2 * 1.5**2,
)


@pytest.mark.parametrize(("care", "square"), [("0.5 days", 0.25), LOGNORMAL, MIXTURE])
@pytest.mark.slow
def test_one_place_with_any_care_time_keeps_to_pollaczek_and_khinchine(care: str, square: float) -> None:
    """M/G/1: W = lambda E[S^2] / (2 (1 - rho)), and of all who come 1 - rho do not wait. Cooper, section 5.8."""
    text = system(
        f"""
arrivals: {{gp: {{to: clinic, rate: 1.2 per day}}}}
services:
  clinic: {{kind: other, places: 1, care_time: {care}, next: home}}
""",
        measure="10000 days",
        warm_up="200 days",
    )

    def theory(square: float) -> list[float]:
        wait = 1.2 * square / (2 * (1 - 0.6))
        return [wait, 1.2 * wait, 0.6, 0.6]

    def figures(run: Run) -> list[float]:
        waits = run.waits("clinic")
        return [waits.mean(), run.queue("clinic"), (waits > 0.0).mean(), run.held("clinic")]

    assert_theory(replicate(text, figures), theory(square), slip=theory(square * 1.25))


@pytest.mark.slow
def test_priorities_wait_as_cobham_says() -> None:
    """M/G/1, two classes, care once begun runs on: W_k = W_0 / ((1 - s_{k-1}) (1 - s_k)).

    W_0 is the sum of lambda_i E[S_i^2] / 2, s_k the load of classes 1 to k. Cobham (1954), Operations
    Research 2. The classes have different care times, and are not in order of name.
    """
    text = system(
        """
people: {need: {routine: 0.6, urgent: 0.4}}
arrivals: {gp: {to: clinic, rate: 1.5 per day}}
services:
  clinic:
    kind: other
    places: 1
    care_time: {by: need, routine: {exponential: 0.5 days}, urgent: {gamma: {mean: 0.4 days, sd: 0.2 days}}}
    queue: {priority: {by: need, urgent: 1, routine: 2}}
    next: home
""",
        measure="16000 days",
        warm_up="200 days",
    )
    loads = [1.5 * 0.4 * 0.4, 1.5 * 0.6 * 0.5]
    busy = 1.5 * (0.4 * (0.4**2 + 0.2**2) + 0.6 * 2 * 0.5**2) / 2
    urgent = busy / (1 - loads[0])
    routine = urgent / (1 - loads[0] - loads[1])
    # The slip: first come, first served for everybody.
    everybody = busy / (1 - sum(loads))

    def figures(run: Run) -> list[float]:
        return [
            run.waits("clinic", "need", 1).mean(),
            run.waits("clinic", "need", 0).mean(),
            run.held("clinic"),
        ]

    assert_theory(
        replicate(text, figures),
        [urgent, routine, sum(loads)],
        [everybody, everybody, sum(loads)],
    )


@pytest.mark.slow
def test_batches_wait_for_one_place_as_their_sizes_say() -> None:
    """M^X/M/1: inside, rho (1 + E[X^2] / E[X]) / (2 (1 - rho)). Gross et al., section 3.1.

    Sizes 1, 2 and 4 with shares 0.5, 0.3 and 0.2: E[X] = 1.9, E[X^2] = 4.9.
    """
    text = system(
        """
arrivals: {gp: {to: clinic, rate: 1 per day, batch: {1: 0.5, 2: 0.3, 4: 0.2}}}
services:
  clinic: {kind: other, places: 1, care_time: {exponential: 0.3 days}, next: home}
""",
        measure="10000 days",
        warm_up="100 days",
    )
    rho = 1.9 * 0.3

    def theory(square: float) -> list[float]:
        inside = rho * (1 + square / 1.9) / (2 * (1 - rho))
        return [inside, rho, (inside - rho) / 1.9]

    def figures(run: Run) -> list[float]:
        return [run.queue("clinic") + run.held("clinic"), run.held("clinic"), run.waits("clinic").mean()]

    assert_theory(replicate(text, figures), theory(4.9), slip=theory(1.9**2))


@pytest.mark.slow
def test_two_amounts_of_hours_are_refused_as_kaufman_and_roberts_say() -> None:
    """Loss with two classes: n q(n) = sum of a_i b_i q(n - b_i); lost of class i: q over the last b_i.

    Kaufman (1981), IEEE Transactions on Communications 29; Roberts (1981). Care times may have any
    spread: those of the heavy are fixed, of the light lognormal.
    """
    text = system(
        """
people: {need: {light: 0.75, heavy: 0.25}}
arrivals: {gp: {to: home_care, rate: 4 per day}}
services:
  home_care:
    kind: domiciliary
    hours: 12 per week
    amount: {by: need, light: 1 hours per week, heavy: 3 hours per week}
    care_time: {by: need, light: {lognormal: {mean: 2 days, sd: 3 days}}, heavy: 1.5 days}
    queue: {room: 0}
    next: home
""",
        measure="3000 days",
        warm_up="60 days",
    )

    def theory(hours: int) -> list[float]:
        loads, amounts = (3.0 * 2.0, 1.0 * 1.5), (1, 3)
        q = [1.0]
        for n in range(1, hours + 1):
            q.append(sum(a * b * q[n - b] for a, b in zip(loads, amounts, strict=True) if b <= n) / n)
        shares = np.array(q) / sum(q)
        light, heavy = shares[-1], shares[-3:].sum()
        return [light, heavy, loads[0] * (1 - light) + loads[1] * (1 - heavy)]

    def figures(run: Run) -> list[float]:
        def lost(code: int) -> float:
            turned_away = run.ended("home_care", "turned_away", "need", code)
            return turned_away / run.requests("home_care", "need", code)

        return [lost(1), lost(0), run.held("home_care")]  # heavy is 0, light is 1: in order of name

    assert_theory(replicate(text, figures), theory(12), slip=theory(13))


def test_the_tables_of_a_run_tell_the_figures_that_are_tested_here() -> None:
    """One replication of M/M/c/K: means of months weighted by days, and sums of waits, are those of the rows."""
    network = network_of(
        system(
            """
arrivals: {gp: {to: ward, rate: 8 per day}}
services:
  ward: {kind: acute, places: 3, care_time: {exponential: 0.5 days}, next: home, queue: {room: 4}}
""",
            measure="365 days",
            warm_up="20 days",
        )
    )
    people, recorder = draw_people(network, 1, 0), Recorder()
    simulate(network, people, recorder)
    finished = Run(network, people, recorder)
    tables = build_tables(run_info(network), recorder, 0)
    monthly = tables["monthly"]
    days = pd.to_datetime(monthly["month"].astype(str)).dt.days_in_month.to_numpy()
    for column, figure in (("held", finished.held("ward")), ("queue", finished.queue("ward"))):
        assert (monthly[column] * days).sum() / 365 == pytest.approx(figure, rel=1e-9)
    assert monthly["turned_away"].sum() == finished.ended("ward", "turned_away")
    assert monthly["requests"].sum() == finished.requests("ward")
    waits = tables["durations"][tables["durations"]["which"] == "wait"]
    assert waits["count"].sum() == len(finished.waits("ward"))
    assert waits["sum"].sum() == pytest.approx(finished.waits("ward").sum(), rel=1e-9)
