"""What is asked of the providers behind a service by those only they take, and people whom nobody takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from caresim.errors import ScenarioError
from caresim.network.checks import always_closed
from caresim.network.classes import Class, TooManyClassesError
from caresim.network.flows import System, relevant_attributes, spans
from caresim.network.loads import arrivals_in, pieces_of
from caresim.network.network import Network, Service
from caresim.network.staffing import expected_capacities, expected_staff
from caresim.scenario import where
from caresim.scenario.scenario import Scenario

SOMEBODY = 1e-9
"""People a day: less is a rounding error."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenLoad:
    """What people ask of a service whom only these of its providers take, over the window."""

    service: int
    providers: tuple[int, ...]
    """Numbers in the service; (): nobody takes them."""
    who: Class
    """Attribute codes of some of them."""
    people_a_day: float
    """Of those whom exactly these take."""
    offered: float
    """Places or hours per week that would be held if nobody waited, by whomever no others take."""
    capacity: float
    """Of these providers, mean, in the same unit; of those closed all through the run nothing."""

    @property
    def utilisation(self) -> float:
        """Asked over what there is; inf where there is nothing."""
        return self.offered / self.capacity if self.capacity > 0 else float("inf")


def taken_loads(network: Network) -> list[TakenLoad]:
    """Of each service with providers that do not take everybody: by service, then providers.

    Raises:
        TooManyClassesError: more classes of people than anyone could look through.
    """
    choosy = {
        number
        for number, service in enumerate(network.services)
        if any(provider.takes for provider in service.providers)
    }
    if not choosy:
        return []
    closed = {number: always_closed(network, number) for number in choosy}
    held = spans(network)
    pieces = pieces_of(network, [at for at, _, _ in held])
    staff = expected_staff(network)
    then = [(held[piece.span][1], piece) for piece in pieces]
    has = {
        number: [expected_capacities(each[number], staff, piece.start, piece.end) for each, piece in then]
        for number in choosy
    }
    found: dict[tuple[int, tuple[int, ...]], list[float]] = {}
    who: dict[tuple[int, tuple[int, ...]], Class] = {}
    for span, (_, services, mortality) in enumerate(held):
        own = [piece for piece in pieces if piece.span == span]
        if not own:
            continue
        system = System(services, mortality, relevant_attributes(network))
        rates = system.solve([arrivals_in(network, piece, system.relevant) for piece in own])
        days = np.array([piece.days for piece in own])
        for state, row in system.states.items():
            if state[0] in choosy:
                number, class_ = state[0], state[1]
                key = number, _taking(services[number], class_, closed[number])
                people, care = float(rates[row] @ days), system.held[state]
                sums = found.setdefault(key, [0.0, 0.0])
                sums[0] += people
                sums[1] += people * (care.care.mean + care.kept) * care.amount
                who.setdefault(key, class_)
    total = sum(piece.days for piece in pieces)
    return [
        TakenLoad(
            service=number,
            providers=providers,
            who=who[number, providers],
            people_a_day=people / total,
            # Whoever fewer take can be with these, and with nobody else.
            offered=sum(
                asked
                for (other, fewer), (_, asked) in found.items()
                if other == number and set(fewer) <= set(providers)
            )
            / total,
            capacity=sum(
                piece.days
                * sum(own[k] for k in providers if k not in closed[number])
                / (60.0 if network.services[number].in_hours else 1.0)
                for piece, own in zip(pieces, has[number], strict=True)
            )
            / total,
        )
        for (number, providers), (people, _) in sorted(found.items())
        if people / total > SOMEBODY
    ]


def _taking(service: Service, class_: Class, closed: frozenset[int]) -> tuple[int, ...]:
    """Those that take them and ever admit; where all of these are closed, the closed ones."""
    taking = tuple(k for k, provider in enumerate(service.providers) if provider.has(class_))
    return tuple(k for k in taking if k not in closed) or taking


def check_taken(scenario: Scenario, network: Network) -> None:
    """Refuse a network in which people come to a service where nobody takes them.

    Raises:
        ScenarioError: each such service, with who they are.
    """
    try:
        found = taken_loads(network)
    except TooManyClassesError:
        return  # Told where the loads are shown; a run counts them as never fitting.
    faults = [
        where.fault_at(
            scenario,
            f"services.{network.services[load.service].name}.providers",
            f"nobody takes people who are {in_words(network, load)}, and they come here "
            f"({load.people_a_day:.2g} a day): they would wait for ever.",
        )
        for load in found
        if not load.providers
    ]
    if faults:
        raise ScenarioError(sorted(faults))


def in_words(network: Network, load: TakenLoad) -> str:
    """Who some of these people are, as far as providers ask: "area east, funding council"."""
    asked = sorted({k for each in network.services[load.service].providers for k, _ in each.takes})
    return ", ".join(_value(network, k, load.who[k]) for k in asked)


def _value(network: Network, number: int, code: int) -> str:
    attribute = network.attributes[number]
    values = attribute.values
    return f"{attribute.name} {values[code]}" if code < len(values) else f"without {attribute.name}"


def overloaded(network: Network) -> Iterator[str]:
    """Those who ask for more than the providers that take them have."""
    try:
        found = taken_loads(network)
    except TooManyClassesError:
        return
    for load in found:
        service = network.services[load.service]
        if load.providers and load.utilisation > 1:
            names = [service.providers[k].name for k in load.providers]
            these = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
            unit = "hours per week" if service.in_hours else "places"
            yield (
                f"services.{service.name}: people whom only {these} take "
                f"(for example {in_words(network, load)}) ask for {load.offered:,.3g} {unit} of "
                f"{load.capacity:,.3g}: they cannot keep up."
            )
