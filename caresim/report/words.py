"""Figures in words: how many digits, intervals, pounds, and tables of them in plain text."""

from __future__ import annotations

import math
import re
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

MISSING = "-"
GLUE = "\N{NO-BREAK SPACE}"
WIDTH = 100
"""Columns of a terminal that tables are made for."""
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
"""Reasons of delay, as the national returns have them."""
BODIES = {"nhs": "NHS", "social_care": "Social care", "both": "Both"}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words and rounded figures, the same on a terminal and on a page."""

    title: str
    heads: tuple[str, ...]
    """The first column is words, the others are figures; the last may be words too."""
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    words_last: bool = False
    """The last column is words: set left."""


def as_plain(found: Any) -> Any:
    """What was found as JSON knows it: dataclasses by their fields, null where there is no figure."""
    if is_dataclass(found) and not isinstance(found, type):
        return {field.name: as_plain(getattr(found, field.name)) for field in fields(found)}
    if isinstance(found, Mapping):
        return {str(key): as_plain(value) for key, value in found.items()}
    if hasattr(found, "tolist"):
        found = found.tolist()
    if isinstance(found, list | tuple):
        return [as_plain(value) for value in found]
    return None if isinstance(found, float) and is_missing(found) else found


def is_missing(value: Any) -> bool:
    return value is None or not math.isfinite(value)


def count(number: float, thing: str) -> str:
    """1 day, 2 days."""
    return f"{number:g} {thing}{'' if number == 1 else 's'}" if number < 1e5 else f"{number:.0f} {thing}s"


def digits_for(value: float) -> int:
    """Digits behind the point that a planner reads: 0.04, 3.2, 41.0, 1,240."""
    size = abs(value)
    return 0 if size >= 99.95 else 1 if size >= 0.995 or size == 0 else 2


def rounded(value: float | None) -> str:
    if value is None or is_missing(value):
        return MISSING
    return _fixed(value, digits_for(value))


def _fixed(value: float, digits: int) -> str:
    """No minus before a 0."""
    text = f"{value:,.{digits}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text


def with_interval(
    estimate: Mapping[str, Any], scale: float = 1.0, unit: str = "", *, difference: bool = False
) -> str:
    """mean (low to high), all with the digits of the mean; the mean alone where one run was made.

    Of a `difference` with as many digits as it takes to see that it is none, or is one.
    """
    mean, low, high = (estimate[key] for key in ("mean", "low", "high"))
    if is_missing(mean):
        return MISSING
    alone = is_missing(low) or is_missing(high)
    figures = [mean * scale] if alone else [mean * scale, low * scale, high * scale]
    digits = digits_of_difference(*figures) if difference else digits_for(figures[0])
    text = f"{_fixed(figures[0], digits)}{unit}"
    return text if alone else f"{text} ({' to '.join(_fixed(figure, digits) for figure in figures[1:])})"


def digits_of_difference(mean: float, *interval: float) -> int:
    """Digits with which what is not 0 does not read 0.00 (0.00 to 0.00), nor a sure difference "from 0.0"."""
    figures = (mean, *interval)
    digits = max(digits_for(mean), digits_to_show(max(map(abs, figures))))
    if min(figures) > 0 or max(figures) < 0:
        own, nearest = digits_to_show(abs(mean)), digits_to_show(min(map(abs, figures)))
        # An end that is all but 0 is not worth a row of digits.
        digits = max(digits, own, nearest if nearest <= own + 2 else 0)
    return digits


def digits_to_show(size: float) -> int:
    """Digits behind the point with which a size does not round to 0."""
    return max(0, math.floor(-math.log10(2 * size)) + 1) if size > 0 else 0


def pounds(estimate: Mapping[str, Any], *, difference: bool = False) -> str:
    """A sum of money with its interval, in millions, thousands or pounds as the largest of them asks for."""
    if is_missing(estimate["mean"]):
        return MISSING
    # One scale for all: "-£60.3k (-1,169.7 to 1,049.2)" would be read as pounds in brackets.
    known = [estimate[key] for key in ("mean", "low", "high") if not is_missing(estimate[key])]
    largest, spread = max(map(abs, known)), max(known) - min(known)
    scales = [(size, word) for size, word in ((1e6, "m"), (1e3, "k"), (1.0, "")) if largest >= size]
    size, word = scales[0] if scales else (1.0, "")
    # "£1.0m (1.0 to 1.0)" would hide an interval that "£995k (961 to 1,030)" tells.
    if len(scales) > 1 and largest < 10 * size and 0 < spread < 0.1 * size:
        size, word = scales[1]
    text = with_interval(estimate, 1 / size, word, difference=difference)
    return f"-£{text[1:]}" if text.startswith("-") else f"£{text}"


def payer_label(payer: str) -> str:
    return {"nhs": "NHS"}.get(payer, payer.replace("_", " ").capitalize())


def is_words(row: tuple[str, ...]) -> bool:
    """A row of words alone: a heading, or a remark."""
    return bool(row[0]) and not any(row[1:])


def kinds_of(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Of each row: figures, heading (words over rows set in further) or remark (on the row above)."""
    follows = [indent_of(row) for row in rows[1:]] + [0]
    return [
        "figures" if not is_words(row) else "heading" if after > indent_of(row) else "remark"
        for row, after in zip(rows, follows, strict=True)
    ]


def indent_of(row: tuple[str, ...]) -> int:
    return len(row[0]) - len(row[0].lstrip())


WORDS_LAST = 16
"""What a last column of words has at least, if it needs it."""


def text_of(table: Table, width: int = WIDTH) -> str:
    """A table in plain text: words left, figures right, nothing wider than `width`."""
    columns = list(zip(table.heads, *(row for row in table.rows if not is_words(row)), strict=True))
    widths = [max(width_of(cell) for cell in column) for column in columns]
    gaps = 2 * (len(widths) - 1)
    if table.words_last:
        # Words at both ends share what the figures leave: the first column wraps as well as the last.
        widths[-1] = min(widths[-1], max(WORDS_LAST, width - sum(widths[:-1]) - gaps))
    widths[0] = min(widths[0], max(12, width - sum(widths[1:]) - gaps))
    lines = [table.title] if table.title else []
    for row in (table.heads, *table.rows):
        if is_words(row):
            lines += textwrap.wrap(row[0], width, subsequent_indent=" " * 13)
        else:
            lines += lines_of_row(row, widths, table.words_last)
    lines += textwrap.wrap(table.note, width)
    return "\n".join(lines)


def lines_of_row(row: tuple[str, ...], widths: list[int], words_last: bool) -> list[str]:
    """Words that do not fit go on in further lines."""
    last = len(row) - 1
    cells: list[list[str]] = []
    for place, (cell, size) in enumerate(zip(row, widths, strict=True)):
        if place == 0:
            indent = " " * (len(cell) - len(cell.lstrip()) + 2)
            cells.append(name_in_lines(cell, size, indent) or [""])
        elif place == last and words_last:
            cells.append(textwrap.wrap(cell, size) or [""])
        else:
            cells.append([" " * (size - width_of(cell)) + cell])
    lines = []
    for number in range(max(len(cell) for cell in cells)):
        parts = [
            padded(cell[number] if number < len(cell) else "", size)
            for cell, size in zip(cells, widths, strict=True)
        ]
        lines.append("  ".join(parts).rstrip())
    return lines


def name_in_lines(name: str, size: int, indent: str) -> list[str]:
    """A name broken after commas where its parts fit, and never between "plus" and its number."""
    if width_of(name) <= size:
        return [name]
    glued = re.sub(r" (plus|minus|times) (?=\S)", " \\1" + GLUE, name)
    room = size - len(indent) - 1
    parts = [part.replace(" ", GLUE) if len(part) <= room else part for part in glued.split(", ")]
    words = ", ".join(parts) if len(parts) > 1 else glued
    return [line.replace(GLUE, " ") for line in textwrap.wrap(words, size, subsequent_indent=indent)]


def padded(text: str, size: int) -> str:
    return text + " " * (size - width_of(text))


def width_of(text: str) -> int:
    """Columns of a terminal: wide signs take two, those that sit on another none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )
