"""Does a long queue cost more than a short one? `python benchmarks/queues.py` prints CPU time a person.

One service with as many arrivals as it can take, and a queue that stays as long as it was at the start:
so every run moves the same number of people, and only the queue's length and rule differ.
(Not called queue.py: a script's folder comes first on the path, and Python has a module of that name.)
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # what is measured is the checkout this file stands in

from caresim.engine.people import draw_people  # noqa: E402
from caresim.engine.simulation import run  # noqa: E402
from caresim.network.compile import compile_network  # noqa: E402
from caresim.network.network import Network  # noqa: E402
from caresim.records.recorder import ROWS, Recorder  # noqa: E402
from caresim.scenario.files import load_scenario  # noqa: E402

WORLD = """
caresim: 1
name: A long queue
time: {{from: 2024-01-01, measure: 100 days}}
population: {{adults: 1000, 65+: 200}}
people: {{need: {{high: 0.2, low: 0.5, some: 0.3}}}}
arrivals: {{doctor: {{to: clinic, rate: 300 per day}}}}
services:
  clinic:
    kind: other
    places: 300
    care_time: {{exponential: 1 day}}
    next: home
    start_with: {{in_care: 300, waiting: {waiting}, waited: {{uniform: {{low: 0 days, high: 30 days}}}}}}
    {rule}
exits: {{home: {{}}}}
"""
RULES = {
    "first come, first served": "",
    "three classes": "queue: {priority: {by: need, high: 1, some: 2, low: 3}}",
}
LENGTHS = (100, 10_000)
ROUNDS = 5


def network_of(waiting: int, rule: str) -> Network:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "queue.yaml"
        file.write_text(WORLD.format(waiting=waiting, rule=rule), encoding="utf-8")
        return compile_network(load_scenario(file))


def microseconds_a_person(network: Network, seed: int) -> float:
    """CPU time of the run alone, over the people admitted in it."""
    people = draw_people(network, seed, 1)
    recorder = Recorder()
    began = time.process_time()
    run(network, people, recorder)
    spent = time.process_time() - began
    admitted_at = recorder.rows("stays")[:, ROWS["stays"].index("admitted_at")]
    return 1e6 * spent / float(np.isfinite(admitted_at).sum())


def main() -> None:
    cases = {(name, length): network_of(length, rule) for name, rule in RULES.items() for length in LENGTHS}
    times: dict[tuple[str, int], list[float]] = {case: [] for case in cases}
    for seed in range(ROUNDS):
        for case, network in cases.items():
            times[case].append(microseconds_a_person(network, seed))
    base = statistics.median(times[next(iter(RULES)), LENGTHS[-1]])
    print(f"{'rule':<26}{'waiting':>9}{'microseconds a person':>24}{'ratio':>8}")
    for (name, length), found in times.items():
        middle = statistics.median(found)
        print(f"{name:<26}{length:>9,}{middle:>24.1f}{middle / base:>8.2f}")
    print(
        f"ratio: to {next(iter(RULES))} with {LENGTHS[-1]:,} waiting; median of {ROUNDS} runs each in turn."
    )


if __name__ == "__main__":
    main()
