"""What the routes of a network allow: being somewhere twice, and waiting in a circle."""

from __future__ import annotations

from collections.abc import Iterable

from caresim.network.checks import (
    after_closing,
    after_delay,
    after_hospital,
    after_reviews,
    every,
    hospitals,
)
from caresim.network.network import Choice, GiveUp, Network, StandIn, Table
from caresim.network.waits import delayed_for, limited_places, may_deadlock

Graph = list[set[int]]
"""For each service, services one leads to."""


def may_visit_twice(network: Network) -> frozenset[int]:
    """Services a person may ask for more than once: their draws there must be counted."""
    leads_to = [asked | delayed_for(network, number) for number, asked in enumerate(_asked_after(network))]
    for number, rules in _stand_ins(network):
        for rule in rules:
            leads_to[number].add(rule.to)
            if rule.keeps_turn:
                leads_to[rule.to].add(number)
    twice = {number for number, reached in enumerate(_closure(leads_to)) if number in reached}
    # Whoever stood there as a stand-in, in vain, may come back for its own sake.
    twice.update(rule.to for _, rules in _stand_ins(network) for rule in rules)
    return frozenset(twice)


def may_be_deadlocked(network: Network) -> tuple[int, ...]:
    """Services that can belong to the set of rule 12, if the routes allow a circle at all; else ().

    Any with limited places may: one without places holds nobody up, and is full.
    """
    return tuple(sorted(limited_places(network))) if may_deadlock(network) else ()


def _asked_after(network: Network) -> Graph:
    """For each service, those asked for after it: by all that leads on, hospital, reviews and delay too."""
    found = []
    for number in range(len(network.services)):
        asked = set().union(*(_targets(network, every(network, number, field)) for field in _ROUTES))
        for rule in every(network, number, "away"):
            asked |= set() if rule is None else hospitals(rule)
        led = after_hospital(network, number) | after_reviews(network, number) | after_delay(network, number)
        led |= after_closing(network, number)
        asked |= {target for target in led if target < len(network.services)}
        found.append(asked)
    return found


_ROUTES = ("next", "give_up", "turned_away_to")


def _stand_ins(network: Network) -> list[tuple[int, list[StandIn]]]:
    return [
        (number, [rule for rules in every(network, number, "instead") for rule in rules])
        for number in range(len(network.services))
    ]


def _targets(network: Network, tables: Iterable[object]) -> set[int]:
    """Services some leaf of the tables leads to."""
    found: set[int] = set()
    for table in tables:
        if isinstance(table, GiveUp):
            table = table.to
        if isinstance(table, Table):
            for leaf in table.leaves:
                if isinstance(leaf, Choice):
                    found.update(code for code in leaf.codes if code < len(network.services))
    return found


def _closure(graph: Graph) -> Graph:
    """For each service, all that can be reached in one step or more."""
    result = []
    for targets in graph:
        reached: set[int] = set()
        todo = list(targets)
        while todo:
            number = todo.pop()
            if number not in reached:
                reached.add(number)
                todo += graph[number]
        result.append(reached)
    return result
