"""Staff as they are written, into declared groups and the capacities that come from them."""

from __future__ import annotations

from collections.abc import Iterator

from caresim.durations import AMOUNT, HAZARD, RATE, format_number
from caresim.scenario.near_paths import listed
from caresim.scenario.nodes import Node
from caresim.scenario.reader import SHARES_TOLERANCE, Reader
from caresim.scenario.services import Provider, Service
from caresim.scenario.shape import STAFFED
from caresim.scenario.staff import ELSEWHERE, MONTHS, FromStaff, StaffCost, StaffGroup
from caresim.scenario.values import Shares

MOST_POSTS = 100_000
MOST_JOINERS = 1_000.0
"""A day."""
HOURS_OF_A_WEEK = 168.0
MOST_PLACES_EACH = 1_000.0


def read_staff_group(reader: Reader, name: str, node: Node) -> StaffGroup:
    """One group of staff."""
    get = node.get
    posts, in_post, joiners, leavers = (get(key) for key in ("posts", "in_post", "joiners", "leavers"))
    leave_to, induction, sickness, contact = (
        get(key) for key in ("leave_to", "induction", "sickness", "contact")
    )
    label, cost = get("label"), get("cost")
    if posts is None:
        reader.fault(node, "needs posts: how many are funded, for example 60.")
    return StaffGroup(
        name=name,
        label=_label(name) if label is None else reader.text(label),
        posts=0 if posts is None else reader.dated(posts, lambda n: reader.whole(n, 0, MOST_POSTS)) or 0,
        in_post=None if in_post is None else reader.whole(in_post, 0, MOST_POSTS),
        joiners=0.0
        if joiners is None
        else reader.dated(joiners, lambda n: reader.quantity(n, RATE, 0.0, MOST_JOINERS)) or 0.0,
        leavers=0.0
        if leavers is None
        else reader.dated(leavers, lambda n: reader.quantity(n, HAZARD, 0.0, 1.0)) or 0.0,
        leave_to=None if leave_to is None else _leave_to(reader, name, leave_to),
        induction=0.0 if induction is None else reader.duration(induction) or 0.0,
        sickness=(0.0,) * 12 if sickness is None else _sickness(reader, sickness),
        contact=None
        if contact is None
        else reader.dated(contact, lambda n: reader.quantity(n, AMOUNT, 0.0, HOURS_OF_A_WEEK)),
        cost=None if cost is None else _cost(reader, cost),
    )


def _label(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _leave_to(reader: Reader, name: str, node: Node) -> Shares:
    if name == node.value or name in node.entries:
        reader.fault(node, "nobody leaves for the group they are in.")
    return reader.shares(node, [*reader.names.staff, ELSEWHERE], "group of staff")


def _sickness(reader: Reader, node: Node) -> tuple[float, ...]:
    """One share, or one for each month, January first."""
    if not isinstance(node.value, dict):
        return ((reader.share(node) or 0.0),) * 12
    found: dict[str, float] = {}
    for key, entry in reader.mapping(node, "a share, or shares by month, {jan: 8%, else: 5%}").items():
        if key != "else":
            reader.known(entry, key, MONTHS, "month")
        found[key] = reader.share(entry) or 0.0
    missing = [month for month in MONTHS if month not in found]
    if missing and "else" not in found and found:
        add = f"Add {missing[0]}: ... or else: ..."
        reader.fault(node, f"by month says nothing for {', '.join(missing)}. {add}")
    return tuple(found.get(month, found.get("else", 0.0)) for month in MONTHS)


def _cost(reader: Reader, node: Node) -> StaffCost | None:
    price, payer = node.get("per_post_year"), node.get("payer")
    if price is None or payer is None:
        example = "{per_post_year: 31 thousand, payer: council}"
        reader.fault(node, f"needs per_post_year and payer, for example {example}.")
        return None
    if "by" in payer.entries:
        reader.fault(
            payer,
            "cannot go by what people are: staff work for all of them. Name who pays, or shares, "
            "for example {council: 0.8, nhs: 0.2}.",
        )
        return None
    return StaffCost(per_post_year=reader.pounds(price) or 0.0, payer=reader.shares(payer, None, "payer"))


# ---------------------------------------------------------------- capacities from staff


def is_from_staff(node: Node) -> bool:
    """Whether a capacity is written as a mapping of what staff can do, not as a number or dated numbers."""
    return bool(set(STAFFED) & set(node.entries))


def read_from_staff(reader: Reader, node: Node, *, in_hours: bool) -> FromStaff:
    """`{staff: GROUP, share: 0.6}` of hours; `{staff: GROUP, per_worker: 2.5}` of places."""
    for key, entry in node.entries.items():
        reader.known(entry, key, STAFFED, "key")
    staff, share, per_worker = (node.get(key) for key in STAFFED)
    group = ""
    if staff is None:
        reader.fault(node, "needs staff: the group whose work it is.")
    else:
        group = reader.known(staff, staff.value, reader.names.staff, "group of staff") or ""
    if in_hours and per_worker is not None:
        reader.fault(per_worker, "hours come from the contact hours of the group: only places have this.")
    if not in_hours and per_worker is None:
        reader.fault(node, "needs per_worker: places that one worker looks after, for example 2.5.")
    return FromStaff(
        group=group,
        share=1.0 if share is None else reader.share(share) or 0.0,
        per_worker=None
        if per_worker is None
        else reader.number(per_worker, 0.0, MOST_PLACES_EACH, "places of one worker") or 0.0,
    )


def from_staff(owner: Service | Provider) -> FromStaff | None:
    """Whose work the capacity of a service or provider is; None: it has one of its own."""
    capacity = owner.hours if owner.places is None else owner.places
    return capacity if isinstance(capacity, FromStaff) else None


def groups_of(service: Service) -> list[str]:
    """The groups whose work a service's capacity is, or that of one of its providers, in order of names."""
    owners: tuple[Service | Provider, ...] = (service, *service.providers)
    capacities = [from_staff(owner) for owner in owners]
    return sorted({capacity.group for capacity in capacities if capacity is not None})


def _owners(
    services: dict[str, Service], root: Node
) -> Iterator[tuple[str, Service | Provider, Node]]:
    """(name, service or provider, where it is written) of all that have a capacity."""
    for name, service in services.items():
        node = root.entries["services"].entries[name]
        yield name, service, node
        for provider in service.providers:
            if provider.is_service:
                yield name, provider, node
                continue
            own = node.entries["providers"].entries[provider.name]
            yield f"{name}.{provider.name}", provider, own


def check_staffed(
    reader: Reader, services: dict[str, Service], staff: dict[str, StaffGroup], root: Node
) -> None:
    """Nobody's time is given twice, and hours need to know how many a worker gives."""
    given: dict[str, list[tuple[str, float, Node]]] = {}
    for name, owner, above in _owners(services, root):
        capacity = from_staff(owner)
        if capacity is None or capacity.group not in staff:
            continue
        node = above.get("places") or above.get("hours") or above
        if capacity.per_worker is None and staff[capacity.group].contact is None:
            reader.fault(
                node,
                f"needs contact in staff.{capacity.group}: what one worker gives, for example "
                "20 hours per week.",
            )
        given.setdefault(capacity.group, []).append((name, capacity.share, node.get("share") or node))
    for group, shares in given.items():
        total = sum(share for _, share, _ in shares)
        if total > 1 + SHARES_TOLERANCE:
            nodes = [node for _, _, node in shares]
            # Where an event makes it too much, there.
            at = next((node for node in nodes if node.path.startswith("events.")), nodes[-1])
            over = listed(name for name, _, _ in shares)
            message = f"shares of staff.{group} add up to {format_number(round(total, 9))}, over {over}"
            reader.fault(at, f"{message}: 1 is all there is.")
