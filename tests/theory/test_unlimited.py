"""Services that hold everybody, where every census is a convolution of arrivals and care times.

Times are days, S(x) is the share of care times above x. Every test's bound is that of `tools`: it
fails by chance once in 10,000. Source unless another is named: Eick, Massey and Whitt (1993), The
physics of the M_t/G/infinity queue, Operations Research 41: arrivals at rates lambda(t) and care
times of any distribution give a Poisson census of mean m(t) = int_0^inf lambda(t - u) S(u) du.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from theory.tools import Array, Run, assert_theory, count_at, replicate, system

LONG_STAYS = stats.lognorm(np.sqrt(np.log(1 + (12 / 10) ** 2)), scale=10 / np.sqrt(1 + (12 / 10) ** 2))
"""Lognormal of mean 10 days and sd 12 days, by scipy, not by us."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

CARE_TIMES = [
    ("{lognormal: {mean: 2 days, sd: 3 days, at_most: 8 days}}", None),
    ("{gamma: {mean: 2 days, cv: 0.5}}", 2.0),
    ("{weibull: {mean: 2 days, shape: 0.8}}", 2.0),
    ("{lognormal: {mean: 3 days, median: 2 days}}", 3.0),
    ("{uniform: {low: 1 day, high: 4 days}}", 2.5),
    ("{mixture: [{share: 0.3, fixed: 5 days}, {share: 0.7, exponential: 1 day}]}", 2.2),
    ("{empirical: {values: [1 day, 6 days], weights: [3, 1]}}", 2.25),
    ("{exponential: {mean: 3 days, min: 1 day}}", 4.0),
]


def capped_lognormal_mean(mean: float, sd: float, cap: float) -> float:
    """E[min(X, cap)] = int_0^cap P(X > x) dx."""
    shape = np.sqrt(np.log(1 + (sd / mean) ** 2))
    own = stats.lognorm(shape, scale=mean / np.sqrt(1 + (sd / mean) ** 2))
    return float(quad(own.sf, 0, cap)[0])


@pytest.mark.parametrize(("care", "mean"), CARE_TIMES)
def test_the_census_of_an_unlimited_service_is_poisson(care: str, mean: float | None) -> None:
    """M/G/infinity: mean and variance are both lambda E[S], whatever the care times.

    The second figure is the mean square distance from the exact mean, at instants 10 days apart.
    """
    exact = 10.0 * (mean or capped_lognormal_mean(2, 3, 8))
    text = system(
        f"""
arrivals: {{gp: {{to: care, rate: 10 per day}}}}
services: {{care: {{kind: other, places: unlimited, care_time: {care}, next: home}}}}
""",
        measure="700 days",
        warm_up="80 days",
    )

    def figures(run: Run) -> list[float]:
        census = run.held_at("care", np.arange(0, 700, 10))
        return [run.held("care"), ((census - exact) ** 2).mean()]

    # The slip: the spread of geometric sizes, as if people came in clusters.
    assert_theory(replicate(text, figures), [exact, exact], [exact, 1.5 * exact], fine=0.25)


def test_batches_spread_a_census_but_do_not_move_it() -> None:
    """M^X/G/infinity: mean lambda E[X] m; variance that plus lambda E[X (X - 1)] int_0^inf S(u)^2 du.

    Those of a batch leave each in their own time; for exponential care the integral is m / 2.
    Holman, Chaudhry and Kashyap (1983), On the service system M^X/G/infinity.
    """
    text = system(
        """
arrivals: {gp: {to: care, rate: 5 per day, batch: {1: 0.5, 3: 0.5}}}
services: {care: {kind: other, places: unlimited, care_time: {exponential: 2 days}, next: home}}
""",
        measure="1500 days",
        warm_up="50 days",
    )
    mean = 5 * 2.0 * 2.0
    variance = mean + 5 * (0.5 * 3 * 2) * 2.0 / 2

    def figures(run: Run) -> list[float]:
        census = run.held_at("care", np.arange(0, 1500, 8))
        return [run.held("care"), ((census - mean) ** 2).mean()]

    assert_theory(replicate(text, figures), [mean, variance], [mean, mean], fine=0.2)


def census_of_days(
    rate_of_day: Callable[[int], float], days: Iterable[int], survival: Callable[[float], float]
) -> Array:
    """m(t) at each midnight, for rates that hold a day: sums of int_k^(k+1) S(u) du."""
    back = 200
    parts = np.array([quad(survival, k, k + 1)[0] for k in range(back)])
    return np.array([sum(rate_of_day(day - 1 - k) * parts[k] for k in range(back)) for day in days])


@pytest.mark.slow
def test_weekdays_show_in_a_census_as_far_as_care_times_let_them() -> None:
    """M_t/G/infinity with a rate for each weekday: midnights' means by weekday."""
    factors = [1.6, 1.3, 1.0, 1.0, 1.1, 0.6, 0.4]
    text = system(
        f"""
arrivals:
  gp: {{to: care, rate: 20 per day, pattern: {{weekday: {factors}}}}}
services: {{care: {{kind: other, places: unlimited, care_time: {{gamma: {{mean: 1.5 days, sd: 1 day}}}}, next: home}}}}
""".replace(str(factors), "{" + ", ".join(f"{d}: {f}" for d, f in zip(WEEKDAYS, factors, strict=True)) + "}"),
        measure="700 days",
        warm_up="70 days",
        start="2001-01-01",  # A Monday.
    )
    care = stats.gamma(1.5**2, scale=1 / 1.5)

    def theory(first: int) -> Array:
        return census_of_days(lambda day: 20 * factors[(day + first) % 7], range(7), care.sf)

    def figures(run: Run) -> Array:
        return run.held_at("care", np.arange(700)).reshape(-1, 7).mean(axis=0)

    assert_theory(replicate(text, figures), theory(0), slip=theory(1))


@pytest.mark.slow
def test_seasons_and_growth_show_in_a_census_later_by_about_a_care_time() -> None:
    """M_t/G/infinity with a factor for each month and compound growth: census on the 20th of each month.

    Growth is smooth: a day's rate is taken at its noon, off by less than 1 in 10 million.
    """
    factors = [1.3, 1.25, 1.1, 1.0, 0.9, 0.85, 0.8, 0.8, 0.85, 0.95, 1.0, 1.2]
    text = system(
        f"""
arrivals: {{gp: {{to: care, rate: 30 per day, growth: 10% per year, pattern: {{month: {factors}}}}}}}
services: {{care: {{kind: other, places: unlimited, care_time: {{lognormal: {{mean: 10 days, sd: 12 days}}}}, next: home}}}}
""",
        measure="365 days",
        warm_up="200 days",
    )
    days = [(date(2001, month, 20) - date(2001, 1, 1)).days for month in range(1, 13)]

    def theory(growth: float) -> Array:
        def rate(day: int) -> float:
            month = (date(2001, 1, 1) + timedelta(days=day)).month
            return float(30 * factors[month - 1] * (1 + growth) ** ((day + 0.5) / 365.25))

        return census_of_days(rate, days, LONG_STAYS.sf)

    figures = replicate(text, lambda run: run.held_at("care", days), replications=30)
    assert_theory(figures, theory(0.1), slip=theory(0.0))


@pytest.mark.slow
def test_a_start_in_equilibrium_stays_there_from_the_first_day() -> None:
    """Elapsed times of density S(e) / E[S] and remainders given them: the mean census is lambda E[S] for good.

    Of those present at the start S_e(t) = int_t^inf S(u) du / E[S] are left at t; those who came since
    make up for the rest. It holds for each age, as `who` by default weighs arrivals by care times.
    """
    text = system(
        """
people: {age: {old: 0.4, young: 0.6}}
groups: [age]
arrivals: {gp: {to: care, rate: 10 per day}}
services:
  care:
    kind: other
    places: unlimited
    care_time: {by: age, old: {lognormal: {mean: 10 days, sd: 12 days}}, young: {gamma: {mean: 3 days, sd: 2 days}}}
    start_with: {in_care: 58}
    next: home
""",
        measure="61 days",
    )
    days = np.array([0.5, 1, 2, 4, 8, 15, 30, 60])

    def figures(run: Run) -> Array:
        held = run.columns("held")
        old = run.attribute("age")[held.class_.astype(int)] == 0
        return np.concatenate([count_at(held.start[mine], held.end[mine], days) for mine in (old, ~old)])

    exact = np.repeat([40.0, 18.0], len(days))
    fresh = np.concatenate(
        [
            [40.0 * care.sf(day) + rate * quad(care.sf, 0, day)[0] for day in days]
            for care, rate in ((LONG_STAYS, 4.0), (stats.gamma(2.25, scale=3 / 2.25), 6.0))
        ]
    )
    assert_theory(replicate(text, figures, replications=400), exact, slip=fresh)


@pytest.mark.parametrize(("elapsed", "e"), [("fresh", 0.0), ("{fixed: 12 days}", 12.0)])
def test_those_present_at_the_start_leave_as_the_rest_of_their_care_times_says(
    elapsed: str, e: float
) -> None:
    """Of N people e days in care, N S(e + t) / S(e) are left t days later."""
    text = system(
        f"""
arrivals: {{gp: {{to: care, times: []}}}}
services:
  care:
    kind: other
    places: unlimited
    care_time: {{lognormal: {{mean: 10 days, sd: 12 days}}}}
    start_with: {{in_care: 2000, elapsed: {elapsed}}}
    next: home
""",
        measure="61 days",
    )
    days = np.array([1, 2, 4, 8, 15, 30, 60])
    figures = replicate(text, lambda run: run.held_at("care", days))
    exact = 2000 * LONG_STAYS.sf(e + days) / LONG_STAYS.sf(e)
    equilibrium = [2000 * quad(LONG_STAYS.sf, day, np.inf)[0] / 10 for day in days]
    assert_theory(figures, exact, slip=equilibrium, fine=0.3)


@pytest.mark.slow
def test_people_die_as_competing_hazards_say() -> None:
    """Share dying 1 - E[exp(-h S)], mean time there (that) / h; for exponential care h / (h + mu).

    h is the sum of the hazards everywhere and here; a service's own counts only while there.
    """
    text = system(
        """
people: {mortality: 1 per year}
arrivals: {gp: {to: care, rate: 25 per day}}
services:
  care:
    kind: other
    places: unlimited
    care_time: {lognormal: {mean: 10 days, sd: 12 days}}
    mortality: 2 per year
    next: after
  after: {kind: other, places: unlimited, care_time: {exponential: 20 days}, next: home}
""",
        measure="400 days",
        warm_up="300 days",
    )

    def theory(here: float, after: float) -> list[float]:
        h, g = here / 365.25, after / 365.25
        alive = quad(lambda x: np.exp(-h * x) * LONG_STAYS.pdf(x), 0, np.inf, limit=200)[0]
        later = g / (g + 1 / 20)
        return [
            1 - alive,
            later,
            25 * (1 - alive) / h,
            25 * alive / (g + 1 / 20),
        ]

    def figures(run: Run) -> list[float]:
        return [
            run.ended("care", "died") / (run.ended("care", "died") + run.ended("care", "left")),
            run.ended("after", "died") / (run.ended("after", "died") + run.ended("after", "left")),
            run.held("care"),
            run.held("after"),
        ]

    assert_theory(replicate(text, figures, replications=10), theory(3, 1), slip=theory(2, 2))


@pytest.mark.slow
def test_who_comes_back_adds_to_who_comes() -> None:
    """Open Jackson network: traffic e(ward) = gamma / (1 - p), and each service by itself as M/M/c.

    Those at home wait for the ward in its one queue. Jackson (1957), Operations Research 5.
    """
    text = system(
        """
arrivals: {gp: {to: ward, rate: 4 per day}}
services:
  ward: {kind: acute, places: 5, care_time: {exponential: 0.5 days}, next: {at_home: 0.8, home: 0.2}}
  at_home:
    kind: home
    places: unlimited
    care_time: {exponential: 3 days}
    next: {ward: 0.5, home: 0.5}
""",
        measure="2500 days",
        warm_up="60 days",
    )

    def theory(back: float) -> list[float]:
        traffic = 4 / (1 - 0.8 * back)
        load, c = traffic * 0.5, 5
        weights = [1.0]
        for n in range(1, 200):
            weights.append(weights[-1] * load / min(n, c))
        p = np.array(weights) / sum(weights)
        queue = float(p @ np.maximum(np.arange(200) - c, 0))
        return [traffic, load, queue, traffic * 0.8 * 3]

    def figures(run: Run) -> list[float]:
        return [
            len(run.waits("ward")) / run.network.end,
            run.held("ward"),
            run.queue("ward"),
            run.held("at_home", "in_care"),
        ]

    assert_theory(replicate(text, figures), theory(0.5), slip=theory(0.45), fine=0.15)
