"""Figures and tables of a baseline, from its results: what was published beside what the model gives.

caresim run configs/cheshire_east.yaml --out results/cheshire_east
python experiments/baseline_figures.py results/cheshire_east experiments/cheshire_east_baseline

A third argument, the results of a harder year, is drawn into the months and set beside the baseline.
The folder holds delayed_days_*.csv: NHS England, Open Government Licence v3.0.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from caresim.measures.catalogue import MEASURES
from caresim.measures.published import published_lines
from caresim.records.results import Results
from caresim.records.store import read_results

INK, GREY, PALE, BLUE, ACCENT, GREEN = "#1f2d3a", "#6b7780", "#d9dee2", "#0072b2", "#d55e00", "#009e73"


def title_of(area: str) -> str:
    return area.replace("_", " ").title().replace(" And ", " and ")


def published_months(folder: Path) -> dict[str, list[float]]:
    """People delayed a day by month, for each area as `area` names it."""
    months: dict[str, list[float]] = {}
    (file,) = folder.glob("delayed_days_*.csv")
    with file.open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            area = row["area"].lower().replace(" ", "_")
            months.setdefault(area, []).append(float(row["total"]) / float(row["days_in_month"]))
    return months


def modelled_months(results: Results, area: str) -> pd.DataFrame:
    """A row per replication, a column per month."""
    rows = MEASURES["dtoc_people"].figures(results, by=["month"], where={"area": area})
    return rows.pivot(index="replication", columns="month", values="value")


def drawn_axes(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    drawn = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(drawn)
    axes = list(np.atleast_1d(drawn.subplots(1, columns)))
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.set_axisbelow(True)
    return drawn, axes


def months_figure(results: Results, folder: Path, harder: Results | None) -> Figure:
    """Delayed people by month: published, modelled and, if given, in the harder year."""
    areas = published_months(folder)
    drawn, axes = drawn_axes(4.6 * len(areas) + 0.6, 3.6, len(areas))
    for axis, (area, published) in zip(axes, areas.items(), strict=True):
        axis.grid(axis="y", color=PALE, linewidth=0.6)
        modelled = modelled_months(results, area)
        places = np.arange(len(published))
        low, high = modelled.quantile(0.1), modelled.quantile(0.9)
        axis.fill_between(places, low, high, color=BLUE, alpha=0.18, linewidth=0)
        axis.plot(places, modelled.mean(), color=BLUE, linewidth=1.8, label="modelled; band: 80 % of years")
        axis.plot(places, published, color=ACCENT, marker="o", markersize=3.5, label="published")
        if harder is not None:
            hard = modelled_months(harder, area).mean()
            axis.plot(places, hard, color=GREEN, linestyle="--", label="modelled, the harder year")
        axis.set_xticks(places, [month[5:] for month in modelled.columns])
        axis.set_ylim(0)
        axis.set_title(title_of(area), loc="left", fontsize=10, color=INK)
    axes[0].set_ylabel("residents delayed, mean of a day")
    axes[0].legend(frameon=False, fontsize=8, loc="lower left")
    return drawn


def lines_figure(results: Results) -> Figure:
    """Every tuned line: published, its bound, and the model's mean with its 95 % interval."""
    lines = [line for line in published_lines(results) if line.used == "tuned" and line.modelled is not None]
    drawn, (axis,) = drawn_axes(8, 0.6 + 0.27 * len(lines))
    axis.grid(axis="x", color=PALE, linewidth=0.6)
    for place, line in enumerate(reversed(lines)):
        bound = float(line.allowed.split()[0]) * (1 if "points" in line.allowed else line.value / 100)
        axis.barh(place, 2 * bound, left=line.value - bound, height=0.6, color=PALE)
        axis.plot([line.low or 0, line.high or 0], [place, place], color=BLUE, linewidth=2)
        axis.plot(line.modelled, place, "o", color=BLUE, markersize=5)
        axis.plot(line.value, place, "|", color=ACCENT, markersize=11, markeredgewidth=2)
    axis.set_yticks(range(len(lines)), [name_of(line.measure, line.where) for line in reversed(lines)])
    axis.tick_params(axis="y", labelsize=8)
    axis.set_xlim(0)
    axis.set_xlabel("orange: published; grey: allowed; blue: modelled, 95 % interval")
    return drawn


def name_of(measure: str, where: dict[str, str]) -> str:
    """For people: delayed people, or the share of a reason, and whose."""
    area = title_of(where.get("area", ""))
    kind = "people delayed" if measure == "dtoc_people" else f"% of days for reason {where.get('reason')}"
    return f"{area}: {kind}"


def published_table(results: Results) -> str:
    out = ["| measure | where | published | modelled (95 % interval) | allowed | | source |"]
    out.append("|---|---|---:|---:|---|---|---|")
    for line in published_lines(results):
        where = ", ".join(line.where.values()) or "all"
        modelled = "-"
        if line.modelled is not None:
            modelled = f"{line.modelled:.1f} ({line.low or 0:.1f} to {line.high or 0:.1f})"
        verdict = "" if line.inside is None else " yes" if line.inside else " **no**"
        cells = [line.measure, where, f"{line.value:g}", modelled, line.allowed, line.used + verdict]
        out.append(f"| {' | '.join(cells)} | {line.source} |")
    return "\n".join(out)


def services_table(results: Results) -> str:
    """Whether the year is settled: people and queue in the first and last quarter."""
    out = ["| service | people, first quarter | last quarter | queue, first | last | gave up in the year |"]
    out.append("|---|---:|---:|---:|---:|---:|")
    held, queue = quarters(results, "people"), quarters(results, "queue")
    given_up = MEASURES["given_up"].figures(results, by=["service"]).groupby("service")["value"].mean()
    for service in held.index:
        people = f"{held.loc[service, 'first']:.0f} | {held.loc[service, 'last']:.0f}"
        waiting = f"{queue.loc[service, 'first']:.1f} | {queue.loc[service, 'last']:.1f}"
        out.append(f"| {service} | {people} | {waiting} | {given_up.get(service, 0.0):.0f} |")
    return "\n".join(out)


def quarters(results: Results, measure: str) -> pd.DataFrame:
    rows = MEASURES[measure].figures(results, by=["service", "month"])
    months = rows.groupby(["service", "month"], observed=True)["value"].mean().unstack()
    return pd.DataFrame({"first": months.iloc[:, :3].mean(axis=1), "last": months.iloc[:, -3:].mean(axis=1)})


HARDER = (
    ("dtoc_people", "", "people delayed a day, all"),
    ("dtoc_rate", "", "delayed, % of occupied beds"),
    ("queue", "home_care", "waiting for home care, people"),
    ("given_up", "home_care", "gave up waiting for home care in the year"),
    ("boarding", "", "waiting for a first hospital bed, people"),
)
"""Measure, how the names of the services begin it is summed over (none: the whole), and what to call it."""


def harder_table(results: Results, harder: Results) -> str:
    out = ["| | baseline | the harder year |", "|---|---:|---:|"]
    for measure, services, words in HARDER:
        here, there = (sum_of(each, measure, services) for each in (results, harder))
        out.append(f"| {words} | {here:.1f} | {there:.1f} |")
    for area in sorted({line.where["area"] for line in published_lines(results) if "area" in line.where}):
        here, there = (mean_of(each, "dtoc_people", {"area": area}) for each in (results, harder))
        out.append(f"| residents delayed a day, {area} | {here:.1f} | {there:.1f} |")
    return "\n".join(out)


def sum_of(results: Results, measure: str, services: str) -> float:
    if not services:
        return mean_of(results, measure, {})
    rows = MEASURES[measure].figures(results, by=["service"])
    mine = rows[rows["service"].astype(str).str.startswith(services)]
    return float(mine.groupby("replication")["value"].sum().mean())


def mean_of(results: Results, measure: str, where: dict[str, str]) -> float:
    return float(MEASURES[measure].figures(results, where=where)["value"].mean())


def main(source: str, target: str, other: str | None = None) -> None:
    results, folder = read_results(source), Path(target)
    harder = None if other is None else read_results(other)
    with mpl.rc_context({"font.size": 9.5, "text.color": INK, "svg.hashsalt": folder.name}):
        months_figure(results, folder, harder).savefig(folder / "months.svg", metadata={"Date": None})
        lines_figure(results).savefig(folder / "lines.svg", metadata={"Date": None})
    tables = [published_table(results), services_table(results)]
    if harder is not None:
        tables.append(harder_table(results, harder))
    (folder / "tables.md").write_text("\n\n".join(tables) + "\n", encoding="utf-8")
    print(f"Wrote months.svg, lines.svg and tables.md in {folder}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
