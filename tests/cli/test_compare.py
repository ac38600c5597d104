"""`caresim compare` on results that were really run and on a store that was really swept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from caresim.cli.main import main
from caresim.measures.comparison import compare
from experiment.two_beds import TWO_BEDS

EXPERIMENT = """\
scenario: two_beds.yaml
name: beds
vary: {services.ward.places: [plus 0, plus 1], services.team.places: [1, 2, 100]}
design: grid
replications: 12
keep: {measures: [dtoc_people, "dtoc_nights[responsible=nhs]", team.queue]}
targets: {dtoc_people: 0.2}
"""
BASE = "ward.places plus 0, team.places 1"
RELIEVED = "ward.places plus 0, team.places 100"


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("swept")
    (folder / "two_beds.yaml").write_text(TWO_BEDS, encoding="utf-8")
    (folder / "experiment.yaml").write_text(EXPERIMENT, encoding="utf-8")
    result = CliRunner().invoke(
        main, ["sweep", str(folder / "experiment.yaml"), "--out", str(folder / "store"), "--jobs", "1"]
    )
    assert result.exit_code == 0, result.output
    return folder / "store"


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> list[str]:
    """As it is, and with a team of 1, 2 and 100 places."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "two_beds.yaml").write_text(TWO_BEDS, encoding="utf-8")
    folders = []
    for places in (1, 2, 100):
        folders.append(str(folder / str(places)))
        words = ["--set", f"services.team.places={places}", "--out", folders[-1]]
        result = CliRunner().invoke(
            main, ["run", str(folder / "two_beds.yaml"), "--jobs", "1", "--replications", "12", *words]
        )
        assert result.exit_code == 0, result.output
    return folders


def call(*words: object) -> Result:
    result = CliRunner().invoke(main, ["compare", *map(str, words)])
    assert "Traceback" not in result.output
    if result.exception is not None:
        assert isinstance(result.exception, SystemExit), result.exception
    return result


def rows_of(result: Result) -> dict[tuple[str, str], dict]:
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    return {(row["variant"], row["measure"]): row for row in found["differences"]}


# -------------------------------------------------------------- results


def test_adjusted_intervals_of_results_are_wider_and_say_what_they_hold(runs):
    plain = json.loads(call(*runs, "--json").stdout)
    adjusted = json.loads(call(*runs, "--adjust", "--json").stdout)
    assert [one["level"] for one in plain["compared"]] == [0.95] * 2
    assert [one["level"] for one in adjusted["compared"]] == [0.975] * 2
    pairs = list(
        zip(plain["compared"][1]["differences"], adjusted["compared"][1]["differences"], strict=True)
    )
    assert all(one["mean"] == other["mean"] for one, other in pairs)
    wider = [one["low"] > other["low"] for one, other in pairs if one["low"] not in (None, one["mean"])]
    assert wider
    assert all(wider)
    text = call(*runs, "--adjust").stdout.replace("\n", " ")
    assert "97.5 % interval: the 2 of a measure hold all together with 95 %" in text


def test_json_of_results_says_how_many_more_would_settle_what_is_open(runs):
    found = json.loads(call(*runs, "--json").stdout)["compared"]
    rows = [row for one in found for row in one["differences"]]
    assert {row["n"] for row in rows} >= {12}
    settled = [row for row in rows if row["verdict"] != "cannot tell yet"]
    assert {row["more_replications"] for row in settled} == {None}


def test_results_of_other_code_are_compared_with_a_warning(runs, tmp_path):
    """The code is what the manifest says it is."""
    other = tmp_path / "other"
    shutil.copytree(runs[1], other)
    manifest = json.loads((other / "manifest.json").read_text(encoding="utf-8"))
    (other / "manifest.json").write_text(json.dumps({**manifest, "fingerprint": "0"}), encoding="utf-8")
    result = call(runs[0], other)
    assert result.exit_code == 0
    assert "were made by other code (two states of caresim" in result.stderr
    assert "other code" not in call(*runs).stderr


def test_options_of_stores_are_refused_for_results(runs):
    for words in (["--best", "dtoc_people"], ["--measure", "dtoc_people"], ["--out", "x"], ["--higher"]):
        result = call(*runs, *words)
        assert result.exit_code == 2
        assert f"{words[0]} is for a sweep store" in result.stderr


# -------------------------------------------------------------- a store


def test_variants_of_a_store_are_compared_with_its_baseline(swept):
    result = call(swept)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == f'beds: 5 variants against "{BASE}"; 12 replications of each'
    table = lines[lines.index("Delayed in hospital, people a day") :]
    relieved = next(line for line in table if line.startswith(RELIEVED))
    assert relieved.endswith("clearly less")
    assert max(map(len, lines)) <= 100


def test_a_store_gives_the_differences_of_the_same_runs_as_results(swept, runs):
    """The same scenario, seed and replications, once swept and once run: equal to the last digit."""
    of_store = rows_of(call(swept, "--json"))[RELIEVED, "dtoc_people"]
    of_runs = json.loads(call(runs[0], runs[2], "--json").stdout)["compared"][0]["differences"]
    same = next(row for row in of_runs if row["name"] == "dtoc_people")
    assert [of_store["difference"], of_store["low"], of_store["high"]] == [
        same["mean"],
        same["low"],
        same["high"],
    ]


def test_python_gives_the_same_table_as_the_command(swept, runs):
    table = compare(swept, adjust=True)
    rows = rows_of(call(swept, "--adjust", "--json"))
    assert len(table) == len(rows) == 15
    for row in table.to_dict("records"):
        told = rows[row["variant"], row["measure"]]
        assert told["difference"] == row["difference"]
        assert told["low"] == row["low"]
    assert compare(*runs)["variant"].unique().tolist() == runs[1:]


def test_another_baseline_and_fewer_measures_can_be_named(swept):
    rows = rows_of(call(swept, "--baseline", RELIEVED, "--measure", "team.queue", "--json"))
    assert {measure for _, measure in rows} == {"team.queue"}
    assert RELIEVED not in {variant for variant, _ in rows}
    assert rows[BASE, "team.queue"]["verdict"] == "clearly more"


def test_the_best_are_those_nobody_is_clearly_better_than(swept):
    result = call(swept, "--best", "dtoc_people", "--json")
    best = json.loads(result.stdout)["best"]
    kept = {row["variant"] for row in best["variants"] if row["may_be_best"]}
    assert RELIEVED in kept
    assert BASE not in kept
    higher = json.loads(call(swept, "--best", "dtoc_people", "--higher", "--json").stdout)["best"]
    assert RELIEVED not in {row["variant"] for row in higher["variants"] if row["may_be_best"]}
    text = call(swept, "--best", "dtoc_people", "--confidence", "0.8").stdout.replace("\n", " ")
    assert "With a confidence of at least 80 % the best of all 6 is" in text


def test_figures_and_tables_are_written_where_asked(swept, tmp_path):
    result = call(swept, "--out", tmp_path / "out", "--measure", "dtoc_people", "--best", "team.queue")
    assert result.exit_code == 0, result.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        "differences.csv",
        "estimates.csv",
        "variants.csv",
        "best_team_queue.csv",
        "dtoc_people_differences.png",
        "dtoc_people_differences.svg",
        "dtoc_people_by_ward_places.png",
        "dtoc_people_by_ward_places.svg",
        "dtoc_people_by_team_places.png",
        "dtoc_people_by_team_places.svg",
        "dtoc_people_by_ward_places_and_team_places.png",
        "dtoc_people_by_ward_places_and_team_places.svg",
    }
    table = pd.read_csv(tmp_path / "out" / "differences.csv")
    assert table["variant"].nunique() == 5


def test_a_target_stands_in_the_text_and_may_be_given_on_the_line(swept):
    assert "At or below the target of 0.20" in call(swept).stdout
    text = call(swept, "--target", "dtoc_people=0.5", "--target", "dtoc_nights[responsible=nhs]=3").stdout
    assert "At or below the target of 0.50" in text
    assert "At or below the target of 3.0" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--baseline", "ward.places plus 0, team.places 3"], "there is no variant"),
        (["--baseline", "nope"], 'there is no variant "nope". There are "'),
        (["--measure", "dtoc_peple"], 'Did you mean "dtoc_people"?'),
        (["--best", "queue"], '"queue" was not kept'),
        (["--target", "queue=1"], '"queue" was not kept'),
        (["--target", "dtoc_people"], "is not MEASURE=VALUE"),
        (["--target", "dtoc_people=low"], "is not MEASURE=VALUE"),
        (["--higher"], "go with --best"),
        (["--confidence", "0.9"], "go with --best"),
        (["--best", "dtoc_people", "--confidence", "95"], "--confidence"),
        (["--all"], "--all is for results"),
        (["--experiment", "zzz"], "no experiment begins"),
    ],
)
def test_what_makes_no_sense_ends_in_words(swept, words, message):
    result = call(swept, *words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_store_is_named_alone(swept, runs):
    for folders in ([swept, swept], [runs[0], swept]):
        result = call(*folders)
        assert result.exit_code == 2
        assert "caresim combine" in result.stderr.replace("\n", " ")
