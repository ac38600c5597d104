from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from caresim.errors import RunError
from caresim.experiment import replication as replication_module
from caresim.experiment.runner import run_scenario
from caresim.scenario.files import load_scenario
from experiment.two_beds import TWO_BEDS


@pytest.fixture
def two_beds(tmp_path: Path):
    file = tmp_path / "two_beds.yaml"
    file.write_text(TWO_BEDS, encoding="utf-8")
    return load_scenario(file)


def failing_in(number: int, error: BaseException):
    """`simulate` that raises in one replication and works in the others."""
    real = replication_module.simulate

    def run_or_raise(network, seed, replication):
        if replication == number:
            raise error
        return real(network, seed, replication)

    return run_or_raise


def assert_same_tables(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    assert list(one) == list(other)
    for name in one:
        pd.testing.assert_frame_equal(one[name], other[name])


def test_the_outcome_does_not_depend_on_the_number_of_processes(two_beds):
    alone = run_scenario(two_beds, jobs=1)
    together = run_scenario(two_beds, jobs=3)
    assert alone.done == together.done == [1, 2, 3, 4]
    assert_same_tables(alone.tables, together.tables)


def test_rows_are_in_order_of_replication(two_beds):
    tables = run_scenario(two_beds, jobs=2, records=["stays"]).tables
    for table in tables.values():
        assert table["replication"].is_monotonic_increasing


def test_a_replication_is_the_same_among_two_and_among_four(two_beds):
    of_four = run_scenario(two_beds, jobs=1).tables["tallies"]
    of_two = run_scenario(two_beds, jobs=1, replications=2).tables["tallies"]
    second = of_four[of_four["replication"] == 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(of_two[of_two["replication"] == 2].reset_index(drop=True), second)


def test_another_seed_gives_other_people(two_beds):
    one = run_scenario(two_beds, jobs=1, seed=1).tables["tallies"]
    other = run_scenario(two_beds, jobs=1, seed=2).tables["tallies"]
    assert not one.equals(other)


def test_stays_are_made_only_on_request(two_beds):
    assert "stays" not in run_scenario(two_beds, jobs=1, replications=1).tables
    assert "stays" in run_scenario(two_beds, jobs=1, replications=1, records=["stays"]).tables


def test_a_replication_that_raises_is_named_and_the_others_go_on(two_beds, monkeypatch):
    monkeypatch.setattr(replication_module, "simulate", failing_in(2, RunError("a rule was broken")))
    outcome = run_scenario(two_beds, jobs=1)
    assert outcome.done == [1, 3, 4]
    assert [str(failure) for failure in outcome.failures] == [
        'scenario "Two beds", replication 2, seed 7: a rule was broken'
    ]
    assert not outcome.stopped


def test_a_fault_of_ours_says_so_and_keeps_its_place_for_the_report(two_beds, monkeypatch):
    monkeypatch.setattr(replication_module, "simulate", failing_in(1, ZeroDivisionError("by zero")))
    outcome = run_scenario(two_beds, jobs=1)
    assert "This is our fault, not your scenario's" in str(outcome.failures[0])
    assert "ZeroDivisionError" in outcome.manifest["failures"][0]["traceback"]


def test_an_interrupt_keeps_whole_replications(two_beds):
    def interrupt_after_two(done: int, total: int) -> None:
        if done == 2:
            os.kill(os.getpid(), signal.SIGINT)

    outcome = run_scenario(two_beds, jobs=1, on_done=interrupt_after_two)
    assert outcome.stopped
    assert outcome.done == [1, 2]
    assert set(outcome.tables["tallies"]["replication"]) == {1, 2}


def test_ctrl_c_means_what_it_meant_before_once_a_run_is_over(two_beds):
    before = signal.getsignal(signal.SIGINT)
    run_scenario(two_beds, jobs=1, replications=1)
    assert signal.getsignal(signal.SIGINT) is before


def test_every_replication_is_counted_aloud(two_beds):
    heard: list[tuple[int, int]] = []
    run_scenario(two_beds, jobs=2, on_done=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_manifest_tells_how_the_run_came_to_be(two_beds):
    manifest = run_scenario(two_beds, jobs=1, replications=2).manifest
    assert manifest["scenario"] == "Two beds"
    assert manifest["file"] == "two_beds.yaml"
    assert manifest["seed"] == 7
    assert manifest["replications_done"] == [1, 2]
    assert manifest["measured_days"] == 28
    assert manifest["versions"]["numpy"]
    assert manifest["cpu_seconds"] > 0


def test_equal_declarations_have_equal_resolved_hashes_however_they_are_spaced(two_beds, tmp_path):
    spaced = tmp_path / "spaced.yaml"
    spaced.write_text(
        "# the same\n" + TWO_BEDS.replace("{kind: acute, places: 2", "{places: 2,  kind: acute")
    )
    one, other = (run_scenario(s, jobs=1, replications=1).manifest for s in (two_beds, load_scenario(spaced)))
    assert one["resolved_hash"] == other["resolved_hash"]
    assert one["file_hash"] != other["file_hash"]
    more = replace(two_beds, document={**two_beds.document, "seed": 8})
    assert run_scenario(more, jobs=1, replications=1).manifest["resolved_hash"] != one["resolved_hash"]


@pytest.mark.parametrize(
    ("given", "name"),
    [({"replications": 0}, "replications"), ({"jobs": -1}, "jobs"), ({"seed": "x"}, "seed"), ({"jobs": True}, "jobs")],
)
def test_numbers_that_cannot_be_meant_are_refused(two_beds, given, name):
    with pytest.raises(ValueError, match=f"{name}: needs a whole number"):
        run_scenario(two_beds, **given)
