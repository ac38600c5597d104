"""Prices, who pays, and what a delay counts as: nothing here changes what happens to people."""

from __future__ import annotations

import re
from typing import Any

from caresim.scenario.nodes import Node
from caresim.scenario.reader import Reader
from caresim.scenario.services import REASONS, Block, Cost, DelayClass, Prices
from caresim.scenario.shape import PRICES
from caresim.scenario.values import Personal, Shares

RESPONSIBLE = ("nhs", "social_care", "both")
_LINE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def read_delay_class(reader: Reader, node: Node | None) -> DelayClass | None:
    if node is None:
        return None
    reason, responsible = node.get("reason"), node.get("responsible")
    if reason is None or responsible is None:
        reader.fault(node, "needs reason and responsible, for example {reason: C, responsible: nhs}.")
        return None
    return DelayClass(
        reason=reader.one_of(reason, REASONS),
        responsible=reader.shares(responsible, RESPONSIBLE, "responsible body"),
    )


def _price(reader: Reader, node: Node) -> Personal[float]:
    return reader.personal(node, lambda n: reader.pounds(n) or 0.0)


def _payer(reader: Reader, node: Node) -> Personal[str | Shares]:
    def one(leaf: Node) -> str | Shares:
        return reader.text(leaf) if isinstance(leaf.value, str) else reader.shares(leaf, None, "payer")

    return reader.personal(node, one)


def read_cost(reader: Reader, node: Node | None, *, in_places: bool, in_hours: bool) -> Cost | None:
    if node is None:
        return None
    ordinary = _prices(reader, node, in_places=in_places, in_hours=in_hours)
    if ordinary is None:
        return None
    also, lines = node.get("also"), {}
    for name, entry in {} if also is None else also.entries.items():
        if not _LINE.fullmatch(name) or name in (*PRICES, "block"):
            reader.fault(entry, f'"{name}" cannot be the name of a line: it is no word of its own.')
        priced = [key for key in PRICES if entry.get(key) is not None]
        if not priced:
            reader.fault(entry, "needs a price, for example {per_week: 165, payer: nhs}.")
        line = _prices(reader, entry, in_places=in_places, in_hours=in_hours)
        if line is not None:
            lines[name] = Prices(**line)
    return Cost(block=_block(reader, node.get("block")), also=lines, **ordinary)


def _prices(reader: Reader, node: Node, *, in_places: bool, in_hours: bool) -> dict[str, Any] | None:
    """Prices and payer of one line; None: nobody pays."""
    payer = node.get("payer")
    if payer is None:
        reader.fault(node, "needs a payer, for example payer: nhs.")
        return None
    per_hour = node.get("per_hour")
    if per_hour is not None and not in_hours:
        reader.fault(per_hour, "only a service counted in hours has a price per hour.")
    per_place_day = node.get("per_place_day")
    if per_place_day is not None and not in_places:
        reader.fault(per_place_day, "only a service with a number of places has a price per place and day.")
    prices = {key: _price(reader, entry) for key in PRICES if (entry := node.get(key)) is not None}
    return {"payer": _payer(reader, payer), **prices}


def _block(reader: Reader, node: Node | None) -> Block | None:
    if node is None:
        return None
    places, per_week, payer = (node.get(key) for key in ("places", "per_week", "payer"))
    if places is None or per_week is None:
        reader.fault(node, "needs places and per_week, for example {places: 40, per_week: 550}.")
        return None
    return Block(
        places=float(reader.whole(places) or 0),
        per_week=reader.pounds(per_week) or 0.0,
        payer=None if payer is None else _payer(reader, payer),
    )
