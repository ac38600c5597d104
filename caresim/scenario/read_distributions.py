"""Distributions as they are written: `{lognormal: {mean: 5 days, sd: 8 days, max: 60 days}}`."""

from __future__ import annotations

import math
from dataclasses import replace

from caresim.distributions import Distribution
from caresim.durations import AMOUNT, DURATION, Dimension
from caresim.errors import nearest
from caresim.scenario.data_files import read_weighted_values
from caresim.scenario.distribution_specs import FAMILIES, SPREADS, from_moments
from caresim.scenario.nodes import Node
from caresim.scenario.reader import SHARES_TOLERANCE, Reader, kind_of, shares_message

LIMITS = ("min", "max", "at_most")
LONGEST = {DURATION.name: 36525.0, AMOUNT.name: 1000.0}
"""100 years; 1,000 hours per week (two live-in workers are 336)."""
_KEYS = {
    "exponential": ("mean",),
    "fixed": ("value",),
    "uniform": ("low", "high"),
    "lognormal": ("mean", "sd", "cv", "median"),
    "gamma": ("mean", *SPREADS),
    "weibull": ("mean", *SPREADS),
    "empirical": ("values", "weights", "file"),
    "mixture": ("parts",),
}
NOTHING = Distribution(family="fixed", parameters=(0.0,))


def read_distribution(reader: Reader, node: Node, dimension: Dimension) -> Distribution:
    """A distribution of times or amounts; a bare `5 days` is fixed."""
    if node.is_scalar:
        return Distribution(family="fixed", parameters=(_value(reader, node, dimension),))
    entries = node.entries
    families = [key for key in entries if key in FAMILIES]
    unknown = [key for key in entries if key not in FAMILIES]
    for key in unknown:
        hint = nearest(key, FAMILIES) or f" There are {', '.join(FAMILIES)}."
        reader.fault(entries[key], f'there is no distribution "{key}".{hint}')
    if len(families) != 1 or unknown:
        if not unknown:
            example = f"for example {{exponential: {dimension.example}}}"
            reader.fault(node, f"needs one distribution, {example}; got {kind_of(node)}.")
        return NOTHING
    family = families[0]
    spec = entries[family]
    if family == "mixture":
        return _mixture(reader, spec, dimension)
    if spec.is_scalar and family in ("exponential", "fixed"):
        value = _value(reader, spec, dimension, above_zero=family == "exponential")
        return Distribution(family=family, parameters=(value,))
    before = len(reader.faults)
    given = _given(reader, spec, family)
    if not given:
        return NOTHING
    low, high, cap = (_value(reader, given[k], dimension) if k in given else None for k in LIMITS)
    parameters = _parameters(reader, spec, family, given, dimension)
    found = Distribution(family=family, parameters=parameters, low=low, high=high, cap=cap)
    if len(reader.faults) == before:
        _check_limits(reader, spec, found)
    return found


def least(distribution: Distribution) -> float:
    """The smallest value that can occur."""
    if distribution.family == "uniform":
        value = distribution.parameters[0]
    elif distribution.family in ("fixed", "empirical"):
        low = distribution.low or 0.0
        value = min(value for value in _values(distribution) if value >= low)
    elif distribution.family == "mixture":
        weighted = zip(distribution.parts, distribution.parameters, strict=True)
        value = min(least(part) for part, weight in weighted if weight > 0)
    else:
        value = 0.0
    value = max(value, distribution.low or 0.0)
    return value if distribution.cap is None else min(value, distribution.cap)


def _given(reader: Reader, spec: Node, family: str) -> dict[str, Node]:
    """The parameters written, if each is known; else none."""
    known = _KEYS[family] + LIMITS
    entries = reader.mapping(spec, f"{' and '.join(_KEYS[family][:2])} of the {family} distribution")
    for key, entry in entries.items():
        if key not in known:
            hint = nearest(key, known) or f" It takes {', '.join(known)}."
            reader.fault(entry, f'{family} has no "{key}".{hint}')
    return entries if set(entries) <= set(known) else {}


def _parameters(
    reader: Reader, spec: Node, family: str, given: dict[str, Node], dimension: Dimension
) -> tuple[float, ...]:
    if family == "empirical":
        return _empirical(reader, spec, given, dimension)
    needed = _KEYS[family][: 2 if family == "uniform" else 1]
    missing = [key for key in needed if key not in given]
    if missing:
        reader.fault(spec, f"{family} needs {' and '.join(missing)}.")
        return (0.0,)
    if family in ("exponential", "fixed"):
        return (_value(reader, given[needed[0]], dimension, above_zero=family == "exponential"),)
    if family == "uniform":
        low, high = (_value(reader, given[key], dimension) for key in needed)
        if low > high:
            reader.fault(given["high"], f"needs a high that is not below low; got {given['high'].value}.")
        return low, high
    return _mean_and_spread(reader, spec, family, given, dimension)


def _mean_and_spread(
    reader: Reader, spec: Node, family: str, given: dict[str, Node], dimension: Dimension
) -> tuple[float, ...]:
    spreads = [key for key in SPREADS if key in given]
    if len(spreads) != 1:
        allowed = ", ".join(key for key in _KEYS[family] if key != "mean")
        got = " and ".join(spreads) or "none of them"
        reader.fault(spec, f"{family} needs the mean and exactly one of {allowed}; got {got}.")
        return 0.0, 0.0
    before = len(reader.faults)
    mean = _value(reader, given["mean"], dimension, above_zero=True)
    key = spreads[0]
    if key in ("cv", "shape"):
        spread = reader.number(given[key], 0.001, 1e6) or 0.0
    else:
        spread = _value(reader, given[key], dimension, above_zero=True)
    if len(reader.faults) > before:
        return 0.0, 0.0
    figures: dict[str, float | None] = {key: spread}
    try:
        return from_moments(family, mean, **figures)
    except ValueError as error:
        reader.fault(given[key], str(error))
        return 0.0, 0.0


def _empirical(reader: Reader, spec: Node, given: dict[str, Node], dimension: Dimension) -> tuple[float, ...]:
    if ("file" in given) == ("values" in given) or ("file" in given and "weights" in given):
        reader.fault(spec, "empirical needs values (and weights), or a file.")
        return 0.0, 1.0
    if "file" in given:
        column = "days" if dimension is DURATION else "hours_per_week"
        rows = read_weighted_values(reader, given["file"], column, LONGEST[dimension.name])
        return tuple(v for v, _ in rows) + tuple(w for _, w in rows)
    values = [_value(reader, item, dimension) for item in reader.list_of(given["values"], "values")]
    weights = [1.0] * len(values)
    if "weights" in given:
        weights = [reader.number(item) or 0.0 for item in reader.list_of(given["weights"], "weights")]
    if not values or len(values) != len(weights):
        got = f"{len(weights)} and {len(values)}"
        reader.fault(spec, f"needs as many weights as values, at least one; got {got}.")
    elif sum(weights) <= 0:
        reader.fault(given["weights"], "needs a weight above 0.")
    return tuple(values) + tuple(weights)


def _mixture(reader: Reader, spec: Node, dimension: Dimension) -> Distribution:
    """`mixture: [{share: 0.3, <distribution>}, ...]`, or `{parts: [...], max: ...}`."""
    given = {"parts": spec} if isinstance(spec.value, list) else _given(reader, spec, "mixture")
    if "parts" not in given:
        return NOTHING
    shares, parts = [], []
    before = len(reader.faults)
    for item in reader.list_of(given["parts"], "parts, each a share and a distribution"):
        entries = dict(reader.mapping(item, "a share and a distribution"))
        share = entries.pop("share", None)
        if share is None:
            reader.fault(item, "needs a share and a distribution, for example {share: 0.3, fixed: 3 days}.")
            continue
        shares.append(reader.share(share) or 0.0)
        parts.append(read_distribution(reader, item.with_entries(entries), dimension))
    if len(reader.faults) == before and abs(sum(shares) - 1) > SHARES_TOLERANCE:
        named = {f"part {i}": share for i, share in enumerate(shares)} or {"part 0": 0.0}
        reader.fault(given["parts"], shares_message(named, sum(shares)))
    low, high, cap = (_value(reader, given[k], dimension) if k in given else None for k in LIMITS)
    found = Distribution(family="mixture", parameters=tuple(shares), parts=tuple(parts))
    return replace(found, low=low, high=high, cap=cap)


def _value(reader: Reader, node: Node, dimension: Dimension, *, above_zero: bool = False) -> float:
    value = reader.quantity(node, dimension, 0.0, LONGEST[dimension.name])
    if above_zero and value == 0:
        reader.fault(node, f"needs {dimension.name}, above 0; got {node.value}.")
    return value or 0.0


def _check_limits(reader: Reader, spec: Node, found: Distribution) -> None:
    """`min` and `max` must leave something to draw from."""
    low = 0.0 if found.low is None else found.low
    if found.high is not None and low >= found.high and found.family not in ("fixed", "empirical"):
        reader.fault(spec, "needs a min below max.")
        return
    highest = math.inf if found.high is None else found.high
    if found.family == "uniform":
        nothing = low > found.parameters[1] or highest < found.parameters[0]
    elif found.family in ("fixed", "empirical"):
        nothing = not any(low <= value <= highest for value in _values(found))
    else:
        nothing = False
    if nothing:
        reader.fault(spec, "min and max leave no value of this distribution.")


def _values(distribution: Distribution) -> list[float]:
    """The values of a fixed or empirical distribution that occur."""
    if distribution.family == "fixed":
        return list(distribution.parameters)
    n = len(distribution.parameters) // 2
    weighted = zip(distribution.parameters[:n], distribution.parameters[n:], strict=True)
    return [value for value, weight in weighted if weight > 0]
