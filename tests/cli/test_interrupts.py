"""Ctrl-C as a terminal sends it: to every process of the group at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import caresim
from caresim.experiment.interrupts import StopOnInterrupt
from experiment.two_beds import TWO_BEDS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups are told otherwise there")

PACKAGE = Path(caresim.__file__).parent.parent
START = """
import signal, sys
# Started in the background of a shell, as CI may be, the tests have it ignored; in a terminal nobody has.
signal.signal(signal.SIGINT, signal.default_int_handler)
from caresim.cli.main import main
print("up", file=sys.stderr, flush=True)
main(prog_name="caresim")
"""


REPLICATIONS = 2000
"""Many seconds of work, so that Ctrl-C comes first; and were it never to come, no more than some 500 MB."""


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`caresim run` in a group of processes of its own; whatever becomes of the test, it does not outlive it."""
    (folder / "long.yaml").write_text(
        TWO_BEDS.replace("replications: 4", f"replications: {REPLICATIONS}"), encoding="utf-8"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", START, "run", "long.yaml", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        start_new_session=True,
    )
    with process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == "up\n"
            yield process
        finally:
            # Its workers end with it: nobody is left to send them work.
            process.kill()


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_ctrl_c_keeps_whole_replications_and_says_so(tmp_path, jobs):
    with started(tmp_path, "--jobs", jobs) as process:
        assert process.stderr is not None
        assert f"1 of {REPLICATIONS}" in process.stderr.readline()
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "replications are kept" in errors
    assert "Delayed transfers of care" in output
    manifest = json.loads((tmp_path / "results" / "long" / "manifest.json").read_text())
    assert 0 < len(manifest["replications_done"]) < REPLICATIONS


def test_ctrl_c_before_anything_is_done_ends_without_a_word_too_many(tmp_path):
    with started(tmp_path) as process:
        time.sleep(0.3)  # while libraries are loaded, or just after
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors


def test_ctrl_c_that_was_only_noted_stops_what_begins_after_it():
    with StopOnInterrupt(hold=True) as outer:
        handler = signal.getsignal(signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        assert outer.came
        with pytest.raises(KeyboardInterrupt), StopOnInterrupt():
            raise AssertionError("it has come already")
        assert signal.getsignal(signal.SIGINT) == handler
        with StopOnInterrupt(hold=True) as held:
            assert not held.came


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_ctrl_c_while_results_are_written_keeps_them_and_says_so(tmp_path, seconds):
    """After the last replication nothing is thrown away any more, whenever it comes."""
    with started(tmp_path, "--jobs", "1", "--replications", "3") as process:
        assert process.stderr is not None
        while "3 of 3" not in (line := process.stderr.readline()):
            assert line, "ended before the last replication"
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Stopped: 3 of 3 replications are kept." in errors
    manifest = json.loads((tmp_path / "results" / "long" / "manifest.json").read_text())
    assert manifest["replications_done"] == [1, 2, 3]


def test_a_run_whose_test_fails_is_ended_with_it(tmp_path):
    with suppress(ZeroDivisionError), started(tmp_path, "--jobs", "1") as process:
        assert process.stderr is not None
        process.stderr.readline()
        raise ZeroDivisionError
    assert process.returncode == -signal.SIGKILL
