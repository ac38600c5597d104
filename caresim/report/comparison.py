"""Two results side by side: paired differences as tables, each with a verdict in plain words."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from caresim.measures.comparison import (
    LEVEL,
    MOST,
    differences,
    joint_level,
    more_replications,
    paired_results,
    payer_differences,
)
from caresim.measures.comparison import verdict as verdict_of
from caresim.measures.cost import unpriced
from caresim.measures.mechanisms import MECHANISMS, Mechanism, in_one_only
from caresim.records.results import Results
from caresim.report.tables import (
    MOST_PROVIDERS,
    NOT_PRICED,
    capacity_in_words,
    label_of,
    listed,
    mean_capacities,
    services_in_order,
)
from caresim.report.words import Table, count, is_missing, payer_label, pounds, with_interval

FEW = ("queue", "wait_days", "delayed", "utilisation", "turned_away_per_day")
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
OF_MECHANISMS = {
    "within_standard": "% in time",
    "overdue": "overdue, people",
    "provider_held": "people held",
    "provider_closed_days": "provider-days closed",
    "staff_in_post": "in post",
    "staff_productive": "productive",
    "staff_vacancy_rate": "% of posts vacant",
    "staff_joiners": "joined",
    "staff_leavers": "left",
    "reviews_done": "done",
    "reviews_within_4_weeks": "% in 4 weeks",
    "reviews_overdue": "overdue at the end",
    "review_hours_freed": "hours a week freed",
    "episodes": "episodes",
    "days_in_force": "days in force",
    "admitted_from_care": "taken to hospital",
    "restarts": "back in the place kept",
    "resourced": "back in a new place",
    "cost_of_keeping": "cost of places kept",
    "changed_need": "went where delay made them need to",
}
MORE_OF_MECHANISMS = (
    "staff_in_post",
    "staff_vacancy_rate",
    "reviews_within_4_weeks",
    "reviews_overdue",
    "admitted_from_care",
)
"""Of these, those shown only if everything is asked for."""
HEADS = ("", "baseline", "here", "difference", "verdict")
HALF_A_PENNY = 0.005
LARGEST = 3
"""Services named of what a payer pays more or less."""
SIDES = {"clearly more": "pays more", "clearly less": "gains"}
UNDECIDED = "cannot tell yet"
MORE_MEANS = (
    "about how many more replications of each would settle it, if mean and spread stay what they are."
)


def comparison_tables(
    baseline: Results, other: Results, *, everything: bool = False, compared: int = 1, adjust: bool = False
) -> list[Table]:
    """What differs in `other` from `baseline`: measures, cost by payer, then each service.

    `compared` is how many are set against the baseline, which with `adjust` widens the intervals.
    """
    level = joint_level(LEVEL, compared, adjust)
    unused = unused_in_words(baseline, other)
    baseline, other = paired_results(baseline, other)
    rows = differences(baseline, other, level)
    n = len(baseline.replications)
    sure = (
        f"difference: mean ({intervals_in_words(compared, adjust)}), paired by replication"
        if n > 1
        else "one replication cannot tell chance from change"
    )
    rest_on = textwrap.fill(f"{count(n, 'replication')} of each; {sure}{unused}", 100)
    title = f"{other.place} against {baseline.place}\n{rest_on}"
    measures, costs, services = (rows[rows["what"] == what] for what in ("measure", "cost", "service"))
    if not everything:
        measures = measures[measures["name"].isin(list(HEADLINES))]
        measures = measures.sort_values("name", key=lambda names: names.map(list(HEADLINES).index))
        services = services[services["quantity"].isin(FEW)]
    by_payer = table_of("Cost by payer", costs, lambda row: payer_label(row["name"]), level, n)
    left_out = " ".join(filter(None, (by_payer.note, not_priced_in_two(baseline, other))))
    tables = [
        table_of(title, measures, measure_label, level, n),
        dataclasses.replace(by_payer, note=left_out),
        payers_table(baseline, other, level),
    ]
    # One replication makes nothing clear: all is shown.
    clear_only = not everything and n > 1
    of_services, of_mechanisms, folded = [], {}, []
    for service in services_in_order(baseline):
        own = services[services["name"] == service["service"]]
        table = table_of(str(service["label"]), own, lambda row: QUANTITIES[row["quantity"]], level, n)
        if clear_only and table.rows and not any(is_clear(row) for row in table.rows):
            folded.append(table.title)
        else:
            of_services.append(table)
    for mechanism in MECHANISMS:
        labels = labels_of(mechanism, baseline, other)
        own = chosen_of(mechanism, rows[rows["what"] == mechanism.name], everything)
        words = partial(mechanism_label, labels)
        table = table_of(mechanism.label, own, words, level, n)
        if clear_only and table.rows:
            kept = tuple(row for row in table.rows if is_clear(row))
            folded += [] if kept else [mechanism.label]
            table = dataclasses.replace(table, rows=kept)
        of_mechanisms[mechanism.name] = table
    # Who is served in time is asked first.
    tables += [of_mechanisms.pop("standard"), *of_services, *of_mechanisms.values()]
    shown = [tables[0], *(table for table in tables[1:] if table.rows)]
    notes = [shown[-1].note, not_in_both(baseline, other)]
    if folded:
        notes.append(f"No clear difference in: {', '.join(folded)}; --all shows them.")
    shown[-1] = dataclasses.replace(shown[-1], note=" ".join(filter(None, notes)))
    if any(UNDECIDED in row[-1] for table in shown for row in table.rows):
        note = " ".join(text for text in (shown[-1].note, f"cannot tell yet: {MORE_MEANS}") if text)
        shown[-1] = dataclasses.replace(shown[-1], note=note)
    return shown


def is_clear(row: tuple[str, ...]) -> bool:
    """Whether the difference of a line is more than chance."""
    return row[-1] in SIDES


def chosen_of(mechanism: Mechanism, rows: pd.DataFrame, everything: bool) -> pd.DataFrame:
    """What is shown of a mechanism: those of one service, group or event together.

    Of many providers of a service all together, of few each, as `run` has it.
    """
    if not everything:
        rows = rows[~rows["quantity"].isin(MORE_OF_MECHANISMS)]
    if mechanism.name == "provider" and len(rows):
        services, dots, _ = zip(*(name.partition(".") for name in rows["name"]), strict=True)
        n_each = pd.Series(services, index=rows.index)[[dot == "." for dot in dots]].value_counts()
        most = {service: n / rows["quantity"].nunique() for service, n in n_each.items()}
        kept = [
            everything or (dot == ".") == (most.get(service, 0) <= MOST_PROVIDERS)
            for service, dot in zip(services, dots, strict=True)
        ]
        rows = rows[kept]
    return rows.sort_values("name", kind="stable")


def mechanism_label(labels: Mapping[str, str], row: dict[str, Any]) -> str:
    """Whose figure it is, and what: "Carers: joined"."""
    return f"{labels.get(row['name'], row['name'])}: {OF_MECHANISMS[row['quantity']]}"


def labels_of(mechanism: Mechanism, *both: Results) -> dict[str, str]:
    """What those are called that a mechanism is told by; a provider is there as SERVICE.PROVIDER."""
    kind = mechanism.by[0][0]
    found: dict[str, str] = {}
    for results in reversed(both):
        named = [row for row in results.small("names") if row["what"] == kind]
        found |= {str(row["name"]): str(row["label"]) for row in named}
        found |= {
            f"{row['service']}.{row['provider']}": str(row["label"]) for row in results.small("providers")
        }
    return found


def not_in_both(baseline: Results, other: Results) -> str:
    """What only one of two has, so that no line is of it; "" where there is none."""
    alone = in_one_only(baseline, other)
    words = [
        f"{mechanism.label}: only in {alone[mechanism.name].place}, so not compared."
        for mechanism in MECHANISMS
        if mechanism.name in alone
    ]
    return " ".join(words)


def not_priced_in_two(baseline: Results, other: Results) -> str:
    """What the costs of both leave out; and those of one alone, which looks the cheaper for it."""
    words = []
    for what, one, two in zip(NOT_PRICED, unpriced(baseline), unpriced(other), strict=True):
        sides = (
            (baseline, [name for name in one if name in two], ""),
            (baseline, [name for name in one if name not in two], f", in {baseline.place} alone"),
            (other, [name for name in two if name not in one], f", in {other.place} alone"),
        )
        words += [
            f"{what}{where}: {listed([label_of(results, name) for name in names])}."
            for results, names, where in sides
            if names
        ]
    return " ".join(words)


def unused_in_words(baseline: Results, other: Results) -> str:
    """How many replications of each side have none to be paired with; "" where all have."""
    words = [
        f"{n} of {count(len(results.replications), 'replication')} in {results.place}"
        for results, n in zip((baseline, other), n_unused(baseline, other), strict=True)
        if n
    ]
    return f". Not in both, so left unused: {' and '.join(words)}" if words else ""


def n_unused(baseline: Results, other: Results) -> tuple[int, int]:
    """Replications of each side that the other has not."""
    one, two = set(baseline.replications), set(other.replications)
    return len(one - two), len(two - one)


def payers_table(baseline: Results, other: Results, level: float = LEVEL) -> Table:
    """Who pays more and who gains, for which services: the largest changes of each payer."""
    labels = {
        str(row["name"]): str(row["label"]) for results in (baseline, other) for row in results.small("names")
    }
    found: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for row in plain(payer_differences(baseline, other, level)):
        payer, service = str(row["payer"]), str(row["service"])
        if not service:
            # Sums in another order may differ in their last digit: that is nobody's money.
            if is_missing(row["mean"]) or abs(row["mean"]) >= HALF_A_PENNY:
                found[payer] = (row, [])
        elif payer in found and len(found[payer][1]) < LARGEST:
            change = pounds({"mean": row["mean"], "low": None, "high": None}, difference=True)
            found[payer][1].append(f"{labels.get(service, service)} {signed(change)}")
    rows = tuple(
        (
            f"{payer_label(payer)}: {SIDES.get(verdict(row), verdict(row))}",
            signed(pounds(row, difference=True)),
            ", ".join(parts),
        )
        for payer, (row, parts) in found.items()
    )
    return Table("Who pays and who gains", ("", "change", "most of it"), rows, moved(baseline, other), True)


def signed(words: str) -> str:
    """+ before what is paid more."""
    return words if words.startswith("-") else f"+{words}"


def moved(baseline: Results, other: Results) -> str:
    """Which capacities are others here, in the mean of the window."""
    before, after = mean_capacities(baseline), mean_capacities(other)
    rows = {row["service"]: row for row in services_in_order(baseline)}
    words = []
    for row in services_in_order(other):
        name = row["service"]
        if name not in rows:
            continue
        # Each in its own unit: what was counted in places may be in hours here.
        old, new = capacity_in_words(rows[name], before[name]), capacity_in_words(row, after[name])
        if (before[name], rows[name]["unit"]) != (after[name], row["unit"]):
            words.append(f"{row['label']} {old} -> {new}")
    return f"Capacity moved: {'; '.join(words)}." if words else ""


def intervals_in_words(compared: int, adjust: bool, level: float = LEVEL) -> str:
    """What the intervals of a table hold, each or together: goes into its heading."""
    if not adjust or compared < 2:
        return f"{coverage(level)} interval"
    each = coverage(joint_level(level, compared))
    return f"{each} interval: the {compared} of a measure hold all together with {coverage(level)}"


def coverage(share: float) -> str:
    """95 %, 98.33 %, 99.167 %: with as many digits as tell it from 100."""
    digits = 0
    while digits < 6 and abs(round(share * 100, digits) - share * 100) > (1 - share):
        digits += 1
    return f"{share * 100:.{digits}f} %"


def unlike(baseline: Results, other: Results) -> str:
    """What makes two results more than a system and a variant of it; "" where nothing does."""
    kinds, standards = (
        [{str(row["service"]): what(row) for row in results.small(table)} for results in (baseline, other)]
        for table, what in (
            ("services", lambda row: row["kind"]),
            ("standards", lambda row: (row["of"], row["within"])),
        )
    )
    words = []
    if alone := sorted(kinds[0].keys() ^ kinds[1].keys()):
        words.append(f"services in one of them only: {', '.join(alone)}")
    if changed := changed_in_both(*kinds):
        words.append(f"services of another kind: {', '.join(changed)}")
    if changed := changed_in_both(*standards):
        words.append(f"other standards: {', '.join(changed)}")
    years = [{row["to"] for row in results.small("inflation")} for results in (baseline, other)]
    if years[0] != years[1]:
        words.append("prices of other years")
    if baseline.small("population") != other.small("population"):
        words.append("other populations")
    return "; ".join(words)


def changed_in_both(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names that both have, with another value."""
    return sorted(name for name in before.keys() & after.keys() if before[name] != after[name])


def made_by_other_code(baseline: Results, other: Results) -> str:
    """Which versions of caresim made two results, if their code was not the same; "" if it was."""
    prints = [results.manifest.get("fingerprint") for results in (baseline, other)]
    if None in prints or prints[0] == prints[1]:
        return ""
    one, two = (str(results.manifest.get("caresim", "")) for results in (baseline, other))
    return f"caresim {one} and {two}" if one != two else f"two states of caresim {one}"


def table_of(
    title: str, rows: pd.DataFrame, label: Callable[[dict[str, Any]], str], level: float, replications: int
) -> Table:
    """Differences of which at least one side has something; a note on those of fewer replications."""
    shown = [row for row in plain(rows) if not nothing(row)]
    fewer = [
        f"{label(row)}: over the {row['n']} of {replications} replications in which both have a figure."
        if row["n"]
        else f"{label(row)}: no replication in which both have a figure."
        for row in shown
        if row["n"] < replications
    ]
    words = tuple(row_of(row, label(row), level, replications) for row in shown)
    return Table(title, HEADS, words, note=" ".join(fewer), words_last=True)


def measure_label(row: dict[str, Any]) -> str:
    return HEADLINES.get(row["name"], f"{row['name']}, {row['unit']}")


def row_of(
    row: dict[str, Any], label: str, level: float = LEVEL, replications: int | None = None
) -> tuple[str, ...]:
    sides = (alone(row["first"], row["unit"]), alone(row["second"], row["unit"]))
    figures = (*sides, in_unit(row, row["unit"], difference=True))
    return (label, *figures, verdict_with_more(row, level, replications))


def in_unit(estimate: Mapping[str, Any], unit: str, *, difference: bool = False) -> str:
    """A figure with its interval as its unit is read: millions of pounds, shares as per cent."""
    if unit == "pounds":
        return pounds(estimate, difference=difference)
    return with_interval(estimate, 100.0 if unit == "share" else 1.0, difference=difference)


def alone(value: float | None, unit: str) -> str:
    """A figure without interval, in the words of its unit."""
    return in_unit({"mean": value, "low": None, "high": None}, unit)


def verdict(row: dict[str, Any]) -> str:
    """Whether the interval of the difference leaves out zero."""
    sides = [abs(row[key]) for key in ("first", "second") if not is_missing(row[key])]
    return verdict_of(row["mean"], row["low"], row["high"], max(sides, default=0.0))


def verdict_with_more(row: dict[str, Any], level: float = LEVEL, replications: int | None = None) -> str:
    """The verdict; of what is undecided also how many more replications would settle it."""
    words = verdict(row)
    if words != UNDECIDED:
        return words
    more = more_of(row, level, replications)
    return f"{words}: {more_in_words(more)} {'run' if more == 1 else 'runs'}"


def more_of(row: dict[str, Any], level: float = LEVEL, replications: int | None = None) -> float:
    """Replications that would settle it, beyond those there are; nan where nothing is to be settled.

    Of `replications` only the n of the row have a figure in both (None: all): of more, the same part.
    """
    if is_missing(row["low"]):
        return float("nan")
    more = float(more_replications(row["mean"], row["high"] - row["mean"], row["n"], level))
    if replications is None or not math.isfinite(more):
        return more
    runs = float(-(-int(more) * replications // row["n"]))
    return runs if runs <= MOST else math.inf


def more_in_words(more: float) -> str:
    """About 40 more, with two digits: it is a guess; more than 10,000 is not counted."""
    if more > MOST:
        return f"more than {MOST:,}"
    digits = max(len(str(int(more))) - 2, 0)
    return f"about {-(-int(more) // 10**digits) * 10**digits:,} more"


def nothing(row: dict[str, Any]) -> bool:
    """Neither of the two has any of it."""
    return all(is_missing(row[key]) or row[key] == 0 for key in ("first", "second"))


def plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def payers_as_plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Changes of cost by payer as JSON knows them, with those of each service and intervention."""
    found: list[dict[str, Any]] = []
    for row in plain(rows):
        numbers = {key: None if is_missing(row[key]) else float(row[key]) for key in ("mean", "low", "high")}
        if not row["service"]:
            found.append({"payer": str(row["payer"]), "unit": "pounds", **numbers, "of_which": []})
        else:
            found[-1]["of_which"].append({"service": str(row["service"]), **numbers})
    return found


def as_plain(baseline: Results, other: Results, level: float = LEVEL) -> dict[str, Any]:
    """Differences as JSON knows them: null where there is no figure; with their verdicts.

    in_one_only: what only one of the two has (staff, reviews ...), and which. replications: those
    paired, and how many of each side are left unused. more_replications: that would settle what
    cannot be told yet; null where it is told, and where it would take more than 10,000.
    """
    unused = dict(zip(("unused_of_baseline", "unused_of_results"), n_unused(baseline, other), strict=True))
    baseline, other = paired_results(baseline, other)
    found = []
    for row in plain(differences(baseline, other, level)):
        numbers = {
            key: None if is_missing(row[key]) else float(row[key])
            for key in ("first", "second", "mean", "low", "high")
        }
        names = {key: row[key] for key in ("what", "name", "quantity", "unit")}
        more = more_of(row, level, len(other.replications))
        judged = {"verdict": verdict(row), "more_replications": None if is_missing(more) else int(more)}
        found.append({**names, "n": int(row["n"]), **numbers, **judged})
    return {
        "results": other.place,
        "level": level,
        "replications": {"paired": len(other.replications), **unused},
        "differences": found,
        "in_one_only": {name: results.place for name, results in in_one_only(baseline, other).items()},
        "payers": payers_as_plain(payer_differences(baseline, other, level)),
    }
