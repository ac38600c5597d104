"""Tables as Parquet, in files: the one door to pyarrow.

Parquet is read by every tool planners' analysts use, keeps types and stays small.
"""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow
import pyarrow.parquet

from caresim.errors import ResultsError


def write_parquet(file: Path, table: pd.DataFrame) -> None:
    for number in ("replication", "run_number"):
        if number in table.columns and not table[number].is_monotonic_increasing:
            table = table.sort_values(number, kind="stable")
    content = pyarrow.Table.from_pandas(table, preserve_index=False)
    with open(file, "wb") as stream:
        pyarrow.parquet.write_table(content, stream, compression="zstd")
        stream.flush()
        os.fsync(stream.fileno())


def read_parquet(file: Path) -> pd.DataFrame:
    try:
        return pyarrow.parquet.read_table(file).to_pandas()
    except (OSError, pyarrow.ArrowException) as error:
        raise ResultsError(f"{file}: cannot be read: {error}. Run the scenario again.") from error
