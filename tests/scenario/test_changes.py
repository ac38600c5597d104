"""`PATH: CHANGE`: one value replaced, raised, cut or multiplied; shares that go on summing to 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caresim.errors import ScenarioError
from caresim.scenario.changes import apply_changes
from caresim.scenario.files import load_scenario
from caresim.scenario.nodes import Node, from_plain, plain
from caresim.scenario.reader import Faults
from caresim.scenario.services import Intake
from caresim.scenario.values import Dated

CASES = Path(__file__).parents[1] / "cases"
EXAMPLE = CASES / "valid" / "county_example.yaml"
TREE: dict[str, Any] = {
    "arrivals": {"door": {"to": "ward", "rate": "40 per day"}},
    "services": {
        "ward": {
            "places": {"2019-04-01": 180, "2019-10-01": 205},
            "care_time": {"mixture": [{"share": 0.2, "fixed": "1 day"}, {"share": 0.8, "fixed": "3 days"}]},
            "next": {"home": 0.7, "team": 0.25, "visits": "5%"},
            "mortality": "12% per year",
            "intake": {"mon-fri": "3 per day"},
        },
        "team": {"places": 15, "cost": {"per_day": 584}, "next": {"home": 1.0, "visits": 0.0}},
        "visits": {"hours": "500 per week", "next": {"by": "age", "old": "home", "young": {"home": 1}}},
    },
    "events": {"winter": {"change": {"services.ward.places": "plus 3"}}},
}


def after(*changes: tuple[str, Any]) -> Any:
    """The plain tree after changes that have no fault."""
    faults = Faults()
    root = from_plain(TREE, file="tree.yaml", path="", line=1)
    root = apply_changes(root, [(p, from_plain(c, file="--set", path=p)) for p, c in changes], faults)
    faults.raise_if_any()
    return plain(root)


def refused(*changes: tuple[str, Any]) -> str:
    with pytest.raises(ScenarioError) as caught:
        after(*changes)
    assert len(caught.value.faults) == 1
    return caught.value.faults[0].message


@pytest.mark.parametrize(
    ("path", "change", "result"),
    [
        ("arrivals.door.rate", "plus 2 per day", "42 per day"),
        ("arrivals.door.rate", "minus 7 per week", "39 per day"),
        ("arrivals.door.rate", "times 1.1", "44 per day"),
        ("arrivals.door.rate", "30 per day", "30 per day"),
        ("services.team.places", "plus 30", 45),
        ("services.team.places", "times 1.1", 17),
        ("services.team.places", "times 0.9", 14),
        ("services.team.places", 20, 20),
        ("services.team.cost.per_day", "times 1.1", 642.4),
        ("services.visits.hours", "plus 60 hours per week", "560 per week"),
        ("services.ward.mortality", "plus 0.01 per year", "13% per year"),
        ("services.ward.mortality", "times 1.5", "18% per year"),
        ("services.ward.intake.mon-fri", "times 1.5", "5 per day"),
        ("services.ward.places.2019-10-01", "minus 5", 200),
        ("services.ward.care_time.mixture.1.fixed", "plus 12 hours", "3.5 days"),
        ("services.ward.next", {"home": 1}, {"home": 1}),
    ],
)
def test_a_change_gives_the_value_in_the_unit_it_was_written_in(path: str, change: Any, result: Any) -> None:
    found = after((path, change))
    for key in path.split("."):
        found = found[int(key)] if isinstance(found, list) else found[key]
    assert found == result


def test_a_change_of_dated_values_changes_every_date_and_rounds_halves_up() -> None:
    """205 x 1.1 is 225.5; 180 x 1.1 is 198.00000000000003 in floating point."""
    changed = after(("services.ward.places", "times 1.1"))
    assert changed["services"]["ward"]["places"] == {"2019-04-01": 198, "2019-10-01": 226}


def test_nothing_else_changes() -> None:
    changed = after(("services.team.places", 20))
    changed["services"]["team"]["places"] = 15
    assert changed == TREE


def test_changes_of_one_value_are_made_one_after_the_other() -> None:
    changed = after(("services.team.places", "times 2"), ("services.team.places", "plus 3"))
    assert changed["services"]["team"]["places"] == 33


# Shares


def test_a_changed_share_takes_from_the_others_in_proportion() -> None:
    assert after(("services.ward.next.home", 0.4))["services"]["ward"]["next"] == pytest.approx(
        {"home": 0.4, "team": 0.5, "visits": 0.1}
    )


def test_a_share_may_be_multiplied_and_written_in_per_cent() -> None:
    assert after(("services.ward.next.visits", "times 2"))["services"]["ward"]["next"] == {
        "home": pytest.approx(0.7 * 0.9 / 0.95),
        "team": pytest.approx(0.25 * 0.9 / 0.95),
        "visits": "10%",
    }


def test_several_shares_set_at_once_must_sum_to_1_with_the_rest() -> None:
    changed = after(("services.ward.next.home", 0.5), ("services.ward.next.team", 0.45))
    assert changed["services"]["ward"]["next"] == {"home": 0.5, "team": 0.45, "visits": "5%"}
    assert (
        refused(("services.ward.next.home", 0.5), ("services.ward.next.team", 0.4))
        == "several shares of services.ward.next are set at once, and all of them then add up to 0.95, not 1."
    )


def test_the_share_of_a_part_of_a_mixture_is_a_share_too() -> None:
    changed = after(("services.ward.care_time.mixture.0.share", "plus 0.3"))
    parts = changed["services"]["ward"]["care_time"]["mixture"]
    assert [part["share"] for part in parts] == pytest.approx([0.5, 0.5])


@settings(deadline=None)
@given(st.sampled_from(["home", "team", "visits"]), st.floats(min_value=0, max_value=1))
def test_shares_go_on_summing_to_1_whatever_one_of_them_becomes(name: str, share: float) -> None:
    shares = after((f"services.ward.next.{name}", share))["services"]["ward"]["next"]
    assert sum(0.05 if value == "5%" else value for value in shares.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        ("services.ward.next.home", 1.5, "needs a share, 0 to 1; this gives 1.5."),
        (
            "services.team.next.home",
            0.5,
            "the other shares are 0, so nothing says how the rest is to be shared out.",
        ),
        ("services.ward.next.home", "most", 'needs a share, 0 to 1; got "most".'),
        ("services.ward.next.home", None, "needs a share, 0 to 1; got nothing."),
    ],
)
def test_a_share_that_cannot_be_is_refused(path: str, change: Any, message: str) -> None:
    assert refused((path, change)) == message


# Refusals


@pytest.mark.parametrize(
    ("path", "change", "message"),
    [
        (
            "services.ward.places",
            "plus 10%",
            'cannot add or take away per cent: write "times 1.1"; got "plus 10%".',
        ),
        (
            "services.visits.hours",
            "minus 5%",
            'cannot add or take away per cent: write "times 0.95"; got "minus 5%".',
        ),
        (
            "services.team.places",
            "add 3",
            'a change is plus, minus or times and a number, as in "plus 3"; got "add 3".',
        ),
        (
            "services.ward.places.2020-01-01",
            170,
            "has no entry 2020-01-01: set all of them at once, in place of "
            "{2019-04-01: 180, 2019-10-01: 205}.",
        ),
        (
            "services.wrad.places",
            3,
            'there is nothing at "services.wrad.places". Did you mean "services.ward.places"?',
        ),
        (
            "services.ward.next.hme",
            0.3,
            'there is nothing at "services.ward.next.hme". Did you mean "services.ward.next.home"?',
        ),
        (
            "services.ward.care_time.mixture.2.fixed",
            "1 day",
            'there is nothing at "services.ward.care_time.mixture.2.fixed". '
            "Under services.ward.care_time.mixture are 0, 1.",
        ),
        ("services.shed", 3, 'there is nothing at "services.shed". Under services are ward, team, visits.'),
        ("", 3, "needs a path, for example services.ward.places."),
        ("arrivals.door.rate", "plus 2", 'needs the unit too, for example "plus 2 per day".'),
        ("arrivals.door.rate", "plus 2 days", 'is in "per day", so it cannot be changed by "plus 2 days".'),
        (
            "arrivals.door.rate",
            "times 2 per day",
            'times takes a number without a unit, for example "times 1.1"; got "2 per day".',
        ),
        ("services.team.places", "plus", 'needs a number; got "".'),
        (
            "services.ward.next",
            "times 2",
            "times changes one number; here is a mapping (home, team, visits). "
            "Name one in it, for example home.",
        ),
        (
            "services.visits.next.old",
            "times 2",
            'times changes one number; here is "home".',
        ),
        (
            "events.winter.change.services.ward.places",
            "plus 5",
            'here is "plus 3", which plus cannot change: write all that the event changes, '
            "events.winter.change: {services.ward.places: plus 5, ...}.",
        ),
        (
            "events.winter.change.services.team.places",
            "minus 2",
            "here is nothing, which minus cannot change: write all that the event changes, "
            "events.winter.change: {services.team.places: minus 2, ...}.",
        ),
        (
            "services.team.mortality",
            "plus 2% per year",
            "nothing is written there that plus could change: write a plain value.",
        ),
    ],
)
def test_what_cannot_be_changed_is_refused_with_the_next_step(path: str, change: Any, message: str) -> None:
    assert refused((path, change)) == message


# Through load_scenario, as --set does


def test_set_reads_its_text_as_yaml() -> None:
    scenario = load_scenario(
        EXAMPLE,
        [
            ("services.ward.places", "365"),
            ("services.reablement.places", "{2019-04-01: 200, 2020-01-01: 180}"),
            ("services.ward.intake", "{mon-fri: 60 per day, sat-sun: unlimited}"),
            ("services.home_care.queue.room", "12"),
            ("events.winter.active", "false"),
            ("services.home_care.instead.0.after", "plus 2 days"),
        ],
    )
    ward = scenario.services["ward"]
    assert ward.places == 365
    assert scenario.services["reablement"].places == Dated(values=((0.0, 200), (275.0, 180)))
    limits = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), 60) | {"sat": None, "sun": None}
    assert ward.intake == Intake(days=limits)
    assert scenario.services["home_care"].queue.room == 12
    assert not scenario.events["winter"].active
    after_days = scenario.services["home_care"].instead[0].after
    assert getattr(after_days, "parameters", None) == (7.0,)
    assert scenario.document["services"]["ward"]["places"] == 365


def test_a_new_service_may_be_set_whole_and_an_old_one_removed() -> None:
    scenario = load_scenario(
        EXAMPLE,
        [
            (
                "services.hub",
                {"kind": "intermediate_care", "places": 5, "care_time": "2 days", "next": "home"},
            ),
            ("services.ward.next.P0", "hub"),
        ],
    )
    assert scenario.services["hub"].places == 5
    assert load_scenario(EXAMPLE, [("events.winter", None)]).events == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("services.ward.places", "+30"),
            "--set, services.ward.places: a leading + is refused, because YAML reads +30 as 30; got +30. "
            'Write 30 alone, or "plus 30" to change a value.',
        ),
        (
            ("services.ward.places", "minus 371"),
            "--set, services.ward.places: needs a whole number, 0 or more; got -1.",
        ),
        (("services.ward.next", "{P0: [}"), "--set, services.ward.next: is not YAML: "),
        (("extends", "other.yaml"), "--set, extends: is read before anything can be set."),
    ],
)
def test_a_fault_in_what_was_set_is_told_as_such(change: tuple[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(EXAMPLE, [change])
    assert len(caught.value.faults) == 1
    assert str(caught.value).startswith(message)


def test_a_change_leaves_the_tree_it_was_made_to_alone() -> None:
    root = from_plain(TREE, file="tree.yaml", path="", line=1)
    change = Node(20, "--set", 0, 0, "services.team.places")
    changed = apply_changes(root, [("services.team.places", change)], Faults())
    assert plain(root) == TREE
    assert changed.entries["services"].entries["ward"] is root.entries["services"].entries["ward"]


def test_what_is_taken_away_takes_no_change_after_it_but_may_be_set_anew() -> None:
    away = ("services.ward.care_time", None)
    message = refused(away, ("services.ward.care_time.mixture", "plus 1"))
    assert message == (
        "services.ward.care_time is taken away before this: set it whole, or leave one of the two out."
    )
    assert "care_time" not in after(("services.ward.care_time.mixture.0.share", 0.3), away)["services"]["ward"]
    again = after(away, ("services.ward.care_time", "2 days"), ("services.ward.care_time", "times 2"))
    assert again["services"]["ward"]["care_time"] == "4 days"
