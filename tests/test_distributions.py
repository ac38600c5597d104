"""Distributions against scipy.stats, numerical integrals, and what their definitions promise."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from caresim.distributions import Distribution
from caresim.grid import on_grid, whole_minutes

U = (np.arange(1000) + 0.5) / 1000
EXPONENTIAL = Distribution(family="exponential", parameters=(4.0,))
UNIFORM = Distribution(family="uniform", parameters=(2.0, 5.0))
LOGNORMAL = Distribution(family="lognormal", parameters=(1.0, 1.2))
GAMMA = Distribution(family="gamma", parameters=(1.7, 3.0))
WEIBULL = Distribution(family="weibull", parameters=(0.8, 6.0))
EMPIRICAL = Distribution(family="empirical", parameters=(3.0, 1.0, 2.0, 0.2, 0.5, 0.3))
FIXED = Distribution(family="fixed", parameters=(5.0,))
MIXTURE = Distribution(family="mixture", parameters=(0.3, 0.7), parts=(LOGNORMAL, FIXED))

CONTINUOUS = [
    (EXPONENTIAL, stats.expon(scale=4.0)),
    (UNIFORM, stats.uniform(2.0, 3.0)),
    (LOGNORMAL, stats.lognorm(1.2, scale=math.e)),
    (GAMMA, stats.gamma(1.7, scale=3.0)),
    (WEIBULL, stats.weibull_min(0.8, scale=6.0)),
]
NAMES = [d.family for d, _ in CONTINUOUS]


def limited(d, **limits):
    fields = {"family": d.family, "parameters": d.parameters, "parts": d.parts}
    return Distribution(**fields, **limits)


@pytest.mark.parametrize(("ours", "theirs"), CONTINUOUS, ids=NAMES)
def test_quantiles_shares_and_means_are_those_of_scipy(ours, theirs):
    np.testing.assert_allclose(ours.quantiles(U), theirs.ppf(U), rtol=1e-10)
    x = theirs.ppf(U)
    np.testing.assert_allclose(ours.cdf(x), theirs.cdf(x), rtol=1e-10)
    np.testing.assert_allclose(ours.survival(x), theirs.sf(x), rtol=1e-10)
    assert ours.mean() == pytest.approx(theirs.mean(), rel=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), CONTINUOUS, ids=NAMES)
def test_the_limited_mean_is_the_integral_of_the_survival_function(ours, theirs):
    for x in (0.5, 3.0, 4.5):
        expected, _ = integrate.quad(theirs.sf, 0.0, x, epsabs=1e-12, points=[2.0] if x > 2 else None)
        assert float(ours.limited_mean(x)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), CONTINUOUS, ids=NAMES)
def test_min_and_max_condition_by_rescaling_the_uniform(ours, theirs):
    low, high = 2.5, 4.5
    a, b = theirs.cdf(low), theirs.cdf(high)
    between = limited(ours, low=low, high=high)
    np.testing.assert_allclose(between.quantiles(U), theirs.ppf(a + U * (b - a)), rtol=1e-9)
    mean, _ = integrate.quad(lambda x: x * theirs.pdf(x), low, high, epsabs=1e-12)
    assert between.mean() == pytest.approx(mean / (b - a), rel=1e-9)
    assert between.share_changed().removed == pytest.approx(1 - (b - a), rel=1e-9)
    assert float(between.cdf(3.0)) == pytest.approx((theirs.cdf(3.0) - a) / (b - a), rel=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), CONTINUOUS, ids=NAMES)
def test_at_most_ends_care_there_and_tells_how_often(ours, theirs):
    capped = limited(ours, cap=3.0)
    np.testing.assert_allclose(capped.quantiles(U), np.minimum(theirs.ppf(U), 3.0), rtol=1e-10)
    assert capped.share_changed() == pytest.approx((theirs.sf(3.0), 0.0))
    assert capped.mean() == pytest.approx(float(ours.limited_mean(3.0)), rel=1e-12)
    assert capped.declared_mean() == pytest.approx(theirs.mean(), rel=1e-12)
    assert float(capped.cdf(3.0)) == 1.0
    assert float(capped.survival(2.99)) == pytest.approx(theirs.sf(2.99))


def test_a_condition_far_in_the_tail_keeps_its_precision():
    """P(X > 200) is 2e-22, which one minus a share near 1 could not see."""
    tail = limited(EXPONENTIAL, low=200.0)
    np.testing.assert_allclose(tail.quantiles(U), 200.0 - 4.0 * np.log1p(-U), rtol=1e-12)
    assert tail.mean() == pytest.approx(204.0, rel=1e-12)


def test_empirical_values_come_in_ascending_order_whatever_their_order_in_the_file():
    u = np.array([0.0, 0.49, 0.5, 0.79, 0.8, 0.999])
    assert EMPIRICAL.quantiles(u).tolist() == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
    assert EMPIRICAL.mean() == pytest.approx(1.7)
    conditioned = limited(EMPIRICAL, low=2.0, high=3.0)
    assert conditioned.quantiles(np.array([0.59, 0.61])).tolist() == [2.0, 3.0]
    assert conditioned.mean() == pytest.approx(2.4)
    assert float(conditioned.cdf(2.0)) == pytest.approx(0.6)
    assert limited(EMPIRICAL, cap=2.0).share_changed().capped == pytest.approx(0.2)


def test_a_mixture_takes_the_part_in_list_order_and_rescales_the_uniform():
    u = np.array([0.0, 0.15, 0.29999, 0.3, 0.9])
    expected = [*LOGNORMAL.quantiles(u[:3] / 0.3), 5.0, 5.0]
    np.testing.assert_allclose(MIXTURE.quantiles(u), expected, rtol=1e-9)
    assert MIXTURE.mean() == pytest.approx(0.3 * LOGNORMAL.mean() + 0.7 * 5.0)


def test_a_conditioned_mixture_weighs_its_parts_by_what_is_left_of_them():
    """Above 5 only the long part remains of the fixed one; at 5 exactly both do."""
    mixture = limited(MIXTURE, low=2.0, high=30.0, cap=20.0)
    left = 0.3 * float(limited(LOGNORMAL).cdf(30.0) - LOGNORMAL.cdf(2.0))
    values = mixture.quantiles(U)
    assert np.mean(values == 5.0) == pytest.approx(0.7 / (0.7 + left), abs=0.001)
    assert values.min() >= 2.0
    assert values.max() <= 20.0
    fine = (np.arange(200_000) + 0.5) / 200_000
    assert mixture.mean() == pytest.approx(mixture.quantiles(fine).mean(), rel=1e-4)


def test_limits_of_a_part_hold_inside_a_mixture():
    parts = (limited(EXPONENTIAL, cap=2.0), limited(GAMMA, low=1.0))
    mixture = Distribution(family="mixture", parameters=(0.5, 0.5), parts=parts, high=6.0)
    fine = (np.arange(200_000) + 0.5) / 200_000
    values = mixture.quantiles(fine)
    assert mixture.mean() == pytest.approx(values.mean(), rel=1e-4)
    for x in (0.5, 1.999, 2.0, 4.0):
        assert float(mixture.cdf(x)) == pytest.approx(np.mean(values <= x), abs=2e-5)


ALL = [d for d, _ in CONTINUOUS] + [
    EMPIRICAL,
    FIXED,
    MIXTURE,
    limited(LOGNORMAL, low=1.0, high=40.0, cap=30.0),
    limited(GAMMA, low=2.0),
    limited(MIXTURE, high=12.0),
    Distribution(family="lognormal", parameters=(0.0, 2.5)),
]


@pytest.mark.parametrize("d", ALL, ids=lambda d: d.family)
def test_elapsed_time_at_equilibrium_solves_its_equation(d):
    u = np.array([1e-9, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-6])
    elapsed = d.elapsed_quantiles(u)
    np.testing.assert_allclose(d.limited_mean(elapsed) / d.mean(), u, rtol=1e-10)
    assert (np.diff(elapsed) > 0).all()


def test_elapsed_time_of_an_exponential_is_the_exponential_itself():
    np.testing.assert_allclose(EXPONENTIAL.elapsed_quantiles(U), EXPONENTIAL.quantiles(U), rtol=1e-9)


@pytest.mark.parametrize("d", ALL, ids=lambda d: d.family)
def test_the_remainder_is_what_follows_for_those_who_have_come_so_far(d):
    """Mean of X - e over values above e, from a fine grid of the whole distribution."""
    fine = (np.arange(100_000) + 0.5) / 100_000
    for elapsed in (0.0, 0.7, 2.2, 4.0):
        above = d.quantiles(fine)
        above = above[above > elapsed]
        rest = d.remainder_quantiles(fine, np.full_like(fine, elapsed))
        assert (rest >= 0).all()
        expected = (above - elapsed).mean() if len(above) else 0.0
        # A heavy tail's mean converges slowly on a grid; its quartiles do not.
        if d.family == "lognormal" and d.low is None:
            quartiles = np.quantile(above - elapsed, [0.25, 0.5, 0.75])
            np.testing.assert_allclose(np.quantile(rest, [0.25, 0.5, 0.75]), quartiles, rtol=1e-3)
        else:
            assert rest.mean() == pytest.approx(expected, rel=2e-3, abs=1e-12)


@pytest.mark.parametrize(("ours", "theirs"), CONTINUOUS, ids=NAMES)
def test_no_elapsed_time_is_too_long(ours, theirs):
    """Far beyond where the share above underflows, the remainder stays finite and ordered."""
    rest = ours.remainder_quantiles(U, np.full_like(U, 1e5))
    assert np.isfinite(rest).all()
    assert (np.diff(rest) >= 0).all()
    assert (rest >= 0).all()


def test_the_remainder_of_a_lognormal_far_out_follows_its_hazard():
    """With P(X > e) = 1e-30 the remainder is all but exponential with the hazard at e."""
    elapsed = float(np.exp(1.0 + 1.2 * -stats.norm.ppf(1e-30)))
    theirs = stats.lognorm(1.2, scale=math.e)
    survivors = np.exp(theirs.logsf(elapsed + np.array([1.0, 10.0, 100.0])) - theirs.logsf(elapsed))
    rest = LOGNORMAL.remainder_quantiles(1.0 - survivors, np.full(3, elapsed))
    np.testing.assert_allclose(rest, [1.0, 10.0, 100.0], rtol=1e-6)


def test_care_already_over_leaves_no_remainder():
    late = np.full(3, 12.0)
    for d in (limited(LOGNORMAL, cap=10.0), limited(LOGNORMAL, high=10.0), FIXED, EMPIRICAL, UNIFORM):
        assert d.remainder_quantiles(np.array([0.1, 0.5, 0.9]), late).tolist() == [0.0, 0.0, 0.0]


def test_a_care_time_of_nothing_at_all_is_allowed():
    nothing = Distribution(family="fixed", parameters=(0.0,))
    assert nothing.quantiles(U).max() == nothing.mean() == nothing.elapsed_quantiles(U).max() == 0.0


@settings(max_examples=200, deadline=None)
@given(
    k=st.integers(0, len(CONTINUOUS) - 1),
    low=st.floats(0.0, 4.0),
    width=st.floats(0.1, 50.0),
    cap=st.floats(0.5, 60.0),
    uniforms=st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=2, max_size=20),
)
def test_values_rise_with_the_uniform_and_stay_inside_their_limits(k, low, width, cap, uniforms):
    d = limited(CONTINUOUS[k][0], low=low, high=low + width, cap=cap)
    assume(d.share_changed().removed < 0.999999)
    values = d.quantiles(np.sort(np.array(uniforms)))
    assert (np.diff(values) >= -1e-12 * values[1:]).all()
    assert values.min() >= min(low, cap)
    assert values.max() <= min(low + width, cap)
    assert min(low, cap) - 1e-9 <= d.mean() <= min(low + width, cap) + 1e-9


def test_an_unknown_family_is_named():
    with pytest.raises(ValueError, match="'cauchy'"):
        Distribution(family="cauchy", parameters=()).quantiles(U)


def test_the_grid_rounds_halves_up_for_numbers_and_arrays_alike():
    half = 0.5 / 2**26
    assert on_grid(half) == 2**-26
    assert on_grid(-half) == 0.0
    assert on_grid(3 * half - 1e-12) == 2**-26
    assert on_grid(np.array([half, 1 / 3])).tolist() == [2**-26, on_grid(1 / 3)]
    assert whole_minutes(12.475) == 749
    assert whole_minutes(np.array([1 / 120, 0.0])).tolist() == [1, 0]
