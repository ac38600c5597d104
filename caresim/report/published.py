"""Published figures beside the model's: in words, tuned and shown apart, as few lines as it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from caresim.measures.measure import service_rows
from caresim.measures.published import PublishedLine, published_lines
from caresim.records.results import Results
from caresim.report.words import (
    BODIES,
    REASONS,
    WIDTH,
    Table,
    payer_label,
    pounds,
    width_of,
    with_interval,
)

TITLE = "Published figures and the model's"
GROUPS = {
    "tuned": "Tuned: the system was adjusted to meet these",
    "shown": "Shown, not tuned",
}
FIRST = ("service", "provider", "staff", "event", "each", "budget", "stream", "pathway", "band", "outcome")
"""What a figure is of, before what it is told by."""
THEN = ("where", "awaited", "reason", "responsible", "payer", "item", "month")

Row = tuple[str, ...]


def published_table(results: Results, level: float = 0.95, *, sourced: bool = False) -> Table:
    """Each published figure beside the modelled one; `sourced` for a page, which has room for sources.

    Lines in a row of one measure that would not fit on a line each have a heading of their own,
    which says what they share.
    """
    lines = published_lines(results, level)
    figures = {id(line): figures_of(line) for line in lines}
    heads: Row = ("", "published", "modelled", "allowed", "met")
    columns = zip(heads[1:], *figures.values(), strict=True)
    room = WIDTH - sum(max(map(width_of, column)) + 2 for column in columns)
    rows: list[Row] = []
    for used, words in GROUPS.items():
        own = [line for line in lines if line.used == used]
        if own:
            rows.append(_words(f"{words}{how_many_met(own)}"))
        # A measure of a month is another figure than that of the year.
        for _, alike in groupby(own, key=lambda line: (line.label, line.period)):
            rows += rows_of(results, list(alike), figures, room, sourced=sourced)
    if sourced:
        heads = (*heads, "source")
        rows = [row if len(row) == len(heads) else (*row, "") for row in rows]
    return Table(
        TITLE,
        heads,
        tuple(rows),
        note="met: the modelled mean is as near as is allowed."
        + ("" if sourced else " Sources: in the report and in the scenario."),
        words_last=sourced,
    )


def rows_of(
    results: Results, lines: Sequence[PublishedLine], figures: Mapping[int, Row], room: int, *, sourced: bool
) -> list[Row]:
    """Lines of one measure: each with all its words, or beneath a heading with what they share."""
    label, period = lines[0].label, lines[0].period
    names = [f"  {_name(label, words_of(results, line.where), period)}" for line in lines]
    rows: list[Row] = []
    if len(lines) > 1 and max(map(width_of, names)) > room:
        shared = set.intersection(*(set(line.where.items()) for line in lines))
        rows.append(_words(f"  {_name(label, words_of(results, dict(shared)), period)}"))
        own = [words_of(results, dict(set(line.where.items()) - shared)) for line in lines]
        names = [f"    {words or 'all'}" for words in own]
    for name, line in zip(names, lines, strict=True):
        rows.append((name, *figures[id(line)], *([line.source] if sourced else [])))
        if line.note:
            rows.append(_words(f"      {line.note}"))
    return rows


def _words(text: str) -> Row:
    """A row of words alone."""
    return (text, "", "", "", "")


def _name(label: str, where: str, period: str) -> str:
    words = ", ".join(filter(None, (where, period)))
    return f"{label}: {words}" if words else label


def figures_of(line: PublishedLine) -> Row:
    """published, modelled, allowed, met."""
    modelled = {"mean": line.modelled, "low": line.low, "high": line.high}
    met = "" if line.inside is None else "yes" if line.inside else "no"
    if line.unit == "pounds":
        value = pounds({"mean": line.value, "low": None, "high": None})
        return value, pounds(modelled), line.allowed, met
    return f"{line.value:,.10g}", with_interval(modelled), line.allowed, met


def how_many_met(lines: Sequence[PublishedLine]) -> str:
    """ "; 18 of 19 met"; "" unless each says how near it should be."""
    judged = [line.inside for line in lines if line.inside is not None]
    return f"; {sum(judged)} of {len(judged)} met" if len(judged) == len(lines) else ""


def words_of(results: Results, where: Mapping[str, str]) -> str:
    """What a figure is restricted to: "Home care, area cambridgeshire, funding council"."""
    keys = sorted(where, key=lambda key: (_place(key), key))
    return ", ".join(in_words(results, key, where[key]) for key in keys)


def _place(key: str) -> int:
    known = (*FIRST, "", *THEN)
    return known.index(key) if key in known else len(FIRST)


def in_words(results: Results, key: str, value: str) -> str:
    """One restriction, as people say it."""
    if key == "reason":
        return f"{value} {REASONS[value]}" if value in REASONS else f"reason {value}"
    if key == "responsible":
        return f"{BODIES.get(value, value)} responsible"
    if key == "payer":
        return payer_label(value)
    label = _labels(results, key).get(value)
    if key == "awaited":
        return f"waiting for {label or value}"
    if key == "where":
        return "outside" if value == "outside" else f"in {label or value}"
    return label or f"{key} {value}".replace("_", " ")


def _labels(results: Results, key: str) -> dict[str, str]:
    """Name -> label of what a key names; nothing of an attribute."""
    if key in ("service", "awaited", "where"):
        return {name: str(row["label"]) for name, row in service_rows(results).items()}
    small: dict[str, Any] = {"budget": "budgets", "provider": "providers"}
    if key in small:
        return {str(row[key]): str(row["label"]) for row in results.small(small[key])}
    return {str(row["name"]): str(row["label"]) for row in results.small("names") if row["what"] == key}
