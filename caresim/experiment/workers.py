"""Replications side by side: this process and others that take a number and give back tables.

Plain processes of our own, in place of a pool from a library, for three things no pool gave:
they need no `__main__` guard in a user's script; Ctrl-C reaches only the parent, so that no
worker prints a traceback; and one that is killed costs the replication it was at, no other.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import IO

import caresim
from caresim.experiment.replication import Attempt, Task, try_replication


def run_side_by_side(task: Task, n: int, jobs: int) -> Generator[Attempt, None, None]:
    """Replications 1 to n on `jobs` processes, this one included; whichever is over first comes first.

    This process begins at once, so a short run is over before a worker has loaded its libraries.
    Closing the generator ends the workers at once.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for replication in range(1, n + 1):
        waiting.put(replication)
    finished: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
    workers = [Worker(task) for _ in range(min(jobs, n) - 1)]
    for worker in workers:
        threading.Thread(target=worker.serve, args=(waiting, finished), daemon=True).start()
    over = 0
    try:
        while over < n:
            try:
                attempt = finished.get_nowait()
            except queue.Empty:
                attempt = own_attempt(task, waiting) or next_of(finished)
            over += 1
            yield attempt
    finally:
        for worker in workers:
            worker.end()


def own_attempt(task: Task, waiting: queue.SimpleQueue[int]) -> Attempt | None:
    """A replication done by this process; None where none is left to begin."""
    try:
        replication = waiting.get_nowait()
    except queue.Empty:
        return None
    return try_replication(task, replication)


def next_of(finished: queue.SimpleQueue[Attempt]) -> Attempt:
    # A wait without end cannot be interrupted on every system.
    while True:
        try:
            return finished.get(timeout=0.5)
        except queue.Empty:
            continue


class Worker:
    """One process at a time, begun anew if it is killed; served by a thread of the parent."""

    def __init__(self, task: Task) -> None:
        self._task = pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def serve(self, waiting: queue.SimpleQueue[int], finished: queue.SimpleQueue[Attempt]) -> None:
        """Take numbers until there are none."""
        while not self._ended:
            try:
                replication = waiting.get_nowait()
            except queue.Empty:
                return self.end()
            finished.put(self._attempt(replication))

    def end(self) -> None:
        """End the process at once; none is begun any more."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    def _attempt(self, replication: int) -> Attempt:
        try:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(replication.to_bytes(8, "little"))
            process.stdin.flush()
            attempt: Attempt = pickle.load(process.stdout)
            return attempt
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            code = None if self._process is None else self._process.wait()
            self._process = None
            why = f"its worker process ended with code {code}" if code is not None else str(error)
            return Attempt(replication, None, f"{why} (out of memory?). Fewer workers may help: --jobs 1.")

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._ended:
                raise EOFError
            if self._process is None:
                self._process = start_process()
                assert self._process.stdin is not None
                self._process.stdin.write(self._task)
            return self._process


def start_process() -> subprocess.Popen[bytes]:
    """A Python that runs `main` below with the caresim this one has, out of reach of Ctrl-C."""
    path = [str(Path(caresim.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "caresim.experiment.workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # One process a core is enough: no threads within for linear algebra.
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, path))},
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def main() -> None:
    """A worker: the task, then numbers, from standard input; attempts to standard output."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints must not get between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    questions: IO[bytes] = sys.stdin.buffer
    task: Task = pickle.load(questions)
    while len(number := questions.read(8)) == 8:
        attempt = try_replication(task, int.from_bytes(number, "little"))
        pickle.dump(attempt, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    main()
