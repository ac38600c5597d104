"""How fast is a sweep's store? `python benchmarks/store.py` prints the answer.

Timed: opening a store of 100,000 replications and giving mean and interval of its kept measures by
variant, in a process of its own whose peak of memory is told too; and deciding that a finished sweep of
10,000 runs has nothing left to do, before compaction and after. Imports are told apart: they are paid by
every command.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MEASURES = ("dtoc_people", "dtoc_rate", "cost_total", "cost_total[payer=nhs]", "ward.queue", "ward.wait_days")
PER_VARIANT = 100

READ = """
import json, sys, time
began = time.perf_counter()
from caresim.measures.sweeps import load
imported = time.perf_counter()
sweep = load(sys.argv[1])
estimates = sweep.estimates()
ended = time.perf_counter()
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
except ImportError:
    peak = float("nan")
print(json.dumps({"imports_s": imported - began, "read_s": ended - imported, "peak_MB": peak,
    "rows": len(sweep.measures), "estimates": len(estimates), "missing": sweep.missing}))
"""

RESUME = """
import json, sys, time
began = time.perf_counter()
from caresim.records.sweep_store import SweepStore
imported = time.perf_counter()
keys = json.load(open(sys.argv[2]))
measures = json.loads(sys.argv[3])
opened = time.perf_counter()
with SweepStore.open(sys.argv[1]) as store:
    missing = sum(not store.has(key, measures, ()) for key in keys)
ended = time.perf_counter()
print(json.dumps({"imports_s": imported - began, "decide_s": ended - opened, "missing": missing}))
"""


def key_of(scenario: str, number: int) -> str:
    return hashlib.sha256(f"{scenario} {number}".encode()).hexdigest()[:32]


def scenario_of(variant: int) -> str:
    return hashlib.sha256(str(variant).encode()).hexdigest()[:32]


def fill(folder: Path, n: int, compact: bool) -> list[str]:
    """A store of n replications, PER_VARIANT a variant; gives their keys."""
    from caresim.records.sweep_store import SweepStore

    rng = random.Random(1)
    keys = []
    with SweepStore.open(folder) as store:
        variants = [
            {"name": f"v{v}", "group": None, "levels": {"a.b": f"plus {v}"}, "numbers": {"a.b": float(v)}}
            for v in range(n // PER_VARIANT)
        ]
        for number, variant in enumerate(variants):
            variant["scenario"] = scenario_of(number)
        store.append(
            {
                "kind": "experiment",
                "experiment": "e" * 32,
                "written_at": "2026-01-01",
                "seed": 1,
                "model": 1,
                "factors": [{"path": "a.b", "operation": "plus", "unit": ""}],
                "replications": {"n": PER_VARIANT},
                "keep": {"measures": list(MEASURES), "units": {}, "tables": []},
                "variants": variants,
            }
        )
        for number in range(n):
            scenario, replication = scenario_of(number // PER_VARIANT), number % PER_VARIANT + 1
            keys.append(key_of(scenario, replication))
            store.append(
                {
                    "kind": "replication",
                    "key": keys[-1],
                    "scenario": scenario,
                    "seed": 1,
                    "replication": replication,
                    "model": 1,
                    "measures": {name: rng.gauss(100, 10) for name in MEASURES},
                    "tables": {},
                    "rows": keys[-1],
                    "cpu_seconds": 0.01,
                    "engine_seconds": 0.01,
                    "run": "r",
                }
            )
            if number % 1000 == 999:
                store.sync()
        if compact:
            store.compact()
    return keys


def told(code: str, *arguments: str) -> dict[str, float]:
    answer = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replications", type=int, default=100_000)
    parser.add_argument("--finished", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large"
        fill(large, asked.replications, compact=True)
        bytes_ = sum(path.stat().st_size for path in large.rglob("*") if path.is_file())
        figures = ", ".join(f"{name} {value:,.2f}" for name, value in told(READ, str(large)).items())
        print(f"{asked.replications:,} replications, {bytes_ / 1e6:.0f} MB on disk: {figures}")
        for compact in (False, True):
            place, keys = Path(folder) / f"finished-{compact}", Path(folder) / "keys.json"
            keys.write_text(json.dumps(fill(place, asked.finished, compact)), encoding="utf-8")
            found = told(RESUME, str(place), str(keys), json.dumps(MEASURES))
            figures = ", ".join(f"{name} {value:,.2f}" for name, value in found.items())
            print(f"{asked.finished:,} runs, {'compacted' if compact else 'journals'}: {figures}")


if __name__ == "__main__":
    main()
