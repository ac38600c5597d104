"""What is expected of staff, before anything is drawn: in the window, and in the long run.

The number in post of a group is a birth and death process: people found join while a post is
vacant, each worker leaves at a hazard. Its distribution is followed through the run. Groups
that workers change between are taken as independent of one another, each meeting the mean
flow from the others and the chance of a vacancy there; without `leave_to` all is exact.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from caresim.network.network import NOT_IN_POST, Network, Service, StaffGroup
from caresim.network.tables import shares_of

Array = NDArray[np.float64]
Value = TypeVar("Value")

LARGEST = 1_000
"""Posts beyond which a group is followed by its mean alone: one post more or less is nothing there."""
LONGEST_STEP = 7.0
ROUNDS = 500
"""Of looking for the long run of groups that feed each other."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One group: expected workers at instants of the run, and in the long run."""

    times: Array
    in_post: Array
    productive: Array
    long_run_in_post: float
    """With the posts, joiners, leavers and induction of the end of the run."""
    long_run_productive: float
    without_limit: float
    """In post in the long run if posts were never filled; math.inf where nobody leaves."""

    def mean_in_post(self, start: float, end: float) -> float:
        return float(np.interp(middles(start, end), self.times, self.in_post).mean())

    def mean_productive(self, start: float, end: float) -> float:
        return float(np.interp(middles(start, end), self.times, self.productive).mean())


def expected_staff(network: Network) -> list[Expected]:
    """Every group of staff, in order of names."""
    if not network.staff:
        return []
    times, in_post, joining, hazard = _followed(network)
    found = []
    for number, (group, long_run) in enumerate(zip(network.staff, _long_run(network), strict=True)):
        induction = [held(group.induction, at) for at in times.tolist()]
        learning = _in_induction(times, joining[:, number], hazard[:, number], np.array(induction))
        productive = in_post[:, number] - learning
        found.append(Expected(times, in_post[:, number], productive, *long_run))
    return found


def expected_capacities(
    service: Service, expected: Sequence[Expected], start: float, end: float
) -> list[float]:
    """What each provider of a service (without any: the service itself) is expected to have in a time.

    What staff make is told before it is rounded; all else is as `service` is in that time.
    """
    days, works = middles(start, end), dict(service.works)
    found = []
    for k, has in enumerate(service.capacities if service.providers else (service.capacity,)):
        if k in works:
            group = expected[works[k].group]
            worth = np.array([held(works[k].worth, at) for at in days.tolist()])
            found.append(float((np.interp(days, group.times, group.productive) * worth).mean()))
        else:
            found.append(math.inf if has is None else float(has))
    return found


def middles(start: float, end: float) -> Array:
    """The middle of each day, or of the time if it is shorter."""
    number = max(1, round(end - start))
    return np.asarray(start + (np.arange(number) + 0.5) * ((end - start) / number), dtype=np.float64)


def held(pieces: Sequence[tuple[float, Value]], at: float) -> Value:
    """What holds at an instant; the first piece also before it."""
    found = pieces[0][1]
    for since, value in pieces:
        if since > at:
            break
        found = value
    return found


# ---------------------------------------------------------------- through the run


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds of all groups at an instant; arrays are of shape (groups,) or (groups, groups)."""

    posts: Array
    joiners: Array
    leavers: Array
    to: Array
    """Share of the occasions to leave `row` that lead to group `column`."""
    elsewhere: Array

    @classmethod
    def at(cls, groups: Sequence[StaffGroup], instant: float) -> _Rules:
        to = np.zeros((len(groups), len(groups)))
        elsewhere = np.zeros(len(groups))
        for number, group in enumerate(groups):
            for code, share in shares_of(held(group.leave_to, instant)):
                if code == NOT_IN_POST:
                    elsewhere[number] += share
                else:
                    to[number, code] += share
        return cls(
            posts=np.array([held(group.posts, instant) for group in groups], dtype=float),
            joiners=np.array([held(group.joiners.base, instant) for group in groups]),
            leavers=np.array([held(group.leavers, instant) for group in groups]),
            to=to,
            elsewhere=elsewhere,
        )


def _followed(network: Network) -> tuple[Array, Array, Array, Array]:
    """Instants, and for each and every group: expected in post, joining a day, hazard of a worker."""
    groups = network.staff
    most = [max(group.in_post, *(posts for _, posts in group.posts)) for group in groups]
    world: _Distributions | _Means = (
        _Means(groups) if max(most) > LARGEST else _Distributions(groups, max(most))
    )
    cuts = {network.start, network.end}
    for group in groups:
        for pieces in (group.posts, group.joiners.base, group.leavers, group.leave_to, group.induction):
            cuts |= {at for at, _ in pieces if network.start < at < network.end}
    edges = sorted(cuts)
    rows: list[tuple[float, Array, Array, Array]] = []
    for start, end in itertools.pairwise(edges):
        rules = _Rules.at(groups, start)
        fastest = float((rules.joiners + rules.leavers * np.array(most, dtype=float)).sum())
        number = max(1, math.ceil((end - start) * max(fastest, 1 / LONGEST_STEP)))
        step = (end - start) / number
        for place in range(number):
            rows.append((start + place * step, *world.now(rules)))
            world.go_on(rules, step)
    rows.append((network.end, *world.now(_Rules.at(groups, network.end))))
    times, *columns = zip(*rows, strict=True)
    in_post, joining, hazard = (np.array(column) for column in columns)
    return np.array(times), in_post, joining, hazard


class _Distributions:
    """Of each group the chances of 0, 1, 2 ... in post: `chances`, shape (groups, most + 1)."""

    def __init__(self, groups: Sequence[StaffGroup], most: int) -> None:
        self.numbers = np.arange(most + 1, dtype=float)
        self.chances = np.zeros((len(groups), most + 1))
        for number, group in enumerate(groups):
            self.chances[number, group.in_post] = 1.0

    def now(self, rules: _Rules) -> tuple[Array, Array, Array]:
        mean, births, hazard = self._rates(self.chances, rules)
        return mean, (self.chances * births).sum(axis=1), hazard

    def _rates(self, chances: Array, rules: _Rules) -> tuple[Array, Array, Array]:
        mean = chances @ self.numbers
        vacant = self.numbers < rules.posts[:, None]
        hazard = rules.leavers * (rules.elsewhere + rules.to @ (chances * vacant).sum(axis=1))
        found = rules.joiners + (mean * rules.leavers) @ rules.to
        return mean, vacant * found[:, None], hazard

    def _slope(self, chances: Array, rules: _Rules) -> Array:
        _, births, hazard = self._rates(chances, rules)
        up = (chances * births)[:, :-1]
        down = (chances * self.numbers * hazard[:, None])[:, 1:]
        slope = np.zeros_like(chances)
        slope[:, :-1] += down - up
        slope[:, 1:] += up - down
        return slope

    def go_on(self, rules: _Rules, step: float) -> None:
        """One step of the classical method of Runge and Kutta."""
        first = self._slope(self.chances, rules)
        second = self._slope(self.chances + step / 2 * first, rules)
        third = self._slope(self.chances + step / 2 * second, rules)
        fourth = self._slope(self.chances + step * third, rules)
        self.chances = self.chances + step / 6 * (first + 2 * second + 2 * third + fourth)


class _Means:
    """Of each group the mean in post, as if it were always near it."""

    def __init__(self, groups: Sequence[StaffGroup]) -> None:
        self.mean = np.array([group.in_post for group in groups], dtype=float)

    def now(self, rules: _Rules) -> tuple[Array, Array, Array]:
        # Within a post of full, in part vacant: a mean stops just below.
        vacant = np.clip(rules.posts - self.mean, 0.0, 1.0)
        hazard = rules.leavers * (rules.elsewhere + rules.to @ vacant)
        found = rules.joiners + (self.mean * rules.leavers) @ rules.to
        return self.mean, found * vacant, hazard

    def go_on(self, rules: _Rules, step: float) -> None:
        mean, joining, hazard = self.now(rules)
        self.mean = mean + step * (joining - hazard * mean)


def _in_induction(times: Array, joining: Array, hazard: Array, induction: Array) -> Array:
    """Expected workers who joined less than an induction ago and are still there, at each instant."""
    gone = np.concatenate([[0.0], np.cumsum(np.diff(times) * (hazard[1:] + hazard[:-1]) / 2)])
    found = np.zeros(len(times))
    for place in np.flatnonzero(induction > 0).tolist():
        at = times[place]
        since = max(times[0], at - induction[place])
        inside = np.arange(np.searchsorted(times, since, side="right"), place + 1)
        instants = np.concatenate([[since], times[inside]])
        left = np.exp(np.interp(instants, times, gone) - gone[place])
        there = np.interp(instants, times, joining) * left
        found[place] = ((there[1:] + there[:-1]) / 2 * np.diff(instants)).sum()
    return found


# ---------------------------------------------------------------- the long run


def _long_run(network: Network) -> list[tuple[float, float, float]]:
    """Of each group: in post and productive in the long run, and in post if posts were never filled.

    Alone, a group is Erlang's loss system the other way round: the number in post is a Poisson
    number of mean joiners / hazard cut off at the posts.
    """
    rules = _Rules.at(network.staff, network.end)
    mean, vacant = (
        np.minimum(rules.posts, [group.in_post for group in network.staff]),
        np.ones(len(rules.posts)),
    )
    hazard, found = rules.leavers, rules.joiners
    for _ in range(ROUNDS):
        hazard = rules.leavers * (rules.elsewhere + rules.to @ vacant)
        found = rules.joiners + (mean * rules.leavers) @ rules.to
        pairs = [
            _cut_off(float(rate), float(loss), int(posts), group.in_post)
            for rate, loss, posts, group in zip(found, hazard, rules.posts, network.staff, strict=True)
        ]
        after = np.array([number for number, _ in pairs])
        # Half way, so that two groups that feed each other do not take turns.
        mean, moved = (mean + after) / 2, np.abs(after - mean).max()
        vacant = (vacant + np.array([chance for _, chance in pairs])) / 2
        if moved < 1e-9:
            break
    result = []
    for number, group in enumerate(network.staff):
        days, loss = held(group.induction, network.end), float(hazard[number])
        learning = float(mean[number]) * -math.expm1(-loss * days)
        without_limit = float(found[number]) / loss if loss > 0 else math.inf
        result.append((float(mean[number]), float(mean[number]) - learning, without_limit))
    return result


def _cut_off(found: float, hazard: float, posts: int, in_post: int) -> tuple[float, float]:
    """Mean in post and the chance of a vacancy, in the long run."""
    if hazard <= 0:
        full = posts if found > 0 else in_post
        return float(max(full, in_post)), float(full < posts)
    offered = found / hazard
    blocked = 1.0
    for number in range(1, posts + 1):
        blocked = offered * blocked / (number + offered * blocked)
    return offered * (1.0 - blocked), 1.0 - blocked
