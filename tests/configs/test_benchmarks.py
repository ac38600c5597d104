"""The benchmarks run, and the textbook they compare with is the same pathway. Nothing here is timed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def output_of(script: str, *words: str) -> str:
    call = [sys.executable, str(BENCHMARKS / script), *words]
    return subprocess.run(call, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_the_benchmark_of_speed_prints_a_ratio() -> None:
    own = str(BENCHMARKS / "textbook.py")
    printed = output_of("speed.py", "--pairs", "1", "--people", "3000", "--textbook", own)
    people, textbook, caresim, ratio, *_ = printed.splitlines()[-1].split()
    assert people == "3,000"
    assert min(float(textbook), float(caresim), float(ratio)) > 0


def test_the_textbook_is_the_pathway_of_the_yardstick() -> None:
    """Offered loads of 20,000 people a year: the hospital's is 328.8 (standard error 3.2), all within 4 % or so."""
    found = json.loads(output_of("textbook.py", "--people", "20000"))["services"]
    assert found["hospital"]["held"] == pytest.approx(20_000 / 365 * 6.0, rel=0.04)
    shares = {name: found[name]["admissions"] / found["hospital"]["admissions"] for name in found}
    # Less than 0.10, 0.09 and 0.04 of those admitted: the year ends before they are ready, or admitted.
    assert shares["reablement"] == pytest.approx(0.098, abs=0.008)
    assert shares["home_care"] == pytest.approx(0.086, abs=0.008)
    assert shares["care_home"] == pytest.approx(0.037, abs=0.006)
