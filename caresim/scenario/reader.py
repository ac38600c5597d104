"""Reads single values from a tree of nodes, noting every fault and going on.

A method gives None (or something empty) after a fault: nothing built from that is ever
seen, because whoever reads a scenario raises the faults at the end.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date as Date
from pathlib import Path
from typing import Any, TypeVar

from caresim.durations import (
    DURATION,
    GROWTH,
    MONEY,
    SHARE,
    Dimension,
    bare_number,
    format_number,
    parse_growth,
    parse_quantity,
)
from caresim.errors import Fault, ScenarioError, nearest
from caresim.scenario.nodes import Names, Node
from caresim.scenario.services import WEEKDAYS
from caresim.scenario.values import By, Dated, Personal, Shares

Value = TypeVar("Value")

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
SHARES_TOLERANCE = 1e-6
YEARS = (1900, 2200)
MOST_POUNDS = 1e9


class Faults:
    """Everything found wrong so far."""

    def __init__(self) -> None:
        self._found: dict[Fault, tuple[int, int, int]] = {}
        self._files: dict[str, int] = {}
        self._n_met = 0

    def add(self, node: Node, message: str) -> None:
        self.add_at(node.file, node.line, node.path, message, column=node.column)

    def add_at(self, file: str, line: int, path: str, message: str, column: int = 0) -> None:
        order = self._files.setdefault(file, len(self._files))
        # What a file holds is shown to people: no control characters, and no novels.
        message = "".join(sign if sign.isprintable() else "?" for sign in message)
        message = message if len(message) <= 500 else f"{message[:480]} ..."
        self._n_met += 1
        # A fault of a template is met in every service that is like it: told once.
        self._found.setdefault(Fault(file, line, path, message), (order, line, column))

    def include(self, other: Faults, of: str = "", told: set[Fault] | None = None) -> None:
        """Add what was found apart.

        Args:
            of: which of several things that are written in one place it is about.
            told: what was found of the others; what differs in the name only is not told again.
        """
        for fault, (_, line, column) in other._found.items():
            if told is not None:
                alike = replace(fault, message=fault.message.replace(of, "*"))
                if alike in told:
                    continue
                told.add(alike)
            message = f"of {of}: {fault.message}" if of else fault.message
            self.add_at(fault.file, line, fault.path, message, column)

    def __len__(self) -> int:
        """How many were met, those told already included: whoever looks whether it grew must see them too."""
        return self._n_met

    def first_file(self, file: str) -> None:
        """Faults are told in the order in which files are named here."""
        self._files.setdefault(file, len(self._files))

    @property
    def files(self) -> tuple[str, ...]:
        """Files named so far, in that order."""
        return tuple(self._files)

    def raise_if_any(self) -> None:
        """Raises all faults at once, in file order."""
        if self._found:
            raise ScenarioError(sorted(self._found, key=lambda fault: self._found[fault]))


def kind_of(node: Node) -> str:
    """What was found, for a message."""
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        keys = list(value)
        return "a mapping (" + ", ".join(keys[:4]) + (", ..." if len(keys) > 4 else "") + ")"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 80 else f'"{value[:40]} ..."'
    return str(value)


class Reader:
    """Values of one scenario; `names` is what they may refer to."""

    def __init__(self, names: Names, faults: Faults) -> None:
        self.names = names
        self.faults = faults
        self.in_event = False
        """Reads what holds during an event: a request that cannot fit now may fit after it."""
        self.data_files: set[tuple[str, str]] = set()
        """(name as written, path) of every file of data named so far."""

    def fault(self, node: Node, message: str) -> None:
        self.faults.add(node, message)

    # Plain values

    def number(self, node: Node, low: float = 0.0, high: float = 1e9, what: str = "a number") -> float | None:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(node, f"needs {what}; got {kind_of(node)}.")
            return None
        return self.within(node, float(value), low, high, what)

    def within(self, node: Node, value: float, low: float, high: float, what: str) -> float | None:
        if low <= value <= high:
            return value
        limits = "0 or more" if value < low == 0 else f"{format_number(low)} to {format_number(high)}"
        self.fault(node, f"needs {what}, {limits}; got {node.value}.")
        return None

    def whole(
        self, node: Node, low: int = 0, high: int = 10_000_000, what: str = "a whole number"
    ) -> int | None:
        value = node.value
        limits = f"{low} or more"
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not number or value != int(value):
            self.fault(node, f"needs {what}, {limits}; got {kind_of(node)}.")
            return None
        if value < low:
            self.fault(node, f"needs {what}, {limits}; got {value}.")
            return None
        if value > high:
            self.fault(node, f"needs {what}, {low} to {high}; got {value}.")
            return None
        return int(value)

    def true_or_false(self, node: Node) -> bool:
        if not isinstance(node.value, bool):
            self.fault(node, f"needs true or false; got {kind_of(node)}.")
        return node.value is True

    def text(self, node: Node) -> str:
        if isinstance(node.value, dict | list | bool) or node.value is None or node.value == "":
            self.fault(node, f"needs a text; got {kind_of(node)}.")
            return ""
        return str(node.value)

    def one_of(self, node: Node, known: Iterable[str], what: str = "") -> str:
        known = list(known)
        if isinstance(node.value, str) and node.value in known:
            return node.value
        hint = nearest(str(node.value), known) if node.is_scalar else ""
        self.fault(node, f"needs {what or 'one of'} {', '.join(known)}; got {kind_of(node)}.{hint}")
        return ""

    def quantity(self, node: Node, dimension: Dimension, low: float, high: float) -> float | None:
        """A number with its unit, in the unit used inside; `low` and `high` in that unit too."""
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            example = f'for example "{dimension.example}"'
            self.fault(node, f"needs {dimension.name}, {example}; got {kind_of(node)}.")
            return None
        if not isinstance(value, str):
            self.fault(node, bare_number(str(value), dimension))
            return None
        try:
            number = parse_quantity(value, dimension)
        except ValueError as error:
            self.fault(node, str(error))
            return None
        if low <= number <= high:
            return number
        limits = "0 or more" if number < 0 == low else limit(dimension, low, high)
        self.fault(node, f"needs {dimension.name}, {limits}; got {value}.")
        return None

    def growth(self, node: Node, low: float, high: float) -> float | None:
        """A yearly growth, compound, as "2.5% per year" or "28% in 10 years"."""
        if not isinstance(node.value, str) or " in " not in node.value:
            return self.quantity(node, GROWTH, low, high)
        try:
            a_year = parse_growth(node.value)
        except ValueError as error:
            self.fault(node, str(error))
            return None
        return self.within(node, a_year, low, high, f"{GROWTH.name}, the same every year")

    def pounds(self, node: Node, high: float = MOST_POUNDS) -> float | None:
        """Pounds, as 60000 or "1.8 million"."""
        what = MONEY.name
        if not isinstance(node.value, str):
            return self.number(node, 0.0, high, what)
        try:
            value = parse_quantity(node.value, MONEY)
        except ValueError:
            self.fault(node, f"needs {what}; got {kind_of(node)}.")
            return None
        return self.within(node, value, 0.0, high, what)

    def duration(self, node: Node, *, positive: bool = False) -> float | None:
        days = self.quantity(node, DURATION, 0.0, 36525.0)
        if positive and days == 0:
            self.fault(node, f"needs a time above 0; got {node.value}.")
        return days

    def share(self, node: Node) -> float | None:
        """A share, as 0.62 or 62%."""
        value = node.value
        if isinstance(value, str):
            try:
                value = parse_quantity(value, SHARE)
            except ValueError as error:
                self.fault(node, str(error))
                return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(node, f'needs a share, for example "0.62 or 62%"; got {kind_of(node)}.')
            return None
        if not 0 <= value <= 1:
            self.fault(node, f"needs a share, 0 to 1; got {node.value}.")
            return None
        return float(value)

    # Days and hours

    def date(self, node: Node) -> Date | None:
        value = str(node.value)
        if _DATE.fullmatch(value):
            try:
                found = Date.fromisoformat(value)
            except ValueError:
                self.fault(node, f"{value} is not a day of the calendar.")
                return None
            if YEARS[0] <= found.year <= YEARS[1]:
                return found
            self.fault(node, f"needs a year from {YEARS[0]} to {YEARS[1]}; got {value}.")
            return None
        self.fault(node, f"needs a date, for example 2019-04-01; got {kind_of(node)}.")
        return None

    def day(self, node: Node) -> int | None:
        """A date as days from `time.from`."""
        when = self.date(node)
        return None if when is None else (when - self.names.start).days

    def last_day(self, node: Node) -> int | None:
        """A date as the instant after it ends."""
        day = self.day(node)
        return None if day is None else day + 1

    def clock(self, node: Node) -> tuple[float, float]:
        """Hours of a day, half open, as shares of it."""
        match = _CLOCK.fullmatch(str(node.value).strip())
        if match is None:
            self.fault(node, f'needs hours written as "08:00-18:00"; got {kind_of(node)}.')
            return 0.0, 1.0
        start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
        start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
        if start < end <= 1440:
            return start / 1440, end / 1440
        self.fault(
            node, f'needs hours that begin before they end, for example "08:00-18:00"; got {kind_of(node)}.'
        )
        return 0.0, 1.0

    def weekdays(self, node: Node, text: str) -> list[str]:
        """`mon`, or a range such as `mon-fri` (`sat-mon` goes round)."""
        first, dash, last = text.partition("-")
        if first in WEEKDAYS and (not dash or last in WEEKDAYS):
            start = WEEKDAYS.index(first)
            length = (WEEKDAYS.index(last) - start) % 7 if dash else 0
            return [WEEKDAYS[(start + i) % 7] for i in range(length + 1)]
        hint = nearest(text, WEEKDAYS)
        self.fault(node, f'needs a weekday such as mon, or a range such as mon-fri; got "{text}".{hint}')
        return []

    def by_weekday(
        self, node: Node, read: Callable[[Node], Value | None], also: tuple[str, ...] = ()
    ) -> dict[str, Value | None]:
        """Weekday (or a key of `also`) -> value, from keys that may be ranges."""
        found: dict[str, Value | None] = {}
        named_by: dict[str, str] = {}
        for key, entry in self.mapping(node, "weekdays, for example {mon-fri: ..., sat: ...}").items():
            value = read(entry)
            for day in [key] if key in also else self.weekdays(entry, key):
                if day in found:
                    self.fault(entry, f'{day} is here twice: "{named_by[day]}" and "{key}" both name it.')
                found[day], named_by[day] = value, key
        return found

    # Tables

    def mapping(self, node: Node, what: str) -> dict[str, Node]:
        if isinstance(node.value, dict) and node.value:
            return node.value
        if isinstance(node.value, dict):
            self.fault(node, f"is empty; needs {what}.")
        else:
            self.fault(node, f"needs {what}; got {kind_of(node)}.")
        return {}

    def list_of(self, node: Node, what: str) -> list[Node]:
        if isinstance(node.value, list):
            return node.value
        self.fault(node, f"needs a list of {what}; got {kind_of(node)}.")
        return []

    def names_in(self, node: Node, known: Iterable[str], what: str) -> list[str]:
        """One known name, or a list of them."""
        items = node.items if isinstance(node.value, list) else [node]
        return [name for name in (self.known(item, item.value, known, what) for item in items) if name]

    def known(self, node: Node, word: Any, known: Iterable[str], what: str) -> str | None:
        """A name that must be one of `known`."""
        known = list(known)
        if isinstance(word, str) and word in known:
            return word
        if isinstance(word, dict | list) or word is None:
            self.fault(node, f"needs the name of {with_article(what)}; got {kind_of(node)}.")
        else:
            listed = f" There {'is' if len(known) == 1 else 'are'} {', '.join(known)}."
            hint = nearest(str(word), known) or (listed if 0 < len(known) <= 6 else "")
            if word == "died" and what == "service or exit":
                hint = " Declare it in exits: {died: {}}."
            self.fault(node, f'there is no {what} "{word}".{hint}')
        return None

    def shares(self, node: Node, known: Iterable[str] | None, what: str) -> Shares:
        """Names and their shares, which sum to 1; a single name has all of it."""
        if isinstance(node.value, str):
            word = node.value
            if known is not None and self.known(node, word, known, what) is None:
                return {}
            return {word: 1.0}
        allowed = f"the name of {with_article(what)}, or shares such as {{a: 0.9, b: 0.1}}"
        entries = self.mapping(node, allowed)
        found: Shares = {}
        faults = len(self.faults)
        for key, entry in entries.items():
            if known is not None:
                self.known(entry, key, known, what)
            found[key] = self.share(entry) or 0.0
        total = sum(found.values())
        if entries and len(self.faults) == faults and abs(total - 1) > SHARES_TOLERANCE:
            self.fault(node, shares_message(found, total))
        return found

    def route(self, node: Node) -> Shares:
        return self.shares(node, self.names.targets, "service or exit")

    def personal(
        self, node: Node, read: Callable[[Node], Value], *, origins: bool = False
    ) -> Personal[Value]:
        """One value, or a table `by:` an attribute (or `from`, where `origins`), perhaps nested."""
        if not isinstance(node.value, dict) or "by" not in node.value:
            return read(node)
        by = node.value["by"]
        attributes = self.names.attributes
        name = self.known(by, by.value, [*attributes, *(["from"] if origins else [])], "attribute")
        table = {
            key: self.personal(entry, read, origins=origins)
            for key, entry in node.value.items()
            if key not in ("by", "else")
        }
        other = node.value.get("else")
        otherwise = None if other is None else self.personal(other, read, origins=origins)
        if name is not None:
            possible = self.names.origins if name == "from" else attributes[name]
            what = "service or stream" if name == "from" else name
            unknown = [key for key in table if self.known(node.value[key], key, possible, what) is None]
            missing = [value for value in possible if value not in table]
            if missing and other is None and not unknown:
                add = f"Add {missing[0]}: ... or else: ..."
                self.fault(node, f"by {name} says nothing for {', '.join(missing)}. {add}")
        return By(attribute=str(name), table=table, otherwise=otherwise)

    def dated(self, node: Node, read: Callable[[Node], Value | None]) -> Value | Dated[Value] | None:
        """One value, or values by date or by day, each from then on."""
        if not isinstance(node.value, dict):
            return read(node)
        found: dict[float, Value] = {}
        wrong: set[str] = set()
        for key, entry in self.mapping(node, "a value, or values by date").items():
            if entry.path in wrong:
                # One change made to every value: it is wrong once.
                continue
            at = self.instant(entry, key)
            value = read(entry)
            if value is None:
                wrong.add(entry.path)
            if at is not None and at in found:
                self.fault(entry, f"{key} is an instant that another entry has too.")
            if at is not None and value is not None:
                found[at] = value
        return Dated(values=tuple(sorted(found.items(), key=lambda item: item[0])))

    def instant(self, entry: Node, key: str) -> float | None:
        """A key that is a date or a time from `time.from`, in days."""
        if _DATE.fullmatch(key):
            day = self.day(Node(key, entry.file, entry.line, entry.column, entry.path))
            return None if day is None else float(day)
        try:
            return parse_quantity(key, DURATION)
        except ValueError:
            example = 'for example 2019-10-01 or "30 days"'
            self.fault(entry, f'needs a date or a time from the start as its key, {example}; got "{key}".')
            return None

    def data_file(self, node: Node) -> Path | None:
        """A file that a scenario names: it lies in or below the folder of the file that names it."""
        name = self.text(node)
        if not name:
            return None
        folder = Path(node.file).parent if node.line else Path(self.names.folder)
        path = folder / name
        try:
            inside = path.resolve().is_relative_to(folder.resolve())
        except (OSError, ValueError, RuntimeError):
            inside = False
        if Path(name).is_absolute() or not inside:
            self.fault(node, f"{name} must lie in or below the folder of the file that names it.")
            return None
        if not path.is_file():
            near = nearest(name, [p.name for p in folder.glob("*.csv")])
            self.fault(node, f"there is no file {name}.{near}")
            return None
        self.data_files.add((name, str(path)))
        return path


def limit(dimension: Dimension, low: float, high: float) -> str:
    """The allowed range, in words of the dimension's own example unit."""
    unit = dimension.example.partition(" ")[2] or ("%" if "%" in dimension.example else "")
    factor = dimension.units.get(unit, 1.0)
    return f"{format_number(low / factor)} to {format_number(high / factor)} {unit}".rstrip()


def shares_message(shares: Shares, total: float) -> str:
    """What to tell somebody whose shares do not add up."""
    message = f"shares add up to {format_number(round(total, 9))}, not 1."
    off = format_number(round(abs(1 - total), 9))
    largest = max(shares, key=lambda name: shares[name])
    if total < 1:
        return f'{message} Send the remaining {off} somewhere, for example to "{largest}".'
    return f'{message} Take {off} away somewhere, for example from "{largest}".'


def with_article(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"
