"""Words and aligned tables for text that a planner reads on a screen of 100 columns."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Iterator

from caresim.scenario.counts import in_numbers

WIDTH = 100
MOST_LINES = 60

Under = Callable[[str], bool]
"""Whether a path of the scenario is to be shown."""


def everything(_path: str) -> bool:
    """Shows all there is."""
    return True


def clock(share_of_day: float) -> str:
    minutes = round(share_of_day * 1440)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def figure(value: float) -> str:
    if math.isinf(value):
        return "no end"
    if value and abs(value) < 0.01:
        return f"{value:.2g}"
    return f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def whole(value: float) -> str:
    """A number without decimals where it has none to show."""
    return f"{value:,.0f}" if value == round(value) else figure(value)


def percent(share: float) -> str:
    return f"{100 * share:.3g} %" if share < 10 else "over 999 %"


def used(share: float | None) -> str:
    if share is None:
        return ""
    return ("! " if share > 1 else "") + (f"{100 * share:.0f} %" if share < 10 else "over 999 %")


def count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def in_runs(names: Iterable[str]) -> list[str]:
    """Names in natural order, three or more that are numbered on and on as "agency_1 to agency_53"."""
    found: list[list[str]] = []
    for name in sorted(names, key=in_numbers):
        if found and _next_name(found[-1][-1]) == name:
            found[-1].append(name)
        else:
            found.append([name])
    return [
        word
        for run in found
        for word in (run if len(run) < 3 else [f"{run[0]} to {run[-1].rpartition('.')[2]}"])
    ]


def _next_name(name: str) -> str:
    """agency_7 -> agency_8; "" of a name without a number at its end."""
    stem = name.rstrip("0123456789")
    return f"{stem}{int(name[len(stem) :]) + 1}" if stem != name else ""


def once(rows: list[list[str]]) -> list[list[str]]:
    """The first cell only where it changes, as one reads a table."""
    before = [None, *(row[0] for row in rows)]
    return [["" if row[0] == last else row[0], *row[1:]] for row, last in zip(rows, before, strict=False)]


def shortened(rows: list[list[str]]) -> list[list[str]]:
    if len(rows) <= MOST_LINES:
        return rows
    return [*rows[:MOST_LINES], [f"... and {len(rows) - MOST_LINES} more", *[""] * (len(rows[0]) - 1)]]


def section(title: str, header: list[str], rows: Iterable[list[str]]) -> str:
    """A title and an aligned table; a header that begins with > puts its column to the right."""
    body = list(rows)
    if not body:
        return ""
    right = [cell.startswith(">") for cell in header]
    cells = [[cell.removeprefix(">") for cell in row] for row in ([header] if any(header) else []) + body]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = [line for row in cells for line in _lines(row, widths, right)]
    return "\n".join([title, "-" * len(title), *lines])


def _lines(row: list[str], widths: list[int], right: list[bool]) -> Iterator[str]:
    """A row as lines of WIDTH: a long last cell goes on below itself."""
    before = sum(widths[:-1]) + 2 * (len(widths) - 1)
    last = textwrap.wrap(row[-1], max(WIDTH - before, 20)) if not right[-1] else [row[-1]]
    for number, cell in enumerate(last or [""]):
        cells = [*(row[:-1] if number == 0 else [""] * (len(row) - 1)), cell]
        yield "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(cells, widths, right, strict=True)
        ).rstrip()
