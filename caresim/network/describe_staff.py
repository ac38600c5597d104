"""Staff as they will be simulated, in plain text: a part of what `caresim explain` prints."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np

from caresim.durations import DAYS_PER_MONTH, format_duration
from caresim.network.layout import WIDTH, Under, count, everything, figure, once, percent, section, whole
from caresim.network.loads import ServiceLoad
from caresim.network.network import NOT_IN_POST, Choice, Network, Service
from caresim.network.staffing import Expected, expected_staff, held, middles
from caresim.network.tables import shares_of

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
        staffed = [(each.name, each.staffed) for each in network.services if each.staffed is not None]
        services = [name for name, capacity in staffed if capacity.group == number]
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
            if service.staffed is not None and service.staffed.group == number:
                unit, scale = ("hours per week", 60.0) if service.in_hours else ("places", 1.0)
                worth = [value / scale for _, value in service.staffed.worth]
                least, most = figure(min(worth)), figure(max(worth))
                each = least if least == most else f"{least} to {most}"
                yield [group.name, "each gives", f"{each} {unit} of {service.name}, sickness taken off"]


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
    for service, load in zip(network.services, loads, strict=True):
        if service.staffed is None or not under(f"services.{service.name}"):
            continue
        there = long_run_capacity(service, expected, network.end)
        if load.mean.offered > there:
            yield (
                f"{service.name}: in the long run its staff are expected to give {whole(round(there, 1))} "
                f"{load.unit}, and {whole(round(load.mean.offered, 1))} are asked for."
            )


def long_run_capacity(service: Service, expected: Sequence[Expected], end: float) -> float:
    """Places or hours per week of the workers of the long run, sickness and contact as in the window."""
    assert service.staffed is not None
    days = middles(0.0, end).tolist()
    worth = sum(held(service.staffed.worth, at) for at in days) / len(days)
    there = expected[service.staffed.group].long_run_productive * worth
    return there / 60.0 if service.in_hours else there
