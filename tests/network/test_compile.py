"""What a declared scenario compiles to, spelt out."""

import math
from dataclasses import replace
from datetime import date

import pytest

from caresim.errors import ScenarioError
from caresim.grid import on_grid
from caresim.network.compile import compile_network
from caresim.network.network import FROM, Change, Choice, Table, Taper
from caresim.network.tables import shares_of
from caresim.scenario.services import (
    CensusRow,
    DelayClass,
    GiveUp,
    Intake,
    Opening,
    QueueRules,
    Rounds,
    Skip,
    StandIn,
    StartWith,
)
from caresim.scenario.services import Taper as DeclaredTaper
from caresim.scenario.values import By, Dated
from network.worlds import arrival, exponential, fixed, scenario, service

WEEKDAYS = frozenset(["mon", "tue", "wed", "thu", "fri"])


def by(attribute, otherwise=None, **table):
    return By(attribute=attribute, table=table, otherwise=otherwise)


def named(network, name):
    return next(each for each in network.services if each.name == name)


def test_everything_is_numbered_in_order_of_names_and_exits_follow_services():
    network = compile_network(
        scenario(
            [service("ward", then={"home": 0.5, "annexe": 0.3, "ward": 0.2}), service("annexe")],
            [arrival("zeta", to="ward"), arrival("alpha", to="annexe")],
            people={"sex": {"m": 0.5, "f": 0.5}, "age": {"85+": 0.2, "18-64": 0.8}},
        )
    )
    assert [each.name for each in network.services] == ["annexe", "ward"]
    assert [each.name for each in network.streams] == ["alpha", "zeta"]
    assert network.exits == ("died", "home")
    assert [(a.name, a.values) for a in network.attributes] == [
        ("age", ("18-64", "85+")),
        ("sex", ("f", "m")),
    ]
    # annexe is 0, home is exit 1 (3), ward is 1: cumulated in order of the names.
    assert named(network, "ward").next == Table(leaves=(Choice(codes=(0, 3, 1), cumulative=(0.3, 0.8, 1.0)),))
    assert network.streams[0].to[0][1].leaves[0] == Choice(codes=(0,), cumulative=(1.0,))


def test_everyone_can_die_even_where_no_exit_was_declared_for_it():
    network = compile_network(scenario([service("ward")], [arrival("a", to="ward")], exits=("home",)))
    assert network.exits == ("died", "home")


def test_the_order_of_keys_in_a_file_changes_nothing():
    services = [
        service(
            "ward",
            then=by("pathway", {"home": 1.0}, P1={"home": 0.5, "team": 0.5}),
            sets={"pathway": {"P0": 0.7, "P1": 0.3}},
        ),
        service(
            "team", then={"home": 0.9, "died": 0.1}, start_with=StartWith(in_care=3, delayed={"ward": 1})
        ),
    ]
    streams = [
        arrival("one", to={"ward": 0.9, "team": 0.1}),
        arrival("two", to="team", people={"age": {"old": 1.0}}),
    ]
    people = {"age": {"old": 0.4, "young": 0.6}, "area": by("age", {"n": 1.0}, old={"n": 0.5, "s": 0.5})}
    forward = scenario(services, streams, people=people)
    turned = [
        replace(
            each, start_with=replace(each.start_with, delayed=dict(reversed(each.start_with.delayed.items())))
        )
        for each in reversed(services)
    ]
    streams = [replace(each, to=dict(reversed(each.to.items()))) for each in reversed(streams)]
    people = {"area": by("age", {"n": 1.0}, old={"s": 0.5, "n": 0.5}), "age": {"young": 0.6, "old": 0.4}}
    assert compile_network(
        scenario(turned, streams, people=people, exits=("died", "home"))
    ) == compile_network(forward)


def test_a_by_table_has_a_leaf_for_every_value_and_one_for_not_set_yet():
    people = {"age": {"old": 0.4, "young": 0.6}, "area": {"n": 0.5, "s": 0.5}}
    care = by("age", old=by("area", fixed(1), n=fixed(9)), young=fixed(2))
    network = compile_network(
        scenario([service("ward", care_time=care)], [arrival("a", to="ward")], people=people)
    )
    table = network.services[0].care_time
    assert (table.axes, table.shape) == ((0, 1), (3, 3))
    days = [None if leaf is None else leaf.parameters[0] for leaf in table.leaves]
    assert days == [9.0, 1.0, 1.0, 2.0, 2.0, 2.0, None, None, None]


def test_priority_and_room_may_go_by_where_someone_comes_from():
    queue = QueueRules(
        priority=by("from", 3, ward=1), room=by("from", elective=0), skip=Skip(until_waited=14.0)
    )
    network = compile_network(
        scenario(
            [service("team", queue=queue), service("ward", then="team")],
            [arrival("elective", to="team"), arrival("urgent", to="ward")],
        )
    )
    team = named(network, "team")
    # Origins: team, ward, elective, urgent, present at the start.
    assert team.priority == Table(axes=(FROM,), shape=(5,), leaves=(3, 1, 3, 3, 3))
    assert team.room.leaves == (math.inf, math.inf, 0, math.inf, math.inf)
    assert team.skip_until == 14.0


def test_stand_ins_are_named_by_where_they_lead():
    stand_ins = (
        StandIn(after=fixed(5), to="team", keeps_turn=True, only_from=frozenset(["ward", "a"])),
        StandIn(after=fixed(1 / 3), to="team", keeps_turn=False),
        StandIn(after=fixed(0), to="ward", keeps_turn=True, bridge_only=True),
    )
    give_up = GiveUp(after=fixed(30), to={"home": 1.0})
    services = [service("care", instead=stand_ins, give_up=give_up), service("team"), service("ward")]
    care = named(compile_network(scenario(services, [arrival("a", to="care")])), "care")
    assert [each.purpose for each in care.instead] == ["team", "team 2", "ward"]
    assert care.instead[0].only_from == frozenset([2, 3])
    assert care.instead[1].only_from is None
    assert care.instead[2].bridge_only
    assert care.give_up.to.leaves[0].codes == (4,)


def test_amounts_and_hours_are_whole_minutes_halves_up():
    taper = DeclaredTaper(first=28.0, last=7.0)
    services = [
        service("packages", hours=13.475, amount=fixed(10.0)),
        service("falling", hours=Dated(values=((0.0, 100.0), (9.0, 120.5))), amount=taper),
    ]
    network = compile_network(scenario(services, [arrival("a", to="packages")]))
    packages, falling = named(network, "packages"), named(network, "falling")
    assert (packages.capacity, packages.in_hours, packages.mean_amount) == (809, True, 600.0)
    assert falling.amount.leaves == (Taper(first=1680, last=420),)
    assert falling.mean_amount == 1050.0
    assert network.changes == (Change(at=9.0, service=0, field="capacity", value=7230),)


def test_the_mean_amount_weighs_classes_by_how_many_arrive():
    amount = by("age", old=fixed(20.0), young=fixed(10.0))
    streams = [
        arrival("few", to="packages", rate=1.0, people={"age": {"old": 1.0}}),
        arrival("many", to="packages", rate=3.0, people={"age": {"young": 1.0}}),
    ]
    network = compile_network(scenario([service("packages", hours=100.0, amount=amount)], streams))
    assert network.services[0].mean_amount == pytest.approx(60 * (0.25 * 20 + 0.75 * 10))


def test_dated_places_become_changes_and_the_first_also_holds_before_its_date():
    places = Dated(values=((0.0, 180), (183.0, 210), (500.0, 999)))
    network = compile_network(
        scenario([service("team", places=places)], [arrival("a", to="team")], warm_up=10)
    )
    assert network.start == -10.0
    assert network.services[0].capacity == 180
    assert network.changes == (Change(at=183.0, service=0, field="capacity", value=210),)


def test_a_date_that_the_grid_rounds_down_counts_from_there():
    third = 10 + 1 / 3
    assert on_grid(third) < third
    places = Dated(values=((0.0, 4), (third, 5)))
    rate = Dated(values=((0.0, 1.0), (third, 2.0)))
    network = compile_network(scenario([service("s", places=places)], [arrival("a", to="s", rate=rate)]))
    assert network.changes == (Change(at=on_grid(third), service=0, field="capacity", value=5),)
    assert network.streams[0].rate.base == ((0.0, 1.0), (on_grid(third), 2.0))


def test_dated_rates_become_breakpoints():
    rate = Dated(values=((5.0, 40.0), (30.0, 43.0)))
    network = compile_network(scenario([service("ward")], [arrival("a", to="ward", rate=rate)]))
    assert network.streams[0].rate.base == ((0.0, 40.0), (30.0, 43.0))


def test_a_rates_file_holds_from_each_day_to_the_next():
    network = compile_network(
        scenario([service("ward")], [arrival("a", to="ward", rates=((1.0, 5.0), (0.0, 4.0), (2.0, 5.0)))])
    )
    assert network.streams[0].rate.base == ((0.0, 4.0), (1.0, 5.0))


def test_opening_hours_are_toggles_over_the_whole_run():
    """Maundy Thursday 18 April 2019 to Easter Tuesday: closed on both bank holidays and the weekend."""
    opens = Opening(days=WEEKDAYS, hours=(1 / 3, 0.75), bank_holidays=False)
    network = compile_network(
        scenario(
            [service("office", opens=opens)], [arrival("a", to="office")], start=date(2019, 4, 18), days=6
        )
    )
    opening = on_grid(1 / 3)
    assert network.services[0].opens == (
        (0.0, False),
        (opening, True),
        (0.75, False),
        (5 + opening, True),
        (5.75, False),
    )
    assert network.calendar.bank_holidays == frozenset([1, 4])
    assert network.calendar.weekday == 3


def test_days_that_meet_at_midnight_are_one_opening_and_always_open_is_nothing():
    opens = Opening(days=WEEKDAYS)
    network = compile_network(
        scenario([service("s", opens=opens)], [arrival("a", to="s")], days=8, warm_up=1)
    )
    assert network.services[0].opens == ((-1.0, False), (0.0, True), (5.0, False), (7.0, True))
    always = compile_network(scenario([service("s", opens=Opening())], [arrival("a", to="s")]))
    assert always.services[0].opens == ()


def test_intake_begins_anew_each_day_and_a_bank_holiday_beats_the_weekday():
    days = dict.fromkeys(["mon", "tue", "wed", "thu", "fri"], 3) | {"sat": 1, "sun": None}
    intake = Intake(days=days, bank_holiday=0, has_bank_holiday=True)
    network = compile_network(
        scenario(
            [service("s", intake=intake)],
            [arrival("a", to="s")],
            start=date(2019, 4, 18),
            days=5,
            warm_up=0.5,
        )
    )
    assert network.services[0].intake == (
        (-0.5, 3, True),
        (0.0, 3, True),
        (1.0, 0, True),
        (2.0, 1, True),
        (3.0, None, True),
        (4.0, 0, True),
    )
    without = replace(intake, has_bank_holiday=False)
    plain = compile_network(
        scenario([service("s", intake=without)], [arrival("a", to="s")], start=date(2019, 4, 19), days=1)
    )
    assert plain.services[0].intake == ((0.0, 3, True),)


def test_rounds_name_every_weekday():
    rounds = Rounds(hours=(0.375, 0.75), seen={"sat": 0.7, "sun": 0.5})
    network = compile_network(scenario([service("ward", rounds=rounds)], [arrival("a", to="ward")]))
    assert network.services[0].rounds.seen == (1.0, 1.0, 1.0, 1.0, 1.0, 0.7, 0.5)
    assert network.services[0].rounds.start == 0.375


def test_attributes_are_drawn_after_those_they_go_by_and_a_stream_has_its_own():
    people = {"area": by("zone", x={"n": 1.0}, y={"s": 1.0}), "zone": {"x": 0.5, "y": 0.5}}
    streams = [arrival("a", to="s"), arrival("b", to="s", people={"zone": {"y": 1.0}})]
    network = compile_network(scenario([service("s")], streams, people=people, groups=("zone", "area")))
    assert [number for number, _ in network.streams[0].people] == [1, 0]
    assert network.streams[1].people[0][1][0][1].leaves[0] == Choice(codes=(1,), cumulative=(1.0,))
    assert network.groups == (1, 0)


def test_attributes_that_go_by_each_other_are_refused():
    people = {"a": by("b", x={"x": 1.0}), "b": by("a", x={"x": 1.0})}
    with pytest.raises(ScenarioError, match="one has to come first"):
        compile_network(scenario([service("s")], [arrival("z", to="s")], people=people))


def test_batches_are_sizes_in_order():
    network = compile_network(
        scenario([service("s")], [arrival("a", to="s", batch={10: 0.2, 2: 0.3, 1: 0.5})])
    )
    assert network.streams[0].batch == Choice(codes=(1, 2, 10), cumulative=(0.5, 0.8, 1.0))


def test_the_default_census_is_arrivals_weighted_by_how_long_each_class_stays():
    """Half the arrivals are old and stay 9 days, half young and stay 1: nine in ten present are old."""
    care = by("age", old=exponential(9), young=exponential(1))
    ward = service("ward", care_time=care, start_with=StartWith(in_care=5))
    people = {"age": {"old": 0.5, "young": 0.5}, "area": {"n": 0.75, "s": 0.25}}
    census = compile_network(scenario([ward], [arrival("a", to="ward")], people=people)).services[0].census
    assert census.classes == ((0, 0), (0, 1), (1, 0), (1, 1))
    assert census.cumulative == pytest.approx((0.675, 0.9, 0.975, 1.0))
    assert census.elapsed is None


def test_who_fixes_what_it_names_and_the_rest_follows_given_that():
    people = {
        "age": {"old": 0.5, "young": 0.5},
        "area": by("age", old={"n": 0.8, "s": 0.2}, young={"n": 0.1, "s": 0.9}),
    }
    start = StartWith(in_care=5, who={"age": {"old": 0.25, "young": 0.75}}, elapsed="fresh")
    ward = service("ward", start_with=start)
    census = compile_network(scenario([ward], [arrival("a", to="ward")], people=people)).services[0].census
    shares = dict(
        zip(
            census.classes,
            [share for _, share in shares_of(Choice(codes=census.classes, cumulative=census.cumulative))],
            strict=True,
        )
    )
    assert shares == pytest.approx({(0, 0): 0.2, (0, 1): 0.05, (1, 0): 0.075, (1, 1): 0.675})
    assert census.elapsed == fixed(0)


def test_what_only_a_service_sets_is_not_set_at_the_start_unless_who_says_so():
    sets = {"pathway": {"P0": 0.6, "P1": 0.4}}
    plain = service("ward", sets=sets, start_with=StartWith(in_care=1))
    told = service("team", start_with=StartWith(in_care=1, who={"pathway": {"P1": 1.0}}))
    network = compile_network(scenario([plain, told], [arrival("a", to="ward")]))
    assert named(network, "ward").census.classes == ((2,),)
    assert named(network, "team").census.classes == ((1,),)


def test_a_census_needs_to_know_what_the_care_time_goes_by():
    ward = service("ward", sets={"pathway": {"P0": 0.6, "P1": 0.4}}, then="team")
    team = service("team", care_time=by("pathway", P0=fixed(1), P1=fixed(2)), start_with=StartWith(in_care=1))
    with pytest.raises(ScenarioError, match=r"services\.team\.start_with\.who: the care time here goes by"):
        compile_network(scenario([ward, team], [arrival("a", to="ward")]))


def test_census_rows_keep_what_the_file_says_and_leave_the_rest_to_be_drawn():
    row = CensusRow(state="delayed", waiting_for="team", elapsed=3.0, waited=1 / 3, attributes={"age": "old"})
    ward = service("ward", start_with=StartWith(file=(row,)))
    people = {"age": {"old": 0.5, "young": 0.5}, "area": {"n": 1.0}}
    network = compile_network(scenario([ward, service("team")], [arrival("a", to="ward")], people=people))
    (person,) = named(network, "ward").census.rows
    assert (person.waiting_for, person.codes, person.waited) == (0, (0, -1), on_grid(1 / 3))


def test_more_classes_of_people_than_anyone_could_want_are_refused():
    people = {f"a{k}": {f"v{v}": 0.05 for v in range(20)} for k in range(5)}
    ward = service("ward", start_with=StartWith(in_care=1))
    with pytest.raises(ScenarioError, match="200000 different classes"):
        compile_network(scenario([ward], [arrival("a", to="ward")], people=people))


def test_a_wait_counts_only_where_the_service_says_as_what():
    dtoc = DelayClass(reason="C", responsible={"nhs": 1.0})
    network = compile_network(scenario([service("a", dtoc=dtoc), service("b")], [arrival("z", to="a")]))
    assert [each.delay_counts for each in network.services] == [True, False]


def test_a_run_may_go_past_the_end_of_the_calendar():
    rate_by_month = arrival("a", to="s")
    network = compile_network(
        scenario(
            [service("s", opens=Opening(days=WEEKDAYS, bank_holidays=False))],
            [rate_by_month],
            start=date(9999, 12, 30),
            days=10,
        )
    )
    assert network.services[0].opens == ((0.0, True), (2.0, False), (4.0, True), (9.0, False))
    assert network.calendar.bank_holidays == frozenset()


def test_hazards_spare_those_who_have_no_value_yet():
    mortality = by("pathway", P0=0.1, P1=0.2)
    ward = service("ward", sets={"pathway": {"P0": 0.6, "P1": 0.4}}, mortality=mortality)
    network = compile_network(scenario([ward], [arrival("a", to="ward")], mortality=0.01))
    assert network.services[0].mortality.leaves == (0.1, 0.2, 0.0)
    assert network.mortality.leaves == (0.01,)
