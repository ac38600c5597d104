"""Staff make capacity: who is productive, at work and when; and what becomes of those who wait."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
import pytest

from caresim.engine.people import draw_people
from caresim.engine.streams import Layer, Streams
from caresim.grid import on_grid
from engine.histories.tiny import network_of, run, world

ONE_WARD = "  ward: {places: 9, care_time: 90 days, next: home}"
HOURS = "  care: {hours: {staff: carers}, amount: 10 hours per week, care_time: 90 days, next: home}"
ADA = {"ada": (0, "care")}


def staff(*groups: str, events: str = "") -> str:
    """Sections `staff` and `events`; each group as NAME: {...}."""
    lines = "\n".join(f"  {group}" for group in groups)
    return f"staff:\n{lines}\n" + (f"events: {{{events}}}\n" if events else "")


def rows(text: str) -> list[tuple[str, float, int, int, int]]:
    """(group, time, posts, in post, productive) of a world, as drawn before the run."""
    network = network_of(text)
    return [
        (network.staff[group].name, at, posts, in_post, productive)
        for group, at, posts, in_post, productive, *_ in draw_people(network, 1, 0).staff
    ]


def found(group: str, rate: float, number: int) -> list[float]:
    """The first instants at which somebody is found for a group, at a rate of 1 a day or less."""
    layer, streams = Layer(group, "0"), Streams(1, 0)
    gaps = -np.log1p(-streams.uniforms(("staff", group, "gap"), layer, 0, 200))
    heights = streams.uniforms(("staff", group, "height"), layer, 0, 200)
    times = [on_grid(at) for at, height in zip(accumulate(gaps), heights, strict=True) if height < rate]
    return times[:number]


def life(group: str, worker: int, n: int = 0, layer: str = "start", home: str = "") -> float:
    """How much hazard somebody bears in a group until their n-th occasion to leave."""
    u = Streams(1, 0).uniforms(("staff", group, "leave"), Layer(home or group, layer), 0, 1024, n)
    return float(-np.log1p(-u)[worker])


# ---------------------------------------------------------------- what workers give


def test_hours_are_productive_workers_times_those_at_work_times_contact() -> None:
    """3 workers x 20 hours, a tenth off sick in June, half in July (day 28): 54, then 30; half a package fits."""
    carers = "carers: {posts: 3, sickness: {jun: 10%, jul: 50%, else: 0%}, contact: 20 hours per week}"
    story = run(
        world(
            HOURS,
            {
                "ada": (0, "care"),
                "bo": (0, "care"),
                "cy": (0, "care"),
                "dee": (1, "care"),
                "eve": (1, "care"),
                "fi": (2, "care"),
            },
            more=staff(carers),
            days=40,
        )
    )
    assert story.capacity == [(0, "care", 54 * 60), (28, "care", 30 * 60)]
    assert story.admissions("care") == [(0, "ada"), (0, "bo"), (0, "cy"), (1, "dee"), (1, "eve")]


def test_places_are_whole_and_rounded_down() -> None:
    """Three assessors see 2.5 people each: 7 places, not 8; from day 5 a tenth is off sick: 6.75 is 6."""
    text = world(
        "  care: {places: {staff: carers, per_worker: 2.5}, care_time: 90 days, next: home}",
        ADA,
        more=staff(
            "carers: {posts: 3, sickness: 0%}",
            events="flu: {from: 2019-06-08, change: {staff.carers.sickness: 10%}}",
        ),
    )
    assert run(text).capacity == [(0, "care", 7), (5, "care", 6)]


def test_two_services_share_a_group() -> None:
    """Of 40 hours six tenths are care, the rest are calls: 24 and 16."""
    services = """
  calls: {hours: {staff: carers, share: 0.4}, amount: 8 hours per week, care_time: 90 days, next: home}
  care: {hours: {staff: carers, share: 60%}, amount: 8 hours per week, care_time: 90 days, next: home}
"""
    people = {"ada": (0, "calls"), "bo": (0, "calls"), "cy": (1, "calls"), "dee": (0, "care")}
    story = run(world(services, people, more=staff("carers: {posts: 2, contact: 20 hours per week}")))
    assert story.capacity == [(0, "calls", 16 * 60), (0, "care", 24 * 60)]
    assert story.admissions("calls") == [(0, "ada"), (0, "bo")]


def test_contact_may_be_dated() -> None:
    text = world(
        HOURS,
        ADA,
        more=staff("carers: {posts: 2, contact: {0 days: 15 hours per week, 7 days: 20 hours per week}}"),
    )
    assert run(text).capacity == [(0, "care", 30 * 60), (7, "care", 40 * 60)]


def test_posts_without_workers_give_nothing() -> None:
    """Five posts, nobody in them and nobody found: Ada waits to the end."""
    more = staff("carers: {posts: 5, in_post: 0, contact: 20 hours per week}")
    story = run(world(HOURS, ADA, more=more))
    assert story.capacity == [(0, "care", 0)]
    assert story.history == [(0, "ada", "waits", "care")]


# ---------------------------------------------------------------- providers of staff


def pool(providers: str, more: str = "") -> str:
    return f"  care: {{providers: {{{providers}}}, care_time: 90 days, next: home{more}}}"


def test_a_provider_has_what_its_part_of_a_group_does_and_others_have_their_own() -> None:
    """Half of three carers with 3 places each: 4 whole places, and from day 3, a third of them ill, 3. Oak
    has a place, and three from day 5 on."""
    elm = "elm: {places: {staff: carers, share: 0.5, per_worker: 3}}"
    text = world(
        pool(f"{elm}, oak: {{places: {{0 days: 1, 5 days: 3}}}}", more=", fill: [oak]"),
        {who: (day, "care") for day, who in enumerate(("ada", "bo", "cy", "dee", "eve", "fi", "gus", "hal"))},
        more=staff(
            "carers: {posts: 3, sickness: 0%}",
            events="flu: {from: 2019-06-06, change: {staff.carers.sickness: 0.33333}}",
        ),
    )
    story = run(text)
    assert story.capacity == [(0, "care", 5), (3, "care", 4), (5, "care", 6)]
    assert [(start, who, provider) for start, _, who, provider in story.with_provider] == [
        (0, "ada", "oak"),
        (1, "bo", "elm"),
        (2, "cy", "elm"),
        (3, "dee", "elm"),
        (5, "eve", "oak"),
        (5, "fi", "oak"),
    ]


def test_so_many_of_the_same_share_a_group_equally() -> None:
    """Six carers of 10 hours are 20 hours for each of three agencies: a package of 15 fits once in each, and
    Dee waits, though 15 hours are free in all."""
    people = {"ada": (0, "care"), "bo": (0, "care"), "cy": (0, "care"), "dee": (1, "care")}
    story = run(
        world(
            pool("agency: {count: 3, hours: {staff: carers}}", more=", amount: 15 hours per week"),
            people,
            more=staff("carers: {posts: 6, contact: 10 hours per week}"),
        )
    )
    assert story.capacity == [(0, "care", 3600)]
    assert [(who, provider) for _, _, who, provider in story.with_provider] == [
        ("ada", "agency_1"),
        ("bo", "agency_2"),
        ("cy", "agency_3"),
    ]
    assert story.since(1) == [(1, "dee", "waits", "care")]


def test_who_leaves_takes_a_part_from_every_provider_of_the_group() -> None:
    """Two workers, half a week of each for either home: a place each and, when one of them has left, none;
    Ada stays where she is, and Cy waits."""
    first, second = sorted(on_grid(life("carers", worker) / 0.08) for worker in range(2))
    text = world(
        pool("home: {count: 2, places: {staff: carers, per_worker: 1}}"),
        {"ada": (0, "care"), "cy": (first + 1, "care")},
        more=staff("carers: {posts: 2, leavers: 8% per day}"),
    )
    story = run(text)
    assert second > first + 1
    # Half a place each is no place, and what is no other number is not told again.
    assert story.capacity == [(0, "care", 2), (first, "care", 0)]
    assert story.admissions("care") == [(0, "ada")]


def test_a_closed_provider_has_nothing_of_its_staff_and_gives_nobody_theirs() -> None:
    """Elm closes on day 4 and is empty on day 6; oak, of the same carers, has no more for that. Reopened on
    day 10, elm has its part of those who are there by then."""
    elm, oak = (f"{name}: {{places: {{staff: carers, share: 0.5, per_worker: 1}}}}" for name in ("elm", "oak"))
    closing = "{from: 2019-06-07, to: 2019-06-12, change: {services.care.providers.elm.closed: {notice: 2 days}}}"
    text = world(
        pool(f"{elm}, {oak}"),
        {"ada": (0, "care"), "bo": (1, "care"), "cy": (2, "care")},
        more=staff(
            "carers: {posts: {0 days: 2, 8 days: 2}, sickness: 0%}",
            events=f"closing: {closing}, flu: {{from: 2019-06-18, change: {{staff.carers.sickness: 10%}}}}",
        ),
    )
    story = run(text)
    assert story.capacity == [(0, "care", 2), (6, "care", 1), (10, "care", 2), (15, "care", 0)]
    assert story.with_provider == [
        (0, 6, "ada", "elm"),
        (10, 60, "ada", "elm"),
        (1, 60, "bo", "oak"),
    ]
    assert story.counts["put_out", "care"] == 1


@pytest.mark.parametrize(("from_then_on", "fits"), [(40, True), (20, False)])
def test_who_is_put_out_is_held_against_what_there_is_from_that_instant_on(
    from_then_on: int, fits: bool
) -> None:
    """Ash is closed on day 4 without notice, and Ada needs 30 hours. Elm's carer gives 20 until then: if it
    is 40 from that instant on, she goes there, and if not, hers is a request that cannot fit."""
    text = world(
        pool("ash: {hours: 30 per week}, elm: {hours: {staff: carers}}", more=", amount: 30 hours per week"),
        {"ada": (0, "care")},
        more=staff(
            f"carers: {{posts: 1, contact: {{0 days: 20 hours per week, 4 days: {from_then_on} hours per week}}}}",
            events="gone: {from: 2019-06-07, change: {services.care.providers.ash.closed: {notice: 0 days}}}",
        ),
    )
    story = run(text)
    assert story.capacity == [(0, "care", 50 * 60), (4, "care", from_then_on * 60)]
    with_whom = [(start, provider) for start, _, _, provider in story.with_provider]
    assert with_whom == [(0, "ash"), (4, "elm")][: 1 + fits]
    assert story.counts.get(("never_fits", "care"), 0) == (not fits)


# ---------------------------------------------------------------- who joins


def test_who_is_found_joins_and_is_productive_after_induction() -> None:
    """Ada waits for the first who is found, and for the end of their induction; the second post stays vacant
    until the next is found, and the third who comes finds no post."""
    first, second = found("carers", 0.5, 2)
    more = staff(
        "carers: {posts: 2, in_post: 0, joiners: 0.5 per day, induction: 3 days, contact: 10 hours per week}"
    )
    story = run(world(HOURS, ADA, more=more))
    assert story.capacity == [(0, "care", 0), (first + 3, "care", 600), (second + 3, "care", 1200)]
    assert story.admissions("care") == [(first + 3, "ada")]


def test_who_is_found_while_no_post_is_vacant_is_lost() -> None:
    """The post is there from day 20 on: only who is found after that takes it."""
    text = world(
        ONE_WARD,
        {"ada": (0, "ward")},
        more=staff("carers: {posts: {0 days: 0, 20 days: 1}, in_post: 0, joiners: 0.5 per day}"),
    )
    after = next(at for at in found("carers", 0.5, 30) if at > 20)
    assert rows(text) == [("carers", 0, 0, 0, 0), ("carers", 20, 1, 0, 0), ("carers", after, 1, 1, 1)]


def test_a_higher_rate_adds_people_and_moves_nobody() -> None:
    def times(rate: float) -> list[float]:
        more = staff(f"carers: {{posts: 999, in_post: 0, joiners: {rate} per day}}")
        return [at for _, at, *_ in rows(world(ONE_WARD, {"ada": (0, "ward")}, more=more))[1:]]

    assert set(times(0.3)) < set(times(0.6)) < set(times(1.7))


# ---------------------------------------------------------------- who leaves


def test_who_leaves_takes_their_hours_along_and_packages_close_as_they_fall_free() -> None:
    """Two workers have a package each; one leaves: Ada's package is closed when she goes home, Bo keeps his."""
    at = on_grid(min(life("carers", 0), life("carers", 1)) / 0.04)
    later = on_grid(max(life("carers", 0), life("carers", 1)) / 0.04)
    care = HOURS.replace("90 days", "{by: who, ada: 80 days, else: 200 days}")
    more = staff("carers: {posts: 2, leavers: 4% per day, contact: 10 hours per week}")
    people = {"ada": (0, "care"), "bo": (0, "care"), "cy": (50, "care")}
    story = run(world(care, people, more=more, days=100))
    assert at < 80 < later
    assert story.capacity == [(0, "care", 1200), (at, "care", 600)] + [(later, "care", 0)] * (later < 100)
    assert story.since(80) == [(80, "ada", "ready", "care"), (80, "ada", "leaves for home", "care")]


def test_a_winter_hurries_the_same_leavers() -> None:
    """At twice the hazard from day 10 on, what was left at day 10 takes half as long."""
    quiet = "carers: {posts: 4, leavers: 1% per day}"
    winter = "winter: {from: 2019-06-13, change: {staff.carers.leavers: times 2}}"

    def leaving(events: str) -> list[float]:
        text = world(ONE_WARD, {"ada": (0, "ward")}, more=staff(quiet, events=events), days=300)
        return [at for _, at, *_ in rows(text)[1:]]

    lives = sorted(life("carers", worker) for worker in range(4))
    assert leaving("") == [at for at in (on_grid(one / 0.01) for one in lives) if at < 300]
    assert leaving(winter) == [
        at for at in (on_grid(10 + (one - 0.01 * 10) / 0.02) for one in lives) if 10 < at < 300
    ]


def test_more_posts_change_nothing_for_those_who_are_there() -> None:
    def leavers(posts: int) -> list[float]:
        group = f"carers: {{posts: {posts}, in_post: 5, joiners: 0.2 per day, leavers: 1% per day}}"
        network = network_of(world(ONE_WARD, {"ada": (0, "ward")}, more=staff(group), days=200))
        first_five = {on_grid(life("carers", worker) / 0.01) for worker in range(5)}
        told = draw_people(network, 1, 0).staff
        return [at for _, at, *_, left, _ in told if left and at in first_five]

    assert leavers(5) == leavers(50) != []


def test_who_leaves_for_another_group_is_in_induction_there() -> None:
    """All who leave the carers go to rehab, which has two posts: the two who leave first are there six
    weeks later; the third and fourth find no post and stay, each until another occasion in vain."""
    text = world(
        ONE_WARD,
        {"ada": (0, "ward")},
        more=staff(
            "carers: {posts: 4, leavers: 2% per day, leave_to: rehab}",
            "rehab: {posts: 2, in_post: 0, induction: 6 weeks}",
        ),
        days=400,
    )
    first, second = sorted(on_grid(life("carers", worker) / 0.02) for worker in range(4))[:2]
    assert rows(text) == [
        ("carers", 0, 4, 4, 4),
        ("rehab", 0, 2, 0, 0),
        ("carers", first, 4, 3, 3),
        ("rehab", first, 2, 1, 0),
        ("carers", second, 4, 2, 2),
        ("rehab", second, 2, 2, 0),
        ("rehab", first + 42, 2, 2, 1),
        ("rehab", second + 42, 2, 2, 2),
    ]
    assert second < first + 42


def test_who_stays_for_want_of_a_post_has_another_occasion() -> None:
    """One carer would go to rehab, where there is a post from day 150 on: their first occasion after it."""
    text = world(
        ONE_WARD,
        {"ada": (0, "ward")},
        more=staff(
            "carers: {posts: 1, leavers: 4% per day, leave_to: rehab}",
            "rehab: {posts: {0 days: 0, 150 days: 1}, in_post: 0}",
        ),
        days=400,
    )
    occasions, at = [], 0.0
    for n in range(40):
        at = on_grid(at + life("carers", 0, n) / 0.04)
        occasions.append(at)
    moved = next(at for at in occasions if at > 150)
    assert occasions[0] < 150
    assert rows(text)[-2:] == [("carers", moved, 1, 0, 0), ("rehab", moved, 1, 1, 1)]


def test_who_leaves_in_induction_was_never_productive() -> None:
    """One post, held by one after another: only who stays nine days is productive, and from then on."""
    group = "carers: {posts: 1, in_post: 0, joiners: 1 per day, leavers: 10% per day, induction: 9 days}"
    network = network_of(world(ONE_WARD, {"ada": (0, "ward")}, more=staff(group), days=200))
    told = draw_people(network, 1, 0).staff
    joins = [at for _, at, *_, joined, _, _ in told if joined]
    leaves = [*(at for _, at, *_, left, _ in told if left), 200.0][: len(joins)]
    learnt = [at for _, at, *_, joined, left, _ in told[1:] if not joined and not left]
    assert learnt == [start + 9 for start, end in zip(joins, leaves, strict=True) if start + 9 < end]
    assert 2 < len(learnt) < len(joins) - 2


def test_a_cut_of_posts_puts_nobody_out() -> None:
    """Four in post and two posts from day 5 on: three leave, and only then is there a post to take."""
    text = world(
        ONE_WARD,
        {"ada": (0, "ward")},
        more=staff("carers: {posts: {0 days: 4, 5 days: 2}, joiners: 1 per day, leavers: 1% per day}"),
        days=400,
    )
    told = rows(text)
    assert [row[2:4] for row in told[:5]] == [(4, 4), (2, 4), (2, 3), (2, 2), (2, 1)]
    assert all(in_post <= 2 for *_, in_post, _ in told[3:])
    assert told[5][3] == 2


@pytest.mark.parametrize("warm_up", [0, 20])
def test_in_post_is_who_is_there_at_the_start_of_the_run(warm_up: int) -> None:
    text = world(
        HOURS,
        {"ada": (-warm_up, "care")},
        more=staff("carers: {posts: 3, in_post: 2, contact: 5 hours per week}"),
        warm_up=warm_up,
    )
    assert run(text).capacity == [(-warm_up, "care", 600)]
