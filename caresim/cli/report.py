"""`caresim report`: the figures of a results folder, and one page that holds them all."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.argument("results", type=click.Path(path_type=Path), metavar="RESULTS")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to write [default: RESULTS/report]."
)
def command(results: Path, out: Path | None) -> None:
    """Draw the figures of RESULTS, and report.html: one file that opens anywhere and prints."""
    from caresim.records.store import read_results
    from caresim.report.html import write_report

    page = write_report(read_results(results), out or results / "report")
    click.echo(f"Report: {page}")
