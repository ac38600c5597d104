"""A Dask cluster as the pool of a sweep: the one door to distributed.

Dask because it is what research computing already runs, and it survives a killed worker. A future
is let go of the moment its answer is read: one that is held would be worked out again if the
worker that had it goes away.
"""

from __future__ import annotations

import logging
import queue
import re
import socket
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from caresim.errors import ClusterLost, SweepError
from caresim.experiment.chunks import Answer, Chunk
from caresim.experiment.keys import code_fingerprint

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE = 20.0
"""Seconds a scheduler may be silent before it counts as gone."""
ATTEMPTS = 3
"""Workers that may die at one chunk before it counts as failed."""


class Cluster:
    """Workers of a Dask scheduler; each must run the very caresim that asks."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client = connect(address)
        self._finished: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._under_way: dict[Any, Chunk] = {}
        """Key of a future -> what it is to do."""
        self._futures: set[Future] = set()
        self._late: Counter[Any] = Counter()
        """Key of a future -> how often its answer was waited for in vain."""
        self._heard = time.monotonic()
        self._workers = 0
        try:
            self._check_code()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Its workers have begun long ago."""

    @property
    def workers(self) -> int:
        return self._workers

    @property
    def room(self) -> int:
        # Also where nobody is there yet: whoever comes finds work.
        return 2 * max(self._workers, 1) - len(self._under_way)

    def submit(self, chunk: Chunk) -> None:
        name = f"caresim-{chunk.run}-{chunk.number}"
        # Not pure: an answer kept by the scheduler from an earlier sweep is not taken for this one's.
        future = self._client.submit(do, chunk, key=name, pure=False, retries=ATTEMPTS - 1)
        self._under_way[name] = chunk
        self._futures.add(future)
        future.add_done_callback(self._finished.put)

    def answers(self, seconds: float) -> list[Answer]:
        found: list[Answer] = []
        until = time.monotonic() + seconds
        while not found and (left := until - time.monotonic()) > 0:
            self._listen()
            try:
                future = self._finished.get(timeout=min(left, 0.5))
            except queue.Empty:
                continue
            while True:
                found += self._answer(future)
                try:
                    future = self._finished.get_nowait()
                except queue.Empty:
                    break
        return found

    def close(self) -> None:
        self._under_way.clear()
        # Whatever is gone already need not be ended.
        with suppress(Exception):
            if self._client.status == "running":
                self._client.cancel(list(self._futures), force=True)
        with suppress(Exception):
            self._client.close(timeout=2)

    def _answer(self, future: Future) -> list[Answer]:
        """At most one: what is not under way has been answered before."""
        from distributed import KilledWorker

        chunk = self._under_way.pop(future.key, None)
        if chunk is None:
            return []
        try:
            if future.status in ("cancelled", "lost"):
                raise self._gone()
            answer: Answer = future.result(timeout=PATIENCE)
        except TimeoutError as error:
            # The worker that had the answer died with it: another is working it out again.
            if self._client.status == "running" and self._late[future.key] < ATTEMPTS:
                self._late[future.key] += 1
                self._under_way[future.key] = chunk
                future.add_done_callback(self._finished.put)
                return []
            raise self._gone() from error
        except KilledWorker as error:
            return [chunk.failures(f"{ATTEMPTS} workers died at it, the last of them {error.last_worker}.")]
        except SweepError:
            raise
        except Exception as error:
            if self._client.status != "running":
                raise self._gone() from error
            raise SweepError(
                f"{self._address}: a worker could not do its work: {type(error).__name__}: {error}. "
                "Does it run the same Python and the same caresim?"
            ) from error
        finally:
            if future.key not in self._under_way:
                self._futures.discard(future)
                future.release()
        if answer.refused:
            raise SweepError(
                f"{self._address}: the worker {answer.worker} {answer.refused}. "
                "Install the same version everywhere, then start the sweep again."
            )
        return [answer]

    def _listen(self) -> None:
        """Raises SweepError when the scheduler has been silent for too long."""
        now = time.monotonic()
        if self._client.status == "running":
            try:
                self._workers = sum(self._client.nthreads().values())
                self._heard = now
                return
            except Exception:
                pass
        if self._client.status in ("closed", "closing") or now - self._heard > PATIENCE:
            raise self._gone()

    def _gone(self) -> ClusterLost:
        return ClusterLost(
            f"{self._address}: the Dask scheduler went away. What was reported as done is kept: start a "
            "scheduler, then the sweep again, and it goes on where it was."
        )

    def _check_code(self) -> None:
        """Raises SweepError naming the workers that run other code than this."""
        self._listen()
        answers: dict[str, Any] = self._client.run(code_fingerprint, on_error="return")
        other = sorted(address for address, answer in answers.items() if answer != code_fingerprint())
        if other:
            what = answers[other[0]]
            why = f" ({what})" if isinstance(what, BaseException) else ""
            named = ", ".join(other[:3]) + (" ..." if len(other) > 3 else "")
            raise SweepError(
                f"{self._address}: {len(other)} of {len(answers)} workers have no caresim, or another than "
                f"this sweep{why}: {named}. Install the same version everywhere."
            )


def connect(address: str) -> Client:
    """Raises SweepError where Dask is missing or nobody answers."""
    try:
        from distributed import Client
    except ImportError as error:
        raise SweepError(
            "--dask: needs the library distributed. Install it with: pip install 'caresim[distributed]'"
        ) from error
    # What becomes of the cluster is told here, in words; its own logs would come between.
    for name in ("distributed", "tornado", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    knock(address)
    try:
        return Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise nobody(address, error) from error


def knock(address: str) -> None:
    """Raises SweepError at once where nobody listens: a Client would go on trying after it gave up."""
    found = re.fullmatch(r"(?:tcp|tls|ws|wss)://\[?([^\[\]]+?)\]?:(\d{1,5})/?", address)
    if found is None or int(found[2]) > 65535:
        raise SweepError(f'--dask: "{address}" is no address; write for example tcp://scheduler:8786.')
    try:
        socket.create_connection((found[1], int(found[2])), timeout=10).close()
    except OSError as error:
        raise nobody(address, error) from error


def nobody(address: str, error: Exception) -> SweepError:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return SweepError(f"{address}: no Dask scheduler answers there ({why}). Start one with: dask scheduler")


def do(chunk: Chunk) -> Answer:
    """A chunk, by whoever is sent it."""
    from distributed import get_worker

    answer = chunk.work()
    return Answer(answer.number, answer.records, refused=answer.refused, worker=get_worker().address)
