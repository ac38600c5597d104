"""The figures of one run: courses over time, bars with intervals, services. Numbers in, pictures out.

What to draw is decided in `report/pictures.py`; how it looks, here and in `canvas.py`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from caresim.report.figures.canvas import (
    ACCENT,
    BLUE,
    INK,
    MIDDLE,
    STYLE,
    Picture,
    date_axis,
    new_figure,
    picture,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Bar:
    """One labelled figure with its interval; low and high are nan where one run says nothing."""

    label: str
    mean: float
    low: float
    high: float
    words: str
    """The figure and its interval, as it stands behind the bar."""


@dataclass(frozen=True, slots=True)
class Course:
    """A figure over time: its mean over replications and where single years lie."""

    dates: NDArray[np.datetime64]
    mean: NDArray[np.float64]
    bands: tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...] = ()
    """(low, high), the widest first."""


@dataclass(frozen=True, slots=True)
class ServiceCourse:
    """What one service looks like over time."""

    label: str
    held: Course
    """People, or hours per week, in the same unit as `capacity`."""
    capacity: NDArray[np.float64]
    """nan where unlimited."""
    queue: Course
    unit: str = "places"


def draw_course(
    name: str,
    title: str,
    caption: str,
    course: Course,
    *,
    unit: str,
    limit: Course | None = None,
    limit_label: str = "",
) -> Picture:
    """A figure over time with its bands, and a limit as a dashed line named at its right end."""
    with mpl.rc_context(STYLE):
        figure = new_figure(4.3)
        axes = figure.add_subplot()
        fill_bands(axes, course, BLUE)
        axes.plot(course.dates, course.mean, color=BLUE, linewidth=1.9)
        if limit is not None:
            axes.plot(limit.dates, limit.mean, color=ACCENT, linewidth=1.5, dashes=(5, 3))
            axes.annotate(
                limit_label,
                (limit.dates[-1], limit.mean[-1]),
                xytext=(6, 0),
                textcoords="offset points",
                va="center",
                color=ACCENT,
                fontweight="bold",
            )
        axes.set_ylim(bottom=0)
        axes.margins(x=0)
        axes.set_ylabel(unit)
        date_axis(axes)
        return picture(name, title, caption, figure)


def draw_bars(name: str, title: str, caption: str, bars: Sequence[Bar], *, unit: str) -> Picture:
    """A horizontal bar a row, longest first as given, its value and interval in figures at the end."""
    with mpl.rc_context({**STYLE, "axes.grid.axis": "x", "ytick.major.size": 0}):
        labels = [textwrap.fill(bar.label, 42) for bar in bars]
        lines = max((label.count("\n") + 1 for label in labels), default=1)
        figure = new_figure(1.35 + (0.2 + 0.17 * lines) * max(len(bars), 2))
        axes = figure.add_subplot()
        places = np.arange(len(bars))
        means = np.array([bar.mean for bar in bars])
        low, high = (np.array([getattr(bar, side) for bar in bars]) for side in ("low", "high"))
        axes.barh(places, means, height=0.62, color=BLUE)
        known = np.isfinite(low)
        if known.any():
            spread = np.abs(np.vstack([means - low, high - means])[:, known])
            axes.errorbar(
                means[known], places[known], xerr=spread, fmt="none", ecolor=INK, elinewidth=1.1, capsize=3
            )
        ends = np.where(known, np.maximum(high, means), means)
        for place, bar, end in zip(places, bars, ends, strict=True):
            axes.annotate(
                bar.words,
                (end, place),
                xytext=(7, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set_yticks(places, labels)
        axes.invert_yaxis()
        # Room on the right for the words behind the longest bar.
        axes.set_xlim(
            min(0.0, float(np.nanmin(np.append(low, 0)))), float(ends.max(initial=0.0)) * 1.3 or 1.0
        )
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
        axes.set_xlabel(unit)
        return picture(name, title, caption, figure)


def draw_services(name: str, title: str, caption: str, services: Sequence[ServiceCourse]) -> Picture:
    """For each service what is held against what there is, and under it its queue; three in a row."""
    columns = min(3, len(services))
    rows = -(-len(services) // columns)
    with mpl.rc_context({**STYLE, "font.size": 8.5}):
        figure = new_figure(1.0 + 2.75 * rows)
        grid = figure.add_gridspec(rows, columns)
        for number, service in enumerate(services):
            cell = grid[number // columns, number % columns].subgridspec(
                2, 1, height_ratios=(3, 2), hspace=0.06
            )
            upper = figure.add_subplot(cell[0])
            lower = figure.add_subplot(cell[1], sharex=upper)
            draw_service(upper, lower, service)
            if number % columns == 0:
                lower.set_ylabel("queue", color=ACCENT)
        return picture(name, title, caption, figure)


def draw_service(upper: Axes, lower: Axes, service: ServiceCourse) -> None:
    # What there is lies under what is held, so that a full service shows both.
    upper.plot(service.held.dates, service.capacity, color=MIDDLE, linewidth=3.5, drawstyle="steps-post")
    fill_bands(upper, service.held, BLUE)
    upper.plot(service.held.dates, service.held.mean, color=BLUE, linewidth=1.5)
    highest = np.nanmax(np.concatenate([service.capacity, service.held.mean, [0.0]]))
    upper.set_ylim(0, highest * 1.18 or 1.0)
    upper.set_title("\n".join(textwrap.wrap(service.label, 30)), loc="left", fontsize=9.5, fontweight="bold")
    upper.set_ylabel(service.unit)
    upper.tick_params(labelbottom=False, bottom=False)
    fill_bands(lower, service.queue, ACCENT)
    lower.plot(service.queue.dates, service.queue.mean, color=ACCENT, linewidth=1.5)
    top = max([float(np.nanmax(high)) for _, high in service.queue.bands] + [float(service.queue.mean.max())])
    lower.set_ylim(0, max(top * 1.1, 1.0))
    for axes in (upper, lower):
        axes.margins(x=0)
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    date_axis(lower, most=4)


def fill_bands(axes: Axes, course: Course, colour: str) -> None:
    # Drawn over one another: the narrower band comes out darker.
    for low, high in course.bands:
        axes.fill_between(course.dates, low, high, color=colour, alpha=0.16, linewidth=0)
