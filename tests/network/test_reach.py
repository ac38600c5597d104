"""Who may come where, and which circles of full services somebody can really be in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from caresim.network.compile import compile_network
from caresim.network.network import Network
from caresim.network.reach import reach
from caresim.network.waits import circles, may_deadlock
from caresim.scenario.files import dump_document, load_scenario

PATHS = {"x": 0.5, "y": 0.5}


def network_of(services: dict[str, Any], to: Any = "a", **more: Any) -> Network:
    """Each service has a place and a care time of a day, and leads home unless it says otherwise."""
    world = {
        "caresim": 1,
        "name": "Circles",
        "time": {"from": "2019-04-01", "measure": "100 days"},
        "people": {"path": PATHS},
        "arrivals": {"gp": {"to": to, "rate": "1 per day"}},
        "services": {
            name: {"places": 1, "care_time": "1 day", "next": "home"} | service
            for name, service in services.items()
        },
        "exits": {"home": {}},
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.yaml"
        file.write_text(dump_document(world | more), encoding="utf-8")
        return compile_network(load_scenario(file))


def asked(network: Network) -> set[str]:
    found = reach(network)
    assert found is not None
    return {network.services[number].name for number in found.asked}


def on(x: Any, y: Any) -> dict[str, Any]:
    return {"by": "path", "x": x, "y": y}


FORTH = {"a": {"next": on("b", "home")}}
BACK = {"b": {"next": on("home", "a")}}
"""Those on x go from a to b; from b only those on y go back, and nobody on y is there."""


def test_a_circle_whose_routes_are_for_different_people_is_none_where_only_one_of_them_comes() -> None:
    network = network_of(FORTH | BACK)
    assert may_deadlock(network) == (("a", "b"),)
    assert circles(network) == ()


@pytest.mark.parametrize(
    ("services", "more"),
    [
        # Both come to both: a full of those who want to b, b full of those who want to a.
        (FORTH | BACK, {"to": {"a": 0.5, "b": 0.5}}),
        (FORTH | BACK, {"arrivals": {"gp": {"to": "a", "rate": "1 per day"}, "x": {"to": "b", "rate": "1 per day"}}}),
        # What they are is set anew in b, or delay may change it, or an event opens a route.
        (FORTH | {"b": BACK["b"] | {"sets": {"path": PATHS}}}, {}),
        (
            FORTH | {"b": BACK["b"] | {"sets": {"path": {"x": 1, "y": 0}}, "kind": "acute"}},
            {"deconditioning": {"delayed_in": "b", "at_most": "9 days", "each_day": {"services.b.sets.path.y": 0.1}}},
        ),
        (FORTH | BACK, {"events": {"e": {"from": "2019-05-01", "change": {"services.a.next.y.b": 0.5}}}}),
        # On the way, or meanwhile.
        (FORTH | BACK | {"a": {"next": "step"}, "step": {"in_place": True, "next": "b"}}, {}),
        (FORTH | BACK | {"b": BACK["b"] | {"start_with": {"in_care": 1}}}, {}),
        (FORTH | BACK | {"a": FORTH["a"] | {"instead": [{"after": "1 day", "to": "b", "keeps_turn": True}]}}, {}),
        (FORTH | BACK | {"c": {"give_up": {"after": "1 day", "to": "b"}}}, {"to": {"a": 0.5, "c": 0.5}}),
        (FORTH | BACK | {"c": {"queue": {"room": 0, "else": "b"}}}, {"to": {"a": 0.5, "c": 0.5}}),
        (FORTH | BACK | {"c": {"away": {"rate": "1 per year", "to": "b", "keep": "1 day", "next": "back"}}}, {"to": {"a": 0.5, "c": 0.5}}),
        # Nobody knows what happens at random.
        (FORTH | BACK, {"events": {"e": {"happens": "1 per year", "change": {"services.a.places": 0}}}}),
    ],
)  # fmt: skip
def test_a_circle_that_somebody_can_be_in_is_told(services: dict[str, Any], more: dict[str, Any]) -> None:
    if "events" in more and "from" in more["events"]["e"]:
        services = services | {"a": {"next": on("b", {"home": 1, "b": 0})}}
    assert circles(network_of(services, **more)) == (("a", "b"),)


def test_of_an_event_that_opens_a_route_the_route_counts_and_else_it_is_shut() -> None:
    shut = FORTH | BACK | {"a": {"next": on("b", {"home": 1, "b": 0})}}
    assert circles(network_of(shut)) == ()


def test_a_share_of_0_leads_nobody_anywhere() -> None:
    services = {"a": {"next": {"home": 1, "b": 0}}, "b": {"next": "c"}, "c": {}}
    assert asked(network_of(services)) == {"a"}
    assert asked(network_of(services | {"a": {"next": {"home": 0.9, "b": 0.1}}})) == {"a", "b", "c"}
    assert asked(network_of(services | {"a": {"next": on("home", "b")}})) == {"a", "b", "c"}
    nobody = {"people": {"path": {"x": 1, "y": 0}}}
    assert asked(network_of(services | {"a": {"next": on("home", "b")}}, **nobody)) == {"a"}


def test_a_stand_in_is_come_to_and_not_asked_for_itself() -> None:
    stand_in = {"instead": [{"after": "1 day", "to": "b", "keeps_turn": True}]}
    network = network_of({"a": stand_in, "b": {}})
    found = reach(network)
    assert found is not None
    assert {number for number, _ in found.states} == {0, 1}
    assert asked(network) == {"a"}


def test_who_reviews_care_is_asked_for() -> None:
    rules = {"first": "1 day", "by": "team", "outcomes": "same"}
    team = {"in_place": True}
    assert asked(network_of({"a": {"care_time": "9 days", "reviews": rules}, "team": team})) == {"a", "team"}


def test_with_more_states_than_one_could_go_through_people_may_be_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two states of a and one of b; then one of each."""
    services = FORTH | {"b": {"next": on({"home": 1, "c": 0}, "a")}, "c": {}}
    for most, circle in ((3, ()), (2, (("a", "b"),))):
        monkeypatch.setattr("caresim.network.reach.MOST_STATES", most)
        network = network_of(services, arrivals={"gp": {"to": "a", "rate": "1 per day"}})
        assert circles(network) == circle
        assert asked(network) == {"a", "b"}
