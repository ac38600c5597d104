"""What has to be certain of a disk: flushed files and folder entries, whole files, locks.

Locks and flushing differ between systems; that is told here and nowhere else.
"""

from __future__ import annotations

import os
import sys
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FAR = 2**31 - 2
"""Windows locks bytes, and nobody else may then read them: one that no file of ours reaches."""


def flush(handle: int) -> None:
    """What was written to a file is on the disk when this returns."""
    if sys.platform == "darwin":
        # There fsync returns when the drive has the data, not when it has kept them.
        with suppress(OSError):
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
            return
    os.fsync(handle)


def flush_folder(folder: Path) -> None:
    """Which files there are is on the disk; not every system can be told to."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_whole(file: Path, content: bytes) -> None:
    """A file that is there whole or not at all, in place of one of that name."""
    beside = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}.partial")
    try:
        with open(beside, "wb") as stream:
            stream.write(content)
            stream.flush()
            flush(stream.fileno())
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(file.parent)


def try_lock(handle: int, *, shared: bool = False) -> bool:
    """Lock an open file until it is closed; False where somebody else holds it.

    Several may hold it `shared` at a time (Windows: one).

    Raises:
        OSError: the file system knows no locks.
    """
    try:
        if sys.platform == "win32":
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            # Not lockf: that lock goes when the process closes any other handle of the same file.
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def is_locked(file: Path) -> bool:
    """Whether a live process holds a file locked; of one that is gone, False."""
    try:
        handle = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        return False
    try:
        return not try_lock(handle, shared=True)
    finally:
        os.close(handle)


_open: weakref.WeakSet[Any] = weakref.WeakSet()


def let_go_in_children(holder: Any) -> None:
    """Close `holder.handle` in forked children: else a child that lives on would keep the lock."""
    if not _open and hasattr(os, "register_at_fork") and not getattr(_let_go, "told", False):
        os.register_at_fork(after_in_child=_let_go)
        _let_go.told = True  # type: ignore[attr-defined]
    _open.add(holder)


def _let_go() -> None:
    for holder in list(_open):
        if holder.handle is not None:
            with suppress(OSError):
                os.close(holder.handle)
            holder.handle = None
    _open.clear()
