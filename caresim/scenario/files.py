"""Scenario files in and out: the one door to ruamel.yaml.

ruamel.yaml because it gives the line of every key and reads YAML 1.2. Only its events are
used: no tag is obeyed, and aliases, depth and size are limited before anything is built.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from caresim.errors import nearest
from caresim.scenario.changes import apply_changes
from caresim.scenario.counts import with_counts
from caresim.scenario.edits import check_events
from caresim.scenario.nodes import Node, from_plain
from caresim.scenario.read_scenario import read_scenario
from caresim.scenario.reader import Faults, kind_of
from caresim.scenario.scenario import Scenario
from caresim.scenario.shape import ROOT, Fields, Named, Shape
from caresim.scenario.systems import shipped_systems

LARGEST_FILE = 2_000_000
LONGEST_CHAIN = 20
DEEPEST = 40
MOST_VALUES = 200_000
"""In a file, aliases counted as often as they are used."""
SET = "--set"
"""Stands where a file's name would, for changes given on the command line."""

_WHOLE = re.compile(r"-?(0|[1-9]\d{0,29})")
_DECIMAL = re.compile(r"-?(\d+\.\d*|\.\d+|\d+(?=[eE]))([eE][-+]?\d{1,3})?")
_PLUS = re.compile(r"\+\.?\d")


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """A scenario file with what it extends, read once: many scenarios are then made from it.

    May be sent to another process; files of data are read when a scenario is made.
    """

    root: Node
    """The tree merged over its bases, before any change."""
    resolved: Node | None
    """The same with its `like`s resolved; None where that has a fault that a change may mend."""
    text: str
    """The file as it was written."""
    file: str
    """The path the user gave."""
    files: tuple[str, ...]
    """This file, then what it extends: faults are told in this order."""

    def scenario(self, changes: Sequence[tuple[str, Any]] = ()) -> Scenario:
        """The scenario with `changes` made to it, as `load_scenario` gives it.

        Args:
            changes: (PATH, CHANGE) pairs; a CHANGE may be a node too, and faults are then told
                with its place.

        Raises:
            ScenarioError: every fault there is, in file order.
        """
        faults = Faults()
        for file in self.files:
            faults.first_file(file)
        edits = [(target, _change(target, change, faults)) for target, change in changes]
        for target, change in edits:
            if target.partition(".")[0] == "extends":
                faults.add(change, "is read before anything can be set.")
        faults.raise_if_any()
        of_templates = [edit for edit in edits if edit[0].startswith("templates.")]
        root = self.resolved
        if root is None or of_templates:
            root = apply_changes(self.root, of_templates, faults)
            root = _without_nulls(_resolve_likes(root, faults), ROOT)
        root = apply_changes(root, [e for e in edits if not e[0].startswith("templates.")], faults)
        faults.raise_if_any()
        root = with_counts(_without_nulls(root, ROOT))
        scenario = read_scenario(root, faults, self.text, self.file)
        if scenario is not None:
            check_events(scenario, faults)
        faults.raise_if_any()
        assert scenario is not None
        return scenario


def load_scenario(path: str | os.PathLike[str], changes: Sequence[tuple[str, Any]] = ()) -> Scenario:
    """The scenario a file declares, with `changes` made to it.

    Args:
        path: a YAML file; what it `extends` is read too.
        changes: (PATH, CHANGE) pairs as in `--set PATH=CHANGE`; a CHANGE that is a text is read
            as YAML ("times 1.1", "30", "{home: 1}"), anything else is taken as it is.

    Raises:
        ScenarioError: every fault there is, in file order.
    """
    return read_base(path).scenario(changes)


def read_base(path: str | os.PathLike[str]) -> Base:
    """A scenario file, read with what it extends, to make scenarios from.

    Raises:
        ScenarioError: a file cannot be read, or is not YAML.
    """
    file = os.fspath(path)
    faults = Faults()
    root, text = _read_with_bases(file, file, faults, ())
    faults.raise_if_any()
    assert root is not None
    found = Faults()
    resolved = _without_nulls(_resolve_likes(root, found), ROOT)
    return Base(
        root=root,
        resolved=None if len(found) else resolved,
        text=text,
        file=file,
        files=faults.files,
    )


def dump_document(document: dict[str, Any]) -> str:
    """A resolved document as YAML that `load_scenario` reads back to the same scenario."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    yaml.width = 110
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


# Reading


def _read_with_bases(
    path: str, shown: str, faults: Faults, above: tuple[str, ...]
) -> tuple[Node | None, str]:
    """The tree of a file merged over the files it extends, and the file's own text."""
    faults.first_file(shown)
    text = read_text(path, shown, faults)
    root = None if text is None else parse(text, shown, faults)
    if root is None:
        return None, text or ""
    if not isinstance(root.value, dict):
        faults.add(root, f"needs keys such as caresim, time, services; got {kind_of(root)}.")
        return None, text or ""
    base = root.get("extends")
    own = root.with_entries({key: entry for key, entry in root.entries.items() if key != "extends"})
    if base is None:
        return own, text or ""
    if not isinstance(base.value, str) or not base.value:
        faults.add(base, f"needs the name of a file; got {kind_of(base)}.")
        return None, text or ""
    base_path = os.path.normpath(os.path.join(os.path.dirname(path), base.value))
    systems = shipped_systems()
    if not os.path.isfile(base_path) and base.value in systems:
        base_path = str(systems[base.value])
    chain = (*above, os.path.realpath(path))
    if len(chain) > LONGEST_CHAIN:
        faults.add(base, f"is one of more than {LONGEST_CHAIN} files that extend each other.")
        return None, text or ""
    if os.path.realpath(base_path) in chain:
        faults.add(base, f"{base.value} extends this file in turn: one of them must stand alone.")
        return None, text or ""
    if not os.path.isfile(base_path):
        names = [p.name for p in Path(base_path).parent.glob("*.yaml")]
        like = nearest(os.path.basename(base.value), [*names, *systems])
        faults.add(base, f"there is no file {base.value}.{like}")
        return None, text or ""
    below, _ = _read_with_bases(base_path, base_path, faults, chain)
    return None if below is None else merge(below, own, ROOT), text or ""


def read_text(path: str, shown: str, faults: Faults) -> str | None:
    """The text of a file, or None and a fault."""
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            faults.add_at(shown, 0, "", "is not a file.")
            return None
        if os.path.getsize(path) > LARGEST_FILE:
            faults.add_at(shown, 0, "", "is larger than 2 MB: this is no scenario.")
            return None
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        near = ""
        if isinstance(error, FileNotFoundError):
            near = nearest(os.path.basename(path), [p.name for p in Path(path).parent.glob("*.yaml")])
        faults.add_at(shown, 0, "", f"cannot be read: {reason}.{near}")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        faults.add_at(shown, line, "", "is not a text in UTF-8.")
        return None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        faults.add_at(shown, line, "", "is not a text: it holds binary data.")
        return None
    if not text.strip():
        faults.add_at(shown, 1, "", "is empty.")
        return None
    return text


def parse(
    text: str,
    file: str,
    faults: Faults,
    *,
    path: str = "",
    line: int | None = None,
    instead_of_merging: str = "use like: TEMPLATE, or extends",
) -> Node | None:
    """The tree of a YAML text.

    Args:
        line: where all of it is said to stand on one.
        instead_of_merging: what to write for a merge key (`<<`), which is refused.
    """
    try:
        return _Builder(text, file, faults, path, line, instead_of_merging).build()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = (mark.line + 1 if mark else 1) if line is None else line
        problem = _in_words(" ".join(str(error.problem or error.context or "").split()))
        faults.add_at(file, at, path, f"is not YAML: {problem}.")
    except YAMLError as error:
        problem = " ".join(str(error).split())
        faults.add_at(file, 1 if line is None else line, path, f"is not YAML: {problem}.")
    except _Refused as refusal:
        faults.add_at(file, refusal.line if line is None else line, refusal.path, refusal.message)
    return None


def _in_words(problem: str) -> str:
    """What the two commonest slips of YAML look like to somebody who knows no YAML."""
    if "'\\t'" in problem:
        return "there is a tab; write spaces"
    if "could not find expected ':'" in problem or "mapping values are not allowed" in problem:
        return f"{problem}; look for a colon without a space after it (places:12), and at the indentation"
    return problem


class _Refused(Exception):
    """YAML that is not read any further."""

    def __init__(self, line: int, path: str, message: str) -> None:
        super().__init__(message)
        self.line, self.path, self.message = line, path, message


class _Builder:
    """Builds nodes from the events of one document."""

    def __init__(
        self, text: str, file: str, faults: Faults, path: str, line: int | None, instead_of_merging: str
    ) -> None:
        yaml = YAML(typ="safe", pure=True)
        self._instead_of_merging = instead_of_merging
        self._events: Iterator[Event] = iter(yaml.parse(io.StringIO(text)))
        self._file, self._faults, self._path, self._line = file, faults, path, line
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._size = 0

    def build(self) -> Node:
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                break
        event = next(self._events, StreamEndEvent())
        if isinstance(event, StreamEndEvent):
            return Node(None, self._file, 1, 0, self._path)
        node = self._node(event, self._path, *self._place(event), depth=0)
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                raise _Refused(event.start_mark.line + 1, "", "holds a second document: keep one in a file.")
        return node

    def _place(self, event: Event) -> tuple[int, int]:
        line = event.start_mark.line + 1 if self._line is None else self._line
        return line, event.start_mark.column

    def _node(self, event: Event, path: str, line: int, column: int, depth: int) -> Node:
        """The value that begins with this event, said to stand where its key does."""
        if depth > DEEPEST:
            raise _Refused(line, "", f"is nested more than {DEEPEST} deep.")
        if isinstance(event, AliasEvent):
            if event.anchor not in self._anchors:
                raise _Refused(line, path, f'there is no anchor "{event.anchor}" above.')
            node, size = self._anchors[event.anchor]
            self._grow(size, line)
            return replace(node, line=line, column=column, path=path)
        if tag := getattr(event, "tag", None):
            raise _Refused(line, path, f"has the tag {tag}: tags are refused.")
        before = self._size
        self._grow(1, line)
        if isinstance(event, ScalarEvent):
            value: Any = self._scalar(event, path, line, column)
        elif isinstance(event, SequenceStartEvent):
            value = self._list(path, depth)
        elif isinstance(event, MappingStartEvent):
            value = self._mapping(path, depth)
        else:
            raise _Refused(line, path, "is not YAML.")
        node = Node(value, self._file, line, column, path)
        if event.anchor:
            self._anchors[event.anchor] = node, self._size - before
        return node

    def _grow(self, size: int, line: int) -> None:
        self._size += size
        if self._size > MOST_VALUES:
            aliases = "aliases counted as often as they are used"
            raise _Refused(line, "", f"holds more than {MOST_VALUES} values, {aliases}.")

    def _list(self, path: str, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            below = f"{path}.{len(items)}" if path else str(len(items))
            items.append(self._node(event, below, *self._place(event), depth + 1))
        return items

    def _mapping(self, path: str, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            line, column = self._place(event)
            if not isinstance(event, ScalarEvent):
                raise _Refused(line, path, "has a key that is not a plain word.")
            if event.tag:
                raise _Refused(line, path, f"has the tag {event.tag}: tags are refused.")
            key = str(event.value)
            below = f"{path}.{key}" if path else key
            node = self._node(next(self._events), below, line, column, depth + 1)
            if key == "<<":
                self._faults.add(node, f"merge keys are refused: {self._instead_of_merging}.")
            elif key in entries:
                self._faults.add(node, f'"{key}" is here twice; the first is in line {entries[key].line}.')
            else:
                entries[key] = node
        return entries

    def _scalar(self, event: ScalarEvent, path: str, line: int, column: int) -> Any:
        text = str(event.value)
        if event.style is not None:
            return text
        if _PLUS.match(text):
            number = text[1:]
            self._faults.add_at(
                self._file,
                line,
                path,
                f"a leading + is refused, because YAML reads +30 as 30; got {text}. "
                f'Write {number} alone, or "plus {number}" to change a value.',
                column,
            )
            return text
        return resolve_scalar(text)


def resolve_scalar(text: str) -> Any:
    """The value of a plain scalar: null, true and false, numbers in decimal notation, or a text."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        number = float(text)
        return number if abs(number) < 1e300 else text
    return text


def _change(target: str, change: Any, faults: Faults) -> Node:
    """A CHANGE as a node, said to stand at `--set` unless it has a place of its own."""
    if isinstance(change, Node):
        return change
    if isinstance(change, str):
        node = parse(change, SET, faults, path=target, line=0) if change.strip() else None
        return node or Node(None, SET, 0, 0, target)
    return from_plain(change, file=SET, path=target)


# Merging


def merge(base: Node, own: Node, shape: Shape) -> Node:
    """`own` over `base`: known keys and names merge, everything else is replaced whole."""
    if not isinstance(shape, Fields | Named) or not (
        isinstance(base.value, dict) and isinstance(own.value, dict)
    ):
        return own
    entries = dict(base.entries)
    for key, entry in own.entries.items():
        below = shape.keys.get(key) if isinstance(shape, Fields) else shape.each
        if key in entries and below is not None and entry.value is not None:
            entries[key] = merge(entries[key], entry, below)
        else:
            entries[key] = entry
    return own.with_entries(entries)


def _without_nulls(node: Node, shape: Shape) -> Node:
    """What is null is removed, down to where values are replaced whole."""
    if not isinstance(shape, Fields | Named) or not isinstance(node.value, dict):
        return node
    entries = {}
    for key, entry in node.entries.items():
        below = shape.keys.get(key) if isinstance(shape, Fields) else shape.each
        if key == "change":
            # null is a CHANGE of its own: an event removes what it names.
            entries[key] = entry
        elif entry.value is not None:
            entries[key] = entry if below is None else _without_nulls(entry, below)
    return node.with_entries(entries)


def _resolve_likes(root: Node, faults: Faults) -> Node:
    """Every service with what its template gives, and no `like` any more."""
    templates = (root.get("templates") or root.with_entries({})).entries

    def filled(node: Node, above: tuple[str, ...]) -> Node:
        like = node.get("like")
        if like is None or like.value is None:
            return node
        own = node.with_entries({key: entry for key, entry in node.entries.items() if key != "like"})
        name = like.value
        if not isinstance(name, str) or name not in templates:
            faults.add(like, f'there is no template "{name}".{nearest(str(name), templates)}')
            return own
        if name in above:
            faults.add(like, f"{name} is like itself, through {' and '.join(above)}.")
            return own
        each = ROOT.keys["services"]
        assert isinstance(each, Named)
        return merge(filled(templates[name], (*above, name)), own, each.each)

    entries = dict(root.entries)
    for section in ("templates", "services"):
        if section in entries and isinstance(entries[section].value, dict):
            entries[section] = entries[section].with_entries(
                {
                    name: filled(node, (name,) if section == "templates" else ())
                    for name, node in entries[section].entries.items()
                }
            )
    return root.with_entries(entries)
