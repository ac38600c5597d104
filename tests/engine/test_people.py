"""Who comes when, and who is there at the start: counts against what a scenario asks for.

Counts that are Poisson are compared with their mean over many replications: sums of N expected
people have a standard deviation of sqrt(N), and each test says by how many it may miss.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy import stats
from scipy.integrate import quad

from caresim.engine.people import People, draw_people
from caresim.network.compile import compile_network
from caresim.network.network import Network
from caresim.scenario.files import load_scenario
from engine.worlds import network_of

Z = 5.0
"""Standard deviations: a right engine misses by more 1 in 1,700,000 times for each count compared."""


def world(stream: str, services: str = "", time: str = "from: 2019-04-01, measure: 365 days") -> str:
    return f"""
caresim: 1
name: One stream
time: {{{time}}}
replications: 2
seed: 1
people: {{age: {{old: 0.4, young: 0.6}}}}
arrivals: {{gp: {{to: ward, {stream}}}}}
services:
  ward: {{kind: acute, places: 10, care_time: {{exponential: 3 days}}, next: home}}
  {services}
exits: {{home: {{}}}}
"""


def come(network: Network, replications: int = 1) -> list[People]:
    return [draw_people(network, 11, replication) for replication in range(replications)]


def instants(network: Network, replications: int) -> np.ndarray:
    return np.concatenate([people.arrives_at for people in come(network, replications)])


def assert_poisson(counts: ArrayLike, expected: ArrayLike) -> None:
    found, wanted = np.asarray(counts, float), np.asarray(expected, float)
    assert found.shape == wanted.shape
    misses = (found - wanted) / np.sqrt(wanted)
    assert np.abs(misses).max() < Z, f"{found} where {wanted} are expected"
    # The sum is sharper about what is wrong a little everywhere.
    assert abs(found.sum() - wanted.sum()) < Z * wanted.sum() ** 0.5, f"{found.sum()}, not {wanted.sum()}"


MONTHS = [1.2, 1.1, 1.0, 0.9, 0.95, 0.9, 0.95, 0.9, 1.0, 1.0, 1.0, 1.1]


def month_of(days: np.ndarray, first: str = "2019-04-01") -> np.ndarray:
    return ((np.datetime64(first) + np.floor(days).astype(int)).astype("datetime64[M]").astype(int)) % 12


def test_each_month_has_its_factor_of_people() -> None:
    """20 replications of a year of 15 a day; Z standard deviations of a sum of Poisson counts."""
    network = network_of(world(f"rate: 15 per day, pattern: {{month: {MONTHS}}}"))
    counts = np.bincount(month_of(instants(network, 20)), minlength=12)
    days = np.bincount(month_of(np.arange(365.0)), minlength=12)
    assert_poisson(counts, 20 * 15 * np.array(MONTHS) * days)


def test_factors_of_the_wrong_month_would_be_found_out() -> None:
    network = network_of(world(f"rate: 15 per day, pattern: {{month: {MONTHS}}}"))
    counts = np.bincount(month_of(instants(network, 20)), minlength=12)
    days = np.bincount(month_of(np.arange(365.0)), minlength=12)
    with pytest.raises(AssertionError, match="are expected"):
        assert_poisson(counts, 20 * 15 * np.roll(MONTHS, 1) * days)


def test_counts_of_a_rate_spread_as_poisson_counts_do() -> None:
    """Variance over mean of 3,650 days' counts is 1 with standard deviation sqrt(2 / n): Z of them."""
    counts = np.concatenate(
        [
            np.bincount(people.arrives_at.astype(int), minlength=365)
            for people in come(network_of(world("rate: 15 per day")), 10)
        ]
    )
    assert abs(counts.var(ddof=1) / counts.mean() - 1.0) < Z * (2 / len(counts)) ** 0.5
    # Days follow one another by chance: the correlation of neighbours has deviation 1 / sqrt(n).
    assert abs(np.corrcoef(counts[:-1], counts[1:])[0, 1]) < Z / len(counts) ** 0.5


def test_gaps_between_people_of_a_rate_are_exponential() -> None:
    """Kolmogorov and Smirnov over 5,475 gaps, at 1 in 100,000; several layers together make one process."""
    at = instants(network_of(world("rate: 15 per day")), 1)
    assert stats.kstest(np.diff(at) * 15, "expon").pvalue > 1e-5


def test_weekdays_hours_and_cycles_multiply() -> None:
    """Monday mornings of even days against the product of the three factors."""
    hours = [0.5] * 12 + [1.5] * 12
    network = network_of(
        world(
            "rate: 20 per day, pattern: {weekday: {mon: 1.6, tue: 1, wed: 1, thu: 1, fri: 1, sat: 0.8, sun: 0.6}, "
            f"hour: {hours}, cycle: {{length: 2 days, factors: [1.3, 0.7]}}}}",
            time="from: 2019-04-01, measure: 364 days",
        )
    )
    at = instants(network, 10)
    day = at.astype(int)
    key = (day % 7) * 4 + (at % 1 >= 0.5) * 2 + day % 2
    expected = [
        10 * 26 * 20 * weekday * half / 2 * cycle
        for weekday in (1.6, 1, 1, 1, 1, 0.8, 0.6)
        for half in (0.5, 1.5)
        for cycle in (1.3, 0.7)
    ]
    assert_poisson(np.bincount(key, minlength=28), expected)


def test_growth_is_compound_and_smooth_and_1_at_the_first_day() -> None:
    """int of 1.2^(t / 365.25) over each quarter of two years."""
    network = network_of(
        world(
            "rate: 20 per day, growth: 20% per year",
            time="from: 2019-04-01, measure: 730 days, warm_up: 100 days",
        )
    )
    at = instants(network, 10)
    edges = np.concatenate([[-100.0], np.linspace(0, 730, 9)])
    level = 1.2 ** (edges / 365.25) * 365.25 / np.log(1.2)
    assert_poisson(np.histogram(at, edges)[0], 10 * 20 * np.diff(level))


def test_a_dated_rate_holds_from_its_date_and_the_first_before_it() -> None:
    network = network_of(
        world(
            "rate: {2019-05-01: 10 per day, 2019-07-01: 20 per day, 2019-08-01: 0 per day, 2019-09-01: 15 per day}",
            time="from: 2019-04-01, measure: 183 days, warm_up: 30 days",
        )
    )
    at = instants(network, 10)
    edges = [-30, 0, 30, 91, 122, 153, 183]
    counts = np.histogram(at, edges)[0]
    assert counts[4] == 0
    assert_poisson(np.delete(counts, 4), [10 * 300, 10 * 300, 10 * 610, 20 * 310, 15 * 300])


def in_folder(folder: Path, text: str, **files: str) -> Network:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    (folder / "world.yaml").write_text(text, encoding="utf-8")
    return compile_network(load_scenario(folder / "world.yaml"))


def test_counts_of_a_file_are_exact(tmp_path: Path) -> None:
    """Days of the warm-up too; days outside the run and days not named bring nobody."""
    days = {-40: 9, -2: 3, -1: 0, 0: 5, 3: 1100, 9: 2, 10: 7, 500: 4}
    rows = "".join(f"{date(2019, 4, 1) + timedelta(days=day)},{count}\n" for day, count in days.items())
    network = in_folder(
        tmp_path,
        world("counts: counts.csv", time="from: 2019-04-01, measure: 10 days, warm_up: 5 days"),
        counts="date,count\n" + rows,
    )
    for people in come(network, 5):
        counts = np.bincount(np.floor(people.arrives_at).astype(int) + 5, minlength=15)
        assert counts.tolist() == [0, 0, 0, 3, 0, 5, 0, 0, 1100, 0, 0, 0, 0, 0, 2]


def test_instants_of_counted_people_follow_the_hours(tmp_path: Path) -> None:
    """100,000 people of one day: each hour's share within Z binomial standard deviations."""
    hours = [0.2] * 8 + [2.0] * 8 + [0.8] * 8
    network = in_folder(
        tmp_path,
        world(f"counts: counts.csv, pattern: {{hour: {hours}}}"),
        counts="date,count\n2019-04-03,100000\n",
    )
    at = instants(network, 1)
    assert ((at >= 2) & (at < 3)).all()
    assert_poisson(np.bincount(((at - 2) * 24).astype(int), minlength=24), 100_000 / 24 * np.array(hours))


def test_rates_of_a_file_are_expected_counts(tmp_path: Path) -> None:
    rows = "".join(f"{date(2019, 4, 1) + timedelta(days=day)},{5 + day % 4}\n" for day in range(20))
    network = in_folder(
        tmp_path,
        world("rates: rates.csv", time="from: 2019-04-01, measure: 20 days"),
        rates="date,rate\n" + rows,
    )
    at = instants(network, 60)
    assert_poisson(np.bincount(at.astype(int), minlength=20), [60 * (5 + day % 4) for day in range(20)])


def test_every_begins_at_the_start_of_the_run() -> None:
    network = network_of(world("every: 6 hours", time="from: 2019-04-01, measure: 2 days, warm_up: 1 days"))
    assert come(network)[0].arrives_at.tolist() == [-1 + 0.25 * k for k in range(12)]


def test_times_are_taken_as_written_those_in_the_run() -> None:
    network = network_of(
        world("times: [3 days, 0.5 days, 0.5 days, 10 days]", time="from: 2019-04-01, measure: 10 days")
    )
    people = come(network)[0]
    assert people.arrives_at.tolist() == [0.5, 0.5, 3.0]
    assert (people.stream == 0).all()


def shares_of(network: Network, people: list[People], attribute: str, stream: int) -> np.ndarray:
    which = [each.name for each in network.attributes].index(attribute)
    codes = np.concatenate([p.classes[p.class_[p.stream == stream], which] for p in people])
    return np.bincount(codes, minlength=len(network.attributes[which].values))


def test_a_streams_own_people_replace_an_attribute_before_others_go_by_it() -> None:
    """`area` goes by `age`; referrals are all old but for 10 %, so seven or eight in ten come from the north."""
    network = network_of(
        """
caresim: 1
name: Two streams
time: {from: 2019-04-01, measure: 1000 days}
replications: 2
seed: 1
people:
  age: {old: 0.4, young: 0.6}
  area: {by: age, old: {north: 0.8, south: 0.2}, young: {north: 0.3, south: 0.7}}
arrivals:
  gp: {to: ward, rate: 10 per day}
  referral: {to: ward, rate: 10 per day, people: {age: {old: 0.9, young: 0.1}}}
services:
  ward: {kind: acute, places: 10, care_time: {exponential: 3 days}, next: home}
exits: {home: {}}
"""
    )
    people = come(network, 3)
    for stream, old in ((0, 0.4), (1, 0.9)):
        north = old * 0.8 + (1 - old) * 0.3
        assert_poisson(shares_of(network, people, "age", stream), [30_000 * old, 30_000 * (1 - old)])
        assert_poisson(shares_of(network, people, "area", stream), [30_000 * north, 30_000 * (1 - north)])


def test_batches_of_a_rate_have_their_sizes() -> None:
    """The rate is that of batches."""
    network = network_of(
        world(
            "rate: 10 per day, batch: {1: 0.5, 2: 0.3, 4: 0.2}", time="from: 2019-04-01, measure: 1000 days"
        )
    )
    sizes = np.unique(come(network)[0].arrives_at, return_counts=True)[1]
    assert_poisson(np.bincount(sizes, minlength=5)[[1, 2, 4]], [5000, 3000, 2000])
    assert set(sizes.tolist()) == {1, 2, 4}


# ------------------------------------------------------------------ the census at the start

CENSUS = """
caresim: 1
name: A census
time: {from: 2019-04-01, measure: 10 days, warm_up: 3 days}
replications: 2
seed: 1
people: {age: {old: 0.4, young: 0.6}}
arrivals: {gp: {to: ward, rate: 1 per day}}
services:
  ward:
    kind: acute
    places: 10000
    care_time: {by: age, old: {lognormal: {mean: 10 days, sd: 12 days}}, young: {gamma: {mean: 3 days, sd: 2 days}}}
    next: team
    start_with: {in_care: 20000, delayed: {team: 3, homes: 2}, waiting: 4, waited: {fixed: 2 days}%s}
  team: {kind: reablement, places: 5, care_time: {exponential: 3 days}, next: home}
  homes: {kind: residential, places: 5, care_time: {exponential: 3 days}, next: home}
exits: {home: {}}
"""

OLD = stats.lognorm(np.sqrt(np.log(1 + 1.2**2)), scale=10 / np.sqrt(1 + 1.2**2))
YOUNG = stats.gamma(2.25, scale=3 / 2.25)


def census(more: str = "") -> tuple[Network, People]:
    network = network_of(CENSUS % more)
    return network, draw_people(network, 11, 0)


def test_the_census_has_as_many_in_each_state_as_asked_for() -> None:
    network, people = census()
    names = [service.name for service in network.services]
    found: dict[tuple[str, str], int] = {}
    for start in people.start:
        key = (start.state, names[start.waiting_for] if start.waiting_for >= 0 else "")
        found[key] = found.get(key, 0) + 1
        assert names[start.service] == "ward"
        assert start.waited == (0.0 if start.state == "in_care" else 2.0)
        assert (start.remainder > 0.0) == (start.state == "in_care")
    assert found == {
        ("in_care", ""): 20000,
        ("delayed", "homes"): 2,
        ("delayed", "team"): 3,
        ("waiting", "ward"): 4,
    }
    assert (people.arrives_at[: len(people.start)] == -3.0).all()
    assert (people.stream[: len(people.start)] == 1).all()
    assert (people.arrives_at[len(people.start) :] >= -3.0).all()


def in_care(people: People) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Age code, elapsed and remaining times of those in care."""
    mine = [k for k, start in enumerate(people.start) if start.state == "in_care"]
    age = people.classes[people.class_[mine], 0]
    times = np.array([(people.start[k].elapsed, people.start[k].remainder) for k in mine])
    return age, times[:, 0], times[:, 1]


def test_without_who_each_class_weighs_as_much_as_it_stays_long() -> None:
    """Arrival shares times mean care times: 0.4 x 10 to 0.6 x 3."""
    _, people = census()
    assert_poisson(np.bincount(in_care(people)[0], minlength=2), [20000 * 4 / 5.8, 20000 * 1.8 / 5.8])


def test_who_says_what_shares_of_people_are_present() -> None:
    _, people = census(", who: {age: {old: 0.15, young: 0.85}}")
    assert_poisson(np.bincount(in_care(people)[0], minlength=2), [3000, 17000])


def equilibrium(care: stats.rv_continuous) -> tuple[np.ndarray, np.ndarray]:
    """(grid, distribution function) of elapsed times: int_0^e P(S > x) dx / E[S]."""
    grid = np.concatenate([np.linspace(0, 60, 1201), np.geomspace(60.5, 3000, 400)])
    parts = [quad(care.sf, a, b)[0] for a, b in pairwise(grid)]
    return grid, np.concatenate([[0.0], np.cumsum(parts)]) / care.mean()


def test_in_equilibrium_elapsed_and_remaining_times_have_the_excess_distribution() -> None:
    """Kolmogorov and Smirnov, four at 1 in 100,000. Elapsed and remaining times have one and the same
    distribution, of density P(S > e) / E[S]: Cox (1962), Renewal Theory, section 5.
    """
    _, people = census()
    age, elapsed, remainder = in_care(people)
    for code, care in ((0, OLD), (1, YOUNG)):
        grid, function = equilibrium(care)
        for times in (elapsed, remainder):
            # Through its own distribution function a value becomes a uniform.
            u = np.interp(times[age == code], grid, function)
            assert stats.kstest(u, "uniform").pvalue > 1e-5
        # The whole is longer than a care time drawn fresh: those who stay long are met more often.
        assert stats.kstest((elapsed + remainder)[age == code], care.cdf).pvalue < 1e-5


@pytest.mark.parametrize(("elapsed", "e"), [("fresh", 0.0), ("{fixed: 12 days}", 12.0)])
def test_given_an_elapsed_time_the_remainder_is_that_of_whoever_stays_as_long(elapsed: str, e: float) -> None:
    """P(S - e > x | S > e), Kolmogorov and Smirnov, two at 1 in 100,000."""
    _, people = census(f", elapsed: {elapsed}")
    age, before, after = in_care(people)
    assert (before == e).all()
    for code, care in ((0, OLD), (1, YOUNG)):
        assert stats.kstest(care.sf(e + after[age == code]) / care.sf(e), "uniform").pvalue > 1e-5


def test_a_delayed_person_has_had_a_whole_care_time() -> None:
    network = network_of((CENSUS % "").replace("delayed: {team: 3, homes: 2}", "delayed: {team: 4000}"))
    people = draw_people(network, 11, 0)
    mine = [k for k, start in enumerate(people.start) if start.state == "delayed"]
    age = people.classes[people.class_[mine], 0]
    elapsed = np.array([people.start[k].elapsed for k in mine])
    for code, care in ((0, OLD), (1, YOUNG)):
        assert stats.kstest(elapsed[age == code], care.cdf).pvalue > 1e-5


def test_a_larger_census_keeps_the_people_of_a_smaller_one() -> None:
    _, few = census()
    network = network_of((CENSUS % "").replace("in_care: 20000", "in_care: 20001"))
    many = draw_people(network, 11, 0)
    assert many.start[:20000] == few.start[:20000]
    assert many.start[20001:] == few.start[20000:]
