"""Worker processes of our own: each takes a job, does it, and gives back the answer.

Plain processes, in place of a pool from a library, for three things no pool gave: they need no
`__main__` guard in a user's script; Ctrl-C reaches only the parent, so that no worker prints a
traceback; and one that is killed costs the job it was at, no other.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

import caresim
from caresim.experiment.replication import Attempt, ReplicationJob, Task


class Job(Protocol):
    """What a worker can do: it is sent there whole, and its answer back."""

    def work(self) -> Any: ...


class WorkerLost(Exception):
    """The process ended before it answered; the text says how."""


def run_side_by_side(task: Task, n: int, jobs: int) -> Generator[Attempt, None, None]:
    """Replications 1 to n on `jobs` processes, this one included; whichever is over first comes first.

    This process begins at once, so a short run is over before a worker has loaded its libraries.
    Closing the generator ends the workers at once.
    """
    waiting: queue.SimpleQueue[ReplicationJob] = queue.SimpleQueue()
    for replication in range(1, n + 1):
        waiting.put(ReplicationJob(task, replication))
    finished: queue.SimpleQueue[Attempt] = queue.SimpleQueue()
    workers = [Worker() for _ in range(min(jobs, n) - 1)]
    for worker in workers:
        threading.Thread(target=serve, args=(worker, waiting, finished), daemon=True).start()
    over = 0
    try:
        while over < n:
            try:
                attempt = finished.get_nowait()
            except queue.Empty:
                attempt = own_attempt(waiting) or next_of(finished)
            over += 1
            yield attempt
    finally:
        for worker in workers:
            worker.end()


def serve(
    worker: Worker, waiting: queue.SimpleQueue[ReplicationJob], finished: queue.SimpleQueue[Attempt]
) -> None:
    """Let a worker do one job after the other until there are none."""
    while not worker.ended:
        try:
            job = waiting.get_nowait()
        except queue.Empty:
            return worker.end()
        try:
            attempt = worker.ask(job)
        except WorkerLost as lost:
            attempt = Attempt(job.replication, None, str(lost))
        finished.put(attempt)
    return None


def own_attempt(waiting: queue.SimpleQueue[ReplicationJob]) -> Attempt | None:
    """A replication done by this process; None where none is left to begin."""
    try:
        return waiting.get_nowait().work()
    except queue.Empty:
        return None


def next_of(finished: queue.SimpleQueue[Any]) -> Any:
    # A wait without end cannot be interrupted on every system.
    while True:
        try:
            return finished.get(timeout=0.5)
        except queue.Empty:
            continue


class Worker:
    """One process at a time, begun anew if it is killed; used by one thread of the parent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.ended = False

    def ask(self, job: Job) -> Any:
        """What `job.work()` gives in the worker's process.

        Raises:
            WorkerLost: the process ended, or was ended, before it answered.
        """
        try:
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            pickle.dump(job, process.stdin, protocol=pickle.HIGHEST_PROTOCOL)
            process.stdin.flush()
            return pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            code = None if self._process is None else self._process.wait()
            self._process = None
            why = f"its worker process ended with code {code}" if code is not None else str(error)
            raise WorkerLost(f"{why} (out of memory?). Fewer workers may help: --jobs 1.") from error

    def start(self) -> None:
        """Begin the process already, so that it loads its libraries while others are at work."""
        with suppress(OSError, EOFError):
            self._running()

    def end(self) -> None:
        """End the process at once; none is begun any more."""
        with self._lock:
            self.ended = True
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self.ended:
                raise EOFError
            if self._process is None:
                self._process = start_process()
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
    """A worker: jobs from standard input, their answers to standard output."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints must not get between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    questions: IO[bytes] = sys.stdin.buffer
    while True:
        try:
            job: Job = pickle.load(questions)
        except EOFError:
            return
        answer = job.work()
        try:
            pickle.dump(answer, answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
        except BrokenPipeError:
            # The parent was killed: nobody is left to tell, not even at the end of the program.
            os._exit(1)


if __name__ == "__main__":
    main()
