"""Damaged records of a store set aside, beside where they were, and what that costs in words.

What is set aside is never read again, and never deleted.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from caresim.errors import ResultsError
from caresim.records.disk import flush, flush_folder, is_locked, write_whole
from caresim.records.journal import SUFFIX, Damage
from caresim.records.sweep_contents import RECORDS, REPLICATIONS, SCENARIOS, TABLE, Contents, read_sums
from caresim.records.sweep_folder import SUMS
from caresim.records.sweep_folding import write_sums

DAMAGED = ".damaged"
"""Added to the name of what is set aside."""

OF_LINE = {
    "replication": "It is to be run again.",
    "failure": "It is to be run again.",
    "scenario": "It is worked out again by the sweep that asks for it.",
    "experiment": "It is there again once it is swept again.",
    "run": "By which code, when and where it ran is no longer known, and cannot be found out; "
    "no figure is lost with it.",
    "run_end": "When it ended and how long it took is no longer known; no figure is lost with it.",
    "claim": "Nothing is lost with it.",
}
"""Kind of a record -> what it costs that it is lost."""
OF_FILE = {
    REPLICATIONS: "The replications in it are to be run again.",
    SCENARIOS: "The scenarios in it are worked out again by the sweeps that ask for them.",
    RECORDS: "Of the runs in it, by which code, when and where they ran is no longer known, and cannot be "
    "found out; no figure is lost with that. An experiment in it is there again once it is swept again.",
}
"""File of a part -> likewise."""
_KIND = re.compile(rb'"kind" ?: ?"([a-z_]+)"')


def set_aside(folder: Path) -> list[str]:
    """Set all damaged lines and files of a store aside; a note for each says what is lost.

    Raises:
        ResultsError: a process is writing to one of them.
    """
    found = Contents(folder, thorough=True)
    found.update()
    notes = []
    for file in sorted({damage.file for damage in found.damaged}):
        lines = [damage for damage in found.damaged if damage.file == file]
        aside = mend_journal(file, lines) if file.suffix == SUFFIX else mend_part(file)
        where = "" if aside is None else f"; set aside in {aside.name}"
        notes += [f"{damage}{where}. {cost_of(damage)}" for damage in lines]
    return notes


def cost_of(damage: Damage) -> str:
    """What is lost with a damaged line or file, and whether it comes again: not all of it can."""
    if damage.line:
        kind = _KIND.search(damage.raw)
        unknown = "What it was cannot be read any more. If it was a replication, it is to be run again."
        return OF_LINE.get(kind[1].decode() if kind else "", unknown)
    stem = damage.file.name.split(".")[0]
    if damage.file.name == SUMS:
        return " ".join(OF_FILE.values())
    if stem.startswith(TABLE):
        return f"Replications are to be run again where their table {stem.removeprefix(TABLE)} is asked for."
    return OF_FILE[stem]


def mend_journal(file: Path, damaged: list[Damage]) -> Path:
    """Take damaged lines out of a journal into a file beside it; gives that file.

    Raises:
        ResultsError: a process is writing to it.
    """
    if is_locked(file):
        raise ResultsError(f"{file}: a process is writing to it. Wait for its end, then mend.")
    aside = file.with_name(file.name + DAMAGED)
    with open(aside, "ab") as stream:
        stream.writelines(damage.raw for damage in damaged)
        stream.flush()
        flush(stream.fileno())
    flush_folder(file.parent)
    bad = {damage.line for damage in damaged}
    with open(file, "rb") as stream:
        good = b"".join(line for number, line in enumerate(stream, 1) if number not in bad)
    write_whole(file, good)
    return aside


def mend_part(file: Path) -> Path | None:
    """Set a damaged file of a part aside and have the part no longer count on it.

    Gives where it is then; None if it was missing.
    """
    part = file.parent
    if file.name == SUMS:
        # Without it nothing in the part can be trusted.
        aside = part.with_name(part.name + DAMAGED)
        os.rename(part, aside)
        flush_folder(part.parent)
        return aside
    said = read_sums(part, [])
    assert said is not None
    files = {name: sum_ for name, sum_ in said.files.items() if name != file.name}
    lost = set(said.lost)
    if file.name.startswith(TABLE):
        lost.add(file.name.removeprefix(TABLE).split(".")[0])
    aside = part.with_name(f"{part.name}.{file.name}{DAMAGED}")
    there = file.exists()
    if there:
        shutil.copyfile(file, aside)
    write_sums(part, files, sorted(lost))
    file.unlink(missing_ok=True)
    return aside if there else None
