"""Whose numbers move when something changes: nobody's but those of whom it concerns.

Everything is compared exactly, person by person; only whether uniforms are uniform and
independent is a matter of chance, and says how often it fails.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from caresim.distributions import Distribution
from caresim.engine.people import People, draw_people
from caresim.engine.simulation import run
from caresim.engine.streams import BLOCK, Draws, Layer, Streams, durations, pick
from caresim.network.network import Choice, Network
from caresim.records.recorder import NOBODY, Recorder
from engine.worlds import network_of, rows_of, table_of

WORLD = """
caresim: 1
name: A ward, a team and homes
time: {from: 2019-04-01, measure: 60 days}
replications: 30
seed: 7
people:
  age: {old: 0.4, young: 0.6}
  area: {by: age, old: {north: 0.7, south: 0.3}, young: {north: 0.2, south: 0.8}}
arrivals:
  gp: {to: {ward: 0.8, team: 0.2}, rate: 12 per day}
  list: {to: ward, every: 6 hours, batch: {1: 0.6, 3: 0.4}}
services:
  ward:
    kind: acute
    places: 80
    care_time: {by: age, old: {lognormal: {mean: 5 days, sd: 6 days}}, young: {exponential: 2 days}}
    sets: {pathway: {P0: 0.5, P1: 0.5}}
    next: {by: pathway, P0: home, P1: team}
  team:
    kind: reablement
    places: 60
    care_time: {gamma: {mean: 4 days, sd: 3 days}}
    next: {home: 0.6, ward: 0.2, homes: 0.2}
    start_with: {in_care: 9}
  homes:
    kind: residential
    places: unlimited
    care_time: {weibull: {mean: 9 days, shape: 1.5}}
    next: home
exits: {home: {}}
"""

Fates = dict[tuple[Any, ...], list[tuple[Any, ...]]]


def identities(people: People) -> list[tuple[Any, ...]]:
    """Of each person their place in the random field: layer and number, which no run can change."""
    of_layer = {}
    for block, (layer, number, _) in enumerate(people.blocks):
        of_layer[block] = (layer.stream, layer.layer, layer.place, number)
    return [
        (*of_layer[block], word)
        for block, word in zip(people.block.tolist(), people.word.tolist(), strict=True)
    ]


def attributes(network: Network, people: People) -> list[dict[str, int]]:
    """Of each person what they were drawn to be, by name."""
    names = [attribute.name for attribute in network.attributes]
    rows = people.classes[people.class_].tolist()
    return [dict(zip(names, row, strict=True)) for row in rows]


def drawn(text: str, replication: int = 3, seed: int = 7) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Everybody of a replication by identity: when they come, who they are, where they go first."""
    network = network_of(text)
    people = draw_people(network, seed, replication)
    targets = [*(service.name for service in network.services), *network.exits]
    return {
        identity: (at, tuple(sorted(attribute.items())), targets[target])
        for identity, at, attribute, target in zip(
            identities(people),
            people.arrives_at.tolist(),
            attributes(network, people),
            people.target.tolist(),
            strict=True,
        )
    }


def fates(text: str) -> Fates:
    """Of each person their stays that ended at ready or later: (service, care time, where they went)."""
    network = network_of(text)
    people = draw_people(network, 7, 3)
    recorder = Recorder()
    run(network, people, recorder)
    who = identities(people)
    targets = [*(service.name for service in network.services), *network.exits]
    found: Fates = {identity: [] for identity in who}
    stays = table_of(recorder, "stays")
    for k in np.lexsort((stays["admitted_at"], stays["person"])):
        if not np.isnan(stays["ready_at"][k]) and stays["went_to"][k] != NOBODY:
            care_time = stays["ready_at"][k] - stays["admitted_at"][k]
            found[who[int(stays["person"][k])]].append(
                (targets[int(stays["service"][k])], care_time, targets[int(stays["went_to"][k])])
            )
    return found


def agree_as_far_as_they_go(one: Fates, other: Fates) -> int:
    """The stays both runs tell of, counted; each must be the same in both."""
    assert one.keys() == other.keys()
    both = 0
    for identity, stays in one.items():
        for mine, theirs in zip(stays, other[identity], strict=False):
            assert mine == theirs
            both += 1
    return both


def test_a_changed_capacity_leaves_everybodys_numbers_as_they_are() -> None:
    """Fewer places in the ward and the team: waits move, what was drawn does not."""
    cut = WORLD.replace("places: 80", "places: 60").replace(
        "places: 60\n    care_time: {gamma", "places: 45\n    care_time: {gamma"
    )
    assert drawn(WORLD) == drawn(cut)
    before, after = fates(WORLD), fates(cut)
    assert before != after
    assert agree_as_far_as_they_go(before, after) > 500


def test_another_seed_gives_other_numbers() -> None:
    """What the comparison above is worth."""
    network = network_of(WORLD)
    one, other = draw_people(network, 7, 3), draw_people(network, 8, 3)
    assert not np.isin(one.arrives_at[one.stream == 0], other.arrives_at).any()


@pytest.mark.parametrize("rate", [13, 17, 40])
def test_a_raised_rate_only_adds_people(rate: int) -> None:
    before, after = drawn(WORLD), drawn(WORLD.replace("rate: 12 per day", f"rate: {rate} per day"))
    assert before.items() < after.items()
    added = [identity for identity in after if identity not in before]
    assert {identity[0] for identity in added} == {"gp"}
    expected = (rate - 12) * 60
    # Poisson: within 5 standard deviations but for 1 in a million.
    assert abs(len(added) - expected) < 5 * expected**0.5


def test_a_surge_of_some_days_adds_people_on_those_days_only() -> None:
    """From rate 12 to 18 on days 20 to 29."""
    surge = "rate: {0 days: 12 per day, 20 days: 18 per day, 30 days: 12 per day}"
    before, after = drawn(WORLD), drawn(WORLD.replace("rate: 12 per day", surge))
    assert before.items() < after.items()
    assert all(20 <= who[0] < 30 for identity, who in after.items() if identity not in before)


def test_replication_17_alone_is_replication_17_of_30() -> None:
    """Replications leave nothing behind, in whatever order they run."""

    def rows(replication: int) -> list[list[tuple[Any, ...]]]:
        recorder = Recorder()
        run(network, draw_people(network, 7, replication), recorder)
        return [rows_of(recorder, kind) for kind in ("held", "queued", "stays", "flows", "capacity")]

    network = network_of(WORLD)
    of_many = {replication: rows(replication) for replication in (15, 16, 17, 18)}
    network = network_of(WORLD)
    alone = rows(17)
    assert alone == of_many[17]
    assert alone != of_many[16]


def test_the_order_of_keys_changes_nothing() -> None:
    """Every mapping of the scenario, back to front."""
    shuffled = WORLD.replace("{P0: 0.5, P1: 0.5}", "{P1: 0.5, P0: 0.5}").replace(
        "{home: 0.6, ward: 0.2, homes: 0.2}", "{homes: 0.2, home: 0.6, ward: 0.2}"
    )
    shuffled = shuffled.replace("age: {old: 0.4, young: 0.6}", "age: {young: 0.6, old: 0.4}")
    shuffled = shuffled.replace("{ward: 0.8, team: 0.2}", "{team: 0.2, ward: 0.8}")
    lines = shuffled.strip().split("\n")
    blocks: list[list[str]] = []
    for line in lines:
        if line.startswith(" "):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    backwards = [line for block in reversed(blocks) for line in [block[0], *_entries_backwards(block[1:])]]
    other = "\n".join(backwards)
    assert other != WORLD
    assert drawn(WORLD) == drawn(other)
    assert fates(WORLD) == fates(other)


def _entries_backwards(lines: list[str]) -> list[str]:
    entries: list[list[str]] = []
    for line in lines:
        if line.startswith("   "):
            entries[-1].append(line)
        else:
            entries.append([line])
    return [line for entry in reversed(entries) for line in [entry[0], *reversed(entry[1:])]]


def test_a_new_service_moves_nobody_elses_numbers() -> None:
    """A service that comes first by name, with a stream and an attribute of its own."""
    more = WORLD.replace(
        "services:", "services:\n  annexe: {kind: other, places: 3, care_time: 1 day, next: home}"
    )
    more = more.replace("arrivals:", "arrivals:\n  annexe_gp: {to: annexe, rate: 2 per day}")
    before, after = drawn(WORLD), drawn(more)
    assert {identity: who for identity, who in after.items() if identity[0] != "annexe_gp"} == before
    assert len(after) > len(before)
    own = {identity: stays for identity, stays in fates(more).items() if identity[0] != "annexe_gp"}
    assert own == fates(WORLD)


def test_a_new_attribute_moves_nobody_elses_numbers() -> None:
    """Nor of those present at the start: each attribute has a uniform of its own."""
    assert "start_with: {in_care: 9}" in WORLD
    less, more = WORLD, WORLD.replace("people:", "people:\n  able: {n: 0.5, y: 0.5}")
    before, after = drawn(less), drawn(more)
    without = {
        identity: (at, tuple(pair for pair in who if pair[0] != "able"), target)
        for identity, (at, who, target) in after.items()
    }
    assert without == before
    assert fates(more) == fates(less)


def test_those_of_a_batch_come_together_and_are_different_people() -> None:
    """`list` brings 1 or 3 every 6 hours, the first at the start."""
    come = {identity: who for identity, who in drawn(WORLD).items() if identity[0] == "list"}
    sizes: dict[float, int] = {}
    for at, _, _ in come.values():
        sizes[at] = sizes.get(at, 0) + 1
    assert sorted(sizes) == [0.25 * k for k in range(240)]
    assert set(sizes.values()) == {1, 3}
    of_three = [
        {come["list", "0", place, 0, index][1] for place in range(3)}
        for index in range(240)
        if sizes[0.25 * index] == 3
    ]
    # Three people drawn alike each time would have one class each time.
    assert max(len(classes) for classes in of_three) > 1


def test_another_share_of_batch_sizes_leaves_those_who_come_anyway_as_they_are() -> None:
    more = WORLD.replace("batch: {1: 0.6, 3: 0.4}", "batch: {1: 0.5, 3: 0.5}")
    assert drawn(WORLD).items() < drawn(more).items()


# ------------------------------------------------------------------ uniforms

LAYER = Layer("gp", "0")
COUNT = 40 * BLOCK


def test_a_block_equals_its_slice_of_a_longer_one() -> None:
    streams = Streams(7, 3)
    whole = streams.uniforms(("ward", "care time"), LAYER, 0, 10 * BLOCK)
    for first in (0, BLOCK, 7 * BLOCK):
        part = streams.uniforms(("ward", "care time"), LAYER, first, BLOCK)
        assert (part == whole[first : first + BLOCK]).all()
    assert (streams.uniforms(("ward", "care time"), LAYER, 0, 5) == whole[:5]).all()


def keyed_otherwise() -> list[np.ndarray]:
    """Uniforms that differ from the first in one part of their key each."""
    streams = Streams(7, 3)
    purpose = ("ward", "care time")
    return [
        streams.uniforms(purpose, LAYER, 0, COUNT),
        streams.uniforms(purpose, LAYER, 0, COUNT, n=1),
        streams.uniforms(("ward", "next"), LAYER, 0, COUNT),
        streams.uniforms(("ward care time",), LAYER, 0, COUNT),
        streams.uniforms(purpose, Layer("gp", "1"), 0, COUNT),
        streams.uniforms(purpose, Layer("gp", "0", 1), 0, COUNT),
        streams.uniforms(purpose, Layer("gp2", "0"), 0, COUNT),
        Streams(8, 3).uniforms(purpose, LAYER, 0, COUNT),
        Streams(7, 4).uniforms(purpose, LAYER, 0, COUNT),
        Streams(73, 0).uniforms(purpose, LAYER, 0, COUNT),
    ]


def test_uniforms_are_uniform_and_never_0_or_1() -> None:
    """Kolmogorov and Smirnov, each of ten at 1 in 100,000: by chance 1 in 10,000 fails."""
    for u in keyed_otherwise():
        assert stats.kstest(u, "uniform").pvalue > 1e-5
        assert 0.0 < u.min() < u.max() < 1.0


def test_uniforms_of_different_keys_are_independent() -> None:
    """Correlations of n pairs have a standard deviation of 1 / sqrt(n): 45 pairs of keys, 5.1 of them.

    Also each with itself a person, and a block, later. By chance fails 1 in 45,000.
    """
    bound = 5.1 / COUNT**0.5
    many = np.array(keyed_otherwise())
    between = np.corrcoef(many)[np.triu_indices(len(many), 1)]
    assert np.abs(between).max() < bound
    for u in many:
        for lag in (1, BLOCK):
            assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < bound * (COUNT / (COUNT - lag)) ** 0.5


def test_uniforms_with_a_flaw_would_be_found_out() -> None:
    """One in twenty shared with another key, and a bend of the distribution by a twentieth."""
    one, other, third = keyed_otherwise()[:3]
    shared = np.where(third < 0.05, one, other)
    assert np.corrcoef(one, shared)[0, 1] > 5.1 / COUNT**0.5
    assert stats.kstest(one**1.05, "uniform").pvalue < 1e-5


# ------------------------------------------------------------------ values


class Someone:
    """Who draws: a person's place in the field."""

    def __init__(self, block: int, word: int) -> None:
        self.block, self.word = block, word
        self.draws: dict[tuple[str, ...], int] = {}


DRAWS = Draws(Streams(7, 3), ((LAYER, 0, BLOCK), (LAYER, 1, BLOCK), (Layer("gp", "1"), 0, 6)))
TWO_DAYS = Distribution(family="exponential", parameters=(2.0,))
PURPOSE = ("ward", "care time")


def by_hand(layer: Layer, index: int, n: int) -> float:
    """Value number n of one person, alone."""
    u = Streams(7, 3).uniforms(PURPOSE, layer, index // BLOCK * BLOCK, BLOCK, n)[index % BLOCK]
    return float(durations(TWO_DAYS, np.array([u]))[0])


def test_each_visit_draws_a_new_value_of_the_persons_own() -> None:
    values = DRAWS.durations(PURPOSE, TWO_DAYS, repeats=True)
    ada, bo, cy = Someone(0, 5), Someone(1, 5), Someone(2, 5)
    told = [values.of(who) for who in (ada, bo, ada, cy, ada, bo)]
    assert told == [
        by_hand(LAYER, 5, 0),
        by_hand(LAYER, BLOCK + 5, 0),
        by_hand(LAYER, 5, 1),
        by_hand(Layer("gp", "1"), 5, 0),
        by_hand(LAYER, 5, 2),
        by_hand(LAYER, BLOCK + 5, 1),
    ]
    assert len(set(told)) == 6


def test_two_tables_of_one_purpose_count_a_persons_draws_together() -> None:
    """Someone whose care time changes with a date goes on to their second number, not back to the first."""
    before = DRAWS.durations(PURPOSE, TWO_DAYS, repeats=True)
    after = DRAWS.durations(PURPOSE, TWO_DAYS, repeats=True)
    ada = Someone(0, 5)
    assert [before.of(ada), after.of(ada)] == [by_hand(LAYER, 5, 0), by_hand(LAYER, 5, 1)]


def test_categories_are_cumulated_in_order_of_their_names() -> None:
    """Written home, ward, homes, with an exit among services: drawn as home, homes, ward."""
    network = network_of(WORLD)
    team = next(service for service in network.services if service.name == "team")
    targets = [*(service.name for service in network.services), *network.exits]
    leaf = team.next.leaves[0]
    assert leaf is not None
    u = np.array([0.0001, 0.5999, 0.6001, 0.7999, 0.8001, 0.9999])
    assert [targets[code] for code in pick(leaf, u)] == ["home", "home", "homes", "homes", "ward", "ward"]


def test_the_first_category_above_the_uniform_is_picked() -> None:
    choice = Choice(codes=(2, 0, 1), cumulative=(0.25, 0.75, 1.0))
    u = np.array([0.0001, 0.2499, 0.25, 0.5, 0.7499, 0.75, 0.9999])
    assert pick(choice, u).tolist() == [2, 2, 0, 0, 0, 1, 1]


def test_a_larger_share_takes_people_in_and_lets_nobody_go() -> None:
    """`old` comes first by name: whoever was old stays old when 0.4 becomes 0.5, and their area with it."""
    before = drawn(WORLD)
    after = drawn(WORLD.replace("age: {old: 0.4, young: 0.6}", "age: {old: 0.5, young: 0.5}"))
    changed = 0
    for identity, (at, who, target) in before.items():
        if identity[0] == "start":
            continue
        if dict(who)["age"] == 0:
            assert after[identity] == (at, who, target)
        else:
            assert after[identity][0] == at
            changed += dict(after[identity][1])["age"] == 0
    assert changed > 50
