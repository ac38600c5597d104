"""Every system that ships: it loads, compiles, names its sources, is balanced, and runs as the rules say."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from caresim.engine.people import draw_people
from caresim.engine.simulation import run
from caresim.experiment.replication import run_info, run_replication
from caresim.network.compile import compile_network
from caresim.network.loads import loads
from caresim.network.network import Network
from caresim.network.sources import unsourced_numbers
from caresim.records.recorder import DELAYED, ROWS, UNFINISHED, Recorder
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario

CONFIGS = Path(__file__).parents[2] / "configs"
Array = NDArray[np.float64]
SHIPPED = sorted(path.name for path in CONFIGS.glob("*.yaml"))
BALANCED = [name for name in SHIPPED if name != "yardstick.yaml"]
"""The yardstick is overloaded on purpose: it runs for one year from empty."""


def load(name: str, changes: list[tuple[str, str]] | None = None) -> Scenario:
    return load_scenario(CONFIGS / name, changes or [])


@pytest.fixture(scope="module", params=SHIPPED)
def finished(request: pytest.FixtureRequest) -> tuple[Network, Recorder]:
    """A replication of each system, shortened to eight weeks after a warm-up of four."""
    scenario = load(request.param)
    times = [("time", f"{{from: {scenario.time.start}, measure: 8 weeks, warm_up: 4 weeks}}")]
    network = compile_network(load(request.param, times))
    recorder = Recorder()
    run(network, draw_people(network, network.seed, 1), recorder)
    return network, recorder


def columns(recorder: Recorder, kind: str) -> dict[str, Array]:
    rows = recorder.rows(kind)
    return {name: rows[:, column] for column, name in enumerate(ROWS[kind])}


def test_the_systems_the_documentation_speaks_of_are_there() -> None:
    assert {"county.yaml", "one_ward.yaml", "yardstick.yaml"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_number_has_a_source(name: str) -> None:
    assert unsourced_numbers(load(name)) == []


def test_a_number_without_a_source_is_found_out() -> None:
    changed = load("one_ward.yaml", [("sources", "{arrivals: made up, services: made up}")])
    assert len(unsourced_numbers(changed)) == 2


@pytest.mark.parametrize("name", SHIPPED)
def test_sources_of_the_notes_are_listed_for_readers_who_do_not_have_them(name: str) -> None:
    """Every id a system cites has its row in docs/sources.md."""
    listed = (CONFIGS.parent / "docs" / "sources.md").read_text(encoding="utf-8")
    scenario = load(name)
    texts = [*scenario.sources.values(), *(line.source for line in scenario.published)]
    cited = {found for text in texts for found in re.findall(r"\b(?:[CESPI]\d\d|domain\.md \d)", text)}
    assert {one for one in cited if f"| {one} |" not in listed} == set()


@pytest.mark.parametrize("name", BALANCED)
def test_a_service_asked_for_more_than_it_has_lets_people_do_without(name: str) -> None:
    """In the mean of the window, by places or hours and by what intake and opening hours allow.

    Without `give_up` such a queue would grow for as long as the run lasts. Where people stay longer than the
    run, what is asked in the long run says nothing of it: the census decides.
    """
    scenario = load(name)
    found = loads(scenario, compile_network(scenario))
    window = scenario.time.measured_days
    endless = {each.service for each in found if each.mean.pressure >= 1.0 and each.care_time < window}
    assert {service for service in endless if scenario.services[service].give_up is None} == set()


def test_whoever_came_has_left_or_is_inside(finished: tuple[Network, Recorder]) -> None:
    network, recorder = finished
    flows, stays = columns(recorder, "flows"), columns(recorder, "stays")
    left = flows["person"][flows["to"] >= len(network.services)].tolist()
    inside = set(stays["person"][stays["outcome"] == UNFINISHED].tolist())
    assert len(left) == len(set(left)) > 0
    assert sorted([*left, *inside]) == list(range(len(recorder.streams)))


def test_never_more_is_held_than_there_is_but_after_a_cut_or_a_census(
    finished: tuple[Network, Recorder],
) -> None:
    network, recorder = finished
    held = columns(recorder, "held")
    for number, service in enumerate(network.services):
        if service.capacity is None:
            continue
        most = max(
            [
                service.capacity,
                *(c.value for c in network.changes if c.service == number and c.field == "capacity"),
            ]
        )
        mine = held["service"] == number
        amount = held["amount"][mine]
        # What a review adds to what somebody holds already is taken though it does not fit.
        people, starts, ends = (held[name][mine].tolist() for name in ("person", "start", "end"))
        held_before = set(zip(people, ends, strict=True))
        begins = np.array([one not in held_before for one in zip(people, starts, strict=True)], dtype=bool)
        times = np.concatenate([held["end"][mine], held["start"][mine]])
        steps = np.concatenate([-amount, amount])
        # What is given back at an instant comes before what is taken then.
        order = np.lexsort((steps, times))
        at, level = times[order], np.cumsum(steps[order])
        taken = np.concatenate([np.zeros(len(begins), dtype=bool), begins])[order]
        assert level[taken & (at > network.start)].max(initial=0.0) <= max(
            most, level[at <= network.start].max(initial=0.0)
        )


def test_a_wait_ends_after_it_began_and_a_stay_is_care_and_delay(finished: tuple[Network, Recorder]) -> None:
    _, recorder = finished
    stays = columns(recorder, "stays")
    instants = np.stack([stays[name] for name in ("requested_at", "admitted_at", "ready_at", "left_at")])
    last = np.fmax.accumulate(instants, axis=0)
    assert not (instants < last).any()
    assert (stays["outcome"][np.isnan(stays["left_at"])] == UNFINISHED).all()


def test_delays_have_a_service_that_is_waited_for(finished: tuple[Network, Recorder]) -> None:
    network, recorder = finished
    held = columns(recorder, "held")
    delayed = held["state"] == DELAYED
    # The shortened runs from empty are over before anybody has to wait.
    assert delayed.any() or not any(service.census.classes for service in network.services)
    assert (held["awaited"][delayed] >= 0).all()


def test_the_county_looks_like_one() -> None:
    """Four replications of the whole year: delays and beds as in real ones, and no drift in slow services.

    Over 16 replications the rate is 3.9 %, the ward 90 % held; a mean of four has a standard error of
    0.4 and 1 points, so the bounds are two of these and more away.
    """
    network = compile_network(load("county.yaml"))
    info = run_info(network)
    monthly = pd.concat(
        run_replication(network, info, network.seed, number)["monthly"] for number in range(1, 5)
    )
    days = monthly["days"]
    totals = monthly[["held", "held_at_midnight", "delayed_at_midnight"]].mul(days, axis=0)
    by_service = totals.groupby(monthly["service"], observed=True).sum()
    ward = by_service.loc["ward"]
    assert 0.03 < ward["delayed_at_midnight"] / ward["held_at_midnight"] < 0.06
    assert 0.87 < ward["held"] / (4 * 366 * 370) < 0.95
    for service in ("home_care", "care_home"):
        mine = monthly["service"] == service
        held = totals["held"][mine].groupby(monthly["month"][mine], observed=True).sum()
        a_day = held / days[mine].groupby(monthly["month"][mine], observed=True).sum()
        first, last = a_day.iloc[:3].mean(), a_day.iloc[-3:].mean()
        assert last == pytest.approx(first, rel=0.02)
