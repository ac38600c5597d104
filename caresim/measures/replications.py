"""How many replications are enough: what would have been known after each, held against a target.

Figures in order of replication go in; nothing is run here. When a run stops by itself at a
target is decided in `stopping.py`; here somebody looks back at the figures that are there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from caresim.errors import ResultsError
from caresim.measures.stopping import after_each

Floats = NDArray[np.float64]
MOST = 1_000_000
"""Replications beyond which a projection names no number."""
_AMOUNT = re.compile(r"(?P<pounds>£\s*)?(?P<number>[0-9][0-9,]*(\.[0-9]+)?|\.[0-9]+)\s*(?P<rest>\D*)")
_SIZES = {"k": 1e3, "m": 1e6}


@dataclass(frozen=True)
class Target:
    """A half-width asked for."""

    half_width: float
    """In the measure's unit; of a relative one, a share of the size of the mean."""
    relative: bool
    words: str
    """As it was asked for."""

    def allowed(self, mean: Floats) -> Floats:
        """The half-width allowed where the mean is so, in the measure's unit."""
        return self.half_width * np.abs(mean) if self.relative else np.full_like(mean, self.half_width)


def parse_target(text: str, unit: str) -> Target:
    """A half-width as people write it: "2 %", "0.2 points", "5 people", "£50k".

    Args:
        unit: of the measure it is meant for. Per cent are of the measure's mean; points are
            of a measure that is itself in per cent, or a share; anything else must be the unit
            of the measure, whose first word will do.

    Raises:
        ResultsError: not a number above 0 with a unit that fits.
    """
    words = " ".join(text.split())
    found = _AMOUNT.fullmatch(words)
    if found is None:
        raise ResultsError(f'"{text}": is no half-width. {_what_would_do(unit)}')
    number, rest = float(found["number"].replace(",", "")), found["rest"].strip().lower()
    if number <= 0:
        raise ResultsError(f'"{text}": a half-width needs to be above 0.')
    if found["pounds"]:
        if unit != "pounds" or rest not in ("", *_SIZES):
            raise ResultsError(f'"{text}": does not fit a measure in {unit}. {_what_would_do(unit)}')
        return Target(number * _SIZES.get(rest, 1.0), False, words)
    if rest in ("%", "per cent", "percent"):
        return Target(number / 100, True, words)
    if rest in ("points", "point") and (unit.startswith("%") or unit == "share"):
        return Target(number / 100 if unit == "share" else number, False, words)
    if rest and not unit.startswith("%") and (rest == unit or _singular(rest) == _singular(unit.split()[0])):
        return Target(number, False, words)
    raise ResultsError(f'"{text}": does not fit a measure in {unit}. {_what_would_do(unit)}')


def _what_would_do(unit: str) -> str:
    if unit.startswith("%") or unit == "share":
        own = '"0.2 points"'
    elif unit == "pounds":
        own = '"£50k"'
    else:
        own = f'"5 {unit.split()[0]}"'
    return f'Write for example {own}, or "2 %" of its mean.'


def _singular(word: str) -> str:
    return {"people": "person", "person": "person"}.get(word, word.removesuffix("s"))


@dataclass(frozen=True, kw_only=True)
class Running:
    """A measure after each replication, and when its interval became narrow enough."""

    name: str
    unit: str
    figures: Floats
    """One for each replication, in order: shape (replications,); nan where there was none."""
    mean: Floats
    """Of replications 1 to n, for each n: shape (replications,)."""
    half: Floats
    """Half the width of its interval; nan where fewer than two figures were there."""
    target: Target
    level: float

    @property
    def n(self) -> int:
        return len(self.figures)

    @property
    def allowed(self) -> Floats:
        """The half-width the target allows, for each n; of a relative one it goes with the mean."""
        return self.target.allowed(self.mean)

    @property
    def reached(self) -> int | None:
        """The smallest n from which on the half-width stays within the target; None: it does not."""
        outside = np.flatnonzero(~np.less_equal(self.half, self.allowed))
        first = int(outside[-1]) + 2 if len(outside) else 1
        return first if first <= self.n else None

    @property
    def needed(self) -> int | None:
        """How many would do, if the spread stays what it is in all figures that are there.

        `reached` where it is; None where nothing can be said (fewer than two figures, or a
        share of a mean of 0) or it would be more than MOST.
        """
        if self.reached is not None:
            return self.reached
        there = self.figures[~np.isnan(self.figures)]
        if len(there) < 2:
            return None
        enough = replications_for(float(there.std(ddof=1)), float(self.allowed[-1]), self.level)
        # As many more as there were figures missing among those run.
        return None if enough is None else max(self.n + 1, round(enough * self.n / len(there)))


def running(name: str, unit: str, figures: ArrayLike, target: Target, level: float = 0.95) -> Running:
    """A measure's figures, in order of replication, with what was known after each."""
    values = np.asarray(figures, dtype=np.float64)
    course = after_each(values, level)
    return Running(
        name=name, unit=unit, figures=values, mean=course.mean, half=course.half, target=target, level=level
    )


def replications_for(deviation: float, half_width: float, level: float = 0.95) -> int | None:
    """The smallest n with t(n - 1) x deviation / sqrt(n) within half_width; None: more than MOST.

    Source: Law (2015), Simulation Modeling and Analysis, section 9.4.1.
    """
    if deviation == 0:
        return 2
    if not half_width > 0:
        return None

    def fits(n: int) -> bool:
        half = float(stdtrit(n - 1.0, (1 + level) / 2)) * deviation / np.sqrt(n)
        return bool(half <= half_width)

    if not fits(MOST):
        return None
    # The half-width falls with n, so halving finds where it first fits.
    low, high = 1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high
