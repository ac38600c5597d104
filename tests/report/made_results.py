"""Results to report on: a small system that was really run, and ways to vary it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from caresim.experiment.runner import run_scenario
from caresim.records.results import Results
from caresim.scenario.files import load_scenario

COUNTY = """\
caresim: 1
name: A ward & two <teams>
time: {from: 2023-11-01, measure: DAYS days}
replications: 3
seed: 11
population: {adults: 10000}
groups: [age]
people: {age: {18-64: 0.5, 65+: 0.5}}
arrivals: {emergency: {to: ward, rate: 4 per day}}
services:
  ward:
    label: General wards
    kind: KIND
    places: 34
    care_time: {lognormal: {mean: 6 days, sd: 5 days}}
    next: {home: 0.6, team: 0.3, packages: 0.1}
    cost: {per_day: 300, payer: nhs}
  team:
    label: The reablement team
    kind: reablement
    places: {2023-11-01: 22, 2023-12-01: 25}
    care_time: {gamma: {mean: 20 days, sd: 8 days}}
    next: {home: 0.8, packages: 0.2}
    dtoc: {reason: C, responsible: nhs}
    cost: {per_stay: 1500, payer: council}
  packages:
    label: Home care
    kind: domiciliary
    hours: 420 per week
    amount: {lognormal: {mean: 12 hours per week, sd: 6 hours per week}}
    care_time: {exponential: 60 days}
    next: home
    start_with: {in_care: 30}
    dtoc: {reason: E, responsible: {nhs: 0.33, social_care: 0.5, both: 0.17}}
    cost: {per_hour: 20, payer: {by: age, 18-64: council, 65+: self_funder}}
exits: {home: {}}
published:
  - {measure: dtoc_rate, value: 3.5, within: 2 points, source: C01, used: shown}
  - {measure: mean_wait, where: {service: team}, value: 1000, within: 10%, source: made up, used: tuned}
"""


@cache
def county(
    *,
    kind: str = "acute",
    days: int = 60,
    replications: int = 3,
    change: tuple[str, str] | None = None,
    changes: Sequence[tuple[str, str]] = (),
) -> Results:
    """Results in memory; the ward's kind may be one that makes it no hospital."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "county.yaml"
        file.write_text(COUNTY.replace("KIND", kind).replace("DAYS", str(days)), encoding="utf-8")
        outcome = run_scenario(
            load_scenario(file, [*([change] if change else []), *changes]), jobs=1, replications=replications
        )
    return Results(manifest=outcome.manifest, texts=outcome.texts, small=outcome.small, tables=outcome.tables)


def without_daily(results: Results) -> Results:
    """As a run of more than ten years leaves them."""
    names = [name for name in results.table_names if name != "daily"]
    return Results(
        manifest=results.manifest,
        texts={name: results.text(name) for name in ("scenario.yaml", "resolved.yaml")},
        small={
            name: results.small(name)
            for name in ("services", "prices", "population", "published", "names", "groups")
        },
        tables={name: results.table(name) for name in names},
    )
