"""`caresim rerun`: one replication again, and whether it is the same."""

from __future__ import annotations

from pathlib import Path

import click

from caresim.cli.main import FAILED


@click.command("rerun")
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.argument("key", metavar="KEY")
def command(folder: Path, key: str) -> None:
    """Run one replication again from what lies in FOLDER, and say whether its tables are identical.

    FOLDER is the store of a sweep and KEY a replication's key there (its first digits will do), or a results
    folder and the number of the replication. Exit code 1 if anything differs.
    """
    from caresim.experiment.rerun import rerun

    found = rerun(folder, key)
    click.echo(found.what)
    if found.same_code is None:
        click.echo("note: nothing there tells by which code it was made.", err=True)
    elif not found.same_code:
        click.echo("note: made by other code than this caresim (same version or not).", err=True)
    if not found.differences:
        click.echo(f"Identical: {found.compared}.")
        return
    click.echo(f"Not the same ({found.compared} compared):")
    for difference in found.differences:
        click.echo(f"  {difference}")
    click.get_current_context().exit(FAILED)
