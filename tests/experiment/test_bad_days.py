"""Days a sweep must survive: whatever ends it, nothing that was told as done is lost."""

from __future__ import annotations

import os
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import caresim
from caresim.errors import ResultsError
from caresim.experiment.rerun import rerun
from caresim.experiment.sweep import run_sweep
from caresim.experiment.work import Progress
from caresim.measures.sweeps import load
from caresim.records.sweep_store import SweepStore
from experiment.small_sweeps import EXPERIMENT, assert_same_sweep, figures, started, written

SWEEP = """\
import sys
from caresim.experiment.rerun import rerun
from caresim.experiment.sweep import run_sweep
from caresim.experiment.work import Progress
run_sweep(sys.argv[1], out=sys.argv[2], jobs=2, on_progress=lambda p: print(p.done, flush=True))
"""
"""Tells each number of replications done the moment it is told."""

FULL = """\
import resource, signal, sys
from caresim.errors import ResultsError
from caresim.experiment.rerun import rerun
from caresim.experiment.sweep import run_sweep
from caresim.experiment.work import Progress
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    run_sweep(sys.argv[1], out=sys.argv[2], jobs=1, on_progress=lambda p: print(p.done, flush=True))
except ResultsError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
"""
"""A file cannot grow beyond so many bytes: what a full disk looks like to whoever writes."""

posix = pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL and no file size limit")


@posix
@pytest.mark.slow
def test_killed_at_twenty_random_moments_a_sweep_loses_nothing_it_told(tmp_path):
    """Each end is a kill -9 of the sweep; its workers end by themselves."""
    file = written(tmp_path, EXPERIMENT.replace("replications: 3", "replications: 150"))
    store = tmp_path / "store"
    dice = random.Random(20241122)
    told, kills = 0, 0
    for _ in range(20):
        sweep = started(SWEEP, file, store)
        assert sweep.stdout is not None
        first = sweep.stdout.readline()
        if first:
            time.sleep(dice.uniform(0.0, 0.12))
        sweep.send_signal(signal.SIGKILL)
        lines = [first, *sweep.stdout.readlines()]
        kills += sweep.wait() == -signal.SIGKILL
        told = max([told, *(int(line) for line in lines if line.strip())])
        if store.exists():
            there = 600 - load(store).missing
            assert there >= told, f"{told} were told as done, {there} are there"
    assert kills >= 10, "most were killed in the middle of it"
    run_sweep(file, out=store, jobs=2)
    whole = run_sweep(file, out=tmp_path / "whole", jobs=2)
    assert_same_sweep(store, whole.folder, "delays")


@posix
def test_what_a_killed_sweep_had_claimed_is_done_by_the_one_beside_it(tmp_path):
    file = written(tmp_path, EXPERIMENT.replace("replications: 3", "replications: 150"))
    store = tmp_path / "store"
    other = started(SWEEP, file, store)
    assert other.stdout is not None
    assert other.stdout.readline(), "it is at work, and has claimed what it is at"
    claimed: list[int] = []

    def kill_the_other(_: Progress) -> None:
        if other.poll() is None:
            with SweepStore.open(store) as seen:
                claimed.append(len(seen.claimed_by_others()))
            other.kill()
            other.wait()

    outcome = run_sweep(file, out=store, jobs=1, on_progress=kill_the_other)
    assert sum(claimed) > 0, "it was killed with claims"
    assert (outcome.there, outcome.total) == (600, 600)
    assert load(store).missing == 0


@posix
def test_a_full_disk_ends_it_in_words_and_what_was_told_is_there(tmp_path):
    file = written(tmp_path, EXPERIMENT.replace("replications: 3", "replications: 60"))
    sweep = started(FULL, file, tmp_path / "store", 60_000)
    out, err = sweep.communicate(timeout=120)
    assert sweep.returncode == 2, err
    told = [int(line) for line in out.split()]
    assert told, "some were done before the disk was full"
    assert "Traceback" not in err
    assert str(tmp_path / "store") in err
    assert 240 - load(tmp_path / "store").missing >= max(told)
    rest = run_sweep(file, out=tmp_path / "store", jobs=2)
    assert rest.there == 240
    assert_same_sweep(tmp_path / "store", run_sweep(file, out=tmp_path / "whole", jobs=2).folder)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told_before_anything_is_run(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(ResultsError, match="closed"):
        run_sweep(written(tmp_path), out=tmp_path / "closed" / "store", jobs=1)


def test_a_place_that_is_a_file_is_told_before_anything_is_run(tmp_path):
    with pytest.raises(ResultsError, match="two_beds"):
        run_sweep(written(tmp_path), out=tmp_path / "two_beds.yaml" / "store", jobs=1)


def test_a_record_edited_by_hand_is_named_and_computed_again_when_asked(tmp_path):
    file = written(tmp_path)
    store = tmp_path / "store"
    sound = run_sweep(file, out=tmp_path / "sound", jobs=1).folder
    # Killed before its records became a part: they are still lines of a journal.
    code = SWEEP.replace(
        "on_progress=lambda p: print(p.done, flush=True)",
        "on_progress=lambda p: os._exit(9) if p.done == p.total else None",
    ).replace("import sys", "import os, sys")
    started(code, file, store).communicate(timeout=60)
    journal = max((store / "journals").iterdir(), key=lambda path: path.stat().st_size)
    lines = journal.read_bytes().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if b'"kind":"replication"' in line.replace(b" ", b""))
    digit = lines[place].index(b'"key":"') + len(b'"key":"') + 20
    lines[place] = (
        lines[place][:digit] + (b"1" if lines[place][digit:][:1] != b"1" else b"2") + lines[place][digit + 1 :]
    )
    journal.write_bytes(b"".join(lines))
    with pytest.raises(ResultsError) as told:
        run_sweep(file, out=store, jobs=1)
    assert journal.name in str(told.value)
    assert f":{place + 1}" in str(told.value) or f"line {place + 1}" in str(told.value)
    assert "--mend" in str(told.value)
    mended = run_sweep(file, out=store, jobs=1, mend=True)
    assert mended.ran == 1
    assert_same_sweep(store, sound, "delays")


def test_a_store_of_a_newer_format_is_refused_in_words(tmp_path):
    file = written(tmp_path)
    store = run_sweep(file, out=tmp_path / "store", jobs=1).folder
    mark = (store / "store.json").read_text(encoding="utf-8")
    (store / "store.json").write_text(mark.replace('"format": 1', '"format": 99'), encoding="utf-8")
    for use in (lambda: run_sweep(file, out=store, jobs=1), lambda: load(store)):
        with pytest.raises(ResultsError, match="99"):
            use()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")
def test_a_worker_that_is_killed_costs_nothing(tmp_path):
    """Its chunk is done by another process."""
    file = written(tmp_path, EXPERIMENT.replace("replications: 3", "replications: 40"))
    killed: list[int] = []

    def kill_a_worker(progress) -> None:
        if not killed:
            threads = Path(f"/proc/{os.getpid()}/task").iterdir()
            for child in [c for thread in threads for c in (thread / "children").read_text().split()]:
                if b"caresim.experiment.workers" in Path(f"/proc/{child}/cmdline").read_bytes():
                    os.kill(int(child), signal.SIGKILL)
                    killed.append(int(child))
                    return

    outcome = run_sweep(file, out=tmp_path / "store", jobs=2, on_progress=kill_a_worker)
    assert killed, "there was a worker to kill"
    assert (outcome.there, outcome.failures) == (160, [])
    assert_same_sweep(outcome.folder, run_sweep(file, out=tmp_path / "whole", jobs=1).folder)


def test_figures_do_not_move_when_a_store_is_read_while_it_is_written(tmp_path):
    file = written(tmp_path, EXPERIMENT.replace("replications: 3", "replications: 40"))
    seen: list[int] = []

    def read(progress) -> None:
        seen.append(160 - load(tmp_path / "store").missing)
        assert seen[-1] >= progress.done

    run_sweep(file, out=tmp_path / "store", jobs=2, on_progress=read)
    assert seen == sorted(seen)
    assert len(figures(tmp_path / "store")) == 160


@pytest.mark.parametrize("what", ["scenarios.parquet", "records.parquet"])
def test_what_a_sweep_was_told_is_told_again_when_it_was_damaged(tmp_path, what):
    """Scenarios are needed to run a replication again; the experiment, to know what there is."""
    file = written(tmp_path)
    store = run_sweep(file, out=tmp_path / "store", jobs=1).folder
    figures_before = figures(store)
    part = next((store / "parts").glob(f"*/{what}"))
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 255
    part.write_bytes(bytes(content))
    with pytest.raises(ResultsError, match="--mend"):
        run_sweep(file, out=store, jobs=1)
    run_sweep(file, out=store, jobs=1, mend=True)
    pd.testing.assert_frame_equal(figures(store), figures_before)
    again = rerun(store, str(load(store).measures["key"].iloc[0]))
    assert again.differences == ()
    assert run_sweep(file, out=store, jobs=1).ran == 0


@posix
def test_a_closed_standard_error_does_not_stop_a_sweep(tmp_path):
    file = written(tmp_path)
    code = "import sys; from caresim.cli.main import main; sys.exit(main())"
    command = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(code)} sweep {file} --out {tmp_path / 'store'} 2>&-"
    path = str(Path(caresim.__file__).parent.parent)
    done = subprocess.run(["sh", "-c", command], env={**os.environ, "PYTHONPATH": path}, timeout=120, check=False)
    assert done.returncode == 0
    assert load(tmp_path / "store").missing == 0


@posix
def test_workers_of_a_killed_sweep_end_without_a_word(tmp_path):
    file = written(tmp_path, EXPERIMENT.replace("replications: 3", "replications: 150"))
    sweep = started(SWEEP, file, tmp_path / "store")
    assert sweep.stdout is not None
    assert sweep.stdout.readline()
    sweep.send_signal(signal.SIGKILL)
    # Read to the end: the last worker has closed its standard error, too.
    _, err = sweep.communicate(timeout=60)
    assert err == ""
