"""Staff compiled, and what `explain` and `check` say of them."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
import pytest

from caresim.cli.doubts import doubts
from caresim.errors import ScenarioError
from caresim.network.compile import compile_network
from caresim.network.describe import describe
from caresim.network.describe_staff import long_run_capacity
from caresim.network.layout import WIDTH
from caresim.network.loads import loads
from caresim.network.network import NOT_IN_POST, Network, Staffed
from caresim.network.provider_loads import taken_loads
from caresim.network.staff import staffed_capacity
from caresim.network.staffing import expected_staff
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario

TEAM = """
caresim: 1
name: A team
time: {from: 2019-12-01, to: 2020-03-31, warm_up: 10 days}
arrivals: {gp: {to: team, rate: 2 per day}}
services:
  team: {kind: reablement, hours: {staff: carers, share: 0.5}, amount: 5 hours per week, care_time: {exponential: 28 days}, next: home}
  check: {in_place: true, places: {staff: carers, share: 0.5, per_worker: 3}, care_time: 1 day, next: home}
staff:
  carers: {posts: {2019-12-01: 30, 2020-02-01: 34}, in_post: 20, joiners: 2 per month, leavers: 3% per month, leave_to: {nhs: 0.6, else: 0.4}, induction: 6 weeks, sickness: {jan: 10%, else: 5%}, contact: 20 hours per week}
  nhs: {posts: 12, leavers: 1% per month}
exits: {home: {}}
"""
WINTER = "events: {winter: {from: 2020-01-15, to: 2020-01-31, change: {staff.carers.sickness: times 2, staff.carers.leavers: times 3}}}\n"


def compiled(text: str) -> tuple[Scenario, Network]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "team.yaml"
        file.write_text(text, encoding="utf-8")
        scenario = load_scenario(file)
        return scenario, compile_network(scenario)


def told(text: str) -> list[str]:
    return list(doubts(*compiled(text)))


def test_groups_become_pieces_and_numbers() -> None:
    _, network = compiled(TEAM + WINTER)
    carers, nhs = network.staff
    assert (carers.name, carers.in_post, nhs.in_post) == ("carers", 20, 12)
    assert carers.posts == ((-10.0, 30), (62.0, 34))
    assert carers.induction == ((-10.0, 42.0),)
    rates = [(at, round(rate * 365.25 / 12, 9)) for at, rate in carers.leavers]
    assert rates == [(-10.0, 0.03), (45.0, 0.09), (62.0, 0.03)]
    ((_, to),) = carers.leave_to
    assert (to.codes, to.cumulative) == ((NOT_IN_POST, 1), (0.4, 1.0))
    assert nhs.leave_to[0][1].codes == (NOT_IN_POST,)


def test_a_worker_is_worth_less_in_months_and_events_of_sickness() -> None:
    """Half of 20 hours: 600 minutes, less 5 %, in January 10 %, in the event twice that."""
    _, network = compiled(TEAM + WINTER)
    check, team = network.services
    assert team.staffed is not None
    assert check.staffed is not None
    assert [(at, round(worth, 6)) for at, worth in team.staffed.worth] == [
        (-10.0, 570.0),
        (31.0, 540.0),
        (45.0, 480.0),
        (62.0, 570.0),
    ]
    assert [round(worth, 6) for _, worth in check.staffed.worth] == [1.425, 1.35, 1.2, 1.425]
    assert (team.capacity, check.capacity) == (20 * 570, 28)
    assert not [change for change in network.changes if change.field == "capacity"]


@pytest.mark.parametrize(
    ("in_hours", "productive", "worth", "capacity"),
    [
        (True, 3, 0.5, 2),
        (True, 1, 0.49, 0),
        (False, 3, 2.5, 7),
        (False, 50, 0.96 * 2.5, 120),
        (False, 3, 0.1 / 0.3, 1),
        (True, 0, 570.0, 0),
    ],
)
def test_hours_round_halves_up_and_places_down(
    in_hours: bool, productive: int, worth: float, capacity: int
) -> None:
    assert staffed_capacity(in_hours, productive, worth) == capacity


def test_a_request_no_staffing_could_ever_fit_is_refused() -> None:
    """34 posts of 10 hours each, but for sickness: 323 hours a week."""
    with pytest.raises(ScenarioError, match="never more than 323: their request can never fit"):
        compiled(TEAM.replace("amount: 5 hours", "amount: 324 hours"))
    assert compiled(TEAM.replace("amount: 5 hours", "amount: 323 hours"))


def test_loads_are_held_against_what_is_expected_of_the_staff() -> None:
    scenario, network = compiled(TEAM)
    carers = expected_staff(network)[0]
    team = next(load for load in loads(scenario, network) if load.service == "team")
    january = next(month for month in team.months if month.month == "2020-01")
    days = np.arange(31.0, 62.0) + 0.5
    hours = np.interp(days, carers.times, carers.productive).mean() * 0.5 * 20 * 0.9
    assert january.capacity == pytest.approx(hours)
    assert january.offered == pytest.approx(2 * 28 * 5)


def test_large_groups_are_followed_by_their_mean() -> None:
    """1,500 posts and 1,200 in post: dn/dt = found - hazard x n, until the posts are filled."""
    group = "carers: {posts: 1500, in_post: 1200, joiners: 100 per month, leavers: 2% per month, contact: 9 hours per week}"
    small = group.replace("1500", "900").replace("1200", "720").replace("100 per", "60 per")
    text = TEAM[: TEAM.index("  carers: {posts")] + "  %s\nexits: {home: {}}\n"
    large, exact = (expected_staff(compiled(text % each)[1])[0] for each in (group, small))
    days = np.linspace(0.0, 120.0, 7)
    ratio = np.interp(days, large.times, large.in_post) / np.interp(days, exact.times, exact.in_post)
    assert ratio == pytest.approx(1500 / 900, rel=1e-2)
    months = (days + 10) * 12 / 365.25
    curve = 5000 - (5000 - 1200) * np.exp(-0.02 * months)
    assert np.interp(days[:2], large.times, large.in_post) == pytest.approx(curve[:2], rel=1e-3)


def test_explain_tells_staff_as_they_will_be() -> None:
    text = describe(*compiled(TEAM + WINTER))
    part = text[text.index("\nStaff\n") : text.index("Deadlock")]
    assert max(map(len, part.splitlines())) <= WIDTH
    assert re.search(
        r"^carers +30 -> 34 +20 +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+  check, team$", part, re.MULTILINE
    )
    assert "leave       3 % of workers a month; 9 % of workers a month from 2020-01-15" in part
    assert "leave to    elsewhere 40 %, nhs 60 %" in part
    assert "induction   6 weeks" in part
    assert "each gives  8.00 to 9.50 hours per week of team, sickness taken off" in part
    assert re.search(r"^nhs +found +nobody$", part, re.MULTILINE)


def test_explain_warns_of_posts_never_filled_and_of_too_few_hands() -> None:
    """Found / hazard: 2 / 0.03 = 67 would fill 34 posts, 0.5 / 0.03 = 17 will not; each worker gives 9.5."""
    assert "! " not in describe(*compiled(TEAM)).partition("\nStaff\n")[2]
    few = TEAM.replace("joiners: 2 per", "joiners: 0.5 per").replace("leave_to: {nhs: 0.6, else: 0.4}, ", "")
    part = " ".join(describe(*compiled(few)).partition("\nStaff\n")[2].split())
    assert "! staff.carers: of 34 posts about 17 are filled in the long run" in part
    assert re.search(
        r"! team: in the long run its staff are expected to give 1[45]\d(\.\d+)? hours per week, and 280",
        part,
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("joiners: 2 per", "joiners: 0.2 per", "staff.carers: of 34 posts about"),
        ("leave_to: {nhs: 0.6, else: 0.4}, ", "", "staff.nhs is never used"),
        ("in_post: 20", "in_post: 31", "staff.carers starts with 31 workers in 30 posts"),
    ],
)
def test_check_has_doubts_about_staff(old: str, new: str, words: str) -> None:
    assert not [line for line in told(TEAM) if words in line]
    assert [line for line in told(TEAM.replace(old, new)) if line.startswith(words)]


def test_posts_that_are_empty_at_the_start_are_no_service_without_capacity() -> None:
    empty = [line for line in told(TEAM.replace("in_post: 20", "in_post: 0")) if "services.team" in line]
    assert empty == []
    none = "posts: 0, in_post: 0"
    closed = TEAM.replace("posts: {2019-12-01: 30, 2020-02-01: 34}, in_post: 20", none)
    closed = closed.replace("to: team", "to: check").replace(
        "hours: {staff: carers, share: 0.5}", "hours: 9 per week"
    )
    assert any("services.check has no capacity at any time" in line for line in told(closed))


SHARED = """
caresim: 1
name: Homes of one group
time: {from: 2019-12-01, to: 2020-03-31, warm_up: 10 days}
people: {area: {north: 0.5, south: 0.5}}
arrivals: {gp: {to: homes, rate: 2 per day}}
services:
  homes:
    kind: reablement
    providers:
      elm: {places: {staff: carers, share: 0.5, per_worker: 4}}
      oak: {count: 2, places: {staff: carers, share: 0.25, per_worker: 4}}
      own: {places: {2019-12-01: 6, 2020-02-01: 9}, takes: {area: south}}
    care_time: {exponential: 28 days}
    next: home
staff: {carers: {posts: 20, in_post: 11, sickness: {jan: 10%, else: 0%}}}
exits: {home: {}}
"""
CLOSING = "events: {e: {from: 2020-01-15, to: 2020-02-10, change: {services.homes.providers.elm.closed: {notice: 10 days}}}}\n"


def test_providers_have_what_their_staff_make_at_the_start_and_nothing_once_empty() -> None:
    """Eleven carers: 22 places in elm and 11 in either oak, rounded down; elm is empty from 25 January on."""
    _, network = compiled(SHARED + CLOSING)
    (homes,) = network.services
    assert [provider.name for provider in homes.providers] == ["elm", "oak_1", "oak_2", "own"]
    assert (homes.capacities, homes.capacity, homes.staffed) == ((22, 11, 11, 6), 50, None)
    assert [k for k, _ in homes.works] == [0, 1, 2]
    assert homes.providers[0].staffed is not None
    assert homes.providers[0].staffed.worth == ((-10.0, 2.0), (31.0, 1.8), (55.0, 0.0), (72.0, 2.0))
    assert homes.works[1][1].worth == ((-10.0, 1.0), (31.0, 0.9), (62.0, 1.0))
    # What staff make over time is each replication's own to say.
    changes = {change.at: change.value for change in network.changes if change.field == "capacities"}
    assert changes == {55.0: (0, 11, 11, 6), 62.0: (0, 11, 11, 9), 72.0: (22, 11, 11, 9)}


def test_what_is_asked_of_providers_is_held_against_what_their_staff_are_expected_to_do() -> None:
    """In January 11 carers less a tenth: 19.8 and twice 9.9 places, and 6 of south's own."""
    scenario, network = compiled(SHARED)
    (homes,) = loads(scenario, network)
    months = {month.month: month.capacity for month in homes.months}
    assert months["2020-01"] == pytest.approx(19.8 + 2 * 9.9 + 6)
    assert months["2020-02"] == pytest.approx(44 + 9)
    north, both = taken_loads(network)
    assert [len(north.providers), len(both.providers)] == [3, 4]
    mean = (31 * 44 + 31 * 39.6 + 60 * 44) / 122
    assert north.capacity == pytest.approx(mean)
    assert both.capacity == pytest.approx(mean + (62 * 6 + 60 * 9) / 122)
    assert long_run_capacity(network, 0, expected_staff(network)) == pytest.approx(
        11 * (91 + 31 * 0.9) / 122 * 4 + 9
    )


def test_explain_tells_which_providers_are_the_work_of_whom() -> None:
    text = describe(*compiled(SHARED))
    assert max(map(len, text.splitlines())) <= WIDTH
    words = " ".join(text.split())
    assert "22 places at the start: the work of carers" in words
    assert "each gives 1.80 to 2.00 places of homes, to elm, sickness taken off" in words
    assert "each gives 0.90 to 1.00 places of homes, to each of oak_1, oak_2, sickness taken off" in words
    assert re.search(r"^carers .* homes$", text, re.MULTILINE)


def test_check_knows_what_providers_may_have_of_their_staff() -> None:
    """With nobody in post at the start there are places later, if somebody may join; groups are used."""
    assert not [line for line in told(SHARED) if "staff.carers" in line and "never used" in line]
    empty = SHARED.replace("in_post: 11", "in_post: 0").replace("own: {places", "spare: {places")
    assert not [line for line in told(empty) if "no capacity" in line]
    none = SHARED.replace("posts: 20, in_post: 11", "posts: 0").replace("2019-12-01: 6, 2020-02-01: 9", "0 days: 0")
    assert any("services.homes has no capacity at any time" in line for line in told(none))


def test_a_package_larger_than_staff_can_ever_make_of_one_provider_is_refused() -> None:
    """Ten posts of 10 hours: 50 a week for either of two agencies."""
    hours = "providers: {agency: {count: 2, hours: {staff: carers}}}, amount: 51 hours per week"
    text = TEAM.replace("hours: {staff: carers, share: 0.5}, amount: 5 hours per week", hours)
    text = text.replace("places: {staff: carers, share: 0.5, per_worker: 3}", "places: 3")
    text = text.replace("posts: {2019-12-01: 30, 2020-02-01: 34}, in_post: 20", "posts: 10, in_post: 2")
    text = text.replace("contact: 20 hours", "contact: 10 hours").replace("sickness: {jan: 10%, else: 5%}", "sickness: 0%")
    with pytest.raises(ScenarioError, match="never more than 50 with one provider"):
        compiled(text)
    assert compiled(text.replace("51 hours", "50 hours"))


def test_services_of_their_own_have_no_staff() -> None:
    _, network = compiled(TEAM.replace("hours: {staff: carers, share: 0.5}", "hours: 300 per week"))
    assert [service.staffed is None for service in network.services] == [False, True]
    assert isinstance(network.services[0].staffed, Staffed)
