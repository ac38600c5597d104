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

ALWAYS = (
    "daily",
    "monthly",
    "delays",
    "queues",
    "durations",
    "flows",
    "tallies",
    "occupancy",
    "outcomes",
    "counters",
    "staff",
    "providers",
    "happened",
    "reviews",
    "standards",
)
"""Tables of every run (`daily` only on request when longer than LONGEST_DAILY; `staff`, `providers`,
`happened`,
`reviews` and `standards` if there are any)."""

LONGEST_DAILY = 3653.0
"""Days of the longest window that has `daily` unasked: ten years."""

TABLES = {
    "daily": "Means and counts of a day, for each service and group.",
    "monthly": "Means and counts of a month, for each service and group.",
    "delays": "Who was held for want of what, in a month. Pairs of services that never occur have no row.",
    "queues": "Who waited for what, and where they were meanwhile, in a month; pairs likewise.",
    "durations": "How long waits, delays and stays were that ended in the window: histograms.",
    "flows": "How many went from where to where, and why, in a month. Ways nobody took have no row.",
    "tallies": "All that is priced: place-days, nights, hours and counts of a month.",
    "occupancy": "How long so many people were held, by month.",
    "outcomes": "What became of people after they left, by the month they left in; new in care homes.",
    "counters": "What went unlike the plan in a month: deadlocks, requests that can never fit.",
    "staff": "Posts, workers, joiners and leavers of each group of staff in a month, where there are any.",
    "providers": "What each provider of a service had, held and admitted in a month, where there are any.",
    "happened": "What happened at random in a month, where anything may.",
    "reviews": "Reviews of care under way: what came of them and how late, by month, where there are any.",
    "standards": "Who was served in time, by month, where a service has a standard.",
    "stays": "Each standing or stay of each person, warm-up included, by person and request.",
    "events": "An event log that vidigi reads as it is.",
}

_OWN = "; the service's own, repeated in each group's row: never add it over groups"
_AT_END = "; under the attributes when the standing or stay ends"
_COUNTS = {
    "requests": "people whose wait for it began" + _AT_END,
    "admissions": "people admitted; under the attributes at admission, to a step at its end",
    "waited": "of these, after a wait" + _AT_END,
    "leavers": "people who left their place, dead or alive",
    "turned_away": "people who left the queue so",
    "given_up": "people who left the queue so",
    "deaths": "people who died holding a place here, or left it for the exit `died`",
    "deaths_waiting": "people who died in its queue",
}
_MEANS = {
    "capacity": "places, or hours per week, mean; inf: unlimited" + _OWN,
    "held": "people, mean: in care + delayed + bridging + away; of a step, under way",
    "in_care": "people, mean",
    "delayed": "people, mean: ready, place still held",
    "bridging": "people, mean: in a stand-in, their turn elsewhere kept",
    "away": "people, mean: in hospital, their place kept",
    "queue": "people, mean: everyone waiting for it",
    "waiting": "people, mean: of these, who hold no place",
    "full": "share of the time without a free place (less free than a person takes on average)" + _OWN,
    "held_at_midnight": "people, mean over midnights",
    "delayed_at_midnight": "people, mean over midnights",
}
_HOURS_MEAN = {
    "hours_held": "hours per week, mean; 0 in a service with places",
    "hours_in_care": "likewise",
    "hours_delayed": "likewise",
    "hours_bridging": "likewise",
    "hours_away": "likewise",
}
_MONTH = {"replication": "its number", "month": '"2019-04"', "days": "of the month inside the window"}

COLUMNS: dict[str, dict[str, str]] = {
    "daily": {
        "replication": "its number",
        "day": "from time.from",
        "date": '"2019-04-01"',
        "service": "name",
        "*groups": "value of each group attribute; empty: not set yet",
        **_MEANS,
        **_COUNTS,
        **_HOURS_MEAN,
    },
    "monthly": {
        **_MONTH,
        "service": "name",
        "*groups": "",
        **_MEANS,
        **_COUNTS,
        "people": "distinct people who held a place, in the group they were in first that month",
        **_HOURS_MEAN,
    },
    "delays": {
        **_MONTH,
        "service": "whose place was held",
        "awaited": "service or step first waited for",
        "*groups": "",
        "people": "distinct, delayed or bridging so in the month, in the group they were in first",
        "delayed_nights": "midnights m with ready_at <= m < left_at",
        "delayed_days": "person-days",
        "bridging_days": "person-days",
    },
    "queues": {
        "replication": "its number",
        "month": '"2019-04"',
        "service": "waited for",
        "where": "service whose place they held, or outside",
        "*groups": "",
        "queue_days": "person-days",
    },
    "durations": {
        "replication": "its number",
        "service": "name",
        "which": "wait, delay (less bridging on), stay [days], delay_nights, stay_nights",
        "*groups": "at the end of the stay",
        "at_least": "lower edge of the bin: 0 to 60, then weeks; bins with nobody have no row but the first",
        "below": "upper edge",
        "count": "people",
        "sum": "of their durations [days, or nights]",
    },
    "flows": {
        "replication": "its number",
        "month": '"2019-04"',
        "from": "service or arrival stream, start: waited outside at the start",
        "to": "service or exit, lost: turned away with nowhere to go",
        "why": "next, turned_away, gave_up, stood_in, died; away: from care to hospital; restarted: back in "
        "the place that was kept, which is no admission; resourced: back in a new one; "
        "changed_need: to what they need since delay changed it; closed: to another provider, theirs closing",
        "*groups": "and pathway, if there is one",
        "people": "who went so",
    },
    "tallies": {
        **_MONTH,
        "service": "name",
        "*prices": "groups and every attribute a price goes by",
        "available_days": "place-days there were; inf: unlimited, 0: has hours" + _OWN,
        "available_hours": "hours there were; inf: unlimited, 0: has places" + _OWN,
        "held_days": "person-days",
        "in_care_days": "person-days",
        "delayed_days": "person-days",
        "bridging_days": "person-days",
        "away_days": "person-days",
        "held_nights": "midnights m with admitted_at <= m < left_at",
        "in_care_nights": "likewise, in this state",
        "delayed_nights": "likewise",
        "bridging_nights": "likewise",
        "away_nights": "likewise",
        "queue_days": "person-days of everyone waiting for it",
        "waiting_days": "person-days of those of them who hold no place",
        **_COUNTS,
        "hours_held": "hours supplied; 0 in a service with places",
        "hours_in_care": "likewise",
        "hours_delayed": "likewise",
        "hours_bridging": "likewise",
        "hours_away": "likewise",
        "unpaid_days": "of away_days, those the kept place is not paid for",
        "unpaid_hours": "of hours_away, likewise",
    },
    "occupancy": {
        "replication": "its number",
        "month": '"2019-04"',
        "service": "name",
        "held": "people; numbers nobody saw that month have no row",
        "share": "of the window: over all months of a service 1",
    },
    "outcomes": {
        "replication": "its number",
        "month": '"2019-04"',
        "service": "that was left; of permanent_admission, the care home",
        "which": "readmitted_30, readmitted_91, home_91, permanent_admission",
        "*groups": "",
        "people": "to whom it happened",
        "of": "how many who left (were admitted); of readmitted and home only those followed up in the run",
    },
    "counters": {
        "replication": "its number",
        "month": '"2019-04"',
        "service": "name",
        "what": "deadlock_moves, deadlock_cycles, deadlock_cycles_left, never_fits; put_out: by a provider "
        "that closed; no row: none",
        "number": "how often",
    },
    "staff": {
        **_MONTH,
        "staff": "name of the group",
        "posts": "mean",
        "vacant": "posts nobody is in, mean",
        "in_post": "workers, mean",
        "productive": "of these, whose induction is over; sickness is not taken off",
        "joiners": "who joined the group",
        "joiners_from_groups": "of these, from another group",
        "leavers": "who left the group",
        "leavers_to_groups": "of these, to another group",
    },
    "providers": {
        **_MONTH,
        "service": "name",
        "provider": "name; one of a count NAME_1, NAME_2 ...",
        "capacity": "places, or hours per week, mean",
        "held": "people who hold a place, mean: in care, delayed, bridging or away; of a step, under way",
        "used": "of capacity: places or hours per week, mean",
        "full": "share of the time without a free place (less free than a person takes on average)",
        "closed_days": "days in the month on which a closure kept it from admitting anybody",
        "admissions": "people admitted; coming back to a kept place is none",
    },
    "happened": {
        **_MONTH,
        "event": "its name",
        "each": "which of the paths of `each`; empty: the event has none",
        "episodes": "that began in the month",
        "days_in_force": "on which at least one episode held",
        "episode_days": "of all episodes: two at once count twice",
    },
    "reviews": {
        "replication": "its number",
        "month": '"2019-04"; in which they ended, or the last one',
        "service": "whose care was reviewed",
        "ended": "done; or not, for care_over, away or died came first; open: at the end of the run",
        "outcome": "of those done, its name; else empty",
        "*groups": "",
        "weeks_late": "whole weeks from being due until the end",
        "reviews": "how many; what did not occur has no row",
        "days_late": "days from being due until the end",
        "hours_before": "hours per week of those packages before; 0 in a service with places",
        "hours_after": "likewise, after; 0 if the care ended by it",
    },
    "standards": {
        "replication": "its number",
        "month": '"2019-04"',
        "service": "with a standard",
        "*groups": "when it ended, or at the end of the run",
        "ended": "people with whom it ended in the month, in time or not",
        "within": "of these, in time",
        "open": "people with whom it had begun and not ended when the month ended",
        "overdue": "of these, whose time was up by then",
    },
    "stays": {
        "replication": "its number",
        "person": "number in the replication",
        "arrival": "stream, or start",
        "service": "name",
        "requested_at": "days from time.from",
        "admitted_at": "days; null: never",
        "ready_at": "days; bridging: end of the stand-in's care, null if left before",
        "left_at": "days; null: not yet",
        "amount": "places, or hours per week",
        "came_from": "service whose place they held; null: none",
        "went_to": "service or exit the place (or queue) was left for; null: none. Of who is away the stay "
        "goes on while the place is kept; it is left for the hospital if that ends",
        "outcome": "left, turned_away, gave_up, stood_in, died, unfinished",
        "*attributes": "each attribute, at the end of the row",
    },
    "events": {
        "entity_id": "person",
        "pathway": "arrival stream, or start",
        "event_type": "arrival_departure, queue, resource_use, resource_use_end",
        "event": "arrival, depart, wait_for_SERVICE, SERVICE, SERVICE_end",
        "time": "days from time.from",
        "resource_id": "number of the place, from 1, the lowest free; null: none",
        "run_number": "replication",
    },
}
"""Table -> its columns in order, with unit or meaning; a star stands for columns of attributes."""


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
    reviews: tuple[tuple[str, ...], ...] = ()
    """Of each service the outcomes of reviews; () where there are none."""
    staff: tuple[str, ...] = ()
    """Groups of staff."""
    providers: tuple[tuple[int, str], ...] = ()
    """(service, name), by both."""
    standards: tuple[tuple[int, str, float], ...] = ()
    """(service, what its standard is of, how long [days] is in time), by service."""
    chances: tuple[tuple[str, str], ...] = ()
    """(event, path of `each` or "") of what may happen at random."""


def tables_markdown() -> str:
    """The reference page of the tables in a results folder."""
    lines = ["# Tables", "", "Made from `caresim/records/tables.py`. Times are in days from `time.from`.", ""]
    for name, what in TABLES.items():
        asked = " Written on request." if name in ON_REQUEST else ""
        lines += [f"## {name}", "", what + asked, "", "| column | what it holds |", "|---|---|"]
        lines += [f"| {_shown(column)} | {meaning} |" for column, meaning in COLUMNS[name].items()]
        lines.append("")
    return "\n".join(lines)


def _shown(column: str) -> str:
    return f"*{column[1:]}*" if column.startswith("*") else f"`{column}`"
