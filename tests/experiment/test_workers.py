from __future__ import annotations

import os
import queue
import signal
import threading
import time
from pathlib import Path

import pytest

from caresim.experiment.replication import Attempt, ReplicationJob, Task, run_info
from caresim.experiment.workers import Worker, run_side_by_side, serve
from caresim.network.compile import compile_network
from caresim.scenario.files import load_scenario
from experiment.two_beds import TWO_BEDS


@pytest.fixture
def task(tmp_path: Path) -> Task:
    file = tmp_path / "two_beds.yaml"
    file.write_text(TWO_BEDS, encoding="utf-8")
    network = compile_network(load_scenario(file))
    return Task(network=network, info=run_info(network), seed=7)


def served(worker: Worker, task: Task, numbers: list[int]) -> queue.SimpleQueue[Attempt]:
    waiting: queue.SimpleQueue[ReplicationJob] = queue.SimpleQueue()
    for number in numbers:
        waiting.put(ReplicationJob(task, number))
    finished: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
    threading.Thread(target=serve, args=(worker, waiting, finished), daemon=True).start()
    return finished


def process_of(worker: Worker):
    while worker._process is None:
        time.sleep(0.01)
    return worker._process


def test_a_worker_gives_back_the_tables_of_each_number(task):
    finished = served(Worker(), task, [3, 4])
    first, second = finished.get(timeout=60), finished.get(timeout=60)
    assert [first.replication, second.replication] == [3, 4]
    assert first.tables is not None
    assert set(first.tables["tallies"]["replication"]) == {3}


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_worker_costs_the_replication_it_was_at_and_no_other(task):
    worker = Worker()
    finished = served(worker, task, [1, 2])
    # Killed while it still loads its libraries: the first number is certainly not done.
    os.kill(process_of(worker).pid, signal.SIGKILL)
    lost, kept = finished.get(timeout=60), finished.get(timeout=60)
    assert lost.replication == 1
    assert lost.tables is None
    assert "out of memory" in lost.message
    assert kept.replication == 2
    assert kept.tables is not None


def test_closing_ends_the_workers_at_once(task):
    before = threading.active_count()
    attempts = run_side_by_side(task, 500, 3)
    next(attempts)
    began = time.monotonic()
    attempts.close()
    assert time.monotonic() - began < 5
    while threading.active_count() > before:
        assert time.monotonic() - began < 10
        time.sleep(0.01)
