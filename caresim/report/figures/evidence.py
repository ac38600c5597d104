"""Figures of evidence: how series settle, how intervals narrow, which factor moves a figure.

Numbers and words in, pictures out; what they are is decided in `report/warm_up.py`, `replications.py`
and `sensitivity.py`.
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
    GREY,
    INK,
    MIDDLE,
    PALE,
    STYLE,
    WIDTH,
    Picture,
    new_figure,
    picture,
)
from caresim.report.figures.runs import Bar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LETTER = 0.0655
"""Inches a letter takes on average at the size of the words behind bars."""


@dataclass(frozen=True, slots=True)
class SettlingPanel:
    """One series of days from the start of the run."""

    label: str
    words: str
    """What is to be seen, in a few words."""
    mean: Floats
    """Over replications."""
    average: Floats
    """Welch's; nan at the end."""
    point: int
    """Where MSER-5 cuts [days]."""
    level: float
    """Mean from there on."""
    declared: float
    """Days of warm-up."""


@dataclass(frozen=True, slots=True)
class RunningPanel:
    """One measure after each replication."""

    label: str
    words: str
    figures: Floats
    """One for each replication, in order; nan: none."""
    mean: Floats
    half: Floats
    """Half the width of its interval; nan with one."""
    allowed: float
    """The half-width asked for."""
    reached: int | None
    """From how many on it is met."""
    unit: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled row of two bars: ends of a factor, or two indices of it; None: no bar there."""

    label: str
    upper: Bar | None
    lower: Bar | None


def draw_settling(name: str, title: str, caption: str, panels: Sequence[SettlingPanel], unit: str) -> Picture:
    """The first panel across the page, the others under it, three in a row."""
    first, others = panels[0], panels[1:]
    columns = max(min(3, len(others)), 1)
    rows = -(-len(others) // columns)
    with mpl.rc_context({**STYLE, "font.size": 8.5}):
        figure = new_figure(4.0 + 1.95 * rows)
        grid = figure.add_gridspec(1 + rows, columns, height_ratios=[2.9, *[1.95] * rows])
        wide = figure.add_subplot(grid[0, :])
        draw_panel(wide, first, above=0.55)
        name_lines(wide, first)
        wide.set_ylabel(unit)
        wide.set_xlabel("day of the run")
        for number, panel in enumerate(others):
            axes = figure.add_subplot(grid[1 + number // columns, number % columns])
            draw_panel(axes, panel)
        return picture(name, title, caption, figure)


def draw_panel(axes: Axes, panel: SettlingPanel, above: float = 0.34) -> None:
    days = np.arange(len(panel.mean)) + 0.5
    axes.axvspan(0, panel.declared, color=PALE, alpha=0.75, linewidth=0)
    axes.plot(days, panel.mean, color=MIDDLE, linewidth=0.8)
    axes.plot([panel.point, len(days)], [panel.level] * 2, color=INK, linewidth=0.9, dashes=(1.5, 2))
    axes.plot(days, panel.average, color=BLUE, linewidth=1.8)
    axes.axvline(panel.point, color=ACCENT, linewidth=1.5, dashes=(4, 2.5))
    least, most = float(panel.mean.min()), float(panel.mean.max())
    # Not from 0, where nothing would be seen of a large level; but a small ripple stays a small ripple.
    span = max(most - least, 0.1 * abs(panel.level), 1e-3)
    middle = (least + most) / 2
    low = middle - 0.56 * span
    axes.set_ylim(max(low, 0.0) if least >= 0 else low, middle + (0.5 + above) * span)
    axes.set_xlim(0, len(days))
    axes.set_title("\n".join(textwrap.wrap(panel.label, 32)), loc="left", fontsize=9.5, fontweight="bold")
    axes.annotate(
        panel.words, (0.99, 0.97), xycoords="axes fraction", ha="right", va="top", color=INK, fontsize=8
    )
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def name_lines(axes: Axes, panel: SettlingPanel) -> None:
    """Words beside the lines of the wide panel, on heights of their own: near lines never meet."""
    days = len(panel.mean)
    for x, words, height, colour in (
        (panel.declared, f"declared warm-up: {panel.declared:g} days", 0.87, GREY),
        (panel.point, f"MSER-5: day {panel.point}", 0.78, ACCENT),
    ):
        right = x > 0.6 * days
        axes.annotate(
            words,
            (x, height),
            xycoords=axes.get_xaxis_transform(),
            xytext=(-5 if right else 5, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top",
            color=colour,
            fontweight="bold",
        )


def draw_running(name: str, title: str, caption: str, panels: Sequence[RunningPanel]) -> Picture:
    """A measure a panel, under one another."""
    with mpl.rc_context(STYLE):
        figure = new_figure(1.3 + 2.5 * len(panels))
        for number, panel in enumerate(panels):
            axes = figure.add_subplot(len(panels), 1, number + 1)
            draw_narrowing(axes, panel)
        axes.set_xlabel("replications")
        return picture(name, title, caption, figure)


def draw_narrowing(axes: Axes, panel: RunningPanel) -> None:
    n = np.arange(1, len(panel.figures) + 1)
    axes.fill_between(
        n, panel.mean - panel.half, panel.mean + panel.half, color=BLUE, alpha=0.17, linewidth=0
    )
    axes.plot(n, panel.figures, "o", color=MIDDLE, markersize=3.5)
    axes.plot(n, panel.mean, color=BLUE, linewidth=1.9)
    last = panel.mean[-1]
    for edge in (last - panel.allowed, last + panel.allowed):
        axes.axhline(edge, color=ACCENT, linewidth=1.3, dashes=(5, 3))
    if panel.reached is not None:
        axes.axvline(panel.reached, color=ACCENT, linewidth=1.3)
    # Bands of the first few reach far beyond any figure: they leave the panel.
    seen = np.concatenate([panel.figures, [last - panel.allowed * 1.2, last + panel.allowed * 1.2]])
    least, most = float(np.nanmin(seen)), float(np.nanmax(seen))
    span = (most - least) or 1.0
    axes.set_ylim(least - 0.1 * span, most + 0.3 * span)
    axes.set_xlim(0.5, len(n) + 0.5)
    axes.set_title(panel.label, loc="left", fontsize=10, fontweight="bold")
    axes.annotate(panel.words, (0.99, 0.96), xycoords="axes fraction", ha="right", va="top", color=INK)
    axes.set_ylabel("\n".join(textwrap.wrap(panel.unit, 22)))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))


def draw_pairs(name: str, title: str, caption: str, rows: Sequence[Pair], *, unit: str) -> Picture:
    """Two bars a row from 0, each with its interval and its words beyond its end."""
    with mpl.rc_context({**STYLE, "axes.grid.axis": "x", "ytick.major.size": 0}):
        labels = ["\n".join(textwrap.wrap(row.label, 30, break_long_words=True)) for row in rows]
        figure = new_figure(1.5 + 0.62 * max(len(rows), 2))
        axes = figure.add_subplot()
        for place, row in enumerate(rows):
            for bar, offset, colour in ((row.upper, -0.19, BLUE), (row.lower, 0.19, ACCENT)):
                if bar is not None:
                    draw_bar(axes, bar, place + offset, colour)
        axes.axvline(0, color=INK, linewidth=0.9)
        axes.set_xlim(
            *limits(rows, max((len(line) for label in labels for line in label.split("\n")), default=0))
        )
        axes.set_yticks(np.arange(len(rows)), labels)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axes.set_xlabel(unit)
        return picture(name, title, caption, figure)


def draw_bar(axes: Axes, bar: Bar, place: float, colour: str) -> None:
    axes.barh(place, bar.mean, height=0.36, color=colour)
    low, high = ends(bar)
    if np.isfinite(bar.low):
        axes.plot([low, high], [place, place], color=INK, linewidth=1.1)
        axes.plot([low, high], [place, place], "|", color=INK, markersize=6)
    left = bar.mean < 0
    axes.annotate(
        bar.words,
        (min(low, 0.0) if left else max(high, 0.0), place),
        xytext=(-5 if left else 5, 0),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=8.5,
    )


def ends(bar: Bar) -> tuple[float, float]:
    """Of bar and interval together."""
    found = [edge for edge in (bar.mean, bar.low, bar.high) if np.isfinite(edge)] or [0.0]
    return min(found), max(found)


def limits(rows: Sequence[Pair], longest_label: int) -> tuple[float, float]:
    """Ends of the axis, with room for the words beyond the bars on either side."""
    bars = [bar for row in rows for bar in (row.upper, row.lower) if bar is not None]
    across = WIDTH - 0.5 - longest_label * LETTER * 1.1
    low = min([0.0, *(ends(bar)[0] for bar in bars)])
    high = max([0.0, *(ends(bar)[1] for bar in bars)])
    span = high - low or 1.0
    room = {
        side: max([0.0, *(len(bar.words) * LETTER + 0.15 for bar in bars if (bar.mean < 0) is side)]) / across
        for side in (True, False)
    }
    whole = span / max(1 - room[True] - room[False], 0.2)
    return low - room[True] * whole, high + max(room[False], 0.02) * whole
