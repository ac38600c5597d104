"""Warnings of `caresim check`: each is told for a system that deserves it, and not for the same one mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from caresim.cli.doubts import doubts
from caresim.network.compile import compile_network
from caresim.scenario.files import load_scenario
from experiment.two_beds import TWO_BEDS


def told(folder: Path, *replaced: tuple[str, str]) -> list[str]:
    text = TWO_BEDS
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    (folder / "base.yaml").write_text(TWO_BEDS, encoding="utf-8")
    file = folder / "world.yaml"
    file.write_text(text, encoding="utf-8")
    scenario = load_scenario(file)
    return list(doubts(scenario, compile_network(scenario)))


def event(words: str) -> tuple[str, str]:
    change = "change: {services.team.places: 3}"
    return ("exits: {home: {}}", f"exits: {{home: {{}}}}\nevents: {{cut: {{{words}, {change}}}}}")


def money(words: str) -> tuple[str, str]:
    """The ward is paid by the NHS, the team by the council."""
    costs = "services: {ward: {cost: {per_day: 1, payer: nhs}}, team: {cost: {per_day: 1, payer: council}}}"
    base = f"extends: base.yaml\n{costs}\n{words}\n"
    return (TWO_BEDS, base)


def away(after: str, pay: str = "1 day", more: str = "") -> tuple[str, str]:
    """People in the team may go to the ward, their place kept."""
    rule = f"{{rate: 0.6 per year, to: ward, keep: 7 days, pay: {pay}, next: {after}}}"
    others = f", {more}" if more else ""
    return (TWO_BEDS, f"extends: base.yaml\nservices: {{team: {{away: {rule}}}{others}}}\n")


def closing(provider: str) -> tuple[str, str]:
    """One or all of the three that have the team's places."""
    change = f"{{services.team.providers.{provider}.closed: {{notice: 2 days}}}}"
    event = f"events: {{shut: {{from: 2024-01-08, change: {change}}}}}"
    team = "services: {team: {places: null, providers: {elm: {count: 3, places: 2}}}}"
    return (TWO_BEDS, f"extends: base.yaml\n{team}\n{event}\n")


def switched(effect: str, cost: str) -> tuple[str, str]:
    """What a post does, and what it costs."""
    event = f"events: {{post: {{active: {effect}, from: 2024-01-08, change: {{services.team.places: 3}}}}}}"
    price = f"interventions: {{post: {{active: {cost}, cost: {{per_year: 9, payer: nhs}}}}}}"
    return (TWO_BEDS, f"extends: base.yaml\n{event}\n{price}\n")


def block(places: str) -> tuple[str, str]:
    """A block of the team's places, of which there are 2 and from the second week 6."""
    cost = f"cost: {{per_day: 9, payer: council, block: {{places: {places}, per_week: 60}}}}"
    team = f"{{places: {{2024-01-01: 2, 2024-01-08: 6}}, {cost}}}"
    return (TWO_BEDS, f"extends: base.yaml\nservices: {{team: {team}}}\n")


def providers(those: str) -> tuple[str, str]:
    """The team's places are those of providers."""
    return (TWO_BEDS, f"extends: base.yaml\nservices: {{team: {{places: null, providers: {those}}}}}\n")


def reviews(rules: str, more: str = "") -> tuple[str, str]:
    """People in the team are reviewed; all have the same care time there."""
    care = f"{{care_time: 20 days, reviews: {{{rules}, outcomes: same}}}}"
    return (TWO_BEDS, f"extends: base.yaml\nservices: {{team: {care}{more}}}\n")


def staff(
    price: str, capacity: str = "places: {staff: carers, per_worker: 2}"
) -> tuple[str, str]:
    """Those who do the team's work cost something, and so may the team."""
    carers = "{posts: 4, cost: {per_post_year: 30000, payer: council}}"
    own = "" if capacity.startswith("places") else "places: null, "
    team = f"{{{own}{capacity}, cost: {{{price}, payer: council}}}}"
    return (TWO_BEDS, f"extends: base.yaml\nstaff: {{carers: {carers}}}\nservices: {{team: {team}}}\n")


def reviewers(queue: str) -> tuple[str, str]:
    """By those who assess people on the ward."""
    step = "{in_place: true, places: 2, care_time: 1 day, next: team" + queue + "}"
    return reviews("first: 2 days, by: assessment", f", assessment: {step}, ward: {{next: assessment}}")


def visits(least: str) -> tuple[str, str]:
    """Only large packages are reviewed."""
    rules = f"{{first: 2 days, at_least: {least} hours per week, outcomes: same}}"
    care = f"{{hours: 99 per week, amount: 7 hours per week, care_time: 9 days, next: home, reviews: {rules}}}"
    return (TWO_BEDS, f"extends: base.yaml\nservices: {{visits: {care}, ward: {{next: visits}}, team: null}}\n")


def decline(gain: str) -> tuple[str, str]:
    """What the ward leads to is shifted by up to ten days of delay."""
    rule = f"{{at_most: 10 days, each_day: {{services.ward.next.home: {gain}}}}}"
    return (TWO_BEDS, f"extends: base.yaml\ndeconditioning: {rule}\n")


def test_a_sound_system_raises_no_doubt(tmp_path):
    assert told(tmp_path) == []


@pytest.mark.parametrize(
    ("doubtful", "words", "sound"),
    [
        (event("from: 2024-02-01"), "events.cut lies outside the run", event("from: 2024-01-28")),
        (
            event("from: 2023-12-01, to: 2023-12-31"),
            "events.cut lies outside the run",
            event("from: 2023-12-01, to: 2024-01-01"),
        ),
        (
            event("from: 2024-01-01, to: 2024-01-08, ramp: 5 days"),
            "events.cut never comes to its full strength",
            event("from: 2024-01-01, to: 2024-01-09, ramp: 5 days"),
        ),
        (decline("10%"), "after 10 days of delay everybody has home by services.ward.next", decline("9.9%")),
        (away("{home: 1}"), "services.team.away.next never leads back", away("{back: 0.5, home: 0.5}")),
        (reviews("first: 20 days"), "services.team.reviews: only 0.0% of people", reviews("first: 19 days")),
        (
            reviewers(""),
            "services.assessment reviews team and has other work",
            reviewers(", queue: {priority: {by: from, team: 2, else: 1}}"),
        ),
        (visits("8"), "services.visits.reviews.at_least leaves out", visits("7")),
        (
            staff("per_place_day: 40"),
            "services.team has per_place_day, and is the work of staff.carers, who have a cost of their own",
            staff("per_stay: 40"),
        ),
        (
            staff("per_place_day: 40", "providers: {a: {places: 2}, b: {places: {staff: carers, per_worker: 2}}}"),
            "services.team has per_place_day, and is the work of staff.carers, who have a cost of their own",
            staff("per_stay: 40", "providers: {a: {places: 2}, b: {places: {staff: carers, per_worker: 2}}}"),
        ),
        (
            closing("elm"),
            "events.shut closes all 3 providers of services.team at once",
            closing("elm_2"),
        ),
        (
            switched("true", "false"),
            "events.post.active is true and interventions.post.active is false: its effect comes without its cost",
            switched("true", "true"),
        ),
        (
            switched("false", "true"),
            "interventions.post.active is true and events.post.active is false: it costs and does nothing",
            switched("false", "false"),
        ),
        (
            block("7"),
            "services.team.cost.block pays for",
            block("6"),
        ),
        (
            block("7"),
            "services.team.cost.block pays for 7 places whether used or not, and there are 6 at most",
            block("6"),
        ),
        (away("back", "8 days"), "services.team.away.pay (8 days) is longer", away("back", "7 days")),
        (
            away("back, find_again: choice", more="choice: {in_place: true, places: 9, care_time: 1 day, next: home}"),
            "services.team.away.find_again leads to choice, and from there nothing leads back to team",
            away("back, find_again: choice", more="choice: {in_place: true, places: 9, care_time: 1 day, next: team}"),
        ),
        (("next: home", "next: ward"), "nobody who comes to services.team ever leaves", ("", "")),
        (("next: team", "next: home"), "services.team is never used", ("", "")),
        (
            ("acute, places: 2", "acute, places: 0"),
            "services.ward has no capacity at any time",
            ("acute, places: 2", "acute, places: {2024-01-01: 0, 2024-01-08: 2}"),
        ),
        (
            ("acute, places: 2", "acute, hours: 5 per week, amount: {exponential: 6 hours per week}"),
            "services.ward has less in all than one person needs",
            ("acute, places: 2", "acute, hours: 7 per week, amount: {exponential: 6 hours per week}"),
        ),
        (
            ("acute, places: 2", "acute, places: 2, start_with: {in_care: 7, delayed: {team: 3}}"),
            "services.ward starts with 10 people, 5.0 times what it has room for",
            ("acute, places: 2", "acute, places: 2, start_with: {in_care: 1, delayed: {team: 2}}"),
        ),
        (
            providers("{elm: {places: 4}, oak: {places: 3, closed: true}}"),
            "services.team.providers: oak is closed all through the run, so it counts for nothing",
            providers("{elm: {places: 4}, oak: {places: 3, closed: false}}"),
        ),
        (
            providers("{elm: {count: 3, places: 4, closed: {notice: 0 days}}}"),
            "services.team has no capacity at any time",
            providers("{elm: {count: 3, places: 4}}"),
        ),
        (
            ("    dtoc: {reason: C, responsible: nhs}\n", ""),
            "services.team has no dtoc",
            ("", ""),
        ),
        (
            money("interventions: {post: {from: 2024-01-29, cost: {per_year: 9, payer: nhs}}}"),
            "interventions.post lies outside the window",
            money("interventions: {post: {from: 2024-01-28, cost: {per_year: 9, payer: nhs}}}"),
        ),
        (
            money("interventions: {post: {to: 2024-01-01, from: 2023-12-31, cost: {once: 9, payer: nhs}}}"),
            "interventions.post begins before the window",
            money("interventions: {post: {from: 2023-12-31, cost: {per_year: 9, payer: nhs}}}"),
        ),
        (
            money("budgets: {all: {amount: 9, from: 2023-01-01, to: 2023-12-31}}"),
            "budgets.all is for a time outside the window",
            money("budgets: {all: {amount: 9, from: 2023-01-01, to: 2024-01-01}}"),
        ),
        (
            money("budgets: {all: {amount: 9, payer: nhs, of: team}}"),
            "budgets.all: its payers pay for nothing",
            money("budgets: {all: {amount: 9, payer: nhs, of: ward}}"),
        ),
        (
            money("prices: {year: 2022/23, to: 2024/25, inflation: 2% per year}"),
            "prices are carried to 2024/25, and the window begins in 2023/24",
            money("prices: {year: 2022/23, to: 2023/24, inflation: 2% per year}"),
        ),
        (
            money(
                "prices: {year: 2022, to: 2024, inflation: {ward: 2% per year, nhs: 1% per year, else: 1% per year}}"
            ),
            "prices.inflation.nhs is never used",
            money("prices: {year: 2022, to: 2024, inflation: {nhs: 1% per year, else: 1% per year}}"),
        ),
    ],
)
def test_what_may_not_be_meant_is_told(tmp_path, doubtful, words, sound):
    assert any(doubt.startswith(words) for doubt in told(tmp_path, doubtful)), told(tmp_path, doubtful)
    assert not any(doubt.startswith(words) for doubt in told(tmp_path, sound))


def test_days_without_a_line_in_a_file_of_counts_are_told(tmp_path):
    days = [f"2024-01-{day:02d},1\n" for day in range(1, 29)]
    (tmp_path / "counts.csv").write_text("date,count\n" + "".join(days[:25]), encoding="utf-8")
    counts = ("rate: 1 per day", "counts: counts.csv")
    (words,) = told(tmp_path, counts)
    assert words.startswith("arrivals.all.counts has no line for 3 of the 28 days of the run")
    (tmp_path / "counts.csv").write_text("date,count\n" + "".join(days), encoding="utf-8")
    assert told(tmp_path, counts) == []


def test_a_payer_that_pays_once_and_is_nearly_another_is_asked_about(tmp_path):
    def line(payer: str) -> tuple[str, str]:
        once = {f"thing_{number}": "council" for number in range(2)} | {"last": payer}
        lines = ", ".join(f"{name}: {{cost: {{once: 100, payer: {who}}}}}" for name, who in once.items())
        return money(f"interventions: {{{lines}}}")

    said = [words for words in told(tmp_path, line("concil")) if "concil" in words]
    assert said == ['last.once is the only thing that "concil" pays for: is "council" meant?']
    assert not [words for words in told(tmp_path, line("nhs_board")) if "meant?" in words]
