"""What may happen at random, in plain text: a part of what `caresim explain` prints."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator

import numpy as np

from caresim.durations import format_duration
from caresim.network.chances import ExpectedChance, expected_chances
from caresim.network.compile import capacity_at
from caresim.network.layout import WIDTH, Under, count, figure, in_runs, once, percent, section, whole
from caresim.network.network import Network
from caresim.network.rates import DAYS_PER_YEAR
from caresim.network.tables import value_at
from caresim.scenario import edits
from caresim.scenario.events import Event
from caresim.scenario.scenario import Scenario

MOST_NAMED = 4
"""Of the paths it may happen to, or the changes it makes."""
ABOUT = (
    "Nothing of this is in what is asked and what there is above. Episodes are drawn anew in each "
    "replication, from the start of the warm-up on, when none is under way; days in force are those on "
    "which at least one holds."
)


def describe_chances(scenario: Scenario, network: Network, under: Under) -> list[str]:
    """How often each event is expected, on how many days it holds, and what it takes away on average."""
    expected: dict[str, list[ExpectedChance]] = {}
    for one in expected_chances(network):
        if under(f"events.{one.chance.event}"):
            expected.setdefault(one.chance.event, []).append(one)
    if not expected:
        return []
    rows = [
        [name, *row]
        for name, chances in expected.items()
        for row in _rows(scenario, network, scenario.events[name], chances)
    ]
    table = section("What may happen at random", ["event", "", ""], once(rows))
    return ["\n".join([table, "", *textwrap.wrap(ABOUT, WIDTH)])]


def _rows(
    scenario: Scenario, network: Network, event: Event, expected: list[ExpectedChance]
) -> Iterator[list[str]]:
    at_random, first = event.at_random, expected[0]
    assert at_random is not None
    if event.each != ("",):
        names = in_runs(event.each)
        more = " and others" if len(names) > MOST_NAMED else ""
        yield [f"to each of {len(event.each)}", ", ".join(names[:MOST_NAMED]) + more]
    season = " while it may begin" if len(first.chance.rate.base) > 1 or event.every_year else ""
    limit = "" if at_random.at_most is None else f", at most {at_random.at_most} in a run"
    of_each = " of each" if len(expected) > 1 else ""
    of_all = sum(one.episodes for one in expected)
    in_all = f"; {figure(of_all)} of all {len(expected)}" if of_each else ""
    years = network.end / DAYS_PER_YEAR
    yield [
        "happens",
        f"{figure(at_random.rate * DAYS_PER_YEAR)} a year{of_each}{season}{limit}; in the window "
        f"{figure(first.episodes)} expected{of_each}, {figure(first.episodes / years)} a year{in_all}",
    ]
    if season:
        spans = [
            f"{_date(network, start)} to {'the end' if end is None else _date(network, end - 1)}"
            for start, end in event.times[:MOST_NAMED]
        ]
        yield ["may begin", "; ".join(spans)]
    lasts = (
        "for good"
        if at_random.lasts is None
        else f"{format_duration(round(at_random.lasts.mean(), 2))}, mean"
    )
    yield ["lasts", lasts]
    share = first.share_in_force
    days = f"{figure(share * DAYS_PER_YEAR)} days a year{of_each}, {percent(share)} of the time"
    at_once = first.mean_in_force / share if share else 0.0
    yield ["in force", f"{days}; {figure(at_once)} at once then"]
    told = [f"{path}: {textwrap.shorten(_in_words(change), WIDTH)}" for path, change in event.changes]
    yield ["changes", "; ".join(told[:MOST_NAMED]) + ("; ..." if len(told) > MOST_NAMED else "")]
    yield from _taken_away(scenario, network, expected)


def _date(network: Network, day: float) -> str:
    return str(np.datetime64(network.calendar.start, "D") + math.floor(day))


def _in_words(change: object) -> str:
    """A change as the file might write it, in one line."""
    if isinstance(change, dict):
        return f"{{{', '.join(f'{key}: {_in_words(entry)}' for key, entry in change.items())}}}"
    if isinstance(change, list):
        return f"[{', '.join(map(_in_words, change))}]"
    return str(change).lower() if isinstance(change, bool) else str(change)


def _taken_away(scenario: Scenario, network: Network, expected: list[ExpectedChance]) -> Iterator[list[str]]:
    """Capacities and rates with one episode, and on average over the window."""
    found: dict[tuple[str, str], tuple[float, float, float, str]] = {}
    for one in expected:
        active = (one.chance.event, one.chance.each, 1.0)
        during = edits.with_active(scenario, [active])
        most = 1 if one.chance.at_most == 1 else one.most_at_once
        for name, read, unit in _numbers(scenario, network):
            if (once_more := read(during)) == (before := read(scenario)):
                continue
            values = [before, once_more]
            while len(values) <= most and values[-1] != values[-2]:
                values.append(read(edits.with_active(scenario, [active] * len(values))))
            lost = one.mean_of(np.array(values)) - before
            _, low, total, _ = found.get((name, unit), (before, once_more, 0.0, unit))
            found[name, unit] = before, min(low, once_more), total + lost, unit
    for (name, _), (before, during_one, lost, unit) in found.items():
        average = before + lost
        yield [
            name,
            f"{whole(before)} -> {whole(during_one)} {unit} with one episode; {figure(average)} on average "
            f"({'+' if lost > 0 else '-'}{figure(abs(lost))})",
        ]


Numbers = tuple[str, Callable[[Scenario], float], str]


def _numbers(scenario: Scenario, network: Network) -> Iterator[Numbers]:
    """(whose, how to read it in a scenario, unit) of every capacity and rate, at the start of the window."""
    for _number, service in enumerate(network.services):
        if service.capacity is not None and not service.works:
            yield (
                service.name,
                _capacity_of(service.name, service.in_hours),
                ("hours per week" if service.in_hours else "places"),
            )
    for name, arrival in sorted(scenario.arrivals.items()):
        if arrival.rate is not None:
            yield name, _rate_of(name), "a day"


def _capacity_of(name: str, in_hours: bool) -> Callable[[Scenario], float]:
    def read(scenario: Scenario) -> float:
        capacity = capacity_at(scenario.services[name], 0.0)
        assert capacity is not None
        return capacity / 60 if in_hours else float(capacity)

    return read


def _rate_of(name: str) -> Callable[[Scenario], float]:
    def read(scenario: Scenario) -> float:
        rate = scenario.arrivals[name].rate
        assert rate is not None
        return float(value_at(rate, 0.0))

    return read


def rare_or_lasting(scenario: Scenario, network: Network) -> Iterator[str]:
    """What a planner may not mean of what happens at random."""
    seen: dict[str, float] = {}
    for one in expected_chances(network):
        name = one.chance.event
        of_run = one.episodes_of_run
        first = name not in seen
        seen[name] = seen.get(name, 0.0) + of_run
        if not first:
            continue
        if one.chance.lasts is None and one.chance.at_most is None and of_run > 1:
            yield (
                f"events.{name} has no `lasts`, so each episode is for good: {figure(of_run)} are expected "
                "on top of one another by the end of the run. Add lasts, or at_most: 1."
            )
        elif one.chance.lasts is not None and one.mean_in_force > 1:
            yield (
                f"events.{name}: {figure(one.mean_in_force)} episodes are expected to hold at once, and each "
                "makes its change on top of the others."
            )
    for name, of_run in seen.items():
        total = of_run * network.replications
        if total == 0:
            yield f"events.{name} never happens."
        elif total < 5:
            yield (
                f"events.{name} is expected {figure(total)} times in all "
                f"{count(network.replications, 'replication')} together: what it does can hardly be told. "
                "Run more replications, or give it a date."
            )
