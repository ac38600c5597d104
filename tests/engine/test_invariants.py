"""What holds in every run of the engine, whatever the system."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from caresim.engine.chance import network_of_replication
from caresim.engine.people import draw_people
from caresim.engine.simulation import run as simulate
from caresim.errors import RunError, ScenarioError
from caresim.network.checks import every
from caresim.network.network import Network
from caresim.network.reach import reach
from caresim.network.waits import circles
from caresim.records.recorder import (
    AWAY,
    AWAY_UNPAID,
    BRIDGING,
    COUNTERS,
    DELAYED,
    IN_CARE,
    ROWS,
    UNFINISHED,
    WHY_CHANGED,
    Recorder,
)
from engine.worlds import World, network_of, rows_of, scenarios, table_of

few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(few, max_examples=200)
Seeds = st.integers(1, 10_000)


def finished_run(world: World, seed: int) -> tuple[Network, Recorder]:
    recorder = Recorder()
    try:
        network = network_of_replication(network_of(world), seed, 0)
        simulate(network, draw_people(network, seed, 0), recorder)
    except (ScenarioError, RunError):
        assume(False)
    return network, recorder


def admitted_stays(recorder: Recorder) -> list[dict[str, float]]:
    names = ROWS["stays"]
    rows = (dict(zip(names, row, strict=True)) for row in recorder.rows("stays").tolist())
    return [row for row in rows if not math.isnan(row["admitted_at"])]


@few
@given(world=scenarios(), seed=Seeds)
def test_who_came_in_has_left_or_is_inside(world: World, seed: int) -> None:
    network, recorder = finished_run(world, seed)
    flows, stays = table_of(recorder, "flows"), table_of(recorder, "stays")
    left = flows["person"][flows["to"] >= len(network.services)].tolist()
    inside = set(stays["person"][stays["outcome"] == UNFINISHED].tolist())
    assert len(left) == len(set(left))
    assert sorted([*left, *inside]) == list(range(len(recorder.streams)))


@many
@given(world=scenarios(), seed=Seeds)
def test_nobody_comes_to_where_no_route_leads_them_as_what_they_are(world: World, seed: int) -> None:
    """An oracle for what `check` leaves out: who may come where is known before the run, deadlocks too."""
    network, recorder = finished_run(world, seed)
    # What has happened at random is in this network.
    network = replace(network, chances=())
    found = reach(network)
    assert found is not None
    come_to = {number for number, _ in found.states} | found.asked
    for kind in ("held", "queued"):
        assert set(table_of(recorder, kind)["service"].astype(int).tolist()) <= come_to
    if not circles(network):
        told = table_of(recorder, "counters")["what"].astype(int).tolist()
        assert not {COUNTERS[what] for what in told} & {"deadlock_cycles", "deadlock_cycles_left"}


@few
@given(world=scenarios(), seed=Seeds)
def test_nobody_is_admitted_beyond_what_there_is(world: World, seed: int) -> None:
    """Held may exceed capacity after a cut, a grown amount or a census; an admission never makes or finds it so."""
    network, recorder = finished_run(world, seed)
    held, capacity = table_of(recorder, "held"), table_of(recorder, "capacity")
    places, providers = table_of(recorder, "places"), table_of(recorder, "providers")
    for stay in admitted_stays(recorder):
        service, at = stay["service"], stay["admitted_at"]
        if at <= network.start or grows(world, network, int(service)):
            continue
        where, number = "service", int(service)
        of_whom, there = held, capacity
        if network.services[number].providers:
            # One of them may have too many from the start, while another admits.
            where, of_whom, there = "provider", places, providers
            theirs = (places["person"] == stay["person"]) & (places["start"] == at)
            if not theirs.any():
                continue
            number = int(places["provider"][theirs][-1])
        here = (of_whom[where] == number) & (of_whom["start"] <= at) & (of_whom["end"] > at)
        known = (there[where] == number) & (there["time"] <= at)
        if of_whom["person"][here].tolist().count(stay["person"]):
            assert of_whom["amount"][here].sum() <= there["capacity"][known][-1]


@few
@given(world=scenarios(), seed=Seeds)
def test_whose_need_delay_has_changed_was_delayed_a_day_where_it_counts(world: World, seed: int) -> None:
    network, recorder = finished_run(world, seed)
    held, flows = table_of(recorder, "held"), table_of(recorder, "flows")
    for person, at in zip(
        *(flows[name][flows["why"] == WHY_CHANGED] for name in ("person", "time")), strict=True
    ):
        assert network.deconditioning is not None
        counted = np.isin(held["service"], list(network.deconditioning.delayed_in))
        delays = counted & (held["person"] == person) & (held["state"] == DELAYED) & (held["start"] < at)
        assert (held["end"] - held["start"])[delays].sum() >= 1


@few
@given(world=scenarios(), seed=Seeds)
def test_no_provider_admits_beyond_what_it_has_or_while_it_is_closed(world: World, seed: int) -> None:
    network, recorder = finished_run(world, seed)
    places, told = table_of(recorder, "places"), table_of(recorder, "providers")
    owner = [number for number, service in enumerate(network.services) for _ in service.providers]
    for provider, at, person in recorder.rows("taken").tolist():
        known = (told["provider"] == provider) & (told["time"] <= at)
        assert not told["is_closed"][known][-1]
        here = (places["provider"] == provider) & (places["start"] <= at) & (places["end"] > at)
        if (
            at > network.start
            and person in places["person"][here]
            and not grows(world, network, owner[int(provider)])
        ):
            assert places["amount"][here].sum() <= told["capacity"][known][-1]


@few
@given(world=scenarios(), seed=Seeds)
def test_whoever_is_in_a_service_with_providers_is_with_one_of_them(world: World, seed: int) -> None:
    network, recorder = finished_run(world, seed)
    held, places = table_of(recorder, "held"), table_of(recorder, "places")
    owner = [number for number, service in enumerate(network.services) for _ in service.providers]
    days: dict[int, float] = defaultdict(float)
    for service, amount, span in zip(
        held["service"], held["amount"], held["end"] - held["start"], strict=True
    ):
        if network.services[int(service)].providers:
            days[int(service)] += amount * span
    for provider, amount, span in zip(
        places["provider"], places["amount"], places["end"] - places["start"], strict=True
    ):
        days[owner[int(provider)]] -= amount * span
    assert not any(days.values())


@few
@given(world=scenarios(), seed=Seeds)
def test_nobody_is_admitted_by_a_provider_that_does_not_take_them(world: World, seed: int) -> None:
    """Where nothing changes what people are."""
    assume("sets" not in str(world["services"]))
    network, recorder = finished_run(world, seed)
    providers = [provider for service in network.services for provider in service.providers]
    held = table_of(recorder, "held")
    for provider, _, person in recorder.rows("taken").tolist():
        own = held["person"] == person
        if own.any():
            codes = recorder.classes[int(held["class_"][own][0])]
            assert providers[int(provider)].has(tuple(codes.tolist()))


def grows(world: World, network: Network, service: int) -> bool:
    """Whether amounts of a service grow while they are held."""
    declared = world["services"][network.services[service].name]
    if "more" in declared.get("reviews", {}).get("effects", ()):
        return True
    amount = declared.get("amount")
    return isinstance(amount, dict) and "first" in amount and amount["first"].startswith("5 ")


@few
@given(world=scenarios(), seed=Seeds)
def test_the_states_of_a_stay_follow_one_another_from_admission_to_leaving(world: World, seed: int) -> None:
    network, recorder = finished_run(world, seed)
    pieces = pieces_of_stays(recorder)
    for stay in admitted_stays(recorder):
        at = max(stay["admitted_at"], network.start)
        end = network.end if math.isnan(stay["left_at"]) else stay["left_at"]
        for start, until, _ in pieces[stay["person"], stay["service"]]:
            if at <= start and until <= end:
                assert start == at
                at = until
        assert at == end


def pieces_of_stays(recorder: Recorder) -> dict[tuple[float, float], list[tuple[float, float, float]]]:
    """(start, end, state) in order of time, of each person in each service."""
    pieces = defaultdict(list)
    names = ROWS["held"]
    for values in sorted(recorder.rows("held").tolist(), key=lambda row: row[names.index("start")]):
        row = dict(zip(names, values, strict=True))
        pieces[row["person"], row["service"]].append((row["start"], row["end"], row["state"]))
    return pieces


@few
@given(world=scenarios(), seed=Seeds)
def test_the_segments_of_a_delay_add_up_to_it(world: World, seed: int) -> None:
    """In care, or away, until ready, delayed from ready on; whoever bridges is neither."""
    network, recorder = finished_run(world, seed)
    pieces = pieces_of_stays(recorder)
    for stay in admitted_stays(recorder):
        if network.services[int(stay["service"])].in_place:
            continue
        since, ready = max(stay["admitted_at"], network.start), stay["ready_at"]
        end = network.end if math.isnan(stay["left_at"]) else stay["left_at"]
        days = defaultdict(float)
        for start, until, state in pieces[stay["person"], stay["service"]]:
            if since <= start and until <= end:
                days[state] += until - start
        if days[BRIDGING]:
            continue
        ready = end if math.isnan(ready) else max(ready, network.start)
        before = days[IN_CARE] + days[AWAY] + days[AWAY_UNPAID]
        assert (before, days[DELAYED]) == (ready - since, end - ready)


@few
@given(world=scenarios(), seed=Seeds)
def test_who_is_reviewed_is_in_care_until_it_is_done_and_has_one_review_at_a_time(
    world: World, seed: int
) -> None:
    network, recorder = finished_run(world, seed)
    pieces = pieces_of_stays(recorder)
    names = ROWS["reviews"]
    last: dict[tuple[float, float], float] = {}
    rows = (dict(zip(names, row, strict=True)) for row in recorder.rows("reviews").tolist())
    for row in sorted(rows, key=lambda row: row["due_at"]):
        who, due = (row["person"], row["service"]), row["due_at"]
        ended = network.end if math.isnan(row["ended_at"]) else row["ended_at"]
        assert due >= last.get(who, -math.inf)
        last[who] = ended
        cared_for = sum(
            max(0.0, min(until, ended) - max(start, due))
            for start, until, state in pieces[who]
            if state == IN_CARE
        )
        assert cared_for == ended - due


@few
@given(world=scenarios(), seed=Seeds)
def test_waits_add_up_to_the_time_integral_of_the_queue(world: World, seed: int) -> None:
    """Little's law as an identity, exact because all instants lie on one grid."""
    network, recorder = finished_run(world, seed)
    waits, queue = defaultdict(float), defaultdict(float)
    names = ROWS["stays"]
    for values in recorder.rows("stays").tolist():
        row = dict(zip(names, values, strict=True))
        ends = [row["admitted_at"], row["left_at"], network.end]
        until = next(end for end in ends if not math.isnan(end))
        waits[row["service"]] += until - min(until, max(row["requested_at"], network.start))
    queued = table_of(recorder, "queued")
    for service, days in zip(queued["service"], queued["end"] - queued["start"], strict=True):
        queue[service] += days
    assert {service: days for service, days in waits.items() if days} == queue


@few
@given(world=scenarios(), seed=Seeds)
def test_times_are_in_order(world: World, seed: int) -> None:
    network, recorder = finished_run(world, seed)
    for row in recorder.rows("stays").tolist():
        times = [time for time in row[2:6] if not math.isnan(time)]
        assert times == sorted(times)
        assert times[-1] <= network.end
    for kind in ("held", "queued"):
        table = table_of(recorder, kind)
        assert (network.start <= table["start"]).all()
        assert (table["start"] < table["end"]).all()
        assert (table["end"] <= network.end).all()


@few
@given(world=scenarios(), seed=Seeds)
def test_nobody_is_in_two_places(world: World, seed: int) -> None:
    """But that a place is kept for who is away."""
    network, recorder = finished_run(world, seed)
    names = ROWS["held"]
    spans = defaultdict(list)
    for values in recorder.rows("held").tolist():
        row = dict(zip(names, values, strict=True))
        if row["state"] not in (AWAY, AWAY_UNPAID):
            spans[row["person"], network.services[int(row["service"])].in_place].append(
                (row["start"], row["end"])
            )
    for times in spans.values():
        times.sort()
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(times))


@few
@given(world=scenarios(), seed=Seeds)
def test_a_place_is_kept_and_paid_no_longer_than_the_scenario_says(world: World, seed: int) -> None:
    network, recorder = finished_run(world, seed)
    held = table_of(recorder, "held")
    spells: dict[tuple[float, float], list[float]] = {}
    rows = zip(*(held[name] for name in ("person", "service", "state", "start", "end")), strict=True)
    for person, service, state, start, end in sorted(rows, key=lambda row: row[3]):
        if state < AWAY:
            continue
        rules = [rule for rule in every(network, int(service), "away") if rule is not None]
        before = spells.get((person, service))
        began = before[0] if before is not None and before[1] == start and state == AWAY_UNPAID else start
        spells[person, service] = [began, end]
        assert end - began <= max(rule.keep for rule in rules)
        if state == AWAY:
            assert end - began <= max(rule.pay for rule in rules)


@few
@given(world=scenarios(), seed=Seeds)
def test_the_same_seed_gives_the_same_rows(world: World, seed: int) -> None:
    _, first = finished_run(world, seed)
    _, second = finished_run(world, seed)
    assert all(np.array_equal(first.rows(kind), second.rows(kind), equal_nan=True) for kind in ROWS)


@few
@given(world=scenarios(), seed=Seeds)
def test_the_order_of_a_file_changes_nothing(world: World, seed: int) -> None:
    _, recorder = finished_run(world, seed)
    _, other = finished_run(backwards(world), seed)
    assert {kind: rows_of(recorder, kind) for kind in ROWS} == {kind: rows_of(other, kind) for kind in ROWS}


def backwards(value: Any) -> Any:
    """The same world with every mapping written the other way round; lists keep their order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(item) for item in value] if isinstance(value, list) else value
