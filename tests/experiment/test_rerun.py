from __future__ import annotations

from pathlib import Path

import pytest

import caresim
from caresim.errors import ResultsError
from caresim.experiment import replication as replication_module
from caresim.experiment.rerun import rerun
from caresim.experiment.runner import run_scenario
from caresim.experiment.sweep import run_sweep
from caresim.measures.sweeps import load
from experiment.small_sweeps import written
from experiment.two_beds import TWO_BEDS

COUNTED = TWO_BEDS.replace("rate: 1 per day", "counts: days/counts.csv")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A sweep of a scenario that names a data file, which is gone since."""
    (tmp_path / "days").mkdir()
    counts = "date,count\n" + "".join(f"2024-01-{day:02},{1 + day % 2}\n" for day in range(1, 29))
    (tmp_path / "days" / "counts.csv").write_text(counts, encoding="utf-8")
    folder = run_sweep(written(tmp_path, scenario=COUNTED), out=tmp_path / "store", jobs=1).folder
    (tmp_path / "days" / "counts.csv").unlink()
    return folder


def test_a_replication_of_a_store_is_the_same_when_it_is_run_again_from_the_store_alone(store):
    measures = load(store).measures
    key = str(measures["key"].iloc[7])
    found = rerun(store, key[:9])
    assert found.differences == ()
    assert found.compared == "all that the engine told, 2 figures, 1 tables"
    assert found.same_code
    assert f"replication {measures['replication'].iloc[7]}, seed 7" in found.what


def test_what_is_not_the_same_is_named(store, monkeypatch):
    """The oracle must be able to fail: another seed is another history."""
    real = replication_module.simulate
    monkeypatch.setattr(replication_module, "simulate", lambda network, seed, n: real(network, seed + 1, n))
    found = rerun(store, str(load(store).measures["key"].iloc[0]))
    assert found.differences[0] == "what the engine told"
    assert any(difference.startswith("team.queue: ") for difference in found.differences)
    assert "table delays" in found.differences


def test_a_key_that_is_not_there_or_not_enough_of_one_is_told(store):
    with pytest.raises(ResultsError, match='no replication with key "zz"'):
        rerun(store, "zz")
    with pytest.raises(ResultsError, match="no replication"):
        rerun(store, "")
    keys = load(store).measures["key"]
    first = next(digit for digit in "0123456789abcdef" if keys.str.startswith(digit).sum() > 1)
    with pytest.raises(ResultsError, match=f'keys begin with "{first}"'):
        rerun(store, first)


def test_a_replication_of_a_results_folder_is_the_same_from_the_folder_alone(tmp_path):
    (tmp_path / "days").mkdir()
    (tmp_path / "days" / "counts.csv").write_text("date,count\n2024-01-03,5\n2024-01-09,7\n", encoding="utf-8")
    (tmp_path / "beds.yaml").write_text(COUNTED, encoding="utf-8")
    outcome = run_scenario(caresim.load_scenario(tmp_path / "beds.yaml"), records=["stays", "events"], jobs=1)
    folder = caresim.write_results(
        tmp_path / "results",
        manifest=outcome.manifest,
        texts=outcome.texts,
        small=outcome.small,
        tables=outcome.tables,
    )
    (tmp_path / "days" / "counts.csv").unlink()
    found = rerun(folder, "3")
    assert found.differences == ()
    assert found.compared == f"{len(outcome.tables)} tables"
    assert found.same_code
    with pytest.raises(ResultsError, match='no replication "9"; it has 1 to 4'):
        rerun(folder, "9")


def test_a_table_that_was_changed_is_named(tmp_path):
    (tmp_path / "beds.yaml").write_text(TWO_BEDS, encoding="utf-8")
    outcome = run_scenario(caresim.load_scenario(tmp_path / "beds.yaml"), jobs=1)
    outcome.tables["tallies"].loc[5, "held_days"] += 1e-9
    folder = caresim.write_results(
        tmp_path / "results",
        manifest=outcome.manifest,
        texts=outcome.texts,
        small=outcome.small,
        tables=outcome.tables,
    )
    number = int(outcome.tables["tallies"]["replication"].iloc[5])
    assert rerun(folder, str(number)).differences == ("table tallies",)
