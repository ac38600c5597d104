"""From arrays of sums to tables: the groups people fall in, columns of names, dense rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from caresim.records.bins import Bins, Ints
from caresim.records.tables import NOT_SET, RunInfo

Array = NDArray[Any]


@dataclass(frozen=True)
class Groups:
    """The combinations of some attributes' values that occur in a replication, in order of value."""

    attributes: tuple[int, ...]
    codes: Ints
    """Shape (combinations, attributes)."""
    of_class: Ints
    """Combination of each class of the recorder."""

    @property
    def n(self) -> int:
        return len(self.codes)

    def columns(self, info: RunInfo, which: Ints) -> dict[str, pd.Categorical]:
        """A column of values for each attribute, one row for each combination in `which`."""
        return {
            info.attributes[attribute][0]: names(
                (*info.attributes[attribute][1], NOT_SET), self.codes[which, place]
            )
            for place, attribute in enumerate(self.attributes)
        }


def groups_of(info: RunInfo, classes: Ints, used: Ints, attributes: Sequence[int]) -> Groups:
    """The combinations of `attributes` among the `used` classes; one of nobody if there are none."""
    wanted = tuple(attributes)
    codes = np.zeros((max(len(classes), 1), len(wanted)), dtype=np.int64)
    for place, attribute in enumerate(wanted):
        n_values = len(info.attributes[attribute][1])
        column = classes[:, attribute] if len(classes) else np.full(1, n_values)
        codes[:, place] = np.where(column < 0, n_values, column)
    mixed = np.zeros(len(codes), dtype=np.int64)
    for place, attribute in enumerate(wanted):
        mixed = mixed * (len(info.attributes[attribute][1]) + 1) + codes[:, place]
    there = used if len(used) else np.arange(len(codes))
    found, where = np.unique(mixed[there], return_index=True)
    of_class = np.searchsorted(found, mixed).clip(max=len(found) - 1)
    return Groups(wanted, codes[there[where]], of_class)


def names(categories: Sequence[str], codes: Array) -> pd.Categorical:
    """A column of names from their numbers; a number below 0 is null."""
    return pd.Categorical.from_codes(np.asarray(codes, dtype=np.int32), dtype=_names(tuple(categories)))


@lru_cache(maxsize=256)
def _names(categories: tuple[str, ...]) -> pd.CategoricalDtype:
    """Made once for all tables and replications: of a short one, making it anew was a fifth of the time."""
    return pd.CategoricalDtype(pd.Index(list(categories), dtype="str"))


def dense_rows(replication: int, bins: Bins, groups: Groups, n_middle: int) -> tuple[Ints, Ints, Ints, Array]:
    """A row for every bin, middle key (a service, say) and group, in this order.

    Returns:
        Of each row: bin, middle key, group, and the replication as a column.
    """
    bin_of_row = np.repeat(np.arange(bins.n), n_middle * groups.n)
    middle = np.tile(np.repeat(np.arange(n_middle), groups.n), bins.n)
    group_of_row = np.tile(np.arange(groups.n), bins.n * n_middle)
    return bin_of_row, middle, group_of_row, np.full(len(middle), replication, dtype=np.int32)


def folded(fine: Array, starts: Ints) -> Array:
    """Sums over the last axis from `starts[k]` to `starts[k + 1]`: fine groups to coarse ones."""
    return np.asarray(np.add.reduceat(fine, starts, axis=-1))
