"""Published figures in words, on the three people of `records/rows_by_hand.py`: half the ward's nights delayed."""

from __future__ import annotations

import json

import pytest

from caresim.records.results import Results
from caresim.report.published import in_words, published_table, words_of
from caresim.report.words import kinds_of, text_of
from measures.results_by_hand import price, results_of
from records.rows_by_hand import INFO, three_people


def results(*lines: dict[str, object], replications: int = 2) -> Results:
    small = {
        "published": [
            {"used": "shown", "source": "C01", "within_unit": "%" if line.get("within") else None}
            | {"within": None, "start": None, "end": None}
            | line
            | {"where": json.dumps(line.get("where", {}))}
            for line in lines
        ],
        "names": [{"what": "stream", "name": "gp", "label": "From the doctor"}],
    }
    prices = [price("ward", "per_day", 1000)]
    return results_of(INFO, [three_people()] * replications, prices=prices, small=small)


RATE = {"measure": "dtoc_rate", "value": 48}


def test_what_was_tuned_stands_first_under_a_heading_that_counts() -> None:
    met = RATE | {"within": 10.0, "used": "tuned"}
    missed = RATE | {"value": 80, "within": 10.0, "used": "tuned"}
    found = published_table(results(RATE, met, missed))
    assert found.rows == (
        ("Tuned: the system was adjusted to meet these; 1 of 2 met", "", "", "", ""),
        ("  Delayed, % of occupied beds", "48", "50.0 (50.0 to 50.0)", "10 %", "yes"),
        ("  Delayed, % of occupied beds", "80", "50.0 (50.0 to 50.0)", "10 %", "no"),
        ("Shown, not tuned", "", "", "", ""),
        ("  Delayed, % of occupied beds", "48", "50.0 (50.0 to 50.0)", "", ""),
    )


def test_what_was_met_is_counted_only_where_every_line_says_how_near_it_should_be() -> None:
    found = published_table(results(RATE, RATE | {"within": 10.0}))
    assert found.rows[0][0] == "Shown, not tuned"


def test_lines_that_fit_are_told_in_full() -> None:
    where = {"service": "care", "age": "old"}
    found = published_table(results({"measure": "people", "where": where, "value": 2}))
    assert found.rows[1][0] == "  People with a place: Home care, age old"


def test_lines_that_do_not_fit_share_a_heading_and_keep_what_is_their_own() -> None:
    shares = [
        {"measure": "dtoc_share", "where": {"age": "old", "reason": reason}, "value": 6}
        for reason in ("A", "F")
    ]
    whole = {"measure": "dtoc_share", "where": {"age": "old"}, "value": 100}
    found = published_table(results(*shares, whole))
    assert [row[0] for row in found.rows] == [
        "Shown, not tuned",
        "  % of delayed nights: age old",
        "    A completion of assessment",
        "    F community equipment or adaptations",
        "    all",
    ]
    assert kinds_of(found.rows) == ["heading", "heading", "figures", "figures", "figures"]


def test_the_months_are_said_and_lines_of_other_months_have_another_heading() -> None:
    april = {"start": 0.0, "end": 2.0}
    line = {"measure": "dtoc_nights", "where": {"reason": "F", "age": "old"}, "value": 6}
    whole, first = published_table(results(line, line | april)).rows[1:]
    assert whole[0] == "  Delayed in hospital, nights: age old, F community equipment or adaptations"
    assert first[0] == f"{whole[0]}, 2019-04"
    both = {"start": 0.0, "end": 4.0}
    assert published_table(results(RATE | both)).rows[1][0].endswith("beds: 2019-04 to 2019-05")


def test_what_cannot_be_modelled_says_why_beneath_it() -> None:
    found = published_table(results(RATE | {"start": 1.0, "end": 4.0}, RATE))
    assert found.rows[1][2] == "-"
    assert found.rows[2][0].strip() == "its period is not made of whole months of the window"
    assert kinds_of(found.rows) == ["heading", "figures", "remark", "figures"]


def test_sources_have_a_column_on_a_page_only() -> None:
    on_screen, on_page = (published_table(results(RATE), sourced=sourced) for sourced in (False, True))
    assert "source" not in on_screen.heads
    assert on_page.heads[-1] == "source"
    assert on_page.rows[1][-1] == "C01"
    assert {len(row) for row in on_page.rows} == {6}
    assert "C01" not in text_of(on_screen)


def test_money_is_told_as_money_and_large_numbers_in_full() -> None:
    cost, many = published_table(
        results({"measure": "cost_total", "value": 1234567}, {"measure": "dtoc_nights", "value": 1234567})
    ).rows[1:]
    assert cost[1:3] == ("£1.2m", "£3.8k (3.8 to 3.8)")
    assert many[1] == "1,234,567"


def test_without_published_figures_there_is_no_row() -> None:
    assert published_table(results()).rows == ()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("service", "care", "Home care"),
        ("awaited", "care", "waiting for Home care"),
        ("where", "ward", "in Ward"),
        ("where", "outside", "outside"),
        ("stream", "gp", "From the doctor"),
        ("reason", "Di", "Di residential home"),
        ("reason", "Z", "reason Z"),
        ("responsible", "social_care", "Social care responsible"),
        ("payer", "nhs", "NHS"),
        ("live_in", "cheshire_east", "live in cheshire east"),
    ],
)
def test_a_restriction_is_put_into_words(key: str, value: str, words: str) -> None:
    assert in_words(results(), key, value) == words


def test_a_service_comes_first_and_a_reason_last() -> None:
    where = {"reason": "E", "area": "west", "age": "old", "service": "ward"}
    assert words_of(results(), where) == "Ward, age old, area west, E care package in own home"


def test_the_table_is_as_wide_as_a_terminal_at_most() -> None:
    where = {"service": "care", "age": "old", "funding": "council"}
    long = [{"measure": "permanent_admissions_65", "where": where, "value": value} for value in (1, 2)]
    for lines in (long, long[:1]):
        assert max(map(len, text_of(published_table(results(*lines))).splitlines())) <= 100
