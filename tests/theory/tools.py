"""From YAML text to replications to figures, and how near theory they have to come.

A theory test asks two things of `assert_theory`: that the simulated means come within a bound
of the exact figures, and that the same means refute a figure with a slip in it (another number
of places, a formula for another queue). The first without the second could compare nothing.

The bound is Student's t quantile times the standard error over replications, at a level of
1 in 10,000 for all figures of a test together (shared evenly between them). Replications are
independent and each mean is over a long window, so it is near normal and the level is true.
Seeds are fixed: a test that passes will pass again until what is simulated changes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from caresim.engine.chance import network_of_replication
from caresim.engine.people import People, draw_people
from caresim.engine.simulation import run
from caresim.network.compile import compile_network
from caresim.network.network import Network
from caresim.records.recorder import NOBODY, OUTCOMES, ROWS, STATES, Recorder
from caresim.scenario.files import load_scenario

Array = NDArray[np.float64]

CHANCE = 1e-4
"""How often a right engine would fail a test, were the seed drawn anew."""

REPLICATIONS = 20

SEED = 20190401


def system(body: str, measure: str = "1000 days", warm_up: str = "0 days", start: str = "2001-01-01") -> str:
    """The text of a scenario: what the tests have in common, and `body`."""
    return f"""
caresim: 1
name: A system whose figures are known
time: {{from: {start}, measure: {measure}, warm_up: {warm_up}}}
replications: 2
seed: 1
exits: {{home: {{}}, died: {{}}}}
{body}
"""


def network_of(text: str, **files: str) -> Network:
    """The compiled network of a scenario; `files` are written beside it (`counts` as counts.csv)."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / f"{name}.csv").write_text(content, encoding="utf-8")
        file = Path(folder) / "system.yaml"
        file.write_text(text, encoding="utf-8")
        return compile_network(load_scenario(file))


@dataclass(frozen=True)
class Columns:
    """The columns of one kind of row, by name."""

    rows: Array
    kind: str

    def __getattr__(self, name: str) -> Array:
        return self.rows[:, ROWS[self.kind].index(name)]


@dataclass(frozen=True)
class Run:
    """A finished replication and the figures that theory speaks of; the window is [0, end)."""

    network: Network
    people: People
    recorder: Recorder = field(repr=False)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        targets = [*(service.name for service in self.network.services), *self.network.exits, "lost"]
        return {name: number for number, name in enumerate(targets)}

    def columns(self, kind: str) -> Columns:
        return Columns(self.recorder.rows(kind), kind)

    def number(self, name: str) -> int:
        """Of a service or exit."""
        return self._numbers[name]

    def attribute(self, name: str) -> NDArray[np.int64]:
        """Of each class the code of one attribute."""
        which = [attribute.name for attribute in self.network.attributes].index(name)
        return self.recorder.classes[:, which]

    def _held(self, service: str, states: Sequence[str]) -> tuple[Array, Array]:
        held = self.columns("held")
        mine = held.service == self.number(service)
        if states:
            mine &= np.isin(held.state, [STATES.index(state) for state in states])
        return held.start[mine], held.end[mine]

    def held(self, service: str, *states: str) -> float:
        """Mean people held in a service, in some states or all."""
        return self._mean(*self._held(service, states))

    def held_at(self, service: str, instants: ArrayLike, *states: str) -> Array:
        """People held at each of some instants."""
        return count_at(*self._held(service, states), instants)

    def queue(self, service: str) -> float:
        """Mean people in a queue, wherever they are."""
        queued = self.columns("queued")
        mine = queued.service == self.number(service)
        return self._mean(queued.start[mine], queued.end[mine])

    def queue_at(self, service: str, instants: ArrayLike) -> Array:
        queued = self.columns("queued")
        mine = queued.service == self.number(service)
        return count_at(queued.start[mine], queued.end[mine], instants)

    def outside(self, service: str) -> float:
        """Mean people in a queue who hold no place."""
        queued = self.columns("queued")
        mine = (queued.service == self.number(service)) & (queued.where == NOBODY)
        return self._mean(queued.start[mine], queued.end[mine])

    def _mean(self, start: Array, end: Array) -> float:
        inside = np.minimum(end, self.network.end) - np.maximum(start, 0.0)
        return float(inside[inside > 0.0].sum()) / self.network.end

    def waits(self, service: str, attribute: str = "", value: int = 0) -> Array:
        """Request to admission of everybody admitted in the window, or of those with one attribute code."""
        stays = self.columns("stays")
        mine = (stays.service == self.number(service)) & (stays.admitted_at >= 0.0)
        if attribute:
            mine &= self.attribute(attribute)[stays.class_.astype(int)] == value
        return (stays.admitted_at - stays.requested_at)[mine]

    def requests(self, service: str, attribute: str = "", value: int = 0) -> int:
        """Who asked for a place in the window."""
        stays = self.columns("stays")
        mine = (stays.service == self.number(service)) & (stays.requested_at >= 0.0)
        if attribute:
            mine &= self.attribute(attribute)[stays.class_.astype(int)] == value
        return int(mine.sum())

    def ended(self, service: str, outcome: str, attribute: str = "", value: int = 0) -> int:
        """Standings and stays that ended in the window with an outcome."""
        stays = self.columns("stays")
        mine = (stays.service == self.number(service)) & (stays.left_at >= 0.0)
        mine &= stays.outcome == OUTCOMES.index(outcome)
        if attribute:
            mine &= self.attribute(attribute)[stays.class_.astype(int)] == value
        return int(mine.sum())

    def went_to(self, target: str, since: float = 0.0) -> int:
        """How many passed to a service or exit from an instant on."""
        flows = self.columns("flows")
        return int(((flows.to == self.number(target)) & (flows.time >= since)).sum())

    def share_of_time(self, service: str, most: int) -> Array:
        """Share of the window with 0, 1, ... `most` people held."""
        start, end = self._held(service, ())
        times = np.concatenate([start, end])
        order = np.argsort(times, kind="stable")
        level = np.concatenate([[0], np.cumsum(np.where(order < len(start), 1, -1))])
        edges = np.concatenate([[0.0], times[order].clip(0.0, self.network.end), [self.network.end]])
        return np.bincount(level, np.diff(edges), minlength=most + 1) / self.network.end


def count_at(start: Array, end: Array, instants: ArrayLike) -> Array:
    """How many spells [start, end) cover each instant."""
    begun = np.searchsorted(np.sort(start), instants, side="right")
    over = np.searchsorted(np.sort(end), instants, side="right")
    return (begun - over).astype(np.float64)


def replicate(
    text: str | Network,
    figures: Callable[[Run], ArrayLike],
    replications: int = REPLICATIONS,
    seed: int = SEED,
) -> Array:
    """Figures of some replications: shape (replications, figures)."""
    whole = text if isinstance(text, Network) else network_of(text)
    rows = []
    for replication in range(replications):
        network = network_of_replication(whole, seed, replication)
        people = draw_people(network, seed, replication)
        recorder = Recorder()
        run(network, people, recorder)
        rows.append(np.ravel(np.asarray(figures(Run(network, people, recorder)), dtype=np.float64)))
    return np.array(rows)


def bound(figures: Array, chance: float = CHANCE) -> Array:
    """How far each mean over replications may lie from the truth, all of them inside but for `chance`."""
    replications, number = figures.shape
    level = 1.0 - chance / number / 2.0
    error = figures.std(axis=0, ddof=1) / np.sqrt(replications)
    return np.asarray(stats.t.ppf(level, replications - 1) * error)


def within(mean: Array, exact: Array, bound: Array) -> NDArray[np.bool_]:
    """Whether each mean lies within its bound; what never varies has to be right but for rounding."""
    return np.abs(mean - exact) <= bound + 1e-9 * np.abs(exact)


def assert_theory(
    figures: Array,
    exact: ArrayLike,
    slip: ArrayLike,
    fine: float = 0.1,
    chance: float = CHANCE,
) -> None:
    """The means agree with theory, and would not agree with a theory that has a slip in it.

    Args:
        figures: shape (replications, figures).
        exact: what theory says of each figure.
        slip: what theory would say with a mistake; at least one figure must tell.
        fine: no bound may be wider than this share of the exact figure, so that
            a test with too few people says so instead of passing.
    """
    exact, slip = np.ravel(exact).astype(float), np.ravel(slip).astype(float)
    mean, allowed = figures.mean(axis=0), bound(figures, chance)
    assert mean.shape == exact.shape == slip.shape, (mean.shape, exact.shape, slip.shape)
    report = "\n".join(
        f"  figure {k}: simulated {m:.6g}, exact {e:.6g}, bound {b:.3g} ({(m - e) / (b or 1):+.2f} of it), slip {s:.6g}"
        for k, (m, e, b, s) in enumerate(zip(mean, exact, allowed, slip, strict=True))
    )
    assert within(mean, exact, allowed).all(), f"not what theory says:\n{report}"
    assert not within(mean, slip, allowed).all(), f"a slip would not be found out:\n{report}"
    assert (allowed <= fine * np.abs(exact)).all(), f"too coarse to say anything:\n{report}"
