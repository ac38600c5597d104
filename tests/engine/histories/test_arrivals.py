"""Section 2.2: who comes when, of streams that say so exactly."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.histories.tiny import Story, run, world

OPEN_DOORS = "  ward: {places: unlimited, care_time: 1 hour, next: home}"


def coming(
    stream: str, *, services: str = OPEN_DOORS, files: dict[str, str] | None = None, **rest: float
) -> Story:
    """A run in which people called Gus come in one stream."""
    text = world(
        services,
        {},
        also=["gus"],
        arrivals=f"  gp: {{to: ward, {stream}, people: {{who: gus}}}}",
        **{key: value for key, value in rest.items() if key != "seed"},  # type: ignore[arg-type]
    )
    return run(text, files=files, seed=int(rest.get("seed", 1)))


def test_every_so_often_begins_at_the_start_of_the_run() -> None:
    """Every 6 hours from a day before the window to the end of its first day, which is not in it."""
    story = coming("every: 6 hours", warm_up=1, days=1)
    assert [time for time, _ in story.admissions("ward")] == [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75]


def test_times_are_taken_in_order_however_they_are_written() -> None:
    """One comes at 0 and two at 1, for one bed."""
    one_bed = "  ward: {places: 1, care_time: 2 days, next: home}"
    story = coming("times: [1 days, 0 days, 1 days]", services=one_bed)
    assert story.admissions("ward") == [(0, "gus 1"), (2, "gus 2"), (4, "gus 3")]


def test_a_batch_comes_together_and_in_order() -> None:
    """Three at each time, for one bed: those of the first batch before those of the second."""
    one_bed = "  ward: {places: 1, care_time: 2 days, next: home}"
    story = coming("times: [0 days, 1 day], batch: {3: 1.0}", services=one_bed)
    assert story.admissions("ward") == [(2 * number, f"gus {number + 1}") for number in range(6)]
    assert [(time, who) for time, who, what, _ in story.history if what == "waits"] == [
        (0, "gus 2"),
        (0, "gus 3"),
        (1, "gus 4"),
        (1, "gus 5"),
        (1, "gus 6"),
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_are_exact_and_lie_within_their_days(seed: int) -> None:
    """One in warm-up, two on the first day, three on the third, none on the others; lines may be in any order."""
    files = {"counts.csv": "date,count\n2019-06-05,3\n2019-06-02,1\n2019-06-03,2\n2019-06-04,0\n"}
    story = coming("counts: counts.csv", files=files, warm_up=2, days=5, seed=seed)
    assert Counter(time // 1 for time, _ in story.admissions("ward")) == {-1: 1, 0: 2, 2: 3}


def test_counts_are_spread_over_the_day_by_the_hour_pattern() -> None:
    """All of forty people come between 9 and 10 where the pattern is 0 at all other hours."""
    hours = ", ".join("24" if hour == 9 else "0" for hour in range(24))
    files = {"counts.csv": "date,count\n2019-06-03,40\n"}
    story = coming(f"counts: counts.csv, pattern: {{hour: [{hours}]}}", files=files, days=5)
    times = [time for time, _ in story.admissions("ward")]
    assert len(times) == 40
    assert all(9 / 24 <= time < 10 / 24 for time in times)
    assert len(set(times)) == 40


def test_counts_outside_the_run_do_not_come() -> None:
    """A file of a whole week, a run of two days."""
    days = "\n".join(f"2019-06-{day:02},1" for day in range(1, 8))
    story = coming("counts: counts.csv", files={"counts.csv": f"date,count\n{days}\n"}, days=2)
    assert [time // 1 for time, _ in story.admissions("ward")] == [0, 1]


def test_a_stream_may_send_people_straight_to_an_exit() -> None:
    """Nobody waits and nobody is admitted: there is a flow and no stay."""
    story = run(world(OPEN_DOORS, {"ada": (1, "home"), "bo": (2, "ward")}))
    assert story.of("ada") == []
    assert story.flows[0] == (1, "ada", "home", "next")
