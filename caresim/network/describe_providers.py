"""Providers as they will be simulated, in plain text: a part of what `caresim explain` prints."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterator

from caresim.network.checks import always_closed
from caresim.network.layout import WIDTH, Under, figure, in_runs, once, section, shortened, used, whole
from caresim.network.network import Network, Provider, Service
from caresim.network.provider_loads import in_words, taken_loads
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import BEST_RATED, MOST_FREE
from caresim.scenario.services import Provider as Declared
from caresim.scenario.services import Service as DeclaredService

MOST_NAMED = 6
"""Providers in the order of filling."""

ABOUT = (
    "Asked is what those ask for whom nobody else takes: others may be with these providers too. "
    "Without waiting, and as means of the window."
)


def describe_providers(scenario: Scenario, network: Network, under: Under) -> list[str]:
    """Who has the places, whom they take, who is filled first, and whether that is enough for whom."""
    shown = {
        service.name
        for service in network.services
        if any(not each.is_service for each in service.providers)
        and under(f"services.{service.name}.providers")
    }
    if not shown:
        return []
    rows = [
        row
        for number, service in enumerate(network.services)
        if service.name in shown
        for row in _rows(scenario, network, number)
    ]
    parts = [section("Providers", ["service", "provider", ">has", ""], shortened(once(rows)))]
    asked = []
    for load in taken_loads(network):
        service = network.services[load.service]
        if service.name not in shown:
            continue
        names = [service.providers[k].name for k in load.providers]
        there = f"{whole(round(load.capacity, 2))} {'h/week' if service.in_hours else 'places'}"
        row = [service.name, figure(load.people_a_day), figure(load.offered), there, used(load.utilisation)]
        asked.append([*row, f"{in_words(network, load)}: {', '.join(in_runs(names))}"])
    header = ["service", ">people a day", ">asked", ">there is", ">used", "by people such as: taken only by"]
    if asked:
        parts.append(section("Who is taken by whom", header, shortened(once(asked))))
        parts[-1] += "\n" + "\n".join(textwrap.wrap(ABOUT, WIDTH))
    return parts


def _rows(scenario: Scenario, network: Network, number: int) -> Iterator[list[str]]:
    service = network.services[number]
    declared = scenario.services[service.name]
    each = zip(service.providers, declared.providers, service.capacities, strict=True)
    closed = always_closed(network, number)
    told = [
        (provider.name, *_about(network, service, provider, own, has, k in closed))
        for k, (provider, own, has) in enumerate(each)
    ]
    for (stem, has, about), same in itertools.groupby(told, lambda row: (_stem(row[0]), row[1], row[2])):
        names = [name for name, _, _ in same]
        alike = f"{len(names)} like this, {names[0]} to {names[-1]}"
        text = about if len(names) == 1 else "; ".join(filter(None, (alike, about)))
        yield [service.name, names[0] if len(names) == 1 else f"{stem}...", has, text]
    if len(service.providers) > 1:
        yield [service.name, "filled first", "", _first(declared)]


def _stem(name: str) -> str:
    return name.rstrip("0123456789")


def _about(
    network: Network, service: Service, provider: Provider, own: Declared, capacity: int, closed: bool
) -> tuple[str, str]:
    """What it has, and whom it takes."""
    has = f"{capacity / 60:g} h/week" if service.in_hours else f"{capacity} places"
    taken = [
        f"{network.attributes[number].name} "
        + "/".join(network.attributes[number].values[code] for code in sorted(codes))
        for number, codes in provider.takes
    ]
    about = [f"takes {', '.join(taken)}"] if taken else []
    if provider.staffed is not None:
        about.append(f"at the start: the work of {network.staff[provider.staffed.group].name}")
    about += [own.rating.replace("_", " ")] if own.rating is not None else []
    about += ["opening hours of its own"] if provider.opens else []
    about += ["intake of its own"] if provider.intake else []
    about += ["closed all through the run, not counted in what there is"] if closed else []
    return has, "; ".join(about)


def _first(declared: DeclaredService) -> str:
    if isinstance(declared.fill, str):
        return {MOST_FREE: "who has most free", BEST_RATED: "the best rated"}[declared.fill]
    listed = ", ".join(declared.fill[:MOST_NAMED]) + (", ..." if len(declared.fill) > MOST_NAMED else "")
    others = "; of the others who has most free" if len(declared.fill) < len(declared.providers) else ""
    return listed + others
