"""The reference of the language names every key there is, and its examples are read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from caresim.errors import ScenarioError
from caresim.network.compile import compile_network
from caresim.network.rates import expected_people
from caresim.scenario.data_files import LARGEST_FILE as LARGEST_DATA_FILE
from caresim.scenario.distribution_specs import CV_RANGE, FAMILIES
from caresim.scenario.files import DEEPEST, LARGEST_FILE, LONGEST_CHAIN, MOST_VALUES, load_scenario
from caresim.scenario.read_arrivals import LARGEST_RATE
from caresim.scenario.read_distributions import LIMITS
from caresim.scenario.reader import YEARS
from caresim.scenario.services import KINDS, REASONS
from caresim.scenario.shape import ROOT as LANGUAGE
from caresim.scenario.shape import Fields, Items, Named, Shape
from docs.guide_blocks import ROOT

PAGE = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
DATA_FILES = re.findall(r"```csv\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)


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
    """Each changes the small system that the cases of the language change, or is a whole one."""
    shutil.copy(ROOT / "tests" / "cases" / "base.yaml", tmp_path / "base.yaml")
    for name, text in DATA_FILES:
        (tmp_path / name).write_text(text, encoding="utf-8")
    file = tmp_path / "example.yaml"
    whole = example.startswith("caresim:")
    file.write_text(example if whole else "extends: base.yaml\n" + example, encoding="utf-8")
    assert compile_network(load_scenario(file)).services


BASE = ROOT / "tests" / "cases" / "base.yaml"


@pytest.mark.parametrize(
    ("path", "change", "found"),
    [
        ("services.ward.places", "plus 3", 33),
        ("services.ward.places", "times 1.05", 32),
        ("services.ward.care_time.exponential", "minus 12 hours", "4.5 days"),
        ("services.ward.next.assessment", "plus 0.2", 0.4),
        ("services.ward.places", "plus 10%", None),
        ("services.ward.places", "+30", None),
        ("services.ward.next.team", "0.1", None),
        ("services.word.places", "31", None),
    ],
)
def test_changes_do_what_the_page_says(path: str, change: str, found: object) -> None:
    if found is None:
        with pytest.raises(ScenarioError):
            load_scenario(BASE, [(path, change)])
        return
    value: object = load_scenario(BASE, [(path, change)]).document
    for key in path.split("."):
        assert isinstance(value, dict)
        value = value[key]
    assert value == found


def test_a_service_may_be_set_whole_and_a_value_taken_away() -> None:
    made = {"places": 2, "care_time": "1 day", "next": "home"}
    scenario = load_scenario(BASE, [("services.new", made), ("groups", "null")])
    assert scenario.services["new"].places == 2
    assert scenario.groups == ()


def test_a_line_of_rates_holds_until_the_next(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("date,rate\n2020-01-07,4\n2020-01-10,1\n", encoding="utf-8")
    shutil.copy(BASE, tmp_path / "base.yaml")
    change = ("arrivals.emergency", {"to": "ward", "rates": "rates.csv", "rate": None})
    network = compile_network(load_scenario(tmp_path / "base.yaml", [change]))
    days = [0, 1, 3, 4, 300]
    found = [expected_people(network.streams[0], day, day + 1, network.calendar) for day in days]
    assert found == pytest.approx([4, 4, 4, 1, 1])


def test_the_limits_are_those_of_the_code() -> None:
    limits = PAGE.partition("## Limits")[2]
    assert f"| {YEARS[0]} | {YEARS[1]} |" in limits
    assert f"{LARGEST_RATE:,.0f} per day" in limits
    assert f"| {CV_RANGE[0]} | {CV_RANGE[1]:g} |" in limits
    assert (
        f"{LARGEST_FILE // 10**6} MB, {MOST_VALUES:,} values, {DEEPEST} deep, {LONGEST_CHAIN} files" in limits
    )
    assert f"{LARGEST_DATA_FILE // 10**6} MB" in limits
