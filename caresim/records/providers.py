"""The table `providers`: what each provider of a service had, held and admitted, month by month."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from caresim.records.bins import Bins, Floats, instant_counts, spell_sums
from caresim.records.frames import names
from caresim.records.recorder import ROWS, Recorder
from caresim.records.tables import RunInfo
from caresim.records.trajectories import capacity_steps, capacity_sums, full_spells, trajectories

MINUTES_AN_HOUR = 60


def providers_table(info: RunInfo, recorder: Recorder, replication: int, months: Bins) -> pd.DataFrame:
    """A row for each month and provider: means over time, and counts of admissions."""
    n = len(info.providers)
    service = np.array([number for number, _ in info.providers], dtype=np.int64)
    per_hour = np.where(np.array(info.in_hours)[service], MINUTES_AN_HOUR, 1)
    there = recorder.rows("providers")
    provider, _, amount, start, end = _columns(recorder, "places")
    taken_by, taken_at, _ = _columns(recorder, "taken")
    number, width = provider.astype(np.int64), months.widths[:, None]
    # Each provider looked at as if it were a service.
    alone = replace(
        info,
        services=tuple(name for _, name in info.providers),
        mean_amount=tuple(info.mean_amount[each] for each in service),
    )
    held = trajectories(n, number, amount, start, end)
    full = full_spells(alone, held, there)
    closed = [_closed_spells(there, each, info.end) for each in range(n)]
    key = np.repeat(np.arange(n), [len(since) for since, _ in closed])
    since, until = (np.concatenate([each[place] for each in closed]) for place in (0, 1))
    columns = {
        "capacity": capacity_sums(months, alone, there) / per_hour / width,
        "held": spell_sums(months, number, n, start, end) / width,
        "used": spell_sums(months, number, n, start, end, amount) / per_hour / width,
        "full": spell_sums(months, full[0], n, full[1], full[2]) / width,
        "closed_days": spell_sums(months, key, n, since, until),
        "admissions": instant_counts(months, taken_by.astype(np.int64), n, taken_at),
    }
    month = np.repeat(np.arange(months.n), n)
    table: dict[str, object] = {
        "replication": np.full(len(month), replication, dtype=np.int32),
        "month": names(months.labels, month),
        "days": months.widths[month],
        "service": names(info.services, np.tile(service, months.n)),
        "provider": [name for _ in range(months.n) for _, name in info.providers],
    }
    for name, values in columns.items():
        flat = np.ascontiguousarray(values).reshape(-1)
        table[name] = flat.astype(np.int32) if name == "admissions" else flat
    return pd.DataFrame(table, copy=False)


def _columns(recorder: Recorder, kind: str) -> list[Floats]:
    rows = recorder.rows(kind)
    return [rows[:, place].copy() for place in range(len(ROWS[kind]))]


def _closed_spells(rows: Floats, provider: int, end: float) -> tuple[Floats, Floats]:
    """(from, until) of the times in which a closure kept a provider from admitting anybody."""
    times, is_closed = capacity_steps(rows[:, [0, 1, 3]], provider, 0.0)
    until = np.append(times[1:], max(end, times[-1]))
    kept = is_closed > 0
    return times[kept], until[kept]
