"""Who has the places or hours of a service, as it is written, into declared providers."""

from __future__ import annotations

import math
from dataclasses import replace

from caresim.durations import HOURS
from caresim.scenario.counts import MOST, in_numbers, names_of
from caresim.scenario.names import is_name
from caresim.scenario.nodes import Node
from caresim.scenario.read_clocks import read_intake, read_opens
from caresim.scenario.read_staff import is_from_staff, read_from_staff
from caresim.scenario.reader import Reader, kind_of
from caresim.scenario.services import BEST_RATED, MOST_FREE, RATINGS, Provider
from caresim.scenario.staff import FromStaff
from caresim.scenario.values import Dated, Personal, Shares, leaves

Capacity = tuple[bool, int | Dated[int] | FromStaff | None, float | Dated[float] | FromStaff | None]
"""Of a service itself: unlimited, places, hours."""


def read_providers(reader: Reader, name: str, service: Node) -> tuple[Provider, ...]:
    """Those of a service in order of names; () where it has a capacity of its own."""
    node = service.get("providers")
    if node is None:
        return ()
    what = "names of providers, for example {elm_court: {places: 40}, oak_house: {places: 25}}"
    entries = reader.mapping(node, what)
    found = [_provider(reader, name, each, entries[each]) for each in sorted(entries, key=in_numbers)]
    for own, entry in entries.items():
        count = entry.get("count")
        if count is not None and reader.whole(count, 1, MOST) is not None:
            # Else it would have been written out.
            twice = next(each for each in names_of(own, entry) if each in entries)
            reader.fault(
                count,
                f'makes a provider "{twice}", which is there already. One that is unlike the others needs a '
                f"name of its own, and {own} a smaller count.",
            )
    unit = "hours" if are_in_hours(service) else "places"
    for provider in found:
        if getattr(provider, unit) is None and (provider.places, provider.hours) != (None, None):
            reader.fault(
                node.entries[provider.name],
                f"needs {unit} like {found[0].name}: a service is counted in places or in hours.",
            )
    return tuple(_closed_with(reader, name, service, found))


def the_service_itself(
    reader: Reader, name: str, label: str, node: Node, capacity: Capacity
) -> tuple[Provider, ...]:
    """A service that may close, as a provider: the only one it has. () where it never closes."""
    closed = node.get("closed")
    if closed is None and name not in reader.names.closing:
        return ()
    unlimited, places, hours = capacity
    if unlimited:
        if closed is not None:
            reader.fault(
                closed,
                f"{name} has unlimited places, and only places or hours that are counted can close. "
                "To stop admissions alone: intake: 0 per day.",
            )
        return ()
    if places is None and hours is None:
        return ()  # Told elsewhere.
    until, put_out_to = (None, None) if closed is None else _closed(reader, closed, name)
    return (
        Provider(
            name=name,
            label=label,
            places=places,
            hours=hours,
            closed=until,
            put_out_to=put_out_to,
            is_service=True,
        ),
    )


def _closed_with(
    reader: Reader, name: str, service: Node, providers: list[Provider]
) -> list[Provider]:
    """All of them closed where the service is, each by its own closure too if that leaves less time."""
    node = service.get("closed")
    if node is None:
        return providers
    until, put_out_to = _closed(reader, node, name)
    return [
        each
        if until is None or (each.closed is not None and each.closed <= until)
        else replace(each, closed=until, put_out_to=put_out_to)
        for each in providers
    ]


def are_in_hours(service: Node) -> bool:
    """Whether the first of a service's providers has hours, as they then all must."""
    node = service.get("providers")
    entries = {} if node is None else node.entries
    return bool(entries) and "hours" in entries[min(entries, key=in_numbers)].entries


def _provider(reader: Reader, service: str, name: str, node: Node) -> Provider:
    get = node.get
    places, hours, rating, closed = get("places"), get("hours"), get("rating"), get("closed")
    if not is_name(name):
        reader.fault(node, f'a name is letters, digits, _ and -, and begins with a letter; got "{name}".')
    if (places is None) == (hours is None):
        got = "neither" if places is None else "both"
        reader.fault(node, f"needs exactly one of places and hours; got {got}.")
    label = get("label")
    words = name.replace("_", " ")
    until, put_out_to = (None, None) if closed is None else _closed(reader, closed, service)
    return Provider(
        name=name,
        label=words[:1].upper() + words[1:] if label is None else reader.text(label),
        places=None if places is None else _places(reader, places),
        hours=None if hours is None else _hours(reader, hours),
        takes=_takes(reader, get("takes")),
        opens=read_opens(reader, get("opens")),
        intake=read_intake(reader, get("intake")),
        rating=None if rating is None else reader.one_of(rating, RATINGS),
        closed=until,
        put_out_to=put_out_to,
    )


def _closed(reader: Reader, node: Node, service: str) -> tuple[float | None, Personal[Shares] | None]:
    """Open (None), closed to admissions (inf) or days until nobody may be there; and where they go then."""
    if isinstance(node.value, bool):
        return math.inf if node.value else None, None
    notice, otherwise = node.get("notice"), node.get("else")
    if notice is None or set(node.entries) - {"notice", "else"}:
        reader.fault(
            node,
            "needs true, false, or how long people have to move, {notice: 28 days}, perhaps with else: where "
            f"those go who have found no other place by then; got {kind_of(node)}.",
        )
        return None, None
    put_out_to = None if otherwise is None else reader.personal(otherwise, reader.route)
    if otherwise is not None and put_out_to is not None:
        if any(service in route for route in leaves(put_out_to)):
            reader.fault(
                otherwise, f"cannot lead back to {service}: without else people wait for a place there."
            )
        if service in reader.names.in_place:
            reader.fault(
                otherwise, f"{service} is in_place: what is under way is finished, and nobody is put out."
            )
    return reader.duration(notice), put_out_to


def _places(reader: Reader, node: Node) -> int | Dated[int] | FromStaff | None:
    if is_from_staff(node):
        return read_from_staff(reader, node, in_hours=False)
    return reader.dated(node, lambda n: reader.whole(n, what="a whole number of places"))


def _hours(reader: Reader, node: Node) -> float | Dated[float] | FromStaff | None:
    if is_from_staff(node):
        return read_from_staff(reader, node, in_hours=True)
    return reader.dated(node, lambda n: reader.quantity(n, HOURS, 0.0, 1e8))


def _takes(reader: Reader, node: Node | None) -> dict[str, tuple[str, ...]]:
    """Attribute -> values, in order of names."""
    found: dict[str, tuple[str, ...]] = {}
    for attribute, entry in sorted(node.entries.items()) if node is not None else ():
        values = reader.names.attributes.get(attribute)
        if reader.known(entry, attribute, reader.names.attributes, "attribute") is None or values is None:
            continue
        found[attribute] = tuple(sorted(set(reader.names_in(entry, values, attribute))))
        if entry.value == []:
            reader.fault(entry, f"is empty: name the {attribute} it takes, or leave {attribute} out.")
    return found


def read_fill(reader: Reader, service: Node, providers: tuple[Provider, ...]) -> str | tuple[str, ...]:
    """Who comes first: one of two words, or a list of names."""
    node = service.get("fill")
    if node is None:
        return MOST_FREE
    if service.get("providers") is None:
        reader.fault(node, "says which provider comes first, and there are no providers.")
        return MOST_FREE
    if not isinstance(node.value, list):
        words = (MOST_FREE, BEST_RATED)
        return reader.one_of(node, words, "a list of providers, first the one filled first, or one of")
    if not providers:
        return MOST_FREE  # told where they should be
    known = [provider.name for provider in providers]
    names = [reader.known(item, item.value, known, "provider") or "" for item in node.items]
    for item, times in zip(node.items, map(names.count, names), strict=True):
        if times > 1 and item.value in known:
            reader.fault(item, f'"{item.value}" is in the list twice.')
            break
    return tuple(names)
