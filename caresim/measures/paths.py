"""Paths into a scenario as readers see them beside figures and in the names of variants."""

from __future__ import annotations

from collections.abc import Iterable

_SECTIONS = ("services", "arrivals", "events", "people")


def short_paths(paths: Iterable[str]) -> dict[str, str]:
    """Path -> the same without its section, `services.reablement.places` -> `reablement.places`, where
    that says which is meant."""
    paths = list(paths)
    shorter = {}
    for path in paths:
        section, _, rest = path.partition(".")
        shorter[path] = rest if section in _SECTIONS and "." in rest else path
    taken = list(shorter.values())
    return {path: short if taken.count(short) == 1 else path for path, short in shorter.items()}
