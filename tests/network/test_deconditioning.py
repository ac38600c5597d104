"""Consequences of delay compiled: tables by attribute, where each is asked for, and what `explain` says of them."""

from __future__ import annotations

from pathlib import Path

from caresim.network.checks import after_delay
from caresim.network.compile import compile_network
from caresim.network.describe import describe
from caresim.network.network import DayEffect
from caresim.network.sources import numbers
from caresim.network.tables import leaf_at
from caresim.network.waits import awaited, may_deadlock
from caresim.scenario.files import load_scenario

CASES = Path(__file__).parents[1] / "cases"
FILE = CASES / "valid" / "deconditioning.yaml"
ASSESSMENT, TEAM, VISITS, WARD = range(4)


def test_every_path_is_where_the_engine_looks() -> None:
    network = compile_network(load_scenario(FILE))
    assert [service.name for service in network.services] == ["assessment", "team", "visits", "ward"]
    assert network.deconditioning is not None
    assert network.deconditioning.delayed_in == {TEAM, WARD}
    assert network.deconditioning.at_most == 28
    age = next(number for number, each in enumerate(network.attributes) if each.name == "age")
    assert network.attributes[age].values == ("old", "young")
    old, young = ([0] * len(network.attributes), [1] * len(network.attributes))
    everywhere = network.deconditioning.mortality
    assert everywhere is not None
    assert leaf_at(everywhere, tuple(old)) == DayEffect(adds=0.0, grows=0.02)
    assert leaf_at(everywhere, tuple(young)) == DayEffect(adds=0.01 / 365.25, grows=0.0)
    visits, ward = network.services[VISITS].shifts, network.services[WARD].shifts
    assert visits is not None
    assert ward is not None
    assert [target - len(network.services) for target, _ in visits.next] == [network.exits.index("died")]
    assert visits.amount is not None
    assert visits.care_time is None
    (_, ((code, gains),)) = ward.sets[0]
    assert network.attributes[ward.sets[0][0]].values[code] == "P3"
    assert leaf_at(gains, tuple(old)) == DayEffect(adds=0.01, grows=0.0)


def test_switched_off_nothing_is_there() -> None:
    network = compile_network(load_scenario(FILE, [("deconditioning.active", "false")]))
    assert network.deconditioning is None
    assert all(service.shifts is None for service in network.services)
    assert "each day of delay" not in describe(
        load_scenario(FILE, [("deconditioning.active", "false")]), network
    )


def test_a_number_of_it_may_be_changed() -> None:
    path = "deconditioning.each_day.services.visits.amount"
    shifts = compile_network(load_scenario(FILE, [(path, "times 2")])).services[VISITS].shifts
    assert shifts is not None
    assert shifts.amount is not None
    assert shifts.amount.leaves == (DayEffect(adds=0.0, grows=0.02),)
    new = "deconditioning.each_day.services.team.next.visits"
    assert after_delay(compile_network(load_scenario(FILE, [(new, "1%")])), TEAM) == {VISITS}


def test_where_delay_may_lead_is_a_route_like_any_other() -> None:
    """Visits may come to wait for the ward, which waits for them: a circle that was not there."""
    none = compile_network(load_scenario(FILE))
    assert may_deadlock(none) == ()
    change = ("deconditioning.each_day.services.visits.next.ward", "0.5%")
    network = compile_network(load_scenario(FILE, [change]))
    assert WARD in awaited(network, VISITS)
    assert may_deadlock(network) == (("visits", "ward"),)


def test_explain_says_what_a_day_does_and_its_numbers_have_sources() -> None:
    scenario = load_scenario(FILE)
    words = " ".join(describe(scenario, compile_network(scenario)).split())
    for line in (
        "delayed in team, ward; up to 28 whole days",
        "age old: x 1.02",
        "age young: + 1 % a year",
        "visits + 0.5 %, from the others in proportion",
        "age old: P3 + 1 %, from the others in proportion",
    ):
        assert line in words
    paths = [number.path for number in numbers(scenario)]
    assert "deconditioning.at_most" in paths
    assert "deconditioning.each_day.services.visits.amount" in paths
