"""Every published figure is used by a system or a study, or somebody says why not."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHIPPED = ("configs/**/*.yaml", "experiments/*/*.yaml", "experiments/*/README.md")
ONE = r"\b([CESPI])(\d\d)\b"


def cited(text: str) -> set[str]:
    """Ids in a text; "C37 to C43" and "C37-C43" name all between."""
    ids = {letter + number for letter, number in re.findall(ONE, text)}
    for letter, low, other, high in re.findall(rf"{ONE}\s*(?:to|-)\s*{ONE}", text):
        if letter == other:
            ids |= {f"{letter}{number:02d}" for number in range(int(low), int(high) + 1)}
    return ids


def rows(page: str) -> list[list[str]]:
    """Cells of the rows of a page's tables that begin with an id."""
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in cells if re.fullmatch(ONE, row[0])]


def used() -> set[str]:
    files = [file for pattern in SHIPPED for file in ROOT.glob(pattern)]
    return cited("\n".join(file.read_text(encoding="utf-8") for file in files))


def test_every_fact_is_used_or_said_not_to_be() -> None:
    listed = {row[0] for row in rows("sources.md")}
    assert len(listed) == 123
    assert listed - used() - {row[0] for row in rows("facts_not_used.md")} == set()


def test_what_is_said_not_to_be_used_is_a_fact_not_used_with_a_reason() -> None:
    excused = rows("facts_not_used.md")
    assert {row[0] for row in excused} <= {row[0] for row in rows("sources.md")}
    assert {row[0] for row in excused} & used() == set()
    assert [row[0] for row in excused if len(row[1]) < 8] == []


def test_what_guides_are_said_to_show_is_in_the_levers() -> None:
    shown = cited((ROOT / "docs" / "levers.md").read_text(encoding="utf-8"))
    said = {row[0] for row in rows("facts_not_used.md") if "guide" in row[1]}
    assert said - shown == set()


def test_ranges_of_ids_name_all_between() -> None:
    assert cited("C37 to C39, E05; P07-P09") == {"C37", "C38", "C39", "E05", "P07", "P08", "P09"}
