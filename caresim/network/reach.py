"""Who may come to which service, as what: the routes that somebody can really take.

More than will ever come, never fewer: instants, amounts and queues are left aside, and what is not known of
somebody may be anything. A share of 0 leads nobody anywhere, nor does a route for those who never come to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from caresim.network.checks import after_delay, away_routes, closing_routes, every
from caresim.network.classes import Class, unset_class, with_code
from caresim.network.network import FROM, Choice, Network, Reviews, Table
from caresim.network.tables import shares_of

Leaf = TypeVar("Leaf")
State = tuple[int, Class]
"""A service and the attribute codes of somebody who asks for it or holds a place in it."""

ANY = -1
"""The code of an attribute that may be any, or that routes do not go by."""
MOST_STATES = 50_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Where people may come to."""

    routes: Routes
    states: frozenset[State]
    asked: frozenset[int]
    """Services asked for otherwise than as a stand-in."""


def reach(network: Network) -> Reach | None:
    """All that somebody can come to; None where something happens at random, which may change any share.

    Where attributes make more states than one could go through, people may be anything everywhere.
    """
    if network.chances:
        return None
    return _followed(Routes(network, _relevant(network))) or _followed(Routes(network, frozenset()))


def _followed(routes: Routes) -> Reach | None:
    """Everywhere that routes lead to; None: to more than MOST_STATES."""
    states: set[State] = set()
    asked: set[int] = set()
    todo = list(routes.first())
    while todo:
        state, asks = todo.pop()
        if asks:
            asked.add(state[0])
        if state not in states:
            states.add(state)
            asked |= routes.reviewers(state[0])
            if len(states) > MOST_STATES:
                return None
            todo += [(to, True) for to in routes.onward(state)]
            todo += [(to, False) for to in routes.stand_ins(state)]
    return Reach(routes=routes, states=frozenset(states), asked=frozenset(asked))


class Routes:
    """The routes of a network, each for those who can take it."""

    def __init__(self, network: Network, relevant: frozenset[int]) -> None:
        self.network = network
        self.n = len(network.services)
        self.relevant = relevant
        self.nobody = self._narrow(unset_class(network))

    def _narrow(self, class_: Iterable[int]) -> Class:
        return tuple(code if number in self.relevant else ANY for number, code in enumerate(class_))

    def first(self) -> Iterator[tuple[State, bool]]:
        """Those who arrive, and those who are here at the start; and whether they ask for a place."""
        for stream in self.network.streams:
            classes = {self.nobody}
            for attribute, pieces in stream.people:
                classes = self._drawn(classes, attribute, [table for _, table in pieces])
            tables = [table for _, table in stream.to]
            yield from (((to, class_), True) for class_ in classes for to in self._to(tables, class_))
        for number, service in enumerate(self.network.services):
            census = service.census
            anybody = (ANY,) * len(self.nobody)
            if census.in_care or census.waiting or census.delayed:
                classes = {self._narrow(each) for each in census.classes} or {anybody}
                places = [number, *(there for there, _ in census.delayed)]
                # In care at the start they have their place: what they ask for is what comes after.
                asks = census.waiting > 0 or bool(census.delayed)
                yield from ((state, asks) for state in itertools.product(places, classes))
            for row in census.rows:
                class_ = self._narrow(row.codes) if row.codes else anybody
                asked = (number, row.waiting_for) if row.state == "waiting" else (row.waiting_for,)
                yield from (
                    ((place, class_), place in asked) for place in (number, row.waiting_for) if place >= 0
                )

    def onward(self, state: State) -> Iterator[State]:
        """What somebody asks for who asks for this service or has been in it."""
        number, class_ = state
        yield from self.ready(state)
        yield from ((to, class_) for to in self._to(every(self.network, number, "turned_away_to"), class_))
        yield from self.given_up_for(state)
        for rule in every(self.network, number, "away"):
            if rule is not None:
                yield from ((to, class_) for to in leaves_for(rule.to, class_) if to is not None)
                yield from ((to, class_) for to in self._to(away_routes(rule), class_))
        yield from ((to, class_) for to in self._to(closing_routes(self.network, number), class_))

    def ready(self, state: State) -> Iterator[State]:
        """What somebody asks for whose care here is over."""
        number, class_ = state
        for after in self.after_sets(state):
            yield from ((to, after) for to in self._to(every(self.network, number, "next"), after))
            yield from ((to, after) for to in after_delay(self.network, number) if to < self.n)
        for rules in every(self.network, number, "reviews"):
            yield from ((to, class_) for to in self._to(_ended_by(rules), class_))

    def reviewers(self, number: int) -> set[int]:
        """Who reviews care here: people stand in their queue and go nowhere."""
        rules = every(self.network, number, "reviews")
        return {each.by for each in rules if each is not None and each.by is not None}

    def given_up_for(self, state: State) -> Iterator[State]:
        """What somebody asks for who gives up waiting."""
        number, class_ = state
        rules = [rule.to for rule in every(self.network, number, "give_up") if rule is not None]
        yield from ((to, class_) for to in self._to(rules, class_))

    def stand_ins(self, state: State) -> Iterator[State]:
        """Where somebody may be meanwhile; and this service again, with what was found out there."""
        number, class_ = state
        for rules in every(self.network, number, "instead"):
            for rule in rules:
                yield rule.to, class_
                if rule.keeps_turn:
                    yield from ((number, after) for after in self.after_sets((rule.to, class_)))

    def after_sets(self, state: State) -> set[Class]:
        """What somebody may be when ready here, delay included."""
        number, class_ = state
        shifts = self.network.services[number].shifts
        gains = {} if shifts is None else dict(shifts.sets)
        found: set[Class] = set()
        for sets in every(self.network, number, "sets"):
            classes = {class_}
            for attribute, table in sets:
                more = {code for code, _ in gains.get(attribute, ())}
                classes = self._drawn(classes, attribute, [table], more)
            found |= classes
        return found

    def _drawn(
        self, classes: set[Class], attribute: int, tables: list[Table[Choice]], more: Iterable[int] = ()
    ) -> set[Class]:
        """The classes with each code of an attribute that can be drawn."""
        if attribute not in self.relevant:
            return classes
        found: set[Class] = set()
        for class_ in classes:
            leaves = [leaf for table in tables for leaf in leaves_for(table, class_)]
            codes = {code for leaf in leaves if leaf is not None for code in drawn_from(leaf)}
            found |= {with_code(class_, attribute, code) for code in codes | set(more)}
            if None in leaves:
                found.add(class_)
        return found

    def _to(self, tables: Iterable[Table[Choice] | None], class_: Class) -> set[int]:
        """Services that tables lead somebody to."""
        leaves = (leaf for table in tables if table is not None for leaf in leaves_for(table, class_))
        return {to for leaf in leaves if leaf is not None for to in drawn_from(leaf) if to < self.n}


def leaves_for(table: Table[Leaf], class_: Class) -> Iterator[Leaf | None]:
    """What may hold for somebody, wherever they come from."""
    choices: list[Iterable[int]] = [
        range(length) if axis == FROM or class_[axis] == ANY else (class_[axis],)
        for axis, length in zip(table.axes, table.shape, strict=True)
    ]
    for codes in itertools.product(*choices):
        place = 0
        for code, length in zip(codes, table.shape, strict=True):
            place = place * length + code
        yield table.leaves[place]


def drawn_from(choice: Choice) -> set[int]:
    """Codes that can be drawn at all."""
    return {code for code, share in shares_of(choice) if share > 0}


def _ended_by(rules: Reviews | None) -> list[Table[Choice]]:
    return [] if rules is None else [effect.next for effect in rules.effects if effect.next is not None]


def _relevant(network: Network) -> frozenset[int]:
    """Attributes that decide where people go, and those that decide what these are."""
    tables: list[Table[Any]] = [table for stream in network.streams for _, table in stream.to]
    drawn = [
        (attribute, table)
        for stream in network.streams
        for attribute, pieces in stream.people
        for _, table in pieces
    ]
    for number in range(len(network.services)):
        for field in ("next", "turned_away_to"):
            tables += [table for table in every(network, number, field) if table is not None]
        tables += [rule.to for rule in every(network, number, "give_up") if rule is not None]
        for rule in every(network, number, "away"):
            tables += [] if rule is None else [rule.to, *away_routes(rule)]
        tables += closing_routes(network, number)
        for rules in every(network, number, "reviews"):
            tables += _ended_by(rules)
        drawn += [pair for sets in every(network, number, "sets") for pair in sets]
    found = {axis for table in tables for axis in table.axes} - {FROM}
    while more := {axis for attribute, table in drawn if attribute in found for axis in table.axes} - {
        *found,
        FROM,
    }:
        found |= more
    return frozenset(found)
