"""`caresim compare`: results, or the variants of a sweep, side by side, and what is more than chance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from caresim.measures.sweeps import Sweep


def read_targets(_ctx: click.Context, _option: click.Parameter, words: tuple[str, ...]) -> dict[str, float]:
    """MEASURE=VALUE; the measure may itself hold a "=" in brackets."""
    targets = {}
    for word in words:
        measure, equals, value = (part.strip() for part in word.rpartition("="))
        try:
            targets[measure] = float(value)
        except ValueError:
            equals = ""
        if not (equals and measure):
            raise click.BadParameter(f'"{word}" is not MEASURE=VALUE; write for example "dtoc_rate=3.5".')
    return targets


@click.command("compare")
@click.argument(
    "results",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="BASELINE RESULTS... | STORE",
)
@click.option("--adjust", is_flag=True, help="Widen the intervals so that all of a measure hold together.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print every difference as JSON, alone, to standard output."
)
@click.option(
    "--all", "everything", is_flag=True, help="Of results: every measure and every figure of every service."
)
@click.option(
    "--experiment", metavar="ID", help="Of a store: which of its experiments [default: the newest]."
)
@click.option("--baseline", metavar="NAME", help="Of a store: the variant to compare with.")
@click.option(
    "--measure", "measures", multiple=True, metavar="NAME", help="Of a store: only this; may be repeated."
)
@click.option("--best", metavar="MEASURE", help="Of a store: which variants may be the best for it.")
@click.option("--higher", is_flag=True, help="With --best: the highest is the best, not the lowest.")
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="With --best: how sure that the best is among them [default: 0.95].",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    callback=read_targets,
    metavar="MEASURE=VALUE",
    help="Of a store: drawn into its figures, beside the experiment's own targets.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Of a store: write figures and tables there.",
)
def command(
    results: tuple[Path, ...], adjust: bool, as_json: bool, everything: bool, **of_store: Any
) -> None:
    """Set each of RESULTS against BASELINE, or each variant in STORE against the experiment's baseline.

    Replications are paired: the same one of both met the same people. So results need the same
    seed and window (else exit code 2). Both are compared over the replications both have: of
    results, two at least, unless both have the same one.

    --out DIR writes curves of each measure against each varied path that is a number, heat maps of
    two of them with the line along which the target is met, and all differences at a glance, as PNG
    and SVG; and the tables as CSV.
    """
    from caresim.records.sweep_folder import is_store

    stores = [folder for folder in results if is_store(folder)]
    if stores:
        if len(results) > 1:
            raise click.UsageError(
                f"{stores[0]} is a sweep store: its variants are compared with one another. Name it alone. "
                "Put several stores into one with caresim combine."
            )
        if everything:
            raise click.UsageError("--all is for results; of a store every kept measure is shown.")
        compare_variants(stores[0], adjust, as_json, **of_store)
        return
    for name, value in of_store.items():
        if value:
            raise click.UsageError(
                f"--{name.removesuffix('s')} is for a sweep store, and {results[0]} is none."
            )
    compare_results(results, adjust, as_json, everything)


def compare_results(folders: tuple[Path, ...], adjust: bool, as_json: bool, everything: bool) -> None:
    from caresim.measures.comparison import LEVEL, joint_level, paired_results
    from caresim.records.store import read_results
    from caresim.report.comparison import as_plain, comparison_tables, made_by_other_code, unlike
    from caresim.report.words import text_of

    if len(folders) < 2:
        raise click.UsageError("name at least two results folders, the baseline first, or one sweep store.")
    baseline, *others = [read_results(folder) for folder in folders]
    for other in others:
        paired_results(baseline, other)
        if differs := unlike(baseline, other):
            click.echo(
                f"warning: {other.place} and {baseline.place} are not variants of one system ({differs}).",
                err=True,
            )
        if code := made_by_other_code(baseline, other):
            click.echo(
                f"warning: {other.place} and {baseline.place} were made by other code ({code}): what differs "
                "may come of that.",
                err=True,
            )
    if as_json:
        level = joint_level(LEVEL, len(others), adjust)
        found = [as_plain(baseline, other, level) for other in others]
        click.echo(json.dumps({"baseline": baseline.place, "compared": found}, ensure_ascii=False))
        return
    for other in others:
        tables = comparison_tables(
            baseline, other, everything=everything, compared=len(others), adjust=adjust
        )
        click.echo("\n\n".join(text_of(table) for table in tables) + "\n")


def compare_variants(
    store: Path,
    adjust: bool,
    as_json: bool,
    *,
    experiment: str | None,
    baseline: str | None,
    measures: tuple[str, ...],
    best: str | None,
    higher: bool,
    confidence: float | None,
    targets: Mapping[str, float],
    out: Path | None,
) -> None:
    from caresim.measures.best import CONFIDENCE, best_variants
    from caresim.measures.comparison import (
        LEVEL,
        baseline_of,
        chosen_measures,
        joint_level,
        variant_differences,
    )
    from caresim.report.sweeps import (
        best_as_plain,
        best_table,
        difference_tables,
        sweep_as_plain,
        sweep_heading,
    )
    from caresim.report.words import text_of

    if best is None and (higher or confidence is not None):
        raise click.UsageError("--higher and --confidence go with --best MEASURE.")
    confidence = CONFIDENCE if confidence is None else confidence
    sweep = open_store(store, experiment)
    base = baseline_of(sweep, baseline)
    chosen = chosen_measures(sweep, measures)
    chosen_measures(sweep, [*targets, *([best] if best else [])])
    goals = {**sweep.experiment.get("targets", {}), **targets}
    rows = variant_differences(sweep, chosen, baseline=base, adjust=adjust)
    screened = best_variants(sweep, best, confidence, higher=higher) if best else None
    if as_json:
        level = joint_level(LEVEL, len(sweep.variants) - 1, adjust)
        may_be = best_as_plain(best, screened, confidence, higher) if best and screened is not None else None
        found = sweep_as_plain(sweep, rows, baseline=base, level=level, targets=goals, best=may_be)
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        tables = difference_tables(sweep, rows, base, goals)
        if best and screened is not None:
            tables.append(best_table(sweep, best, screened, confidence=confidence, higher=higher))
        click.echo("\n\n".join([sweep_heading(sweep, base, adjust=adjust), *map(text_of, tables)]))
    if out is not None:
        from caresim.report.sweep_pictures import write_comparison

        best_tables = {} if best is None or screened is None else {best: screened}
        written = write_comparison(
            sweep, rows, out, baseline=base, adjust=adjust, targets=goals, best=best_tables
        )
        click.echo(f"Written: {len(written)} files in {out}", err=as_json)


def open_store(store: Path, experiment: str | None) -> Sweep:
    from caresim.measures.sweeps import load

    sweep = load(store, experiment)
    for note in sweep.notes:
        click.echo(note, err=True)
    return sweep
