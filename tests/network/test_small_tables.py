"""What is written beside the results: prices spelt out so that for anyone exactly the right rows apply."""

import json

from caresim.network.compile import compile_network
from caresim.network.small_tables import small_tables
from caresim.scenario.scenario import Published
from caresim.scenario.services import Block, Cost, DelayClass
from caresim.scenario.values import By
from network.worlds import arrival, scenario, service


def tables(services, people=None, **rest):
    declared = scenario(services, [arrival("a", to=services[0].name)], people=people or {}, **rest)
    return small_tables(declared, compile_network(declared))


def test_services_say_their_unit_and_as_what_a_wait_for_them_counts():
    dtoc = DelayClass(reason="Di", responsible={"nhs": 0.39, "social_care": 0.61})
    rows = tables([service("ward", kind="acute"), service("care", unlimited=True, dtoc=dtoc)])["services"]
    assert rows[0] == {
        "service": "care",
        "label": "care",
        "kind": "other",
        "in_place": False,
        "unit": "unlimited",
        "reason": "Di",
        "nhs": 0.39,
        "social_care": 0.61,
        "both": 0.0,
        "has_dtoc": True,
    }
    assert (rows[1]["unit"], rows[1]["reason"], rows[1]["nhs"], rows[1]["has_dtoc"]) == (
        "places",
        "O",
        1.0,
        False,
    )


def test_prices_and_payers_are_spelt_out_for_every_value():
    payer = By(attribute="funding", table={"self": "self_funder"}, otherwise={"council": 0.75, "nhs": 0.25})
    per_week = By(attribute="age", table={"old": 700.0}, otherwise=600.0)
    people = {"funding": {"council": 0.5, "self": 0.5}, "age": {"old": 0.5, "young": 0.5}}
    rows = tables([service("care", cost=Cost(payer=payer, per_week=per_week, per_stay=10.0))], people)[
        "prices"
    ]
    weekly = [row for row in rows if row["item"] == "per_week"]
    told = {(row["age"], row["funding"], row["payer"]): (row["price"], row["share"]) for row in weekly}
    assert told[("old", "self", "self_funder")] == (700.0, 1.0)
    assert told[("young", "council", "nhs")] == (600.0, 0.25)
    assert ("old", "self", "council") not in told
    # `else` also holds for those who have no value yet: the empty text in the tables of a run.
    assert told[("", "", "council")] == (600.0, 0.75)
    stay = [(row["age"], row["funding"], row["payer"]) for row in rows if row["item"] == "per_stay"]
    assert (None, "self", "self_funder") in stay
    for age in ("old", "young"):
        for funding in ("council", "self"):
            shares = [row["share"] for row in weekly if row["age"] == age and row["funding"] == funding]
            assert sum(shares) == 1.0


def test_a_payer_by_what_the_price_goes_by_takes_only_its_own_case():
    cost = Cost(
        payer=By(attribute="funding", table={"council": "council", "self": "self_funder"}),
        per_day=By(attribute="funding", table={"council": 80.0, "self": 100.0}),
    )
    rows = tables([service("care", cost=cost)], {"funding": {"council": 0.5, "self": 0.5}})["prices"]
    assert [(row["funding"], row["price"], row["payer"]) for row in rows] == [
        ("council", 80.0, "council"),
        ("self", 100.0, "self_funder"),
    ]


def test_a_block_has_its_places_and_unless_told_the_ordinary_payer():
    cost = Cost(payer="council", per_week=584.0, block=Block(places=40, per_week=550.0))
    rows = tables([service("care", cost=cost)])["prices"]
    assert rows[1] == {
        "service": "care",
        "item": "block_per_week",
        "price": 550.0,
        "payer": "council",
        "share": 1.0,
        "block_places": 40.0,
    }
    assert rows[0]["block_places"] is None


def test_names_groups_population_and_published_are_plain_rows():
    published = Published(
        measure="dtoc_rate",
        where={"reason": "E", "area": "n"},
        value=3.5,
        within=10.0,
        within_unit="%",
        start=0.0,
        end=91.0,
        source="C01",
        used="tuned",
    )
    found = tables(
        [service("ward")],
        {"area": {"s": 0.5, "n": 0.5}},
        groups=("area",),
        population={"adults": {"all": 100.0, "n": 60.0}},
        published=(published,),
    )
    assert found["groups"] == [{"attribute": "area", "value": "n"}, {"attribute": "area", "value": "s"}]
    assert found["population"] == [
        {"population": "adults", "area": "", "people": 100.0},
        {"population": "adults", "area": "n", "people": 60.0},
    ]
    assert found["published"][0]["where"] == '{"area": "n", "reason": "E"}'
    assert [(row["what"], row["name"]) for row in found["names"]] == [
        ("service", "ward"),
        ("exit", "died"),
        ("exit", "home"),
        ("stream", "a"),
    ]
    assert json.loads(json.dumps(found)) == found
