"""A sweep's store, written: nothing that `sync` has returned for is ever lost.

Each writing process has a journal of its own, locked while it is open. Journals nobody holds are
folded into parts, few and large, made for reading. A part is written beside and renamed, and what
it was made of is deleted only then: a kill at any moment leaves every record there at least once,
and readers count it once.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd

import caresim
from caresim.errors import ResultsError
from caresim.records.disk import flush, flush_folder, is_locked, try_lock, write_whole
from caresim.records.journal import (
    FORMAT,
    SUFFIX,
    Damage,
    Journal,
    Place,
    Reading,
    Record,
    encode,
    not_written,
    read_journal,
)
from caresim.records.parquet import TableStream, read_texts, write_rows, write_texts
from caresim.records.sweep_contents import (
    FIXED,
    JOURNALS,
    KEPT,
    MARK,
    OTHER,
    PARTS,
    RECORDS,
    REPLICATIONS,
    SCENARIOS,
    SUMS,
    TABLE,
    Contents,
    Kept,
    Part,
    file_sum,
    list_parts,
    read_sums,
)
from caresim.records.sweep_records import check_store, damage_in_words, read_contents

NEEDED = {
    "experiment": ("experiment", "written_at"),
    "scenario": ("scenario",),
    "replication": ("key", "scenario", "seed", "replication", "model", "measures"),
    "failure": ("key", "scenario", "seed", "replication", "model", "message"),
    "run": ("run", "experiment", "started_at"),
    "run_end": ("run",),
    "claim": ("keys",),
}
"""What a record cannot be read without."""
SMALL = 1 << 20
"""Bytes of a part that is always made one with what is new."""
DAMAGED = ".damaged"
"""Added to the name of what is set aside."""
GROWTH = 2
"""A part at most this often as large as what is new is made one with it: parts grow few and large."""


class SweepStore:
    """The writer's side of a store: one for each process that adds to it."""

    def __init__(self, folder: Path, contents: Contents) -> None:
        self.folder = folder
        self._contents = contents
        self._journal: Journal | None = None
        self._closed = False
        self._lock = threading.RLock()
        self._enough: dict[tuple[int, frozenset[str], frozenset[str]], bool] = {}
        self._failed = False
        self._notes: list[str] = []

    @classmethod
    def open(cls, folder: str | os.PathLike[str], *, mend: bool = False) -> Self:
        """The store of a folder, made if there is none.

        Args:
            mend: set damaged records aside, beside where they were, and go on without them.

        Raises:
            ResultsError: the folder is something else, of another format, cannot be written, or
                records are damaged: file, line and key are named.
        """
        place = Path(folder)
        try:
            if not check_store(place, may_be_new=True):
                make_store(place)
            for name in (JOURNALS, PARTS):
                (place / name).mkdir(exist_ok=True)
            flush_folder(place)
            if not os.access(place / JOURNALS, os.W_OK):
                raise PermissionError(13, "it may only be read")
        except OSError as error:
            raise ResultsError(not_written(place, error, "Nothing was begun.")) from error
        store = cls(place, Contents(place, thorough=mend))
        store._read()
        if store._contents.damaged and mend:
            store._mend()
        if store._contents.damaged:
            raise ResultsError(damage_in_words(store._contents.damaged))
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def notes(self) -> list[str]:
        """What a reader should know: records that were torn by a kill, or set aside."""
        return [*self._contents.notes, *self._notes]

    # --- writing ---------------------------------------------------------------------------

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record; it is safe after the next `sync`. A scenario already there is not doubled."""
        kind = record.get("kind")
        lacking = [name for name in NEEDED.get(str(kind), ()) if name not in record]
        if not isinstance(kind, str) or lacking:
            raise ValueError(f"a record needs {', '.join(lacking) or 'a kind'}")
        taken = set(record.get("measures", ())) & {*FIXED, KEPT, OTHER} if kind == "replication" else None
        if taken:
            raise ValueError(f"a kept figure cannot be named {', '.join(sorted(taken))}")
        with self._lock:
            if self._closed:
                raise ValueError("the store is closed")
            if kind == "scenario" and record["scenario"] in self._contents.scenarios:
                return
            if self._journal is None:
                self._journal = Journal.create(self.folder / JOURNALS)
                self._contents.skipped.add(self._journal.file.name)
            self._journal.append(record)
            self._contents.add_own(record, self._journal.file)

    def sync(self) -> None:
        """Return when all that was appended is on the disk.

        Raises:
            ResultsError: it cannot be written; what was synced before is kept, the journal is cut
                back to that. Trying again writes what is missing.
        """
        with self._lock:
            if self._journal is not None:
                self._failed = True
                self._journal.sync()
                self._failed = False

    def close(self) -> None:
        """Sync, and let go of the journal."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                if not self._failed:  # Else it has been told, and would only hide what was.
                    self.sync()
            finally:
                self._close_journal()

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    # --- asking ----------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read what other processes have added since.

        Raises:
            ResultsError: one of their records is damaged.
        """
        with self._lock:
            self._read()
            if self._contents.damaged:
                raise ResultsError(damage_in_words(self._contents.damaged))

    def has(self, key: str, measures: Collection[str], tables: Collection[str] = ()) -> bool:
        """Whether a replication is there with all of these kept."""
        with self._lock:
            number = self._contents.index.get(key)
            if number is None:
                return False
            asked = number, frozenset(measures), frozenset(tables)
            if asked not in self._enough:
                kept = self._contents.kept[number]
                self._enough[asked] = asked[1] <= set(kept.measures) and asked[2] <= set(kept.tables)
            return self._enough[asked]

    def measures_of(self, key: str) -> Mapping[str, float]:
        """The kept figures of a replication that is there; nan where it has none.

        Raises:
            KeyError: it is not there.
        """
        with self._lock:
            return self._contents.figures_of(key)

    def experiment(self, experiment: str) -> Record | None:
        """The newest record of an experiment."""
        return self._contents.others.get(("experiment", experiment))

    def holds_scenarios(self, scenarios: Iterable[str]) -> bool:
        """Whether all of these are here, by their hashes: what was set aside as damaged is not."""
        with self._lock:
            return all(scenario in self._contents.scenarios for scenario in scenarios)

    def claimed_by_others(self) -> set[str]:
        """Keys that other processes, alive by now, have said they run, and that are not there yet.

        As of the last `refresh`. A claim ends with its process, or at its `until`.
        """
        with self._lock:
            claimed: set[str] = set()
            now = datetime.now(UTC).isoformat()
            for journal, claims in self._contents.claims.items():
                # What is done is forgotten: else each asking would go through all that ever was claimed.
                for claim in claims:
                    claim["keys"] = [key for key in claim["keys"] if key not in self._contents.index]
                claims[:] = [claim for claim in claims if claim["keys"]]
                alive = [claim for claim in claims if str(claim.get("until") or "~") > now]
                if alive and is_locked(self.folder / JOURNALS / journal):
                    claimed.update(*(claim["keys"] for claim in alive))
            return claimed

    def _read(self) -> None:
        try:
            self._contents.update()
        except OSError as error:
            place = error.filename or self.folder
            raise ResultsError(f"{place}: cannot be read: {error.strerror or error}.") from error

    # --- compaction ------------------------------------------------------------------------

    def compact(self) -> None:
        """Fold this process's journal, and those nobody holds, into a part.

        Safe to kill at any moment. Does nothing where another process does so.
        """
        with self._lock:
            self.sync()
            try:
                with _only_one(self.folder) as alone:
                    if alone:
                        self._close_journal()
                        _fold(self.folder)
                        self._notes = self.notes
                        self._contents = Contents(self.folder)
                        self._enough.clear()
                        self._read()
            except OSError as error:
                kept = "Every record is still there, in the journals or in the parts."
                raise ResultsError(not_written(self.folder, error, kept)) from error

    # --- mending ---------------------------------------------------------------------------

    def _mend(self) -> None:
        """Set damaged lines and files aside."""
        try:
            with _only_one(self.folder) as alone:
                if not alone:
                    raise ResultsError(_busy(self.folder))
                fresh = Contents(self.folder, thorough=True)
                fresh.update()
                for file in sorted({damage.file for damage in fresh.damaged}):
                    lines = [damage for damage in fresh.damaged if damage.file == file]
                    aside = mend_journal(file, lines) if file.suffix == SUFFIX else mend_part(file)
                    self._notes += [
                        f"{damage}; set aside in {aside.name}, to be run again." for damage in lines
                    ]
                self._contents = Contents(self.folder)
                self._contents.update()
        except OSError as error:
            raise ResultsError(not_written(self.folder, error, "Nothing more was set aside.")) from error


def make_store(folder: Path) -> None:
    """An empty store; several processes may make it at once."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, "made_by": f"caresim {caresim.__version__}"}) + "\n"
    write_whole(folder / MARK, text.encode())
    flush_folder(folder.parent)


@contextmanager
def _only_one(folder: Path) -> Iterator[bool]:
    """Whether this process alone may fold and mend; so until the block ends."""
    try:
        handle = os.open(folder / MARK, os.O_RDWR)
    except PermissionError:
        handle = os.open(folder / MARK, os.O_RDONLY)
    try:
        yield try_lock(handle)
    finally:
        os.close(handle)


def _fold(folder: Path, *, everything: bool = False) -> None:
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
    SweepStore.open(into).close()
    try:
        with _only_one(into) as alone:
            if not alone:
                raise ResultsError(_busy(into))
            for source in sources:
                if not source.samefile(into):
                    _copy_store(source, into)
        with _only_one(into) as alone:
            if alone:
                _fold(into, everything=True)
    except OSError as error:
        raise ResultsError(not_written(into, error, "The stores it was made of are as they were.")) from error


def _copy_store(source: Path, into: Path) -> None:
    with _only_one(source) as alone:
        if not alone:
            raise ResultsError(_busy(source))
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


def _busy(folder: Path) -> str:
    return f"{folder}: another process is tidying or mending this store. Try again in a moment."
