"""`caresim init`: a scenario of one's own, copied from a system that ships with caresim."""

from __future__ import annotations

from pathlib import Path

import click

import caresim


@click.command("init")
@click.argument("name")
@click.option(
    "--from", "system", default="county", show_default=True, metavar="SYSTEM", help="What to start from."
)
def command(name: str, system: str) -> None:
    """Write NAME.yaml, a copy of a shipped system to change as you like."""
    from caresim.errors import ResultsError, ScenarioError  # noqa: F401

    folder = systems_folder()
    systems = sorted(path.stem for path in folder.glob("*.yaml"))
    if system not in systems:
        raise click.BadParameter(
            f'there is no system "{system}"; these ship: {", ".join(systems)}.', param_hint="--from"
        )
    target = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if target.exists():
        raise click.UsageError(f"{target}: is there already. Choose another name.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text((folder / f"{system}.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    click.echo(f"Wrote {target}. Next: caresim check {target}")


def systems_folder() -> Path:
    """The shipped systems: in an installed package, or configs/ beside the package in a checkout."""
    package = Path(caresim.__file__).parent
    installed = package / "systems"
    return installed if installed.is_dir() else package.parent / "configs"
