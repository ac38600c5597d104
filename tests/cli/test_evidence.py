"""`caresim warmup`, `replications` and `sensitivity` on a system of two services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caresim.cli.main import main
from caresim.cli.warmup import what_moves
from caresim.scenario.files import load_scenario
from experiment.two_beds import TWO_BEDS

EXPERIMENT = """\
scenario: two_beds.yaml
name: study
vary: {services.ward.places: WARD, services.team.places: TEAM}
design: DESIGN
replications: 2
keep: {measures: [dtoc_people, team.queue]}
"""


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two_beds.yaml").write_text(TWO_BEDS, encoding="utf-8")
    return tmp_path


def call(*words: str) -> Result:
    result = CliRunner().invoke(main, words)
    assert "Traceback" not in result.output
    if result.exception is not None:
        assert isinstance(result.exception, SystemExit), result.exception
    return result


def done(*words: str) -> str:
    result = call(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def files_in(folder: str) -> Iterator[str]:
    return (path.name for path in sorted(Path(folder).iterdir()))


# -------------------------------------------------------------- warmup


def test_warmup_judges_every_service_and_draws_it():
    printed = done("warmup", "two_beds.yaml", "--set", "time.warm_up=40 days", "--jobs", "1")
    assert printed.startswith("Two beds\n4 replications of 68 days from the start of the run, day 0\n")
    for kind in ("People who hold a place", "People waiting", "People delayed"):
        assert f"{kind}, mean of a day" in printed
    assert "after the declared warm-up of 40 days" in " ".join(printed.split())
    assert "never comes to rest" not in printed
    assert set(files_in("results/two_beds-warmup")) == {
        f"warmup_{kind}.{ending}" for kind in ("people", "queue", "delayed") for ending in ("png", "svg")
    }


def test_warmup_looks_at_what_was_asked_for_as_long_as_was_asked_for():
    options = ["--measure", "queue", "--days", "100", "--replications", "2", "--jobs", "1", "--out", "here"]
    printed = done("warmup", "two_beds.yaml", *options)
    assert "2 replications of 100 days" in printed
    assert "People waiting" in printed
    assert "People delayed" not in printed
    assert "No warm-up, as declared," in printed
    assert list(files_in("here")) == ["warmup_queue.png", "warmup_queue.svg"]


def test_warmup_compares_the_window_after_twice_as_much():
    options = ["--set", "time.warm_up=10 days", "--measure", "people", "--twice", "--jobs", "1"]
    printed = done("warmup", "two_beds.yaml", *options)
    assert "The window after 10 days of warm-up, and after 20 days" in printed
    assert "4 replications of each" in printed


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--days", "10"], "20 days or more are needed"),
        (["--set", "time.warm_up=40 days", "--days", "40"], "needs to reach beyond the declared warm-up"),
        (["--twice"], "none is declared"),
        (["--measure", "beds"], "'beds' is not one of"),
    ],
)
def test_warmup_refuses_before_it_runs_anything(options, words):
    result = call("warmup", "two_beds.yaml", "--jobs", "1", *options)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not Path("results").exists()


MOVING = {
    "arrivals go by the month (all)": "pattern: {month: [1.5, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}",
    "arrivals go by a cycle (all)": "pattern: {cycle: {length: 90 days, factors: [1.5, 0.5]}}",
    "arrivals grow or shrink (all)": "growth: 5% per year",
}


@pytest.mark.parametrize("said", MOVING)
def test_warmup_says_that_a_year_with_seasons_has_no_level(said):
    text = TWO_BEDS.replace("rate: 1 per day", f"rate: 1 per day, {MOVING[said]}")
    Path("moving.yaml").write_text(text, encoding="utf-8")
    printed = " ".join(done("warmup", "moving.yaml", "--measure", "people", "--jobs", "1").split())
    assert f"This system never comes to rest: {said}." in printed


def test_dates_and_events_move_a_system_and_the_week_does_not():
    week = "pattern: {weekday: [1, 1, 1, 1, 1, 1, 1]}"
    Path("week.yaml").write_text(TWO_BEDS.replace("1 per day", f"1 per day, {week}"), encoding="utf-8")
    assert what_moves(load_scenario("week.yaml")) == []
    text = TWO_BEDS.replace("rate: 1 per day", "rate: {2024-01-01: 1 per day, 2024-01-10: 2 per day}")
    text = text.replace("places: 2", "places: {2024-01-01: 2, 2024-01-10: 3}", 1)
    text += "events: {flu: {from: 2024-01-05, to: 2024-01-09, change: {services.team.places: 1}}}\n"
    Path("dated.yaml").write_text(text, encoding="utf-8")
    assert what_moves(load_scenario("dated.yaml")) == [
        "arrivals change on dates (all)",
        "capacity changes on dates (ward)",
        "events (flu)",
    ]


def test_warmup_keeps_what_was_done_when_a_replication_fails(monkeypatch):
    from caresim.experiment import whole_runs

    simulate = whole_runs.simulate

    def sometimes(network, seed, replication):
        if replication == 2:
            raise ZeroDivisionError("by nothing")
        return simulate(network, seed, replication)

    monkeypatch.setattr(whole_runs, "simulate", sometimes)
    result = call("warmup", "two_beds.yaml", "--jobs", "1")
    assert result.exit_code == 1
    assert "replication 2, seed 7: ZeroDivisionError" in result.stderr
    assert "3 replications of 28 days" in result.stdout


def test_warmup_as_json_is_alone_on_standard_output_and_tells_what_the_tables_tell():
    options = ["--set", "time.warm_up=40 days", "--jobs", "1", "--measure", "people"]
    result = call("warmup", "two_beds.yaml", *options, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert "Figures: results/two_beds-warmup" in result.stderr
    assert list(files_in("results/two_beds-warmup"))
    assert [found[key] for key in ("scenario", "replications", "days", "warm_up_days", "never_steady")] == [
        "Two beds", 4, 68, 40, [],
    ]  # fmt: skip
    assert [(row["kind"], row["service"]) for row in found["series"]] == [
        ("people", None), ("people", "ward"), ("people", "team"),
    ]  # fmt: skip
    assert list(found["series"][0]) == ["kind", "service", "truncation_day", "level", "moved", "verdict"]
    assert "twice" not in found
    twice = json.loads(done("warmup", "two_beds.yaml", *options, "--twice", "--json"))
    assert twice["series"] == found["series"]
    assert [list(row) for row in twice["twice"]] == [["kind", "service", "once", "twice", "difference"]] * 3
    difference = twice["twice"][0]["difference"]
    assert difference["low"] < difference["mean"] < difference["high"]


# -------------------------------------------------------------- replications


def test_replications_of_a_file_are_run():
    printed = done("replications", "two_beds.yaml", "--at-most", "3", "--half-width", "100 %", "--jobs", "1")
    assert "3 replications; mean" in printed
    assert "Delayed in hospital, people a day" in printed
    # It has no prices: its cost of nothing is not shown.
    assert "Cost" not in printed
    assert set(files_in("results/two_beds-replications")) == {"replications.png", "replications.svg"}


def test_replications_of_a_folder_are_read_and_agree_with_those_run():
    done("run", "two_beds.yaml", "--jobs", "1", "--out", "kept")
    options = ["--measure", "team.queue", "--measure", "dtoc_rate", "--half-width", "1 person"]
    options += ["--half-width", "5 points"]
    read = done("replications", "kept", *options)
    ran = done("replications", "two_beds.yaml", "--jobs", "1", *options)
    assert read.splitlines()[0] == "Two beds (kept)"
    assert read.splitlines()[1:-1] == ran.splitlines()[1:-1]
    assert "Team: queue, people" in read
    assert "replications.png" in list(files_in("kept/report"))
    fewer = done("replications", "kept", "--at-most", "3", *options)
    assert "3 replications; mean" in fewer


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["two_beds.yaml", "--variant", "x"], "--variant is for a sweep's store"),
        (["two_beds.yaml", "--half-width", "1 %", "--half-width", "2 %"], "one --half-width for all"),
        (["kept", "--variant", "x"], "--variant is for a sweep's store, and kept is none"),
        (["kept", "--set", "services.ward.places=3"], "--set changes a scenario file"),
        (["kept", "--measure", "dtoc"], '"dtoc": is no measure'),
        (["kept", "--measure", "dtoc_rate", "--half-width", "5 people"], "does not fit a measure in %"),
        (["nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_replications_refuses_in_words(words, said):
    done("run", "two_beds.yaml", "--jobs", "1", "--out", "kept", "--replications", "2")
    result = call("replications", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_replications_as_json_are_alone_on_standard_output():
    options = ["--at-most", "3", "--measure", "team.queue", "--half-width", "1 person", "--jobs", "1"]
    result = call("replications", "two_beds.yaml", *options, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert "Figures: results/two_beds-replications" in result.stderr
    assert (found["title"], found["replications"]) == ("Two beds", 3)
    [row] = found["measures"]
    assert (row["measure"], row["unit"], row["level"]) == ("team.queue", "people", 0.95)
    assert row["target"] == {"half_width": 1.0, "relative": False, "words": "1 person"}
    assert {"reached", "needed"} <= set(row)
    assert [after["replications"] for after in row["after"]] == [1, 2, 3]
    assert row["after"][0]["half_width"] is None
    assert row["after"][2]["half_width"] > 0


# -------------------------------------------------------------- sensitivity


def swept(design: str, *, ranges: bool = False, run: bool = True) -> str:
    """A store of this design."""
    ward, team = ("{from: 2, to: 4}", "{from: 2, to: 5}") if ranges else ("[minus 1, plus 1]", "[plus 1]")
    text = EXPERIMENT.replace("DESIGN", design).replace("WARD", ward).replace("TEAM", team)
    Path("study.yaml").write_text(text, encoding="utf-8")
    if run:
        done("sweep", "study.yaml", "--jobs", "1", "--out", "store")
    return "store"


def test_one_at_a_time_gives_a_tornado():
    printed = done("sensitivity", swept("one_at_a_time"), "--measure", "dtoc_people")
    assert printed.startswith(
        "study\n\nDelayed in hospital, people a day: each factor changed alone, against baseline"
    )
    assert "minus 1" in printed
    assert "paired by replication" in printed
    assert set(files_in("store/report")) == {"tornado_dtoc_people.png", "tornado_dtoc_people.svg"}
    # What was drawn beside the store is no matter for it.
    assert "Nothing to do" in call("sweep", "study.yaml", "--jobs", "1", "--out", "store").output


def test_morris_and_sobol_give_their_indices():
    printed = done("sensitivity", swept("morris 3", ranges=True), "--out", "drawn")
    assert "Morris, 3 trajectories" in printed
    assert "2 to 5" in printed
    printed = done("sensitivity", swept("sobol 4", ranges=True), "--out", "drawn")
    assert "Sobol, 4 base points" in printed
    assert {"morris_dtoc_people.png", "sobol_team_queue.svg"} <= set(files_in("drawn"))


def test_sensitivity_as_json_is_alone_on_standard_output():
    result = call("sensitivity", swept("one_at_a_time"), "--measure", "dtoc_people", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert "Figures: store/report" in result.stderr
    assert (found["store"], found["name"]) == ("store", "study")
    [tornado] = found["found"]
    assert (tornado["kind"], tornado["measure"]) == ("tornado", "dtoc_people")
    assert tornado["baseline"] == "baseline"
    swings = [bar["swing"] for bar in tornado["bars"]]
    assert swings == sorted(swings, reverse=True)
    team = next(bar for bar in tornado["bars"] if bar["factor"] == "services.team.places")
    assert {team["low"] is None, team["high"] is None} == {True, False}, "nothing was tried on one side"
    swept("morris 3", ranges=True)
    every = json.loads(done("sensitivity", "store", "--json"))["found"]
    assert [(one["kind"], one["measure"]) for one in every] == [
        ("morris", "dtoc_people"), ("morris", "team.queue"),
    ]  # fmt: skip
    assert list(every[0]["factors"][0]) == ["factor", "mu", "mu_star", "sigma"]


def test_another_experiment_of_the_store_can_be_asked_for():
    from caresim.measures.sweeps import load

    swept("one_at_a_time")
    first = load("store").experiment["experiment"]
    swept("morris 2", ranges=True)
    assert "Morris" in done("sensitivity", "store")
    assert "each factor changed alone" in done("sensitivity", "store", "--experiment", first[:8])


def test_another_design_and_a_measure_not_kept_are_refused():
    result = call("sensitivity", swept("grid"))
    assert result.exit_code == 2
    assert "has the design grid; sensitivity needs another: one_at_a_time for a tornado" in result.stderr
    result = call("sensitivity", swept("one_at_a_time"), "--measure", "boarding")
    assert result.exit_code == 2
    assert '"boarding" was not kept' in result.stderr


def test_half_a_sweep_is_refused_with_what_is_missing():
    swept("one_at_a_time", run=False)
    done("sweep", "study.yaml", "--jobs", "1", "--out", "store", "--shard", "1/2")
    result = call("sensitivity", "store")
    assert result.exit_code == 2
    assert "4 runs are missing" in result.stderr


def test_replications_of_a_variant_of_a_sweep():
    swept("one_at_a_time")
    result = call("replications", "store")
    assert result.exit_code == 2
    assert 'has 4 variants: choose one, for example --variant "baseline"' in result.stderr
    result = call("replications", "store", "--variant", "baselin")
    assert 'Did you mean "baseline"?' in result.stderr
    printed = done("replications", "store", "--variant", "baseline", "--measure", "team.queue")
    assert printed.startswith("baseline (store)\n\n2 replications; mean")
    alone = done("replications", "two_beds.yaml", "--at-most", "2", "--measure", "team.queue", "--jobs", "1")
    assert printed.splitlines()[1:-1] == alone.splitlines()[1:-1]
