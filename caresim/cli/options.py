"""Options that several commands share, read into what the library takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from caresim.scenario.scenario import Scenario


def read_changes(
    _ctx: click.Context, _option: click.Parameter, words: tuple[str, ...]
) -> list[tuple[str, str]]:
    """PATH=CHANGE as (PATH, CHANGE) pairs, in the order given."""
    changes = []
    for word in words:
        path, equals, change = (part.strip() for part in word.partition("="))
        if not (equals and path and change):
            raise click.BadParameter(
                f'"{word}" is not PATH=CHANGE; write for example "services.reablement.places=plus 10".'
            )
        if change in ("plus", "minus", "times"):
            raise click.BadParameter(
                f'"{word}" has no number. What has a space in it goes into quotes: '
                f'--set "{path}={change} 10".'
            )
        changes.append((path, change))
    return changes


set_option = click.option(
    "--set",
    "changes",
    multiple=True,
    callback=read_changes,
    metavar="PATH=CHANGE",
    help='Change the scenario, for example "services.reablement.places=plus 10"; may be repeated.',
)

jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes [default: all cores]."
)

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the figures as JSON, alone, to standard output."
)


def read_scenario(file: Path, changes: list[tuple[str, str]]) -> Scenario:
    """The scenario of a file, or of a shipped system; what it publishes must be measures that there are.

    Scenario files are read where nothing is known of measures, so this is seen here.
    """
    from caresim.errors import ScenarioError, nearest
    from caresim.scenario import where
    from caresim.scenario.files import load_scenario

    scenario = load_scenario(file_of(file), changes)
    if scenario.published:
        from caresim.measures.catalogue import MEASURES

        faults = [
            where.fault_at(
                scenario,
                f"published.{number}.measure",
                f'there is no measure "{line.measure}".{nearest(line.measure, MEASURES)}',
            )
            for number, line in enumerate(scenario.published)
            if line.measure not in MEASURES
        ]
        if faults:
            raise ScenarioError(faults)
    return scenario


def file_of(word: Path) -> Path:
    """The file that is meant: the one of that name, else the shipped system's.

    Raises:
        ScenarioError: a bare name that is neither, with the nearest that is one.
    """
    from caresim.errors import Fault, ScenarioError, nearest
    from caresim.scenario.systems import shipped_systems

    if word.is_file() or word.name != str(word):
        return word
    systems = shipped_systems()
    if word.name in systems:
        return systems[word.name]
    if word.exists():
        return word
    known = [*(path.name for path in Path().glob("*.yaml")), *systems]
    hint = nearest(word.name, known) or f" These systems ship: {', '.join(systems)}."
    raise ScenarioError(Fault(word.name, 0, "", f"cannot be read: no such file or directory.{hint}"))
