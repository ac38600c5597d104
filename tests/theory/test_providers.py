"""Providers behind one service: pooled they are one queue, apart they are several, and in between a chain.

Poisson arrivals, exponential care. Providers that take everybody are one service with all their places
(M/M/c); providers that take different people are queues of their own; where they share some people and
nobody may wait, how many each holds is a Markov chain with few states.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from caresim.records.recorder import TURNED_AWAY
from theory.chains import Chain
from theory.tools import Run, assert_theory, replicate, system

CARE = 4.0
WEST, MID, EAST = 0.35, 0.5, 0.4
"""People a day."""


def text(providers: str, more: str = "") -> str:
    rates = {"west": WEST, "mid": MID, "east": EAST}
    streams = "".join(
        f"  {area}: {{to: home_care, rate: {rate} per day, people: {{area: {area}}}}}\n"
        for area, rate in rates.items()
    )
    return system(
        f"""
people: {{area: {{west: 0.3, mid: 0.3, east: 0.4}}}}
arrivals:
{streams}
services:
  home_care: {{providers: {{{providers}}}, care_time: {{exponential: {CARE:g} days}}, next: home{more}}}
""",
        measure="4000 days",
        warm_up="100 days",
    )


def waiting(a_day: float, places: int) -> float:
    """Mean queue of M/M/c by Erlang's formula (Cooper 1981, section 3.5)."""
    load = a_day * CARE
    terms = [load**k / math.factorial(k) for k in range(places)]
    last = load**places / math.factorial(places) * places / (places - load)
    return last / (sum(terms) + last) * load / (places - load)


def test_providers_that_take_everybody_are_one_queue_for_all_their_places() -> None:
    """The slip: three queues of their own, among which people are shared out in proportion."""
    found = replicate(
        text("ash: {places: 3}, birch: {places: 2}, cedar: {places: 2}"), lambda run: [run.queue("home_care")]
    )
    rate = WEST + MID + EAST
    slip = sum(waiting(rate * places / 7, places) for places in (3, 2, 2))
    assert_theory(found, [waiting(rate, 7)], [slip], fine=0.25)


def test_providers_that_take_different_people_are_queues_of_their_own() -> None:
    """The slip: one queue for the places of both."""
    providers = "ash: {places: 5, takes: {area: [west, mid]}}, birch: {places: 3, takes: {area: east}}"
    found = replicate(text(providers), lambda run: [run.queue("home_care")])
    slip = waiting(WEST + MID + EAST, 8)
    assert_theory(found, [waiting(WEST + MID, 5) + waiting(EAST, 3)], [slip], fine=0.25)


def lost_and_held(run: Run) -> list[float]:
    """People held by each provider, and of each area turned away a day."""
    places, stays = run.columns("places"), run.columns("stays")
    found = []
    for provider in (0, 1):
        own = places.provider == provider
        inside = np.minimum(places.end[own], run.network.end) - np.maximum(places.start[own], 0.0)
        found.append(float(inside[inside > 0].sum()) / run.network.end)
    area = run.attribute("area")[stays.class_.astype(int)]
    turned_away = (stays.outcome == TURNED_AWAY) & (stays.left_at >= 0)
    return found + [float((turned_away & (area == code)).sum()) / run.network.end for code in range(3)]


def loss(fill: str) -> list[float]:
    """Ash has 2 places for west and mid, birch 3 for mid and east; mid may go to either."""
    has = (2, 3)

    def goes(area: str, held: tuple[int, int]) -> int | None:
        able = {"west": (0,), "mid": (0, 1), "east": (1,)}[area]
        could = [k for k in able if held[k] < has[k]]
        if fill == "most_free":
            return max(could, key=lambda k: has[k] - held[k], default=None)
        return next(iter(could if fill == "ash" else could[::-1]), None)

    rates = {"east": EAST, "mid": MID, "west": WEST}

    def moves(held: tuple[int, int]) -> Iterator[tuple[tuple[int, int], float]]:
        for area, rate in rates.items():
            to = goes(area, held)
            if to is not None:
                yield (held[0] + (to == 0), held[1] + (to == 1)), rate
        for k in (0, 1):
            if held[k]:
                yield (held[0] - (k == 0), held[1] - (k == 1)), held[k] / CARE

    chain = Chain((0, 0), moves)
    figures = [lambda held: held[0], lambda held: held[1]]
    figures += [lambda held, area=area: rates[area] * (goes(area, held) is None) for area in rates]
    return chain.means(figures).tolist()


@pytest.mark.parametrize(
    ("fill", "slip"), [("ash", "most_free"), ("birch", "most_free"), ("most_free", "ash")]
)
def test_providers_that_share_some_people_are_filled_as_the_chain_says(fill: str, slip: str) -> None:
    """Nobody may wait. The slip: the places are filled in another order."""
    providers = "ash: {places: 2, takes: {area: [west, mid]}}, birch: {places: 3, takes: {area: [mid, east]}}"
    order = fill if fill == "most_free" else f"[{fill}]"
    found = replicate(text(providers, f", queue: {{room: 0}}, fill: {order}"), lost_and_held)
    assert_theory(found, loss(fill), loss(slip))
