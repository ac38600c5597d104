"""The records of a sweep's store, found in its journals and parts and held so that they can be asked.

Nothing here writes. How records get there is in `sweep_store.py`, how journals become parts in
`sweep_folding.py`; tables for whoever reads a store are made in `sweep_records.py`. A part is a
folder of Parquet files: `replications` (a column for each figure), `scenarios`, `records` (all else),
and `table-NAME` for each kept table; `sums.json` tells their checksums.
"""

from __future__ import annotations

import hashlib
import json
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from caresim.errors import ResultsError
from caresim.records.disk import is_locked
from caresim.records.journal import (
    SUFFIX,
    Damage,
    Place,
    Reading,
    Record,
    check_format,
    decode,
    read_journal,
)
from caresim.records.parquet import read_rows, read_texts
from caresim.records.sweep_folder import JOURNALS, PARTS, SUMS

REPLICATIONS, SCENARIOS, RECORDS, TABLE = "replications", "scenarios", "records", "table-"

FIXED = {
    "key": "str",
    "scenario": "str",
    "seed": "int64",
    "replication": "int64",
    "model": "int64",
    "run": "str",
    "rows": "str",
    "cpu_seconds": "float64",
    "engine_seconds": "float64",
}
"""Columns of every replication, before those of its figures."""
KEPT, OTHER = "kept", "other"
"""Columns of a part beside these: which figures and tables were kept (a null figure is one that was
kept and is none), and what else a record said, as JSON."""
RESERVED = (*FIXED, KEPT, OTHER)
NAMED_BY = {
    "experiment": "experiment",
    "scenario": "scenario",
    "failure": "key",
    "run": "run",
    "run_end": "run",
}
"""Kind of record -> what tells two of them apart; the later one counts."""
SHOWN = 10
"""Damages told one by one."""
TRIES = 20
"""How often a store is read again that is being compacted meanwhile."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a replication."""

    measures: tuple[str, ...]
    tables: tuple[str, ...]

    def text(self) -> str:
        return json.dumps([list(self.measures), list(self.tables)], ensure_ascii=False)


def kept_of(text: str) -> Kept:
    measures, tables = json.loads(text)
    return Kept(tuple(measures), tuple(tables))


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a long record stands: a part's file (length 0), or a line of a journal."""

    file: Path
    offset: int = 0
    length: int = 0


Loose = tuple[tuple[Any, ...], str, int, "array[float]"]
"""A replication of a journal: FIXED, OTHER, number of what was kept, its figures."""


@dataclass
class Part:
    """One folder of `parts`."""

    place: Path
    files: dict[str, list[Any]]
    """Name of a file -> its bytes and its checksum."""
    lost: tuple[str, ...] = ()
    """Tables whose file was damaged and set aside."""

    @property
    def size(self) -> int:
        return sum(size for size, _ in self.files.values())

    def tables(self, name: str) -> list[Path]:
        stem = f"{TABLE}{name}"
        return [self.place / file for file in self.files if file.split(".")[0] == stem]


@dataclass
class Contents:
    """Everything read of a store so far. `update` reads on where it stopped."""

    folder: Path
    frames: list[pd.DataFrame] = field(default_factory=list)
    """Replications of parts: FIXED, KEPT as a number, OTHER, figures."""
    loose: list[Loose] = field(default_factory=list)
    scenarios: dict[str, Whereabouts] = field(default_factory=dict)
    others: dict[tuple[str, str], Record] = field(default_factory=dict)
    """Kind and name -> record."""
    tables: list[tuple[str, Whereabouts]] = field(default_factory=list)
    """Key and place of replications in journals that keep tables."""
    parts: dict[str, Part] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    """Journal -> how far it has been read."""
    claims: dict[str, list[Record]] = field(default_factory=dict)
    """Journal -> what its writer said it would run."""
    n_lines: int = 0
    """Records read from journals."""
    skipped: set[str] = field(default_factory=set)
    """Journals that are not read: one's own."""
    thorough: bool = False
    """Check the files of kept tables too, byte by byte, not only when they are asked for."""
    damaged: list[Damage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    _numbers: dict[Kept, int] = field(default_factory=dict)
    _index: dict[str, int] | None = None
    _where: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    # --- reading ---------------------------------------------------------------------------

    def update(self) -> None:
        """Read what has come since; a record that moves from a journal to a part is never missed."""
        for _ in range(TRIES):
            before = self._listed()
            try:
                self._read(*before)
            except FileNotFoundError:
                time.sleep(0.01)
                continue  # folded into a part meanwhile, which is there by now
            if self._listed()[1] == before[1]:
                return
        raise ResultsError(f"{self.folder}: changed all the while it was read. Try again.")

    def _listed(self) -> tuple[list[Path], list[Path]]:
        """Journals, then parts: a journal goes only after its part has come."""
        journals = sorted(path for path in _entries(self.folder / JOURNALS) if path.suffix == SUFFIX)
        return journals, list_parts(self.folder / PARTS)

    def _read(self, journals: list[Path], parts: list[Path]) -> None:
        for name in set(self.parts) - {path.name for path in parts}:
            del self.parts[name]
        for path in parts:
            if path.name not in self.parts:
                self.read_part(path)
        for name in set(self.claims) - {path.name for path in journals}:
            del self.claims[name]
        for path in journals:
            if path.name not in self.skipped:
                self.read_journal(path, held=is_locked(path))

    def read_journal(self, path: Path, *, held: bool) -> None:
        """The records of a journal not read before."""
        place = self.places.setdefault(path.name, Place())
        began = place.offset
        reading = Reading(place)
        for line in read_journal(path, reading, held=held):
            self.add(line.record, Whereabouts(path, line.offset, line.length))
            self.n_lines += 1
        if reading.damaged and began:
            # Its writer may have cut it back and gone on from there since.
            place.offset = place.line = 0
            self.read_journal(path, held=held)
            return
        self.damaged += [damage for damage in reading.damaged if damage not in self.damaged]
        note = f"{path}: its last record was never finished ({reading.torn} bytes) and is left out."
        if reading.torn and note not in self.notes:
            self.notes.append(note)

    def read_part(self, path: Path) -> None:
        """The records of a part; damaged files are told in `damaged`."""
        part = read_sums(path, self.damaged)
        if part is None:
            return
        for name, (size, sum_) in part.files.items():
            if not self._is_whole(path / name, size, sum_):
                continue
            if name == f"{REPLICATIONS}.parquet":
                self._add_frame(read_rows(path / name), part)
            elif name == f"{SCENARIOS}.parquet":
                for scenario in read_rows(path / name, ["scenario"])["scenario"].tolist():
                    self.scenarios.setdefault(scenario, Whereabouts(path / name))
            elif name == f"{RECORDS}.parquet":
                for _, _, text in read_texts(path / name):
                    self.add(json.loads(text), None)
        self.parts[path.name] = part

    def _is_whole(self, file: Path, size: int, sum_: str) -> bool:
        if file.name.startswith(TABLE) and not self.thorough:
            if file_size(file) == size:
                return True
        elif file_sum(file) == sum_:
            return True
        damage = damage_of(file)
        if damage not in self.damaged:
            self.damaged.append(damage)
        return False

    def _add_frame(self, frame: pd.DataFrame, part: Part) -> None:
        codes, texts = pd.factorize(frame[KEPT])
        found = [kept_of(str(text)) for text in texts]
        numbers = [
            self.number_of(Kept(kept.measures, tuple(t for t in kept.tables if t not in part.lost)))
            for kept in found
        ]
        frame[KEPT] = np.asarray(numbers, dtype=np.int64)[codes] if len(frame) else np.zeros(0, np.int64)
        if self._index is not None:
            news = [
                self._index.get(key) != kept
                for key, kept in zip(frame["key"].tolist(), frame[KEPT].tolist(), strict=True)
            ]
            frame = frame[np.asarray(news, dtype=bool)].reset_index(drop=True)
        self.frames.append(frame)
        if self._index is not None:
            self._index_frame(len(self.frames) - 1)

    def add(self, record: Record, whereabouts: Whereabouts | None) -> None:
        """Take note of a record."""
        kind = record["kind"]
        if kind == "replication":
            self._add_replication(record, whereabouts)
        elif kind == "claim":
            if whereabouts is not None:
                self.claims.setdefault(whereabouts.file.name, []).append(record)
        elif kind == "scenario":
            if whereabouts is not None:
                self.scenarios.setdefault(record["scenario"], whereabouts)
        else:
            name = identity(record)
            known = self.others.get((kind, name))
            if known is None or kind != "experiment" or known["written_at"] <= record["written_at"]:
                self.others[kind, name] = record

    def add_own(self, record: Mapping[str, Any], journal: Path) -> None:
        """Take note of a record this process has just written."""
        if record["kind"] == "scenario":
            self.scenarios.setdefault(record["scenario"], Whereabouts(journal))
        else:
            self.add(dict(record), None)

    def _add_replication(self, record: Record, whereabouts: Whereabouts | None) -> None:
        measures, tables = record.get("measures") or {}, record.get("tables") or {}
        names = tuple(sorted(measures))
        number = self.number_of(Kept(names, tuple(sorted(tables))))
        figures = array("d", (float("nan") if (f := measures[n]) is None else f for n in names))
        other = {name: v for name, v in record.items() if name not in NOT_OTHER}
        fixed = tuple(record.get(name) for name in FIXED)
        self.loose.append((fixed, json.dumps(other) if other else "", number, figures))
        if tables and whereabouts is not None:
            self.tables.append((record["key"], whereabouts))
        if self._index is not None:
            self._index_row(record["key"], number, (-1, len(self.loose) - 1))

    def number_of(self, kept: Kept) -> int:
        if kept not in self._numbers:
            # Names are shared, so that many records do not each keep their own.
            self._numbers[kept] = len(self.kept)
            self.kept.append(kept)
        return self._numbers[kept]

    # --- asking ----------------------------------------------------------------------------

    @property
    def index(self) -> dict[str, int]:
        """Key -> number of what is kept of it, over all its records."""
        if self._index is None:
            self._index = {}
            for block in range(len(self.frames)):
                self._index_frame(block)
            for row, (fixed, _, number, _) in enumerate(self.loose):
                self._index_row(fixed[0], number, (-1, row))
        return self._index

    def _index_frame(self, block: int) -> None:
        frame = self.frames[block]
        keys = zip(frame["key"].tolist(), frame[KEPT].tolist(), strict=True)
        for row, (key, number) in enumerate(keys):
            self._index_row(key, number, (block, row))

    def _index_row(self, key: str, number: int, where: tuple[int, int]) -> None:
        index = self._index
        assert index is not None
        known = index.get(key)
        if known is None:
            index[key] = number
            self._where[key] = [where]
        elif known != number:
            both = self.both(known, number)
            if both != known:
                index[key] = both
                self._where[key].append(where)

    def both(self, one: int, other: int) -> int:
        """Number of what two records of one replication keep together."""
        a, b = self.kept[one], self.kept[other]
        union = Kept(tuple(sorted({*a.measures, *b.measures})), tuple(sorted({*a.tables, *b.tables})))
        return one if union == a else self.number_of(union)

    def figures_of(self, key: str) -> dict[str, float]:
        """The figures kept of a replication, nan where there is none; the first record counts."""
        number = self.index[key]
        found: dict[str, float] = {}
        figures: Iterable[tuple[str, float]]
        for block, row in self._where[key]:
            if block < 0:
                _, _, own, values = self.loose[row]
                figures = zip(self.kept[own].measures, values, strict=True)
            else:
                frame = self.frames[block]
                names = self.kept[frame[KEPT].to_numpy()[row]].measures
                figures = ((name, float(frame[name].to_numpy()[row])) for name in names)
            for name, figure in figures:
                found.setdefault(name, figure)
        return {name: found[name] for name in self.kept[number].measures}

    def experiments(self) -> list[Record]:
        """By the time they were written."""
        found = [record for (kind, _), record in self.others.items() if kind == "experiment"]
        return sorted(found, key=lambda record: (record["written_at"], record["experiment"]))

    def replications(self) -> pd.DataFrame:
        """FIXED, KEPT as a number, OTHER, then figures by name; one row a key, in order of what it is of."""
        frames = [frame for frame in [*self.frames, *self._loose_frames()] if len(frame)]
        if not frames:
            nothing = {name: pd.Series([], dtype=kind) for name, kind in FIXED.items()}
            empty: dict[str, Any] = {KEPT: np.zeros(0, np.int64), OTHER: pd.Series([], dtype="str")}
            return pd.DataFrame({**nothing, **empty})
        whole = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        measures = sorted(set(whole.columns) - set(RESERVED))
        whole = self._without_doubles(whole[[*RESERVED, *measures]])
        scenario, _ = pd.factorize(whole["scenario"], sort=True)
        by = [whole[name].to_numpy() for name in ("model", "replication", "seed")]
        order = np.lexsort([*by, scenario])
        return whole.iloc[order].reset_index(drop=True)

    def _loose_frames(self) -> Iterator[pd.DataFrame]:
        by_kept: dict[int, list[Loose]] = {}
        for row in self.loose:
            by_kept.setdefault(row[2], []).append(row)
        for number, rows in by_kept.items():
            fixed = zip(*(row[0] for row in rows), strict=True)
            columns: dict[str, Any] = {
                name: pd.Series(values, dtype=kind)
                for (name, kind), values in zip(FIXED.items(), fixed, strict=True)
            }
            columns[KEPT] = np.full(len(rows), number)
            columns[OTHER] = pd.Series([row[1] for row in rows], dtype="str")
            figures = np.array([row[3] for row in rows], dtype=np.float64).reshape(len(rows), -1)
            columns |= {name: figures[:, place] for place, name in enumerate(self.kept[number].measures)}
            yield pd.DataFrame(columns)

    def _without_doubles(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One row a key: what several records of it keep, together; where they differ, the first."""
        if not frame["key"].duplicated().any():
            return frame
        frame = frame[~frame.duplicated(["key", KEPT, "rows"])]
        double = frame["key"].duplicated(keep=False)
        if not double.any():
            return frame
        grouped = frame[double].groupby("key", sort=False)
        differ = grouped["rows"].nunique()
        for key in differ.index[differ > 1]:
            note = f"{self.folder}: replication {key} was run twice and did not come out the same."
            if note not in self.notes:
                self.notes.append(note)
        merged = grouped.first().reset_index()
        for key, numbers in grouped[KEPT].unique().items():
            if len(numbers) > 1:
                number = int(numbers[0])
                for other in numbers[1:]:
                    number = self.both(number, int(other))
                merged.loc[merged["key"] == key, KEPT] = number
        return pd.concat([frame[~double], merged[list(frame.columns)]], ignore_index=True)


NOT_OTHER = {*FIXED, "kind", "measures", "tables"}


def identity(record: Mapping[str, Any]) -> str:
    """What tells a record from others of its kind."""
    named = NAMED_BY.get(record["kind"])
    if named is not None:
        return str(record[named])
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []


def list_parts(folder: Path) -> list[Path]:
    """Parts, the oldest first; not those being written, removed or set aside."""
    named = [path for path in _entries(folder) if not path.name.startswith(".") and not path.suffix]
    return sorted(path for path in named if path.is_dir())


def file_sum(file: Path) -> str:
    """Checksum of a whole file of a part; "" where it is gone though its part is there."""
    if file_size(file) < 0:
        return ""
    digest = hashlib.blake2b(digest_size=16)
    with open(file, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def file_size(file: Path) -> int:
    """Bytes of a file of a part; -1 where it is gone though its part is there."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        if file.parent.is_dir():
            return -1
        raise


def read_sums(part: Path, damaged: list[Damage]) -> Part | None:
    """What a part says of its files; None where that is damaged itself, and told so."""
    file = part / SUMS
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        if not part.is_dir():
            raise
        text = b""
    # It stands there twice: without it, all of a part would have to be run again.
    said = next((found for line in text.splitlines() if (found := decode(line)) is not None), None)
    if said is None:
        damage = damage_of(file)
        if damage not in damaged:
            damaged.append(damage)
        return None
    check_format(file, said["format"])
    return Part(part, said["files"], tuple(said["lost"]))


def damage_of(file: Path) -> Damage:
    """A whole file of a part that cannot be read: changed, or gone."""
    return Damage(file, 0, "", missing=not file.exists())


def damage_in_words(damaged: list[Damage]) -> str:
    lines = [str(damage) for damage in damaged[:SHOWN]]
    if len(damaged) > SHOWN:
        lines.append(f"and {len(damaged) - SHOWN} more.")
    n, it = ("It was", "it") if len(damaged) == 1 else ("They were", "each")
    lines.append(
        f"{n} damaged, changed or taken away since. A copy of {it} from a backup, put in its place, mends "
        "all. Without one: `caresim sweep EXPERIMENT --mend` sets aside what is damaged, keeps all else, "
        "and runs again the replications that are then missing."
    )
    return "\n".join(lines)
