from __future__ import annotations

import numpy as np
import pytest

from caresim.report.courses import delayed_course, points_of, service_courses
from caresim.report.tables import estimate
from report.made_results import county, without_daily


def test_short_windows_are_told_by_the_day_and_long_ones_by_the_week():
    assert points_of(county()).width == 1
    weekly = points_of(county(days=140))
    assert weekly.width == 7
    assert len(weekly.dates) == 20
    assert str(weekly.dates[0]) == "2023-11-04"


def test_without_days_the_course_is_told_by_the_month():
    points = points_of(without_daily(county()))
    assert [str(date) for date in points.dates] == ["2023-11-15", "2023-12-15"]


def test_the_delayed_of_all_days_have_the_mean_of_the_measure():
    course, _ = delayed_course(county())
    assert course.mean.mean() == pytest.approx(estimate(county(), "dtoc_people")["mean"])


def test_the_wide_band_holds_the_narrow_one_and_neither_is_below_zero():
    course, _ = delayed_course(county())
    (wide_low, wide_high), (low, high) = course.bands
    assert (wide_low <= low).all()
    assert (high <= wide_high).all()
    assert (wide_low >= 0).all()


def test_the_limit_is_3_5_percent_of_those_held():
    course, limit = delayed_course(county())
    rate = estimate(county(), "dtoc_rate")["mean"]
    assert course.mean.mean() / limit.mean.mean() * 3.5 == pytest.approx(rate, rel=0.02)


def test_one_replication_has_no_bands():
    course, _ = delayed_course(county(replications=1))
    assert course.bands == ()


def test_capacity_follows_its_dates_and_hours_are_told_in_hours():
    ward, team, packages = service_courses(county())
    assert set(team.capacity[:30]) == {22.0}
    assert set(team.capacity[30:]) == {25.0}
    assert packages.unit == "hours a week"
    assert (packages.held.mean <= packages.capacity + 1e-9).all()
    assert np.isfinite(ward.capacity).all()


def test_a_service_without_limit_that_nobody_waits_for_is_not_drawn():
    assert [
        course.label for course in service_courses(county(change=("services.team.places", "unlimited")))
    ] == [
        "General wards",
        "Home care",
    ]
