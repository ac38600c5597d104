"""Money on the command line: budgets, interventions, and who pays and who gains."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caresim.cli.main import main
from experiment.two_beds import TWO_BEDS

MONEY = """
extends: two_beds.yaml
services: {ward: {cost: {per_day: 100, payer: {nhs: 0.75, council: 0.25}}}}
interventions: {post: {active: false, cost: {once: 500, payer: nhs}}}
budgets: {hospital: {of: ward, payer: nhs, amount: 1000, from: 2024-01-01, to: 2024-01-28}}
"""


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two_beds.yaml").write_text(TWO_BEDS, encoding="utf-8")
    (tmp_path / "money.yaml").write_text(MONEY, encoding="utf-8")


def call(*words: str) -> Result:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result


def run(*words: str, file: str = "money.yaml") -> Result:
    return call("run", file, "--jobs", "1", *words)


def test_a_budget_is_printed_beside_the_cost_and_its_json_adds_up():
    text = run("--out", "a").stdout
    assert "Budgets for 28 days" in text
    found = json.loads(run("--json").stdout)
    budget = found["budgets"]["hospital"]
    assert budget["budget"] == 1000
    assert budget["cost"]["mean"] == pytest.approx(found["costs"]["nhs"]["mean"])
    assert budget["difference"]["mean"] == pytest.approx(budget["cost"]["mean"] - 1000)


def test_json_has_no_budgets_where_there_are_none():
    assert "budgets" not in json.loads(run("--json", file="two_beds.yaml").stdout)


def test_an_intervention_that_is_switched_on_shows_in_what_its_payer_pays():
    """Five hundred more for the NHS in each replication, and nobody else pays more or less."""
    run("--out", "a")
    run("--out", "b", "--set", "interventions.post.active=true")
    found = json.loads(call("compare", "a", "b", "--json").stdout)["compared"][0]["payers"]
    change = {"mean": pytest.approx(500), "low": pytest.approx(500), "high": pytest.approx(500)}
    same = {"mean": 0, "low": 0, "high": 0}
    assert found == [
        {"payer": "council", "unit": "pounds", **same, "of_which": []},
        {"payer": "nhs", "unit": "pounds", **change, "of_which": [{"service": "post", **change}]},
    ]
    text = " ".join(call("compare", "a", "b").stdout.split())
    assert "NHS: pays more +£500 (500 to 500) Post +£500" in text
    assert "Capacity moved" not in text


def test_tables_of_money_are_among_the_csv_files():
    run("--csv", "tables", "--set", "interventions.post.active=true")
    with open("tables/interventions.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["intervention"], row["item"], row["price"]) for row in rows] == [("post", "once", "500.0")]
    assert Path("tables/budgets.csv").exists()
    assert not Path("tables/inflation.csv").exists()


def test_an_experiment_may_keep_what_is_over_a_budget_and_what_an_intervention_costs(tmp_path):
    (tmp_path / "experiment.yaml").write_text(
        "scenario: money.yaml\n"
        "vary: {interventions.post.active: [false, true]}\n"
        "design: grid\n"
        "replications: 2\n"
        'keep: {measures: ["over_budget[budget=hospital]", "cost_total[service=post]"]}\n',
        encoding="utf-8",
    )
    call("sweep", "experiment.yaml", "--out", "store", "--jobs", "1")
    found = json.loads(call("results", "store", "--json").stdout)["variants"]
    costs = [one["measures"]["cost_total[service=post]"]["mean"] for one in found]
    assert costs == [0, pytest.approx(500)]
    over = [one["measures"]["over_budget[budget=hospital]"]["mean"] for one in found]
    assert over[0] == over[1]
