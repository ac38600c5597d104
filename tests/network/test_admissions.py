"""What opening hours allow: closed forms, and a run of the engine in which somebody always waits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from caresim.distributions import Distribution
from caresim.engine.people import draw_people
from caresim.engine.simulation import run
from caresim.network.admissions import QUARTERS, starts_a_day
from caresim.network.compile import compile_network
from caresim.network.loads import loads
from caresim.records.recorder import ROWS, Recorder
from caresim.scenario.services import Opening
from network.worlds import arrival, exponential, fixed, scenario, service

EVERY_DAY = range(7)
OFFICE_DAYS = frozenset(["mon", "tue", "wed", "thu", "fri"])


def week_of(first: float, last: float, days: range = EVERY_DAY) -> bytes:
    """Open from hour to hour on some days of the week."""
    is_open = np.zeros((7, QUARTERS), dtype=bool)
    is_open[days.start : days.stop, int(first * 4) : int(last * 4)] = True
    return is_open.tobytes()


@pytest.mark.parametrize(
    ("hours", "a_day"), [(3, 3), (2, 4), (8, 1), (7.75, 2), (12, 1), (24, 1), (25, 8 / 9), (32, 0.5)]
)
def test_fixed_care_begins_as_often_as_it_fits_into_the_day(hours: float, a_day: float) -> None:
    """Open 09-17: care of 3 hours begins at 9, 12 and 15. Care of 25 hours begins at 9, 10, ... 16
    on eight days; on the ninth it ends at 17, when it is closed.
    """
    assert starts_a_day(week_of(9, 17), fixed(hours / 24), hours / 24) == pytest.approx(a_day, rel=1e-3)


@pytest.mark.parametrize("mean", [1 / 48, 1 / 24, 1 / 8, 0.5, 3.0, 40.0])
def test_exponential_care_begins_when_a_place_falls_free_and_at_opening(mean: float) -> None:
    """H / S in an opening of length H, and one more if it ended while it was closed: 1 - exp(-G / S)."""
    found = starts_a_day(week_of(9, 17), exponential(mean), mean)
    assert found == pytest.approx((8 / 24) / mean + 1 - math.exp(-(16 / 24) / mean), rel=1e-3)


def test_long_care_ends_at_any_time_of_the_week_alike() -> None:
    """Monday to Friday 09-17: from any instant it is (4 x 16 x 8 + 64 x 32) / 168 hours until open."""
    care = Distribution(family="uniform", parameters=(200.0, 400.0))
    until_open = (4 * 16 * 8 + 64 * 32) / 168 / 24
    assert starts_a_day(week_of(9, 17, range(5)), care, 300.0) == pytest.approx(1 / (300 + until_open))


def test_always_open_leaves_no_place_empty_and_always_closed_admits_nobody() -> None:
    assert starts_a_day(week_of(0, 24), exponential(0.7), 0.7) == pytest.approx(1 / 0.7)
    assert starts_a_day(week_of(0, 0), exponential(0.7), 0.7) == 0.0
    assert starts_a_day(week_of(9, 17), fixed(0), 0.0) == math.inf


@pytest.mark.parametrize(
    ("care", "opening"),
    [
        (fixed(3 / 24), Opening(hours=(9 / 24, 17 / 24))),
        (
            exponential(3 / 24),
            Opening(days=OFFICE_DAYS, hours=(9 / 24, 17 / 24), bank_holidays=False),
        ),
        (
            Distribution(family="gamma", parameters=(4.0, 1.0)),
            Opening(days=OFFICE_DAYS, hours=(8 / 24, 18 / 24)),
        ),
        (exponential(9.0), Opening(days=frozenset(["mon", "thu"]), hours=(9 / 24, 12 / 24))),
    ],
    ids=["short fixed", "short exponential", "some days", "long exponential"],
)
def test_a_service_for_which_somebody_always_waits_admits_what_is_allowed(
    care: Distribution, opening: Opening
) -> None:
    """A year of the engine with 20 places; standard errors are at most 1.2 %, the bound 4 %."""
    declared = scenario(
        [service("clinic", care_time=care, places=20, opens=opening)],
        [arrival("a", to="clinic", rate=1.2 * 20 * (1 / care.mean()))],
        days=364,
        warm_up=28,
    )
    network = compile_network(declared)
    (load,) = loads(declared, network)
    assert load.mean.admissions_allowed is not None
    recorder = Recorder()
    run(network, draw_people(network, 1, 0), recorder)
    rows = recorder.rows("held")
    starts = np.unique(rows[:, [ROWS["held"].index("person"), ROWS["held"].index("start")]], axis=0)[:, 1]
    admitted = ((starts >= 0) & (starts < 364)).sum() / 364
    assert admitted == pytest.approx(load.mean.admissions_allowed, rel=0.04)
    # Somebody always waited.
    assert load.mean.pressure > 1
