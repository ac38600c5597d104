"""Staff against birth and death processes: found at a rate, leaving at a hazard, never more than posts.

Every test's bound is that of `tools`: it fails by chance once in 10,000. Nobody arrives in these
systems; a figure is worked out from the rows a run tells of its staff.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from caresim.network.staffing import expected_staff
from theory.tools import Array, Run, assert_theory, network_of, replicate, system

BODY = """
arrivals: {{nobody: {{to: ward, times: [0 days]}}}}
services: {{ward: {{places: 1, care_time: 1 day, next: home}}}}
staff:
{staff}
"""
GROUP, TIME, POSTS, IN_POST, PRODUCTIVE, JOINED, LEFT, OTHER = range(8)


def staffed(*groups: str, measure: str = "4000 days", warm_up: str = "1000 days") -> str:
    lines = "\n".join(f"  {group}" for group in groups)
    return system(BODY.format(staff=lines), measure=measure, warm_up=warm_up)


def level_at(run: Run, group: int, column: int, instants: Array) -> Array:
    rows = run.recorder.rows("staff")
    own = rows[rows[:, GROUP] == group]
    return own[np.searchsorted(own[:, TIME], instants, side="right") - 1, column]


def share_of_time(run: Run, group: int, column: int, most: int) -> Array:
    """Share of the window at each level 0, 1, ... `most`."""
    rows = run.recorder.rows("staff")
    own = rows[rows[:, GROUP] == group]
    times = np.append(own[:, TIME], run.network.end).clip(0.0)
    levels = np.minimum(own[:, column].astype(int), most)
    return np.bincount(levels, np.diff(times), minlength=most + 1) / run.network.end


def mean_level(run: Run, group: int, column: int) -> float:
    return float(share_of_time(run, group, column, 1000) @ np.arange(1001))


def test_with_posts_enough_for_all_the_number_in_post_is_poisson() -> None:
    """M/M/infinity: mean and variance are found / hazard = 0.5 / 0.02 = 25; of these productive are who
    have stayed longer than the induction, a share of exp(-hazard x induction), Poisson again.

    The slip: the share of an induction of fixed length taken as if it were of exponential length.
    """
    text = staffed(
        "carers: {posts: 5000, in_post: 25, joiners: 0.5 per day, leavers: 2% per day, induction: 30 days}"
    )
    productive = 25 * math.exp(-0.02 * 30)
    instants = np.arange(0.0, 4000.0, 40.0)

    def figures(run: Run) -> list[float]:
        there, able = (level_at(run, 0, column, instants) for column in (IN_POST, PRODUCTIVE))
        squares = ((there - 25) ** 2).mean(), ((able - productive) ** 2).mean()
        return [mean_level(run, 0, IN_POST), mean_level(run, 0, PRODUCTIVE), *squares]

    exact = [25.0, productive, 25.0, productive]
    slip = [25.0, 25 / (1 + 0.02 * 30), 25.0, productive]
    assert_theory(replicate(text, figures, 30), exact, slip, fine=0.25)


def test_with_few_posts_the_number_in_post_is_a_poisson_number_cut_off() -> None:
    """M/M/c/c: with 6 posts and found / hazard = 5, n are in post with chance proportional to 5^n / n!;
    who is found meets a vacancy with the chance of fewer than 6 (arrivals see time averages).

    The slip: whoever is found waits for a post (M/M/c), so that all posts are filled oftener.
    """
    text = staffed("carers: {posts: 6, joiners: 0.25 per day, leavers: 5% per day}", measure="6000 days")
    weights = stats.poisson.pmf(np.arange(7), 5.0)
    exact = weights / weights.sum()
    joined = 0.25 * (1 - exact[6])

    def figures(run: Run) -> list[float]:
        rows = run.recorder.rows("staff")
        joiners = rows[(rows[:, TIME] >= 0) & (rows[:, JOINED] > 0)]
        return [*share_of_time(run, 0, IN_POST, 6)[2:], len(joiners) / 6000]

    waiting = np.append(weights[:6], weights[6] / (1 - 5.0 / 6))
    slip = waiting / waiting.sum()
    assert_theory(replicate(text, figures), [*exact[2:], joined], [*slip[2:], 0.25], fine=0.2)


@pytest.mark.parametrize(("posts", "hazard"), [("0", 0.3 * 0.02), ("100000", 0.02)])
def test_a_neighbour_drains_a_group_as_far_as_it_has_posts(posts: str, hazard: float) -> None:
    """Seven tenths of the occasions to leave lead to a neighbour: without a post there they come to
    nothing, and workers leave at three tenths of the hazard; the neighbour has what it took on.

    The slip: who finds no post leaves all the same (or, with posts for all, nobody goes there).
    """
    text = staffed(
        "carers: {posts: 5000, joiners: 0.3 per day, leavers: 2% per day, leave_to: {rehab: 0.7, else: 0.3}}",
        f"rehab: {{posts: {posts}, in_post: 0, leavers: 5% per day}}",
        warm_up="1500 days",
    ).replace("posts: 5000", "posts: 5000, in_post: 30")
    mean = 0.3 / hazard
    drained = 0.7 * 0.02 * mean / 0.05 if posts != "0" else 0.0

    def figures(run: Run) -> list[float]:
        return [mean_level(run, 0, IN_POST), mean_level(run, 1, IN_POST)]

    slip = [0.3 / 0.02, 0.0] if posts == "0" else [0.3 / (0.3 * 0.02), 0.0]
    assert_theory(replicate(text, figures), [mean, drained], slip)


def test_what_explain_expects_of_staff_is_their_mean() -> None:
    """From 4 in post to 12 posts, with a winter of twice the leavers and half the joiners: the mean over
    replications at five instants is that of the birth and death process `explain` follows.

    The slip: the winter forgotten.
    """
    group = "carers: {posts: 12, in_post: 4, joiners: %s, leavers: %s, induction: 20 days}"
    winter = group % (
        "{0 days: 0.2 per day, 100 days: 0.1 per day, 200 days: 0.2 per day}",
        "{0 days: 1% per day, 100 days: 2% per day, 200 days: 1% per day}",
    )
    quiet = group % ("0.2 per day", "1% per day")
    instants = np.array([15.0, 60.0, 120.0, 180.0, 290.0])

    def expected(text: str) -> Array:
        own = expected_staff(network_of(text))[0]
        found = (np.interp(instants, own.times, values) for values in (own.in_post, own.productive))
        return np.concatenate(list(found))

    def figures(run: Run) -> Array:
        columns = (level_at(run, 0, column, instants) for column in (IN_POST, PRODUCTIVE))
        return np.concatenate(list(columns))

    texts = [staffed(each, measure="300 days", warm_up="0 days") for each in (winter, quiet)]
    found = replicate(texts[0], figures, replications=400)
    assert_theory(found, expected(texts[0]), expected(texts[1]), fine=0.2)


def test_the_long_run_of_explain_is_that_of_the_formulas() -> None:
    """6 posts, found / hazard = 5: the cut-off Poisson number; productive after 20 days of induction:
    less who joined in the last 20 days, joining x (1 - exp(-hazard x 20)) / hazard."""
    text = staffed("carers: {posts: 6, joiners: 0.25 per day, leavers: 5% per day, induction: 20 days}")
    own = expected_staff(network_of(text))[0]
    weights = stats.poisson.pmf(np.arange(7), 5.0)
    chances = weights / weights.sum()
    mean = float(chances @ np.arange(7))
    learning = 0.25 * (1 - chances[6]) * (1 - math.exp(-0.05 * 20)) / 0.05
    assert own.long_run_in_post == pytest.approx(mean)
    assert own.long_run_productive == pytest.approx(mean - learning)
    assert own.without_limit == pytest.approx(5.0)
    assert own.in_post[-1] == pytest.approx(mean, rel=1e-6)
    assert own.productive[-1] == pytest.approx(mean - learning, rel=2e-3)
