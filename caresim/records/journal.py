"""A journal: records one after the other in a file, each with a checksum, that only grows.

A line is `CHECKSUM JSON`: damage costs the lines it touches, and reading goes on at the next.
What the records mean is not known here.
"""

from __future__ import annotations

import base64
import binascii
import errno
import hashlib
import json
import os
import re
import secrets
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import caresim
from caresim.errors import ResultsError
from caresim.records.disk import flush, flush_folder, let_go_in_children, try_lock

Record = dict[str, Any]

FORMAT = 1
"""Number of the way a store is written; readers refuse those they do not know."""

SUFFIX = ".journal"
DIGITS = 16
"""Length of a checksum, in hex digits."""
LONG = 4000
"""Bytes of JSON from which on a record is compressed, where that makes it shorter."""
PACKED = "packed"
"""Name of what is compressed, in a compressed line."""
NAMING = ("kind", "key", "scenario", "experiment", "run")
"""Told in clear in a compressed line, so that a damaged one can still be named."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NAME_IN_LINE = re.compile(rb'"(key|scenario|experiment|run)" ?: ?"([0-9A-Za-z_-]{4,64})"')


@dataclass(frozen=True, slots=True)
class Damage:
    """Part of a store that does not read as it was written."""

    file: Path
    line: int
    """0: the file as a whole."""
    about: str
    """What it was about, as far as that is legible: "key 0123...", or ""."""
    raw: bytes = field(default=b"", repr=False)
    missing: bool = False
    """Not changed, but gone."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        what = "is missing" if self.missing else "is not as it was written"
        return f"{place}{', ' + self.about if self.about else ''}: {what}"


@dataclass(slots=True)
class Place:
    """How far a journal has been read."""

    offset: int = 0
    line: int = 0
    inode: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A whole record of a journal, and where it stands."""

    record: Record
    offset: int
    length: int


def encode(record: Mapping[str, Any]) -> bytes:
    """A record as a line.

    nan becomes null. A long record is compressed: `{"kind": ..., "packed": BASE64}`; not one with
    tables, which are compressed already.
    """
    text = _json(record)
    if PACKED in record or (len(text) >= LONG and not record.get("tables")):
        named = {name: record[name] for name in NAMING if name in record}
        short = _json({**named, PACKED: base64.b64encode(zlib.compress(text, 6)).decode()})
        text = short if PACKED in record else min(text, short, key=len)
    return b"%s %s\n" % (checksum(text), text)


def decode(line: bytes) -> Record | None:
    """The record of a line, its newline not needed; None where it is not as it was written."""
    text = line[DIGITS + 1 :].removesuffix(b"\n")
    if line[:DIGITS] != checksum(text) or line[DIGITS : DIGITS + 1] != b" ":
        return None
    try:
        record = json.loads(text)
        if PACKED in record:
            record = json.loads(zlib.decompress(base64.b64decode(record[PACKED])))
    except (ValueError, TypeError, zlib.error, binascii.Error):  # written so: not by us
        return None
    return record if isinstance(record, dict) and isinstance(record.get("kind"), str) else None


def checksum(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=DIGITS // 2).hexdigest().encode()


def about(line: bytes) -> str:
    """What a damaged line was about, as far as it is legible."""
    named = _NAME_IN_LINE.search(line)
    return f"{named[1].decode()} {named[2].decode()}" if named else ""


def _json(record: Mapping[str, Any]) -> bytes:
    return json.dumps(_clean(record), ensure_ascii=False, separators=(",", ":"), default=_plain).encode(
        "utf-8", "surrogatepass"
    )


def _clean(value: Any) -> Any:
    """nan as null, in mappings and lists too; JSON would write a word no other reader knows."""
    if isinstance(value, float):
        return None if value != value else value
    if isinstance(value, Mapping):
        return {str(name): _clean(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value


def _plain(value: Any) -> Any:
    """numpy numbers and dates as JSON knows them."""
    return _clean(value.item()) if hasattr(value, "item") else str(value)


class Journal:
    """A journal being written: locked as long as it is open.

    What was appended is safe once `sync` has returned, and not before.
    """

    def __init__(self, file: Path, handle: int) -> None:
        self.file = file
        self.handle: int | None = handle
        self._waiting: list[bytes] = []
        self._safe = 0
        let_go_in_children(self)

    @classmethod
    def create(cls, folder: Path) -> Journal:
        """A new journal of this process, its first line on the disk.

        Raises:
            ResultsError: it cannot be written there.
        """
        try:
            while True:
                now = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
                file = folder / f"{now}-{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
                binary = getattr(os, "O_BINARY", 0)
                handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | binary, 0o666)
                # Somebody who folds journals may have taken this one for one left behind.
                if try_lock(handle) and _same_file(handle, file):
                    break
                os.close(handle)
        except OSError as error:
            raise ResultsError(not_written(folder, error, "Nothing was begun.")) from error
        journal = cls(file, handle)
        made_by = f"caresim {caresim.__version__}"
        journal.append(
            {"kind": "journal", "format": FORMAT, "made_by": made_by, "pid": os.getpid(), "began": now}
        )
        try:
            journal.sync()
        except ResultsError:
            journal.close()
            file.unlink(missing_ok=True)
            raise
        flush_folder(folder)
        return journal

    def append(self, record: Mapping[str, Any]) -> None:
        self._waiting.append(encode(record))

    def sync(self) -> None:
        """Write what waits, and return when it is on the disk.

        Raises:
            ResultsError: it cannot be written. The file is cut back to what was safe before;
                what waits stays waiting, so one may try again.
        """
        if not self._waiting or self.handle is None:
            return
        content = b"".join(self._waiting)
        try:
            os.lseek(self.handle, self._safe, os.SEEK_SET)
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(self.handle, rest) :]
            flush(self.handle)
        except OSError as error:
            self._cut_back()
            raise ResultsError(
                not_written(self.file, error, "Everything reported as finished before is kept.")
            ) from error
        self._safe += len(content)
        self._waiting.clear()

    def _cut_back(self) -> None:
        """Take away what was written in part; what cannot be cut is a torn end, which readers know."""
        if self.handle is not None:
            try:
                os.ftruncate(self.handle, self._safe)
                flush(self.handle)
            except OSError:
                pass

    def close(self) -> None:
        """Let go of the file; what was not synced is lost."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None


def _same_file(handle: int, file: Path) -> bool:
    try:
        ours, there = os.fstat(handle), os.stat(file)
    except FileNotFoundError:
        return False
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)


def not_written(place: Path, error: OSError, kept: str) -> str:
    """In words: what cannot be written, why, what is kept, and what would do."""
    if error.errno in FULL:
        remedy = "Make room on the disk (or raise its quota), then start again: only what is missing is run."
    elif error.errno in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP):
        remedy = "This file system knows no locks: choose a folder on another disk."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        remedy = "Choose a folder that you may write to."
    else:
        remedy = "Look after the disk, then start again: only what is missing is run."
    return f"{place}: cannot be written: {error.strerror or error}. {kept} {remedy}"


@dataclass(slots=True)
class Reading:
    """What `read_journal` met besides whole records."""

    place: Place
    damaged: list[Damage] = field(default_factory=list)
    torn: int = 0
    """Bytes of a last line that was never finished."""


def read_journal(file: Path, reading: Reading, *, held: bool) -> Iterator[Line]:
    """The whole records from `reading.place` on, which moves along.

    A last line without its end is left alone while the journal is `held`; else it is what a kill
    leaves, and told in `torn`.

    Raises:
        ResultsError: written in a format not known here.
        FileNotFoundError: it is gone.
    """
    place = reading.place
    with open(file, "rb") as stream:
        stat = os.fstat(stream.fileno())
        if place.inode not in (0, stat.st_ino) or stat.st_size < place.offset:
            place.offset = place.line = 0  # mended or cut back: another file under the same name
        place.inode = stat.st_ino
        stream.seek(place.offset)
        for line in stream:
            whole = line.endswith(b"\n")
            if not whole and held:
                return
            record = decode(line)
            if record is None and not whole:
                reading.torn = len(line)
                return
            begin, place.line = place.offset, place.line + 1
            place.offset += len(line)
            if record is None:
                reading.damaged.append(Damage(file, place.line, about(line), line))
            elif record["kind"] == "journal":
                check_format(file, record.get("format"))
            else:
                yield Line(record, begin, len(line))


def read_line(file: Path, offset: int, length: int) -> Record | None:
    """One record again; None where it is not there any more.

    Raises:
        FileNotFoundError: the journal is gone.
    """
    with open(file, "rb") as stream:
        stream.seek(offset)
        return decode(stream.read(length))


def check_format(file: Path, written: Any) -> None:
    """Refuse what was written in a way this caresim does not know."""
    if written != FORMAT:
        newer = isinstance(written, int) and written > FORMAT
        remedy = "Use a newer caresim" if newer else "Use the caresim that wrote it"
        raise ResultsError(
            f"{file}: written in store format {written}; this caresim reads {FORMAT}. "
            f"{remedy}, or run the sweep again into another folder."
        )
