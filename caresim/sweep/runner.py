"""Runs the replications of one scenario, side by side or one after the other.

Each replication carries its own random numbers (`engine/streams.py`), so it does not matter
which worker runs it, or whether the others run at all. Nothing here writes files.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any, Self

from caresim.engine.people import draw_people
from caresim.engine.simulation import run
from caresim.errors import CaresimError
from caresim.network.compile import compile_network
from caresim.network.small_tables import small_tables
from caresim.records.build import build_tables
from caresim.records.recorder import Recorder
from caresim.records.tables import RunInfo
from caresim.sweep.manifest import manifest_of, utc_now

if TYPE_CHECKING:
    import pandas as pd

    from caresim.network.network import Network
    from caresim.scenario.scenario import Scenario

Tables = dict[str, "pd.DataFrame"]
OnDone = Callable[[int, int], None]
"""Called after each replication with (how many are over, of how many)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A replication that did not finish, with what is needed to repeat it."""

    scenario: str
    replication: int
    seed: int
    message: str

    def __str__(self) -> str:
        return f'scenario "{self.scenario}", replication {self.replication}, seed {self.seed}: {self.message}'


@dataclass(kw_only=True, slots=True)
class RunOutcome:
    """All that a run leaves: the arguments of `records.store.write_results`, and what went wrong."""

    manifest: dict[str, Any]
    texts: dict[str, str]
    small: dict[str, list[dict[str, Any]]]
    tables: Tables
    """Rows of all replications done, in order of replication."""
    failures: list[Failure] = field(default_factory=list)
    stopped: bool = False
    """Ctrl-C came before the last replication was over."""

    @property
    def done(self) -> list[int]:
        """Numbers of the replications kept, rising."""
        return list(self.manifest["replications_done"])


def run_scenario(
    scenario: Scenario,
    *,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    records: Iterable[str] = (),
    on_done: OnDone | None = None,
) -> RunOutcome:
    """Run replications 1 to N of a scenario and gather their tables.

    Replication 17 alone equals replication 17 of 30, and the outcome does not depend on
    `jobs` or on which replication finishes first. One that fails is named in `failures`; the
    others go on. On Ctrl-C whole replications are kept and `stopped` is set; a second Ctrl-C
    ends the program at once.

    Args:
        replications, seed: in place of the scenario's own.
        jobs: worker processes; None: one for each core; 1: in this process.
        records: tables made on request only: "stays", "events".

    Raises:
        ScenarioError: the scenario cannot be compiled.
    """
    began = utc_now()
    network = compile_network(scenario)
    n = network.replications if replications is None else replications
    seed = network.seed if seed is None else seed
    wanted = tuple(records)
    info = run_info(network)
    jobs = min(os.cpu_count() or 1 if jobs is None else jobs, n)
    results: dict[int, Tables] = {}
    failures: list[Failure] = []
    cpu_seconds = 0.0
    with StopOnInterrupt() as interrupt:
        if jobs > 1:
            source = run_side_by_side(network, info, seed, n, wanted, jobs)
        else:
            source = run_in_turn(network, info, seed, n, wanted)
        try:
            for attempt in source:
                cpu_seconds += attempt.cpu_seconds
                if attempt.tables is not None:
                    results[attempt.replication] = attempt.tables
                else:
                    failures.append(Failure(scenario.name, attempt.replication, seed, attempt.message))
                if on_done is not None:
                    on_done(len(results) + len(failures), n)
        except KeyboardInterrupt:
            pass
        finally:
            source.close()
    done = sorted(results)
    return RunOutcome(
        manifest=manifest_of(
            scenario,
            seed=seed,
            asked=n,
            done=done,
            measured_days=network.end,
            began=began,
            cpu_seconds=cpu_seconds,
        ),
        texts={},
        small=small_tables(scenario, network),
        tables=in_one(results),
        failures=sorted(failures, key=lambda failure: failure.replication),
        stopped=interrupt.came and len(results) + len(failures) < n,
    )


def run_replication(
    network: Network, info: RunInfo, seed: int, replication: int, wanted: tuple[str, ...] = ()
) -> Tables:
    """One replication from its own random numbers to its tables: what a worker does."""
    people = draw_people(network, seed, replication)
    recorder = Recorder()
    run(network, people, recorder)
    del people
    return build_tables(info, recorder, replication, wanted)


def run_info(network: Network) -> RunInfo:
    """The names behind a network's numbers, for whoever builds tables from rows."""
    return RunInfo(
        services=tuple(service.name for service in network.services),
        kinds=network.kinds,
        in_place=tuple(service.in_place for service in network.services),
        in_hours=tuple(service.in_hours for service in network.services),
        mean_amount=tuple(service.mean_amount for service in network.services),
        streams=tuple(stream.name for stream in network.streams),
        exits=network.exits,
        attributes=tuple((attribute.name, attribute.values) for attribute in network.attributes),
        groups=network.groups,
        price_attributes=network.price_attributes,
        start=network.start,
        end=network.end,
        first_day=network.calendar.start,
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one replication."""

    replication: int
    tables: Tables | None
    """None: it failed."""
    message: str = ""
    """What went wrong, in words."""
    cpu_seconds: float = 0.0


def run_in_turn(
    network: Network, info: RunInfo, seed: int, n: int, wanted: tuple[str, ...]
) -> Iterator[Attempt]:
    for replication in range(1, n + 1):
        yield try_replication(network, info, seed, replication, wanted)


def run_side_by_side(
    network: Network, info: RunInfo, seed: int, n: int, wanted: tuple[str, ...], jobs: int
) -> Iterator[Attempt]:
    """Whichever finishes first comes first. joblib's workers need no `__main__` guard in a user's script."""
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky.process_executor import BrokenProcessPool

    missing = set(range(1, n + 1))
    with parallel_config(backend="loky", inner_max_num_threads=1), interrupts_ignored():
        # Started while interrupts are ignored, workers leave Ctrl-C to this process.
        finished = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1, pre_dispatch="all")(
            delayed(try_replication)(network, info, seed, replication, wanted, in_worker=True)
            for replication in range(1, n + 1)
        )
    try:
        for attempt in finished:
            missing.discard(attempt.replication)
            yield attempt
    except BrokenProcessPool:
        for replication in sorted(missing):
            yield Attempt(replication, None, "its worker process was ended from outside (out of memory?); try --jobs 1")
    finally:
        finished.close()


def try_replication(
    network: Network,
    info: RunInfo,
    seed: int,
    replication: int,
    wanted: tuple[str, ...],
    *,
    in_worker: bool = False,
) -> Attempt:
    """A replication that does not raise: its tables, or what went wrong in words."""
    if in_worker:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    began = time.process_time()
    tables, message = None, ""
    try:
        tables = run_replication(network, info, seed, replication, wanted)
    except CaresimError as error:
        message = str(error)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = (
            f"{type(error).__name__}: {error} ({os.path.basename(place.filename)}:{place.lineno}).\n"
            "    This is our fault, not your scenario's. Please report it with the seed."
        )
    return Attempt(replication, tables, message, time.process_time() - began)


def in_one(results: dict[int, Tables]) -> Tables:
    """Tables of all replications under each other, in order; `results` is emptied on the way."""
    import pandas as pd

    parts = [results[replication] for replication in sorted(results)]
    results.clear()
    if len(parts) == 1:
        return parts[0]
    names = list(parts[0]) if parts else []
    # Popped table by table, so that at most one table exists twice.
    return {name: pd.concat([part.pop(name) for part in parts], ignore_index=True) for name in names}


class StopOnInterrupt:
    """The first Ctrl-C raises KeyboardInterrupt here, once; a second ends the program at once."""

    def __init__(self) -> None:
        self.came = False
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, _signal: int, _frame: FrameType | None) -> None:
        if self.came:
            os._exit(130)
        self.came = True
        raise KeyboardInterrupt


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """SIGINT ignored meanwhile; processes started now go on ignoring it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

