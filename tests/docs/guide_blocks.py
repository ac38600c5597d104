"""A guide's code blocks: files to write and commands to run, in the order of the page.

    python tests/docs/guide_blocks.py [PAGE]   runs every command in full and pastes what it prints into the page

A block of `yaml` or `python` whose first line is `# NAME.yaml` or `# NAME.py` is a file. A block of `console` begins with `$ caresim ...`;
what follows is what was printed. `console 1-20` shows these lines only.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("guide.md", "sweeps.md", "levers.md")
CALL = "import sys; from caresim.cli.main import main; sys.exit(main())"
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of a guide."""

    language: str
    options: str
    """After the language: lines to show."""
    text: str
    start: int
    """Where its text begins and ends in the guide."""
    end: int

    @property
    def file(self) -> str | None:
        """The file it is, by its first line; None: it is none."""
        found = re.match(r"# (\S+\.(?:yaml|py))\n", self.text)
        return found.group(1) if self.language in ("yaml", "python") and found else None

    @property
    def command(self) -> list[str] | None:
        """Words after `caresim`; None: it is no command."""
        first = self.text.splitlines()[0] if self.text else ""
        if self.language != "console":
            return None
        assert first.startswith("$ caresim "), f"a console block begins with $ caresim, not {first}"
        return shlex.split(first)[2:]


def blocks(text: str) -> list[Block]:
    return [
        Block(found[1], found[2].strip(), found[3], found.start(3), found.end(3))
        for found in _BLOCK.finditer(text)
    ]


def write_file(block: Block, folder: Path) -> None:
    assert block.file is not None
    (folder / block.file).write_text(block.text, encoding="utf-8")


def shown(block: Block, printed: str) -> str:
    """A block's new text: its command, and of what was printed the lines it shows."""
    lines = [line.rstrip() for line in printed.rstrip().splitlines()]
    if block.options:
        first, last = (int(number) for number in block.options.split("-"))
        before, after = first > 1, last < len(lines)
        lines = [*(["..."] if before else []), *lines[first - 1 : last], *(["..."] if after else [])]
    return "\n".join([block.text.splitlines()[0], *lines, ""])


def _pieces(text: str, folder: Path) -> Iterator[str]:
    done = 0
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for block in blocks(text):
        if block.file:
            write_file(block, folder)
        if block.command is None:
            continue
        call = [sys.executable, "-c", CALL, *block.command]
        # Progress goes to standard error, which a reader's terminal wipes.
        printed = subprocess.run(
            call, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        # A command whose output the page leaves out is run for what comes after it.
        if block.text.splitlines()[1:] != ["..."]:
            yield text[done : block.start] + shown(block, printed.stdout)
            done = block.end
    yield text[done:]


def main() -> None:
    for name in sys.argv[1:] or GUIDES:
        guide = ROOT / "docs" / name
        with tempfile.TemporaryDirectory() as folder:
            guide.write_text(
                "".join(_pieces(guide.read_text(encoding="utf-8"), Path(folder))), encoding="utf-8"
            )


if __name__ == "__main__":
    main()
