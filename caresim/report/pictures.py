"""Which figures a report shows, and what their titles and captions say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from caresim.measures.delays import HOSPITALS
from caresim.measures.measure import services_of_kind
from caresim.records.results import Results
from caresim.report.courses import NARROW, WEEKLY_FROM, WIDE, delayed_course, service_courses
from caresim.report.figures.canvas import Picture
from caresim.report.figures.runs import Bar, ServiceCourse, draw_bars, draw_course, draw_services
from caresim.report.tables import (
    Estimate,
    by_size,
    cost_of_delay,
    estimate,
    estimates,
    has_hospital,
    label_of,
    services_in_order,
)
from caresim.report.words import BODIES, REASONS, is_missing, payer_label, pounds, rounded, with_interval

MOST_IN_A_FIGURE = 9
"""Services; more go on in another figure, so that each fits on a page."""


def pictures(results: Results) -> Iterator[Picture]:
    """Every figure of a report, one at a time."""
    if has_hospital(results):
        yield delayed_over_time(results)
        if estimate(results, "dtoc_people")["mean"] > 0:
            yield by_reason(results)
            yield by_body(results)
    yield from services(results)
    if estimates(results, "cost_total", "payer"):
        yield by_payer(results)


def delayed_over_time(results: Results) -> Picture:
    course, limit = delayed_course(results)
    now, rate = estimate(results, "dtoc_people")["mean"], estimate(results, "dtoc_rate")["mean"]
    share = "no bed was occupied" if is_missing(rate) else f"{rate:.1f} % of occupied beds"
    people = f"{rounded(now)} people"
    caption = (
        f"{points_in_words(results)}, at midnight. {line_in_words(results)} "
        f"{bands_in_words(results, 'the dark band', 'the light band')}"
        "Dashed: as many people as would be 3.5 % of occupied beds, the expectation of the NHS in England "
        f"from 2017 on. {left_out(results)}"
    )
    return draw_course(
        "delayed",
        f"On a mean day {people} were ready to leave hospital and still in a bed: {share}",
        caption,
        course,
        unit="people delayed in hospital",
        limit=limit,
        limit_label="3.5 % of\noccupied beds",
    )


def left_out(results: Results) -> str:
    """What the line has and the rate has not: waits for another acute bed."""
    tallies = results.table("tallies")
    inside = tallies["service"].isin(services_of_kind(results, *HOSPITALS))
    drawn = (
        float(tallies.loc[inside, "delayed_nights"].sum()) / results.measured_days / len(results.replications)
    )
    more = drawn - estimate(results, "dtoc_people")["mean"]
    if more < 0.05:
        return ""
    return f"The line includes {rounded(more)} people waiting for another acute bed; the rate does not."


def by_reason(results: Results) -> Picture:
    rows = by_size(estimates(results, "dtoc_people", "reason"))
    total = sum(row["mean"] for row in rows)
    first = rows[0]
    return draw_bars(
        "reasons",
        f"{100 * first['mean'] / total:.0f} % of those delayed wait for {REASONS[first['reason']]}",
        f"Delayed transfers of care by the reason of what is waited for. {interval_in_words(results)}",
        bars(rows, lambda row: f"{row['reason']}  {REASONS[row['reason']]}"),
        unit="people delayed, mean of a day",
    )


def by_body(results: Results) -> Picture:
    rows = by_size(estimates(results, "dtoc_people", "responsible"))
    total = sum(row["mean"] for row in rows)
    shares = ", ".join(f"{BODIES[row['responsible']]} {100 * row['mean'] / total:.0f} %" for row in rows)
    return draw_bars(
        "responsible",
        f"Who is responsible for those delayed: {shares}",
        "Each service waited for has fixed shares of responsibility, as the scenario declares them. "
        f"{interval_in_words(results)}",
        bars(rows, lambda row: BODIES[row["responsible"]]),
        unit="people delayed, mean of a day",
    )


def by_payer(results: Results) -> Picture:
    rows = by_size(estimates(results, "cost_total", "payer"))
    total, delay = estimate(results, "cost_total"), cost_of_delay(results)
    part = f", {pounds(mean_alone(delay))} of it while people were delayed" if delay else ""
    return draw_bars(
        "costs",
        f"Care cost {pounds(mean_alone(total))} in {results.measured_days:g} days{part}",
        f"Cost by who pays, at the prices the scenario declares. {interval_in_words(results)}",
        bars(rows, lambda row: payer_label(str(row["payer"])), 1e-6),
        unit="million pounds",
    )


def services(results: Results) -> Iterator[Picture]:
    courses = service_courses(results)
    queues = by_size(estimates(results, "queue", "service"))
    title = "Nobody waits for any service"
    if queues:
        longest = queues[0]
        title = f"The longest queue is for {label_of(results, str(longest['service']))}: "
        title += f"{rounded(longest['mean'])} people"
    caption = (
        f"{points_in_words(results)}. Blue: what is held; grey: what there is (no line: no limit); orange: "
        f"people waiting for it, wherever they are. {line_in_words(results)} "
        f"{bands_in_words(results, 'The shade', '')}{not_drawn(results, courses)}"
    )
    chunks = range(0, len(courses), MOST_IN_A_FIGURE)
    for number, start in enumerate(chunks, 1):
        part = f" ({number} of {len(chunks)})" if len(chunks) > 1 else ""
        name = "services" if number == 1 else f"services-{number}"
        yield draw_services(name, title + part, caption, courses[start : start + MOST_IN_A_FIGURE])


def not_drawn(results: Results, courses: list[ServiceCourse]) -> str:
    """Services of which there is no course."""
    drawn = {course.label for course in courses}
    labels = [str(row["label"]) for row in services_in_order(results) if row["label"] not in drawn]
    return f"Not drawn, for there is no limit and nobody waits: {', '.join(labels)}." if labels else ""


def bars(rows: list[Estimate], label: Callable[[Estimate], str], scale: float = 1.0) -> list[Bar]:
    return [
        Bar(
            label=label(row),
            mean=row["mean"] * scale,
            low=row["low"] * scale,
            high=row["high"] * scale,
            words=with_interval(row, scale),
        )
        for row in rows
    ]


def mean_alone(found: Estimate) -> Estimate:
    return {**found, "low": None, "high": None}


def points_in_words(results: Results) -> str:
    if not results.has_table("daily"):
        return "Monthly means"
    return "Weekly means" if results.measured_days >= WEEKLY_FROM else "Days"


def line_in_words(results: Results) -> str:
    n = len(results.replications)
    return f"Line: mean of {n} replications." if n > 1 else "Line: one replication, so no bands."


def bands_in_words(results: Results, narrow: str, wide: str) -> str:
    if len(results.replications) == 1:
        return ""
    if not wide:
        return f"{narrow} is where {100 * NARROW:.0f} % of single years would lie. "
    return f"Of single years, {100 * NARROW:.0f} % would lie in {narrow}, {100 * WIDE:.0f} % in {wide}. "


def interval_in_words(results: Results) -> str:
    n = len(results.replications)
    if n == 1:
        return "One replication: nothing is known of its spread."
    return f"Mean of {n} replications; whiskers and brackets: 95 % interval of the mean."
