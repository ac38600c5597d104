"""What a sweep costs beside the runs themselves: wall time against the summed seconds of the engine.

    python benchmarks/sweep.py [RUNS]

One ward, shortened to about 10 ms a replication, in variants of twenty replications each, on two
processes. 1.0 would be two cores that do nothing but simulate; the bound is 1.5. Also how long a
finished sweep takes to see that there is nothing to do.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

CONFIGS = Path(__file__).parents[1] / "configs"
REPLICATIONS = 20
JOBS = 2
EXPERIMENT = """\
scenario: {scenario}
name: overhead
set: {{time.measure: 56 days, time.warm_up: 0 days}}
vary: {{services.ward.places: {{from: 20, to: {most}, step: 1}}}}
design: grid
replications: {replications}
keep: {{measures: [dtoc_people, cost_total]}}
"""


def measure(runs: int) -> None:
    from caresim.experiment.sweep import run_sweep
    from caresim.records.sweep_records import read_store

    variants = max(1, runs // REPLICATIONS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "experiment.yaml"
        file.write_text(
            EXPERIMENT.format(
                scenario=CONFIGS / "one_ward.yaml", most=19 + variants, replications=REPLICATIONS
            ),
            encoding="utf-8",
        )
        began = time.perf_counter()
        outcome = run_sweep(file, out=Path(folder) / "store", jobs=JOBS)
        wall = time.perf_counter() - began
        began = time.perf_counter()
        again = run_sweep(file, out=Path(folder) / "store", jobs=JOBS)
        resumed = time.perf_counter() - began
        assert (outcome.ran, again.ran) == (variants * REPLICATIONS, 0)
        engine = float(read_store(outcome.folder).replications["engine_seconds"].sum())
    print(f"{outcome.ran:,} runs of {1000 * engine / outcome.ran:.1f} ms: {wall:.2f} s on {JOBS} processes")
    print(f"wall time over engine seconds on {JOBS} processes: {wall / (engine / JOBS):.2f}")
    print(f"nothing to do, found in {resumed:.2f} s")


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
