"""A sweep's store, written: nothing that `sync` has returned for is ever lost.

Each writing process has a journal of its own, locked while it is open. How journals nobody holds
become parts is in `sweep_folding.py`, what is done about damage in `sweep_mending.py`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from caresim.errors import ResultsError
from caresim.records.disk import is_locked
from caresim.records.journal import Journal, Record, not_written
from caresim.records.sweep_contents import FIXED, KEPT, OTHER, Contents, damage_in_words
from caresim.records.sweep_folder import JOURNALS, busy, only_one, open_folder
from caresim.records.sweep_folding import fold
from caresim.records.sweep_mending import set_aside

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
        open_folder(place)
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

    def newest_experiment(self) -> str | None:
        """ID of the experiment that one sees who asks for none; None where there is none."""
        with self._lock:
            found = self._contents.experiments()
        return str(found[-1]["experiment"]) if found else None

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
                with only_one(self.folder) as alone:
                    if alone:
                        self._close_journal()
                        fold(self.folder)
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
            with only_one(self.folder) as alone:
                if not alone:
                    raise ResultsError(busy(self.folder))
                self._notes += set_aside(self.folder)
                self._contents = Contents(self.folder)
                self._contents.update()
        except OSError as error:
            raise ResultsError(not_written(self.folder, error, "Nothing more was set aside.")) from error
