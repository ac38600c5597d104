"""The errors a user can meet, whose fault each is, and the name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass


class CaresimError(Exception):
    """Anything caresim refuses to do; its text is written for the person who reads it."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a file: where, what was found, what would do."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}, {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class ScenarioError(CaresimError):
    """What a user wrote cannot be run; carries every fault found, in file order."""

    def __init__(self, faults: Fault | list[Fault]) -> None:
        self.faults = [faults] if isinstance(faults, Fault) else list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type, tuple[list[Fault]]]:
        return type(self), (self.faults,)


class RunError(CaresimError):
    """A run broke a rule of its own: our fault, not the scenario's."""


class ResultsError(CaresimError):
    """A results folder cannot be read or written."""


class SweepError(CaresimError):
    """A sweep cannot begin or go on: a cluster that is not there, workers of another version."""


class ClusterLost(SweepError):
    """The cluster went away while a sweep ran on it; what was done is kept."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one, as a question to end a message with; "" if none is near."""
    close = nearest_word(word, known)
    return "" if close is None else f' Did you mean "{close}"?'


def nearest_word(word: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """The known word most like this one; None if none is `alike` (ratio of difflib; 1: the same word)."""
    known = sorted(set(known))
    close = difflib.get_close_matches(word, known, n=1, cutoff=alike)
    if not close:
        folded = {name.lower(): name for name in known}
        close = [folded[c] for c in difflib.get_close_matches(word.lower(), folded, n=1, cutoff=alike)]
    return close[0] if close else None


def nearest_or_some(word: str, known: Collection[str], most: int = 6) -> str:
    """As `nearest`; where none is near the first few, so that a message never ends without a name."""
    names = list(dict.fromkeys(known))
    if not names:
        return ""
    listed = ", ".join(f'"{name}"' for name in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return nearest(word, names) or f" There {'is' if len(names) == 1 else 'are'} {listed}{more}."
