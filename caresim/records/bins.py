"""Days and months of a window, and exact sums of spells and instants over them.

A spell [a, b) adds, to each bin it overlaps, the length of the overlap: a partial length in
the bins where it begins and ends and whole bins between. So two sums per end and one running
sum over the bins do for any number of spells, and no row is visited in Python. All times are
multiples of 2^-26 days: the sums are exact, whatever the order of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Bins:
    """Consecutive parts of the window [0, end)."""

    edges: Floats
    """Where each bin begins, then the window's end, twice: what ends there has a bin to fall in."""
    of_day: Ints | None
    """Bin of each day 0, 1, ...; None where day d is bin d."""
    labels: tuple[str, ...]
    """A date or a month, as text: "2019-04-01", "2019-04"."""

    @property
    def n(self) -> int:
        return len(self.labels)

    @property
    def widths(self) -> Floats:
        """Length of each bin inside the window [days]."""
        return np.diff(self.edges[:-1])

    @property
    def end(self) -> float:
        return float(self.edges[-1])

    def of(self, times: Floats) -> Ints:
        """The bin of each time in [0, end]."""
        days = times.astype(np.int64)  # Times are not negative here, so this is the floor.
        return days if self.of_day is None else self.of_day[days]


def day_bins(end: float, first_day: str) -> Bins:
    """The days of the window [0, end), the last one cut where the window ends inside it."""
    n = int(np.ceil(end))
    dates = np.datetime64(first_day, "D") + np.arange(n)
    edges = np.concatenate([np.arange(n, dtype=np.float64), [end, end]])
    return Bins(edges, None, tuple(np.datetime_as_string(dates).tolist()))


def month_bins(end: float, first_day: str) -> Bins:
    """The calendar months of the window, the first and last cut at its edges.

    By numpy's calendar, which goes on past the year 9999 ("12019-04" follows in number,
    though not in order of text).
    """
    n = int(np.ceil(end))
    first = np.datetime64(first_day, "D")
    months = (first + np.arange(n)).astype("datetime64[M]")
    of_day = (months - months[0]).astype(np.int64)
    present = months[0] + np.arange(of_day[-1] + 1)
    begins = np.maximum((present.astype("datetime64[D]") - first).astype(np.int64), 0)
    edges = np.concatenate([begins.astype(np.float64), [end, end]])
    # What ends with the window's last day falls in the bin past the last.
    past = len(present) if end == n else of_day[-1]
    return Bins(edges, np.append(of_day, past), tuple(np.datetime_as_string(present).tolist()))


def spell_sums(
    bins: Bins, keys: Ints, n_keys: int, start: Floats, end: Floats, weight: Floats | None = None
) -> Floats:
    """Weight times length of the spells inside each bin, by key: shape (bins, keys).

    Args:
        keys: what each spell counts for, 0 to n_keys - 1.
        start, end: of each spell [days]; what lies outside the window does not count.
        weight: of each spell; None: 1.
    """
    begins, ends = clipped(bins, start, end)
    shape, size = (bins.n + 1, n_keys), (bins.n + 1) * n_keys
    first, last = bins.of(begins), bins.of(ends)
    first_cells, last_cells = first * n_keys + keys, last * n_keys + keys
    tails = bins.edges[first + 1] - begins, bins.edges[last + 1] - ends
    if weight is not None:
        tails = tails[0] * weight, tails[1] * weight
    part = np.bincount(first_cells, tails[0], size) - np.bincount(last_cells, tails[1], size)
    going = np.bincount(first_cells, weight, size) - np.bincount(last_cells, weight, size)
    running = np.cumsum(going.reshape(shape), axis=0, dtype=np.float64)[:-1]
    sums = part.reshape(shape)[:-1].astype(np.float64)
    # Whole bins belong to what had begun before them.
    sums[1:] += running[:-1] * bins.widths[1:, None]
    return sums


def midnight_sums(bins: Bins, keys: Ints, n_keys: int, start: Floats, end: Floats) -> Ints:
    """How many midnights the spells cover in each bin, by key: shape (bins, keys).

    Midnight m, the one that begins day m, is covered by a spell [a, b) with a <= m < b;
    those of the window are 0 <= m < end.
    """
    begins, ends = clipped(bins, start, end)
    # Counted as time over [ceil a, ceil b): each covered midnight is then one whole day.
    begins, ends = np.ceil(begins), np.ceil(ends)
    n_days = int(np.ceil(bins.end))
    whole = Bins(
        edges=np.append(bins.edges[:-2], [float(n_days)] * 2),
        of_day=None if bins.of_day is None else np.append(bins.of_day[:n_days], bins.n),
        labels=bins.labels,
    )
    return spell_sums(whole, keys, n_keys, begins, ends).astype(np.int64)


def instant_counts(bins: Bins, keys: Ints, n_keys: int, times: Floats) -> Ints:
    """How many of `times` (nan: never) fall in each bin, by key: shape (bins, keys)."""
    inside = (times >= 0) & (times < bins.end)
    cells = bins.of(times[inside]) * n_keys + keys[inside]
    return np.bincount(cells, minlength=bins.n * n_keys).reshape(bins.n, n_keys)


def distinct_people(
    bins: Bins, keys: Ints, n_keys: int, what: Ints, person: Ints, start: Floats, end: Floats
) -> Ints:
    """How many people have at least one of the spells in each bin, by key: shape (bins, keys).

    A person counts once for each `what` (a service, say) in a bin, under the key of their
    first spell in it: sums over keys of one `what` stay counts of distinct people.
    """
    begins, ends = clipped(bins, start, end)
    there = ends > begins
    keys, what, person = keys[there], what[there], person[there]
    begins, ends = begins[there], ends[there]
    first = bins.of(begins)
    last = bins.of(np.ceil(ends) - 1)
    n_people = int(person.max(initial=0)) + 1
    order = np.lexsort((begins, what * n_people + person))
    keys, first, last = keys[order], first[order], last[order]
    owner = (what * n_people + person)[order]
    # The bins an earlier spell of the same owner has counted are left out. The last bin so far
    # is a running maximum; adding owner * (bins + 1) starts it afresh for each owner.
    rank = np.cumsum(np.append(0, owner[1:] != owner[:-1])) if len(owner) else owner
    stride = bins.n + 1
    reached = np.maximum.accumulate(rank * stride + last + 1) if len(owner) else last
    before = np.append(0, reached[:-1])[: len(owner)]
    fresh = np.maximum(first, before - rank * stride)
    new = fresh <= last
    size = (bins.n + 1) * n_keys
    counts = np.bincount(fresh[new] * n_keys + keys[new], minlength=size) - np.bincount(
        (last[new] + 1) * n_keys + keys[new], minlength=size
    )
    return np.asarray(np.cumsum(counts.reshape(bins.n + 1, n_keys), axis=0)[:-1])


def clipped(bins: Bins, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """The spells cut to the window; of one outside it nothing is left."""
    begins = np.clip(start, 0.0, bins.end)
    return begins, np.maximum(np.clip(end, 0.0, bins.end), begins)
