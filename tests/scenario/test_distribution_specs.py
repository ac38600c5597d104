"""Mean and spread in, canonical parameters out: checked against the moments scipy gives for them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from caresim.distributions import Distribution
from caresim.scenario.distribution_specs import from_moments


def frozen(family: str, parameters: tuple[float, float]):  # type: ignore[no-untyped-def]
    first, second = parameters
    if family == "lognormal":
        return stats.lognorm(s=second, scale=math.exp(first))
    return {"gamma": stats.gamma, "weibull": stats.weibull_min}[family](first, scale=second)


@pytest.mark.parametrize("family", ["lognormal", "gamma", "weibull"])
@settings(max_examples=40, deadline=None)
@given(mean=st.floats(0.01, 1000), cv=st.floats(0.05, 4))
def test_mean_and_sd_are_those_of_the_distribution(family: str, mean: float, cv: float) -> None:
    by_cv = from_moments(family, mean, cv=cv)
    by_sd = from_moments(family, mean, sd=cv * mean)
    found = frozen(family, by_cv)
    assert found.mean() == pytest.approx(mean, rel=1e-8)
    assert found.std() == pytest.approx(cv * mean, rel=1e-6)
    assert by_sd == pytest.approx(by_cv, rel=1e-8)


@pytest.mark.parametrize("family", ["lognormal", "gamma", "weibull"])
@settings(max_examples=40, deadline=None)
@given(mean=st.floats(0.01, 1000), ratio=st.floats(0.1, 0.98))
def test_mean_and_median_are_those_of_the_distribution(family: str, mean: float, ratio: float) -> None:
    found = frozen(family, from_moments(family, mean, median=ratio * mean))
    assert found.mean() == pytest.approx(mean, rel=1e-8)
    assert found.median() == pytest.approx(ratio * mean, rel=1e-6)


@pytest.mark.parametrize("family", ["gamma", "weibull"])
def test_a_shape_is_taken_as_it_is(family: str) -> None:
    shape, _ = from_moments(family, 10.0, shape=1.7)
    assert shape == 1.7
    assert frozen(family, from_moments(family, 10.0, shape=1.7)).mean() == pytest.approx(10)


def test_the_home_care_of_the_example_has_its_published_mean_and_median() -> None:
    """Mean 500 days, median 250: sigma^2 = 2 ln 2."""
    mu, sigma = from_moments("lognormal", 500.0, median=250.0)
    assert (mu, sigma) == pytest.approx((math.log(250), math.sqrt(2 * math.log(2))))


def test_the_canonical_parameters_are_the_ones_distributions_read() -> None:
    """Two modules, one order of parameters: the mean comes out again."""
    for family in ("lognormal", "gamma", "weibull"):
        parameters = from_moments(family, 12.4, sd=8.0)
        assert Distribution(family=family, parameters=parameters).mean() == pytest.approx(12.4, rel=1e-9)


@pytest.mark.parametrize(
    ("family", "figures", "message"),
    [
        ("lognormal", {"median": 11.0}, "the median needs to be above 0 and below the mean."),
        ("gamma", {"median": 10.0}, "the median needs to be above 0 and below the mean."),
        ("gamma", {"sd": 600.0}, "sd / mean needs to be 0.001 to 50; got 60."),
        ("gamma", {"median": 1e-30}, "no distribution of this family has such a mean and spread."),
        ("weibull", {"shape": 0.001}, "the shape needs to be 0.02 to 1000000; got 0.001."),
        ("gamma", {"sd": 0.001}, "sd / mean needs to be 0.001 to 50; got 0.0001."),
    ],
)
def test_what_no_distribution_has_is_refused(family: str, figures: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        from_moments(family, 10.0, **figures)  # type: ignore[arg-type]
    assert str(caught.value) == message
