"""Whether changes go: what is wrong with them all at once, each fault told at the change that causes it.

Nothing is known here of experiments: changes to a scenario file are tried, and those at fault are
left out and the rest tried again, because one slip hides what would be found after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caresim.errors import Fault, ScenarioError
from caresim.experiment.declared import Changes
from caresim.scenario.changes import leaf_at
from caresim.scenario.files import Base
from caresim.scenario.nodes import Node, split_path
from caresim.scenario.scenario import Scenario

MOST_BLAMED = 40
"""Changes among which the one that causes a fault elsewhere is looked for; each takes a scenario to see."""

_BELONG_TOGETHER = ("time", "events")
"""Sections of which one entry is judged by the others: an end by its start."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of changes."""

    scenario: Scenario | None
    """With the changes that go; None where nothing can be said of it."""
    kept: Changes
    """Those that go."""
    faults: dict[Fault, int]
    """Of the others; with the column of the change that causes each, 0 where it is not known."""


def trial(base: Base, changes: Changes) -> Trial:
    """Makes the changes, and again without those at fault until the rest go.

    What may be wrong only because another change was left out is not told.
    """
    found: dict[Fault, int] = {}
    kept = changes
    while True:
        try:
            return Trial(base.scenario(kept), kept, found)
        except ScenarioError as error:
            told = blamed(base, kept, error)
        first = len(kept) == len(changes)
        for fault, cause in told:
            if first or cause is not None:
                found.setdefault(fault, 0 if cause is None else kept[cause][1].column)
        guilty = [kept[cause] for _, cause in told if cause is not None]
        if not guilty or any(_makes_names(base, path, change) for path, change in guilty):
            return Trial(None, kept, found)
        kept = tuple(
            (path, change)
            for path, change in kept
            if not any(change is other or _hang_together(base, path, at) for at, other in guilty)
        )


def blamed(base: Base, changes: Changes, error: ScenarioError) -> list[tuple[Fault, int | None]]:
    """The faults that changes have, each with the place among them of the one that causes it.

    A fault that a change causes in the scenario's own file is told at the change. None: it is not
    caused by one of them.
    """
    without: dict[int, frozenset[Fault] | None] = {}
    found: list[tuple[Fault, int | None]] = []
    for fault in error.faults:
        cause = _written_there(changes, fault)
        if cause is None and len(changes) <= MOST_BLAMED:
            cause = _mends(base, changes, fault, frozenset(error.faults), without)
            if cause is not None:
                change = changes[cause][1]
                fault = Fault(change.file, change.line, change.path, f"does not go with {fault}")
        found.append((fault, cause))
    return found


def _written_there(changes: Changes, fault: Fault) -> int | None:
    """The last change that stands where a fault is told."""
    for place in reversed(range(len(changes))):
        change = changes[place][1]
        if (change.file, change.line) == (fault.file, fault.line) and is_in(fault.path, change.path):
            return place
    return None


def _mends(
    base: Base,
    changes: Changes,
    fault: Fault,
    every: frozenset[Fault],
    without: dict[int, frozenset[Fault] | None],
) -> int | None:
    """The last change without which a fault is not there, and no other fault is either.

    Args:
        without: what is known by now of leaving each out.
    """
    for place in reversed(range(len(changes))):
        if place not in without:
            rest = _faults_of(base, [*changes[:place], *changes[place + 1 :]])
            # One hidden by another fault is not mended.
            without[place] = rest if rest <= every else None
        left = without[place]
        if left is not None and fault not in left:
            return place
    return None


def _faults_of(base: Base, changes: Sequence[tuple[str, Node]]) -> frozenset[Fault]:
    try:
        base.scenario(changes)
    except ScenarioError as error:
        return frozenset(error.faults)
    return frozenset()


def _makes_names(base: Base, path: str, change: Node) -> bool:
    """Whether a change gives more than a value: others may name what it makes."""
    return isinstance(change.value, dict) and not _inside_a_value(base, path)


def _hang_together(base: Base, path: str, other: str) -> bool:
    """Whether a change at one path may mean another thing without the change at the other."""
    if is_in(path, other) or is_in(other, path):
        return True
    table = path.rpartition(".")[0]
    if table != other.rpartition(".")[0]:
        return False
    return path.partition(".")[0] in _BELONG_TOGETHER or _inside_a_value(base, table)


def _inside_a_value(base: Base, path: str) -> bool:
    """Whether a path leads to or into a value that is replaced whole: shares, a distribution."""
    keys, rest = split_path(base.root, path)
    return leaf_at([*keys, *rest.split(".")] if rest else keys) is not None


def is_in(path: str, table: str) -> bool:
    """Whether a path leads to or into what stands at another."""
    return path == table or path.startswith(f"{table}.")
