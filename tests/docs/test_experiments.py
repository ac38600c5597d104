"""The page on experiments names every key, and its examples are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from caresim.experiment import design_tables
from caresim.experiment.declared import KINDS
from caresim.experiment.designs import variants_of
from caresim.experiment.levels import MOST
from caresim.experiment.read_design import LONGEST_NAME
from caresim.experiment.read_experiment import KEYS, read_experiment
from caresim.experiment.read_figures import AT_LEAST
from caresim.measures.summary import QUANTITIES
from caresim.scenario.files import LARGEST_FILE
from docs.guide_blocks import ROOT

PAGE = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(scenario:.*?)```", PAGE, re.DOTALL)
TABLES = re.findall(r"```csv\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=[str(number) for number in range(len(EXAMPLES))])
def test_every_example_is_read(tmp_path: Path, example: str) -> None:
    for name, text in TABLES:
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "experiment.yaml").write_text(example, encoding="utf-8")
    assert variants_of(read_experiment(tmp_path / "experiment.yaml"))


def test_there_are_examples_of_most_keys() -> None:
    assert len(EXAMPLES) >= 9
    assert len(TABLES) == 1
    told = "\n".join(EXAMPLES)
    assert [key for key in KEYS if not re.search(rf"^{key}:", told, re.MULTILINE)] == []


def test_every_key_design_and_quantity_is_on_the_page() -> None:
    named = {word for code in re.findall(r"`([^`\n]+)`", PAGE) for word in re.findall(r"\w+", code)}
    more = {"from", "to", "step", "n", "until", "at_least", "at_most", "measures", "tables", "where", "sheet"}
    assert sorted({*KEYS, *KINDS, *QUANTITIES, *more} - named) == []


def test_the_first_example_has_the_variants_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "experiment.yaml").write_text(EXAMPLES[0], encoding="utf-8")
    names = [variant.name for variant in variants_of(read_experiment(tmp_path / "experiment.yaml"))]
    assert len(names) == 6
    assert all(f"`{name}`" in " ".join(PAGE.split()) for name in names[:2])


def test_the_limits_are_those_of_the_code() -> None:
    assert f"{MOST:,}" in PAGE
    assert f"| size of the file | {LARGEST_FILE // 10**6} MB |" in PAGE
    assert f"| size of a design table | {design_tables.LARGEST_FILE // 10**6} MB |" in PAGE
    assert f"| length of a variant's name | {LONGEST_NAME} signs |" in PAGE
    assert f"from `at_least` ({AT_LEAST}, unless written)" in PAGE
