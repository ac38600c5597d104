"""`caresim check`: every fault of one or more scenarios at once, and what is worth a second look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from caresim.cli.options import read_scenario, set_option

if TYPE_CHECKING:
    from caresim.network.network import Network
    from caresim.scenario.scenario import Scenario


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@set_option
@click.pass_context
def command(ctx: click.Context, files: tuple[Path, ...], changes: list[tuple[str, str]]) -> None:
    """Tell every fault of each FILE, with its line and the nearest name. Exit code 2 if there is any.

    FILE is a scenario, or the name of a system that ships with caresim, for example county.
    """
    from caresim.cli.doubts import doubts
    from caresim.errors import CaresimError
    from caresim.network.compile import compile_network

    faulty = False
    for file in files:
        try:
            scenario = read_scenario(file, changes)
            network = compile_network(scenario)
        except CaresimError as error:
            click.echo(str(error), err=True)
            faulty = True
            continue
        for words in doubts(scenario, network):
            click.echo(f"{file}: warning: {words}", err=True)
        click.echo(f"{file}: ok. {contents(scenario, network)}")
    if faulty:
        ctx.exit(2)


def contents(scenario: Scenario, network: Network) -> str:
    """What was found, in a line."""
    from caresim.report.words import count

    return (
        f'"{scenario.name}": {count(len(network.services), "service")}, '
        f"{count(len(network.streams), 'arrival stream')}, {count(len(scenario.exits), 'exit')}; "
        f"{count(scenario.replications, 'replication')} of {count(network.end, 'day')} after "
        f"{count(abs(network.start), 'day')} of warm-up."
    )
