"""What lies under one path of a scenario, in plain text: what `caresim explain FILE PATH` prints."""

from __future__ import annotations

import textwrap

from caresim.errors import Fault, ScenarioError
from caresim.network import sources
from caresim.network.describe import sections
from caresim.network.describe_money import years_written
from caresim.network.layout import WIDTH, section
from caresim.network.network import Network
from caresim.scenario.near_paths import hint
from caresim.scenario.nodes import node_at, split_path
from caresim.scenario.scenario import Scenario

LONGEST_VALUE = 40
"""Signs of a value, of which a long list would leave no room for its source."""


def is_under(path: str, top: str) -> bool:
    """Whether a path is `top` or lies beneath it."""
    return path == top or path.startswith(f"{top}.")


def known_path(scenario: Scenario, path: str) -> str:
    """The path at which something of the scenario lies, as the scenario itself would write it.

    Raises:
        ScenarioError: nothing lies there; names the nearest path.
    """
    root = sources.root_of(scenario)
    keys, rest = split_path(root, path)
    if keys and not rest:
        return ".".join(keys)
    told = hint(root, path, may_be_new=False)
    raise ScenarioError(Fault(scenario.file, 0, "", f'there is nothing at "{path}".{told}'))


def describe_part(scenario: Scenario, network: Network, path: str) -> str:
    """What is found out about what lies under `path`, and what was declared there, with its sources.

    Raises:
        ScenarioError: nothing of the scenario lies there.
    """
    path = known_path(scenario, path)
    title = f"{scenario.name}: {path}"
    parts = [
        f"{title}\n{'=' * min(len(title), WIDTH)}",
        *sections(scenario, network, lambda each: is_under(each, path)),
        _declared(scenario, path),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _declared(scenario: Scenario, path: str) -> str:
    """Every value under the path; of numbers where they come from."""
    root = sources.root_of(scenario)
    top = node_at(root, split_path(root, path)[0])
    assert top is not None
    numbers = {number.path: number.source or "no source" for number in sources.numbers(scenario)}
    years = years_written(scenario)
    rows = []
    for keys, leaf in sources.leaves(top, (path,)):
        value = textwrap.shorten(sources.shown(leaf), LONGEST_VALUE, placeholder=" ...")
        full = ".".join(keys)
        if full in numbers and (
            year := next((words for at, words in years.items() if is_under(full, at)), None)
        ):
            value = f"{value}, in {year}"
        rows.append([full.removeprefix(f"{path}."), value, numbers.get(full, "")])
    return section("As declared", ["", "", "source"], rows)
