"""Reviews of care under way: when they are due, whose time they take, what comes of them.

Everybody takes 10 hours of `care` a week for 30 days unless a test says otherwise; the team has
one place, and a review takes a day of it.
"""

from __future__ import annotations

from caresim.grid import on_grid
from engine.histories.tiny import bears, lifetime, run, world

ADA = {"ada": (0.0, "care")}
TWO = {"ada": (0.0, "care"), "bo": (0.0, "care")}
TEAM = "team: {kind: assessment, in_place: true, places: 1, care_time: 1 day, next: home}"
LESS = "outcomes: less, effects: {less: {amount: times 0.5}}"


def services(
    reviews: str, *, care: str = "", hours: int = 100, days: str = "30 days", more: str = TEAM
) -> str:
    return f"""
  care: {{hours: {hours} per week, amount: 10 hours per week, care_time: {days}, next: home,
    reviews: {{{reviews}}}{care}}}
  {more}
"""


# When


def test_the_first_is_due_after_a_time_and_the_next_after_the_last_was_done() -> None:
    story = run(world(services(f"first: 2 days, every: 8 days, by: team, {LESS}", days="22 days"), ADA))
    assert story.reviews == [
        (2, 3, "ada", "less", 10, 5),
        (11, 12, "ada", "less", 5, 2.5),
        (20, 21, "ada", "less", 2.5, 1.25),
    ]
    assert story.amounts == [
        (0, 3, "ada", "care", 10),
        (3, 12, "ada", "care", 5),
        (12, 21, "ada", "care", 2.5),
        (21, 22, "ada", "care", 1.25),
    ]


def test_without_a_first_time_the_first_is_due_as_the_others_and_without_another_it_is_the_only_one() -> None:
    every = run(world(services("every: 12 days, outcomes: same"), ADA))
    assert [review[:2] for review in every.reviews] == [(12, 12), (24, 24)]
    first = run(world(services("first: 12 days, outcomes: same"), ADA))
    assert [review[:2] for review in first.reviews] == [(12, 12)]


def test_who_takes_little_is_not_reviewed_until_they_take_more() -> None:
    """Bo takes 10 hours: nobody looks at 5 and 10 days. Ada's 16 hours become 8, and then they are left alone."""
    text = services(f"every: 5 days, at_least: 12 hours per week, {LESS}").replace(
        "amount: 10 hours per week", "amount: {by: who, ada: 16 hours per week, bo: 10 hours per week}"
    )
    assert run(world(text, TWO)).reviews == [(5, 5, "ada", "less", 16, 8)]


def test_of_the_census_every_review_so_far_was_done_the_moment_it_was_due() -> None:
    """Twelve days in care: 5 and 9 days after admission are over, 13 days after is tomorrow."""
    census = ", start_with: {in_care: 1, elapsed: {fixed: 12 days}, who: {who: {ada: 1}}}"
    story = run(
        world(
            services("first: 5 days, every: 4 days, outcomes: same", care=census, hours=10),
            {"bo": (0.0, "care")},
            also=["ada"],
        )
    )
    assert [review[0] for review in story.reviews if review[2] == "ada"][:2] == [1, 5]


# By whom


def test_people_keep_their_place_and_are_not_delayed_while_they_wait_for_the_team_and_are_reviewed() -> None:
    """Both are due on day 2; the team does one after the other, and Bo's next is later for it."""
    story = run(world(services("first: 2 days, every: 5 days, by: team, outcomes: same", days="9 days"), TWO))
    assert story.admissions("team") == [(2, "ada"), (3, "bo"), (8, "ada")]
    assert story.waiting == [(2, 3, "bo", "team", "care")]
    assert story.held_up == []
    assert [line for line in story.of("ada") if line[2] in ("ready", "leaves for home")] == [
        (9, "ada", "ready", "care"),
        (9, "ada", "leaves for home", "care"),
    ]


def test_who_comes_from_the_ward_may_come_before_those_under_review() -> None:
    """Ada and Bo are due at 2; Cy is ready on the ward at 2.5, and is assessed before Bo is reviewed."""
    ward = "ward: {kind: acute, places: 1, care_time: 2.5 days, next: team}"
    text = services("first: 2 days, by: team, outcomes: same", more=f"{TEAM}\n  {ward}")
    comes = {**TWO, "cy": (0.0, "ward")}
    assert run(world(text, comes)).admissions("team") == [(2, "ada"), (3, "bo"), (4, "cy")]
    first = text.replace(
        "next: home}\n  ward", "next: home, queue: {priority: {by: from, care: 2, ward: 1, else: 3}}}\n  ward"
    )
    assert run(world(first, comes)).admissions("team") == [(2, "ada"), (3, "cy"), (4, "bo")]


def test_among_reviews_who_was_due_first_is_first() -> None:
    """The team works on Fridays only; Cy, who came last, was due first."""
    team = TEAM.replace("care_time: 1 day", "care_time: 6 hours, opens: {days: fri}")
    text = services(
        "first: {by: who, ada: 3 days, bo: 2 days, cy: 1 day}, by: team, outcomes: same", more=team
    )
    comes = {"ada": (0.0, "care"), "bo": (0.5, "care"), "cy": (1.25, "care")}
    assert run(world(text, comes)).admissions("team") == [(4, "cy"), (4.25, "bo"), (4.5, "ada")]


def test_what_a_team_may_begin_in_a_day_holds_for_reviews() -> None:
    team = TEAM.replace("places: 1", "places: 9, intake: {mon-sun: 1 per day}")
    text = services("first: 2 days, by: team, outcomes: same", more=team)
    assert run(world(text, TWO)).admissions("team") == [(2, "ada"), (3, "bo")]


def test_a_review_takes_its_own_time_and_hours_where_it_says_so() -> None:
    """Of the team's 30 hours Ada's review takes 20 for two days, so Bo's has to wait."""
    team = TEAM.replace("places: 1", "hours: 30 per week, amount: 5 hours per week")
    rules = "first: 2 days, by: team, outcomes: same"
    together = run(world(services(rules, more=team), TWO))
    assert [review[1] for review in together.reviews] == [3, 3]
    own = run(world(services(f"{rules}, care_time: 2 days, amount: 20 hours per week", more=team), TWO))
    assert [review[1] for review in own.reviews] == [4, 6]
    assert [spell for spell in own.amounts if spell[3] == "team"] == [
        (2, 4, "ada", "team", 20),
        (4, 6, "bo", "team", 20),
    ]


def test_a_team_s_own_rules_for_those_who_wait_or_are_done_are_not_for_reviews() -> None:
    """Nobody under review gives up, is turned away, or goes on by the team's `next`."""
    team = TEAM.replace(
        "next: home", "next: hospice, queue: {room: 0, else: hospice}, give_up: {after: 0 days, to: hospice}"
    )
    story = run(world(services("first: 2 days, by: team, outcomes: same", more=team), TWO))
    assert [flow for flow in story.flows if flow[2] == "hospice"] == []
    assert [review[:3] for review in story.reviews] == [(2, 3, "ada"), (2, 4, "bo")]


def test_a_review_that_asks_for_more_than_the_team_has_is_counted_and_waits() -> None:
    team = TEAM.replace("places: 1", "hours: 30 per week, amount: 5 hours per week")
    rules = "first: 2 days, by: team, outcomes: same, amount: {by: who, ada: 40 hours per week, bo: 5 hours per week}"
    story = run(world(services(rules, more=team), TWO))
    assert story.counts == {("never_fits", "team"): 1}
    assert [review[1:4] for review in story.reviews] == [(30, "ada", "care_over"), (3, "bo", "same")]


# What comes of it


def test_freed_hours_are_offered_at_once() -> None:
    """There are 15 hours: Cy's 10 fit as soon as Ada has 5."""
    comes = {"ada": (0.0, "care"), "cy": (1.0, "care")}
    text = services(f"first: {{by: who, ada: 3 days, cy: 99 days}}, by: team, {LESS}", hours=15)
    assert run(world(text, comes)).admissions("care") == [(0, "ada"), (4, "cy")]


def test_hours_that_grow_put_nobody_out_and_nobody_is_admitted_until_all_fit() -> None:
    """Ada's 10 hours become 20 where Bo has 10 and there are 25; Cy's 10 fit once Bo has left."""
    text = services(
        "first: {by: who, ada: 2 days, else: 99 days}, outcomes: more, effects: {more: {amount: plus 10 hours per week}}",
        hours=25,
        days="{by: who, ada: 9 days, bo: 5 days, cy: 1 day}",
    )
    story = run(world(text, {**TWO, "cy": (3.0, "care")}))
    assert story.admissions("care") == [(0, "ada"), (0, "bo"), (9, "cy")]


def test_an_amount_is_set_or_changed_and_stays_between_nothing_and_a_thousand_hours() -> None:
    def after(change: str) -> float:
        effects = f"outcomes: other, effects: {{other: {{amount: {change}}}}}"
        return run(world(services(f"first: 2 days, {effects}", hours=5000), ADA)).reviews[0][5]

    assert after("7 hours per week") == 7
    assert after("minus 2.5 hours per week") == 7.5
    assert after("minus 20 hours per week") == 0
    assert after("times 100") == 1000
    assert after("times 0.3334") == 200 / 60


def test_whose_care_a_review_ends_is_ready_then_and_goes_by_what_the_service_says() -> None:
    """Cy has the place of Ada, who would have stayed for 30 days."""
    text = services("first: 2 days, by: team, outcomes: ends", hours=10)
    story = run(world(text, {"ada": (0.0, "care"), "cy": (1.0, "care")}))
    assert story.reviews == [(2, 3, "ada", "ends", 10, 0), (5, 6, "cy", "ends", 10, 0)]
    assert story.of("ada")[-3:] == [
        (3, "ada", "ready", "care"),
        (3, "ada", "ends", "team"),
        (3, "ada", "leaves for home", "care"),
    ]
    assert story.admissions("care") == [(0, "ada"), (3, "cy")]


def test_a_review_may_say_itself_where_people_go_who_wait_for_it_delayed() -> None:
    """Bo has the only place in the nursing home for 8 days. Nothing is `set` on the way."""
    more = f"""{TEAM}
  nursing: {{kind: nursing, places: 1, care_time: 8 days, next: home}}"""
    text = services(
        "first: 2 days, by: team, outcomes: moves, effects: {moves: {next: nursing}}",
        care=", sets: {funded: {yes: 1}}",
        more=more,
    )
    story = run(world(text, {"ada": (0.0, "care"), "bo": (0.0, "nursing")}))
    assert story.reviews == [(2, 3, "ada", "moves", 10, 0)]
    assert story.held_up == [(3, 8, "ada", "delayed for nursing", "care")]
    assert story.admissions("nursing") == [(0, "bo"), (8, "ada")]


def test_a_review_ends_care_without_waiting_for_a_round() -> None:
    text = services("first: 2.5 days, outcomes: ends", care=", rounds: {hours: 09:00-10:00}")
    assert (2.5, "ada", "ready", "care") in run(world(text, ADA)).history


def test_places_that_reviews_empty_go_to_the_next() -> None:
    text = """
  care: {places: 1, care_time: 30 days, next: home, reviews: {first: {by: who, ada: 2 days, cy: 99 days}, outcomes: ends}}
"""
    story = run(world(text, {"ada": (0.0, "care"), "cy": (1.0, "care")}))
    assert story.admissions("care") == [(0, "ada"), (2, "cy")]
    assert story.reviews[0] == (2, 2, "ada", "ends", 1, 0)


# What ends it before


def test_a_review_nobody_has_had_time_for_is_let_go_as_care_ends() -> None:
    """Bo's care is over at 2.5, as the team is with Ada; who comes next does not wait for him."""
    text = services("first: 2 days, by: team, outcomes: same", days="{by: who, bo: 2.5 days, else: 30 days}")
    story = run(world(text, {**TWO, "cy": (0.25, "care")}))
    assert story.of("bo")[-3:] == [
        (2.5, "bo", "ready", "care"),
        (2.5, "bo", "leaves for home", "care"),
        (2.5, "bo", "stops waiting for nowhere", "team"),
    ]
    assert (2, 2.5, "bo", "care_over", 10, 10) in story.reviews
    assert story.admissions("team") == [(2, "ada"), (3, "cy")]


def test_a_review_under_way_is_broken_off_as_care_ends_and_the_team_is_free() -> None:
    text = services("first: 2 days, by: team, outcomes: same", days="{by: who, ada: 2.5 days, else: 30 days}")
    story = run(world(text, TWO))
    assert story.reviews == [(2, 2.5, "ada", "care_over", 10, 10), (2, 3.5, "bo", "same", 10, 10)]
    assert story.admissions("team") == [(2, "ada"), (2.5, "bo")]


def test_at_one_instant_care_ends_before_its_review() -> None:
    story = run(
        world(
            services(
                "first: 2 days, by: team, outcomes: ends, effects: {ends: {next: hospice}}", days="3 days"
            ),
            ADA,
        )
    )
    assert story.reviews == [(2, 3, "ada", "care_over", 10, 10)]
    assert (3, "ada", "leaves for home", "care") in story.history


def test_at_one_instant_care_that_ends_is_reviewed_no_more() -> None:
    assert run(world(services("first: 3 days, outcomes: same", days="3 days"), ADA)).reviews == []


def test_a_review_of_somebody_who_dies_is_over_and_the_team_is_free() -> None:
    dies = on_grid(lifetime("ada") / 0.125)
    assert 2 < dies < 9.5
    text = services(
        f"first: {dies - 0.5} days, by: team, outcomes: same",
        care=", mortality: {by: who, ada: 12.5% per day, else: 0% per day}",
    )
    story = run(world(text, TWO))
    assert story.reviews[0] == (dies - 0.5, dies, "ada", "died", 10, 10)
    assert (dies, "ada", "dies", "team") in story.history
    assert story.admissions("team")[1] == (dies, "bo")


def test_nobody_is_reviewed_once_they_are_delayed() -> None:
    more = "nursing: {kind: nursing, places: 1, care_time: 30 days, next: home}"
    text = services("every: 4 days, outcomes: same", days="5 days", more=more).replace(
        "next: home,\n", "next: nursing,\n"
    )
    story = run(world(text, {"ada": (0.0, "care"), "bo": (0.0, "nursing")}))
    assert (5, 30, "ada", "delayed for nursing", "care") in story.held_up
    assert [review[0] for review in story.reviews] == [4]


def test_nobody_is_reviewed_while_they_bridge() -> None:
    """Ada bridges in reablement from 2 on, which reviews its people after a day; in care she is reviewed."""
    text = """
  ward: {places: 3, care_time: 1 day, next: care}
  care: {places: 1, care_time: {by: who, cy: 9 days, else: 5 days}, next: home, reviews: {first: 2 days, outcomes: same},
    instead: [{after: 1 day, to: reab, keeps_turn: true, bridge: only}]}
  reab: {places: 2, care_time: 30 days, next: home, reviews: {every: 1 day, outcomes: ends}}
"""
    story = run(world(text, {"ada": (0.0, "ward"), "cy": (0.0, "care"), "dee": (0.0, "reab")}))
    assert [review[:4] for review in story.reviews] == [
        (11, 11, "ada", "same"),
        (2, 2, "cy", "same"),
        (1, 1, "dee", "ends"),
    ]


# Away

OFF = on_grid(bears("ada") / 0.25)
"""When Ada leaves for hospital, which she does once in two and a half days of care."""
AWAY = ", away: {rate: {by: who, ada: 25% per day, else: 0% per day}, to: ward, "
WARD = f"{TEAM}\n  ward: {{kind: acute, places: 2, care_time: 2 days, next: hospice}}"


def away(reviews: str, keep: str, *, hours: int = 100, bo: str = "9 days") -> str:
    return services(
        reviews,
        hours=hours,
        days=f"{{by: who, ada: 2.5 days, bo: {bo}}}",
        more=WARD,
        care=f"{AWAY}keep: {keep}}}",
    )


def test_ada_leaves_once_in_these_stories() -> None:
    assert 1.5 < OFF < 2.25 < 2.5 < OFF + bears("ada", 1) / 0.25


def test_the_time_until_a_review_goes_on_in_hospital() -> None:
    """She is back two days after she left: what was due meanwhile is due then, what comes later is not moved."""
    comes = {**TWO}
    meanwhile = run(
        world(away("first: {by: who, ada: 3 days, bo: 99 days}, outcomes: same", "9 days"), comes)
    )
    assert meanwhile.reviews == [(OFF + 2, OFF + 2, "ada", "same", 10, 10)]
    later = OFF + 2.125
    story = run(
        world(away(f"first: {{by: who, ada: {later} days, bo: 99 days}}, outcomes: same", "9 days"), comes)
    )
    assert story.reviews == [(later, later, "ada", "same", 10, 10)]


def test_leaving_for_hospital_breaks_a_review_off_and_it_is_due_again_at_the_return() -> None:
    """Her care ends at 4.5, before the second is done either; in between the team has time for Bo."""
    times = "first: {by: who, ada: 1 day, bo: 1.25 days}, care_time: {by: who, ada: 5 days, bo: 1 day}"
    story = run(world(away(f"{times}, by: team, outcomes: same", "9 days"), TWO))
    assert story.reviews == [
        (1, OFF, "ada", "away", 10, 10),
        (OFF + 2, 4.5, "ada", "care_over", 10, 10),
        (1.25, OFF + 1, "bo", "same", 10, 10),
    ]
    assert story.admissions("team") == [(1, "ada"), (OFF, "bo"), (OFF + 2, "ada")]


def test_who_waits_for_a_review_leaves_the_queue_with_the_place() -> None:
    """Bo's review, which began before, takes all of two days; the freed team is not asked for again till 3.8."""
    times = "first: {by: who, ada: 1 day, bo: 0.5 days}, care_time: 2 days"
    story = run(world(away(f"{times}, by: team, outcomes: same", "9 days"), TWO))
    assert story.waiting == [(1, OFF, "ada", "team", "care")]
    assert story.reviews[0] == (1, OFF, "ada", "away", 10, 10)
    assert story.admissions("team") == [(0.5, "bo"), (OFF + 2, "ada")]


def test_with_a_new_place_the_clock_goes_on_too() -> None:
    """The place was not kept; Bo's care takes what there is for three days, then Ada goes on with hers."""
    comes = {"ada": (0.0, "care"), "bo": (0.125, "care")}
    rules = "first: {by: who, ada: 2.25 days, bo: 99 days}, outcomes: same"
    story = run(world(away(rules, "0 days", hours=10, bo="3 days"), comes))
    assert (OFF + 3, "ada", "care", "resourced") in story.flows
    assert story.reviews == [(OFF + 3, OFF + 3, "ada", "same", 10, 10)]


def test_who_has_no_more_reviews_to_come_has_none_after_hospital_either() -> None:
    story = run(world(away("first: 0.125 days, outcomes: same", "9 days"), TWO))
    assert [review[:3] for review in story.reviews] == [(0.125, 0.125, "ada"), (0.125, 0.125, "bo")]


# Over time


def test_a_change_holds_for_whoever_draws_after_it() -> None:
    """Ada's next is drawn at 2, before the change on day 3; Bo's at 4, after it."""
    text = services("first: {by: who, ada: 2 days, bo: 4 days}, every: 4 days, outcomes: same")
    events = """
events:
  fewer: {from: 2019-06-06, change: {services.care.reviews.every: times 2}}
  harder: {from: 2019-06-20, change: {services.care.reviews.outcomes: {ends: 1}}}
"""
    story = run(world(text, TWO, more=events))
    assert [(review[0], review[3]) for review in story.reviews if review[2] == "ada"] == [
        (2, "same"),
        (6, "same"),
        (14, "same"),
        (22, "ends"),
    ]
    assert [review[0] for review in story.reviews if review[2] == "bo"] == [4, 12, 20]


def test_another_care_time_of_the_team_is_another_of_reviews() -> None:
    text = services("every: 4 days, by: team, outcomes: same")
    events = "events: {slow: {from: 2019-06-06, change: {services.team.care_time: 3 days}}}"
    assert [review[:2] for review in run(world(text, ADA, days=12, more=events)).reviews] == [
        (4, 7),
        (11, 12),
    ]
