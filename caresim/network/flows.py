"""How many people come through each service in the long run, before any waiting is simulated.

The traffic equations: what comes to a service is what arrives there plus what others send on,
followed class by class, with what services set, in-place steps, readmission and death. Waiting
changes nothing here: stand-ins, giving up, turning away and deaths while waiting are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import linalg

from caresim.distributions import Distribution
from caresim.network.checks import every
from caresim.network.classes import Class, class_shares, piece_at, unset_class, with_code
from caresim.network.network import FROM, Network, Rounds, Service, Stream, Table, Taper
from caresim.network.rates import grown
from caresim.network.reviewing import Outcomes, Reviewed, Times, of_at_least, outcomes_of, reviewed
from caresim.network.tables import leaf_at, shares_of

# Of those who go on, so many do: a loop nobody ever leaves then shows as an enormous flow, not as a failure.
DAMPING = 1.0 - 1e-12
GRID = (np.arange(4096) + 0.5) / 4096
State = tuple[int, Class, int]
"""(service, attribute codes, NOBODY or the one they are away from, on the way back to or under review in)."""
NOBODY = -1


def going_back(home: int, n_services: int) -> int:
    """What stands in a state for the service that somebody is on the way back to, their place gone."""
    return n_services + home


def under_review(home: int) -> int:
    """What stands in a state for the service whose care a review is of."""
    return -2 - home


@dataclass(frozen=True, slots=True)
class Care:
    """A care time as a service gives it to one class of people."""

    mean: float
    """Really drawn, rounds and deaths included [days]."""
    drawn: float
    """Really drawn, before rounds and deaths."""
    declared: float
    """Before `min`, `max` and `at_most`."""
    capped: float
    removed: float
    survives: float
    """Share who do not die during it."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a flow of one person a day through a service holds there, by class."""

    care: Care
    amount: float
    """Places (1), or hours per week, over the care time."""
    to_hospital: float = 0.0
    """Admissions to hospital from care here."""
    kept: float = 0.0
    """Days the place is kept for them."""
    reviewed: Reviewed | None = None
    """What reviews make of care here, of one who is reviewed."""
    outcomes: Outcomes | None = None
    share_reviewed: float = 0.0

    @property
    def reviews(self) -> float:
        """That become due."""
        return 0.0 if self.reviewed is None else self.share_reviewed * self.reviewed.asked

    @property
    def hours_freed(self) -> float:
        """Hours per week by which reviews make the package smaller."""
        return 0.0 if self.reviewed is None else self.share_reviewed * self.reviewed.freed


@dataclass(frozen=True, slots=True)
class Ends:
    """How care ends but for reviews."""

    distribution: Distribution
    hazard: float
    added: float
    """Days until a round finds it."""


@dataclass(slots=True)
class System:
    """The services as they are in one span of time, and who goes where in it."""

    services: Sequence[Service]
    mortality: Table[float]
    """Everywhere."""
    relevant: frozenset[int]
    """Attributes that routes, care times or amounts go by."""
    states: dict[State, int] = field(default_factory=dict)
    held: dict[State, Held] = field(default_factory=dict)
    onward: list[list[tuple[int, float]]] = field(default_factory=list)

    def number(self, state: State) -> int:
        """The row of a state; a new one is followed wherever it leads."""
        if state not in self.states:
            todo = [state]
            self._add(state)
            while todo:
                todo += self._follow(todo.pop())
        return self.states[state]

    def _add(self, state: State) -> None:
        self.states[state] = len(self.states)
        self.onward.append([])

    def _follow(self, state: State) -> list[State]:
        number, class_before, home = state
        service, n = self.services[number], len(self.services)
        if home < NOBODY:  # A review, after which they are where they were.
            self.held[state] = self._review(class_before, -2 - home)
            return []
        self.held[state] = held = self._held(number, class_before, home)
        new = []
        shares: dict[State, float] = {}
        rule = self.services[home].away if NOBODY < home < n else None
        routes, after = service.next, {class_before: 1.0}
        if rule is None:
            after = after_sets(service, class_before, self.relevant)
        else:
            routes = rule.next
        # Who comes back is counted in the care they go on with, also after what they ask for first.
        back_to, on_the_way = (home - n, home) if home >= n else (home, NOBODY)
        for class_, share in after.items():
            choice = leaf_at(routes, class_)
            for target, part in shares_of(choice) if choice is not None else ():
                if target < n and target != back_to:
                    key = (target, class_, on_the_way)
                    shares[key] = shares.get(key, 0.0) + share * part * held.care.survives
                elif target == home and rule is not None and rule.find_again is not None:
                    again = share * part * held.care.survives * self._too_late(number, class_, rule.keep)
                    first_choice = leaf_at(rule.find_again, class_)
                    for first, first_part in shares_of(first_choice) if first_choice is not None else ():
                        if first != home:
                            key = (first, class_, going_back(home, n))
                            shares[key] = shares.get(key, 0.0) + again * first_part
        if service.away is not None and held.to_hospital > 0:
            hospital = leaf_at(service.away.to, class_before)
            if hospital is not None:
                shares[hospital, class_before, number] = held.to_hospital
        if service.reviews is not None and home == NOBODY:
            for key, share in self._sent_by_reviews(number, class_before, held):
                shares[key] = shares.get(key, 0.0) + share
        for key, share in shares.items():
            if key not in self.states:
                self._add(key)
                new.append(key)
            self.onward[self.states[state]].append((self.states[key], share))
        return new

    def _held(self, number: int, class_: Class, home: int) -> Held:
        service = self.services[number]
        distribution = leaf_at(service.care_time, class_)
        if distribution is None:
            return Held(Care(0.0, 0.0, 0.0, 0.0, 0.0, 1.0), 0.0)
        hazard, added, amount = self._hazard(service, class_), rounds_add(service.rounds), 1.0
        if service.in_hours:
            declared = leaf_at(service.amount, class_) if service.amount is not None else None
            amount = 0.0 if declared is None else hours_held(declared, distribution)
        rate = leaf_at(service.away.rate, class_) if service.away is not None else None
        kept = 0.0
        if rate and home == NOBODY:
            comes_back, kept = self._in_hospital(number, class_)
            # Care goes on where it was left, so it ends early for those only who die or do not come back.
            hazard += rate * (1.0 - comes_back)
        else:
            rate = 0.0
        held = Held(care_of(distribution, hazard, added), amount)
        if service.reviews is not None and home == NOBODY:
            held = self._under_review(service, class_, held, Ends(distribution, hazard, added))
        away = rate * held.care.mean
        return replace(held, to_hospital=away, kept=away * kept)

    def _under_review(self, service: Service, class_: Class, held: Held, ends: Ends) -> Held:
        """The same with the reviews there are, of those who take enough to be reviewed."""
        rules = service.reviews
        assert rules is not None
        first, outcomes = leaf_at(rules.first, class_), outcomes_of(rules, class_)
        if first is None or outcomes is None:
            return held
        every = None if rules.every is None else leaf_at(rules.every, class_)
        takes = None if rules.care_time is None else leaf_at(rules.care_time, class_)
        declared = leaf_at(service.amount, class_) if service.amount is not None else None
        share, hours, other_hours = of_at_least(declared, rules.at_least)
        if isinstance(declared, Taper):
            hours = held.amount
        times = Times(ends.distribution, first, every, 0.0 if takes is None else takes.mean(), ends.hazard)
        found, plain = reviewed(times, outcomes, hours), held.care
        going = found.runs_out + sum(
            part for code, part in found.ended(outcomes) if rules.effects[code].next is None
        )
        mean = share * (found.care + ends.added * found.runs_out) + (1.0 - share) * plain.mean
        # Hours per week over the days they are held, so that these times the mean are right.
        day_hours = share * found.hours + (1.0 - share) * other_hours * plain.mean
        care = replace(plain, mean=mean, survives=share * going + (1.0 - share) * plain.survives)
        amount = day_hours / mean if service.in_hours and mean > 0 else held.amount
        return replace(
            held, care=care, amount=amount, reviewed=found, outcomes=outcomes, share_reviewed=share
        )

    def _too_late(self, hospital: int, class_: Class, keep: float) -> float:
        """The share of those ready in hospital whose place is gone."""
        service = self.services[hospital]
        stay = leaf_at(service.care_time, class_)
        return 0.0 if stay is None else 1.0 - back_in_time(stay, rounds_add(service.rounds), keep)

    def care_time_of(self, state: State) -> Distribution | None:
        """As drawn by those of a state."""
        number, class_, home = state
        if home >= NOBODY:
            return leaf_at(self.services[number].care_time, class_)
        rules = self.services[-2 - home].reviews
        return None if rules is None or rules.care_time is None else leaf_at(rules.care_time, class_)

    def _review(self, class_: Class, home: int) -> Held:
        """A review, in the team that does it."""
        rules = self.services[home].reviews
        assert rules is not None
        takes = None if rules.care_time is None else leaf_at(rules.care_time, class_)
        if takes is None:
            return Held(Care(0.0, 0.0, 0.0, 0.0, 0.0, 1.0), 0.0)
        amount = leaf_at(rules.amount, class_) if rules.amount is not None else None
        hours = 1.0 if amount is None else amount.first / 60.0 if isinstance(amount, Taper) else amount.mean()
        return Held(care_of(takes, 0.0, 0.0), hours)

    def _sent_by_reviews(self, number: int, class_: Class, held: Held) -> Iterator[tuple[State, float]]:
        """To the team that does them, and where those go whose care they end in a way of its own."""
        rules = self.services[number].reviews
        assert rules is not None
        if held.reviewed is None or held.outcomes is None:
            return
        if rules.by is not None and held.reviews > 0:
            yield (rules.by, class_, under_review(number)), held.reviews
        for code, share in held.reviewed.ended(held.outcomes):
            route = rules.effects[code].next
            choice = None if route is None else leaf_at(route, class_)
            for target, part in shares_of(choice) if choice is not None else ():
                if target < len(self.services):
                    yield (target, class_, NOBODY), held.share_reviewed * share * part

    def _hazard(self, service: Service, class_: Class) -> float:
        return (leaf_at(self.mortality, class_) or 0.0) + (leaf_at(service.mortality, class_) or 0.0)

    def _in_hospital(self, home: int, class_: Class) -> tuple[float, float]:
        """The share of those in hospital who come back into care; the mean days their place is kept."""
        rule = self.services[home].away
        assert rule is not None
        to = leaf_at(rule.to, class_)
        if to is None:
            return 0.0, 0.0
        hospital = self.services[to]
        stay, routes = leaf_at(hospital.care_time, class_), leaf_at(rule.next, class_)
        if stay is None or routes is None:
            return 0.0, 0.0
        own = leaf_at(self.services[home].mortality, class_) or 0.0
        hazard = self._hazard(hospital, class_)
        survives, kept = kept_days(stay, rounds_add(hospital.rounds), hazard, own, rule.keep)
        return survives * sum(part for target, part in shares_of(routes) if target == home), kept

    def solve(self, arrivals: Sequence[dict[State, float]]) -> NDArray[np.float64]:
        """People a day through each state (rows) for each of several arrivals (columns)."""
        for each in arrivals:
            for state in each:
                self.number(state)
        size = len(self.states)
        coming = np.zeros((size, len(arrivals)))
        for column, each in enumerate(arrivals):
            for state, rate in each.items():
                coming[self.states[state], column] += rate
        if not size:
            return coming
        links = [(to, since, share) for since, row in enumerate(self.onward) for to, share in row]
        matrix = sparse.identity(size, format="csc")
        if links:
            to, since, share = zip(*links, strict=True)
            matrix = matrix - DAMPING * sparse.csc_matrix((share, (to, since)), shape=(size, size))
        return np.asarray(linalg.splu(sparse.csc_matrix(matrix)).solve(coming))


def after_sets(service: Service, class_: Class, relevant: Iterable[int]) -> dict[Class, float]:
    """The class of someone at ready, after what the service sets."""
    wanted = set(relevant)
    shares = {class_: 1.0}
    for attribute, table in service.sets:
        if attribute not in wanted:
            continue
        grown: dict[Class, float] = {}
        for before, share in shares.items():
            choice = leaf_at(table, before)
            for code, part in shares_of(choice) if choice is not None else ():
                after = with_code(before, attribute, code)
                grown[after] = grown.get(after, 0.0) + share * part
        shares = grown
    return shares


@lru_cache(maxsize=4096)  # A system has few of these, and each is asked for once a class and month.
def care_of(distribution: Distribution, hazard: float, added: float) -> Care:
    """The mean care time under a hazard of death and with the days rounds add."""
    drawn = distribution.mean()
    changed = distribution.share_changed()
    mean, survives = drawn, 1.0
    if hazard > 0 and drawn > 0:
        values = distribution.quantiles(GRID)
        if hazard * drawn < 0.05:
            # Few die: take the small loss from the exact mean.
            mean = drawn - float((values + np.expm1(-hazard * values) / hazard).mean())
        else:
            mean = float(-np.expm1(-hazard * values).mean()) / hazard
        survives = 1.0 - hazard * mean
    whole = mean + added * survives
    return Care(whole, drawn, distribution.declared_mean(), changed.capped, changed.removed, survives)


@lru_cache(maxsize=4096)
def kept_days(
    stay: Distribution, added: float, hazard: float, while_kept: float, keep: float
) -> tuple[float, float]:
    """Of hospital stays, the share survived; and the mean days a place is kept meanwhile, deaths included.

    Args:
        hazard: of death there; `while_kept` comes on top as long as the place is kept.
    """
    days = stay.quantiles(GRID) + added
    kept, both = np.minimum(days, keep), hazard + while_kept
    survives = np.exp(-hazard * days - while_kept * kept)
    return float(survives.mean()), float((-np.expm1(-both * kept) / both if both > 0 else kept).mean())


def back_in_time(stay: Distribution, added: float, keep: float) -> float:
    """Of hospital stays, the share that end while the place is kept."""
    return float((stay.quantiles(GRID) + added < keep).mean())


@lru_cache(maxsize=4096)
def hours_held(amount: Distribution | Taper, care_time: Distribution) -> float:
    """Hours per week held on average over a care time."""
    if not isinstance(amount, Taper):
        return amount.mean()
    days = care_time.quantiles(GRID)
    weeks = np.floor(days / 7.0)
    # Weeks 0, 1, ... weigh 7k / T each; the last, part of a week, weighs what is left of it.
    with np.errstate(divide="ignore", invalid="ignore"):
        passed = np.where(
            days > 0, (7.0 * 7.0 * weeks * (weeks - 1) / 2 + (days - 7.0 * weeks) * 7.0 * weeks) / days, 0.0
        )
    share = float(passed.sum() / days.sum()) if days.sum() > 0 else 0.0
    return (amount.first + (amount.last - amount.first) * share) / 60.0


def rounds_add(rounds: Rounds | None) -> float:
    """Days from the end of care to the round that finds the person ready, on average.

    For an end of care at any time of any day alike; bank holidays are left out.
    """
    if rounds is None:
        return 0.0
    start, end, seen = rounds.start, rounds.end, rounds.seen
    if max(seen) <= 0.0 or end <= start:
        return np.inf
    # At the start of a day's round: seen now, or at one of the next days' rounds.
    later = [0.0] * 7
    for day in range(7):
        missed, wait = 1.0, 0.0
        for ahead in range(7):
            missed *= 1.0 - seen[(day + ahead) % 7]
            wait += missed
        later[day] = wait / (1.0 - missed)
    total = 0.0
    for day in range(7):
        missed, tomorrow = 1.0 - seen[day], later[(day + 1) % 7]
        total += start * start / 2 + start * later[day]
        total += missed * _until_next_start(start, end, start, tomorrow)
        total += _until_next_start(end, 1.0, start, tomorrow)
    return total / 7.0


def _until_next_start(first: float, last: float, start: float, then: float) -> float:
    """The integral over times of a day of the wait until tomorrow's round and for it."""
    return (last - first) * (1.0 + start + then) - (last * last - first * first) / 2


# ---------------------------------------------------------------- what holds when


def relevant_attributes(network: Network) -> frozenset[int]:
    """Attributes that decide where people go, how long they stay and what they take."""
    fields = ("care_time", "amount", "next", "mortality")
    rules = [rule for number in range(len(network.services)) for rule in every(network, number, "away")]
    tables: list[Table] = [network.mortality]  # type: ignore[type-arg]
    sets = [pair for service in network.services for pair in service.sets]
    for service in network.services:
        tables += [table for name in fields if (table := getattr(service, name)) is not None]
    for change in network.changes:
        if change.field in fields and change.value is not None:
            tables.append(change.value)
        elif change.field == "sets":
            sets += change.value
    tables += [table for stream in network.streams for _, table in stream.to]
    tables += [table for rule in rules if rule is not None for table in (rule.rate, rule.to, rule.next)]
    tables += [rule.find_again for rule in rules if rule is not None and rule.find_again is not None]
    for number in range(len(network.services)):
        tables += tables_of_reviews(network, number)
    found = {axis for table in tables for axis in table.axes} - {FROM}
    found |= {
        number
        for service in network.services
        for provider in service.providers
        for number, _ in provider.takes
    }
    while True:
        more = {axis for attribute, table in sets if attribute in found for axis in table.axes} - found
        if not more:
            return frozenset(found)
        found |= more


def tables_of_reviews(network: Network, number: int) -> Iterator[Table]:  # type: ignore[type-arg]
    """What reviews of care in a service go by."""
    for rules in every(network, number, "reviews"):
        if rules is None:
            continue
        found = [rules.first, rules.every, rules.care_time, rules.amount, rules.outcomes]
        found += [table for effect in rules.effects for table in (effect.amount, effect.next)]
        yield from (table for table in found if table is not None)


def spans(network: Network) -> list[tuple[float, tuple[Service, ...], Table[float]]]:
    """(instant, the services and mortality from then on), the first at the start of the run."""
    services = list(network.services)
    mortality = network.mortality
    found = [(network.start, tuple(services), mortality)]
    for change in network.changes:
        if change.service < 0:
            mortality = change.value
        else:
            services[change.service] = replace(services[change.service], **{change.field: change.value})
        if found[-1][0] == change.at:
            found.pop()
        found.append((change.at, tuple(services), mortality))
    return found


def arrivals_of(
    network: Network, stream: Stream, instant: float, relevant: frozenset[int]
) -> dict[State, float]:
    """Share of a stream's people that come first to each service, in each class."""
    to = piece_at(stream.to, instant)
    wanted = set(relevant) | set(to.axes)
    shares: dict[State, float] = {}
    for class_, share in shares_grown(network, stream, instant, wanted).items():
        choice = leaf_at(to, class_)
        for target, part in shares_of(choice) if choice is not None else ():
            if target < len(network.services):
                state = (target, class_, NOBODY)
                shares[state] = shares.get(state, 0.0) + share * part
    return shares


def shares_grown(network: Network, stream: Stream, instant: float, wanted: set[int]) -> dict[Class, float]:
    """Shares of classes of a stream's people at an instant, where some may have grown faster than others."""
    growth = None if stream.rate is None else stream.rate.growth_by
    if growth is None:
        return class_shares(unset_class(network), stream, instant, wanted)
    shares = class_shares(unset_class(network), stream, instant, wanted | set(growth.axes))
    weights = {}
    for class_, share in shares.items():
        own = leaf_at(growth, class_)
        assert own is not None
        weights[class_] = share * float(grown(own, np.array([instant]))[0])
    total = sum(weights.values())
    return {class_: weight / total for class_, weight in weights.items()}
