"""Consequences of delay as they are written, into the declared `Deconditioning`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from caresim.durations import HAZARD, SHARE, parse_quantity
from caresim.errors import nearest
from caresim.scenario.deconditioning import (
    AMOUNT,
    CARE_TIME,
    MORTALITY,
    NEXT,
    SETS,
    DayEffect,
    Deconditioning,
    Shift,
)
from caresim.scenario.nodes import Node
from caresim.scenario.reader import Reader, kind_of
from caresim.scenario.services import Service, Taper
from caresim.scenario.values import Personal, leaves

HOSPITALS = ("acute", "community_hospital")
"""Kinds in which delay counts unless services are named."""
MOST_DAYS = 365
FASTEST = 0.2
"""Growth a day."""
_MAY_SHIFT = (
    "services.NAME.next.TARGET, services.NAME.sets.ATTRIBUTE.VALUE, services.NAME.amount, "
    "services.NAME.care_time, services.NAME.mortality or people.mortality"
)


def read_deconditioning(reader: Reader, node: Node, services: dict[str, Service]) -> Deconditioning:
    """The whole block; `services` are those read so far, for what delay can shift in them."""
    active, delayed_in, at_most, each_day = (
        node.get(key) for key in ("active", "delayed_in", "at_most", "each_day")
    )
    if at_most is None:
        reader.fault(node, "needs at_most: after how many days delay does no more, for example 30 days.")
    if each_day is None or not each_day.entries:
        reader.fault(
            each_day or node,
            "needs each_day: what each day of delay shifts, for example "
            "{services.ward.next.care_home: 0.5%}.",
        )
    shifts = (
        []
        if each_day is None
        else [_shift(reader, n, path, services) for path, n in each_day.entries.items()]
    )
    return Deconditioning(
        active=active is None or reader.true_or_false(active),
        delayed_in=_delayed_in(reader, node, delayed_in, services),
        at_most=0 if at_most is None else _whole_days(reader, at_most),
        shifts=tuple(sorted((shift for shift in shifts if shift is not None), key=lambda shift: shift.path)),
    )


def _whole_days(reader: Reader, node: Node) -> int:
    days = reader.duration(node, positive=True) or 0.0
    if days != int(days) or days > MOST_DAYS:
        reader.fault(node, f"needs whole days, 1 to {MOST_DAYS} days; got {node.value}.")
    return int(days)


def _delayed_in(
    reader: Reader, block: Node, node: Node | None, services: dict[str, Service]
) -> tuple[str, ...]:
    if node is None:
        found = tuple(sorted(name for name, service in services.items() if service.kind in HOSPITALS))
        if not found:
            kinds = " or ".join(HOSPITALS)
            reader.fault(block, f"needs delayed_in: no service here is of kind {kinds}.")
        return found
    names = reader.names_in(node, reader.names.services, "service")
    for name in names:
        if name in services and services[name].in_place:
            reader.fault(node, f"{name} is in_place: no place is held in it, so nobody is delayed in it.")
        elif name in services and services[name].hold_until_ready:
            reader.fault(
                node, f"{name} gives places up at ready (hold_until: ready): nobody is delayed in it."
            )
    return tuple(sorted(set(names)))


# What is shifted


def _shift(reader: Reader, node: Node, path: str, services: dict[str, Service]) -> Shift | None:
    keys = path.split(".")
    if keys == ["people", MORTALITY]:
        read_mortality_exit(reader, node)
        return Shift(path=path, service=None, what=MORTALITY, effect=_effect(reader, node, _hazard))
    if keys[0] != "services" or len(keys) < 3:
        reader.fault(node, f"is nothing that delay can shift: {_MAY_SHIFT}.")
        return None
    name = reader.known(node, keys[1], reader.names.services, "service")
    if name is None or name not in services:
        return None
    found = _READ.get((keys[2], len(keys)))
    if found is None:
        known = [NEXT, SETS, AMOUNT, CARE_TIME, MORTALITY]
        hint = "" if keys[2] in known else nearest(keys[2], known)
        reader.fault(node, f"is nothing that delay can shift: {_MAY_SHIFT}.{hint}")
        return None
    return found(reader, node, path, services[name])


def _of_next(reader: Reader, node: Node, path: str, service: Service) -> Shift | None:
    to = reader.known(node, path.split(".")[3], reader.names.targets, "service or exit")
    effect = _effect(reader, node, _share)
    if to is None:
        return None
    return Shift(path=path, service=service.name, what=NEXT, to=to, effect=effect)


def _of_sets(reader: Reader, node: Node, path: str, service: Service) -> Shift | None:
    _, _, _, attribute, value = path.split(".")
    if attribute not in service.sets:
        told = ", ".join(service.sets) or "nothing"
        reader.fault(node, f'{service.name} does not set "{attribute}": it sets {told}.')
        return None
    to = reader.known(node, value, reader.names.attributes[attribute], attribute)
    effect = _effect(reader, node, _share)
    if to is None:
        return None
    return Shift(path=path, service=service.name, what=SETS, attribute=attribute, to=to, effect=effect)


def _of_amount(reader: Reader, node: Node, path: str, service: Service) -> Shift:
    if service.amount is None:
        reader.fault(node, f"{service.name} has no amount: only a service counted in hours has one.")
    elif any(isinstance(leaf, Taper) for leaf in leaves(service.amount)):
        reader.fault(node, f"the amount of {service.name} tapers: delay can only shift one that is drawn.")
    return Shift(path=path, service=service.name, what=AMOUNT, effect=_effect(reader, node, _growth))


def _of_care_time(reader: Reader, node: Node, path: str, service: Service) -> Shift:
    return Shift(path=path, service=service.name, what=CARE_TIME, effect=_effect(reader, node, _growth))


def _of_mortality(reader: Reader, node: Node, path: str, service: Service) -> Shift:
    read_mortality_exit(reader, node)
    return Shift(path=path, service=service.name, what=MORTALITY, effect=_effect(reader, node, _hazard))


_READ: dict[tuple[str, int], Callable[[Reader, Node, str, Service], Shift | None]] = {
    (NEXT, 4): _of_next,
    (SETS, 5): _of_sets,
    (AMOUNT, 3): _of_amount,
    (CARE_TIME, 3): _of_care_time,
    (MORTALITY, 3): _of_mortality,
}
"""By the third key and how many there are."""


def read_mortality_exit(reader: Reader, node: Node) -> None:
    if "died" not in reader.names.exits:
        reader.fault(node, 'needs the exit "died" for those who die. Add it to exits: {died: {}}.')


def _effect(reader: Reader, node: Node, read: Callable[[Reader, Node], DayEffect]) -> Personal[DayEffect]:
    return reader.personal(node, lambda n: read(reader, n))


def _share(reader: Reader, node: Node) -> DayEffect:
    return DayEffect(adds=reader.share(node) or 0.0)


def _growth(reader: Reader, node: Node, example: str = '"1%"') -> DayEffect:
    value, share = node.value, -1.0
    if isinstance(value, str):
        with suppress(ValueError):
            share = parse_quantity(value, SHARE)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        share = float(value)
    if not 0 <= share <= FASTEST:
        reader.fault(
            node,
            f"needs how much more each day, 0% to {FASTEST:.0%}, for example {example}; got {kind_of(node)}.",
        )
        return DayEffect()
    return DayEffect(grows=share)


def _hazard(reader: Reader, node: Node) -> DayEffect:
    """`2%`: so much more of the hazard there is; `3% per year`: so much on top of it."""
    if isinstance(node.value, str) and " per " in node.value:
        return DayEffect(adds=reader.quantity(node, HAZARD, 0.0, 1.0) or 0.0)
    return _growth(reader, node, '"2%" of the hazard there is, or "3% per year" on top of it')
