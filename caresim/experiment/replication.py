"""One replication, from its own random numbers to its tables, with nothing of the others."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from caresim.engine.chance import network_of_replication
from caresim.engine.people import draw_people
from caresim.engine.simulation import run
from caresim.errors import CaresimError
from caresim.records.build import build_tables
from caresim.records.recorder import Recorder
from caresim.records.tables import RunInfo

if TYPE_CHECKING:
    import pandas as pd

    from caresim.network.network import Network

Tables = dict[str, "pd.DataFrame"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What the replications of a run share."""

    network: Network
    info: RunInfo
    seed: int
    wanted: tuple[str, ...] = ()
    """Tables made on request only."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one replication."""

    replication: int
    tables: Tables | None
    """None: it failed."""
    message: str = ""
    """What went wrong, in words."""
    traceback: str = ""
    """Where, for whoever mends it; empty if the message says all."""
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    """On the clock, from the first draw to the last table."""
    rows: str = ""
    """Fingerprint of all the engine told, where it was asked for."""


def simulate(network: Network, seed: int, replication: int) -> Recorder:
    """Everything one replication tells."""
    network = network_of_replication(network, seed, replication)
    people = draw_people(network, seed, replication)
    recorder = Recorder()
    run(network, people, recorder)
    return recorder


def run_replication(
    network: Network, info: RunInfo, seed: int, replication: int, wanted: tuple[str, ...] = ()
) -> Tables:
    """The tables of one replication."""
    return build_tables(info, simulate(network, seed, replication), replication, wanted)


def try_replication(task: Task, replication: int, *, fingerprint: bool = False) -> Attempt:
    """A replication that does not raise: its tables, or what went wrong in words.

    Args:
        fingerprint: also of all that was told, so that a later run can be held against it.
    """
    began, cpu_began = time.perf_counter(), time.process_time()
    tables, rows, message, where = None, "", "", ""
    try:
        recorder = simulate(task.network, task.seed, replication)
        if fingerprint:
            rows = recorder.fingerprint()
        tables = build_tables(task.info, recorder, replication, task.wanted)
    except Exception as error:
        message, where = what_failed(error)
    return Attempt(
        replication=replication,
        tables=tables,
        message=message,
        traceback=where,
        cpu_seconds=time.process_time() - cpu_began,
        seconds=time.perf_counter() - began,
        rows=rows,
    )


def what_failed(error: Exception) -> tuple[str, str]:
    """What went wrong; and where, for whoever mends it: empty if the message says all."""
    if isinstance(error, CaresimError):
        return str(error), ""
    place = traceback.extract_tb(error.__traceback__)[-1]
    message = (
        f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno}).\n"
        "    This is our fault, not your scenario's. Please report it with the seed."
    )
    if isinstance(error, MemoryError):
        message = "out of memory. Fewer workers may help: --jobs 1."
    return message, "".join(traceback.format_exception(error))


@dataclass(frozen=True, slots=True)
class ReplicationJob:
    """One replication, to be done wherever this is sent."""

    task: Task
    replication: int

    def work(self) -> Attempt:
        return try_replication(self.task, self.replication)


def in_one(results: dict[int, Tables]) -> Tables:
    """Tables of all replications under each other, in order; `results` is emptied on the way."""
    parts = [results[replication] for replication in sorted(results)]
    results.clear()
    names = list(parts[0]) if parts else []
    # Popped table by table, so that at most one table exists twice.
    return {name: under_each_other([part.pop(name) for part in parts]) for name in names}


def under_each_other(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The same table of several replications as one."""
    import pandas as pd

    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


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
        reviews=tuple(
            () if service.reviews is None else tuple(effect.name for effect in service.reviews.effects)
            for service in network.services
        )
        if any(service.reviews is not None for service in network.services)
        else (),
        staff=tuple(group.name for group in network.staff),
        providers=tuple(
            (number, provider.name)
            for number, service in enumerate(network.services)
            for provider in service.providers
        ),
        standards=tuple(
            (number, *service.standard)
            for number, service in enumerate(network.services)
            if service.standard is not None
        ),
        chances=tuple((chance.event, chance.each) for chance in network.chances),
    )
