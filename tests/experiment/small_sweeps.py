"""Experiments small enough to be run many times in a test, and what they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

import caresim
from caresim.measures.sweeps import Sweep, load
from experiment.two_beds import TWO_BEDS

EXPERIMENT = """\
scenario: two_beds.yaml
name: beds
vary: {services.ward.places: [plus 0, plus 1], services.team.places: [2, 4]}
design: grid
replications: 3
keep: {measures: [dtoc_people, team.queue], tables: [delays]}
"""
VARIANTS = 4

SOME_FAIL = """\
caresim: 1
name: Some go round too often
time: {from: 2024-01-01, measure: 28 days}
seed: 7
population: {adults: 1000}
arrivals: {all: {to: ward, rate: 1 per day}}
services:
  ward: {kind: acute, places: unlimited, care_time: {fixed: 0 days}, next: {ward: 0.996, home: 0.004}}
exits: {home: {}}
"""
"""Whoever makes more than 1,000 steps at one instant is an error of the run: 0.996 ^ 1000 is 1.8 %, so that
about four in ten replications fail, always the same ones."""


def written(folder: Path, experiment: str = EXPERIMENT, scenario: str = TWO_BEDS) -> Path:
    """The experiment's file, its scenario beside it."""
    (folder / "two_beds.yaml").write_text(scenario, encoding="utf-8")
    file = folder / "experiment.yaml"
    file.write_text(experiment, encoding="utf-8")
    return file


def figures(folder: Path | Sweep) -> pd.DataFrame:
    """The measures of a store, without what no two runs share."""
    sweep = folder if isinstance(folder, Sweep) else load(folder)
    return sweep.measures.drop(columns="cpu_seconds")


def assert_same_sweep(one: Path, other: Path, *tables: str) -> None:
    """Equal row for row, to the last digit."""
    pd.testing.assert_frame_equal(figures(one), figures(other), check_exact=True)
    for name in tables:
        pd.testing.assert_frame_equal(load(one).table(name), load(other).table(name), check_exact=True)


def started(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python of its own that runs `code` with the caresim under test."""
    path = [str(Path(caresim.__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
    )
