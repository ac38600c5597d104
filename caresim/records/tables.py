"""What the tables of a run hold: columns, units, and what is needed to make them."""

from __future__ import annotations

from dataclasses import dataclass

NOT_SET = ""
"""In a column of an attribute: not set yet (drawn only when the person is ready, say)."""

LOST = "lost"
"""In `flows.to`: turned away or given up with nowhere to go."""

START = "start"
"""The arrival of people who were there at the start of the run."""

OUTSIDE = "outside"
"""In `queues.where`: holding no place."""

DIED = "died"
"""The exit of all deaths."""

PATHWAY = "pathway"
"""The attribute by which flows are always told apart, where there is one."""

ON_REQUEST = ("stays", "events")
"""Tables written only when asked for."""

ALWAYS = ("daily", "monthly", "delays", "queues", "durations", "flows", "tallies", "occupancy", "outcomes")
"""Tables of every run (`daily` only on request when it is longer than LONGEST_DAILY)."""

LONGEST_DAILY = 3653.0
"""Days of the longest window that has `daily` unasked: ten years."""

TABLES = {
    "daily": "Means and counts of a day, for each service and group.",
    "monthly": "Means and counts of a month, for each service and group.",
    "delays": "Who was held for want of what: people, nights and days in a month.",
    "queues": "Who waited for what, and where they were meanwhile, in a month.",
    "durations": "How long waits, delays and stays were that ended in the window: histograms.",
    "flows": "How many went from where to where, and why, in a month.",
    "tallies": "All that is priced: place-days, nights, hours and counts of a month.",
    "occupancy": "Share of the time with so many people held.",
    "outcomes": "What became of people after they left: readmitted, at home, in a care home.",
    "stays": "Each standing or stay of each person, warm-up included.",
    "events": "An event log that vidigi reads as it is.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RunInfo:
    """Names behind the numbers in a recorder's rows, and the window they are counted in."""

    services: tuple[str, ...]
    kinds: tuple[str, ...]
    in_place: tuple[bool, ...]
    in_hours: tuple[bool, ...]
    """Capacity and amounts in the rows are minutes per week; else places."""
    mean_amount: tuple[float, ...]
    """What one person takes on average (minutes per week, or 1): without that much free, it is full."""
    streams: tuple[str, ...]
    exits: tuple[str, ...]
    attributes: tuple[tuple[str, tuple[str, ...]], ...]
    """(name, values); in a class code len(values) means not set yet."""
    groups: tuple[int, ...]
    """Attributes that become columns."""
    price_attributes: tuple[int, ...]
    """Attributes a price or payer goes by."""
    start: float
    """First instant of the run [days from time.from]; the window is [0, end)."""
    end: float
    first_day: str
    """ISO date of day 0."""
