"""The engine and the plain one give the same rows, person by person and instant by instant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from caresim.engine.chance import network_of_replication
from caresim.engine.people import People, draw_people
from caresim.engine.simulation import run as simulate
from caresim.errors import RunError, ScenarioError
from caresim.network.network import Network
from caresim.records.recorder import ROWS, Recorder
from engine.plain_engine import PlainEngine, Standing
from engine.plain_engine import run as simulate_plainly
from engine.worlds import Engine, World, network_of, rows_of, scenarios

OF_SERVICES = tuple(kind for kind in ROWS if kind not in ("providers", "places", "taken"))


def rows_by_kind(engine: Engine, network: Network, people: People) -> dict[str, list[tuple[Any, ...]]] | str:
    """All rows of a run, or "error" where people make no end of steps without time passing."""
    recorder = Recorder()
    try:
        engine(network, people, recorder)
    except RunError:
        return "error"
    return {kind: rows_of(recorder, kind) for kind in ROWS}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=scenarios(), seed=st.integers(1, 10_000))
def test_the_engine_gives_the_rows_that_the_rules_read_word_for_word_give(world: World, seed: int) -> None:
    try:
        network = network_of(world)
    except ScenarioError:
        assume(False)
    network = network_of_replication(network, seed, 0)
    people = draw_people(network, seed, 0)
    assert rows_by_kind(simulate, network, people) == rows_by_kind(simulate_plainly, network, people)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=scenarios(), seed=st.integers(1, 10_000))
def test_a_service_that_may_close_and_never_does_is_as_any_other(world: World, seed: int) -> None:
    """It has a line of its own among providers, and that is all."""
    services = world["services"].values()
    for service in services:
        service.pop("closed", None)
    for event in world.get("events", {}).values():
        event["change"] = {path: new for path, new in event["change"].items() if not path.endswith(".closed")}
        assume(event["change"])
    told = []
    for closed in ({}, {"closed": False}):
        for service in services:
            service |= closed if service.get("places") != "unlimited" else {}
        try:
            network = network_of_replication(network_of(world), seed, 0)
        except ScenarioError:
            assume(False)
        rows = rows_by_kind(simulate, network, draw_people(network, seed, 0))
        told.append(rows if rows == "error" else {kind: rows[kind] for kind in OF_SERVICES})
    assert told[0] == told[1]


class LastComeFirstServed(PlainEngine):
    """A wrong engine: its queues are the wrong way round."""

    def queue(self, service: int) -> list[Standing]:
        return super().queue(service)[::-1]


def queue_backwards(network: Network, people: People, recorder: Recorder) -> None:
    LastComeFirstServed(network, people, recorder).run()


@pytest.mark.parametrize(("engine", "agrees"), [(simulate_plainly, True), (queue_backwards, False)])
def test_a_wrong_engine_is_found_out(engine: Engine, agrees: bool) -> None:
    """Three arrive at once at one bed: who comes second shows the order of the queue."""
    network = network_of(
        {
            "caresim": 1,
            "name": "One bed",
            "time": {"from": "2019-04-15", "measure": "10 days"},
            "replications": 1,
            "seed": 1,
            "population": {"adults": 1000, "65+": 200},
            "arrivals": {"gp": {"to": "ward", "times": ["0 days", "1 day", "1 day"]}},
            "services": {"ward": {"kind": "acute", "places": 1, "care_time": "2 days", "next": "home"}},
            "exits": {"home": {}},
        }
    )
    people = draw_people(network, 1, 0)
    assert (rows_by_kind(simulate, network, people) == rows_by_kind(engine, network, people)) is agrees
