"""The folder of a sweep's store: told from others, made, and held by one process at a time.

What lies in it is read by `sweep_contents.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import caresim
from caresim.errors import ResultsError
from caresim.records.disk import flush_folder, try_lock, write_whole
from caresim.records.journal import FORMAT, SUFFIX, check_format, not_written

MARK, SUMS = "store.json", "sums.json"
JOURNALS, PARTS = "journals", "parts"
CONTENT = json.dumps({"format": FORMAT})
"""What a mark that was lost or damaged can be made of again."""


def is_store(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder is a sweep's store; also one that lost its mark: who then reads it is told so."""
    place = Path(folder)
    return (place / MARK).is_file() or _lost_its_mark(place)


def _lost_its_mark(folder: Path) -> bool:
    written = [*folder.glob(f"{JOURNALS}/*{SUFFIX}"), *folder.glob(f"{PARTS}/*/{SUMS}")]
    return bool(written) and not (folder / MARK).exists()


def open_folder(folder: Path) -> None:
    """See to it that there is a store that can be written to; several processes may do so at once.

    Raises:
        ResultsError: the folder is something else, of another format, or cannot be written.
    """
    try:
        if not check_store(folder, may_be_new=True):
            make_store(folder)
        for name in (JOURNALS, PARTS):
            (folder / name).mkdir(exist_ok=True)
        flush_folder(folder)
        if not os.access(folder / JOURNALS, os.W_OK):
            raise PermissionError(13, "it may only be read")
    except OSError as error:
        raise ResultsError(not_written(folder, error, "Nothing was begun.")) from error


def make_store(folder: Path) -> None:
    """An empty store; several processes may make it at once."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"format": FORMAT, "made_by": f"caresim {caresim.__version__}"}) + "\n"
    write_whole(folder / MARK, text.encode())
    flush_folder(folder.parent)


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
        if _lost_its_mark(folder):
            raise ResultsError(
                f"{folder}: is the store of a sweep that lost its {MARK}; its records are there. "
                f"Write {CONTENT} into {mark}, and it is read again."
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
            f"{mark}: cannot be read: {error}. It held {CONTENT}: write that into it again."
        ) from error
    check_format(folder, written)
    return True


@contextmanager
def only_one(folder: Path) -> Iterator[bool]:
    """Whether this process alone may fold and mend; so until the block ends."""
    try:
        handle = os.open(folder / MARK, os.O_RDWR)
    except PermissionError:
        handle = os.open(folder / MARK, os.O_RDONLY)
    try:
        yield try_lock(handle)
    finally:
        os.close(handle)


def busy(folder: Path) -> str:
    return f"{folder}: another process is tidying or mending this store. Try again in a moment."
