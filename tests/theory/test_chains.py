"""Services that hold each other up, against the exact Markov chain of all who are in them.

All care times and patiences are exponential, so who is where is a Markov chain; its states are
found by following its moves and its generator is solved. Times are days. Every test's bound is
that of `tools`: it fails by chance once in 10,000. Blocking after service: Perros (1994),
Queueing Networks with Blocking, chapters 1 and 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from caresim.records.recorder import COUNTERS
from theory.chains import Chain
from theory.tools import Run, assert_theory, replicate, system


@pytest.mark.slow
def test_a_full_second_service_holds_places_of_the_first() -> None:
    """Tandem with blocking after service; also people of its own in the second service's queue.

    State: waiting outside for the ward, in care there, delayed there, held in reablement and waiting
    outside for reablement in order with the delayed: the queue of reablement as a string of w (from
    the ward) and o (outside).
    """
    text = system(
        """
arrivals:
  gp: {to: ward, rate: 2 per day}
  community: {to: reablement, rate: 0.5 per day}
services:
  ward: {kind: acute, places: 3, care_time: {exponential: 1 day}, next: reablement, queue: {room: 2}}
  reablement:
    kind: reablement
    places: 2
    care_time: {exponential: 0.9 days}
    next: home
    queue: {room: 1}
""",
        measure="5000 days",
        warm_up="50 days",
    )
    State = tuple[int, int, str, int]

    def theory(places: int) -> np.ndarray:
        def settle(waiting: int, care: int, queue: str, held: int) -> State:
            while queue and held < places:
                queue, held = queue[1:], held + 1
            while waiting and care + queue.count("w") < 3:
                waiting, care = waiting - 1, care + 1
            return waiting, care, queue, held

        def moves(state: State) -> Iterator[tuple[State, float]]:
            waiting, care, queue, held = state
            if care + queue.count("w") < 3 or waiting < 2:
                yield settle(waiting + 1, care, queue, held), 2.0
            if held < places or queue.count("o") < 1:
                yield settle(waiting, care, queue + "o", held), 0.5
            yield settle(waiting, care - 1, queue + "w", held), care / 1.0
            yield settle(waiting, care, queue, held - 1), held / 0.9

        return Chain[State]((0, 0, "", 0), moves).means(
            [
                lambda s: s[0],
                lambda s: s[1],
                lambda s: s[2].count("w"),
                lambda s: s[2].count("o"),
                lambda s: s[3],
            ]
        )

    def figures(run: Run) -> list[float]:
        return [
            run.queue("ward"),
            run.held("ward", "in_care"),
            run.held("ward", "delayed"),
            run.outside("reablement"),
            run.held("reablement"),
        ]

    assert_theory(replicate(text, figures), theory(2), slip=theory(3))


@pytest.mark.slow
def test_an_assessment_in_place_keeps_the_bed_while_it_waits_and_lasts() -> None:
    """Ward, then a step in place, then reablement: one place of the ward through all three.

    State: waiting outside, in care, at the step (waiting or under way), waiting for reablement with the
    step over, held in reablement. A step is M/M/s as long as its people last.
    """
    text = system(
        """
arrivals: {gp: {to: ward, rate: 2 per day}}
services:
  ward: {kind: acute, places: 4, care_time: {exponential: 1 day}, next: assessment, queue: {room: 2}}
  assessment:
    kind: assessment
    in_place: true
    places: 1
    care_time: {exponential: 0.5 days}
    next: {reablement: 0.7, home: 0.3}
  reablement: {kind: reablement, places: 2, care_time: {exponential: 1.2 days}, next: home}
""",
        measure="5000 days",
        warm_up="50 days",
    )
    State = tuple[int, int, int, int, int]

    def theory(staff: int) -> np.ndarray:
        def settle(waiting: int, care: int, step: int, blocked: int, held: int) -> State:
            go_on = min(blocked, 2 - held)
            blocked, held = blocked - go_on, held + go_on
            come_in = min(waiting, 4 - care - step - blocked)
            return waiting - come_in, care + come_in, step, blocked, held

        def moves(state: State) -> Iterator[tuple[State, float]]:
            waiting, care, step, blocked, held = state
            if care + step + blocked < 4 or waiting < 2:
                yield settle(waiting + 1, care, step, blocked, held), 2.0
            yield settle(waiting, care - 1, step + 1, blocked, held), care / 1.0
            done = min(step, staff) / 0.5
            yield settle(waiting, care, step - 1, blocked + 1, held), 0.7 * done
            yield settle(waiting, care, step - 1, blocked, held), 0.3 * done
            yield settle(waiting, care, step, blocked, held - 1), held / 1.2

        return Chain[State]((0, 0, 0, 0, 0), moves).means(
            [
                lambda s: s[0],
                lambda s: s[1],
                lambda s: s[2] + s[3],
                lambda s: max(s[2] - staff, 0),
                lambda s: min(s[2], staff),
                lambda s: s[3],
                lambda s: s[4],
            ]
        )

    def figures(run: Run) -> list[float]:
        return [
            run.queue("ward"),
            run.held("ward", "in_care"),
            run.held("ward", "delayed"),
            run.queue("assessment"),
            run.held("assessment"),
            run.queue("reablement"),
            run.held("reablement"),
        ]

    assert_theory(replicate(text, figures), theory(1), slip=theory(2))


WARD, STANDS_IN_LINE, BRIDGING, CARE_OVER, OWN = "wsbco"


@pytest.mark.slow
def test_reablement_bridges_for_home_care_as_its_chain_says() -> None:
    """Ward -> home care, with reablement standing in after an exponential time, keeping the turn.

    State: waiting outside for the ward, in care there, the queue of home care, the queue of reablement
    (as numbers of places in the queue of home care), reablement's own people in care, held in home
    care. In the queue of home care stand those who hold a bed (w), those of them who also stand in the
    queue of reablement (s), those bridging in reablement in care (b) or with that care over (c), and
    reablement's own people who are ready (o). When care in reablement ends, half need home care (and
    bridge on, or stand in its queue), half go home.
    """
    text = system(
        """
arrivals:
  gp: {to: ward, rate: 1.6 per day}
  community: {to: reablement, rate: 0.3 per day}
services:
  ward: {kind: acute, places: 2, care_time: {exponential: 1 day}, next: home_care, queue: {room: 1}}
  home_care:
    kind: domiciliary
    places: 1
    care_time: {exponential: 0.8 days}
    next: home
    instead: [{after: {exponential: 0.5 days}, to: reablement, keeps_turn: true, only_from: ward}]
  reablement:
    kind: reablement
    places: 2
    care_time: {exponential: 1.5 days}
    next: {home_care: 0.5, home: 0.5}
    queue: {room: 0}
""",
        measure="5000 days",
        warm_up="50 days",
    )
    State = tuple[int, int, str, tuple[int, ...], int, int]

    def theory(needed: float) -> np.ndarray:
        def settle(waiting: int, care: int, queue: str, line: tuple[int, ...], own: int, held: int) -> State:
            while True:
                in_reablement = own + sum(queue.count(kind) for kind in (BRIDGING, CARE_OVER, OWN))
                in_ward = care + queue.count(WARD) + queue.count(STANDS_IN_LINE)
                if queue and held < 1:
                    queue, held = queue[1:], held + 1
                    line = tuple(place - 1 for place in line if place > 0)
                elif line and in_reablement < 2:
                    queue = queue[: line[0]] + BRIDGING + queue[line[0] + 1 :]
                    line = line[1:]
                elif waiting and in_ward < 2:
                    waiting, care = waiting - 1, care + 1
                else:
                    return waiting, care, queue, line, own, held

        def without(queue: str, place: int) -> str:
            return queue[:place] + queue[place + 1 :]

        def moves(state: State) -> Iterator[tuple[State, float]]:
            waiting, care, queue, line, own, held = state
            in_reablement = own + sum(queue.count(kind) for kind in (BRIDGING, CARE_OVER, OWN))
            in_ward = care + queue.count(WARD) + queue.count(STANDS_IN_LINE)
            if in_ward < 2 or waiting < 1:
                yield settle(waiting + 1, care, queue, line, own, held), 1.6
            if in_reablement < 2:
                yield settle(waiting, care, queue, line, own + 1, held), 0.3
            yield settle(waiting, care - 1, queue + WARD, line, own, held), care / 1.0
            yield settle(waiting, care, queue, line, own, held - 1), held / 0.8
            yield settle(waiting, care, queue + OWN, line, own - 1, held), needed * own / 1.5
            yield settle(waiting, care, queue, line, own - 1, held), (1 - needed) * own / 1.5
            for place, kind in enumerate(queue):
                changed = queue[:place], queue[place + 1 :]
                if kind == WARD:
                    after = STANDS_IN_LINE.join(changed)
                    yield settle(waiting, care, after, (*line, place), own, held), 1 / 0.5
                elif kind == BRIDGING:
                    yield settle(waiting, care, CARE_OVER.join(changed), line, own, held), needed / 1.5
                    closer = tuple(other - (other > place) for other in line)
                    yield settle(waiting, care, "".join(changed), closer, own, held), (1 - needed) / 1.5

        return Chain[State]((0, 0, "", (), 0, 0), moves).means(
            [
                lambda s: s[0],
                lambda s: s[1],
                lambda s: s[2].count(WARD) + s[2].count(STANDS_IN_LINE),
                lambda s: len(s[3]),
                lambda s: s[2].count(BRIDGING) + s[2].count(CARE_OVER),
                lambda s: s[2].count(OWN),
                lambda s: s[4],
                lambda s: s[5],
                lambda s: len(s[2]),
            ]
        )

    def figures(run: Run) -> list[float]:
        return [
            run.queue("ward"),
            run.held("ward", "in_care"),
            run.held("ward", "delayed"),
            run.queue("reablement"),
            run.held("reablement", "bridging"),
            run.held("reablement", "delayed"),
            run.held("reablement", "in_care"),
            run.held("home_care"),
            run.queue("home_care"),
        ]

    assert_theory(replicate(text, figures), theory(0.5), slip=theory(0.7), fine=0.12)


@pytest.mark.slow
def test_a_cut_and_a_rise_of_capacity_follow_the_forward_equations() -> None:
    """M/M/c(t): again and again 8 places for 3 days, 4 for 3 days, 7 for 3 days; p' = p Q, piece by piece.

    A cut puts nobody out: places close as they fall free, so with h held and q waiting people are
    admitted only while h is below what there is. State: (held, waiting), 60 inside at most (fewer than 1
    in a million come near). After ten rounds every round is alike.
    """
    pieces = (8, 4, 7)
    rounds = 300
    dated = ", ".join(
        f"{9 * k + 3 * j} days: {places}" for k in range(rounds) for j, places in enumerate(pieces)
    )
    text = system(
        f"""
arrivals: {{gp: {{to: ward, rate: 5 per day}}}}
services:
  ward: {{kind: acute, places: {{{dated}}}, care_time: {{exponential: 1 day}}, next: home}}
""",
        measure=f"{9 * rounds} days",
    )
    instants = np.array([0.5, 2.0, 3.25, 4.0, 5.75, 6.25, 7.0, 8.75])
    State = tuple[int, int]

    def theory(puts_out: bool) -> np.ndarray:
        def settled(held: int, waiting: int, places: int) -> State:
            if puts_out and held > places:
                held, waiting = places, waiting + held - places
            come_in = min(waiting, max(places - held, 0))
            return held + come_in, waiting - come_in

        def moves_with(places: int, state: State) -> Iterator[tuple[State, float]]:
            held, waiting = state
            if held + waiting < 60:
                yield settled(held, waiting + 1, places), 5.0
            if held:
                yield settled(held - 1, waiting, places), held / 1.0

        def moves_with_any(state: State) -> Iterator[tuple[State, float]]:
            for places in pieces:
                yield settled(*state, places), 1.0
                yield from moves_with(places, state)

        every = Chain[State]((0, 0), moves_with_any)
        chains = [every.with_moves(partial(moves_with, places)) for places in pieces]
        shares = np.zeros(len(every.states))
        shares[0] = 1.0
        for _ in range(11):
            means, now = [], 0.0
            for piece, (places, chain) in enumerate(zip(pieces, chains, strict=True)):
                at_once = np.zeros_like(shares)
                for state, share in zip(every.states, shares, strict=True):
                    at_once[every.number[settled(*state, places)]] += share
                shares, ends = at_once, 3.0 * (piece + 1)
                for instant in [*instants[(instants > now) & (instants < ends)], ends]:
                    shares, now = chain.later(shares, instant - now), instant
                    if instant < ends:
                        means += [
                            shares @ every.values(lambda s: s[0]),
                            shares @ every.values(lambda s: s[1]),
                        ]
        return np.array(means)

    later = (9.0 * np.arange(10, rounds))[:, None] + instants

    def figures(run: Run) -> np.ndarray:
        return np.column_stack(
            [run.held_at("ward", later).mean(axis=0), run.queue_at("ward", later).mean(axis=0)]
        )

    assert_theory(replicate(text, figures), theory(False), slip=theory(True), fine=0.3)


@pytest.mark.slow
def test_two_services_that_wait_for_each_other_change_places_as_rule_12_says() -> None:
    """Ward and team send people to each other; when all of both wait, one of each moves at once.

    State: in care in the ward, there waiting for the team, in care in the team, there waiting for the
    ward. The fifth figure is how often a deadlock comes about, a day; nobody waits outside.
    """
    text = system(
        """
arrivals:
  gp: {to: ward, rate: 1 per day}
  community: {to: team, rate: 0.5 per day}
services:
  ward: {kind: acute, places: 2, care_time: {exponential: 1 day}, next: {team: 0.8, home: 0.2}, queue: {room: 0}}
  team: {kind: reablement, places: 2, care_time: {exponential: 1.5 days}, next: {ward: 0.7, home: 0.3}, queue: {room: 0}}
""",
        measure="6000 days",
        warm_up="50 days",
    )
    State = tuple[int, int, int, int]

    def theory(circles_move: int) -> np.ndarray:
        deadlock = (0, 2, 0, 2)

        def settle(ward: int, for_team: int, team: int, for_ward: int) -> State:
            while True:
                if for_team and team + for_ward < 2:
                    for_team, team = for_team - 1, team + 1
                elif for_ward and ward + for_team < 2:
                    for_ward, ward = for_ward - 1, ward + 1
                else:
                    return ward, for_team, team, for_ward

        def undone(state: State) -> State:
            move = circles_move if state == deadlock else 0
            return state[0] + move, state[1] - move, state[2] + move, state[3] - move

        def ready(state: State) -> Iterator[tuple[State, float]]:
            ward, for_team, team, for_ward = state
            yield settle(ward - 1, for_team + 1, team, for_ward), 0.8 * ward / 1.0
            yield settle(ward, for_team, team - 1, for_ward + 1), 0.7 * team / 1.5

        def moves(state: State) -> Iterator[tuple[State, float]]:
            ward, for_team, team, for_ward = state
            if ward + for_team < 2:
                yield settle(ward + 1, for_team, team, for_ward), 1.0
            if team + for_ward < 2:
                yield settle(ward, for_team, team + 1, for_ward), 0.5
            yield settle(ward - 1, for_team, team, for_ward), 0.2 * ward / 1.0
            yield settle(ward, for_team, team - 1, for_ward), 0.3 * team / 1.5
            yield from ((undone(after), rate) for after, rate in ready(state) if rate)

        return Chain[State]((0, 0, 0, 0), moves).means(
            [
                *(lambda s, part=part: s[part] for part in range(4)),
                lambda s: sum(rate for after, rate in ready(s) if after == deadlock),
            ]
        )

    def figures(run: Run) -> list[float]:
        counted = run.columns("counters")
        cycles = (counted.what == COUNTERS.index("deadlock_cycles")) & (counted.time >= 0.0)
        return [
            run.held("ward", "in_care"),
            run.held("ward", "delayed"),
            run.held("team", "in_care"),
            run.held("team", "delayed"),
            cycles.sum() / run.network.end,
        ]

    # The slip: both of each move.
    assert_theory(replicate(text, figures), theory(1), slip=theory(2))
