"""Options that several commands share, read into what the library takes."""

from __future__ import annotations

import click


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
