"""The figures `run --json` prints: measures, cost by payer, and what each service was like."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from caresim.measures.catalogue import MEASURES, headlines
from caresim.measures.cost import budget_of_window
from caresim.measures.estimates import mean_with_interval
from caresim.measures.measure import Measure, service_rows
from caresim.records.results import Results

QUANTITIES = (
    "held",
    "in_care",
    "delayed",
    "bridging",
    "away",
    "queue",
    "waiting",
    "wait_days",
    "waited_share",
    "admissions_per_day",
    "turned_away_per_day",
    "given_up_per_day",
    "full_share",
    "utilisation",
)


def summary(results: Results, level: float = 0.95) -> dict[str, Any]:
    """What `run --json` prints; means over replications, null where there is no figure.

    low and high are the Student-t interval of the mean at `level`; null with one replication.
    `providers`, `standards`, `reviews`, `staff`, `happened` and `budgets` are there where the scenario
    has some, `away` and `changed_need` where there was anybody.
    """
    measures = {
        name: {"unit": MEASURES[name].unit, **_one(MEASURES[name], results, level)} for name in headlines()
    }
    payers = MEASURES["cost_total"].estimate(results, by=("payer",), level=level)
    costs = {
        str(row["payer"]): {"unit": "pounds", **_plain(row["mean"], row["low"], row["high"])}
        for row in payers.to_dict("records")
    }
    return {
        "scenario": results.manifest["scenario"],
        "replications": len(results.replications),
        "measured_days": _whole(results.measured_days),
        "level": level,
        "measures": measures,
        "costs": costs,
        "services": figures_of_services(results, level),
        # A table without rows is of something that the scenario has and nobody met.
        **{
            name: found
            for name, figures in WHERE_THERE.items()
            if (found := figures(results, level)) or results.has_table(name)
        },
    }


def service_figures(results: Results) -> pd.DataFrame:
    """QUANTITIES of each service and replication: one row for each, in order.

    held, in_care, delayed, bridging, away, queue, waiting: mean people. wait_days: request to
    admission of those admitted, zeros included. waited_share: of those, who had to wait.
    full_share: time without a free place. utilisation: held over available (hours where the
    service has them), nan if unlimited.
    """
    return results.derived("service_figures", _service_figures)


def unit_of(quantity: str) -> str:
    """Unit of one of QUANTITIES."""
    if quantity.endswith("_per_day"):
        return "people a day"
    return {"wait_days": "days", "waited_share": "share", "full_share": "share", "utilisation": "share"}.get(
        quantity, "people"
    )


def _service_figures(results: Results) -> pd.DataFrame:
    sums = _totals(results)
    length = results.measured_days
    figures = pd.DataFrame(index=sums.index)
    for state in ("held", "in_care", "delayed", "bridging", "away", "queue", "waiting"):
        figures[state] = sums[f"{state}_days"] / length
    figures["wait_days"] = sums["wait_sum"] / sums["wait_count"].where(sums["wait_count"] > 0)
    figures["waited_share"] = sums["waited"] / sums["admissions"].where(sums["admissions"] > 0)
    for count in ("admissions", "turned_away", "given_up"):
        figures[f"{count}_per_day"] = sums[count] / length
    figures["full_share"] = sums["full_days"] / length
    in_hours = sums["available_hours"] > 0
    used = np.where(in_hours, sums["hours_held"], sums["held_days"])
    there = sums["available_hours"].where(in_hours, sums["available_days"])
    figures["utilisation"] = used / there.where((there > 0) & np.isfinite(there))
    return figures[list(QUANTITIES)].reset_index()


def _totals(results: Results) -> pd.DataFrame:
    """Sums of the window by replication and service, all groups together."""
    keys = ["replication", "service"]
    tallies = results.table("tallies")
    own = ["available_days", "available_hours"]
    columns = list(tallies.columns)
    added = columns[columns.index("available_hours") + 1 :]
    sums = tallies.groupby(keys, observed=True)[added].sum()
    once = tallies.drop_duplicates([*keys, "month"])
    sums[own] = once.groupby(keys, observed=True)[own].sum()
    monthly = results.table("monthly").drop_duplicates([*keys, "month"])
    full = monthly.assign(full_days=monthly["full"] * monthly["days"])
    sums["full_days"] = full.groupby(keys, observed=True)["full_days"].sum()
    durations = results.table("durations")
    waits = durations[durations["which"] == "wait"].groupby(keys, observed=True)[["sum", "count"]].sum()
    return sums.join(waits.add_prefix("wait_"))


OF_REVIEWS = ("reviews_done", "reviews_within_4_weeks", "reviews_overdue", "review_hours_freed")
"""What is told of reviews of care, by service."""


OF_STAFF = ("in_post", "productive", "vacancies", "vacancy_rate", "turnover", "joiners", "leavers")
"""Of each group of staff; the measures are staff_in_post and so on."""
OF_AWAY = ("away_people", "admitted_from_care", "restarts", "resourced", "cost_of_keeping")
"""Of each service whose people went to hospital and had their place kept."""

Figures = dict[str, dict[str, Any]]
"""Name of a figure -> its unit, mean, low and high."""


def figures_of_reviews(results: Results, level: float) -> dict[str, dict[str, Any]]:
    """Service -> OF_REVIEWS, and under `outcomes` the share of each that came of a review there.

    Nothing where no service is reviewed.
    """
    if not results.has_table("reviews"):
        return {}
    found: dict[str, dict[str, Any]] = {**_told(results, OF_REVIEWS, "service", level)}
    measure = MEASURES["review_outcome_share"]
    for own in found.values():
        own["outcomes"] = {}
    for row in measure.estimate(results, by=("service", "outcome"), level=level).to_dict("records"):
        told = {"unit": measure.unit, **_plain(row["mean"], row["low"], row["high"])}
        found[str(row["service"])]["outcomes"][str(row["outcome"])] = told
    return found


def figures_of_staff(results: Results, level: float) -> dict[str, Figures]:
    """Group of staff -> OF_STAFF; nothing where the scenario has no staff."""
    names = [f"staff_{name}" for name in OF_STAFF]
    return _told(results, names, "staff", level) if results.has_table("staff") else {}


def figures_of_happened(results: Results, level: float) -> dict[str, Figures]:
    """Event -> how often and how long it happened, and how often in each replication."""
    if not results.has_table("happened"):
        return {}
    found = _told(results, ("episodes", "days_in_force"), "event", level)
    each = MEASURES["episodes"].figures(results, by=("event",)).sort_values("replication")
    for name, own in found.items():
        counts = each.loc[each["event"].astype(str) == name, "value"]
        own["episodes"]["by_replication"] = [int(value) for value in counts]
    return found


def figures_of_away(results: Results, level: float) -> dict[str, Figures]:
    """Service -> OF_AWAY, of services from which anybody went; nothing of the others."""
    found = _told(results, OF_AWAY, "service", level)
    return {
        # A service has no row of a measure of which nobody has any.
        name: {figure: own.get(figure, _none_of(figure, results, level)) for figure in OF_AWAY}
        for name, own in found.items()
        if any(figure["mean"] for figure in own.values())
    }


def figures_of_changed_need(results: Results, level: float) -> dict[str, dict[str, Any]]:
    """Service -> people whose need delay changed while they were there; nothing where there were none."""
    found = _told(results, ("changed_need",), "service", level)
    return {name: own["changed_need"] for name, own in found.items()}


def _told(results: Results, names: Sequence[str], key: str, level: float) -> dict[str, Figures]:
    """Measures told by a key: its value -> measure -> unit, mean, low, high."""
    found: dict[str, Figures] = {}
    for name in names:
        measure = MEASURES[name]
        for row in measure.estimate(results, by=(key,), level=level).to_dict("records"):
            told = {"unit": measure.unit, **_plain(row["mean"], row["low"], row["high"])}
            found.setdefault(str(row[key]), {})[name] = told
    return found


def _none_of(name: str, results: Results, level: float) -> dict[str, Any]:
    """Zero in every replication, as an estimate has it."""
    none = mean_with_interval(np.zeros(len(results.replications)), level)
    return {"unit": MEASURES[name].unit, **_plain(float(none.mean), float(none.low), float(none.high))}


def figures_of_services(results: Results, level: float) -> dict[str, dict[str, dict[str, float | None]]]:
    """Service -> QUANTITIES."""
    figures = service_figures(results)
    services: dict[str, dict[str, dict[str, float | None]]] = {}
    for name in service_rows(results):
        own = figures[figures["service"] == name]
        estimate = mean_with_interval(own[list(QUANTITIES)].to_numpy(dtype=float), level)
        services[name] = {
            quantity: _plain(estimate.mean[place], estimate.low[place], estimate.high[place])
            for place, quantity in enumerate(QUANTITIES)
        }
    return services


def figures_of_providers(results: Results, level: float) -> dict[str, dict[str, dict[str, Any]]]:
    """Service -> provider -> what it had, held and admitted; nothing where there are none."""
    if not results.small("providers"):
        return {}
    names = ("capacity", "held", "utilisation", "full", "admissions", "closed_days")
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in results.small("providers"):
        about = {"label": row["label"], "rating": row["rating"]}
        found.setdefault(str(row["service"]), {})[str(row["provider"])] = about
    for name in names:
        measure = MEASURES[f"provider_{name}"]
        for each in measure.estimate(results, by=("service", "provider"), level=level).to_dict("records"):
            own = found.get(str(each["service"]), {}).get(str(each["provider"]))
            # Providers of different services may share a name.
            if own is not None:
                own[name] = {"unit": measure.unit, **_plain(each["mean"], each["low"], each["high"])}
    return found


def figures_of_standards(results: Results, level: float) -> dict[str, dict[str, Any]]:
    """Of each service with a standard: what it is, the share in time, and how many are overdue."""
    if not results.small("standards"):
        return {}
    names = ("within_standard", "over_standard", "overdue")
    estimates = {
        name: {
            str(row["service"]): _plain(row["mean"], row["low"], row["high"])
            for row in MEASURES[name].estimate(results, by=("service",), level=level).to_dict("records")
        }
        for name in names
    }
    return {
        str(row["service"]): {
            "of": row["of"],
            "within_days": float(row["within"]),
            **{name: {"unit": MEASURES[name].unit, **estimates[name][str(row["service"])]} for name in names},
        }
        for row in results.small("standards")
    }


def figures_of_budgets(results: Results, level: float) -> dict[str, dict[str, Any]]:
    """Each budget, what it is set beside, and the difference (cost less budget), in pounds."""
    if not results.small("budgets"):
        return {}
    estimates = MEASURES["over_budget"].estimate(results, by=("budget",), level=level).to_dict("records")
    over = {str(row["budget"]): row for row in estimates}
    found = {}
    for row in results.small("budgets"):
        name, budget = str(row["budget"]), budget_of_window(results, row)
        mean, low, high = (float(over[name][key]) for key in ("mean", "low", "high"))
        modelled = _plain(mean + budget, low + budget, high + budget)
        difference = _plain(mean, low, high)
        found[name] = {"unit": "pounds", "budget": budget, "cost": modelled, "difference": difference}
    return found


WHERE_THERE: dict[str, Callable[[Results, float], dict[str, Any]]] = {
    "providers": figures_of_providers,
    "standards": figures_of_standards,
    "reviews": figures_of_reviews,
    "staff": figures_of_staff,
    "happened": figures_of_happened,
    "away": figures_of_away,
    "changed_need": figures_of_changed_need,
    "budgets": figures_of_budgets,
}
"""Key of a summary that not every scenario has -> what makes it."""


def _one(measure: Measure, results: Results, level: float) -> Mapping[str, float | None]:
    row = measure.estimate(results, level=level).iloc[0]
    return _plain(row["mean"], row["low"], row["high"])


def _plain(mean: float, low: float, high: float) -> dict[str, float | None]:
    """As JSON has it: no nan and no infinity."""
    values = {"mean": mean, "low": low, "high": high}
    return {name: float(value) if math.isfinite(value) else None for name, value in values.items()}


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value
