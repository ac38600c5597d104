"""Two results side by side, in words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from caresim.measures.comparison import payer_differences
from caresim.measures.mechanisms import MECHANISMS
from caresim.records.recorder import NOBODY
from caresim.records.results import Results
from caresim.report.comparison import (
    as_plain,
    chosen_of,
    comparison_tables,
    coverage,
    made_by_other_code,
    measure_label,
    more_in_words,
    moved,
    payers_as_plain,
    row_of,
    table_of,
    unlike,
    verdict,
    verdict_with_more,
)
from measures.results_by_hand import results_of
from records.test_reviews import REVIEWED
from records.test_staff import CARERS, STAFFED, comings_and_goings
from report.made_results import county

MORE = ("services.team.places", "plus 20")
SIDES = {"first": 9.0, "second": 10.0}


@pytest.mark.parametrize(
    ("mean", "low", "high", "words"),
    [
        (1.0, 0.1, 2.0, "clearly more"),
        (-1.0, -2.0, -0.1, "clearly less"),
        (1.0, -0.1, 2.0, "cannot tell yet"),
        (0.0, 0.0, 0.0, "the same"),
        (0.0, -1.0, 1.0, "cannot tell yet"),
        (1.0, None, None, "one replication cannot tell"),
        (None, None, None, "no figure"),
    ],
)
def test_a_difference_is_judged_by_its_interval(mean, low, high, words):
    assert verdict({**SIDES, "mean": mean, "low": low, "high": high}) == words


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.01, -0.001, "hardly any"),
        (0.001, 0.01, "hardly any"),
        (-0.0101, -0.001, "clearly less"),
        (-0.001, 0.01, "cannot tell yet"),
    ],
)
def test_a_difference_of_a_hundredth_of_a_per_cent_at_most_is_hardly_any(low, high, words):
    row = {"first": 99.9, "second": 100.0, "mean": (low + high) / 2, "low": low, "high": high}
    assert verdict(row) == words


def test_measures_come_first_then_costs_then_services():
    tables = comparison_tables(county(), county(change=MORE))
    assert [table.title for table in tables[1:]] == [
        "Cost by payer",
        "Who pays and who gains",
        "General wards",
        "The reablement team",
        "Home care",
    ]
    assert tables[0].rows[0][0] == "Delayed in hospital, people a day"


def test_who_pays_and_who_gains_names_the_services_it_comes_from_and_what_moved():
    """Twenty more places in the team: more stays begin, the council pays for them and the NHS gains."""
    before, after = county(), county(change=MORE)
    table = comparison_tables(before, after)[2]
    sides = {row[0].partition(":")[0]: row for row in table.rows}
    assert set(sides) == {"Council", "NHS", "Self funder"}
    stays = payer_differences(before, after)
    council = stays[stays["payer"] == "council"]
    assert council["mean"].iloc[0] == pytest.approx(council["mean"].iloc[1:].sum())
    assert council["service"].tolist() == ["", "team", "packages"]
    assert sides["Council"][1].startswith("+£")
    assert sides["Council"][2].startswith("The reablement team +£")
    assert table.note == "Capacity moved: The reablement team 23.5 -> 43.5."


def test_who_pays_is_not_asked_where_nothing_costs_anything_else():
    assert "Who pays and who gains" not in [table.title for table in comparison_tables(county(), county())]


NO_PRICE = ("services.ward.cost", "null")
DELAY_ALONE = ("services.ward.cost", "{per_delayed_day: 300, payer: nhs}")


def named(place: str, change: tuple[str, str] | None) -> Results:
    """Results of the county as if read from a folder."""
    made = county(change=change)
    tables = {name: made.table(name) for name in made.table_names}
    small = {name: made.small(name) for name in ("services", "prices", "population", "names", "groups")}
    return Results(manifest=made.manifest, small=small, tables=tables, place=place)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, MORE, ""),
        (NO_PRICE, NO_PRICE, "Without a price: General wards."),
        (DELAY_ALONE, DELAY_ALONE, "Priced only while people are delayed there: General wards."),
        (None, NO_PRICE, "Without a price, in two alone: General wards."),
        (NO_PRICE, MORE, "Without a price, in one alone: General wards."),
        (
            DELAY_ALONE,
            NO_PRICE,
            "Priced only while people are delayed there, in one alone: General wards. "
            "Without a price, in two alone: General wards.",
        ),
    ],
)
def test_the_cost_by_payer_says_what_has_no_price_in_both_and_in_one_alone(before, after, words):
    table = comparison_tables(named("one", before), named("two", after), everything=True)[1]
    assert table.title == "Cost by payer"
    assert table.note == words


def test_json_tells_the_change_of_each_payer_and_of_which_services():
    found = payers_as_plain(payer_differences(county(), county(change=MORE)))
    nhs = next(one for one in found if one["payer"] == "nhs")
    assert [one["service"] for one in nhs["of_which"]] == ["ward"]
    assert nhs["mean"] == pytest.approx(nhs["of_which"][0]["mean"])


def test_results_in_prices_of_other_years_are_unlike():
    words = "{year: 2022/23, to: 2023/24, inflation: 5% per year}"
    assert unlike(county(), county(change=("prices", words))) == "prices of other years"


def test_services_of_another_kind_or_standard_are_unlike():
    assert unlike(county(), county(kind="other")) == "services of another kind: ward"
    standard = ("services.team.standard", "{within: 2 days, of: wait}")
    longer = ("services.team.standard", "{within: 9 days, of: wait}")
    assert unlike(county(change=standard), county(change=longer)) == "other standards: team"
    assert unlike(county(), county(change=MORE)) == ""


def test_a_standard_that_only_one_has_is_named():
    standard = ("services.team.standard", "{within: 2 days, of: wait}")
    tables = comparison_tables(county(), county(change=standard))
    assert "Standards: only in " in tables[-1].note
    both = comparison_tables(county(change=standard), county(change=standard), everything=True)
    titles = {table.title: table for table in both}
    assert titles["Standards"].rows[0][0] == "The reablement team: % in time"
    assert list(titles).index("Standards") < list(titles).index("General wards")


def test_capacity_that_moved_is_told_in_the_unit_of_each_side():
    hours = (
        ("services.team.places", "null"),
        ("services.team.hours", "900 per week"),
        ("services.team.amount", "20 hours per week"),
    )
    assert moved(county(), county(changes=hours)) == "Capacity moved: The reablement team 23.5 -> 900 h/week."


def test_results_of_other_code_are_told():
    one, other, older = (
        Results(manifest={"fingerprint": fingerprint, "caresim": version}, small={})
        for fingerprint, version in (("a", "0.1.0"), ("b", "0.1.0"), ("c", "0.0.9"))
    )
    assert made_by_other_code(one, one) == ""
    assert made_by_other_code(one, other) == "two states of caresim 0.1.0"
    assert made_by_other_code(older, one) == "caresim 0.0.9 and 0.1.0"
    assert made_by_other_code(one, Results(manifest={}, small={})) == ""


def test_everything_tells_more_than_the_few():
    few = comparison_tables(county(), county(change=MORE))
    everything = comparison_tables(county(), county(change=MORE), everything=True)
    assert sum(len(table.rows) for table in everything) > sum(len(table.rows) for table in few)
    assert set(few[0].rows) <= set(everything[0].rows)


def test_one_replication_each_still_tells_the_difference():
    tables = comparison_tables(county(replications=1), county(replications=1, change=MORE))
    assert {row[4] for row in tables[0].rows} <= {"one replication cannot tell", "no figure"}


def test_what_is_undecided_says_how_many_more_would_settle_it():
    """Mean 0.25, half-width 2.0 of 4: 96 more, as in tests/measures; said with two digits."""
    row = {**SIDES, "mean": 0.25, "low": 0.25 - 2.0022, "high": 0.25 + 2.0022, "n": 4}
    assert verdict_with_more(row) == "cannot tell yet: about 96 more runs"
    assert (
        verdict_with_more({**row, "mean": 0.0, "low": -2.0, "high": 2.0})
        == "cannot tell yet: more than 10,000 runs"
    )
    assert verdict_with_more({**SIDES, "mean": 1.0, "low": 0.5, "high": 1.5, "n": 4}) == "clearly more"


def test_one_more_is_one_run():
    """Half-width just beyond the mean, of 9: one more would do."""
    row = {**SIDES, "mean": 1.0, "low": -0.001, "high": 2.001, "n": 9}
    assert verdict_with_more(row) == "cannot tell yet: about 1 more run"


def test_where_few_replications_have_a_figure_more_runs_are_asked_for():
    """One more pair would do; of the 20 replications that were run 9 are pairs, so 20 / 9, rounded up, make one."""
    row = {**SIDES, "mean": 1.0, "low": -0.001, "high": 2.001, "n": 9}
    assert verdict_with_more(row, replications=20) == "cannot tell yet: about 3 more runs"
    assert verdict_with_more(row, replications=9) == "cannot tell yet: about 1 more run"


def test_a_sure_difference_never_reads_as_none():
    row = {
        "unit": "people",
        "first": 100.0,
        "second": 100.0004,
        "mean": 0.0004,
        "low": 0.0003,
        "high": 0.0005,
    }
    assert row_of({**row, "n": 9}, "Ward")[3:] == ("0.0004 (0.0003 to 0.0005)", "hardly any")
    same = {**row, "second": 100.0, "mean": 0.0, "low": 0.0, "high": 0.0, "n": 9}
    assert row_of(same, "Ward")[3:] == ("0.0 (0.0 to 0.0)", "the same")


# -------------------------------------------------------------- what only some systems have


def carers(replications: int = 2, *, more: int = 0, reviewed: bool = False) -> Results:
    """Four days of two groups of staff; `more` carers (0 or 1) join on the last."""
    runs = []
    for _ in range(replications):
        recorder = comings_and_goings()
        recorder.staff((CARERS, 3.0, 4, 2 + more, 2 + more, more, 0, NOBODY))
        runs.append(recorder)
    info = dataclasses.replace(STAFFED, reviews=REVIEWED.reviews) if reviewed else STAFFED
    names = [{"what": "staff", "name": "carers", "label": "Care workers"}]
    return results_of(info, runs, small={"names": names})


def test_staff_are_told_by_their_labels_and_few_figures_unless_all_are_asked_for():
    table = comparison_tables(carers(), carers(more=1))[-1]
    assert table.title == "Staff"
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Care workers: joined"] == ("0.0", "1.0", "1.0 (1.0 to 1.0)", "clearly more")
    assert "Care workers: in post" not in rows
    everything = {
        row[0]: row[1:] for row in comparison_tables(carers(), carers(more=1), everything=True)[-1].rows
    }
    assert everything["nurses: joined"][-1] == "the same"
    assert "Care workers: in post" in everything


def test_what_only_one_has_is_named_and_not_compared():
    one, other = carers(), carers(reviewed=True)
    other.place = "results/reviewed"
    tables = comparison_tables(one, other)
    assert "Reviews" not in [table.title for table in tables]
    assert tables[-1].note.startswith("Reviews: only in results/reviewed, so not compared.")
    assert as_plain(one, other)["in_one_only"] == {"review": "results/reviewed"}
    assert as_plain(one, one)["in_one_only"] == {}


def providers(n: int) -> pd.DataFrame:
    """Figures of a service of n providers, as `differences` gives them."""
    names = ["homes", *(f"homes.{number}" for number in range(n))]
    return pd.DataFrame(
        [
            {"name": name, "quantity": quantity}
            for quantity in ("provider_held", "provider_closed_days")
            for name in names
        ]
    )


def test_few_providers_are_told_one_by_one_and_many_together():
    mechanism = next(one for one in MECHANISMS if one.name == "provider")
    few, many = (chosen_of(mechanism, providers(n), everything=False)["name"] for n in (2, 13))
    assert few.tolist() == ["homes.0", "homes.0", "homes.1", "homes.1"]
    assert many.tolist() == ["homes", "homes"]
    assert chosen_of(mechanism, providers(13), everything=True)["name"].nunique() == 14


@pytest.mark.parametrize(
    ("more", "words"),
    [(1, "about 1 more"), (99, "about 99 more"), (121, "about 130 more"), (4567, "about 4,600 more")],
)
def test_a_guess_is_told_with_two_digits_and_never_too_low(more, words):
    assert more_in_words(more) == words


def test_adjusted_intervals_are_wider_and_the_heading_says_what_they_hold():
    variant = county(change=MORE)
    plain = comparison_tables(county(), variant)
    assert "(95 % interval)" in plain[0].title
    adjusted = comparison_tables(county(), variant, compared=3, adjust=True)
    assert "(98.33 % interval: the 3 of a measure hold all together with 95 %)" in adjusted[0].title.replace(
        "\n", " "
    )
    assert max(map(len, adjusted[0].title.splitlines())) <= 100
    assert plain[0].rows != adjusted[0].rows
    assert comparison_tables(county(), variant, compared=1, adjust=True) == plain


def test_the_last_table_says_what_more_means_if_anything_is_undecided():
    tables = comparison_tables(county(), county(change=MORE))
    undecided = [row for table in tables for row in table.rows if row[-1].startswith("cannot tell yet")]
    assert undecided
    assert "if mean and spread stay what they are" in tables[-1].note
    same = comparison_tables(county(), county(), everything=True)
    assert not any(table.note for table in same)


def test_what_does_not_clearly_differ_is_named_in_a_line_unless_all_is_asked_for():
    folded, whole = (
        comparison_tables(county(), county(), everything=everything) for everything in (False, True)
    )
    services = [table.title for table in whole if table.title not in {each.title for each in folded}]
    assert "General wards" in services
    assert folded[-1].note == f"No clear difference in: {', '.join(services)}; --all shows them."
    differing = comparison_tables(county(), county(change=MORE))
    clear = [table for table in differing if any(row[-1].startswith("clearly") for row in table.rows)]
    assert "The reablement team" in {table.title for table in clear}


def test_one_replication_hides_nothing():
    one = [table.title for table in comparison_tables(carers(1), carers(1, more=1))]
    assert "Staff" in one


def test_what_is_compared_over_fewer_replications_is_named():
    """In 3 of 10 replications nobody waits: their mean delay is no figure, and no part of the others'."""
    rows = pd.DataFrame(
        [
            {"name": "dtoc_people", "unit": "people", "first": 1.0, "second": 2.0, "n": 10},
            {"name": "mean_delay_of_delayed", "unit": "nights", "first": 8.0, "second": 2.0, "n": 7},
            {"name": "bridging_people", "unit": "people", "first": 3.0, "second": np.nan, "n": 0},
        ]
    ).assign(mean=1.0, low=0.5, high=1.5)
    table = table_of("", rows, measure_label, 0.95, 10)
    assert table.note == (
        "Mean delay of the delayed, nights: over the 7 of 10 replications in which both have a figure. "
        "Bridging for want of home care, people: no replication in which both have a figure."
    )


def test_percentages_have_the_digits_that_tell_them_from_a_hundred():
    assert [coverage(share) for share in (0.95, 0.975, 0.9999167)] == ["95 %", "97.5 %", "99.9917 %"]
