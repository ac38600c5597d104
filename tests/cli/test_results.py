"""`caresim results` and `caresim combine`, as they are typed."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from click.testing import CliRunner

from caresim.cli import combine, results
from caresim.errors import ResultsError
from caresim.measures.sweeps import load
from caresim.records.sweep_store import SweepStore
from records.sweep_by_hand import FIRST, SECOND, experiment, failure, replication

KEEP = {"measures": ["people", "share"], "units": {"people": "people"}, "tables": ["delays"]}


@pytest.fixture
def store(tmp_path):
    return filled(tmp_path / "store", [(FIRST, 1), (FIRST, 2), (FIRST, 3), (SECOND, 1)])


def filled(folder, there):
    with SweepStore.open(folder) as store:
        store.append(experiment(keep=KEEP))
        store.append(failure(SECOND, 3, "a bed was held twice"))
        for name, number in there:
            store.append(replication(name, number, tables=("delays",)))
    return folder


def typed(command, *words):
    return CliRunner().invoke(command, [str(word) for word in words], catch_exceptions=False)


def test_variants_are_told_with_means_and_intervals_and_what_is_not_there(store):
    answer = typed(results.command, store)
    assert answer.exit_code == 0
    lines = [line.split() for line in answer.output.splitlines()]
    assert ["few", "3", "12.0", "(9.5", "to", "14.5)", "0.20", "(-1.07", "to", "1.47)"] in lines
    assert ["many", "1", "21.0", "0.10"] in lines
    assert 'failed: variant "many", replication 3, seed 7: a bed was held twice' in answer.output
    assert "2 replications are not there: start `caresim sweep` again" in answer.output
    assert max(map(len, answer.output.splitlines())) <= 100


def test_replications_past_the_stopping_point_are_counted_in_words_and_json(tmp_path):
    until = {"until": {"people": {"half_width": 9.0, "relative": False}}, "at_least": 3, "at_most": 6}
    keep = {"measures": ["people"], "units": {}, "tables": []}
    with SweepStore.open(tmp_path) as store:
        store.append(experiment(keep=keep, replications=until))
        for name, number in [(s, n) for s in (FIRST, SECOND) for n in (1, 2, 3)] + [(FIRST, 4)]:
            store.append(replication(name, number))
    words = "1 replication more is there, run past the point where the intervals were narrow enough; it is not counted."
    assert words in " ".join(typed(results.command, tmp_path).output.split())
    assert json.loads(typed(results.command, tmp_path, "--json").output)["beyond"] == 1
    with SweepStore.open(tmp_path) as store:
        store.append(replication(SECOND, 4))
    assert "2 replications more are there" in typed(results.command, tmp_path).output


def test_none_past_the_stopping_point_are_not_spoken_of(store):
    assert "narrow enough" not in typed(results.command, store).output


def test_more_measures_than_fit_go_on_in_another_table(tmp_path):
    names = [f"a_measure_with_a_long_name_{n}" for n in range(6)]
    with SweepStore.open(tmp_path / "store") as store:
        store.append(experiment(keep={"measures": names, "units": {}, "tables": []}))
        for number in (1, 2, 3):
            store.append(replication(number=number, measures=dict.fromkeys(names, 1.0 * number)))
    output = typed(results.command, tmp_path / "store").output
    assert max(map(len, output.splitlines())) <= 100
    assert [output.count(f" {name}") for name in names] == [1] * 6
    assert output.count("many") == output.count("few") > 1


def test_json_is_the_same_figures(store):
    told = json.loads(typed(results.command, store, "--json").output)
    few, many = told["variants"]
    assert few["measures"]["people"]["mean"] == 12.0
    assert few["levels"] == {"services.ward.places": "plus 0"}
    assert many["measures"]["people"] == {"n": 1, "unit": "people", "mean": 21.0, "low": None, "high": None}
    assert (told["missing"], [row["replication"] for row in told["failures"]]) == (2, [3])


def test_csv_holds_every_table(store, tmp_path):
    assert typed(results.command, store, "--csv", tmp_path / "csv").exit_code == 0
    names = ["delays", "estimates", "failures", "measures", "runs", "variants"]
    assert sorted(path.stem for path in (tmp_path / "csv").iterdir()) == names
    assert len(pd.read_csv(tmp_path / "csv" / "measures.csv")) == 4
    assert len(pd.read_csv(tmp_path / "csv" / "delays.csv")) == len(load(store).table("delays"))


def test_an_answer_in_sql_is_a_table_or_json_or_csv(store, tmp_path):
    pytest.importorskip("duckdb")
    question = (
        "SELECT variant, avg(people) AS people, max(share) FILTER (replication = 2) AS none FROM measures"
    )
    words = (store, "--sql", f"{question} GROUP BY 1 ORDER BY 1")
    lines = typed(results.command, *words).output.splitlines()
    assert lines == ["variant  people  none", "few          12     -", "many         21     -"]
    rows = json.loads(typed(results.command, *words, "--json").output)
    assert rows[1] == {"variant": "many", "people": 21.0, "none": None}
    typed(results.command, *words, "--csv", tmp_path / "csv")
    assert (tmp_path / "csv" / "answer.csv").read_text(
        encoding="utf-8"
    ) == "variant,people,none\nfew,12.0,\nmany,21.0,\n"


def test_a_fault_in_sql_is_told(store):
    pytest.importorskip("duckdb")
    with pytest.raises(ResultsError, match=r"--sql: .*nothing"):
        typed(results.command, store, "--sql", "SELECT nothing FROM measures")


def test_shards_are_combined_and_counted(tmp_path):
    one = filled(tmp_path / "one", [(FIRST, 1), (FIRST, 2), (FIRST, 3)])
    two = filled(tmp_path / "two", [(SECOND, 1), (SECOND, 2)])
    answer = typed(combine.command, tmp_path / "all", one, two)
    assert answer.output == f"{tmp_path / 'all'}: 5 replications of 2 variants; 1 not there yet.\n"
    assert len(load(tmp_path / "all").measures) == 5


def test_all_experiments_of_combined_stores_are_counted(tmp_path):
    """Not the one written last alone: that would read as if the others were gone."""
    one = filled(tmp_path / "one", [(FIRST, 1), (FIRST, 2), (FIRST, 3)])
    with SweepStore.open(tmp_path / "two") as store:
        few = experiment("e2", written_at="2026-02-01", replications={"n": 1})
        store.append(few | {"name": "few beds", "variants": few["variants"][:1]})
        store.append(replication(SECOND, 1, tables=("delays",)))
    answer = typed(combine.command, tmp_path / "all", one, tmp_path / "two")
    assert answer.output.splitlines() == [
        f"{tmp_path / 'all'}: 4 replications, 2 experiments.",
        "    beds (e1): 4 replications of 2 variants; 2 not there yet",
        "    few beds (e2): 1 replication of 1 variant",
    ]


def test_stores_without_an_experiment_are_combined_too(tmp_path):
    for name in ("one", "two"):
        with SweepStore.open(tmp_path / name) as store:
            store.append(replication(number=1 if name == "one" else 2))
    answer = typed(combine.command, tmp_path / "all", tmp_path / "one", tmp_path / "two")
    assert (answer.exit_code, answer.output) == (0, f"{tmp_path / 'all'}: 2 replications, no experiment.\n")
