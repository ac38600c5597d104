"""Means and intervals over replications."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from caresim.measures.estimates import mean_with_interval, prediction_interval


def test_the_interval_of_five_figures_is_that_of_the_tables():
    """Mean 3, standard deviation sqrt(2.5); t(4, 97.5 %) = 2.776445, t(4, 90 %) = 1.533206."""
    at_95 = mean_with_interval([1, 2, 3, 4, 5])
    assert at_95.mean == 3
    assert at_95.low == pytest.approx(3 - 2.776445 * np.sqrt(2.5 / 5), abs=1e-6)
    assert at_95.high == pytest.approx(3 + 2.776445 * np.sqrt(2.5 / 5), abs=1e-6)
    at_80 = mean_with_interval([1, 2, 3, 4, 5], level=0.8)
    assert at_80.high == pytest.approx(3 + 1.533206 * np.sqrt(2.5 / 5), abs=1e-6)


def test_one_more_replication_may_fall_further_out_than_the_mean():
    """The same five figures: t x sd x sqrt(1 + 1/5)."""
    predicted = prediction_interval([1, 2, 3, 4, 5])
    assert predicted.high == pytest.approx(3 + 2.776445 * np.sqrt(2.5 * 1.2), abs=1e-5)


def test_one_replication_says_nothing_about_spread():
    estimate = mean_with_interval([7.0])
    assert estimate.mean == 7
    assert np.isnan(estimate.low)
    assert np.isnan(estimate.high)


def test_a_replication_with_no_figure_is_left_out():
    estimate = mean_with_interval([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]])
    assert estimate.mean[:2].tolist() == [2, 5]
    assert np.isnan(estimate.mean[2])
    assert np.isnan(estimate.low[1])


@pytest.mark.parametrize("level", [0, 1, -0.5, 95])
def test_a_level_outside_its_range_is_refused(level):
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        mean_with_interval([1, 2], level)


def test_no_figures_are_refused():
    with pytest.raises(ValueError, match="at least one replication"):
        mean_with_interval([])


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20), st.floats(0.5, 0.99))
def test_the_mean_lies_inside_and_the_prediction_around(figures, level):
    estimate, predicted = mean_with_interval(figures, level), prediction_interval(figures, level)
    assert predicted.low <= estimate.low <= estimate.mean <= estimate.high <= predicted.high
