"""What became of people after they left a service: the `outcomes` table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.records.bins import Bins, Floats, Ints, instant_counts
from caresim.records.frames import Groups, dense_rows, names
from caresim.records.raw import Raw
from caresim.records.recorder import DIED, NOBODY, UNFINISHED, WHY_RESOURCED, WHY_RESTARTED
from caresim.records.tables import DIED as DIED_EXIT
from caresim.records.tables import RunInfo

WHICH = ("readmitted_30", "readmitted_91", "home_91", "permanent_admission")
CARE_HOMES = ("residential", "nursing")
NOT_AT_HOME = ("acute", "community_hospital", "residential", "nursing")

FollowUp = tuple[Ints, Ints, Floats, NDArray[np.bool_]]
"""Of each person who counts: service, class, instant, whether it happened to them."""


def outcomes_table(info: RunInfo, raw: Raw, replication: int, bins: Bins, groups: Groups) -> pd.DataFrame:
    """`outcomes`: of those who left `service` in a month (`of`), to how many (`people`) it happened.

    readmitted_30, readmitted_91: of those who left an acute service alive and not for another
        acute one, who were admitted to an acute service less than 30 (91) days later. Only
        those count whose 30 (91) days end within the run.
    home_91: of those who left a reablement service alive, who 91 days later held no acute,
        community hospital, residential or nursing place and were not dead. Only those count
        whose 91 days end within the run.
    permanent_admission: of those admitted to a residential or nursing `service`, wherever from,
        who did not come from a residential or nursing one, nor from hospital back to theirs.

    Leaving (admission) counts in the month it happens, in the group at that time.
    """
    follow_up = {
        "readmitted_30": _readmitted(info, raw, 30),
        "readmitted_91": _readmitted(info, raw, 91),
        "home_91": _home(info, raw, 91),
        "permanent_admission": _permanent(info, raw),
    }
    kinds_of = {
        "readmitted_30": {"acute"},
        "readmitted_91": {"acute"},
        "home_91": {"reablement"},
        "permanent_admission": set(CARE_HOMES),
    }
    pairs = [
        (service, which)
        for service, kind in enumerate(info.kinds)
        for which, name in enumerate(WHICH)
        if kind in kinds_of[name] and not info.in_place[service]
    ]
    n_cells = len(info.services) * len(WHICH) * groups.n
    counts = np.zeros((2, bins.n, n_cells), dtype=np.int64)
    for which, name in enumerate(WHICH):
        service, class_, times, happened = follow_up[name]
        keys = (service * len(WHICH) + which) * groups.n + groups.of_class[class_]
        counts[0] += instant_counts(bins, keys[happened], n_cells, times[happened])
        counts[1] += instant_counts(bins, keys, n_cells, times)
    chosen = np.array([service * len(WHICH) + which for service, which in pairs], dtype=np.int64)
    people, of = counts.reshape(2, bins.n, -1, groups.n)[:, :, chosen].reshape(2, -1)
    bin_of_row, pair, group, number = dense_rows(replication, bins, groups, len(pairs))
    return pd.DataFrame(
        {
            "replication": number,
            "month": names(bins.labels, bin_of_row),
            "service": names(info.services, chosen[pair] // len(WHICH)),
            "which": names(WHICH, chosen[pair] % len(WHICH)),
            **groups.columns(info, group),
            "people": people.astype(np.int32),
            "of": of.astype(np.int32),
        }
    )


def _of_kind(info: RunInfo, target: Ints, *kinds: str) -> NDArray[np.bool_]:
    """Which targets are services of these kinds; exits and nowhere are not."""
    is_kind = np.array([kind in kinds for kind in info.kinds] + [False] * (len(info.exits) + 1))
    return np.asarray(is_kind[target])  # NOBODY is -1: the last entry.


def _left_alive(info: RunInfo, raw: Raw) -> NDArray[np.bool_]:
    """Stays rows of those who held a place, not a step, and left it alive."""
    stays = raw.stays
    held = ~np.isnan(stays.admitted_at) & ~np.array(info.in_place)[stays.service]
    alive = (stays.outcome != DIED) & (stays.outcome != UNFINISHED)
    return held & alive & ~_to_died(info, stays.went_to)


def _to_died(info: RunInfo, target: Ints) -> NDArray[np.bool_]:
    exits = np.array([False] * len(info.services) + [name == DIED_EXIT for name in info.exits] + [False])
    return np.asarray(exits[target])


def _of_leavers(raw: Raw, left: NDArray[np.bool_], happened: NDArray[np.bool_]) -> FollowUp:
    stays = raw.stays
    return stays.service[left], stays.class_[left], stays.left_at[left], happened[left]


def _readmitted(info: RunInfo, raw: Raw, days: int) -> FollowUp:
    stays = raw.stays
    acute = _of_kind(info, stays.service, "acute") & ~np.isnan(stays.admitted_at)
    rows = np.flatnonzero(acute)
    rows = rows[np.lexsort((stays.admitted_at[rows], stays.person[rows]))]
    again = np.full(len(stays.person), np.inf)
    same = stays.person[rows[1:]] == stays.person[rows[:-1]]
    again[rows[:-1][same]] = stays.admitted_at[rows[1:][same]]
    discharged = acute & _left_alive(info, raw) & ~_of_kind(info, stays.went_to, "acute")
    followed = stays.left_at + days <= info.end
    return _of_leavers(raw, discharged & followed, again - stays.left_at < days)


def _home(info: RunInfo, raw: Raw, days: int) -> FollowUp:
    stays = raw.stays
    left = _of_kind(info, stays.service, "reablement") & _left_alive(info, raw)
    left &= stays.left_at + days <= info.end
    rows = np.flatnonzero(left)
    then, person = stays.left_at[rows] + days, stays.person[rows]
    dead_at = np.full(len(raw.streams), np.inf)
    died = _to_died(info, raw.flows.to)
    dead_at[raw.flows.person[died]] = raw.flows.time[died]
    gone = stays.outcome == DIED
    np.minimum.at(dead_at, stays.person[gone], stays.left_at[gone])
    elsewhere = _of_kind(info, stays.service, *NOT_AT_HOME) & ~np.array(info.in_place)[stays.service]
    home = np.zeros(len(left), dtype=bool)
    home[rows] = ~raw.holds_at(elsewhere, person, then) & (dead_at[person] > then)
    return _of_leavers(raw, left, home)


def _permanent(info: RunInfo, raw: Raw) -> FollowUp:
    flows = raw.flows
    rows = _of_kind(info, flows.to, *CARE_HOMES) & ~np.isin(flows.why, (WHY_RESTARTED, WHY_RESOURCED))
    # Streams are numbered after the services, as exits are among targets.
    origin = np.where(flows.from_[rows] < len(info.services), flows.from_[rows], NOBODY)
    return flows.to[rows], flows.class_[rows], flows.time[rows], ~_of_kind(info, origin, *CARE_HOMES)
