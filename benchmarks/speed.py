"""How fast is caresim beside a SimPy textbook? `python benchmarks/speed.py` prints the answer.

The same pathway (configs/yardstick.yaml) runs in turn, textbook, caresim, textbook, caresim ..., each in
a process of its own, because times from different minutes do not compare. Counted are CPU seconds from
the first draw to the last record: drawing and daily tallies included; imports, compiling and writing
files excluded. Quoted is the median of the ratios of the pairs, above 1 where caresim is faster.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
YARDSTICK = ROOT / "configs" / "yardstick.yaml"
OWN_TEXTBOOK = ROOT / "benchmarks" / "textbook.py"
SHARED_TEXTBOOK = ROOT.parent / "shared" / "bench" / "textbook_simpy.py"
PEOPLE = 100_000
SERVICES = ("hospital", "reablement", "home_care", "care_home")


def time_caresim(people: int, seed: int) -> dict[str, float]:
    """CPU seconds of one replication with people and places scaled alike."""
    import pandas  # noqa: F401  (loaded before the clock starts)

    from caresim.engine.people import draw_people
    from caresim.engine.simulation import run
    from caresim.experiment.replication import run_info
    from caresim.network.compile import compile_network
    from caresim.records.build import build_tables
    from caresim.records.recorder import Recorder
    from caresim.scenario.files import load_scenario

    scale = people / PEOPLE
    paths = ["arrivals.everybody.rate", *(f"services.{name}.places" for name in SERVICES)]
    network = compile_network(load_scenario(YARDSTICK, [(path, f"times {scale}") for path in paths]))
    info = run_info(network)
    began = time.process_time()
    drawn = draw_people(network, seed, 1)
    after_drawing = time.process_time()
    recorder = Recorder()
    run(network, drawn, recorder)
    after_running = time.process_time()
    n_people = len(drawn.arrives_at)
    del drawn
    build_tables(info, recorder, 1)
    ended = time.process_time()
    return {
        "people": n_people,
        "cpu_s": ended - began,
        "draw": after_drawing - began,
        "run": after_running - after_drawing,
        "tables": ended - after_running,
    }


def in_a_process(*words: str | Path) -> dict[str, float]:
    """The last line of JSON a Python script prints."""
    # The checkout this file stands in is what is measured, whether installed or not.
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(people: int, pairs: int, textbook: Path) -> None:
    ratios, ours, theirs, parts = [], [], [], []
    for seed in range(1, pairs + 1):
        other = in_a_process(textbook, "--people", str(people), "--seed", str(seed))
        mine = in_a_process(__file__, "--one", str(people), "--seed", str(seed))
        ratios.append(other["cpu_s"] / mine["cpu_s"])
        ours.append(mine["cpu_s"])
        theirs.append(other["cpu_s"])
        parts.append([mine[part] / mine["cpu_s"] for part in ("draw", "run", "tables")])
    shares = ", ".join(
        f"{name} {statistics.median(column):.0%}"
        for name, column in zip(("drawing", "running", "tables"), zip(*parts, strict=True), strict=True)
    )
    print(
        f"{people:>10,}  {statistics.median(theirs):10.2f}  {statistics.median(ours):9.2f}  "
        f"{statistics.median(ratios):6.2f}  {min(ratios):.2f} to {max(ratios):.2f}  {shares}",
        flush=True,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pairs", type=int, default=5, metavar="N")
    options.add_argument("--people", type=int, nargs="+", default=[PEOPLE], metavar="N")
    default = SHARED_TEXTBOOK if SHARED_TEXTBOOK.exists() else OWN_TEXTBOOK
    options.add_argument("--textbook", type=Path, default=default, metavar="PATH")
    options.add_argument("--one", type=int, metavar="N", help=argparse.SUPPRESS)
    options.add_argument("--seed", type=int, default=1, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        print(json.dumps(time_caresim(chosen.one, chosen.seed)))
        return
    textbook = chosen.textbook if chosen.textbook.exists() else OWN_TEXTBOOK
    print(f"Textbook: {textbook.name}; median of {chosen.pairs} pairs, CPU seconds")
    print(f"{'people':>10}  {'textbook':>10}  {'caresim':>9}  {'ratio':>6}  from and to   caresim's parts")
    for people in chosen.people:
        compare(people, chosen.pairs, textbook)


if __name__ == "__main__":
    main()
