"""People held, waiting, moving and coming back: what is added up over what.

Parts of measures only: `catalogue.py` gives them name and unit.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import pandas as pd

from caresim.measures.measure import (
    Part,
    column_of,
    group_columns,
    service_rows,
    services_of_kind,
    table_or_empty,
)
from caresim.records.results import Results

ABOVE = 0.92


def tally(column: str, *kinds: str, steps: bool = True) -> Part:
    """A column of `tallies`; of services of these kinds, without in-place steps if not `steps`."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = results.table("tallies")
        if kinds:
            rows = rows[rows["service"].isin(services_of_kind(results, *kinds))]
        if not steps:
            rows = rows[~rows["service"].isin(_steps(results))]
        return rows.assign(value=rows[column].astype(float))

    return part


def available(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Place-days there were, once for each service and month; inf where unlimited."""
    rows = results.table("tallies")
    rows = rows[~rows["service"].isin(_steps(results))]
    rows = rows.drop_duplicates(["replication", "month", "service"])
    rows = rows.assign(value=rows["available_days"].astype(float))
    return rows[rows["value"].between(0, float("inf"), inclusive="neither")][
        ["replication", "month", "service", "value"]
    ]


def nights_in_places(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Occupied nights of services with a number of places."""
    rows = results.table("tallies")
    rows = rows[~rows["service"].isin(_steps(results))]
    limited = rows["available_days"].between(0, float("inf"), inclusive="neither")
    rows = rows[limited]
    return rows.assign(value=rows["held_nights"].astype(float))


def people_of_month(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Distinct people who held a place in a service in a month."""
    rows = results.table("monthly")
    return rows.assign(value=rows["people"].astype(float))


def where_waiting(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Person-days of waiting for a service, by `where` those people were: a service, or outside."""
    rows = results.table("queues")
    return rows.assign(value=rows["queue_days"])


def turned_away_from_stream(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """People turned away on arrival, by their arrival `stream`."""
    rows = results.table("flows")
    services = set(service_rows(results))
    rows = rows[(rows["why"] == "turned_away") & ~rows["from"].isin(services | {"start"})]
    return rows.assign(stream=rows["from"].astype(str), value=rows["people"].astype(float))


def moved(why: str, whose: str) -> Part:
    """People who went somewhere for a reason, by the service they went `from` or `to`: `whose`."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = results.table("flows")
        rows = rows[rows["why"] == why]
        return rows.assign(service=rows[whose].astype(str), value=rows["people"].astype(float))

    return part


def of_standard(column: str) -> Part:
    """A column of `standards`, of services that have one."""
    return column_of(_standards, column)


def over_standard(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """People with whom it ended too late, or not as it should."""
    rows = _standards(results)
    return rows.assign(value=(rows["ended"] - rows["within"]).astype(float))


def _standards(results: Results) -> pd.DataFrame:
    """The table `standards`; without rows where no service has one."""
    texts = ("month", "service", *group_columns(results))
    return table_or_empty(results, "standards", texts, ("ended", "within", "open", "overdue"))


def counted(what: str) -> Part:
    """How often something happened that `counters` tells."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = results.table("counters")
        rows = rows[rows["what"] == what]
        return rows.assign(value=rows["number"].astype(float))

    return part


def discharged(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """People who went from an acute service to something that is not acute care, by month and pathway."""
    rows = results.table("flows")
    acute = services_of_kind(results, "acute")
    rows = rows[rows["from"].isin(acute) & ~rows["to"].isin(acute | {"died"}) & (rows["why"] != "died")]
    return rows.assign(service=rows["from"], value=rows["people"].astype(float))


def discharged_of_any_pathway(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """The same, for a share: not told by pathway."""
    return discharged(results, keys).drop(columns="pathway", errors="ignore")


def durations(which: str, column: str, *kinds: str, at_least: int = 0) -> Part:
    """`count` or `sum` of the durations of a kind that were `at_least` so many days.

    Of in-place steps only where told by service: a step is within a stay, or a wait, elsewhere.
    """

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = results.table("durations")
        if "service" not in keys:
            rows = rows[~rows["service"].isin(_steps(results))]
        rows = rows[(rows["which"] == which) & (rows["at_least"] >= at_least)]
        if kinds:
            rows = rows[rows["service"].isin(services_of_kind(results, *kinds))]
        return rows.assign(value=rows[column].astype(float))

    return part


def outcome(which: str, column: str) -> Part:
    """`people` it happened to, or `of` how many."""

    def part(results: Results, keys: Collection[str]) -> pd.DataFrame:
        rows = results.table("outcomes")
        rows = rows[rows["which"] == which]
        return rows.assign(value=rows[column].astype(float))

    return part


def permanent_admissions_65(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """People of 65 and over admitted to a care home who came from no other one.

    Of 65 and over are those whose `age` value begins with 65 or more ("65-84", "85+").
    """
    rows = outcome("permanent_admission", "people")(results, keys)
    if "age" not in rows.columns:
        return rows.head(0)
    return rows[rows["age"].astype(str).map(_first_age) >= 65]


def midnights_above(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Days on which more than 92 % of a service's places were occupied at midnight."""
    rows = _midnights(results)
    above = rows["held_at_midnight"] > ABOVE * rows["capacity"]
    return rows.assign(value=above.astype(float))


def midnights(results: Results, keys: Collection[str]) -> pd.DataFrame:
    """Days of each service with a number of places."""
    return _midnights(results).assign(value=1.0)


def _midnights(results: Results) -> pd.DataFrame:
    """replication, month, service, capacity, held_at_midnight: of each day, over all groups."""
    return results.derived("midnights", _add_up_midnights)


def _add_up_midnights(results: Results) -> pd.DataFrame:
    if not results.has_table("daily"):
        return results.table("monthly").head(0)
    rows = results.table("daily")
    in_places = {name for name, row in service_rows(results).items() if row["unit"] == "places"}
    rows = rows[rows["service"].isin(in_places - _steps(results))]
    days = rows.groupby(["replication", "day", "service"], observed=True, as_index=False).agg(
        date=("date", "first"), capacity=("capacity", "first"), held_at_midnight=("held_at_midnight", "sum")
    )
    return days.assign(month=days["date"].astype(str).str.rsplit("-", n=1).str[0])


def _steps(results: Results) -> set[str]:
    return {name for name, row in service_rows(results).items() if row["in_place"]}


def _first_age(value: str) -> float:
    digits = re.match(r"\d+", value)
    return float(digits.group()) if digits else -1.0
