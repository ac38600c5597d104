"""A store as it is read: one row a replication, in an order that does not depend on who wrote when."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import pytest

from caresim.errors import ResultsError
from caresim.records import sweep_records
from caresim.records.build import build_tables
from caresim.records.parquet import table_to_bytes
from caresim.records.sweep_records import FIXED, read_store
from caresim.records.sweep_store import SweepStore
from records.rows_by_hand import INFO, three_people
from records.sweep_by_hand import (
    FIRST,
    SECOND,
    delays,
    experiment,
    failure,
    key_of,
    people_of,
    replication,
    run,
    run_end,
    scenario,
)

ALL = [(s, n) for s in (FIRST, SECOND) for n in (1, 2, 3)]


def filled(folder, *records, compact=False):
    with SweepStore.open(folder) as store:
        for record in records:
            store.append(record)
        store.sync()
        if compact:
            store.compact()
    return folder


@pytest.mark.parametrize("compact", [False, True])
def test_a_row_is_a_replication_with_all_that_its_record_said(tmp_path, compact):
    rows = read_store(filled(tmp_path, replication(number=2), compact=compact)).replications
    assert list(rows.columns) == [*FIXED, "people", "share"]
    (row,) = rows.to_dict("records")
    assert pd.isna(row.pop("share"))
    assert row == {
        "key": key_of(FIRST, 2),
        "scenario": FIRST,
        "seed": 7,
        "replication": 2,
        "model": 1,
        "run": "run-1",
        "rows": "0123",
        "cpu_seconds": 0.5,
        "engine_seconds": 0.25,
        "people": 12.0,
    }


def test_journals_and_parts_give_the_same_tables_whatever_order_records_came_in(tmp_path):
    """Written in one go, backwards in three goes, and folded in between."""
    records = [replication(s, n, tables=("delays",)) for s, n in ALL]
    one = read_store(filled(tmp_path / "one", *records))
    for place, group in enumerate((records[4:], records[2:4][::-1], records[:2])):
        filled(tmp_path / "other", *group, compact=place < 2)
    other = read_store(tmp_path / "other")
    assert one.replications["people"].tolist() == [people_of(s, n) for s, n in ALL]
    pd.testing.assert_frame_equal(one.replications, other.replications)
    pd.testing.assert_frame_equal(one.table("delays"), other.table("delays"))


def test_a_kept_table_is_what_the_engine_told_with_its_types(tmp_path):
    """Categories nobody was in and replications without rows included."""
    filled(tmp_path, *(replication(s, n, tables=("delays",)) for s, n in ALL), compact=True)
    table = read_store(tmp_path).table("delays")
    expected = pd.concat([delays(s, n) for s, n in ALL], ignore_index=True)
    pd.testing.assert_frame_equal(table.drop(columns=["scenario", "seed"]), expected)
    assert table["scenario"].tolist() == [FIRST] * 3 + [SECOND] * 3
    assert table["seed"].tolist() == [7] * 6


def test_a_table_of_some_replications_has_their_rows_alone(tmp_path):
    filled(tmp_path, *(replication(s, n, tables=("delays",)) for s, n in ALL[:4]), compact=True)
    filled(tmp_path, *(replication(s, n, tables=("delays",)) for s, n in ALL[4:]))
    table = read_store(tmp_path).table("delays", [key_of(FIRST, 2), key_of(SECOND, 1), key_of(SECOND, 2)])
    assert table["people"].tolist() == [12.0, 13.0, 21.0, 22.0, 23.0]


@pytest.mark.parametrize("compact", [False, True])
def test_a_table_nobody_has_a_row_in_still_has_its_columns(tmp_path, compact):
    filled(tmp_path, replication(number=3, tables=("delays",)), compact=compact)
    table = read_store(tmp_path).table("delays")
    assert len(table) == 0
    assert list(table.columns) == ["scenario", "seed", "replication", "service", "people"]


def with_table(number, frame):

    record = replication(number=number)
    return {**record, "tables": {"flows": base64.b64encode(table_to_bytes(frame)).decode()}}


@pytest.mark.parametrize("compact", [False, True])
def test_tables_of_different_systems_come_together(tmp_path, compact):
    """One has a group the other has not; their services differ."""
    one = pd.DataFrame({"replication": [1], "to": pd.Categorical(["b"], categories=["c", "b"]), "n": [5]})
    other = pd.DataFrame(
        {"replication": [2], "area": ["x"], "to": pd.Categorical(["a"], categories=["b", "a"]), "n": [6]}
    )
    tables = []
    for place, records in enumerate(
        ([with_table(1, one), with_table(2, other)], [with_table(2, other), with_table(1, one)])
    ):
        tables.append(read_store(filled(tmp_path / str(place), *records, compact=compact)).table("flows"))
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert tables[0]["to"].tolist() == ["b", "a"]
    assert tables[0]["to"].cat.categories.tolist() == ["a", "b", "c"]
    assert tables[0]["area"].isna().tolist() == [True, False]
    alone = read_store(tmp_path / "0").table("flows", [key_of(FIRST, 1)])
    assert alone["to"].cat.categories.tolist() == ["c", "b"], "as that system has them"


def test_what_was_kept_is_told_row_by_row(tmp_path):
    filled(tmp_path, replication(number=1, measures={"a": None}, tables=("delays",)), compact=True)
    filled(tmp_path, replication(number=2, measures={"a": 1.0, "b": 2.0}))
    store = read_store(tmp_path)
    assert store.holds(["a"]).tolist() == [True, True]
    assert store.holds(["b"]).tolist() == [False, True]
    assert store.holds([], ["delays"]).tolist() == [True, False]
    assert store.holds(["c"]).tolist() == [False, False]
    assert (store.columns, store.tables) == (("a", "b"), ("delays",))


def test_a_failure_is_told_until_the_replication_is_there(tmp_path):
    filled(tmp_path, failure(number=1, message="once"), failure(number=2), failure(number=1, message="twice"))
    store = read_store(tmp_path)
    assert store.failures[["replication", "message"]].to_numpy().tolist() == [[1, "twice"], [2, "it broke"]]
    filled(tmp_path, replication(number=1), compact=True)
    assert read_store(tmp_path).failures["replication"].tolist() == [2]


def test_a_run_that_was_killed_has_no_end(tmp_path):
    filled(tmp_path, run("one"), run_end("one"), run("two"), compact=True)
    runs = read_store(tmp_path).runs
    assert runs["run"].tolist() == ["one", "two"]
    assert runs["ended_at"].isna().tolist() == [False, True]
    assert runs["versions"].tolist() == [{"python": "3.11"}] * 2
    assert runs["done"].tolist()[0] == 6


def test_scenarios_are_read_one_by_one_from_parts_and_journals(tmp_path):
    filled(tmp_path, *({**scenario(f"{n:032x}"), "name": f"s{n}"} for n in range(150)), compact=True)
    filled(tmp_path, {**scenario(), "name": "late"})
    store = read_store(tmp_path)
    assert [store.scenario(f"{n:032x}")["name"] for n in (0, 63, 64, 149)] == ["s0", "s63", "s64", "s149"]
    assert store.scenario(FIRST)["name"] == "late"
    with pytest.raises(ResultsError, match="holds no scenario"):
        store.scenario(SECOND)


def test_an_empty_store_is_read_as_empty_tables(tmp_path):
    store = read_store(filled(tmp_path))
    assert len(store.replications) == len(store.runs) == len(store.failures) == 0
    assert list(store.replications.columns) == list(FIXED)
    assert store.holds(["a"]).tolist() == []
    with pytest.raises(ResultsError, match='keeps no table "delays"'):
        store.table("delays")


def test_experiments_are_in_order_of_writing(tmp_path):
    filled(tmp_path, experiment("b", written_at="2026-01-02"), experiment("a", written_at="2026-01-03"))
    assert [record["experiment"] for record in read_store(tmp_path).experiments] == ["b", "a"]


def test_large_numbers_come_back_exactly(tmp_path):
    """Seeds to 2^63 - 1, figures to the last digit."""
    seed, figure = 2**63 - 1, float(np.nextafter(0.1, 1))
    filled(tmp_path, replication(seed=seed, measures={"a": figure, "b": float("inf")}), compact=True)
    rows = read_store(tmp_path).replications
    assert rows["seed"].tolist() == [seed]
    assert rows[["a", "b"]].to_numpy().tolist() == [[figure, float("inf")]]


def test_a_store_that_changes_all_the_while_is_given_up_in_words(tmp_path, monkeypatch):
    filled(tmp_path, replication())

    def gone(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(sweep_records.Contents, "read_journal", gone)
    with pytest.raises(ResultsError, match="changed all the while it was read"):
        read_store(tmp_path)


def test_a_part_that_is_merged_while_it_is_read_is_looked_for_again(tmp_path, monkeypatch):
    """The list of parts was made before another process merged them, and they are gone when opened."""
    filled(tmp_path, replication(number=1), compact=True)
    listed = sweep_records.Contents._listed
    done = []

    def listed_then_merged(self):
        found = listed(self)
        if not done:
            done.append(True)
            filled(tmp_path, replication(number=2), compact=True)
        return found

    monkeypatch.setattr(sweep_records.Contents, "_listed", listed_then_merged)
    assert read_store(tmp_path).replications["replication"].tolist() == [1, 2]


@pytest.mark.parametrize("compact", [False, True])
def test_every_table_an_engine_gives_comes_back_as_it_was(tmp_path, compact):
    """Nullable whole numbers, texts, categories, tables without rows."""
    tables = build_tables(INFO, three_people(), 1, ("stays", "events"))
    kept = {name: base64.b64encode(table_to_bytes(table)).decode() for name, table in tables.items()}
    filled(tmp_path, {**replication(number=1), "tables": kept}, compact=compact)
    store = read_store(tmp_path)
    assert store.tables == tuple(sorted(tables))
    for name, table in tables.items():
        again = store.table(name).drop(columns=["scenario", "seed"])
        if len(table):
            pd.testing.assert_frame_equal(again, table)
        else:  # Parquet keeps no categories of a table without rows.
            assert list(again.columns) == list(table.columns)


def test_a_look_into_a_folder_that_missed_a_part_is_repeated(tmp_path, monkeypatch):
    """A folder that changes while it is listed may show neither the old name nor the new one."""
    filled(tmp_path, replication(number=1), compact=True)
    listed = sweep_records.Contents._listed
    looks = []

    def missed_at_first(self):
        journals, parts = listed(self)
        looks.append(parts)
        return journals, parts if len(looks) > 1 else []

    monkeypatch.setattr(sweep_records.Contents, "_listed", missed_at_first)
    assert read_store(tmp_path).replications["replication"].tolist() == [1]
