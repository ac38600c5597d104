"""Data files a scenario names: counts, rates, values with weights, people of a census (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from math import isfinite

from caresim.errors import nearest
from caresim.scenario.nodes import Node
from caresim.scenario.reader import Reader
from caresim.scenario.services import CensusRow

LARGEST_FILE = 200_000_000
STATES = ("in_care", "delayed", "waiting")
_CENSUS = ("service", "state", "waiting_for", "elapsed_days", "waited_days")


class CsvRow:
    """One line of a data file: its cells by column, and where it stands."""

    def __init__(self, reader: Reader, file: str, line: int, cells: dict[str, str]) -> None:
        self._reader, self._file, self.line, self.cells = reader, file, line, cells

    def fault(self, column: str, message: str) -> None:
        self._reader.faults.add_at(self._file, self.line, column, message)

    def number(
        self, column: str, low: float = 0.0, high: float = 1e7, *, blank: float | None = None
    ) -> float:
        """The number in a column; `blank` where the cell is empty."""
        text = self.cells.get(column, "").strip()
        if not text and blank is not None:
            return blank
        try:
            value = float(text)
        except ValueError:
            self.fault(column, f'needs a number; got "{text}".')
            return low
        if text.startswith("+") or "_" in text or not isfinite(value) or not low <= value <= high:
            self.fault(column, f"needs a number, {low:g} to {high:g}; got {text}.")
            return low
        return value

    def known(self, column: str, known: tuple[str, ...]) -> None:
        """A name that must be one of `known`."""
        word = self.cells[column]
        if word not in known:
            self.fault(column, f'there is no {column} "{word}".{nearest(word, known)}')


def read_rows(
    reader: Reader, node: Node, needed: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[CsvRow]:
    """The lines of the data file a node names, when the header is right."""
    path = reader.data_file(node)
    if path is None:
        return
    file = str(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            reader.faults.add_at(file, 0, "", "is larger than 200 MB.")
            return
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        reader.faults.add_at(file, 0, "", "cannot be read as text (UTF-8).")
        return
    if "\0" in text:
        reader.faults.add_at(file, 0, "", "cannot be read as text (UTF-8).")
        return
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    numbered = ((lines.line_num, cells) for cells in lines)
    try:
        yield from _rows(reader, file, numbered, needed, optional)
    except csv.Error as error:
        reader.faults.add_at(file, lines.line_num, "", f"is not a CSV file: {error}.")


def _rows(
    reader: Reader,
    file: str,
    lines: Iterator[tuple[int, list[str]]],
    needed: tuple[str, ...],
    optional: tuple[str, ...],
) -> Iterator[CsvRow]:
    header = [cell.strip() for cell in next(lines, (1, []))[1]]
    missing = [column for column in needed if column not in header]
    if missing:
        got = ", ".join(header) or "an empty file"
        for sign, words in ((";", "semicolons"), ("\t", "tabs")):
            if len(header) == 1 and sign in header[0]:
                reader.faults.add_at(file, 1, "", f"is separated by {words}: save it with commas.")
                return
        reader.faults.add_at(file, 1, "", f"needs the columns {', '.join(needed)}; got {got}.")
        return
    for column in header:
        if column not in needed + optional or header.count(column) > 1:
            hint = nearest(column, needed + optional)
            twice = "is there twice" if header.count(column) > 1 else "is not a column caresim knows"
            reader.faults.add_at(file, 1, "", f'"{column}" {twice}.{hint}')
            return
    found = False
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        found = True
        if len(cells) != len(header):
            count = f"has {len(cells)} cells where the header has {len(header)}."
            reader.faults.add_at(file, line, "", count)
            continue
        named = {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
        yield CsvRow(reader, file, line, named)
    if not found:
        reader.faults.add_at(file, 1, "", "has a header and nothing below it.")


def read_by_day(reader: Reader, node: Node, column: str) -> list[tuple[float, float]]:
    """(day, figure) of each line of a file of `date` and `column`, in order of time."""
    found: dict[float, float] = {}
    for row in read_rows(reader, node, ("date", column), ()):
        text = row.cells["date"]
        try:
            day = float((date.fromisoformat(text) - reader.names.start).days)
        except ValueError:
            row.fault("date", f'needs a date, for example 2019-04-01; got "{text}".')
            continue
        value = row.number(column, 0, 100_000)
        if day in found:
            row.fault("date", f"{text} is here twice.")
        if column == "count" and value != int(value):
            row.fault(column, f"needs a whole number; got {row.cells[column]}.")
        found[day] = value
    return sorted(found.items())


def read_weighted_values(reader: Reader, node: Node, column: str, high: float) -> list[tuple[float, float]]:
    """(value, weight) of each line of a file of `column` and, if it likes, `weight`."""
    rows = [
        (row.number(column, 0, high), row.number("weight", blank=1.0))
        for row in read_rows(reader, node, (column,), ("weight",))
    ]
    if rows and not any(weight > 0 for _, weight in rows):
        reader.fault(node, "needs a weight above 0.")
    return rows


def read_census(reader: Reader, node: Node, service: str) -> tuple[CensusRow, ...]:
    """The people of one service in a census file."""
    names = reader.names
    found = []
    for row in read_rows(reader, node, _CENSUS, tuple(names.attributes)):
        before = len(reader.faults)
        cells = row.cells
        row.known("service", names.services)
        row.known("state", STATES)
        if cells["state"] == "delayed":
            row.known("waiting_for", names.services)
        if cells["state"] != "delayed" and cells["waiting_for"] not in ("", cells["service"]):
            row.fault("waiting_for", "is for people who are delayed; leave it empty.")
        for attribute, values in names.attributes.items():
            if cells.get(attribute):
                row.known(attribute, values)
        elapsed, waited = row.number("elapsed_days", blank=0.0), row.number("waited_days", blank=0.0)
        if cells["service"] == service and len(reader.faults) == before:
            found.append(
                CensusRow(
                    state=cells["state"],
                    waiting_for=cells["waiting_for"] if cells["state"] == "delayed" else None,
                    elapsed=elapsed,
                    waited=waited,
                    attributes={name: cells[name] for name in names.attributes if cells.get(name)},
                )
            )
    return tuple(found)
