"""A planner's first screen as tables: delays, services, costs, and published figures beside modelled.

Every figure comes from `caresim.measures`; here it is chosen, ordered and put into words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from caresim.durations import format_duration
from caresim.measures.catalogue import MEASURES
from caresim.measures.cost import delay_is_priced, unpriced
from caresim.measures.delays import HOSPITALS
from caresim.measures.measure import service_rows
from caresim.measures.summary import (
    figures_of_away,
    figures_of_budgets,
    figures_of_changed_need,
    figures_of_happened,
    figures_of_providers,
    figures_of_services,
    figures_of_staff,
    figures_of_standards,
)
from caresim.records.results import Results
from caresim.report.published import published_table
from caresim.report.words import (
    BODIES,
    MISSING,
    REASONS,
    Table,
    count,
    is_missing,
    payer_label,
    pounds,
    rounded,
    with_interval,
)

LEVEL = 0.95
MOST_PROVIDERS = 12
"""Of one service, told one by one; of more only the fullest."""
MOST_TOLD = 32
"""Replications whose figures are told one by one."""
EXPECTED_RATE = 3.5
"""% of occupied beds: what the NHS in England was asked to get down to from 2017 on."""
STANDARDS = {
    "wait": "admitted within",
    "wait_and_care": "ready within",
    "delay": "left, once ready, within",
    "all": "left within",
}
"""What a standard is of, in words that go before its time."""
NOT_PRICED = ("Priced only while people are delayed there", "Without a price")
"""What is said of the services that `unpriced` gives first, and of those it gives second."""
IN_ORDER = (
    *HOSPITALS,
    "intermediate_care",
    "assessment",
    "brokerage",
    "equipment",
    "panel",
    "choice",
    "reablement",
    "domiciliary",
    "live_in",
    "extra_care",
    "residential",
    "nursing",
    "home",
    "other",
)
"""Kinds of service in the order in which people mostly meet them."""

Estimate = dict[str, Any]
"""mean, low, high, predicted_low, predicted_high, and the keys it was asked by."""


def estimates(results: Results, measure: str, *by: str) -> list[Estimate]:
    return [
        {str(key): value for key, value in row.items()}
        for row in MEASURES[measure].estimate(results, by=by, level=LEVEL).to_dict("records")
    ]


def estimate(results: Results, measure: str) -> Estimate:
    return estimates(results, measure)[0]


def services_in_order(results: Results) -> list[dict[str, Any]]:
    """Rows of the small table `services`: hospital first, then the way people go."""
    return sorted(
        service_rows(results).values(), key=lambda row: (IN_ORDER.index(str(row["kind"])), str(row["label"]))
    )


def label_of(results: Results, service: str) -> str:
    return str(service_rows(results)[service]["label"])


def first_screen(results: Results) -> list[Table]:
    """What `caresim run` prints: the published figures first, where the system has any."""
    return [table for table in (published_table(results, LEVEL), *further_tables(results)) if table.rows]


def further_tables(results: Results) -> list[Table]:
    """All but the published figures, which have a place of their own in a report."""
    tables = [
        services_table(results),
        providers_table(results),
        standards_table(results),
        reviews_table(results),
        staff_table(results),
        happened_table(results),
        away_table(results),
        changed_need_table(results),
        costs_table(results),
        besides_table(results),
        budgets_table(results),
    ]
    if has_hospital(results):
        delayed = [delays_table(results)]
        if estimate(results, "dtoc_people")["mean"] > 0:
            delayed += [reasons_table(results), bodies_table(results)]
        tables = [*delayed, *tables]
    return [table for table in tables if table.rows]


def has_hospital(results: Results) -> bool:
    return any(row["kind"] in HOSPITALS for row in service_rows(results).values())


def heading(results: Results) -> str:
    n = len(results.replications)
    how_sure = "mean (95 % interval: low to high)" if n > 1 else "one replication says nothing about spread"
    runs = f"{count(n, 'replication')} of {count(results.measured_days, 'day')}"
    few = f"\n{n} replications are few: the intervals are wide. Ten or more say more." if 1 < n < 5 else ""
    return f"{results.manifest['scenario']}\n{runs}; {how_sure}{few}"


def headline(results: Results) -> str:
    """The few lines that a hurried reader takes away, over the published figures.

    "" where there are none: the tables themselves are on the first screen then.
    """
    if not results.small("published"):
        return ""
    lines = []
    if has_hospital(results):
        people, rate = estimate(results, "dtoc_people"), estimate(results, "dtoc_rate")
        beds = "" if is_missing(rate["mean"]) else f", {with_interval(rate)} % of occupied beds"
        lines = [
            f"Delayed in hospital: {with_interval(people)} people a day{beds}",
            against_expected(results, people, rate),
        ]
    cost = estimate(results, "cost_total")
    if cost["mean"] > 0:
        delayed = estimate(results, "cost_of_delay")
        part = f", of which while delayed {pounds(delayed)}" if delayed["mean"] > 0 else ""
        lines.append(f"Cost of care: {pounds(cost)}{part}")
    return "\n".join(lines)


def cost_of_delay(results: Results) -> Estimate | None:
    """What delay costs; None where it has no price, for "£0.0" would be read as a figure."""
    return estimate(results, "cost_of_delay") if delay_is_priced(results) else None


def delays_table(results: Results) -> Table:
    people, rate = estimate(results, "dtoc_people"), estimate(results, "dtoc_rate")
    rows = [("All hospitals", with_interval(people), with_interval(rate))]
    rates = {row["service"]: row for row in estimates(results, "dtoc_rate", "service")}
    by_service = {row["service"]: row for row in estimates(results, "dtoc_people", "service")}
    hospitals = [row for row in services_in_order(results) if row["kind"] in HOSPITALS]
    for row in hospitals if len(hospitals) > 1 else []:
        name = row["service"]
        rows.append(
            (
                f"  {row['label']}",
                with_interval(by_service[name]) if name in by_service else "0.0",
                with_interval(rates[name]) if name in rates else "0.0",
            )
        )
    return Table(
        "Delayed transfers of care",
        ("", "people a day", "% of occupied beds"),
        tuple(rows),
        note=against_expected(results, people, rate),
    )


def against_expected(results: Results, people: Estimate, rate: Estimate) -> str:
    """How the rate stands against 3.5 %, and what 3.5 % would be in people."""
    if is_missing(rate["mean"]):
        return "No hospital bed was occupied."
    occupied = people["mean"] / rate["mean"] * 100 if rate["mean"] > 0 else math.nan
    would_be = f"; 3.5 % would be {rounded(occupied * EXPECTED_RATE / 100)} people" if occupied > 0 else ""
    if is_missing(rate["low"]):
        side = "above" if rate["mean"] > EXPECTED_RATE else "not above"
    elif rate["low"] > EXPECTED_RATE:
        side = "clearly above"
    elif rate["high"] < EXPECTED_RATE:
        side = "clearly below"
    else:
        side = "not clearly above or below"
    return f"The rate is {side} the national expectation of 3.5 %{would_be}."


def reasons_table(results: Results) -> Table:
    """Who is delayed for want of what, longest first."""
    return Table(
        "Delayed for want of",
        ("", "people a day"),
        tuple(
            (f"{row['reason']}  {REASONS[row['reason']]}", with_interval(row))
            for row in by_size(estimates(results, "dtoc_people", "reason"))
        ),
    )


def bodies_table(results: Results) -> Table:
    """Whose responsibility those delayed are."""
    return Table(
        "Responsible for the delay",
        ("", "people a day"),
        tuple(
            (BODIES[row["responsible"]], with_interval(row))
            for row in by_size(estimates(results, "dtoc_people", "responsible"))
        ),
    )


def by_size(rows: Sequence[Estimate]) -> list[Estimate]:
    """Largest mean first; those with nothing left out."""
    return sorted((row for row in rows if row["mean"] > 0), key=lambda row: -row["mean"])


def services_table(results: Results) -> Table:
    found = figures_of_services(results, LEVEL)
    capacities = mean_capacities(results)
    waiting = waiting_where(results)
    services = services_in_order(results)
    quiet = nothing_to_tell(results, found)
    rows = []
    for row in services:
        if row["service"] in quiet:
            continue
        figures = found[row["service"]]
        rows.append(
            (
                str(row["label"]),
                capacity_in_words(row, capacities[row["service"]]),
                rounded_percent(figures["utilisation"]["mean"]),
                with_interval(figures["queue"]),
                with_interval(figures["wait_days"]),
            )
        )
        if row["service"] in waiting:
            rows.append((f"    waiting: {waiting[row['service']]}", "", "", "", ""))
    return Table(
        "Services",
        ("", "places", "used", "queue, people", "wait, days"),
        tuple(rows),
        note=also_there([str(row["label"]) for row in services if row["service"] in quiet])
        + "wait: request to admission of those admitted, those who never waited included.",
    )


def nothing_to_tell(results: Results, found: Mapping[str, Mapping[str, Estimate]]) -> set[str]:
    """Services without limit that nobody ever waited for and that cost nothing; none if all are so."""
    paid = {str(row["service"]) for row in estimates(results, "cost_total", "service") if row["mean"] != 0}
    quiet = {
        name
        for name, row in service_rows(results).items()
        if row["unit"] == "unlimited" and name not in paid and not found[name]["queue"]["mean"]
    }
    return quiet if len(quiet) < len(found) else set()


def also_there(labels: Sequence[str]) -> str:
    """The services without a row."""
    return f"Also, without limit and nobody waited: {', '.join(labels)}. " if labels else ""


def providers_table(results: Results) -> Table:
    """Who has the places of a service: how full, and how many they admitted."""
    rows: list[tuple[str, ...]] = []
    found = figures_of_providers(results, LEVEL)
    for service in services_in_order(results):
        own = list(found.get(service["service"], {}).values())
        told, left = _told_providers(own)
        # A service that closes and has no providers is its only one.
        itself = list(found.get(service["service"], {})) == [service["service"]]
        if own and not itself:
            rows.append((str(service["label"]), "", "", "", ""))
        for each in told:
            own_rows = _provider_rows(each, service)
            rows += [(row[0].removeprefix("    "), *row[1:]) for row in own_rows] if itself else own_rows
        if left:
            used = [each["utilisation"]["mean"] or 0.0 for each in left]
            others = count(len(left), "other")
            if not any(each["closed_days"]["mean"] for each in left):
                others += ", less often full"
            rows.append((f"    {others}", "", f"{min(used):.0f} to {max(used):.0f} %", "", ""))
    return Table(
        "Providers",
        ("", "places", "used", "% of time full", "admitted"),
        tuple(rows),
        note="admitted, and closed to admissions: in the whole window." if rows else "",
    )


def _told_providers(own: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Those with a line of their own, and the others: of many the longest closed and the fullest have one."""
    if len(own) <= MOST_PROVIDERS:
        return own, []
    half = MOST_PROVIDERS // 2
    closed = sorted(own, key=lambda each: -each["closed_days"]["mean"])
    told = [each for each in closed[:half] if each["closed_days"]["mean"]]
    open_ones = [each for each in own if each not in told]
    told += sorted(open_ones, key=lambda each: -(each["full"]["mean"] or 0.0))[:half]
    return told, [each for each in own if each not in told]


def _provider_rows(each: dict[str, Any], service: dict[str, Any]) -> list[tuple[str, ...]]:
    """A provider; beneath it, if it was closed at all, for how long: few ever are."""
    rating = f" ({each['rating'].replace('_', ' ')})" if each["rating"] else ""
    used, closed = each["utilisation"]["mean"], each["closed_days"]
    row = (
        f"    {each['label']}{rating}",
        capacity_in_words(service, each["capacity"]["mean"]),
        MISSING if used is None else f"{used:.1f} %",
        with_interval(each["full"]),
        with_interval(each["admissions"]),
    )
    days = f"closed to admissions on {with_interval(closed)} days"
    return [row, (f"        {days}", "", "", "", "")] if closed["mean"] else [row]


def reviews_table(results: Results) -> Table:
    """Reviews of care under way: how many, how late, what came of them, what they freed."""
    rows = []
    if results.has_table("reviews"):
        labels = {str(row["service"]): row["label"] for row in results.small("services")}
        columns = [
            {str(row["service"]): row for row in estimates(results, name, "service")}
            for name in ("reviews_done", "reviews_within_4_weeks", "reviews_overdue", "review_hours_freed")
        ]
        shares: dict[str, list[str]] = {}
        for row in estimates(results, "review_outcome_share", "service", "outcome"):
            if row["mean"] > 0:
                shares.setdefault(str(row["service"]), []).append(f"{row['outcome']} {row['mean']:.3g} %")
        for name in columns[0]:
            own = (with_interval(column[name]) if name in column else "-" for column in columns)
            rows.append((str(labels.get(name, name)), *own))
            rows.append((f"    {', '.join(shares.get(name, []))}", "", "", "", ""))
    return Table(
        "Reviews",
        ("", "done", "% in 4 weeks", "overdue at the end", "hours a week freed"),
        tuple(rows),
        note="hours a week freed: by all reviews of the window; of care that they ended the whole package."
        if rows
        else "",
    )


def standards_table(results: Results) -> Table:
    """Who was served in time, where a service has a standard."""
    found = figures_of_standards(results, LEVEL)
    return Table(
        "Standards",
        ("", "% in time", "not in time", "overdue"),
        tuple(
            (
                f"{label_of(results, name)}: {STANDARDS[line['of']]} {format_duration(line['within_days'])}",
                *(with_interval(line[key]) for key in ("within_standard", "over_standard", "overdue")),
            )
            for name, line in found.items()
        ),
        note="not in time: people in the whole window; overdue: still open and late at a month's end, mean."
        if found
        else "",
    )


def staff_table(results: Results) -> Table:
    """Posts, who is in them and who comes and goes, of each group of staff."""
    rows: list[tuple[str, ...]] = []
    labels = {row["name"]: row["label"] for row in results.small("names") if row["what"] == "staff"}
    for name, own in figures_of_staff(results, LEVEL).items():
        told = [with_interval(own[f"staff_{what}"]) for what in ("in_post", "productive", "vacancy_rate")]
        joined, left = (with_interval(own[f"staff_{what}"]) for what in ("joiners", "leavers"))
        rows.append((str(labels.get(name, name)), *told))
        # Five figures with their intervals are wider than a terminal.
        rows.append((f"    joined {joined}, left {left}", "", "", ""))
    return Table(
        "Staff",
        ("", "in post", "productive", "% of posts vacant"),
        tuple(rows),
        note="productive: induction is over; joined and left: in the whole window." if rows else "",
    )


def happened_table(results: Results) -> Table:
    """What happened at random, and in which replications: what two of them differ by that is not noise."""
    labels = {row["name"]: row["label"] for row in results.small("names") if row["what"] == "event"}
    rows = [
        (
            str(labels.get(name, name)),
            with_interval(own["episodes"]),
            with_interval(own["days_in_force"]),
            in_runs(own["episodes"]["by_replication"]),
        )
        for name, own in figures_of_happened(results, LEVEL).items()
    ]
    return Table(
        "What happened at random",
        ("", "episodes", "days in force", "episodes in each replication"),
        tuple(rows),
        note="In the window; days in force: on which at least one episode held, of each that it happens to."
        if rows
        else "",
        words_last=True,
    )


def away_table(results: Results) -> Table:
    """Who was in hospital while a place elsewhere was kept, how they came back, and what keeping cost."""
    found = figures_of_away(results, LEVEL)
    rows: list[tuple[str, ...]] = []
    for row in services_in_order(results):
        if row["service"] not in found:
            continue
        own = found[row["service"]]
        told = [with_interval(own[name]) for name in ("away_people", "admitted_from_care")]
        rows.append((str(row["label"]), *told, pounds(own["cost_of_keeping"])))
        back, anew = with_interval(own["restarts"]), with_interval(own["resourced"])
        rows.append((f"    came back: {back} to the place kept, {anew} too late, to a new one", "", "", ""))
    return Table(
        "In hospital and back",
        ("", "people away", "went to hospital", "cost of keeping"),
        tuple(rows),
        note="people away: a place kept, on a mean day; who went and came back: in the whole window. The "
        "cost of keeping is part of the cost below."
        if rows
        else "",
    )


def changed_need_table(results: Results) -> Table:
    """Who needs something else for having been delayed."""
    found = figures_of_changed_need(results, LEVEL)
    return Table(
        "Need changed by delay",
        ("delayed in", "people"),
        tuple(
            (str(row["label"]), with_interval(found[row["service"]]))
            for row in services_in_order(results)
            if row["service"] in found
        ),
        note="people who went where they need to since delay changed it, in the whole window."
        if found
        else "",
    )


def in_runs(counts: Sequence[int]) -> str:
    """How often in each replication, or, of many, how unlike they were."""
    if len(counts) <= MOST_TOLD:
        return " ".join(map(str, counts))
    return f"{min(counts)} to {max(counts)}; none in {counts.count(0)} of {len(counts)}"


def rounded_percent(share: float | None) -> str:
    return MISSING if share is None or is_missing(share) else f"{100 * share:.1f} %"


def mean_capacities(results: Results) -> dict[str, float]:
    """Service -> places, or hours per week, in the mean of the window."""
    monthly = results.table("monthly").drop_duplicates(["replication", "month", "service"])
    weighted = monthly.assign(weighted=monthly["capacity"] * monthly["days"])
    sums = weighted.groupby("service", observed=True)[["weighted", "days"]].sum()
    return {str(name): float(row["weighted"] / row["days"]) for name, row in sums.iterrows()}


def capacity_in_words(service: dict[str, Any], capacity: float) -> str:
    if math.isinf(capacity):
        return "no limit"
    text = f"{capacity:,.0f}" if capacity == round(capacity) or capacity >= 100 else f"{capacity:,.1f}"
    return f"{text} h/week" if service["unit"] == "hours" else text


def waiting_where(results: Results) -> dict[str, str]:
    """Service -> where those who wait for it are: "3.1 in The ward, 0.2 outside"."""
    words: dict[str, list[str]] = {}
    for row in by_size(estimates(results, "queue_where", "service", "where")):
        place = "outside" if row["where"] == "outside" else f"in {label_of(results, row['where'])}"
        if row["mean"] >= 0.05:
            words.setdefault(str(row["service"]), []).append(f"{rounded(row['mean'])} {place}")
    return {service: ", ".join(parts) for service, parts in words.items()}


def costs_table(results: Results) -> Table:
    rows = [
        (payer_label(str(row["payer"])), pounds(row))
        for row in by_size(estimates(results, "cost_total", "payer"))
    ]
    if rows:
        rows.append(("All payers", pounds(estimate(results, "cost_total"))))
        if delayed := cost_of_delay(results):
            rows.append(("of which while delayed", pounds(delayed)))
    return Table(
        f"Cost in {count(results.measured_days, 'day')}{in_prices_of(results)}",
        ("", "pounds"),
        tuple(rows),
        note=not_priced(results) if rows else "",
    )


def not_priced(results: Results) -> str:
    """What the costs leave out, so that nobody takes them for all that care costs."""
    told = zip(NOT_PRICED, unpriced(results), strict=True)
    return " ".join(
        f"{what}: {listed([label_of(results, name) for name in names])}." for what, names in told if names
    )


def listed(names: Sequence[str], most: int = 6) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def in_prices_of(results: Results) -> str:
    """Words for the year prices were carried to; "" where they are taken as they are written."""
    years = {str(row["to"]) for row in results.small("inflation")}
    return f", in prices of {years.pop()}" if years else ""


def besides_table(results: Results) -> Table:
    """Interventions, staff and further lines of services: what they cost, and whom."""
    labels = {str(row["name"]): str(row["label"]) for row in results.small("names")}
    paid = {str(row["intervention"]) for row in results.small("interventions")}
    staff = {str(row["staff"]) for row in results.small("staff_prices")}
    lines = {str(row["item"]) for row in results.small("prices") if "." in str(row["item"])}
    rows = []
    if paid or staff or lines:
        for row in estimates(results, "cost_total", "service", "item", "payer"):
            name, item = labels.get(str(row["service"]), str(row["service"])), str(row["item"])
            if row["service"] in paid:
                what = f"{name}, once" if item == "once" else name
            elif row["service"] in staff:
                what = f"{name}, in post"
            elif item in lines:
                what = f"{name}: {item.partition('.')[0].replace('_', ' ')}"
            else:
                continue
            rows.append((what, payer_label(str(row["payer"])), pounds(row)))
    of_staff = "staff, " if staff else ""
    title = f"Of this, {of_staff}interventions and what is paid besides"
    return Table(title, ("", "by", "pounds"), tuple(rows))


def budgets_table(results: Results) -> Table:
    """Each budget as it comes to the window, the modelled cost of what it is for, and how they differ."""
    found = figures_of_budgets(results, LEVEL)
    labels = {str(row["budget"]): str(row["label"]) for row in results.small("budgets")}
    rows = tuple(
        (
            labels[name],
            pounds({"mean": line["budget"], "low": None, "high": None}),
            pounds(line["cost"]),
            pounds(line["difference"]),
            over_or_under(line["difference"], line["budget"]),
        )
        for name, line in found.items()
    )
    return Table(
        f"Budgets for {count(results.measured_days, 'day')}",
        ("", "budget", "modelled", "difference", ""),
        rows,
        note="difference: modelled cost less budget.",
        words_last=True,
    )


def over_or_under(difference: Estimate, budget: float) -> str:
    """Whether the cost is more than the budget, and by how much of it."""
    mean, low, high = (difference[key] for key in ("mean", "low", "high"))
    by = f" by {abs(mean) / budget:.1%}".replace("%", " %") if budget > 0 else ""
    if is_missing(low):
        return f"{'over' if mean > 0 else 'not over'}{by}"
    if low > 0:
        return f"over{by}"
    return f"under{by}" if high < 0 else "not clearly over or under"
