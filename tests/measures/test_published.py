"""Published figures beside modelled ones."""

from __future__ import annotations

import pytest

from caresim.measures.published import PublishedLine, published_lines
from measures.results_by_hand import results_of
from records.rows_by_hand import INFO, three_people

ROW = {
    "measure": "dtoc_rate",
    "where": "{}",
    "value": 48.0,
    "within": 3.0,
    "within_unit": "points",
    "start": None,
    "end": None,
    "source": "C01",
    "used": "shown",
}


def line(**changes: object) -> PublishedLine:
    results = results_of(INFO, [three_people(), three_people()], small={"published": [{**ROW, **changes}]})
    return published_lines(results)[0]


def test_a_figure_within_what_was_allowed_is_inside():
    found = line()
    assert (found.modelled, found.value, found.inside) == (50, 48, True)
    assert (found.unit, found.allowed, found.source) == ("% of occupied nights", "3 points", "C01")
    assert (found.label, found.period) == ("Delayed, % of occupied beds", "")


@pytest.mark.parametrize(
    ("changes", "inside"),
    [
        ({"within": 1.5}, False),
        ({"within": 5.0, "within_unit": "%"}, True),  # 5 % of 48 is 2.4.
        ({"within": 4.0, "within_unit": "%"}, False),
        ({"within": None, "within_unit": None}, None),
    ],
)
def test_points_and_percent_allow_different_things(changes, inside):
    assert line(**changes).inside is inside


def test_where_restricts_and_a_period_takes_whole_months():
    assert line(where='{"reason": "A"}').modelled == 0
    assert line(start=2.0, end=4.0).modelled == 100
    assert line(start=None, end=2.0).modelled == 0
    assert line(start=None, end=2.0).period == "2019-04"
    assert line(start=0.0, end=4.0).period == "2019-04 to 2019-05"


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"start": 1.0, "end": 4.0}, "its period is not made of whole months of the window"),
        ({"measure": "dtoc"}, 'there is no measure "dtoc"'),
        ({"where": '{"age": "young"}'}, "nothing to divide by"),
    ],
)
def test_what_cannot_be_modelled_says_why(changes, note):
    found = line(**changes)
    assert found.modelled is None
    assert found.inside is None
    assert found.note == note


def test_a_key_the_measure_does_not_know_is_named():
    assert 'cannot be told by "payer"' in line(where='{"payer": "nhs"}').note
