"""The reference of the language names every key there is, and its examples are read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from caresim.network.compile import compile_network
from caresim.scenario.distribution_specs import FAMILIES
from caresim.scenario.files import load_scenario
from caresim.scenario.read_distributions import LIMITS
from caresim.scenario.services import KINDS, REASONS
from caresim.scenario.shape import ROOT as LANGUAGE
from caresim.scenario.shape import Fields, Items, Named, Shape
from docs.guide_blocks import ROOT

PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def keys(shape: Shape) -> Iterator[str]:
    if isinstance(shape, Fields):
        yield from shape.keys
        for below in shape.keys.values():
            yield from keys(below)
    elif isinstance(shape, Named | Items):
        yield from keys(shape.each)


def test_every_key_is_on_the_page() -> None:
    named = {word for code in re.findall(r"`([^`\n]+)`", PAGE) for word in re.findall(r"[\w+]+", code)}
    wanted = {*keys(LANGUAGE), *FAMILIES, *LIMITS}
    assert len(wanted) > 80
    assert sorted(wanted - named) == []


def test_every_kind_and_reason_is_on_the_page() -> None:
    words = set(re.findall(r"\w+", PAGE))
    assert sorted({*KINDS, *REASONS} - words) == []


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 8


@pytest.mark.parametrize("example", EXAMPLES, ids=[str(number) for number in range(len(EXAMPLES))])
def test_every_example_is_read_and_compiled(tmp_path: Path, example: str) -> None:
    """Each changes the small system that the cases of the language change."""
    shutil.copy(ROOT / "tests" / "cases" / "base.yaml", tmp_path / "base.yaml")
    (tmp_path / "arrivals.csv").write_text("date,count\n2020-01-06,4\n", encoding="utf-8")
    file = tmp_path / "example.yaml"
    file.write_text("extends: base.yaml\n" + example, encoding="utf-8")
    assert compile_network(load_scenario(file)).services
