"""Services as they are written, into the declared `Service`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from caresim.distributions import Distribution
from caresim.durations import AMOUNT, DURATION, HAZARD, HOURS
from caresim.scenario.data_files import read_census
from caresim.scenario.nodes import Node
from caresim.scenario.read_clocks import read_intake, read_opens
from caresim.scenario.read_costs import read_cost, read_delay_class
from caresim.scenario.read_distributions import LONGEST, NOTHING, least, read_distribution
from caresim.scenario.read_providers import are_in_hours, read_fill, read_providers, the_service_itself
from caresim.scenario.read_reviews import read_reviews
from caresim.scenario.read_staff import is_from_staff, read_from_staff
from caresim.scenario.reader import Reader, kind_of
from caresim.scenario.services import (
    BACK,
    KINDS,
    STANDARDS,
    Away,
    GiveUp,
    QueueRules,
    Rounds,
    Service,
    Skip,
    Standard,
    StandIn,
    StartWith,
    Taper,
)
from caresim.scenario.staff import FromStaff
from caresim.scenario.values import Dated, Personal, Shares, leaves

Value = TypeVar("Value")
AT_ONCE = Distribution(family="fixed", parameters=(0.0,))
_MEANT = {
    "home_care": "domiciliary",
    "homecare": "domiciliary",
    "hospital": "acute",
    "ward": "acute",
    "care_home": "residential",
    "nursing_home": "nursing",
}
"""Kinds as people call them."""
HIGHEST_HAZARD = 1.0
"""A day: everybody dies within days."""


def read_service(reader: Reader, name: str, node: Node) -> Service:
    """One service, its inherited values included."""
    get = node.get
    in_place = _flag(reader, get("in_place"))
    label = read_label(reader, get("label"), name)
    unlimited, places, hours = capacity = _capacity(reader, node)
    in_hours = hours is not None or are_in_hours(node)
    providers = read_providers(reader, name, node)
    care_time, after = get("care_time"), get("next")
    if care_time is None:
        reader.fault(node, "needs a care_time, for example {exponential: 5 days}.")
    if after is None:
        reader.fault(node, "needs next: where people go when they are ready.")
    amount = _amount(reader, node, hours, in_hours)
    if get("providers") is None and (itself := the_service_itself(reader, name, label, node, capacity)):
        providers, places, hours = itself, None, None
    service = Service(
        name=name,
        label=label,
        kind=_optional(get("kind"), lambda n: _kind(reader, n), "other"),
        in_place=in_place,
        places=places,
        hours=hours,
        unlimited=unlimited,
        providers=providers,
        fill=read_fill(reader, node, providers),
        amount=amount,
        care_time=NOTHING if care_time is None else personal_time(reader, care_time),
        sets=read_attributes(reader, get("sets")),
        next={} if after is None else reader.personal(after, reader.route),
        hold_until_ready=_hold_until_ready(reader, get("hold_until"), in_place),
        queue=_queue(reader, name, get("queue")),
        instead=_stand_ins(reader, name, get("instead"), in_place),
        give_up=_give_up(reader, get("give_up")),
        away=_away(reader, name, get("away"), in_place),
        reviews=read_reviews(
            reader,
            get("reviews"),
            in_place=in_place,
            in_hours=get("hours") is not None or in_hours,
            tapers=amount is not None and any(isinstance(leaf, Taper) for leaf in leaves(amount)),
        ),
        opens=read_opens(reader, get("opens")),
        intake=read_intake(reader, get("intake")),
        rounds=_rounds(reader, get("rounds")),
        standard=_standard(reader, node, in_place),
        mortality=0.0 if (dying := get("mortality")) is None else read_mortality(reader, dying),
        start_with=_start_with(reader, name, node, in_place),
        dtoc=read_delay_class(reader, get("dtoc")),
        cost=read_cost(
            reader,
            get("cost"),
            in_places=(get("places") is not None and not unlimited) or (bool(providers) and not in_hours),
            in_hours=get("hours") is not None or in_hours,
        ),
    )
    return service


def read_label(reader: Reader, node: Node | None, name: str) -> str:
    """What people see; by default the name in words."""
    if node is not None:
        return reader.text(node)
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def read_mortality(reader: Reader, node: Node) -> Personal[float]:
    """A hazard a day; deaths need the exit `died`."""
    if "died" not in reader.names.exits:
        reader.fault(node, 'needs the exit "died" for those who die. Add it to exits: {died: {}}.')
    return reader.personal(node, lambda n: reader.quantity(n, HAZARD, 0.0, HIGHEST_HAZARD) or 0.0)


def read_attributes(reader: Reader, node: Node | None) -> dict[str, Personal[Shares]]:
    """Attribute -> shares of its values, each after those it is `by:`, else in order of names."""
    entries = {} if node is None else node.entries
    tables = {name: read_values(reader, entry) for name, entry in entries.items()}
    return {name: tables[name] for name in in_order_of_need(reader, entries)}


def read_values(reader: Reader, node: Node) -> Personal[Shares]:
    return reader.personal(node, lambda n: reader.shares(n, None, "value"))


def in_order_of_need(reader: Reader, entries: dict[str, Node]) -> list[str]:
    """Attributes such that each comes after those of `entries` it goes by; ties by name."""
    needs = {name: attributes_used(entry) & set(entries) for name, entry in entries.items()}
    order: list[str] = []
    while len(order) < len(needs):
        free = sorted(name for name in needs if name not in order and needs[name] <= set(order))
        if not free:
            circle = sorted(name for name in needs if name not in order)
            them = " and ".join(circle)
            reader.fault(entries[circle[0]], f"{them} go by each other, so none can be drawn first.")
            return order + circle
        order.append(free[0])
    return order


def attributes_used(node: Node) -> set[str]:
    """Every attribute a value goes `by:`."""
    found = {str(node.entries["by"].value)} if "by" in node.entries else set()
    return found.union(*(attributes_used(child) for child in [*node.entries.values(), *node.items]))


def personal_time(reader: Reader, node: Node) -> Personal[Distribution]:
    return reader.personal(node, lambda n: read_distribution(reader, n, DURATION))


def leaf_nodes(node: Node) -> list[Node]:
    """Where every value of a by-table is written, at any depth."""
    if "by" not in node.entries:
        return [node]
    return [leaf for key, entry in node.entries.items() if key != "by" for leaf in leaf_nodes(entry)]


def _kind(reader: Reader, node: Node) -> str:
    meant = _MEANT.get(str(node.value).lower().replace(" ", "_"))
    if meant is None:
        return reader.one_of(node, KINDS)
    reader.fault(node, f'needs one of {", ".join(KINDS)}; got "{node.value}". Did you mean "{meant}"?')
    return ""


def _optional(node: Node | None, read: Callable[[Node], Value], default: Value) -> Value:
    return default if node is None else read(node)


def _flag(reader: Reader, node: Node | None) -> bool:
    return node is not None and reader.true_or_false(node)


# Capacity


def _capacity(
    reader: Reader, node: Node
) -> tuple[bool, int | Dated[int] | FromStaff | None, float | Dated[float] | FromStaff | None]:
    places, hours, providers = node.get("places"), node.get("hours"), node.get("providers")
    written = [key for key in ("places", "hours", "providers") if node.get(key) is not None]
    if len(written) != 1:
        what = "exactly one of places (a number, or unlimited) and hours"
        got = "neither"
        if providers is not None:
            what, got = "exactly one of places, hours and providers", " and ".join(written)
        elif written:
            got = "both"
        reader.fault(node, f"needs {what}; got {got}.")
        return False, None, None
    if providers is not None:
        return False, None, None
    if places is None:
        assert hours is not None
        if is_from_staff(hours):
            return False, None, read_from_staff(reader, hours, in_hours=True)
        return False, None, reader.dated(hours, lambda n: reader.quantity(n, HOURS, 0.0, 1e8))
    if places.value == "unlimited":
        return True, None, None
    if is_from_staff(places):
        return False, read_from_staff(reader, places, in_hours=False), None
    return False, reader.dated(places, lambda n: _places(reader, n)), None


def _places(reader: Reader, node: Node) -> int | None:
    if isinstance(node.value, str):
        quotes = " Write it without quotes." if node.value.isdecimal() else ""
        reader.fault(node, f'needs a whole number, 0 or more, or unlimited; got "{node.value}".{quotes}')
        return None
    return reader.whole(node)


def _amount(
    reader: Reader, node: Node, hours: float | Dated[float] | FromStaff | None, in_hours: bool
) -> Personal[Distribution | Taper] | None:
    amount, capacity = node.get("amount"), node.get("hours")
    if amount is None:
        if in_hours or (capacity is not None and node.get("places") is None):
            reader.fault(
                node, 'needs an amount: what each person takes of its hours, for example "12 hours per week".'
            )
        return None
    if capacity is None and not in_hours:
        reader.fault(amount, "only a service counted in hours has an amount.")
    before = len(reader.faults)
    found = reader.personal(amount, lambda n: _one_amount(reader, n))
    if hours is None or isinstance(hours, FromStaff):
        return found
    if len(reader.faults) == before and not reader.in_event:
        _check_fits(reader, amount, found, hours)
    return found


def _one_amount(reader: Reader, node: Node) -> Distribution | Taper:
    if not {"first", "last"} & set(node.entries):
        return read_distribution(reader, node, AMOUNT)
    for key, entry in node.entries.items():
        reader.known(entry, key, ("first", "last"), "part of a tapering amount")
    ends = [node.get(key) for key in ("first", "last")]
    if None in ends:
        example = "{first: 28 hours per week, last: 7 hours per week}"
        reader.fault(node, f"needs first and last, for example {example}.")
    first, last = (
        0.0 if end is None else reader.quantity(end, AMOUNT, 0.0, LONGEST[AMOUNT.name]) or 0.0 for end in ends
    )
    return Taper(first=first, last=last)


def _check_fits(
    reader: Reader, node: Node, amount: Personal[Distribution | Taper], hours: float | Dated[float]
) -> None:
    """What can never fit, whatever is drawn, waits for ever: rule 4."""
    most = max((value for _, value in hours.values), default=0.0) if isinstance(hours, Dated) else hours
    found: list[Distribution | Taper] = leaves(amount)
    for leaf in found:
        smallest = leaf.first if isinstance(leaf, Taper) else least(leaf)
        # Hours of 0 close the service, which an event may open.
        if smallest > most > 0:
            reader.fault(
                node,
                f"can never fit: it is at least {smallest:g} hours per week, and there are {most:g} in all.",
            )
            return


def _standard(reader: Reader, service: Node, in_place: bool) -> Standard | None:
    node, hold = service.get("standard"), service.get("hold_until")
    if node is None:
        return None
    within, of = node.get("within"), node.get("of")
    if within is None:
        reader.fault(node, "needs within: how long is in time, for example {within: 28 days, of: wait}.")
    what = STANDARDS[0] if of is None else reader.one_of(of, STANDARDS)
    if of is not None and what == "delay":
        if in_place:
            reader.fault(of, "nobody is delayed in a service that is in_place: no place is held in it.")
        elif hold is not None and hold.value == "ready":
            reader.fault(of, "nobody is delayed where places are given up at ready (hold_until: ready).")
    return Standard(within=0.0 if within is None else reader.duration(within) or 0.0, of=what)


# Queue, stand-ins, giving up


def _hold_until_ready(reader: Reader, node: Node | None, in_place: bool) -> bool:
    if node is None:
        return False
    if in_place:
        reader.fault(node, "says nothing for a service that is in_place: no place is held in it.")
    return reader.one_of(node, ("admitted", "ready")) == "ready"


def _queue(reader: Reader, name: str, node: Node | None) -> QueueRules:
    if node is None:
        return QueueRules()
    skip, priority, room, other = (node.get(key) for key in ("skip", "priority", "room", "else"))
    until = None if skip is None else skip.get("until_waited")
    if skip is not None and until is None:
        reader.fault(skip, "needs until_waited, for example {until_waited: 14 days}.")
    otherwise = None if other is None else reader.personal(other, reader.route)
    if other is not None and otherwise is not None and any(name in route for route in leaves(otherwise)):
        reader.fault(other, "cannot lead back here: whoever is turned away would be turned away again.")
    return QueueRules(
        skip=None if until is None else Skip(until_waited=reader.duration(until) or 0.0),
        priority=1
        if priority is None
        else reader.personal(priority, lambda n: reader.whole(n, 1, 1000) or 1, origins=True),
        room=None if room is None else reader.personal(room, lambda n: _room(reader, n), origins=True),
        otherwise=otherwise,
    )


def _room(reader: Reader, node: Node) -> int | None:
    return None if node.value == "unlimited" else reader.whole(node, what="a number of people or unlimited")


def _stand_ins(reader: Reader, name: str, node: Node | None, in_place: bool) -> tuple[StandIn, ...]:
    if node is None:
        return ()
    items = reader.list_of(node, "stand-ins, for example [{after: 5 days, to: reablement}]")
    return tuple(_stand_in(reader, name, item, in_place) for item in items)


def _stand_in(reader: Reader, name: str, node: Node, in_place: bool) -> StandIn:
    after, to, only, bridge = (node.get(key) for key in ("after", "to", "only_from", "bridge"))
    keeps = node.get("keeps_turn")
    keeps_turn = _flag(reader, keeps)
    target = None
    if to is None:
        reader.fault(node, "needs to: the service that takes people meanwhile.")
    else:
        target = reader.known(to, to.value, reader.names.services, "service")
        if target == name:
            reader.fault(to, "a service cannot stand in for itself.")
        if target in reader.names.in_place:
            reader.fault(to, f"{target} is in_place: nobody can be in it meanwhile.")
    if keeps is not None and keeps_turn and in_place:
        reader.fault(keeps, "a step that is in_place cannot be waited for in a stand-in that keeps the turn.")
    if bridge is not None:
        reader.one_of(bridge, ("only",))
        if not keeps_turn:
            reader.fault(bridge, "needs keeps_turn: true: nobody bridges who has given up the first queue.")
    return StandIn(
        after=AT_ONCE if after is None else personal_time(reader, after),
        to=target or "",
        keeps_turn=keeps_turn,
        only_from=None
        if only is None
        else frozenset(reader.names_in(only, reader.names.origins, "service or stream")),
        bridge_only=bridge is not None,
    )


def _give_up(reader: Reader, node: Node | None) -> GiveUp | None:
    if node is None:
        return None
    after, to = node.get("after"), node.get("to")
    if after is None or to is None:
        reader.fault(node, "needs after and to, for example {after: 60 days, to: home}.")
        return None
    return GiveUp(after=personal_time(reader, after), to=reader.personal(to, reader.route))


# Hospital, the place kept


def _away(reader: Reader, name: str, node: Node | None, in_place: bool) -> Away | None:
    if node is None:
        return None
    if in_place:
        reader.fault(node, "says nothing for a service that is in_place: no place is held in it.")
    rate, to, keep, pay, after = (node.get(key) for key in ("rate", "to", "keep", "pay", "next"))
    again = node.get("find_again")
    missing = [key for key, there in (("rate", rate), ("to", to), ("keep", keep)) if there is None]
    if missing:
        example = "{rate: 0.6 per year, to: ward, keep: 14 days}"
        reader.fault(node, f"needs {' and '.join(missing)}, for example {example}.")
    return Away(
        rate=0.0 if rate is None else reader.personal(rate, lambda n: _hospital_rate(reader, n)),
        to="" if to is None else reader.personal(to, lambda n: _hospital(reader, name, n)),
        keep=0.0 if keep is None else reader.duration(keep) or 0.0,
        pay=None if pay is None else reader.duration(pay),
        next={BACK: 1.0} if after is None else reader.personal(after, lambda n: _back_route(reader, name, n)),
        find_again=None if again is None else reader.personal(again, lambda n: _way_back(reader, n)),
    )


def _hospital_rate(reader: Reader, node: Node) -> float:
    return reader.quantity(node, HAZARD, 0.0, HIGHEST_HAZARD) or 0.0


def _hospital(reader: Reader, name: str, node: Node) -> str:
    if isinstance(node.value, dict | list):
        example = "{by: site, east: one_hospital, else: another}"
        needs = f"the name of a service, or a table by an attribute such as {example}"
        advice = "Shares are not drawn here: draw an attribute by them and go by that."
        reader.fault(node, f"needs {needs}; got {kind_of(node)}. {advice}")
        return ""
    target = reader.known(node, node.value, reader.names.services, "service")
    if target == name:
        reader.fault(node, "leads to the service itself: name the one that admits these people.")
    elif target in reader.names.in_place:
        reader.fault(node, f"{target} is in_place: nobody can be admitted to it.")
    return target or ""


def _back_route(reader: Reader, name: str, node: Node) -> Shares:
    """A route that may lead back, and says so by that word."""
    if BACK in reader.names.targets:
        reader.fault(node, f'"{BACK}" means the kept place here: give the service or exit another name.')
    if node.value == name or name in node.entries:
        reader.fault(node.entries.get(name, node), f'write "{BACK}" for the way back to {name}.')
        return {}
    return reader.shares(node, [BACK, *reader.names.targets], "service or exit")


def _way_back(reader: Reader, node: Node) -> Shares:
    """Services that those begin with whose place is gone: out of the system leads `next`."""
    return reader.shares(node, reader.names.services, "service")


# Clocks


def _rounds(reader: Reader, node: Node | None) -> Rounds | None:
    if node is None:
        return None
    hours, seen = node.get("hours"), node.get("seen")
    shares = {} if seen is None else reader.by_weekday(seen, reader.share)
    if seen is not None and len(shares) == 7 and not any(shares.values()):
        reader.fault(seen, "is 0 on every day, so nobody would ever be ready.")
    return Rounds(
        hours=(0.0, 1.0) if hours is None else reader.clock(hours),
        seen={day: share or 0.0 for day, share in shares.items()},
    )


# The start


def _start_with(reader: Reader, name: str, service: Node, in_place: bool) -> StartWith:
    node, hold = service.get("start_with"), service.get("hold_until")
    if node is None:
        return StartWith()
    get = node.get
    elapsed = get("elapsed")
    if elapsed is not None and "file" in elapsed.entries:
        for key, entry in node.entries.items():
            if key != "elapsed":
                reader.fault(entry, "a census file says who is here: leave this out.")
        return StartWith(file=read_census(reader, elapsed.entries["file"], name))
    delayed: dict[str, int] = {}
    for target, entry in (get("delayed") or node.with_entries({})).entries.items():
        reader.known(entry, target, reader.names.services, "service")
        delayed[target] = reader.whole(entry) or 0
    held = [get(key) for key in ("in_care", "delayed")]
    for present in held:
        if in_place and present is not None:
            reader.fault(present, "nobody can be in a service that is in_place at the start.")
    if held[1] is not None and hold is not None and hold.value == "ready":
        reader.fault(held[1], "nobody is delayed where places are given up at ready (hold_until: ready).")
    waited, who = get("waited"), get("who")
    return StartWith(
        in_care=_optional(get("in_care"), lambda n: reader.whole(n) or 0, 0),
        delayed=delayed,
        waiting=_optional(get("waiting"), lambda n: reader.whole(n) or 0, 0),
        elapsed="equilibrium" if elapsed is None else _elapsed(reader, elapsed),
        waited=None if waited is None else personal_time(reader, waited),
        who=None if who is None else _who(reader, who),
    )


def _elapsed(reader: Reader, node: Node) -> str | Distribution:
    if isinstance(node.value, str) and not node.value[:1].isdigit():
        return reader.one_of(node, ("equilibrium", "fresh"), "a distribution, or one of")
    return read_distribution(reader, node, DURATION)


def _who(reader: Reader, node: Node) -> dict[str, Personal[Shares]]:
    for attribute, entry in node.entries.items():
        values = reader.names.attributes.get(attribute)
        if reader.known(entry, attribute, reader.names.attributes, "attribute") and values:
            reader.personal(entry, lambda n, v=values: reader.shares(n, v, "value"))  # type: ignore[misc]
    return read_attributes(reader, node)
