"""Stores made one: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from caresim.errors import ResultsError
from caresim.records.disk import flush, flush_folder, write_whole
from caresim.records.journal import SUFFIX, not_written
from caresim.records.sweep_contents import list_parts
from caresim.records.sweep_folder import JOURNALS, PARTS, busy, only_one, open_folder
from caresim.records.sweep_folding import fold
from caresim.records.sweep_records import read_contents


def combine(target: str | os.PathLike[str], folders: Iterable[str | os.PathLike[str]]) -> None:
    """Everything of several stores into one, made if there is none: nothing lost, nothing doubled.

    Whole files are copied, each under a name made of its content; what is there twice counts once,
    and goes when the store is compacted. So combining again, after an end at any moment, does no harm.

    Raises:
        ResultsError: one of them is no store, or damaged; nothing has been copied then.
    """
    into = Path(target)
    sources = [Path(folder) for folder in folders]
    for source in sources:
        read_contents(source, thorough=True)
    open_folder(into)
    read_contents(into)
    try:
        with only_one(into) as alone:
            if not alone:
                raise ResultsError(busy(into))
            for source in sources:
                if not source.samefile(into):
                    _copy_store(source, into)
        with only_one(into) as alone:
            if alone:
                fold(into, everything=True)
    except OSError as error:
        raise ResultsError(not_written(into, error, "The stores it was made of are as they were.")) from error


def _copy_store(source: Path, into: Path) -> None:
    with only_one(source) as alone:
        if not alone:
            raise ResultsError(busy(source))
        for part in list_parts(source / PARTS):
            if not (into / PARTS / part.name).exists():
                beside = into / PARTS / f".{part.name}"
                shutil.rmtree(beside, ignore_errors=True)
                shutil.copytree(part, beside, copy_function=_copy_file)
                os.rename(beside, into / PARTS / part.name)
        for journal in sorted((source / JOURNALS).iterdir()):
            if journal.suffix == SUFFIX:
                write_whole(into / JOURNALS / journal.name, journal.read_bytes())
        flush_folder(into / PARTS)


def _copy_file(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    with open(target, "rb+") as stream:
        flush(stream.fileno())
