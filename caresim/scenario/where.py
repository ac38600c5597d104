"""Where a declared thing was written, for whoever finds fault with it later."""

from __future__ import annotations

from caresim.errors import Fault
from caresim.scenario.nodes import Node, node_at, split_path
from caresim.scenario.scenario import Scenario


def line_of(scenario: Scenario, path: str) -> int:
    """The line in which the value at a path, or the nearest thing above it, was written."""
    node = _nearest(scenario, path)
    return 0 if node is None else node.line


def fault_at(scenario: Scenario, path: str, message: str) -> Fault:
    """A fault of a later step, told with the file and line the value was written at."""
    node = _nearest(scenario, path)
    if node is None:
        return Fault(scenario.file, 0, path, message)
    return Fault(node.file, node.line, path, message)


def _nearest(scenario: Scenario, path: str) -> Node | None:
    if scenario.written is None:
        return None
    keys, _ = split_path(scenario.written.root, path)
    return node_at(scenario.written.root, keys)
