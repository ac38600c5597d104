"""`caresim explain`: the system as it will really be simulated, in plain text."""

from __future__ import annotations

from pathlib import Path

import click

from caresim.cli.options import read_scenario, set_option


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.argument("path", required=False)
@set_option
@click.option(
    "--unsourced", is_flag=True, help="List only the numbers that have no source, with their lines."
)
def command(file: Path, path: str | None, changes: list[tuple[str, str]], unsourced: bool) -> None:
    """Show what FILE really says: loads against capacity, means really drawn, routes, sources.

    With PATH only what lies under it, for example services.home_care, and all that is declared there.

    FILE is a scenario, or the name of a system that ships with caresim, for example county.
    """
    from caresim.network.compile import compile_network
    from caresim.network.describe import describe
    from caresim.network.describe_part import describe_part, is_under, known_path
    from caresim.network.sources import numbers

    scenario = read_scenario(file, changes)
    if path is not None:
        path = known_path(scenario, path)
    if unsourced:
        told = [number for number in numbers(scenario) if path is None or is_under(number.path, path)]
        without = [number for number in told if not number.source]
        for number in without:
            click.echo(f"{number.file}:{number.line}, {number.path}: {number.value}")
        if not without:
            click.echo(f"{file}: every number {f'under {path} ' if path else ''}has a source.")
        return
    network = compile_network(scenario)
    click.echo(describe(scenario, network) if path is None else describe_part(scenario, network, path))
