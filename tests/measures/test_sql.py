"""Questions in SQL: answered from the sweep's tables, and from nothing else of the machine."""

from __future__ import annotations

import sys

import pytest

from caresim.errors import ResultsError
from caresim.measures.sql import VIEWS, ask
from caresim.measures.sweeps import load
from caresim.records.sweep_store import SweepStore
from records.sweep_by_hand import FIRST, SECOND, experiment, failure, replication, run, variant

pytest.importorskip("duckdb")

KEEP = {"measures": ["people", "share"], "units": {}, "tables": ["delays"]}


@pytest.fixture
def sweep(tmp_path):
    with SweepStore.open(tmp_path / "store") as store:
        for record in (experiment(keep=KEEP), run(), failure(SECOND, 3)):
            store.append(record)
        for name, number in [(FIRST, 1), (FIRST, 2), (FIRST, 3), (SECOND, 1), (SECOND, 2)]:
            store.append(replication(name, number, tables=("delays",)))
    return load(tmp_path / "store")


def answer(sweep, question):
    return [list(row.values()) for row in ask(sweep, question).to_dict("records")]


def test_measures_are_asked_by_a_factor(sweep):
    question = 'SELECT "services.ward.places" AS places, avg(people), count(share) FROM measures GROUP BY 1 ORDER BY 1'
    assert answer(sweep, question) == [[0.0, 12.0, 2], [20.0, 21.5, 1]]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("SELECT variant, n FROM variants", [["few", 3], ["many", 2]]),
        ("SELECT variant, replication FROM failures", [["many", 3]]),
        ("SELECT run, versions->>'python' FROM runs", [["run-1", "3.11"]]),
        ("SELECT service, sum(people) FROM delays GROUP BY 1 ORDER BY 1", [["home", 36.0], ["ward", 66.0]]),
        ("SELECT mean FROM estimates WHERE measure = 'people' ORDER BY variant", [[12.0], [21.5]]),
    ],
)
def test_there_is_a_view_of_each_table(sweep, question, expected):
    assert answer(sweep, question) == expected


def test_the_group_of_a_variant_is_asked_without_quotes_and_has_one_name(tmp_path):
    """`group` is a word of SQL itself."""
    variants = [variant("few", FIRST, 0) | {"group": "winter"}, variant("many", SECOND, 20)]
    with SweepStore.open(tmp_path / "store") as store:
        store.append(experiment(variants=variants))
        for name, number in [(FIRST, 1), (FIRST, 2), (SECOND, 1)]:
            store.append(replication(name, number))
    sweep = load(tmp_path / "store")
    question = "SELECT variant_group, avg(people) FROM measures GROUP BY variant_group ORDER BY 1"
    assert answer(sweep, question) == [["", 21.0], ["winter", 11.5]]
    question = (
        "SELECT variant_group, mean FROM estimates JOIN variants USING (variant) "
        "WHERE measure = 'people' ORDER BY variant_group"
    )
    assert answer(sweep, question) == [["", 21.0], ["winter", 11.5]]
    assert answer(sweep, "SELECT count(*) FROM measures NATURAL JOIN variants") == [[3]]


@pytest.mark.parametrize(
    "question",
    ["SHOW TABLES", "show tables;", "SELECT table_name FROM information_schema.tables ORDER BY 1"],
)
def test_all_there_is_to_ask_is_shown(sweep, question):
    assert answer(sweep, question) == [[name] for name in sorted([*VIEWS, "delays"])]


def test_columns_are_shown_of_what_can_be_asked(sweep):
    columns = dict(row[:2] for row in answer(sweep, "DESCRIBE estimates"))
    assert columns == {name: columns[name] for name in sweep.estimates().columns}
    assert {"people", "service", "variant"} <= {row[0] for row in answer(sweep, "DESCRIBE delays")}


def test_a_kept_table_nobody_has_yet_does_not_keep_others_from_being_shown(tmp_path):
    with SweepStore.open(tmp_path / "store") as store:
        store.append(experiment(keep=KEEP))
    assert answer(load(tmp_path / "store"), "SHOW TABLES") == [[name] for name in sorted(VIEWS)]


def test_a_table_asked_for_beside_a_list_of_tables_has_its_rows(sweep):
    question = "SELECT count(*) FROM delays, (SHOW TABLES)"
    assert answer(sweep, question) == [[6 * (len(VIEWS) + 1)]], "delays has six rows"


@pytest.mark.parametrize("question", ["", "  ", ";", "-- only a remark", "/* likewise */"])
def test_a_question_that_asks_nothing_is_told_so(sweep, question):
    with pytest.raises(ResultsError, match="--sql: asks nothing: begin with SELECT"):
        ask(sweep, question)


@pytest.mark.parametrize(
    "question", ["SELEC 1", "SELECT no_such FROM measures", "SELECT * FROM flows", "SELECT 1/'x'"]
)
def test_faults_are_told_in_words_with_what_there_is(sweep, question):
    with pytest.raises(ResultsError) as caught:
        ask(sweep, question)
    assert str(caught.value).startswith("--sql: ")
    assert "There are: measures, variants, estimates, runs, failures, delays;" in str(caught.value)


def test_nothing_but_the_sweep_can_be_read_or_written(sweep, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    secret, other = tmp_path / "secret.csv", tmp_path / "other.csv"
    for question in (
        f"SELECT * FROM '{secret}'",
        f"SELECT * FROM read_csv('{secret}')",
        f"COPY measures TO '{other}'",
        f"ATTACH '{tmp_path / 'other.db'}'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELECT * FROM KEEP",
    ):
        with pytest.raises(ResultsError):
            ask(sweep, question)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.csv", "store"]


def test_without_duckdb_it_says_what_to_install(sweep, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ResultsError, match=r"needs DuckDB: pip install 'caresim\[store\]'"):
        ask(sweep, "SELECT 1")
