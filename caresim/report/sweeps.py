"""A sweep in words: which variants differ from the baseline, which may be the best, as tables.

Its curves and heat maps are chosen in `sweep_pictures.py`.
"""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from caresim.errors import ResultsError
from caresim.measures.best import CONFIDENCE
from caresim.measures.columns import parse_column
from caresim.measures.comparison import LEVEL, baseline_of, figures_by_variant
from caresim.report.comparison import (
    HEADLINES,
    MORE_MEANS,
    QUANTITIES,
    alone,
    coverage,
    in_unit,
    intervals_in_words,
    more_in_words,
    plain,
)
from caresim.report.words import Table, count, is_missing, payer_label

if TYPE_CHECKING:
    from caresim.measures.sweeps import Sweep

HEADS = ("", "n", "figure", "difference", "more", "verdict")
UNEQUAL_HEADS = ("", "n", "baseline", "figure", "difference", "more", "verdict")
"""Where variants are compared over other replications, and the baseline has another figure in each."""
BEST_HEADS = ("", "n", "figure", "verdict")
SAME_PAIRS = (
    'baseline: "{baseline}". Not all have a figure in the same replications: each line, its baseline too, is '
    "over the n in which both have one."
)
MORE_PAIRS_MEANS = (
    "about how many more such pairs would settle it, if mean and spread stay what they are; of those that "
    "one of the two has already, the other alone is to be run."
)
MANY = 12
"""Of more variants those that are ruled out are only counted in text; files have them all."""


def sweep_heading(sweep: Sweep, baseline: str, *, adjust: bool = False) -> str:
    """What is compared, over how many replications, and what the intervals hold."""
    compared = len(sweep.variants) - 1
    record = sweep.experiment
    name = str(record.get("name") or record.get("experiment", ""))
    lines = [
        f'{name}: {count(compared, "variant")} against "{baseline}"; {replications_in_words(sweep)}',
        f"difference: mean ({intervals_in_words(compared, adjust)}), paired by replication; n: such pairs",
    ]
    if compared > 1 and not adjust:
        lines.append("Each interval holds by itself; with --adjust all of a measure hold together.")
    if "until" in record.get("replications", {}):
        lines.append(
            "Replications were added until intervals were narrow: these hold a little less often than said."
        )
    return "\n".join(line for text in lines for line in textwrap.wrap(text, 100))


def replications_in_words(sweep: Sweep) -> str:
    """How many there are of each variant, and how many are not there."""
    numbers = sweep.variants["n"]
    few, many = int(numbers.min()), int(numbers.max())
    words = count(many, "replication") if few == many else f"{few} to {many} replications"
    lacking = []
    if len(sweep.failures):
        lacking.append(f"{len(sweep.failures)} failed")
    if sweep.missing > len(sweep.failures):
        lacking.append(f"{sweep.missing - len(sweep.failures)} not there yet")
    return f"{words} of each" + (f" ({', '.join(lacking)})" if lacking else "")


def difference_tables(
    sweep: Sweep, rows: pd.DataFrame, baseline: str, targets: Mapping[str, float] | None = None
) -> list[Table]:
    """A table for each measure of `rows`, as `variant_differences` gives them, the baseline on top."""
    tables = []
    for measure, own in rows.groupby("measure", sort=False):
        column = str(measure)
        title = label_of(column, sweep.units.get(column, ""))
        notes = []
        figures = figures_by_variant(sweep, column).notna()
        if equal := bool(figures.eq(figures[baseline], axis=0).all(axis=None)):
            lines = [baseline_line(own, baseline), *(difference_line(row) for row in plain(own))]
        else:
            lines = [unequal_line(row) for row in plain(own)]
            notes.append(SAME_PAIRS.format(baseline=baseline))
        if targets and column in targets:
            notes.append(target_note(sweep, column, targets[column]))
        heads = HEADS if equal else UNEQUAL_HEADS
        tables.append(table_with_verdicts(title, heads, lines, " ".join(notes)))
    if any(line[-2] for table in tables for line in table.rows):
        meant = MORE_MEANS if all(len(table.heads) == len(HEADS) for table in tables) else MORE_PAIRS_MEANS
        words = " ".join(text for text in (tables[-1].note, f"more: {meant}") if text)
        tables[-1] = dataclasses.replace(tables[-1], note=words)
    return tables


def table_with_verdicts(
    title: str, heads: tuple[str, ...], lines: Sequence[tuple[str, ...]], note: str = ""
) -> Table:
    """A table whose last column is words of one width: names of variants wrap in their stead."""
    width = max(len(line[-1]) for line in (heads, *lines))
    heads, *rows = ((*line[:-1], line[-1].ljust(width)) for line in (heads, *lines))
    return Table(title, heads, tuple(rows), note=note)


def baseline_line(rows: pd.DataFrame, baseline: str) -> tuple[str, ...]:
    """The baseline's figure, where it is the same beside every variant."""
    row = plain(rows)[0]
    return (baseline, str(row["n"]), alone(row["baseline"], row["unit"]), "", "", "baseline")


def unequal_line(row: Mapping[str, Any]) -> tuple[str, ...]:
    """variant, n, baseline, figure, difference, more, verdict."""
    name, n, *others = difference_line(row)
    return (name, n, alone(row["baseline"], row["unit"]), *others)


def difference_line(row: Mapping[str, Any]) -> tuple[str, ...]:
    """variant, n, figure, difference, more, verdict."""
    unit = row["unit"]
    estimate = {"mean": row["difference"], "low": row["low"], "high": row["high"]}
    apart = in_unit(estimate, unit, difference=True)
    # nan is "nothing to settle", and inf "more than anybody would run".
    more = "" if pd.isna(row["more"]) else more_in_words(row["more"]).removesuffix(" more")
    return (row["variant"], str(row["n"]), alone(row["value"], unit), apart, more, row["verdict"])


def target_note(sweep: Sweep, column: str, target: float) -> str:
    """How many variants lie at or below a target, by their means."""
    figures = figures_by_variant(sweep, column)
    known = figures.mean().dropna()
    below = int((known <= target).sum())
    return (
        f"At or below the target of {alone(target, sweep.units.get(column, ''))}, by their "
        f"means: {below} of {count(len(known), 'variant')}."
    )


def best_table(
    sweep: Sweep,
    measure: str,
    found: pd.DataFrame,
    *,
    confidence: float = CONFIDENCE,
    higher: bool = False,
) -> Table:
    """Which variants may be the best; `found` as `best_variants` gives them."""
    unit = sweep.units.get(measure, "")
    side = "highest" if higher else "lowest"
    title = f"Which may be the best: {side} {label_of(measure, unit)}"
    known = found[found["n"] > 0]
    if not len(known):
        return Table(title, BEST_HEADS, (), note="No variant has a figure.")
    kept = int(known["may_be_best"].sum())
    rows = known if len(known) <= MANY else known[known["may_be_best"]]
    lines = [
        (
            str(row["variant"]),
            str(row["n"]),
            in_unit(row, unit),
            "may be the best" if row["may_be_best"] else "ruled out",
        )
        for row in plain(rows)
    ]
    hidden = len(known) - len(rows)
    note = best_note(len(known), kept, confidence)
    if known["n"].nunique() > 1:
        note += " Figures are over the n of each, differences over the replications two have both."
    if hidden:
        note = f"{count(hidden, 'other')} ruled out. {note}"
    return table_with_verdicts(title, BEST_HEADS, lines, note)


def best_note(variants: int, kept: int, confidence: float) -> str:
    """What the screening says, and on what it rests."""
    which = (
        "is the one that is not ruled out" if kept == 1 else f"is one of the {kept} that are not ruled out"
    )
    said = f"With a confidence of at least {coverage(confidence)} the best of all {variants} {which}."
    if variants < 2:
        return "There is no other to compare it with."
    quantile = coverage(1 - (1 - confidence) / (variants - 1))
    return (
        f"{said} A variant is ruled out when another is better by more than chance: replications are paired, "
        f"and the difference has to exceed its standard error by Student's t at {quantile} (the doubt is "
        f"shared between {count(variants - 1, 'rival')}, so it holds with the same people in all variants). "
        "Screening after Nelson, Swann, Goldsman and Song (2001)."
    )


def label_of(column: str, unit: str) -> str:
    """A kept figure in words, with its unit: "Delayed in hospital, people a day"."""
    what, unit = column_in_words(column, unit)
    return f"{what}, {unit}" if unit and unit not in what else what


def column_in_words(column: str, unit: str) -> tuple[str, str]:
    """What is counted, and its unit, for the columns of `keep:`."""
    try:
        parsed = parse_column(column)
    except ResultsError:
        # Kept by another caresim, which knew more measures: shown as it is named.
        return column, unit
    if parsed.service:
        what, _, own = QUANTITIES[parsed.quantity].partition(", ")
        share = what.startswith("% ")
        return f"{name_in_words(parsed.service)}: {what}", "" if share else own or unit
    what, _, own = HEADLINES.get(parsed.measure, "").partition(", ")
    if not what:
        what, own = name_in_words(parsed.measure), unit
    if parsed.where:
        what += f" ({', '.join(restriction_in_words(*pair) for pair in sorted(parsed.where.items()))})"
    return what, own or unit


def name_in_words(name: str) -> str:
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def restriction_in_words(key: str, value: str) -> str:
    return payer_label(value) if key == "payer" else f"{key.replace('_', ' ')} {value}"


def sweep_as_plain(
    sweep: Sweep,
    rows: pd.DataFrame,
    *,
    baseline: str | None = None,
    level: float = LEVEL,
    targets: Mapping[str, float] | None = None,
    best: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A comparison as JSON knows it: null where there is no figure.

    level: of each interval. more: replications that would settle what cannot be told yet; null
    where it is told, and where it would take more than 10,000.
    """
    record = sweep.experiment
    found = {
        "store": sweep.place,
        "experiment": record.get("experiment"),
        "baseline": baseline_of(sweep, baseline),
        "level": level,
        "missing": int(sweep.missing),
        "failed": len(sweep.failures),
        "targets": dict(targets or {}),
        "differences": [without_nan(row) for row in plain(rows)],
    }
    return {**found, "best": dict(best)} if best is not None else found


def best_as_plain(measure: str, found: pd.DataFrame, confidence: float, higher: bool) -> dict[str, Any]:
    return {
        "measure": measure,
        "best": "highest" if higher else "lowest",
        "confidence": confidence,
        "variants": [without_nan(row) for row in plain(found)],
    }


def without_nan(row: Mapping[str, Any]) -> dict[str, Any]:
    """Plain numbers and words; whole numbers where they are counted."""
    cleaned: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, str):
            cleaned[key] = value
        elif key == "may_be_best":
            cleaned[key] = bool(value)
        elif is_missing(value):
            cleaned[key] = None
        else:
            cleaned[key] = int(value) if key in ("n", "more") else float(value)
    return cleaned
