"""The yardstick against the same pathway written afresh, as a short event list of its own.

Seeds are fixed, so the tests give the same answer every time. What is chance is which seeds were
written down here: a correct model meets the bound with all but one pair of seeds in a thousand.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from caresim.experiment.replication import Tables, run_info, run_replication
from caresim.network.compile import compile_network
from caresim.scenario.files import load_scenario

YARDSTICK = Path(__file__).parents[2] / "configs" / "yardstick.yaml"
YEAR = 365.0
SERVICES = ("hospital", "reablement", "home_care", "care_home")
PLACES = (1840, 840, 1440, 880)
MEAN = (6.0, 30.0, 60.0, 90.0)
CV = (1.2, 0.5, 0.8, 0.8)
FIGURES = ("held", "admissions", "wait_days", "delayed_days")

SCALE = 0.1
"""Of people and places: with fewer places chance makes more people wait, and a run is shorter."""
REPLICATIONS = 24
STANDARD_ERRORS = 4.3
"""16 figures, each a difference of two means of 24: |t| with 46 degrees of freedom exceeds this for one of
them by chance once in about 700 pairs of seeds."""


class EventList:
    """People move by one heap of (time, person); all else is a queue and a count for each service."""

    def __init__(self, scale: float, seed: int) -> None:
        rng = np.random.default_rng([20190401, seed])
        n = rng.poisson(100_000 * scale)
        self.arrivals = np.sort(rng.uniform(0.0, YEAR, n)).tolist()
        sigma = [math.sqrt(math.log1p(cv * cv)) for cv in CV]
        normal = rng.standard_normal((n, len(SERVICES)))
        self.care = np.exp(np.log(MEAN) - np.square(sigma) / 2 + normal * sigma).tolist()
        self.first, self.second = rng.random(n).tolist(), rng.random(n).tolist()
        self.free = [round(places * scale) for places in PLACES]
        self.queues: list[deque[int]] = [deque() for _ in SERVICES]
        self.place = [-1] * n
        self.since = [0.0] * n
        self.events = [(time, person) for person, time in enumerate(self.arrivals)]
        self.held = [0.0] * 4
        self.admissions = [0] * 4
        self.waited = [0.0] * 4
        self.delayed = [0.0] * 4

    def run(self) -> NDArray[np.float64]:
        """Figures by service, shape (services, FIGURES)."""
        heapq.heapify(self.events)
        while self.events and self.events[0][0] < YEAR:
            now, person = heapq.heappop(self.events)
            target = self.onward(person)
            if target < 0:
                self.leave(person, now)
            else:
                self.since[person] = now
                self.queues[target].append(person)
                self.admit(target, now)
        waits = [waited / max(1, n) for waited, n in zip(self.waited, self.admissions, strict=True)]
        held = [days / YEAR for days in self.held]
        return np.array([held, self.admissions, waits, self.delayed]).T

    def onward(self, person: int) -> int:
        """The service wanted after the one now held; -1: out."""
        here = self.place[person]
        if here < 0:
            return 0
        if here == 0:
            u = self.first[person]
            return -1 if u < 0.80 else 1 if u < 0.90 else 2 if u < 0.96 else 3
        return 2 if here == 1 and self.second[person] < 0.30 else -1

    def admit(self, service: int, now: float) -> None:
        while self.free[service] and self.queues[service]:
            person = self.queues[service].popleft()
            self.free[service] -= 1
            left = self.place[person]
            wait = now - self.since[person]
            self.admissions[service] += 1
            self.waited[service] += wait
            self.place[person] = service
            self.held[service] += YEAR - now
            heapq.heappush(self.events, (now + self.care[person][service], person))
            if left >= 0:
                self.delayed[left] += wait
                self.give_back(left, now)

    def leave(self, person: int, now: float) -> None:
        self.give_back(self.place[person], now)

    def give_back(self, service: int, now: float) -> None:
        self.held[service] -= YEAR - now
        self.free[service] += 1
        self.admit(service, now)


def figures(tables: Tables) -> NDArray[np.float64]:
    """The same figures from the tables of a replication: delays and waits count where they ended."""
    monthly, durations = tables["monthly"], tables["durations"]
    rows = []
    for service in SERVICES:
        months = monthly[monthly["service"] == service]
        spans = durations[durations["service"] == service]
        sums = spans.groupby("which", observed=True)["sum"].sum()
        admissions = months["admissions"].sum()
        held = (months["held"] * months["days"]).sum() / YEAR
        rows.append([held, admissions, sums.get("wait", 0.0) / admissions, sums.get("delay", 0.0)])
    return np.array(rows)


def ours(changes: list[tuple[str, str]], replications: int) -> NDArray[np.float64]:
    """Shape (replications, services, FIGURES)."""
    network = compile_network(load_scenario(YARDSTICK, changes))
    info = run_info(network)
    return np.array([figures(run_replication(network, info, 1, r)) for r in range(1, replications + 1)])


def theirs(scale: float, replications: int) -> NDArray[np.float64]:
    return np.array([EventList(scale, seed).run() for seed in range(replications)])


def distance(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Differences of the means in standard errors, shape (services, FIGURES)."""
    variance = ours.var(axis=0, ddof=1) / len(ours) + theirs.var(axis=0, ddof=1) / len(theirs)
    gap = ours.mean(axis=0) - theirs.mean(axis=0)
    return np.divide(gap, np.sqrt(variance), out=np.where(gap == 0, 0.0, np.inf), where=variance > 0)


def scaled(scale: float) -> list[tuple[str, str]]:
    paths = ["arrivals.everybody.rate", *(f"services.{name}.places" for name in SERVICES)]
    return [(path, f"times {scale}") for path in paths]


@pytest.fixture(scope="module")
def event_lists() -> NDArray[np.float64]:
    return theirs(SCALE, REPLICATIONS)


def test_the_yardstick_gives_the_figures_of_an_event_list(event_lists: NDArray[np.float64]) -> None:
    """Means of 24 replications each; every figure of every service within 4.3 standard errors."""
    away = distance(ours(scaled(SCALE), REPLICATIONS), event_lists)
    assert np.abs(away).max() < STANDARD_ERRORS, dict(zip(SERVICES, away.round(1).tolist(), strict=True))


@pytest.mark.parametrize(
    "change",
    [
        ("services.hospital.hold_until", "ready"),
        ("services.care_home.care_time.lognormal.cv", "2.0"),
        ("services.reablement.next.home_care", "0.40"),
        ("services.home_care.places", "times 0.9"),
    ],
    ids=lambda change: change[0],
)
def test_a_pathway_that_differs_is_found_out(
    change: tuple[str, str], event_lists: NDArray[np.float64]
) -> None:
    away = distance(ours([*scaled(SCALE), change], 10), event_lists)
    assert np.abs(away).max() > STANDARD_ERRORS


@pytest.mark.slow
def test_at_full_size_means_held_and_admissions_agree_within_two_in_a_hundred() -> None:
    """100,000 people a year: four replications of each; the spread between two runs is below 0.5 %."""
    mine, others = ours([], 4).mean(axis=0), theirs(1.0, 4).mean(axis=0)
    assert mine[:, :2] == pytest.approx(others[:, :2], rel=0.02)
