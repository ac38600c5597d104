"""The figures of a report: numbers in, pictures out. The one door to matplotlib.

matplotlib because everybody who knits such reports has it, and its SVG prints sharply. Figures
are drawn on their own canvas (no pyplot, no global state). What to draw is decided in
`report/tables.py`; how it looks, here: one ink, one accent for what matters, colours that the
colour-blind can tell apart (Okabe and Ito's), words beside lines in place of legends.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

INK, GREY, MIDDLE, PALE = "#1f2d3a", "#6b7780", "#aab3ba", "#d9dee2"
BLUE, ACCENT = "#0072b2", "#d55e00"
WIDTH = 9.0
"""Inches; every figure of a report has the same."""
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "svg.fonttype": "path",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure, with the words that go with it."""

    name: str
    """Stem of its files."""
    title: str
    """What is seen, as a sentence."""
    caption: str
    figure: Figure

    def svg(self) -> str:
        """The same figure gives the same text."""
        text = io.StringIO()
        with mpl.rc_context({**STYLE, "svg.hashsalt": self.name}), _without_a_word_of_signs():
            self.figure.savefig(text, format="svg", metadata={"Date": None})
        return text.getvalue()

    def png(self, dots_per_inch: int = 160) -> bytes:
        picture = io.BytesIO()
        with mpl.rc_context(STYLE), _without_a_word_of_signs():
            self.figure.savefig(picture, format="png", dpi=dots_per_inch, metadata={"Software": None})
        return picture.getvalue()


@contextmanager
def _without_a_word_of_signs() -> Iterator[None]:
    """A sign the font lacks is drawn as a box: nothing a reader of the terminal could mend."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


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


def picture(name: str, title: str, caption: str, figure: Figure) -> Picture:
    """Finish a figure: title above and caption below, each in its own strip, left-aligned."""
    height = figure.get_figheight()
    title_lines = textwrap.wrap(title, 74)
    caption_lines = textwrap.wrap(caption, 142)
    top = 0.16 + 0.235 * len(title_lines)
    bottom = 0.10 + 0.165 * len(caption_lines)
    figure.set_layout_engine(
        "constrained",
        rect=(0.005, bottom / height, 0.98, 1 - (top + bottom) / height),
        h_pad=0.06,
        w_pad=0.06,
    )
    figure.text(
        0.012,
        1 - 0.1 / height,
        "\n".join(title_lines),
        va="top",
        fontsize=12.5,
        fontweight="bold",
        in_layout=False,
    )
    figure.text(
        0.012, 0.06 / height, "\n".join(caption_lines), va="bottom", fontsize=8.3, color=GREY, in_layout=False
    )
    return Picture(name, title, caption, figure)


def new_figure(height: float) -> Figure:
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure


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


def date_axis(axes: Axes, most: int = 9) -> None:
    locator = mdates.AutoDateLocator(minticks=2, maxticks=most)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
