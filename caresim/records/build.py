"""The tables of a replication, made from its recorder's rows in whole arrays.

Definitions shared by all tables. Totals of time count what lies inside the window [0, end);
a figure of a person (wait, delay, stay) belongs to the instant that ends it, with its whole
length. Midnight m belongs to day m and is covered by a spell [a, b) with a <= m < b. Held is
in care + delayed + bridging + away; of an in-place step, held and in care are those under
way. A group column holds the value at the time, "" while it was not set; but requests, those
who waited, and admissions to a step are told by the value when the standing, stay or step ends.
A combination of groups that nobody was in has no rows, everything else has, zeros included. Rows are in order
of their leading columns, groups in order of their values' names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.records.bins import (
    Bins,
    Floats,
    Ints,
    day_bins,
    distinct_people,
    instant_counts,
    midnight_sums,
    month_bins,
    spell_sums,
)
from caresim.records.frames import Array, Groups, dense_rows, folded, groups_of, names
from caresim.records.happened import happened_table
from caresim.records.histories import counters_table, durations_table, events_table, flows_table, stays_table
from caresim.records.outcomes import outcomes_table
from caresim.records.providers import providers_table
from caresim.records.raw import Raw
from caresim.records.recorder import (
    AWAY,
    AWAY_UNPAID,
    BRIDGING,
    DELAYED,
    DIED,
    GAVE_UP,
    NOBODY,
    STATES,
    TURNED_AWAY,
    UNFINISHED,
    WHY_RESTARTED,
    Recorder,
)
from caresim.records.reviews import reviews_table
from caresim.records.staff import staff_table
from caresim.records.standards import standards_table
from caresim.records.tables import ALWAYS, LONGEST_DAILY, ON_REQUEST, OUTSIDE, PATHWAY, RunInfo
from caresim.records.tables import DIED as DIED_EXIT
from caresim.records.trajectories import (
    Trajectory,
    capacity_sums,
    full_spells,
    time_by_number,
    trajectories,
)

COUNTS = (
    "requests",
    "admissions",
    "waited",
    "leavers",
    "turned_away",
    "given_up",
    "deaths",
    "deaths_waiting",
)
MINUTES_AN_HOUR = 60


def build_tables(
    info: RunInfo, recorder: Recorder, replication: int, wanted: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Every table of a replication, by name.

    Args:
        replication: its number, the first column of every table.
        wanted: tables beyond the usual ones: `stays`, `events`, and `daily` in a run of more
            than ten years. The usual ones are always made.
    """
    unknown = set(wanted) - set(ALWAYS) - set(ON_REQUEST)
    if unknown:
        raise ValueError(f"no such table: {', '.join(sorted(unknown))}")
    raw = Raw(recorder)
    used = raw.used_classes()
    groups = groups_of(info, raw.classes, used, info.groups)
    extra = [a for a in info.price_attributes if a not in info.groups]
    fine = groups_of(info, raw.classes, used, [*info.groups, *extra])
    pathway = [a for a, (name, _) in enumerate(info.attributes) if name == PATHWAY and a not in info.groups]
    by_pathway = groups_of(info, raw.classes, used, [*info.groups, *pathway])

    held = trajectories(len(info.services), raw.held.service, raw.held.amount, raw.held.start, raw.held.end)
    months = month_bins(info.end, info.first_day)
    services = _Services(info, raw, full_spells(info, held, raw.capacity))
    fine_sums = services.sums(months, fine, with_people=True)
    sums = {name: folded(array, _group_starts(fine, groups)) for name, array in fine_sums.items()}
    tables: dict[str, pd.DataFrame] = {}
    if info.end <= LONGEST_DAILY or "daily" in wanted:
        days = day_bins(info.end, info.first_day)
        tables["daily"] = services.means_table(replication, days, groups, services.sums(days, groups), "day")
    tables["monthly"] = services.means_table(replication, months, groups, sums, "month")
    tables["delays"] = _delays_table(info, raw, replication, months, groups)
    tables["queues"] = _queues_table(info, raw, replication, months, groups)
    tables["durations"] = durations_table(info, raw, replication, groups)
    tables["flows"] = flows_table(info, raw, replication, months, by_pathway)
    tables["tallies"] = services.tallies_table(replication, months, fine, fine_sums)
    tables["occupancy"] = _occupancy_table(info, held, replication, months)
    tables["outcomes"] = outcomes_table(info, raw, replication, months, groups)
    tables["counters"] = counters_table(info, raw, replication, months)
    if info.staff:
        tables["staff"] = staff_table(info, recorder.rows("staff"), replication, months)
    if info.providers:
        tables["providers"] = providers_table(info, recorder, replication, months)
    if info.chances:
        tables["happened"] = happened_table(info, recorder.rows("happened"), replication, months)
    if info.reviews:
        tables["reviews"] = reviews_table(info, recorder.rows("reviews"), replication, months, groups)
    if info.standards:
        tables["standards"] = standards_table(info, raw, replication, months, groups)
    if "stays" in wanted:
        tables["stays"] = stays_table(info, raw, replication)
    if "events" in wanted:
        tables["events"] = events_table(info, raw, replication)
    return tables


def join_tables(parts: Iterable[Mapping[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """One table of each name from those of several replications, in the order given."""
    listed = list(parts)
    return {name: pd.concat([part[name] for part in listed], ignore_index=True) for name in listed[0]}


def _group_starts(fine: Groups, coarse: Groups) -> Ints:
    """Where each coarse group begins among the fine ones, whose first attributes are the coarse ones."""
    leading = fine.codes[:, : len(coarse.attributes)]
    changes = np.any(leading[1:] != leading[:-1], axis=1) if leading.shape[1] else np.zeros(fine.n - 1, bool)
    return np.append(0, np.flatnonzero(changes) + 1)


@dataclass
class _Services:
    """What `daily`, `monthly` and `tallies` say of each service and group."""

    info: RunInfo
    raw: Raw
    full: tuple[Ints, Floats, Floats]

    def sums(self, bins: Bins, groups: Groups, with_people: bool = False) -> dict[str, Array]:
        """Totals over each bin, by name; shape (bins, services, groups), states one axis before.

        days: person-days held, shape (bins, states, ...); nights; minutes (per week x days);
        queue, waiting: person-days; people: distinct, under the group of their first spell in
        the bin; unpaid, unpaid_minutes: person-days (minutes per week x days) away beyond what is
        paid, both with people only; and the COUNTS.
        """
        info, raw, n_services = self.info, self.raw, len(self.info.services)
        size = n_services * groups.n
        held, queued = raw.held, raw.queued
        place = held.service * groups.n + groups.of_class[held.class_]
        by_state = np.minimum(held.state, AWAY) * size + place
        shape = (bins.n, len(STATES), n_services, groups.n)
        found: dict[str, Array] = {
            "days": spell_sums(bins, by_state, len(STATES) * size, held.start, held.end).reshape(shape),
            "nights": midnight_sums(bins, by_state, len(STATES) * size, held.start, held.end).reshape(shape),
            "minutes": self._minutes(bins, by_state, len(STATES) * size).reshape(shape),
        }
        if with_people:
            people = distinct_people(bins, place, size, held.service, held.person, held.start, held.end)
            found["people"] = people.reshape(bins.n, n_services, groups.n)
            unpaid = held.state == AWAY_UNPAID
            spells = place[unpaid], size, held.start[unpaid], held.end[unpaid]
            found["unpaid"] = spell_sums(bins, *spells).reshape(bins.n, n_services, groups.n)
            minutes = held.amount[unpaid] * np.array(info.in_hours, dtype=bool)[held.service[unpaid]]
            found["unpaid_minutes"] = spell_sums(bins, *spells, minutes).reshape(bins.n, n_services, groups.n)
        stood = queued.service * groups.n + groups.of_class[queued.class_]
        outside = queued.where == NOBODY
        both = spell_sums(bins, outside * size + stood, 2 * size, queued.start, queued.end)
        elsewhere, waiting = both.reshape(bins.n, 2, n_services, groups.n).swapaxes(0, 1)
        found["queue"], found["waiting"] = elsewhere + waiting, waiting
        for name, service, class_, times in self._occasions():
            keys = service * groups.n + groups.of_class[class_]
            found[name] = instant_counts(bins, keys, size, times).reshape(bins.n, n_services, groups.n)
        return found

    def _minutes(self, bins: Bins, keys: Ints, n_keys: int) -> Floats:
        held = self.raw.held
        rows = np.array(self.info.in_hours, dtype=bool)[held.service]
        if not rows.any():
            return np.zeros((bins.n, n_keys))
        return spell_sums(bins, keys[rows], n_keys, held.start[rows], held.end[rows], held.amount[rows])

    def _occasions(self) -> Iterator[tuple[str, Ints, Ints, Floats]]:
        """Each of COUNTS, in order: the service, class and instant of every time it happened.

        requests: a wait for the service began. admissions; waited: of these, after a wait.
        leavers: left the place, whatever for, also dead. turned_away, given_up: left the queue
        so. deaths: died while holding a place here (or left it for the exit `died`);
        deaths_waiting: died while in its queue. Whoever was there at the start of the run, in a
        place, a step or a queue, is no request, and in a place or a step no admission.
        """
        info, stays = self.info, self.raw.stays
        admitted = ~np.isnan(stays.admitted_at)
        left = admitted & (stays.outcome != UNFINISHED)
        died = stays.outcome == DIED
        routed = np.isin(stays.went_to, exit_targets(info, DIED_EXIT))
        came = admitted & ~self.raw.census_stays(info)
        yield self._told("requests", ~self.raw.asked_by_start(info), stays.requested_at)
        yield self._admissions(came & np.array(info.in_place)[stays.service])
        yield self._told("waited", came & (stays.admitted_at > stays.requested_at), stays.admitted_at)
        yield self._told("leavers", left, stays.left_at)
        yield self._told("turned_away", ~admitted & (stays.outcome == TURNED_AWAY), stays.left_at)
        yield self._told("given_up", ~admitted & (stays.outcome == GAVE_UP), stays.left_at)
        yield self._told("deaths", left & (died | routed), stays.left_at)
        yield self._told("deaths_waiting", ~admitted & died, stays.left_at)

    def _told(self, name: str, rows: NDArray[np.bool_], times: Floats) -> tuple[str, Ints, Ints, Floats]:
        """Stays rows under the class at their end."""
        stays = self.raw.stays
        return name, stays.service[rows], stays.class_[rows], times[rows]

    def _admissions(self, steps: NDArray[np.bool_]) -> tuple[str, Ints, Ints, Floats]:
        """To places, under the class at admission: the flows; to steps: these stays rows.

        Coming back to a place that was kept is no admission.
        """
        flows = self.raw.flows
        places = (flows.to >= 0) & (flows.to < len(self.info.services)) & (flows.why != WHY_RESTARTED)
        name, service, class_, times = self._told("admissions", steps, self.raw.stays.admitted_at)
        return (
            name,
            np.concatenate([flows.to[places], service]),
            np.concatenate([flows.class_[places], class_]),
            np.concatenate([flows.time[places], times]),
        )

    def means_table(
        self, replication: int, bins: Bins, groups: Groups, sums: dict[str, Array], period: str
    ) -> pd.DataFrame:
        """`daily` or `monthly`: time means of people, hours per week, share of time full; counts.

        `capacity` (places or hours per week, inf: unlimited) and `full` are the service's own,
        repeated in each group's row. `hours_*` are 0 in a service with places. Midnight
        columns are means over the midnights of the bin. `people` (monthly) are distinct.
        """
        info = self.info
        bin_of_row, service, group, number = dense_rows(replication, bins, groups, len(info.services))
        columns: dict[str, Array | pd.Categorical] = {"replication": number}
        if period == "day":
            columns["day"] = bin_of_row.astype(np.int32)
            columns["date"] = names(bins.labels, bin_of_row)
        else:
            columns["month"] = names(bins.labels, bin_of_row)
            columns["days"] = bins.widths[bin_of_row]
        columns["service"] = names(info.services, service)
        columns.update(groups.columns(info, group))
        width = bins.widths[:, None, None]
        columns["capacity"] = self._repeated(self._capacity(bins) / bins.widths[:, None], groups)
        columns["held"] = _flat(sums["days"].sum(axis=1) / width)
        for state, name in enumerate(STATES):
            columns[name] = _flat(sums["days"][:, state] / width)
        columns["queue"] = _flat(sums["queue"] / width)
        columns["waiting"] = _flat(sums["waiting"] / width)
        columns["full"] = self._repeated(self._full(bins) / bins.widths[:, None], groups)
        midnights = np.diff(np.ceil(bins.edges[:-1]))[:, None, None]
        columns["held_at_midnight"] = _flat(sums["nights"].sum(axis=1) / midnights)
        columns["delayed_at_midnight"] = _flat(sums["nights"][:, DELAYED] / midnights)
        for name in COUNTS:
            columns[name] = _flat(sums[name]).astype(np.int32)
        if period == "month":
            columns["people"] = _flat(sums["people"]).astype(np.int32)
        hours = sums["minutes"] / MINUTES_AN_HOUR
        columns["hours_held"] = _flat(hours.sum(axis=1) / width)
        for state, name in enumerate(STATES):
            columns[f"hours_{name}"] = _flat(hours[:, state] / width)
        return pd.DataFrame(columns, copy=False)

    def tallies_table(
        self, replication: int, bins: Bins, groups: Groups, sums: dict[str, Array]
    ) -> pd.DataFrame:
        """`tallies`: totals of a month by service, groups and every attribute a price goes by.

        Place-days `*_days` and nights `*_nights` in each state, hours really supplied
        `hours_*` (minutes per week x weeks / 60; 0 in a service with places), queue_days
        (everyone waiting for it), waiting_days (those of them outside), counts.
        `available_days` (place-days there were; inf unlimited, 0 in a service with hours) and
        `available_hours` are the service's own, repeated in each group's row.
        """
        info = self.info
        bin_of_row, service, group, number = dense_rows(replication, bins, groups, len(info.services))
        columns: dict[str, Array | pd.Categorical] = {
            "replication": number,
            "month": names(bins.labels, bin_of_row),
            "days": bins.widths[bin_of_row],
            "service": names(info.services, service),
        }
        columns.update(groups.columns(info, group))
        in_hours = np.array(info.in_hours)
        capacity = self._capacity(bins)
        columns["available_days"] = self._repeated(np.where(in_hours, 0.0, capacity), groups)
        columns["available_hours"] = self._repeated(np.where(in_hours, capacity / 7, 0.0), groups)
        for quantity, unit in (("days", "days"), ("nights", "nights")):
            columns[f"held_{unit}"] = _flat(sums[quantity].sum(axis=1))
            for state, name in enumerate(STATES):
                columns[f"{name}_{unit}"] = _flat(sums[quantity][:, state])
        columns["queue_days"], columns["waiting_days"] = _flat(sums["queue"]), _flat(sums["waiting"])
        for name in COUNTS:
            columns[name] = _flat(sums[name]).astype(np.int32)
        hours = sums["minutes"] / (MINUTES_AN_HOUR * 7)
        columns["hours_held"] = _flat(sums["minutes"].sum(axis=1) / (MINUTES_AN_HOUR * 7))
        for state, name in enumerate(STATES):
            columns[f"hours_{name}"] = _flat(hours[:, state])
        columns["unpaid_days"] = _flat(sums["unpaid"])
        columns["unpaid_hours"] = _flat(sums["unpaid_minutes"]) / (MINUTES_AN_HOUR * 7)
        return pd.DataFrame(columns, copy=False)

    def _capacity(self, bins: Bins) -> Floats:
        """Capacity x days of each bin and service: place-days, or hours per week x days."""
        unit = np.where(np.array(self.info.in_hours), MINUTES_AN_HOUR, 1)
        return np.asarray(capacity_sums(bins, self.info, self.raw.capacity) / unit)

    def _full(self, bins: Bins) -> Floats:
        return spell_sums(bins, self.full[0], len(self.info.services), *self.full[1:])

    def _repeated(self, by_service: Floats, groups: Groups) -> Floats:
        return np.repeat(by_service, groups.n, axis=1).ravel()


def exit_targets(info: RunInfo, name: str) -> list[int]:
    """The target number of an exit, in a list; [] if there is none of that name."""
    return [len(info.services) + k for k, exit_name in enumerate(info.exits) if exit_name == name]


def _flat(array: Array) -> Array:
    return np.ascontiguousarray(array).reshape(-1)


def _delays_table(info: RunInfo, raw: Raw, replication: int, bins: Bins, groups: Groups) -> pd.DataFrame:
    """`delays`: who was held in `service` for want of `awaited`, in a month.

    people: distinct, with such a delay or bridging so in the month, under the group of the
    first; delayed_nights: midnights delayed; delayed_days, bridging_days: time. Pairs of
    services that occur at any time of the run have a row in every month.
    """
    held = raw.held
    rows = (held.state == DELAYED) | (held.state == BRIDGING)
    stride = len(info.services) + 1
    pair_of_row = held.service[rows] * stride + held.awaited[rows] + 1
    pairs, pair = np.unique(pair_of_row, return_inverse=True)
    start, end, delayed = held.start[rows], held.end[rows], held.state[rows] == DELAYED
    size = len(pairs) * groups.n
    keys = pair * groups.n + groups.of_class[held.class_[rows]]
    people = distinct_people(bins, keys, size, pair, held.person[rows], start, end)
    nights = midnight_sums(bins, keys[delayed], size, start[delayed], end[delayed])
    days = spell_sums(bins, keys[delayed], size, start[delayed], end[delayed])
    bridging = spell_sums(bins, keys[~delayed], size, start[~delayed], end[~delayed])
    bin_of_row, pair_of_row, group, number = dense_rows(replication, bins, groups, len(pairs))
    pair_of_row = pairs[pair_of_row]
    return pd.DataFrame(
        {
            "replication": number,
            "month": names(bins.labels, bin_of_row),
            "days": bins.widths[bin_of_row],
            "service": names(info.services, pair_of_row // stride),
            "awaited": names(info.services, pair_of_row % stride - 1),
            **groups.columns(info, group),
            "people": _flat(people).astype(np.int32),
            "delayed_nights": _flat(nights),
            "delayed_days": _flat(days),
            "bridging_days": _flat(bridging),
        },
        copy=False,
    )


def _queues_table(info: RunInfo, raw: Raw, replication: int, bins: Bins, groups: Groups) -> pd.DataFrame:
    """`queues`: person-days of waiting for `service` in a month, by `where` people were meanwhile.

    `where` is the service whose place they held, or `outside`. Pairs that occur at any time of
    the run have a row in every month; over them the sum is `tallies.queue_days`.
    """
    queued = raw.queued
    stride = len(info.services) + 1
    pairs, pair = np.unique(queued.service * stride + queued.where % stride, return_inverse=True)
    keys = pair * groups.n + groups.of_class[queued.class_]
    days = spell_sums(bins, keys, len(pairs) * groups.n, queued.start, queued.end)
    bin_of_row, pair_of_row, group, number = dense_rows(replication, bins, groups, len(pairs))
    pair_of_row = pairs[pair_of_row]
    return pd.DataFrame(
        {
            "replication": number,
            "month": names(bins.labels, bin_of_row),
            "service": names(info.services, pair_of_row // stride),
            # NOBODY modulo the stride is the last name.
            "where": names((*info.services, OUTSIDE), pair_of_row % stride),
            **groups.columns(info, group),
            "queue_days": _flat(days),
        },
        copy=False,
    )


def _occupancy_table(info: RunInfo, held: list[Trajectory], replication: int, bins: Bins) -> pd.DataFrame:
    """`occupancy`: the part of the window that lay in a month with so many people held in a service.

    A number nobody saw in a month has no row; shares of a service add up to 1 over all months.
    """
    parts = [time_by_number(bins, own) for own in held]
    service = np.repeat(np.arange(len(parts)), [len(numbers) for _, numbers, _ in parts])
    month, number, spent = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((number, service, month))
    return pd.DataFrame(
        {
            "replication": np.full(len(service), replication, dtype=np.int32),
            "month": names(bins.labels, month[order]),
            "service": names(info.services, service[order]),
            "held": number[order].astype(np.int32),
            "share": spent[order] / info.end,
        }
    )
