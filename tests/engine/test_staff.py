"""Staff of random systems: the two ways of drawing them agree, and nobody is lost or made up."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caresim.engine.people import draw_people
from caresim.network.network import Network
from engine.plain_staff import ELSEWHERE, PlainStaff, Worker, plain_capacities
from engine.worlds import network_of, staff_of

few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def staffed(draw: Any) -> Network:
    """Services of each kind whose capacity is the work of one to three groups of staff."""
    kinds: list[dict[str, Any]] = [
        {"places": 1},
        {"hours": "9 per week", "amount": "1 hour per week"},
        {"providers": {"east": {"places": 2}, "west": {"places": 1, "count": 2}}},
        {"providers": {"east": {"hours": "9 per week"}}, "amount": "1 hour per week"},
    ]
    services = {
        name: {**draw(st.sampled_from(kinds)), "care_time": "1 day", "next": "home"}
        for name in ("ash", "birch", "cedar")
    }
    world = {
        "caresim": 1,
        "time": {"from": "2019-04-15", "measure": "40 days", "warm_up": "5 days"},
        "arrivals": {"gp": {"to": "ash", "every": "1 day"}},
        "staff": draw(staff_of(services)),
        "services": services,
        "exits": {"home": {}},
    }
    return network_of(world)


@few
@given(network=staffed(), seed=st.integers(1, 10_000))
def test_staff_are_those_that_the_rule_read_word_for_word_gives(network: Network, seed: int) -> None:
    people = draw_people(network, seed, 3)
    rows = PlainStaff(network, seed, 3).run()
    assert list(people.staff) == rows
    changes = [(change.at, change.service, change.field, change.value) for change in people.capacity]
    assert changes == sorted(plain_capacities(network, rows), key=lambda change: change[:2])


@few
@given(network=staffed(), seed=st.integers(1, 10_000))
def test_nobody_is_lost_and_nobody_joins_a_full_group(network: Network, seed: int) -> None:
    in_post = [group.in_post for group in network.staff]
    told: set[int] = set()
    moved: Counter[tuple[float, int, int]] = Counter()
    last = network.start
    for group, at, posts, there, productive, joined, left, other in draw_people(network, seed, 0).staff:
        assert last <= at < network.end
        last = at
        if group in told:
            in_post[group] += joined - left
        told.add(group)
        assert there == in_post[group]
        assert 0 <= productive <= there
        assert not joined or there <= posts
        if other != ELSEWHERE:
            moved[at, group, other] += joined
            moved[at, other, group] -= left
    assert told == set(range(len(network.staff)))
    assert not any(moved.values())


FULL_TEAM = {
    "caresim": 1,
    "time": {"from": "2019-04-15", "measure": "300 days"},
    "arrivals": {"gp": {"to": "ash", "every": "1 day"}},
    "services": {"ash": {"places": 9, "care_time": "1 day", "next": "home"}},
    "staff": {
        "carers": {"posts": 4, "joiners": "0.2 per day", "leavers": "3% per day", "leave_to": "rehab"},
        "rehab": {"posts": 2, "leavers": "3% per day", "induction": "20 days"},
    },
    "exits": {"home": {}},
}


class EverybodyIsTaken(PlainStaff):
    """A wrong rule: whoever is found joins."""

    def has_vacancy(self, number: int, now: float) -> bool:
        return True


class NobodyStays(PlainStaff):
    """A wrong rule: who finds no post in the other group leaves all the same."""

    def occasion(self, worker: Worker, now: float) -> None:
        before = len(self.rows)
        number = worker.group
        super().occasion(worker, now)
        if len(self.rows) == before and number is not None:
            worker.group, worker.occasion_at = None, float("inf")
            self.row(number, now, left=1)


class LearnsNothing(PlainStaff):
    """A wrong rule: an induction is forgotten."""

    def join(self, worker: Worker, number: int, now: float, other: int) -> None:
        super().join(worker, number, now, other)
        worker.productive_at = now


@pytest.mark.parametrize(
    ("rule", "agrees"),
    [(PlainStaff, True), (EverybodyIsTaken, False), (NobodyStays, False), (LearnsNothing, False)],
)
def test_a_wrong_rule_is_found_out(rule: type[PlainStaff], agrees: bool) -> None:
    network = network_of(FULL_TEAM)
    assert (list(draw_people(network, 1, 0).staff) == rule(network, 1, 0).run()) is agrees
