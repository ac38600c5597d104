"""Tables of what only some systems have, on rows by hand: providers that close, staff, people away, changed needs."""

from __future__ import annotations

import dataclasses

import pytest

from caresim.records.recorder import WHY_CHANGED
from caresim.records.results import Results
from caresim.report.tables import (
    Table,
    away_table,
    changed_need_table,
    further_tables,
    providers_table,
    staff_table,
    standards_table,
)
from caresim.report.words import kinds_of
from measures.results_by_hand import price, results_of
from measures.test_away import two_people
from records.rows_by_hand import CARE, INFO, WARD, three_people
from records.test_providers import ELM, WITH_PROVIDERS, two_homes
from records.test_staff import STAFFED, comings_and_goings

OAK = 2


def test_days_closed_are_told_with_their_interval_beneath_who_was_closed() -> None:
    """Elm is closed for a day and a half; in the other replication for two and a half."""
    longer = two_homes()
    longer.provider((ELM, 3.0, 1, 1))
    homes = [
        {"service": "assess", "provider": name, "label": name.title(), "rating": ""}
        for name in ("ash", "elm")
    ]
    found = providers_table(results_of(WITH_PROVIDERS, [two_homes(), longer], small={"providers": homes}))
    assert [row[0].strip() for row in found.rows] == [
        "Assessment",
        "Ash",
        "Elm",
        "closed to admissions on 2.0 (-4.4 to 8.4) days",
    ]
    assert kinds_of(found.rows) == ["heading", "figures", "figures", "remark"]


def test_of_many_providers_one_that_closed_has_its_line_beside_the_fullest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ash is full for longest, Elm was closed, Oak is neither."""
    monkeypatch.setattr("caresim.report.tables.MOST_PROVIDERS", 2)
    homes = two_homes()
    homes.provider((OAK, -1.0, 5, 0))
    homes.taken((ELM, 2.5, 1))
    info = dataclasses.replace(WITH_PROVIDERS, providers=(*WITH_PROVIDERS.providers, (0, "oak")))
    small = [
        {"service": "assess", "provider": name, "label": name.title(), "rating": ""}
        for name in ("ash", "elm", "oak")
    ]
    found = providers_table(results_of(info, [homes], small={"providers": small}))
    closed = "closed to admissions on 1.5 days"
    told = [row[0].strip() for row in found.rows]
    assert told == ["Assessment", "Elm", closed, "Ash", "1 other, less often full"]


def test_a_service_that_closes_without_providers_has_one_line() -> None:
    """Elm as the service's own name: nothing is said twice."""
    itself = [{"service": "assess", "provider": "assess", "label": "Assessment", "rating": ""}]
    info = dataclasses.replace(WITH_PROVIDERS, providers=tuple((n, "assess") for n, _ in WITH_PROVIDERS.providers))
    found = providers_table(results_of(info, [two_homes()], small={"providers": itself}))
    assert [row[0] for row in found.rows][:1] == ["Assessment"]
    assert all(not row[0].startswith("    ") or "closed" in row[0] for row in found.rows)


def test_staff_are_told_in_columns_that_fit_and_who_came_and_went_beneath() -> None:
    names = [{"what": "staff", "name": "carers", "label": "Home carers"}]
    found = staff_table(results_of(STAFFED, [comings_and_goings()], small={"names": names}))
    assert found.rows == (
        ("Home carers", "2.8", "2.5", "31.2"),
        ("    joined 0.0, left 1.0", "", "", ""),
        ("nurses", "2.2", "2.0", "22.7"),
        ("    joined 1.0, left 0.0", "", "", ""),
    )


def test_a_standard_is_told_with_its_service_so_that_the_table_fits() -> None:
    standards = [{"service": "ward", "of": "wait", "within": 1.0}]
    info = dataclasses.replace(INFO, standards=((WARD, "wait", 1.0),))
    found = standards_table(results_of(info, [three_people()], small={"standards": standards}))
    assert found.heads == ("", "% in time", "not in time", "overdue")
    assert found.rows == (("Ward: admitted within 1 day", "50.0", "1.0", "0.0"),)


def test_who_was_in_hospital_is_told_by_the_service_that_kept_their_place() -> None:
    found = away_table(results_of(INFO, [two_people()], prices=[price("care", "per_hour", 70)]))
    assert found.rows == (
        ("Home care", "0.75", "2.0", "£100"),
        ("    came back: 1.0 to the place kept, 1.0 too late, to a new one", "", "", ""),
    )


def test_a_place_kept_without_a_price_costs_nothing() -> None:
    assert away_table(results_of(INFO, [two_people()])).rows[0][-1] == "£0.0"


def test_whose_need_changed_is_told_by_where_they_were_delayed() -> None:
    recorder = three_people()
    recorder.flow((1.0, WARD, CARE, WHY_CHANGED, 0, 0))
    found = changed_need_table(results_of(INFO, [recorder, three_people()]))
    assert found.heads == ("delayed in", "people")
    assert found.rows == (("Ward", "0.50 (-5.85 to 6.85)"),)


def titles(results: Results) -> list[str]:
    def there(table: Table) -> bool:
        return bool(table.rows)

    return [table.title for table in filter(there, further_tables(results))]


def test_a_system_without_any_of_it_says_nothing_of_it() -> None:
    assert titles(results_of(INFO, [three_people()])) == [
        "Delayed transfers of care",
        "Delayed for want of",
        "Responsible for the delay",
        "Services",
    ]
    assert titles(results_of(STAFFED, [two_people()]))[-2:] == ["Staff", "In hospital and back"]
