"""When people are admitted, as it is written: opening hours, and how many may start on a day."""

from __future__ import annotations

from caresim.scenario.nodes import Node
from caresim.scenario.reader import Reader, kind_of
from caresim.scenario.services import WEEKDAYS, Intake, Opening


def read_opens(reader: Reader, node: Node | None) -> Opening | None:
    if node is None:
        return None
    days, hours, holidays = (node.get(key) for key in ("days", "hours", "bank_holidays"))
    named: list[str] = list(WEEKDAYS)
    if days is not None:
        items = days.items if isinstance(days.value, list) else [days]
        named = [day for item in items for day in reader.weekdays(item, str(item.value))]
        if not items:
            reader.fault(days, "needs a day on which it is open.")
    return Opening(
        days=frozenset(named),
        hours=(0.0, 1.0) if hours is None else reader.clock(hours),
        bank_holidays=holidays is None or reader.one_of(holidays, ("open", "closed")) == "open",
    )


def read_intake(reader: Reader, node: Node | None) -> Intake | None:
    if node is None:
        return None
    if not isinstance(node.value, dict):
        return Intake(days=dict.fromkeys(WEEKDAYS, _starts(reader, node)))
    found = reader.by_weekday(node, lambda n: _starts(reader, n), also=("bank_holiday",))
    return Intake(
        days={day: found.get(day) for day in WEEKDAYS},
        bank_holiday=found.get("bank_holiday"),
        has_bank_holiday="bank_holiday" in found,
    )


def _starts(reader: Reader, node: Node) -> int | None:
    """How many may start on such a day; None: no limit."""
    text = str(node.value)
    if text == "unlimited":
        return None
    number, _, unit = text.partition(" ")
    if unit.split() == ["per", "day"] and number.isdecimal() and len(number) < 12:
        return reader.whole(Node(int(number), node.file, node.line, node.column, node.path))
    example = 'for example "3 per day", or unlimited'
    reader.fault(node, f"needs whole people a day, {example}; got {kind_of(node)}.")
    return None
