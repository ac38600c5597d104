"""From a declared scenario to a network: every name a number, every date an instant.

What changes over a run is found by compiling the scenario as it is in each *epoch*, the time
between two instants at which something declared changes, and comparing.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from caresim.distributions import Distribution
from caresim.grid import STEPS_A_DAY, on_grid, whole_minutes
from caresim.network import calendars, network
from caresim.network.checks import check_network
from caresim.network.classes import Arrivals, class_shares, dependency_order, make_census, mean_amount
from caresim.network.deconditioning import make_deconditioning, make_shifts
from caresim.network.network import (
    EMPTY,
    Away,
    Calendar,
    Chance,
    Change,
    Choice,
    Episode,
    GiveUp,
    Network,
    Rate,
    Staffed,
    StandIn,
    Stream,
    Table,
)
from caresim.network.provider_loads import check_taken
from caresim.network.providers import (
    Held,
    capacities_at,
    has_dated_capacity,
    held_over_time,
    make_fill,
    make_providers,
)
from caresim.network.rates import expected_people
from caresim.network.reviews import depends_on, make_reviews
from caresim.network.staff import make_staff, make_staffed, staffed_capacity, worth_nothing_while
from caresim.network.tables import (
    Codes,
    attributes_in,
    choice_of,
    codes_of,
    leaf_at,
    make_choice,
    make_shares,
    make_table,
    value_at,
    values_in,
)
from caresim.scenario import edits
from caresim.scenario.events import Spell
from caresim.scenario.money import items_of
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import BACK, Cost, Service, Taper
from caresim.scenario.staff import FromStaff
from caresim.scenario.values import By, Dated, Personal, Shares

CHANGING = (
    "capacity",
    "capacities",
    "put_out_to",
    "closures",
    "amount",
    "care_time",
    "sets",
    "next",
    "rounds",
    "mortality",
    "instead",
    "give_up",
    "turned_away_to",
    "away",
    "reviews",
)
"""Fields of a service that a `Change` may give, in the order the changes of one instant are in."""
OF_PROVIDERS = ("capacity", "capacities", "put_out_to", "closures")
"""Those of them that come from what its providers have, where it has any."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """The scenario as it is from one instant on."""

    since: float
    """On the grid."""
    instant: float
    """As declared, when rounding went down: what holds from then holds already."""
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Declared:
    """What a network with chances keeps of what it was made from."""

    scenario: Scenario
    codes: Codes


def compile_network(scenario: Scenario) -> Network:
    """The same system with nothing left to default or look up.

    What happens at random is left open (`Network.chances`): `with_episodes` puts it in.

    Raises:
        ScenarioError: what only shows in the whole: an attribute nobody can have yet, a
            condition nothing fulfils, a request that never fits.
    """
    start, end = on_grid(-scenario.time.warm_up), on_grid(float(scenario.time.measured_days))
    epochs = make_epochs(scenario, start, end)
    # What only happens at random may give values of attributes that nothing else does.
    at_random = [edits.with_active(scenario, [active]) for active in _may_happen(scenario)]
    codes = codes_of(scenario, [*(epoch.scenario for epoch in epochs), *at_random])
    calendar = calendars.make_calendar(scenario.time.start, start, end)
    streams = tuple(_stream(codes, epochs, name) for name in codes.streams)
    arrivals = Arrivals(codes, streams, [expected_people(stream, 0.0, end, calendar) for stream in streams])
    staff = make_staff(epochs)
    services = [_service(codes, epochs[0], name, arrivals) for name in codes.services]
    services, changes = _over_time(codes, epochs, services, calendar, end, staff)
    first = epochs[0].scenario
    compiled = Network(
        start=start,
        end=end,
        seed=scenario.seed,
        replications=scenario.replications,
        calendar=calendar,
        attributes=tuple(
            network.Attribute(name=name, values=tuple(codes.values[number]))
            for name, number in codes.attributes.items()
        ),
        groups=tuple(_attribute(codes, name, "groups") for name in scenario.groups),
        price_attributes=tuple(
            sorted(_attribute(codes, name, "cost") for name in price_attributes(scenario))
        ),
        streams=streams,
        services=tuple(services),
        exits=tuple(name for name in codes.targets if name not in codes.services),
        mortality=_hazard(codes, first.mortality, "people.mortality"),
        changes=tuple(changes),
        kinds=tuple(scenario.services[name].kind for name in codes.services),
        staff=staff,
        deconditioning=make_deconditioning(codes, scenario),
    )
    check_network(scenario, compiled)
    check_taken(scenario, compiled)
    if not at_random:
        return compiled
    compiled = replace(
        compiled, chances=tuple(_chances(scenario, start, end)), declared=Declared(scenario, codes)
    )
    # At the first instant there is: whatever comes after would find it there.
    first_instant = start + 1 / STEPS_A_DAY
    for event in sorted({chance.event for chance in compiled.chances}):
        happening = tuple(
            Episode(chance=number, start=first_instant, end=None)
            for number, chance in enumerate(compiled.chances)
            if chance.event == event
        )
        check_network(scenario, with_episodes(compiled, happening))
    return compiled


def with_episodes(network: Network, episodes: tuple[Episode, ...]) -> Network:
    """The network of a replication in which these episodes happen: as if they had been declared with dates.

    Who is there at the start, and what one person takes on average, stay what they are without.

    Args:
        episodes: in order of (start, chance); each begins after the start of the run.
    """
    if not episodes:
        return replace(network, episodes=())
    codes, scenario = network.declared.codes, network.declared.scenario
    happened = [
        Spell(network.chances[each.chance].event, network.chances[each.chance].each, each.start, each.end)
        for each in episodes
    ]
    epochs = make_epochs(scenario, network.start, network.end, happened)
    staff = make_staff(epochs)
    services, changes = _over_time(
        codes, epochs, list(network.services), network.calendar, network.end, staff
    )
    return replace(
        network,
        streams=tuple(_stream(codes, epochs, name) for name in codes.streams),
        services=tuple(services),
        changes=tuple(changes),
        staff=staff,
        episodes=episodes,
    )


def _may_happen(scenario: Scenario) -> list[edits.Active]:
    """Every event that happens at random, with each path it may happen to, in order of names and paths."""
    return [
        (name, each, 1.0)
        for name, event in sorted(scenario.events.items())
        if event.active and event.at_random is not None
        for each in event.each
    ]


def _chances(scenario: Scenario, start: float, end: float) -> Iterator[Chance]:
    for name, each, _ in _may_happen(scenario):
        event = scenario.events[name]
        at_random = event.at_random
        assert at_random is not None
        base = {start: 0.0}
        for since, until in event.times:
            # A season may end on the day on which the next begins: the beginning holds.
            base[max(on_grid(since), start)] = at_random.rate
            if until is not None and start < until < end:
                base[on_grid(until)] = 0.0
        yield Chance(
            event=name,
            each=each,
            rate=Rate(
                base=tuple(_only_changes(sorted(base.items()))),
                month=None,
                weekday=None,
                hour=None,
                cycle=None,
                growth=0.0,
            ),
            lasts=at_random.lasts,
            at_most=at_random.at_most,
        )


def _attribute(codes: Codes, name: str, path: str) -> int:
    if name not in codes.attributes:
        raise codes.fault(path, f'there is no attribute "{name}". Known: {", ".join(codes.attributes)}.')
    return codes.attributes[name]


# ---------------------------------------------------------------- epochs


def make_epochs(
    scenario: Scenario, start: float, end: float, episodes: Sequence[Spell] = ()
) -> list[Epoch]:
    """The scenario as it is at the start of the run and after every change before its end.

    Args:
        episodes: of what happens at random.
    """
    times = dated_instants(scenario) | set(edits.breakpoints(scenario, episodes))
    latest = {start: max(start, -scenario.time.warm_up)}
    for instant in sorted(times):
        if start < on_grid(instant) < end:
            latest[on_grid(instant)] = max(instant, on_grid(instant))
    # The same events hold again and again: every winter, and whenever nothing happens.
    made: dict[tuple[edits.Active, ...], Scenario] = {}
    epochs = []
    for since, instant in sorted(latest.items()):
        active = edits.active_at(scenario, instant, episodes)
        if active not in made:
            made[active] = edits.with_active(scenario, active)
        epochs.append(Epoch(since, instant, made[active]))
    return epochs


def dated_instants(scenario: Scenario) -> set[float]:
    """Every instant at which a dated value changes."""
    values: list[Any] = [arrival.rate for arrival in scenario.arrivals.values()]
    for service in scenario.services.values():
        values += [service.places, service.hours]
        values += [value for provider in service.providers for value in (provider.places, provider.hours)]
    for group in scenario.staff.values():
        values += [group.posts, group.joiners, group.leavers, group.contact]
    return {instant for value in values if isinstance(value, Dated) for instant, _ in value.values}


def _over_time(
    codes: Codes,
    epochs: list[Epoch],
    at_start: list[network.Service],
    calendar: Calendar,
    end: float,
    staff: tuple[network.StaffGroup, ...],
) -> tuple[list[network.Service], list[Change]]:
    """Services with their clocks over the whole run, and what becomes of them."""
    services: list[network.Service] = []
    held: dict[int, list[dict[str, Any]]] = {}
    for service in at_start:
        name = service.name
        declared = [(epoch.since, epoch.scenario.services[name]) for epoch in epochs]
        opens = [(since, each.opens) for since, each in declared]
        intake = [(since, each.intake) for since, each in declared]
        staffed = make_staffed([each for _, each in declared], epochs, calendar, end)
        if staffed is not None:
            workers, worth = staff[staffed.group].in_post, staffed.worth[0][1]
            capacity = staffed_capacity(service.in_hours, workers, worth)
            service = replace(service, staffed=staffed, capacity=capacity)
        works: dict[int, Staffed] = {}
        if service.providers or declared[0][1].providers:
            over_time = [(epoch.since, epoch.instant, epoch.scenario.services[name]) for epoch in epochs]
            works = _works(declared, epochs, calendar, end)
            first = {
                k: staffed_capacity(service.in_hours, staff[each.group].in_post, each.worth[0][1])
                for k, each in works.items()
            }
            there = held_over_time(over_time, end, first)
            works = {k: _while_there(each, k, there) for k, each in works.items()}
            held[len(services)] = [_of_providers(codes, name, piece) for piece in there]
            service = replace(service, **{key: held[len(services)][0][key] for key in OF_PROVIDERS})
        services.append(
            replace(
                service,
                providers=tuple(
                    replace(provider, staffed=works.get(k))
                    for k, provider in enumerate(make_providers(codes, declared, calendar, end))
                ),
                fill=make_fill(declared[0][1]),
                opens=calendars.opening_breakpoints(_only_changes(opens), end, calendar),
                intake=calendars.intake_breakpoints(_only_changes(intake), end, calendar),
            )
        )
    changes: list[Change] = []
    now: list[dict[str, Any]] = [
        {field: getattr(service, field) for field in CHANGING} for service in services
    ]
    mortality = _hazard(codes, epochs[0].scenario.mortality, "people.mortality")
    for before, epoch in itertools.pairwise(epochs):
        if epoch.scenario.mortality != before.scenario.mortality:
            following = _hazard(codes, epoch.scenario.mortality, "people.mortality")
            if following != mortality:
                changes.append(Change(at=epoch.since, service=-1, field="mortality", value=following))
            mortality = following
        for name, number in codes.services.items():
            changes += _changes_of(codes, before, epoch, name, now[number])
    for number, pieces in held.items():
        changes += _changes_of_providers(number, pieces)
    if held:
        changes.sort(key=lambda change: (change.at, change.service, _order(change.field)))
    return services, changes


def _works(
    declared: list[tuple[float, Service]], epochs: list[Epoch], calendar: Calendar, end: float
) -> dict[int, Staffed]:
    """Of each provider whose capacity staff make: what they are worth to it."""
    each = (
        make_staffed([service.providers[k] for _, service in declared], epochs, calendar, end)
        for k in range(len(declared[0][1].providers))
    )
    return {k: staffed for k, staffed in enumerate(each) if staffed is not None}


def _while_there(staffed: Staffed, k: int, pieces: list[Held]) -> Staffed:
    """What staff are worth to a provider that has no capacity once it is empty."""
    return worth_nothing_while(staffed, tuple((at, closures[k] == EMPTY) for at, _, closures, _ in pieces))


def _order(field: str) -> int:
    return CHANGING.index(field) if field in CHANGING else -1


def _of_providers(codes: Codes, name: str, piece: Held) -> dict[str, Any]:
    """The fields of OF_PROVIDERS from an instant on, and the instant (`at`)."""
    at, capacities, closures, routes = piece
    path = f"services.{name}"
    return {
        "at": at,
        "capacity": sum(capacities),
        "capacities": capacities,
        "put_out_to": tuple(
            None if route is None else _targets(codes, route, f"{path}.closed.else") for route in routes
        ),
        "closures": closures,
    }


def _changes_of_providers(number: int, pieces: list[dict[str, Any]]) -> Iterator[Change]:
    """What is different about the providers of a service, and what they have in all."""
    for before, now in itertools.pairwise(pieces):
        for field in OF_PROVIDERS:
            if before[field] != now[field]:
                yield Change(at=now["at"], service=number, field=field, value=now[field])


def _changes_of(codes: Codes, before: Epoch, epoch: Epoch, name: str, now: dict[str, Any]) -> list[Change]:
    """What is different about a service from this epoch on; `now` is brought up to date."""
    declared = epoch.scenario.services[name]
    dated = has_dated_capacity(declared)
    used = [other for other in (name, depends_on(declared)) if other is not None]
    if not dated and all(epoch.scenario.services[n] == before.scenario.services[n] for n in used):
        return []
    fields = _changing(codes, declared, epoch)
    if isinstance(declared.hours, FromStaff) or isinstance(declared.places, FromStaff):
        fields["capacity"] = now["capacity"]
    for field in OF_PROVIDERS if declared.providers else ():
        fields[field] = now[field]  # Told apart: they change when a notice is over, too.
    different = [field for field in CHANGING if fields[field] != now[field]]
    now.update(fields)
    number = codes.services[name]
    return [Change(at=epoch.since, service=number, field=field, value=fields[field]) for field in different]


def _only_changes(pieces: list[tuple[float, Any]]) -> list[tuple[float, Any]]:
    kept = pieces[:1]
    for since, value in pieces[1:]:
        if value != kept[-1][1]:
            kept.append((since, value))
    return kept


# ---------------------------------------------------------------- services


def _service(codes: Codes, epoch: Epoch, name: str, arrivals: Arrivals) -> network.Service:
    """A service at the start of the run; its clocks over the whole run are added later."""
    declared = epoch.scenario.services[name]
    path = f"services.{name}"
    fields = _changing(codes, declared, epoch)
    in_hours = declared.in_hours
    if in_hours and declared.amount is None:
        raise codes.fault(path, "has hours, so it needs an `amount`: what one person takes of them.")
    queue = declared.queue
    return network.Service(
        name=declared.name,
        in_place=declared.in_place,
        in_hours=in_hours,
        mean_amount=mean_amount(fields["amount"], arrivals) if in_hours else 1.0,
        hold_until_ready=declared.hold_until_ready,
        skip_until=None if queue.skip is None else on_grid(queue.skip.until_waited),
        priority=make_table(codes, queue.priority, int, f"{path}.queue.priority"),
        room=make_table(codes, queue.room, _room, f"{path}.queue.room", absent=math.inf),
        opens=(),
        intake=(),
        census=make_census(codes, declared, fields["care_time"], arrivals, f"{path}.start_with"),
        delay_counts=declared.dtoc is not None,
        standard=None
        if declared.standard is None
        else (declared.standard.of, on_grid(declared.standard.within)),
        shifts=make_shifts(codes, epoch.scenario, name),
        **fields,
    )


def _room(room: int | None) -> int | float:
    return math.inf if room is None else room


def _changing(codes: Codes, declared: Service, epoch: Epoch) -> dict[str, Any]:
    """The fields of CHANGING, as they are from the beginning of an epoch on."""
    instant = epoch.instant
    path = f"services.{declared.name}"
    otherwise = declared.queue.otherwise
    return {
        "capacity": capacity_at(declared, instant),
        "capacities": capacities_at(declared, instant),
        "put_out_to": (),
        "closures": (),
        "amount": None
        if declared.amount is None or not declared.in_hours
        else make_table(codes, declared.amount, _amount, f"{path}.amount"),
        "care_time": make_table(codes, declared.care_time, _same, f"{path}.care_time"),
        "sets": _sets(codes, declared, path),
        "next": _targets(codes, declared.next, f"{path}.next"),
        "rounds": calendars.make_rounds(declared.rounds),
        "mortality": _hazard(codes, declared.mortality, f"{path}.mortality"),
        "instead": _stand_ins(codes, declared, path),
        "give_up": _give_up(codes, declared, path),
        "turned_away_to": None if otherwise is None else _targets(codes, otherwise, f"{path}.queue.else"),
        "away": _away(codes, declared, path),
        "reviews": make_reviews(codes, declared, epoch.scenario),
    }


def _same(value: Distribution) -> Distribution:
    return value


def _amount(amount: Any) -> Distribution | network.Taper:
    if isinstance(amount, Taper):
        return network.Taper(first=whole_minutes(amount.first), last=whole_minutes(amount.last))
    return amount  # type: ignore[no-any-return]


def capacity_at(declared: Service, instant: float) -> int | None:
    """Places, or whole minutes per week, at an instant; None: unlimited."""
    if isinstance(declared.hours, FromStaff) or isinstance(declared.places, FromStaff):
        return 0  # Theirs to say: each replication has another.
    if declared.providers:
        return sum(capacities_at(declared, instant))
    if declared.hours is not None:
        return whole_minutes(value_at(declared.hours, instant))
    return None if declared.places is None else value_at(declared.places, instant)


def _targets(codes: Codes, shares: Personal[Shares], path: str) -> Table[Choice]:
    return make_table(codes, shares, lambda leaf: make_choice(leaf, codes.targets, codes, path), path)


def _hazard(codes: Codes, hazard: Personal[float], path: str) -> Table[float]:
    # Who has no value yet is spared, so that an engine can add hazards without asking.
    return make_table(codes, hazard, float, path, absent=0.0)


def _sets(codes: Codes, declared: Service, path: str) -> tuple[tuple[int, Table[Choice]], ...]:
    # A new value may go by the old one of the same attribute; that is not another's to wait for.
    needs = {name: attributes_in(shares) - {name} for name, shares in declared.sets.items()}
    order = dependency_order(codes, needs, f"{path}.sets")
    return tuple(
        (number, make_shares(codes, number, declared.sets[name], f"{path}.sets.{name}"))
        for name, number in ((name, codes.attributes[name]) for name in order)
    )


def _stand_ins(codes: Codes, declared: Service, path: str) -> tuple[StandIn, ...]:
    stand_ins = []
    times: dict[str, int] = {}
    for number, stand_in in enumerate(declared.instead):
        here = f"{path}.instead.{number}"
        if stand_in.to not in codes.services:
            raise codes.fault(f"{here}.to", f'there is no service "{stand_in.to}".')
        for name in sorted(stand_in.only_from or ()):
            if name not in codes.origins:
                raise codes.fault(f"{here}.only_from", f'there is no service or stream "{name}".')
        times[stand_in.to] = times.get(stand_in.to, 0) + 1
        again = f" {times[stand_in.to]}" if times[stand_in.to] > 1 else ""
        only_from = stand_in.only_from
        stand_ins.append(
            StandIn(
                to=codes.services[stand_in.to],
                after=make_table(codes, stand_in.after, _same, f"{here}.after"),
                keeps_turn=stand_in.keeps_turn,
                only_from=None if only_from is None else frozenset(codes.origins[name] for name in only_from),
                bridge_only=stand_in.bridge_only,
                purpose=f"{stand_in.to}{again}",
            )
        )
    return tuple(stand_ins)


def _give_up(codes: Codes, declared: Service, path: str) -> GiveUp | None:
    if declared.give_up is None:
        return None
    after = make_table(codes, declared.give_up.after, _same, f"{path}.give_up.after")
    return GiveUp(after=after, to=_targets(codes, declared.give_up.to, f"{path}.give_up.to"))


def _away(codes: Codes, declared: Service, path: str) -> Away | None:
    away = declared.away
    if away is None:
        return None
    for name in values_in(away.to):
        if name not in codes.services:
            raise codes.fault(f"{path}.away.to", f'there is no service "{name}".')
    targets = codes.targets | {BACK: codes.services[declared.name]}
    return Away(
        rate=_hazard(codes, away.rate, f"{path}.away.rate"),
        to=make_table(codes, away.to, codes.services.__getitem__, f"{path}.away.to"),
        keep=on_grid(away.keep),
        pay=on_grid(away.keep if away.pay is None else min(away.pay, away.keep)),
        next=make_table(
            codes,
            away.next,
            lambda leaf: make_choice(leaf, targets, codes, f"{path}.away.next"),
            f"{path}.away.next",
        ),
        find_again=None
        if away.find_again is None
        else _targets(codes, away.find_again, f"{path}.away.find_again"),
    )


# ---------------------------------------------------------------- streams


def _stream(codes: Codes, epochs: list[Epoch], name: str) -> Stream:
    path = f"arrivals.{name}"
    each = [(epoch.since, epoch.scenario.arrivals[name]) for epoch in epochs]
    first = each[0][1]
    people = [(epoch.since, epoch.scenario.people | epoch.scenario.arrivals[name].people) for epoch in epochs]
    needs: dict[str, set[str]] = {}
    for _, drawn in people:
        for attribute, shares in drawn.items():
            needs.setdefault(attribute, set()).update(attributes_in(shares))
    pieces = []
    for attribute in dependency_order(codes, needs, f"{path}.people"):
        number = codes.attributes[attribute]
        tables = [
            (since, make_shares(codes, number, drawn[attribute], f"{path}.people.{attribute}"))
            for since, drawn in _only_changes([(since, drawn) for since, drawn in people])
        ]
        pieces.append((number, tuple(_only_changes(tables))))
    targets = [
        (since, _targets(codes, to, f"{path}.to"))
        for since, to in _only_changes([(since, arrival.to) for since, arrival in each])
    ]
    stream = Stream(
        name=name,
        rate=_rate(codes, epochs, name),
        times=None if first.times is None else tuple(sorted(on_grid(instant) for instant in first.times)),
        every=None if first.every is None else on_grid(first.every),
        counts=None
        if first.counts is None
        else tuple(sorted((int(day), count) for day, count in first.counts)),
        hour=first.pattern.hour if first.counts is not None else None,
        batch=None
        if first.batch is None
        else choice_of([(k, v) for k, v in sorted(first.batch.items()) if v > 0]),
        to=tuple(_only_changes(targets)),
        people=tuple(pieces),
    )
    if stream.rate is None or stream.rate.growth_by is None:
        return stream
    return replace(stream, rate=replace(stream.rate, bands=_bands(codes, stream, stream.rate.growth_by)))


def _bands(
    codes: Codes, stream: Stream, growth: Table[float]
) -> tuple[tuple[float, tuple[tuple[float, float], ...]], ...]:
    """Shares of people by how their number grows, from each instant at which these shares change."""
    unset = tuple(len(values) for values in codes.values)
    found = []
    for instant in sorted({at for _, pieces in stream.people for at, _ in pieces}):
        shares: dict[float, float] = {}
        for class_, share in class_shares(unset, stream, instant, set(growth.axes)).items():
            own = leaf_at(growth, class_)
            assert own is not None
            shares[own] = shares.get(own, 0.0) + share
        found.append((instant, tuple(sorted(shares.items()))))
    return tuple(_only_changes(found))


def _a_year(growth: float) -> float:
    return growth


def _rate(codes: Codes, epochs: list[Epoch], name: str) -> Rate | None:
    """Base rate as breakpoints; a rates file holds from each of its days to the next."""
    first = epochs[0].scenario.arrivals[name]
    if first.rates is not None:
        base = [(on_grid(float(day)), float(rate)) for day, rate in sorted(first.rates)]
    elif first.rate is not None:
        base = []
        for epoch in epochs:
            declared = epoch.scenario.arrivals[name].rate
            assert declared is not None
            base.append((epoch.since, float(value_at(declared, epoch.instant))))
    else:
        return None
    pattern = first.pattern
    return Rate(
        base=tuple(_only_changes(base)),
        month=pattern.month,
        weekday=pattern.weekday,
        hour=pattern.hour,
        cycle=None if pattern.cycle is None else (on_grid(pattern.cycle.length), pattern.cycle.factors),
        growth=0.0 if isinstance(first.growth, By) else first.growth,
        growth_by=make_table(codes, first.growth, _a_year, f"arrivals.{name}.growth")
        if isinstance(first.growth, By)
        else None,
    )


# ---------------------------------------------------------------- prices


def price_attributes(scenario: Scenario) -> set[str]:
    """Attributes that a price or a payer goes by."""
    names: set[str] = set()
    for service in scenario.services.values():
        if service.cost is not None:
            for value in cost_values(service.cost):
                names |= attributes_in(value)
    return names


def cost_values(cost: Cost) -> list[Any]:
    """Every price and payer of a service."""
    return [cost.payer, *(value for item in items_of(cost) for value in (item.price, item.payer))]
