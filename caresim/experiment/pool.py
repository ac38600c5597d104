"""Who does the chunks of a sweep: processes on this machine. A Dask cluster is in `cluster.py`.

A pool takes chunks as long as it has room, and gives each back as one answer, whatever happens
to whoever was at it.
"""

from __future__ import annotations

import queue
import threading
from typing import Protocol

from caresim.experiment.chunks import Answer, Chunk
from caresim.experiment.workers import Worker, WorkerLost


class Pool(Protocol):
    """What a sweep needs of whoever does its chunks."""

    def start(self) -> None:
        """There will be work: whoever takes time to come may begin now."""

    @property
    def workers(self) -> int:
        """Chunks that can be at work at the same time; 0: nobody is there yet."""

    @property
    def room(self) -> int:
        """Chunks it would take now, to have one in hand behind each at work."""

    def submit(self, chunk: Chunk) -> None: ...

    def answers(self, seconds: float) -> list[Answer]:
        """Those that have come; waits for one as long as `seconds`.

        Raises:
            SweepError: nobody will answer any more.
        """

    def close(self) -> None:
        """End all work at once."""


class LocalPool:
    """Processes on this machine."""

    def __init__(self, workers: int) -> None:
        self._waiting: queue.SimpleQueue[Chunk | None] = queue.SimpleQueue()
        self._finished: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._workers = [Worker() for _ in range(workers)]
        self._under_way = 0
        for worker in self._workers:
            threading.Thread(target=self._serve, args=(worker,), daemon=True).start()

    def start(self) -> None:
        """Begin all processes, before there is work for them."""
        for worker in self._workers:
            worker.start()

    @property
    def workers(self) -> int:
        return len(self._workers)

    @property
    def room(self) -> int:
        return 2 * len(self._workers) - self._under_way

    def submit(self, chunk: Chunk) -> None:
        self._under_way += 1
        self._waiting.put(chunk)

    def answers(self, seconds: float) -> list[Answer]:
        found: list[Answer] = []
        try:
            found.append(self._finished.get(timeout=seconds))
            while True:
                found.append(self._finished.get_nowait())
        except queue.Empty:
            self._under_way -= len(found)
            return found

    def close(self) -> None:
        for worker in self._workers:
            worker.end()
        for _ in self._workers:
            self._waiting.put(None)

    def _serve(self, worker: Worker) -> None:
        while (chunk := self._waiting.get()) is not None and not worker.ended:
            self._finished.put(done_by(worker, chunk))


def done_by(worker: Worker, chunk: Chunk) -> Answer:
    """The answer of a worker; a process that is killed gets a second one to try, not a third."""
    try:
        try:
            answer: Answer = worker.ask(chunk)
        except WorkerLost:
            answer = worker.ask(chunk)
    except WorkerLost as lost:
        return chunk.failures(str(lost))
    return answer
