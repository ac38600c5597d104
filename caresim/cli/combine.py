"""`caresim combine`: the stores of shards, swept on machines that share nothing, made one."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("combine")
@click.argument("target", type=click.Path(path_type=Path), metavar="TARGET")
@click.argument("shards", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SHARD...")
def command(target: Path, shards: tuple[Path, ...]) -> None:
    """Put everything of the stores SHARD... into the store TARGET, made if there is none.

    Nothing is lost and nothing doubled; the shards stay as they are. Doing it again does no harm.
    """
    from caresim.measures.sweeps import load
    from caresim.records.sweep_store import combine
    from caresim.report.words import count

    combine(target, shards)
    sweep = load(target)
    there = f"{count(len(sweep.measures), 'replication')} of {count(len(sweep.variants), 'variant')}"
    lacking = f"; {sweep.missing} not there yet" if sweep.missing else ""
    click.echo(f"{target}: {there}{lacking}.")
