from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from caresim.cli.main import main
from caresim.cli.sweep import tell
from caresim.experiment.chunks import Chunk
from caresim.experiment.estimate import seconds_for
from caresim.experiment.runner import Failure
from caresim.experiment.sweep import SweepOutcome, run_sweep
from caresim.measures.sweeps import load
from experiment.small_sweeps import EXPERIMENT, SOME_FAIL, assert_same_sweep, written


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_a_sweep_says_what_is_done_where_it_is_and_that_nothing_is_left():
    done = call("sweep", "experiment.yaml", "--jobs", "1")
    assert done.exit_code == 0, done.output
    assert "Done: 12 of 12 replications are there, 12 of them new." in done.stderr
    assert done.stdout == "Results: results/beds\n"
    again = call("sweep", "experiment.yaml", "--jobs", "1")
    assert "Nothing to do: all 12 replications are there." in again.stderr


def test_a_dry_run_lists_the_runs_and_starts_and_writes_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Chunk, "work", lambda _: pytest.fail("a replication was run"))
    dry = call("sweep", "experiment.yaml", "--dry-run", "--jobs", "2")
    assert dry.exit_code == 0, dry.output
    assert "beds: 4 variants" in dry.stdout
    assert "12 replications in all; 12 to run now." in dry.stdout
    assert "How long that takes is not known: nothing has been run." in dry.stdout
    assert not Path("results").exists()


def test_a_dry_run_times_one_replication_if_asked_and_keeps_nothing_of_it():
    dry = call("sweep", "experiment.yaml", "--dry-run", "--time", "--jobs", "2")
    assert dry.exit_code == 0, dry.output
    assert re.search(r"About .* with 2 processes \(one replication of the first variant took [\d.]+ s here", dry.stdout)
    assert not Path("results").exists()
    refused = call("sweep", "experiment.yaml", "--time")
    assert refused.exit_code == 2
    assert "--time goes with --dry-run" in refused.stderr


def test_a_dry_run_knows_the_time_from_what_is_in_the_store(monkeypatch: pytest.MonkeyPatch):
    call("sweep", "experiment.yaml", "--jobs", "1", "--shard", "1/3", "--out", "store")
    monkeypatch.setattr(Chunk, "work", lambda _: pytest.fail("a replication was run"))
    before = sorted(path.name for path in Path("store").rglob("*"))
    dry = call("sweep", "experiment.yaml", "--dry-run", "--jobs", "1", "--out", "store")
    assert re.search(r"with 1 process \(4 replications in the store took [\d.]+ s each\)", dry.stdout)
    assert sorted(path.name for path in Path("store").rglob("*")) == before


def test_what_is_left_takes_what_its_variant_took_or_else_what_the_others_did():
    """Of a, 4 and 6 seconds; of b, 2; nothing of c: 3 x 5 + 1 x 2 + 2 x 4."""
    took = pd.Series([4.0, 6.0, 2.0], index=["a", "a", "b"])
    assert seconds_for({"a": 3, "b": 1, "c": 2}, took) == 25


def test_a_dry_run_counts_what_is_there():
    call("sweep", "experiment.yaml", "--jobs", "1", "--shard", "1/3", "--out", "store")
    dry = call("sweep", "experiment.yaml", "--dry-run", "--out", "store")
    assert "12 replications in all; 8 to run now." in dry.stdout
    call("sweep", "experiment.yaml", "--jobs", "1", "--out", "store")
    assert "0 to run now.\n" in call("sweep", "experiment.yaml", "--dry-run", "--out", "store").stdout


def test_shards_and_combine_are_the_whole():
    for number in (1, 2):
        assert call("sweep", "experiment.yaml", "--jobs", "1", "--shard", f"{number}/2").exit_code == 0
    shards = ["results/beds-shard-1-of-2", "results/beds-shard-2-of-2"]
    assert call("combine", "together", *shards).exit_code == 0
    whole = run_sweep("experiment.yaml", out="whole", jobs=1)
    assert_same_sweep(Path("together"), whole.folder, "delays")


@pytest.mark.parametrize("word", ["3", "0/3", "4/3", "a/b", "1/"])
def test_a_shard_that_is_none_is_refused(word):
    refused = call("sweep", "experiment.yaml", "--shard", word)
    assert refused.exit_code == 2
    assert "I/N" in refused.stderr


def test_runs_that_fail_are_named_and_the_code_is_1(tmp_path):
    experiment = EXPERIMENT.replace("services.ward.places: [plus 0, plus 1], ", "services.ward.places: [5], ")
    experiment = experiment.replace("services.team.places: [2, 4]", "arrivals.all.rate: [1 per day]")
    experiment = experiment.replace("[dtoc_people, team.queue], tables: [delays]", "[people]")
    written(tmp_path, experiment.replace("replications: 3", "replications: 6"), SOME_FAIL)
    failed = call("sweep", "experiment.yaml", "--jobs", "1")
    assert failed.exit_code == 1
    assert 'failed: variant "' in failed.stderr
    assert ", seed 7: " in failed.stderr
    assert "The same command tries them again." in failed.stderr
    assert "Traceback" not in failed.output


def test_failures_with_one_cause_are_told_once_and_no_more_than_ten_causes(tmp_path, capsys):
    failures = [Failure("five beds", number, 7, "by zero") for number in (1, 2, 3)]
    failures += [Failure(f"variant {number}", 1, 7, "by zero") for number in range(12)]
    counts = {"ran": 0, "there": 0, "total": 15}
    tell(SweepOutcome(folder=tmp_path, experiment="", **counts, failures=failures, stopped=False, notes=[]))
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == [
        'failed: variant "five beds", replication 1, seed 7: by zero',
        "    So did replication 2, 3.",
        'failed: variant "variant 0", replication 1, seed 7: by zero',
    ]
    assert lines[-2:] == [
        "... and 3 more failed.",
        "0 of 15 replications are there; 15 failed. The same command tries them again.",
    ]


def test_faults_of_an_experiment_are_told_with_their_line_and_the_code_is_2(tmp_path):
    written(tmp_path, EXPERIMENT.replace("services.ward.places", "services.wrad.places"))
    refused = call("sweep", "experiment.yaml")
    assert refused.exit_code == 2
    assert "experiment.yaml:3, vary.services.wrad.places: " in refused.stderr
    assert 'Did you mean "services.ward.places"?' in refused.stderr


def test_a_replication_is_run_again_by_its_key():
    call("sweep", "experiment.yaml", "--jobs", "1")
    key = str(load("results/beds").measures["key"].iloc[4])
    again = call("rerun", "results/beds", key[:12])
    assert again.exit_code == 0, again.output
    assert f'{key}: "Two beds", replication 2, seed 7' in again.stdout
    assert "Identical: all that the engine told, 2 figures, 1 tables." in again.stdout
    unknown = call("rerun", "results/beds", "nothing")
    assert unknown.exit_code == 2
    assert 'no replication with key "nothing"' in unknown.stderr


def test_a_replication_of_a_run_is_run_again_by_its_number():
    assert call("run", "two_beds.yaml", "--jobs", "1", "--out", "run").exit_code == 0
    again = call("rerun", "run", "2")
    assert again.exit_code == 0, again.output
    assert "Identical: " in again.stdout


def test_dask_that_is_not_there_is_told():
    pytest.importorskip("distributed")
    refused = call("sweep", "experiment.yaml", "--dask", "tcp://127.0.0.1:1")
    assert refused.exit_code == 2
    assert "no Dask scheduler answers there" in refused.stderr


def test_a_dry_run_counts_by_what_is_to_be_kept_and_says_where_intervals_may_ask_for_more(tmp_path):
    call("sweep", "experiment.yaml", "--jobs", "1", "--out", "store")
    written(tmp_path, EXPERIMENT.replace("[dtoc_people, team.queue]", "[dtoc_people, team.queue, people]"))
    assert "12 replications in all; 12 to run now." in call("sweep", "experiment.yaml", "--dry-run", "--out", "store").stdout
    until = "replications: {until: {team.queue: 0.1 people}, at_least: 3, at_most: 40}"
    written(tmp_path, EXPERIMENT.replace("replications: 3", until))
    dry = call("sweep", "experiment.yaml", "--dry-run", "--out", "store").stdout
    assert "At least " in dry
    assert "at most 160;" in dry
    assert "; 0 to run now" not in dry
