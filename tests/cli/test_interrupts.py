"""Ctrl-C as a terminal sends it: to every process of the group at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import caresim
from experiment.two_beds import TWO_BEDS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="process groups are told otherwise there")

PACKAGE = Path(caresim.__file__).parent.parent
START = "from caresim.cli.main import main; main(prog_name='caresim')"


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    (folder / "long.yaml").write_text(
        TWO_BEDS.replace("replications: 4", "replications: 100000"), encoding="utf-8"
    )
    return subprocess.Popen(
        [sys.executable, "-c", START, "run", "long.yaml", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        start_new_session=True,
    )


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_ctrl_c_keeps_whole_replications_and_says_so(tmp_path, jobs):
    process = start(tmp_path, "--jobs", jobs)
    assert process.stderr is not None
    assert "1 of 100000" in process.stderr.readline()
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "replications are kept" in errors
    assert "Delayed transfers of care" in output
    manifest = json.loads((tmp_path / "results" / "long" / "manifest.json").read_text())
    assert 0 < len(manifest["replications_done"]) < 100000


def test_ctrl_c_before_anything_is_done_ends_without_a_word_too_many(tmp_path):
    process = start(tmp_path)
    time.sleep(0.4)  # while libraries are loaded, or just after
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_ctrl_c_while_results_are_written_keeps_them_and_says_so(tmp_path, seconds):
    """After the last replication nothing is thrown away any more, whenever it comes."""
    process = start(tmp_path, "--jobs", "1", "--replications", "3")
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
