"""Tables as Parquet, in files and in bytes: the one door to pyarrow.

Parquet is read by every tool planners' analysts use, keeps types and stays small.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from caresim.errors import ResultsError
from caresim.records.disk import flush

ROWS = 200_000
"""Rows gathered in memory before a streamed table writes them."""
FEW = 64
"""Rows of long texts that are read or written together."""
KEY, SCENARIO, SEED = "store.key", "store.scenario", "store.seed"
"""Columns a store puts before those of a kept table; a dot is in no name of a table's own."""


def write_parquet(file: Path, table: pd.DataFrame) -> None:
    for number in ("replication", "run_number"):
        if number in table.columns and not table[number].is_monotonic_increasing:
            table = table.sort_values(number, kind="stable")
    write_rows(file, table)


def write_rows(file: Path, table: pd.DataFrame) -> None:
    """A table as it stands, on the disk when this returns."""
    content = pyarrow.Table.from_pandas(table, preserve_index=False)
    with open(file, "wb") as stream:
        pyarrow.parquet.write_table(content, stream, compression="zstd")
        stream.flush()
        flush(stream.fileno())


def read_parquet(file: Path) -> pd.DataFrame:
    try:
        return pyarrow.parquet.read_table(file).to_pandas()
    except (OSError, pyarrow.ArrowException) as error:
        raise ResultsError(f"{file}: cannot be read: {error}. Run the scenario again.") from error


def table_to_bytes(table: pd.DataFrame) -> bytes:
    """A table as the content of a Parquet file; equal tables give equal bytes."""
    stream = io.BytesIO()
    content = pyarrow.Table.from_pandas(table, preserve_index=False)
    pyarrow.parquet.write_table(content, stream, compression="zstd")
    return stream.getvalue()


def table_from_bytes(content: bytes) -> pd.DataFrame:
    """The table of `table_to_bytes`."""
    return _read(io.BytesIO(content), "a kept table").to_pandas()


def read_rows(file: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table of a store, or some of its columns.

    Raises:
        ResultsError: it is damaged.
        FileNotFoundError: it is gone.
    """
    return _read(file, str(file), columns).to_pandas()


def write_texts(file: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows of texts, perhaps long ones, written a few at a time; on the disk when this returns."""
    schema = pyarrow.schema([(name, pyarrow.large_string()) for name in columns])
    coming = iter(rows)
    with open(file, "wb") as stream:
        with pyarrow.parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
            while some := list(islice(coming, FEW)):
                arrays = [pyarrow.array(texts, pyarrow.large_string()) for texts in zip(*some, strict=True)]
                writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
        stream.flush()
        flush(stream.fileno())


def read_texts(file: Path) -> Iterator[tuple[str, ...]]:
    """The rows of `write_texts`, a few in memory at a time."""
    with _opened(file) as source:
        for number in range(source.num_row_groups):
            columns = source.read_row_group(number).columns
            yield from zip(*(column.to_pylist() for column in columns), strict=True)


def matching_text(file: Path, column: str, value: str, wanted: str) -> str | None:
    """Of the first row that has `value` in `column`, what stands in `wanted`; None: there is none."""
    with _opened(file) as source:
        for number in range(source.num_row_groups):
            names = source.read_row_group(number, [column])[column].to_pylist()
            if value in names:
                text = source.read_row_group(number, [wanted])[wanted][names.index(value)].as_py()
                return str(text)
    return None


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    with open(file, "rb") as stream:
        try:
            yield pyarrow.parquet.ParquetFile(stream)
        except (OSError, pyarrow.ArrowException) as error:
            raise ResultsError(f"{file}: cannot be read: {error}.") from error


def joined(parts: Sequence[Any]) -> pd.DataFrame:
    """One table of several from `kept_rows`, in the order given; columns some lack are null there."""
    whole = pyarrow.concat_tables(parts, promote_options="permissive")
    differ = {name for name in whole.column_names if len(set(_dictionaries(whole.column(name)))) > 1}
    frame = whole.unify_dictionaries().combine_chunks().to_pandas()
    for name in (KEY, SCENARIO):
        frame[name] = frame[name].cat.remove_unused_categories()
    for name in {*differ, SCENARIO} - {KEY}:
        # Else the order of categories would depend on which replication was over first.
        frame[name] = frame[name].cat.reorder_categories(sorted(frame[name].cat.categories))
    return frame


def _dictionaries(column: Any) -> list[tuple[Any, ...]]:
    """The categories of each stretch of a column; [] where it has none."""
    if not pyarrow.types.is_dictionary(column.type):
        return []
    return [tuple(chunk.dictionary.to_pylist()) for chunk in column.chunks if len(chunk)]


def kept_rows(content: bytes, key: str, scenario: str, seed: int) -> Any:
    """A replication's table as a store streams it: with whose it is in front."""
    table = _read(io.BytesIO(content), f"the table of replication {key}")
    n = table.num_rows
    for name, value in ((SEED, seed), (SCENARIO, scenario), (KEY, key)):
        if name == SEED:
            column: Any = pyarrow.array([value] * n, pyarrow.int64())
        else:
            codes = pyarrow.array([0] * n, pyarrow.int32())
            column = pyarrow.DictionaryArray.from_arrays(codes, pyarrow.array([value], pyarrow.string()))
        table = table.add_column(0, name, column)
    return table


def rows_of_keys(file: Path, keys: Collection[str]) -> Any:
    """Of a streamed table the rows of some replications; no more of it is in memory at a time."""
    with _opened(file) as source:
        found = [source.schema_arrow.empty_table()]
        wanted = pyarrow.array(list(keys), pyarrow.string())
        for number in range(source.num_row_groups):
            whose = source.read_row_group(number, [KEY])[KEY].cast(pyarrow.string())
            here = pyarrow.compute.is_in(whose, value_set=wanted)
            if pyarrow.compute.any(here).as_py():
                found.append(source.read_row_group(number).filter(here))
    return pyarrow.concat_tables(found)


def _with_keys(table: Any, keys: Collection[str]) -> Any:
    wanted = pyarrow.array(list(keys), pyarrow.string())
    return table.filter(pyarrow.compute.is_in(table[KEY].cast(pyarrow.string()), value_set=wanted))


def _read(source: Any, name: str, columns: Sequence[str] | None = None) -> Any:
    try:
        return pyarrow.parquet.read_table(source, columns=None if columns is None else list(columns))
    except FileNotFoundError:
        raise
    except (OSError, pyarrow.ArrowException) as error:
        raise ResultsError(f"{name}: cannot be read: {error}.") from error


class TableStream:
    """One table of many replications, written bit by bit: memory stays small.

    A file holds rows of one set of columns and categories, so that they are read back as they
    were: `NAME.parquet`, `NAME.2.parquet`, ... where tables of several systems come together.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.files: list[Path] = []
        self._folder, self._name = folder, name
        self._waiting: dict[str, list[Any]] = {}
        self._writers: dict[str, tuple[Any, Any]] = {}
        self._without_rows: Any = None

    def add(self, content: bytes, key: str, scenario: str, seed: int) -> None:
        """The table of a replication."""
        self._add(kept_rows(content, key, scenario, seed))

    def add_file(self, file: Path, keys: Collection[str]) -> None:
        """Of a table streamed before the rows of some replications."""
        with _opened(file) as source:
            self._without_rows = source.schema_arrow.empty_table()
            for batch in source.iter_batches(ROWS):
                self._add(_with_keys(pyarrow.Table.from_batches([batch]), keys))

    def _add(self, rows: Any) -> None:
        if not len(rows):
            # Its columns of nothing may have no type: it must not decide about those of the others.
            self._without_rows = rows
            return
        own = [name for name in rows.column_names if name not in (KEY, SCENARIO)]
        kind = repr([(name, str(rows[name].type), _dictionaries(rows[name])[:1]) for name in own])
        waiting = self._waiting.setdefault(kind, [])
        waiting.append(rows)
        if sum(len(part) for part in waiting) >= ROWS:
            self._write(kind)

    def _write(self, kind: str) -> None:
        rows = pyarrow.concat_tables(self._waiting.pop(kind)).unify_dictionaries().combine_chunks()
        if kind not in self._writers:
            number = f".{len(self.files) + 1}" if self.files else ""
            self.files.append(self._folder / f"{self._name}{number}.parquet")
            stream = open(self.files[-1], "wb")  # noqa: SIM115 (open until `close`)
            self._writers[kind] = (
                stream,
                pyarrow.parquet.ParquetWriter(stream, rows.schema, compression="zstd"),
            )
        self._writers[kind][1].write_table(rows, row_group_size=ROWS)

    def close(self) -> None:
        """Write what is left; all files are on the disk when this returns."""
        for kind in list(self._waiting):
            self._write(kind)
        if not self.files and self._without_rows is not None:
            self._waiting["nothing"] = [self._without_rows]
            self._write("nothing")
        for stream, writer in self._writers.values():
            writer.close()
            stream.flush()
            flush(stream.fileno())
            stream.close()
        self._writers.clear()
