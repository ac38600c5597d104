"""`caresim check`: every fault of one or more scenarios at once, and what is worth a second look."""

from __future__ import annotations

from pathlib import Path

import click

from caresim.cli.options import set_option


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
        n_services, n_exits, n_streams = len(network.services), len(network.exits), len(network.streams)
        click.echo(
            f"{file}: ok. {scenario.name}: {n_services} services, {n_streams} arrival streams, "
            f"{n_exits} exits; {scenario.replications} replications of {network.end:g} days."
        )
    if faulty:
        ctx.exit(2)
