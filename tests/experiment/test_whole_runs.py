from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caresim.experiment import whole_runs
from caresim.experiment.runner import run_scenario
from caresim.experiment.whole_runs import KINDS, WholeRuns, run_whole
from caresim.scenario.files import load_scenario
from caresim.scenario.scenario import Scenario

# Growth, a cycle and fixed times count from time.from: a window that begins earlier would move them.
MOVING = """\
caresim: 1
name: Moving
time: {from: 2024-01-01, measure: 20 days, warm_up: WARM_UP}
replications: 2
seed: 7
population: {adults: 1000}
groups: [age]
people: {age: {18-64: 0.5, 65+: 0.5}}
arrivals:
  growing: {to: ward, rate: 2 per day, growth: 50% per year, pattern: {cycle: {length: 4 days, factors: [0.5, 1.5]}}}
  fixed: {to: ward, times: [1.5 days, 3 days]}
services:
  ward: {kind: acute, places: 6, care_time: {exponential: 3 days}, next: asking, start_with: {in_care: 4}}
  asking: {in_place: true, kind: assessment, places: 2, care_time: 1 day, next: team, dtoc: {reason: A, responsible: nhs}}
  team: {kind: reablement, places: 3, care_time: {exponential: 2 days}, next: home, dtoc: {reason: C, responsible: nhs}}
exits: {home: {}}
"""


def moving(folder: Path, warm_up: str = "9 days") -> Scenario:
    (folder / "moving.yaml").write_text(MOVING.replace("WARM_UP", warm_up), encoding="utf-8")
    return load_scenario(folder / "moving.yaml")


def test_the_days_of_the_window_are_those_of_an_ordinary_run(tmp_path: Path) -> None:
    """The same history to the last bit, from its ninth day on; and before it there is something too."""
    scenario = moving(tmp_path)
    whole = run_whole(scenario, replications=2, jobs=1)
    daily = run_scenario(scenario, jobs=1).tables["daily"]
    assert whole.days == 29
    for kind, column in zip(KINDS, ("held", "queue", "delayed"), strict=True):
        sums = daily.groupby(["replication", "day", "service"], observed=True)[column].sum()
        window = sums.unstack("service")[list(whole.services)].to_numpy().reshape(2, 20, 3)
        assert (whole.figures[kind][:, 9:] == window).all(), kind
        assert window.any(), kind
    assert whole.series("people", "ward")[:, 0].max() > 3


def test_days_are_counted_from_the_start_of_the_run_even_at_noon(tmp_path: Path) -> None:
    whole = run_whole(moving(tmp_path, "60 hours"), replications=1, jobs=1)
    assert whole.days == 22  # 2.5 and 20, the last half day left out
    assert 3 < whole.series("people", "ward")[0, 0] <= 6


def test_it_does_not_matter_how_many_processes_there_are(tmp_path: Path) -> None:
    scenario = moving(tmp_path)
    alone, both = (run_whole(scenario, replications=3, jobs=jobs) for jobs in (1, 2))
    assert alone.replications == both.replications == (1, 2, 3)
    for kind in KINDS:
        assert (alone.figures[kind] == both.figures[kind]).all()


def test_nobody_is_counted_twice_in_the_whole_system() -> None:
    figures = {kind: np.array([[[1.0, 10.0, 100.0]]]) for kind in KINDS}
    whole = WholeRuns(
        replications=(1,), services=("ward", "asking", "team"), figures=figures, steps=frozenset({"asking"})
    )
    assert whole.series("people") == 101.0
    assert whole.series("queue") == 111.0
    assert whole.series("delayed", "asking") == 10.0


def test_a_replication_that_fails_is_named_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate = whole_runs.simulate

    def sometimes(network, seed, replication):
        if replication == 2:
            raise ZeroDivisionError("by nothing")
        return simulate(network, seed, replication)

    monkeypatch.setattr(whole_runs, "simulate", sometimes)
    told: list[tuple[int, int]] = []
    whole = run_whole(
        moving(tmp_path), replications=3, jobs=1, on_done=lambda done, of: told.append((done, of))
    )
    assert whole.replications == (1, 3)
    assert whole.series("people").shape == (2, 29)
    assert len(whole.failures) == 1
    assert whole.failures[0].startswith('scenario "Moving", replication 2, seed 7: ZeroDivisionError')
    assert told == [(1, 3), (2, 3), (3, 3)]
