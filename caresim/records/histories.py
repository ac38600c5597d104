"""Tables of single stays and moves: `durations`, `flows`, and on request `stays` and `events`."""

from __future__ import annotations

import heapq

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.records.bins import Bins, Floats, Ints
from caresim.records.frames import Groups, groups_of, names
from caresim.records.raw import Raw
from caresim.records.recorder import AWAY, COUNTERS, NOBODY, OUTCOMES, UNFINISHED, WHYS
from caresim.records.tables import LOST, START, RunInfo

WHICH = ("wait", "delay", "stay", "delay_nights", "stay_nights")
SINGLE_DAYS = 61
"""Bins of `durations` are days up to this, then weeks."""


def durations_table(info: RunInfo, raw: Raw, replication: int, groups: Groups) -> pd.DataFrame:
    """`durations`: how many waits, delays and stays of each length ended in the window.

    wait: request to admission, of those admitted within the run. delay: ready to leaving, less
    bridging on after the care there had ended; stay: admission to leaving; of those who held a
    place and left it, dead or alive (delay: who had been ready). delay_nights, stay_nights:
    midnights m with ready_at (admitted_at) <= m < left_at, likewise. All count with their whole
    length, in the group at the end of the stay.

    `at_least` <= duration < `below` [days, or nights]: single days 0 to 60, then weeks. `count`
    and `sum` of those in the bin; bins nobody is in have no row, but the first always has.
    """
    stays = raw.stays
    left_at = np.where(stays.outcome == UNFINISHED, np.nan, stays.left_at)
    admitted = ~np.isnan(stays.admitted_at)
    bridged_days, bridged_nights = raw.bridged_on()
    admitted_at = np.where(raw.census_stays(info), np.nan, stays.admitted_at)
    lengths = {
        "wait": (admitted_at, stays.admitted_at - stays.requested_at),
        "delay": (left_at, left_at - stays.ready_at - bridged_days),
        "stay": (left_at, left_at - stays.admitted_at),
        "delay_nights": (left_at, np.ceil(left_at) - np.ceil(stays.ready_at) - bridged_nights),
        "stay_nights": (left_at, np.ceil(left_at) - np.ceil(stays.admitted_at)),
    }
    parts = []
    n_cells = len(info.services) * len(WHICH) * groups.n
    for which, name in enumerate(WHICH):
        ended, length = lengths[name]
        rows = admitted & (ended >= 0) & (ended < info.end) & ~np.isnan(length)
        cell = (stays.service[rows] * len(WHICH) + which) * groups.n + groups.of_class[stays.class_[rows]]
        parts.append((cell, length[rows]))
    cell = np.concatenate([cells for cells, _ in parts])
    length = np.concatenate([lengths for _, lengths in parts])
    whole = np.floor(length).astype(np.int64)
    bin_of_row = np.where(whole < SINGLE_DAYS, whole, SINGLE_DAYS + (whole - SINGLE_DAYS) // 7)
    n_bins = int(bin_of_row.max(initial=0)) + 1
    key = cell * n_bins + bin_of_row
    # Not all bins at once: the longest stay of a census is of many years, and few bins have anybody.
    firsts = np.arange(n_cells) * n_bins
    there, place = np.unique(np.concatenate([firsts, key]), return_inverse=True)
    count = np.bincount(place[n_cells:], minlength=len(there))
    total = np.bincount(place[n_cells:], length, len(there)).astype(np.float64)
    cell, own_bin = np.divmod(there, n_bins)
    service_which, group = np.divmod(cell, groups.n)
    at_least = np.where(own_bin < SINGLE_DAYS, own_bin, SINGLE_DAYS + (own_bin - SINGLE_DAYS) * 7)
    return pd.DataFrame(
        {
            "replication": np.full(len(there), replication, dtype=np.int32),
            "service": names(info.services, service_which // len(WHICH)),
            "which": names(WHICH, service_which % len(WHICH)),
            **groups.columns(info, group),
            "at_least": at_least.astype(np.int32),
            "below": (at_least + np.where(own_bin < SINGLE_DAYS, 1, 7)).astype(np.int32),
            "count": count,
            "sum": total,
        }
    )


def flows_table(info: RunInfo, raw: Raw, replication: int, bins: Bins, groups: Groups) -> pd.DataFrame:
    """`flows`: how many people went `from` a service or stream `to` a service or exit in a month.

    From `start`: who was there at the start and waited outside. To `lost`: turned away or given
    up with nowhere to go. A way nobody took in a month has no row.
    """
    flows = raw.flows
    inside = (flows.time >= 0) & (flows.time < info.end)
    origins = (*info.services, *info.streams, START)
    targets = (*info.services, *info.exits, LOST)
    to = np.where(flows.to[inside] == NOBODY, len(targets) - 1, flows.to[inside])
    key = bins.of(flows.time[inside])
    origin = np.where(flows.from_[inside] == NOBODY, len(origins) - 1, flows.from_[inside])
    group = groups.of_class[flows.class_[inside]]
    sizes = (len(origins), len(targets), len(WHYS), groups.n)
    for size, code in zip(sizes, (origin, to, flows.why[inside], group), strict=True):
        key = key * size + code
    found, people = np.unique(key, return_counts=True)
    rest, group = np.divmod(found, groups.n)
    rest, why = np.divmod(rest, len(WHYS))
    rest, to = np.divmod(rest, len(targets))
    bin_of_row, origin = np.divmod(rest, len(origins))
    return pd.DataFrame(
        {
            "replication": np.full(len(found), replication, dtype=np.int32),
            "month": names(bins.labels, bin_of_row),
            "from": names(origins, origin),
            "to": names(targets, to),
            "why": names(WHYS, why),
            **groups.columns(info, group),
            "people": people.astype(np.int32),
        }
    )


def counters_table(info: RunInfo, raw: Raw, replication: int, bins: Bins) -> pd.DataFrame:
    """`counters`: how often something of COUNTERS happened in a service in a month; no row: never."""
    told = raw.counters
    inside = (told.time >= 0) & (told.time < info.end)
    key = (bins.of(told.time[inside]) * len(info.services) + told.service[inside]) * len(COUNTERS)
    found, number = np.unique(key + told.what[inside], return_counts=True)
    rest, what = np.divmod(found, len(COUNTERS))
    bin_of_row, service = np.divmod(rest, len(info.services))
    return pd.DataFrame(
        {
            "replication": np.full(len(found), replication, dtype=np.int32),
            "month": names(bins.labels, bin_of_row),
            "service": names(info.services, service),
            "what": names(COUNTERS, what),
            "number": number.astype(np.int32),
        }
    )


def stays_table(info: RunInfo, raw: Raw, replication: int) -> pd.DataFrame:
    """`stays`: each standing or stay as recorded, by person, then request, warm-up included.

    Instants are in days from time.from, nan where there is none; `amount` is places or hours
    per week; attributes are those at the end of the row.
    """
    stays = raw.stays
    order = np.lexsort((stays.service, stays.admitted_at, stays.requested_at, stays.person))
    column = {name: getattr(stays, name)[order] for name in vars(stays)}
    n_services = len(info.services)
    everything = groups_of(info, raw.classes, np.arange(len(raw.classes)), range(len(info.attributes)))
    in_hours = np.array(info.in_hours)[column["service"]]
    came_from = column["came_from"]
    return pd.DataFrame(
        {
            "replication": np.full(len(order), replication, dtype=np.int32),
            "person": column["person"],
            "arrival": _arrival(info, raw, column["person"]),
            "service": names(info.services, column["service"]),
            "requested_at": column["requested_at"],
            "admitted_at": column["admitted_at"],
            "ready_at": column["ready_at"],
            "left_at": column["left_at"],
            "amount": np.where(in_hours, column["amount"] / 60, column["amount"]),
            "came_from": names(info.services, np.where(came_from < n_services, came_from, NOBODY)),
            "went_to": names((*info.services, *info.exits), column["went_to"]),
            "outcome": names(OUTCOMES, column["outcome"]),
            **everything.columns(info, everything.of_class[column["class_"]]),
        }
    )


def events_table(info: RunInfo, raw: Raw, replication: int) -> pd.DataFrame:
    """`events`: an event log as vidigi reads it, times in days.

    `arrival` and `depart`; `wait_for_SERVICE` (queue) of those who hold no place; SERVICE
    (resource_use) from admission to leaving, however long they are delayed, with the number of
    a place, the lowest free one. vidigi shows a person in one spot at a time, so steps and
    waits of those who hold a place are left out, and so is what takes no time. Who is away is shown
    in hospital, and in the place kept for them again when they are back. `pathway` is the
    arrival stream, which stays the same for a person.
    """
    stays, flows, queued = raw.stays, raw.flows, raw.queued
    uses = _uses(info, raw)
    outside = queued.where == NOBODY
    n_people = len(raw.streams)
    arrived = np.full(n_people, np.inf)
    np.minimum.at(arrived, stays.person, stays.requested_at)
    np.minimum.at(arrived, flows.person, flows.time)
    there = np.flatnonzero(np.isfinite(arrived))
    gone = (flows.to == NOBODY) | (flows.to >= len(info.services))
    waits = tuple(f"wait_for_{name}" for name in info.services)
    ends = tuple(f"{name}_end" for name in info.services)
    events = (*info.services, *waits, *ends, "arrival", "depart")
    types = ("arrival_departure", "resource_use_end", "queue", "resource_use")
    n = len(info.services)
    use, start, end = _parts(info, raw, uses)
    place, over = _lowest_free(raw, uses)[use], ~np.isnan(end)
    person_there, service = stays.person[uses][use], stays.service[uses][use]
    nowhere = np.full(0, NOBODY)
    # (person, time, event, type, order at one instant, place)
    blocks: list[tuple[Ints, Floats, Ints, int, int, Ints]] = [
        (there, arrived[there], np.full(len(there), 3 * n), 0, 0, nowhere),
        (queued.person[outside], queued.start[outside], n + queued.service[outside], 2, 2, nowhere),
        (person_there, start, service, 3, 3, place),
        (flows.person[gone], flows.time[gone], np.full(int(gone.sum()), 3 * n + 1), 0, 4, nowhere),
    ]
    blocks.append((person_there[over], end[over], 2 * n + service[over], 1, 1, place[over]))
    person = np.concatenate([block[0] for block in blocks])
    time = np.concatenate([block[1] for block in blocks])
    event = np.concatenate([block[2] for block in blocks])
    lengths = [len(block[0]) for block in blocks]
    kind = np.repeat([block[3] for block in blocks], lengths)
    rank = np.repeat([block[4] for block in blocks], lengths)
    places = [block[5] if len(block[5]) else np.full(len(block[0]), NOBODY) for block in blocks]
    resource = np.concatenate(places)
    order = np.lexsort((event, rank, person, time))
    resource_id = pd.array(resource[order], dtype="Int64")
    resource_id[resource[order] == NOBODY] = pd.NA
    log = pd.DataFrame(
        {
            "entity_id": person[order],
            "pathway": _arrival(info, raw, person[order]),
            "event_type": names(types, kind[order]),
            "event": names(events, event[order]),
            "time": time[order],
            "resource_id": resource_id,
            "run_number": np.full(len(order), replication, dtype=np.int32),
        }
    )
    # vidigi counts the people at each event it groups by: unused categories would come along.
    return log.astype({"pathway": "str", "event_type": "str", "event": "str"})


def _arrival(info: RunInfo, raw: Raw, person: Ints) -> pd.Categorical:
    return names((*info.streams, START), raw.streams[person])


def _uses(info: RunInfo, raw: Raw) -> Ints:
    """Stays rows shown as use of a place: of services, and of steps for people who hold no place."""
    stays = raw.stays
    took_time = np.where(np.isnan(stays.left_at), np.inf, stays.left_at) > stays.admitted_at
    in_place = np.array(info.in_place)[stays.service]
    shown = took_time & ~in_place
    steps = np.flatnonzero(took_time & in_place)
    elsewhere = raw.holds_at(~in_place, stays.person[steps], stays.admitted_at[steps])
    shown[steps[~elsewhere]] = True
    return np.flatnonzero(shown)


def _parts(info: RunInfo, raw: Raw, uses: Ints) -> tuple[Ints, Floats, Floats]:
    """Of these stays the parts shown: which of them, from when, until when (nan: not over).

    One each, but for who is away meanwhile: they are shown in hospital, and here again when back.
    """
    stays, held = raw.stays, raw.held
    start = stays.admitted_at[uses]
    end = np.where(stays.outcome[uses] == UNFINISHED, np.nan, stays.left_at[uses])
    use = np.arange(len(uses))
    away = np.flatnonzero(held.state >= AWAY)
    if not len(away):
        return use, start, end
    persons, services = stays.person[uses].tolist(), stays.service[uses].tolist()
    stays_of: dict[tuple[int, int], list[int]] = {}
    for number, whose in enumerate(zip(persons, services, strict=True)):
        stays_of.setdefault(whose, []).append(number)
    wholes = list(zip(start.tolist(), end.tolist(), strict=True))
    parts = {number: [whole] for number, whole in enumerate(wholes)}
    for row in away[np.argsort(held.start[away], kind="stable")].tolist():
        left, back = float(held.start[row]), float(held.end[row])
        for number in stays_of.get((int(held.person[row]), int(held.service[row])), []):
            begun, until = wholes[number]
            if begun <= left and not back > until:
                parts[number][-1:] = [(parts[number][-1][0], left), (back, until)]
    shown = [
        (number, begun, until)
        for number, pieces in parts.items()
        for begun, until in pieces
        # Nothing is left of a stay that ends while its holder is away.
        if begun < (info.end if np.isnan(until) else until)
    ]
    use, start, end = (np.array(column) for column in zip(*shown, strict=True))
    return use, start, end


def _lowest_free(raw: Raw, uses: Ints) -> NDArray[np.int64]:
    """The number of the place each of these stays had, from 1: the lowest free at admission."""
    stays = raw.stays
    left_at = np.where(np.isnan(stays.left_at[uses]), np.inf, stays.left_at[uses])
    given = np.zeros(len(uses), dtype=np.int64)
    order = np.lexsort((stays.person[uses], stays.admitted_at[uses], stays.service[uses]))
    service, free, busy, most = NOBODY, list[int](), list[tuple[float, int]](), 0
    for stay in order.tolist():
        if stays.service[uses[stay]] != service:
            service, free, busy, most = stays.service[uses[stay]], [], [], 0
        while busy and busy[0][0] <= stays.admitted_at[uses[stay]]:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            number = heapq.heappop(free)
        else:
            number = most = most + 1
        given[stay] = number
        heapq.heappush(busy, (left_at[stay], number))
    return given
