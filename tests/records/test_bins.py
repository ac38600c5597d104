"""Sums over days and months: exact, whatever the spells, and equal to a plain count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caresim.records.bins import (
    Bins,
    day_bins,
    distinct_people,
    instant_counts,
    midnight_sums,
    month_bins,
    spell_sums,
)

FIRST = "2019-04-28"
SIXTEENTHS = st.integers(-64, 16 * 40).map(lambda sixteenths: sixteenths / 16)
Spells = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), SIXTEENTHS, SIXTEENTHS), max_size=12)
Ends = st.sampled_from([1.0, 3.0, 35.0, 2.5, 33.75])


def columns(spells: list[tuple[int, int, float, float]]) -> tuple[np.ndarray, ...]:
    key = np.array([spell[0] for spell in spells], dtype=np.int64)
    person = np.array([spell[1] for spell in spells], dtype=np.int64)
    start = np.array([min(spell[2:]) for spell in spells], dtype=float)
    end = np.array([max(spell[2:]) for spell in spells], dtype=float)
    return key, person, start, end


def edges_of(bins: Bins) -> list[tuple[float, float]]:
    return list(zip(bins.edges[:-2].tolist(), bins.edges[1:-1].tolist(), strict=True))


def test_a_month_is_cut_at_the_edges_of_the_window():
    bins = month_bins(35.0, FIRST)
    assert bins.labels == ("2019-04", "2019-05", "2019-06")
    assert edges_of(bins) == [(0, 3), (3, 34), (34, 35)]


def test_the_last_day_is_cut_where_the_window_ends_inside_it():
    bins = day_bins(2.5, FIRST)
    assert bins.labels == ("2019-04-28", "2019-04-29", "2019-04-30")
    assert bins.widths.tolist() == [1.0, 1.0, 0.5]


def test_months_go_on_past_the_calendars_end():
    bins = month_bins(10_000 * 365.2425, "2019-04-01")
    assert bins.labels[0] == "2019-04"
    assert bins.labels[-1] == "12019-03"
    assert bins.n == 120_000


def test_a_spell_counts_for_each_day_it_overlaps():
    key, _, start, end = columns([(0, 0, -1.0, 0.25), (1, 0, 0.5, 2.25)])
    sums = spell_sums(day_bins(3.0, FIRST), key, 2, start, end)
    assert sums.tolist() == [[0.25, 0.5], [0.0, 1.0], [0.0, 0.25]]


def test_weights_multiply_time():
    key, _, start, end = columns([(0, 0, 0.5, 2.0)])
    sums = spell_sums(day_bins(2.0, FIRST), key, 1, start, end, np.array([600.0]))
    assert sums.tolist() == [[300.0], [600.0]]


def test_a_midnight_counts_for_whoever_begins_at_it_and_not_for_whoever_ends_at_it():
    key, _, start, end = columns([(0, 0, 1.0, 2.0), (1, 0, 1.25, 1.75)])
    assert midnight_sums(day_bins(3.0, FIRST), key, 2, start, end).tolist() == [[0, 0], [1, 0], [0, 0]]


@settings(deadline=None)
@given(Spells, Ends)
def test_day_and_month_sums_equal_a_plain_count(spells, window):
    key, _, start, end = columns(spells)
    for bins in (day_bins(window, FIRST), month_bins(window, FIRST)):
        expected = np.zeros((bins.n, 2))
        nights = np.zeros((bins.n, 2), dtype=int)
        for place, (first, last) in enumerate(edges_of(bins)):
            for k, a, b in zip(key, start, end, strict=True):
                expected[place, k] += max(0.0, min(b, last) - max(a, first))
                nights[place, k] += sum(a <= m < b for m in range(int(np.ceil(first)), int(np.ceil(last))))
        assert (spell_sums(bins, key, 2, start, end) == expected).all()
        assert (midnight_sums(bins, key, 2, start, end) == nights).all()


@settings(deadline=None)
@given(Spells, Ends)
def test_each_person_counts_once_in_a_month_whatever_their_spells(spells, window):
    key, person, start, end = columns(spells)
    bins = month_bins(window, FIRST)
    found = distinct_people(bins, key, 2, np.zeros(len(key), dtype=np.int64), person, start, end)
    for place, (first, last) in enumerate(edges_of(bins)):
        there = {p for p, a, b in zip(person, start, end, strict=True) if min(b, last) > max(a, first)}
        assert found[place].sum() == len(there)
    assert (found >= 0).all()


def test_a_person_counts_under_the_key_of_their_first_spell_of_the_month():
    key, person, start, end = columns([(0, 7 % 4, 0.0, 1.0), (1, 7 % 4, 1.0, 4.0)])
    found = distinct_people(month_bins(5.0, FIRST), key, 2, np.zeros(2, dtype=np.int64), person, start, end)
    assert found.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(("time", "expected"), [(0.0, [1, 0]), (-0.5, [0, 0]), (2.0, [0, 0]), (1.5, [0, 1])])
def test_an_instant_counts_inside_the_window_only(time, expected):
    bins = day_bins(2.0, FIRST)
    counts = instant_counts(bins, np.zeros(2, dtype=np.int64), 1, np.array([time, np.nan]))
    assert counts[:, 0].tolist() == expected
