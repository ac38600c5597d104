"""What makes two replications the same: what a record of the store is kept under."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import caresim
from caresim.errors import Fault, ScenarioError
from caresim.experiment.manifest import hash_of_document
from caresim.scenario.scenario import Scenario

MODEL = 1
"""Number of what the code computes: raised whenever the same scenario, seed and replication give other
figures than before, so that old and new ones are never mixed. `tests/regression` tells when."""

NOT_PART = ("name", "seed", "replications", "sources", "published")
"""Keys of a scenario that move no figure of a replication; its seed stands in the key by itself."""

SHOWS = ("cli/", "report/")
"""Folders of the code that show figures and compute none."""


def scenario_hash(scenario: Scenario) -> str:
    """32 hex digits, the same for two scenarios that declare the same.

    The resolved document in canonical form (order of keys, spacing and comments are nothing) with
    the contents of the data files it names, without what moves no figure.
    """
    document: dict[str, Any] = {k: v for k, v in scenario.document.items() if k not in NOT_PART}
    return short_hash(hash_of_document({"document": document, "files": files_of(scenario)}))


def files_of(scenario: Scenario) -> dict[str, str]:
    """Texts of the data files a scenario names, by name.

    Raises:
        ScenarioError: two of them have one name, in the folders of two files that extend each other.
    """
    paths = dict(scenario.data_files)
    for name, path in scenario.data_files:
        if paths[name] != path:
            raise ScenarioError(
                Fault(
                    scenario.file,
                    0,
                    name,
                    f"is the name of two data files, {path} and {paths[name]}: rename one, so that results "
                    "can keep both.",
                )
            )
    return {name: Path(path).read_text(encoding="utf-8-sig") for name, path in scenario.data_files}


def replication_key(scenario: str, seed: int, replication: int) -> str:
    """32 hex digits: one key for a resolved scenario, seed, replication and MODEL."""
    return short_hash(f"{scenario} {seed} {replication} {MODEL}")


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def code_fingerprint() -> str:
    """32 hex digits of the text of every module that computes: two caresims that share it compute alike."""
    digest = hashlib.sha256()
    folder = Path(caresim.__file__).parent
    modules = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*.py")}
    for name in sorted(modules):
        if not name.startswith(SHOWS):
            digest.update(name.encode() + b"\0" + modules[name].read_bytes() + b"\0")
    return digest.hexdigest()[:32]
