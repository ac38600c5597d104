"""Which factor moves a figure, in words and pictures."""

from __future__ import annotations

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
from caresim.report.sensitivity import (
    noise_in_words,
    points_for,
    sensitivity_pictures,
    sensitivity_table,
)
from caresim.report.words import text_of
from report.test_figures import faults_of

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
    """At 64 the widest total is 0.3 to either side: 0.2 takes 144, and fewer than 256 are not advised."""
    assert "64 base points are few: about 256 would say more." in sensitivity_table(SOBOL).note
    assert [points_for(n, half) for n, half in ((4, 0.9), (256, 0.21), (256, 0.41))] == [256, 512, 2048]


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


def test_two_pictures_never_share_a_name():
    first, second = (
        Tornado(measure=name, unit="people", group="", baseline="b", base=1.0, bars=TORNADO.bars, noise=NOISE)
        for name in ("cost_total[payer=nhs]", "cost_total payer nhs")
    )
    assert [picture.name for picture in sensitivity_pictures([first, second])] == [
        "tornado_cost_total_payer_nhs",
        "tornado_cost_total_payer_nhs_2",
    ]


def test_a_swing_of_shares_is_drawn_in_per_cent():
    bars = (
        TornadoBar(
            factor="services.team.places",
            low=None,
            high=End(level="plus 1", mean=-0.05, low=-0.06, high=-0.04),
        ),
    )
    found = Tornado(
        measure="ward.utilisation", unit="share", group="", baseline="b", base=0.9, bars=bars, noise=NOISE
    )
    assert sensitivity_table(found).rows[0][-3:] == ("plus 1", "-5.0 (-6.0 to -4.0)", "5.0")
    [drawn] = sensitivity_pictures([found])
    low, high = drawn.figure.axes[0].get_xlim()
    assert low < -5 < 0 <= high


def test_no_words_of_indices_overlap_or_leave_the_figure():
    pictures = list(sensitivity_pictures([TORNADO, MORRIS, SOBOL]))
    names = ["tornado_dtoc_people_winter", "morris_cost_total", "sobol_dtoc_rate"]
    assert [picture.name for picture in pictures] == names
    for picture in pictures:
        assert faults_of(picture) == [], picture.name
