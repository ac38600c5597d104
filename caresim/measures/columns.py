"""A kept figure in one word: `dtoc_people`, `cost_total[payer=nhs]`, `reablement.queue`.

Sweeps keep figures in columns of these names; here a name becomes figures, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from caresim.errors import ResultsError
from caresim.measures.catalogue import MEASURES
from caresim.measures.summary import QUANTITIES, service_figures, unit_of
from caresim.records.results import Results

_MEASURE = re.compile(r"(?P<measure>\w+)(\[(?P<where>[^\[\]]+)\])?")
_QUANTITY = re.compile(rf"(?P<service>.+)\.(?P<quantity>{'|'.join(QUANTITIES)})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A measure, perhaps restricted, or a quantity of a service."""

    measure: str = ""
    """Name in the catalogue; "" where it is a service's quantity."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Key of the measure -> the value it is restricted to."""
    service: str = ""
    quantity: str = ""

    @property
    def name(self) -> str:
        """As it stands over the column."""
        if self.service:
            return f"{self.service}.{self.quantity}"
        restricted = ",".join(f"{key}={self.where[key]}" for key in sorted(self.where))
        return f"{self.measure}[{restricted}]" if restricted else self.measure

    @property
    def unit(self) -> str:
        return unit_of(self.quantity) if self.service else MEASURES[self.measure].unit

    def figures(self, results: Results) -> pd.Series:
        """One figure for each replication: index replication, rising; nan where there is none."""
        if self.service:
            every = service_figures(results)
            own = every[every["service"].astype(str) == self.service].set_index("replication")
            return own[self.quantity].reindex(list(results.replications)).astype(np.float64)
        figures = MEASURES[self.measure].figures(results, where=dict(self.where))
        return figures.set_index("replication")["value"].astype(np.float64)


def parse_column(name: str) -> Column:
    """The figure a name stands for.

    Raises:
        ResultsError: it is not the name of one.
    """
    if match := _QUANTITY.fullmatch(name):
        return Column(service=match["service"], quantity=match["quantity"])
    match = _MEASURE.fullmatch(name)
    if match is None or match["measure"] not in MEASURES:
        raise ResultsError(
            f'"{name}": is no measure. Write a measure (dtoc_people), a restricted one '
            "(cost_total[payer=nhs]), or a service and its quantity (reablement.queue)."
        )
    pairs = [pair.partition("=") for pair in (match["where"] or "").split(",") if pair]
    if any(not (key.strip() and equals and value.strip()) for key, equals, value in pairs):
        raise ResultsError(f'"{name}": write what it is restricted to as [key=value,key=value].')
    return Column(measure=match["measure"], where={key.strip(): value.strip() for key, _, value in pairs})


def figures_of(results: Results, names: Sequence[str]) -> pd.DataFrame:
    """Figures in columns: index replication, a column for each of `names`, in their order."""
    return pd.DataFrame({name: parse_column(name).figures(results) for name in names})
