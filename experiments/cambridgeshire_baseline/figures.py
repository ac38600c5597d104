"""The baseline's figures and the tables of its README, from a results folder.

caresim run configs/cambridgeshire.yaml --out results/cambridgeshire
python experiments/cambridgeshire_baseline/figures.py results/cambridgeshire
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from caresim.measures.catalogue import MEASURES
from caresim.measures.published import published_lines
from caresim.records.results import Results
from caresim.records.store import read_results
from caresim.report.published import words_of

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))
from baseline_figures import (  # noqa: E402  (what all baselines draw alike lies beside this folder)
    ACCENT,
    BLUE,
    GREY,
    INK,
    PALE,
    drawn_axes,
    mean_of,
    modelled_months,
    months_figure,
    published_months,
    published_table,
)

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEKDAYS_ENGLAND = (0.87, 1.10, 1.16, 1.17, 1.24, 0.86, 0.61)
"""Discharges by weekday, England 2022 to 2025: domain.md section 4."""
BANDS_TRUSTS = {"1": 29.5, "2-3": 23.5, "4-6": 17.6, "7-13": 17.2, "14-20": 6.1, "21+": 6.1}
"""Of the delayed, seven trusts 2024-25: domain.md section 2."""
ACUTE = ("addenbrookes", "hinchingbrooke", "peterborough_city")


def lines_figure(results: Results) -> Figure:
    """Every tuned line: the model over what was published, in per cent."""
    lines = [line for line in published_lines(results) if line.used == "tuned" and line.modelled is not None]
    drawn, (axis,) = drawn_axes(9, 5.2)
    axis.grid(axis="x", color=PALE, linewidth=0.6)
    for place, line in enumerate(reversed(lines)):
        low, middle, high = (
            100 * (value or 0) / line.value for value in (line.low, line.modelled, line.high)
        )
        bound = float(line.allowed.split()[0]) * (100 / line.value if "points" in line.allowed else 1)
        axis.barh(place, 2 * bound, left=100 - bound, height=0.55, color=PALE)
        axis.plot([low, high], [place, place], color=BLUE, linewidth=2)
        axis.plot(middle, place, "o", color=BLUE, markersize=5)
    names = [f"{line.label}: {words_of(results, line.where)}" for line in reversed(lines)]
    axis.set_yticks(range(len(lines)), names, fontsize=8)
    axis.axvline(100, color=GREY, linewidth=0.8)
    axis.set_xlim(0, 250)
    axis.set_xlabel("modelled as % of published\n(grey: within bounds; line: 95 % interval)")
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
    drawn, (axis,) = drawn_axes(5, 3)
    axis.grid(axis="y", color=PALE, linewidth=0.6)
    places = np.arange(7)
    axis.bar(places - 0.2, WEEKDAYS_ENGLAND, width=0.38, color=ACCENT, label="England 2022 to 2025")
    axis.bar(places + 0.2, weekday_index(results), width=0.38, color=BLUE, label="the model")
    axis.set_xticks(places, DAYS)
    axis.set_ylabel("discharges, mean of a day = 1")
    axis.legend(frameon=False, fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.5, 1.18))
    return drawn


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
    for area, published in published_months(HERE).items():
        months = modelled_months(results, area)
        spread = months.std(axis=1, ddof=0).mean()
        rows.append((f"{area}: spread of months (sd)", f"{np.std(published):.1f}", f"{spread:.1f}"))
    for name in ("stays_21_days", "stays_7_days"):
        rows.append((f"{name}, % of stays", "-", f"{mean_of(results, name, {}):.1f}"))
    for site in ACUTE:
        rows.append(
            (
                f"occupancy of {site}, %",
                "-",
                f"{mean_of(results, 'occupancy_at_midnight', {'service': site}):.1f}",
            )
        )
        rows.append((f"people in {site}", "-", f"{mean_of(results, 'people', {'service': site}):.0f}"))
    cancelled = MEASURES["cancelled"].figures(results, by=["stream"])
    rows.append(("planned admissions cancelled in the year", "-", f"{cancelled['value'].mean():.0f}"))
    rows.append(("waiting for a first hospital bed, people", "-", f"{mean_of(results, 'boarding', {}):.1f}"))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(folder: str) -> None:
    results = read_results(folder)
    with mpl.rc_context({"font.size": 9.5, "text.color": INK, "svg.hashsalt": "cambridgeshire"}):
        drawings = {
            "months": months_figure(results, HERE, None),
            "lines": lines_figure(results),
            "weekdays": weekday_figure(results),
        }
        for name, drawn in drawings.items():
            drawn.savefig(HERE / f"{name}.svg", metadata={"Date": None})
    (HERE / "tables.md").write_text(
        f"{published_table(results)}\n\n{further_table(results)}\n", encoding="utf-8"
    )
    print(f"Wrote {HERE / 'tables.md'} and {len(drawings)} figures.")


if __name__ == "__main__":
    main(sys.argv[1])
