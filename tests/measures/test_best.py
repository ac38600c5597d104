"""Which variants may be the best: by hand, and against the definition read aloud."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from caresim.errors import ResultsError
from caresim.measures.best import best_variants, screen
from measures.sweep_by_hand import sweep_of


def kept_by_definition(values, confidence=0.95, higher=False):
    """Keep i unless some j is better by more than t(n - 1, 1 - alpha / (k - 1)) s_ij / sqrt(n)."""
    cost = -np.asarray(values, dtype=float) if higher else np.asarray(values, dtype=float)
    n, k = cost.shape
    t = stats.t.ppf(1 - (1 - confidence) / (k - 1), n - 1)
    kept = []
    for i in range(k):
        beaten = False
        for j in range(k):
            apart = cost[:, i] - cost[:, j]
            beaten |= j != i and apart.mean() > t * apart.std(ddof=1) / n**0.5
        kept.append(not beaten)
    return kept


def test_a_variant_goes_when_another_is_better_by_more_than_chance():
    """Differences from `a`: b 2, 4, 6 (mean 4, s 2), two others, so t(2, 0.975) = 4.303 x 2 / sqrt(3) = 4.97.

    So b stays by a hair. c has 5, 5, 5: goes, though it is above by no more than b could be.
    """
    a = np.array([10.0, 3.0, 7.0])
    found = screen(np.column_stack([a, a + [2, 4, 6], a + 5]))
    assert found.may_be_best.tolist() == [True, True, False]
    assert found.beaten_by.tolist() == [-1, -1, 0]


def test_the_same_figures_drop_more_at_less_confidence():
    """At 80 % t(2, 0.9) = 1.886, and 1.886 x 2 / sqrt(3) = 2.18 is less than 4."""
    a = np.array([10.0, 3.0, 7.0])
    assert screen(np.column_stack([a, a + [2, 4, 6], a + 5]), 0.8).may_be_best.tolist() == [
        True,
        False,
        False,
    ]


def test_the_best_may_be_the_highest():
    values = np.array([[1.0, 9, 5], [2, 10.5, 6], [3, 11, 7.1]])
    assert screen(values).may_be_best.tolist() == [True, False, False]
    assert screen(values, higher=True).may_be_best.tolist() == [False, True, False]


def test_pairing_tells_apart_what_separate_runs_could_not():
    """People differ from replication to replication by 30, the two variants by 1 each time."""
    people = np.random.default_rng(1).normal(100, 30, 10)
    same_people = np.column_stack([people, people + 1 + np.tile([0.1, -0.1], 5)])
    assert screen(same_people).may_be_best.tolist() == [True, False]
    others = np.column_stack([same_people[:, 0], same_people[::-1, 1]])
    assert screen(others).may_be_best.tolist() == [True, True]


@pytest.mark.parametrize("higher", [False, True])
def test_it_is_what_the_definition_read_aloud_finds(higher):
    rng = np.random.default_rng(4)
    sizes = []
    for _ in range(150):
        n, k = int(rng.integers(2, 12)), int(rng.integers(2, 25))
        values = rng.normal(0, 1, (n, 1)) + rng.normal(0, rng.uniform(0.1, 1), (n, k)) + rng.normal(0, 1, k)
        confidence = float(rng.choice([0.8, 0.95, 0.99]))
        found = screen(values, confidence, higher=higher)
        assert found.may_be_best.tolist() == kept_by_definition(values, confidence, higher)
        assert ((found.beaten_by >= 0) == ~found.may_be_best).all()
        sizes.append(found.may_be_best.mean())
    assert min(sizes) < 0.2
    assert max(sizes) == 1


def test_equal_variants_all_stay_and_one_alone_is_the_best():
    assert screen(np.tile([[1.0], [2.0]], (1, 4))).may_be_best.all()
    assert screen([[1.0], [2.0]]).may_be_best.tolist() == [True]


def test_one_replication_drops_nobody():
    assert screen([[1.0, 100.0, 3.0]]).may_be_best.all()


def test_a_variant_without_a_figure_is_not_the_best_and_does_not_count():
    """With the empty one k is 2, t(2, 0.95) = 2.920: 3.37, and b, 4 above, goes. With k = 3 it stayed."""
    a = np.array([10.0, 3.0, 7.0])
    found = screen(np.column_stack([a, a + [2, 4, 6], [np.nan] * 3]))
    assert found.may_be_best.tolist() == [True, False, False]
    assert found.beaten_by.tolist() == [-1, 0, -1]
    assert screen(np.full((3, 2), np.nan)).may_be_best.tolist() == [False, False]


def test_pairs_are_compared_over_the_replications_both_have():
    """b is 5 above wherever both are, whatever it was elsewhere; c shares one replication with each."""
    values = np.array(
        [[10, 15, np.nan], [3, 8, np.nan], [7, 12, 50], [np.nan, 1, np.nan], [np.nan, np.nan, 60]]
    )
    assert screen(values).may_be_best.tolist() == [True, False, True]


def test_many_variants_are_screened_quickly():
    """10,000 variants and 50 replications, 1e8 pairs: the first few drop nearly all, so it takes 1 s."""
    rng = np.random.default_rng(2)
    values = rng.normal(0, 1, (50, 1)) + rng.normal(0, 0.2, (50, 10_000)) + np.linspace(0, 10, 10_000)
    assert 0 < screen(values).may_be_best.sum() < 1_000


@pytest.mark.parametrize(
    ("values", "confidence", "words"), [([1.0, 2.0], 0.95, "got shape"), ([[1.0]], 95, "between 0 and 1")]
)
def test_what_makes_no_sense_is_refused(values, confidence, words):
    with pytest.raises(ValueError, match=words):
        screen(values, confidence)


def test_variants_of_a_sweep_stand_in_order_of_their_means():
    figures = {"queue": {"a": [5, 5, 6], "b": [1, 2, 3.5], "c": [1, 3, 3], "none": [np.nan] * 3}}
    table = best_variants(sweep_of(figures), "queue")
    assert table["variant"].tolist() == ["b", "c", "a", "none"]
    assert table["may_be_best"].tolist() == [True, True, False, False]
    assert table["beaten_by"].tolist() == ["", "", "b", ""]
    assert table["n"].tolist() == [3, 3, 3, 0]
    assert best_variants(sweep_of(figures), "queue", higher=True)["variant"].tolist() == [
        "a",
        "c",
        "b",
        "none",
    ]


def test_a_measure_that_was_not_kept_is_named():
    with pytest.raises(ResultsError, match=r'"quee" was not kept\. Did you mean "queue"\?'):
        best_variants(sweep_of({"queue": {"a": [1, 2]}}), "quee")
