"""The baseline's figures and the tables of its README, from a results folder.

caresim run configs/cambridgeshire.yaml --out results/cambridgeshire
python experiments/cambridgeshire_baseline/figures.py results/cambridgeshire
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from caresim.measures.catalogue import MEASURES
from caresim.measures.published import published_lines
from caresim.records.results import Results
from caresim.records.store import read_results

HERE = Path(__file__).parent
INK, GREY, BLUE, ACCENT = "#1f2d3a", "#6b7780", "#0072b2", "#d55e00"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKDAYS_ENGLAND = (0.87, 1.10, 1.16, 1.17, 1.24, 0.86, 0.61)
"""Discharges by weekday, England 2022 to 2025: domain.md section 4."""
BANDS_TRUSTS = {"1": 29.5, "2-3": 23.5, "4-6": 17.6, "7-13": 17.2, "14-20": 6.1, "21+": 6.1}
"""Of the delayed, seven trusts 2024-25: domain.md section 2."""
ACUTE = ("addenbrookes", "hinchingbrooke", "peterborough_city")


def published_months() -> dict[str, list[float]]:
    """People delayed a day by month, 2018/19: NHS England, Open Government Licence v3.0."""
    months: dict[str, list[float]] = {}
    with (HERE / "delayed_days_2018-19.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            months.setdefault(row["area"].lower(), []).append(
                float(row["total"]) / float(row["days_in_month"])
            )
    return months


def modelled_months(results: Results, area: str) -> pd.DataFrame:
    """A row per replication, a column per month."""
    rows = MEASURES["dtoc_people"].figures(results, by=["month"], where={"area": area})
    return rows.pivot(index="replication", columns="month", values="value")


def figure(width: float, height: float, columns: int = 1) -> tuple[Figure, list]:  # type: ignore[type-arg]
    drawn = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(drawn)
    axes = list(np.atleast_1d(drawn.subplots(1, columns)))
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(axis="y", color="#d9dee2", linewidth=0.6)
        each.set_axisbelow(True)
    return drawn, axes


def months_figure(results: Results) -> Figure:
    drawn, axes = figure(9, 3.6, 2)
    for axis, (area, published) in zip(axes, published_months().items(), strict=True):
        modelled = modelled_months(results, area)
        places = np.arange(len(published))
        axis.fill_between(
            places, modelled.quantile(0.1), modelled.quantile(0.9), color=BLUE, alpha=0.18, linewidth=0
        )
        axis.plot(places, modelled.mean(), color=BLUE, linewidth=1.8)
        axis.plot(places, published, color=ACCENT, marker="o", markersize=3.5, linewidth=1.2)
        axis.set_xticks(places, [month[5:] for month in modelled.columns])
        axis.set_ylim(0)
        axis.set_title(area.capitalize(), loc="left", fontsize=10, color=INK)
    axes[0].set_ylabel("residents delayed, mean of a day")
    axes[0].text(0.2, 20, "published", color=ACCENT, fontsize=9)
    axes[0].text(0.2, 8, "modelled, with 80 % of replications", color=BLUE, fontsize=9)
    return drawn


def lines_figure(results: Results) -> Figure:
    """Every tuned line: the model over what was published, in per cent."""
    lines = [line for line in published_lines(results) if line.used == "tuned" and line.modelled is not None]
    drawn, (axis,) = figure(8, 5.2)
    axis.grid(axis="x", color="#d9dee2", linewidth=0.6)
    for place, line in enumerate(reversed(lines)):
        low, middle, high = (
            100 * (value or 0) / line.value for value in (line.low, line.modelled, line.high)
        )
        bound = float(line.allowed.split()[0]) * (100 / line.value if "points" in line.allowed else 1)
        axis.barh(place, 2 * bound, left=100 - bound, height=0.55, color="#d9dee2")
        axis.plot([low, high], [place, place], color=BLUE, linewidth=2)
        axis.plot(middle, place, "o", color=BLUE, markersize=5)
    names = [f"{line.measure}: {' '.join(line.where.values())}" for line in reversed(lines)]
    axis.set_yticks(range(len(lines)), names, fontsize=8)
    axis.axvline(100, color=GREY, linewidth=0.8)
    axis.set_xlim(0, 250)
    axis.set_xlabel("modelled as % of published; grey: within bounds, line: 95 % interval")
    return drawn


def weekday_index(results: Results) -> list[float]:
    """Leavers of the three hospitals by weekday, mean 1."""
    daily = results.table("daily")
    acute = daily[daily["service"].isin(ACUTE)]
    start = (
        pd.Timestamp(str(results.manifest["calendar"]["start"])) if "calendar" in results.manifest else None
    )
    first = 6 if start is None else start.weekday()  # 1 April 2018 was a Sunday
    by_day = acute.groupby((acute["day"] + first) % 7)["leavers"].sum()
    return [float(by_day[day] / by_day.mean()) for day in range(7)]


def weekday_figure(results: Results) -> Figure:
    drawn, (axis,) = figure(5, 3)
    places = np.arange(7)
    axis.bar(places - 0.2, WEEKDAYS_ENGLAND, width=0.38, color=ACCENT, label="England 2022 to 2025")
    axis.bar(places + 0.2, weekday_index(results), width=0.38, color=BLUE, label="the model")
    axis.set_xticks(places, DAYS)
    axis.set_ylabel("discharges, mean of a day = 1")
    axis.legend(frameon=False, fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.5, 1.18))
    return drawn


def published_table(results: Results) -> str:
    out = ["| measure | where | published | modelled (95 % interval) | allowed | | source |"]
    out.append("|---|---|---:|---:|---|---|---|")
    for line in published_lines(results):
        where = ", ".join(line.where.values()) or "all"
        modelled = "-"
        if line.modelled is not None:
            modelled = f"{line.modelled:.1f} ({line.low or 0:.1f} to {line.high or 0:.1f})"
        verdict = "" if line.inside is None else "yes" if line.inside else "**no**"
        cells = [line.measure, where, f"{line.value:g}", modelled, line.allowed, f"{line.used} {verdict}"]
        out.append(f"| {' | '.join(cells)} | {line.source} |")
    return "\n".join(out)


def further_table(results: Results) -> str:
    """What is shown and has no line of its own: shapes and spreads."""
    bands = MEASURES["delay_bands"].figures(results, by=["band"]).groupby("band", sort=False)["value"].mean()
    delayed = sum(value for band, value in bands.items() if str(band) != "0")
    rows = [("measure", "published", "modelled"), ("---", "---:", "---:")]
    rows += [
        (f"of the delayed, nights {band}, %", f"{BANDS_TRUSTS[str(band)]:g}", f"{100 * value / delayed:.1f}")
        for band, value in bands.items()
        if str(band) in BANDS_TRUSTS
    ]
    rows += [
        (f"discharges on {day}, mean = 1", f"{england:.2f}", f"{here:.2f}")
        for day, england, here in zip(DAYS, WEEKDAYS_ENGLAND, weekday_index(results), strict=True)
    ]
    for area, published in published_months().items():
        months = modelled_months(results, area)
        spread = months.std(axis=1, ddof=0).mean()
        rows.append((f"{area}: spread of months (sd)", f"{np.std(published):.1f}", f"{spread:.1f}"))
    for name in ("stays_21_days", "stays_7_days"):
        rows.append((f"{name}, % of stays", "-", f"{mean_of(results, name):.1f}"))
    for site in ACUTE:
        rows.append(
            (f"occupancy of {site}, %", "-", f"{mean_of(results, 'occupancy_at_midnight', service=site):.1f}")
        )
        rows.append((f"people in {site}", "-", f"{mean_of(results, 'people', service=site):.0f}"))
    cancelled = MEASURES["cancelled"].figures(results, by=["stream"])
    rows.append(("planned admissions cancelled in the year", "-", f"{cancelled['value'].mean():.0f}"))
    rows.append(("waiting for a first hospital bed, people", "-", f"{mean_of(results, 'boarding'):.1f}"))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def mean_of(results: Results, name: str, **where: str) -> float:
    return float(MEASURES[name].figures(results, where=where)["value"].mean())


def main(folder: str) -> None:
    results = read_results(folder)
    with mpl.rc_context({"font.size": 9.5, "text.color": INK, "svg.hashsalt": "cambridgeshire"}):
        drawings = {"months": months_figure, "lines": lines_figure, "weekdays": weekday_figure}
        for name, draw in drawings.items():
            draw(results).savefig(HERE / f"{name}.svg", metadata={"Date": None})
    (HERE / "tables.md").write_text(
        f"{published_table(results)}\n\n{further_table(results)}\n", encoding="utf-8"
    )
    print(f"Wrote {HERE / 'tables.md'} and {len(drawings)} figures.")


if __name__ == "__main__":
    main(sys.argv[1])
