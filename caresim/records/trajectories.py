"""What is held and what there is, as they go up and down: times without a free place, occupancy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caresim.grid import STEPS_A_DAY
from caresim.records.bins import Bins, Floats, Ints, spell_sums
from caresim.records.tables import RunInfo


@dataclass(frozen=True)
class Trajectory:
    """A service's people and amount held, constant from each time to the next."""

    times: Floats
    """Rising; the value of a place holds until the next; equal times have no length."""
    people: Ints
    amount: Floats


def trajectories(
    n_services: int, service: Ints, amount: Floats, start: Floats, end: Floats
) -> list[Trajectory]:
    """People and amount held over time in each service, from the spells in which they were held."""
    lasting = end > start
    if not lasting.all():  # One that ends as it begins would be left before it was entered.
        service, amount, start, end = service[lasting], amount[lasting], start[lasting], end[lasting]
    n = len(service)
    times = np.concatenate([start, end])
    # One sort for all services: the service, then the instant in whole steps of the grid.
    steps = ((times - times.min(initial=0.0)) * STEPS_A_DAY).astype(np.int64)
    width = int(steps.max(initial=0)) + 1
    order = np.argsort(np.concatenate([service, service]) * width + steps)
    change = np.where(order < n, 1, -1)
    row = np.where(order < n, order, order - n)
    people = np.cumsum(change)
    held = np.cumsum(change * amount[row])
    times = times[order]
    ends = np.cumsum(2 * np.bincount(service, minlength=n_services))
    starts = np.append(0, ends[:-1])
    # At the end of a service's part everybody has left, so the next part's sums begin at 0.
    return [Trajectory(times[a:b], people[a:b], held[a:b]) for a, b in zip(starts, ends, strict=True)]


def capacity_steps(rows: NDArray[np.float64], service: int, start: float) -> tuple[Floats, Floats]:
    """(times, capacity from then on) of a service; unlimited from the start if never told."""
    own = rows[rows[:, 0] == service]
    if not len(own):
        return np.array([start]), np.array([np.inf])
    own = own[np.argsort(own[:, 1], kind="stable")]
    return own[:, 1], own[:, 2]


def capacity_sums(bins: Bins, info: RunInfo, rows: NDArray[np.float64]) -> Floats:
    """Capacity times its time in each bin: shape (bins, services); inf where ever unlimited."""
    sums = np.zeros((bins.n, len(info.services)))
    for service in range(len(info.services)):
        times, capacity = capacity_steps(rows, service, info.start)
        until = np.append(times[1:], max(info.end, times[-1]))
        limited = np.isfinite(capacity)
        nought = np.zeros(len(times), dtype=np.int64)
        weight = np.where(limited, capacity, 0.0)
        own = spell_sums(bins, nought, 1, times, until, weight)[:, 0]
        without_limit = spell_sums(bins, nought, 1, times, until, (~limited).astype(np.float64))[:, 0]
        sums[:, service] = np.where(without_limit > 0, np.inf, own)
    return sums


def full_spells(
    info: RunInfo, held: list[Trajectory], capacity: NDArray[np.float64]
) -> tuple[Ints, Floats, Floats]:
    """Times (service, start, end) in which a service had no free place.

    Without a free place is: less free than one person takes on average (one place, or
    `mean_amount`), also when more is held than there is. An unlimited service never is.
    """
    parts = []
    for service, own in enumerate(held):
        changes, there = capacity_steps(capacity, service, info.start)
        if np.isinf(there).all():
            continue
        times = np.concatenate([own.times, changes])
        order = np.argsort(times, kind="stable")
        amount = np.concatenate([own.amount, np.full(len(changes), np.nan)])[order]
        times = times[order]
        # At a change of capacity what is held stays as it was last.
        last = np.maximum.accumulate(np.where(np.isnan(amount), -1, np.arange(len(times))))
        amount = np.where(last < 0, 0.0, amount[last])
        capacity_then = there[np.searchsorted(changes, times, side="right").clip(1) - 1]
        is_full = capacity_then - amount < info.mean_amount[service]
        until = np.append(times[1:], max(info.end, times[-1]))
        keep = is_full & (until > times)
        parts.append((np.full(int(keep.sum()), service), times[keep], until[keep]))
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    services, starts, ends = (np.concatenate(column) for column in zip(*parts, strict=True))
    return services, starts, ends


def time_by_number(bins: Bins, own: Trajectory) -> tuple[Ints, Ints, Floats]:
    """(bin, number of people, time in it with so many held): of those that occur, in order."""
    # What is held at the start of each bin holds on from there.
    begins = bins.edges[: bins.n]
    at = np.searchsorted(own.times, begins, side="right")
    times = np.insert(own.times, at, begins)
    number = np.insert(own.people, at, np.append(0, own.people)[at])
    inside = times.clip(0.0, bins.end)
    spent = np.append(inside[1:], bins.end) - inside
    lasting = spent > 0
    number, spent, which = number[lasting], spent[lasting], bins.of(inside[lasting])
    width = int(number.max(initial=0)) + 1
    seen, cell = np.unique(which * width + number, return_inverse=True)
    return seen // width, seen % width, np.bincount(cell, spent).astype(np.float64)
