from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from caresim.experiment.plan import Plan, Rule, Shard
from caresim.measures.stopping import stopping_n

FIXED = Rule(least=4, most=4)
NARROW = Rule(least=2, most=50, targets={"queue": (1.0, False)})


def figure(scenario: str, replication: int) -> dict[str, float]:
    """Any figures, always the same: here a wave that narrows the interval slowly."""
    return {"queue": 3.0 * math.sin(replication * (1.7 + 0.1 * len(scenario)))}


def run_all(plan: Plan, seconds: float = 1.0) -> list[tuple[str, int]]:
    """Everything a plan hands out, done at once and in order."""
    handed: list[tuple[str, int]] = []
    while (chunk := plan.take(seconds)) is not None:
        scenario, numbers = chunk
        for number in numbers:
            handed.append((scenario, number))
            plan.there(scenario, number, figure(scenario, number))
        plan.took(scenario, 0.3)
    return handed


def test_every_replication_of_every_scenario_is_handed_out_once():
    plan = Plan(["a", "b"], FIXED)
    handed = run_all(plan)
    assert sorted(handed) == [(s, n) for s in "ab" for n in range(1, 5)]
    assert plan.over
    assert plan.done == plan.total == 8


def test_low_numbers_come_first_over_all_scenarios():
    plan = Plan(["a", "b", "c"], Rule(least=2, most=2))
    assert [plan.take(1.0) for _ in range(6)] == [
        (scenario, [number]) for number in (1, 2) for scenario in ("a", "b", "c")
    ]


def test_a_scenario_that_two_variants_share_is_run_once():
    assert Plan(["a", "b", "a"], FIXED).total == 8


def test_short_replications_go_many_at_a_time_but_leave_some_for_the_others():
    plan = Plan(["a"], Rule(least=100, most=100))
    plan.took("a", 0.01)
    assert plan.take(0.25, workers=2) == ("a", list(range(1, 26)))
    assert plan.take(10.0, workers=2) == ("a", list(range(26, 51))), "a fourth of what is left, not all"


def test_what_is_there_already_is_not_handed_out():
    plan = Plan(["a"], FIXED)
    for number in (1, 3):
        plan.there("a", number, {})
    assert plan.missing() == [("a", 2), ("a", 4)]
    assert run_all(plan) == [("a", 2), ("a", 4)]


def test_what_got_lost_is_handed_out_again_and_what_came_late_is_not_counted_twice():
    plan = Plan(["a"], Rule(least=2, most=2))
    assert plan.take(1.0) == ("a", [1])
    plan.back("a", [1])
    assert plan.take(1.0) == ("a", [1])
    plan.there("a", 1, {})
    plan.there("a", 1, {})
    assert plan.done == 1
    assert not plan.over


def test_replications_are_added_until_the_interval_is_narrow_enough():
    plan = Plan(["a"], NARROW)
    handed = run_all(plan)
    needed = stopping_n([figure("a", n)["queue"] for n in range(1, 51)], [(1.0, False)], 2, 50)
    assert needed is not None
    assert 2 < needed < 50, "the case is neither trivial nor hopeless"
    numbers = [number for _, number in handed]
    assert numbers == list(range(1, len(numbers) + 1))
    assert needed <= len(numbers) <= max(needed + 1, math.ceil(1.5 * needed))
    assert plan.over


def test_a_cap_ends_what_never_narrows():
    plan = Plan(["a"], Rule(least=2, most=7, targets={"queue": (1e-9, False)}))
    assert len(run_all(plan)) == 7
    assert plan.over


def test_intervals_do_without_replications_that_failed():
    plan = Plan(["a"], Rule(least=3, most=3, targets={"queue": (1e-9, False)}))
    plan.take(1.0)
    plan.failed("a", 1)
    assert [number for _, number in run_all(plan)] == [2, 3]
    assert plan.over


@given(
    scenarios=st.integers(1, 5), replications=st.integers(1, 9), of=st.integers(1, 7), narrow=st.booleans()
)
def test_shards_together_are_one_run_and_have_nothing_in_common(scenarios, replications, of, narrow):
    names = ["s" * (n + 1) for n in range(scenarios)]
    rule = NARROW if narrow else Rule(least=replications, most=replications)
    whole = run_all(Plan(names, rule))
    parts = [run_all(Plan(names, rule, Shard(number, of))) for number in range(1, of + 1)]
    assert sorted(pair for part in parts for pair in part) == sorted(whole)
    if not narrow:
        sizes = [len(part) for part in parts]
        assert max(sizes) - min(sizes) <= 1


@given(st.data())
def test_the_order_in_which_replications_end_changes_nothing_that_is_run(data):
    plan = Plan(["a", "bb"], NARROW)
    under_way: list[tuple[str, int]] = []
    run: list[tuple[str, int]] = []
    while not plan.over:
        chunk = plan.take(1.0) if len(under_way) < 3 else None
        if chunk is not None:
            under_way += [(chunk[0], number) for number in chunk[1]]
            continue
        scenario, number = under_way.pop(data.draw(st.integers(0, len(under_way) - 1)))
        run.append((scenario, number))
        plan.there(scenario, number, figure(scenario, number))
    assert sorted(run) == sorted(run_all(Plan(["a", "bb"], NARROW)))
