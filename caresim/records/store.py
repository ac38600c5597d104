"""The results folder: written whole or not at all, read back table by table.

In a folder: `manifest.json`, texts as they are, `small/NAME.json`,
`NAME.parquet`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from caresim.errors import ResultsError
from caresim.records.disk import flush, flush_folder
from caresim.records.parquet import read_parquet, write_parquet
from caresim.records.results import MANIFEST, Results

FORMAT = 1
"""Number of the way results are written; readers refuse those they do not know."""
READABLE = (1,)
SMALL = (
    "services",
    "prices",
    "inflation",
    "interventions",
    "staff_prices",
    "budgets",
    "standards",
    "population",
    "published",
    "names",
    "groups",
)
"""Small tables that are written as CSV too."""

NEEDED = ("scenario", "seed", "measured_days", "first_day")
"""Keys of a manifest without which results cannot be read."""


def write_results(
    folder: str | os.PathLike[str],
    *,
    manifest: Mapping[str, Any],
    texts: Mapping[str, str],
    small: Mapping[str, list[dict[str, Any]]],
    tables: Mapping[str, pd.DataFrame],
    replace: bool = False,
) -> Path:
    """A results folder, whole or absent: written beside, flushed to disk, then renamed.

    Args:
        folder: where; its parents are made.
        manifest: at least NEEDED; `format` and `tables` are added.
        texts: file name -> text; a name without a suffix gets `.yaml`.
        small: name -> rows.
        tables: name -> table; rows are put in order of replication, otherwise kept as they are,
            so equal tables give equal bytes.
        replace: a results folder already there is replaced (anything else never is).

    Raises:
        ResultsError: the folder exists, or cannot be written.
    """
    target = Path(folder)
    missing = [key for key in NEEDED if key not in manifest]
    if missing:
        raise ValueError(f"manifest lacks {', '.join(missing)}")
    _refuse_what_is_there(target, replace)
    beside = target.parent / f".{target.name}.{os.getpid()}.partial"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(beside, ignore_errors=True)
        (beside / "small").mkdir(parents=True)
        for name, text in texts.items():
            (beside / _text_file(name)).parent.mkdir(parents=True, exist_ok=True)
            _write_bytes(beside / _text_file(name), text.encode())
        for name, rows in small.items():
            _write_bytes(beside / "small" / f"{name}.json", _json(rows))
        for name, table in tables.items():
            write_parquet(beside / f"{name}.parquet", table)
        parts = {"tables": list(tables), "texts": list(texts), "small": sorted(small)}
        whole = {"format": FORMAT, **manifest, **parts}
        _write_bytes(beside / MANIFEST, _json(whole))
        flush_folder(beside / "small")
        flush_folder(beside)
        _move_in(beside, target, replace)
    except OSError as error:
        raise ResultsError(
            f"{target}: results cannot be written: {error.strerror or error}. Nothing was kept there. "
            "Choose another folder with --out."
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return target


def read_results(folder: str | os.PathLike[str]) -> Results:
    """Results of a folder; big tables are read when asked for.

    Raises:
        ResultsError: no results there, another format, or a file damaged.
    """
    place = Path(folder)
    if not place.is_dir():
        raise ResultsError(f"{place}: there is no such folder.")
    if not (place / MANIFEST).is_file():
        raise ResultsError(f"{place}: is not a results folder: it has no {MANIFEST}.")
    manifest = _read_json(place / MANIFEST)
    written = manifest.get("format") if isinstance(manifest, dict) else None
    if written not in READABLE:
        known = " and ".join(str(number) for number in READABLE)
        newer = isinstance(written, int) and written > max(READABLE)
        remedy = "use a newer caresim" if newer else "use the caresim that wrote it"
        raise ResultsError(
            f"{place}: written in results format {written}; this caresim reads {known}. "
            f"Run the scenario again, or {remedy}."
        )
    texts = {name: _read_text(place / _text_file(name)) for name in manifest["texts"]}
    small = {name: _read_json(place / "small" / f"{name}.json") for name in manifest["small"]}

    def load(name: str) -> pd.DataFrame:
        return read_parquet(place / f"{name}.parquet")

    return Results(
        manifest=manifest,
        small=small,
        texts=texts,
        table_names=tuple(manifest["tables"]),
        load=load,
        place=str(place),
    )


def write_csv(results: Results, folder: str | os.PathLike[str]) -> list[Path]:
    """Every table, small ones too, as a CSV file in `folder`; gives the files written."""
    place = Path(folder)
    written = []
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name in results.table_names:
            written.append(place / f"{name}.csv")
            results.table(name).to_csv(written[-1], index=False)
        for name in SMALL:
            if results.small(name):
                written.append(place / f"{name}.csv")
                pd.DataFrame(results.small(name)).to_csv(written[-1], index=False)
    except OSError as error:
        raise ResultsError(f"{place}: CSV files cannot be written: {error.strerror or error}.") from error
    return written


def _refuse_what_is_there(target: Path, replace: bool) -> None:
    if not target.exists():
        return
    if not replace:
        raise ResultsError(f"{target}: already exists. Choose another folder, or add --replace.")
    if not target.is_dir() or (any(target.iterdir()) and not (target / MANIFEST).is_file()):
        raise ResultsError(
            f"{target}: is not a results folder, so it is not replaced. Choose another folder."
        )


def _move_in(beside: Path, target: Path, replace: bool) -> None:
    old = target.parent / f".{target.name}.{os.getpid()}.old"
    if replace and target.exists():
        shutil.rmtree(old, ignore_errors=True)
        os.rename(target, old)
        try:
            os.rename(beside, target)
        except OSError:
            os.rename(old, target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.rename(beside, target)
    flush_folder(target.parent)


def _text_file(name: str) -> str:
    return name if "." in name else f"{name}.yaml"


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, default=_plain) + "\n").encode()


def _plain(value: Any) -> Any:
    """numpy numbers and dates as JSON knows them."""
    return value.item() if hasattr(value, "item") else str(value)


def _read_json(file: Path) -> Any:
    try:
        return json.loads(_read_text(file))
    except ValueError as error:
        raise ResultsError(f"{file}: cannot be read: {error}. Run the scenario again.") from error


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{file}: cannot be read: {error}. Run the scenario again.") from error


def _write_bytes(file: Path, content: bytes) -> None:
    with open(file, "wb") as stream:
        stream.write(content)
        stream.flush()
        flush(stream.fileno())
