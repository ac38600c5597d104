"""Prices, who pays, and what a delay counts as: nothing here changes what happens to people."""

from __future__ import annotations

from caresim.scenario.nodes import Node
from caresim.scenario.reader import Reader
from caresim.scenario.services import REASONS, Block, Cost, DelayClass
from caresim.scenario.shape import PRICES
from caresim.scenario.values import Personal, Shares

RESPONSIBLE = ("nhs", "social_care", "both")


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
    return reader.personal(node, lambda n: reader.number(n, 0.0, 1e9, "a number of pounds") or 0.0)


def _payer(reader: Reader, node: Node) -> Personal[str | Shares]:
    def one(leaf: Node) -> str | Shares:
        return leaf.value if isinstance(leaf.value, str) else reader.shares(leaf, None, "payer")

    return reader.personal(node, one)


def read_cost(reader: Reader, node: Node | None, *, in_places: bool, in_hours: bool) -> Cost | None:
    if node is None:
        return None
    payer, block = node.get("payer"), node.get("block")
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
    return Cost(payer=_payer(reader, payer), block=_block(reader, block), **prices)


def _block(reader: Reader, node: Node | None) -> Block | None:
    if node is None:
        return None
    places, per_week, payer = (node.get(key) for key in ("places", "per_week", "payer"))
    if places is None or per_week is None:
        reader.fault(node, "needs places and per_week, for example {places: 40, per_week: 550}.")
        return None
    return Block(
        places=float(reader.whole(places) or 0),
        per_week=reader.number(per_week, 0.0, 1e9, "a number of pounds") or 0.0,
        payer=None if payer is None else _payer(reader, payer),
    )
