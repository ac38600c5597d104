"""Staff compiled: who may come, go and be at work from which instant on, and what one worker is worth.

What becomes of them is drawn in `engine/staff.py`; what is expected of them is in `staffing.py`.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import numpy as np

from caresim.grid import MINUTES_AN_HOUR, on_grid
from caresim.network.calendars import months_of
from caresim.network.network import NOT_IN_POST, Calendar, Rate, Staffed, StaffGroup
from caresim.network.tables import choice_of, value_at
from caresim.scenario import read_staff
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import Provider, Service
from caresim.scenario.staff import ELSEWHERE, FromStaff
from caresim.scenario.staff import StaffGroup as Declared

Value = TypeVar("Value")
Pieces = tuple[tuple[float, Value], ...]
"""(instant, what holds from then on), the first at the start of the run."""


class Epoch(Protocol):
    """The scenario as it is from one instant on."""

    @property
    def since(self) -> float: ...
    @property
    def instant(self) -> float: ...
    @property
    def scenario(self) -> Scenario: ...


def make_staff(epochs: Sequence[Epoch]) -> tuple[StaffGroup, ...]:
    """Every group of staff, in order of names."""
    names = sorted(epochs[0].scenario.staff)
    return tuple(_group(name, names, epochs) for name in names)


def _group(name: str, names: list[str], epochs: Sequence[Epoch]) -> StaffGroup:
    def pieces(value: Callable[[Declared, float], Value]) -> Pieces[Value]:
        return only_changes(
            [(epoch.since, value(epoch.scenario.staff[name], epoch.instant)) for epoch in epochs]
        )

    numbers = {other: number for number, other in enumerate(names)} | {ELSEWHERE: NOT_IN_POST}
    posts = pieces(lambda group, at: value_at(group.posts, at))
    in_post = epochs[0].scenario.staff[name].in_post
    joiners = pieces(lambda group, at: float(value_at(group.joiners, at)))
    return StaffGroup(
        name=name,
        in_post=posts[0][1] if in_post is None else in_post,
        posts=posts,
        joiners=Rate(base=joiners, month=None, weekday=None, hour=None, cycle=None, growth=0.0),
        leavers=pieces(lambda group, at: float(value_at(group.leavers, at))),
        leave_to=pieces(
            lambda group, at: choice_of(
                [
                    (numbers[to], share)
                    for to, share in sorted((group.leave_to or {ELSEWHERE: 1.0}).items())
                    if share > 0
                ]
            )
        ),
        induction=pieces(lambda group, at: on_grid(group.induction)),
    )


def make_staffed(
    owners: Sequence[Service | Provider], epochs: Sequence[Epoch], calendar: Calendar, end: float
) -> Staffed | None:
    """What the workers of a service's or provider's capacity are worth; None: it has one of its own.

    Args:
        owners: as it is in each of the epochs.
    """
    capacity = read_staff.from_staff(owners[0])
    if capacity is None:
        return None
    worth: list[tuple[float, float]] = []
    ends = [epoch.since for epoch in epochs[1:]] + [end]
    for owner, epoch, until in zip(owners, epochs, ends, strict=True):
        group = epoch.scenario.staff[capacity.group]
        at_work = 1.0 - np.array(group.sickness)
        each = _each(owner, group, epoch.instant)
        for since in [epoch.since, *_months_between(epoch.since, until, calendar, group)]:
            month = int(months_of(calendar, np.array([math.floor(since)]))[0]) % 12
            worth.append((since, float(at_work[month]) * each))
    names = sorted(epochs[0].scenario.staff)
    return Staffed(group=names.index(capacity.group), worth=only_changes(worth))


def worth_nothing_while(staffed: Staffed, away: Pieces[bool]) -> Staffed:
    """The same, but that the work comes to nothing whenever `away` holds."""
    instants = sorted({at for at, _ in staffed.worth} | {at for at, _ in away})
    worth = [(at, 0.0 if held_at(away, at) else held_at(staffed.worth, at)) for at in instants]
    return replace(staffed, worth=only_changes(worth))


def held_at(pieces: Sequence[tuple[float, Value]], at: float) -> Value:
    """What holds at an instant; the first piece also before it."""
    return pieces[max(bisect_right(pieces, at, key=lambda piece: piece[0]) - 1, 0)][1]


def _each(owner: Service | Provider, group: Declared, instant: float) -> float:
    """Minutes per week, or places, of one worker who is at work."""
    capacity = read_staff.from_staff(owner)
    assert isinstance(capacity, FromStaff)
    if capacity.per_worker is not None:
        return capacity.share * capacity.per_worker
    assert group.contact is not None
    return capacity.share * MINUTES_AN_HOUR * float(value_at(group.contact, instant))


def _months_between(since: float, until: float, calendar: Calendar, group: Declared) -> list[float]:
    """First instants of months inside a time, where the months make a difference."""
    if len(set(group.sickness)) == 1:
        return []
    days = np.arange(math.floor(since), math.ceil(until))
    months = months_of(calendar, days)
    return [float(day) for day in days[1:][np.diff(months) > 0] if since < day < until]


def only_changes(pieces: list[tuple[float, Value]]) -> Pieces[Value]:
    kept = pieces[:1]
    kept += [piece for before, piece in itertools.pairwise(pieces) if piece[1] != before[1]]
    return tuple(kept)


def staffed_capacity(in_hours: bool, productive: float, worth: float) -> int:
    """Whole minutes per week, halves up; or whole places, rounded down."""
    # What differs from a whole number, or a half, by less than a rounding error is one.
    exact = round(productive * worth, 9)
    return math.floor(exact + 0.5) if in_hours else math.floor(exact)


def most_capacity(groups: Sequence[StaffGroup], staffed: Staffed, in_hours: bool) -> int:
    """What a service or provider never exceeds: all posts (or whoever is in post) filled, the best month."""
    group = groups[staffed.group]
    most = max(group.in_post, *(posts for _, posts in group.posts))
    return staffed_capacity(in_hours, most, max(worth for _, worth in staffed.worth))
