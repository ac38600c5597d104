"""Declared staff: groups of workers who come and go, and services whose capacity is what they can do."""

from __future__ import annotations

from dataclasses import dataclass

from caresim.scenario.values import Dated, Shares

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ELSEWHERE = "else"
"""In `leave_to`: out of every group of staff."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FromStaff:
    """A capacity that is what a group of staff can do."""

    group: str
    """A name of `staff:`."""
    share: float = 1.0
    """Of the group's time."""
    per_worker: float | None = None
    """Places that one productive worker at work looks after; None: capacity in hours, by `contact`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffCost:
    """What the people of a group cost, and who pays."""

    per_post_year: float
    """Pounds for each person in post and 365.25 days; a vacant post costs nothing."""
    payer: Shares


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffGroup:
    """Workers of one kind: how many posts, who fills them, and what one of them does."""

    name: str
    label: str
    posts: int | Dated[int]
    """Funded; nobody joins while they are filled."""
    in_post: int | None = None
    """At the start of the run, all productive; None: as many as there are posts."""
    joiners: float | Dated[float] = 0.0
    """People found [per day] while a post is vacant."""
    leavers: float | Dated[float] = 0.0
    """Hazard [per day] of each worker to have an occasion to leave."""
    leave_to: Shares | None = None
    """Group of staff (or ELSEWHERE) -> share of the occasions; None: all leave for elsewhere."""
    induction: float = 0.0
    """Joining until productive [days]."""
    sickness: tuple[float, ...] = (0.0,) * 12
    """Share of productive workers' time lost, January first."""
    contact: float | Dated[float] | None = None
    """Hours per week that one productive worker at work gives."""
    cost: StaffCost | None = None
    """None: paid for in the prices of what they do, or not told."""
