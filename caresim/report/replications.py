"""How many replications are enough, in words, tables and a picture.

Figures come from `measures/replications.py`; how they look is in `figures/evidence.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from caresim.measures.replications import Running
from caresim.report.comparison import alone, in_unit
from caresim.report.figures.canvas import Picture
from caresim.report.figures.evidence import RunningPanel, draw_running
from caresim.report.sweeps import label_of
from caresim.report.words import MISSING, Table, as_plain, count, is_missing

MOST_ROWS = 20
"""Replications that are all listed; of more, some."""


def mean_in_words(row: Running) -> str:
    mean, half = float(row.mean[-1]), float(row.half[-1])
    return in_unit({"mean": mean, "low": mean - half, "high": mean + half}, row.unit)


def fine(value: float, unit: str) -> str:
    """A half-width, with two digits that tell."""
    if is_missing(value):
        return MISSING
    size, word = size_of(value, unit)
    return f"{'£' if unit == 'pounds' else ''}{value / size:,.{telling(value / size)}f}{word}"


def plus_minus(mean: float, half: float, unit: str) -> str:
    """A mean and its half-width, both with the digits that tell of the latter."""
    if is_missing(mean):
        return MISSING
    if is_missing(half):
        return alone(mean, unit)
    size, word = size_of(mean, unit)
    digits = telling(half / size)
    text = f"{abs(mean) / size:,.{digits}f}{word} ± {half / size:,.{digits}f}{word}"
    return f"{'-' if mean < 0 else ''}{'£' if unit == 'pounds' else ''}{text}"


def size_of(value: float, unit: str) -> tuple[float, str]:
    """What is counted in: pounds in millions, thousands or ones, and its letter; shares in per cent."""
    if unit == "share":
        return 0.01, ""
    sizes = ((1e6, "m"), (1e3, "k")) if unit == "pounds" else ()
    return next(((size, word) for size, word in sizes if abs(value) >= size), (1.0, ""))


def telling(value: float) -> int:
    """Digits behind the point that leave two of a figure, at most four."""
    return min(4, max(0, 1 - math.floor(math.log10(value)))) if value > 0 else 0


def replications_as_plain(rows: Sequence[Running]) -> list[dict[str, Any]]:
    """As JSON knows it: each measure after each replication, and held against its target.

    reached: from how many replications on the half-width stays within the target, null if it does
    not; needed: how many would do, null where nothing can be said.
    """
    return [
        {
            "measure": row.name,
            "unit": row.unit,
            "level": row.level,
            "target": as_plain(row.target),
            "reached": row.reached,
            "needed": row.needed,
            "after": [
                {"replications": n, "mean": as_plain(mean), "half_width": as_plain(half)}
                for n, (mean, half) in enumerate(zip(row.mean, row.half, strict=True), start=1)
            ],
        }
        for row in rows
    ]


def replications_table(rows: Sequence[Running]) -> Table:
    """One row a measure: how sure it is, and how many replications would do."""
    n = max(row.n for row in rows)
    return Table(
        f"{count(n, 'replication')}; mean (95 % interval: low to high)",
        ("", "mean", "half-width", "target", "are they enough?"),
        tuple(
            (
                label_of(row.name, row.unit),
                mean_in_words(row),
                fine(float(row.half[-1]), row.unit),
                target_in_words(row),
                enough_replications(row),
            )
            for row in rows
        ),
        words_last=True,
    )


def target_in_words(row: Running) -> str:
    if not row.target.relative:
        return row.target.words
    return f"{row.target.words}: {fine(float(row.allowed[-1]), row.unit)}"


def enough_replications(row: Running) -> str:
    if row.reached is not None:
        return f"yes, from {row.reached} on"
    if row.n < 2:
        return "one replication cannot tell"
    needed = row.needed
    if needed is None:
        return "no: no number would do"
    size = 10 ** max(0, len(str(needed)) - 2)
    return f"no: about {-(-needed // size) * size:,} would do"


def running_table(rows: Sequence[Running]) -> Table:
    """Mean and half-width after each replication, or, of many, after some."""
    n = max(row.n for row in rows)
    return Table(
        "Mean and half-width after so many replications",
        ("", *(row.name for row in rows)),
        tuple(
            (
                f"{number}",
                *(
                    plus_minus(float(row.mean[number - 1]), float(row.half[number - 1]), row.unit)
                    for row in rows
                ),
            )
            for number in shown_numbers(n, [row.reached for row in rows])
        ),
    )


def shown_numbers(n: int, reached: Sequence[int | None]) -> list[int]:
    """All of a few, else the first ones, round ones, those that matter and the last."""
    if n <= MOST_ROWS:
        return list(range(1, n + 1))
    wanted = {*range(1, 11), *(number for number in reached if number is not None), n}
    step = 10
    while step < n:
        wanted |= {step, 2 * step, 5 * step} if step > 10 else {15, 20, 30, 50}
        step *= 10
    return sorted(number for number in wanted if number <= n)


def running_picture(rows: Sequence[Running]) -> Picture:
    n = max(row.n for row in rows)
    met = sum(row.reached is not None for row in rows)
    if met == len(rows):
        most = max(row.reached or 0 for row in rows)
        title = f"{most} replications are enough" + (" for all of these" if len(rows) > 1 else "")
    elif len(rows) == 1:
        title = f"{count(n, 'replication')}: not enough yet for {rows[0].target.words}"
    else:
        title = f"{count(n, 'replication')} are enough for {met} of these {len(rows)}"
    return draw_running(
        "replications",
        title,
        "Grey: each replication. Blue: mean of those up to here, and its 95 % interval. Dashed: the "
        "half-width asked for, around the last mean. Upright: from so many on the interval stays within it.",
        [panel_of(row) for row in rows],
    )


def panel_of(row: Running) -> RunningPanel:
    scale, unit = (100.0, "%") if row.unit == "share" else (1.0, row.unit)
    return RunningPanel(
        label_of(row.name, row.unit),
        f"{enough_replications(row)} ({target_in_words(row)})",
        scale * row.figures,
        scale * row.mean,
        scale * row.half,
        scale * float(row.allowed[-1]),
        row.reached,
        unit,
    )
