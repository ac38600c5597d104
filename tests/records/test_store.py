"""The results folder: whole or absent, read back as written, the same bytes for the same tables."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pandas as pd
import pytest

from caresim.errors import ResultsError
from caresim.records import store
from caresim.records.build import build_tables, join_tables
from caresim.records.store import read_results, write_csv, write_results
from records.rows_by_hand import INFO, three_people

MANIFEST = {"scenario": "three people", "seed": 1, "measured_days": 4.0, "first_day": "2019-04-29"}
SMALL = {"services": [{"service": "ward", "label": "Ward", "in_place": False, "reason": None}]}
TEXTS = {"scenario.yaml": "caresim: 1\n", "resolved": "name: älter\n"}


def tables_of(*replications: int) -> dict[str, pd.DataFrame]:
    wanted = ("stays", "events")
    return join_tables([build_tables(INFO, three_people(), number, wanted) for number in replications])


def write(folder: Path, **other: object) -> Path:
    parts = {"manifest": MANIFEST, "texts": TEXTS, "small": SMALL, "tables": tables_of(1, 2), **other}
    return write_results(folder, **parts)  # type: ignore[arg-type]


def test_what_is_written_is_read_back(tmp_path):
    results = read_results(write(tmp_path / "deep" / "winter"))
    for name, table in tables_of(1, 2).items():
        if len(table):
            pd.testing.assert_frame_equal(results.table(name), table)
        else:  # Parquet keeps no categories of a table without rows.
            assert list(results.table(name).columns) == list(table.columns)
    assert results.small("services") == SMALL["services"]
    assert results.small("prices") == []
    assert results.text("scenario.yaml") == "caresim: 1\n"
    assert results.text("resolved") == "name: älter\n"
    assert results.manifest["format"] == store.FORMAT
    assert results.replications == (1, 2)
    assert results.measured_days == 4.0


def test_nothing_but_the_folder_is_left_behind(tmp_path):
    write(tmp_path / "winter")
    write(tmp_path / "winter", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["winter"]


def test_equal_tables_are_equal_bytes_whatever_order_replications_came_in(tmp_path):
    write(tmp_path / "one")
    write(tmp_path / "other", tables=tables_of(2, 1))
    names = sorted(path.name for path in (tmp_path / "one").glob("*.parquet"))
    assert len(names) == 12
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes(), name


def test_a_folder_that_exists_is_refused(tmp_path):
    folder = write(tmp_path / "winter")
    with pytest.raises(ResultsError) as error:
        write(folder)
    assert str(error.value) == f"{folder}: already exists. Choose another folder, or add --replace."


def test_results_are_replaced_when_asked(tmp_path):
    folder = write(tmp_path / "winter")
    write(folder, manifest={**MANIFEST, "seed": 2}, replace=True)
    assert read_results(folder).manifest["seed"] == 2


def test_a_folder_that_holds_something_else_is_never_replaced(tmp_path):
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "chapter.tex").write_text("years of work")
    with pytest.raises(ResultsError, match="is not a results folder, so it is not replaced"):
        write(precious, replace=True)
    assert (precious / "chapter.tex").read_text() == "years of work"


def test_a_full_disk_leaves_nothing_and_keeps_what_was_there(tmp_path, monkeypatch):
    folder = write(tmp_path / "winter")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "write_parquet", full)
    with pytest.raises(ResultsError, match="results cannot be written: No space left on device"):
        write(folder, manifest={**MANIFEST, "seed": 2}, replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["winter"]
    assert read_results(folder).manifest["seed"] == 1


def test_a_rename_that_fails_puts_the_old_results_back(tmp_path, monkeypatch):
    folder = write(tmp_path / "winter")
    rename = os.rename

    def broken(source: Path, target: Path) -> None:
        if str(source).endswith(".partial"):
            raise OSError(errno.EIO, "Input/output error")
        rename(source, target)

    monkeypatch.setattr(os, "rename", broken)
    with pytest.raises(ResultsError, match="Input/output error"):
        write(folder, replace=True)
    monkeypatch.undo()
    assert read_results(folder).manifest["seed"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["winter"]


def test_a_place_that_cannot_be_written_is_said_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="results cannot be written"):
        write(tmp_path / "file" / "winter")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said_in_words(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(ResultsError, match="results cannot be written: Permission denied"):
        write(tmp_path / "winter")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("written", "remedy"), [(2, "use a newer caresim"), (0, "use the caresim that wrote it")]
)
def test_another_format_is_refused_with_a_remedy(tmp_path, written, remedy):
    folder = write(tmp_path / "winter")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": written}))
    with pytest.raises(ResultsError) as error:
        read_results(folder)
    assert str(error.value) == (
        f"{folder}: written in results format {written}; this caresim reads 1. "
        f"Run the scenario again, or {remedy}."
    )


def test_a_folder_without_results_is_said_so(tmp_path):
    with pytest.raises(ResultsError, match=r"is not a results folder: it has no manifest\.json"):
        read_results(tmp_path)
    with pytest.raises(ResultsError, match="there is no such folder"):
        read_results(tmp_path / "nowhere")


def test_a_damaged_table_is_named(tmp_path):
    folder = write(tmp_path / "winter")
    (folder / "monthly.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(ResultsError, match=r"monthly\.parquet: cannot be read"):
        read_results(folder).table("monthly")


def test_a_table_that_is_not_there_names_those_that_are(tmp_path):
    tables = {"tallies": tables_of(1)["tallies"]}
    with pytest.raises(ResultsError, match=r'has no table "stays"\. It has: tallies'):
        read_results(write(tmp_path / "winter", tables=tables)).table("stays")


def test_csv_files_hold_every_table_in_plain_words(tmp_path):
    results = read_results(write(tmp_path / "winter"))
    files = write_csv(results, tmp_path / "csv")
    assert {file.stem for file in files} == {*results.table_names, "services"}
    stays = (tmp_path / "csv" / "stays.csv").read_text().splitlines()
    assert stays[1] == "1,0,emergency,ward,-0.5,-0.5,1.5,3.25,1.0,,care,left,old,council"


def test_a_folder_that_lost_a_small_table_is_refused(tmp_path):
    """Without prices every cost would be 0, and a comparison would call that clearly less."""
    folder = write(tmp_path / "winter")
    lost = sorted((folder / "small").glob("*.json"))
    assert lost
    lost[0].unlink()
    with pytest.raises(ResultsError, match=lost[0].name):
        read_results(folder)
