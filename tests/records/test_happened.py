"""The table of what happened at random, from rows by hand, and what measures and a first screen make of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import caresim
from caresim.measures.catalogue import MEASURES
from caresim.records.bins import month_bins
from caresim.records.happened import happened_table
from caresim.records.tables import COLUMNS, RunInfo
from caresim.report.tables import MOST_TOLD, first_screen, in_runs

INFO = RunInfo(
    services=("ward",),
    kinds=("acute",),
    in_place=(False,),
    in_hours=(False,),
    mean_amount=(1.0,),
    streams=("gp",),
    exits=("home",),
    attributes=(),
    groups=(),
    price_attributes=(),
    start=-30.0,
    end=61.0,
    first_day="2019-04-01",
    chances=(("flu", ""), ("failure", "services.north"), ("failure", "services.south")),
)


def table(*rows: tuple[int, float, float]) -> dict[tuple[str, str, str], tuple[float, ...]]:
    """(month, event, each) -> episodes, days in force, episode-days; only what is not all 0."""
    array = np.array(rows, dtype=np.float64).reshape(-1, 3)
    found = happened_table(INFO, array, 4, month_bins(INFO.end, INFO.first_day))
    assert list(found.columns) == list(COLUMNS["happened"])
    assert len(found) == 6
    assert set(found["replication"]) == {4}
    assert list(found["days"].unique()) == [30.0, 31.0]
    return {
        (str(row.month), str(row.event), str(row.each)): (row.episodes, row.days_in_force, row.episode_days)
        for row in found.itertuples()
        if (row.episodes, row.days_in_force, row.episode_days) != (0, 0.0, 0.0)
    }


def test_nothing_happened() -> None:
    assert table() == {}


def test_an_episode_over_two_months_began_in_the_first() -> None:
    assert table((0, 28.5, 33.0)) == {
        ("2019-04", "flu", ""): (1, 1.5, 1.5),
        ("2019-05", "flu", ""): (0, 3.0, 3.0),
    }


def test_two_at_once_are_one_time_in_force() -> None:
    """4 to 10 and 6 to 8 within it, and 9 to 12: eight days, eleven episode-days."""
    assert table((0, 4.0, 10.0), (0, 6.0, 8.0), (0, 9.0, 12.0)) == {("2019-04", "flu", ""): (3, 8.0, 11.0)}


def test_of_the_warm_up_only_what_lasts_into_the_window_counts() -> None:
    """Begun before, it is in force, and no episode of the window; for good is until its end."""
    assert table((1, -20.0, -3.0), (1, -5.0, 2.0)) == {
        ("2019-04", "failure", "services.north"): (0, 2.0, 2.0)
    }
    assert table((2, 59.0, np.inf)) == {("2019-05", "failure", "services.south"): (1, 2.0, 2.0)}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> caresim.Results:
    file = Path(tmp_path_factory.mktemp("happened")) / "ward.yaml"
    file.write_text(
        """
caresim: 1
name: A ward and what happens to it
time: {from: 2019-04-01, measure: 100 days}
replications: 3
seed: 4
arrivals: {gp: {to: ward, rate: 2 per day}}
services:
  ward: {places: 20, care_time: 5 days, next: home}
  team: {places: 20, care_time: 5 days, next: home}
exits: {home: {}}
events:
  flu: {label: Influenza, happens: 30 per year, lasts: 4 days, change: {services.ward.places: minus 5}}
  ward: {happens: 9 per year, each: services.*, change: {places: minus 1}}
""",
        encoding="utf-8",
    )
    return caresim.run(file, jobs=1)


def test_measures_tell_it_by_event_and_path(results: caresim.Results) -> None:
    rows = results.table("happened")
    figures = MEASURES["episodes"].figures(results, by=("event",))
    sums = rows.groupby(["replication", "event"], observed=True)["episodes"].sum()
    assert [*figures["value"]] == [*sums]
    assert sums.sum() > 10
    south = MEASURES["days_in_force"].figures(results, by=("each",), where={"event": "ward"})
    assert set(south["each"].astype(str)) >= {"services.team", "services.ward"}
    flu = MEASURES["days_in_force"].figures(results, where={"event": "flu"})
    assert 0 < flu["value"].min() <= flu["value"].max() <= 100


def test_the_first_screen_tells_each_replication_apart(results: caresim.Results) -> None:
    shown = next(each for each in first_screen(results) if each.title == "What happened at random")
    figures = MEASURES["episodes"].figures(results, by=("event",)).sort_values("replication")
    counts = [int(value) for value in figures[figures["event"].astype(str) == "flu"]["value"]]
    assert shown.rows[0][0] == "Influenza"
    assert shown.rows[0][-1] == " ".join(map(str, counts))
    assert len(counts) == 3
    services = next(each for each in first_screen(results) if each.title == "Services")
    assert {"Ward", "Team"} <= {row[0] for row in services.rows}


def test_of_many_replications_the_least_and_the_most_are_told() -> None:
    assert in_runs([2, 0, 3]) == "2 0 3"
    assert in_runs([0, 4] * MOST_TOLD) == f"0 to 4; none in {MOST_TOLD} of {2 * MOST_TOLD}"


def test_replications_do_not_know_of_each_other(results: caresim.Results, tmp_path: Path) -> None:
    """Replication 3 of three runs alone, as a sweep's worker runs it."""
    from caresim.experiment.replication import run_info, simulate
    from caresim.network.compile import compile_network
    from caresim.records.build import build_tables
    from caresim.scenario.files import load_scenario

    file = tmp_path / "ward.yaml"
    file.write_text(results.text("scenario.yaml"), encoding="utf-8")
    network = compile_network(load_scenario(file))
    alone = build_tables(run_info(network), simulate(network, 4, 3), 3)["happened"]
    rows = results.table("happened")
    assert alone["days_in_force"].tolist() == rows[rows["replication"] == 3]["days_in_force"].tolist()
