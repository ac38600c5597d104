"""Results in memory, of the hand-made recorder rows and of prices that can be done in the head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from caresim.records.build import build_tables, join_tables
from caresim.records.recorder import Recorder
from caresim.records.results import Results
from caresim.records.tables import RunInfo

SERVICES = (
    ("assess", "Assessment", "assessment", True, "places", "A", 0.5, 0.5, 0.0),
    ("care", "Home care", "domiciliary", False, "hours", "E", 0.25, 0.5, 0.25),
    ("reable", "Reablement", "reablement", False, "unlimited", None, None, None, None),
    ("ward", "Ward", "acute", False, "places", None, None, None, None),
)


def services() -> list[dict[str, Any]]:
    columns = ("service", "label", "kind", "in_place", "unit", "reason", "nhs", "social_care", "both")
    rows = [dict(zip(columns, row, strict=True)) for row in SERVICES]
    return [{**row, "has_dtoc": row["reason"] is not None} for row in rows]


def price(service: str, item: str, pounds: float, payer: str = "nhs", **other: Any) -> dict[str, Any]:
    row = {"service": service, "item": item, "price": pounds, "payer": payer, "share": 1.0}
    return {**row, "block_places": None, "funding": None, **other}


def results_of(
    info: RunInfo,
    recorders: Sequence[Recorder],
    *,
    prices: Sequence[dict[str, Any]] = (),
    seed: int = 1,
    small: dict[str, list[dict[str, Any]]] | None = None,
    wanted: Sequence[str] = (),
) -> Results:
    tables = join_tables(
        build_tables(info, recorder, number, wanted) for number, recorder in enumerate(recorders)
    )
    population = [
        {"population": "adults", "area": "", "people": 50_000.0},
        {"population": "65+", "area": "", "people": 10_000.0},
    ]
    manifest = {
        "scenario": "by hand",
        "seed": seed,
        "measured_days": info.end,
        "first_day": info.first_day,
        "replications": len(recorders),
    }
    known = {"services": services(), "prices": list(prices), "population": population, **(small or {})}
    return Results(manifest=manifest, small=known, tables=tables)
