"""What to say of a path at which nothing lies: the one that was probably meant, or what there is instead."""

from __future__ import annotations

import re
from collections.abc import Iterable

from caresim.errors import nearest_word
from caresim.scenario.counts import names_of
from caresim.scenario.nodes import Node, node_at, paths, split_path
from caresim.scenario.shape import ROOT, Fields, Leaf, Named, shape_at

MOST_LISTED = 8
_NUMBERED = re.compile(r"(.*?)[_-]?0*(\d+)")


def hint(root: Node, path: str, *, may_be_new: bool = True) -> str:
    """A sentence to end a message with, for a path that does not lead anywhere.

    Each word of the path is held against what stands at its place, so that a slip in one word never
    leads to another service or provider.

    Args:
        may_be_new: known keys that are not written yet would do too.
    """
    keys, rest = split_path(root, path)
    if "*" in rest:
        return f" A * may stand in `each` of an event only.{_are(root, keys)}"
    return _hint(root, path, may_be_new) or _elsewhere(root, path) or _are(root, keys)


def _hint(root: Node, path: str, may_be_new: bool) -> str:
    keys, rest = split_path(root, path)
    found, words = list(keys), rest.split(".")
    while words:
        below = _below(root, found, may_be_new)
        if told := _of_a_count(node_at(root, found), words[0]):
            return told if len(found) == len(keys) else f" {_did_you_mean(found)}{told}"
        near = _near(words[0], below)
        if near is None:
            break
        found.append(near)
        del words[0]
    there = node_at(root, found)
    if there is None and (words or ".".join(found) == path):
        missing = next(i for i in range(1, len(found) + 1) if node_at(root, found[:i]) is None)
        *above, absent = found[:missing]
        return f" {'.'.join(above)} has no {absent}." if above else f" There is no section {absent}."
    if found == keys:
        return ""
    return f" {_did_you_mean(found)}{_are(root, found) if words and there is not None else ''}"


def _did_you_mean(keys: list[str]) -> str:
    return f'Did you mean "{".".join(keys)}"?'


def _below(root: Node, keys: list[str], may_be_new: bool) -> list[str]:
    """What may follow: what is written there, and known keys."""
    node = node_at(root, keys)
    below = [] if node is None else [*node.entries, *map(str, range(len(node.items)))]
    shape, inside = (ROOT, False) if not keys else shape_at(keys) or (None, True)
    if may_be_new and not inside and isinstance(shape, Fields | Leaf):
        below += shape.keys if isinstance(shape, Fields) else shape.parts
    return list(dict.fromkeys(below))


def _near(word: str, below: list[str]) -> str | None:
    """The name that was meant, if one is near; of numbered ones only the same number, however written."""
    if word in below:
        return word
    numbered = _NUMBERED.fullmatch(word)
    same = [each for each in below if numbered and _like(each) == _like(word)]
    if same or any(_numbers(word, below)):
        return same[0] if same else None
    return nearest_word(word, below)


def _like(name: str) -> tuple[str, str]:
    match = _NUMBERED.fullmatch(name)
    return (name.lower(), "") if match is None else (match[1].lower(), match[2])


def _numbers(word: str, below: list[str]) -> Iterable[str]:
    """Names that differ from a word by their number only."""
    stem, number = _like(word)
    return (each for each in below if number and _like(each)[0] == stem and _like(each)[1])


def _of_a_count(providers: Node | None, word: str) -> str:
    """What to say of one of so many providers that are written once; "" where it is none."""
    stem, number = _like(word)
    for name, entry in ({} if providers is None else providers.entries).items():
        names = names_of(name, entry)
        if number and stem == name.lower() and names != (name,):
            return (
                f' "{name}" is {len(names)} at once: a change of {name} changes all of them. '
                f"An event may change single ones, {listed(names)}."
            )
    return ""


def _elsewhere(root: Node, path: str) -> str:
    """Who begins with a name means what is called so, wherever it is."""
    if split_path(root, path)[0]:
        return ""
    known = (each for each in paths(root) if not (each.startswith("sources.") or ".change." in each))
    if ends := [each for each in known if each.endswith(f".{path}")]:
        return f' Did you mean "{min(ends, key=len)}"?'
    sections = [key for key, shape in ROOT.keys.items() if isinstance(shape, Named) and root.get(key)]
    for section in sections:
        found = _hint(root, f"{section}.{path}", True)
        if found.startswith(" Did you mean") and found.endswith("?"):
            return found
    return ""


def _are(root: Node, keys: list[str]) -> str:
    """What lies below these keys."""
    there = node_at(root, keys)
    assert there is not None
    below = list(there.entries) or [str(place) for place in range(len(there.items))]
    if not below:
        return f" {'.'.join(keys)} has nothing below it."
    where = f"Under {'.'.join(keys)}" if keys else "There"
    return f" {where} {'is' if len(below) == 1 else 'are'} {listed(below)}."


def listed(names: Iterable[str]) -> str:
    """The first of them; runs of numbers as one: "agency_1 to agency_53"."""
    runs: list[list[str]] = []
    for name in names:
        stem, number = _like(name)
        before = _like(runs[-1][-1]) if runs else ("", "")
        if number and before[0] == stem and before[1] and int(number) == int(before[1]) + 1:
            runs[-1].append(name)
        else:
            runs.append([name])
    told = [part for run in runs for part in (run if len(run) < 3 else [f"{run[0]} to {run[-1]}"])]
    more = len(told) - MOST_LISTED
    return ", ".join(told[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


# ---------------------------------------------------------------- `each` of an event


def hint_for_each(root: Node, path: str) -> str:
    """As `hint`, for a path of `each`, whose last word may be *."""
    above, _, name = path.rpartition(".")
    if "*" in above or (name != "*" and "*" in name):
        return f" A * is the whole last word of a path: list what is meant.{_all_of(root)}"
    path = above if name == "*" else path
    found = hint(root, path)
    if not split_path(root, path)[0] and "Did you mean" not in found:
        return _all_of(root)
    if name == "*" and found.startswith(" Did you mean") and found.endswith('"?'):
        return f'{found[:-2]}.*"?'
    return found + (_all_of(root) if name == "*" else "")


def what_each_may_be(root: Node, path: str) -> str:
    """For a path that is there and leads to nothing that has a name."""
    at = path.removesuffix("*").rstrip(".")
    keys, _ = split_path(root, at)
    below = [each for each in _with_star(root) if at and each.startswith(f"{at}.")]
    above = [".".join(keys[:length]) for length in range(2, len(keys)) if _has_a_name(keys[:length])]
    near = below if len(below) == 1 else above[-1:]
    return f' Did you mean "{near[0]}"?' if near else _all_of(root)


def _has_a_name(keys: list[str]) -> bool:
    """Whether these keys lead to a service, a stream, a group of staff or a provider."""
    shape = shape_at(keys[:-1])
    return shape is not None and isinstance(shape[0], Named) and isinstance(shape[0].each, Fields)


def _all_of(root: Node) -> str:
    found = _with_star(root)
    return f" There {'is' if len(found) == 1 else 'are'} {listed(found)}." if found else ""


def _with_star(root: Node) -> list[str]:
    """All services, all providers of one, all streams, all groups of staff."""
    services = root.get("services")
    has = {} if services is None else services.entries
    providers = [f"services.{name}.providers.*" for name, entry in has.items() if entry.get("providers")]
    sections = [
        f"{key}.*" for key in ("services", "arrivals", "staff") if (node := root.get(key)) and node.entries
    ]
    return [*sections[:1], *providers, *sections[1:]]
