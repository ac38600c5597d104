"""A real Dask scheduler and real workers on loopback."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

import caresim
from caresim.errors import ClusterLost, SweepError
from caresim.experiment import cluster
from caresim.experiment.sweep import run_sweep
from caresim.experiment.work import Progress
from caresim.measures.sweeps import load
from experiment.small_sweeps import EXPERIMENT, assert_same_sweep, written

pytest.importorskip("distributed")


class Machines:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "scheduler.json"
        self._folder = folder
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        import json

        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self._file.exists() and (text := self._file.read_text()):
                return str(json.loads(text)["address"])
            time.sleep(0.05)
        raise AssertionError("no scheduler came up within a minute")

    def add_worker(self, *, path: Path | None = None) -> subprocess.Popen[bytes]:
        worker = self._start("worker", "--nthreads", "1", "--no-nanny", path=path)
        self.workers.append(worker)
        return worker

    def wait_for(self, workers: int) -> None:
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _start(self, what: str, *words: str, path: Path | None = None) -> subprocess.Popen[bytes]:
        import_from = [str(path or Path(caresim.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        log = open(self._folder / f"{what}-{time.monotonic_ns()}.log", "wb")  # noqa: SIM115 (the process keeps it)
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{what}", "--scheduler-file", str(self._file)]
            + ["--no-dashboard", *words],
            cwd=self._folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, import_from))},
        )


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    folder = tmp_path / "machines"
    folder.mkdir()
    started = Machines(folder)
    try:
        yield started
    finally:
        started.end()


LONGER = EXPERIMENT.replace("replications: 3", "replications: 40")


def test_a_cluster_gives_what_this_machine_gives_though_a_worker_is_killed(machines, tmp_path):
    first = machines.add_worker()
    machines.add_worker()
    machines.wait_for(2)
    file = written(tmp_path, LONGER)
    heard: list[int] = []

    def kill_one(progress: Progress) -> None:
        heard.append(progress.done)
        if progress.done >= 20 and first.poll() is None:
            os.kill(first.pid, signal.SIGKILL)

    outcome = run_sweep(file, out=tmp_path / "far", dask=machines.address, on_progress=kill_one)
    assert first.poll() is not None, "the worker was killed while the sweep ran"
    assert (outcome.ran, outcome.there, outcome.failures) == (160, 160, [])
    assert heard[-1] == 160, "nothing is counted twice"
    near = run_sweep(file, out=tmp_path / "near", jobs=2)
    assert_same_sweep(outcome.folder, near.folder, "delays")


class Late:
    """A future whose answer is lost with its worker `times` times before it comes."""

    key, status = "caresim-1", "finished"

    def __init__(self, times: int, answer: object) -> None:
        self.times, self.answer, self.released = times, answer, False

    def result(self, timeout: float) -> object:
        self.times -= 1
        if self.times >= 0:
            raise TimeoutError("timed out")
        return self.answer

    def add_done_callback(self, put) -> None:
        put(self)

    def release(self) -> None:
        self.released = True


def cluster_of(future: Late) -> cluster.Cluster:
    far = object.__new__(cluster.Cluster)
    far._address, far._client = "tcp://there", SimpleNamespace(status="running", nthreads=dict)
    far._finished, far._under_way = queue.SimpleQueue(), {future.key: object()}
    far._futures, far._late, far._heard, far._workers = {future}, Counter(), 0.0, 1
    far._finished.put(future)
    return far


def test_an_answer_that_died_with_its_worker_is_waited_for_again():
    answer = SimpleNamespace(refused="")
    future = Late(2, answer)
    far = cluster_of(future)
    found = [one for _ in range(3) for one in far.answers(0.1)]
    assert found == [answer]
    assert future.released
    assert far._under_way == {}


def test_an_answer_that_never_comes_is_not_waited_for_without_end():
    far = cluster_of(Late(99, None))
    with pytest.raises(ClusterLost):
        far.answers(0.1)


def test_a_scheduler_that_goes_away_is_told_and_what_was_done_is_kept(machines, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 3.0)
    machines.add_worker()
    machines.wait_for(1)
    address = machines.address
    file = written(tmp_path, LONGER)

    def kill_the_scheduler(progress: Progress) -> None:
        if progress.done >= 10 and machines.scheduler.poll() is None:
            machines.scheduler.kill()

    with pytest.raises(ClusterLost, match="went away"):
        run_sweep(file, out=tmp_path / "far", dask=address, on_progress=kill_the_scheduler)
    kept = 160 - load(tmp_path / "far").missing
    assert kept >= 10
    rest = run_sweep(file, out=tmp_path / "far", jobs=2)
    assert rest.ran == 160 - kept, "the same experiment goes on, here or anywhere"


def test_a_worker_with_another_caresim_is_refused_by_name(machines, tmp_path):
    import shutil

    other = tmp_path / "other"
    shutil.copytree(Path(caresim.__file__).parent, other / "caresim")
    with open(other / "caresim" / "durations.py", "a", encoding="utf-8") as source:
        source.write("\n# another version\n")
    machines.add_worker(path=other)
    machines.wait_for(1)
    with pytest.raises(SweepError, match=r"tcp://127\.0\.0\.1:\d+.*same version"):
        run_sweep(written(tmp_path), out=tmp_path / "far", dask=machines.address)


def test_a_worker_that_comes_late_with_another_caresim_is_refused_too(machines, tmp_path):
    import shutil

    machines.add_worker()
    machines.wait_for(1)
    other = tmp_path / "other"
    shutil.copytree(Path(caresim.__file__).parent, other / "caresim")
    with open(other / "caresim" / "durations.py", "a", encoding="utf-8") as source:
        source.write("\n# another version\n")
    late: list[int] = []

    def send_the_other(progress: Progress) -> None:
        if not late:
            late.append(progress.done)
            machines.workers[0].kill()
            machines.add_worker(path=other)

    with pytest.raises(SweepError, match="same version"):
        run_sweep(
            written(tmp_path, LONGER), out=tmp_path / "far", dask=machines.address, on_progress=send_the_other
        )


def test_where_no_scheduler_is_one_is_told_so_at_once(tmp_path):
    with pytest.raises(SweepError, match="no Dask scheduler answers there"):
        run_sweep(written(tmp_path), out=tmp_path / "far", dask="tcp://127.0.0.1:1")


@pytest.mark.parametrize("address", ["foo", "127.0.0.1:8786", "tcp://somewhere", "tcp://somewhere:99999"])
def test_what_is_no_address_is_told_so(tmp_path, address):
    with pytest.raises(SweepError, match="is no address; write for example tcp://scheduler:8786"):
        run_sweep(written(tmp_path), out=tmp_path / "far", dask=address)
