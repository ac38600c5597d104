"""Which factor moves a figure, in words, tables and pictures.

Figures come from `measures/sensitivity.py`; how they look is in `figures/evidence.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from caresim.measures.paths import short_paths
from caresim.measures.sensitivity import End, Indices, MorrisFactor, Noise, SobolFactor, Tornado, TornadoBar
from caresim.report.comparison import alone, in_unit
from caresim.report.figures.canvas import Picture
from caresim.report.figures.evidence import Pair, draw_pairs
from caresim.report.figures.runs import Bar
from caresim.report.sweeps import label_of
from caresim.report.words import MISSING, Table, as_plain, is_missing

WIDE = 0.2
"""Half-width of an index of which little can be said."""
FEWEST = 256
"""Base points that are worth beginning with."""


def sensitivity_table(found: Tornado | Indices) -> Table:
    if isinstance(found, Tornado):
        return tornado_table(found)
    title = f"{heading_of(found)}: {design_in_words(found)}"
    if not found.factors:
        return Table(title, ("The figure is the same in every variant: no factor moves it.",), ())
    names = short_paths([factor.factor for factor in found.factors])
    if found.kind == "morris":
        heads: tuple[str, ...] = ("", "range", "mu*: change over it", "mu: signed", "sigma: unevenness")
        rows = [
            (
                names[factor.factor],
                found.ranges[factor.factor],
                index_in_words(factor.mu_star.value, factor.mu_star.half, found.unit),
                signed(factor.mu, found.unit),
                alone(factor.sigma, found.unit),
            )
            for factor in found.factors
            if isinstance(factor, MorrisFactor)
        ]
    else:
        heads = ("", "range", "by itself", "in all", "of it with others")
        rows = [
            (
                names[factor.factor],
                found.ranges[factor.factor],
                share_in_words(factor.first.value, factor.first.half),
                share_in_words(factor.total.value, factor.total.half),
                f"{100 * max(factor.total.value - factor.first.value, 0.0):.0f} %",
            )
            for factor in found.factors
            if isinstance(factor, SobolFactor)
        ]
    return Table(title, heads, tuple(rows), note=f"{how_to_read(found)} {noise_in_words(found.noise)}")


def sensitivity_as_plain(found: Tornado | Indices) -> dict[str, Any]:
    """As JSON knows it; of a tornado with the swing of each bar, which puts them in order."""
    plain: dict[str, Any] = as_plain(found)
    if isinstance(found, Tornado):
        for bar, row in zip(found.bars, plain["bars"], strict=True):
            row["swing"] = as_plain(bar.swing)
    return {"kind": "tornado", **plain}


def tornado_table(found: Tornado) -> Table:
    names = short_paths([bar.factor for bar in found.bars])
    base = alone(found.base, found.unit)
    return Table(
        f"{heading_of(found)}: each factor changed alone, against {found.baseline} ({base})",
        ("", "low end", "difference", "high end", "difference", "swing"),
        tuple((names[bar.factor], *ends_in_words(bar, found.unit)) for bar in found.bars),
        note=f"Differences are paired by replication, with 95 % intervals. {noise_in_words(found.noise)}",
    )


def ends_in_words(bar: TornadoBar, unit: str) -> tuple[str, ...]:
    cells: list[str] = []
    for end in (bar.low, bar.high):
        if end is None:
            cells += ["baseline", ""]
        else:
            found = {"mean": end.mean, "low": end.low, "high": end.high}
            cells += [end.level, in_unit(found, unit)]
    return (*cells, alone(bar.swing, unit))


def heading_of(found: Tornado | Indices) -> str:
    under = f" ({found.group})" if found.group else ""
    return f"{label_of(found.measure, found.unit)}{under}"


def design_in_words(found: Indices) -> str:
    if found.kind == "morris":
        return f"Morris, {found.n} trajectories"
    return f"Sobol, {found.n} base points"


def how_to_read(found: Indices) -> str:
    if found.kind == "morris":
        return (
            "mu*: mean change of the figure as a factor goes from its low to its high end, without sign, "
            "with 95 % interval; sigma: how unlike these changes are; near 0, it acts evenly and alone."
        )
    widest = max((row.total.half for row in found.factors if isinstance(row, SobolFactor)), default=0.0)
    few = ""
    if widest > WIDE:
        few = f" {found.n} base points are few: about {points_for(found.n, widest):,} would say more."
    return (
        "Shares of the variance of the figure, with 95 % intervals; estimates may fall a little below 0 or "
        f"above 100 %.{few}"
    )


def points_for(n: int, half: float) -> int:
    """Base points whose widest interval would be WIDE to either side: it narrows as 1 / sqrt(n).

    A power of two, as the design likes best, and no fewer than docs/evidence.md asks for.
    """
    wanted = n * (half / WIDE) ** 2
    return max(FEWEST, 2 ** math.ceil(math.log2(wanted)))


def noise_in_words(noise: Noise) -> str:
    """How much of the differences between variants may be chance."""
    if noise.n < 2:
        return "One replication of each variant cannot tell how much of this is chance."
    if is_missing(noise.share):
        return ""
    shared = (
        ""
        if is_missing(noise.unshared)
        else f", {share_of_variance(noise.unshared)} without what all share, as they meet the same people"
    )
    return (
        f"Chance: with {noise.n} replications of each variant, the variance of a variant's mean is "
        f"{share_of_variance(noise.share)} of the variance between variants{shared}. These figures hold that "
        "too."
    )


def share_of_variance(share: float) -> str:
    """3.4 %, 34 %, and of next to nothing that it is next to nothing."""
    value = 100 * share
    return "under 0.1 %" if value < 0.1 else f"{value:.1f} %" if value < 9.95 else f"{value:.0f} %"


def index_in_words(value: float, half: float, unit: str) -> str:
    found = {"mean": value, "low": value - half, "high": value + half}
    return in_unit(found, unit)


def signed(value: float, unit: str) -> str:
    text = alone(value, unit)
    return text if value <= 0 or text == MISSING else f"+{text}"


def share_in_words(value: float, half: float) -> str:
    mean, low, high = (
        f"{100 * number:.0f}".replace("-0", "0") for number in (value, value - half, value + half)
    )
    return f"{mean} % ({low} to {high})"


def sensitivity_pictures(all_found: Sequence[Tornado | Indices]) -> Iterator[Picture]:
    """One for each measure and group, named by both."""
    taken: set[str] = set()
    for found in all_found:
        if isinstance(found, Indices) and not found.factors:
            continue
        name = picture_name(found)
        number = 1
        while name in taken:
            number += 1
            name = f"{picture_name(found)}_{number}"
        taken.add(name)
        yield tornado_picture(name, found) if isinstance(found, Tornado) else indices_picture(name, found)


def picture_name(found: Tornado | Indices) -> str:
    kind = "tornado" if isinstance(found, Tornado) else found.kind
    words = re.sub(r"[^A-Za-z0-9]+", "_", f"{found.measure} {found.group}").strip("_")
    return f"{kind}_{words}"


def tornado_picture(name: str, found: Tornado) -> Picture:
    names = short_paths([bar.factor for bar in found.bars])
    first = found.bars[0]
    return draw_pairs(
        name,
        f"{heading_of(found)}: {names[first.factor]} moves it most, by {alone(first.swing, found.unit)}",
        f"Each factor changed alone, the others as in {found.baseline} ({alone(found.base, found.unit)}), "
        "which is 0 here. Blue: the factor's low end; orange: its high end. Lines: 95 % intervals, paired by "
        "replication.",
        [
            Pair(
                names[bar.factor],
                *(None if end is None else end_bar(end, found.unit) for end in (bar.low, bar.high)),
            )
            for bar in found.bars
        ],
        unit=f"difference, {drawn_in(found.unit)[1]}",
    )


def end_bar(end: End, unit: str) -> Bar:
    words = in_unit({"mean": end.mean, "low": end.low, "high": end.high}, unit)
    scale, _ = drawn_in(unit)
    return Bar("", scale * end.mean, scale * end.low, scale * end.high, f"{end.level}: {words}")


def drawn_in(unit: str) -> tuple[float, str]:
    """What figures are multiplied by where they are drawn, and the unit they are then in."""
    return (100.0, "%") if unit == "share" else (1.0, unit)


def indices_picture(name: str, found: Indices) -> Picture:
    names = short_paths([factor.factor for factor in found.factors])
    first = names[found.factors[0].factor]
    if found.kind == "morris":
        return draw_pairs(
            name,
            f"{heading_of(found)}: {first} matters most",
            "Blue: mu*, the mean change of the figure as a factor goes from its low to its high end, without "
            "sign, with 95 % interval. Orange: sigma, how unlike these changes are; near 0 the factor acts "
            f"evenly and alone. {found.n} trajectories. {noise_in_words(found.noise)}",
            [
                morris_pair(names[row.factor], row, found)
                for row in found.factors
                if isinstance(row, MorrisFactor)
            ],
            unit=drawn_in(found.unit)[1],
        )
    return draw_pairs(
        name,
        f"{heading_of(found)}: {first} has the largest part in it",
        "Shares of the variance of the figure over all variants. Blue: all that a factor has a part in; "
        "orange: what it explains by itself. Lines: 95 % intervals. "
        f"{found.n} base points. {noise_in_words(found.noise)}",
        [sobol_pair(names[row.factor], row) for row in found.factors if isinstance(row, SobolFactor)],
        unit="% of the variance",
    )


def morris_pair(label: str, row: MorrisFactor, found: Indices) -> Pair:
    star = row.mu_star
    words = index_in_words(star.value, star.half, found.unit)
    scale, _ = drawn_in(found.unit)
    sigma = Bar(label, scale * row.sigma, math.nan, math.nan, f"sigma {alone(row.sigma, found.unit)}")
    return Pair(label, Bar(label, scale * star.value, scale * star.low, scale * star.high, words), sigma)


def sobol_pair(label: str, row: SobolFactor) -> Pair:
    upper, lower = (
        Bar(
            label,
            100 * index.value,
            100 * index.low,
            100 * index.high,
            share_in_words(index.value, index.half),
        )
        for index in (row.total, row.first)
    )
    return Pair(label, upper, lower)
