"""Events as they are written; what they change is checked by trying it (`edits.check_events`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from caresim.durations import DURATION, RATE
from caresim.scenario.events import AtRandom, Event
from caresim.scenario.near_paths import hint_for_each, what_each_may_be
from caresim.scenario.nodes import Node, node_at, plain, split_path
from caresim.scenario.read_distributions import read_distribution
from caresim.scenario.read_services import read_label
from caresim.scenario.reader import Reader, kind_of
from caresim.scenario.shape import Fields, Named, shape_at

YEAR = "year"
OFTEN = replace(RATE, name="how often", example="2 per year")
MOST_A_DAY = 10.0
"""Episodes."""
MOST_EPISODES = 10_000
LEAP_DAY = (2, 29)
_DAY = re.compile(r"(\d{2})-(\d{2})")

MonthDay = tuple[int, int]


def read_event(reader: Reader, name: str, node: Node, root: Node, run: tuple[float, float]) -> Event:
    """When an event holds, or how often it happens.

    Args:
        run: first and last instant: of what comes every year, the years that touch it are told.
    """
    get = node.get
    active, ramp, change, each, every = (get(key) for key in ("active", "ramp", "change", "each", "every"))
    if change is None or not change.entries:
        reader.fault(node, "needs change: what it changes, for example {services.ward.places: plus 30}.")
    at_random = _at_random(reader, node)
    if every is not None:
        reader.one_of(every, (YEAR,), "one word:")
    times = (
        tuple(_once(reader, node, at_random is not None, run))
        if every is None
        else tuple(_every_year(reader, node, run))
    )
    days = 0.0 if ramp is None else reader.duration(ramp) or 0.0
    if ramp is not None and days != int(days):
        reader.fault(ramp, f"needs whole days; got {ramp.value}.")
    changes = () if change is None else tuple(sorted((p, plain(n)) for p, n in change.entries.items()))
    label = get("label")
    return Event(
        name=name,
        label=read_label(reader, label, name),
        active=active is None or reader.true_or_false(active),
        times=times,
        every_year=every is not None,
        at_random=at_random,
        ramp=days,
        each=("",) if each is None else _each(reader, each, root),
        changes=changes,
    )


# ---------------------------------------------------------------- when


def _once(
    reader: Reader, node: Node, is_random: bool, run: tuple[float, float]
) -> Iterator[tuple[float, float | None]]:
    """From a date to a date; what happens at random may do so all the time."""
    start, to = node.get("from"), node.get("to")
    for entry in (start, to):
        if entry is not None and _DAY.fullmatch(str(entry.value)):
            reader.fault(entry, f"is a day without its year: write `every: {YEAR}` too; got {entry.value}.")
            return
    if start is None and not is_random:
        reader.fault(node, "needs from: its first day.")
    first = run[0] if start is None else reader.day(start)
    end = None if to is None else reader.last_day(to)
    if first is not None and end is not None and to is not None and end <= first:
        if start is not None:
            reader.fault(to, f"needs a day that is not before the first; got {to.value}.")
        return
    yield float(first or 0), None if end is None else float(end)


def _every_year(reader: Reader, node: Node, run: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """Each year's time that touches the run; one that ends before it begins goes on into the next year."""
    read: list[MonthDay | None] = []
    for key, example in (("from", "10-01"), ("to", "01-31")):
        entry = node.get(key)
        if entry is None:
            reader.fault(node, f"needs {key}: a day of every year, for example {example}.")
        read.append(None if entry is None else _month_day(reader, entry, example))
    first, last = read
    if first is None or last is None:
        return
    zero = reader.names.start
    for year in range((zero + timedelta(days=run[0])).year - 1, (zero + timedelta(days=run[1])).year + 1):
        start = (_day_of(year, first) - zero).days
        end = (_day_after(year + (last < first), last) - zero).days
        # In a year without a 29 February nothing lies between the end of the 28th and 1 March.
        if start < end and end > run[0] and start < run[1]:
            yield float(start), float(end)


def _month_day(reader: Reader, node: Node, example: str) -> MonthDay | None:
    match = _DAY.fullmatch(str(node.value))
    if match is None:
        reader.fault(
            node,
            f"comes every {YEAR}: needs a day without a year, for example {example}; got {kind_of(node)}.",
        )
        return None
    month, day = int(match[1]), int(match[2])
    try:
        date(2000, month, day)  # a leap year
    except ValueError:
        reader.fault(node, f"{node.value} is not a day of the calendar (month, then day).")
        return None
    return month, day


def _day_of(year: int, day: MonthDay) -> date:
    """The day in a year; 29 February is 1 March where there is none."""
    try:
        return date(year, *day)
    except ValueError:
        return date(year, 3, 1)


def _day_after(year: int, day: MonthDay) -> date:
    """The day after it; the day after 29 February is 1 March in every year."""
    return date(year, 3, 1) if day == LEAP_DAY else date(year, *day) + timedelta(days=1)


# ---------------------------------------------------------------- at random


def _at_random(reader: Reader, node: Node) -> AtRandom | None:
    happens, lasts, at_most = (node.get(key) for key in ("happens", "lasts", "at_most"))
    if happens is None:
        for entry in (lasts, at_most):
            if entry is not None:
                reader.fault(
                    entry,
                    "is of what happens at random: add happens: how often, for example 2 per year; "
                    "what happens on dates has from and to.",
                )
        return None
    before = len(reader.faults)
    spread = None if lasts is None else read_distribution(reader, lasts, DURATION)
    if lasts is not None and spread is not None and len(reader.faults) == before and spread.mean() <= 0.0:
        reader.fault(lasts, f"needs a time above 0; got {kind_of(lasts)}.")
    return AtRandom(
        rate=reader.quantity(happens, OFTEN, 0.0, MOST_A_DAY) or 0.0,
        lasts=spread,
        at_most=None if at_most is None else reader.whole(at_most, 1, MOST_EPISODES),
    )


# ---------------------------------------------------------------- what


def _each(reader: Reader, node: Node, root: Node) -> tuple[str, ...]:
    """Paths to services, providers, streams or groups of staff; `services.*` is all of them."""
    if node.value == []:
        reader.fault(node, "is empty; needs paths, for example [services.north, services.south].")
    found: dict[str, Node] = {}
    for item in node.items if isinstance(node.value, list) else [node]:
        path = reader.text(item)
        if not path:
            continue
        above, _, name = path.rpartition(".")
        keys, rest = split_path(root, above if name == "*" else path)
        parent = node_at(root, keys)
        if rest or parent is None:
            reader.fault(
                item, f'there is nothing at "{above if name == "*" else path}".{hint_for_each(root, path)}'
            )
            continue
        named = [f"{above}.{each}" for each in parent.entries] if name == "*" else [path]
        if not _is_named(keys if name == "*" else keys[:-1]):
            reader.fault(
                item,
                "needs the path of something that has a name, for example services.ward or services.*; "
                f'got "{path}".{what_each_may_be(root, path)}',
            )
            continue
        for each in named:
            if each in found:
                reader.fault(item, f"{each} is in the list twice.")
            found[each] = item
    return tuple(sorted(found))


def _is_named(keys: list[str]) -> bool:
    """Whether these keys lead to names of the writer's own, each with keys below it."""
    shape = shape_at(keys)
    return shape is not None and isinstance(shape[0], Named) and isinstance(shape[0].each, Fields)
