"""Which figures a sweep gets, what their titles and captions say, and the folder they are written to."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from caresim.errors import ResultsError
from caresim.report.comparison import alone, in_unit, intervals_in_words, plain
from caresim.report.figures.canvas import Picture, write_pictures
from caresim.report.figures.sweeps import (
    MOST_LINES,
    MOST_RISING,
    Apart,
    Axis,
    HeatMap,
    Line,
    Panel,
    Target,
    draw_curves,
    draw_differences,
    draw_heat_maps,
)
from caresim.report.sweeps import column_in_words
from caresim.report.words import count, digits_for, is_missing

if TYPE_CHECKING:
    from caresim.measures.sweeps import Sweep

ROWS = 30
"""Variants in one figure of differences; more go on in another."""
MOST_ROWS = 120
"""Of more variants no eye reads differences one by one: the table has them."""
PANELS = {"curves": 9, "maps": 6}
"""In one figure; more go on in another."""
FILLED = 0.6
"""Share of the cells that a design must have variants for, to be drawn as a heat map."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A measure as it is drawn: its words, and what its figures are multiplied by."""

    column: str
    what: str
    unit: str
    scale: float
    read_in: str
    """The unit its figures are kept in."""


def write_comparison(
    sweep: Sweep,
    rows: pd.DataFrame,
    folder: Path,
    *,
    baseline: str,
    adjust: bool = False,
    targets: Mapping[str, float] | None = None,
    best: Mapping[str, pd.DataFrame] | None = None,
) -> list[Path]:
    """Figures as PNG and SVG and tables as CSV, in `folder`; gives the files written.

    Raises:
        ResultsError: `folder` cannot be written.
    """
    measures = list(dict.fromkeys(rows["measure"])) if len(rows) else _kept(sweep)
    estimates = sweep.estimates()
    tables = {
        "differences": rows,
        "estimates": estimates[estimates["measure"].isin(measures)],
        "variants": sweep.variants,
        **{f"best_{file_name(measure)}": table for measure, table in (best or {}).items()},
    }
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            written.append(folder / f"{name}.csv")
            table.to_csv(written[-1], index=False)
    except OSError as error:
        raise ResultsError(f"{folder}: cannot be written: {error.strerror or error}.") from error
    drawn = sweep_pictures(sweep, rows, baseline=baseline, adjust=adjust, targets=targets, measures=measures)
    return written + write_pictures(drawn, folder)


def sweep_pictures(
    sweep: Sweep,
    rows: pd.DataFrame,
    *,
    baseline: str,
    measures: Sequence[str],
    adjust: bool = False,
    targets: Mapping[str, float] | None = None,
) -> Iterator[Picture]:
    """Every figure of a sweep: for each measure differences, curves, heat maps; one at a time."""
    estimates = sweep.estimates().drop(columns="n")
    for measure in measures:
        own = estimates[estimates["measure"] == measure].drop(columns=["measure", "unit"])
        frame = placed(sweep).merge(own, on="variant", how="left")
        shown = as_shown(measure, sweep.units.get(measure, ""), frame["mean"])
        frame[["mean", "low", "high"]] *= shown.scale
        goal = target_of(shown, (targets or {}).get(measure))
        intervals = intervals_in_words(len(sweep.variants) - 1, adjust)
        yield from differences(rows[rows["measure"] == measure], shown, baseline, intervals)
        for path in number_paths(sweep):
            yield from curves(sweep, frame, shown, path, goal)
        for across, up in itertools.combinations(number_paths(sweep), 2):
            yield from heat_maps(sweep, frame, shown, (across, up), goal)


def placed(sweep: Sweep) -> pd.DataFrame:
    """The variants; a path that one leaves as it is stands where "plus 0" or "times 1.0" would."""
    frame = sweep.variants.copy()
    for path in number_paths(sweep):
        as_it_is = {"plus": 0.0, "minus": 0.0, "times": 1.0}.get(factor_of(sweep, path)["operation"])
        if as_it_is is not None:
            frame[path] = frame[path].fillna(as_it_is)
    # What is left as it is may also be there as "plus 0": one scenario, drawn once.
    paths = [path for path in number_paths(sweep) if path in frame.columns]
    return frame.drop_duplicates(["scenario", "group", *paths], ignore_index=True)


# -------------------------------------------------------------- differences


def differences(rows: pd.DataFrame, shown: Shown, baseline: str, intervals: str) -> Iterator[Picture]:
    """Every variant less the baseline, in design order."""
    if not 0 < len(rows) <= MOST_ROWS:
        return
    lines = [
        Apart(
            label=str(row["variant"]),
            mean=row["difference"] * shown.scale,
            low=row["low"] * shown.scale,
            high=row["high"] * shown.scale,
            words=words_of_difference(row, shown.read_in),
            sure=row["verdict"].startswith("clearly"),
        )
        for row in plain(rows)
    ]
    sure = sum(line.sure for line in lines)
    n = int(rows["n"].max())
    means = (
        f"Bars: {intervals}. Blue: zero is not in it, so the difference is more than chance; grey: zero "
        "is in it, so nobody can tell yet."
        if n > 1
        else "One replication cannot tell chance from change."
    )
    pairs = replications(rows["n"]) + (
        "" if rows["n"].nunique() < 2 else ", those that both have: another baseline beside each"
    )
    caption = f'Each variant less "{baseline}", paired by replication ({pairs}). {means}'
    pages = paged(lines, ROWS)
    for number, page in enumerate(pages):
        yield draw_differences(
            f"{file_name(shown.column)}_differences{suffix(number)}",
            f"{shown.what}: {sure} of {count(len(lines), 'variant')} clearly "
            f"{'differs' if sure == 1 else 'differ'} from the baseline" + part_of(number, len(pages)),
            caption,
            page,
            unit=f"difference, {shown.unit or shown.what}",
        )


def words_of_difference(row: Mapping[str, Any], unit: str) -> str:
    if is_missing(row["difference"]):
        return "no figure"
    estimate = {"mean": row["difference"], "low": row["low"], "high": row["high"]}
    words = in_unit(estimate, unit, difference=True)
    return "the same" if row["verdict"] == "the same" else words


# -------------------------------------------------------------- curves


def curves(
    sweep: Sweep, frame: pd.DataFrame, shown: Shown, path: str, goal: Target | None
) -> Iterator[Picture]:
    """The measure against one path, a line for each group and combination of the other paths."""
    chosen = frame[frame[path].notna()]
    lines = joined_lines(chosen, path, told_apart(sweep, chosen, path))
    ordered = False
    if lines:
        # What is left may agree in paths in which all variants did not.
        chosen = pd.concat([rows for _, rows in lines])
        others = told_apart(sweep, chosen, path)
        panels, ordered = panels_of(sweep, joined_lines(chosen, path, others), path, others)
    else:
        panels = [Panel("", tuple(points(sweep, chosen, path)))]
    if chosen[path].nunique() < 2 or not chosen["mean"].notna().any():
        return
    pages = paged(panels, PANELS["curves"])
    for number, page in enumerate(pages):
        yield draw_curves(
            f"{file_name(shown.column)}_by_{file_name(path_in_words(path))}{suffix(number)}",
            curve_title(shown, chosen, path) + part_of(number, len(pages)),
            f"{means_in_words(sweep, chosen, 'bands' if lines else 'bars')} "
            f"{same_people(sweep, chosen)}{goal_in_words(goal)}Varied: {path}.",
            page,
            axis=axis_of(sweep, path, chosen),
            unit=shown.unit or shown.what,
            target=goal,
            ordered=ordered,
        )


def told_apart(sweep: Sweep, frame: pd.DataFrame, *drawn: str) -> list[str]:
    """Group and paths, other than those drawn, in which the variants differ.

    Without the paths that are one and the same in all of a group: its name says that already.
    """
    keys = ["group", *(str(factor["path"]) for factor in sweep.experiment["factors"])]
    found = [
        key
        for key in keys
        if key not in drawn and key in frame.columns and frame[key].nunique(dropna=False) > 1
    ]
    if "group" not in found or (frame["group"] == "").any():
        return found
    of_group = frame.groupby("group")[found].nunique(dropna=False).max()
    return [key for key in found if key == "group" or of_group[key] > 1]


def joined_lines(
    frame: pd.DataFrame, path: str, others: Sequence[str]
) -> list[tuple[tuple[Any, ...], pd.DataFrame]]:
    """Variants alike in all but the path, two or more, in order of the path, with what they share."""
    return [
        (key, rows.sort_values(path))
        for key, rows in alike(frame, others)
        if len(rows) > 1 and rows[path].is_unique
    ]


def alike(frame: pd.DataFrame, keys: Sequence[str]) -> list[tuple[tuple[Any, ...], pd.DataFrame]]:
    """Variants that agree in all keys, with what they share: numbers rising, words in design order."""
    if not keys:
        return [((), frame)]
    ranks = [
        frame[key].rank(method="dense").fillna(0)
        if pd.api.types.is_numeric_dtype(frame[key])
        else pd.Series(pd.factorize(frame[key])[0], index=frame.index)
        for key in keys
    ]
    groups = frame.groupby([rank.to_numpy() for rank in ranks], sort=True)
    return [(tuple(rows[key].iloc[0] for key in keys), rows) for _, rows in groups]


def panels_of(
    sweep: Sweep, lines: Sequence[tuple[tuple[Any, ...], pd.DataFrame]], path: str, others: Sequence[str]
) -> tuple[list[Panel], bool]:
    """Lines in as many panels as it takes to tell them apart; whether they stand for rising numbers."""
    # Lines are told apart by one thing, panels by the rest.
    split = max(len(others) - 1, 0)
    rising = bool(others) and others[-1] in number_paths(sweep)
    together = Counter(key[:split] for key, _ in lines)
    if max(together.values()) > (MOST_RISING if rising else MOST_LINES):
        split = len(others)
    panels: dict[str, list[Line]] = {}
    for key, rows in lines:
        levels = list(zip(others, key, strict=True))
        title, label = words_of_levels(sweep, levels[:split]), words_of_levels(sweep, levels[split:])
        panels.setdefault(title, []).append(line_of(label, rows, path))
    return [Panel(title, tuple(own)) for title, own in panels.items()], rising and split < len(others)


def line_of(label: str, rows: pd.DataFrame, path: str, *, joined: bool = True) -> Line:
    x, mean, low, high = (rows[name].to_numpy(dtype=float) for name in (path, "mean", "low", "high"))
    return Line(label, x, mean, low, high, joined)


def points(sweep: Sweep, frame: pd.DataFrame, path: str) -> list[Line]:
    """Variants that differ in more than the path: points, told apart by group."""
    if frame["group"].nunique(dropna=False) < 2:
        return [line_of("", frame, path, joined=False)]
    groups = frame.groupby("group", dropna=False, sort=False)
    return [
        line_of(words_of_levels(sweep, [("group", group)]), rows, path, joined=False)
        for group, rows in groups
    ][:MOST_LINES]


def curve_title(shown: Shown, frame: pd.DataFrame, path: str) -> str:
    known = frame[frame["mean"].notna()]
    low, high = known["mean"].min(), known["mean"].max()
    figures = span_in_words(low / shown.scale, high / shown.scale, shown)
    return f"{shown.what}: {figures}, by {path_in_words(path)}"


# -------------------------------------------------------------- heat maps


def heat_maps(
    sweep: Sweep, frame: pd.DataFrame, shown: Shown, paths: tuple[str, str], goal: Target | None
) -> Iterator[Picture]:
    """The measure by two paths, a map for each group and combination of the other paths."""
    if sweep.experiment["design"]["kind"] == "one_at_a_time":
        return  # a cross says nothing of what lies between its arms
    across, up = paths
    frame = frame[frame[across].notna() & frame[up].notna()]
    others = told_apart(sweep, frame, across, up)
    axes = (axis_of(sweep, across, frame), axis_of(sweep, up, frame)) if len(frame) else None
    if axes is None or min(len(axis.levels) for axis in axes) < 2:
        return
    cells = len(axes[0].levels) * len(axes[1].levels)
    maps, chosen = [], []
    for key, rows in alike(frame, others):
        if rows.duplicated([across, up]).any() or len(rows) < FILLED * cells:
            continue
        title = words_of_levels(sweep, list(zip(others, key, strict=True)))
        maps.append(heat_map(title, rows, paths, axes, shown))
        chosen.append(rows)
    if not maps or not any(np.isfinite(one.mean).any() for one in maps):
        return
    drawn = pd.concat(chosen)
    pages = paged(maps, PANELS["maps"])
    for number, page in enumerate(pages):
        yield draw_heat_maps(
            f"{file_name(shown.column)}_by_{file_name(path_in_words(across))}_and_"
            f"{file_name(path_in_words(up))}{suffix(number)}",
            f"{shown.what}: {span_of(drawn, shown)}, by {path_in_words(across)} and {path_in_words(up)}"
            + part_of(number, len(pages)),
            f"{means_in_words(sweep, drawn, 'behind ±')} {same_people(sweep, drawn)}"
            f"{met_in_words(goal, drawn)}Varied: {across} and {up}.",
            page,
            across=axes[0],
            up=axes[1],
            target=goal,
        )


def heat_map(
    title: str, rows: pd.DataFrame, paths: tuple[str, str], axes: tuple[Axis, Axis], shown: Shown
) -> HeatMap:
    columns, lines = (
        np.searchsorted(axis.levels, rows[path]) for axis, path in zip(axes, paths, strict=True)
    )
    mean = np.full((len(axes[1].levels), len(axes[0].levels)), np.nan)
    words = [[""] * mean.shape[1] for _ in range(mean.shape[0])]
    for line, column, row in zip(lines, columns, plain(rows), strict=True):
        mean[line, column] = row["mean"]
        words[line][column] = cell_words(row)
    return HeatMap(title, mean, tuple(tuple(line) for line in words))


def cell_words(row: Mapping[str, Any]) -> str:
    """The figure, and under it half the width of its interval."""
    if is_missing(row["mean"]):
        return "none"
    digits = digits_for(row["mean"])
    mean = f"{row['mean']:,.{digits}f}"
    if is_missing(row["low"]):
        return mean
    return f"{mean}\n±{(row['high'] - row['low']) / 2:,.{digits}f}"


# -------------------------------------------------------------- words


def as_shown(column: str, unit: str, means: pd.Series) -> Shown:
    """Pounds in millions or thousands as their size asks for, shares as per cent."""
    what, words = column_in_words(column, unit)
    if unit == "share":
        return Shown(column, what, "%", 100.0, unit)
    if unit != "pounds":
        return Shown(column, what, words, 1.0, unit)
    largest = means.abs().max()
    for size, word in ((1e6, "million pounds"), (1e3, "thousand pounds")):
        if largest >= size:
            return Shown(column, what, word, 1 / size, unit)
    return Shown(column, what, "pounds", 1.0, unit)


def target_of(shown: Shown, value: float | None) -> Target | None:
    if value is None:
        return None
    return Target(value * shown.scale, f"target: {alone(value, shown.read_in)}")


def span_of(frame: pd.DataFrame, shown: Shown) -> str:
    return span_in_words(frame["mean"].min() / shown.scale, frame["mean"].max() / shown.scale, shown)


def span_in_words(low: float, high: float, shown: Shown) -> str:
    unit = "" if shown.read_in == "pounds" else " %" if shown.unit == "%" else f" {shown.unit}"
    first, last = alone(low, shown.read_in), alone(high, shown.read_in)
    return f"{first}{unit} throughout" if first == last else f"from {first} to {last}{unit}"


def means_in_words(sweep: Sweep, frame: pd.DataFrame, spread: str) -> str:
    """How many replications the figures rest on, and what the spread drawn with them means."""
    n = sweep.variants.set_index("variant")["n"].reindex(frame["variant"])
    words = f"{replications(n)} of each of {count(len(frame), 'variant')}"
    missing = int(frame["mean"].isna().sum())
    if missing:
        words += f" ({missing} without a figure)"
    if n.max() < 2:
        return f"{words}, which says nothing of chance."
    if frame["low"].isna().all():
        return f"Means of {words}."
    return f"Means of {words}; {spread}: 95 % interval of each mean."


def replications(n: pd.Series) -> str:
    few, many = int(n.min()), int(n.max())
    return count(many, "replication") if few == many else f"{few} to {many} replications"


def same_people(sweep: Sweep, frame: pd.DataFrame) -> str:
    """How two means of a picture stand to one another."""
    if frame["low"].isna().all() or len(frame) < 2:
        return ""
    if sweep.variants.set_index("variant")["n"].reindex(frame["variant"]).nunique() > 1:
        return (
            "Not all rest on the same replications, so part of a difference between two may be other people: "
            "see the differences, which are over those both have. "
        )
    return (
        "All variants meet the same people, so a difference between two is surer than their intervals "
        "suggest: see the differences. "
    )


def goal_in_words(goal: Target | None) -> str:
    return "" if goal is None else f"Dashed: {goal.label}. "


def met_in_words(goal: Target | None, frame: pd.DataFrame) -> str:
    """Where the target lies among the cells."""
    if goal is None:
        return ""
    known = frame["mean"].dropna()
    words = goal.label.replace("target: ", "target of ")
    if goal.value <= known.min():
        return f"No cell lies below the {words}. "
    if goal.value >= known.max():
        return f"No cell lies above the {words}. "
    return f"The line is where the {words} would be met, if figures change evenly between cells. "


def words_of_levels(sweep: Sweep, levels: Sequence[tuple[str, Any]]) -> str:
    """Group and levels of paths: "winter, home care hours ×1.05"."""
    words = []
    for key, level in levels:
        if pd.isna(level) or level == "":
            continue
        words.append(
            str(level) if key == "group" else f"{path_in_words(key)} {level_in_words(sweep, key, level)}"
        )
    return ", ".join(words)


def axis_of(sweep: Sweep, path: str, frame: pd.DataFrame) -> Axis:
    levels = tuple(float(level) for level in np.unique(frame[path].to_numpy(dtype=float)))
    factor = factor_of(sweep, path)
    label = path_in_words(path)
    label = {"plus": f"change of {label}", "minus": f"change of {label}"}.get(factor["operation"], label)
    if factor["unit"]:
        label += f", {factor['unit']}"
    return Axis(label, levels, tuple(level_in_words(sweep, path, level) for level in levels))


def level_in_words(sweep: Sweep, path: str, level: Any) -> str:
    """+20, −20, ×1.05, 14, or a text as it stands."""
    if isinstance(level, str) or path not in number_paths(sweep):
        return str(level)
    operation = factor_of(sweep, path)["operation"]
    below = level < 0
    # To take away less than nothing is to add.
    sign = {"plus": "−" if below else "+", "minus": "+" if below else "−"}.get(operation)
    if sign is None:
        sign = {"times": "×"}.get(operation, "") + ("−" if below else "")
    return f"{sign}{abs(level):,.6g}"


def factor_of(sweep: Sweep, path: str) -> Mapping[str, Any]:
    return next(factor for factor in sweep.experiment["factors"] if factor["path"] == path)


def number_paths(sweep: Sweep) -> list[str]:
    """Varied paths whose levels are numbers, two or more."""
    paths = [str(factor["path"]) for factor in sweep.experiment["factors"]]
    return [
        path
        for path in paths
        if path in sweep.variants.columns
        and pd.api.types.is_numeric_dtype(sweep.variants[path])
        and not pd.api.types.is_bool_dtype(sweep.variants[path])
        and sweep.variants[path].nunique(dropna=False) > 1
    ]


def path_in_words(path: str) -> str:
    """`services.reablement.places` -> reablement places."""
    parts = path.split(".")
    if len(parts) > 1 and parts[0] in ("services", "arrivals", "events", "people", "templates"):
        parts = parts[1:]
    return " ".join(parts).replace("_", " ")


def file_name(words: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lower()


def suffix(page: int) -> str:
    return f"_{page + 1}" if page else ""


def part_of(page: int, pages: int) -> str:
    # Spaces at which no line breaks.
    return f" ({page + 1}\u00a0of\u00a0{pages})" if pages > 1 else ""


def paged(things: Sequence[Any], most: int) -> list[list[Any]]:
    """In parts of about equal size, none larger than `most`."""
    pages = max(1, -(-len(things) // most))
    size = -(-len(things) // pages)
    return [list(things[start : start + size]) for start in range(0, len(things), max(size, 1))]


def _kept(sweep: Sweep) -> list[str]:
    return [str(name) for name in sweep.experiment["keep"]["measures"]]
