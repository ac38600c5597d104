"""An experiment as somebody declared it: variants of one scenario, how often each is run, what is kept.

What the words of a file mean is read in `read_experiment.py`; the variants are made in `designs.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from caresim.measures.columns import Column
from caresim.scenario.files import Base
from caresim.scenario.nodes import Node

Changes: TypeAlias = tuple[tuple[str, Node], ...]
"""(PATH, CHANGE) pairs as `Base.scenario` takes them; a CHANGE knows where it was written."""

SAMPLED = ("latin_hypercube", "morris", "sobol")
"""Kinds of design that draw points."""
KINDS = ("grid", "one_at_a_time", *SAMPLED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """One CHANGE of a factor."""

    text: str
    """As one would write it: "plus 20", "30 days", "true"."""
    number: float | None
    """Its number, in the operation and unit of the factor; None where the factor is not one of numbers.
    Of `minus 5` it is -5: plus and minus are one operation."""
    change: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    """One PATH that varies."""

    path: str
    operation: str = ""
    """plus or times; "" where plain values replace, or where the levels share no operation and unit."""
    unit: str = ""
    """ "days", "%"; "" for bare numbers, or where the levels share none."""
    levels: tuple[Level, ...] = ()
    """In the order written, all different; () where it is a range that is sampled."""
    low: float | None = None
    """Ends of the range, or the smallest and largest number of the levels."""
    high: float | None = None
    whole: bool = False
    """Counts things, so numbers are rounded to whole ones."""
    place: Node
    """Where it was written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A named set of changes: an entry of `variants`."""

    name: str
    changes: Changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row of a design table: a variant."""

    number: int
    """As a spreadsheet counts: the header is row 1."""
    name: str
    group: str | None
    levels: dict[str, Level]
    """PATH -> what its cell changes; nothing where it is empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """Which of all combinations of the levels there are."""

    kind: str
    """One of KINDS, or "table"."""
    n: int | None = None
    """Points, trajectories or base points of a design that draws them."""
    seed: int | None = None
    """What points are drawn by: the experiment's seed."""
    rows: tuple[Row, ...] = ()
    """Of a table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Until:
    """How narrow the interval of a figure is to be."""

    half_width: float
    """In the figure's unit, or as a share of the size of its mean."""
    relative: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Replications:
    """How many of each scenario: exactly `at_least`, or more, until all of `until` are reached."""

    at_least: int
    at_most: int
    until: dict[str, Until] = field(default_factory=dict)
    """Column -> goal, in order of name; {}: a fixed number."""
    level: float = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """A whole declared experiment."""

    name: str
    file: str
    """The path the user gave."""
    text: str
    """The file as it was written."""
    base: Base
    """The scenario it is about: `base.file` and `base.text` are its path and text."""
    seed: int
    """The same in all variants: they meet the same people."""
    changes: Changes = ()
    """`set`: made to every variant, first."""
    groups: tuple[Group, ...] = ()
    """`variants`, in the order written."""
    factors: tuple[Factor, ...] = ()
    """`vary`, or the columns of a design table, in the order written."""
    design: Design
    replications: Replications
    columns: tuple[Column, ...]
    """Figures kept: those asked for, then those that `until` and `targets` need besides."""
    tables: tuple[str, ...] = ()
    """Tables kept."""
    targets: dict[str, float] = field(default_factory=dict)
    """Column -> the figure to stay below or reach, in order of name."""
    baseline: str = ""
    """Name of the variant others are compared with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One scenario of an experiment, told by its changes."""

    name: str
    """Unique in the experiment."""
    group: str | None
    changes: Changes
    """All of them: `set`, then the group's, then what varies."""
    levels: dict[str, str] = field(default_factory=dict)
    """PATH -> the level it has; nothing for what is left as it is."""
    numbers: dict[str, float] = field(default_factory=dict)
    """PATH -> that level's number, for factors of numbers."""
    point: dict[str, float] = field(default_factory=dict)
    """PATH -> place in the unit interval, in designs that draw points."""


def in_record(experiment: Experiment) -> dict[str, Any]:
    """What a store keeps of an experiment, in plain values; all but its variants."""
    replications = experiment.replications
    if replications.until:
        how_many: dict[str, Any] = {
            "until": {
                name: {"half_width": until.half_width, "relative": until.relative}
                for name, until in replications.until.items()
            },
            "at_least": replications.at_least,
            "at_most": replications.at_most,
            "level": replications.level,
        }
    else:
        how_many = {"n": replications.at_least}
    design = experiment.design
    return {
        "name": experiment.name,
        "file": experiment.file,
        "text": experiment.text,
        "scenario_file": experiment.base.file,
        "scenario_text": experiment.base.text,
        "seed": experiment.seed,
        "design": {"kind": design.kind, "n": design.n, "seed": design.seed},
        "factors": [
            {
                "path": factor.path,
                "operation": factor.operation,
                "unit": factor.unit,
                "levels": [level.text for level in factor.levels],
                "low": factor.low,
                "high": factor.high,
            }
            for factor in experiment.factors
        ],
        "replications": how_many,
        "keep": {
            "measures": [column.name for column in experiment.columns],
            "units": {column.name: column.unit for column in experiment.columns},
            "tables": list(experiment.tables),
        },
        "targets": dict(experiment.targets),
        "baseline": experiment.baseline,
    }
