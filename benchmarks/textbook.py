"""The pathway of configs/yardstick.yaml as a SimPy textbook would write it: the other side of speed.py.

A process for each person, `simpy.Resource` for places, a draw wherever one is needed. Prints one line
of JSON with the CPU seconds of the simulated year and the figures it found.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

YEAR = 365.0
PEOPLE = 100_000


@dataclass
class Service:
    """Places, care times, and running sums for the figures."""

    env: simpy.Environment
    places: simpy.Resource
    care_mean: float
    care_cv: float
    held: int = 0
    held_days: float = 0.0
    changed_at: float = 0.0
    waits: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)

    def count(self, change: int) -> None:
        """Keep the time integral of places held."""
        self.held_days += self.held * (self.env.now - self.changed_at)
        self.changed_at = self.env.now
        self.held += change


class Pathway:
    """Hospital, then out, reablement, home care or a care home; reablement, then out or home care."""

    def __init__(self, people: int, seed: int) -> None:
        self.env = simpy.Environment()
        self.rng = np.random.default_rng(seed)
        self.people = people
        declared = {
            "hospital": (1840, 6.0, 1.2),
            "reablement": (840, 30.0, 0.5),
            "home_care": (1440, 60.0, 0.8),
            "care_home": (880, 90.0, 0.8),
        }
        self.services = {
            name: Service(
                self.env, simpy.Resource(self.env, max(1, round(places * people / PEOPLE))), mean, cv
            )
            for name, (places, mean, cv) in declared.items()
        }
        self.env.process(self.arrivals())

    def arrivals(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield self.env.timeout(self.rng.exponential(YEAR / self.people))
            self.env.process(self.person())

    def person(self) -> Generator[simpy.Event, Any, None]:
        wanted: str | None = "hospital"
        here: Service | None = None
        request: simpy.resources.resource.Request | None = None
        while wanted is not None:
            service, asked_at = self.services[wanted], self.env.now
            coming = service.places.request()
            yield coming
            wait = self.env.now - asked_at
            service.waits.append(wait)
            service.count(1)
            if here is not None:
                here.delays.append(wait)
                here.count(-1)
                here.places.release(request)
            here, request = service, coming
            yield self.env.timeout(self.care_time(service))
            wanted = self.after(wanted)
        assert here is not None
        here.count(-1)
        here.places.release(request)

    def care_time(self, service: Service) -> float:
        spread = np.log1p(service.care_cv**2)
        return float(self.rng.lognormal(np.log(service.care_mean) - spread / 2, np.sqrt(spread)))

    def after(self, name: str) -> str | None:
        u = self.rng.random()
        if name == "hospital":
            return (
                None if u < 0.80 else "reablement" if u < 0.90 else "home_care" if u < 0.96 else "care_home"
            )
        return "home_care" if name == "reablement" and u < 0.30 else None

    def figures(self) -> dict[str, dict[str, float]]:
        for service in self.services.values():
            service.count(0)
        return {
            name: {
                "held": service.held_days / YEAR,
                "admissions": len(service.waits),
                "wait_days": sum(service.waits) / max(1, len(service.waits)),
                "delayed_days": sum(service.delays),
            }
            for name, service in self.services.items()
        }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--people", type=int, default=PEOPLE, help="expected arrivals in the year")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    pathway = Pathway(chosen.people, chosen.seed)
    began = time.process_time()
    pathway.env.run(until=YEAR)
    cpu = time.process_time() - began
    print(json.dumps({"people": chosen.people, "cpu_s": cpu, "services": pathway.figures()}))


if __name__ == "__main__":
    main()
