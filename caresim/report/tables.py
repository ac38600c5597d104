"""What a results folder says, as tables of words and figures and as courses to draw.

Every figure comes from `caresim.measures`; here it is chosen, rounded and put into words.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

EXPECTED_RATE = 3.5
"""% of occupied beds: what the NHS was asked to get down to from 2017 on."""
REASONS = {
    "A": "completion of assessment",
    "B": "public funding",
    "C": "further non-acute NHS care",
    "Di": "residential home",
    "Dii": "nursing home",
    "E": "care package in own home",
    "F": "community equipment or adaptations",
    "G": "patient or family choice",
    "H": "disputes",
    "I": "housing",
    "O": "other",
}
BODIES = {"nhs": "NHS", "social_care": "social care", "both": "both"}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words and rounded figures, the same on a terminal and on a page."""

    title: str
    heads: tuple[str, ...]
    """The first column is words, the others are figures."""
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def rounded(value: float | None) -> str:
    """A figure with as many digits as a planner reads: 0.04, 3.2, 41.0, 1,240."""
    if value is None or math.isnan(value):
        return "-"
    size = abs(value)
    digits = 0 if size >= 99.95 else 1 if size >= 0.995 or size == 0 else 2
    return f"{value:,.{digits}f}"


def with_interval(estimate: Mapping[str, Any] | None, scale: float = 1.0) -> str:
    """mean (low to high), or the mean alone where one replication says nothing about spread."""
    if not estimate or is_missing(estimate.get("mean")):
        return "-"
    mean, low, high = (estimate.get(key) for key in ("mean", "low", "high"))
    # One number of digits for all three: that of the mean.
    text = rounded(mean * scale)
    if is_missing(low) or is_missing(high):
        return text
    digits = len(text.partition(".")[2])
    return f"{text} ({low * scale:,.{digits}f} to {high * scale:,.{digits}f})"


def is_missing(value: float | None) -> bool:
    return value is None or math.isnan(value)


def text_of(table: Table, width: int = 100) -> str:
    """A table in plain text: words left, figures right, nothing wider than `width`."""
    columns = list(zip(table.heads, *table.rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    first = max(12, width - sum(widths[1:]) - 2 * (len(widths) - 1))
    widths[0] = min(widths[0], first)
    lines = [table.title]
    for row in (table.heads, *table.rows) if any(table.heads) else table.rows:
        words = textwrap.wrap(row[0], widths[0], subsequent_indent="  ") or [""]
        figures = [cell.rjust(size) for cell, size in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([words[0].ljust(widths[0]), *figures]).rstrip())
        lines += words[1:]
    lines += textwrap.wrap(table.note, width)
    return "\n".join(lines)
