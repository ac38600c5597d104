"""`caresim init`: a scenario of one's own, copied from a system that ships with caresim."""

from __future__ import annotations

import shlex
from pathlib import Path

import click


def read_system(_ctx: click.Context, _option: click.Parameter, name: str) -> Path:
    """The file of a shipped system."""
    from caresim.errors import nearest
    from caresim.scenario.systems import shipped_systems

    files = shipped_systems()
    if name not in files:
        hint = nearest(name, files) or f" These ship: {', '.join(files)}."
        raise click.BadParameter(f'there is no system "{name}".{hint}')
    return files[name]


@click.command("init")
@click.argument("name")
@click.option(
    "--from",
    "system",
    default="county",
    show_default=True,
    callback=read_system,
    metavar="SYSTEM",
    help="The system to start from.",
)
def command(name: str, system: Path) -> None:
    """Write NAME.yaml, a copy of a shipped system to change as you like."""
    if name.startswith("-") or not Path(name).name or Path(name).name.startswith("."):
        raise click.UsageError(f'"{name}" cannot be the name of a scenario.')
    target = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    text = system.read_text(encoding="utf-8")
    # What the file names (a base it extends, a table of counts) goes with it.
    named = {
        path.relative_to(system.parent): path
        for path in sorted(system.parent.rglob("*.*"))
        if path.is_file() and path != system and path.relative_to(system.parent).as_posix() in text
    }
    copies = {target: system, **{target.parent / name: path for name, path in named.items()}}
    for copy in copies:
        if copy.exists():
            raise click.UsageError(f"{copy}: is there already. Choose another name or folder.")
    for copy, source in copies.items():
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
        click.echo(f"Wrote {copy}.")
    word = shlex.quote(str(target))
    click.echo(f"Change it, then: caresim check {word}, caresim explain {word}, caresim run {word}.")
