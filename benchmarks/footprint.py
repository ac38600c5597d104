"""Memory and start-up: peak memory of a run of the yardstick, and how long `caresim --help` takes.

`python benchmarks/footprint.py`; needs a system with os.wait4 (Linux, macOS).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CALL = "import sys; from caresim.cli.main import main; sys.exit(main())"
TIMES = 7


def call(*words: str) -> tuple[float, float]:
    """Seconds on the clock and peak memory [MB] of a command."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", CALL, *words],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"caresim {' '.join(words)} ended with {process.returncode}")
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return time.perf_counter() - began, usage.ru_maxrss * kilobyte / 1e6


def main() -> None:
    call("--help")  # once, so that compiled files are there
    starts = [call("--help") for _ in range(TIMES)]
    with tempfile.TemporaryDirectory() as folder:
        file = str(ROOT / "configs" / "yardstick.yaml")
        one_run = ["run", file, "--replications", "1", "--jobs", "1", "--out", f"{folder}/out"]
        seconds, megabytes = call(*one_run)
    print(f"{'command':<60}{'seconds':>9}{'peak MB':>9}")
    for name, spent, peak in (
        ("caresim --help", statistics.median(s for s, _ in starts), max(m for _, m in starts)),
        ("caresim run configs/yardstick.yaml --replications 1 --jobs 1", seconds, megabytes),
    ):
        print(f"{name:<60}{spent:>9.2f}{peak:>9.0f}")


if __name__ == "__main__":
    main()
