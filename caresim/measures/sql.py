"""Questions to a sweep in SQL: the one door to DuckDB.

It works on pandas tables where they lie, and reads nothing else: no files, no network.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd

from caresim.errors import ResultsError
from caresim.measures.sweeps import Sweep

ALONE = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
"""A question sees the views below and nothing else of this machine."""
VIEWS = ("measures", "variants", "estimates", "runs", "failures")
LISTING = {"show", "information_schema", "duckdb_views", "duckdb_tables", "duckdb_columns", "pg_catalog"}
"""Words of questions about what there is."""


def ask(sweep: Sweep, question: str) -> pd.DataFrame:
    """The answer to a question in SQL.

    Views are `measures`, `variants`, `estimates`, `runs` and `failures`, as in `Sweep`, and each
    kept table. `group` is a word of SQL, so it is `variant_group` in `variants` too. A name with a
    dot or bracket stands in double quotes: "services.ward.places".

    Raises:
        ResultsError: DuckDB is not there, or does not understand; its words are told.
    """
    try:
        import duckdb
    except ImportError as error:
        raise ResultsError("--sql needs DuckDB: pip install 'caresim[store]'.") from error
    with duckdb.connect(":memory:", config=dict(ALONE)) as database:
        for name, frame in views(sweep, question).items():
            database.register(name, frame)
        database.execute("SET lock_configuration = true")
        try:
            told = database.execute(question)
            answer: pd.DataFrame | None = None if told is None else told.df()
        except duckdb.Error as error:
            raise ResultsError(f"--sql: {_first_words(str(error))} {_known(sweep)}") from error
    if told is None:  # DuckDB's answer to remarks and blanks.
        raise ResultsError(f"--sql: asks nothing: begin with SELECT. {_known(sweep)}")
    if answer is None or not len(answer.columns):
        raise ResultsError("--sql: gives no rows: begin with SELECT.")
    return answer


def views(sweep: Sweep, question: str) -> dict[str, pd.DataFrame]:
    """Tables by name. Kept ones, which may be large, are whole only where the question names them;
    where it asks what there is, they have their columns and no rows."""
    words = set(re.findall(r"\w+", question.lower()))
    listing = not words.isdisjoint(LISTING)
    variants = sweep.variants.rename(columns={"group": "variant_group"})
    found: dict[str, pd.DataFrame] = {"measures": sweep.measures, "variants": variants}
    found |= {"runs": flat(sweep.runs), "failures": sweep.failures}
    if listing or "estimates" in words:
        found["estimates"] = sweep.estimates()
    for name in sweep.experiment["keep"].get("tables", ()):
        if name in VIEWS:
            continue
        if name.lower() in words:
            found[name] = flat(sweep.table(name))
        elif listing and len(sweep.measures):
            found[name] = flat(sweep.first_of_table(name)).head(0)
    return found


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """The same in plain columns: names as text, what has parts (versions of libraries, say) as JSON."""
    told = frame.copy(deep=False)
    for name, values in frame.items():
        if isinstance(values.dtype, pd.CategoricalDtype):
            told[name] = values.astype("str")  # DuckDB would sort them by category.
        elif values.dtype == object and any(isinstance(value, dict | list) for value in values):
            told[name] = [_as_text(value) for value in values]
    return told


def _as_text(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else None


def _first_words(text: str) -> str:
    """What DuckDB says, without its drawing of where."""
    return text.split("\n\nLINE")[0].strip()


def _known(sweep: Sweep) -> str:
    tables = [*VIEWS, *sweep.experiment["keep"].get("tables", ())]
    return f"\nThere are: {', '.join(dict.fromkeys(tables))}; `--sql 'DESCRIBE measures'` names columns."
