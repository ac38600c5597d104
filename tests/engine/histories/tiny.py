"""Tiny worlds of a few named people, and the whole history of what happened to them.

Everybody comes in an arrival stream of their own and carries their name as the attribute
`who`, so a world gives each of them care times, routes and amounts `by: who`. A history is
told by both engines; they must agree before a test looks at it.
"""

from __future__ import annotations

import math
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from caresim.engine.chance import network_of_replication
from caresim.engine.people import People, draw_people
from caresim.engine.simulation import run as simulate
from caresim.engine.streams import Layer, Streams
from caresim.experiment.replication import run_info
from caresim.network.compile import compile_network
from caresim.network.network import Network
from caresim.records.build import build_tables
from caresim.records.recorder import (
    AWAY,
    AWAY_UNPAID,
    BRIDGING,
    COUNTERS,
    DELAYED,
    DIED,
    GAVE_UP,
    LEFT,
    NOBODY,
    OUTCOMES,
    STOOD_IN,
    TURNED_AWAY,
    UNFINISHED,
    WHYS,
    Recorder,
)
from caresim.records.reviews import ENDED
from caresim.scenario.files import load_scenario
from engine.plain_engine import run as simulate_plainly

Line = tuple[float, str, str, str]
"""(time, who, what, where)."""

MONDAY = "2019-06-03"
"""No bank holiday for the next twelve weeks."""
EASTER_WEEK = "2019-04-15"
"""A Monday as well; Good Friday is day 4 and Easter Monday day 7."""

_LEAVING = {LEFT: "leaves for", STOOD_IN: "stands in at", GAVE_UP: "gives up for"}
_NO_LONGER_WAITING = {LEFT: "stops waiting for", TURNED_AWAY: "turned away to", GAVE_UP: "gives up for"}
_ORDER = (
    "ready",
    "ends",
    "leaves",
    "stands",
    "gives",
    "dies",
    "turned",
    "stops",
    "waits",
    "admitted",
    "begins",
)
"""Of what one person does at one instant, by its first word."""


@dataclass
class Story:
    """What an engine told of a run, in words."""

    history: list[Line]
    """Ends of care, leavings, waits that took time and admissions, by time, then by name.

    (2.0, "ada", "ready", "ward"); (3.0, "ada", "leaves for slot", "ward"): she was admitted
    there. "waits" is told only of waits that take time. Of an in-place step: "begins", "ends".
    """
    held_up: list[tuple[float, float, str, str, str]]
    """(start, end, who, "delayed for X" or "bridging for X", service held), by name, then time."""
    away: list[tuple[float, float, str, str, str]]
    """(start, end, who, "paid" or "unpaid", service that keeps the place), by name, then time."""
    flows: list[tuple[float, str, str, str]]
    """(time, who, to, why)."""
    counts: dict[tuple[str, str], int]
    """(counter, service) -> how often."""
    amounts: list[tuple[float, float, str, str, float]]
    """(start, end, who, service, hours per week), where a service has hours: by name, then time."""
    waiting: list[tuple[float, float, str, str, str]]
    """(start, end, who, service waited for, service held meanwhile or "outside"), by name, then time."""
    capacity: list[tuple[float, str, float]]
    """(time, service, places or minutes per week from then on), as told."""
    with_provider: list[tuple[float, float, str, str]]
    """(start, end, who, provider whose place they held), by name, then time."""
    reviews: list[tuple[float, float, str, str, float, float]]
    """(due, ended, who, outcome, or why it was not done; hours per week (or places) before and after),
    by name, then time; those open at the end of the run end then."""

    def since(self, time: float) -> list[Line]:
        """The history from an instant on."""
        return [line for line in self.history if line[0] >= time]

    def of(self, *people: str) -> list[Line]:
        """The history of some of the people."""
        return [line for line in self.history if line[1] in people]

    def admissions(self, service: str) -> list[tuple[float, str]]:
        """Who was admitted when; of an in-place step, when it began."""
        return [
            (time, who)
            for time, who, what, where in self.history
            if what in ("admitted", "begins") and where == service
        ]


def world(
    services: str,
    comes: Mapping[str, tuple[float, str]],
    *,
    also: Iterable[str] = (),
    start: str = MONDAY,
    days: float = 60,
    warm_up: float = 0,
    mortality: str = "",
    arrivals: str = "",
    more: str = "",
) -> str:
    """The text of a scenario file.

    Args:
        services: YAML lines, a service a line or more, indented as they like.
        comes: who -> (day, service they ask for); each a stream of that name.
        also: further values of `who`, for people of `arrivals` or of a census.
        mortality: of everybody, everywhere.
        arrivals: YAML lines of further streams, indented by two spaces.
        more: further sections.
    """
    everybody = [*comes, *also]
    shares = ", ".join(f"{who}: {int(number == 0)}" for number, who in enumerate(everybody))
    streams = "\n".join(
        f"  {who}: {{to: {to}, times: [{day} days], people: {{who: {who}}}}}"
        for who, (day, to) in comes.items()
    )
    dying = f", mortality: {mortality}" if mortality else ""
    return f"""
caresim: 1
name: tiny
time: {{from: {start}, measure: {days} days, warm_up: {warm_up} days}}
replications: 1
seed: 1
people: {{who: {{{shares}}}{dying}}}
arrivals:
{streams}
{arrivals}
services:
{services}
exits: {{home: {{}}, hospice: {{}}, died: {{}}}}
{more}
"""


CY_AND_ADA = {"ada": (0.0, "ward"), "cy": (0.0, "care")}
"""Who comes when to `waiting_for_care`."""


def waiting_for_care(
    *,
    cy: int,
    rule: str = "{after: 2 days, to: reab, keeps_turn: true}",
    care: str = "",
    reab: str = "places: 1, care_time: 4 days, next: care",
    more: str = "",
) -> str:
    """Services in which Cy has the only care package for so many days, and reablement stands in.

    Args:
        rule: when and how it stands in.
        care, reab: more about care; all about reablement.
        more: further services.
    """
    return f"""
  ward: {{places: 3, care_time: 1 day, next: care}}
  care: {{places: 1, care_time: {{by: who, cy: {cy} days, else: 2 days}}, next: home, instead: [{rule}]{care}}}
  reab: {{{reab}}}
{more}
"""


def network_of(text: str, files: dict[str, str] | None = None) -> Network:
    """The compiled network of a scenario file, with data files beside it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {**(files or {}), "tiny.yaml": text}.items():
            (Path(folder) / name).write_text(content, encoding="utf-8")
        return compile_network(load_scenario(Path(folder) / "tiny.yaml"))


def run(text: str, *, files: dict[str, str] | None = None, seed: int = 1) -> Story:
    """What happened in a world; both engines must tell the same."""
    network = network_of_replication(network_of(text, files), seed, 0)
    people = draw_people(network, seed, 0)
    stories = []
    for engine in (simulate, simulate_plainly):
        recorder = Recorder()
        engine(network, people, recorder)
        stories.append(told(network, people, recorder))
    story, plain_story = stories
    assert story == plain_story, "the two engines tell different stories"
    return story


def tables(text: str) -> dict[str, pd.DataFrame]:
    """The tables of a run, `stays` among them."""
    network = network_of(text)
    recorder = Recorder()
    simulate(network, draw_people(network, 1, 0), recorder)
    return build_tables(run_info(network), recorder, 0, wanted=("stays",))


def lifetime(who: str, seed: int = 1) -> float:
    """The unit exponential that a person of `comes` carries: how much hazard they bear."""
    return _unit_exponential("death", who, seed, 0)


def bears(who: str, n: int = 0, seed: int = 1) -> float:
    """How much hazard of a hospital admission a person of `comes` bears, the n-th time."""
    return _unit_exponential("hospital admission", who, seed, n)


def _unit_exponential(purpose: str, who: str, seed: int, n: int) -> float:
    u = float(Streams(seed, 0).uniforms((purpose,), Layer(who, "0"), 0, 1, n)[0])
    return -math.log1p(-u)


def told(network: Network, people: People, recorder: Recorder) -> Story:
    """A recorder's rows in words."""
    names = _names(network, people)
    services = [service.name for service in network.services]
    targets = [*services, *network.exits, "nowhere"]
    providers = [provider.name for service in network.services for provider in service.providers]
    held = [[int(v) for v in row[:4]] + row[4:] for row in recorder.rows("held").tolist()]
    states = {DELAYED: "delayed", BRIDGING: "bridging"}
    return Story(
        history=sorted(_lines(network, recorder, names, targets), key=_in_order),
        held_up=_spells(
            (
                start,
                end,
                names[who],
                f"{states[state]} for {_place(services, awaited, 'nothing')}",
                services[service],
            )
            for who, service, state, awaited, _, _, start, end in held
            if state in states
        ),
        away=_spells(
            (start, end, names[who], "paid" if state == AWAY else "unpaid", services[service])
            for who, service, state, _, _, _, start, end in held
            if state in (AWAY, AWAY_UNPAID)
        ),
        flows=[
            (time, names[int(who)], targets[int(to)], WHYS[int(why)])
            for time, _, to, why, _, who in recorder.rows("flows").tolist()
        ],
        counts=dict(
            Counter(
                (COUNTERS[int(what)], services[int(service)])
                for _, service, what in recorder.rows("counters").tolist()
            )
        ),
        amounts=_spells(
            (start, end, names[who], services[service], amount / 60)
            for who, service, _, _, amount, _, start, end in held
            if network.services[service].in_hours
        ),
        waiting=_spells(
            (start, end, names[int(who)], services[int(service)], _place(services, where))
            for who, service, where, _, start, end in recorder.rows("queued").tolist()
        ),
        capacity=[
            (time, services[int(service)], places)
            for service, time, places in recorder.rows("capacity").tolist()
        ],
        with_provider=_spells(
            (start, end, names[int(who)], providers[int(provider)])
            for provider, who, _, start, end in recorder.rows("places").tolist()
        ),
        reviews=sorted(_reviews(network, recorder, names), key=lambda row: (row[2], row)),
    )


def _reviews(
    network: Network, recorder: Recorder, names: list[str]
) -> Iterable[tuple[float, float, str, str, float, float]]:
    for who, service, due, ended, outcome, before, after, _ in recorder.rows("reviews").tolist():
        place = network.services[int(service)]
        assert place.reviews is not None
        what = place.reviews.effects[int(outcome)].name if outcome >= 0 else ENDED[int(outcome)]
        unit = 60 if place.in_hours else 1
        end = network.end if math.isnan(ended) else ended
        yield due, end, names[int(who)], what, before / unit, after / unit


def _spells(rows: Iterable[Any]) -> list[Any]:
    """Spells by name, then time; what goes on is one spell, in however many rows it was told."""
    found: list[Any] = []
    for start, end, *what in sorted(rows, key=lambda row: (row[2], *row)):
        if found and found[-1][1] == start and found[-1][2:] == tuple(what):
            start = found.pop()[0]
        found.append((start, end, *what))
    return found


def _place(services: list[str], where: float, otherwise: str = "outside") -> str:
    return otherwise if where == NOBODY else services[int(where)]


def _names(network: Network, people: People) -> list[str]:
    """Of each person: who they are, numbered where several are the same."""
    who = next(n for n, attribute in enumerate(network.attributes) if attribute.name == "who")
    values = [network.attributes[who].values[code] for code in people.classes[people.class_, who].tolist()]
    total, so_far = Counter(values), Counter[str]()
    names = []
    for value in values:
        so_far[value] += 1
        names.append(value if total[value] == 1 else f"{value} {so_far[value]}")
    return names


def _lines(network: Network, recorder: Recorder, names: list[str], targets: list[str]) -> Iterable[Line]:
    for row in recorder.rows("stays").tolist():
        who, service, asked, admitted, ready, left, _, _, went_to, outcome, _ = row
        name, where, ending = names[int(who)], targets[int(service)], int(outcome)
        step = network.services[int(service)].in_place
        towards = targets[int(went_to)]
        if asked not in (admitted, left):
            yield asked, name, "waits", where
        if math.isnan(admitted):
            if ending == DIED:
                yield left, name, "dies waiting", where
            elif ending != UNFINISHED:
                yield left, name, f"{_NO_LONGER_WAITING[ending]} {towards}", where
            continue
        yield admitted, name, "begins" if step else "admitted", where
        if not math.isnan(ready):
            yield ready, name, "ends" if step else "ready", where
        if ending == DIED:
            yield left, name, "dies", where
        elif not step and ending != UNFINISHED:
            yield left, name, f"{_LEAVING[ending]} {towards}", where


def _in_order(line: Line) -> Any:
    time, who, what, where = line
    return time, who, _ORDER.index(what.partition(" ")[0]), where


assert set(_LEAVING) | set(_NO_LONGER_WAITING) | {DIED, UNFINISHED} == set(range(len(OUTCOMES)))
