"""Everything the guides tell a reader to type works, in its order; runs are shortened."""

from __future__ import annotations

import re
import runpy
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from caresim.cli.main import main
from caresim.scenario.files import load_scenario
from docs.guide_blocks import GUIDES, ROOT, Block, blocks, write_file

BLOCKS = {guide: blocks((ROOT / "docs" / guide).read_text(encoding="utf-8")) for guide in GUIDES}


def shortened(command: list[str]) -> list[str]:
    """A run of two replications of four weeks."""
    if command[0] != "run":
        return command
    start: date = load_scenario(Path(command[1])).time.start
    window = f"time={{from: {start}, measure: 28 days, warm_up: 0 days}}"
    return [*command, "--set", window, "--replications", "2", "--jobs", "1"]


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_and_command_of_a_guide_works(
    guide: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    n_commands, programs = 0, []
    for block in BLOCKS[guide]:
        if block.file:
            write_file(block, tmp_path)
            if block.language == "python":
                programs.append(block.file)
            elif block.text.split("\n", 1)[1].startswith(("caresim:", "extends:")):
                result = CliRunner().invoke(main, ["check", block.file])
                assert result.exit_code == 0, f"{block.file}: {result.output}"
                assert "is never used" not in result.output, f"{block.file}: {result.output}"
        if block.command is not None:
            result = CliRunner().invoke(main, shortened(block.command))
            assert result.exit_code == 0, f"{' '.join(block.command)}\n{result.output}"
            n_commands += 1
    for program in programs:
        runpy.run_path(program, run_name="__main__")
    assert n_commands >= 5


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_shows_what_it_printed(guide: str) -> None:
    for block in BLOCKS[guide]:
        if block.command is not None:
            assert len(block.text.splitlines()) > 1, f"run tests/docs/guide_blocks.py: {block.text}"


def test_a_broken_file_would_be_found_out(tmp_path: Path) -> None:
    block = Block("yaml", "", "# broken.yaml\ncaresim: 1\nservces: {}\n", 0, 0)
    write_file(block, tmp_path)
    assert CliRunner().invoke(main, ["check", str(tmp_path / "broken.yaml")]).exit_code == 2


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_links_between_pages_lead_somewhere(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (ROOT / "docs" / target).exists(), target


def anchors(page: Path) -> set[str]:
    """What may follow # in a link to a page: its headings, small, without signs, spaces as hyphens."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        assert anchor not in found, f"{page.name}: two headings say {heading}, links reach the first only"
        found.add(anchor)
    return found


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_links_to_a_section_lead_to_its_heading(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text):
        assert anchor in anchors(ROOT / "docs" / (target or page)), f"{target}#{anchor}"


def test_the_levers_stand_in_the_order_of_their_table() -> None:
    text = (ROOT / "docs" / "levers.md").read_text(encoding="utf-8")
    headings = [
        re.sub(r"[^\w\- ]", "", found.lower()).replace(" ", "-")
        for found in re.findall(r"^##+ (.*)$", text, re.MULTILINE)
    ]
    assert re.findall(r"^\|.*\(#([^)]+)\) \|$", text, re.MULTILINE) == headings


@pytest.mark.parametrize("page", ["design.md", "method.md", "quality.md"])
def test_paths_named_in_a_page_are_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    for path in re.findall(r"`((?:caresim|tests|benchmarks|docs|configs)/[\w./-]+)`", text):
        assert (ROOT / path).exists(), path
