"""Consequences of delay compiled: what a whole day of it shifts, as tables over attribute codes."""

from __future__ import annotations

from caresim.network.network import DayEffect, Deconditioning, Shifts, Table
from caresim.network.tables import Codes, make_table
from caresim.scenario.deconditioning import AMOUNT, CARE_TIME, MORTALITY, NEXT, SETS, Shift
from caresim.scenario.deconditioning import DayEffect as Declared
from caresim.scenario.scenario import Scenario


def make_deconditioning(codes: Codes, scenario: Scenario) -> Deconditioning | None:
    """Where delay counts, up to how many days, and what it does everywhere; None: it has no consequences."""
    declared = scenario.deconditioning
    if declared is None or not declared.active:
        return None
    everywhere = [shift for shift in declared.shifts if shift.service is None]
    return Deconditioning(
        delayed_in=frozenset(codes.services[name] for name in declared.delayed_in),
        at_most=declared.at_most,
        mortality=_effects(codes, everywhere[0]) if everywhere else None,
    )


def make_shifts(codes: Codes, scenario: Scenario, service: str) -> Shifts | None:
    """What delay shifts in a service; None: nothing."""
    declared = scenario.deconditioning
    if declared is None or not declared.active:
        return None
    own = [shift for shift in declared.shifts if shift.service == service]
    if not own:
        return None
    by_attribute: dict[int, list[tuple[int, Table[DayEffect]]]] = {}
    for shift in own:
        if shift.what == SETS:
            assert shift.attribute is not None
            assert shift.to is not None
            number = codes.attributes[shift.attribute]
            by_attribute.setdefault(number, []).append(
                (codes.values[number][shift.to], _effects(codes, shift))
            )
    return Shifts(
        next=tuple(
            sorted(
                (
                    (codes.targets[shift.to], _effects(codes, shift))
                    for shift in own
                    if shift.what == NEXT and shift.to
                ),
                key=_number,
            )
        ),
        sets=tuple(
            (number, tuple(sorted(each, key=_number))) for number, each in sorted(by_attribute.items())
        ),
        amount=_only(codes, own, AMOUNT),
        care_time=_only(codes, own, CARE_TIME),
        mortality=_only(codes, own, MORTALITY),
    )


def _number(entry: tuple[int, Table[DayEffect]]) -> int:
    return entry[0]


def _only(codes: Codes, shifts: list[Shift], what: str) -> Table[DayEffect] | None:
    found = [shift for shift in shifts if shift.what == what]
    return _effects(codes, found[0]) if found else None


def _effects(codes: Codes, shift: Shift) -> Table[DayEffect]:
    # Who has no value yet is spared.
    path = f"deconditioning.each_day.{shift.path}"
    return make_table(codes, shift.effect, _effect, path, absent=DayEffect(adds=0.0, grows=0.0))


def _effect(declared: Declared) -> DayEffect:
    return DayEffect(adds=declared.adds, grows=declared.grows)
