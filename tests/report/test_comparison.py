from __future__ import annotations

import pytest

from caresim.report.comparison import comparison_tables, verdict
from report.made_results import county

MORE = ("services.team.places", "plus 20")


@pytest.mark.parametrize(
    ("mean", "low", "high", "words"),
    [
        (1.0, 0.1, 2.0, "clearly more"),
        (-1.0, -2.0, -0.1, "clearly less"),
        (1.0, -0.1, 2.0, "cannot tell yet"),
        (0.0, 0.0, 0.0, "the same"),
        (0.0, -1.0, 1.0, "cannot tell yet"),
        (1.0, None, None, "one replication cannot tell"),
        (None, None, None, "no figure"),
    ],
)
def test_a_difference_is_judged_by_its_interval(mean, low, high, words):
    assert verdict({"mean": mean, "low": low, "high": high}) == words


def test_measures_come_first_then_costs_then_services():
    tables = comparison_tables(county(), county(change=MORE))
    assert [table.title for table in tables[1:]] == [
        "Cost by payer",
        "General wards",
        "The reablement team",
        "Home care",
    ]
    assert tables[0].rows[0][0] == "Delayed in hospital, people a day"


def test_everything_tells_more_than_the_few():
    few = comparison_tables(county(), county(change=MORE))
    everything = comparison_tables(county(), county(change=MORE), everything=True)
    assert sum(len(table.rows) for table in everything) > sum(len(table.rows) for table in few)
    assert set(few[0].rows) <= set(everything[0].rows)


def test_one_replication_each_still_tells_the_difference():
    tables = comparison_tables(county(replications=1), county(replications=1, change=MORE))
    assert {row[4] for row in tables[0].rows} <= {"one replication cannot tell", "no figure"}
