"""What only shows in the whole: who can have which attribute where, and what can never fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from caresim.distributions import Distribution
from caresim.errors import ScenarioError
from caresim.network.network import FROM, OPEN, Away, Choice, Network, Reviews, Service, Table, Taper
from caresim.network.staff import most_capacity
from caresim.scenario import where
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import Cost
from caresim.scenario.shape import PRICES
from caresim.scenario.values import By

NOTHING_LEFT = 1.0 - 1e-12
Found = tuple[str, str]
"""(path, message)."""


def check_network(scenario: Scenario, network: Network) -> None:
    """Refuse a network that cannot run as it is written.

    Raises:
        ScenarioError: every such fault, in order of lines and paths.
    """
    found = [
        *_not_set(network),
        *_empty_conditions(network),
        *_never_fits(network),
        *_bridging_to_a_step(network),
        *_prices_of_nobody(scenario),
    ]
    if found:
        # One fault may show in the service and in each of its changes.
        raise ScenarioError(sorted(where.fault_at(scenario, path, message) for path, message in set(found)))


# ---------------------------------------------------------------- attributes nobody has yet


def _not_set(network: Network) -> Iterator[Found]:
    """Tables without an `else` that go by what nobody can have at that moment."""
    for stream in network.streams:
        known: set[int] = set()
        for attribute, pieces in stream.people:
            path = f"arrivals.{stream.name}.people.{network.attributes[attribute].name}"
            yield from _missing(network, [(path, table) for _, table in pieces], known, _of_stream)
            known.add(attribute)
        yield from _missing(
            network, [(f"arrivals.{stream.name}.to", t) for _, t in stream.to], known, _of_stream
        )
    known_in = attributes_known(network)
    for number, service in enumerate(network.services):
        if number not in known_in:
            continue  # nobody ever comes
        known = set(known_in[number])
        path = f"services.{service.name}"
        yield from _missing(network, _tables(network, number, path), known, _of_service)
        for sets in every(network, number, "sets"):
            before = set(known)
            for attribute, table in sets:
                at = f"{path}.sets.{network.attributes[attribute].name}"
                yield from _missing(network, [(at, table)], before, _of_service)
                before.add(attribute)
        known |= {attribute for sets in every(network, number, "sets") for attribute, _ in sets}
        nexts = [(f"{path}.next", table) for table in every(network, number, "next")]
        yield from _missing(network, nexts, known, _of_service)


def _tables(network: Network, number: int, path: str) -> list[tuple[str, Table[Any]]]:
    """What is asked of somebody who requests or holds a place, before the end of care."""
    service = network.services[number]
    tables: list[tuple[str, Table[Any]]] = [(f"{path}.queue.priority", service.priority)]
    for field in ("amount", "care_time", "turned_away_to"):
        name = "queue.else" if field == "turned_away_to" else field
        tables += [(f"{path}.{name}", table) for table in every(network, number, field) if table is not None]
    for stand_ins in every(network, number, "instead"):
        tables += [(f"{path}.instead.{k}.after", each.after) for k, each in enumerate(stand_ins)]
    for give_up in every(network, number, "give_up"):
        if give_up is not None:
            tables += [(f"{path}.give_up.after", give_up.after), (f"{path}.give_up.to", give_up.to)]
    for away in every(network, number, "away"):
        if away is not None:
            tables += [(f"{path}.away.{field}", getattr(away, field)) for field in ("rate", "to", "next")]
            if away.find_again is not None:
                tables.append((f"{path}.away.find_again", away.find_again))
    for routes in every(network, number, "put_out_to"):
        for provider, table in zip(service.providers, routes, strict=True):
            if table is not None:
                whose = path if provider.is_service else f"{path}.providers.{provider.name}"
                tables.append((f"{whose}.closed.else", table))
    for reviews in every(network, number, "reviews"):
        if reviews is not None:
            tables += _tables_of_reviews(network, reviews, f"{path}.reviews")
    return tables


def _tables_of_reviews(network: Network, reviews: Reviews, path: str) -> Iterator[tuple[str, Table[Any]]]:
    """What is asked of somebody who is reviewed, their turn in the team's queue included."""
    for field in ("first", "every", "care_time", "amount", "outcomes"):
        if getattr(reviews, field) is not None:
            yield f"{path}.{field}", getattr(reviews, field)
    for effect in reviews.effects:
        for field in ("amount", "next"):
            if getattr(effect, field) is not None:
                yield f"{path}.effects.{effect.name}.{field}", getattr(effect, field)
    if reviews.by is not None:
        team = network.services[reviews.by]
        yield f"services.{team.name}.queue.priority", team.priority


def _of_stream(name: str) -> str:
    return f'goes by "{name}", which people of this stream do not have then.'


def _of_service(name: str) -> str:
    return (
        f'goes by "{name}", which nobody has yet here. '
        "Draw it earlier (in `people`, or in `sets` of a service before this), or add an `else`."
    )


def _missing(
    network: Network, tables: Iterable[tuple[str, Table[Any]]], known: set[int], words: Any
) -> Iterator[Found]:
    for path, table in tables:
        grid = np.array([leaf is None for leaf in table.leaves]).reshape(table.shape)
        for place, axis in enumerate(table.axes):
            if axis != FROM and axis not in known and grid.take(-1, axis=place).all():
                yield path, words(network.attributes[axis].name)


def every(network: Network, number: int, field: str) -> list[Any]:
    """A field of a service at the start, and as each change leaves it."""
    later = [change.value for change in network.changes if change.service == number and change.field == field]
    return [getattr(network.services[number], field), *later]


def always_closed(network: Network, number: int) -> frozenset[int]:
    """Providers of a service that are closed from the first to the last day of the run: they never admit."""
    states = every(network, number, "closures")
    return frozenset(
        k for k in range(len(network.services[number].providers)) if all(each[k] != OPEN for each in states)
    )


def most_of_each(network: Network, number: int) -> list[int]:
    """What each provider of a service (without any: the service itself) never exceeds; not if unlimited."""
    service = network.services[number]
    if service.providers:
        most = [max(has) for has in zip(*every(network, number, "capacities"), strict=True)]
    else:
        most = [max(every(network, number, "capacity"))]
    for k, staffed in service.works:
        most[k] = most_capacity(network.staff, staffed, service.in_hours)
    return most


def attributes_known(network: Network) -> dict[int, set[int]]:
    """For each service that somebody can come to, the attributes they may have by then."""
    known: dict[int, set[int]] = {}
    todo: list[tuple[int, set[int]]] = []
    for stream in network.streams:
        drawn = {attribute for attribute, _ in stream.people}
        todo += [(target, drawn) for _, table in stream.to for target in codes_in(table)]
    for number, service in enumerate(network.services):
        unset = [len(attribute.values) for attribute in network.attributes]
        census = service.census
        if census.classes:
            given = {k for class_ in census.classes for k, code in enumerate(class_) if code != unset[k]}
            given |= {k for row in census.rows for k, code in enumerate(row.codes) if code >= 0}
            todo += [(number, given), *((there, given) for there, _ in census.delayed)]
            todo += [(row.waiting_for, given) for row in census.rows if row.waiting_for >= 0]
    while todo:
        number, have = todo.pop()
        if number >= len(network.services) or (number in known and have <= known[number]):
            continue
        known[number] = known.get(number, set()) | have
        todo += _onward(network, number, known[number])
    return known


def _onward(network: Network, number: int, have: set[int]) -> Iterator[tuple[int, set[int]]]:
    """Where somebody who comes here may go, and what they may have then."""
    later = have | {attribute for sets in every(network, number, "sets") for attribute, _ in sets}
    for table in every(network, number, "next"):
        yield from ((target, later) for target in codes_in(table))
    for table in every(network, number, "turned_away_to"):
        if table is not None:
            yield from ((target, have) for target in codes_in(table))
    for give_up in every(network, number, "give_up"):
        if give_up is not None:
            yield from ((target, have) for target in codes_in(give_up.to))
    for stand_ins in every(network, number, "instead"):
        for stand_in in stand_ins:
            yield stand_in.to, have
            # Whoever keeps their turn comes back with what the stand-in set.
            drawn = {k for sets in every(network, stand_in.to, "sets") for k, _ in sets}
            yield number, have | drawn
    for away in every(network, number, "away"):
        if away is not None:
            # In hospital nothing is set; whoever comes back is here already.
            yield from ((target, have) for target in hospitals(away) | after_away(away))
    yield from ((target, have) for target in after_closing(network, number))
    yield from ((target, have) for target in after_reviews(network, number))
    yield from ((target, later) for target in after_delay(network, number))


def after_hospital(network: Network, number: int) -> set[int]:
    """Where people go who were admitted to a service from care elsewhere (`away`): back there, too."""
    found: set[int] = set()
    for home in range(len(network.services)):
        for rule in every(network, home, "away"):
            if rule is not None and number in hospitals(rule):
                # The place they were to come back to may have closed meanwhile.
                found |= after_away(rule) | after_closing(network, home)
    return found


def after_away(rule: Away) -> set[int]:
    """Where those go who are ready in hospital, away by a rule."""
    return {code for table in away_routes(rule) for code in codes_in(table)}


def away_routes(rule: Away) -> list[Table[Choice]]:
    """The tables by which those go who are ready in hospital, away by a rule."""
    return [rule.next] if rule.find_again is None else [rule.next, rule.find_again]


def after_closing(network: Network, number: int) -> set[int]:
    """Where those go who are put out of a service, if that is said."""
    return {code for table in closing_routes(network, number) for code in codes_in(table)}


def closing_routes(network: Network, number: int) -> list[Table[Choice]]:
    """The tables by which those go who are put out of a service, if that is said."""
    found = (table for routes in every(network, number, "put_out_to") for table in routes)
    return [table for table in found if table is not None]


def hospitals(rule: Away) -> set[int]:
    """The services that people may be admitted to by a rule."""
    return {number for number in rule.to.leaves if number is not None}


def after_reviews(network: Network, number: int) -> set[int]:
    """Where reviews of care in a service lead that say so themselves."""
    return {
        code
        for rule in every(network, number, "reviews")
        if rule is not None
        for effect in rule.effects
        if effect.next is not None
        for code in codes_in(effect.next)
    }


def after_delay(network: Network, number: int) -> set[int]:
    """Where delay may lead those who are ready in a service, beside its `next`."""
    shifts = network.services[number].shifts
    return set() if shifts is None else {target for target, _ in shifts.next}


def codes_in(table: Table[Any]) -> set[int]:
    return {code for choice in table.leaves if choice is not None for code in choice.codes}


# ---------------------------------------------------------------- conditions and amounts


def _empty_conditions(network: Network) -> Iterator[Found]:
    for number, service in enumerate(network.services):
        for path, table in _tables(network, number, f"services.{service.name}"):
            for leaf in table.leaves:
                if isinstance(leaf, Distribution) and _is_empty(leaf):
                    yield path, "`min` and `max` leave no value of the distribution that could occur."


def _is_empty(distribution: Distribution) -> bool:
    return distribution.share_changed().removed >= NOTHING_LEFT or any(map(_is_empty, distribution.parts))


def _never_fits(network: Network) -> Iterator[Found]:
    """Amounts whose smallest value is more than the service ever has."""
    for number, service in enumerate(network.services):
        capacities = every(network, number, "capacity")
        if not service.in_hours or any(capacity is None for capacity in capacities):
            continue
        most = max(most_of_each(network, number))
        shared = service.providers and not service.providers[0].is_service
        whose = " with one provider" if shared else ""
        for least in _least_amounts(network, number, service):
            if least > most:
                yield (
                    f"services.{service.name}.amount",
                    f"some people need at least {least / 60:g} hours per week, and there are never more "
                    f"than {most / 60:g}{whose}: their request can never fit.",
                )


def _least_amounts(network: Network, number: int, service: Service) -> Iterator[int]:
    for table in every(network, number, "amount"):
        for leaf in table.leaves:
            if isinstance(leaf, Taper):
                yield leaf.first
            elif leaf is not None:
                yield int(np.floor(60.0 * float(leaf.quantiles(np.zeros(1))[0]) + 0.5))


# ---------------------------------------------------------------- what bridging cannot lead to


def _bridging_to_a_step(network: Network) -> Iterator[Found]:
    """Giving up, while bridging, for a step: nobody can be in a stand-in's care and in a step's at once."""
    for number, service in enumerate(network.services):
        if not any(rule.keeps_turn for rules in every(network, number, "instead") for rule in rules):
            continue
        waited_for, todo = set(), [number]
        while todo:
            at = todo.pop()
            if at in waited_for:
                continue
            waited_for.add(at)
            for target in sorted(_given_up_for(network, at)):
                if not network.services[target].in_place:
                    todo.append(target)
                    continue
                yield (
                    f"services.{network.services[at].name}.give_up.to",
                    f'leads to the in-place step "{network.services[target].name}", but people waiting for '
                    f'"{service.name}" may be in a stand-in that keeps their turn, and nobody can be in '
                    "its care and in a step at once. Give up for an exit or a service with places, or "
                    "write `keeps_turn: false`.",
                )


def _given_up_for(network: Network, number: int) -> set[int]:
    """Services people turn to when they give up waiting for one."""
    n_services = len(network.services)
    rules = [rule for rule in every(network, number, "give_up") if rule is not None]
    return {code for rule in rules for code in codes_in(rule.to) if code < n_services}


# ---------------------------------------------------------------- prices


def _prices_of_nobody(scenario: Scenario) -> Iterator[Found]:
    """Prices and payers without an `else` by what people may not have yet: their cost would be lost."""
    for name, service in scenario.services.items():
        if service.cost is None:
            continue
        for path, value in _prices_and_payers(service.cost):
            for attribute in sorted(_set_later(value, set(scenario.people))):
                yield (
                    f"services.{name}.cost.{path}",
                    f'goes by "{attribute}", which people have only once a service has set it. '
                    "Add `else:` for those who have it not yet.",
                )


def _prices_and_payers(cost: Cost) -> Iterator[tuple[str, object]]:
    """(path below `cost`, value)."""
    for prefix, line in [("", cost), *((f"also.{name}.", line) for name, line in cost.also.items())]:
        for key in (*PRICES, "payer"):
            yield prefix + key, getattr(line, key)
    if cost.block is not None:
        yield "block", cost.block.payer


def _set_later(value: object, on_arrival: set[str]) -> set[str]:
    """Attributes not drawn on arrival that a value goes by, with no `else` for who lacks them."""
    if not isinstance(value, By):
        return set()
    later = {value.attribute} if value.attribute not in on_arrival and value.otherwise is None else set()
    return later.union(*(_set_later(entry, on_arrival) for entry in (*value.table.values(), value.otherwise)))
