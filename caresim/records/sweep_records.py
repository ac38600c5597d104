"""What a sweep's store holds, read: parts first made of journals, then the journals themselves.

Nothing here writes. How records get there, and how journals become parts, is in `sweep_store.py`.
A part is a folder of Parquet files: `replications` (a column for each figure), `scenarios`,
`records` (all else), and `table-NAME` for each kept table; `sums.json` tells their checksums.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    read_line,
)
from caresim.records.parquet import (
    KEY,
    SCENARIO,
    SEED,
    joined,
    kept_rows,
    matching_text,
    read_rows,
    read_texts,
    rows_of_keys,
)

MARK = "store.json"
JOURNALS, PARTS = "journals", "parts"
SUMS = "sums.json"
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
TRIES = 20
"""How often a store is read again that is being compacted meanwhile."""
SHOWN = 10
"""Damages told one by one."""


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
        damage = Damage(file, 0, "")
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
        damage = Damage(file, 0, "")
        if damage not in damaged:
            damaged.append(damage)
        return None
    check_format(file, said["format"])
    return Part(part, said["files"], tuple(said["lost"]))


def check_store(folder: Path, *, may_be_new: bool = False) -> bool:
    """Whether there is a store; what is neither one nor can become one is refused."""
    mark = folder / MARK
    if not folder.exists():
        if may_be_new:
            return False
        raise ResultsError(f"{folder}: there is no such folder.")
    if not folder.is_dir():
        raise ResultsError(f"{folder}: is a file; a store is a folder.")
    try:
        text = mark.read_text(encoding="utf-8")
    except FileNotFoundError:
        if (folder / "manifest.json").exists():
            raise ResultsError(
                f"{folder}: holds the results of one run, not the store of a sweep. "
                "`caresim report` and `caresim compare` read it."
            ) from None
        strange = [p.name for p in folder.iterdir() if not p.name.startswith(f".{MARK}")]
        if may_be_new and not strange:
            return False
        what = f'such as "{min(strange)}", and ' if strange else ""
        raise ResultsError(
            f"{folder}: is not the store of a sweep: it has {what}no {MARK}. Choose another folder."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{mark}: cannot be read: {error}.") from error
    try:
        said = json.loads(text)
        written = said["format"]
    except (ValueError, TypeError, KeyError) as error:
        raise ResultsError(
            f'{mark}: cannot be read: {error}. It held {{"format": 1}}: write that into it again.'
        ) from error
    check_format(folder, written)
    return True


def damage_in_words(damaged: list[Damage]) -> str:
    lines = [str(damage) for damage in damaged[:SHOWN]]
    if len(damaged) > SHOWN:
        lines.append(f"and {len(damaged) - SHOWN} more.")
    n = "It was" if len(damaged) == 1 else "They were"
    lines.append(
        f"{n} damaged or changed since. `caresim sweep EXPERIMENT --mend` sets aside what is damaged, "
        "keeps all else, and runs again what is then missing."
    )
    return "\n".join(lines)


class StoreRecords:
    """A store as it is read, at one moment; kept tables and scenarios are loaded when asked for."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        whole = contents.replications()
        self._kept: NDArray[np.int64] = whole[KEPT].to_numpy(dtype=np.int64)
        self.replications = whole.drop(columns=[KEPT, OTHER])
        """key, scenario, seed, replication, model, run, rows, cpu_seconds, engine_seconds, then a column
        for each figure any of them keeps; one row a key."""
        self.columns = tuple(name for name in self.replications.columns if name not in FIXED)
        """Names of figures any of them keeps."""
        self.tables = tuple(sorted({name for n in set(self._kept) for name in contents.kept[n].tables}))
        """Names of tables any of them keeps."""
        self.experiments = contents.experiments()
        """Records of experiments, the newest last."""
        self.runs = _runs(contents)
        """A row for each run of `caresim sweep`, by when it began; ended_at is null where it was killed."""
        self.failures = _failures(contents, self.replications["key"])
        """Replications that failed and are not there: key, scenario, seed, replication, model, message,
        traceback, run."""
        self.notes = list(contents.notes)

    @property
    def place(self) -> str:
        return str(self._contents.folder)

    def holds(self, measures: Collection[str], tables: Collection[str] = ()) -> NDArray[np.bool_]:
        """Of each row of `replications`, whether all of these were kept."""
        enough = [
            set(measures) <= set(kept.measures) and set(tables) <= set(kept.tables)
            for kept in self._contents.kept
        ]
        return np.asarray(enough, dtype=bool)[self._kept] if len(self._kept) else np.zeros(0, bool)

    def scenario(self, scenario: str) -> Record:
        """The record of a scenario, by its hash.

        Raises:
            ResultsError: there is none.
        """
        return self._again_if_moved(lambda: self._scenario(scenario))

    def _scenario(self, scenario: str) -> Record:
        where = self._contents.scenarios.get(scenario)
        if where is None:
            raise ResultsError(f"{self.place}: holds no scenario {scenario}.")
        if where.length:
            record = read_line(where.file, where.offset, where.length)
            if record is None:
                raise FileNotFoundError
            return record
        text = matching_text(where.file, "scenario", scenario, "json")
        if text is None:
            raise ResultsError(f"{where.file}: holds no scenario {scenario} any more.")
        record = json.loads(text)
        assert isinstance(record, dict)
        return record

    def table(self, name: str, keys: Collection[str] | None = None) -> pd.DataFrame:
        """A kept table of all replications, or of some: scenario, seed, then its own columns.

        In order of `replications`, the rows of each as they were.

        Raises:
            ResultsError: no replication keeps it, or its file is damaged.
        """
        kept = self.replications["key"][self.holds((), [name])].tolist()
        wanted = kept if keys is None else [key for key in kept if key in frozenset(keys)]
        if not kept:
            have = f"It keeps: {', '.join(self.tables)}." if self.tables else "It keeps no tables."
            raise ResultsError(f'{self.place}: keeps no table "{name}". {have}')
        return self._again_if_moved(lambda: self._table(name, wanted))

    def _table(self, name: str, keys: list[str]) -> pd.DataFrame:
        missing, found = set(keys), []
        empty = None
        for part in self._contents.parts.values():
            if name in part.lost:
                continue
            there: set[str] = set()
            for file in part.tables(name):
                if file_sum(file) != part.files[file.name][1]:
                    raise ResultsError(damage_in_words([Damage(file, 0, "")]))
                rows = rows_of_keys(file, missing)
                empty = rows.slice(0, 0)
                if len(rows):
                    found.append(rows)
                    there |= set(rows[KEY].unique().to_pylist())
            missing -= there
        for key, where in self._contents.tables:
            if key in missing:
                record = read_line(where.file, where.offset, where.length)
                if record is None or record.get("key") != key:
                    raise FileNotFoundError
                if name in record["tables"]:
                    content = base64.b64decode(record["tables"][name])
                    rows = kept_rows(content, key, record["scenario"], record["seed"])
                    missing.discard(key)
                    if len(rows):
                        found.append(rows)
                    elif empty is None:
                        empty = rows
        if not found and empty is None:
            raise FileNotFoundError
        rank = {key: place for place, key in enumerate(keys)}
        # So that the order of columns does not depend on who was over first either.
        found.sort(key=lambda rows: min(rank[key] for key in rows[KEY].unique().to_pylist()))
        frame = joined(found or [empty])
        ranks = np.array([rank[key] for key in frame[KEY].cat.categories], dtype=np.int64)
        order = np.argsort(ranks[frame[KEY].cat.codes.to_numpy()], kind="stable")
        frame = frame.iloc[order].reset_index(drop=True).drop(columns=[KEY])
        free = {SCENARIO: "scenario", SEED: "seed"}
        return frame.rename(columns={old: new for old, new in free.items() if new not in frame.columns})

    def _again_if_moved(self, ask: Callable[[], Any]) -> Any:
        """Where a journal was folded since it was read, look where its records are now."""
        for _ in range(TRIES):
            try:
                return ask()
            except FileNotFoundError:
                contents = read_contents(self._contents.folder)
                # What there is was settled when this was read; only where it stands is new.
                self._contents.parts, self._contents.tables = contents.parts, contents.tables
                self._contents.scenarios = contents.scenarios
        raise ResultsError(f"{self.place}: changed all the while it was read. Try again.")


def read_contents(folder: Path, *, thorough: bool = False) -> Contents:
    """Everything of a store, for reading.

    Raises:
        ResultsError: it is none, of another format, or damaged.
    """
    check_store(folder)
    contents = Contents(folder, thorough=thorough)
    try:
        contents.update()
    except OSError as error:
        place = error.filename or folder
        raise ResultsError(f"{place}: cannot be read: {error.strerror or error}.") from error
    if contents.damaged:
        raise ResultsError(damage_in_words(contents.damaged))
    return contents


def read_store(folder: str | os.PathLike[str]) -> StoreRecords:
    """A sweep's store; nothing is written, and others may write to it meanwhile.

    Raises:
        ResultsError: no store there, another format, or records damaged: file, line and key are named.
    """
    return StoreRecords(read_contents(Path(folder)))


def _runs(contents: Contents) -> pd.DataFrame:
    ends = {name: record for (kind, name), record in contents.others.items() if kind == "run_end"}
    found = []
    for (kind, name), record in contents.others.items():
        if kind == "run":
            end = {field_: ends.get(name, {}).get(field_) for field_ in RUN_END}
            found.append({**{k: v for k, v in record.items() if k != "kind"}, **end})
    columns = [*RUN, *RUN_END]
    frame = pd.DataFrame(found, columns=[*columns, *(sorted({k for r in found for k in r} - set(columns)))])
    return frame.sort_values(["started_at", "run"], ignore_index=True)


RUN = (
    "run",
    "experiment",
    "started_at",
    "caresim",
    "fingerprint",
    "git",
    "versions",
    "platform",
    "jobs",
    "shard",
)
RUN_END = ("ended_at", "cpu_seconds", "wall_seconds", "done", "failed")
FAILURE = ("key", "scenario", "seed", "replication", "model", "message", "traceback", "run")


def _failures(contents: Contents, there: pd.Series) -> pd.DataFrame:
    done = set(there.tolist()) if any(kind == "failure" for kind, _ in contents.others) else set()
    found = [
        [record.get(name) for name in FAILURE]
        for (kind, key), record in contents.others.items()
        if kind == "failure" and key not in done
    ]
    frame = pd.DataFrame(found, columns=list(FAILURE))
    return frame.sort_values(["scenario", "seed", "replication"], ignore_index=True)
