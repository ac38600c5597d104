"""Death (rule 11): each person carries one unit exponential, and the sum of hazards uses it up."""

from __future__ import annotations

from collections.abc import Callable

from caresim.engine.decline import worsened
from caresim.engine.person import Person
from caresim.engine.resource import Classes, Lookup, Resource
from caresim.engine.streams import Draws
from caresim.engine.timers import DEATH, Timer, Timers
from caresim.grid import on_grid
from caresim.network.network import DayEffect, Network, Table


class Mortality:
    """Who dies when, as hazards change with where people are."""

    def __init__(
        self,
        network: Network,
        classes: Classes,
        draws: Draws,
        timers: Timers,
        on_death: Callable[[Timer], None],
    ) -> None:
        self._classes = classes
        self._timers = timers
        self._on_death = on_death
        self._end = network.end
        self._lifetimes = draws.lifetimes(("death",))
        decline = network.deconditioning
        self._worse: Lookup[DayEffect] | None = None
        """What each day of delay does to the hazard everywhere."""
        if decline is not None and decline.mortality is not None:
            self._worse = Lookup(decline.mortality, classes, 1, lambda effect: effect, "people.mortality")
        self.set(network.mortality)

    def set(self, table: Table[float]) -> None:
        """The hazard everywhere, from now on."""
        self._everywhere: Lookup[float] = Lookup(table, self._classes, 1, float, "people.mortality")

    def enter(self, person: Person, now: float) -> None:
        person.life = self._lifetimes.of(person)
        person.hazard_since = now
        self.update(person, now)

    def update(self, person: Person, now: float) -> None:
        """Use up what has been borne, and set the timer by the present sum of hazards."""
        hazard = self._everywhere[person.class_]
        for service in (person.place, person.step):
            if service is not None:
                hazard += service.mortality[person.class_]
        if person.kept is not None and person.kept.is_held:
            hazard += person.kept.home.mortality[person.class_]
        if person.decline is not None:
            hazard = self._worsened(person, person.decline.days)
        if hazard == person.hazard:
            return
        person.life -= person.hazard * (now - person.hazard_since)
        person.hazard, person.hazard_since = hazard, now
        if person.death_timer is not None:
            person.death_timer.cancel()
            person.death_timer = None
        if hazard > 0.0:
            due = now + on_grid(max(person.life, 0.0) / hazard)
            if due < self._end:
                person.death_timer = self._timers.set(due, DEATH, person.rank, self._on_death, person)


    def _worsened(self, person: Person, days: int) -> float:
        """The same sum, each part of it after so many days of delay."""
        class_ = person.class_
        hazard = worsened(self._everywhere[class_], self._worse, class_, days)
        kept = person.kept.home if person.kept is not None and person.kept.is_held else None
        for service in (person.place, person.step, kept):
            if service is not None:
                hazard += worsened(service.mortality[class_], service.worse, class_, days)
        return hazard


def is_mortal(network: Network, services: list[Resource]) -> bool:
    """Whether anybody can ever die: where nobody can, nothing is kept of it."""
    return (
        any(network.mortality.leaves)
        or any(service.is_mortal for service in services)
        or (network.deconditioning is not None and "died" in network.exits)
        or any(change.field == "mortality" for change in network.changes)
    )
