"""Every file in tests/cases: the valid ones load, the invalid ones have exactly the fault they announce.

An invalid case begins with the fault as it is told: `# expect: FILE:LINE, PATH: MESSAGE`,
the file relative to tests/cases/invalid.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from caresim.errors import ScenarioError
from caresim.scenario.files import dump_document, load_scenario

CASES = Path(__file__).parents[1] / "cases"
VALID = sorted((CASES / "valid").glob("*.yaml"))
INVALID = sorted((CASES / "invalid").glob("*.yaml"))
ANNOUNCED = "# expect: "


@pytest.fixture
def in_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths in messages are then as short as in the announcements."""
    monkeypatch.chdir(CASES / "invalid")


@pytest.mark.parametrize("case", INVALID, ids=lambda path: path.stem)
@pytest.mark.usefixtures("in_invalid")
def test_an_invalid_file_has_exactly_the_fault_it_announces(case: Path) -> None:
    first = case.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(ANNOUNCED), "the first line says what fault to expect"
    with pytest.raises(ScenarioError) as caught:
        load_scenario(case.name)
    assert [str(fault) for fault in caught.value.faults] == [first.removeprefix(ANNOUNCED)]


@pytest.mark.parametrize("case", VALID, ids=lambda path: path.stem)
def test_a_valid_file_loads(case: Path) -> None:
    assert load_scenario(case).services


@pytest.mark.parametrize("case", VALID, ids=lambda path: path.stem)
def test_a_resolved_document_reads_back_to_the_same_scenario(case: Path, tmp_path: Path) -> None:
    """What is kept beside results must be the scenario that was run."""
    scenario = load_scenario(case)
    shutil.copytree(case.parent / "data", tmp_path / "data")
    again = tmp_path / "resolved.yaml"
    again.write_text(dump_document(scenario.document), encoding="utf-8")
    assert load_scenario(again) == scenario


def test_the_cases_are_many() -> None:
    """A wrong folder would make the tests above pass by testing nothing."""
    assert len(INVALID) >= 80
    assert len(VALID) >= 2


def test_the_system_the_cases_break_is_sound() -> None:
    assert load_scenario(CASES / "base.yaml").name == "Base of the cases"
