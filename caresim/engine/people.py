"""Everybody of a replication, drawn before it runs: when they come, who they are, where they go first.

Any engine starts from this. People are in order of rank: those present at the start, then by
(arrival time, stream name, number). Nothing here depends on what any service can hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caresim.distributions import Distribution
from caresim.engine.field import heights_of, points_below
from caresim.engine.staff import StaffRow, capacities, draw_staff
from caresim.engine.streams import BLOCK, Draws, Layer, Purpose, Streams, durations, pick
from caresim.grid import on_grid
from caresim.network.network import Census, CensusPerson, Change, Choice, Network, Rate, Stream, Table
from caresim.network.rates import before_growth, grown

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Start:
    """Where a person present at the start is, and since when."""

    service: int
    state: str
    """in_care, delayed (holds a place in `service`) or waiting (outside, for `service`)."""
    waiting_for: int
    """A service's number; -1 where the state is in_care."""
    elapsed: float
    """In care before the start, or, of the delayed, before they were ready [days]."""
    remainder: float
    """Of care time after the start [days]; 0 but in care."""
    waited: float
    """Before the start [days]; 0 in care."""


@dataclass(frozen=True, slots=True)
class People:
    """All people of one replication in order of rank; arrays are of shape (people,)."""

    arrives_at: Floats
    stream: Ints
    """Number of the arrival stream; n_streams for people present at the start."""
    block: Ints
    """Where their random words lie: which of `blocks`, and which word of it."""
    word: Ints
    class_: Ints
    """Row of `classes`."""
    target: Ints
    """Service or exit they come for."""
    start: tuple[Start, ...]
    """Of the first people; the rest arrive later."""
    classes: Ints
    """Shape (classes, attributes): attribute codes; len(values) where not set yet."""
    blocks: tuple[tuple[Layer, int, int], ...]
    """(layer, number of the block in it, people in the block)."""
    seed: int
    replication: int
    staff: tuple[StaffRow, ...] = ()
    """Who came to and went from the groups of staff, in order of time."""
    capacity: tuple[Change, ...] = ()
    """What that makes of the capacity of services, after the start of the run (`staff.capacities`)."""

    def draws(self) -> Draws:
        """What the run draws for them: the same values whoever asks, and whenever."""
        return Draws(Streams(self.seed, self.replication), self.blocks)


@dataclass(slots=True)
class _Group:
    """People of one layer and place in the batch, while they are being drawn."""

    layer: Layer
    stream: int
    index: Ints
    """Of the point in its layer."""
    arrives_at: Floats
    order: int
    """Of the layer in its stream."""
    codes: Ints | None = None
    """Shape (people, attributes)."""
    target: Ints | None = None
    start: list[Start] | None = None


def draw_people(network: Network, seed: int, replication: int) -> People:
    """Draw the arrivals and attributes of a replication, and who is present at the start.

    Args:
        network: where something may happen at random, of this replication (`network_of_replication`).
    """
    assert not network.chances or network.episodes is not None, "what happens at random is not drawn yet"
    streams = Streams(seed, replication)
    groups = [group for number in range(len(network.services)) for group in _census(network, streams, number)]
    n_start = sum(len(group.index) for group in groups)
    for number, stream in enumerate(network.streams):
        for group in _arrivals(network, streams, number, stream):
            group.codes = _attributes(network, streams, stream, group)
            _leave_to_their_own_growth(network, streams, stream, group)
            group.target = _draw_table(streams, stream.to, (stream.name, "to"), group)
            groups.append(group)
    staff = draw_staff(network, streams) if network.staff else ()
    people = _in_order_of_rank(network, groups, n_start, seed, replication)
    return replace(people, staff=staff, capacity=capacities(network, staff)) if staff else people


def _in_order_of_rank(
    network: Network, groups: list[_Group], n_start: int, seed: int, replication: int
) -> People:
    blocks: list[tuple[Layer, int, int]] = []
    block_parts = []
    for group in groups:
        block_parts.append(group.index // BLOCK + len(blocks))
        length = int(group.index.max()) + 1 if len(group.index) else 0
        blocks += [
            (group.layer, number, min(BLOCK, length - number * BLOCK))
            for number in range(-(-length // BLOCK))
        ]
    n_attributes = len(network.attributes)
    arrives_at = _joined([g.arrives_at for g in groups], np.float64)
    stream = _joined([np.full(len(g.index), g.stream) for g in groups], np.int64)
    layer_order = _joined([np.full(len(g.index), g.order) for g in groups], np.int64)
    place = _joined([np.full(len(g.index), g.layer.place) for g in groups], np.int64)
    index = _joined([g.index for g in groups], np.int64)
    codes = np.concatenate(
        [np.zeros((0, n_attributes), np.int64)] + [g.codes for g in groups if g.codes is not None]
    )
    target = _joined([g.target for g in groups if g.target is not None], np.int64)
    later = n_start + np.lexsort(
        (place[n_start:], index[n_start:], layer_order[n_start:], stream[n_start:], arrives_at[n_start:])
    )
    rank = np.concatenate([np.arange(n_start), later])
    classes, class_ = _classes(codes)
    return People(
        arrives_at=arrives_at[rank],
        stream=stream[rank],
        block=_joined(block_parts, np.int64)[rank],
        word=(index % BLOCK)[rank],
        class_=class_[rank],
        target=target[rank],
        start=tuple(start for group in groups for start in group.start or ()),
        classes=classes,
        blocks=tuple(blocks),
        seed=seed,
        replication=replication,
    )


def _joined(parts: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *parts]).astype(kind, copy=False)


def _classes(codes: Ints) -> tuple[Ints, Ints]:
    """The different rows of `codes`, and which of them each person is."""
    if codes.shape[1] == 0:
        return np.zeros((1, 0), np.int64), np.zeros(len(codes), np.int64)
    radix = codes.max(axis=0, initial=0) + 1
    if math.prod(int(r) for r in radix) < 2**62:
        # One number a row sorts many times faster than rows do.
        stride = np.concatenate([np.cumprod(radix[::-1])[::-1][1:], [1]])
        _, first, class_ = np.unique(codes @ stride, return_index=True, return_inverse=True)
        return codes[first], class_.reshape(-1)
    classes, class_ = np.unique(codes, axis=0, return_inverse=True)
    return classes, class_.reshape(-1)


# ------------------------------------------------------------------ who they are


def _attributes(network: Network, streams: Streams, stream: Stream, group: _Group) -> Ints:
    """Attribute codes, shape (people, attributes); each is drawn after those it goes by."""
    unset = [len(attribute.values) for attribute in network.attributes]
    group.codes = np.tile(np.array(unset, dtype=np.int64), (len(group.index), 1))
    for attribute, pieces in stream.people:
        name = network.attributes[attribute].name
        group.codes[:, attribute] = _draw_table(streams, pieces, ("people", name), group)
    return group.codes


def _leave_to_their_own_growth(network: Network, streams: Streams, stream: Stream, group: _Group) -> None:
    """Of the points below the fastest growth, those below the growth of what they are remain.

    What a point is does not depend on its height, so each band comes as a Poisson stream of its own
    rate, and a band that grows faster adds people of its own and moves nobody else.
    """
    rate = stream.rate
    if rate is None or rate.growth_by is None:
        return
    assert group.codes is not None
    heights = heights_of(streams, stream.name, (stream.name,), group.order, group.index)
    leaves = np.array([np.nan if leaf is None else leaf for leaf in rate.growth_by.leaves])
    growth = leaves[leaf_numbers(rate.growth_by, group.codes)]
    assert not np.isnan(growth).any(), f"nothing says how some people of {stream.name} grow"
    own = before_growth(rate, group.arrives_at, network.calendar) * grown(growth, group.arrives_at)
    kept = heights < own
    group.index, group.arrives_at, group.codes = group.index[kept], group.arrives_at[kept], group.codes[kept]


def _draw_table(
    streams: Streams, pieces: tuple[tuple[float, Table[Choice]], ...], purpose: Purpose, group: _Group
) -> Ints:
    """What each person of a group draws from the table in force when they come."""
    result = np.zeros(len(group.index), dtype=np.int64)
    if not len(group.index):
        return result
    u = streams.uniforms(purpose, group.layer, 0, int(group.index.max()) + 1)[group.index]
    since = np.array([at for at, _ in pieces])
    piece = np.maximum(np.searchsorted(since, group.arrives_at, side="right") - 1, 0)
    for number, (_, table) in enumerate(pieces):
        mine = piece == number
        leaf = leaf_numbers(table, group.codes)[mine] if table.axes else np.zeros(int(mine.sum()), np.int64)
        drawn = np.zeros(len(leaf), dtype=np.int64)
        for which in np.unique(leaf):
            choice = table.leaves[which]
            assert choice is not None, f"nothing holds for some people in {purpose}"
            drawn[leaf == which] = pick(choice, u[mine][leaf == which])
        result[mine] = drawn
    return result


def leaf_numbers(table: Table, codes: Ints | None) -> Ints:
    """Which leaf of a table holds for each row of attribute codes."""
    assert codes is not None
    numbers = np.zeros(len(codes), dtype=np.int64)
    for axis, length in zip(table.axes, table.shape, strict=True):
        numbers = numbers * length + codes[:, axis]
    return numbers


# ------------------------------------------------------------------ when they come


def _arrivals(network: Network, streams: Streams, number: int, stream: Stream) -> list[_Group]:
    if stream.rate is not None:
        return _of_a_rate(network, streams, number, stream, stream.rate)
    if stream.counts is not None:
        return _counted(network, streams, number, stream)
    if stream.every is not None:
        count = max(0, math.ceil((network.end - network.start) / stream.every))
        times = on_grid(network.start + np.arange(count, dtype=np.float64) * stream.every)
    else:
        times = on_grid(np.sort(np.array(stream.times or (), dtype=np.float64)))
    inside = (times >= network.start) & (times < network.end)
    index = np.arange(len(times))
    return _in_batches(streams, number, stream, "0", 0, index[inside], times[inside])


def _of_a_rate(network: Network, streams: Streams, number: int, stream: Stream, rate: Rate) -> list[_Group]:
    """People are the points below the rate of a Poisson field, in layers 0-1, 1-2, 2-4, 4-8 ... a day."""
    groups: list[_Group] = []
    for order, people, times in points_below(network, streams, rate, stream.name, (stream.name,)):
        groups += _in_batches(streams, number, stream, str(order), order, people, times)
    return groups


def _counted(network: Network, streams: Streams, number: int, stream: Stream) -> list[_Group]:
    """Exactly so many a day, spread over it by the hour pattern; the day is the layer."""
    groups = []
    hours = np.array(stream.hour or (1.0,))
    edges = np.concatenate([[0.0], np.cumsum(hours) / hours.sum()])
    first_day = np.datetime64(network.calendar.start, "D")
    for day, count in stream.counts or ():
        if count and network.start <= day < network.end:
            layer = Layer(stream.name, str(first_day + day))
            u = streams.uniforms((stream.name, "instant"), layer, 0, count)
            times = on_grid(day + np.interp(u, edges, np.linspace(0.0, 1.0, len(edges))))
            # The last instant of a day may round into the next: it would be another day's arrival.
            times = np.minimum(times, day + 1 - 2.0**-26)
            inside = times < network.end
            groups += _in_batches(
                streams, number, stream, layer.layer, day, np.flatnonzero(inside), times[inside]
            )
    return groups


def _in_batches(
    streams: Streams, number: int, stream: Stream, layer: str, order: int, index: Ints, times: Floats
) -> list[_Group]:
    """One group for each place in the batch: everybody alone where the stream has no batches."""
    if stream.batch is None:
        return [_Group(Layer(stream.name, layer), number, index, times, order)]
    if not len(index):
        return []
    u = streams.uniforms((stream.name, "batch"), Layer(stream.name, layer), 0, int(index.max()) + 1)[index]
    sizes = pick(stream.batch, u)
    return [
        _Group(Layer(stream.name, layer, place), number, index[sizes > place], times[sizes > place], order)
        for place in range(int(sizes.max()))
    ]


# ------------------------------------------------------------------ who is there at the start


def _census(network: Network, streams: Streams, service: int) -> list[_Group]:
    """People present in or waiting for a service at the start: in care, delayed, waiting."""
    census = network.services[service].census
    groups = []
    for order, state in enumerate(("in_care", "delayed", "waiting")):
        rows = [row for row in census.rows if row.state == state]
        waiting_for = _waiting_for(census, rows, service, state)
        if waiting_for:
            groups.append(_census_group(network, streams, service, state, order, waiting_for, rows))
    return groups


def _waiting_for(census: Census, rows: list[CensusPerson], service: int, state: str) -> list[int]:
    """For each person in this state the service they wait for; -1 in care."""
    if census.rows:
        return [service if state == "waiting" else row.waiting_for for row in rows]
    if state == "in_care":
        return [-1] * census.in_care
    if state == "waiting":
        return [service] * census.waiting
    return [there for there, count in census.delayed for _ in range(count)]


def _census_group(
    network: Network,
    streams: Streams,
    service: int,
    state: str,
    order: int,
    waiting_for: list[int],
    rows: list[CensusPerson],
) -> _Group:
    name = network.services[service].name
    census = network.services[service].census
    count = len(waiting_for)
    layer = Layer("start", f"{name}/{state}")
    group = _Group(layer, len(network.streams), np.arange(count), np.full(count, network.start), order)
    u = {what: streams.uniforms((name, what), layer, 0, count) for what in ("elapsed", "remainder", "waited")}
    group.codes = _who_is_here(network, streams, name, census, layer, count)
    for i, row in enumerate(rows):
        for attribute, code in enumerate(row.codes):
            if code >= 0:
                group.codes[i, attribute] = code
    elapsed, waited, remainder = np.zeros(count), np.zeros(count), np.zeros(count)
    care_time = network.services[service].care_time
    leaf = leaf_numbers(care_time, group.codes)
    for number in np.unique(leaf):
        mine = leaf == number
        care = care_time.leaves[number]
        assert care is not None
        elapsed[mine] = _elapsed(census, care, state, u["elapsed"][mine])
        if rows:
            elapsed[mine] = np.array([row.elapsed for row in rows])[mine]
        if state == "in_care":
            remainder[mine] = on_grid(care.remainder_quantiles(u["remainder"][mine], elapsed[mine]))
    if rows:
        waited = np.array([row.waited for row in rows])
    elif census.waited is not None and state != "in_care":
        leaf = leaf_numbers(census.waited, group.codes)
        for number in np.unique(leaf):
            spread = census.waited.leaves[number]
            assert spread is not None
            waited[leaf == number] = durations(spread, u["waited"][leaf == number])
    elapsed, waited = on_grid(elapsed), on_grid(waited)
    group.target = np.array([service if there < 0 else there for there in waiting_for], dtype=np.int64)
    group.start = [
        Start(service, state, there, float(elapsed[i]), float(remainder[i]), float(waited[i]))
        for i, there in enumerate(waiting_for)
    ]
    return group


def _who_is_here(
    network: Network, streams: Streams, service: str, census: Census, layer: Layer, count: int
) -> Ints:
    """Attribute codes of people of a census, shape (count, attributes).

    Each attribute is drawn by a uniform of its own, given those before it in order of name, so that
    another attribute, or other shares of one, leave the rest of a person as they are.
    """
    classes = np.array(census.classes, dtype=np.int64).reshape(len(census.classes), -1)
    weights = np.diff(census.cumulative, prepend=0.0)
    codes = np.zeros((count, classes.shape[1]), dtype=np.int64)
    # People who are the same so far, with the classes they can still be of.
    alike = [(np.arange(count), np.arange(len(classes)))]
    for attribute, declared in enumerate(network.attributes):
        u = streams.uniforms((service, "who", declared.name), layer, 0, count)
        parted = []
        for people, possible in alike:
            values, value = np.unique(classes[possible, attribute], return_inverse=True)
            cumulative = np.cumsum(np.bincount(value, weights[possible]))
            drawn = np.searchsorted(cumulative / cumulative[-1], u[people], side="right")
            drawn = np.minimum(drawn, len(values) - 1)
            codes[people, attribute] = values[drawn]
            parted += [(people[drawn == v], possible[value == v]) for v in range(len(values))]
        alike = [(people, possible) for people, possible in parted if len(people)]
    return codes


def _elapsed(census: Census, care: Distribution, state: str, u: Floats) -> Floats:
    """Days in care before the start; for the delayed, before they were ready.

    In equilibrium someone in care has been there for a time of density P(S > e) / E[S]; whoever
    is delayed has had the whole of a care time.
    """
    if state == "waiting":
        return np.zeros(len(u))
    if census.elapsed is not None:
        return durations(census.elapsed, u)
    return on_grid(care.quantiles(u) if state == "delayed" else care.elapsed_quantiles(u))
