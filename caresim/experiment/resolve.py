"""An experiment with every scenario in it worked out: what the store is told before anything runs.

All of them are built and compiled first, so that a fault in the 800th is told before a night is
spent. That is done once: a sweep that goes on finds the scenarios' hashes in the store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import caresim
from caresim.errors import ScenarioError
from caresim.experiment.declared import in_record
from caresim.experiment.designs import in_variant, scenario_of, variants_of
from caresim.experiment.keys import MODEL, code_fingerprint, files_of, scenario_hash, short_hash
from caresim.experiment.manifest import hash_of_text, in_words, utc_now
from caresim.network.compile import compile_network
from caresim.network.small_tables import small_tables
from caresim.scenario.nodes import plain

if TYPE_CHECKING:
    from caresim.experiment.declared import Experiment, Variant
    from caresim.records.sweep_store import SweepStore
    from caresim.scenario.scenario import Scenario

Record = dict[str, Any]
OnChecked = Callable[[int, int], None]
"""Called now and then with (variants checked, of how many)."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """An experiment, its variants, and the hash of the scenario of each."""

    experiment: Experiment
    record: Record
    """As the store keeps it."""
    variants: Sequence[Variant]
    first: Mapping[str, int]
    """Hash -> place of the first variant with that scenario."""

    @property
    def hashes(self) -> list[str]:
        """A scenario for each variant, in their order."""
        return hashes_of(self.record)

    def scenario(self, scenario: str) -> Scenario:
        """The scenario of a hash, built anew: thousands of them would not fit in memory."""
        return scenario_of(self.experiment, self.variants[self.first[scenario]])

    def variant_of(self, scenario: str) -> str:
        """Name of the first variant with this scenario."""
        return self.variants[self.first[scenario]].name


def experiment_id(experiment: Experiment, variants: Sequence[Variant]) -> str:
    """16 hex digits: the same for two files that ask for the same runs and keep the same of them."""
    told = in_record(experiment)
    asked = {
        **{key: told[key] for key in ("seed", "replications", "keep", "targets", "baseline")},
        "base": plain(experiment.base.root),
        "variants": [
            [variant.name, variant.group, [[path, plain(change)] for path, change in variant.changes]]
            for variant in variants
        ],
        "model": MODEL,
    }
    return short_hash(json.dumps(asked, sort_keys=True, default=in_words))[:16]


def resolve(
    experiment: Experiment,
    store: SweepStore | None = None,
    on_checked: OnChecked = lambda _done, _total: None,
) -> tuple[Resolved, Iterator[Record]]:
    """The experiment resolved, and the records a store that does not know it must be told.

    Args:
        store: where an earlier sweep may have left all this.

    Raises:
        ScenarioError: a variant cannot be built or compiled, by its name.
    """
    variants = variants_of(experiment)
    identity = experiment_id(experiment, variants)
    record = None if store is None else store.experiment(identity)
    if record is not None and store is not None and is_current(record, store):
        # Asked for again, it is what one sees who asks the store for none by name.
        again = store.newest_experiment() != identity
        news = [{**record, "written_at": utc_now(exactly=True)}] if again else []
        return Resolved(experiment, record, variants, first_places(record)), iter(news)
    hashes: list[str] = []
    scenarios: dict[str, Record] = {}
    data_files: dict[str, str] = {}
    for place, variant in enumerate(variants):
        on_checked(place, len(variants))
        scenario = scenario_of(experiment, variant)
        hashes.append(scenario_hash(scenario))
        if hashes[-1] not in scenarios:
            scenarios[hashes[-1]] = scenario_record(hashes[-1], scenario, variant)
            data_files.update({path: hash_of_file(path) for _, path in scenario.data_files})
    on_checked(len(variants), len(variants))
    record = experiment_record(experiment, identity, variants, hashes, data_files)
    return Resolved(experiment, record, variants, first_places(record)), iter([*scenarios.values(), record])


def experiment_record(
    experiment: Experiment,
    identity: str,
    variants: Sequence[Variant],
    hashes: Sequence[str],
    data_files: dict[str, str],
) -> Record:
    return {
        "kind": "experiment",
        "experiment": identity,
        "written_at": utc_now(exactly=True),
        **in_record(experiment),
        "file": Path(experiment.file).name,
        "text_hash": hash_of_text(experiment.text),
        "scenario_file": Path(experiment.base.file).name,
        "scenario_text_hash": hash_of_text(experiment.base.text),
        "caresim": caresim.__version__,
        "model": MODEL,
        "fingerprint": code_fingerprint(),
        "data_files": data_files,
        "variants": [
            {
                "name": variant.name,
                "group": variant.group,
                "levels": dict(variant.levels),
                "numbers": dict(variant.numbers),
                "point": dict(variant.point),
                "scenario": scenario,
            }
            for variant, scenario in zip(variants, hashes, strict=True)
        ],
    }


def scenario_record(name: str, scenario: Scenario, variant: Variant) -> Record:
    """All that is needed to run it again, and to read its results without what made them."""
    try:
        network = compile_network(scenario)
    except ScenarioError as error:
        raise in_variant(error, variant) from None
    return {
        "kind": "scenario",
        "scenario": name,
        "name": scenario.name,
        # JSON is YAML, and a tenth of the time to write.
        "document": json.dumps(scenario.document, ensure_ascii=False, default=in_words),
        "files": files_of(scenario),
        "small": small_tables(scenario, network),
        "first_day": scenario.time.start.isoformat(),
        "measured_days": network.end,
        "warm_up_days": scenario.time.warm_up,
    }


def hashes_of(record: Record) -> list[str]:
    return [str(variant["scenario"]) for variant in record["variants"]]


def first_places(record: Record) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, variant in enumerate(record["variants"]):
        places.setdefault(variant["scenario"], place)
    return places


def is_current(record: Record, store: SweepStore) -> bool:
    """Whether it was resolved by this very code, from data files that still hold what they held, into
    scenarios that the store still has: a damaged one may have been set aside."""
    try:
        return (
            record["fingerprint"] == code_fingerprint()
            and all(hash_of_file(path) == there for path, there in record["data_files"].items())
            and store.holds_scenarios(hashes_of(record))
        )
    except OSError:
        return False


def hash_of_file(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
