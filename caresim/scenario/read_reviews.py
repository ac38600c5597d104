"""Reviews as they are written, into the declared `Reviews`."""

from __future__ import annotations

from caresim.distributions import Distribution
from caresim.durations import AMOUNT, DURATION, Dimension, parse_quantity
from caresim.scenario.changes import operation_of
from caresim.scenario.nodes import Node
from caresim.scenario.read_distributions import LONGEST, NOTHING, read_distribution
from caresim.scenario.reader import Reader, kind_of
from caresim.scenario.reviews import ENDS, SAME, AmountChange, Effect, Reviews
from caresim.scenario.values import By, Personal, Shares

MOST_TIMES = 100.0
SHORTEST = 1.0
"""Days between reviews, on average: a shorter time would be no review."""


def read_reviews(
    reader: Reader, node: Node | None, *, in_place: bool, in_hours: bool, tapers: bool
) -> Reviews | None:
    """`reviews` of a service; `tapers`: some amount there changes by itself."""
    if node is None:
        return None
    if in_place:
        reader.fault(node, "says nothing for a service that is in_place: there is no care under way in it.")
    first, every, outcomes = (node.get(key) for key in ("first", "every", "outcomes"))
    if first is None and every is None:
        reader.fault(node, "needs first, every or both, for example {first: 6 weeks, every: 365 days}.")
    if outcomes is None:
        reader.fault(node, "needs outcomes, for example {same: 0.7, ends: 0.3}.")
    effects = _effects(reader, node.get("effects"), in_hours, tapers)
    found = {} if outcomes is None else reader.personal(outcomes, lambda n: _outcomes(reader, n, effects))
    _check_effects_used(reader, node.get("effects"), found)
    again = None if every is None else reader.personal(every, lambda n: _interval(reader, n))
    by, care_time, amount = _team(reader, node)
    least = node.get("at_least")
    if least is not None and not in_hours:
        reader.fault(least, "only of a service counted in hours do people take more or less.")
    return Reviews(
        first=_times(reader, first, DURATION) if first is not None else again or NOTHING,
        every=again,
        by=by,
        care_time=care_time,
        amount=amount,
        at_least=0.0 if least is None else reader.quantity(least, AMOUNT, 0.0, LONGEST[AMOUNT.name]) or 0.0,
        outcomes=found,
        effects=effects,
    )


def _interval(reader: Reader, node: Node) -> Distribution:
    before = len(reader.faults)
    found = read_distribution(reader, node, DURATION)
    if len(reader.faults) == before and found.mean() < SHORTEST:
        reader.fault(node, "needs a day or more on average: it is the time from one review to the next.")
    return found


# By whom


def _team(
    reader: Reader, node: Node
) -> tuple[str | None, Personal[Distribution] | None, Personal[Distribution] | None]:
    by, care_time, amount = (node.get(key) for key in ("by", "care_time", "amount"))
    if by is None:
        for key, own in (("care_time", care_time), ("amount", amount)):
            if own is not None:
                reader.fault(own, f"needs by: without a team that does them, reviews have no {key}.")
        return None, None, None
    team = reader.known(by, by.value, reader.names.services, "service")
    if team is not None and team not in reader.names.in_place:
        reader.fault(
            by,
            f"{team} gives places, and who is reviewed keeps the place they hold. "
            "Name a service that is staff time: in_place: true.",
        )
    return (
        team,
        None if care_time is None else _times(reader, care_time, DURATION),
        None if amount is None else _times(reader, amount, AMOUNT),
    )


def _times(reader: Reader, node: Node, dimension: Dimension) -> Personal[Distribution]:
    return reader.personal(node, lambda n: read_distribution(reader, n, dimension))


# What comes of it


def _outcomes(reader: Reader, node: Node, effects: dict[str, Effect]) -> Shares:
    shares = reader.shares(node, None, "outcome")
    for name in shares:
        if name != SAME and name not in effects:
            entry = node.entries.get(name, node)
            known = ", ".join([SAME, *effects])
            reader.fault(
                entry,
                f'"{name}" says nothing of what it does. Known: {known}. Say it in effects, for example '
                f"effects: {{{name}: {{amount: times 0.8}}}}.",
            )
    return shares


def _check_effects_used(reader: Reader, node: Node | None, outcomes: Personal[Shares]) -> None:
    if node is None or reader.in_event or not outcomes:
        return
    named = _named(outcomes)
    for name, entry in node.entries.items():
        if name not in (*named, SAME):
            reader.fault(entry, f"outcomes has no share for {name}. Give it one, or leave it out.")


def _named(outcomes: Personal[Shares]) -> set[str]:
    if not isinstance(outcomes, By):
        return set(outcomes)
    below = [*outcomes.table.values(), *([] if outcomes.otherwise is None else [outcomes.otherwise])]
    return set().union(*map(_named, below))


def _effects(reader: Reader, node: Node | None, in_hours: bool, tapers: bool) -> dict[str, Effect]:
    found = {ENDS: Effect()}
    for name, entry in ({} if node is None else node.entries).items():
        if name == SAME:
            reader.fault(entry, f"{SAME} changes nothing: give what changes something another name.")
            continue
        found[name] = _effect(reader, name, entry, in_hours, tapers)
    return dict(sorted(found.items()))


def _effect(reader: Reader, name: str, node: Node, in_hours: bool, tapers: bool) -> Effect:
    amount, after = node.get("amount"), node.get("next")
    if amount is None and after is None and name != ENDS:
        reader.fault(
            node, "needs amount, for example {amount: times 0.8}, or next: where people go as the care ends."
        )
    elif amount is not None and (after is not None or name == ENDS):
        reader.fault(amount, "says nothing of care that ends.")
    elif amount is not None and not in_hours:
        reader.fault(amount, "only a service counted in hours has an amount.")
    elif amount is not None and tapers:
        reader.fault(amount, "the amount here tapers by itself, so a review cannot change it.")
    return Effect(
        amount=None if amount is None else reader.personal(amount, lambda n: _amount_change(reader, n)),
        next=None if after is None else reader.personal(after, reader.route),
    )


def _amount_change(reader: Reader, node: Node) -> AmountChange:
    """`times 0.8`, `plus` or `minus 3 hours per week`, or the amount itself."""
    operation = operation_of(node)
    if operation is None:
        most = LONGEST[AMOUNT.name]
        if not isinstance(node.value, str):
            reader.fault(
                node,
                'needs a change, for example "times 0.8" or "minus 3 hours per week", or an amount; '
                f"got {kind_of(node)}.",
            )
            return AmountChange(factor=1.0, plus=0.0)
        return AmountChange(factor=0.0, plus=reader.quantity(node, AMOUNT, 0.0, most) or 0.0)
    word, text = operation
    try:
        if word == "times":
            return AmountChange(factor=_times_number(text), plus=0.0)
        by = parse_quantity(text, AMOUNT)
    except ValueError as error:
        reader.fault(node, str(error))
        return AmountChange(factor=1.0, plus=0.0)
    if not 0.0 <= by <= LONGEST[AMOUNT.name]:
        reader.fault(node, f"needs 0 to {LONGEST[AMOUNT.name]:g} hours per week; got {node.value}.")
    return AmountChange(factor=1.0, plus=by if word == "plus" else -by)


def _times_number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= MOST_TIMES:
        message = f'times takes a number, 0 to {MOST_TIMES:g}, as in "times 0.8"; got "times {text}".'
        raise ValueError(message)
    return number
