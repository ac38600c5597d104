"""`caresim compare`: results side by side, and whether a difference is more than chance."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("compare")
@click.argument(
    "results", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="BASELINE RESULTS..."
)
@click.option("--all", "everything", is_flag=True, help="Every measure and every figure of every service.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print every difference as JSON, alone, to standard output."
)
def command(results: tuple[Path, ...], everything: bool, as_json: bool) -> None:
    """Set each of RESULTS against BASELINE, the first: what is more, what is less, and how sure that is.

    Replications are paired: the same one of both met the same people. So both need the same
    seed, the same window and the same replications; else exit code 2.
    """
    import json

    from caresim.measures.comparison import check_paired, differences
    from caresim.records.store import read_results
    from caresim.report.comparison import as_plain, comparison_tables, unlike
    from caresim.report.words import text_of

    if len(results) < 2:
        raise click.UsageError("name at least two results folders, the baseline first.")
    folders = [read_results(folder) for folder in results]
    baseline, others = folders[0], folders[1:]
    for other in others:
        check_paired(baseline, other)
        if differs := unlike(baseline, other):
            click.echo(
                f"warning: {other.place} and {baseline.place} are not variants of one system ({differs}).",
                err=True,
            )
    if as_json:
        found = [as_plain(other, differences(baseline, other)) for other in others]
        click.echo(json.dumps({"baseline": baseline.place, "compared": found}, ensure_ascii=False))
        return
    for other in others:
        tables = comparison_tables(baseline, other, everything=everything)
        click.echo("\n\n".join(text_of(table) for table in tables) + "\n")
