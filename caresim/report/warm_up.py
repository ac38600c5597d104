"""Whether a warm-up is enough, in words, tables and pictures.

Figures come from `measures/warm_up.py`; how they look is in `figures/evidence.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from caresim.measures.warm_up import Settling
from caresim.report.figures.canvas import Picture
from caresim.report.figures.evidence import SettlingPanel, draw_settling
from caresim.report.words import Table, as_plain, count, is_missing, rounded, with_interval

KINDS = {"people": "People who hold a place", "queue": "People waiting", "delayed": "People delayed"}
"""Kind of daily series -> what it tells of a service."""
MOST_IN_A_FIGURE = 10
"""Series: one across the page and three rows of three."""


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


def warm_up_as_plain(rows: Sequence[Series]) -> list[dict[str, Any]]:
    """As JSON knows it. truncation_day: MSER-5's first day to keep, counted from the start of the run;
    moved: what measuring from the declared warm-up on puts into the mean."""
    return [
        {
            **of_series(row),
            "truncation_day": row.found.truncation.point,
            "level": row.found.truncation.level,
            "moved": as_plain(row.found.moved),
            "verdict": row.found.verdict,
        }
        for row in rows
    ]


def twice_as_plain(rows: Sequence[Twice]) -> list[dict[str, Any]]:
    """As JSON knows it: the window of each series, with its difference."""
    return [
        {
            **of_series(row.series),
            "once": row.once,
            "twice": row.twice,
            "difference": as_plain({"mean": row.mean, "low": row.low, "high": row.high}),
        }
        for row in rows
    ]


def of_series(row: Series) -> dict[str, Any]:
    """Which it is; service null: the whole system."""
    return {"kind": row.kind, "service": row.service or None}


def warm_up_table(kind: str, rows: Sequence[Series]) -> Table:
    """A row a series, in the order given; a bias only where some begin after the warm-up."""
    early = [moved_in_words(row.found) for row in rows]
    heads = ("", "MSER-5, day", "settles at", *(("bias of the mean",) if any(early) else ()))
    return Table(
        f"{KINDS[kind]}, mean of a day",
        (*heads, "worth cutting more?"),
        tuple(
            (
                row.label,
                str(row.found.truncation.point),
                rounded(row.found.truncation.level),
                *((moved,) if any(early) else ()),
                answer(row.found),
            )
            for row, moved in zip(rows, early, strict=True)
        ),
        words_last=True,
    )


def moved_in_words(found: Settling) -> str:
    """What measuring from the declared warm-up on puts into the mean, in % of its level."""
    if found.verdict in ("in time", "too short") or not found.truncation.level:
        return ""
    share = 100.0 / abs(found.truncation.level)
    moved = {"mean": float(found.moved.mean), "low": float(found.moved.low), "high": float(found.moved.high)}
    return with_interval(moved, share, " %")


def answer(found: Settling) -> str:
    """Whether MSER-5 would cut more than the warm-up."""
    if found.verdict == "late":
        days = found.truncation.point - math.ceil(found.declared)
        return f"yes: {count(days, 'day')}"
    return {
        "in time": "no",
        "slight": "hardly: under 1 %",
        "within chance": "within chance",
        "too short": "run too short",
    }[found.verdict]


def warm_up_verdict(rows: Sequence[Series], *, steady: bool = True, tested: bool = False) -> str:
    """What a hurried reader takes away; nothing to try where the system is never steady anyway.

    Args:
        tested: the window is compared with that after twice the warm-up, below.
    """
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
        settled = [row for row in rows if row.found.verdict == "in time"]
        last = max(settled or nearly, key=lambda row: row.found.truncation.point)
        by_then = f"the last on day {last.found.truncation.point} ({in_a_clause(last)})"
        every, some = len(settled) == len(rows), f"{len(settled)} of {len(rows)} series"
        if settled and steady:
            said.append(
                f"{nothing_found(declared)} in {'any series' if every else some}"
                + (f": it cuts by then, {by_then}." if last.found.truncation.point else ".")
            )
        elif settled:
            said.append(
                f"MSER-5 cuts {'every series' if every else some} within the {count(declared, 'day')} of "
                f"warm-up, {by_then}."
            )
    if nearly:
        said.append(
            f"{len(nearly)} of {len(rows)} series are cut later than that, which moves their mean by less "
            "than 1 %, or by no more than chance may."
        )
    if short:
        said.append(
            f"{len(short)} of {len(rows)} series had not settled in the first half of the {days} days looked "
            f"at ({listed([in_a_clause(row) for row in short])})"
            + (f": try --days {2 * days}." if steady else ".")
        )
    if steady and not late and len(short) < len(rows):
        then = "" if tested or not declared else ", or add --twice"
        said.append(
            "That nothing stands out does not say that nothing is there: in a noisy series MSER-5 overlooks "
            f"even a long start. Look at the pictures{then}."
        )
    return " ".join(said)


def nothing_found(declared: float) -> str:
    beyond = f" after the declared warm-up of {count(declared, 'day')}" if declared else ""
    return f"MSER-5 finds nothing worth cutting{beyond}"


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
    return f"MSER-5 finds nothing worth cutting beyond {what}" if declared else nothing_found(declared)


def short_verdict(found: Settling, steady: bool) -> str:
    point = found.truncation.point
    if not steady:
        return f"MSER-5: day {point}" + (" or later" if found.truncation.at_end else "")
    return {
        "in time": f"MSER-5: day {point}" if point else "nothing worth cutting",
        "slight": f"day {point}: late, by under 1 %",
        "within chance": f"day {point}: late, within chance",
        "late": f"day {point}: too late",
        "too short": "run too short",
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
