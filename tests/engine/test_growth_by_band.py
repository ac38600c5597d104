"""Growth that goes by what people are: who comes, how many of them, and that nobody else moves.

With shares p of each band, a rate r and a growth g, people of a band are Poisson with rate
p r (1 + g)^t, t in years. Counts are compared with its integral; Z says how often a right engine
would fail.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from caresim.engine.people import People, draw_people
from caresim.engine.streams import Layer, Streams
from caresim.grid import on_grid
from caresim.network.flows import shares_grown
from caresim.network.network import Network
from caresim.network.rates import expected_people
from engine.worlds import network_of

Z = 5.0
"""Standard deviations: a right engine misses by more 1 in 1,700,000 times for each count compared."""
YEAR = 365.25
SHARES = {"18-64": 0.5, "65-84": 0.3, "85+": 0.2}
GROWTH = {"18-64": -0.1, "65-84": 0.1, "85+": 0.4}


def world(growth: Any, *, rate: Any = "4 per day", measure: str = "1461 days", **more: Any) -> Network:
    stream = {"to": "ward", "rate": rate, **({"growth": growth} if growth is not None else {}), **more}
    return network_of(
        {
            "caresim": 1,
            "name": "An ageing county",
            "time": {"from": "2019-04-01", "measure": measure, "warm_up": "100 days"},
            "seed": 1,
            "people": {"age": SHARES, "area": {"by": "age", "85+": {"n": 0.7, "s": 0.3}, "else": "s"}},
            "arrivals": {"gp": stream, "ae": {"to": "ward", "rate": "1 per day"}},
            "services": {"ward": {"places": 10, "care_time": "3 days", "next": {"home": 0.5, "died": 0.5}}},
            "exits": {"home": {}, "died": {}},
        }
    )


def by_age(**growth: str) -> dict[str, str]:
    return {"by": "age", **{name: f"{100 * rate:g}% per year" for name, rate in GROWTH.items()}, **growth}


def codes_by_point(network: Network, people: People) -> dict[tuple[str, str, int, int], tuple[Any, ...]]:
    """Which point of the field each is -> when they come, what they are, where they go."""
    found = {}
    for who in range(len(people.arrives_at)):
        layer, number, _ = people.blocks[people.block[who]]
        point = (layer.stream, layer.layer, layer.place, number * 1024 + int(people.word[who]))
        codes = tuple(int(code) for code in people.classes[people.class_[who]])
        found[point] = (float(people.arrives_at[who]), codes, int(people.target[who]))
    assert len(found) == len(people.arrives_at)
    return found


def counts(network: Network, replications: int) -> np.ndarray:
    """People of stream gp by band and year of the window."""
    total = np.zeros((3, 4))
    number = [stream.name for stream in network.streams].index("gp")
    for replication in range(replications):
        people = draw_people(network, 5, replication)
        age = people.classes[people.class_, [each.name for each in network.attributes].index("age")]
        mine = (people.stream == number) & (people.arrives_at >= 0)
        np.add.at(total, (age[mine], np.minimum(people.arrives_at[mine] / YEAR, 3.999).astype(int)), 1)
    return total


def expected(growth: dict[str, float], replications: int, rate: float = 4.0) -> np.ndarray:
    """The integral of p r (1 + g)^t over each of four years."""
    years = np.arange(4)
    rows = [
        share * rate * YEAR * (1 + g) ** years * (g / np.log1p(g))
        for share, g in zip(SHARES.values(), growth.values(), strict=True)
    ]
    return replications * np.array(rows)


def misses(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.abs((found - wanted) / np.sqrt(wanted)).max())


def test_each_band_comes_at_its_own_rate_year_by_year() -> None:
    """Twelve counts of 20 replications: none is more than Z standard deviations off."""
    found = counts(world(by_age()), 20)
    assert misses(found, expected(GROWTH, 20)) < Z
    # Two bands exchanged, or one growth for all of them, would be found out.
    exchanged = GROWTH | {"65-84": GROWTH["85+"], "85+": GROWTH["65-84"]}
    assert misses(found, expected(exchanged, 20)) > Z
    assert misses(found, expected(dict.fromkeys(GROWTH, 0.06), 20)) > Z


def test_what_is_expected_of_a_stream_is_the_sum_of_its_bands() -> None:
    network = world(by_age())
    gp = next(stream for stream in network.streams if stream.name == "gp")
    for year, wanted in enumerate(expected(GROWTH, 1).sum(axis=0)):
        found = expected_people(gp, year * YEAR, (year + 1) * YEAR, network.calendar)
        assert found == pytest.approx(wanted, rel=1e-6)


def test_a_faster_growing_band_adds_people_of_its_own_and_moves_nobody_else() -> None:
    slow, fast = world(by_age()), world(by_age(**{"85+": "60% per year"}))
    before, after = (codes_by_point(each, draw_people(each, 3, 0)) for each in (slow, fast))
    ages = [each.name for each in slow.attributes].index("age")
    # Until the first day growth only takes from a faster band: what it has come to is below 1.
    added, gone = set(after) - set(before), set(before) - set(after)
    assert len(added) > 200
    assert all(after[point][1][ages] == 2 and after[point][0] > 0 for point in added)
    assert all(before[point][1][ages] == 2 and before[point][0] < 0 for point in gone)
    same = set(before) & set(after)
    assert {point: before[point] for point in same} == {point: after[point] for point in same}
    assert any(point[0] == "ae" for point in same)


def test_growth_by_a_band_moves_nobody_of_a_band_that_does_not_grow() -> None:
    """Against no growth at all: whoever is not 85 or over is the same, at the same instants."""
    still, grown = world(None), world({"by": "age", "85+": "40% per year", "else": "0% per year"})
    ages = [each.name for each in still.attributes].index("age")
    before, after = (
        {
            point: who
            for point, who in codes_by_point(each, draw_people(each, 3, 1)).items()
            if who[1][ages] != 2
        }
        for each in (still, grown)
    )
    assert len(before) > 1000
    assert before == after


def test_one_growth_for_every_band_is_that_growth() -> None:
    everybody = world({"by": "age", "else": "20% per year"})
    found, wanted = draw_people(everybody, 9, 0), draw_people(world("20% per year"), 9, 0)
    for name in ("arrives_at", "block", "word", "class_", "target"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name)), name


def plainly(network: Network, seed: int, replication: int) -> set[tuple[float, int, str]]:
    """(instant, number of the point, age) of those of gp who come, read off the rule one at a time."""
    streams, found = Streams(seed, replication), set()
    for order in range(8):
        low, high = (0.0, 1.0) if order == 0 else (2.0 ** (order - 1), 2.0**order)
        layer = Layer("gp", str(order))
        gaps, heights, ages = (
            streams.uniforms(purpose, layer, 0, 20_000).tolist()
            for purpose in (("gp", "gap"), ("gp", "height"), ("people", "age"))
        )
        waited = 0.0
        for point in range(20_000):
            waited += -np.log1p(-gaps[point]) / (high - low)
            at = float(on_grid(network.start + waited))
            if at >= network.end:
                break
            band = "18-64" if ages[point] < 0.5 else "65-84" if ages[point] < 0.8 else "85+"
            if low + (high - low) * heights[point] < 4.0 * (1 + GROWTH[band]) ** (at / YEAR):
                found.add((at, point, band))
    return found


def test_the_rule_read_word_for_word_gives_the_same_people() -> None:
    network = world(by_age())
    ages = [each.name for each in network.attributes].index("age")
    values = network.attributes[ages].values
    points = codes_by_point(network, draw_people(network, 21, 2))
    found = {(who[0], point[3], values[who[1][ages]]) for point, who in points.items() if point[0] == "gp"}
    assert found == plainly(network, 21, 2)


def test_in_a_batch_each_comes_by_their_own_growth() -> None:
    """Two at once, every time: people of a band are twice as many as batches would bring alone."""
    network = world(by_age(), rate="2 per day", batch={2: 1.0})
    assert misses(counts(network, 10), expected(GROWTH, 10)) < Z * 2**0.5


def test_the_mix_of_a_later_month_shows_in_the_load() -> None:
    """A band's share is p (1 + g)^t over the sum of these: 85+ are 20 % at first and 51 % after four years."""
    network = world(by_age())
    gp = next(stream for stream in network.streams if stream.name == "gp")
    ages = [each.name for each in network.attributes].index("age")
    for years in (0.0, 2.0, 4.0):
        grown = {name: SHARES[name] * (1 + GROWTH[name]) ** years for name in SHARES}
        found = shares_grown(network, gp, years * YEAR, {ages})
        by_code = {class_[ages]: share for class_, share in found.items()}
        wanted = {code: grown[name] / sum(grown.values()) for code, name in enumerate(SHARES)}
        assert by_code == pytest.approx(wanted)
