"""Reviews of care under way, with every name a number and what the team gives looked up."""

from __future__ import annotations

from typing import Any

from caresim.distributions import Distribution
from caresim.grid import whole_minutes
from caresim.network.network import AmountChange, Choice, Effect, Reviews, Table, Taper
from caresim.network.tables import Codes, make_choice, make_table
from caresim.scenario import reviews as declared
from caresim.scenario.scenario import Scenario
from caresim.scenario.services import Service
from caresim.scenario.services import Taper as DeclaredTaper
from caresim.scenario.values import Personal, Shares


def make_reviews(codes: Codes, service: Service, scenario: Scenario) -> Reviews | None:
    """The reviews of a service as a scenario has them."""
    rules = service.reviews
    if rules is None:
        return None
    path = f"services.{service.name}.reviews"
    names = sorted({declared.SAME, *rules.effects})
    numbers = {name: number for number, name in enumerate(names)}
    team = None if rules.by is None else scenario.services[rules.by]
    care_time: Any = rules.care_time
    amount: Any = rules.amount
    if team is not None:
        care_time = team.care_time if care_time is None else care_time
        amount = team.amount if amount is None else amount
    in_hours = team is not None and team.in_hours
    return Reviews(
        first=make_table(codes, rules.first, _same, f"{path}.first"),
        every=None if rules.every is None else make_table(codes, rules.every, _same, f"{path}.every"),
        by=None if rules.by is None else codes.services[rules.by],
        care_time=None if care_time is None else make_table(codes, care_time, _same, f"{path}.care_time"),
        amount=make_table(codes, amount, _amount, f"{path}.amount")
        if in_hours and amount is not None
        else None,
        at_least=whole_minutes(rules.at_least),
        outcomes=make_table(
            codes,
            rules.outcomes,
            lambda leaf: make_choice(leaf, numbers, codes, f"{path}.outcomes"),
            f"{path}.outcomes",
        ),
        effects=tuple(
            _effect(codes, name, rules.effects.get(name), f"{path}.effects.{name}") for name in names
        ),
    )


def depends_on(service: Service) -> str | None:
    """Another service whose rules are part of this one's reviews."""
    return None if service.reviews is None else service.reviews.by


def _same(value: Distribution) -> Distribution:
    return value


def _amount(leaf: Any) -> Distribution | Taper:
    if isinstance(leaf, DeclaredTaper):
        return Taper(first=whole_minutes(leaf.first), last=whole_minutes(leaf.last))
    return leaf  # type: ignore[no-any-return]


def _effect(codes: Codes, name: str, effect: declared.Effect | None, path: str) -> Effect:
    if effect is None:
        return Effect(name=name, ends=False, amount=None, next=None)
    amount = effect.amount
    return Effect(
        name=name,
        ends=amount is None,
        amount=None if amount is None else make_table(codes, amount, _change, f"{path}.amount"),
        next=None if effect.next is None else _targets(codes, effect.next, f"{path}.next"),
    )


def _change(leaf: declared.AmountChange) -> AmountChange:
    return AmountChange(factor=leaf.factor, plus=whole_minutes(leaf.plus))


def _targets(codes: Codes, shares: Personal[Shares], path: str) -> Table[Choice]:
    return make_table(codes, shares, lambda leaf: make_choice(leaf, codes.targets, codes, path), path)
