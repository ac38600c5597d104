"""What a scenario allows and its writer may not mean: the warnings of `caresim check`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from caresim.errors import nearest_word
from caresim.network.checks import (
    after_closing,
    after_delay,
    after_hospital,
    after_reviews,
    always_closed,
    codes_in,
    every,
    hospitals,
    most_of_each,
)
from caresim.network.describe_chances import rare_or_lasting
from caresim.network.describe_staff import posts_never_filled
from caresim.network.network import FROM, DayEffect, Network, Service, Table
from caresim.network.provider_loads import overloaded
from caresim.network.reach import reach
from caresim.network.reviewing import GRID, of_at_least
from caresim.network.staffing import expected_staff
from caresim.network.waits import circles
from caresim.scenario.money import ELSE, line_names, lines_of
from caresim.scenario.near_paths import listed
from caresim.scenario.read_staff import groups_of
from caresim.scenario.scenario import Scenario

FEW = 0.05
"""So small a share of people is hardly meant."""
HOSPITALS = ("acute", "community_hospital")
NEARLY = 0.8
"""So alike, by difflib's ratio, two payers are hardly two."""
FOR_STAFF = ("per_place_day", "per_day", "per_week", "per_hour")
"""Prices of a service that mostly are for whoever does the work."""


def doubts(scenario: Scenario, network: Network) -> Iterator[str]:
    """Each in a sentence or two."""
    yield from delays_that_count_as_other(network)
    for names in circles(network):
        yield (
            f"people in {', '.join(names)} may wait for one another's places for ever; "
            "such a circle is moved at once and counted."
        )
    yield from events_that_change_nothing(scenario)
    yield from events_that_close_all(scenario)
    yield from halves_of_an_intervention(scenario)
    yield from rare_or_lasting(scenario, network)
    yield from days_without_a_line(scenario)
    yield from services_nobody_uses(network)
    yield from services_without_a_way_out(network)
    yield from too_small(network)
    yield from staff_that_do_not_add_up(network)
    yield from reviews_of_few(network)
    yield from reviews_before_others(network)
    yield from providers_never_open(network)
    yield from overloaded(network)
    yield from money_that_is_not_met(scenario)
    yield from payers_nearly_of_one_name(scenario)
    yield from staff_paid_twice(scenario)
    yield from blocks_of_more_than_there_is(scenario, network)
    yield from places_kept_for_nobody(network)
    yield from places_found_nowhere(network)
    yield from paid_longer_than_kept(scenario)
    yield from delay_that_takes_everybody(network)


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
            todo += after_hospital(network, number) | after_delay(network, number)
    seen: set[int] = set()
    while todo:
        target = todo.pop()
        if target >= len(network.services) or target in seen:
            continue
        seen.add(target)
        if network.services[target].in_place:
            todo += [code for table in every(network, target, "next") for code in codes_in(table)]
            todo += after_delay(network, target)
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
        inside = [(start, end) for start, end in event.times if start < last and (end is None or end > first)]
        lasting = [end - start for start, end in inside if end is not None]
        if not inside:
            yield f"events.{event.name} lies outside the run, so it changes nothing."
        elif event.at_random is None and len(lasting) == len(inside) and event.ramp > max(lasting) / 2 + 0.5:
            yield (
                f"events.{event.name} never comes to its full strength: its ramp takes {event.ramp:g} days "
                f"up and as many down, and it lasts {max(lasting):g}."
            )


def events_that_close_all(scenario: Scenario) -> Iterator[str]:
    """Every provider of a service closed at once: one of a `count` may have been meant."""
    for event in scenario.events.values():
        closed = {path for path, change in event.changes if path.endswith(".closed") and change is not False}
        for service in scenario.services.values():
            paths = {f"services.{service.name}.providers.{one.name}.closed" for one in service.providers}
            if event.active and len(paths) > 1 and paths <= closed:
                yield (
                    f"events.{event.name} closes all {len(paths)} providers of services.{service.name} at "
                    "once: nobody takes anybody new there while it holds."
                )


def halves_of_an_intervention(scenario: Scenario) -> Iterator[str]:
    """An effect without its cost, or a cost without its effect, where the two bear one name."""
    for name, event in scenario.events.items():
        if name not in scenario.interventions:
            continue
        effect, cost = event.active, scenario.interventions[name].active
        if effect != cost:
            on, off = ("events", "interventions") if effect else ("interventions", "events")
            what = "its effect comes without its cost" if effect else "it costs and does nothing"
            yield f"{on}.{name}.active is true and {off}.{name}.active is false: {what}."


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
        for rule in every(network, number, "away"):
            targets |= set() if rule is None else hospitals(rule)
        targets |= after_hospital(network, number) | after_reviews(network, number)
        targets |= after_delay(network, number) | after_closing(network, number)
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
            todo += [*onward[number], *reviewers(network, number)]
    return seen


def reviewers(network: Network, number: int) -> set[int]:
    """The team that reviews care in a service, if one does."""
    rules = every(network, number, "reviews")
    return {rule.by for rule in rules if rule is not None and rule.by is not None}


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


def staff_that_do_not_add_up(network: Network) -> Iterator[str]:
    yield from posts_never_filled(network, expected_staff(network))
    wanted = {staffed.group for service in network.services for _, staffed in service.works}
    wanted |= {code for group in network.staff for _, choice in group.leave_to for code in choice.codes}
    for number, group in enumerate(network.staff):
        if number not in wanted:
            yield f"staff.{group.name} is never used: no service is its work, and nobody leaves for it."
        if group.in_post > group.posts[0][1]:
            yield (
                f"staff.{group.name} starts with {group.in_post} workers in {group.posts[0][1]} posts: "
                "nobody joins until enough have left."
            )


def reviews_of_few(network: Network) -> Iterator[str]:
    """Whose care is over before the first review, or who take too little to have one."""
    for service in network.services:
        rules = service.reviews
        if rules is None:
            continue
        path = f"services.{service.name}.reviews"
        cares = [leaf for leaf in service.care_time.leaves if leaf is not None]
        firsts = [leaf.mean() for leaf in rules.first.leaves if leaf is not None]
        left = [float((care.quantiles(GRID) > first).mean()) for care in cares for first in firsts]
        if max(left, default=1.0) < FEW:
            yield f"{path}: only {max(left):.1%} of people are still in care when the first is due."
        amounts = () if service.amount is None else service.amount.leaves
        enough = [of_at_least(leaf, rules.at_least)[0] for leaf in amounts if leaf is not None]
        if max(enough, default=1.0) < FEW:
            yield f"{path}.at_least leaves out nearly everybody: {max(enough):.1%} of packages are so large."


def reviews_before_others(network: Network) -> Iterator[str]:
    """Teams that have other work, and do not say which comes first."""
    asked = {code for stream in network.streams for _, table in stream.to for code in codes_in(table)}
    asked |= set[int]().union(*ways(network))
    for number, service in enumerate(network.services):
        for team in sorted(reviewers(network, number) & asked):
            if FROM not in network.services[team].priority.axes:
                name = network.services[team].name
                yield (
                    f"services.{name} reviews {service.name} and has other work, too: who was first comes "
                    f"first. services.{name}.queue.priority: {{by: from, {service.name}: 3, else: 1}} would "
                    "have reviews wait."
                )


def too_small(network: Network) -> Iterator[str]:
    used = reached(network)
    for number, service in enumerate(network.services):
        capacities = every(network, number, "capacity")
        if service.capacity is None or number not in used:
            continue
        closed = always_closed(network, number)
        owned = [
            [has for k, has in enumerate(each) if k not in closed]
            for each in every(network, number, "capacities")
        ]
        most, census = max(map(sum, owned) if service.providers else capacities), service.census
        if service.works:
            owned = [[has for k, has in enumerate(most_of_each(network, number)) if k not in closed]]
            most = sum(owned[0])
        held = census.in_care + sum(people for _, people in census.delayed)
        held += sum(row.state != "waiting" for row in census.rows)
        largest = max((max(each) for each in owned if each), default=most)
        if most == 0:
            # A lever that is off: its share is 0 too, or people only look whether it can stand in.
            if (really := reach(network)) is None or number in really.asked:
                yield f"services.{service.name} has no capacity at any time, and people are sent there."
        elif most < service.mean_amount:
            yield f"services.{service.name} has less in all than one person needs on average."
        elif largest < service.mean_amount:
            yield f"services.{service.name}: no provider has as much as one person needs on average."
        elif held * service.mean_amount > 1.5 * service.capacity:
            times = held * service.mean_amount / service.capacity if service.capacity else float("inf")
            yield (
                f"services.{service.name} starts with {held} people, {times:.1f} times what it has room for: "
                "nobody is admitted until they fit."
            )


def providers_never_open(network: Network) -> Iterator[str]:
    for number, service in enumerate(network.services):
        closed = [service.providers[k] for k in sorted(always_closed(network, number))]
        names = [provider.name for provider in closed if not provider.is_service]
        if names:
            one = len(names) == 1
            yield (
                f"services.{service.name}.providers: {listed(names)} {'is' if one else 'are'} closed all "
                f"through the run, so {'it counts' if one else 'they count'} for nothing in what there is."
            )


def places_kept_for_nobody(network: Network) -> Iterator[str]:
    """Who goes to hospital and never comes back to the place kept for them."""
    for number, service in enumerate(network.services):
        rules = [rule for rule in every(network, number, "away") if rule is not None]
        if any(rule.keep > 0 for rule in rules) and not any(number in codes_in(rule.next) for rule in rules):
            yield (
                f"services.{service.name}.away.next never leads back: places are kept "
                f"({rules[0].keep:g} days) for people who do not return. Add back: ..., or keep: 0 days."
            )


def places_found_nowhere(network: Network) -> Iterator[str]:
    """Who is to find a place again on a way that never leads to one."""
    for number, service in enumerate(network.services):
        for rule in every(network, number, "away"):
            if rule is None or rule.find_again is None:
                continue
            todo, seen, onward = [*codes_in(rule.find_again)], set[int](), ways(network)
            while todo:
                at = todo.pop()
                if at < len(network.services) and at not in seen:
                    seen.add(at)
                    todo += onward[at]
            if number not in seen:
                names = ", ".join(network.services[code].name for code in sorted(codes_in(rule.find_again)))
                yield (
                    f"services.{service.name}.away.find_again leads to {names}, and from there nothing leads "
                    f"back to {service.name}: nobody goes on with their care."
                )
                break


def money_that_is_not_met(scenario: Scenario) -> Iterator[str]:
    """Interventions, budgets and price years that do not fit the window."""
    first, last = 0.0, scenario.time.measured_days
    for name, intervention in scenario.interventions.items():
        end = float("inf") if intervention.end is None else intervention.end
        if intervention.active and (intervention.start >= last or end <= first):
            yield f"interventions.{name} lies outside the window, so it costs nothing."
        elif intervention.active and intervention.once is not None and intervention.start < first:
            yield f"interventions.{name} begins before the window, so what it costs once is not counted."
    paid = lines_of(scenario.services, scenario.interventions, scenario.staff)
    for name, budget in scenario.budgets.items():
        if budget.start >= last or budget.end <= first:
            yield (
                f"budgets.{name} is for a time outside the window; it is set beside the cost of the window "
                "all the same, day for day."
            )
        if not any(
            (not budget.payers or payer in budget.payers) and (not budget.of or owner in budget.of)
            for owner, _, payer in paid
        ):
            yield f"budgets.{name}: its payers pay for nothing of what it is for, so the cost beside it is 0."
    if (prices := scenario.prices) is not None:
        used = {next(name for name in line_names(*line) if name in prices.inflation) for line in paid}
        for name in [name for name in prices.inflation if name not in used and name != ELSE]:
            yield (
                f"prices.inflation.{name} is never used: something more special, or its service, says it "
                "for every line it could be for."
            )
        start = scenario.time.start
        begun = start.year - (prices.financial and start.month < 4)
        if prices.to != begun:
            yield (
                f"prices are carried to {prices.in_words(prices.to)}, and the window begins in "
                f"{prices.in_words(begun)}; budgets are not carried."
            )


def payers_nearly_of_one_name(scenario: Scenario) -> Iterator[str]:
    """A payer named once, and nearly as another: any name is a payer, also a misspelt one."""
    paid = lines_of(scenario.services, scenario.interventions, scenario.staff)
    times = Counter(payer for _, _, payer in paid)
    others = [other for other, n in times.items() if n > 1]
    for owner, item, payer in paid:
        if times[payer] == 1 and (near := nearest_word(payer, others, NEARLY)):
            yield f'{owner}.{item} is the only thing that "{payer}" pays for: is "{near}" meant?'


def staff_paid_twice(scenario: Scenario) -> Iterator[str]:
    """Services that have a price for what their staff are paid for already."""
    for name, service in scenario.services.items():
        cost = service.cost
        priced = [] if cost is None else [key for key in FOR_STAFF if getattr(cost, key) is not None]
        groups = [group for group in groups_of(service) if scenario.staff[group].cost is not None]
        if priced and groups:
            yield (
                f"services.{name} has {' and '.join(priced)}, and is the work of staff.{groups[0]}, who have "
                "a cost of their own: their wages are paid twice if that price holds them."
            )


def blocks_of_more_than_there_is(scenario: Scenario, network: Network) -> Iterator[str]:
    """Blocks of more places than a service ever has: paid for whether used or not, and never there."""
    for number, service in enumerate(network.services):
        cost = scenario.services[service.name].cost
        if cost is None or cost.block is None or service.capacity is None or service.in_hours:
            continue
        most = sum(most_of_each(network, number))
        if cost.block.places > most:
            yield (
                f"services.{service.name}.cost.block pays for {cost.block.places:g} places whether used or "
                f"not, and there are {most:g} at most."
            )


def delay_that_takes_everybody(network: Network) -> Iterator[str]:
    """Shares that delay takes from all others within the days that count."""
    rule = network.deconditioning
    if rule is None:
        return
    targets = [*(service.name for service in network.services), *network.exits]
    for service in network.services:
        for what, gains in [] if service.shifts is None else _gains(network, service, targets):
            tables = (table for _, table in gains)
            most = sum(max(effect.adds for effect in table.leaves if effect) for table in tables)
            if most * rule.at_most >= 1:
                to = " or ".join(name for name, _ in gains)
                yield (
                    f"after {math.ceil(1 / most)} days of delay everybody has {to} by services.{service.name}"
                    f".{what}, whatever they needed before: deconditioning counts up to {rule.at_most} days."
                )


def _gains(
    network: Network, service: Service, targets: list[str]
) -> Iterator[tuple[str, list[tuple[str, Table[DayEffect]]]]]:
    assert service.shifts is not None
    if service.shifts.next:
        yield "next", [(targets[target], table) for target, table in service.shifts.next]
    for attribute, gains in service.shifts.sets:
        own = network.attributes[attribute]
        yield f"sets.{own.name}", [(own.values[code], table) for code, table in gains]


def paid_longer_than_kept(scenario: Scenario) -> Iterator[str]:
    for name, service in scenario.services.items():
        away = service.away
        if away is not None and away.pay is not None and away.pay > away.keep:
            yield (
                f"services.{name}.away.pay ({away.pay:g} days) is longer than the place is kept "
                f"({away.keep:g} days): nothing is paid after that."
            )
