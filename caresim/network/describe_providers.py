"""Providers as they will be simulated, in plain text: a part of what `caresim explain` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from caresim.network.layout import WIDTH, figure, once, section, shortened, used, whole
from caresim.network.network import Network, Service
from caresim.network.provider_loads import in_words, taken_loads
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import BEST_RATED
from caresim.scenario.services import Service as Declared

ABOUT = (
    "Asked is what those ask for whom nobody else takes: others may be with these providers too. "
    "Without waiting, and as means of the window."
)


def describe_providers(scenario: Scenario, network: Network) -> list[str]:
    """Who has the places, whom they take, who is filled first, and whether that is enough for whom."""
    if not any(service.providers for service in network.services):
        return []
    rows = [row for service in network.services for row in _rows(scenario, network, service)]
    parts = [section("Providers", ["service", "provider", ">has", ""], shortened(once(rows)))]
    asked = []
    for load in taken_loads(network):
        service = network.services[load.service]
        names = [service.providers[k].name for k in load.providers]
        there = f"{whole(round(load.capacity, 2))} {'h/week' if service.in_hours else 'places'}"
        row = [service.name, figure(load.people_a_day), figure(load.offered), there, used(load.utilisation)]
        asked.append([*row, f"{in_words(network, load)}: {', '.join(names)}"])
    header = ["service", ">people a day", ">asked", ">there is", ">used", "by people such as: taken only by"]
    if asked:
        parts.append(section("Who is taken by whom", header, shortened(once(asked))))
        parts[-1] += "\n" + "\n".join(textwrap.wrap(ABOUT, WIDTH))
    return parts


def _rows(scenario: Scenario, network: Network, service: Service) -> Iterator[list[str]]:
    declared = scenario.services[service.name]
    for provider, own, capacity in zip(
        service.providers, declared.providers, service.capacities, strict=True
    ):
        has = f"{capacity / 60:g} h/week" if service.in_hours else f"{capacity} places"
        about = [
            f"takes {network.attributes[number].name} "
            + "/".join(network.attributes[number].values[code] for code in sorted(codes))
            for number, codes in provider.takes
        ]
        about += [own.rating.replace("_", " ")] if own.rating is not None else []
        about += ["opening hours of its own"] if provider.opens else []
        about += ["intake of its own"] if provider.intake else []
        yield [service.name, provider.name, has, "; ".join(about)]
    if len(service.providers) > 1:
        yield [service.name, "filled first", "", _first(service, declared)]


def _first(service: Service, declared: Declared) -> str:
    if not service.fill:
        return "who has most free"
    if declared.fill == BEST_RATED:
        return "the best rated"
    names = [service.providers[k].name for k in service.fill]
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
