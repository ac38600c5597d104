"""What a network refuses, in the words the person who wrote it reads."""

import pytest

from caresim.distributions import Distribution
from caresim.errors import ScenarioError
from caresim.network.compile import compile_network
from caresim.scenario.services import BACK, Away, Cost, GiveUp, StandIn, StartWith
from caresim.scenario.values import By, Dated
from network.worlds import arrival, exponential, fixed, scenario, service

BY_PATHWAY = By(attribute="pathway", table={"P0": {"home": 1.0}, "P1": {"team": 1.0}})
SETS = {"pathway": {"P0": 0.7, "P1": 0.3}}


def faults(*args, **kwargs):
    with pytest.raises(ScenarioError) as refused:
        compile_network(scenario(*args, **kwargs))
    return [(fault.path, fault.message) for fault in refused.value.faults]


def test_a_route_by_what_nobody_has_yet_is_refused_and_every_such_place_is_told():
    ward = service(
        "ward", then=BY_PATHWAY, care_time=By(attribute="pathway", table={"P0": fixed(1), "P1": fixed(2)})
    )
    late = service("team", sets=SETS)
    assert [path for path, _ in faults([ward, late], [arrival("a", to="ward")])] == [
        "services.ward.care_time",
        "services.ward.next",
    ]


def test_what_a_service_sets_itself_is_known_to_its_own_routes_but_not_to_its_care_time():
    ward = service("ward", then=BY_PATHWAY, sets=SETS)
    compile_network(scenario([ward, service("team")], [arrival("a", to="ward")]))
    wrong = service(
        "ward", then=BY_PATHWAY, sets=SETS, care_time=By(attribute="pathway", table={"P0": fixed(1)})
    )
    ((path, message),) = faults([wrong, service("team")], [arrival("a", to="ward")])
    assert path == "services.ward.care_time"
    assert message.startswith('goes by "pathway", which nobody has yet here.')


def test_which_hospital_may_go_by_what_was_set_before_but_not_by_what_care_there_sets():
    """People are away before care ends."""
    to = By(attribute="pathway", table={"P0": "ward", "P1": "team"})
    away = Away(rate=0.1, to=to, keep=1.0, pay=None, next={BACK: 1.0})
    beds = [service("ward"), service("team")]
    before = [service("office", then="visits", sets=SETS), service("visits", away=away)]
    compile_network(scenario([*beds, *before], [arrival("a", to="office")]))
    ((path, message),) = faults(
        [*beds, service("visits", away=away, sets=SETS)], [arrival("a", to="visits")]
    )
    assert path == "services.visits.away.to"
    assert message.startswith('goes by "pathway", which nobody has yet here.')


def test_it_is_enough_that_some_people_have_the_attribute_or_that_there_is_an_else():
    ward = service("ward", then="office", sets=SETS)
    office = service("office", then=BY_PATHWAY)
    compile_network(
        scenario([ward, office, service("team")], [arrival("a", to="ward"), arrival("b", to="office")])
    )
    care = By(attribute="pathway", table={"P0": fixed(1)}, otherwise=exponential(3))
    compile_network(scenario([service("ward", sets=SETS, care_time=care)], [arrival("a", to="ward")]))


def test_a_readmitted_person_brings_back_what_an_earlier_stay_set():
    care = By(attribute="pathway", table={"P0": fixed(1)}, otherwise=None)
    at_home = service("at_home", unlimited=True, then={"ward": 0.1, "home": 0.9}, care_time=care)
    compile_network(
        scenario([service("ward", sets=SETS, then="at_home"), at_home], [arrival("a", to="ward")])
    )


def test_a_person_who_kept_their_turn_brings_what_the_stand_in_set():
    stand_in = StandIn(after=fixed(1), to="team", keeps_turn=True)
    first = service("packages", instead=(stand_in,), then=BY_PATHWAY)
    compile_network(scenario([first, service("team", sets=SETS)], [arrival("a", to="packages")]))


def test_a_service_nobody_comes_to_may_go_by_anything():
    lonely = service("lonely", then=BY_PATHWAY)
    compile_network(scenario([lonely, service("team", sets=SETS)], [arrival("a", to="team")]))


def test_a_census_may_know_what_arrivals_do_not():
    start = StartWith(in_care=1, who={"pathway": {"P1": 1.0}})
    lonely = service("lonely", then=BY_PATHWAY, start_with=start)
    compile_network(scenario([lonely, service("team")], [arrival("a", to="team")]))


def test_an_attribute_that_is_nowhere_is_named():
    ((path, message),) = faults(
        [service("s", then=By(attribute="agee", table={"x": {"home": 1.0}}))], [arrival("a", to="s")]
    )
    assert (path, message) == ("services.s.next", 'there is no attribute "agee". Known: .')


def test_a_condition_that_leaves_nothing_is_refused():
    care = Distribution(family="uniform", parameters=(2.0, 5.0), low=6.0)
    ((path, message),) = faults([service("s", care_time=care)], [arrival("a", to="s")])
    assert path == "services.s.care_time"
    assert "leave no value" in message


def test_a_request_that_can_never_fit_is_refused_but_not_one_that_fits_later():
    amount = By(attribute="size", table={"big": fixed(40.0), "small": fixed(4.0)})
    people = {"size": {"big": 0.5, "small": 0.5}}
    ((path, message),) = faults(
        [service("s", hours=30.0, amount=amount)], [arrival("a", to="s")], people=people
    )
    assert path == "services.s.amount"
    assert message == (
        "some people need at least 40 hours per week, and there are never more than 30: "
        "their request can never fit."
    )
    hours = Dated(values=((0.0, 30.0), (50.0, 50.0)))
    compile_network(
        scenario([service("s", hours=hours, amount=amount)], [arrival("a", to="s")], people=people)
    )


def test_hours_without_an_amount_are_refused():
    ((path, message),) = faults([service("s", hours=30.0)], [arrival("a", to="s")])
    assert path == "services.s"
    assert "`amount`" in message


def test_giving_up_for_a_step_is_refused_where_people_may_be_bridging():
    def hub(keeps_turn):
        after = fixed(1.0)
        return service(
            "hub",
            places=1,
            instead=(StandIn(after=after, to="spare", keeps_turn=keeps_turn),),
            give_up=GiveUp(after=after, to={"home": 0.5, "other": 0.5}),
        )

    def others(to):
        return [
            service("spare", places=1),
            service("other", places=1, give_up=GiveUp(after=fixed(1.0), to={to: 1.0})),
            service("panel", places=1, in_place=True),
        ]

    ((path, message),) = faults([hub(True), *others("panel")], [arrival("a", to="hub")])
    assert path == "services.other.give_up.to"
    assert message.startswith('leads to the in-place step "panel", but people waiting for "hub" may be')
    compile_network(scenario([hub(True), *others("home")], [arrival("a", to="hub")]))
    compile_network(scenario([hub(False), *others("panel")], [arrival("a", to="hub")]))


def test_a_price_by_what_a_service_sets_needs_a_word_for_who_has_it_not_yet():
    """Without one, days before it is set would be paid by nobody, and nobody would notice."""

    def ward(otherwise):
        price = By(attribute="pathway", table={"P0": 100.0, "P1": 200.0}, otherwise=otherwise)
        return service("ward", sets=SETS, cost=Cost(payer="nhs", per_day=price))

    ((path, message),) = faults([ward(None)], [arrival("a", to="ward")])
    assert path == "services.ward.cost.per_day"
    assert message.startswith('goes by "pathway", which people have only once a service has set it.')
    compile_network(scenario([ward(100.0)], [arrival("a", to="ward")]))
