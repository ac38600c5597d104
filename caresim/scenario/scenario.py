"""A whole declared scenario: time, people, and everything that hangs together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from caresim.scenario.arrivals import Arrival
from caresim.scenario.deconditioning import Deconditioning
from caresim.scenario.events import Event
from caresim.scenario.money import Budget, Intervention, PriceYears
from caresim.scenario.nodes import Written
from caresim.scenario.services import Exit, Service
from caresim.scenario.staff import StaffGroup
from caresim.scenario.values import Personal, Shares


@dataclass(frozen=True, kw_only=True, slots=True)
class Time:
    """Time 0 is `start`, 00:00; the warm-up lies before it; `measured_days` is what counts."""

    start: date
    measured_days: float
    warm_up: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A published figure to set beside the modelled one."""

    measure: str
    where: dict[str, str]
    """Column (area or any group, service, staff, reason, responsible, payer) -> value."""
    value: float
    within: float | None
    within_unit: str | None
    """"points" (of the measure's own unit) or "%" (of the value)."""
    start: float | None
    """First and past-the-end day of what it is about; None: the whole window."""
    end: float | None
    source: str
    used: str
    """shown or tuned."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """One declared system, resolved: extends, templates and changes applied, events not."""

    name: str
    time: Time
    replications: int
    seed: int
    population: dict[str, dict[str, float]]
    """adults, 65+ -> {"all": people, area: people ...}."""
    groups: tuple[str, ...] = ()
    people: dict[str, Personal[Shares]] = field(default_factory=dict)
    mortality: Personal[float] = 0.0
    """`people.mortality` [per day]."""
    arrivals: dict[str, Arrival]
    services: dict[str, Service]
    exits: dict[str, Exit]
    staff: dict[str, StaffGroup] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    deconditioning: Deconditioning | None = None
    """None: delay has no consequences."""
    prices: PriceYears | None = None
    """None: prices are applied as they are written."""
    interventions: dict[str, Intervention] = field(default_factory=dict)
    budgets: dict[str, Budget] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    """PATH -> source; covers all beneath, the nearest wins."""
    published: tuple[Published, ...] = ()
    document: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """The resolved text as plain dicts and lists, in the file's own words and order."""
    text: str = field(default="", compare=False, repr=False)
    """The file as it was written."""
    file: str = field(default="", compare=False)
    """The path the user gave."""
    data_files: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """(name as written, path on disk) of the files of data it names, sorted."""
    written: Written | None = field(default=None, compare=False, repr=False)
    """The resolved tree it was read from: `where.line_of` and `edits.scenario_at` use it."""
