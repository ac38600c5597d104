"""`caresim check`: every fault of one or more scenarios at once, and what is worth a second look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caresim.cli.options import set_option

if TYPE_CHECKING:
    from caresim.network.network import Network, Service
    from caresim.scenario.scenario import Scenario

HOSPITALS = ("acute", "community_hospital")


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@set_option
@click.pass_context
def command(ctx: click.Context, files: tuple[Path, ...], changes: list[tuple[str, str]]) -> None:
    """Tell every fault of each FILE, with its line and the nearest name. Exit code 2 if there is any."""
    from caresim.errors import CaresimError
    from caresim.network.compile import compile_network
    from caresim.scenario.files import load_scenario

    faulty = False
    for file in files:
        try:
            scenario = load_scenario(file, changes)
            network = compile_network(scenario)
        except CaresimError as error:
            click.echo(str(error), err=True)
            faulty = True
            continue
        for words in warnings(network):
            click.echo(f"{file}: {words}", err=True)
        click.echo(f"{file}: ok. {contents(scenario, network)}")
    if faulty:
        ctx.exit(2)


def contents(scenario: Scenario, network: Network) -> str:
    """What was found, in a line."""
    return (
        f'"{scenario.name}": {count(len(network.services), "service")}, '
        f"{count(len(network.streams), 'arrival stream')}, {count(len(scenario.exits), 'exit')}; "
        f"{count(scenario.replications, 'replication')} of {network.end:g} days after "
        f"{abs(network.start):g} days of warm-up."
    )


def count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def warnings(network: Network) -> Iterator[str]:
    """What is allowed and may not be meant."""
    from caresim.network.waits import may_deadlock

    for service in waited_for_in_hospital(network):
        if not service.delay_counts:
            yield (
                f"warning: services.{service.name} has no dtoc, and people wait for it in hospital: their "
                "delays count as reason O, responsible NHS. Give it dtoc: {reason: ..., responsible: ...}."
            )
    for names in may_deadlock(network):
        yield (
            f"warning: people in {', '.join(names)} may wait for one another's places for ever; such a "
            "circle is moved at once and counted."
        )


def waited_for_in_hospital(network: Network) -> list[Service]:
    """Services that are not acute and not always open to all, which somebody in hospital may come to need."""
    from caresim.network.checks import codes_in, every

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
    from caresim.network.checks import every

    service = network.services[number]
    unlimited = all(capacity is None for capacity in every(network, number, "capacity"))
    return unlimited and not service.opens and not service.intake and not service.in_place
