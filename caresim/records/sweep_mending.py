"""Damaged records of a store set aside, beside where they were, and what that costs in words.

What is set aside is never read again, and never deleted.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from caresim.errors import ResultsError
from caresim.records.disk import flush, flush_folder, is_locked, write_whole
from caresim.records.journal import SUFFIX, Damage
from caresim.records.sweep_contents import SUMS, TABLE, Contents, read_sums
from caresim.records.sweep_folding import write_sums

DAMAGED = ".damaged"
"""Added to the name of what is set aside."""


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
        notes += [f"{damage}; set aside in {aside.name}, to be run again." for damage in lines]
    return notes


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


def mend_part(file: Path) -> Path:
    """Set a damaged file of a part aside and have the part no longer count on it; gives where it is."""
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
    if file.exists():
        shutil.copyfile(file, aside)
    write_sums(part, files, sorted(lost))
    file.unlink(missing_ok=True)
    return aside
