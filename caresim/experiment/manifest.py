"""What a results folder says about how it came to be."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import caresim

if TYPE_CHECKING:
    from caresim.scenario.scenario import Scenario

LIBRARIES = ("numpy", "pandas", "simpy", "scipy")
"""Those whose version could move a figure."""


def manifest_of(
    scenario: Scenario,
    *,
    seed: int,
    asked: int,
    done: list[int],
    failures: list[dict[str, Any]],
    measured_days: float,
    began: str,
    cpu_seconds: float,
) -> dict[str, Any]:
    """The story of a run: what was run, by which code, where and when.

    `records.store` adds the number of its own format. Two runs with equal `resolved_hash`,
    `seed` and `replications_done` under the same versions have equal tables.
    """
    return {
        "scenario": scenario.name,
        "file": Path(scenario.file).name,
        "file_hash": hash_of_text(scenario.text),
        "resolved_hash": hash_of_document(scenario.document),
        "seed": seed,
        "replications": asked,
        "replications_done": done,
        "failures": failures,
        "first_day": scenario.time.start.isoformat(),
        "measured_days": measured_days,
        "warm_up_days": scenario.time.warm_up,
        "engine": "simpy",
        **provenance(),
        "started_at": began,
        "ended_at": utc_now(),
        "cpu_seconds": round(cpu_seconds, 3),
    }


def provenance() -> dict[str, Any]:
    """By which code, with which libraries, on what kind of machine; no name of the machine."""
    return {
        "caresim": caresim.__version__,
        "versions": {"python": platform.python_version(), **{name: version_of(name) for name in LIBRARIES}},
        "platform": platform.platform(),
        "git": git_state(Path(caresim.__file__).parent.parent),
    }


def hash_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def hash_of_document(document: dict[str, Any]) -> str:
    """The same for two files that declare the same, whatever their spacing, comments or order of keys."""
    return hash_of_text(json.dumps(document, sort_keys=True, separators=(",", ":"), default=in_words))


def in_words(value: Any) -> str:
    """What YAML reads and JSON does not know: dates."""
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a resolved scenario holds words, numbers, lists and dates, not {type(value).__name__}")


def version_of(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def git_state(folder: Path) -> dict[str, Any] | None:
    """Commit of the checkout the code runs from, and whether it was changed since; None elsewhere."""
    if not (folder / ".git").exists():
        return None
    commit = git(folder, "rev-parse", "HEAD")
    changed = git(folder, "status", "--porcelain", "--untracked-files=no", "--", "caresim")
    return None if commit is None else {"commit": commit, "dirty": bool(changed)}


def git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def utc_now(*, exactly: bool = False) -> str:
    """To the second; `exactly` where what comes first is told by it."""
    return datetime.now(UTC).isoformat(timespec="microseconds" if exactly else "seconds")
