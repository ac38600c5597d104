from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import caresim
from caresim.cli.main import main
from caresim.errors import RunError
from caresim.experiment import replication as replication_module
from experiment.two_beds import TWO_BEDS


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two_beds.yaml").write_text(TWO_BEDS, encoding="utf-8")
    return tmp_path


def call(*words: str) -> Result:
    result = CliRunner().invoke(main, words)
    assert "Traceback" not in result.output
    if result.exception is not None:
        assert isinstance(result.exception, SystemExit), result.exception
    return result


def run_two_beds(*words: str) -> Result:
    result = call("run", "two_beds.yaml", "--jobs", "1", *words)
    assert result.exit_code == 0, result.output
    return result


# -------------------------------------------------------------- the commands themselves


def test_help_names_every_command_and_loads_no_pandas():
    code = (
        "import sys, caresim.cli.main as m\n"
        "try: m.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pandas', 'numpy', 'simpy', 'matplotlib', 'scipy', 'ruamel', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(caresim.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr
    for name in ("init", "check", "explain", "run", "compare", "report"):
        assert f"  {name}" in done.stdout


def test_a_mistyped_command_is_met_with_the_nearest_one():
    result = call("rnu", "two_beds.yaml")
    assert result.exit_code == 2
    assert "Did you mean 'run'?" in result.output


def test_a_mistyped_option_is_met_with_the_nearest_one():
    result = call("run", "two_beds.yaml", "--replicatons", "2")
    assert result.exit_code == 2
    assert "--replications" in result.output


@pytest.mark.parametrize("command", ["init", "check", "explain", "run", "compare", "report"])
def test_every_command_has_help(command):
    result = call(command, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {command}")


# -------------------------------------------------------------- init


def test_init_writes_a_scenario_that_passes_check(tmp_path):
    assert call("init", "mine").exit_code == 0
    result = call("check", "mine.yaml")
    assert result.exit_code == 0, result.output


def test_init_starts_from_any_shipped_system():
    call("init", "mine", "--from", "one_ward")
    assert "reablement" in Path("mine.yaml").read_text(encoding="utf-8")


def test_init_never_overwrites():
    Path("mine.yaml").write_text("mine", encoding="utf-8")
    result = call("init", "mine")
    assert result.exit_code == 2
    assert "is there already" in result.output
    assert Path("mine.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["", "-x", ".yaml"])
def test_init_refuses_what_no_command_could_be_given(name):
    result = call("init", "--", name)
    assert result.exit_code == 2
    assert sorted(path.name for path in Path().iterdir()) == ["two_beds.yaml"]


def test_init_prints_commands_that_can_be_copied():
    assert "caresim run 'my area.yaml'" in call("init", "my area", "--from", "one_ward").stdout


def test_init_names_the_nearest_system():
    result = call("init", "mine", "--from", "one_wrad")
    assert result.exit_code == 2
    assert 'Did you mean "one_ward"?' in result.output


# -------------------------------------------------------------- check and explain


def test_check_says_what_it_found():
    result = call("check", "two_beds.yaml")
    assert result.exit_code == 0
    assert (
        'two_beds.yaml: ok. "Two beds": 2 services, 1 arrival stream, 1 exit; 4 replications' in result.output
    )


def test_check_tells_the_faults_of_every_file_and_exits_with_2():
    Path("first.yaml").write_text(TWO_BEDS.replace("places: 2", "places: -3", 1), encoding="utf-8")
    Path("second.yaml").write_text(TWO_BEDS.replace("next: team", "next: tean"), encoding="utf-8")
    result = call("check", "first.yaml", "two_beds.yaml", "second.yaml")
    assert result.exit_code == 2
    assert "first.yaml:9, services.ward.places" in result.stderr
    assert 'Did you mean "team"?' in result.stderr
    assert "two_beds.yaml: ok." in result.stdout


def test_check_tries_the_variants_of_an_experiment():
    text = "scenario: two_beds.yaml\nreplications: 3\nvary: {services.ward.places: [3, 4]}\n"
    Path("more.yaml").write_text(text, encoding="utf-8")
    found = call("check", "more.yaml")
    assert found.exit_code == 0
    assert '"more": an experiment of 2 variants of two_beds.yaml; 3 replications of each.' in found.stdout
    Path("wrong.yaml").write_text(text.replace("ward.places", "wrad.places"), encoding="utf-8")
    wrong = call("check", "wrong.yaml", "two_beds.yaml")
    assert wrong.exit_code == 2
    assert 'Did you mean "services.ward.places"?' in wrong.stderr
    assert "two_beds.yaml: ok." in wrong.stdout
    changed = call("check", "more.yaml", "two_beds.yaml", "--set", "seed=2")
    assert "more.yaml: is an experiment: write under set what --set would change." in changed.stderr
    assert "two_beds.yaml: ok." in changed.stdout


def test_an_experiment_is_not_run_as_a_scenario_nor_a_scenario_swept():
    Path("more.yaml").write_text("scenario: two_beds.yaml\n", encoding="utf-8")
    ran = call("run", "more.yaml")
    assert ran.exit_code == 2
    assert ran.stderr.count("\n") == 1
    assert "more.yaml:1, scenario: this file is an experiment." in ran.stderr
    swept = call("sweep", "two_beds.yaml")
    assert swept.exit_code == 2
    assert swept.stderr.count("\n") == 1
    assert "this file is a scenario: `caresim run` runs it." in swept.stderr


def test_check_warns_of_a_service_that_people_wait_for_in_hospital_and_that_has_no_dtoc():
    assert "warning" not in call("check", "two_beds.yaml").stderr
    Path("plain.yaml").write_text(TWO_BEDS.replace("    dtoc:", "    # dtoc:"), encoding="utf-8")
    result = call("check", "plain.yaml")
    assert result.exit_code == 0
    assert "warning: services.team has no dtoc" in result.stderr


def test_check_warns_where_routes_allow_a_deadlock():
    text = TWO_BEDS.replace("    next: home", "    next: {home: 0.9, ward: 0.1}")
    Path("round.yaml").write_text(text, encoding="utf-8")
    assert "people in team, ward may wait for one another's places" in call("check", "round.yaml").stderr


def test_a_missing_file_is_named():
    result = call("check", "nowhere.yaml")
    assert result.exit_code == 2
    assert "nowhere.yaml" in result.stderr


def test_explain_shows_what_was_set():
    result = call("explain", "two_beds.yaml", "--set", "services.team.places=7")
    assert result.exit_code == 0
    assert "7 places" in result.output


def test_explain_shows_what_lies_under_a_path():
    text = call("explain", "two_beds.yaml", "services.team", "--set", "services.team.places=7").stdout
    assert text.splitlines()[0] == "Two beds: services.team"
    assert "7 places" in text
    assert "ward" not in text
    refused = call("explain", "two_beds.yaml", "services.taem")
    assert refused.exit_code == 2
    assert refused.stderr.endswith('there is nothing at "services.taem". Did you mean "services.team"?\n')


def test_explain_lists_the_numbers_without_a_source_under_a_path():
    every = call("explain", "two_beds.yaml", "--unsourced").stdout.splitlines()
    team = call("explain", "two_beds.yaml", "services.team", "--unsourced").stdout.splitlines()
    assert team == [line for line in every if ", services.team." in line]
    assert 0 < len(team) < len(every)


def test_explain_lists_the_numbers_without_a_source():
    result = call("explain", "two_beds.yaml", "--unsourced")
    assert "two_beds.yaml:9, services.ward.places: 2" in result.output
    sourced = TWO_BEDS + "sources: {arrivals: made up, services: made up, population: made up}\n"
    Path("sourced.yaml").write_text(sourced, encoding="utf-8")
    assert call("explain", "sourced.yaml", "--unsourced").output == (
        "sourced.yaml: every number has a source.\n"
    )


# -------------------------------------------------------------- run


def test_run_writes_to_results_and_to_the_next_free_name_after_that():
    assert "Results: results/two_beds\n" in run_two_beds().stdout.replace(os.sep, "/")
    assert "Results: results/two_beds-2\n" in run_two_beds().stdout.replace(os.sep, "/")
    assert sorted(path.name for path in Path("results").iterdir()) == ["two_beds", "two_beds-2"]


def test_run_prints_the_screen_a_planner_wants_within_100_columns():
    output = run_two_beds().stdout
    for words in ("Delayed transfers of care", "3.5 %", "Services", "queue, people", "wait, days"):
        assert words in output
    assert max(len(line) for line in output.splitlines()) <= 100


def test_a_folder_the_user_names_is_not_overwritten_unasked():
    run_two_beds("--out", "mine", "--seed", "1")
    before = Path("mine/manifest.json").read_bytes()
    result = call("run", "two_beds.yaml", "--out", "mine")
    assert result.exit_code == 2
    assert "--replace" in result.stderr
    assert Path("mine/manifest.json").read_bytes() == before
    run_two_beds("--out", "mine", "--replace", "--seed", "2")
    assert json.loads(Path("mine/manifest.json").read_text())["seed"] == 2


def test_replace_without_a_folder_is_refused():
    assert call("run", "two_beds.yaml", "--replace").exit_code == 2


def test_json_stands_alone_on_standard_output():
    found = json.loads(run_two_beds("--json").stdout)
    assert found["scenario"] == "Two beds"
    assert found["replications"] == 4
    assert found["measures"]["dtoc_rate"]["low"] < found["measures"]["dtoc_rate"]["high"]


def test_one_replication_has_no_interval():
    found = json.loads(run_two_beds("--json", "--replications", "1").stdout)
    assert found["measures"]["dtoc_people"]["low"] is None
    assert "one replication" in run_two_beds("--replications", "1").stdout


def test_set_changes_the_scenario_and_the_resolved_text_says_so():
    found = json.loads(
        run_two_beds("--json", "--set", "services.team.places=plus 100", "--out", "out").stdout
    )
    assert found["services"]["ward"]["delayed"]["mean"] == 0
    assert "places: 102" in Path("out/resolved.yaml").read_text(encoding="utf-8")
    assert Path("out/scenario.yaml").read_text(encoding="utf-8") == TWO_BEDS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("services.team.places", "is not PATH=CHANGE"),
        ("services.team.places=plus", '--set "services.team.places=plus 10"'),
        ("services.tean.places=3", "team"),
        ("services.team.places=+3", "plus"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_in_words(change, words):
    result = call("run", "two_beds.yaml", "--set", change)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not Path("results").exists()


def test_records_are_written_on_request():
    run_two_beds("--records", "stays,events", "--out", "out")
    assert Path("out/stays.parquet").exists()
    assert Path("out/events.parquet").exists()
    result = call("run", "two_beds.yaml", "--records", "stay")
    assert result.exit_code == 2
    assert '"stay" is not a table made on request; these are: stays, events.' in result.stderr


def test_csv_writes_every_table():
    run_two_beds("--csv", "tables")
    head = Path("tables/monthly.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("replication,month,days,service")


def test_a_replication_that_fails_is_named_the_others_are_kept_and_the_code_is_1(monkeypatch):
    real = replication_module.simulate

    def fail_in_two(network, seed, replication):
        if replication == 2:
            raise RunError("a rule was broken")
        return real(network, seed, replication)

    monkeypatch.setattr(replication_module, "simulate", fail_in_two)
    result = call("run", "two_beds.yaml", "--jobs", "1")
    assert result.exit_code == 1
    assert 'scenario "Two beds", replication 2, seed 7: a rule was broken' in result.stderr
    assert "3 replications" in result.stdout
    assert Path("results/two_beds").exists()


def test_nothing_is_written_where_every_replication_failed(monkeypatch):
    def fail(*_: object) -> None:
        raise RunError("a rule was broken")

    monkeypatch.setattr(replication_module, "simulate", fail)
    result = call("run", "two_beds.yaml", "--jobs", "1")
    assert result.exit_code == 1
    assert result.stderr.count("a rule was broken") == 1, "equal failures are told once"
    assert not Path("results").exists()


def test_a_folder_that_cannot_be_written_is_named():
    result = call("run", "two_beds.yaml", "--jobs", "1", "--out", "two_beds.yaml/out")
    assert result.exit_code == 2
    assert "two_beds.yaml" in result.stderr


@pytest.mark.parametrize("option", ["--out", "--csv"])
def test_a_folder_that_cannot_be_made_is_refused_before_anything_is_simulated(option):
    result = call("run", "two_beds.yaml", "--jobs", "1", option, "two_beds.yaml/sub")
    assert result.exit_code == 2
    assert "two_beds.yaml is a file" in result.stderr
    assert "replications done" not in result.stderr
    assert not Path("results").exists()


def test_replace_replaces_results_only_and_says_so_at_once():
    Path("thesis").mkdir()
    Path("thesis/chapter.txt").write_text("One", encoding="utf-8")
    result = call("run", "two_beds.yaml", "--out", "thesis", "--replace")
    assert result.exit_code == 2
    assert "thesis: is not a results folder" in result.stderr
    assert "replications done" not in result.stderr
    assert Path("thesis/chapter.txt").exists()


def test_csv_files_are_not_overwritten_unasked():
    run_two_beds("--csv", "tables")
    before = Path("tables/monthly.csv").read_bytes()
    again = call("run", "two_beds.yaml", "--csv", "tables", "--seed", "8")
    assert again.exit_code == 2
    assert "tables: is not empty" in again.stderr
    assert Path("tables/monthly.csv").read_bytes() == before
    run_two_beds("--csv", "tables", "--seed", "8", "--replace")
    assert Path("tables/monthly.csv").read_bytes() != before


@pytest.mark.parametrize("command", ["check", "explain", "run"])
def test_a_published_figure_of_no_measure_is_a_fault(command):
    published = "published: [{measure: dtocrate, value: 3, source: a return}]\n"
    Path("two_beds.yaml").write_text(TWO_BEDS + published, encoding="utf-8")
    result = call(command, "two_beds.yaml")
    assert result.exit_code == 2
    words = 'published.0.measure: there is no measure "dtocrate". Did you mean "dtoc_rate"?'
    assert result.stderr == f"two_beds.yaml:{TWO_BEDS.count(chr(10)) + 1}, {words}\n"


def test_few_replications_are_said_to_be_few():
    assert "2 replications are few" in run_two_beds("--replications", "2").stdout
    assert "few" not in run_two_beds("--replications", "5").stdout


# -------------------------------------------------------------- compare and report


def test_compare_tells_what_is_clearly_less():
    run_two_beds("--out", "a", "--replications", "12", "--set", "services.team.places=1")
    run_two_beds("--out", "b", "--replications", "12", "--set", "services.team.places=plus 100")
    result = call("compare", "a", "b")
    assert result.exit_code == 0
    line = next(line for line in result.output.splitlines() if line.startswith("Delayed in hospital"))
    assert line.endswith("clearly less")
    assert max(len(line) for line in result.output.splitlines()) <= 100


def test_what_did_not_change_is_the_same():
    run_two_beds("--out", "a")
    run_two_beds("--out", "b")
    found = json.loads(call("compare", "a", "b", "--json").stdout)
    assert found["baseline"] == "a"
    verdicts = {line["verdict"] for line in found["compared"][0]["differences"] if line["mean"] is not None}
    assert verdicts == {"the same"}


def test_results_of_unequal_numbers_are_compared_over_the_replications_both_have():
    """4 against 12, and 12 against 4, are what 4 against 4 are; how many were left unused is said."""
    run_two_beds("--out", "four", "--replications", "4")
    for replications in ("4", "12"):
        words = ("--replications", replications, "--set", "services.team.places=plus 100")
        run_two_beds("--out", f"more{replications}", *words)
    equal, unequal = (call("compare", "four", f"more{number}") for number in (4, 12))
    assert unequal.exit_code == 0
    lines = unequal.stdout.splitlines()
    assert lines[1:3] == [
        "4 replications of each; difference: mean (95 % interval), paired by replication. Not in both, so",
        "left unused: 8 of 12 replications in more12",
    ]
    assert lines[3:] == equal.stdout.splitlines()[2:]
    assert "unused" not in equal.stdout
    turned = json.loads(call("compare", "more12", "four", "--json").stdout)["compared"][0]
    assert turned["replications"] == {"paired": 4, "unused_of_baseline": 8, "unused_of_results": 0}
    there = json.loads(call("compare", "four", "more12", "--json").stdout)["compared"][0]
    assert there["replications"] == {"paired": 4, "unused_of_baseline": 0, "unused_of_results": 8}
    again = json.loads(call("compare", "four", "more4", "--json").stdout)["compared"][0]
    assert there["differences"] == again["differences"]
    assert there["payers"] == again["payers"]


def test_results_with_fewer_than_two_common_replications_cannot_be_paired():
    run_two_beds("--out", "one", "--replications", "1")
    run_two_beds("--out", "four", "--replications", "4")
    result = call("compare", "four", "one")
    assert result.exit_code == 2
    assert "one: has replications 1, but four has 1 to 4: they cannot be paired" in result.stderr


def test_results_of_other_seeds_cannot_be_paired():
    run_two_beds("--out", "a", "--seed", "1")
    run_two_beds("--out", "b", "--seed", "2")
    result = call("compare", "a", "b")
    assert result.exit_code == 2
    assert "cannot be paired" in result.stderr


def test_compare_says_where_two_results_are_of_different_systems():
    run_two_beds("--out", "a")
    other = TWO_BEDS.replace("team", "crew").replace("adults: 1000", "adults: 2000")
    Path("two_beds.yaml").write_text(other, encoding="utf-8")
    run_two_beds("--out", "b")
    result = call("compare", "a", "b")
    assert result.exit_code == 0
    assert "services in one of them only: crew, team; other populations" in result.stderr
    assert call("compare", "a", "a").stderr == ""


def test_compare_needs_two():
    run_two_beds("--out", "a")
    assert call("compare", "a").exit_code == 2


def test_report_writes_a_page_and_its_figures():
    run_two_beds("--out", "a")
    result = call("report", "a", "--out", "page")
    assert result.exit_code == 0, result.output
    names = {path.name for path in Path("page").iterdir()}
    assert {"report.html", "delayed.svg", "delayed.png", "services.svg"} <= names


@pytest.mark.parametrize("command", ["report", "compare"])
def test_a_folder_that_holds_no_results_is_named(command):
    Path("empty").mkdir()
    result = call(command, "empty", *(["empty"] if command == "compare" else []))
    assert result.exit_code == 2
    assert "empty: is not a results folder" in result.stderr


# ------------------------------------------------------------------- systems that ship


@pytest.mark.parametrize("command", ["check", "explain", "run", "warmup", "replications"])
def test_a_shipped_system_is_meant_by_its_name_where_there_is_no_such_file(command: str):
    words = {
        "run": ["--replications", "1", "--jobs", "1"],
        "warmup": ["--replications", "2", "--jobs", "1", "--days", "120"],
        "replications": ["--at-most", "2", "--jobs", "1"],
    }.get(command, [])
    short = ["--set", "time.measure=60 days"]
    result = call(command, "one_ward", *short, *words)
    assert result.exit_code == 0, result.output
    assert "one_ward" in result.output or "One ward" in result.output
    if command in ("run", "warmup", "replications"):
        (folder,) = Path("results").iterdir()
        assert folder.name == {"run": "one_ward"}.get(command, f"one_ward-{command}")
    Path("one_ward").write_text("caresim: none of the kind\n", encoding="utf-8")
    result = call(command, "one_ward", *short, *words)
    assert result.exit_code == 2
    assert "one_ward:1: needs arrivals" in result.output
    help_of = " ".join(call(command, "--help").output.split())
    assert "name of a system that ships with caresim" in help_of


def test_a_folder_is_no_file_of_that_name():
    Path("one_ward").mkdir()
    assert call("check", "one_ward").exit_code == 0


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("one_wrd", 'Did you mean "one_ward"?'),
        ("two_beds", 'Did you mean "two_beds.yaml"?'),
        ("zzz", "These systems ship: "),
        ("below/one_ward", "cannot be read: no such file or directory."),
    ],
)
def test_a_name_that_is_neither_file_nor_system_is_met_with_the_nearest(word: str, hint: str):
    for command in ("check", "explain", "run", "warmup", "replications"):
        result = call(command, word)
        assert result.exit_code == 2
        assert f"{word}: cannot be read: no such file or directory." in result.output
        assert hint in result.output
