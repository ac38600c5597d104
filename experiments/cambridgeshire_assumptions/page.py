"""docs/assumptions.md from the runs: what rests most on a guess comes first.

caresim sweep experiments/cambridgeshire_assumptions/experiment.yaml --out results/assumptions
python experiments/cambridgeshire_assumptions/page.py results/assumptions
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import caresim
from caresim.measures.sweeps import Sweep

PAGE = Path(__file__).parents[2] / "docs" / "assumptions.md"
PEOPLE, COST = "dtoc_people[resident=local]", "cost_total"
LESS, MORE = "a tenth less", "a tenth more"
TUNED = {
    "share of Peterborough City's patients who live in Peterborough",
    "days to find a residential home",
    "days to find a nursing home",
    "places of intermediate care at home",
    "share that leaves reablement needing home care",
    "share of home care that ends in a care home",
    "hours of home care",
    "how long people wait for home care before they do without",
}
"""All else is assumed: never adjusted to what was published."""
HOME_CARE = ("hours of home care", "hours of a package", "how long home care lasts")


def page(sweep: Sweep) -> str:
    differences = caresim.compare(sweep).set_index(["variant", "measure"])
    assumptions = sorted({name.rpartition(", ")[0] for name, _ in differences.index})
    if unknown := TUNED - set(assumptions):
        raise SystemExit(f"said to be tuned, but not in the experiment: {sorted(unknown)}")

    if sweep.estimates()["n"].min() < 2:
        raise SystemExit("runs are missing: start the sweep again, it goes on where it was")

    def change(assumption: str, direction: str, measure: str) -> pd.Series:
        return differences.loc[(f"{assumption}, {direction}", measure)]

    def largest(assumption: str) -> float:
        return max(abs(change(assumption, way, PEOPLE).difference) for way in (LESS, MORE))

    def row(assumption: str) -> str:
        cells = [
            *(people(change(assumption, way, PEOPLE)) for way in (LESS, MORE)),
            *(f"{change(assumption, way, COST).difference / 1e6:+.2f}" for way in (LESS, MORE)),
        ]
        kind = "tuned" if assumption in TUNED else "assumed"
        return f"| {assumption[0].upper()}{assumption[1:]} | {kind} | {' | '.join(cells)} |"

    base = sweep.estimates()
    base = base[base["variant"] == "as it is"].set_index("measure")
    text = TEXT.format(
        n=int(differences["n"].min()), people=base.loc[PEOPLE, "mean"], cost=base.loc[COST, "mean"] / 1e6
    )
    rows = [row(each) for each in sorted(assumptions, key=lambda each: -largest(each))]
    effects = [abs(change(each, way, PEOPLE).difference) for each in HOME_CARE for way in (LESS, MORE)]
    ending = ENDING.format(least=min(effects), most=max(effects))
    return "\n".join([text.strip(), *rows, "", ending.strip(), ""])


def people(found: pd.Series) -> str:
    """The difference and half its interval; in brackets where it could be nothing."""
    words = f"{found.difference:+.1f} ± {(found.high - found.low) / 2:.1f}"
    return words if found.low > 0 or found.high < 0 else f"({words})"


TEXT = """
# Assumptions of Cambridgeshire and Peterborough 2018/19

Most numbers of `configs/cambridgeshire.yaml` were never published. Here they stand in the order of how much
rests on them: each was made a tenth smaller and a tenth larger, everything else as it is, and the year run
again with the same people (replications: {n}; residents delayed a day {people:.1f}, cost of all that is
priced {cost:.1f} million pounds, in the runs the differences are taken from). *Tuned* values were adjusted
until the model met what was published, *assumed* ones were not. ± is the 95 % interval of a paired
difference; differences in brackets could be nothing.

Read a row so: had we assumed a tenth more, the answer would have moved by so much. A tenth is not how
uncertain a value is: nobody knows to a tenth how long home care lasts, while the beds of a hospital can be
counted.

| what was assumed | | people, a tenth less | a tenth more | million pounds, a tenth less | a tenth more |
|---|---|---:|---:|---:|---:|
"""
ENDING = """
What this says:

- **Home care decides.** Hours, how much of them a package takes and how long it lasts move delayed people
  by {least:.0f} to {most:.0f}. All hours are used, so a tenth of any of them is a tenth more or fewer people
  in care, and what is too much becomes a queue that settles only where enough people do without. Get the
  local figures for these first.
- **Who comes** is next: shares on each pathway, age, where patients live. Admissions and readmissions count
  for less.
- **Care homes** are nearly full: a tenth more places changes little, a tenth less is a shortage that spreads
  to home care and hospital, because nobody can move on. They can be counted, so this is no guess to fear.
- Process times (assessment, panel, choice, finding a home) move delayed people by about what one would work
  out by hand: people a day times days.
- A tenth more or less of what is not short (community beds, reablement places, social workers) changes next
  to nothing. So does the mean time people wait before they do without, though that they do at all matters:
  without it the queue for home care would grow for as long as the run lasts.

Three replications are few: the order of what lies close together is chance, and so may be any single
interval. The four interim beds are not here, for a tenth of them is no bed.

Made by `experiments/cambridgeshire_assumptions`; how the values were chosen stands in
`experiments/cambridgeshire_baseline/README.md`, and every number's own source in
`caresim explain configs/cambridgeshire.yaml`.
"""


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    PAGE.write_text(page(caresim.load(sys.argv[1])), encoding="utf-8")
    print(f"Wrote {PAGE}")
