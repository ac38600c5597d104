"""What happens at random, expected and in words."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pytest

from caresim.cli.doubts import doubts
from caresim.engine.chance import draw_episodes, network_of_replication
from caresim.network.chances import ExpectedChance, expected_chances
from caresim.network.compile import compile_network, with_episodes
from caresim.network.describe import describe
from caresim.network.network import Episode, Network
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario


def both(events: str, warm_up: str = "0 days") -> tuple[Scenario, Network]:
    """A year of one ward, and what may happen to it."""
    text = f"""
caresim: 1
name: Expected
time: {{from: 2019-04-01, measure: 365 days, warm_up: {warm_up}}}
replications: 4
seed: 1
people: {{age: {{old: 0.5, young: 0.5}}}}
arrivals: {{gp: {{to: ward, rate: 2 per day}}}}
services:
  ward: {{places: 30, care_time: 5 days, next: {{home: 0.5, hospice: 0.5}}}}
  visits: {{hours: 100 per week, amount: 5 hours per week, care_time: 5 days, next: home}}
exits: {{home: {{}}, hospice: {{}}, died: {{}}}}
events: {{{events}}}
"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "expected.yaml"
        file.write_text(text, encoding="utf-8")
        scenario = load_scenario(file)
    return scenario, compile_network(scenario)


def one(events: str, warm_up: str = "0 days") -> tuple[ExpectedChance, Network]:
    _, network = both(events, warm_up)
    return next(iter(expected_chances(network))), network


def test_after_a_long_warm_up_it_is_the_queue_that_never_is_full() -> None:
    """18.2625 a year for 10 days each: half an episode at a time, none for exp(-0.5) of it."""
    found, _ = one(
        "flu: {happens: 18.2625 per year, lasts: {gamma: {mean: 10 days, sd: 4 days}}, change: {services.ward.places: minus 9}}",
        "100 days",
    )
    assert found.mean_in_force == pytest.approx(0.5)
    assert found.share_in_force == pytest.approx(1 - math.exp(-0.5))
    assert found.episodes == pytest.approx(365 / 20)
    assert found.episodes_of_run == pytest.approx(465 / 20)


def test_without_warm_up_it_has_to_begin() -> None:
    """Lasting exactly a year, at time t t/365.25 x 2 hold: on average one, none for (1 - exp(-2)) / 2."""
    found, _ = one("flu: {happens: 2 per year, lasts: 365.25 days, change: {services.ward.places: minus 9}}")
    rate = 2 / 365.25
    assert found.mean_in_force == pytest.approx(rate * 365 / 2, rel=1e-6)
    assert found.share_in_force == pytest.approx(1 - (1 - math.exp(-rate * 365)) / (rate * 365), rel=1e-4)


def test_for_good_and_once_it_is_there_or_not() -> None:
    """At time t with chance 1 - exp(-r t)."""
    found, _ = one("lost: {happens: 2 per year, at_most: 1, change: {services.ward.places: minus 9}}")
    rate = 2 / 365.25
    share = 1 - (1 - math.exp(-rate * 365)) / (rate * 365)
    assert found.share_in_force == pytest.approx(share, rel=1e-3)
    assert found.mean_of(np.array([30.0, 21.0, 0.0])) == pytest.approx(30 - 9 * share, rel=1e-3)
    assert found.episodes == pytest.approx(1 - math.exp(-rate * 365), rel=1e-3)


def test_what_it_takes_away_counts_every_number_at_once() -> None:
    found, _ = one(
        "flu: {happens: 36.525 per year, lasts: 10 days, change: {services.ward.places: minus 20}}",
        "100 days",
    )
    # One at a time on average: 30 places with none, 10 with one, none with more.
    assert found.mean_of(np.array([30.0, 10.0, 0.0, 0.0])) == pytest.approx(40 * math.exp(-1))


@pytest.mark.parametrize(
    "event",
    [
        "happens: 12 per year, lasts: {exponential: 8 days}",
        "happens: 12 per year, every: year, from: 11-15, to: 02-29, lasts: {exponential: 8 days}",
        "happens: 12 per year, at_most: 3, lasts: 20 days",
        "happens: 4 per year, from: 2019-05-01",
    ],
)
def test_expected_is_what_is_drawn_on_average(event: str) -> None:
    """Over 600 replications, by 4.5 standard errors: wrong by chance in 1 of 100,000; a tenth more is refuted."""
    found, network = one(f"flu: {{{event}, change: {{services.ward.places: minus 1}}}}", "30 days")
    days = np.arange(365) + 0.5
    rows = []
    for replication in range(600):
        episodes = draw_episodes(network, 3, replication)
        held = sum(
            ((days >= each.start) & (days < (math.inf if each.end is None else each.end))).astype(float)
            for each in episodes
        ) + np.zeros(365)
        rows.append([sum(each.start >= 0 for each in episodes), (held > 0).mean(), held.mean()])
    mean, error = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1) / math.sqrt(600)
    expected = np.array([found.episodes, found.share_in_force, found.mean_in_force])
    exact = np.array([True, "at_most" not in event, True])
    assert (np.abs(mean - expected) < 4.5 * error)[exact].all()
    assert mean[1] == pytest.approx(expected[1], abs=0.03)
    assert (np.abs(mean - 1.25 * expected) > 4.5 * error)[exact].all()


def test_a_season_is_a_time_in_which_it_may_begin() -> None:
    """Ten times a day, from 24 December to 2 January."""
    _, network = both(
        "flu: {happens: 10 per day, every: year, from: 12-24, to: 01-02, lasts: 1 hour, "
        "change: {services.ward.places: minus 1}}"
    )
    starts = {math.floor(each.start) for each in draw_episodes(network, 1, 0)}
    assert starts == set(range(267, 277))


def capacities(network: Network, *episodes: tuple[float, float | None]) -> list[tuple[float, int]]:
    laid = with_episodes(network, tuple(Episode(chance=0, start=a, end=b) for a, b in episodes))
    return [(change.at, change.value) for change in laid.changes if change.field == "capacity"]


def test_what_cannot_be_made_on_top_changes_nothing_meanwhile() -> None:
    """A share of 0.5 and 0.4 more, twice: the second episode waits until the first is over."""
    _, network = both(
        "flu: {happens: 1 per year, lasts: 9 days, change: {services.ward.next.home: plus 0.4}}"
    )
    laid = with_episodes(
        network, (Episode(chance=0, start=10.0, end=30.0), Episode(chance=0, start=20.0, end=40.0))
    )
    shares = [(c.at, round(c.value.leaves[0].cumulative[0], 9)) for c in laid.changes if c.field == "next"]
    assert shares == [(10.0, 0.9), (40.0, 0.5)]


def test_hours_fall_no_lower_than_none_and_come_back() -> None:
    _, network = both("gone: {happens: 1 per year, change: {services.visits.hours: minus 60 per week}}")
    assert capacities(network, (5.0, 20.0), (10.0, 15.0)) == [
        (5.0, 2400),
        (10.0, 0),
        (15.0, 2400),
        (20.0, 6000),
    ]


def test_two_at_one_instant_are_made_in_order_of_their_paths() -> None:
    _, network = both(
        "a: {happens: 1 per year, change: {services.ward.places: times 2}}, "
        "b: {happens: 1 per year, change: {services.ward.places: 5}}"
    )
    laid = with_episodes(network, tuple(Episode(chance=k, start=3.0, end=None) for k in (0, 1)))
    assert [change.value for change in laid.changes] == [5]


def test_values_that_only_happen_at_random_have_codes() -> None:
    """A third age group that comes with an event: people of it can be told apart."""
    _, network = both(
        "fair: {happens: 9 per year, lasts: 9 days, change: {people.age: {old: 0.2, young: 0.2, tiny: 0.6}}}"
    )
    assert network.attributes[0].values == ("old", "tiny", "young")
    laid = network_of_replication(network, 1, 0)
    assert len(laid.streams[0].people[0][1]) > 2


def test_explain_says_how_often_how_long_and_what_it_takes() -> None:
    scenario, network = both(
        "flu: {happens: 18.2625 per year, lasts: {exponential: 10 days}, each: [services.*], change: {mortality: 9% per year}}, "
        "lost: {happens: 1 per year, at_most: 1, from: 2019-09-01, change: {services.visits.hours: minus 40 per week}}",
        "200 days",
    )
    text = describe(scenario, network)
    told = text[text.index("What may happen at random") :]
    for words in (
        "to each of 2  services.visits, services.ward",
        "18.26 a year of each; in the window 18.25 expected of each, 18.26 a year; 36.50",
        "lasts         10 days, mean",
        "144 days a year of each, 39.3 % of the time; 1.27 at once then",
        "mortality: 9% per year",
        "1.00 a year while it may begin, at most 1 in a run",
        "2019-09-01 to the end",
        "for good",
        "100 -> 60 hours per week with one episode",
    ):
        assert words in told, told


def test_explain_says_nothing_of_it_where_nothing_happens() -> None:
    scenario, network = both(
        "fair: {every: year, from: 07-01, to: 07-31, change: {services.ward.places: plus 1}}"
    )
    assert "at random" not in describe(scenario, network)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("happens: 5 per year, change: {services.ward.places: minus 1}", "is for good: 5.00 are expected"),
        (
            "happens: 40 per year, lasts: 60 days, change: {services.ward.places: minus 1}",
            "expected to hold at once",
        ),
        (
            "happens: 1 per year, lasts: 9 days, change: {services.ward.places: minus 1}",
            "expected 4.00 times in all 4",
        ),
        ("happens: 0 per year, change: {services.ward.places: minus 1}", "never happens"),
        (
            "happens: 9 per year, from: 2021-01-01, lasts: 9 days, change: {services.ward.places: minus 1}",
            "lies outside the run",
        ),
        (
            "every: year, from: 07-01, to: 07-04, ramp: 9 days, change: {services.ward.places: plus 9}",
            "its full strength",
        ),
    ],
)
def test_check_warns_of_what_may_not_be_meant(event: str, words: str) -> None:
    scenario, network = both(f"flu: {{{event}}}")
    assert any(words in doubt for doubt in doubts(scenario, network)), list(doubts(scenario, network))


def test_check_says_nothing_of_what_is_meant() -> None:
    scenario, network = both(
        "flu: {happens: 4 per year, lasts: 9 days, change: {services.ward.places: minus 1}}, "
        "lost: {happens: 9 per year, at_most: 2, change: {services.ward.places: minus 1}}"
    )
    assert not [doubt for doubt in doubts(scenario, network) if "events" in doubt]
