"""What the routes of a network allow: being somewhere twice, and waiting in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from caresim.network.network import Choice, GiveUp, Network, StandIn, Table

Graph = list[set[int]]
"""For each service, services one leads to."""


def may_visit_twice(network: Network) -> frozenset[int]:
    """Services a person may ask for more than once: their draws there must be counted."""
    leads_to = [
        asked | present for asked, present in zip(_asked_after(network), _delayed(network), strict=True)
    ]
    for number, rules in _stand_ins(network):
        for rule in rules:
            leads_to[number].add(rule.to)
            if rule.keeps_turn:
                leads_to[rule.to].add(number)
    twice = {number for number, reached in enumerate(_closure(leads_to)) if number in reached}
    # Whoever stood there as a stand-in, in vain, may come back for its own sake.
    twice.update(rule.to for _, rules in _stand_ins(network) for rule in rules)
    return frozenset(twice)


def may_wait_in_a_circle(network: Network) -> tuple[int, ...]:
    """Services with limited places held while waiting, if the routes allow a circle of them; else ()."""
    waits_for = _held_while_waiting(network)
    limited = {
        number
        for number, service in enumerate(network.services)
        if service.capacity is not None and not service.in_place and not service.hold_until_ready
    }
    limited.update(
        change.service
        for change in network.changes
        if change.field == "capacity" and change.value is not None
    )
    limited = {number for number in limited if not network.services[number].in_place}
    closure = _closure(
        [targets & limited if number in limited else set() for number, targets in enumerate(waits_for)]
    )
    # Any of them may belong to the largest set of rule 12: one without places holds nobody up, and is full.
    return tuple(sorted(limited)) if any(number in closure[number] for number in limited) else ()


def _held_while_waiting(network: Network) -> Graph:
    """For each service, those somebody holding a place there may stand waiting for."""
    after, stand_ins = _asked_after(network), _stand_ins(network)
    given_up = [
        _targets(network, _field(network, number, "give_up")) for number in range(len(network.services))
    ]
    stands_for: Graph = [set() for _ in network.services]
    for number, rules in stand_ins:
        for rule in rules:
            if rule.keeps_turn:
                stands_for[rule.to].add(number)

    def awaited(first: set[int]) -> set[int]:
        found, todo = set(), list(first)
        while todo:
            number = todo.pop()
            if number not in found:
                found.add(number)
                todo += given_up[number]
                todo += [rule.to for which, rules in stand_ins if which == number for rule in rules]
                if network.services[number].in_place:
                    todo += after[number]
        return found

    present = _delayed(network)
    return [
        awaited(after[number] | stands_for[number] | present[number])
        for number in range(len(network.services))
    ]


def _delayed(network: Network) -> Graph:
    """For each service, those somebody of its start census holds a place here and waits for."""
    return [
        {there for there, count in service.census.delayed if count}
        | {row.waiting_for for row in service.census.rows if row.state == "delayed"}
        for service in network.services
    ]


def _asked_after(network: Network) -> Graph:
    """For each service, those asked for after it: next, else and giving up included."""
    return [
        set().union(*(_targets(network, _field(network, number, field)) for field in _ROUTES))
        for number in range(len(network.services))
    ]


_ROUTES = ("next", "give_up", "turned_away_to")


def _stand_ins(network: Network) -> list[tuple[int, list[StandIn]]]:
    return [
        (number, [rule for rules in _field(network, number, "instead") for rule in rules])  # type: ignore[attr-defined]
        for number in range(len(network.services))
    ]


def _field(network: Network, number: int, field: str) -> Iterator[object]:
    """All values a field of a service ever has."""
    yield getattr(network.services[number], field)
    for change in network.changes:
        if change.service == number and change.field == field:
            yield change.value


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
