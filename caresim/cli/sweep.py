"""`caresim sweep`: every run of an experiment, into a store that loses nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from caresim.cli.main import FAILED, STOPPED
from caresim.cli.options import jobs_option
from caresim.cli.progress import duration, sweep_progress
from caresim.cli.run import alike_together, failure_text

if TYPE_CHECKING:
    from caresim.experiment.estimate import SweepEstimate
    from caresim.experiment.plan import Shard
    from caresim.experiment.sweep import SweepOutcome

MOST_TOLD = 10
"""Failures that are told one by one: what comes after tells little that is new."""


def read_shard(_ctx: click.Context, _option: click.Parameter, word: str | None) -> tuple[int, int] | None:
    """I/N as two numbers."""
    if word is None:
        return None
    number, slash, of = word.partition("/")
    if not (slash and number.strip().isdigit() and of.strip().isdigit() and 1 <= int(number) <= int(of)):
        raise click.BadParameter(f'"{word}" is not I/N with I from 1 to N; write for example "3/8".')
    return int(number), int(of)


@click.command("sweep")
@click.argument("experiment", type=click.Path(path_type=Path), metavar="EXPERIMENT")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Store [default: results/NAME].")
@jobs_option
@click.option("--dask", metavar="ADDRESS", help="Run on the workers of this Dask scheduler instead.")
@click.option("--shard", callback=read_shard, metavar="I/N", help="Only the I-th of N parts of the runs.")
@click.option("--dry-run", is_flag=True, help="List the runs, and start and write nothing.")
@click.option("--time", "timed", is_flag=True, help="With --dry-run: run one replication to see how long.")
@click.option("--mend", is_flag=True, help="Set damaged records of the store aside and compute them again.")
def command(
    experiment: Path,
    out: Path | None,
    jobs: int | None,
    dask: str | None,
    shard: tuple[int, int] | None,
    dry_run: bool,
    timed: bool,
    mend: bool,
) -> None:
    """Run all of EXPERIMENT that is not there yet.

    Whatever was reported as done is on disk: stop it, or lose the machine, and start the same command
    again. It goes on where it was. Exit codes: 0 all done; 1 some runs failed, or a cluster went away;
    2 a fault in what you wrote; 130 stopped.
    """
    from caresim.experiment.plan import ALL, Shard
    from caresim.experiment.sweep import run_sweep

    part = ALL if shard is None else Shard(*shard)
    if timed and not dry_run:
        raise click.UsageError("--time goes with --dry-run.")
    if dry_run:
        return show_plan(experiment, out, jobs, part, timed)
    with sweep_progress() as shown:
        outcome = run_sweep(
            experiment,
            out=out,
            jobs=jobs,
            dask=dask,
            shard=part,
            mend=mend,
            on_progress=shown.on_progress,
            on_checked=shown.on_checked,
        )
    tell(outcome)
    if outcome.stopped:
        click.get_current_context().exit(STOPPED)
    if outcome.failures:
        click.get_current_context().exit(FAILED)
    return None


def tell(outcome: SweepOutcome) -> None:
    """What became of it, on standard error; and where it is, on standard output."""
    for note in outcome.notes:
        click.echo(f"note: {note}", err=True)
    together = alike_together(outcome.failures)
    for alike in together[:MOST_TOLD]:
        click.echo(f"failed: variant {failure_text(alike).removeprefix('scenario ')}", err=True)
    if more := sum(map(len, together[MOST_TOLD:])):
        click.echo(f"... and {more} more failed.", err=True)
    there = f"{outcome.there} of {outcome.total} replications are there"
    if outcome.stopped:
        click.echo(f"Stopped: {there}. The same command goes on from here.", err=True)
    elif outcome.failures:
        click.echo(f"{there}; {len(outcome.failures)} failed. The same command tries them again.", err=True)
    elif outcome.ran == 0:
        click.echo(f"Nothing to do: all {outcome.total} replications are there.", err=True)
    else:
        click.echo(f"Done: {there}, {outcome.ran} of them new.", err=True)
    click.echo(f"Results: {outcome.folder}")


def show_plan(file: Path, out: Path | None, jobs: int | None, part: Shard, timed: bool) -> None:
    """The runs, their number, and about how long they will take, as far as that is known."""
    from caresim.experiment.estimate import estimate_sweep
    from caresim.report.words import Table, count, text_of

    plan = estimate_sweep(file, out=out, jobs=jobs, shard=part, time=timed)
    least = "at least " if plan.at_least else ""
    rows = tuple((line.variant, f"{least}{line.replications}", str(line.there)) for line in plan.lines)
    heads = ("variant", "replications", "there")
    click.echo(text_of(Table(f"{plan.name}: {count(len(rows), 'variant')}", heads, rows)))
    most = f", at most {plan.most:,}" if plan.at_least else ""
    runs = f"{least}{count(plan.runs, 'replication')} in all{most}; {plan.left:,} to run now."
    click.echo(f"\n{runs[0].upper()}{runs[1:]}")
    if plan.left:
        click.echo(time_in_words(plan))


def time_in_words(plan: SweepEstimate) -> str:
    """About how long what is left will take, and how that is known."""
    from caresim.report.words import count

    if plan.seconds is None:
        return "How long that takes is not known: nothing has been run. --dry-run --time runs one to see."
    known = (
        f"{count(plan.timed, 'replication')} in the store took {plan.seconds_each:.2g} s each"
        if plan.timed
        else f"one replication of the first variant took {plan.seconds_each:.2g} s here"
    )
    return (
        f"About {duration(plan.seconds)} with {plan.jobs} process{'' if plan.jobs == 1 else 'es'} ({known})."
    )
