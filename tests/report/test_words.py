from __future__ import annotations

import math

import pytest

from caresim.report.words import (
    Table,
    count,
    digits_to_show,
    payer_label,
    pounds,
    rounded,
    text_of,
    with_interval,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0.0"),
        (0.0444, "0.04"),
        (0.996, "1.0"),
        (41.04, "41.0"),
        (99.97, "100"),
        (12345.6, "12,346"),
        (-3.21, "-3.2"),
    ],
)
def test_a_figure_has_as_many_digits_as_one_reads(value, words):
    assert rounded(value) == words


def test_what_there_is_not_is_a_dash():
    assert (
        rounded(None) == rounded(math.nan) == with_interval({"mean": None, "low": None, "high": None}) == "-"
    )


def test_an_interval_has_the_digits_of_its_mean():
    assert with_interval({"mean": 4.9, "low": 0.123, "high": 105.2}) == "4.9 (0.1 to 105.2)"


def test_without_an_interval_the_mean_stands_alone():
    assert with_interval({"mean": 4.9, "low": math.nan, "high": math.nan}) == "4.9"


@pytest.mark.parametrize(
    ("mean", "words"), [(2_345_678, "£2.3m"), (674_000, "£674k"), (12, "£12.0"), (-224_000, "-£224k")]
)
def test_money_is_told_in_the_size_that_fits(mean, words):
    assert pounds({"mean": mean, "low": None, "high": None}) == words


def test_the_interval_of_a_sum_has_its_size():
    assert pounds({"mean": -2e6, "low": -3e6, "high": 1e6}) == "-£2.0m (-3.0 to 1.0)"
    assert pounds({"mean": 995e3, "low": 961e3, "high": 1.03e6}) == "£995k (961 to 1,030)"
    assert pounds({"mean": 20.3e6, "low": 20.25e6, "high": 20.35e6}).startswith("£20.3m")


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        ((-60_300, -1_169_700, 1_049_200), "-£0.06m (-1.17 to 1.05)"),
        ((-373, -5_297, 4_550), "-£0.37k (-5.30 to 4.55)"),
        ((950_000, 900_000, 1_000_000), "£0.95m (0.90 to 1.00)"),
        ((12, 10, 14), "£12.0 (10.0 to 14.0)"),
    ],
)
def test_a_sum_and_its_interval_are_told_in_one_size_that_fits_both(estimate, words):
    assert pounds(dict(zip(("mean", "low", "high"), estimate, strict=True))) == words


@pytest.mark.parametrize(
    ("mean", "low", "high", "words"),
    [
        (0.0, 0.0, 0.0, "0.0 (0.0 to 0.0)"),
        (0.004, 0.003, 0.005, "0.004 (0.003 to 0.005)"),
        (-0.0004, -0.002, 0.001, "0.000 (-0.002 to 0.001)"),
        (0.0, -0.0004, 0.0004, "0.0000 (-0.0004 to 0.0004)"),
        (120.4, 0.3, 240.6, "120.4 (0.3 to 240.6)"),
        (120.4, 0.0003, 240.6, "120 (0 to 241)"),
        (0.12, -0.001, 0.24, "0.12 (0.00 to 0.24)"),
    ],
)
def test_a_difference_has_the_digits_that_tell_it_from_none(mean, low, high, words):
    assert with_interval({"mean": mean, "low": low, "high": high}, difference=True) == words


def test_a_difference_of_one_replication_has_the_digits_that_tell_it_from_none():
    assert with_interval({"mean": 0.0004, "low": None, "high": None}, difference=True) == "0.0004"


@pytest.mark.parametrize("size", [0.5, 0.05, 0.005, 0.6, 0.0049, 1.0, 3e-7])
def test_what_is_to_be_shown_does_not_round_to_nothing(size):
    digits = digits_to_show(size)
    assert float(f"{size:.{digits}f}") > 0
    assert digits == 0 or size <= 0.5 / 10 ** (digits - 1)


def test_payers_are_told_in_words():
    assert [payer_label(name) for name in ("nhs", "self_funder")] == ["NHS", "Self funder"]


def test_words_stand_left_and_figures_right():
    table = Table("Beds", ("", "places", "used"), (("Ward", "370", "9 %"), ("Team", "8", "100 %")))
    assert text_of(table) == "Beds\n      places   used\nWard     370    9 %\nTeam       8  100 %"


def test_a_remark_runs_across_under_its_row():
    table = Table("", ("", "n"), (("Ward", "3"), ("    waiting: 2 outside", "")))
    assert text_of(table).splitlines()[-1] == "    waiting: 2 outside"


def test_long_words_go_on_in_the_next_line_and_nothing_is_wider_than_asked():
    table = Table("", ("", "n"), (("A community hospital with a name that never ends", "1 (0 to 2)"),))
    lines = text_of(table, width=30).splitlines()
    assert max(map(len, lines)) <= 30
    assert (
        " ".join(" ".join(lines).split()) == "n A community 1 (0 to 2) hospital with a name that never ends"
    )


def test_a_rounded_nothing_has_no_minus():
    estimate = {"mean": -0.001, "low": -0.004, "high": 0.2}
    assert with_interval(estimate) == "0.00 (0.00 to 0.20)"
    assert rounded(-0.001) == "0.00"
    assert rounded(-0.006) == "-0.01"


def test_one_is_not_many():
    assert [count(n, "day") for n in (0, 1, 1.0, 2, 36525.0)] == [
        "0 days",
        "1 day",
        "1 day",
        "2 days",
        "36525 days",
    ]


def test_names_of_variants_break_between_their_changes():
    name = "winter, ward.places plus 0, arrivals.emergency.rate times 1.05"
    table = Table("", ("", "n"), ((name, "4" * 70), ("ward.places_of_some_length plus 10", "4")))
    lines = [line.split("  4")[0].strip() for line in text_of(table).splitlines()]
    assert lines == [
        "n",
        "winter, ward.places plus 0,",
        "arrivals.emergency.rate",
        "times 1.05",
        "ward.places_of_some_length",
        "plus 10",
    ]


def test_wide_signs_take_two_columns():
    """A terminal gives each of the two in 東京 two columns, and the accent of e + U+0301 none."""
    table = Table("", ("", "n"), (("\u6771\u4eac", "1"), ("abcd", "2"), ("e\u0301bcd", "3")))
    lines = text_of(table).splitlines()
    assert lines[1] == "\u6771\u4eac  1"
    assert lines[2] == "abcd  2"
    assert lines[3] == "e\u0301bcd  3"
