"""Who the people are, as shares of classes: on arrival, and in a census at the start."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from caresim.distributions import Distribution
from caresim.grid import on_grid
from caresim.network.network import FROM, Census, CensusPerson, Choice, Network, Stream, Table, Taper
from caresim.network.tables import (
    MOST_LEAVES,
    Codes,
    attributes_in,
    leaf_at,
    make_shares,
    make_table,
    shares_of,
)
from caresim.scenario.services import CensusRow, Service, StartWith

Class: TypeAlias = tuple[int, ...]
"""An attribute code for each attribute; one past the last value: not set yet."""


class Arrivals:
    """The classes of those who arrive, weighted by how many each stream brings in the window."""

    def __init__(self, codes: Codes, streams: Sequence[Stream], weights: Sequence[float]) -> None:
        self.codes = codes
        self.streams = streams
        # Streams that bring nobody in the window still say who people are.
        self.weights = list(weights) if sum(weights) > 0 else [1.0] * len(streams)
        self.unset: Class = tuple(len(values) for values in codes.values)
        self.on_arrival = {attribute for stream in streams for attribute, _ in stream.people}

    def shares(self, attributes: Iterable[int]) -> dict[Class, float]:
        """Share of each combination of some attributes; the others are left "not set yet"."""
        wanted = set(attributes)
        total: dict[Class, float] = {}
        for stream, weight in zip(self.streams, self.weights, strict=True):
            try:
                own = class_shares(self.unset, stream, 0.0, wanted)
            except TooManyClassesError as error:
                raise self.codes.fault("people", str(error)) from None
            for class_, share in own.items():
                if share * weight > 0:
                    total[class_] = total.get(class_, 0.0) + share * weight
        if not total:
            return {self.unset: 1.0}
        everybody = sum(total.values())
        return {class_: total[class_] / everybody for class_ in sorted(total)}


class TooManyClassesError(ValueError):
    """Attributes combine to more classes of people than anyone could look through."""


def unset_class(network: Network) -> Class:
    """The class of somebody of whom nothing is known yet."""
    return tuple(len(attribute.values) for attribute in network.attributes)


def class_shares(unset: Class, stream: Stream, instant: float, wanted: set[int]) -> dict[Class, float]:
    """Share of each combination of the wanted attributes among a stream's people at an instant.

    Raises:
        TooManyClassesError: more than MOST_LEAVES combinations.
    """
    needed = set(wanted)
    for attribute, pieces in reversed(stream.people):
        if attribute in needed:
            needed.update(piece_at(pieces, instant).axes)
    shares: dict[Class, float] = {unset: 1.0}
    for attribute, pieces in stream.people:
        if attribute not in needed:
            continue
        table = piece_at(pieces, instant)
        grown: dict[Class, float] = {}
        for class_, share in shares.items():
            choice = leaf_at(table, class_)
            if choice is None:
                continue
            for code, part in shares_of(choice):
                grown[with_code(class_, attribute, code)] = share * part
            if len(grown) > MOST_LEAVES:
                raise TooManyClassesError(
                    f"attributes make more than {MOST_LEAVES} different classes of people."
                )
        shares = grown
    kept: dict[Class, float] = {}
    for class_, share in shares.items():
        narrow = tuple(code if number in wanted else unset[number] for number, code in enumerate(class_))
        kept[narrow] = kept.get(narrow, 0.0) + share
    return kept


def piece_at(pieces: Sequence[tuple[float, Table[Choice]]], instant: float) -> Table[Choice]:
    """What holds at an instant; the first piece also holds before it."""
    held = pieces[0][1]
    for since, table in pieces:
        if since <= instant:
            held = table
    return held


def with_code(class_: Class, attribute: int, code: int) -> Class:
    return (*class_[:attribute], code, *class_[attribute + 1 :])


def mean_amount(amount: Table[Distribution | Taper] | None, arrivals: Arrivals) -> float:
    """What one person takes on average [minutes per week], by the classes of those who arrive.

    A rough figure, to say when a service is full: those who come here may differ from those
    who arrive, a taper counts half of its first and last, and an attribute drawn later (`sets`)
    counts each of its values alike.
    """
    if amount is None:
        return 1.0
    total = weight = 0.0
    on_arrival = arrivals.shares(axis for axis in amount.axes if axis in arrivals.on_arrival)
    later = [axis for axis in amount.axes if axis != FROM and axis not in arrivals.on_arrival]
    for class_, share in on_arrival.items():
        for values in itertools.product(*(range(len(arrivals.codes.values[axis])) for axis in later)):
            whole = class_
            for axis, code in zip(later, values, strict=True):
                whole = with_code(whole, axis, code)
            leaf = leaf_at(amount, whole)
            if leaf is not None:
                total += share * minutes(leaf)
                weight += share
    return total / weight if weight > 0 else 1.0


def minutes(amount: Distribution | Taper) -> float:
    """The mean of an amount [minutes per week]."""
    return (amount.first + amount.last) / 2 if isinstance(amount, Taper) else 60.0 * amount.mean()


def make_census(
    codes: Codes, service: Service, care_time: Table[Distribution], arrivals: Arrivals, path: str
) -> Census:
    """Who is in or waiting for a service at the start of the run."""
    declared = service.start_with
    count = declared.in_care + declared.waiting + sum(declared.delayed.values()) + len(declared.file)
    if not count:
        return Census()
    for name in declared.delayed:
        if name not in codes.services:
            raise codes.fault(f"{path}.delayed.{name}", f'there is no service "{name}".')
    shares = _census_shares(codes, declared, care_time, arrivals, path)
    choice = sorted((class_, share) for class_, share in shares.items() if share > 0)
    total = sum(share for _, share in choice)
    sums = list(itertools.accumulate(share / total for _, share in choice))
    waited = (
        None if declared.waited is None else make_table(codes, declared.waited, lambda d: d, f"{path}.waited")
    )
    return Census(
        in_care=declared.in_care,
        delayed=tuple(sorted((codes.services[name], people) for name, people in declared.delayed.items())),
        waiting=declared.waiting,
        elapsed=_elapsed(declared.elapsed),
        waited=waited,
        classes=tuple(class_ for class_, _ in choice),
        cumulative=(*sums[:-1], 1.0),
        rows=tuple(_census_person(codes, row, path) for row in declared.file),
    )


def _elapsed(elapsed: str | Distribution) -> Distribution | None:
    if isinstance(elapsed, Distribution):
        return elapsed
    return Distribution(family="fixed", parameters=(0.0,)) if elapsed == "fresh" else None


def _census_person(codes: Codes, row: CensusRow, path: str) -> CensusPerson:
    known = {
        codes.attributes[name]: codes.values[codes.attributes[name]][text]
        for name, text in row.attributes.items()
    }
    if row.waiting_for is not None and row.waiting_for not in codes.services:
        raise codes.fault(path, f'there is no service "{row.waiting_for}" to wait for.')
    return CensusPerson(
        state=row.state,
        waiting_for=-1 if row.waiting_for is None else codes.services[row.waiting_for],
        elapsed=on_grid(row.elapsed),
        waited=on_grid(row.waited),
        codes=tuple(known.get(number, -1) for number in range(len(codes.values))),
    )


def _census_shares(
    codes: Codes, declared: StartWith, care_time: Table[Distribution], arrivals: Arrivals, path: str
) -> dict[Class, float]:
    """Arrival shares weighted by mean care time here; `who` fixes the shares of what it names.

    The rest keeps its default shares given what `who` names. Where nobody who arrives has
    that combination, the rest keeps its default shares altogether.
    """
    base = arrivals.shares(arrivals.on_arrival)
    means = {id(leaf): leaf.mean() for leaf in care_time.leaves if leaf is not None}

    def weight(class_: Class) -> float | None:
        leaf = leaf_at(care_time, class_)
        return None if leaf is None else means[id(leaf)]

    if not declared.who:
        return _weighted(codes, base, weight, path)
    named = {codes.attributes[name] for name in declared.who}
    groups: dict[Class, dict[Class, float]] = {}
    for class_, share in base.items():
        groups.setdefault(_narrowed(class_, named, arrivals.unset), {})[class_] = share
    shares: dict[Class, float] = {}
    for given, part in _who_shares(codes, declared, arrivals.unset, path).items():
        key = _narrowed(given, named & arrivals.on_arrival, arrivals.unset)
        rest = groups.get(key, base)
        group: dict[Class, float] = {}
        for class_, share in rest.items():
            whole = class_
            for attribute in named:
                whole = with_code(whole, attribute, given[attribute])
            group[whole] = group.get(whole, 0.0) + share
        for class_, share in _weighted(codes, group, weight, path).items():
            shares[class_] = shares.get(class_, 0.0) + part * share
    return shares


def _narrowed(class_: Class, kept: set[int], unset: Class) -> Class:
    return tuple(code if number in kept else unset[number] for number, code in enumerate(class_))


def _weighted(codes: Codes, shares: dict[Class, float], weight, path: str) -> dict[Class, float]:  # type: ignore[no-untyped-def]
    """Shares times mean care times, adding up to 1; as they are where all care times are 0."""
    weighted = {}
    for class_, share in shares.items():
        mean = weight(class_)
        if mean is None:
            raise codes.fault(
                f"{path}.who",
                "the care time here goes by an attribute that people do not have on arrival. "
                "Say what shares of the people present have which value, in `who`.",
            )
        weighted[class_] = share * mean
    total = sum(weighted.values())
    if not total > 0:
        return shares
    return {class_: value / total for class_, value in weighted.items()}


def _who_shares(codes: Codes, declared: StartWith, unset: Class, path: str) -> dict[Class, float]:
    """Shares of each combination of what `who` names."""
    who = declared.who or {}
    shares: dict[Class, float] = {unset: 1.0}
    for name in dependency_order(
        codes, {name: attributes_in(value) for name, value in who.items()}, f"{path}.who"
    ):
        number = codes.attributes[name]
        at = f"{path}.who.{name}"
        if not attributes_in(who[name]) <= set(who):
            raise codes.fault(at, "may only go `by:` attributes that `who` names too.")
        table = make_shares(codes, number, who[name], at)
        grown: dict[Class, float] = {}
        for class_, share in shares.items():
            choice = leaf_at(table, class_)
            if choice is None:
                raise codes.fault(at, "says nothing for some of the people present, and has no `else`.")
            for code, part in shares_of(choice):
                grown[with_code(class_, number, code)] = share * part
        shares = grown
    return shares


def dependency_order(codes: Codes, needs: dict[str, set[str]], path: str) -> list[str]:
    """Names, each after those it needs; otherwise in order of names.

    Names outside `needs` count as known already.
    """
    order: list[str] = []
    left = sorted(needs)
    while left:
        ready = [name for name in left if not (needs[name] & set(needs)) - set(order)]
        if not ready:
            raise codes.fault(
                path, f"{' and '.join(left)} each go by another of them; one has to come first."
            )
        order.append(ready[0])
        left.remove(ready[0])
    return order
