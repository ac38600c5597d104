"""Published figures beside the modelled ones."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from caresim.errors import ResultsError
from caresim.measures.catalogue import MEASURES
from caresim.measures.measure import month_spans
from caresim.records.results import Results


@dataclass(frozen=True, kw_only=True)
class PublishedLine:
    """One published figure and what the model makes of it."""

    measure: str
    unit: str
    where: dict[str, str]
    value: float
    """As published."""
    modelled: float | None
    """Mean over replications; None where it could not be worked out."""
    low: float | None
    high: float | None
    inside: bool | None
    """Whether the modelled mean lies within what was allowed; None where nothing was, or no figure."""
    allowed: str
    """"2 points", "10 %", or ""."""
    source: str
    used: str
    """shown, or tuned: the scenario was adjusted to meet it, so agreement proves nothing."""
    note: str
    """Why there is no modelled figure."""
    label: str = ""
    """The measure in words."""
    period: str = ""
    """"2019-01 to 2019-03", the months it is of; "" where it is of the whole window."""


def published_lines(results: Results, level: float = 0.95) -> list[PublishedLine]:
    """Each published line of the scenario beside the modelled figure, in the scenario's order."""
    return [_line(results, row, level) for row in results.small("published")]


def _line(results: Results, row: dict[str, Any], level: float) -> PublishedLine:
    where = {str(key): str(value) for key, value in json.loads(row.get("where") or "{}").items()}
    mean = low = high = None
    note = period = ""
    measure = MEASURES.get(str(row["measure"]))
    try:
        if measure is None:
            raise ResultsError(f'there is no measure "{row["measure"]}"')
        months = _months(results, row.get("start"), row.get("end"))
        period = " to ".join(dict.fromkeys((months[0], months[-1]))) if months else ""
        found = measure.estimate(results, where=where, months=months, level=level).iloc[0]
        mean, low, high = (_finite(found[column]) for column in ("mean", "low", "high"))
        note = "" if mean is not None else "nothing to divide by"
    except ResultsError as error:
        note = str(error)
    within, unit = row.get("within"), row.get("within_unit")
    inside = None
    if mean is not None and within is not None:
        allowed = float(within) if unit == "points" else float(within) / 100 * abs(float(row["value"]))
        inside = abs(mean - float(row["value"])) <= allowed
    return PublishedLine(
        measure=str(row["measure"]),
        unit=measure.unit if measure else "",
        where=where,
        value=float(row["value"]),
        modelled=mean,
        low=low,
        high=high,
        inside=inside,
        allowed="" if within is None else f"{within:g} {unit}",
        source=str(row.get("source") or ""),
        used=str(row.get("used") or "shown"),
        note=note,
        label=(measure.label if measure else "") or str(row["measure"]),
        period=period,
    )


def _months(results: Results, start: float | None, end: float | None) -> list[str] | None:
    """The months of a period; a figure is told by whole months of the window only."""
    if start is None and end is None:
        return None
    spans = month_spans(results)
    first = 0.0 if start is None else float(start)
    last = results.measured_days if end is None else float(end)
    inside = spans[(spans["start"] >= first) & (spans["end"] <= last)]
    if inside.empty or inside["start"].iloc[0] != first or inside["end"].iloc[-1] != last:
        raise ResultsError("its period is not made of whole months of the window")
    return inside["month"].tolist()


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
