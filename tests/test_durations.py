"""Times, rates and amounts: words in, one unit inside, and words that help when they are wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caresim.durations import (
    AMOUNT,
    DURATION,
    GROWTH,
    HAZARD,
    HOURS,
    RATE,
    SHARE,
    Dimension,
    format_duration,
    format_number,
    parse_duration,
    parse_growth,
    parse_quantity,
    same_unit,
    split_quantity,
)


@pytest.mark.parametrize(
    ("text", "dimension", "inside"),
    [
        ("5 days", DURATION, 5.0),
        ("1 day", DURATION, 1.0),
        ("6 weeks", DURATION, 42.0),
        ("36 hours", DURATION, 1.5),
        ("30 minutes", DURATION, 30 / 1440),
        ("  0.5   days ", DURATION, 0.5),
        ("1e1 days", DURATION, 10.0),
        ("75 per day", RATE, 75.0),
        ("7 per week", RATE, 1.0),
        ("2 per hour", RATE, 48.0),
        ("365.25 per year", RATE, 1.0),
        ("365.25 per month", RATE, 12.0),
        ("12 hours per week", AMOUNT, 12.0),
        ("1 hour per day", AMOUNT, 7.0),
        ("90 minutes per week", AMOUNT, 1.5),
        ("13200 per week", HOURS, 13200.0),
        ("13200 hours per week", HOURS, 13200.0),
        ("2.5% per year", GROWTH, 0.025),
        ("-2.5 % per year", GROWTH, -0.025),
        ("36.525% per year", HAZARD, 0.001),
        ("0.36525 per year", HAZARD, 0.001),
        ("62%", SHARE, 0.62),
        ("0.62", SHARE, 0.62),
    ],
)
def test_a_quantity_is_read_in_the_unit_used_inside(text: str, dimension: Dimension, inside: float) -> None:
    assert parse_quantity(text, dimension) == pytest.approx(inside, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "a_year"),
    [
        ("2.5% per year", 0.025),
        ("44% in 2 years", 0.2),
        ("-19 % in 2 years", -0.1),
        ("10% in 1 year", 0.1),
        ("92% in 20 years", 1.92 ** (1 / 20) - 1),
    ],
)
def test_a_growth_over_several_years_is_the_same_in_each(text: str, a_year: float) -> None:
    assert parse_growth(text) == pytest.approx(a_year)


@pytest.mark.parametrize(
    "text", ["44% in 0 years", "-100% in 2 years", "44% in two years", "0.44 in 2 years", "44%"]
)
def test_what_is_no_growth_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"needs|say per what"):
        parse_growth(text)


def test_a_percentage_is_exactly_the_share_it_stands_for() -> None:
    """70 x 0.01 is 0.7000000000000001; two ways to write one share must give one scenario."""
    assert [parse_quantity(f"{n}%", SHARE) for n in range(101)] == [float(f"{n / 100}") for n in range(101)]


@pytest.mark.parametrize(
    ("text", "dimension", "message"),
    [
        ("5", DURATION, 'needs a time with its unit, for example "5 days"; got 5 without a unit.'),
        ("days", DURATION, 'needs a time with its unit, for example "5 days"; got "days".'),
        ("5 per day", DURATION, 'needs a time with its unit, for example "5 days"; got "5 per day".'),
        (
            "2 months",
            DURATION,
            'months are not all of one length. Write days or weeks, for example "5 days"; got "2 months".',
        ),
        ("inf days", DURATION, 'needs a time with its unit, for example "5 days"; got "inf days".'),
        ("1,000 per day", RATE, 'needs a rate with its unit, for example "40 per day"; got "1,000 per day".'),
        ("5 6 days", DURATION, 'needs a time with its unit, for example "5 days"; got "5 6 days".'),
        ("12%", HAZARD, 'say per what: for example "12% per year"; got "12%".'),
        (
            "+2 days",
            DURATION,
            'a leading + is refused, because YAML reads +30 as 30; got "+2 days". '
            'Write the number alone, or "plus 30" to change a value by 30.',
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_what_would_do(
    text: str, dimension: Dimension, message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        parse_quantity(text, dimension)
    assert str(caught.value) == message


def test_years_and_months_are_no_durations() -> None:
    for text in ("1 year", "2 years", "1 month"):
        with pytest.raises(ValueError, match="not all of one length"):
            parse_duration(text)


def test_a_unit_is_turned_into_another_of_the_same_kind_only() -> None:
    assert same_unit("7 per week", "per week", "per day") == pytest.approx(1 / 7)
    assert same_unit("5%", "%", "") == pytest.approx(0.01)
    assert same_unit("0.05", "", "%") == pytest.approx(100)
    with pytest.raises(ValueError, match='needs the unit too, for example "3 per day"'):
        same_unit("3", "", "per day")
    with pytest.raises(ValueError, match='is in "per day", so it cannot be changed by "3 days"'):
        same_unit("3 days", "days", "per day")


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (0.0, "0 days"),
        (1.0, "1 day"),
        (1.5, "1.5 days"),
        (42.0, "6 weeks"),
        (7.0, "1 week"),
        (0.25, "6 hours"),
        (30 / 1440, "30 minutes"),
    ],
)
def test_a_duration_is_told_in_words(days: float, text: str) -> None:
    assert format_duration(days) == text


@given(st.floats(min_value=0, max_value=36525, allow_subnormal=False))
def test_words_for_a_duration_can_be_read_back(days: float) -> None:
    assert parse_duration(format_duration(days)) == pytest.approx(days, rel=1e-11, abs=1e-15)


@given(st.text())
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        number, unit = split_quantity(text)
    except ValueError as error:
        number, unit, message = 0.0, "", str(error)
    else:
        message = "."
    assert number == number
    assert unit == " ".join(unit.split())
    assert message.endswith(".")


def test_numbers_are_written_without_rounding_errors() -> None:
    assert format_number(180 * 0.9) == "162"
    assert format_number(0.1 + 0.2) == "0.3"
    assert format_number(13200.5) == "13200.5"
