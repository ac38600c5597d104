"""`caresim warmup`: whether a longer warm-up than declared is worth it, by MSER-5 and Welch's average."""

from __future__ import annotations

import json
import math
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from caresim.cli.options import jobs_option, json_option, read_scenario, set_option
from caresim.cli.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from caresim.experiment.whole_runs import WholeRuns
    from caresim.report.warm_up import Series, Twice
    from caresim.scenario.scenario import Scenario

KINDS = ("people", "queue", "delayed")


@click.command("warmup")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@set_option
@click.option(
    "--replications", type=click.IntRange(min=1), metavar="N", help="In place of the scenario's own."
)
@click.option(
    "--measure",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="Series of each service to look at; may be repeated [default: all three].",
)
@click.option(
    "--days",
    type=click.IntRange(min=1),
    metavar="N",
    help="Days to look at, from the start of the run [default: warm-up and window].",
)
@click.option("--twice", is_flag=True, help="Run twice the warm-up too, and see whether the window changes.")
@jobs_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write the figures [default: results/NAME-warmup].",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    changes: list[tuple[str, str]],
    replications: int | None,
    kinds: tuple[str, ...],
    days: int | None,
    twice: bool,
    jobs: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say whether FILE's warm-up is enough: when each service has forgotten how the run began.

    The run of FILE, looked at from its very first day. MSER-5 says where to cut each daily
    series; the figures show it beside the series and its moving average.

    FILE is a scenario, or the name of a system that ships with caresim, for example county.
    """
    from caresim.cli.run import refuse_unwritable
    from caresim.experiment.runner import cores
    from caresim.experiment.whole_runs import run_whole
    from caresim.measures.warm_up import FEWEST
    from caresim.report.figures.canvas import write_pictures
    from caresim.report.warm_up import twice_as_plain, warm_up_as_plain, warm_up_pictures

    folder = out or Path("results") / f"{file.stem}-warmup"
    refuse_unwritable(folder)
    scenario = read_scenario(file, changes)
    declared = scenario.time.warm_up
    if days is not None:
        scenario = read_scenario(file, [*changes, *window_of(days - declared)])
    if int(declared + scenario.time.measured_days) < FEWEST:
        raise click.UsageError(f"{FEWEST} days or more are needed: add --days {10 * FEWEST}.")
    n = replications or scenario.replications
    with progress() as on_done:
        whole = run_whole(scenario, replications=n, jobs=jobs or cores(), on_done=on_done)
    for failure in whole.failures:
        click.echo(failure, err=True)
    if not whole.replications:
        click.echo("No replication was finished.", err=True)
        ctx.exit(1)
    chosen = [kind for kind in KINDS if kind in kinds or not kinds]
    rows = {kind: series_of(whole, scenario, kind, declared) for kind in chosen}
    every = [row for kind in chosen for row in rows[kind]]
    moving = what_moves(scenario)
    if not as_json:
        tell(scenario, whole, rows, moving, tested=twice)
    compared = None
    if twice:
        with progress() as on_done:
            compared = with_twice(file, changes, scenario, whole, every, n, jobs or cores(), on_done)
        if not as_json:
            tell_twice(compared, declared, len(whole.replications))
    if as_json:
        told = {
            "scenario": scenario.name,
            "replications": len(whole.replications),
            "days": whole.days,
            "warm_up_days": declared,
            "never_steady": moving,
            "series": warm_up_as_plain(every),
            **({"twice": twice_as_plain(compared)} if compared is not None else {}),
        }
        click.echo(json.dumps(told, ensure_ascii=False))
    drawn = (warm_up_pictures(kind, rows[kind], steady=not moving) for kind in chosen)
    write_pictures(chain.from_iterable(drawn), folder)
    click.echo(f"Figures: {folder}" if as_json else f"\nFigures: {folder}", err=as_json)
    ctx.exit(1 if whole.failures else 0)


def tell(
    scenario: Scenario, whole: WholeRuns, rows: dict[str, list[Series]], moving: list[str], *, tested: bool
) -> None:
    """The tables of each kind of series, and what a hurried reader takes away."""
    from caresim.report.warm_up import never_steady, warm_up_table, warm_up_verdict
    from caresim.report.words import count, text_of

    done = count(len(whole.replications), "replication")
    click.echo(f"{scenario.name}\n{done} of {whole.days} days from the start of the run, day 0\n")
    for kind, own in rows.items():
        if own:
            click.echo(f"{text_of(warm_up_table(kind, own))}\n")
    every = [row for own in rows.values() for row in own]
    said = [
        warm_up_verdict(every, steady=not moving, tested=tested),
        never_steady(moving, sum(has_people(scenario, name) for name in scenario.services), tested=tested),
    ]
    click.echo(paragraphs([text for text in said if text]))


def window_of(days: float) -> list[tuple[str, str]]:
    """Changes that make the window so long, in whole days: part of one at the end is not looked at."""
    if days <= 0:
        raise click.BadParameter("needs to reach beyond the declared warm-up.", param_hint="--days")
    return [("time.to", "null"), ("time.measure", f"{math.ceil(days)} days")]


def series_of(whole: WholeRuns, scenario: Scenario, kind: str, declared: float) -> list[Series]:
    """The whole system, then each service, hospital first; without those where nobody ever was."""
    from caresim.experiment.whole_runs import WHOLE
    from caresim.measures.warm_up import settling
    from caresim.report.tables import IN_ORDER
    from caresim.report.warm_up import Series

    services = sorted(
        (scenario.services[name] for name in whole.services),
        key=lambda service: (IN_ORDER.index(service.kind), service.label),
    )
    named = [(WHOLE, "Whole system"), *((service.name, service.label) for service in services)]
    return [
        Series(kind, name, label, settling(figures, declared))
        for name, label in named
        if (figures := whole.series(kind, name)).any()
    ]


def what_moves(scenario: Scenario) -> list[str]:
    """What makes one part of the run unlike another for good: patterns of a week or a day do not."""
    from caresim.network.providers import has_dated_capacity
    from caresim.report.warm_up import listed
    from caresim.scenario.values import Dated

    streams, services = scenario.arrivals.values(), scenario.services.values()
    found = {
        "arrivals go by the month": [stream.name for stream in streams if stream.pattern.month is not None],
        "arrivals go by a cycle": [stream.name for stream in streams if stream.pattern.cycle is not None],
        "arrivals change on dates": [stream.name for stream in streams if isinstance(stream.rate, Dated)],
        "arrivals are given for single days": [
            stream.name for stream in streams if stream.counts or stream.rates or stream.times
        ],
        "arrivals grow or shrink": [stream.name for stream in streams if stream.growth],
        "capacity changes on dates": [
            service.name
            for service in services
            if has_dated_capacity(service)
        ],
        "staff come and go": [
            group.name for group in scenario.staff.values() if group.joiners or group.leavers
        ],
        "events": [event.name for event in scenario.events.values() if event.active],
    }
    return [f"{what} ({listed(names)})" for what, names in found.items() if names]


def has_people(scenario: Scenario, name: str) -> bool:
    start = scenario.services[name].start_with
    return bool(start.in_care or start.delayed or start.waiting or start.file)


def with_twice(
    file: Path,
    changes: list[tuple[str, str]],
    scenario: Scenario,
    once: WholeRuns,
    rows: list[Series],
    replications: int,
    jobs: int,
    on_done: Callable[[int, int], None],
) -> list[Twice]:
    """The window of each series after the declared warm-up and after twice as much."""
    from dataclasses import replace

    from caresim.experiment.whole_runs import run_whole
    from caresim.measures.warm_up import unpaired_difference
    from caresim.report.warm_up import Twice

    declared = scenario.time.warm_up
    if not declared:
        raise click.UsageError("--twice needs a warm-up to double; none is declared.")
    longer = [("time.warm_up", f"{2 * declared:g} days"), *window_of(scenario.time.measured_days)]
    # Other people: a run that begins earlier meets the same numbers at other times.
    scenario = replace(read_scenario(file, [*changes, *longer]), seed=scenario.seed + 1)
    twice = run_whole(scenario, replications=replications, jobs=jobs, on_done=on_done)
    found = []
    for row in rows:
        first, second = (
            runs.series(row.kind, row.service)[:, math.ceil(warm_up) :].mean(axis=1)
            for runs, warm_up in ((once, declared), (twice, 2 * declared))
        )
        difference = unpaired_difference(first, second)
        found.append(
            Twice(
                row,
                float(first.mean()),
                float(second.mean()),
                *(float(getattr(difference, name)) for name in ("mean", "low", "high")),
            )
        )
    return found


def tell_twice(found: list[Twice], declared: float, n: int) -> None:
    from caresim.report.warm_up import twice_table, twice_verdict
    from caresim.report.words import text_of

    click.echo(f"\n{text_of(twice_table(found, declared, n))}\n\n{paragraphs([twice_verdict(found)])}")


def paragraphs(texts: Sequence[str]) -> str:
    import textwrap

    return "\n\n".join(textwrap.fill(text, 100) for text in texts)
