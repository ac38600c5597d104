"""Staff as they will be simulated, in plain text: a part of what `caresim explain` prints."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from caresim.durations import DAYS_PER_MONTH, format_duration
from caresim.network.checks import always_closed, every
from caresim.network.layout import WIDTH, Under, count, everything, figure, once, percent, section, whole
from caresim.network.loads import ServiceLoad
from caresim.network.network import NOT_IN_POST, Choice, Network, Service
from caresim.network.staffing import Expected, expected_staff, held, middles
from caresim.network.tables import shares_of
from caresim.scenario.near_paths import listed

Value = TypeVar("Value")

MOST_TOLD = 4
"""Of what changes over time, so many values are told."""

ABOUT = (
    "In the window: expected, of the random numbers who join and leave. In the long run: with what holds at "
    "the end of the run. Productive are those whose induction is over. What is asked of a service above is "
    "held against what its staff are expected to do in that month, before it is rounded."
)


def describe_staff(network: Network, loads: Sequence[ServiceLoad], under: Under = everything) -> list[str]:
    """Posts, workers expected in the window and in the long run, and whether that is enough."""
    if not network.staff:
        return []
    expected = expected_staff(network)
    told = [*posts_never_filled(network, expected, under), *_too_few(network, expected, loads, under)]
    lines = [line for text in told for line in textwrap.wrap(f"! {text}", WIDTH, subsequent_indent="  ")]
    if not any(under(f"staff.{group.name}") for group in network.staff):
        return ["\n".join(lines)]
    header = ["staff", ">posts", ">at the", ">in the", ">of these", ">in the", ">of these", "whose work is"]
    units = ["", "", ">start", ">window", ">productive", ">long run", ">productive", ""]
    rows = [[unit.removeprefix(">") for unit in units]]
    for number, (group, own) in enumerate(zip(network.staff, expected, strict=True)):
        if not under(f"staff.{group.name}"):
            continue
        services = [
            each.name
            for each in network.services
            if any(staffed.group == number for _, staffed in each.works)
        ]
        rows.append(
            [
                group.name,
                " -> ".join(str(posts) for _, posts in group.posts[:3]),
                str(group.in_post),
                figure(own.mean_in_post(0.0, network.end)),
                figure(own.mean_productive(0.0, network.end)),
                figure(own.long_run_in_post),
                figure(own.long_run_productive),
                ", ".join(services) or "no service here",
            ]
        )
    rules = section("", ["", "", ""], once(list(_rules(network, under)))).split("\n", 2)[2]
    return ["\n".join([section("Staff", header, rows), "", rules, "", *textwrap.wrap(ABOUT, WIDTH), *lines])]


def _rules(network: Network, under: Under) -> Iterator[list[str]]:
    """(group, what, in words), how workers of each group come, learn, go and work."""
    names = [group.name for group in network.staff]
    for number, group in enumerate(network.staff):
        if not under(f"staff.{group.name}"):
            continue
        yield [group.name, "found", _over_time(network, group.joiners.base, _a_month)]
        yield [group.name, "leave", _over_time(network, group.leavers, _of_workers)]
        if any(NOT_IN_POST not in choice.codes or len(choice.codes) > 1 for _, choice in group.leave_to):
            leading = _over_time(network, group.leave_to, lambda to: _shares(names, to))
            yield [group.name, "leave to", leading]
        if any(days for _, days in group.induction):
            yield [group.name, "induction", _over_time(network, group.induction, format_duration)]
        for service in network.services:
            unit = "hours per week" if service.in_hours else "places"
            for each, whose in _worth(service, number).items():
                yield [group.name, "each gives", f"{each} {unit} of {whose}, sickness taken off"]


def _worth(service: Service, group: int) -> dict[str, str]:
    """What a worker at work gives -> to whom: the service, or those of its providers who have as much."""
    found: dict[str, list[str]] = {}
    for k, staffed in service.works:
        if staffed.group == group:
            # Nothing is given to a provider that has closed.
            worth = [value / (60.0 if service.in_hours else 1.0) for _, value in staffed.worth if value > 0]
            least, most = figure(min(worth, default=0.0)), figure(max(worth, default=0.0))
            names = found.setdefault(least if least == most else f"{least} to {most}", [])
            shared = service.providers and not service.providers[k].is_service
            names += [service.providers[k].name] if shared else []
    return {
        each: f"{service.name}, to {'each of ' if len(names) > 1 else ''}{listed(names)}"
        if names
        else service.name
        for each, names in found.items()
    }


def _a_month(rate: float) -> str:
    return f"{figure(rate * DAYS_PER_MONTH)} a month" if rate else "nobody"


def _of_workers(hazard: float) -> str:
    return f"{percent(hazard * DAYS_PER_MONTH)} of workers a month" if hazard else "nobody"


def _over_time(
    network: Network, pieces: Sequence[tuple[float, Value]], in_words: Callable[[Value], str]
) -> str:
    """What holds at the start, and what becomes of it."""
    first = np.datetime64(network.calendar.start, "D")
    told = [in_words(pieces[0][1])]
    told += [f"{in_words(value)} from {first + math.floor(at)}" for at, value in pieces[1:MOST_TOLD]]
    left = len(pieces) - MOST_TOLD
    return "; ".join(told) + (f"; {count(left, 'change')} more" if left > 0 else "")


def _shares(names: list[str], choice: Choice) -> str:
    to = {NOT_IN_POST: "elsewhere", **dict(enumerate(names))}
    return ", ".join(f"{to[code]} {percent(share)}" for code, share in shares_of(choice))


def posts_never_filled(
    network: Network, expected: Sequence[Expected], under: Under = everything
) -> Iterator[str]:
    """Groups that would not come to as many workers as there are posts, however long one waited."""
    for group, own in zip(network.staff, expected, strict=True):
        posts = group.posts[-1][1]
        if own.without_limit < posts and under(f"staff.{group.name}"):
            filled = f"about {own.long_run_in_post:.0f} are filled in the long run"
            yield f"staff.{group.name}: of {posts} posts {filled}: no more are found than leave again."


def _too_few(
    network: Network, expected: Sequence[Expected], loads: Sequence[ServiceLoad], under: Under
) -> Iterator[str]:
    """Services that ask for more than their staff can do in the long run."""
    for number, (service, load) in enumerate(zip(network.services, loads, strict=True)):
        if not service.works or not under(f"services.{service.name}"):
            continue
        there = long_run_capacity(network, number, expected)
        if load.mean.offered > there:
            yield (
                f"{service.name}: in the long run its staff are expected to give {whole(round(there, 1))} "
                f"{load.unit}, and {whole(round(load.mean.offered, 1))} are asked for."
            )


def long_run_capacity(network: Network, number: int, expected: Sequence[Expected]) -> float:
    """Places or hours per week of the workers of the long run, sickness and contact as in the window.

    Of providers that have a capacity of their own, what they have at the end of the run.
    """
    service, days = network.services[number], middles(0.0, network.end).tolist()
    works, closed = dict(service.works), always_closed(network, number)
    there = 0.0
    for k in range(max(len(service.providers), 1)):
        if k in works:
            worth = sum(held(works[k].worth, at) for at in days) / len(days)
            there += expected[works[k].group].long_run_productive * worth if k not in closed else 0.0
        elif k not in closed:
            there += every(network, number, "capacities")[-1][k]
    return there / 60.0 if service.in_hours else there
