"""Evidence in words, tables and pictures: is the warm-up enough, are the replications, what matters most.

Figures come from `measures/warm_up.py`, `replications.py` and `sensitivity.py`; how they look is
in `figures/evidence.py`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from caresim.errors import ResultsError
from caresim.measures.replications import Running
from caresim.measures.sensitivity import End, Indices, MorrisFactor, Noise, SobolFactor, Tornado, TornadoBar
from caresim.measures.warm_up import Settling
from caresim.report.comparison import HEADLINES
from caresim.report.comparison import QUANTITIES as QUANTITY_LABELS
from caresim.report.figures.canvas import Picture
from caresim.report.figures.evidence import (
    Pair,
    RunningPanel,
    SettlingPanel,
    draw_pairs,
    draw_running,
    draw_settling,
)
from caresim.report.figures.runs import Bar
from caresim.report.words import MISSING, Table, count, is_missing, pounds, rounded, with_interval

KINDS = {"people": "People who hold a place", "queue": "People waiting", "delayed": "People delayed"}
"""Kind of daily series -> what it tells of a service."""
MOST_IN_A_FIGURE = 10
"""Series: one across the page and three rows of three."""
MOST_ROWS = 20
"""Replications that are all listed; of more, some."""
WIDE = 0.2
"""Half-width of an index of which little can be said."""
_SECTIONS = ("services", "arrivals", "events", "people")


def write_pictures(pictures: Iterable[Picture], folder: Path) -> list[Path]:
    """Each picture as SVG and PNG in `folder`; gives the PNG files.

    Raises:
        ResultsError: `folder` cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            (folder / f"{picture.name}.svg").write_text(picture.svg(), encoding="utf-8")
            (folder / f"{picture.name}.png").write_bytes(picture.png())
            written.append(folder / f"{picture.name}.png")
    except OSError as error:
        raise ResultsError(f"{folder}: figures cannot be written: {error.strerror or error}.") from error
    return written


# ---------------------------------------------------------------- warm-up


@dataclass(frozen=True, slots=True)
class Series:
    """A series that was looked at: of what, and how it settles."""

    kind: str
    """One of KINDS."""
    service: str
    """Its name; "" for the whole system."""
    label: str
    """As a reader knows it."""
    found: Settling


def warm_up_table(kind: str, rows: Sequence[Series]) -> Table:
    """A row a series, in the order given; a bias only where some begin after the warm-up."""
    early = [moved_in_words(row.found) for row in rows]
    heads = ("", "MSER-5, day", "settles at", *(("bias of the mean",) if any(early) else ()))
    return Table(
        f"{KINDS[kind]}, mean of a day",
        (*heads, "warm-up enough?"),
        tuple(
            (
                row.label,
                str(row.found.truncation.point),
                rounded(row.found.truncation.level),
                *((moved,) if any(early) else ()),
                enough_in_words(row.found),
            )
            for row, moved in zip(rows, early, strict=True)
        ),
        words_last=True,
    )


def moved_in_words(found: Settling) -> str:
    """What measuring from the declared warm-up on puts into the mean, in % of its level."""
    if found.verdict in ("enough", "too short") or not found.truncation.level:
        return ""
    share = 100.0 / abs(found.truncation.level)
    moved = {"mean": float(found.moved.mean), "low": float(found.moved.low), "high": float(found.moved.high)}
    return with_interval(moved, share, " %")


def enough_in_words(found: Settling) -> str:
    if found.verdict == "late":
        days = found.truncation.point - math.ceil(found.declared)
        return f"no: {count(days, 'day')} short"
    return {
        "enough": "yes",
        "slight": "nearly: under 1 %",
        "within chance": "yes, within chance",
        "too short": "run too short",
    }[found.verdict]


def warm_up_verdict(rows: Sequence[Series], *, steady: bool = True) -> str:
    """What a hurried reader takes away; nothing to try where the system is never steady anyway."""
    if not rows:
        return "Nobody was ever there: nothing settles."
    declared, days = rows[0].found.declared, rows[0].found.days
    what = f"The declared warm-up of {count(declared, 'day')}" if declared else "No warm-up, as declared,"
    late = [row for row in rows if row.found.verdict == "late"]
    short = [row for row in rows if row.found.verdict == "too short"]
    nearly = [row for row in rows if row.found.verdict in ("slight", "within chance")]
    said = []
    if late:
        last = max(late, key=lambda row: row.found.truncation.point)
        weeks = -(-last.found.truncation.point // 7)
        by_then = f"the last of them on day {last.found.truncation.point} ({in_a_clause(last)})"
        said.append(
            f"{what} is not enough for {len(late)} of {len(rows)} series; they settle later, {by_then}. "
            f'Try --set "time.warm_up={weeks} weeks".'
            if steady
            else f"MSER-5 cuts {len(late)} of {len(rows)} series after the {count(declared, 'day')} of "
            f"warm-up, {by_then}."
        )
    elif len(short) < len(rows):
        settled = [row for row in rows if row.found.verdict == "enough"]
        last = max(settled or nearly, key=lambda row: row.found.truncation.point)
        by_then = f"the last on day {last.found.truncation.point} ({in_a_clause(last)})"
        some = "every series" if len(settled) == len(rows) else f"{len(settled)} of {len(rows)} series"
        if settled and steady:
            said.append(f"{what} is enough: {some} settled by then, {by_then}.")
        elif settled:
            said.append(f"MSER-5 cuts {some} within the {count(declared, 'day')} of warm-up, {by_then}.")
    if nearly:
        said.append(
            f"{len(nearly)} of {len(rows)} series settle later than that, which moves their mean by less "
            "than 1 %, or by no more than chance may."
        )
    if short:
        said.append(
            f"{len(short)} of {len(rows)} series had not settled in the first half of the {days} days looked "
            f"at ({listed([in_a_clause(row) for row in short])})"
            + (f": try --days {2 * days}." if steady else ".")
        )
    return " ".join(said)


def in_a_clause(row: Series) -> str:
    """The ward: people waiting."""
    return f"{row.label}: {KINDS[row.kind][0].lower()}{KINDS[row.kind][1:]}"


def listed(words: Sequence[str], most: int = 3) -> str:
    more = len(words) - most
    return "; ".join(words[:most]) + (f"; and {more} more" if more > 0 else "")


def never_steady(moving: Sequence[str], census: int, *, tested: bool = False) -> str:
    """How to read all this where the system changes in the course of the year; "" where it does not.

    Args:
        moving: what changes over the run, in words.
        census: services that begin with people in them.
        tested: the window is compared with that after twice the warm-up, below.
    """
    if not moving:
        return ""
    start = f" It begins with people in {count(census, 'service')}, not empty." if census else ""
    return (
        f"This system never comes to rest: {'; '.join(moving)}.{start} So there is no level to settle at, "
        "and MSER-5 cannot tell a season from a start. Read it so: an early day says that from then on "
        "nothing of the start stands out against the seasons; a late day, or a run that is too short, is as "
        "likely the season as the start. Look at the picture: what matters is whether the moving average "
        "leaves its first slope within the warm-up. "
    ) + (
        "And below: whether the figures of the window stay with twice the warm-up."
        if tested
        else "To be sure, run twice as long a warm-up and see whether the figures of the window stay: add "
        "--twice."
    )


def warm_up_pictures(kind: str, rows: Sequence[Series], *, steady: bool = True) -> Iterator[Picture]:
    """Series with moving average, MSER-5 point and warm-up; the first of them heads each picture."""
    if not rows:
        return
    first, others = rows[0], rows[1:]
    step = MOST_IN_A_FIGURE - 1
    parts = [others[start : start + step] for start in range(0, len(others), step)] or [[]]
    for number, part in enumerate(parts, 1):
        shown = [first, *part]
        name = f"warmup_{kind}" if len(parts) == 1 else f"warmup_{kind}_{number}"
        width = 2 * first.found.reach + 1
        yield draw_settling(
            name,
            f"{KINDS[kind]}: {title_of(rows) if steady else 'a year with seasons never settles'}",
            f"Grey: each day, mean over replications. Blue: its moving average (Welch) over {width} days. "
            "Orange: where MSER-5 would cut; dotted: the level after it. Shaded: the declared warm-up. "
            "Axes need not begin at 0.",
            [
                SettlingPanel(
                    row.label,
                    short_verdict(row.found, steady),
                    row.found.mean,
                    row.found.average,
                    row.found.truncation.point,
                    row.found.truncation.level,
                    row.found.declared,
                )
                for row in shown
            ],
            "people",
        )


def title_of(rows: Sequence[Series]) -> str:
    late = sum(row.found.verdict == "late" for row in rows)
    short = sum(row.found.verdict == "too short" for row in rows)
    declared = rows[0].found.declared
    what = f"the warm-up of {count(declared, 'day')}" if declared else "no warm-up"
    if late or short:
        return f"{late + short} of {len(rows)} series may need more than {what}"
    return f"{what} is enough"


def short_verdict(found: Settling, steady: bool) -> str:
    point = found.truncation.point
    if not steady:
        return f"MSER-5: day {point}" + (" or later" if found.truncation.at_end else "")
    return {
        "enough": f"settled by day {point}",
        "slight": f"day {point}: late, by under 1 %",
        "within chance": f"day {point}: late, within chance",
        "late": f"day {point}: too late",
        "too short": "not settled",
    }[found.verdict]


@dataclass(frozen=True, slots=True)
class Twice:
    """A mean of the window, once with the declared warm-up and once with twice as much."""

    series: Series
    once: float
    twice: float
    mean: float
    """Of the difference, with its interval."""
    low: float
    high: float


def twice_table(rows: Sequence[Twice], declared: float, n: int) -> Table:
    return Table(
        f"The window after {count(declared, 'day')} of warm-up, and after {count(2 * declared, 'day')}",
        ("", "once", "twice", "difference", "does it matter?"),
        tuple(
            (
                in_a_clause(row.series),
                rounded(row.once),
                rounded(row.twice),
                with_interval({"mean": row.mean, "low": row.low, "high": row.high}),
                matters(row),
            )
            for row in rows
        ),
        note=f"{count(n, 'replication')} of each, other people in each: the intervals are not paired.",
        words_last=True,
    )


def matters(row: Twice) -> str:
    if is_missing(row.low):
        return "one replication cannot tell"
    if row.low <= 0 <= row.high:
        return "no sign of it"
    return "a little: under 1 %" if max(abs(row.low), abs(row.high)) < 0.01 * abs(row.once) else "yes"


def twice_verdict(rows: Sequence[Twice]) -> str:
    told = [row for row in rows if matters(row) == "yes"]
    chance = len(rows) / 20
    if not told:
        return "Nothing in the window shows that a longer warm-up would change it."
    said = f"{len(told)} of {len(rows)} means of the window change with a longer warm-up"
    if len(told) <= 2 * chance + 1:
        return f"{said}; of so many, about {chance:.1f} would seem to by chance alone: no clear sign."
    names = listed([in_a_clause(row.series) for row in told])
    return (
        f"{said}, more than by chance ({names}): the declared warm-up leaves something of the start in them."
    )


# ---------------------------------------------------------------- replications


def measure_label(name: str, unit: str) -> str:
    """What a column is called where there is room."""
    if name in HEADLINES:
        return HEADLINES[name]
    service, _, quantity = name.rpartition(".")
    if service and quantity in QUANTITY_LABELS:
        return f"{service}: {QUANTITY_LABELS[quantity]}"
    return f"{name}, {unit}"


def amount(value: float, unit: str) -> str:
    """A figure with its digits; money as such."""
    if is_missing(value):
        return MISSING
    return pounds({"mean": value, "low": None, "high": None}) if unit == "pounds" else rounded(value)


def estimate_in_words(mean: float, half: float, unit: str) -> str:
    found = {"mean": mean, "low": mean - half, "high": mean + half}
    return pounds(found) if unit == "pounds" else with_interval(found)


def fine(value: float, unit: str) -> str:
    """A half-width, with two digits that tell."""
    if is_missing(value):
        return MISSING
    size, word = money(value, unit)
    return f"{'£' if unit == 'pounds' else ''}{value / size:,.{telling(value / size)}f}{word}"


def plus_minus(mean: float, half: float, unit: str) -> str:
    """A mean and its half-width, both with the digits that tell of the latter."""
    if is_missing(mean):
        return MISSING
    if is_missing(half):
        return amount(mean, unit)
    size, word = money(mean, unit)
    digits = telling(half / size)
    text = f"{abs(mean) / size:,.{digits}f}{word} ± {half / size:,.{digits}f}{word}"
    return f"{'-' if mean < 0 else ''}{'£' if unit == 'pounds' else ''}{text}"


def money(value: float, unit: str) -> tuple[float, str]:
    """What pounds are counted in: millions, thousands or ones; and its letter."""
    sizes = ((1e6, "m"), (1e3, "k")) if unit == "pounds" else ()
    return next(((size, word) for size, word in sizes if abs(value) >= size), (1.0, ""))


def telling(value: float) -> int:
    """Digits behind the point that leave two of a figure, at most four."""
    return min(4, max(0, 1 - math.floor(math.log10(value)))) if value > 0 else 0


def replications_table(rows: Sequence[Running]) -> Table:
    """One row a measure: how sure it is, and how many replications would do."""
    n = max(row.n for row in rows)
    return Table(
        f"{count(n, 'replication')}; mean (95 % interval: low to high)",
        ("", "mean", "half-width", "target", "are they enough?"),
        tuple(
            (
                measure_label(row.name, row.unit),
                estimate_in_words(float(row.mean[-1]), float(row.half[-1]), row.unit),
                fine(float(row.half[-1]), row.unit),
                target_in_words(row),
                enough_replications(row),
            )
            for row in rows
        ),
        words_last=True,
    )


def target_in_words(row: Running) -> str:
    if not row.target.relative:
        return row.target.words
    return f"{row.target.words}: {fine(float(row.allowed[-1]), row.unit)}"


def enough_replications(row: Running) -> str:
    if row.reached is not None:
        return f"yes, from {row.reached} on"
    if row.n < 2:
        return "one replication cannot tell"
    needed = row.needed
    if needed is None:
        return "no: no number would do"
    size = 10 ** max(0, len(str(needed)) - 2)
    return f"no: about {-(-needed // size) * size:,} would do"


def running_table(rows: Sequence[Running]) -> Table:
    """Mean and half-width after each replication, or, of many, after some."""
    n = max(row.n for row in rows)
    return Table(
        "Mean and half-width after so many replications",
        ("", *(row.name for row in rows)),
        tuple(
            (
                f"{number}",
                *(
                    plus_minus(float(row.mean[number - 1]), float(row.half[number - 1]), row.unit)
                    for row in rows
                ),
            )
            for number in shown_numbers(n, [row.reached for row in rows])
        ),
    )


def shown_numbers(n: int, reached: Sequence[int | None]) -> list[int]:
    """All of a few, else the first ones, round ones, those that matter and the last."""
    if n <= MOST_ROWS:
        return list(range(1, n + 1))
    wanted = {*range(1, 11), *(number for number in reached if number is not None), n}
    step = 10
    while step < n:
        wanted |= {step, 2 * step, 5 * step} if step > 10 else {15, 20, 30, 50}
        step *= 10
    return sorted(number for number in wanted if number <= n)


def running_picture(rows: Sequence[Running]) -> Picture:
    n = max(row.n for row in rows)
    met = sum(row.reached is not None for row in rows)
    if met == len(rows):
        most = max(row.reached or 0 for row in rows)
        title = f"{most} replications are enough" + (" for all of these" if len(rows) > 1 else "")
    elif len(rows) == 1:
        title = f"{count(n, 'replication')}: not enough yet for {rows[0].target.words}"
    else:
        title = f"{count(n, 'replication')} are enough for {met} of these {len(rows)}"
    return draw_running(
        "replications",
        title,
        "Grey: each replication. Blue: mean of those up to here, and its 95 % interval. Dashed: the "
        "half-width asked for, around the last mean. Upright: from so many on the interval stays within it.",
        [
            RunningPanel(
                measure_label(row.name, row.unit),
                f"{enough_replications(row)} ({target_in_words(row)})",
                row.figures,
                row.mean,
                row.half,
                float(row.allowed[-1]),
                row.reached,
                row.unit,
            )
            for row in rows
        ],
    )


# ---------------------------------------------------------------- sensitivity


def short_paths(paths: Sequence[str]) -> dict[str, str]:
    """Path -> the same without its section where that still tells it from the others."""
    shorter = {}
    for path in paths:
        section, _, rest = path.partition(".")
        shorter[path] = rest if section in _SECTIONS and "." in rest else path
    taken = list(shorter.values())
    return {path: short if taken.count(short) == 1 else path for path, short in shorter.items()}


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
                amount(factor.sigma, found.unit),
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


def tornado_table(found: Tornado) -> Table:
    names = short_paths([bar.factor for bar in found.bars])
    base = amount(found.base, found.unit)
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
            cells += [end.level, pounds(found) if unit == "pounds" else with_interval(found)]
    return (*cells, amount(bar.swing, unit))


def heading_of(found: Tornado | Indices) -> str:
    under = f" ({found.group})" if found.group else ""
    return f"{measure_label(found.measure, found.unit)}{under}"


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
    few = f" {found.n} base points are few: {8 * found.n} would say more." if widest > WIDE else ""
    return (
        "Shares of the variance of the figure, with 95 % intervals; estimates may fall a little below 0 or "
        f"above 100 %.{few}"
    )


def noise_in_words(noise: Noise) -> str:
    """How much of the differences between variants may be chance."""
    if noise.n < 2:
        return "One replication of each variant cannot tell how much of this is chance."
    if is_missing(noise.share):
        return ""
    shared = (
        ""
        if is_missing(noise.unshared)
        else f", {percent(noise.unshared)} without what all share, as they meet the same people"
    )
    return (
        f"Chance: with {noise.n} replications of each variant, the variance of a variant's mean is "
        f"{percent(noise.share)} of the variance between variants{shared}. These figures hold that too."
    )


def percent(share: float) -> str:
    value = 100 * share
    return "under 0.1 %" if value < 0.1 else f"{value:.1f} %" if value < 9.95 else f"{value:.0f} %"


def index_in_words(value: float, half: float, unit: str) -> str:
    found = {"mean": value, "low": value - half, "high": value + half}
    return pounds(found) if unit == "pounds" else with_interval(found)


def signed(value: float, unit: str) -> str:
    text = amount(value, unit)
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
        f"{heading_of(found)}: {names[first.factor]} moves it most, by {amount(first.swing, found.unit)}",
        f"Each factor changed alone, the others as in {found.baseline} ({amount(found.base, found.unit)}), "
        "which is 0 here. Blue: the factor's low end; orange: its high end. Lines: 95 % intervals, paired by "
        "replication.",
        [
            Pair(
                names[bar.factor],
                *(None if end is None else end_bar(end, found.unit) for end in (bar.low, bar.high)),
            )
            for bar in found.bars
        ],
        unit=f"difference, {found.unit}",
    )


def end_bar(end: End, unit: str) -> Bar:
    found = {"mean": end.mean, "low": end.low, "high": end.high}
    words = pounds(found) if unit == "pounds" else with_interval(found)
    return Bar("", end.mean, end.low, end.high, f"{end.level}: {words}")


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
            unit=found.unit,
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
    sigma = Bar(label, row.sigma, math.nan, math.nan, f"sigma {amount(row.sigma, found.unit)}")
    return Pair(label, Bar(label, star.value, star.low, star.high, words), sigma)


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
