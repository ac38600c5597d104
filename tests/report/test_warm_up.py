"""How series settle, in words and pictures."""

from __future__ import annotations

import numpy as np

from caresim.measures.warm_up import settling
from caresim.report.warm_up import (
    Series,
    Twice,
    never_steady,
    short_verdict,
    twice_table,
    twice_verdict,
    warm_up_pictures,
    warm_up_table,
    warm_up_verdict,
)
from caresim.report.words import text_of
from report.test_figures import faults_of


def series(label: str, start: float, first: int, declared: float, kind: str = "people") -> Series:
    """A level of 100 after some days at another, waves of 10 on top; three replications."""
    days = np.arange(200)
    figures = np.where(days < first, start, 100.0) + np.where((days // 5) % 2 == 0, 10.0, -10.0)
    return Series(kind, label.lower(), label, settling(figures + np.array([[-1.0], [0.0], [1.0]]), declared))


ENOUGH = series("Ward", 0.0, 30, 40)
LATE = series("Team", 0.0, 60, 40)
SHORT = Series("queue", "homes", "Homes", settling([np.arange(200.0), np.arange(200.0) + 1], 40))


def test_each_series_has_its_day_its_level_and_a_verdict():
    table = warm_up_table("people", [ENOUGH, LATE])
    assert table.rows[0] == ("Ward", "30", "100", "", "no")
    assert table.rows[1][:3] == ("Team", "60", "100")
    # 20 days of 0 and 140 of 100 are 87.5 in the mean.
    assert table.rows[1][3] == "-12.5 % (-12.5 to -12.5)"
    assert table.rows[1][4] == "yes: 20 days"
    assert warm_up_table("queue", [SHORT]).rows[0][-1] == "run too short"


def test_a_bias_is_a_column_only_where_there_is_one():
    assert "bias of the mean" in warm_up_table("people", [ENOUGH, LATE]).heads
    assert "bias of the mean" not in warm_up_table("people", [ENOUGH]).heads


def test_the_verdict_is_plain():
    assert warm_up_verdict([ENOUGH]) == (
        "MSER-5 finds nothing worth cutting after the declared warm-up of 40 days in any series: it cuts by "
        "then, the last on day 30 (Ward: people who hold a place). That nothing stands out does not say that "
        "nothing is there: in a noisy series MSER-5 overlooks even a long start. Look at the pictures, or add "
        "--twice."
    )
    assert warm_up_verdict([ENOUGH], tested=True).endswith("Look at the pictures.")
    assert warm_up_verdict([ENOUGH, LATE]) == (
        "The declared warm-up of 40 days is not enough for 1 of 2 series; they settle later, the last of them "
        'on day 60 (Team: people who hold a place). Try --set "time.warm_up=9 weeks".'
    )
    assert warm_up_verdict([ENOUGH, LATE], steady=False) == (
        "MSER-5 cuts 1 of 2 series after the 40 days of warm-up, the last of them on day 60 (Team: people who "
        "hold a place)."
    )
    assert warm_up_verdict([ENOUGH], steady=False).startswith("MSER-5 cuts every series within the 40 days")
    assert (
        "1 of 2 series had not settled in the first half of the 200 days looked at (Homes: people waiting): "
        "try --days 400."
    ) in warm_up_verdict([ENOUGH, SHORT])
    assert warm_up_verdict([series("Ward", 0.0, 30, 0)]).startswith("No warm-up, as declared, is not enough")
    assert warm_up_verdict([]) == "Nobody was ever there: nothing settles."


def test_a_year_with_seasons_is_said_to_have_no_level():
    said = never_steady(["arrivals go by the month (emergency)"], census=2)
    assert said.startswith(
        "This system never comes to rest: arrivals go by the month (emergency). It begins with people in 2 "
        "services, not empty."
    )
    assert said.endswith("add --twice.")
    assert "--twice" not in never_steady(["events (winter)"], census=0, tested=True)
    assert never_steady([], census=2) == ""


def twice(difference: float, half: float) -> Twice:
    return Twice(ENOUGH, 100.0, 100 + difference, difference, difference - half, difference + half)


def test_a_longer_warm_up_matters_where_the_interval_says_so():
    rows = [twice(5, 2), twice(1, 2), twice(0.5, 0.2)]
    assert [row[-1] for row in twice_table(rows, 40, 3).rows] == [
        "yes",
        "no sign of it",
        "a little: under 1 %",
    ]
    assert twice_verdict([twice(1, 2)]).startswith("Nothing in the window shows")
    assert "no clear sign" in twice_verdict([twice(5, 2), *[twice(1, 2)] * 19])
    assert twice_verdict([*[twice(5, 2)] * 8, *[twice(1, 2)] * 12]).startswith("8 of 20 means")


def test_a_noisy_series_alone_never_makes_a_warm_up_enough():
    """A queue that is empty for its first 20 days, and then as often empty as long: MSER-5 cuts nothing."""
    rng = np.random.default_rng(0)
    figures = 40 * rng.poisson(0.05, (4, 200))
    figures[:, :20] = 0
    queue = Series("queue", "team", "Team", settling(figures, 0))
    assert queue.found.truncation.point == 0
    said = warm_up_verdict([queue])
    assert said.startswith("MSER-5 finds nothing worth cutting in any series. That nothing stands out")
    assert "--twice" not in said
    [drawn] = warm_up_pictures("queue", [queue])
    assert drawn.title == "People waiting: MSER-5 finds nothing worth cutting"
    table = warm_up_table("queue", [queue])
    assert table.heads[-1] == "worth cutting more?"
    assert table.rows[0][-1] == "no"
    assert "enough" not in said + drawn.title + short_verdict(queue.found, True) + text_of(table)
    assert faults_of(drawn) == []


def test_no_words_of_series_overlap_or_leave_the_figure():
    many = [ENOUGH, LATE, *[series(f"A home of a rather long name {n}", 50.0, 30, 40) for n in range(11)]]
    pictures = [
        *warm_up_pictures("people", many),
        *warm_up_pictures("queue", [SHORT]),
        *warm_up_pictures("people", [ENOUGH]),
        *warm_up_pictures("people", [series("Ward", 0.0, 100, 0), ENOUGH, LATE], steady=False),
    ]
    names = ["warmup_people_1", "warmup_people_2", "warmup_queue", "warmup_people", "warmup_people"]
    assert [picture.name for picture in pictures] == names
    for picture in pictures:
        assert faults_of(picture) == [], picture.name
