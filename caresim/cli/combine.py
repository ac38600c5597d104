"""`caresim combine`: the stores of shards, swept on machines that share nothing, made one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from caresim.measures.sweeps import Sweep


@click.command("combine")
@click.argument("target", type=click.Path(path_type=Path), metavar="TARGET")
@click.argument("shards", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SHARD...")
def command(target: Path, shards: tuple[Path, ...]) -> None:
    """Put everything of the stores SHARD... into the store TARGET, made if there is none.

    Nothing is lost and nothing doubled; the shards stay as they are. Doing it again does no harm.
    """
    from caresim.measures.sweeps import Sweep
    from caresim.records.sweep_combining import combine
    from caresim.records.sweep_records import read_store
    from caresim.report.words import count

    combine(target, shards)
    records = read_store(target)
    sweeps = [Sweep(records, experiment) for experiment in records.experiments]
    if len(sweeps) == 1:
        click.echo(f"{target}: {there_in_words(sweeps[0])}.")
        return
    experiments = count(len(sweeps), "experiment") if sweeps else "no experiment"
    click.echo(f"{target}: {count(len(records.replications), 'replication')}, {experiments}.")
    for sweep in sweeps:
        record = sweep.experiment
        click.echo(f"    {record.get('name', '')} ({record['experiment']}): {there_in_words(sweep)}")


def there_in_words(sweep: Sweep) -> str:
    """How much of an experiment is there, and how much is not."""
    from caresim.report.words import count

    there = int(sweep.variants["n"].sum())
    words = f"{count(there, 'replication')} of {count(len(sweep.variants), 'variant')}"
    beyond = f"; {sweep.beyond} more, past their stopping point, not counted" if sweep.beyond else ""
    return f"{words}{beyond}{f'; {sweep.missing} not there yet' if sweep.missing else ''}"
