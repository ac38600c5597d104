"""`caresim check`: every fault of one or more scenarios at once, and what is worth a second look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from caresim.cli.options import read_scenario, set_option

if TYPE_CHECKING:
    from caresim.experiment.declared import Experiment
    from caresim.network.network import Network
    from caresim.scenario.scenario import Scenario


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@set_option
@click.pass_context
def command(ctx: click.Context, files: tuple[Path, ...], changes: list[tuple[str, str]]) -> None:
    """Tell every fault of each FILE, with its line and the nearest name. Exit code 2 if there is any.

    FILE is a scenario, or the name of a system that ships with caresim, for example county; or an
    experiment, whose variants are tried too.
    """
    from caresim.errors import CaresimError

    faulty = False
    for file in files:
        try:
            found, warnings = checked(file, changes)
        except CaresimError as error:
            click.echo(str(error), err=True)
            faulty = True
            continue
        for words in warnings:
            click.echo(f"{file}: warning: {words}", err=True)
        click.echo(f"{file}: ok. {found}")
    if faulty:
        ctx.exit(2)


def checked(file: Path, changes: list[tuple[str, str]]) -> tuple[str, list[str]]:
    """What a file without fault holds, and what is worth a second look."""
    from caresim.cli.doubts import doubts
    from caresim.errors import CaresimError
    from caresim.experiment.read_experiment import is_experiment_file, read_experiment
    from caresim.network.compile import compile_network

    if is_experiment_file(file):
        if changes:
            raise CaresimError(f"{file}: is an experiment: write under set what --set would change.")
        return contents_of_experiment(read_experiment(file)), []
    scenario = read_scenario(file, changes)
    network = compile_network(scenario)
    return contents(scenario, network), list(doubts(scenario, network))


def contents_of_experiment(experiment: Experiment) -> str:
    """What a sweep of it would run, in a line."""
    from caresim.experiment.designs import n_variants
    from caresim.report.words import count

    planned = experiment.replications
    least = "at least " if planned.until else ""
    return (
        f'"{experiment.name}": an experiment of {count(n_variants(experiment), "variant")} of '
        f"{experiment.base.file}; {least}{count(planned.at_least, 'replication')} of each."
    )


def contents(scenario: Scenario, network: Network) -> str:
    """What was found, in a line."""
    from caresim.report.words import count

    return (
        f'"{scenario.name}": {count(len(network.services), "service")}, '
        f"{count(len(network.streams), 'arrival stream')}, {count(len(scenario.exits), 'exit')}; "
        f"{count(scenario.replications, 'replication')} of {count(network.end, 'day')} after "
        f"{count(abs(network.start), 'day')} of warm-up."
    )
