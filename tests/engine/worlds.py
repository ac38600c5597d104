"""Small worlds for engine tests: from YAML text to a finished run, its history, and random systems to hunt in."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from caresim.engine.chance import network_of_replication
from caresim.engine.people import People, draw_people
from caresim.network.compile import compile_network
from caresim.network.network import Network
from caresim.records.recorder import OUTCOMES, ROWS, STATES, WHYS, Recorder
from caresim.scenario.files import dump_document, load_scenario

Engine = Callable[[Network, People, Recorder], None]
World = dict[str, Any]


def network_of(world: World | str) -> Network:
    """The compiled network of a world, or of the text of a scenario file."""
    text = world if isinstance(world, str) else dump_document(world)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.yaml"
        file.write_text(text, encoding="utf-8")
        return compile_network(load_scenario(file))


def run_world(world: World | str | Network, engine: Engine, seed: int = 1, replication: int = 0) -> Recorder:
    """One finished replication of a world."""
    network = world if isinstance(world, Network) else network_of(world)
    network = network_of_replication(network, seed, replication)
    recorder = Recorder()
    engine(network, draw_people(network, seed, replication), recorder)
    return recorder


def rows_of(recorder: Recorder, kind: str) -> list[tuple[Any, ...]]:
    """Rows of a kind in an order of their own; classes are spelt out, for engines may number them as they like.

    nan becomes None, so that rows can be compared and sorted.
    """
    columns = ROWS[kind]
    rows = []
    for row in recorder.rows(kind):
        values = [None if np.isnan(value) else float(value) for value in row]
        if "class_" in columns:
            class_ = columns.index("class_")
            values[class_] = tuple(int(code) for code in recorder.classes[int(row[class_])])  # type: ignore[call-overload]
        rows.append(tuple(values))
    rows.sort(key=lambda row: tuple((value is None, value if value is not None else 0.0) for value in row))
    return joined(rows) if columns[-2:] == ("start", "end") else rows


def joined(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of time in order, each as long as nothing in it changes: an engine may write them in pieces."""
    whole: list[tuple[Any, ...]] = []
    for row in rows:
        if whole and whole[-1][:-2] == row[:-2] and whole[-1][-1] == row[-2]:
            whole[-1] = (*row[:-2], whole[-1][-2], row[-1])
        else:
            whole.append(row)
    return whole


def table_of(recorder: Recorder, kind: str) -> dict[str, NDArray[np.float64]]:
    """Columns of a kind by name."""
    rows = recorder.rows(kind)
    return {name: rows[:, column] for column, name in enumerate(ROWS[kind])}


def history(network: Network, recorder: Recorder) -> list[tuple[float, str, str, str]]:
    """What happened to whom, as (time, who, what, where), in order of time and person.

    Somebody of rank 3 is "p3". Only what is over is told: unfinished stays say no more than they know.
    """
    services = [service.name for service in network.services]
    targets = [*services, *network.exits, "lost"]
    told: list[tuple[float, int, int, str, str]] = []
    for person, service, _, admitted, ready, left, _, _, went_to, outcome, _ in recorder.rows(
        "stays"
    ).tolist():
        where, what = services[int(service)], OUTCOMES[int(outcome)]
        towards = targets[int(went_to)] if went_to >= 0 else "-"
        if not np.isnan(admitted):
            told.append((admitted, int(person), 2, "admitted", where))
        if not np.isnan(ready):
            told.append((ready, int(person), 0, "ready", where))
        if not np.isnan(left):
            kind = "the place" if not np.isnan(admitted) else "the queue"
            told.append((left, int(person), 1, f"{kind} of {where}: {what}", towards))
    for person, service, where, _, start, _ in recorder.rows("queued").tolist():
        held = services[int(where)] if where >= 0 else "outside"
        told.append((start, int(person), 3, f"waits ({held})", services[int(service)]))
    for person, service, state, awaited, _, _, start, _ in recorder.rows("held").tolist():
        if awaited >= 0:
            told.append(
                (
                    start,
                    int(person),
                    4,
                    f"{STATES[int(state)]} for {services[int(awaited)]}",
                    services[int(service)],
                )
            )
    for time, _, to, why, _, person in recorder.rows("flows").tolist():
        if to >= len(services):
            told.append((time, int(person), 5, f"leaves ({WHYS[int(why)]})", targets[int(to)]))
    return [(time, f"p{person}", what, where) for time, person, _, what, where in sorted(told)]


# --- random systems ----------------------------------------------------------------------------------------

NAMES = ("ash", "birch", "cedar", "dogwood", "elm")
EXITS = ("home", "away")
FIRST_DAY = "2019-04-15"
"""A Monday; Good Friday is day 4 and Easter Monday day 7."""


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def rarely(draw: Any, one_in: int) -> bool:
    return bool(draw(st.integers(0, one_in - 1)) == one_in - 1)


def by_age(draw: Any, value: st.SearchStrategy[Any]) -> Any:
    """A value, or now and then one for each age."""
    if rarely(draw, 6):
        return {"by": "age", "old": draw(value), "young": draw(value)}
    return draw(value)


CARE_TIMES = one_of(
    "1 day",
    "2 days",
    "3 days",
    "12 hours",
    "5 days",
    {"empirical": {"values": ["1 day", "2 days", "4 days"]}},
    {"empirical": {"values": ["0 days", "1 day", "36 hours"]}},
    {"exponential": "2 days"},
    {"lognormal": {"mean": "3 days", "sd": "3 days", "at_most": "6 days"}},
    {"uniform": {"low": "0.5 days", "high": "2.5 days"}},
)
LONG_CARE_TIMES = one_of("3 days", "10 days", "16 days", {"exponential": "12 days"})
"""Of services whose amounts step down by weeks."""
PATIENCE = one_of(
    "0 days",
    "12 hours",
    "1 day",
    "2 days",
    {"empirical": {"values": ["0 days", "1 day", "3 days"]}},
    {"exponential": "1 day"},
)
REVIEW_TIMES = one_of(
    "1 day", "2 days", "36 hours", {"exponential": "2 days"}, {"empirical": {"values": ["0.5 days", "3 days"]}}
)
AMOUNTS = one_of(
    "5 hours per week",
    "10 hours per week",
    {"empirical": {"values": ["4 hours per week", "10 hours per week", "25 hours per week"]}},
    {"uniform": {"low": "2 hours per week", "high": "20 hours per week"}},
)
TAPERS = one_of(
    {"first": "20 hours per week", "last": "5 hours per week"},
    {"first": "5 hours per week", "last": "10 hours per week"},
)
HOURS_OF_A_STEP = {"hours": "20 per week", "amount": "10 hours per week"}
CLOCKS = one_of("08:00-18:00", "09:00-12:00", "00:00-24:00", "12:00-24:00", "00:00-12:00")


@st.composite
def scenarios(draw: Any) -> World:
    """A small system with any mixture of the rules; all are meant to be valid."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, 5))]
    n_steps = min(len(names) - 1, draw(one_of(0, 0, 1, 1, 2)))
    steps, places = names[:n_steps], names[n_steps:]
    services = {name: draw(services_of(name, places, steps)) for name in places}
    services |= {name: draw(steps_of(name, places, steps)) for name in steps}
    if rarely(draw, 3):
        draw(pathways(services))
    make_bridging_possible(services, steps)
    if len(places) > 1 and rarely(draw, 2):
        draw(absences(services, places, steps))
    if rarely(draw, 2):
        draw(reviews(services, places, steps))
    world: World = {
        "caresim": 1,
        "name": "A random world",
        "time": {
            "from": FIRST_DAY,
            "measure": draw(one_of("6 days", "12 days", "20 days")),
            "warm_up": draw(one_of("0 days", "0 days", "2 days")),
        },
        "replications": 1,
        "seed": 1,
        "population": {"adults": 1000, "65+": 200},
        "people": {"age": {"old": 0.5, "young": 0.5}},
        "arrivals": draw(streams_to(names)),
        "services": services,
        "exits": {name: {} for name in (*EXITS, "died")},
    }
    if rarely(draw, 3):
        draw(pools(services))
    if rarely(draw, 3):
        draw(closures(services))
    staff = draw(staff_of(services)) if rarely(draw, 4) else {}
    if staff:
        world["staff"] = staff
    if rarely(draw, 4):
        world["people"]["mortality"] = by_age(draw, one_of("3% per day", "20% per day"))
    events = draw(events_of(services, staff)) if rarely(draw, 3) else {}
    if events:
        world["events"] = events
    if rarely(draw, 4):
        rates = [name for name, stream in world["arrivals"].items() if "rate" in stream]
        draw(happening(world.setdefault("events", {}), rates))
        if not world["events"]:
            del world["events"]
    if rarely(draw, 3):
        draw(deconditioning(world, [name for name in places if "hold_until" not in services[name]]))
    return world


@st.composite
def deconditioning(draw: Any, world: World, held: list[str]) -> None:
    """Delay has consequences, written into the world, if people can be delayed anywhere."""
    if not held:
        return
    services = world["services"]
    each_day: dict[str, Any] = {}
    for name in draw(st.lists(one_of(*services), min_size=1, max_size=3, unique=True)):
        service = services[name]
        for _ in range(draw(one_of(1, 1, 2))):
            to = draw(one_of(*services, *EXITS))
            each_day[f"services.{name}.next.{to}"] = by_age(draw, one_of("5%", "30%", 0.125))
        for attribute in service.get("sets", {}):
            code = draw(one_of(*({"age": ("old", "young")}.get(attribute, ("P0", "P1")))))
            each_day[f"services.{name}.sets.{attribute}.{code}"] = draw(one_of("10%", "40%"))
        if rarely(draw, 2):
            each_day[f"services.{name}.care_time"] = by_age(draw, one_of("3%", "20%"))
        if "first" not in service.get("amount", {"first": ""}) and rarely(draw, 2):
            each_day[f"services.{name}.amount"] = by_age(draw, one_of("5%", "20%"))
        if rarely(draw, 3):
            each_day[f"services.{name}.mortality"] = draw(one_of("20%", "5% per day"))
    if rarely(draw, 3):
        each_day["people.mortality"] = by_age(draw, one_of("10%", "1% per day"))
    counted = draw(st.lists(one_of(*held), min_size=1, max_size=len(held), unique=True))
    at_most = draw(one_of("1 day", "3 days", "30 days"))
    world["deconditioning"] = {"delayed_in": counted, "at_most": at_most, "each_day": each_day}


def make_bridging_possible(services: dict[str, Any], steps: list[str]) -> None:
    """Take out what `check` refuses of stand-ins that keep the turn."""
    stand_ins = [(service, one) for service in services.values() for one in service.get("instead", ())]
    for service, stand_in in stand_ins:
        if "in_place" in service:
            stand_in["keeps_turn"] = False
            stand_in.pop("bridge", None)
        if stand_in["keeps_turn"]:
            services[stand_in["to"]].pop("hold_until", None)
    if any(stand_in["keeps_turn"] for _, stand_in in stand_ins):
        for service in services.values():
            if any(step in str(service.get("give_up")) for step in steps):
                del service["give_up"]


@st.composite
def pathways(draw: Any, services: dict[str, Any]) -> None:
    """An attribute that nobody has on arrival: some services give it, others go by it."""
    setter = draw(one_of(*services))
    services[setter].setdefault("sets", {})["pathway"] = draw(
        one_of({"P0": 0.5, "P1": 0.5}, {"by": "age", "old": {"P1": 1.0}, "young": {"P0": 0.5, "P1": 0.5}})
    )
    for service in services.values():
        if rarely(draw, 2):
            service["next"] = {
                "by": "pathway",
                "P0": draw(one_of(*services, *EXITS)),
                "else": service["next"],
            }
        if rarely(draw, 4):
            service["care_time"] = {"by": "pathway", "P1": "1 day", "else": service["care_time"]}
        if rarely(draw, 4):
            service.setdefault("queue", {})["priority"] = {"by": "pathway", "P1": 1, "else": 2}


def hospital_of(draw: Any, hospitals: list[str], *, by_pathway: bool) -> Any:
    """One for everybody, or one for each age, and of an age for each pathway."""
    one, *others = draw(st.permutations(hospitals))
    if not others or rarely(draw, 4):
        return one
    if by_pathway:
        return {"by": "age", "old": {"by": "pathway", "P1": others[0], "else": others[-1]}, "else": one}
    return {"by": "age", "old": others[0], "young": one}


@st.composite
def absences(draw: Any, services: dict[str, Any], places: list[str], steps: list[str]) -> None:
    """`away`, written into some services: people in care go to one of the others, and mostly come back."""
    hospitals = draw(st.integers(1, len(places) - 1))
    by_pathway = any("pathway" in service.get("sets", {}) for service in services.values())
    for name in places[hospitals:]:
        if name != places[hospitals] and rarely(draw, 2):
            continue
        keep = draw(one_of(0, 1, 1.5, 3, 8))
        away: dict[str, Any] = {
            "rate": by_age(draw, one_of("0.3 per day", "1 per day", "0.1 per day")),
            "to": hospital_of(draw, places[:hospitals], by_pathway=by_pathway),
            "keep": f"{keep} days",
        }
        if rarely(draw, 2):
            away["pay"] = f"{keep / 2} days"
        if rarely(draw, 2):
            elsewhere = draw(one_of(*(one for one in [*places, *steps] if one != name), *EXITS, "died"))
            away["next"] = draw(
                one_of(
                    {"back": 0.75, elsewhere: 0.25},
                    {"by": "age", "old": "back", "young": elsewhere},
                    {"by": "age", "old": {elsewhere: 0.5, "back": 0.5}, "else": "back"},
                )
            )
        if rarely(draw, 2):
            others = [one for one in [*places, *steps] if one != name]
            one, other = draw(one_of(*others)), draw(one_of(name, *others))
            away["find_again"] = one if one == other else draw(one_of(one, {one: 0.5, other: 0.5}))
        services[name]["away"] = away


@st.composite
def pools(draw: Any, services: dict[str, Any]) -> None:
    """Providers, in place of what some services have themselves; now and then nobody takes somebody."""
    for service in services.values():
        if service.get("places") == "unlimited" or rarely(draw, 3):
            continue
        unit = "hours" if "hours" in service else "places"
        del service[unit]
        providers = {}
        for name in draw(one_of(("north",), ("north", "south"), ("north", "south"), ("east", "north", "south"))):
            if unit == "hours":
                has = draw(one_of("12 per week", "25 per week", {"0 days": "25 per week", "4 days": "40 per week"}))
            else:
                has = draw(one_of(1, 1, 2, {"0 days": 2, "3 days": 1}, {"0 days": 0, "2 days": 2}))
            provider: dict[str, Any] = {unit: has}
            if rarely(draw, 3):
                provider["takes"] = {"age": draw(one_of("old", "young", ["old", "young"]))}
            if rarely(draw, 5):
                provider["count"] = 2
            if rarely(draw, 3):
                provider["rating"] = draw(one_of("good", "inadequate"))
            if rarely(draw, 8):
                provider["closed"] = draw(one_of(True, {"notice": "2 days"}, {"notice": "0 days"}))
            draw(clock_rules(provider))
            provider.pop("rounds", None)
            providers[name] = provider
        service["providers"] = providers
        fill = draw(one_of("most_free", "best_rated", ["south", "north"], ["north"]))
        service["fill"] = [name for name in fill if name in providers] if isinstance(fill, list) else fill


def closing(draw: Any, services: dict[str, Any], name: str) -> Any:
    """What `closed` says of a service or of one of its providers."""
    notice = draw(one_of("0 days", "36 hours", "2 days", "4 days"))
    others = [one for one in services if one != name]
    if "in_place" in services[name] or rarely(draw, 3):
        return draw(one_of(True, {"notice": notice}))
    one, other = draw(one_of(*others, *EXITS)), draw(one_of(*others, *EXITS, "died"))
    return {
        "notice": notice,
        "else": one
        if one == other
        else draw(one_of({one: 0.5, other: 0.5}, {"by": "age", "old": one, "else": other})),
    }


@st.composite
def closures(draw: Any, services: dict[str, Any]) -> None:
    """Some services are closed at the start, for good unless an event opens them, or marked as open."""
    for name, service in services.items():
        if service.get("places") != "unlimited" and rarely(draw, 2):
            service["closed"] = draw(one_of(False, False, closing(draw, services, name)))


@st.composite
def reviews(draw: Any, services: dict[str, Any], places: list[str], steps: list[str]) -> None:
    """`reviews` of one or two services, by one of the steps or by nobody."""
    for name in draw(st.lists(one_of(*places), min_size=1, max_size=2, unique=True)):
        service = services[name]
        rules: dict[str, Any] = {}
        if rarely(draw, 2):
            rules["first"] = by_age(draw, REVIEW_TIMES)
        if "first" not in rules or rarely(draw, 2):
            rules["every"] = by_age(draw, REVIEW_TIMES)
        if steps and not rarely(draw, 4):
            team = draw(one_of(*steps))
            rules["by"] = team
            if rarely(draw, 2):
                rules["care_time"] = by_age(draw, CARE_TIMES)
            if "hours" in services[team] and rarely(draw, 2):
                rules["amount"] = by_age(draw, AMOUNTS)
            if rarely(draw, 3):
                queue = services[team].setdefault("queue", {})
                queue["priority"] = {"by": "from", name: draw(one_of(1, 3)), "else": 2}
        elsewhere = draw(one_of(*(one for one in [*places, *steps] if one != name), *EXITS))
        effects: dict[str, Any] = {"moves": {"next": elsewhere}}
        if rarely(draw, 2):
            effects["ends"] = {"next": draw(routes(places))}
        shares = {"same": 0.5, "ends": 0.25, "moves": 0.25}
        if "hours" in service and "first" not in service.get("amount", ()):
            effects["less"] = {"amount": draw(one_of("times 0.5", "minus 3 hours per week"))}
            effects["more"] = {"amount": by_age(draw, one_of("times 1.3", "plus 4 hours per week"))}
            shares = {"same": 0.25, "less": 0.25, "more": 0.25, "ends": 0.125, "moves": 0.125}
        if "hours" in service and rarely(draw, 3):
            rules["at_least"] = "6 hours per week"
        rules["outcomes"] = shares
        rules["effects"] = effects
        service["reviews"] = rules


@st.composite
def routes(draw: Any, targets: list[str] | tuple[str, ...], exits: tuple[str, ...] = EXITS) -> Any:
    """One target, or shares of some, perhaps by age."""
    one = one_of(*targets, *exits)
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return draw(one)
    if kind == 1 and len({*targets, *exits}) > 1:
        return {"by": "age", "old": draw(one), "young": draw(one)}
    chosen = (
        draw(st.lists(one, min_size=2, max_size=3, unique=True))
        if len({*targets, *exits}) > 1
        else [draw(one)]
    )
    shares = {1: (1.0,), 2: (0.75, 0.25), 3: (0.5, 0.25, 0.25)}[len(chosen)]
    return dict(zip(chosen, shares, strict=True))


@st.composite
def streams_to(draw: Any, names: list[str]) -> dict[str, Any]:
    streams = {}
    for name in draw(one_of(("gp",), ("gp", "ae"), ("ae",))):
        stream: dict[str, Any] = {"to": draw(routes(names, exits=()))}
        kind = draw(st.integers(0, 3))
        if kind <= 1:
            times = draw(st.lists(st.integers(0, 16), min_size=1, max_size=12))
            stream["times"] = [f"{time / 2} days" for time in sorted(times)]
        elif kind == 2:
            stream["every"] = draw(one_of("12 hours", "1 day", "8 hours"))
        else:
            stream["rate"] = draw(one_of("1 per day", "2.5 per day"))
            if rarely(draw, 4):
                stream["growth"] = {"by": "age", "old": "100% per year", "young": "-90% per year"}
        if rarely(draw, 4):
            stream["batch"] = {1: 0.5, 2: 0.25, 3: 0.25}
        streams[name] = stream
    return streams


@st.composite
def services_of(draw: Any, name: str, places: list[str], steps: list[str]) -> dict[str, Any]:
    """A service that gives places."""
    service: dict[str, Any] = {"kind": draw(one_of("acute", "residential"))}
    kind = draw(st.integers(0, 9))
    if kind == 0:
        service["places"] = "unlimited"
    elif kind <= 2:
        service["hours"] = draw(
            one_of("25 per week", "40 per week", {"0 days": "25 per week", "4 days": "60 per week"})
        )
        service["amount"] = draw(TAPERS) if rarely(draw, 3) else by_age(draw, AMOUNTS)
    else:
        service["places"] = draw(
            one_of(1, 1, 1, 2, 2, 3, {"0 days": 2, "3 days": 1, "6 days": 3}, {"0 days": 0, "2 days": 2})
        )
    tapers = "first" in service.get("amount", ())
    service["care_time"] = by_age(draw, LONG_CARE_TIMES if tapers else CARE_TIMES)
    others = [*places, *steps]
    service["next"] = draw(routes(others))
    if rarely(draw, 6):
        service["sets"] = {"age": draw(one_of({"old": 1.0}, {"old": 0.5, "young": 0.5}))}
    if rarely(draw, 5):
        service["hold_until"] = "ready"
    draw(waiting_rules(service, name, places, steps))
    draw(clock_rules(service))
    if rarely(draw, 6):
        service["mortality"] = by_age(draw, one_of("10% per day", "25% per day"))
    if rarely(draw, 4):
        service["start_with"] = draw(censuses(service, name, others))
    return service


@st.composite
def steps_of(draw: Any, name: str, places: list[str], steps: list[str]) -> dict[str, Any]:
    """An in-place step."""
    step: dict[str, Any] = {
        "kind": "assessment",
        "in_place": True,
        **draw(one_of({"places": 1}, {"places": 2}, {"places": "unlimited"}, HOURS_OF_A_STEP)),
        "care_time": by_age(draw, CARE_TIMES),
        "next": draw(routes([*places, *(one for one in steps if one != name)])),
    }
    if rarely(draw, 4):
        step["sets"] = {"age": {"old": 0.25, "young": 0.75}}
    if rarely(draw, 3):
        draw(waiting_rules(step, name, places, steps))
    draw(clock_rules(step))
    if rarely(draw, 6):
        step["mortality"] = "20% per day"
    return step


@st.composite
def waiting_rules(draw: Any, service: dict[str, Any], name: str, places: list[str], steps: list[str]) -> None:
    """`queue`, `instead` and `give_up`, written into `service`."""
    queue: dict[str, Any] = {}
    if "hours" in service and rarely(draw, 2):
        queue["skip"] = {"until_waited": draw(one_of("1 day", "2 days", "0 days"))}
    if rarely(draw, 4):
        queue["priority"] = draw(
            one_of(
                {"by": "age", "old": 1, "young": 2},
                {"by": "from", places[0]: 2, "else": 1},
                {"by": "from", places[-1]: 1, "else": 2},
            )
        )
    if rarely(draw, 4):
        queue["room"] = draw(one_of(0, 1, 2, {"by": "from", places[0]: 0, "else": 1}))
        if rarely(draw, 2):
            queue["else"] = draw(routes([one for one in [*places, *steps] if one != name]))
    if queue:
        service["queue"] = queue
    others = [one for one in places if one != name]
    if others and rarely(draw, 2):
        service["instead"] = [draw(stand_ins(others)) for _ in range(draw(one_of(1, 1, 2)))]
    if rarely(draw, 4):
        service["give_up"] = {
            "after": by_age(draw, PATIENCE),
            "to": draw(routes([one for one in [*places, *steps] if one != name])),
        }


@st.composite
def stand_ins(draw: Any, others: list[str]) -> dict[str, Any]:
    stand_in: dict[str, Any] = {
        "after": by_age(draw, PATIENCE),
        "to": draw(one_of(*others)),
        "keeps_turn": draw(st.booleans()),
    }
    if rarely(draw, 5):
        stand_in["only_from"] = draw(one_of(*others))
    if stand_in["keeps_turn"] and rarely(draw, 4):
        stand_in["bridge"] = "only"
    return stand_in


@st.composite
def clock_rules(draw: Any, service: dict[str, Any]) -> None:
    """`opens`, `intake` and `rounds`, written into `service`."""
    if rarely(draw, 6):
        service["opens"] = {
            "days": draw(one_of("mon-fri", "mon-sun")),
            "hours": draw(CLOCKS),
            "bank_holidays": draw(one_of("closed", "open")),
        }
    if rarely(draw, 6):
        service["intake"] = draw(
            one_of(
                {"mon-sun": "1 per day"},
                {"mon-fri": "2 per day", "sat": "0 per day", "sun": "1 per day"},
                {"mon-sun": "2 per day", "bank_holiday": "0 per day"},
            )
        )
    if rarely(draw, 6):
        service["rounds"] = {"hours": draw(CLOCKS)}
        if rarely(draw, 2):
            service["rounds"]["seen"] = draw(one_of({"sat": 0.5, "sun": 0}, {"mon-fri": 0.5}))


@st.composite
def censuses(draw: Any, service: dict[str, Any], name: str, others: list[str]) -> dict[str, Any]:
    """`start_with`."""
    census: dict[str, Any] = {}
    for state in ("in_care", "waiting"):
        if draw(st.booleans()):
            census[state] = draw(st.integers(1, 3))
    if rarely(draw, 2) and "hold_until" not in service:
        census["delayed"] = {draw(one_of(*others)): draw(st.integers(1, 2))}
    if not census:
        census["in_care"] = 1
    census["elapsed"] = draw(one_of("equilibrium", "fresh", {"fixed": "12 hours"}))
    if "waiting" in census or "delayed" in census:
        census["waited"] = draw(one_of("1 day", "3 days", {"exponential": "1 day"}))
    return census


@st.composite
def staff_of(draw: Any, services: dict[str, Any]) -> dict[str, Any]:
    """Groups of staff, and some services whose capacity is what they do."""
    names = draw(one_of(("carers",), ("carers", "nurses"), ("carers", "nurses", "rehab")))
    groups = {}
    for name in names:
        group: dict[str, Any] = {
            "posts": draw(one_of(1, 3, {"0 days": 2, "3 days": 4, "6 days": 1})),
            "in_post": draw(st.integers(0, 3)),
            "joiners": draw(
                one_of("1 per day", "3 per week", {"0 days": "0.5 per day", "4 days": "3 per day"})
            ),
            "leavers": draw(
                one_of("30% per day", "5% per day", {"0 days": "0% per day", "2 days": "80% per day"})
            ),
            "induction": draw(one_of("0 days", "1 day", "60 hours")),
            "sickness": draw(one_of("0%", "30%", {"apr": "10%", "else": "50%"})),
            "contact": draw(
                one_of("60 hours per week", {"0 days": "45 hours per week", "3 days": "22.5 hours per week"})
            ),
        }
        others = [other for other in names if other != name]
        if others and rarely(draw, 2):
            group["leave_to"] = draw(one_of(others[0], {others[-1]: 0.5, "else": 0.5}))
        groups[name] = group
    for service in services.values():
        if rarely(draw, 2):
            continue
        for provider in service.get("providers", {}).values():
            if rarely(draw, 2):
                continue
            # At most five services of four providers: together not more than a whole.
            work = {"staff": draw(one_of(*names)), "share": draw(one_of(0.05, "2%"))}
            if "hours" in provider:
                provider["hours"] = work | {"share": draw(one_of(0.05, "4%"))}
            else:
                provider["places"] = work | {"per_worker": draw(one_of(20, 37.5, 100))}
        work = {"staff": draw(one_of(*names)), "share": draw(one_of(0.2, "10%"))}
        if "hours" in service:
            service["hours"] = work
        elif service.get("places", "unlimited") != "unlimited":
            service["places"] = work | {"per_worker": draw(one_of(5, 7.5, 20))}
    return groups


@st.composite
def events_of(draw: Any, services: dict[str, Any], staff: dict[str, Any]) -> dict[str, Any]:
    """Changes of capacity, mostly, and of what else an event may change."""
    events = {}
    for number in range(draw(st.integers(1, 2))):
        changes: dict[str, Any] = {}
        for _ in range(draw(st.integers(1, 2))):
            name = draw(one_of(*services))
            service = services[name]
            possible: list[tuple[str, Any]] = [("next", draw(one_of(*services, *EXITS)))]
            capacity = service.get("hours", service.get("places"))
            of_staff = isinstance(capacity, dict) and "staff" in capacity
            if of_staff:
                unit = "hours" if "hours" in service else "places"
                possible.append((f"{unit}.share", draw(one_of("times 0.5", "times 0.9"))))
            elif "hours" in service:
                possible.append(("hours", draw(one_of("times 0.5", "times 2"))))
            elif service.get("places") not in (None, "unlimited"):
                possible += [("places", draw(one_of("plus 1", "times 0.5", "times 0", "plus 2")))] * 3
            for key, provider in service.get("providers", {}).items():
                work = provider.get("hours", provider.get("places"))
                if isinstance(work, dict) and "staff" in work:
                    unit = "hours" if "hours" in provider else "places"
                    possible.append((f"providers.{key}.{unit}.share", draw(one_of("times 0.5", "times 1.2"))))
                elif "hours" in provider:
                    possible.append((f"providers.{key}.hours", draw(one_of("times 0.5", "times 2"))))
                else:
                    possible += [(f"providers.{key}.places", draw(one_of("plus 1", "times 0", "plus 2")))] * 2
                possible += [(f"providers.{key}.closed", closing(draw, services, name))] * 2
                if "opens" in provider:
                    possible.append((f"providers.{key}.opens.hours", "11:00-13:00"))
                if "intake" in provider:
                    possible.append((f"providers.{key}.intake", {"mon-sun": "1 per day"}))
            if service.get("places") != "unlimited":
                possible += [("closed", draw(one_of(False, *[closing(draw, services, name)] * 2)))] * 2
            if "intake" in service:
                possible.append(("intake", {"mon-sun": "3 per day"}))
            if "rounds" in service:
                possible.append(("rounds.hours", "10:00-11:00"))
            if "away" in service:
                possible.append(("away.keep", draw(one_of("plus 2 days", "times 0.75"))))
                if isinstance(service["away"]["rate"], str):
                    possible.append(("away.rate", draw(one_of("times 2", "times 0"))))
            if "reviews" in service:
                possible.append(("reviews.outcomes", draw(one_of({"ends": 1}, {"same": 0.5, "moves": 0.5}))))
                if isinstance(service["reviews"].get("every"), str):
                    possible.append(("reviews.every", "times 2"))
                if "less" in service["reviews"]["effects"]:
                    possible.append(("reviews.effects.less.amount", "times 0.25"))
            if isinstance(service.get("mortality"), str):
                possible.append(("mortality", "times 2"))
            if isinstance(service["care_time"], str):
                possible.append(("care_time", draw(one_of("1 day", "times 2"))))
            if isinstance(service.get("give_up", {}).get("after"), str):
                possible.append(("give_up.after", "times 2"))
            if isinstance(service.get("instead", [{}])[0].get("after"), str):
                possible.append(("instead.0.after", "times 0.5"))
            if "opens" in service:
                possible.append(("opens.hours", "11:00-13:00"))
            what, change = draw(one_of(*possible))
            changes[f"services.{name}.{what}"] = change
        if staff and rarely(draw, 2):
            numbers = ("posts", "joiners", "leavers", "sickness", "contact", "induction")
            changes[f"staff.{draw(one_of(*staff))}.{draw(one_of(*numbers))}"] = draw(
                one_of("times 0.5", "times 1.5")
            )
        event: dict[str, Any] = {
            "active": True,
            "from": f"2019-04-{15 + draw(st.integers(0, 6))}",
            "change": changes,
        }
        if draw(st.booleans()):
            event["to"] = f"2019-04-{22 + draw(st.integers(0, 3))}"
        events[f"event {number}"] = event
    return events


@st.composite
def happening(draw: Any, events: dict[str, Any], rates: list[str]) -> None:
    """Some of the events happen at random, or every year; surges come at random."""
    for event in events.values():
        if rarely(draw, 4):
            first, last = event["from"], event.pop("to", "2019-04-30")
            event |= {"every": "year", "from": first[5:], "to": last[5:]}
        elif rarely(draw, 2):
            for key in draw(one_of((), ("to",), ("from", "to"))):
                event.pop(key, None)
            event |= draw(chances())
    if rates:
        name = draw(one_of(*rates))
        change = {f"arrivals.{name}.rate": draw(one_of("times 2", "times 0", "plus 1 per day"))}
        events["surge"] = {"change": change, **draw(chances())}


@st.composite
def chances(draw: Any) -> dict[str, Any]:
    """How often, how long, how often at most."""
    found: dict[str, Any] = {"happens": draw(one_of("1 per week", "0.5 per day", "3 per day"))}
    if not rarely(draw, 4):
        found["lasts"] = draw(
            one_of("1 day", {"exponential": "2 days"}, {"uniform": {"low": "0 days", "high": "4 days"}})
        )
    if "lasts" not in found or rarely(draw, 3):
        found["at_most"] = draw(st.integers(1, 3))
    if rarely(draw, 3):
        found["ramp"] = draw(one_of("2 days", "3 days"))
    return found
