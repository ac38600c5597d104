"""`caresim sensitivity`: which factor of a sweep moves its figures, by what its design allows."""

from __future__ import annotations

import json
from pathlib import Path

import click

from caresim.cli.options import json_option


@click.command("sensitivity")
@click.argument("store", type=click.Path(path_type=Path), metavar="STORE")
@click.option(
    "--measure", "names", multiple=True, metavar="NAME", help="A measure the sweep kept; may be repeated."
)
@click.option(
    "--experiment",
    metavar="ID",
    help="Which experiment of the store, by the beginning of its id [default: the newest].",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write the figures [default: STORE/report].",
)
@json_option
def command(
    store: Path, names: tuple[str, ...], experiment: str | None, out: Path | None, as_json: bool
) -> None:
    """Say which factor of the sweep in STORE matters most.

    From the design one_at_a_time a tornado: what each factor does at its low and its high end.
    From morris the mean change over a factor's range, and how even it is. From sobol the share of
    the variance each factor explains, by itself and in all.
    """
    from caresim.measures.sensitivity import sensitivity
    from caresim.measures.sweeps import load
    from caresim.report.figures.canvas import write_pictures
    from caresim.report.sensitivity import sensitivity_as_plain, sensitivity_pictures, sensitivity_table
    from caresim.report.words import text_of

    sweep = load(store, experiment)
    found = sensitivity(sweep, names)
    name = str(sweep.experiment["name"])
    if as_json:
        told = {
            "store": sweep.place,
            "experiment": sweep.experiment["experiment"],
            "name": name,
            "found": [sensitivity_as_plain(one) for one in found],
        }
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo("\n\n".join([name, *(text_of(sensitivity_table(one)) for one in found)]))
    folder = out or store / "report"
    if write_pictures(sensitivity_pictures(found), folder):
        click.echo(f"Figures: {folder}" if as_json else f"\nFigures: {folder}", err=as_json)
