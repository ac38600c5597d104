"""Two results side by side: paired differences as tables, each with a verdict in plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from caresim.measures.comparison import differences
from caresim.records.results import Results
from caresim.report.tables import services_in_order
from caresim.report.words import Table, count, is_missing, payer_label, pounds, rounded, with_interval

FEW = ("queue", "wait_days", "delayed", "utilisation")
"""Quantities shown unless everything is asked for."""
QUANTITIES = {
    "held": "people held",
    "in_care": "people in care",
    "delayed": "delayed here, people",
    "bridging": "bridging here, people",
    "away": "away, people",
    "queue": "queue, people",
    "waiting": "of those outside, people",
    "wait_days": "mean wait, days",
    "waited_share": "% who waited",
    "admissions_per_day": "admitted a day",
    "turned_away_per_day": "turned away a day",
    "given_up_per_day": "given up a day",
    "full_share": "% of time full",
    "utilisation": "% used",
}
HEADLINES = {
    "dtoc_people": "Delayed in hospital, people a day",
    "dtoc_rate": "Delayed, % of occupied beds",
    "dtoc_nights": "Delayed nights",
    "dtoc_per_100k": "Delayed per 100,000 adults",
    "mean_delay_of_delayed": "Mean delay of the delayed, nights",
    "boarding": "Waiting for a first acute bed, people",
    "bridging_people": "Bridging for want of home care, people",
    "cost_total": "Cost of care, pounds",
    "cost_of_delay": "Cost of delay, pounds",
}
"""Measures shown unless everything is asked for."""
HEADS = ("", "baseline", "here", "difference", "verdict")


def comparison_tables(baseline: Results, other: Results, *, everything: bool = False) -> list[Table]:
    """What differs in `other` from `baseline`: measures, cost by payer, then each service."""
    rows = differences(baseline, other)
    n = len(baseline.replications)
    sure = (
        "difference: mean (95 % interval), paired by replication"
        if n > 1
        else "one replication cannot tell chance from change"
    )
    title = f"{other.place} against {baseline.place}\n{count(n, 'replication')} of each; {sure}"
    measures, costs, services = (rows[rows["what"] == what] for what in ("measure", "cost", "service"))
    if not everything:
        measures = measures[measures["name"].isin(list(HEADLINES))]
        measures = measures.sort_values("name", key=lambda names: names.map(list(HEADLINES).index))
        services = services[services["quantity"].isin(FEW)]
    tables = [
        table_of(title, measures, measure_label),
        table_of("Cost by payer", costs, lambda row: payer_label(row["name"])),
    ]
    for service in services_in_order(baseline):
        own = services[services["name"] == service["service"]]
        tables.append(table_of(str(service["label"]), own, lambda row: QUANTITIES[row["quantity"]]))
    return [tables[0], *(table for table in tables[1:] if table.rows)]


def unlike(baseline: Results, other: Results) -> str:
    """What makes two results more than a system and a variant of it; "" where nothing does."""
    names = [{str(row["service"]) for row in results.small("services")} for results in (baseline, other)]
    alone = sorted(names[0] ^ names[1])
    words = [f"services in one of them only: {', '.join(alone)}"] if alone else []
    if baseline.small("population") != other.small("population"):
        words.append("other populations")
    return "; ".join(words)


def table_of(title: str, rows: pd.DataFrame, label: Callable[[dict[str, Any]], str]) -> Table:
    """Differences of which at least one side has something."""
    words = tuple(row_of(row, label(row)) for row in plain(rows) if not nothing(row))
    return Table(title, HEADS, words, words_last=True)


def measure_label(row: dict[str, Any]) -> str:
    return HEADLINES.get(row["name"], f"{row['name']}, {row['unit']}")


def row_of(row: dict[str, Any], label: str) -> tuple[str, ...]:
    if row["unit"] == "pounds":
        first, second = (pounds({"mean": row[key], "low": None, "high": None}) for key in ("first", "second"))
        return (label, first, second, pounds(row), verdict(row))
    scale = 100.0 if row["unit"] == "share" else 1.0
    figures = (rounded(row["first"] * scale), rounded(row["second"] * scale), with_interval(row, scale))
    return (label, *figures, verdict(row))


def verdict(row: dict[str, Any]) -> str:
    """Whether the interval of the difference leaves out zero."""
    if is_missing(row["mean"]):
        return "no figure"
    if row["mean"] == 0 and not (row["low"] < 0 or row["high"] > 0):
        return "the same"
    if is_missing(row["low"]):
        return "one replication cannot tell"
    if row["low"] > 0:
        return "clearly more"
    if row["high"] < 0:
        return "clearly less"
    return "cannot tell yet"


def nothing(row: dict[str, Any]) -> bool:
    """Neither of the two has any of it."""
    return all(is_missing(row[key]) or row[key] == 0 for key in ("first", "second"))


def plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def as_plain(other: Results, rows: pd.DataFrame) -> dict[str, Any]:
    """Differences as JSON knows them: null where there is no figure; with their verdicts."""
    found = []
    for row in plain(rows):
        numbers = {
            key: None if is_missing(row[key]) else float(row[key])
            for key in ("first", "second", "mean", "low", "high")
        }
        names = {key: row[key] for key in ("what", "name", "quantity", "unit")}
        found.append({**names, **numbers, "verdict": verdict(row)})
    return {"results": other.place, "differences": found}
