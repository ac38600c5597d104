"""How a system went over time: courses over the days of the window, for figures to draw.

Days come from `daily`, or, in a run too long for that, months from `monthly`. Long windows
are told by the week, so that a line shows the season and not the weekend.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.measures.delays import HOSPITALS
from caresim.measures.estimates import prediction_interval
from caresim.measures.measure import services_of_kind
from caresim.records.results import Results
from caresim.report.figures.runs import Course, ServiceCourse
from caresim.report.tables import EXPECTED_RATE, services_in_order

Floats = NDArray[np.float64]
WEEKLY_FROM = 120
"""Days of a window that is told by the week."""
WIDE, NARROW = 0.95, 0.80


@dataclass(frozen=True, slots=True)
class Points:
    """Where on the calendar a course is drawn, and how periods become points."""

    dates: NDArray[np.datetime64]
    width: int
    """Periods in a point."""

    def means(self, values: Floats) -> Floats:
        """(..., periods) to (..., points); periods left over at the end belong to no point."""
        whole = len(self.dates) * self.width
        blocks = values[..., :whole].reshape(*values.shape[:-1], len(self.dates), self.width)
        return np.asarray(blocks.mean(axis=-1))

    def course(self, values: Floats, levels: tuple[float, ...] = ()) -> Course:
        """Mean over replications of values (replications, periods), and where single ones would lie."""
        means = self.means(values)
        bands = []
        for level in levels if len(values) > 1 else ():
            spread = prediction_interval(means, level)
            bands.append((np.maximum(spread.low, 0.0), spread.high))
        return Course(self.dates, means.mean(axis=0), tuple(bands))


def points_of(results: Results) -> Points:
    """Middles of days, weeks or months."""
    if not results.has_table("daily"):
        months = sorted(results.table("monthly")["month"].astype(str).unique())
        return Points(np.array([f"{month}-15" for month in months], dtype="datetime64[D]"), 1)
    n_days = int(results.table("daily")["day"].max()) + 1
    width = 7 if n_days >= WEEKLY_FROM else 1
    first = np.datetime64(str(results.manifest["first_day"]), "D")
    return Points(first + np.arange(n_days // width) * width + width // 2, width)


def delayed_course(results: Results) -> tuple[Course, Course]:
    """People held in hospital after they were ready, at midnight; and 3.5 % of those held, likewise."""
    rows = periods(results)
    rows = rows[rows["service"].isin(services_of_kind(results, *HOSPITALS))]
    points = points_of(results)
    delayed = points.course(by_replication(rows, "delayed_at_midnight"), (WIDE, NARROW))
    return delayed, points.course(by_replication(rows, "held_at_midnight") * EXPECTED_RATE / 100)


def service_courses(results: Results) -> list[ServiceCourse]:
    """What is held against what there is, and the queue, of every service that has a limit or a queue."""
    rows, points = periods(results), points_of(results)
    courses = []
    for service in services_in_order(results):
        own = rows[rows["service"] == service["service"]]
        queue = by_replication(own, "queue")
        if service["unit"] == "unlimited" and not queue.any():
            continue
        in_hours = service["unit"] == "hours"
        once = own.drop_duplicates(["replication", "period"])
        capacity = points.means(by_replication(once, "capacity").mean(axis=0))
        courses.append(
            ServiceCourse(
                label=str(service["label"]),
                held=points.course(by_replication(own, "hours_held" if in_hours else "held"), (NARROW,)),
                capacity=np.where(np.isfinite(capacity), capacity, np.nan),
                queue=points.course(queue, (NARROW,)),
                unit="hours a week" if in_hours else "people",
            )
        )
    return courses


def periods(results: Results) -> pd.DataFrame:
    """`daily` or `monthly`, with the number of the day or month as `period`."""
    if results.has_table("daily"):
        return results.table("daily").rename(columns={"day": "period"})
    monthly = results.table("monthly")
    return monthly.assign(period=pd.factorize(monthly["month"].astype(str), sort=True)[0])


def by_replication(rows: pd.DataFrame, column: str) -> Floats:
    """A column added up over groups and services: shape (replications, periods)."""
    sums = rows.groupby(["replication", "period"], observed=True)[column].sum()
    return np.asarray(sums.unstack("period").to_numpy(dtype=np.float64))
