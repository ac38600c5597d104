from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from caresim.errors import ResultsError
from caresim.measures.replications import Target, parse_target, replications_for, running
from caresim.measures.stopping import stopping_n

T = {1: 12.7062047364, 2: 4.30265272975, 3: 3.18244630528, 8: 2.30600413520}
"""97.5 % points of Student's t by degrees of freedom, as printed in any table."""


def people(half_width: float) -> Target:
    return Target(half_width, False, f"{half_width:g} people")


def test_running_mean_and_half_width_by_hand():
    """1, 3, 5: means 1, 2, 3; sd of 1 and 3 is sqrt 2, so t x sqrt 2 / sqrt 2 = t; of all three 2."""
    found = running("x", "people", [1.0, 3.0, 5.0], people(1))
    assert found.mean.tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(found.half[0])
    assert found.half[1:] == pytest.approx([T[1], T[2] * 2 / np.sqrt(3)])


def test_it_counts_from_when_the_target_is_met_for_good():
    """0, 2, 10, 1, 1, ...: at n = 2 the half-width is 12.7; it is met at last, not at first."""
    figures = [0.0, 0.1, 10.0, 1.0, *[1.0] * 40]
    found = running("x", "people", figures, people(1.5))
    # At n = 2 it is t x 0.05 = 0.64: met by chance, then 14.2 at n = 3.
    assert found.half[1] == pytest.approx(T[1] * 0.05)
    assert found.half[1] < 1.5 < found.half[2]
    assert found.reached is not None
    assert found.reached > 3
    assert found.half[found.reached - 1] <= 1.5 < found.half[found.reached - 2]
    assert (found.half[found.reached - 1 :] <= 1.5).all()
    assert found.needed == found.reached
    # A run that stopped by itself would have stopped at 2.
    assert stopping_n(figures, [(1.5, False)], 2, 100) == 2


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), st.floats(0.1, 50), st.booleans())
@settings(max_examples=200, deadline=None)
def test_reached_is_the_smallest_from_which_on_it_holds(figures, half_width, relative):
    found = running("x", "people", figures, Target(half_width, relative, ""))
    within = [bool(half <= allowed) for half, allowed in zip(found.half, found.allowed, strict=True)]
    expected = next((n for n in range(1, len(figures) + 1) if all(within[n - 1 :])), None)
    assert found.reached == expected


def test_a_relative_target_goes_with_the_mean():
    found = running("x", "people", [90.0, 110.0, 100.0], Target(0.05, True, "5 %"))
    assert found.allowed.tolist() == [4.5, 5.0, 5.0]


def test_a_projection_takes_the_spread_there_is():
    """sd 1, half-width t(8) / 3 = 0.769 at n = 9: 0.77 needs 9, 0.76 needs 10."""
    assert replications_for(1.0, 0.77) == 9
    assert replications_for(1.0, 0.76) == 10
    assert T[8] / 3 == pytest.approx(0.76867, abs=1e-5)
    found = running("x", "people", [99.0, 101.0, 100.0], people(0.77))
    assert found.reached is None
    assert found.needed == 9


@given(st.floats(0.01, 50), st.floats(0.05, 50))
@settings(max_examples=100, deadline=None)
def test_a_projection_is_the_smallest_that_fits(deviation, half_width):
    n = replications_for(deviation, half_width)
    if n is None:
        assert deviation / half_width > 300
        return

    def half(k):
        return t.ppf(0.975, k - 1) * deviation / np.sqrt(k)

    assert half(n) <= half_width * (1 + 1e-12)
    assert n == 2 or half(n - 1) > half_width * (1 - 1e-12)


def test_what_would_take_for_ever_is_not_numbered():
    assert replications_for(1.0, 1e-4) is None
    assert running("x", "people", [1.0, 2.0], people(1e-6)).needed is None


def test_figures_without_spread_need_two():
    found = running("x", "people", [5.0, 5.0, 5.0], people(1))
    assert (found.reached, found.needed) == (2, 2)


def test_one_figure_says_nothing():
    found = running("x", "people", [5.0], people(1))
    assert (found.reached, found.needed) == (None, None)


def test_replications_without_a_figure_ask_for_more_of_them():
    """Half of the replications have none: 9 figures take 18 replications."""
    found = running("x", "days", [99.0, np.nan, 101.0, np.nan, 100.0, np.nan], people(0.77))
    assert found.needed == 18


@pytest.mark.parametrize(
    ("text", "unit", "half_width", "relative"),
    [
        ("0.2 points", "% of occupied nights", 0.2, False),
        ("0.2points", "%", 0.2, False),
        ("2 points", "share", 0.02, False),
        ("5 people", "people", 5.0, False),
        ("1 person", "people", 1.0, False),
        ("5 people", "people a day", 5.0, False),
        ("1.5 days", "days", 1.5, False),
        ("1 day", "days", 1.0, False),
        ("2 %", "people", 0.02, True),
        ("2%", "% of occupied nights", 0.02, True),
        (".5 %", "pounds", 0.005, True),
        ("£1,500", "pounds", 1500.0, False),
        ("£50k", "pounds", 50e3, False),
        ("£1.5m", "pounds", 1.5e6, False),
        ("2000 pounds", "pounds", 2000.0, False),
    ],
)
def test_half_widths_are_read_as_people_write_them(text, unit, half_width, relative):
    found = parse_target(text, unit)
    assert (found.half_width, found.relative) == (pytest.approx(half_width), relative)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("5", "people"),
        ("5 points", "people"),
        ("5 people", "% of occupied nights"),
        ("£5", "people"),
        ("5 days", "pounds"),
        ("0 people", "people"),
        ("-5 people", "people"),
        ("few", "people"),
        ("£5 days", "pounds"),
        ("5 people 3", "people"),
    ],
)
def test_what_is_no_half_width_of_the_measure_is_refused(text, unit):
    with pytest.raises(ResultsError, match='"'):
        parse_target(text, unit)


def test_a_refusal_says_what_would_do():
    with pytest.raises(ResultsError) as error:
        parse_target("5 people", "% of occupied nights")
    assert str(error.value) == (
        '"5 people": does not fit a measure in % of occupied nights. '
        'Write for example "0.2 points", or "2 %" of its mean.'
    )
