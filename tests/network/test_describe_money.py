"""What `caresim explain` says of money."""

from __future__ import annotations

from pathlib import Path

from caresim.network.compile import compile_network
from caresim.network.describe import describe, unsourced_numbers
from caresim.network.describe_money import describe_money, years_written
from caresim.network.describe_part import describe_part
from caresim.network.layout import WIDTH
from caresim.scenario.files import load_scenario

EVERYTHING = Path(__file__).parents[1] / "cases" / "valid" / "everything.yaml"
COUNTY = Path(__file__).parents[1] / "cases" / "valid" / "county_example.yaml"


def lines_of(text: str) -> list[str]:
    """Without the spaces that align them."""
    return [" ".join(line.split()) for line in text.splitlines()]


def test_prices_are_told_as_they_are_applied_with_what_was_written():
    """A meal at 9 pounds, 2 % and 3 % dearer, is 9.46; the ward's 300 rise by a fifth in two years."""
    prices, interventions, staff, budgets = describe_money(load_scenario(EVERYTHING))
    assert "Prices [pounds of 2020/21]" in prices
    assert "meals.per_day age old 9.46 9.00 in 2018/19 client, 75 %" in lines_of(prices)
    assert any(
        line.startswith("ward per_day area north, age old 363.00 300.00 in 2018/19 ")
        for line in lines_of(prices)
    )
    worker = "link_worker 36,300 a year council, 50 % from 2020-02-01 to 2020-12-31"
    assert worker in lines_of(interventions)
    # 31 thousand, a fifth and a little more dearer in two years.
    assert lines_of(staff)[3:] == ["carers 37,510 council, 90 %", "37,510 nhs, 10 %"]
    # The window has 361 days of the budget's 366; what it is of goes on in a second line.
    line = "hostels 200,000 2020-01-01 to 2020-12-31 197,268 hostel, link_worker, area north; council,"
    assert line in lines_of(budgets)
    told = (prices, interventions, staff, budgets)
    assert all(len(line) <= WIDTH for text in told for line in text.splitlines())


def test_a_system_with_plain_prices_alone_says_no_more_than_it_did():
    assert describe_money(load_scenario(COUNTY)) == []


def test_of_a_price_carried_to_another_year_what_was_written_is_told_with_its_year():
    """Visits are written in prices of 2019/20, all else in those of 2018/19."""
    scenario = load_scenario(EVERYTHING)

    def declared(path: str) -> str:
        text = describe_part(scenario, compile_network(scenario), path)
        return " ".join(text.partition("As declared")[2].split())

    assert "per_day.else 310.5, in prices of 2018/19 C1" in declared("services.ward.cost")
    assert "payer.old.nhs 0.5 C1" in declared("services.ward.cost")
    assert ", in prices of 2019/20" in declared("services.visits.cost")
    assert "also.meals.per_day.old 9, in prices of 2018/19" in declared("services.hostel.cost")
    assert "per_year 30 thousand, in prices of 2018/19" in declared("interventions.link_worker.cost")
    assert "per_post_year 31 thousand, in prices of 2018/19" in declared("staff.carers.cost")
    assert "in prices of" not in declared("budgets.hostels")


def test_of_a_price_of_the_year_itself_no_year_is_told():
    assert years_written(load_scenario(COUNTY)) == {}
    scenario = load_scenario(EVERYTHING, [("prices.to", "2018/19")])
    assert {path.split(".")[1] for path in years_written(scenario)} == {"visits"}


def test_explain_has_the_part_about_money():
    scenario = load_scenario(EVERYTHING)
    assert all(part in describe(scenario, compile_network(scenario)) for part in describe_money(scenario))


def test_inflation_and_budgets_need_sources_and_years_do_not():
    lines = unsourced_numbers(load_scenario(EVERYTHING))
    for path in ("prices.inflation.else", "budgets.hostels.amount", "interventions.link_worker.cost.once"):
        assert any(f" {path}: " in line for line in lines)
    assert not any("prices.year" in line or "prices.to" in line for line in lines)
