"""`caresim run`: simulates, writes a results folder, and prints what a planner wants to see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caresim.cli.options import jobs_option, json_option, read_scenario, set_option
from caresim.cli.progress import progress

if TYPE_CHECKING:
    from caresim.experiment.runner import Failure, RunOutcome

RECORDS = ("stays", "events")


def read_records(_ctx: click.Context, _option: click.Parameter, words: str) -> tuple[str, ...]:
    names = tuple(word.strip() for word in words.split(",") if word.strip())
    for name in names:
        if name not in RECORDS:
            raise click.BadParameter(
                f'"{name}" is not a table made on request; these are: {", ".join(RECORDS)}.'
            )
    return names


@click.command("run")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@set_option
@click.option(
    "--replications", type=click.IntRange(min=1), metavar="N", help="In place of the scenario's own."
)
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="In place of the scenario's own.")
@jobs_option
@click.option(
    "--records",
    default="",
    callback=read_records,
    metavar="stays,events",
    help="Tables of single stays or events.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Results folder [default: results/NAME]."
)
@click.option("--replace", is_flag=True, help="Replace the results in DIR, and CSV files too.")
@click.option(
    "--csv", "csv_folder", type=click.Path(path_type=Path), metavar="DIR", help="Write the tables as CSV too."
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    changes: list[tuple[str, str]],
    replications: int | None,
    seed: int | None,
    jobs: int | None,
    records: tuple[str, ...],
    out: Path | None,
    replace: bool,
    csv_folder: Path | None,
    as_json: bool,
) -> None:
    """Simulate FILE and write a results folder.

    FILE is a scenario, or the name of a system that ships with caresim, for example county.

    Exit code 0: done; 1: some replications failed, the rest are kept; 2: a fault in what you
    wrote; 130: stopped by Ctrl-C, whole replications are kept.
    """
    from caresim.experiment.interrupts import StopOnInterrupt
    from caresim.experiment.runner import run_scenario

    if replace and out is None and csv_folder is None:
        raise click.UsageError("--replace needs --out DIR or --csv DIR: name the folder to replace.")
    refuse_taken(out, csv_folder, replace)
    for folder in (out or Path("results"), csv_folder):
        refuse_unwritable(folder)
    scenario = read_scenario(file, changes)
    # Ctrl-C while replications run is the runner's; before and after it is held until all is written.
    with StopOnInterrupt(hold=True) as interrupt:
        with progress() as on_done:
            outcome = run_scenario(
                scenario, replications=replications, seed=seed, jobs=jobs, records=records, on_done=on_done
            )
        tell_failures(outcome.failures)
        if outcome.done:
            named = out is not None
            folder = write(outcome, out or Path("results") / file.stem, named=named, replace=replace)
            show(folder, csv_folder, as_json)
        else:
            click.echo("No replication was finished; nothing is written.", err=True)
    if outcome.stopped or interrupt.came:
        click.echo(
            f"Stopped: {len(outcome.done)} of {outcome.manifest['replications']} replications are kept.",
            err=True,
        )
        ctx.exit(130)
    ctx.exit(1 if outcome.failures else 0)


def tell_failures(failures: list[Failure]) -> None:
    """Each on standard error, those with one message together."""
    for alike in alike_together(failures):
        click.echo(failure_text(alike), err=True)


def alike_together(failures: list[Failure]) -> list[list[Failure]]:
    """Failures of one scenario with one message side by side, in the order in which they came."""
    together: dict[tuple[str, str], list[Failure]] = {}
    for failure in failures:
        together.setdefault((failure.scenario, failure.message), []).append(failure)
    return list(together.values())


def failure_text(alike: list[Failure]) -> str:
    """The first in full, of the others which they are."""
    others = ", ".join(str(failure.replication) for failure in alike[1:])
    return f"{alike[0]}\n    So did replication {others}." if others else str(alike[0])


def refuse_taken(out: Path | None, csv_folder: Path | None, replace: bool) -> None:
    """Before anything is simulated: a folder named by the user is never overwritten unasked."""
    from caresim.errors import ResultsError
    from caresim.records.results import MANIFEST

    if out is not None and out.exists():
        if not replace:
            raise ResultsError(f"{out}: is there already. Name another folder, or add --replace.")
        if not out.is_dir() or (any(out.iterdir()) and not (out / MANIFEST).is_file()):
            raise ResultsError(
                f"{out}: is not a results folder, so it is not replaced. Choose another folder."
            )
    if csv_folder is not None and csv_folder.is_dir() and any(csv_folder.iterdir()) and not replace:
        raise ResultsError(f"{csv_folder}: is not empty. Name another folder for CSV, or add --replace.")


def refuse_unwritable(folder: Path | None) -> None:
    """Before anything is simulated: what is found cannot be lost for want of a place to keep it."""
    import tempfile

    from caresim.errors import ResultsError

    if folder is None:
        return
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise ResultsError(f"{folder}: cannot be made: {there} is a file. Choose another folder.")
    try:
        # Made and removed: what the rights say is not always what the disk does.
        tempfile.TemporaryDirectory(prefix=".caresim", dir=there).cleanup()
    except OSError as error:
        raise ResultsError(
            f"{folder}: cannot be written: {error.strerror or error}. Choose another folder."
        ) from error


def write(outcome: RunOutcome, folder: Path, *, named: bool, replace: bool) -> Path:
    """Results in `folder`; where nobody named it, in the first of folder, folder-2, ... that is free."""
    from caresim.records.store import write_results

    if not named:
        folder = first_free(folder)
    write_results(
        folder,
        manifest=outcome.manifest,
        texts=outcome.texts,
        small=outcome.small,
        tables=outcome.tables,
        replace=replace,
    )
    return folder


def first_free(folder: Path) -> Path:
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}-{number}")
    return free


def show(folder: Path, csv_folder: Path | None, as_json: bool) -> None:
    """What was found: as JSON alone on standard output, or as a page of text."""
    from caresim.measures.summary import summary
    from caresim.records.store import read_results, write_csv
    from caresim.report.tables import first_screen, heading, headline
    from caresim.report.words import text_of

    results = read_results(folder)
    if as_json:
        click.echo(json.dumps(summary(results), ensure_ascii=False))
    else:
        parts = [heading(results), headline(results), *map(text_of, first_screen(results))]
        click.echo("\n\n".join(filter(None, parts)))
    click.echo(f"Results: {folder}", err=as_json)
    if csv_folder is not None:
        write_csv(results, csv_folder)
