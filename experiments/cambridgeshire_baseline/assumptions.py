"""Which assumptions matter: each made a tenth larger and a tenth smaller, everything else as it is.

    python experiments/cambridgeshire_baseline/assumptions.py           run what is not yet in assumptions.csv
    python experiments/cambridgeshire_baseline/assumptions.py --page    write docs/assumptions.md from it

Differences are paired: both runs of a replication meet the same people. Delete assumptions.csv to begin
again, as one must when the system or the engine has changed.
"""

from __future__ import annotations

import csv
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from caresim.experiment.runner import run_scenario
from caresim.measures.catalogue import MEASURES
from caresim.records.results import Results
from caresim.scenario.files import load_scenario

HERE = Path(__file__).parent
FILE = HERE.parents[1] / "configs" / "cambridgeshire.yaml"
TABLE = HERE / "assumptions.csv"
PAGE = HERE.parents[1] / "docs" / "assumptions.md"
REPLICATIONS = 4
"""Raise it for finer differences; a run of one takes ten seconds or so."""
AGES = ("0-64", "65-84", "85+")
SITES = ("addenbrookes", "hinchingbrooke", "peterborough_city")
CARE_HOMES = ("residential", "residential_dementia", "nursing", "nursing_dementia")
HOME_KINDS = CARE_HOMES
WARD = "templates.acute_hospital"
MEAN = "care_time.lognormal.mean"


@dataclass(frozen=True)
class Assumption:
    """A value nobody published, or several that stand or fall together."""

    words: str
    paths: tuple[str, ...]
    kind: str = "assumed"
    """assumed; or tuned: adjusted until the model met what was published."""


ASSUMPTIONS = (
    Assumption("Hours of home care there are", ("services.home_care.hours",), "tuned"),
    Assumption(
        "How long home care lasts (500 days)",
        ("services.home_care.care_time.lognormal.mean", "services.home_care.care_time.lognormal.median"),
    ),
    Assumption(
        "People who wait for home care at the start", ("services.home_care.start_with.waiting",), "tuned"
    ),
    Assumption(
        "Share of those who leave reablement that need home care",
        tuple(f"services.reablement.next.{kind}.home_care" for kind in HOME_KINDS),
        "tuned",
    ),
    Assumption(
        "Share of Pathway 1 assessed for home care in hospital",
        ("services.discharge_hub.next.P1.assessment",),
        "tuned",
    ),
    Assumption("Share of Pathway 1 to reablement", ("services.discharge_hub.next.P1.reablement",)),
    Assumption(
        "Share of urgent stays that end in Pathway 1",
        tuple(f"{WARD}.sets.pathway.urgent.{age}.P1" for age in AGES),
        "tuned",
    ),
    Assumption(
        "Share of urgent stays that end in Pathway 2",
        tuple(f"{WARD}.sets.pathway.urgent.{age}.P2" for age in AGES),
        "tuned",
    ),
    Assumption(
        "Share of urgent stays that end in Pathway 3",
        tuple(f"{WARD}.sets.pathway.urgent.{age}.P3" for age in AGES),
        "tuned",
    ),
    Assumption(
        "Care time of urgent stays in hospital",
        tuple(f"{WARD}.care_time.urgent.{age}.lognormal.mean" for age in AGES),
        "tuned",
    ),
    Assumption("Care time of planned stays in hospital", (f"{WARD}.care_time.elective.lognormal.mean",)),
    Assumption("Beds of the three hospitals", tuple(f"services.{site}.places" for site in SITES)),
    Assumption("Urgent admissions not through A&E", ("arrivals.direct.rate",)),
    Assumption("Planned admissions", ("arrivals.elective.rate",)),
    Assumption("People at home who come to need care", ("arrivals.planned_care.rate",)),
    Assumption("Hours of a package of home care", ("services.home_care.amount.lognormal.mean",)),
    Assumption("Admissions of residents elsewhere", ("arrivals.residents_elsewhere.rate",)),
    Assumption(
        "Share readmitted",
        tuple(f"services.at_home.next.{site}.{site}" for site in (*SITES, "other_hospitals")),
    ),
    Assumption("Share of patients seen at weekends", (f"{WARD}.rounds.seen.sat", f"{WARD}.rounds.seen.sun")),
    Assumption("Reablement places", ("services.reablement.places",), "tuned"),
    Assumption("Care time in reablement", ("services.reablement.care_time.weibull.mean",)),
    Assumption("Places of intermediate care at home", ("services.intermediate_care.places",), "tuned"),
    Assumption("Care time in intermediate care at home", (f"services.intermediate_care.{MEAN}",)),
    Assumption("Community beds", ("services.community_beds.places",)),
    Assumption("Care time in community beds", ("services.community_beds.care_time.gamma.mean",)),
    Assumption("Days a social work assessment takes", (f"services.assessment.{MEAN}",)),
    Assumption("Days the funding panel takes", (f"services.panel.{MEAN}",)),
    Assumption("Days a family's choice takes", (f"services.choice.{MEAN}",)),
    Assumption("Days to find a nursing home", (f"services.finding_nursing.{MEAN}",), "tuned"),
    Assumption("Care home places", tuple(f"services.{home}.places" for home in CARE_HOMES)),
    Assumption(
        "How long people live in nursing homes (460 days)",
        tuple(
            f"services.{home}.care_time.lognormal.{part}"
            for home in CARE_HOMES[2:]
            for part in ("mean", "median")
        ),
    ),
    Assumption(
        "How long people live in residential homes (801 days)",
        tuple(
            f"services.{home}.care_time.lognormal.{part}"
            for home in CARE_HOMES[:2]
            for part in ("mean", "median")
        ),
    ),
    Assumption(
        "Share of home care that ends in a care home",
        tuple(f"services.home_care.next.{kind}.{kind}" for kind in HOME_KINDS),
        "tuned",
    ),
    Assumption("Share of people paid for by the council", ("people.funding.council",)),
)
COLUMNS = ("words", "kind", "factor", "dtoc_people", "cost_million", "replications")


def run(changes: list[tuple[str, str]]) -> Results:
    outcome = run_scenario(load_scenario(FILE, changes), replications=REPLICATIONS, jobs=1)
    if outcome.failures:
        raise SystemExit("\n".join(str(failure) for failure in outcome.failures))
    return Results(manifest=outcome.manifest, small=outcome.small, tables=outcome.tables)


def figures(results: Results) -> tuple[float, float]:
    """People delayed a day, residents of the two councils; cost in million pounds."""
    people = MEASURES["dtoc_people"].figures(results, where={"resident": "local"})["value"].mean()
    return float(people), float(MEASURES["cost_total"].figures(results)["value"].mean()) / 1e6


def rows() -> list[dict[str, str]]:
    if not TABLE.exists():
        return []
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def add(row: dict[str, object]) -> None:
    new = not TABLE.exists()
    with TABLE.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(row)


def one(words: str, kind: str, paths: tuple[str, ...], factor: str) -> dict[str, object]:
    """A row of the table."""
    people, cost = figures(run([(path, f"times {factor}") for path in paths]))
    return {
        "words": words,
        "kind": kind,
        "factor": factor,
        "dtoc_people": f"{people:.2f}",
        "cost_million": f"{cost:.3f}",
        "replications": REPLICATIONS,
    }


def run_all() -> None:
    """Every change that has no row yet, two at a time; whoever stops it loses two runs."""
    done = {(row["words"], row["factor"]) for row in rows()}
    todo: list[tuple[str, str, tuple[str, ...], str]] = [("baseline", "", (), "1")]
    todo += [(each.words, each.kind, each.paths, factor) for each in ASSUMPTIONS for factor in ("0.9", "1.1")]
    with ProcessPoolExecutor(2) as pool:
        running = [pool.submit(one, *each) for each in todo if (each[0], each[3]) not in done]
        for row in as_completed(running):
            add(row.result())
            print(*row.result().values(), flush=True)


def page() -> str:
    """docs/assumptions.md: what rests most on a guess comes first."""
    found = {(row["words"], row["factor"]): row for row in rows()}
    base = found["baseline", "1"]

    def change(words: str, factor: str, column: str) -> float:
        return float(found[words, factor][column]) - float(base[column])

    def largest(assumption: Assumption, column: str) -> float:
        return max(abs(change(assumption.words, factor, column)) for factor in ("0.9", "1.1"))

    known = [each for each in ASSUMPTIONS if all((each.words, factor) in found for factor in ("0.9", "1.1"))]
    known.sort(key=lambda each: -largest(each, "dtoc_people"))
    lines = TEXT.format(
        n=base["replications"],
        people=float(base["dtoc_people"]),
        cost=float(base["cost_million"]),
    ).splitlines()
    for each in known:
        cells = [
            f"{change(each.words, factor, column):+.{1 if column == 'dtoc_people' else 2}f}"
            for column in ("dtoc_people", "cost_million")
            for factor in ("0.9", "1.1")
        ]
        lines.append(f"| {each.words} | {each.kind} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *ENDING.splitlines(), ""])


TEXT = """# Assumptions of Cambridgeshire and Peterborough 2018/19

Most numbers of `configs/cambridgeshire.yaml` were never published. Here they stand in the order of how much
rests on them: each was made a tenth smaller and a tenth larger, everything else as it is, and the year run
again with the same people (replications: {n}; residents delayed a day {people:.1f}, cost of all care
{cost:.1f} million pounds, in the runs the differences are taken from). *Tuned* values were adjusted until the
model met what was published, *assumed* ones were not.

Read it as a first sort, no more. The baseline's twelve replications go from 93 to 157 residents delayed a
day, and what a tenth does depends on the queues a year begins with: with few replications the differences,
and the order of what lies close together, are those of a few years (the first of the twelve has the shortest
queues of all). Some values are not here yet: age and area of patients, give-up times, discharge cars, interim
beds.

Read a row so: had we assumed a tenth more, the answer would have moved by so much. A tenth is not how
uncertain a value is: nobody knows to a tenth how long home care lasts, while the beds of a hospital can be
counted.

| what was assumed | | people, a tenth less | a tenth more | million pounds, a tenth less | a tenth more |
|---|---|---:|---:|---:|---:|"""
ENDING = """What this says:

- **Home care decides.** Hours, how long care lasts and how many need it are nearly in balance (99.5 % of
  hours are asked for), so a tenth of any of them changes the year from no queue to a crisis. No planner would
  leave a tenth out of balance for a year: the figures show the leverage, not a forecast. Get the local
  figures for these first.
- Process times (assessment, panel, choice, finding a home) move delayed people by about what one would work
  out by hand: people a day times days.
- **Care homes** have room: about nine places in ten are asked for. A tenth more changes nothing; a tenth
  less is a crisis that spreads to home care and hospital, because nobody can move on.
- A tenth more or less of what is not short (community beds, reablement places) changes next to nothing.

Made by `experiments/cambridgeshire_baseline/assumptions.py`; how the values were chosen stands in
`experiments/cambridgeshire_baseline/README.md`, and every number's own source in
`caresim explain configs/cambridgeshire.yaml`."""


if __name__ == "__main__":
    if "--page" in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
        print(f"Wrote {PAGE}")
    else:
        run_all()
