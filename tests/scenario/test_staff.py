"""Staff as they are written: what becomes of each key, and what changes do to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from caresim.errors import ScenarioError
from caresim.network.sources import numbers
from caresim.scenario.edits import scenario_at
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario
from caresim.scenario.staff import FromStaff, StaffCost, StaffGroup
from caresim.scenario.values import Dated

EVERYTHING = Path(__file__).parents[1] / "cases" / "valid" / "everything.yaml"
BASE = Path(__file__).parents[1] / "cases" / "base.yaml"
CARERS = {
    "posts": 20,
    "leavers": "2% per month",
    "sickness": {"jan": "8%", "else": "4%"},
    "contact": "20 hours per week",
}
STAFFED = [("staff", {"carers": CARERS}), ("services.visits.hours", {"staff": "carers", "share": 0.5})]


def test_staff_become_what_was_written() -> None:
    scenario = load_scenario(EVERYTHING)
    assert scenario.staff["carers"] == StaffGroup(
        name="carers",
        label="Our carers",
        posts=Dated(values=((0.0, 20), (60.0, 24))),
        in_post=18,
        joiners=24 / 365.25,
        leavers=pytest.approx(0.12 / 365.25),
        leave_to={"rehab": 0.3, "else": 0.7},
        induction=42.0,
        sickness=(0.08, 0.07, *(0.05,) * 10),
        contact=20.0,
        cost=StaffCost(per_post_year=31_000.0, payer={"council": 0.9, "nhs": 0.1}),
    )
    assert scenario.staff["rehab"] == StaffGroup(name="rehab", label="Rehab", posts=5)
    assert scenario.services["calls"].hours == FromStaff(group="carers", share=0.6)
    assert scenario.services["clinic"].places == FromStaff(group="carers", share=0.4, per_worker=2.5)


def changed(*changes: tuple[str, object]) -> Scenario:
    return load_scenario(BASE, [*STAFFED, *changes])


@pytest.mark.parametrize(
    ("path", "change", "sickness"),
    [
        ("staff.carers.sickness", "times 1.5", (0.12, 0.06)),
        ("staff.carers.sickness", "plus 1%", (0.09, 0.05)),
        ("staff.carers.sickness", "10%", (0.1, 0.1)),
        ("staff.carers.sickness.jan", "times 2", (0.16, 0.04)),
        ("staff.carers.sickness.else", "0%", (0.08, 0.0)),
    ],
)
def test_sickness_changes_in_all_months_or_in_one(
    path: str, change: str, sickness: tuple[float, float]
) -> None:
    found = changed((path, change)).staff["carers"].sickness
    assert (found[0], found[11]) == pytest.approx(sickness)


def test_numbers_of_staffed_capacities_change_alone() -> None:
    scenario = changed(
        ("services.visits.hours.share", "plus 0.2"),
        ("services.team.places", {"staff": "carers", "share": 0.25, "per_worker": 2.5}),
    )
    assert scenario.services["visits"].hours == FromStaff(group="carers", share=0.7)
    again = load_scenario(
        BASE,
        [
            *STAFFED,
            ("services.team.places", {"staff": "carers", "per_worker": 2.5, "share": 0.5}),
            ("services.team.places.per_worker", "times 1.1"),
        ],
    )
    # Not rounded to whole places, as a number of places would be.
    assert again.services["team"].places == FromStaff(group="carers", share=0.5, per_worker=2.75)


def test_a_number_takes_the_place_of_staff_and_the_other_way_round() -> None:
    assert changed(("services.visits.hours", "300 per week")).services["visits"].hours == 300.0
    assert changed().services["visits"].hours == FromStaff(group="carers", share=0.5)


def test_an_event_changes_staff_while_it_lasts_and_grows_with_its_ramp() -> None:
    winter = {
        "from": "2020-01-10",
        "to": "2020-01-20",
        "ramp": "2 days",
        "change": {
            "staff.carers.sickness": "times 1.5",
            "staff.carers.leavers": "times 2",
            "services.visits.hours.share": "times 0.5",
        },
    }
    scenario = changed(("events.winter", winter))
    base, half, full = (scenario_at(scenario, at).staff["carers"] for at in (3.0, 4.0, 5.0))
    assert base == scenario.staff["carers"]
    assert [group.sickness[0] for group in (base, half, full)] == pytest.approx([0.08, 0.1, 0.12])
    assert [group.leavers / base.leavers for group in (half, full)] == pytest.approx([1.5, 2.0])
    shares = [scenario_at(scenario, at).services["visits"].hours for at in (4.0, 5.0)]
    assert [share.share for share in shares if isinstance(share, FromStaff)] == [0.375, 0.25]
    assert scenario_at(scenario, 15.0).staff["carers"] == base


def test_a_share_of_those_who_leave_takes_from_the_others() -> None:
    to = {"rehab": 0.3, "nhs": 0.2, "else": 0.5}
    groups = {"carers": CARERS | {"leave_to": to}, "rehab": {"posts": 3}, "nhs": {"posts": 4}}
    scenario = load_scenario(BASE, [("staff", groups), ("staff.carers.leave_to.rehab", "0.65")])
    assert scenario.staff["carers"].leave_to == pytest.approx({"rehab": 0.65, "nhs": 0.1, "else": 0.25})


def test_two_events_together_may_not_give_more_than_all_of_a_group() -> None:
    """Each alone is right, and both at once are not."""
    more = [("services.team.places", {"staff": "carers", "per_worker": 2, "share": 0.3})]
    events = {
        name: {"from": "2020-02-01", "change": {f"services.{service}.share": "times 1.3"}}
        for name, service in (("first", "visits.hours"), ("second", "team.places"))
    }
    for name in events:
        assert load_scenario(BASE, [*STAFFED, *more, ("events", {name: events[name]})])
    with pytest.raises(ScenarioError, match=r"shares of staff\.carers add up to 1\.04"):
        load_scenario(BASE, [*STAFFED, *more, ("events", events)])


AGENCIES = [
    ("staff", {"carers": CARERS}),
    ("services.visits.hours", None),
    ("services.visits.providers", {"agency": {"count": 3, "hours": {"staff": "carers"}}, "own": {"hours": "9 per week"}}),
]


def hours_of(scenario: Scenario) -> dict[str, object]:
    return {provider.name: provider.hours for provider in scenario.services["visits"].providers}


def test_each_of_a_count_has_an_equal_part_of_a_group_unless_it_is_said_what_each_has() -> None:
    third = FromStaff(group="carers", share=pytest.approx(1 / 3))
    assert hours_of(load_scenario(BASE, AGENCIES)) == {f"agency_{k}": third for k in (1, 2, 3)} | {"own": 9.0}
    path = "services.visits.providers.agency"
    said = hours_of(load_scenario(BASE, [*AGENCIES, (f"{path}.hours.share", 0.2), (f"{path}.count", 2)]))
    assert said == {f"agency_{k}": FromStaff(group="carers", share=0.2) for k in (1, 2)} | {"own": 9.0}
    fourth = hours_of(load_scenario(BASE, [*AGENCIES, (f"{path}.count", "plus 1")]))["agency_4"]
    assert fourth == FromStaff(group="carers", share=0.25)


def test_a_number_nobody_wrote_needs_no_source() -> None:
    paths = [number.path for number in numbers(load_scenario(BASE, AGENCIES))]
    assert "services.visits.providers.own.hours" in paths
    assert not [path for path in paths if path.endswith(".share")]
    said = load_scenario(BASE, [*AGENCIES, ("services.visits.providers.agency.hours.share", 0.2)])
    assert "services.visits.providers.agency.hours.share" in [number.path for number in numbers(said)]


def test_an_event_changes_the_part_of_all_of_a_count_or_of_one() -> None:
    change = {
        "services.visits.providers.agency.hours.share": "times 0.5",
        "services.visits.providers.agency_2.hours.share": "times 0.9",
    }
    scenario = load_scenario(BASE, [*AGENCIES, ("events", {"e": {"from": "2020-01-10", "change": change}})])
    shares = [hours.share for hours in hours_of(scenario_at(scenario, 10.0)).values() if hours != 9.0]
    assert shares == pytest.approx([1 / 6, 0.3, 1 / 6])


def test_a_provider_may_have_a_number_in_place_of_staff_and_the_other_way_round() -> None:
    path = "services.visits.providers"
    changes = [(f"{path}.agency", {"hours": "30 per week"}), (f"{path}.own.hours", {"staff": "carers", "share": 0.5})]
    found = hours_of(load_scenario(BASE, [*AGENCIES, *changes]))
    assert found == {"agency": 30.0, "own": FromStaff(group="carers", share=0.5)}


def test_what_staff_cost_changes_like_any_price_but_not_in_an_event() -> None:
    cost = {"per_post_year": 30_000, "payer": {"council": 0.5, "nhs": 0.5}}
    paid = changed(("staff.carers.cost", cost), ("staff.carers.cost.per_post_year", "times 1.1"))
    assert paid.staff["carers"].cost == StaffCost(per_post_year=33_000.0, payer=cost["payer"])
    shared = changed(("staff.carers.cost", cost), ("staff.carers.cost.payer.nhs", 0.2)).staff["carers"].cost
    assert shared is not None
    assert shared.payer == pytest.approx({"council": 0.8, "nhs": 0.2})
    dearer = {"from": "2020-02-01", "change": {"staff.carers.cost.per_post_year": "times 2"}}
    with pytest.raises(ScenarioError, match="an event may change rates"):
        changed(("staff.carers.cost", cost), ("events.dearer", dearer))


def test_published_figures_may_be_of_a_group_of_staff() -> None:
    line = {"measure": "staff_vacancies", "where": {"staff": "carers"}, "value": 16, "source": "C25"}
    assert changed(("published", [line])).published[0].where == {"staff": "carers"}
    with pytest.raises(ScenarioError, match='there is no staff "careers"'):
        changed(("published", [line | {"where": {"staff": "careers"}}]))
