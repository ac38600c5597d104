"""Measures of providers, on the rows of `tests/records/test_providers.py`."""

from __future__ import annotations

import pytest

from caresim.measures.catalogue import MEASURES
from caresim.records.results import Results
from measures.results_by_hand import results_of
from records.rows_by_hand import INFO, three_people
from records.test_providers import WITH_PROVIDERS, two_homes


@pytest.fixture(scope="module")
def results() -> Results:
    return results_of(WITH_PROVIDERS, [two_homes()])


@pytest.mark.parametrize(
    ("measure", "both", "ash", "in_may"),
    [
        ("provider_capacity", 2.75, 1.75, 1.5),
        ("provider_held", 1.125, 0.875, 0.5),
        ("provider_utilisation", 100 * 4.5 / 11, 50, 100 / 3),
        ("provider_full", 100 * 1.5 / 8, 12.5, 0),
        ("provider_admissions", 2, 1, 0),
        ("provider_closed_days", 1.5, 0, 0),
    ],
)
def test_providers_are_told_as_a_whole_one_by_one_and_by_month(
    results: Results, measure: str, both: float, ash: float, in_may: float
) -> None:
    found = MEASURES[measure]
    assert found.figures(results)["value"].tolist() == pytest.approx([both])
    each = found.figures(results, by=("provider",)).set_index("provider")["value"]
    assert each["ash"] == pytest.approx(ash)
    by_month = found.figures(results, by=("month",), where={"provider": "ash"}).set_index("month")["value"]
    assert by_month["2019-05"] == pytest.approx(in_may)


def test_without_providers_there_is_nothing_to_tell() -> None:
    results = results_of(INFO, [three_people()])
    assert MEASURES["provider_held"].figures(results)["value"].tolist() == [0.0]
    assert MEASURES["provider_admissions"].figures(results, by=("provider",)).empty
