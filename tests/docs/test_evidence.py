"""Everything the page on evidence tells a reader to type works, in its order; runs are shortened."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from caresim.cli.main import main
from caresim.measures.warm_up import BATCH
from caresim.scenario.files import load_scenario
from docs.guide_blocks import ROOT, blocks, write_file

PAGE = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
BLOCKS = blocks(PAGE)
SHORTER = {
    "time.measure: 140 days": "time.measure: 14 days",
    "design: morris 10": "design: morris 2",
    "design: sobol 64": "design: sobol 2",
    "replications: 12": "replications: 2",
    "replications: 6": "replications: 2",
}


def shortened(command: list[str]) -> list[str]:
    """Two replications of four weeks; a sweep is shortened in its file."""
    if command[0] == "sweep":
        return [*command, "--jobs", "1"]
    if command[0] == "init" or not command[1].endswith(".yaml"):
        return command
    start: date = load_scenario(Path(command[1])).time.start
    window = f"time={{from: {start}, measure: 28 days, warm_up: 7 days}}"
    how_many = "--at-most" if command[0] == "replications" else "--replications"
    return [*command, "--set", window, how_many, "2", "--jobs", "1"]


@pytest.mark.slow
def test_every_file_and_command_of_the_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    called = set()
    for block in BLOCKS:
        if block.file:
            write_file(block, tmp_path)
            text = (tmp_path / block.file).read_text(encoding="utf-8")
            for long, short in SHORTER.items():
                text = text.replace(long, short)
            (tmp_path / block.file).write_text(text, encoding="utf-8")
        if block.command is not None:
            result = CliRunner().invoke(main, shortened(block.command))
            assert result.exit_code == 0, f"{' '.join(block.command)}\n{result.output}"
            called.add(block.command[0])
    assert called == {"init", "warmup", "replications", "run", "sweep", "sensitivity"}


def test_every_command_shows_what_it_printed() -> None:
    for block in BLOCKS:
        if block.command is not None:
            assert len(block.text.splitlines()) > 1, f"run guide_blocks.py evidence.md: {block.text}"


def test_the_answers_explained_are_those_that_are_given() -> None:
    from caresim.report.warm_up import answer

    explained = {
        found[1] for found in re.finditer(r"^\| ((?:yes: |no|hardly|within chance|run too)[^|]*) \|", PAGE, re.MULTILINE)
    }
    source = Path(answer.__code__.co_filename).read_text(encoding="utf-8")
    assert len(explained) == 5
    for words in explained - {"yes: 12 days"}:
        assert f'"{words}"' in source, words
    assert f"MSER-{BATCH}" in PAGE
