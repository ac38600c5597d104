"""Results cut down to some of their replications."""

from __future__ import annotations

import pandas as pd
import pytest

from caresim.errors import ResultsError
from caresim.records.results import Results


@pytest.fixture
def results() -> Results:
    return Results(
        manifest={"scenario": "by hand", "replications": 5, "replications_done": [1, 2, 4]},
        small={"services": [{"service": "ward"}]},
        texts={"scenario.yaml": "caresim: 1"},
        tables={
            "tallies": pd.DataFrame({"replication": [1, 2, 2, 4], "days": [5, 6, 7, 8]}),
            "events": pd.DataFrame({"run_number": [4, 1, 2], "time": [0.5, 1.0, 1.5]}),
        },
        place="results/hand",
    )


def test_only_the_rows_of_the_replications_asked_for_are_left(results):
    some = results.of_replications([2, 3, 4])
    assert some.replications == (2, 4)
    assert some.table("tallies")["days"].tolist() == [6, 7, 8]
    assert some.table("events")["time"].tolist() == [0.5, 1.5]
    assert some.table("tallies").index.tolist() == [0, 1, 2]


def test_all_else_stays_as_it_is_and_so_do_the_results_themselves(results):
    some = results.of_replications([2])
    assert (some.place, some.table_names) == (results.place, results.table_names)
    assert some.small("services") == results.small("services")
    assert some.text("scenario.yaml") == "caresim: 1"
    assert results.replications == (1, 2, 4)
    assert len(results.table("tallies")) == 4
    with pytest.raises(ResultsError, match="results/hand: has no table"):
        some.table("stays")


def test_all_of_them_are_the_results_themselves(results):
    assert results.of_replications([4, 2, 1, 17]) is results
