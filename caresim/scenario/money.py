"""Money as declared: what is priced and who pays, price years, interventions, budgets.

Nothing here changes what happens to people, and no engine reads it: prices are applied to
what was tallied, long after the run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from caresim.scenario.services import Block, Cost, Service
from caresim.scenario.shape import PRICES
from caresim.scenario.staff import StaffGroup
from caresim.scenario.values import By, Personal, Shares

Value = TypeVar("Value")

BLOCK_ITEM = "block_per_week"
"""What block places are called among items of cost."""
OF_INTERVENTIONS = ("per_year", "once")
"""Prices an intervention may have."""
OF_STAFF = "per_post_year"
"""The price a group of staff may have."""
ELSE = "else"


@dataclass(frozen=True, kw_only=True, slots=True)
class Intervention:
    """What costs money and is no service: a post, a programme, a change of the way things are done."""

    name: str
    label: str
    active: bool
    start: float
    """First instant it is paid for [days from time.from]."""
    end: float | None
    """First instant after it; None: for good."""
    per_year: float | None
    """Pounds for each 365.25 days."""
    once: float | None
    """Pounds on its first day."""
    payer: Shares


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """Money somebody means to spend, to set beside the cost of the window."""

    name: str
    label: str
    amount: float
    """Pounds, for the time from `start` to `end`."""
    start: float
    end: float
    payers: tuple[str, ...] = ()
    """Whose cost it is for; (): everybody's."""
    of: tuple[str, ...] = ()
    """Services and interventions it is for; (): all of them."""
    where: dict[str, str] = field(default_factory=dict)
    """Group attribute -> value: only people who have it."""


Rises = float | dict[int, float]
"""A rise every year, or year -> rise over the year before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceYears:
    """Of which year the prices written are, and to which they are carried, by line.

    Tables are keyed by a line ("home_care.per_hour"), a service, intervention or group of staff, a payer or
    "else"; the first of these that is there holds (`line_names`).
    """

    to: int
    """The year a price year begins in: 2019 of 2019/20."""
    financial: bool
    """Years are 2019/20, from April; else calendar years."""
    year: dict[str, int]
    inflation: dict[str, Rises]

    def factor(self, owner: str, item: str, payer: str) -> float:
        """What a price written is multiplied by; below 1 where it is carried back."""
        names = line_names(owner, item, payer)
        since = first_of(self.year, names)
        if since == self.to:
            return 1.0
        rises = first_of(self.inflation, names)
        first, last = sorted((since, self.to))
        carried = math.prod(1.0 + rise_of(rises, year) for year in range(first + 1, last + 1))
        return carried if since < self.to else 1.0 / carried

    def in_words(self, year: int) -> str:
        return f"{year}/{(year + 1) % 100:02d}" if self.financial else str(year)


def line_names(owner: str, item: str, payer: str) -> list[str]:
    """What a line of cost goes by, the most special first: care.nursing.per_week, care.nursing, care, nhs."""
    words = [owner, *("block" if item == BLOCK_ITEM else item).split(".")]
    return [*(".".join(words[:length]) for length in range(len(words), 0, -1)), payer, ELSE]


def first_of(table: Mapping[str, Value], names: list[str]) -> Value:
    return next(table[name] for name in names if name in table)


def rise_of(rises: Rises, year: int) -> float:
    return rises[year] if isinstance(rises, dict) else rises


class Item(NamedTuple):
    """A price of a service and who pays it."""

    name: str
    """per_week, block_per_week, or of a further line nursing_contribution.per_week."""
    price: Personal[float]
    payer: Personal[str | Shares]
    block_places: float | None = None


def items_of(cost: Cost) -> Iterator[Item]:
    """The ordinary prices, the block, then the further lines in order of names."""
    for key in PRICES:
        if (price := getattr(cost, key)) is not None:
            yield Item(key, price, cost.payer)
    if isinstance(cost.block, Block):
        payer = cost.payer if cost.block.payer is None else cost.block.payer
        yield Item(BLOCK_ITEM, cost.block.per_week, payer, float(cost.block.places))
    for name, line in sorted(cost.also.items()):
        for key in PRICES:
            if (price := getattr(line, key)) is not None:
                yield Item(f"{name}.{key}", price, line.payer)


def payers_in(payer: Personal[str | Shares]) -> list[str]:
    """Everybody named in it, as they are written."""
    if isinstance(payer, By):
        entries = [*payer.table.values(), *([] if payer.otherwise is None else [payer.otherwise])]
        return list(dict.fromkeys(name for entry in entries for name in payers_in(entry)))
    return [payer] if isinstance(payer, str) else list(payer)


def lines_of(
    services: Mapping[str, Service],
    interventions: Mapping[str, Intervention],
    staff: Mapping[str, StaffGroup],
) -> list[tuple[str, str, str]]:
    """(service, intervention or group of staff, item, payer) of everything that is paid."""
    found = [
        (name, item.name, payer)
        for name, service in services.items()
        for item in (items_of(service.cost) if service.cost is not None else ())
        for payer in payers_in(item.payer)
    ]
    for name, intervention in interventions.items():
        items = [item for item in OF_INTERVENTIONS if getattr(intervention, item) is not None]
        found += [(name, item, payer) for item in items for payer in intervention.payer]
    for name, group in staff.items():
        found += [(name, OF_STAFF, payer) for payer in (group.cost.payer if group.cost is not None else ())]
    return list(dict.fromkeys(found))
