"""What a scenario allows and its writer may not mean: the warnings of `caresim check`."""

from __future__ import annotations

from collections.abc import Iterator

from caresim.network.checks import codes_in, every
from caresim.network.network import Network, Service
from caresim.network.waits import may_deadlock
from caresim.scenario.scenario import Scenario

HOSPITALS = ("acute", "community_hospital")


def doubts(scenario: Scenario, network: Network) -> Iterator[str]:
    """Each in a sentence or two."""
    yield from delays_that_count_as_other(network)
    for names in may_deadlock(network):
        yield (
            f"people in {', '.join(names)} may wait for one another's places for ever; "
            "such a circle is moved at once and counted."
        )
    yield from events_that_change_nothing(scenario)
    yield from days_without_a_line(scenario)
    yield from services_nobody_uses(network)
    yield from services_without_a_way_out(network)
    yield from too_small(network)


def delays_that_count_as_other(network: Network) -> Iterator[str]:
    for service in waited_for_in_hospital(network):
        if not service.delay_counts:
            yield (
                f"services.{service.name} has no dtoc, and people wait for it in hospital: their delays "
                "count as reason O, responsible NHS. Give it dtoc: {reason: ..., responsible: ...}."
            )


def waited_for_in_hospital(network: Network) -> list[Service]:
    """Services that are not acute and not always open to all, which somebody in hospital may come to need."""
    todo: list[int] = []
    for number, kind in enumerate(network.kinds):
        if kind in HOSPITALS:
            todo += [code for table in every(network, number, "next") for code in codes_in(table)]
    seen: set[int] = set()
    while todo:
        target = todo.pop()
        if target >= len(network.services) or target in seen:
            continue
        seen.add(target)
        if network.services[target].in_place:
            todo += [code for table in every(network, target, "next") for code in codes_in(table)]
    return [
        network.services[number]
        for number in sorted(seen)
        if network.kinds[number] != "acute" and not always_admits(network, number)
    ]


def always_admits(network: Network, number: int) -> bool:
    service = network.services[number]
    unlimited = all(capacity is None for capacity in every(network, number, "capacity"))
    return unlimited and not service.opens and not service.intake and not service.in_place


def events_that_change_nothing(scenario: Scenario) -> Iterator[str]:
    first, last = -scenario.time.warm_up, scenario.time.measured_days
    for event in scenario.events.values():
        if not event.active:
            continue
        if event.start >= last or (event.end is not None and event.end <= first):
            yield f"events.{event.name} lies outside the run, so it changes nothing."
        elif event.end is not None and event.ramp > (days := event.end - event.start) / 2 + 0.5:
            yield (
                f"events.{event.name} never comes to its full strength: its ramp takes {event.ramp:g} days "
                f"up and as many down, and it lasts {days:g}."
            )


def days_without_a_line(scenario: Scenario) -> Iterator[str]:
    days = range(int(-scenario.time.warm_up // 1), int(scenario.time.measured_days))
    for name, stream in scenario.arrivals.items():
        meanwhile = {"counts": "nobody arrives on those", "rates": "the rate of the line before holds"}
        for key, lines in (("counts", stream.counts), ("rates", stream.rates)):
            if lines is not None:
                missing = set(days) - {int(day) for day, _ in lines}
                if missing:
                    yield (
                        f"arrivals.{name}.{key} has no line for {len(missing)} of the {len(days)} days "
                        f"of the run (warm-up included): {meanwhile[key]}."
                    )


def ways(network: Network) -> list[set[int]]:
    """For each service the targets somebody who asks for it or holds it may go on to."""
    found: list[set[int]] = []
    for number in range(len(network.services)):
        tables = every(network, number, "next") + every(network, number, "turned_away_to")
        tables += [give_up.to for give_up in every(network, number, "give_up") if give_up is not None]
        targets = {code for table in tables if table is not None for code in codes_in(table)}
        targets |= {each.to for stand_ins in every(network, number, "instead") for each in stand_ins}
        found.append(targets)
    return found


def reached(network: Network) -> set[int]:
    """Services that somebody may come to ask for."""
    todo = [code for stream in network.streams for _, table in stream.to for code in codes_in(table)]
    for number, service in enumerate(network.services):
        census = service.census
        if census.in_care or census.waiting or census.delayed or census.rows:
            todo += [number, *(there for there, _ in census.delayed)]
            todo += [row.waiting_for for row in census.rows if row.waiting_for >= 0]
    onward, seen = ways(network), set[int]()
    while todo:
        number = todo.pop()
        if number < len(network.services) and number not in seen:
            seen.add(number)
            todo += onward[number]
    return seen


def services_nobody_uses(network: Network) -> Iterator[str]:
    used = reached(network)
    for number, service in enumerate(network.services):
        if number not in used:
            yield f"services.{service.name} is never used: nobody is sent there."


def services_without_a_way_out(network: Network) -> Iterator[str]:
    """Those from which no exit can be come to, unless people die."""
    n = len(network.services)
    onward = ways(network)
    leaving = {k for k in range(n) if any(any(t.leaves) for t in every(network, k, "mortality"))}
    if any(network.mortality.leaves):
        return
    grown = True
    while grown:
        more = {k for k in range(n) if any(target >= n or target in leaving for target in onward[k])}
        grown = not more <= leaving
        leaving |= more
    for number in sorted(reached(network) - leaving):
        yield f"nobody who comes to services.{network.services[number].name} ever leaves the system."


def too_small(network: Network) -> Iterator[str]:
    used = reached(network)
    for number, service in enumerate(network.services):
        capacities = every(network, number, "capacity")
        if service.capacity is None or number not in used:
            continue
        most, census = max(capacities), service.census
        held = census.in_care + sum(people for _, people in census.delayed)
        held += sum(row.state != "waiting" for row in census.rows)
        if most == 0:
            yield f"services.{service.name} has no capacity at any time, and people are sent there."
        elif most < service.mean_amount:
            yield f"services.{service.name} has less in all than one person needs on average."
        elif held * service.mean_amount > 1.5 * service.capacity:
            times = held * service.mean_amount / service.capacity if service.capacity else float("inf")
            yield (
                f"services.{service.name} starts with {held} people, {times:.1f} times what it has room for: "
                "nobody is admitted until they fit."
            )
