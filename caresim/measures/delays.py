"""Delayed transfers of care in both dialects: the returns up to 2020, and criteria to reside since.

Parts of measures only: what is added up over what. `catalogue.py` gives them name and unit.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from caresim.measures.measure import days, group_columns, service_rows, services_of_kind
from caresim.records.results import Results

HOSPITALS = ("acute", "community_hospital")
RESPONSIBLE = ("nhs", "social_care", "both")
BANDS = ((0, "0"), (1, "1"), (2, "2-3"), (4, "4-6"), (7, "7-13"), (14, "14-20"), (21, "21+"))


def dtoc_nights(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Nights of delayed transfers: held in a hospital, waiting for something that is not acute care.

    Told by the held service, what is awaited, its reason, the responsible body (each night is
    split in the awaited service's fixed shares), month and groups.
    """
    return _split(results, results.derived("dtoc_nights", _dtoc_nights), keys)


def dtoc_nights_of_any_kind(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """The same nights told only by month and group: what a share is of."""
    rows = dtoc_nights(results, ())
    return rows[["replication", "month", *group_columns(results), "value"]]


def bridging_days(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Person-days delayed or bridging in reablement or intermediate care for want of home care."""
    rows = _for_home_care(results)
    return rows.assign(value=rows["delayed_days"] + rows["bridging_days"])


def bridged_people(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Distinct people of each month, delayed or bridging so."""
    rows = _for_home_care(results)
    return rows.assign(value=rows["people"].astype(float))


def hospital_nights(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Occupied nights of hospital services."""
    return _hospital(results, "held_nights")


def available_nights(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Place-days there were in hospital services."""
    rows = _hospital(results, "available_days")
    return rows.drop_duplicates(["replication", "month", "service"])[
        ["replication", "month", "service", "value"]
    ]


def adults_days(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Days times hundreds of thousands of adults."""
    return _per_population(results, keys, "adults")


def people_years_65(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Years (365.25 days) times hundreds of thousands of people of 65 and over.

    Nothing where `age` is no group: then nobody's age is known.
    """
    if "age" not in group_columns(results):
        return days(results, keys).head(0)
    rows = _per_population(results, keys, "65+")
    return rows.assign(value=rows["value"] / 365.25)


def delay_nights(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Nights of delay of those who left an acute service having been held a night or more."""
    rows = _left_acute(results)
    return rows[rows["at_least"] >= 1].rename(columns={"sum": "value"})


def left_after_ready(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """People who left an acute service a night or more after they were ready."""
    rows = _left_acute(results)
    return rows[rows["at_least"] >= 1].rename(columns={"count": "value"})


def left_by_band(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """People who left an acute service, by `band`: the nights between ready and leaving."""
    rows = _left_acute(results)
    band = np.searchsorted([first for first, _ in BANDS], rows["at_least"], side="right") - 1
    names = [name for _, name in BANDS]
    return rows.assign(band=pd.Categorical.from_codes(band, categories=pd.Index(names)), value=rows["count"])


def left_acute(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """People who left an acute service having been ready."""
    rows = _left_acute(results).rename(columns={"count": "value"})
    return rows.drop(columns="sum")


def _for_home_care(results: Results) -> pd.DataFrame:
    """Who was held in reablement or intermediate care for want of home care: all that is called bridging."""
    rows = _delays(results)
    held = rows["service"].isin(services_of_kind(results, "reablement", "intermediate_care"))
    return rows[held & rows["awaited"].isin(services_of_kind(results, "domiciliary"))]


def _dtoc_nights(results: Results) -> pd.DataFrame:
    rows = _delays(results)
    held = rows["service"].isin(services_of_kind(results, *HOSPITALS))
    acute = rows["awaited"].isin(services_of_kind(results, "acute"))
    rows = rows[held & ~acute]
    return rows.assign(value=rows["delayed_nights"].astype(float))


def _delays(results: Results) -> pd.DataFrame:
    """The table `delays` with the reason each wait counts as."""
    return results.derived("delays", _with_reasons)


def _with_reasons(results: Results) -> pd.DataFrame:
    rows = results.table("delays")
    reasons = {name: str(row.get("reason") or "O") for name, row in service_rows(results).items()}
    return rows.assign(reason=rows["awaited"].astype(str).map(reasons).fillna("O"))


def _split(results: Results, rows: pd.DataFrame, keys: Collection[str]) -> pd.DataFrame:
    """Rows by responsible body, where it is asked for: the value in the awaited service's shares."""
    if "responsible" not in keys:
        return rows
    parts = []
    for body in RESPONSIBLE:
        shares = {name: _share(row, body) for name, row in service_rows(results).items()}
        share = rows["awaited"].astype(str).map(shares).astype(float).fillna(float(body == "nhs"))
        parts.append(rows.assign(responsible=body, value=rows["value"] * share))
    return pd.concat(parts, ignore_index=True)


def _share(row: dict[str, object], body: str) -> float:
    """What the scenario says; a service without `dtoc` counts as the NHS's."""
    if not row.get("has_dtoc"):
        return float(body == "nhs")
    return float(str(row.get(body) or 0.0))


def _hospital(results: Results, column: str) -> pd.DataFrame:
    rows = results.table("tallies")
    rows = rows[rows["service"].isin(services_of_kind(results, *HOSPITALS))]
    return rows.assign(value=rows[column].astype(float))


def _per_population(results: Results, keys: Collection[str], population: str) -> pd.DataFrame:
    """Days of each month times hundreds of thousands of people; of each area if asked for."""
    by_area = "area" in keys and "area" in group_columns(results)
    people = pd.DataFrame(
        [
            {"area": str(row.get("area") or ""), "hundred_thousands": float(row["people"]) / 1e5}
            for row in results.small("population")
            if row["population"] == population and bool(row.get("area")) == by_area
        ],
        columns=["area", "hundred_thousands"],
    )
    rows = days(results, keys).merge(people, how="cross")
    rows["value"] *= rows.pop("hundred_thousands")
    return rows if by_area else rows.drop(columns="area")


def _left_acute(results: Results) -> pd.DataFrame:
    rows = results.table("durations")
    rows = rows[(rows["which"] == "delay_nights") & rows["service"].isin(services_of_kind(results, "acute"))]
    return rows
