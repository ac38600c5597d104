"""Journals folded into parts, few and large, made for reading; by one process of a store at a time.

A part is written beside and renamed, and what it was made of is deleted only then: a kill at any
moment leaves every record there at least once, and readers count it once.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import caresim
from caresim.errors import ResultsError
from caresim.records.disk import flush_folder, try_lock, write_whole
from caresim.records.journal import FORMAT, SUFFIX, Damage, Place, Reading, Record, encode, read_journal
from caresim.records.parquet import TableStream, read_texts, write_rows, write_texts
from caresim.records.sweep_contents import (
    FIXED,
    KEPT,
    OTHER,
    RECORDS,
    REPLICATIONS,
    SCENARIOS,
    TABLE,
    Contents,
    Kept,
    Part,
    damage_in_words,
    file_sum,
    list_parts,
    read_sums,
)
from caresim.records.sweep_folder import JOURNALS, PARTS, SUMS

SMALL = 1 << 20
"""Bytes of a part that is always made one with what is new."""
GROWTH = 2
"""A part at most this often as large as what is new is made one with it: parts grow few and large."""


def fold(folder: Path, *, everything: bool = False) -> None:
    """Journals nobody holds, and parts not much larger than they (`everything`: all), into one part."""
    _sweep_up(folder / PARTS)
    with _free_journals(folder / JOURNALS) as journals:
        size = sum(path.stat().st_size for path in journals)
        merged, rest = _parts_to_merge(folder / PARTS, size, everything)
        news, there = Contents(folder), Contents(folder)
        for part in rest:
            there.read_part(part.place)
        for part in merged:
            news.read_part(part.place)
        for path in journals:
            news.read_journal(path, held=False)
        if news.damaged or there.damaged:
            raise ResultsError(damage_in_words(news.damaged + there.damaged))
        if news.n_lines or len(merged) > 1:
            try:
                _write_part(folder / PARTS, news, merged, journals, there)
            except OSError:
                _sweep_up(folder / PARTS)  # Where the disk is full, room is what is needed.
                raise
        else:
            merged = []
    # From here on the records are in the part: what it was made of only doubles them.
    for part in merged:
        _remove_part(part.place)
    for path in journals:
        with suppress(PermissionError):  # Windows: somebody is reading it. It goes the next time.
            path.unlink(missing_ok=True)
    flush_folder(folder / JOURNALS)


@contextmanager
def _free_journals(folder: Path) -> Iterator[list[Path]]:
    """The journals nobody holds, locked."""
    handles, found = [], []
    try:
        for path in sorted(folder.iterdir()):
            if path.suffix == SUFFIX:
                handle = os.open(path, os.O_RDWR)
                handles.append(handle)
                if try_lock(handle):
                    found.append(path)
        yield found
    finally:
        for handle in handles:
            os.close(handle)


def _parts_to_merge(folder: Path, size: int, everything: bool) -> tuple[list[Part], list[Part]]:
    """The newest parts that are not much larger than what is new; and all others."""
    damaged: list[Damage] = []
    read = [read_sums(place, damaged) for place in list_parts(folder)]
    if damaged:
        raise ResultsError(damage_in_words(damaged))
    rest = [part for part in read if part is not None]
    merged: list[Part] = []
    while rest and (everything or (size and rest[-1].size <= max(GROWTH * size, SMALL))):
        merged.insert(0, rest.pop())
        size += merged[0].size
    return merged, rest


def _write_part(
    folder: Path, news: Contents, merged: list[Part], journals: list[Path], there: Contents
) -> None:
    """A part of all that is new, there as a whole or not at all."""
    last = max((int(path.name.split("-")[0]) for path in list_parts(folder)), default=0)
    name = f"{last + 1:06d}-{secrets.token_hex(4)}"
    beside = folder / f".{name}"
    beside.mkdir()
    frame = news.replications()
    # Of what an older part has already nothing is doubled: that is how an interrupted folding ends.
    doubled = [
        _has(there, key, news.kept[number])
        for key, number in zip(frame["key"].tolist(), frame[KEPT].tolist(), strict=True)
    ]
    frame = frame[~np.array(doubled, dtype=bool)]
    kept = [news.kept[number] for number in frame[KEPT].tolist()]
    owned = dict(zip(frame["key"].tolist(), (one.tables for one in kept), strict=True))
    files = _write_tables(beside, owned, merged, journals)

    measures = sorted({measure for one in set(kept) for measure in one.measures})
    told = frame.reindex(columns=[*FIXED, KEPT, OTHER, *measures])
    told[KEPT] = pd.Categorical([one.text() for one in kept])
    write_rows(beside / f"{REPLICATIONS}.parquet", told)
    scenarios = _scenarios(news.scenarios.keys() - there.scenarios.keys(), merged, journals)
    write_texts(beside / f"{SCENARIOS}.parquet", ("scenario", "json"), scenarios)
    others = (
        (kind, name, json.dumps(record, ensure_ascii=False))
        for (kind, name), record in news.others.items()
        if there.others.get((kind, name)) != record
    )
    write_texts(beside / f"{RECORDS}.parquet", ("kind", "name", "json"), others)
    files += [beside / f"{stem}.parquet" for stem in (REPLICATIONS, SCENARIOS, RECORDS)]
    write_sums(beside, {file.name: [file.stat().st_size, file_sum(file)] for file in files}, ())
    os.rename(beside, folder / name)
    flush_folder(folder)


def _has(there: Contents, key: str, new: Kept) -> bool:
    number = there.index.get(key)
    if number is None:
        return False
    old = there.kept[number]
    return set(new.measures) <= set(old.measures) and set(new.tables) <= set(old.tables)


def _write_tables(
    beside: Path, owned: Mapping[str, Collection[str]], merged: list[Part], journals: list[Path]
) -> list[Path]:
    """The kept tables of replications, each from the first place that has it."""
    names = sorted({name for tables in owned.values() for name in tables})
    missing = {name: {key for key, tables in owned.items() if name in tables} for name in names}
    streams = {name: TableStream(beside, f"{TABLE}{name}") for name in names}
    for part in merged:
        keeping = _keys_by_table(part)
        for name, stream in streams.items():
            mine = missing[name] & keeping.get(name, set())
            for file in part.tables(name):
                stream.add_file(file, mine)
            missing[name] -= mine
    for record in _records(journals, "replication"):
        for name, content in record.get("tables", {}).items():
            if record["key"] in missing.get(name, ()):
                whose = record["key"], record["scenario"], record["seed"]
                streams[name].add(base64.b64decode(content), *whose)
                missing[name].discard(record["key"])
    for stream in streams.values():
        stream.close()
    return [file for stream in streams.values() for file in stream.files]


def _keys_by_table(part: Part) -> dict[str, set[str]]:
    """Kept table -> keys of the replications of a part that keep it."""
    contents = Contents(part.place)
    contents.read_part(part.place)
    found: dict[str, set[str]] = {}
    for key, number in contents.index.items():
        for name in contents.kept[number].tables:
            found.setdefault(name, set()).add(key)
    return found


def _scenarios(wanted: set[str], merged: list[Part], journals: list[Path]) -> Iterator[tuple[str, str]]:
    """Hash and JSON of scenarios, one after the other: many may be more than memory holds."""
    left = set(wanted)
    if not left:
        return
    for part in merged:
        if f"{SCENARIOS}.parquet" in part.files:
            for name, text in read_texts(part.place / f"{SCENARIOS}.parquet"):
                if name in left:
                    left.discard(name)
                    yield name, text
    for record in _records(journals, "scenario"):
        if record["scenario"] in left:
            left.discard(record["scenario"])
            yield record["scenario"], json.dumps(record, ensure_ascii=False)


def _records(journals: list[Path], kind: str) -> Iterator[Record]:
    for path in journals:
        for line in read_journal(path, Reading(Place()), held=False):
            if line.record["kind"] == kind:
                yield line.record


def write_sums(part: Path, files: Mapping[str, Any], lost: Collection[str]) -> None:
    """What makes a part whole: which files it has, and their checksums; told twice."""
    said = {"kind": "part", "format": FORMAT, "made_by": f"caresim {caresim.__version__}"}
    write_whole(part / SUMS, encode({**said, "files": dict(files), "lost": list(lost)}) * 2)


def _remove_part(part: Path) -> None:
    """Out of sight at once, so that nobody sees half of it; gone as soon as may be."""
    hidden = part.with_name(f".{part.name}.old")
    with suppress(PermissionError):  # Windows: somebody is reading it. What it holds counts once.
        os.rename(part, hidden)
        shutil.rmtree(hidden, ignore_errors=True)


def _sweep_up(parts: Path) -> None:
    """Remove what an interrupted folding left."""
    for path in parts.iterdir():
        if path.name.startswith("."):
            shutil.rmtree(path, ignore_errors=True)
