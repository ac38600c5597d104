"""The systems that ship with caresim, and where they lie."""

from __future__ import annotations

from pathlib import Path

import caresim


def systems_folder() -> Path:
    """In an installed package, or configs/ beside the package in a checkout."""
    package = Path(caresim.__file__).parent
    installed = package / "systems"
    return installed if installed.is_dir() else package.parent / "configs"


def shipped_systems() -> dict[str, Path]:
    """Name -> file."""
    return {path.stem: path for path in sorted(systems_folder().glob("*.yaml"))}
