"""Reads an experiment file: every fault at once, in file order, with line and nearest name.

What stands in a design table is read in `design_tables.py`; the variants are made in `designs.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from caresim.durations import format_number, split_quantity
from caresim.errors import ResultsError, ScenarioError
from caresim.experiment.declared import (
    KINDS,
    SAMPLED,
    Changes,
    Design,
    Experiment,
    Factor,
    Group,
    Level,
    Replications,
    Until,
)
from caresim.experiment.designs import IN_VARIANT, n_variants, scenario_of, typical, variants_of
from caresim.experiment.levels import (
    MOST,
    Measured,
    level_of,
    levels_of,
    measured,
    same_key,
    spread,
    stepped,
    text_of,
    whole,
)
from caresim.measures.catalogue import ALWAYS, MEASURES
from caresim.measures.columns import Column, parse_column
from caresim.measures.summary import QUANTITIES
from caresim.records.tables import OUTSIDE, TABLES
from caresim.scenario.changes import leaf_at
from caresim.scenario.files import Base, parse, read_base, read_text
from caresim.scenario.nodes import Names, Node, split_path
from caresim.scenario.read_costs import RESPONSIBLE
from caresim.scenario.reader import Faults, Reader, kind_of
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import REASONS
from caresim.scenario.shape import PRICES, nearest
from caresim.scenario.systems import shipped_systems
from caresim.scenario.values import By, Personal, Shares

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
AT_LEAST = 8
"""Replications before anything stops, unless the file says."""
LONGEST_NAME = 100

_DESIGN = re.compile(r"(\w+)(?:\s+(\S+))?")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_NOT_VARIED = {
    "seed": "the seed is the same in all variants, so that they meet the same people: "
    "write seed: at the top of the experiment.",
    "replications": "write replications: at the top of the experiment.",
    "extends": "is read before anything can be set: name another scenario.",
    "caresim": "is the version of the language, nothing that varies.",
}
_EXAMPLES = "for example {services.ward.places: plus 3}"


def read_experiment(path: str | os.PathLike[str]) -> Experiment:
    """The experiment a file declares.

    Its scenario is read, and scenarios with every group and every level are made to see that the
    changes go. Combinations are not all tried: `designs.scenario_of` finds fault with those.

    Raises:
        ScenarioError: every fault there is, in file order.
    """
    file = os.fspath(path)
    faults = Faults()
    faults.first_file(file)
    text = read_text(file, file, faults)
    root = None if text is None else parse(text, file, faults)
    if root is not None and not isinstance(root.value, dict):
        faults.add(root, f"needs keys such as scenario, vary, replications; got {kind_of(root)}.")
        root = None
    if text is None or root is None:
        faults.raise_if_any()
        raise AssertionError("a file that gives nothing has a fault")
    reading = _Reading(file, root, faults)
    experiment = reading.experiment(text)
    faults.raise_if_any()
    assert experiment is not None
    return reading.checked(experiment)


class _Reading:
    """One file on its way to an experiment."""

    def __init__(self, file: str, root: Node, faults: Faults) -> None:
        self.file, self.root, self.faults = file, root, faults
        self.reader = Reader(_NOBODY, faults)
        self.scenario: Scenario | None = None
        """The scenario with what is set for all variants; None where that cannot be made."""

    def experiment(self, text: str) -> Experiment | None:
        """The declared experiment; None where `faults` had to be added to."""
        for key, entry in self.root.entries.items():
            if key not in KEYS:
                hint = nearest(key, KEYS) or f" Known here: {', '.join(KEYS)}."
                self.faults.add(entry, f'there is no key "{key}" here.{hint}')
        get = self.root.get
        base = self._base(get("scenario"))
        to_all, variants, aims = get("set"), get("variants"), get("targets")
        changes = () if to_all is None else self._changes(to_all)
        if base is not None:
            self._stand(base, changes)
        groups = () if variants is None else self._groups(variants)
        design = self._design(get("design"))
        factors = self._factors(get("vary"), design)
        name, seed = get("name"), get("seed")
        columns, tables = self._keep(get("keep"))
        replications = self._replications(get("replications"))
        targets = {} if aims is None else self._targets(aims)
        needed = {n: parse_column(n) for n in (*replications.until, *targets)}
        columns = {**columns, **{n: needed[n] for n in sorted(needed) if n not in columns}}
        own_name = "" if name is None else self.reader.text(name)
        own_seed = None if seed is None else self.reader.whole(seed, 0, 2**63 - 1)
        if len(self.faults) or base is None or self.scenario is None or design is None:
            return None
        seed_used = self.scenario.seed if own_seed is None else own_seed
        experiment = Experiment(
            name=own_name or default_name(self.file),
            file=self.file,
            text=text,
            base=base,
            seed=seed_used,
            changes=changes,
            groups=groups,
            factors=factors,
            design=replace(design, seed=seed_used if design.kind in SAMPLED else None),
            replications=replications,
            columns=tuple(columns.values()),
            tables=tables,
            targets=targets,
        )
        self._check_number(experiment)
        return experiment

    def checked(self, experiment: Experiment) -> Experiment:
        """The same with its baseline, once its variants are known to make sense.

        Raises:
            ScenarioError: they do not.
        """
        place = self.root.get("design") or self.root.get("vary") or self.root
        try:
            variants = variants_of(experiment)
        except ResultsError as error:
            self.faults.add(place, str(error))
            self.faults.raise_if_any()
            raise
        names = {variant.name: variant for variant in variants}
        if len(names) < len(variants):
            twice = next(v.name for i, v in enumerate(variants) if names[v.name] is not variants[i])
            self.faults.add(place, f'gives two variants the name "{twice}": call a variant something else.')
        baseline = self.root.get("baseline")
        chosen = variants[0].name
        if baseline is not None:
            of_group = {v.group: v.name for v in reversed(variants) if v.group is not None}
            word = str(baseline.value) if baseline.is_scalar else ""
            if word not in names and word not in of_group:
                known = [*names, *of_group]
                few = f" There are {', '.join(known[:6])}{', ...' if len(known) > 6 else ''}."
                hint = nearest(word, known[:1000]) or few
                self.faults.add(baseline, f"there is no variant {kind_of(baseline)}.{hint}")
            chosen = word if word in names else of_group.get(word, "")
        told: set[tuple[str, str, str]] = set()
        for variant in typical(variants):
            try:
                scenario_of(experiment, variant)
            except ScenarioError as error:
                for fault in error.faults:
                    # One slip in a path is met at each of its levels.
                    what = fault.file, fault.path, fault.message.rpartition(IN_VARIANT)[0]
                    if what not in told:
                        self.faults.add_at(fault.file, fault.line, fault.path, fault.message)
                    told.add(what)
        self.faults.raise_if_any()
        return replace(experiment, baseline=chosen)

    # The scenario

    def _base(self, node: Node | None) -> Base | None:
        if node is None:
            self.faults.add(self.root, "needs scenario: the file of the system it is about.")
            return None
        name = self.reader.text(node)
        if not name:
            return None
        path = os.path.normpath(os.path.join(os.path.dirname(self.file), name))
        shipped = shipped_systems()
        if not os.path.isfile(path):
            if name in shipped:
                path = os.fspath(shipped[name])
            else:
                near = [p.name for p in Path(path).parent.glob("*.yaml")]
                hint = nearest(os.path.basename(name), [*near, *shipped])
                self.faults.add(node, f"there is no file {name}.{hint}")
                return None
        try:
            return read_base(path)
        except ScenarioError as error:
            self._include(error)
            return None

    def _stand(self, base: Base, changes: Changes) -> None:
        try:
            self.scenario = base.scenario(changes)
        except ScenarioError as error:
            self._include(error)

    def _include(self, error: ScenarioError) -> None:
        for fault in error.faults:
            self.faults.add_at(fault.file, fault.line, fault.path, fault.message)

    # What changes

    def _changes(self, node: Node, *, may_be_empty: bool = False) -> Changes:
        """(PATH, CHANGE) pairs of a mapping; a change is told with its own path in the experiment."""
        if may_be_empty and node.value == {}:
            return ()
        entries = self.reader.mapping(node, f"changes, {_EXAMPLES}")
        return tuple((path, entry) for path, entry in entries.items() if self._may_vary(path, entry))

    def _may_vary(self, path: str, place: Node) -> bool:
        message = _NOT_VARIED.get(path.partition(".")[0])
        if message:
            self.faults.add(place, message)
        return message is None

    def _groups(self, node: Node) -> tuple[Group, ...]:
        groups: list[Group] = []
        seen: dict[str, str] = {}
        what = "names and their changes, for example {calm: {}, winter: {events.winter.active: true}}"
        for name, entry in self.reader.mapping(node, what).items():
            if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
                self.faults.add(entry, f"a variant's name is a line of at most {LONGEST_NAME} signs.")
            changes = self._changes(entry, may_be_empty=True)
            said = str(sorted((path, same_key(change)) for path, change in changes))
            if said in seen and (changes or entry.value == {}):
                self.faults.add(entry, f"is the same as {seen[said]}: leave one of them out.")
            seen.setdefault(said, name)
            groups.append(Group(name=name, changes=changes))
        return tuple(groups)

    # The design

    def _design(self, node: Node | None) -> Design | None:
        if node is None:
            return Design(kind="grid")
        if isinstance(node.value, dict):
            return self._table(node)
        match = _DESIGN.fullmatch(node.value.strip()) if isinstance(node.value, str) else None
        kind = match[1] if match else ""
        if match is None or kind not in KINDS:
            hint = nearest(kind, KINDS) if kind else ""
            which = "grid, one_at_a_time, latin_hypercube N, morris N, sobol N or {table: FILE}"
            self.faults.add(node, f"needs {which}; got {kind_of(node)}.{hint}")
            return None
        if kind not in SAMPLED:
            if match[2]:
                self.faults.add(node, f"{kind} takes no number; got {kind_of(node)}.")
            return Design(kind=kind)
        what = {"latin_hypercube": "points", "morris": "trajectories", "sobol": "base points"}[kind]
        if not match[2] or not match[2].isdecimal() or len(match[2]) > 9 or int(match[2]) < 2:
            self.faults.add(
                node, f'needs how many {what}, 2 or more, for example "{kind} 64"; got {kind_of(node)}.'
            )
            return None
        n = int(match[2])
        if kind == "sobol" and n & (n - 1):
            below = 1 << (n.bit_length() - 1)
            self.faults.add(
                node,
                f"needs a power of two, without which Sobol's points do not spread evenly; got {n}. "
                f"Write sobol {below} or sobol {2 * below}.",
            )
        return Design(kind=kind, n=n)

    def _table(self, node: Node) -> Design | None:
        self.faults.add(node, "design tables cannot be read yet.")
        return None

    def _factors(self, node: Node | None, design: Design | None) -> tuple[Factor, ...]:
        if node is None:
            if design is not None and design.kind in ("one_at_a_time", *SAMPLED):
                place = self.root.get("design") or self.root
                self.faults.add(place, f"{design.kind} needs vary: what varies.")
            return ()
        what = "paths and what they vary over, for example {services.ward.places: [plus 0, plus 3]}"
        found = []
        for path, entry in self.reader.mapping(node, what).items():
            if self._may_vary(path, entry):
                factor = self._factor(path, entry, design.kind if design else "")
                found += [factor] if factor else []
        return tuple(found)

    def _factor(self, path: str, node: Node, design: str) -> Factor | None:
        if isinstance(node.value, list):
            return self._listed(path, node, design)
        if isinstance(node.value, dict) and {"from", "to"} & set(node.entries):
            return self._range(path, node, design)
        self.faults.add(
            node,
            "needs a list of changes, for example [plus 0, plus 20], or a range, for example "
            f"{{from: times 0.9, to: times 1.1, n: 5}}; got {kind_of(node)}.",
        )
        return None

    def _listed(self, path: str, node: Node, design: str) -> Factor | None:
        if not node.items:
            self.faults.add(node, "is empty: it needs one change or more.")
            return None
        # A level is found fault with at its own line, under the path as a whole.
        changes = [replace(item, path=node.path) for item in node.items]
        seen: dict[str, Node] = {}
        for change in changes:
            key = same_key(change)
            if key in seen:
                self.faults.add(change, f"{text_of(change)} is here twice.")
            seen.setdefault(key, change)
        if design in ("morris", "sobol"):
            self.faults.add(
                node, f"{design} moves along a range: write {{from: ..., to: ...}} instead of a list."
            )
        operation, unit, levels = levels_of(changes)
        return self._made(path, node, operation, unit, levels)

    def _made(self, path: str, place: Node, operation: str, unit: str, levels: tuple[Level, ...]) -> Factor:
        numbers = [level.number for level in levels if level.number is not None]
        return Factor(
            path=path,
            operation=operation,
            unit=unit,
            levels=levels,
            low=min(numbers) if numbers else None,
            high=max(numbers) if numbers else None,
            whole=self._counts_things(path),
            place=place,
        )

    def _range(self, path: str, node: Node, design: str) -> Factor | None:
        before = len(self.faults)
        for key, entry in node.entries.items():
            self.reader.known(entry, key, ("from", "to", "step", "n"), "key")
        ends = [self._end(node, key) for key in ("from", "to")]
        step, n = node.get("step"), node.get("n")
        if step is not None and n is not None:
            self.faults.add(n, "needs step or n, not both.")
        if design in ("morris", "sobol") and (step or n):
            self.faults.add(step or n or node, f"{design} moves along the whole range: leave step and n out.")
        if None in ends or len(self.faults) > before:
            return None
        (operation, low, unit), (other, high, other_unit) = (end for end in ends if end is not None)
        to = node.entries["to"]
        if operation != other:
            words = {"": "a plain value", "plus": "plus or minus", "times": "times"}
            self.faults.add(to, f"from is {words[operation]}, to is {words[other]}: write both the same way.")
        elif unit != other_unit:
            self.faults.add(to, f'from is in "{unit}", to in "{other_unit}": write both in one unit.')
        elif low == high:
            self.faults.add(to, f"from and to are both {text_of(to)}: there is no range between them.")
        if len(self.faults) > before:
            return None
        place = node.with_entries({})
        counts = self._counts_things(path) and operation != "times"
        if design in SAMPLED and step is None and n is None:
            low, high = min(low, high), max(low, high)
            return Factor(
                path=path, operation=operation, unit=unit, low=low, high=high, whole=counts, place=place
            )
        numbers = self._numbers(node, (operation, low, unit), high, design)
        if numbers is None:
            return None
        if counts:
            rounded = [whole(number) for number in numbers]
            if len(set(rounded)) < len(rounded):
                few = format_number(abs(whole(high) - whole(low)) + 1)
                self.faults.add(
                    step or n or node, f"gives a whole number twice: between from and to there are {few}."
                )
            numbers = rounded
        levels = tuple(level_of((operation, number, unit), place) for number in numbers)
        return self._made(path, place, operation, unit, levels)

    def _end(self, node: Node, key: str) -> Measured | None:
        end = node.get(key)
        if end is None:
            self.faults.add(node, f"needs {key}.")
            return None
        found = measured(end)
        if found is None:
            self.faults.add(
                end,
                'needs a number with its unit, perhaps after plus, minus or times, for example "times 0.9" '
                f'or "30 days"; got {kind_of(end)}.',
            )
        return found

    def _numbers(self, node: Node, first: Measured, high: float, design: str) -> list[float] | None:
        """Numbers of the levels of a range; None and a fault where there are none."""
        _, low, unit = first
        step, n = node.get("step"), node.get("n")
        if n is not None:
            count = self.reader.whole(n, 2, MOST, "how many levels")
            return None if count is None else spread(low, high, count)
        if step is None:
            if design == "one_at_a_time":
                return [low, high]
            self.faults.add(node, "needs step or n: a grid has a level for each, for example n: 5.")
            return None
        size = measured(step)
        if size is None or size[0] or size[2] not in ("", unit) or size[1] == 0:
            like = f"{format_number((high - low) / 4)} {unit}".strip()
            self.faults.add(step, f'needs a number other than 0, for example "{like}"; got {kind_of(step)}.')
            return None
        by = size[1]
        distance = format_number(round(high - low, 9))
        if (high - low) * by < 0:
            self.faults.add(
                step, f"leads away: from from to to it is {distance}. Write {format_number(-by)}."
            )
            return None
        if abs(high - low) / abs(by) >= MOST:
            self.faults.add(step, f"makes more than {MOST:,} levels.")
            return None
        numbers = stepped(low, high, by)
        if numbers is None:
            times = format_number(float(f"{(high - low) / by:.4g}"))
            self.faults.add(
                step,
                f"does not lead from from to to: that is {distance}, {times} steps. "
                "Choose a step that divides it, or write n: how many levels.",
            )
        return numbers

    def _counts_things(self, path: str) -> bool:
        """Whether what stands at a path is a whole number."""
        if self.scenario is None or self.scenario.written is None:
            return False
        keys, rest = split_path(self.scenario.written.root, path)
        leaf = leaf_at([*keys, *rest.split(".")] if rest else keys)
        return leaf is not None and leaf.whole

    def _check_number(self, experiment: Experiment) -> None:
        n = n_variants(experiment)
        if n > MOST:
            place = self.root.get("vary") or self.root.get("design") or self.root
            self.faults.add(
                place,
                f"makes {n:,} variants; {MOST:,} is the most. Vary less, or draw points: "
                "design: latin_hypercube 1000.",
            )

    # Replications, what is kept, targets

    def _replications(self, node: Node | None) -> Replications:
        if node is None:
            n = 1 if self.scenario is None else self.scenario.replications
            return Replications(at_least=n, at_most=n)
        if not isinstance(node.value, dict):
            what = "a whole number, or {until: {dtoc_rate: 0.2 points}, at_most: 200},"
            n = self.reader.whole(node, 1, MOST, what) or 1
            return Replications(at_least=n, at_most=n)
        for key, entry in node.entries.items():
            self.reader.known(entry, key, ("until", "at_least", "at_most"), "key")
        until, least, most = (node.get(key) for key in ("until", "at_least", "at_most"))
        if until is None:
            self.faults.add(node, "needs until: how narrow an interval, for example {dtoc_rate: 0.2 points}.")
        if most is None:
            self.faults.add(node, "needs at_most: how many there are if the interval stays wider.")
        at_least = AT_LEAST if least is None else self.reader.whole(least, 2, MOST)
        at_most = None if most is None else self.reader.whole(most, 2, MOST)
        if most is not None and at_least is not None and at_most is not None and at_most < at_least:
            default = f" (at_least is {AT_LEAST} unless written)" if least is None else ""
            self.faults.add(most, f"needs {at_least} or more, as at_least says{default}; got {at_most}.")
        goals = {}
        if until is not None:
            what = "measures and half-widths, for example {dtoc_rate: 0.2 points}"
            for name, entry in self.reader.mapping(until, what).items():
                column = self._column(entry, name)
                goal = None if column is None else self._goal(entry, column)
                if column is not None and goal is not None:
                    goals[column.name] = goal
        return Replications(
            at_least=at_least or AT_LEAST,
            at_most=at_most or AT_LEAST,
            until={name: goals[name] for name in sorted(goals)},
        )

    def _goal(self, node: Node, column: Column) -> Until | None:
        """A half-width: `0.2 points` of a measure in %, `1 %` of the mean, or a number in its own unit."""
        in_percent = column.unit.startswith("%")
        try:
            value = node.value
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise ValueError("no number")
            number, unit = split_quantity(value) if isinstance(value, str) else (float(value), "")
        except ValueError:
            number, unit = 0.0, "?"
        own = unit == "points" if in_percent else unit in ("", column.unit)
        if not own and unit != "%":
            if unit == "points":
                message = f"points are of measures in %; {column.name} is in {column.unit}."
            else:
                absolute = '"0.2 points"' if in_percent else f'"20 {column.unit}"'
                message = f'needs a half-width, for example {absolute}, or "1 %" of the mean; '
                message += f"got {kind_of(node)}."
            self.faults.add(node, message)
            return None
        if number <= 0:
            self.faults.add(node, f"needs a half-width above 0; got {kind_of(node)}.")
            return None
        return Until(half_width=number / 100 if unit == "%" else number, relative=unit == "%")

    def _targets(self, node: Node) -> dict[str, float]:
        found = {}
        for name, entry in self.reader.mapping(
            node, "measures and figures, for example {dtoc_rate: 3.5}"
        ).items():
            column = self._column(entry, name)
            if column is not None:
                what = f"a number, in {column.unit}"
                value = self.reader.number(entry, -1e12, 1e12, what)
                found[column.name] = 0.0 if value is None else value
        return {name: found[name] for name in sorted(found)}

    def _keep(self, node: Node | None) -> tuple[dict[str, Column], tuple[str, ...]]:
        headlines = [name for name, measure in MEASURES.items() if measure.headline]
        default = {name: Column(measure=name) for name in dict.fromkeys([*ALWAYS, *headlines])}
        if node is None:
            return default, ()
        entries = self.reader.mapping(node, "measures or tables, for example {measures: [dtoc_people]}")
        for key, entry in entries.items():
            self.reader.known(entry, key, ("measures", "tables"), "key")
        measures, tables = entries.get("measures"), entries.get("tables")
        columns = default if measures is None else self._columns(measures)
        kept: list[str] = []
        if tables is not None:
            for item in self._some(tables, "tables"):
                name = self.reader.known(item, item.value, TABLES, "table")
                if name in kept:
                    self.faults.add(item, f"{name} is here twice.")
                kept += [name] if name else []
        return columns, tuple(name for name in TABLES if name in kept)

    def _some(self, node: Node, what: str) -> list[Node]:
        if node.value == []:
            self.faults.add(node, "is empty: leave it out.")
        return self.reader.list_of(node, what)

    def _columns(self, node: Node) -> dict[str, Column]:
        found: dict[str, Column] = {}
        for item in self._some(node, "measures"):
            if isinstance(item.value, dict):
                column = self._restricted(item)
            elif isinstance(item.value, str):
                column = self._column(item, item.value)
            else:
                self.faults.add(item, f"needs the name of a measure; got {kind_of(item)}.")
                continue
            if column is not None:
                if column.name in found:
                    self.faults.add(item, f"{column.name} is here twice.")
                found[column.name] = column
        return found

    def _restricted(self, node: Node) -> Column | None:
        """`{measure: cost_total, where: {payer: nhs}}`."""
        before = len(self.faults)
        for key, entry in node.entries.items():
            self.reader.known(entry, key, ("measure", "where"), "key")
        measure, where = node.get("measure"), node.get("where")
        if measure is None:
            self.faults.add(node, "needs measure.")
            return None
        name = self.reader.text(measure)
        entries = {} if where is None else self.reader.mapping(where, "keys and values, as {payer: nhs}")
        if len(self.faults) > before or not self._is_measure(measure, name):
            return None
        return self._with_where(Column(measure=name), {key: (n, n.value) for key, n in entries.items()})

    def _column(self, node: Node, name: str) -> Column | None:
        """What a name of a figure stands for: `dtoc_people`, `cost_total[payer=nhs]`, `ward.queue`."""
        bare, bracket, _ = name.partition("[")
        if not bracket and "." in bare:
            return self._quantity(node, name)
        if not self._is_measure(node, bare):
            return None
        try:
            column = parse_column(name)
        except ResultsError as error:
            self.faults.add(node, str(error))
            return None
        where = {key: (node, value) for key, value in column.where.items()}
        return self._with_where(column, where)

    def _is_measure(self, node: Node, name: str) -> bool:
        if name in MEASURES:
            return True
        services = () if self.scenario is None else self.scenario.services
        known = [*MEASURES, *(f"{service}.{quantity}" for service in services for quantity in QUANTITIES)]
        self.faults.add(node, f'there is no measure "{name}".{nearest(name, known)}')
        return False

    def _quantity(self, node: Node, name: str) -> Column | None:
        service, _, quantity = name.rpartition(".")
        if quantity not in QUANTITIES:
            hint = nearest(quantity, QUANTITIES) or f" There are {', '.join(QUANTITIES)}."
            self.faults.add(node, f'there is no quantity "{quantity}" of a service.{hint}')
            return None
        services = None if self.scenario is None else self.scenario.services
        if services is not None and self.reader.known(node, service, services, "service") is None:
            return None
        return Column(service=service, quantity=quantity)

    def _with_where(self, column: Column, where: Mapping[str, tuple[Node, object]]) -> Column | None:
        """A measure restricted to values it can be told by."""
        if self.scenario is None:
            return column
        measure = MEASURES[column.measure]
        keys = [key for key in measure.keys if key != "groups"]
        keys += self.scenario.groups if "groups" in measure.keys else ()
        before = len(self.faults)
        found = {}
        for key, (node, value) in where.items():
            if key not in keys:
                hint = nearest(key, keys) or f" It can be by {', '.join(keys) or 'nothing'}."
                self.faults.add(node, f'{column.measure} cannot be told by "{key}".{hint}')
                continue
            known = self._values(key)
            if key == "month":
                if not _MONTH.fullmatch(str(value)):
                    self.faults.add(node, f'needs a month, for example 2019-04; got "{value}".')
            elif known is not None:
                self.reader.known(node, value, known, key)
            found[key] = str(value)
        if len(self.faults) > before:
            return None
        restricted = replace(column, where=found)
        try:
            reads_back = parse_column(restricted.name) == restricted
        except ResultsError:
            reads_back = False
        if not reads_back and found:
            node = next(iter(where.values()))[0]
            self.faults.add(
                node, "has a value with one of the signs , [ ] in it, which names of columns use."
            )
            return None
        return restricted

    def _values(self, key: str) -> Iterable[str] | None:
        """What a measure can be restricted to; None: anything."""
        assert self.scenario is not None
        assert self.scenario.written is not None
        services = self.scenario.services
        known: dict[str, Iterable[str]] = {
            "service": services,
            "awaited": services,
            "where": [*services, OUTSIDE],
            "stream": self.scenario.arrivals,
            "reason": REASONS,
            "responsible": RESPONSIBLE,
            "payer": _payers(self.scenario),
            "item": [*PRICES, "block_per_week"],
        }
        return known.get(key, self.scenario.written.names.attributes.get(key))


def default_name(file: str) -> str:
    """The folder of a file called experiment.yaml, else the file's own name."""
    path = Path(file)
    return path.resolve().parent.name if path.stem == "experiment" else path.stem


def _payers(scenario: Scenario) -> list[str]:
    """Everybody who pays for something."""
    found: dict[str, None] = {}

    def gather(payer: Personal[str | Shares] | None) -> None:
        if isinstance(payer, By):
            for entry in (*payer.table.values(), payer.otherwise):
                gather(entry)
        elif payer is not None:
            found.update(dict.fromkeys([payer] if isinstance(payer, str) else payer))

    for service in scenario.services.values():
        if service.cost is not None:
            gather(service.cost.payer)
            gather(None if service.cost.block is None else service.cost.block.payer)
    return list(found)


_NOBODY = Names(
    folder="",
    start=date(2000, 1, 1),
    services=(),
    in_place=frozenset(),
    streams=(),
    exits=(),
    attributes={},
    on_arrival=frozenset(),
)
