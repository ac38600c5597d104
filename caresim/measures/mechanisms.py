"""What only some systems have, such as staff or reviews: what is told of each where two are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from caresim.records.results import Results


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """Something a scenario may have, and the measures that tell what came of it."""

    name: str
    """As it stands in the column `what` of differences."""
    label: str
    measures: tuple[str, ...]
    """Of the catalogue, in the order in which they are told."""
    by: tuple[tuple[str, ...], ...]
    """Keys of these measures that it is told by; of two, each whole first, then its parts."""
    there: Callable[[Results], bool]
    """Whether results have it."""


def _has_table(name: str) -> Callable[[Results], bool]:
    return lambda results: results.has_table(name)


def _has_moves(*why: str) -> Callable[[Results], bool]:
    """Whether anybody went for one of these reasons: no table tells of a rule that nobody met."""
    return lambda results: bool(results.table("flows")["why"].isin(why).any())


MECHANISMS = (
    Mechanism(
        name="standard",
        label="Standards",
        measures=("within_standard", "overdue"),
        by=(("service",),),
        there=_has_table("standards"),
    ),
    Mechanism(
        name="provider",
        label="Providers",
        measures=("provider_held", "provider_closed_days"),
        by=(("service",), ("service", "provider")),
        there=_has_table("providers"),
    ),
    Mechanism(
        name="staff",
        label="Staff",
        measures=(
            "staff_in_post",
            "staff_productive",
            "staff_vacancy_rate",
            "staff_joiners",
            "staff_leavers",
        ),
        by=(("staff",),),
        there=_has_table("staff"),
    ),
    Mechanism(
        name="review",
        label="Reviews",
        measures=("reviews_done", "reviews_within_4_weeks", "reviews_overdue", "review_hours_freed"),
        by=(("service",),),
        there=_has_table("reviews"),
    ),
    Mechanism(
        name="event",
        label="What happened at random",
        measures=("episodes", "days_in_force"),
        by=(("event",),),
        there=_has_table("happened"),
    ),
    Mechanism(
        name="away",
        label="In hospital and back",
        measures=("admitted_from_care", "restarts", "resourced", "cost_of_keeping"),
        by=(("service",),),
        there=_has_moves("away", "restarted", "resourced"),
    ),
    Mechanism(
        name="changed_need",
        label="Need changed by delay",
        measures=("changed_need",),
        by=(("service",),),
        there=_has_moves("changed_need"),
    ),
)
"""In the order in which they are told."""


def in_one_only(first: Results, second: Results) -> dict[str, Results]:
    """Mechanism -> which of two results alone has it, so that it is not compared."""
    found = {}
    for mechanism in MECHANISMS:
        first_has, second_has = mechanism.there(first), mechanism.there(second)
        if first_has != second_has:
            found[mechanism.name] = first if first_has else second
    return found
