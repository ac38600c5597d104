"""How many replications are enough, in words and in a picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from caresim.errors import ResultsError
from caresim.measures.replications import Target, running
from caresim.report.figures.canvas import write_pictures
from caresim.report.replications import (
    fine,
    plus_minus,
    replications_table,
    running_picture,
    running_table,
    shown_numbers,
)
from report.test_figures import faults_of

SURE = running("dtoc_people", "people", [100.0, 101.0, 99.0, 100.0], Target(5.0, False, "5 people"))
UNSURE = running("cost_total", "pounds", [1e6, 3e6, 2e6, 2.4e6], Target(0.01, True, "1 %"))


def test_how_many_are_enough_is_said_in_words():
    table = replications_table([SURE, UNSURE])
    assert table.title == "4 replications; mean (95 % interval: low to high)"
    assert table.rows[0] == (
        "Delayed in hospital, people a day",
        "100 (99 to 101)",
        "1.3",
        "5 people",
        "yes, from 3 on",
    )
    assert table.rows[1][2:4] == ("£1.3m", "1 %: £21k")
    # sd 840,600, mean 2,100,000: (1.96 x 840,600 / 21,000)^2 is 6,155, and two more for Student's t.
    assert table.rows[1][4] == "no: about 6,200 would do"


def test_the_running_table_shows_every_replication_of_a_few():
    rows = running_table([SURE, UNSURE]).rows
    assert rows[0] == ("1", "100", "£1.0m")
    assert rows[1] == ("2", "100.5 ± 6.4", "£2m ± 13m")
    assert len(rows) == 4


def test_of_many_replications_some_are_shown_and_those_that_matter():
    numbers = shown_numbers(137, [63, None])
    assert numbers == [*range(1, 11), 15, 20, 30, 50, 63, 100, 137]
    assert shown_numbers(20, []) == list(range(1, 21))


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.1234, "people", "0.12"),
        (12.34, "days", "12"),
        (1.26, "%", "1.3"),
        (51_234, "pounds", "£51k"),
        (0, "people", "0"),
    ],
)
def test_a_half_width_has_two_digits_that_tell(value, unit, words):
    assert fine(value, unit) == words


def test_a_mean_has_the_digits_its_half_width_tells_of():
    assert plus_minus(3_397_123, 113_000, "pounds") == "£3.40m ± 0.11m"
    assert plus_minus(-0.5, 0.031, "people") == "-0.500 ± 0.031"
    assert plus_minus(float("nan"), float("nan"), "people") == "-"


def test_one_replication_says_nothing():
    alone = running("people", "people", [5.0], Target(1.0, False, "1 people"))
    assert replications_table([alone]).rows[0][-1] == "one replication cannot tell"
    assert faults_of(running_picture([alone])) == []


def test_shares_are_read_as_per_cent_throughout():
    full = running("ward.utilisation", "share", [0.8, 0.9, 0.85], Target(0.1, False, "10 points"))
    [row] = replications_table([full]).rows
    assert row[0] == "Ward: % used"
    assert row[1].startswith("85.0 (72.6")
    assert row[2] == "12"
    assert running_table([full]).rows[2][1] == "85 ± 12"
    assert faults_of(running_picture([full])) == []


@pytest.mark.parametrize("rows", [[SURE], [SURE, UNSURE]])
def test_no_words_of_half_widths_overlap_or_leave_the_figure(rows):
    assert running_picture(rows).name == "replications"
    assert faults_of(running_picture(rows)) == []


def test_pictures_are_written_as_svg_and_png(tmp_path: Path):
    written = write_pictures([running_picture([SURE])], tmp_path / "made")
    assert written == [tmp_path / "made" / f"replications.{ending}" for ending in ("svg", "png")]
    assert "<svg" in written[0].read_text(encoding="utf-8")
    assert written[1].read_bytes().startswith(b"\x89PNG")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match="figures cannot be written"):
        write_pictures([running_picture([SURE])], tmp_path / "file" / "made")
