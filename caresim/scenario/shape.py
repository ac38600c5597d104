"""The words of the language: which keys stand where, and what kind of value each takes.

One description serves four purposes: unknown keys, merging (`extends`, `like`), paths that
may be set, and what an event may change. What the values mean is said by the readers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

RESERVED = ("mortality", "by", "else", "start", "from", "died", "people")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that is replaced whole: a number, a distribution, shares, a by-table, a list."""

    event: bool = False
    """An event may change it."""
    whole: bool = False
    """Counts things: changes are rounded, halves up."""
    shares: bool = False
    """Shares that sum to 1, or a by-table of them."""
    hours: bool = False
    """Hours per week, even where only `per week` is written."""
    numbers_only: bool = False
    """An event may change the numbers in it, not its form."""
    each: bool = False
    """Numbers by name: a change of the whole changes every one."""
    is_change: bool = False
    """Holds a change itself, such as `times 0.8`: another takes its place."""
    parts: dict[str, Leaf] = field(default_factory=dict)
    """What single keys in it are, where that is another kind of value."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Known keys; merges key by key."""

    keys: dict[str, Shape]


@dataclass(frozen=True, slots=True)
class Named:
    """Names of the writer's own; merges name by name."""

    each: Shape


@dataclass(frozen=True, slots=True)
class Items:
    """A list, replaced whole, whose items have known keys."""

    each: Shape


Shape: TypeAlias = Leaf | Fields | Named | Items

PLAIN = Leaf()
COUNT = Leaf(whole=True)
SHARES = Leaf(event=True, shares=True)
FIXED_SHARES = Leaf(shares=True)
NUMBER = Leaf(event=True)
DISTRIBUTION = Leaf(event=True, numbers_only=True)


def _plain(*names: str) -> dict[str, Shape]:
    return dict.fromkeys(names, PLAIN)


PRICES = (
    "per_day",
    "per_week",
    "per_hour",
    "per_stay",
    "per_place_day",
    "per_waiting_day",
    "per_delayed_day",
    "per_turned_away",
    "per_year",
)
STAFFED = {"staff": PLAIN, "share": NUMBER, "per_worker": NUMBER}
"""A capacity that is what staff can do."""
STAFF = Fields(
    {
        "label": PLAIN,
        "posts": Leaf(event=True, whole=True),
        "in_post": COUNT,
        **dict.fromkeys(("joiners", "leavers", "induction", "contact"), NUMBER),
        "leave_to": SHARES,
        "sickness": Leaf(event=True, each=True),
        "cost": Fields({**_plain("per_post_year"), "payer": FIXED_SHARES}),
    }
)
STREAM = Fields(
    {
        "label": PLAIN,
        "to": SHARES,
        "rate": NUMBER,
        **_plain("times", "every", "counts", "rates"),
        "pattern": Fields(_plain("month", "weekday", "hour", "cycle")),
        "growth": PLAIN,
        "batch": FIXED_SHARES,
        "people": Named(SHARES),
    }
)
OPENS = Fields({"days": NUMBER, "hours": NUMBER, "bank_holidays": NUMBER})
PROVIDER = Fields(
    {
        **_plain("label", "count", "rating"),
        "places": Leaf(event=True, whole=True, parts=STAFFED),
        "hours": Leaf(event=True, hours=True, parts=STAFFED),
        "takes": Named(PLAIN),
        "closed": NUMBER,
        "opens": OPENS,
        "intake": Leaf(event=True, whole=True),
    }
)
SERVICE = Fields(
    {
        **_plain("like", "label", "kind", "in_place", "hold_until"),
        "places": Leaf(event=True, whole=True, parts=STAFFED),
        "hours": Leaf(event=True, hours=True, parts=STAFFED),
        "providers": Named(PROVIDER),
        "fill": PLAIN,
        "closed": NUMBER,
        "amount": DISTRIBUTION,
        "care_time": DISTRIBUTION,
        "sets": Named(SHARES),
        "next": SHARES,
        "queue": Fields(
            {
                "skip": Fields(_plain("until_waited")),
                "priority": COUNT,
                "room": COUNT,
                "else": SHARES,
            }
        ),
        "instead": Items(
            Fields({"after": DISTRIBUTION, **_plain("to", "keeps_turn", "only_from", "bridge")})
        ),
        "give_up": Fields({"after": DISTRIBUTION, "to": SHARES}),
        "away": Fields(
            {
                **dict.fromkeys(("rate", "keep", "pay"), NUMBER),
                "to": PLAIN,
                **dict.fromkeys(("next", "find_again"), SHARES),
            }
        ),
        "reviews": Fields(
            {
                **dict.fromkeys(("first", "every", "care_time", "amount"), DISTRIBUTION),
                "by": PLAIN,
                "at_least": NUMBER,
                "outcomes": SHARES,
                "effects": Named(Fields({"amount": Leaf(event=True, is_change=True), "next": SHARES})),
            }
        ),
        "opens": OPENS,
        "intake": Leaf(event=True, whole=True),
        "rounds": Fields({"hours": NUMBER, "seen": NUMBER}),
        "standard": Fields(_plain("within", "of")),
        "mortality": NUMBER,
        "start_with": Fields(
            {
                "in_care": COUNT,
                "delayed": Named(COUNT),
                "waiting": COUNT,
                "elapsed": PLAIN,
                "waited": PLAIN,
                "who": Named(FIXED_SHARES),
            }
        ),
        "dtoc": Fields({"reason": PLAIN, "responsible": FIXED_SHARES}),
        "cost": Fields(
            {
                **_plain(*PRICES),
                "payer": FIXED_SHARES,
                "block": Fields({**_plain("places", "per_week"), "payer": FIXED_SHARES}),
                "also": Named(Fields({**_plain(*PRICES), "payer": FIXED_SHARES})),
            }
        ),
    }
)
INTERVENTION = Fields(
    {
        **_plain("label", "active", "from", "to"),
        "cost": Fields({**_plain("per_year", "once"), "payer": FIXED_SHARES}),
    }
)
EVENT = Fields(
    {
        **_plain("label", "active", "every", "from", "to", "ramp", "happens", "lasts"),
        "at_most": COUNT,
        "each": PLAIN,
        "change": Named(PLAIN),
    }
)
ROOT = Fields(
    {
        **_plain("caresim", "name", "extends"),
        "time": Fields(_plain("from", "to", "measure", "warm_up")),
        **_plain("replications", "seed"),
        "population": Fields(_plain("adults", "65+")),
        "groups": PLAIN,
        "people": Named(SHARES),
        "arrivals": Named(STREAM),
        "staff": Named(STAFF),
        "templates": Named(SERVICE),
        "services": Named(SERVICE),
        "exits": Named(Fields(_plain("label"))),
        "events": Named(EVENT),
        "deconditioning": Fields({**_plain("active", "delayed_in", "at_most"), "each_day": Named(PLAIN)}),
        "prices": Fields(_plain("year", "to", "inflation")),
        "interventions": Named(INTERVENTION),
        "budgets": Named(Fields(_plain("label", "amount", "from", "to", "payer", "of", "where"))),
        "sources": Named(PLAIN),
        "published": Items(Fields(_plain("measure", "where", "value", "within", "when", "source", "used"))),
    }
)


def shape_at(keys: list[str]) -> tuple[Shape, bool] | None:
    """The shape these keys lead to, and whether they end inside a leaf; None: no such key."""
    shape: Shape = ROOT
    for i, key in enumerate(keys):
        if isinstance(shape, Leaf):
            if key not in shape.parts:
                return shape, True
            shape = shape.parts[key]
            continue
        if isinstance(shape, Fields):
            if key not in shape.keys:
                return None
            shape = shape.keys[key]
        else:
            shape = shape.each
        if keys[: i + 1] == ["people", "mortality"]:
            shape = NUMBER
    return shape, False
