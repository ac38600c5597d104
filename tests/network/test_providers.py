"""Providers compiled: one by one, with their clocks, ranks and closures over time, and who takes whom."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from caresim.errors import ScenarioError
from caresim.network.checks import always_closed
from caresim.network.compile import compile_network
from caresim.network.describe import describe
from caresim.network.loads import loads
from caresim.network.network import CLOSED, EMPTY, MOVING, OPEN, Network
from caresim.network.provider_loads import overloaded, taken_loads
from caresim.network.sources import numbers
from caresim.scenario.files import dump_document, load_scenario
from caresim.scenario.scenario import Scenario


def world(providers: Any, **more: Any) -> dict[str, Any]:
    """People of two areas and two funders come to care, 0.1 a day for 100 days each."""
    events = more.pop("events", {})
    return {
        "caresim": 1,
        "name": "Care",
        "time": {"from": "2019-04-01", "measure": "100 days"},
        "people": {"area": {"east": 0.5, "west": 0.5}, "funding": {"council": 0.8, "self": 0.2}},
        "arrivals": {"gp": {"to": "care", "rate": "0.1 per day"}},
        "services": {"care": {"providers": providers, "care_time": "100 days", "next": "home", **more}},
        "exits": {"home": {}},
        "events": events,
    }


def loaded(world: dict[str, Any]) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.yaml"
        file.write_text(dump_document(world), encoding="utf-8")
        return load_scenario(file)


def network_of(providers: Any, **more: Any) -> Network:
    return compile_network(loaded(world(providers, **more)))


def test_providers_are_numbered_by_name_and_2_comes_before_10() -> None:
    network = network_of({"oak": {"places": 3}, "elm": {"count": 11, "places": 2}})
    service = network.services[0]
    names = [provider.name for provider in service.providers]
    assert names == [*(f"elm_{k}" for k in range(1, 12)), "oak"]
    assert service.capacities == (2,) * 11 + (3,)
    assert service.capacity == 25


@pytest.mark.parametrize(
    ("fill", "ranks"),
    [
        ("most_free", (0, 0, 0)),
        ("best_rated", (4, 3, 1)),
        (["oak", "ash"], (1, 2, 0)),
    ],
)
def test_ranks_say_who_is_filled_first(fill: Any, ranks: tuple[int, ...]) -> None:
    providers = {
        "ash": {"places": 1},
        "elm": {"places": 1, "rating": "inadequate"},
        "oak": {"places": 1, "rating": "good"},
    }
    assert network_of(providers, fill=fill).services[0].fill == ranks


def test_a_change_at_one_provider_changes_the_sum_too() -> None:
    network = network_of({"ash": {"places": {"2019-04-01": 2, "2019-05-01": 5}}, "elm": {"places": 1}})
    assert [(change.at, change.field, change.value) for change in network.changes] == [
        (30, "capacity", 6),
        (30, "capacities", (5, 1)),
    ]


def test_moving_places_between_providers_leaves_the_sum_as_it_is() -> None:
    change = {"services.care.providers.ash.places": "minus 1", "services.care.providers.elm.places": "plus 1"}
    network = network_of(
        {"ash": {"places": 2}, "elm": {"places": 1}}, events={"e": {"from": "2019-04-11", "change": change}}
    )
    assert [(change.at, change.field, change.value) for change in network.changes] == [
        (10, "capacities", (1, 2))
    ]


def closures(closed: Any, **event: Any) -> list[tuple[float, str, Any]]:
    change = {"services.care.providers.elm.closed": closed}
    network = network_of(
        {"ash": {"places": 2}, "elm": {"places": 1}},
        events={"e": {"from": "2019-04-11", "change": change, **event}},
    )
    return [(change.at, change.field, change.value) for change in network.changes]


def test_a_notice_becomes_the_day_on_which_a_provider_is_empty_and_has_nothing() -> None:
    assert closures({"notice": "28 days"}, to="2019-05-31") == [
        (10, "closures", (OPEN, MOVING)),
        (38, "capacity", 2),
        (38, "capacities", (2, 0)),
        (38, "closures", (OPEN, EMPTY)),
        (61, "capacity", 3),
        (61, "capacities", (2, 1)),
        (61, "closures", (OPEN, OPEN)),
    ]


def test_closed_to_admissions_it_keeps_what_it_has() -> None:
    assert closures(True, to="2019-04-20") == [
        (10, "closures", (OPEN, CLOSED)),
        (20, "closures", (OPEN, OPEN)),
    ]


def test_a_second_notice_does_not_put_off_the_day_of_the_first() -> None:
    events = {
        name: {"from": day, "change": {"services.care.providers.elm.closed": {"notice": notice}}}
        for name, day, notice in (("first", "2019-04-11", "20 days"), ("second", "2019-04-16", "40 days"))
    }
    network = network_of({"ash": {"places": 2}, "elm": {"places": 1}}, events=events)
    assert [change.at for change in network.changes if change.field == "closures"] == [10, 30]


def test_an_event_may_name_all_of_a_count_or_one() -> None:
    change = {"services.care.providers.elm.places": "times 0.5", "services.care.providers.elm_2.places": 3}
    network = network_of(
        {"elm": {"count": 3, "places": 4}}, events={"e": {"from": "2019-04-11", "change": change}}
    )
    assert network.changes[-1].value == (2, 3, 2)


def test_a_number_of_all_of_a_count_stands_once_among_the_sources() -> None:
    change = {"services.care.providers.elm.places": "times 0.5", "services.care.providers.elm_2.places": 3}
    providers = {"elm": {"count": 3, "places": 4}, "oak_1": {"places": 2}}
    scenario = loaded(world(providers, events={"e": {"from": "2019-04-11", "change": change}}))
    told = [number.path for number in numbers(scenario) if "providers" in number.path]
    of_event = "events.e.change.services.care.providers"
    assert told == [
        "services.care.providers.elm.places",
        "services.care.providers.oak_1.places",
        f"{of_event}.elm.places",
        f"{of_event}.elm_2.places",
    ]


def test_what_is_asked_is_held_against_those_who_take_it() -> None:
    """10 places are asked for in all, 5 of them from the west; ash alone takes them."""
    network = network_of({"ash": {"places": 6}, "elm": {"places": 9, "takes": {"area": "east"}}})
    assert [(load.providers, load.offered, load.capacity) for load in taken_loads(network)] == [
        ((0,), pytest.approx(5), 6),
        ((0, 1), pytest.approx(10), 15),
    ]
    assert list(overloaded(network)) == []


def test_too_little_for_some_is_doubted_though_there_is_enough_in_all() -> None:
    network = network_of({"ash": {"places": 4}, "elm": {"places": 9, "takes": {"area": "east"}}})
    (doubt,) = overloaded(network)
    assert doubt == (
        "services.care: people whom only ash take (for example area west) ask for 5 places of 4: they cannot keep up."
    )


def test_a_provider_closed_all_through_the_run_is_no_capacity() -> None:
    """10 places are asked for; elm has 9 but never admits. In all there are 4, whether it takes some or all."""
    elm = {"places": 9, "closed": True}
    network = network_of({"ash": {"places": 4}, "elm": elm | {"takes": {"area": "east"}}})
    assert [(load.providers, load.offered, load.capacity) for load in taken_loads(network)] == [
        ((0,), pytest.approx(10), 4)
    ]
    scenario = loaded(world({"ash": {"places": 4}, "elm": elm}))
    (load,) = loads(scenario, compile_network(scenario))
    assert (load.mean.capacity, load.mean.utilisation) == (4, pytest.approx(2.5))
    lines = [" ".join(line.split()) for line in describe(scenario, compile_network(scenario)).splitlines()]
    assert "elm 9 places closed all through the run, not counted in what there is" in lines


@pytest.mark.parametrize(
    ("closed", "opens", "never"),
    [
        (True, None, [1]),
        ({"notice": "5 days"}, None, [1]),
        (True, {"from": "2019-07-09", "change": {"services.care.providers.elm.closed": False}}, []),
        (False, {"from": "2019-04-02", "change": {"services.care.providers.elm.closed": True}}, []),
    ],
)
def test_closed_all_through_is_never_open_not_open_for_a_day(closed: Any, opens: Any, never: list[int]) -> None:
    providers = {"ash": {"places": 4}, "elm": {"places": 9, "closed": closed}}
    network = network_of(providers, events={} if opens is None else {"e": opens})
    assert sorted(always_closed(network, 0)) == never


def test_people_whom_only_a_closed_provider_takes_are_told_that_there_is_nothing() -> None:
    providers = {
        "ash": {"places": 4, "takes": {"area": "west"}},
        "elm": {"places": 9, "takes": {"area": "east"}, "closed": True},
    }
    (_, doubt) = sorted(overloaded(network_of(providers)))
    assert doubt.startswith("services.care: people whom only elm take (for example area east) ask for 5 places of 0:")


def test_people_whom_nobody_takes_are_an_error() -> None:
    providers = {
        "ash": {"places": 4, "takes": {"area": "east"}},
        "elm": {"places": 4, "takes": {"funding": "self"}},
    }
    with pytest.raises(ScenarioError, match="nobody takes people who are area west, funding council"):
        network_of(providers)


def test_people_who_never_come_need_nobody_to_take_them() -> None:
    whole = world({"ash": {"places": 4, "takes": {"area": "east"}}})
    whole["people"]["area"] = {"east": 1, "west": 0}
    assert compile_network(loaded(whole)).services[0].providers[0].name == "ash"


def test_a_package_larger_than_any_provider_is_an_error_though_all_together_have_more() -> None:
    hours = {"agency": {"count": 3, "hours": "10 per week"}}
    with pytest.raises(ScenarioError, match=r"at least 12 hours per week.* more than 10 with one provider"):
        network_of(hours, amount="12 hours per week")


def test_explain_tells_who_they_are_and_who_is_filled_first() -> None:
    providers = {
        "agency": {"count": 3, "places": 5},
        "elm": {"places": 9, "takes": {"area": "east"}, "rating": "good", "opens": {"days": "mon-fri"}},
    }
    scenario = loaded(world(providers, fill=["elm"]))
    text = describe(scenario, compile_network(scenario))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "care agency_... 5 places 3 like this, agency_1 to agency_3" in lines
    assert "elm 9 places takes area east; good; opening hours of its own" in lines
    assert "filled first elm; of the others who has most free" in lines
