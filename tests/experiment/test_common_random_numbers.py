"""Two variants of a system meet the same people: a difference is far better known than its two figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from caresim.experiment.sweep import run_sweep
from caresim.measures.sweeps import load

CAMBRIDGESHIRE = Path(__file__).parents[2] / "configs" / "cambridgeshire.yaml"
EXPERIMENT = f"""\
scenario: {CAMBRIDGESHIRE.as_posix()}
name: common
set: {{time.to: 2018-05-31, time.warm_up: 4 weeks}}
vary: {{services.reablement.places: [plus 0, plus 20]}}
replications: 8
keep: {{measures: [dtoc_people, cost_total]}}
"""


@pytest.mark.slow
def test_common_random_numbers_shrink_the_variance_of_a_difference_at_least_fivefold(tmp_path):
    """Of Cambridgeshire with 20 more reablement places; over the whole year and 12 replications it is some
    fortyfold (docs/method.md). Seeds are fixed, so this does not fail by chance; without common numbers the
    ratio would be about 1."""
    file = tmp_path / "experiment.yaml"
    file.write_text(EXPERIMENT, encoding="utf-8")
    figures = load(run_sweep(file, out=tmp_path / "store").folder).measures
    for measure in ("dtoc_people", "cost_total"):
        by_variant = figures.pivot(index="replication", columns="variant", values=measure)
        first, second = (by_variant[name] for name in by_variant.columns)
        assert (first != second).any(), "the places change something"
        assert first.var() + second.var() > 5 * (second - first).var(), measure
