"""Times, rates and amounts as people write them ("14 days") and as they are inside (14.0).

Inside, time is days, rates and hazards are a day, amounts are hours per week. Every
function here raises ValueError with words for the person who wrote the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12

_QUANTITY = re.compile(r"\s*([-+]?)((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*(.*?)\s*", re.DOTALL)
_IN_YEARS = re.compile(r"(\S+ ?%) in (\d{1,3}) years?")
_PER = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": DAYS_PER_YEAR}


@dataclass(frozen=True, kw_only=True, slots=True)
class Dimension:
    """A kind of quantity: the units it is written in and what each is inside."""

    name: str
    """As in "needs <name>"."""
    example: str
    units: dict[str, float]
    """Words -> what to multiply by; what begins with % is a hundredth of that."""
    refused: dict[str, str]
    """Words that look right -> why they are not."""


_VAGUE = {
    word: f"{word} are not all of one length. Write days or weeks, for example"
    for word in ("month", "months", "year", "years")
}
DURATION = Dimension(
    name="a time with its unit",
    example="5 days",
    units={
        name + plural: days
        for name, days in {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0}.items()
        for plural in ("", "s")
    },
    refused=_VAGUE,
)
RATE = Dimension(
    name="a rate with its unit",
    example="40 per day",
    units={f"per {name}": 1 / days for name, days in _PER.items()},
    refused={},
)
HAZARD = Dimension(
    name="a rate with its unit",
    example="12% per year",
    units=RATE.units | {f"% per {name}": 1 / days for name, days in _PER.items()},
    refused={"%": "say per what: for example"},
)
GROWTH = Dimension(
    name="a yearly growth",
    example="2.5% per year",
    units={"% per year": 1.0, "per year": 1.0},
    refused={"%": "say per what: for example"},
)
AMOUNT = Dimension(
    name="an amount with its unit",
    example="12 hours per week",
    units={
        f"{unit}{plural} per {per}": hours * times
        for unit, hours in {"hour": 1.0, "minute": 1 / 60}.items()
        for per, times in {"week": 1.0, "day": 7.0}.items()
        for plural in ("", "s")
    },
    refused={"per week": "hours, or minutes, per week: for example"},
)
HOURS = Dimension(
    name="hours with their unit",
    example="13200 per week",
    units=AMOUNT.units | {"per week": 1.0, "per day": 7.0},
    refused={},
)
MONEY = Dimension(
    name="a number of pounds",
    example="1.8 million",
    units={"thousand": 1e3, "million": 1e6, "billion": 1e9},
    refused={},
)
SHARE = Dimension(name="a share", example="0.62 or 62%", units={"": 1.0, "%": 1.0}, refused={})

_DIMENSIONS = {
    "time": DURATION.units,
    "rate": HAZARD.units,
    "amount": AMOUNT.units,
    "number": SHARE.units,
    "money": MONEY.units | {"": 1.0},
}


def split_quantity(text: str) -> tuple[float, str]:
    """The number and the unit of "12 hours per week"; the unit is "" where there is none."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f'needs a number; got "{text}".')
    sign, digits, unit = match.groups()
    if sign == "+":
        raise ValueError(
            f'a leading + is refused, because YAML reads +30 as 30; got "{text}". '
            'Write the number alone, or "plus 30" to change a value by 30.'
        )
    return float(sign + digits), " ".join(unit.split())


def parse_quantity(text: str, dimension: Dimension) -> float:
    """What is written, in the unit used inside: "36 hours" -> 1.5."""
    try:
        number, unit = split_quantity(text)
    except ValueError as error:
        if "leading +" in str(error):
            raise
        raise ValueError(unlike(text, dimension)) from None
    if unit in dimension.units:
        # Divided, not multiplied by 0.01: 70% is then exactly what 0.7 is.
        return (number / 100 if unit.startswith("%") else number) * dimension.units[unit]
    if unit in dimension.refused:
        raise ValueError(f'{dimension.refused[unit]} "{dimension.example}"; got "{text}".')
    if not unit:
        raise ValueError(bare_number(text.strip(), dimension))
    raise ValueError(unlike(text, dimension))


def unlike(text: str, dimension: Dimension) -> str:
    """What to tell somebody who wrote something else."""
    return f'needs {dimension.name}, for example "{dimension.example}"; got "{text}".'


def bare_number(text: str, dimension: Dimension) -> str:
    """What to tell somebody who left the unit out."""
    return f'needs {dimension.name}, for example "{dimension.example}"; got {text} without a unit.'


def parse_growth(text: str) -> float:
    """A yearly growth, compound: "2.5% per year" -> 0.025, "44% in 2 years" -> 0.2, for 1.2 x 1.2 is 1.44."""
    match = _IN_YEARS.fullmatch(" ".join(text.split()))
    if match is None:
        return parse_quantity(text, GROWTH)
    total, years = parse_quantity(match[1], SHARE), int(match[2])
    if years < 1 or total <= -1:
        raise ValueError(f'needs more than -100%, in 1 year or more; got "{text}".')
    return float((1 + total) ** (1 / years) - 1)


def parse_duration(text: str) -> float:
    """Days: "6 weeks" -> 42.0."""
    return parse_quantity(text, DURATION)


def same_unit(text: str, other_unit: str, unit: str) -> float:
    """The factor from `other_unit` to `unit` where both measure the same thing.

    Raises:
        ValueError: they do not; `text` is what was written with `other_unit`.
    """
    for units in _DIMENSIONS.values():
        if unit in units and other_unit in units:
            hundredth = (unit.startswith("%"), other_unit.startswith("%"))
            scale = {(True, False): 100.0, (False, True): 0.01}.get(hundredth, 1.0)
            return scale * units[other_unit] / units[unit]
    if not other_unit:
        raise ValueError(f'needs the unit too, for example "{text} {unit}".')
    raise ValueError(f'is in "{unit or "plain numbers"}", so it cannot be changed by "{text}".')


def format_number(number: float) -> str:
    """Up to twelve digits, without a trailing .0: 162.00000000000003 -> "162"."""
    text = f"{number:.12g}"
    return text if "e" not in text else repr(float(text))


def format_duration(days: float) -> str:
    """Words for a time: 42.0 -> "6 weeks", 1.5 -> "1.5 days", 0.25 -> "6 hours"."""
    number, unit = days, "day"
    if days and days % 7 == 0:
        number, unit = days / 7, "week"
    elif 0 < abs(days) < 1:
        number, unit = days * 24, "hour"
        if abs(number) < 1:
            number, unit = days * 1440, "minute"
    return f"{format_number(number)} {unit}{'' if number == 1 else 's'}"
