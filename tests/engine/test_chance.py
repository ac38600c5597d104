"""What happens at random is drawn by name: nobody else's numbers move, and nobody else's move it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from caresim.engine import chance
from caresim.engine.chance import draw_episodes, network_of_replication
from caresim.engine.people import People, draw_people
from caresim.network.compile import compile_network
from caresim.network.network import Network
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario
from engine.plain_chance import plain_episodes

BUSY = """
outbreak: {happens: 1 per week, lasts: {gamma: {mean: 5 days, sd: 3 days}}, change: {services.ward.places: minus 3}}
handback: {happens: 2 per year, at_most: 2, change: {services.north.places: times 0.5, services.south.mortality: 5% per year}}
norovirus:
  happens: 40 per year
  every: year
  from: 11-01
  to: 02-29
  lasts: {exponential: 6 days}
  ramp: 2 days
  change: {arrivals.gp.rate: times 1.5, services.ward.care_time.exponential: plus 1 day, people.age.old: 0.7}
failure: {happens: 1 per year, each: [services.north, services.south], lasts: {uniform: {low: 1 day, high: 90 days}}, change: {places: times 0}}
strike: {happens: 1 per month, from: 2019-05-01, to: 2019-12-31, lasts: 3 days, change: {services.ward.opens.hours: 10:00-12:00, services.ward.next: {home: 0.5, north: 0.5}}}
"""


def scenario_of(events: str, warm_up: str = "40 days") -> Scenario:
    text = f"""
caresim: 1
name: Chances
time: {{from: 2019-04-01, to: 2021-03-31, warm_up: {warm_up}}}
replications: 3
seed: 5
people: {{age: {{old: 0.3, young: 0.7}}}}
arrivals:
  gp: {{to: ward, rate: 3 per day}}
  ae: {{to: ward, rate: 1.5 per day, people: {{age: {{old: 0.5, young: 0.5}}}}}}
services:
  ward:
    places: 30
    care_time: {{exponential: 5 days}}
    opens: {{days: mon-sun, hours: 08:00-20:00}}
    next: {{home: 0.8, north: 0.1, south: 0.1}}
  north: {{places: 20, care_time: 30 days, next: home}}
  south: {{places: 20, care_time: 30 days, next: home}}
exits: {{home: {{}}, died: {{}}}}
events:
{"".join(f"  {line}" + chr(10) for line in events.strip().splitlines()) or "  {}"}
"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chances.yaml"
        file.write_text(text, encoding="utf-8")
        return load_scenario(file)


def network_of(events: str) -> Network:
    return compile_network(scenario_of(events))


def episodes(
    network: Network, replication: int = 2, seed: int = 5
) -> dict[str, list[tuple[float, float | None]]]:
    """Of each event (and path) its episodes, of two years with a warm-up."""
    found: dict[str, list[tuple[float, float | None]]] = {
        f"{one.event} {one.each}".strip(): [] for one in network.chances
    }
    for each in draw_episodes(network, seed, replication):
        one = network.chances[each.chance]
        found[f"{one.event} {one.each}".strip()].append((each.start, each.end))
    return found


def one_too_many(network: Network, seed: int, replication: int) -> Any:
    """A wrong rule: `at_most` is not minded."""
    free = tuple(replace(one, at_most=None) for one in network.chances)
    return draw_episodes(replace(network, chances=free), seed, replication)


@pytest.mark.parametrize(("rule", "agrees"), [(draw_episodes, True), (one_too_many, False)])
def test_episodes_are_what_the_rule_read_word_for_word_gives(rule: Any, agrees: bool) -> None:
    network = network_of(
        BUSY + "\nflood: {happens: 1 per week, at_most: 3, change: {services.ward.places: minus 1}}"
    )
    same = []
    for replication in range(3):
        told = [
            (each.chance, each.start, float("inf") if each.end is None else each.end)
            for each in rule(network, 5, replication)
        ]
        same.append(told == plain_episodes(network, 5, replication))
    assert all(same) is agrees


def test_another_rate_or_another_event_moves_no_episode() -> None:
    """Half as often: some of the same episodes. With others beside it, and later in the file: the very same."""
    often = "outbreak: {happens: 60 per year, lasts: {exponential: 9 days}, change: {services.ward.places: minus 3}}"
    alone = episodes(network_of(often))["outbreak"]
    assert len(alone) > 60
    fewer = episodes(network_of(often.replace("60 per", "30 per")))["outbreak"]
    assert 0 < len(fewer) < len(alone)
    assert set(fewer) < set(alone)
    beside = (
        "another: {happens: 9 per year, lasts: 2 days, change: {services.ward.places: minus 1}}\n" + often
    )
    assert episodes(network_of(beside))["outbreak"] == alone
    longer = episodes(network_of(often.replace("9 days", "18 days")))["outbreak"]
    assert [start for start, _ in longer] == [start for start, _ in alone]
    assert episodes(network_of(often), replication=3)["outbreak"] != alone


def test_at_most_keeps_the_first_ones() -> None:
    event = "flood: {happens: 20 per year, lasts: 2 days, change: {services.ward.places: minus 3}}"
    limited = event.replace("lasts", "at_most: 3, lasts")
    assert episodes(network_of(limited))["flood"] == episodes(network_of(event))["flood"][:3]


def test_one_of_each_more_moves_no_other() -> None:
    event = "failure: {happens: 9 per year, each: [services.north], lasts: 2 days, change: {places: times 0}}"
    both = episodes(network_of(event.replace("north", "north, services.south")))
    alone = episodes(network_of(event))
    assert alone["failure services.north"] == both["failure services.north"]
    assert both["failure services.north"] != both["failure services.south"] != []


def points(people: People, stream: str) -> dict[tuple[str, int], float]:
    """(layer, index of the point in it) -> when, of everybody of a stream."""
    found = {}
    for block, word, at in zip(
        people.block.tolist(), people.word.tolist(), people.arrives_at.tolist(), strict=True
    ):
        layer, number, _ = people.blocks[block]
        if layer.stream == stream:
            found[layer.layer, number * 1024 + word] = at
    return found


def test_a_surge_at_random_adds_people_while_it_lasts_and_moves_nobody() -> None:
    surge = "surge: {happens: 8 per year, lasts: 10 days, change: {arrivals.gp.rate: times 2}}"
    plain = network_of("")
    network = network_of_replication(network_of(surge), 5, 1)
    before, after = draw_people(plain, 5, 1), draw_people(network, 5, 1)
    assert points(before, "ae") == points(after, "ae")
    told = points(before, "gp")
    found = points(after, "gp")
    assert told.items() < found.items()
    holds = [(each.start, each.end) for each in network.episodes or ()]
    added = [at for point, at in found.items() if point not in told]
    assert len(added) > 100
    assert all(any(start <= at < end for start, end in holds if end is not None) for at in added)
    busy = sum(end - start for start, end in holds if end is not None)
    assert len(added) == pytest.approx(3 * busy, rel=0.25)


def test_what_is_drawn_for_one_replication_leaves_the_network_as_it_is() -> None:
    """Two replications of one network, whichever comes first, are what each is alone."""
    network = network_of(BUSY)
    first = [network_of_replication(network, 5, 0), network_of_replication(network, 5, 1)]
    fresh = network_of(BUSY)
    second = [network_of_replication(fresh, 5, 1), network_of_replication(fresh, 5, 0)]
    assert first == second[::-1]
    assert network == fresh
    assert network.episodes is None
    assert first[0].changes != first[1].changes


def test_a_network_that_nothing_happens_to_is_itself() -> None:
    network = network_of(
        "winter: {every: year, from: 12-01, to: 02-29, change: {services.ward.places: plus 3}}"
    )
    assert network_of_replication(network, 5, 0) is network
    assert not network.chances
    assert network.declared is None


def test_people_are_not_drawn_for_a_network_whose_episodes_are_not() -> None:
    with pytest.raises(AssertionError, match="not drawn yet"):
        draw_people(network_of(BUSY), 5, 0)


def dated(scenario: Scenario, network: Network, forget: bool) -> Scenario:
    """The scenario with the episodes of a network as events that hold from instant to instant.

    Args:
        forget: a slip: the first episode is left out.
    """
    events = {name: event for name, event in scenario.events.items() if event.at_random is None}
    for number, one in enumerate(network.chances):
        own = [each for each in network.episodes or () if each.chance == number][int(forget) :]
        event = scenario.events[one.event]
        times = tuple((each.start, each.end) for each in own)
        events[one.event] = replace(event, at_random=None, times=times, each=(one.each,))
    return replace(scenario, events=events)


@pytest.mark.parametrize("forget", [False, True])
@pytest.mark.parametrize("replication", [0, 1])
def test_a_replication_is_what_the_same_events_with_dates_are(replication: int, forget: bool) -> None:
    """All that an engine or the drawing of people reads, to the last breakpoint; a slip shows."""
    events = BUSY.replace("[services.north, services.south]", "[services.north]")
    scenario = scenario_of(events)
    network = network_of_replication(compile_network(scenario), 5, replication)
    assert len(network.episodes or ()) > 20
    as_dated = compile_network(dated(scenario, network, forget))
    assert any(stream.rate is not None and len(stream.rate.base) > 3 for stream in network.streams)
    same = (
        network.streams == as_dated.streams
        and network.changes == as_dated.changes
        and network.mortality == as_dated.mortality
        and all(
            (ours.opens, ours.intake, ours.capacity) == (theirs.opens, theirs.intake, theirs.capacity)
            for ours, theirs in zip(network.services, as_dated.services, strict=True)
        )
    )
    assert same is not forget


def test_the_module_draws_by_keyed_streams_alone() -> None:
    """No generator is shared: a replication drawn twice is the same, whatever was drawn between."""
    network = network_of(BUSY)
    one = chance.draw_episodes(network, 5, 7)
    chance.draw_episodes(network, 6, 7)
    assert chance.draw_episodes(network, 5, 7) == one != chance.draw_episodes(network, 6, 7)
