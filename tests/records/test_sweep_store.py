"""The store of a sweep: what was synced is there after any end, whoever else writes and folds."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import caresim
from caresim.errors import ResultsError
from caresim.records import journal, sweep_contents, sweep_folder, sweep_folding
from caresim.records.sweep_combining import combine
from caresim.records.sweep_folder import is_store
from caresim.records.sweep_records import read_store
from caresim.records.sweep_store import SweepStore
from records.sweep_by_hand import (
    FIRST,
    SECOND,
    delays,
    experiment,
    failure,
    key_of,
    people_of,
    replication,
    run,
    run_end,
    scenario,
)

KEYS = {(s, n): key_of(s, n) for s in (FIRST, SECOND) for n in range(200)}


def filled(folder: Path, *records: dict, compact: bool = False) -> Path:
    with SweepStore.open(folder) as store:
        for record in records:
            store.append(record)
        store.sync()
        if compact:
            store.compact()
    return folder


def numbers_in(folder: Path) -> list[int]:
    return sorted(read_store(folder).replications["replication"].tolist())


def journals(folder: Path) -> list[Path]:
    return sorted((folder / "journals").glob("*.journal"))


def parts(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "parts").iterdir() if path.suffix == "")


def started(code: str, *arguments: object) -> subprocess.Popen[str]:
    path = [str(Path(caresim.__file__).parent.parent), str(Path(__file__).parent.parent)]
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# --- writing and asking ----------------------------------------------------------------------


def test_what_was_synced_is_there_when_opened_again(tmp_path):
    filled(tmp_path / "store", replication(number=1, tables=("delays",)), replication(number=2))
    with SweepStore.open(tmp_path / "store") as store:
        assert store.has(KEYS[FIRST, 1], ["people", "share"], ["delays"])
        assert store.has(KEYS[FIRST, 2], ["people"], [])
        assert not store.has(KEYS[FIRST, 2], ["people"], ["delays"])
        assert not store.has(KEYS[FIRST, 1], ["people", "other"], [])
        assert not store.has(KEYS[FIRST, 3], [], [])
        assert dict(store.measures_of(KEYS[FIRST, 1])) == {"people": 11.0, "share": 0.1}
        assert store.measures_of(KEYS[FIRST, 2])["share"] != store.measures_of(KEYS[FIRST, 2])["share"]
        assert store.notes == []


def test_a_figure_that_is_none_is_not_a_figure_that_was_not_kept(tmp_path):
    """Both are null in a part; only the second has to be run again."""
    filled(tmp_path, replication(number=1, measures={"a": None}), compact=True)
    filled(tmp_path, replication(number=2, measures={"a": 1.0, "b": 2.0}), compact=True)
    with SweepStore.open(tmp_path) as store:
        assert store.has(KEYS[FIRST, 1], ["a"])
        assert not store.has(KEYS[FIRST, 1], ["b"])
        assert pd.isna(store.measures_of(KEYS[FIRST, 1])["a"])


@pytest.mark.parametrize("compact", [False, True])
def test_two_records_of_one_replication_count_once_with_all_that_either_keeps(tmp_path, compact):
    filled(tmp_path, replication(measures={"a": 1.0}, tables=("delays",)), compact=compact)
    filled(tmp_path, replication(measures={"b": 2.0}), replication(measures={"b": 2.0}), compact=compact)
    with SweepStore.open(tmp_path) as store:
        assert store.has(KEYS[FIRST, 1], ["a", "b"], ["delays"])
        assert dict(store.measures_of(KEYS[FIRST, 1])) == {"a": 1.0, "b": 2.0}
    rows = read_store(tmp_path).replications
    assert rows[["a", "b"]].to_numpy().tolist() == [[1.0, 2.0]]


def test_an_experiment_written_again_is_the_newest(tmp_path):
    later = experiment(written_at="2026-02-01T00:00:00+00:00")
    filled(tmp_path, later, experiment(), compact=True)
    with SweepStore.open(tmp_path) as store:
        assert store.experiment("e1")["written_at"] == later["written_at"]
        assert store.experiment("e2") is None


def test_a_scenario_is_kept_once(tmp_path):
    filled(tmp_path, scenario(), scenario())
    filled(tmp_path, scenario())
    text = b"".join(path.read_bytes() for path in journals(tmp_path))
    assert text.count(b'"scenario":"' + FIRST.encode()) == 1


@pytest.mark.parametrize("compact", [False, True])
def test_a_store_says_whether_it_holds_all_of_some_scenarios(tmp_path, compact):
    with SweepStore.open(tmp_path) as store:
        assert store.holds_scenarios([])
        store.append(scenario(FIRST))
        assert store.holds_scenarios([FIRST])
        assert not store.holds_scenarios([FIRST, SECOND])
    filled(tmp_path, scenario(SECOND), compact=compact)
    with SweepStore.open(tmp_path) as store:
        assert store.holds_scenarios([FIRST, SECOND, FIRST])
        assert not store.holds_scenarios(["c" * 32])


def test_a_scenario_that_was_set_aside_is_no_longer_held(tmp_path):
    filled(tmp_path, scenario(FIRST), compact=True)
    filled(tmp_path, scenario(SECOND))
    (journal_file,) = journals(tmp_path)
    journal_file.write_bytes(journal_file.read_bytes().replace(SECOND.encode(), b"c" * 32))
    with SweepStore.open(tmp_path, mend=True) as store:
        assert store.holds_scenarios([FIRST])
        assert not store.holds_scenarios([SECOND])
        store.append(scenario(SECOND))
    (part,) = parts(tmp_path)
    file = part / "scenarios.parquet"
    file.write_bytes(file.read_bytes()[:-5] + b"wrong")
    with SweepStore.open(tmp_path, mend=True) as store:
        assert store.holds_scenarios([SECOND])
        assert not store.holds_scenarios([FIRST])
        store.append(scenario(FIRST))
        store.compact()
    assert {read_store(tmp_path).scenario(name)["scenario"] for name in (FIRST, SECOND)} == {FIRST, SECOND}


def test_what_a_record_says_beside_is_kept_through_compaction(tmp_path):
    """A later caresim may write more: nothing of it goes."""
    filled(tmp_path, replication(attempts=2), {"kind": "remark", "words": "all well"}, compact=True)
    (part,) = parts(tmp_path)
    told = pd.read_parquet(part / "replications.parquet")["other"].tolist()
    assert [json.loads(text) for text in told] == [{"attempts": 2}]
    said = pd.read_parquet(part / "records.parquet")["json"].tolist()
    assert [json.loads(text) for text in said] == [{"kind": "remark", "words": "all well"}]


def test_a_record_that_lacks_what_it_is_read_by_is_not_taken(tmp_path):
    with SweepStore.open(tmp_path) as store:
        lacking = {name: value for name, value in replication().items() if name != "key"}
        with pytest.raises(ValueError, match="needs key"):
            store.append(lacking)
        with pytest.raises(ValueError, match="cannot be named seed"):
            store.append(replication(measures={"seed": 1.0}))


# --- ends ------------------------------------------------------------------------------------

WRITES = """
import sys
from caresim.records.sweep_store import SweepStore
from records.sweep_by_hand import replication, FIRST
with SweepStore.open(sys.argv[1]) as store:
    begin = int(sys.argv[2])
    for number in range(begin, begin + 100_000):
        store.append(replication(FIRST, number, tables=("delays",)))
        if number % 3 == 0:
            store.sync()
            print(number, flush=True)
        if number % 40 == 39:
            store.compact()
"""


def test_killed_at_random_moments_everything_reported_after_a_sync_is_there(tmp_path):
    """Twelve kills, each somewhere in appending, syncing or folding; seeded, so not always elsewhere."""
    rng = random.Random(20260101)
    begin, told = 0, set()
    for _ in range(12):
        writer = started(WRITES, tmp_path / "store", begin)
        last = int(writer.stdout.readline())  # It has begun.
        time.sleep(rng.uniform(0, 0.25))
        writer.kill()
        rest = writer.stdout.read().split("\n")[:-1]
        writer.wait()
        last = max([last, *map(int, rest)])
        told |= set(range(begin, last + 1))
        store = read_store(tmp_path / "store")
        there = set(store.replications["replication"].tolist())
        assert told <= there
        rows = store.table("delays").groupby("replication").size()
        assert {n: rows.get(n, 0) for n in told} == {n: n % 3 for n in told}
        begin = max(there) + 1
    assert len(told) > 50
    with SweepStore.open(tmp_path / "store") as store:
        store.compact()
    assert told <= set(numbers_in(tmp_path / "store"))
    assert journals(tmp_path / "store") == []


def test_a_torn_last_record_is_noted_and_left_out(tmp_path):
    filled(tmp_path, replication(number=1), replication(number=2))
    (file,) = journals(tmp_path)
    file.write_bytes(file.read_bytes()[:-7])
    with SweepStore.open(tmp_path) as store:
        assert store.has(KEYS[FIRST, 1], ["people"])
        assert not store.has(KEYS[FIRST, 2], ["people"])
        (note,) = store.notes
        assert note.startswith(f"{file}: its last record was never finished")
        store.append(replication(number=2))
        store.compact()
        assert store.notes == [note]
    assert numbers_in(tmp_path) == [1, 2]


FOLDING_STEPS = ("write", "sums", "renamed", "part_gone", "journal_gone")
FOLDS = """
import os, sys
from pathlib import Path
from caresim.records import parquet, sweep_folding
from caresim.records.sweep_store import SweepStore
from records.sweep_by_hand import replication, FIRST

step = sys.argv[2]
def ends_after(owner, name, n=1, before=False):
    real, calls = getattr(owner, name), []
    def shim(*args, **more):
        calls.append(0)
        if before and len(calls) == n:
            os._exit(7)
        answer = real(*args, **more)
        if len(calls) == n:
            os._exit(7)
        return answer
    setattr(owner, name, shim)

with SweepStore.open(sys.argv[1]) as store:
    store.append(replication(FIRST, 5, tables=("delays",)))
    store.sync()
    if step == "write":
        ends_after(sweep_folding, "write_rows")
    elif step == "sums":
        ends_after(sweep_folding, "write_sums")
    elif step == "renamed":
        ends_after(sweep_folding, "_remove_part", before=True)
    elif step == "part_gone":
        ends_after(sweep_folding, "_remove_part")
    elif step == "journal_gone":
        ends_after(Path, "unlink", 2)
    store.compact()
os._exit(0)
"""


@pytest.mark.parametrize("step", FOLDING_STEPS)
def test_folding_that_ends_at_any_step_loses_and_doubles_nothing(tmp_path, step):
    filled(tmp_path, *(replication(number=n, tables=("delays",)) for n in (1, 2)), compact=True)
    filled(tmp_path, replication(number=3, tables=("delays",)))
    filled(tmp_path, replication(number=4, tables=("delays",)), scenario(), experiment(), failure(number=9))
    folding = started(FOLDS, tmp_path, step)
    assert folding.wait() == 7, "it did not end where it should"
    for _ in range(2):
        store = read_store(tmp_path)
        assert store.replications["replication"].tolist() == [1, 2, 3, 4, 5]
        expected = pd.concat([delays(FIRST, n) for n in range(1, 6)], ignore_index=True)
        pd.testing.assert_frame_equal(store.table("delays").drop(columns=["scenario", "seed"]), expected)
        assert store.scenario(FIRST)["name"] == "By hand"
        assert [record["experiment"] for record in store.experiments] == ["e1"]
        assert store.failures["replication"].tolist() == [9]
        with SweepStore.open(tmp_path) as again:
            again.compact()
    assert journals(tmp_path) == []
    assert not [path for path in (tmp_path / "parts").iterdir() if path.name.startswith(".")]


def test_a_full_disk_while_folding_is_told_and_loses_nothing(tmp_path, monkeypatch):
    filled(tmp_path, replication(number=1))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with SweepStore.open(tmp_path) as store, monkeypatch.context() as patch:
        patch.setattr(sweep_folding, "write_rows", full)
        with pytest.raises(ResultsError, match=r"Every record is still there.*Make room on the disk"):
            store.compact()
        store.append(replication(number=2))
    assert numbers_in(tmp_path) == [1, 2]
    with SweepStore.open(tmp_path) as store:
        store.compact()
    assert numbers_in(tmp_path) == [1, 2]


def test_after_a_failed_sync_the_store_closes_quietly_and_keeps_what_was_safe(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with SweepStore.open(tmp_path) as store, monkeypatch.context() as patch:
        store.append(replication(number=1))
        store.sync()
        patch.setattr(journal, "flush", full)
        store.append(replication(number=2))
        with pytest.raises(ResultsError, match="No space left"):
            store.sync()
        store.close()
    assert numbers_in(tmp_path) == [1]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_only_be_read_is_refused_before_anything_is_run(tmp_path):
    filled(tmp_path / "store", replication())
    (tmp_path / "store" / "journals").chmod(0o555)
    try:
        with pytest.raises(ResultsError, match=r"cannot be written.*Choose a folder that you may write to"):
            SweepStore.open(tmp_path / "store")
        assert numbers_in(tmp_path / "store") == [1]
    finally:
        (tmp_path / "store" / "journals").chmod(0o755)


# --- damage ----------------------------------------------------------------------------------


def edited(file: Path, old: bytes, new: bytes) -> None:
    content = file.read_bytes()
    assert content.count(old) == 1
    file.write_bytes(content.replace(old, new))


def test_a_digit_changed_by_hand_is_named_and_mended_when_asked(tmp_path):
    filled(tmp_path, *(replication(number=n) for n in (1, 2, 3)))
    (file,) = journals(tmp_path)
    edited(file, b'"people":12.0', b'"people":11.0')
    words = f"{file}:3, key {KEYS[FIRST, 2]}: is not as it was written"
    for opened in (SweepStore.open, read_store):
        with pytest.raises(ResultsError) as caught:
            opened(tmp_path)
        assert words in str(caught.value)
        assert "`caresim sweep EXPERIMENT --mend`" in str(caught.value)
    with SweepStore.open(tmp_path, mend=True) as store:
        assert [store.has(KEYS[FIRST, n], ["people"]) for n in (1, 2, 3)] == [True, False, True]
        assert store.notes == [f"{words}; set aside in {file.name}.damaged. It is to be run again."]
        store.append(replication(number=2))
    assert numbers_in(tmp_path) == [1, 2, 3]
    assert b'"people":11.0' in (tmp_path / "journals" / f"{file.name}.damaged").read_bytes()


def test_a_journal_that_is_being_written_is_not_mended(tmp_path):
    with SweepStore.open(tmp_path) as writer:
        writer.append(replication(number=1))
        writer.sync()
        (file,) = journals(tmp_path)
        edited(file, b'"people":11.0', b'"people":12.0')
        with pytest.raises(ResultsError, match=r"a process is writing to it. Wait for its end, then mend"):
            SweepStore.open(tmp_path, mend=True)


@pytest.mark.parametrize("name", ["replications", "scenarios", "records", "table-delays"])
def test_a_damaged_part_is_named_and_mended_when_asked(tmp_path, name):
    filled(tmp_path, replication(tables=("delays",)), scenario(), experiment(), compact=True)
    file = parts(tmp_path)[0] / f"{name}.parquet"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(ResultsError) as caught:
        read_store(tmp_path).table("delays")
    assert f"{file}: is not as it was written" in str(caught.value)
    with SweepStore.open(tmp_path, mend=True) as store:
        assert store.has(KEYS[FIRST, 1], ["people"]) == (name != "replications")
        whole = name not in ("replications", "table-delays")
        assert store.has(KEYS[FIRST, 1], ["people"], ["delays"]) == whole
        for record in (replication(tables=("delays",)), scenario(), experiment()):
            store.append(record)
        store.compact()
        aside = tmp_path / "parts" / f"{file.parent.name}.{file.name}.damaged"
        (note,) = store.notes
        assert note.startswith(f"{file}: is not as it was written; set aside in {aside.name}. ")
    assert aside.read_bytes() == bytes(content)
    again = read_store(tmp_path)
    assert len(again.table("delays")) == 1
    assert again.scenario(FIRST)["name"] == "By hand"
    assert len(again.experiments) == len(again.replications) == 1


AGAIN = "to be run again"
UNKNOWN = "by which code, when and where they ran is no longer known, and cannot be found out"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("replications.parquet", {AGAIN}),
        ("table-delays.parquet", {AGAIN, "table delays"}),
        ("scenarios.parquet", {"worked out again"}),
        ("records.parquet", {UNKNOWN, "no figure is lost"}),
        ("sums.json", {AGAIN, "worked out again", UNKNOWN, "no figure is lost"}),
    ],
)
def test_what_a_damaged_part_costs_is_told_by_what_it_held(tmp_path, name, words):
    """A run's record cannot be had again: saying it were would be a lie."""
    filled(tmp_path, replication(tables=("delays",)), scenario(), experiment(), run(), compact=True)
    file = parts(tmp_path)[0] / name
    file.write_bytes(b"x" * len(file.read_bytes()))
    with SweepStore.open(tmp_path, mend=True) as store:
        (note,) = store.notes
    assert {
        word
        for word in (AGAIN, "table delays", "worked out again", UNKNOWN, "no figure is lost")
        if word in note
    } == words


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (replication(), "It is to be run again."),
        (failure(), "It is to be run again."),
        (scenario(), "It is worked out again by the sweep that asks for it."),
        (experiment(), "It is there again once it is swept again."),
        (run(), "By which code, when and where it ran is no longer known, and cannot be found out"),
        (run_end(), "When it ended and how long it took is no longer known"),
        ({"kind": "claim", "keys": ["k"]}, "Nothing is lost with it."),
    ],
)
def test_what_a_damaged_line_costs_is_told_by_what_it_was(tmp_path, record, words):
    filled(tmp_path, record)
    (file,) = journals(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:-3] + b"xx\n")
    with SweepStore.open(tmp_path, mend=True) as store:
        (note,) = store.notes
    assert f"set aside in {file.name}.damaged. {words}" in note
    assert (AGAIN in note) == (record["kind"] in ("replication", "failure"))


def test_a_line_of_which_nothing_can_be_read_is_not_said_to_be_a_replication(tmp_path):
    filled(tmp_path, replication())
    (file,) = journals(tmp_path)
    first = file.read_bytes().splitlines(keepends=True)[0]
    file.write_bytes(first + b"?" * 200 + b"\n")
    with SweepStore.open(tmp_path, mend=True) as store:
        assert (
            "What it was cannot be read any more. If it was a replication, it is to be run again."
            in store.notes[0]
        )


@pytest.mark.parametrize("name", ["table-delays.parquet", "replications.parquet", "sums.json"])
def test_a_file_of_a_part_that_was_taken_away_is_missing_not_changed(tmp_path, name):
    filled(tmp_path, replication(tables=("delays",)), compact=True)
    file = parts(tmp_path)[0] / name
    file.unlink()
    with pytest.raises(ResultsError, match=f"{name}: is missing\n"):
        SweepStore.open(tmp_path)
    with SweepStore.open(tmp_path, mend=True) as store:
        (note,) = store.notes
    assert note.startswith(f"{file}: is missing")
    assert ("set aside" in note) == (name == "sums.json"), "there is nothing of it to set aside"
    assert AGAIN in note


def test_a_table_taken_away_while_it_is_read_is_missing(tmp_path):
    store = read_store(filled(tmp_path, replication(tables=("delays",)), compact=True))
    (parts(tmp_path)[0] / "table-delays.parquet").unlink()
    with pytest.raises(ResultsError, match=r"table-delays\.parquet: is missing\n"):
        store.table("delays")


@pytest.mark.parametrize("lost", [(), ("parts",), ("journals",)])
def test_a_store_that_lost_its_mark_is_told_how_to_have_it_again(tmp_path, lost):
    filled(tmp_path, replication(number=1), compact=True)
    filled(tmp_path, replication(number=2))
    there = [n for n, folder in ((1, "parts"), (2, "journals")) if folder not in lost]
    for folder in lost:
        shutil.rmtree(tmp_path / folder)
    (tmp_path / "store.json").unlink()
    for opened in (SweepStore.open, read_store):
        with pytest.raises(ResultsError, match=r"lost its store\.json") as caught:
            opened(tmp_path)
        assert "another folder" not in str(caught.value)
    assert is_store(tmp_path), "to compare and results it is a store, and they tell so"
    (advice,) = re.findall(r"Write (\{.*\}) into", str(caught.value))
    (tmp_path / "store.json").write_text(advice, encoding="utf-8")
    assert numbers_in(tmp_path) == there


def test_a_store_is_told_from_other_folders(tmp_path):
    filled(tmp_path / "store")
    (tmp_path / "other" / "parts").mkdir(parents=True)
    (tmp_path / "file").write_text("", encoding="utf-8")
    asked = ("store", "other", "file", "none")
    assert [is_store(tmp_path / name) for name in asked] == [True, False, False, False]
    assert is_store(str(tmp_path / "store"))


def test_one_flipped_bit_in_the_sums_of_a_part_costs_nothing(tmp_path):
    filled(tmp_path, replication(), compact=True)
    file = parts(tmp_path)[0] / "sums.json"
    content = bytearray(file.read_bytes())
    content[40] ^= 1
    file.write_bytes(content)
    assert numbers_in(tmp_path) == [1]
    file.write_bytes(b"nothing of it is left\n")
    with pytest.raises(ResultsError, match=r"sums.json: is not as it was written"):
        read_store(tmp_path)
    with SweepStore.open(tmp_path, mend=True) as store:
        assert not store.has(KEYS[FIRST, 1], ["people"])
    assert numbers_in(tmp_path) == []


def test_a_replication_that_came_out_otherwise_the_second_time_is_noted(tmp_path):
    filled(
        tmp_path, replication(measures={"people": 1.0}), replication(measures={"people": 2.0}, rows="4567")
    )
    store = read_store(tmp_path)
    assert store.notes == [
        f"{tmp_path}: replication {KEYS[FIRST, 1]} was run twice and did not come out the same."
    ]
    assert store.replications["people"].tolist() == [1.0]


# --- what is no store ------------------------------------------------------------------------


def test_a_newer_format_is_refused_in_words(tmp_path):
    filled(tmp_path, replication())
    (tmp_path / "store.json").write_text('{"format": 2, "made_by": "caresim 9"}', encoding="utf-8")
    words = (
        f"{tmp_path}: written in store format 2; this caresim reads 1. "
        "Use a newer caresim, or run the sweep again into another folder."
    )
    for opened in (SweepStore.open, read_store):
        with pytest.raises(ResultsError) as caught:
            opened(tmp_path)
        assert str(caught.value) == words


def test_other_folders_are_refused_and_left_alone(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ResultsError, match="holds the results of one run, not the store of a sweep"):
        SweepStore.open(tmp_path / "run")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"")
    with pytest.raises(ResultsError, match=r'such as "cat\.jpg", and no store\.json'):
        SweepStore.open(tmp_path / "photos")
    with pytest.raises(ResultsError, match="is a file"):
        SweepStore.open(tmp_path / "photos" / "cat.jpg")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["cat.jpg", "manifest.json", "photos", "run"]


def test_reading_makes_no_store(tmp_path):
    with pytest.raises(ResultsError, match="there is no such folder"):
        read_store(tmp_path / "nowhere")
    with pytest.raises(ResultsError, match="is not the store of a sweep"):
        read_store(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_store_made_only_in_part_is_made_whole(tmp_path):
    """The end came between the mark and the folders."""
    sweep_folder.make_store(tmp_path / "store")
    assert numbers_in(filled(tmp_path / "store", replication())) == [1]


# --- several processes -----------------------------------------------------------------------


def test_two_writers_see_what_the_other_has_synced(tmp_path):
    with SweepStore.open(tmp_path) as one, SweepStore.open(tmp_path) as other:
        one.append(replication(number=1))
        one.sync()
        other.append(replication(number=2))
        other.refresh()
        assert other.has(KEYS[FIRST, 1], ["people"])
        assert not one.has(KEYS[FIRST, 2], ["people"])
        other.sync()
        one.refresh()
        assert one.has(KEYS[FIRST, 2], ["people"])
        assert len(journals(tmp_path)) == 2
    assert numbers_in(tmp_path) == [1, 2]


def test_refresh_reads_only_what_is_new(tmp_path, monkeypatch):
    with SweepStore.open(tmp_path) as one, SweepStore.open(tmp_path) as other:
        for number in range(10):
            one.append(replication(number=number))
            one.sync()
        other.refresh()
        read: list[dict] = []
        add = sweep_contents.Contents.add
        monkeypatch.setattr(
            sweep_contents.Contents,
            "add",
            lambda self, record, where: (read.append(record), add(self, record, where)),
        )
        one.append(replication(number=10))
        one.sync()
        read.clear()
        other.refresh()
        assert [record["replication"] for record in read] == [10]


def test_a_journal_that_was_cut_back_and_went_on_is_not_taken_for_damaged(tmp_path):
    """Its writer met a full disk: what was read of it is gone, and other lines stand there now."""
    with SweepStore.open(tmp_path) as follower, SweepStore.open(tmp_path) as writer:
        writer.append(replication(number=1))
        writer.sync()
        (file,) = journals(tmp_path)
        safe = file.stat().st_size
        with open(file, "ab") as stream:
            stream.write(journal.encode(replication(number=2)))
        follower.refresh()
        assert follower.has(KEYS[FIRST, 2], ["people"])
        os.truncate(file, safe)
        for number in (3, 4):
            writer.append(replication(number=number, tables=("delays",)))
        writer.sync()
        follower.refresh()
        assert all(follower.has(KEYS[FIRST, n], ["people"]) for n in (1, 3, 4))


def test_a_store_is_followed_through_the_folding_of_another(tmp_path):
    filled(tmp_path, *(replication(number=n) for n in range(3)))
    with SweepStore.open(tmp_path) as follower:
        with SweepStore.open(tmp_path) as other:
            other.append(replication(number=3))
            other.compact()
            other.append(replication(number=4))
            other.compact()
        assert journals(tmp_path) == []
        follower.refresh()
        assert all(follower.has(KEYS[FIRST, n], ["people"]) for n in range(5))
        assert follower.measures_of(KEYS[FIRST, 4])["people"] == people_of(FIRST, 4)


def test_a_journal_that_is_held_is_not_folded(tmp_path):
    with SweepStore.open(tmp_path) as writer:
        writer.append(replication(number=1))
        writer.sync()
        filled(tmp_path, replication(number=2), compact=True)
        (held,) = journals(tmp_path)
        writer.append(replication(number=3))
        writer.sync()
        assert held.exists()
    assert numbers_in(tmp_path) == [1, 2, 3]


def test_only_one_folds_at_a_time(tmp_path):
    filled(tmp_path, replication(number=1))
    with SweepStore.open(tmp_path) as store, sweep_folder.only_one(tmp_path) as alone:
        assert alone
        store.append(replication(number=2))
        store.compact()
        assert len(journals(tmp_path)) == 2
        assert parts(tmp_path) == []
    assert numbers_in(tmp_path) == [1, 2]


def test_what_another_live_process_claims_is_told_until_it_is_done_or_gone(tmp_path):
    keys = [KEYS[FIRST, n] for n in range(4)]
    with SweepStore.open(tmp_path) as one:
        with SweepStore.open(tmp_path) as other:
            other.append({"kind": "claim", "keys": keys[:3]})
            other.append({"kind": "claim", "keys": keys[3:], "until": "2020-01-01T00:00:00+00:00"})
            other.append(replication(number=1))
            other.sync()
            one.append({"kind": "claim", "keys": [key_of(SECOND, 1)]})
            one.refresh()
            assert one.claimed_by_others() == {keys[0], keys[2]}
            assert other.claimed_by_others() == set()
        assert one.claimed_by_others() == set()
        one.compact()
    assert "claim" not in {kind for kind, _ in sweep_contents.Contents(tmp_path).others}
    (part,) = parts(tmp_path)
    assert pd.read_parquet(part / "records.parquet").empty


BOTH = """
import sys
from caresim.records.sweep_store import SweepStore
from records.sweep_by_hand import replication, FIRST
with SweepStore.open(sys.argv[1]) as store:
    print("there", flush=True)
    sys.stdin.readline()
    for number in range(int(sys.argv[2]), 60, 2):
        store.append(replication(FIRST, number, tables=("delays",)))
        store.sync()
        if number % 7 == 0:
            store.compact()
        store.refresh()
"""


def test_two_processes_write_and_fold_at_once_and_readers_miss_nothing(tmp_path):
    """A reader that goes on reading sees more and more, never less."""
    both = [started(BOTH, tmp_path / "store", n) for n in (0, 1)]
    for process in both:
        assert process.stdout.readline() == "there\n"
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    seen: set[int] = set()
    reads = 0
    while any(process.poll() is None for process in both):
        store = read_store(tmp_path / "store")
        there = store.replications["replication"].tolist()
        assert len(there) == len(set(there))
        assert seen <= set(there), "a record was missed"
        if there and max(n % 3 for n in there):
            rows = store.table("delays").groupby("replication").size()
            assert {n: rows.get(n, 0) for n in there} == {n: n % 3 for n in there}
        seen, reads = set(there), reads + 1
    assert [process.wait() for process in both] == [0, 0]
    assert reads > 3
    assert numbers_in(tmp_path / "store") == list(range(60))


def test_a_reader_finds_tables_and_scenarios_that_were_folded_since(tmp_path):
    filled(tmp_path, replication(tables=("delays",)), scenario())
    store = read_store(tmp_path)
    with SweepStore.open(tmp_path) as writer:
        writer.compact()
    assert journals(tmp_path) == []
    assert store.table("delays")["people"].tolist() == [11.0]
    assert store.scenario(FIRST)["name"] == "By hand"


# --- few parts -------------------------------------------------------------------------------


def test_many_small_compactions_leave_few_parts(tmp_path):
    with SweepStore.open(tmp_path) as store:
        for number in range(12):
            store.append(replication(number=number, tables=("delays",)))
            store.compact()
    assert len(parts(tmp_path)) == 1
    assert numbers_in(tmp_path) == list(range(12))
    assert read_store(tmp_path).table("delays")["replication"].tolist() == [
        1,
        2,
        2,
        4,
        5,
        5,
        7,
        8,
        8,
        10,
        11,
        11,
    ]


def test_a_large_old_part_is_left_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_folding, "SMALL", 0)
    filled(tmp_path, *(replication(SECOND, n) for n in range(200)), compact=True)
    (old,) = parts(tmp_path)
    filled(tmp_path, replication(number=1), replication(SECOND, 5), compact=True)
    assert parts(tmp_path)[0] == old
    assert len(parts(tmp_path)) == 2
    new = pd.read_parquet(parts(tmp_path)[1] / "replications.parquet")
    assert new["scenario"].tolist() == [FIRST], "what an older part has is not doubled"


def test_compacting_twice_changes_nothing(tmp_path):
    filled(tmp_path, replication(tables=("delays",)), scenario(), compact=True)
    before = [(path, path.read_bytes()) for path in sorted(tmp_path.rglob("*.parquet"))]
    with SweepStore.open(tmp_path) as store:
        store.compact()
    assert [(path, path.read_bytes()) for path in sorted(tmp_path.rglob("*.parquet"))] == before


# --- combining -------------------------------------------------------------------------------


def shards(folder: Path) -> list[Path]:
    common = [experiment(), scenario(FIRST), scenario(SECOND)]
    one = [replication(FIRST, n, tables=("delays",)) for n in (1, 2, 3)]
    two = [replication(SECOND, n, tables=("delays",)) for n in (1, 2, 3)]
    return [
        filled(folder / "one", *common, run("run-1"), *one, run_end("run-1"), compact=True),
        filled(folder / "two", *common, run("run-2"), *two, failure(SECOND, 4)),
    ]


def test_shards_combined_are_one_store(tmp_path):
    combine(tmp_path / "all", shards(tmp_path))
    together = filled(
        tmp_path / "together",
        *(replication(s, n, tables=("delays",)) for s in (FIRST, SECOND) for n in (1, 2, 3)),
    )
    one, other = read_store(tmp_path / "all"), read_store(together)
    pd.testing.assert_frame_equal(one.replications, other.replications)
    pd.testing.assert_frame_equal(one.table("delays"), other.table("delays"))
    assert one.runs["run"].tolist() == ["run-1", "run-2"]
    assert one.failures["replication"].tolist() == [4]
    assert len(one.experiments) == 1
    assert one.scenario(SECOND)["scenario"] == SECOND
    assert len(parts(tmp_path / "all")) == 1


def test_combining_again_or_with_one_more_doubles_nothing(tmp_path):
    own = shards(tmp_path)
    combine(tmp_path / "all", own[:1])
    combine(tmp_path / "all", own)
    combine(tmp_path / "all", [*own, own[0], tmp_path / "all"])
    store = read_store(tmp_path / "all")
    assert len(store.replications) == 6
    assert len(store.table("delays")) == 6
    assert [numbers_in(shard) for shard in own] == [[1, 2, 3]] * 2, "shards stay as they are"


def test_a_damaged_shard_is_named_before_anything_is_copied(tmp_path):
    own = shards(tmp_path)
    (file,) = journals(own[1])
    edited(file, b'"people":22.0', b'"people":21.0')
    with pytest.raises(ResultsError, match="is not as it was written"):
        combine(tmp_path / "all", own)
    assert not (tmp_path / "all").exists()


# --- anything in any order -------------------------------------------------------------------


class AnyOrder(RuleBasedStateMachine):
    """Whatever is done to a store, it holds what a dict would."""

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = Path(tempfile.mkdtemp())
        self.store = SweepStore.open(self.folder)
        self.safe: dict[str, dict[str, float]] = {}
        self.waiting: list[tuple[str, dict[str, float]]] = []
        self.tables: set[int] = set()

    @rule(
        number=st.integers(0, 6),
        names=st.sets(st.sampled_from("abc"), min_size=1),
        tables=st.sampled_from([(), ("delays",)]),
    )
    def append(self, number, names, tables):
        measures = {name: number + ord(name) for name in sorted(names)}
        self.store.append(replication(number=number, measures=measures, tables=tables))
        self.waiting.append((key_of(FIRST, number), measures))
        if tables:
            self.tables.add(number)

    @rule()
    def sync(self):
        self.store.sync()
        self.settle()

    @rule()
    def reopen(self):
        self.store.close()
        self.settle()
        self.store = SweepStore.open(self.folder)

    @rule()
    def compact(self):
        self.store.compact()
        self.settle()

    @rule(number=st.integers(0, 6))
    def another_adds(self, number):
        filled(self.folder, replication(number=number, measures={"d": float(number)}))
        self.safe.setdefault(key_of(FIRST, number), {})["d"] = float(number)
        self.store.refresh()

    def settle(self) -> None:
        for key, measures in self.waiting:
            self.safe.setdefault(key, {}).update(measures)
        self.waiting = []

    @invariant()
    def the_writer_knows_all(self):
        whole = {key: dict(measures) for key, measures in self.safe.items()}
        for key, measures in self.waiting:
            whole.setdefault(key, {}).update(measures)
        for number in range(7):
            key = key_of(FIRST, number)
            assert self.store.has(key, [], []) == (key in whole)
            if key in whole:
                assert dict(self.store.measures_of(key)) == whole[key]
                assert self.store.has(key, whole[key], ["delays"]) == (number in self.tables)

    @invariant()
    def a_reader_sees_what_is_safe(self):
        if self.waiting:
            return
        store = read_store(self.folder)
        columns = list(store.columns)
        there = {
            row["key"]: {name: row[name] for name in columns if not pd.isna(row[name])}
            for row in store.replications.to_dict("records")
        }
        assert there == self.safe
        if self.tables:
            rows = store.table("delays")["replication"].tolist()
            assert rows == [n for n in sorted(self.tables) for _ in range(n % 3)]

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            shutil.rmtree(self.folder)


AnyOrder.TestCase.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
test_any_order_of_doings_keeps_what_a_dict_would = AnyOrder.TestCase
