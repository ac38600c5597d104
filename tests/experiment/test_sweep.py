from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import caresim
from caresim.errors import ResultsError, ScenarioError
from caresim.experiment.plan import Shard
from caresim.experiment.sweep import default_folder, run_sweep
from caresim.experiment.work import Progress
from caresim.measures.columns import figures_of
from caresim.measures.stopping import stopping_n
from caresim.measures.sweeps import load
from caresim.records.sweep_combining import combine
from experiment.small_sweeps import (
    EXPERIMENT,
    SOME_FAIL,
    VARIANTS,
    assert_same_sweep,
    figures,
    written,
)
from experiment.two_beds import TWO_BEDS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path)


@pytest.fixture
def whole(file: Path, tmp_path: Path) -> Path:
    """The store of the whole experiment."""
    return run_sweep(file, out=tmp_path / "whole", jobs=1).folder


def test_every_variant_and_replication_is_there(whole):
    sweep = load(whole)
    assert sweep.missing == 0
    assert len(sweep.measures) == VARIANTS * 3
    assert sweep.measures.groupby("variant", sort=False)["replication"].apply(list).tolist() == [
        [1, 2, 3]
    ] * VARIANTS
    assert sweep.variants["services.team.places"].tolist() == [2, 4, 2, 4]


def test_figures_and_tables_are_those_of_the_same_run_by_itself(whole, tmp_path):
    """The sweep adds nothing: a variant's rows are what `run` gives with the same changes."""
    sweep = load(whole)
    changes = [("services.ward.places", "plus 1"), ("services.team.places", 4)]
    alone = caresim.run(tmp_path / "two_beds.yaml", changes, replications=3, jobs=1)
    variant = sweep.variants["variant"].iloc[-1]
    own = sweep.measures[sweep.measures["variant"] == variant]
    expected = figures_of(alone, ["dtoc_people", "team.queue"])
    assert expected["dtoc_people"].nunique() > 1, "replications differ, or this compares nothing"
    assert own["dtoc_people"].tolist() == expected["dtoc_people"].tolist()
    assert own["team.queue"].tolist() == expected["team.queue"].tolist()
    delays = sweep.table("delays")
    delays = delays[delays["variant"] == variant].drop(columns="variant").reset_index(drop=True)
    kept = alone.table("delays")
    pd.testing.assert_frame_equal(delays[list(kept.columns)], kept, check_dtype=False, check_categorical=False)


def test_jobs_change_nothing(file, whole, tmp_path):
    assert_same_sweep(run_sweep(file, out=tmp_path / "two", jobs=2).folder, whole, "delays")


def test_shards_put_together_are_one_run(file, whole, tmp_path):
    shards = [run_sweep(file, out=tmp_path / f"{n}", jobs=1, shard=Shard(n, 3)) for n in (1, 2, 3)]
    assert [shard.ran for shard in shards] == [4, 4, 4]
    assert load(shards[0].folder).missing == 8
    combine(tmp_path / "together", [shard.folder for shard in shards])
    assert_same_sweep(tmp_path / "together", whole, "delays")


def test_a_finished_sweep_finds_nothing_to_do(file, whole):
    again = run_sweep(file, out=whole, jobs=1)
    assert (again.ran, again.there, again.total) == (0, 12, 12)


def test_variants_of_one_scenario_are_run_once(tmp_path):
    same = EXPERIMENT.replace("[plus 0, plus 1]", "[plus 0, 2]")
    outcome = run_sweep(written(tmp_path, same), out=tmp_path / "store", jobs=1)
    assert outcome.ran == 6
    sweep = load(outcome.folder)
    assert len(sweep.measures) == 12
    first, third = (figures(sweep).query("variant == @name") for name in sweep.variants["variant"].iloc[[0, 2]])
    assert first["dtoc_people"].tolist() == third["dtoc_people"].tolist()


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(file, whole, tmp_path):
    def interrupt(progress: Progress) -> None:
        if progress.done >= 4:
            os.kill(os.getpid(), signal.SIGINT)

    stopped = run_sweep(file, out=tmp_path / "store", jobs=1, on_progress=interrupt)
    assert stopped.stopped
    assert 4 <= stopped.there < 12
    rest = run_sweep(file, out=tmp_path / "store", jobs=1)
    assert rest.ran == 12 - stopped.ran
    assert_same_sweep(tmp_path / "store", whole, "delays")


def test_more_replications_run_only_what_is_new_and_both_experiments_stay(file, whole, tmp_path):
    first = load(whole)
    more = run_sweep(written(tmp_path, EXPERIMENT.replace("replications: 3", "replications: 5")), out=whole)
    assert more.ran == VARIANTS * 2
    assert len(load(whole).measures) == VARIANTS * 5, "the newest is what one sees"
    old = load(whole, str(first.experiment["experiment"]))
    pd.testing.assert_frame_equal(old.measures, first.measures)


def test_a_changed_scenario_is_kept_apart_from_the_old_one(file, whole, tmp_path):
    old = load(whole)
    changed = TWO_BEDS.replace("rate: 1 per day", "rate: 2 per day")
    outcome = run_sweep(written(tmp_path, EXPERIMENT, changed), out=whole)
    assert outcome.ran == 12, "nothing of the old scenario is taken for the new one"
    new = load(whole)
    assert (new.measures["dtoc_people"].to_numpy() != old.measures["dtoc_people"].to_numpy()).any()
    pd.testing.assert_frame_equal(load(whole, str(old.experiment["experiment"])).measures, old.measures)


def test_an_experiment_that_is_asked_for_again_is_what_one_sees(file, whole, tmp_path):
    """Also within a second, and though there is nothing to do for it."""
    first = load(whole).experiment["experiment"]
    other = run_sweep(written(tmp_path, EXPERIMENT.replace("[2, 4]", "[2, 5]")), out=whole, jobs=1)
    assert load(whole).experiment["experiment"] == other.experiment != first
    again = run_sweep(written(tmp_path), out=whole, jobs=1)
    assert again.ran == 0
    assert load(whole).experiment["experiment"] == first
    assert load(whole).measures["key"].nunique() == 12


def test_comments_names_and_sources_change_nothing_that_is_run(file, whole, tmp_path):
    told = "# looked at again\n" + TWO_BEDS.replace("Two beds", "Two beds, again") + "sources: {services: S}\n"
    assert run_sweep(written(tmp_path, EXPERIMENT, told), out=whole).ran == 0


def test_other_figures_kept_are_worked_out_anew_and_not_left_out(file, whole, tmp_path):
    more = EXPERIMENT.replace("[dtoc_people, team.queue]", "[dtoc_people, team.queue, cost_total]")
    assert run_sweep(written(tmp_path, more), out=whole).ran == 12
    assert load(whole).measures["cost_total"].notna().all()
    assert run_sweep(written(tmp_path), out=whole).ran == 0, "what has more figures has these, too"


def test_replications_are_added_until_the_interval_is_narrow(tmp_path):
    until = EXPERIMENT.replace(
        "replications: 3", "replications: {until: {team.queue: 0.25 people}, at_least: 3, at_most: 40}"
    )
    one = run_sweep(written(tmp_path, until), out=tmp_path / "one", jobs=1)
    two = run_sweep(written(tmp_path, until), out=tmp_path / "two", jobs=2)
    assert_same_sweep(one.folder, two.folder)
    sweep = load(one.folder)
    counts = []
    for row in sweep.variants.itertuples():
        own = sweep.measures[sweep.measures["variant"] == row.variant]["team.queue"].to_numpy()
        assert len(own) == row.n == stopping_n(own, [(0.25, False)], 3, 40)
        counts.append(row.n)
    assert min(counts) < max(counts), "some need more than others, or this shows little"
    assert run_sweep(written(tmp_path, until), out=one.folder).ran == 0


def test_a_replication_that_fails_is_named_the_others_go_on_and_it_is_tried_again(tmp_path):
    experiment = EXPERIMENT.replace("services.team.places: [2, 4]", "arrivals.all.rate: [1 per day]").replace(
        "[plus 0, plus 1]", "[5, 6]"
    )
    experiment = experiment.replace("[dtoc_people, team.queue], tables: [delays]", "[people]")
    file = written(tmp_path, experiment.replace("replications: 3", "replications: 6"), SOME_FAIL)
    outcome = run_sweep(file, out=tmp_path / "store", jobs=2)
    assert 0 < len(outcome.failures) < 12
    assert outcome.ran + len(outcome.failures) == 12
    told = str(outcome.failures[0])
    assert "places 5" in told or "places 6" in told, "the variant"
    assert f"replication {outcome.failures[0].replication}" in told
    assert "seed 7" in told
    sweep = load(outcome.folder)
    assert sweep.missing == len(outcome.failures) == len(sweep.failures)
    assert len(run_sweep(file, out=outcome.folder, jobs=1).failures) == len(outcome.failures)


def test_two_sweeps_on_one_store_share_the_work(tmp_path):
    file = written(tmp_path, EXPERIMENT.replace("replications: 3", "replications: 60"))
    outcomes = []

    def go(jobs: int) -> None:
        outcomes.append(run_sweep(file, out=tmp_path / "store", jobs=jobs))

    threads = [threading.Thread(target=go, args=(1,)) for _ in range(2)]
    threads[0].start()
    time.sleep(0.3)
    threads[1].start()
    for thread in threads:
        thread.join(120)
    assert len(outcomes) == 2
    assert min(outcome.ran for outcome in outcomes) > 0, "both had something to do"
    assert sum(outcome.ran for outcome in outcomes) < 1.5 * 240, "and little was done twice"
    alone = run_sweep(file, out=tmp_path / "alone", jobs=2)
    assert_same_sweep(tmp_path / "store", alone.folder, "delays")


def test_a_fault_in_a_variant_is_told_before_anything_is_run(tmp_path):
    file = written(tmp_path, EXPERIMENT.replace("[plus 0, plus 1]", "[plus 0, minus 5]"))
    with pytest.raises(ScenarioError, match="places"):
        run_sweep(file, out=tmp_path / "store", jobs=1)


def test_a_results_folder_is_no_store(file, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ResultsError, match="run"):
        run_sweep(file, out=tmp_path / "run", jobs=1)


def test_progress_ends_where_all_is_done_and_never_goes_back(file, tmp_path):
    heard: list[Progress] = []
    run_sweep(file, out=tmp_path / "store", jobs=2, on_progress=heard.append)
    assert (heard[-1].done, heard[-1].total) == (12, 12)
    assert np.all(np.diff([progress.done for progress in heard]) >= 0)
    assert all(p.seconds_left is not None and p.seconds_left >= 0 for p in heard)


def test_the_store_tells_how_each_sweep_came_to_be(whole):
    runs = load(whole).runs
    assert runs["done"].tolist() == [12]
    assert runs["caresim"].tolist() == [caresim.__version__]
    assert (runs["cpu_seconds"] > 0).all()
    for column in ("started_at", "ended_at", "fingerprint", "git", "versions", "platform", "shard"):
        assert column in runs.columns


def test_a_shard_writes_to_a_folder_of_its_own():
    assert default_folder("beds") == Path("results/beds")
    assert default_folder("beds", Shard(3, 8)) == Path("results/beds-shard-3-of-8")
