"""The report: one HTML file that holds everything, beside its figures as SVG and PNG.

The one door to Jinja2, because words and figures are escaped there and nowhere else. Figures
are embedded, nothing is fetched: the file opens anywhere, years later, and prints.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from caresim.errors import ResultsError
from caresim.records.results import Results
from caresim.report.figures.canvas import Picture
from caresim.report.pictures import pictures
from caresim.report.published import published_table
from caresim.report.tables import (
    against_expected,
    cost_of_delay,
    estimate,
    further_tables,
    has_hospital,
    heading,
)
from caresim.report.words import indent_of, kinds_of, pounds, with_interval


def write_report(results: Results, folder: Path) -> Path:
    """report.html and the figures, in `folder`; gives the page's path.

    Raises:
        ResultsError: `folder` cannot be written.
    """
    shown = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for picture in pictures(results):
            svg = picture.svg()
            (folder / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
            (folder / f"{picture.name}.png").write_bytes(picture.png())
            shown.append(embedded(picture, svg))
        page = folder / "report.html"
        page.write_text(page_of(results, shown), encoding="utf-8")
    except OSError as error:
        raise ResultsError(f"{folder}: the report cannot be written: {error.strerror or error}.") from error
    return page


def page_of(results: Results, shown: list[dict[str, str]]) -> str:
    environment = Environment(
        loader=PackageLoader("caresim", "report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(kinds=kinds_of, indent=indent_of)
    name, *runs = heading(results).split("\n")
    return environment.get_template("page.html").render(
        name=name,
        runs=". ".join(runs),
        cards=cards(results),
        lead=lead(results),
        pictures=shown,
        published=[table for table in (published_table(results, sourced=True),) if table.rows],
        tables=further_tables(results),
        provenance=provenance(results),
        resolved=results.text("resolved.yaml"),
    )


def embedded(picture: Picture, svg: str) -> dict[str, str]:
    # An image of its own: the names inside one SVG cannot meet those of the next.
    data = base64.b64encode(svg.encode()).decode()
    alternative = f"{picture.title}. {picture.caption}"
    return {"name": picture.name, "source": f"data:image/svg+xml;base64,{data}", "alternative": alternative}


def cards(results: Results) -> list[dict[str, str]]:
    """The figures to remember: what, how much, how sure, of what."""
    total = card("Cost of care", pounds(estimate(results, "cost_total")), window(results))
    if not has_hospital(results):
        return [total]
    people, rate = estimate(results, "dtoc_people"), estimate(results, "dtoc_rate")
    delay = cost_of_delay(results)
    return [
        card("Delayed in hospital", with_interval(people), "people, on a mean day"),
        card("Delayed transfers", with_interval(rate), "% of occupied beds"),
        *([card("Cost of delay", pounds(delay), window(results))] if delay else []),
        total,
    ]


def card(what: str, figure: str, word: str) -> dict[str, str]:
    mean, _, interval = figure.partition(" ")
    return {"what": what, "mean": mean, "interval": interval, "word": word}


def lead(results: Results) -> str:
    """The sentence a hurried reader takes away."""
    if not has_hospital(results):
        return ""
    return against_expected(results, estimate(results, "dtoc_people"), estimate(results, "dtoc_rate"))


def window(results: Results) -> str:
    return f"in {results.measured_days:g} days"


def provenance(results: Results) -> list[tuple[str, str]]:
    """What somebody needs to make the same figures again."""
    told: dict[str, Any] = results.manifest
    git = told.get("git") or {}
    code = [told.get("caresim", ""), git.get("commit", "")[:12], "with changes" if git.get("dirty") else ""]
    rows = [
        ("Scenario file", f"{told.get('file', '')} (resolved {str(told.get('resolved_hash', ''))[:12]})"),
        ("Seed", str(told["seed"])),
        ("Replications", ", ".join(str(number) for number in results.replications)),
        ("Window", f"{told['measured_days']:g} days from {told['first_day']}"),
        ("caresim", " ".join(filter(None, code))),
        ("With", ", ".join(f"{name} {number}" for name, number in told.get("versions", {}).items())),
        ("Run", f"{told.get('started_at', '')} on {told.get('platform', '')}"),
    ]
    return [(name, words.strip()) for name, words in rows]
