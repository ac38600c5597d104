"""Each word of a path that leads nowhere is held against what stands at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from caresim.errors import ScenarioError
from caresim.scenario.files import load_scenario

HOMES = """
caresim: 1
name: Homes
time: {from: 2020-01-06, measure: 28 days}
replications: 1
seed: 1
arrivals: {emergency: {to: ward, rate: 1 per day}}
services:
  ward: {kind: acute, places: 10, care_time: 4 days, next: {home: 0.6, care_home: 0.2, home_care: 0.2}}
  care_home:
    providers: {block: {places: 12}, elm_court: {places: 26}, oak_house: {places: 60}}
    care_time: 20 days
    next: home
  home_care:
    providers: {agency: {count: 5, hours: 80 per week}, elsewhere: {hours: 30 per week}}
    amount: 8 hours per week
    care_time: 20 days
    next: home
exits: {home: {}}
"""


@pytest.fixture
def homes(tmp_path: Path) -> Path:
    (tmp_path / "homes.yaml").write_text(HOMES, encoding="utf-8")
    return tmp_path / "homes.yaml"


def told(file: Path, path: str, change: object) -> str:
    """What is said of one change; of several faults each in a line."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file, [(path, change)])
    return "\n".join(fault.message for fault in caught.value.faults)


def of_event(file: Path, changes: dict[str, object], each: object = None) -> str:
    event: dict[str, object] = {"from": "2020-01-10", "change": changes}
    return told(file, "events.x", event if each is None else event | {"each": each})


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("services.care_home.providers.elm_cort.closed", 'Did you mean "services.care_home.providers.elm_court.closed"?'),
        ("services.care_home.providers.block.close", 'Did you mean "services.care_home.providers.block.closed"?'),
        ("services.care_homes.providrs.blok.close", 'Did you mean "services.care_home.providers.block.closed"?'),
        ("services.care_home.providers.nowhere.closed", "Under services.care_home.providers are block, elm_court, oak_house."),
        (
            "services.care_homes.providers.nowhere.closed",
            'Did you mean "services.care_home.providers"? '
            "Under services.care_home.providers are block, elm_court, oak_house.",
        ),
        ("services.ward.providers.block.closed", "services.ward has no providers."),
        ("staff.nurses.posts", "There is no section staff."),
        ("homecare.amount", 'Did you mean "services.home_care.amount"?'),
        (
            "services.care_home.providers.*.closed",
            "A * may stand in `each` of an event only. "
            "Under services.care_home.providers are block, elm_court, oak_house.",
        ),
    ],
)  # fmt: skip
def test_a_slip_in_one_word_is_told_with_the_whole_path_or_what_there_is(
    homes: Path, path: str, hint: str
) -> None:
    assert told(homes, path, True) == f'there is nothing at "{path}". {hint}'


@pytest.mark.parametrize("name", ["agency_3", "agency_6", "agency07"])
def test_one_of_a_count_can_be_changed_by_an_event_only_and_that_is_said(homes: Path, name: str) -> None:
    path = f"services.home_care.providers.{name}.closed"
    assert told(homes, path, True) == (
        f'there is nothing at "{path}". "agency" is 5 at once: a change of agency changes all of them. '
        "An event may change single ones, agency_1 to agency_5."
    )


def test_a_number_beyond_a_count_is_told_with_the_numbers_there_are(homes: Path) -> None:
    there = "Under services.home_care.providers are agency_1 to agency_5, elsewhere."
    beyond = "services.home_care.providers.agency_6"
    assert of_event(homes, {f"{beyond}.closed": True}) == f'there is nothing at "{beyond}.closed". {there}'
    assert of_event(homes, {"closed": True}, beyond) == f'there is nothing at "{beyond}". {there}'


def test_the_same_number_written_otherwise_is_the_one_that_was_meant(homes: Path) -> None:
    found = of_event(homes, {"services.home_care.providers.agency05.closed": True})
    assert found.endswith('Did you mean "services.home_care.providers.agency_5.closed"?')


ALL = "There are services.*, services.care_home.providers.*, services.home_care.providers.*, arrivals.*."


@pytest.mark.parametrize(
    ("each", "message"),
    [
        ("services.care_home.provider.*", 'there is nothing at "services.care_home.provider". Did you mean "services.care_home.providers.*"?'),
        ("service.*", 'there is nothing at "service". Did you mean "services.*"?'),
        ("services.ward.providers.*", f'there is nothing at "services.ward.providers". services.ward has no providers. {ALL}'),
        (
            "services.*.providers.*",
            f'there is nothing at "services.*.providers". A * is the whole last word of a path: list what is meant. {ALL}',
        ),
        (
            "services.home_care.providers.agency*",
            'there is nothing at "services.home_care.providers.agency*". '
            f"A * is the whole last word of a path: list what is meant. {ALL}",
        ),
    ],
)  # fmt: skip
def test_a_star_that_stands_for_nothing_is_told_with_those_that_do(
    homes: Path, each: str, message: str
) -> None:
    assert of_event(homes, {"closed": True}, each) == message


@pytest.mark.parametrize(
    ("each", "hint"),
    [
        ("services.care_home.*", 'Did you mean "services.care_home.providers.*"?'),
        ("services.care_home.providers", 'Did you mean "services.care_home.providers.*"?'),
        ("services.care_home.providers.block.places", 'Did you mean "services.care_home.providers.block"?'),
        ("*", ALL),
    ],
)
def test_a_path_of_each_that_leads_to_no_name_is_told_with_the_nearest(
    homes: Path, each: str, hint: str
) -> None:
    assert of_event(homes, {"closed": True}, each) == (
        "needs the path of something that has a name, for example services.ward or services.*; "
        f'got "{each}". {hint}'
    )


def test_a_fault_of_many_alike_is_told_of_the_first_of_them(homes: Path) -> None:
    message = 'there is nothing at "services.{0}.close". Did you mean "services.{0}.closed"?'
    assert of_event(homes, {"services.home_care.providers.agency.close": True}) == message.format(
        "home_care.providers.agency_1"
    )
    first = "care_home.providers.block"
    assert of_event(homes, {"close": True}, "services.care_home.providers.*") == (
        f"of services.{first}: {message.format(first)}"
    )


def test_other_faults_of_those_alike_are_still_told(homes: Path) -> None:
    """One of the two has no providers; the other has none that is called so."""
    found = of_event(homes, {"providers.block.place": "plus 1"}, ["services.care_home", "services.ward"])
    assert found.splitlines() == [
        'of services.care_home: there is nothing at "services.care_home.providers.block.place". '
        'Did you mean "services.care_home.providers.block.places"?',
        'of services.ward: there is nothing at "services.ward.providers.block.place". services.ward has no providers.',
    ]


def test_a_path_of_each_that_begins_with_nothing_known_is_told_with_what_may_be_each(homes: Path) -> None:
    assert of_event(homes, {"closed": True}, "3") == f'there is nothing at "3". {ALL}'
