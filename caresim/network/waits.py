"""Who may wait for whose place: where a circle of full services is possible at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from caresim.network.checks import (
    after_delay,
    after_hospital,
    after_reviews,
    away_routes,
    closing_routes,
    codes_in,
    every,
)
from caresim.network.network import Network
from caresim.network.reach import Reach, Routes, State, drawn_from, leaves_for, reach


def may_deadlock(network: Network) -> tuple[tuple[str, ...], ...]:
    """Sets of services whose people may wait for one another's places for ever, by name.

    The strongly connected components of "who holds a place here may wait for a place there",
    among services with limited places that are held until the next admits. An in-place step
    holds no place, so the wait goes through it to what comes after.
    """
    return _circles(network, lambda holder: awaited(network, holder))


def circles(network: Network) -> tuple[tuple[str, ...], ...]:
    """As `may_deadlock`, of the routes that somebody can really take (`reach.py`).

    A share of 0 is none, nor is a route for people who never come to where it begins. Where something happens
    at random all routes count: it may open any of them.
    """
    possible = may_deadlock(network)
    found = reach(network) if possible else None
    if found is None:
        return possible
    return _circles(network, lambda holder: _awaited_by_those_who_come(found, holder))


def _circles(network: Network, awaited_in: Callable[[int], set[int]]) -> tuple[tuple[str, ...], ...]:
    limited = limited_places(network)
    links = np.zeros((len(network.services), len(network.services)), dtype=np.int8)
    for number in limited:
        if not network.services[number].hold_until_ready:
            links[number, sorted(awaited_in(number) & limited)] = 1
    _, labels = csgraph.connected_components(sparse.csr_matrix(links), directed=True, connection="strong")
    found = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        if len(members) > 1 or links[members[0], members[0]]:
            found.append(tuple(network.services[member].name for member in members))
    return tuple(sorted(found))


def limited_places(network: Network) -> frozenset[int]:
    """Services that give a place and ever have only so many (or so many hours)."""
    return frozenset(
        number
        for number, service in enumerate(network.services)
        if not service.in_place
        and any(capacity is not None for capacity in every(network, number, "capacity"))
    )


def awaited(network: Network, holder: int) -> set[int]:
    """Every place that somebody who holds one in `holder` may wait for."""
    ready = {target for table in every(network, holder, "next") for target in codes_in(table)}
    ready |= after_hospital(network, holder) | after_reviews(network, holder) | after_delay(network, holder)
    found = _waits(network, ready, holder)
    # Whoever bridges here waits for the service they keep their turn in; no other stand-in takes them.
    bridged = {
        number
        for number in range(len(network.services))
        for stand_ins in every(network, number, "instead")
        if any(each.to == holder and each.keeps_turn for each in stand_ins)
    }
    return found | _waits(network, bridged, None) | _waits(network, delayed_for(network, holder), holder)


def delayed_for(network: Network, holder: int) -> set[int]:
    """Places that people of the start census who hold one in `holder` wait for."""
    census = network.services[holder].census
    rows = {row.waiting_for for row in census.rows if row.state == "delayed"}
    return {there for there, count in census.delayed if count} | rows


def _waits(network: Network, targets: set[int], holder: int | None) -> set[int]:
    """The places waited for on the way to `targets`: beyond in-place steps, in stand-ins, after giving up."""
    todo, found, seen = set(targets), set(), set()
    while todo:
        target = todo.pop()
        if target >= len(network.services) or target in seen:
            continue
        seen.add(target)
        if network.services[target].in_place:
            todo |= {code for table in every(network, target, "next") for code in codes_in(table)}
            todo |= after_delay(network, target)
        else:
            found.add(target)
        for stand_ins in every(network, target, "instead") if holder is not None else []:
            todo |= {each.to for each in stand_ins if each.only_from is None or holder in each.only_from}
        for give_up in every(network, target, "give_up"):
            todo |= codes_in(give_up.to) if give_up is not None else set()
    return found


# ---------------------------------------------------------------- of those who can come


def _awaited_by_those_who_come(found: Reach, holder: int) -> set[int]:
    """As `awaited`, of routes that somebody can take."""
    routes, network = found.routes, found.routes.network
    here = [state for state in found.states if state[0] == holder]
    ready = {onward for state in here for onward in (*routes.ready(state), *_after_hospital(network, state))}
    bridged = {
        state
        for state in found.states
        for stand_ins in every(network, state[0], "instead")
        if any(each.to == holder and each.keeps_turn for each in stand_ins)
    }
    waiting = _waits_as(routes, ready, holder) | _waits_as(routes, bridged, None)
    # Of the census nobody knows what they are.
    return waiting | _waits(network, delayed_for(network, holder), holder)


def _after_hospital(network: Network, state: State) -> Iterable[State]:
    """What somebody asks for in hospital here who was in care elsewhere."""
    hospital, class_ = state
    for home in range(len(network.services)):
        for rule in every(network, home, "away"):
            if rule is not None and hospital in leaves_for(rule.to, class_):
                # The place they were to come back to may have closed meanwhile.
                tables = [*away_routes(rule), *closing_routes(network, home)]
                choices = [choice for table in tables for choice in leaves_for(table, class_)]
                yield from (
                    (to, class_) for choice in choices if choice is not None for to in drawn_from(choice)
                )


def _waits_as(routes: Routes, asked: Iterable[State], holder: int | None) -> set[int]:
    """As `_waits`, of people with attributes."""
    network, todo = routes.network, list(asked)
    found: set[int] = set()
    seen: set[State] = set()
    while todo:
        state = todo.pop()
        target, class_ = state
        if target >= len(network.services) or state in seen:
            continue
        seen.add(state)
        if network.services[target].in_place:
            todo += routes.ready(state)
        else:
            found.add(target)
        for stand_ins in every(network, target, "instead") if holder is not None else []:
            todo += [
                (each.to, class_) for each in stand_ins if each.only_from is None or holder in each.only_from
            ]
        todo += routes.given_up_for(state)
    return found
