"""What happens at random, against closed forms.

Episodes that begin as a Poisson process of rate r and last L are the customers of an M/G/infinity
queue: long after its start the number in force is Poisson of mean r E[L], whatever the distribution
of L, so at least one holds for 1 - exp(-r E[L]) of the time (Takacs (1962), Introduction to the
Theory of Queues, ch. 3). A rate that each episode multiplies by f is then on average multiplied by
E[f^N] = exp(r E[L] (f - 1)).
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse.linalg import spsolve

from caresim.engine.chance import draw_episodes, network_of_replication
from caresim.engine.people import draw_people
from theory.tools import CHANCE, SEED, Run, assert_theory, network_of, replicate, system

A_YEAR, LASTS, PLACES, LOST = 14.0, 20.0, 40, 25
TEXT = system(
    f"""
arrivals: {{gp: {{to: ward, rate: 4 per day}}}}
services: {{ward: {{places: {PLACES}, care_time: {{exponential: 5 days}}, next: home}}}}
events:
  outbreak:
    happens: {A_YEAR:g} per year
    lasts: {{gamma: {{mean: {LASTS:g} days, sd: 15 days}}}}
    change: {{services.ward.places: minus {LOST}, arrivals.gp.rate: times 1.5}}
""",
    measure="3000 days",
    warm_up="400 days",
)
IN_FORCE = A_YEAR / 365.25 * LASTS
"""Mean number at once, 0.77."""
REPLICATIONS = 100


def poisson(values: list[float]) -> float:
    """The mean of what has values[k] with k episodes, its last also with more."""
    shares = stats.poisson.pmf(range(len(values) - 1), IN_FORCE)
    return float(shares @ values[:-1] + (1 - shares.sum()) * values[-1])


@pytest.fixture(scope="module")
def drawn() -> NDArray[np.float64]:
    """Episodes in the window, days in force, episode-days, mean places, arrivals of each replication."""
    whole = network_of(TEXT)
    rows = []
    for replication in range(REPLICATIONS):
        network = network_of_replication(whole, SEED, replication)
        episodes = draw_episodes(whole, SEED, replication)
        starts = np.array([each.start for each in episodes])
        ends = np.array([each.end for each in episodes], dtype=float)
        # The state between neighbouring instants, one after the other.
        edges = np.unique(np.concatenate([[0.0, network.end], starts, ends]).clip(0.0, network.end))
        widths = np.diff(edges)
        held = np.array([((starts <= at) & (at < ends)).sum() for at in edges[:-1]])
        places = [(0.0, float(PLACES)), *((c.at, c.value) for c in network.changes if c.field == "capacity")]
        at = np.searchsorted([since for since, _ in places], edges[:-1], side="right") - 1
        rows.append(
            [
                float((starts >= 0).sum()),
                float(widths[held > 0].sum()) / network.end,
                float(widths @ held) / network.end,
                float(widths @ np.array([value for _, value in places])[np.maximum(at, 0)]) / network.end,
                float((draw_people(network, SEED, replication).arrives_at >= 0).sum()) / network.end,
            ]
        )
    return np.array(rows)


def test_days_in_force_and_what_they_take_away(drawn: NDArray[np.float64]) -> None:
    """Of 40 places 25 fewer with one episode, and none with two or more: never less than none.

    The slip: a share of time r E[L], as if episodes never overlapped.
    """
    places = poisson([PLACES, PLACES - LOST, 0.0])
    arrivals = 4.0 * math.exp(IN_FORCE * 0.5)
    episodes = A_YEAR / 365.25 * 3000
    exact = [episodes, 1 - math.exp(-IN_FORCE), IN_FORCE, places, arrivals]
    slip = [episodes, IN_FORCE, IN_FORCE, PLACES - LOST * IN_FORCE, 4.0 * (1 + IN_FORCE * 0.5)]
    assert_theory(drawn, exact, slip)


def test_how_often_it_happens_is_a_poisson_number(drawn: NDArray[np.float64]) -> None:
    """The variance over the mean, times n - 1, is chi-square; another variance would be found out."""
    counts = drawn[:, 0]

    def chance(variance: float) -> float:
        value = (len(counts) - 1) * counts.var(ddof=1) / variance
        return 2 * min(stats.chi2.cdf(value, len(counts) - 1), stats.chi2.sf(value, len(counts) - 1))

    mean = A_YEAR / 365.25 * 3000
    assert chance(mean) > CHANCE
    assert chance(mean / 2) < CHANCE
    assert chance(mean * 2.5) < CHANCE


# ------------------------------------------------------------------ one server that breaks down


ARRIVE, SERVE, BREAK, MEND = 1.5, 3.0, 0.2, 1.0
"""A day; each breakdown is mended at this rate, however many there are."""
MOST_WAITING, MOST_BROKEN = 150, 8


def mean_queue(care_stops: bool) -> float:
    """Of one server with exponential times that admits nobody while any breakdown lasts.

    The states (being served or not, waiting, breakdowns) are a Markov chain: solved as it stands, cut
    where next to nothing lies beyond. Who is being served is served to the end, unless `care_stops`.
    """
    shape = (2, MOST_WAITING + 1, MOST_BROKEN + 1)
    size = math.prod(shape)
    rows, columns, rates = [], [], []

    def go(here: tuple[int, int, int], there: tuple[int, int, int], rate: float) -> None:
        busy, waiting, broken = there
        if broken == 0 and busy == 0 and waiting > 0:
            there = (1, waiting - 1, 0)
        if waiting <= MOST_WAITING and broken <= MOST_BROKEN:
            rows.append(np.ravel_multi_index(here, shape))
            columns.append(np.ravel_multi_index(there, shape))
            rates.append(rate)

    for busy, waiting, broken in np.ndindex(shape):
        here = (busy, waiting, broken)
        go(here, (busy, min(waiting + 1, MOST_WAITING), broken), ARRIVE)
        if busy and not (care_stops and broken):
            go(here, (0, waiting, broken), SERVE)
        go(here, (busy, waiting, broken + 1), BREAK)
        if broken:
            go(here, (busy, waiting, broken - 1), MEND * broken)
    generator = sparse.csr_matrix((rates, (rows, columns)), (size, size))
    generator = generator - sparse.diags(np.asarray(generator.sum(axis=1)).ravel())
    equations = generator.T.tolil()
    equations[0] = 1.0
    shares = spsolve(equations.tocsc(), np.eye(1, size).ravel()).reshape(shape)
    assert shares[:, -1].sum() < 1e-9
    assert shares[:, :, -1].sum() < 1e-7
    return float(shares.sum(axis=(0, 2)) @ np.arange(MOST_WAITING + 1))


@pytest.mark.slow
def test_a_server_that_breaks_down_at_random() -> None:
    """Mean queue, being served, and waiting time by Little's law; the slip: care stops meanwhile, too."""
    text = system(
        f"""
arrivals: {{gp: {{to: ward, rate: {ARRIVE} per day}}}}
services: {{ward: {{places: 1, care_time: {{exponential: {24 / SERVE:g} hours}}, next: home}}}}
events:
  breakdown:
    happens: {BREAK} per day
    lasts: {{exponential: {1 / MEND:g} days}}
    change: {{services.ward.places: 0}}
""",
        measure="3000 days",
        warm_up="100 days",
    )

    def figures(run: Run) -> list[float]:
        return [run.queue("ward"), run.held("ward"), float(run.waits("ward").mean())]

    queue = mean_queue(care_stops=False)
    slipped = mean_queue(care_stops=True)
    assert slipped > 1.1 * queue
    busy = ARRIVE / SERVE
    assert_theory(
        replicate(text, figures, replications=40),
        [queue, busy, queue / ARRIVE],
        [slipped, busy, slipped / ARRIVE],
    )
