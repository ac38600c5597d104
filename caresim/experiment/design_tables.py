"""Design tables: a row a variant, a column a PATH, from CSV or Excel. The one door to openpyxl.

openpyxl because it gives a cell as what it is (a date, a number, true) and what a formula came to.
What a cell means as a change is not known here; an empty one changes nothing.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from caresim.durations import format_number
from caresim.errors import nearest
from caresim.scenario.files import parse, resolve_scalar
from caresim.scenario.nodes import Node
from caresim.scenario.reader import Faults
from caresim.scenario.shape import ROOT

LARGEST_FILE = 200_000_000
EXCEL = (".xlsx", ".xlsm")
NAMING = ("variant", "group")
"""Columns that change nothing: what a variant is called, and what it belongs to."""

_PLAIN = re.compile(r"(?!-(?:\D|$))[A-Za-z0-9.\-][A-Za-z0-9 ._%\-]*")
"""Cells that are the same in YAML whatever reads them, which is nearly all."""
_COMMA = re.compile(r"((plus|minus|times)\s+)?-?\d+,\d+(\s.*)?")

Record = tuple[int, list[Any]]
"""A row as a spreadsheet counts, the header being 1, and its cells."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRow:
    """A variant as a row of a table declares it."""

    number: int
    """As a spreadsheet counts: the header is row 1."""
    changes: dict[str, Node]
    """PATH -> CHANGE, for cells that are not empty."""
    names: dict[str, str] = field(default_factory=dict)
    """variant and group, where there is such a column and the cell is not empty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A design table as it was written."""

    file: str
    paths: tuple[str, ...]
    """In order of the columns."""
    rows: tuple[TableRow, ...]
    named: bool
    """Has a column `variant`."""


def read_table(file: str, sheet: str | None, place: Node, faults: Faults) -> Table | None:
    """The table in a file; None where that cannot be read.

    Args:
        sheet: of a workbook; None: the only one.
        place: what names the file, for faults that are not in it.
    """
    ending = Path(file).suffix.lower()
    if ending in EXCEL:
        records = _excel_records(file, sheet, place, faults)
    elif ending == ".csv":
        if sheet is not None:
            faults.add(place, f"a CSV file has no sheets: leave sheet out. Got {sheet}.")
        records = _csv_records(file, faults)
    else:
        hint = " Save it as .xlsx." if ending == ".xls" else ""
        faults.add(place, f"needs a file that ends in .csv or .xlsx; got {Path(file).name}.{hint}")
        return None
    return None if records is None else _table(file, records, faults)


def _table(file: str, records: Sequence[Record], faults: Faults) -> Table | None:
    filled = [(number, cells) for number, cells in records if any(not _empty(cell) for cell in cells)]
    if not filled or filled[0][0] != 1:
        faults.add_at(file, 1, "", "needs a header: the path that each column changes.")
        return None
    header = _header(file, filled[0][1], [cells for _, cells in filled[1:]], faults)
    if header is None:
        return None
    cells_of = _Cells(file, faults)
    rows = [cells_of.row(number, header, cells) for number, cells in filled[1:]]
    if not rows:
        faults.add_at(file, 1, "", "has a header and nothing below it.")
    paths = tuple(name for name in header if name and name not in NAMING)
    for path in paths if rows else ():
        if not any(path in row.changes for row in rows) and not len(faults):
            faults.add_at(file, 1, path, "changes nothing: every cell below is empty.")
    return Table(file=file, paths=paths, rows=tuple(rows), named="variant" in header)


def _header(
    file: str, cells: Sequence[Any], below: Sequence[Sequence[Any]], faults: Faults
) -> list[str] | None:
    """The names over the columns, "" over one that is empty; None and a fault where they will not do."""
    before = len(faults)
    names = ["" if _empty(cell) else str(cell).strip() for cell in cells]
    for place, name in enumerate(names):
        letter = column_letter(place)
        if not name and any(place < len(row) and not _empty(row[place]) for row in below):
            faults.add_at(file, 1, f"column {letter}", "needs a path over what stands below.")
        elif name and name in names[:place]:
            first = column_letter(names.index(name))
            faults.add_at(file, 1, name, f"is in column {letter} and in {first}: leave one of them out.")
        elif name and "." not in name and name not in (*NAMING, *ROOT.keys):
            hint = nearest(name, NAMING) or " Beside paths there may be variant and group."
            faults.add_at(file, 1, name, f"is no path, for example services.ward.places.{hint}")
    if not any(name and name not in NAMING for name in names):
        faults.add_at(file, 1, "", "has no column that changes anything: name a path in its header.")
    return names if len(faults) == before else None


class _Cells:
    """Cells into changes; the same text is read once."""

    def __init__(self, file: str, faults: Faults) -> None:
        self._file, self._faults = file, faults

    def row(self, number: int, header: Sequence[str], cells: Sequence[Any]) -> TableRow:
        if len(cells) != len(header):
            cells_here = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
            count = f"has {cells_here} where the header has {len(header)}."
            self._faults.add_at(self._file, number, "", count)
        changes: dict[str, Node] = {}
        names: dict[str, str] = {}
        for name, cell in zip(header, cells, strict=False):
            if not name or _empty(cell):
                continue
            if name in NAMING:
                names[name] = format_number(cell) if isinstance(cell, float) else str(cell).strip()
                continue
            change = self._change(number, name, cell)
            if change is not None:
                changes[name] = change
        return TableRow(number=number, changes=changes, names=names)

    def _change(self, row: int, column: str, cell: Any) -> Node | None:
        if isinstance(cell, _Unreadable):
            self._faults.add_at(self._file, row, column, cell.why)
            return None
        if not isinstance(cell, str):
            return Node(cell, self._file, row, 0, column)
        text = cell.strip()
        if _COMMA.fullmatch(text):
            self._faults.add_at(
                self._file,
                row,
                column,
                f'has a comma in a number: write 0.95 with a point, 1200 without a comma; got "{text}".',
            )
            return None
        if _PLAIN.fullmatch(text):
            return Node(resolve_scalar(text), self._file, row, 0, column)
        before = len(self._faults)
        node = parse(text, self._file, self._faults, path=column, line=row)
        return node if len(self._faults) == before else None


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A cell of a workbook that is no value."""

    why: str


def _empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def column_letter(place: int) -> str:
    """A column as a spreadsheet names it: 0 -> A, 26 -> AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


# CSV


def _csv_records(file: str, faults: Faults) -> list[Record] | None:
    """The rows of a text separated by commas, semicolons or tabs."""
    try:
        if Path(file).stat().st_size > LARGEST_FILE:
            faults.add_at(file, 0, "", "is larger than 200 MB.")
            return None
        data = Path(file).read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        faults.add_at(file, 0, "", f"cannot be read: {(error.strerror or str(error)).lower()}.")
        return None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        faults.add_at(file, line, "", 'is not a text in UTF-8: save it from Excel as "CSV UTF-8".')
        return None
    if "\0" in text:
        faults.add_at(
            file, text[: text.index("\0")].count("\n") + 1, "", "is not a text: it holds binary data."
        )
        return None
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    records: list[Record] = []
    try:
        for number, cells in enumerate(lines, 1):
            records.append((number, list(cells)))
    except csv.Error as error:
        faults.add_at(file, len(records) + 1, "", f"is not a CSV file: {error}.")
        return None
    return records


def _separator(text: str) -> str:
    """Excel writes semicolons where numbers have decimal commas."""
    first = text.lstrip("\r\n").partition("\n")[0]

    def columns(sign: str) -> int:
        try:
            return len(next(csv.reader([first], delimiter=sign), []))
        except csv.Error:
            return 0

    return max((",", ";", "\t"), key=columns)


# Excel


def _excel_records(file: str, sheet: str | None, place: Node, faults: Faults) -> list[Record] | None:
    try:
        import openpyxl
    except ImportError:
        faults.add(place, "an Excel file needs openpyxl: pip install 'caresim[excel]', or save it as CSV.")
        return None
    try:
        with warnings.catch_warnings():
            # What openpyxl leaves out (charts, validation) is nothing to a design.
            warnings.simplefilter("ignore")
            # Twice: what formulas came to when the file was saved, and where there are any.
            values = openpyxl.load_workbook(file, data_only=True)
            written = openpyxl.load_workbook(file)
    except Exception as error:
        # openpyxl lets through whatever its XML and ZIP readers raise.
        faults.add_at(file, 0, "", f"cannot be read as an Excel file: {' '.join(str(error).split())}.")
        return None
    names = [worksheet.title for worksheet in values.worksheets]
    if sheet is None and len(names) > 1:
        faults.add(place, f"has the sheets {', '.join(names)}: say which, for example sheet: {names[0]}.")
        return None
    if sheet is not None and sheet not in names:
        hint = nearest(sheet, names) or f" There {'is' if len(names) == 1 else 'are'} {', '.join(names)}."
        faults.add(place, f'there is no sheet "{sheet}" in {Path(file).name}.{hint}')
        return None
    if not names:
        faults.add_at(file, 0, "", "has no sheet with cells.")
        return None
    name = names[0] if sheet is None else sheet
    rows = zip(values[name].iter_rows(), written[name].iter_rows(), strict=True)
    records = [
        (number, [_value(cell, original) for cell, original in zip(*pair, strict=True)])
        for number, pair in enumerate(rows, 1)
    ]
    return list(_same_width(records))


def _same_width(records: list[Record]) -> Iterator[Record]:
    """Without the empty columns beyond the last that has something in it."""
    width = max(
        (i + 1 for _, cells in records for i, cell in enumerate(cells) if not _empty(cell)), default=0
    )
    for number, cells in records:
        yield number, cells[:width]


def _value(cell: Any, written: Any) -> Any:
    """A cell as YAML would have it: a number, true or false, a text, an ISO date; None if empty."""
    value = cell.value
    if written.data_type == "f" and value is None:
        return _Unreadable("is a formula that was never worked out: open the file in Excel and save it.")
    if cell.data_type == "e":
        return _Unreadable(f"holds the error {value}.")
    if isinstance(value, datetime):
        if value.time() != time():
            return _Unreadable(f"needs a date without a time of day; got {value}.")
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time | timedelta):
        return _Unreadable(f'is a time to Excel; write a text, for example "5 days"; got {value}.')
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    # As Excel shows it: a formula's 1.1550000000000002 is 1.155.
    number = float(format_number(float(value)))
    return int(number) if number == int(number) else number
