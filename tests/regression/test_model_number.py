"""Figures may only move together with the model number, or stores would mix old figures with new ones.

After a change that is meant to move them: raise MODEL in caresim/experiment/keys.py, say **Numbers
change** in CHANGELOG.md, and write the new figures with

    python tests/regression/test_model_number.py --update
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import caresim
from caresim.experiment.keys import MODEL

CONFIGS = Path(__file__).parents[2] / "configs"
FIGURES = Path(__file__).with_name("figures.json")
SYSTEMS = {
    "one_ward": [("time.measure", "60 days")],
    "county": [("time.to", "2019-05-05"), ("time.warm_up", "2 weeks")],
}
"""Shipped systems, shortened: together they use most of the rules."""


def figures_now(system: str) -> dict[str, Any]:
    """Every figure `run --json` prints, of two replications."""
    results = caresim.run(CONFIGS / f"{system}.yaml", SYSTEMS[system], replications=2, jobs=1)
    found = caresim.summary(results)
    return {key: found[key] for key in ("measures", "costs", "services")}


def flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for key, part in value.items() for k, v in flat(part, f"{path}/{key}").items()}
    return {path: value}


@pytest.mark.parametrize("system", SYSTEMS)
def test_figures_move_only_with_the_model_number(system):
    """To nine digits: other versions of numpy may round the last ones otherwise."""
    kept = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert kept["model"] == MODEL, "the model number was raised: write the new figures (see above)"
    then, now = flat(kept[system]), flat(figures_now(system))
    moved = {
        path: (then.get(path), now.get(path))
        for path in {*then, *now}
        if then.get(path) != now.get(path)
        and not (
            isinstance(then.get(path), float)
            and isinstance(now.get(path), float)
            and now[path] == pytest.approx(then[path], rel=1e-9, abs=1e-12)
        )
    }
    assert not moved, f"figures moved without a new model number (see above): {moved}"


if __name__ == "__main__" and "--update" in sys.argv:
    told = {"model": MODEL, **{system: figures_now(system) for system in SYSTEMS}}
    FIGURES.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
