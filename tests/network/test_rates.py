"""Expected arrivals against sums done by hand."""

import pytest

from caresim.network.compile import compile_network
from caresim.network.rates import expected_people
from caresim.scenario.arrivals import Cycle, Pattern
from caresim.scenario.values import Dated
from network.worlds import arrival, scenario, service


def expected(start, end, **stream):
    network = compile_network(scenario([service("s")], [arrival("a", to="s", **stream)]))
    return expected_people(network.streams[0], start, end, network.calendar)


def test_patterns_multiply_the_rate():
    """Monday 1 April to Sunday: six days at 40 and Sunday half, April a quarter more."""
    pattern = Pattern(month=(1, 1, 1, 1.25, *[1] * 8), weekday=(1, 1, 1, 1, 1, 1, 0.5))
    assert expected(0, 7, rate=40.0, pattern=pattern) == pytest.approx(1.25 * 40 * 6.5)


def test_hours_and_cycles_shape_the_day():
    hour = (*[0.5] * 12, *[1.5] * 12)
    assert expected(0, 0.5, rate=8.0, pattern=Pattern(hour=hour)) == pytest.approx(2.0)
    cycle = Cycle(length=2.0, factors=(0.0, 2.0))
    assert expected(0, 1, rate=3.0, pattern=Pattern(cycle=cycle)) == pytest.approx(0.0)
    assert expected(1, 2, rate=3.0, pattern=Pattern(cycle=cycle)) == pytest.approx(6.0)


def test_a_dated_rate_holds_from_its_date():
    assert expected(0, 10, rate=Dated(values=((0.0, 4.0), (6.0, 9.0)))) == pytest.approx(6 * 4 + 4 * 9)


def test_batches_multiply_and_exact_streams_are_counted():
    assert expected(0, 10, rate=1.0, batch={1: 0.5, 3: 0.5}) == pytest.approx(20.0)
    assert expected(0, 10, every=0.25) == pytest.approx(40.0)
    assert expected(1, 3, times=(0.5, 1.0, 2.5, 3.0)) == 2.0
    assert expected(0, 2, counts=((0.0, 5), (1.0, 7), (2.0, 9))) == 12.0
    assert expected(5, 5, rate=1.0) == 0.0
