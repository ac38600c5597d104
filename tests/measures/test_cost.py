"""Prices applied to what three people used; every sum can be done in the head.

In the ward Ada (council) spends 3.25 days from time 0, of them 1.75 delayed, Bo (self) half a day
after waiting a quarter; one is admitted in the window and one turned away. Home care: Ada three
quarters of a day at 10 hours a week. Six place-days in the ward, four days in the window.
"""

from __future__ import annotations

import numpy as np
import pytest

from caresim.errors import ResultsError
from caresim.measures.cost import block_places, budget_of_window, delay_is_priced, unpriced
from caresim.measures.summary import summary
from caresim.records.recorder import Recorder
from caresim.records.results import Results
from measures.results_by_hand import price, results_of
from measures.test_delays import told
from records.rows_by_hand import INFO, three_people
from records.test_staff import STAFFED, comings_and_goings


def costed(*prices: dict[str, object], **small: list[dict[str, object]]) -> Results:
    return results_of(INFO, [three_people()], prices=prices, small=small)


def intervention(item: str, pounds: float, start: float = 0.0, end: float | None = None, **other: object):
    row = {"intervention": "navigator", "label": "Navigator", "item": item, "price": pounds, "payer": "nhs"}
    return {**row, "share": 1.0, "start": start, "end": end, **other}


def budget(name: str, amount: float, days: float = 8.0, **other: object):
    row = {"budget": name, "label": name, "amount": amount, "start": 0.0, "end": days}
    return {**row, "payers": [], "of": [], "where": {}, **other}


@pytest.mark.parametrize(
    ("item", "units"),
    [
        ("per_day", 3.75),
        ("per_week", 3.75 / 7),
        ("per_stay", 1),
        ("per_place_day", 6),
        ("per_waiting_day", 0.25),
        ("per_delayed_day", 1.75),
        ("per_turned_away", 1),
        ("per_year", 4 / 365.25),
    ],
)
def test_each_price_is_charged_on_its_own_units(item, units):
    assert told(costed(price("ward", item, 100)), "cost_total")[None] == pytest.approx(100 * units)


def test_a_stay_is_charged_to_who_pays_at_admission():
    """Bo pays for himself when he comes, and is the council's by the time he leaves."""
    recorder = three_people()
    recorder.classes = np.array([[0, 0], [1, 1], [0, 1], [1, 0]])
    stays = recorder.rows("stays").copy()
    stays[stays[:, 0] == 1, -1] = 3
    later = Recorder()
    later.classes, later.streams = recorder.classes, recorder.streams
    later.stay(stays.ravel().tolist())
    later.flow(recorder.rows("flows").ravel().tolist())
    prices = [price("ward", "per_stay", 100, payer, funding=payer) for payer in ("council", "self")]
    results = results_of(INFO, [later], prices=prices)
    assert told(results, "cost_total", "payer") == {"council": 0, "self": 100}


def test_hours_are_charged_as_supplied():
    results = costed(price("care", "per_hour", 16))
    assert told(results, "cost_total")[None] == pytest.approx(16 * 10 * 0.75 / 7)


def test_payers_share_a_price():
    nhs = price("ward", "per_day", 100, share=0.25)
    results = costed(nhs, price("ward", "per_day", 100, "council", share=0.75))
    assert told(results, "cost_total", "payer") == {"nhs": 93.75, "council": 281.25}


def test_a_price_may_go_by_an_attribute():
    results = costed(
        price("ward", "per_day", 100, "council", funding="council"),
        price("ward", "per_day", 200, "self", funding="self"),
    )
    assert told(results, "cost_total", "payer") == {"council": 325, "self": 100}
    assert told(results, "cost_total", "age") == {"old": 325, "young": 100}


def test_what_is_paid_for_the_service_falls_on_payers_by_their_place_days():
    results = costed(
        price("ward", "per_place_day", 10, "council", funding="council"),
        price("ward", "per_place_day", 10, "self", funding="self"),
    )
    found = told(results, "cost_total", "payer")
    assert found == {"council": pytest.approx(60 * 3.25 / 3.75), "self": pytest.approx(60 * 0.5 / 3.75)}


def test_nobody_held_leaves_the_whole_sum_to_be_paid():
    results = results_of(
        INFO,
        [three_people()],
        prices=[
            price("assess", "per_year", 365.25, "council", funding="council"),
            price("assess", "per_year", 365.25, "self", funding="self"),
        ],
    )
    assert told(results, "cost_total")[None] == pytest.approx(4)


def test_a_block_is_paid_used_or_not_and_only_the_rest_at_the_ordinary_price():
    """One block place: used 0.6875 + 0.125 of the time; two held only 0.125 x 4 = half a day."""
    results = costed(
        price("ward", "per_day", 100), price("ward", "block_per_week", 70, "council", block_places=1.0)
    )
    assert told(results, "cost_total", "item") == {
        "block_per_week": pytest.approx(4 / 7 * 70),
        "per_day": pytest.approx(50),
    }
    row = block_places(results).iloc[0]
    assert (row["paid"], row["used"], row["unused"]) == (1, 0.8125, 0.1875)
    assert told(results, "block_unused") == {None: 0.1875}


def test_a_block_leaves_each_month_its_own_rest():
    """Two are held only in April, for half a day; in May the one in the ward is in the block."""
    results = costed(price("ward", "per_day", 100), price("ward", "block_per_week", 0, block_places=1.0))
    found = told(results, "cost_total", "month")
    assert found == {"2019-04": pytest.approx(50), "2019-05": pytest.approx(0)}


def test_a_block_larger_than_what_is_held_leaves_nothing_at_the_ordinary_price():
    results = costed(price("ward", "per_day", 100), price("ward", "block_per_week", 70, block_places=5.0))
    assert told(results, "cost_total", "item") == {"block_per_week": pytest.approx(200), "per_day": 0}


def test_a_place_day_price_without_places_is_refused():
    with pytest.raises(ResultsError, match="reable has a price per_place_day but no number of places"):
        told(costed(price("reable", "per_place_day", 10)), "cost_total")


def test_an_unknown_item_is_refused():
    with pytest.raises(ResultsError, match='there is no item "per_mile"'):
        told(costed(price("ward", "per_mile", 10)), "cost_total")


def test_delay_costs_the_place_held_and_less_what_was_waited_for():
    """1.75 days at 100 + 300 a day; 1.25 of them waited for care at 16 x 10 / 7 pounds a day."""
    results = costed(
        price("ward", "per_day", 100), price("ward", "per_delayed_day", 300), price("care", "per_hour", 16)
    )
    assert told(results, "cost_of_delay") == {None: 700}
    assert told(results, "cost_of_delay", "month") == {"2019-04": 200, "2019-05": 500}
    assert told(results, "cost_of_delay_net")[None] == pytest.approx(700 - 1.25 * 160 / 7)


def test_a_block_does_not_make_delay_cheaper():
    results = costed(price("ward", "per_day", 100), price("ward", "block_per_week", 70, block_places=5.0))
    assert told(results, "cost_of_delay") == {None: 175}


@pytest.mark.parametrize(
    ("service", "item", "priced"),
    [
        ("ward", "per_day", True),
        ("ward", "night_nurse.per_day", True),
        ("ward", "per_delayed_day", True),
        ("ward", "per_stay", False),
        ("ward", "per_place_day", False),
        ("care", "per_hour", False),
    ],
)
def test_delay_is_priced_where_a_day_in_a_place_people_are_delayed_in_is(service, item, priced):
    """People are delayed in the ward alone."""
    results = costed(price(service, item, 100))
    assert delay_is_priced(results) is priced
    assert (told(results, "cost_of_delay")[None] > 0) is priced


def test_where_nobody_is_delayed_that_costs_nothing_whatever_the_prices():
    assert not delay_is_priced(costed())
    assert delay_is_priced(results_of(INFO, [Recorder()]))


def test_without_prices_nothing_costs():
    assert told(costed(), "cost_total") == {None: 0}
    assert told(costed(), "cost_of_delay") == {None: 0}
    assert told(costed(), "cost_of_delay_net") == {None: 0}


# -------------------------------------------------------------- further lines


def test_a_further_line_is_told_by_its_name_beside_the_ordinary_price():
    """3.75 days at 100, and 8 a day of them paid by the NHS; 1.75 of them were delayed."""
    results = costed(price("ward", "per_day", 100, "council"), price("ward", "nursing.per_day", 8, "nhs"))
    assert told(results, "cost_total", "payer") == {"council": 375, "nhs": 30}
    assert told(results, "cost_total", "item") == {"per_day": 375, "nursing.per_day": 30}
    assert told(results, "cost_of_delay", "payer") == {"council": 175, "nhs": 14}


def test_the_ordinary_price_and_a_further_line_of_one_name_do_not_share_what_is_paid_for_the_service():
    """Ten a place-day falls on the council's people, six on everybody: neither takes from the other."""
    results = costed(
        price("ward", "per_place_day", 10, "council", funding="council"),
        price("ward", "night_nurse.per_place_day", 6, "nhs"),
    )
    assert told(results, "cost_total", "payer") == {"council": pytest.approx(60), "nhs": pytest.approx(36)}


def test_a_block_takes_the_place_of_the_ordinary_price_and_not_of_a_further_line():
    results = costed(
        price("ward", "per_day", 100),
        price("ward", "nursing.per_day", 8),
        price("ward", "block_per_week", 70, block_places=5.0),
    )
    assert told(results, "cost_total", "item") == {
        "block_per_week": pytest.approx(200),
        "nursing.per_day": 30,
        "per_day": 0,
    }


def test_what_is_waited_for_costs_its_further_lines_too():
    """Care at 160 / 7 a day, and half as much again by a further line."""
    results = costed(
        price("ward", "per_day", 100), price("care", "per_hour", 16), price("care", "kit.per_hour", 8)
    )
    assert told(results, "cost_of_delay_net")[None] == pytest.approx(175 - 1.25 * 240 / 7)


# -------------------------------------------------------------- interventions


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [(0.0, None, 4), (-100.0, None, 4), (1.0, None, 3), (1.0, 3.0, 2), (4.0, None, 0), (-9.0, 0.0, 0)],
)
def test_an_intervention_is_paid_for_the_days_of_the_window_it_goes_on(start, end, days):
    results = costed(interventions=[intervention("per_year", 365.25, start, end)])
    assert told(results, "cost_total")[None] == pytest.approx(days)


def test_an_intervention_is_told_by_month_payer_and_its_own_name_and_of_no_group():
    """Three days of April and May at 1 a day, 40 once on the second day, a quarter of all by the council."""
    rows = [
        intervention(item, pounds, 1.0, payer=payer, share=share)
        for item, pounds in (("per_year", 365.25), ("once", 40))
        for payer, share in (("nhs", 0.75), ("council", 0.25))
    ]
    results = costed(price("ward", "per_day", 100), interventions=rows)
    assert told(results, "cost_total", "month") == {
        "2019-04": pytest.approx(41 + 250),
        "2019-05": pytest.approx(2 + 125),
    }
    assert told(results, "cost_total", "service") == {"ward": 375, "navigator": pytest.approx(43)}
    assert told(results, "cost_total", "payer")["council"] == pytest.approx(43 / 4)
    assert told(results, "cost_total", "age") == {"": pytest.approx(43), "old": 325, "young": 50}


@pytest.mark.parametrize(("start", "pounds"), [(-1.0, 0), (0.0, 40), (3.0, 40), (4.0, 0)])
def test_what_is_paid_once_counts_on_its_day(start, pounds):
    results = costed(interventions=[intervention("once", 40, start)])
    assert told(results, "cost_total") == {None: pounds}


# -------------------------------------------------------------- budgets


# -------------------------------------------------------------- staff


def pay(pounds: float, payer: str = "nhs", share: float = 1.0, group: str = "carers") -> dict[str, object]:
    row = {"staff": group, "item": "per_post_year", "price": pounds, "payer": payer, "share": share}
    return {**row, "services": ["ward"]}


def staffed_ward(*prices: dict[str, object], **small: list[dict[str, object]]) -> Results:
    """Carers in post: 3 on each of two days in April; in May 3 on one and 2 on the other."""
    recorder = three_people()
    recorder.staff(tuple(comings_and_goings().rows("staff").reshape(-1).tolist()))
    return results_of(STAFFED, [recorder], prices=prices, small=small)


def test_staff_cost_what_people_in_post_cost_and_a_vacant_post_nothing():
    """Of 4 posts 11 days are in post in the window, at a pound a day; half from each of two."""
    results = staffed_ward(
        price("ward", "per_stay", 7),
        staff_prices=[pay(365.25, "nhs", 0.5), pay(365.25, "council", 0.5)],
    )
    assert told(results, "cost_total")[None] == pytest.approx(11 + 7)
    assert told(results, "cost_total", "service") == pytest.approx({"carers": 11, "ward": 7})
    by_payer = told(results, "cost_total", "payer", where={"service": "carers"})
    assert by_payer == pytest.approx({"council": 5.5, "nhs": 5.5})
    by_month = told(results, "cost_total", "month", where={"service": "carers"})
    assert by_month == pytest.approx({"2019-04": 6, "2019-05": 5})
    by_item = told(results, "cost_total", "item", where={"service": "carers"})
    assert by_item == pytest.approx({"per_post_year": 11})
    assert told(results, "cost_of_delay")[None] == 0


def test_a_budget_may_be_for_staff_alone():
    results = staffed_ward(
        price("ward", "per_stay", 7),
        staff_prices=[pay(365.25), pay(36525, group="nurses")],
        budgets=[budget("team", 16, of=["carers"])],
    )
    assert told(results, "over_budget", "budget")["team"] == pytest.approx(11 - 8)


def test_what_paid_staff_do_is_not_without_a_price():
    assert "ward" in unpriced(staffed_ward(price("care", "per_stay", 7)))[1]
    for prices in ([price("care", "per_stay", 7)], []):
        found = unpriced(staffed_ward(*prices, staff_prices=[pay(365.25)]))[1]
        assert "ward" not in found
        assert "reable" in found


def test_a_budget_is_for_as_many_days_as_the_window_has_and_stands_beside_what_it_is_for():
    """800 for eight days are 400 for four; the ward costs 375, of which the council pays 325 for Ada."""
    results = costed(
        price("ward", "per_day", 100, "council", funding="council"),
        price("ward", "per_day", 100, "self", funding="self"),
        price("care", "per_hour", 7, "council"),
        interventions=[intervention("once", 40, payer="council")],
        budgets=[
            budget("ward", 800, of=["ward"]),
            budget("council", 800, payers=["council"]),
            budget("ward of the council", 600, of=["ward"], payers=["council", "nobody"]),
            budget("the young", 100, where={"age": "young"}),
            budget("navigator", 64, days=4, of=["navigator"]),
        ],
    )
    assert told(results, "over_budget", "budget") == {
        "ward": pytest.approx(375 - 400),
        "council": pytest.approx(325 + 7.5 + 40 - 400),
        "ward of the council": pytest.approx(325 - 300),
        "the young": pytest.approx(50 - 50),
        "navigator": pytest.approx(40 - 64),
    }
    # April has two days: Ada is there for both and Bo for half a day.
    found = told(results, "over_budget", "month", "budget")
    assert found["2019-04", "ward"] == pytest.approx(250 - 200)
    assert budget_of_window(results, results.small("budgets")[0]) == 400


def test_the_summary_has_budgets_only_where_there_are_some():
    assert "budgets" not in summary(costed(price("ward", "per_day", 100)))
    found = summary(costed(price("ward", "per_day", 100), budgets=[budget("all", 800)]))["budgets"]
    assert found == {
        "all": {
            "unit": "pounds",
            "budget": 400,
            "cost": {"mean": 375, "low": None, "high": None},
            "difference": {"mean": -25, "low": None, "high": None},
        }
    }


def test_a_budget_for_what_costs_nothing_is_left_over():
    assert told(costed(budgets=[budget("all", 800)]), "over_budget") == {None: -400}
