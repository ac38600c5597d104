from __future__ import annotations

import pytest

from caresim.measures.catalogue import MEASURES
from caresim.report.html import cards
from caresim.report.pictures import by_payer
from caresim.report.tables import (
    against_expected,
    first_screen,
    heading,
    headline,
    listed,
    over_or_under,
    waiting_where,
)
from caresim.report.words import text_of
from report.made_results import county


def table(results, title: str):
    return next(each for each in first_screen(results) if each.title.startswith(title))


def test_the_first_screen_tells_delays_services_costs_and_published_figures():
    titles = [each.title for each in first_screen(county())]
    assert titles == [
        "Published figures and the model's",
        "Delayed transfers of care",
        "Delayed for want of",
        "Responsible for the delay",
        "Services",
        "Cost in 60 days",
    ]


def test_a_system_without_a_hospital_has_no_delayed_transfers():
    titles = [each.title for each in first_screen(county(kind="other"))]
    assert titles[1] == "Services"
    assert headline(county(kind="other")).startswith("Cost of care: £")


def test_nobody_delayed_is_told_without_reasons():
    results = county(change=("services.ward.next", "home"))
    assert [each.title for each in first_screen(results)][1:3] == ["Delayed transfers of care", "Services"]


def test_the_first_screen_fits_on_a_terminal():
    for each in first_screen(county()):
        assert max(map(len, text_of(each).splitlines())) <= 100


def test_services_come_in_the_order_people_meet_them():
    names = [row[0] for row in table(county(), "Services").rows if not row[0].startswith(" ")]
    assert names == ["General wards", "The reablement team", "Home care"]


def test_places_are_the_mean_of_the_window_and_hours_say_so():
    places = {row[0]: row[1] for row in table(county(), "Services").rows}
    assert places["General wards"] == "34"
    assert places["The reablement team"] == "23.5"
    assert places["Home care"] == "420 h/week"


def test_where_people_wait_adds_up_to_the_queue():
    results = county()
    words = waiting_where(results)["team"]
    assert "in General wards" in words
    queue = next(row for row in table(results, "Services").rows if row[0] == "The reablement team")[3]
    there = sum(float(part.split(" ")[0]) for part in words.split(", "))
    assert there == pytest.approx(float(queue.split(" ")[0]), abs=0.11)


def test_published_figures_say_whether_they_were_met_and_whether_the_model_was_tuned_to_them():
    tuned, wait, shown, rate = table(county(), "Published").rows
    assert tuned[0] == "Tuned: the system was adjusted to meet these; 0 of 1 met"
    assert wait[0] == "  Mean wait, days: The reablement team"
    assert (wait[1], wait[3], wait[4]) == ("1,000", "10 %", "no")
    assert shown[0].startswith("Shown, not tuned; ")
    assert rate[:2] == ("  Delayed, % of occupied beds", "3.5")


def test_the_headline_stands_over_published_figures_only():
    delayed, judged, cost = headline(county()).splitlines()
    assert delayed.startswith("Delayed in hospital: ")
    assert delayed.endswith(" % of occupied beds")
    assert judged.startswith("The rate is ")
    assert ", of which while delayed £" in cost
    assert headline(county(change=("published", "[]"))) == ""
    nobody_delayed = headline(county(change=("services.ward.next", "home")))
    assert "while delayed" not in nobody_delayed
    assert nobody_delayed.splitlines()[-1].startswith("Cost of care: £")


AT_HOME = "{label: At home again, kind: home, places: unlimited, care_time: 9 days, next: home}"
PRICED = AT_HOME.replace("places", "cost: {per_year: 1000, payer: nhs}, places")


@pytest.mark.parametrize(("service", "rows", "folded"), [(AT_HOME, 3, True), (PRICED, 4, False)])
def test_what_is_unlimited_and_free_and_never_waited_for_has_no_row(service, rows, folded):
    shown = table(county(change=("services.at_home", service)), "Services")
    names = [row[0] for row in shown.rows if not row[0].startswith(" ")]
    assert len(names) == rows
    assert ("At home again" in names) is not folded
    assert shown.note.startswith("Also, without limit and nobody waited: At home again. wait:") is folded


def test_where_no_service_has_anything_to_tell_all_have_a_row():
    """Four services without limit, price or queue."""
    free = county(change=("services", f"{{ward: {AT_HOME}, team: {AT_HOME}}}"))
    assert len(table(free, "Services").rows) == 2


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (3.6, 4.0, "clearly above"),
        (3.0, 3.4, "clearly below"),
        (3.4, 3.6, "not clearly above or below"),
        (None, None, "not above"),
    ],
)
def test_the_rate_is_judged_by_its_interval(low, high, words):
    rate = {"mean": 3.5, "low": low, "high": high}
    sentence = against_expected(county(), {"mean": 7.0, "low": None, "high": None}, rate)
    assert sentence == (f"The rate is {words} the national expectation of 3.5 %; 3.5 % would be 7.0 people.")


def test_one_replication_says_so():
    assert heading(county(replications=1)).endswith("one replication says nothing about spread")


def test_what_is_paid_besides_and_budgets_have_tables_of_their_own_only_where_there_are_some():
    titles = {one.title for one in first_screen(county())}
    assert "Cost in 60 days" in titles
    assert not any(word in title for title in titles for word in ("Budget", "besides", "prices of"))


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ("{per_day: 300, payer: nhs}", ""),
        ("{per_delayed_day: 300, payer: nhs}", "Priced only while people are delayed there: General wards."),
        ("{per_delayed_day: 300, per_day: 200, payer: nhs}", ""),
        ("null", "Without a price: General wards."),
    ],
)
def test_the_cost_says_what_has_no_price(cost, words):
    assert table(county(change=("services.ward.cost", cost)), "Cost in").note == words


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("services.ward.next", "home"), True),
        (("services.ward.cost", "{per_day: 300, payer: nhs}"), True),
        (("services.ward.cost", "null"), False),
    ],
)
def test_what_delay_costs_is_told_if_it_costs_nothing_and_not_if_it_has_no_price(change, told):
    """People are delayed in the ward alone; the first change has nobody wait there."""
    results = county(change=change)
    assert ("of which while delayed" in dict(table(results, "Cost in").rows)) is told
    assert ("Cost of delay" in {card["what"] for card in cards(results)}) is told
    assert ("of it while people were delayed" in by_payer(results).title) is told


def test_where_only_an_intervention_has_a_price_every_service_is_without():
    free = [(f"services.{name}.cost", "null") for name in ("ward", "team", "packages")]
    results = county(changes=(*free, ("interventions", "{navigator: {cost: {per_year: 36525, payer: nhs}}}")))
    assert table(results, "Cost in").note == "Without a price: Home care, The reablement team, General wards."


def test_a_long_list_is_cut_and_says_by_how_much():
    assert listed(["a", "b", "c"], most=3) == "a, b, c"
    assert listed(["a", "b", "c", "d"], most=2) == "a, b and 2 more"


def test_an_intervention_is_told_with_who_pays_it():
    """Sixty days of 365.25 at 36,525 a year, half from each."""
    words = "{navigator: {cost: {per_year: 36525, once: 90, payer: {nhs: 0.5, council: 0.5}}}}"
    rows = table(county(change=("interventions", words)), "Of this").rows
    assert rows == (
        ("Navigator, once", "Council", "£45.0 (45.0 to 45.0)"),
        ("Navigator, once", "NHS", "£45.0 (45.0 to 45.0)"),
        ("Navigator", "Council", "£3.0k (3.0 to 3.0)"),
        ("Navigator", "NHS", "£3.0k (3.0 to 3.0)"),
    )


def test_staff_are_told_with_who_pays_them_and_their_service_has_a_price():
    """Four in post for 60 of 365.25 days at 36,525 a year; the team they do the work of has no other price."""
    words = "{carers: {label: Our carers, posts: 4, cost: {per_post_year: 36525, payer: council}}}"
    results = county(
        changes=(
            ("staff", words),
            ("services.team.places", "{staff: carers, per_worker: 9}"),
            ("services.team.cost", "null"),
        )
    )
    assert table(results, "Of this, staff, interventions").rows == (
        ("Our carers, in post", "Council", "£24.0k (24.0 to 24.0)"),
    )
    assert table(results, "Cost in").note == ""


def test_a_further_line_is_told_by_service_and_name():
    words = "{shared_lives: {per_stay: 100, payer: nhs}}"
    row = table(county(change=("services.team.cost.also", words)), "Of this").rows[0]
    assert row[:2] == ("The reablement team: shared lives", "NHS")


def test_a_budget_stands_beside_the_cost_with_the_difference():
    """Half of what the NHS pays: over by as much again."""
    nhs = MEASURES["cost_total"].estimate(county(), where={"payer": "nhs"})["mean"].iloc[0]
    words = f"{{hospital: {{label: Hospital, payer: nhs, amount: {float(nhs) / 120 * 366!r}}}}}"
    found = table(county(change=("budgets", words)), "Budgets for 60 days")
    assert found.rows[0][0] == "Hospital"
    assert found.rows[0][4] == "over by 100.0 %"


def test_the_year_of_prices_is_said():
    words = "{year: 2022/23, to: 2023/24, inflation: 5% per year}"
    assert table(county(change=("prices", words)), "Cost in 60 days").title.endswith(", in prices of 2023/24")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1.0, 3.0, "over by 2.0 %"),
        (-1.0, 5.0, "not clearly over or under"),
        (None, None, "over by 2.0 %"),
    ],
)
def test_a_budget_is_judged_by_the_interval_of_the_difference(low, high, words):
    assert over_or_under({"mean": 2.0, "low": low, "high": high}, 100.0) == words


def test_what_is_clearly_less_than_the_budget_is_under_it():
    assert over_or_under({"mean": -2.0, "low": -3.0, "high": -1.0}, 100.0) == "under by 2.0 %"
    assert over_or_under({"mean": 2.0, "low": 1.0, "high": 3.0}, 0.0) == "over"
