from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from caresim.errors import ResultsError
from caresim.measures.replications import Target, running
from caresim.measures.sensitivity import (
    End,
    Index,
    Indices,
    MorrisFactor,
    Noise,
    SobolFactor,
    Tornado,
    TornadoBar,
)
from caresim.measures.warm_up import settling
from caresim.report.evidence import (
    Series,
    Twice,
    fine,
    never_steady,
    noise_in_words,
    plus_minus,
    replications_table,
    running_picture,
    running_table,
    sensitivity_pictures,
    sensitivity_table,
    short_paths,
    shown_numbers,
    twice_table,
    twice_verdict,
    warm_up_pictures,
    warm_up_table,
    warm_up_verdict,
    write_pictures,
)
from caresim.report.words import text_of
from report.test_figures import faults_of

# -------------------------------------------------------------- warm-up


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
    assert table.rows[0] == ("Ward", "30", "100", "", "yes")
    assert table.rows[1][:3] == ("Team", "60", "100")
    # 20 days of 0 and 140 of 100 are 87.5 in the mean.
    assert table.rows[1][3] == "-12.5 % (-12.5 to -12.5)"
    assert table.rows[1][4] == "no: 20 days short"
    assert warm_up_table("queue", [SHORT]).rows[0][-1] == "run too short"


def test_a_bias_is_a_column_only_where_there_is_one():
    assert "bias of the mean" in warm_up_table("people", [ENOUGH, LATE]).heads
    assert "bias of the mean" not in warm_up_table("people", [ENOUGH]).heads


def test_the_verdict_is_plain():
    assert warm_up_verdict([ENOUGH]) == (
        "The declared warm-up of 40 days is enough: every series settled by then, the last on day 30 "
        "(Ward: people who hold a place)."
    )
    assert warm_up_verdict([ENOUGH, LATE]) == (
        "The declared warm-up of 40 days is not enough for 1 of 2 series; they settle later, the last of them "
        'on day 60 (Team: people who hold a place). Try --set "time.warm_up=9 weeks".'
    )
    assert warm_up_verdict([ENOUGH, LATE], steady=False) == (
        "MSER-5 cuts 1 of 2 series after the 40 days of warm-up, the last of them on day 60 (Team: people who "
        "hold a place)."
    )
    assert warm_up_verdict([ENOUGH], steady=False).startswith("MSER-5 cuts every series within the 40 days")
    assert warm_up_verdict([ENOUGH, SHORT]).endswith(
        "1 of 2 series had not settled in the first half of the 200 days looked at (Homes: people waiting): "
        "try --days 400."
    )
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


# -------------------------------------------------------------- replications

SURE = running("dtoc_people", "people", [100.0, 101.0, 99.0, 100.0], Target(5.0, False, "5 people"))
UNSURE = running("cost_total", "pounds", [1e6, 3e6, 2e6, 2.4e6], Target(0.01, True, "1 %"))


def test_how_many_are_enough_is_said_in_words():
    table = replications_table([SURE, UNSURE])
    assert table.title == "4 replications; mean (95 % interval: low to high)"
    assert table.rows[0] == (
        "Delayed in hospital, people a day",
        "100 (99 to 101)",
        "1.3",
        "5 people",
        "yes, from 3 on",
    )
    assert table.rows[1][2:4] == ("£1.3m", "1 %: £21k")
    # sd 840,600, mean 2,100,000: (1.96 x 840,600 / 21,000)^2 is 6,155, and two more for Student's t.
    assert table.rows[1][4] == "no: about 6,200 would do"


def test_the_running_table_shows_every_replication_of_a_few():
    rows = running_table([SURE, UNSURE]).rows
    assert rows[0] == ("1", "100", "£1.0m")
    assert rows[1] == ("2", "100.5 ± 6.4", "£2m ± 13m")
    assert len(rows) == 4


def test_of_many_replications_some_are_shown_and_those_that_matter():
    numbers = shown_numbers(137, [63, None])
    assert numbers == [*range(1, 11), 15, 20, 30, 50, 63, 100, 137]
    assert shown_numbers(20, []) == list(range(1, 21))


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.1234, "people", "0.12"),
        (12.34, "days", "12"),
        (1.26, "%", "1.3"),
        (51_234, "pounds", "£51k"),
        (0, "people", "0"),
    ],
)
def test_a_half_width_has_two_digits_that_tell(value, unit, words):
    assert fine(value, unit) == words


def test_a_mean_has_the_digits_its_half_width_tells_of():
    assert plus_minus(3_397_123, 113_000, "pounds") == "£3.40m ± 0.11m"
    assert plus_minus(-0.5, 0.031, "people") == "-0.500 ± 0.031"
    assert plus_minus(float("nan"), float("nan"), "people") == "-"


def test_one_replication_says_nothing():
    alone = running("people", "people", [5.0], Target(1.0, False, "1 people"))
    assert replications_table([alone]).rows[0][-1] == "one replication cannot tell"
    assert faults_of(running_picture([alone])) == []


# -------------------------------------------------------------- sensitivity

NOISE = Noise(n=8, share=0.034, unshared=0.0004)
TORNADO = Tornado(
    measure="dtoc_people",
    unit="people",
    group="winter",
    baseline="winter",
    base=136.2,
    bars=(
        TornadoBar(
            factor="services.home_care.hours",
            low=End(level="times 0.95", mean=32.3, low=30.1, high=34.5),
            high=End(level="times 1.05", mean=-21.0, low=-22.0, high=-20.0),
        ),
        TornadoBar(
            factor="services.reablement.places",
            low=None,
            high=End(level="plus 20", mean=-1.2, low=-1.9, high=-0.5),
        ),
    ),
    noise=NOISE,
)
MORRIS = Indices(
    measure="cost_total",
    unit="pounds",
    group="",
    kind="morris",
    n=10,
    ranges={"services.home_care.hours": "times 0.9 to times 1.1"},
    factors=(
        MorrisFactor(
            factor="services.home_care.hours", mu=-2e6, mu_star=Index(value=2e6, half=3e5), sigma=4e5
        ),
    ),
    noise=NOISE,
)
SOBOL = Indices(
    measure="dtoc_rate",
    unit="% of occupied nights",
    group="",
    kind="sobol",
    n=64,
    ranges={"arrivals.emergency.rate": "times 0.9 to times 1.1"},
    factors=(
        SobolFactor(
            factor="arrivals.emergency.rate",
            first=Index(value=0.3, half=0.302),
            total=Index(value=0.5, half=0.3),
        ),
    ),
    noise=Noise(n=1, share=float("nan"), unshared=float("nan")),
)


def test_a_tornado_names_both_ends():
    table = sensitivity_table(TORNADO)
    assert table.title == (
        "Delayed in hospital, people a day (winter): each factor changed alone, against winter (136)"
    )
    assert table.rows == (
        (
            "home_care.hours",
            "times 0.95",
            "32.3 (30.1 to 34.5)",
            "times 1.05",
            "-21.0 (-22.0 to -20.0)",
            "53.3",
        ),
        ("reablement.places", "baseline", "", "plus 20", "-1.2 (-1.9 to -0.5)", "1.2"),
    )


def test_indices_are_told_with_their_range_and_interval():
    assert sensitivity_table(MORRIS).rows == (
        ("home_care.hours", "times 0.9 to times 1.1", "£2.0m (1.7 to 2.3)", "-£2.0m", "£400k"),
    )
    assert sensitivity_table(SOBOL).rows == (
        ("emergency.rate", "times 0.9 to times 1.1", "30 % (0 to 60)", "50 % (20 to 80)", "20 %"),
    )


def test_few_base_points_are_said_to_be_few():
    assert "64 base points are few: 512 would say more." in sensitivity_table(SOBOL).note


def test_chance_is_told_beside_the_indices():
    assert noise_in_words(NOISE) == (
        "Chance: with 8 replications of each variant, the variance of a variant's mean is 3.4 % of the "
        "variance between variants, under 0.1 % without what all share, as they meet the same people. These "
        "figures hold that too."
    )
    assert noise_in_words(SOBOL.noise).startswith("One replication of each variant cannot tell")


def test_a_figure_nothing_moves_is_said_to_be_so_and_not_drawn():
    still = Indices(
        measure="x", unit="people", group="", kind="sobol", n=8, ranges={}, factors=(), noise=NOISE
    )
    assert "no factor moves it" in text_of(sensitivity_table(still))
    assert list(sensitivity_pictures([still])) == []


def test_paths_are_shortened_only_where_that_tells_them_apart():
    paths = ["services.ward.places", "arrivals.ward.places", "services.team.places", "time.measure"]
    assert list(short_paths(paths).values()) == [
        "services.ward.places",
        "arrivals.ward.places",
        "team.places",
        "time.measure",
    ]


# -------------------------------------------------------------- pictures


def test_no_words_of_evidence_overlap_or_leave_the_figure():
    many = [ENOUGH, LATE, *[series(f"A home of a rather long name {n}", 50.0, 30, 40) for n in range(11)]]
    pictures = [
        *warm_up_pictures("people", many),
        *warm_up_pictures("queue", [SHORT]),
        *warm_up_pictures("people", [series("Ward", 0.0, 100, 0), ENOUGH, LATE], steady=False),
        running_picture([SURE]),
        running_picture([SURE, UNSURE]),
        *sensitivity_pictures([TORNADO, MORRIS, SOBOL]),
    ]
    assert [picture.name for picture in pictures] == [
        "warmup_people_1",
        "warmup_people_2",
        "warmup_queue",
        "warmup_people",
        "replications",
        "replications",
        "tornado_dtoc_people_winter",
        "morris_cost_total",
        "sobol_dtoc_rate",
    ]
    for picture in pictures:
        assert faults_of(picture) == [], picture.name


def test_two_pictures_never_share_a_name():
    first, second = (
        Tornado(measure=name, unit="people", group="", baseline="b", base=1.0, bars=TORNADO.bars, noise=NOISE)
        for name in ("cost_total[payer=nhs]", "cost_total payer nhs")
    )
    assert [picture.name for picture in sensitivity_pictures([first, second])] == [
        "tornado_cost_total_payer_nhs",
        "tornado_cost_total_payer_nhs_2",
    ]


def test_pictures_are_written_as_svg_and_png(tmp_path: Path):
    written = write_pictures([running_picture([SURE])], tmp_path / "made")
    assert written == [tmp_path / "made" / "replications.png"]
    assert written[0].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "made" / "replications.svg").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match="figures cannot be written"):
        write_pictures([running_picture([SURE])], tmp_path / "file" / "made")
