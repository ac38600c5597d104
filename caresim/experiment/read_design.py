"""Reads what varies in an experiment, and how: lists, ranges, designs, and what a design table says."""

from __future__ import annotations

import re
from dataclasses import replace

from caresim.durations import format_number
from caresim.errors import nearest
from caresim.experiment.declared import KINDS, SAMPLED, Design, Factor, Level, Row
from caresim.experiment.design_tables import Table, read_table
from caresim.experiment.levels import (
    MOST,
    Measured,
    in_words,
    level_of,
    levels_of,
    measured,
    same_key,
    spread,
    stepped,
    text_of,
    whole,
)
from caresim.experiment.read_figures import known_keys
from caresim.scenario.changes import leaf_at, locate
from caresim.scenario.nodes import Node, split_path
from caresim.scenario.reader import Reader, kind_of
from caresim.scenario.scenario import Scenario

LONGEST_NAME = 100
NOT_VARIED = {
    "seed": "the seed is the same in all variants, so that they meet the same people: "
    "write seed: at the top of the experiment.",
    "replications": "write replications: at the top of the experiment.",
    "extends": "is read before anything can be set: name another scenario.",
    "caresim": "is the version of the language, nothing that varies.",
}
"""First word of a PATH -> why no variant may change it."""

_DESIGN = re.compile(r"(\w+)(?:\s+(\S+))?")
_DRAWN = {"latin_hypercube": "points", "morris": "trajectories", "sobol": "base points"}
_ALONG_A_RANGE = ("morris", "sobol")


class DesignReader:
    """What varies, read against the scenario it varies in."""

    def __init__(self, reader: Reader, scenario: Scenario | None, *, fixed: bool = True) -> None:
        """`fixed`: no variant brings anything that has a name, so the scenario has every path there is."""
        self._reader, self._faults = reader, reader.faults
        self._fixed = fixed
        self._scenario = scenario
        """None: it could not be read, so nothing is known of what stands at a path."""

    def design(self, node: Node | None, vary: Node | None, root: Node) -> tuple[Design, tuple[Factor, ...]]:
        """The design and its factors; meaningless once faults were added."""
        if node is not None and isinstance(node.value, dict):
            return self._of_table(node, vary, root.get("variants"))
        design = Design(kind="grid") if node is None else self._kind(node)
        if vary is None:
            if design.kind in ("one_at_a_time", *SAMPLED):
                self._faults.add(node or root, f"{design.kind} needs vary: what varies.")
            return design, ()
        what = "paths and what they vary over, for example {services.ward.places: [plus 0, plus 3]}"
        factors: list[Factor] = []
        for path, entry in self._reader.mapping(vary, what).items():
            if self.may_vary(path, entry):
                factor = self._factor(path, entry, design.kind)
                if factor is not None:
                    factors.append(factor)
                else:
                    self._is_there(path, entry)
        return design, tuple(factors)

    def may_vary(self, path: str, place: Node) -> bool:
        """Whether variants may differ in this; a fault where they may not."""
        message = NOT_VARIED.get(path.partition(".")[0])
        if message:
            self._faults.add(place, message)
        return message is None

    def _is_there(self, path: str, place: Node) -> None:
        """A fault where there is no such path; asked of one that has no levels to try."""
        if self._scenario is not None and self._scenario.written is not None and self._fixed:
            locate(self._scenario.written.root, path, replace(place, value=0), self._faults)

    def _kind(self, node: Node) -> Design:
        match = _DESIGN.fullmatch(node.value.strip()) if isinstance(node.value, str) else None
        kind, number = (match[1], match[2] or "") if match else ("", "")
        n = int(number) if number.isdecimal() and len(number) < 10 else 0
        if kind not in KINDS:
            which = "grid, one_at_a_time, latin_hypercube N, morris N, sobol N or {table: FILE}"
            hint = nearest(kind, KINDS) if kind else ""
            self._faults.add(node, f"needs {which}; got {kind_of(node)}.{hint}")
            return Design(kind="")
        if kind not in SAMPLED:
            if number:
                self._faults.add(node, f"{kind} takes no number; got {kind_of(node)}.")
            return Design(kind=kind)
        if n < 2:
            needs = f'needs how many {_DRAWN[kind]}, 2 or more, for example "{kind} 64"'
            self._faults.add(node, f"{needs}; got {kind_of(node)}.")
        elif kind == "sobol" and n & (n - 1):
            below = 1 << (n.bit_length() - 1)
            self._faults.add(
                node,
                f"needs a power of two, without which Sobol's points do not spread evenly; got {n}. "
                f"Write sobol {below} or sobol {2 * below}.",
            )
        return Design(kind=kind, n=n)

    # Lists and ranges

    def _factor(self, path: str, node: Node, design: str) -> Factor | None:
        if isinstance(node.value, list):
            return self._list(path, node, design)
        if isinstance(node.value, dict) and {"from", "to"} & set(node.value):
            return self._range(path, node, design)
        self._faults.add(
            node,
            "needs a list of changes, for example [plus 0, plus 20], or a range, for example "
            f"{{from: times 0.9, to: times 1.1, n: 5}}; got {kind_of(node)}.",
        )
        return None

    def _list(self, path: str, node: Node, design: str) -> Factor | None:
        if not node.items:
            self._faults.add(node, "is empty: it needs one change or more.")
            return None
        # A level is found fault with at its own line, under the path as a whole.
        changes = [replace(item, path=node.path) for item in node.items]
        seen: set[str] = set()
        for change in changes:
            if (key := same_key(change)) in seen:
                self._faults.add(change, f"{text_of(change)} is here twice.")
            seen.add(key)
        if design in _ALONG_A_RANGE:
            self._faults.add(
                node, f"{design} moves along a range: write {{from: ..., to: ...}} in place of a list."
            )
        operation, unit, levels = levels_of(changes)
        return self._of_levels(path, node, operation, unit, levels)

    def _of_levels(
        self, path: str, place: Node, operation: str, unit: str, levels: tuple[Level, ...]
    ) -> Factor:
        numbers = [level.number for level in levels if level.number is not None]
        return Factor(
            path=path,
            operation=operation,
            unit=unit,
            levels=levels,
            low=min(numbers, default=None),
            high=max(numbers, default=None),
            whole=self._counts_things(path),
            place=place.with_entries({}),
        )

    def _range(self, path: str, node: Node, design: str) -> Factor | None:
        before = len(self._faults)
        known_keys(self._reader, node, ("from", "to", "step", "n"))
        first, last = self._end(node, "from"), self._end(node, "to")
        step, n = node.get("step"), node.get("n")
        if step is not None and n is not None:
            self._faults.add(n, "needs step or n, not both.")
        in_steps = step if step is not None else n
        if design in _ALONG_A_RANGE and in_steps is not None:
            self._faults.add(in_steps, f"{design} moves along the whole range: leave step and n out.")
        count = None if n is None else self._reader.whole(n, 2, MOST, "a whole number of levels")
        if first is not None and last is not None:
            self._check_ends(node.entries["to"], first, last)
        if first is None or last is None or len(self._faults) > before:
            return None
        operation, low, unit = first
        high, place = last[1], node.with_entries({})
        counted = operation != "times" and self._counts_things(path)
        # Where the design could not be read, the range may be one that is sampled.
        if design in (*SAMPLED, "") and in_steps is None:
            return Factor(
                path=path,
                operation=operation,
                unit=unit,
                low=min(low, high),
                high=max(low, high),
                whole=counted,
                place=place,
            )
        numbers = self._numbers(node, first, high, count, design)
        if numbers is None:
            return None
        if counted:
            numbers = [whole(number) for number in numbers]
            if len(set(numbers)) < len(numbers):
                few = format_number(abs(numbers[-1] - numbers[0]) + 1)
                self._faults.add(
                    in_steps or node,
                    f"gives a whole number twice: from one end to the other there are {few}.",
                )
        levels = tuple(level_of((operation, number, unit), place) for number in numbers)
        return self._of_levels(path, place, operation, unit, levels)

    def _end(self, node: Node, key: str) -> Measured | None:
        end = node.get(key)
        if end is None:
            self._faults.add(node, f"needs {key}: a range has two ends.")
            return None
        found = measured(end)
        if found is None:
            self._faults.add(
                end,
                'needs a number with its unit, perhaps after plus, minus or times, for example "times 0.9" '
                f'or "30 days"; got {kind_of(end)}.',
            )
        return found

    def _check_ends(self, to: Node, first: Measured, last: Measured) -> None:
        words = {"": "a plain value", "plus": "plus or minus", "times": "times"}
        if first[0] != last[0]:
            both = f"from is {words[first[0]]}, to is {words[last[0]]}"
            self._faults.add(to, f"{both}: write both the same way.")
        elif first[2] != last[2]:
            units = [f'in "{unit}"' if unit else "without a unit" for unit in (first[2], last[2])]
            self._faults.add(to, f"from is {units[0]}, to is {units[1]}: write both in one unit.")
        elif first[1] == last[1]:
            self._faults.add(to, f"from and to are both {in_words(*last)}: there is no range between them.")

    def _numbers(
        self, node: Node, first: Measured, high: float, count: int | None, design: str
    ) -> list[float] | None:
        """Numbers of the levels of a range, from first to last; None and a fault where there are none."""
        _, low, unit = first
        step = node.get("step")
        if count is not None:
            return spread(low, high, count)
        if step is not None:
            return self._steps(step, low, high, unit)
        if design == "one_at_a_time":
            return [low, high]
        self._faults.add(node, "needs step or n, for example n: 5: a grid has a variant for each level.")
        return None

    def _steps(self, step: Node, low: float, high: float, unit: str) -> list[float] | None:
        size = measured(step)
        distance = in_words("", float(format_number(high - low)), unit)
        if size is None or size[0] or size[2] not in ("", unit) or size[1] == 0:
            like = in_words("", float(format_number((high - low) / 4)), unit)
            self._faults.add(step, f'needs a number other than 0, for example "{like}"; got {kind_of(step)}.')
            return None
        by = size[1]
        if (high - low) * by < 0:
            self._faults.add(
                step, f"leads away from the end: the way to it is {distance}; got {kind_of(step)}."
            )
            return None
        if abs(high - low) / abs(by) >= MOST:
            self._faults.add(step, f"makes more than {MOST:,} levels; got {kind_of(step)}.")
            return None
        numbers = stepped(low, high, by)
        if numbers is None:
            steps = format_number(float(f"{(high - low) / by:.4g}"))
            self._faults.add(
                step,
                f"does not lead to the end: the way to it is {distance}, {steps} steps. "
                "Choose a step that divides it, or write n: how many levels.",
            )
        return numbers

    def _counts_things(self, path: str) -> bool:
        """Whether what stands at a path is a whole number."""
        if self._scenario is None or self._scenario.written is None:
            return False
        keys, rest = split_path(self._scenario.written.root, path)
        leaf = leaf_at([*keys, *rest.split(".")] if rest else keys)
        return leaf is not None and leaf.whole

    # Tables

    def _of_table(
        self, node: Node, vary: Node | None, variants: Node | None
    ) -> tuple[Design, tuple[Factor, ...]]:
        known_keys(self._reader, node, ("table", "sheet"))
        for other, name in ((vary, "vary"), (variants, "variants")):
            if other is not None:
                self._faults.add(other, f"a design table says what varies: leave {name} out.")
        table, sheet = node.get("table"), node.get("sheet")
        if table is None:
            self._faults.add(node, "needs table: a CSV or Excel file, for example {table: runs.csv}.")
            return Design(kind="table"), ()
        file = self._reader.data_file(table)
        sheet_name = None if sheet is None else self._reader.text(sheet)
        before = len(self._faults)
        found = None
        if file is not None:
            found = read_table(str(file), sheet_name, table if sheet is None else sheet, self._faults)
        if found is None:
            return Design(kind="table"), ()
        return self._rows(found, complete=len(self._faults) == before)

    def _rows(self, table: Table, *, complete: bool) -> tuple[Design, tuple[Factor, ...]]:
        """The rows of a table; `complete`: no cell is missing for a fault in it."""
        factors: list[Factor] = []
        level: dict[str, dict[int, Level]] = {}
        for path in table.paths:
            place = Node(None, table.file, 1, 0, path)
            allowed = self.may_vary(path, place)
            cells = {row.number: row.changes[path] for row in table.rows if path in row.changes}
            if allowed and not cells:
                self._is_there(path, place)
            operation, unit, levels = levels_of(list(cells.values()))
            level[path] = dict(zip(cells, levels, strict=True))
            factors.append(self._of_levels(path, place, operation, unit, _different(levels)))
        rows: list[Row] = []
        names: dict[str, int] = {}
        said: dict[str, int] = {}
        for row in table.rows:
            name = row.names.get("variant", "" if table.named else f"row {row.number}")
            self._check_name(table.file, row.number, "variant", name)
            if "group" in row.names:
                self._check_name(table.file, row.number, "group", row.names["group"])
            if name in names:
                message = f'"{name}" is the name of row {names[name]} too: choose another.'
                self._faults.add_at(table.file, row.number, "variant", message)
            changes = str(sorted((path, same_key(change)) for path, change in row.changes.items()))
            if complete and changes in said:
                message = f"changes the same as row {said[changes]}: leave one of them out."
                self._faults.add_at(table.file, row.number, "", message)
            names.setdefault(name, row.number)
            said.setdefault(changes, row.number)
            own = {path: level[path][row.number] for path in table.paths if path in row.changes}
            rows.append(Row(number=row.number, name=name, group=row.names.get("group"), levels=own))
        return Design(kind="table", rows=tuple(rows)), tuple(factors)

    def _check_name(self, file: str, row: int, column: str, name: str) -> None:
        if not is_name(name):
            self._faults.add_at(file, row, column, f"needs a name: a line of at most {LONGEST_NAME} signs.")


def is_name(name: str) -> bool:
    """Whether a variant or a group can be called so."""
    return bool(name) and name == name.strip() and name.isprintable() and len(name) <= LONGEST_NAME


def _different(levels: tuple[Level, ...]) -> tuple[Level, ...]:
    """The first of those that say the same."""
    first: dict[str, Level] = {}
    for level in levels:
        first.setdefault(same_key(level.change), level)
    return tuple(first.values())
