"""When enough replications were run: by hand, and against a loop that takes every prefix anew."""

from __future__ import annotations

import numpy as np
import pytest

from caresim.measures.estimates import mean_with_interval
from caresim.measures.stopping import after_each, stopping_n

T1, T2, T3 = 12.706204736, 4.302652730, 3.182446305
"""Quantiles of Student's t at 0.975 with 1, 2, 3 degrees of freedom, from a table."""


def stop_by_looking(values, targets, at_least, at_most, level=0.95):
    """The definition read aloud: each prefix by itself, with the interval of `estimates`."""
    figures = np.asarray(values, dtype=float).reshape(len(values), -1)
    for n in range(at_least, min(at_most, len(figures)) + 1):
        estimate = mean_with_interval(figures[:n], level)
        half = estimate.high - estimate.mean
        if all(
            half[k] <= (width * abs(estimate.mean[k]) if relative else width)
            for k, (width, relative) in enumerate(targets)
        ):
            return n
    return at_most if len(figures) >= at_most else None


def test_after_each_replication_mean_and_half_width_are_those_done_by_hand():
    """2, 4, 6, 0: sums of squares 2, 8, 20; half = t x sqrt(squares / (n - 1) / n)."""
    course = after_each([2, 4, 6, 0])
    assert course.mean.tolist() == [2, 3, 4, 3]
    assert np.isnan(course.half[0])
    assert course.half[1:] == pytest.approx([T1 * 1.0, T2 * (4 / 3) ** 0.5, T3 * (20 / 3 / 4) ** 0.5])


def test_it_stops_at_the_first_half_width_that_is_small_enough():
    """Half-widths 12.7, 4.97, 4.11 of 2, 4, 6, 0; and a fifth replication is not looked at."""
    assert stopping_n([2, 4, 6, 0, 99], [(13, False)], 1, 200) == 2
    assert stopping_n([2, 4, 6, 0, 99], [(5, False)], 1, 200) == 3
    assert stopping_n([2, 4, 6, 0, 99], [(4.2, False)], 1, 200) == 4
    assert stopping_n([2, 4, 6, 0, 99], [(1, False)], 1, 200) is None


def test_a_relative_target_is_a_share_of_the_size_of_the_mean():
    """Means 3, 4, 3, half-widths 12.7, 4.97, 4.11: shares 4.24, 1.24, 1.37; a mean below 0 is as large."""
    assert stopping_n([2, 4, 6, 0], [(1.3, True)], 2, 9) == 3
    assert stopping_n([-2, -4, -6, 0], [(1.3, True)], 2, 9) == 3
    assert stopping_n([2, 4, 6, 0], [(1.2, True)], 2, 9) is None


def test_all_measures_must_be_narrow_at_the_same_replication():
    """The first is at 2, 3 and again from 6 on (half-width 7.7), the second from 4 on (7.2)."""
    values = np.array([[2, 0], [2, 9], [2, 9], [20, 9], [2, 9], [2, 9]], dtype=float)
    alone = [stopping_n(values[:, k], [(8, False)], 2, 9) for k in (0, 1)]
    assert alone == [2, 4]
    assert stopping_n(values, [(8, False)] * 2, 2, 9) == 6
    assert stopping_n(values[:5], [(8, False)] * 2, 2, 9) is None


def test_bounds_hold_whatever_the_figures_say():
    same = [5.0] * 10
    assert stopping_n(same, [(1, False)], 8, 10) == 8
    assert stopping_n(same[:7], [(1, False)], 8, 10) is None
    assert stopping_n([0, 100] * 5, [(1, False)], 2, 10) == 10
    assert stopping_n([0, 100] * 50, [(1, False)], 2, 10) == 10
    assert stopping_n([0, 100] * 4, [(1, False)], 2, 10) is None
    assert stopping_n([], [(1, False)], 2, 10) is None


def test_one_replication_is_never_enough_unless_no_more_are_allowed():
    assert stopping_n([5.0], [(1, False)], 1, 3) is None
    assert stopping_n([5.0, 5.0], [(1, False)], 1, 3) == 2
    assert stopping_n([5.0], [(1, False)], 1, 1) == 1


def test_what_never_varies_meets_a_target_of_nothing():
    assert stopping_n([0.1] * 5, [(0, False)], 3, 5) == 3


def test_a_replication_without_a_figure_is_counted_but_says_nothing():
    """nan, 2, nan, 4: two figures after the fourth, mean 3, half-width 12.7."""
    course = after_each([np.nan, 2, np.nan, 4])
    assert course.mean[1:].tolist() == [2, 2, 3]
    assert np.isnan(course.mean[0])
    assert np.isnan(course.half[:3]).all()
    assert course.half[3] == pytest.approx(T1)
    assert stopping_n([np.nan, 2, np.nan, 4], [(13, False)], 1, 9) == 4
    assert stopping_n([np.nan] * 9, [(13, False)], 1, 9) == 9


def test_large_figures_that_vary_little_keep_their_digits():
    """1e12 + (2, 4, 6, 0): the squares are 1e24, a float has 16 digits, the answer is as without 1e12."""
    course = after_each(1e12 + np.array([2.0, 4, 6, 0]))
    assert course.half[1:] == pytest.approx(after_each([2, 4, 6, 0]).half[1:], rel=1e-12)


def test_a_first_figure_far_from_the_rest_costs_no_digits_later():
    values = np.concatenate([[1e9], np.random.default_rng(3).normal(0, 1, 400)])
    estimate = mean_with_interval(values)
    assert after_each(values).half[-1] == pytest.approx(float(estimate.high - estimate.mean), rel=1e-12)


def test_what_was_known_does_not_change_when_more_replications_come():
    values = np.random.default_rng(5).lognormal(3, 1, (60, 3))
    whole = after_each(values)
    for n in (1, 2, 17, 59):
        part = after_each(values[:n])
        assert np.array_equal(part.half, whole.half[:n], equal_nan=True)
        assert np.array_equal(part.mean, whole.mean[:n])


def test_it_is_what_a_loop_over_every_prefix_finds():
    """600 random cases, some with nan; a target is found at 1 in 3, the cap or nothing at the others."""
    rng = np.random.default_rng(20190401)
    answers = []
    for _ in range(600):
        n, k = int(rng.integers(1, 40)), int(rng.integers(1, 4))
        values = rng.normal(rng.normal(0, 3), rng.uniform(0.1, 2), (n, k))
        values[rng.random((n, k)) < rng.choice([0, 0.2])] = np.nan
        targets = [(float(rng.uniform(0.05, 1.5)), bool(rng.integers(2))) for _ in range(k)]
        at_least = int(rng.integers(1, 12))
        at_most = at_least + int(rng.integers(0, 30))
        level = float(rng.choice([0.8, 0.95, 0.99]))
        found = stopping_n(values, targets, at_least, at_most, level)
        assert found == stop_by_looking(values, targets, at_least, at_most, level)
        answers.append("none" if found is None else "cap" if found == at_most else "met")
    assert min(answers.count(kind) for kind in ("none", "cap", "met")) > 60, answers


def test_the_loop_finds_another_answer_where_the_level_is_another():
    """The oracle can refute: at 0.9 half-widths are narrower than at 0.95."""
    values = np.random.default_rng(1).normal(0, 1, 100)
    assert stop_by_looking(values, [(0.3, False)], 2, 100, 0.90) != stopping_n(values, [(0.3, False)], 2, 100)


@pytest.mark.parametrize(
    ("values", "targets", "bounds", "words"),
    [
        ([1, 2], [], (2, 3), "0 targets do not fit"),
        ([1, 2], [(1, False)] * 2, (2, 3), "2 targets do not fit"),
        ([1, 2], [(1, False)], (4, 3), "at_least <= at_most"),
        ([1, 2], [(1, False)], (0, 3), "at_least <= at_most"),
    ],
)
def test_what_makes_no_sense_is_refused(values, targets, bounds, words):
    with pytest.raises(ValueError, match=words):
        stopping_n(values, targets, *bounds)


def test_a_level_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        after_each([1, 2], 95)
