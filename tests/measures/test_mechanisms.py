"""What two results have come of staff, reviews and so on, side by side, on rows whose answers can be done in the head."""

from __future__ import annotations

import dataclasses

import numpy as np

from caresim.measures.comparison import compare, differences, paired
from caresim.measures.mechanisms import in_one_only
from caresim.records.recorder import NOBODY, WHY_CHANGED
from caresim.records.results import Results
from measures.results_by_hand import price, results_of
from measures.test_away import two_people
from records.rows_by_hand import CARE, INFO, WARD, three_people
from records.test_providers import ELM, WITH_PROVIDERS, two_homes
from records.test_reviews import REVIEWED, reviews
from records.test_staff import CARERS, STAFFED, comings_and_goings

CHANCED = dataclasses.replace(INFO, chances=(("flu", ""), ("fire", "services.ward")))


def told(first: Results, second: Results, what: str) -> dict[tuple[str, str], list[float]]:
    """(name, quantity) -> first, second, difference; of what is not 0 in both."""
    rows = differences(first, second)
    return {
        (row["name"], row["quantity"]): [row["first"], row["second"], row["mean"]]
        for row in rows[rows["what"] == what].to_dict("records")
        if row["first"] or row["second"]
    }


def test_staff_are_told_by_group() -> None:
    """One more carer joins on day 3, when one has left, and is productive at once: 1 of 4 days."""
    more = comings_and_goings()
    more.staff((CARERS, 3.0, 4, 3, 3, 1, 0, NOBODY))
    found = told(results_of(STAFFED, [comings_and_goings()]), results_of(STAFFED, [more]), "staff")
    assert found["carers", "staff_productive"] == [2.5, 2.75, 0.25]
    assert found["carers", "staff_joiners"] == [0, 1, 1]
    assert found["nurses", "staff_joiners"] == [1, 1, 0]
    assert found["carers", "staff_leavers"] == [1, 1, 0]


def test_providers_are_told_together_and_each() -> None:
    """Elm opens on day 2.5 here, and shuts again for the last day there."""
    shut = two_homes()
    shut.provider((ELM, 3.0, 1, 1))
    runs = [results_of(WITH_PROVIDERS, [one]) for one in (two_homes(), shut)]
    found = told(*runs, "provider")
    assert found["assess", "provider_closed_days"] == [1.5, 2.5, 1.0]
    assert found["assess.elm", "provider_closed_days"] == [1.5, 2.5, 1.0]
    assert found["assess", "provider_held"] == [1.125, 1.125, 0]
    assert found["assess.ash", "provider_held"] == [0.875, 0.875, 0]


def test_reviews_are_told_by_service() -> None:
    """In the other one more is done on day 3.5, and frees two hours."""
    more = reviews()
    more.review((1, CARE, 3.0, 3.5, 1, 600, 480, 0))
    found = told(results_of(REVIEWED, [reviews()]), results_of(REVIEWED, [more]), "review")
    assert found["care", "reviews_done"] == [3, 4, 1]
    assert found["care", "review_hours_freed"] == [10, 12, 2]
    assert found["ward", "reviews_done"] == [1, 1, 0]


def test_what_happens_at_random_is_told_by_event() -> None:
    runs = []
    for days in (1.0, 2.0):
        recorder = three_people()
        recorder.happened((0, 1.0, 1.0 + days))
        runs.append(results_of(CHANCED, [recorder]))
    assert told(*runs, "event") == {("flu", "episodes"): [1, 1, 0], ("flu", "days_in_force"): [1, 2, 1]}


def test_who_is_away_and_comes_back_is_told_by_the_service_that_keeps_the_place() -> None:
    """Where nobody keeps a place that costs anything, one is still told what the other paid."""
    dear, free = (
        results_of(INFO, [two_people()], prices=[price("care", "per_hour", pounds)]) for pounds in (7, 0)
    )
    assert told(free, dear, "away") == {
        ("care", "admitted_from_care"): [2, 2, 0],
        ("care", "restarts"): [1, 1, 0],
        ("care", "resourced"): [1, 1, 0],
        ("care", "cost_of_keeping"): [0, 10, 10],
    }


def test_changed_need_is_told_by_the_service_people_left() -> None:
    runs = []
    for numbers in ((0,), (0, 1)):
        recorder = three_people()
        for number in numbers:
            recorder.flow((1.0, WARD, CARE, WHY_CHANGED, number, number))
        runs.append(results_of(INFO, [recorder]))
    assert told(*runs, "changed_need") == {("ward", "changed_need"): [1, 2, 1]}


def test_what_one_of_two_has_not_is_left_out_and_named() -> None:
    plain, staffed, reviewed = (
        results_of(INFO, [three_people()]),
        results_of(STAFFED, [comings_and_goings()]),
        results_of(REVIEWED, [reviews()]),
    )
    for pair in ((plain, staffed), (staffed, plain), (staffed, reviewed), (plain, plain)):
        assert not {"staff", "review"} & set(differences(*pair)["what"])
    assert in_one_only(plain, staffed) == {"staff": staffed}
    assert in_one_only(staffed, reviewed) == {"staff": staffed, "review": reviewed}
    assert in_one_only(staffed, staffed) == {}


def test_nobody_went_away_is_not_to_have_it_away() -> None:
    """Moves of other kinds do not count: nobody here comes from care and back."""
    plain, away = results_of(INFO, [three_people()]), results_of(INFO, [two_people()])
    assert (plain.table("flows")["why"] == "next").any()
    assert in_one_only(plain, away) == {"away": away}


def test_they_are_columns_of_the_table_that_python_gets() -> None:
    staffed, homes = results_of(STAFFED, [comings_and_goings()]), results_of(WITH_PROVIDERS, [two_homes()])
    rows = compare(staffed, staffed).set_index("measure")
    assert rows.loc["staff_productive[staff=carers]", ["baseline", "value"]].tolist() == [2.5, 2.5]
    rows = compare(homes, homes).set_index("measure")
    assert rows.loc["provider_closed_days[service=assess]", "value"] == 1.5
    assert rows.loc["provider_held[provider=ash,service=assess]", "value"] == 0.875


def test_what_cannot_be_asked_for_by_its_name_is_no_column() -> None:
    """An event may be called anything; the table of differences tells it all the same."""
    recorder = three_people()
    recorder.happened((0, 1.0, 2.0))
    odd = dataclasses.replace(INFO, chances=(("flu [A], late", ""),))
    results = results_of(odd, [recorder])
    assert ("flu [A], late", "episodes") in told(results, results, "event")
    assert not compare(results, results)["measure"].str.contains("episodes").any()


def test_rounding_is_no_difference() -> None:
    """0.1 + 0.2 is not quite 0.3 to a computer; one pound in three million is a pound."""
    rows = paired(np.array([[0.3, 3e6]] * 2), np.array([[0.1 + 0.2, 3e6 + 1]] * 2))
    assert rows["mean"].tolist() == [0, 1]
    assert rows["low"].tolist() == [0, 1]
