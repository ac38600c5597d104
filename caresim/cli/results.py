"""`caresim results`: what a sweep found, by variant; or any question about it, in SQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import pandas as pd

    from caresim.measures.sweeps import Sweep
    from caresim.report.words import Table

WIDTH = 100
NAME_WIDTH = 44
"""A variant's name goes on in a second line after so many letters, to leave room for figures."""
SHOWN = 10
"""Failures told one by one."""


@click.command("results")
@click.argument("store", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option(
    "--sql",
    metavar="TEXT",
    help="Ask in SQL: views measures, variants, estimates, runs, failures, and each kept table.",
)
@click.option(
    "--csv",
    "csv_folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write every table as CSV into DIR; with --sql the answer alone.",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, alone, to standard output.")
@click.option("--experiment", metavar="ID", help="Of several in the store; the one written last otherwise.")
def command(
    store: Path, sql: str | None, csv_folder: Path | None, as_json: bool, experiment: str | None
) -> None:
    """Show what the sweep in FOLDER found: means and 95 % intervals of what was kept, by variant.

    In SQL, names with dots or brackets stand in double quotes, for example:
    SELECT "services.ward.places", avg(dtoc_people) FROM measures GROUP BY 1.
    The group of a variant is variant_group; SHOW TABLES and DESCRIBE measures tell what there is.
    """
    import json

    from caresim.measures.sweeps import load

    sweep = load(store, experiment)
    for note in sweep.notes:
        click.echo(f"note: {note}", err=True)
    if sql is not None:
        from caresim.measures.sql import ask

        answer = ask(sweep, sql)
        if csv_folder is not None:
            write_tables(csv_folder, {"answer": answer})
        elif as_json:
            click.echo(json.dumps(rows_of(answer), ensure_ascii=False, default=str))
        else:
            click.echo(answer_in_words(answer))
        return
    if csv_folder is not None:
        from caresim.measures.sql import flat

        frames = {
            "measures": sweep.measures,
            "variants": sweep.variants,
            "estimates": sweep.estimates(),
            "runs": flat(sweep.runs),
            "failures": sweep.failures,
        }
        write_tables(csv_folder, frames)
        for name in sweep.experiment["keep"].get("tables", ()):
            write_tables(csv_folder, {name: sweep.table(name)})
    if as_json:
        click.echo(json.dumps(as_plain(sweep), ensure_ascii=False))
    elif csv_folder is None:
        click.echo(in_words(sweep))


def in_words(sweep: Sweep) -> str:
    """Tables of all variants, then what is not there."""
    from caresim.report.words import text_of

    lines = [heading(sweep)]
    lines += [text_of(table, WIDTH) for table in estimate_tables(sweep)]
    if absent := absent_in_words(sweep):
        lines.append(absent)
    return "\n\n".join(lines) + "\n"


def heading(sweep: Sweep) -> str:
    from caresim.report.words import count

    record = sweep.experiment
    n_variants = len(sweep.variants)
    lines = [f"{record.get('name', '')} ({record['experiment']}), {count(n_variants, 'variant')}"]
    if len(sweep.experiments) > 1:
        others = len(sweep.experiments) - 1
        lines.append(f"{count(others, 'other experiment')} in this store: choose with --experiment ID.")
        for row in sweep.experiments.to_dict("records"):
            lines.append(f"    {row['experiment']}  {row['name']}  {row['written_at']}")
    return "\n".join(lines)


def estimate_tables(sweep: Sweep) -> list[Table]:
    """Variants down, kept measures across: as many in one table as there is room for."""
    from caresim.report.words import Table, with_interval

    names = sweep.variants["variant"].tolist()
    numbers = [str(n) for n in sweep.variants["n"].tolist()]
    columns: dict[str, list[str]] = {name: [] for name in sweep.units}
    for row in sweep.estimates().to_dict("records"):
        columns[row["measure"]].append(with_interval({str(name): value for name, value in row.items()}))
    widths = {name: 2 + max(len(name), *map(len, cells)) for name, cells in columns.items()}
    room = WIDTH - min(NAME_WIDTH, max(len("variant"), *map(len, names))) - 2 - max(map(len, numbers))
    groups: list[list[str]] = [[]]
    for name, width in widths.items():
        if groups[-1] and sum(widths[other] for other in groups[-1]) + width > room:
            groups.append([])
        groups[-1].append(name)
    tables = []
    for group in groups:
        rows = zip(names, numbers, *(columns[name] for name in group), strict=True)
        units = "; ".join(f"{name}: {sweep.units[name]}" for name in group if sweep.units[name])
        note = f"Mean (95 % interval). {units}" if group else ""
        tables.append(Table("", ("variant", "n", *group), tuple(rows), note=note))
    return tables


def absent_in_words(sweep: Sweep) -> str:
    """Failures by name, how much is there and does not count, and how much is not there."""
    lines = [
        f'failed: variant "{row["variant"]}", replication {row["replication"]}, seed {row["seed"]}: '
        f"{row['message']}"
        for row in sweep.failures.head(SHOWN).to_dict("records")
    ]
    if len(sweep.failures) > SHOWN:
        lines.append(f"and {len(sweep.failures) - SHOWN} more failed.")
    if sweep.beyond:
        past = (
            "1 replication more is there, run past the point where the intervals were narrow enough; "
            "it is not counted."
            if sweep.beyond == 1
            else f"{sweep.beyond} replications more are there, run past the point where the intervals were "
            "narrow enough; they are not counted."
        )
        lines.append(past)
    if sweep.missing:
        are = "replication is" if sweep.missing == 1 else "replications are"
        lines.append(f"{sweep.missing} {are} not there: start `caresim sweep` again, it runs only these.")
    return "\n".join(lines)


def as_plain(sweep: Sweep) -> dict[str, Any]:
    """What --json prints."""
    from caresim.report.words import is_missing

    figures: dict[str, dict[str, Any]] = {name: {} for name in sweep.variants["variant"]}
    for row in sweep.estimates().to_dict("records"):
        numbers = {name: None if is_missing(row[name]) else row[name] for name in ("mean", "low", "high")}
        figures[row["variant"]][row["measure"]] = {"n": row["n"], "unit": row["unit"], **numbers}
    levels = {str(variant["name"]): variant.get("levels", {}) for variant in sweep.experiment["variants"]}
    return {
        "store": sweep.place,
        "experiment": sweep.experiment["experiment"],
        "name": sweep.experiment.get("name", ""),
        "level": 0.95,
        "variants": [
            {**row, "levels": levels[row["variant"]], "measures": figures[row["variant"]]}
            for row in sweep.variants[["variant", "group", "scenario", "n"]].to_dict("records")
        ],
        "missing": sweep.missing,
        "beyond": sweep.beyond,
        "failures": rows_of(sweep.failures.drop(columns="traceback")),
        "notes": sweep.notes,
    }


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON knows them: what is not there is null."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): _plain(value) for name, value in row.items()} for row in plain.to_dict("records")]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def answer_in_words(answer: pd.DataFrame) -> str:
    """An answer of any shape as a text table: each column as wide as it needs."""
    columns = []
    for name, values in answer.items():
        numbers = values.dtype.kind in "iufb" and name is not None
        cells = [_cell(value) for value in values.tolist()]
        width = max([len(str(name)), *map(len, cells)])
        columns.append([(c.rjust if numbers else c.ljust)(width) for c in (str(name), *cells)])
    return "\n".join("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))


def _cell(value: Any) -> str:
    if value is None or value != value:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def write_tables(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    from caresim.errors import ResultsError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            frame.to_csv(folder / f"{name}.csv", index=False)
            click.echo(f"{folder / f'{name}.csv'}", err=True)
    except OSError as error:
        raise ResultsError(f"{folder}: CSV files cannot be written: {error.strerror or error}.") from error
