from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import ttest_ind

from caresim.measures.warm_up import FEWEST, moving_average, mser, reach_for, settling, unpaired_difference


def mser_as_defined(series: np.ndarray, batch: int) -> tuple[int, list[float]]:
    """White, Cobb & Spratt's rule word for word, however long it takes: (batches left out, statistics)."""
    means = [float(np.mean(series[i * batch : (i + 1) * batch])) for i in range(len(series) // batch)]
    k = len(means)
    found = []
    for d in range(k // 2 + 1):
        kept = means[d:]
        centre = sum(kept) / (k - d)
        found.append(sum((z - centre) ** 2 for z in kept) / (k - d) ** 2)
    return min(range(len(found)), key=lambda d: found[d]), found


SERIES = st.lists(st.floats(-1e6, 1e6), min_size=FEWEST, max_size=120)


@given(SERIES)
@settings(max_examples=200, deadline=None)
def test_the_statistic_is_that_of_the_definition(series):
    _, expected = mser_as_defined(np.array(series), 5)
    # Within the rounding of the slow one, whose sums are of squares as large as these.
    size = max(abs(value) for value in series) ** 2 or 1.0
    assert mser(series).statistic == pytest.approx(expected, rel=1e-9, abs=1e-13 * size)


@given(st.lists(st.integers(-1000, 1000), min_size=FEWEST, max_size=120))
@settings(max_examples=200, deadline=None)
def test_the_point_is_that_of_the_definition(series):
    d, statistics = mser_as_defined(np.array(series, dtype=float), 5)
    found = mser(series)
    # Two points whose statistics are equal but for rounding are equally right.
    assert statistics[found.point // 5] == pytest.approx(statistics[d], rel=1e-9, abs=1e-9)
    assert found.point % 5 == 0
    assert found.at_end == (found.point // 5 == len(series) // 5 // 2)


def test_a_step_is_cut_where_it_ends():
    """20 observations at 0, then 80 at 10 and 12 in turn: any 0 kept costs more than it saves."""
    found = mser([0.0] * 20 + [10.0, 12.0] * 40)
    assert found.point == 20
    assert found.level == 11.0
    assert not found.at_end


def test_by_hand_on_four_batches():
    """Batch means 4, 0, 1, -1: leaving out 0 gives 14/16, one 2/9, two 2/4 (mean of 1 and -1 is 0)."""
    series = np.repeat([4.0, 0.0, 1.0, -1.0], 5)
    found = mser(series)
    assert found.statistic == pytest.approx([14 / 16, 2 / 9, 2 / 4])
    assert (found.point, found.level, found.at_end) == (5, 0.0, False)


def test_a_series_that_never_changes_is_kept_whole():
    assert mser([3.0] * 60).point == 0


def test_exponential_decay_is_cut_where_calculus_says():
    """50 exp(-t / 12) with batch means of +1 and -1 in turn on top: the statistic in closed form.

    With r the ratio of batch means and c the first, the decay left after d batches is c r^d, c r^(d + 1),
    ...; its sum of squares is (c r^d)^2 / (1 - r^2), what the mean takes off it (c r^d / (1 - r))^2 / (k - d),
    its products with the signs 2 c r^d (-1)^d / (1 + r), and the signs themselves add k - d. Of the decay
    alone leaving out more is always better: the least lies at the end of the search.
    """
    decay, n = 12.0, 1000
    times = np.arange(n)
    alternating = np.where((times // 5) % 2 == 0, 1.0, -1.0)
    series = 50.0 * np.exp(-times / decay) + alternating
    k, ratio = n // 5, np.exp(-5 / decay)
    first = 50.0 * np.mean(np.exp(-np.arange(5) / decay))
    d = np.arange(k // 2 + 1)
    left = k - d
    transient = (first * ratio**d) ** 2 / (1 - ratio**2) - (first * ratio**d / (1 - ratio)) ** 2 / left
    cross = 2 * first * ratio**d * (-1.0) ** d / (1 + ratio)
    expected = int(np.argmin((transient + cross + left) / left**2))
    found = mser(series)
    assert found.point == 5 * expected
    assert 30 < found.point < 70
    assert mser(50.0 * np.exp(-times / decay)).at_end


def test_the_beginning_of_an_autoregressive_series_is_found():
    """AR(1), phi = 0.9, sd of the noise 1, begun 100 above its mean, averaged over 20 runs; 100 such series.

    The mean decays as 100 x 0.9^t: 2.5 at t = 35, below the average's own sd (2.29 / sqrt(20) = 0.51)
    from t = 50 on. Of 2,000 series none was cut before 35, a tenth at 40 or before, a quarter after 60
    (two at the end of the search: the rule now and then cuts late). So the median of 100 lies outside
    40 to 60 by chance less than once in a million times.
    """
    points, levels = [], []
    for seed in range(100):
        shocks = np.random.default_rng(seed).standard_normal((600, 20)).mean(axis=1)
        shocks[0] = 100.0
        found = mser(lfilter([1.0], [1.0, -0.9], shocks))
        points.append(found.point)
        levels.append(found.level)
    assert 40 <= np.median(points) <= 60
    assert min(points) >= 30
    assert np.max(np.abs(levels)) < 0.6


def test_a_series_that_climbs_to_its_end_is_too_short():
    found = settling([np.arange(200.0)], 84)
    assert found.truncation.at_end
    assert found.verdict == "too short"


@pytest.mark.parametrize("series", [[1.0] * (FEWEST - 1), [1.0] * 30 + [float("nan")]])
def test_too_little_is_refused(series):
    with pytest.raises(ValueError):
        mser(series)


def test_the_moving_average_by_hand():
    """Reach 2: 1, (1 + 2 + 6) / 3, (1 + 2 + 6 + 3 + 8) / 5, ...; the last two have too few after them."""
    average = moving_average([1, 2, 6, 3, 8, 1, 2, 11], 2)
    assert average[:6] == pytest.approx([1, 3, 4, 4, 4, 5])
    assert np.isnan(average[6:]).all()


def test_a_moving_average_over_weeks_smooths_the_week_away():
    week = np.tile([1.0, 2, 3, 4, 5, 6, 7], 20)
    assert reach_for(140) == 10
    assert moving_average(week, 10)[10:130] == pytest.approx(np.full(120, 4.0))


def test_the_reach_is_never_more_than_a_quarter():
    for days in range(FEWEST, 100):
        assert 0 < reach_for(days) <= days // 4


# -------------------------------------------------------------- the declared warm-up


def noisy(level_before: float, days_before: int, days: int = 200, runs: int = 6) -> np.ndarray:
    """Runs at 100 (from 90 to 110 in turn, run by run moved by up to 1) after days at another level."""
    base = np.where(np.arange(days) < days_before, level_before, 100.0)
    waves = np.where((np.arange(days) // 5) % 2 == 0, 10.0, -10.0)
    return base + waves + np.linspace(-1, 1, runs)[:, None]


def test_a_warm_up_up_to_the_point_is_enough():
    assert settling(noisy(0.0, 30), 30).truncation.point == 30
    assert settling(noisy(0.0, 30), 30).verdict == "in time"
    assert settling(noisy(0.0, 30), 25).verdict == "late"


def test_what_measuring_too_early_moves_the_mean_by_is_told():
    """From day 20: 10 days at 0 +- 10, cancelling, and 170 days of 100: 17,000 / 180, 5.6 below 100."""
    found = settling(noisy(0.0, 30), 20)
    assert float(found.moved.mean) == pytest.approx(17_000 / 180 - 100)
    assert float(found.moved.low) == pytest.approx(float(found.moved.high))
    assert found.verdict == "late"


def test_what_moves_a_figure_by_less_than_one_per_cent_is_slight():
    found = settling(noisy(80.0, 30), 20)
    assert found.truncation.point == 30
    assert float(found.moved.mean) == pytest.approx(-200 / 180)
    assert found.verdict == "late"
    assert settling(noisy(80.0, 30, days=600), 20).verdict == "slight"


def test_what_is_no_more_than_chance_is_called_so():
    """Runs begin 60 above or 50 below: the mean begins late, but which way is not clear."""
    figures = noisy(100.0, 30)
    figures[::2, :30] += 90.0
    figures[1::2, :30] -= 40.0
    found = settling(figures, 10)
    assert found.truncation.point == 30
    assert found.verdict == "within chance"


def test_one_replication_cannot_call_it_chance():
    assert settling(noisy(0.0, 30, runs=1), 20).verdict == "late"


def test_a_warm_up_as_long_as_the_run_leaves_nothing_to_compare():
    found = settling(noisy(0.0, 30), 200)
    assert np.isnan(float(found.moved.mean))
    assert found.verdict == "in time"


# -------------------------------------------------------------- two runs with nothing in common


def test_an_unpaired_difference_is_that_of_welch():
    """scipy's own interval for unequal variances, on figures whose spreads and numbers differ."""
    first, second = [10.0, 12.0, 11.0, 15.0], [20.0, 40.0, 27.0]
    found = unpaired_difference(first, second)
    expected = ttest_ind(second, first, equal_var=False).confidence_interval(0.95)
    assert float(found.mean) == pytest.approx(29 - 12)
    assert float(found.low) == pytest.approx(expected.low)
    assert float(found.high) == pytest.approx(expected.high)


def test_an_unpaired_difference_needs_two_of_each_to_tell():
    assert np.isnan(float(unpaired_difference([1.0], [2.0, 3.0]).low))
    same = unpaired_difference([1.0, 1.0], [2.0, 2.0])
    assert (float(same.low), float(same.high)) == (1.0, 1.0)
