"""Experiment files: what is read from them, and every fault at once with line and nearest name.

An invalid case in tests/cases/experiments begins with the fault as it is told, as those of
scenarios do: `# expect: FILE:LINE, PATH: MESSAGE`, the file relative to the folder of the cases.
"""

from __future__ import annotations

import builtins
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caresim.errors import ScenarioError
from caresim.experiment.declared import Experiment, Until, in_record
from caresim.experiment.designs import scenario_of, variants_of
from caresim.experiment.read_experiment import read_experiment
from caresim.measures.catalogue import headlines
from caresim.scenario.files import load_scenario
from caresim.scenario.nodes import plain
from caresim.scenario.systems import shipped_systems

CASES = Path(__file__).parents[1] / "cases" / "experiments"
SYSTEM = CASES / "system.yaml"
VALID = sorted((CASES / "valid").glob("*.yaml"))
INVALID = sorted((CASES / "invalid").glob("*.yaml"))
ANNOUNCED = "# expect: "

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an experiment about the system of the cases."""

    def one(text: str, name: str = "study.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("SYSTEM", str(SYSTEM)), encoding="utf-8")
        return path

    return one


def told(path: Path) -> list[str]:
    """The faults of a file, each without the folder."""
    with pytest.raises(ScenarioError) as caught:
        read_experiment(path)
    return [str(fault).replace(f"{path.parent}/", "") for fault in caught.value.faults]


def told_apart(experiment: Experiment) -> dict[str, Any]:
    """What a store keeps of it, without the file's own words."""
    return {key: value for key, value in in_record(experiment).items() if key not in ("text", "file")}


# The cases


@pytest.mark.parametrize("case", INVALID, ids=lambda path: path.stem)
def test_an_invalid_file_has_exactly_the_fault_it_announces(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES / "invalid")
    first = case.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(ANNOUNCED), "the first line says what fault to expect"
    with pytest.raises(ScenarioError) as caught:
        read_experiment(case.name)
    assert [str(fault) for fault in caught.value.faults] == [first.removeprefix(ANNOUNCED)]


@pytest.mark.parametrize("case", VALID, ids=lambda path: path.stem)
def test_a_valid_file_gives_variants_that_can_all_be_made(case: Path) -> None:
    experiment = read_experiment(case)
    variants = variants_of(experiment)
    assert experiment.baseline in {variant.name for variant in variants}
    for variant in variants:
        assert scenario_of(experiment, variant).services


def test_the_cases_are_many() -> None:
    """A wrong folder would make the tests above pass by testing nothing."""
    assert len(INVALID) >= 120
    assert len(VALID) >= 8


def test_every_fault_of_a_file_is_told_at_once_and_in_its_order(write: Write) -> None:
    path = write(
        "scenario: SYSTEM\n"
        "baselin: calm\n"
        "keep: {measures: [dtoc_peple], tables: [delay]}\n"
        "vary:\n"
        "  services.ward.places: []\n"
        "  services.team.places: {from: plus 0, to: times 2, n: 3}\n"
        "replications: 0\n"
        "design: gird\n"
        "set: {seed: 3}\n"
    )
    assert [fault.partition(": ")[0] for fault in told(path)] == [
        "study.yaml:2, baselin",
        "study.yaml:3, keep.measures.0",
        "study.yaml:3, keep.tables.0",
        "study.yaml:5, vary.services.ward.places",
        "study.yaml:6, vary.services.team.places.to",
        "study.yaml:7, replications",
        "study.yaml:8, design",
        "study.yaml:9, set.seed",
    ]


def test_no_fault_of_what_varies_hides_another(write: Write) -> None:
    """Unknown paths, bad levels and empty lists, with and without each other and other slips."""
    path = write(
        "scenario: SYSTEM\n"
        "vary:\n"
        "  services.tem.places: [1, 2]\n"
        "  services.ward.places: [a, -3]\n"
        "  services.ward.places2: []\n"
        "  services.team.places: {from: 3, to: plus 4, stpe: 1}\n"
        "  services.visits.hours: {from: few, to: 9, n: 1}\n"
        "  services.tean.places: plus 1\n"
        "  services.ward.intake: [+5, 3]\n"
    )
    at = {
        3: ["there is nothing at"],
        4: [
            'needs a whole number, 0 or more, or unlimited; got "a"',
            "needs a whole number, 0 or more; got -3",
        ],
        5: ["is empty", "there is nothing at"],
        6: ["from is a plain value, to is plus or minus", 'there is no key "stpe"'],
        7: ["needs a number with its unit", "needs a whole number of levels"],
        8: ["needs a list of changes", "there is nothing at"],
        9: ["a leading + is refused"],
    }
    faults = told(path)
    for line, expected in at.items():
        here = [fault for fault in faults if fault.startswith(f"study.yaml:{line}, ")]
        assert len(here) == len(expected), here
        assert all(any(words in fault for fault in here) for words in expected), here


@pytest.mark.parametrize(
    "design",
    ["replications: 0", "design: gird", "design: latin_hypercube", "baseline: nobody", "keep: {tables: [x]}"],
)
def test_changes_are_tried_though_another_key_is_at_fault(write: Write, design: str) -> None:
    path = write(
        "scenario: SYSTEM\n"
        f"{design}\n"
        "set: {services.wrd.places: 3, services.team.places: -2, services.visits.hours: a}\n"
        "variants: {calm: {}, closed: {services.ward.places: -1, services.tem.places: 1}}\n"
        "vary: {services.assessment.places: [plus 0, minus 99]}\n"
    )
    places = [fault.partition(": ")[0] for fault in told(path)]
    assert places[0].startswith("study.yaml:2, ")
    assert places[1:] == [
        "study.yaml:3, set.services.wrd.places",
        "study.yaml:3, set.services.team.places",
        "study.yaml:3, set.services.visits.hours",
        "study.yaml:4, variants.closed.services.ward.places",
        "study.yaml:4, variants.closed.services.tem.places",
        "study.yaml:5, vary.services.assessment.places",
    ]


def test_a_baseline_that_is_none_is_told_with_the_others(write: Write) -> None:
    path = write("scenario: SYSTEM\nreplications: 0\nvariants: {calm: {}}\nbaseline: clam\n")
    assert [fault.partition(": ")[0] for fault in told(path)] == [
        "study.yaml:2, replications",
        "study.yaml:4, baseline",
    ]


def test_what_is_wrong_only_because_of_another_slip_is_left_for_later(write: Write) -> None:
    """A range needs steps only in a grid; what is to be changed is not there because its maker is at fault."""
    assert [
        fault.partition(": ")[0]
        for fault in told(
            write("scenario: SYSTEM\ndesign: morriss 8\nvary: {services.ward.places: {from: 10, to: 20}}\n")
        )
    ] == ["study.yaml:2, design"]
    path = write(
        "scenario: SYSTEM\n"
        "set:\n"
        "  services.extra: {kind: acute, places: -4, care_time: 3 days, next: home}\n"
        "  services.extra.label: More\n"
        "variants: {one: {services.extra.places: plus 1}}\n"
    )
    assert [fault.partition(": ")[0] for fault in told(path)] == ["study.yaml:3, set.services.extra.places"]


@pytest.mark.parametrize("also", ["", "  services.ward.label: The ward\n"])
def test_a_fault_that_set_causes_in_the_scenarios_file_is_told_at_the_line_of_set(
    write: Write, also: str
) -> None:
    path = write(f"scenario: county\nset:\n  time.measure: 30 days\n{also}")
    (fault,) = told(path)
    assert fault.startswith("study.yaml:3, set.time.measure: does not go with ")
    assert "county.yaml:8, time: needs exactly one of to and measure; got both." in fault


def test_a_fault_that_a_variant_causes_in_the_scenarios_file_is_told_at_its_line(write: Write) -> None:
    path = write(
        "scenario: county\n"
        "variants:\n"
        "  as it is: {services.home_care.hours: times 1.1}\n"
        "  short:\n"
        "    services.home_care.hours: times 1.1\n"
        "    time.measure: 30 days\n"
    )
    (fault,) = told(path)
    assert fault.startswith("study.yaml:6, variants.short.time.measure: does not go with ")
    assert fault.endswith('(In the variant "short".)')


def test_a_fault_of_the_scenario_itself_is_not_laid_on_set(write: Write, tmp_path: Path) -> None:
    (tmp_path / "system.yaml").write_text(
        SYSTEM.read_text().replace("../base.yaml", "base.yaml").replace("seed: 7", "sed: 7")
    )
    (tmp_path / "base.yaml").write_text((CASES.parent / "base.yaml").read_text())
    faults = told(write("scenario: system.yaml\nset: {services.ward.places: plus 1}\n"))
    assert [fault.partition(": ")[0] for fault in faults] == ["system.yaml:4, sed"]


def test_faults_of_the_scenario_follow_those_of_the_experiment(write: Write, tmp_path: Path) -> None:
    (tmp_path / "system.yaml").write_text(
        SYSTEM.read_text().replace("../base.yaml", "base.yaml").replace("seed: 7", "sed: 7")
    )
    (tmp_path / "base.yaml").write_text((CASES.parent / "base.yaml").read_text())
    assert [
        fault.partition(": ")[0] for fault in told(write("scenario: system.yaml\nreplications: 0\n"))
    ] == [
        "study.yaml:2, replications",
        "system.yaml:4, sed",
    ]


def test_each_variant_that_cannot_be_made_is_named(write: Write) -> None:
    path = write(
        "scenario: SYSTEM\n"
        "variants:\n"
        "  closed: {services.ward.places: -1}\n"
        "  calm: {}\n"
        "  typo: {services.ward.place: 3}\n"
    )
    assert told(path) == [
        "study.yaml:3, variants.closed.services.ward.places: needs a whole number, 0 or more; got -1. "
        '(In the variant "closed".)',
        'study.yaml:5, variants.typo.services.ward.place: there is nothing at "services.ward.place". '
        'Did you mean "services.ward.places"? (In the variant "typo".)',
    ]


def test_a_combination_that_does_not_go_is_found_when_its_scenario_is_made(write: Write) -> None:
    """Each level goes with the first of the other: only the two together take too many places away."""
    path = write(
        "scenario: SYSTEM\n"
        "variants: {all: {}, fewer: {services.ward.places: minus 20}}\n"
        "vary: {services.ward.places: [plus 0, minus 15]}\n"
    )
    experiment = read_experiment(path)
    last = variants_of(experiment)[-1]
    with pytest.raises(ScenarioError, match=r'got -5\. \(In the variant "fewer, ward\.places minus 15"\.\)'):
        scenario_of(experiment, last)


# What is read


def test_the_sketch_of_the_issue_is_read_as_it_was_meant() -> None:
    experiment = read_experiment(CASES / "valid" / "sketch.yaml")
    record = in_record(experiment)
    assert record.pop("text") == (CASES / "valid" / "sketch.yaml").read_text()
    assert record.pop("scenario_text") == SYSTEM.read_text()
    assert record.pop("file") == str(CASES / "valid" / "sketch.yaml")
    assert Path(record.pop("scenario_file")).resolve() == SYSTEM
    assert record == {
        "name": "sketch",
        "seed": 7,
        "design": {"kind": "grid", "n": None, "seed": None},
        "factors": [
            {
                "path": "services.team.places",
                "operation": "plus",
                "unit": "",
                "levels": ["plus 0", "plus 20", "plus 40"],
                "low": 0.0,
                "high": 40.0,
            },
            {
                "path": "services.visits.hours",
                "operation": "times",
                "unit": "",
                "levels": ["times 0.95", "times 1.0", "times 1.05"],
                "low": 0.95,
                "high": 1.05,
            },
        ],
        "replications": {
            "until": {"dtoc_rate": {"half_width": 0.2, "relative": False}},
            "at_least": 8,
            "at_most": 200,
            "level": 0.95,
        },
        "keep": {
            "measures": ["dtoc_people", "cost_total", "dtoc_rate"],
            "units": {"dtoc_people": "people", "cost_total": "pounds", "dtoc_rate": "% of occupied nights"},
            "tables": ["delays"],
        },
        "targets": {},
        "baseline": "winter, team.places plus 0, visits.hours times 0.95",
    }


def test_every_key_is_read() -> None:
    experiment = read_experiment(CASES / "valid" / "everything.yaml")
    assert (experiment.name, experiment.seed) == ("Everything at once", 42)
    assert [(path, plain(change)) for path, change in experiment.changes] == [
        ("time.measure", "28 days"),
        ("time.warm_up", None),
    ]
    assert [(group.name, len(group.changes)) for group in experiment.groups] == [
        ("calm", 0),
        ("winter 2020", 2),
    ]
    assert [column.name for column in experiment.columns] == [
        "dtoc_people",
        "cost_total[area=north,payer=council]",
        "dtoc_people[reason=E,service=ward]",
        "team.queue",
        "cost_total[payer=nhs]",
        "dtoc_rate",
        "visits.wait_days",
    ]
    assert experiment.tables == ("delays", "stays")
    assert experiment.targets == {"cost_total[area=north,payer=council]": 1e6, "dtoc_rate": 3.5}
    assert (experiment.replications.at_least, experiment.replications.at_most) == (4, 30)
    assert experiment.replications.until == {
        "cost_total[payer=nhs]": Until(half_width=0.01, relative=True),
        "dtoc_people": Until(half_width=2.0, relative=False),
        "dtoc_rate": Until(half_width=0.5, relative=False),
        "visits.wait_days": Until(half_width=0.5, relative=False),
    }
    assert experiment.baseline.startswith("winter 2020, team.places plus 0, ")


def test_what_is_left_out_is_the_scenarios_own(write: Write) -> None:
    experiment = read_experiment(write("scenario: SYSTEM\n"))
    scenario = load_scenario(SYSTEM)
    assert (experiment.seed, experiment.replications.at_least) == (scenario.seed, scenario.replications)
    assert experiment.replications.until == {}
    assert experiment.design.kind == "grid"
    assert [variant.name for variant in variants_of(experiment)] == ["baseline"] == [experiment.baseline]
    assert scenario_of(experiment, variants_of(experiment)[0]) == scenario
    assert [column.name for column in experiment.columns] == headlines()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("beds/experiment.yaml", "beds"),
        ("beds/experiment.yml", "beds"),
        ("beds/winter.yaml", "winter"),
    ],
)
def test_an_experiment_is_called_after_its_file_or_folder(
    write: Write, monkeypatch: pytest.MonkeyPatch, file: str, name: str
) -> None:
    path = write("scenario: SYSTEM\n", file)
    assert read_experiment(path).name == name
    monkeypatch.chdir(path.parent)
    assert read_experiment(path.name).name == name


def test_a_shipped_system_is_known_by_its_name_unless_there_is_such_a_file(write: Write) -> None:
    path = write("scenario: county\n")
    assert read_experiment(path).base.scenario().name == load_scenario(shipped_systems()["county"]).name
    (path.parent / "county").write_text(f"extends: {SYSTEM.name}\nname: Mine\n")
    (path.parent / SYSTEM.name).write_text(SYSTEM.read_text().replace("../base", "base"))
    (path.parent / "base.yaml").write_text((CASES.parent / "base.yaml").read_text())
    assert read_experiment(path).base.scenario().name == "Mine"


def test_what_is_set_for_all_is_in_every_variant(write: Write) -> None:
    experiment = read_experiment(
        write(
            "scenario: SYSTEM\n"
            "set: {time.measure: 7 days, services.ward.places: 20}\n"
            "variants: {a: {}, b: {services.ward.places: plus 5}}\n"
            "vary: {services.ward.places: [times 2]}\n"
        )
    )
    made = [scenario_of(experiment, variant) for variant in variants_of(experiment)]
    assert [(s.time.measured_days, s.services["ward"].places) for s in made] == [(7.0, 40), (7.0, 50)]


def test_a_table_that_a_change_names_lies_beside_the_experiment(write: Write, tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text("date,count\n2020-01-06,3\n")
    experiment = read_experiment(
        write(
            "scenario: SYSTEM\nset: {events: null}\n"
            "variants:\n  counted: {arrivals.emergency: {to: ward, counts: counts.csv}}\n"
        )
    )
    scenario = scenario_of(experiment, variants_of(experiment)[0])
    assert scenario.arrivals["emergency"].counts == ((0.0, 3),)
    assert scenario.data_files == (("counts.csv", str(tmp_path / "counts.csv")),)


def test_the_order_of_what_is_kept_until_when_and_for_what_changes_nothing(write: Write) -> None:
    first = write(
        "scenario: SYSTEM\n"
        "replications: {until: {dtoc_rate: 0.2 points, cost_total: 1 %}, at_least: 8, at_most: 200}\n"
        "keep: {measures: [dtoc_people], tables: [delays, flows]}\n"
        "targets: {dtoc_rate: 3.5, dtoc_people: 12}\n"
    )
    second = write(
        "targets: {dtoc_people: 12, dtoc_rate: 3.5}\n"
        "keep: {tables: [flows, delays], measures: [dtoc_people]}\n"
        "replications: {at_most: 200, at_least: 8, until: {cost_total: 1 %, dtoc_rate: 0.2 points}}\n"
        "scenario: SYSTEM\n",
        "other/study.yaml",
    )
    one, other = told_apart(read_experiment(first)), told_apart(read_experiment(second))
    assert one == other
    assert str(one) == str(other)


def test_the_order_of_variants_and_of_what_varies_is_the_order_of_the_design(write: Write) -> None:
    one = read_experiment(
        write("scenario: SYSTEM\nvariants: {a: {}, b: {services.team.places: 20}}\n" + VARIED, "1.yaml")
    )
    other = read_experiment(
        write("scenario: SYSTEM\nvariants: {b: {services.team.places: 20}, a: {}}\n" + VARIED, "2.yaml")
    )
    names = [variant.name for variant in variants_of(one)]
    assert [variant.name for variant in variants_of(other)] == names[2:] + names[:2]
    by_name = {variant.name: scenario_of(other, variant) for variant in variants_of(other)}
    assert [scenario_of(one, v) for v in variants_of(one)] == [by_name[name] for name in names]
    assert (one.baseline, other.baseline) == ("a, ward.places 30", "b, ward.places 30")


VARIED = "vary: {services.ward.places: [30, 31]}\n"


# What is missing


@pytest.mark.parametrize(
    ("library", "design", "expected"),
    [
        ("SALib", "morris 4", "pip install 'caresim[analysis]'"),
        ("openpyxl", "{table: runs.xlsx}", "pip install 'caresim[excel]', or save it as CSV."),
    ],
)
def test_a_missing_library_is_asked_for_by_its_extra(
    write: Write, monkeypatch: pytest.MonkeyPatch, library: str, design: str, expected: str
) -> None:
    vary = "" if "table" in design else "vary: {services.ward.places: {from: 30, to: 40}}\n"
    path = write(f"scenario: SYSTEM\n{vary}design: {design}\n")
    (path.parent / "runs.xlsx").write_text("never opened")
    for name in [module for module in sys.modules if module.split(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == library:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("importlib.import_module", without)
    faults = told(path)
    assert len(faults) == 1
    assert expected in faults[0]


# Whatever is written


def test_a_mangled_file_gives_faults_and_never_a_crash(write: Write) -> None:
    """300 files with lines and words moved about; the seed is fixed, so it never fails by chance."""
    texts = [path.read_text() for path in VALID if path.stem in ("everything", "one_at_a_time", "sketch")]
    words = [
        "[]",
        "{}",
        "null",
        "-1",
        "1e400",
        "plus",
        "from:",
        "times x",
        "'",
        "n: 2.5",
        "a.b.c",
        "until",
        "%",
    ]
    luck = random.Random(4)
    refused = 0
    for _ in range(300):
        lines = luck.choice(texts).replace("../system.yaml", "SYSTEM").splitlines()
        for _slip in range(luck.randint(1, 3)):
            i = luck.randrange(len(lines))
            parts = lines[i].split(" ")
            parts[luck.randrange(len(parts))] = luck.choice([*words, luck.choice(parts)])
            lines[i] = " ".join(parts)
            if luck.random() < 0.2:
                lines.insert(luck.randrange(len(lines)), lines.pop(i))
        path = write("\n".join(lines) + "\n")
        try:
            read_experiment(path)
        except ScenarioError:
            refused += 1
    assert refused > 150


def test_measures_of_staff_may_be_of_one_group(write: Write) -> None:
    keep = "keep: {measures: [{measure: staff_in_post, where: {staff: GROUP}}]}"
    text = f"scenario: SYSTEM\nset: {{staff: {{carers: {{posts: 5}}}}}}\n{keep}\n"
    (column,) = read_experiment(write(text.replace("GROUP", "carers"))).columns
    assert column.name == "staff_in_post[staff=carers]"
    (fault,) = told(write(text.replace("GROUP", "careers")))
    assert fault.endswith('there is no staff "careers". Did you mean "carers"?')
