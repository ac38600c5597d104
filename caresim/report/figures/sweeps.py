"""The figures of a sweep: curves, heat maps, and all differences at a glance. Numbers in, pictures out.

What to draw is decided in `report/sweep_pictures.py`; how it looks, here and in `canvas.py`.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator

from caresim.report.figures.canvas import (
    ACCENT,
    BLUE,
    GREY,
    INK,
    PALE,
    STYLE,
    WIDTH,
    Picture,
    new_figure,
    picture,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

COLOURS = (BLUE, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", INK)
"""Of lines that have no order of their own; the accent is the target's."""
FEW_TO_MANY = LinearSegmentedColormap.from_list("few_to_many", ("#8cc1e6", BLUE, "#062f4a"))
"""Of lines that stand for rising numbers."""
LOW_TO_HIGH = LinearSegmentedColormap.from_list("low_to_high", ("#f4f8fb", "#9cc9e6", BLUE, "#063a5c"))
MARKERS = ("o", "s", "^", "D", "v", "P")
MOST_LINES, MOST_RISING = len(COLOURS), 10
"""In one panel: more cannot be told apart; shades that rise with a number better than others."""
LINE_OF_TEXT = 12.5
"""Points from one line of text to the next."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A varied path as an axis: its words, and its levels with theirs, rising."""

    label: str
    levels: tuple[float, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A figure against a varied path; low and high are nan where one run says nothing."""

    label: str
    """"" for the only line there is."""
    x: NDArray[np.float64]
    """Rising, if joined."""
    mean: NDArray[np.float64]
    """nan: no figure; the line has a gap there."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    joined: bool = True
    """False: points that differ by more than x, each with its interval."""


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    """"" for the only panel there is."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Target:
    value: float
    label: str


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A figure by two varied paths: shape (levels up, levels across)."""

    title: str
    mean: NDArray[np.float64]
    """nan: no figure."""
    words: tuple[tuple[str, ...], ...]
    """What stands in each cell; "" where the design has no such variant."""


@dataclass(frozen=True, slots=True)
class Apart:
    """A variant's difference from the baseline; all are nan where there is no figure."""

    label: str
    mean: float
    low: float
    high: float
    words: str
    sure: bool
    """The interval leaves out zero."""


def draw_curves(
    name: str,
    title: str,
    caption: str,
    panels: Sequence[Panel],
    *,
    axis: Axis,
    unit: str,
    target: Target | None = None,
    ordered: bool = False,
) -> Picture:
    """Lines with their bands, a panel beside the other; the target as a dashed line, named.

    `ordered` says that the lines stand for rising numbers, so they are drawn in rising shades.
    """
    labels = list(dict.fromkeys(line.label for panel in panels for line in panel.lines))
    alone = len(panels) == 1
    columns = 2 if len(panels) == 4 else min(3, len(panels))
    rows = -(-len(panels) // columns)
    with mpl.rc_context(STYLE):
        figure = new_figure(4.7 if alone else 1.35 + (2.55 * rows if rows > 1 else 3.0))
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        every = list(grid.flat)
        for place, axes in enumerate(every):
            if place >= len(panels):
                axes.set_visible(False)
                continue
            # Many bands over one another hide the lines they belong to.
            shade = 0.13 if len(panels[place].lines) < 5 else 0.07
            for line in panels[place].lines:
                draw_line(axes, line, *look_of(labels.index(line.label), len(labels), ordered), shade)
            if panels[place].title:
                words = in_lines(panels[place].title, 90 // columns)
                axes.set_title(words, loc="left", fontsize=9, fontweight="bold")
            axes.tick_params(labelbottom=True)
        name_axes(figure, every[0], alone, axis.label, unit)
        name_levels(every[0], axis, most=12 if alone else 6)
        bottom, top = value_limits(panels, target)
        every[0].set_ylim(bottom, top)
        every[0].yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
        every[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
        if target is not None:
            for axes in every[: len(panels)]:
                axes.axhline(target.value, color=ACCENT, linewidth=1.4, dashes=(5, 3), zorder=1.5)
        if alone:
            room = figure.get_figheight() * 72 - 125 - 17 * (len(textwrap.wrap(title, 74)) - 1)
            name_lines(every[0], panels[0].lines, labels, ordered, target, room)
            return picture(name, plain(title), plain(caption), figure)
        finished = picture(name, plain(title), plain(caption), figure)
        name_under_panels(finished, axis.label)
        key_under_title(finished, handles_of(labels, ordered, target))
        return finished


def draw_line(axes: Axes, line: Line, colour: str, marker: str, shade: float) -> None:
    if not line.joined:
        known = np.isfinite(line.low)
        if known.any():
            spread = np.abs(np.vstack([line.mean - line.low, line.high - line.mean])[:, known])
            axes.errorbar(
                line.x[known],
                line.mean[known],
                yerr=spread,
                fmt="none",
                ecolor=colour,
                elinewidth=0.8,
                alpha=0.5,
            )
        axes.plot(line.x, line.mean, linestyle="none", marker=marker, markersize=4, color=colour)
        return
    axes.fill_between(line.x, line.low, line.high, color=colour, alpha=shade, linewidth=0)
    axes.plot(line.x, line.mean, color=colour, linewidth=1.8, marker=marker, markersize=4.5)


def name_axes(figure: Figure, first: Axes, alone: bool, across: str, up: str) -> None:
    """Panels share their axes, so theirs are named once: here, and by `name_under_panels`."""
    if alone:
        first.set_xlabel(in_lines(across, 80))
        first.set_ylabel(in_lines(up, 40))
    else:
        figure.supylabel(in_lines(up, 40), fontsize=9.5)


def name_under_panels(finished: Picture, across: str) -> None:
    """A strip between the axes, which make room for it, and the caption."""
    left, bottom, width, tall = rect_of(finished)
    words = in_lines(across, 100)
    strip = (0.04 + 0.17 * (words.count("\n") + 1)) / finished.figure.get_figheight()
    set_rect(finished, (left, bottom + strip, width, tall - strip))
    finished.figure.text(0.53, bottom, words, ha="center", va="bottom", fontsize=9.5, in_layout=False)


def rect_of(finished: Picture) -> tuple[float, float, float, float]:
    """Where the axes are laid out, between title and caption."""
    engine = finished.figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    left, bottom, width, tall = engine.get()["rect"]
    return left, bottom, width, tall


def set_rect(finished: Picture, rect: tuple[float, float, float, float]) -> None:
    engine = finished.figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    engine.set(rect=rect)


def look_of(place: int, of: int, ordered: bool) -> tuple[str, str]:
    """Colour and marker of a line."""
    marker = MARKERS[place % len(MARKERS)]
    if ordered and of > 1:
        return mpl.colors.to_hex(FEW_TO_MANY(place / (of - 1))), marker
    return COLOURS[place % len(COLOURS)], marker


def value_limits(panels: Sequence[Panel], target: Target | None) -> tuple[float, float]:
    """From 0 where that is not far below what is drawn, else with a little room around it."""
    parts = [part for panel in panels for line in panel.lines for part in (line.mean, line.low, line.high)]
    values = np.concatenate([*parts, [] if target is None else [target.value]])
    values = values[np.isfinite(values)]
    if not values.any():
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    means = np.concatenate([line.mean for panel in panels for line in panel.lines])
    if low < 0 <= np.nanmin(means) and (target is None or target.value >= 0):
        # An interval may reach below zero where no figure can: what is never seen is not drawn.
        low = 0.0
    spread = (high - low) or abs(high) or 1.0
    if 0 <= low < 0.6 * high:
        return 0.0, high + 0.08 * spread
    return low - 0.08 * spread, high + 0.08 * spread


def name_levels(axes: Axes, axis: Axis, most: int) -> None:
    """A tick at each level; of many, at round numbers."""
    low, high = min(axis.levels), max(axis.levels)
    room = 0.04 * (high - low) or 1.0
    axes.set_xlim(low - room, high + room)
    near = len(axis.levels) > 1 and np.diff(axis.levels).min() < (high - low) / (1.6 * most)
    if len(axis.levels) > most or near:
        axes.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
        # The words of a level are its number and what stands around it: +20, ×1.05.
        before, after = around_number(axis)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{before}{value:,.6g}{after}"))
    else:
        axes.set_xticks(axis.levels, [plain(words) for words in axis.words])


def around_number(axis: Axis) -> tuple[str, str]:
    number = f"{axis.levels[-1]:,.6g}"
    before, found, after = axis.words[-1].partition(number)
    return (before, after) if found else ("", "")


def name_lines(
    axes: Axes, lines: Sequence[Line], labels: list[str], ordered: bool, target: Target | None, room: float
) -> None:
    """Words at the right end of lines and of the target, moved apart where they would meet.

    `room` is about how high the axes are [points].
    """
    named: list[tuple[float, str, str]] = []
    for line in lines:
        known = line.mean[np.isfinite(line.mean)]
        if line.label and len(known):
            colour, _ = look_of(labels.index(line.label), len(labels), ordered)
            named.append((float(known[-1]), in_lines(line.label, 26), colour))
    if target is not None:
        named.append((target.value, in_lines(target.label, 26), ACCENT))
    if not named:
        return
    named.sort(key=lambda item: item[0])
    bottom, top = axes.get_ylim()
    scale = room / (top - bottom)
    heights = [LINE_OF_TEXT * (words.count("\n") + 1) for _, words, _ in named]
    wanted = [(value - bottom) * scale for value, _, _ in named]
    # No lower than the words under the axis.
    for (value, words, colour), place in zip(named, apart(wanted, heights, floor=-20.0), strict=True):
        end = (20.0, place - (value - bottom) * scale)
        where: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        leader = {"arrowstyle": "-", "color": colour, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 0}
        axes.annotate("", (1.0, value), xytext=end, arrowprops=leader, annotation_clip=False, **where)
        axes.annotate(
            words,
            (1.0, value),
            xytext=(end[0] + 3.0, end[1]),
            va="center",
            color=readable(colour),
            fontweight="bold" if colour == ACCENT else "normal",
            fontsize=9,
            annotation_clip=False,
            **where,
        )


def readable(colour: str) -> str:
    """A colour of lines, darkened where words in it would be too pale on white."""
    red, green, blue = mpl.colors.to_rgb(colour)
    light = 0.3 * red + 0.59 * green + 0.11 * blue
    share = min(1.0, 0.42 / light) if light else 1.0
    return mpl.colors.to_hex((red * share, green * share, blue * share))


def apart(wanted: Sequence[float], heights: Sequence[float], floor: float = -math.inf) -> list[float]:
    """Places nearest to those wanted (rising) at which words of these heights do not meet.

    None reaches below `floor`.
    """
    blocks: list[tuple[float, float, list[int]]] = []
    for number, place in enumerate(wanted):
        block = (place, heights[number], [number])
        # Words that would meet become one block around the middle of what they want.
        while blocks and blocks[-1][0] + blocks[-1][1] / 2 > block[0] - block[1] / 2:
            before = blocks.pop()
            members = before[2] + block[2]
            tall = before[1] + block[1]
            middles = np.cumsum([0.0, *(heights[k] for k in members)])[:-1]
            offsets = [middles[j] + heights[k] / 2 - tall / 2 for j, k in enumerate(members)]
            centre = float(np.mean([wanted[k] - offset for k, offset in zip(members, offsets, strict=True)]))
            block = (centre, tall, members)
        blocks.append(block)
    places = [0.0] * len(wanted)
    for centre, tall, members in blocks:
        below = max(centre - tall / 2, floor)
        for k in members:
            places[k] = below + heights[k] / 2
            below += heights[k]
        # A block that was lifted may push the next one.
        floor = below
    return places


def handles_of(labels: list[str], ordered: bool, target: Target | None) -> list[Line2D]:
    """What the lines of all panels mean."""
    handles = []
    for place, label in enumerate(labels):
        colour, marker = look_of(place, len(labels), ordered)
        if label:
            words = textwrap.shorten(plain(label), 100, placeholder=" ...")
            handles.append(Line2D([], [], color=colour, marker=marker, markersize=4.5, label=words))
    if target is not None:
        handles.append(Line2D([], [], color=ACCENT, dashes=(4, 2), label=plain(target.label)))
    return handles


def key_under_title(finished: Picture, handles: Sequence[Line2D]) -> None:
    """A strip between the title and the axes, which make room for it."""
    if not handles:
        return
    figure = finished.figure
    widest = max(len(str(handle.get_label())) for handle in handles)
    columns = max(1, min(len(handles), int(116 / (widest + 8))))
    lines = -(-len(handles) // columns)
    left, bottom, width, tall = rect_of(finished)
    strip = (0.06 + 0.19 * lines) / figure.get_figheight()
    set_rect(finished, (left, bottom, width, tall - strip))
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.012, bottom + tall),
        ncols=columns,
        frameon=False,
        fontsize=9,
        handlelength=2.2,
        borderpad=0,
        borderaxespad=0,
        labelspacing=0.35,
    ).set_in_layout(False)


def draw_heat_maps(
    name: str,
    title: str,
    caption: str,
    maps: Sequence[HeatMap],
    *,
    across: Axis,
    up: Axis,
    target: Target | None = None,
) -> Picture:
    """Cells shaded from low to high, one scale for all; along the line the target is met.

    The line runs between the middles of cells as if the figure changed evenly from one to the
    next; it is left out where all cells lie on one side.
    """
    columns = columns_of_maps(len(maps), len(across.levels))
    rows = -(-len(maps) // columns)
    with mpl.rc_context({**STYLE, "axes.grid": False}):
        figure = new_figure(1.55 + rows * (0.75 + 0.46 * max(len(up.levels), 3)))
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        every = list(grid.flat)
        values = np.concatenate([one.mean[np.isfinite(one.mean)] for one in maps])
        low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
        shades = Normalize(low, high if high > low else low + 1.0)
        size, one_line = size_of_words(maps, columns, len(across.levels))
        crossed = False
        for place, axes in enumerate(every):
            if place >= len(maps):
                axes.set_visible(False)
                continue
            draw_cells(axes, maps[place], shades, LOW_TO_HIGH, size, one_line)
            if target is not None:
                crossed |= draw_contour(axes, maps[place].mean, target.value)
            if maps[place].title:
                words = in_lines(maps[place].title, 84 // columns)
                axes.set_title(words, loc="left", fontsize=9, fontweight="bold")
            if place + columns >= len(maps):
                axes.tick_params(labelbottom=True)
        name_axes(figure, every[0], len(maps) == 1, across.label, up.label)
        every[0].set_xticks(*thinned(across, 16 if columns == 1 else 8))
        every[0].set_yticks(*thinned(up, 30))
        for axes in every:
            axes.tick_params(length=0)
            axes.spines[:].set_visible(False)
        if size is None:
            shown = mpl.cm.ScalarMappable(shades, LOW_TO_HIGH)
            figure.colorbar(shown, ax=every, shrink=0.8, aspect=30)
        finished = picture(name, plain(title), plain(caption), figure)
        if len(maps) > 1:
            name_under_panels(finished, across.label)
        if crossed and target is not None:
            line = Line2D([], [], color=ACCENT, linewidth=2.2, label=plain(target.label))
            key_under_title(finished, [line])
        return finished


def columns_of_maps(maps: int, cells: int) -> int:
    """Beside each other, so that cells stay wide enough for their figures."""
    most = 3 if cells <= 3 else 2 if cells <= 6 else 1
    return min(most, maps) if maps != 4 else min(most, 2)


def size_of_words(maps: Sequence[HeatMap], columns: int, cells: int) -> tuple[float | None, bool]:
    """Of the figures in cells, and whether each stands in one line, which leaves the target's line free.

    None where no size fits: shades and a scale have to do.
    """
    words = [word for one in maps for row in one.words for word in row]
    width = ((WIDTH * 72 - 40) / columns - 50) / cells
    whole = max((len(word) for word in words), default=0)
    longest = max((len(line) for word in words for line in word.split("\n")), default=0)
    for signs, least, one_line in ((whole, 7.0, True), (longest, 5.5, False)):
        size = min(9.5, width / (0.62 * signs + 1.5))
        if size >= least:
            return size, one_line
    return None, False


def draw_cells(
    axes: Axes, one: HeatMap, shades: Normalize, colours: Colormap, size: float | None, one_line: bool
) -> None:
    rows, columns = one.mean.shape
    axes.set_xlim(-0.5, columns - 0.5)
    axes.set_ylim(-0.5, rows - 0.5)
    for row in range(rows):
        for column in range(columns):
            value, words = one.mean[row, column], one.words[row][column]
            corner = (column - 0.5, row - 0.5)
            if np.isfinite(value):
                shade = colours(shades(value))
                axes.add_patch(Rectangle(corner, 1, 1, facecolor=shade, edgecolor="white"))
            elif words:
                shade = (1.0, 1.0, 1.0, 1.0)
                axes.add_patch(
                    Rectangle(corner, 1, 1, facecolor="white", edgecolor=PALE, hatch="////", linewidth=0)
                )
            else:
                continue
            if size is None:
                continue
            red, green, blue = shade[:3]
            dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.55
            axes.text(
                column,
                row,
                plain(words.replace("\n", " ") if one_line else words),
                ha="center",
                va="center",
                fontsize=size,
                color="white" if dark else INK,
                # A ground in the cell's own shade, so that the target's line runs behind the figure.
                bbox={"facecolor": shade, "edgecolor": "none", "pad": 1.5},
                linespacing=1.15,
                zorder=4,
            )


def draw_contour(axes: Axes, mean: NDArray[np.float64], target: float) -> bool:
    """The line along which the target is met, out to the edges of the cells; whether there is one."""
    known = mean[np.isfinite(mean)]
    if not len(known) or min(mean.shape) < 2 or not known.min() < target < known.max():
        return False
    rows, columns = mean.shape
    padded = np.ma.masked_invalid(np.pad(mean, 1, mode="edge"))
    x = np.concatenate([[-0.5], np.arange(columns), [columns - 0.5]])
    y = np.concatenate([[-0.5], np.arange(rows), [rows - 0.5]])
    drawn = axes.contour(
        x, y, padded, levels=[target], colors=[ACCENT], linewidths=2.2, linestyles="solid", zorder=3
    )
    drawn.set_path_effects([withStroke(linewidth=4.2, foreground="white")])
    return any(np.size(path.vertices) for path in drawn.get_paths())


def thinned(axis: Axis, most: int) -> tuple[list[int], list[str]]:
    """Places and words of an axis, every second, third ... where there are too many."""
    step = -(-len(axis.levels) // most)
    places = list(range(0, len(axis.levels), step))
    return places, [plain(axis.words[place]) for place in places]


def draw_differences(name: str, title: str, caption: str, rows: Sequence[Apart], *, unit: str) -> Picture:
    """Every variant's difference from the baseline with its interval, and where zero lies."""
    with mpl.rc_context({**STYLE, "axes.grid.axis": "x", "ytick.major.size": 0}):
        labels = [in_lines(row.label, 48) for row in rows]
        lines = [label.count("\n") + 1 for label in labels]
        small = len(rows) > 20
        heights = [0.11 + (0.135 if small else 0.155) * count for count in lines]
        figure = new_figure(1.5 + sum(heights))
        axes = figure.add_subplot()
        # Each row is as high as its words.
        edges = np.concatenate([[0.0], np.cumsum(heights)])
        places = (edges[:-1] + edges[1:]) / 2
        axes.axvline(0, color=INK, linewidth=1.0, zorder=1.5)
        for place, row in zip(places, rows, strict=True):
            if not np.isfinite(row.mean):
                continue
            colour = BLUE if row.sure else GREY
            if np.isfinite(row.low):
                axes.plot(
                    [row.low, row.high], [place, place], color=colour, linewidth=2.2, solid_capstyle="butt"
                )
            face = colour if row.sure else "white"
            axes.plot(row.mean, place, marker="o", markersize=5, color=colour, markerfacecolor=face)
        size = 8.0 if small else 9.0
        axes.set_yticks(places, labels, fontsize=size)
        axes.set_ylim(edges[-1], 0)
        left, right = difference_limits(rows)
        axes.set_xlim(left, right)
        words_at_right(axes, places, rows, size)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+,.6g}" if value else "0"))
        axes.set_xlabel(plain(unit))
        return picture(name, plain(title), plain(caption), figure)


def difference_limits(rows: Sequence[Apart]) -> tuple[float, float]:
    ends = np.array([[row.mean, row.low, row.high] for row in rows], dtype=float).ravel()
    ends = np.append(ends[np.isfinite(ends)], 0.0)
    room = 0.06 * float(ends.max() - ends.min()) or 1.0
    return float(ends.min()) - room, float(ends.max()) + room


def words_at_right(axes: Axes, places: NDArray[np.float64], rows: Sequence[Apart], size: float) -> None:
    """Figures in a column of their own, right of the axes."""
    for place, row in zip(places, rows, strict=True):
        axes.annotate(
            plain(row.words),
            (1.0, place),
            xycoords=("axes fraction", "data"),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=size,
            color=INK if row.sure else GREY,
            annotation_clip=False,
        )


def in_lines(words: str, width: int) -> str:
    """Broken after a comma where it can be: "winter,\\nreablement places +20"."""
    lines = [""]
    for part in plain(words).split(", "):
        for piece in textwrap.wrap(part, width) or [""]:
            joined = f"{lines[-1]} {piece}" if lines[-1] else piece
            lines = [*lines[:-1], joined] if len(joined) <= width else [*lines, piece]
        lines[-1] += ","
    return "\n".join(lines).removesuffix(",")


def plain(words: str) -> str:
    """Words as they are: a dollar sign begins no formula."""
    return words.replace("$", r"\$")
