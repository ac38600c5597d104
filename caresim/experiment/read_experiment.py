"""Reads an experiment file: every fault at once, in file order, with line and nearest name.

What varies is read in `read_design.py`, what is measured in `read_figures.py`; here they become one
experiment, and its changes are tried. The variants are made in `designs.py`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from caresim.errors import Fault, ResultsError, ScenarioError, nearest
from caresim.experiment.declared import SAMPLED, Changes, Design, Experiment, Group, Variant
from caresim.experiment.designs import fault_in_variant, n_variants, typical, variants_of
from caresim.experiment.levels import MOST, level_at, same_key
from caresim.experiment.read_design import LONGEST_NAME, DesignReader, is_name
from caresim.experiment.read_figures import FigureReader, known_keys
from caresim.experiment.trial import Trial, is_in, trial
from caresim.scenario.files import Base, parse, read_base, read_text
from caresim.scenario.names import NO_NAMES
from caresim.scenario.nodes import Node
from caresim.scenario.read_scenario import is_experiment
from caresim.scenario.reader import Faults, Reader, kind_of
from caresim.scenario.systems import shipped_systems

KEYS = (
    "scenario",
    "name",
    "seed",
    "set",
    "variants",
    "vary",
    "design",
    "replications",
    "keep",
    "targets",
    "baseline",
)

INSTEAD_OF_MERGING = (
    "write each change where it belongs, under set what all variants have, or *NAME for a whole value that "
    "comes again"
)


def read_experiment(path: str | os.PathLike[str]) -> Experiment:
    """The experiment a file declares.

    Its scenario is read, and scenarios with every group, every level and the ends of every range
    are made, to see that the changes go; also where something else is at fault, as far as that does
    not depend on it. Not every combination is tried: `designs.scenario_of` finds fault with those.

    Raises:
        ScenarioError: every fault there is, in file order.
    """
    file = os.fspath(path)
    faults = _FaultsOnce()
    faults.first_file(file)
    text = read_text(file, file, faults)
    root = None if text is None else parse(text, file, faults, instead_of_merging=INSTEAD_OF_MERGING)
    if root is not None and not isinstance(root.value, dict):
        faults.add(root, f"needs keys such as scenario, vary, replications; got {kind_of(root)}.")
    if root is None or not isinstance(root.value, dict):
        faults.raise_if_any()
    assert root is not None
    faults.close()
    experiment = _Reading(file, root, faults).experiment(text or "")
    faults.raise_if_any()
    assert experiment is not None
    return experiment


def is_experiment_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file, however faulty, is of the kind that `caresim sweep` runs."""
    file = os.fspath(path)
    text = read_text(file, file, Faults())
    root = None if text is None else parse(text, file, Faults(), instead_of_merging=INSTEAD_OF_MERGING)
    return root is not None and is_experiment(root)


class _FaultsOnce(Faults):
    """Of what is no YAML as it is meant, nothing more is told: +30 is no whole number either."""

    def __init__(self) -> None:
        super().__init__()
        self._closed: list[Fault] = []

    def close(self) -> None:
        """From now on nothing is told where there is a fault already."""
        self._closed = list(self._found)

    def add_at(self, file: str, line: int, path: str, message: str, column: int = 0) -> None:
        for fault in self._closed:
            same = (fault.file, fault.line) == (file, line)
            if same and (is_in(path, fault.path) or is_in(fault.path, path)):
                self._n_met += 1
                return
        super().add_at(file, line, path, message, column)


class _Reading:
    """One file on its way to an experiment."""

    def __init__(self, file: str, root: Node, faults: Faults) -> None:
        self._file, self._root, self._faults = file, root, faults
        self._reader = Reader(NO_NAMES, faults)

    def experiment(self, text: str) -> Experiment | None:
        """The declared experiment; None, or what can be said of it, where `faults` had to be added to."""
        get = self._root.get
        if get("scenario") is None and (get("services") or get("extends")):
            self._faults.add(
                self._root,
                "this file is a scenario: `caresim run` runs it. An experiment names it (scenario: "
                f"{os.path.basename(self._file)}) and says what varies.",
            )
            return None
        known_keys(self._reader, self._root, KEYS)
        base = self._base(get("scenario"))
        varied = DesignReader(self._reader, None)
        changes = self._changes(varied, get("set"))
        standing = None if base is None else self._standing(base, changes)
        scenario = None if standing is None else standing.scenario
        before = len(self._faults)
        groups = self._groups(varied, get("variants"))
        reader = DesignReader(self._reader, scenario, fixed=not any(map(_brings_names, groups)))
        design, factors = reader.design(get("design"), get("vary"), self._root)
        whole = len(self._faults) == before
        figures = FigureReader(self._reader, scenario)
        replications, targets = figures.replications(get("replications")), figures.targets(get("targets"))
        columns, tables = figures.keep(get("keep"), (*replications.until, *targets))
        name, seed = get("name"), get("seed")
        own_name = "" if name is None else self._reader.text(name)
        own_seed = None if seed is None else self._reader.whole(seed, 0, 2**63 - 1)
        if base is None or standing is None or scenario is None:
            return None
        used = scenario.seed if own_seed is None else own_seed
        experiment = Experiment(
            name=own_name or default_name(self._file),
            file=self._file,
            text=text,
            base=base,
            seed=used,
            changes=standing.kept,
            groups=groups,
            factors=factors,
            design=replace(design, seed=used if design.kind in SAMPLED else None),
            replications=replications,
            columns=columns,
            tables=tables,
            targets=targets,
        )
        if not whole:
            self._try_variants(_in_part(experiment), variants_of(_in_part(experiment)))
            return experiment
        n = n_variants(experiment)
        if n > MOST:
            self._faults.add(
                get("vary") or get("design") or self._root,
                f"makes {n:,} variants; {MOST:,} is the most. Vary less, or draw points, for example "
                "design: latin_hypercube 1000.",
            )
            self._try_variants(_in_part(experiment), variants_of(_in_part(experiment)))
            return experiment
        variants = self._variants(experiment)
        if not variants:
            return experiment
        self._try_variants(experiment, variants)
        return replace(experiment, baseline=self._baseline(variants))

    # The scenario

    def _base(self, node: Node | None) -> Base | None:
        if node is None:
            self._faults.add(self._root, "needs scenario: the file of the system it is about.")
            return None
        name = self._reader.text(node)
        if not name:
            return None
        path = os.path.normpath(os.path.join(os.path.dirname(self._file), name))
        if not os.path.isfile(path):
            shipped = shipped_systems()
            if name not in shipped:
                near = [p.name for p in Path(path).parent.glob("*.yaml")]
                hint = nearest(os.path.basename(name), [*near, *shipped])
                self._faults.add(node, f"there is no file {name}.{hint}")
                return None
            path = os.fspath(shipped[name])
        try:
            return read_base(path)
        except ScenarioError as error:
            self._include(error)
            return None

    def _standing(self, base: Base, changes: Changes) -> Trial:
        """The scenario that all variants begin with, made with those changes of `set` that go."""
        tried = trial(base, changes)
        for fault, column in tried.faults.items():
            self._faults.add_at(fault.file, fault.line, fault.path, fault.message, column)
        return tried

    def _include(self, error: ScenarioError) -> None:
        for fault in error.faults:
            self._faults.add_at(fault.file, fault.line, fault.path, fault.message)

    # What changes

    def _changes(self, varied: DesignReader, node: Node | None, *, may_be_empty: bool = False) -> Changes:
        """(PATH, CHANGE) pairs of a mapping."""
        if node is None or (may_be_empty and node.value == {}):
            return ()
        entries = self._reader.mapping(node, "changes, for example {services.ward.places: plus 3}")
        return tuple((path, entry) for path, entry in entries.items() if varied.may_vary(path, entry))

    def _groups(self, varied: DesignReader, node: Node | None) -> tuple[Group, ...]:
        if node is None:
            return ()
        groups: list[Group] = []
        seen: dict[str, str] = {}
        what = "names and their changes, for example {calm: {}, winter: {events.winter.active: true}}"
        for name, entry in self._reader.mapping(node, what).items():
            if not is_name(name):
                # Not under its own path, which the name would spoil.
                place = replace(entry, path=node.path)
                self._faults.add(place, f"needs names that are a line of at most {LONGEST_NAME} signs.")
            before = len(self._faults)
            changes = self._changes(varied, entry, may_be_empty=True)
            said = str(sorted((path, same_key(change)) for path, change in changes))
            if len(self._faults) == before:
                if said in seen:
                    self._faults.add(entry, f"changes the same as {seen[said]}: leave one of them out.")
                seen.setdefault(said, name)
            groups.append(Group(name=name, changes=changes))
        return tuple(groups)

    # The variants

    def _variants(self, experiment: Experiment) -> list[Variant]:
        """All of them, each with a name of its own; none where a library is missing that draws points."""
        place = self._root.get("design") or self._root.get("vary") or self._root
        try:
            variants = variants_of(experiment)
        except ResultsError as error:
            self._faults.add(place, str(error))
            return []
        seen: set[str] = set()
        for variant in variants:
            if variant.name in seen:
                self._faults.add(place, f'gives two variants the name "{variant.name}": call one otherwise.')
            seen.add(variant.name)
        return variants

    def _baseline(self, variants: Sequence[Variant]) -> str:
        """The variant named, or the first of the group named; the first of all where none is."""
        node = self._root.get("baseline")
        if node is None:
            return variants[0].name
        names = dict.fromkeys(variant.name for variant in variants)
        of_group = {v.group: v.name for v in reversed(variants) if v.group is not None}
        word = self._reader.text(node)
        if word in names:
            return word
        if word and word not in of_group:
            known = [*of_group, *names]
            few = f" There are {', '.join(known[:6])}{', ...' if len(known) > 6 else ''}."
            self._faults.add(
                node, f"there is no variant {kind_of(node)}.{nearest(word, known[:1000]) or few}"
            )
        return of_group.get(word, "")

    def _try_variants(self, experiment: Experiment, variants: Sequence[Variant]) -> None:
        """Makes a scenario of each of a few variants that have everything between them."""
        told: set[tuple[str, str, str]] = set()
        for variant in typical(variants):
            for fault, column in trial(experiment.base, variant.changes).faults.items():
                # One slip in a path is met at each of its levels.
                what = fault.file, fault.path, fault.message
                if what not in told:
                    message = fault_in_variant(fault, variant).message
                    self._faults.add_at(fault.file, fault.line, fault.path, message, column)
                told.add(what)


def _brings_names(group: Group) -> bool:
    return any(isinstance(change.value, dict) for _, change in group.changes)


def _in_part(experiment: Experiment) -> Experiment:
    """Of an experiment that cannot be read whole, what can be tried: each group, and each level alone."""
    if experiment.design.kind == "table":
        return experiment
    factors = tuple(
        factor if factor.levels else replace(factor, levels=(level_at(factor, 0.0), level_at(factor, 1.0)))
        for factor in experiment.factors
    )
    return replace(experiment, factors=factors, design=Design(kind="one_at_a_time"))


def default_name(file: str) -> str:
    """The folder of a file called experiment.yaml, else the file's own name."""
    path = Path(file)
    return path.resolve().parent.name if path.stem == "experiment" else path.stem
