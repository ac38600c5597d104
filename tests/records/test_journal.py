"""Journals: what was synced is there after any end, and damage costs the lines it touches."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import caresim
from caresim.errors import ResultsError
from caresim.records import journal
from caresim.records.disk import is_locked
from caresim.records.journal import Journal, Place, Reading, decode, encode, read_journal

RECORDS = [{"kind": "replication", "key": f"{number:032x}", "figure": number} for number in range(4)]


def written(folder: Path, *groups: list[dict]) -> Path:
    """A closed journal, synced after each group."""
    own = Journal.create(folder)
    for group in groups:
        for record in group:
            own.append(record)
        own.sync()
    own.close()
    return own.file


def read(file: Path, *, held: bool = False) -> tuple[list[dict], Reading]:
    reading = Reading(Place())
    return [line.record for line in read_journal(file, reading, held=held)], reading


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    path = str(Path(caresim.__file__).parent.parent)
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@example({"packed": None}, "", 0)
@given(
    st.dictionaries(st.text(), json_values, max_size=5), st.text(max_size=20), st.sampled_from([0, 1, 2000])
)
def test_any_record_comes_back_from_its_line(record, text, times):
    whole = {**record, "kind": "any", "text": text * times}
    line = encode(whole)
    assert line.index(b"\n") == len(line) - 1
    assert decode(line) == whole


def test_no_figure_is_null():
    assert decode(encode({"kind": "any", "figures": {"a": float("nan"), "b": [float("nan"), 1.0]}})) == {
        "kind": "any",
        "figures": {"a": None, "b": [None, 1.0]},
    }


def test_a_long_record_is_compressed_and_names_itself_in_clear():
    line = encode({"kind": "scenario", "scenario": "abc", "document": "again " * 10_000})
    assert len(line) < 1000
    assert b'"scenario":"abc"' in line


def test_the_first_line_names_format_and_writer(tmp_path):
    first = json.loads(written(tmp_path).read_bytes().split(b" ", 1)[1])
    assert first["kind"] == "journal"
    assert first["format"] == journal.FORMAT
    assert first["made_by"] == f"caresim {caresim.__version__}"


def test_a_journal_cut_anywhere_after_its_last_sync_still_reads(tmp_path):
    """A kill leaves any number of the bytes that were written since."""
    file = written(tmp_path, RECORDS[:2])
    safe = file.stat().st_size
    whole = file.read_bytes() + b"".join(encode(record) for record in RECORDS[2:])
    for end in range(safe, len(whole) + 1):
        file.write_bytes(whole[:end])
        records, reading = read(file)
        assert records[:2] == RECORDS[:2]
        assert records == RECORDS[: len(records)]
        assert not reading.damaged
        begun = whole[:end].rsplit(b"\n", 1)[1]
        assert reading.torn in (0, len(begun))
    assert records == RECORDS


def test_zeros_behind_the_last_record_are_a_torn_end(tmp_path):
    """What some file systems leave where power went: a longer file, its bytes never written."""
    file = written(tmp_path, RECORDS)
    file.write_bytes(file.read_bytes() + b"\0" * 4096)
    records, reading = read(file)
    assert (records, reading.torn, reading.damaged) == (RECORDS, 4096, [])


def test_the_unfinished_line_of_a_held_journal_is_not_there_yet(tmp_path):
    file = written(tmp_path, RECORDS)
    whole = file.read_bytes()
    file.write_bytes(whole[:-10])
    place = Place()
    reading = Reading(place)
    assert [line.record for line in read_journal(file, reading, held=True)] == RECORDS[:-1]
    assert reading.torn == 0
    file.write_bytes(whole)
    assert [line.record for line in read_journal(file, reading, held=True)] == RECORDS[-1:]


@pytest.mark.parametrize("number", range(4))
def test_damage_costs_its_own_line_and_is_named(tmp_path, number):
    file = written(tmp_path, RECORDS)
    lines = file.read_bytes().splitlines(keepends=True)
    lines[number + 1] = lines[number + 1].replace(f'"figure":{number}'.encode(), b'"figure":9')
    file.write_bytes(b"".join(lines))
    records, reading = read(file)
    assert records == RECORDS[:number] + RECORDS[number + 1 :]
    (damage,) = reading.damaged
    assert str(damage) == f"{file}:{number + 2}, key {number:032x}: is not as it was written"


def test_every_changed_byte_of_a_record_is_noticed(tmp_path):
    """Checksum, space, JSON: whichever byte changes, the record is not taken for what it was."""
    line = encode(RECORDS[0])
    for place in range(len(line) - 1):
        changed = bytes([*line[:place], line[place] ^ 1, *line[place + 1 :]])
        assert decode(changed) is None
    assert decode(line) == RECORDS[0]


def test_a_newer_format_is_refused_in_words(tmp_path):
    file = tmp_path / "new.journal"
    file.write_bytes(encode({"kind": "journal", "format": journal.FORMAT + 1}))
    with pytest.raises(ResultsError, match=r"store format 2; this caresim reads 1\. Use a newer caresim"):
        read(file)


def test_a_journal_is_locked_while_it_is_open_and_no_longer(tmp_path):
    own = Journal.create(tmp_path)
    assert is_locked(own.file)
    own.close()
    assert not is_locked(own.file)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_that_lives_on_does_not_keep_the_lock(tmp_path):
    code = """
import os, sys, time
from pathlib import Path
from caresim.records.journal import Journal
own = Journal.create(Path(sys.argv[1]))
if os.fork() == 0:
    sys.stdout.close(); os.close(1); os.close(2)
    time.sleep(20)
os._exit(0)
"""
    python(code, tmp_path)
    (file,) = tmp_path.glob("*.journal")
    assert not is_locked(file)


FULL = """
import resource, sys
from pathlib import Path
from caresim.errors import ResultsError
from caresim.records.journal import Journal
own = Journal.create(Path(sys.argv[1]))
own.append({"kind": "kept", "text": "x" * 1000})
own.sync()
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
for _ in range(5):
    own.append({"kind": "lost", "text": "y" * 1000})
try:
    own.sync()
except ResultsError as error:
    print(error)
print(own.file.stat().st_size)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
if len(sys.argv) > 2:
    own.sync()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on files on this system")
def test_a_full_disk_is_told_and_leaves_what_was_safe(tmp_path):
    """The limit on a file's size gives the error a full disk gives, in the middle of a line."""
    answer = python(FULL, tmp_path)
    words, size = answer.stdout.strip().rsplit("\n", 1)
    assert "cannot be written: File too large. Everything reported as finished before is kept." in words
    assert "Make room on the disk" in words
    (file,) = tmp_path.glob("*.journal")
    assert file.stat().st_size == int(size) < 1500
    records, reading = read(file)
    assert [record["kind"] for record in records] == ["kept"]
    assert (reading.torn, reading.damaged) == (0, [])


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on files on this system")
def test_what_did_not_fit_is_written_once_there_is_room(tmp_path):
    answer = python(FULL, tmp_path, "again")
    assert not answer.stderr
    (file,) = tmp_path.glob("*.journal")
    records, _ = read(file)
    assert [record["kind"] for record in records] == ["kept"] + ["lost"] * 5


def test_a_disk_that_fails_to_flush_is_told(tmp_path, monkeypatch):
    own = Journal.create(tmp_path)
    own.append(RECORDS[0])
    own.sync()
    safe = own.file.read_bytes()

    def fails(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(journal, "flush", fails)
    own.append(RECORDS[1])
    with pytest.raises(ResultsError, match="Everything reported as finished before is kept"):
        own.sync()
    assert own.file.read_bytes() == safe


def test_a_journal_taken_away_before_it_was_locked_is_not_written_to(tmp_path, monkeypatch):
    """Who folds journals may meet a new one in the moment before its writer has locked it."""
    lock, taken = journal.try_lock, []

    def folded_first(handle: int) -> bool:
        if not taken:
            taken.append(next(tmp_path.glob("*.journal")))
            shutil.move(taken[0], tmp_path / "gone")
        return lock(handle)

    monkeypatch.setattr(journal, "try_lock", folded_first)
    own = Journal.create(tmp_path)
    own.close()
    assert own.file != taken[0]
    assert own.file.exists()
