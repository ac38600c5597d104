"""Price years, further lines, interventions and budgets as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from caresim.errors import ScenarioError
from caresim.network.compile import compile_network
from caresim.network.small_tables import small_tables
from caresim.scenario.files import load_scenario
from caresim.scenario.money import Budget, Intervention, line_names
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import Prices

TEXT = """\
caresim: 1
name: Money
time: {from: 2019-04-01, to: 2020-03-31}
groups: [age]
people: {age: {old: 0.5, young: 0.5}}
arrivals: {gp: {to: ward, rate: 2 per day}}
services:
  ward: {places: 20, care_time: 5 days, next: {home: 0.8, nursing: 0.2}, cost: {per_day: 300, payer: nhs}}
  nursing:
    places: 40
    care_time: 100 days
    next: home
    cost:
      per_week: 600
      payer: {by: age, old: {council: 0.75, client: 0.25}, young: council}
      block: {places: 4, per_week: 500}
      also: {contribution: {per_week: 100, payer: nhs}}
exits: {home: {}}
interventions: {navigator: {cost: {per_year: 60000, once: 1.5 thousand, payer: {nhs: 0.5, council: 0.5}}}}
"""


@pytest.fixture
def read(tmp_path: Path):
    def one(more: str = "", *changes: tuple[str, object]) -> Scenario:
        (tmp_path / "money.yaml").write_text(TEXT + more, encoding="utf-8")
        return load_scenario(tmp_path / "money.yaml", changes)

    return one


def prices_of(scenario: Scenario) -> dict[tuple[str, str, str], float]:
    """(service, intervention or group of staff, item, payer) -> price as it is applied."""
    tables = small_tables(scenario, compile_network(scenario))
    rows = [(row["service"], row) for row in tables["prices"]]
    rows += [(row["intervention"], row) for row in tables.get("interventions", [])]
    rows += [(row["staff"], row) for row in tables.get("staff_prices", [])]
    return {(owner, row["item"], row["payer"]): row["price"] for owner, row in rows}


def test_a_further_line_has_prices_and_a_payer_of_its_own(read):
    cost = read().services["nursing"].cost
    assert cost.also == {"contribution": Prices(payer="nhs", per_week=100.0)}


def test_the_shares_of_a_split_payer_are_those_of_the_price_and_sum_to_it(read):
    scenario = read()
    rows = small_tables(scenario, compile_network(scenario))["prices"]
    weekly = [row for row in rows if row["item"] == "per_week" and row["age"] == "old"]
    assert {row["payer"]: row["price"] * row["share"] for row in weekly} == {"client": 150, "council": 450}
    assert [row["price"] for row in rows if row["item"] == "contribution.per_week"] == [100]


def test_without_price_years_a_price_is_what_is_written_and_no_table_is_added(read):
    scenario = read("", ("interventions", None), ("services.nursing.cost.also", None))
    tables = small_tables(scenario, compile_network(scenario))
    assert set(tables) == {"services", "prices", "population", "published", "names", "groups"}
    # The old have two payers, the young one.
    assert sorted(row["price"] for row in tables["prices"]) == [300, 500, 500, 500, 600, 600, 600]


def test_one_rate_compounds_over_the_years(read):
    found = prices_of(read("prices: {year: 2017/18, to: 2019/20, inflation: 10% per year}\n"))
    assert found["ward", "per_day", "nhs"] == pytest.approx(300 * 1.21)
    assert found["nursing", "block_per_week", "client"] == pytest.approx(500 * 1.21)
    assert found["navigator", "once", "council"] == pytest.approx(1500 * 1.21)


def test_prices_of_a_later_year_are_carried_back(read):
    found = prices_of(
        read("prices: {year: 2022, to: 2020, inflation: {2021: 25% per year, 2022: 60% per year}}\n")
    )
    assert found["ward", "per_day", "nhs"] == pytest.approx(150)


def test_the_rise_over_several_years_may_be_written_as_it_is_published(read):
    found = prices_of(read("prices: {year: 2018, to: 2019, inflation: 44% in 2 years}\n"))
    assert found["ward", "per_day", "nhs"] == pytest.approx(360)


def test_each_line_has_its_own_year_and_rises_the_most_special_first(read):
    """A line before its service, a service before a payer, a payer before the rest."""
    found = prices_of(
        read(
            "prices:\n"
            "  to: 2020/21\n"
            "  year: {ward: 2020/21, navigator: 2019/20, else: 2018/19}\n"
            "  inflation:\n"
            "    nursing.block: {2019/20: 10% per year, 2020/21: 0% per year}\n"
            "    nursing.contribution: 50% per year\n"
            "    nursing: 20% per year\n"
            "    nhs: 30% per year\n"
            "    else: 5% per year\n"
        )
    )
    assert found == {
        ("ward", "per_day", "nhs"): 300,
        ("nursing", "per_week", "council"): pytest.approx(864),
        ("nursing", "per_week", "client"): pytest.approx(864),
        ("nursing", "block_per_week", "council"): pytest.approx(550),
        ("nursing", "block_per_week", "client"): pytest.approx(550),
        ("nursing", "contribution.per_week", "nhs"): pytest.approx(225),
        ("navigator", "per_year", "nhs"): pytest.approx(78000),
        ("navigator", "per_year", "council"): pytest.approx(63000),
        ("navigator", "once", "nhs"): pytest.approx(1950),
        ("navigator", "once", "council"): pytest.approx(1575),
    }


def test_what_was_done_to_each_price_is_kept_beside_the_results(read):
    scenario = read(
        "prices: {year: 2018/19, to: 2019/20, inflation: {ward: 3% per year, else: 2% per year}}\n"
    )
    rows = small_tables(scenario, compile_network(scenario))["inflation"]
    assert {(row["service"], row["item"], row["payer"]) for row in rows} == set(prices_of(scenario))
    ward = next(row for row in rows if row["service"] == "ward")
    assert ward == {
        "service": "ward",
        "item": "per_day",
        "payer": "nhs",
        "year": "2018/19",
        "to": "2019/20",
        "factor": 1.03,
    }


def test_a_line_goes_by_names_from_the_special_to_the_general():
    names = ["home.nursing.per_week", "home.nursing", "home", "nhs", "else"]
    assert line_names("home", "nursing.per_week", "nhs") == names
    assert line_names("home", "block_per_week", "council") == ["home.block", "home", "council", "else"]


def test_an_intervention_goes_on_from_the_window_on_unless_dates_are_written(read):
    shares = {"nhs": 0.5, "council": 0.5}
    whole = Intervention(
        name="navigator",
        label="Navigator",
        active=True,
        start=0.0,
        end=None,
        per_year=60000,
        once=1500,
        payer=shares,
    )
    assert read().interventions == {"navigator": whole}
    some = read(
        "",
        ("interventions.navigator.from", "2019-05-01"),
        ("interventions.navigator.to", "2019-05-31"),
        ("interventions.navigator.cost.per_year", "times 1.5"),
        ("interventions.navigator.cost.once", "plus 2 thousand"),
    ).interventions["navigator"]
    assert (some.start, some.end, some.per_year, some.once) == (30.0, 61.0, 90000, 3500)


STAFF = """
staff: {carers: {posts: 4, cost: {per_post_year: 30 thousand, payer: {council: 0.5, nhs: 0.5}}}, porters: {posts: 2}}
prices: {year: {carers: 2017/18, else: 2018/19}, to: 2019/20, inflation: {carers.per_post_year: 10% per year, else: 1% per year}}
"""


def test_what_staff_cost_is_a_line_by_the_name_of_the_group(read):
    """Two years at a tenth for the carers, whatever holds for others; of porters nothing is paid."""
    prices = prices_of(read(STAFF))
    own = {key: price for key, price in prices.items() if key[0] in ("carers", "porters")}
    assert own == {
        ("carers", "per_post_year", "council"): pytest.approx(36_300),
        ("carers", "per_post_year", "nhs"): pytest.approx(36_300),
    }
    assert prices["ward", "per_day", "nhs"] == pytest.approx(303)


def test_a_budget_may_be_for_staff_that_cost_something(read):
    budget = read(STAFF + "budgets: {team: {amount: 1, of: [carers, ward]}}\n").budgets["team"]
    assert budget.of == ("carers", "ward")


def test_an_intervention_that_is_not_active_costs_nothing(read):
    scenario = read("", ("interventions.navigator.active", False))
    assert "interventions" not in small_tables(scenario, compile_network(scenario))


def test_a_budget_is_for_a_year_from_the_first_day_on_unless_dates_are_written(read):
    text = """
budgets:
  homes: {amount: 1.2 million, of: nursing, payer: council}
  spring: {amount: 90000, from: 2019-04-01, to: 2019-06-30, of: [nursing, navigator], where: {age: old}}
"""
    found = read(text).budgets
    assert found["homes"] == Budget(
        name="homes",
        label="Homes",
        amount=1_200_000,
        start=0.0,
        end=366.0,
        payers=("council",),
        of=("nursing",),
    )
    spring = found["spring"]
    assert (spring.start, spring.end, spring.of, spring.where) == (
        0.0,
        91.0,
        ("nursing", "navigator"),
        {"age": "old"},
    )


def test_a_year_from_a_leap_day_ends_at_the_end_of_february(read):
    scenario = read("budgets: {all: {amount: 1}}\n", ("time", {"from": "2020-02-29", "measure": "10 days"}))
    assert scenario.budgets["all"].end == 366.0


FAULTS = {
    "prices: {year: 2018/20, to: 2019/20}": "2018/20 is not one year: 2018/19 is.",
    "prices: {year: 2018, to: 2019/20, inflation: 2% per year}": "needs years of one kind",
    "prices: {to: 2019/20}": "needs year and to",
    "prices: {year: 2018, to: 2019}": "needs inflation, for example inflation: 2% per year",
    "prices: {year: 2018, to: 2019, inflation: {ward: 2% per year}}": "says nothing for nursing.per_week",
    "prices: {year: {ward: 2018}, to: 2019, inflation: 2% per year}": "says nothing for nursing.per_week",
    "prices: {year: 2018, to: 2020, inflation: {2019: 2% per year}}": "says nothing for 2020.",
    "prices: {year: 2018, to: 2019, inflation: {wart: 2% per year, else: 1% per year}}": 'Did you mean "ward"?',
    "prices: {year: 2018, to: 2019, inflation: 2%}": "say per what",
    "prices: {year: 2018, to: 2019, inflation: 44% in 0 years}": "in 1 year or more",
    "budgets: {all: {amount: 1, of: wart}}": 'there is no service or intervention "wart". Did you mean "ward"?',
    "budgets: {all: {amount: 1, payer: councl}}": 'there is no payer "councl". Did you mean "council"?',
    "budgets: {all: {amount: 1, where: {area: north}}}": 'there is no group "area".',
    "budgets: {all: {amount: 1, where: {age: odd}}}": 'there is no age "odd". Did you mean "old"?',
    "budgets: {all: {amount: 1, from: 2019-04-01}}": "needs both from and to, or neither",
    "budgets: {all: {amount: 1, from: 2019-04-01, to: 2019-03-31}}": "needs a day that is not before the first",
    "budgets: {all: {payer: nhs}}": "needs an amount, for example amount: 29.1 million.",
    "budgets: {all: {amount: 29.1 millions}}": 'needs a number of pounds; got "29.1 millions".',
}


@pytest.mark.parametrize("more", FAULTS)
def test_a_fault_of_money_is_told_in_words(read, more):
    with pytest.raises(ScenarioError) as caught:
        read(more + "\n")
    assert len(caught.value.faults) == 1
    assert FAULTS[more] in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            "interventions.ward",
            {"cost": {"per_year": 1, "payer": "nhs"}},
            '"ward" is the name of a service too',
        ),
        ("interventions.x", {"cost": {"payer": "nhs"}}, "needs a cost and a payer"),
        ("interventions.x", {"cost": {"per_year": 1}}, "needs a cost and a payer"),
        ("interventions.x", {"cost": {"per_year": 1, "payer": {"nhs": 0.5}}}, "shares add up to 0.5, not 1"),
        (
            "services.nursing.cost.also.per_week",
            {"per_day": 1, "payer": "nhs"},
            "cannot be the name of a line",
        ),
        ("services.nursing.cost.also.x", {"payer": "nhs"}, "needs a price"),
        ("services.nursing.cost.also.x", {"per_day": 1}, "needs a payer"),
        ("services.nursing.cost.also.x", {"per_hour": 1, "payer": "nhs"}, "only a service counted in hours"),
        ("services.nursing.cost.payer", {"council": 0.78, "client": 0.2}, "shares add up to 0.98, not 1"),
    ],
)
def test_a_fault_of_what_is_paid_is_told_in_words(read, path, value, words):
    with pytest.raises(ScenarioError) as caught:
        read("", (path, value))
    assert words in str(caught.value)


def test_a_further_line_by_what_people_may_not_have_yet_is_refused(read):
    line = {"per_day": {"by": "need", "high": 2, "low": 1}, "payer": "nhs"}
    changes = [
        ("services.ward.sets", {"need": {"high": 0.5, "low": 0.5}}),
        ("services.nursing.cost.also.x", line),
    ]
    with pytest.raises(ScenarioError, match=r"cost\.also\.x\.per_day: goes by \"need\""):
        compile_network(read("", *changes))


def test_a_share_of_a_split_payer_may_be_set_and_the_rest_follows(read):
    cost = read("", ("services.nursing.cost.payer.old.client", "40%")).services["nursing"].cost
    assert cost.payer.table["old"] == {"council": 0.6, "client": 0.4}
