"""Runs the replications of one scenario, side by side or one after the other.

Each replication carries its own random numbers (`engine/streams.py`), so it does not matter
which worker runs it, or whether the others run at all. Nothing here writes files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from caresim.errors import RunError
from caresim.experiment.interrupts import StopOnInterrupt
from caresim.experiment.keys import code_fingerprint, files_of
from caresim.experiment.manifest import manifest_of, utc_now
from caresim.experiment.replication import Tables, Task, in_one, run_info
from caresim.experiment.workers import run_side_by_side
from caresim.network.compile import compile_network
from caresim.network.small_tables import small_tables
from caresim.records.results import Results
from caresim.scenario.files import dump_document, load_scenario
from caresim.scenario.scenario import Scenario

OnDone = Callable[[int, int], None]
"""Called after each replication with (how many are over, of how many)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A replication that did not finish, with what is needed to repeat it."""

    scenario: str
    replication: int
    seed: int
    message: str
    traceback: str = ""

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
    """Ctrl-C came before all of this was there."""

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
        jobs: processes, this one included; None: as many as there are cores.
        records: tables made on request only: "stays", "events".

    Raises:
        ScenarioError: the scenario cannot be compiled.
        ValueError: `replications`, `seed` or `jobs` cannot be meant.
    """
    check_numbers(replications=replications, jobs=jobs, seed=seed)
    with StopOnInterrupt() as interrupt:
        return _run(scenario, replications, seed, jobs, tuple(records), on_done, interrupt)


def check_numbers(
    *, replications: int | None = None, jobs: int | None = None, seed: int | None = None
) -> None:
    """Raises ValueError where one is given that cannot be meant."""
    least = {"replications": (replications, 1), "jobs": (jobs, 1), "seed": (seed, 0)}
    for name, (number, low) in least.items():
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < low):
            raise ValueError(f"{name}: needs a whole number, {low} or more; got {number!r}")


def run(
    scenario: Scenario | str | os.PathLike[str],
    changes: Sequence[tuple[str, Any]] = (),
    *,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    records: Iterable[str] = (),
) -> Results:
    """Results of a scenario, in memory: `caresim run` without the folder.

    Args:
        scenario: a scenario, or the path of its file.
        changes: (PATH, CHANGE) pairs made to the file, as `load_scenario` takes them.
        replications, seed, jobs, records: as in `run_scenario`.

    Returns:
        `.table(name)` gives pandas tables (docs/method.md lists them), `caresim.summary(results)` the
        figures with intervals.

    Raises:
        ScenarioError: the scenario is at fault.
        RunError: a replication failed.
    """
    if isinstance(scenario, str | os.PathLike):
        scenario = load_scenario(scenario, changes)
    elif changes:
        raise ValueError("changes are made to a file: give its path, or load_scenario(path, changes)")
    outcome = run_scenario(scenario, replications=replications, seed=seed, jobs=jobs, records=records)
    if outcome.failures:
        raise RunError("\n".join(str(failure) for failure in outcome.failures))
    if outcome.stopped:
        raise KeyboardInterrupt
    return Results(
        manifest=outcome.manifest, small=outcome.small, texts=outcome.texts, tables=outcome.tables
    )


def _run(
    scenario: Scenario,
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    records: tuple[str, ...],
    on_done: OnDone | None,
    interrupt: StopOnInterrupt,
) -> RunOutcome:
    began = utc_now()
    network = compile_network(scenario)
    n = network.replications if replications is None else replications
    task = Task(
        network=network,
        info=run_info(network),
        seed=network.seed if seed is None else seed,
        wanted=records,
    )
    results: dict[int, Tables] = {}
    failures: list[Failure] = []
    cpu_seconds = 0.0
    attempts = run_side_by_side(task, n, jobs or cores())
    try:
        for attempt in attempts:
            cpu_seconds += attempt.cpu_seconds
            if attempt.tables is not None:
                results[attempt.replication] = attempt.tables
            else:
                failures.append(
                    Failure(scenario.name, attempt.replication, task.seed, attempt.message, attempt.traceback)
                )
            if on_done is not None:
                on_done(len(results) + len(failures), n)
        # What is there is put together in peace.
        interrupt.hold = True
    except KeyboardInterrupt:
        pass
    finally:
        attempts.close()
    done = sorted(results)
    failures.sort(key=lambda failure: failure.replication)
    return RunOutcome(
        manifest=manifest_of(
            scenario,
            seed=task.seed,
            asked=n,
            done=done,
            failures=[asdict(failure) for failure in failures],
            measured_days=network.end,
            began=began,
            cpu_seconds=cpu_seconds,
        )
        | {"fingerprint": code_fingerprint()},
        texts={
            "scenario.yaml": scenario.text,
            "resolved.yaml": dump_document(scenario.document),
            **files_of(scenario),
        },
        small=small_tables(scenario, network),
        tables=in_one(results),
        failures=failures,
        stopped=interrupt.came,
    )


def cores() -> int:
    """Those this process may use, where the system tells; a container often has fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
