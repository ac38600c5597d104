"""What care costs and who pays: prices applied to what was tallied.

Prices come as rows of the small table `prices`: one for each item, payer and value of the
attributes it goes by. Parts of measures, and the block places paid and unused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.errors import ResultsError
from caresim.measures.measure import month_spans, service_rows
from caresim.measures.staff import staff_years
from caresim.records.results import Results

Floats = NDArray[np.float64]

FIXED = frozenset({"service", "item", "price", "payer", "share", "block_places"})
BLOCK = "block_per_week"
YEAR = 365.25

PERSONAL = {
    "per_day": ("held_days", 1.0),
    "per_week": ("held_days", 1 / 7),
    "per_hour": ("hours_held", 1.0),
    "per_stay": ("admissions", 1.0),
    "per_waiting_day": ("waiting_days", 1.0),
    "per_delayed_day": ("delayed_days", 1.0),
    "per_turned_away": ("turned_away", 1.0),
}
"""Item -> the column of `tallies` it is charged on, and how many of its units one of those is."""

HELD = ("per_day", "per_week", "per_hour")
"""Items that charge what is held, in whatever state; a block takes the place of these."""

UNPAID = {"held_days": "unpaid_days", "hours_held": "unpaid_hours"}
"""What is held -> of it, what is kept for people in hospital and not paid for."""

WHEN_AWAY = {
    "per_day": ("away_days", 1.0),
    "per_week": ("away_days", 1 / 7),
    "per_hour": ("hours_away", 1.0),
}

WHEN_DELAYED = {
    "per_day": ("delayed_days", 1.0),
    "per_week": ("delayed_days", 1 / 7),
    "per_hour": ("hours_delayed", 1.0),
    "per_delayed_day": ("delayed_days", 1.0),
}


def cost_lines(results: Results, keys: Collection[str] = ()) -> pd.DataFrame:
    """Pounds by replication, month, service, payer, item and attributes.

    The item of a further line is its name and price, `nursing_contribution.per_week`. Interventions
    are told as services of their own names, per_year and once, groups of staff likewise, per_post_year;
    these belong to no group.

    Held care (per_day, per_week, per_hour) is charged in every state, away as long as a kept place
    is paid for; per_stay at admission; per_place_day for every place-day there was; per_year for
    each 365.25 days of the window. A block is paid whether used or not; used = min(held, block
    places) at each instant, and the held care of the rest is charged: the ordinary cost of everybody
    held in a month, times the share of their place-days that lie beyond the block. What is paid for
    the service as a whole (per_place_day, per_year, block) falls on groups in proportion to their
    place-days, so on payers where the payer goes by an attribute.
    """
    return results.derived("cost_lines", _cost_lines)


def over_budget(results: Results, keys: Collection[str] = ()) -> pd.DataFrame:
    """Pounds by replication, month and budget: the cost of what a budget is for, less the budget.

    A budget falls evenly on the days it is for, and as much of it on each day of the window.
    """
    return results.derived("over_budget", _over_budget)


def budget_of_window(results: Results, row: Mapping[str, Any]) -> float:
    """Pounds a budget comes to in the window."""
    return _a_day(row) * results.measured_days


def cost_of_delay(results: Results, keys: Collection[str] = ()) -> pd.DataFrame:
    """Pounds for the time people were delayed at the place they held: its price of held care, and
    per_delayed_day. Blocks make no difference: a delay takes a place from somebody else."""
    return results.derived("cost_of_delay", _cost_of_delay)


def cost_of_keeping(results: Results, keys: Collection[str] = ()) -> pd.DataFrame:
    """Pounds for places kept for people in hospital: their price of held care as long as it is paid."""
    return results.derived("cost_of_keeping", _cost_of_keeping)


def cost_of_delay_net(results: Results, keys: Collection[str] = ()) -> pd.DataFrame:
    """The same, less what the care waited for would have cost on those days.

    That is the awaited service's held care (per_day, per_week, per_hour) of the replication
    over its place-days; nothing where it held nobody. Not told by payer.
    """
    return results.derived("cost_of_delay_net", _cost_of_delay_net)


def block_places(results: Results, keys: Collection[str] = ()) -> pd.DataFrame:
    """Block places paid, used and unused in the mean of each replication: columns of that name.

    One row for each replication and service with a block.
    """
    return results.derived("block_places", _block_places)


def block_unused(results: Results, keys: Collection[str] = ()) -> pd.DataFrame:
    """Block places paid and not used."""
    rows = block_places(results)
    return rows.assign(value=rows["unused"])


def _cost_lines(results: Results) -> pd.DataFrame:
    left_by_block = _beyond_blocks(results)
    tallies, parts = results.table("tallies"), []
    for service, prices in _prices_by_service(results).items():
        rows = tallies[tallies["service"] == service].reset_index(drop=True)
        rest = np.ones(len(rows))
        if left_by_block:
            months = zip(rows["replication"], rows["month"].astype(str), strict=True)
            rest = np.array([left_by_block.get((service, number, month), 1.0) for number, month in months])
        for price in prices:
            item, unit = str(price["item"]), unit_of(price)
            if unit in PERSONAL:
                # A block takes the place of ordinary prices; a further line is paid for everybody held.
                quantity = _charged(rows, unit) * (rest if item in HELD else 1.0)
            else:
                quantity = _quantity_of_service(results, rows, price) * _shares(rows, prices, item)
            parts.append(_line(rows, price, quantity))
    return _joined([*parts, *_of_interventions(results), *_of_staff(results)], tallies)


def _of_interventions(results: Results) -> list[pd.DataFrame]:
    """Interventions month by month, each under its own name; no group has them."""
    rows = results.small("interventions")
    if not rows:
        return []
    spans, none = month_spans(results), dict.fromkeys(_attributes(results.table("tallies")), "")
    one = pd.DataFrame({"replication": np.array(results.replications, dtype=np.int32)})
    parts = []
    for row in rows:
        start, end = float(row["start"]), np.inf if row["end"] is None else float(row["end"])
        if row["item"] == "once":
            units = ((spans["start"] <= start) & (start < spans["end"])).astype(float)
        else:
            paid = spans["end"].clip(upper=end) - spans["start"].clip(lower=start)
            units = paid.clip(lower=0.0) / YEAR
        line = pd.DataFrame({"month": spans["month"], **none, "service": str(row["intervention"])})
        line = line.assign(payer=str(row["payer"]), item=str(row["item"]))
        pounds = units.to_numpy(dtype=float) * (float(row["price"]) * float(row["share"]))
        parts.append(one.merge(line.assign(value=pounds), how="cross"))
    return parts


def _of_staff(results: Results) -> list[pd.DataFrame]:
    """People in post month by month, each group of staff under its own name; no group of people has them."""
    prices = results.small("staff_prices")
    if not prices:
        return []
    years, none = staff_years(results, ()), dict.fromkeys(_attributes(results.table("tallies")), "")
    parts = []
    for row in prices:
        own = years[years["staff"] == row["staff"]]
        line = own[["replication", "month"]].assign(**none, service=str(row["staff"]))
        pounds = own["value"].to_numpy(dtype=float) * (float(row["price"]) * float(row["share"]))
        parts.append(line.assign(payer=str(row["payer"]), item=str(row["item"]), value=pounds))
    return parts


def _over_budget(results: Results) -> pd.DataFrame:
    spans = month_spans(results)
    one = pd.DataFrame({"replication": np.array(results.replications, dtype=np.int32)})
    lines, parts = cost_lines(results), []
    for row in results.small("budgets"):
        fits = np.ones(len(lines), dtype=bool)
        for column, wanted in (("payer", row["payers"]), ("service", row["of"])):
            if wanted:
                fits &= lines[column].astype(str).isin(wanted).to_numpy(dtype=bool)
        for group, value in row["where"].items():
            fits &= (lines[group].astype(str) == value).to_numpy(dtype=bool)
        meant = spans.assign(value=-_a_day(row) * (spans["end"] - spans["start"]))[["month", "value"]]
        both = [lines.loc[fits, ["replication", "month", "value"]], one.merge(meant, how="cross")]
        frame = pd.concat([part.astype({"month": str}) for part in both], ignore_index=True)
        parts.append(frame.assign(budget=str(row["budget"])))
    columns = ["replication", "month", "value", "budget"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _a_day(row: Mapping[str, Any]) -> float:
    """Pounds of a budget on each day it is for."""
    return float(row["amount"]) / (float(row["end"]) - float(row["start"]))


def _cost_of_delay(results: Results) -> pd.DataFrame:
    tallies, parts = results.table("tallies"), []
    for service, prices in _prices_by_service(results).items():
        rows = tallies[tallies["service"] == service].reset_index(drop=True)
        for price in prices:
            if unit_of(price) in WHEN_DELAYED:
                column, units = WHEN_DELAYED[unit_of(price)]
                parts.append(_line(rows, price, rows[column].to_numpy(dtype=float) * units))
    return _joined(parts, tallies)


def _cost_of_keeping(results: Results) -> pd.DataFrame:
    tallies, parts = results.table("tallies"), []
    for service, prices in _prices_by_service(results).items():
        rows = tallies[tallies["service"] == service].reset_index(drop=True)
        for price in prices:
            if unit_of(price) in WHEN_AWAY and "unpaid_days" in rows.columns:
                column, units = WHEN_AWAY[unit_of(price)]
                unpaid = "unpaid_hours" if column == "hours_away" else "unpaid_days"
                paid = rows[column].to_numpy(dtype=float) - rows[unpaid].to_numpy(dtype=float)
                parts.append(_line(rows, price, paid * units))
    return _joined(parts, tallies)


def _cost_of_delay_net(results: Results) -> pd.DataFrame:
    gross = cost_of_delay(results).drop(columns=["payer", "item"])
    delays = results.table("delays")
    daily = _daily_price(results)
    keys = zip(delays["replication"], delays["awaited"].astype(str), strict=True)
    price = np.array([daily.get((int(number), awaited), 0.0) for number, awaited in keys])
    saved = delays.assign(value=-price * delays["delayed_days"])
    columns = [column for column in gross.columns if column in saved.columns]
    parts = [frame[columns].astype({"service": str}) for frame in (gross, saved)]
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _daily_price(results: Results) -> dict[tuple[int, str], float]:
    """(replication, service) -> pounds of held care a place-day, before any block."""
    tallies, prices = results.table("tallies"), {}
    for service, lines in _prices_by_service(results).items():
        rows = tallies[tallies["service"] == service].reset_index(drop=True)
        held = rows.groupby("replication")["held_days"].sum()
        pounds = pd.Series(0.0, index=held.index)
        for price in lines:
            if unit_of(price) in HELD:
                line = _line(rows, price, _charged(rows, unit_of(price)))
                pounds = pounds.add(line.groupby("replication")["value"].sum(), fill_value=0.0)
        for number in held.index[held > 0]:
            prices[int(number), service] = float(pounds[number] / held[number])
    return prices


def _block_places(results: Results) -> pd.DataFrame:
    rows = _blocks_by_month(results)
    keys = ["replication", "service", "paid"]
    used = rows.groupby(keys, as_index=False)["used"].sum()
    return used.assign(unused=used["paid"] - used["used"])


def _beyond_blocks(results: Results) -> dict[tuple[str, int, str], float]:
    """(service, replication, month) -> share of the place-days held that lie beyond its block."""
    rows = _blocks_by_month(results)
    rest = np.where(rows["held"] > 0, 1 - rows["used"] / rows["held"].where(rows["held"] > 0), 0.0)
    keys = zip(rows["service"], rows["replication"], rows["month"], strict=True)
    return dict(zip(keys, rest.tolist(), strict=True))


def _blocks_by_month(results: Results) -> pd.DataFrame:
    """replication, month, service, paid; held, used: people and block places times share of the window."""
    columns = ["replication", "month", "service", "paid", "held", "used"]
    paid = {
        service: float(price["block_places"])
        for service, prices in _prices_by_service(results).items()
        for price in prices
        if price["item"] == BLOCK
    }
    occupancy, parts = results.table("occupancy"), []
    for service, places in paid.items():
        rows = occupancy[occupancy["service"] == service]
        weighted = rows.assign(
            month=rows["month"].astype(str),
            held=rows["held"] * rows["share"],
            used=rows["held"].clip(upper=places) * rows["share"],
        )
        sums = weighted.groupby(["replication", "month"], as_index=False)[["held", "used"]].sum()
        parts.append(sums.assign(service=service, paid=places)[columns])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _prices_by_service(results: Results) -> dict[str, list[dict[str, Any]]]:
    prices: dict[str, list[dict[str, Any]]] = {}
    for row in results.small("prices"):
        prices.setdefault(str(row["service"]), []).append(row)
    return prices


def unpriced(results: Results) -> tuple[list[str], list[str]]:
    """Names of services with a price only while people are delayed in them, and of those without any.

    Whose capacity is the work of staff that have a price is paid for.
    """
    by_staff = {str(name) for row in results.small("staff_prices") for name in row["services"]}
    prices = _prices_by_service(results)
    names = [str(row["service"]) for row in results.small("services") if row["service"] not in by_staff]
    while_delayed = [
        name
        for name in names
        if name in prices and all(unit_of(price) == "per_delayed_day" for price in prices[name])
    ]
    return while_delayed, [name for name in names if name not in prices]


def delay_is_priced(results: Results) -> bool:
    """False where people are delayed, and only in services without a price for each day (or hour) held.

    Prices of other kinds and pay of staff are the same with and without a delay. Where nobody is
    delayed it is True: delay costs nothing then, whatever the prices.
    """
    tallies = results.table("tallies")
    delayed = set(tallies.loc[tallies["delayed_days"] > 0, "service"].astype(str))
    priced = {
        service
        for service, prices in _prices_by_service(results).items()
        if any(unit_of(price) in WHEN_DELAYED for price in prices)
    }
    return not delayed or not delayed.isdisjoint(priced)


def unit_of(price: Mapping[str, Any]) -> str:
    """What a price is charged on: per_week, of nursing_contribution.per_week too."""
    return str(price["item"]).rpartition(".")[2]


def _charged(rows: pd.DataFrame, unit: str) -> Floats:
    """Units of a personal price in each row: what is held, less the time away that is not paid for."""
    column, units = PERSONAL[unit]
    quantity = rows[column].to_numpy(dtype=float)
    # Results of an older caresim have no such columns: nobody was away.
    if unit in HELD and UNPAID[column] in rows.columns:
        quantity = quantity - rows[UNPAID[column]].to_numpy(dtype=float)
    return np.asarray(quantity * units)


def _applies(rows: pd.DataFrame, price: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Which rows a price is for: those with the value of each attribute it goes by."""
    fits = np.ones(len(rows), dtype=bool)
    for attribute, value in price.items():
        if attribute not in FIXED and value is not None:
            fits &= (rows[attribute] == value).to_numpy(dtype=bool)
    return fits


def _attributes(tallies: pd.DataFrame) -> list[str]:
    columns = list(tallies.columns)
    return columns[columns.index("service") + 1 : columns.index("available_days")]


def _line(rows: pd.DataFrame, price: Mapping[str, Any], quantity: Floats) -> pd.DataFrame:
    fits = _applies(rows, price)
    pounds = quantity * (float(price["price"]) * float(price["share"]))
    line = rows.loc[fits, ["replication", "month", *_attributes(rows)]]
    return line.assign(
        service=str(price["service"]), payer=str(price["payer"]), item=str(price["item"]), value=pounds[fits]
    )


def _quantity_of_service(results: Results, rows: pd.DataFrame, price: Mapping[str, Any]) -> Floats:
    """Units of a price for the service as a whole, repeated in each row of a month."""
    item = unit_of(price)
    span = rows["days"].to_numpy(dtype=float)
    if item == BLOCK:
        return span / 7 * float(price["block_places"])
    if item == "per_year":
        return span / YEAR
    if item != "per_place_day":
        raise ResultsError(f'{results.place}: prices: there is no item "{item}".')
    unit = service_rows(results)[str(price["service"])]["unit"]
    if unit != "places":
        raise ResultsError(
            f"{results.place}: {price['service']} has a price per_place_day but no number of places ({unit})."
        )
    return rows["available_days"].to_numpy(dtype=float)


def _shares(rows: pd.DataFrame, prices: list[dict[str, Any]], item: str) -> Floats:
    """What falls on each row of what is paid for the service in a month: adds up to 1 in a month.

    In proportion to place-days over the whole window, among the rows some price of the item is
    for; equal where nobody was held.
    """
    fits = np.zeros(len(rows), dtype=bool)
    for price in prices:
        if price["item"] == item:
            fits |= _applies(rows, price)
    attributes = _attributes(rows)
    weights = rows.assign(weight=np.where(fits, rows["held_days"], 0.0), one=fits.astype(float))
    by_group = weights.groupby(["replication", *attributes], observed=True)["weight"].transform("sum")
    weights["weight"] = np.where(fits, by_group, 0.0)
    month = weights.groupby(["replication", "month"], observed=True)
    total, number = month["weight"].transform("sum"), month["one"].transform("sum")
    equal = weights["one"] / number.where(number > 0, 1.0)
    return np.where(total > 0, weights["weight"] / total.where(total > 0, 1.0), equal).astype(np.float64)


def _joined(parts: list[pd.DataFrame], tallies: pd.DataFrame) -> pd.DataFrame:
    if parts:
        return pd.concat(parts, ignore_index=True)
    return tallies.iloc[:0].assign(payer="", item="", value=0.0)
