"""Prices applied to what three people used; every sum can be done in the head.

In the ward Ada (council) spends 3.25 days from time 0, of them 1.75 delayed, Bo (self) half a day
after waiting a quarter; one is admitted in the window and one turned away. Home care: Ada three
quarters of a day at 10 hours a week. Six place-days in the ward, four days in the window.
"""

from __future__ import annotations

import numpy as np
import pytest

from caresim.errors import ResultsError
from caresim.measures.cost import block_places
from caresim.records.recorder import Recorder
from caresim.records.results import Results
from measures.results_by_hand import price, results_of
from measures.test_delays import told
from records.rows_by_hand import INFO, three_people


def costed(*prices: dict[str, object]) -> Results:
    return results_of(INFO, [three_people()], prices=prices)


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


def test_without_prices_nothing_costs():
    assert told(costed(), "cost_total") == {None: 0}
    assert told(costed(), "cost_of_delay") == {None: 0}
    assert told(costed(), "cost_of_delay_net") == {None: 0}
