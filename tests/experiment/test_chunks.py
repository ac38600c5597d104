"""What a chunk answers where it cannot be done: a failure in words, never a worker that is lost."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from caresim.experiment import chunks, sweep
from caresim.experiment.chunks import Answer, Chunk, Record
from caresim.experiment.keys import scenario_hash
from caresim.experiment.pool import LocalPool
from caresim.experiment.sweep import run_sweep
from caresim.measures.sweeps import load
from caresim.records.results import Results
from caresim.scenario.files import load_scenario
from experiment.small_sweeps import EXPERIMENT, assert_same_sweep, written
from experiment.two_beds import TWO_BEDS


@pytest.fixture
def chunk(tmp_path: Path) -> Chunk:
    file = tmp_path / "two_beds.yaml"
    file.write_text(TWO_BEDS, encoding="utf-8")
    scenario = load_scenario(file)
    return Chunk(
        number=5,
        scenario=pickle.dumps(scenario),
        scenario_hash=scenario_hash(scenario),
        seed=7,
        replications=(1, 2, 3),
        columns=("dtoc_people", "team.queue"),
        tables=("delays",),
    )


@pytest.fixture
def local_pool() -> Iterator[LocalPool]:
    made = LocalPool(1)
    yield made
    made.close()


def without_a_ward(chunk: Chunk) -> Chunk:
    """Its scenario can be read, but not be compiled: its arrivals go to a service that is not there."""
    scenario = pickle.loads(chunk.scenario)
    services = {name: service for name, service in scenario.services.items() if name != "ward"}
    return replace(chunk, scenario=pickle.dumps(replace(scenario, services=services)))


def in_pieces(chunk: Chunk) -> Chunk:
    """What no file can say, and the compiler does not reckon with."""
    return replace(chunk, scenario=pickle.dumps(replace(pickle.loads(chunk.scenario), services=None)))


def kinds(answer: Answer) -> list[tuple[int, str]]:
    return [(record["replication"], record["kind"]) for record in answer.records]


def assert_our_fault(record: Record) -> None:
    assert "This is our fault, not your scenario's" in record["message"]
    assert "out of memory" not in record["message"]
    assert record["traceback"].startswith("Traceback")


def test_a_scenario_that_cannot_be_compiled_fails_every_replication_in_its_own_words(chunk):
    answer = without_a_ward(chunk).work()
    assert answer.number == 5
    assert kinds(answer) == [(1, "failure"), (2, "failure"), (3, "failure")]
    assert 'arrivals.all.to: there is no "ward" here.' in answer.records[0]["message"]


def test_where_compiling_breaks_down_each_failure_says_whose_fault_it_is_and_where(chunk):
    answer = in_pieces(chunk).work()
    assert kinds(answer) == [(1, "failure"), (2, "failure"), (3, "failure")]
    for record in answer.records:
        assert_our_fault(record)
        assert "compile_network" in record["traceback"]


def answer_of(pool: LocalPool, chunk: Chunk) -> Answer:
    pool.submit(chunk)
    (answer,) = pool.answers(60)
    return answer


def test_the_worker_that_met_it_lives_and_does_the_next_chunk(chunk, local_pool):
    assert_our_fault(answer_of(local_pool, in_pieces(chunk)).records[0])
    process = local_pool._workers[0]._process
    assert kinds(answer_of(local_pool, chunk)) == [(n, "replication") for n in (1, 2, 3)]
    assert local_pool._workers[0]._process is process, "no other had to be begun"


def raising_in(number: int, figures_of=chunks.figures_of):
    """Figures as they are, but for those of one replication."""

    def figures(results: Results, names):
        if number in set(results.table("tallies")["replication"]):
            raise ZeroDivisionError("by zero")
        return figures_of(results, names)

    return figures


def test_a_measure_that_raises_fails_the_replication_it_raised_for_and_no_other(chunk, monkeypatch):
    whole = chunk.work()
    monkeypatch.setattr(chunks, "figures_of", raising_in(2))
    answer = chunk.work()
    assert kinds(answer) == [(1, "replication"), (2, "failure"), (3, "replication")]
    assert_our_fault(answer.records[1])
    assert "ZeroDivisionError: by zero (test_chunks.py:" in answer.records[1]["message"]
    for place in (0, 2):
        assert answer.records[place]["measures"] == whole.records[place]["measures"]


def test_a_figure_that_there_is_not_is_refused_in_its_own_words(chunk):
    answer = replace(chunk, columns=("dtoc_people", "dtoc_peeple")).work()
    assert kinds(answer) == [(1, "failure"), (2, "failure"), (3, "failure")]
    assert answer.records[0]["message"].startswith('"dtoc_peeple": is no measure.')
    assert answer.records[0]["traceback"] == ""


class WorkedHere(LocalPool):
    """A pool whose chunks are done in this process, where a test can reach into them."""

    def _serve(self, worker) -> None:
        while (chunk := self._waiting.get()) is not None:
            self._finished.put(chunk.work())


def test_a_sweep_names_the_variant_keeps_the_traceback_and_tries_again(tmp_path, monkeypatch):
    file = written(tmp_path, EXPERIMENT)
    with monkeypatch.context() as patched:
        patched.setattr(sweep, "LocalPool", WorkedHere)
        patched.setattr(chunks, "figures_of", raising_in(2))
        outcome = run_sweep(file, out=tmp_path / "store", jobs=1)
    assert sorted(failure.replication for failure in outcome.failures) == [2, 2, 2, 2]
    named = {str(failure).partition(":")[0] for failure in outcome.failures}
    assert named == {
        f'scenario "ward.places {ward}, team.places {team}", replication 2, seed 7'
        for ward in ("plus 0", "plus 1")
        for team in (2, 4)
    }
    kept = load(outcome.folder).failures
    assert all("raise ZeroDivisionError" in traceback for traceback in kept["traceback"])
    again = run_sweep(file, out=tmp_path / "store", jobs=1)
    assert (again.ran, again.failures) == (4, [])
    assert_same_sweep(tmp_path / "store", run_sweep(file, out=tmp_path / "whole", jobs=1).folder)
