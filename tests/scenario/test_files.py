"""Reading a file: YAML with its dangers, extends and like, every fault at once."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caresim.distributions import Distribution
from caresim.errors import ScenarioError
from caresim.scenario.arrivals import Cycle
from caresim.scenario.files import dump_document, load_scenario, read_base
from caresim.scenario.nodes import Node, paths
from caresim.scenario.scenario import Published, Scenario
from caresim.scenario.services import (
    Block,
    CensusRow,
    DelayClass,
    GiveUp,
    Intake,
    Opening,
    Prices,
    Rounds,
    Skip,
    StandIn,
    Taper,
)
from caresim.scenario.values import By, Dated
from caresim.scenario.where import fault_at, line_of

CASES = Path(__file__).parents[1] / "cases"
EVERYTHING = CASES / "valid" / "everything.yaml"
EXAMPLE = CASES / "valid" / "county_example.yaml"
SMALL = """\
caresim: 1
name: Small
time: {from: 2020-01-06, measure: 14 days}
arrivals: {door: {to: ward, rate: 2 per day}}
services:
  ward: {places: 3, care_time: {exponential: 1 day}, next: out}
exits: {out: {}}
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def one(text: str | bytes, name: str = "case.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return one


def told(path: Path | str, changes: Sequence[tuple[str, Any]] = ()) -> list[str]:
    """The faults of a file, each without the folder."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, changes)
    return [str(fault).replace(f"{Path(path).parent}/", "") for fault in caught.value.faults]


def faults_of(path: Path, changes: Sequence[tuple[str, Any]] = ()) -> list[str]:
    """The messages of a file's faults; [] where it loads."""
    try:
        load_scenario(path, changes)
    except ScenarioError as error:
        return [fault.message for fault in error.faults]
    return []


# What is read


@pytest.fixture(scope="module")
def everything() -> Scenario:
    return load_scenario(EVERYTHING)


def test_to_is_the_last_day_that_is_measured() -> None:
    """2019-04-01 to 2020-03-31 holds a 29 February."""
    assert load_scenario(EXAMPLE).time.measured_days == 366.0


def test_time_people_and_arrivals_become_what_was_written(everything: Scenario) -> None:
    assert (everything.time.start, everything.time.measured_days) == (date(2020, 1, 6), 361.0)
    assert everything.time.warm_up == 1.5
    assert everything.population == {
        "adults": {"all": 500.0, "north": 300.0, "south": 200.0},
        "65+": {"all": 90.0},
    }
    assert everything.groups == ("area", "age")
    assert everything.people["age"] == By(
        attribute="area", table={"north": {"young": 0.6, "old": 0.4}, "south": {"old": 1.0}}
    )
    assert isinstance(everything.mortality, By)
    assert everything.mortality.table["young"] == pytest.approx(0.01 / 365.25)
    emergency = everything.arrivals["emergency"]
    assert emergency.rate == Dated(values=((0.0, 2.0), (30.0, 3.0)))
    assert emergency.to == By(
        attribute="area", table={"north": {"ward": 1.0}}, otherwise={"ward": 0.5, "hostel": 0.5}
    )
    assert emergency.pattern.weekday == (1.02, 1.02, 1.02, 1.02, 1.02, 0.95, 0.95)
    assert emergency.pattern.month == (1.1, 0.9, *[1.0] * 10)
    assert emergency.pattern.hour == (1.0,) * 24
    assert emergency.pattern.cycle == Cycle(length=14.0, factors=(1.5, 0.5))
    assert (emergency.growth, emergency.batch) == (-0.02, {1: 0.5, 2: 0.5})
    assert emergency.people == {"area": {"north": 1.0}}
    assert everything.arrivals["planned"].times == (0.0, 0.5, 1.0)
    assert everything.arrivals["returns"].every == 0.25
    assert everything.arrivals["known"].counts == ((0.0, 3), (1.0, 4))


def test_attributes_come_after_those_they_go_by(everything: Scenario) -> None:
    assert list(everything.people) == ["area", "age"]
    assert list(everything.services["ward"].sets) == ["pathway", "need"]


def test_money_becomes_what_was_written(everything: Scenario) -> None:
    cost, prices = everything.services["hostel"].cost, everything.prices
    assert cost is not None
    assert prices is not None
    assert cost.also == {
        "meals": Prices(
            payer={"client": 0.75, "council": 0.25},
            per_day=By(attribute="age", table={"old": 9.0}, otherwise=8.0),
        )
    }
    assert prices.factor("hostel", "meals.per_day", "client") == 1.02 * 1.03
    assert prices.factor("hostel", "per_stay", "council") == pytest.approx(1.21)
    assert prices.factor("visits", "per_hour", "council") == pytest.approx(1.1)
    worker = everything.interventions["link_worker"]
    assert (worker.start, worker.end, worker.per_year, worker.once) == (26.0, 361.0, 30_000.0, 500.0)
    budget = everything.budgets["hostels"]
    assert (budget.amount, budget.start, budget.end) == (200_000.0, -5.0, 361.0)
    assert (budget.payers, budget.of) == (("council", "nhs"), ("hostel", "link_worker"))


def test_services_become_what_was_written(everything: Scenario) -> None:
    ward, panel, hostel, visits = (everything.services[n] for n in ("ward", "panel", "hostel", "visits"))
    assert (ward.label, hostel.label, ward.kind) == ("Ward", "The hostel", "acute")
    assert ward.places == Dated(values=((0.0, 10), (60.0, 12)))
    assert ward.care_time == Distribution(family="exponential", parameters=(5.0,), high=60.0)
    assert ward.rounds == Rounds(hours=(0.375, 0.75), seen={"sat": 0.5, "sun": 0.0})
    assert ward.mortality == 0.001
    assert (panel.in_place, panel.unlimited, panel.places) == (True, True, None)
    assert panel.opens == Opening(
        days=frozenset({"mon", "tue", "wed", "fri"}), hours=(8.5 / 24, 1.0), bank_holidays=False
    )
    assert panel.dtoc == DelayClass(reason="A", responsible={"nhs": 0.5, "both": 0.5})
    assert panel.care_time == Distribution(
        family="mixture",
        parameters=(0.3, 0.7),
        parts=(
            Distribution(family="fixed", parameters=(1.0,)),
            Distribution(family="uniform", parameters=(1.0, 3.0)),
        ),
    )
    assert hostel.hold_until_ready
    assert hostel.care_time == Distribution(family="empirical", parameters=(1.0, 2.5, 3.0, 1.0))
    assert hostel.intake == Intake(
        days={"mon": 2, "tue": 2, "wed": 2, "thu": 2, "fri": 2, "sat": None, "sun": None},
        bank_holiday=0,
        has_bank_holiday=True,
    )
    assert hostel.queue.room == By(attribute="from", table={"planned": 0})
    assert hostel.queue.otherwise == {"home": 1.0}
    assert hostel.give_up == GiveUp(
        after=By(
            attribute="age",
            table={"old": Distribution(family="fixed", parameters=(30.0,))},
            otherwise=Distribution(family="exponential", parameters=(14.0,)),
        ),
        to={"home": 1.0},
    )
    assert visits.hours == 300.0
    assert isinstance(visits.amount, By)
    assert visits.amount.table["old"] == Taper(first=28.0, last=7.0)
    assert visits.queue.skip == Skip(until_waited=14.0)
    assert visits.instead == (
        StandIn(
            after=Distribution(family="fixed", parameters=(0.0,)),
            to="ward",
            keeps_turn=True,
            only_from=frozenset({"hostel", "start"}),
            bridge_only=True,
        ),
        StandIn(after=Distribution(family="uniform", parameters=(1.0, 2.0)), to="hostel", keeps_turn=False),
    )


def test_the_start_money_and_published_figures_become_what_was_written(everything: Scenario) -> None:
    assert everything.services["hostel"].start_with.file == (
        CensusRow(state="in_care", waiting_for=None, elapsed=12.0, waited=0.0, attributes={"age": "old"}),
        CensusRow(
            state="delayed", waiting_for="visits", elapsed=30.0, waited=4.5, attributes={"age": "young"}
        ),
    )
    start = everything.services["visits"].start_with
    assert (start.in_care, start.delayed, start.waiting) == (5, {"hostel": 2}, 1)
    assert start.who == {"age": {"young": 0.1, "old": 0.9}}
    cost = everything.services["ward"].cost
    assert cost is not None
    assert cost.per_day == By(attribute="area", table={"north": 300.0}, otherwise=310.5)
    assert cost.payer == By(attribute="age", table={"old": {"nhs": 0.5, "council": 0.5}}, otherwise="nhs")
    hostel = everything.services["hostel"].cost
    assert hostel is not None
    assert hostel.block == Block(places=4.0, per_week=50.0, payer="nhs")
    assert everything.published[0] == Published(
        measure="dtoc_rate",
        where={"area": "north", "service": "ward"},
        value=3.5,
        within=10.0,
        within_unit="%",
        start=26.0,
        end=55.0,
        source="C3",
        used="tuned",
    )
    winter = everything.events["winter"]
    assert (winter.times, winter.ramp, winter.active) == (((26.0, 36.0),), 2.0, False)


def test_the_order_of_keys_changes_nothing(write: Write) -> None:
    """Nothing depends on file order, lists excepted: rule 13."""
    shuffler = random.Random(1)

    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            shuffler.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    straight = load_scenario(EXAMPLE)
    mixed = load_scenario(write(dump_document(shuffled(straight.document))))
    assert list(mixed.services) != list(straight.services)
    assert mixed == straight


def test_a_line_can_be_found_for_every_declared_path() -> None:
    scenario = load_scenario(EXAMPLE)
    text = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert "  reablement:" in text[line_of(scenario, "services.reablement") - 1]
    assert "places: {2019-04-01: 180" in text[line_of(scenario, "services.reablement.places") - 1]
    # What a template gives is written in the template; what is not written, in the service.
    assert "care_time: {by: age" in text[line_of(scenario, "services.ward.care_time.85+.gamma") - 1]
    assert "  ward:" in text[line_of(scenario, "services.ward.give_up") - 1]
    fault = fault_at(scenario, "services.ward.places", "too many.")
    assert str(fault) == f"{EXAMPLE}:{line_of(scenario, 'services.ward')}, services.ward.places: too many."


# Faults


def test_all_faults_of_a_file_are_told_at_once_in_file_order(write: Write) -> None:
    path = write(
        SMALL.replace("2 per day", "2")
        .replace("places: 3", "places: -3")
        .replace("next: out", "next: otu")
        .replace("exits: {out: {}}", "exits: {out: {}}\nreplications: none\nsources: {servces: C1}")
    )
    assert told(path) == [
        'case.yaml:4, arrivals.door.rate: needs a rate with its unit, for example "40 per day"; '
        "got 2 without a unit.",
        "case.yaml:6, services.ward.places: needs a whole number, 0 or more; got -3.",
        'case.yaml:6, services.ward.next: there is no service or exit "otu". Did you mean "out"?',
        'case.yaml:8, replications: needs a whole number, 1 or more; got "none".',
        'case.yaml:9, sources.servces: there is nothing at "servces". Did you mean "services"?',
    ]


def test_a_misspelt_key_hides_no_fault_of_what_stands_there(write: Write) -> None:
    path = write(
        SMALL.replace("services:", "servces:")
        .replace("places: 3", "plces: -3")
        .replace("rate: 2 per day", "rte: 2 per day, rate: 2")
    )
    assert told(path) == [
        'case.yaml:4, arrivals.door.rte: there is no key "rte" here. Did you mean "rate"?',
        'case.yaml:4, arrivals.door.rate: needs a rate with its unit, for example "40 per day"; '
        "got 2 without a unit.",
        'case.yaml:5, servces: there is no key "servces" here. Did you mean "services"?',
        'case.yaml:6, servces.ward.plces: there is no key "plces" here. Did you mean "places"?',
        "case.yaml:6, servces.ward.plces: needs a whole number, 0 or more; got -3.",
    ]


def test_a_misspelt_key_beside_the_right_one_is_left_out(write: Write) -> None:
    (fault,) = told(write(SMALL.replace("places: 3", "places: 3, plces: -3")))
    assert fault == 'case.yaml:6, services.ward.plces: there is no key "plces" here. Did you mean "places"?'


def test_after_a_key_that_is_like_no_other_nothing_is_guessed(write: Write) -> None:
    """It would only be told that what it stands for is missing."""
    (fault,) = told(write(SMALL.replace("places: 3", "beds: -3")))
    assert fault.startswith('case.yaml:6, services.ward.beds: there is no key "beds" here. Known here: ')


def test_a_fault_of_a_template_is_told_once_where_it_is_written(write: Write) -> None:
    path = write(
        SMALL.replace("  ward: {places", "  unit: {like: bed}\n  ward: {like: bed, places")
        .replace("care_time: {exponential: 1 day}, ", "")
        .replace("exits:", "templates: {bed: {places: 4, care_time: 3, next: out}}\nexits:")
    )
    assert told(path) == [
        "case.yaml:8, templates.bed.care_time: needs a time with its unit, "
        'for example "5 days"; got 3 without a unit.'
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "case.yaml:1: is empty."),
        (b" \n\n", "case.yaml:1: is empty."),
        (
            b"# nothing but a remark\n",
            "case.yaml:1: needs keys such as caresim, time, services; got nothing.",
        ),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "case.yaml:1: is not a text in UTF-8."),
        (b"name: a\nlabel: \x00\x00\n", "case.yaml:2: is not a text: it holds binary data."),
        ("name: caf\xe9\n".encode("latin-1"), "case.yaml:1: is not a text in UTF-8."),
        (b"x" * 2_000_001, "case.yaml: is larger than 2 MB: this is no scenario."),
    ],
    ids=["empty", "blank", "remark", "picture", "nul", "latin1", "huge"],
)
def test_what_is_no_text_is_refused_with_a_sentence(write: Write, content: bytes, message: str) -> None:
    assert told(write(content)) == [message]


def test_a_file_that_is_not_there_is_told_with_its_nearest_neighbour(write: Write) -> None:
    path = write(SMALL, "county.yaml")
    assert told(path.with_name("conty.yaml")) == [
        'conty.yaml: cannot be read: no such file or directory. Did you mean "county.yaml"?'
    ]
    assert told(path.parent)[0].endswith(": is not a file.")


def test_a_byte_order_mark_and_windows_lines_are_read(write: Write) -> None:
    assert load_scenario(write(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())).name == "Small"


def test_a_link_out_of_the_folder_is_outside(write: Write, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    write("date,count\n2020-01-06,1\n", "elsewhere/counts.csv")
    path = write(SMALL.replace("rate: 2 per day", "counts: link.csv"), "here/case.yaml")
    (path.parent / "link.csv").symlink_to(tmp_path / "elsewhere" / "counts.csv")
    assert told(path) == [
        "case.yaml:4, arrivals.door.counts: link.csv must lie in or below "
        "the folder of the file that names it."
    ]


def test_short_aliases_are_read(write: Write) -> None:
    path = write(
        SMALL.replace("{exponential: 1 day}", "&t {exponential: 1 day}, give_up: {after: *t, to: out}")
    )
    ward = load_scenario(path).services["ward"]
    assert ward.give_up is not None
    assert ward.give_up.after == ward.care_time


def test_control_characters_do_not_reach_the_terminal(write: Write) -> None:
    path = write(SMALL.replace("places: 3", 'places: "\\e[2J"'))
    assert told(path) == [
        'case.yaml:6, services.ward.places: needs a whole number, 0 or more, or unlimited; got "?[2J".'
    ]


def test_a_chain_of_files_has_an_end(write: Write) -> None:
    for i in range(30):
        write(f"extends: file{i + 1}.yaml\n", f"file{i}.yaml")
    top = write(SMALL, "file30.yaml").with_name("file0.yaml")
    assert told(top) == ["file20.yaml:1, extends: is one of more than 20 files that extend each other."]


def test_numbers_of_numpy_and_dates_may_be_set(write: Write) -> None:
    """As sweeps do."""
    changes = [("services.ward.places", np.int64(7)), ("time.from", date(2020, 2, 3))]
    scenario = load_scenario(write(SMALL), changes)
    assert (scenario.services["ward"].places, scenario.time.start) == (7, date(2020, 2, 3))


# Extends and like


def test_named_things_merge_and_tables_are_replaced_whole(write: Write) -> None:
    write(
        SMALL.replace("next: out", "next: {out: 0.5, ward: 0.5}, queue: {priority: 2, room: 4}").replace(
            "exits: {out: {}}", "exits: {out: {label: Out}}"
        ),
        "base.yaml",
    )
    child = load_scenario(
        write("extends: base.yaml\nservices: {ward: {next: {out: 1}, queue: {room: 5}}}\nexits: {away: {}}\n")
    )
    ward = child.services["ward"]
    assert ward.next == {"out": 1.0}
    assert (ward.queue.priority, ward.queue.room) == (2, 5)
    assert (child.exits["out"].label, sorted(child.exits)) == ("Out", ["away", "out"])
    assert "extends" not in child.document


def test_what_ships_may_be_extended_by_its_name_unless_a_file_is_called_so(write: Write) -> None:
    assert "reablement" in load_scenario(write("extends: county\nname: Mine\n", "mine.yaml")).services
    write(SMALL, "county")
    assert list(load_scenario(write("extends: county\n", "mine.yaml")).services) == ["ward"]
    (fault,) = told(write("extends: conty\n", "mine.yaml"))
    assert fault == 'mine.yaml:1, extends: there is no file conty. Did you mean "county"?'


def test_null_removes_what_is_inherited(write: Write) -> None:
    write(SMALL.replace("next: out", "next: out, queue: {room: 4}, mortality: null"), "base.yaml")
    child = load_scenario(write("extends: base.yaml\nservices: {ward: {queue: {room: null}}}\n"))
    assert child.services["ward"].queue.room is None
    assert child.services["ward"].mortality == 0.0


def test_extends_goes_on_over_several_files_and_folders(write: Write) -> None:
    """A data file is looked for where it is named, not where the scenario lies."""
    write("date,count\n2020-01-06,3\n", "below/data/counts.csv")
    write(SMALL.replace("rate: 2 per day", "counts: data/counts.csv"), "below/base.yaml")
    write("extends: below/base.yaml\nname: Middle\n", "middle.yaml")
    top = load_scenario(write("extends: ../middle.yaml\nseed: 5\n", "above/top.yaml"))
    assert (top.name, top.seed, top.arrivals["door"].counts) == ("Middle", 5, ((0.0, 3),))


def test_like_copies_a_template_under_what_the_service_says_itself(write: Write) -> None:
    text = SMALL.replace("  ward: {", "  ward: {like: bed, ").replace(
        "exits:",
        "templates:\n"
        "  bed: {like: place, care_time: 3 days, cost: {payer: nhs, per_day: 5}}\n"
        "  place: {kind: acute, cost: {payer: council, per_week: 7}}\n"
        "exits:",
    )
    ward = load_scenario(write(text)).services["ward"]
    assert ward.care_time == Distribution(family="exponential", parameters=(1.0,))
    assert ward.kind == "acute"
    assert ward.cost is not None
    assert (ward.cost.payer, ward.cost.per_day, ward.cost.per_week) == ("nhs", 5.0, 7.0)


def test_templates_change_before_they_are_copied_and_the_rest_after(write: Write) -> None:
    path = write(
        SMALL.replace("  ward: {places: 3,", "  unit: {like: bed, next: out, places: 2}\n  ward: {like: bed,")
        .replace("care_time: {exponential: 1 day}, ", "")
        .replace("exits:", "templates: {bed: {places: 4, care_time: 3 days}}\nexits:")
    )
    changes = [("services.ward.places", "plus 1"), ("templates.bed.places", "times 10")]
    scenario = load_scenario(path, changes)
    assert (scenario.services["ward"].places, scenario.services["unit"].places) == (41, 2)


# Anything at all


JUNK = (
    0, -1, 1.5, True, "", "x", "5 days", "40 per day", [], {}, [1], [[1]], {"a": 1}, {"by": "age"},
    {"by": ["x"]}, {"by": {"a": 1}}, {"by": "age", "else": [1]}, "plus 3", "times 1.1",
    "times 9e300", "times 1e999", "² per day", {"²": 1}, float("nan"), float("inf"),
    "times", "minus",
    "times x", "62%", {"2019-05-01": 3}, {"mixture": []}, {"mixture": [1]}, {"mixture": {"parts": [{}]}},
    {"empirical": {"values": []}}, {"empirical": {"file": "."}}, {"exponential": {}}, {"lognormal": []},
    {"gamma": {"mean": "1 day", "median": "0.99 days"}}, {"weibull": {"mean": "1 day", "cv": 1000}},
    "mon-fri", "a\nb", "a\x00b", 10**40, 1e308, {"file": 3}, "died", "unlimited", None,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_anything_set_anywhere_loads_or_is_a_scenario_error(data: st.DataObject) -> None:
    """A crash would be a traceback for somebody who only mistyped."""
    path = data.draw(st.sampled_from(_every_path()))
    assert all(faults_of(EXAMPLE, [(path, data.draw(st.sampled_from(JUNK)))]))


_PATHS: list[str] = []


def _every_path() -> list[str]:
    if not _PATHS:
        written = load_scenario(EXAMPLE).written
        assert written is not None
        _PATHS.extend(paths(written.root))
    return _PATHS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_text_loads_or_is_a_scenario_error(data: st.DataObject, write: Write) -> None:
    lines = SMALL.splitlines(keepends=True)
    line = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[line]) - 1))
    sign = data.draw(st.sampled_from([*"{}[]:,&*!|>'\"%@`#-? \t\n", "", "&a ", "*a", "!!x ", "<<: ", "\x07"]))
    lines[line] = lines[line][:at] + sign + lines[line][at + 1 :]
    assert all(faults_of(write("".join(lines))))


def test_a_scenario_error_keeps_its_faults_through_a_pickle(write: Write) -> None:
    """Workers of a sweep send theirs home."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write("caresim: 2\n"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.faults == caught.value.faults
    assert len(again.faults) > 1


# One base, many scenarios


def test_a_base_gives_the_scenario_that_the_file_gives(tmp_path: Path) -> None:
    """Also after a journey to another process, and whether or not a template is changed."""
    base = pickle.loads(pickle.dumps(read_base(EXAMPLE)))
    for changes in (
        [],
        [("services.reablement.places", "times 1.1")],
        [("templates.general_ward.cost.per_delayed_day", "plus 7"), ("services.ward.places", 380)],
    ):
        made, loaded = base.scenario(changes), load_scenario(EXAMPLE, changes)
        assert made == loaded
        assert made.document == loaded.document
    assert base.scenario() == load_scenario(EXAMPLE)


def test_a_base_may_need_a_change_to_make_sense(write: Write) -> None:
    """The template that the file forgot can be set."""
    base = read_base(write(SMALL.replace("ward: {places: 3,", "ward: {like: bed,")))
    with pytest.raises(ScenarioError, match='no template "bed"'):
        base.scenario()
    assert base.scenario([("templates.bed", {"places": 4})]).services["ward"].places == 4


def test_a_change_with_a_place_of_its_own_is_found_fault_with_there(write: Write) -> None:
    base = read_base(write(SMALL))
    change = Node(-3, "plan.yaml", 12, 0, "vary.services.ward.places.1")
    with pytest.raises(ScenarioError) as caught:
        base.scenario([("services.ward.places", change)])
    needs = "needs a whole number, 0 or more; got -3."
    assert str(caught.value) == f"plan.yaml:12, vary.services.ward.places.1: {needs}"


def test_a_scenario_names_the_files_of_data_it_was_made_from(everything: Scenario) -> None:
    names = [name for name, _ in everything.data_files]
    assert names == sorted({"data/census.csv", "data/counts.csv", "data/stays.csv"})
    assert all(Path(path).is_file() for _, path in everything.data_files)
    assert load_scenario(CASES / "base.yaml").data_files == ()
