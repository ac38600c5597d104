"""`caresim replications`: how many replications are enough, from figures that are there or a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caresim.cli.options import jobs_option, json_option, read_scenario, set_option
from caresim.cli.progress import progress

if TYPE_CHECKING:
    import pandas as pd

    from caresim.measures.replications import Running
    from caresim.records.results import Results

USUAL_TARGET = "5 %"
HOSPITAL = ("dtoc_people", "dtoc_rate", "cost_total")
"""Measures looked at unless others are named; without a hospital or prices, fewer."""


@click.command("replications")
@click.argument("where", type=click.Path(path_type=Path), metavar="FILE_OR_RESULTS")
@click.option(
    "--measure",
    "names",
    multiple=True,
    metavar="NAME",
    help="For example dtoc_rate, cost_total[payer=nhs], reablement.queue; may be repeated.",
)
@click.option(
    "--half-width",
    "targets",
    multiple=True,
    metavar="WIDTH",
    help='For example "0.2 points", "5 people", "2 %"; one for all, or one for each --measure '
    f"[default: {USUAL_TARGET} of the mean].",
)
@click.option(
    "--at-most",
    type=click.IntRange(min=2),
    metavar="N",
    help="Replications to run, or to look at [default: as the scenario says; all that are there].",
)
@set_option
@click.option("--variant", metavar="NAME", help="Of a sweep's store: which variant.")
@jobs_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write the figure [default: RESULTS/report, or results/NAME-replications].",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    where: Path,
    names: tuple[str, ...],
    targets: tuple[str, ...],
    at_most: int | None,
    changes: list[tuple[str, str]],
    variant: str | None,
    jobs: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say how many replications are enough for the figures of FILE_OR_RESULTS.

    A scenario is run: a file, or the name of a system that ships with caresim, for example county.
    Of a results folder, or a variant of a sweep's store, nothing is run again. For each measure: its
    mean and the half-width of its interval after each replication, from how many on the half-width
    stays within the target, and how many it would take if it does not yet.
    """
    from caresim.report.figures.canvas import write_pictures
    from caresim.report.replications import (
        replications_as_plain,
        replications_table,
        running_picture,
        running_table,
    )
    from caresim.report.words import text_of

    if len(targets) > 1 and len(targets) != len(names):
        raise click.UsageError("give one --half-width for all measures, or one for each --measure.")
    failed = 0
    if where.is_dir():
        if changes:
            raise click.UsageError("--set changes a scenario file; a folder was run already.")
        title, figures, units = figures_in(where, names, variant)
        folder = out or where / "report"
    else:
        if variant is not None:
            raise click.UsageError("--variant is for a sweep's store.")
        folder = out or Path("results") / f"{where.stem}-replications"
        results, failed = run_file(where, changes, at_most, jobs, folder)
        title, figures, units = str(results.manifest["scenario"]), *figures_of_results(results, names)
    figures = figures.iloc[:at_most]
    rows = judged(figures, units, targets)
    if as_json:
        told = {"title": title, "replications": len(figures), "measures": replications_as_plain(rows)}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(f"{title}\n\n{text_of(replications_table(rows))}\n\n{text_of(running_table(rows))}")
    write_pictures([running_picture(rows)], folder)
    click.echo(f"Figures: {folder}" if as_json else f"\nFigures: {folder}", err=as_json)
    ctx.exit(1 if failed else 0)


def judged(figures: pd.DataFrame, units: dict[str, str], targets: tuple[str, ...]) -> list[Running]:
    from caresim.measures.replications import parse_target, running

    asked = targets if len(targets) > 1 else (targets or (USUAL_TARGET,)) * len(figures.columns)
    return [
        running(name, units[name], figures[name].to_numpy(dtype=float), parse_target(target, units[name]))
        for name, target in zip(figures.columns, asked, strict=True)
    ]


def figures_in(
    folder: Path, names: tuple[str, ...], variant: str | None
) -> tuple[str, pd.DataFrame, dict[str, str]]:
    """Title, figures and units of a results folder, or of a variant of a sweep's store."""
    from caresim.records.store import read_results
    from caresim.records.sweep_folder import is_store

    if is_store(folder):
        return figures_of_variant(folder, names, variant)
    if variant is not None:
        raise click.UsageError(f"--variant is for a sweep's store, and {folder} is none.")
    results = read_results(folder)
    return f"{results.manifest['scenario']} ({folder})", *figures_of_results(results, names)


def figures_of_results(results: Results, names: tuple[str, ...]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Index replication, a column a measure; and the unit of each."""
    import pandas as pd

    from caresim.measures.columns import parse_column
    from caresim.report.tables import has_hospital

    usual = HOSPITAL if has_hospital(results) else ("people", "cost_total")
    columns = [parse_column(name) for name in names or usual]
    figures = pd.DataFrame({column.name: column.figures(results) for column in columns})
    if not names:
        # What has no price, or nobody, is not what was meant.
        figures = figures.loc[:, figures.fillna(0.0).any(axis=0)]
    return figures, {column.name: column.unit for column in columns}


def figures_of_variant(
    folder: Path, names: tuple[str, ...], variant: str | None
) -> tuple[str, pd.DataFrame, dict[str, str]]:
    from caresim.errors import ResultsError, nearest_or_some
    from caresim.measures.comparison import chosen_measures
    from caresim.measures.sweeps import load

    sweep = load(folder)
    known = [str(name) for name in sweep.variants["variant"]]
    if variant is None and len(known) > 1:
        raise ResultsError(
            f'{folder}: has {len(known)} variants: choose one, for example --variant "{known[0]}".'
        )
    chosen = variant or known[0]
    if chosen not in known:
        raise ResultsError(f'{folder}: has no variant "{chosen}".{nearest_or_some(chosen, known)}')
    wanted = chosen_measures(sweep, names)
    own = sweep.measures[sweep.measures["variant"] == chosen].set_index("replication").sort_index()
    if own.empty:
        raise ResultsError(f'{folder}: no replication of "{chosen}" is there yet.')
    return f"{chosen} ({folder})", own[wanted], dict(sweep.units)


def run_file(
    file: Path, changes: list[tuple[str, str]], replications: int | None, jobs: int | None, folder: Path
) -> tuple[Results, int]:
    """Results in memory, and how many replications failed."""
    from caresim.cli.run import refuse_unwritable, tell_failures
    from caresim.errors import RunError
    from caresim.experiment.runner import run_scenario
    from caresim.records.results import Results

    refuse_unwritable(folder)
    scenario = read_scenario(file, changes)
    with progress() as on_done:
        outcome = run_scenario(scenario, replications=replications, jobs=jobs, on_done=on_done)
    tell_failures(outcome.failures)
    if outcome.stopped:
        raise KeyboardInterrupt
    if not outcome.done:
        raise RunError("No replication was finished.")
    results = Results(
        manifest=outcome.manifest, small=outcome.small, texts=outcome.texts, tables=outcome.tables
    )
    return results, len(outcome.failures)
