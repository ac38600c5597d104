"""The system as it will really be simulated, in plain text: what `caresim explain` prints.

Each row of a table stands for a path of the scenario, so that `describe_part.py` can show some of them.
"""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from caresim.distributions import Distribution
from caresim.durations import format_duration
from caresim.network import sources
from caresim.network.calendars import months_of
from caresim.network.describe_chances import describe_chances
from caresim.network.describe_money import describe_money
from caresim.network.describe_providers import describe_providers
from caresim.network.describe_staff import describe_staff
from caresim.network.flows import back_in_time, rounds_add, shares_grown
from caresim.network.layout import (
    WIDTH,
    Under,
    clock,
    count,
    everything,
    figure,
    once,
    percent,
    section,
    shortened,
    used,
    whole,
)
from caresim.network.loads import Load, ServiceLoad, loads
from caresim.network.network import (
    EMPTY,
    FROM,
    MOVING,
    AmountChange,
    Away,
    Choice,
    DayEffect,
    Network,
    Provider,
    Service,
    Table,
    Taper,
)
from caresim.network.rates import DAYS_PER_YEAR, expected_people, grown
from caresim.network.tables import leaf_at, shares_of
from caresim.network.waits import circles
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import BACK, WEEKDAYS

unsourced_numbers = sources.unsourced_numbers

ABOUT = """
How to read this: every month is taken as if it went on for ever with its own arrivals, routes and
capacity, so services with long care times really answer more slowly. Nobody waits on this page:
stand-ins, giving up, turning away, deaths while waiting and what people do while delayed are left
out, and places kept by delayed people come on top of what is asked. "Asked" is people a day times
care time, times the amount where capacity is in hours; care time is the mean really drawn, with
rounds and deaths. "Admitted" is what intake and opening hours allow in a day.
"""


CLOSURES = ("admits again", "closes to admissions", "closes, and people must move", "is empty")
"""What becomes of a provider: OPEN, CLOSED, MOVING, EMPTY."""


def describe(scenario: Scenario, network: Network) -> str:
    """Loads against capacity, means really drawn, routes and shares resolved, sources, assumptions.

    Plain tables for a planner, about 100 columns wide.
    """
    parts = [
        _title(scenario, network),
        *sections(scenario, network, everything),
        _sources(scenario),
        ABOUT.strip(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def sections(scenario: Scenario, network: Network, under: Under) -> list[str]:
    """What is found out about the scenario, table by table: the rows whose path is `under` what is asked."""
    found = loads(scenario, network)
    parts = [
        _arrivals(network, under),
        _people(network, under),
        _growth(network, under),
        _loads(found, under),
        _care_times(network, found, under),
        _amounts(network, under),
        _routes(network, under),
        _away(network, under),
        _decline(network) if under("deconditioning") else "",
        _reviews(network, found, under),
        *describe_providers(scenario, network, under),
        *describe_staff(network, found, under),
        _clocks(scenario, network, under),
        _starts(network, under),
        _changes(network, under),
        *describe_chances(scenario, network, under),
        _deadlocks(network) if under("") else "",
        *describe_money(scenario, under),
    ]
    return [part for part in parts if part]


# ---------------------------------------------------------------- sections


def _title(scenario: Scenario, network: Network) -> str:
    last = _date(network, math.ceil(network.end) - 1)
    warm_up = f" after a warm-up of {format_duration(-network.start)}" if network.start < 0 else ""
    return (
        f"{scenario.name}\n{'=' * min(len(scenario.name), WIDTH)}\n"
        f"Measured from {network.calendar.start} to {last} ({format_duration(network.end)}){warm_up};\n"
        f"{count(network.replications, 'replication')}, seed {network.seed}."
    )


def _arrivals(network: Network, under: Under) -> str:
    months = _months(network)
    rows = []
    for stream in network.streams:
        if not under(f"arrivals.{stream.name}"):
            continue
        mean = expected_people(stream, 0.0, network.end, network.calendar) / network.end
        rates = [
            (expected_people(stream, start, end, network.calendar) / (end - start), month)
            for month, start, end in months
            if end - start >= 7 or len(months) == 1
        ]
        most, month = max(rates, default=(mean, ""))
        cases = [f"{when}{_shares(network, choice)}" for when, choice in _cases(network, stream.to[0][1])]
        rows.append([stream.name, figure(mean), f"{figure(most)} in {month}", cases[0]])
        rows += [["", "", "", case] for case in cases[1:]]
    return section("Arrivals", ["stream", ">people a day", ">busiest month", "first to"], rows)


def _people(network: Network, under: Under) -> str:
    rows = []
    tables: dict[int, list[tuple[str, Table[Choice]]]] = {}
    for stream in network.streams:
        for attribute, pieces in stream.people:
            tables.setdefault(attribute, []).append((stream.name, pieces[0][1]))
    for attribute, drawn in sorted(tables.items()):
        same = all(table == drawn[0][1] for _, table in drawn)
        if not under(f"people.{network.attributes[attribute].name}"):
            path = f"people.{network.attributes[attribute].name}"
            drawn = [(stream, table) for stream, table in drawn if under(f"arrivals.{stream}.{path}")]
        for stream_name, table in drawn[:1] if same else drawn:
            who = "" if same else f"{stream_name}: "
            for when, choice in _cases(network, table):
                values = network.attributes[attribute].values
                shares = ", ".join(f"{values[code]} {percent(share)}" for code, share in shares_of(choice))
                rows.append([network.attributes[attribute].name, who + when + shares])
    return section("Who arrives", ["attribute", "shares"], once(rows))


def _growth(network: Network, under: Under) -> str:
    """What becomes of each band of a stream whose growth goes by what people are."""
    rows = []
    for stream in network.streams:
        rate = stream.rate
        if rate is None or rate.growth_by is None or not under(f"arrivals.{stream.name}.growth"):
            continue
        for when, growth in _cases(network, rate.growth_by):
            parts = []
            for at in (0.0, network.end):
                shares = shares_grown(network, stream, at, set(rate.growth_by.axes))
                own = (share for each, share in shares.items() if leaf_at(rate.growth_by, each) is growth)
                parts.append(percent(sum(own)))
            factor = f"x {grown(growth, np.array([network.end]))[0]:.3g}"
            rows.append([stream.name, when.rstrip(": "), f"{100 * growth:.3g} %", factor, *parts])
    header = ["stream", "of", ">a year", ">by the end", ">share at first", ">at the end"]
    return section("Growth of arrivals", header, once(rows))


def _loads(found: list[ServiceLoad], under: Under) -> str:
    found = [load for load in found if under(f"services.{load.service}")]
    if not found:
        return ""
    header = ["service", ">people", ">care", ">asked", ">there is", ">used", ">admitted", ">used"]
    header += ["worst month", "", ""]
    units = ["", ">a day", ">days", "", "", "", ">a day", "", "", ">places", ">intake"]
    rows = [_load_row(load) for load in found]
    told = [text for load in found for text in _warnings(load)]
    warnings = [line for text in told for line in textwrap.wrap(text, WIDTH, subsequent_indent="  ")]
    table = section("What is asked of each service", header, [units, *rows])
    notes = ["* staff time: people keep the place they hold"] if any(load.in_place for load in found) else []
    return "\n".join([table, *notes, *([""] if warnings else []), *warnings])


def _load_row(load: ServiceLoad) -> list[str]:
    unit = {"places": "places", "hours per week": "h/week", "unlimited": "unlimited"}[load.unit]
    mean, worst = load.mean, load.worst
    return [
        load.service + (" *" if load.in_place else ""),
        figure(mean.people_a_day),
        figure(load.care_time),
        figure(mean.offered),
        unit if mean.capacity is None else f"{whole(mean.capacity)} {unit}",
        used(mean.utilisation),
        "" if mean.admissions_allowed is None else figure(mean.admissions_allowed),
        used(mean.admissions_used),
        worst.month,
        used(worst.utilisation),
        used(worst.admissions_used),
    ]


def _warnings(load: ServiceLoad) -> Iterator[str]:
    window = "over the whole window: it cannot keep up."
    month = f"in {load.worst.month}: queues grow as long as that lasts."
    for part, when in ((load.mean, window), (load.worst, month)):
        texts = list(_too_much(part))
        for text in texts:
            yield f"! {load.service}: {text} {when}"
        if texts:
            return
    if math.isinf(load.mean.people_a_day):
        yield f"! {load.service}: some people who come here never leave the system."


def _too_much(load: Load) -> Iterator[str]:
    if load.utilisation is not None and load.utilisation > 1:
        yield f"is asked for {percent(load.utilisation)} of what there is"
    if load.admissions_used is not None and load.admissions_used > 1:
        yield f"is asked to start {percent(load.admissions_used)} of what intake and opening hours allow"


def _care_times(network: Network, found: list[ServiceLoad], under: Under) -> str:
    rows = []
    for service, load in zip(network.services, found, strict=True):
        if not under(f"services.{service.name}.care_time"):
            continue
        for when, care in _cases(network, service.care_time):
            rows.append([service.name, when.rstrip(": "), *_drawn(care, format_duration)])
        if load.rounds_add:
            rows.append(
                [
                    service.name,
                    "rounds add",
                    "",
                    figure(load.rounds_add),
                    "",
                    "on average, at any hour alike",
                ]
            )
    header = ["service", "for", "distribution", ">mean drawn", ">declared", ""]
    return section("Care times [days]", header, once(rows))


def _amounts(network: Network, under: Under) -> str:
    rows = []
    for service in network.services:
        if not under(f"services.{service.name}.amount"):
            continue
        for when, amount in _cases(network, service.amount) if service.amount is not None else []:
            if isinstance(amount, Taper):
                taper = f"{amount.first / 60:g} at first, {amount.last / 60:g} at the end"
                rows.append([service.name, when.rstrip(": "), "taper", "", "", taper])
            else:
                rows.append([service.name, when.rstrip(": "), *_drawn(amount, whole)])
    header = ["service", "for", "distribution", ">mean drawn", ">declared", ""]
    return section("Amounts [hours per week]", header, once(rows))


def _drawn(drawn: Distribution, words: Callable[[float], str]) -> list[str]:
    """Family, mean really drawn, mean declared where that is another, and what makes it so."""
    changed = drawn.share_changed()
    notes = []
    if drawn.cap is not None:
        notes.append(f"{percent(changed.capped)} end at {words(drawn.cap)}")
    if drawn.low is not None or drawn.high is not None:
        notes.append(f"min and max leave out {percent(changed.removed)}")
    mean, declared = drawn.mean(), drawn.declared_mean()
    return [drawn.family, figure(mean), "" if mean == declared else figure(declared), "; ".join(notes)]


def _routes(network: Network, under: Under) -> str:
    rows = []
    for service in network.services:
        path = f"services.{service.name}"
        lines = []
        for attribute, table in service.sets:
            name, values = network.attributes[attribute].name, network.attributes[attribute].values
            for when, choice in _cases(network, table):
                drawn = ", ".join(f"{values[code]} {percent(share)}" for code, share in shares_of(choice))
                lines.append((f"sets.{name}", "sets " + name, when + drawn))
        for when, choice in _cases(network, service.next):
            lines.append(("next", "next", when + _shares(network, choice)))
        for number, stand_in in enumerate(service.instead):
            lines.append((f"instead.{number}", "instead", _stand_in(network, stand_in)))
        if service.give_up is not None:
            for when, choice in _cases(network, service.give_up.to):
                after = _after(network, service.give_up.after)
                lines.append(("give_up", "give up", f"{when}{after}{_shares(network, choice)}"))
        if service.turned_away_to is not None:
            for when, choice in _cases(network, service.turned_away_to):
                lines.append(("queue.else", "turned away", when + _shares(network, choice)))
        rows += [[service.name, *line] for key, *line in lines if under(f"{path}.{key}")]
    return section("Routes", ["service", "", "to"], once(rows))


def _stand_in(network: Network, stand_in: Any) -> str:
    only = ""
    if stand_in.only_from is not None:
        only = " for those from " + ", ".join(
            _origin(network, number) for number in sorted(stand_in.only_from)
        )
    kept = "keeping their turn" if stand_in.keeps_turn else "for good"
    return f"{_after(network, stand_in.after)}{network.services[stand_in.to].name}, {kept}{only}"


def _away(network: Network, under: Under) -> str:
    rows = []
    for number, service in enumerate(network.services):
        rule = service.away
        if rule is None or not under(f"services.{service.name}.away"):
            continue
        for when, rate in _cases(network, rule.rate):
            rows.append([service.name, "admitted", f"{when}{figure(rate * DAYS_PER_YEAR)} a year of care"])
        paid = "" if rule.pay == rule.keep else f", paid for {format_duration(rule.pay)}"
        kept = f"the place is kept {format_duration(rule.keep)}{paid}"
        to = _cases(network, rule.to)
        rows += [[service.name, "to", f"{when}{network.services[code].name}; {kept}"] for when, code in to]
        for code in sorted({code for _, code in to}):
            hospital = network.services[code]
            whose = "" if len(to) == 1 else f"{hospital.name}: "
            for when, stay in _cases(network, hospital.care_time):
                share = back_in_time(stay, rounds_add(hospital.rounds), rule.keep)
                rows.append([service.name, "ready in time", f"{whose}{when}{percent(share)}"])
        for when, choice in _cases(network, rule.next):
            rows.append([service.name, "next", when + _shares(network, choice, back=number)])
        for when, choice in _cases(network, rule.find_again) if rule.find_again is not None else []:
            rows.append([service.name, "back too late", f"{when}{_shares(network, choice)} first"])
    table = section("Hospital, the place kept", ["service", "", ""], once(rows))
    note = "What is asked above has these admissions in it, and the time places are kept without delays."
    return table and f"{table}\n{note}"


def _reviews(network: Network, found: list[ServiceLoad], under: Under) -> str:
    """When people in care are reviewed, by whom, what comes of it, and whether the team can do them all."""
    rows = []
    for service, load in zip(network.services, found, strict=True):
        rules = service.reviews
        if rules is None or not under(f"services.{service.name}.reviews"):
            continue
        name = service.name
        for what, table in (("first after", rules.first), ("every", rules.every)):
            for when, time in _cases(network, table) if table is not None else []:
                rows.append([name, what, f"{when}{_mean_time(time)}"])
        if rules.at_least:
            rows.append([name, "of those with", f"{rules.at_least / 60:g} hours per week or more"])
        names = [effect.name for effect in rules.effects]
        for when, choice in _cases(network, rules.outcomes):
            shares = ", ".join(f"{names[code]} {percent(share)}" for code, share in shares_of(choice))
            rows.append([name, "outcomes", when + shares])
        for effect in rules.effects:
            for when, change in _cases(network, effect.amount) if effect.amount is not None else []:
                rows.append([name, effect.name, when + _amount_change(change)])
            for when, choice in _cases(network, effect.next) if effect.next is not None else []:
                rows.append([name, effect.name, f"{when}care ends; next {_shares(network, choice)}"])
        freed = f", making packages smaller by {figure(load.freed_a_week)} hours" if service.in_hours else ""
        rows.append([name, "expected", f"{figure(load.reviews_a_week)} a week{freed}"])
    told = section("Reviews of care", ["service", "", ""], once(rows))
    return told and "\n".join([told, *(_team(load) for load in found if load.asked_by_reviews > 0)])


def _team(load: ServiceLoad) -> str:
    unit = "people" if load.unit == "unlimited" else load.unit
    has = "" if load.mean.capacity is None else f" of the {whole(load.mean.capacity)} there are"
    others = load.mean.offered - load.asked_by_reviews
    by_others = f"others for {figure(others)}" if others > 1e-9 * load.mean.offered else "nobody else for any"
    return f"{load.service}: reviews ask for {figure(load.asked_by_reviews)} {unit}{has}, {by_others}."


def _mean_time(time: Distribution) -> str:
    mean = format_duration(round(time.mean(), 2))
    return mean if time.family == "fixed" else f"{mean} on average ({time.family})"


def _amount_change(change: AmountChange) -> str:
    if change.factor == 0.0:
        return f"{change.plus / 60:g} hours per week from then on"
    if change.plus:
        return f"{change.plus / 60:+g} hours per week"
    return f"times {change.factor:g}"


def _decline(network: Network) -> str:
    """What each whole day of delay shifts."""
    rule = network.deconditioning
    if rule is None:
        return ""
    counted = ", ".join(network.services[number].name for number in sorted(rule.delayed_in))
    rows = [["delayed in", "", f"{counted}; up to {count(rule.at_most, 'whole day')}"]]
    targets = [*(service.name for service in network.services), *network.exits]

    def add(name: str, what: str, table: Table[DayEffect] | None, gainer: str = "") -> None:
        for when, effect in [] if table is None else _cases(network, table):
            if effect.adds or effect.grows:
                rows.append([name, what, when + _day_effect(effect, gainer)])

    add("everybody", "mortality", rule.mortality)
    for service in network.services:
        shifts = service.shifts
        if shifts is None:
            continue
        for attribute, gains in shifts.sets:
            own = network.attributes[attribute]
            for code, table in gains:
                add(service.name, f"sets {own.name}", table, own.values[code])
        for target, table in shifts.next:
            add(service.name, "next", table, targets[target])
        add(service.name, "amount", shifts.amount)
        add(service.name, "care time", shifts.care_time)
        add(service.name, "mortality", shifts.mortality)
    told = section("What each day of delay changes", ["service", "", ""], once(rows))
    return f"{told}\nWhat is asked above has nothing of this in it."


def _day_effect(effect: DayEffect, gainer: str) -> str:
    if gainer:
        return f"{gainer} + {percent(effect.adds)}, from the others in proportion"
    return f"+ {percent(effect.adds * DAYS_PER_YEAR)} a year" if effect.adds else f"x {1 + effect.grows:g}"


def _after(network: Network, table: Any) -> str:
    means = {leaf.mean() for _, leaf in _cases(network, table)}
    if means == {0.0}:
        return "at once: "
    words = [format_duration(round(mean, 2)) for mean in sorted(means)]
    return f"after {' or '.join(words)} (mean): " if len(words) < 4 else "after a time: "


def _clocks(scenario: Scenario, network: Network, under: Under) -> str:
    rows = []
    for service in network.services:
        declared = scenario.services[service.name]
        path = f"services.{service.name}"
        if declared.opens is not None and under(f"{path}.opens"):
            days = _days({day: "" for day in WEEKDAYS if day in declared.opens.days})
            hours = "-".join(clock(hour) for hour in declared.opens.hours)
            closed = "" if declared.opens.bank_holidays else ", closed on bank holidays"
            rows.append([service.name, "open", f"{days} {hours}{closed}"])
        if declared.intake is not None and under(f"{path}.intake"):
            text = _days({day: _limit(declared.intake.days.get(day)) for day in WEEKDAYS})
            if declared.intake.has_bank_holiday:
                text += f", bank holiday {_limit(declared.intake.bank_holiday)}"
            rows.append([service.name, "starts a day", text])
        if service.rounds is not None and under(f"{path}.rounds"):
            shares = zip(WEEKDAYS, service.rounds.seen, strict=True)
            seen = _days({day: percent(share) for day, share in shares})
            hours = f"{clock(service.rounds.start)}-{clock(service.rounds.end)}"
            rows.append([service.name, "rounds", f"{hours}; seen: {seen}"])
        if service.standard is not None and under(f"{path}.standard"):
            of, within = service.standard
            rows.append([service.name, "standard", f"{format_duration(within)}, of {of.replace('_', ' ')}"])
    return section("Clocks", ["service", "", ""], once(rows))


def _limit(starts: int | None) -> str:
    return "no limit" if starts is None else str(starts)


def _days(values: dict[str, str]) -> str:
    """Days with what holds on each; neighbours with the same together: "mon-fri 3, sat 1"."""
    groups: list[tuple[list[str], str]] = []
    for day in WEEKDAYS:
        if day not in values:
            continue
        apart = (
            not groups
            or groups[-1][1] != values[day]
            or WEEKDAYS[WEEKDAYS.index(day) - 1] not in groups[-1][0]
        )
        if apart:
            groups.append(([], values[day]))
        groups[-1][0].append(day)
    words = [(days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}", value) for days, value in groups]
    return ", ".join(f"{days} {value}".rstrip() for days, value in words)


def _starts(network: Network, under: Under) -> str:
    rows = []
    for service in network.services:
        if not under(f"services.{service.name}.start_with"):
            continue
        census = service.census
        if census.rows:
            rows.append(
                [
                    service.name,
                    f"{count(len(census.rows), 'person')} from a file".replace("persons", "people"),
                ]
            )
        waiting = [f"{people} delayed for {network.services[there].name}" for there, people in census.delayed]
        texts = [f"{census.in_care} in care"] * bool(census.in_care) + waiting
        texts += [f"{census.waiting} waiting outside"] * bool(census.waiting)
        if texts:
            elapsed = (
                "in equilibrium" if census.elapsed is None else f"mean {figure(census.elapsed.mean())} days"
            )
            rows.append([service.name, ", ".join(texts) + f"; time already here: {elapsed}"])
    return section("At the start of the run", ["service", ""], once(rows))


def _changes(network: Network, under: Under) -> str:
    rows = []
    now = {number: service.capacity for number, service in enumerate(network.services)}
    has = {number: service.capacities for number, service in enumerate(network.services)}
    closed = {number: service.closures for number, service in enumerate(network.services)}
    away = {number: service.away for number, service in enumerate(network.services)}
    put_out_to = {number: service.put_out_to for number, service in enumerate(network.services)}
    for change in network.changes:
        date = _date(network, change.at)
        if change.service < 0:
            rows.append((f"people.{change.field}", [date, "everywhere", change.field]))
            continue
        service = network.services[change.service]
        what = change.field.replace("_", " ")
        if change.field == "capacity":
            what = f"{_capacity(service, now[change.service])} -> {_capacity(service, change.value)}"
            now[change.service] = change.value
        elif change.field == "away":
            rule, away[change.service] = away[change.service], change.value
            for moved in _away_moved(network, change.service, rule, change.value):
                rows.append((f"services.{service.name}.away", [date, service.name, f"away: {moved}"]))
            continue
        elif change.field == "capacities":
            had, has[change.service] = has[change.service], change.value
            for provider, was, is_now in zip(service.providers, had, change.value, strict=True):
                if was != is_now and not provider.is_service:
                    text = f"{provider.name} {_capacity(service, was)} -> {_capacity(service, is_now)}"
                    path = f"services.{service.name}.providers.{provider.name}"
                    rows.append((path, [date, service.name, text]))
            continue
        elif change.field == "put_out_to":
            put_out_to[change.service] = change.value
            continue
        elif change.field == "closures":
            states, closed[change.service] = closed[change.service], change.value
            for k, (provider, then, state) in enumerate(
                zip(service.providers, states, change.value, strict=True)
            ):
                if then != state:
                    # Where they go is told once, as it closes.
                    to = None if then in (MOVING, EMPTY) else put_out_to[change.service][k]
                    told = _closure(network, provider, state, to)
                    path = f"services.{service.name}"
                    path += ".closed" if provider.is_service else f".providers.{provider.name}"
                    rows.append((path, [date, service.name, told]))
            continue
        rows.append((f"services.{service.name}.{_key(service, change.field)}", [date, service.name, what]))
    for stream in network.streams:
        path, name = f"arrivals.{stream.name}", stream.name
        base = stream.rate.base if stream.rate is not None else ()
        for (_, before), (at, rate) in itertools.pairwise(base):
            words = f"{figure(before)} -> {figure(rate)} a day"
            rows.append((f"{path}.rate", [_date(network, at), name, words]))
        rows += [(f"{path}.to", [_date(network, at), name, "to"]) for at, _ in stream.to[1:]]
        for attribute, pieces in stream.people:
            of = network.attributes[attribute].name
            words = f"shares of {of}"
            rows += [(f"{path}.people.{of}", [_date(network, at), name, words]) for at, _ in pieces[1:]]
    shown = [row for path, row in rows if under(path)]
    shown.sort(key=lambda row: (len(row[0]), row[0]))
    return section("What changes over the run", ["from", "", ""], shortened(once(shown)))


def _away_moved(network: Network, number: int, before: Away | None, after: Away | None) -> Iterator[str]:
    """What becomes of each part of the rule: "keep 2 weeks -> 0 days"."""
    had, has = (_away_in_words(network, number, rule) for rule in (before, after))
    for part in sorted(had.keys() | has.keys()):
        if (was := had.get(part, "none")) != (now := has.get(part, "none")):
            yield f"{part} {was} -> {now}"


def _away_in_words(network: Network, number: int, rule: Away | None) -> dict[str, str]:
    if rule is None:
        return {}
    parts = {
        "rate": [f"{when}{figure(rate * DAYS_PER_YEAR)} a year" for when, rate in _cases(network, rule.rate)],
        "to": [when + network.services[code].name for when, code in _cases(network, rule.to)],
        "keep": [format_duration(rule.keep)],
        "pay": [format_duration(rule.pay)],
        "next": [when + _shares(network, choice, back=number) for when, choice in _cases(network, rule.next)],
    }
    if rule.find_again is not None:
        again = _cases(network, rule.find_again)
        parts["find_again"] = [when + _shares(network, choice) for when, choice in again]
    return {part: "; ".join(words) for part, words in parts.items()}


def _closure(network: Network, provider: Provider, state: int, to: Table[Choice] | None) -> str:
    """What becomes of a provider, or of a service, that closes or opens."""
    whose = "" if provider.is_service else f"{provider.name} "
    if state not in (MOVING, EMPTY) or to is None:
        return whose + CLOSURES[state]
    routes = "; ".join(f"{when}{_shares(network, choice)}" for when, choice in _cases(network, to))
    return f"{whose}{CLOSURES[state]}; who has found no place goes to {routes}"


def _key(service: Service, field: str) -> str:
    """The key of a service that sets a field of its."""
    capacity = "hours" if service.in_hours else "places"
    return {"capacity": capacity, "turned_away_to": "queue.else"}.get(field, field)


def _capacity(service: Service, capacity: int | None) -> str:
    if capacity is None:
        return "unlimited"
    return f"{capacity / 60:g} hours per week" if service.in_hours else f"{capacity} places"


def _deadlocks(network: Network) -> str:
    found = circles(network)
    if not found:
        return "Deadlock: no two services can wait for one another's places."
    lines = [f"  {', '.join(names)}" for names in found]
    return (
        "Deadlock is possible among these: people in full services may wait for one another's places.\n"
        "The run moves them at once (rule 12) and counts the moves.\n" + "\n".join(lines)
    )


def _sources(scenario: Scenario) -> str:
    """Each source with the numbers it covers, in the order of the file."""
    found = sources.numbers(scenario)
    covered: dict[str, list[sources.Number]] = {}
    for number in found:
        if number.source:
            covered.setdefault(number.covered_by, []).append(number)
    lines = ["Sources", "-------"]
    for path, numbers in covered.items():
        lines += textwrap.wrap(f"{path}: {numbers[0].source}", WIDTH, subsequent_indent="  ")
        told = (f"{number.path.removeprefix(path).lstrip('.')} {number.value}".strip() for number in numbers)
        text = "; ".join(textwrap.shorten(each, WIDTH - 10) for each in told)
        lines += textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="    ")
    without = len(found) - sum(map(len, covered.values()))
    if without:
        lines.append(f"{count(without, 'number')} of {len(found)} without a source; --unsourced lists them.")
    return "\n".join(lines) if found else ""


# ---------------------------------------------------------------- names


def _cases(network: Network, table: Table[Any]) -> list[tuple[str, Any]]:
    """("age 18-64/65-84: ", leaf) for each different leaf, perhaps in parts; "" where there is only one."""
    groups: dict[int, list[tuple[int, ...]]] = {}
    for place, leaf in zip(itertools.product(*map(range, table.shape)), table.leaves, strict=True):
        if leaf is not None:
            groups.setdefault(id(leaf), []).append(place)
    leaves = {id(leaf): leaf for leaf in table.leaves}
    if len(groups) == 1:
        return [("", leaves[key]) for key in groups]
    return [
        (_condition(network, table, part) + ": ", leaves[key])
        for key, places in groups.items()
        for part in _whole_parts(places)
    ]


def _whole_parts(places: list[tuple[int, ...]]) -> list[list[tuple[int, ...]]]:
    """Places as few words can say them: in each part all combinations of some entries of each axis."""
    if math.prod(len(set(entries)) for entries in zip(*places, strict=True)) == len(places):
        return [places]
    below: dict[int, list[tuple[int, ...]]] = {}
    for first, *others in places:
        below.setdefault(first, []).append(tuple(others))
    alike: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for first, rest in below.items():
        alike.setdefault(tuple(rest), []).append(first)
    return [
        [(first, *others) for first in entries for others in part]
        for rest, entries in alike.items()
        for part in _whole_parts(list(rest))
    ]


def _condition(network: Network, table: Table[Any], places: list[tuple[int, ...]]) -> str:
    """Of places that are a whole part."""
    parts = []
    for axis, number in enumerate(table.axes):
        codes = sorted({place[axis] for place in places})
        if len(codes) < table.shape[axis]:
            known = [code for code in codes if number == FROM or code < table.shape[axis] - 1] or codes
            parts.append(
                f"{_axis(network, number)} {'/'.join(_entry(network, number, code) for code in known)}"
            )
    return ", ".join(parts)


def _axis(network: Network, axis: int) -> str:
    return "from" if axis == FROM else network.attributes[axis].name


def _entry(network: Network, axis: int, code: int) -> str:
    if axis == FROM:
        return _origin(network, code)
    values = network.attributes[axis].values
    return values[code] if code < len(values) else "not set"


def _origin(network: Network, number: int) -> str:
    names = [each.name for each in network.services] + [each.name for each in network.streams] + ["start"]
    return names[number]


def _shares(network: Network, choice: Choice, back: int | None = None) -> str:
    names = [service.name for service in network.services] + list(network.exits)
    if back is not None:
        names[back] = BACK
    if len(choice.codes) == 1:
        return names[choice.codes[0]]
    return ", ".join(f"{names[code]} {percent(share)}" for code, share in shares_of(choice))


def _months(network: Network) -> list[tuple[str, float, float]]:
    """(ISO month, first instant, end) of each month of the window."""
    days = np.arange(0, math.ceil(network.end))
    months = months_of(network.calendar, days)
    firsts = np.flatnonzero(np.diff(months, prepend=months[:1] - 1))
    ends = [*map(float, firsts[1:]), network.end]
    return [
        (str(np.datetime64(int(months[first]), "M")), float(first), end)
        for first, end in zip(firsts, ends, strict=True)
    ]


def _date(network: Network, instant: float) -> str:
    day = math.floor(instant)
    date = str(np.datetime64(network.calendar.start, "D") + day)
    return date if instant == day else f"{date} {clock(instant - day)}"
