"""`caresim explain`: the system as it will really be simulated, in plain text."""

from __future__ import annotations

from pathlib import Path

import click

from caresim.cli.options import read_scenario, set_option


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@set_option
@click.option(
    "--unsourced", is_flag=True, help="List only the numbers that have no source, with their lines."
)
def command(file: Path, changes: list[tuple[str, str]], unsourced: bool) -> None:
    """Show what FILE really says: loads against capacity, means really drawn, routes, sources.

    FILE is a scenario, or the name of a system that ships with caresim, for example county.
    """
    from caresim.network.compile import compile_network
    from caresim.network.describe import describe
    from caresim.network.sources import numbers

    scenario = read_scenario(file, changes)
    if unsourced:
        without = [number for number in numbers(scenario) if not number.source]
        for number in without:
            click.echo(f"{number.file}:{number.line}, {number.path}: {number.value}")
        if not without:
            click.echo(f"{file}: every number has a source.")
        return
    click.echo(describe(scenario, compile_network(scenario)))
