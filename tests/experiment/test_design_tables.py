"""Design tables: the same variants from CSV and Excel, and what is said of a cell that will not do."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from caresim.errors import ScenarioError
from caresim.experiment.declared import Experiment
from caresim.experiment.design_tables import column_letter
from caresim.experiment.designs import scenario_of, variants_of
from caresim.experiment.read_experiment import read_experiment
from caresim.scenario.nodes import plain

openpyxl = pytest.importorskip("openpyxl")

SYSTEM = Path(__file__).parents[1] / "cases" / "experiments" / "system.yaml"
WARD, TEAM, HOURS = "services.ward.places", "services.team.places", "services.visits.hours"
WINTER = "events.winter.active"

Rows = Sequence[Sequence[Any]]
ROWS: Rows = [
    ["variant", "group", WARD, HOURS, WINTER, "services.ward.next", "events.winter.from"],
    ["as it is", "calm", None, None, None, None, None],
    ["more", "calm", 35, "times 1.05", False, None, None],
    ["winter", "cold", "plus 5", None, True, "{home: 0.7, team: 0.3}", "2020-02-03"],
]


@pytest.fixture
def study(tmp_path: Path) -> Callable[[str], Path]:
    """An experiment whose design is a table beside it."""

    def one(design: str) -> Path:
        path = tmp_path / "study.yaml"
        path.write_text(f"scenario: {SYSTEM}\ndesign: {{{design}}}\n", encoding="utf-8")
        return path

    return one


def write_csv(path: Path, rows: Rows, separator: str = ",", encoding: str = "utf-8") -> None:
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=separator)
        for row in rows:
            writer.writerow([str(cell).upper() if isinstance(cell, bool) else cell for cell in row])


def write_excel(path: Path, sheets: dict[str, Rows]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)


def made(experiment: Experiment) -> list[tuple[str, str | None, list[tuple[str, object]]]]:
    return [
        (variant.name, variant.group, [(path, plain(change)) for path, change in variant.changes])
        for variant in variants_of(experiment)
    ]


def told(path: Path) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        read_experiment(path)
    return [str(fault).replace(f"{path.parent}/", "") for fault in caught.value.faults]


EXPECTED = [
    ("as it is", "calm", []),
    ("more", "calm", [(WARD, 35), (HOURS, "times 1.05"), (WINTER, False)]),
    (
        "winter",
        "cold",
        [
            (WARD, "plus 5"),
            (WINTER, True),
            ("services.ward.next", {"home": 0.7, "team": 0.3}),
            ("events.winter.from", "2020-02-03"),
        ],
    ),
]

# The same table, however it is kept


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_row_of_a_csv_is_a_variant_and_an_empty_cell_changes_nothing(
    study: Callable[[str], Path], separator: str, encoding: str
) -> None:
    path = study("table: runs.csv")
    write_csv(path.parent / "runs.csv", ROWS, separator, encoding)
    assert made(read_experiment(path)) == EXPECTED


def test_a_sheet_gives_the_same_variants_as_the_csv(study: Callable[[str], Path]) -> None:
    path = study("table: runs.xlsx, sheet: Variants")
    write_excel(path.parent / "runs.xlsx", {"Notes": [["not this"]], "Variants": ROWS})
    from_excel = read_experiment(path)
    assert made(from_excel) == EXPECTED
    write_csv(path.parent / "runs.csv", ROWS)
    from_csv = read_experiment(study("table: runs.csv"))
    for one, other in zip(variants_of(from_excel), variants_of(from_csv), strict=True):
        assert scenario_of(from_excel, one) == scenario_of(from_csv, other)
        assert (one.levels, one.numbers) == (other.levels, other.numbers)


def test_a_grid_written_out_as_a_table_is_the_same_grid(study: Callable[[str], Path]) -> None:
    path = study("table: runs.csv")
    grid = path.parent / "grid.yaml"
    grid.write_text(
        f"scenario: {SYSTEM}\n"
        f"vary: {{{WARD}: [30, plus 3], {HOURS}: {{from: times 0.9, to: times 1.1, step: 0.1}}}}\n"
    )
    whole = read_experiment(grid)
    rows = [["variant", WARD, HOURS]]
    rows += [[v.name, v.levels[WARD], v.levels[HOURS]] for v in variants_of(whole)]
    for name, write in (("runs.csv", write_csv), ("runs.xlsx", lambda p, r: write_excel(p, {"A": r}))):
        write(path.parent / name, rows)
        table = read_experiment(study(f"table: {name}"))
        assert made(table) == made(whole)
        assert table.factors[1].low == 0.9
        assert [level.text for level in table.factors[1].levels] == ["times 0.9", "times 1", "times 1.1"]


def test_cells_of_a_workbook_are_what_excel_has_them_as(study: Callable[[str], Path]) -> None:
    path = study("table: runs.xlsx")
    cells = [35.0, 0.30000000000000004, True, date(2020, 2, 3), datetime(2020, 2, 20), "0.25", "true"]
    paths = [WARD, "services.ward.next.assessment", WINTER, "events.winter.from", "events.winter.to"]
    rows = [
        [*paths, "services.assessment.next.team", "services.assessment.in_place"],
        cells,
        [36, *[None] * 6],
    ]
    write_excel(path.parent / "runs.xlsx", {"A": rows})
    first, second = made(read_experiment(path))
    assert first == (
        "row 2",
        None,
        [
            (WARD, 35),
            ("services.ward.next.assessment", 0.3),
            (WINTER, True),
            ("events.winter.from", "2020-02-03"),
            ("events.winter.to", "2020-02-20"),
            ("services.assessment.next.team", 0.25),
            ("services.assessment.in_place", True),
        ],
    )
    assert second == ("row 3", None, [(WARD, 36)])


def test_a_formula_is_what_it_came_to_when_the_file_was_saved(study: Callable[[str], Path]) -> None:
    """openpyxl writes formulas without their values, as Excel never does: so a value is put in beside it."""
    path = study("table: runs.xlsx")
    file = path.parent / "runs.xlsx"
    write_excel(file, {"A": [[WARD, TEAM], ["=30+5", 20]]})
    needs = "is a formula that was never worked out: open the file in Excel and save it."
    assert told(path) == [f"runs.xlsx:2, {WARD}: {needs}"]
    _rewrite(file, "xl/worksheets/sheet1.xml", b"<f>30+5</f><v />", b"<f>30+5</f><v>35</v>")
    assert made(read_experiment(path)) == [("row 2", None, [(WARD, 35), (TEAM, 20)])]


def _rewrite(file: Path, name: str, old: bytes, new: bytes) -> None:
    """One text of a workbook, replaced."""
    from zipfile import ZipFile

    with ZipFile(file) as book:
        parts = {part: book.read(part) for part in book.namelist()}
    assert old in parts[name]
    parts[name] = parts[name].replace(old, new)
    with ZipFile(file, "w") as book:
        for part, data in parts.items():
            book.writestr(part, data)


def test_rows_are_numbered_as_the_spreadsheet_does_also_after_empty_ones_and_long_cells(
    study: Callable[[str], Path],
) -> None:
    rows: Rows = [
        ["variant", WARD, "services.ward.label"],
        ["a", 30, "two\nlines"],
        [None, None, None],
        ["b", -3, None],
    ]
    path = study("table: runs.csv")
    write_csv(path.parent / "runs.csv", rows)
    assert [fault.partition(":")[2].partition(",")[0] for fault in told(path)] == ["4"]
    path = study("table: runs.xlsx")
    write_excel(path.parent / "runs.xlsx", {"A": rows})
    fault = f'runs.xlsx:4, {WARD}: needs a whole number, 0 or more; got -3. (In the variant "b".)'
    assert told(path) == [fault]


def test_every_faulty_cell_is_told_at_once(study: Callable[[str], Path]) -> None:
    path = study("table: runs.xlsx")
    rows: Rows = [
        [WARD, TEAM, HOURS, "events.winter.from"],
        [30, "=1/0", "1,5", datetime(2020, 2, 3, 12)],
        [31, "+4", time(8), None],
    ]
    write_excel(path.parent / "runs.xlsx", {"A": rows})
    assert [fault.partition(": ")[0] for fault in told(path)] == [
        f"runs.xlsx:2, {TEAM}",
        f"runs.xlsx:2, {HOURS}",
        "runs.xlsx:2, events.winter.from",
        f"runs.xlsx:3, {TEAM}",
        f"runs.xlsx:3, {HOURS}",
    ]


def test_a_bad_cell_hides_no_other_fault_of_the_table(study: Callable[[str], Path]) -> None:
    path = study("table: runs.csv")
    rows: Rows = [["variant", WARD, "services.tem.places"], ["a", "1,5", "3"], ["a", "-4", None], ["c", "9"]]
    write_csv(path.parent / "runs.csv", rows)
    assert [fault.partition(": ")[0] for fault in told(path)] == [
        f"runs.csv:2, {WARD}",
        "runs.csv:2, services.tem.places",
        "runs.csv:3, variant",
        f"runs.csv:3, {WARD}",
        "runs.csv:4",
    ]


def test_one_cell_is_called_one_cell(study: Callable[[str], Path]) -> None:
    path = study("table: runs.csv")
    (path.parent / "runs.csv").write_text(f"{WARD},{TEAM}\n30\n")
    assert told(path) == ["runs.csv:2: has 1 cell where the header has 2."]


def test_an_error_of_excel_is_no_value(study: Callable[[str], Path]) -> None:
    path = study("table: runs.xlsx")
    write_excel(path.parent / "runs.xlsx", {"A": [[WARD], ["#DIV/0!"]]})
    assert told(path) == [f"runs.xlsx:2, {WARD}: holds the error #DIV/0!."]


@pytest.mark.parametrize(
    ("sheets", "design", "fault"),
    [
        (["A", "B"], "", "design.table: has the sheets A, B: say which, for example sheet: A."),
        (
            ["Runs"],
            ", sheet: Rnus",
            'design.sheet: there is no sheet "Rnus" in runs.xlsx. Did you mean "Runs"?',
        ),
        (["A"], ", sheet: Z", 'design.sheet: there is no sheet "Z" in runs.xlsx. There is A.'),
    ],
)
def test_a_sheet_is_named_where_there_are_several(
    study: Callable[[str], Path], sheets: list[str], design: str, fault: str
) -> None:
    path = study(f"table: runs.xlsx{design}")
    write_excel(path.parent / "runs.xlsx", {name: [[WARD], [30]] for name in sheets})
    assert told(path) == [f"study.yaml:2, {fault}"]


def test_an_empty_sheet_needs_a_header(study: Callable[[str], Path]) -> None:
    path = study("table: runs.xlsx")
    write_excel(path.parent / "runs.xlsx", {"A": []})
    assert told(path) == ["runs.xlsx:1: needs a header: the path that each column changes."]


def test_empty_columns_and_rows_beyond_the_table_are_nothing(study: Callable[[str], Path]) -> None:
    path = study("table: runs.csv")
    (path.parent / "runs.csv").write_text(f"{WARD},,\n30,,\n,,\n31,,\n,,\n")
    assert made(read_experiment(path)) == [("row 2", None, [(WARD, 30)]), ("row 4", None, [(WARD, 31)])]


def test_a_table_of_thousands_of_rows_is_read_in_seconds(study: Callable[[str], Path]) -> None:
    """5,000 rows of three columns; what tries them all would take half a minute."""
    from time import perf_counter

    path = study("table: runs.csv")
    rows = [[WARD, TEAM, HOURS]]
    rows += [[str(30 + i // 70), str(20 + i % 70), f"times {1 + i / 10000:.4f}"] for i in range(5000)]
    write_csv(path.parent / "runs.csv", rows)
    began = perf_counter()
    experiment = read_experiment(path)
    assert perf_counter() - began < 10
    assert len(experiment.design.rows) == 5000


def test_columns_have_letters_as_in_a_spreadsheet() -> None:
    places = [0, 25, 26, 51, 52, 701, 702]
    assert [column_letter(place) for place in places] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
