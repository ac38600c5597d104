"""What the tuned numbers of configs/cambridgeshire.yaml were before, and how they were found.

python experiments/cambridgeshire_baseline/calibrate.py shipped 0     # one look at what is shipped
python experiments/cambridgeshire_baseline/calibrate.py first 0       # and at the first guesses
python experiments/cambridgeshire_baseline/calibrate.py first 3       # three rounds from there

Everything else in the file is laid down: published, worked out from what is published, or assumed. A round
moves each number once by a little (the same people in all runs), and then all of them to where the misses,
each over what it may be, have the least sum of squares: Gauss-Newton, held back, by a fifth of a number at
most. Four replications a run and nine runs a round: about four minutes of two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import caresim
from caresim.measures.published import PublishedLine, published_lines

SYSTEM = Path(__file__).parents[2] / "configs" / "cambridgeshire.yaml"
HOMES = ("residential", "nursing", "residential_dementia", "nursing_dementia")
REPLICATIONS = 4
HELD_BACK = 0.5
"""Added to the normal equations' diagonal: a number on which no miss depends stays where it is."""
Changes = list[tuple[str, Any]]


def _living_in_peterborough(share: float) -> Changes:
    """Who does not live there comes from elsewhere, and more residents are admitted elsewhere in their place.

    Residents are admitted 253 times a day (England's rate); 148.5 a day in the three hospitals but for those
    of Peterborough among the 94.3 a day whom Peterborough City admits; 14 % are readmissions, which the model
    makes itself.
    """
    shares = {"cambridgeshire": 0.22, "peterborough": share, "elsewhere": round(0.78 - share, 3)}
    admitted_elsewhere = round((253 - 148.5 - share * 94.3) * 0.86)
    return [
        ("people.area.peterborough_city", shares),
        ("arrivals.residents_elsewhere.rate", f"{admitted_elsewhere} per day"),
    ]


def _finding(home: str, days: float, spread: float) -> Changes:
    return [
        (
            f"services.finding_{home}.care_time",
            {"lognormal": {"mean": f"{days} days", "sd": f"{spread} days"}},
        )
    ]


def _intermediate_care(places: float) -> Changes:
    return [("services.intermediate_care.places", round(places))]


def _after_reablement(home_care: float) -> Changes:
    shares = {"at_home": round(0.95 - home_care, 3), "home_care": home_care}
    return [(f"services.reablement.next.{home}", {**shares, home: 0.05}) for home in HOMES]


def _after_home_care(care_home: float) -> Changes:
    shares = {"at_home": round((1 - care_home) * 0.4, 3), "died": round((1 - care_home) * 0.6, 3)}
    return [
        (f"services.home_care.next.{home}", {**shares, home: round(1 - sum(shares.values()), 3)})
        for home in HOMES
    ]


@dataclass(frozen=True)
class Tuned:
    """One number that was moved."""

    name: str
    first: float
    """Before any run."""
    shipped: float
    step: float
    """To what it is rounded."""
    changes: Callable[[float], Changes]
    trial: float = 0.1
    """By how much of itself it is moved to see what depends on it."""


TUNED = (
    Tuned(
        "share of Peterborough City's patients from Peterborough", 0.48, 0.40, 0.01, _living_in_peterborough
    ),
    Tuned("days to find a residential home", 8, 6, 0.5, lambda days: _finding("residential", days, 7)),
    Tuned("days to find a nursing home", 12, 17, 0.5, lambda days: _finding("nursing", days, 10)),
    Tuned("places of intermediate care", 110, 102, 2, _intermediate_care),
    Tuned("reablement that ends in home care", 0.40, 0.48, 0.01, _after_reablement),
    Tuned("home care that ends in a care home", 0.25, 0.20, 0.01, _after_home_care),
    Tuned(
        "hours of home care a week",
        33900,
        34400,
        100,
        lambda n: [("services.home_care.hours", f"{n:.0f} per week")],
        trial=0.02,
    ),
    Tuned(
        "days until people do without home care",
        150,
        90,
        5,
        lambda days: [("services.home_care.give_up.after", {"exponential": f"{days:g} days"})],
    ),
)


def lines(values: np.ndarray) -> list[PublishedLine]:
    """The tuned published figures beside those of a run with these values."""
    changes = [
        change for tuned, value in zip(TUNED, values, strict=True) for change in tuned.changes(float(value))
    ]
    results = caresim.run(SYSTEM, changes, replications=REPLICATIONS)
    return [line for line in published_lines(results) if line.used == "tuned"]


def misses(found: list[PublishedLine]) -> np.ndarray:
    """Each miss over what it may be: from -1 to 1 within bounds."""
    return np.array([(line.modelled - line.value) / _allowed(line) for line in found])  # type: ignore[operator]


def _allowed(line: PublishedLine) -> float:
    size, _, unit = line.allowed.partition(" ")
    return float(size) if unit == "points" else float(size) / 100 * line.value


def moved(values: np.ndarray, found: list[PublishedLine]) -> np.ndarray:
    """One round of least squares."""
    slopes = np.empty((len(found), len(TUNED)))
    for k, tuned in enumerate(TUNED):
        tried = values.copy()
        tried[k] *= 1 - tuned.trial
        slopes[:, k] = (misses(found) - misses(lines(tried))) / tuned.trial
    square = slopes.T @ slopes + HELD_BACK * np.eye(len(TUNED))
    step = np.linalg.solve(square, -slopes.T @ misses(found))
    steps = np.array([tuned.step for tuned in TUNED])
    return np.asarray(np.round(np.round(values * (1 + np.clip(step, -0.2, 0.2)) / steps) * steps, 6))


def show(values: np.ndarray, found: list[PublishedLine]) -> None:
    for tuned, value in zip(TUNED, values, strict=True):
        print(f"{tuned.name:55}{tuned.first:>8g} -> {value:g}")
    for line, miss in zip(found, misses(found), strict=True):
        place = ", ".join(line.where.values())
        print(f"{line.measure:18}{place:45}{line.value:8.1f}{line.modelled:8.1f}  {miss:+.2f}")
    print(
        f"sum of squares {np.sum(misses(found) ** 2):.2f}, worst {np.max(np.abs(misses(found))):.2f}",
        flush=True,
    )


def main(start: str, rounds: int) -> None:
    values = np.array([float(getattr(tuned, start)) for tuned in TUNED])
    found = lines(values)
    show(values, found)
    for _ in range(rounds):
        values = moved(values, found)
        found = lines(values)
        show(values, found)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("first", "shipped") or not sys.argv[2].isdigit():
        raise SystemExit(__doc__)
    main(sys.argv[1], int(sys.argv[2]))
