"""Loads worked out by hand: offered load, loops of readmission, seasons, clocks, deadlock."""

import math
from datetime import date

import pytest

from caresim.distributions import Distribution
from caresim.network.compile import compile_network
from caresim.network.flows import care_of, hours_held, rounds_add
from caresim.network.loads import loads
from caresim.network.network import Rounds, Taper
from caresim.network.waits import may_deadlock
from caresim.scenario.arrivals import Pattern
from caresim.scenario.services import GiveUp, Intake, Opening, StandIn
from caresim.scenario.values import By, Dated
from network.worlds import arrival, exponential, fixed, scenario, service


def loads_of(*args, **kwargs):
    declared = scenario(*args, **kwargs)
    return {load.service: load for load in loads(declared, compile_network(declared))}


def test_offered_load_is_arrivals_times_care_time():
    """M/M/c: 12 a day for half a day each keep 6 of 8 places busy."""
    ward = loads_of([service("ward", places=8, care=0.5)], [arrival("a", to="ward", rate=12.0)])["ward"]
    assert ward.mean.people_a_day == pytest.approx(12.0)
    assert ward.mean.offered == pytest.approx(6.0)
    assert ward.mean.utilisation == pytest.approx(0.75)
    assert (ward.mean.capacity, ward.unit, ward.mean.admissions_allowed) == (8, "places", None)


def test_a_readmission_loop_multiplies_what_comes():
    """One in five of those at home comes back: 4 a day become 4 / (1 - 0.2) = 5 admissions a day."""
    services = [
        service("ward", care=2, then="at_home"),
        service("at_home", unlimited=True, care=30, then={"ward": 0.2, "home": 0.8}),
    ]
    found = loads_of(services, [arrival("a", to="ward", rate=4.0)])
    assert found["ward"].mean.people_a_day == pytest.approx(5.0)
    assert found["ward"].mean.offered == pytest.approx(10.0)
    assert found["at_home"].mean.offered == pytest.approx(150.0)
    assert found["at_home"].mean.utilisation is None


def test_people_are_followed_by_class_through_what_services_set():
    """Of 10 a day 4 are old; 30 % of these and 10 % of the young need the team: 1.8 a day."""
    sets = {
        "pathway": By(attribute="age", table={"old": {"P0": 0.7, "P1": 0.3}, "young": {"P0": 0.9, "P1": 0.1}})
    }
    routes = By(attribute="pathway", table={"P0": {"home": 1.0}, "P1": {"check": 1.0}})
    check = service("check", in_place=True, places=1, care=0.25, then="team")
    care = By(attribute="age", table={"old": exponential(20), "young": exponential(5)})
    services = [service("ward", sets=sets, then=routes), check, service("team", care_time=care, places=30)]
    people = {"age": {"old": 0.4, "young": 0.6}}
    found = loads_of(services, [arrival("a", to="ward", rate=10.0)], people=people)
    assert found["check"].mean.people_a_day == pytest.approx(1.8)
    assert found["check"].mean.offered == pytest.approx(0.45)
    assert found["team"].mean.offered == pytest.approx(1.2 * 20 + 0.6 * 5)
    assert found["team"].care_time == pytest.approx(27 / 1.8)


def test_the_worst_month_follows_season_growth_and_capacity():
    """Factors 2 in January and 10/11 elsewhere: January asks for 2 of 3 places, other months for 10/11."""
    month = (2.0, *[10 / 11] * 11)
    ward = loads_of(
        [service("ward", places=3, care=1)],
        [arrival("a", to="ward", rate=1.0, pattern=Pattern(month=month))],
        start=date(2019, 1, 1),
        days=365,
    )["ward"]
    assert ward.worst.month == "2019-01"
    assert ward.worst.offered == pytest.approx(2.0)
    assert [each.month for each in ward.months[:2]] == ["2019-01", "2019-02"]
    assert ward.mean.offered == pytest.approx((31 * 2 + 334 * 10 / 11) / 365)
    growing = loads_of([service("ward", care=1)], [arrival("a", to="ward", growth=0.1)])["ward"]
    assert growing.worst.month == "2020-03"
    assert growing.worst.offered == pytest.approx(1.1 ** (350.5 / 365.25), rel=1e-4)


def test_a_cut_makes_its_own_month_the_worst():
    places = Dated(values=((0.0, 10), (40.0, 4), (61.0, 10)))
    ward = loads_of([service("ward", places=places, care=3)], [arrival("a", to="ward", rate=1.0)])["ward"]
    assert ward.worst.month == "2019-05"
    # 10 days of May with 10 places, 21 with 4.
    assert ward.worst.capacity == pytest.approx((10 * 10 + 21 * 4) / 31)


def test_a_day_or_two_of_a_month_cannot_be_the_worst():
    month = (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 5.0)
    declared = [arrival("a", to="ward", pattern=Pattern(month=month))]
    ward = loads_of([service("ward")], declared, start=date(2019, 9, 1), days=93)["ward"]
    assert ward.months[-1].month == "2019-12"
    assert ward.worst.month != "2019-12"


def test_hours_are_people_times_amounts():
    amount = By(attribute="size", table={"big": fixed(20.0), "small": fixed(5.0)})
    people = {"size": {"big": 0.25, "small": 0.75}}
    care = loads_of(
        [service("care", hours=200.0, amount=amount, care=10)],
        [arrival("a", to="care", rate=2.0)],
        people=people,
    )
    assert care["care"].mean.offered == pytest.approx(20 * (0.25 * 20 + 0.75 * 5))
    assert (care["care"].mean.capacity, care["care"].unit) == (200.0, "hours per week")


def test_a_taper_counts_each_week_of_the_care_time():
    """21 days: weeks at 28, 21 and 14 hours (falling by 7k/21 of 21 hours), 21 on average."""
    assert hours_held(Taper(first=28 * 60, last=7 * 60), fixed(21)) == pytest.approx(21.0)
    # 10 days: a week at 28, then 3 days at 28 - 21 x 0.7.
    assert hours_held(Taper(first=28 * 60, last=7 * 60), fixed(10)) == pytest.approx(
        (7 * 28 + 3 * (28 - 14.7)) / 10
    )


def test_care_times_are_those_really_drawn():
    capped = Distribution(family="exponential", parameters=(10.0,), cap=10.0)
    ward = loads_of([service("ward", care_time=capped, places=20)], [arrival("a", to="ward", rate=1.0)])[
        "ward"
    ]
    assert ward.care_time == pytest.approx(10 * (1 - math.exp(-1)))
    assert ward.declared_care_time == pytest.approx(10.0)
    assert ward.capped == pytest.approx(math.exp(-1))


def test_death_shortens_care_and_thins_the_flow():
    """Exponential care of mean 100 under a hazard of 0.01: mean 50 days, half survive."""
    services = [service("ward", care=100, then="team", mortality=0.004, places=80), service("team", care=1)]
    found = loads_of(services, [arrival("a", to="ward")], mortality=0.006)
    assert found["ward"].care_time == pytest.approx(50.0, rel=1e-3)
    assert found["ward"].drawn_care_time == pytest.approx(100.0)
    assert found["team"].mean.people_a_day == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize("hazard", [1e-5, 4.9e-4, 5.1e-4, 0.3])
def test_the_mean_under_a_hazard_is_that_of_the_minimum(hazard):
    care = care_of(exponential(100.0), hazard, 0.0)
    assert care.mean == pytest.approx(1 / (0.01 + hazard), rel=1e-3)


def test_rounds_add_the_wait_for_the_next_round():
    """Rounds all day add nothing, one at noon half a day; seeing only half of people adds a day more."""
    assert rounds_add(None) == 0.0
    assert rounds_add(Rounds(start=0.0, end=1.0, seen=(1.0,) * 7)) == pytest.approx(0.0)
    assert rounds_add(Rounds(start=0.5, end=0.5 + 1e-9, seen=(1.0,) * 7)) == pytest.approx(0.5, abs=1e-6)
    assert rounds_add(Rounds(start=0.5, end=0.5 + 1e-9, seen=(0.5,) * 7)) == pytest.approx(1.5, abs=1e-6)
    # Nobody is seen at the weekend: from Saturday it is 1.5 days on average, from Sunday 0.5.
    weekdays = rounds_add(Rounds(start=0.0, end=1.0, seen=(1.0,) * 5 + (0.0, 0.0)))
    assert weekdays == pytest.approx((1.5 + 0.5) / 7)
    assert rounds_add(Rounds(start=0.0, end=1.0, seen=(0.0,) * 7)) == math.inf


def test_rounds_lengthen_the_stay_that_is_asked_for():
    from caresim.scenario.services import Rounds as Declared

    rounds = Declared(seen={"sat": 0.0, "sun": 0.0})
    ward = loads_of([service("ward", care=5, rounds=rounds)], [arrival("a", to="ward")])["ward"]
    assert ward.care_time == pytest.approx(5 + 2 / 7)
    assert ward.drawn_care_time == pytest.approx(5.0)


def test_intake_allows_what_its_days_add_up_to():
    days = {"mon": 3, "tue": 3, "wed": 3, "thu": 3, "fri": 3, "sat": 1, "sun": 0}
    team = loads_of(
        [service("team", intake=Intake(days=days))], [arrival("a", to="team", rate=3.0)], days=364
    )["team"]
    assert team.mean.admissions_allowed == pytest.approx(16 / 7)
    assert team.mean.admissions_used == pytest.approx(3 / (16 / 7))
    assert team.mean.pressure > 1
    some = Intake(days=days | {"sun": None})
    open_ended = loads_of([service("team", intake=some)], [arrival("a", to="team")], days=364)["team"]
    assert open_ended.mean.admissions_allowed is None


def test_intake_on_a_closed_day_is_worth_nothing():
    opens = Opening(days=frozenset(["mon"]))
    intake = Intake(days=dict.fromkeys(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 7))
    team = loads_of(
        [service("team", opens=opens, intake=intake, places=1000)], [arrival("a", to="team")], days=364
    )["team"]
    assert team.mean.admissions_allowed == pytest.approx(1.0)


def test_opening_hours_leave_places_empty_until_morning():
    """Open the first half of each day: 0.5 a day begin when a place falls free, the rest at opening."""
    opens = Opening(hours=(0.0, 0.5))
    office = loads_of(
        [service("office", opens=opens, places=3, care=1)], [arrival("a", to="office")], days=28
    )["office"]
    assert office.mean.admissions_allowed == pytest.approx(3 * (0.5 + 1 - math.exp(-0.5)), rel=1e-3)


def test_a_loop_that_nobody_leaves_is_told():
    found = loads_of([service("a", then="b"), service("b", then="a")], [arrival("z", to="a")])
    assert found["a"].mean.people_a_day == math.inf


def test_a_service_nobody_comes_to_has_no_load():
    found = loads_of([service("a"), service("lonely", places=0)], [arrival("z", to="a")])
    assert found["lonely"].mean.offered == 0.0
    assert found["lonely"].mean.utilisation == 0.0


def deadlocks(*services):
    return may_deadlock(compile_network(scenario(services, [arrival("a", to=services[0].name)])))


def test_places_that_wait_for_one_another_may_deadlock():
    assert deadlocks(service("a", then="b"), service("b", then={"a": 0.1, "home": 0.9}), service("c")) == (
        ("a", "b"),
    )
    assert deadlocks(service("a", then={"a": 0.5, "home": 0.5})) == (("a",),)
    assert deadlocks(service("a", then="b"), service("b")) == ()


def test_no_deadlock_runs_through_a_step_an_unlimited_service_or_a_place_given_up_at_ready():
    back = {"a": 0.1, "home": 0.9}
    assert deadlocks(service("a", then="b"), service("b", unlimited=True, then=back)) == ()
    assert deadlocks(service("a", then="b"), service("b", hold_until_ready=True, then=back)) == ()
    # The step holds nothing, but whoever is in `a` waits beyond it for `b`.
    step = service("step", in_place=True, then="b")
    assert deadlocks(service("a", then="step"), step, service("b", then=back)) == (("a", "b"),)
    assert deadlocks(service("a", then="step"), step, service("b")) == ()


def test_stand_ins_and_giving_up_may_close_a_circle():
    """Whoever waits for care may stand in at the ward they are needed out of."""
    stand_in = StandIn(after=fixed(1), to="team", keeps_turn=True)
    team = service("team", then={"care": 0.2, "home": 0.8})
    assert deadlocks(service("ward", then="care"), service("care", instead=(stand_in,)), team) == (("team",),)
    only = StandIn(after=fixed(1), to="team", keeps_turn=True, only_from=frozenset(["ward"]))
    assert deadlocks(service("ward", then="care"), service("care", instead=(only,)), team) == ()
    give_up = GiveUp(after=fixed(9), to={"ward": 1.0})
    assert deadlocks(service("ward", then="team"), service("team", give_up=give_up)) == (("ward",),)


def test_a_run_with_room_for_everyone_holds_what_was_offered():
    """An oracle from outside: the engine on a loop of readmission through a step, with two classes.

    About 9,000 arrivals; 5 % is more than four standard errors of each figure.
    """
    from caresim.engine.people import draw_people
    from caresim.engine.simulation import run
    from caresim.records.recorder import ROWS, Recorder

    stays = By(attribute="age", table={"old": exponential(8), "young": exponential(3)})
    sets = {"need": By(attribute="age", table={"old": {"much": 0.5, "none": 0.5}, "young": {"none": 1.0}})}
    routes = By(attribute="need", table={"much": {"check": 1.0}, "none": {"at_home": 1.0}})
    services = [
        service("ward", unlimited=True, care_time=stays, sets=sets, then=routes, mortality=0.01),
        service("check", unlimited=True, in_place=True, care=0.5, then="team"),
        service("team", unlimited=True, care=20, then="at_home"),
        service("at_home", unlimited=True, care=10, then={"ward": 0.2, "home": 0.8}),
    ]
    declared = scenario(
        services,
        [arrival("a", to="ward", rate=30.0)],
        people={"age": {"old": 0.4, "young": 0.6}},
        days=300,
        warm_up=100,
    )
    network = compile_network(declared)
    recorder = Recorder()
    run(network, draw_people(network, 1, 0), recorder)
    held = recorder.rows("held")
    column = {name: place for place, name in enumerate(ROWS["held"])}
    for number, load in enumerate(loads(declared, network)):
        mine = held[held[:, column["service"]] == number]
        days = mine[:, column["end"]].clip(0, 300) - mine[:, column["start"]].clip(0, 300)
        assert days.sum() / 300 == pytest.approx(load.mean.offered, rel=0.05), load.service
